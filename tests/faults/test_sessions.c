/* SPDX-License-Identifier: MIT */
/* test_sessions.c - transactions and recovery on machines that fail (crash_driver.h), below catalogue and API:
 * `test_sessions PAGE_SIZE circular|linear`.
 *
 * The script is that of the whole engine (crash_script.h). A table is a tree of rows with a tree of long values; all
 * are made with the database, so that creating and deleting a table is nothing and deleting all rows. Restarts are left
 * out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btree/tree.h"
#include "crash_driver.h"
#include "crash_script.h"
#include "disk_image.h"
#include "format/dbheader_state.h"
#include "format/logrecord.h"
#include "format/page.h"
#include "isam/dir.h"
#include "isam/engine.h"
#include "isam/long_value.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "log/log_time.h"
#include "recovery/checkpoint.h"
#include "recovery/startup.h"
#include "problem.h"
#include "store.h"

enum {
    CASES = 250,
    TRANSACTIONS = 160,
    CHECKPOINT_EVERY = 20, /* steps; beside those of the engine itself, which come with a new log file */
    PAGES = 64,
    KEY_SIZE = 5,
    ROW_MAX = 8 + CRASH_TEXT_MAX,
    DBID_FIRST = ENGINE_DBID_FIRST,
};

/* Trees of one table; the same in every run. */
struct table {
    pgno_t fdp, long_fdp;
    objid_t objid, long_objid;
    struct tree *tree, *long_tree;
    struct long_values values;
};

static struct {
    struct store store; /* only folder and page size */
    struct crash_script *script;
    struct engine *engine;
    struct session *sessions[CRASH_SESSIONS];
    struct database *databases[CRASH_DATABASES];
    char *paths[CRASH_DATABASES];
    struct table tables[CRASH_DATABASES][CRASH_TABLES];
} test;

/* ---- start and end ---- */

static bool start(void)
{
    const struct engine_config config = {
        .system_path = test.store.folder,
        .log_path = test.store.folder,
        .base_name = "edb",
        .page_size = test.store.page_size,
        .cache_pages_min = 32,
        .cache_pages_max = 48,
        .extension_pages = 16,
        .log_file_kib = 64,
        .log_buffers = 64,
        .circular_log = test.store.is_circular,
        .checkpoint_depth = 128 * 1024,
        .legacy_names = 3,
        .sessions_max = 16,
        .open_tables_max = 100,
        .cursors_max = 100,
        .version_pages_max = 64,
        .version_pages_preferred = 32,
        .recovery_on = true,
    };
    TRY(engine_start(&config, NULL, &test.engine));
    for (unsigned i = 0; i < CRASH_SESSIONS; i++)
        TRY(session_begin(test.engine, &test.sessions[i]));
    return true;
}

static void close_trees(unsigned database)
{
    for (unsigned i = 0; i < CRASH_TABLES; i++) {
        struct table *table = &test.tables[database][i];
        tree_close(table->tree);
        tree_close(table->long_tree);
        table->tree = table->long_tree = NULL;
    }
}

static bool stop(enum engine_stop how)
{
    if (!test.engine)
        return true;
    for (unsigned i = 0; i < CRASH_SESSIONS; i++) {
        if (test.sessions[i])
            session_end(test.sessions[i]);
        test.sessions[i] = NULL;
    }
    for (unsigned i = 0; i < CRASH_DATABASES; i++) {
        close_trees(i);
        test.databases[i] = NULL;
    }
    jet_err err = engine_stop(test.engine, how);
    test.engine = NULL;
    return how == ENGINE_STOP_ABRUPT || problem_none(err, "engine_stop");
}

static bool open_trees(unsigned database)
{
    for (unsigned i = 0; i < CRASH_TABLES; i++) {
        struct table *table = &test.tables[database][i];
        TRY(tree_open(test.databases[database], table->fdp, table->objid, &table->tree));
        TRY(tree_open(test.databases[database], table->long_fdp, table->long_objid, &table->long_tree));
        TRY(lv_open(table->long_tree, 0, &table->values));
    }
    return true;
}

/* ---- a new database ---- */

static bool log_create(unsigned database, const struct signature_disk *signature, uint64_t *ret_lgpos)
{
    struct logrec_create_db_disk disk;
    uint64_t end;
    const char *path = test.paths[database];
    const struct logrec_create_db create = {
        .procid = test.sessions[0]->procid,
        .dbid = (uint8_t)(DBID_FIRST + database),
        .signature = *signature,
        .scheme = LOGREC_CREATE_DB_SCHEME,
        .path = {.bytes = (const uint8_t *)path, .size = strlen(path) + 1}
    };
    logrec_create_db_encode(&create, &disk);
    const struct log_piece pieces[] = {
        {&disk, sizeof disk     },
        {path,  strlen(path) + 1}
    };
    const struct log_record record = {.pieces = pieces, .count = 2};
    TRY(log_append(test.engine->log, &record, 1, NULL, ret_lgpos, &end));
    TRY(log_flush_to(test.engine->log, end));
    return true;
}

static void set_created(struct dbheader_disk *header, void *context)
{
    dbheader_set_created(header, context);
}

static bool log_finish(unsigned database, uint64_t lgpos)
{
    struct logrec_create_db_finish_disk disk;
    uint64_t end;
    lgen_t generation;
    const struct logrec_create_db_finish finish = {.procid = test.sessions[0]->procid,
                                                   .dbid = (uint8_t)(DBID_FIRST + database)};
    logrec_create_db_finish_encode(&finish, &disk);
    const struct log_piece piece = {&disk, sizeof disk};
    const struct log_record record = {.pieces = &piece, .count = 1};
    TRY(log_append(test.engine->log, &record, 1, NULL, NULL, &end));
    TRY(log_flush_to(test.engine->log, end));
    struct dbheader_attach attach = {.lgpos = lgpos_unpack(lgpos),
                                     .now = log_time_now(),
                                     .generation_created = log_generation_created(test.engine->log, &generation),
                                     .log_signature = log_signature(test.engine->log),
                                     .dbid = (uint8_t)(DBID_FIRST + database)};
    TRY(database_header_update(test.databases[database], set_created, &attach));
    return true;
}

static bool make_tree(struct tree *parent, const struct btree_actor *actor, uint32_t page_flags, pgno_t *ret_fdp,
                      objid_t *ret_objid)
{
    TRY(database_next_objid(parent->db, ret_objid));
    const struct tree_new options = {.objid = *ret_objid, .page_flags = page_flags, .pages = 1};
    TRY(tree_create(parent, actor, &options, ret_fdp));
    return true;
}

static bool make_trees(unsigned database)
{
    struct btree_actor actor;
    struct tree *root, *parent;
    struct session *session = test.sessions[0];
    TRY(transaction_begin(session, false));
    TRY(transaction_actor(session, test.databases[database], &actor));
    TRY(tree_create_database_root(test.databases[database], &actor, PAGES));
    TRY(tree_open(test.databases[database], BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &root));
    for (unsigned i = 0; i < CRASH_TABLES; i++) {
        struct table *table = &test.tables[database][i];
        if (!make_tree(root, &actor, 0, &table->fdp, &table->objid))
            return false;
        TRY(tree_open(test.databases[database], table->fdp, table->objid, &parent));
        if (!make_tree(parent, &actor, PAGE_FLAG_LONG_VALUE, &table->long_fdp, &table->long_objid))
            return false;
        tree_close(parent);
    }
    tree_close(root);
    TRY(transaction_commit(session, 0, NULL));
    return true;
}

static bool create_database(unsigned database)
{
    struct signature_disk signature;
    uint64_t lgpos;
    TRY(log_signature_new(&signature));
    atomic_fetch_add(&test.engine->attaching, 1);
    if (!log_create(database, &signature, &lgpos))
        return false;
    const struct database_new options = {.path = test.paths[database],
                                         .dbid = (uint8_t)(DBID_FIRST + database),
                                         .pages = PAGES,
                                         .signature = &signature,
                                         .log_signature = log_signature(test.engine->log),
                                         .generation = (lgen_t)(lgpos >> 32)};
    TRY(database_create(test.engine->cache, &options, &test.databases[database]));
    engine_database_put(test.engine, DBID_FIRST + database, test.databases[database]);
    if (!make_trees(database) || !log_finish(database, lgpos))
        return false;
    atomic_fetch_sub(&test.engine->attaching, 1);
    return open_trees(database);
}

/* ---- the load ---- */

static struct bookmark bookmark_of(unsigned key, uint8_t bytes[KEY_SIZE])
{
    (void)snprintf((char *)bytes, KEY_SIZE, "k%03u", key);
    return (struct bookmark){.key = bytes, .key_size = KEY_SIZE - 1};
}

/* The long value that the row names; 0: none. */
static lid_t lid_of_row(const uint8_t *row, size_t size)
{
    uint32_t lid = 0;
    if (size >= 8)
        memcpy(&lid, row + 4, 4);
    return lid;
}

static bool find_lid(struct session *session, struct table *table, const struct bookmark *bookmark, lid_t *ret_lid)
{
    struct dir_cursor *cursor;
    struct dir_view view;
    bool is_exact;
    TRY(dir_open(session, table->tree, &cursor));
    jet_err err = dir_seek(cursor, DIR_SEEK_EQUAL, bookmark, &is_exact);
    if (err >= JET_errSuccess)
        err = dir_get(cursor, &view);
    if (err >= JET_errSuccess)
        *ret_lid = lid_of_row(view.data, view.data_size);
    dir_close(cursor);
    TRY(err);
    return true;
}

static bool make_row(struct session *session, struct table *table, uint32_t stamp, uint8_t row[ROW_MAX],
                     size_t *ret_size)
{
    static uint8_t blob[CRASH_BLOB_MAX];
    lid_t lid = 0;
    size_t blob_size = crash_row_blob(stamp, blob);
    if (blob_size > 0)
        TRY(lv_create(session, &table->values, blob, blob_size, 0, &lid));
    uint32_t lid32 = (uint32_t)lid;
    memcpy(row, &stamp, 4);
    memcpy(row + 4, &lid32, 4);
    *ret_size = 8 + crash_row_text(stamp, row + 8);
    return true;
}

static bool change_row(const struct crash_step *step)
{
    uint8_t key[KEY_SIZE], row[ROW_MAX];
    size_t size = 0;
    lid_t before = 0;
    struct session *session = test.sessions[step->session];
    struct table *table = &test.tables[step->database][step->table];
    const struct bookmark bookmark = bookmark_of(step->key, key);
    if (step->kind != CRASH_INSERT && !find_lid(session, table, &bookmark, &before))
        return false;
    if (before != 0)
        TRY(lv_release(session, &table->values, before));
    if (step->kind == CRASH_DELETE) {
        TRY(dir_delete(session, table->tree, &bookmark, 0));
        return true;
    }
    if (!make_row(session, table, step->stamp, row, &size))
        return false;
    if (step->kind == CRASH_REPLACE) {
        TRY(dir_replace(session, table->tree, &bookmark, row, size, 0));
        return true;
    }
    struct bookmark node = bookmark;
    node.data = row;
    node.data_size = size;
    TRY(dir_insert(session, table->tree, &node, 0));
    return true;
}

static bool delete_rows(const struct crash_step *step)
{
    struct crash_step one = *step;
    one.kind = CRASH_DELETE;
    for (one.key = 0; one.key < CRASH_KEYS; one.key++) {
        uint8_t key[KEY_SIZE];
        struct dir_cursor *cursor;
        bool is_exact;
        const struct bookmark bookmark = bookmark_of(one.key, key);
        TRY(dir_open(test.sessions[step->session], test.tables[step->database][step->table].tree, &cursor));
        jet_err err = dir_seek(cursor, DIR_SEEK_EQUAL, &bookmark, &is_exact);
        dir_close(cursor);
        if (err == JET_errRecordNotFound)
            continue;
        TRY(err);
        if (!change_row(&one))
            return false;
    }
    return true;
}

/* All changes so far are in the files, but for a page that somebody else has just now. */
static bool flush_all(void)
{
    TRY(log_flush_to(test.engine->log, log_tip(test.engine->log)));
    for (unsigned i = 0; i < CRASH_DATABASES; i++) {
        jet_err err = test.databases[i] ? database_flush(test.databases[i]) : JET_errSuccess;
        if (err != JET_errTaskDropped)
            TRY(err);
    }
    return true;
}

/* What logged nothing has promised nothing, and so not the lazy commits before it either. Some of those are all that
 * keeps the checkpoint from what would have to be undone without them. */
static bool commit(const struct crash_step *step)
{
    const bool is_lazy = step->kind == CRASH_COMMIT_LAZY, is_last = is_lazy && step->state % 8 == 0;
    uint64_t lgpos = 0;
    if (is_last && !flush_all())
        return false;
    crash_mark(CRASH_ASKED, step->state);
    TRY(transaction_commit(test.sessions[step->session], is_lazy ? TRANSACTION_COMMIT_LAZY : 0, &lgpos));
    if (is_last)
        TRY(checkpoint_advance(test.engine, UINT64_MAX));
    if (!is_lazy && lgpos != 0)
        crash_mark(CRASH_PROMISED, step->state);
    return true;
}

static bool carry_out(const struct crash_step *step)
{
    struct session *session = test.sessions[step->session];
    switch (step->kind) {
    case CRASH_CREATE_DATABASE:
        crash_mark(CRASH_ASKED, step->state);
        if (!create_database(step->database))
            return false;
        crash_mark(CRASH_PROMISED, step->state);
        return true;
    case CRASH_BEGIN: TRY(transaction_begin(session, false)); return true;
    case CRASH_DELETE_TABLE: return delete_rows(step);
    case CRASH_INSERT:
    case CRASH_REPLACE:
    case CRASH_DELETE: return change_row(step);
    case CRASH_COMMIT:
    case CRASH_COMMIT_LAZY: return commit(step);
    case CRASH_ROLLBACK: TRY(transaction_rollback(session, false)); return true;
    case CRASH_CREATE_TABLE:
    case CRASH_CREATE_INDEX: /* not in this script */
    case CRASH_DELETE_INDEX:
    case CRASH_DEFRAGMENT:
    case CRASH_RESTART:
    case CRASH_REATTACH:
    case CRASH_COMPACT: return true;
    }
    return false;
}

static bool run(void *context, uint64_t seed)
{
    (void)context;
    crash_script_free(test.script);
    test.script = crash_script_make(seed, TRANSACTIONS, false);
    bool is_good = start();
    for (size_t i = 0; is_good && i < test.script->step_count; i++) {
        is_good = carry_out(&test.script->steps[i]);
        if (is_good && i % CHECKPOINT_EVERY == 0)
            is_good = problem_none(checkpoint_advance(test.engine, UINT64_MAX), "checkpoint_advance");
    }
    return stop(is_good ? ENGINE_STOP_CLEAN : ENGINE_STOP_ABRUPT) && is_good;
}

/* ---- looking ---- */

static bool read_blob(struct session *session, struct table *table, uint32_t stamp, lid_t lid)
{
    static uint8_t is[CRASH_BLOB_MAX], ought[CRASH_BLOB_MAX];
    size_t actual = 0;
    size_t size = crash_row_blob(stamp, ought);
    if ((size > 0) != (lid != 0))
        return problem_set("row with stamp %u: a long value too many or too few", stamp);
    if (size == 0)
        return true;
    TRY(lv_read(session, &table->values, lid, 0, is, sizeof is, &actual));
    return (actual == size && memcmp(is, ought, size) == 0) ||
           problem_set("row with stamp %u: wrong long value", stamp);
}

/* A row, copied before its latch is given back. */
static bool read_row(struct session *session, struct table *table, const uint8_t *row, size_t size, unsigned key,
                     uint32_t stamps[CRASH_KEYS])
{
    uint8_t text[CRASH_TEXT_MAX];
    uint32_t stamp = 0;
    if (key >= CRASH_KEYS || size < 8 || stamps[key] != 0)
        return problem_set("an impossible row, key %u", key);
    memcpy(&stamp, row, 4);
    if (size - 8 != crash_row_text(stamp, text) || memcmp(row + 8, text, size - 8) != 0)
        return problem_set("row %u with stamp %u: wrong text", key, stamp);
    stamps[key] = stamp;
    return read_blob(session, table, stamp, lid_of_row(row, size));
}

static bool read_table(struct session *session, struct table *table, uint32_t stamps[CRASH_KEYS])
{
    struct dir_cursor *cursor;
    struct dir_view view;
    uint8_t row[ROW_MAX];
    bool is_good = true;
    TRY(dir_open(session, table->tree, &cursor));
    jet_err err = dir_move(cursor, DIR_FIRST);
    while (is_good && err >= JET_errSuccess && (err = dir_get(cursor, &view)) >= JET_errSuccess) {
        unsigned key =
            (unsigned)strtoul((const char[]){(char)view.key[1], (char)view.key[2], (char)view.key[3], '\0'}, NULL, 10);
        size_t size = view.data_size;
        memcpy(row, view.data, size < sizeof row ? size : sizeof row);
        dir_release(cursor);
        is_good = read_row(session, table, row, size, key, stamps);
        if (is_good)
            err = dir_move(cursor, DIR_NEXT);
    }
    dir_close(cursor);
    return is_good && (err == JET_errNoCurrentRecord || problem_none(err, "dir_move"));
}

/* Read-only, and without the log: recovery has left it clean. */
static bool read_database(unsigned database, struct crash_state *found)
{
    struct dbheader_disk header;
    const struct database_open_options options = {
        .path = test.paths[database], .dbid = (uint8_t)(DBID_FIRST + database), .is_read_only = true};
    jet_err err = database_open(test.engine->cache, &options, &test.databases[database]);
    if (err == JET_errFileNotFound)
        return true;
    TRY(err);
    engine_database_put(test.engine, DBID_FIRST + database, test.databases[database]);
    database_header_get(test.databases[database], &header);
    if (le32_get(header.state) != DBHEADER_CLEAN)
        return problem_set("database %u is in state %u after recovery", database, le32_get(header.state));
    if (!open_trees(database))
        return false;
    found->exists[database] = true;
    for (unsigned i = 0; i < CRASH_TABLES; i++)
        if (!read_table(test.sessions[0], &test.tables[database][i], found->tables[database][i].stamps))
            return false;
    return true;
}

/* Whether a table exists is not looked at. */
static bool is_same(const struct crash_state *found, const struct crash_state *ought)
{
    bool same = memcmp(found->exists, ought->exists, sizeof found->exists) == 0;
    for (unsigned d = 0; d < CRASH_DATABASES; d++)
        for (unsigned t = 0; t < CRASH_TABLES; t++)
            same = same && memcmp(found->tables[d][t].stamps, ought->tables[d][t].stamps,
                                  sizeof found->tables[d][t].stamps) == 0;
    return same;
}

/* The nodes that are not as in that state, and the first of them in words. */
static unsigned differences(const struct crash_state *found, uint32_t state, char *text, size_t size)
{
    const struct crash_state *ought = &test.script->states[state];
    unsigned count = 0;
    text[0] = '\0';
    for (unsigned d = 0; d < CRASH_DATABASES; d++)
        for (unsigned t = 0; t < CRASH_TABLES; t++)
            for (unsigned key = 0; key < CRASH_KEYS; key++) {
                uint32_t is = found->tables[d][t].stamps[key], right = ought->tables[d][t].stamps[key];
                if (is != right && count++ == 0)
                    (void)snprintf(text, size, "database %u (%s), table %u, key %u: stamp %u and not %u", d,
                                   found->exists[d] ? "there" : "absent", t, key, is, right);
            }
    return count;
}

static bool find_state(const struct crash_state *found, uint32_t low, uint32_t high)
{
    char first[120], last[120];
    for (uint32_t state = low; state <= high; state++)
        if (is_same(found, &test.script->states[state]))
            return true;
    unsigned at_low = differences(found, low, first, sizeof first);
    unsigned at_high = differences(found, high, last, sizeof last);
    return problem_set("not state %u (%u differences: %s) to %u (%u: %s)", low, at_low, first, high, at_high, last);
}

static void close_databases(void)
{
    for (unsigned i = 0; i < CRASH_DATABASES; i++) {
        if (!test.databases[i])
            continue;
        close_trees(i);
        if (engine_database_take_out(test.engine, DBID_FIRST + i) >= JET_errSuccess)
            database_close(test.databases[i]);
        test.databases[i] = NULL;
    }
}

static bool check(void *context, uint32_t low, uint32_t high, bool abruptly)
{
    static struct crash_state found;
    (void)context;
    memset(&found, 0, sizeof found);
    bool is_good = start();
    for (unsigned database = 0; is_good && database < CRASH_DATABASES; database++)
        is_good = read_database(database, &found);
    is_good = is_good && find_state(&found, low, high);
    close_databases();
    return stop(is_good && !abruptly ? ENGINE_STOP_CLEAN : ENGINE_STOP_ABRUPT) && is_good;
}

int main(int argc, char **argv)
{
    if (!store_init(&test.store, argc, argv))
        return 2;
    test.paths[0] = os_path_join(test.store.folder, "first.edb");
    test.paths[1] = os_path_join(test.store.folder, "second.edb");
    const struct crash_subject subject = {.folder = test.store.folder,
                                          .page_size = test.store.page_size,
                                          .cases = CASES,
                                          .run = run,
                                          .check = check,
                                          .problem = problem_text};
    int status = crash_drive(&subject);
    crash_script_free(test.script);
    for (unsigned i = 0; i < CRASH_DATABASES; i++)
        free(test.paths[i]);
    return store_done(&test.store) ? status : 2;
}
