/* SPDX-License-Identifier: MIT */
/* crash_engine.c - see crash_engine.h. Everything goes through the API that applications have; every table is opened
 * for each operation, which is slow and exercises what a busy application does not. */
#include "crash_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isam/deep.h"
#include "jet/esent.h"
#include "os/os_file.h"
#include "problem.h"

enum { KEY, STAMP, COUNT, TEXT, WORD, BLOB, TAGS, COLUMNS };

static const char *const column_names[COLUMNS] = {"key", "stamp", "count", "text", "word", "blob", "tags"};

/* Of the secondary indexes; the last one comes and goes. Each tag has an entry in "by tags", no tag as well; only rows
 * with tags are in "tagged". */
enum { INDEX_STAMP, INDEX_TEXT, INDEX_WORD, INDEX_TAGS, INDEX_TAGGED, INDEX_BLOB, INDEXES };
static const char *const index_names[INDEXES] = {"by stamp", "by text", "by word", "by tags", "tagged", "by blob"};

enum { CODE_PAGE_UNICODE = 1200 };

struct engine {
    const struct crash_config *config;
    JET_INSTANCE instance;
    JET_SESID sessions[CRASH_SESSIONS];
    JET_DBID databases[CRASH_SESSIONS][CRASH_DATABASES];
    bool is_open[CRASH_DATABASES];
    const struct crash_marks *marks;
};

const char *crash_database_name(unsigned database)
{
    static const char *const names[CRASH_DATABASES] = {"first.edb", "second.edb"};
    return names[database];
}

static void database_path(const struct engine *engine, unsigned database, char *path, size_t size)
{
    (void)snprintf(path, size, "%s/%s", engine->config->folder, crash_database_name(database));
}

static void table_name(unsigned table, char name[8])
{
    (void)snprintf(name, 8, "t%u", table);
}

/* ---- start and end ---- */

static bool set_text(JET_INSTANCE *instance, uint32_t parameter, const char *text)
{
    TRY(JetSetSystemParameterA(instance, 0, parameter, 0, text));
    return true;
}

static bool set_number(JET_INSTANCE *instance, uint32_t parameter, JET_API_PTR number)
{
    TRY(JetSetSystemParameterA(instance, 0, parameter, number, NULL));
    return true;
}

static bool set_parameters(struct engine *engine)
{
    const struct crash_config *config = engine->config;
    JET_INSTANCE *instance = &engine->instance;
    char temporary[1000];
    (void)snprintf(temporary, sizeof temporary, "%s/temporary.tmp", config->folder);
    return set_text(instance, JET_paramSystemPath, config->folder) &&
           set_text(instance, JET_paramLogFilePath, config->folder) &&
           set_text(instance, JET_paramTempPath, temporary) && set_text(instance, JET_paramBaseName, "edb") &&
           set_number(instance, JET_paramLogFileSize, config->log_kib) &&
           set_number(instance, JET_paramCircularLog, config->is_circular) &&
           set_number(instance, JET_paramCheckpointDepthMax, (JET_API_PTR)config->checkpoint_kib * 1024);
}

static bool start(struct engine *engine)
{
    static bool is_process_set;
    if (!is_process_set) {
        TRY(JetSetSystemParameterA(NULL, 0, JET_paramDatabasePageSize, engine->config->page_size, NULL));
        TRY(JetSetSystemParameterA(NULL, 0, JET_paramCacheSizeMin, engine->config->cache_pages, NULL));
        TRY(JetSetSystemParameterA(NULL, 0, JET_paramCacheSizeMax, engine->config->cache_pages, NULL));
        is_process_set = true;
    }
    TRY(JetCreateInstanceA(&engine->instance, "crash"));
    if (!set_parameters(engine))
        return false;
    TRY(JetInit(&engine->instance));
    for (unsigned session = 0; session < CRASH_SESSIONS; session++)
        TRY(JetBeginSessionA(engine->instance, &engine->sessions[session], NULL, NULL));
    return true;
}

/* With the databases open, as a process that is about to be killed has them. */
static bool stop(struct engine *engine, bool abruptly)
{
    TRY(JetTerm2(engine->instance, abruptly ? JET_bitTermAbrupt : JET_bitTermComplete));
    memset(engine->is_open, 0, sizeof engine->is_open);
    return true;
}

static bool open_database(struct engine *engine, unsigned database)
{
    char path[1000];
    database_path(engine, database, path, sizeof path);
    for (unsigned session = 0; session < CRASH_SESSIONS; session++)
        TRY(JetOpenDatabaseA(engine->sessions[session], path, NULL, &engine->databases[session][database], 0));
    engine->is_open[database] = true;
    return true;
}

static bool attach_database(struct engine *engine, unsigned database)
{
    char path[1000];
    database_path(engine, database, path, sizeof path);
    TRY(JetAttachDatabaseA(engine->sessions[0], path, 0));
    return open_database(engine, database);
}

/* ---- the steps ---- */

/* The structure has no const for what is only read. */
static JET_INDEXCREATE_A describe_index(const char *name, const char *key, size_t key_size, JET_GRBIT grbit)
{
    return (JET_INDEXCREATE_A){.cbStruct = sizeof(JET_INDEXCREATE_A),
                               .szIndexName = (char *)(uintptr_t)name,
                               .szKey = (char *)(uintptr_t)key,
                               .cbKey = (uint32_t)key_size,
                               .grbit = grbit,
                               .ulDensity = 80};
}

static bool create_table(JET_SESID session, JET_DBID dbid, unsigned table)
{
    char name[8];
    char names[COLUMNS][8];
    static const JET_COLTYP types[COLUMNS] = {JET_coltypLong, JET_coltypLong,       JET_coltypLong, JET_coltypBinary,
                                              JET_coltypText, JET_coltypLongBinary, JET_coltypLong};
    static const JET_GRBIT bits[COLUMNS] = {
        [KEY] = JET_bitColumnFixed | JET_bitColumnNotNULL,        [STAMP] = JET_bitColumnFixed,
        [COUNT] = JET_bitColumnFixed | JET_bitColumnEscrowUpdate, [BLOB] = JET_bitColumnTagged,
        [TAGS] = JET_bitColumnTagged | JET_bitColumnMultiValued,
    };
    int32_t zero = 0;
    JET_COLUMNCREATE_A columns[COLUMNS];
    table_name(table, name);
    for (unsigned i = 0; i < COLUMNS; i++) {
        (void)snprintf(names[i], sizeof names[i], "%s", column_names[i]);
        columns[i] = (JET_COLUMNCREATE_A){
            .cbStruct = sizeof columns[i], .szColumnName = names[i], .coltyp = types[i], .grbit = bits[i]};
    }
    columns[COUNT].pvDefault = &zero;
    columns[COUNT].cbDefault = sizeof zero;
    columns[TEXT].cbMax = columns[WORD].cbMax = CRASH_TEXT_MAX;
    columns[WORD].cp = CODE_PAGE_UNICODE;
    if (table % 2 == 1)
        columns[BLOB].grbit |= JET_bitColumnCompressed;
    JET_TUPLELIMITS pieces = {.chLengthMin = 4, .chLengthMax = 10, .chToIndexMax = 5, .cchIncrement = 16};
    JET_INDEXCREATE_A indexes[] = {
        describe_index("primary", "+key\0", sizeof "+key\0", JET_bitIndexPrimary),
        describe_index(index_names[INDEX_STAMP], "+stamp\0", sizeof "+stamp\0", JET_bitIndexUnique),
        describe_index(index_names[INDEX_TEXT], "-text\0+stamp\0", sizeof "-text\0+stamp\0", JET_bitNil),
        describe_index(index_names[INDEX_WORD], table % 2 == 0 ? "+word\0+key\0" : "-word\0+key\0",
                       sizeof "+word\0+key\0", JET_bitNil),
        describe_index(index_names[INDEX_TAGS], "+tags\0", sizeof "+tags\0", JET_bitNil),
        describe_index(index_names[INDEX_TAGGED], "-stamp\0+key\0", sizeof "-stamp\0+key\0", JET_bitNil),
        describe_index("pieces", "+text\0", sizeof "+text\0", JET_bitIndexTupleLimits), /* the whole check knows them */
    };
    JET_CONDITIONALCOLUMN_A has_tags = {
        .cbStruct = sizeof has_tags, .szColumnName = names[TAGS], .grbit = JET_bitIndexColumnMustBeNonNull};
    indexes[1 + INDEX_TAGGED].rgconditionalcolumn = &has_tags;
    indexes[1 + INDEX_TAGGED].cConditionalColumn = 1;
    indexes[sizeof indexes / sizeof indexes[0] - 1].ptuplelimits = &pieces;
    JET_TABLECREATE_A create = {.cbStruct = sizeof create,
                                .szTableName = name,
                                .ulPages = 4,
                                .ulDensity = 80,
                                .rgcolumncreate = columns,
                                .cColumns = COLUMNS,
                                .rgindexcreate = indexes,
                                .cIndexes = sizeof indexes / sizeof indexes[0]};
    TRY(JetCreateTableColumnIndexA(session, dbid, &create));
    TRY(JetCloseTable(session, create.tableid));
    return true;
}

/* On a table that may have rows: by the long values, and so by what lies in another tree. */
static bool change_index(JET_SESID session, JET_DBID dbid, const struct crash_step *step)
{
    char name[8];
    JET_TABLEID table;
    JET_INDEXCREATE_A index =
        describe_index(index_names[INDEX_BLOB], "+blob\0-key\0", sizeof "+blob\0-key\0", JET_bitNil);
    table_name(step->table, name);
    TRY(JetOpenTableA(session, dbid, name, NULL, 0, 0, &table));
    if (step->kind == CRASH_CREATE_INDEX)
        TRY(JetCreateIndex2A(session, table, &index, 1));
    else
        TRY(JetDeleteIndexA(session, table, index_names[INDEX_BLOB]));
    TRY(JetCloseTable(session, table));
    return true;
}

static bool column_ids(JET_SESID session, JET_TABLEID table, JET_COLUMNID ids[COLUMNS])
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        JET_COLUMNDEF definition = {.cbStruct = sizeof definition};
        TRY(JetGetTableColumnInfoA(session, table, column_names[i], &definition, sizeof definition, JET_ColInfo));
        ids[i] = definition.columnid;
    }
    return true;
}

static bool set_part(JET_SESID session, JET_TABLEID table, JET_COLUMNID id, const uint8_t *bytes, size_t offset,
                     size_t size, JET_GRBIT grbit)
{
    JET_SETINFO info = {.cbStruct = sizeof info, .ibLongValue = (uint32_t)offset, .itagSequence = 1};
    TRY(JetSetColumn(session, table, id, bytes ? bytes + offset : NULL, (uint32_t)size, grbit, &info));
    return true;
}

/* At once, or in pieces: behind each other, or over zeros. */
static bool set_blob(JET_SESID session, JET_TABLEID table, JET_COLUMNID id, uint32_t stamp)
{
    enum { AT_ONCE, HALVES, OVER_ZEROS, FROM_NOTHING, WAYS };
    static uint8_t blob[CRASH_BLOB_MAX];
    const size_t size = crash_row_blob(stamp, blob), half = size / 2;
    const unsigned way = size < 2 ? AT_ONCE : stamp % WAYS;
    if (way == AT_ONCE || way == HALVES) {
        TRY(JetSetColumn(session, table, id, blob, (uint32_t)(way == HALVES ? half : size), 0, NULL));
        return way == AT_ONCE || set_part(session, table, id, blob, half, size - half, JET_bitSetAppendLV);
    }
    if (way == OVER_ZEROS)
        return set_part(session, table, id, NULL, 0, size, JET_bitSetSizeLV) &&
               set_part(session, table, id, blob, half, size - half, JET_bitSetOverwriteLV) &&
               set_part(session, table, id, blob, 0, half, JET_bitSetOverwriteLV);
    return set_part(session, table, id, NULL, 0, 1, JET_bitSetSizeLV) &&
           set_part(session, table, id, blob, 0, half, JET_bitSetOverwriteLV) &&
           set_part(session, table, id, blob, half, size - half, JET_bitSetAppendLV);
}

static bool set_tags(JET_SESID session, JET_TABLEID table, JET_COLUMNID id, uint32_t stamp)
{
    int32_t tags[CRASH_TAGS_MAX];
    const unsigned count = crash_row_tags(stamp, tags);
    for (unsigned i = CRASH_TAGS_MAX; i > 0; i--) {
        JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = i};
        if (i > count)
            TRY(JetSetColumn(session, table, id, NULL, 0, 0, &info));
    }
    for (unsigned i = 0; i < count; i++) {
        JET_SETINFO info = {.cbStruct = sizeof info, .itagSequence = i + 1};
        TRY(JetSetColumn(session, table, id, &tags[i], sizeof tags[i], 0, &info));
    }
    return true;
}

static bool seek(JET_SESID session, JET_TABLEID table, const struct crash_step *step)
{
    int32_t key = (int32_t)step->key;
    TRY(JetMakeKey(session, table, &key, sizeof key, JET_bitNewKey));
    TRY(JetSeek(session, table, JET_bitSeekEQ));
    return true;
}

/* The count of the row becomes its stamp. */
static bool count_up(JET_SESID session, JET_TABLEID table, JET_COLUMNID id, const struct crash_step *step)
{
    int32_t count = 0;
    if (!seek(session, table, step))
        return false;
    TRY(JetRetrieveColumn(session, table, id, &count, sizeof count, NULL, 0, NULL));
    int32_t delta = (int32_t)step->stamp - count;
    TRY(JetEscrowUpdate(session, table, id, &delta, sizeof delta, NULL, 0, NULL, 0));
    return true;
}

static bool set_columns(JET_SESID session, JET_TABLEID table, const struct crash_step *step)
{
    static uint8_t text[CRASH_TEXT_MAX];
    JET_COLUMNID ids[COLUMNS];
    int32_t key = (int32_t)step->key, stamp = (int32_t)step->stamp;
    size_t text_size = crash_row_text(step->stamp, text);
    if (!column_ids(session, table, ids))
        return false;
    if (step->kind == CRASH_INSERT)
        TRY(JetSetColumn(session, table, ids[KEY], &key, sizeof key, 0, NULL));
    TRY(JetSetColumn(session, table, ids[STAMP], &stamp, sizeof stamp, 0, NULL));
    TRY(JetSetColumn(session, table, ids[TEXT], text, (uint32_t)text_size, 0, NULL));
    TRY(JetSetColumn(session, table, ids[WORD], text, (uint32_t)(text_size & ~(size_t)1), 0,
                     NULL)); /* any text at all */
    if (!set_blob(session, table, ids[BLOB], step->stamp) || !set_tags(session, table, ids[TAGS], step->stamp))
        return false;
    TRY(JetUpdate(session, table, NULL, 0, NULL));
    return count_up(session, table, ids[COUNT], step);
}

/* What is taken back before the row is changed: by dropping an update, or by rolling back a level. */
static bool change_in_vain(JET_SESID session, JET_TABLEID table, const struct crash_step *step)
{
    enum { NOTHING, AN_APPEND, A_COPY, A_REPLACE, A_DELETE, WAYS };
    static const uint8_t bytes[5000];
    JET_COLUMNID ids[COLUMNS];
    const unsigned way = step->stamp % WAYS;
    if (way == NOTHING)
        return true;
    if (!column_ids(session, table, ids))
        return false;
    if (way == AN_APPEND || way == A_COPY) {
        TRY(JetPrepareUpdate(session, table, way == A_COPY ? JET_prepInsertCopy : JET_prepReplace));
        if (way == AN_APPEND && !set_part(session, table, ids[BLOB], bytes, 0, sizeof bytes, JET_bitSetAppendLV))
            return false;
        TRY(JetPrepareUpdate(session, table, JET_prepCancel));
        return true;
    }
    TRY(JetBeginTransaction(session));
    if (way == A_REPLACE) {
        TRY(JetPrepareUpdate(session, table, JET_prepReplace));
        if (!set_columns(session, table, step))
            return false;
    } else {
        TRY(JetDelete(session, table));
    }
    TRY(JetRollback(session, 0));
    return seek(session, table, step);
}

static bool change_row(JET_SESID session, JET_TABLEID table, const struct crash_step *step)
{
    const uint32_t replace = step->stamp % 3 == 0 ? JET_prepInsertCopyDeleteOriginal : JET_prepReplace;
    if (step->kind != CRASH_INSERT && !seek(session, table, step))
        return false;
    if (step->kind == CRASH_DELETE) {
        TRY(JetDelete(session, table));
        return true;
    }
    if (step->kind == CRASH_REPLACE && !change_in_vain(session, table, step))
        return false;
    TRY(JetPrepareUpdate(session, table, step->kind == CRASH_INSERT ? JET_prepInsert : replace));
    return set_columns(session, table, step);
}

/* Some of them on a level of their own. */
static bool change_row_nested(JET_SESID session, JET_TABLEID table, const struct crash_step *step)
{
    if (step->stamp % 2 == 0)
        return change_row(session, table, step);
    TRY(JetBeginTransaction(session));
    if (!change_row(session, table, step))
        return false;
    TRY(JetCommitTransaction(session, 0));
    return true;
}

static bool change_table(JET_SESID session, JET_DBID dbid, const struct crash_step *step)
{
    char name[8];
    JET_TABLEID table;
    table_name(step->table, name);
    TRY(JetOpenTableA(session, dbid, name, NULL, 0, 0, &table));
    bool is_done = change_row_nested(session, table, step);
    TRY(JetCloseTable(session, table));
    return is_done;
}

static void mark(const struct engine *engine, enum crash_mark what, uint32_t state)
{
    engine->marks->mark(engine->marks->context, what, state);
}

static bool commit(struct engine *engine, const struct crash_step *step)
{
    bool is_lazy = step->kind == CRASH_COMMIT_LAZY;
    mark(engine, CRASH_ASKED, step->state);
    TRY(JetCommitTransaction(engine->sessions[step->session], is_lazy ? JET_bitCommitLazyFlush : 0));
    if (!is_lazy && !step->is_empty)
        mark(engine, CRASH_PROMISED, step->state);
    return true;
}

static bool create_database(struct engine *engine, const struct crash_step *step)
{
    char path[1000];
    JET_DBID dbid;
    database_path(engine, step->database, path, sizeof path);
    mark(engine, CRASH_ASKED, step->state);
    TRY(JetCreateDatabaseA(engine->sessions[0], path, NULL, &dbid, 0));
    mark(engine, CRASH_PROMISED, step->state);
    TRY(JetCloseDatabase(engine->sessions[0], dbid, 0)); /* a call opens it for itself */
    return open_database(engine, step->database);
}

static bool restart(struct engine *engine)
{
    bool was_open[CRASH_DATABASES];
    memcpy(was_open, engine->is_open, sizeof was_open);
    if (!stop(engine, false) || !start(engine))
        return false;
    for (unsigned database = 0; database < CRASH_DATABASES; database++)
        if (was_open[database] && !attach_database(engine, database))
            return false;
    return true;
}

static bool close_database(struct engine *engine, unsigned database)
{
    for (unsigned session = 0; session < CRASH_SESSIONS; session++)
        TRY(JetCloseDatabase(engine->sessions[session], engine->databases[session][database], 0));
    engine->is_open[database] = false;
    return true;
}

static bool reattach(struct engine *engine, unsigned database)
{
    char path[1000];
    database_path(engine, database, path, sizeof path);
    if (!close_database(engine, database))
        return false;
    TRY(JetDetachDatabaseA(engine->sessions[0], path));
    return attach_database(engine, database);
}

static void copy_path(const struct engine *engine, char *path, size_t size)
{
    (void)snprintf(path, size, "%s/compact.edb", engine->config->folder);
}

static bool compact(struct engine *engine, unsigned database)
{
    char path[1000], copy[1000];
    database_path(engine, database, path, sizeof path);
    copy_path(engine, copy, sizeof copy);
    if (!close_database(engine, database))
        return false;
    jet_err err = os_file_remove(copy);
    if (err != JET_errFileNotFound)
        TRY(err);
    TRY(JetCompactA(engine->sessions[0], path, copy, NULL, NULL, 0));
    return open_database(engine, database);
}

static bool carry_out(struct engine *engine, const struct crash_step *step)
{
    JET_SESID session = engine->sessions[step->session];
    JET_DBID dbid = engine->databases[step->session][step->database];
    char name[8];
    switch (step->kind) {
    case CRASH_CREATE_DATABASE: return create_database(engine, step);
    case CRASH_BEGIN: TRY(JetBeginTransaction(session)); return true;
    case CRASH_CREATE_TABLE: return create_table(session, dbid, step->table);
    case CRASH_DELETE_TABLE:
        table_name(step->table, name);
        TRY(JetDeleteTableA(session, dbid, name));
        return true;
    case CRASH_CREATE_INDEX:
    case CRASH_DELETE_INDEX: return change_index(session, dbid, step);
    case CRASH_INSERT:
    case CRASH_REPLACE:
    case CRASH_DELETE: return change_table(session, dbid, step);
    case CRASH_COMMIT:
    case CRASH_COMMIT_LAZY: return commit(engine, step);
    case CRASH_ROLLBACK: TRY(JetRollback(session, 0)); return true;
    case CRASH_DEFRAGMENT:
        table_name(step->table, name);
        TRY(JetDefragmentA(session, dbid, name, NULL, NULL, JET_bitDefragmentBTree));
        return true;
    case CRASH_RESTART: return restart(engine);
    case CRASH_REATTACH: return reattach(engine, step->database);
    case CRASH_COMPACT: return compact(engine, step->database);
    }
    return false;
}

enum { TEMPORARY_EVERY = 16 }; /* steps */

/* What is in temporary tables is nobody's business after a crash, and must not disturb what is. Some of them stay
 * open. */
static bool use_temporary(JET_SESID session, bool stays_open)
{
    enum { RECORDS = 30 };
    static const JET_COLUMNDEF columns[] = {
        {.cbStruct = sizeof columns[0], .coltyp = JET_coltypLong, .grbit = JET_bitColumnTTKey},
        {.cbStruct = sizeof columns[0],                             .coltyp = JET_coltypBinary                        },
    };
    static const uint8_t bytes[200];
    JET_TABLEID table;
    JET_COLUMNID ids[2];
    TRY(JetOpenTempTable(session, columns, 2, JET_bitTTForceMaterialization, &table, ids));
    for (int32_t i = RECORDS; i-- > 0;) {
        TRY(JetPrepareUpdate(session, table, JET_prepInsert));
        TRY(JetSetColumn(session, table, ids[0], &i, sizeof i, 0, NULL));
        TRY(JetSetColumn(session, table, ids[1], bytes, sizeof bytes, 0, NULL));
        TRY(JetUpdate(session, table, NULL, 0, NULL));
    }
    if (!stays_open)
        TRY(JetCloseTable(session, table));
    return true;
}

bool crash_engine_run(const struct crash_config *config, const struct crash_script *script,
                      const struct crash_marks *marks)
{
    struct engine engine = {.config = config, .marks = marks};
    (void)problem_set("%s", "");
    if (!start(&engine))
        return false;
    for (size_t i = 0; i < script->step_count; i++) {
        const bool is_done = (i % TEMPORARY_EVERY != 0 || use_temporary(engine.sessions[script->steps[i].session],
                                                                        i % (4 * TEMPORARY_EVERY) == 0)) &&
                             carry_out(&engine, &script->steps[i]);
        if (!is_done) {
            char before[PROBLEM_SIZE];
            problem_copy(before);
            (void)stop(&engine, true);
            return problem_set("step %zu (kind %d): %.300s", i, (int)script->steps[i].kind, before);
        }
    }
    return stop(&engine, false);
}

/* ---- looking ---- */

static bool read_column(JET_SESID session, JET_TABLEID table, JET_COLUMNID id, void *bytes, size_t room,
                        size_t *ret_size)
{
    uint32_t actual = 0;
    JET_ERR err = JetRetrieveColumn(session, table, id, bytes, (uint32_t)room, &actual, 0, NULL);
    if (!problem_none(err, "JetRetrieveColumn"))
        return false;
    *ret_size = err == JET_wrnColumnNull ? 0 : actual;
    return *ret_size <= room || problem_set("a column is too long: %zu bytes", *ret_size);
}

static bool read_tags(JET_SESID session, JET_TABLEID table, JET_COLUMNID id, uint32_t stamp)
{
    int32_t tags[CRASH_TAGS_MAX];
    const unsigned count = crash_row_tags(stamp, tags);
    for (unsigned i = 0; i <= count; i++) {
        JET_RETINFO info = {.cbStruct = sizeof info, .itagSequence = i + 1};
        int32_t tag = 0;
        JET_ERR err = JetRetrieveColumn(session, table, id, &tag, sizeof tag, NULL, 0, &info);
        if (!problem_none(err, "JetRetrieveColumn"))
            return false;
        if ((err == JET_wrnColumnNull) != (i == count) || (i < count && tag != tags[i]))
            return problem_set("row with stamp %u: tag %u is %d", stamp, i, (int)tag);
    }
    return true;
}

/* A row is whole or there is no such row: what its stamp says must be in it. */
static bool read_row(JET_SESID session, JET_TABLEID table, const JET_COLUMNID ids[COLUMNS], struct crash_table *found)
{
    static uint8_t is[CRASH_BLOB_MAX], ought[CRASH_BLOB_MAX];
    int32_t key = -1, stamp = 0, count = 0;
    size_t size;
    if (!read_column(session, table, ids[KEY], &key, sizeof key, &size) ||
        !read_column(session, table, ids[STAMP], &stamp, sizeof stamp, &size) ||
        !read_column(session, table, ids[COUNT], &count, sizeof count, &size))
        return false;
    if (count != stamp)
        return problem_set("row %d with stamp %d: its count is %d", (int)key, (int)stamp, (int)count);
    if (key < 0 || key >= CRASH_KEYS || stamp == 0 || found->stamps[key] != 0)
        return problem_set("an impossible row: key %d, stamp %d", (int)key, (int)stamp);
    found->stamps[key] = (uint32_t)stamp;
    if (!read_column(session, table, ids[TEXT], is, CRASH_TEXT_MAX, &size))
        return false;
    if (size != crash_row_text((uint32_t)stamp, ought) || memcmp(is, ought, size) != 0)
        return problem_set("row %d with stamp %d: wrong text", (int)key, (int)stamp);
    if (!read_column(session, table, ids[BLOB], is, CRASH_BLOB_MAX, &size))
        return false;
    if (size != crash_row_blob((uint32_t)stamp, ought) || memcmp(is, ought, size) != 0)
        return problem_set("row %d with stamp %d: wrong long value", (int)key, (int)stamp);
    return read_tags(session, table, ids[TAGS], (uint32_t)stamp);
}

static bool read_rows(JET_SESID session, JET_TABLEID table, struct crash_table *found)
{
    JET_COLUMNID ids[COLUMNS];
    if (!column_ids(session, table, ids))
        return false;
    JET_ERR err = JetMove(session, table, (int32_t)JET_MoveFirst, 0);
    while (err >= JET_errSuccess) {
        if (!read_row(session, table, ids, found))
            return false;
        err = JetMove(session, table, JET_MoveNext, 0);
    }
    return err == JET_errNoCurrentRecord || problem_none(err, "JetMove");
}

static unsigned count_entries(unsigned index, uint32_t stamp)
{
    int32_t tags[CRASH_TAGS_MAX];
    const unsigned count = crash_row_tags(stamp, tags);
    if (stamp == 0 || (index == INDEX_TAGGED && count == 0))
        return 0;
    return index == INDEX_TAGS && count > 0 ? count : 1;
}

/* Each entry leads to a row that was read, and there are as many as the rows should have. What is in the entries
 * deep_verify() judges. */
static bool walk_index(JET_SESID session, JET_TABLEID table, unsigned index, const struct crash_table *found)
{
    JET_COLUMNID ids[COLUMNS];
    const char *name = index_names[index];
    unsigned expected = 0, entries = 0;
    for (unsigned key = 0; key < CRASH_KEYS; key++)
        expected += count_entries(index, found->stamps[key]);
    if (!column_ids(session, table, ids))
        return false;
    JET_ERR err = JetMove(session, table, (int32_t)JET_MoveFirst, 0);
    for (; err >= JET_errSuccess; entries++) {
        int32_t key = -1, stamp = 0;
        size_t size;
        if (!read_column(session, table, ids[KEY], &key, sizeof key, &size) ||
            !read_column(session, table, ids[STAMP], &stamp, sizeof stamp, &size))
            return false;
        if (key < 0 || key >= CRASH_KEYS || found->stamps[key] != (uint32_t)stamp)
            return problem_set("index %s leads to row %d with stamp %d", name, (int)key, (int)stamp);
        err = JetMove(session, table, JET_MoveNext, 0);
    }
    if (err != JET_errNoCurrentRecord)
        return problem_none(err, "JetMove");
    return entries == expected || problem_set("index %s has %u entries and not %u", name, entries, expected);
}

static bool read_indexes(JET_SESID session, JET_TABLEID table, struct crash_table *found)
{
    for (unsigned i = 0; i < INDEXES; i++) {
        JET_ERR err = JetSetCurrentIndexA(session, table, index_names[i]);
        if (err == JET_errIndexNotFound && i == INDEX_BLOB)
            return true;
        if (!problem_none(err, "JetSetCurrentIndex") || !walk_index(session, table, i, found))
            return false;
    }
    found->has_index = true;
    return true;
}

static bool read_table(struct engine *engine, unsigned database, unsigned number, struct crash_table *found)
{
    char name[8];
    JET_TABLEID table;
    JET_SESID session = engine->sessions[0];
    table_name(number, name);
    JET_ERR err = JetOpenTableA(session, engine->databases[0][database], name, NULL, 0, JET_bitTableReadOnly, &table);
    if (err == JET_errObjectNotFound)
        return true;
    if (!problem_none(err, "JetOpenTable"))
        return false;
    found->exists = true;
    bool is_done = read_rows(session, table, found) && read_indexes(session, table, found);
    TRY(JetCloseTable(session, table));
    return is_done;
}

static bool read_database(struct engine *engine, unsigned database, struct crash_state *found)
{
    char path[1000];
    database_path(engine, database, path, sizeof path);
    JET_ERR err = JetAttachDatabaseA(engine->sessions[0], path, 0);
    if (err == JET_errFileNotFound || err == JET_errDatabaseNotFound)
        return true;
    if (!problem_none(err, "JetAttachDatabase") || !open_database(engine, database))
        return false;
    found->exists[database] = true;
    for (unsigned table = 0; table < CRASH_TABLES; table++)
        if (!read_table(engine, database, table, &found->tables[database][table]))
            return false;
    return true;
}

/* Where two states differ first, for people. */
static bool complain_of_difference(const struct crash_state *found, const struct crash_state *ought, uint32_t low,
                                   uint32_t high)
{
    for (unsigned d = 0; d < CRASH_DATABASES; d++) {
        if (found->exists[d] != ought->exists[d])
            return problem_set("states %u to %u: database %u is %sthere", low, high, d, found->exists[d] ? "" : "not ");
        for (unsigned t = 0; t < CRASH_TABLES; t++) {
            const struct crash_table *is = &found->tables[d][t], *right = &ought->tables[d][t];
            if (is->exists != right->exists)
                return problem_set("states %u to %u: database %u, table %u is %sthere", low, high, d, t,
                                   is->exists ? "" : "not ");
            if (is->has_index != right->has_index)
                return problem_set("states %u to %u: database %u, table %u: the index is %sthere", low, high, d, t,
                                   is->has_index ? "" : "not ");
            for (unsigned key = 0; key < CRASH_KEYS; key++)
                if (is->stamps[key] != right->stamps[key])
                    return problem_set("states %u to %u: database %u, table %u, key %u: stamp %u, in state %u it is %u",
                                       low, high, d, t, key, is->stamps[key], low, right->stamps[key]);
        }
    }
    return problem_set("states are equal");
}

static bool find_state(const struct crash_script *script, const struct crash_state *found, uint32_t low, uint32_t high,
                       uint32_t *ret_state)
{
    for (uint32_t state = low; state <= high; state++) {
        if (memcmp(found, &script->states[state], sizeof *found) == 0) {
            *ret_state = state;
            return true;
        }
    }
    return complain_of_difference(found, &script->states[low], low, high);
}

/* ---- the second opinion ---- */

/* The first damage is the one to tell. Pages that nobody owns are warnings: a crash may leave some. */
static void note_damage(void *context, const struct finding *finding)
{
    bool *has_damage = context;
    char text[PROBLEM_SIZE - 20];
    if (finding->severity < FINDING_DAMAGE || *has_damage)
        return;
    *has_damage = true;
    (void)problem_set("deep: %s", finding_describe(finding, text, sizeof text));
}

static bool verify_file(const char *path)
{
    struct database_file *file;
    struct deep_counts counts;
    const struct deep_options options = {.jobs = 1};
    bool has_damage = false;
    const struct finding_listener listener = {.report = note_damage, .context = &has_damage};
    jet_err err = database_file_open(path, &listener, &file);
    if (err == JET_errFileNotFound)
        return true;
    if (err < JET_errSuccess)
        return has_damage ? false : problem_none(err, "database_file_open");
    err = deep_verify(file, &options, &listener, &counts);
    database_file_close(file);
    return !has_damage && problem_none(err, "deep_verify");
}

static bool verify_files(const struct engine *engine)
{
    char path[1000];
    for (unsigned database = 0; database < CRASH_DATABASES; database++) {
        database_path(engine, database, path, sizeof path);
        if (!verify_file(path))
            return false;
    }
    copy_path(engine, path, sizeof path);
    return verify_file(path);
}

bool crash_engine_check(const struct crash_config *config, const struct crash_script *script, uint32_t low,
                        uint32_t high, bool abruptly, uint32_t *ret_state)
{
    struct engine engine = {.config = config};
    struct crash_state *found = calloc(1, sizeof *found);
    (void)problem_set("%s", "");
    bool is_good = found && start(&engine);
    for (unsigned database = 0; is_good && database < CRASH_DATABASES; database++)
        is_good = read_database(&engine, database, found);
    is_good = is_good && find_state(script, found, low, high, ret_state);
    free(found);
    if (is_good)
        return stop(&engine, abruptly) && (abruptly || verify_files(&engine));
    if (engine.instance) {
        char before[PROBLEM_SIZE];
        problem_copy(before);
        (void)stop(&engine, true);
        (void)problem_set("%s", before);
    }
    return false;
}
