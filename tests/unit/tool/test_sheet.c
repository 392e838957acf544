/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tool/sheet.h"

/* What sheet.h shows as its example, and everything else that a sheet can hold. */
static void fill(struct sheet *sheet)
{
    sheet_u64(sheet, "page_size", "page size", 4096);
    sheet_text(sheet, "state", "state",
               "bad\x1b"
               "bytes\xFF");
    sheet_bool(sheet, "is_sound", "sound", true);
    sheet_hex(sheet, "dbtime", NULL, 0x193);
    sheet_note(sheet, "size", "%d MiB", 1);
    sheet_section_begin(sheet, "catalog", "Tables");
    sheet_row_begin(sheet, "tables", "Folders");
    sheet_u64(sheet, "objid", "objid", 8);
    sheet_bool(sheet, "is_system", "system", false);
    sheet_bool(sheet, "is_small", "small", true);
    sheet_row_begin(sheet, "columns", "Id");
    sheet_text(sheet, "type", "", "Long");
    sheet_row_end(sheet);
    sheet_row_begin(sheet, "columns", "Name");
    sheet_bytes(sheet, "default", "default", "\x01\xAB", 2);
    sheet_row_end(sheet);
    sheet_row_end(sheet);
    sheet_row_begin(sheet, "tables", "Empty");
    sheet_row_end(sheet);
    sheet_section_end(sheet);
    sheet_bytes(sheet, "bytes", "bytes", "0123456789abcdef0123456789abcdef0123456789abcdefxyz", 51);
}

/* Text for a person, taken from the buffer of an output that leads nowhere. */
static void person_gets_aligned_lines(void **state)
{
    static const char expected[] = "mail.edb\n"
                                   "  page size                  4096\n"
                                   "  state                      bad\\x1bbytes\xEF\xBF\xBD\n"
                                   "  sound                      yes\n"
                                   "  size                       1 MiB\n"
                                   "  Tables\n"
                                   "    Folders: objid 8, small\n"
                                   "      Id: Long\n"
                                   "      Name: default 01ab\n"
                                   "    Empty\n"
                                   "  00000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n"
                                   "  *\n"
                                   "  00030  78 79 7a                                         xyz\n";
    struct output *out = calloc(1, sizeof *out);
    struct sheet sheet;
    sheet_begin(&sheet, "mail.edb", out, NULL);
    fill(&sheet);
    assert_int_equal(out->used, sizeof expected - 1);
    assert_memory_equal(out->buffer, expected, out->used);
    free(out);
}

static void sheet_without_values_writes_nothing(void **state)
{
    struct output *out = calloc(1, sizeof *out);
    struct sheet sheet;
    sheet_begin(&sheet, "mail.edb", out, NULL);
    assert_int_equal(out->used, 0);
    assert_false(out->is_wanted);
    free(out);
}

static void program_gets_one_object(void **state)
{
    json_t *object = json_object();
    struct sheet sheet;
    sheet_begin(&sheet, "mail.edb", NULL, object);
    fill(&sheet);
    json_t *expected =
        json_loads("{\"page_size\":4096,\"state\":\"bad\\u001bbytes\\ufffd\",\"is_sound\":true,\"dbtime\":\"0x193\","
                   "\"catalog\":{\"tables\":[{\"name\":\"Folders\",\"objid\":8,\"is_system\":false,\"is_small\":true,"
                   "\"columns\":[{\"name\":\"Id\",\"type\":\"Long\"},{\"name\":\"Name\",\"default\":\"01ab\"}]},"
                   "{\"name\":\"Empty\"}]},"
                   "\"bytes\":\"30313233343536373839616263646566303132333435363738396162636465663031323334353637"
                   "383961626364656678797a\"}",
                   0, NULL);
    assert_non_null(expected);
    assert_true(json_equal(object, expected));
    json_decref(object);
    json_decref(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(person_gets_aligned_lines),
        cmocka_unit_test(sheet_without_values_writes_nothing),
        cmocka_unit_test(program_gets_one_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
