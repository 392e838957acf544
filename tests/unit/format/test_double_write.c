/* SPDX-License-Identifier: MIT */
/* Tests of format/double_write.h: blocks and images count where they were written, as they were written, and nowhere
 * else. */
#include "format/double_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "format/block_sum.h"
#include "format/page.h"

enum { PAGE_SIZE = 8192, PGNO = 17, OFFSET = 3 * DOUBLE_WRITE_BLOCK, ID = 12345 };

static struct double_write_file_disk file_make(uint32_t page_size, uint32_t area_size)
{
    struct double_write_file_disk file = {
        .version = le32_make(DOUBLE_WRITE_VERSION),
        .page_size = le32_make(page_size),
        .area_size = le32_make(area_size),
        .id = le64_make(ID),
    };
    double_write_file_seal(&file);
    return file;
}

static struct double_write_group_disk group_make(uint32_t sources, uint32_t pages)
{
    struct double_write_group_disk group = {
        .id = le64_make(ID),
        .sequence = le64_make(1),
        .source_count = le32_make(sources),
        .page_count = le32_make(pages),
    };
    for (uint32_t i = 0; i < DOUBLE_WRITE_PAGES_MAX; i++)
        group.pages[i].pgno = le32_make(PGNO + i);
    double_write_group_seal(&group, OFFSET);
    return group;
}

static jet_err group_verify(const struct double_write_group_disk *group)
{
    return double_write_group_verify(group, OFFSET, ID);
}

static void the_start_of_a_file_is_known_whatever_bit_is_flipped(void **state)
{
    struct double_write_file_disk file = file_make(PAGE_SIZE, 1 << 20);
    assert_int_equal(double_write_file_verify(&file), JET_errSuccess);
    for (size_t i = 0; i < sizeof file; i++) {
        ((uint8_t *)&file)[i] ^= (uint8_t)(1 << (i % 8));
        assert_int_equal(double_write_file_verify(&file), JET_errReadVerifyFailure);
        ((uint8_t *)&file)[i] ^= (uint8_t)(1 << (i % 8));
    }
}

static void a_file_with_impossible_sizes_is_none(void **state)
{
    static const struct {
        uint32_t page_size, area_size;
        jet_err err;
    } cases[] = {
        {8192,  3 * 4096,                  JET_errSuccess          },
        {8192,  2 * 4096,                  JET_errReadVerifyFailure}, /* no room for a page */
        {8192,  3 * 4096 + 512,            JET_errReadVerifyFailure},
        {8192,  DOUBLE_WRITE_AREA_MAX,     JET_errSuccess          },
        {8192,  DOUBLE_WRITE_AREA_MAX * 2, JET_errReadVerifyFailure},
        {10000, 1 << 20,                   JET_errReadVerifyFailure},
        {0,     1 << 20,                   JET_errReadVerifyFailure},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct double_write_file_disk file = file_make(cases[i].page_size, cases[i].area_size);
        assert_int_equal(double_write_file_verify(&file), cases[i].err);
    }
}

static void a_group_is_known_whatever_bit_is_flipped(void **state)
{
    struct double_write_group_disk group = group_make(1, 3);
    assert_int_equal(group_verify(&group), JET_errSuccess);
    for (size_t i = 0; i < sizeof group; i++) {
        ((uint8_t *)&group)[i] ^= (uint8_t)(1 << (i % 8));
        assert_int_equal(group_verify(&group), JET_errReadVerifyFailure);
        ((uint8_t *)&group)[i] ^= (uint8_t)(1 << (i % 8));
    }
}

static void a_group_counts_in_its_place_and_file_only(void **state)
{
    struct double_write_group_disk group = group_make(1, 3);
    assert_int_equal(double_write_group_verify(&group, OFFSET, ID), JET_errSuccess);
    assert_int_equal(double_write_group_verify(&group, OFFSET + DOUBLE_WRITE_BLOCK, ID), JET_errReadVerifyFailure);
    assert_int_equal(double_write_group_verify(&group, OFFSET, ID + 1), JET_errReadVerifyFailure);
}

static void a_group_that_leads_out_of_its_tables_does_not_count(void **state)
{
    struct double_write_group_disk group = group_make(DOUBLE_WRITE_SOURCES_MAX, DOUBLE_WRITE_PAGES_MAX);
    assert_int_equal(group_verify(&group), JET_errSuccess);
    group = group_make(DOUBLE_WRITE_SOURCES_MAX + 1, 1);
    assert_int_equal(group_verify(&group), JET_errReadVerifyFailure);
    group = group_make(1, DOUBLE_WRITE_PAGES_MAX + 1);
    assert_int_equal(group_verify(&group), JET_errReadVerifyFailure);
    group = group_make(1, 0);
    assert_int_equal(group_verify(&group), JET_errReadVerifyFailure);
    group = group_make(1, 2);
    group.pages[1].source = le32_make(1);
    double_write_group_seal(&group, OFFSET);
    assert_int_equal(group_verify(&group), JET_errReadVerifyFailure);
    group = group_make(1, 2);
    group.pages[1].pgno = le32_make(0);
    double_write_group_seal(&group, OFFSET);
    assert_int_equal(group_verify(&group), JET_errReadVerifyFailure);
}

/* Another version of the same page, in its place, is whole as well. */
static void an_image_counts_if_it_is_whole_and_the_one_that_is_meant(void **state)
{
    static uint8_t image[PAGE_SIZE], other[PAGE_SIZE];
    struct double_write_page_disk page = {.pgno = le32_make(PGNO)};
    page_init(image, PAGE_SIZE, PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD, PGNO, 7, 100);
    page_seal(image, PAGE_SIZE, PGNO);
    page_init(other, PAGE_SIZE, PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD, PGNO, 7, 101);
    page_seal(other, PAGE_SIZE, PGNO);
    page.sum = le64_make(block_sum(image, PAGE_SIZE));
    assert_true(double_write_image_counts(&page, image, PAGE_SIZE));
    assert_false(double_write_image_counts(&page, other, PAGE_SIZE));
    page.pgno = le32_make(PGNO + 1);
    assert_false(double_write_image_counts(&page, image, PAGE_SIZE));
    page.pgno = le32_make(PGNO);
    image[DOUBLE_WRITE_BLOCK] ^= 3;
    assert_false(double_write_image_counts(&page, image, PAGE_SIZE));
    memset(image, 0, sizeof image);
    page.sum = le64_make(block_sum(image, PAGE_SIZE));
    assert_false(double_write_image_counts(&page, image, PAGE_SIZE));
}

/* The new start of an image with the old end of another: the checksum of pages takes it for whole. */
static void an_image_of_two_parts_does_not_count(void **state)
{
    enum { PART = 2048 };
    static uint8_t image[PAGE_SIZE];
    struct double_write_page_disk page = {.pgno = le32_make(PGNO)};
    struct page_verdict verdict;
    page_init(image, PAGE_SIZE, PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD, PGNO, 7, 100);
    memset(image + DOUBLE_WRITE_BLOCK, 0x75, PART);
    page_seal(image, PAGE_SIZE, PGNO);
    page.sum = le64_make(block_sum(image, PAGE_SIZE));
    assert_true(double_write_image_counts(&page, image, PAGE_SIZE));
    memset(image + DOUBLE_WRITE_BLOCK, 0x70, PART);
    assert_int_equal(page_verify(image, PAGE_SIZE, PGNO, &verdict), JET_errSuccess);
    assert_false(double_write_image_counts(&page, image, PAGE_SIZE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_start_of_a_file_is_known_whatever_bit_is_flipped),
        cmocka_unit_test(a_file_with_impossible_sizes_is_none),
        cmocka_unit_test(a_group_is_known_whatever_bit_is_flipped),
        cmocka_unit_test(a_group_counts_in_its_place_and_file_only),
        cmocka_unit_test(a_group_that_leads_out_of_its_tables_does_not_count),
        cmocka_unit_test(an_image_counts_if_it_is_whole_and_the_one_that_is_meant),
        cmocka_unit_test(an_image_of_two_parts_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
