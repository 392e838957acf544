/* SPDX-License-Identifier: MIT */
/* compressed.h - bytes that say by themselves how they are compressed: column values, chunks of long values, page
 * images.
 *
 * The first byte is the scheme, shifted left by three, and for the 7-bit schemes the number of used bits of the last
 * byte minus one:
 *
 *      1  7-bit ASCII      units of seven bits, each a byte
 *      2  7-bit Unicode    units of seven bits, each a UTF-16 character
 *      3  XPRESS           u16 uncompressed size, stream (xpress.h)
 *
 * Others (4 scrubbed, 5 XPRESS9, 6 XPRESS10, 7 LZ4) are known and cannot be decoded here. A writer may always store
 * bytes as they are.
 */
#ifndef COLDSTREAM_FORMAT_COMPRESSED_H
#define COLDSTREAM_FORMAT_COMPRESSED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* The size that the bytes will have; safe on any bytes. JET_errDecompressionFailed: not one of the schemes. */
MUST_CHECK jet_err compressed_size(const void *bytes, size_t size, size_t *ret_decoded_size);

/* Decodes; `buffer` does not overlap `bytes` and is undefined after an error. Safe on any bytes.
 * JET_errDecompressionFailed; JET_errBufferTooSmall: see compressed_size(). */
MUST_CHECK jet_err compressed_decode(const void *bytes, size_t size, void *buffer, size_t buffer_size,
                                     size_t *ret_size);

/* Encodes into `buffer`, which has `size` bytes, by the scheme that takes least; XPRESS only from `xpress_min` bytes
 * on. False: none takes less than the bytes themselves. */
bool compressed_encode(const void *bytes, size_t size, size_t xpress_min, void *buffer, size_t *ret_size);

#endif
