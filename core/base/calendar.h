/* SPDX-License-Identifier: MIT */
/* calendar.h - milliseconds since 1970 as a date and a time of day, UTC, and back.
 *
 * The C library's gmtime() keeps its result in one place for all threads, and its time_t has 32 bits on some platforms.
 */
#ifndef COLDSTREAM_BASE_CALENDAR_H
#define COLDSTREAM_BASE_CALENDAR_H

#include <stdint.h>

struct calendar {
    int year;
    unsigned month, day; /* from 1 */
    unsigned hour, minute, second, millisecond;
};

enum { CALENDAR_TEXT_SIZE = 32 };

/* The Gregorian calendar, for any time of the years 0 to 9999. */
struct calendar calendar_from_unix_ms(int64_t unix_ms);

/* The other way, for a date of those years. */
int64_t calendar_to_unix_ms(const struct calendar *calendar);

/* ISO 8601: "2021-03-04T05:06:07.123Z". */
void calendar_format(const struct calendar *calendar, char text[CALENDAR_TEXT_SIZE]);

#endif
