/* SPDX-License-Identifier: MIT */
#include "log/log_time.h"

#include "os/os_clock.h"

struct logtime_disk log_time_now(void)
{
    return logtime_from_unix_ms(os_clock_wall_ms());
}

jet_err log_signature_new(struct signature_disk *ret_signature)
{
    struct signature_disk signature = {.created = log_time_now()};
    jet_err err = os_random_bytes(&signature.random, sizeof signature.random);
    if (err == JET_errSuccess)
        *ret_signature = signature;
    return err;
}
