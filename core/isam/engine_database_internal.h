/* SPDX-License-Identifier: MIT */
/* engine_database_internal.h - what the files of attached databases share.
 *
 *   engine_database.c          slots, opening, growing
 *   engine_database_log.c      the log records of the life of a database
 *   engine_database_create.c   a new file, and what is in it
 *   engine_database_attach.c   attach and detach, and what of them others need
 *   engine_database_shrink.c   a file that becomes shorter
 *
 * Whoever creates, attaches, detaches or shrinks is between engine_attach_begin() and engine_attach_end().
 */
#ifndef COLDSTREAM_ISAM_ENGINE_DATABASE_INTERNAL_H
#define COLDSTREAM_ISAM_ENGINE_DATABASE_INTERNAL_H

#include "format/dbheader.h"
#include "format/dbheader_state.h"
#include "format/stamp.h"
#include "isam/engine_database.h"
#include "isam/schema_cache_internal.h"
#include "storage/database.h"

/* ---- engine_database.c ---- */

/* One at a time, and not in a freeze: takes the attach_lock, and makes the checkpoint stand still. */
void engine_attach_begin(struct engine *engine);
void engine_attach_end(struct engine *engine);

/* The slot of the database with that absolute path; 0: not attached. The database list's lock is taken. */
unsigned engine_database_find(struct engine *engine, const char *absolute);

/* A slot for a database of that path. JET_errTooManyAttachedDatabases: none is free, or the list of attached databases,
 * which log headers have room for, is full. */
MUST_CHECK jet_err engine_database_slot(struct engine *engine, const char *absolute, unsigned *ret_dbid);

/* A session has it open from now on. */
void engine_database_open_count(struct engine *engine, unsigned dbid);

/* Takes the database out of its slot, as soon as nobody holds it. */
void engine_database_withdraw(struct engine *engine, unsigned dbid);

/* ---- engine_database_log.c: appended and durable when they return; `ret_start`: where the record lies ---- */

struct database_log_create {
    const char *path;
    uint8_t dbid;
    uint16_t procid;
    bool overwrite;
    uint32_t pages_max;
    const struct signature_disk *signature;
};
MUST_CHECK jet_err database_log_create(struct log_stream *log, const struct database_log_create *create,
                                       uint64_t *ret_start);
MUST_CHECK jet_err database_log_create_finish(struct log_stream *log, uint8_t dbid, uint16_t procid);

/* The header as it was before the attach. */
MUST_CHECK jet_err database_log_attach(struct log_stream *log, const struct database *db,
                                       const struct dbheader_disk *header, uint16_t procid, uint32_t pages_max,
                                       uint64_t *ret_start);
MUST_CHECK jet_err database_log_detach(struct log_stream *log, const char *path, uint8_t dbid, uint16_t procid,
                                       uint64_t *ret_start);

/* What a header needs to know of the record at `start`; zero for an engine without a log. */
struct dbheader_attach database_log_place(struct engine *engine, uint8_t dbid, uint64_t start);

/* Page `last` becomes the last of the database. The record is of the kind that engines know who read the log. */
MUST_CHECK jet_err database_log_shrink(struct log_stream *log, struct database *db, pgno_t last, uint64_t *ret_start);

/* ---- engine_database_create.c ---- */

/* Everything that a new database has: pages 1 to 30 and more, the catalogue, its tables. In a transaction of the
 * session. The cache lies in its slot of the engine; its trees are open afterwards. */
MUST_CHECK jet_err database_content_create(struct session *session, struct schema_cache *cache, pgno_t pages);

#endif
