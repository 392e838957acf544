/* SPDX-License-Identifier: MIT */
/* page_logged.c - a sum over what the log says of a page, which is the same for a page and its copy that was made by
 * recovery.
 *
 * Left out is what recovery does not make again: checksums, free space and where it is, the type of the last write,
 * versions of nodes, the data of deleted ones. Each byte is added to the sum rotated by six bits. Source:
 * CPAGE::LoggedDataChecksum() of ESE.
 */
#include <string.h>

#include "format/node.h"
#include "format/page.h"

enum {
    KEY_COUNT_SIZE = 2, /* that each tag's bytes begin with */
    FLAG_SHIFT = 13,
    RESERVED_SHIFT = 12,
    RESERVED_MASK = 7,
};

static uint64_t add(uint64_t sum, uint8_t byte)
{
    return (sum << 6 | sum >> 58) + byte;
}

static uint64_t add_bytes(uint64_t sum, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = add(sum, bytes[i]);
    return sum;
}

static uint64_t add_header(uint64_t sum, const void *page, size_t page_size)
{
    struct page_header_large_disk header = {0};
    const uint16_t state = le16_get(page_header(page)->tag_state);
    const unsigned reserved = state >> RESERVED_SHIFT & RESERVED_MASK;
    const uint16_t kept = (uint16_t)((reserved > 1 ? reserved << RESERVED_SHIFT : 0u) | (state & PAGE_TAGS_MAX));
    const uint32_t unlogged = PAGE_FLAG_FLUSH_TYPE | PAGE_FLAG_NEW_CHECKSUM | PAGE_FLAG_FDP_DELETE;

    memcpy(&header, page, page_header_size(page_size));
    header.base.checksum = le64_make(0);
    header.base.free_size = le16_make(0);
    header.base.uncommitted_size = le16_make(0);
    header.base.free_offset = le16_make(0);
    header.base.tag_state = le16_make(kept);
    header.base.flags = le32_make(page_flags(page) & ~unlogged);
    memset(header.checksums, 0, sizeof header.checksums);
    memset(header.reserved, 0, sizeof header.reserved);
    return add_bytes(sum, (const uint8_t *)&header, page_header_size(page_size));
}

/* Where its flags are depends on the size of the page, for all tags alike. */
static unsigned tag_flags(const void *page, size_t page_size, unsigned tag, const uint8_t *bytes, size_t size)
{
    struct page_tag_disk disk;

    if (page_is_large(page_size))
        return size >= KEY_COUNT_SIZE ? bytes[1] >> (FLAG_SHIFT - 8) : 0;
    memcpy(&disk, (const uint8_t *)page + page_size - (size_t)(tag + 1) * sizeof disk, sizeof disk);
    return le16_get(disk.offset) >> FLAG_SHIFT;
}

static uint64_t add_tag(uint64_t sum, const void *page, size_t page_size, unsigned tag)
{
    const uint8_t *bytes;
    size_t size;
    unsigned ignored;

    if (page_tag_get(page, page_size, tag, &bytes, &size, &ignored) < JET_errSuccess)
        return sum;
    const unsigned flags = tag_flags(page, page_size, tag, bytes, size);
    if (!(flags & NODE_FLAG_DELETED) && size >= KEY_COUNT_SIZE) {
        const le16 size_disk = le16_make((uint16_t)size);

        sum = add_bytes(sum, (const uint8_t *)&size_disk, sizeof size_disk);
        sum = add_bytes(sum, bytes + KEY_COUNT_SIZE, size - KEY_COUNT_SIZE);
    }
    return add(sum, (uint8_t)(flags & ~(unsigned)NODE_FLAG_VERSION));
}

uint64_t page_logged_checksum(const void *page, size_t page_size)
{
    uint64_t sum = add_header(0, page, page_size);

    for (unsigned tag = 0; tag < page_tag_count(page); tag++)
        sum = add_tag(sum, page, page_size, tag);
    return sum;
}
