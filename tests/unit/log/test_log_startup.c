/* SPDX-License-Identifier: MIT */
/* What is decided about a log stream as it lies on disk: whether and where recovery starts, and what stops it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "format/checkpoint.h"
#include "format/logheader.h"
#include "log_records.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

enum { CHECKPOINT_GENERATION = 2 };

static uint64_t start_of(lgen_t generation)
{
    return lgpos_pack((struct lgpos){.generation = generation, .isec = 1});
}

/* Three closed logs and a current one; the checkpoint stands in generation 2. */
static struct log_config make_stream(struct temp_folder *folder)
{
    const struct log_config config = log_records_config(temp_folder_root(folder));
    const struct log_append behind = {.flags = LOG_APPEND_NEW_GENERATION};
    const struct log_checkpoint checkpoint = {.checkpoint = start_of(CHECKPOINT_GENERATION), .has_attachments = true};
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    uint64_t end;
    for (uint32_t number = 2; number < 5; number++)
        assert_int_equal(log_records_append(stream, number, &behind, NULL), JET_errSuccess);
    assert_int_equal(log_records_append(stream, 5, NULL, &end), JET_errSuccess);
    assert_int_equal(log_flush_to(stream, end), JET_errSuccess);
    assert_int_equal(log_checkpoint_write(stream, &checkpoint), JET_errSuccess);
    log_stream_close(stream);
    return config;
}

static void lose(struct temp_folder *folder, const char *name)
{
    const jet_err err = os_file_remove(temp_folder_path(folder, name));
    assert_true(err == JET_errSuccess || err == JET_errFileNotFound);
}

static void expect_error(const struct log_config *config, unsigned flags, jet_err expected)
{
    struct log_startup startup;
    assert_int_equal(log_startup_look(config, flags, NULL, &startup), expected);
}

static struct log_startup expect_start(const struct log_config *config, unsigned flags, uint64_t start,
                                       jet_err checkpoint_err)
{
    struct log_startup startup;
    assert_int_equal(log_startup_look(config, flags, NULL, &startup), JET_errSuccess);
    assert_int_equal(startup.kind, LOG_STARTUP_RECOVER);
    assert_true(startup.start == start);
    assert_int_equal(startup.checkpoint_err, checkpoint_err);
    return startup;
}

/* Rewrites a file after `change` was made to its bytes. */
static void change_file(struct temp_folder *folder, const char *name, void (*change)(uint8_t *bytes))
{
    size_t size;
    struct os_file *file;
    const char *path = temp_folder_path(folder, name);
    uint8_t *bytes = temp_file_read(path, &size);
    change(bytes);
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, 0, bytes, size), JET_errSuccess);
    os_file_close(file);
    free(bytes);
}

/* ---- where ---- */

static void redo_starts_at_the_checkpoint(void **state)
{
    const struct log_config config = make_stream(*state);
    const struct log_startup startup = expect_start(&config, 0, start_of(CHECKPOINT_GENERATION), JET_errSuccess);
    assert_int_equal(startup.resume.generation, 4);
    assert_int_equal(startup.resume.oldest, 1);
    assert_true(startup.resume.has_current);
    assert_int_equal(startup.segments, LOG_SEGMENTS_MIN);
}

static void without_a_checkpoint_it_starts_at_the_oldest_log(void **state)
{
    const struct log_config config = make_stream(*state);
    lose(*state, "edb.chk");
    (void)expect_start(&config, 0, start_of(1), JET_errCheckpointFileNotFound);
    lose(*state, "edb00001.log");
    (void)expect_start(&config, 0, start_of(2), JET_errCheckpointFileNotFound);
}

static void damage_first(uint8_t *bytes)
{
    bytes[100] ^= 1;
}

static void damage_both(uint8_t *bytes)
{
    bytes[100] ^= 1;
    bytes[CHECKPOINT_COPY_SIZE + 200] ^= 1;
}

static void set_foreign(uint8_t *bytes)
{
    struct checkpoint_disk *copies = (void *)bytes;
    for (unsigned i = 0; i < 2; i++) {
        copies[i].signature.random = le32_make(le32_get(copies[i].signature.random) + 1);
        checkpoint_seal(&copies[i]);
    }
}

static void set_filetype(uint8_t *bytes)
{
    struct checkpoint_disk *copies = (void *)bytes;
    for (unsigned i = 0; i < 2; i++) {
        copies[i].filetype = le32_make(3);
        checkpoint_seal(&copies[i]);
    }
}

static void a_checkpoint_that_cannot_be_used_stops_nothing(void **state)
{
    const struct log_config config = make_stream(*state);
    change_file(*state, "edb.chk", damage_first);
    (void)expect_start(&config, 0, start_of(CHECKPOINT_GENERATION), JET_errSuccess);
    change_file(*state, "edb.chk", damage_first);
    change_file(*state, "edb.chk", set_foreign);
    (void)expect_start(&config, 0, start_of(1), JET_errBadCheckpointSignature);
    change_file(*state, "edb.chk", set_filetype);
    (void)expect_start(&config, 0, start_of(1), JET_errFileInvalidType);
    change_file(*state, "edb.chk", damage_both);
    (void)expect_start(&config, 0, start_of(1), JET_errCheckpointCorrupt);
}

static void forget_list(uint8_t *bytes)
{
    struct checkpoint_disk *copies = (void *)bytes;
    for (unsigned i = 0; i < 2; i++) {
        copies[i].flags = 0;
        copies[i].checkpoint = lgpos_make((struct lgpos){.generation = 3, .isec = 1, .ib = 50});
        checkpoint_seal(&copies[i]);
    }
}

static void without_a_list_it_starts_with_the_header_of_the_generation(void **state)
{
    const struct log_config config = make_stream(*state);
    change_file(*state, "edb.chk", forget_list);
    (void)expect_start(&config, 0, start_of(3), JET_errSuccess);
    lose(*state, "edb00003.log");
    expect_error(&config, 0, JET_errMissingLogFile);
}

/* ---- the end ---- */

static void closed_logs_alone_are_an_error(void **state)
{
    const struct log_config config = make_stream(*state);
    lose(*state, "edb.log");
    lose(*state, "edbtmp.log");
    expect_error(&config, 0, JET_errMissingLogFile);
    struct log_startup startup =
        expect_start(&config, LOG_STARTUP_ALLOW_MISSING_CURRENT, start_of(CHECKPOINT_GENERATION), JET_errSuccess);
    assert_false(startup.resume.has_current);
    (void)temp_folder_write(*state, "edbtmp.log", "cut", 3);
    expect_error(&config, 0, JET_errMissingLogFile);
}

static void a_roll_over_that_was_cut_off_is_ended(void **state)
{
    const struct log_config config = make_stream(*state);
    lose(*state, "edbtmp.log");
    assert_int_equal(os_path_rename_new(temp_folder_path(*state, "edb.log"), temp_folder_path(*state, "edbtmp.log")),
                     JET_errSuccess);
    const struct log_startup startup = expect_start(&config, 0, start_of(CHECKPOINT_GENERATION), JET_errSuccess);
    assert_true(startup.has_to_roll);
    assert_true(startup.resume.has_current);
    assert_int_equal(startup.resume.generation, 4);
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_RECOVER);
    assert_int_equal(log_generation(stream), 4);
    log_stream_close(stream);
}

static void an_empty_folder_is_a_new_stream_unless_there_must_be_one(void **state)
{
    const struct log_config config = log_records_config(temp_folder_root(*state));
    struct log_startup startup;
    expect_error(&config, LOG_STARTUP_MUST_EXIST, JET_errMissingLogFile);
    assert_int_equal(log_startup_look(&config, 0, NULL, &startup), JET_errSuccess);
    assert_int_equal(startup.kind, LOG_STARTUP_NEW);
    assert_true(startup.resume.is_new);
}

static void a_current_log_that_cannot_be_read_stops_it(void **state)
{
    struct log_config config = make_stream(*state);
    change_file(*state, "edb.log", damage_first);
    expect_error(&config, 0, JET_errLogFileCorrupt);
    (void)expect_start(&config, LOG_STARTUP_WITHOUT_CURRENT | LOG_STARTUP_ALLOW_MISSING_CURRENT,
                       start_of(CHECKPOINT_GENERATION), JET_errSuccess);
    change_file(*state, "edb.log", damage_first);
    config.page_size = 8192;
    expect_error(&config, 0, JET_errPageSizeMismatch);
}

static void a_stream_can_be_cut_behind_a_generation(void **state)
{
    const struct log_config config = make_stream(*state);
    struct log_startup startup = expect_start(&config, 0, start_of(CHECKPOINT_GENERATION), JET_errSuccess);
    bool removed;
    assert_int_equal(log_startup_cut(&config, 4, false, &startup, &removed), JET_errSuccess);
    assert_false(removed); /* it ends there */
    assert_int_equal(log_startup_cut(&config, 2, false, &startup, &removed), JET_errCommittedLogFilesMissing);
    assert_int_equal(log_startup_cut(&config, 2, true, &startup, &removed), JET_errSuccess);
    assert_true(removed);
    assert_int_equal(startup.resume.generation, 2);
    assert_false(startup.resume.has_current);
    struct log_stream *stream;
    assert_int_equal(log_stream_open(&config, &startup.resume, NULL, &stream), JET_errSuccess);
    assert_int_equal(log_generation(stream), 3);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 2, NULL), 4);
}

static void a_stream_can_be_deleted(void **state)
{
    const struct log_config config = make_stream(*state);
    (void)temp_folder_write(*state, "mail.edb", "not a log", 9);
    assert_int_equal(log_startup_delete(&config), JET_errSuccess);
    struct os_folder_list names;
    assert_int_equal(os_folder_list(temp_folder_root(*state), &names), JET_errSuccess);
    assert_int_equal(names.count, 1);
    assert_string_equal(names.names[0], "mail.edb");
    os_folder_list_free(&names);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        TEST(redo_starts_at_the_checkpoint),
        TEST(without_a_checkpoint_it_starts_at_the_oldest_log),
        TEST(a_checkpoint_that_cannot_be_used_stops_nothing),
        TEST(without_a_list_it_starts_with_the_header_of_the_generation),
        TEST(closed_logs_alone_are_an_error),
        TEST(a_roll_over_that_was_cut_off_is_ended),
        TEST(an_empty_folder_is_a_new_stream_unless_there_must_be_one),
        TEST(a_current_log_that_cannot_be_read_stops_it),
        TEST(a_stream_can_be_cut_behind_a_generation),
        TEST(a_stream_can_be_deleted),
    };
    return cmocka_run_group_tests_name("log_startup", tests, NULL, NULL);
}
