/* SPDX-License-Identifier: MIT */
/* apply_move.c - a page gets another number. See apply.h. */
#include "base/corrupt.h"
#include "btree/apply.h"
#include "btree/node_at.h"

void apply_page_move(void *page, size_t page_size, const void *from, pgno_t pgno)
{
    struct page_header_disk *header = page;
    struct page_header_large_disk *large = page;

    memcpy(page, from, page_size);
    header->flags =
        le32_make(le32_get(header->flags) & ~(uint32_t)PAGE_FLAG_FLUSH_TYPE); /* nothing was written there */
    if (page_is_large(page_size))
        large->pgno = le32_make(pgno);
}

jet_err apply_child_move(void *page, size_t page_size, unsigned line, pgno_t from, pgno_t to)
{
    const le32 child = le32_make(to);

    if (page_flags(page) & PAGE_FLAG_LEAF || line + 1 >= page_tag_count(page) ||
        child_at(page, page_size, line + 1) != from)
        return CORRUPT(JET_errLogCorrupted);
    return apply_replace(page, page_size, line, 0, 0, child.b, sizeof child);
}
