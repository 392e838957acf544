/* SPDX-License-Identifier: MIT */
/* A child of fork() keeps no stream open, and loses nothing that is its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../../linux/host/write_end.h"

enum { LIMIT_MS = 5000, CHILD_SECONDS = 20 };

static int open_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC);
}

static int open_nothing(int ends[2])
{
    (void)ends;
    return -1;
}

static pid_t fork_and_wait(void)
{
    const pid_t child = fork();
    if (child == 0) {
        (void)alarm(CHILD_SECONDS); /* of a test that failed */
        for (;;)
            (void)pause();
    }
    assert_true(child > 0);
    return child;
}

static void end_child(pid_t child)
{
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void expect_end(int reader)
{
    struct pollfd fd = {.fd = reader, .events = POLLIN};
    char byte;
    assert_int_equal(poll(&fd, 1, LIMIT_MS), 1);
    assert_int_equal(read(reader, &byte, 1), 0);
    assert_int_equal(close(reader), 0);
}

static void a_child_that_lives_on_keeps_no_stream_open(void **state)
{
    struct write_end ends[3];
    int readers[3];
    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(write_end_open(&ends[i], open_pipe, &readers[i]), 0);
    const pid_t child = fork_and_wait();
    for (size_t i = 0; i < 3; i++) {
        const size_t which = (i + 1) % 3; /* in no order */
        write_end_close(&ends[which]);
        expect_end(readers[which]);
    }
    end_child(child);
}

static void the_parent_goes_on_writing(void **state)
{
    struct write_end end;
    int reader;
    char byte = 0;
    (void)state;
    assert_int_equal(write_end_open(&end, open_pipe, &reader), 0);
    end_child(fork_and_wait());
    assert_int_equal(write(end.fd, "x", 1), 1);
    assert_int_equal(read(reader, &byte, 1), 1);
    assert_int_equal(byte, 'x');
    write_end_close(&end);
    write_end_close(&end); /* not open any more */
    expect_end(reader);
}

static void what_has_become_another_file_is_left_to_the_child(void **state)
{
    struct write_end end;
    int reader, status = -1;
    (void)state;
    assert_int_equal(write_end_open(&end, open_pipe, &reader), 0);
    const int number = end.fd;
    write_end_close(&end);
    assert_int_equal(open("/dev/null", O_WRONLY | O_CLOEXEC), number);
    const pid_t child = fork();
    if (child == 0)
        _exit(fcntl(number, F_GETFD) >= 0 ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(close(number), 0);
    assert_int_equal(close(reader), 0);
}

static void an_end_that_could_not_be_opened_is_none(void **state)
{
    struct write_end end = {.fd = -1};
    int reader = -7;
    (void)state;
    assert_int_not_equal(write_end_open(&end, open_nothing, &reader), 0);
    assert_int_equal(reader, -7);
    write_end_close(&end);
    end_child(fork_and_wait());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_that_lives_on_keeps_no_stream_open),
        cmocka_unit_test(the_parent_goes_on_writing),
        cmocka_unit_test(what_has_become_another_file_is_left_to_the_child),
        cmocka_unit_test(an_end_that_could_not_be_opened_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
