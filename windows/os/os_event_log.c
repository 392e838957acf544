/* SPDX-License-Identifier: MIT */
#include "os/os_event_log.h"

#include <stdbool.h>
#include <stdlib.h>

#include <windows.h>

#include "os_event_log_hold.h"
#include "os_text.h"

enum { KEPT_MOST = 64 }; /* of one hold: a freeze tells little, and an instance that tells more has told enough */

struct event {
    struct event *next;
    wchar_t *source, *text;
    enum os_event_severity severity;
    unsigned id;
};

static SRWLOCK lock = SRWLOCK_INIT;
/* guarded by lock */
static unsigned holds;
static struct event *kept, **kept_end = &kept; /* oldest first */
static unsigned kept_count;

static void report(const struct event *event)
{
    static const WORD types[] = {[OS_EVENT_INFORMATION] = EVENTLOG_INFORMATION_TYPE,
                                 [OS_EVENT_WARNING] = EVENTLOG_WARNING_TYPE,
                                 [OS_EVENT_ERROR] = EVENTLOG_ERROR_TYPE};
    const wchar_t *text = event->text;
    HANDLE log = RegisterEventSourceW(NULL, event->source);
    if (!log)
        return;
    (void)ReportEventW(log, types[event->severity], 0, event->id, NULL, 1, 0, &text, NULL);
    (void)DeregisterEventSource(log);
}

static void event_free(struct event *event)
{
    if (!event)
        return;
    free(event->source);
    free(event->text);
    free(event);
}

static struct event *event_new(const char *source, enum os_event_severity severity, unsigned id, const char *text)
{
    struct event *event = calloc(1, sizeof *event);
    if (!event)
        return NULL;
    event->severity = severity;
    event->id = id;
    if (os_text_to_wide(source, &event->source) < JET_errSuccess ||
        os_text_to_wide(text, &event->text) < JET_errSuccess) {
        event_free(event);
        return NULL;
    }
    return event;
}

/* False: nothing is held. */
static bool keep(struct event *event)
{
    AcquireSRWLockExclusive(&lock);
    const bool is_held = holds > 0;
    const bool is_kept = is_held && kept_count < KEPT_MOST;
    if (is_kept) {
        *kept_end = event;
        kept_end = &event->next;
        kept_count++;
    }
    ReleaseSRWLockExclusive(&lock);
    if (is_held && !is_kept)
        event_free(event);
    return is_held;
}

void os_event_log_write(const char *source, enum os_event_severity severity, unsigned id, const char *text)
{
    struct event *event = event_new(source, severity, id, text);
    if (!event || keep(event))
        return;
    report(event);
    event_free(event);
}

void os_event_log_hold(void)
{
    AcquireSRWLockExclusive(&lock);
    holds++;
    ReleaseSRWLockExclusive(&lock);
}

void os_event_log_release(void)
{
    struct event *list = NULL;
    AcquireSRWLockExclusive(&lock);
    if (--holds == 0) {
        list = kept;
        kept = NULL;
        kept_end = &kept;
        kept_count = 0;
    }
    ReleaseSRWLockExclusive(&lock);
    while (list) {
        struct event *next = list->next;
        report(list);
        event_free(list);
        list = next;
    }
}
