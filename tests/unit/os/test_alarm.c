/* SPDX-License-Identifier: MIT */
/* Tests of os/os_alarm.h. None looks at how late anything is. */
#include "os/os_alarm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/os_clock.h"
#include "os/os_thread.h"

static struct os_alarm *alarm_new(void)
{
    struct os_alarm *alarm = NULL;
    assert_int_equal(os_alarm_new(&alarm), JET_errSuccess);
    return alarm;
}

static void a_ring_before_the_wait_ends_it(void **state)
{
    struct os_alarm *alarm = alarm_new();
    os_alarm_ring(alarm);
    os_alarm_ring(alarm);
    os_alarm_wait(alarm, 0);
    os_alarm_ring(alarm);
    os_alarm_wait(alarm, os_clock_boot_us() + (uint64_t)1000 * 3600 * 1000000);
    os_alarm_free(alarm);
}

static void ring(void *alarm)
{
    os_alarm_ring(alarm);
}

static void a_ring_of_another_thread_ends_the_wait(void **state)
{
    struct os_alarm *alarm = alarm_new();
    struct os_thread *thread = NULL;
    assert_int_equal(os_thread_start(ring, alarm, &thread), JET_errSuccess);
    os_alarm_wait(alarm, 0);
    os_thread_join(thread);
    os_alarm_free(alarm);
}

static void the_time_ends_the_wait(void **state)
{
    struct os_alarm *alarm = alarm_new();
    const uint64_t until_us = os_clock_boot_us() + 50000;
    os_alarm_wait(alarm, 1); /* long ago */
    while (os_clock_boot_us() < until_us)
        os_alarm_wait(alarm, until_us);
    os_alarm_free(alarm);
}

static void nothing_is_freed_twice(void **state)
{
    os_alarm_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_before_the_wait_ends_it),
        cmocka_unit_test(a_ring_of_another_thread_ends_the_wait),
        cmocka_unit_test(the_time_ends_the_wait),
        cmocka_unit_test(nothing_is_freed_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
