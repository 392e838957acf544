/* SPDX-License-Identifier: MIT */
/* The stop from other threads: it reaches a client, a call that waits its turn, and a pump whose reader sleeps; after
 * it everything is free again. Run under the thread sanitizer, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backup/run.h"
#include "base/compiler.h"
#include "fake_source.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_stream.h"

enum { BUFFER_SIZE = 65536, ROUNDS = 1000, PATIENCE_MS = 60 * 1000 };

static struct os_event *new_event(void)
{
    struct os_event *event;
    assert_int_equal(os_event_new(&event), 0);
    return event;
}

static struct os_thread *start(void (*run)(void *), void *context)
{
    struct os_thread *thread;
    assert_int_equal(os_thread_start(run, context, &thread), 0);
    return thread;
}

/* ---- a call in flight, and one behind it ---- */

struct caller {
    struct backup *b;
    void *buffer;
    jet_err err;
    size_t actual;
};

static void read_once(void *context)
{
    struct caller *caller = context;
    caller->err = backup_read(caller->b, caller->buffer, BUFFER_SIZE, &caller->actual);
}

/* backup-api 14, item 5, and 3.4: the read that was under way gives its data, the one that queued behind it does not,
 * and one that comes after the stop does not even queue. */
static void a_read_in_flight_ends_well_and_a_queued_one_is_refused(void **state)
{
    struct fake_source fake;
    struct caller first = {0}, queued = {0};
    uint64_t size;
    fake_source_init(&fake);
    fake.reading = new_event();
    fake.go_on = new_event();
    assert_int_equal(backup_new(&fake.source, false, &first.b), 0);
    queued.b = first.b;
    first.buffer = os_pages_alloc(BUFFER_SIZE);
    queued.buffer = os_pages_alloc(BUFFER_SIZE);
    assert_non_null(first.buffer);
    assert_non_null(queued.buffer);
    assert_int_equal(backup_begin(first.b, 0), 0);
    assert_int_equal(backup_open(first.b, "D0.edb", 0, &size), 0);

    struct os_thread *first_thread = start(read_once, &first);
    assert_true(os_event_wait(fake.reading, PATIENCE_MS));
    struct os_thread *queued_thread = start(read_once, &queued);
    backup_stop(first.b); /* returns although a read is stuck */
    size_t actual;
    assert_int_equal(backup_read(first.b, queued.buffer, BUFFER_SIZE, &actual), JET_errBackupAbortByServer);
    assert_int_equal(backup_begin(first.b, 0), JET_errBackupInProgress);
    os_event_set(fake.go_on);
    os_thread_join(first_thread);
    os_thread_join(queued_thread);
    assert_int_equal(first.err, JET_errSuccess);
    assert_int_equal(first.actual, BUFFER_SIZE);
    assert_int_equal(queued.err, JET_errBackupAbortByServer);
    assert_int_equal(backup_close(first.b), 0);
    assert_int_equal(backup_end(first.b, BACKUP_BIT_END_NORMAL), 0);
    assert_int_equal(backup_last_outcome(first.b, NULL), BACKUP_OUTCOME_ABORTED_BY_SERVER);

    backup_free(first.b);
    os_pages_free(first.buffer, BUFFER_SIZE);
    os_pages_free(queued.buffer, BUFFER_SIZE);
    os_event_free(fake.reading);
    os_event_free(fake.go_on);
}

/* ---- the pump, stopped at random ---- */

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* Reads `limit` bytes and then sleeps until it is told to end: to the writer, the pipe is full. */
struct reader {
    struct os_stream *stream;
    uint64_t limit;
    uint64_t taken;
    struct os_event *end;
};

static void read_and_sleep(void *context)
{
    struct reader *reader = context;
    uint8_t buffer[16384];
    size_t size = 1;
    while (reader->taken < reader->limit && size > 0) {
        if (os_stream_read(reader->stream, buffer, sizeof buffer, reader->end, &size) < JET_errSuccess)
            return;
        reader->taken += size;
    }
    (void)os_event_wait(reader->end, OS_WAIT_FOREVER);
}

enum { NO_STOP = -1 };

struct stopper {
    struct backup *b;
    struct os_event *before; /* a stop that comes before begin would be forgotten: the pump asks this afterwards */
    struct os_event *go;
    int64_t delay_ns;
};

static void stop_after_a_while(void *context)
{
    struct stopper *stopper = context;
    (void)os_event_wait(stopper->go, OS_WAIT_FOREVER);
    if (stopper->delay_ns == NO_STOP)
        return;
    uint64_t until = os_clock_monotonic_ns() + (uint64_t)stopper->delay_ns;
    (void)os_event_wait(stopper->before, stopper->delay_ns / 1000000); /* most of it, asleep */
    while (os_clock_monotonic_ns() < until)
        ;
    os_event_set(stopper->before);
    backup_stop(stopper->b);
    backup_stop(stopper->b); /* a second one changes nothing */
}

struct trial {
    struct fake_source fake;
    struct backup *b;
    struct reader reader;
    struct stopper stopper;
    jet_err err;
};

static void pump_against(struct trial *trial, uint64_t limit, int64_t delay_ns)
{
    const struct finding_listener nobody = {NULL, NULL};
    struct backup_run_options options = {.tool_version = "test", .found = nobody};
    struct backup_run_result result;
    struct os_stream *writer;
    struct sink *sink;
    trial->reader = (struct reader){.limit = limit, .end = new_event()};
    trial->stopper = (struct stopper){trial->b, new_event(), new_event(), delay_ns};
    options.stopped_before = trial->stopper.before;
    assert_int_equal(os_stream_open_pipe(&trial->reader.stream, &writer), 0);
    assert_int_equal(sink_tar_new(writer, backup_stop_event(trial->b), &nobody, &sink), 0);
    struct os_thread *reader_thread = start(read_and_sleep, &trial->reader);
    struct os_thread *stopper_thread = start(stop_after_a_while, &trial->stopper);
    os_event_set(trial->stopper.go);
    trial->err = backup_run(trial->b, sink, &options, &result);
    os_event_set(trial->reader.end);
    os_thread_join(stopper_thread);
    os_thread_join(reader_thread);
    os_stream_close(writer);
    os_stream_close(trial->reader.stream);
    os_event_free(trial->reader.end);
    os_event_free(trial->stopper.go);
    os_event_free(trial->stopper.before);
}

static void trial_begin(struct trial *trial)
{
    fake_source_init(&trial->fake);
    trial->fake.page_count = 300; /* two of them and three logs: 2.5 MB, more than a pipe takes */
    assert_int_equal(backup_new(&trial->fake.source, false, &trial->b), 0);
}

static void trial_end(struct trial *trial)
{
    backup_free(trial->b);
    assert_false(trial->fake.was_freed_open);
}

/* The reader never takes everything, so only the stop can end the pump: that backup_run() returns at all is half of the
 * test. Each round uses the machine of the round before. */
static void a_stop_at_any_moment_ends_a_pump_whose_reader_sleeps(void **state)
{
    struct trial trial;
    uint64_t seed = 7;
    trial_begin(&trial);
    for (unsigned i = 0; i < ROUNDS; i++) {
        pump_against(&trial, next_random(&seed) % 1000000, (int64_t)(next_random(&seed) % 3000000));
        if (trial.err != JET_errBackupAbortByServer)
            fail_msg("round %u: %d", i, trial.err);
        assert_int_equal(backup_last_outcome(trial.b, NULL), BACKUP_OUTCOME_ABORTED_BY_SERVER);
        assert_false(trial.fake.occupied);
        assert_false(trial.fake.is_open);
        assert_false(trial.fake.ending.stamp);
    }
    /* The next backup works. */
    pump_against(&trial, UINT64_MAX, NO_STOP);
    assert_int_equal(trial.err, JET_errSuccess);
    assert_int_equal(backup_last_outcome(trial.b, NULL), BACKUP_OUTCOME_NORMAL);
    trial_end(&trial);
}

/* Stops against a busy stream: sometimes the backup wins. Either way the machine is idle, and the outcome fits the
 * result. */
static void a_stop_at_any_moment_of_a_flowing_stream_is_either_seen_or_too_late(void **state)
{
    struct trial trial;
    uint64_t seed = 11;
    unsigned stopped = 0;
    trial_begin(&trial);
    for (unsigned i = 0; i < ROUNDS; i++) {
        pump_against(&trial, UINT64_MAX, (int64_t)(next_random(&seed) % 4000000));
        assert_true(trial.err == JET_errSuccess || trial.err == JET_errBackupAbortByServer);
        enum backup_outcome outcome = backup_last_outcome(trial.b, NULL);
        if (trial.err == JET_errBackupAbortByServer)
            assert_int_equal(outcome, BACKUP_OUTCOME_ABORTED_BY_SERVER);
        else /* a stop may still come between the last byte and the end: the set is whole, and recorded as stopped */
            assert_true(outcome == BACKUP_OUTCOME_NORMAL || outcome == BACKUP_OUTCOME_ABORTED_BY_SERVER);
        assert_false(trial.fake.occupied);
        stopped += trial.err != JET_errSuccess;
    }
    assert_true(stopped > 0);
    trial_end(&trial);
}

/* ---- a stop behind the last byte ---- */

/* Takes everything, and stops the backup as soon as the set is whole. */
struct late_sink {
    struct sink sink; /* first */
    struct backup *b;
};

static jet_err late_begin_file(struct sink *sink, const struct sink_file *file)
{
    (void)sink;
    (void)file;
    return JET_errSuccess;
}

static jet_err late_data(struct sink *sink, size_t size)
{
    (void)sink;
    (void)size;
    return JET_errSuccess;
}

static jet_err late_end(struct sink *sink, jet_err status)
{
    (void)sink;
    return status;
}

static jet_err late_finish(struct sink *sink, jet_err status)
{
    struct late_sink *late = (struct late_sink *)sink;
    if (status >= JET_errSuccess)
        backup_stop(late->b);
    return status;
}

static void a_stop_of_the_truncation_leaves_the_logs_and_a_whole_set(void **state)
{
    static const struct sink_ops ops = {late_begin_file, late_data, late_end, late_finish};
    struct late_sink late;
    const struct backup_run_options options = {.tool_version = "test", .truncate = true};
    struct backup_run_result result;
    struct trial trial;
    trial_begin(&trial);
    late.sink = (struct sink){.ops = &ops, .buffer = os_pages_alloc(BUFFER_SIZE), .buffer_size = BUFFER_SIZE};
    assert_non_null(late.sink.buffer);
    late.b = trial.b;
    assert_int_equal(backup_run(trial.b, &late.sink, &options, &result), JET_errSuccess);
    assert_int_equal(result.files, 5);
    assert_true(result.recoverable);
    assert_int_equal(trial.fake.truncate_calls, 0);
    os_pages_free(late.sink.buffer, BUFFER_SIZE);
    assert_int_equal(backup_last_outcome(trial.b, NULL), BACKUP_OUTCOME_ABORTED_BY_SERVER);
    assert_false(trial.fake.occupied);
    trial_end(&trial);
}

/* ---- many clients, one machine ---- */

struct client {
    struct backup *b;
    uint64_t seed;
    atomic_bool *over;
    void *buffer;
};

static void call_at_random(struct client *client)
{
    struct backup *b = client->b;
    struct backup_list list;
    uint64_t size;
    size_t actual;
    jet_err err = JET_errSuccess;
    switch (next_random(&client->seed) % 10) {
    case 0: err = backup_begin(b, 0); break;
    case 1: err = backup_get_attach_info(b, &list); break;
    case 2: err = backup_open(b, "D0.edb", 0, &size); break;
    case 3:
    case 4: err = backup_read(b, client->buffer, BUFFER_SIZE, &actual); break;
    case 5: err = backup_close(b); break;
    case 6: err = backup_get_log_info(b, &list, NULL); break;
    case 7: err = backup_open(b, "edb00005.log", 0, &size); break;
    case 8: err = backup_end(b, BACKUP_BIT_END_NORMAL); break;
    default: backup_stop(b); break;
    }
    if (err < JET_errSuccess && !jet_err_name(err))
        atomic_store(client->over, true);
}

static void be_a_client(void *context)
{
    struct client *client = context;
    for (unsigned i = 0; i < 3000 && !atomic_load(client->over); i++)
        call_at_random(client);
}

static void any_calls_from_any_threads_leave_the_machine_usable(void **state)
{
    enum { CLIENTS = 4 };
    struct fake_source fake;
    struct client clients[CLIENTS];
    struct os_thread *threads[CLIENTS];
    struct backup *b;
    atomic_bool over = false;
    fake_source_init(&fake);
    assert_int_equal(backup_new(&fake.source, false, &b), 0);
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){b, i + 1, &over, os_pages_alloc(BUFFER_SIZE)};
        assert_non_null(clients[i].buffer);
        threads[i] = start(be_a_client, &clients[i]);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        os_thread_join(threads[i]);
        os_pages_free(clients[i].buffer, BUFFER_SIZE);
    }
    assert_false(atomic_load(&over));
    backup_end_by_server(b);
    assert_int_equal(backup_begin(b, 0), 0);
    assert_int_equal(backup_end(b, BACKUP_BIT_END_ABORT), 0);
    backup_free(b);
    assert_false(fake.was_freed_open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_in_flight_ends_well_and_a_queued_one_is_refused),
        cmocka_unit_test(a_stop_at_any_moment_ends_a_pump_whose_reader_sleeps),
        cmocka_unit_test(a_stop_at_any_moment_of_a_flowing_stream_is_either_seen_or_too_late),
        cmocka_unit_test(a_stop_of_the_truncation_leaves_the_logs_and_a_whole_set),
        cmocka_unit_test(any_calls_from_any_threads_leave_the_machine_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
