/* SPDX-License-Identifier: MIT */
/* position.h - being on a node of a tree: searching, moving, looking.
 *
 * A position that was returned with success is on a node, and holds the latch of the leaf and, unless btree_resume()
 * made it, the tree's structure latch, both shared, until btree_release() or an error of a move. Hold it for a short
 * time: not across the end of an API call, nor while the same thread changes this tree. Flag-deleted nodes are nodes.
 *
 * Errors beside those of damaged pages: JET_errNoCurrentRecord (there is no such node).
 */
#ifndef COLDSTREAM_BTREE_POSITION_H
#define COLDSTREAM_BTREE_POSITION_H

#include "btree/tree.h"

/* Need not be initialised. Members are private. */
struct btree_position {
    struct tree *tree;
    struct frame *frame;
    unsigned tag;
    bool has_structure;     /* holds the tree's structure latch */
    uint32_t leaves_passed; /* moves across leaves in one direction: scans read ahead */
    uint8_t key[BTREE_KEY_MAX];
};

enum btree_seek {
    BTREE_EXACT_OR_NEXT, /* the first node >= bookmark */
    BTREE_LAST_LESS,     /* the last node < bookmark */
    BTREE_NEXT_KEY,      /* the first node whose key is > bookmark's; data does not count */
    BTREE_LAST_OF_KEY,   /* the last node whose key is <= bookmark's; data does not count */
    BTREE_FIRST,         /* of the tree; `bookmark` NULL */
    BTREE_LAST,
};

/* `ret_exact` (may be NULL): EXACT_OR_NEXT: the node has this bookmark (in non-unique trees key and data; with `data`
 * NULL, the key); LAST_OF_KEY: it has this key; else false. */
MUST_CHECK jet_err btree_seek(struct tree *tree, enum btree_seek seek, const struct bookmark *bookmark,
                              struct btree_position *ret_position, bool *ret_exact);

/* Where a node was: as long as its page was not changed it is there still. Lasts as long as the page cache, and is good
 * only for the tree it was had from. */
struct btree_hint {
    struct frame *frame; /* that held the page, as its `incarnation` then */
    uint32_t incarnation;
    unsigned tag;
    dbtime_t dbtime;
    pgno_t pgno;
};

void btree_hint_get(const struct btree_position *position, struct btree_hint *ret_hint);

/* Back to the node of a hint. JET_errRecordNotFound: the page was changed since; seek by bookmark. (Unlogged marks of
 * versions do not count as a change.) `ret_is_same`: it never left memory, so what was borrowed from it then is good
 * now. */
MUST_CHECK jet_err btree_resume(struct tree *tree, const struct btree_hint *hint, struct btree_position *ret_position,
                                bool *ret_is_same);

/* To the neighbour. On any error the position is released. JET_errTaskDropped, after btree_resume() only: the neighbour
 * is on another leaf, and the tree's shape is being changed: seek by bookmark. */
MUST_CHECK jet_err btree_next(struct btree_position *position);
MUST_CHECK jet_err btree_previous(struct btree_position *position);

/* The node at the position. */
MUST_CHECK jet_err btree_node(struct btree_position *position, struct btree_node_view *ret_node);

/* The same, if the node is the one with this bookmark: the view borrows the key from there. */
void btree_node_named(const struct btree_position *position, const struct bookmark *bookmark,
                      struct btree_node_view *ret_node);

void btree_release(struct btree_position *position);

/* To a node so far into the tree, roughly: `before` of `total` nodes come before it, if the pages of a level have as
 * many nodes each. */
MUST_CHECK jet_err btree_seek_fraction(struct tree *tree, uint64_t before, uint64_t total,
                                       struct btree_position *ret_position);

/* Rough number of nodes of the tree below the node at the position, and in all; counts what the pages on the path say
 * (JetGetRecordPosition). */
MUST_CHECK jet_err btree_estimate(struct tree *tree, const struct bookmark *bookmark, uint64_t *ret_before,
                                  uint64_t *ret_total);

#endif
