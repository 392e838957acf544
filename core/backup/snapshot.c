/* SPDX-License-Identifier: MIT */
/* snapshot.c - the sessions of OS snapshots.
 *
 * Rules.
 *   1. Every call with an id passes session_enter(), which consults snapshot_rules[] and makes the session busy: from there
 *      to session_leave() nobody else is in it. Who comes meanwhile waits, and judges the session as it finds it then.
 *   2. The watchdog of a freeze enters like everybody else, when the time is over: so it, or the thaw, finds the session
 *      frozen, and the other one finds what became of it.
 *   3. A member that is occupied is unlinked from the session before it is vacated, because it may be claimed again from then
 *      on; who stops the instance waits for both. One that is not occupied is not touched once it is unlinked.
 *   4. Whatever was taken in one order is given back in the reverse one, on every path: part, unlink, vacate.
 *
 * Locks. `lock` guards the list of sessions, `busy` and `state` of each, and the links of members. What else a session
 * has belongs to who made it busy. Waiting is for `changes`, which is counted up whenever a session is left or goes.
 */
#include "backup/snapshot.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "backup/parallel.h"
#include "os/os_thread.h"
#include "os/os_word.h"

enum snapshot_state {
    SNAPSHOT_PREPARED,
    SNAPSHOT_FROZEN,
    SNAPSHOT_TIMED_OUT,
    SNAPSHOT_OPEN,
    SNAPSHOT_TRUNCATED,
    SNAPSHOT_FAILED, /* a freeze has */
    SNAPSHOT_STATE_COUNT,
};

enum snapshot_call {
    SNAPSHOT_CALL_ADD,
    SNAPSHOT_CALL_FREEZE,
    SNAPSHOT_CALL_THAW,
    SNAPSHOT_CALL_TIME_OUT, /* the watchdog's */
    SNAPSHOT_CALL_TRUNCATE,
    SNAPSHOT_CALL_INFO,
    SNAPSHOT_CALL_END,
    SNAPSHOT_CALL_ABORT,
    SNAPSHOT_CALL_COUNT,
};

#define OK  JET_errSuccess
#define SEQ JET_errOSSnapshotInvalidSequence /* -2401 */

/* clang-format off */
/* backup-api 10.2, row by row. Thaw goes on in a session that has timed out, to say so. */
static const jet_err snapshot_rules[SNAPSHOT_CALL_COUNT][SNAPSHOT_STATE_COUNT] = {
    /* call                      prepared  frozen  timed out  open  truncated  failed */
    [SNAPSHOT_CALL_ADD]       = {OK,       SEQ,    SEQ,       SEQ,  SEQ,       SEQ},
    [SNAPSHOT_CALL_FREEZE]    = {OK,       SEQ,    SEQ,       SEQ,  SEQ,       SEQ},
    [SNAPSHOT_CALL_THAW]      = {SEQ,      OK,     OK,        SEQ,  SEQ,       SEQ},
    [SNAPSHOT_CALL_TIME_OUT]  = {SEQ,      OK,     SEQ,       SEQ,  SEQ,       SEQ},
    [SNAPSHOT_CALL_TRUNCATE]  = {SEQ,      SEQ,    SEQ,       OK,   OK,        SEQ},
    [SNAPSHOT_CALL_INFO]      = {OK,       OK,     OK,        OK,   OK,        OK},
    [SNAPSHOT_CALL_END]       = {OK,       SEQ,    SEQ,       OK,   OK,        OK},
    [SNAPSHOT_CALL_ABORT]     = {OK,       OK,     OK,        OK,   OK,        OK},
};
/* clang-format on */

struct snapshot_session {
    struct snapshots *snapshots;
    struct snapshot_session *next;
    uint64_t id;
    enum snapshot_state state;
    bool is_busy;
    struct snapshot_kind kind;
    bool continues; /* after the thaw */

    struct snapshot_member **members;
    jet_err *results; /* of the last parallel step, for each member */
    size_t count, room;

    struct os_thread *watchdog; /* NULL: there is none */
    struct os_event *thawed;    /* the watchdog is not needed any more */
    int64_t timeout_ms;
};

struct snapshots {
    struct snapshot_host host;
    struct os_mutex *lock;
    struct snapshot_session *sessions;
    uint64_t last_id;
    unsigned vacating; /* instances that are in no session any more, and not let go yet */
    _Atomic uint32_t changes;
};

static void report(const struct snapshot_session *session, enum snapshot_event event, jet_err err)
{
    const struct snapshot_host *host = &session->snapshots->host;
    if (host->event)
        host->event(host->context, event, session->id, err);
}

/* ---- in and out of a session ---- */

/* The lock is held, and is again. */
static void wait_for_change(struct snapshots *snapshots)
{
    const uint32_t seen = atomic_load(&snapshots->changes);
    os_mutex_unlock(snapshots->lock);
    os_word_wait(&snapshots->changes, seen, OS_WAIT_FOREVER);
    os_mutex_lock(snapshots->lock);
}

static void changed(struct snapshots *snapshots)
{
    atomic_fetch_add(&snapshots->changes, 1);
    os_word_wake_all(&snapshots->changes);
}

static struct snapshot_session *find(const struct snapshots *snapshots, uint64_t id)
{
    struct snapshot_session *session = snapshots->sessions;
    while (session && session->id != id)
        session = session->next;
    return session;
}

static jet_err enter_locked(struct snapshots *snapshots, uint64_t id, enum snapshot_call call,
                            struct snapshot_session **ret_session)
{
    struct snapshot_session *session;
    while ((session = find(snapshots, id)) != NULL && session->is_busy)
        wait_for_change(snapshots);
    if (!session)
        return JET_errOSSnapshotInvalidSnapId;
    jet_err err = snapshot_rules[call][session->state];
    if (err < JET_errSuccess)
        return err;
    session->is_busy = true;
    *ret_session = session;
    return JET_errSuccess;
}

static jet_err session_enter(struct snapshots *snapshots, uint64_t id, enum snapshot_call call,
                             struct snapshot_session **ret_session)
{
    os_mutex_lock(snapshots->lock);
    jet_err err = enter_locked(snapshots, id, call, ret_session);
    os_mutex_unlock(snapshots->lock);
    return err;
}

static void session_leave(struct snapshot_session *session, enum snapshot_state state)
{
    struct snapshots *snapshots = session->snapshots;
    os_mutex_lock(snapshots->lock);
    session->state = state;
    session->is_busy = false;
    os_mutex_unlock(snapshots->lock);
    changed(snapshots);
}

/* ---- members ---- */

/* Room for one more. */
static jet_err reserve(struct snapshot_session *session)
{
    if (session->count < session->room)
        return JET_errSuccess;
    const size_t room = session->room ? 2 * session->room : 4;
    struct snapshot_member **members = realloc(session->members, room * sizeof *members);
    if (!members)
        return JET_errOutOfMemory;
    session->members = members;
    jet_err *results = realloc(session->results, room * sizeof *results);
    if (!results)
        return JET_errOutOfMemory;
    session->results = results;
    session->room = room;
    return JET_errSuccess;
}

/* The lock is held. */
static jet_err link_member(struct snapshot_session *session, struct snapshot_member *member)
{
    jet_err err = reserve(session);
    if (err < JET_errSuccess)
        return err;
    session->members[session->count++] = member;
    member->session = session;
    member->is_occupied = false;
    return JET_errSuccess;
}

static void unlink_member(struct snapshot_session *session, size_t index, bool is_to_vacate)
{
    struct snapshots *snapshots = session->snapshots;
    os_mutex_lock(snapshots->lock);
    session->members[index]->session = NULL;
    session->members[index] = session->members[--session->count];
    snapshots->vacating += is_to_vacate;
    os_mutex_unlock(snapshots->lock);
}

static void vacate(struct snapshots *snapshots, void *instance)
{
    snapshots->host.vacate(instance);
    os_mutex_lock(snapshots->lock);
    snapshots->vacating--;
    os_mutex_unlock(snapshots->lock);
    changed(snapshots);
}

/* The last member goes. */
static void part_last(struct snapshot_session *session)
{
    const struct snapshot_host *host = &session->snapshots->host;
    struct snapshot_member *member = session->members[session->count - 1];
    void *instance = member->instance;
    const bool was_occupied = member->is_occupied;
    host->part(member);
    member->is_occupied = false;
    unlink_member(session, session->count - 1, was_occupied);
    if (was_occupied)
        vacate(session->snapshots, instance);
}

static void part_all(struct snapshot_session *session)
{
    while (session->count > 0)
        part_last(session);
}

/* ---- the life of a session ---- */

static void session_free(struct snapshot_session *session)
{
    if (!session)
        return;
    assert(session->count == 0);
    os_thread_join(session->watchdog);
    os_event_free(session->thawed);
    free(session->members);
    free(session->results);
    free(session);
}

static jet_err session_new(struct snapshots *snapshots, uint32_t bits, struct snapshot_session **ret_session)
{
    struct snapshot_session *session = calloc(1, sizeof *session);
    if (!session)
        return JET_errOutOfMemory;
    session->snapshots = snapshots;
    session->state = SNAPSHOT_PREPARED;
    session->is_busy = true;
    session->kind = (struct snapshot_kind){bits & SNAPSHOT_BIT_INCREMENTAL, bits & SNAPSHOT_BIT_COPY};
    session->continues = bits & SNAPSHOT_BIT_CONTINUE_AFTER_THAW;
    jet_err err = os_event_new(&session->thawed);
    if (err < JET_errSuccess) {
        session_free(session);
        return err;
    }
    *ret_session = session;
    return JET_errSuccess;
}

/* Nobody finds it any more; whoever waits for it learns that. */
static void session_remove(struct snapshot_session *session)
{
    struct snapshots *snapshots = session->snapshots;
    os_mutex_lock(snapshots->lock);
    struct snapshot_session **link = &snapshots->sessions;
    while (*link != session)
        link = &(*link)->next;
    *link = session->next;
    os_mutex_unlock(snapshots->lock);
    changed(snapshots);
    session_free(session);
}

/* Ends a session that the caller is in, and that is not frozen. `is_backup`: it was, and was not aborted. */
static void finish(struct snapshot_session *session, bool is_backup, enum snapshot_event event)
{
    const struct snapshot_host *host = &session->snapshots->host;
    for (size_t i = 0; i < session->count && is_backup; i++)
        host->stamp(session->members[i]);
    part_all(session);
    report(session, event, JET_errSuccess);
    session_remove(session);
}

/* ---- prepare ---- */

struct claim {
    struct snapshot_session *session;
    jet_err err;
};

static void claim_if_free(void *context, struct snapshot_member *member)
{
    struct claim *claim = context;
    if (claim->err >= JET_errSuccess && !member->session)
        claim->err = link_member(claim->session, member);
}

/* Makes the session known, and claims what it is to have. */
static jet_err announce(struct snapshots *snapshots, struct snapshot_session *session, bool claims_all)
{
    struct claim claim = {session, JET_errSuccess};
    os_mutex_lock(snapshots->lock);
    session->id = ++snapshots->last_id;
    session->next = snapshots->sessions;
    snapshots->sessions = session;
    if (claims_all)
        snapshots->host.each(snapshots->host.context, claim_if_free, &claim);
    os_mutex_unlock(snapshots->lock);
    return claim.err;
}

static enum snapshot_event event_of_kind(const struct snapshot_kind *kind)
{
    if (kind->is_incremental)
        return kind->is_copy ? SNAPSHOT_EVENT_DIFFERENTIAL : SNAPSHOT_EVENT_INCREMENTAL;
    return kind->is_copy ? SNAPSHOT_EVENT_COPY : SNAPSHOT_EVENT_FULL;
}

jet_err snapshots_prepare(struct snapshots *snapshots, uint32_t bits, uint64_t *ret_id)
{
    const uint32_t known =
        SNAPSHOT_BIT_INCREMENTAL | SNAPSHOT_BIT_COPY | SNAPSHOT_BIT_CONTINUE_AFTER_THAW | SNAPSHOT_BIT_EXPLICIT_PREPARE;
    struct snapshot_session *session;
    if ((bits & ~known) != 0)
        return JET_errInvalidGrbit;
    if (!ret_id)
        return JET_errInvalidParameter;
    if (!snapshots->host.is_started(snapshots->host.context))
        return JET_errNotInitialized;
    jet_err err = session_new(snapshots, bits, &session);
    if (err < JET_errSuccess)
        return err;
    err = announce(snapshots, session, !(bits & SNAPSHOT_BIT_EXPLICIT_PREPARE));
    for (size_t i = 0; i < session->count; i++)
        snapshots->host.join(session->members[i], &session->kind);
    if (err < JET_errSuccess) {
        part_all(session);
        session_remove(session);
        return err;
    }
    report(session, event_of_kind(&session->kind), JET_errSuccess);
    *ret_id = session->id;
    session_leave(session, SNAPSHOT_PREPARED);
    return JET_errSuccess;
}

jet_err snapshots_prepare_instance(struct snapshots *snapshots, uint64_t id, struct snapshot_member *member,
                                   uint32_t bits)
{
    struct snapshot_session *session;
    if (bits != 0)
        return JET_errInvalidGrbit;
    jet_err err = session_enter(snapshots, id, SNAPSHOT_CALL_ADD, &session);
    if (err < JET_errSuccess)
        return err;
    os_mutex_lock(snapshots->lock);
    err = member->session || !snapshots->host.is_free(member) ? JET_errOSSnapshotNotAllowed
                                                              : link_member(session, member);
    os_mutex_unlock(snapshots->lock);
    if (err >= JET_errSuccess)
        snapshots->host.join(member, &session->kind);
    session_leave(session, SNAPSHOT_PREPARED);
    return err;
}

void snapshots_leave(struct snapshots *snapshots, struct snapshot_member *member)
{
    os_mutex_lock(snapshots->lock);
    while ((member->session && member->session->is_busy) || snapshots->vacating > 0)
        wait_for_change(snapshots);
    struct snapshot_session *session = member->session;
    const bool is_to_leave = session && !member->is_occupied;
    if (is_to_leave)
        session->is_busy = true;
    os_mutex_unlock(snapshots->lock);
    if (!is_to_leave)
        return;
    snapshots->host.part(member);
    for (size_t i = session->count; i-- > 0;)
        if (session->members[i] == member)
            unlink_member(session, i, false);
    session_leave(session, session->state);
}

/* ---- freeze and thaw ---- */

static void freeze_one(void *context, size_t index)
{
    struct snapshot_session *session = context;
    session->results[index] = session->snapshots->host.freeze(session->members[index]);
}

static void thaw_one(void *context, size_t index)
{
    struct snapshot_session *session = context;
    if (session->results[index] >= JET_errSuccess)
        session->results[index] = session->snapshots->host.thaw(session->members[index]);
}

static jet_err first_error(const struct snapshot_session *session)
{
    for (size_t i = 0; i < session->count; i++)
        if (session->results[i] < JET_errSuccess)
            return session->results[i];
    return JET_errSuccess;
}

/* What was frozen. An error is the instance's own: its log is down, and it will say so. */
static void thaw_members(struct snapshot_session *session)
{
    parallel_run(session->count, thaw_one, session);
}

static jet_err occupy_members(struct snapshot_session *session)
{
    const struct snapshot_host *host = &session->snapshots->host;
    jet_err err = host->is_started(host->context) ? JET_errSuccess : JET_errNotInitialized;
    for (size_t i = 0; i < session->count && err >= JET_errSuccess; i++) {
        err = host->occupy(session->members[i]);
        session->members[i]->is_occupied = err >= JET_errSuccess;
    }
    return err;
}

static jet_err freeze_members(struct snapshot_session *session)
{
    jet_err err = occupy_members(session);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < session->count; i++)
        session->snapshots->host.hold(session->members[i]);
    parallel_run(session->count, freeze_one, session);
    err = first_error(session);
    if (err < JET_errSuccess)
        thaw_members(session);
    return err;
}

/* The watchdog. */
static void wait_for_time_out(void *context)
{
    struct snapshot_session *session = context;
    struct snapshot_session *same;
    if (os_event_wait(session->thawed, session->timeout_ms))
        return;
    /* Whoever thaws or aborts waits for this thread before the session goes. */
    if (session_enter(session->snapshots, session->id, SNAPSHOT_CALL_TIME_OUT, &same) < JET_errSuccess)
        return;
    thaw_members(session);
    part_all(session);
    report(session, SNAPSHOT_EVENT_TIMED_OUT, JET_errOSSnapshotTimeOut);
    session_leave(session, SNAPSHOT_TIMED_OUT);
}

static jet_err freeze_session(struct snapshot_session *session)
{
    const struct snapshot_host *host = &session->snapshots->host;
    session->timeout_ms = host->timeout_ms(host->context);
    jet_err err = freeze_members(session);
    if (err < JET_errSuccess)
        return err;
    err = os_thread_start(wait_for_time_out, session, &session->watchdog);
    if (err < JET_errSuccess)
        thaw_members(session);
    return err;
}

jet_err snapshots_freeze(struct snapshots *snapshots, uint64_t id, uint32_t bits)
{
    struct snapshot_session *session;
    if (bits != 0)
        return JET_errInvalidGrbit;
    jet_err err = session_enter(snapshots, id, SNAPSHOT_CALL_FREEZE, &session);
    if (err < JET_errSuccess)
        return err;
    report(session, SNAPSHOT_EVENT_FREEZE_START, JET_errSuccess);
    err = freeze_session(session);
    if (err < JET_errSuccess) {
        part_all(session);
        report(session, SNAPSHOT_EVENT_FREEZE_FAILED, err);
    }
    session_leave(session, err < JET_errSuccess ? SNAPSHOT_FAILED : SNAPSHOT_FROZEN);
    return err;
}

/* The caller has entered a frozen session, so the watchdog will not: it is sent home. */
static void thaw_session(struct snapshot_session *session)
{
    thaw_members(session);
    os_event_set(session->thawed);
    report(session, SNAPSHOT_EVENT_FREEZE_STOP, JET_errSuccess);
}

jet_err snapshots_thaw(struct snapshots *snapshots, uint64_t id, uint32_t bits)
{
    struct snapshot_session *session;
    if (bits != 0)
        return JET_errInvalidGrbit;
    jet_err err = session_enter(snapshots, id, SNAPSHOT_CALL_THAW, &session);
    if (err < JET_errSuccess)
        return err;
    const bool is_late = session->state == SNAPSHOT_TIMED_OUT;
    if (!is_late)
        thaw_session(session);
    if (session->continues)
        session_leave(session, is_late ? SNAPSHOT_TIMED_OUT : SNAPSHOT_OPEN);
    else
        finish(session, !is_late, is_late ? SNAPSHOT_EVENT_ABORT : SNAPSHOT_EVENT_END);
    return is_late ? JET_errOSSnapshotTimeOut : JET_errSuccess;
}

/* ---- truncation ---- */

static bool has_member(const struct snapshot_session *session, const struct snapshot_member *member)
{
    for (size_t i = 0; i < session->count; i++)
        if (session->members[i] == member)
            return true;
    return false;
}

static jet_err truncate_members(struct snapshot_session *session, const struct snapshot_member *only,
                                bool all_databases)
{
    const struct snapshot_host *host = &session->snapshots->host;
    jet_err first = JET_errSuccess;
    if (session->kind.is_copy)
        return JET_errOSSnapshotInvalidSequence;
    if (only && !has_member(session, only))
        return JET_errInvalidParameter;
    for (size_t i = 0; i < session->count; i++) {
        if (only && session->members[i] != only)
            continue;
        jet_err err = host->truncate(session->members[i], all_databases);
        if (first >= JET_errSuccess)
            first = err;
    }
    return first;
}

jet_err snapshots_truncate(struct snapshots *snapshots, uint64_t id, const struct snapshot_member *only, uint32_t bits)
{
    struct snapshot_session *session;
    if ((bits & ~(uint32_t)SNAPSHOT_BIT_ALL_DATABASES) != 0)
        return JET_errInvalidGrbit;
    jet_err err = session_enter(snapshots, id, SNAPSHOT_CALL_TRUNCATE, &session);
    if (err < JET_errSuccess)
        return err;
    err = truncate_members(session, only, bits & SNAPSHOT_BIT_ALL_DATABASES);
    session_leave(session, err < JET_errSuccess ? session->state : SNAPSHOT_TRUNCATED);
    return err;
}

/* ---- end ---- */

jet_err snapshots_end(struct snapshots *snapshots, uint64_t id, uint32_t bits)
{
    const bool aborts = bits & SNAPSHOT_BIT_ABORT;
    struct snapshot_session *session;
    if ((bits & ~(uint32_t)SNAPSHOT_BIT_ABORT) != 0)
        return JET_errInvalidGrbit;
    jet_err err = session_enter(snapshots, id, aborts ? SNAPSHOT_CALL_ABORT : SNAPSHOT_CALL_END, &session);
    if (err < JET_errSuccess)
        return err;
    if (session->state == SNAPSHOT_FROZEN)
        thaw_session(session);
    const bool was_thawed = session->state == SNAPSHOT_OPEN || session->state == SNAPSHOT_TRUNCATED;
    finish(session, was_thawed && !aborts, aborts ? SNAPSHOT_EVENT_ABORT : SNAPSHOT_EVENT_END);
    return JET_errSuccess;
}

jet_err snapshots_abort(struct snapshots *snapshots, uint64_t id, uint32_t bits)
{
    return bits != 0 ? JET_errInvalidGrbit : snapshots_end(snapshots, id, SNAPSHOT_BIT_ABORT);
}

/* ---- who is in it ---- */

jet_err snapshots_members(struct snapshots *snapshots, uint64_t id,
                          jet_err (*visit)(void *context, struct snapshot_member *member), void *context)
{
    struct snapshot_session *session;
    jet_err err = session_enter(snapshots, id, SNAPSHOT_CALL_INFO, &session);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < session->count && err >= JET_errSuccess; i++)
        err = visit(context, session->members[i]);
    session_leave(session, session->state);
    return err;
}

/* ---- the table ---- */

jet_err snapshots_new(const struct snapshot_host *host, struct snapshots **ret_snapshots)
{
    struct snapshots *snapshots = calloc(1, sizeof *snapshots);
    if (!snapshots)
        return JET_errOutOfMemory;
    snapshots->host = *host;
    jet_err err = os_mutex_new(LOCK_RANK_SNAPSHOTS, &snapshots->lock);
    if (err < JET_errSuccess) {
        free(snapshots);
        return err;
    }
    *ret_snapshots = snapshots;
    return JET_errSuccess;
}

void snapshots_free(struct snapshots *snapshots)
{
    if (!snapshots)
        return;
    assert(!snapshots->sessions);
    os_mutex_free(snapshots->lock);
    free(snapshots);
}
