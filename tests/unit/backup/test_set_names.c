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

/* ---- what messages say ---- */

struct heard {
    char text[512]; /* the last finding that is an error or damage */
};

static void hear(void *context, const struct finding *finding)
{
    struct heard *heard = context;
    if (finding->severity >= FINDING_DAMAGE)
        (void)finding_describe(finding, heard->text, sizeof heard->text);
}

/* Verifies the set, or restores it into `folder`: what is wrong with it is said of `name`. */
static void expect_named(const char *set, const char *folder, const char *name)
{
    struct heard heard = {""};
    const struct set_verify_options options = {
        .found = {hear, &heard}
    };
    struct set_reader *reader;
    struct set_verify_result result;
    assert_int_equal(set_reader_open(set, NULL, &options.found, &reader), 0);
    jet_err err = folder ? set_restore(reader, folder, &options, &result) : set_verify(reader, &options, &result);
    assert_true(err < JET_errSuccess);
    manifest_done(&result.manifest);
    set_reader_close(reader);
    if (strncmp(heard.text, name, strlen(name)) != 0 || strncmp(heard.text + strlen(name), ": ", 2) != 0)
        fail_msg("\"%s\" is not said of \"%s\"", heard.text, name);
}

static void expect_member_named(const char *tar, const char *folder, const char *member)
{
    char name[512];
    (void)snprintf(name, sizeof name, "%s: %s", tar, member);
    expect_named(tar, folder, name);
}

static void flip_bit_of_manifest(const char *tar)
{
    size_t size;
    uint8_t *bytes = temp_file_read(tar, &size);
    size_t at = 0;
    while (at + BLOCK < size && !strstr((char *)bytes + at, MANIFEST_NAME))
        at += BLOCK;
    free(bytes);
    assert_true(at + BLOCK < size);
    flip_bit(tar, 8 * (at + BLOCK + 100));
}

static void a_member_of_a_tar_is_named_with_the_archive(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *target = temp_folder_path(t, "r");
    const char *tar = make_packed_tar(t, source, "sub/", "");
    expect_member_named(tar, NULL, "sub/");
    expect_member_named(tar, target, "sub/");
    tar = make_packed_tar(t, source, "./", "../../");
    expect_member_named(tar, NULL, "../../a.edb");
    tar = make_packed_tar(t, source, "./", "./");
    flip_bit_of_manifest(tar);
    expect_member_named(tar, NULL, MANIFEST_NAME);
    expect_member_named(tar, target, MANIFEST_NAME);
}

static void a_member_of_a_folder_is_named_by_its_path(void **state)
{
    struct temp_folder *t = *state;
    const char *set = temp_folder_path(t, "set");
    assert_int_equal(make_set_folder(make_source_folder(t, "source"), set, NULL), 0);
    char *member = joined(set, "b.edb");
    flip_bit(member, 8 * 70000);
    expect_named(set, NULL, member);
    free(member);
    char *manifest = joined(set, MANIFEST_NAME);
    flip_bit(manifest, 800);
    expect_named(set, NULL, manifest);
    free(manifest);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_set_packed_as_dot_by_another_program_is_a_set),
        IN_FOLDER(other_folders_and_other_prefixes_are_refused),
        IN_FOLDER(a_member_of_a_tar_is_named_with_the_archive),
        IN_FOLDER(a_member_of_a_folder_is_named_by_its_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
