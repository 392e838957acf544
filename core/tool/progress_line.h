/* SPDX-License-Identifier: MIT */
/* progress_line.h - how far an operation is, as one line for a person. Pure text. */
#ifndef COLDSTREAM_TOOL_PROGRESS_LINE_H
#define COLDSTREAM_TOOL_PROGRESS_LINE_H

#include <stddef.h>
#include <stdint.h>

struct progress_state {
    const char *name;  /* what is worked on */
    const char *phase; /* "databases" */
    unsigned file_index, file_count;
    uint64_t bytes_done, bytes_total; /* total 0: unknown */
    uint64_t elapsed_ms;
};

enum { PROGRESS_LINE_SIZE = 1408 };

/* "mail.edb  databases 2/3  43.1% [####......]  12.4/28.8 GiB  812.0 MiB/s  ETA 0:21", at most `width` columns: what
 * does not fit is left out, the bar first, then the rate, the name, and so on; the percentage last. Returns `line`. */
char *progress_line_format(const struct progress_state *state, unsigned width, char line[PROGRESS_LINE_SIZE]);

/* Mean bytes per second so far. */
uint64_t progress_rate(const struct progress_state *state);

#endif
