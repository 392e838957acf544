/* SPDX-License-Identifier: MIT */
/* apply_node.c - changes of one node of a page. See apply.h. */
#include "btree/apply.h"

#include "base/corrupt.h"
#include "btree/node_at.h"

static bool line_exists(const void *page, unsigned line)
{
    return line + 1 < page_tag_count(page);
}

size_t apply_prefix_size(const void *page, size_t page_size, const uint8_t *key, size_t key_size)
{
    size_t size, common = 0;
    const uint8_t *prefix = external_header_at(page, page_size, &size);
    size_t limit = size < key_size ? size : key_size;

    if (page_flags(page) & PAGE_FLAG_ROOT)
        return 0;
    if (limit > NODE_KEY_PART_MAX)
        limit = NODE_KEY_PART_MAX;
    while (common < limit && prefix[common] == key[common])
        common++;
    return common >= NODE_PREFIX_MIN ? common : 0;
}

static jet_err encode(const struct node *node, uint8_t *buffer, size_t *ret_size)
{
    return node_encode(node, buffer, PAGE_SIZE_MAX, ret_size) < JET_errSuccess ? CORRUPT(JET_errLogCorrupted)
                                                                               : JET_errSuccess;
}

jet_err apply_insert(void *page, size_t page_size, unsigned line, const struct apply_node *node)
{
    uint8_t buffer[PAGE_SIZE_MAX];
    size_t size, prefix_size;
    struct node bytes = {
        .flags = node->flags | (node->prefix_size > 0 ? (unsigned)NODE_FLAG_COMPRESSED : 0),
        .prefix_size = node->prefix_size,
        .suffix = node->suffix.bytes,
        .suffix_size = node->suffix.size,
        .data = node->data.bytes,
        .data_size = node->data.size,
    };

    (void)external_header_at(page, page_size, &prefix_size);
    if (line >= page_tag_count(page) || node->data.size == 0 || node->prefix_size > prefix_size ||
        (node->prefix_size > 0 && page_flags(page) & PAGE_FLAG_ROOT))
        return CORRUPT(JET_errLogCorrupted);
    jet_err err = encode(&bytes, buffer, &size);
    if (err < JET_errSuccess)
        return err;
    if (page_insert(page, page_size, line + 1, bytes.flags, buffer, size) < JET_errSuccess)
        return CORRUPT(JET_errLogCorrupted);
    return JET_errSuccess;
}

jet_err apply_replace(void *page, size_t page_size, unsigned line, unsigned flags_add, unsigned flags_remove,
                      const void *data, size_t size)
{
    uint8_t buffer[PAGE_SIZE_MAX];
    struct node node;
    size_t bytes;

    if (!line_exists(page, line) || size == 0)
        return CORRUPT(JET_errLogCorrupted);
    node_at(page, page_size, line + 1, &node);
    node.flags = (node.flags | flags_add) & ~flags_remove;
    node.data = data;
    node.data_size = size;
    jet_err err = encode(&node, buffer, &bytes);
    if (err < JET_errSuccess)
        return err;
    if (page_replace(page, page_size, line + 1, node.flags, buffer, bytes) < JET_errSuccess)
        return CORRUPT(JET_errLogCorrupted);
    return JET_errSuccess;
}

jet_err apply_flags(void *page, size_t page_size, unsigned line, unsigned flags_add, unsigned flags_remove)
{
    struct node node;

    if (!line_exists(page, line))
        return CORRUPT(JET_errLogCorrupted);
    node_at(page, page_size, line + 1, &node);
    page_set_node_flags(page, page_size, line + 1, (node.flags | flags_add) & ~flags_remove);
    return JET_errSuccess;
}

jet_err apply_delete(void *page, size_t page_size, unsigned line)
{
    if (!line_exists(page, line))
        return CORRUPT(JET_errLogCorrupted);
    page_delete(page, page_size, line + 1);
    return JET_errSuccess;
}

jet_err apply_delta(void *page, size_t page_size, unsigned line, unsigned flags_add, int64_t delta, size_t offset,
                    size_t width)
{
    struct node node;

    if (!line_exists(page, line))
        return CORRUPT(JET_errLogCorrupted);
    node_at(page, page_size, line + 1, &node);
    if (width > node.data_size || offset > node.data_size - width)
        return CORRUPT(JET_errLogCorrupted);
    uint8_t *number = (uint8_t *)page + (node.data + offset - (const uint8_t *)page);
    if (width == 8) {
        const le64 sum = le64_make(le64_get(*(const le64 *)number) + (uint64_t)delta);
        memcpy(number, &sum, sizeof sum);
    } else {
        const le32 sum = le32_make(le32_get(*(const le32 *)number) + (uint32_t)delta);
        memcpy(number, &sum, sizeof sum);
    }
    page_set_node_flags(page, page_size, line + 1, node.flags | flags_add);
    return JET_errSuccess;
}

jet_err apply_external_header(void *page, size_t page_size, const void *bytes, size_t size)
{
    if (page_tag_count(page) == 0 || page_replace(page, page_size, 0, 0, bytes, size) < JET_errSuccess)
        return CORRUPT(JET_errLogCorrupted);
    return JET_errSuccess;
}
