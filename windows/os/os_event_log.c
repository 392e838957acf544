/* SPDX-License-Identifier: MIT */
#include "os/os_event_log.h"

#include <stdlib.h>

#include <windows.h>

#include "os_text.h"

static void report(const wchar_t *source, enum os_event_severity severity, unsigned id, const wchar_t *text)
{
    static const WORD types[] = {[OS_EVENT_INFORMATION] = EVENTLOG_INFORMATION_TYPE,
                                 [OS_EVENT_WARNING] = EVENTLOG_WARNING_TYPE,
                                 [OS_EVENT_ERROR] = EVENTLOG_ERROR_TYPE};
    HANDLE log = RegisterEventSourceW(NULL, source);
    if (!log)
        return;
    (void)ReportEventW(log, types[severity], 0, id, NULL, 1, 0, &text, NULL);
    (void)DeregisterEventSource(log);
}

void os_event_log_write(const char *source, enum os_event_severity severity, unsigned id, const char *text)
{
    wchar_t *wide_source = NULL;
    wchar_t *wide_text = NULL;
    if (os_text_to_wide(source, &wide_source) >= JET_errSuccess && os_text_to_wide(text, &wide_text) >= JET_errSuccess)
        report(wide_source, severity, id, wide_text);
    free(wide_source);
    free(wide_text);
}
