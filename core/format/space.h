/* SPDX-License-Identifier: MIT */
/* space.h - who owns which pages: space headers, split buffers, extents.
 *
 * Tag 0 of the root of a tree (its FDP) is the space header. A small tree owns one extent and keeps a bit mask of the
 * free pages of it; a tree that grew has two small trees of its own, for owned extents (OE, root page `space`) and for
 * available extents (AE, root on the next page). A node of these is one extent:
 *
 *      key    last page number, u32 big-endian; in AE it may follow a byte 0x80 | pool
 *      data   number of pages, u32 little-endian
 *
 * Tag 0 of the two roots is a split buffer: two reserves of pages for splits of the space trees themselves.
 */
#ifndef COLDSTREAM_FORMAT_SPACE_H
#define COLDSTREAM_FORMAT_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/node.h"

struct space_header_disk {
    le32
        count_pages; /* +0   pages of the primary extent; with SPACE_FLAG_LAST_ALLOCATION size of the last allocation */
    le32 pgno_parent; /* +4   FDP of the tree that this one got its space from; 0 for the root of the database */
    le32 flags;       /* +8   enum space_flag */
    le32 space;       /* +12  single extent: mask of available pages; multiple extents: root of OE */
};
_Static_assert(sizeof(struct space_header_disk) == 16, "file format");

enum space_flag {
    SPACE_FLAG_MULTIPLE = 1 << 0,        /* owned and available extents are in trees */
    SPACE_FLAG_NON_UNIQUE = 1 << 1,      /* the tree has non-unique keys */
    SPACE_FLAG_LAST_ALLOCATION = 1 << 2, /* meaning of count_pages; then it says nothing about ownership */
};

enum {
    SPACE_MASK_PAGES_MAX = 32,  /* pages behind the FDP that the mask of a single extent can track */
    SPACE_EXTENT_KEY_MAX = 5,   /* bytes of an extent's key */
    SPACE_HEADER_SIZE_MAX = 25, /* with the auto-increment field of newer formats */
};

struct space_header {
    uint32_t count_pages;
    pgno_t pgno_parent;
    uint32_t flags;
    uint32_t mask_available; /* single extent: bit i = page FDP + 1 + i is available; else 0 */
    pgno_t pgno_owned;       /* multiple extents: root of OE; root of AE is the next page; else 0 */
    bool has_auto_increment; /* extended header of format 1568,30,40 and later */
    uint64_t auto_increment_max;
};

/* Decodes tag 0 of an FDP. JET_errSPOwnExtCorrupted. Guarantees: with SPACE_FLAG_MULTIPLE, pgno_owned and the page
 * behind it are legal page numbers; pgno_parent is legal or 0; no unknown flag is set. */
MUST_CHECK jet_err space_header_decode(const void *bytes, size_t size, struct space_header *ret_header);

/* Writes the plain form, 16 bytes. A header with has_auto_increment gives JET_errFeatureNotAvailable: files that we
 * write are of a format that lacks it. */
MUST_CHECK jet_err space_header_encode(const struct space_header *header, struct space_header_disk *ret_disk);

struct space_split_buffer_disk {
    struct {
        le32 pgno_last;   /* +0  last page of the reserve */
        le32 count_pages; /* +4  0 = none */
    } reserve[2];
};
_Static_assert(sizeof(struct space_split_buffer_disk) == 16, "file format");

enum space_tree {
    SPACE_OWNED,     /* OE */
    SPACE_AVAILABLE, /* AE */
};

enum space_pool {
    SPACE_POOL_GENERAL = 0,
    SPACE_POOL_CONTINUOUS = 1,
    SPACE_POOL_SHELVED = 2, /* beyond the end of the file: not usable */
};

struct space_extent {
    enum space_pool pool;
    pgno_t pgno_last;
    uint32_t count_pages; /* first page = pgno_last - count_pages + 1; 0 only in a flag-deleted AE node */
};

/* Decodes tag 0 of a root of OE or AE; an absent reserve has count_pages 0. JET_errSPOwnExtCorrupted or
 * JET_errSPAvailExtCorrupted, by `tree`. */
MUST_CHECK jet_err space_split_buffer_decode(const void *bytes, size_t size, enum space_tree tree,
                                             struct space_extent ret_reserve[2]);

/* Decodes a leaf node of OE or AE. JET_errSPOwnExtCorrupted or JET_errSPAvailExtCorrupted. Guarantees: the pages of the
 * extent are legal page numbers, and only an AE node that is flag-deleted has none. */
MUST_CHECK jet_err space_extent_decode(const struct node *node, enum space_tree tree, struct space_extent *ret_extent);

/* Key and data of an extent of pool 0; node->suffix and node->data then point into the buffers. */
struct space_extent_disk {
    be32 pgno_last;   /* +0  the key */
    le32 count_pages; /* +4  the data */
};
_Static_assert(sizeof(struct space_extent_disk) == 8, "file format");

void space_extent_encode(const struct space_extent *extent, struct space_extent_disk *ret_disk, struct node *ret_node);

#endif
