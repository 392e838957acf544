/* SPDX-License-Identifier: MIT */
/* Tests of os/os_console.h with a console of our own and a real Ctrl-C. (Nobody can send the events of a window that is
 * closed, or of a log-off.) */
#include "os/os_console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <cmocka.h>

#include "os/os_thread.h"

enum { SOON_MS = 10000 };

/* What the handler has seen. Written on Windows' own thread before the event is set, read behind the wait for it. */
struct seen {
    struct os_event *event;
    atomic_int which;
};

static void note_interrupt(enum os_interrupt which, void *context)
{
    struct seen *seen = context;
    atomic_store(&seen->which, (int)which);
    os_event_set(seen->event);
}

static int console_setup(void **state)
{
    static struct seen seen;
    atomic_init(&seen.which, -1);
    *state = &seen;
    FreeConsole();
    if (!AllocConsole()) {
        print_message("no console can be made here (error %lu)\n", GetLastError());
        return -1;
    }
    return os_event_new(&seen.event) == JET_errSuccess ? 0 : -1;
}

static int console_teardown(void **state)
{
    struct seen *seen = *state;
    os_event_free(seen->event);
    return 0;
}

static void assert_ctrl_c_reaches(struct seen *seen)
{
    os_event_reset(seen->event);
    atomic_store(&seen->which, -1);
    assert_true(GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0));
    assert_true(os_event_wait(seen->event, SOON_MS));
    assert_int_equal(atomic_load(&seen->which), OS_INTERRUPT_STOP);
}

static void ctrl_c_calls_the_watcher_and_the_process_goes_on(void **state)
{
    struct seen *seen = *state;
    assert_int_equal(os_interrupt_watch(note_interrupt, seen), JET_errSuccess);
    assert_ctrl_c_reaches(seen);
    assert_ctrl_c_reaches(seen);
    assert_int_equal(os_interrupt_watch(NULL, NULL), JET_errSuccess);
}

static void only_the_last_watcher_is_called(void **state)
{
    struct seen *seen = *state;
    struct seen before = {.event = seen->event};
    atomic_init(&before.which, -1);
    assert_int_equal(os_interrupt_watch(note_interrupt, &before), JET_errSuccess);
    assert_int_equal(os_interrupt_watch(note_interrupt, seen), JET_errSuccess);
    assert_ctrl_c_reaches(seen);
    assert_int_equal(atomic_load(&before.which), -1);
    assert_int_equal(os_interrupt_watch(NULL, NULL), JET_errSuccess);
}

static void the_environment_is_utf8(void **state)
{
    assert_true(SetEnvironmentVariableW(L"COLDSTREAM_TEST_\xE4", L"\xD83E\xDD84\xD800"));
    char *value = os_environment_get("COLDSTREAM_TEST_\xC3\xA4");
    assert_non_null(value);
    assert_string_equal(value, "\xF0\x9F\xA6\x84\xED\xA0\x80");
    free(value);
    assert_null(os_environment_get("COLDSTREAM_TEST_\xC3"));
    assert_true(SetEnvironmentVariableW(L"COLDSTREAM_TEST_\xE4", NULL));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(ctrl_c_calls_the_watcher_and_the_process_goes_on),
        cmocka_unit_test(only_the_last_watcher_is_called),
        cmocka_unit_test(the_environment_is_utf8),
    };
    return cmocka_run_group_tests(tests, console_setup, console_teardown);
}
