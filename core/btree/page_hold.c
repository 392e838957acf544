/* SPDX-License-Identifier: MIT */
/* page_hold.c - pages of trees, checked once, and the way down from the root.
 *
 * A page that was read from disk verified, but anybody may have written it. The first who wants it as a page of a tree
 * runs the deep checks of format/ on it; frame->is_checked remembers that they passed. Pages that this folder made or
 * changed stay checked.
 */
#include "base/corrupt.h"
#include "btree/tree_internal.h"

static bool is_checked(const struct frame *frame)
{
    return atomic_load_explicit(&frame->is_checked, memory_order_acquire);
}

jet_err page_check_held(struct frame *frame)
{
    const size_t page_size = frame->db->page_size;
    struct page_problem problem;
    jet_err err;

    if (is_checked(frame))
        return JET_errSuccess;
    if (page_flags(frame->page) & PAGE_FLAG_EMPTY)
        return CORRUPT(JET_errBadEmptyPage);
    if (page_tag_count(frame->page) > 0 && page_first_node(frame->page) != 1)
        return JET_errFeatureNotAvailable; /* reserved tags of a format that is not written here */
    err = page_check_tags(frame->page, page_size, &problem);
    if (err >= JET_errSuccess)
        err = page_check_flags(frame->page, &problem);
    if (err >= JET_errSuccess)
        err = node_check_page(frame->page, page_size, &problem);
    if (err >= JET_errSuccess && !page_is_leaf(frame->page) && page_node_count(frame->page) == 0)
        err = CORRUPT(JET_errBadParentPageLink);
    if (err >= JET_errSuccess)
        atomic_store_explicit(&frame->is_checked, true, memory_order_release);
    return err;
}

jet_err page_hold(struct database *db, pgno_t pgno, enum page_latch latch, struct frame **ret_frame)
{
    struct frame *frame;
    jet_err err = page_get(db, pgno, latch, &frame);
    if (err < JET_errSuccess)
        return err;
    if (!is_checked(frame)) { /* mostly it is, and the way there is a long one */
        err = page_check_held(frame);
        if (err < JET_errSuccess) {
            page_put(frame, latch);
            return err;
        }
    }
    *ret_frame = frame;
    return JET_errSuccess;
}

static bool belongs(const struct tree *tree, pgno_t pgno, const void *page)
{
    const uint32_t flags = page_flags(page);

    return le32_get(page_header(page)->objid) == tree->objid && (flags & TREE_PAGE_FLAGS) == tree->page_flags &&
           !(flags & PAGE_FLAG_EMPTY) && ((flags & PAGE_FLAG_ROOT) != 0) == (pgno == tree->root);
}

jet_err tree_page_hold(const struct tree *tree, pgno_t pgno, enum page_latch latch, struct frame **ret_frame)
{
    struct frame *frame;
    jet_err err = page_hold(tree->db, pgno, latch, &frame);
    if (err < JET_errSuccess)
        return err;
    if (!belongs(tree, pgno, frame->page)) {
        page_put(frame, latch);
        return CORRUPT(JET_errBadParentPageLink);
    }
    *ret_frame = frame;
    return JET_errSuccess;
}

/* The root, with `latch` if it is a leaf, else shared. */
static jet_err root_hold(const struct tree *tree, enum page_latch latch, struct frame **ret_frame)
{
    jet_err err = tree_page_hold(tree, tree->root, PAGE_SHARED, ret_frame);
    if (err < JET_errSuccess || latch == PAGE_SHARED || !page_is_leaf((*ret_frame)->page) ||
        page_try_upgrade(*ret_frame))
        return err;
    page_put(*ret_frame, PAGE_SHARED);
    return tree_page_hold(tree, tree->root, PAGE_EXCLUSIVE, ret_frame); /* the structure latch keeps it a leaf */
}

/* One level down; gives the page back. */
static jet_err step_down(const struct tree *tree, enum page_latch latch, struct frame **frame, unsigned tag)
{
    const bool to_leaf = page_flags((*frame)->page) & PAGE_FLAG_PARENT_OF_LEAF;
    const pgno_t child = child_at((*frame)->page, tree->db->page_size, tag);
    const enum page_latch child_latch = to_leaf ? latch : PAGE_SHARED;
    page_put(*frame, PAGE_SHARED);
    jet_err err = tree_page_hold(tree, child, child_latch, frame);
    if (err < JET_errSuccess)
        return err;
    if (page_is_leaf((*frame)->page) != to_leaf) {
        page_put(*frame, child_latch);
        return CORRUPT(JET_errBadParentPageLink);
    }
    return JET_errSuccess;
}

jet_err tree_descend(struct tree *tree, const struct target *target, enum page_latch latch, struct frame **ret_leaf)
{
    struct frame *frame;
    jet_err err = root_hold(tree, latch, &frame);
    for (unsigned level = 0; err >= JET_errSuccess && !page_is_leaf(frame->page); level++) {
        if (level == BTREE_LEVELS_MAX - 1) {
            page_put(frame, PAGE_SHARED);
            return CORRUPT(JET_errBadParentPageLink);
        }
        err = step_down(tree, latch, &frame, child_find(frame->page, tree->db->page_size, target));
    }
    if (err >= JET_errSuccess)
        *ret_leaf = frame;
    return err;
}

jet_err tree_descend_path(struct tree *tree, const struct target *target, enum page_latch latch,
                          struct tree_path *ret_path, struct frame **ret_leaf)
{
    struct frame *frame;
    jet_err err = root_hold(tree, latch, &frame);
    ret_path->depth = 0;
    while (err >= JET_errSuccess) {
        const unsigned level = ret_path->depth++;
        ret_path->level[level].pgno = frame->pgno;
        ret_path->level[level].tag = 0;
        if (page_is_leaf(frame->page))
            break;
        if (ret_path->depth == BTREE_LEVELS_MAX) {
            page_put(frame, PAGE_SHARED);
            return CORRUPT(JET_errBadParentPageLink);
        }
        ret_path->level[level].tag = child_find(frame->page, tree->db->page_size, target);
        err = step_down(tree, latch, &frame, ret_path->level[level].tag);
    }
    if (err >= JET_errSuccess)
        *ret_leaf = frame;
    return err;
}

jet_err node_view(const void *page, size_t page_size, unsigned tag, uint8_t *buffer, struct btree_node_view *ret_view)
{
    struct node node;
    node_at(page, page_size, tag, &node);
    ret_view->key = node.suffix;
    ret_view->key_size = node.suffix_size;
    ret_view->data = node.data;
    ret_view->data_size = node.data_size;
    ret_view->flags = node.flags & (NODE_FLAG_VERSION | NODE_FLAG_DELETED);
    if (node.prefix_size == 0)
        return JET_errSuccess;
    if (node_key_size(&node) > BTREE_KEY_MAX)
        return CORRUPT(JET_errNodeCorrupted);
    memcpy(buffer, node.prefix, node.prefix_size);
    memcpy(buffer + node.prefix_size, node.suffix, node.suffix_size);
    ret_view->key = buffer;
    ret_view->key_size = node_key_size(&node);
    return JET_errSuccess;
}
