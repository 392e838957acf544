/* SPDX-License-Identifier: MIT */
/* output.h - standard output: the data that a command gives.
 *
 * Text is collected and written in pieces. The first write that fails is remembered and everything after it is dropped,
 * so that a command may print without looking; output_close() says whether all of it arrived.
 */
#ifndef COLDSTREAM_TOOL_OUTPUT_H
#define COLDSTREAM_TOOL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "os/os_stream.h"

struct output {
    struct os_stream *stream;
    struct os_event *stop; /* a write that waits for a reader is left when it is set; NULL: never */
    bool is_wanted;        /* something was to be written */
    jet_err err;
    char reason[160]; /* the system's words for it */
    size_t used;
    char buffer[16384];
};

/* If standard output is closed, that is the error of the first write. */
void output_open(struct output *out, struct os_event *stop);

void output_write(struct output *out, const char *text, size_t size);
PRINTF_LIKE(2, 3) void output_print(struct output *out, const char *format, ...);

/* Hands over what was collected. */
void output_flush(struct output *out);

/* Flushes and closes: JET_errSuccess if everything arrived, else `reason` says why not. */
MUST_CHECK jet_err output_close(struct output *out);

#endif
