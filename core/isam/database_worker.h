/* SPDX-License-Identifier: MIT */
/* database_worker.h - a thread that works in one database beside everybody else, until its work is done or somebody
 * stops it.
 *
 *      NONE --take, launch--> WORKING --work() comes back--> TELLING --tell() comes back--> NONE
 *                             (stopped meanwhile, or nobody to tell: NONE at once)
 *
 * WORKING it is in the database, and whoever takes that away waits for it; TELLING it is in the code of a listener, for
 * as long as that likes: nobody who holds a lock waits for it.
 *
 * A worker lies in an array of its kind, one for each database; it begins as {0}, database_workers_join() is its end.
 *
 * Locks. LOCK_RANK_DATABASE_WORKER, one for all workers of a kind: who starts and who stops.
 */
#ifndef COLDSTREAM_ISAM_DATABASE_WORKER_H
#define COLDSTREAM_ISAM_DATABASE_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "os/os_thread.h"

struct engine;

struct database_worker {
    /* ---- of the run: set between take and launch, and then constant ---- */
    struct engine *engine;
    unsigned dbid;
    uint32_t seconds_max; /* 0: no limit */
    void (*work)(struct database_worker *worker);
    void (*tell)(struct database_worker *worker); /* NULL: nobody listens */

    /* ---- private ---- */
    struct os_mutex *lock;
    struct os_thread *thread; /* to be joined; NULL: none */
    _Atomic uint32_t state;   /* each run has its own, so that who waits for the end of one is not kept by the next */
    _Atomic uint32_t is_stopping;
    uint64_t begun_ns;
};

/* True: nothing runs, `lock` is held, and the caller says what the run is and launches it. False: one runs. */
bool database_worker_take(struct database_worker *worker, struct os_mutex *lock);

/* Gives the lock back. JET_errOutOfThreads, JET_errOutOfMemory. */
MUST_CHECK jet_err database_worker_launch(struct database_worker *worker);

/* Waits for the end of the work, and of `tell` if that is wanted and it is not `tell` who calls. False: nothing worked,
 * or it had ended by itself. `*ret_ms`: how long it has. */
bool database_worker_stop(struct database_worker *worker, struct os_mutex *lock, bool waits_for_listener,
                          int64_t *ret_ms);

/* Stops it, and the thread is gone. The caller holds no lock. */
void database_worker_join(struct database_worker *worker, struct os_mutex *lock);

/* ---- for work() ---- */

/* It is not stopped, and its time is not over. */
bool database_worker_goes_on(const struct database_worker *worker);

/* So long at most, and not longer than it goes on. */
void database_worker_pause(struct database_worker *worker, int64_t ms);

#endif
