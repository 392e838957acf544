/* SPDX-License-Identifier: MIT */
/* Tests of linux/os: threads, locks and events. A broken rule of the locks ends the process, so those tests break it in
 * a child and read what it says. At link time, --wrap puts functions of this file before eventfd_write and
 * eventfd_read: they are the moments at which another thread can come between. */
#include "os/os_thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os_event_internal.h"

typedef void (*event_action)(struct os_event *event);

/* What "another thread" does to the event just before its descriptor is touched, once. Set only by a test that has no
 * real other threads. */
static event_action come_between;
static struct os_event *event_between;

int __real_eventfd_write(int fd, eventfd_t value);
int __wrap_eventfd_write(int fd, eventfd_t value);
int __real_eventfd_read(int fd, eventfd_t *value);
int __wrap_eventfd_read(int fd, eventfd_t *value);

static void let_come_between(void)
{
    event_action act = come_between;
    if (!act)
        return;
    come_between = NULL;
    act(event_between);
}

int __wrap_eventfd_write(int fd, eventfd_t value)
{
    let_come_between();
    return __real_eventfd_write(fd, value);
}

int __wrap_eventfd_read(int fd, eventfd_t *value)
{
    let_come_between();
    return __real_eventfd_read(fd, value);
}

static struct os_mutex *new_mutex(enum lock_rank rank)
{
    struct os_mutex *mutex = NULL;
    assert_int_equal(os_mutex_new(rank, &mutex), JET_errSuccess);
    return mutex;
}

static void take_rising_ranks(void)
{
    os_mutex_lock(new_mutex(LOCK_RANK_PROGRESS));
    os_mutex_lock(new_mutex(LOCK_RANK_BACKUP_STREAM));
}

static void take_equal_ranks(void)
{
    os_mutex_lock(new_mutex(LOCK_RANK_PROGRESS));
    os_mutex_lock(new_mutex(LOCK_RANK_PROGRESS));
}

static void give_back_what_is_not_held(void)
{
    os_mutex_unlock(new_mutex(LOCK_RANK_PROGRESS));
}

/* Runs `break_rule` in a child, which must abort, and returns what it wrote to standard error. */
static void assert_aborts(void (*break_rule)(void), char *text, size_t size)
{
    static const struct rlimit no_core = {0};
    int ends[2];
    int status;
    size_t length = 0;
    ssize_t got;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        (void)setrlimit(RLIMIT_CORE, &no_core);
        dup2(ends[1], STDERR_FILENO);
        break_rule();
        _exit(0);
    }
    close(ends[1]);
    while ((got = read(ends[0], text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void locks_of_rising_or_equal_rank_abort_and_name_both(void **state)
{
#ifdef NDEBUG
    print_message("skipped: ranks are checked in debug builds\n");
    skip();
#endif
    char text[4096];
    assert_aborts(take_rising_ranks, text, sizeof text);
    assert_non_null(strstr(text, "a lock of rank 900"));
    assert_non_null(strstr(text, "holds one of rank 200"));
    assert_aborts(take_equal_ranks, text, sizeof text);
    assert_non_null(strstr(text, "holds one of rank 200"));
}

static void unlocking_what_one_does_not_hold_aborts(void **state)
{
#ifdef NDEBUG
    print_message("skipped: ranks are checked in debug builds\n");
    skip();
#endif
    char text[4096];
    assert_aborts(give_back_what_is_not_held, text, sizeof text);
    assert_non_null(strstr(text, "rank 200"));
}

static void mask_run(void *context)
{
    (void)pthread_sigmask(SIG_BLOCK, NULL, context);
}

static void threads_leave_signals_to_the_others(void **state)
{
    sigset_t mine_before;
    sigset_t mine_after;
    sigset_t theirs;
    struct os_thread *thread;
    (void)pthread_sigmask(SIG_BLOCK, NULL, &mine_before);
    sigemptyset(&theirs);
    assert_int_equal(os_thread_start(mask_run, &theirs, &thread), JET_errSuccess);
    os_thread_join(thread);
    assert_int_equal(sigismember(&theirs, SIGINT), 1);
    assert_int_equal(sigismember(&theirs, SIGTERM), 1);
    assert_int_equal(sigismember(&theirs, SIGUSR1), 1);
    assert_int_equal(sigismember(&theirs, SIGSEGV), 0);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &mine_after);
    assert_int_equal(sigismember(&mine_after, SIGINT), sigismember(&mine_before, SIGINT));
    assert_int_equal(sigismember(&mine_after, SIGUSR1), sigismember(&mine_before, SIGUSR1));
}

static struct os_event *event_for_signal;

static void set_event_on_signal(int number)
{
    (void)number;
    os_event_set(event_for_signal);
}

static void an_event_can_be_set_in_a_signal_handler_and_keeps_errno(void **state)
{
    struct sigaction action = {.sa_handler = set_event_on_signal};
    struct sigaction before;
    assert_int_equal(os_event_new(&event_for_signal), JET_errSuccess);
    assert_int_equal(sigaction(SIGUSR2, &action, &before), 0);
    assert_int_equal(raise(SIGUSR2), 0);
    assert_true(os_event_wait(event_for_signal, 0));
    errno = ENOANO;
    os_event_set(event_for_signal);
    assert_int_equal(errno, ENOANO);
    assert_int_equal(sigaction(SIGUSR2, &before, NULL), 0);
    os_event_free(event_for_signal);
}

static bool bell_rings(struct os_event *event)
{
    struct pollfd bell = {.fd = event->fd, .events = POLLIN};
    return poll(&bell, 1, 0) == 1;
}

static void flag_and_descriptor_agree_when_a_call_comes_between(void **state)
{
    assert_int_equal(os_event_new(&event_between), JET_errSuccess);
    come_between = os_event_reset; /* while it is being set */
    os_event_set(event_between);
    assert_null(come_between);
    assert_false(os_event_is_set(event_between));
    assert_false(bell_rings(event_between));
    os_event_set(event_between);
    come_between = os_event_set; /* while it is being reset */
    os_event_reset(event_between);
    assert_null(come_between);
    assert_true(os_event_is_set(event_between));
    assert_true(bell_rings(event_between));
    os_event_free(event_between);
}

/* Sets on one thread, resets on two, each alone not knowing what the others do. */
static void set_often_run(void *context)
{
    for (unsigned i = 0; i < 2000; i++)
        os_event_set(context);
}

static void reset_often_run(void *context)
{
    for (unsigned i = 0; i < 2000; i++)
        os_event_reset(context);
}

static void flag_and_descriptor_agree_whoever_was_last(void **state)
{
    struct os_event *event;
    assert_int_equal(os_event_new(&event), JET_errSuccess);
    for (unsigned round = 0; round < 100; round++) {
        struct os_thread *threads[3];
        assert_int_equal(os_thread_start(set_often_run, event, &threads[0]), JET_errSuccess);
        assert_int_equal(os_thread_start(reset_often_run, event, &threads[1]), JET_errSuccess);
        assert_int_equal(os_thread_start(round % 2 ? set_often_run : reset_often_run, event, &threads[2]),
                         JET_errSuccess);
        for (unsigned i = 0; i < COUNT_OF(threads); i++)
            os_thread_join(threads[i]);
        assert_int_equal(bell_rings(event), os_event_is_set(event));
    }
    os_event_free(event);
}

static void running_out_of_threads_is_said_so(void **state)
{
    struct os_thread *thread = NULL;
    /* A stack that no address space holds makes pthread_create() fail, for root too. */
    pthread_attr_t attributes;
    pthread_attr_t attributes_before;
    assert_int_equal(pthread_getattr_default_np(&attributes_before), 0);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, (size_t)1 << (sizeof(size_t) * 8 - 2)), 0);
    assert_int_equal(pthread_setattr_default_np(&attributes), 0);
    jet_err err = os_thread_start(mask_run, NULL, &thread);
    assert_int_equal(pthread_setattr_default_np(&attributes_before), 0);
    pthread_attr_destroy(&attributes);
    pthread_attr_destroy(&attributes_before);
    assert_int_equal(err, JET_errOutOfThreads);
    assert_null(thread);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(locks_of_rising_or_equal_rank_abort_and_name_both),
        cmocka_unit_test(unlocking_what_one_does_not_hold_aborts),
        cmocka_unit_test(threads_leave_signals_to_the_others),
        cmocka_unit_test(an_event_can_be_set_in_a_signal_handler_and_keeps_errno),
        cmocka_unit_test(flag_and_descriptor_agree_when_a_call_comes_between),
        cmocka_unit_test(flag_and_descriptor_agree_whoever_was_last),
        cmocka_unit_test(running_out_of_threads_is_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
