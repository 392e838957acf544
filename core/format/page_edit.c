/* SPDX-License-Identifier: MIT */
/* page_edit.c - changing a page: the free-space accounting that page_check_tags() demands, operation by operation.
 *
 * cbFree counts all free bytes, in holes or not; cbUncommittedFree of them a rollback may need, and nothing here takes
 * them. ibMicFree is the end of the last used byte, or above it. The contiguous free space lies between ibMicFree and
 * the tag array. New data goes there; if it is too small and cbFree is not, the page is reorganised first. Data leaves
 * holes behind, never moves otherwise, and a hole at the end is given back. Microsoft's engine redoes logged operations
 * with the same rules, so that a page that we changed and one that it changed have the same cbFree and the same order
 * of tags.
 */
#include "format/page.h"

#include <assert.h>
#include <string.h>

enum {
    OFFSET_BITS_SMALL = 13, /* of the tag's offset; the node flags are above */
    NODE_FLAGS_SHIFT = 5,   /* in the second byte of a node on a large page */
};

struct tag {
    size_t offset; /* from the end of the header */
    size_t size;
    unsigned flags;
};

static struct page_header_disk *header_of(void *page)
{
    return page;
}

static uint8_t *data_of(void *page, size_t page_size)
{
    return (uint8_t *)page + page_header_size(page_size);
}

static struct page_tag_disk *tag_disk(void *page, size_t page_size, unsigned tag)
{
    return (void *)((uint8_t *)page + page_size - (tag + (size_t)1) * PAGE_TAG_SIZE);
}

/* A tag of a checked page. */
static struct tag tag_read(void *page, size_t page_size, unsigned tag)
{
    struct tag read;
    const uint8_t *bytes;
    jet_err err = page_tag_get(page, page_size, tag, &bytes, &read.size, &read.flags);

    assert(err == JET_errSuccess);
    (void)err; /* promised by page_check_tags() */
    read.offset = (size_t)(bytes - data_of(page, page_size));
    return read;
}

/* The data must be in place: on large pages the flags go there. */
static void tag_write(void *page, size_t page_size, unsigned tag, struct tag to)
{
    struct page_tag_disk *disk = tag_disk(page, page_size, tag);

    disk->size = le16_make((uint16_t)to.size);
    if (!page_is_large(page_size)) {
        disk->offset = le16_make((uint16_t)(to.offset | to.flags << OFFSET_BITS_SMALL));
        return;
    }
    disk->offset = le16_make((uint16_t)to.offset);
    if (tag >= page_first_node(page) && to.size >= 2) {
        uint8_t *second = data_of(page, page_size) + to.offset + 1;

        *second = (uint8_t)((*second & 0x1F) | to.flags << NODE_FLAGS_SHIFT);
    }
}

static size_t free_offset(const void *page)
{
    return le16_get(page_header(page)->free_offset);
}

static void free_offset_set(void *page, size_t offset)
{
    header_of(page)->free_offset = le16_make((uint16_t)offset);
}

static void free_size_change(void *page, size_t released, size_t taken)
{
    struct page_header_disk *header = header_of(page);

    header->free_size = le16_make((uint16_t)(le16_get(header->free_size) + released - taken));
}

static void tag_count_set(void *page, unsigned count)
{
    const unsigned reserved = le16_get(page_header(page)->tag_state) & ~(unsigned)PAGE_TAGS_MAX;

    header_of(page)->tag_state = le16_make((uint16_t)(reserved | count));
}

static size_t contiguous_space(const void *page, size_t page_size)
{
    return page_size - page_header_size(page_size) - free_offset(page) - page_tag_count(page) * (size_t)PAGE_TAG_SIZE;
}

/* Puts data at ibMicFree; there is room. */
static void data_append(void *page, size_t page_size, unsigned tag, unsigned flags, const void *bytes, size_t size)
{
    const struct tag to = {.offset = free_offset(page), .size = size, .flags = flags};

    memcpy(data_of(page, page_size) + to.offset, bytes, size);
    free_offset_set(page, to.offset + size);
    tag_write(page, page_size, tag, to);
}

void page_init(void *page, size_t page_size, uint32_t flags, pgno_t pgno, objid_t objid, dbtime_t dbtime)
{
    struct page_header_large_disk *large = page;

    assert(page_size_is_valid(page_size));
    memset(page, 0, page_size);
    large->base.dbtime = le64_make(dbtime);
    large->base.objid = le32_make(objid);
    large->base.flags = le32_make(flags);
    large->base.tag_state = le16_make(1);
    free_size_change(page, page_size - page_header_size(page_size), PAGE_TAG_SIZE);
    if (page_is_large(page_size))
        large->pgno = le32_make(pgno);
}

jet_err page_insert(void *page, size_t page_size, unsigned tag, unsigned node_flags, const void *bytes, size_t size)
{
    const unsigned count = page_tag_count(page);
    const size_t need = size + PAGE_TAG_SIZE;

    assert(tag >= page_first_node(page) && tag <= count && size > 0 && node_flags < 8);
    if (need > page_free_space(page) || count >= PAGE_TAGS_MAX)
        return JET_errRecordTooBig;
    if (need > contiguous_space(page, page_size))
        page_reorganise(page, page_size);
    memmove(tag_disk(page, page_size, count), tag_disk(page, page_size, count - 1),
            (count - tag) * (size_t)PAGE_TAG_SIZE);
    tag_count_set(page, count + 1);
    free_size_change(page, 0, need);
    data_append(page, page_size, tag, node_flags, bytes, size);
    return JET_errSuccess;
}

/* The new data takes the place of the old one: it is not longer, or it can grow into the contiguous space. */
static void replace_in_place(void *page, size_t page_size, unsigned tag, struct tag to, const void *bytes, bool is_last)
{
    if (to.size > 0)
        memcpy(data_of(page, page_size) + to.offset, bytes, to.size);
    if (is_last)
        free_offset_set(page, to.offset + to.size);
    tag_write(page, page_size, tag, to);
}

jet_err page_replace(void *page, size_t page_size, unsigned tag, unsigned node_flags, const void *bytes, size_t size)
{
    const struct tag old = tag_read(page, page_size, tag);
    const bool is_last = old.size > 0 && old.offset + old.size == free_offset(page);
    const bool fits = size <= old.size || (is_last && size - old.size <= contiguous_space(page, page_size));

    assert(node_flags < 8 && (size > 0 || tag < page_first_node(page)));
    if (size > old.size && size - old.size > page_free_space(page))
        return JET_errRecordTooBig;
    free_size_change(page, old.size, size);
    if (fits) {
        const struct tag to = {.offset = old.offset, .size = size, .flags = node_flags};

        replace_in_place(page, page_size, tag, to, bytes, is_last);
        return JET_errSuccess;
    }
    if (size > contiguous_space(page, page_size)) {
        tag_write(page, page_size, tag, (struct tag){.size = 0}); /* its old bytes need not be kept */
        page_reorganise(page, page_size);
    }
    data_append(page, page_size, tag, node_flags, bytes, size);
    return JET_errSuccess;
}

void page_set_node_flags(void *page, size_t page_size, unsigned tag, unsigned node_flags)
{
    struct tag to = tag_read(page, page_size, tag);

    assert(tag >= page_first_node(page) && node_flags < 8);
    to.flags = node_flags;
    tag_write(page, page_size, tag, to);
}

void page_delete(void *page, size_t page_size, unsigned tag)
{
    const struct tag old = tag_read(page, page_size, tag);
    const unsigned count = page_tag_count(page) - 1;

    assert(tag >= page_first_node(page));
    if (old.offset + old.size == free_offset(page))
        free_offset_set(page, old.offset);
    memmove(tag_disk(page, page_size, count - 1), tag_disk(page, page_size, count),
            (count - tag) * (size_t)PAGE_TAG_SIZE);
    tag_count_set(page, count);
    free_size_change(page, old.size + PAGE_TAG_SIZE, 0);
    if (count == 1 && tag_read(page, page_size, 0).size == 0)
        free_offset_set(page, 0);
}

/* Ascending; by the method of Shell, because there may be some thousand tags and the library's sort may allocate. */
static void sort_ascending(uint32_t *values, size_t count)
{
    for (size_t gap = count / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (size_t i = gap; i < count; i++) {
            const uint32_t value = values[i];
            size_t at = i;

            for (; at >= gap && values[at - gap] > value; at -= gap)
                values[at] = values[at - gap];
            values[at] = value;
        }
}

void page_reorganise(void *page, size_t page_size)
{
    enum { TAG_BITS = 12 };
    uint32_t by_offset[PAGE_TAGS_MAX]; /* offset above, tag below */
    uint8_t *data = data_of(page, page_size);
    size_t count = 0, end = 0;

    for (unsigned tag = 0; tag < page_tag_count(page); tag++)
        by_offset[count++] = (uint32_t)tag_read(page, page_size, tag).offset << TAG_BITS | tag;
    sort_ascending(by_offset, count);
    for (size_t i = 0; i < count; i++) {
        const unsigned tag = by_offset[i] & PAGE_TAGS_MAX;
        struct tag move = tag_read(page, page_size, tag);

        if (move.size > 0) {
            memmove(data + end, data + move.offset, move.size);
            move.offset = end;
            end += move.size;
        }
        tag_write(page, page_size, tag, move);
    }
    free_offset_set(page, end);
}
