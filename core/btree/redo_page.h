/* SPDX-License-Identifier: MIT */
/* redo_page.h - the pages of a record that is redone: which of them need it. Private to btree/. */
#ifndef COLDSTREAM_BTREE_REDO_PAGE_H
#define COLDSTREAM_BTREE_REDO_PAGE_H

#include "btree/apply.h"
#include "btree/redo.h"
#include "btree/tree_internal.h"

/* One page of a record. Zeroed: no page. */
struct redo_page {
    struct frame *frame; /* latched exclusively; NULL: there is nothing to do */
    bool is_new;         /* its content does not count */
};

/* Looks at the page that is to get `dbtime` and had `before`: takes it if it needs the change. JET_errDbTimeTooOld,
 * JET_errDbTimeTooNew, JET_errDbTimeBeyondMaxRequired; errors of pages. */
MUST_CHECK jet_err redo_page_hold(const struct btree_redo *redo, pgno_t pgno, dbtime_t dbtime, dbtime_t before,
                                  struct redo_page *ret_page);

/* The same for a page that the record makes. */
MUST_CHECK jet_err redo_page_hold_new(const struct btree_redo *redo, pgno_t pgno, dbtime_t dbtime,
                                      struct redo_page *ret_page);

/* No page twice: each is latched for itself. A number of 0 is no page. JET_errLogCorrupted. */
MUST_CHECK jet_err redo_check_distinct(const pgno_t *pages, unsigned count);

/* It has its new content now. */
void redo_page_finish(struct redo_page *page, dbtime_t dbtime, const struct btree_redo_record *record);

/* Gives it back; does nothing if there is none. */
void redo_page_put(struct redo_page *page);

/* ---- redo_move.c ---- */

/* PageMove, of a page that is no root: JET_errFeatureNotAvailable if it is one. */
MUST_CHECK jet_err redo_page_move(const struct btree_redo *redo, const struct btree_redo_record *record,
                                  bool *ret_redone);

/* ---- redo_page.c ---- */

/* The database's counters know of the record. */
void redo_raise(const struct btree_redo *redo, const struct logrec_page_head *head);

/* Tells the caller of the node at `line` of a page as it is before the record changes it. */
MUST_CHECK jet_err redo_tell_before(const struct btree_redo *redo, const struct logrec_node_head *head,
                                    const void *page, unsigned line);

#endif
