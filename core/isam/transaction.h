/* SPDX-License-Identifier: MIT */
/* transaction.h - transactions: snapshots, levels, commit and rollback.
 *
 * Numbers. One counter for the instance, `newest`, steps by 4. A transaction's trxBegin0 is a new number (a read-only
 * one takes newest + 2, without a step), its trxCommit0 is a new number too, given in the very step in which the
 * Commit0 record gets its place in the log: numbers of commits grow along the log. A snapshot with trxBegin0 = b sees
 * exactly the transactions with trxCommit0 < b, compared modulo 2^32, and its own changes. Because number and
 * "committed" are one atomic store, taken under the same lock as a new trxBegin0, nobody ever sees half a transaction.
 *
 * Log (transaction-log.md 4.3). Nothing is logged at begin. transaction_log_begin(), called before each logged change,
 * logs Begin0 for all levels open so far, or Begin for levels opened since. Levels that were never logged are ended
 * without a record.
 *
 * Levels. A session nests up to SESSION_LEVELS_MAX. Committing an inner level hands its changes to the level outside;
 * only the commit of level 1 makes them visible and durable. Rolling back a level undoes its changes, newest first,
 * each with an Undo record; it cannot be refused: if a change cannot be undone (disk, memory), the engine fails
 * (engine_fail) and recovery will do it.
 *
 * Actions. transaction_on_end() hangs a callback pair between the changes of a transaction, at its place in their
 * order: for creating and deleting trees, and for caches that must follow.
 *
 * Locks: LOCK_RANK_TRANSACTIONS guards counter and list; held for some instructions only.
 */
#ifndef COLDSTREAM_ISAM_TRANSACTION_H
#define COLDSTREAM_ISAM_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "isam/session.h"

struct btree_actor;
struct database;

/* Is number `a` older than `b`? Numbers wrap around. */
static inline bool trx_is_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/* Flags of transaction_commit(); the numbers are those of the JET flags. */
enum transaction_commit_flag {
    TRANSACTION_COMMIT_LAZY = 0x1,     /* do not wait for the disk */
    TRANSACTION_WAIT_LAST = 0x2,       /* no commit: wait for this session's last Commit0 */
    TRANSACTION_WAIT_ALL = 0x8,        /* no commit: wait for all that was logged */
    TRANSACTION_FORCE_NEW_LOG = 0x10,  /* no commit: begin a new generation, and wait */
    TRANSACTION_COMMIT_CONTEXT = 0x20, /* accepted; this engine has no commit contexts to log */
};

/* Opens a level. JET_errTransTooDeep; at level 0 also engine_state()'s, JET_errLogWriteFail (the log is down),
 * JET_errLogDiskFull (reserve logs are in use; not for read-only ones). Inside a read-only transaction all levels are
 * read-only; asking for a read-only level inside a writable transaction makes that level, and those inside it,
 * read-only. */
MUST_CHECK jet_err transaction_begin(struct session *session, bool is_read_only);

/* Ends the innermost level and keeps its changes. At level 1: returns when they are durable, unless lazy. `ret_lgpos`
 * (may be NULL): the position of the last byte of the Commit0 record, which is the commit id; 0 if nothing was logged.
 * JET_errNotInTransaction; JET_errInvalidGrbit (0x2, 0x8, 0x10 stand alone). JET_errLogWriteFail and others of the log:
 * if the level is unchanged the commit did not happen and the transaction can only be rolled back; if the level is 0 it
 * is not known whether it is durable. The three waits need no transaction. */
MUST_CHECK jet_err transaction_commit(struct session *session, unsigned flags, uint64_t *ret_lgpos);

/* Undoes the innermost level, or all. JET_errNotInTransaction. */
MUST_CHECK jet_err transaction_rollback(struct session *session, bool all);

/* What must not be half done runs one level deeper, also where a user may open none any more; the end is as its result
 * `err` says. JET_errTransTooDeep (only by mistake), at level 0 those of transaction_begin(). The end: `err` itself if
 * it is an error, else transaction_commit()'s. */
MUST_CHECK jet_err transaction_begin_nested(struct session *session);
MUST_CHECK jet_err transaction_end_nested(struct session *session, jet_err err);

/* JET_errSuccess if the session may change something now: JET_errNotInTransaction, JET_errTransReadOnly. */
MUST_CHECK jet_err transaction_may_write(const struct session *session);

/* The same for a change of that database: the temporary one, which nobody else sees, may be changed in read-only
 * transactions, too. */
MUST_CHECK jet_err transaction_may_change(const struct session *session, const struct database *db);

/* Is the level a read-only one? */
static inline bool transaction_is_read_only(const struct session *session)
{
    return session->level_read_only != 0;
}

/* Before a logged change: makes sure that the log knows all open levels. Called by transaction_actor(). */
MUST_CHECK jet_err transaction_log_begin(struct session *session);

/* May the session change something that is logged, or are there too many logs since the checkpoint
 * (JET_paramCheckpointTooDeep)? JET_errCheckpointDepthTooDeep; JET_errTransactionTooLong: its own transaction goes back
 * half as far. Commit, rollback and the engine's own work are not asked. */
MUST_CHECK jet_err transaction_check_depth(const struct session *session);

/* For a change of `db` by this session: fills the actor of btree/, after transaction_log_begin() if the database is
 * logged. JET_errNotInTransaction, errors of the log. */
MUST_CHECK jet_err transaction_actor(struct session *session, const struct database *db, struct btree_actor *ret_actor);

/* What happens to an action. Each may be NULL. They run in the session's thread without any lock or latch, except
 * `settled`, which the clean-up calls in its own thread and with its own session (procid 0xFFFC, at level 0). `session`
 * may be used for logged changes of the physical kind (space, trees); in `rollback` and `settled` nothing may be
 * versioned. */
struct transaction_action {
    /* The transaction was committed to level 0. */
    void (*committed)(struct session *session, void *context);
    /* After the commit, when no snapshot from before it is left: the place to delete a tree. An error ends the engine
     * (engine_fail). */
    jet_err (*settled)(struct session *session, void *context);
    /* The level is rolled back; all newer changes of the transaction were undone, none of the older ones. An error ends
     * the engine. */
    jet_err (*rollback)(struct session *session, void *context);
    /* Last call in any case, also when the engine rests or fails: frees `context`. */
    void (*dispose)(void *context);
};

/* Adds an action at this point of the session's transaction. `action` must live as long as the engine. On failure
 * nothing is called, and `context` stays the caller's. JET_errNotInTransaction, JET_errOutOfMemory. */
MUST_CHECK jet_err transaction_on_end(struct session *session, const struct transaction_action *action, void *context);

/* For the checkpoint: the lowest start of a Begin0 record of all transactions that are open, or whose Commit0 record
 * ends behind `durable`, to which the log is on stable storage; UINT64_MAX: none. Read that before asking: a Begin0
 * below it is then never missed. */
uint64_t transaction_oldest_lgpos(const struct engine *engine, uint64_t durable);

/* Number of versions and their bytes, for tests and JetGetThreadStats-like questions; oldest open trxBegin0, or the
 * number the next transaction would get. */
uint32_t transaction_oldest(const struct engine *engine);

/* --- redo ---------------------------------------------------------------------------------------------------------
 *
 * Recovery calls these in ENGINE_REDO, from one thread, record by record; `session` comes from session_redo(). Records of a
 * session that is at level 0 ("no Begin0 seen") are not given here at all. */

/* Begin0 (level_from 0) and Begin. JET_errLogCorrupted: the levels do not fit. */
MUST_CHECK jet_err transaction_redo_begin0(struct session *session, unsigned levels, uint32_t trx_begin0,
                                           uint64_t lgpos);
MUST_CHECK jet_err transaction_redo_begin(struct session *session, unsigned level_from, unsigned levels);

/* Commit0, Commit (to level `level_to`, 1 and up), Rollback of `levels` levels (its versions must be gone by Undo
 * records; what is left is dropped), Refresh. */
MUST_CHECK jet_err transaction_redo_commit0(struct session *session, uint32_t trx_commit0);
MUST_CHECK jet_err transaction_redo_commit(struct session *session, unsigned level_to);
MUST_CHECK jet_err transaction_redo_rollback(struct session *session, unsigned levels);
void transaction_redo_refresh(struct session *session, uint32_t trx_begin0);

/* Numbers met in records that are not replayed: later transactions get higher ones. */
void transaction_redo_number(struct engine *engine, uint32_t number);

/* Init2, Term2 and the quits: all sessions of redo vanish, with their versions, without undoing anything. */
void transaction_redo_forget(struct engine *engine);

/* In ENGINE_UNDO: rolls back every open transaction of redo, with Undo and Rollback records; then all sessions of redo
 * are gone. `ret_count` (may be NULL): how many there were. The first error, after which the rest is left alone. */
MUST_CHECK jet_err transaction_redo_undo_all(struct engine *engine, unsigned *ret_count);

#endif
