/* SPDX-License-Identifier: MIT */
/* split.c - carrying out splits. See split.h.
 *
 * Everything that can fail comes before the log: the halves are made in scratch pages, the parent's room is known.
 * Behind it there are only copies. Latches are taken in the order parent's child first, but with the structure latch
 * held exclusively nobody else holds more than one.
 */
#include "btree/split.h"

#include <stdlib.h>

#include "base/corrupt.h"
#include "format/page_image.h"

enum {
    SCRATCH_BEFORE, /* the page that is split, as it was, with the new dbtime */
    SCRATCH_SOURCE,
    SCRATCH_FRESH,
    SCRATCH_IMAGE,
    SCRATCHES,
};

struct split_job {
    struct tree *tree;
    const struct btree_actor *actor;
    const struct node_change *change; /* NULL: no change comes with it */
    struct split_plan plan;
    size_t page_size;
    dbtime_t dbtime;
    struct frame *source, *fresh, *parent, *right;
    unsigned parent_tag;
    pgno_t pgno_grandparent;
    uint8_t *scratch[SCRATCHES];
    uint8_t *memory;
};

static bool fits_separator(const void *page, size_t page_size, struct logrec_span separator)
{
    const size_t prefix = apply_prefix_size(page, page_size, separator.bytes, separator.size);
    return apply_node_size(prefix, separator.size, sizeof(le32)) + PAGE_TAG_SIZE <= page_free_space(page) &&
           page_tag_count(page) < PAGE_TAGS_MAX;
}

/* ---- pages ---- */

static jet_err pages_hold(struct split_job *job, pgno_t pgno_new)
{
    struct tree *tree = job->tree;
    const pgno_t source = job->source->pgno, parent = job->parent ? job->parent->pgno : 0;
    const pgno_t right = page_is_leaf(job->source->page) ? page_next(job->source->page) : 0;
    if (pgno_new == source || pgno_new == parent || pgno_new == right)
        return CORRUPT(JET_errSPAvailExtCorrupted);
    if (right != 0 && (right == source || right == parent))
        return CORRUPT(JET_errBadPageLink);
    jet_err err = page_get_new(tree->db, pgno_new, &job->fresh);
    if (err >= JET_errSuccess && right != 0)
        err = tree_page_hold(tree, right, PAGE_EXCLUSIVE, &job->right);
    if (err >= JET_errSuccess && job->right && page_prev(job->right->page) != source)
        err = CORRUPT(JET_errBadPageLink);
    job->memory = malloc(SCRATCHES * job->page_size);
    if (err >= JET_errSuccess && !job->memory)
        err = JET_errOutOfMemory;
    for (unsigned i = 0; i < SCRATCHES; i++)
        job->scratch[i] = job->memory ? job->memory + i * job->page_size : NULL;
    return err;
}

/* Puts back what was held here; the source is the caller's. */
static void pages_put(struct split_job *job, bool keep_fresh)
{
    if (job->fresh && !keep_fresh)
        page_put(job->fresh, PAGE_EXCLUSIVE);
    if (job->right)
        page_put(job->right, PAGE_EXCLUSIVE);
    free(job->memory);
    job->right = NULL;
    job->memory = NULL;
    if (!keep_fresh)
        job->fresh = NULL;
}

/* ---- records ---- */

/* An image is needed, and undo information must be in the log, if nodes leave the page. */
static bool moves_nodes(const struct split_job *job)
{
    return !apply_split_moves_nothing(&job->plan.split);
}

/* The parent's part, as a level of its own. */
static struct logrec_split parent_record(const struct split_job *job)
{
    const unsigned line = job->parent_tag - 1;
    const uint32_t flags = page_flags(job->parent->page) & ~(uint32_t)PAGE_FLAG_FLUSH_TYPE;
    return (struct logrec_split){
        .head = change_page_head(job->tree, job->actor, LOGREC_SPLIT, job->parent, job->dbtime, line),
        .right_before = LOGREC_DBTIME_NIL,
        .pgno_parent = job->pgno_grandparent,
        .parent_before = LOGREC_DBTIME_NIL,
        .pgno_fdp = job->tree->fdp,
        .objid = job->tree->objid,
        .split = LOGREC_SPLIT_VERTICAL,
        .iline_oper = (uint16_t)line,
        .count_lines = (uint16_t)page_node_count(job->parent->page),
        .split_flags = flags,
        .iline_prefix = -1,
        .new_iline_prefix = -1,
    };
}

static void own_record(struct split_job *job, pgno_t pgno_new)
{
    struct logrec_split *split = &job->plan.split;
    const unsigned line = job->change ? job->change->tag - 1 : 0;
    split->head = change_page_head(job->tree, job->actor, LOGREC_SPLIT, job->source, job->dbtime, line);
    split->pgno_new = pgno_new;
    split->pgno_right = job->right ? job->right->pgno : 0;
    split->right_before = job->right ? page_dbtime(job->right->page) : LOGREC_DBTIME_NIL;
    split->pgno_parent = job->parent ? job->parent->pgno : 0;
    split->parent_before = job->parent ? page_dbtime(job->parent->page) : LOGREC_DBTIME_NIL;
    split->pgno_fdp = job->tree->fdp;
    split->objid = job->tree->objid;
}

/* Where the changed node comes to lie. */
static unsigned changed_line(const struct split_job *job, bool *ret_is_fresh)
{
    const struct logrec_split *split = &job->plan.split;
    *ret_is_fresh = split->iline_oper >= split->iline_split;
    return *ret_is_fresh ? split->iline_oper - (unsigned)split->iline_split : split->iline_oper;
}

static void leaf_record(const struct split_job *job, struct node_change_record *ret_record)
{
    bool is_fresh;
    const unsigned line = changed_line(job, &is_fresh);
    const void *page = job->scratch[is_fresh ? SCRATCH_FRESH : SCRATCH_SOURCE];
    struct node node;
    size_t old_size = 0;

    if (job->plan.pending.oper != LOGREC_SPLIT_INSERT) {
        node_at(job->scratch[SCRATCH_BEFORE], job->page_size, job->change->tag, &node);
        old_size = node.data_size;
    }
    node_at(page, job->page_size, line + 1, &node);
    node_change_record(job->change, is_fresh ? job->fresh->pgno : job->source->pgno, line, node.prefix_size,
                       job->dbtime, old_size, ret_record);
}

/* The payloads of the record behind its fixed part; returns the number of all pieces. */
static unsigned pieces_add(const struct logrec_split *split, struct log_piece pieces[5])
{
    const struct logrec_span payloads[] = {split->separator, split->old_prefix, split->new_prefix, split->image};
    unsigned count = 1;

    for (unsigned i = 0; i < COUNT_OF(payloads); i++)
        if (payloads[i].size > 0)
            pieces[count++] = piece_of(payloads[i]);
    return count;
}

static jet_err macro_append(struct split_job *job, struct change_place *ret_place)
{
    const struct logrec_split *split = &job->plan.split;
    struct logrec_macro_disk begin, end;
    struct logrec_split_disk own, parent;
    struct node_change_record leaf;
    struct log_piece own_pieces[5] = {
        {&own, sizeof own}
    };
    const struct log_piece begin_piece = {&begin, sizeof begin}, end_piece = {&end, sizeof end},
                           parent_piece = {&parent, sizeof parent};
    struct log_record records[5];
    unsigned count = 0;
    const struct logrec_macro macro = {LOGREC_MACRO_BEGIN, job->actor->procid, job->dbtime};
    const struct logrec_macro commit = {LOGREC_MACRO_COMMIT, job->actor->procid, job->dbtime};

    logrec_macro_encode(&macro, &begin);
    logrec_macro_encode(&commit, &end);
    logrec_split_encode(split, &own);
    records[count++] = (struct log_record){&begin_piece, 1};
    if (job->parent) {
        const struct logrec_split record = parent_record(job);
        logrec_split_encode(&record, &parent);
        records[count++] = (struct log_record){&parent_piece, 1};
    }
    records[count++] = (struct log_record){own_pieces, pieces_add(split, own_pieces)};
    if (job->change) {
        leaf_record(job, &leaf);
        records[count++] = (struct log_record){leaf.pieces, leaf.count};
    }
    records[count++] = (struct log_record){&end_piece, 1};
    return change_append(job->actor, records, count, ret_place);
}

/* ---- doing it ---- */

/* Makes the halves in scratch pages, and the image. */
static jet_err halves_make(struct split_job *job)
{
    struct logrec_split *split = &job->plan.split;

    if (apply_split_keeps_source(split))
        return apply_split(split, &job->plan.pending, NULL, job->page_size, NULL, job->scratch[SCRATCH_FRESH]);
    memcpy(job->scratch[SCRATCH_BEFORE], job->source->page, job->page_size);
    apply_dbtime(job->scratch[SCRATCH_BEFORE], job->dbtime);
    if (moves_nodes(job)) {
        const size_t size =
            page_image_pack(job->scratch[SCRATCH_BEFORE], job->page_size, job->scratch[SCRATCH_IMAGE], &split->flags);
        split->image = span_of(job->scratch[SCRATCH_IMAGE], size);
    }
    return apply_split(split, &job->plan.pending, job->scratch[SCRATCH_BEFORE], job->page_size,
                       job->scratch[SCRATCH_SOURCE], job->scratch[SCRATCH_FRESH]);
}

static void source_finish(const struct split_job *job)
{
    if (apply_split_keeps_source(&job->plan.split))
        apply_next(job->source->page, job->fresh->pgno);
    else
        memcpy(job->source->page, job->scratch[SCRATCH_SOURCE], job->page_size);
}

static jet_err pages_finish(const struct split_job *job, const struct change_place *place)
{
    jet_err err = JET_errSuccess;
    if (job->parent) {
        err = apply_separator(job->parent->page, job->page_size, job->parent_tag - 1, job->plan.split.separator,
                              job->source->pgno, job->fresh->pgno);
        change_finish(job->parent, job->actor, job->dbtime, place);
    }
    source_finish(job);
    change_finish(job->source, job->actor, job->dbtime, place);
    memcpy(job->fresh->page, job->scratch[SCRATCH_FRESH], job->page_size);
    change_finish(job->fresh, job->actor, job->dbtime, place);
    if (job->right) {
        apply_prev(job->right->page, job->fresh->pgno);
        change_finish(job->right, job->actor, job->dbtime, place);
    }
    return err;
}

static jet_err before_move(const struct split_job *job)
{
    if (!job->actor->before_move || !page_is_leaf(job->source->page) || !moves_nodes(job))
        return JET_errSuccess;
    return job->actor->before_move(job->actor->before_move_context, job->source);
}

/* Carries out the plan. Source and parent are latched exclusively and stay the caller's; the new page is left latched
 * in job->fresh on success. */
static jet_err split_do(struct split_job *job, pgno_t pgno_new, struct change_place *ret_place)
{
    jet_err err = pages_hold(job, pgno_new);
    if (err >= JET_errSuccess)
        err = before_move(job);
    if (err >= JET_errSuccess) {
        job->dbtime = database_next_dbtime(job->tree->db);
        own_record(job, pgno_new);
        err = halves_make(job);
    }
    if (err >= JET_errSuccess)
        err = macro_append(job, ret_place);
    if (err >= JET_errSuccess)
        err = pages_finish(job, ret_place);
    pages_put(job, err >= JET_errSuccess);
    return err;
}

/* The root is full: its nodes go one level down. Gives the frame back. */
static jet_err split_root(struct tree *tree, const struct btree_actor *actor, struct frame *root, pgno_t pgno_new)
{
    struct split_job job = {.tree = tree, .actor = actor, .page_size = tree->db->page_size, .source = root};
    struct change_place place;
    jet_err err = split_plan_vertical(tree, root->page, &job.plan);
    if (err >= JET_errSuccess)
        err = split_do(&job, pgno_new, &place);
    if (err >= JET_errSuccess)
        page_put(job.fresh, PAGE_EXCLUSIVE);
    page_put(root, PAGE_EXCLUSIVE);
    split_plan_done(&job.plan);
    return err;
}

/* Splits the source, of which there is a plan, unless its parent, which is at the level, has no room for the separator:
 * then nothing has been done. On success the fresh page is latched, too. */
static jet_err split_below(struct split_job *job, const struct tree_path *path, unsigned parent_level, pgno_t pgno_new,
                           struct change_place *place, bool *ret_has_room)
{
    *ret_has_room = true;
    jet_err err = tree_page_hold(job->tree, path->level[parent_level].pgno, PAGE_EXCLUSIVE, &job->parent);
    if (err < JET_errSuccess)
        return err;
    job->parent_tag = path->level[parent_level].tag;
    job->pgno_grandparent = parent_level > 0 ? path->level[parent_level - 1].pgno : 0;
    *ret_has_room = fits_separator(job->parent->page, job->page_size, job->plan.split.separator);
    if (*ret_has_room)
        err = split_do(job, pgno_new, place);
    page_put(job->parent, PAGE_EXCLUSIVE);
    return err;
}

/* Splits an internal page of the path, or what stands in the way of that. Nothing of the path is latched. */
static jet_err split_internal(struct tree *tree, const struct btree_actor *actor, const struct tree_path *path,
                              unsigned level, pgno_t pgno_new)
{
    struct split_job job = {.tree = tree, .actor = actor, .page_size = tree->db->page_size};
    struct change_place place;
    bool has_room = true;
    jet_err err = tree_page_hold(tree, path->level[level].pgno, PAGE_EXCLUSIVE, &job.source);
    if (err < JET_errSuccess)
        return err;
    if (level == 0)
        return split_root(tree, actor, job.source, pgno_new);
    err = split_plan_right(tree, job.source->page, NULL, &job.plan);
    if (err >= JET_errSuccess)
        err = split_below(&job, path, level - 1, pgno_new, &place, &has_room);
    if (has_room && err >= JET_errSuccess)
        page_put(job.fresh, PAGE_EXCLUSIVE);
    page_put(job.source, PAGE_EXCLUSIVE);
    split_plan_done(&job.plan);
    return has_room ? err : split_internal(tree, actor, path, level - 1, pgno_new);
}

/* A plan with the change, if there is one, or, where that cannot be or must not be, without it. */
static jet_err leaf_plan(struct split_job *job, const struct node_change *change)
{
    jet_err err = JET_errRecordTooBig;
    if (change && change->change->kind != BTREE_UNDO_REPLACE)
        err = split_plan_right(job->tree, job->source->page, change, &job->plan);
    job->change = err >= JET_errSuccess ? change : NULL;
    if (err == JET_errRecordTooBig)
        err = split_plan_right(job->tree, job->source->page, NULL, &job->plan);
    return err;
}

/* The change and the image of the page together may be more than a small log takes at once; one after the other they
 * are not. */
static jet_err split_with_change(struct split_job *job, const struct node_change *change, const struct tree_path *path,
                                 pgno_t pgno_new, struct change_place *place, bool *ret_has_room)
{
    const unsigned parent_level = path->depth - 2;
    jet_err err = leaf_plan(job, change);
    if (err >= JET_errSuccess)
        err = split_below(job, path, parent_level, pgno_new, place, ret_has_room);
    if (err != JET_errLogBufferTooSmall || !job->change)
        return err;
    split_plan_done(&job->plan);
    err = leaf_plan(job, NULL);
    return err < JET_errSuccess ? err : split_below(job, path, parent_level, pgno_new, place, ret_has_room);
}

static void result_set(const struct split_job *job, struct split_result *ret_result)
{
    bool is_fresh = false;
    const unsigned line = job->change ? changed_line(job, &is_fresh) : 0;
    ret_result->is_changed = job->change != NULL;
    ret_result->frames[0] = job->source;
    ret_result->frames[1] = job->fresh;
    ret_result->leaf = is_fresh ? job->fresh : job->source;
    ret_result->tag = line + 1;
}

jet_err split_leaf(const struct node_change *change, const struct tree_path *path, pgno_t pgno_new,
                   struct split_result *ret_result)
{
    struct tree *tree = change->tree;
    struct split_job job = {
        .tree = tree, .actor = change->actor, .page_size = tree->db->page_size, .source = change->leaf};
    const unsigned level = path->depth - 1;
    struct split_result result = {.is_changed = false};

    if (level == 0) {
        jet_err err = split_root(tree, change->actor, change->leaf, pgno_new);
        if (err >= JET_errSuccess)
            *ret_result = result;
        return err;
    }
    bool has_room = true;
    jet_err err = split_with_change(&job, change, path, pgno_new, &result.place, &has_room);
    if (has_room && err >= JET_errSuccess)
        result_set(&job, &result);
    else
        page_put(job.source, PAGE_EXCLUSIVE);
    split_plan_done(&job.plan);
    if (!has_room)
        err = split_internal(tree, change->actor, path, level - 1, pgno_new);
    if (err >= JET_errSuccess)
        *ret_result = result;
    return err;
}
