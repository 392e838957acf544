/* SPDX-License-Identifier: MIT */
/* Tests of jet/text.h. What is not ASCII is only tested in the W forms: the code page of Wine may be any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "jet/text.h"

static void null_stays_null(void **state)
{
    char *text = (char *)&text;
    assert_int_equal(text_from_a(NULL, &text), JET_errSuccess);
    assert_null(text);
    text = (char *)&text;
    assert_int_equal(text_from_w(NULL, &text), JET_errSuccess);
    assert_null(text);
}

static void wide_text_goes_in_and_out(void **state)
{
    static const WCHAR wide[] = {'x', 0x20AC, 0xD83D, 0xDE00, 0xD800, 0};
    WCHAR back[8];
    char *text;
    size_t bytes;
    assert_int_equal(text_from_w(wide, &text), JET_errSuccess);
    assert_string_equal(text, "x\xE2\x82\xAC\xF0\x9F\x98\x80\xED\xA0\x80");
    assert_int_equal(text_to_w(text, back, sizeof back, &bytes), JET_errSuccess);
    assert_int_equal(bytes, sizeof wide);
    assert_memory_equal(back, wide, sizeof wide);
    free(text);
}

static void a_wide_buffer_is_cut_between_characters_and_says_so(void **state)
{
    const char *text = "ab\xF0\x9F\x98\x80";
    WCHAR back[5];
    size_t bytes;
    assert_int_equal(text_to_w(text, NULL, 0, &bytes), JET_errSuccess);
    assert_int_equal(bytes, 10);
    assert_int_equal(text_to_w(text, back, 8, &bytes), JET_errBufferTooSmall);
    assert_int_equal(bytes, 10);
    assert_int_equal(back[2], 0);
    assert_int_equal(text_to_w(text, back, 10, NULL), JET_errSuccess);
    assert_int_equal(text_to_w("", back, 2, &bytes), JET_errSuccess);
    assert_int_equal(text_to_w("", back, 1, &bytes), JET_errBufferTooSmall);
}

static void narrow_text_goes_in_and_out(void **state)
{
    char back[6];
    char *text;
    size_t bytes;
    assert_int_equal(text_from_a("table", &text), JET_errSuccess);
    assert_string_equal(text, "table");
    assert_int_equal(text_to_a(text, back, sizeof back, &bytes), JET_errSuccess);
    assert_string_equal(back, "table");
    assert_int_equal(bytes, 6);
    assert_int_equal(text_to_a(text, back, 3, &bytes), JET_errBufferTooSmall);
    assert_string_equal(back, "ta");
    assert_int_equal(bytes, 6);
    free(text);
}

static void a_list_keeps_its_ends(void **state)
{
    static const char key[] = "+a\0-bc\0";
    static const WCHAR wide[] = {'+', 'a', 0, '-', 'b', 'c', 0, 0};
    char *text;
    size_t size;
    assert_int_equal(text_list_from_a(key, sizeof key, &text, &size), JET_errSuccess);
    assert_int_equal(size, sizeof key);
    assert_memory_equal(text, key, sizeof key);
    free(text);
    assert_int_equal(text_list_from_w(wide, sizeof wide, &text, &size), JET_errSuccess);
    assert_int_equal(size, sizeof key);
    assert_memory_equal(text, key, sizeof key);
    free(text);
    assert_int_equal(text_list_from_a("+a", 2, &text, &size), JET_errSuccess);
    assert_int_equal(size, 2);
    free(text);
}

static void lists_go_out_with_one_nul_more(void **state)
{
    static const char *const texts[] = {"ab", "c"};
    static const WCHAR expected[] = {'a', 'b', 0, 'c', 0, 0};
    char narrow[8];
    WCHAR wide[8];
    size_t bytes = 0;
    assert_int_equal(text_list_to_a(texts, 2, NULL, 0, &bytes), JET_errSuccess);
    assert_int_equal(bytes, 6);
    memset(narrow, 'x', sizeof narrow);
    assert_int_equal(text_list_to_a(texts, 2, narrow, sizeof narrow, &bytes), JET_errSuccess);
    assert_memory_equal(narrow, "ab\0c\0\0x", 7);
    assert_int_equal(text_list_to_a(texts, 0, narrow, 1, &bytes), JET_errSuccess); /* an empty list is one NUL */
    assert_int_equal(bytes, 1);
    assert_int_equal(narrow[0], 0);
    assert_int_equal(text_list_to_a(texts, 2, narrow, 4, &bytes), JET_errBufferTooSmall);
    assert_int_equal(text_list_to_w(texts, 2, NULL, 0, &bytes), JET_errSuccess);
    assert_int_equal(bytes, sizeof expected);
    for (size_t room = 0; room <= sizeof wide; room++) { /* cut anywhere, nothing behind it is touched */
        memset(wide, 'x', sizeof wide);
        assert_int_equal(text_list_to_w(texts, 2, wide, room, &bytes), JET_errSuccess);
        assert_int_equal(bytes, sizeof expected);
        const size_t copied = room < sizeof expected ? room : sizeof expected;
        assert_memory_equal(wide, expected, copied);
        for (size_t i = copied; i < sizeof wide; i++)
            assert_int_equal(((const unsigned char *)wide)[i], 'x');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_stays_null),
        cmocka_unit_test(wide_text_goes_in_and_out),
        cmocka_unit_test(a_wide_buffer_is_cut_between_characters_and_says_so),
        cmocka_unit_test(narrow_text_goes_in_and_out),
        cmocka_unit_test(a_list_keeps_its_ends),
        cmocka_unit_test(lists_go_out_with_one_nul_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
