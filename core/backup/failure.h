/* SPDX-License-Identifier: MIT */
/* failure.h - telling the listener why an os/ call failed, and dropping what fails after that. */
#ifndef COLDSTREAM_BACKUP_FAILURE_H
#define COLDSTREAM_BACKUP_FAILURE_H

#include "base/finding.h"
#include "os/os_error.h"

/* An os/ call about `file` has just failed on this thread: reports it in the system's own words and returns `err`. */
static inline jet_err failure_report_os(const struct finding_listener *listener, const char *file, jet_err err)
{
    char text[256];
    return finding_report_error(listener, FINDING_FILE, file, err, os_last_error_text(text, sizeof text));
}

/* A second error, met while cleaning up after one that was reported: there is nothing better to do than go on. */
static inline void failure_drop(jet_err err)
{
    (void)err;
}

#endif
