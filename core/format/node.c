/* SPDX-License-Identifier: MIT */
/* node.c - one tag of a page as key and data.
 *
 * Nothing is copied to decode: a key is two pieces, the prefix in tag 0 and the suffix in the node, and keys are
 * compared piece by piece. On large pages the top three bits of the first length are the node flags, so lengths have
 * thirteen bits; on small pages the same bits must be zero, or the length exceeds the page and is refused by the
 * bounds.
 */
#include "format/node.h"

#include <assert.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/corrupt.h"

enum { LENGTH_SIZE = 2 };

/* Takes a length from the front of the bytes that are left. */
static jet_err take_length(const uint8_t **bytes, size_t *left, size_t page_size, size_t *ret_length)
{
    const le16 *length = (const void *)*bytes;

    if (*left < LENGTH_SIZE)
        return CORRUPT(JET_errNodeCorrupted);
    *ret_length = le16_get(*length) & (page_is_large(page_size) ? NODE_KEY_PART_MAX : UINT16_MAX);
    *bytes += LENGTH_SIZE;
    *left -= LENGTH_SIZE;
    return JET_errSuccess;
}

/* The prefix that a compressed node takes from tag 0. */
static jet_err decode_prefix(const void *page, size_t page_size, struct node *node)
{
    size_t available;
    unsigned flags;
    jet_err err = page_tag_get(page, page_size, 0, &node->prefix, &available, &flags);

    if (err < JET_errSuccess)
        return err;
    if (node->prefix_size > available || page_flags(page) & PAGE_FLAG_ROOT)
        return CORRUPT(JET_errNodeCorrupted);
    return JET_errSuccess;
}

jet_err node_decode(const void *page, size_t page_size, unsigned tag, struct node *ret_node)
{
    struct node node = {0};
    const uint8_t *bytes;
    size_t left;
    jet_err err;

    if (tag < page_first_node(page))
        return CORRUPT(JET_errBadLineCount);
    err = page_tag_get(page, page_size, tag, &bytes, &left, &node.flags);
    if (err < JET_errSuccess)
        return err;
    node.prefix = bytes;
    if (node.flags & NODE_FLAG_COMPRESSED) {
        err = take_length(&bytes, &left, page_size, &node.prefix_size);
        if (err == JET_errSuccess)
            err = decode_prefix(page, page_size, &node);
        if (err < JET_errSuccess)
            return err;
    }
    err = take_length(&bytes, &left, page_size, &node.suffix_size);
    if (err < JET_errSuccess)
        return err;
    if (node.suffix_size >= left) /* there is always some data */
        return CORRUPT(JET_errNodeCorrupted);
    node.suffix = bytes;
    node.data = bytes + node.suffix_size;
    node.data_size = left - node.suffix_size;
    *ret_node = node;
    return JET_errSuccess;
}

static uint8_t *put_length(uint8_t *to, size_t length)
{
    const le16 disk = le16_make((uint16_t)length);

    memcpy(to, &disk, LENGTH_SIZE);
    return to + LENGTH_SIZE;
}

jet_err node_encode(const struct node *node, void *buffer, size_t buffer_size, size_t *ret_size)
{
    const bool compressed = node->flags & NODE_FLAG_COMPRESSED;
    const size_t lengths = compressed ? 2 * LENGTH_SIZE : LENGTH_SIZE;
    uint8_t *to = buffer;

    assert(node->data_size > 0);
    if (node->prefix_size > NODE_KEY_PART_MAX || node->suffix_size > NODE_KEY_PART_MAX)
        return JET_errKeyTooBig;
    if (buffer_size < lengths || node->suffix_size > buffer_size - lengths ||
        node->data_size > buffer_size - lengths - node->suffix_size)
        return JET_errBufferTooSmall;
    if (compressed)
        to = put_length(to, node->prefix_size);
    to = put_length(to, node->suffix_size);
    if (node->suffix_size > 0)
        memcpy(to, node->suffix, node->suffix_size);
    memcpy(to + node->suffix_size, node->data, node->data_size);
    *ret_size = lengths + node->suffix_size + node->data_size;
    return JET_errSuccess;
}

jet_err node_key_copy(const struct node *node, void *buffer, size_t buffer_size, size_t *ret_size)
{
    uint8_t *to = buffer;

    if (node->prefix_size > buffer_size || node->suffix_size > buffer_size - node->prefix_size)
        return JET_errBufferTooSmall;
    if (node->prefix_size > 0)
        memcpy(to, node->prefix, node->prefix_size);
    if (node->suffix_size > 0)
        memcpy(to + node->prefix_size, node->suffix, node->suffix_size);
    *ret_size = node_key_size(node);
    return JET_errSuccess;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The bytes of a key from `at` on, up to the end of the piece that holds them. */
static const uint8_t *key_piece(const struct node *node, size_t at, size_t *ret_size)
{
    if (at < node->prefix_size) {
        *ret_size = node->prefix_size - at;
        return node->prefix + at;
    }
    *ret_size = node_key_size(node) - at;
    return node->suffix + (at - node->prefix_size);
}

int node_key_compare(const struct node *a, const struct node *b)
{
    const size_t a_size = node_key_size(a), b_size = node_key_size(b);
    const size_t common = smaller(a_size, b_size);
    size_t at = 0;

    while (at < common) {
        size_t a_left, b_left, n;
        const uint8_t *a_piece = key_piece(a, at, &a_left), *b_piece = key_piece(b, at, &b_left);
        int order;

        n = smaller(smaller(a_left, b_left), common - at);
        order = memcmp(a_piece, b_piece, n);
        if (order != 0)
            return order;
        at += n;
    }
    return (a_size > b_size) - (a_size < b_size);
}

int node_bookmark_compare(const struct node *a, const struct node *b)
{
    int order = node_key_compare(a, b);

    if (order == 0)
        order = memcmp(a->data, b->data, smaller(a->data_size, b->data_size));
    return order != 0 ? order : (a->data_size > b->data_size) - (a->data_size < b->data_size);
}

jet_err node_child(const struct node *node, pgno_t *ret_pgno)
{
    const le32 *child = (const void *)node->data;

    if (node->data_size != sizeof *child)
        return CORRUPT(JET_errNodeCorrupted);
    if (le32_get(*child) == 0 || le32_get(*child) > PGNO_MAX)
        return CORRUPT(JET_errNodeCorrupted);
    *ret_pgno = le32_get(*child);
    return JET_errSuccess;
}

/* Does `node` come after `prev`? An empty key at the end of an internal page stands for everything above. */
static bool is_ascending(const void *page, const struct node *prev, const struct node *node, bool is_last)
{
    const uint32_t flags = page_flags(page);

    if (!(flags & PAGE_FLAG_LEAF) && is_last && node_key_size(node) == 0)
        return true;
    if (flags & PAGE_FLAG_LEAF && flags & PAGE_FLAG_NON_UNIQUE && !(flags & PAGE_FLAG_SPACE_TREE))
        return node_bookmark_compare(prev, node) < 0;
    return node_key_compare(prev, node) < 0;
}

jet_err node_check_page(const void *page, size_t page_size, struct page_problem *ret_problem)
{
    const unsigned first = page_first_node(page), count = page_tag_count(page);
    const bool is_leaf = page_flags(page) & PAGE_FLAG_LEAF;
    struct node prev = {0}, node;
    pgno_t child;

    if (page_flags(page) & PAGE_FLAG_EMPTY)
        return JET_errSuccess;
    for (unsigned tag = first; tag < count; tag++) {
        if (node_decode(page, page_size, tag, &node) < JET_errSuccess)
            return page_problem_found(ret_problem, JET_errNodeCorrupted, tag, "the node does not decode");
        if (!is_leaf && node_child(&node, &child) < JET_errSuccess)
            return page_problem_found(ret_problem, JET_errNodeCorrupted, tag, "the node names no child page");
        if (!is_leaf && node_key_size(&node) == 0 && tag + 1 < count)
            return page_problem_found(ret_problem, JET_errBadParentPageLink, tag, "an empty key before the last node");
        if (tag > first && !is_ascending(page, &prev, &node, tag + 1 == count))
            return page_problem_found(ret_problem, JET_errBadParentPageLink, tag, "the nodes are not in order");
        prev = node;
    }
    return JET_errSuccess;
}
