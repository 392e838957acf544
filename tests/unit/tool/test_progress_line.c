/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tool/progress_line.h"
#include "tool/text.h"

/* The example of the documentation. */
static const struct progress_state example = {
    .name = "mail",
    .phase = "databases",
    .file_index = 2,
    .file_count = 3,
    .bytes_done = 13314398618u,  /* 12.4 GiB */
    .bytes_total = 30923764531u, /* 28.8 GiB */
    .elapsed_ms = 15639,
};

static void assert_line(const struct progress_state *state, unsigned width, const char *expected)
{
    char line[PROGRESS_LINE_SIZE];
    assert_string_equal(progress_line_format(state, width, line), expected);
}

static void wide_terminal_shows_everything(void **state)
{
    assert_line(&example, 100, "mail  databases 2/3  43.1% [####......]  12.4/28.8 GiB  811.9 MiB/s  ETA 0:20");
}

static void narrow_terminals_lose_the_least_wanted_first(void **state)
{
    assert_line(&example, 76, "mail  databases 2/3  43.1%  12.4/28.8 GiB  811.9 MiB/s  ETA 0:20");
    assert_line(&example, 60, "mail  databases 2/3  43.1%  12.4/28.8 GiB  ETA 0:20");
    assert_line(&example, 45, "databases 2/3  43.1%  12.4/28.8 GiB  ETA 0:20");
    assert_line(&example, 44, "databases  43.1%  12.4/28.8 GiB  ETA 0:20");
    assert_line(&example, 30, "databases  43.1%  ETA 0:20");
    assert_line(&example, 20, "databases  43.1%");
    assert_line(&example, 10, "43.1%");
    assert_line(&example, 4, "");
}

static void no_width_is_exceeded(void **state)
{
    struct progress_state long_name = example;
    long_name.name =
        "/var/lib/\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC/a very long folder, with a very long name of a database in it.edb";
    for (unsigned width = 0; width < 140; width++) {
        char line[PROGRESS_LINE_SIZE];
        assert_true(text_columns(progress_line_format(&long_name, width, line)) <= width);
        assert_true(text_is_utf8(line));
    }
}

static void unknown_total_has_no_percentage(void **state)
{
    struct progress_state pipe = {
        .name = "-", .phase = "restore", .file_index = 1, .bytes_done = 5 << 20, .elapsed_ms = 1000};
    assert_line(&pipe, 100, "-  restore  5.0 MiB  5.0 MiB/s");
}

static void nothing_done_has_no_rate_and_no_time_left(void **state)
{
    struct progress_state begin = {
        .name = "a", .phase = "verify", .file_index = 1, .file_count = 1, .bytes_total = 1 << 20};
    assert_line(&begin, 100, "a  verify 1/1  0.0% [..........]  0 B/1.0 MiB");
}

static void more_than_all_is_all(void **state)
{
    struct progress_state end = {
        .name = "a", .phase = "logs", .bytes_done = 3 << 20, .bytes_total = 2 << 20, .elapsed_ms = 1000};
    assert_line(&end, 100, "a  logs  100.0% [##########]  3.0/2.0 MiB  3.0 MiB/s  ETA 0:00");
}

static void names_cannot_steer_the_terminal(void **state)
{
    struct progress_state evil = {.name = "a\x1b[2J\n\xFF", .phase = "verify"};
    assert_line(&evil, 100, "a\\x1b[2J\\x0a\xEF\xBF\xBD  verify  0 B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_terminal_shows_everything),
        cmocka_unit_test(narrow_terminals_lose_the_least_wanted_first),
        cmocka_unit_test(no_width_is_exceeded),
        cmocka_unit_test(unknown_total_has_no_percentage),
        cmocka_unit_test(nothing_done_has_no_rate_and_no_time_left),
        cmocka_unit_test(more_than_all_is_all),
        cmocka_unit_test(names_cannot_steer_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
