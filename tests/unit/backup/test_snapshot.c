/* SPDX-License-Identifier: MIT */
/* Sessions of OS snapshots over instances that only remember what was done to them: every call in every state against
 * the table of the specification (backup-api 10.2) as it is typed below, the time-out, races, failures on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "backup/snapshot.h"
#include "base/compiler.h"
#include "os/os_thread.h"

/* ---- instances ---- */

enum { INSTANCES = 5, NEVER_MS = 600000, SOON_MS = 40 };

struct fake {
    struct snapshot_member member;
    bool is_there;        /* initialised */
    bool is_busy;         /* a streaming backup occupies it */
    jet_err freeze_err;   /* of the next freeze */
    jet_err truncate_err; /* of truncation */
    atomic_int occupied;  /* by a snapshot */
    atomic_int held;      /* 1 from hold to the thaw, or the freeze that fails */
    atomic_int frozen;    /* 1 while it is */
    atomic_uint joined, parted, freezes, stamped, truncated;
    bool lingers;              /* vacating takes a while, behind ... */
    atomic_bool is_let_go;     /* ... this */
    bool all_databases;        /* of the last truncation */
    struct snapshot_kind kind; /* of the last join */
};

struct world {
    struct snapshots *snapshots;
    struct fake fakes[INSTANCES];
    int64_t timeout_ms;
    atomic_uint events[11]; /* 2000 .. 2010 */
};

static void pause_ms(int64_t ms)
{
    struct os_event *never;
    assert_int_equal(os_event_new(&never), JET_errSuccess);
    (void)os_event_wait(never, ms);
    os_event_free(never);
}

static struct fake *fake_of(const struct snapshot_member *member)
{
    return member->instance;
}

static void each(void *context, void (*visit)(void *visit_context, struct snapshot_member *member), void *visit_context)
{
    struct world *world = context;
    for (unsigned i = 0; i < INSTANCES; i++)
        if (world->fakes[i].is_there)
            visit(visit_context, &world->fakes[i].member);
}

static bool is_started(void *context)
{
    const struct world *world = context;
    for (unsigned i = 0; i < INSTANCES; i++)
        if (world->fakes[i].is_there)
            return true;
    return false;
}

static int64_t timeout_ms(void *context)
{
    return ((const struct world *)context)->timeout_ms;
}

static bool is_free(const struct snapshot_member *member)
{
    struct fake *fake = member->instance;
    return !fake->is_busy && atomic_load(&fake->occupied) == 0;
}

static void join(struct snapshot_member *member, const struct snapshot_kind *kind)
{
    fake_of(member)->kind = *kind;
    atomic_fetch_add(&fake_of(member)->joined, 1);
}

static jet_err occupy(struct snapshot_member *member)
{
    if (!is_free(member))
        return JET_errOSSnapshotNotAllowed;
    atomic_fetch_add(&fake_of(member)->occupied, 1);
    return JET_errSuccess;
}

static void hold(struct snapshot_member *member)
{
    atomic_fetch_add(&fake_of(member)->held, 1);
}

static jet_err freeze(struct snapshot_member *member)
{
    struct fake *fake = fake_of(member);
    const jet_err err = fake->freeze_err;
    fake->freeze_err = JET_errSuccess;
    atomic_fetch_add(&fake->freezes, 1);
    if (err >= JET_errSuccess)
        atomic_fetch_add(&fake->frozen, 1);
    else
        atomic_fetch_sub(&fake->held, 1);
    return err;
}

static jet_err thaw(struct snapshot_member *member)
{
    atomic_fetch_sub(&fake_of(member)->frozen, 1);
    atomic_fetch_sub(&fake_of(member)->held, 1);
    return JET_errSuccess;
}

static jet_err truncate_logs(struct snapshot_member *member, bool all_databases)
{
    atomic_fetch_add(&fake_of(member)->truncated, 1);
    fake_of(member)->all_databases = all_databases;
    return fake_of(member)->truncate_err;
}

static void stamp(struct snapshot_member *member)
{
    atomic_fetch_add(&fake_of(member)->stamped, 1);
}

static void part(struct snapshot_member *member)
{
    atomic_fetch_add(&fake_of(member)->parted, 1);
}

static void vacate(void *instance)
{
    struct fake *fake = instance;
    atomic_fetch_sub(&fake->occupied, 1);
    if (fake->lingers) {
        pause_ms(30);
        atomic_store(&fake->is_let_go, true);
    }
}

static void event(void *context, enum snapshot_event number, uint64_t id, jet_err err)
{
    struct world *world = context;
    (void)id;
    (void)err;
    atomic_fetch_add(&world->events[number - 2000], 1);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    const struct snapshot_host host = {
        .context = world,
        .each = each,
        .is_started = is_started,
        .timeout_ms = timeout_ms,
        .is_free = is_free,
        .join = join,
        .occupy = occupy,
        .hold = hold,
        .freeze = freeze,
        .thaw = thaw,
        .truncate = truncate_logs,
        .stamp = stamp,
        .part = part,
        .vacate = vacate,
        .event = event,
    };
    if (!world)
        return -1;
    world->timeout_ms = NEVER_MS;
    for (unsigned i = 0; i < INSTANCES; i++) {
        world->fakes[i].member.instance = &world->fakes[i];
        world->fakes[i].is_there = i < 2;
    }
    *state = world;
    return snapshots_new(&host, &world->snapshots) == JET_errSuccess ? 0 : -1;
}

/* Nothing stays frozen or occupied, and whoever joined has parted. */
static int teardown(void **state)
{
    struct world *world = *state;
    int bad = 0;
    for (unsigned i = 0; i < INSTANCES; i++) {
        struct fake *fake = &world->fakes[i];
        bad |= fake->occupied != 0 || fake->held != 0 || fake->frozen != 0 || fake->joined != fake->parted ||
               fake->member.session;
    }
    snapshots_free(world->snapshots);
    free(world);
    return bad ? -1 : 0;
}

#define OK(call) assert_int_equal((call), JET_errSuccess)

static uint64_t prepare(struct world *world, uint32_t bits)
{
    uint64_t id = 0;
    OK(snapshots_prepare(world->snapshots, bits, &id));
    return id;
}

static jet_err count_one(void *context, struct snapshot_member *member)
{
    (void)member;
    ++*(unsigned *)context;
    return JET_errSuccess;
}

static jet_err members(struct world *world, uint64_t id, unsigned *ret_count)
{
    *ret_count = 0;
    return snapshots_members(world->snapshots, id, count_one, ret_count);
}

/* ---- every call in every state ---- */

enum state { PREPARED, FROZEN, TIMED_OUT, OPEN, TRUNCATED, FAILED, GONE, STATE_COUNT, SAME = STATE_COUNT };

enum call { ADD, FREEZE, THAW, TRUNCATE, TRUNCATE_ONE, INFO, END, END_ABORT, ABORT, CALL_COUNT };

struct cell {
    jet_err err;
    enum state next;
    unsigned stamped; /* instances */
};

#define SEQ                                                                                                            \
    {                                                                                                                  \
        JET_errOSSnapshotInvalidSequence, SAME, 0                                                                      \
    }
#define LATE                                                                                                           \
    {                                                                                                                  \
        JET_errOSSnapshotTimeOut, SAME, 0                                                                              \
    }
#define ID                                                                                                             \
    {                                                                                                                  \
        JET_errOSSnapshotInvalidSnapId, SAME, 0                                                                        \
    }
#define TO(state)                                                                                                      \
    {                                                                                                                  \
        JET_errSuccess, state, 0                                                                                       \
    }
#define ENDS(n)                                                                                                        \
    {                                                                                                                  \
        JET_errSuccess, GONE, n                                                                                        \
    }

/* clang-format off */
/* A session with the continue bit and two members. */
static const struct cell expected[CALL_COUNT][STATE_COUNT] = {
    /*                 prepared      frozen     timed out  open           truncated      failed    gone */
    [ADD]          = {TO(PREPARED),  SEQ,       SEQ,       SEQ,           SEQ,           SEQ,      ID},
    [FREEZE]       = {TO(FROZEN),    SEQ,       SEQ,       SEQ,           SEQ,           SEQ,      ID},
    [THAW]         = {SEQ,           TO(OPEN),  LATE,      SEQ,           SEQ,           SEQ,      ID},
    [TRUNCATE]     = {SEQ,           SEQ,       SEQ,       TO(TRUNCATED), TO(TRUNCATED), SEQ,      ID},
    [TRUNCATE_ONE] = {SEQ,           SEQ,       SEQ,       TO(TRUNCATED), TO(TRUNCATED), SEQ,      ID},
    [INFO]         = {TO(PREPARED),  TO(FROZEN), TO(TIMED_OUT), TO(OPEN), TO(TRUNCATED), TO(FAILED), ID},
    [END]          = {ENDS(0),       SEQ,       SEQ,       ENDS(2),       ENDS(2),       ENDS(0),  ID},
    [END_ABORT]    = {ENDS(0),       ENDS(0),   ENDS(0),   ENDS(0),       ENDS(0),       ENDS(0),  ID},
    [ABORT]        = {ENDS(0),       ENDS(0),   ENDS(0),   ENDS(0),       ENDS(0),       ENDS(0),  ID},
};
/* clang-format on */

static jet_err do_call(struct world *world, uint64_t id, enum call call)
{
    unsigned count;
    switch (call) {
    case ADD:
        world->fakes[2].is_there = true;
        return snapshots_prepare_instance(world->snapshots, id, &world->fakes[2].member, 0);
    case FREEZE: return snapshots_freeze(world->snapshots, id, 0);
    case THAW: return snapshots_thaw(world->snapshots, id, 0);
    case TRUNCATE: return snapshots_truncate(world->snapshots, id, NULL, SNAPSHOT_BIT_ALL_DATABASES);
    case TRUNCATE_ONE: return snapshots_truncate(world->snapshots, id, &world->fakes[0].member, 0);
    case INFO: return members(world, id, &count);
    case END: return snapshots_end(world->snapshots, id, 0);
    case END_ABORT: return snapshots_end(world->snapshots, id, SNAPSHOT_BIT_ABORT);
    default: return snapshots_abort(world->snapshots, id, 0);
    }
}

/* A new session in that state. */
static uint64_t reach(struct world *world, enum state state)
{
    const uint64_t id = prepare(world, SNAPSHOT_BIT_CONTINUE_AFTER_THAW);
    world->timeout_ms = state == TIMED_OUT ? 0 : NEVER_MS;
    world->fakes[1].freeze_err = state == FAILED ? JET_errMissingFullBackup : JET_errSuccess;
    switch (state) {
    case FAILED: assert_int_equal(do_call(world, id, FREEZE), JET_errMissingFullBackup); break;
    case GONE: OK(do_call(world, id, END)); break;
    case TIMED_OUT:
        OK(do_call(world, id, FREEZE));
        while (atomic_load(&world->events[4]) == 0)
            pause_ms(1);
        break;
    case FROZEN: OK(do_call(world, id, FREEZE)); break;
    case OPEN:
    case TRUNCATED:
        OK(do_call(world, id, FREEZE));
        OK(do_call(world, id, THAW));
        if (state == TRUNCATED)
            OK(do_call(world, id, TRUNCATE));
        break;
    default: break;
    }
    return id;
}

/* A state shows in what these three calls answer in it; none of them changes anything but through success. */
static enum state recognise(struct world *world, uint64_t id)
{
    unsigned count;
    if (members(world, id, &count) == JET_errOSSnapshotInvalidSnapId)
        return GONE;
    if (atomic_load(&world->fakes[0].frozen))
        return FROZEN;
    if (atomic_load(&world->fakes[0].occupied))
        return atomic_load(&world->fakes[0].truncated) ? TRUNCATED : OPEN;
    if (count > 0)
        return PREPARED;
    return snapshots_thaw(world->snapshots, id, 0) == JET_errOSSnapshotTimeOut ? TIMED_OUT : FAILED;
}

static void one_cell(enum call call, enum state state)
{
    void *fresh;
    const struct cell *cell = &expected[call][state];
    assert_int_equal(setup(&fresh), 0);
    struct world *world = fresh;
    const uint64_t id = reach(world, state);
    assert_int_equal(recognise(world, id), state);
    assert_int_equal(do_call(world, id, call), cell->err);
    assert_int_equal(recognise(world, id), cell->next == SAME ? state : cell->next);
    assert_int_equal(world->fakes[0].stamped + world->fakes[1].stamped, cell->stamped);
    if (cell->next != GONE && state != GONE)
        OK(snapshots_abort(world->snapshots, id, 0));
    assert_int_equal(world->fakes[0].stamped + world->fakes[1].stamped, cell->stamped);
    assert_int_equal(teardown(&fresh), 0);
}

static void every_call_in_every_state_answers_as_specified(void **state)
{
    for (enum call call = 0; call < CALL_COUNT; call++)
        for (enum state each_state = 0; each_state < STATE_COUNT; each_state++)
            one_cell(call, each_state);
}

/* ---- flags and arguments come first ---- */

static void flags_are_looked_at_before_the_session(void **state)
{
    struct world *world = *state;
    struct snapshots *s = world->snapshots;
    uint64_t id;
    assert_int_equal(snapshots_prepare(s, 0x10, NULL), JET_errInvalidGrbit);
    assert_int_equal(snapshots_prepare(s, 0xF, NULL), JET_errInvalidParameter);
    world->fakes[0].is_there = world->fakes[1].is_there = false;
    assert_int_equal(snapshots_prepare(s, 0, NULL), JET_errInvalidParameter);
    assert_int_equal(snapshots_prepare(s, 0, &id), JET_errNotInitialized);
    assert_int_equal(snapshots_prepare_instance(s, 77, &world->fakes[0].member, 1), JET_errInvalidGrbit);
    assert_int_equal(snapshots_freeze(s, 77, 1), JET_errInvalidGrbit);
    assert_int_equal(snapshots_thaw(s, 77, 1), JET_errInvalidGrbit);
    assert_int_equal(snapshots_truncate(s, 77, NULL, 2), JET_errInvalidGrbit);
    assert_int_equal(snapshots_end(s, 77, 2), JET_errInvalidGrbit);
    assert_int_equal(snapshots_abort(s, 77, 1), JET_errInvalidGrbit);
    assert_int_equal(snapshots_thaw(s, 77, 0), JET_errOSSnapshotInvalidSnapId);
}

/* ---- who is a member ---- */

static void ids_count_up_from_one_and_an_instance_is_in_one_session(void **state)
{
    struct world *world = *state;
    unsigned count;
    const uint64_t one = prepare(world, 0), two = prepare(world, SNAPSHOT_BIT_EXPLICIT_PREPARE);
    assert_int_equal(one, 1);
    assert_int_equal(two, 2);
    OK(members(world, one, &count));
    assert_int_equal(count, 2);
    OK(members(world, two, &count));
    assert_int_equal(count, 0);
    /* Claimed already, by this session or another. */
    assert_int_equal(snapshots_prepare_instance(world->snapshots, one, &world->fakes[0].member, 0),
                     JET_errOSSnapshotNotAllowed);
    assert_int_equal(snapshots_prepare_instance(world->snapshots, two, &world->fakes[0].member, 0),
                     JET_errOSSnapshotNotAllowed);
    world->fakes[2].is_there = true;
    world->fakes[2].is_busy = true;
    assert_int_equal(snapshots_prepare_instance(world->snapshots, two, &world->fakes[2].member, 0),
                     JET_errOSSnapshotNotAllowed);
    world->fakes[2].is_busy = false;
    OK(snapshots_prepare_instance(world->snapshots, two, &world->fakes[2].member, 0));
    OK(snapshots_freeze(world->snapshots, one, 0)); /* side by side */
    OK(snapshots_freeze(world->snapshots, two, 0));
    assert_int_equal(world->fakes[0].frozen + world->fakes[1].frozen + world->fakes[2].frozen, 3);
    OK(snapshots_thaw(world->snapshots, two, 0));
    assert_int_equal(world->fakes[0].frozen + world->fakes[1].frozen + world->fakes[2].frozen, 2);
    OK(snapshots_thaw(world->snapshots, one, 0));
    assert_int_equal(prepare(world, SNAPSHOT_BIT_EXPLICIT_PREPARE), 3);
    OK(snapshots_abort(world->snapshots, 3, 0));
}

static void an_instance_that_stops_leaves_a_prepared_session(void **state)
{
    struct world *world = *state;
    unsigned count;
    const uint64_t id = prepare(world, SNAPSHOT_BIT_CONTINUE_AFTER_THAW);
    snapshots_leave(world->snapshots, &world->fakes[0].member);
    snapshots_leave(world->snapshots, &world->fakes[3].member); /* was in none */
    OK(members(world, id, &count));
    assert_int_equal(count, 1);
    OK(snapshots_freeze(world->snapshots, id, 0));
    assert_int_equal(world->fakes[0].freezes, 0);
    snapshots_leave(world->snapshots, &world->fakes[1].member); /* it has to wait */
    OK(members(world, id, &count));
    assert_int_equal(count, 1);
    OK(snapshots_abort(world->snapshots, id, 0));
}

static void thaw_first(void *context)
{
    struct world *world = context;
    jet_err_ignore(snapshots_thaw(world->snapshots, 1, 0));
}

static void an_instance_that_stops_is_let_go_before_it_goes(void **state)
{
    struct world *world = *state;
    struct os_thread *thread;
    assert_int_equal(prepare(world, 0), 1);
    OK(snapshots_freeze(world->snapshots, 1, 0));
    world->fakes[0].lingers = true;
    OK(os_thread_start(thaw_first, world, &thread));
    while (atomic_load(&world->fakes[0].occupied) != 0)
        pause_ms(1);
    snapshots_leave(world->snapshots, &world->fakes[0].member);
    assert_true(atomic_load(&world->fakes[0].is_let_go));
    os_thread_join(thread);
}

static void a_session_without_members_freezes_nothing(void **state)
{
    struct world *world = *state;
    const uint64_t id = prepare(world, SNAPSHOT_BIT_EXPLICIT_PREPARE | SNAPSHOT_BIT_CONTINUE_AFTER_THAW);
    OK(snapshots_freeze(world->snapshots, id, 0));
    OK(snapshots_thaw(world->snapshots, id, 0));
    OK(snapshots_end(world->snapshots, id, 0));
    const uint64_t late = prepare(world, SNAPSHOT_BIT_EXPLICIT_PREPARE);
    world->fakes[0].is_there = world->fakes[1].is_there = false;
    assert_int_equal(snapshots_freeze(world->snapshots, late, 0), JET_errNotInitialized);
    OK(snapshots_end(world->snapshots, late, 0));
}

/* ---- sessions that end by themselves ---- */

static void without_the_continue_bit_the_thaw_ends_the_session(void **state)
{
    struct world *world = *state;
    const uint64_t id = prepare(world, 0);
    OK(snapshots_freeze(world->snapshots, id, 0));
    OK(snapshots_thaw(world->snapshots, id, 0));
    assert_int_equal(world->fakes[0].stamped + world->fakes[1].stamped, 2);
    assert_int_equal(snapshots_end(world->snapshots, id, 0), JET_errOSSnapshotInvalidSnapId);
}

static void an_abort_never_stamps(void **state)
{
    struct world *world = *state;
    const uint64_t id = prepare(world, 0);
    OK(snapshots_freeze(world->snapshots, id, 0));
    OK(snapshots_abort(world->snapshots, id, 0));
    assert_int_equal(world->fakes[0].stamped + world->fakes[1].stamped, 0);
    assert_int_equal(world->events[7], 1);
    assert_int_equal(snapshots_thaw(world->snapshots, id, 0), JET_errOSSnapshotInvalidSnapId);
}

static void a_freeze_that_is_over_by_itself_is_no_backup(void **state)
{
    struct world *world = *state;
    world->timeout_ms = SOON_MS;
    const uint64_t id = prepare(world, 0);
    OK(snapshots_freeze(world->snapshots, id, 0));
    for (unsigned i = 0; i < 6000 && atomic_load(&world->events[4]) == 0; i++)
        pause_ms(5);
    assert_int_equal(world->events[4], 1);
    assert_int_equal(world->fakes[0].frozen + world->fakes[1].frozen, 0);
    assert_int_equal(world->fakes[0].occupied, 0);
    assert_int_equal(snapshots_thaw(world->snapshots, id, 0), JET_errOSSnapshotTimeOut);
    assert_int_equal(snapshots_abort(world->snapshots, id, 0), JET_errOSSnapshotInvalidSnapId);
    assert_int_equal(world->fakes[0].stamped, 0);
}

/* Thaw and time-out meet: each time one of the two results, and it is what happened. */
static void a_thaw_and_the_time_out_agree(void **state)
{
    struct world *world = *state;
    unsigned thawed = 0, late = 0;
    for (unsigned i = 0; i < 200; i++) {
        const uint64_t id = prepare(world, SNAPSHOT_BIT_CONTINUE_AFTER_THAW);
        const unsigned timeouts = atomic_load(&world->events[4]);
        world->timeout_ms = i % 3;
        OK(snapshots_freeze(world->snapshots, id, 0));
        if (i % 2)
            pause_ms(i % 5);
        jet_err err = snapshots_thaw(world->snapshots, id, 0);
        assert_int_equal(world->fakes[0].frozen + world->fakes[1].frozen, 0);
        if (err == JET_errSuccess) {
            thawed++;
            assert_int_equal(world->fakes[1].occupied, 1);
            assert_int_equal(atomic_load(&world->events[4]), timeouts);
            OK(snapshots_end(world->snapshots, id, 0));
        } else {
            late++;
            assert_int_equal(err, JET_errOSSnapshotTimeOut);
            assert_int_equal(atomic_load(&world->events[4]), timeouts + 1);
            assert_int_equal(snapshots_end(world->snapshots, id, 0), JET_errOSSnapshotInvalidSequence);
            OK(snapshots_abort(world->snapshots, id, 0));
        }
    }
    assert_int_equal(world->fakes[0].stamped, thawed);
    assert_int_equal(thawed + late, 200);
    assert_true(late > 0);
}

/* ---- failures ---- */

static void an_instance_with_a_backup_lets_nobody_freeze(void **state)
{
    struct world *world = *state;
    unsigned count;
    const uint64_t id = prepare(world, SNAPSHOT_BIT_CONTINUE_AFTER_THAW);
    world->fakes[1].is_busy = true;
    assert_int_equal(snapshots_freeze(world->snapshots, id, 0), JET_errOSSnapshotNotAllowed);
    assert_int_equal(world->fakes[0].freezes + world->fakes[1].freezes, 0);
    assert_int_equal(world->fakes[0].occupied, 0);
    OK(members(world, id, &count));
    assert_int_equal(count, 0);
    assert_int_equal(world->events[2], 1);
    assert_int_equal(snapshots_freeze(world->snapshots, id, 0), JET_errOSSnapshotInvalidSequence);
    OK(snapshots_end(world->snapshots, id, 0));
    world->fakes[1].is_busy = false;
    const uint64_t next = prepare(world, 0);
    OK(snapshots_freeze(world->snapshots, next, 0));
    OK(snapshots_thaw(world->snapshots, next, 0));
}

static void one_that_cannot_be_frozen_thaws_all(void **state)
{
    struct world *world = *state;
    for (unsigned i = 0; i < INSTANCES; i++)
        world->fakes[i].is_there = true;
    const uint64_t id = prepare(world, SNAPSHOT_BIT_INCREMENTAL);
    world->fakes[3].freeze_err = JET_errMissingFullBackup;
    assert_int_equal(snapshots_freeze(world->snapshots, id, 0), JET_errMissingFullBackup);
    for (unsigned i = 0; i < INSTANCES; i++) {
        assert_true(world->fakes[i].kind.is_incremental);
        assert_int_equal(world->fakes[i].frozen, 0);
        assert_int_equal(world->fakes[i].occupied, 0);
    }
    OK(snapshots_abort(world->snapshots, id, 0));
}

static void truncation_tries_all_and_tells_the_first_error(void **state)
{
    struct world *world = *state;
    struct snapshots *s = world->snapshots;
    const uint64_t id = prepare(world, SNAPSHOT_BIT_CONTINUE_AFTER_THAW);
    OK(snapshots_freeze(s, id, 0));
    OK(snapshots_thaw(s, id, 0));
    assert_int_equal(snapshots_truncate(s, id, &world->fakes[4].member, 0), JET_errInvalidParameter);
    world->fakes[0].truncate_err = JET_errRequiredLogFilesMissing;
    assert_int_equal(snapshots_truncate(s, id, NULL, 0), JET_errRequiredLogFilesMissing);
    assert_int_equal(world->fakes[0].truncated, 1);
    assert_int_equal(world->fakes[1].truncated, 1);
    assert_false(world->fakes[1].all_databases);
    OK(snapshots_truncate(s, id, &world->fakes[1].member, SNAPSHOT_BIT_ALL_DATABASES));
    assert_int_equal(world->fakes[0].truncated, 1);
    assert_int_equal(world->fakes[1].truncated, 2);
    assert_true(world->fakes[1].all_databases);
    OK(snapshots_end(s, id, 0));
}

static void a_copy_truncates_nothing(void **state)
{
    struct world *world = *state;
    const uint64_t id = prepare(world, SNAPSHOT_BIT_COPY | SNAPSHOT_BIT_CONTINUE_AFTER_THAW);
    OK(snapshots_freeze(world->snapshots, id, 0));
    OK(snapshots_thaw(world->snapshots, id, 0));
    assert_int_equal(snapshots_truncate(world->snapshots, id, NULL, 1), JET_errOSSnapshotInvalidSequence);
    assert_int_equal(world->fakes[0].truncated, 0);
    OK(snapshots_end(world->snapshots, id, 0));
    assert_int_equal(world->fakes[0].stamped, 1);
    assert_int_equal(world->events[9], 1);
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 150 };

static void anything(void *context)
{
    struct world *world = context;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t id = 0;
        unsigned count;
        if (snapshots_prepare(world->snapshots, i % 2 ? SNAPSHOT_BIT_CONTINUE_AFTER_THAW : 0, &id) < JET_errSuccess)
            continue;
        jet_err_ignore(snapshots_freeze(world->snapshots, id, 0)); /* others may have the instances, or the session */
        jet_err_ignore(members(world, id - id % 3, &count));       /* ... of somebody else, too */
        jet_err_ignore(snapshots_thaw(world->snapshots, id - id % 2, 0));
        snapshots_leave(world->snapshots, &world->fakes[i % INSTANCES].member);
        jet_err_ignore(snapshots_abort(world->snapshots, id, 0));
    }
}

static void any_calls_by_many_threads_leave_nothing_frozen(void **state)
{
    struct world *world = *state;
    struct os_thread *threads[THREADS];
    for (unsigned i = 0; i < INSTANCES; i++)
        world->fakes[i].is_there = true;
    world->timeout_ms = 1;
    for (unsigned i = 0; i < THREADS; i++)
        OK(os_thread_start(anything, world, &threads[i]));
    for (unsigned i = 0; i < THREADS; i++)
        os_thread_join(threads[i]);
    for (unsigned i = 0; i < INSTANCES; i++)
        assert_int_equal(world->fakes[i].frozen, 0);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_in_every_state_answers_as_specified),
        WITH_WORLD(flags_are_looked_at_before_the_session),
        WITH_WORLD(ids_count_up_from_one_and_an_instance_is_in_one_session),
        WITH_WORLD(an_instance_that_stops_leaves_a_prepared_session),
        WITH_WORLD(an_instance_that_stops_is_let_go_before_it_goes),
        WITH_WORLD(a_session_without_members_freezes_nothing),
        WITH_WORLD(without_the_continue_bit_the_thaw_ends_the_session),
        WITH_WORLD(an_abort_never_stamps),
        WITH_WORLD(a_freeze_that_is_over_by_itself_is_no_backup),
        WITH_WORLD(a_thaw_and_the_time_out_agree),
        WITH_WORLD(an_instance_with_a_backup_lets_nobody_freeze),
        WITH_WORLD(one_that_cannot_be_frozen_thaws_all),
        WITH_WORLD(truncation_tries_all_and_tells_the_first_error),
        WITH_WORLD(a_copy_truncates_nothing),
        WITH_WORLD(any_calls_by_many_threads_leave_nothing_frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
