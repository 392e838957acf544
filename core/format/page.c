/* SPDX-License-Identifier: MIT */
/* page.c - reading the tag array of a page, on any bytes.
 *
 * Tag i lies 4 * (i + 1) bytes before the end of the page. Its offset counts from the end of the page header. How many
 * bits of the two numbers count, and where the node flags are, depends on the page size:
 *
 *                  small pages                       large pages
 *      numbers     13 bits                           15 bits
 *      flags       top three bits of the offset      top three bits of the first u16 of the node's data
 *
 * The bits above are undefined on disk and are masked away here, once.
 */
#include "format/page.h"

#include "base/corrupt.h"

enum {
    MASK_SMALL = 0x1FFF,
    MASK_LARGE = 0x7FFF,
    FLAGS_SHIFT_SMALL = 13, /* in the tag's offset */
    FLAGS_SHIFT_LARGE = 5,  /* in the second byte of the node */
    RESERVED_SHIFT = 12,    /* in the tag state */
    RESERVED_MASK = 7,
};

bool page_size_is_valid(uint64_t size)
{
    return size >= PAGE_SIZE_MIN && size <= PAGE_SIZE_MAX && (size & (size - 1)) == 0;
}

unsigned page_first_node(const void *page)
{
    const unsigned reserved = le16_get(page_header(page)->tag_state) >> RESERVED_SHIFT & RESERVED_MASK;

    return reserved ? reserved : 1;
}

/* Bytes between the header and the tag array; false if the array does not even fit. */
static bool data_area_size(const void *page, size_t page_size, size_t *ret_size)
{
    const size_t area = page_size - page_header_size(page_size);
    const size_t array = page_tag_count(page) * (size_t)PAGE_TAG_SIZE;

    if (array > area)
        return false;
    *ret_size = area - array;
    return true;
}

jet_err page_tag_get(const void *page, size_t page_size, unsigned tag, const uint8_t **ret_bytes, size_t *ret_size,
                     unsigned *ret_flags)
{
    const uint8_t *data = (const uint8_t *)page + page_header_size(page_size);
    const unsigned mask = page_is_large(page_size) ? MASK_LARGE : MASK_SMALL;
    const struct page_tag_disk *disk;
    size_t area, offset, size;
    unsigned flags = 0;

    if (tag >= page_tag_count(page) || !data_area_size(page, page_size, &area))
        return CORRUPT(JET_errBadLineCount);
    disk = (const void *)((const uint8_t *)page + page_size - (tag + (size_t)1) * PAGE_TAG_SIZE);
    size = le16_get(disk->size) & mask;
    offset = size ? le16_get(disk->offset) & mask : 0; /* an empty tag may carry any offset */
    if (offset > area || size > area - offset)
        return CORRUPT(JET_errBadLineCount);
    if (tag >= page_first_node(page)) {
        if (!page_is_large(page_size))
            flags = le16_get(disk->offset) >> FLAGS_SHIFT_SMALL;
        else if (size >= 2)
            flags = data[offset + 1] >> FLAGS_SHIFT_LARGE;
    }
    *ret_bytes = data + offset;
    *ret_size = size;
    *ret_flags = flags;
    return JET_errSuccess;
}

/* One bit for each byte of the data area. */
struct byte_set {
    uint64_t words[PAGE_SIZE_MAX / 64];
};

/* Adds a range; false if a byte of it was in the set already. */
static bool byte_set_add(struct byte_set *set, size_t from, size_t size)
{
    while (size > 0) {
        const size_t shift = from % 64;
        const size_t n = size < 64 - shift ? size : 64 - shift;
        const uint64_t mask = UINT64_MAX >> (64 - n) << shift;
        uint64_t *word = &set->words[from / 64];

        if (*word & mask)
            return false;
        *word |= mask;
        from += n;
        size -= n;
    }
    return true;
}

jet_err page_problem_found(struct page_problem *problem, jet_err err, unsigned tag, const char *text)
{
    *problem = (struct page_problem){.tag = tag, .text = text};
    return CORRUPT(err);
}

/* Points 2 to 4 of page_check_tags() for one tag. */
static jet_err check_tag(const void *page, size_t page_size, unsigned tag, struct byte_set *set, size_t *sum,
                         struct page_problem *ret_problem)
{
    const uint8_t *data = (const uint8_t *)page + page_header_size(page_size);
    const size_t used = le16_get(page_header(page)->free_offset);
    const uint8_t *bytes;
    size_t size;
    unsigned flags;

    if (page_tag_get(page, page_size, tag, &bytes, &size, &flags) < JET_errSuccess)
        return page_problem_found(ret_problem, JET_errBadLineCount, tag, "the tag lies outside the data area");
    if (size == 0 && tag >= page_first_node(page))
        return page_problem_found(ret_problem, JET_errNodeCorrupted, tag, "the node has no bytes");
    if (size > 0 && (size_t)(bytes - data) + size > used)
        return page_problem_found(ret_problem, JET_errBadLineCount, tag, "the tag reaches into free space");
    if (!byte_set_add(set, (size_t)(bytes - data), size))
        return page_problem_found(ret_problem, JET_errBadLineCount, tag, "tags overlap");
    *sum += size;
    return JET_errSuccess;
}

jet_err page_check_tags(const void *page, size_t page_size, struct page_problem *ret_problem)
{
    const struct page_header_disk *header = page_header(page);
    const size_t free_size = le16_get(header->free_size);
    const unsigned count = page_tag_count(page);
    struct byte_set set = {{0}};
    size_t area, sum = 0;
    jet_err err;

    if (count < page_first_node(page))
        return page_problem_found(ret_problem, JET_errBadLineCount, 0, "the page has fewer tags than it must have");
    if (!data_area_size(page, page_size, &area) || le16_get(header->free_offset) > area)
        return page_problem_found(ret_problem, JET_errBadLineCount, 0,
                                  "the used data and the tags do not fit the page");
    for (unsigned tag = 0; tag < count; tag++) {
        err = check_tag(page, page_size, tag, &set, &sum, ret_problem);
        if (err < JET_errSuccess)
            return err;
    }
    if (sum + free_size != area)
        return page_problem_found(ret_problem, JET_errBadLineCount, 0, "the count of free bytes is wrong");
    if (le16_get(header->uncommitted_size) > free_size)
        return page_problem_found(ret_problem, JET_errBadLineCount, 0, "more bytes are uncommitted than free");
    return JET_errSuccess;
}

jet_err page_check_flags(const void *page, struct page_problem *ret_problem)
{
    const uint32_t flags = page_flags(page);
    const char *text = NULL;

    if (flags & PAGE_FLAG_EMPTY)
        return JET_errSuccess;
    if (flags & PAGE_FLAG_PREINIT)
        text = "the page was formatted and never filled";
    else if (!(flags & PAGE_FLAG_NEW_RECORD))
        text = "the page lacks a flag that every page has";
    else if (flags & PAGE_FLAG_LEAF && flags & PAGE_FLAG_PARENT_OF_LEAF)
        text = "the page is both a leaf and a parent of leaves";
    else if (flags & PAGE_FLAG_INDEX && flags & PAGE_FLAG_LONG_VALUE)
        text = "the page belongs to an index and to long values";
    else if (flags & PAGE_FLAG_NON_UNIQUE && !(flags & PAGE_FLAG_INDEX))
        text = "the page has non-unique keys and belongs to no index";
    return text ? page_problem_found(ret_problem, JET_errDatabaseCorrupted, 0, text) : JET_errSuccess;
}
