/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "tool/text.h"

static void only_shortest_forms_of_scalar_values_are_utf8(void **state)
{
    static const char *const right[] = {
        "", "abc", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x92\xBE", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"};
    static const char *const wrong[] = {"\x80",
                                        "\xC3",
                                        "\xC0\xAF",
                                        "\xC1\xBF",
                                        "\xE0\x9F\xBF",
                                        "\xED\xA0\x80",
                                        "\xF0\x8F\xBF\xBF",
                                        "\xF4\x90\x80\x80",
                                        "\xF5\x80\x80\x80",
                                        "\xE2\x82",
                                        "a\xFFz",
                                        "\xC3(",
                                        "\xF0\x9F\x92"};
    for (size_t i = 0; i < COUNT_OF(right); i++)
        assert_true(text_is_utf8(right[i]));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(text_is_utf8(wrong[i]));
}

static void assert_lossy(const char *bytes, const char *expected)
{
    char *utf8 = text_to_utf8(bytes);
    assert_non_null(utf8);
    assert_string_equal(utf8, expected);
    assert_true(text_is_utf8(utf8));
    free(utf8);
}

static void bytes_that_do_not_fit_are_replaced_one_by_one(void **state)
{
    assert_lossy("", "");
    assert_lossy("gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F");
    assert_lossy("a\xFF\xFEz", "a\xEF\xBF\xBD\xEF\xBF\xBDz");
    assert_lossy("\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void every_string_of_two_bytes_becomes_utf8(void **state)
{
    for (int first = 1; first < 256; first++) {
        for (int second = 1; second < 256; second++) {
            const char bytes[] = {(char)first, (char)second, 'x', '\0'};
            char *utf8 = text_to_utf8(bytes);
            assert_true(text_is_utf8(utf8));
            assert_int_equal(utf8[strlen(utf8) - 1], 'x');
            free(utf8);
        }
    }
}

static void screen_is_not_given_anything_that_it_obeys(void **state)
{
    char text[64];
    assert_string_equal(text_for_screen("a\x1b[31m\n\x7f", text, sizeof text), "a\\x1b[31m\\x0a\\x7f");
    assert_string_equal(text_for_screen("\xC2\x9B"
                                        "b",
                                        text, sizeof text),
                        "\\x9bb");
    assert_string_equal(text_for_screen("\xC2\xA0\xC3\xBC\xFF", text, sizeof text), "\xC2\xA0\xC3\xBC\xEF\xBF\xBD");
}

static void screen_text_is_cut_between_characters(void **state)
{
    for (size_t size = 1; size < 12; size++) {
        char text[16];
        text_for_screen("\xE2\x82\xAC\xE2\x82\xAC\n", text, size);
        assert_true(strlen(text) < size);
        assert_true(text_is_utf8(text));
    }
}

static void columns_are_characters(void **state)
{
    char text[16];
    assert_int_equal(text_columns(""), 0);
    assert_int_equal(text_columns("a\xC3\xBC\xE2\x82\xAC"), 3);
    text_cut("a\xC3\xBC\xE2\x82\xAC", 2, text, sizeof text);
    assert_string_equal(text, "a\xC3\xBC");
    text_cut("a\xC3\xBC\xE2\x82\xAC", 9, text, sizeof text);
    assert_string_equal(text, "a\xC3\xBC\xE2\x82\xAC");
    text_cut("a\xC3\xBC\xE2\x82\xAC", 9, text, 4);
    assert_string_equal(text, "a\xC3\xBC");
}

static void sizes_have_the_unit_that_fits(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {
        {0,            "0 B"     },
        {1023,         "1023 B"  },
        {1024,         "1.0 KiB" },
        {1536,         "1.5 KiB" },
        {1048575,      "1.0 MiB" },
        {1048576,      "1.0 MiB" },
        {13314398618u, "12.4 GiB"},
        {UINT64_MAX,   "16.0 EiB"},
    };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char text[TEXT_SIZE_MAX];
        assert_string_equal(text_size_format(sizes[i].bytes, text), sizes[i].text);
    }
}

static void durations_have_hours_if_they_need_them(void **state)
{
    char text[TEXT_DURATION_MAX];
    assert_string_equal(text_duration_format(0, text), "0:00");
    assert_string_equal(text_duration_format(21, text), "0:21");
    assert_string_equal(text_duration_format(3599, text), "59:59");
    assert_string_equal(text_duration_format(3723, text), "1:02:03");
    assert_string_equal(text_duration_format(UINT64_MAX, text), "5124095576030431:00:15");
}

static void hexadecimal_digits_are_those_of_the_bytes(void **state)
{
    char *hex = text_hex("a\xFF\x0F", 3);
    assert_string_equal(hex, "61ff0f");
    free(hex);
    hex = text_hex("", 0);
    assert_string_equal(hex, "");
    free(hex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_shortest_forms_of_scalar_values_are_utf8),
        cmocka_unit_test(bytes_that_do_not_fit_are_replaced_one_by_one),
        cmocka_unit_test(every_string_of_two_bytes_becomes_utf8),
        cmocka_unit_test(screen_is_not_given_anything_that_it_obeys),
        cmocka_unit_test(screen_text_is_cut_between_characters),
        cmocka_unit_test(columns_are_characters),
        cmocka_unit_test(sizes_have_the_unit_that_fits),
        cmocka_unit_test(durations_have_hours_if_they_need_them),
        cmocka_unit_test(hexadecimal_digits_are_those_of_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
