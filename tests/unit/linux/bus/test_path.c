/* SPDX-License-Identifier: MIT */
/* test_path.c - labels as elements of object paths. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <dbus/dbus.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "bus_path.h"

static void labels_have_the_elements_of_the_specification(void **state)
{
    static const struct {
        const char *label, *element;
    } rows[] = {
        {"mail",       "mail"    },
        {"",           "_"       },
        {"2mail",      "_32mail" },
        {"mail2",      "mail2"   },
        {"a-b",        "a_2db"   },
        {"_",          "_5f"     },
        {"gr\xC3\xBC", "gr_c3_bc"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char element[BUS_ELEMENT_SIZE];
        char back[BUS_LABEL_MAX + 1];
        assert_true(bus_path_escape(rows[i].label, element));
        assert_string_equal(element, rows[i].element);
        assert_true(bus_path_unescape(element, back));
        assert_string_equal(back, rows[i].label);
    }
}

static void every_byte_makes_a_valid_path_and_comes_back(void **state)
{
    for (int byte = 1; byte < 256; byte++) {
        const char label[] = {(char)byte, 'x', (char)byte, 0};
        char element[BUS_ELEMENT_SIZE];
        char path[sizeof BUS_INSTANCE_FOLDER + BUS_ELEMENT_SIZE];
        char back[BUS_LABEL_MAX + 1];
        assert_true(bus_path_escape(label, element));
        (void)snprintf(path, sizeof path, "%s%s", BUS_INSTANCE_FOLDER, element);
        assert_true(dbus_validate_path(path, NULL));
        assert_true(bus_path_unescape(element, back));
        assert_string_equal(back, label);
    }
}

static void the_longest_label_fits_and_a_longer_one_does_not(void **state)
{
    char label[BUS_LABEL_MAX + 2];
    char element[BUS_ELEMENT_SIZE];
    char back[BUS_LABEL_MAX + 1];
    memset(label, '-', sizeof label);
    label[BUS_LABEL_MAX] = '\0';
    assert_true(bus_path_escape(label, element));
    assert_int_equal(strlen(element), 3 * BUS_LABEL_MAX);
    assert_true(bus_path_unescape(element, back));
    label[BUS_LABEL_MAX] = '-';
    label[BUS_LABEL_MAX + 1] = '\0';
    assert_false(bus_path_escape(label, element));
}

static void elements_that_no_label_has_are_refused(void **state)
{
    static const char *const elements[] = {"a_6", "a_", "_2D", "a_2d_", "a_62", "__", "a-b", "2a", "a_00b", "_g0"};
    for (size_t i = 0; i < COUNT_OF(elements); i++) {
        char label[BUS_LABEL_MAX + 1];
        assert_false(bus_path_unescape(elements[i], label));
    }
}

static void labels_are_one_to_64_bytes_of_text(void **state)
{
    char longest[BUS_LABEL_MAX + 2] = {0};
    assert_true(bus_label_is_valid("mail"));
    assert_true(bus_label_is_valid("gr\xC3\xBC\xC3\x9F"));
    assert_false(bus_label_is_valid(""));
    assert_false(bus_label_is_valid("a\nb"));
    assert_false(bus_label_is_valid("\xFF"));
    memset(longest, 'a', BUS_LABEL_MAX);
    assert_true(bus_label_is_valid(longest));
    longest[BUS_LABEL_MAX] = 'a';
    assert_false(bus_label_is_valid(longest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_have_the_elements_of_the_specification),
        cmocka_unit_test(every_byte_makes_a_valid_path_and_comes_back),
        cmocka_unit_test(the_longest_label_fits_and_a_longer_one_does_not),
        cmocka_unit_test(elements_that_no_label_has_are_refused),
        cmocka_unit_test(labels_are_one_to_64_bytes_of_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
