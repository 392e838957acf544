/* SPDX-License-Identifier: MIT */
/* apply_merge.c - a page leaves its tree. See apply.h. */
#include "base/corrupt.h"
#include "btree/apply.h"
#include "btree/node_at.h"

/* The last node goes, and what it stood for goes to the one before it: that gets its key. */
static jet_err last_child_remove(void *page, size_t page_size, unsigned line)
{
    uint8_t key[2 * (NODE_KEY_PART_MAX + 1)];
    const le32 child = le32_make(child_at(page, page_size, line));
    struct node last;
    size_t size;

    node_at(page, page_size, line + 1, &last);
    if (node_key_copy(&last, key, sizeof key, &size) < JET_errSuccess)
        return CORRUPT(JET_errLogCorrupted);
    const size_t prefix = apply_prefix_size(page, page_size, key, size);
    const struct apply_node node = {
        .prefix_size = prefix, .suffix = {key + prefix, size - prefix},
             .data = {child.b,      sizeof child }
    };
    page_delete(page, page_size, line + 1);
    page_delete(page, page_size, line);
    return apply_insert(page, page_size, line - 1, &node);
}

jet_err apply_child_remove(void *page, size_t page_size, unsigned line)
{
    const unsigned count = page_tag_count(page) - 1;

    if (page_flags(page) & PAGE_FLAG_LEAF || line >= count || count < 2)
        return CORRUPT(JET_errLogCorrupted);
    if (line + 1 == count)
        return last_child_remove(page, page_size, line);
    page_delete(page, page_size, line + 1);
    return JET_errSuccess;
}

jet_err apply_merge_right(void *page, size_t page_size, const void *from)
{
    uint8_t key[2 * (NODE_KEY_PART_MAX + 1)];
    jet_err err = JET_errSuccess;

    for (unsigned tag = 1; tag < page_tag_count(from) && err >= JET_errSuccess; tag++) {
        struct node node;
        size_t size;
        node_at(from, page_size, tag, &node);
        if (node_key_copy(&node, key, sizeof key, &size) < JET_errSuccess)
            return CORRUPT(JET_errLogCorrupted);
        const size_t prefix = apply_prefix_size(page, page_size, key, size);
        const struct apply_node moved = {
            .flags = node.flags & (NODE_FLAG_VERSION | NODE_FLAG_DELETED),
            .prefix_size = prefix,
            .suffix = {key + prefix, size - prefix },
            .data = {node.data,    node.data_size},
        };
        err = apply_insert(page, page_size, tag - 1, &moved);
    }
    return err;
}

void apply_page_empty(void *page, size_t page_size)
{
    struct page_header_disk *header = page;
    const pgno_t prev = le32_get(header->pgno_prev), next = le32_get(header->pgno_next);
    const uint32_t flags = le32_get(header->flags) & ~(uint32_t)PAGE_FLAG_FLUSH_TYPE;
    const struct page_header_large_disk *large = page;
    const pgno_t pgno = page_is_large(page_size) ? le32_get(large->pgno) : 0;

    page_init(page, page_size, flags | PAGE_FLAG_EMPTY, pgno, le32_get(header->objid), le64_get(header->dbtime));
    apply_prev(page, prev);
    apply_next(page, next);
}

jet_err apply_root_empty(void *page, size_t page_size)
{
    uint8_t header[PAGE_SIZE_MAX];
    const struct page_header_large_disk *large = page;
    const pgno_t pgno = page_is_large(page_size) ? le32_get(large->pgno) : 0;
    const uint32_t flags = page_flags(page) & ~(uint32_t)(PAGE_FLAG_FLUSH_TYPE | PAGE_FLAG_PARENT_OF_LEAF);
    const objid_t objid = le32_get(page_header(page)->objid);
    const dbtime_t dbtime = le64_get(page_header(page)->dbtime);
    size_t size;
    const uint8_t *bytes = external_header_at(page, page_size, &size);

    if (!(flags & PAGE_FLAG_ROOT))
        return CORRUPT(JET_errLogCorrupted);
    memcpy(header, bytes, size);
    page_init(page, page_size, flags | PAGE_FLAG_LEAF, pgno, objid, dbtime);
    return apply_external_header(page, page_size, header, size);
}
