/* SPDX-License-Identifier: MIT */
/* merge.h - pages that are not needed any more leave their tree. Private to btree/. */
#ifndef COLDSTREAM_BTREE_MERGE_H
#define COLDSTREAM_BTREE_MERGE_H

#include "btree/change_log.h"

/* Pages that left the tree; to be given back when no page is latched. */
struct merge_result {
    unsigned count; /* 0: nothing was done: the leaf is the last one below its grandparent, or has no room elsewhere */
    pgno_t pages[BTREE_LEVELS_MAX];
    struct change_place place;
};

/* Takes the leaf at the end of the path (which is not the root), whatever is on it, out of the tree, and the pages
 * above that had no other child; if it was the only leaf the root becomes an empty one. The structure latch is held
 * exclusively; the leaf is latched exclusively and stays the caller's. */
MUST_CHECK jet_err merge_empty_leaf(struct tree *tree, const struct btree_actor *actor, const struct tree_path *path,
                                    struct frame *leaf, struct merge_result *ret_result);

/* Which leaves are to go. */
enum merge_wish {
    MERGE_NEARLY_EMPTY, /* a quarter full at most: soon there might be nothing on it */
    MERGE_ALL_THAT_FITS,
};

/* Could the nodes of the leaf as well lie on its right sibling, with room left for more? Both are latched. */
bool merge_is_worth(const void *leaf, const void *right, size_t page_size, enum merge_wish wish);

/* Moves the nodes of such a leaf to the right sibling and takes it out of the tree, if both have the same parent.
 * Latches as above. */
MUST_CHECK jet_err merge_right(struct tree *tree, const struct btree_actor *actor, const struct tree_path *path,
                               struct frame *leaf, enum merge_wish wish, struct merge_result *ret_result);

#endif
