/* SPDX-License-Identifier: MIT */
/* engine_database_create.c - a new database: its file, its trees, and the catalogue that says so (database-file.md
 * 6.12).
 *
 *      CreateDB durable --> file --> trees, records (logged) --> CreateDBFinish durable --> header dirty
 *
 * What is in it is made with the functions that every later change of the schema uses. Its first pages lie where all
 * readers expect them because space is handed out from the front; that they do is checked.
 */
#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "btree/btree.h"
#include "format/logrecord_database.h"
#include "isam/ddl_internal.h"
#include "isam/engine_database_internal.h"
#include "isam/row.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "isam/version.h"
#include "log/log_stream.h"
#include "log/log_time.h"
#include "os/os_file.h"

enum { PAGES_FIRST = 254 };

/* ---- trees ---- */

struct content {
    struct session *session;
    struct schema_cache *cache;
    struct btree_actor actor;
    struct tree *root;
};

static jet_err tree_make(const struct content *content, struct tree *parent, const struct tree_new *options,
                         pgno_t wanted)
{
    pgno_t fdp;
    jet_err err = tree_create(parent, &content->actor, options, &fdp);

    if (err >= JET_errSuccess && fdp != wanted)
        err = CORRUPT(JET_errSPAvailExtCorrupted);
    return err;
}

static jet_err table_tree_make(const struct content *content, const struct system_table *table)
{
    const struct tree_new options = {.objid = table->id, .pages = table->pages, .multiple_extent = table->is_catalog};

    return tree_make(content, content->root, &options, table->fdp);
}

static jet_err index_trees_make(const struct content *content, const struct system_table *table)
{
    struct tree *parent;
    jet_err err = tree_open(content->cache->db, table->fdp, table->id, &parent);

    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < table->index_count && err >= JET_errSuccess; i++) {
        const struct system_index *index = &table->indexes[i];
        const struct tree_new options = {
            .objid = index->id, .page_flags = PAGE_FLAG_INDEX, .pages = index->pages, .multiple_extent = true};

        if (!(index->flags & INDEX_PRIMARY))
            err = tree_make(content, parent, &options, index->fdp);
    }
    tree_close(parent);
    return err;
}

/* Redo makes the file with the first pages only. */
static jet_err log_size(const struct content *content, pgno_t pages)
{
    const struct logrec_extend_db extend = {.dbid = content->cache->db->dbid, .pgno_last = pages};
    struct logrec_extend_db_disk disk;
    const struct log_piece piece = {&disk, sizeof disk};
    const struct log_record record = {&piece, 1};

    logrec_extend_db_encode(&extend, &disk);
    return content->actor.log ? log_append(content->actor.log, &record, 1, NULL, NULL, NULL) : JET_errSuccess;
}

static jet_err trees_make(struct content *content, pgno_t pages)
{
    struct database *db = content->cache->db;
    jet_err err = log_size(content, pages);

    if (err >= JET_errSuccess)
        err = tree_create_database_root(db, &content->actor, pages);
    if (err >= JET_errSuccess)
        err = tree_open(db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &content->root);
    for (unsigned i = 0; i < SYSTEM_TABLES && err >= JET_errSuccess; i++)
        err = table_tree_make(content, &system_tables[i]);
    if (err >= JET_errSuccess)
        err = index_trees_make(content, &system_tables[0]);
    return err;
}

/* ---- records of the catalogue ---- */

static struct catalog_bytes text_bytes(const char *text)
{
    return (struct catalog_bytes){(const uint8_t *)text, strlen(text)};
}

static jet_err table_insert(const struct content *content, const struct system_table *table)
{
    const struct catalog_record record = {
        .table = table->id,
        .kind = CATALOG_TABLE,
        .id = table->id,
        .fdp = table->fdp,
        .space_usage = table->density,
        .flags = table->flags,
        .pages_or_locale = table->pages,
        .name = text_bytes(table->name),
    };
    return ddl_catalog_insert(content->session, content->cache, &record);
}

static jet_err column_insert(const struct content *content, const struct system_table *table,
                             const struct system_column *column)
{
    static const uint8_t zeros[sizeof(uint64_t)];
    struct catalog_record record = {
        .table = table->id,
        .kind = CATALOG_COLUMN,
        .id = column->id,
        .column_type = column->type,
        .space_usage = column->size,
        .flags = column->flags,
        .pages_or_locale = column->code_page,
        .name = text_bytes(column->name),
        .has_record_offset = column->id <= RECORD_FIXED_LAST,
        .record_offset = table->is_catalog ? RECORD_SIZE_EMPTY : column->offset,
    };

    if (column->flags & COLUMN_DEFAULT)
        record.default_value = (struct catalog_bytes){zeros, column->size};
    return ddl_catalog_insert(content->session, content->cache, &record);
}

static jet_err index_insert(const struct content *content, const struct system_table *table,
                            const struct system_index *index)
{
    static const uint8_t locale[] = {'e', 0, 'n', 0, '-', 0, 'U', 0, 'S', 0};
    struct catalog_key_segment segments[SYSTEM_INDEX_COLUMNS_MAX];
    uint8_t key_columns[CATALOG_KEY_COLUMNS_SIZE];
    size_t count = 0;

    for (; count < SYSTEM_INDEX_COLUMNS_MAX && index->columns[count] != 0; count++)
        segments[count] = (struct catalog_key_segment){.column = index->columns[count]};
    const struct catalog_record record = {
        .table = table->id,
        .kind = CATALOG_INDEX,
        .id = index->id,
        .fdp = index->fdp,
        .space_usage = index->density,
        .flags = index->flags,
        .name = text_bytes(index->name),
        .key_columns = {key_columns,   catalog_key_columns_make(segments, count, key_columns)},
        .locale_name = {locale, sizeof locale                                 },
        .sort_flags = SYSTEM_SORT_FLAGS,
    };
    return ddl_catalog_insert(content->session, content->cache, &record);
}

static jet_err describe(const struct content *content, const struct system_table *table)
{
    jet_err err = table_insert(content, table);

    for (size_t i = 0; i < table->column_count && err >= JET_errSuccess; i++)
        err = column_insert(content, table, &table->columns[i]);
    for (size_t i = 0; i < table->index_count && err >= JET_errSuccess; i++)
        err = index_insert(content, table, &table->indexes[i]);
    return err;
}

/* ---- rows of the other two ---- */

static jet_err objids_insert(const struct content *content, const struct system_table *table)
{
    jet_err err = ddl_objid_insert(content->session, content->cache, table->id, table->id, CATALOG_TABLE);

    for (size_t i = 0; i < table->index_count && err >= JET_errSuccess; i++)
        if (!(table->indexes[i].flags & INDEX_PRIMARY))
            err = ddl_objid_insert(content->session, content->cache, table->indexes[i].id, table->id, CATALOG_INDEX);
    return err;
}

enum { LOCALES_TYPE = 1, LOCALES_VALUE = 2, LOCALES_KEY = 128, LOCALE_KEY_MAX = 100 };

static jet_err locale_insert(const struct content *content, struct table *table, const struct system_locale *locale,
                             struct record_edit *edit)
{
    const le32 value = le32_make(locale->value);
    const size_t size = strlen(locale->key) + 1;
    uint8_t wide[2 * LOCALE_KEY_MAX] = {0};
    struct index_key key;

    for (size_t i = 0; i < size && i < LOCALE_KEY_MAX; i++)
        wide[2 * i] = (uint8_t)locale->key[i];
    record_edit_begin(edit, &table->layout, table->db->page_size, table->record_size_max);
    jet_err err = record_edit_fixed(edit, LOCALES_TYPE, &locale->type);
    if (err >= JET_errSuccess)
        err = record_edit_fixed(edit, LOCALES_VALUE, &value);
    if (err >= JET_errSuccess)
        err = record_edit_variable(edit, LOCALES_KEY, wide, 2 * size);
    if (err < JET_errSuccess)
        return err;
    const struct row_image image = {edit->bytes, edit->size};
    return row_insert(content->session, table, &image, &key);
}

static jet_err locales_insert(const struct content *content)
{
    struct record_edit *edit = malloc(sizeof *edit);
    struct table *table;
    jet_err err =
        edit ? table_open(content->session, content->cache->dbid, system_tables[3].name, &table) : JET_errOutOfMemory;

    if (err < JET_errSuccess) {
        free(edit);
        return err;
    }
    for (unsigned i = 0; i < SYSTEM_LOCALES && err >= JET_errSuccess; i++)
        err = locale_insert(content, table, &system_locales[i], edit);
    table_close(table);
    free(edit);
    return err;
}

static jet_err content_make(struct content *content, pgno_t pages)
{
    jet_err err = transaction_actor(content->session, content->cache->db, &content->actor);

    if (err >= JET_errSuccess)
        err = trees_make(content, pages);
    if (err >= JET_errSuccess)
        err = schema_cache_open_catalog(content->cache);
    for (unsigned i = 0; i < SYSTEM_TABLES && err >= JET_errSuccess; i++)
        err = describe(content, &system_tables[i]);
    if (err >= JET_errSuccess)
        err = schema_cache_open_objids(content->cache, content->session);
    for (unsigned i = 0; i < SYSTEM_TABLES && err >= JET_errSuccess; i++)
        err = objids_insert(content, &system_tables[i]);
    return err < JET_errSuccess ? err : locales_insert(content);
}

jet_err database_content_create(struct session *session, struct schema_cache *cache, pgno_t pages)
{
    struct content content = {.session = session, .cache = cache};
    jet_err err = transaction_begin(session, false);

    if (err < JET_errSuccess)
        return err;
    err = content_make(&content, pages);
    tree_close(content.root);
    if (err >= JET_errSuccess)
        return transaction_commit(session, 0, NULL);
    jet_err_ignore(transaction_rollback(session, true)); /* the file goes; the first error counts */
    return err;
}

/* ---- the file ---- */

/* A database while it is made. */
struct birth {
    struct engine *engine;
    struct session *session; /* of the caller; NULL: the temporary database, which is not logged */
    char *path;
    pgno_t pages;
    struct signature_disk signature;
    uint64_t lgpos; /* of CreateDB; 0: not logged */
    unsigned dbid;
    struct database *db;
    bool remains; /* a file that is to be taken back by recovery */
};

static jet_err birth_log(struct birth *birth, const struct engine_database_new *options)
{
    const struct database_log_create create = {
        .path = birth->path,
        .dbid = (uint8_t)birth->dbid,
        .procid = birth->session->procid,
        .overwrite = options->overwrite,
        .pages_max = options->pages_max,
        .signature = &birth->signature,
    };
    return database_log_create(birth->engine->log, &create, &birth->lgpos);
}

static jet_err birth_file(struct birth *birth, const struct engine_database_new *options)
{
    struct engine *engine = birth->engine;
    struct database_new file = {
        .path = birth->path,
        .dbid = (uint8_t)birth->dbid,
        .pages = birth->pages,
        .overwrite = options->overwrite,
        .signature = &birth->signature,
        .filetype = birth->session ? 0 : DBHEADER_FILETYPE_TEMPORARY,
        .remains = &birth->remains,
    };
    jet_err err = log_signature_new(&birth->signature);

    if (err >= JET_errSuccess && engine->log && birth->session) {
        err = birth_log(birth, options);
        file.log_signature = log_signature(engine->log);
        file.generation = lgpos_unpack(birth->lgpos).generation;
    }
    if (err >= JET_errSuccess)
        err = database_create(engine->cache, &file, &birth->db);
    if (err < JET_errSuccess)
        return err;
    atomic_store(&birth->db->pages_max, options->pages_max);
    engine_database_put(engine, birth->dbid, birth->db);
    return JET_errSuccess;
}

static jet_err birth_content(struct birth *birth)
{
    struct engine *engine = birth->engine;
    struct schema_cache *cache;
    struct session *own;
    jet_err err = schema_cache_begin(engine, birth->db, &cache);

    if (err < JET_errSuccess)
        return err;
    engine->databases[birth->dbid].schemas = cache;
    err = session_begin_system(engine, SESSION_PROCID_NONE, &own);
    if (err < JET_errSuccess)
        return err;
    err = database_content_create(own, cache, birth->pages);
    session_end(own);
    return err;
}

static void set_created(struct dbheader_disk *header, void *context)
{
    dbheader_set_created(header, context);
}

static jet_err birth_finish(const struct birth *birth)
{
    struct engine *engine = birth->engine;
    jet_err err = JET_errSuccess;

    if (engine->log)
        err = database_log_create_finish(engine->log, (uint8_t)birth->dbid, birth->session->procid);
    if (err < JET_errSuccess)
        return err;
    struct dbheader_attach place = database_log_place(engine, (uint8_t)birth->dbid, birth->lgpos);
    return database_header_update(birth->db, set_created, &place);
}

/* Nothing of it stays; and its records in the log end with one that says so. That is logged only when the file cannot
 * come back: else recovery has to take it away, and nobody else may. */
static void birth_undo(struct birth *birth)
{
    struct engine *engine = birth->engine;

    if (birth->db) {
        version_forget_tree(engine, birth->db, 0);
        schema_cache_discard(engine->databases[birth->dbid].schemas);
        engine->databases[birth->dbid].schemas = NULL;
        engine_database_withdraw(engine, birth->dbid);
        database_close(birth->db);
        birth->remains = database_remove(birth->path) < JET_errSuccess;
    }
    if (birth->remains && birth->session)
        engine_fail(engine, JET_errDiskIO);
    else if (birth->session && birth->lgpos != 0)
        jet_err_ignore(database_log_detach(engine->log, birth->path, (uint8_t)birth->dbid, birth->session->procid,
                                           NULL)); /* without it recovery takes it back at its end */
}

/* What can be known before anything is logged. */
static jet_err check_name(const struct birth *birth, bool overwrite)
{
    struct os_path_info info;

    if (engine_database_find(birth->engine, birth->path) != 0)
        return JET_errDatabaseDuplicate;
    if (!overwrite && os_path_stat(birth->path, &info) >= JET_errSuccess)
        return JET_errDatabaseDuplicate;
    return JET_errSuccess;
}

static jet_err create_locked(struct birth *birth, const struct engine_database_new *options)
{
    jet_err err = check_name(birth, options->overwrite);

    if (err >= JET_errSuccess)
        err = engine_database_slot(birth->engine, birth->path, &birth->dbid);
    if (err < JET_errSuccess)
        return err;
    err = birth_file(birth, options);
    if (err >= JET_errSuccess)
        err = birth_content(birth);
    if (err >= JET_errSuccess)
        err = birth_finish(birth);
    if (err < JET_errSuccess)
        birth_undo(birth);
    return err;
}

jet_err engine_database_create(struct session *session, const struct engine_database_new *options, unsigned *ret_dbid)
{
    struct engine *engine = session->engine;
    struct birth birth = {.engine = engine, .session = session};
    jet_err err = session->level > 0 ? JET_errInTransaction : os_path_absolute(options->path, &birth.path);

    if (err < JET_errSuccess)
        return err;
    birth.pages = options->pages > PAGES_FIRST ? options->pages : PAGES_FIRST;
    engine_attach_begin(engine);
    err = create_locked(&birth, options);
    if (err >= JET_errSuccess)
        engine_database_open_count(engine, birth.dbid);
    engine_attach_end(engine);
    if (err >= JET_errSuccess) {
        engine_report(engine, ENGINE_EVENT_DATABASE_ATTACHED, JET_errSuccess, 0, birth.path);
        *ret_dbid = birth.dbid;
    }
    free(birth.path);
    return err;
}

/* ---- the temporary one ---- */

static jet_err create_temporary_locked(struct engine *engine)
{
    const struct engine_database_new options = {.overwrite = true};
    struct birth birth = {
        .engine = engine,
        .path = (char *)(uintptr_t)engine->config.temporary_path, /* it is only read */
        .pages = engine->config.temporary_pages > PAGES_FIRST ? engine->config.temporary_pages : PAGES_FIRST,
        .dbid = ENGINE_DBID_TEMPORARY,
    };

    if (atomic_load(&engine->has_temporary))
        return JET_errSuccess; /* by now */
    if (engine_database_find(engine, birth.path) != 0)
        return JET_errTempPathInUse;
    jet_err err = birth_file(&birth, &options);
    if (err >= JET_errSuccess)
        err = birth_content(&birth);
    if (err < JET_errSuccess)
        birth_undo(&birth);
    else
        atomic_store(&engine->has_temporary, true);
    return err;
}

jet_err engine_database_ensure_temporary(struct engine *engine)
{
    if (atomic_load(&engine->has_temporary))
        return JET_errSuccess;
    engine_attach_begin(engine);
    const jet_err err = create_temporary_locked(engine);
    engine_attach_end(engine);
    return err;
}
