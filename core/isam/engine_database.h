/* SPDX-License-Identifier: MIT */
/* engine_database.h - databases of a running engine: made, attached, opened, detached.
 *
 *      create  CreateDB -> file "just created" -> trees and catalogue -> CreateDBFinish -> header dirty
 *      attach  AttachDB -> header dirty
 *      detach  clean-up, pages to disk -> DetachDB -> header clean
 *      shrink  clean-up, extents given up, pages to disk -> ShrinkDB -> header -> file
 *
 * Each log record is durable before the header is written, so that recovery knows of every file that names the stream.
 * A database that is attached is opened by sessions; it cannot be detached while one has it open. One attach, detach or
 * create at a time.
 */
#ifndef COLDSTREAM_ISAM_ENGINE_DATABASE_H
#define COLDSTREAM_ISAM_ENGINE_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "isam/engine.h"

struct session;

struct engine_database_new {
    const char *path;   /* absolute, UTF-8 */
    bool overwrite;     /* JET_bitDbOverwriteExisting */
    pgno_t pages;       /* first size; 0: the least, 254 with the headers' 256 */
    uint32_t pages_max; /* limit of its growth (JET_errOutOfDatabaseSpace), headers not counted; 0: none */
};

/* A new database, attached and opened once for the session's account: `*ret_dbid`, which the caller closes.
 * JET_errDatabaseDuplicate (attached already), JET_errFileAlreadyExists (as JET_errDatabaseDuplicate),
 * JET_errTooManyAttachedDatabases, JET_errInTransaction, JET_errInvalidPath, JET_errDiskFull ... On failure the file is
 * gone. */
MUST_CHECK jet_err engine_database_create(struct session *session, const struct engine_database_new *options,
                                          unsigned *ret_dbid);

/* The temporary database (isam/temporary.h), made if it is not there: from now on it is, in slot ENGINE_DBID_TEMPORARY.
 * JET_errTempPathInUse: the file is an attached database; errors of making a file. Waits for the end of a freeze if it
 * has to be made. */
MUST_CHECK jet_err engine_database_ensure_temporary(struct engine *engine);

/* JET_wrnDatabaseAttached (it was already, and likewise read-only or not). JET_errFileNotFound,
 * JET_errDatabaseSharingViolation, JET_errDatabaseDirtyShutdown and what else dbheader_check_attach() says,
 * JET_errTooManyAttachedDatabases, JET_errInTransaction, JET_errFileAccessDenied; JET_errBackupInProgress,
 * JET_errSurrogateBackupInProgress. */
MUST_CHECK jet_err engine_database_attach(struct session *session, const char *path, bool is_read_only,
                                          uint32_t pages_max);

/* Has it the file of that absolute path attached? */
bool engine_database_is_attached(struct engine *engine, const char *absolute);

/* `path` NULL: all. JET_errDatabaseNotFound, JET_errDatabaseInUse, JET_errInTransaction, JET_errBackupInProgress,
 * JET_errSurrogateBackupInProgress. */
MUST_CHECK jet_err engine_database_detach(struct session *session, const char *path);

/* Who would attach or detach a database is told `refusal` from now on; JET_errSuccess: nobody any more. Returns when no
 * attach, detach or creation is under way. A creation is never refused. */
void engine_database_refuse(struct engine *engine, jet_err refusal);

/* engine_each_logged() while no database comes or goes: none is half made. */
MUST_CHECK jet_err engine_database_each(struct engine *engine, jet_err (*visit)(struct database *db, void *context),
                                        void *context);

/* The last page that the attached database owns; the caller holds it (engine_database_hold()). Errors of pages. */
MUST_CHECK jet_err engine_database_last_owned(struct engine *engine, unsigned dbid, pgno_t *ret_pgno);

struct engine_database_open_options {
    bool is_read_only;
    bool is_exclusive; /* JET_bitDbExclusive: nobody else until the session closes it */
};

/* Holds the attached database of that path for the session. JET_wrnFileOpenReadOnly if it is attached so and
 * `is_read_only` is false. JET_errDatabaseNotFound (not attached), JET_errDatabaseInUse (it is open, and is_exclusive),
 * JET_errDatabaseLocked (another session has it exclusively). */
MUST_CHECK jet_err engine_database_open(struct session *session, const char *path,
                                        const struct engine_database_open_options *how, unsigned *ret_dbid);
void engine_database_close(struct session *session, unsigned dbid);

/* From the one to the other nothing is created, attached or detached: what is under way is waited for, the rest waits.
 * For a snapshot. */
void engine_attach_freeze(struct engine *engine);
void engine_attach_thaw(struct engine *engine);

/* Makes the file as long as `pages` pages at least; `*ret_pages`: its length now. The pages become the root's own.
 * JET_errDatabaseFileReadOnly, JET_errDiskFull. */
MUST_CHECK jet_err engine_database_grow(struct session *session, unsigned dbid, pgno_t pages, pgno_t *ret_pages);

/* The file becomes shorter, by the extents at its end, but not shorter than `pages` pages; `*ret_pages`: its length
 * now. Pages in use move forward, into room that there is, but for roots. Not while a backup or snapshot occupies the
 * instance: JET_errBackupInProgress, JET_errSurrogateBackupInProgress; waits for the end of a freeze.
 * JET_errDatabaseFileReadOnly, JET_errInvalidDatabaseId. */
MUST_CHECK jet_err engine_database_shrink(struct session *session, unsigned dbid, pgno_t pages, pgno_t *ret_pages);

#endif
