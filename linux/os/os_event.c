/* SPDX-License-Identifier: MIT */
/* os_event.c - an event that costs one load to look at and that poll() can wait for.
 *
 * The state is an atomic flag; an eventfd follows it so that a thread can wait for the event and for a pipe at the same
 * time. Nobody may rely on the descriptor alone: it is a bell, the flag says whether it rang for something.
 *
 * Set and reset may run at the same time on any threads, and set also in a signal handler that interrupts either. Both
 * store the flag and then call follow(), which makes the descriptor agree with the flag and then looks at the flag
 * again. Whoever touches the descriptor last has therefore seen the flag unchanged after touching it; and whoever
 * changes the flag later touches the descriptor later. So when all calls have returned, the two agree. A waiter that
 * comes in between may find the descriptor readable and the flag clear: it polls again. It cannot sleep through the
 * other way round, flag set and descriptor clear: whoever set the flag has still to write the descriptor.
 *
 * Only set and reset touch the counter, waiters never read it: every waiter is woken, not one.
 */
#include "os/os_thread.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "os/os_clock.h"
#include "os_error_internal.h"
#include "os_event_internal.h"

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "os_event_set() is called in signal handlers");

enum { NS_PER_MS = 1000000 };

jet_err os_event_new(struct os_event **ret_event)
{
    struct os_event *event = malloc(sizeof *event);
    if (!event)
        return os_error_from(ENOMEM);
    event->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event->fd < 0) {
        jet_err err = os_error_from(errno);
        free(event);
        return err;
    }
    atomic_init(&event->is_set, false);
    *ret_event = event;
    return JET_errSuccess;
}

void os_event_free(struct os_event *event)
{
    if (!event)
        return;
    (void)close(event->fd);
    free(event);
}

/* Makes the descriptor agree with the flag; see the top. Neither call can wait (EFD_NONBLOCK) nor fail in a way that
 * matters: reading 0 is EAGAIN and means it is clear, and the counter takes 2^64 - 2 sets. */
static void follow(struct os_event *event)
{
    eventfd_t count;
    bool is_set;
    do {
        is_set = atomic_load(&event->is_set);
        if (is_set)
            (void)eventfd_write(event->fd, 1);
        else
            (void)eventfd_read(event->fd, &count);
    } while (atomic_load(&event->is_set) != is_set);
}

void os_event_set(struct os_event *event)
{
    int kept_errno = errno;
    atomic_store(&event->is_set, true);
    follow(event);
    errno = kept_errno;
}

void os_event_reset(struct os_event *event)
{
    atomic_store(&event->is_set, false);
    follow(event);
}

/* What poll() may wait for, rounded up so that the deadline has passed when the time is over; -1 is for ever. */
static int poll_timeout_ms(bool forever, uint64_t deadline_ns)
{
    if (forever)
        return -1;
    uint64_t now_ns = os_clock_monotonic_ns();
    if (now_ns >= deadline_ns)
        return 0;
    uint64_t left_ms = (deadline_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

bool os_event_wait(struct os_event *event, int64_t timeout_ms)
{
    /* Longer than the clock can count is for ever. */
    bool forever = timeout_ms < 0 || timeout_ms > INT64_MAX / NS_PER_MS;
    uint64_t deadline_ns = forever ? 0 : os_clock_monotonic_ns() + (uint64_t)timeout_ms * NS_PER_MS;
    struct pollfd bell = {.fd = event->fd, .events = POLLIN};
    for (;;) {
        if (os_event_is_set(event))
            return true;
        int wait_ms = poll_timeout_ms(forever, deadline_ns);
        if (wait_ms == 0)
            return false;
        (void)poll(&bell, 1, wait_ms); /* whatever woke us, the flag and the clock decide */
    }
}
