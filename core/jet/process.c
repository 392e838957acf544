/* SPDX-License-Identifier: MIT */
#include "jet/process.h"

#include <stdlib.h>
#include <string.h>

#include "backup/backup.h"
#include "isam/engine.h"
#include "jet/handle.h"
#include "os/os_thread.h"
#include "os/os_word.h"

/* Made by whoever comes first, and kept until the process ends: its lock could not be given up safely. */
static struct process *_Atomic the_process;

static jet_err process_make(struct process **ret_process)
{
    struct process *process = calloc(1, sizeof *process);
    if (!process)
        return JET_errOutOfMemory;
    param_set_init(&process->params);
    jet_err err = os_mutex_new(LOCK_RANK_PROCESS, &process->lock);
    if (err < JET_errSuccess) {
        free(process);
        return err;
    }
    struct process *first = NULL;
    if (!atomic_compare_exchange_strong(&the_process, &first, process)) {
        os_mutex_free(process->lock);
        free(process);
        process = first;
    }
    *ret_process = process;
    return JET_errSuccess;
}

jet_err process_lock(struct process **ret_process)
{
    struct process *process = atomic_load(&the_process);
    if (!process) {
        jet_err err = process_make(&process);
        if (err < JET_errSuccess)
            return err;
    }
    os_mutex_lock(process->lock);
    *ret_process = process;
    return JET_errSuccess;
}

void process_relock(struct process *process)
{
    os_mutex_lock(process->lock);
}

void process_unlock(struct process *process)
{
    os_mutex_unlock(process->lock);
}

jet_err instance_find(struct process *process, JET_INSTANCE handle, struct instance **ret_instance)
{
    struct instance *instance = process->instances;
    if (process->mode != PROCESS_ONE_INSTANCE)
        while (instance && instance->handle != handle)
            instance = instance->next;
    if (!instance)
        return JET_errInvalidParameter;
    *ret_instance = instance;
    return JET_errSuccess;
}

unsigned process_instance_count(const struct process *process)
{
    unsigned count = 0;
    for (const struct instance *instance = process->instances; instance; instance = instance->next)
        count++;
    return count;
}

/* An empty name is no name, and may be had by many. */
static bool name_is_in_use(const struct process *process, const char *name)
{
    if (!name || name[0] == '\0')
        return false;
    for (const struct instance *instance = process->instances; instance; instance = instance->next)
        if (strcmp(instance->name, name) == 0)
            return true;
    return false;
}

static char *name_copy(const char *name)
{
    size_t size = name ? strlen(name) + 1 : 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, name ? name : "", size) : NULL;
}

static void instance_dispose(struct instance *instance)
{
    if (!instance)
        return;
    backup_free(instance->backup); /* nothing runs any more: it does not look at the engine */
    param_set_done(&instance->params);
    free(instance->name);
    free(instance->display_name);
    free(instance);
}

jet_err instance_new(struct process *process, const char *name, const char *display_name,
                     struct instance **ret_instance)
{
    if (name_is_in_use(process, name))
        return JET_errInstanceNameInUse;
    if (process_instance_count(process) >= param_number(&process->params, JET_paramMaxInstances))
        return JET_errTooManyInstances;
    jet_err err = JET_errOutOfMemory;
    struct instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return err;
    instance->name = name_copy(name);
    instance->display_name = name_copy(display_name);
    if (!instance->name || !instance->display_name)
        goto fail;
    err = param_set_copy(&instance->params, &process->params);
    if (err < JET_errSuccess)
        goto fail;
    err = handle_new(HANDLE_INSTANCE, instance, 0, &instance->handle);
    if (err < JET_errSuccess)
        goto fail;
    instance->snapshot.instance = instance;
    instance->next = process->instances;
    process->instances = instance;
    *ret_instance = instance;
    return JET_errSuccess;
fail:
    instance_dispose(instance);
    return err;
}

void instance_free(struct process *process, struct instance *instance)
{
    struct instance **link = &process->instances;
    while (*link != instance)
        link = &(*link)->next;
    *link = instance->next;
    handle_free(instance->handle);
    instance_dispose(instance);
    if (!process->instances) {
        process->mode = PROCESS_NO_MODE;
        process->are_params_final = false;
    }
}

static jet_err instance_check_state(const struct instance *instance)
{
    switch ((enum instance_state)atomic_load(&instance->state)) {
    case INSTANCE_CREATED: return JET_errNotInitialized;
    case INSTANCE_STARTING: return JET_errInitInProgress;
    case INSTANCE_RESTORING: return JET_errRestoreInProgress;
    case INSTANCE_STOPPING: return JET_errTermInProgress;
    case INSTANCE_RUNNING: break;
    }
    return JET_errSuccess;
}

jet_err instance_check_idle(const struct instance *instance)
{
    switch ((enum instance_state)atomic_load(&instance->state)) {
    case INSTANCE_CREATED: return JET_errSuccess;
    case INSTANCE_STARTING: return JET_errInitInProgress;
    case INSTANCE_RESTORING: return JET_errRestoreInProgress;
    default: return JET_errAlreadyInitialized;
    }
}

jet_err instance_check(const struct instance *instance)
{
    if (atomic_load_explicit(&instance->is_refusing, memory_order_relaxed))
        return JET_errClientRequestToStopJetService;
    jet_err err = instance_check_state(instance);
    return err < JET_errSuccess ? err : engine_state(instance->engine);
}

jet_err instance_enter_anyway(JET_INSTANCE handle, struct instance **ret_instance)
{
    struct process *process;
    struct instance *instance = NULL;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = instance_find(process, handle, &instance);
    if (err >= JET_errSuccess)
        err = instance_check_state(instance);
    if (err >= JET_errSuccess)
        atomic_fetch_add(&instance->inside, 1);
    process_unlock(process);
    if (err < JET_errSuccess)
        return err;
    *ret_instance = instance;
    return JET_errSuccess;
}

jet_err instance_enter(JET_INSTANCE handle, struct instance **ret_instance)
{
    struct instance *instance;
    jet_err err = instance_enter_anyway(handle, &instance);
    if (err < JET_errSuccess)
        return err;
    err = instance_check(instance);
    if (err < JET_errSuccess) {
        instance_leave(instance);
        return err;
    }
    *ret_instance = instance;
    return JET_errSuccess;
}

jet_err instance_enter_only(struct instance **ret_instance)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    enum process_mode mode = process->mode;
    process_unlock(process);
    if (mode == PROCESS_MANY_INSTANCES)
        return JET_errRunningInMultiInstanceMode;
    return mode == PROCESS_NO_MODE ? JET_errInvalidParameter : instance_enter(0, ret_instance);
}

/* The last to leave a closed instance wakes whoever waits; after the subtraction the instance may be gone, and waking
 * reads nothing. */
void instance_leave(struct instance *instance)
{
    _Atomic uint32_t *inside = &instance->inside;
    if (atomic_fetch_sub(inside, 1) == INSTANCE_INSIDE_CLOSED + 1)
        os_word_wake_all(inside);
}

void instance_drain(struct instance *instance)
{
    atomic_fetch_or(&instance->inside, INSTANCE_INSIDE_CLOSED);
    uint32_t count;
    while ((count = atomic_load(&instance->inside)) != INSTANCE_INSIDE_CLOSED)
        os_word_wait(&instance->inside, count, OS_WAIT_FOREVER);
}

void instance_reopen(struct instance *instance)
{
    atomic_fetch_and(&instance->inside, ~INSTANCE_INSIDE_CLOSED);
}
