/* SPDX-License-Identifier: MIT */
/* test_arguments.c - what is written into a message comes out again; options are checked against their table. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "bus_get.h"
#include "bus_put.h"

static DBusMessage *new_message(struct bus_put *put)
{
    DBusMessage *message = dbus_message_new_signal("/a", "a.b", "C");
    bus_put_init(put, message);
    return message;
}

static void put_everything(struct bus_put *put, int fd)
{
    bus_put_u32(put, 7);
    bus_put_i32(put, -801);
    bus_put_u64(put, UINT64_MAX);
    bus_put_bool(put, true);
    bus_put_text(put, "gr\xC3\xBC\xFF");
    bus_put_path(put, "/a/b");
    bus_put_name(put, "\xFFname");
    bus_put_bytes(put, NULL, 0);
    bus_put_fd(put, fd);
    bus_put_open(put, DBUS_TYPE_ARRAY, "(ayt)");
    bus_put_open(put, DBUS_TYPE_STRUCT, NULL);
    bus_put_name(put, "a.edb");
    bus_put_u64(put, 4096);
    bus_put_close(put);
    bus_put_close(put);
    bus_put_open(put, DBUS_TYPE_ARRAY, "{sv}");
    bus_put_open_entry(put, "key", "u");
    bus_put_u32(put, 9);
    bus_put_close_entry(put);
    bus_put_close(put);
}

static const char everything[] = "uitbsoayayha(ayt)a{sv}";

static void check_everything(DBusMessage *message)
{
    DBusMessageIter iter;
    assert_true(dbus_message_has_signature(message, everything));
    assert_true(dbus_message_iter_init(message, &iter));
    assert_int_equal(bus_get_u32(&iter), 7);
    assert_int_equal(bus_get_i32(&iter), -801);
    assert_true(bus_get_u64(&iter) == UINT64_MAX);
    assert_true(bus_get_bool(&iter));
    assert_string_equal(bus_get_text(&iter), "gr\xC3\xBC?");
    assert_string_equal(bus_get_text(&iter), "/a/b");
    char *name = bus_bytes_to_name(bus_get_bytes(&iter));
    assert_string_equal(name, "\xFFname");
    free(name);
    assert_int_equal(bus_get_bytes(&iter).size, 0);
    const int fd = bus_get_fd(&iter);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    DBusMessageIter rows, row;
    dbus_message_iter_recurse(&iter, &rows);
    dbus_message_iter_recurse(&rows, &row);
    assert_int_equal(bus_get_bytes(&row).size, 5);
    assert_int_equal(bus_get_u64(&row), 4096);
    (void)dbus_message_iter_next(&iter);
    uint32_t value = 0;
    const struct bus_option options[] = {
        {"key", DBUS_TYPE_UINT32, &value, 0, 0}
    };
    char text[100];
    assert_true(bus_get_options(&iter, options, 1, text, sizeof text));
    assert_int_equal(value, 9);
}

static void what_is_put_can_be_got(void **state)
{
    int ends[2];
    struct bus_put put;
    assert_int_equal(pipe(ends), 0);
    DBusMessage *message = new_message(&put);
    put_everything(&put, ends[0]);
    assert_true(bus_put_done(&put));
    check_everything(message);
    dbus_message_unref(message);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_copy_has_all_of_it(void **state)
{
    int ends[2];
    struct bus_put put, copy;
    DBusMessageIter from;
    assert_int_equal(pipe(ends), 0);
    DBusMessage *message = new_message(&put);
    put_everything(&put, ends[0]);
    DBusMessage *second = new_message(&copy);
    assert_true(dbus_message_iter_init(message, &from));
    bus_put_copy(&copy, &from);
    assert_true(bus_put_done(&copy));
    dbus_message_unref(message);
    check_everything(second);
    dbus_message_unref(second);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_wrong_object_path_is_an_error_and_no_abort(void **state)
{
    struct bus_put put;
    DBusMessage *message = new_message(&put);
    bus_put_path(&put, "no/path/");
    assert_false(bus_put_done(&put));
    dbus_message_unref(message);
}

static void an_argument_of_another_type_reads_as_nothing(void **state)
{
    struct bus_put put;
    DBusMessageIter iter;
    DBusMessage *message = new_message(&put);
    bus_put_text(&put, "text");
    assert_true(dbus_message_iter_init(message, &iter));
    assert_int_equal(bus_get_u32(&iter), 0);
    assert_int_equal(bus_get_u64(&iter), 0);
    assert_int_equal(bus_get_fd(&iter), -1);
    assert_int_equal(bus_get_bytes(&iter).size, 0);
    assert_string_equal(bus_get_text(&iter), "text");
    assert_string_equal(bus_get_text(&iter), "");
    dbus_message_unref(message);
}

static void names_of_files_have_no_zero_and_an_end(void **state)
{
    static unsigned char bytes[5000];
    memset(bytes, 'a', sizeof bytes);
    assert_null(bus_bytes_to_name((struct bus_bytes){bytes, 0}));
    assert_null(bus_bytes_to_name((struct bus_bytes){bytes, 4096}));
    char *longest = bus_bytes_to_name((struct bus_bytes){bytes, 4095});
    assert_non_null(longest);
    free(longest);
    bytes[3] = 0;
    assert_null(bus_bytes_to_name((struct bus_bytes){bytes, 10}));
}

/* The options of one test: each is "key", its type, and what follows. */
static bool read_options(void (*fill)(struct bus_put *put), char *text, size_t size)
{
    uint32_t number = 0;
    bool flag = false;
    const char *word = NULL;
    uint64_t big = 0;
    const struct bus_option options[] = {
        {"number", DBUS_TYPE_UINT32,  &number, 10, 20},
        {"flag",   DBUS_TYPE_BOOLEAN, &flag,   0,  0 },
        {"word",   DBUS_TYPE_STRING,  &word,   0,  0 },
        {"big",    DBUS_TYPE_UINT64,  &big,    0,  0 },
    };
    struct bus_put put;
    DBusMessageIter iter;
    DBusMessage *message = new_message(&put);
    bus_put_open(&put, DBUS_TYPE_ARRAY, "{sv}");
    fill(&put);
    bus_put_close(&put);
    assert_true(bus_put_done(&put));
    assert_true(dbus_message_iter_init(message, &iter));
    const bool good = bus_get_options(&iter, options, COUNT_OF(options), text, size);
    dbus_message_unref(message);
    return good;
}

static void put_number(struct bus_put *put, const char *key, uint32_t number)
{
    bus_put_open_entry(put, key, "u");
    bus_put_u32(put, number);
    bus_put_close_entry(put);
}

static void no_options(struct bus_put *put)
{
    (void)put;
}

static void lowest(struct bus_put *put)
{
    put_number(put, "number", 10);
}

static void too_low(struct bus_put *put)
{
    put_number(put, "number", 9);
}

static void too_high(struct bus_put *put)
{
    put_number(put, "number", 21);
}

static void unknown(struct bus_put *put)
{
    put_number(put, "numbers", 10);
}

static void twice(struct bus_put *put)
{
    put_number(put, "number", 10);
    put_number(put, "number", 11);
}

static void other_type(struct bus_put *put)
{
    put_number(put, "word", 1);
}

static void options_are_checked_against_the_table(void **state)
{
    static const struct {
        void (*fill)(struct bus_put *put);
        const char *fault; /* NULL: good */
    } rows[] = {
        {no_options, NULL                                },
        {lowest,     NULL                                },
        {too_low,    "option 'number' is out of range"   },
        {too_high,   "option 'number' is out of range"   },
        {unknown,    "option 'numbers' is not known here"},
        {twice,      "option 'number' is given twice"    },
        {other_type, "option 'word' has another type"    },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[100] = "";
        assert_int_equal(read_options(rows[i].fill, text, sizeof text), rows[i].fault == NULL);
        if (rows[i].fault)
            assert_string_equal(text, rows[i].fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_can_be_got),
        cmocka_unit_test(a_copy_has_all_of_it),
        cmocka_unit_test(a_wrong_object_path_is_an_error_and_no_abort),
        cmocka_unit_test(an_argument_of_another_type_reads_as_nothing),
        cmocka_unit_test(names_of_files_have_no_zero_and_an_end),
        cmocka_unit_test(options_are_checked_against_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
