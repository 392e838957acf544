/* SPDX-License-Identifier: MIT */
/* Tests of base/byteorder.h: a number is the bytes it has on disk, at any address. */
#include "base/byteorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t ascending[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF};

static void little_endian_numbers_have_their_lowest_byte_first(void **state)
{
    le16 two;
    le32 four;
    le64 eight;

    memcpy(&two, ascending, sizeof two);
    memcpy(&four, ascending, sizeof four);
    memcpy(&eight, ascending, sizeof eight);
    assert_int_equal(le16_get(two), 0x2301);
    assert_int_equal(le32_get(four), 0x67452301);
    assert_true(le64_get(eight) == 0xEFCDAB8967452301);
}

static void big_endian_numbers_have_their_highest_byte_first(void **state)
{
    be32 four;

    memcpy(&four, ascending, sizeof four);
    assert_int_equal(be32_get(four), 0x01234567);
}

static void the_highest_bit_is_not_a_sign(void **state)
{
    const le16 two = {
        {0xFF, 0xFF}
    };
    const le32 four = {
        {0xFF, 0xFF, 0xFF, 0xFF}
    };
    const le64 eight = {
        {0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
    };
    const be32 four_big = {
        {0xFF, 0xFF, 0xFF, 0xFE}
    };

    assert_true(le16_get(two) == UINT16_MAX);
    assert_true(le32_get(four) == UINT32_MAX);
    assert_true(le64_get(eight) == UINT64_MAX - 1);
    assert_true(be32_get(four_big) == UINT32_MAX - 1);
}

static void making_writes_the_bytes_that_getting_reads(void **state)
{
    const le16 two = le16_make(0x2301);
    const le32 four = le32_make(0x67452301);
    const le64 eight = le64_make(0xEFCDAB8967452301);
    const be32 four_big = be32_make(0x01234567);

    assert_memory_equal(&two, ascending, sizeof two);
    assert_memory_equal(&four, ascending, sizeof four);
    assert_memory_equal(&eight, ascending, sizeof eight);
    assert_memory_equal(&four_big, ascending, sizeof four_big);
}

static void every_single_bit_survives_the_way_there_and_back(void **state)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        const uint64_t value = (uint64_t)1 << bit;
        assert_true(le64_get(le64_make(value)) == value);
        assert_true(le32_get(le32_make((uint32_t)value)) == (uint32_t)value);
        assert_true(be32_get(be32_make((uint32_t)value)) == (uint32_t)value);
        assert_true(le16_get(le16_make((uint16_t)value)) == (uint16_t)value);
    }
}

static void a_layout_may_be_overlaid_on_an_odd_address(void **state)
{
    struct record_disk {
        uint8_t kind;
        le16 length;
        le32 position;
    };
    _Static_assert(sizeof(struct record_disk) == 7, "no padding");
    const uint8_t bytes[] = {0xEE, 0x07, 0x34, 0x12, 0x78, 0x56, 0x34, 0x12};
    const struct record_disk *record = (const void *)(bytes + 1);

    assert_int_equal(record->kind, 7);
    assert_int_equal(le16_get(record->length), 0x1234);
    assert_int_equal(le32_get(record->position), 0x12345678);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_endian_numbers_have_their_lowest_byte_first),
        cmocka_unit_test(big_endian_numbers_have_their_highest_byte_first),
        cmocka_unit_test(the_highest_bit_is_not_a_sign),
        cmocka_unit_test(making_writes_the_bytes_that_getting_reads),
        cmocka_unit_test(every_single_bit_survives_the_way_there_and_back),
        cmocka_unit_test(a_layout_may_be_overlaid_on_an_odd_address),
    };
    return cmocka_run_group_tests_name("byteorder", tests, NULL, NULL);
}
