/* SPDX-License-Identifier: MIT */
/* Tests of page images: there and back on every page size, and images that lie. */
#include "format/page_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "format/logrecord_tree.h"
#include "format/page.h"

static uint8_t page[PAGE_SIZE_MAX], image[PAGE_SIZE_MAX], again[PAGE_SIZE_MAX];

static void make(size_t page_size, unsigned nodes)
{
    static const uint8_t node[] = {3, 0, 'k', 'e', 'y', 'd', 'a', 't', 'a'};

    memset(page, 0, sizeof page);
    page_init(page, page_size, PAGE_FLAG_LEAF, 7, 30, 0x205);
    assert_int_equal(page_replace(page, page_size, 0, 0, "prefix", 6), JET_errSuccess);
    for (unsigned i = 1; i <= nodes; i++)
        assert_int_equal(page_insert(page, page_size, i, 0, node, sizeof node), JET_errSuccess);
}

static void a_page_with_room_is_dehydrated_and_comes_back(void **state)
{
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        uint32_t flags = 0;
        size_t size;

        make(page_size, 20);
        size = page_image_pack(page, page_size, image, &flags);
        assert_int_equal(flags, LOGREC_IMAGE_DEHYDRATED);
        assert_int_equal(size, page_header_size(page_size) + 6 + 20 * 9 + 21 * PAGE_TAG_SIZE);
        memset(again, 0xEE, sizeof again);
        assert_int_equal(page_image_unpack(image, size, flags, again, page_size), JET_errSuccess);
        assert_memory_equal(again, page, page_size);
    }
}

static void a_full_page_stays_as_it_is(void **state)
{
    uint32_t flags = 1;

    make(4096, 300);
    assert_int_equal(page_image_pack(page, 4096, image, &flags), 4096);
    assert_int_equal(flags, 0);
    assert_int_equal(page_image_unpack(image, 4096, flags, again, 4096), JET_errSuccess);
    assert_memory_equal(again, page, 4096);
}

static void the_free_space_does_not_count_what_was_cut(void **state)
{
    struct page_header_disk *header = (void *)image;
    uint32_t flags = 0;
    size_t size;

    make(4096, 20);
    size = page_image_pack(page, 4096, image, &flags);
    assert_int_equal(le16_get(header->free_size), le16_get(page_header(page)->free_size) - (4096 - size));
    header->free_size = page_header(page)->free_size;
    assert_int_equal(page_image_unpack(image, size, flags, again, 4096), JET_errLogFileCorrupt);
    header->free_size = le16_make(0xFFFF);
    assert_int_equal(page_image_unpack(image, size, flags, again, 4096), JET_errLogFileCorrupt);
}

/* As plain XPRESS: 32 bytes for each word of flags. */
static size_t compress(const uint8_t *bytes, size_t size, uint8_t *to)
{
    size_t at = 3;

    to[0] = 3 << 3;
    to[1] = (uint8_t)size;
    to[2] = (uint8_t)(size >> 8);
    for (size_t i = 0; i < size; i++) {
        if (i % 32 == 0) {
            memset(to + at, 0, 4);
            at += 4;
        }
        to[at++] = bytes[i];
    }
    return at;
}

static void a_compressed_image_is_read(void **state)
{
    static uint8_t compressed[2 * PAGE_SIZE_MAX];
    uint32_t flags = 0;
    size_t size;

    make(8192, 20);
    size = compress(page, 8192, compressed);
    assert_int_equal(page_image_unpack(compressed, size, LOGREC_IMAGE_COMPRESSED, again, 8192), JET_errSuccess);
    assert_memory_equal(again, page, 8192);

    size = page_image_pack(page, 8192, image, &flags);
    size = compress(image, size, compressed);
    flags |= LOGREC_IMAGE_COMPRESSED;
    assert_int_equal(page_image_unpack(compressed, size, flags, again, 8192), JET_errSuccess);
    assert_memory_equal(again, page, 8192);
    compressed[0] = 6 << 3;
    assert_int_equal(page_image_unpack(compressed, size, flags, again, 8192), JET_errDecompressionFailed);
}

static void images_that_are_no_page_are_refused(void **state)
{
    uint32_t flags = 0;
    size_t whole;

    make(4096, 20);
    whole = page_image_pack(page, 4096, image, &flags);
    for (size_t size = 0; size < whole; size++)
        assert_int_equal(page_image_unpack(image, size, flags, again, 4096), JET_errLogFileCorrupt);
    assert_int_equal(page_image_unpack(page, 4095, 0, again, 4096), JET_errLogFileCorrupt);
    assert_int_equal(page_image_unpack(page, 8192, 0, again, 4096), JET_errLogFileCorrupt);
    assert_int_equal(page_image_unpack(page, 8192, LOGREC_IMAGE_DEHYDRATED, again, 4096), JET_errLogFileCorrupt);
    assert_int_equal(page_image_unpack(page, 4096, 4, again, 4096), JET_errLogFileCorrupt);
    page[4096 - 8] = 0xFF; /* a tag that lies elsewhere */
    page[4096 - 7] = 0x7F;
    assert_int_equal(page_image_unpack(page, 4096, 0, again, 4096), JET_errLogFileCorrupt);
}

static void two_parts_are_the_page_again(void **state)
{
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        make(page_size, 20);
        const struct page_image_parts parts = page_image_part(page, page_size);
        assert_int_equal(parts.front_size, page_header_size(page_size) + 6 + 20 * 9);
        assert_int_equal(parts.back_size, 21 * PAGE_TAG_SIZE);
        memset(again, 0xEE, sizeof again);
        assert_int_equal(page_image_join(&parts, again, page_size), JET_errSuccess);
        assert_memory_equal(again, page, page_size);
    }
}

static void parts_that_lie_are_no_page(void **state)
{
    make(4096, 20);
    const struct page_image_parts good = page_image_part(page, 4096);
    struct page_image_parts parts = good;
    parts.front_size = page_header_size(4096) - 1;
    assert_int_equal(page_image_join(&parts, again, 4096), JET_errLogFileCorrupt);
    parts.front_size = 4097;
    assert_int_equal(page_image_join(&parts, again, 4096), JET_errLogFileCorrupt);
    parts = good;
    parts.back_size = 4097 - good.front_size;
    assert_int_equal(page_image_join(&parts, again, 4096), JET_errLogFileCorrupt);
    parts.back_size = 0; /* tags that are not there */
    assert_int_equal(page_image_join(&parts, again, 4096), JET_errLogFileCorrupt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_with_room_is_dehydrated_and_comes_back),
        cmocka_unit_test(a_full_page_stays_as_it_is),
        cmocka_unit_test(the_free_space_does_not_count_what_was_cut),
        cmocka_unit_test(a_compressed_image_is_read),
        cmocka_unit_test(images_that_are_no_page_are_refused),
        cmocka_unit_test(two_parts_are_the_page_again),
        cmocka_unit_test(parts_that_lie_are_no_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
