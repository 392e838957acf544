/* SPDX-License-Identifier: MIT */
/* Sets as a whole: backup into folders and tars, verify, restore; what is refused, and what is left after a failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "os/os_file.h"
#include "set_making.h"

/* ---- round trips ---- */

static void a_set_in_a_folder_restores_to_the_same_files(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *set = temp_folder_path(t, "set");
    struct making making = {0};
    assert_int_equal(make_set_folder(source, set, &making), 0);
    assert_int_equal(making.result.files, 3);
    assert_true(making.result.recoverable);
    assert_int_equal(strlen(making.result.digest), 32);
    assert_int_equal(making.found.count, 0);
    assert_false(path_exists(temp_folder_path(t, "set.partial")));
    assert_int_equal(verify_set(set, NULL), 0);
    assert_int_equal(restore_set(set, temp_folder_path(t, "restored"), false, NULL), 0);
    assert_same_files(source, temp_folder_path(t, "restored"));
}

static void a_set_in_a_tar_restores_to_the_same_files(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *tar = temp_folder_path(t, "set.tar");
    struct making making = {0};
    assert_int_equal(make_set_tar(source, tar, &making), 0);
    assert_int_equal(verify_set(tar, NULL), 0);
    assert_int_equal(restore_set(tar, temp_folder_path(t, "restored"), false, NULL), 0);
    assert_same_files(source, temp_folder_path(t, "restored"));
}

/* Members are the folder's bytes, and nothing but the manifest (which has the time in it) differs between two runs. */
static void two_tars_of_the_same_files_differ_in_the_manifest_only(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    size_t size_a, size_b;
    assert_int_equal(make_set_tar(source, temp_folder_path(t, "a.tar"), NULL), 0);
    assert_int_equal(make_set_tar(source, temp_folder_path(t, "b.tar"), NULL), 0);
    uint8_t *a = temp_file_read(temp_folder_path(t, "a.tar"), &size_a);
    uint8_t *b = temp_file_read(temp_folder_path(t, "b.tar"), &size_b);
    size_t databases = 3 * 512 + (22 * 4096) + (5 * 32768) + (7 * 16384);
    assert_int_equal(size_a, size_b);
    assert_true(size_a > databases);
    assert_memory_equal(a, b, databases);
    assert_string_equal((char *)a, "a.edb");
    assert_string_equal((char *)a + databases, MANIFEST_NAME);
    assert_memory_equal(a + 257, "ustar", 5); /* no pax extension where none is needed */
    free(a);
    free(b);
}

static void names_outside_ascii_survive_in_both_kinds_of_set(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    char *from = joined(source, "b.edb");
    char *to = joined(source, "gr\xC3\xB6\xC3\x9F"
                              "e \xF0\x9F\x98\x80.edb");
    assert_int_equal(os_path_rename_new(from, to), 0);
    free(from);
    free(to);
    assert_int_equal(make_set_tar(source, temp_folder_path(t, "set.tar"), NULL), 0);
    assert_int_equal(restore_set(temp_folder_path(t, "set.tar"), temp_folder_path(t, "r1"), false, NULL), 0);
    assert_same_files(source, temp_folder_path(t, "r1"));
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "set"), NULL), 0);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), temp_folder_path(t, "r2"), false, NULL), 0);
    assert_same_files(source, temp_folder_path(t, "r2"));
}

static void long_names_get_a_pax_extension_and_survive(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    char name[180];
    memset(name, 'n', sizeof name);
    memcpy(name + sizeof name - 5, ".edb", 5);
    char *from = joined(source, "a.edb");
    char *to = joined(source, name);
    assert_int_equal(os_path_rename_new(from, to), 0);
    free(from);
    free(to);
    assert_int_equal(make_set_tar(source, temp_folder_path(t, "set.tar"), NULL), 0);
    assert_int_equal(restore_set(temp_folder_path(t, "set.tar"), temp_folder_path(t, "r"), false, NULL), 0);
    assert_same_files(source, temp_folder_path(t, "r"));
}

/* ---- the folder as a target ---- */

static void a_name_that_is_taken_is_refused_before_anything_is_read(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    temp_folder_write(t, "file", "x", 1);
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "file"), NULL), JET_errFileAlreadyExists);
    assert_int_equal(make_set_folder(source, source, NULL), JET_errFileAlreadyExists);
    assert_int_equal(os_folder_create(temp_folder_path(t, "set.partial")), 0);
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "set"), NULL), JET_errFileAlreadyExists);
    assert_int_equal(count_files(temp_folder_path(t, "set.partial")), 0);
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "no/parent"), NULL), JET_errInvalidPath);
}

static void a_trailing_separator_names_the_same_folder(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "set/"), NULL), 0);
    assert_int_equal(verify_set(temp_folder_path(t, "set"), NULL), 0);
}

static void damage_ends_a_backup_and_leaves_nothing(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    struct making making = {0};
    char *path = joined(source, "b.edb");
    flip_bit(path, 8 * (2 * 32768 + 1000));
    flip_bit(path, 8 * (2 * 32768 + 1003) + 1);
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "set"), &making), JET_errReadVerifyFailure);
    const struct finding *finding = finding_list_first(&making.found, FINDING_PAGE_CHECKSUM);
    assert_non_null(finding);
    assert_int_equal(finding->where, 1);
    assert_true(finding->has_values && finding->expected != finding->found);
    assert_false(path_exists(temp_folder_path(t, "set")));
    assert_false(path_exists(temp_folder_path(t, "set.partial")));
    free(path);
}

static void remains_that_are_kept_say_what_they_are(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    struct making making = {.keep_partial = true};
    struct finding_list found = {0};
    char *path = joined(source, "b.edb");
    flip_bit(path, 8 * (2 * 32768 + 1000));
    flip_bit(path, 8 * (2 * 32768 + 1003) + 1);
    free(path);
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "set"), &making), JET_errReadVerifyFailure);
    assert_false(path_exists(temp_folder_path(t, "set")));
    assert_int_equal(verify_set(temp_folder_path(t, "set.partial"), &found), JET_errRestoreOfNonBackupDatabase);
    assert_int_equal(finding_list_count(&found, FINDING_SET_STATE), 1);
    assert_int_equal(restore_set(temp_folder_path(t, "set.partial"), temp_folder_path(t, "r"), true, NULL),
                     JET_errRestoreOfNonBackupDatabase);
    assert_false(path_exists(temp_folder_path(t, "r")));
}

/* ---- damage that is passed on, bits that are mended ---- */

static void with_keep_going_damage_is_recorded_and_restored_only_when_asked(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    struct making making = {.keep_going = true};
    struct finding_list found = {0};
    char *path = joined(source, "a.edb");
    for (unsigned page = 7; page <= 9; page++)
        flip_bit(path, 8 * ((page + 1) * 4096 + 1000)); /* on zero pages: no longer zero, and no checksum */
    free(path);
    assert_int_equal(make_set_tar(source, temp_folder_path(t, "set.tar"), &making), 0);
    assert_int_equal(finding_list_count_severity(&making.found, FINDING_DAMAGE), 3);
    assert_int_equal(verify_set(temp_folder_path(t, "set.tar"), &found), JET_errReadVerifyFailure);
    assert_int_equal(finding_list_count_severity(&found, FINDING_DAMAGE), 1); /* one run of three */
    assert_int_equal(restore_set(temp_folder_path(t, "set.tar"), temp_folder_path(t, "r"), false, NULL),
                     JET_errReadVerifyFailure);
    assert_false(path_exists(temp_folder_path(t, "r")));
    assert_int_equal(restore_set(temp_folder_path(t, "set.tar"), temp_folder_path(t, "r"), true, NULL), 0);
    assert_same_files(source, temp_folder_path(t, "r"));
}

/* Says of the set in `set` that it is complete, and of its damage that it was of `kind` and mended, with a right
 * seal. */
static void gloss_over(const char *set, enum finding_kind kind)
{
    struct finding_list found = {0};
    const struct finding_listener listener = finding_list_listener(&found);
    char digest[MANIFEST_DIGEST_TEXT_SIZE];
    struct manifest manifest;
    struct os_file *file;
    const char *detail;
    char *text;
    size_t size;
    assert_int_equal(set_manifest_read(set, &listener, &text), 0);
    assert_int_equal(manifest_decode(text, strlen(text), &manifest, digest, &detail), 0);
    free(text);
    manifest.state = MANIFEST_COMPLETE;
    for (size_t i = 0; i < manifest.files[0].damage_count; i++) {
        manifest.files[0].damages[i].kind = kind;
        manifest.files[0].damages[i].severity = FINDING_WARNING;
    }
    assert_int_equal(manifest_encode(&manifest, &text, &size, digest), 0);
    manifest_done(&manifest);
    char *path = joined(set, MANIFEST_NAME);
    assert_int_equal(os_file_remove(path), 0);
    assert_int_equal(os_file_open(path, OS_FILE_CREATE_NEW, &file), 0);
    assert_int_equal(os_file_write(file, 0, text, size), 0);
    os_file_close(file);
    free(path);
    free(text);
}

static void damage_is_not_excused_by_what_a_manifest_calls_it(void **state)
{
    static const enum finding_kind kinds[] = {FINDING_PAGE_CORRECTABLE, FINDING_PAGE_CHECKSUM, FINDING_PAGE_FOREIGN};
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *set = temp_folder_path(t, "set");
    struct making making = {.keep_going = true};
    char *path = joined(source, "a.edb");
    flip_bit(path, 8 * (2 * 4096 + 1000)); /* two bits of page 1: not to be mended, and the database's own */
    flip_bit(path, 8 * (2 * 4096 + 1003) + 1);
    free(path);
    assert_int_equal(make_set_folder(source, set, &making), 0);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct finding_list found = {0};
        gloss_over(set, kinds[i]);
        assert_int_equal(verify_set(set, &found), JET_errReadVerifyFailure);
        assert_int_equal(finding_list_count(&found, FINDING_PAGE_CHECKSUM), 1);
        assert_true(restore_set(set, temp_folder_path(t, "r"), true, NULL) < JET_errSuccess);
    }
}

static void a_bit_that_the_checksum_locates_is_mended_in_the_set(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    struct making making = {0};
    char *path = joined(source, "a.edb");
    const uint64_t bit = 8 * (2 * 4096 + 600) + 3;
    flip_bit(path, bit);
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "set"), &making), 0);
    const struct finding *finding = finding_list_first(&making.found, FINDING_PAGE_CORRECTABLE);
    assert_non_null(finding);
    assert_int_equal(finding->where, 1);
    assert_int_equal(finding->bit, 8 * 600 + 3);
    assert_int_equal(verify_set(temp_folder_path(t, "set"), NULL), 0);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), temp_folder_path(t, "r"), false, NULL), 0);
    flip_bit(path, bit); /* as it was */
    assert_same_files(source, temp_folder_path(t, "r"));
    free(path);
}

static void a_damaged_header_copy_is_whole_in_the_set(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    struct making making = {0};
    char *path = joined(source, "a.edb");
    flip_bit(path, 8 * 30);
    assert_int_equal(make_set_tar(source, temp_folder_path(t, "set.tar"), &making), 0);
    assert_int_equal(finding_list_count(&making.found, FINDING_HEADER_COPY), 1);
    assert_int_equal(restore_set(temp_folder_path(t, "set.tar"), temp_folder_path(t, "r"), false, NULL), 0);
    flip_bit(path, 8 * 30);
    assert_same_files(source, temp_folder_path(t, "r"));
    free(path);
}

/* ---- sets that are not what they were ---- */

/* Nothing may be left of a restore that failed. */
static void expect_refused(struct temp_folder *t, const char *set)
{
    const char *target = temp_folder_path(t, "refused");
    assert_true(verify_set(set, NULL) < JET_errSuccess);
    assert_true(restore_set(set, target, false, NULL) < JET_errSuccess);
    assert_true(restore_set(set, target, true, NULL) < JET_errSuccess);
    assert_false(path_exists(target));
}

static void a_changed_file_of_a_set_is_detected(void **state)
{
    static const char *const names[] = {"a.edb", "b.edb", "c.edb", MANIFEST_NAME};
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *set = temp_folder_path(t, "set");
    struct finding_list found = {0};
    assert_int_equal(make_set_folder(source, set, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *path = joined(set, names[i]);
        flip_bit(path, 8 * 700 + 5);
        expect_refused(t, set);
        flip_bit(path, 8 * 700 + 5);
        free(path);
    }
    char *path = joined(set, "a.edb");
    flip_bit(path, 8 * 4096 * 21);
    assert_int_equal(verify_set(set, &found), JET_errReadVerifyFailure);
    assert_int_equal(finding_list_count(&found, FINDING_DIGEST), 1);
    assert_int_equal(finding_list_count(&found, FINDING_PAGE_CHECKSUM), 1); /* page 20, not recorded */
    free(path);
}

static void a_missing_or_foreign_file_of_a_set_is_detected(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *set = temp_folder_path(t, "set");
    assert_int_equal(make_set_folder(source, set, NULL), 0);
    char *a = joined(set, "a.edb");
    char *aside = joined(set, "x.edb");
    assert_int_equal(os_path_rename_new(a, aside), 0);
    expect_refused(t, set); /* one is missing, one is foreign */
    assert_int_equal(os_file_remove(aside), 0);
    struct finding_list found = {0};
    assert_int_equal(verify_set(set, &found), JET_errMissingFileToBackup);
    assert_int_equal(finding_list_count(&found, FINDING_MEMBER), 1);
    expect_refused(t, set);
    free(a);
    free(aside);
    char *folder = joined(set, "sub");
    assert_int_equal(os_folder_create(folder), 0);
    assert_int_equal(verify_set(set, NULL), JET_errFileInvalidType);
    free(folder);
}

static void a_folder_without_a_manifest_is_no_set(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    struct finding_list found = {0};
    assert_int_equal(verify_set(source, &found), JET_errRestoreOfNonBackupDatabase);
    assert_int_equal(finding_list_count(&found, FINDING_MANIFEST), 1);
    expect_refused(t, source);
    const char *empty = temp_folder_path(t, "empty");
    assert_int_equal(os_folder_create(empty), 0);
    expect_refused(t, empty);
}

static void set_size(const char *path, uint64_t size)
{
    struct os_file *file;
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), 0);
    assert_int_equal(os_file_set_size(file, size), 0);
    os_file_close(file);
}

/* From the end to the start, at every block boundary and one byte before it, and at places in between. */
static void a_tar_that_was_cut_anywhere_is_refused(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *tar = temp_folder_path(t, "set.tar");
    struct os_path_info info;
    assert_int_equal(make_set_tar(source, tar, NULL), 0);
    assert_int_equal(os_path_stat(tar, &info), 0);
    uint64_t size = info.size_bytes;
    while (size > 0) {
        size = size % 512 == 0 ? size - 1 : size % 512 == 511 ? size - (size / 512 * 7919 % 510 + 1) : size / 512 * 512;
        set_size(tar, size);
        if (verify_set(tar, NULL) >= JET_errSuccess)
            fail_msg("a tar cut at %u passed", (unsigned)size);
        if (size % 4096 < 2)
            expect_refused(t, tar);
    }
}

static void append(const char *path, const void *bytes, size_t size)
{
    struct os_file *file;
    uint64_t end;
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), 0);
    assert_int_equal(os_file_size(file, &end), 0);
    assert_int_equal(os_file_write(file, end, bytes, size), 0);
    os_file_close(file);
}

static void what_follows_the_end_of_a_tar_must_be_zero_blocks(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    static uint8_t zeros[10240];
    const char *tar = temp_folder_path(t, "set.tar");
    struct os_path_info info;
    size_t size;
    assert_int_equal(make_set_tar(source, tar, NULL), 0);
    assert_int_equal(os_path_stat(tar, &info), 0);
    append(tar, zeros, 512 * 19); /* as tar programs that write records of 20 blocks do */
    assert_int_equal(verify_set(tar, NULL), 0);
    append(tar, "x", 1);
    expect_refused(t, tar);
    set_size(tar, info.size_bytes + 100);
    expect_refused(t, tar);
    set_size(tar, info.size_bytes);
    uint8_t *bytes = temp_file_read(tar, &size);
    append(tar, bytes, size); /* two archives in a row */
    expect_refused(t, tar);
    free(bytes);
}

static void stop_after_the_last_database(void *context, const char *name, const struct scan_result *result)
{
    (void)result;
    if (strstr(name, "c.edb"))
        os_event_set(context);
}

static void a_stop_is_seen_in_what_follows_the_end_of_a_tar(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *tar = temp_folder_path(t, "set.tar");
    struct finding_list found = {0};
    struct set_verify_options options = {.found = finding_list_listener(&found), .file = stop_after_the_last_database};
    struct set_verify_result result;
    struct set_reader *reader;
    struct os_event *stop;
    assert_int_equal(os_event_new(&stop), 0);
    assert_int_equal(make_set_tar(source, tar, NULL), 0);
    set_size(tar, 8 << 20);
    options.context = stop;
    options.stop = stop;
    assert_int_equal(set_reader_open(tar, stop, &options.found, &reader), 0);
    assert_int_equal(set_verify(reader, &options, &result), JET_errBackupAbortByServer);
    manifest_done(&result.manifest);
    set_reader_close(reader);
    os_event_free(stop);
    assert_int_equal(verify_set(tar, NULL), 0);
}

/* One flipped bit anywhere in a tar is detected, whatever it hits: headers, padding, data, the end. */
static void a_flipped_bit_in_a_tar_is_detected(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *tar = temp_folder_path(t, "set.tar");
    struct os_path_info info;
    assert_int_equal(make_set_tar(source, tar, NULL), 0);
    assert_int_equal(os_path_stat(tar, &info), 0);
    uint64_t random = 1;
    for (unsigned i = 0; i < 1000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint64_t bit = (random >> 16) % (8 * info.size_bytes);
        flip_bit(tar, bit);
        jet_err err = verify_set(tar, NULL);
        flip_bit(tar, bit);
        if (err >= JET_errSuccess)
            fail_msg("bit %u was not noticed", (unsigned)bit);
    }
    assert_int_equal(verify_set(tar, NULL), 0);
}

static void what_is_no_tar_is_refused(void **state)
{
    struct temp_folder *t = *state;
    static uint8_t zeros[10240];
    expect_refused(t, temp_folder_write(t, "empty.tar", "", 0));
    expect_refused(t, temp_folder_write(t, "zeros.tar", zeros, sizeof zeros));
    expect_refused(t, temp_folder_write(t, "text.tar", "hello, world", 12));
    expect_refused(t, temp_folder_write(t, "gzip.tar", "\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03", 10));
    assert_int_equal(verify_set(temp_folder_path(t, "nothing"), NULL), JET_errFileNotFound);
}

/* ---- the target of a restore ---- */

static void nothing_is_overwritten_by_a_restore(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *target = temp_folder_path(t, "target");
    const char *sets[] = {temp_folder_path(t, "set"), temp_folder_path(t, "set.tar")};
    size_t size;
    assert_int_equal(make_set_folder(source, sets[0], NULL), 0);
    assert_int_equal(make_set_tar(source, sets[1], NULL), 0);
    assert_int_equal(os_folder_create(target), 0);
    temp_folder_write(t, "target/c.edb", "mine", 4);
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        assert_int_equal(restore_set(sets[i], target, false, NULL), JET_errFileAlreadyExists);
        assert_int_equal(count_files(target), 1);
        char *bytes = temp_file_read(temp_folder_path(t, "target/c.edb"), &size);
        assert_int_equal(size, 4);
        assert_memory_equal(bytes, "mine", 4);
        free(bytes);
    }
    assert_int_equal(os_file_remove(temp_folder_path(t, "target/c.edb")), 0);
    temp_folder_write(t, "target/other.txt", "x", 1);
    assert_int_equal(restore_set(sets[1], target, false, NULL), 0); /* beside what is there */
    assert_int_equal(count_files(target), 4);
    assert_int_equal(restore_set(sets[0], temp_folder_path(t, "target/other.txt"), false, NULL), JET_errInvalidPath);
}

static void a_restore_that_was_killed_is_not_walked_over(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *target = temp_folder_path(t, "target");
    assert_int_equal(make_set_folder(source, temp_folder_path(t, "set"), NULL), 0);
    assert_int_equal(os_folder_create(target), 0);
    char *staging = joined(target, RESTORE_STAGING_NAME);
    assert_int_equal(os_folder_create(staging), 0);
    assert_int_equal(restore_set(temp_folder_path(t, "set"), target, false, NULL), JET_errFileAlreadyExists);
    assert_true(path_exists(staging));
    free(staging);
}

static void the_manifest_can_be_read_alone(void **state)
{
    struct temp_folder *t = *state;
    const char *source = make_source_folder(t, "source");
    const char *sets[] = {temp_folder_path(t, "set"), temp_folder_path(t, "set.tar")};
    struct finding_list found = {0};
    const struct finding_listener listener = finding_list_listener(&found);
    char *text;
    assert_int_equal(make_set_folder(source, sets[0], NULL), 0);
    assert_int_equal(make_set_tar(source, sets[1], NULL), 0);
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        assert_int_equal(set_manifest_read(sets[i], &listener, &text), 0);
        assert_non_null(strstr(text, "\"coldstream-backup-set\""));
        free(text);
    }
    assert_int_equal(set_manifest_read(source, &listener, &text), JET_errRestoreOfNonBackupDatabase);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_set_in_a_folder_restores_to_the_same_files),
        IN_FOLDER(a_set_in_a_tar_restores_to_the_same_files),
        IN_FOLDER(two_tars_of_the_same_files_differ_in_the_manifest_only),
        IN_FOLDER(names_outside_ascii_survive_in_both_kinds_of_set),
        IN_FOLDER(long_names_get_a_pax_extension_and_survive),
        IN_FOLDER(a_name_that_is_taken_is_refused_before_anything_is_read),
        IN_FOLDER(a_trailing_separator_names_the_same_folder),
        IN_FOLDER(damage_ends_a_backup_and_leaves_nothing),
        IN_FOLDER(remains_that_are_kept_say_what_they_are),
        IN_FOLDER(with_keep_going_damage_is_recorded_and_restored_only_when_asked),
        IN_FOLDER(damage_is_not_excused_by_what_a_manifest_calls_it),
        IN_FOLDER(a_bit_that_the_checksum_locates_is_mended_in_the_set),
        IN_FOLDER(a_damaged_header_copy_is_whole_in_the_set),
        IN_FOLDER(a_changed_file_of_a_set_is_detected),
        IN_FOLDER(a_missing_or_foreign_file_of_a_set_is_detected),
        IN_FOLDER(a_folder_without_a_manifest_is_no_set),
        IN_FOLDER(a_tar_that_was_cut_anywhere_is_refused),
        IN_FOLDER(what_follows_the_end_of_a_tar_must_be_zero_blocks),
        IN_FOLDER(a_stop_is_seen_in_what_follows_the_end_of_a_tar),
        IN_FOLDER(a_flipped_bit_in_a_tar_is_detected),
        IN_FOLDER(what_is_no_tar_is_refused),
        IN_FOLDER(nothing_is_overwritten_by_a_restore),
        IN_FOLDER(a_restore_that_was_killed_is_not_walked_over),
        IN_FOLDER(the_manifest_can_be_read_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
