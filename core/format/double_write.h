/* SPDX-License-Identifier: MIT */
/* double_write.h - the double-write file: images of database pages that are about to be overwritten in place. Ours
 * alone; other engines take no notice of it. What it is for, and when it may be believed: storage/double_write.h.
 *
 *      +------------+  0
 *      | file       |  one block of 4096 bytes, written once
 *      +------------+  4096
 *      | area 0     |  area_size bytes: groups, one behind the other, from the start of the area; what follows the last group is
 *      +------------+  left from when the area was used before
 *      | area 1 ... |
 *
 *      group: a block of 4096 bytes that names the pages, then their images in the same order
 *
 * Within an area the sequence numbers of groups rise: one that does not is left from before. Both kinds of block carry
 * the block code over their 4096 bytes (checksum.h), with the number of their block in the file, so that a block counts
 * where it was written only. An image counts if it verifies as the page that it is said to be and has the sum that the
 * group names: what lies there may be the image of an earlier use, even of the same page, or begin with one and end
 * with the other: block_sum.h.
 */
#ifndef COLDSTREAM_FORMAT_DOUBLE_WRITE_H
#define COLDSTREAM_FORMAT_DOUBLE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/stamp.h"

enum {
    DOUBLE_WRITE_BLOCK = 4096, /* file and group; what a disk writes whole or not at all */
    DOUBLE_WRITE_VERSION = 2,
    DOUBLE_WRITE_SOURCES_MAX = 8, /* databases of one group */
    DOUBLE_WRITE_PAGES_MAX = 64,  /* of one group */
    DOUBLE_WRITE_AREA_MAX = 1 << 26,
};

struct double_write_file_disk {
    le64 checksum;          /* +0 */
    uint8_t magic[8];       /* +8   "CSDWFILE" */
    le32 version;           /* +16  DOUBLE_WRITE_VERSION */
    le32 page_size;         /* +20  bytes */
    le32 area_size;         /* +24  bytes, a multiple of DOUBLE_WRITE_BLOCK */
    le32 reserved_28;       /* +28 */
    le64 id;                /* +32  random: groups of other files do not count */
    uint8_t reserved[4056]; /* +40  zero */
};
_Static_assert(sizeof(struct double_write_file_disk) == DOUBLE_WRITE_BLOCK, "file format");
_Static_assert(offsetof(struct double_write_file_disk, id) == 32, "file format");

/* Which database, and which attachment of it: fields of its header when the group was written. */
struct double_write_source_disk {
    struct signature_disk signature;     /* +0 */
    struct signature_disk log_signature; /* +28 */
    struct lgpos_disk attach;            /* +56  all zero while the database was being created */
};
_Static_assert(sizeof(struct double_write_source_disk) == 64, "file format");

struct double_write_page_disk {
    le32 pgno;   /* +0 */
    le32 source; /* +4   index */
    le64 sum;    /* +8   block_sum() of the image */
    le64 lgpos;  /* +16  packed end of the last log record that changed the page */
};
_Static_assert(sizeof(struct double_write_page_disk) == 24, "file format");

struct double_write_group_disk {
    le64 checksum;     /* +0 */
    uint8_t magic[8];  /* +8   "CSDWGROU" */
    le64 id;           /* +16  of the file */
    le64 sequence;     /* +24  one more than that of the group written before */
    le32 source_count; /* +32 */
    le32 page_count;   /* +36  at least 1 */
    struct double_write_source_disk sources[DOUBLE_WRITE_SOURCES_MAX]; /* +40 */
    struct double_write_page_disk pages[DOUBLE_WRITE_PAGES_MAX];       /* +552 */
    uint8_t reserved[2008];                                            /* +2088  zero */
};
_Static_assert(sizeof(struct double_write_group_disk) == DOUBLE_WRITE_BLOCK, "file format");
_Static_assert(offsetof(struct double_write_group_disk, sources) == 40, "file format");
_Static_assert(offsetof(struct double_write_group_disk, pages) == 552, "file format");

/* Bytes of a group with so many pages. */
static inline size_t double_write_group_size(size_t pages, size_t page_size)
{
    return DOUBLE_WRITE_BLOCK + pages * page_size;
}

/* Sets magic and checksum: the last step before a write. */
void double_write_file_seal(struct double_write_file_disk *file);

/* JET_errReadVerifyFailure: not the start of a double-write file. Guarantees on success: page and area size are
 * possible, and an area has room for one page. */
MUST_CHECK jet_err double_write_file_verify(const struct double_write_file_disk *file);

/* `offset`: of the group in the file, a multiple of DOUBLE_WRITE_BLOCK. */
void double_write_group_seal(struct double_write_group_disk *group, uint64_t offset);

/* JET_errReadVerifyFailure: no group of file `id` was written there. Guarantees on success: counts within the limits,
 * page numbers that exist, indexes of sources that are there. */
MUST_CHECK jet_err double_write_group_verify(const struct double_write_group_disk *group, uint64_t offset, uint64_t id);

/* Is this the image that the group means? */
bool double_write_image_counts(const struct double_write_page_disk *page, const void *image, size_t page_size);

#endif
