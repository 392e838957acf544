/* SPDX-License-Identifier: MIT */
/* sample_time.h - the present time, and new signatures, as they lie on disk. */
#ifndef COLDSTREAM_TOOL_SAMPLE_TIME_H
#define COLDSTREAM_TOOL_SAMPLE_TIME_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/stamp.h"

struct logtime_disk sample_time_now(void);

MUST_CHECK jet_err sample_signature_make(struct signature_disk *ret_signature);

#endif
