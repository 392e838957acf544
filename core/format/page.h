/* SPDX-License-Identifier: MIT */
/* page.h - one database page: its header, its tags, its checksums, and how to change it.
 *
 *      +--------------------+  0
 *      | header             |  40 bytes on small pages (2, 4, 8 KiB), 80 on large ones (16, 32 KiB)
 *      +--------------------+  hdr           all offsets in tags ("ib") count from here
 *      | data of the tags   |                order and holes are arbitrary
 *      +--------------------+  hdr + ibMicFree
 *      | contiguous free    |
 *      +--------------------+  page size - 4 * itagMicFree
 *      | tag n-1 ... tag 0  |  4 bytes each, growing downward
 *      +--------------------+  page size
 *
 * Tag 0 is the external header of the page: the space header of a root, else the key prefix that nodes share. The
 * nodes are the tags from page_first_node() on, in key order; node.h decodes them, space.h the space header.
 *
 * Page n of a file (n counts from 1) lies at page_offset(n): two header pages come first.
 *
 * Trust. page_verify() says that the page is what was once written; it guarantees nothing about the tags, because the
 * writer may have been anybody. page_tag_get() checks its own bounds and may be used on any bytes. page_check_tags()
 * proves the whole tag array; the editing functions need a page that passed it (or came from page_init()).
 *
 * A page is passed as its first byte and its size; page sizes are 2048, 4096, 8192, 16384 or 32768 and the programmer
 * promises that (page_size_is_valid() asks). Pages need no alignment. Facts: the engine's own definitions, checked on
 * 1,544 pages of 13 real databases.
 */
#ifndef COLDSTREAM_FORMAT_PAGE_H
#define COLDSTREAM_FORMAT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"

struct page_header_disk {
    le64 checksum;         /* +0   block code of block 0; if PAGE_FLAG_NEW_CHECKSUM is clear: u32 XOR-32, u32 pgno */
    le64 dbtime;           /* +8   database time of the last change */
    le32 pgno_prev;        /* +16  left leaf sibling, 0 = none; 0 on internal pages */
    le32 pgno_next;        /* +20  right leaf sibling */
    le32 objid;            /* +24  tree that the page belongs to */
    le16 free_size;        /* +28  cbFree: free bytes, contiguous or not */
    le16 uncommitted_size; /* +30  cbUncommittedFree: the part of it that a rollback may need; 0 in a clean file */
    le16 free_offset;      /* +32  ibMicFree: end of the used data, from the end of the header */
    le16 tag_state;        /* +34  bits 0-11: number of tags; bits 12-14: number of reserved tags, 0 means 1 */
    le32 flags;            /* +36  enum page_flag */
};
_Static_assert(sizeof(struct page_header_disk) == 40, "file format");
_Static_assert(offsetof(struct page_header_disk, objid) == 24, "file format");
_Static_assert(offsetof(struct page_header_disk, flags) == 36, "file format");

struct page_header_large_disk {
    struct page_header_disk base; /* +0 */
    le64 checksums[3];            /* +40  block code of blocks 1 to 3 */
    le32 pgno;                    /* +64  own page number */
    uint8_t reserved[12];         /* +68  zero */
};
_Static_assert(sizeof(struct page_header_large_disk) == 80, "file format");
_Static_assert(offsetof(struct page_header_large_disk, checksums) == 40, "file format");
_Static_assert(offsetof(struct page_header_large_disk, pgno) == 64, "file format");

struct page_tag_disk {
    le16 size;   /* +0  cb; masked, see page_tag_get() */
    le16 offset; /* +2  ib, from the end of the page header; masked; on small pages the node flags are on top */
};
_Static_assert(sizeof(struct page_tag_disk) == 4, "file format");

enum page_flag {
    PAGE_FLAG_ROOT = 1 << 0, /* root of a tree (FDP) or of a space tree */
    PAGE_FLAG_LEAF = 1 << 1,
    PAGE_FLAG_PARENT_OF_LEAF = 1 << 2, /* internal page whose children are leaves */
    PAGE_FLAG_EMPTY = 1 << 3,          /* emptied and freed: the content means nothing */
    PAGE_FLAG_REPAIR = 1 << 4,
    PAGE_FLAG_SPACE_TREE = 1 << 5,    /* page of an owned-extents or available-extents tree */
    PAGE_FLAG_INDEX = 1 << 6,         /* secondary index, and its space trees */
    PAGE_FLAG_LONG_VALUE = 1 << 7,    /* long-value tree, and its space trees */
    PAGE_FLAG_SLV_AVAIL = 1 << 8,     /* obsolete */
    PAGE_FLAG_SLV_OWNER = 1 << 9,     /* obsolete */
    PAGE_FLAG_NON_UNIQUE = 1 << 10,   /* keys may repeat; only with PAGE_FLAG_INDEX */
    PAGE_FLAG_NEW_RECORD = 1 << 11,   /* always set */
    PAGE_FLAG_NEW_CHECKSUM = 1 << 13, /* block code; set on every written page */
    PAGE_FLAG_SCRUBBED = 1 << 14,
    PAGE_FLAG_FLUSH_TYPE = 3 << 15, /* mask: 1 rock, 2 paper, 3 scissors; rotates at every write */
    PAGE_FLAG_PREINIT = 1 << 17,    /* formatted, not initialised; never on finished pages */
    PAGE_FLAG_FDP_DELETE = 1 << 18,
};

enum {
    PAGE_BLOCKS_MAX = 4,      /* checksum blocks of a large page; a small one has one */
    PAGE_SIZE_DEFAULT = 4096, /* what a page size of 0 in a file header means */
    PAGE_TAGS_MAX = 0x0FFF,
    PAGE_TAG_SIZE = 4,
    PAGE_BIT_NEW_CHECKSUM = 301, /* PAGE_FLAG_NEW_CHECKSUM as a bit number of the page; never corrected */
};

/* ---- geometry ---- */

bool page_size_is_valid(uint64_t size);

/* 16 and 32 KiB pages have the large header, four checksum blocks, and their own page number in the header. */
static inline bool page_is_large(size_t page_size)
{
    return page_size > 8192;
}

static inline size_t page_header_size(size_t page_size)
{
    return page_is_large(page_size) ? sizeof(struct page_header_large_disk) : sizeof(struct page_header_disk);
}

/* Where page `pgno` lies in the file, in bytes. */
static inline uint64_t page_offset(pgno_t pgno, size_t page_size)
{
    return ((uint64_t)pgno + 1) * page_size;
}

static inline const struct page_header_disk *page_header(const void *page)
{
    return page;
}

static inline uint32_t page_flags(const void *page)
{
    return le32_get(page_header(page)->flags);
}

/* ---- verification: checksum and page number ---- */

enum page_state {
    PAGE_OK,          /* JET_errSuccess */
    PAGE_ZERO,        /* JET_errPageNotInitialized: all bytes are zero, never written; no damage in a sequential scan */
    PAGE_DAMAGED,     /* JET_errReadVerifyFailure */
    PAGE_CORRECTABLE, /* JET_errReadVerifyFailure: flipping the bits named in the verdict makes it whole */
    PAGE_MISPLACED,   /* JET_errReadVerifyFailure: whole, but the image of page `pgno_found` */
    PAGE_WRONG_PGNO,  /* JET_errReadPgnoVerifyFailure: checksum right, but the header names `pgno_found` */
};

struct page_verdict {
    enum page_state state;
    unsigned block;             /* first block that differs, 0 to 3; meaningful from PAGE_DAMAGED on */
    uint64_t checksum_stored;   /* expected: what the page carries for that block */
    uint64_t checksum_computed; /* found: what its bytes give; of a page with the XOR-32 scheme, 32 bits */
    pgno_t pgno_expected;
    pgno_t pgno_found;              /* PAGE_MISPLACED, PAGE_WRONG_PGNO; else = pgno_expected */
    unsigned count_bits;            /* PAGE_CORRECTABLE: 1 to 4, at most one in each block */
    uint32_t bits[PAGE_BLOCKS_MAX]; /* from bit 0 = least significant of byte 0 of the page */
};

/* Verifies the page read from the place of page `pgno`. Changes nothing. `*ret_verdict` is always written; the states
 * above say which code is returned with each. Guarantees on JET_errSuccess:
 *   1. every checksum of the page is right for `pgno`;
 *   2. a large page carries `pgno` in its header.
 * Nothing else. JET_errReadLostFlushVerifyFailure needs the flush map and is not found here. */
MUST_CHECK jet_err page_verify(const void *page, size_t page_size, pgno_t pgno, struct page_verdict *ret_verdict);

/* All checksums of a page as it carries them and as its bytes give them: one, or of a large page one for each block.
 * Returns how many. */
unsigned page_checksums(const void *page, size_t page_size, pgno_t pgno, uint64_t ret_stored[PAGE_BLOCKS_MAX],
                        uint64_t ret_computed[PAGE_BLOCKS_MAX]);

/* A sum over what the log says of the page (page_logged.c). Safe on any bytes; tags that do not lie on the page do not
 * count. */
uint64_t page_logged_checksum(const void *page, size_t page_size);

/* Is the page one of another place, in a file of `file_pages` pages? A page that matches but for the number may also be
 * one whose stored checksum has a flipped bit; if the file has no page of that number, it is. */
bool page_verdict_is_of_other_place(const struct page_verdict *verdict, pgno_t file_pages);

/* Flips the bits that a verdict PAGE_CORRECTABLE of this very page names; afterwards the page verifies. */
void page_correct(void *page, const struct page_verdict *verdict);

/* "ok", "not initialised", "damaged", "correctable", "misplaced", "wrong page number". */
const char *page_state_name(enum page_state state);

/* Stops at the first byte that is not zero. */
bool page_is_zero(const void *page, size_t page_size);

/* Sets PAGE_FLAG_NEW_CHECKSUM, on large pages the page number, and all checksums: the last step before a write. */
void page_seal(void *page, size_t page_size, pgno_t pgno);

/* ---- tags ---- */

/* Number of tags, tag 0 included; not verified. */
static inline unsigned page_tag_count(const void *page)
{
    return le16_get(page_header(page)->tag_state) & PAGE_TAGS_MAX;
}

/* Number of the first tag that is a node: 1, more only with reserved tags. */
unsigned page_first_node(const void *page);

/* The bytes of tag `tag` (borrowed from the page) and its node flags (enum node_flag; 0 for tags that are not nodes).
 * On large pages the node flags are the top three bits of the first u16 of the bytes: node.h masks them. Safe on any
 * bytes: JET_errBadLineCount if there is no such tag or if it does not lie in the data area. An empty tag gives size
 * 0. */
MUST_CHECK jet_err page_tag_get(const void *page, size_t page_size, unsigned tag, const uint8_t **ret_bytes,
                                size_t *ret_size, unsigned *ret_flags);

/* What a deep check found, for people. */
struct page_problem {
    unsigned tag;     /* tag concerned; 0 also if it is the page as a whole */
    const char *text; /* static, a clause: "tags overlap" */
};

/* Fills in a problem and returns `err`: the way every deep check ends that finds one. */
MUST_CHECK jet_err page_problem_found(struct page_problem *problem, jet_err err, unsigned tag, const char *text);

/* The deep check of the tag array. JET_errBadLineCount, and JET_errNodeCorrupted for a node without bytes; then
 * `*ret_problem` says where. Guarantees on JET_errSuccess, with n = page_tag_count():
 *   1. 1 <= n, 1 <= page_first_node() <= n, and the tag array begins at or behind hdr + ibMicFree;
 *   2. every tag with bytes lies within the first ibMicFree bytes of the data area;
 *   3. no two tags overlap;
 *   4. every node has at least one byte;
 *   5. sum of all tag sizes + cbFree + 4 * n = page size - hdr;
 *   6. cbUncommittedFree <= cbFree. */
MUST_CHECK jet_err page_check_tags(const void *page, size_t page_size, struct page_problem *ret_problem);

/* The flags make sense together: leaf, parent of leaf, root; new record format set; non-unique only with index; no
 * pre-initialised page. JET_errDatabaseCorrupted. An emptied page (PAGE_FLAG_EMPTY) passes. PAGE_FLAG_NEW_CHECKSUM is
 * not looked at: pages of the old scheme lack it, and which scheme a page may have is what page_verify() judges. */
MUST_CHECK jet_err page_check_flags(const void *page, struct page_problem *ret_problem);

/* ---- editing: for pages that page_check_tags() accepted or page_init() made ---- */

/* Formats a page: header, and an empty tag 0. Siblings are 0. */
void page_init(void *page, size_t page_size, uint32_t flags, pgno_t pgno, objid_t objid, dbtime_t dbtime);

/* Free bytes that may be used: cbFree without those that a rollback may need. A new tag of n bytes needs n +
 * PAGE_TAG_SIZE of them; the page is reorganised if they are not in one piece. Whoever may use the bytes kept for a
 * rollback lowers uncommitted_size first. */
static inline size_t page_free_space(const void *page)
{
    return (size_t)(le16_get(page_header(page)->free_size) - le16_get(page_header(page)->uncommitted_size));
}

/* Largest node that fits on an otherwise empty page. */
static inline size_t page_node_size_max(size_t page_size)
{
    return page_size - page_header_size(page_size) - 2 * (size_t)PAGE_TAG_SIZE;
}

/* Inserts a tag with these bytes (not part of this page) before what is now tag `tag` (1 to page_tag_count()).
 * `node_flags`: enum node_flag. JET_errRecordTooBig: no room. */
MUST_CHECK jet_err page_insert(void *page, size_t page_size, unsigned tag, unsigned node_flags, const void *bytes,
                               size_t size);

/* Replaces the bytes of a tag; tag 0 takes node_flags 0 and may become empty. JET_errRecordTooBig: no room. */
MUST_CHECK jet_err page_replace(void *page, size_t page_size, unsigned tag, unsigned node_flags, const void *bytes,
                                size_t size);

/* Gives a node other flags (enum node_flag); NODE_FLAG_COMPRESSED, which says how its bytes are read, must stay. */
void page_set_node_flags(void *page, size_t page_size, unsigned tag, unsigned node_flags);

/* Removes tag `tag` (from 1 on); its bytes stay where they are, as free space. */
void page_delete(void *page, size_t page_size, unsigned tag);

/* Moves all data to the start, in ascending order of offset, without gaps. */
void page_reorganise(void *page, size_t page_size);

#endif
