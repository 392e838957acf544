/* SPDX-License-Identifier: MIT */
/* Tests of os/os_thread.h that hold on every platform. Run under the thread sanitizer, they also show that locks and
 * events order memory. */
#include "os/os_thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/os_clock.h"

enum { THREADS = 4, SOON_MS = 5000 };

static uint64_t elapsed_ms(uint64_t since_ns)
{
    return (os_clock_monotonic_ns() - since_ns) / 1000000;
}

static struct os_thread *start(void (*run)(void *context), void *context)
{
    struct os_thread *thread = NULL;
    assert_int_equal(os_thread_start(run, context, &thread), JET_errSuccess);
    return thread;
}

static struct os_event *new_event(void)
{
    struct os_event *event = NULL;
    assert_int_equal(os_event_new(&event), JET_errSuccess);
    return event;
}

static struct os_mutex *new_mutex(enum lock_rank rank)
{
    struct os_mutex *mutex = NULL;
    assert_int_equal(os_mutex_new(rank, &mutex), JET_errSuccess);
    return mutex;
}

static void answer_run(void *context)
{
    *(int *)context = 42;
}

static void a_joined_thread_has_done_its_work(void **state)
{
    for (unsigned i = 0; i < 100; i++) {
        int answer = 0;
        os_thread_join(start(answer_run, &answer));
        assert_int_equal(answer, 42);
    }
    os_thread_join(NULL);
}

static void there_is_at_least_one_processor(void **state)
{
    assert_in_range(os_processor_count(), 1, 1000000);
}

enum { COUNTS_EACH = 50000 };

struct counter {
    struct os_mutex *mutex;
    unsigned count; /* under mutex */
};

static void count_run(void *context)
{
    struct counter *counter = context;
    for (unsigned i = 0; i < COUNTS_EACH; i++) {
        os_mutex_lock(counter->mutex);
        counter->count++;
        os_mutex_unlock(counter->mutex);
    }
}

static void a_mutex_lets_in_one_thread_at_a_time(void **state)
{
    struct counter counter = {.mutex = new_mutex(LOCK_RANK_PROGRESS)};
    struct os_thread *threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = start(count_run, &counter);
    for (unsigned i = 0; i < THREADS; i++)
        os_thread_join(threads[i]);
    assert_int_equal(counter.count, THREADS * COUNTS_EACH);
    os_mutex_free(counter.mutex);
}

static void locks_of_falling_rank_nest_and_are_given_back_in_any_order(void **state)
{
    struct os_mutex *outer = new_mutex(LOCK_RANK_BACKUP_STREAM);
    struct os_mutex *middle = new_mutex(LOCK_RANK_VERIFY_QUEUE);
    struct os_mutex *inner = new_mutex(LOCK_RANK_LEAF);
    for (unsigned i = 0; i < 3; i++) {
        os_mutex_lock(outer);
        os_mutex_lock(middle);
        os_mutex_lock(inner);
        os_mutex_unlock(middle);
        os_mutex_unlock(outer);
        os_mutex_unlock(inner);
    }
    /* Nothing is held any more, so the highest rank may come again after the lowest. */
    os_mutex_lock(inner);
    os_mutex_unlock(inner);
    os_mutex_lock(outer);
    os_mutex_unlock(outer);
    os_mutex_free(outer);
    os_mutex_free(middle);
    os_mutex_free(inner);
    os_mutex_free(NULL);
}

static void an_event_is_set_until_it_is_reset(void **state)
{
    struct os_event *event = new_event();
    assert_false(os_event_wait(event, 0));
    os_event_set(event);
    os_event_set(event);
    assert_true(os_event_wait(event, 0));
    assert_true(os_event_wait(event, 1000));
    assert_true(os_event_wait(event, OS_WAIT_FOREVER));
    os_event_reset(event);
    assert_false(os_event_wait(event, 0));
    os_event_reset(event);
    os_event_set(event);
    assert_true(os_event_wait(event, OS_WAIT_FOREVER));
    os_event_free(event);
    os_event_free(NULL);
}

static void a_wait_ends_when_its_time_is_over(void **state)
{
    struct os_event *event = new_event();
    uint64_t start_ns = os_clock_monotonic_ns();
    assert_false(os_event_wait(event, 100));
    assert_in_range(elapsed_ms(start_ns), 20, SOON_MS); /* Windows may be early, nobody is that early */
    os_event_free(event);
}

struct meeting {
    struct os_event *go;
    struct os_event *arrived;
    int written_before_set; /* by the setter, read by the waiters: the event orders it */
    int read_after_wait[THREADS];
};

struct guest {
    struct meeting *meeting;
    unsigned number;
};

static void guest_run(void *context)
{
    const struct guest *guest = context;
    struct meeting *meeting = guest->meeting;
    os_event_set(meeting->arrived);
    if (os_event_wait(meeting->go, OS_WAIT_FOREVER))
        meeting->read_after_wait[guest->number] = meeting->written_before_set;
}

static void setting_an_event_wakes_every_waiter(void **state)
{
    struct meeting meeting = {.go = new_event(), .arrived = new_event()};
    struct guest guests[THREADS];
    struct os_thread *threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        guests[i] = (struct guest){.meeting = &meeting, .number = i};
        os_event_reset(meeting.arrived);
        threads[i] = start(guest_run, &guests[i]);
        assert_true(os_event_wait(meeting.arrived, OS_WAIT_FOREVER));
    }
    /* Let the last one fall asleep; if it does not, the test is only less strict. */
    os_event_reset(meeting.arrived);
    assert_false(os_event_wait(meeting.arrived, 50));
    uint64_t start_ns = os_clock_monotonic_ns();
    meeting.written_before_set = 7;
    os_event_set(meeting.go);
    for (unsigned i = 0; i < THREADS; i++)
        os_thread_join(threads[i]);
    assert_in_range(elapsed_ms(start_ns), 0, SOON_MS);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(meeting.read_after_wait[i], 7);
    os_event_free(meeting.go);
    os_event_free(meeting.arrived);
}

enum { FLIPS = 5000 };

static void flip_run(void *context)
{
    for (unsigned i = 0; i < FLIPS; i++) {
        os_event_set(context);
        os_event_reset(context);
    }
}

static void set_run(void *context)
{
    os_event_set(context);
}

static void sets_and_resets_that_meet_leave_an_event_that_works(void **state)
{
    struct os_event *event = new_event();
    for (unsigned round = 0; round < 4; round++) {
        struct os_thread *threads[THREADS];
        for (unsigned i = 0; i < THREADS; i++)
            threads[i] = start(flip_run, event);
        for (unsigned i = 0; i < THREADS; i++)
            os_thread_join(threads[i]);
        /* Each thread ended with a reset. */
        assert_false(os_event_wait(event, 0));
        assert_false(os_event_wait(event, 20));
        struct os_thread *setter = start(set_run, event);
        assert_true(os_event_wait(event, OS_WAIT_FOREVER));
        os_thread_join(setter);
    }
    os_event_free(event);
}

struct table {
    struct os_event *to_left;
    struct os_event *to_right;
    unsigned strokes; /* by whoever has the ball */
};

enum { STROKES = 20000 };

static void right_player_run(void *context)
{
    struct table *table = context;
    for (unsigned i = 0; i < STROKES; i++) {
        (void)os_event_wait(table->to_right, OS_WAIT_FOREVER);
        os_event_reset(table->to_right);
        table->strokes++;
        os_event_set(table->to_left);
    }
}

static void two_threads_take_turns_without_losing_a_wake_up(void **state)
{
    struct table table = {.to_left = new_event(), .to_right = new_event()};
    struct os_thread *player = start(right_player_run, &table);
    for (unsigned i = 0; i < STROKES; i++) {
        table.strokes++;
        os_event_set(table.to_right);
        assert_true(os_event_wait(table.to_left, OS_WAIT_FOREVER));
        os_event_reset(table.to_left);
    }
    os_thread_join(player);
    assert_int_equal(table.strokes, 2 * STROKES);
    os_event_free(table.to_left);
    os_event_free(table.to_right);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_joined_thread_has_done_its_work),
        cmocka_unit_test(there_is_at_least_one_processor),
        cmocka_unit_test(a_mutex_lets_in_one_thread_at_a_time),
        cmocka_unit_test(locks_of_falling_rank_nest_and_are_given_back_in_any_order),
        cmocka_unit_test(an_event_is_set_until_it_is_reset),
        cmocka_unit_test(a_wait_ends_when_its_time_is_over),
        cmocka_unit_test(setting_an_event_wakes_every_waiter),
        cmocka_unit_test(sets_and_resets_that_meet_leave_an_event_that_works),
        cmocka_unit_test(two_threads_take_turns_without_losing_a_wake_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
