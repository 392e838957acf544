/* SPDX-License-Identifier: MIT */
/* node_at.h - nodes of checked pages, decoded without further checks, and compared with what is searched.
 *
 * A page that page_hold() handed out has passed the deep checks of format/ (every tag, every node, their order); from then on
 * only this folder changes it. So a node is decoded here with a few loads, which is what searching spends its time with.
 *
 * A target is what a search compares with: a bookmark, or an end of the tree. Separators of non-unique trees are prefixes of
 * key and data in one piece, and internal pages are searched so; leaves by key, then data.
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

/* memcmp of two spans, the shorter first. A call costs more than the first bytes, which mostly decide. */
static inline int bytes_compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    size_t common = a_size < b_size ? a_size : b_size;
    int order = 0;

    if (common >= 8) {
        const uint64_t left = bytes_word(a), right = bytes_word(b);

        if (left != right)
            return left > right ? 1 : -1;
        a += 8;
        b += 8;
        common -= 8;
    }
    if (common >= 8) {
        order = memcmp(a, b, common);
    } else {
        for (; common > 0 && order == 0; common--)
            order = *a++ - *b++;
    }
    return order ? order : (a_size > b_size) - (a_size < b_size);
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

/* The first `size` bytes of the node's key at most, against a key of that size: a longer key that begins so is equal. */
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

/* Nodes of one page against one target. What the nodes have in common with each other, the beginning of their keys in tag 0, is
 * compared once. */
struct page_search {
    const void *page;
    size_t page_size;
    const struct target *target;
    size_t common; /* bytes that tag 0 and the target's key begin with alike */
    int order;     /* of a key that has more bytes of tag 0 than that, against the target's */
};

static inline void page_search_begin(const void *page, size_t page_size, const struct target *target,
                                     struct page_search *ret_search)
{
    const struct bookmark *b = &target->bookmark;
    size_t size = 0, common = 0;

    *ret_search = (struct page_search){.page = page, .page_size = page_size, .target = target};
    if (target->kind == TARGET_FIRST || target->kind == TARGET_LAST)
        return;
    const uint8_t *prefix = external_header_at(page, page_size, &size);
    const size_t most = size < b->key_size ? size : b->key_size;
    while (common < most && prefix[common] == b->key[common])
        common++;
    ret_search->common = common;
    ret_search->order = common < most ? prefix[common] - b->key[common] : 1;
}

/* The node's key against the target's. */
static inline int page_search_key(const struct page_search *search, const struct node *node)
{
    const struct bookmark *b = &search->target->bookmark;

    if (node->prefix_size > search->common)
        return search->order;
    return bytes_compare(node->suffix, node->suffix_size, b->key + node->prefix_size, b->key_size - node->prefix_size);
}

/* Whether a key that is in order before or behind the target's says all, or data, and what a separator is cut to, count too. */
static inline int page_search_separator(const struct page_search *search, unsigned tag)
{
    const struct target *target = search->target;
    struct node node;

    node_at(search->page, search->page_size, tag, &node);
    if (target->kind == TARGET_FIRST || target->kind == TARGET_LAST)
        return separator_compare(&node, target);
    const int order = page_search_key(search, &node);
    return order < 0 || (order > 0 && !target->by_data) ? order : separator_compare(&node, target);
}

static inline int page_search_leaf(const struct page_search *search, unsigned tag)
{
    const struct target *target = search->target;
    struct node node;

    node_at(search->page, search->page_size, tag, &node);
    if (target->kind == TARGET_FIRST || target->kind == TARGET_LAST)
        return leaf_compare(&node, target);
    const int order = page_search_key(search, &node);
    return order ? order : leaf_compare(&node, target);
}

/* Internal page: the tag of the child in which the target lies. */
static inline unsigned child_find(const void *page, size_t page_size, const struct target *target)
{
    unsigned low = 1, high = page_tag_count(page) - 1; /* the last child takes what is above all separators */
    struct page_search search;

    page_search_begin(page, page_size, target, &search);
    while (low < high) {
        const unsigned middle = (low + high) / 2;

        if (page_search_separator(&search, middle) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Leaf: the tag of the first node that is not below the target; behind the last one if there is none. */
static inline unsigned leaf_find(const void *page, size_t page_size, const struct target *target)
{
    unsigned low = 1, high = page_tag_count(page);
    struct page_search search;

    page_search_begin(page, page_size, target, &search);
    while (low < high) {
        const unsigned middle = (low + high) / 2;

        if (page_search_leaf(&search, middle) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
