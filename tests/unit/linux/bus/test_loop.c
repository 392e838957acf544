/* SPDX-License-Identifier: MIT */
/* test_loop.c - jobs from other threads, timers, descriptors; a connection that ends between two waits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "bus_loop.h"
#include "os/os_thread.h"

enum { JOBS = 2000, NS_PER_MS = 1000000 };

static struct bus_loop *loop;

static int set_up(void **state)
{
    return bus_loop_new(&loop);
}

static int tear_down(void **state)
{
    bus_loop_free(loop);
    return 0;
}

/* --- jobs --- */

struct count_job {
    struct bus_job job;
    int number;
};

static int jobs_run;

static void count(struct bus_job *job)
{
    struct count_job *count_job = (struct count_job *)job;
    assert_int_equal(count_job->number, jobs_run);
    free(count_job);
    if (++jobs_run == JOBS)
        bus_loop_quit(loop);
}

static void post_all(void *context)
{
    for (int i = 0; i < JOBS; i++) {
        struct count_job *job = calloc(1, sizeof *job);
        if (!job)
            abort();
        job->job.run = count;
        job->number = i;
        bus_loop_post(context, &job->job);
    }
}

static void jobs_of_another_thread_run_in_order(void **state)
{
    struct os_thread *thread;
    jobs_run = 0;
    assert_int_equal(os_thread_start(post_all, loop, &thread), JET_errSuccess);
    bus_loop_run(loop);
    os_thread_join(thread);
    assert_int_equal(jobs_run, JOBS);
}

/* --- timers --- */

static struct bus_timer early, late, cleared;
static int fired;

static void fire_early(struct bus_timer *timer)
{
    assert_int_equal(fired, 0);
    fired = 1;
    bus_timer_clear(loop, &cleared);
}

static void fire_late(struct bus_timer *timer)
{
    assert_int_equal(fired, 1);
    fired = 2;
    bus_loop_quit(loop);
}

static void fire_never(struct bus_timer *timer)
{
    fail();
}

static void timers_fire_in_their_order_and_cleared_ones_do_not(void **state)
{
    const uint64_t now = bus_loop_now_ns();
    fired = 0;
    early.fire = fire_early;
    late.fire = fire_late;
    cleared.fire = fire_never;
    bus_timer_set(loop, &late, now + 30 * NS_PER_MS);
    bus_timer_set(loop, &cleared, now + 25 * NS_PER_MS);
    bus_timer_set(loop, &early, now + UINT64_C(60000) * NS_PER_MS);
    bus_timer_set(loop, &early, now + 10 * NS_PER_MS); /* moved */
    bus_loop_run(loop);
    assert_int_equal(fired, 2);
    assert_true(bus_loop_now_ns() >= now + 30 * NS_PER_MS);
}

static void a_timer_of_the_past_fires_at_once(void **state)
{
    fired = 1;
    late.fire = fire_late;
    bus_timer_set(loop, &late, 0);
    bus_loop_run(loop);
    assert_int_equal(fired, 2);
}

/* --- descriptors --- */

static struct bus_source first, second;

/* Both are ready; whoever comes first takes the other away, which then must not be called. */
static void take_the_other_away(struct bus_source *source, short events)
{
    assert_true(events & POLLIN);
    bus_source_remove(loop, source == &first ? &second : &first);
    bus_source_remove(loop, source);
    fired++;
    bus_loop_quit(loop);
}

static void a_handler_may_remove_any_descriptor(void **state)
{
    int one[2], two[2];
    fired = 0;
    assert_int_equal(pipe(one), 0);
    assert_int_equal(pipe(two), 0);
    assert_int_equal(write(one[1], "x", 1), 1);
    assert_int_equal(write(two[1], "x", 1), 1);
    first = (struct bus_source){.fd = one[0], .events = POLLIN, .ready = take_the_other_away};
    second = (struct bus_source){.fd = two[0], .events = POLLIN, .ready = take_the_other_away};
    bus_source_add(loop, &first);
    bus_source_add(loop, &second);
    bus_loop_run(loop);
    assert_int_equal(fired, 1);
    for (int i = 0; i < 2; i++) {
        (void)close(one[i]);
        (void)close(two[i]);
    }
}

static int idle_calls;

static void be_idle(void *context)
{
    if (++idle_calls == 2)
        bus_loop_quit(context);
    else
        bus_timer_set(loop, &early, 0);
}

static void nothing(struct bus_timer *timer)
{
}

static void idle_is_called_in_every_turn(void **state)
{
    idle_calls = 0;
    early.fire = nothing;
    bus_loop_set_idle(loop, be_idle, loop);
    bus_loop_run(loop);
    assert_int_equal(idle_calls, 2);
}

/* --- a connection --- */

/* To a socket of ours, with a name from the system, at which nobody answers. */
static DBusConnection *connect_to_nobody(int *ret_listener)
{
    char address[sizeof "unix:abstract=" + sizeof(struct sockaddr_un)] = "unix:abstract=";
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t size = sizeof name;
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&name, sizeof name.sun_family), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &size), 0);
    const size_t length = size - offsetof(struct sockaddr_un, sun_path) - 1; /* a zero in front of the name */
    memcpy(address + strlen(address), name.sun_path + 1, length);
    *ret_listener = listener;
    return dbus_connection_open_private(address, NULL);
}

static DBusHandlerResult it_is_gone(DBusConnection *connection, DBusMessage *message, void *context)
{
    if (dbus_message_is_signal(message, DBUS_INTERFACE_LOCAL, "Disconnected")) {
        fired = 1;
        bus_loop_quit(context);
    }
    return DBUS_HANDLER_RESULT_HANDLED;
}

static void end_it(void *context)
{
    dbus_connection_close(context);
}

static void give_up(struct bus_timer *timer)
{
    bus_loop_quit(loop);
}

static void an_end_that_the_idle_call_finds_is_told(void **state)
{
    int listener = -1;
    DBusConnection *connection = connect_to_nobody(&listener);
    fired = 0;
    assert_non_null(connection);
    assert_true(dbus_connection_add_filter(connection, it_is_gone, loop, NULL));
    assert_int_equal(bus_loop_attach(loop, connection), JET_errSuccess);
    bus_loop_set_idle(loop, end_it, connection);
    late.fire = give_up;
    bus_timer_set(loop, &late, bus_loop_now_ns() + UINT64_C(2000) * NS_PER_MS);
    bus_loop_run(loop);
    assert_int_equal(fired, 1);
    bus_timer_clear(loop, &late);
    bus_loop_detach(loop);
    dbus_connection_remove_filter(connection, it_is_gone, loop);
    dbus_connection_unref(connection);
    (void)close(listener);
    dbus_shutdown();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(jobs_of_another_thread_run_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(timers_fire_in_their_order_and_cleared_ones_do_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timer_of_the_past_fires_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_handler_may_remove_any_descriptor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(idle_is_called_in_every_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_that_the_idle_call_finds_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
