/* SPDX-License-Identifier: MIT */
/* The machine fails at every point of a load that does nothing but write a log and change generations, and at every
 * point of the start that follows: each time the next start succeeds, and what was flushed is in the log. Nothing is
 * left to chance but what becomes of writes that were not flushed.
 *
 * Environment: COLDSTREAM_STARTUP_SEED, of that; COLDSTREAM_STARTUP_ROUNDS, how often all of it is done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk_image.h"
#include "disk_record.h"
#include "format/logrecord.h"
#include "log/log_reader.h"
#include "log/log_startup.h"
#include "os/os_console.h"
#include "os/os_file.h"
#include "recovery/checkpoint.h"
#include "recovery/log_settings.h"
#include "support/temp_folder.h"
#include "unit/log/log_records.h"
#include "unit/recovery/instance.h"

enum { RECORDS = 15, RECORDS_PER_GENERATION = 4 };

static struct {
    struct temp_folder *temporary;
    const char *folder;
    struct instance instance;
    bool is_checkpoint_close; /* it follows each record, not when its thread comes to it */
    struct disk_random random;
    unsigned starts;
} test;

static uint64_t number_from_environment(const char *name, uint64_t otherwise)
{
    char *text = os_environment_get(name);
    const uint64_t number = text ? strtoull(text, NULL, 0) : otherwise;
    free(text);
    return number;
}

static int setup(void **state)
{
    if (temp_folder_setup(state) != 0)
        return -1;
    test.temporary = *state;
    test.folder = temp_folder_root(test.temporary);
    test.random.state = number_from_environment("COLDSTREAM_STARTUP_SEED", 1);
    test.starts = 0;
    instance_init(&test.instance, test.temporary);
    test.instance.config.log_create_asynch = false; /* the thread of the log has nothing to do */
    test.is_checkpoint_close = false;
    return 0;
}

/* A test that failed was recording, perhaps. */
static int teardown(void **state)
{
    disk_record_end();
    return temp_folder_teardown(state);
}

/* ---- what is done ---- */

static void load(void)
{
    static const struct log_append behind = {.flags = LOG_APPEND_NEW_GENERATION};
    instance_start(&test.instance);
    struct log_stream *log = test.instance.engine->log;
    for (uint32_t number = 0; number < RECORDS; number++) {
        const bool is_last = number % RECORDS_PER_GENERATION == RECORDS_PER_GENERATION - 1;
        uint64_t end;
        assert_int_equal(log_records_append(log, number, is_last ? &behind : NULL, &end), JET_errSuccess);
        assert_int_equal(log_flush_to(log, end), JET_errSuccess);
        if (test.is_checkpoint_close)
            assert_int_equal(checkpoint_advance(test.instance.engine, UINT64_MAX), JET_errSuccess);
        disk_record_mark(number + 1);
    }
    instance_stop(&test.instance);
}

static uint32_t number_of(const struct log_reader_record *record)
{
    le32 number;
    memcpy(&number, record->bytes + LOG_RECORDS_NUMBER_AT, sizeof number);
    return le32_get(number);
}

/* Where the log begins. With circular logging there may be nothing but the current one. */
static uint64_t beginning(const struct log_config *config)
{
    struct log_startup startup;
    assert_int_equal(log_startup_look(config, LOG_STARTUP_MUST_EXIST, NULL, &startup), JET_errSuccess);
    const lgen_t oldest = startup.resume.oldest ? startup.resume.oldest : startup.resume.generation;
    return lgpos_pack((struct lgpos){.generation = oldest, .isec = 1});
}

/* The numbers follow each other. Returns one more than the last; 0: there is none. */
static uint32_t read_numbers(void)
{
    const struct log_config config = log_settings(&test.instance.config);
    const struct log_reader_source source = {.config = &config};
    struct log_reader *reader;
    struct log_reader_record record = {0};
    uint32_t next = 0;
    assert_int_equal(log_reader_open(&source, beginning(&config), &reader), JET_errSuccess);
    for (;;) {
        assert_int_equal(log_reader_next(reader, &record), JET_errSuccess);
        if (!record.bytes)
            break;
        if (record.bytes[0] != LOGREC_TRACE)
            continue;
        assert_true(next == 0 || number_of(&record) == next);
        next = number_of(&record) + 1;
    }
    log_reader_close(reader);
    return next;
}

/* With circular logging all logs that have one of the records may have been used again, and a thread of the instance
 * may do so at any time: they are read when it is gone. */
static void check(uint32_t promised)
{
    assert_int_equal(instance_try(&test.instance), JET_errSuccess);
    test.starts++;
    instance_crash(&test.instance);
    const uint32_t found = read_numbers();
    assert_true(found >= promised || (found == 0 && test.instance.config.circular_log));
}

/* ---- all points ---- */

static struct disk_image *load_image(void)
{
    struct disk_image *image = disk_image_load(test.folder);
    disk_image_set_torn(image, ".log");
    return image;
}

static void store(const struct disk_image *image, const struct disk_op *next, enum disk_loss loss)
{
    disk_image_store(image, next, loss, &test.random, test.folder);
}

/* The start is recorded, and cut short everywhere. */
static void cut_start_short(const struct disk_image *image, enum disk_loss loss, uint32_t promised)
{
    struct disk_journal journal;
    store(image, NULL, loss);
    struct disk_image *stored = load_image();
    disk_record_begin(&journal, test.folder, stored);
    check(promised);
    disk_record_end();
    for (size_t point = 0; point < journal.count; point++) {
        for (int again = 0; again < DISK_LOSSES; again++) {
            store(stored, &journal.ops[point], (enum disk_loss)again);
            check(promised);
        }
        disk_image_apply(stored, &journal.ops[point]);
    }
    disk_journal_done(&journal);
    disk_image_free(stored);
}

static bool changes_names(const struct disk_op *op)
{
    return op->kind == DISK_CREATE || op->kind == DISK_RENAME || op->kind == DISK_REMOVE ||
           op->kind == DISK_FLUSH_FOLDER;
}

/* Where names have just changed, the next start is cut short as well. */
static void crash_everywhere(const struct disk_journal *journal, struct disk_image *image)
{
    uint32_t promised = 0;
    for (size_t point = 0; point < journal->count; point++) {
        const struct disk_op *op = &journal->ops[point];
        disk_image_apply(image, op);
        if (op->kind == DISK_MARK)
            promised = (uint32_t)op->size;
        for (int loss = 0; loss < DISK_LOSSES; loss++) {
            if (changes_names(op) && loss != DISK_LOSES_ALL) {
                cut_start_short(image, (enum disk_loss)loss, promised);
            } else {
                store(image, point + 1 < journal->count ? &op[1] : NULL, (enum disk_loss)loss);
                check(promised);
            }
        }
    }
}

static void empty_folder(void)
{
    struct os_folder_list names;
    assert_int_equal(os_folder_list(test.folder, &names), JET_errSuccess);
    for (size_t i = 0; i < names.count; i++)
        assert_int_equal(os_file_remove(temp_folder_path(test.temporary, names.names[i])), JET_errSuccess);
    os_folder_list_free(&names);
}

static void load_and_crash_everywhere(void)
{
    const uint64_t rounds = number_from_environment("COLDSTREAM_STARTUP_ROUNDS", 1);
    for (uint64_t round = 0; round < rounds; round++) {
        struct disk_journal journal;
        empty_folder();
        struct disk_image *image = load_image();
        disk_record_begin(&journal, test.folder, image);
        load();
        disk_record_end();
        crash_everywhere(&journal, image);
        disk_journal_done(&journal);
        disk_image_free(image);
    }
    printf("%u starts\n", test.starts);
    assert_in_range(test.starts, 1000, UINT32_MAX);
}

static void every_start_on_a_linear_log_succeeds(void **state)
{
    (void)state;
    load_and_crash_everywhere();
}

static void every_start_on_a_circular_log_succeeds(void **state)
{
    (void)state;
    test.instance.config.circular_log = true;
    load_and_crash_everywhere();
}

static void every_start_behind_a_close_checkpoint_succeeds(void **state)
{
    (void)state;
    test.instance.config.circular_log = true;
    test.is_checkpoint_close = true;
    load_and_crash_everywhere();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_start_on_a_linear_log_succeeds, setup, teardown),
        cmocka_unit_test_setup_teardown(every_start_on_a_circular_log_succeeds, setup, teardown),
        cmocka_unit_test_setup_teardown(every_start_behind_a_close_checkpoint_succeeds, setup, teardown),
    };
    return cmocka_run_group_tests_name("startup", tests, NULL, NULL);
}
