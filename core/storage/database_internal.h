/* SPDX-License-Identifier: MIT */
/* database_internal.h - what the two files about attached databases share. */
#ifndef COLDSTREAM_STORAGE_DATABASE_INTERNAL_H
#define COLDSTREAM_STORAGE_DATABASE_INTERNAL_H

#include "storage/database.h"

/* The header of a database that is being created: state "just created". */
MUST_CHECK jet_err database_header_make(struct database *db, const struct database_new *options);

/* Reads and verifies the header of an open file into db->header, and takes the counters from it. A copy that is damaged
 * or differs is rewritten, unless the database is read-only. */
MUST_CHECK jet_err database_header_load(struct database *db);

/* database_require_generation() for who is inside the gate of the cache (cache_internal.h). */
MUST_CHECK jet_err database_require_generation_gated(struct database *db, lgen_t generation,
                                                     const struct logtime_disk *created);

/* Brings the file to the size that the database has: it may have grown in a freeze. */
MUST_CHECK jet_err database_extend_file(struct database *db);

#endif
