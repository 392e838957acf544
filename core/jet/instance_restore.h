/* SPDX-License-Identifier: MIT */
/* instance_restore.h - JetRestoreInstance and JetExternalRestore: which instance restores, where its files are, whom it
 * tells.
 *
 * While it restores, an instance is RESTORING: every call that names it is JET_errRestoreInProgress. Afterwards it is
 * CREATED again, or gone if it was made for this. The work is recovery/restore.h's.
 */
#ifndef COLDSTREAM_JET_INSTANCE_RESTORE_H
#define COLDSTREAM_JET_INSTANCE_RESTORE_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "jet/esent.h"
#include "recovery/startup.h"

/* `instance` 0 or nil: one is made, named "Restore". `destination` and `status` may be NULL. JET_errInvalidParameter
 * (no such instance), JET_errAlreadyInitialized, JET_errRestoreInProgress, JET_errInvalidPath; JET_errLogFilePathInUse
 * and its like; the errors of restore_folder(). */
MUST_CHECK jet_err instance_restore(JET_INSTANCE instance, const char *source, const char *destination,
                                    JET_PFNSTATUS status);

/* The same without an instance: chooses the mode of one. JET_errRunningInMultiInstanceMode. */
MUST_CHECK jet_err instance_restore_only(const char *source, const char *destination, JET_PFNSTATUS status);

enum { INSTANCE_RESTORE_MAPS_MOST = 14 };

/* What JetExternalRestore2 is asked for. Texts are UTF-8; NULL: not given. */
struct instance_restore_external {
    const char *checkpoint_path, *log_path;
    const char *backup_log_path;
    const struct recovery_map *maps; /* absolute */
    int32_t map_count;               /* as the client said, whatever it is */
    lgen_t low, high;                /* 0: filled in */
    const char *base_name;           /* NULL: what a new instance has */
    const char *target_name, *target_log_path, *target_checkpoint_path;
    JET_PFNSTATUS status;
};

/* The rules of backup-api.md 9.2 for its arguments, in their order: JET_errInvalidParameter,
 * JET_errRunningInOneInstanceMode, JET_errBadRestoreTargetInstance. Then the errors of restore_external().
 * JET_wrnTargetInstanceRunning: an instance that runs has given its logs. */
MUST_CHECK jet_err instance_restore_external(struct instance_restore_external *request);

#endif
