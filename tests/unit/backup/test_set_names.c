/* SPDX-License-Identifier: MIT */
/* Names of members: those that other programs write into a tar, and those that messages say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "os/os_file.h"
#include "set_making.h"

enum { BLOCK = 512, SIZE_AT = 124, CHECKSUM_AT = 148, TYPE_AT = 156 };

static void seal(uint8_t *header)
{
    unsigned sum = 0;
    memset(header + CHECKSUM_AT, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += header[i];
    (void)snprintf((char *)header + CHECKSUM_AT, 8, "%06o", sum);
}

/* Puts `prefix` before the name of every member. */
static void prefix_names(uint8_t *tar, size_t size, const char *prefix)
{
    for (size_t at = 0; at + BLOCK <= size && tar[at] != 0;) {
        char *name = (char *)tar + at;
        char old[100];
        (void)snprintf(old, sizeof old, "%s", name);
        (void)snprintf(name, 100, "%s%s", prefix, old);
        seal(tar + at);
        size_t data = strtoul((char *)tar + at + SIZE_AT, NULL, 8);
        at += BLOCK + (data + BLOCK - 1) / BLOCK * BLOCK;
    }
}

/* A member that is a folder, of the owner and time of another member. */
static void make_folder_header(uint8_t *header, const uint8_t *model, const char *name)
{
    memcpy(header, model, BLOCK);
    memset(header, 0, 100);
    memcpy(header, name, strlen(name));
    memcpy(header + SIZE_AT, "00000000000", 11);
    header[TYPE_AT] = '5';
    seal(header);
}

/* A tar as of `source`, but with prefixed names, and with `folder` as its first member; in place of the one before. */
static const char *make_packed_tar(struct temp_folder *t, const char *source, const char *folder, const char *prefix)
{
    const char *made = temp_folder_path(t, "made.tar");
    size_t size;
    assert_int_equal(make_set_tar(source, made, NULL), 0);
    uint8_t *bytes = temp_file_read(made, &size);
    uint8_t *packed = malloc(size + BLOCK);
    assert_non_null(packed);
    make_folder_header(packed, bytes, folder);
    memcpy(packed + BLOCK, bytes, size);
    prefix_names(packed + BLOCK, size, prefix);
    if (path_exists(temp_folder_path(t, "packed.tar")))
        assert_int_equal(os_file_remove(temp_folder_path(t, "packed.tar")), 0);
    const char *path = temp_folder_write(t, "packed.tar", packed, size + BLOCK);
    free(packed);
    free(bytes);
    assert_int_equal(os_file_remove(made), 0);
    return path;
}

static void a_set_packed_as_dot_by_another_program_is_a_set(void **state)
{
    static const char *const folders[] = {".", "./"};
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    for (size_t i = 0; i < 2; i++) {
        const char *tar = make_packed_tar(t, source, folders[i], "./");
        const char *target = temp_folder_path(t, i == 0 ? "r0" : "r1");
        assert_int_equal(verify_set(tar, NULL), 0);
        assert_int_equal(restore_set(tar, target, false, NULL), 0);
        assert_same_files(source, target);
    }
}

static void other_folders_and_other_prefixes_are_refused(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    assert_int_equal(verify_set(make_packed_tar(t, source, "sub/", ""), NULL), JET_errFileInvalidType);
    assert_int_equal(verify_set(make_packed_tar(t, source, "..", ""), NULL), JET_errFileInvalidType);
    assert_int_equal(verify_set(make_packed_tar(t, source, "./", "././"), NULL), JET_errFileInvalidType);
    assert_int_equal(verify_set(make_packed_tar(t, source, "./", "../"), NULL), JET_errFileInvalidType);
    assert_int_equal(verify_set(make_packed_tar(t, source, "./", "/"), NULL), JET_errFileInvalidType);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_set_packed_as_dot_by_another_program_is_a_set),
        IN_FOLDER(other_folders_and_other_prefixes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
