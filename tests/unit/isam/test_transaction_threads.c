/* SPDX-License-Identifier: MIT */
/* Many sessions on many threads: a bank whose total never changes, whoever looks, and whatever else is going on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "os/os_thread.h"
#include "world.h"

enum {
    WRITERS = 6,
    READERS = 2,
    ACCOUNTS = 40,
    TRANSFERS = 1500, /* by each writer */
    SUMS = 150,       /* by each reader, at least */
    OPENING_BALANCE = 1000,
};

struct teller {
    struct world *world;
    uint32_t seed;
    unsigned transfers, conflicts, rollbacks;
    unsigned sums;
    jet_err err;
    bool total_is_wrong;
};

static uint32_t dice(struct teller *teller, uint32_t sides)
{
    teller->seed = teller->seed * 1103515245u + 12345u;
    return (teller->seed >> 8) % sides;
}

static void account_key(unsigned account, char *key, size_t size)
{
    (void)snprintf(key, size, "account %06u", account);
}

static jet_err balance_get(struct dir_cursor *cursor, unsigned account, int *ret_balance)
{
    char key[32];
    struct dir_view view;
    account_key(account, key, sizeof key);
    struct bookmark bookmark = world_key(key);
    jet_err err = dir_goto(cursor, &bookmark);
    if (err >= JET_errSuccess)
        err = dir_get(cursor, &view);
    if (err >= JET_errSuccess)
        memcpy(ret_balance, view.data, sizeof *ret_balance);
    dir_release(cursor);
    return err;
}

/* Replaces the balance; every now and then by deleting and inserting, which comes to the same. */
static jet_err balance_set(struct teller *teller, struct session *session, unsigned account, int balance)
{
    char key[32];
    account_key(account, key, sizeof key);
    struct bookmark bookmark = world_key(key);
    struct tree *tree = teller->world->tree;
    if (dice(teller, 8) > 0)
        return dir_replace(session, tree, &bookmark, &balance, sizeof balance, 0);
    jet_err err = dir_delete(session, tree, &bookmark, 0);
    bookmark.data = (const uint8_t *)&balance;
    bookmark.data_size = sizeof balance;
    return err < JET_errSuccess ? err : dir_insert(session, tree, &bookmark, 0);
}

static jet_err transfer(struct teller *teller, struct session *session, struct dir_cursor *cursor)
{
    unsigned from = dice(teller, ACCOUNTS), to = dice(teller, ACCOUNTS);
    int amount = (int)dice(teller, 50), balance = 0;
    jet_err err = balance_get(cursor, from, &balance);
    if (err >= JET_errSuccess)
        err = balance_set(teller, session, from, balance - amount);
    if (err >= JET_errSuccess)
        err = balance_get(cursor, to, &balance);
    if (err >= JET_errSuccess)
        err = balance_set(teller, session, to, balance + amount);
    return err;
}

static void transfer_once(struct teller *teller, struct session *session, struct dir_cursor *cursor)
{
    teller->err = transaction_begin(session, false);
    if (teller->err < JET_errSuccess)
        return;
    jet_err err = transfer(teller, session, cursor);
    if (err == JET_errWriteConflict) {
        teller->conflicts++;
        teller->err = transaction_rollback(session, true);
    } else if (err < JET_errSuccess) {
        teller->err = err;
    } else if (dice(teller, 10) == 0) {
        teller->rollbacks++;
        teller->err = transaction_rollback(session, true);
    } else {
        teller->transfers++;
        teller->err = transaction_commit(session, dice(teller, 100) ? TRANSACTION_COMMIT_LAZY : 0, NULL);
    }
}

static void writer_run(void *context)
{
    struct teller *teller = context;
    struct session *session;
    struct dir_cursor *cursor;
    teller->err = session_begin(teller->world->engine, &session);
    if (teller->err < JET_errSuccess)
        return;
    teller->err = dir_open(session, teller->world->tree, &cursor);
    for (unsigned i = 0; i < TRANSFERS && teller->err >= JET_errSuccess; i++)
        transfer_once(teller, session, cursor);
    dir_close(cursor);
    session_end(session);
}

/* All balances, in key order, of one snapshot. */
static jet_err total(struct dir_cursor *cursor, unsigned *ret_count, int *ret_total)
{
    jet_err err;
    unsigned count = 0;
    int sum = 0;
    dir_move_before_first(cursor);
    while ((err = dir_move(cursor, DIR_NEXT)) >= JET_errSuccess) {
        struct dir_view view;
        int balance;
        err = dir_get(cursor, &view);
        if (err < JET_errSuccess)
            return err;
        memcpy(&balance, view.data, sizeof balance);
        sum += balance;
        count++;
        if (count % 3 == 0)
            dir_release(cursor);
    }
    *ret_count = count;
    *ret_total = sum;
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

static void reader_run(void *context)
{
    struct teller *teller = context;
    struct session *session;
    struct dir_cursor *cursor;
    teller->err = session_begin(teller->world->engine, &session);
    if (teller->err < JET_errSuccess)
        return;
    teller->err = dir_open(session, teller->world->tree, &cursor);
    while (teller->sums < SUMS && teller->err >= JET_errSuccess && !teller->total_is_wrong) {
        unsigned count = 0;
        int sum = 0;
        teller->err = transaction_begin(session, dice(teller, 2) == 0);
        if (teller->err >= JET_errSuccess)
            teller->err = total(cursor, &count, &sum);
        teller->total_is_wrong = count != ACCOUNTS || sum != ACCOUNTS * OPENING_BALANCE;
        teller->sums++;
        dir_release(cursor);
        if (teller->err >= JET_errSuccess)
            teller->err = transaction_commit(session, 0, NULL);
    }
    dir_close(cursor);
    session_end(session);
}

static void open_accounts(struct world *world)
{
    struct session *session = world_session(world);
    int balance = OPENING_BALANCE;
    begin(session);
    for (unsigned i = 0; i < ACCOUNTS; i++) {
        char key[32];
        account_key(i, key, sizeof key);
        struct bookmark node = world_key(key);
        node.data = (const uint8_t *)&balance;
        node.data_size = sizeof balance;
        assert_int_equal(dir_insert(session, world->tree, &node, 0), JET_errSuccess);
    }
    commit(session);
    session_end(session);
}

static void transfers_keep_the_total_in_every_snapshot(void **state)
{
    struct world *world = *state;
    struct teller tellers[WRITERS + READERS] = {0};
    struct os_thread *threads[WRITERS + READERS];
    unsigned transfers = 0;
    open_accounts(world);
    for (unsigned i = 0; i < COUNT_OF(tellers); i++) {
        tellers[i].world = world;
        tellers[i].seed = i + 1;
        assert_int_equal(os_thread_start(i < WRITERS ? writer_run : reader_run, &tellers[i], &threads[i]),
                         JET_errSuccess);
    }
    for (unsigned i = 0; i < COUNT_OF(tellers); i++)
        os_thread_join(threads[i]);
    for (unsigned i = 0; i < COUNT_OF(tellers); i++) {
        assert_int_equal(tellers[i].err, JET_errSuccess);
        assert_false(tellers[i].total_is_wrong);
        transfers += tellers[i].transfers;
    }
    assert_true(transfers > TRANSFERS);
    struct teller last = {.world = world};
    reader_run(&last);
    assert_int_equal(last.err, JET_errSuccess);
    assert_false(last.total_is_wrong);
    assert_int_equal(version_clean(world->engine), JET_errSuccess);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(transfers_keep_the_total_in_every_snapshot, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
