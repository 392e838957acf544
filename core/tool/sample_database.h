/* SPDX-License-Identifier: MIT */
/* sample_database.h - writes a valid ESE database with data in it, for the demonstration, tests and benchmarks.
 *
 * This is no part of the engine: a file is written once, from front to back, and cannot be changed afterwards. Version
 * 1568,20,0; readers of other projects accept it.
 *
 * It is also the map of sample_*.h: sample_file takes finished pages; sample_space says who owns which pages;
 * sample_tree makes pages from sorted nodes; sample_record makes nodes from values; sample_schema, sample_catalog and
 * sample_rows say which; sample_log adds the logs that a dirty database needs.
 */
#ifndef COLDSTREAM_TOOL_SAMPLE_DATABASE_H
#define COLDSTREAM_TOOL_SAMPLE_DATABASE_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/stamp.h"
#include "os/os_thread.h"

/* The log stream of a database that was not closed cleanly. */
struct sample_log_stream {
    struct signature_disk signature;
    lgen_t generation_min, generation_max; /* what recovery needs */
    struct logtime_disk generation_max_created;
};

struct sample_database_request {
    const char *path;                    /* must not exist */
    uint32_t page_size;                  /* 4096, 8192, 16384 or 32768 */
    uint64_t size_bytes;                 /* rounded down to whole pages; at least 256 pages are written */
    uint64_t seed;                       /* of the rows */
    const struct sample_log_stream *log; /* NULL: cleanly closed, without logs */
    struct os_event *cancel;             /* NULL: none; once it is set: JET_errBackupAbortByServer */
};

struct sample_database_info {
    uint64_t size_bytes;
    pgno_t count_pages;  /* without the headers */
    uint32_t count_rows; /* of the table Messages */
    struct signature_disk signature;
    dbtime_t dbtime;
};

/* After an error there is no file. JET_errFileAlreadyExists: it was there before, and is left alone;
 * JET_errInvalidParameter: page size; JET_errDatabaseInvalidPages: too large; JET_errDiskFull ... */
MUST_CHECK jet_err sample_database_write(const struct sample_database_request *request,
                                         struct sample_database_info *ret_info);

#endif
