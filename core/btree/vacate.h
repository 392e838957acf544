/* SPDX-License-Identifier: MIT */
/* vacate.h - pages of a tree leave the end of the file. Never needed: nothing that is read changes by it.
 *
 * A page moves, with all that is on it, to a page of the tree that lies before a limit; its parent and its siblings
 * lead there, and the page is the tree's to use again. Roots, of the tree and of its space trees, stay, and so do the
 * other pages of space trees.
 */
#ifndef COLDSTREAM_BTREE_VACATE_H
#define COLDSTREAM_BTREE_VACATE_H

#include "btree/cleanup.h"

/* One leaf of a walk through the tree, and the pages above it: those behind page `limit` move. `*ret_moved`: how many
 * did. JET_errOutOfDatabaseSpace: there is no room before the limit; errors of pages, space and log. */
MUST_CHECK jet_err btree_vacate_leaf(struct tree *tree, const struct btree_actor *actor, pgno_t limit,
                                     struct btree_walk *walk, uint32_t *ret_moved);

#endif
