/* SPDX-License-Identifier: MIT */
/* node_at.h - nodes of checked pages, decoded without further checks, and compared with what is searched.
 *
 * A page that page_hold() handed out has passed the deep checks of format/ (every tag, every node, their order); from
 * then on only this folder changes it. So a node is decoded here with a few loads, which is what searching spends its
 * time with.
 *
 * A target is what a search compares with: a bookmark, or an end of the tree. Separators of non-unique trees are
 * prefixes of key and data in one piece, and internal pages are searched so; leaves by key, then data (page_search.c).
 */
#ifndef COLDSTREAM_BTREE_NODE_AT_H
#define COLDSTREAM_BTREE_NODE_AT_H

#include <string.h>

#include "base/byteorder.h"
#include "btree/tree.h"
#include "format/node.h"
#include "format/page.h"

static inline void node_at(const void *page, size_t page_size, unsigned tag, struct node *ret_node)
{
    const bool is_large = page_is_large(page_size);
    const unsigned mask = is_large ? 0x7FFF : 0x1FFF;
    const uint8_t *data = (const uint8_t *)page + page_header_size(page_size);
    const struct page_tag_disk *tags = (const void *)((const uint8_t *)page + page_size);
    const struct page_tag_disk *disk = tags - (tag + 1);
    const unsigned raw = le16_get(disk->offset);
    const uint8_t *at = data + (raw & mask);
    const uint8_t *end = at + (le16_get(disk->size) & mask);
    const unsigned length_mask = is_large ? (unsigned)NODE_KEY_PART_MAX : UINT16_MAX;

    ret_node->flags = is_large ? at[1] >> 5 : raw >> 13;
    ret_node->prefix = at;
    ret_node->prefix_size = 0;
    if (ret_node->flags & NODE_FLAG_COMPRESSED) {
        ret_node->prefix = data + (le16_get(tags[-1].offset) & mask);
        ret_node->prefix_size = le16_get(*(const le16 *)at) & length_mask;
        at += 2;
    }
    ret_node->suffix_size = le16_get(*(const le16 *)at) & length_mask;
    ret_node->suffix = at + 2;
    ret_node->data = ret_node->suffix + ret_node->suffix_size;
    ret_node->data_size = (size_t)(end - ret_node->data);
}

/* Bytes of tag 0. */
static inline const uint8_t *external_header_at(const void *page, size_t page_size, size_t *ret_size)
{
    const unsigned mask = page_is_large(page_size) ? 0x7FFF : 0x1FFF;
    const struct page_tag_disk *tags = (const void *)((const uint8_t *)page + page_size);

    *ret_size = le16_get(tags[-1].size) & mask;
    return (const uint8_t *)page + page_header_size(page_size) + (*ret_size ? le16_get(tags[-1].offset) & mask : 0);
}

static inline pgno_t child_at(const void *page, size_t page_size, unsigned tag)
{
    struct node node;
    node_at(page, page_size, tag, &node);
    return le32_get(*(const le32 *)node.data);
}

enum target_kind {
    TARGET_BOOKMARK,
    TARGET_AFTER_KEY, /* behind all nodes with the key */
    TARGET_FIRST,     /* before all */
    TARGET_LAST,      /* behind all */
};

struct target {
    enum target_kind kind;
    bool by_data; /* non-unique tree */
    struct bookmark bookmark;
};

/* Eight bytes as a number: numbers are in the order of memcmp. */
static inline uint64_t bytes_word(const uint8_t *bytes)
{
    return (uint64_t)be32_get(*(const be32 *)bytes) << 32 | be32_get(*(const be32 *)(bytes + 4));
}

static inline int number_compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* memcmp of a few bytes, by words that may overlap: as far as they do they are equal. */
static inline int few_bytes_compare(const uint8_t *a, const uint8_t *b, size_t size)
{
    int order;

    if (size >= 8) {
        order = number_compare(bytes_word(a), bytes_word(b));
        return order ? order : number_compare(bytes_word(a + size - 8), bytes_word(b + size - 8));
    }
    if (size >= 4) {
        order = number_compare(be32_get(*(const be32 *)a), be32_get(*(const be32 *)b));
        return order ? order
                     : number_compare(be32_get(*(const be32 *)(a + size - 4)), be32_get(*(const be32 *)(b + size - 4)));
    }
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i])
            return a[i] - b[i];
    return 0;
}

/* memcmp of two spans, the shorter first. */
static inline int bytes_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    enum { FEW = 16 }; /* a call costs more */
    const size_t common = a_size < b_size ? a_size : b_size;
    const int order = common <= FEW ? few_bytes_compare(a, b, common) : memcmp(a, b, common);

    return order ? order : number_compare(a_size, b_size);
}

/* The node's key from byte `from` on, against bytes. */
static inline int node_key_tail_compare(const struct node *node, size_t from, const uint8_t *bytes, size_t size)
{
    if (from < node->prefix_size) {
        const size_t left = node->prefix_size - from;
        const size_t common = left < size ? left : size;
        const int order = common ? memcmp(node->prefix + from, bytes, common) : 0;

        if (order)
            return order;
        if (left > size)
            return 1;
        bytes += common;
        size -= common;
        from = node->prefix_size;
    }
    from -= node->prefix_size;
    return bytes_compare(node->suffix + from, node->suffix_size - from, bytes, size);
}

/* The first `size` bytes of the node's key at most, against a key of that size: a longer key that begins so is
 * equal. */
static inline int node_key_head_compare(const struct node *node, const uint8_t *key, size_t size)
{
    struct node head = *node;

    if (node_key_size(node) > size) {
        if (head.prefix_size > size)
            head.prefix_size = size;
        head.suffix_size = size - head.prefix_size;
    }
    return node_key_tail_compare(&head, 0, key, size);
}

/* A separator against the target: above zero if the target lies before it. */
static inline int separator_compare(const struct node *node, const struct target *target)
{
    const struct bookmark *b = &target->bookmark;
    int order;

    if (target->kind == TARGET_FIRST)
        return 1;
    if (target->kind == TARGET_LAST)
        return -1;
    if (!target->by_data) {
        order = node_key_tail_compare(node, 0, b->key, b->key_size);
        return order == 0 && target->kind == TARGET_AFTER_KEY ? -1 : order;
    }
    order = node_key_head_compare(node, b->key, b->key_size);
    if (order || node_key_size(node) < b->key_size)
        return order;
    return target->kind == TARGET_AFTER_KEY ? -1 : node_key_tail_compare(node, b->key_size, b->data, b->data_size);
}

/* A node of a leaf against the target. */
static inline int leaf_compare(const struct node *node, const struct target *target)
{
    const struct bookmark *b = &target->bookmark;
    int order;

    if (target->kind == TARGET_FIRST)
        return 1;
    if (target->kind == TARGET_LAST)
        return -1;
    order = node_key_tail_compare(node, 0, b->key, b->key_size);
    if (order == 0 && target->kind == TARGET_AFTER_KEY)
        return -1;
    if (order == 0 && target->by_data)
        order = bytes_compare(node->data, node->data_size, b->data, b->data_size);
    return order;
}

/* ---- page_search.c ---- */

/* Internal page: the tag of the child in which the target lies. */
unsigned child_find(const void *page, size_t page_size, const struct target *target);

/* Leaf: the tag of the first node that is not below the target; behind the last one if there is none. */
unsigned leaf_find(const void *page, size_t page_size, const struct target *target);

#endif
