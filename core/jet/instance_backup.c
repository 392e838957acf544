/* SPDX-License-Identifier: MIT */
#include "jet/instance_backup.h"

#include "backup/backup.h"
#include "isam/engine.h"

/* Damage that a backup meets is told where all damage of the instance is. */
static void found(void *context, const struct finding *finding)
{
    const struct instance *instance = context;
    engine_report_finding(instance->engine, finding);
}

jet_err instance_backup_start(struct instance *instance)
{
    const struct finding_listener listener = {found, instance};
    struct backup_source *source;
    jet_err err = source_live_new(instance->engine, &source);
    if (err < JET_errSuccess)
        return err;
    err = backup_new(source, false, &instance->backup);
    if (err < JET_errSuccess) {
        source->ops->free(source);
        return err;
    }
    backup_listen(instance->backup, &listener);
    return JET_errSuccess;
}

static bool has_machine(const struct instance *instance)
{
    const uint32_t state = atomic_load(&instance->state);
    return state == INSTANCE_RUNNING || state == INSTANCE_STOPPING;
}

/* The process's lock is held; behind the stop, so that who is woken sees it. */
static void ring(const struct instance *instance)
{
    if (instance->backup_watch.rung)
        instance->backup_watch.rung(instance->backup_watch.context);
}

static void ring_locked(const struct instance *instance)
{
    struct process *process;
    if (process_lock(&process) < JET_errSuccess)
        return; /* it exists */
    ring(instance);
    process_unlock(process);
}

jet_err instance_backup_end(struct instance *instance, bool ends)
{
    struct backup *b = instance->backup;
    backup_allow(b, false);
    if (ends) {
        backup_end_by_server(b);
        ring_locked(instance);
        backup_wait_for_snapshot(b);
        return JET_errSuccess;
    }
    jet_err err = backup_occupied_error(b);
    if (err < JET_errSuccess)
        backup_allow(b, true); /* refused: everything is as it was */
    return err;
}

static jet_err stop_found(struct instance *instance)
{
    if (!has_machine(instance))
        return JET_errInvalidParameter;
    backup_stop(instance->backup);
    ring(instance);
    return JET_errSuccess;
}

jet_err instance_backup_stop(JET_INSTANCE handle)
{
    struct process *process;
    struct instance *instance = NULL;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = instance_find(process, handle, &instance);
    if (err >= JET_errSuccess)
        err = stop_found(instance);
    process_unlock(process);
    return err;
}

jet_err instance_backup_stop_only(void)
{
    struct process *process;
    struct instance *instance = NULL;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    if (process->mode == PROCESS_MANY_INSTANCES)
        err = JET_errRunningInMultiInstanceMode;
    else if (process->mode == PROCESS_NO_MODE)
        err = JET_errInvalidParameter;
    else
        err = instance_find(process, 0, &instance);
    if (err >= JET_errSuccess)
        err = stop_found(instance);
    process_unlock(process);
    return err;
}

/* ---- for adapters ---- */

/* Locks the process if there is that very instance, with a machine: an adapter's handle is no other one's. */
static jet_err lock_instance(JET_INSTANCE handle, struct process **ret_process, struct instance **ret_instance)
{
    struct process *process;
    struct instance *instance = NULL;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = instance_find(process, handle, &instance);
    if (err >= JET_errSuccess && (instance->handle != handle || !has_machine(instance)))
        err = JET_errInvalidParameter;
    if (err < JET_errSuccess) {
        process_unlock(process);
        return err;
    }
    *ret_process = process;
    *ret_instance = instance;
    return JET_errSuccess;
}

jet_err instance_backup_look(JET_INSTANCE handle, struct instance_backup_view *ret_view)
{
    struct process *process;
    struct instance *instance;
    jet_err err = lock_instance(handle, &process, &instance);
    if (err < JET_errSuccess)
        return err;
    ret_view->is_streaming = backup_occupant(instance->backup) == BACKUP_OCCUPANT_STREAMING;
    ret_view->refusal = backup_refused_error(instance->backup);
    process_unlock(process);
    return JET_errSuccess;
}

jet_err instance_backup_watch(JET_INSTANCE handle, const struct instance_backup_watch *watch)
{
    static const struct instance_backup_watch nobody = {NULL, NULL};
    struct process *process;
    struct instance *instance;
    jet_err err = lock_instance(handle, &process, &instance);
    if (err < JET_errSuccess)
        return err;
    instance->backup_watch = watch ? *watch : nobody;
    process_unlock(process);
    return JET_errSuccess;
}

/* Whoever waits for a client outside the machine is not waited for, but is told behind it, whatever came of it: the
 * backup is stopped in any case. */
jet_err instance_backup_stop_and_release(JET_INSTANCE handle, int64_t timeout_ms)
{
    struct process *process;
    struct instance *instance;
    jet_err err = lock_instance(handle, &process, &instance);
    if (err < JET_errSuccess)
        return err;
    process_unlock(process);
    err = instance_enter_anyway(handle, &instance);
    if (err < JET_errSuccess)
        return err;
    err = backup_stop_and_release(instance->backup, timeout_ms);
    ring_locked(instance);
    instance_leave(instance);
    return err;
}

jet_err instance_backup_close_gate(JET_INSTANCE handle)
{
    struct process *process;
    struct instance *instance;
    jet_err err = lock_instance(handle, &process, &instance);
    if (err < JET_errSuccess)
        return err;
    backup_close_gate(instance->backup);
    ring(instance);
    process_unlock(process);
    return JET_errSuccess;
}

void instance_backup_open_gate(JET_INSTANCE handle)
{
    struct process *process;
    struct instance *instance;
    if (lock_instance(handle, &process, &instance) < JET_errSuccess)
        return;
    backup_open_gate(instance->backup);
    process_unlock(process);
}
