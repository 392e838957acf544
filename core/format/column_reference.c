/* SPDX-License-Identifier: MIT */
#include "format/column_reference.h"

#include <string.h>

enum {
    VERSION_LID32 = 1,
    VERSION_LID64 = 2,
    SIGNATURE_SIZE = offsetof(struct signature_disk, computer_name),
};

struct begin_disk {
    uint8_t version;    /* +0 */
    le16 bookmark_size; /* +1 */
    uint8_t name_size;  /* +3 */
    le32 itag;          /* +4 */
};
_Static_assert(sizeof(struct begin_disk) == 8 && SIGNATURE_SIZE == 12, "column_reference.h");

jet_err column_reference_encode(const struct column_reference *reference, uint8_t ret_bytes[COLUMN_REFERENCE_SIZE_MAX],
                                size_t *ret_size)
{
    const bool is_small = reference->lid <= UINT32_MAX;
    const struct begin_disk begin = {
        .version = is_small ? VERSION_LID32 : VERSION_LID64,
        .bookmark_size = le16_make((uint16_t)reference->bookmark_size),
        .name_size = (uint8_t)reference->name_size,
        .itag = le32_make(reference->itag),
    };
    const le64 lid = le64_make(reference->lid); /* whose first half is a le32 */
    const size_t lid_size = is_small ? sizeof(le32) : sizeof lid;
    uint8_t *at = ret_bytes;

    if (reference->bookmark_size == 0 || reference->bookmark_size > COLUMN_REFERENCE_BOOKMARK_MAX ||
        reference->name_size == 0 || reference->name_size > COLUMN_REFERENCE_NAME_MAX)
        return JET_errInvalidParameter;
    memcpy(at, &begin, sizeof begin);
    at += sizeof begin;
    memcpy(at, &lid, lid_size);
    at += lid_size;
    memcpy(at, &reference->signature, SIGNATURE_SIZE);
    at += SIGNATURE_SIZE;
    memcpy(at, reference->bookmark, reference->bookmark_size);
    at += reference->bookmark_size;
    memcpy(at, reference->name, reference->name_size);
    *ret_size = (size_t)(at - ret_bytes) + reference->name_size;
    return JET_errSuccess;
}

static uint64_t get_lid(const uint8_t *bytes, bool is_small)
{
    le32 small;
    le64 large;

    if (is_small) {
        memcpy(&small, bytes, sizeof small);
        return le32_get(small);
    }
    memcpy(&large, bytes, sizeof large);
    return le64_get(large);
}

jet_err column_reference_decode(const void *bytes, size_t size, struct column_reference *ret_reference)
{
    struct begin_disk begin;

    if (!bytes || size < sizeof begin)
        return JET_errInvalidColumnReference;
    memcpy(&begin, bytes, sizeof begin);
    if (begin.version != VERSION_LID32 && begin.version != VERSION_LID64)
        return JET_errInvalidColumnReference;
    const bool is_small = begin.version == VERSION_LID32;
    const size_t lid_size = is_small ? sizeof(le32) : sizeof(le64);
    const size_t least = sizeof begin + lid_size + SIGNATURE_SIZE;
    const size_t bookmark_size = le16_get(begin.bookmark_size), name_size = begin.name_size;
    if (bookmark_size == 0 || bookmark_size > COLUMN_REFERENCE_BOOKMARK_MAX || name_size == 0 ||
        name_size > COLUMN_REFERENCE_NAME_MAX || size < least || size - least != bookmark_size + name_size)
        return JET_errInvalidColumnReference;
    const uint8_t *at = (const uint8_t *)bytes + sizeof begin;
    struct column_reference reference = {
        .itag = le32_get(begin.itag),
        .lid = get_lid(at, is_small),
        .bookmark = at + lid_size + SIGNATURE_SIZE,
        .bookmark_size = bookmark_size,
        .name = (const char *)at + lid_size + SIGNATURE_SIZE + bookmark_size,
        .name_size = name_size,
    };
    if (reference.itag == 0 || reference.lid == 0)
        return JET_errInvalidColumnReference;
    memcpy(&reference.signature, at + lid_size, SIGNATURE_SIZE);
    *ret_reference = reference;
    return JET_errSuccess;
}
