/* SPDX-License-Identifier: MIT */
/* os_event_internal.h - an event as os_stream.c sees it: something WaitForMultipleObjects can wait for. */
#ifndef COLDSTREAM_WINDOWS_OS_EVENT_INTERNAL_H
#define COLDSTREAM_WINDOWS_OS_EVENT_INTERNAL_H

#include <windows.h>

struct os_event {
    HANDLE handle; /* manual reset */
};

#endif
