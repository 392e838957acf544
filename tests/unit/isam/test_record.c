/* SPDX-License-Identifier: MIT */
/* Records: real ones of catalogues that Windows wrote, as the format's specification quotes them, and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/byteorder.h"
#include "isam/record.h"

enum {
    SMALL = 4096,
    LARGE = 16384,
};

/* The column "iValue" of MSysLocales: Long, default 0. */
static const uint8_t column_record[] = {
    0x09, 0x83, 0x23, 0x00, 0x07, 0x00, 0x00, 0x00, 0x02, 0x00, 0x02, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00,
    0x04, 0x00, 0x00, 0x00, 0x30, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2a, 0x05, 0x00, 0x80, 0xfe, 0x06,
    0x00, 0x06, 0x80, 0x06, 0x80, 0x0a, 0x00, 0x69, 0x56, 0x61, 0x6c, 0x75, 0x65, 0x00, 0x00, 0x00, 0x00,
};

/* The index "Id" of MSysObjects: columns 1, 2, 3, with the locale en-US. */
static const uint8_t index_record[] = {
    0x0a, 0x84, 0x27, 0x00, 0x02, 0x00, 0x00, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x00, 0x04, 0x00,
    0x00, 0x00, 0x50, 0x00, 0x00, 0x00, 0x31, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2a, 0x2a,
    0x2a, 0x01, 0x04, 0x03, 0x00, 0x80, 0xfd, 0x02, 0x00, 0x02, 0x80, 0x02, 0x80, 0x02, 0x80, 0x0e,
    0x00, 0x49, 0x64, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x03, 0x00, 0x05,
    0x01, 0x04, 0x40, 0x01, 0x65, 0x00, 0x6e, 0x00, 0x2d, 0x00, 0x55, 0x00, 0x53, 0x00,
};

/* A row of MSysObjids, (2, 2, 1), on a small and on a large page: tagged columns only. */
static const uint8_t small_tagged[] = {
    0x00, 0x7f, 0x04, 0x00, 0x00, 0x01, 0x0c, 0x00, 0x01, 0x01, 0x10, 0x00, 0x02,
    0x01, 0x14, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x00,
};
static const uint8_t large_tagged[] = {
    0x00, 0x7f, 0x04, 0x00, 0x00, 0x01, 0x0c, 0x00, 0x01, 0x01, 0x11, 0x00, 0x02, 0x01, 0x16,
    0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
};

static uint32_t get_long(const struct record *record, unsigned column, size_t offset)
{
    struct record_value value;
    assert_int_equal(record_get_fixed(record, column, offset, 4, &value), JET_errSuccess);
    assert_int_equal(value.state, RECORD_VALUE);
    assert_int_equal(value.size, 4);
    return le32_get(*(const le32 *)(const void *)value.bytes);
}

static void fixed_columns_are_where_the_catalogue_says(void **state)
{
    struct record record;
    struct record_value value;
    assert_int_equal(record_decode(column_record, sizeof column_record, SMALL, &record), JET_errSuccess);
    assert_int_equal(record.fixed_last, 9);
    assert_int_equal(record.variable_last, 131);
    assert_int_equal(get_long(&record, 1, 4), 7);
    assert_int_equal(get_long(&record, 3, 10), 2);
    assert_int_equal(get_long(&record, 6, 22), 0x30);
    assert_int_equal(record_get_fixed(&record, 8, 30, 1, &value), JET_errSuccess);
    assert_int_equal(value.state, RECORD_NULL);
    assert_int_equal(record_get_fixed(&record, 9, 31, 2, &value), JET_errSuccess);
    assert_int_equal(value.state, RECORD_VALUE);
    assert_int_equal(record_get_fixed(&record, 10, 33, 4, &value), JET_errSuccess);
    assert_int_equal(value.state, RECORD_ABSENT);
}

static void a_fixed_column_outside_of_the_fixed_part_is_damage(void **state)
{
    struct record record;
    struct record_value value;
    assert_int_equal(record_decode(column_record, sizeof column_record, SMALL, &record), JET_errSuccess);
    assert_int_equal(record_get_fixed(&record, 9, 32, 2, &value), JET_errDatabaseCorrupted);
    assert_int_equal(record_get_fixed(&record, 9, 3, 2, &value), JET_errDatabaseCorrupted);
    assert_int_equal(record_get_fixed(&record, 9, SIZE_MAX, 2, &value), JET_errDatabaseCorrupted);
    assert_int_equal(record_get_fixed(&record, 9, 4, SIZE_MAX, &value), JET_errDatabaseCorrupted);
}

static void variable_columns_have_a_value_or_null_or_are_absent(void **state)
{
    struct record record;
    struct record_value value;
    assert_int_equal(record_decode(column_record, sizeof column_record, SMALL, &record), JET_errSuccess);
    record_get_variable(&record, 128, &value);
    assert_int_equal(value.state, RECORD_VALUE);
    assert_int_equal(value.size, 6);
    assert_memory_equal(value.bytes, "iValue", 6);
    record_get_variable(&record, 129, &value);
    assert_int_equal(value.state, RECORD_NULL);
    record_get_variable(&record, 131, &value);
    assert_int_equal(value.state, RECORD_VALUE);
    assert_int_equal(value.size, 4);
    record_get_variable(&record, 132, &value);
    assert_int_equal(value.state, RECORD_ABSENT);
    assert_int_equal(record.tagged_count, 0);
}

static void a_tagged_column_with_a_header_byte_gives_its_flags(void **state)
{
    struct record record;
    struct record_value value;
    assert_int_equal(record_decode(index_record, sizeof index_record, SMALL, &record), JET_errSuccess);
    assert_int_equal(record_get_tagged(&record, 261, &value), JET_errSuccess);
    assert_int_equal(value.state, RECORD_VALUE);
    assert_int_equal(value.tagged_flags, RECORD_TAGGED_LONG_VALUE);
    assert_int_equal(value.size, 10);
    assert_memory_equal(value.bytes, "e\0n\0-\0U\0S\0", 10);
    assert_int_equal(record_get_tagged(&record, 256, &value), JET_errSuccess);
    assert_int_equal(value.state, RECORD_ABSENT);
}

static void expect_objids(const uint8_t *bytes, size_t size, size_t page_size)
{
    static const unsigned expected[] = {2, 2, 1};
    struct record record;
    struct record_value value;
    assert_int_equal(record_decode(bytes, size, page_size, &record), JET_errSuccess);
    assert_int_equal(record.tagged_count, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(record_get_tagged(&record, 256 + i, &value), JET_errSuccess);
        assert_int_equal(value.state, RECORD_VALUE);
        assert_int_equal(value.size, i < 2 ? 4 : 2);
        assert_int_equal(value.bytes[0], expected[i]);
        assert_int_equal(value.tagged_flags, 0);
    }
}

static void tagged_columns_differ_between_small_and_large_pages(void **state)
{
    expect_objids(small_tagged, sizeof small_tagged, SMALL);
    expect_objids(large_tagged, sizeof large_tagged, LARGE);
}

static void an_explicit_null_is_a_flag_of_the_offset_or_of_the_header_byte(void **state)
{
    uint8_t small[sizeof small_tagged], large[sizeof large_tagged];
    struct record record;
    struct record_value value;
    memcpy(small, small_tagged, sizeof small);
    small[11] |= 0x20;
    assert_int_equal(record_decode(small, sizeof small, SMALL, &record), JET_errSuccess);
    assert_int_equal(record_get_tagged(&record, 257, &value), JET_errSuccess);
    assert_int_equal(value.state, RECORD_NULL);
    memcpy(large, large_tagged, sizeof large);
    large[21] |= RECORD_TAGGED_NULL;
    assert_int_equal(record_decode(large, sizeof large, LARGE, &record), JET_errSuccess);
    assert_int_equal(record_get_tagged(&record, 257, &value), JET_errSuccess);
    assert_int_equal(value.state, RECORD_NULL);
}

static void columns_of_the_template_are_not_those_of_the_table(void **state)
{
    uint8_t bytes[sizeof small_tagged];
    struct record record;
    struct record_value value;
    memcpy(bytes, small_tagged, sizeof bytes);
    bytes[7] |= 0x80;
    assert_int_equal(record_decode(bytes, sizeof bytes, SMALL, &record), JET_errSuccess);
    assert_int_equal(record_get_tagged(&record, 256, &value), JET_errSuccess);
    assert_int_equal(value.state, RECORD_ABSENT);
}

static void a_large_page_wants_its_header_byte(void **state)
{
    uint8_t bytes[sizeof large_tagged];
    struct record record;
    struct record_value value;
    memcpy(bytes, large_tagged, sizeof bytes);
    bytes[10] = 0x0c; /* column 256 has no byte */
    assert_int_equal(record_decode(bytes, sizeof bytes, LARGE, &record), JET_errSuccess);
    assert_int_equal(record_get_tagged(&record, 256, &value), JET_errDatabaseCorrupted);
}

/* Looks at everything that a record has, in a buffer of just its size for the sanitizers to watch. */
static void read_everything(const uint8_t *bytes, size_t size, size_t page_size)
{
    struct record record;
    struct record_value value;
    unsigned sum = 0;
    if (record_decode(bytes, size, page_size, &record) < JET_errSuccess)
        return;
    for (unsigned column = 1; column < 600; column++) {
        value.state = RECORD_ABSENT;
        if (column >= RECORD_TAGGED_FIRST) {
            if (record_get_tagged(&record, column, &value) < JET_errSuccess)
                continue;
        } else if (column >= RECORD_VARIABLE_FIRST) {
            record_get_variable(&record, column, &value);
        } else if (record_get_fixed(&record, column, column * 4, 4, &value) < JET_errSuccess) {
            continue;
        }
        for (size_t i = 0; value.state == RECORD_VALUE && i < value.size; i++)
            sum += value.bytes[i];
        assert_true(value.state != RECORD_VALUE || value.size <= size);
    }
    assert_true(sum <= 600 * size * 255);
}

static void broken_records_are_damage_or_stay_within_their_bytes(void **state)
{
    static const struct {
        const uint8_t *bytes;
        size_t size, page_size;
    } records[] = {
        {column_record, sizeof column_record, SMALL},
        {index_record,  sizeof index_record,  SMALL},
        {small_tagged,  sizeof small_tagged,  SMALL},
        {large_tagged,  sizeof large_tagged,  LARGE},
    };
    uint32_t random = 1;
    for (unsigned i = 0; i < 100000; i++) {
        random = random * 1664525 + 1013904223;
        unsigned which = random >> 30;
        size_t size = records[which].size - (i % 3 == 0 ? (random >> 8) % records[which].size : 0);
        uint8_t *bytes = malloc(size);
        assert_non_null(bytes);
        memcpy(bytes, records[which].bytes, size);
        for (unsigned k = 0; k <= i % 4; k++) {
            random = random * 1664525 + 1013904223;
            bytes[(random >> 8) % size] = (uint8_t)(random >> 24);
        }
        read_everything(bytes, size, records[which].page_size);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_columns_are_where_the_catalogue_says),
        cmocka_unit_test(a_fixed_column_outside_of_the_fixed_part_is_damage),
        cmocka_unit_test(variable_columns_have_a_value_or_null_or_are_absent),
        cmocka_unit_test(a_tagged_column_with_a_header_byte_gives_its_flags),
        cmocka_unit_test(tagged_columns_differ_between_small_and_large_pages),
        cmocka_unit_test(an_explicit_null_is_a_flag_of_the_offset_or_of_the_header_byte),
        cmocka_unit_test(columns_of_the_template_are_not_those_of_the_table),
        cmocka_unit_test(a_large_page_wants_its_header_byte),
        cmocka_unit_test(broken_records_are_damage_or_stay_within_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
