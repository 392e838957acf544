/* SPDX-License-Identifier: MIT */
/* engine_events.c - what the engine reports goes the way of all events of this program: it waits while something is
 * frozen, and has a text in this program. It is linked in the place of windows/os/os_event_log.c. */
#include "engine_events.h"

#include <stdatomic.h>
#include <stdio.h>

#include "../os/os_event_log_hold.h"
#include "os/os_event_log.h"

/* Written when the service starts and when it ends, read by every thread of the engine. */
static _Atomic(struct event_log *) engine_log;

void engine_events_to(struct event_log *log)
{
    atomic_store(&engine_log, log);
}

/* The VSS writer closes before the log does. */
void os_event_log_hold(void)
{
    event_log_hold(atomic_load(&engine_log));
}

void os_event_log_release(void)
{
    event_log_release(atomic_load(&engine_log));
}

void os_event_log_write(const char *source, enum os_event_severity severity, unsigned id, const char *text)
{
    static const unsigned long ids[] = {
        [OS_EVENT_INFORMATION] = EVENT_ENGINE_INFORMATION,
        [OS_EVENT_WARNING] = EVENT_ENGINE_WARNING,
        [OS_EVENT_ERROR] = EVENT_ENGINE_ERROR,
    };
    struct event_log *log = atomic_load(&engine_log);
    char number[16];
    const char *const texts[] = {number, text};
    (void)source;
    (void)snprintf(number, sizeof number, "%u", id);
    if (log)
        event_report(log, ids[severity], texts, COUNT_OF(texts));
}
