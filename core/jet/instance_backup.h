/* SPDX-License-Identifier: MIT */
/* instance_backup.h - the backup of a running instance: the machine (backup/backup.h) over its engine. */
#ifndef COLDSTREAM_JET_INSTANCE_BACKUP_H
#define COLDSTREAM_JET_INSTANCE_BACKUP_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/process.h"

/* The instance's engine runs: it gets its machine. JET_errOutOfMemory. */
MUST_CHECK jet_err instance_backup_start(struct instance *instance);

/* The instance is STOPPING, and nobody is inside (backup-api 3.7). `ends`: a backup is ended as aborted by the server,
 * and the end of a snapshot is waited for; else either is JET_errBackupInProgress or JET_errSurrogateBackupInProgress,
 * and nothing has happened. After success nothing can begin any more. */
MUST_CHECK jet_err instance_backup_end(struct instance *instance, bool ends);

/* JetStopBackupInstance: any thread, at any time; takes the process's lock for some instructions.
 * JET_errInvalidParameter: no instance that runs (or is being stopped). JET_errOutOfMemory, in a process that never had
 * an instance. */
MUST_CHECK jet_err instance_backup_stop(JET_INSTANCE handle);

/* The same for the only instance: JET_errRunningInMultiInstanceMode, JET_errInvalidParameter. */
MUST_CHECK jet_err instance_backup_stop_only(void);

/* ---- for adapters that host the clients of a streaming backup in this process ----
 *
 * `handle` is one that instance_status_init() (instance_status.h) has given: with one instance others would do, too, and would
 * mean whichever comes next. */

/* What occupies the instance, and what its client is told. JET_errInvalidParameter: no instance that runs. */
struct instance_backup_view {
    bool is_streaming; /* a streaming backup, stopped or not */
    jet_err
        refusal; /* what a read is refused with: JET_errNoBackup, JET_errBackupAbortByServer (stopped, or released); or success */
};
MUST_CHECK jet_err instance_backup_look(JET_INSTANCE handle, struct instance_backup_view *ret_view);

/* Whom to tell, behind every stop and every end by a termination, by whatever door, that the client need not wait any
 * more for whatever it waits for. With the process's lock held: `rung` may set events and nothing else. One for an
 * instance; NULL: nobody any more, and when this returns nobody is being told. JET_errInvalidParameter: no such
 * instance. */
MUST_CHECK jet_err instance_backup_watch(JET_INSTANCE handle, const struct instance_backup_watch *watch);

/* backup_stop_and_release(): waits for calls that are inside, `timeout_ms` at most, and never for a client. After
 * success the caller owes instance_backup_open_gate(), which does nothing if the instance is gone.
 * JET_errBackupInProgress; JET_errInvalidParameter and others of an instance that does not run. */
MUST_CHECK jet_err instance_backup_stop_and_release(JET_INSTANCE handle, int64_t timeout_ms);
void instance_backup_open_gate(JET_INSTANCE handle);

/* backup_close_gate(): for who announces that; waits for nobody, and owes the same. JET_errInvalidParameter. */
MUST_CHECK jet_err instance_backup_close_gate(JET_INSTANCE handle);

#endif
