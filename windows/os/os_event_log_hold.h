/* SPDX-License-Identifier: MIT */
/* os_event_log_hold.h - events are kept back while instances are frozen.
 *
 * The Application log lies on a volume that is perhaps being frozen: who writes to it waits for that volume, and who
 * waits for him holds up the freeze. What is told meanwhile is kept in memory, a little of it, and written at the end
 * of the last hold. */
#ifndef COLDSTREAM_WINDOWS_OS_EVENT_LOG_HOLD_H
#define COLDSTREAM_WINDOWS_OS_EVENT_LOG_HOLD_H

/* Any thread. Each hold needs its release, which writes what was kept. */
void os_event_log_hold(void);
void os_event_log_release(void);

#endif
