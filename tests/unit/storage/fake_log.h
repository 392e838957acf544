/* SPDX-License-Identifier: MIT */
/* fake_log.h - a log stream that only counts: what the page cache asks of log/log_stream.h, and nothing else.
 *
 * A position is a number that grows by one with each change; all are of the generation in `generation`. Link fake_log.c
 * into the test: it stands in for the stream's own functions.
 */
#ifndef COLDSTREAM_TESTS_FAKE_LOG_H
#define COLDSTREAM_TESTS_FAKE_LOG_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/types.h"
#include "log/log_stream.h"

struct log_stream {
    _Atomic uint64_t tip, durable;
    _Atomic unsigned flushes;
    _Atomic int32_t flush_err; /* what log_flush_to() returns instead of flushing */
    _Atomic bool is_frozen;    /* log_try_flush_to() gives up */
};

/* The log starts at the beginning of this generation. */
void fake_log_init(struct log_stream *log, lgen_t generation);

/* One more record; its end. */
uint64_t fake_log_append(struct log_stream *log);

#endif
