/* SPDX-License-Identifier: MIT */
/* os_clock.h - time and chance. */
#ifndef COLDSTREAM_OS_CLOCK_H
#define COLDSTREAM_OS_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* Nanoseconds on a clock that never goes back; only differences mean anything. */
uint64_t os_clock_monotonic_ns(void);

/* Microseconds since some moment, on a clock that goes on while the machine sleeps: for deadlines that are promises. */
uint64_t os_clock_boot_us(void);

/* Milliseconds since 1970-01-01 00:00 UTC. */
int64_t os_clock_wall_ms(void);

/* Bytes nobody can guess, for signatures. */
MUST_CHECK jet_err os_random_bytes(void *buffer, size_t size);

#endif
