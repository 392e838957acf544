/* SPDX-License-Identifier: MIT */
#include "base/calendar.h"

#include <stdio.h>

enum {
    DAYS_OF_400_YEARS = 146097,
    DAYS_FROM_MARCH_0000_TO_1970 = 719468,
    MS_OF_DAY = 86400000,
};

/* Years are counted from the first of March, so that the leap day is the last day of a year and the lengths of the
 * months before it follow one line: month m (0 = March) begins on day (153 * m + 2) / 5. */
static void set_date(struct calendar *calendar, int64_t days_since_1970)
{
    int64_t days = days_since_1970 + DAYS_FROM_MARCH_0000_TO_1970;
    int64_t cycle = days / DAYS_OF_400_YEARS;
    unsigned day_of_cycle = (unsigned)(days % DAYS_OF_400_YEARS);
    unsigned leap_days_before = day_of_cycle / 1460 - day_of_cycle / 36524 + day_of_cycle / 146096;
    unsigned year_of_cycle = (day_of_cycle - leap_days_before) / 365;
    unsigned day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    unsigned month = (5 * day_of_year + 2) / 153;

    calendar->day = day_of_year - (153 * month + 2) / 5 + 1;
    calendar->month = month < 10 ? month + 3 : month - 9;
    calendar->year = (int)(cycle * 400) + (int)year_of_cycle + (calendar->month <= 2 ? 1 : 0);
}

struct calendar calendar_from_unix_ms(int64_t unix_ms)
{
    struct calendar calendar;
    int64_t days = unix_ms / MS_OF_DAY - (unix_ms % MS_OF_DAY < 0 ? 1 : 0);
    unsigned ms = (unsigned)(unix_ms - days * MS_OF_DAY);

    set_date(&calendar, days);
    calendar.hour = ms / 3600000;
    calendar.minute = ms / 60000 % 60;
    calendar.second = ms / 1000 % 60;
    calendar.millisecond = ms % 1000;
    return calendar;
}

int64_t calendar_to_unix_ms(const struct calendar *calendar)
{
    const unsigned month = calendar->month > 2 ? calendar->month - 3 : calendar->month + 9; /* 0 = March */
    const int64_t year = (int64_t)calendar->year - (calendar->month <= 2 ? 1 : 0);
    const int64_t cycle = (year < 0 ? year - 399 : year) / 400;
    const int64_t year_of_cycle = year - cycle * 400;
    const int64_t day_of_year = (int64_t)(153 * month + 2) / 5 + calendar->day - 1;
    const int64_t days = cycle * DAYS_OF_400_YEARS + year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 +
                         day_of_year - DAYS_FROM_MARCH_0000_TO_1970;
    const int64_t seconds = (int64_t)calendar->hour * 3600 + (int64_t)calendar->minute * 60 + calendar->second;
    return days * MS_OF_DAY + seconds * 1000 + calendar->millisecond;
}

void calendar_format(const struct calendar *calendar, char text[CALENDAR_TEXT_SIZE])
{
    snprintf(text, CALENDAR_TEXT_SIZE, "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ", calendar->year % 10000,
             calendar->month % 100, calendar->day % 100, calendar->hour % 100, calendar->minute % 100,
             calendar->second % 100, calendar->millisecond % 1000);
}
