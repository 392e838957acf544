/* SPDX-License-Identifier: MIT */
/* vss_report.h - what the writer has to tell, kept back while anything is frozen: here, in the engine's event log, and
 * by the host.
 *
 * Two locks. `lock` guards the reports and is held for some instructions; `turn` is held while a hold or a release is
 * passed on, so that an abort and a freeze that meet are told in one order. Reports are passed on with neither. */
#ifndef COLDSTREAM_WINDOWS_VSS_REPORT_H
#define COLDSTREAM_WINDOWS_VSS_REPORT_H

#include <windows.h>

#include "vss_writer.h"

enum { VSS_REPORTS_KEPT = 16, VSS_REPORT_TEXT_SIZE = 160 };

struct vss_kept_report {
    enum vss_event event;
    enum os_event_severity severity;
    jet_err err;
    char text[VSS_REPORT_TEXT_SIZE];
};

struct vss_reports {
    const struct vss_writer_host *host;
    SRWLOCK turn;
    SRWLOCK lock;
    /* guarded by lock */
    bool is_held;
    struct vss_kept_report kept[VSS_REPORTS_KEPT]; /* room that is there beforehand; what is too much is not told */
    size_t count;
};

void vss_reports_init(struct vss_reports *reports, const struct vss_writer_host *host);

/* Tells now, or behind the release. */
void vss_report(struct vss_reports *reports, enum vss_event event, enum os_event_severity severity, jet_err err,
                const char *format, ...) PRINTF_LIKE(5, 6);

/* Both do nothing if it is so already. */
void vss_reports_hold(struct vss_reports *reports);
void vss_reports_release(struct vss_reports *reports);

#endif
