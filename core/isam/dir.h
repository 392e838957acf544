/* SPDX-License-Identifier: MIT */
/* dir.h - the nodes of a tree as a session sees them: reading through its snapshot, changing with versions.
 *
 * Below lies btree/, which knows nodes and pages but no transactions; here its nodes are combined with the version
 * store.
 *
 * A cursor stands
 *
 *      DIR_BEFORE_FIRST, DIR_AFTER_LAST    at an end of the tree
 *      DIR_ON                              on the node with its bookmark, even if that node is deleted meanwhile
 *      DIR_BETWEEN                         where a node with its bookmark would be (after a seek that did not find it)
 *
 * and remembers the bookmark, and as a hint the page. As long as that page is not changed, what the cursor has seen
 * there is what its transaction would see again. Moving always starts at the bookmark: the next visible node behind it,
 * whether the node itself still exists or not.
 *
 * Latches. dir_seek(), dir_move(), dir_goto() and dir_get() leave the leaf latched (shared) when they return success,
 * so that a dir_get() after a move costs nothing and the node's bytes can be borrowed. dir_release() ends that, keeps
 * place and bookmark, and must come before the API call returns, before any change, and before another cursor is used.
 * On errors nothing is latched.
 *
 * Snapshots. In a transaction a session sees what was committed before it began, and its own changes. Without one it
 * sees, in each call, what is committed at that moment. Changes need a transaction.
 *
 * Changes take a bookmark, not a cursor. Cursors are not moved by them. Errors:
 *      JET_errNotInTransaction, JET_errTransReadOnly
 *      JET_errWriteConflict            somebody else changed the node, and that is open or newer than the snapshot
 *      JET_errKeyDuplicate             insert: a node with this bookmark is visible
 *      JET_errRecordDeleted            change: there is no such node for this session
 *      JET_errVersionStoreOutOfMemory, JET_errOutOfMemory
 *      errors of btree/, storage and log
 * After an error nothing has changed.
 */
#ifndef COLDSTREAM_ISAM_DIR_H
#define COLDSTREAM_ISAM_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"

struct bookmark; /* btree/: key, and in non-unique trees data */
struct dir_cursor;
struct session;
struct tree;

enum dir_place {
    DIR_BEFORE_FIRST,
    DIR_ON,
    DIR_BETWEEN,
    DIR_AFTER_LAST,
};

/* A node. Everything is borrowed from the cursor until dir_release() or its next call. */
struct dir_view {
    const uint8_t *key;
    size_t key_size;
    const uint8_t *data; /* as the session sees it */
    size_t data_size;
    pgno_t pgno; /* page it lies on */
    uint64_t
        number; /* of the view: two with the same number, of the same cursor, are the same bytes in the same place. Never 0 */
};

/* A cursor before the first node. The tree must outlive it. JET_errOutOfMemory. */
MUST_CHECK jet_err dir_open(struct session *session, struct tree *tree, struct dir_cursor **ret_cursor);

/* Releases and frees; takes NULL. */
void dir_close(struct dir_cursor *cursor);

/* A new cursor of `session` at the same place of the same tree. */
MUST_CHECK jet_err dir_copy(const struct dir_cursor *from, struct session *session, struct dir_cursor **ret_cursor);

enum dir_place dir_place(const struct dir_cursor *cursor);
struct tree *dir_tree(const struct dir_cursor *cursor);

/* The bookmark of a cursor that is DIR_ON or DIR_BETWEEN; borrowed until the cursor is moved. */
const struct bookmark *dir_bookmark(const struct dir_cursor *cursor);

/* Gives the latch back; place and bookmark stay. Does nothing if nothing is latched. */
void dir_release(struct dir_cursor *cursor);

enum dir_seek {
    DIR_SEEK_EQUAL,
    DIR_SEEK_LESS,
    DIR_SEEK_LESS_OR_EQUAL,
    DIR_SEEK_GREATER_OR_EQUAL,
    DIR_SEEK_GREATER,
};

/* To the nearest visible node in that relation to `key`. In a non-unique tree `key->data` NULL stands for all nodes
 * with the key: EQUAL and GREATER_OR_EQUAL find the first of them, LESS_OR_EQUAL the last. `ret_exact`: the node has
 * exactly that key (and that data, if given). JET_errRecordNotFound: there is none; the cursor then is DIR_BETWEEN, at
 * `key`. */
MUST_CHECK jet_err dir_seek(struct dir_cursor *cursor, enum dir_seek seek, const struct bookmark *key, bool *ret_exact);

enum dir_move {
    DIR_FIRST,
    DIR_LAST,
    DIR_NEXT,
    DIR_PREVIOUS,
};

/* To the next visible node in that direction. JET_errNoCurrentRecord: there is none; the cursor is DIR_AFTER_LAST
 * (LAST, PREVIOUS: DIR_BEFORE_FIRST). FIRST of an empty tree leaves it before the first. */
MUST_CHECK jet_err dir_move(struct dir_cursor *cursor, enum dir_move move);

/* To a visible node so far into the tree, roughly: `before` of `total` nodes come before it. The last one if there is
 * none from there on. JET_errNoCurrentRecord: the tree is empty. */
MUST_CHECK jet_err dir_move_fraction(struct dir_cursor *cursor, uint64_t before, uint64_t total);

void dir_move_before_first(struct dir_cursor *cursor);
void dir_move_after_last(struct dir_cursor *cursor);

/* The cursor is on a node, and from now on DIR_BETWEEN, there: on none, but moves begin at it. */
void dir_move_off(struct dir_cursor *cursor);

/* Onto the node with this bookmark. JET_errRecordDeleted: the session sees no such node; the cursor stands there all
 * the same, and nothing is latched. */
MUST_CHECK jet_err dir_goto(struct dir_cursor *cursor, const struct bookmark *bookmark);

/* Says that the cursor is on the node with this bookmark, without looking: the next dir_get() will find out.
 * JET_errOutOfMemory. */
MUST_CHECK jet_err dir_assume(struct dir_cursor *cursor, const struct bookmark *bookmark);

/* The node the cursor is on. JET_errNoCurrentRecord: it is on none; JET_errRecordDeleted: the session sees it no
 * more. */
MUST_CHECK jet_err dir_get(struct dir_cursor *cursor, struct dir_view *ret_view);

/* Is the node with this bookmark being changed by somebody else, who has not committed? Nothing is locked. */
MUST_CHECK bool dir_is_being_changed(const struct session *session, struct tree *tree, const struct bookmark *bookmark);

enum dir_change_flag {
    DIR_UNVERSIONED = 0x1, /* not undone by a rollback, visible at once: for trees that nobody else can know */
};

/* A new node: key, and data (in non-unique trees data is part of the bookmark). */
MUST_CHECK jet_err dir_insert(struct session *session, struct tree *tree, const struct bookmark *node, unsigned flags);

/* Other data for a node. In non-unique trees this cannot be: delete and insert. */
MUST_CHECK jet_err dir_replace(struct session *session, struct tree *tree, const struct bookmark *bookmark,
                               const void *data, size_t size, unsigned flags);

MUST_CHECK jet_err dir_delete(struct session *session, struct tree *tree, const struct bookmark *bookmark,
                              unsigned flags);

/* Adds `delta` to the little-endian number of `width` (4 or 8) bytes at `offset` of the data; never conflicts with
 * deltas of others. `ret_before` (may be NULL): the number on the page before, open deltas of others included.
 * JET_errInvalidParameter: the data is too short. */
MUST_CHECK jet_err dir_delta(struct session *session, struct tree *tree, const struct bookmark *bookmark,
                             unsigned offset, unsigned width, int64_t delta, int64_t *ret_before);

enum dir_lock {
    DIR_LOCK_READ,  /* nobody else may change the node */
    DIR_LOCK_WRITE, /* nobody else may change or lock it */
};

/* Locks a node until the transaction's level 1 ends. */
MUST_CHECK jet_err dir_lock(struct session *session, struct tree *tree, const struct bookmark *bookmark,
                            enum dir_lock lock);

#endif
