/* SPDX-License-Identifier: MIT */
/* page_search.c - finding a target among the nodes of one page.
 *
 * Reading and writing spend much of their time here, so a search first looks at keys alone, in a loop that knows where
 * things lie on a page of this size, and compares what all keys begin with, the prefix in tag 0, once. In a unique tree
 * that is all. In others, and for what lies behind a key, the nodes that are left are compared as a whole.
 */
#include "base/byteorder.h"
#include "btree/node_at.h"

struct key_search {
    const uint8_t *data;
    const struct page_tag_disk *tags; /* the end of the page */
    unsigned offset_mask, length_mask;
    bool is_large;
    const uint8_t *key;
    size_t key_size;
    size_t common; /* bytes that tag 0 and the key begin with alike */
    int order;     /* of a key that has more bytes of tag 0 than that, against this one */
};

static void key_search_begin(const void *page, size_t page_size, const struct bookmark *bookmark,
                             struct key_search *ret_search)
{
    const bool is_large = page_is_large(page_size);
    size_t size, common = 0;
    const uint8_t *prefix = external_header_at(page, page_size, &size);
    const size_t most = size < bookmark->key_size ? size : bookmark->key_size;

    while (common < most && prefix[common] == bookmark->key[common])
        common++;
    *ret_search = (struct key_search){
        .data = (const uint8_t *)page + page_header_size(page_size),
        .tags = (const void *)((const uint8_t *)page + page_size),
        .offset_mask = is_large ? 0x7FFF : 0x1FFF,
        .length_mask = is_large ? (unsigned)NODE_KEY_PART_MAX : UINT16_MAX,
        .is_large = is_large,
        .key = bookmark->key,
        .key_size = bookmark->key_size,
        .common = common,
        .order = common < most ? prefix[common] - bookmark->key[common] : 1,
    };
}

/* A node's key against the one that is searched: node_at() and node_key_tail_compare(), but for what is not asked. */
static inline int key_search_compare(const struct key_search *search, unsigned tag)
{
    const unsigned raw = le16_get((search->tags - (tag + 1))->offset);
    const uint8_t *at = search->data + (raw & search->offset_mask);
    size_t prefix_size = 0;

    if ((search->is_large ? at[1] >> 5 : raw >> 13) & NODE_FLAG_COMPRESSED) {
        prefix_size = le16_get(*(const le16 *)at) & search->length_mask;
        at += 2;
        if (prefix_size > search->common)
            return search->order;
    }
    return bytes_compare(at + 2, le16_get(*(const le16 *)at) & search->length_mask, search->key + prefix_size,
                         search->key_size - prefix_size);
}

/* The first of tags 1 .. high - 1 whose key is not below the bookmark's (`beyond`: is above it), else high. */
static unsigned key_find(const void *page, size_t page_size, const struct bookmark *bookmark, unsigned high,
                         bool beyond)
{
    const int below = beyond ? 0 : -1;
    struct key_search search;
    unsigned low = 1;

    key_search_begin(page, page_size, bookmark, &search);
    while (low < high) {
        const unsigned middle = (low + high) / 2;

        if (key_search_compare(&search, middle) > below)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* A target against a whole node: does it lie before it (of leaves: is it not behind it)? */
static bool is_at_or_beyond(const void *page, size_t page_size, const struct target *target, unsigned tag)
{
    struct node node;

    node_at(page, page_size, tag, &node);
    return page_flags(page) & PAGE_FLAG_LEAF ? leaf_compare(&node, target) >= 0 : separator_compare(&node, target) > 0;
}

/* The first of tags low .. high - 1 where the target is, by key and data: mostly that is the first with its key. */
static unsigned node_find(const void *page, size_t page_size, const struct target *target, unsigned low, unsigned high)
{
    if (low == high || is_at_or_beyond(page, page_size, target, low))
        return low;
    for (low++; low < high;) {
        const unsigned middle = (low + high) / 2;

        if (is_at_or_beyond(page, page_size, target, middle))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

unsigned child_find(const void *page, size_t page_size, const struct target *target)
{
    const unsigned high = page_tag_count(page) - 1; /* the last child takes what is above all separators */

    if (target->kind == TARGET_FIRST || high == 0)
        return 1;
    if (target->kind == TARGET_LAST)
        return high;
    const unsigned low = key_find(page, page_size, &target->bookmark, high, !target->by_data);
    return target->by_data ? node_find(page, page_size, target, low, high) : low;
}

unsigned leaf_find(const void *page, size_t page_size, const struct target *target)
{
    const unsigned high = page_tag_count(page);

    if (target->kind == TARGET_FIRST)
        return 1;
    if (target->kind == TARGET_LAST)
        return high;
    const unsigned low = key_find(page, page_size, &target->bookmark, high, target->kind == TARGET_AFTER_KEY);
    return target->kind == TARGET_BOOKMARK && target->by_data ? node_find(page, page_size, target, low, high) : low;
}
