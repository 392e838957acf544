/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tool/json_line.h"

/* The line, read again by the JSON library. */
static json_t *line_of(json_t *object)
{
    char *line = json_line_text(object);
    assert_non_null(line);
    size_t size = strlen(line);
    assert_int_equal(line[size - 1], '\n');
    assert_ptr_equal(strchr(line, '\n'), line + size - 1);
    json_t *again = json_loads(line, 0, NULL);
    assert_non_null(again);
    free(line);
    json_decref(object);
    return again;
}

static const char *member(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void every_object_has_type_and_time(void **state)
{
    json_t *line = line_of(json_line_new("file"));
    assert_string_equal(member(line, "type"), "file");
    assert_int_equal(strlen(member(line, "time")), strlen("2021-03-04T05:06:07.123Z"));
    assert_int_equal(member(line, "time")[23], 'Z');
    json_decref(line);
}

static void paths_of_any_bytes_survive(void **state)
{
    json_t *object = json_line_new("x");
    json_line_add_path(object, "path", "gr\xC3\xBC\xC3\x9F\"\\\n\t.edb");
    json_line_add_path(object, "set", "a\xFF\nz");
    json_t *line = line_of(object);
    assert_string_equal(member(line, "path"), "gr\xC3\xBC\xC3\x9F\"\\\n\t.edb");
    assert_null(member(line, "path_hex"));
    assert_string_equal(member(line, "set"), "a\xEF\xBF\xBD\nz");
    assert_string_equal(member(line, "set_hex"), "61ff0a7a");
    json_decref(line);
}

static void numbers_that_a_double_cannot_hold_are_hexadecimal_text(void **state)
{
    json_t *object = json_line_new("x");
    json_line_add_hex(object, "expected", UINT64_MAX);
    json_line_add_hex(object, "found", 0);
    json_line_add_u64(object, "bytes", (uint64_t)1 << 53);
    json_t *line = line_of(object);
    assert_string_equal(member(line, "expected"), "0xffffffffffffffff");
    assert_string_equal(member(line, "found"), "0x0");
    assert_true(json_integer_value(json_object_get(line, "bytes")) == (json_int_t)1 << 53);
    json_decref(line);
}

static void missing_objects_are_no_catastrophe(void **state)
{
    json_line_add(NULL, "key", json_true());
    json_line_add_text(NULL, "key", "value");
    json_line_add_path(NULL, "key", "\xFF");
    json_line_add_u64(NULL, "key", 1);
    assert_null(json_line_text(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_object_has_type_and_time),
        cmocka_unit_test(paths_of_any_bytes_survive),
        cmocka_unit_test(numbers_that_a_double_cannot_hold_are_hexadecimal_text),
        cmocka_unit_test(missing_objects_are_no_catastrophe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
