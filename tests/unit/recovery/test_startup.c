/* SPDX-License-Identifier: MIT */
/* An instance starts and stops, without databases: what lies on disk then, and which start recovers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "format/logrecord.h"
#include "instance.h"
#include "log/log_reader.h"
#include "os/os_file.h"
#include "recovery/log_settings.h"
#include "support/temp_folder.h"

static bool exists(struct temp_folder *folder, const char *name)
{
    struct os_path_info info;
    return os_path_stat(temp_folder_path(folder, name), &info) == JET_errSuccess;
}

/* The types of all records of generation 1, up to `max`. */
static unsigned record_types(const struct instance *instance, uint8_t *types, unsigned max)
{
    const struct log_config config = log_settings(&instance->config);
    const struct log_reader_source source = {.config = &config};
    struct log_reader *reader = NULL;
    struct log_reader_record record = {0};
    unsigned count = 0;
    const uint64_t start = lgpos_pack((struct lgpos){.generation = 1, .isec = 1});
    assert_int_equal(log_reader_open(&source, start, &reader), JET_errSuccess);
    while (count < max) {
        assert_int_equal(log_reader_next(reader, &record), JET_errSuccess);
        if (!record.bytes)
            break;
        types[count++] = record.bytes[0];
    }
    log_reader_close(reader);
    return count;
}

static void a_clean_stop_needs_no_recovery_ever(void **state)
{
    struct instance instance;
    instance_init(&instance, *state);
    for (unsigned i = 0; i < 20; i++) {
        instance_start(&instance);
        instance_stop(&instance);
    }
}

static void the_records_of_a_run_have_their_order(void **state)
{
    static const uint8_t expected[] = {LOGREC_INIT2, LOGREC_SHUT_DOWN_MARK, LOGREC_TERM2,
                                       LOGREC_INIT2, LOGREC_SHUT_DOWN_MARK, LOGREC_TERM2};
    struct instance instance;
    uint8_t types[16];
    instance_init(&instance, *state);
    for (unsigned i = 0; i < 2; i++) {
        instance_start(&instance);
        instance_stop(&instance);
    }
    assert_int_equal(record_types(&instance, types, sizeof types), sizeof expected);
    assert_memory_equal(types, expected, sizeof expected);
}

static void a_crash_is_recovered_once(void **state)
{
    static const uint8_t expected[] = {LOGREC_INIT2,          LOGREC_RECOVERY_UNDO2, LOGREC_SHUT_DOWN_MARK,
                                       LOGREC_RECOVERY_QUIT2, LOGREC_INIT2,          LOGREC_SHUT_DOWN_MARK,
                                       LOGREC_TERM2};
    struct instance instance;
    uint8_t types[16];
    instance_init(&instance, *state);
    instance_start(&instance);
    instance_crash(&instance);
    instance_start_recovering(&instance);
    instance_stop(&instance);
    assert_int_equal(record_types(&instance, types, sizeof types), sizeof expected);
    assert_memory_equal(types, expected, sizeof expected);
    instance_start(&instance);
    instance_stop(&instance);
}

static void many_crashes_in_a_row_are_recovered(void **state)
{
    struct instance instance;
    instance_init(&instance, *state);
    instance_start(&instance);
    for (unsigned i = 0; i < 20; i++) {
        instance_crash(&instance);
        instance_start_recovering(&instance);
    }
    instance_stop(&instance);
    instance_start(&instance);
    instance_stop(&instance);
}

static void a_lost_checkpoint_costs_a_recovery_and_no_more(void **state)
{
    struct instance instance;
    instance_init(&instance, *state);
    instance_start(&instance);
    instance_stop(&instance);
    assert_int_equal(os_file_remove(temp_folder_path(*state, "edb.chk")), JET_errSuccess);
    instance_start_recovering(&instance);
    instance_stop(&instance);
    instance_start(&instance);
    instance_stop(&instance);
}

static void a_missing_stream_is_an_error_only_if_it_must_exist(void **state)
{
    struct instance instance;
    instance_init(&instance, *state);
    instance.options.flags = RECOVERY_LOG_STREAM_MUST_EXIST;
    assert_int_equal(instance_try(&instance), JET_errMissingLogFile);
    assert_false(exists(*state, "edb.log"));
    instance.options.flags = 0;
    instance_start(&instance);
    instance_stop(&instance);
}

static void another_log_size_needs_a_new_stream(void **state)
{
    struct instance instance;
    instance_init(&instance, *state);
    instance_start(&instance);
    instance_stop(&instance);
    instance.config.log_file_kib = 128;
    assert_int_equal(instance_try(&instance), JET_errLogFileSizeMismatchDatabasesConsistent);
    instance.config.circular_log = instance.config.cleanup_mismatched_logs = true;
    instance_start(&instance);
    instance_stop(&instance);
    struct os_path_info info;
    assert_int_equal(os_path_stat(temp_folder_path(*state, "edb.log"), &info), JET_errSuccess);
    assert_int_equal(info.size_bytes, 128 * 1024);
    instance.config.log_file_kib = 0; /* what is there will do */
    instance_start(&instance);
    instance_stop(&instance);
}

static void other_names_need_a_new_stream(void **state)
{
    struct instance instance;
    instance_init(&instance, *state);
    instance_start(&instance);
    instance_crash(&instance);
    instance.config.legacy_names = 0;
    assert_int_equal(instance_try(&instance), JET_errLogFileSizeMismatchDatabasesConsistent);
    instance.config.circular_log = instance.config.cleanup_mismatched_logs = true;
    instance_start(&instance); /* it was recovered by the attempt before */
    instance_stop(&instance);
    assert_true(exists(*state, "edb.jtx"));
    assert_false(exists(*state, "edb.log"));
}

static void redo_alone_does_not_start_the_engine(void **state)
{
    struct instance instance;
    instance_init(&instance, *state);
    instance_start(&instance);
    instance_crash(&instance);
    instance.options.flags = RECOVERY_WITHOUT_UNDO;
    assert_int_equal(instance_try(&instance), JET_errRecoveredWithoutUndoDatabasesConsistent);
    instance.options.flags = 0;
    instance_start_recovering(&instance);
    instance_stop(&instance);
}

static void the_lock_of_a_running_instance_is_respected(void **state)
{
    struct instance instance, other;
    instance_init(&instance, *state);
    instance_init(&other, *state);
    instance_start(&instance);
    jet_err err = instance_try(&other);
    assert_true(err == JET_errLogFilePathInUse || err == JET_errFileAccessDenied);
    instance_stop(&instance);
    instance_start(&other);
    instance_stop(&other);
}

static void without_recovery_there_is_no_log(void **state)
{
    struct instance instance;
    instance_init(&instance, *state);
    instance.config.recovery_on = false;
    instance_start(&instance);
    instance_stop(&instance);
    assert_false(exists(*state, "edb.log"));
    assert_false(exists(*state, "edb.chk"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_clean_stop_needs_no_recovery_ever),
        TEST(the_records_of_a_run_have_their_order),
        TEST(a_crash_is_recovered_once),
        TEST(many_crashes_in_a_row_are_recovered),
        TEST(a_lost_checkpoint_costs_a_recovery_and_no_more),
        TEST(a_missing_stream_is_an_error_only_if_it_must_exist),
        TEST(another_log_size_needs_a_new_stream),
        TEST(other_names_need_a_new_stream),
        TEST(redo_alone_does_not_start_the_engine),
        TEST(the_lock_of_a_running_instance_is_respected),
        TEST(without_recovery_there_is_no_log),
    };
    return cmocka_run_group_tests_name("startup", tests, NULL, NULL);
}
