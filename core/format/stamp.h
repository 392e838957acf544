/* SPDX-License-Identifier: MIT */
/* stamp.h - the small structures that the headers of databases, logs and checkpoints share.
 *
 *   lgpos      a position in the log stream
 *   logtime    a calendar time
 *   signature  identity of a database, of a log stream, or of one header write
 *   bkinfo     what a backup was: its start and its log generations
 *   dbms       parameters of the instance that wrote a log or checkpoint
 *
 * Times and signatures are compared and copied as bytes, never re-encoded: old engines leave bytes unset that new ones
 * fill. All bytes of all of these are legal; reading them cannot fail.
 */
#ifndef COLDSTREAM_FORMAT_STAMP_H
#define COLDSTREAM_FORMAT_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/types.h"

/* ---- lgpos ---- */

struct lgpos_disk {
    le16 ib;         /* +0  byte offset within the segment; 0 for the first record of a segment (not 40) */
    le16 isec;       /* +2  segment (in old logs sector) within the file; the header is 0 */
    le32 generation; /* +4 */
};
_Static_assert(sizeof(struct lgpos_disk) == 8, "file format");

/* All zero means "none". */
struct lgpos {
    lgen_t generation;
    uint16_t isec;
    uint16_t ib;
};

enum { LGPOS_TEXT_SIZE = 24 };

struct lgpos lgpos_get(struct lgpos_disk disk);
struct lgpos_disk lgpos_make(struct lgpos lgpos);

/* As one number that orders like positions do: generation, isec, ib from high to low. */
static inline uint64_t lgpos_pack(struct lgpos lgpos)
{
    return (uint64_t)lgpos.generation << 32 | (uint64_t)lgpos.isec << 16 | lgpos.ib;
}

/* The inverse. */
static inline struct lgpos lgpos_unpack(uint64_t packed)
{
    return (struct lgpos){
        .generation = (lgen_t)(packed >> 32), .isec = (uint16_t)(packed >> 16), .ib = (uint16_t)packed};
}

/* Below, equal, above zero. */
int lgpos_compare(struct lgpos a, struct lgpos b);

/* "0x15,D,28": generation, isec, ib in hexadecimal, as Windows' tools print it. */
void lgpos_format(struct lgpos lgpos, char text[LGPOS_TEXT_SIZE]);

/* ---- logtime ---- */

struct logtime_disk {
    uint8_t second; /* +0 */
    uint8_t minute; /* +1 */
    uint8_t hour;   /* +2 */
    uint8_t day;    /* +3  1-31 */
    uint8_t month;  /* +4  1-12 */
    uint8_t year;   /* +5  since 1900 */
    uint8_t low;    /* +6  bit 0: UTC (else local time); bits 1-7: milliseconds, low 7 bits */
    uint8_t high;   /* +7  bit 0: taken by an OS snapshot; bits 1-3: milliseconds, high 3 bits */
};
_Static_assert(sizeof(struct logtime_disk) == 8, "file format");

/* The same as calendar fields. */
struct logtime {
    unsigned year; /* 1900 to 2155 */
    unsigned month, day, hour, minute, second, millisecond;
    bool is_utc;
    bool is_snapshot;
};

enum { LOGTIME_TEXT_SIZE = 32 };

/* All bytes zero means "not set". */
bool logtime_is_set(struct logtime_disk disk);
bool logtime_equal(struct logtime_disk a, struct logtime_disk b);

/* The fields as they are; logtime_is_plausible() says whether they are a date and a time of day. */
struct logtime logtime_get(struct logtime_disk disk);
bool logtime_is_plausible(struct logtime_disk disk);

/* Fields out of range are the programmer's error. */
struct logtime_disk logtime_make(const struct logtime *time);

/* UTC, from milliseconds since 1970. */
struct logtime_disk logtime_from_unix_ms(int64_t unix_ms);

/* ISO 8601: "2021-03-04T05:06:07.123Z", without the Z for local time; empty if not set. */
void logtime_format(struct logtime_disk disk, char text[LOGTIME_TEXT_SIZE]);

/* ---- signature ---- */

struct signature_disk {
    le32 random;                 /* +0 */
    struct logtime_disk created; /* +4 */
    uint8_t computer_name[16];   /* +12  zero in files of current engines */
};
_Static_assert(sizeof(struct signature_disk) == 28, "file format");

bool signature_equal(const struct signature_disk *a, const struct signature_disk *b);

/* All bytes zero: none. */
bool signature_is_set(const struct signature_disk *signature);

/* ---- bkinfo ---- */

struct bkinfo_disk {
    struct lgpos_disk lgpos;     /* +0   start of the backup */
    struct logtime_disk logtime; /* +8 */
    le32 generation_low;         /* +16  first log generation that a restore needs */
    le32 generation_high;        /* +20  last one, once known */
};
_Static_assert(sizeof(struct bkinfo_disk) == 24, "file format");

/* ---- dbms: instance parameters in log headers and checkpoints; hints, nothing depends on them ---- */

struct dbms_disk {
    uint8_t system_path[261]; /* +0    single-byte characters, NUL padded */
    uint8_t log_path[261];    /* +261 */
    uint8_t flags;            /* +522  1 = circular logging */
    le32 sessions_max;        /* +523 */
    le32 open_tables_max;     /* +527 */
    le32 version_pages;       /* +531 */
    le32 cursors_max;         /* +535 */
    le32 log_buffers;         /* +539  units of 512 bytes */
    le32 log_file_segments;   /* +543 */
    le32 cache_size_max;      /* +547  pages */
    uint8_t reserved[16];     /* +551  zero */
};
_Static_assert(sizeof(struct dbms_disk) == 567, "file format");
_Static_assert(offsetof(struct dbms_disk, sessions_max) == 523, "file format");

#endif
