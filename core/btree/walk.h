/* SPDX-License-Identifier: MIT */
/* walk.h - from leaf to leaf of a tree, with nothing held in between. Private to btree/; see struct btree_walk. */
#ifndef COLDSTREAM_BTREE_WALK_H
#define COLDSTREAM_BTREE_WALK_H

#include "btree/cleanup.h"
#include "btree/tree_internal.h"

/* Where the leaf is that comes next. */
struct target walk_target(const struct tree *tree, const struct btree_walk *walk);

/* The first node of the leaf, which is latched, becomes the place of the walk. A leaf without nodes ends it: such a
 * leaf has no siblings. */
MUST_CHECK jet_err walk_to(const struct tree *tree, const void *leaf, struct btree_walk *walk);

/* The walk is now where `next` is. */
void walk_go_on(struct btree_walk *walk, const struct btree_walk *next);

#endif
