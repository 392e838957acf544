/* SPDX-License-Identifier: MIT */
/* node.h - a node of a B+ tree: one tag of a page, as key and data.
 *
 *      [u16 prefix size]     only if NODE_FLAG_COMPRESSED: bytes that the key takes from tag 0 of the page
 *      u16 suffix size
 *      suffix                key = prefix + suffix
 *      data                  the rest, at least one byte; on an internal page the page number of the child
 *
 * The flags lie in the tag on small pages and in the top three bits of the first u16 on large pages; page_tag_get() and
 * page_insert() take care of it. Root pages hold a space header in tag 0, so their nodes are never compressed.
 * Everything that a decoded node points to is borrowed from the page.
 */
#ifndef COLDSTREAM_FORMAT_NODE_H
#define COLDSTREAM_FORMAT_NODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/page.h"

enum node_flag {
    NODE_FLAG_VERSION = 1 << 0,    /* versions existed once; says nothing to a reader */
    NODE_FLAG_DELETED = 1 << 1,    /* deleted, not yet removed: takes part in the order, readers skip it */
    NODE_FLAG_COMPRESSED = 1 << 2, /* the key has a prefix from tag 0 */
};

enum {
    NODE_KEY_PART_MAX = 0x1FFF, /* longest prefix or suffix that a length can say */
    NODE_PREFIX_MIN = 3,        /* shorter common prefixes are not worth their two bytes */
};

struct node {
    unsigned flags; /* enum node_flag */
    const uint8_t *prefix;
    size_t prefix_size;
    const uint8_t *suffix;
    size_t suffix_size;
    const uint8_t *data;
    size_t data_size;
};

/* Decodes tag `tag` of the page. Safe on any bytes. JET_errBadLineCount: no such node, or it is not inside the page;
 * JET_errNodeCorrupted: it is not a node. Guarantees: prefix, suffix and data lie inside the page; data is not empty; a
 * node without NODE_FLAG_COMPRESSED, and any node of a root page, has no prefix. */
MUST_CHECK jet_err node_decode(const void *page, size_t page_size, unsigned tag, struct node *ret_node);

/* The bytes of a node, for page_insert() with node->flags. A prefix is written if NODE_FLAG_COMPRESSED is set (only its
 * size is used). JET_errKeyTooBig: prefix or suffix is longer than NODE_KEY_PART_MAX; JET_errBufferTooSmall. */
MUST_CHECK jet_err node_encode(const struct node *node, void *buffer, size_t buffer_size, size_t *ret_size);

static inline size_t node_key_size(const struct node *node)
{
    return node->prefix_size + node->suffix_size;
}

/* Copies the whole key. JET_errBufferTooSmall. */
MUST_CHECK jet_err node_key_copy(const struct node *node, void *buffer, size_t buffer_size, size_t *ret_size);

/* Order of the keys: below, equal, above zero as with memcmp; the shorter of two keys with a common start is first. */
int node_key_compare(const struct node *a, const struct node *b);

/* Order of (key, data), which is what non-unique trees are sorted by. */
int node_bookmark_compare(const struct node *a, const struct node *b);

/* The child of a node of an internal page. JET_errNodeCorrupted: the data is not a legal page number. */
MUST_CHECK jet_err node_child(const struct node *node, pgno_t *ret_pgno);

/* The deep check of a page that passed page_check_tags(). Emptied pages are not looked into. JET_errNodeCorrupted and
 * JET_errBadParentPageLink (order of nodes), with `*ret_problem`. Guarantees on JET_errSuccess:
 *   1. every node decodes;
 *   2. nodes ascend: by key, or by (key, data) on pages with PAGE_FLAG_NON_UNIQUE; on internal pages only the last node
 *      may have an empty key, and counts as the highest;
 *   3. nodes of internal pages hold a legal page number. */
MUST_CHECK jet_err node_check_page(const void *page, size_t page_size, struct page_problem *ret_problem);

#endif
