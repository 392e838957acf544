/* SPDX-License-Identifier: MIT */
/* log_file_internal.h - the header of a log file, read for itself: shared by log_file.c and log_set.c. */
#ifndef COLDSTREAM_LOG_LOG_FILE_INTERNAL_H
#define COLDSTREAM_LOG_LOG_FILE_INTERNAL_H

#include "format/logheader.h"
#include "log/log_file.h"
#include "os/os_file.h"

/* Reads the header and the size of an open file and verifies both: the codes of logheader_verify(),
 * JET_errLogFileSizeMismatch, and those of reading. `*ret_file_size` is written unless the system refused it. */
MUST_CHECK jet_err log_header_read(struct os_file *file, struct logheader_disk *ret_header, uint64_t *ret_file_size);

/* Says of a log file as a whole why it cannot be used; the words come from the code. `header` and `file_size` are
 * looked at for JET_errLogFileSizeMismatch only. Returns `err`. */
jet_err log_file_report(const struct finding_listener *listener, enum finding_severity severity, const char *path,
                        jet_err err, const struct logheader_disk *header, uint64_t file_size);

#endif
