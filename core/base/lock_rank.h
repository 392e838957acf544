/* SPDX-License-Identifier: MIT */
/* lock_rank.h - the order in which locks are taken.
 *
 * A thread may take a lock only if its rank is lower than that of every lock it holds; debug builds keep the held ranks
 * per thread and abort on a violation (os/os_thread.h). Outermost first. No lock is held across a sink's or a client's
 * code, nor across a wait for anything but its own condition.
 *
 * How it is checked. A thread's locks are a list, innermost first; its links lie in the locks, and the platform keeps
 * the head for each thread. As every lock was checked when it was taken, ranks rise along the list, and comparing with
 * the first is enough, in whatever order locks are given back. The platform says what was wrong, and aborts: it is a
 * bug of ours that may become a deadlock of the user's.
 *
 * Latches (storage/latch.h) have no rank: what orders them is the shape of the tree.
 */
#ifndef COLDSTREAM_BASE_LOCK_RANK_H
#define COLDSTREAM_BASE_LOCK_RANK_H

#include <stdbool.h>
#include <stddef.h>

enum lock_rank {
    LOCK_RANK_HOSTING = 980,       /* what a service has: its freezes, the backups of its instances */
    LOCK_RANK_SNAPSHOTS = 970,     /* sessions of OS snapshots, and which instance is in which */
    LOCK_RANK_PROCESS = 960,       /* the API's instances and parameters */
    LOCK_RANK_BACKUP_STREAM = 900, /* one streaming call of an instance at a time */
    LOCK_RANK_BACKUP_OCCUPY = 800, /* which kind of backup occupies the instance */
    /* the live engine */
    LOCK_RANK_ATTACH = 790,          /* one database is made, attached or detached at a time */
    LOCK_RANK_TEMPORARY = 785,       /* one temporary table is made or dropped at a time */
    LOCK_RANK_VERSION_CLEAN = 780,   /* one pass of the version clean-up at a time */
    LOCK_RANK_DATABASE_WORKER = 775, /* threads that work in a database for nobody in particular, one kind of them */
    LOCK_RANK_DEFRAGMENT_STEP = 770, /* a table that one of them works in, or that is about to be deleted */
    LOCK_RANK_SCHEMA = 760,          /* tables and columns that an attached database knows */
    LOCK_RANK_VERSION_TREE = 700,    /* a tree in which the clean-up works, or that is about to be deleted */
    LOCK_RANK_SPACE_CHILD = 630,     /* free pages of an index or long-value tree */
    LOCK_RANK_SPACE_TABLE = 620,     /* ... of a table, from which those take theirs */
    LOCK_RANK_SPACE_ROOT = 610,      /* ... of the database, from which tables take theirs */
    LOCK_RANK_VERSION_BUCKET = 560,  /* versions of the nodes of one hash bucket */
    LOCK_RANK_VERSION_PAGE = 555,    /* undo information of one page that is not logged yet */
    LOCK_RANK_LOG_CHECKPOINT = 548,  /* one writer of the checkpoint file at a time */
    LOCK_RANK_LOG_WRITE = 545,       /* one writer of the log at a time; held at a roll-over */
    LOCK_RANK_DATABASE_LIST = 540,   /* which databases are attached */
    LOCK_RANK_DOUBLE_WRITE = 537,    /* one writer of the double-write file at a time */
    LOCK_RANK_CACHE = 535,           /* growth of the page cache */
    LOCK_RANK_DATABASE_HEADER = 530, /* header and size of one database file */
    LOCK_RANK_LOG_FILES = 525,       /* log files that are made ready, used again, deleted */
    LOCK_RANK_LOG_BUFFER = 520,      /* where the next log record goes */
    LOCK_RANK_TRANSACTIONS = 510,    /* open transactions and the order of their commits */

    LOCK_RANK_VERIFY_QUEUE = 500, /* work list and results of parallel verification */
    LOCK_RANK_PROGRESS = 200,     /* the progress line */
    LOCK_RANK_HANDLES = 150,      /* free slots of the API's handles */
    LOCK_RANK_LEAF = 100,         /* locks inside os/, under which no other lock is taken */
};

/* A lock as a member of its holder's list. `outer` is touched by the thread that holds the lock, and by no other. */
struct lock_rank_held {
    enum lock_rank rank;
    struct lock_rank_held *outer;
};

/* Ask before taking a lock: waiting for one of the wrong rank might be the deadlock. */
static inline bool lock_rank_may_take(const struct lock_rank_held *innermost, enum lock_rank rank)
{
    return !innermost || rank < innermost->rank;
}

/* The thread has taken `held`. */
static inline void lock_rank_push(struct lock_rank_held **innermost, struct lock_rank_held *held)
{
    held->outer = *innermost;
    *innermost = held;
}

/* The thread is about to give `held` back. False if it does not hold it. */
static inline bool lock_rank_pop(struct lock_rank_held **innermost, const struct lock_rank_held *held)
{
    struct lock_rank_held **link = innermost;
    while (*link && *link != held)
        link = &(*link)->outer;
    if (!*link)
        return false;
    *link = held->outer;
    return true;
}

#endif
