/* SPDX-License-Identifier: MIT */
#include "btree/read_ahead.h"

#include "base/corrupt.h"
#include "btree/tree_internal.h"

enum { CHILDREN_MAX = 256 }; /* looked at in one page: more would be gone again before they are used */

struct range {
    struct tree *tree;
    struct target low, high;
    uint32_t pages_max;
    uint32_t pages;
};

/* The children of an internal page in which the range lies; none, if the root is a leaf. Other leaves are never come
 * to: the pages above say so first. A tree that is damaged is left at the first that did not, however many ways lead
 * down. */
static jet_err children_list(const struct range *range, pgno_t pgno, pgno_t children[CHILDREN_MAX], unsigned *ret_count,
                             bool *ret_are_leaves)
{
    const size_t page_size = range->tree->db->page_size;
    struct frame *frame;
    jet_err err = tree_page_hold(range->tree, pgno, PAGE_SHARED, &frame);

    *ret_count = 0;
    if (err < JET_errSuccess)
        return err;
    const bool is_leaf = page_is_leaf(frame->page);
    if (!is_leaf) {
        const unsigned last = child_find(frame->page, page_size, &range->high);

        *ret_are_leaves = (page_flags(frame->page) & PAGE_FLAG_PARENT_OF_LEAF) != 0;
        for (unsigned tag = child_find(frame->page, page_size, &range->low); tag <= last && *ret_count < CHILDREN_MAX;
             tag++)
            children[(*ret_count)++] = child_at(frame->page, page_size, tag);
    }
    page_put(frame, PAGE_SHARED);
    return is_leaf && pgno != range->tree->root ? CORRUPT(JET_errBadParentPageLink) : JET_errSuccess;
}

/* Pages that follow each other are read together. */
static void leaves_read(struct range *range, const pgno_t *leaves, unsigned count)
{
    const uint32_t left = range->pages_max - range->pages;

    if (count > left)
        count = left;
    range->pages += count;
    for (unsigned at = 0; at < count;) {
        unsigned run = 1;

        while (at + run < count && leaves[at + run] == leaves[at] + run)
            run++;
        cache_prefetch(range->tree->db, leaves[at], run);
        at += run;
    }
}

/* Levels above the leaves are few, so this may call itself. */
static jet_err read_below(struct range *range, pgno_t pgno, unsigned levels_left)
{
    pgno_t children[CHILDREN_MAX];
    unsigned count;
    bool are_leaves = false;
    jet_err err = levels_left == 0 ? CORRUPT(JET_errBadParentPageLink)
                                   : children_list(range, pgno, children, &count, &are_leaves);

    if (err < JET_errSuccess)
        return err;
    if (are_leaves) {
        leaves_read(range, children, count);
        return JET_errSuccess;
    }
    for (unsigned i = 0; i < count && err >= JET_errSuccess && range->pages < range->pages_max; i++)
        err = read_below(range, children[i], levels_left - 1);
    return err;
}

jet_err btree_read_ahead(struct tree *tree, const struct bookmark *low, const struct bookmark *high, uint32_t pages_max,
                         uint32_t *ret_pages)
{
    struct range range = {
        .tree = tree, .low = tree_target(tree, low), .high = tree_target(tree, high), .pages_max = pages_max};

    latch_shared(&tree->structure);
    jet_err err = read_below(&range, tree->root, BTREE_LEVELS_MAX);
    latch_unlock_shared(&tree->structure);
    *ret_pages = range.pages;
    return err;
}
