/* SPDX-License-Identifier: MIT */
/* os_alarm.c - neither a wait's own limit nor a relative timer counts the time that the machine sleeps; a timer that is
 * set to a moment of the wall clock does, but follows it when somebody sets it. So there are both: whichever is first
 * has the caller look at the clock. */
#include "os/os_alarm.h"

#include <stdlib.h>

#include <windows.h>

#include "os/os_clock.h"
#include "os_error_internal.h"

struct os_alarm {
    HANDLE bell; /* automatic reset */
    HANDLE timer;
};

jet_err os_alarm_new(struct os_alarm **ret_alarm)
{
    struct os_alarm *alarm = calloc(1, sizeof *alarm);
    if (!alarm)
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    alarm->bell = CreateEventW(NULL, FALSE, FALSE, NULL);
    alarm->timer = CreateWaitableTimerW(NULL, FALSE, NULL);
    if (!alarm->bell || !alarm->timer) {
        os_alarm_free(alarm);
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    }
    *ret_alarm = alarm;
    return JET_errSuccess;
}

void os_alarm_free(struct os_alarm *alarm)
{
    if (!alarm)
        return;
    if (alarm->bell)
        CloseHandle(alarm->bell);
    if (alarm->timer)
        CloseHandle(alarm->timer);
    free(alarm);
}

void os_alarm_ring(struct os_alarm *alarm)
{
    const DWORD kept = GetLastError();
    SetEvent(alarm->bell);
    SetLastError(kept);
}

static void timer_set(const struct os_alarm *alarm, uint64_t left_us)
{
    FILETIME now; /* 100 ns */
    LARGE_INTEGER at;
    GetSystemTimePreciseAsFileTime(&now);
    at.QuadPart = (LONGLONG)(((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) + left_us * 10);
    (void)SetWaitableTimer(alarm->timer, &at, 0, NULL, NULL, FALSE);
}

void os_alarm_wait(struct os_alarm *alarm, uint64_t until_us)
{
    const HANDLE both[] = {alarm->bell, alarm->timer};
    const uint64_t now_us = os_clock_boot_us();
    if (until_us == 0) {
        (void)WaitForSingleObject(alarm->bell, INFINITE);
        return;
    }
    const uint64_t left_us = until_us > now_us ? until_us - now_us : 0;
    const uint64_t left_ms = left_us / 1000 + (left_us % 1000 != 0);
    timer_set(alarm, left_us);
    (void)WaitForMultipleObjects(2, both, FALSE, left_ms < INT32_MAX ? (DWORD)left_ms : INT32_MAX);
    (void)CancelWaitableTimer(alarm->timer);
}
