/* SPDX-License-Identifier: MIT */
/* Tests of base/utf16.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf16.h"

static void every_code_point_comes_back(void **state)
{
    for (uint32_t code = 1; code <= 0x10FFFF; code++) {
        char bytes[4];
        uint16_t units[2];
        uint32_t from_bytes = 0;
        uint32_t from_units = 0;
        size_t size = utf8_put(code, bytes);
        size_t length = utf16_put(code, units);
        if (utf8_get(bytes, size, &from_bytes) != size || from_bytes != code)
            fail_msg("UTF-8 of %x", (unsigned)code);
        if (utf16_get(units, length, &from_units) != length || from_units != code)
            fail_msg("UTF-16 of %x", (unsigned)code);
    }
}

static void an_unpaired_surrogate_survives(void **state)
{
    const uint16_t wide[] = {'a', 0xD800, 'b', 0xDC01};
    char text[16];
    uint16_t back[16];
    size_t units = 0;
    assert_int_equal(utf16_to_utf8(wide, 4, text, sizeof text), 8);
    assert_true(utf16_from_utf8(text, 8, back, &units));
    assert_int_equal(units, 4);
    assert_memory_equal(back, wide, sizeof wide);
}

static void what_is_not_utf8_is_refused(void **state)
{
    static const char *const broken[] = {"\x80",         "\xC0\x80", "\xC1\xBF",         "\xE0\x80\x80",
                                         "\xF5\x80\x80", "\xE2\x82", "\xF4\x90\x80\x80", "\xED\xA0\x80\xED\xB0\x80",
                                         "a\xFF",        "\xC3\x28"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        uint16_t wide[8];
        size_t units;
        assert_false(utf16_from_utf8(broken[i], strlen(broken[i]), wide, &units));
    }
}

static void a_small_buffer_is_cut_between_characters(void **state)
{
    const uint16_t wide[] = {'a', 0x20AC, 'b'};
    char text[8];
    assert_int_equal(utf16_to_utf8(wide, 3, text, 4), 5);
    assert_string_equal(text, "a");
    assert_int_equal(utf16_to_utf8(wide, 3, text, 5), 5);
    assert_string_equal(text, "a\xE2\x82\xAC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(an_unpaired_surrogate_survives),
        cmocka_unit_test(what_is_not_utf8_is_refused),
        cmocka_unit_test(a_small_buffer_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
