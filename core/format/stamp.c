/* SPDX-License-Identifier: MIT */
#include "format/stamp.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/calendar.h"

enum {
    LOW_UTC = 1 << 0,
    HIGH_SNAPSHOT = 1 << 0,
    MILLISECOND_LOW_BITS = 7,
    YEAR_BASE = 1900,
};

struct lgpos lgpos_get(struct lgpos_disk disk)
{
    return (struct lgpos){
        .generation = le32_get(disk.generation),
        .isec = le16_get(disk.isec),
        .ib = le16_get(disk.ib),
    };
}

struct lgpos_disk lgpos_make(struct lgpos lgpos)
{
    return (struct lgpos_disk){
        .ib = le16_make(lgpos.ib),
        .isec = le16_make(lgpos.isec),
        .generation = le32_make(lgpos.generation),
    };
}

int lgpos_compare(struct lgpos a, struct lgpos b)
{
    return (lgpos_pack(a) > lgpos_pack(b)) - (lgpos_pack(a) < lgpos_pack(b));
}

void lgpos_format(struct lgpos lgpos, char text[LGPOS_TEXT_SIZE])
{
    (void)snprintf(text, LGPOS_TEXT_SIZE, "0x%X,%X,%X", (unsigned)lgpos.generation, lgpos.isec, lgpos.ib);
}

static bool is_zero(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < size; i++)
        if (at[i] != 0)
            return false;
    return true;
}

bool logtime_is_set(struct logtime_disk disk)
{
    return !is_zero(&disk, sizeof disk);
}

bool logtime_equal(struct logtime_disk a, struct logtime_disk b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

struct logtime logtime_get(struct logtime_disk disk)
{
    return (struct logtime){
        .year = YEAR_BASE + (unsigned)disk.year,
        .month = disk.month,
        .day = disk.day,
        .hour = disk.hour,
        .minute = disk.minute,
        .second = disk.second,
        .millisecond = (unsigned)disk.low >> 1 | ((unsigned)disk.high >> 1 & 7) << MILLISECOND_LOW_BITS,
        .is_utc = disk.low & LOW_UTC,
        .is_snapshot = disk.high & HIGH_SNAPSHOT,
    };
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 && is_leap ? 29 : days[month - 1];
}

bool logtime_is_plausible(struct logtime_disk disk)
{
    const struct logtime t = logtime_get(disk);

    return t.month >= 1 && t.month <= 12 && t.day >= 1 && t.day <= month_days(t.year, t.month) && t.hour <= 23 &&
           t.minute <= 59 && t.second <= 60 && t.millisecond <= 999;
}

struct logtime_disk logtime_make(const struct logtime *time)
{
    const struct logtime_disk disk = {
        .second = (uint8_t)time->second,
        .minute = (uint8_t)time->minute,
        .hour = (uint8_t)time->hour,
        .day = (uint8_t)time->day,
        .month = (uint8_t)time->month,
        .year = (uint8_t)(time->year - YEAR_BASE),
        .low = (uint8_t)(time->millisecond << 1 | (time->is_utc ? LOW_UTC : 0u)),
        .high = (uint8_t)(time->millisecond >> MILLISECOND_LOW_BITS << 1 | (time->is_snapshot ? HIGH_SNAPSHOT : 0u)),
    };

    assert(logtime_is_plausible(disk) && logtime_get(disk).year == time->year);
    return disk;
}

struct logtime_disk logtime_from_unix_ms(int64_t unix_ms)
{
    const struct calendar date = calendar_from_unix_ms(unix_ms);
    const struct logtime time = {
        .year = (unsigned)date.year,
        .month = date.month,
        .day = date.day,
        .hour = date.hour,
        .minute = date.minute,
        .second = date.second,
        .millisecond = date.millisecond,
        .is_utc = true,
    };
    return logtime_make(&time);
}

void logtime_format(struct logtime_disk disk, char text[LOGTIME_TEXT_SIZE])
{
    const struct logtime t = logtime_get(disk);

    text[0] = '\0';
    if (logtime_is_set(disk))
        (void)snprintf(text, LOGTIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03u%s", t.year, t.month, t.day, t.hour,
                       t.minute, t.second, t.millisecond, t.is_utc ? "Z" : "");
}

bool signature_equal(const struct signature_disk *a, const struct signature_disk *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool signature_is_set(const struct signature_disk *signature)
{
    return !is_zero(signature, sizeof *signature);
}
