/* SPDX-License-Identifier: MIT */
/* test_notify.c - whether the watchdog is for us. (The datagrams themselves: test_bus_process.sh.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/compiler.h"
#include "notify.h"

static void set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void half_the_time_of_the_watchdog_if_it_is_ours(void **state)
{
    char own[20];
    (void)snprintf(own, sizeof own, "%ld", (long)getpid());
    /* clang-format off */
    const struct {
        const char *usec, *pid;
        uint64_t expected_ns;
    } rows[] = {
        {NULL, NULL, 0},
        {"60000000", NULL, 30000000000},
        {"60000000", own, 30000000000},
        {"60000000", "1", 0},
        {"-1", NULL, 0},
        {"12x", NULL, 0},
        {"", NULL, 0},
        {"0", NULL, 0},
        {"18446744073709551615", NULL, 0},
        {"99999999999999999999999", NULL, 0},
    };
    /* clang-format on */
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        set("WATCHDOG_USEC", rows[i].usec);
        set("WATCHDOG_PID", rows[i].pid);
        assert_true(notify_watchdog_ns() == rows[i].expected_ns);
    }
}

static void sockets_that_cannot_be_are_left_alone(void **state)
{
    static char longest[200];
    static const char *const addresses[] = {NULL, "", "/", "relative", "/nobody/is/here", "@", longest};
    for (size_t i = 0; i < sizeof longest - 1; i++)
        longest[i] = i == 0 ? '/' : 'x';
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        set("NOTIFY_SOCKET", addresses[i]);
        notify_send("READY=1");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_the_time_of_the_watchdog_if_it_is_ours),
        cmocka_unit_test(sockets_that_cannot_be_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
