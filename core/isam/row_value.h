/* SPDX-License-Identifier: MIT */
/* row_value.h - the value of a column in a record of its table: stored, or the default, or null. */
#ifndef COLDSTREAM_ISAM_ROW_VALUE_H
#define COLDSTREAM_ISAM_ROW_VALUE_H

#include "isam/record.h"
#include "isam/table.h"
#include "isam/tagged_value.h"

enum row_value_flag {
    ROW_VALUE_NO_DEFAULT = 0x1, /* what is not stored is null */
};

struct row_value {
    bool is_null;
    bool is_computed;   /* and null: its default is made by a function, for who calls it (column_function.h) */
    bool is_separated;  /* `lid` instead of bytes */
    bool is_compressed; /* the bytes are to be decoded (format/compressed.h) */
    lid_t lid;
    const uint8_t *bytes; /* borrowed from the record, or from the table's column */
    size_t size;
    unsigned count; /* of values that the column has in the record or by default */
};

/* How a column is stored. The table's latch is held; `record` is of this table. JET_errDatabaseCorrupted. */
MUST_CHECK jet_err row_value_stored(const struct column *column, const struct record *record,
                                    struct record_value *ret_value);

/* The `itag`-th value; null if there are fewer. JET_errDatabaseCorrupted. */
MUST_CHECK jet_err row_value_get(const struct column *column, const struct record *record, unsigned itag,
                                 unsigned flags, struct row_value *ret_value);

/* A long-value id as a record holds it: 4 bytes, or 8. JET_errLVCorrupted. */
MUST_CHECK jet_err row_value_lid(const uint8_t *bytes, size_t size, lid_t *ret_lid);

/* Copies up to `size` bytes of the value from `offset` on, wherever they are. `ret_available`: bytes that the value has
 * behind `offset`. `table` has its long values open. Nothing of the record may be latched if the value is separated:
 * `value` is then only its lid. */
MUST_CHECK jet_err row_value_read(struct session *session, struct table *table, const struct row_value *value,
                                  uint32_t offset, void *buffer, size_t size, size_t *ret_available);

/* Calls `each` with every separated value of the record. */
MUST_CHECK jet_err row_value_each_lid(const struct record *record, jet_err (*each)(void *context, lid_t lid),
                                      void *context);

#endif
