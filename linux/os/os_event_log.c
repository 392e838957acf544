/* SPDX-License-Identifier: MIT */
#include "os/os_event_log.h"

#include <syslog.h>

/* openlog() is the program's to call: we name ourselves in the line. */
void os_event_log_write(const char *source, enum os_event_severity severity, unsigned id, const char *text)
{
    static const int priorities[] = {
        [OS_EVENT_INFORMATION] = LOG_INFO, [OS_EVENT_WARNING] = LOG_WARNING, [OS_EVENT_ERROR] = LOG_ERR};
    syslog(LOG_USER | priorities[severity], "%s: event %u: %s", source, id, text);
}
