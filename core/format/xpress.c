/* SPDX-License-Identifier: MIT */
/* xpress.c - undoing XPRESS.
 *
 * A u32 of flags rules the next 32 items, from its highest bit on: 0 is one byte as it is, 1 a match, which copies
 * bytes from what was decoded before. A match is a u16: bits 3-15 distance - 1, bits 0-2 length - 3. A length of 7 goes
 * on in a nibble; two matches share one byte of nibbles, the first takes the low half. A nibble of 15 goes on in a
 * byte, a byte of 255 in a u16, a u16 of 0 in a u32; the last two hold the length as a whole.
 */
#include "format/xpress.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/corrupt.h"

enum {
    LENGTH_BITS = 3,
    LENGTH_MORE = 7,
    NIBBLE_MORE = 15,
    BYTE_MORE = 255,
    MATCH_MIN = 3,
};

struct stream {
    const uint8_t *bytes;
    size_t left;
    const uint8_t *nibbles; /* the byte whose high nibble nobody has taken yet; NULL: none */
};

/* A little-endian number of up to four bytes. */
static bool take(struct stream *stream, unsigned width, uint32_t *ret_value)
{
    uint32_t value = 0;

    if (width > stream->left)
        return false;
    for (unsigned i = 0; i < width; i++)
        value |= (uint32_t)stream->bytes[i] << 8 * i;
    stream->bytes += width;
    stream->left -= width;
    *ret_value = value;
    return true;
}

static bool take_nibble(struct stream *stream, uint32_t *ret_value)
{
    if (stream->nibbles) {
        *ret_value = *stream->nibbles >> 4;
        stream->nibbles = NULL;
        return true;
    }
    stream->nibbles = stream->bytes;
    if (!take(stream, 1, ret_value))
        return false;
    *ret_value &= 15;
    return true;
}

/* The length of a match whose u16 had LENGTH_MORE. */
static bool take_length(struct stream *stream, uint32_t *ret_length)
{
    uint32_t length;

    if (!take_nibble(stream, &length))
        return false;
    if (length < NIBBLE_MORE) {
        *ret_length = length + LENGTH_MORE;
        return true;
    }
    if (!take(stream, 1, &length))
        return false;
    if (length < BYTE_MORE) {
        *ret_length = length + NIBBLE_MORE + LENGTH_MORE;
        return true;
    }
    if (!take(stream, 2, &length) || (length == 0 && !take(stream, 4, &length)))
        return false;
    *ret_length = length;
    return length >= NIBBLE_MORE + LENGTH_MORE;
}

/* Copies a match to the end of what is decoded, byte by byte, for it may overlap itself. */
static bool copy_match(struct stream *stream, uint8_t *decoded, size_t *at, size_t decoded_size)
{
    uint32_t match, length;
    size_t distance;

    if (!take(stream, 2, &match))
        return false;
    distance = (match >> LENGTH_BITS) + 1;
    length = match & LENGTH_MORE;
    if (length == LENGTH_MORE && !take_length(stream, &length))
        return false;
    if (distance > *at || decoded_size - *at < MATCH_MIN || length > decoded_size - *at - MATCH_MIN)
        return false;
    for (size_t n = (size_t)length + MATCH_MIN; n > 0; n--) {
        decoded[*at] = decoded[*at - distance];
        ++*at;
    }
    return true;
}

jet_err xpress_decode(const void *stream_bytes, size_t size, void *ret_bytes, size_t decoded_size)
{
    struct stream stream = {.bytes = stream_bytes, .left = size};
    uint8_t *decoded = ret_bytes;
    uint32_t flags = 0, byte;
    unsigned flags_left = 0;
    size_t at = 0;

    while (at < decoded_size) {
        if (flags_left == 0) {
            if (!take(&stream, 4, &flags))
                return CORRUPT(JET_errDecompressionFailed);
            flags_left = 32;
        }
        flags_left--;
        if (flags >> flags_left & 1) {
            if (!copy_match(&stream, decoded, &at, decoded_size))
                return CORRUPT(JET_errDecompressionFailed);
        } else {
            if (!take(&stream, 1, &byte))
                return CORRUPT(JET_errDecompressionFailed);
            decoded[at++] = (uint8_t)byte;
        }
    }
    return JET_errSuccess;
}
