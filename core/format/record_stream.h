/* SPDX-License-Identifier: MIT */
/* record_stream.h - values of many records, one after another in one buffer of a client (JetStreamRecords).
 *
 *      +0   u8   1
 *      +1   u32  size of this header: 21
 *      +5   u32  where the reader is: offset of the next value       }
 *      +9   u32  the record that it is in, from 0; at first all ones } the reader's own notes
 *      +13  u32  the column that it has read                         }
 *      +17  u32  which value of that                                 }
 *      values:
 *      +0   u8   bit 0: the last bit of the record's number; 1: outside the record, and not here; 2: a reference to it; 3: null
 *      +1   u32  column
 *      +5   u32  size, and then so many bytes
 *
 * A client may keep one for as long as it likes. Source: RECORD_BUFFER_HEADER_V1 and RECORD_BUFFER_COLUMN_VALUE of ESE.
 */
#ifndef COLDSTREAM_FORMAT_RECORD_STREAM_H
#define COLDSTREAM_FORMAT_RECORD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* The writer. Fields are read-only to others. */
struct record_stream {
    uint8_t *bytes;
    size_t room;
    size_t size;     /* of whole records */
    size_t pending;  /* of all */
    uint32_t record; /* number of the one that is being written */
};

/* Begins one in the client's buffer. JET_errBufferTooSmall: no room for the header. */
MUST_CHECK jet_err record_stream_begin(struct record_stream *stream, void *buffer, size_t room);

/* What a value is, by the warnings that a client is told. */
enum record_stream_kind {
    RECORD_STREAM_VALUE,
    RECORD_STREAM_NOT_IN_RECORD, /* JET_wrnColumnNotInRecord */
    RECORD_STREAM_REFERENCE,     /* JET_wrnColumnReference: the bytes are a column_reference */
    RECORD_STREAM_NULL,          /* JET_wrnColumnNull */
};

/* A value of the record that is being written. JET_errBufferTooSmall: the record does not fit, and will not be in the
 * stream. */
MUST_CHECK jet_err record_stream_add(struct record_stream *stream, uint32_t column, enum record_stream_kind kind,
                                     const void *bytes, size_t size);

/* The record is whole; another begins. */
void record_stream_end_record(struct record_stream *stream);

struct record_stream_value {
    uint32_t record; /* from 0 */
    uint32_t column;
    uint32_t itag;   /* from 1 */
    uint32_t offset; /* of its bytes in the stream */
    uint32_t size;
};

/* The next value; what was read is noted in the stream. JET_wrnNoMoreRecords: there is none; the warnings above;
 * JET_errInvalidParameter: this is no such stream, or it is cut. */
MUST_CHECK jet_err record_stream_next(void *bytes, size_t size, struct record_stream_value *ret_value);

#endif
