/* SPDX-License-Identifier: MIT */
/* redo_page.c - what redo requires of a page. See redo_page.h, and redo.h for the rules. */
#include "btree/redo_page.h"

#include "base/corrupt.h"

static jet_err judge(const struct btree_redo *redo, dbtime_t has, dbtime_t dbtime, dbtime_t before, bool *ret_needed)
{
    *ret_needed = false;
    if (has >= dbtime)
        return redo->is_required ? JET_errSuccess : CORRUPT(JET_errDbTimeBeyondMaxRequired);
    if (has != before)
        return CORRUPT(has < before ? JET_errDbTimeTooOld : JET_errDbTimeTooNew);
    *ret_needed = true;
    return JET_errSuccess;
}

/* What was cut off later. All pages that got anything from there were written before. */
static jet_err judge_missing(const struct btree_redo *redo, pgno_t pgno, jet_err err)
{
    const bool is_missing = err == JET_errPageNotInitialized || err == JET_errFileIOBeyondEOF;
    return is_missing && redo->is_required && redo->missing ? redo->missing(redo->context, pgno, err) : err;
}

jet_err redo_page_hold(const struct btree_redo *redo, pgno_t pgno, dbtime_t dbtime, dbtime_t before,
                       struct redo_page *ret_page)
{
    struct frame *frame;
    bool is_needed;
    *ret_page = (struct redo_page){.frame = NULL};
    jet_err err = page_get(redo->db, pgno, PAGE_EXCLUSIVE, &frame);
    if (err < JET_errSuccess)
        return judge_missing(redo, pgno, err);
    err = judge(redo, page_dbtime(frame->page), dbtime, before, &is_needed);
    if (err >= JET_errSuccess && is_needed)
        err = page_check_held(frame);
    if (err < JET_errSuccess || !is_needed) {
        page_put(frame, PAGE_EXCLUSIVE);
        return err;
    }
    ret_page->frame = frame;
    return JET_errSuccess;
}

/* Was there no such page, or nothing that anybody could need? */
static bool is_absent(jet_err err)
{
    return err == JET_errPageNotInitialized || err == JET_errFileIOBeyondEOF || err == JET_errReadVerifyFailure ||
           err == JET_errReadPgnoVerifyFailure;
}

jet_err redo_page_hold_new(const struct btree_redo *redo, pgno_t pgno, dbtime_t dbtime, struct redo_page *ret_page)
{
    struct frame *frame;
    *ret_page = (struct redo_page){.frame = NULL};
    jet_err err = page_get(redo->db, pgno, PAGE_EXCLUSIVE, &frame);
    if (err >= JET_errSuccess && redo->is_required && page_dbtime(frame->page) >= dbtime) {
        page_put(frame, PAGE_EXCLUSIVE);
        return JET_errSuccess;
    }
    if (is_absent(err))
        err = page_get_new(redo->db, pgno, &frame);
    if (err < JET_errSuccess)
        return err;
    *ret_page = (struct redo_page){.frame = frame, .is_new = true};
    return JET_errSuccess;
}

jet_err redo_check_distinct(const pgno_t *pages, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < i; j++)
            if (pages[i] != 0 && pages[i] == pages[j])
                return CORRUPT(JET_errLogCorrupted);
    return JET_errSuccess;
}

void redo_page_finish(struct redo_page *page, dbtime_t dbtime, const struct btree_redo_record *record)
{
    const bool is_empty = page_flags(page->frame->page) & PAGE_FLAG_EMPTY;
    apply_dbtime(page->frame->page, dbtime);
    atomic_store_explicit(&page->frame->is_checked, !is_empty, memory_order_relaxed);
    page_dirty(page->frame, record->lgpos_end, record->begin0 ? record->begin0 : record->lgpos);
}

void redo_page_put(struct redo_page *page)
{
    if (page->frame)
        page_put(page->frame, PAGE_EXCLUSIVE);
    page->frame = NULL;
}

void redo_raise(const struct btree_redo *redo, const struct logrec_page_head *head)
{
    if (head->dbtime < LOGREC_DBTIME_REVERTED)
        database_raise_dbtime(redo->db, head->dbtime);
}

jet_err redo_tell_before(const struct btree_redo *redo, const struct logrec_node_head *head, const void *page,
                         unsigned line)
{
    struct btree_redo_before before = {.head = head, .is_unique = head->page.flags & LOGREC_FLAG_UNIQUE};
    uint8_t buffer[BTREE_KEY_MAX];
    if (line + 1 >= page_tag_count(page))
        return CORRUPT(JET_errLogCorrupted);
    if (!redo->before)
        return JET_errSuccess;
    jet_err err = node_view(page, redo->db->page_size, line + 1, buffer, &before.node);
    return err < JET_errSuccess ? err : redo->before(redo->context, &before);
}
