/* SPDX-License-Identifier: MIT */
/* os_event_log.h - the log that administrators read: syslog on Linux, the Application log on Windows. */
#ifndef COLDSTREAM_OS_EVENT_LOG_H
#define COLDSTREAM_OS_EVENT_LOG_H

enum os_event_severity {
    OS_EVENT_INFORMATION,
    OS_EVENT_WARNING,
    OS_EVENT_ERROR,
};

/* Puts one event there. `source` is who it comes from, `id` its number among the events of ESE, `text` one line; both
 * UTF-8. Called by any thread; takes no lock of ours. Whether anybody keeps it is the system's business: nothing is
 * returned. */
void os_event_log_write(const char *source, enum os_event_severity severity, unsigned id, const char *text);

#endif
