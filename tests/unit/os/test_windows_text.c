/* SPDX-License-Identifier: MIT */
/* Tests of windows/os/os_text.h: UTF-8, WTF-8, UTF-16 and the form of paths. */
#include "os_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "os/os_error.h"

static void assert_both_ways(const wchar_t *wide, size_t length, const char *text)
{
    char *to_text = NULL;
    wchar_t *to_wide = NULL;
    assert_int_equal(os_text_from_wide(wide, length, &to_text), JET_errSuccess);
    assert_string_equal(to_text, text);
    assert_int_equal(os_text_to_wide(text, &to_wide), JET_errSuccess);
    assert_int_equal(wcslen(to_wide), length);
    assert_memory_equal(to_wide, wide, length * sizeof *wide);
    free(to_text);
    free(to_wide);
}

static void text_goes_both_ways(void **state)
{
    assert_both_ways(L"", 0, "");
    assert_both_ways(L"plain", 5, "plain");
    assert_both_ways(L"\x7F\x80\x7FF\x800\xFFFF", 5, "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF");
    assert_both_ways(L"\xD800\xDC00\xDBFF\xDFFF", 4, "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
    assert_both_ways(L"\xD83E\xDD84", 2, "\xF0\x9F\xA6\x84");
}

static void every_unit_survives_alone_and_between_letters(void **state)
{
    for (uint32_t unit = 1; unit <= 0xFFFF; unit++) {
        const wchar_t wide[] = {L'a', (wchar_t)unit, L'b'};
        char *text = NULL;
        wchar_t *back = NULL;
        for (size_t i = 0; i < 2; i++) {
            size_t length = 3 - 2 * i;
            assert_int_equal(os_text_from_wide(wide + i, length, &text), JET_errSuccess);
            assert_int_equal(os_text_to_wide(text, &back), JET_errSuccess);
            assert_int_equal(wcslen(back), length);
            assert_memory_equal(back, wide + i, length * sizeof *back);
            free(text);
            free(back);
        }
    }
}

static void unpaired_surrogates_have_three_bytes(void **state)
{
    assert_both_ways(L"\xD800", 1, "\xED\xA0\x80");
    assert_both_ways(L"\xDFFF", 1, "\xED\xBF\xBF");
    assert_both_ways(L"\xDC00\xD800", 2, "\xED\xB0\x80\xED\xA0\x80");
    assert_both_ways(L"\xD800\xD800\xDC00", 3, "\xED\xA0\x80\xF0\x90\x80\x80");
}

static void what_is_not_wtf8_is_refused(void **state)
{
    static const char *const broken[] = {
        "\x80",             /* begins in the middle */
        "a\xBF",            /* */
        "\xC3",             /* cut */
        "\xE2\x82",         /* cut */
        "\xF0\x9F\xA6",     /* cut */
        "\xE2\x28\xA1",     /* not continued */
        "\xC0\x80",         /* overlong NUL */
        "\xC1\xBF",         /* overlong */
        "\xE0\x80\xAF",     /* overlong '/' */
        "\xF0\x80\x80\xAF", /* overlong '/' */
        "\xF4\x90\x80\x80", /* above 10FFFF */
        "\xF8\x88\x80\x80\x80",
        "\xFF",
        "\xED\xA0\x80\xED\xB0\x80", /* a pair, each half by itself */
    };
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        wchar_t *wide = NULL;
        assert_int_equal(os_text_to_wide(broken[i], &wide), JET_errInvalidPath);
        assert_int_equal(os_text_to_path(broken[i], &wide), JET_errInvalidPath);
        assert_int_not_equal(os_last_error(), 0);
        assert_null(wide);
    }
}

static void a_cut_text_ends_between_characters(void **state)
{
    static const char *const expected[] = {"", "a", "a", "a", "a", "a\xF0\x9F\xA6\x84", "a\xF0\x9F\xA6\x84z"};
    const wchar_t *wide = L"a\xD83E\xDD84z";
    for (size_t room = 0; room < COUNT_OF(expected); room++) {
        char text[8];
        memset(text, '#', sizeof text);
        assert_int_equal(os_text_copy(wide, 4, text, room + 1), 6);
        assert_string_equal(text, expected[room]);
        assert_int_equal(text[7], '#');
    }
}

static void text_for_people_shows_what_is_broken(void **state)
{
    wchar_t wide[16];
    size_t used = 0;
    size_t units = os_text_to_wide_lossy("a\xC3\xA4\xC3!\xFF\xE2\x82", 8, wide, COUNT_OF(wide), &used);
    assert_int_equal(used, 8);
    assert_int_equal(units, 7);
    assert_memory_equal(wide, L"a\xE4\xFFFD!\xFFFD\xFFFD\xFFFD", 7 * sizeof *wide);
}

static void text_for_people_comes_in_parts_that_end_between_characters(void **state)
{
    static const char text[] = "\xF0\x9F\xA6\x84\xF0\x9F\xA6\x84xyz";
    wchar_t all[8];
    size_t count = 0;
    for (size_t done = 0; done < sizeof text - 1;) {
        wchar_t part[3];
        size_t used = 0;
        size_t units = os_text_to_wide_lossy(text + done, sizeof text - 1 - done, part, COUNT_OF(part), &used);
        assert_in_range(units, 1, COUNT_OF(part));
        assert_in_range(count + units, 1, COUNT_OF(all));
        memcpy(all + count, part, units * sizeof *part);
        count += units;
        done += used;
    }
    assert_int_equal(count, 7);
    assert_memory_equal(all, L"\xD83E\xDD84\xD83E\xDD84xyz", 7 * sizeof *all);
}

static void assert_path_becomes(const char *path, const wchar_t *expected)
{
    wchar_t *wide = NULL;
    assert_int_equal(os_text_to_path(path, &wide), JET_errSuccess);
    if (wcscmp(wide, expected) != 0)
        print_error("%s became %ls\n", path, wide);
    assert_int_equal(wcscmp(wide, expected), 0);
    free(wide);
}

static void paths_become_absolute_with_one_kind_of_separator(void **state)
{
    assert_path_becomes("C:/a/b", L"C:\\a\\b");
    assert_path_becomes("C:\\a\\.\\c\\..\\b", L"C:\\a\\b");
    assert_path_becomes("//server/share/a", L"\\\\server\\share\\a");
    assert_path_becomes("\\\\?\\C:\\a\\..\\b. ", L"\\\\?\\C:\\a\\..\\b. ");
    assert_path_becomes("NUL", L"\\\\.\\NUL");
    assert_path_becomes("C:/a/com1", L"\\\\.\\com1");
    assert_path_becomes("", L"");
}

/* `prefix` and as many '/' and 'x' as make `length` characters. */
static void assert_long_path_becomes(const char *start, size_t length, const wchar_t *expected_start)
{
    char path[2000];
    wchar_t expected[2000];
    size_t start_length = strlen(start);
    size_t at = wcslen(expected_start);
    memcpy(path, start, start_length);
    wcscpy(expected, expected_start);
    for (size_t i = start_length; i < length; i++) {
        path[i] = i % 100 == 0 ? '/' : 'x';
        expected[at++] = i % 100 == 0 ? L'\\' : L'x';
    }
    path[length] = '\0';
    expected[at] = L'\0';
    assert_path_becomes(path, expected);
}

static void long_paths_leave_windows_own_limits_behind(void **state)
{
    assert_long_path_becomes("C:/", OS_TEXT_LONG_PATH - 1, L"C:\\");
    assert_long_path_becomes("C:/", OS_TEXT_LONG_PATH, L"\\\\?\\C:\\");
    assert_long_path_becomes("C:/", 1990, L"\\\\?\\C:\\");
    assert_long_path_becomes("//server/share/", OS_TEXT_LONG_PATH - 1, L"\\\\server\\share\\");
    assert_long_path_becomes("//server/share/", OS_TEXT_LONG_PATH, L"\\\\?\\UNC\\server\\share\\");
    assert_long_path_becomes("\\\\?\\C:\\", 99, L"\\\\?\\C:\\");
}

static void a_second_stream_of_a_file_has_no_path(void **state)
{
    static const char *const streams[] = {"ab:c",  "C:\\a:b", "C:\\a:b\\c", "\\\\?\\C:\\a:b", "//s/share/a::$DATA",
                                          "C:\\a:"};
    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        wchar_t *wide = NULL;
        assert_int_equal(os_text_to_path(streams[i], &wide), JET_errInvalidPath);
        assert_null(wide);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_goes_both_ways),
        cmocka_unit_test(every_unit_survives_alone_and_between_letters),
        cmocka_unit_test(unpaired_surrogates_have_three_bytes),
        cmocka_unit_test(what_is_not_wtf8_is_refused),
        cmocka_unit_test(a_cut_text_ends_between_characters),
        cmocka_unit_test(text_for_people_shows_what_is_broken),
        cmocka_unit_test(text_for_people_comes_in_parts_that_end_between_characters),
        cmocka_unit_test(paths_become_absolute_with_one_kind_of_separator),
        cmocka_unit_test(long_paths_leave_windows_own_limits_behind),
        cmocka_unit_test(a_second_stream_of_a_file_has_no_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
