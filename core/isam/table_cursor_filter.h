/* SPDX-License-Identifier: MIT */
/* table_cursor_filter.h - conditions on columns that moves and seeks of a cursor look at: records that do not meet all
 * of them are not there for it.
 *
 * In the table's own order only. Values of fixed size are compared as numbers, binary as bytes; nothing is less than
 * null. A column of several values is judged by its first.
 */
#ifndef COLDSTREAM_ISAM_TABLE_CURSOR_FILTER_H
#define COLDSTREAM_ISAM_TABLE_CURSOR_FILTER_H

#include "isam/table_cursor.h"

struct record;

struct cursor_filter;

/* Copies what it is given. Errors of table_cursor_set_filter(). */
MUST_CHECK jet_err cursor_filter_new(const struct table_cursor *cursor, const struct table_filter *conditions,
                                     size_t count, struct cursor_filter **ret_filter);

/* Takes NULL. */
void cursor_filter_free(struct cursor_filter *filter);

/* Does the record meet the cursor's? The table's latch is held. JET_errFilteredMoveNotSupported: a value of it cannot
 * be compared; JET_errColumnNotFound: the column's creation was rolled back; JET_errDatabaseCorrupted. */
MUST_CHECK jet_err cursor_filter_judge(const struct table_cursor *cursor, const struct record *record,
                                       bool *ret_passes);

#endif
