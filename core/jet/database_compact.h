/* SPDX-License-Identifier: MIT */
/* database_compact.h - JetCompact: a database written anew, into a file that is not there yet.
 *
 * The source is attached, and nobody has it open; the new database is detached at the end. If it fails, whether by an
 * error or because the callback says so, there is no new file. JET_bitCompactStats and JET_bitCompactRepair are taken
 * and do nothing: no statistics are written, and damage is an error.
 */
#ifndef COLDSTREAM_JET_DATABASE_COMPACT_H
#define COLDSTREAM_JET_DATABASE_COMPACT_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

/* `status` (may be NULL) is called with JET_snpCompact: JET_sntBegin, JET_sntProgress with a JET_SNPROG of pages, then
 * JET_sntComplete or JET_sntFail; an error that it returns for the first two ends the call with that error.
 * JET_errInTransaction, JET_errDatabaseNotFound, JET_errDatabaseInUse, JET_errDatabaseDuplicate, JET_errInvalidGrbit;
 * errors of isam/compact.h. */
MUST_CHECK jet_err database_compact(JET_SESID sesid, const char *from, const char *to, JET_PFNSTATUS status,
                                    JET_GRBIT grbit);

#endif
