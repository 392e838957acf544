/* SPDX-License-Identifier: MIT */
/* os_alarm.h - what one thread sleeps on that has work to do when it is asked, and something due at a certain time.
 *
 * A ring is kept until the sleeper has seen it; several are one. */
#ifndef COLDSTREAM_OS_ALARM_H
#define COLDSTREAM_OS_ALARM_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct os_alarm;

/* JET_errOutOfMemory. */
MUST_CHECK jet_err os_alarm_new(struct os_alarm **ret_alarm);
void os_alarm_free(struct os_alarm *alarm); /* takes NULL */

/* Any thread, with any lock held. Keeps errno, or the last error. */
void os_alarm_ring(struct os_alarm *alarm);

/* Returns when it was rung, or at `until_us` of os_clock_boot_us(), also if the machine has slept; 0: only when it was
 * rung. May return early. One thread. */
void os_alarm_wait(struct os_alarm *alarm, uint64_t until_us);

#endif
