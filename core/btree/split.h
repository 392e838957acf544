/* SPDX-License-Identifier: MIT */
/* split.h - making room: one page of a tree becomes two. Private to btree/.
 *
 * All of it happens with the structure latch held exclusively. A split is one macro: the separator into the parent, the
 * split, and, for a leaf, the change that needed the room. What stands in the way (a parent without room, a root that
 * is full) is split first, in a macro of its own and without any other change: the caller looks again, as often as it
 * takes.
 */
#ifndef COLDSTREAM_BTREE_SPLIT_H
#define COLDSTREAM_BTREE_SPLIT_H

#include "btree/apply.h"
#include "btree/node_change.h"

/* ---- split_plan.c ---- */

/* What will happen to a page; filled in by the plan but for page numbers, database times and the image. */
struct split_plan {
    struct logrec_split split;
    struct apply_pending pending;
    uint8_t *buffer; /* separator and prefixes; freed by split_plan_done() */
};

/* A plan for the page. `change` NULL: only room is to be made. JET_errRecordTooBig: the page cannot be split so that
 * the change fits; JET_errOutOfMemory. */
MUST_CHECK jet_err split_plan_right(const struct tree *tree, const void *page, const struct node_change *change,
                                    struct split_plan *ret_plan);
MUST_CHECK jet_err split_plan_vertical(const struct tree *tree, const void *page, struct split_plan *ret_plan);
void split_plan_done(struct split_plan *plan);

/* ---- split.c ---- */

struct split_result {
    bool is_changed; /* the change was made as well */
    struct frame
        *frames[2];     /* split page and new page, latched exclusively; the caller puts them back. NULL: put already */
    struct frame *leaf; /* the one of them where the changed node is */
    unsigned tag;       /* of the node */
    struct change_place place;
};

/* Splits the leaf at the end of `path`, whose frame `change->leaf` is latched exclusively and is given back here on any
 * return (or handed on in the result), or what stands in the way, into the page `pgno_new`, which is used up on
 * success. */
MUST_CHECK jet_err split_leaf(const struct node_change *change, const struct tree_path *path, pgno_t pgno_new,
                              struct split_result *ret_result);

#endif
