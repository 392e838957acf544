/* SPDX-License-Identifier: MIT */
/* table_row.h - a record copied out of its page, so that all its columns can be looked at one after another: for
 * JetEnumerateColumns.
 *
 * Nothing is latched between two calls. Long values are read from the tree when they are asked for: who wants them all
 * as they were is in a transaction.
 */
#ifndef COLDSTREAM_ISAM_TABLE_ROW_H
#define COLDSTREAM_ISAM_TABLE_ROW_H

#include "format/column_reference.h"
#include "isam/table_cursor.h"

struct record;
struct table_row;

/* The record the cursor is on, or with `of_copy` the prepared update, if there is one. The caller frees; the cursor
 * must outlive it. JET_errNoCurrentRecord, JET_errRecordDeleted, JET_errOutOfMemory. */
MUST_CHECK jet_err table_row_take(struct table_cursor *cursor, bool of_copy, struct table_row **ret_row);
void table_row_free(struct table_row *row);

/* The record itself; for who holds the table's latch. */
const struct record *table_row_record(const struct table_row *row);

/* Columns that the record holds, null ones too, and with `defaults` those that have a default; in the order of their
 * ids: an array for free(). */
MUST_CHECK jet_err table_row_columns(struct table_row *row, bool defaults, uint32_t **ret_ids, size_t *ret_count);

struct table_row_column {
    bool is_stored; /* in the record; else it has its default, or nothing */
    bool is_long;   /* of a long type */
    uint32_t count; /* of values; 0: null */
};

/* `defaults`: the default counts as a value. JET_errColumnNotFound, JET_errBadColumnId. */
MUST_CHECK jet_err table_row_column(struct table_row *row, uint32_t id, bool defaults,
                                    struct table_row_column *ret_column);

/* The size of the `itag`-th value, which there is, and whether it lies outside the record. Errors of long_value.h. */
MUST_CHECK jet_err table_row_measure(struct table_row *row, uint32_t id, uint32_t itag, size_t *ret_size,
                                     bool *ret_is_separated);

/* A reference to it, which lies outside the record (isam/table_reference.h). JET_errInvalidGrbit: of a prepared update,
 * or a temporary table. */
MUST_CHECK jet_err table_row_reference(struct table_row *row, uint32_t id, uint32_t itag,
                                       uint8_t ret_bytes[COLUMN_REFERENCE_SIZE_MAX], size_t *ret_size);

/* Its first `size` bytes. */
MUST_CHECK jet_err table_row_read(struct table_row *row, uint32_t id, uint32_t itag, void *buffer, size_t size);

#endif
