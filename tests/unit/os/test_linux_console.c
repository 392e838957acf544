/* SPDX-License-Identifier: MIT */
/* Tests of linux/os: signals as interrupts, and a terminal on standard error. */
#include "os/os_console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/os_thread.h"

struct seen {
    volatile sig_atomic_t count[OS_INTERRUPT_STATUS + 1];
    volatile sig_atomic_t raise_again; /* from inside the handler, so many times */
};

static void note_interrupt(enum os_interrupt which, void *context)
{
    struct seen *seen = context;
    seen->count[which]++;
    if (seen->raise_again > 0) {
        seen->raise_again--;
        (void)raise(SIGINT);
    }
    errno = ENOANO;
}

static const int watched_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

/* A test may be started with signals ignored, which the code under test would respect. */
static int defaults_setup(void **state)
{
    for (size_t i = 0; i < COUNT_OF(watched_signals); i++)
        signal(watched_signals[i], SIG_DFL);
    return 0;
}

static int watch_teardown(void **state)
{
    return os_interrupt_watch(NULL, NULL) == JET_errSuccess ? 0 : -1;
}

static void each_signal_becomes_its_interrupt(void **state)
{
    struct seen seen = {0};
    assert_int_equal(os_interrupt_watch(note_interrupt, &seen), JET_errSuccess);
    assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(seen.count[OS_INTERRUPT_STOP], 1);
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(raise(SIGHUP), 0);
    assert_int_equal(seen.count[OS_INTERRUPT_TERM], 2);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_equal(seen.count[OS_INTERRUPT_STATUS], 1);
    assert_int_equal(seen.count[OS_INTERRUPT_STOP], 1);
}

static void the_handler_stays_for_the_second_and_the_nested_signal(void **state)
{
    struct seen seen = {.raise_again = 2};
    assert_int_equal(os_interrupt_watch(note_interrupt, &seen), JET_errSuccess);
    assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(seen.count[OS_INTERRUPT_STOP], 3);
    assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(seen.count[OS_INTERRUPT_STOP], 4);
}

static void a_handler_leaves_errno_as_it_was(void **state)
{
    struct seen seen = {0};
    assert_int_equal(os_interrupt_watch(note_interrupt, &seen), JET_errSuccess);
    errno = EXFULL;
    assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(errno, EXFULL);
    assert_int_equal(seen.count[OS_INTERRUPT_STOP], 1);
}

static void a_new_watcher_replaces_the_old_one(void **state)
{
    struct seen first = {0};
    struct seen second = {0};
    assert_int_equal(os_interrupt_watch(note_interrupt, &first), JET_errSuccess);
    assert_int_equal(os_interrupt_watch(note_interrupt, &second), JET_errSuccess);
    assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(first.count[OS_INTERRUPT_STOP], 0);
    assert_int_equal(second.count[OS_INTERRUPT_STOP], 1);
}

static void dispositions_come_back_when_nobody_watches(void **state)
{
    struct seen seen = {0};
    struct sigaction now;
    assert_int_equal(os_interrupt_watch(note_interrupt, &seen), JET_errSuccess);
    assert_int_equal(os_interrupt_watch(NULL, NULL), JET_errSuccess);
    for (size_t i = 0; i < COUNT_OF(watched_signals); i++) {
        assert_int_equal(sigaction(watched_signals[i], NULL, &now), 0);
        assert_true(now.sa_handler == SIG_DFL);
    }
}

static void without_a_watcher_the_signal_ends_the_process(void **state)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct seen seen = {0};
        if (os_interrupt_watch(note_interrupt, &seen) < JET_errSuccess || raise(SIGTERM) != 0 ||
            os_interrupt_watch(NULL, NULL) < JET_errSuccess)
            _exit(1);
        (void)raise(SIGTERM);
        _exit(2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(128 + WTERMSIG(status), os_interrupt_exit_status(OS_INTERRUPT_TERM));
}

static void what_was_ignored_before_stays_ignored(void **state)
{
    struct seen seen = {0};
    struct sigaction now;
    signal(SIGHUP, SIG_IGN); /* as nohup does */
    assert_int_equal(os_interrupt_watch(note_interrupt, &seen), JET_errSuccess);
    assert_int_equal(raise(SIGHUP), 0);
    assert_int_equal(seen.count[OS_INTERRUPT_TERM], 0);
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(seen.count[OS_INTERRUPT_TERM], 1);
    assert_int_equal(os_interrupt_watch(NULL, NULL), JET_errSuccess);
    assert_int_equal(sigaction(SIGHUP, NULL, &now), 0);
    assert_true(now.sa_handler == SIG_IGN);
}

struct poke {
    pthread_t whom;
    int writer;
    struct os_event *never;
};

static void poke_run(void *context)
{
    const struct poke *poke = context;
    (void)os_event_wait(poke->never, 50); /* let the reader fall asleep */
    (void)pthread_kill(poke->whom, SIGUSR1);
    (void)os_event_wait(poke->never, 50);
    (void)!write(poke->writer, "x", 1);
}

static void a_system_call_goes_on_after_the_handler(void **state)
{
    struct seen seen = {0};
    struct poke poke = {.whom = pthread_self()};
    struct os_thread *thread;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    poke.writer = ends[1];
    assert_int_equal(os_event_new(&poke.never), JET_errSuccess);
    assert_int_equal(os_interrupt_watch(note_interrupt, &seen), JET_errSuccess);
    assert_int_equal(os_thread_start(poke_run, &poke, &thread), JET_errSuccess);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    os_thread_join(thread);
    assert_int_equal(seen.count[OS_INTERRUPT_STATUS], 1);
    os_event_free(poke.never);
    close(ends[0]);
    close(ends[1]);
}

static void set_event(enum os_interrupt which, void *context)
{
    os_event_set(context);
}

static void a_handler_that_sets_an_event_ends_the_wait_it_interrupts(void **state)
{
    struct os_event *event;
    struct os_thread *thread;
    struct poke poke = {.whom = pthread_self(), .writer = -1};
    assert_int_equal(os_event_new(&event), JET_errSuccess);
    assert_int_equal(os_event_new(&poke.never), JET_errSuccess);
    assert_int_equal(os_interrupt_watch(set_event, event), JET_errSuccess);
    assert_int_equal(os_thread_start(poke_run, &poke, &thread), JET_errSuccess);
    assert_true(os_event_wait(event, 10000)); /* the signal arrives on this very thread, inside poll() */
    os_thread_join(thread);
    assert_int_equal(os_interrupt_watch(NULL, NULL), JET_errSuccess);
    os_event_free(event);
    os_event_free(poke.never);
}

/* Gives standard error to `fd` and returns what it was. */
static int replace_stderr(int fd)
{
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0);
    assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    close(fd);
    return kept;
}

static void restore_stderr(int kept)
{
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    close(kept);
}

static void the_width_is_that_of_the_terminal(void **state)
{
    struct winsize window = {.ws_col = 123, .ws_row = 40};
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    int kept = replace_stderr(open(ptsname(master), O_RDWR | O_NOCTTY));
    bool is_terminal = os_console_stderr_is_terminal();
    int resized = ioctl(master, TIOCSWINSZ, &window);
    unsigned width = os_console_width();
    window.ws_col = 0;
    resized |= ioctl(master, TIOCSWINSZ, &window);
    unsigned unknown_width = os_console_width();
    restore_stderr(kept);
    close(master);
    assert_true(is_terminal);
    assert_int_equal(resized, 0);
    assert_int_equal(width, 123);
    assert_int_equal(unknown_width, 80);
}

static void a_message_arrives_and_a_pipe_is_not_a_terminal(void **state)
{
    char text[32] = "";
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int kept = replace_stderr(ends[1]);
    os_console_write_stderr("message", 7);
    bool is_terminal = os_console_stderr_is_terminal();
    unsigned width = os_console_width();
    restore_stderr(kept);
    assert_false(is_terminal);
    assert_int_equal(width, 80);
    assert_int_equal(read(ends[0], text, sizeof text), 7);
    assert_string_equal(text, "message");
    close(ends[0]);
}

static void a_message_nobody_can_read_does_no_harm(void **state)
{
    int ends[2];
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(pipe(ends), 0);
    int kept = replace_stderr(ends[1]);
    close(ends[0]);
    os_console_write_stderr("message", 7); /* nobody reads: no signal */
    close(STDERR_FILENO);
    os_console_write_stderr("message", 7); /* nothing there at all */
    restore_stderr(kept);
}

static void an_empty_variable_is_as_good_as_none(void **state)
{
    assert_int_equal(setenv("COLDSTREAM_TEST_VARIABLE", "", 1), 0);
    assert_null(os_environment_get("COLDSTREAM_TEST_VARIABLE"));
    assert_int_equal(setenv("COLDSTREAM_TEST_VARIABLE", "value", 1), 0);
    char *value = os_environment_get("COLDSTREAM_TEST_VARIABLE");
    assert_non_null(value);
    assert_string_equal(value, "value");
    free(value);
    assert_int_equal(unsetenv("COLDSTREAM_TEST_VARIABLE"), 0);
}

#define WATCHING(test) cmocka_unit_test_setup_teardown(test, defaults_setup, watch_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WATCHING(each_signal_becomes_its_interrupt),
        WATCHING(the_handler_stays_for_the_second_and_the_nested_signal),
        WATCHING(a_handler_leaves_errno_as_it_was),
        WATCHING(a_new_watcher_replaces_the_old_one),
        WATCHING(dispositions_come_back_when_nobody_watches),
        WATCHING(without_a_watcher_the_signal_ends_the_process),
        WATCHING(what_was_ignored_before_stays_ignored),
        WATCHING(a_system_call_goes_on_after_the_handler),
        WATCHING(a_handler_that_sets_an_event_ends_the_wait_it_interrupts),
        cmocka_unit_test(the_width_is_that_of_the_terminal),
        cmocka_unit_test(a_message_arrives_and_a_pipe_is_not_a_terminal),
        cmocka_unit_test(a_message_nobody_can_read_does_no_harm),
        cmocka_unit_test(an_empty_variable_is_as_good_as_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
