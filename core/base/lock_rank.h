/* SPDX-License-Identifier: MIT */
/* lock_rank.h - the order in which locks are taken.
 *
 * A thread may take a lock only if its rank is lower than that of every lock it holds; debug builds keep the held ranks
 * per thread and abort on a violation (os/os_thread.h). Outermost first. No lock is held across a sink's or a client's
 * code, nor across a wait for anything but its own condition.
 */
#ifndef COLDSTREAM_BASE_LOCK_RANK_H
#define COLDSTREAM_BASE_LOCK_RANK_H

enum lock_rank {
    LOCK_RANK_BACKUP_STREAM = 900, /* one streaming call of an instance at a time */
    LOCK_RANK_BACKUP_OCCUPY = 800, /* which kind of backup occupies the instance */
    LOCK_RANK_VERIFY_QUEUE = 500,  /* work list and results of parallel verification */
    LOCK_RANK_PROGRESS = 200,      /* the progress line */
    LOCK_RANK_LEAF = 100,          /* locks inside os/, under which no other lock is taken */
};

#endif
