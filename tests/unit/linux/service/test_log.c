/* SPDX-License-Identifier: MIT */
/* test_log.c - the log to standard error: never waits, holds lines back, tells what it lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"

enum { RING_LINES = 4096 };

static int saved_stderr, reader;

/* Standard error leads to `fds[1]` for the test. */
static void redirect(const int fds[2])
{
    saved_stderr = dup(STDERR_FILENO);
    assert_true(saved_stderr >= 0);
    assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(fds[1]), 0);
    reader = fds[0];
    assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
    service_log_start(LOG_LEVEL_INFO);
}

static int to_socket(void **state)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    redirect(fds);
    return 0;
}

static int to_pipe(void **state)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    redirect(fds);
    return 0;
}

static int back(void **state)
{
    service_log_end();
    assert_int_equal(dup2(saved_stderr, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(saved_stderr), 0);
    assert_int_equal(close(reader), 0);
    return 0;
}

/* What there is to read now, up to `size` - 1 bytes. */
static size_t take(char *text, size_t size)
{
    const ssize_t length = read(reader, text, size - 1);
    assert_true(length >= 0);
    text[length] = '\0';
    return (size_t)length;
}

static void a_line_is_an_event(void **state)
{
    char text[4096];
    service_log(LOG_LEVEL_INFO, "one key=%s", "a\nb");
    service_log(LOG_LEVEL_DEBUG, "too much");
    service_log(LOG_LEVEL_ERROR, "two");
    (void)take(text, sizeof text);
    assert_string_equal(text, "one key=a?b\ntwo\n");
}

static void a_long_line_is_cut_below_2_kib(void **state)
{
    char text[8192], word[5000];
    memset(word, 'x', sizeof word);
    word[sizeof word - 1] = '\0';
    service_log(LOG_LEVEL_INFO, "%s", word);
    const size_t length = take(text, sizeof text);
    assert_true(length < 2048);
    assert_int_equal(text[length - 1], '\n');
}

static void what_is_held_comes_later_in_order(void **state)
{
    char text[4096];
    service_log_hold(true);
    service_log(LOG_LEVEL_INFO, "one");
    service_log(LOG_LEVEL_INFO, "two");
    service_log_hold(false);
    service_log(LOG_LEVEL_INFO, "three");
    (void)take(text, sizeof text);
    assert_string_equal(text, "one\ntwo\nthree\n");
}

/* Nobody reads: every line but those that fit and those of the ring is lost, and counted. */
static void a_full_descriptor_loses_lines_and_says_so(void **state)
{
    enum { LINES = 3 * RING_LINES, LINE = 100, SIZE = LINES * (LINE + 1) };
    char line[LINE + 1];
    memset(line, 'y', LINE);
    line[LINE] = '\0';
    for (int i = 0; i < LINES; i++)
        service_log(LOG_LEVEL_INFO, "%s", line);
    char *all = malloc(SIZE);
    assert_non_null(all);
    size_t length = 0;
    while (!memmem(all, length, "dropped=", 8)) {
        assert_true(length + 1 < SIZE);
        length += take(all + length, SIZE - length);
        (void)service_log_flush();
    }
    const char *told = memmem(all, length, "lines of the log were lost dropped=", 35);
    assert_non_null(told);
    const long dropped = strtol(told + 35, NULL, 10);
    assert_int_equal((told - all) / (LINE + 1) + dropped, LINES);
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_an_event, to_socket, back),
        cmocka_unit_test_setup_teardown(a_long_line_is_cut_below_2_kib, to_pipe, back),
        cmocka_unit_test_setup_teardown(what_is_held_comes_later_in_order, to_pipe, back),
        cmocka_unit_test_setup_teardown(a_full_descriptor_loses_lines_and_says_so, to_socket, back),
        cmocka_unit_test_setup_teardown(a_full_descriptor_loses_lines_and_says_so, to_pipe, back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
