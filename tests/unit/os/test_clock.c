/* SPDX-License-Identifier: MIT */
/* Tests of os/os_clock.h. */
#include "os/os_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void the_monotonic_clock_goes_on_and_never_back(void **state)
{
    uint64_t first = os_clock_monotonic_ns();
    uint64_t before = first;
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t now = os_clock_monotonic_ns();
        assert_true(now >= before);
        before = now;
    }
    assert_true(before > first);
}

static void the_monotonic_clock_counts_nanoseconds(void **state)
{
    int64_t wall_ms = os_clock_wall_ms();
    uint64_t start_ns = os_clock_monotonic_ns();
    while (os_clock_monotonic_ns() - start_ns < 200 * 1000000u)
        ;
    /* Wide limits: the machine may be busy and somebody may correct the wall clock a little. */
    assert_in_range(os_clock_wall_ms() - wall_ms, 100, 60000);
}

static void the_clock_that_counts_sleep_counts_microseconds(void **state)
{
    uint64_t start_ns = os_clock_monotonic_ns();
    uint64_t start_us = os_clock_boot_us();
    while (os_clock_boot_us() - start_us < 200 * 1000u)
        ;
    assert_in_range((os_clock_monotonic_ns() - start_ns) / 1000000, 199, 60000);
}

static void the_wall_clock_agrees_with_the_c_library(void **state)
{
    int64_t library_s = (int64_t)time(NULL);
    assert_in_range(os_clock_wall_ms() / 1000 - library_s + 60, 0, 120);
}

static void random_bytes_fill_the_buffer_and_nothing_else(void **state)
{
    unsigned char buffer[600];
    for (size_t size = 0; size < sizeof buffer; size += 37) {
        memset(buffer, 0x5A, sizeof buffer);
        assert_int_equal(os_random_bytes(buffer, size), JET_errSuccess);
        for (size_t i = size; i < sizeof buffer; i++)
            assert_int_equal(buffer[i], 0x5A);
    }
}

static void random_bytes_take_every_value(void **state)
{
    static unsigned char buffer[65536];
    bool seen[256] = {false};
    assert_int_equal(os_random_bytes(buffer, sizeof buffer), JET_errSuccess);
    for (size_t i = 0; i < sizeof buffer; i++)
        seen[buffer[i]] = true;
    for (size_t i = 0; i < 256; i++)
        assert_true(seen[i]);
}

static void random_bytes_differ_each_time(void **state)
{
    unsigned char one[32];
    unsigned char two[32];
    assert_int_equal(os_random_bytes(one, sizeof one), JET_errSuccess);
    assert_int_equal(os_random_bytes(two, sizeof two), JET_errSuccess);
    assert_memory_not_equal(one, two, sizeof one);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_monotonic_clock_goes_on_and_never_back),
        cmocka_unit_test(the_monotonic_clock_counts_nanoseconds),
        cmocka_unit_test(the_clock_that_counts_sleep_counts_microseconds),
        cmocka_unit_test(the_wall_clock_agrees_with_the_c_library),
        cmocka_unit_test(random_bytes_fill_the_buffer_and_nothing_else),
        cmocka_unit_test(random_bytes_take_every_value),
        cmocka_unit_test(random_bytes_differ_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
