/* SPDX-License-Identifier: MIT */
/* interrupt.h - Ctrl-C and its relatives stop what the command is doing.
 *
 * The state is the process's, like the signals themselves: one command watches at a time, between begin and end.
 */
#ifndef COLDSTREAM_TOOL_INTERRUPT_H
#define COLDSTREAM_TOOL_INTERRUPT_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/coldstream.h"
#include "os/os_thread.h"

struct interrupt_targets {
    struct coldstream_job *job; /* is stopped; NULL: none */
    struct os_event *stop;      /* is set as well: for who waits for something else than the job */
    struct os_event *status;    /* is set when a line of status is wanted */
};

/* `targets` must live until interrupt_end(). */
MUST_CHECK jet_err interrupt_begin(const struct interrupt_targets *targets);

/* Other targets from now on; the old ones are not touched any more. */
void interrupt_retarget(const struct interrupt_targets *targets);

/* No targets any more. Interrupts are ignored from now on: what they could stop is done, and its exit status shall not
 * be lost in the last moments of the process. */
void interrupt_end(void);

/* Whether the command was asked to stop since the last begin; then its exit status, 130 or 143. */
bool interrupt_happened(int *ret_exit_status);

#endif
