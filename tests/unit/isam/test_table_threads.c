/* SPDX-License-Identifier: MIT */
/* Many sessions on many threads: transfers between accounts keep the total, readers always see it, tables come and go
 * beside them, and the file passes the whole check afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../recovery/instance.h"
#include "base/compiler.h"
#include "isam/ddl.h"
#include "isam/deep.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "isam/table_cursor.h"
#include "isam/transaction.h"
#include "os/os_thread.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

enum {
    TELLERS = 8,
    TRANSFERS = 120,
    ACCOUNTS = 24,
    BALANCE = 1000,
    READERS = 2,
    MAKERS = 2,
    TABLES_EACH = 10,
    LONG_SIZE = 9000,
};

struct bank {
    struct instance instance;
    const char *path;
    unsigned dbid;
    uint32_t id_column, balance_column, note_column;
    _Atomic unsigned tellers_left;
    _Atomic unsigned transfers, conflicts, failures;
};

struct worker {
    struct bank *bank;
    struct session *session;
    unsigned number;
    uint32_t random;
};

static uint32_t random_below(struct worker *worker, uint32_t limit)
{
    worker->random = worker->random * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(worker->random >> 8) * limit >> 24);
}

/* A thread may not fail a test by itself: it counts. */
static bool is_good(struct worker *worker, jet_err err)
{
    if (err >= JET_errSuccess)
        return true;
    if (err == JET_errWriteConflict)
        atomic_fetch_add(&worker->bank->conflicts, 1);
    else if (atomic_fetch_add(&worker->bank->failures, 1) == 0)
        print_error("thread %u: %s\n", worker->number, jet_err_name(err));
    return false;
}

/* ---- transfers ---- */

static jet_err account_find(struct table_cursor *cursor, int32_t id)
{
    jet_err err = table_cursor_make_key(cursor, &id, sizeof id, 0x1);
    return err < JET_errSuccess ? err : table_cursor_seek(cursor, 0x1);
}

static jet_err account_read(const struct bank *bank, struct table_cursor *cursor, int64_t *ret_balance)
{
    struct table_retrieve retrieve = {
        .column = bank->balance_column, .buffer = ret_balance, .size = sizeof *ret_balance, .itag = 1};
    return table_cursor_retrieve(cursor, &retrieve);
}

static jet_err account_add(struct worker *worker, struct table_cursor *cursor, int32_t id, int64_t amount)
{
    const struct bank *bank = worker->bank;
    uint8_t note[LONG_SIZE];
    int64_t balance = 0;
    jet_err err = account_find(cursor, id);
    if (err >= JET_errSuccess)
        err = table_cursor_prepare(cursor, TABLE_PREPARE_REPLACE);
    if (err < JET_errSuccess)
        return err;
    err = account_read(bank, cursor, &balance);
    balance += amount;
    struct table_set set = {.column = bank->balance_column, .data = &balance, .size = sizeof balance, .itag = 1};
    if (err >= JET_errSuccess)
        err = table_cursor_set(cursor, &set);
    if (err >= JET_errSuccess && random_below(worker, 4) == 0) {
        memset(note, (int)amount, sizeof note);
        set = (struct table_set){
            .column = bank->note_column, .data = note, .size = 1 + random_below(worker, LONG_SIZE), .itag = 1};
        err = table_cursor_set(cursor, &set);
    }
    if (err >= JET_errSuccess)
        err = table_cursor_update(cursor, NULL, NULL);
    if (err < JET_errSuccess)
        jet_err_ignore(table_cursor_prepare(cursor, TABLE_PREPARE_CANCEL)); /* the rollback takes all of it back */
    return err;
}

static void transfer(struct worker *worker, struct table_cursor *cursor)
{
    const int32_t from = (int32_t)random_below(worker, ACCOUNTS), to = (int32_t)random_below(worker, ACCOUNTS);
    const int64_t amount = random_below(worker, 100);
    if (!is_good(worker, transaction_begin(worker->session, false)))
        return;
    jet_err err = account_add(worker, cursor, from, -amount);
    if (err >= JET_errSuccess)
        err = account_add(worker, cursor, to, amount);
    if (err >= JET_errSuccess && random_below(worker, 8) != 0)
        err = transaction_commit(worker->session, TRANSACTION_COMMIT_LAZY, NULL);
    if (is_good(worker, err))
        atomic_fetch_add(&worker->bank->transfers, 1);
    if (worker->session->level > 0)
        (void)is_good(worker, transaction_rollback(worker->session, true));
}

static void teller(void *context)
{
    struct worker *worker = context;
    struct table_cursor *cursor;
    if (is_good(worker, table_cursor_open(worker->session, worker->bank->dbid, "accounts", 0, &cursor))) {
        for (unsigned i = 0; i < TRANSFERS; i++)
            transfer(worker, cursor);
        table_cursor_close(cursor);
    }
    atomic_fetch_sub(&worker->bank->tellers_left, 1);
}

/* ---- readers ---- */

static jet_err add_up(const struct bank *bank, struct table_cursor *cursor, int64_t *ret_total)
{
    jet_err err = table_cursor_move(cursor, INT32_MIN, 0);
    *ret_total = 0;
    while (err >= JET_errSuccess) {
        int64_t balance = 0;
        err = account_read(bank, cursor, &balance);
        *ret_total += balance;
        if (err >= JET_errSuccess)
            err = table_cursor_move(cursor, 1, 0);
    }
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

static void reader(void *context)
{
    struct worker *worker = context;
    struct table_cursor *cursor;
    if (!is_good(worker, table_cursor_open(worker->session, worker->bank->dbid, "accounts", 0, &cursor)))
        return;
    do {
        int64_t total;
        if (!is_good(worker, transaction_begin(worker->session, true)))
            break;
        if (is_good(worker, add_up(worker->bank, cursor, &total)) && total != (int64_t)ACCOUNTS * BALANCE) {
            print_error("a reader saw %lld\n", (long long)total);
            atomic_fetch_add(&worker->bank->failures, 1);
        }
        (void)is_good(worker, transaction_commit(worker->session, 0, NULL));
    } while (atomic_load(&worker->bank->tellers_left) > 0);
    table_cursor_close(cursor);
}

/* ---- tables beside them ---- */

static jet_err fill(struct worker *worker, struct table *table, uint32_t column)
{
    struct table_cursor *cursor;
    uint8_t value[LONG_SIZE];
    jet_err err = table_cursor_adopt(worker->session, table, 0, &cursor);
    if (err < JET_errSuccess) {
        table_close(table);
        return err;
    }
    memset(value, 'x', sizeof value);
    for (unsigned i = 0; i < 5 && err >= JET_errSuccess; i++) {
        const struct table_set set = {.column = column, .data = value, .size = sizeof value, .itag = 1};
        err = table_cursor_prepare(cursor, TABLE_PREPARE_INSERT);
        if (err >= JET_errSuccess)
            err = table_cursor_set(cursor, &set);
        if (err >= JET_errSuccess)
            err = table_cursor_update(cursor, NULL, NULL);
    }
    table_cursor_close(cursor);
    return err;
}

static jet_err make_table(struct worker *worker, const char *name)
{
    const struct ddl_table definition = {.name = name};
    const struct ddl_column column = {.name = "value", .type = COLUMN_LONG_BINARY};
    struct table *table;
    uint32_t id;
    jet_err err = ddl_table_create(worker->session, worker->bank->dbid, &definition, &table);
    if (err < JET_errSuccess)
        return err;
    err = ddl_column_add(worker->session, table, &column, &id);
    if (err >= JET_errSuccess)
        return fill(worker, table, id);
    table_close(table);
    return err;
}

static void maker(void *context)
{
    struct worker *worker = context;
    char name[32];
    for (unsigned i = 0; i < TABLES_EACH; i++) {
        (void)snprintf(name, sizeof name, "t%u_%u", worker->number, i);
        if (!is_good(worker, transaction_begin(worker->session, false)))
            return;
        (void)is_good(worker, make_table(worker, name));
        if (random_below(worker, 3) == 0)
            (void)is_good(worker, transaction_rollback(worker->session, true));
        else if (is_good(worker, transaction_commit(worker->session, TRANSACTION_COMMIT_LAZY, NULL)) &&
                 random_below(worker, 2) == 0)
            (void)is_good(worker, ddl_table_delete(worker->session, worker->bank->dbid, name));
    }
}

/* ---- the whole ---- */

static void accounts_make(struct bank *bank, struct session *session)
{
    const struct ddl_table definition = {.name = "accounts"};
    const struct ddl_column id = {.name = "id", .type = COLUMN_LONG, .flags = COLUMN_NOT_NULL};
    const struct ddl_column balance = {.name = "balance", .type = COLUMN_CURRENCY};
    const struct ddl_column note = {.name = "note", .type = COLUMN_LONG_BINARY};
    struct index_segment segment = {0, false};
    struct table *table;
    struct table_cursor *cursor;
    assert_int_equal(ddl_table_create(session, bank->dbid, &definition, &table), JET_errSuccess);
    assert_int_equal(ddl_column_add(session, table, &id, &bank->id_column), JET_errSuccess);
    assert_int_equal(ddl_column_add(session, table, &balance, &bank->balance_column), JET_errSuccess);
    assert_int_equal(ddl_column_add(session, table, &note, &bank->note_column), JET_errSuccess);
    segment.column = bank->id_column;
    const struct ddl_index index = {
        .name = "primary", .flags = INDEX_PRIMARY, .segments = &segment, .segment_count = 1};
    assert_int_equal(ddl_index_create(session, table, &index), JET_errSuccess);
    assert_int_equal(table_cursor_adopt(session, table, 0, &cursor), JET_errSuccess);
    assert_int_equal(transaction_begin(session, false), JET_errSuccess);
    for (int32_t i = 0; i < ACCOUNTS; i++) {
        const int64_t start = BALANCE;
        const struct table_set set_id = {.column = bank->id_column, .data = &i, .size = sizeof i, .itag = 1};
        const struct table_set set_balance = {
            .column = bank->balance_column, .data = &start, .size = sizeof start, .itag = 1};
        assert_int_equal(table_cursor_prepare(cursor, TABLE_PREPARE_INSERT), JET_errSuccess);
        assert_int_equal(table_cursor_set(cursor, &set_id), JET_errSuccess);
        assert_int_equal(table_cursor_set(cursor, &set_balance), JET_errSuccess);
        assert_int_equal(table_cursor_update(cursor, NULL, NULL), JET_errSuccess);
    }
    assert_int_equal(transaction_commit(session, 0, NULL), JET_errSuccess);
    table_cursor_close(cursor);
}

static void run_all(struct bank *bank)
{
    static void (*const kinds[])(void *) = {teller, reader, maker};
    static const unsigned counts[] = {TELLERS, READERS, MAKERS};
    struct worker workers[TELLERS + READERS + MAKERS];
    struct os_thread *threads[TELLERS + READERS + MAKERS];
    unsigned count = 0;
    atomic_store(&bank->tellers_left, TELLERS);
    for (unsigned kind = 0; kind < COUNT_OF(kinds); kind++) {
        for (unsigned i = 0; i < counts[kind]; i++, count++) {
            workers[count] = (struct worker){.bank = bank, .number = count, .random = 77 * count + 1};
            assert_int_equal(session_begin(bank->instance.engine, &workers[count].session), JET_errSuccess);
            assert_int_equal(os_thread_start(kinds[kind], &workers[count], &threads[count]), JET_errSuccess);
        }
    }
    for (unsigned i = 0; i < count; i++)
        os_thread_join(threads[i]);
    for (unsigned i = 0; i < count; i++)
        session_end(workers[i].session);
}

static void check_file(const char *path)
{
    struct finding_list findings = {0};
    const struct finding_listener listener = finding_list_listener(&findings);
    const struct deep_options options = {0};
    struct database_file *file = NULL;
    struct deep_counts counts;
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    assert_int_equal(deep_verify(file, &options, &listener, &counts), JET_errSuccess);
    assert_int_equal(counts.damages + counts.warnings, 0);
    database_file_close(file);
}

static void transfers_keep_the_total_while_tables_come_and_go(void **state)
{
    struct bank *bank = calloc(1, sizeof *bank);
    struct session *session;
    assert_non_null(bank);
    instance_init(&bank->instance, *state);
    bank->path = temp_folder_path(*state, "bank.edb");
    bank->instance.config.version_pages_max = 512;
    bank->instance.config.version_pages_preferred = 400;
    instance_start(&bank->instance);
    assert_int_equal(session_begin(bank->instance.engine, &session), JET_errSuccess);
    const struct engine_database_new options = {.path = bank->path};
    assert_int_equal(engine_database_create(session, &options, &bank->dbid), JET_errSuccess);
    accounts_make(bank, session);
    run_all(bank);
    assert_int_equal(atomic_load(&bank->failures), 0);
    assert_true(atomic_load(&bank->transfers) > 0);
    engine_database_close(session, bank->dbid);
    session_end(session);
    instance_stop(&bank->instance);
    check_file(bank->path);
    free(bank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(transfers_keep_the_total_while_tables_come_and_go, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
