/* SPDX-License-Identifier: MIT */
/* Crashes while threads commit: each transaction is there as a whole or not at all, and every one that was acknowledged
 * is.
 *
 * Every worker has rows of its own. Its n-th transaction makes all of them follow from n; so whatever a recovered
 * database holds, the rows of one worker must all follow from one number, and that may not be below the last that was
 * acknowledged before the crash, nor above the last that was begun.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crash_copy.h"
#include "instance.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "os/os_thread.h"
#include "plain_database.h"
#include "support/temp_folder.h"

enum {
    WORKERS = 4,
    ROWS_EACH = 30,
    ROWS = WORKERS * ROWS_EACH,
    CRASHES = 6,
};

static struct plain_database database;
static atomic_bool is_over;

struct worker {
    uint32_t which;
    struct os_thread *thread;
    _Atomic uint32_t begun, acknowledged; /* numbers of transactions; 0: none */
    jet_err err;
};

/* Row `index` of a worker after its n-th transaction. Rows of different workers lie between each other. */
static struct plain_row row_of(uint32_t which, uint32_t index, uint32_t n)
{
    const uint32_t mixed = (n * 2654435761u) ^ (index * 40503u) ^ which;
    return (struct plain_row){.exists = n > 0 && (n + index) % 5 != 0, .seed = mixed, .size = 1 + (mixed >> 7) % 250};
}

static uint32_t key_of(uint32_t which, uint32_t index)
{
    return index * WORKERS + which;
}

static jet_err change_all(struct session *session, uint32_t which, uint32_t n)
{
    for (uint32_t index = 0; index < ROWS_EACH; index++) {
        const struct plain_row before = row_of(which, index, n - 1), row = row_of(which, index, n);
        jet_err err = plain_database_put(&database, session, key_of(which, index), &before, &row);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

/* Every fourth transaction is rolled back first, and some are lazy: then the next one acknowledges it. */
static jet_err do_transaction(struct session *session, struct worker *worker, uint32_t n)
{
    const bool is_lazy = n % 7 == 0;
    jet_err err = transaction_begin(session, false);
    if (err == JET_errSuccess && n % 4 == 0) {
        err = change_all(session, worker->which, n);
        if (err == JET_errSuccess)
            err = transaction_rollback(session, false);
        if (err == JET_errSuccess)
            err = transaction_begin(session, false);
    }
    if (err == JET_errSuccess)
        err = change_all(session, worker->which, n);
    if (err == JET_errSuccess)
        err = transaction_commit(session, is_lazy ? TRANSACTION_COMMIT_LAZY : 0, NULL);
    if (err == JET_errSuccess && !is_lazy)
        atomic_store(&worker->acknowledged, n);
    return err;
}

static void work(void *context)
{
    struct worker *worker = context;
    struct session *session;
    worker->err = session_begin(database.engine, &session);
    if (worker->err < JET_errSuccess)
        return;
    for (uint32_t n = 1; worker->err == JET_errSuccess && !atomic_load(&is_over); n++) {
        atomic_store(&worker->begun, n);
        worker->err = do_transaction(session, worker, n);
    }
    atomic_store(&is_over, true);
    session_end(session);
}

/* ---- the crash ---- */

struct limits {
    uint32_t low[WORKERS], high[WORKERS];
};

static bool follows_from(const struct plain_row *found, uint32_t which, uint32_t n)
{
    for (uint32_t index = 0; index < ROWS_EACH; index++) {
        const struct plain_row expected = row_of(which, index, n), *row = &found[key_of(which, index)];
        if (row->exists != expected.exists || (row->exists && row->size != expected.size))
            return false;
    }
    return true;
}

/* Finds the number of each worker by which rows there are and how long they are, then compares all bytes. */
static void check_rows(struct plain_database *copied, const struct limits *limits)
{
    struct plain_row found[ROWS], expected[ROWS];
    plain_database_sizes(copied, found, ROWS);
    for (uint32_t which = 0; which < WORKERS; which++) {
        uint32_t n = limits->low[which];
        while (n <= limits->high[which] && !follows_from(found, which, n))
            n++;
        assert_in_range(n, limits->low[which], limits->high[which]);
        for (uint32_t index = 0; index < ROWS_EACH; index++)
            expected[key_of(which, index)] = row_of(which, index, n);
    }
    plain_database_expect(copied, expected, ROWS);
}

static void check_copy(struct crash_copy *copy, const struct limits *limits)
{
    struct plain_database copied;
    plain_database_attach(&copied, copy->instance.engine, copy->database_path, database.fdp);
    check_rows(&copied, limits);
    plain_database_leave(&copied);
    instance_stop(&copy->instance);
}

static void crash_and_check(const struct instance *instance, struct temp_folder *folder, struct worker *workers)
{
    struct crash_copy copy;
    struct limits limits;
    for (unsigned i = 0; i < WORKERS; i++)
        limits.low[i] = atomic_load(&workers[i].acknowledged);
    crash_copy_make(&copy, instance, temp_folder_root(folder), database.path);
    for (unsigned i = 0; i < WORKERS; i++)
        limits.high[i] = atomic_load(&workers[i].begun);
    instance_start_recovering(&copy.instance);
    check_copy(&copy, &limits);
    instance_start(&copy.instance);
    check_copy(&copy, &limits);
    crash_copy_done(&copy);
}

/* Until every worker has committed something since `before`, or one has failed. */
static void wait_for_work(struct worker *workers, struct os_event *never)
{
    uint32_t before[WORKERS];
    for (unsigned i = 0; i < WORKERS; i++)
        before[i] = atomic_load(&workers[i].acknowledged);
    for (unsigned i = 0; i < WORKERS; i++)
        for (unsigned waits = 0;
             waits < 60000 && !atomic_load(&is_over) && atomic_load(&workers[i].acknowledged) < before[i] + 3; waits++)
            (void)os_event_wait(never, 1);
}

static void transactions_are_whole_after_any_crash(void **state)
{
    struct temp_folder *folder = *state;
    struct instance instance;
    struct worker workers[WORKERS] = {{.which = 0}};
    struct os_event *never;
    temp_folder_need_reading_in_use(folder);
    assert_int_equal(os_event_new(&never), JET_errSuccess);
    instance_init(&instance, folder);
    instance.config.circular_log = true; /* or the workers would fill the disk */
    instance_start(&instance);
    plain_database_create(&database, instance.engine, temp_folder_path(folder, "test.edb"));
    atomic_store(&is_over, false);
    for (uint32_t i = 0; i < WORKERS; i++) {
        workers[i].which = i;
        assert_int_equal(os_thread_start(work, &workers[i], &workers[i].thread), JET_errSuccess);
    }
    for (unsigned i = 0; i < CRASHES && !atomic_load(&is_over); i++) {
        wait_for_work(workers, never);
        crash_and_check(&instance, folder, workers);
    }
    atomic_store(&is_over, true);
    for (unsigned i = 0; i < WORKERS; i++) {
        os_thread_join(workers[i].thread);
        assert_int_equal(workers[i].err, JET_errSuccess);
    }
    plain_database_leave(&database);
    instance_stop(&instance);
    os_event_free(never);
}

static int setup(void **state)
{
    return crash_copy_begin() == 0 ? temp_folder_setup(state) : -1;
}

static int teardown(void **state)
{
    crash_copy_end();
    return temp_folder_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(transactions_are_whole_after_any_crash, setup, teardown),
    };
    return cmocka_run_group_tests_name("recover_threads", tests, NULL, NULL);
}
