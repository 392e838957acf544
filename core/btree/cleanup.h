/* SPDX-License-Identifier: MIT */
/* cleanup.h - leaves that are not full enough leave their tree. Never needed: nothing that is read changes by it.
 *
 * The nodes of a leaf go to its right sibling if there is room on it and both have the same parent; the page is the
 * tree's to use again. What a tree has in whole extents, space_return_extent() gives on (space.h).
 */
#ifndef COLDSTREAM_BTREE_CLEANUP_H
#define COLDSTREAM_BTREE_CLEANUP_H

#include <stdbool.h>

#include "btree/actor.h"
#include "btree/tree.h"

/* After nodes were deleted around the bookmark: its leaf, if it is nearly empty. */
MUST_CHECK jet_err btree_cleanup(struct tree *tree, const struct btree_actor *actor, const struct bookmark *bookmark);

/* How far a walk through the leaves of a tree has come; starts with zeroes. */
struct btree_walk {
    bool has_begun, has_ended;
    struct bookmark bookmark; /* points into `bytes` */
    uint8_t bytes[2 * BTREE_KEY_MAX];
};

/* One leaf of the walk: goes if its nodes fit on the sibling, with a little room left, however many they are.
 * `ret_freed`: it did; then the next leaf is the one that has them now. */
MUST_CHECK jet_err btree_defragment_leaf(struct tree *tree, const struct btree_actor *actor, struct btree_walk *walk,
                                         bool *ret_freed);

#endif
