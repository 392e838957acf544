/* SPDX-License-Identifier: MIT */
/* modify.c - changing one node. See modify.h.
 *
 * First with the structure latch shared: nearly every change fits its page. If not, the same again with the structure
 * latch held exclusively, splitting (or, where the last node of a leaf goes, taking the leaf out) until it is done.
 * Each split needs one new page, which is taken before any page is latched; then everything is looked at afresh.
 */
#include "btree/modify.h"

#include "base/corrupt.h"
#include "btree/merge.h"
#include "btree/node_change.h"
#include "btree/space_internal.h"
#include "btree/split.h"

enum { ROUNDS_MAX = 100 }; /* more splits than that for one change: the tree is damaged */

enum need {
    NEED_NOTHING, /* it is done */
    NEED_ROOM,
    NEED_MERGE, /* the leaf's last node is to go */
};

struct modify_job {
    struct tree *tree;
    const struct btree_actor *actor;
    const struct bookmark *bookmark;
    const struct btree_modify *modify;
    struct target target;
    struct btree_change change;
    struct node_change node; /* of the present attempt; node.leaf is latched exclusively */
    pgno_t spare;            /* page for the next split; 0: none */
};

static void revoke(const struct modify_job *job)
{
    if (job->modify->revoke)
        job->modify->revoke(job->modify->context);
}

static void done(const struct modify_job *job, struct frame *leaf, unsigned tag, const struct change_place *place)
{
    const struct btree_done done = {.leaf = leaf, .tag = tag, .lgpos_start = place->start, .lgpos_end = place->end};
    if (job->modify->done)
        job->modify->done(job->modify->context, &done);
}

static jet_err change_check(const struct modify_job *job)
{
    const struct btree_change *change = &job->change;
    const size_t key_size = job->bookmark->key_size;

    if (change->kind != BTREE_INSERT && change->kind != BTREE_FLAG_INSERT_REPLACE && change->kind != BTREE_REPLACE &&
        change->kind != BTREE_UNDO_REPLACE)
        return JET_errSuccess;
    assert(change->data_size > 0);
    if (key_size > BTREE_KEY_MAX)
        return JET_errKeyTooBig;
    return apply_node_size(0, key_size, change->data_size) > page_node_size_max(job->tree->db->page_size)
               ? JET_errRecordTooBig
               : JET_errSuccess;
}

/* Finds the node on the leaf and has the caller decide. After success without revoke the change stands. */
static jet_err decide(struct modify_job *job, struct frame *leaf)
{
    const size_t page_size = job->tree->db->page_size;
    const unsigned tag = leaf_find(leaf->page, page_size, &job->target);
    uint8_t buffer[BTREE_KEY_MAX];
    struct btree_node_view view;
    struct node node;
    bool exists = false;

    if (tag < page_tag_count(leaf->page)) {
        node_at(leaf->page, page_size, tag, &node);
        exists = leaf_compare(&node, &job->target) == 0;
    }
    if (exists) {
        jet_err err = node_view(leaf->page, page_size, tag, buffer, &view);
        if (err < JET_errSuccess)
            return err;
    }
    jet_err err = job->modify->decide(job->modify->context, exists ? &view : NULL, leaf->pgno, &job->change);
    if (err < JET_errSuccess)
        return err;
    assert(job->change.kind == BTREE_NOTHING || exists == (job->change.kind != BTREE_INSERT));
    job->node = (struct node_change){.tree = job->tree,
                                     .actor = job->actor,
                                     .bookmark = job->bookmark,
                                     .change = &job->change,
                                     .leaf = leaf,
                                     .tag = tag};
    err = change_check(job);
    if (err < JET_errSuccess)
        revoke(job);
    return err;
}

/* Remembers where appends happen; forgets it when something else does. */
static void append_hint(const struct modify_job *job, const struct frame *leaf, bool is_append)
{
    const pgno_t pgno = is_append ? leaf->pgno : 0;
    if (atomic_load_explicit(&job->tree->last_leaf, memory_order_relaxed) != pgno)
        atomic_store_explicit(&job->tree->last_leaf, pgno, memory_order_relaxed);
}

/* One attempt on a leaf that is latched exclusively and stays so. On success with NEED_ROOM or NEED_MERGE the change
 * was decided and neither done nor revoked. */
static jet_err attempt(struct modify_job *job, struct frame *leaf, enum need *ret_need)
{
    struct change_place place;
    jet_err err = decide(job, leaf);
    if (err < JET_errSuccess)
        return err;
    const bool is_append =
        job->change.kind == BTREE_INSERT && job->node.tag == page_tag_count(leaf->page) && page_next(leaf->page) == 0;
    append_hint(job, leaf, is_append);
    if (!node_change_fits(&job->node)) {
        *ret_need = NEED_ROOM;
        return JET_errSuccess;
    }
    if (job->change.kind == BTREE_DELETE && page_node_count(leaf->page) == 1 && leaf->pgno != job->tree->root) {
        *ret_need = NEED_MERGE;
        return JET_errSuccess;
    }
    err = node_change_do(&job->node, &place);
    if (err < JET_errSuccess) {
        revoke(job);
        return err;
    }
    done(job, leaf, job->change.kind == BTREE_DELETE ? 0 : job->node.tag, &place);
    *ret_need = NEED_NOTHING;
    return JET_errSuccess;
}

/* ---- structure shared ---- */

/* The leaf of the last append, if the bookmark lies behind all that is there; NULL: it does not. */
static struct frame *append_leaf(const struct modify_job *job)
{
    const pgno_t pgno = atomic_load_explicit(&job->tree->last_leaf, memory_order_relaxed);
    struct frame *leaf;
    struct node last;

    if (pgno == 0 || tree_page_hold(job->tree, pgno, PAGE_EXCLUSIVE, &leaf) < JET_errSuccess)
        return NULL;
    if (page_is_leaf(leaf->page) && page_next(leaf->page) == 0 && page_node_count(leaf->page) > 0) {
        node_at(leaf->page, job->tree->db->page_size, page_node_count(leaf->page), &last);
        if (leaf_compare(&last, &job->target) < 0)
            return leaf;
    }
    page_put(leaf, PAGE_EXCLUSIVE);
    return NULL;
}

static jet_err modify_shared(struct modify_job *job, enum need *ret_need)
{
    struct frame *leaf = append_leaf(job);
    jet_err err = JET_errSuccess;
    if (!leaf)
        err = tree_descend(job->tree, &job->target, PAGE_EXCLUSIVE, &leaf);
    if (err < JET_errSuccess)
        return err;
    err = attempt(job, leaf, ret_need);
    if (err >= JET_errSuccess && *ret_need != NEED_NOTHING)
        revoke(job);
    page_put(leaf, PAGE_EXCLUSIVE);
    return err;
}

/* ---- structure exclusive ---- */

/* The change waits for room on the leaf. With a page at hand, splits something, maybe with the change; without, gets
 * one. */
static jet_err room_make(struct modify_job *job, const struct tree_path *path, bool *ret_done)
{
    struct split_result result;

    if (job->spare == 0) {
        const pgno_t near = job->node.leaf->pgno;
        struct btree_actor actor = *job->actor;
        actor.may_exceed_limit |= job->change.kind == BTREE_UNDO_REPLACE;
        revoke(job);
        page_put(job->node.leaf, PAGE_EXCLUSIVE);
        return tree_take_page(job->tree, &actor, near, &job->spare);
    }
    jet_err err = split_leaf(&job->node, path, job->spare, &result); /* takes the leaf's latch */
    if (err < JET_errSuccess) {
        revoke(job);
        return err;
    }
    job->spare = 0;
    if (result.is_changed) {
        append_hint(job, result.leaf,
                    page_next(result.leaf->page) == 0 && result.tag + 1 == page_tag_count(result.leaf->page));
        done(job, result.leaf, result.tag, &result.place);
    } else {
        revoke(job);
    }
    for (unsigned i = 0; i < COUNT_OF(result.frames); i++)
        if (result.frames[i])
            page_put(result.frames[i], PAGE_EXCLUSIVE);
    *ret_done = result.is_changed;
    return JET_errSuccess;
}

/* The page must stay, and it must have a node. */
static jet_err keep_deleted(struct modify_job *job)
{
    struct change_place place = {0, 0};
    struct node node;
    jet_err err = JET_errSuccess;

    node_at(job->node.leaf->page, job->tree->db->page_size, job->node.tag, &node);
    if (!(node.flags & NODE_FLAG_DELETED)) {
        job->change.kind = BTREE_FLAG_DELETE;
        err = node_change_do(&job->node, &place);
    }
    if (err >= JET_errSuccess)
        done(job, job->node.leaf, job->node.tag, &place);
    else
        revoke(job);
    return err;
}

/* The node goes with its page. */
static jet_err page_remove(struct modify_job *job, const struct tree_path *path)
{
    struct merge_result result;
    jet_err err = merge_empty_leaf(job->tree, job->actor, path, job->node.leaf, &result);
    if (err < JET_errSuccess)
        revoke(job);
    else if (result.count == 0)
        err = keep_deleted(job);
    else
        done(job, NULL, 0, &result.place);
    page_put(job->node.leaf, PAGE_EXCLUSIVE);
    for (unsigned i = 0; err >= JET_errSuccess && i < result.count; i++)
        err = tree_give_page(job->tree, job->actor, result.pages[i]);
    return err;
}

static jet_err round_exclusive(struct modify_job *job, bool *ret_done)
{
    struct tree_path path;
    struct frame *leaf;
    enum need need;
    jet_err err = tree_descend_path(job->tree, &job->target, PAGE_EXCLUSIVE, &path, &leaf);
    if (err < JET_errSuccess)
        return err;
    err = attempt(job, leaf, &need);
    if (err >= JET_errSuccess && need == NEED_ROOM)
        return room_make(job, &path, ret_done);
    if (err >= JET_errSuccess && need == NEED_MERGE) {
        *ret_done = true;
        return page_remove(job, &path);
    }
    page_put(leaf, PAGE_EXCLUSIVE);
    *ret_done = true;
    return err;
}

static jet_err modify_exclusive(struct modify_job *job)
{
    bool is_done = false;
    jet_err err = JET_errSuccess;
    for (unsigned round = 0; !is_done && err >= JET_errSuccess; round++)
        err = round < ROUNDS_MAX ? round_exclusive(job, &is_done) : CORRUPT(JET_errBadParentPageLink);
    if (job->spare != 0) {
        jet_err give_err = tree_give_page(job->tree, job->actor, job->spare);
        if (err >= JET_errSuccess && !is_done)
            err = give_err; /* else the change is done; the page is lost */
    }
    return err;
}

jet_err btree_modify(struct tree *tree, const struct btree_actor *actor, const struct bookmark *bookmark,
                     const struct btree_modify *modify)
{
    struct modify_job job = {.tree = tree, .actor = actor, .bookmark = bookmark, .modify = modify};
    enum need need = NEED_NOTHING;

    job.target = tree_target(tree, bookmark);
    latch_shared(&tree->structure);
    jet_err err = modify_shared(&job, &need);
    latch_unlock_shared(&tree->structure);
    if (err < JET_errSuccess || need == NEED_NOTHING)
        return err;
    latch_exclusive(&tree->structure);
    err = modify_exclusive(&job);
    latch_unlock_exclusive(&tree->structure);
    return err;
}

/* ---- one change known beforehand ---- */

static jet_err change_decide(void *context, const struct btree_node_view *existing, pgno_t leaf,
                             struct btree_change *ret_change)
{
    const struct btree_change *change = context;
    (void)leaf;
    if (existing && change->kind == BTREE_INSERT)
        return JET_errKeyDuplicate;
    if (!existing && change->kind != BTREE_INSERT && change->kind != BTREE_NOTHING)
        return JET_errRecordNotFound;
    *ret_change = *change;
    return JET_errSuccess;
}

jet_err btree_change(struct tree *tree, const struct btree_actor *actor, const struct bookmark *bookmark,
                     const struct btree_change *change)
{
    struct btree_change copy = *change;
    const struct btree_modify modify = {.context = &copy, .decide = change_decide};
    return btree_modify(tree, actor, bookmark, &modify);
}
