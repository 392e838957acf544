/* SPDX-License-Identifier: MIT */
/* xpress.h - XPRESS, the plain LZ77 that column values, long values and before images of pages may have.
 *
 * A writer may always store bytes as they are. What says that bytes are compressed, and how long they are
 * uncompressed, lies around the stream: compressed.h.
 */
#ifndef COLDSTREAM_FORMAT_XPRESS_H
#define COLDSTREAM_FORMAT_XPRESS_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* Decodes until `ret_bytes` has `decoded_size` bytes; what the stream holds beyond is not looked at. The two do not
 * overlap; after an error `ret_bytes` is undefined. Safe on any bytes. JET_errDecompressionFailed: the stream ends
 * before, or it refers to bytes that it does not have. */
MUST_CHECK jet_err xpress_decode(const void *stream, size_t size, void *ret_bytes, size_t decoded_size);

enum { XPRESS_SIZE_MAX = 0xFFFF }; /* bytes that can be encoded at a time */

/* Encodes; needs 24 KiB of stack. The size of the stream; 0: it would not fit, or there is nothing, or too much. The
 * two do not overlap. */
size_t xpress_encode(const void *bytes, size_t size, void *ret_stream, size_t stream_size);

#endif
