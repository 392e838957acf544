/* SPDX-License-Identifier: MIT */
/* The logs of a folder: which belong together, in which order, and what is said of those that do not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "log/log_set.h"
#include "log_image.h"
#include "os/os_file.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"
#include "tool/sample_log.h"

enum {
    OURS = 1, /* signature of the stream */
    FOREIGN = 2,
};

static void put_log(struct temp_folder *folder, const char *name, lgen_t generation, uint32_t random)
{
    struct log_image image;
    log_image_make(&image, generation, random, 3);
    (void)log_image_store(&image, folder, name);
}

/* Closed logs 5 to 7 and the current one, 8. */
static void put_stream(struct temp_folder *folder)
{
    put_log(folder, "edb00006.log", 6, OURS);
    put_log(folder, "edb.log", 8, OURS);
    put_log(folder, "edb00005.log", 5, OURS);
    put_log(folder, "edb00000007.log", 7, OURS);
}

static struct log_set read_set(struct temp_folder *folder, const char *base_name, struct finding_list *findings)
{
    struct log_set set = {0};
    struct finding_listener listener = finding_list_listener(findings);
    *findings = (struct finding_list){0};
    assert_int_equal(log_set_read(temp_folder_root(folder), base_name, &listener, &set), JET_errSuccess);
    return set;
}

/* The system refuses to say what this name is; NULL: none. */
static const char *refused_name;

jet_err __real_os_path_stat(const char *path, struct os_path_info *ret_info);
jet_err __wrap_os_path_stat(const char *path, struct os_path_info *ret_info);

jet_err __wrap_os_path_stat(const char *path, struct os_path_info *ret_info)
{
    if (refused_name && strcmp(os_path_name(path), refused_name) == 0)
        return JET_errFileAccessDenied;
    return __real_os_path_stat(path, ret_info);
}

static void an_empty_folder_gives_an_empty_set(void **state)
{
    struct finding_list findings;
    struct log_set set = read_set(*state, NULL, &findings);
    assert_int_equal(set.count, 0);
    assert_string_equal(set.base_name, "");
    assert_null(set.checkpoint_name);
    assert_int_equal(findings.count, 0);
    assert_int_equal(log_set_first_missing(&set, 1, 1), 1);
    log_set_done(&set);
}

static void a_stream_comes_in_order_of_generation(void **state)
{
    struct finding_list findings;
    put_stream(*state);
    (void)temp_folder_write(*state, "edb.chk", "checkpoint", 10);
    struct log_set set = read_set(*state, NULL, &findings);
    assert_int_equal(findings.count, 0);
    assert_string_equal(set.base_name, "edb");
    assert_int_equal(set.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(set.files[i].generation, 5 + i);
        assert_int_equal(set.files[i].is_current, i == 3);
        assert_int_equal(set.files[i].size_bytes, LOG_IMAGE_SEGMENTS * LOGSEGMENT_SIZE);
    }
    assert_string_equal(set.files[2].name, "edb00000007.log");
    assert_true(set.contiguous);
    assert_string_equal(set.checkpoint_name, "edb.chk");
    assert_int_equal(set.checkpoint_size, 10);
    assert_int_equal(le32_get(set.signature.random), OURS);
    assert_int_equal(log_set_first_missing(&set, 5, 8), 0);
    assert_int_equal(log_set_first_missing(&set, 6, 6), 0);
    assert_int_equal(log_set_first_missing(&set, 4, 8), 4);
    assert_int_equal(log_set_first_missing(&set, 5, 9), 9);
    log_set_done(&set);
}

static void the_logs_of_a_sample_database_are_a_sound_set(void **state)
{
    struct sample_log_stream stream;
    struct sample_database_info info;
    struct finding_list findings;
    const char *path = temp_folder_path(*state, "mail.edb");
    assert_int_equal(sample_log_stream_make(17, 20, &stream), JET_errSuccess);
    const struct sample_database_request request = {.path = path, .page_size = 4096, .seed = 1, .log = &stream};
    assert_int_equal(sample_database_write(&request, &info), JET_errSuccess);
    const struct sample_log_request logs = {.folder = temp_folder_root(*state),
                                            .stream = &stream,
                                            .page_size = 4096,
                                            .count_segments = 32,
                                            .database_path = "C:\\mail.edb",
                                            .database = &info};
    assert_int_equal(sample_log_write(&logs), JET_errSuccess);
    struct log_set set = read_set(*state, NULL, &findings);
    assert_int_equal(findings.count, 0);
    assert_true(set.contiguous);
    assert_int_equal(log_set_first_missing(&set, 17, 20), 0);
    assert_non_null(set.checkpoint_name);
    assert_true(signature_equal(&set.signature, &stream.signature));
    log_set_done(&set);
}

static void what_only_looks_alike_is_left_out(void **state)
{
    static const char *const others[] = {"edbtmp.log", "edbres00001.jrs", "edb0000G.log", "edb00005.log.bak",
                                         "edb5.log",   "mail.edb",        "edb"};
    struct finding_list findings;
    put_stream(*state);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        put_log(*state, others[i], 99, FOREIGN);
    assert_int_equal(os_folder_create(temp_folder_path(*state, "edb00009.log")), JET_errSuccess);
    assert_int_equal(os_folder_create(temp_folder_path(*state, "edb.chk")), JET_errSuccess);
    struct log_set set = read_set(*state, NULL, &findings);
    assert_int_equal(findings.count, 0);
    assert_int_equal(set.count, 4);
    assert_null(set.checkpoint_name);
    log_set_done(&set);
}

static void names_in_capitals_are_names(void **state)
{
    struct finding_list findings;
    put_log(*state, "EDB00005.LOG", 5, OURS);
    put_log(*state, "Edb.Log", 6, OURS);
    struct log_set set = read_set(*state, "edb", &findings);
    assert_int_equal(findings.count, 0);
    assert_int_equal(set.count, 2);
    assert_true(set.files[1].is_current);
    log_set_done(&set);
}

static void the_base_name_with_a_current_log_is_preferred(void **state)
{
    struct finding_list findings;
    put_log(*state, "aaa00005.log", 5, FOREIGN);
    put_log(*state, "bbb00007.log", 7, OURS);
    put_log(*state, "bbb.log", 8, OURS);
    struct log_set set = read_set(*state, NULL, &findings);
    assert_string_equal(set.base_name, "bbb");
    assert_int_equal(set.count, 2);
    log_set_done(&set);

    set = read_set(*state, "aaa", &findings);
    assert_string_equal(set.base_name, "aaa");
    assert_int_equal(set.count, 1);
    log_set_done(&set);

    set = read_set(*state, "zzz", &findings);
    assert_int_equal(set.count, 0);
    log_set_done(&set);
}

static void a_gap_is_a_warning(void **state)
{
    struct finding_list findings;
    put_stream(*state);
    temp_tree_remove(temp_folder_path(*state, "edb00006.log"));
    struct log_set set = read_set(*state, NULL, &findings);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].kind, FINDING_LOG_SEQUENCE);
    assert_int_equal(findings.list[0].severity, FINDING_WARNING);
    assert_int_equal(findings.list[0].err, JET_errMissingLogFile);
    assert_false(set.contiguous);
    assert_int_equal(log_set_first_missing(&set, 5, 8), 6);
    assert_int_equal(log_set_first_missing(&set, 7, 8), 0);
    log_set_done(&set);
}

static void expect_damage(struct temp_folder *folder, jet_err err, enum finding_kind kind, size_t count)
{
    struct finding_list findings;
    struct log_set set = read_set(folder, NULL, &findings);
    size_t found = 0;
    for (size_t i = 0; i < findings.count; i++)
        found +=
            findings.list[i].kind == kind && findings.list[i].severity == FINDING_DAMAGE && findings.list[i].err == err;
    assert_int_equal(found, 1);
    assert_int_equal(set.count, count); /* part of the set all the same */
    log_set_done(&set);
}

static void a_foreign_signature_is_damage(void **state)
{
    put_stream(*state);
    temp_tree_remove(temp_folder_path(*state, "edb00006.log"));
    put_log(*state, "edb00006.log", 6, FOREIGN);
    expect_damage(*state, JET_errBadLogSignature, FINDING_LOG_SEQUENCE, 4);
}

static void a_log_that_cannot_be_replayed_at_its_place_is_a_misfit(void **state)
{
    struct finding_list findings;
    struct log_image image;
    put_stream(*state);
    temp_tree_remove(temp_folder_path(*state, "edb00006.log"));
    put_log(*state, "edb00006.log", 6, FOREIGN);
    struct log_set set = read_set(*state, NULL, &findings);
    assert_int_equal(log_set_first_missing(&set, 5, 8), 0);
    assert_int_equal(log_set_first_misfit(&set, 5, 8), 6);
    assert_int_equal(log_set_first_misfit(&set, 7, 8), 0); /* 7 does not follow the stranger, but is ours */
    log_set_done(&set);

    temp_tree_remove(temp_folder_path(*state, "edb00006.log"));
    temp_tree_remove(temp_folder_path(*state, "edb00000007.log"));
    put_log(*state, "edb00006.log", 6, OURS);
    log_image_make(&image, 7, OURS, 3);
    log_image_header(&image)->prev_created.minute = 17;
    logheader_seal(log_image_header(&image));
    (void)log_image_store(&image, *state, "edb00000007.log");
    set = read_set(*state, NULL, &findings);
    assert_int_equal(log_set_first_misfit(&set, 6, 8), 7);
    assert_int_equal(log_set_first_misfit(&set, 7, 8), 0); /* what comes before is not needed */
    log_set_done(&set);
}

static void a_generation_that_does_not_fit_the_name_is_damage(void **state)
{
    put_stream(*state);
    put_log(*state, "edb00004.log", 9, OURS);
    expect_damage(*state, JET_errLogGenerationMismatch, FINDING_LOG_SEQUENCE, 5);
}

static void a_bad_header_is_damage_and_the_name_tells_the_generation(void **state)
{
    struct log_image image;
    struct finding_list findings;
    put_stream(*state);
    temp_tree_remove(temp_folder_path(*state, "edb00006.log"));
    log_image_make(&image, 6, OURS, 3);
    image.bytes[20] ^= 1;
    (void)log_image_store(&image, *state, "edb00006.log");
    struct log_set set = read_set(*state, NULL, &findings);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].kind, FINDING_HEADER);
    assert_int_equal(findings.list[0].severity, FINDING_DAMAGE);
    assert_true(set.contiguous);
    assert_int_equal(set.files[1].generation, 6);
    log_set_done(&set);
}

static void a_current_log_with_a_bad_header_is_still_the_last(void **state)
{
    struct log_image image;
    put_log(*state, "edb00005.log", 5, OURS);
    log_image_make(&image, 6, OURS, 3);
    image.bytes[20] ^= 1;
    (void)log_image_store(&image, *state, "edb.log");
    expect_damage(*state, JET_errLogFileCorrupt, FINDING_HEADER, 2);
}

static void a_cut_log_is_damage(void **state)
{
    struct log_image image;
    put_stream(*state);
    temp_tree_remove(temp_folder_path(*state, "edb00006.log"));
    log_image_make(&image, 6, OURS, 3);
    (void)temp_folder_write(*state, "edb00006.log", image.bytes, sizeof image.bytes - 4096);
    expect_damage(*state, JET_errLogFileSizeMismatch, FINDING_FILE_SIZE, 4);
}

static void a_log_that_names_another_before_it_is_damage(void **state)
{
    struct log_image image;
    put_stream(*state);
    temp_tree_remove(temp_folder_path(*state, "edb00006.log"));
    log_image_make(&image, 6, OURS, 3);
    log_image_header(&image)->prev_created.minute = 17;
    logheader_seal(log_image_header(&image));
    (void)log_image_store(&image, *state, "edb00006.log");
    expect_damage(*state, JET_errInvalidLogSequence, FINDING_LOG_SEQUENCE, 4);
}

static void the_same_generation_twice_is_damage(void **state)
{
    put_stream(*state);
    put_log(*state, "edb00007.log", 7, OURS); /* and edb00000007.log */
    expect_damage(*state, JET_errInvalidLogSequence, FINDING_LOG_SEQUENCE, 5);
}

static void closed_logs_above_the_current_one_are_damage(void **state)
{
    put_stream(*state);
    put_log(*state, "edb00009.log", 9, OURS);
    expect_damage(*state, JET_errInvalidLogSequence, FINDING_LOG_SEQUENCE, 5);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    struct log_set set = {0};
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    assert_int_equal(log_set_read(temp_folder_path(*state, "nowhere"), NULL, &listener, &set), JET_errFileNotFound);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].severity, FINDING_ERROR);
    log_set_done(&set);
}

static void a_log_that_the_system_says_nothing_about_is_not_left_out(void **state)
{
    static const char *const names[] = {"edb00006.log", "edb.log", "edb.chk"};
    put_stream(*state);
    (void)temp_folder_write(*state, "edb.chk", "checkpoint", 10);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct finding_list findings;
        refused_name = names[i];
        struct log_set set = read_set(*state, NULL, &findings);
        refused_name = NULL;
        assert_int_equal(set.count, 4);
        assert_true(set.contiguous);
        assert_string_equal(set.checkpoint_name, "edb.chk");
        log_set_done(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(an_empty_folder_gives_an_empty_set),
        IN_FOLDER(a_stream_comes_in_order_of_generation),
        IN_FOLDER(the_logs_of_a_sample_database_are_a_sound_set),
        IN_FOLDER(what_only_looks_alike_is_left_out),
        IN_FOLDER(names_in_capitals_are_names),
        IN_FOLDER(the_base_name_with_a_current_log_is_preferred),
        IN_FOLDER(a_gap_is_a_warning),
        IN_FOLDER(a_foreign_signature_is_damage),
        IN_FOLDER(a_log_that_cannot_be_replayed_at_its_place_is_a_misfit),
        IN_FOLDER(a_generation_that_does_not_fit_the_name_is_damage),
        IN_FOLDER(a_bad_header_is_damage_and_the_name_tells_the_generation),
        IN_FOLDER(a_current_log_with_a_bad_header_is_still_the_last),
        IN_FOLDER(a_cut_log_is_damage),
        IN_FOLDER(a_log_that_names_another_before_it_is_damage),
        IN_FOLDER(the_same_generation_twice_is_damage),
        IN_FOLDER(closed_logs_above_the_current_one_are_damage),
        IN_FOLDER(a_folder_that_is_not_there_is_an_error),
        IN_FOLDER(a_log_that_the_system_says_nothing_about_is_not_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
