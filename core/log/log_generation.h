/* SPDX-License-Identifier: MIT */
/* log_generation.h - one generation of the log in memory, verified, with its end found.
 *
 * Segments are read in order. What a segment is by itself says format/logsegment.h; this is what a sequence of them
 * means:
 *
 *   data ...                         valid, up to the first segment that is empty
 *   empty, then only empty           the end
 *   empty, then data                 damage, unless all of that data was written together with what is missing
 *   bad, its shadow behind it        a torn write: the shadow's content counts, or that of the newest copy (logsegment.h)
 *   bad, otherwise                   damage, unless nothing proves that it had ever been flushed
 *
 * The two exceptions are for the current log of a crashed engine of ours, whose segments say what was durable when they
 * were written (LOGHEADER_FLAG_UNFLUSHED): a write that was never finished may have left any part of itself, and ends
 * the log where it begins. Nobody was ever told that its content is safe. In files of Windows both are damage.
 */
#ifndef COLDSTREAM_LOG_LOG_GENERATION_H
#define COLDSTREAM_LOG_LOG_GENERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/logheader.h"

/* What may be made of a bad end, and which codes damage has. */
struct log_generation_rules {
    bool is_current;                         /* the last generation of a stream: it may have a torn or unfinished end */
    jet_err damage;                          /* JET_errLogFileCorrupt; restores have their own */
    jet_err torn;                            /* for a torn write that may not be mended; JET_errSuccess: it may */
    bool ends_at_damage;                     /* for looking only: damage in a segment is the end, see `damage` below */
    const struct finding_listener *listener; /* NULL: nobody */
};

struct log_generation {
    struct logheader_disk *header; /* = bytes */
    uint8_t *bytes;                /* the whole file */
    size_t size;
    lgen_t generation;
    uint16_t segments;     /* of the file, header included */
    uint16_t end;          /* first segment without data */
    uint64_t checksum;     /* XOR of the checksums of segments 1 .. end - 1 */
    uint16_t torn;         /* segment whose content was taken from its shadow or a copy; 0: none */
    uint16_t remains_from; /* first and last segment behind the end that an unfinished write left; 0: none */
    uint16_t remains_to;
    jet_err damage; /* why the log ends at `end`; JET_errSuccess: because it does */
};

/* Reads and verifies. The codes of logheader_verify(), JET_errLogFileSizeMismatch, those of reading, `rules->damage`
 * and `rules->torn`; JET_errBadLogVersion for format 7. The caller frees with log_generation_done(). */
MUST_CHECK jet_err log_generation_load(const char *path, const struct log_generation_rules *rules,
                                       struct log_generation *ret_generation);

/* Takes a zeroed one. */
void log_generation_done(struct log_generation *generation);

#endif
