/* SPDX-License-Identifier: MIT */
/* bench_engine_sqlite.c - the peer: SQLite in WAL mode, prepared statements, durable commits. */
#include "bench_engine.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "os/os_file.h"

struct sqlite_engine {
    char *path;
};

struct sqlite_connection {
    sqlite3 *db;
    sqlite3_stmt *insert, *insert_indexed, *read, *read_by_name, *scan, *range_by_name, *write_value, *read_value,
        *begin_write, *begin_read, *commit;
};

static void check(sqlite3 *db, int code, int wanted, const char *what)
{
    if (code == wanted)
        return;
    bench_fail(bench_engine_sqlite.name, db ? sqlite3_errmsg(db) : what, code);
}

static void execute(sqlite3 *db, const char *sql)
{
    check(db, sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, sql);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;

    check(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), SQLITE_OK, sql);
    return statement;
}

static void step_once(sqlite3 *db, sqlite3_stmt *statement)
{
    check(db, sqlite3_step(statement), SQLITE_DONE, "a statement");
    sqlite3_reset(statement);
}

static sqlite3 *database_open(const char *path)
{
    sqlite3 *db;

    check(NULL, sqlite3_open(path, &db), SQLITE_OK, "opening");
    sqlite3_busy_timeout(db, 60000);
    execute(db, "pragma page_size=4096; pragma journal_mode=wal; pragma synchronous=full; pragma cache_size=-262144");
    return db;
}

/* Its pages have the size it likes best. */
static void *sqlite_open(const char *folder, uint32_t page_size)
{
    struct sqlite_engine *engine = malloc(sizeof *engine);

    (void)page_size;
    if (!engine || !(engine->path = os_path_join(folder, "bench.db")))
        bench_fail(bench_engine_sqlite.name, "memory", 0);
    sqlite3 *db = database_open(engine->path);
    execute(db, "create table records (key integer primary key, name blob not null, payload blob not null)");
    execute(db, "create table indexed (key integer primary key, name blob not null, payload blob not null);"
                "create index names on indexed (name); create index payloads on indexed (payload)");
    execute(db, "create table big (key integer primary key, value blob not null)");
    sqlite3_close(db);
    return engine;
}

static void sqlite_close(void *context)
{
    struct sqlite_engine *engine = context;

    free(engine->path);
    free(engine);
}

static void *sqlite_connect(void *context)
{
    const struct sqlite_engine *engine = context;
    struct sqlite_connection *c = malloc(sizeof *c);

    if (!c)
        bench_fail(bench_engine_sqlite.name, "memory", 0);
    c->db = database_open(engine->path);
    c->insert = prepare(c->db, "insert into records values (?, ?, ?)");
    c->insert_indexed = prepare(c->db, "insert into indexed values (?, ?, ?)");
    c->read = prepare(c->db, "select name, payload from records where key = ?");
    c->read_by_name = prepare(c->db, "select name, payload from indexed where name = ?");
    c->scan = prepare(c->db, "select name, payload from records order by key");
    c->range_by_name = prepare(c->db, "select name, payload from indexed where name >= ? order by name limit ?");
    c->write_value = prepare(c->db, "insert into big values (?, ?)");
    c->read_value = prepare(c->db, "select value from big where key = ?");
    c->begin_write = prepare(c->db, "begin immediate");
    c->begin_read = prepare(c->db, "begin");
    c->commit = prepare(c->db, "commit");
    return c;
}

static void sqlite_disconnect(void *connection)
{
    struct sqlite_connection *c = connection;
    sqlite3_stmt *const statements[] = {c->insert,      c->insert_indexed, c->read,        c->read_by_name,
                                        c->scan,        c->range_by_name,  c->write_value, c->read_value,
                                        c->begin_write, c->begin_read,     c->commit};

    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        sqlite3_finalize(statements[i]);
    sqlite3_close(c->db);
    free(c);
}

static void insert_by(struct sqlite_connection *c, sqlite3_stmt *insert, int64_t first, int64_t step, int64_t count)
{
    struct bench_record record;

    step_once(c->db, c->begin_write);
    for (int64_t i = 0; i < count; i++) {
        bench_record_make(first + i * step, &record);
        sqlite3_bind_int64(insert, 1, record.key);
        sqlite3_bind_blob(insert, 2, record.name, sizeof record.name, SQLITE_STATIC);
        sqlite3_bind_blob(insert, 3, record.payload, sizeof record.payload, SQLITE_STATIC);
        step_once(c->db, insert);
    }
    step_once(c->db, c->commit);
}

static void sqlite_insert(void *connection, int64_t first, int64_t step, int64_t count)
{
    struct sqlite_connection *c = connection;

    insert_by(c, c->insert, first, step, count);
}

static void sqlite_insert_indexed(void *connection, int64_t first, int64_t step, int64_t count)
{
    struct sqlite_connection *c = connection;

    insert_by(c, c->insert_indexed, first, step, count);
}

static uint64_t sum_columns(sqlite3_stmt *statement)
{
    uint64_t sum = 0;

    for (int column = 0; column < 2; column++) {
        const uint8_t *bytes = sqlite3_column_blob(statement, column);
        const int size = sqlite3_column_bytes(statement, column);

        for (int i = 0; i < size; i++)
            sum += bytes[i];
    }
    return sum;
}

static uint64_t sqlite_read(void *connection, int64_t key)
{
    struct sqlite_connection *c = connection;

    sqlite3_bind_int64(c->read, 1, key);
    check(c->db, sqlite3_step(c->read), SQLITE_ROW, "reading");
    const uint64_t sum = sum_columns(c->read);
    sqlite3_reset(c->read);
    return sum;
}

static uint64_t sqlite_read_by_name(void *connection, int64_t key)
{
    struct sqlite_connection *c = connection;
    struct bench_record record;

    bench_record_make(key, &record);
    sqlite3_bind_blob(c->read_by_name, 1, record.name, sizeof record.name, SQLITE_STATIC);
    check(c->db, sqlite3_step(c->read_by_name), SQLITE_ROW, "reading");
    const uint64_t sum = sum_columns(c->read_by_name);
    sqlite3_reset(c->read_by_name);
    return sum;
}

static uint64_t sqlite_range_by_name(void *connection, int64_t key, int64_t count, int64_t *ret_count)
{
    struct sqlite_connection *c = connection;
    struct bench_record record;
    uint64_t sum = 0;
    int64_t done = 0;
    int code;

    bench_record_make(key, &record);
    sqlite3_bind_blob(c->range_by_name, 1, record.name, sizeof record.name, SQLITE_STATIC);
    sqlite3_bind_int64(c->range_by_name, 2, count);
    while ((code = sqlite3_step(c->range_by_name)) == SQLITE_ROW) {
        sum += sum_columns(c->range_by_name);
        done++;
    }
    check(c->db, code, SQLITE_DONE, "reading");
    sqlite3_reset(c->range_by_name);
    *ret_count = done;
    return sum;
}

static void sqlite_write_value(void *connection, int64_t key)
{
    struct sqlite_connection *c = connection;

    sqlite3_bind_int64(c->write_value, 1, key);
    sqlite3_bind_blob(c->write_value, 2, bench_value_make(key), BENCH_VALUE, SQLITE_STATIC);
    step_once(c->db, c->write_value);
}

static uint64_t sqlite_read_value(void *connection, int64_t key)
{
    struct sqlite_connection *c = connection;

    sqlite3_bind_int64(c->read_value, 1, key);
    check(c->db, sqlite3_step(c->read_value), SQLITE_ROW, "reading");
    const uint64_t sum = bench_value_sum(sqlite3_column_blob(c->read_value, 0));
    sqlite3_reset(c->read_value);
    return sum;
}

static void sqlite_begin(void *connection)
{
    struct sqlite_connection *c = connection;

    step_once(c->db, c->begin_read);
}

static void sqlite_commit(void *connection)
{
    struct sqlite_connection *c = connection;

    step_once(c->db, c->commit);
}

static uint64_t sqlite_scan(void *connection, int64_t *ret_count)
{
    struct sqlite_connection *c = connection;
    uint64_t sum = 0;
    int64_t count = 0;
    int code;

    while ((code = sqlite3_step(c->scan)) == SQLITE_ROW) {
        sum += sum_columns(c->scan);
        count++;
    }
    check(c->db, code, SQLITE_DONE, "scanning");
    sqlite3_reset(c->scan);
    *ret_count = count;
    return sum;
}

const struct bench_engine bench_engine_sqlite = {
    .name = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .insert = sqlite_insert,
    .insert_indexed = sqlite_insert_indexed,
    .read = sqlite_read,
    .read_by_name = sqlite_read_by_name,
    .range_by_name = sqlite_range_by_name,
    .write_value = sqlite_write_value,
    .read_value = sqlite_read_value,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .scan = sqlite_scan,
};
