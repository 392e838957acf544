/* SPDX-License-Identifier: MIT */
/* The writing end of a log stream, and the reader against it: what was appended and flushed is read back exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "format/logheader.h"
#include "format/logrecord.h"
#include "log/log_reader.h"
#include "log/log_set.h"
#include "log_records.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

/* ---- failures of the system, made to order ---- */

static atomic_bool disk_is_full;     /* nothing can be allocated */
static atomic_int writes_until_fail; /* below zero: never */

jet_err __real_os_file_allocate(struct os_file *file, uint64_t size);
jet_err __wrap_os_file_allocate(struct os_file *file, uint64_t size);
jet_err __real_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);
jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);

jet_err __wrap_os_file_allocate(struct os_file *file, uint64_t size)
{
    return atomic_load(&disk_is_full) ? JET_errDiskFull : __real_os_file_allocate(file, size);
}

jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size)
{
    if (atomic_load(&writes_until_fail) >= 0 && atomic_fetch_sub(&writes_until_fail, 1) == 0) {
        atomic_store(&writes_until_fail, 0);
        return JET_errDiskIO;
    }
    return __real_os_file_write(file, offset, buffer, size);
}

static int setup(void **state)
{
    atomic_store(&disk_is_full, false);
    atomic_store(&writes_until_fail, -1);
    return temp_folder_setup(state);
}

/* ---- small tools ---- */

static void append(struct log_stream *stream, uint32_t number, uint64_t *ret_end)
{
    assert_int_equal(log_records_append(stream, number, NULL, ret_end), JET_errSuccess);
}

/* Records first .. last - 1, flushed. */
static void append_many(struct log_stream *stream, uint32_t first, uint32_t last)
{
    uint64_t end = 0;
    for (uint32_t number = first; number < last; number++)
        append(stream, number, &end);
    assert_int_equal(log_flush_to(stream, end), JET_errSuccess);
    assert_true(log_durable(stream) >= end);
}

static uint64_t start_of(lgen_t generation)
{
    return lgpos_pack((struct lgpos){.generation = generation, .isec = 1});
}

static bool exists(struct temp_folder *folder, const char *name)
{
    struct os_path_info info;
    return os_path_stat(temp_folder_path(folder, name), &info) == JET_errSuccess;
}

static void checkpoint_at(struct log_stream *stream, uint64_t lgpos)
{
    const struct log_checkpoint checkpoint = {.checkpoint = lgpos, .has_attachments = true};
    assert_int_equal(log_checkpoint_write(stream, &checkpoint), JET_errSuccess);
}

/* ---- tests ---- */

static void what_was_appended_is_read_back_over_many_generations(void **state)
{
    struct temp_folder *folder = *state;
    struct log_config config = log_records_config(temp_folder_root(folder));
    config.is_prepared_late = true;
    (void)temp_folder_write(folder, "res1.log", "old", 3);
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    assert_false(exists(folder, "res1.log"));
    append_many(stream, 0, 400);
    assert_false(exists(folder, "edbtmp.log"));
    assert_true(log_generation(stream) > 3);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), 400);
}

static void every_flush_may_lie_within_a_segment(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    for (uint32_t number = 0; number < 150; number++)
        append_many(stream, number, number + 1);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), 150);
}

static void writing_goes_on_where_a_crash_left_it(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    uint32_t number = 0;
    for (unsigned run = 0; run < 20; run++) {
        struct log_stream *stream = log_records_open(&config, NULL, run == 0 ? LOG_STARTUP_NEW : LOG_STARTUP_RECOVER);
        append_many(stream, number, number + 7);
        number += 7;
        log_stream_close(stream);
        assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), number);
    }
}

static void the_first_record_of_a_segment_has_ib_zero(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    const uint8_t mark = LOGREC_SHUT_DOWN_MARK;
    const struct log_piece piece = {&mark, 1};
    const struct log_record record = {&piece, 1};
    uint64_t start, end;
    assert_true(log_next_start(stream) == start_of(1));
    assert_int_equal(log_append(stream, &record, 1, NULL, &start, &end), JET_errSuccess);
    assert_true(start == start_of(1));
    assert_true(end == start_of(1) + 41);
    assert_int_equal(log_append(stream, &record, 1, NULL, &start, &end), JET_errSuccess);
    assert_true(start == start_of(1) + 41);
    log_stream_close(stream);
}

static void a_record_may_open_a_generation_behind_or_before_it(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    const struct log_append behind = {.flags = LOG_APPEND_NEW_GENERATION};
    const struct log_append before = {.flags = LOG_APPEND_FIRST_IN_GENERATION};
    uint64_t end;
    assert_int_equal(log_records_append(stream, 0, &behind, &end), JET_errSuccess);
    assert_int_equal(lgpos_unpack(end).generation, 1);
    assert_int_equal(log_generation(stream), 2);
    assert_true(log_durable(stream) >= end);
    append(stream, 1, &end);
    assert_int_equal(lgpos_unpack(end).generation, 2);
    assert_int_equal(log_records_append(stream, 2, &before, &end), JET_errSuccess);
    assert_int_equal(lgpos_unpack(end).generation, 3);
    append_many(stream, 3, 4);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), 4);
    assert_int_equal(log_records_read(&config, start_of(3), 2, NULL), 4);
}

static void too_much_for_a_generation_is_refused(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    static const uint8_t zeros[60000];
    assert_int_equal(log_records_append_bytes(stream, zeros, sizeof zeros, NULL, NULL), JET_errLogBufferTooSmall);
    log_stream_close(stream);
}

static void who_must_not_wait_is_told_so_and_finds_room_later(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    const struct log_append no_wait = {.flags = LOG_APPEND_NO_WAIT};
    uint32_t number = 0;
    jet_err err;
    while ((err = log_records_append(stream, number, &no_wait, NULL)) == JET_errSuccess)
        number++;
    assert_int_equal(err, JET_errTaskDropped);
    append_many(stream, number, number + 1);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), number + 1);
}

static void a_lazy_flush_becomes_durable_by_itself(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    struct os_event *never;
    uint64_t end;
    assert_int_equal(os_event_new(&never), JET_errSuccess);
    append(stream, 0, &end);
    log_flush_soon(stream);
    for (unsigned i = 0; i < 10000 && log_durable(stream) < end; i++)
        (void)os_event_wait(never, 1); /* the test fails if it takes ten seconds */
    assert_true(log_durable(stream) >= end);
    os_event_free(never);
    log_stream_close(stream);
}

/* Nothing else flushes here, so that what has an hour is not durable; until somebody has less. */
static void the_earliest_of_lazy_flushes_counts(void **state)
{
    enum { HOUR_MS = 3600 * 1000 };
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    struct os_event *never;
    uint64_t end;
    assert_int_equal(os_event_new(&never), JET_errSuccess);
    for (uint32_t number = 0; number < 3; number++) {
        append(stream, number, &end);
        log_flush_within(stream, HOUR_MS);
        log_flush_within(stream, HOUR_MS / 2);
        (void)os_event_wait(never, 1); /* the writer may have looked, or not: it is all the same */
        assert_true(log_durable(stream) < end);
        log_flush_within(stream, 1);
        for (unsigned i = 0; i < 10000 && log_durable(stream) < end; i++)
            (void)os_event_wait(never, 1);
        assert_true(log_durable(stream) >= end);
    }
    os_event_free(never);
    log_stream_close(stream);
}

static void headers_form_a_chain_that_the_readers_of_backups_accept(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    append_many(stream, 0, 200);
    log_stream_close(stream);
    struct finding_list findings = {0};
    const struct finding_listener listener = finding_list_listener(&findings);
    struct log_set set;
    assert_int_equal(log_set_read(temp_folder_root(folder), "edb", &listener, &set), JET_errSuccess);
    assert_true(set.contiguous);
    assert_true(set.count > 2);
    assert_int_equal(findings.count, 0);
    log_set_done(&set);
}

static void a_clean_end_is_one_whose_checkpoint_names_the_last_record(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    uint8_t term[26] = {LOGREC_TERM2};
    const struct log_piece piece = {term, sizeof term};
    const struct log_record record = {&piece, 1};
    uint64_t start, end;
    append_many(stream, 0, 3);
    assert_int_equal(log_append(stream, &record, 1, NULL, &start, &end), JET_errSuccess);
    assert_int_equal(log_flush_to(stream, end), JET_errSuccess);
    log_stream_close(stream);
    log_stream_close(log_records_open(&config, NULL, LOG_STARTUP_RECOVER));
    stream = log_records_open(&config, NULL, LOG_STARTUP_RECOVER);
    checkpoint_at(stream, start);
    log_stream_close(stream);
    stream = log_records_open(&config, NULL, LOG_STARTUP_CLEAN);
    append_many(stream, 3, 4);
    log_stream_close(stream);
    log_stream_close(log_records_open(&config, NULL, LOG_STARTUP_RECOVER));
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), 4);
}

static void circular_logging_uses_old_files_again(void **state)
{
    struct temp_folder *folder = *state;
    struct log_config config = log_records_config(temp_folder_root(folder));
    config.is_circular = true;
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    uint32_t number = 0;
    for (unsigned i = 0; i < 60; i++) {
        append_many(stream, number, number + 10);
        number += 10;
        checkpoint_at(stream, start_of(log_generation(stream)));
    }
    const lgen_t current = log_generation(stream);
    const lgen_t oldest = log_oldest(stream);
    assert_true(current > 10);
    assert_in_range(oldest, current - 3, current);
    assert_false(exists(folder, "edb00002.log"));
    append_many(stream, number, number + 1);
    log_stream_close(stream);
    struct log_startup startup;
    assert_int_equal(log_startup_look(&config, 0, NULL, &startup), JET_errSuccess);
    assert_true(startup.start >= start_of(current));
    stream = log_records_open(&config, NULL, LOG_STARTUP_RECOVER);
    log_stream_close(stream);
}

static void what_a_backup_keeps_is_not_deleted(void **state)
{
    struct temp_folder *folder = *state;
    struct log_config config = log_records_config(temp_folder_root(folder));
    config.is_circular = true;
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    log_keep_from(stream, 2);
    append_many(stream, 0, 300);
    checkpoint_at(stream, start_of(log_generation(stream)));
    append_many(stream, 300, 310);
    assert_true(exists(folder, "edb00002.log"));
    log_keep_from(stream, 0);
    checkpoint_at(stream, start_of(log_generation(stream)));
    assert_false(exists(folder, "edb00002.log"));
    assert_int_equal(log_truncate(stream, log_generation(stream) + 5), JET_errSuccess);
    assert_int_equal(log_oldest(stream), log_generation(stream));
    log_stream_close(stream);
}

static void a_full_disk_costs_the_reserve_and_then_the_log(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    assert_true(exists(folder, "edbres00001.jrs") && exists(folder, "edbres00002.jrs"));
    const struct log_append behind = {.flags = LOG_APPEND_NEW_GENERATION};
    assert_int_equal(log_state(stream), JET_errSuccess);
    uint32_t number = 0;
    atomic_store(&disk_is_full, true);
    while (log_state(stream) == JET_errSuccess) /* one may have been prepared already, and no more */
        assert_int_equal(log_records_append(stream, number++, &behind, NULL), JET_errSuccess);
    assert_int_equal(log_state(stream), JET_errLogDiskFull);
    assert_false(exists(folder, "edbres00002.jrs"));
    /* Space is back: the reserve is made whole. */
    atomic_store(&disk_is_full, false);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(log_records_append(stream, number++, &behind, NULL), JET_errSuccess);
    assert_int_equal(log_state(stream), JET_errSuccess);
    assert_true(exists(folder, "edbres00002.jrs"));
    /* And gone for good. */
    jet_err err = JET_errSuccess;
    atomic_store(&disk_is_full, true);
    for (unsigned i = 0; i < 10 && err == JET_errSuccess; i++) {
        err = log_records_append(stream, number, &behind, NULL);
        number++;
    }
    assert_int_equal(err, JET_errLogDiskFull);
    assert_int_equal(log_records_append(stream, number, NULL, NULL), JET_errLogWriteFail);
    assert_int_equal(log_state(stream), JET_errLogWriteFail);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), number);
}

static void a_failed_write_takes_the_log_down(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    uint64_t end;
    append_many(stream, 0, 5);
    atomic_store(&writes_until_fail, 0);
    append(stream, 5, &end);
    assert_int_equal(log_flush_to(stream, end), JET_errLogWriteFail);
    atomic_store(&writes_until_fail, -1);
    assert_int_equal(log_flush_to(stream, end), JET_errLogWriteFail);
    assert_int_equal(log_records_append(stream, 6, NULL, NULL), JET_errLogWriteFail);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), 5);
}

static void generations_run_out(void **state)
{
    struct temp_folder *folder = *state;
    struct log_config config = log_records_config(temp_folder_root(folder));
    config.generation_last = 3;
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    const struct log_append behind = {.flags = LOG_APPEND_NEW_GENERATION};
    assert_int_equal(log_records_append(stream, 0, &behind, NULL), JET_errSuccess);
    assert_int_equal(log_state(stream), JET_errSuccess);
    assert_int_equal(log_records_append(stream, 1, &behind, NULL), JET_errSuccess);
    assert_int_equal(log_state(stream), JET_errLogSequenceEnd);
    append_many(stream, 2, 3); /* shutting down still works */
    log_stream_close(stream);
}

static void names_follow_the_configuration(void **state)
{
    struct temp_folder *folder = *state;
    struct log_config config = log_records_config(temp_folder_root(folder));
    config.family = LOGNAME_JTX_JCP;
    config.has_short_names = false;
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    append_many(stream, 0, 100);
    log_stream_close(stream);
    assert_true(exists(folder, "edb.jtx") && exists(folder, "edb00000001.jtx") && exists(folder, "edb.jcp"));
    /* The other family is found, too. */
    config.family = LOGNAME_LOG_CHK;
    struct log_startup startup;
    assert_int_equal(log_startup_look(&config, 0, NULL, &startup), JET_errSuccess);
    assert_int_equal(startup.kind, LOG_STARTUP_RECOVER);
    assert_int_equal(startup.family, LOGNAME_JTX_JCP);
}

static void one_stream_at_a_time_has_the_files(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW), *other = NULL;
    struct log_startup startup;
    append_many(stream, 0, 2);
    if (log_startup_look(&config, 0, NULL, &startup) == JET_errSuccess) { /* Windows says it here */
        assert_int_equal(log_startup_repair(&config, &startup), JET_errLogFilePathInUse);
        assert_int_equal(log_stream_open(&config, &startup.resume, NULL, &other), JET_errLogFilePathInUse);
    }
    append_many(stream, 2, 4);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), 4);
}

/* What the hooks were told. */
struct told {
    unsigned lists, failures;
    lgen_t generation;
    uint64_t durable;
    jet_err err;
};

static void tell_list(void *context, uint8_t ret_list[ATTACHLIST_SIZE])
{
    struct told *told = context;
    told->lists++;
    ret_list[ATTACHLIST_SIZE - 1] = 0x77;
}

static void tell_generation(void *context, lgen_t generation, struct logtime_disk created)
{
    struct told *told = context;
    assert_true(logtime_is_set(created));
    told->generation = generation;
}

static void tell_durable(void *context, uint64_t lgpos_end)
{
    ((struct told *)context)->durable = lgpos_end;
}

static void tell_failure(void *context, jet_err err)
{
    struct told *told = context;
    told->failures++;
    told->err = err;
}

static void the_hooks_are_told(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct told told = {0};
    const struct log_hooks hooks = {.context = &told,
                                    .attachments = tell_list,
                                    .generation_begun = tell_generation,
                                    .durable = tell_durable,
                                    .failed = tell_failure};
    struct log_stream *stream = log_records_open(&config, &hooks, LOG_STARTUP_NEW);
    const struct log_append behind = {.flags = LOG_APPEND_NEW_GENERATION};
    assert_int_equal(told.lists, 2); /* checkpoint and header */
    assert_int_equal(told.generation, 0);
    append_many(stream, 0, 2);
    assert_true(told.durable == log_durable(stream));
    assert_int_equal(log_records_append(stream, 2, &behind, NULL), JET_errSuccess);
    assert_int_equal(told.generation, 2);
    assert_int_equal(told.lists, 3);
    atomic_store(&writes_until_fail, 0);
    append(stream, 3, NULL);
    assert_int_equal(log_flush_to(stream, UINT64_MAX), JET_errLogWriteFail);
    assert_int_equal(log_flush_to(stream, UINT64_MAX), JET_errLogWriteFail);
    assert_int_equal(told.failures, 1);
    assert_int_equal(told.err, JET_errDiskIO);
    log_stream_close(stream);
    size_t size;
    uint8_t *bytes = temp_file_read(temp_folder_path(folder, "edb.log"), &size);
    const struct logheader_disk *header = (const void *)bytes;
    assert_int_equal(header->attachments[ATTACHLIST_SIZE - 1], 0x77);
    free(bytes);
}

/* ---- threads ---- */

enum { THREADS = 8, RECORDS_EACH = 300 };

struct committer {
    struct log_stream *stream;
    uint8_t id;
    struct os_thread *thread;
    jet_err err;
};

static _Atomic uint32_t placed_count; /* counts in the order of the log */

static void on_placed(void *context, uint64_t lgpos_start)
{
    const le32 order = le32_make(atomic_fetch_add(&placed_count, 1));
    (void)lgpos_start;
    memcpy((uint8_t *)context + 6, &order, sizeof order);
}

/* A Trace of 5 + 40 bytes: the thread, its order in the log, its order in the thread. */
static void commit_run(void *context)
{
    struct committer *committer = context;
    uint8_t bytes[45] = {LOGREC_TRACE, 0, 0, 40, 0};
    const struct log_piece piece = {bytes, sizeof bytes};
    const struct log_record record = {&piece, 1};
    const struct log_append options = {.placed = on_placed, .context = bytes};
    bytes[5] = committer->id;
    for (uint32_t i = 0; i < RECORDS_EACH && committer->err == JET_errSuccess; i++) {
        const le32 mine = le32_make(i);
        uint64_t end;
        memcpy(bytes + 10, &mine, sizeof mine);
        committer->err = log_append(committer->stream, &record, 1, &options, NULL, &end);
        if (committer->err == JET_errSuccess && i % 4 != 0)
            committer->err = log_flush_to(committer->stream, end);
    }
}

static void check_committed(const struct log_config *config)
{
    const struct log_reader_source source = {.config = config};
    uint32_t next[THREADS] = {0}, order = 0;
    struct log_reader *reader = NULL;
    struct log_reader_record record;
    assert_int_equal(log_reader_open(&source, start_of(1), &reader), JET_errSuccess);
    for (;;) {
        assert_int_equal(log_reader_next(reader, &record), JET_errSuccess);
        if (!record.bytes)
            break;
        const le32 *in_log = (const void *)(record.bytes + 6), *in_thread = (const void *)(record.bytes + 10);
        assert_int_equal(le32_get(*in_log), order++);
        assert_in_range(record.bytes[5], 0, THREADS - 1);
        assert_int_equal(le32_get(*in_thread), next[record.bytes[5]]++);
    }
    assert_int_equal(order, THREADS * RECORDS_EACH);
    log_reader_close(reader);
}

static void threads_that_commit_at_once_all_find_their_records(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    struct committer committers[THREADS];
    atomic_store(&placed_count, 0);
    for (uint8_t i = 0; i < THREADS; i++) {
        committers[i] = (struct committer){.stream = stream, .id = i};
        assert_int_equal(os_thread_start(commit_run, &committers[i], &committers[i].thread), JET_errSuccess);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        os_thread_join(committers[i].thread);
        assert_int_equal(committers[i].err, JET_errSuccess);
    }
    assert_int_equal(log_flush_to(stream, UINT64_MAX), JET_errSuccess);
    log_stream_close(stream);
    check_committed(&config);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_appended_is_read_back_over_many_generations),
        TEST(every_flush_may_lie_within_a_segment),
        TEST(writing_goes_on_where_a_crash_left_it),
        TEST(the_first_record_of_a_segment_has_ib_zero),
        TEST(a_record_may_open_a_generation_behind_or_before_it),
        TEST(too_much_for_a_generation_is_refused),
        TEST(who_must_not_wait_is_told_so_and_finds_room_later),
        TEST(a_lazy_flush_becomes_durable_by_itself),
        TEST(the_earliest_of_lazy_flushes_counts),
        TEST(headers_form_a_chain_that_the_readers_of_backups_accept),
        TEST(a_clean_end_is_one_whose_checkpoint_names_the_last_record),
        TEST(circular_logging_uses_old_files_again),
        TEST(what_a_backup_keeps_is_not_deleted),
        TEST(a_full_disk_costs_the_reserve_and_then_the_log),
        TEST(a_failed_write_takes_the_log_down),
        TEST(generations_run_out),
        TEST(names_follow_the_configuration),
        TEST(the_hooks_are_told),
        TEST(one_stream_at_a_time_has_the_files),
        TEST(threads_that_commit_at_once_all_find_their_records),
    };
    return cmocka_run_group_tests_name("log_stream", tests, NULL, NULL);
}
