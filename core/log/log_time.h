/* SPDX-License-Identifier: MIT */
/* log_time.h - what time it is, as headers, records and signatures have it. */
#ifndef COLDSTREAM_LOG_LOG_TIME_H
#define COLDSTREAM_LOG_LOG_TIME_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/stamp.h"

/* Now, UTC with milliseconds. */
struct logtime_disk log_time_now(void);

/* A new signature: random number and the time. Fails as os_random_bytes() does. */
MUST_CHECK jet_err log_signature_new(struct signature_disk *ret_signature);

#endif
