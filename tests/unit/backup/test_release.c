/* SPDX-License-Identifier: MIT */
/* Stop and release (backup-api 3.8): what a freeze does to a backup whose client may sleep for ever, and what that
 * client is told when it wakes. And the snapshot as an occupant (2.5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backup/backup.h"
#include "base/compiler.h"
#include "fake_source.h"
#include "os/os_clock.h"
#include "os/os_file.h"

enum { BUFFER_SIZE = 65536, PATIENCE_MS = 60 * 1000, SHORT_MS = 50 };

struct fixture {
    struct fake_source fake;
    struct backup *b;
    void *buffer;
};

static int setup(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    fake_source_init(&fixture.fake);
    assert_int_equal(backup_new(&fixture.fake.source, false, &fixture.b), 0);
    fixture.buffer = os_pages_alloc(BUFFER_SIZE);
    assert_non_null(fixture.buffer);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    backup_free(f->b);
    os_pages_free(f->buffer, BUFFER_SIZE);
    return 0;
}

/* Every streaming call but begin, close and end. */
static void assert_all_refused(struct fixture *f, jet_err expected)
{
    struct backup_list list;
    uint64_t size;
    size_t actual;
    assert_int_equal(backup_get_attach_info(f->b, &list), expected);
    assert_int_equal(backup_open(f->b, "D0.edb", 0, &size), expected);
    assert_int_equal(backup_read(f->b, f->buffer, BUFFER_SIZE, &actual), expected);
    assert_int_equal(backup_get_log_info(f->b, &list, NULL), expected);
    assert_int_equal(backup_get_truncate_info(f->b, &list), expected);
    assert_int_equal(backup_truncate(f->b), expected);
}

enum stage { DATABASES, DATABASES_WITH_FILE, LOGS, LOGS_WITH_FILE, INCREMENTAL, STAGE_COUNT };

static void reach(struct fixture *f, enum stage stage)
{
    struct backup_list list;
    uint64_t size;
    assert_int_equal(backup_begin(f->b, stage == INCREMENTAL ? BACKUP_BIT_INCREMENTAL : 0), 0);
    if (stage == DATABASES_WITH_FILE)
        assert_int_equal(backup_open(f->b, "D0.edb", 0, &size), 0);
    if (stage >= LOGS)
        assert_int_equal(backup_get_log_info(f->b, &list, NULL), 0);
    if (stage == LOGS_WITH_FILE)
        assert_int_equal(backup_open(f->b, list.paths[0], 0, &size), 0);
}

static void a_released_backup_looks_stopped_to_its_client(void **state)
{
    struct fixture *f = *state;
    for (unsigned stage = 0; stage < STAGE_COUNT; stage++) {
        jet_err err;
        reach(f, (enum stage)stage);
        assert_int_equal(backup_stop_and_release(f->b, PATIENCE_MS), 0);
        assert_int_equal(backup_occupant(f->b), BACKUP_OCCUPANT_NONE);
        assert_false(f->fake.occupied);
        assert_false(f->fake.is_open);
        assert_int_equal(f->fake.refusal, 0); /* attach and detach work */
        assert_int_equal(f->fake.ending.outcome, BACKUP_OUTCOME_ABORTED_BY_SERVER);
        assert_false(f->fake.ending.stamp);
        assert_int_equal(backup_begin(f->b, 0), JET_errBackupNotAllowedYet);
        backup_open_gate(f->b);
        assert_all_refused(f, JET_errBackupAbortByServer);
        assert_int_equal(backup_close(f->b), 0);
        assert_int_equal(backup_end(f->b, 0), JET_errInvalidParameter);
        assert_int_equal(backup_end(f->b, stage % 2 ? BACKUP_BIT_END_NORMAL : BACKUP_BIT_END_ABORT), 0);
        assert_all_refused(f, JET_errNoBackup);
        assert_int_equal(backup_close(f->b), JET_errNoBackup);
        assert_int_equal(backup_end(f->b, BACKUP_BIT_END_NORMAL), JET_errNoBackup);
        assert_int_equal(f->fake.end_calls, stage + 1); /* it was ended once */
        assert_int_equal(backup_last_outcome(f->b, &err), BACKUP_OUTCOME_ABORTED_BY_SERVER);
        assert_int_equal(err, JET_errBackupAbortByServer);
    }
}

static void a_surrogate_backup_is_released_too(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(backup_begin_surrogate(f->b, 5, 6, 0), 0);
    assert_int_equal(f->fake.refusal, JET_errSurrogateBackupInProgress);
    assert_int_equal(backup_stop_and_release(f->b, PATIENCE_MS), 0);
    assert_int_equal(f->fake.ending.outcome, BACKUP_OUTCOME_FAILED);
    assert_int_equal(f->fake.ending.err, JET_errSurrogateBackupInProgress);
    backup_open_gate(f->b);
    assert_all_refused(f, JET_errNoBackup);
    assert_int_equal(backup_end_surrogate(f->b, BACKUP_BIT_END_NORMAL), 0);
    assert_int_equal(backup_end_surrogate(f->b, BACKUP_BIT_END_NORMAL), JET_errNoBackup);
}

static void another_client_may_begin_when_the_gate_is_open(void **state)
{
    struct fixture *f = *state;
    uint64_t size;
    reach(f, DATABASES);
    assert_int_equal(backup_stop_and_release(f->b, PATIENCE_MS), 0);
    assert_int_equal(backup_stop_and_release(f->b, PATIENCE_MS), 0); /* a second freeze: nothing to do */
    backup_open_gate(f->b);
    assert_int_equal(backup_begin(f->b, 0), JET_errBackupNotAllowedYet);
    backup_open_gate(f->b);
    f->fake.begin_error = JET_errMissingFullBackup;
    assert_int_equal(backup_begin(f->b, 0), JET_errMissingFullBackup);
    assert_all_refused(f, JET_errBackupAbortByServer); /* a begin that was not accepted removes nothing */
    f->fake.begin_error = 0;
    assert_int_equal(backup_begin(f->b, 0), 0);
    assert_int_equal(backup_open(f->b, "D0.edb", 0, &size), 0); /* a fresh one, not stopped */
    assert_int_equal(backup_end(f->b, BACKUP_BIT_END_ABORT), 0);
}

static void without_a_backup_only_the_gate_closes(void **state)
{
    struct fixture *f = *state;
    uint64_t size;
    assert_int_equal(backup_stop_and_release(f->b, 0), 0);
    assert_int_equal(f->fake.end_calls, 0);
    assert_int_equal(backup_begin(f->b, 0), JET_errBackupNotAllowedYet);
    assert_all_refused(f, JET_errNoBackup);
    backup_open_gate(f->b);
    assert_int_equal(backup_begin(f->b, 0), 0);
    assert_int_equal(backup_open(f->b, "D0.edb", 0, &size), 0);
    assert_int_equal(backup_end(f->b, BACKUP_BIT_END_ABORT), 0);
}

/* A stop of the client's own goes where its backup went; termination takes the tombstone away. */
static void termination_removes_the_tombstone(void **state)
{
    struct fixture *f = *state;
    reach(f, DATABASES);
    backup_stop(f->b);
    assert_int_equal(backup_stop_and_release(f->b, PATIENCE_MS), 0);
    backup_open_gate(f->b);
    backup_stop(f->b);
    assert_all_refused(f, JET_errBackupAbortByServer);
    backup_end_by_server(f->b);
    assert_all_refused(f, JET_errNoBackup);
    assert_int_equal(f->fake.end_calls, 1);
    assert_false(os_event_wait(backup_stop_event(f->b), 0));
}

/* ---- a call inside ---- */

struct reader {
    struct fixture *f;
    jet_err err;
    size_t actual;
};

static void read_once(void *context)
{
    struct reader *reader = context;
    reader->err = backup_read(reader->f->b, reader->f->buffer, BUFFER_SIZE, &reader->actual);
}

static struct os_thread *read_that_is_stuck(struct fixture *f, struct reader *reader)
{
    struct os_thread *thread;
    uint64_t size;
    assert_int_equal(os_event_new(&f->fake.reading), 0);
    assert_int_equal(os_event_new(&f->fake.go_on), 0);
    assert_int_equal(backup_begin(f->b, 0), 0);
    assert_int_equal(backup_open(f->b, "D0.edb", 0, &size), 0);
    *reader = (struct reader){.f = f};
    assert_int_equal(os_thread_start(read_once, reader, &thread), 0);
    assert_true(os_event_wait(f->fake.reading, PATIENCE_MS));
    return thread;
}

static void read_is_over(struct fixture *f)
{
    os_event_free(f->fake.reading);
    os_event_free(f->fake.go_on);
    f->fake.reading = NULL;
    f->fake.go_on = NULL;
}

static void when_the_time_is_over_the_backup_is_stopped_and_the_gate_open(void **state)
{
    struct fixture *f = *state;
    struct reader reader;
    struct os_thread *thread = read_that_is_stuck(f, &reader);
    const uint64_t begun = os_clock_monotonic_ns();
    assert_int_equal(backup_stop_and_release(f->b, SHORT_MS), JET_errBackupInProgress);
    assert_true(os_clock_monotonic_ns() - begun >= (uint64_t)SHORT_MS * 1000000);
    assert_int_equal(backup_occupant(f->b), BACKUP_OCCUPANT_STREAMING);
    assert_int_equal(backup_begin(f->b, 0), JET_errBackupInProgress); /* not "not allowed yet": the gate is open */
    assert_all_refused(f, JET_errBackupAbortByServer);
    os_event_set(f->fake.go_on);
    os_thread_join(thread);
    assert_int_equal(reader.err, 0);
    assert_int_equal(f->fake.end_calls, 0);
    read_is_over(f);
    assert_int_equal(backup_stop_and_release(f->b, 0), 0); /* now it can be had at once */
    backup_open_gate(f->b);
    assert_int_equal(f->fake.end_calls, 1);
    assert_int_equal(backup_end(f->b, BACKUP_BIT_END_NORMAL), 0);
}

struct releaser {
    struct backup *b;
    struct os_event *done;
    jet_err err;
};

static void release(void *context)
{
    struct releaser *releaser = context;
    releaser->err = backup_stop_and_release(releaser->b, PATIENCE_MS);
    os_event_set(releaser->done);
}

static void a_release_waits_for_the_call_that_is_inside(void **state)
{
    struct fixture *f = *state;
    struct reader reader;
    struct releaser releaser = {.b = f->b};
    struct os_thread *releasing;
    struct os_thread *reading = read_that_is_stuck(f, &reader);
    assert_int_equal(os_event_new(&releaser.done), 0);
    assert_int_equal(os_thread_start(release, &releaser, &releasing), 0);
    assert_false(os_event_wait(releaser.done, SHORT_MS));
    os_event_set(f->fake.go_on);
    os_thread_join(reading);
    os_thread_join(releasing);
    assert_int_equal(reader.err, 0);
    assert_int_equal(reader.actual, BUFFER_SIZE);
    assert_int_equal(releaser.err, 0);
    assert_int_equal(f->fake.end_calls, 1);
    read_is_over(f);
    backup_open_gate(f->b);
    os_event_free(releaser.done);
    assert_all_refused(f, JET_errBackupAbortByServer);
    assert_int_equal(backup_end(f->b, BACKUP_BIT_END_NORMAL), 0);
}

/* ---- clients and freezes at random ---- */

enum { CLIENTS = 3, ROUNDS = 300 };

struct crowd {
    struct backup *b;
    const struct fake_source *fake;
    _Atomic bool is_over;
    _Atomic unsigned wrong, begun;
};

static bool is_one_of(jet_err err, const jet_err *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (codes[i] == err)
            return true;
    return false;
}

/* What a client can be told that shares the instance with other clients and with freezes. */
static void look(struct crowd *crowd, jet_err err)
{
    static const jet_err known[] = {JET_errSuccess,
                                    JET_errNoBackup,
                                    JET_errBackupAbortByServer,
                                    JET_errBackupInProgress,
                                    JET_errBackupNotAllowedYet,
                                    JET_errOutOfMemory,
                                    JET_errInvalidBackupSequence,
                                    JET_errInvalidParameter,
                                    JET_errDatabaseNotFound};
    if (!is_one_of(err, known, COUNT_OF(known)))
        atomic_fetch_add(&crowd->wrong, 1);
}

static void client_run(void *context)
{
    struct crowd *crowd = context;
    void *buffer = os_pages_alloc(BUFFER_SIZE);
    while (buffer && !atomic_load(&crowd->is_over)) {
        uint64_t size;
        size_t actual;
        struct backup_list list;
        jet_err err = backup_begin(crowd->b, 0);
        if (err == JET_errSuccess)
            atomic_fetch_add(&crowd->begun, 1);
        look(crowd, err);
        look(crowd, backup_open(crowd->b, "D0.edb", 0, &size));
        look(crowd, backup_read(crowd->b, buffer, BUFFER_SIZE, &actual));
        look(crowd, backup_close(crowd->b));
        look(crowd, backup_get_log_info(crowd->b, &list, NULL));
        look(crowd, backup_end(crowd->b, BACKUP_BIT_END_NORMAL));
    }
    os_pages_free(buffer, BUFFER_SIZE);
}

static void between_release_and_opening_nothing_ever_occupies_the_instance(void **state)
{
    struct fixture *f = *state;
    struct crowd crowd = {.b = f->b, .fake = &f->fake};
    struct os_thread *clients[CLIENTS];
    for (unsigned i = 0; i < CLIENTS; i++)
        assert_int_equal(os_thread_start(client_run, &crowd, &clients[i]), 0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        assert_int_equal(backup_stop_and_release(f->b, PATIENCE_MS), 0);
        assert_int_equal(backup_occupant(f->b), BACKUP_OCCUPANT_NONE);
        assert_int_equal(backup_occupy_for_snapshot(f->b), 0); /* nobody can come between */
        assert_int_equal(backup_occupant(f->b), BACKUP_OCCUPANT_SNAPSHOT);
        backup_vacate_snapshot(f->b);
        backup_open_gate(f->b);
        const unsigned begun = atomic_load(&crowd.begun);
        for (unsigned look_again = 0; atomic_load(&crowd.begun) == begun && look_again < 100000; look_again++)
            (void)backup_occupant(f->b);
    }
    atomic_store(&crowd.is_over, true);
    for (unsigned i = 0; i < CLIENTS; i++)
        os_thread_join(clients[i]);
    assert_int_equal(crowd.wrong, 0);
    assert_true(crowd.begun > 0);
    backup_end_by_server(f->b);
    assert_false(f->fake.occupied);
}

/* ---- the snapshot ---- */

static void a_snapshot_occupies_the_instance_and_is_no_backup(void **state)
{
    struct fixture *f = *state;
    backup_stop(f->b);
    assert_int_equal(backup_occupy_for_snapshot(f->b), 0);
    assert_false(os_event_wait(backup_stop_event(f->b), 0)); /* forgotten (3.2) */
    assert_int_equal(f->fake.refusal, JET_errBackupInProgress);
    assert_int_equal(backup_occupied_error(f->b), JET_errBackupInProgress);
    assert_int_equal(backup_begin(f->b, 0), JET_errBackupInProgress);
    assert_int_equal(backup_occupy_for_snapshot(f->b), JET_errBackupInProgress);
    assert_all_refused(f, JET_errNoBackup);
    assert_int_equal(backup_close(f->b), JET_errNoBackup);
    assert_int_equal(backup_end(f->b, BACKUP_BIT_END_NORMAL), JET_errNoBackup);
    assert_int_equal(backup_end_surrogate(f->b, BACKUP_BIT_END_ABORT), JET_errNoBackup);
    assert_int_equal(backup_occupant(f->b), BACKUP_OCCUPANT_SNAPSHOT);
    backup_vacate_snapshot(f->b);
    assert_int_equal(f->fake.refusal, 0);
    assert_int_equal(backup_occupied_error(f->b), 0);
    assert_int_equal(f->fake.end_calls, 0);
    assert_int_equal(backup_begin(f->b, 0), 0);
    assert_int_equal(backup_occupy_for_snapshot(f->b), JET_errBackupInProgress);
    assert_int_equal(backup_end(f->b, BACKUP_BIT_END_ABORT), 0);
    backup_allow(f->b, false);
    assert_int_equal(backup_occupy_for_snapshot(f->b), JET_errBackupNotAllowedYet);
    backup_allow(f->b, true);
}

static void the_client_of_a_released_backup_does_not_see_the_snapshot(void **state)
{
    struct fixture *f = *state;
    reach(f, DATABASES_WITH_FILE);
    assert_int_equal(backup_stop_and_release(f->b, PATIENCE_MS), 0);
    assert_int_equal(backup_occupy_for_snapshot(f->b), 0);
    assert_all_refused(f, JET_errBackupAbortByServer);
    assert_int_equal(backup_close(f->b), 0);
    backup_open_gate(f->b);
    assert_int_equal(backup_begin(f->b, 0), JET_errBackupInProgress);
    assert_int_equal(backup_end(f->b, BACKUP_BIT_END_NORMAL), 0);
    assert_int_equal(backup_end(f->b, BACKUP_BIT_END_NORMAL), JET_errNoBackup);
    assert_int_equal(backup_occupant(f->b), BACKUP_OCCUPANT_SNAPSHOT);
    backup_vacate_snapshot(f->b);
}

static void wait_for_snapshot(void *context)
{
    struct releaser *waiter = context;
    backup_wait_for_snapshot(waiter->b);
    os_event_set(waiter->done);
}

static void a_termination_can_wait_for_the_snapshot(void **state)
{
    struct fixture *f = *state;
    struct releaser waiter = {.b = f->b};
    struct os_thread *thread;
    backup_wait_for_snapshot(f->b); /* there is none */
    assert_int_equal(backup_occupy_for_snapshot(f->b), 0);
    assert_int_equal(os_event_new(&waiter.done), 0);
    assert_int_equal(os_thread_start(wait_for_snapshot, &waiter, &thread), 0);
    assert_false(os_event_wait(waiter.done, SHORT_MS));
    backup_vacate_snapshot(f->b);
    os_thread_join(thread);
    os_event_free(waiter.done);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_released_backup_looks_stopped_to_its_client),
        CASE(a_surrogate_backup_is_released_too),
        CASE(another_client_may_begin_when_the_gate_is_open),
        CASE(without_a_backup_only_the_gate_closes),
        CASE(termination_removes_the_tombstone),
        CASE(when_the_time_is_over_the_backup_is_stopped_and_the_gate_open),
        CASE(a_release_waits_for_the_call_that_is_inside),
        CASE(between_release_and_opening_nothing_ever_occupies_the_instance),
        CASE(a_snapshot_occupies_the_instance_and_is_no_backup),
        CASE(the_client_of_a_released_backup_does_not_see_the_snapshot),
        CASE(a_termination_can_wait_for_the_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
