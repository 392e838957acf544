/* SPDX-License-Identifier: MIT */
/* interrupt.c - from a signal or a console event to the stop routine.
 *
 * The handler runs in a signal handler on Linux and in a thread of its own on Windows, and may do only what is safe in
 * both. On Windows it may still be running when it is given other targets: it counts itself in `running` before it
 * looks at them, and interrupt_retarget() exchanges them first and then waits until nobody is counted.
 *
 * A second request that comes a while after the first means that the stop does not work (a disk that hangs): the
 * process then ends at once. A while, because a terminal and a script often both send the signal, a moment apart.
 */
#include "tool/interrupt.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "os/os_clock.h"
#include "os/os_console.h"

static const uint64_t second_request_ns = 2000000000u;

static struct {
    /* Written by begin and end; read by the handler, which must see the targets filled in. */
    _Atomic(const struct interrupt_targets *) targets;
    atomic_int running; /* handlers under way; see the top */
    /* Exit status of the first request, 0: none. Written by the handler, read by the command. */
    atomic_int exit_status;
    atomic_ullong first_ns; /* when it came */
} watch;

static void handle_stop(enum os_interrupt which, const struct interrupt_targets *targets)
{
    int none = 0;
    int status = os_interrupt_exit_status(which);
    unsigned long long now = os_clock_monotonic_ns();
    if (atomic_compare_exchange_strong(&watch.exit_status, &none, status))
        atomic_store(&watch.first_ns, now);
    else if (now - atomic_load(&watch.first_ns) > second_request_ns)
        _Exit(status);
    if (targets->job)
        coldstream_job_stop(targets->job);
    os_event_set(targets->stop);
}

static void handle(enum os_interrupt which, void *context)
{
    (void)context;
    atomic_fetch_add(&watch.running, 1);
    const struct interrupt_targets *targets = atomic_load(&watch.targets);
    if (targets && which == OS_INTERRUPT_STATUS)
        os_event_set(targets->status);
    else if (targets)
        handle_stop(which, targets);
    atomic_fetch_sub(&watch.running, 1);
}

jet_err interrupt_begin(const struct interrupt_targets *targets)
{
    atomic_store(&watch.exit_status, 0);
    atomic_store(&watch.targets, targets);
    jet_err err = os_interrupt_watch(handle, NULL);
    if (err < JET_errSuccess)
        atomic_store(&watch.targets, NULL);
    return err;
}

void interrupt_retarget(const struct interrupt_targets *targets)
{
    const struct interrupt_targets *before = atomic_exchange(&watch.targets, targets);
    while (before && atomic_load(&watch.running) > 0)
        (void)os_event_wait(before->stop, 1);
}

void interrupt_end(void)
{
    interrupt_retarget(NULL);
}

bool interrupt_happened(int *ret_exit_status)
{
    int status = atomic_load(&watch.exit_status);
    if (status == 0)
        return false;
    *ret_exit_status = status;
    return true;
}
