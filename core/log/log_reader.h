/* SPDX-License-Identifier: MIT */
/* log_reader.h - the records of a log stream, one after another, across generations.
 *
 * Each generation is verified as a whole before its first record is given: header, every segment, place of the end. A
 * move to the next generation checks that it continues the one before. Records that were cut into fragments are given
 * whole; padding (NOP, NOP2) is skipped. The layout of a record is verified as far as its size; the rest is its
 * decoder's.
 *
 * Nothing is changed on disk. A torn last segment is read from its shadow.
 */
#ifndef COLDSTREAM_LOG_LOG_READER_H
#define COLDSTREAM_LOG_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/logheader.h"
#include "log/log_config.h"

struct log_reader;

struct log_reader_source {
    const struct log_config *config; /* folder, base name, family of the names, page size */
    /* A restore: generations up to `restore_last` are in this folder, later ones in the log folder. NULL: soft
     * recovery. It decides which code damage has: JET_errLogFileCorrupt; -570, -573 up to `restore_last`; -571, -574
     * beyond. */
    const char *restore_folder;
    lgen_t restore_last;
    lgen_t last;                             /* read no further than this generation; 0: to the end */
    const struct finding_listener *listener; /* of damage; NULL: nobody */
};

struct log_reader_record {
    const uint8_t *bytes; /* NULL: the end of the log. Valid until the next call */
    size_t size;
    uint64_t lgpos;     /* start */
    uint64_t lgpos_end; /* one past the last byte, as log_stream.h has it */
};

/* Opens the generation of `start` (a packed position: the start of a record, or ib 0 of any segment) and stands before
 * it.
 *      JET_errMissingLogFile, and those of log_reader_next() */
MUST_CHECK jet_err log_reader_open(const struct log_reader_source *source, uint64_t start,
                                   struct log_reader **ret_reader);

/* Opens one file, whatever its name, to look at it: the log ends with it. Up to damage its records are given; then
 * log_reader_next() returns what the damage is. Errors as those of the header, and of reading. */
MUST_CHECK jet_err log_reader_open_file(const char *path, const struct finding_listener *listener,
                                        struct log_reader **ret_reader);

/* Takes NULL. */
void log_reader_close(struct log_reader *reader);

/* The next record.
 *      JET_errLogFileCorrupt (or a code of restoring)  damage in a segment or a record
 *      JET_errMissingLogFile               a generation is missing although a higher one exists
 *      JET_errInvalidLogSequence           the next one was not made behind this one
 *      JET_errBadLogSignature              it belongs to another stream
 *      JET_errLogSequenceChecksumMismatch  it names another content of this one
 *      JET_errLogFileSizeMismatch          it has not the size of its header
 *      JET_errRedoAbruptEnded              it has not the size of the one before
 *      JET_errPageSizeMismatch, JET_errBadLogVersion, JET_errFileInvalidType  of its header
 * After an error every further call returns it. */
MUST_CHECK jet_err log_reader_next(struct log_reader *reader, struct log_reader_record *ret_record);

/* Header of the generation that the last record was read from; lives until the reader moves on. */
const struct logheader_disk *log_reader_header(const struct log_reader *reader);

/* Where the log ends, once log_reader_next() has said so: generation, and its first free segment (ib 0). */
uint64_t log_reader_end(const struct log_reader *reader);

#endif
