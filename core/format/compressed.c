/* SPDX-License-Identifier: MIT */
/* compressed.c - bytes that say by themselves how they are compressed. */
#include "format/compressed.h"

#include <stdint.h>

#include "base/corrupt.h"
#include "format/compressed_scheme.h"
#include "format/xpress.h"

static unsigned scheme_of(const void *bytes, size_t size)
{
    return size > 0 ? *(const uint8_t *)bytes >> COMPRESSED_SCHEME_SHIFT : 0;
}

/* Seven-bit units; the last byte has at least one used bit. */
static size_t unit_count(const uint8_t *bytes, size_t size)
{
    return ((size - 2) * 8 + (bytes[0] & COMPRESSED_BITS_MASK) + 1) / COMPRESSED_UNIT_BITS;
}

jet_err compressed_size(const void *bytes, size_t size, size_t *ret_decoded_size)
{
    const unsigned scheme = scheme_of(bytes, size);
    const struct compressed_xpress_disk *xpress = bytes;

    if ((scheme == COMPRESSED_ASCII || scheme == COMPRESSED_UNICODE) && size >= 2)
        *ret_decoded_size = unit_count(bytes, size) * scheme; /* bytes of a character: 1 or 2, as it happens */
    else if (scheme == COMPRESSED_XPRESS && size >= sizeof *xpress)
        *ret_decoded_size = le16_get(xpress->size);
    else
        return CORRUPT(JET_errDecompressionFailed);
    return JET_errSuccess;
}

/* Unit `i`; it may lie in two bytes. */
static uint8_t unit_at(const uint8_t *packed, size_t packed_size, size_t i)
{
    const size_t bit = i * COMPRESSED_UNIT_BITS;
    unsigned two = packed[bit / 8];

    if (bit / 8 + 1 < packed_size)
        two |= (unsigned)packed[bit / 8 + 1] << 8;
    return (uint8_t)(two >> bit % 8 & 0x7F);
}

static void decode_units(const uint8_t *bytes, size_t size, unsigned width, uint8_t *decoded)
{
    const size_t count = unit_count(bytes, size);

    for (size_t i = 0; i < count; i++) {
        decoded[i * width] = unit_at(bytes + 1, size - 1, i);
        if (width == 2)
            decoded[i * width + 1] = 0;
    }
}

jet_err compressed_decode(const void *bytes, size_t size, void *buffer, size_t buffer_size, size_t *ret_size)
{
    size_t decoded_size = 0;
    jet_err err = compressed_size(bytes, size, &decoded_size);

    if (err < JET_errSuccess)
        return err;
    if (decoded_size > buffer_size)
        return JET_errBufferTooSmall;
    if (scheme_of(bytes, size) == COMPRESSED_XPRESS)
        err = xpress_decode((const uint8_t *)bytes + sizeof(struct compressed_xpress_disk),
                            size - sizeof(struct compressed_xpress_disk), buffer, decoded_size);
    else
        decode_units(bytes, size, scheme_of(bytes, size), buffer);
    if (err >= JET_errSuccess)
        *ret_size = decoded_size;
    return err;
}
