/* SPDX-License-Identifier: MIT */
/* redo_move.c - a page that got another number, applied again. See redo.h.
 *
 * Any of the five pages may be on disk as it is afterwards. If the page that moved is there empty, and the one that it
 * became is not there, its content comes from the record.
 */
#include <stdlib.h>

#include "base/corrupt.h"
#include "btree/redo_page.h"
#include "format/page_image.h"

enum { SOURCE, FRESH, LEFT, RIGHT, PARENT, PAGES };

struct move_redo {
    const struct btree_redo *redo;
    struct logrec_page_move move;
    struct redo_page pages[PAGES];
    uint8_t *image;
};

static jet_err sibling_hold(struct move_redo *job, unsigned which, pgno_t pgno, dbtime_t before)
{
    return pgno == 0 ? JET_errSuccess
                     : redo_page_hold(job->redo, pgno, job->move.head.dbtime, before, &job->pages[which]);
}

static jet_err pages_hold(struct move_redo *job)
{
    const struct logrec_page_move *m = &job->move;
    const dbtime_t dbtime = m->head.dbtime;
    const pgno_t pages[PAGES] = {m->head.pgno, m->pgno_to, m->pgno_left, m->pgno_right, m->pgno_parent};
    jet_err err = m->pgno_parent == 0 ? CORRUPT(JET_errLogCorrupted) : redo_check_distinct(pages, PAGES);
    if (err >= JET_errSuccess)
        err = redo_page_hold(job->redo, m->head.pgno, dbtime, m->head.dbtime_before, &job->pages[SOURCE]);
    if (err >= JET_errSuccess)
        err = redo_page_hold_new(job->redo, m->pgno_to, dbtime, &job->pages[FRESH]);
    if (err >= JET_errSuccess)
        err = sibling_hold(job, LEFT, m->pgno_left, m->left_before);
    if (err >= JET_errSuccess)
        err = sibling_hold(job, RIGHT, m->pgno_right, m->right_before);
    if (err >= JET_errSuccess)
        err = redo_page_hold(job->redo, m->pgno_parent, dbtime, m->parent_before, &job->pages[PARENT]);
    return err;
}

/* What the page was. */
static jet_err content_get(struct move_redo *job, const void **ret_content)
{
    const size_t page_size = job->redo->db->page_size;
    const struct page_image_parts parts = {
        .front = job->move.front.bytes,
        .front_size = job->move.front.size,
        .back = job->move.back.bytes,
        .back_size = job->move.back.size,
    };
    struct page_problem problem;
    if (job->pages[SOURCE].frame) {
        *ret_content = job->pages[SOURCE].frame->page;
        return JET_errSuccess;
    }
    job->image = malloc(page_size);
    if (!job->image)
        return JET_errOutOfMemory;
    jet_err err = page_image_join(&parts, job->image, page_size);
    if (err >= JET_errSuccess)
        err = node_check_page(job->image, page_size, &problem);
    *ret_content = job->image;
    return err;
}

/* Each page by itself; the source last, from which the fresh one is made. */
static jet_err pages_apply(struct move_redo *job)
{
    const struct logrec_page_move *m = &job->move;
    const size_t page_size = job->redo->db->page_size;
    jet_err err = JET_errSuccess;
    if (job->pages[PARENT].frame)
        err = m->iline_parent < 0 ? CORRUPT(JET_errLogCorrupted)
                                  : apply_child_move(job->pages[PARENT].frame->page, page_size,
                                                     (unsigned)m->iline_parent, m->head.pgno, m->pgno_to);
    if (err >= JET_errSuccess && job->pages[FRESH].frame) {
        const void *content;
        err = content_get(job, &content);
        if (err >= JET_errSuccess)
            apply_page_move(job->pages[FRESH].frame->page, page_size, content, m->pgno_to);
    }
    if (err < JET_errSuccess)
        return err;
    if (job->pages[LEFT].frame)
        apply_next(job->pages[LEFT].frame->page, m->pgno_to);
    if (job->pages[RIGHT].frame)
        apply_prev(job->pages[RIGHT].frame->page, m->pgno_to);
    if (job->pages[SOURCE].frame)
        apply_page_empty(job->pages[SOURCE].frame->page, page_size);
    return JET_errSuccess;
}

jet_err redo_page_move(const struct btree_redo *redo, const struct btree_redo_record *record, bool *ret_redone)
{
    struct move_redo job = {.redo = redo};
    jet_err err = logrec_page_move_decode(record->bytes, record->size, &job.move);
    if (err < JET_errSuccess)
        return err;
    redo_raise(redo, &job.move.head);
    if (job.move.flags != 0)
        return JET_errFeatureNotAvailable;
    err = pages_hold(&job);
    if (err >= JET_errSuccess)
        err = pages_apply(&job);
    for (unsigned i = 0; i < PAGES; i++) {
        if (err >= JET_errSuccess && job.pages[i].frame) {
            redo_page_finish(&job.pages[i], job.move.head.dbtime, record);
            *ret_redone = true;
        }
        redo_page_put(&job.pages[i]);
    }
    free(job.image);
    return err;
}
