/* SPDX-License-Identifier: MIT */
/* os_event_internal.h - an event as os_stream.c sees it: a flag to look at, a descriptor to poll. See os_event.c. */
#ifndef COLDSTREAM_LINUX_OS_EVENT_INTERNAL_H
#define COLDSTREAM_LINUX_OS_EVENT_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>

struct os_event {
    /* The state. Written by set and reset on any thread, read by everybody. Sequentially consistent, so that who sees
     * the event set also sees what was stored before, and os_event.c can argue about the order of its steps. */
    atomic_bool is_set;
    /* An eventfd, readable while is_set; it may lag behind it for a moment, so after poll() ask is_set again. */
    int fd;
};

/* NULL is an event that is never set. */
static inline bool os_event_is_set(struct os_event *event)
{
    return event && atomic_load(&event->is_set);
}

#endif
