/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "isam/codepage.h"

static void expect_1252(const char *text, size_t size, const char *utf8)
{
    char *got = codepage_1252_to_utf8((const uint8_t *)text, size);
    assert_non_null(got);
    assert_string_equal(got, utf8);
    free(got);
}

static void expect_utf16(const char *text, size_t size, const char *utf8)
{
    char *got = codepage_utf16_to_utf8((const uint8_t *)text, size);
    assert_non_null(got);
    assert_string_equal(got, utf8);
    free(got);
}

static void western_european_text_becomes_utf8(void **state)
{
    expect_1252("", 0, "");
    expect_1252("MSysObjects", 11, "MSysObjects");
    expect_1252("Stra\xDF\x65 \xA7 \xFF", 10, "Stra\xC3\x9F\x65 \xC2\xA7 \xC3\xBF");
    expect_1252("\x80\x99\x9F", 3, "\xE2\x82\xAC\xE2\x84\xA2\xC5\xB8");
}

static void bytes_that_are_no_character_are_replaced(void **state)
{
    expect_1252("a\x81z", 3, "a\xEF\xBF\xBDz");
    expect_1252("a\0z", 3, "a\xEF\xBF\xBDz");
}

static void utf16_becomes_utf8(void **state)
{
    expect_utf16("e\0n\0-\0U\0S\0", 10, "en-US");
    expect_utf16("\xAC\x20\xDF\x07", 4, "\xE2\x82\xAC\xDF\x9F");
    expect_utf16("\x3D\xD8\x00\xDE", 4, "\xF0\x9F\x98\x80"); /* a pair */
}

static void broken_utf16_is_replaced(void **state)
{
    expect_utf16("\x3D\xD8", 2, "\xEF\xBF\xBD");
    expect_utf16("\x3D\xD8x\0", 4, "\xEF\xBF\xBDx");
    expect_utf16("\x00\xDEx\0", 4, "\xEF\xBF\xBDx");
    expect_utf16("\0\0x\0", 4, "\xEF\xBF\xBDx");
    expect_utf16("x\0y", 3, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(western_european_text_becomes_utf8),
        cmocka_unit_test(bytes_that_are_no_character_are_replaced),
        cmocka_unit_test(utf16_becomes_utf8),
        cmocka_unit_test(broken_utf16_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
