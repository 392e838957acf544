/* SPDX-License-Identifier: MIT */
/* database_open.h - databases by name: what the A and W forms have in common. All paths are UTF-8 and become absolute
 * here. */
#ifndef COLDSTREAM_JET_DATABASE_OPEN_H
#define COLDSTREAM_JET_DATABASE_OPEN_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

struct jet_session;

/* What a call on a named database begins with: the session, entered, and the absolute path, for free(). */
MUST_CHECK jet_err database_enter_named(JET_SESID sesid, const char *path, struct jet_session **ret_session,
                                        char **ret_absolute);

enum { PAGES_OF_HEADERS = 2 }; /* which the size of a file counts, too */

/* `path` NULL is JET_errDatabaseInvalidPath, except for detaching, where it means all. Errors of
 * isam/engine_database.h. */
MUST_CHECK jet_err database_create_named(JET_SESID sesid, const char *path, uint32_t pages_max, JET_GRBIT grbit,
                                         JET_DBID *ret_dbid);
MUST_CHECK jet_err database_attach_named(JET_SESID sesid, const char *path, uint32_t pages_max, JET_GRBIT grbit);
MUST_CHECK jet_err database_detach_named(JET_SESID sesid, const char *path, JET_GRBIT grbit);
MUST_CHECK jet_err database_open_named(JET_SESID sesid, const char *path, JET_GRBIT grbit, JET_DBID *ret_dbid);
/* One that is not attached is, for as long as the call takes. */
MUST_CHECK jet_err database_grow_named(JET_SESID sesid, const char *path, uint32_t pages, uint32_t *ret_pages);

/* One level of JetGetDatabaseInfo. `ret_path` is set, for free(), if the level is a text, else NULL. */
MUST_CHECK jet_err database_info_get(JET_SESID sesid, JET_DBID dbid, uint32_t level, void *result, uint32_t size,
                                     char **ret_text);

#endif
