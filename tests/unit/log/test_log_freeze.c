/* SPDX-License-Identifier: MIT */
/* A log that stands still: which files there are, what waits and what does not, and what is made of the frozen
 * files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "format/checkpoint.h"
#include "format/logrecord_transaction.h"
#include "format/logsegment.h"
#include "log_records.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "support/file_changes.h"
#include "support/temp_folder.h"

enum { A_WHILE_MS = 30 };

static const struct logtime_disk some_time = {.second = 7, .minute = 8, .hour = 9, .day = 10, .month = 11, .year = 126};

/* ---- small tools ---- */

static uint64_t start_of(lgen_t generation)
{
    return lgpos_pack((struct lgpos){.generation = generation, .isec = 1});
}

static bool exists(struct temp_folder *folder, const char *name)
{
    struct os_path_info info;
    return os_path_stat(temp_folder_path(folder, name), &info) == JET_errSuccess;
}

static void append_many(struct log_stream *stream, uint32_t first, uint32_t last)
{
    uint64_t end = 0;
    for (uint32_t number = first; number < last; number++)
        assert_int_equal(log_records_append(stream, number, NULL, &end), JET_errSuccess);
    assert_int_equal(log_flush_to(stream, end), JET_errSuccess);
}

static void freeze(struct log_stream *stream, uint64_t *ret_start, lgen_t *ret_last)
{
    const struct logrec_backup backup = {.phase = LOGREC_BACKUP_PREPARE_LOGS, .kind = LOGREC_BACKUP_OS_SNAPSHOT};
    struct logrec_backup_disk disk;
    logrec_backup_encode(&backup, &disk);
    const struct log_piece piece = {&disk, sizeof disk};
    const struct log_record record = {&piece, 1};
    assert_int_equal(log_freeze(stream, &record, ret_start, ret_last), JET_errSuccess);
}

/* Somebody who does one thing that waits for the thaw. */
struct waiter {
    struct log_stream *stream;
    jet_err (*act)(struct log_stream *stream);
    struct os_thread *thread;
    struct os_event *done;
    jet_err err;
};

static void waiter_run(void *context)
{
    struct waiter *waiter = context;
    waiter->err = waiter->act(waiter->stream);
    os_event_set(waiter->done);
}

static void waiter_start(struct waiter *waiter, struct log_stream *stream, jet_err (*act)(struct log_stream *stream))
{
    *waiter = (struct waiter){.stream = stream, .act = act};
    assert_int_equal(os_event_new(&waiter->done), JET_errSuccess);
    assert_int_equal(os_thread_start(waiter_run, waiter, &waiter->thread), JET_errSuccess);
}

static void waiter_still_waits(struct waiter *waiter)
{
    assert_false(os_event_wait(waiter->done, A_WHILE_MS));
}

static void waiter_goes_on(struct waiter *waiter)
{
    os_thread_join(waiter->thread);
    assert_int_equal(waiter->err, JET_errSuccess);
    os_event_free(waiter->done);
}

static jet_err flush_all(struct log_stream *stream)
{
    return log_flush_to(stream, log_tip(stream));
}

static jet_err wait_for_room(struct log_stream *stream)
{
    log_wait_for_room(stream);
    return JET_errSuccess;
}

static jet_err write_checkpoint(struct log_stream *stream)
{
    const struct log_checkpoint checkpoint = {.checkpoint = start_of(2), .has_attachments = true};
    return log_checkpoint_write(stream, &checkpoint);
}

/* All that is in the folder, into a new one. */
static void copy_folder(struct temp_folder *from, const char *to)
{
    struct os_folder_list names;
    assert_int_equal(os_folder_create(to), JET_errSuccess);
    assert_int_equal(os_folder_list(temp_folder_root(from), &names), JET_errSuccess);
    for (size_t i = 0; i < names.count; i++) {
        struct os_path_info info;
        const char *path = temp_folder_path(from, names.names[i]);
        assert_int_equal(os_path_stat(path, &info), JET_errSuccess);
        if (info.kind != OS_PATH_FILE)
            continue;
        size_t size;
        struct os_file *file;
        void *bytes = temp_file_read(path, &size);
        char *target = os_path_join(to, names.names[i]);
        assert_int_equal(os_file_open(target, OS_FILE_CREATE_NEW, &file), JET_errSuccess);
        assert_int_equal(os_file_write(file, 0, bytes, size), JET_errSuccess);
        os_file_close(file);
        free(target);
        free(bytes);
    }
    os_folder_list_free(&names);
}

/* ---- not circular ---- */

static void a_freeze_leaves_closed_logs_and_the_next_one_under_its_temporary_name(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    uint64_t start, end;
    lgen_t last;
    unsigned others;
    struct waiter committer;
    append_many(stream, 0, 3);
    assert_int_equal(log_records_append(stream, 3, NULL, &end), JET_errSuccess); /* nobody flushes it */
    const lgen_t before = log_generation(stream);
    freeze(stream, &start, &last);
    assert_int_equal(last, before);
    assert_true(start == start_of(before + 1));
    assert_true(log_durable(stream) >= end);
    assert_true(exists(folder, "edb00001.log"));
    assert_true(exists(folder, "edbtmp.log"));
    assert_false(exists(folder, "edb.log"));
    const unsigned changes = file_changes();
    assert_int_equal(log_records_append(stream, 4, NULL, &end), JET_errSuccess);
    assert_int_equal(log_try_flush_to(stream, end), JET_errTaskDropped);
    log_flush_soon(stream);
    waiter_start(&committer, stream, flush_all);
    waiter_still_waits(&committer);
    assert_int_equal(file_changes(), changes);
    assert_true(log_durable(stream) < end);
    assert_int_equal(log_thaw(stream), JET_errSuccess);
    waiter_goes_on(&committer);
    assert_true(log_durable(stream) >= end);
    assert_true(exists(folder, "edb.log"));
    append_many(stream, 5, 60);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, &others), 60);
    assert_int_equal(others, 1);
    assert_int_equal(log_records_read(&config, start, 4, &others), 60); /* the mark is the first of its generation */
    assert_int_equal(others, 1);
}

static void frozen_logs_are_a_stream_that_ends_with_the_last_closed_one(void **state)
{
    struct temp_folder *folder = *state;
    temp_folder_need_reading_in_use(folder);
    const struct log_config config = log_records_config(temp_folder_root(folder));
    const char *to = temp_folder_path(folder, "copy");
    const struct log_config copy = log_records_config(to);
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    uint64_t start;
    lgen_t last;
    append_many(stream, 0, 50);
    freeze(stream, &start, &last);
    assert_int_equal(log_records_append(stream, 50, NULL, NULL), JET_errSuccess);
    copy_folder(folder, to);
    assert_int_equal(log_thaw(stream), JET_errSuccess);
    log_stream_close(stream);

    assert_int_equal(log_records_read(&copy, start_of(1), 0, NULL), 50);
    stream = log_records_open(&copy, NULL, LOG_STARTUP_RECOVER);
    assert_int_equal(log_generation(stream), last + 1);
    append_many(stream, 50, 70);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&copy, start_of(1), 0, NULL), 70);
}

static void who_fills_the_buffer_waits_for_the_thaw(void **state)
{
    struct temp_folder *folder = *state;
    const struct log_config config = log_records_config(temp_folder_root(folder));
    const struct log_append no_wait = {.flags = LOG_APPEND_NO_WAIT};
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    struct waiter one, other;
    uint64_t start;
    lgen_t last;
    uint32_t number = 0;
    freeze(stream, &start, &last);
    assert_int_equal(wait_for_room(stream), JET_errSuccess); /* there is some */
    const unsigned changes = file_changes();
    while (log_records_append(stream, number, &no_wait, NULL) == JET_errSuccess)
        number++;
    assert_true(number > 3);
    waiter_start(&one, stream, wait_for_room);
    waiter_start(&other, stream, flush_all);
    waiter_still_waits(&one);
    waiter_still_waits(&other);
    assert_int_equal(file_changes(), changes);
    assert_int_equal(log_thaw(stream), JET_errSuccess);
    waiter_goes_on(&one);
    waiter_goes_on(&other);
    append_many(stream, number, number + 1);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), number + 1);
}

static void no_generation_is_left_for_a_freeze(void **state)
{
    struct temp_folder *folder = *state;
    struct log_config config = log_records_config(temp_folder_root(folder));
    config.generation_last = 1;
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    const uint8_t mark = LOGREC_SHUT_DOWN_MARK;
    const struct log_piece piece = {&mark, 1};
    const struct log_record record = {&piece, 1};
    uint64_t start;
    lgen_t last;
    assert_int_equal(log_freeze(stream, &record, &start, &last), JET_errLogSequenceEnd);
    append_many(stream, 0, 2);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), 2);
}

/* ---- circular ---- */

static void with_circular_logging_the_current_log_stays(void **state)
{
    struct temp_folder *folder = *state;
    struct log_config config = log_records_config(temp_folder_root(folder));
    config.is_circular = true;
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    struct waiter committer, roller;
    uint64_t start, end;
    lgen_t last;
    unsigned others;
    log_keep_from(stream, 1); /* for reading it all back */
    append_many(stream, 0, 2);
    freeze(stream, &start, &last);
    assert_int_equal(last, log_generation(stream));
    assert_int_equal(lgpos_unpack(start).generation, last);
    assert_true(exists(folder, "edb.log"));
    assert_false(exists(folder, "edbtmp.log"));
    const unsigned changes = file_changes();
    assert_int_equal(log_records_append(stream, 2, NULL, &end), JET_errSuccess);
    waiter_start(&committer, stream, flush_all);
    waiter_start(&roller, stream, write_checkpoint); /* of the log: it is not frozen by this */
    waiter_goes_on(&roller);
    waiter_still_waits(&committer);
    assert_in_range(file_changes() - changes, 1, 3); /* the two copies of the checkpoint, and its file */
    assert_int_equal(log_thaw(stream), JET_errSuccess);
    waiter_goes_on(&committer);
    append_many(stream, 3, 40);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, &others), 40);
    assert_int_equal(others, 1);
}

static void a_circular_log_that_is_nearly_full_rolls_over_first(void **state)
{
    struct temp_folder *folder = *state;
    struct log_config config = log_records_config(temp_folder_root(folder));
    const struct log_append no_wait = {.flags = LOG_APPEND_NO_WAIT};
    config.is_circular = true;
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    uint64_t start;
    lgen_t last;
    uint32_t number = 0;
    while (lgpos_unpack(log_tip(stream)).isec < LOG_SEGMENTS_MIN - 4)
        assert_int_equal(log_records_append(stream, number++, &no_wait, NULL), JET_errSuccess);
    freeze(stream, &start, &last);
    assert_int_equal(last, 2);
    assert_true(exists(folder, "edb00001.log"));
    assert_int_equal(wait_for_room(stream), JET_errSuccess);
    assert_int_equal(log_thaw(stream), JET_errSuccess);
    append_many(stream, number, number + 1);
    log_stream_close(stream);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), number + 1);
}

/* ---- the checkpoint file ---- */

static void a_checkpoint_waits_and_then_names_the_backup(void **state)
{
    struct temp_folder *folder = *state;
    struct log_config config = log_records_config(temp_folder_root(folder));
    config.is_prepared_late = true; /* nobody else changes anything */
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    struct checkpoint_selection selection;
    struct waiter writer;
    size_t size;
    append_many(stream, 0, 40);
    log_checkpoint_freeze(stream);
    log_note_backup(stream, false, start_of(3), some_time);
    log_note_backup(stream, true, start_of(2), some_time);
    const unsigned changes = file_changes();
    waiter_start(&writer, stream, write_checkpoint);
    waiter_still_waits(&writer);
    assert_int_equal(file_changes(), changes);
    log_checkpoint_thaw(stream);
    waiter_goes_on(&writer);
    log_stream_close(stream);
    uint8_t *bytes = temp_file_read(temp_folder_path(folder, "edb.chk"), &size);
    assert_int_equal(checkpoint_select(bytes, size, &selection), JET_errSuccess);
    assert_true(lgpos_pack(lgpos_get(selection.checkpoint->checkpoint)) == start_of(2));
    assert_true(lgpos_pack(lgpos_get(selection.checkpoint->full_backup)) == start_of(3));
    assert_true(lgpos_pack(lgpos_get(selection.checkpoint->incremental_backup)) == start_of(2));
    assert_memory_equal(&selection.checkpoint->full_time, &some_time, sizeof some_time);
    free(bytes);
}

/* ---- threads ---- */

enum { WRITERS = 4, FREEZES = 12 };

struct crowd {
    struct log_stream *stream;
    struct os_mutex *order; /* numbers are appended in their order */
    uint32_t next;
    atomic_uint wrong;
    atomic_bool is_over;
};

static void write_on(void *context)
{
    struct crowd *crowd = context;
    while (!atomic_load(&crowd->is_over)) {
        uint64_t end = 0;
        log_wait_for_room(crowd->stream);
        os_mutex_lock(crowd->order);
        jet_err err = log_records_append(crowd->stream, crowd->next, NULL, &end);
        crowd->next++;
        os_mutex_unlock(crowd->order);
        if (err == JET_errSuccess)
            err = log_flush_to(crowd->stream, end);
        if (err < JET_errSuccess || log_durable(crowd->stream) < end)
            atomic_fetch_add(&crowd->wrong, 1);
    }
}

static void crowd_runs(struct temp_folder *folder, bool is_circular)
{
    struct log_config config = log_records_config(temp_folder_root(folder));
    struct os_thread *threads[WRITERS];
    config.is_circular = is_circular;
    struct crowd crowd = {.stream = log_records_open(&config, NULL, LOG_STARTUP_NEW)};
    uint64_t start;
    lgen_t last;
    log_keep_from(crowd.stream, 1);
    assert_int_equal(os_mutex_new(LOCK_RANK_ATTACH, &crowd.order), JET_errSuccess);
    for (unsigned i = 0; i < WRITERS; i++)
        assert_int_equal(os_thread_start(write_on, &crowd, &threads[i]), JET_errSuccess);
    for (unsigned i = 0; i < FREEZES; i++) {
        freeze(crowd.stream, &start, &last);
        const unsigned changes = file_changes();
        struct os_event *never;
        assert_int_equal(os_event_new(&never), JET_errSuccess);
        (void)os_event_wait(never, 3);
        os_event_free(never);
        assert_int_equal(file_changes(), changes);
        assert_int_equal(log_thaw(crowd.stream), JET_errSuccess);
    }
    atomic_store(&crowd.is_over, true);
    for (unsigned i = 0; i < WRITERS; i++)
        os_thread_join(threads[i]);
    log_stream_close(crowd.stream);
    os_mutex_free(crowd.order);
    assert_int_equal(atomic_load(&crowd.wrong), 0);
    assert_int_equal(log_records_read(&config, start_of(1), 0, NULL), crowd.next);
}

static void writers_lose_nothing_over_many_freezes(void **state)
{
    crowd_runs(*state, false);
}

static void writers_lose_nothing_over_many_freezes_of_a_circular_log(void **state)
{
    crowd_runs(*state, true);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_freeze_leaves_closed_logs_and_the_next_one_under_its_temporary_name),
        WITH_FOLDER(frozen_logs_are_a_stream_that_ends_with_the_last_closed_one),
        WITH_FOLDER(who_fills_the_buffer_waits_for_the_thaw),
        WITH_FOLDER(no_generation_is_left_for_a_freeze),
        WITH_FOLDER(with_circular_logging_the_current_log_stays),
        WITH_FOLDER(a_circular_log_that_is_nearly_full_rolls_over_first),
        WITH_FOLDER(a_checkpoint_waits_and_then_names_the_backup),
        WITH_FOLDER(writers_lose_nothing_over_many_freezes),
        WITH_FOLDER(writers_lose_nothing_over_many_freezes_of_a_circular_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
