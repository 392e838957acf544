/* SPDX-License-Identifier: MIT */
/* record_internal.h - the layout of a record, for reading and for writing it. */
#ifndef COLDSTREAM_ISAM_RECORD_INTERNAL_H
#define COLDSTREAM_ISAM_RECORD_INTERNAL_H

#include <stdint.h>

#include "base/byteorder.h"

struct record_head_disk {
    uint8_t fixed_last;    /* +0 */
    uint8_t variable_last; /* +1 */
    le16 fixed_end;        /* +2  offset of the array of variable columns */
};
_Static_assert(sizeof(struct record_head_disk) == 4, "file format");

struct record_tagged_disk {
    le16 column; /* +0 */
    le16 offset; /* +2  from the start of the array; with flags */
};
_Static_assert(sizeof(struct record_tagged_disk) == 4, "file format");

enum {
    VARIABLE_NULL = 0x8000,
    TAGGED_DERIVED = 0x8000,
    TAGGED_HAS_HEADER_SMALL = 0x4000,
    TAGGED_NULL_SMALL = 0x2000,
    TAGGED_OFFSET_SMALL = 0x1FFF,
    TAGGED_OFFSET_LARGE = 0x7FFF,
};

#endif
