/* SPDX-License-Identifier: MIT */
/* host_internal.h - what the three objects of host.h know of each other.
 *
 * Locks: each object has one, a leaf: it is held for some instructions, never across a call of the engine, a listener or an
 * answer. An instance's lock guards who uses it: its backup, its freeze. */
#ifndef COLDSTREAM_LINUX_HOST_HOST_INTERNAL_H
#define COLDSTREAM_LINUX_HOST_HOST_INTERNAL_H

#include <stdatomic.h>

#include "host.h"

/* How long a call that is inside a backup may take to leave it, when the backup has to go. */
enum { HOST_RELEASE_MS = 5000 };

/* ---- an instance, for its backup ---- */

/* The instance is this backup's from now on, and `*ret_handle` what it is called by. JET_errBackupInProgress,
 * JET_errBackupNotAllowedYet (with HOST_REASON_FROZEN, if it is frozen), JET_errTermInProgress, JET_errInstanceUnavailable. */
MUST_CHECK jet_err instance_lend_to_backup(struct host_instance *instance, struct host_backup *b,
                                           JET_INSTANCE *ret_handle, enum host_reason *ret_reason);
void instance_take_back_from_backup(struct host_instance *instance, struct host_backup *b);

/* ---- an instance, for its freeze ---- */

/* Its backup was stopped and released: returns when that one's worker has seen it and lets another begin, or at `until_us`. */
void instance_wait_for_backup(struct host_instance *instance, uint64_t until_us);

/* JET_errOSSnapshotInvalidSequence (frozen already), JET_errOSSnapshotNotAllowed. */
MUST_CHECK jet_err instance_lend_to_freeze(struct host_instance *instance, struct host_freeze *f,
                                           JET_INSTANCE *ret_handle);
/* Its state is FROZEN, or RUNNING again; the listener is told. */
void instance_set_frozen(struct host_instance *instance, bool is_frozen);
void instance_take_back_from_freeze(struct host_instance *instance);

/* ---- a backup, for its instance, whose lock is held ---- */

/* The instance is ended: the engine is not called for it any more. */
void backup_note_gone(struct host_backup *b);

/* Why it will be stopped, if nobody says it before: a text that lives for ever. */
void backup_note_cause(struct host_backup *b, const char *cause);

/* ---- texts ---- */

/* strdup() of what may be NULL: then NULL, and success. */
MUST_CHECK bool text_copy(const char *text, char **ret_copy);

#endif
