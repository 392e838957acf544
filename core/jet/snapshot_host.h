/* SPDX-License-Identifier: MIT */
/* snapshot_host.h - the instances of this process, as the sessions of OS snapshots see them (backup/snapshot.h). */
#ifndef COLDSTREAM_JET_SNAPSHOT_HOST_H
#define COLDSTREAM_JET_SNAPSHOT_HOST_H

#include "backup/snapshot.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/process.h"

/* The sessions of this process; made when they are asked for the first time. JET_errOutOfMemory. */
MUST_CHECK jet_err snapshot_sessions(struct snapshots **ret_snapshots);

/* The instance is going to stop, and no snapshot occupies it. */
void snapshot_sessions_leave(struct instance *instance);

#endif
