/* SPDX-License-Identifier: MIT */
/* The steps of a freeze, every one in every state, with an engine that counts what is held; then on a running
 * instance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backup_fixture.h"
#include "base/compiler.h"
#include "jet/freezer.h"
#include "jet/instance_status.h"
#include "os/os_clock.h"
#include "os/os_thread.h"

enum { INSTANCES = 3, SESSION = 7, MINUTE_MS = 60000, HOUR_MS = 60 * MINUTE_MS };

static const JET_INSTANCE all[INSTANCES] = {1, 2, 3};

/* ---- an engine that keeps accounts ---- */

enum call {
    CALL_NONE,
    CALL_CLOSE_GATE,
    CALL_RELEASE,
    CALL_PREPARE,
    CALL_PREPARE_INSTANCE,
    CALL_FREEZE,
    CALL_THAW,
    CALL_TRUNCATE,
    CALL_END,
    CALL_COUNT,
};

static struct {
    int gates[INSTANCES + 1]; /* closed, by handle */
    bool was_open[INSTANCES + 1];
    bool has_session, is_frozen, is_stamped;
    unsigned members, truncated, calls;
    JET_GRBIT grbit;
    /* what is to happen */
    enum call fails;
    jet_err error;
    enum call aborts; /* an abort comes while this call runs */
    struct freezer *freezer;
    struct os_event *arrived, *go_on; /* if not NULL, the freeze waits there */
    int64_t timeout_ms;               /* of the last release */
} world;

static jet_err called(enum call call)
{
    world.calls++;
    assert_true(freezer_state(world.freezer) <=
                FREEZER_THAWED); /* or the lock would be held, and this never come back */
    if (world.aborts == call)
        assert_false(freezer_abort(world.freezer));
    return world.fails == call ? world.error : JET_errSuccess;
}

static jet_err close_gate(JET_INSTANCE handle)
{
    jet_err err = called(CALL_CLOSE_GATE);
    if (err >= JET_errSuccess)
        world.gates[handle]++;
    return err;
}

static void open_gate(JET_INSTANCE handle)
{
    assert_true(world.gates[handle] > 0);
    world.was_open[handle] |= --world.gates[handle] == 0;
}

static jet_err release(JET_INSTANCE handle, int64_t timeout_ms)
{
    assert_int_equal(world.gates[handle], 1);
    world.timeout_ms = timeout_ms;
    return called(CALL_RELEASE);
}

static jet_err prepare(JET_GRBIT grbit, JET_OSSNAPID *ret_id)
{
    assert_false(world.has_session);
    jet_err err = called(CALL_PREPARE);
    if (err < JET_errSuccess)
        return err;
    world.has_session = true;
    world.grbit = grbit;
    *ret_id = SESSION;
    return JET_errSuccess;
}

static jet_err prepare_instance(JET_OSSNAPID id, JET_INSTANCE handle)
{
    assert_true(world.has_session && id == SESSION);
    assert_int_equal(world.gates[handle], 1);
    world.members++;
    return called(CALL_PREPARE_INSTANCE);
}

static jet_err freeze(JET_OSSNAPID id)
{
    assert_true(world.has_session && id == SESSION);
    if (world.arrived) {
        os_event_set(world.arrived);
        (void)os_event_wait(world.go_on, OS_WAIT_FOREVER);
    }
    jet_err err = called(CALL_FREEZE);
    world.is_frozen = err >= JET_errSuccess;
    return err;
}

static jet_err thaw(JET_OSSNAPID id)
{
    assert_true(world.is_frozen && id == SESSION);
    jet_err err = called(CALL_THAW);
    world.is_frozen = false;
    if ((world.grbit & JET_bitContinueAfterThaw) == 0)
        world.has_session = false;
    return err;
}

static jet_err truncate_logs(JET_OSSNAPID id, JET_INSTANCE handle)
{
    assert_true(world.has_session && id == SESSION && handle >= 1 && handle <= INSTANCES);
    world.truncated++;
    return called(CALL_TRUNCATE);
}

static jet_err end(JET_OSSNAPID id, JET_GRBIT grbit)
{
    assert_true(world.has_session && id == SESSION);
    jet_err err = called(CALL_END);
    if (err < JET_errSuccess)
        return err;
    world.has_session = false;
    world.is_stamped = grbit == JET_bitNil;
    return JET_errSuccess;
}

static void abort_session(JET_OSSNAPID id)
{
    assert_int_equal(id, SESSION);
    world.has_session = world.is_frozen = false;
}

static const struct freezer_engine engine = {
    .close_gate = close_gate,
    .open_gate = open_gate,
    .release = release,
    .prepare = prepare,
    .prepare_instance = prepare_instance,
    .freeze = freeze,
    .thaw = thaw,
    .truncate = truncate_logs,
    .end = end,
    .abort = abort_session,
};

static struct freezer *begin(void)
{
    static const struct freezer_limits limits = {MINUTE_MS, HOUR_MS};
    memset(&world, 0, sizeof world);
    OK(freezer_new(&engine, &limits, &world.freezer));
    return world.freezer;
}

static void assert_nothing_is_held(void)
{
    assert_false(world.has_session);
    assert_false(world.is_frozen);
    for (size_t i = 0; i <= INSTANCES; i++)
        assert_int_equal(world.gates[i], 0);
}

/* ---- the steps by number ---- */

enum { PREPARE_BACKUP, PREPARE_SNAPSHOT, FREEZE, THAW, TRUNCATE, END, ABORT, STEPS };

static jet_err step(struct freezer *f, int which)
{
    switch (which) {
    case PREPARE_BACKUP: return freezer_prepare_backup(f, all, INSTANCES);
    case PREPARE_SNAPSHOT: return freezer_prepare_snapshot(f, JET_bitContinueAfterThaw, 1000);
    case FREEZE: return freezer_freeze(f);
    case THAW: return freezer_thaw(f);
    case TRUNCATE: return freezer_truncate(f, all[1]);
    case END: return freezer_end(f, JET_bitNil);
    default: assert_true(freezer_abort(f)); return JET_errSuccess;
    }
}

/* From IDLE on; the steps are in the order of the states that they lead to. */
static struct freezer *begin_in(enum freezer_state state)
{
    struct freezer *f = begin();
    for (int which = PREPARE_BACKUP; which < (int)state; which++)
        OK(step(f, which));
    assert_int_equal(freezer_state(f), state);
    return f;
}

/* ---- tests ---- */

/* The states of the specification: Idle, Prepared, Ready, Frozen, Thawed, Idle. -1: out of sequence. */
static void test_every_step_in_every_state(void **state)
{
    /* clang-format off */
    static const int to[FREEZER_THAWED + 1][STEPS] = {
        /*                    prepare backup    prepare snapshot freeze          thaw            truncate        end           abort */
        [FREEZER_IDLE]     = {FREEZER_PREPARED, -1,              -1,             -1,             -1,             -1,           FREEZER_IDLE},
        [FREEZER_PREPARED] = {FREEZER_PREPARED, FREEZER_READY,   -1,             -1,             -1,             -1,           FREEZER_IDLE},
        [FREEZER_READY]    = {-1,               -1,              FREEZER_FROZEN, -1,             -1,             -1,           FREEZER_IDLE},
        [FREEZER_FROZEN]   = {-1,               -1,              -1,             FREEZER_THAWED, -1,             -1,           FREEZER_IDLE},
        [FREEZER_THAWED]   = {-1,               -1,              -1,             -1,             FREEZER_THAWED, FREEZER_IDLE, FREEZER_IDLE},
    };
    /* clang-format on */
    for (enum freezer_state from = FREEZER_IDLE; from <= FREEZER_THAWED; from++)
        for (int which = 0; which < STEPS; which++) {
            struct freezer *f = begin_in(from);
            const unsigned calls = world.calls;
            const int expected = to[from][which];
            assert_int_equal(step(f, which), expected < 0 ? JET_errOSSnapshotInvalidSequence : JET_errSuccess);
            assert_int_equal(freezer_state(f), expected < 0 ? (int)from : expected);
            if (expected < 0)
                assert_int_equal(world.calls, calls);
            if (expected == FREEZER_IDLE)
                assert_nothing_is_held();
            freezer_free(f);
            assert_nothing_is_held();
        }
}

static void test_what_is_held_in_which_state(void **state)
{
    struct freezer *f = begin_in(FREEZER_PREPARED);
    assert_int_equal(world.gates[1] + world.gates[2] + world.gates[3], INSTANCES);
    assert_false(world.has_session);
    OK(step(f, PREPARE_SNAPSHOT));
    assert_int_equal(world.members, INSTANCES);
    OK(step(f, FREEZE));
    assert_true(world.is_frozen);
    assert_int_equal(world.gates[2], 1);
    OK(step(f, THAW));
    assert_false(world.is_frozen);
    assert_int_equal(world.gates[1] + world.gates[2] + world.gates[3], 0);
    assert_true(world.has_session);
    OK(step(f, TRUNCATE));
    assert_int_equal(world.truncated, 1);
    OK(step(f, END));
    assert_true(world.is_stamped);
    freezer_free(f);
}

static void test_thaw_is_the_end_without_the_bit(void **state)
{
    struct freezer *f = begin_in(FREEZER_PREPARED);
    OK(freezer_prepare_snapshot(f, JET_bitCopySnapshot, 0));
    assert_int_equal(world.grbit, JET_bitCopySnapshot);
    OK(step(f, FREEZE));
    OK(step(f, THAW));
    assert_int_equal(freezer_state(f), FREEZER_IDLE);
    assert_nothing_is_held();
    freezer_free(f);
}

static void test_choosing_anew(void **state)
{
    static const JET_INSTANCE others[] = {2, 3};
    struct freezer *f = begin();
    OK(freezer_prepare_backup(f, all, 2));
    memset(world.was_open, 0, sizeof world.was_open);
    OK(freezer_prepare_backup(f, others, COUNT_OF(others)));
    assert_int_equal(world.gates[1], 0);
    assert_int_equal(world.gates[2], 1);
    assert_int_equal(world.gates[3], 1);
    assert_false(world.was_open[2]); /* not even for a moment */
    freezer_free(f);
    assert_nothing_is_held();
}

static void test_nobody_chosen(void **state)
{
    struct freezer *f = begin();
    OK(freezer_prepare_backup(f, NULL, 0));
    for (int which = PREPARE_SNAPSHOT; which <= THAW; which++)
        OK(step(f, which));
    assert_int_equal(freezer_state(f), FREEZER_IDLE);
    assert_int_equal(world.calls, 0);
    freezer_free(f);
}

/* The step that makes each call, what the step then returns, and whether all is over. */
static const struct failure {
    enum call call;
    int step;
    enum freezer_state from;
    jet_err error, result;
    enum freezer_state to;
} failures[] = {
  /* clang-format off */
    {CALL_CLOSE_GATE,       PREPARE_BACKUP,   FREEZER_IDLE,     JET_errInvalidParameter,          JET_errOSSnapshotNotAllowed,      FREEZER_IDLE  },
    {CALL_CLOSE_GATE,       PREPARE_BACKUP,   FREEZER_PREPARED, JET_errInvalidParameter,          JET_errOSSnapshotNotAllowed,      FREEZER_IDLE  },
    {CALL_RELEASE,          PREPARE_SNAPSHOT, FREEZER_PREPARED, JET_errBackupInProgress,          JET_errOSSnapshotNotAllowed,      FREEZER_IDLE  },
    {CALL_PREPARE,          PREPARE_SNAPSHOT, FREEZER_PREPARED, JET_errNotInitialized,            JET_errNotInitialized,            FREEZER_IDLE  },
    {CALL_PREPARE_INSTANCE, PREPARE_SNAPSHOT, FREEZER_PREPARED, JET_errOSSnapshotNotAllowed,      JET_errOSSnapshotNotAllowed,      FREEZER_IDLE  },
    {CALL_FREEZE,           FREEZE,           FREEZER_READY,    JET_errOutOfMemory,               JET_errOutOfMemory,               FREEZER_IDLE  },
    {CALL_THAW,             THAW,             FREEZER_FROZEN,   JET_errOSSnapshotTimeOut,         JET_errOSSnapshotTimeOut,         FREEZER_IDLE  },
    {CALL_TRUNCATE,         TRUNCATE,         FREEZER_THAWED,   JET_errRequiredLogFilesMissing,   JET_errRequiredLogFilesMissing,   FREEZER_THAWED},
    {CALL_END,              END,              FREEZER_THAWED,   JET_errOSSnapshotInvalidSequence, JET_errOSSnapshotInvalidSequence, FREEZER_IDLE  },
  /* clang-format on */
};

static void test_every_call_fails_once(void **state)
{
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        const struct failure *failure = &failures[i];
        struct freezer *f = begin_in(failure->from);
        world.fails = failure->call;
        world.error = failure->error;
        assert_int_equal(step(f, failure->step), failure->result);
        assert_int_equal(freezer_state(f), failure->to);
        if (failure->to == FREEZER_IDLE)
            assert_nothing_is_held();
        world.fails = CALL_NONE;
        (void)freezer_abort(f);
        OK(step(f, PREPARE_BACKUP)); /* and it can begin again */
        freezer_free(f);
    }
}

static void test_an_abort_during_every_call(void **state)
{
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        const struct failure *failure = &failures[i];
        struct freezer *f = begin_in(failure->from);
        world.aborts = failure->call;
        assert_int_equal(step(f, failure->step), JET_errOSSnapshotNotAllowed);
        assert_int_equal(freezer_state(f), FREEZER_IDLE);
        assert_nothing_is_held();
        world.aborts = CALL_NONE;
        OK(step(f, PREPARE_BACKUP)); /* the flag is not left for the next one */
        freezer_free(f);
    }
}

static void run_freeze(void *context)
{
    *(jet_err *)context = freezer_freeze(world.freezer);
}

static void test_one_step_at_a_time(void **state)
{
    struct os_thread *thread;
    jet_err result = JET_errInternalError;
    struct freezer *f = begin_in(FREEZER_READY);
    OK(os_event_new(&world.arrived));
    OK(os_event_new(&world.go_on));
    OK(os_thread_start(run_freeze, &result, &thread));
    assert_true(os_event_wait(world.arrived, OS_WAIT_FOREVER));
    for (int which = PREPARE_BACKUP; which <= END; which++)
        assert_int_equal(step(f, which), JET_errOSSnapshotInvalidSequence);
    assert_false(freezer_abort(f));
    assert_int_equal(freezer_state(f), FREEZER_READY);
    os_event_set(world.go_on);
    os_thread_join(thread);
    assert_int_equal(result, JET_errOSSnapshotNotAllowed);
    assert_int_equal(freezer_state(f), FREEZER_IDLE);
    assert_nothing_is_held();
    freezer_free(f);
    os_event_free(world.arrived);
    os_event_free(world.go_on);
}

static void test_limits(void **state)
{
    const uint64_t ms = 1000000;
    for (enum freezer_state from = FREEZER_IDLE; from <= FREEZER_THAWED; from++) {
        const uint64_t limit_ms = from == FREEZER_THAWED ? HOUR_MS : MINUTE_MS;
        const uint64_t before = os_clock_monotonic_ns();
        struct freezer *f = begin_in(from);
        const uint64_t due = freezer_due_ns(f);
        if (from == FREEZER_IDLE) {
            assert_int_equal(due, 0);
            assert_false(freezer_expire(f, UINT64_MAX));
        } else {
            assert_in_range(due, before + limit_ms * ms, os_clock_monotonic_ns() + limit_ms * ms);
            assert_false(freezer_expire(f, due - 1));
            assert_int_equal(freezer_state(f), from);
            assert_true(freezer_expire(f, due));
        }
        assert_int_equal(freezer_state(f), FREEZER_IDLE);
        assert_nothing_is_held();
        freezer_free(f);
    }
}

static void test_time_to_release_is_for_all_together(void **state)
{
    struct freezer *f = begin_in(FREEZER_PREPARED);
    OK(freezer_prepare_snapshot(f, JET_bitNil, 50));
    assert_in_range(world.timeout_ms, 0, 50);
    OK(freezer_abort(f) ? JET_errSuccess : JET_errInternalError);
    OK(step(f, PREPARE_BACKUP));
    OK(freezer_prepare_snapshot(f, JET_bitNil, 0));
    assert_int_equal(world.timeout_ms, 0);
    freezer_free(f);
}

static void test_unknown_bits_of_an_end(void **state)
{
    struct freezer *f = begin_in(FREEZER_THAWED);
    assert_int_equal(freezer_end(f, 2), JET_errInvalidGrbit);
    assert_int_equal(freezer_state(f), FREEZER_THAWED);
    OK(freezer_end(f, JET_bitAbortSnapshot));
    assert_false(world.is_stamped);
    freezer_free(f);
}

/* ---- a running instance ---- */

/* The client of a backup that runs is told, and nobody waits for it; the next is let in when all is over. */
static void test_live(void **state)
{
    static const struct freezer_limits never;
    struct backup_fixture *fixture = *state;
    const JET_INSTANCE instance = fixture->api.instance;
    JET_INSTANCE handle = 0;
    struct freezer *f;
    OK(instance_very_handle(instance, &handle));
    OK(freezer_new(freezer_process_engine(), &never, &f));
    OK(JetBeginExternalBackupInstance(instance, JET_bitNil));
    OK(JetOpenFileInstance(instance, fixture->api.file, &fixture->file, &fixture->low, &fixture->high));
    OK(freezer_prepare_backup(f, &handle, 1));
    assert_int_equal(JetReadFileInstance(instance, fixture->file, fixture->buffer, BACKUP_BUFFER, &fixture->actual),
                     JET_errBackupAbortByServer);
    assert_int_equal(JetBeginExternalBackupInstance(instance, JET_bitNil), JET_errBackupNotAllowedYet);
    OK(freezer_prepare_snapshot(f, JET_bitContinueAfterThaw, 1000)); /* the client has not ended it */
    OK(JetCloseFileInstance(instance, fixture->file));
    OK(JetEndExternalBackupInstance(instance));
    assert_int_equal(JetBeginExternalBackupInstance(instance, JET_bitNil), JET_errBackupNotAllowedYet);
    OK(freezer_freeze(f));
    OK(freezer_thaw(f));
    assert_int_equal(JetBeginExternalBackupInstance(instance, JET_bitNil), JET_errBackupInProgress);
    OK(freezer_truncate(f, handle));
    OK(freezer_end(f, JET_bitNil));
    OK(JetBeginExternalBackupInstance(instance, JET_bitNil));
    OK(JetEndExternalBackupInstance(instance));
    freezer_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_step_in_every_state),
        cmocka_unit_test(test_what_is_held_in_which_state),
        cmocka_unit_test(test_thaw_is_the_end_without_the_bit),
        cmocka_unit_test(test_choosing_anew),
        cmocka_unit_test(test_nobody_chosen),
        cmocka_unit_test(test_every_call_fails_once),
        cmocka_unit_test(test_an_abort_during_every_call),
        cmocka_unit_test(test_one_step_at_a_time),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_time_to_release_is_for_all_together),
        cmocka_unit_test(test_unknown_bits_of_an_end),
        cmocka_unit_test_setup_teardown(test_live, backup_fixture_setup, backup_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
