/* SPDX-License-Identifier: MIT */
/* notify.h - what systemd is told of a service: datagrams to $NOTIFY_SOCKET. Without it, nothing happens. Never
 * waits. */
#ifndef COLDSTREAM_LINUX_SERVICE_NOTIFY_H
#define COLDSTREAM_LINUX_SERVICE_NOTIFY_H

#include <stdint.h>

/* "READY=1", "STOPPING=1", "STATUS=...", "WATCHDOG=1"; lines may be joined by '\n'. */
void notify_send(const char *text);

/* How often the watchdog wants to hear of us, half of its limit, in nanoseconds; 0: there is none, or it is not for
 * us. */
uint64_t notify_watchdog_ns(void);

#endif
