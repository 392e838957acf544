/* SPDX-License-Identifier: MIT */
/* The contents of tags: a node beside a prefix, space headers, split buffers, extents.
 *
 * Input: a byte for the page size (2048 << n), whether the page is a root (bit 3) or internal (bit 4), the node flags
 * (bits 5-7); the length of tag 0, tag 0, and the rest is the node.
 */
#include "format/node.h"
#include "format/space.h"

#include "fuzz_input.h"

static uint8_t page[PAGE_SIZE_MAX];

static void look_at_space(const uint8_t *bytes, size_t size)
{
    struct space_extent reserve[2];
    struct space_header header;
    struct space_header_disk disk;

    if (space_header_decode(bytes, size, &header) == JET_errSuccess &&
        space_header_encode(&header, &disk) == JET_errSuccess)
        fuzz_expect(memcmp(&disk, bytes + size - sizeof disk, sizeof disk) == 0);
    for (int tree = SPACE_OWNED; tree <= SPACE_AVAILABLE; tree++)
        if (space_split_buffer_decode(bytes, size, (enum space_tree)tree, reserve) == JET_errSuccess)
            fuzz_expect(reserve[0].count_pages == 0 || reserve[0].count_pages <= reserve[0].pgno_last);
}

static void look_at_extent(const struct node *node)
{
    for (int tree = SPACE_OWNED; tree <= SPACE_AVAILABLE; tree++) {
        struct space_extent extent;

        if (space_extent_decode(node, (enum space_tree)tree, &extent) < JET_errSuccess)
            continue;
        fuzz_expect(extent.pgno_last <= PGNO_MAX && extent.count_pages <= extent.pgno_last);
        fuzz_expect(extent.count_pages > 0 || node->flags & NODE_FLAG_DELETED);
    }
}

static void look_at_node(size_t page_size)
{
    static uint8_t bytes[2 * PAGE_SIZE_MAX];
    struct page_problem problem;
    struct node node;
    size_t size, key_size;

    (void)!node_check_page(page, page_size, &problem);
    if (node_decode(page, page_size, 1, &node) < JET_errSuccess)
        return;
    fuzz_expect(node_encode(&node, bytes, sizeof bytes, &size) == JET_errSuccess);
    fuzz_expect(node_key_copy(&node, bytes, sizeof bytes, &key_size) == JET_errSuccess);
    fuzz_expect(key_size == node_key_size(&node));
    fuzz_expect(node_key_compare(&node, &node) == 0);
    look_at_extent(&node);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const uint8_t choice = fuzz_byte(&input), length = fuzz_byte(&input);
    const size_t page_size = (size_t)PAGE_SIZE_MIN << (choice & 7) % 5;
    uint32_t flags = choice & 0x10 ? PAGE_FLAG_PARENT_OF_LEAF : PAGE_FLAG_LEAF;
    uint8_t tag0[UINT8_MAX];
    const size_t tag0_size = fuzz_take(&input, tag0, length);

    if (choice & 8)
        flags |= PAGE_FLAG_ROOT;
    page_init(page, page_size, flags, 7, 7, 7);
    look_at_space(tag0, tag0_size);
    fuzz_expect(page_replace(page, page_size, 0, 0, tag0, tag0_size) == JET_errSuccess);
    if (input.left == 0 || page_insert(page, page_size, 1, choice >> 5, input.bytes, input.left) < JET_errSuccess)
        return 0;
    look_at_node(page_size);
    return 0;
}
