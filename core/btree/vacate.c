/* SPDX-License-Identifier: MIT */
/* vacate.c - leaves, and the way to them, are looked at under the shared structure latch; pages move under the
 * exclusive one.
 *
 * One record, PageMove, tells of the five pages that change. It holds the page as it was, because that may be on disk
 * as an empty page already when the one that it became has to be made again.
 */
#include "btree/vacate.h"

#include <stdlib.h>

#include "base/corrupt.h"
#include "btree/apply.h"
#include "btree/space_internal.h"
#include "btree/walk.h"
#include "format/page_image.h"

struct move_job {
    struct tree *tree;
    const struct btree_actor *actor;
    size_t page_size;
    dbtime_t dbtime;
    pgno_t from, to;
    unsigned parent_tag;
    struct frame *page, *parent, *left, *right, *fresh;
    uint8_t *before; /* the page as it was, but for its dbtime, which is the new one already */
};

static jet_err sibling_hold(struct move_job *job, pgno_t pgno, struct frame **ret_frame)
{
    if (pgno == 0)
        return JET_errSuccess;
    if (pgno == job->from || pgno == job->parent->pgno)
        return CORRUPT(JET_errBadPageLink);
    return tree_page_hold(job->tree, pgno, PAGE_EXCLUSIVE, ret_frame);
}

/* From the page upwards, then to its sides. */
static jet_err pages_hold(struct move_job *job, pgno_t parent)
{
    jet_err err = tree_page_hold(job->tree, job->from, PAGE_EXCLUSIVE, &job->page);
    if (err >= JET_errSuccess)
        err = tree_page_hold(job->tree, parent, PAGE_EXCLUSIVE, &job->parent);
    if (err < JET_errSuccess)
        return err;
    const pgno_t left = page_prev(job->page->page), right = page_next(job->page->page);
    if (left == right && left != 0)
        return CORRUPT(JET_errBadPageLink);
    err = sibling_hold(job, left, &job->left);
    if (err >= JET_errSuccess)
        err = sibling_hold(job, right, &job->right);
    if (err >= JET_errSuccess && ((job->left && page_next(job->left->page) != job->from) ||
                                  (job->right && page_prev(job->right->page) != job->from)))
        err = CORRUPT(JET_errBadPageLink);
    if (err >= JET_errSuccess && (job->parent_tag >= page_tag_count(job->parent->page) ||
                                  child_at(job->parent->page, job->page_size, job->parent_tag) != job->from))
        err = CORRUPT(JET_errBadParentPageLink);
    return err;
}

static void release(struct move_job *job)
{
    struct frame *const frames[] = {job->fresh, job->right, job->left, job->parent, job->page};
    for (unsigned i = 0; i < sizeof frames / sizeof frames[0]; i++)
        if (frames[i])
            page_put(frames[i], PAGE_EXCLUSIVE);
    free(job->before);
}

static jet_err move_append(const struct move_job *job, struct change_place *ret_place)
{
    const struct page_image_parts parts = page_image_part(job->before, job->page_size);
    const struct logrec_page_move move = {
        .head = change_page_head(job->tree, job->actor, LOGREC_PAGE_MOVE, job->page, job->dbtime, 0),
        .pgno_to = job->to,
        .pgno_left = job->left ? job->left->pgno : 0,
        .pgno_right = job->right ? job->right->pgno : 0,
        .pgno_parent = job->parent->pgno,
        .left_before = job->left ? page_dbtime(job->left->page) : LOGREC_DBTIME_NIL,
        .right_before = job->right ? page_dbtime(job->right->page) : LOGREC_DBTIME_NIL,
        .parent_before = page_dbtime(job->parent->page),
        .pgno_fdp = job->tree->fdp,
        .objid = job->tree->objid,
        .iline_parent = (int32_t)job->parent_tag - 1,
        .front = span_of(parts.front, parts.front_size),
        .back = span_of(parts.back, parts.back_size),
    };
    struct logrec_page_move_disk disk;
    logrec_page_move_encode(&move, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk},
        piece_of(move.front), piece_of(move.back)
    };
    return change_append_pieces(job->actor, pieces, ret_place);
}

static jet_err pages_finish(struct move_job *job, const struct change_place *place)
{
    jet_err err = apply_child_move(job->parent->page, job->page_size, job->parent_tag - 1, job->from, job->to);
    apply_page_move(job->fresh->page, job->page_size, job->before, job->to);
    apply_page_empty(job->page->page, job->page_size);
    if (job->left)
        apply_next(job->left->page, job->to);
    if (job->right)
        apply_prev(job->right->page, job->to);
    struct frame *const frames[] = {job->fresh, job->right, job->left, job->parent, job->page};
    for (unsigned i = 0; i < sizeof frames / sizeof frames[0]; i++)
        if (frames[i])
            change_finish(frames[i], job->actor, job->dbtime, place);
    atomic_store_explicit(&job->page->is_checked, false, memory_order_relaxed); /* it is no page of a tree now */
    return err;
}

static jet_err move_do(struct move_job *job, pgno_t parent)
{
    struct change_place place;
    jet_err err = pages_hold(job, parent);
    if (err >= JET_errSuccess && page_is_leaf(job->page->page) && job->actor->before_move)
        err = job->actor->before_move(job->actor->before_move_context, job->page);
    if (err >= JET_errSuccess)
        err = page_get_new(job->tree->db, job->to, &job->fresh);
    if (err < JET_errSuccess)
        return err;
    job->before = malloc(job->page_size);
    if (!job->before)
        return JET_errOutOfMemory;
    job->dbtime = database_next_dbtime(job->tree->db);
    memcpy(job->before, job->page->page, job->page_size);
    apply_dbtime(job->before, job->dbtime);
    err = move_append(job, &place);
    return err < JET_errSuccess ? err : pages_finish(job, &place);
}

/* The page `*pgno`, which is no root, gets another number. No page is latched. */
static jet_err page_move(struct tree *tree, const struct btree_actor *actor, pgno_t limit, pgno_t parent,
                         unsigned parent_tag, pgno_t *pgno)
{
    struct move_job job = {
        .tree = tree, .actor = actor, .page_size = tree->db->page_size, .from = *pgno, .parent_tag = parent_tag};
    jet_err err = space_take_page_below(tree, actor, limit, &job.to);
    if (err < JET_errSuccess)
        return err;
    err = move_do(&job, parent);
    release(&job);
    atomic_store_explicit(&tree->last_leaf, 0, memory_order_relaxed);
    if (err < JET_errSuccess) {
        jet_err_ignore(space_give_page(tree, actor, job.to)); /* the first error counts */
        return err;
    }
    *pgno = job.to;
    return space_give_page(tree, actor, job.from);
}

/* From the root down, so that each page is the child of one that stays where it is. */
static jet_err path_move(struct tree *tree, const struct btree_actor *actor, pgno_t limit, const struct target *target,
                         uint32_t *moved)
{
    struct tree_path path;
    struct frame *leaf;
    jet_err err = tree_descend_path(tree, target, PAGE_SHARED, &path, &leaf);
    if (err < JET_errSuccess)
        return err;
    page_put(leaf, PAGE_SHARED);
    for (unsigned level = 1; level < path.depth && err >= JET_errSuccess; level++) {
        if (path.level[level].pgno <= limit)
            continue;
        err = page_move(tree, actor, limit, path.level[level - 1].pgno, path.level[level - 1].tag,
                        &path.level[level].pgno);
        *moved += err >= JET_errSuccess;
    }
    return err;
}

/* Does anything have to move? And where does the walk go on? */
static jet_err path_look(struct tree *tree, pgno_t limit, const struct target *target, bool *ret_moves,
                         struct btree_walk *ret_next)
{
    struct tree_path path;
    struct frame *leaf, *right;
    jet_err err = tree_descend_path(tree, target, PAGE_SHARED, &path, &leaf);
    if (err < JET_errSuccess)
        return err;
    *ret_moves = false;
    for (unsigned level = 1; level < path.depth; level++)
        *ret_moves |= path.level[level].pgno > limit;
    const pgno_t next = page_next(leaf->page);
    *ret_next = (struct btree_walk){.has_ended = next == 0};
    if (next != 0) {
        err = tree_page_hold(tree, next, PAGE_SHARED, &right);
        if (err >= JET_errSuccess) {
            err = walk_to(tree, right->page, ret_next);
            page_put(right, PAGE_SHARED);
        }
    }
    page_put(leaf, PAGE_SHARED);
    return err;
}

jet_err btree_vacate_leaf(struct tree *tree, const struct btree_actor *actor, pgno_t limit, struct btree_walk *walk,
                          uint32_t *ret_moved)
{
    const struct target target = walk_target(tree, walk);
    struct btree_walk next;
    uint32_t moved = 0;
    bool moves = false;
    latch_shared(&tree->structure);
    jet_err err = path_look(tree, limit, &target, &moves, &next);
    latch_unlock_shared(&tree->structure);
    if (err >= JET_errSuccess && moves) {
        latch_exclusive(&tree->structure);
        err = path_move(tree, actor, limit, &target, &moved);
        latch_unlock_exclusive(&tree->structure);
    }
    if (err < JET_errSuccess)
        return err;
    walk_go_on(walk, &next);
    *ret_moved = moved;
    return JET_errSuccess;
}
