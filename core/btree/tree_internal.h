/* SPDX-License-Identifier: MIT */
/* tree_internal.h - what the files of this folder share about trees and their pages. */
#ifndef COLDSTREAM_BTREE_TREE_INTERNAL_H
#define COLDSTREAM_BTREE_TREE_INTERNAL_H

#include <assert.h>

#include "btree/node_at.h"
#include "btree/tree.h"

enum {
    /* What all pages of a tree have in common. */
    TREE_PAGE_FLAGS =
        PAGE_FLAG_SPACE_TREE | PAGE_FLAG_INDEX | PAGE_FLAG_LONG_VALUE | PAGE_FLAG_NON_UNIQUE | PAGE_FLAG_NEW_RECORD,
};

/* Space trees of non-unique trees carry the flag too, and are ordered by key. */
static inline bool tree_is_unique(const struct tree *tree)
{
    return !(tree->page_flags & PAGE_FLAG_NON_UNIQUE) || tree->page_flags & PAGE_FLAG_SPACE_TREE;
}

static inline bool tree_is_space(const struct tree *tree)
{
    return tree->owner != NULL;
}

static inline bool page_is_leaf(const void *page)
{
    return page_flags(page) & PAGE_FLAG_LEAF;
}

static inline unsigned page_node_count(const void *page)
{
    return page_tag_count(page) - 1;
}

static inline dbtime_t page_dbtime(const void *page)
{
    return le64_get(page_header(page)->dbtime);
}

static inline pgno_t page_next(const void *page)
{
    return le32_get(page_header(page)->pgno_next);
}

static inline pgno_t page_prev(const void *page)
{
    return le32_get(page_header(page)->pgno_prev);
}

/* ---- page_hold.c ---- */

/* The deep checks of a page that is latched, in either way; JET_errBadEmptyPage. Two threads may do it at once. */
MUST_CHECK jet_err page_check_held(struct frame *frame);

/* A page, checked in depth if that was not done since it was read. Errors of page_get(), page_check_tags(),
 * node_check_page(); JET_errBadEmptyPage. */
MUST_CHECK jet_err page_hold(struct database *db, pgno_t pgno, enum page_latch latch, struct frame **ret_frame);

/* The same for a page that is to be one of the tree: JET_errBadParentPageLink if it is not. */
MUST_CHECK jet_err tree_page_hold(const struct tree *tree, pgno_t pgno, enum page_latch latch,
                                  struct frame **ret_frame);

/* Down to the leaf where the target lies. `latch` is for the leaf; pages above are latched shared. The tree's structure
 * latch is held. */
MUST_CHECK jet_err tree_descend(struct tree *tree, const struct target *target, enum page_latch latch,
                                struct frame **ret_leaf);

/* The same, and what lies on the way: the page at each level, and the tag by which it was left. Level 0 is the root. */
struct tree_path {
    unsigned depth; /* pages on it */
    struct {
        pgno_t pgno;
        unsigned tag; /* of the child's node; meaningless for the leaf */
    } level[BTREE_LEVELS_MAX];
};
MUST_CHECK jet_err tree_descend_path(struct tree *tree, const struct target *target, enum page_latch latch,
                                     struct tree_path *ret_path, struct frame **ret_leaf);

/* What is searched for to find the bookmark. */
static inline struct target tree_target(const struct tree *tree, const struct bookmark *bookmark)
{
    return (struct target){.kind = TARGET_BOOKMARK, .by_data = !tree_is_unique(tree), .bookmark = *bookmark};
}

/* A view of a node; `buffer` (BTREE_KEY_MAX bytes) takes the key if it is in two pieces. JET_errNodeCorrupted. */
MUST_CHECK jet_err node_view(const void *page, size_t page_size, unsigned tag, uint8_t *buffer,
                             struct btree_node_view *ret_view);

#endif
