/* SPDX-License-Identifier: MIT */
#include "isam/database_worker.h"

#include "os/os_clock.h"
#include "os/os_word.h"

enum phase {
    PHASE_NONE, /* no thread, or one that only has to be joined */
    PHASE_WORKING,
    PHASE_TELLING,
};

static enum phase phase_of(uint32_t state)
{
    return (enum phase)(state % 4);
}

static uint32_t state_of(uint32_t run, enum phase phase)
{
    return run * 4 + (uint32_t)phase;
}

static int64_t milliseconds_since(uint64_t begun_ns)
{
    return (int64_t)((os_clock_monotonic_ns() - begun_ns) / 1000000u);
}

/* 0: its time is over. */
static int64_t milliseconds_left(const struct database_worker *worker)
{
    if (worker->seconds_max == 0)
        return INT64_MAX;
    const int64_t left = (int64_t)worker->seconds_max * 1000 - milliseconds_since(worker->begun_ns);
    return left > 0 ? left : 0;
}

bool database_worker_goes_on(const struct database_worker *worker)
{
    return !atomic_load(&worker->is_stopping) && milliseconds_left(worker) > 0;
}

void database_worker_pause(struct database_worker *worker, int64_t ms)
{
    const int64_t left = milliseconds_left(worker); /* looked at once: time goes on */

    if (left > 0 && ms > 0)
        os_word_wait(&worker->is_stopping, 0, left < ms ? left : ms);
}

/* Wakes those who wait for the end of the work; true: the listener is to be told. */
static bool work_end(struct database_worker *worker)
{
    const uint32_t run = atomic_load(&worker->state) / 4;

    os_mutex_lock(worker->lock);
    const bool tells = worker->tell && !atomic_load(&worker->is_stopping);
    atomic_store(&worker->state, state_of(run, tells ? PHASE_TELLING : PHASE_NONE));
    os_mutex_unlock(worker->lock);
    os_word_wake_all(&worker->state);
    return tells;
}

/* Whose listener this thread is in. */
static _Thread_local const struct database_worker *telling;

static void listener_tell(struct database_worker *worker)
{
    telling = worker;
    worker->tell(worker);
    telling = NULL;
    atomic_store(&worker->state, state_of(atomic_load(&worker->state) / 4, PHASE_NONE));
    os_word_wake_all(&worker->state);
}

static void run(void *context)
{
    struct database_worker *worker = context;

    worker->work(worker);
    if (work_end(worker))
        listener_tell(worker);
}

bool database_worker_take(struct database_worker *worker, struct os_mutex *lock)
{
    os_mutex_lock(lock);
    if (phase_of(atomic_load(&worker->state)) != PHASE_NONE) {
        os_mutex_unlock(lock);
        return false;
    }
    os_thread_join(worker->thread); /* which is at its end, and needs no lock */
    worker->thread = NULL;
    worker->lock = lock;
    return true;
}

jet_err database_worker_launch(struct database_worker *worker)
{
    const uint32_t state = atomic_load(&worker->state);

    worker->begun_ns = os_clock_monotonic_ns();
    atomic_store(&worker->is_stopping, 0);
    atomic_store(&worker->state, state_of(state / 4 + 1, PHASE_WORKING));
    jet_err err = os_thread_start(run, worker, &worker->thread);
    if (err < JET_errSuccess)
        atomic_store(&worker->state, state);
    os_mutex_unlock(worker->lock);
    return err;
}

static bool is_awaited(uint32_t now, uint32_t seen, bool waits_for_listener)
{
    return now / 4 == seen / 4 &&
           (phase_of(now) == PHASE_WORKING || (phase_of(now) == PHASE_TELLING && waits_for_listener));
}

/* No lock is held while it ends: what it has still to do may be long, and in the listener's code others may be
 * stopped. */
bool database_worker_stop(struct database_worker *worker, struct os_mutex *lock, bool waits_for_listener,
                          int64_t *ret_ms)
{
    const bool waits = waits_for_listener && telling != worker;
    uint32_t now;

    os_mutex_lock(lock);
    const uint32_t state = atomic_load(&worker->state);
    const bool stops = phase_of(state) == PHASE_WORKING && atomic_exchange(&worker->is_stopping, 1) == 0;
    const uint64_t begun_ns = worker->begun_ns;
    os_mutex_unlock(lock);
    os_word_wake_all(&worker->is_stopping);
    while (is_awaited(now = atomic_load(&worker->state), state, waits))
        os_word_wait(&worker->state, now, OS_WAIT_FOREVER);
    *ret_ms = stops ? milliseconds_since(begun_ns) : 0;
    return stops;
}

void database_worker_join(struct database_worker *worker, struct os_mutex *lock)
{
    int64_t ignored;

    (void)database_worker_stop(worker, lock, false, &ignored); /* there may be nothing to stop */
    os_mutex_lock(lock);
    struct os_thread *thread = worker->thread;
    worker->thread = NULL;
    os_mutex_unlock(lock);
    os_thread_join(thread);
}
