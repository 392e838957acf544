/* SPDX-License-Identifier: MIT */
/* vss_choice.h - which instances a shadow copy means, from its announcement to the end of its backup.
 *
 * A requester selects components, or only volumes: then an instance is meant if its files are on one of them. Part of
 * an instance is no snapshot: its databases need its logs. */
#ifndef COLDSTREAM_WINDOWS_VSS_CHOICE_H
#define COLDSTREAM_WINDOWS_VSS_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "vss_instance.h"
#include "vss_object.h"

struct vss_choice {
    const struct vss_library *library;
    bool is_by_components;
    VSS_BACKUP_TYPE type;
    struct vss_instances instances; /* as they were then, with all their components */
    JET_INSTANCE *handles;          /* of those */
};

/* In OnPrepareBackup or OnPrepareSnapshot; `components` may be NULL: then by volumes. JET_errInstanceUnavailable: a
 * component was selected whose instance or database does not run; vss_instances_init()'s, JET_errInternalError (VSS).
 * On success the caller ends it with vss_choice_done(). */
MUST_CHECK jet_err vss_choice_init(struct vss_choice *choice, const struct vss_writer_host *host,
                                   const struct vss_object *object, IVssWriterComponents *components);
void vss_choice_done(struct vss_choice *choice);

bool vss_choice_has(const struct vss_choice *choice, JET_INSTANCE handle);

/* Is every path of every chosen instance in the set of shadow copies? In OnPrepareSnapshot. */
bool vss_choice_is_whole(const struct vss_choice *choice, const struct vss_object *object);

/* How the engine is to prepare: JET_bit...Snapshot. A copy, unless the requester has said what it makes of which
 * components. */
JET_GRBIT vss_choice_grbit(const struct vss_choice *choice);

/* In OnBackupComplete: does the requester say of every component of every chosen instance that it was saved? That it
 * asked for a full backup proves nothing: many do who save whole volumes, or nothing. */
bool vss_choice_is_saved(const struct vss_choice *choice, IVssWriterComponents *components);

/* In OnPostSnapshot: each component is stamped with `stamp`. */
void vss_choice_stamp(const struct vss_choice *choice, IVssWriterComponents *components, const wchar_t *stamp);

/* Is a component selected for the restore whose instance runs? Then its requester is told, too. In OnPreRestore. */
bool vss_choice_refuse_restore(const struct vss_writer_host *host, const struct vss_object *object,
                               IVssWriterComponents *components);

#endif
