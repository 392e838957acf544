/* SPDX-License-Identifier: MIT */
/* api_snapshot.c - OS snapshots: the entry points without text. Those with text are in api_snapshot.inc. What they do,
 * and when: backup/snapshot.h. */
#include "jet/esent.h"
#include "jet/snapshot_host.h"

_Static_assert(SNAPSHOT_BIT_INCREMENTAL == JET_bitIncrementalSnapshot && SNAPSHOT_BIT_COPY == JET_bitCopySnapshot &&
                   SNAPSHOT_BIT_CONTINUE_AFTER_THAW == JET_bitContinueAfterThaw &&
                   SNAPSHOT_BIT_EXPLICIT_PREPARE == JET_bitExplicitPrepare &&
                   SNAPSHOT_BIT_ALL_DATABASES == JET_bitAllDatabasesSnapshot &&
                   SNAPSHOT_BIT_ABORT == JET_bitAbortSnapshot,
               "flags pass through");

JET_ERR JET_API JetOSSnapshotPrepare(JET_OSSNAPID *psnapId, const JET_GRBIT grbit)
{
    struct snapshots *snapshots;
    uint64_t id = 0;
    jet_err err = snapshot_sessions(&snapshots);
    if (err >= JET_errSuccess)
        err = snapshots_prepare(snapshots, grbit, psnapId ? &id : NULL);
    if (err >= JET_errSuccess && psnapId)
        *psnapId = (JET_OSSNAPID)id;
    return err;
}

JET_ERR JET_API JetOSSnapshotPrepareInstance(JET_OSSNAPID snapId, JET_INSTANCE instance, const JET_GRBIT grbit)
{
    struct snapshots *snapshots;
    struct instance *found;
    jet_err err = instance_enter(instance, &found);
    if (err < JET_errSuccess)
        return err;
    err = snapshot_sessions(&snapshots);
    if (err >= JET_errSuccess)
        err = snapshots_prepare_instance(snapshots, snapId, &found->snapshot, grbit);
    instance_leave(found);
    return err;
}

JET_ERR JET_API JetOSSnapshotThaw(const JET_OSSNAPID snapId, const JET_GRBIT grbit)
{
    struct snapshots *snapshots;
    jet_err err = snapshot_sessions(&snapshots);
    return err < JET_errSuccess ? err : snapshots_thaw(snapshots, snapId, grbit);
}

JET_ERR JET_API JetOSSnapshotAbort(const JET_OSSNAPID snapId, const JET_GRBIT grbit)
{
    struct snapshots *snapshots;
    jet_err err = snapshot_sessions(&snapshots);
    return err < JET_errSuccess ? err : snapshots_abort(snapshots, snapId, grbit);
}

JET_ERR JET_API JetOSSnapshotEnd(const JET_OSSNAPID snapId, const JET_GRBIT grbit)
{
    struct snapshots *snapshots;
    jet_err err = snapshot_sessions(&snapshots);
    return err < JET_errSuccess ? err : snapshots_end(snapshots, snapId, grbit);
}

JET_ERR JET_API JetOSSnapshotTruncateLog(const JET_OSSNAPID snapId, const JET_GRBIT grbit)
{
    struct snapshots *snapshots;
    jet_err err = snapshot_sessions(&snapshots);
    return err < JET_errSuccess ? err : snapshots_truncate(snapshots, snapId, NULL, grbit);
}

JET_ERR JET_API JetOSSnapshotTruncateLogInstance(const JET_OSSNAPID snapId, JET_INSTANCE instance,
                                                 const JET_GRBIT grbit)
{
    struct snapshots *snapshots;
    struct instance *found;
    jet_err err = instance_enter(instance, &found);
    if (err < JET_errSuccess)
        return err;
    err = snapshot_sessions(&snapshots);
    if (err >= JET_errSuccess)
        err = snapshots_truncate(snapshots, snapId, &found->snapshot, grbit);
    instance_leave(found);
    return err;
}
