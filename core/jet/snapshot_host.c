/* SPDX-License-Identifier: MIT */
#include "jet/snapshot_host.h"

#include <inttypes.h>
#include <stdio.h>

#include "backup/backup.h"
#include "isam/engine.h"
#include "recovery/freeze.h"

static struct instance *instance_of(const struct snapshot_member *member)
{
    return member->instance;
}

/* ---- which instances there are ---- */

static bool is_running(const struct instance *instance)
{
    return atomic_load(&instance->state) == INSTANCE_RUNNING;
}

static void each(void *context, void (*visit)(void *visit_context, struct snapshot_member *member), void *visit_context)
{
    struct process *process = context;
    process_relock(process);
    for (struct instance *instance = process->instances; instance; instance = instance->next)
        if (is_running(instance))
            visit(visit_context, &instance->snapshot);
    process_unlock(process);
}

static bool is_started(void *context)
{
    struct process *process = context;
    bool is_any = false;
    process_relock(process);
    for (const struct instance *instance = process->instances; instance && !is_any; instance = instance->next)
        is_any = is_running(instance);
    process_unlock(process);
    return is_any;
}

static int64_t timeout_ms(void *context)
{
    struct process *process = context;
    process_relock(process);
    const uint64_t timeout = param_number(&process->params, JET_paramOSSnapshotTimeout);
    process_unlock(process);
    return (int64_t)timeout;
}

static bool is_free(const struct snapshot_member *member)
{
    return backup_occupied_error(instance_of(member)->backup) >= JET_errSuccess;
}

/* ---- what is done to one ---- */

static void join(struct snapshot_member *member, const struct snapshot_kind *kind)
{
    struct instance *instance = instance_of(member);
    const struct freeze_kind how = {.is_logs_only = kind->is_incremental, .is_copy = kind->is_copy};
    freeze_prepare(&instance->freeze, instance->engine, &how);
}

/* Whatever is in the way: a snapshot is not allowed now. */
static jet_err occupy(struct snapshot_member *member)
{
    jet_err err = backup_occupy_for_snapshot(instance_of(member)->backup);
    return err < JET_errSuccess ? JET_errOSSnapshotNotAllowed : JET_errSuccess;
}

static void hold(struct snapshot_member *member)
{
    freeze_hold(&instance_of(member)->freeze);
}

static jet_err freeze(struct snapshot_member *member)
{
    return freeze_engine(&instance_of(member)->freeze);
}

static jet_err thaw(struct snapshot_member *member)
{
    return freeze_thaw(&instance_of(member)->freeze);
}

static jet_err truncate_logs(struct snapshot_member *member, bool all_databases)
{
    return freeze_truncate(&instance_of(member)->freeze, all_databases);
}

static void stamp(struct snapshot_member *member)
{
    struct instance *instance = instance_of(member);
    jet_err err = freeze_stamp(&instance->freeze);
    if (err < JET_errSuccess)
        engine_report(instance->engine, ENGINE_EVENT_BACKUP, err, ENGINE_BACKUP_HEADER_FAILED, NULL);
}

static void part(struct snapshot_member *member)
{
    freeze_end(&instance_of(member)->freeze);
}

static void vacate(void *instance)
{
    backup_vacate_snapshot(((struct instance *)instance)->backup);
}

/* A session has several instances: what the log is told of it follows the parameters of the process. */
static void tell_event(void *context, enum snapshot_event event, uint64_t id, jet_err err)
{
    struct event_log log;
    struct process *process;
    char name[40];
    (void)context;
    if (process_lock(&process) < JET_errSuccess)
        return; /* it exists */
    event_log_init(&log, &process->params);
    process_unlock(process);
    snprintf(name, sizeof name, "snapshot %" PRIu64, id);
    event_log_write(&log, name, event, err);
}

/* ---- the sessions ---- */

static jet_err sessions_make(struct process *process)
{
    const struct snapshot_host host = {
        .context = process,
        .each = each,
        .is_started = is_started,
        .timeout_ms = timeout_ms,
        .is_free = is_free,
        .join = join,
        .occupy = occupy,
        .hold = hold,
        .freeze = freeze,
        .thaw = thaw,
        .truncate = truncate_logs,
        .stamp = stamp,
        .part = part,
        .vacate = vacate,
        .event = tell_event,
    };
    return process->snapshots ? JET_errSuccess : snapshots_new(&host, &process->snapshots);
}

jet_err snapshot_sessions(struct snapshots **ret_snapshots)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = sessions_make(process);
    struct snapshots *snapshots = process->snapshots;
    process_unlock(process);
    if (err < JET_errSuccess)
        return err;
    *ret_snapshots = snapshots;
    return JET_errSuccess;
}

void snapshot_sessions_leave(struct instance *instance)
{
    struct process *process;
    if (process_lock(&process) < JET_errSuccess)
        return; /* no process, no instance */
    struct snapshots *snapshots = process->snapshots;
    process_unlock(process);
    if (snapshots)
        snapshots_leave(snapshots, &instance->snapshot);
}
