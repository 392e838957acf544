/* SPDX-License-Identifier: MIT */
/* test_marker.c - the freeze marker: written, read, removed; nonsense is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "marker.h"
#include "support/temp_folder.h"

static void what_is_written_is_read(void **state)
{
    const char *path = temp_folder_path(*state, "frozen");
    const struct marker written = {3, 5, UINT64_C(123456789012)};
    struct marker marker;
    assert_false(marker_read(path, &marker));
    marker_write(path, &written);
    assert_true(marker_read(path, &marker));
    assert_int_equal(marker.first, 3);
    assert_int_equal(marker.last, 5);
    assert_true(marker.until_us == written.until_us);
    marker_remove(path);
    assert_false(marker_read(path, &marker));
    marker_write(NULL, &written);
    marker_remove(NULL);
    assert_false(marker_read(NULL, &marker));
}

static void nonsense_is_no_marker(void **state)
{
    static const char *const texts[] = {"", "x", "1 2", "5 3 100", "1 4000000000 100", "1 x 3"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char name[20];
        struct marker marker;
        (void)snprintf(name, sizeof name, "%u", (unsigned)i);
        assert_false(marker_read(temp_folder_write(*state, name, texts[i], strlen(texts[i])), &marker));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(nonsense_is_no_marker, temp_folder_setup, temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
