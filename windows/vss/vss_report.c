/* SPDX-License-Identifier: MIT */
#include "vss_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../os/os_event_log_hold.h"

void vss_reports_init(struct vss_reports *reports, const struct vss_writer_host *host)
{
    memset(reports, 0, sizeof *reports);
    reports->host = host;
    InitializeSRWLock(&reports->turn);
    InitializeSRWLock(&reports->lock);
}

static void tell(const struct vss_reports *reports, const struct vss_kept_report *kept)
{
    const struct vss_report report = {kept->event, kept->severity, kept->err, kept->text};
    if (reports->host->report)
        reports->host->report(reports->host->context, &report);
}

/* False: nothing is held. */
static bool keep(struct vss_reports *reports, const struct vss_kept_report *report)
{
    AcquireSRWLockExclusive(&reports->lock);
    const bool is_held = reports->is_held;
    if (is_held && reports->count < VSS_REPORTS_KEPT)
        reports->kept[reports->count++] = *report;
    ReleaseSRWLockExclusive(&reports->lock);
    return is_held;
}

void vss_report(struct vss_reports *reports, enum vss_event event, enum os_event_severity severity, jet_err err,
                const char *format, ...)
{
    struct vss_kept_report report = {.event = event, .severity = severity, .err = err};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report.text, sizeof report.text, format, arguments);
    va_end(arguments);
    if (!keep(reports, &report))
        tell(reports, &report);
}

/* True: it was the other way round. */
static bool set_held(struct vss_reports *reports, bool is_held)
{
    AcquireSRWLockExclusive(&reports->lock);
    const bool is_changed = reports->is_held != is_held;
    reports->is_held = is_held;
    ReleaseSRWLockExclusive(&reports->lock);
    return is_changed;
}

static void pass_on(const struct vss_reports *reports, bool is_held)
{
    if (is_held)
        os_event_log_hold();
    else
        os_event_log_release();
    if (reports->host->hold)
        reports->host->hold(reports->host->context, is_held);
}

static bool hold_or_release(struct vss_reports *reports, bool is_held)
{
    AcquireSRWLockExclusive(&reports->turn);
    const bool is_changed = set_held(reports, is_held);
    if (is_changed)
        pass_on(reports, is_held);
    ReleaseSRWLockExclusive(&reports->turn);
    return is_changed;
}

void vss_reports_hold(struct vss_reports *reports)
{
    (void)hold_or_release(reports, true);
}

static size_t take_kept(struct vss_reports *reports, struct vss_kept_report *kept)
{
    AcquireSRWLockExclusive(&reports->lock);
    const size_t count = reports->count;
    memcpy(kept, reports->kept, count * sizeof *kept);
    reports->count = 0;
    ReleaseSRWLockExclusive(&reports->lock);
    return count;
}

void vss_reports_release(struct vss_reports *reports)
{
    struct vss_kept_report kept[VSS_REPORTS_KEPT];
    if (!hold_or_release(reports, false))
        return;
    const size_t count = take_kept(reports, kept);
    for (size_t i = 0; i < count; i++)
        tell(reports, &kept[i]);
}
