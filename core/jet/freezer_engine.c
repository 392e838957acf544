/* SPDX-License-Identifier: MIT */
/* freezer_engine.c - what the steps of a freeze do to the instances of this process: the stop routine, and the family
 * of JetOSSnapshotPrepare as any client calls it. */
#include "jet/freezer.h"
#include "jet/instance_backup.h"

/* The gate is counted: the one that stop and release closes is in the way of nobody, and is not needed. */
static jet_err release(JET_INSTANCE handle, int64_t timeout_ms)
{
    jet_err err = instance_backup_stop_and_release(handle, timeout_ms);
    if (err >= JET_errSuccess)
        instance_backup_open_gate(handle);
    return err;
}

static jet_err prepare(JET_GRBIT grbit, JET_OSSNAPID *ret_id)
{
    return JetOSSnapshotPrepare(ret_id, grbit | JET_bitExplicitPrepare);
}

static jet_err prepare_instance(JET_OSSNAPID id, JET_INSTANCE handle)
{
    return JetOSSnapshotPrepareInstance(id, handle, JET_bitNil);
}

static jet_err freeze(JET_OSSNAPID id)
{
    JET_INSTANCE_INFO_W *infos = NULL;
    uint32_t count = 0;
    jet_err err = JetOSSnapshotFreezeW(id, &count, &infos, JET_bitNil);
    if (err >= JET_errSuccess)
        jet_err_ignore(JetFreeBuffer((char *)infos)); /* never fails */
    return err;
}

static jet_err thaw(JET_OSSNAPID id)
{
    return JetOSSnapshotThaw(id, JET_bitNil);
}

static jet_err truncate_logs(JET_OSSNAPID id, JET_INSTANCE handle)
{
    return JetOSSnapshotTruncateLogInstance(id, handle, JET_bitAllDatabasesSnapshot);
}

static jet_err end(JET_OSSNAPID id, JET_GRBIT grbit)
{
    return JetOSSnapshotEnd(id, grbit);
}

static void abort_session(JET_OSSNAPID id)
{
    jet_err_ignore(JetOSSnapshotAbort(id, JET_bitNil)); /* whatever it was, it is over */
}

const struct freezer_engine *freezer_process_engine(void)
{
    static const struct freezer_engine engine = {
        .close_gate = instance_backup_close_gate,
        .open_gate = instance_backup_open_gate,
        .release = release,
        .prepare = prepare,
        .prepare_instance = prepare_instance,
        .freeze = freeze,
        .thaw = thaw,
        .truncate = truncate_logs,
        .end = end,
        .abort = abort_session,
    };
    return &engine;
}
