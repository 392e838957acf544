/* SPDX-License-Identifier: MIT */
#include "jet/freezer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_clock.h"
#include "os/os_thread.h"

enum { NS_PER_MS = 1000000 };

struct freezer {
    struct freezer_engine engine;
    struct freezer_limits limits;
    struct os_mutex *lock;
    /* guarded by lock */
    enum freezer_state state;
    uint64_t since_ns;    /* that it is in this state */
    bool is_busy;         /* a step runs: what follows is that step's, until it has left */
    bool is_abort_wanted; /* and was aborted meanwhile */
    /* the step's */
    JET_INSTANCE *handles; /* chosen; the gate of each is closed */
    size_t count;
    JET_OSSNAPID id;
    bool has_session; /* `id` is one of the engine's */
    bool continues;   /* behind the thaw */
};

/* ---- the rules ---- */

enum step {
    STEP_PREPARE_BACKUP,
    STEP_PREPARE_SNAPSHOT,
    STEP_FREEZE,
    STEP_THAW,
    STEP_TRUNCATE,
    STEP_END,
};

#define IN(state) (1u << FREEZER_##state)

static const struct step_rule {
    unsigned legal_in;
    enum freezer_state to;
} step_rules[] = {
  /* clang-format off */
    [STEP_PREPARE_BACKUP]   = {IN(IDLE) | IN(PREPARED), FREEZER_PREPARED},
    [STEP_PREPARE_SNAPSHOT] = {IN(PREPARED),            FREEZER_READY   },
    [STEP_FREEZE]           = {IN(READY),               FREEZER_FROZEN  },
    [STEP_THAW]             = {IN(FROZEN),              FREEZER_THAWED  },
    [STEP_TRUNCATE]         = {IN(THAWED),              FREEZER_THAWED  },
    [STEP_END]              = {IN(THAWED),              FREEZER_IDLE    },
  /* clang-format on */
};

static void set_state_locked(struct freezer *f, enum freezer_state state)
{
    f->state = state;
    f->since_ns = os_clock_monotonic_ns();
}

static jet_err step_enter(struct freezer *f, enum step step)
{
    os_mutex_lock(f->lock);
    const bool may = !f->is_busy && (step_rules[step].legal_in & (1u << f->state)) != 0;
    if (may) {
        f->is_busy = true;
        f->is_abort_wanted = false;
    }
    os_mutex_unlock(f->lock);
    return may ? JET_errSuccess : JET_errOSSnapshotInvalidSequence;
}

/* What the core is asked for to hold nothing any more. */
static void undo(struct freezer *f)
{
    if (f->has_session)
        f->engine.abort(f->id);
    f->has_session = false;
    for (size_t i = 0; i < f->count; i++)
        f->engine.open_gate(f->handles[i]);
    f->count = 0;
}

static void settle(struct freezer *f, enum freezer_state state)
{
    os_mutex_lock(f->lock);
    set_state_locked(f, state);
    f->is_busy = false;
    os_mutex_unlock(f->lock);
}

/* The step is done, and the state is `to`, unless an abort was asked for. */
static jet_err step_leave(struct freezer *f, enum freezer_state to)
{
    os_mutex_lock(f->lock);
    const bool is_aborted = f->is_abort_wanted;
    if (!is_aborted) {
        set_state_locked(f, to);
        f->is_busy = false;
    }
    os_mutex_unlock(f->lock);
    if (!is_aborted)
        return JET_errSuccess;
    undo(f);
    settle(f, FREEZER_IDLE);
    return JET_errOSSnapshotNotAllowed;
}

static jet_err step_fail(struct freezer *f, jet_err err)
{
    undo(f);
    settle(f, FREEZER_IDLE);
    return err;
}

static jet_err step_finish(struct freezer *f, enum step step, jet_err err)
{
    return err < JET_errSuccess ? step_fail(f, err) : step_leave(f, step_rules[step].to);
}

/* ---- the choice ---- */

/* The gates of those that were chosen before stay closed until the new ones are: one that is in both never opens. */
static jet_err choose(struct freezer *f, const JET_INSTANCE *handles, size_t count)
{
    JET_INSTANCE *chosen = calloc(count + 1, sizeof *chosen);
    if (!chosen)
        return JET_errOutOfMemory;
    size_t closed = 0;
    while (closed < count && f->engine.close_gate(handles[closed]) >= JET_errSuccess) {
        chosen[closed] = handles[closed];
        closed++;
    }
    undo(f); /* of the former choice */
    free(f->handles);
    f->handles = chosen;
    f->count = closed;
    return closed == count ? JET_errSuccess : JET_errOSSnapshotNotAllowed;
}

jet_err freezer_prepare_backup(struct freezer *f, const JET_INSTANCE *handles, size_t count)
{
    jet_err err = step_enter(f, STEP_PREPARE_BACKUP);
    if (err < JET_errSuccess)
        return err;
    return step_finish(f, STEP_PREPARE_BACKUP, choose(f, handles, count));
}

/* ---- the snapshot ---- */

static jet_err release_all(struct freezer *f, uint32_t release_ms)
{
    const uint64_t until_ns = os_clock_monotonic_ns() + (uint64_t)release_ms * NS_PER_MS;
    jet_err err = JET_errSuccess;
    for (size_t i = 0; i < f->count && err >= JET_errSuccess; i++) {
        const uint64_t now_ns = os_clock_monotonic_ns();
        const int64_t left_ms = now_ns < until_ns ? (int64_t)((until_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
        err = f->engine.release(f->handles[i], left_ms);
    }
    return err < JET_errSuccess ? JET_errOSSnapshotNotAllowed : JET_errSuccess;
}

/* Nobody chosen, nothing asked: the engine refuses a session when no instance runs at all. */
static jet_err session_begin(struct freezer *f, JET_GRBIT grbit)
{
    f->continues = (grbit & JET_bitContinueAfterThaw) != 0;
    if (f->count == 0)
        return JET_errSuccess;
    jet_err err = f->engine.prepare(grbit, &f->id);
    f->has_session = err >= JET_errSuccess;
    for (size_t i = 0; i < f->count && err >= JET_errSuccess; i++)
        err = f->engine.prepare_instance(f->id, f->handles[i]);
    return err;
}

jet_err freezer_prepare_snapshot(struct freezer *f, JET_GRBIT grbit, uint32_t release_ms)
{
    jet_err err = step_enter(f, STEP_PREPARE_SNAPSHOT);
    if (err < JET_errSuccess)
        return err;
    err = release_all(f, release_ms);
    if (err >= JET_errSuccess)
        err = session_begin(f, grbit);
    return step_finish(f, STEP_PREPARE_SNAPSHOT, err);
}

jet_err freezer_freeze(struct freezer *f)
{
    jet_err err = step_enter(f, STEP_FREEZE);
    if (err < JET_errSuccess)
        return err;
    if (f->has_session)
        err = f->engine.freeze(f->id);
    return step_finish(f, STEP_FREEZE, err);
}

/* ---- behind the freeze ---- */

static void open_gates(struct freezer *f)
{
    for (size_t i = 0; i < f->count; i++)
        f->engine.open_gate(f->handles[i]);
}

/* A session that does not continue is ended by the engine, behind its thaw. The choice stays known to a truncate. */
static jet_err thawed(struct freezer *f)
{
    if (f->has_session && f->continues) {
        open_gates(f);
        f->count = 0; /* of closed gates */
        return step_leave(f, FREEZER_THAWED);
    }
    f->has_session = false;
    undo(f);
    return step_leave(f, FREEZER_IDLE);
}

jet_err freezer_thaw(struct freezer *f)
{
    jet_err err = step_enter(f, STEP_THAW);
    if (err < JET_errSuccess)
        return err;
    if (f->has_session)
        err = f->engine.thaw(f->id);
    return err < JET_errSuccess ? step_fail(f, err) : thawed(f);
}

jet_err freezer_truncate(struct freezer *f, JET_INSTANCE handle)
{
    jet_err err = step_enter(f, STEP_TRUNCATE);
    if (err < JET_errSuccess)
        return err;
    err = f->engine.truncate(f->id, handle);
    jet_err aborted = step_leave(f, FREEZER_THAWED);
    return aborted < JET_errSuccess ? aborted : err;
}

jet_err freezer_end(struct freezer *f, JET_GRBIT grbit)
{
    if ((grbit & ~(JET_GRBIT)JET_bitAbortSnapshot) != 0)
        return JET_errInvalidGrbit;
    jet_err err = step_enter(f, STEP_END);
    if (err < JET_errSuccess)
        return err;
    err = f->engine.end(f->id, grbit);
    f->has_session = err < JET_errSuccess; /* then it is aborted */
    return step_finish(f, STEP_END, err);
}

/* False: a step runs, which has been told. */
static bool take_for_abort(struct freezer *f)
{
    os_mutex_lock(f->lock);
    const bool is_taken = !f->is_busy;
    if (is_taken)
        f->is_busy = true;
    else
        f->is_abort_wanted = true;
    os_mutex_unlock(f->lock);
    return is_taken;
}

bool freezer_abort(struct freezer *f)
{
    if (!take_for_abort(f))
        return false;
    undo(f);
    settle(f, FREEZER_IDLE);
    return true;
}

/* ---- looking ---- */

enum freezer_state freezer_state(struct freezer *f)
{
    os_mutex_lock(f->lock);
    const enum freezer_state state = f->state;
    os_mutex_unlock(f->lock);
    return state;
}

static uint32_t limit_ms(const struct freezer *f)
{
    switch (f->state) {
    case FREEZER_PREPARED:
    case FREEZER_READY:
    case FREEZER_FROZEN: return f->limits.until_thaw_ms;
    case FREEZER_THAWED: return f->limits.until_end_ms;
    default: return 0;
    }
}

uint64_t freezer_due_ns(struct freezer *f)
{
    os_mutex_lock(f->lock);
    const uint32_t limit = limit_ms(f);
    const uint64_t due_ns = limit ? f->since_ns + (uint64_t)limit * NS_PER_MS : 0;
    os_mutex_unlock(f->lock);
    return due_ns;
}

bool freezer_expire(struct freezer *f, uint64_t now_ns)
{
    const uint64_t due_ns = freezer_due_ns(f);
    if (due_ns == 0 || now_ns < due_ns)
        return false;
    (void)freezer_abort(f); /* or the step that runs does it */
    return true;
}

/* ---- life ---- */

jet_err freezer_new(const struct freezer_engine *engine, const struct freezer_limits *limits,
                    struct freezer **ret_freezer)
{
    struct freezer *f = calloc(1, sizeof *f);
    if (!f)
        return JET_errOutOfMemory;
    f->engine = *engine;
    f->limits = *limits;
    jet_err err = os_mutex_new(LOCK_RANK_LEAF, &f->lock);
    if (err < JET_errSuccess) {
        free(f);
        return err;
    }
    *ret_freezer = f;
    return JET_errSuccess;
}

void freezer_free(struct freezer *f)
{
    if (!f)
        return;
    const bool is_over = freezer_abort(f);
    assert(is_over);
    (void)is_over;
    os_mutex_free(f->lock);
    free(f->handles);
    free(f);
}
