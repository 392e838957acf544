/* SPDX-License-Identifier: MIT */
/* log_file.h - one log file, opened for verified reading.
 *
 * Segment 0 is the header; its checksum and plausibility are checked at open. The following segments are verified as
 * they are read, by the rules for a streamed log: all zero is accepted; the checksum may be right for the segment's own index, or
 * for the index before it (the shadow copy of the previous segment); one flipped bit is mended in the buffer and
 * reported (warning); a bad segment whose shadow copy follows it whole is a torn write, legal only at the end of the
 * current log and reported as a note; anything else is FINDING_LOG_SEGMENT (damage) and JET_errLogReadVerifyFailure.
 * Old logs (major version 7) have no segment checksums: header only, FINDING_LOG_UNVERIFIED (note).
 */
#ifndef COLDSTREAM_LOG_LOG_FILE_H
#define COLDSTREAM_LOG_LOG_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/types.h"
#include "format/logheader.h"

struct log_file;

struct log_file_info {
    const char *path;
    uint64_t file_size;
    uint32_t segment_size; /* bytes: 4096, or the sector size of old logs */
    lgen_t generation;
    bool segments_have_checksums;
    const struct logheader_disk *header;
};

/* Opens for reading. Errors, also reported as FINDING_ERROR: JET_errFileNotFound ..., JET_errLogFileCorrupt (header),
 * JET_errFileInvalidType, JET_errBadLogVersion. A file size that differs from the header's is JET_errLogFileSizeMismatch. */
MUST_CHECK jet_err log_file_open(const char *path, const struct finding_listener *listener, struct log_file **ret_file);
void log_file_close(struct log_file *file);
const struct log_file_info *log_file_info(const struct log_file *file);

/* Reads up to `size` bytes (a multiple of 4096, at least 4096) at `offset` (a multiple of 4096) and verifies every segment; 0 bytes at the end.
 * `is_current`: a torn last write is acceptable. JET_errLogReadVerifyFailure after reporting; the bytes are then in the buffer as they
 * are on disk. */
MUST_CHECK jet_err log_file_read(struct log_file *file, uint64_t offset, void *buffer, size_t size, bool is_current,
                                 const struct finding_listener *listener, size_t *ret_actual);

#endif
