/* SPDX-License-Identifier: MIT */
/* cleanup.c - leaves are looked at under the shared structure latch; only one that is to go is taken under the
 * exclusive one. */
#include "btree/cleanup.h"

#include "base/corrupt.h"
#include "btree/merge.h"
#include "btree/space_internal.h"
#include "btree/walk.h"

/* What is to be found out about a leaf. */
struct look {
    enum merge_wish wish;
    bool is_worth;           /* it is to be merged with its right sibling */
    struct btree_walk *walk; /* NULL, or: onto the first node of the right sibling; ended if there is none */
};

static jet_err sibling_look(const struct tree *tree, const struct frame *leaf, pgno_t next, struct look *look)
{
    struct frame *right;
    jet_err err = tree_page_hold(tree, next, PAGE_SHARED, &right);

    if (err < JET_errSuccess)
        return err;
    look->is_worth =
        leaf->pgno != tree->root && merge_is_worth(leaf->page, right->page, tree->db->page_size, look->wish);
    if (look->walk)
        err = walk_to(tree, right->page, look->walk);
    page_put(right, PAGE_SHARED);
    return err;
}

static jet_err leaf_look(struct tree *tree, const struct target *target, struct look *look)
{
    struct frame *leaf;
    jet_err err = tree_descend(tree, target, PAGE_SHARED, &leaf);

    if (err < JET_errSuccess)
        return err;
    const pgno_t next = page_next(leaf->page);
    if (next != 0)
        err = sibling_look(tree, leaf, next, look);
    else if (look->walk)
        look->walk->has_ended = true;
    page_put(leaf, PAGE_SHARED);
    return err;
}

static jet_err leaf_merge(struct tree *tree, const struct btree_actor *actor, const struct target *target,
                          enum merge_wish wish, bool *ret_merged)
{
    struct merge_result result = {.count = 0};
    struct tree_path path;
    struct frame *leaf;
    jet_err err = tree_descend_path(tree, target, PAGE_EXCLUSIVE, &path, &leaf);

    if (err < JET_errSuccess)
        return err;
    if (path.depth > 1)
        err = merge_right(tree, actor, &path, leaf, wish, &result);
    page_put(leaf, PAGE_EXCLUSIVE);
    for (unsigned i = 0; err >= JET_errSuccess && i < result.count; i++)
        err = tree_give_page(tree, actor, result.pages[i]);
    *ret_merged = result.count > 0;
    return err;
}

static jet_err leaf_clean(struct tree *tree, const struct btree_actor *actor, const struct target *target,
                          struct look *look, bool *ret_merged)
{
    *ret_merged = false;
    latch_shared(&tree->structure);
    jet_err err = leaf_look(tree, target, look);
    latch_unlock_shared(&tree->structure);
    if (err < JET_errSuccess || !look->is_worth)
        return err;
    latch_exclusive(&tree->structure);
    err = leaf_merge(tree, actor, target, look->wish, ret_merged);
    latch_unlock_exclusive(&tree->structure);
    return err;
}

jet_err btree_cleanup(struct tree *tree, const struct btree_actor *actor, const struct bookmark *bookmark)
{
    const struct target target = tree_target(tree, bookmark);
    struct look look = {.wish = MERGE_NEARLY_EMPTY};
    bool is_merged;

    return leaf_clean(tree, actor, &target, &look, &is_merged);
}

jet_err btree_defragment_leaf(struct tree *tree, const struct btree_actor *actor, struct btree_walk *walk,
                              bool *ret_freed)
{
    struct btree_walk next;
    struct look look = {.wish = MERGE_ALL_THAT_FITS, .walk = &next};
    const struct target target = walk_target(tree, walk);
    jet_err err = leaf_clean(tree, actor, &target, &look, ret_freed);

    if (err < JET_errSuccess)
        return err;
    /* The nodes that came to the sibling lie before its own: from its old first node on it is looked at again all the
     * same. */
    walk_go_on(walk, &next);
    return JET_errSuccess;
}
