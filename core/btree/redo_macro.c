/* SPDX-License-Identifier: MIT */
/* redo_macro.c - splits and merges applied again. See redo.h.
 *
 * All pages of a macro are looked at before the first is changed: which of them need it is judged by what they were
 * before. Of the two pages of a split any may be on disk already: nodes that the source has no more come from the
 * record's image.
 */
#include <stdlib.h>

#include "base/corrupt.h"
#include "btree/redo_page.h"
#include "format/page_image.h"

enum { LEVELS_MAX = BTREE_LEVELS_MAX };

/* ---- splits ---- */

struct split_redo {
    const struct btree_redo *redo;
    const struct btree_redo_record *record; /* of the split */
    const struct btree_redo_record *leaf;   /* of the change that comes with it; NULL: none */
    struct logrec_split split;
    struct logrec_node_head leaf_head;
    struct apply_pending pending;
    unsigned parent_line;
    bool has_parent;
    struct redo_page source, fresh, right, parent;
    uint8_t *key;    /* of an insert, in one piece */
    uint8_t *before; /* the source as it was, and scratch pages */
    uint8_t *scratch;
};

static jet_err pending_insert(struct split_redo *job)
{
    struct logrec_insert insert;
    jet_err err = logrec_insert_decode(job->leaf->bytes, job->leaf->size, &insert);
    if (err < JET_errSuccess)
        return err;
    job->key = malloc(insert.prefix.size + insert.suffix.size + 1);
    if (!job->key)
        return JET_errOutOfMemory;
    if (insert.prefix.size > 0)
        memcpy(job->key, insert.prefix.bytes, insert.prefix.size);
    if (insert.suffix.size > 0)
        memcpy(job->key + insert.prefix.size, insert.suffix.bytes, insert.suffix.size);
    job->pending.key = (struct logrec_span){job->key, insert.prefix.size + insert.suffix.size};
    job->pending.data = insert.data;
    return JET_errSuccess;
}

/* What the record behind the splits says. */
static jet_err pending_decode(struct split_redo *job)
{
    struct logrec_flag_insert_replace flag_insert;
    struct logrec_replace replace;
    jet_err err;
    if (job->split.oper == LOGREC_SPLIT_NONE)
        return JET_errSuccess;
    if (!job->leaf)
        return JET_errFeatureNotAvailable; /* an internal page with a pending change: not one of our logs */
    err = logrec_node_head_decode(job->leaf->bytes, job->leaf->size, &job->leaf_head);
    if (err < JET_errSuccess)
        return err;
    job->pending.oper = job->split.oper;
    job->pending.flags_add = job->leaf_head.page.flags & LOGREC_FLAG_VERSIONED ? (unsigned)NODE_FLAG_VERSION : 0;
    switch (job->split.oper) {
    case LOGREC_SPLIT_INSERT: return pending_insert(job);
    case LOGREC_SPLIT_REPLACE:
        err = logrec_replace_decode(job->leaf->bytes, job->leaf->size, &replace);
        if (err >= JET_errSuccess && replace.head.page.type != LOGREC_REPLACE)
            err = CORRUPT(JET_errLogCorrupted);
        job->pending.data = replace.data;
        return err;
    case LOGREC_SPLIT_FLAG_INSERT_REPLACE:
        err = logrec_flag_insert_replace_decode(job->leaf->bytes, job->leaf->size, &flag_insert);
        job->pending.data = flag_insert.data;
        return err;
    default: return CORRUPT(JET_errLogCorrupted);
    }
}

static jet_err split_pages_hold(struct split_redo *job)
{
    const struct logrec_split *s = &job->split;
    const dbtime_t dbtime = s->head.dbtime;
    const pgno_t pages[] = {s->head.pgno, s->pgno_new, s->pgno_right, job->has_parent ? s->pgno_parent : 0};
    jet_err err = redo_check_distinct(pages, COUNT_OF(pages));
    if (err >= JET_errSuccess)
        err = redo_page_hold(job->redo, s->head.pgno, dbtime, s->head.dbtime_before, &job->source);
    if (err >= JET_errSuccess)
        err = redo_page_hold_new(job->redo, s->pgno_new, dbtime, &job->fresh);
    if (err >= JET_errSuccess && s->pgno_right != 0)
        err = redo_page_hold(job->redo, s->pgno_right, dbtime, s->right_before, &job->right);
    if (err >= JET_errSuccess && job->has_parent)
        err = redo_page_hold(job->redo, s->pgno_parent, dbtime, s->parent_before, &job->parent);
    return err;
}

/* The source as it was; `*ret_before` NULL: nobody needs it. */
static jet_err before_get(struct split_redo *job, const uint8_t **ret_before)
{
    const size_t page_size = job->redo->db->page_size;
    *ret_before = NULL;
    job->before = malloc(3 * page_size);
    if (!job->before)
        return JET_errOutOfMemory;
    job->scratch = job->before + page_size;
    if (job->source.frame) {
        memcpy(job->before, job->source.frame->page, page_size);
    } else if (!job->fresh.frame || apply_split_moves_nothing(&job->split)) {
        return JET_errSuccess;
    } else if (job->split.image.size == 0) {
        return CORRUPT(JET_errDatabaseBufferDependenciesCorrupted);
    } else {
        struct page_problem problem;
        jet_err err =
            page_image_unpack(job->split.image.bytes, job->split.image.size, job->split.flags, job->before, page_size);
        if (err >= JET_errSuccess)
            err = node_check_page(job->before, page_size, &problem);
        if (err < JET_errSuccess)
            return err;
    }
    *ret_before = job->before;
    return JET_errSuccess;
}

/* The page where the changed node comes to lie is made again: then whoever keeps versions wants to know what it was. */
static jet_err tell_pending(const struct split_redo *job, const uint8_t *before)
{
    const bool is_fresh = job->split.iline_oper >= job->split.iline_split;
    if ((job->split.oper != LOGREC_SPLIT_REPLACE && job->split.oper != LOGREC_SPLIT_FLAG_INSERT_REPLACE) || !before ||
        !(is_fresh ? job->fresh.frame : job->source.frame))
        return JET_errSuccess;
    return redo_tell_before(job->redo, &job->leaf_head, before, job->split.iline_oper);
}

static jet_err halves_redo(struct split_redo *job)
{
    const size_t page_size = job->redo->db->page_size;
    const struct logrec_split *s = &job->split;
    const bool keeps_source = apply_split_keeps_source(s);
    const uint8_t *before;
    jet_err err = before_get(job, &before);
    if (err < JET_errSuccess || (!job->source.frame && !job->fresh.frame))
        return err;
    uint8_t *source = job->source.frame && !keeps_source ? job->scratch : NULL;
    uint8_t *fresh = job->fresh.frame ? job->scratch + page_size : NULL;
    err = tell_pending(job, before);
    if (err >= JET_errSuccess)
        err = apply_split(s, &job->pending, before, page_size, source, fresh);
    if (err < JET_errSuccess)
        return err;
    if (source)
        memcpy(job->source.frame->page, source, page_size);
    else if (job->source.frame)
        apply_next(job->source.frame->page, s->pgno_new);
    if (fresh)
        memcpy(job->fresh.frame->page, fresh, page_size);
    return JET_errSuccess;
}

static void split_finish(struct split_redo *job, bool is_applied, bool *ret_redone)
{
    struct redo_page *pages[] = {&job->source, &job->fresh, &job->right, &job->parent};
    for (unsigned i = 0; i < COUNT_OF(pages); i++) {
        if (is_applied && pages[i]->frame) {
            redo_page_finish(pages[i], job->split.head.dbtime, job->record);
            *ret_redone = true;
        }
        redo_page_put(pages[i]);
    }
    free(job->before);
    free(job->key);
}

static jet_err split_redo(struct split_redo *job, bool *ret_redone)
{
    jet_err err = pending_decode(job);
    if (err >= JET_errSuccess)
        err = split_pages_hold(job);
    if (err >= JET_errSuccess)
        err = halves_redo(job);
    if (err >= JET_errSuccess && job->right.frame)
        apply_prev(job->right.frame->page, job->split.pgno_new);
    if (err >= JET_errSuccess && job->parent.frame)
        err = apply_separator(job->parent.frame->page, job->redo->db->page_size, job->parent_line, job->split.separator,
                              job->split.head.pgno, job->split.pgno_new);
    split_finish(job, err >= JET_errSuccess, ret_redone);
    return err;
}

/* One or two levels (the parent's separator, the page) and a change; other shapes are not of our logs. */
static jet_err splits_redo(const struct btree_redo *redo, const struct btree_redo_record *records, unsigned count,
                           bool *ret_redone)
{
    struct split_redo job = {.redo = redo};
    struct logrec_split above;
    unsigned at = 0;
    jet_err err = logrec_split_decode(records[at].bytes, records[at].size, &job.split);
    if (err >= JET_errSuccess && job.split.pgno_new == 0 && count > 1 && records[1].bytes[0] == LOGREC_SPLIT) {
        above = job.split;
        at = 1;
        err = logrec_split_decode(records[at].bytes, records[at].size, &job.split);
        job.has_parent = true;
        job.parent_line = above.iline_oper;
        if (err >= JET_errSuccess &&
            (above.head.pgno != job.split.pgno_parent || above.head.dbtime_before != job.split.parent_before ||
             above.head.dbtime != job.split.head.dbtime))
            err = CORRUPT(JET_errLogCorrupted);
    }
    if (err < JET_errSuccess)
        return err;
    job.record = &records[at++];
    if (at < count && records[at].bytes[0] != LOGREC_SPLIT)
        job.leaf = &records[at++];
    if (at != count || job.split.pgno_new == 0 || job.has_parent == (job.split.split == LOGREC_SPLIT_VERTICAL))
        return JET_errFeatureNotAvailable;
    redo_raise(redo, &job.split.head);
    return split_redo(&job, ret_redone);
}

/* ---- merges ---- */

struct merge_level {
    struct logrec_merge merge;
    const struct btree_redo_record *record;
    struct redo_page page, left, right;
};

static jet_err merge_hold(const struct btree_redo *redo, struct merge_level *level)
{
    const struct logrec_merge *m = &level->merge;
    const dbtime_t dbtime = m->head.dbtime;
    jet_err err = redo_page_hold(redo, m->head.pgno, dbtime, m->head.dbtime_before, &level->page);
    if (err >= JET_errSuccess && m->pgno_left != 0)
        err = redo_page_hold(redo, m->pgno_left, dbtime, m->left_before, &level->left);
    if (err >= JET_errSuccess && m->pgno_right != 0)
        err = redo_page_hold(redo, m->pgno_right, dbtime, m->right_before, &level->right);
    return err;
}

/* The right sibling gets the nodes of the page: from there, or from the image if they have left it already. */
static jet_err merge_right_redo(const struct btree_redo *redo, struct merge_level *level)
{
    const struct logrec_merge *m = &level->merge;
    const size_t page_size = redo->db->page_size;
    struct page_problem problem;
    jet_err err = JET_errSuccess;
    if (level->page.frame)
        return apply_merge_right(level->right.frame->page, page_size, level->page.frame->page);
    if (m->image.size == 0)
        return CORRUPT(JET_errDatabaseBufferDependenciesCorrupted);
    uint8_t *before = malloc(page_size);
    if (!before)
        return JET_errOutOfMemory;
    err = page_image_unpack(m->image.bytes, m->image.size, m->flags, before, page_size);
    if (err >= JET_errSuccess)
        err = node_check_page(before, page_size, &problem);
    if (err >= JET_errSuccess)
        err = apply_merge_right(level->right.frame->page, page_size, before);
    free(before);
    return err;
}

static jet_err merge_apply(const struct btree_redo *redo, struct merge_level *level)
{
    const struct logrec_merge *m = &level->merge;
    const size_t page_size = redo->db->page_size;
    jet_err err =
        m->merge == LOGREC_MERGE_FULL_RIGHT && level->right.frame ? merge_right_redo(redo, level) : JET_errSuccess;
    if (err < JET_errSuccess)
        return err;
    if (level->left.frame)
        apply_next(level->left.frame->page, m->pgno_right);
    if (level->right.frame)
        apply_prev(level->right.frame->page, m->pgno_left);
    if (!level->page.frame)
        return JET_errSuccess;
    if (m->actions & LOGREC_MERGE_PAGE_EMPTIED) {
        apply_page_empty(level->page.frame->page, page_size);
        return JET_errSuccess;
    }
    return apply_child_remove(level->page.frame->page, page_size, m->head.iline);
}

static void merge_finish(struct merge_level *level, bool is_applied, bool *ret_redone)
{
    struct redo_page *pages[] = {&level->page, &level->left, &level->right};
    for (unsigned i = 0; i < COUNT_OF(pages); i++) {
        if (is_applied && pages[i]->frame) {
            redo_page_finish(pages[i], level->merge.head.dbtime, level->record);
            *ret_redone = true;
        }
        redo_page_put(pages[i]);
    }
}

/* Pages that go, and the one that loses a child. */
static bool is_known_merge(const struct logrec_merge *m)
{
    if (m->actions & LOGREC_MERGE_PAGE_EMPTIED)
        return m->actions == LOGREC_MERGE_PAGE_EMPTIED &&
               (m->merge == LOGREC_MERGE_EMPTY_PAGE || (m->merge == LOGREC_MERGE_FULL_RIGHT && m->pgno_right != 0));
    return m->merge == LOGREC_MERGE_NONE && m->actions & LOGREC_MERGE_NODE_DELETED && m->pgno_left == 0 &&
           m->pgno_right == 0;
}

static jet_err merges_redo(const struct btree_redo *redo, const struct btree_redo_record *records, unsigned count,
                           bool *ret_redone)
{
    struct merge_level levels[LEVELS_MAX] = {{.record = NULL}};
    jet_err err = JET_errSuccess;
    if (count > LEVELS_MAX)
        return CORRUPT(JET_errLogCorrupted);
    for (unsigned i = 0; i < count && err >= JET_errSuccess; i++) {
        levels[i].record = &records[i];
        err = logrec_merge_decode(records[i].bytes, records[i].size, &levels[i].merge);
        if (err >= JET_errSuccess && !is_known_merge(&levels[i].merge))
            err = JET_errFeatureNotAvailable;
    }
    pgno_t pages[3 * LEVELS_MAX] = {0};
    for (unsigned i = 0; i < count && err >= JET_errSuccess; i++) {
        pages[3 * i] = levels[i].merge.head.pgno;
        pages[3 * i + 1] = levels[i].merge.pgno_left;
        pages[3 * i + 2] = levels[i].merge.pgno_right;
    }
    if (err >= JET_errSuccess)
        err = redo_check_distinct(pages, 3 * count);
    for (unsigned i = 0; i < count && err >= JET_errSuccess; i++) {
        redo_raise(redo, &levels[i].merge.head);
        err = merge_hold(redo, &levels[i]);
    }
    for (unsigned i = 0; i < count && err >= JET_errSuccess; i++)
        err = merge_apply(redo, &levels[i]);
    for (unsigned i = 0; i < count; i++)
        merge_finish(&levels[i], err >= JET_errSuccess, ret_redone);
    return err;
}

jet_err btree_redo_macro(const struct btree_redo *redo, const struct btree_redo_record *records, unsigned count,
                         bool *ret_redone)
{
    bool is_redone = false;
    jet_err err = JET_errSuccess;
    for (unsigned i = 0; i < count; i++)
        if (records[i].size == 0)
            return CORRUPT(JET_errLogFileCorrupt);
    if (count == 0)
        err = JET_errSuccess;
    else if (records[0].bytes[0] == LOGREC_SPLIT)
        err = splits_redo(redo, records, count, &is_redone);
    else if (records[0].bytes[0] == LOGREC_MERGE)
        err = merges_redo(redo, records, count, &is_redone);
    else
        err = JET_errFeatureNotAvailable;
    if (err >= JET_errSuccess && ret_redone)
        *ret_redone = is_redone;
    return err;
}
