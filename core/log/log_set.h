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
    lgen_t generation; /* from the header */
    bool is_current;   /* the log being written, edb.log */
    uint64_t size_bytes;
};

struct log_set {
    char base_name[4];          /* "edb" and its NUL */
    struct log_set_file *files; /* ascending by generation; the current log last */
    size_t count;
    char *checkpoint_name; /* "edb.chk", NULL if there is none */
    uint64_t checkpoint_size;
    bool contiguous;                 /* no generation missing between the first and the last */
    struct signature_disk signature; /* of the stream; of the last log if they differ */
};

/* Looks for log files in `folder` (not below it). Every header is read: files whose header is bad, whose generation does not
 * fit their name, or whose signature is foreign are reported (damage) and are part of the set all the same, so that a backup of
 * what is there stays possible. Files that only look alike are left out. `base_name` NULL: any; if there are several the
 * one with the current log. An empty folder gives an empty set, not an error. Gaps are FINDING_LOG_SEQUENCE warnings. */
MUST_CHECK jet_err log_set_read(const char *folder, const char *base_name, const struct finding_listener *listener,
                                struct log_set *ret_set);
void log_set_done(struct log_set *set);

/* True if every generation first .. last is in the set. */
bool log_set_has_range(const struct log_set *set, lgen_t first, lgen_t last);

#endif
