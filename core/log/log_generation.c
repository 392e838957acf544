/* SPDX-License-Identifier: MIT */
#include "log/log_generation.h"

#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "format/logsegment.h"
#include "format/page.h"
#include "log/log_file_internal.h"
#include "os/os_file.h"

/* One pass over the segments of a file. */
struct scan {
    const struct log_generation_rules *rules;
    const char *path;
    struct log_generation *generation;
    bool has_ended;
    bool knows_unflushed; /* LOGHEADER_FLAG_UNFLUSHED */
};

static uint8_t *segment_at(const struct scan *scan, unsigned isec)
{
    return scan->generation->bytes + (size_t)isec * LOGSEGMENT_SIZE;
}

static void report(const struct scan *scan, enum finding_kind kind, enum finding_severity severity, unsigned isec,
                   const struct logsegment_verdict *verdict, const char *detail)
{
    const struct finding finding = {
        .kind = kind,
        .severity = severity,
        .err = severity == FINDING_NOTE ? JET_errSuccess : scan->rules->damage,
        .file = scan->path,
        .place = FINDING_AT_SEGMENT,
        .where = isec,
        .has_values = true,
        .expected = verdict->checksum_stored,
        .found = verdict->checksum_computed,
        .bit = verdict->bit,
        .detail = detail,
    };
    if (scan->rules->listener)
        finding_report(scan->rules->listener, &finding);
}

static jet_err damaged(const struct scan *scan, unsigned isec, const struct logsegment_verdict *verdict,
                       const char *detail)
{
    report(scan, FINDING_LOG_SEGMENT, FINDING_DAMAGE, isec, verdict, detail);
    return CORRUPT(scan->rules->damage);
}

static void end_at(struct scan *scan, unsigned isec)
{
    if (!scan->has_ended)
        scan->generation->end = (uint16_t)isec;
    scan->has_ended = true;
}

static void note_remains(struct scan *scan, unsigned isec)
{
    if (scan->generation->remains_from == 0)
        scan->generation->remains_from = (uint16_t)isec;
    scan->generation->remains_to = (uint16_t)isec;
}

static bool may_be_unfinished(const struct scan *scan)
{
    return scan->rules->is_current && scan->rules->torn == JET_errSuccess && scan->knows_unflushed;
}

/* Data: the next piece of the log; or, behind its end, part of the write that was not finished there, or damage. */
static jet_err take_data(struct scan *scan, unsigned isec, const struct logsegment_verdict *verdict)
{
    const struct logsegment_header_disk *header = (const void *)segment_at(scan, isec);
    if (!scan->has_ended) {
        scan->generation->checksum ^= verdict->checksum_stored;
        return JET_errSuccess;
    }
    if (!may_be_unfinished(scan) || isec - scan->generation->end > le16_get(header->unflushed))
        return damaged(scan, isec, verdict, "it lies behind the end of the log");
    note_remains(scan, isec);
    return JET_errSuccess;
}

/* The newest of the shadow and the copies of a segment; 0: there is none. */
static unsigned find_copy(const struct scan *scan, unsigned isec)
{
    const struct log_generation *generation = scan->generation;
    unsigned found = 0;
    for (unsigned place = isec + 1; place <= isec + LOGSEGMENT_COPIES && place < generation->segments; place++) {
        const uint8_t *segment = segment_at(scan, place);
        if (logsegment_is_copy(segment, (uint16_t)place, (uint16_t)isec, generation->generation) &&
            (found == 0 || logsegment_is_newer(segment, segment_at(scan, found))))
            found = place;
    }
    return found;
}

static jet_err take_torn(struct scan *scan, unsigned isec, const struct logsegment_verdict *verdict, unsigned copy)
{
    uint8_t *segment = segment_at(scan, isec);
    const struct logsegment_header_disk *header = (const void *)segment;
    if (scan->rules->torn != JET_errSuccess)
        return CORRUPT(scan->rules->torn);
    report(scan, FINDING_LOG_TORN, FINDING_NOTE, isec, verdict, NULL);
    memcpy(segment, segment_at(scan, copy), LOGSEGMENT_SIZE);
    logsegment_seal(segment, (uint16_t)isec, scan->generation->generation);
    scan->generation->checksum ^= le64_get(header->checksum);
    scan->generation->torn = (uint16_t)isec;
    return JET_errSuccess;
}

static jet_err take_bad(struct scan *scan, unsigned isec, const struct logsegment_verdict *verdict)
{
    const unsigned copy = !scan->has_ended && scan->rules->is_current ? find_copy(scan, isec) : 0;
    if (copy != 0)
        return take_torn(scan, isec, verdict, copy);
    if (verdict->state == LOGSEGMENT_CORRECTABLE && !scan->has_ended) {
        report(scan, FINDING_LOG_SEGMENT_CORRECTABLE, FINDING_WARNING, isec, verdict, NULL);
        segment_at(scan, isec)[verdict->bit / 8] ^= (uint8_t)(1u << verdict->bit % 8);
        scan->generation->checksum ^= verdict->checksum_stored;
        return JET_errSuccess;
    }
    if (!may_be_unfinished(scan) || verdict->state == LOGSEGMENT_MISPLACED)
        return damaged(scan, isec, verdict, NULL);
    end_at(scan, isec);
    note_remains(scan, isec);
    return JET_errSuccess;
}

/* A shadow or a copy of what did not arrive itself must never mend what will be written there. */
static void take_empty(struct scan *scan, unsigned isec, const struct logsegment_verdict *verdict)
{
    if (scan->has_ended && verdict->state != LOGSEGMENT_ZERO &&
        verdict->position.generation == scan->generation->generation && verdict->position.isec >= scan->generation->end)
        note_remains(scan, isec);
    end_at(scan, isec);
}

static jet_err take_segment(struct scan *scan, unsigned isec)
{
    struct logsegment_verdict verdict;
    jet_err err = logsegment_verify(segment_at(scan, isec), (uint16_t)isec, scan->generation->generation, &verdict);
    if (err < JET_errSuccess)
        return take_bad(scan, isec, &verdict);
    if (verdict.state == LOGSEGMENT_DATA)
        return take_data(scan, isec, &verdict);
    take_empty(scan, isec, &verdict);
    return JET_errSuccess;
}

/* It holds no data, but possibly a shadow or a copy: nobody looks at it for itself. */
static void take_last(struct scan *scan, unsigned isec)
{
    struct logsegment_verdict verdict;
    if (scan->has_ended && logsegment_verify(segment_at(scan, isec), (uint16_t)isec, scan->generation->generation,
                                             &verdict) == JET_errSuccess)
        take_empty(scan, isec, &verdict);
    end_at(scan, isec);
}

static jet_err scan_segments(struct scan *scan)
{
    const unsigned last = scan->generation->segments - 1u;
    for (unsigned isec = 1; isec < last; isec++) {
        jet_err err = take_segment(scan, isec);
        if (err < JET_errSuccess && scan->rules->ends_at_damage) {
            end_at(scan, isec);
            scan->generation->damage = err;
            return JET_errSuccess;
        }
        if (err < JET_errSuccess)
            return err;
    }
    take_last(scan, last);
    return JET_errSuccess;
}

static jet_err read_whole(struct os_file *file, struct log_generation *generation)
{
    size_t actual;
    generation->bytes = os_pages_alloc(generation->size);
    if (!generation->bytes)
        return JET_errOutOfMemory;
    jet_err err = os_file_read(file, 0, generation->bytes, generation->size, &actual);
    if (err == JET_errSuccess && actual < generation->size)
        err = JET_errFileIOBeyondEOF;
    return err;
}

static jet_err load(struct scan *scan, struct os_file *file)
{
    struct log_generation *generation = scan->generation;
    struct logheader_disk header;
    uint64_t size = 0;
    jet_err err = log_header_read(file, &header, &size);
    if (err < JET_errSuccess) {
        log_file_report(scan->rules->listener, FINDING_DAMAGE, scan->path, err, &header, size);
        return err == JET_errLogFileCorrupt ? scan->rules->damage : err;
    }
    if (!logheader_has_segments(&header))
        return JET_errBadLogVersion;
    generation->size = (size_t)size;
    err = read_whole(file, generation);
    if (err < JET_errSuccess)
        return err;
    generation->header = (void *)generation->bytes;
    generation->generation = le32_get(header.generation);
    generation->segments = le16_get(header.segment_count);
    scan->knows_unflushed = header.flags & LOGHEADER_FLAG_UNFLUSHED;
    return scan_segments(scan);
}

jet_err log_generation_load(const char *path, const struct log_generation_rules *rules,
                            struct log_generation *ret_generation)
{
    static const struct finding_listener nobody = {0};
    struct log_generation_rules own = *rules;
    struct log_generation generation = {0};
    struct scan scan = {.rules = &own, .path = path, .generation = &generation};
    struct os_file *file;
    if (!own.listener)
        own.listener = &nobody;
    jet_err err = os_file_open(path, OS_FILE_READ, &file);
    if (err < JET_errSuccess)
        return err;
    err = load(&scan, file);
    os_file_close(file);
    if (err < JET_errSuccess)
        log_generation_done(&generation);
    else
        *ret_generation = generation;
    return err;
}

void log_generation_done(struct log_generation *generation)
{
    os_pages_free(generation->bytes, generation->size);
    *generation = (struct log_generation){0};
}
