/* SPDX-License-Identifier: MIT */
/* freeze.h - a running engine stands still for an OS snapshot, and the snapshot becomes a backup (backup-api 10.3 to
 * 10.9).
 *
 *      freeze_prepare()  --> freeze_engine() --> freeze_thaw() --> freeze_truncate() --> freeze_stamp() --> freeze_end()
 *      logs "begin"          nothing on disk     goes on           old logs go           headers know      logs "stop"
 *                            changes             the backup
 *
 * From freeze_engine() to freeze_thaw() no byte of databases, logs and checkpoint changes: what is there is what a
 * crash at that moment would leave, with everything that was committed before. Who may freeze at all, and for how long,
 * is decided by whoever calls (backup/snapshot.h). The calls for one engine are made one after another, by any thread.
 */
#ifndef COLDSTREAM_RECOVERY_FREEZE_H
#define COLDSTREAM_RECOVERY_FREEZE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/stamp.h"
#include "isam/engine.h"
#include "recovery/backup_record.h"

/* One snapshot of one engine. */
struct freeze {
    struct engine *engine;
    struct backup_kind kind;
    bool is_held; /* by freeze_hold() */
    /* Set by freeze_engine(). */
    struct bkinfo_disk info; /* position and time of the snapshot; the logs that it needs, both included */
    lgen_t delete_below;     /* logs that its truncation may delete; 0: none, or done already */
};

struct freeze_kind {
    bool is_logs_only; /* incremental, differential */
    bool is_copy;      /* copy, differential: nothing is truncated */
};

/* Notes in the log that a snapshot is going to be made. */
void freeze_prepare(struct freeze *freeze, struct engine *engine, const struct freeze_kind *kind);

/* A freeze is about to come, of this engine and others: who would write waits from now on. Returns at once, but for a
 * database that is being created, attached or detached. freeze_engine() or freeze_thaw() comes next. */
void freeze_hold(struct freeze *freeze);

/* Freezes. On failure everything is as before.
 *      JET_errMissingFullBackup    logs only, and a database has no full snapshot to build on
 *      JET_errInvalidBackup        logs only, with circular logging
 *      JET_errMissingFileToBackup  logs only, and logs behind the last backup are gone
 *      those of log_freeze() */
MUST_CHECK jet_err freeze_engine(struct freeze *freeze);

/* Takes it back. An error of the log, which is down then. */
MUST_CHECK jet_err freeze_thaw(struct freeze *freeze);

/* Deletes logs that are not needed any more; once. Without `all_databases`, or with circular logging, none are.
 * JET_errRequiredLogFilesMissing; errors of deleting, after which the rest stays. */
MUST_CHECK jet_err freeze_truncate(struct freeze *freeze, bool all_databases);

/* All databases were backed up. The first error is returned, and all are tried. */
MUST_CHECK jet_err freeze_stamp(struct freeze *freeze);

/* Notes in the log that it is over. */
void freeze_end(struct freeze *freeze);

#endif
