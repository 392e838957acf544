/* SPDX-License-Identifier: MIT */
/* What a path is, is decided by what is there, not by its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/checkpoint.h"
#include "format/logheader.h"
#include "jet/inspect.h"
#include "os/os_file.h"
#include "support/corpus.h"
#include "support/database_image.h"
#include "support/finding_list.h"
#include "tool/sample_log.h"

static void expect_kind(const char *path, enum inspect_kind expected)
{
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    enum inspect_kind kind = INSPECT_UNKNOWN;
    assert_int_equal(inspect_path_kind(path, &listener, &kind), JET_errSuccess);
    assert_int_equal(kind, expected);
    assert_int_equal(findings.count, 0);
}

static void databases_are_known_whatever_they_are_called(void **state)
{
    static const uint32_t page_sizes[] = {2048, 4096, 8192, 16384, 32768};
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct database_image image;
        database_image_make_bare(&image, page_sizes[i], 10);
        expect_kind(database_image_store(&image, *state, "something.log", image.size), INSPECT_DATABASE);
        database_image_done(&image);
    }
}

static void a_database_with_damaged_headers_is_still_a_database(void **state)
{
    struct database_image image;
    database_image_make_bare(&image, 4096, 10);
    image.bytes[600] ^= 1;
    expect_kind(database_image_store(&image, *state, "first", image.size), INSPECT_DATABASE);
    image.bytes[4096 + 600] ^= 1;
    expect_kind(database_image_store(&image, *state, "both", image.size), INSPECT_DATABASE);
    memset(image.bytes, 0, 4096);
    expect_kind(database_image_store(&image, *state, "first-gone", image.size), INSPECT_DATABASE);
    memset(image.bytes, 0, image.size);
    expect_kind(database_image_store(&image, *state, "gone", image.size), INSPECT_UNKNOWN);
    database_image_done(&image);
}

static void logs_and_checkpoints_are_known_also_when_damaged(void **state)
{
    static const char *const names[] = {"edb.log", "edb.chk"};
    static const enum inspect_kind kinds[] = {INSPECT_LOG, INSPECT_CHECKPOINT};
    struct sample_log_stream stream;
    struct sample_database_info info;
    assert_int_equal(sample_log_stream_make(3, 4, &stream), JET_errSuccess);
    const struct sample_database_request request = {
        .path = temp_folder_path(*state, "mail.edb"), .page_size = 4096, .seed = 1, .log = &stream};
    assert_int_equal(sample_database_write(&request, &info), JET_errSuccess);
    const struct sample_log_request logs = {.folder = temp_folder_root(*state),
                                            .stream = &stream,
                                            .page_size = 4096,
                                            .count_segments = 16,
                                            .database_path = "C:\\mail.edb",
                                            .database = &info};
    assert_int_equal(sample_log_write(&logs), JET_errSuccess);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t size;
        expect_kind(temp_folder_path(*state, names[i]), kinds[i]);
        uint8_t *bytes = temp_file_read(temp_folder_path(*state, names[i]), &size);
        for (size_t offset = 20; offset < size; offset += 4096)
            bytes[offset] ^= 1;
        expect_kind(temp_folder_write(*state, i == 0 ? "damaged-log" : "damaged-checkpoint", bytes, size), kinds[i]);
        free(bytes);
    }
    expect_kind(temp_folder_root(*state), INSPECT_FOLDER);
}

static void a_log_of_the_time_before_file_types_is_a_log(void **state)
{
    struct logheader_disk header = {
        .generation = le32_make(0x1A),
        .segment_size = le16_make(512),
        .header_segments = le16_make(8),
        .segment_count = le16_make(16),
        .version_major = le32_make(LOGHEADER_MAJOR_SECTORS),
        .version_minor = le32_make(LOGHEADER_MINOR_SECTORS),
        .update_major = le32_make(4),
    };
    logheader_seal(&header);
    expect_kind(temp_folder_write(*state, "edb0001A.log", &header, sizeof header), INSPECT_LOG);
}

static void folders_with_a_manifest_are_sets(void **state)
{
    expect_kind(temp_folder_root(*state), INSPECT_FOLDER);
    (void)temp_folder_write(*state, "coldstream-manifest.json", "{}", 2);
    expect_kind(temp_folder_root(*state), INSPECT_SET);
}

/* What a killed backup or restore leaves must not pass for a folder of databases that are all there. */
static void a_folder_that_was_not_finished_is_a_set_whatever_is_in_it(void **state)
{
    assert_int_equal(os_folder_create(temp_folder_path(*state, "set.partial")), JET_errSuccess);
    expect_kind(temp_folder_path(*state, "set.partial"), INSPECT_SET);
    expect_kind(temp_folder_path(*state, "set.partial/"), INSPECT_SET);
    assert_int_equal(os_folder_create(temp_folder_path(*state, "partial")), JET_errSuccess);
    expect_kind(temp_folder_path(*state, "partial"), INSPECT_FOLDER);
}

static void a_folder_called_like_a_manifest_makes_no_set(void **state)
{
    assert_int_equal(os_folder_create(temp_folder_path(*state, "coldstream-manifest.json")), JET_errSuccess);
    expect_kind(temp_folder_root(*state), INSPECT_FOLDER);
}

static void a_tar_is_known_by_its_magic(void **state)
{
    char block[1024] = "mail.edb";
    memcpy(block + 257, "ustar", 6);
    expect_kind(temp_folder_write(*state, "archive", block, sizeof block), INSPECT_TAR);
    expect_kind(temp_folder_write(*state, "cut", block, 511), INSPECT_UNKNOWN);
}

static void everything_else_is_unknown(void **state)
{
    uint8_t noise[70000];
    uint32_t random = 5;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
    expect_kind(temp_folder_write(*state, "empty.edb", noise, 0), INSPECT_UNKNOWN);
    expect_kind(temp_folder_write(*state, "one.edb", noise, 1), INSPECT_UNKNOWN);
    expect_kind(temp_folder_write(*state, "noise.edb", noise, sizeof noise), INSPECT_UNKNOWN);
    memset(noise, 0, sizeof noise);
    expect_kind(temp_folder_write(*state, "zero.log", noise, sizeof noise), INSPECT_UNKNOWN);
    expect_kind(temp_folder_write(*state, "zero.chk", noise, 8192), INSPECT_UNKNOWN);
}

static void what_is_not_there_is_reported(void **state)
{
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    enum inspect_kind kind;
    assert_int_equal(inspect_path_kind(temp_folder_path(*state, "nowhere"), &listener, &kind), JET_errFileNotFound);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].kind, FINDING_FILE);
    assert_int_equal(findings.list[0].severity, FINDING_ERROR);
}

static void real_databases_are_databases(void **state)
{
    for (size_t i = 0; i < corpus_count; i++) {
        char *path = corpus_path(&corpus_files[i]);
        if (path)
            expect_kind(path, INSPECT_DATABASE);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(databases_are_known_whatever_they_are_called),
        IN_FOLDER(a_database_with_damaged_headers_is_still_a_database),
        IN_FOLDER(logs_and_checkpoints_are_known_also_when_damaged),
        IN_FOLDER(a_log_of_the_time_before_file_types_is_a_log),
        IN_FOLDER(folders_with_a_manifest_are_sets),
        IN_FOLDER(a_folder_that_was_not_finished_is_a_set_whatever_is_in_it),
        IN_FOLDER(a_folder_called_like_a_manifest_makes_no_set),
        IN_FOLDER(a_tar_is_known_by_its_magic),
        IN_FOLDER(everything_else_is_unknown),
        IN_FOLDER(what_is_not_there_is_reported),
        cmocka_unit_test(real_databases_are_databases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
