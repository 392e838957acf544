/* SPDX-License-Identifier: MIT */
/* dump_log.h - the records of a log file, one line each. */
#ifndef COLDSTREAM_TOOL_DUMP_LOG_H
#define COLDSTREAM_TOOL_DUMP_LOG_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "tool/report.h"

/* Writes the records of a log to `out`, or, if the report is JSON, as one object each. Damage ends them and is
 * returned. What is wrong with the file is reported; errors are not, they are report_outcome()'s. */
MUST_CHECK jet_err dump_log(struct report *report, struct output *out, const char *path);

#endif
