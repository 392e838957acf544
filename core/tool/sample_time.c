/* SPDX-License-Identifier: MIT */
#include "tool/sample_time.h"

#include "os/os_clock.h"

struct logtime_disk sample_time_now(void)
{
    return logtime_from_unix_ms(os_clock_wall_ms());
}

jet_err sample_signature_make(struct signature_disk *ret_signature)
{
    struct signature_disk signature = {.created = sample_time_now()};
    jet_err err = os_random_bytes(&signature.random, sizeof signature.random);
    if (err >= JET_errSuccess)
        *ret_signature = signature;
    return err;
}
