/* SPDX-License-Identifier: MIT */
/* os_sigpipe.h - writing to a pipe without the signal that says its reader is gone.
 *
 * write() to a pipe has no flag for this (sockets have MSG_NOSIGNAL), and a library must not change what the process
 * does about a signal. So SIGPIPE is blocked in this thread for the span of the writes, and one that the writes caused
 * is taken away before it is unblocked. One that was pending before stays pending.
 */
#ifndef COLDSTREAM_LINUX_OS_SIGPIPE_H
#define COLDSTREAM_LINUX_OS_SIGPIPE_H

#include <stdbool.h>

struct os_sigpipe_span {
    bool was_blocked;
    bool was_pending;
};

struct os_sigpipe_span os_sigpipe_begin(void);

/* `broken`: a write in the span gave EPIPE, so there is a signal to take away. Keeps errno. */
void os_sigpipe_end(struct os_sigpipe_span span, bool broken);

#endif
