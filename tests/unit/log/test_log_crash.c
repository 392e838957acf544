/* SPDX-License-Identifier: MIT */
/* The log after a crash at any moment: what was flushed is read back, and writing can go on.
 *
 * The disk of this test keeps what was flushed. Of what was written since, a crash leaves any part: each write wholly,
 * not at all, or some of its sectors of 512 bytes; often all of them are torn. Before every write and flush of the
 * current log a few such disks are made up and examined: all records that were acknowledged are there, and nothing that
 * was not appended; the end can be mended, and a stream that goes on there is read back as a whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "format/logrecord.h"
#include "format/logsegment.h"
#include "log/log_reader.h"
#include "log_records.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"

enum {
    FILE_SIZE = LOG_SEGMENTS_MIN * LOGSEGMENT_SIZE,
    WRITES_MAX = 64,
    SECTOR = 512,
    DISKS_EACH = 3, /* made up at each moment */
};

struct pending {
    uint64_t offset;
    size_t size;
    uint8_t *bytes;
};

/* The current log as the disk has it. */
static struct {
    bool is_watching;
    struct os_file *file; /* the last log that was opened for writing */
    uint8_t durable[FILE_SIZE];
    struct pending pending[WRITES_MAX];
    unsigned count;
    uint32_t random;
    struct temp_folder *folder;
    uint32_t acknowledged; /* records whose flush has returned */
    uint32_t appended;
    unsigned examined, flushes;
} disk;

static uint32_t draw(uint32_t below)
{
    disk.random = disk.random * 1664525 + 1013904223;
    return (disk.random >> 8) % below;
}

/* ---- what a crash leaves ---- */

static void apply_write(uint8_t *image, const struct pending *write, bool is_torn)
{
    if (write->offset + write->size > FILE_SIZE)
        return;
    for (size_t at = 0; at < write->size; at += SECTOR)
        if (!is_torn || draw(2))
            memcpy(image + write->offset + at, write->bytes + at, SECTOR);
}

static void make_image(uint8_t *image)
{
    const uint32_t torn_of_4 = draw(5);
    memcpy(image, disk.durable, FILE_SIZE);
    for (unsigned i = 0; i < disk.count; i++) {
        if (draw(4) < torn_of_4)
            apply_write(image, &disk.pending[i], true);
        else if (draw(2))
            apply_write(image, &disk.pending[i], false);
    }
}

/* All other files are as they are: they were flushed before they got their names. */
static void copy_others(const char *from, const char *to)
{
    struct os_folder_list names;
    assert_int_equal(os_folder_list(from, &names), JET_errSuccess);
    for (size_t i = 0; i < names.count; i++) {
        if (!strstr(names.names[i], "edb0") && strcmp(names.names[i], "edb.chk") != 0)
            continue;
        size_t size;
        struct os_file *file;
        char *source = os_path_join(from, names.names[i]), *target = os_path_join(to, names.names[i]);
        void *bytes = temp_file_read(source, &size);
        assert_int_equal(os_file_open(target, OS_FILE_CREATE_NEW, &file), JET_errSuccess);
        assert_int_equal(os_file_write(file, 0, bytes, size), JET_errSuccess);
        os_file_close(file);
        free(bytes);
        free(source);
        free(target);
    }
    os_folder_list_free(&names);
}

static void write_image(const char *folder, const uint8_t *image)
{
    struct os_file *file;
    char *path = os_path_join(folder, "edb.log");
    assert_int_equal(os_file_open(path, OS_FILE_CREATE_NEW, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, 0, image, FILE_SIZE), JET_errSuccess);
    os_file_close(file);
    free(path);
}

/* ---- examining it ---- */

static const uint64_t beginning = UINT64_C(1) << 32 | 1 << 16;

static void append_mark(struct log_stream *stream)
{
    const uint8_t mark[9] = {LOGREC_RECOVERY_UNDO2};
    uint64_t end;
    assert_int_equal(log_records_append_bytes(stream, mark, sizeof mark, NULL, &end), JET_errSuccess);
    assert_int_equal(log_flush_to(stream, end), JET_errSuccess);
}

static void examine(const char *folder)
{
    struct log_config config = log_records_config(folder);
    config.reserve_count = 0;
    unsigned others = 0;
    const uint32_t found = log_records_read(&config, beginning, 0, NULL);
    assert_in_range(found, disk.acknowledged, disk.appended);
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_RECOVER);
    append_mark(stream);
    for (uint32_t number = found; number < found + 3; number++) {
        uint64_t end;
        assert_int_equal(log_records_append(stream, number, NULL, &end), JET_errSuccess);
        assert_int_equal(log_flush_to(stream, end), JET_errSuccess);
    }
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, beginning, 0, &others), found + 3);
    assert_int_equal(others, 1);
}

static void crash_run(void *context)
{
    (void)context;
    uint8_t *image = malloc(FILE_SIZE);
    assert_non_null(image);
    for (unsigned i = 0; i < DISKS_EACH; i++) {
        char *folder = NULL;
        assert_int_equal(os_folder_create_temporary("coldstream-crash", &folder), JET_errSuccess);
        copy_others(temp_folder_root(disk.folder), folder);
        make_image(image);
        write_image(folder, image);
        examine(folder);
        temp_tree_remove(folder);
        free(folder);
        disk.examined++;
    }
    free(image);
}

/* In a thread of its own: this one holds the locks of the stream whose write was intercepted. */
static void crash_here(void)
{
    struct os_thread *thread;
    disk.is_watching = false;
    assert_int_equal(os_thread_start(crash_run, NULL, &thread), JET_errSuccess);
    os_thread_join(thread);
    disk.is_watching = true;
}

/* ---- the calls of the log ---- */

jet_err __real_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file);
jet_err __wrap_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file);
jet_err __real_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);
jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);
jet_err __real_os_file_flush_data(struct os_file *file);
jet_err __wrap_os_file_flush_data(struct os_file *file);

static void forget_pending(void)
{
    for (unsigned i = 0; i < disk.count; i++)
        free(disk.pending[i].bytes);
    disk.count = 0;
}

jet_err __wrap_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file)
{
    jet_err err = __real_os_file_open(path, mode, ret_file);
    if (err == JET_errSuccess && disk.is_watching && mode == OS_FILE_READ_WRITE &&
        strcmp(os_path_name(path), "edb.log") == 0) {
        size_t actual;
        disk.file = *ret_file;
        assert_int_equal(disk.count, 0); /* a generation is flushed before it is left */
        assert_int_equal(os_file_read(*ret_file, 0, disk.durable, FILE_SIZE, &actual), JET_errSuccess);
    }
    return err;
}

jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size)
{
    if (disk.is_watching && file == disk.file) {
        crash_here();
        struct pending *write = &disk.pending[disk.count++];
        assert_in_range(disk.count, 1, WRITES_MAX);
        *write = (struct pending){.offset = offset, .size = size, .bytes = malloc(size)};
        assert_non_null(write->bytes);
        memcpy(write->bytes, buffer, size);
    }
    return __real_os_file_write(file, offset, buffer, size);
}

jet_err __wrap_os_file_flush_data(struct os_file *file)
{
    if (disk.is_watching && file == disk.file) {
        crash_here();
        for (unsigned i = 0; i < disk.count; i++)
            apply_write(disk.durable, &disk.pending[i], false);
        forget_pending();
        disk.flushes++;
    }
    return __real_os_file_flush_data(file);
}

/* ---- the load ---- */

static int setup(void **state)
{
    memset(&disk, 0, sizeof disk);
    return temp_folder_setup(state);
}

/* Appends by ones and by bundles, flushes each. */
static void load(struct log_stream *stream, uint32_t records)
{
    while (disk.appended < records) {
        uint64_t end = 0;
        for (uint32_t left = 1 + (draw(3) == 0 ? draw(6) : 0); left > 0; left--) {
            disk.appended++; /* it may be written before the call returns */
            assert_int_equal(log_records_append(stream, disk.appended - 1, NULL, &end), JET_errSuccess);
        }
        assert_int_equal(log_flush_to(stream, end), JET_errSuccess);
        disk.acknowledged = disk.appended;
    }
}

static void run_load(struct temp_folder *folder, uint32_t seed, uint32_t records)
{
    struct log_config config = log_records_config(temp_folder_root(folder));
    config.reserve_count = 0;
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    log_stream_close(stream);
    disk.folder = folder;
    disk.random = seed;
    disk.is_watching = true;
    stream = log_records_open(&config, NULL, LOG_STARTUP_RECOVER);
    load(stream, records);
    log_stream_close(stream);
    disk.is_watching = false;
    forget_pending();
    assert_true(disk.flushes > 10);
    assert_true(disk.examined > 100);
}

static void no_flushed_record_is_lost_whatever_the_disk_does_with_the_rest(void **state)
{
    run_load(*state, 1, 40);
}

static void another_order_of_losses(void **state)
{
    run_load(*state, 20260101, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_flushed_record_is_lost_whatever_the_disk_does_with_the_rest, setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(another_order_of_losses, setup, temp_folder_teardown),
    };
    return cmocka_run_group_tests_name("log_crash", tests, NULL, NULL);
}
