/* SPDX-License-Identifier: MIT */
/* restore.h - a backup becomes databases again: what JetRestoreInstance and JetExternalRestore come down to.
 *
 *      restore_folder()     from a folder that JetBackupInstance filled: databases, logs, and an empty .pat file for each database
 *      restore_external()   the databases are at their places already, the logs of the backup in a folder
 *
 *      check logs --> check copies --> copy and patch --> replay low .. high, and on with what exists --> undo --> clean
 *
 * Nothing is written before the logs have proved to be one stream and the copies to belong to them. A restore that
 * failed or was cut short can be repeated from the same backup. A database that is at its place already is replaced by
 * a copy that is whole, in one step: there must be room for both (beside it, with .restoring behind its name). Nothing
 * runs afterwards.
 */
#ifndef COLDSTREAM_RECOVERY_RESTORE_H
#define COLDSTREAM_RECOVERY_RESTORE_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "isam/engine.h"
#include "recovery/startup.h"

enum restore_moment {
    RESTORE_BEGUN,    /* the logs are good */
    RESTORE_PROGRESS, /* `percent` has grown */
    RESTORE_COMPLETE, /* 100 */
};

/* Called by the thread that restores, without locks. `tell` NULL: nobody listens. */
struct restore_listener {
    void (*tell)(void *context, enum restore_moment moment, unsigned percent);
    void *context;
};

struct restore_folder {
    const char *source;      /* the folder; or its subfolder "new" or "old", where an atomic backup is. Absolute */
    const char *destination; /* folder of the databases, absolute; NULL: where the log says */
    struct restore_listener listener;
};

/* The instance's own logs, at config->log_path, are replayed as far as they continue those of the backup. Errors: those
 * of log_restore_check(), of backup_copy_check() and of engine_restore();
 *      JET_errFileNotFound               no logs in the source, or not the copy of a database of which there is a .pat file
 *      JET_errPatchFileMissing           no .pat file
 *      JET_errInvalidPath                a copy would replace itself
 *      JET_errAttachedDatabaseMismatch   the logs do not know a database of which there is a copy */
MUST_CHECK jet_err restore_folder(const struct engine_config *config, const struct restore_folder *options);

struct restore_external {
    const char *log_folder;          /* of the backup's logs */
    lgen_t low, high;                /* those of the backup; 0: the lowest, the highest that is there */
    const struct recovery_map *maps; /* paths in the log, and where the copies are; absolute. Others are not wanted */
    size_t map_count;
    const char
        *target_folder; /* closed logs of an instance that runs, up to `target_last`; NULL: those of config->log_path */
    lgen_t target_last;
    struct restore_listener listener;
};

/* Errors likewise. `options->low` and `high` are filled in. */
MUST_CHECK jet_err restore_external(const struct engine_config *config, struct restore_external *options);

#endif
