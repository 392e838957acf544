/* SPDX-License-Identifier: MIT */
/* The order in which a set and restored files become durable. A crash cannot be made here, but what survives it follows
 * from this order: bytes before their name, names before the name of their folder. The linker sends the calls here
 * (--wrap). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "os/os_file.h"
#include "set_making.h"

static char steps[1024]; /* "file", "folder NAME", "rename NAME", each with a semicolon behind it */

static void note(const char *what, const char *path)
{
    size_t used = strlen(steps);
    (void)snprintf(steps + used, sizeof steps - used, "%s%s%s;", what, path ? " " : "", path ? os_path_name(path) : "");
}

jet_err __real_os_file_flush(struct os_file *file);
jet_err __wrap_os_file_flush(struct os_file *file);
jet_err __wrap_os_file_flush(struct os_file *file)
{
    note("file", NULL);
    return __real_os_file_flush(file);
}

jet_err __real_os_folder_flush(const char *path);
jet_err __wrap_os_folder_flush(const char *path);
jet_err __wrap_os_folder_flush(const char *path)
{
    note("folder", path);
    return __real_os_folder_flush(path);
}

jet_err __real_os_path_rename_new(const char *from, const char *to);
jet_err __wrap_os_path_rename_new(const char *from, const char *to);
jet_err __wrap_os_path_rename_new(const char *from, const char *to)
{
    note("rename", to);
    return __real_os_path_rename_new(from, to);
}

/* "above" stands in for the nameless temporary folder. */
static void make_above(struct temp_folder *t)
{
    assert_int_equal(os_folder_create(temp_folder_path(t, "above")), 0);
    steps[0] = '\0';
}

static void a_set_has_its_name_when_all_is_durable_and_then_the_name_is_made_so(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    make_above(t);
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "above/set"), NULL), 0);
    assert_string_equal(steps, "file;file;file;file;folder set.partial;rename set;folder above;");
}

static void restored_files_have_their_names_when_all_are_durable_and_so_has_a_new_folder(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "set"), NULL), 0);
    make_above(t);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), temp_folder_path(t, "above/new"), false, NULL), 0);
    assert_string_equal(steps, "file;file;file;folder coldstream-restore.partial;"
                               "rename a.edb;rename b.edb;rename c.edb;folder new;folder above;");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_set_has_its_name_when_all_is_durable_and_then_the_name_is_made_so),
        IN_FOLDER(restored_files_have_their_names_when_all_are_durable_and_so_has_a_new_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
