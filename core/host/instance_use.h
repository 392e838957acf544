/* SPDX-License-Identifier: MIT */
/* instance_use.h - what who uses an instance of host.h for a backup or a freeze and the instance know of each other.
 *
 * Locks: each object has one, a leaf: it is held for some instructions, never across a call of the engine, a listener
 * or an answer. An instance's lock guards who uses it: its backup, its freeze. */
#ifndef COLDSTREAM_HOST_INSTANCE_USE_H
#define COLDSTREAM_HOST_INSTANCE_USE_H

#include <stdatomic.h>

#include "host/host.h"

/* How long a call that is inside a backup may take to leave it, when the backup has to go. */
enum { HOST_RELEASE_MS = 5000 };

/* ---- an instance, for a backup ---- */

/* Who makes a streaming backup of an instance. The platform's own: how the bytes leave is not portable. */
struct instance_streamer {
    void *context;
    /* Why it will be stopped, if nobody says it before: a text that lives for ever. With the instance's lock held. */
    void (*note_cause)(void *context, const char *cause);
    /* The instance is ended: the engine is not called for it any more. With the instance's lock held. */
    void (*note_gone)(void *context);
    /* As host_instance_stop_backups(). No lock is held. */
    void (*stop)(void *context, const char *reason, const struct host_call *call);
};

/* The instance is this one's from now on, and `*ret_handle` what it is called by; the streamer stays until it is taken
 * back. JET_errBackupInProgress, JET_errBackupNotAllowedYet (with HOST_REASON_FROZEN, if it is frozen),
 * JET_errTermInProgress, JET_errInstanceUnavailable. */
MUST_CHECK jet_err instance_lend_to_backup(struct host_instance *instance, const struct instance_streamer *streamer,
                                           JET_INSTANCE *ret_handle, enum host_reason *ret_reason);
void instance_take_back_from_backup(struct host_instance *instance, const struct instance_streamer *streamer);

/* ---- an instance, for its freeze ---- */

/* Its backup was stopped and released: returns when that one's worker has seen it and lets another begin, or at
 * `until_us`. */
void instance_wait_for_backup(struct host_instance *instance, uint64_t until_us);

/* JET_errOSSnapshotInvalidSequence (frozen already), JET_errOSSnapshotNotAllowed. */
MUST_CHECK jet_err instance_lend_to_freeze(struct host_instance *instance, struct host_freeze *f,
                                           JET_INSTANCE *ret_handle);
/* Its state is FROZEN, or RUNNING again; the listener is told. */
void instance_set_frozen(struct host_instance *instance, bool is_frozen);
void instance_take_back_from_freeze(struct host_instance *instance);

/* ---- texts ---- */

/* A copy of what may be NULL: then NULL, and success. */
MUST_CHECK bool text_copy(const char *text, char **ret_copy);

#endif
