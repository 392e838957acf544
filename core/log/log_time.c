/* SPDX-License-Identifier: MIT */
#include "log/log_time.h"

#include "base/calendar.h"
#include "os/os_clock.h"

struct logtime_disk log_time_now(void)
{
    const struct calendar now = calendar_from_unix_ms(os_clock_wall_ms());
    const struct logtime time = {
        .year = (unsigned)now.year,
        .month = now.month,
        .day = now.day,
        .hour = now.hour,
        .minute = now.minute,
        .second = now.second,
        .millisecond = now.millisecond,
        .is_utc = true,
    };
    return logtime_make(&time);
}

jet_err log_signature_new(struct signature_disk *ret_signature)
{
    struct signature_disk signature = {.created = log_time_now()};
    jet_err err = os_random_bytes(&signature.random, sizeof signature.random);
    if (err == JET_errSuccess)
        *ret_signature = signature;
    return err;
}
