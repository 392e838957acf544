/* SPDX-License-Identifier: MIT */
/* position.c - searching and moving. See position.h.
 *
 * Moving right, the next leaf is latched while the present one is held; moving left, that order would be the wrong one,
 * so the left leaf is only tried, and waited for with nothing held. Structure shared keeps the links as they are
 * meanwhile. Leaves without nodes do not exist but as a root, or as what a crash left; moving passes over them.
 *
 * Whoever comes back to a leaf by a hint needs no structure latch to look at it, as he does not ask how it is linked.
 * It is taken when he leaves the leaf, but not waited for: whoever has it exclusively may want the leaf.
 */
#include "btree/position.h"

#include "base/corrupt.h"
#include "btree/tree_internal.h"

enum {
    READ_AHEAD_AFTER = 4,  /* leaves that were passed before reading ahead begins */
    READ_AHEAD_PAGES = 16, /* and how far, if the file lies in the order of the tree */
};

void btree_release(struct btree_position *position)
{
    page_put(position->frame, PAGE_SHARED);
    if (position->has_structure)
        latch_unlock_shared(&position->tree->structure);
}

/* Before the leaf is left for a neighbour. JET_errTaskDropped: it cannot be had at once; the position is released. */
static jet_err structure_hold(struct btree_position *position)
{
    if (position->has_structure)
        return JET_errSuccess;
    if (!latch_try_shared(&position->tree->structure)) {
        page_put(position->frame, PAGE_SHARED);
        return JET_errTaskDropped;
    }
    position->has_structure = true;
    return JET_errSuccess;
}

/* Gives the structure latch back, too. */
static jet_err fail(struct btree_position *position, jet_err err)
{
    latch_unlock_shared(&position->tree->structure);
    return err;
}

/* A leaf scan that seems to go on, over pages that follow each other: has the next ones read. */
static void read_ahead(struct btree_position *position, pgno_t next)
{
    if (++position->leaves_passed < READ_AHEAD_AFTER || next != position->frame->pgno + 1)
        return;
    if (position->leaves_passed % (READ_AHEAD_PAGES / 2) == READ_AHEAD_AFTER)
        cache_prefetch(position->tree->db, next, READ_AHEAD_PAGES);
}

/* Do the nodes ascend from one leaf to the next? So links that lead in a circle come to an end. */
static bool is_ascending(const struct btree_position *position, const void *left, const void *right)
{
    const size_t page_size = position->tree->db->page_size;
    struct node last, first;
    if (page_node_count(left) == 0 || page_node_count(right) == 0)
        return true;
    node_at(left, page_size, page_node_count(left), &last);
    node_at(right, page_size, 1, &first);
    return (tree_is_unique(position->tree) ? node_key_compare(&last, &first) : node_bookmark_compare(&last, &first)) <
           0;
}

/* Onto the first node of the next leaf that has one. */
static jet_err leaf_right(struct btree_position *position)
{
    struct tree *tree = position->tree;
    jet_err err = structure_hold(position);
    if (err < JET_errSuccess)
        return err;
    for (;;) {
        struct frame *left = position->frame, *right;
        const pgno_t here = left->pgno, next = page_next(left->page);
        if (next == 0) {
            btree_release(position);
            return JET_errNoCurrentRecord;
        }
        read_ahead(position, next);
        err = tree_page_hold(tree, next, PAGE_SHARED, &right);
        const bool ascends = err >= JET_errSuccess && is_ascending(position, left->page, right->page);
        page_put(left, PAGE_SHARED);
        if (err < JET_errSuccess)
            return fail(position, err);
        if (!page_is_leaf(right->page) || page_prev(right->page) != here || !ascends) {
            page_put(right, PAGE_SHARED);
            return fail(position, CORRUPT(JET_errBadPageLink));
        }
        position->frame = right;
        position->tag = 1;
        if (page_node_count(right->page) > 0)
            return JET_errSuccess;
    }
}

/* The key of the first node of the leaf, in position->key; BTREE_KEY_MAX + 1: there is none. */
static size_t first_key(struct btree_position *position)
{
    struct node node;
    size_t size;
    if (page_node_count(position->frame->page) == 0)
        return BTREE_KEY_MAX + 1;
    node_at(position->frame->page, position->tree->db->page_size, 1, &node);
    return node_key_copy(&node, position->key, BTREE_KEY_MAX, &size) < JET_errSuccess ? BTREE_KEY_MAX + 1 : size;
}

/* Onto the last node of the previous leaf that has one. */
static jet_err leaf_left(struct btree_position *position)
{
    struct tree *tree = position->tree;
    jet_err err = structure_hold(position);
    if (err < JET_errSuccess)
        return err;
    for (;;) {
        const size_t key_size = first_key(position);
        struct frame *left;
        const pgno_t here = position->frame->pgno, prev = page_prev(position->frame->page);
        if (prev == 0) {
            btree_release(position);
            return JET_errNoCurrentRecord;
        }
        page_put(position->frame, PAGE_SHARED);
        err = tree_page_hold(tree, prev, PAGE_SHARED, &left);
        if (err < JET_errSuccess)
            return fail(position, err);
        if (!page_is_leaf(left->page) || page_next(left->page) != here) {
            page_put(left, PAGE_SHARED);
            return fail(position, CORRUPT(JET_errBadPageLink));
        }
        position->frame = left;
        position->tag = page_node_count(left->page);
        if (position->tag > 0 && key_size <= BTREE_KEY_MAX) {
            struct node last;
            node_at(left->page, tree->db->page_size, position->tag, &last);
            if (node_key_tail_compare(&last, 0, position->key, key_size) > 0) {
                btree_release(position);
                return CORRUPT(JET_errBadPageLink);
            }
        }
        if (position->tag > 0)
            return JET_errSuccess;
    }
}

jet_err btree_next(struct btree_position *position)
{
    if (++position->tag < page_tag_count(position->frame->page))
        return JET_errSuccess;
    return leaf_right(position);
}

jet_err btree_previous(struct btree_position *position)
{
    if (--position->tag > 0)
        return JET_errSuccess;
    return leaf_left(position);
}

/* Onto the first node that is not below the target, or (`before`) the last one that is. */
static jet_err seek_target(struct tree *tree, const struct target *target, bool before, struct btree_position *position)
{
    latch_shared(&tree->structure);
    position->tree = tree;
    position->has_structure = true;
    position->leaves_passed = 0;
    jet_err err = tree_descend(tree, target, PAGE_SHARED, &position->frame);
    if (err < JET_errSuccess)
        return fail(position, err);
    position->tag = leaf_find(position->frame->page, tree->db->page_size, target);
    if (before)
        return btree_previous(position);
    return position->tag < page_tag_count(position->frame->page) ? JET_errSuccess : leaf_right(position);
}

static void node_here(const struct btree_position *position, struct node *ret_node)
{
    node_at(position->frame->page, position->tree->db->page_size, position->tag, ret_node);
}

static bool is_key(const struct btree_position *position, const struct bookmark *bookmark)
{
    struct node node;
    node_here(position, &node);
    return node_key_tail_compare(&node, 0, bookmark->key, bookmark->key_size) == 0;
}

static bool is_bookmark(const struct btree_position *position, const struct bookmark *bookmark)
{
    struct node node;
    node_here(position, &node);
    return is_key(position, bookmark) &&
           (tree_is_unique(position->tree) || !bookmark->data ||
            bytes_compare(node.data, node.data_size, bookmark->data, bookmark->data_size) == 0);
}

/* NEXT_KEY and LAST_OF_KEY. Whether the key is that of a node must be known first: only then "behind all its data" can
 * be told from "before longer keys" on internal pages of non-unique trees. */
static jet_err seek_beyond_key(struct tree *tree, bool before, const struct bookmark *bookmark,
                               struct btree_position *position)
{
    struct target target = tree_target(tree, bookmark);
    target.bookmark.data = NULL;
    target.bookmark.data_size = 0;
    jet_err err = seek_target(tree, &target, false, position);
    if (err < JET_errSuccess && err != JET_errNoCurrentRecord)
        return err;
    if (err == JET_errNoCurrentRecord) {
        target.kind = TARGET_LAST;
    } else if (is_key(position, bookmark)) {
        target.kind = TARGET_AFTER_KEY;
        btree_release(position);
    } else {
        return before ? btree_previous(position) : JET_errSuccess;
    }
    return seek_target(tree, &target, before, position);
}

/* FIRST and LAST, which need no bookmark. */
static jet_err seek_end(struct tree *tree, enum btree_seek seek, struct btree_position *ret_position)
{
    const struct target target = {.kind = seek == BTREE_FIRST ? TARGET_FIRST : TARGET_LAST};
    return seek_target(tree, &target, seek == BTREE_LAST, ret_position);
}

static jet_err seek_bookmark(struct tree *tree, enum btree_seek seek, const struct bookmark *bookmark,
                             struct btree_position *ret_position, bool *ret_exact)
{
    const struct target target = tree_target(tree, bookmark);
    jet_err err;

    switch (seek) {
    case BTREE_EXACT_OR_NEXT:
        err = seek_target(tree, &target, false, ret_position);
        *ret_exact = err >= JET_errSuccess && is_bookmark(ret_position, bookmark);
        return err;
    case BTREE_LAST_LESS: return seek_target(tree, &target, true, ret_position);
    case BTREE_NEXT_KEY: return seek_beyond_key(tree, false, bookmark, ret_position);
    default:
        err = seek_beyond_key(tree, true, bookmark, ret_position);
        *ret_exact = err >= JET_errSuccess && is_key(ret_position, bookmark);
        return err;
    }
}

jet_err btree_seek(struct tree *tree, enum btree_seek seek, const struct bookmark *bookmark,
                   struct btree_position *ret_position, bool *ret_exact)
{
    const bool is_end = seek == BTREE_FIRST || seek == BTREE_LAST;
    bool is_exact = false;
    jet_err err =
        is_end ? seek_end(tree, seek, ret_position) : seek_bookmark(tree, seek, bookmark, ret_position, &is_exact);

    if (err >= JET_errSuccess && ret_exact)
        *ret_exact = is_exact;
    return err;
}

void btree_hint_get(const struct btree_position *position, struct btree_hint *ret_hint)
{
    ret_hint->frame = position->frame;
    ret_hint->incarnation = position->frame->incarnation;
    ret_hint->pgno = position->frame->pgno;
    ret_hint->dbtime = page_dbtime(position->frame->page);
    ret_hint->tag = position->tag;
}

static void position_set(struct tree *tree, struct frame *frame, unsigned tag, bool has_structure,
                         struct btree_position *ret_position)
{
    ret_position->tree = tree;
    ret_position->frame = frame;
    ret_position->tag = tag;
    ret_position->has_structure = has_structure;
    ret_position->leaves_passed = 0;
}

/* By way of the cache: the page may have been away, or have become one of another tree. */
static jet_err resume_slowly(struct tree *tree, const struct btree_hint *hint, struct btree_position *ret_position)
{
    struct frame *frame;
    latch_shared(&tree->structure);
    jet_err err = page_hold(tree->db, hint->pgno, PAGE_SHARED, &frame);
    if (err >= JET_errSuccess &&
        (page_dbtime(frame->page) != hint->dbtime || !page_is_leaf(frame->page) ||
         le32_get(page_header(frame->page)->objid) != tree->objid || hint->tag >= page_tag_count(frame->page))) {
        page_put(frame, PAGE_SHARED);
        err = JET_errRecordNotFound;
    }
    if (err < JET_errSuccess) {
        latch_unlock_shared(&tree->structure);
        return err == JET_errBadEmptyPage ? JET_errRecordNotFound : err;
    }
    position_set(tree, frame, hint->tag, true, ret_position);
    return JET_errSuccess;
}

jet_err btree_resume(struct tree *tree, const struct btree_hint *hint, struct btree_position *ret_position,
                     bool *ret_is_same)
{
    struct frame *frame = hint->frame;

    *ret_is_same = page_try_again(frame, hint->incarnation);
    if (!*ret_is_same)
        return resume_slowly(tree, hint, ret_position);
    if (page_dbtime(frame->page) != hint->dbtime) {
        page_put(frame, PAGE_SHARED);
        return JET_errRecordNotFound;
    }
    position_set(tree, frame, hint->tag, false, ret_position);
    return JET_errSuccess;
}

jet_err btree_node(struct btree_position *position, struct btree_node_view *ret_node)
{
    return node_view(position->frame->page, position->tree->db->page_size, position->tag, position->key, ret_node);
}

void btree_node_named(const struct btree_position *position, const struct bookmark *bookmark,
                      struct btree_node_view *ret_node)
{
    struct node node;
    node_here(position, &node);
    *ret_node = (struct btree_node_view){
        .key = bookmark->key,
        .key_size = bookmark->key_size,
        .data = node.data,
        .data_size = node.data_size,
        .flags = node.flags & (NODE_FLAG_VERSION | NODE_FLAG_DELETED),
    };
}

/* Fractions are a little off: a 49th of 49 is less than 1, and on x86 a sixth of 6 is. So whole nodes are what is this
 * near to them. */
static const double NEARLY = 1e-9;

jet_err btree_estimate(struct tree *tree, const struct bookmark *bookmark, uint64_t *ret_before, uint64_t *ret_total)
{
    const struct target target = tree_target(tree, bookmark);
    struct frame *frame = NULL;
    double fraction = 0, scale = 1, total = 1;
    pgno_t pgno = tree->root;
    jet_err err = JET_errSuccess;

    latch_shared(&tree->structure);
    for (unsigned level = 0; level < BTREE_LEVELS_MAX; level++) {
        err = tree_page_hold(tree, pgno, PAGE_SHARED, &frame);
        if (err < JET_errSuccess)
            break;
        const bool is_leaf = page_is_leaf(frame->page);
        const unsigned count = page_node_count(frame->page);
        const unsigned tag = is_leaf ? leaf_find(frame->page, tree->db->page_size, &target)
                                     : child_find(frame->page, tree->db->page_size, &target);
        if (count > 0)
            fraction += scale * (tag - 1) / count;
        scale = count > 0 ? scale / count : 0;
        total *= count;
        if (!is_leaf)
            pgno = child_at(frame->page, tree->db->page_size, tag);
        page_put(frame, PAGE_SHARED);
        if (is_leaf) {
            latch_unlock_shared(&tree->structure);
            *ret_total = (uint64_t)total;
            *ret_before = (uint64_t)(fraction * total * (1 + NEARLY));
            return JET_errSuccess;
        }
    }
    latch_unlock_shared(&tree->structure);
    return err < JET_errSuccess ? err : CORRUPT(JET_errBadParentPageLink);
}

/* Which node of so many, and how far into it. */
static unsigned fraction_step(double *fraction, unsigned count)
{
    const double at = *fraction * count * (1 + NEARLY);
    const unsigned step = at >= count ? count - 1 : (unsigned)at;

    *fraction = at >= count ? 1 : at - step;
    return step + 1;
}

jet_err btree_seek_fraction(struct tree *tree, uint64_t before, uint64_t total, struct btree_position *ret_position)
{
    double fraction = total > 0 ? (double)before / (double)total : 0;
    pgno_t pgno = tree->root;
    jet_err err = JET_errSuccess;

    latch_shared(&tree->structure);
    for (unsigned level = 0; level < BTREE_LEVELS_MAX; level++) {
        struct frame *frame;

        err = tree_page_hold(tree, pgno, PAGE_SHARED, &frame);
        if (err < JET_errSuccess)
            break;
        const unsigned count = page_node_count(frame->page);
        const bool is_leaf = page_is_leaf(frame->page);
        if (count == 0) {
            page_put(frame, PAGE_SHARED);
            err = is_leaf ? JET_errNoCurrentRecord : CORRUPT(JET_errBadLineCount);
            break;
        }
        const unsigned tag = fraction_step(&fraction, count);
        if (is_leaf) {
            position_set(tree, frame, tag, true, ret_position);
            return JET_errSuccess;
        }
        pgno = child_at(frame->page, tree->db->page_size, tag);
        page_put(frame, PAGE_SHARED);
    }
    latch_unlock_shared(&tree->structure);
    return err < JET_errSuccess ? err : CORRUPT(JET_errBadParentPageLink);
}
