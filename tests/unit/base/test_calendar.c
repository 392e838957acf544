/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/calendar.h"

static void assert_text(int64_t unix_ms, const char *expected)
{
    char text[CALENDAR_TEXT_SIZE];
    struct calendar calendar = calendar_from_unix_ms(unix_ms);
    assert_int_equal(calendar_to_unix_ms(&calendar), unix_ms);
    calendar_format(&calendar, text);
    assert_string_equal(text, expected);
}

static void known_moments_have_their_dates(void **state)
{
    assert_text(0, "1970-01-01T00:00:00.000Z");
    assert_text(951782399999, "2000-02-28T23:59:59.999Z");
    assert_text(951782400000, "2000-02-29T00:00:00.000Z");
    assert_text(1614834367123, "2021-03-04T05:06:07.123Z");
    assert_text(4107542400000, "2100-03-01T00:00:00.000Z");
    assert_text(4107542399000, "2100-02-28T23:59:59.000Z");
    assert_text(253402300799999, "9999-12-31T23:59:59.999Z");
}

static void moments_before_1970_have_their_dates(void **state)
{
    assert_text(-1, "1969-12-31T23:59:59.999Z");
    assert_text(-2208988800000, "1900-01-01T00:00:00.000Z");
}

static void every_day_follows_the_one_before(void **state)
{
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct calendar before = calendar_from_unix_ms(0);
    for (int64_t day = 1; day < 200000; day++) {
        struct calendar now = calendar_from_unix_ms(day * 86400000);
        int leap = (before.year % 4 == 0 && before.year % 100 != 0) || before.year % 400 == 0;
        unsigned length = lengths[before.month - 1] + (before.month == 2 && leap ? 1 : 0);
        if (now.day == 1) {
            assert_int_equal(before.day, length);
            assert_int_equal(now.month, before.month % 12 + 1);
            assert_int_equal(now.year, before.year + (before.month == 12 ? 1 : 0));
        } else {
            assert_int_equal(now.day, before.day + 1);
            assert_int_equal(now.month, before.month);
            assert_int_equal(now.year, before.year);
        }
        assert_int_equal(calendar_to_unix_ms(&now), day * 86400000);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_moments_have_their_dates),
        cmocka_unit_test(moments_before_1970_have_their_dates),
        cmocka_unit_test(every_day_follows_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
