/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdlib.h>

#include "os/os_thread.h"
#include "os_error_internal.h"
#include "os_event_internal.h"

jet_err os_event_new(struct os_event **ret_event)
{
    struct os_event *event = malloc(sizeof *event);
    if (!event)
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    event->handle = CreateEventW(NULL, TRUE, FALSE, NULL); /* manual reset, clear */
    if (!event->handle) {
        jet_err err = os_error_from_system();
        free(event);
        return err;
    }
    *ret_event = event;
    return JET_errSuccess;
}

void os_event_free(struct os_event *event)
{
    if (!event)
        return;
    CloseHandle(event->handle);
    free(event);
}

void os_event_set(struct os_event *event)
{
    SetEvent(event->handle); /* a good handle cannot fail */
}

void os_event_reset(struct os_event *event)
{
    ResetEvent(event->handle);
}

bool os_event_wait(struct os_event *event, int64_t timeout_ms)
{
    enum { STEP_MAX_MS = INT32_MAX }; /* one wait; the largest number of 32 bits would mean for ever */
    if (timeout_ms < 0)
        return WaitForSingleObject(event->handle, INFINITE) == WAIT_OBJECT_0;
    while (timeout_ms > STEP_MAX_MS) {
        if (WaitForSingleObject(event->handle, STEP_MAX_MS) == WAIT_OBJECT_0)
            return true;
        timeout_ms -= STEP_MAX_MS;
    }
    return WaitForSingleObject(event->handle, (DWORD)timeout_ms) == WAIT_OBJECT_0;
}
