/* SPDX-License-Identifier: MIT */
/* Tests of positions, times and signatures. */
#include "format/stamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"

static void positions_are_ordered_by_generation_segment_and_byte(void **state)
{
    static const struct lgpos ascending[] = {
        {0,          0,      0     },
        {0,          0,      1     },
        {0,          1,      0     },
        {1,          0,      0     },
        {1,          0,      5     },
        {1,          2,      0     },
        {0x10000,    0,      0     },
        {0x7FFFFFFF, 0xFFFF, 0xFFFF},
    };

    for (size_t i = 0; i < COUNT_OF(ascending); i++)
        for (size_t k = 0; k < COUNT_OF(ascending); k++)
            assert_int_equal(lgpos_compare(ascending[i], ascending[k]), (i > k) - (i < k));
}

static void a_position_is_byte_segment_generation_on_disk(void **state)
{
    static const uint8_t bytes[] = {0x68, 0x02, 0x14, 0x00, 0x01, 0x00, 0x00, 0x00};
    char text[LGPOS_TEXT_SIZE];
    struct lgpos_disk disk;
    struct lgpos lgpos;

    memcpy(&disk, bytes, sizeof disk);
    lgpos = lgpos_get(disk);
    assert_int_equal(lgpos.ib, 0x268);
    assert_int_equal(lgpos.isec, 0x14);
    assert_int_equal(lgpos.generation, 1);
    assert_int_equal(lgpos_pack(lgpos), UINT64_C(0x100140268));
    lgpos_format(lgpos, text);
    assert_string_equal(text, "0x1,14,268");
    disk = lgpos_make(lgpos);
    assert_memory_equal(&disk, bytes, sizeof bytes);
    lgpos_format((struct lgpos){UINT32_MAX, UINT16_MAX, UINT16_MAX}, text);
    assert_string_equal(text, "0xFFFFFFFF,FFFF,FFFF");
}

static void a_time_keeps_its_milliseconds_in_two_bytes(void **state)
{
    /* 2022-08-19 11:46:32.952 UTC, as a real database has it */
    const struct logtime time = {2022, 8, 19, 11, 46, 32, 952, true, false};
    const struct logtime_disk disk = logtime_make(&time);
    static const uint8_t bytes[] = {32, 46, 11, 19, 8, 122, 0x71, 0x0E};
    char text[LOGTIME_TEXT_SIZE];

    assert_memory_equal(&disk, bytes, sizeof bytes);
    assert_true(logtime_is_set(disk));
    assert_true(logtime_is_plausible(disk));
    assert_int_equal(logtime_get(disk).millisecond, 952);
    assert_true(logtime_get(disk).is_utc);
    assert_false(logtime_get(disk).is_snapshot);
    logtime_format(disk, text);
    assert_string_equal(text, "2022-08-19T11:46:32.952Z");
}

static void a_time_is_made_from_milliseconds_since_1970(void **state)
{
    char text[LOGTIME_TEXT_SIZE];
    logtime_format(logtime_from_unix_ms(1660909592952), text);
    assert_string_equal(text, "2022-08-19T11:46:32.952Z");
}

static void local_time_has_no_z_and_no_time_has_no_text(void **state)
{
    const struct logtime time = {1999, 12, 31, 23, 59, 59, 0, false, true};
    const struct logtime_disk unset = {0};
    char text[LOGTIME_TEXT_SIZE];

    logtime_format(logtime_make(&time), text);
    assert_string_equal(text, "1999-12-31T23:59:59.000");
    assert_true(logtime_get(logtime_make(&time)).is_snapshot);
    assert_false(logtime_is_set(unset));
    assert_false(logtime_is_plausible(unset));
    logtime_format(unset, text);
    assert_string_equal(text, "");
}

static void any_bytes_make_a_text_and_few_make_a_date(void **state)
{
    static const struct {
        uint8_t bytes[8];
        bool plausible;
    } rows[] = {
        {{0, 0, 0, 29, 2, 100, 0, 0},                      true }, /* 2000 */
        {{0, 0, 0, 29, 2, 0, 0, 0},                        false}, /* 1900 */
        {{0, 0, 0, 29, 2, 121, 0, 0},                      false}, /* 2021 */
        {{0, 0, 0, 31, 4, 121, 0, 0},                      false},
        {{60, 0, 0, 1, 1, 121, 0, 0},                      true }, /* leap second */
        {{0, 60, 0, 1, 1, 121, 0, 0},                      false},
        {{0, 0, 24, 1, 1, 121, 0, 0},                      false},
        {{0, 0, 0, 1, 0, 121, 0, 0},                       false},
        {{0, 0, 0, 0, 1, 121, 0, 0},                       false},
        {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct logtime_disk disk;
        char text[LOGTIME_TEXT_SIZE];

        memcpy(&disk, rows[i].bytes, sizeof disk);
        assert_int_equal(logtime_is_plausible(disk), rows[i].plausible);
        logtime_format(disk, text);
        assert_true(strlen(text) >= 23);
    }
}

static void signatures_are_equal_byte_for_byte(void **state)
{
    struct signature_disk a = {.random = {{1, 2, 3, 4}}}, b = a, none = {.random = {{0}}};

    assert_true(signature_equal(&a, &b));
    b.computer_name[15] = 1;
    assert_false(signature_equal(&a, &b));
    assert_true(signature_is_set(&a));
    assert_false(signature_is_set(&none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_are_ordered_by_generation_segment_and_byte),
        cmocka_unit_test(a_position_is_byte_segment_generation_on_disk),
        cmocka_unit_test(a_time_keeps_its_milliseconds_in_two_bytes),
        cmocka_unit_test(a_time_is_made_from_milliseconds_since_1970),
        cmocka_unit_test(local_time_has_no_z_and_no_time_has_no_text),
        cmocka_unit_test(any_bytes_make_a_text_and_few_make_a_date),
        cmocka_unit_test(signatures_are_equal_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
