/* SPDX-License-Identifier: MIT */
/* bench_engine_jet.c - our engine, through the API that applications use. */
#include "bench_engine.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jet/esent.h"
#include "os/os_file.h"

enum { CACHE_SIZE = 256 << 20 };

struct jet_engine {
    JET_INSTANCE instance;
    char *database;
};

/* A cursor, and what its columns are. */
struct jet_cursor {
    JET_TABLEID table;
    JET_COLUMNID key, name, payload;
};

struct jet_connection {
    JET_SESID session;
    JET_DBID database;
    struct jet_cursor records, indexed, by_name, values;
};

static void check(JET_ERR err, const char *what)
{
    if (err < JET_errSuccess)
        bench_fail(bench_engine_jet.name, what, err);
}

static void number(JET_INSTANCE *instance, uint32_t parameter, JET_API_PTR value)
{
    check(JetSetSystemParameterA(instance, 0, parameter, value, NULL), "JetSetSystemParameter");
}

static void text(JET_INSTANCE *instance, uint32_t parameter, const char *value)
{
    check(JetSetSystemParameterA(instance, 0, parameter, 0, value), "JetSetSystemParameter");
}

static void index_create(JET_SESID session, JET_TABLEID table, const char *name, const char *key, uint32_t size,
                         JET_GRBIT grbit)
{
    check(JetCreateIndexA(session, table, name, grbit, key, size, 100), "JetCreateIndex");
}

static void table_create(JET_SESID session, JET_DBID database, const char *name, bool is_indexed)
{
    static const struct {
        const char *name;
        JET_COLTYP type;
    } columns[] = {
        {"key",     JET_coltypCurrency},
        {"name",    JET_coltypBinary  },
        {"payload", JET_coltypBinary  },
    };
    JET_TABLEID table;
    JET_COLUMNID column;

    check(JetCreateTableA(session, database, name, 16, 0, &table), "JetCreateTable");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const JET_COLUMNDEF definition = {
            .cbStruct = sizeof definition,
            .coltyp = columns[i].type,
            .cbMax = columns[i].type == JET_coltypBinary ? 255 : 0,
            .grbit = columns[i].type == JET_coltypBinary ? 0 : JET_bitColumnFixed | JET_bitColumnNotNULL,
        };
        check(JetAddColumnA(session, table, columns[i].name, &definition, NULL, 0, &column), "JetAddColumn");
    }
    index_create(session, table, "primary", "+key\0", sizeof "+key\0", JET_bitIndexPrimary);
    if (is_indexed) {
        index_create(session, table, "names", "+name\0", sizeof "+name\0", JET_bitNil);
        index_create(session, table, "payloads", "+payload\0", sizeof "+payload\0", JET_bitNil);
    }
    check(JetCloseTable(session, table), "JetCloseTable");
}

static void values_create(JET_SESID session, JET_DBID database)
{
    const JET_COLUMNDEF key = {
        .cbStruct = sizeof key, .coltyp = JET_coltypCurrency, .grbit = JET_bitColumnFixed | JET_bitColumnNotNULL};
    const JET_COLUMNDEF value = {.cbStruct = sizeof value, .coltyp = JET_coltypLongBinary};
    JET_TABLEID table;
    JET_COLUMNID column;

    check(JetCreateTableA(session, database, "values", 16, 0, &table), "JetCreateTable");
    check(JetAddColumnA(session, table, "key", &key, NULL, 0, &column), "JetAddColumn");
    check(JetAddColumnA(session, table, "payload", &value, NULL, 0, &column), "JetAddColumn");
    index_create(session, table, "primary", "+key\0", sizeof "+key\0", JET_bitIndexPrimary);
    check(JetCloseTable(session, table), "JetCloseTable");
}

static void tables_create(const struct jet_engine *engine)
{
    JET_SESID session;
    JET_DBID database;

    check(JetBeginSessionA(engine->instance, &session, NULL, NULL), "JetBeginSession");
    check(JetCreateDatabaseA(session, engine->database, NULL, &database, 0), "JetCreateDatabase");
    table_create(session, database, "records", false);
    table_create(session, database, "indexed", true);
    values_create(session, database);
    check(JetEndSession(session, 0), "JetEndSession");
}

static void *jet_open(const char *folder, uint32_t page_size)
{
    struct jet_engine *engine = malloc(sizeof *engine);
    char *own = os_path_join(folder, "");

    if (!engine || !own || !(engine->database = os_path_join(folder, "bench.edb")))
        bench_fail(bench_engine_jet.name, "memory", 0);
    number(NULL, JET_paramDatabasePageSize, page_size);
    check(JetCreateInstanceA(&engine->instance, "bench"), "JetCreateInstance");
    text(&engine->instance, JET_paramSystemPath, own);
    text(&engine->instance, JET_paramLogFilePath, own);
    text(&engine->instance, JET_paramTempPath, own);
    number(&engine->instance, JET_paramCircularLog, 1);
    number(&engine->instance, JET_paramLogFileSize, 16 * 1024);
    number(&engine->instance, JET_paramLogBuffers, 16 * 1024);
    number(&engine->instance, JET_paramMaxVerPages, 16 * 1024);
    number(NULL, JET_paramCacheSizeMin, CACHE_SIZE / page_size);
    number(NULL, JET_paramCacheSizeMax, CACHE_SIZE / page_size);
    check(JetInit(&engine->instance), "JetInit");
    tables_create(engine);
    free(own);
    return engine;
}

static void jet_close(void *context)
{
    struct jet_engine *engine = context;

    check(JetTerm2(engine->instance, JET_bitTermComplete), "JetTerm2");
    free(engine->database);
    free(engine);
}

static JET_COLUMNID column_find(const struct jet_connection *c, JET_TABLEID table, const char *name)
{
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition};

    check(JetGetTableColumnInfoA(c->session, table, name, &definition, sizeof definition, JET_ColInfo),
          "JetGetTableColumnInfo");
    return definition.columnid;
}

static struct jet_cursor cursor_open(const struct jet_connection *c, const char *table)
{
    struct jet_cursor cursor;

    check(JetOpenTableA(c->session, c->database, table, NULL, 0, 0, &cursor.table), "JetOpenTable");
    cursor.key = column_find(c, cursor.table, "key");
    cursor.name = strcmp(table, "values") != 0 ? column_find(c, cursor.table, "name") : 0;
    cursor.payload = column_find(c, cursor.table, "payload");
    return cursor;
}

static void *jet_connect(void *context)
{
    struct jet_engine *engine = context;
    struct jet_connection *c = malloc(sizeof *c);

    if (!c)
        bench_fail(bench_engine_jet.name, "memory", 0);
    check(JetBeginSessionA(engine->instance, &c->session, NULL, NULL), "JetBeginSession");
    check(JetOpenDatabaseA(c->session, engine->database, NULL, &c->database, 0), "JetOpenDatabase");
    c->records = cursor_open(c, "records");
    c->indexed = cursor_open(c, "indexed");
    c->by_name = cursor_open(c, "indexed");
    c->values = cursor_open(c, "values");
    check(JetSetCurrentIndexA(c->session, c->by_name.table, "names"), "JetSetCurrentIndex");
    return c;
}

static void jet_disconnect(void *connection)
{
    struct jet_connection *c = connection;

    check(JetEndSession(c->session, 0), "JetEndSession"); /* closes the cursors */
    free(c);
}

static void insert_into(const struct jet_connection *c, const struct jet_cursor *to, int64_t first, int64_t step,
                        int64_t count)
{
    struct bench_record record;

    check(JetBeginTransaction(c->session), "JetBeginTransaction");
    for (int64_t i = 0; i < count; i++) {
        bench_record_make(first + i * step, &record);
        check(JetPrepareUpdate(c->session, to->table, JET_prepInsert), "JetPrepareUpdate");
        check(JetSetColumn(c->session, to->table, to->key, &record.key, sizeof record.key, 0, NULL), "JetSetColumn");
        check(JetSetColumn(c->session, to->table, to->name, record.name, sizeof record.name, 0, NULL), "JetSetColumn");
        check(JetSetColumn(c->session, to->table, to->payload, record.payload, sizeof record.payload, 0, NULL),
              "JetSetColumn");
        check(JetUpdate(c->session, to->table, NULL, 0, NULL), "JetUpdate");
    }
    check(JetCommitTransaction(c->session, 0), "JetCommitTransaction");
}

static void jet_insert(void *connection, int64_t first, int64_t step, int64_t count)
{
    const struct jet_connection *c = connection;

    insert_into(c, &c->records, first, step, count);
}

static void jet_insert_indexed(void *connection, int64_t first, int64_t step, int64_t count)
{
    const struct jet_connection *c = connection;

    insert_into(c, &c->indexed, first, step, count);
}

static uint64_t sum_columns(const struct jet_connection *c, const struct jet_cursor *of)
{
    const JET_COLUMNID columns[] = {of->name, of->payload};
    uint64_t sum = 0;

    for (size_t column = 0; column < sizeof columns / sizeof *columns; column++) {
        uint8_t bytes[255];
        uint32_t actual;

        check(JetRetrieveColumn(c->session, of->table, columns[column], bytes, sizeof bytes, &actual, 0, NULL),
              "JetRetrieveColumn");
        for (uint32_t i = 0; i < actual; i++)
            sum += bytes[i];
    }
    return sum;
}

static uint64_t jet_read(void *connection, int64_t key)
{
    const struct jet_connection *c = connection;

    check(JetMakeKey(c->session, c->records.table, &key, sizeof key, JET_bitNewKey), "JetMakeKey");
    check(JetSeek(c->session, c->records.table, JET_bitSeekEQ), "JetSeek");
    return sum_columns(c, &c->records);
}

static uint64_t jet_read_by_name(void *connection, int64_t key)
{
    const struct jet_connection *c = connection;
    struct bench_record record;

    bench_record_make(key, &record);
    check(JetMakeKey(c->session, c->by_name.table, record.name, sizeof record.name, JET_bitNewKey), "JetMakeKey");
    check(JetSeek(c->session, c->by_name.table, JET_bitSeekEQ), "JetSeek");
    return sum_columns(c, &c->by_name);
}

static uint64_t jet_range_by_name(void *connection, int64_t key, int64_t count, int64_t *ret_count)
{
    const struct jet_connection *c = connection;
    struct bench_record record;
    uint64_t sum = 0;
    int64_t done = 0;
    JET_ERR err;

    bench_record_make(key, &record);
    check(JetMakeKey(c->session, c->by_name.table, record.name, sizeof record.name, JET_bitNewKey), "JetMakeKey");
    for (err = JetSeek(c->session, c->by_name.table, JET_bitSeekGE); err >= JET_errSuccess && done < count;
         err = JetMove(c->session, c->by_name.table, JET_MoveNext, 0)) {
        sum += sum_columns(c, &c->by_name);
        done++;
    }
    if (err != JET_errNoCurrentRecord)
        check(err, "JetMove");
    *ret_count = done;
    return sum;
}

static void jet_write_value(void *connection, int64_t key)
{
    const struct jet_connection *c = connection;
    const struct jet_cursor *to = &c->values;

    check(JetBeginTransaction(c->session), "JetBeginTransaction");
    check(JetPrepareUpdate(c->session, to->table, JET_prepInsert), "JetPrepareUpdate");
    check(JetSetColumn(c->session, to->table, to->key, &key, sizeof key, 0, NULL), "JetSetColumn");
    check(JetSetColumn(c->session, to->table, to->payload, bench_value_make(key), BENCH_VALUE, 0, NULL),
          "JetSetColumn");
    check(JetUpdate(c->session, to->table, NULL, 0, NULL), "JetUpdate");
    check(JetCommitTransaction(c->session, 0), "JetCommitTransaction");
}

static uint64_t jet_read_value(void *connection, int64_t key)
{
    static uint8_t value[BENCH_VALUE];
    const struct jet_connection *c = connection;
    const struct jet_cursor *of = &c->values;

    check(JetMakeKey(c->session, of->table, &key, sizeof key, JET_bitNewKey), "JetMakeKey");
    check(JetSeek(c->session, of->table, JET_bitSeekEQ), "JetSeek");
    check(JetRetrieveColumn(c->session, of->table, of->payload, value, sizeof value, NULL, 0, NULL),
          "JetRetrieveColumn");
    return bench_value_sum(value);
}

static void jet_begin(void *connection)
{
    const struct jet_connection *c = connection;

    check(JetBeginTransaction2(c->session, JET_bitTransactionReadOnly), "JetBeginTransaction2");
}

static void jet_commit(void *connection)
{
    const struct jet_connection *c = connection;

    check(JetCommitTransaction(c->session, 0), "JetCommitTransaction");
}

static uint64_t jet_scan(void *connection, int64_t *ret_count)
{
    const struct jet_connection *c = connection;
    uint64_t sum = 0;
    int64_t count = 0;
    JET_ERR err;

    for (err = JetMove(c->session, c->records.table, (int32_t)JET_MoveFirst, 0); err == JET_errSuccess;
         err = JetMove(c->session, c->records.table, JET_MoveNext, 0)) {
        sum += sum_columns(c, &c->records);
        count++;
    }
    if (err != JET_errNoCurrentRecord)
        check(err < JET_errSuccess ? err : JET_errInternalError, "JetMove");
    *ret_count = count;
    return sum;
}

const struct bench_engine bench_engine_jet = {
    .name = "coldstream",
    .open = jet_open,
    .close = jet_close,
    .connect = jet_connect,
    .disconnect = jet_disconnect,
    .insert = jet_insert,
    .insert_indexed = jet_insert_indexed,
    .read = jet_read,
    .read_by_name = jet_read_by_name,
    .range_by_name = jet_range_by_name,
    .write_value = jet_write_value,
    .read_value = jet_read_value,
    .begin = jet_begin,
    .commit = jet_commit,
    .scan = jet_scan,
};
