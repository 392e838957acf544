/* SPDX-License-Identifier: MIT */
/* log_file.c - one log file: header at open, segments as they are streamed.
 *
 * A segment is judged by itself (format/logsegment.h), with one exception: what looks damaged may be the last write of
 * a crashed engine. That engine writes a partial segment twice or more, so the shadow right behind the torn one, or a
 * copy further on, proves it. The segments behind may lie outside the buffer; then they are read for that purpose.
 *
 * The bytes of a torn segment are given as they are: recovery repairs it from its shadow, and a backup copies files, it
 * does not rewrite history. A single flipped bit is mended, as in pages.
 */
#include "log/log_file.h"

#include <stdlib.h>
#include <string.h>

#include "format/logsegment.h"
#include "format/verdict_finding.h"
#include "log/log_file_internal.h"
#include "os/os_error.h"

struct log_file {
    struct os_file *file;
    char *path;
    struct logheader_disk header;
    struct log_file_info info;
};

/* ---- open ---- */

jet_err log_header_read(struct os_file *file, struct logheader_disk *ret_header, uint64_t *ret_file_size)
{
    size_t actual;
    jet_err err = os_file_size(file, ret_file_size);
    if (err < JET_errSuccess)
        return err;
    err = os_file_read(file, 0, ret_header, sizeof *ret_header, &actual);
    if (err < JET_errSuccess)
        return err;
    err = logheader_verify(ret_header, actual);
    if (err < JET_errSuccess)
        return err;
    return *ret_file_size == logheader_file_size(ret_header) ? JET_errSuccess : JET_errLogFileSizeMismatch;
}

jet_err log_file_report(const struct finding_listener *listener, enum finding_severity severity, const char *path,
                        jet_err err, const struct logheader_disk *header, uint64_t file_size)
{
    char text[160];
    struct finding finding = {.severity = severity, .err = err, .file = path, .place = FINDING_WHOLE_FILE};
    switch (err) {
    case JET_errLogFileCorrupt: finding.kind = FINDING_HEADER; break;
    case JET_errLogFileSizeMismatch:
        finding.kind = FINDING_FILE_SIZE;
        finding.has_values = true;
        finding.expected = header ? logheader_file_size(header) : 0; /* it comes with every error of this kind */
        finding.found = file_size;
        finding.detail = "the header tells another size";
        break;
    case JET_errFileInvalidType: finding.kind = FINDING_FILE_TYPE; break;
    case JET_errBadLogVersion:
        finding.kind = FINDING_FILE_TYPE;
        finding.detail = "a log of another format version";
        break;
    case JET_errFileIOBeyondEOF:
        finding.kind = FINDING_FILE;
        finding.detail = "the file became shorter";
        break;
    default:
        finding.kind = FINDING_FILE;
        finding.detail = os_last_error_text(text, sizeof text);
        if (finding.detail[0] == '\0')
            finding.detail = NULL;
        break;
    }
    finding_report(listener, &finding);
    return err;
}

static jet_err open_and_check(struct log_file *file)
{
    jet_err err = os_file_open(file->path, OS_FILE_READ, &file->file);
    if (err < JET_errSuccess)
        return err;
    return log_header_read(file->file, &file->header, &file->info.file_size);
}

static void describe(struct log_file *file, const struct finding_listener *listener)
{
    file->info.path = file->path;
    file->info.header = &file->header;
    file->info.segment_size = le16_get(file->header.segment_size);
    file->info.generation = le32_get(file->header.generation);
    file->info.segments_have_checksums = logheader_has_segments(&file->header);
    if (file->info.segments_have_checksums)
        return;
    const struct finding finding = {
        .kind = FINDING_LOG_UNVERIFIED,
        .severity = FINDING_NOTE,
        .file = file->path,
        .place = FINDING_WHOLE_FILE,
    };
    finding_report(listener, &finding);
}

jet_err log_file_open(const char *path, const struct finding_listener *listener, struct log_file **ret_file)
{
    jet_err err = JET_errOutOfMemory;
    struct log_file *file = calloc(1, sizeof *file);
    if (!file)
        return finding_report_error(listener, FINDING_FILE, path, err, NULL);
    size_t path_size = strlen(path) + 1;
    file->path = malloc(path_size);
    if (!file->path)
        goto fail;
    memcpy(file->path, path, path_size);
    err = open_and_check(file);
    if (err < JET_errSuccess)
        goto fail;
    describe(file, listener);
    *ret_file = file;
    return JET_errSuccess;
fail:
    log_file_report(listener, FINDING_ERROR, path, err, &file->header, file->info.file_size);
    log_file_close(file);
    return err;
}

void log_file_close(struct log_file *file)
{
    if (!file)
        return;
    os_file_close(file->file);
    free(file->path);
    free(file);
}

const struct log_file_info *log_file_info(const struct log_file *file)
{
    return &file->info;
}

/* ---- reading ---- */

/* Whole segments from `offset` on, in the caller's buffer. */
struct segment_run {
    struct log_file *file;
    uint64_t offset;
    uint8_t *bytes;
    size_t size;
    bool is_current;
    const struct finding_listener *listener;
    struct log_segment_counts counts;
    bool is_damaged;
};

static void report_segment(const struct segment_run *run, enum finding_kind kind, enum finding_severity severity,
                           uint64_t index, const struct logsegment_verdict *verdict)
{
    struct finding finding = logsegment_verdict_finding(verdict, kind, severity, index);
    finding.file = run->file->path;
    finding.detail = verdict->state == LOGSEGMENT_MISPLACED ? "it belongs further on in the stream" : NULL;
    finding_report(run->listener, &finding);
}

/* The bytes at `offset`: from the buffer if they are there, else read into `spare`; NULL if the file ends before. */
static const uint8_t *segment_at(const struct segment_run *run, uint64_t offset, uint8_t spare[LOGSEGMENT_SIZE])
{
    size_t actual;
    if (offset - run->offset + LOGSEGMENT_SIZE <= run->size)
        return run->bytes + (offset - run->offset);
    /* A read error here leaves the segment before without its excuse. */
    if (os_file_read(run->file->file, offset, spare, LOGSEGMENT_SIZE, &actual) < JET_errSuccess)
        return NULL;
    return actual == LOGSEGMENT_SIZE ? spare : NULL;
}

/* The bad segment at `index` is followed by its own shadow, or a copy. */
static bool is_torn(const struct segment_run *run, uint64_t index)
{
    uint8_t spare[LOGSEGMENT_SIZE];
    for (unsigned i = 1; i <= LOGSEGMENT_COPIES; i++) {
        const uint8_t *segment = segment_at(run, (index + i) * LOGSEGMENT_SIZE, spare);
        if (segment && logsegment_is_copy(segment, (uint16_t)(index + i), (uint16_t)index, run->file->info.generation))
            return true;
    }
    return false;
}

static void settle_bad_segment(struct segment_run *run, uint8_t *segment, uint64_t index,
                               const struct logsegment_verdict *verdict)
{
    if (verdict->state == LOGSEGMENT_CORRECTABLE) {
        report_segment(run, FINDING_LOG_SEGMENT_CORRECTABLE, FINDING_WARNING, index, verdict);
        segment[verdict->bit / 8] ^= (uint8_t)(1u << verdict->bit % 8);
        run->counts.segments_correctable++;
    } else if (run->is_current && verdict->state == LOGSEGMENT_DAMAGED && is_torn(run, index)) {
        report_segment(run, FINDING_LOG_TORN, FINDING_NOTE, index, verdict);
    } else {
        report_segment(run, FINDING_LOG_SEGMENT, FINDING_DAMAGE, index, verdict);
        run->counts.segments_damaged++;
        run->is_damaged = true;
    }
}

static void verify_header_again(struct segment_run *run)
{
    run->counts.segments_checked++;
    if (logheader_verify(run->bytes, run->size) == JET_errSuccess)
        return;
    log_file_report(run->listener, FINDING_DAMAGE, run->file->path, JET_errLogFileCorrupt, NULL, 0);
    run->counts.segments_damaged++;
    run->is_damaged = true;
}

static void verify_segments(struct segment_run *run)
{
    for (size_t at = run->offset == 0 ? LOGHEADER_SIZE : 0; run->size - at >= LOGSEGMENT_SIZE; at += LOGSEGMENT_SIZE) {
        struct logsegment_verdict verdict;
        uint64_t index = (run->offset + at) / LOGSEGMENT_SIZE;
        jet_err err = logsegment_verify(run->bytes + at, (uint16_t)index, run->file->info.generation, &verdict);
        run->counts.segments_checked++;
        run->counts.segments_zero += verdict.state == LOGSEGMENT_ZERO;
        if (err < JET_errSuccess)
            settle_bad_segment(run, run->bytes + at, index, &verdict);
    }
}

static void add_counts(struct log_segment_counts *sum, const struct log_segment_counts *counts)
{
    sum->segments_checked += counts->segments_checked;
    sum->segments_zero += counts->segments_zero;
    sum->segments_damaged += counts->segments_damaged;
    sum->segments_correctable += counts->segments_correctable;
}

jet_err log_file_read(struct log_file *file, uint64_t offset, void *buffer, size_t size, bool is_current,
                      const struct finding_listener *listener, struct log_segment_counts *counts, size_t *ret_actual)
{
    size_t actual;
    /* Only what the file had at open: its size was checked against its header, and bounds the segment numbers. */
    const uint64_t left = offset < file->info.file_size ? file->info.file_size - offset : 0;
    const size_t wanted = left < size ? (size_t)left : size;
    jet_err err = os_file_read(file->file, offset, buffer, wanted, &actual);
    if (err == JET_errSuccess && actual < wanted)
        err = JET_errFileIOBeyondEOF;
    if (err < JET_errSuccess)
        return log_file_report(listener, FINDING_ERROR, file->path, err, NULL, 0);
    struct segment_run run = {file, offset, buffer, actual, is_current, listener, {0}, false};
    if (offset == 0 && actual > 0)
        verify_header_again(&run);
    if (file->info.segments_have_checksums && actual > 0)
        verify_segments(&run);
    if (counts)
        add_counts(counts, &run.counts);
    *ret_actual = actual;
    return run.is_damaged ? JET_errLogReadVerifyFailure : JET_errSuccess;
}
