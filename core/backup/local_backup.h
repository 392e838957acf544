/* SPDX-License-Identifier: MIT */
/* local_backup.h - a running instance is backed up into a folder: what JetBackupInstance comes down to.
 *
 * A client of backup.h like any other, with files of its own and an order of folders:
 *
 *      full                 P/temp goes; P must be empty               --> P
 *      incremental          P/temp goes; neither P/new nor P/old       --> P, beside what is there
 *      full, atomic         P/new becomes P/old                        --> P/temp, which becomes P/new; then P/old goes
 *      incremental, atomic  P/new becomes P/old                        --> P/old
 *
 * Databases and logs keep their names; for each database there is an empty .pat file, the list that a restore goes by.
 * Everything is on stable storage before logs are truncated and the end of the backup is recorded.
 */
#ifndef COLDSTREAM_BACKUP_LOCAL_BACKUP_H
#define COLDSTREAM_BACKUP_LOCAL_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "backup/backup.h"
#include "base/compiler.h"
#include "base/jet_err.h"

struct engine;

enum {
    LOCAL_BACKUP_INCREMENTAL = 0x1, /* JET_bitBackupIncremental */
    LOCAL_BACKUP_ATOMIC = 0x4,      /* JET_bitBackupAtomic */
};

struct local_backup {
    const char *folder; /* P, absolute; it may have a separator at its end */
    unsigned bits;
    /* Around each call of the machine: an instance that is being terminated does not wait for a whole backup. `enter`
     * gives the machine, or says why there is none any more. */
    jet_err (*enter)(void *context, struct backup **ret_backup);
    void (*leave)(void *context);
    /* A full backup begins, and is complete. NULL: nobody wants to know. */
    void (*tell)(void *context, bool is_complete);
    void *context;
};

/* The first error of the machine, or of a file;
 *      JET_errBackupDirectoryNotEmpty    something is in the way
 *      JET_errDeleteBackupFileFail, JET_errMakeBackupDirectoryFail
 *      JET_errInvalidPath                P is not there
 *      JET_errFileAlreadyExists          two databases have one name
 * What was made in P/temp is gone then. */
MUST_CHECK jet_err local_backup_run(const struct local_backup *options);

/* No backup, but the logs that a recovery would not need go (backup-api.md 8.4), as if there had been one; not with
 * circular logging, which does that itself. No header remembers it. */
MUST_CHECK jet_err local_backup_truncate(struct backup *b, struct engine *engine);

#endif
