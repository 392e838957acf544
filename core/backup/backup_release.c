/* SPDX-License-Identifier: MIT */
/* backup_release.c - who else wants the instance: a freeze that stops the backup and does not wait for its client, an
 * OS snapshot that occupies it, a termination. */
#include <assert.h>

#include "backup/backup_internal.h"
#include "os/os_clock.h"
#include "os/os_word.h"

/* ---- stop and release ---- */

/* Waits until nobody is inside, and is the only one there then, not yet holding the lock. */
static bool be_alone(struct backup *b, uint64_t deadline_ns)
{
    for (;;) {
        uint32_t seen = 0;
        if (atomic_compare_exchange_strong(&b->inside, &seen, 1))
            return true;
        const uint64_t now = os_clock_monotonic_ns();
        if (now >= deadline_ns)
            return false;
        os_word_wait(&b->inside, seen, (int64_t)((deadline_ns - now) / 1000000) + 1);
    }
}

/* Calls that come behind it are refused (by the stop, or, a begin, by the gate), or are short. A begin that was inside
 * may have cleared the stop: then once more. */
static bool stop_and_be_alone(struct backup *b, uint64_t deadline_ns)
{
    for (;;) {
        backup_stop(b);
        if (!be_alone(b, deadline_ns))
            return false;
        if (os_event_wait(b->stop, 0))
            return true;
        atomic_fetch_sub(&b->inside, 1);
    }
}

jet_err backup_stop_and_release(struct backup *b, int64_t timeout_ms)
{
    const uint64_t deadline_ns = os_clock_monotonic_ns() + (timeout_ms > 0 ? (uint64_t)timeout_ms * 1000000 : 0);
    atomic_fetch_add(&b->gates, 1);
    atomic_fetch_add(&b->releasing, 1);
    const bool is_alone = stop_and_be_alone(b, deadline_ns);
    atomic_fetch_sub(&b->releasing, 1);
    os_word_wake_all(&b->releasing);
    if (!is_alone) {
        backup_open_gate(b);
        return JET_errBackupInProgress;
    }
    os_mutex_lock(b->lock);
    const enum backup_state state = backup_state(b);
    if (state == BACKUP_SURROGATE)
        backup_end_as_server(b, BACKUP_RELEASED_SURROGATE);
    else if (state != BACKUP_IDLE && state != BACKUP_SNAPSHOT)
        backup_end_as_server(b, BACKUP_RELEASED);
    else
        backup_clear_stop(b); /* there was nothing to stop */
    backup_unlock_inside(b);
    return JET_errSuccess;
}

/* The gate first: who begins behind it is refused, and clears no stop. */
void backup_close_gate(struct backup *b)
{
    atomic_fetch_add(&b->gates, 1);
    backup_stop(b);
}

void backup_open_gate(struct backup *b)
{
    const uint32_t before = atomic_fetch_sub(&b->gates, 1);
    assert(before > 0);
    (void)before;
}

/* ---- other occupants ---- */

enum backup_occupant backup_occupant(struct backup *b)
{
    switch (backup_state(b)) {
    case BACKUP_DATABASES:
    case BACKUP_LOGS:
    case BACKUP_INCREMENTAL: return BACKUP_OCCUPANT_STREAMING;
    case BACKUP_SURROGATE: return BACKUP_OCCUPANT_SURROGATE;
    case BACKUP_SNAPSHOT: return BACKUP_OCCUPANT_SNAPSHOT;
    default: return BACKUP_OCCUPANT_NONE;
    }
}

jet_err backup_occupied_error(struct backup *b)
{
    return backup_rules[BACKUP_CALL_BEGIN].answer[backup_state(b)];
}

jet_err backup_occupy_for_snapshot(struct backup *b)
{
    jet_err err =
        atomic_load(&b->allowed) ? backup_enter(b, BACKUP_CALL_BEGIN, JET_errSuccess) : JET_errBackupNotAllowedYet;
    if (err < JET_errSuccess)
        return err;
    backup_clear_stop(b);
    backup_set_state(b, BACKUP_SNAPSHOT, backup_tombstone(b));
    b->reader.source->ops->occupy(b->reader.source, JET_errBackupInProgress);
    backup_leave(b);
    return JET_errSuccess;
}

void backup_vacate_snapshot(struct backup *b)
{
    backup_lock_inside(b);
    assert(backup_state(b) == BACKUP_SNAPSHOT);
    backup_vacate(b, backup_tombstone(b));
    backup_clear_stop(b);
    backup_unlock_inside(b);
}

void backup_wait_for_snapshot(struct backup *b)
{
    uint32_t seen;
    while (((seen = atomic_load(&b->state)) & OCCUPANT_MASK) == BACKUP_SNAPSHOT)
        os_word_wait(&b->state, seen, OS_WAIT_FOREVER);
}

void backup_allow(struct backup *b, bool allowed)
{
    atomic_store(&b->allowed, allowed);
}
