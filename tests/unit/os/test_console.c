/* SPDX-License-Identifier: MIT */
/* Tests of os/os_console.h that hold on every platform. Signals and Ctrl-C themselves are the platforms' own. */
#include "os/os_console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_width_is_never_zero(void **state)
{
    assert_in_range(os_console_width(), 1, 100000);
}

static void messages_go_out_whatever_they_are(void **state)
{
    static const char text[] = "# a line on standard error, with \xc3\xa4, \xf0\x9f\xa6\x84 and a broken \xc3\n";
    os_console_write_stderr("", 0);
    os_console_write_stderr(text, sizeof text - 1);
    os_console_write_stderr(text, 3);
    os_console_write_stderr("\n", 1);
}

static void an_interrupted_process_ends_with_128_and_the_number(void **state)
{
    assert_int_equal(os_interrupt_exit_status(OS_INTERRUPT_STOP), 130);
    assert_int_equal(os_interrupt_exit_status(OS_INTERRUPT_TERM), 143);
}

static void ignore_interrupt(enum os_interrupt which, void *context)
{
    (void)which;
    (void)context;
}

static void watching_can_begin_change_and_end_at_any_time(void **state)
{
    int context;
    assert_int_equal(os_interrupt_watch(NULL, NULL), JET_errSuccess);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(os_interrupt_watch(ignore_interrupt, NULL), JET_errSuccess);
        assert_int_equal(os_interrupt_watch(ignore_interrupt, &context), JET_errSuccess);
        assert_int_equal(os_interrupt_watch(NULL, NULL), JET_errSuccess);
        assert_int_equal(os_interrupt_watch(NULL, NULL), JET_errSuccess);
    }
}

static void the_environment_is_read(void **state)
{
    char *path = os_environment_get("PATH");
    assert_non_null(path);
    assert_true(strlen(path) > 0);
    free(path);
    char *missing = os_environment_get("COLDSTREAM_NOBODY_SETS_THIS");
    assert_null(missing);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_width_is_never_zero),
        cmocka_unit_test(messages_go_out_whatever_they_are),
        cmocka_unit_test(an_interrupted_process_ends_with_128_and_the_number),
        cmocka_unit_test(watching_can_begin_change_and_end_at_any_time),
        cmocka_unit_test(the_environment_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
