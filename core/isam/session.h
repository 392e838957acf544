/* SPDX-License-Identifier: MIT */
/* session.h - a session: who works with the engine, and the state of his transaction.
 *
 * A session is used by one thread at a time; the caller sees to it (the API gives JET_errSessionSharingViolation). The
 * fields are written by session.c and transaction.c only; those with an atomic type are also read by other threads.
 *
 * A session's number, `procid`, ties together the records of its transactions in the log. Numbers are given out anew,
 * the lowest free one first, as the log allows (transaction-log.md 10.1, 13).
 */
#ifndef COLDSTREAM_ISAM_SESSION_H
#define COLDSTREAM_ISAM_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct engine;
struct trx;

enum {
    SESSION_PROCID_NONE = 0xFFFF,
    SESSION_PROCID_CLEANER = 0xFFFC, /* physical deletes */
    SESSION_LEVELS_MAX = 7,          /* nested transactions of users */
};

struct session {
    struct engine *engine;
    uint16_t procid;
    unsigned level;                /* 0: no transaction */
    unsigned level_logged;         /* levels that were begun in the log; 0 to level */
    unsigned level_read_only;      /* level at which a read-only transaction was begun; 0: none */
    uint32_t trx_begin0;           /* snapshot; meaningful at level 1 and up */
    struct trx *trx;               /* owner of the versions made at this transaction; NULL: none yet */
    _Atomic uint64_t lgpos_begin0; /* start of the Begin0 record; 0: none logged. Read by the checkpoint */
    uint64_t changes;              /* of nodes that it has made, whatever became of them: only ever more */
    uint64_t lgpos_commit0;        /* end of the last Commit0, 0: none: what JET_bitWaitLastLevel0Commit waits for */
    bool is_system;                /* of the engine itself: may nest deeper than users may */
    bool is_in_redo;               /* made by session_redo() */
    bool is_open;                  /* in transactions' list (begun) */
    struct session *older;         /* list of open transactions by trx_begin0; guarded by transactions' lock */
    struct session *newer;
};

/* A new session at level 0. JET_errOutOfSessions, JET_errOutOfMemory; engine_state()'s. The caller ends it. */
MUST_CHECK jet_err session_begin(struct engine *engine, struct session **ret_session);

/* A session that does not count and may nest deeper: for work of the engine itself (recovery's databases, clean-up).
 * SESSION_PROCID_CLEANER, or SESSION_PROCID_NONE for a number of its own. */
MUST_CHECK jet_err session_begin_system(struct engine *engine, uint16_t procid, struct session **ret_session);

/* Rolls back whatever is open, and frees; takes NULL. */
void session_end(struct session *session);

/* The session that redo knows under this number; made if there is none, at level 0. JET_errOutOfMemory. Sessions made
 * by redo go when transaction_redo_undo_all() or transaction_redo_forget() is called. */
MUST_CHECK jet_err session_redo(struct engine *engine, uint16_t procid, struct session **ret_session);

/* The same, without making it: NULL if redo did not meet it. */
struct session *session_redo_find(const struct engine *engine, uint16_t procid);

/* Number of sessions of users. */
unsigned session_count(const struct engine *engine);

#endif
