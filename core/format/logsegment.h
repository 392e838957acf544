/* SPDX-License-Identifier: MIT */
/* logsegment.h - 4096 bytes of a log file of format 8: header, then log records.
 *
 * Segment 0 is the file header (logheader.h), segments 1 to count - 2 hold data, the last holds none. The checksum is
 * the block code of pages, with the index of the segment in place of the page number. A partly filled segment is
 * written twice, at its own place and as a shadow right behind it; the shadow keeps index and position, and that is how
 * one tells it. A file made from an old one keeps old segments behind its end; their position is lower.
 *
 * Ours: a partly filled segment also lies two or three places behind, as a copy with its position and the checksum of
 * the place. Whoever does not know of such copies takes them for old segments.
 *
 * The verdict is about one segment. What a sequence of them means (end of the log, torn write, damage) is for the scan
 * in log/.
 */
#ifndef COLDSTREAM_FORMAT_LOGSEGMENT_H
#define COLDSTREAM_FORMAT_LOGSEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/stamp.h"

struct logsegment_header_disk {
    le64 checksum;               /* +0   block code, these eight bytes counted as zero */
    struct lgpos_disk position;  /* +8   own position: ib 0 */
    struct logtime_disk written; /* +16  first byte put into it; may be zero */
    le16 unflushed;              /* +24  ours: segments before this one that might not have been durable when it was
                                  *      written; 0 in files of Windows */
    le64 sum;                    /* +26  ours: block_sum() of the data, if the mark says so; zero in files of Windows */
    le16 sum_mark;               /* +34  ours: LOGSEGMENT_SUM_MARK */
    le32 flags;                  /* +36  LOGSEGMENT_FLAGS */
};
_Static_assert(sizeof(struct logsegment_header_disk) == 40, "file format");

enum {
    LOGSEGMENT_SIZE = 4096,
    LOGSEGMENT_DATA_OFFSET = 40,
    LOGSEGMENT_FLAGS = 0x2000, /* always: has the block code */
    LOGSEGMENT_SUM_MARK = 0x5343,
    LOGSEGMENT_COPIES = 3, /* places behind a segment where its shadow and its copies may lie */
};

enum logsegment_state {
    LOGSEGMENT_DATA,        /* good, at its own place */
    LOGSEGMENT_ZERO,        /* empty: all bytes zero */
    LOGSEGMENT_SHADOW,      /* empty: good as the segment before it (not for segment 1) */
    LOGSEGMENT_OLD,         /* empty: good, but its position is lower: left over from a re-used file */
    LOGSEGMENT_MISPLACED,   /* JET_errLogFileCorrupt: good, but its position is higher */
    LOGSEGMENT_CORRECTABLE, /* JET_errLogFileCorrupt: one flipped bit */
    LOGSEGMENT_DAMAGED,     /* JET_errLogFileCorrupt: by its checksum, or by its sum (block_sum.h) */
};

struct logsegment_verdict {
    enum logsegment_state state;
    uint64_t checksum_stored; /* expected */
    uint64_t checksum_computed;
    struct lgpos position; /* that it names; to be believed unless it is damaged */
    uint32_t bit;          /* LOGSEGMENT_CORRECTABLE: from bit 0 of byte 0 */
};

/* Verifies the 4096 bytes at index `isec` (from 1 on) of generation `generation`. `*ret_verdict` is always written.
 * JET_errSuccess: data or empty, see the state; JET_errLogFileCorrupt. */
MUST_CHECK jet_err logsegment_verify(const void *segment, uint16_t isec, lgen_t generation,
                                     struct logsegment_verdict *ret_verdict);

/* Whether the 4096 bytes at index `place` are the shadow, or a copy, of segment `isec` of this generation. */
bool logsegment_is_copy(const void *segment, uint16_t place, uint16_t isec, lgen_t generation);

/* Of two copies of a segment, or a segment and a copy: whether `segment` goes on where `other` ends. Records begin with
 * a byte that is not zero, and what is behind the last one is. */
bool logsegment_is_newer(const void *segment, const void *other);

/* Sets position, flags and checksum: the last step before a write. */
void logsegment_seal(void *segment, uint16_t isec, lgen_t generation);

/* Makes a copy, to lie at index `place`, of a segment that was sealed. */
void logsegment_seal_copy(void *segment, uint16_t place);

#endif
