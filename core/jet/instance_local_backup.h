/* SPDX-License-Identifier: MIT */
/* instance_local_backup.h - JetBackupInstance: a running instance into a folder (backup/local_backup.h). */
#ifndef COLDSTREAM_JET_INSTANCE_LOCAL_BACKUP_H
#define COLDSTREAM_JET_INSTANCE_LOCAL_BACKUP_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"
#include "jet/process.h"

/* `instance` has been entered, and is left by this call: a termination does not wait for the whole backup, which ends
 * with JET_errTermInProgress instead. `path` NULL or "": no backup, logs are truncated. `status` may be NULL.
 * JET_errInvalidGrbit, JET_errInvalidPath, and the errors of local_backup_run(). */
MUST_CHECK jet_err instance_local_backup(struct instance *instance, const char *path, JET_GRBIT grbit,
                                         JET_PFNSTATUS status);

#endif
