/* SPDX-License-Identifier: MIT */
/* Tests of linux/os: streams over descriptors that somebody else opened, and the SIGPIPE that nobody may see. */
#include "os/os_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/os_clock.h"
#include "os/os_error.h"
#include "support/temp_folder.h"

enum { LARGE = 8 << 20, TIME_TO_BLOCK_MS = 100, SOON_MS = 10000 };

static struct os_stream *open_native(int fd)
{
    struct os_stream *stream = NULL;
    assert_int_equal(os_stream_open_native(fd, &stream), JET_errSuccess);
    return stream;
}

/* Without a descriptor to spare, a stream cannot have a description of its own and has to share. */
static struct os_stream *open_native_shared(int fd)
{
    struct rlimit before;
    struct rlimit none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct os_stream *stream = open_native(fd);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    return stream;
}

static struct os_event *new_event(void)
{
    struct os_event *event = NULL;
    assert_int_equal(os_event_new(&event), JET_errSuccess);
    return event;
}

static void let_it_block(void)
{
    struct os_event *never = new_event();
    assert_false(os_event_wait(never, TIME_TO_BLOCK_MS));
    os_event_free(never);
}

struct transfer {
    struct os_stream *stream;
    struct os_event *event;
    unsigned char *bytes;
    size_t size;
    jet_err err;
};

static void write_run(void *context)
{
    struct transfer *transfer = context;
    transfer->err = os_stream_write(transfer->stream, transfer->bytes, transfer->size, transfer->event);
}

static void write_and_close_run(void *context)
{
    struct transfer *transfer = context;
    write_run(transfer);
    os_stream_close(transfer->stream);
}

static struct os_thread *start(void (*run)(void *context), struct transfer *transfer)
{
    struct os_thread *thread = NULL;
    transfer->bytes = malloc(transfer->size);
    assert_non_null(transfer->bytes);
    for (size_t i = 0; i < transfer->size; i++)
        transfer->bytes[i] = (unsigned char)(i * 7 + i / 251);
    assert_int_equal(os_thread_start(run, transfer, &thread), JET_errSuccess);
    return thread;
}

/* Every byte that one stream takes must come out of the other; both are closed. */
static void assert_carries(struct os_stream *reader, struct os_stream *writer)
{
    struct transfer transfer = {.stream = writer, .size = LARGE, .event = new_event()};
    struct os_thread *thread = start(write_and_close_run, &transfer);
    unsigned char *buffer = malloc(LARGE);
    size_t done = 0;
    size_t actual = 0;
    assert_non_null(buffer);
    do {
        done += actual;
        assert_int_equal(os_stream_read(reader, buffer + done, LARGE - done, transfer.event, &actual), JET_errSuccess);
    } while (actual > 0 && done + actual < LARGE);
    os_thread_join(thread);
    assert_int_equal(transfer.err, JET_errSuccess);
    assert_int_equal(done + actual, LARGE);
    assert_memory_equal(buffer, transfer.bytes, LARGE);
    assert_int_equal(os_stream_read(reader, buffer, 1, NULL, &actual), JET_errSuccess);
    assert_int_equal(actual, 0);
    os_stream_close(reader);
    os_event_free(transfer.event);
    free(transfer.bytes);
    free(buffer);
}

static void assert_blocked_writer_is_woken(struct os_stream *writer)
{
    struct transfer transfer = {.stream = writer, .size = LARGE, .event = new_event()};
    struct os_thread *thread = start(write_run, &transfer);
    let_it_block();
    uint64_t start_ns = os_clock_monotonic_ns();
    os_event_set(transfer.event);
    os_thread_join(thread);
    assert_in_range((os_clock_monotonic_ns() - start_ns) / 1000000, 0, SOON_MS);
    assert_int_equal(transfer.err, JET_errBackupAbortByServer);
    os_event_free(transfer.event);
    free(transfer.bytes);
}

static void pipes_fifos_and_sockets_carry_every_byte(void **state)
{
    const char *fifo = temp_folder_path(*state, "fifo");
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_carries(open_native(ends[0]), open_native(ends[1]));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_carries(open_native(ends[0]), open_native(ends[1]));
    assert_int_equal(mkfifo(fifo, 0600), 0);
    ends[0] = open(fifo, O_RDONLY | O_NONBLOCK);
    ends[1] = open(fifo, O_WRONLY);
    assert_carries(open_native(ends[0]), open_native(ends[1]));
}

static void a_shared_description_carries_every_byte_too(void **state)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct os_stream *reader = open_native_shared(ends[0]);
    struct os_stream *writer = open_native_shared(ends[1]);
    assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
    assert_carries(reader, writer);
}

static void a_writer_blocked_in_a_pipe_or_socket_is_woken(void **state)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct os_stream *writer = open_native(ends[1]);
    assert_blocked_writer_is_woken(writer);
    os_stream_close(writer);
    close(ends[0]);

    assert_int_equal(pipe(ends), 0);
    writer = open_native_shared(ends[1]);
    /* With something in the pipe, no large write fits. */
    assert_int_equal(os_stream_write(writer, "x", 1, NULL), JET_errSuccess);
    assert_blocked_writer_is_woken(writer);
    os_stream_close(writer);
    close(ends[0]);

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    writer = open_native(ends[1]);
    assert_blocked_writer_is_woken(writer);
    os_stream_close(writer);
    close(ends[0]);
}

static void other_holders_of_the_descriptor_see_no_change(void **state)
{
    static const char byte = 'x';
    int ends[2];
    char got;
    assert_int_equal(pipe(ends), 0);
    int other = dup(ends[1]);
    int flags = fcntl(other, F_GETFL);
    struct os_stream *stream = open_native(ends[1]);
    assert_int_equal(os_stream_write(stream, &byte, 1, NULL), JET_errSuccess);
    assert_int_equal(fcntl(other, F_GETFL), flags);
    os_stream_close(stream);
    assert_int_equal(fcntl(other, F_GETFL), flags);
    assert_int_equal(write(other, &byte, 1), 1);
    close(other);
    assert_int_equal(read(ends[0], &got, 1), 1);
    assert_int_equal(read(ends[0], &got, 1), 1);
    assert_int_equal(read(ends[0], &got, 1), 0); /* nothing of the stream is left open */
    close(ends[0]);
}

static void a_pipe_is_grown_where_the_system_allows_it(void **state)
{
    int ends[2];
    int ours[2];
    assert_int_equal(pipe(ours), 0);
    int possible = fcntl(ours[0], F_SETPIPE_SZ, 1 << 20);
    close(ours[0]);
    close(ours[1]);
    if (possible < 0)
        skip();
    assert_int_equal(pipe(ends), 0);
    os_stream_close(open_native(ends[1]));
    assert_int_equal(fcntl(ends[0], F_GETPIPE_SZ), 1 << 20);
    close(ends[0]);
}

static volatile sig_atomic_t sigpipes;

static void count_sigpipe(int number)
{
    (void)number;
    sigpipes++;
}

/* Writes to a stream without a reader under this disposition of SIGPIPE; the process must not notice. */
static void assert_broken_pipe_is_quiet(void (*disposition)(int), struct os_stream *stream, int reader)
{
    sigset_t pending;
    sigset_t mask;
    struct sigaction action = {.sa_handler = disposition};
    struct sigaction before;
    assert_int_equal(sigaction(SIGPIPE, &action, &before), 0);
    sigpipes = 0;
    close(reader);
    assert_int_equal(os_stream_write(stream, "abc", 3, NULL), JET_errDiskIO);
    assert_int_equal(os_last_error(), EPIPE);
    assert_int_equal(os_stream_write(stream, "abc", 3, NULL), JET_errDiskIO);
    assert_int_equal(sigpending(&pending), 0);
    assert_int_equal(sigismember(&pending, SIGPIPE), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
    assert_int_equal(sigismember(&mask, SIGPIPE), 0);
    assert_int_equal(sigpipes, 0);
    os_stream_close(stream);
    assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
}

static void a_reader_that_is_gone_raises_no_signal(void **state)
{
    static void (*const dispositions[])(int) = {SIG_DFL, SIG_IGN, count_sigpipe};
    int ends[2];
    for (size_t i = 0; i < COUNT_OF(dispositions); i++) {
        assert_int_equal(pipe(ends), 0);
        assert_broken_pipe_is_quiet(dispositions[i], open_native(ends[1]), ends[0]);
        assert_int_equal(pipe(ends), 0);
        assert_broken_pipe_is_quiet(dispositions[i], open_native_shared(ends[1]), ends[0]);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        assert_broken_pipe_is_quiet(dispositions[i], open_native(ends[1]), ends[0]);
    }
}

static void a_fifo_whose_reader_left_before_opening_is_quiet_too(void **state)
{
    const char *fifo = temp_folder_path(*state, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    int reader = open(fifo, O_RDONLY | O_NONBLOCK);
    int writer = open(fifo, O_WRONLY);
    close(reader);
    assert_broken_pipe_is_quiet(SIG_DFL, open_native(writer), -1);
}

static void a_sigpipe_of_somebody_else_stays_pending(void **state)
{
    sigset_t sigpipe;
    sigset_t before;
    sigset_t pending;
    int ends[2];
    int number;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    assert_int_equal(sigprocmask(SIG_BLOCK, &sigpipe, &before), 0);
    assert_int_equal(raise(SIGPIPE), 0);
    assert_int_equal(pipe(ends), 0);
    struct os_stream *stream = open_native(ends[1]);
    close(ends[0]);
    assert_int_equal(os_stream_write(stream, "abc", 3, NULL), JET_errDiskIO);
    os_stream_close(stream);
    assert_int_equal(sigpending(&pending), 0);
    assert_int_equal(sigismember(&pending, SIGPIPE), 1);
    assert_int_equal(sigwait(&sigpipe, &number), 0);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

static void a_file_is_a_stream_too_and_a_full_one_says_so(void **state)
{
    const char *path = temp_folder_path(*state, "file");
    char buffer[16];
    size_t actual;
    struct os_stream *stream = open_native(open(path, O_WRONLY | O_CREAT | O_APPEND, 0600));
    struct os_event *event = new_event();
    assert_int_equal(os_stream_write(stream, "abc", 3, event), JET_errSuccess);
    assert_int_equal(os_stream_write(stream, "def", 3, NULL), JET_errSuccess);
    os_event_set(event);
    assert_int_equal(os_stream_write(stream, "ghi", 3, event), JET_errBackupAbortByServer);
    os_stream_close(stream);
    stream = open_native(open(path, O_RDONLY));
    assert_int_equal(os_stream_read(stream, buffer, sizeof buffer, NULL, &actual), JET_errSuccess);
    assert_int_equal(actual, 6);
    assert_memory_equal(buffer, "abcdef", 6);
    os_stream_close(stream);
    stream = open_native(open("/dev/full", O_WRONLY));
    assert_int_equal(os_stream_write(stream, "abc", 3, NULL), JET_errDiskFull);
    os_stream_close(stream);
    os_event_free(event);
}

static void a_terminal_is_one(void **state)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    struct os_stream *stream = open_native(slave);
    assert_true(os_stream_is_terminal(stream));
    assert_blocked_writer_is_woken(stream); /* nobody reads the master: the same as Ctrl-S */
    os_stream_close(stream);
    close(master);
}

static void what_is_no_descriptor_is_refused(void **state)
{
    struct os_stream *stream = NULL;
    int closed = dup(STDERR_FILENO);
    close(closed);
    assert_int_equal(os_stream_open_native(-1, &stream), JET_errDiskIO);
    assert_int_equal(os_last_error(), EBADF);
    assert_int_equal(os_stream_open_native(closed, &stream), JET_errDiskIO);
    assert_null(stream);
}

/* In a child with standard output in a pipe: writes by a stream, closes it, and writes by other means. */
static void write_to_standard_output_twice(void)
{
    struct os_stream *stream = NULL;
    bool ok = os_stream_open_stdout(&stream) == JET_errSuccess &&
              os_stream_write(stream, "stream ", 7, NULL) == JET_errSuccess;
    os_stream_close(stream);
    ok = ok && write(STDOUT_FILENO, "plain", 5) == 5 && (fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK) == 0;
    _exit(ok ? 0 : 1);
}

static void standard_output_stays_open_for_the_process(void **state)
{
    int ends[2];
    int status;
    char text[32] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        write_to_standard_output_twice();
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(read(ends[0], text, sizeof text), 12);
    assert_string_equal(text, "stream plain");
    close(ends[0]);
}

static void echo_standard_input(void)
{
    struct os_stream *stream = NULL;
    char buffer[32];
    size_t actual = 0;
    bool ok = os_stream_open_stdin(&stream) == JET_errSuccess &&
              os_stream_read(stream, buffer, sizeof buffer, NULL, &actual) == JET_errSuccess && actual == 5 &&
              memcmp(buffer, "hello", 5) == 0 &&
              os_stream_read(stream, buffer, sizeof buffer, NULL, &actual) == JET_errSuccess && actual == 0;
    os_stream_close(stream);
    _exit(ok && fcntl(STDIN_FILENO, F_GETFD) >= 0 ? 0 : 1);
}

static void standard_input_is_read_to_its_end(void **state)
{
    int ends[2];
    int status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[1]);
        echo_standard_input();
    }
    close(ends[0]);
    assert_int_equal(write(ends[1], "hello", 5), 5);
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_FOLDER(pipes_fifos_and_sockets_carry_every_byte),
        cmocka_unit_test(a_shared_description_carries_every_byte_too),
        cmocka_unit_test(a_writer_blocked_in_a_pipe_or_socket_is_woken),
        cmocka_unit_test(other_holders_of_the_descriptor_see_no_change),
        cmocka_unit_test(a_pipe_is_grown_where_the_system_allows_it),
        cmocka_unit_test(a_reader_that_is_gone_raises_no_signal),
        WITH_FOLDER(a_fifo_whose_reader_left_before_opening_is_quiet_too),
        cmocka_unit_test(a_sigpipe_of_somebody_else_stays_pending),
        WITH_FOLDER(a_file_is_a_stream_too_and_a_full_one_says_so),
        cmocka_unit_test(a_terminal_is_one),
        cmocka_unit_test(what_is_no_descriptor_is_refused),
        cmocka_unit_test(standard_output_stays_open_for_the_process),
        cmocka_unit_test(standard_input_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
