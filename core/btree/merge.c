/* SPDX-License-Identifier: MIT */
/* merge.c - leaves that are empty, or nearly so, leave their tree. See merge.h.
 *
 * From the leaf upwards pages with one child go as well; the first page that has more loses one of them. One macro,
 * root first: Merge2 of that page (node deleted), of each page that goes (page emptied). If there is no such page the
 * leaf is the only one of the tree: then the root becomes an empty leaf, and all other pages go; that is one record,
 * EmptyTree.
 *
 * A leaf that has little left may give its nodes to its right sibling before it goes (type "full right"). The record
 * holds the page as it was, because the sibling may have to be made again when the leaf is on disk as an empty page
 * already.
 */
#include "btree/merge.h"

#include <stdlib.h>

#include "base/corrupt.h"
#include "btree/apply.h"
#include "format/page_image.h"

struct merge_job {
    struct tree *tree;
    const struct btree_actor *actor;
    const struct tree_path *path;
    size_t page_size;
    dbtime_t dbtime;
    unsigned top;                          /* level of the page that keeps other children */
    struct frame *level[BTREE_LEVELS_MAX]; /* top .. depth - 1; the last is the leaf */
    struct frame *left, *right;
    /* Of a merge to the right; else NULL and 0. */
    uint8_t *merged; /* the right sibling as it will be */
    struct logrec_span image;
    uint32_t image_flags;
    uint16_t size_total; /* of the nodes that move */
};

/* From the parent of the leaf up to the first page with two children. False: there is none. */
static jet_err levels_hold(struct merge_job *job, bool *ret_found)
{
    for (unsigned level = job->path->depth - 1; level-- > 0;) {
        jet_err err = tree_page_hold(job->tree, job->path->level[level].pgno, PAGE_EXCLUSIVE, &job->level[level]);
        if (err < JET_errSuccess)
            return err;
        job->top = level;
        if (page_node_count(job->level[level]->page) > 1) {
            *ret_found = true;
            return JET_errSuccess;
        }
    }
    *ret_found = false;
    return JET_errSuccess;
}

/* The last child of a page above the parents of leaves: the one before it would get its bound, but every page down the
 * right edge of that one ends with the bound that it has now. */
static bool bounds_would_break(const struct merge_job *job)
{
    const struct frame *page = job->level[job->top];
    return job->top + 2 < job->path->depth && job->path->level[job->top].tag == page_node_count(page->page);
}

static jet_err siblings_hold(struct merge_job *job, const struct frame *leaf)
{
    const pgno_t left = page_prev(leaf->page), right = page_next(leaf->page);
    jet_err err = JET_errSuccess;
    if (left == leaf->pgno || right == leaf->pgno || (left == right && left != 0))
        return CORRUPT(JET_errBadPageLink);
    for (unsigned level = job->top; level + 1 < job->path->depth; level++)
        if (job->level[level]->pgno == left || job->level[level]->pgno == right)
            return CORRUPT(JET_errBadPageLink);
    if (left)
        err = tree_page_hold(job->tree, left, PAGE_EXCLUSIVE, &job->left);
    if (err >= JET_errSuccess && right)
        err = tree_page_hold(job->tree, right, PAGE_EXCLUSIVE, &job->right);
    if (err >= JET_errSuccess && ((job->left && page_next(job->left->page) != leaf->pgno) ||
                                  (job->right && page_prev(job->right->page) != leaf->pgno)))
        err = CORRUPT(JET_errBadPageLink);
    return err;
}

static void release(struct merge_job *job)
{
    for (unsigned level = 0; level + 1 < job->path->depth; level++)
        if (job->level[level])
            page_put(job->level[level], PAGE_EXCLUSIVE);
    if (job->left)
        page_put(job->left, PAGE_EXCLUSIVE);
    if (job->right)
        page_put(job->right, PAGE_EXCLUSIVE);
}

static struct logrec_merge level_record(const struct merge_job *job, unsigned level)
{
    const struct frame *page = job->level[level];
    const struct frame *parent = level > job->top ? job->level[level - 1] : NULL;
    const bool is_leaf = level == job->path->depth - 1;
    const bool is_top = level == job->top;
    const unsigned tag = is_leaf ? 1 : job->path->level[level].tag;
    const bool is_last = tag == page_node_count(page->page);
    struct logrec_merge merge = {
        .head = change_page_head(job->tree, job->actor, LOGREC_MERGE, page, job->dbtime, tag - 1),
        .right_before = LOGREC_DBTIME_NIL,
        .left_before = LOGREC_DBTIME_NIL,
        .pgno_parent = parent ? parent->pgno : 0,
        .parent_before = parent ? page_dbtime(parent->page) : LOGREC_DBTIME_NIL,
        .pgno_fdp = job->tree->fdp,
        .objid = job->tree->objid,
        .iline_merge = (uint16_t)(tag - 1),
        .actions = is_top ? LOGREC_MERGE_NODE_DELETED : LOGREC_MERGE_PAGE_EMPTIED,
        .merge = is_top ? LOGREC_MERGE_NONE : LOGREC_MERGE_EMPTY_PAGE,
    };
    if (is_top && is_last)
        merge.actions |= LOGREC_MERGE_KEY_CHANGED;
    if (is_leaf && job->merged) {
        merge.merge = LOGREC_MERGE_FULL_RIGHT;
        merge.size_total = job->size_total;
        merge.image = job->image;
        merge.flags = job->image_flags;
    }
    if (is_leaf && job->left) {
        merge.pgno_left = job->left->pgno;
        merge.left_before = page_dbtime(job->left->page);
    }
    if (is_leaf && job->right) {
        merge.pgno_right = job->right->pgno;
        merge.right_before = page_dbtime(job->right->page);
    }
    return merge;
}

static jet_err macro_append(const struct merge_job *job, struct change_place *ret_place)
{
    struct logrec_merge_disk levels[BTREE_LEVELS_MAX];
    struct logrec_macro_disk macro[2];
    struct log_piece pieces[BTREE_LEVELS_MAX + 3];
    struct log_record records[BTREE_LEVELS_MAX + 2];
    unsigned count = 0, at = 0;
    const struct logrec_macro begin = {LOGREC_MACRO_BEGIN, job->actor->procid, job->dbtime};
    const struct logrec_macro commit = {LOGREC_MACRO_COMMIT, job->actor->procid, job->dbtime};

    logrec_macro_encode(&begin, &macro[0]);
    logrec_macro_encode(&commit, &macro[1]);
    pieces[at] = (struct log_piece){&macro[0], sizeof macro[0]};
    records[count++] = (struct log_record){&pieces[at++], 1};
    for (unsigned level = job->top; level < job->path->depth; level++) {
        const struct logrec_merge merge = level_record(job, level);
        const unsigned n = merge.image.size > 0 ? 2 : 1;
        logrec_merge_encode(&merge, &levels[level]);
        pieces[at] = (struct log_piece){&levels[level], sizeof levels[level]};
        pieces[at + 1] = piece_of(merge.image);
        records[count++] = (struct log_record){&pieces[at], n};
        at += n;
    }
    pieces[at] = (struct log_piece){&macro[1], sizeof macro[1]};
    records[count++] = (struct log_record){&pieces[at], 1};
    return change_append(job->actor, records, count, ret_place);
}

static void page_empty(const struct merge_job *job, unsigned level, struct merge_result *result)
{
    struct frame *frame = job->level[level];
    apply_page_empty(frame->page, job->page_size);
    change_finish(frame, job->actor, job->dbtime, &result->place);
    atomic_store_explicit(&frame->is_checked, false, memory_order_relaxed); /* it is no page of a tree now */
    result->pages[result->count++] = frame->pgno;
}

static jet_err pages_finish(struct merge_job *job, struct merge_result *result)
{
    const struct frame *leaf = job->level[job->path->depth - 1];
    const pgno_t left = page_prev(leaf->page), right = page_next(leaf->page);
    jet_err err = apply_child_remove(job->level[job->top]->page, job->page_size, job->path->level[job->top].tag - 1);
    change_finish(job->level[job->top], job->actor, job->dbtime, &result->place);
    for (unsigned level = job->top + 1; level < job->path->depth; level++)
        page_empty(job, level, result);
    if (job->left) {
        apply_next(job->left->page, right);
        change_finish(job->left, job->actor, job->dbtime, &result->place);
    }
    if (job->right) {
        if (job->merged)
            memcpy(job->right->page, job->merged, job->page_size);
        apply_prev(job->right->page, left);
        change_finish(job->right, job->actor, job->dbtime, &result->place);
    }
    return err;
}

/* ---- the only leaf of the tree ---- */

static jet_err empty_append(const struct merge_job *job, struct change_place *ret_place)
{
    struct logrec_empty_page_disk pages[BTREE_LEVELS_MAX];
    struct logrec_empty_tree_disk disk;
    const unsigned count = job->path->depth - 1;
    for (unsigned level = 1; level <= count; level++) {
        const struct frame *frame = job->level[level];
        const uint32_t flags = page_flags(frame->page) & ~(uint32_t)PAGE_FLAG_FLUSH_TYPE;
        pages[level - 1] = (struct logrec_empty_page_disk){
            .dbtime_before = le64_make(page_dbtime(frame->page)),
            .pgno = le32_make(frame->pgno),
            .page_flags = le32_make(flags),
        };
    }
    const struct logrec_empty_tree empty = {
        .head = change_node_head(job->tree, job->actor, LOGREC_EMPTY_TREE, job->level[0], job->dbtime, 0, 0),
        .pages = pages,
        .count = count,
    };
    logrec_empty_tree_encode(&empty, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk            },
        {pages, count * sizeof pages[0]},
    };
    return change_append_pieces(job->actor, pieces, ret_place);
}

static jet_err empty_tree(struct merge_job *job, struct merge_result *result)
{
    job->dbtime = database_next_dbtime(job->tree->db);
    jet_err err = empty_append(job, &result->place);
    if (err >= JET_errSuccess)
        err = apply_root_empty(job->level[0]->page, job->page_size);
    if (err < JET_errSuccess)
        return err;
    change_finish(job->level[0], job->actor, job->dbtime, &result->place);
    for (unsigned level = 1; level < job->path->depth; level++)
        page_empty(job, level, result);
    return JET_errSuccess;
}

jet_err merge_empty_leaf(struct tree *tree, const struct btree_actor *actor, const struct tree_path *path,
                         struct frame *leaf, struct merge_result *ret_result)
{
    struct merge_job job = {.tree = tree, .actor = actor, .path = path, .page_size = tree->db->page_size};
    struct merge_result result = {.count = 0};
    bool found = false;
    assert(path->depth > 1);
    jet_err err = levels_hold(&job, &found);
    job.level[path->depth - 1] = leaf;
    if (err >= JET_errSuccess && found && bounds_would_break(&job)) {
        result.count = 0; /* nothing is done */
    } else if (err >= JET_errSuccess && found) {
        err = siblings_hold(&job, leaf);
        job.dbtime = database_next_dbtime(tree->db);
        if (err >= JET_errSuccess)
            err = macro_append(&job, &result.place);
        if (err >= JET_errSuccess)
            err = pages_finish(&job, &result);
    } else if (err >= JET_errSuccess) {
        err = page_prev(leaf->page) || page_next(leaf->page) ? CORRUPT(JET_errBadPageLink) : empty_tree(&job, &result);
    }
    atomic_store_explicit(&tree->last_leaf, 0, memory_order_relaxed);
    release(&job);
    if (err >= JET_errSuccess)
        *ret_result = result;
    return err;
}

/* ---- to the right ---- */

/* Bytes that the nodes of the leaf take on the right sibling, with their tags. */
static size_t moved_size(const void *leaf, const void *right, size_t page_size)
{
    size_t total = 0, prefix_size;
    const uint8_t *prefix = external_header_at(right, page_size, &prefix_size);
    for (unsigned tag = 1; tag < page_tag_count(leaf); tag++) {
        struct node node;
        size_t common = 0;
        node_at(leaf, page_size, tag, &node);
        while (common < prefix_size && common < node_key_size(&node) && common < NODE_KEY_PART_MAX &&
               prefix[common] ==
                   (common < node.prefix_size ? node.prefix[common] : node.suffix[common - node.prefix_size]))
            common++;
        if (common < NODE_PREFIX_MIN)
            common = 0;
        total += PAGE_TAG_SIZE + apply_node_size(common, node_key_size(&node), node.data_size);
    }
    return total;
}

bool merge_is_worth(const void *leaf, const void *right, size_t page_size, enum merge_wish wish)
{
    const size_t area = page_size - page_header_size(page_size);
    return (wish == MERGE_ALL_THAT_FITS || page_free_space(leaf) >= area - area / 4) &&
           moved_size(leaf, right, page_size) + area / 8 <= page_free_space(right) &&
           page_tag_count(leaf) + page_tag_count(right) <= PAGE_TAGS_MAX;
}

/* Makes the sibling as it will be, and the image. `memory` holds three pages. */
static jet_err merged_make(struct merge_job *job, const struct frame *leaf, uint8_t *memory)
{
    uint8_t *before = memory + job->page_size, *image = before + job->page_size;
    memcpy(memory, job->right->page, job->page_size);
    memcpy(before, leaf->page, job->page_size);
    apply_dbtime(before, job->dbtime);
    const size_t size = page_image_pack(before, job->page_size, image, &job->image_flags);
    job->image = span_of(image, size);
    job->size_total = (uint16_t)moved_size(leaf->page, job->right->page, job->page_size);
    job->merged = memory;
    return apply_merge_right(job->merged, job->page_size, before);
}

static jet_err merge_right_do(struct merge_job *job, struct frame *leaf, struct merge_result *result)
{
    uint8_t *memory = malloc(3 * job->page_size);
    jet_err err = memory ? JET_errSuccess : JET_errOutOfMemory;
    if (err >= JET_errSuccess && job->actor->before_move)
        err = job->actor->before_move(job->actor->before_move_context, leaf);
    job->dbtime = database_next_dbtime(job->tree->db);
    if (err >= JET_errSuccess)
        err = merged_make(job, leaf, memory);
    if (err >= JET_errSuccess)
        err = macro_append(job, &result->place);
    if (err >= JET_errSuccess)
        err = pages_finish(job, result);
    free(memory);
    return err;
}

jet_err merge_right(struct tree *tree, const struct btree_actor *actor, const struct tree_path *path,
                    struct frame *leaf, enum merge_wish wish, struct merge_result *ret_result)
{
    struct merge_job job = {.tree = tree, .actor = actor, .path = path, .page_size = tree->db->page_size};
    struct merge_result result = {.count = 0};
    assert(path->depth > 1);
    job.top = path->depth - 2;
    job.level[path->depth - 1] = leaf;
    jet_err err = tree_page_hold(tree, path->level[job.top].pgno, PAGE_EXCLUSIVE, &job.level[job.top]);
    const bool has_sibling =
        err >= JET_errSuccess && path->level[job.top].tag < page_node_count(job.level[job.top]->page);
    if (has_sibling)
        err = siblings_hold(&job, leaf);
    if (err >= JET_errSuccess && has_sibling && job.right &&
        merge_is_worth(leaf->page, job.right->page, job.page_size, wish))
        err = merge_right_do(&job, leaf, &result);
    atomic_store_explicit(&tree->last_leaf, 0, memory_order_relaxed);
    release(&job);
    if (err >= JET_errSuccess)
        *ret_result = result;
    return err;
}
