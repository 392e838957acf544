/* SPDX-License-Identifier: MIT */
/* compress.c - making what compressed.h decodes. */
#include <stdbool.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "format/compressed.h"
#include "format/compressed_scheme.h"
#include "format/xpress.h"

/* ---- seven bits ---- */

static size_t units_size(size_t count)
{
    return 1 + (count * COMPRESSED_UNIT_BITS + 7) / 8;
}

/* Are all bytes (of every second one: the others zero) below 0x80? */
static bool fits_units(const uint8_t *bytes, size_t size, unsigned width)
{
    uint8_t high = 0;

    if (size % width != 0)
        return false;
    for (size_t i = 0; i < size; i++)
        high |= i % width == 0 ? bytes[i] & 0x80 : bytes[i];
    return high == 0;
}

static size_t encode_units(const uint8_t *bytes, size_t size, unsigned width, uint8_t *out)
{
    const size_t count = size / width, bits = count * COMPRESSED_UNIT_BITS;
    unsigned waiting = 0, waiting_bits = 0;
    size_t at = 0;

    out[at++] = (uint8_t)(width << COMPRESSED_SCHEME_SHIFT | (bits - 1) % 8); /* the scheme's number is the width */
    for (size_t i = 0; i < count; i++) {
        waiting |= (unsigned)bytes[i * width] << waiting_bits;
        waiting_bits += COMPRESSED_UNIT_BITS;
        if (waiting_bits >= 8) {
            out[at++] = (uint8_t)waiting;
            waiting >>= 8;
            waiting_bits -= 8;
        }
    }
    if (waiting_bits > 0)
        out[at++] = (uint8_t)waiting;
    return at;
}

/* ---- */

static size_t encode_xpress(const uint8_t *bytes, size_t size, uint8_t *out, size_t out_size)
{
    struct compressed_xpress_disk *head = (void *)out;

    if (size > XPRESS_SIZE_MAX || out_size <= sizeof *head)
        return 0;
    const size_t stream = xpress_encode(bytes, size, out + sizeof *head, out_size - sizeof *head);
    if (stream == 0)
        return 0;
    head->scheme = COMPRESSED_XPRESS << COMPRESSED_SCHEME_SHIFT;
    head->size = le16_make((uint16_t)size);
    return sizeof *head + stream;
}

bool compressed_encode(const void *bytes, size_t size, size_t xpress_min, void *buffer, size_t *ret_size)
{
    const size_t most = size > 0 ? size - 1 : 0;
    const bool is_ascii = size > 0 && fits_units(bytes, size, 1), is_unicode = is_ascii && fits_units(bytes, size, 2);
    const unsigned width = is_unicode ? 2 : 1;
    size_t made = 0;

    if (size >= xpress_min)
        made = encode_xpress(bytes, size, buffer, most);
    if (is_ascii && units_size(size / width) <= most && (made == 0 || units_size(size / width) < made))
        made = encode_units(bytes, size, width, buffer);
    *ret_size = made;
    return made > 0;
}
