/* SPDX-License-Identifier: MIT */
/* table_stream.h - the values of many records in one buffer (format/record_stream.h), as many whole records as fit. */
#ifndef COLDSTREAM_ISAM_TABLE_STREAM_H
#define COLDSTREAM_ISAM_TABLE_STREAM_H

#include "format/record_stream.h"
#include "isam/table_cursor.h"

struct table_stream_options {
    const uint32_t
        *columns; /* NULL: all that the record holds, and defaults; on a secondary index those of the two keys */
    size_t count;
    bool forward;
    bool references; /* values outside the record come as references, and not as JET_wrnColumnNotInRecord */
};

/* From the record the cursor is on to the end of the range. The cursor is then on the first record that is not in the
 * stream; JET_wrnNoMoreRecords: there is none. In the order of a secondary index only what the entry itself, or its
 * bookmark, would give back is given; the rest is JET_wrnColumnNotInRecord. JET_errBufferTooSmall: no room for the
 * stream's header; JET_errColumnNotFound, JET_errBadColumnId; JET_errCallbackFailed: a default of the table is made by
 * a function; errors of moves. */
MUST_CHECK jet_err table_stream(struct table_cursor *cursor, const struct table_stream_options *options, void *buffer,
                                size_t size, size_t *ret_size);

#endif
