/* SPDX-License-Identifier: MIT */
/* test_event.c - events of the service: their order, and what happens to them during a freeze. */
#include "event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WRITTEN_MAX = EVENT_QUEUE_MAX + 16 };

struct written {
    size_t count;
    struct {
        unsigned long id;
        size_t texts;
        char first[40];
    } events[WRITTEN_MAX];
};

static void keep(void *context, unsigned long id, const char *const *texts, size_t count)
{
    struct written *written = context;
    assert_true(written->count < WRITTEN_MAX);
    written->events[written->count].id = id;
    written->events[written->count].texts = count;
    (void)snprintf(written->events[written->count++].first, 40, "%s", count > 0 ? texts[0] : "");
}

static struct event_log *log_to(struct written *written)
{
    const struct event_writer writer = {written, keep};
    struct event_log *log = NULL;
    written->count = 0;
    assert_int_equal(event_log_new(&writer, &log), JET_errSuccess);
    return log;
}

static void report(struct event_log *log, const char *text)
{
    event_report(log, EVENT_INSTANCE_RUNNING, &text, 1);
}

static void an_event_is_written_at_once_with_its_texts(void **state)
{
    static struct written written;
    static const char *const texts[] = {"one", "two", "three"};
    struct event_log *log = log_to(&written);
    event_report(log, EVENT_STARTED, texts, 3);
    event_report(log, EVENT_STOPPED, NULL, 0);
    assert_int_equal(written.count, 2);
    assert_int_equal(written.events[0].id, EVENT_STARTED);
    assert_int_equal(written.events[0].texts, 3);
    assert_string_equal(written.events[0].first, "one");
    assert_int_equal(written.events[1].id, EVENT_STOPPED);
    assert_int_equal(written.events[1].texts, 0);
    event_log_free(log);
}

static void nothing_is_written_while_anybody_holds(void **state)
{
    static struct written written;
    struct event_log *log = log_to(&written);
    event_log_hold(log);
    report(log, "a");
    event_log_hold(log);
    report(log, "b");
    event_log_release(log);
    assert_int_equal(written.count, 0);
    event_log_release(log);
    assert_int_equal(written.count, 2);
    assert_string_equal(written.events[0].first, "a");
    assert_string_equal(written.events[1].first, "b");
    event_log_free(log);
}

static void what_the_queue_cannot_keep_is_counted_and_told(void **state)
{
    static struct written written;
    struct event_log *log = log_to(&written);
    event_log_hold(log);
    for (unsigned i = 0; i < EVENT_QUEUE_MAX + 3u; i++)
        report(log, "x");
    event_log_release(log);
    assert_int_equal(written.count, EVENT_QUEUE_MAX + 1);
    assert_int_equal(written.events[EVENT_QUEUE_MAX].id, EVENT_EVENTS_LOST);
    assert_string_equal(written.events[EVENT_QUEUE_MAX].first, "3");
    report(log, "y");
    assert_int_equal(written.count, EVENT_QUEUE_MAX + 2); /* told once */
    event_log_free(log);
}

static void the_end_writes_what_is_held(void **state)
{
    static struct written written;
    struct event_log *log = log_to(&written);
    event_log_hold(log);
    report(log, "last");
    event_log_free(log);
    assert_int_equal(written.count, 1);
    event_log_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_written_at_once_with_its_texts),
        cmocka_unit_test(nothing_is_written_while_anybody_holds),
        cmocka_unit_test(what_the_queue_cannot_keep_is_counted_and_told),
        cmocka_unit_test(the_end_writes_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
