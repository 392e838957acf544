/* SPDX-License-Identifier: MIT */
/* log_file.h - one log file, opened for verified reading.
 *
 * Segment 0 is the header; its checksum and plausibility are checked at open. The following segments are verified as
 * they are read, by the rules for a streamed log:
 *   - all zero, a shadow copy of the segment before, or left over from the file's earlier use: as it is;
 *   - one flipped bit: mended in the buffer and reported (FINDING_LOG_SEGMENT_CORRECTABLE, warning);
 *   - bad, but followed by its own shadow copy: a torn write, legal at the end of the current log only and then
 *     reported as a note (FINDING_LOG_TORN);
 *   - anything else: FINDING_LOG_SEGMENT (damage) and JET_errLogReadVerifyFailure, after the whole run was reported.
 * Old logs (major version 7) have no segment checksums: the header alone is checked, FINDING_LOG_UNVERIFIED (note).
 *
 * Thread safety: after open the object is not changed; any number of threads may read.
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

/* What the segments of a read were, the header counting as one. */
struct log_segment_counts {
    uint64_t segments_checked; /* all of them; 0 for old logs, but for the header */
    uint64_t segments_zero;
    uint64_t segments_damaged;
    uint64_t segments_correctable;
};

/* Opens for reading. What is wrong is also reported, as FINDING_ERROR: JET_errFileNotFound ..., JET_errLogFileCorrupt
 * (header), JET_errFileInvalidType, JET_errBadLogVersion, JET_errLogFileSizeMismatch (the header tells another size).
 * The caller closes. */
MUST_CHECK jet_err log_file_open(const char *path, const struct finding_listener *listener, struct log_file **ret_file);

/* Takes NULL. */
void log_file_close(struct log_file *file);

/* Lives as long as the file object. */
const struct log_file_info *log_file_info(const struct log_file *file);

/* Reads up to `size` bytes (a multiple of 4096, at least 4096) at `offset` (a multiple of 4096) and verifies every
 * segment; 0 bytes at the end. `is_current`: a torn last write is acceptable. On JET_errLogReadVerifyFailure, which is
 * reported, the bytes are in the buffer as they are on disk and `*ret_actual` is written all the same. A file that
 * became shorter since it was opened is JET_errFileIOBeyondEOF, reported as an error as those of reading are. `counts`
 * (NULL: not wanted) is added to. */
MUST_CHECK jet_err log_file_read(struct log_file *file, uint64_t offset, void *buffer, size_t size, bool is_current,
                                 const struct finding_listener *listener, struct log_segment_counts *counts,
                                 size_t *ret_actual);

#endif
