/* SPDX-License-Identifier: MIT */
/* column_reference.h - what a client gets instead of a value that lies outside its record, and later gives back to have
 * it.
 *
 *      +0   u8   version: 1, or 2 with a long-value id of 8 bytes
 *      +1   u16  size of the bookmark
 *      +3   u8   size of the column's name
 *      +4   u32  which value of the column
 *      +8   u32  long-value id (2: u64)
 *      +12  12 bytes of the database's signature: the id means nothing in another database
 *      +24  the bookmark of the record, then the name, without an end
 *
 * Clients may keep one for as long as they like. Source: CColumnReferenceFormatV1 and V2 of ESE.
 */
#ifndef COLDSTREAM_FORMAT_COLUMN_REFERENCE_H
#define COLDSTREAM_FORMAT_COLUMN_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/keynorm.h"
#include "format/stamp.h"

enum {
    COLUMN_REFERENCE_NAME_MAX = 64,
    COLUMN_REFERENCE_BOOKMARK_MAX = KEYNORM_LIMIT_MAX,
    COLUMN_REFERENCE_SIZE_MAX = 28 + COLUMN_REFERENCE_BOOKMARK_MAX + COLUMN_REFERENCE_NAME_MAX,
};

struct column_reference {
    uint32_t itag; /* from 1 */
    uint64_t lid;
    struct signature_disk signature; /* the computer's name is not in it */
    const uint8_t *bookmark;         /* borrowed */
    size_t bookmark_size;
    const char *name; /* borrowed, without an end */
    size_t name_size;
};

/* In the first version if the id fits it. JET_errInvalidParameter: bookmark or name are too long, or empty. */
MUST_CHECK jet_err column_reference_encode(const struct column_reference *reference,
                                           uint8_t ret_bytes[COLUMN_REFERENCE_SIZE_MAX], size_t *ret_size);

/* JET_errInvalidColumnReference. Guarantees on success: bookmark and name lie in the bytes, are not empty and not
 * longer than the limits above; neither `itag` nor `lid` is zero. */
MUST_CHECK jet_err column_reference_decode(const void *bytes, size_t size, struct column_reference *ret_reference);

#endif
