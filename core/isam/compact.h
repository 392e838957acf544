/* SPDX-License-Identifier: MIT */
/* compact.h - the tables of one database written into another, which is new: densely, and with nothing that was
 * deleted.
 *
 * Tables, columns, indexes and rows are those that the session sees; their numbers (object ids, column ids, long-value
 * ids) are new ones, without gaps. Auto-increment and version columns keep their values. Rows come in the order of the
 * primary index, and secondary indexes are made when the rows are there, so that pages are filled from the first to the
 * last.
 */
#ifndef COLDSTREAM_ISAM_COMPACT_H
#define COLDSTREAM_ISAM_COMPACT_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct session;

struct compact_job {
    struct session *session; /* without a transaction */
    unsigned from, to;       /* attached databases */
    /* Called now and then: so many pages of `total` are done. An error ends the job, and is its result. */
    jet_err (*progress)(void *context, uint32_t done, uint32_t total);
    void *context;
};

/* JET_errFeatureNotAvailable: a table that is derived from another, or a template; errors of ddl.h, table_cursor.h and
 * of `progress`. After an error the new database is only good for deleting. */
MUST_CHECK jet_err compact_tables(const struct compact_job *job);

#endif
