/* SPDX-License-Identifier: MIT */
/* sample_log.h - the log files and the checkpoint that a sample database which was not closed cleanly needs.
 *
 *      sample_log_stream_make(first, last, &stream);
 *      sample_database_write(&(struct sample_database_request){..., .log = &stream}, &info);
 *      sample_log_write(&request);
 *
 * Headers, segments and checksums are those of a real stream. The segments hold no records but padding: there is
 * nothing to redo, and the database is the same after a recovery.
 */
#ifndef COLDSTREAM_TOOL_SAMPLE_LOG_H
#define COLDSTREAM_TOOL_SAMPLE_LOG_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "tool/sample_database.h"

/* A new stream whose generations `first` (from 1 on) to `last` recovery needs. */
MUST_CHECK jet_err sample_log_stream_make(lgen_t first, lgen_t last, struct sample_log_stream *ret_stream);

struct sample_log_request {
    const char *folder;                          /* exists; edb.log, edb0000N.log ... and edb.chk are made in it */
    const struct sample_log_stream *stream;      /* one file for each generation that recovery needs */
    uint32_t page_size;                          /* of the database */
    uint16_t count_segments;                     /* of each file, header included; at least 16 */
    const char *database_path;                   /* as the engine that wrote the logs knew it; ASCII */
    const struct sample_database_info *database; /* what sample_database_write() said */
};

/* After an error some of the files may be there. JET_errFileAlreadyExists ... */
MUST_CHECK jet_err sample_log_write(const struct sample_log_request *request);

#endif
