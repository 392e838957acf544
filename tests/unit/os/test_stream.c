/* SPDX-License-Identifier: MIT */
/* Tests of os/os_stream.h that hold on every platform: the contract of the pipe, whole transfers and the ways out. */
#include "os/os_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "os/os_clock.h"
#include "os/os_error.h"

enum {
    MORE_THAN_A_PIPE_HOLDS = 16 << 20,
    TIME_TO_BLOCK_MS = 100, /* a thread that just started has reached its wait by then */
    SOON_MS = 10000,        /* the promise is a second; whether it is kept on a machine at work, no test can say */
};

struct ends {
    struct os_stream *reader;
    struct os_stream *writer;
    struct os_event *event;
};

static int ends_setup(void **state)
{
    struct ends *ends = calloc(1, sizeof *ends);
    if (!ends || os_stream_open_pipe(&ends->reader, &ends->writer) < JET_errSuccess ||
        os_event_new(&ends->event) < JET_errSuccess)
        return -1;
    *state = ends;
    return 0;
}

static int ends_teardown(void **state)
{
    struct ends *ends = *state;
    os_stream_close(ends->reader);
    os_stream_close(ends->writer);
    os_event_free(ends->event);
    free(ends);
    return 0;
}

static uint64_t elapsed_ms(uint64_t since_ns)
{
    return (os_clock_monotonic_ns() - since_ns) / 1000000;
}

static void let_it_block(void)
{
    struct os_event *never;
    assert_int_equal(os_event_new(&never), JET_errSuccess);
    assert_false(os_event_wait(never, TIME_TO_BLOCK_MS));
    os_event_free(never);
}

/* One transfer on a thread of its own. */
struct transfer {
    struct os_stream *stream;
    struct os_event *event;
    unsigned char *bytes;
    size_t size;
    jet_err err;
    int last_error;
    size_t actual;
};

static void write_run(void *context)
{
    struct transfer *transfer = context;
    transfer->err = os_stream_write(transfer->stream, transfer->bytes, transfer->size, transfer->event);
    transfer->last_error = os_last_error();
}

static void read_run(void *context)
{
    struct transfer *transfer = context;
    transfer->err =
        os_stream_read(transfer->stream, transfer->bytes, transfer->size, transfer->event, &transfer->actual);
    transfer->last_error = os_last_error();
}

static struct os_thread *start(void (*run)(void *context), struct transfer *transfer)
{
    struct os_thread *thread = NULL;
    assert_int_equal(os_thread_start(run, transfer, &thread), JET_errSuccess);
    return thread;
}

static unsigned char *pattern_new(size_t size)
{
    unsigned char *bytes = malloc(size);
    uint32_t x = 1;
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (unsigned char)(x >> 24);
    }
    return bytes;
}

/* Reads `size` bytes in portions of changing size and compares; then the end must come. */
static void assert_stream_holds(struct os_stream *reader, const unsigned char *expected, size_t size)
{
    static const size_t portions[] = {1, 4096, 100000, 7, 65536, 1 << 20, 3000};
    unsigned char *buffer = malloc(1 << 20);
    size_t done = 0;
    assert_non_null(buffer);
    for (unsigned i = 0;; i++) {
        size_t portion = portions[i % COUNT_OF(portions)];
        size_t actual = 0;
        assert_int_equal(os_stream_read(reader, buffer, portion, NULL, &actual), JET_errSuccess);
        if (actual == 0)
            break;
        assert_true(actual <= portion && actual <= size - done);
        assert_memory_equal(buffer, expected + done, actual);
        done += actual;
    }
    assert_int_equal(done, size);
    free(buffer);
}

static void write_and_close_run(void *context)
{
    static const size_t portions[] = {262144, 1, 5000, 1 << 20, 4096, 3 << 20};
    struct transfer *transfer = context;
    size_t done = 0;
    for (unsigned i = 0; done < transfer->size && transfer->err == JET_errSuccess; i++) {
        size_t portion = portions[i % COUNT_OF(portions)];
        if (portion > transfer->size - done)
            portion = transfer->size - done;
        transfer->err = os_stream_write(transfer->stream, transfer->bytes + done, portion, transfer->event);
        done += portion;
    }
    os_stream_close(transfer->stream);
}

static void every_byte_arrives_in_order_and_then_the_end(void **state)
{
    struct ends *ends = *state;
    struct transfer transfer = {.stream = ends->writer, .event = ends->event, .size = MORE_THAN_A_PIPE_HOLDS + 123};
    transfer.bytes = pattern_new(transfer.size);
    ends->writer = NULL; /* the thread closes it */
    struct os_thread *thread = start(write_and_close_run, &transfer);
    assert_stream_holds(ends->reader, transfer.bytes, transfer.size);
    os_thread_join(thread);
    assert_int_equal(transfer.err, JET_errSuccess);
    free(transfer.bytes);
}

static void the_end_of_the_stream_stays_the_end(void **state)
{
    struct ends *ends = *state;
    char buffer[16];
    size_t actual = 99;
    assert_int_equal(os_stream_write(ends->writer, "abc", 3, NULL), JET_errSuccess);
    os_stream_close(ends->writer);
    ends->writer = NULL;
    assert_int_equal(os_stream_read(ends->reader, buffer, sizeof buffer, ends->event, &actual), JET_errSuccess);
    assert_int_equal(actual, 3);
    assert_memory_equal(buffer, "abc", 3);
    for (unsigned i = 0; i < 2; i++) {
        actual = 99;
        assert_int_equal(os_stream_read(ends->reader, buffer, sizeof buffer, ends->event, &actual), JET_errSuccess);
        assert_int_equal(actual, 0);
    }
}

static void a_read_takes_what_is_there(void **state)
{
    struct ends *ends = *state;
    char buffer[16];
    size_t actual = 0;
    assert_int_equal(os_stream_write(ends->writer, "abc", 3, ends->event), JET_errSuccess);
    assert_int_equal(os_stream_read(ends->reader, buffer, 2, ends->event, &actual), JET_errSuccess);
    assert_int_equal(actual, 2);
    assert_int_equal(os_stream_read(ends->reader, buffer, sizeof buffer, ends->event, &actual), JET_errSuccess);
    assert_int_equal(actual, 1);
    assert_int_equal(buffer[0], 'c');
}

static void writing_nothing_succeeds(void **state)
{
    struct ends *ends = *state;
    assert_int_equal(os_stream_write(ends->writer, "", 0, NULL), JET_errSuccess);
    assert_int_equal(os_stream_write(ends->writer, "", 0, ends->event), JET_errSuccess);
}

static void a_writer_blocked_in_a_full_pipe_is_woken_by_the_event(void **state)
{
    struct ends *ends = *state;
    struct transfer transfer = {.stream = ends->writer, .event = ends->event, .size = MORE_THAN_A_PIPE_HOLDS};
    transfer.bytes = calloc(1, transfer.size);
    assert_non_null(transfer.bytes);
    struct os_thread *thread = start(write_run, &transfer);
    let_it_block();
    uint64_t start_ns = os_clock_monotonic_ns();
    os_event_set(ends->event);
    os_thread_join(thread);
    assert_in_range(elapsed_ms(start_ns), 0, SOON_MS);
    assert_int_equal(transfer.err, JET_errBackupAbortByServer);
    assert_int_equal(transfer.last_error, 0);
    free(transfer.bytes);
}

static void a_reader_of_an_empty_pipe_is_woken_by_the_event(void **state)
{
    struct ends *ends = *state;
    unsigned char buffer[16];
    struct transfer transfer = {
        .stream = ends->reader, .event = ends->event, .bytes = buffer, .size = sizeof buffer, .actual = 99};
    struct os_thread *thread = start(read_run, &transfer);
    let_it_block();
    uint64_t start_ns = os_clock_monotonic_ns();
    os_event_set(ends->event);
    os_thread_join(thread);
    assert_in_range(elapsed_ms(start_ns), 0, SOON_MS);
    assert_int_equal(transfer.err, JET_errBackupAbortByServer);
    assert_int_equal(transfer.last_error, 0);
    assert_int_equal(transfer.actual, 99);
}

static void a_set_event_refuses_even_what_would_be_possible_at_once(void **state)
{
    struct ends *ends = *state;
    char buffer[16];
    size_t actual = 99;
    assert_int_equal(os_stream_write(ends->writer, "abc", 3, ends->event), JET_errSuccess);
    os_event_set(ends->event);
    assert_int_equal(os_stream_write(ends->writer, "def", 3, ends->event), JET_errBackupAbortByServer);
    assert_int_equal(os_stream_read(ends->reader, buffer, sizeof buffer, ends->event, &actual),
                     JET_errBackupAbortByServer);
    assert_int_equal(actual, 99);
    assert_int_equal(os_stream_read(ends->reader, buffer, sizeof buffer, NULL, &actual), JET_errSuccess);
    assert_int_equal(actual, 3);
}

static void a_reader_that_is_gone_is_a_disk_error(void **state)
{
    struct ends *ends = *state;
    os_stream_close(ends->reader);
    ends->reader = NULL;
    assert_int_equal(os_stream_write(ends->writer, "abc", 3, ends->event), JET_errDiskIO);
    assert_int_not_equal(os_last_error(), 0);
    assert_int_equal(os_stream_write(ends->writer, "abc", 3, NULL), JET_errDiskIO);
}

static void a_reader_that_goes_away_ends_a_blocked_write(void **state)
{
    struct ends *ends = *state;
    struct transfer transfer = {.stream = ends->writer, .event = ends->event, .size = MORE_THAN_A_PIPE_HOLDS};
    transfer.bytes = calloc(1, transfer.size);
    assert_non_null(transfer.bytes);
    struct os_thread *thread = start(write_run, &transfer);
    let_it_block();
    uint64_t start_ns = os_clock_monotonic_ns();
    os_stream_close(ends->reader);
    ends->reader = NULL;
    os_thread_join(thread);
    assert_in_range(elapsed_ms(start_ns), 0, SOON_MS);
    assert_int_equal(transfer.err, JET_errDiskIO);
    free(transfer.bytes);
}

static void a_writer_that_goes_away_ends_a_blocked_read(void **state)
{
    struct ends *ends = *state;
    unsigned char buffer[16];
    struct transfer transfer = {
        .stream = ends->reader, .event = NULL, .bytes = buffer, .size = sizeof buffer, .actual = 99};
    struct os_thread *thread = start(read_run, &transfer);
    let_it_block();
    os_stream_close(ends->writer);
    ends->writer = NULL;
    os_thread_join(thread);
    assert_int_equal(transfer.err, JET_errSuccess);
    assert_int_equal(transfer.actual, 0);
}

static void stops_at_any_moment_end_the_transfer(void **state)
{
    enum { ROUNDS = 200, SIZE = 8 << 20 }; /* 40 reads of 64 KiB and a full pipe leave some of it */
    unsigned char *bytes = calloc(1, SIZE);
    unsigned char *buffer = malloc(65536);
    assert_non_null(bytes);
    assert_non_null(buffer);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ends *ends;
        size_t actual;
        assert_int_equal(ends_setup((void **)&ends), 0);
        struct transfer transfer = {.stream = ends->writer, .event = ends->event, .bytes = bytes, .size = SIZE};
        struct os_thread *thread = start(write_run, &transfer);
        for (unsigned i = 0; i < round % 40; i++)
            assert_int_equal(os_stream_read(ends->reader, buffer, 65536, NULL, &actual), JET_errSuccess);
        os_event_set(ends->event);
        os_thread_join(thread);
        assert_int_equal(transfer.err, JET_errBackupAbortByServer);
        assert_int_equal(ends_teardown((void **)&ends), 0);
    }
    free(bytes);
    free(buffer);
}

static void a_pipe_is_not_a_terminal(void **state)
{
    const struct ends *ends = *state;
    assert_false(os_stream_is_terminal(ends->writer));
    assert_false(os_stream_is_terminal(ends->reader));
    os_stream_close(NULL);
}

static void standard_output_outlives_its_stream(void **state)
{
    for (unsigned i = 0; i < 3; i++) {
        struct os_stream *stream = NULL;
        assert_int_equal(os_stream_open_stdout(&stream), JET_errSuccess);
        assert_int_equal(os_stream_write(stream, "# a line on standard output\n", 28, NULL), JET_errSuccess);
        os_stream_close(stream);
    }
}

#define WITH_PIPE(test) cmocka_unit_test_setup_teardown(test, ends_setup, ends_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_PIPE(every_byte_arrives_in_order_and_then_the_end),
        WITH_PIPE(the_end_of_the_stream_stays_the_end),
        WITH_PIPE(a_read_takes_what_is_there),
        WITH_PIPE(writing_nothing_succeeds),
        WITH_PIPE(a_writer_blocked_in_a_full_pipe_is_woken_by_the_event),
        WITH_PIPE(a_reader_of_an_empty_pipe_is_woken_by_the_event),
        WITH_PIPE(a_set_event_refuses_even_what_would_be_possible_at_once),
        WITH_PIPE(a_reader_that_is_gone_is_a_disk_error),
        WITH_PIPE(a_reader_that_goes_away_ends_a_blocked_write),
        WITH_PIPE(a_writer_that_goes_away_ends_a_blocked_read),
        cmocka_unit_test(stops_at_any_moment_end_the_transfer),
        WITH_PIPE(a_pipe_is_not_a_terminal),
        cmocka_unit_test(standard_output_outlives_its_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
