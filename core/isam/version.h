/* SPDX-License-Identifier: MIT */
/* version.h - the version store: what nodes were like before changes that somebody may not see, or may still undo.
 *
 *      bucket = hash(database, objid, bookmark)
 *        -> chain of one bookmark -> version (newest) -> version -> version (oldest)
 *                                        |  kind, level, rceid, before image
 *                                        +-> trx: trxBegin0, trxCommit0 (one atomic; "not yet" until the commit)
 *
 * A version is made by the change of a node, while the node's page is latched exclusively, before the page is changed.
 * Whoever reads the page (shared latch) finds page and chain in agreement. To read as a snapshot, start with the node
 * and take back, newest first, each version that the snapshot does not see.
 *
 * Kinds. INSERT: there was no node (or a flag-deleted one). FLAG_DELETE: there was one. REPLACE: it had other data,
 * which is kept. DELTA: a number in it was smaller by `delta`; deltas of several sessions may be open on one node at
 * once. The locks change nothing and end with their transaction.
 *
 * Conflicts. A session may change a node if every version of it by others was committed before its snapshot began. Two
 * deltas, or two read locks, never conflict.
 *
 * Rules.
 *   1. A node without NODE_FLAG_VERSION has no version: do not ask.
 *   2. A chain is changed under its bucket's latch. Versions are made and undone under the page's exclusive latch as well; the
 *      clean-up, which takes away only what nobody can need, has no page.
 *   3. An image is copied out under the bucket's latch, never borrowed.
 *   4. A REPLACE or FLAG_DELETE whose before image is not in the log is listed under its page: version_before_write() and
 *      version_before_move() log it (UndoInfo) before the page is written, or the node leaves the page.
 *   5. A page with a change of a transaction that is committed, but whose Commit0 is not durable, may be written only after
 *      that record: version_before_write() sees to that (page_needs_log()).
 *
 * Clean-up. Committed transactions wait in a queue, in the order of their numbers, until all snapshots are newer. Then
 * INSERT, REPLACE, DELTA are forgotten; FLAG_DELETE removes the node physically, in a transaction of procid 0xFFFC, and
 * merges a page that became empty; actions are `settled`. Inserts that were rolled back left a flag-deleted node: it
 * goes the same way. A thread does this; JetIdle and shut-down do it at once.
 *
 * Memory is limited (config.version_pages_max): a change that has no room waits a moment for the clean-up, then fails
 * with JET_errVersionStoreOutOfMemory.
 */
#ifndef COLDSTREAM_ISAM_VERSION_H
#define COLDSTREAM_ISAM_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"

struct bookmark;
struct database;
struct engine;
struct frame;
struct session;
struct tree;

/* The first five are also the `oper` of UndoInfo and Undo records. */
enum version_kind {
    VERSION_INSERT = 1,
    VERSION_REPLACE = 2,
    VERSION_FLAG_DELETE = 3,
    VERSION_DELTA = 4,   /* a 4-byte number */
    VERSION_DELTA64 = 9, /* an 8-byte number */
    VERSION_WRITE_LOCK = 100,
    VERSION_READ_LOCK,
    VERSION_ACTION, /* transaction_on_end(); belongs to no node */
    VERSION_REMOVE, /* a node that lost its insert; in no chain, waits for the clean-up */
};

/* Hooks for the cache (storage/cache.h) and for btree/; `context` is the engine. JET_errTaskDropped: not now (redo, or
 * the log has no room at once). */
MUST_CHECK jet_err version_before_write(void *context, struct frame *frame);
MUST_CHECK jet_err version_before_move(void *context, struct frame *frame);

/* Cleans up what can be, now, in this thread; no lock or latch may be held. Errors of btree/ and the log. */
MUST_CHECK jet_err version_clean(struct engine *engine);

/* The tree is about to be deleted (or its database detached: `objid` 0 means every tree of it): clean-up will not touch
 * it any more, and is not in it when this returns. Call before tree_delete(). */
void version_forget_tree(struct engine *engine, const struct database *db, objid_t objid);

/* A flag-deleted node was met that no version speaks of: remove it some time. Never fails; may be ignored. */
void version_remove_later(struct engine *engine, struct tree *tree, const struct bookmark *bookmark);

/* Versions that exist, and their bytes. */
struct version_statistics {
    uint64_t count;
    uint64_t bytes;
    uint64_t bytes_max;
    uint64_t nodes_removed; /* by the clean-up, since the start */
};
void version_statistics(const struct engine *engine, struct version_statistics *ret_statistics);

/* --- redo ---------------------------------------------------------------------------------------------------------
 *
 * transaction-log.md 5.4. The page is latched, or was not needed. */

/* One version as a log record names it. */
struct version_redo {
    enum version_kind kind; /* one of the first five */
    uint32_t rceid;
    unsigned level;
    struct database *db;
    pgno_t fdp;
    objid_t objid;
    bool is_unique;     /* the bookmark is the key alone */
    const uint8_t *key; /* bookmark */
    size_t key_size;
    const uint8_t *data; /* data part of the bookmark, non-unique trees; else NULL */
    size_t data_size;
    pgno_t pgno;           /* page that was changed; 0: the page was not redone, its image is not known */
    const uint8_t *before; /* VERSION_REPLACE: image; NULL: not known, UndoInfo must follow */
    size_t before_size;
    int64_t delta; /* VERSION_DELTA, VERSION_DELTA64 */
    uint16_t delta_offset;
};

/* Insert, FlagInsert (both halves of FlagInsertAndReplaceData: two calls), Replace, FlagDelete, Delta of a session with
 * an open transaction, if the record is versioned. JET_errOutOfMemory. */
MUST_CHECK jet_err version_redo_create(struct session *session, const struct version_redo *redo);

/* UndoInfo: gives an image that is missing, or makes the version if there is none. From then on the image is in the
 * log. */
MUST_CHECK jet_err version_redo_undo_info(struct session *session, const struct version_redo *redo);

/* Undo, first half: what the reversal needs: the version named by (db, objid, bookmark, rceid = redo->rceid; rceid 0:
 * the session's newest of that kind on the bookmark). Fills kind, before, delta, delta_offset of `redo`; `before` is
 * borrowed until version_redo_undone(). JET_errLogCorrupted: no such version;
 * JET_errDatabaseBufferDependenciesCorrupted: its image never came (only then an error, if the page needs the
 * reversal). */
MUST_CHECK jet_err version_redo_undo(struct session *session, struct version_redo *redo);

/* Undo, second half: the page has the reversal; drops the version. */
void version_redo_undone(struct session *session, const struct version_redo *redo);

#endif
