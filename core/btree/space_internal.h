/* SPDX-License-Identifier: MIT */
/* space_internal.h - free pages, for the files of this folder. See space.h. */
#ifndef COLDSTREAM_BTREE_SPACE_INTERNAL_H
#define COLDSTREAM_BTREE_SPACE_INTERNAL_H

#include "btree/change_log.h"
#include "btree/space.h"
#include "format/space.h"

/* ---- space.c ---- */

/* A page for a split of the tree, which may be a space tree itself; its structure latch is held exclusively, no page is
 * latched. And back again. */
MUST_CHECK jet_err tree_take_page(struct tree *tree, const struct btree_actor *actor, pgno_t near, pgno_t *ret_pgno);
MUST_CHECK jet_err tree_give_page(struct tree *tree, const struct btree_actor *actor, pgno_t pgno);

/* Takes an extent of at least `count` pages for another tree: it will be that tree's alone. */
MUST_CHECK jet_err space_take_extent(struct tree *tree, const struct btree_actor *actor, uint32_t count,
                                     struct space_run *ret_run);

/* Settles what the change of space left in memory, and gives back the tree's space lock. `err`, or the error of
 * that. */
MUST_CHECK jet_err space_unlock(struct tree *tree, const struct btree_actor *actor, jet_err err);

/* Gives back an extent that another tree had from here. */
MUST_CHECK jet_err space_give_extent(struct tree *tree, const struct btree_actor *actor, struct space_run run);

/* ---- space_tree.c: the trees of extents; the tree's space lock is held, and it has multiple extents ---- */

/* The extent of which `last` is, or would be, the last page: the first of the tree that ends there or behind.
 * JET_errNoCurrentRecord: there is none. */
MUST_CHECK jet_err extent_find(struct tree *tree, enum space_tree which, pgno_t last, struct space_run *ret_run);

/* The extent with the highest pages. */
MUST_CHECK jet_err extent_find_last(struct tree *tree, enum space_tree which, struct space_run *ret_run);

/* The first available extent of `count` pages at least. JET_errNoCurrentRecord. */
MUST_CHECK jet_err extent_find_size(struct tree *tree, uint32_t count, struct space_run *ret_run);

MUST_CHECK jet_err extent_sum(struct tree *tree, enum space_tree which, uint64_t *ret_pages);

/* How many pages of the reserve adding one more extent may take. */
MUST_CHECK jet_err extent_pages_needed(struct tree *tree, enum space_tree which, pgno_t last, unsigned *ret_count);

/* Adds an extent that is not there. */
MUST_CHECK jet_err extent_add(struct tree *tree, const struct btree_actor *actor, enum space_tree which,
                              struct space_run run);

/* The available extent `run` keeps its last `count` pages; with 0 it goes. */
MUST_CHECK jet_err extent_resize(struct tree *tree, const struct btree_actor *actor, struct space_run run,
                                 uint32_t count);

/* An owned extent goes; its available pages went before. */
MUST_CHECK jet_err extent_disown(struct tree *tree, const struct btree_actor *actor, struct space_run run);

/* Pages in the split buffer of the tree of available extents: what is free, and not in an extent because entering it
 * would have cost more pages. */
MUST_CHECK jet_err buffer_count(struct tree *tree, uint64_t *ret_pages);

/* Moves up to `count` pages from the split buffer to the reserve. */
MUST_CHECK jet_err buffer_take(struct tree *tree, const struct btree_actor *actor, unsigned count);

/* Pages behind page `last` that are in the split buffer or in the reserve; then takes them out of both. Nobody has them
 * from then on. */
MUST_CHECK jet_err buffer_count_behind(struct tree *tree, pgno_t last, uint64_t *ret_pages);
MUST_CHECK jet_err buffer_drop_behind(struct tree *tree, const struct btree_actor *actor, pgno_t last);

/* Moves what fits of the reserve to the split buffer. */
MUST_CHECK jet_err buffer_put(struct tree *tree, const struct btree_actor *actor);

/* ---- space_grow.c: more of it; the tree's space lock is held ---- */

/* The tree gets a new extent, available, with `need` pages at least. */
MUST_CHECK jet_err space_grow(struct tree *tree, const struct btree_actor *actor, uint32_t need);

/* The tree (not the database root) gets a new extent of `need` pages that is handed on to a child. */
MUST_CHECK jet_err space_grow_for_child(struct tree *tree, const struct btree_actor *actor, uint32_t need,
                                        struct space_run *ret_run);

/* The tree of one extent gets space trees, and an extent with `need` available pages. */
MUST_CHECK jet_err space_convert(struct tree *tree, const struct btree_actor *actor, uint32_t need);

/* The tree that it has its space from; the caller closes. */
MUST_CHECK jet_err space_parent_open(struct tree *tree, struct tree **ret_parent);

/* Pages that the entries for a new extent may cost. */
MUST_CHECK jet_err space_entries_cost(struct tree *tree, uint32_t *ret_count);

/* The tree owns the run. What is left of it when the entry is made, the caller has. */
MUST_CHECK jet_err space_own(struct tree *tree, const struct btree_actor *actor, struct space_run *run);

/* Makes pages of an owned extent available; joins them with neighbours of the same extent. */
MUST_CHECK jet_err space_add_available(struct tree *tree, const struct btree_actor *actor, struct space_run run);

/* Moves pages from the front of the run to the reserve. */
void space_reserve_from(struct tree *tree, struct space_run *run, unsigned count);

/* ---- space header of the root ---- */

MUST_CHECK jet_err space_header_read(struct tree *tree, struct space_header *ret_header);
MUST_CHECK jet_err space_header_write(struct tree *tree, const struct btree_actor *actor,
                                      const struct space_header *header);

/* Tag 0 of a root of the tree, or of one of its space trees, gets these bytes. */
MUST_CHECK jet_err space_external_header(struct tree *tree, const struct btree_actor *actor, const void *bytes,
                                         size_t size);

#endif
