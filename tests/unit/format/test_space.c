/* SPDX-License-Identifier: MIT */
/* Tests of space headers, split buffers and extents. */
#include "format/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"

static void a_single_extent_has_a_mask_and_no_tree(void **state)
{
    static const uint8_t bytes[16] = {10, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0xFE, 1, 0, 0};
    struct space_header header;
    struct space_header_disk disk;

    assert_int_equal(space_header_decode(bytes, sizeof bytes, &header), JET_errSuccess);
    assert_int_equal(header.count_pages, 10);
    assert_int_equal(header.pgno_parent, 1);
    assert_int_equal(header.flags, SPACE_FLAG_NON_UNIQUE);
    assert_int_equal(header.mask_available, 0x1FE);
    assert_int_equal(header.pgno_owned, 0);
    assert_false(header.has_auto_increment);
    assert_int_equal(space_header_encode(&header, &disk), JET_errSuccess);
    assert_memory_equal(&disk, bytes, sizeof bytes);
}

static void multiple_extents_have_a_tree_and_no_mask(void **state)
{
    static const uint8_t bytes[16] = {16, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0};
    struct space_header header;
    struct space_header_disk disk;

    assert_int_equal(space_header_decode(bytes, sizeof bytes, &header), JET_errSuccess);
    assert_int_equal(header.flags, SPACE_FLAG_MULTIPLE | SPACE_FLAG_LAST_ALLOCATION);
    assert_int_equal(header.pgno_owned, 2);
    assert_int_equal(header.mask_available, 0);
    assert_int_equal(space_header_encode(&header, &disk), JET_errSuccess);
    assert_memory_equal(&disk, bytes, sizeof bytes);
}

static void the_extended_header_carries_the_highest_auto_increment(void **state)
{
    uint8_t bytes[25] = {3, 10, 0, 0, 0, 1};
    struct space_header header;
    struct space_header_disk disk;

    bytes[17] = 7;
    bytes[24] = 1;
    assert_int_equal(space_header_decode(bytes, sizeof bytes, &header), JET_errSuccess);
    assert_true(header.has_auto_increment);
    assert_int_equal(header.auto_increment_max, UINT64_C(0x0100000000000007));
    assert_int_equal(header.count_pages, 10);
    assert_int_equal(space_header_encode(&header, &disk), JET_errFeatureNotAvailable);
    bytes[0] = 1;
    assert_int_equal(space_header_decode(bytes, 17, &header), JET_errSuccess);
    assert_false(header.has_auto_increment);
}

static void headers_that_cannot_be_are_refused(void **state)
{
    static const struct {
        size_t size;
        uint8_t bytes[25];
    } rows[] = {
        {0,  {0}                                                         },
        {15, {0}                                                         },
        {16, {1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0}                        }, /* unknown flag */
        {16, {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}            }, /* no root of OE */
        {16, {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0xFF, 0xFF, 0xEF, 0x7F}}, /* no page for AE */
        {16, {1, 0, 0, 0, 0, 0, 0, 0x80}                                 }, /* impossible parent */
        {25, {2}                                                         }, /* extended, without a space header */
        {25, {7}                                                         }, /* extended by something unknown */
        {25, {1}                                                         }, /* extended, wrong length */
        {17, {3}                                                         },
    };
    struct space_header header;

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(space_header_decode(rows[i].bytes, rows[i].size, &header), JET_errSPOwnExtCorrupted);
}

static void a_split_buffer_is_two_reserves(void **state)
{
    uint8_t bytes[16] = {30, 0, 0, 0, 4, 0, 0, 0};
    struct space_extent reserve[2];

    assert_int_equal(space_split_buffer_decode(bytes, 16, SPACE_OWNED, reserve), JET_errSuccess);
    assert_int_equal(reserve[0].pgno_last, 30);
    assert_int_equal(reserve[0].count_pages, 4);
    assert_int_equal(reserve[1].count_pages, 0);
    bytes[4] = 31; /* from before page 1 */
    assert_int_equal(space_split_buffer_decode(bytes, 16, SPACE_OWNED, reserve), JET_errSPOwnExtCorrupted);
    assert_int_equal(space_split_buffer_decode(bytes, 16, SPACE_AVAILABLE, reserve), JET_errSPAvailExtCorrupted);
    assert_int_equal(space_split_buffer_decode(bytes, 12, SPACE_AVAILABLE, reserve), JET_errSPAvailExtCorrupted);
}

/* The node whose key is `key` (in two pieces) and whose data says `count` pages. */
static jet_err decode(const uint8_t *key, size_t size, uint32_t count, unsigned flags, enum space_tree tree,
                      struct space_extent *ret_extent)
{
    const le32 data = le32_make(count);
    const struct node node = {
        .flags = flags,
        .prefix = key,
        .prefix_size = size / 2,
        .suffix = key + size / 2,
        .suffix_size = size - size / 2,
        .data = data.b,
        .data_size = sizeof data,
    };

    return space_extent_decode(&node, tree, ret_extent);
}

static void an_extent_is_its_last_page_and_a_count(void **state)
{
    static const uint8_t key[] = {0, 0, 1, 0};
    struct space_extent extent;

    assert_int_equal(decode(key, 4, 16, 0, SPACE_OWNED, &extent), JET_errSuccess);
    assert_int_equal(extent.pgno_last, 256);
    assert_int_equal(extent.count_pages, 16);
    assert_int_equal(extent.pool, SPACE_POOL_GENERAL);
    assert_int_equal(decode(key, 4, 256, 0, SPACE_AVAILABLE, &extent), JET_errSuccess);
    assert_int_equal(decode(key, 4, 257, 0, SPACE_AVAILABLE, &extent), JET_errSPAvailExtCorrupted);
    assert_int_equal(decode(key, 3, 1, 0, SPACE_OWNED, &extent), JET_errSPOwnExtCorrupted);
    assert_int_equal(decode(key, 0, 1, 0, SPACE_OWNED, &extent), JET_errSPOwnExtCorrupted);
}

static void only_available_extents_have_pools(void **state)
{
    static const uint8_t shelved[] = {0x82, 0, 0, 1, 0}, unknown[] = {0x83, 0, 0, 1, 0}, none[] = {0x80, 0, 0, 1, 0};
    static const uint8_t longer[] = {0x82, 0, 0, 1, 0, 0};
    struct space_extent extent;

    assert_int_equal(decode(shelved, 5, 1, 0, SPACE_AVAILABLE, &extent), JET_errSuccess);
    assert_int_equal(extent.pool, SPACE_POOL_SHELVED);
    assert_int_equal(extent.pgno_last, 256);
    assert_int_equal(decode(shelved, 5, 1, 0, SPACE_OWNED, &extent), JET_errSPOwnExtCorrupted);
    assert_int_equal(decode(unknown, 5, 1, 0, SPACE_AVAILABLE, &extent), JET_errSPAvailExtCorrupted);
    assert_int_equal(decode(none, 5, 1, 0, SPACE_AVAILABLE, &extent), JET_errSPAvailExtCorrupted);
    assert_int_equal(decode(longer, 6, 1, 0, SPACE_AVAILABLE, &extent), JET_errSPAvailExtCorrupted);
}

static void only_a_deleted_available_extent_may_be_used_up(void **state)
{
    static const uint8_t key[] = {0, 0, 1, 0};
    struct space_extent extent;

    assert_int_equal(decode(key, 4, 0, NODE_FLAG_DELETED, SPACE_AVAILABLE, &extent), JET_errSuccess);
    assert_int_equal(decode(key, 4, 0, 0, SPACE_AVAILABLE, &extent), JET_errSPAvailExtCorrupted);
    assert_int_equal(decode(key, 4, 0, NODE_FLAG_DELETED, SPACE_OWNED, &extent), JET_errSPOwnExtCorrupted);
}

static void what_is_encoded_is_decoded(void **state)
{
    const struct space_extent extent = {.pgno_last = 0x1234567, .count_pages = 99};
    struct space_extent_disk disk;
    struct space_extent back;
    struct node node;

    space_extent_encode(&extent, &disk, &node);
    assert_int_equal(space_extent_decode(&node, SPACE_OWNED, &back), JET_errSuccess);
    assert_int_equal(back.pgno_last, extent.pgno_last);
    assert_int_equal(back.count_pages, extent.count_pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_single_extent_has_a_mask_and_no_tree),
        cmocka_unit_test(multiple_extents_have_a_tree_and_no_mask),
        cmocka_unit_test(the_extended_header_carries_the_highest_auto_increment),
        cmocka_unit_test(headers_that_cannot_be_are_refused),
        cmocka_unit_test(a_split_buffer_is_two_reserves),
        cmocka_unit_test(an_extent_is_its_last_page_and_a_count),
        cmocka_unit_test(only_available_extents_have_pools),
        cmocka_unit_test(only_a_deleted_available_extent_may_be_used_up),
        cmocka_unit_test(what_is_encoded_is_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
