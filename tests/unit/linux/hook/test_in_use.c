/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "in_use.h"
#include "support/temp_folder.h"

/* Makes the folders on the way to `path`, which begins with a slash. */
static void make_parents(const struct temp_folder *folder, const char *path)
{
    char whole[1024];
    (void)snprintf(whole, sizeof whole, "%s%s", temp_folder_root(folder), path);
    for (char *slash = whole + strlen(temp_folder_root(folder)) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(whole, 0700); /* may be there */
        *slash = '/';
    }
}

static void put(const struct temp_folder *folder, const char *path, const char *text)
{
    char whole[1024];
    make_parents(folder, path);
    (void)snprintf(whole, sizeof whole, "%s%s", temp_folder_root(folder), path);
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void test_nothing_is_not_in_use(void **state)
{
    const struct temp_folder *folder = *state;
    assert_false(coldstream_is_in_use(temp_folder_root(folder)));
}

static void test_a_package_that_lies_around_is_not_in_use(void **state)
{
    const struct temp_folder *folder = *state;
    put(folder, "/etc/coldstream/coldstream.conf",
        "# instance: { label = \"mail\"; };\nservice: { log_level = \"info\"; };\ninstance_limit = 3;\n");
    put(folder, "/etc/coldstream/instances.d/README", "nothing\n");
    put(folder, "/lib/systemd/system/coldstreamd.service", "[Unit]\n");
    put(folder, "/etc/systemd/system/multi-user.target.wants/other.service", "[Unit]\n");
    assert_false(coldstream_is_in_use(temp_folder_root(folder)));
}

static void test_a_file_of_an_instance_is_use(void **state)
{
    const struct temp_folder *folder = *state;
    put(folder, "/etc/coldstream/instances.d/mail.conf", "label = \"mail\";\n");
    assert_true(coldstream_is_in_use(temp_folder_root(folder)));
}

static void test_an_instance_in_the_main_file_is_use(void **state)
{
    const struct temp_folder *folder = *state;
    static const char *const texts[] = {
        "service: {};\n  instance: { label = \"mail\"; };\n",
        "instance = { label = \"mail\"; };\n",
        "instance\n: {};\n",
        "instances = ( { label = \"mail\"; } );\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put(folder, "/etc/coldstream/coldstream.conf", texts[i]);
        assert_true(coldstream_is_in_use(temp_folder_root(folder)));
    }
}

static void test_an_enabled_unit_is_use(void **state)
{
    const struct temp_folder *folder = *state;
    char link_path[1024];
    make_parents(folder, "/etc/systemd/system/multi-user.target.wants/coldstreamd.service");
    (void)snprintf(link_path, sizeof link_path, "%s/etc/systemd/system/multi-user.target.wants/coldstreamd.service",
                   temp_folder_root(folder));
    /* Where it points to does not matter, not even whether that is there. */
    assert_int_equal(symlink("/lib/systemd/system/coldstreamd.service", link_path), 0);
    assert_true(coldstream_is_in_use(temp_folder_root(folder)));
}

static void test_what_cannot_be_looked_at_is_use(void **state)
{
    const struct temp_folder *folder = *state;
    put(folder, "/etc/coldstream", "a file, where a folder should be\n");
    assert_false(coldstream_is_in_use(temp_folder_root(folder))); /* surely nothing below it */
    char endless[5000];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_true(coldstream_is_in_use(endless));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_not_in_use, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(test_a_package_that_lies_around_is_not_in_use, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(test_a_file_of_an_instance_is_use, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(test_an_instance_in_the_main_file_is_use, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(test_an_enabled_unit_is_use, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_looked_at_is_use, temp_folder_setup, temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
