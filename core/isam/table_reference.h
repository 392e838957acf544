/* SPDX-License-Identifier: MIT */
/* table_reference.h - references to values that lie outside their records (format/column_reference.h): made while a
 * record is read, and followed later, by whatever session and cursor of the table, wherever that is.
 *
 * A long-value id is never given out twice, so a reference leads to its value as long as that lives, and nowhere after.
 * It does not follow the record: the value that was set since is another one.
 */
#ifndef COLDSTREAM_ISAM_TABLE_REFERENCE_H
#define COLDSTREAM_ISAM_TABLE_REFERENCE_H

#include "format/column_reference.h"
#include "isam/long_value.h"
#include "isam/table_cursor.h"

/* Of the `itag`-th value of a column of the record the cursor is on. The table's latch is held. */
MUST_CHECK jet_err table_reference_make(struct table_cursor *cursor, const struct column *column, uint32_t itag,
                                        lid_t lid, uint8_t ret_bytes[COLUMN_REFERENCE_SIZE_MAX], size_t *ret_size);

/* What is read of the value, and what there is. */
struct table_reference_read {
    const void *reference;
    size_t reference_size;
    uint32_t offset;
    void *buffer;
    size_t size;
    bool measures_only; /* `ret_available` is what is stored for the value, compressed or not */
};

/* `*ret_available`: bytes from the offset on; JET_wrnBufferTruncated: more than there is room for.
 * JET_errInvalidColumnReference; JET_errStaleColumnReference: the value is no more, or the column, or it is another
 * database; JET_errInvalidOperation: the cursor prepares an update. */
MUST_CHECK jet_err table_reference_read(struct table_cursor *cursor, const struct table_reference_read *read,
                                        size_t *ret_available);

/* A hint: brings pages of these values into the cache, `pages_max` at most. `*ret_done`: references that were followed.
 * Stale ones are passed over. JET_errInvalidColumnReference, JET_errInvalidOperation. */
struct table_reference_preread {
    const void *const *references;
    const uint32_t *sizes;
    size_t count;
    uint32_t pages_max;
    bool first_page_only;
};
MUST_CHECK jet_err table_reference_preread(struct table_cursor *cursor, const struct table_reference_preread *preread,
                                           uint32_t *ret_done);

#endif
