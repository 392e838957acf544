/* SPDX-License-Identifier: MIT */
/* log_set.h - the log files of one folder and base name, in order of generation. */
#ifndef COLDSTREAM_LOG_LOG_SET_H
#define COLDSTREAM_LOG_LOG_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/types.h"
#include "format/stamp.h"

struct log_set_file {
    char *name;        /* in the folder */
    lgen_t generation; /* from the header; if that is bad from the name; 0 if the name tells none either */
    bool is_current;   /* the log being written, edb.log */
    uint64_t size_bytes;
    bool is_foreign;   /* another stream's, not of the generation that its name says, or one generation too many */
    bool is_unchained; /* of the stream, but it names another file as the one before */
};

struct log_set {
    char base_name[4];          /* "edb" and its NUL; empty if the set is */
    struct log_set_file *files; /* ascending by generation; the current log last */
    size_t count;
    char *checkpoint_name; /* "edb.chk", NULL if there is none */
    uint64_t checkpoint_size;
    bool contiguous;                 /* no generation missing between the first and the last */
    struct signature_disk signature; /* of the stream: of the last log whose header is good */
};

/* Looks for log files in `folder` (not below it). Every header is read. A file is part of the set by its name; what is
 * wrong with it is reported as damage and does not take it out, so that a backup of what is there stays possible: a bad
 * header (the codes of log_file_open()), a generation that does not fit its name (JET_errLogGenerationMismatch) or
 * occurs twice or comes after the current one, a foreign signature (JET_errBadLogSignature), a header that does not
 * follow the one before (JET_errInvalidLogSequence). Gaps are FINDING_LOG_SEQUENCE warnings, JET_errMissingLogFile.
 * Reserve and temporary logs, folders and files with other names are left out.
 *
 * `base_name` NULL: any; if there are several, the first of those with a current log, or else the first. An empty
 * folder gives an empty set, not an error. Errors are those of reading the folder (reported) and JET_errOutOfMemory.
 * The caller frees with log_set_done(). */
MUST_CHECK jet_err log_set_read(const char *folder, const char *base_name, const struct finding_listener *listener,
                                struct log_set *ret_set);

/* Takes a zeroed set, too; leaves it zeroed. */
void log_set_done(struct log_set *set);

/* The lowest generation of first .. last (`first` at least 1) that is not in the set; 0: all are. */
lgen_t log_set_first_missing(const struct log_set *set, lgen_t first, lgen_t last);

/* The lowest generation of first .. last whose file is in the set but cannot be replayed there: it is foreign, or does
 * not follow the one before in this range; 0: none. */
lgen_t log_set_first_misfit(const struct log_set *set, lgen_t first, lgen_t last);

#endif
