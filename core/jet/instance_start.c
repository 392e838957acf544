/* SPDX-License-Identifier: MIT */
#include "jet/instance_start.h"

#include <stdlib.h>
#include <string.h>

#include "backup/backup.h"
#include "isam/session.h"
#include "jet/handle.h"
#include "jet/instance_backup.h"
#include "jet/instance_config.h"
#include "jet/jet_session.h"
#include "jet/snapshot_host.h"
#include "log/log_stream.h"

/* Two instances in one folder would destroy each other's files: those of them that have any there. Files of other
 * processes are found out by the engine. */
static jet_err paths_check(struct process *process, const struct instance *instance, const struct engine_config *engine)
{
    for (const struct instance *other = process->instances; other; other = other->next) {
        struct instance_config theirs;
        if (other == instance || !instance_is_started(other))
            continue;
        jet_err err = instance_config_init(&theirs, &other->params, &process->params);
        const bool both_log =
            theirs.engine.recovery_on && engine->recovery_on && strcmp(theirs.engine.base_name, engine->base_name) == 0;
        const bool both_sort = theirs.engine.temporary_tables_max > 0 && engine->temporary_tables_max > 0;
        if (err >= JET_errSuccess && both_sort && strcmp(theirs.engine.temporary_path, engine->temporary_path) == 0)
            err = JET_errTempPathInUse;
        if (err >= JET_errSuccess && both_log && strcmp(theirs.engine.system_path, engine->system_path) == 0)
            err = JET_errSystemPathInUse;
        if (err >= JET_errSuccess && both_log && strcmp(theirs.engine.log_path, engine->log_path) == 0)
            err = JET_errLogFilePathInUse;
        instance_config_done(&theirs);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

/* JET_paramDurableCommitCallback; called by the log's writer. What the client answers has no meaning. */
static void durable(void *context, uint64_t lgpos)
{
    struct instance *instance = context;
    JET_COMMIT_ID id;
    memset(&id, 0, sizeof id);
    id.commitId = (int64_t)lgpos;
    if (instance->engine && instance->engine->log)
        memcpy(&id.signLog, log_signature(instance->engine->log), sizeof id.signLog);
    (void)instance->durable_callback(instance->handle, &id, JET_bitNil);
}

static void tell_event(void *context, const struct engine_event_info *info)
{
    const struct instance *instance = context;
    event_log_engine(&instance->events, instance->name, info);
}

jet_err instance_config_take(struct instance *instance, struct instance_config *config, bool *ret_make_folders)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = instance_config_init(config, &instance->params, &process->params);
    if (err >= JET_errSuccess)
        err = paths_check(process, instance, &config->engine);
    instance->durable_callback =
        (JET_PFNDURABLECOMMITCALLBACK)param_number(&instance->params, JET_paramDurableCommitCallback);
    event_log_init(&instance->events, &instance->params);
    config->engine.callbacks = (struct engine_callbacks){
        .context = instance, .event = tell_event, .durable = instance->durable_callback ? durable : NULL};
    *ret_make_folders = param_number(&instance->params, JET_paramCreatePathIfNotExist) != 0;
    process_unlock(process);
    return err;
}

/* `started`: success, or the warning of a start that is to be told. */
static jet_err start_backup(struct instance *instance, jet_err started)
{
    jet_err err = instance_backup_start(instance);
    if (err >= JET_errSuccess)
        return started;
    jet_err_ignore(engine_stop(instance->engine, ENGINE_STOP_CLEAN)); /* the first error counts */
    instance->engine = NULL;
    return err;
}

jet_err instance_start(struct instance *instance, const struct recovery_options *options)
{
    struct instance_config config = {.texts = {NULL}};
    bool make_folders = false;
    jet_err err = instance_config_take(instance, &config, &make_folders);
    if (err >= JET_errSuccess && make_folders)
        err = instance_config_make_folders(&config);
    if (err >= JET_errSuccess)
        err = engine_start(&config.engine, options, &instance->engine);
    instance_config_done(&config);
    if (err >= JET_errSuccess)
        err = start_backup(instance, err);
    if (err >= JET_errSuccess)
        event_log_write(&instance->events, instance->name, EVENT_LOG_INSTANCE_STARTED, JET_errSuccess);
    atomic_store(&instance->is_refusing, false);
    atomic_store(&instance->state, err < JET_errSuccess ? INSTANCE_CREATED : INSTANCE_RUNNING);
    return err;
}

/* The handle of a session that is not claimed for the stop; 0: there is none. Sessions may end on their own
 * meanwhile. */
static jet_err session_unclaimed(struct instance *instance, JET_SESID *ret_handle)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    *ret_handle = 0;
    for (const struct jet_session *session = instance->sessions; session && *ret_handle == 0; session = session->next)
        if (!session->is_held_by_stop)
            *ret_handle = session->handle;
    process_unlock(process);
    return JET_errSuccess;
}

/* Claims every session: none is inside a call, and none will be. New ones cannot come, as the instance is STOPPING and
 * drained. */
static jet_err sessions_claim(struct instance *instance, bool *ret_in_transaction)
{
    *ret_in_transaction = false;
    for (;;) {
        void *object;
        JET_SESID handle = 0;
        jet_err err = session_unclaimed(instance, &handle);
        if (err < JET_errSuccess || handle == 0)
            return err;
        if (handle_claim_wait(handle, HANDLE_SESSION, &object) != HANDLE_CLAIMED)
            continue; /* it has ended */
        struct jet_session *session = object;
        session->is_held_by_stop = true;
        *ret_in_transaction |= session->session->level > 0;
    }
}

static void sessions_release(struct instance *instance)
{
    for (struct jet_session *session = instance->sessions; session; session = session->next) {
        session->is_held_by_stop = false;
        handle_release(session->handle);
    }
}

/* Closes the door. On success the instance is STOPPING, or, never having been started, gone: NULL. */
static jet_err stop_begin(JET_INSTANCE handle, struct instance **ret_instance)
{
    struct process *process;
    struct instance *instance = NULL;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = instance_find(process, handle, &instance);
    if (err < JET_errSuccess)
        goto out;
    switch ((enum instance_state)atomic_load(&instance->state)) {
    case INSTANCE_CREATED:
        instance_free(process, instance);
        *ret_instance = NULL;
        break;
    case INSTANCE_STARTING: err = JET_errInitInProgress; break;
    case INSTANCE_RESTORING: err = JET_errRestoreInProgress; break;
    case INSTANCE_STOPPING: err = JET_errTermInProgress; break;
    case INSTANCE_RUNNING:
        atomic_store(&instance->state, INSTANCE_STOPPING);
        *ret_instance = instance;
        break;
    }
out:
    process_unlock(process);
    return err;
}

/* The stop is refused: the instance runs on. */
static jet_err stop_refused(struct instance *instance, jet_err err)
{
    instance_reopen(instance);
    atomic_store(&instance->state, INSTANCE_RUNNING);
    return err;
}

/* ---- who has to let go ---- */

static const struct instance_stop_watch
    *_Atomic stop_watch; /* NULL: nobody hosts clients; set once, read by every stop */

void instance_stop_watch_set(const struct instance_stop_watch *watch)
{
    atomic_store(&stop_watch, watch);
}

/* The one that is meant, if it runs; with one instance the client may name any. 0: none. */
static JET_INSTANCE running_handle(JET_INSTANCE handle)
{
    struct process *process;
    struct instance *instance;
    JET_INSTANCE found = 0;
    if (process_lock(&process) < JET_errSuccess)
        return found;
    if (instance_find(process, handle, &instance) >= JET_errSuccess &&
        atomic_load(&instance->state) == INSTANCE_RUNNING)
        found = instance->handle;
    process_unlock(process);
    return found;
}

static void let_go(JET_INSTANCE handle)
{
    const struct instance_stop_watch *watch = atomic_load(&stop_watch);
    if (watch && handle != 0)
        watch->let_go(handle);
}

static void go_on(JET_INSTANCE handle)
{
    const struct instance_stop_watch *watch = atomic_load(&stop_watch);
    if (watch && handle != 0)
        watch->go_on(handle);
}

static jet_err stop_unasked(JET_INSTANCE handle, enum instance_stop how, bool ends_backup)
{
    struct process *process;
    struct instance *instance = NULL;
    jet_err err = stop_begin(handle, &instance);
    if (err < JET_errSuccess || !instance)
        return err;
    bool is_busy;
    instance_drain(instance);
    err = instance_backup_end(instance, ends_backup);
    if (err < JET_errSuccess)
        return stop_refused(instance, err);
    err = sessions_claim(instance, &is_busy);
    if (err < JET_errSuccess)
        return err;
    if (is_busy && how == INSTANCE_STOP_COMPLETE && engine_state(instance->engine) >= JET_errSuccess) {
        backup_allow(instance->backup, true);
        err = stop_refused(instance, JET_errTooManyActiveUsers);
        sessions_release(instance);
        return err;
    }
    if (!ends_backup)
        let_go(instance->handle);
    snapshot_sessions_leave(instance);
    while (instance->sessions)
        jet_session_end(instance->sessions);
    err = engine_stop(instance->engine, how == INSTANCE_STOP_DIRTY ? ENGINE_STOP_ABRUPT : ENGINE_STOP_CLEAN);
    event_log_write(&instance->events, instance->name,
                    err < JET_errSuccess ? EVENT_LOG_INSTANCE_STOPPED_WITH_ERROR : EVENT_LOG_INSTANCE_STOPPED, err);
    if (process_lock(&process) >= JET_errSuccess) { /* it exists */
        instance_free(process, instance);
        process_unlock(process);
    }
    return err;
}

jet_err instance_stop(JET_INSTANCE handle, enum instance_stop how, bool ends_backup)
{
    if (jet_callback_is_running())
        return JET_errIllegalOperation; /* it would wait for the call that made the callback */
    const JET_INSTANCE running = ends_backup ? running_handle(handle) : 0;
    let_go(running);
    jet_err err = stop_unasked(handle, how, ends_backup);
    if (err < JET_errSuccess && running_handle(running) == running)
        go_on(running);
    return err;
}
