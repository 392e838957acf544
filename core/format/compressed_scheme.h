/* SPDX-License-Identifier: MIT */
/* compressed_scheme.h - what compressed.c and compress.c share: the first byte, and the head of an XPRESS value
 * (compressed.h). */
#ifndef COLDSTREAM_FORMAT_COMPRESSED_SCHEME_H
#define COLDSTREAM_FORMAT_COMPRESSED_SCHEME_H

#include <stdint.h>

#include "base/byteorder.h"

enum {
    COMPRESSED_SCHEME_SHIFT = 3,
    COMPRESSED_ASCII = 1,
    COMPRESSED_UNICODE = 2,
    COMPRESSED_XPRESS = 3,
    COMPRESSED_BITS_MASK = 7, /* low bits of the first byte: used bits of the last byte, minus one */
    COMPRESSED_UNIT_BITS = 7,
};

struct compressed_xpress_disk {
    uint8_t scheme; /* +0 */
    le16 size;      /* +1  uncompressed */
};
_Static_assert(sizeof(struct compressed_xpress_disk) == 3, "file format");

#endif
