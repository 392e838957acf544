/* SPDX-License-Identifier: MIT */
/* instance.c - an instance and what is known of it.
 *
 * What the engine calls an instance exists from RECOVERING to the close; its handle is used by the worker of the
 * instance, of its backup and of its freeze, each by itself. The info is what the worker saw last; everybody else
 * copies it. */
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "host/host.h"
#include "host/instance_use.h"
#include "host/worker.h"
#include "jet/instance_backup.h"
#include "jet/instance_status.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "os/os_word.h"

struct host_instance {
    struct host_instance_listener listener;
    struct worker *worker;
    struct host_instance_config config; /* texts are ours; of an adopted one only the label */
    char **database_paths;
    _Atomic uint32_t is_lent; /* 1: to `streamer`; written under the lock, slept on */
    struct os_mutex *lock;
    /* guarded by lock */
    bool is_closing;
    bool is_frozen;
    JET_INSTANCE handle;                      /* RUNNING, and while it is closed */
    const struct instance_streamer *streamer; /* NULL: there is no backup of ours */
    struct host_freeze *freeze;
    struct host_instance_info info;
};

bool text_copy(const char *text, char **ret_copy)
{
    const size_t size = text ? strlen(text) + 1 : 0;
    *ret_copy = text ? malloc(size) : NULL;
    if (*ret_copy)
        memcpy(*ret_copy, text, size);
    return !text || *ret_copy;
}

static void tell_changed(struct host_instance *instance)
{
    if (instance->listener.changed)
        instance->listener.changed(instance->listener.context, instance);
}

/* ---- the info ---- */

void host_instance_info_done(struct host_instance_info *info)
{
    for (size_t i = 0; i < info->database_count; i++)
        free(info->databases[i].path);
    free(info->databases);
    free(info->label);
    free(info->system_path);
    free(info->log_path);
    free(info->base_name);
    *info = (struct host_instance_info){.label = NULL};
}

static bool databases_copy(const struct host_instance_info *from, struct host_instance_info *to)
{
    to->databases = calloc(from->database_count + 1, sizeof *to->databases);
    if (!to->databases)
        return false;
    for (size_t i = 0; i < from->database_count; i++) {
        to->databases[i].size_bytes = from->databases[i].size_bytes;
        if (!text_copy(from->databases[i].path, &to->databases[i].path))
            return false;
        to->database_count++;
    }
    return true;
}

static enum host_instance_state state_locked(const struct host_instance *instance)
{
    const bool is_running = instance->info.state == HOST_INSTANCE_RUNNING;
    return is_running && instance->is_frozen ? HOST_INSTANCE_FROZEN : instance->info.state;
}

jet_err host_instance_info_get(struct host_instance *instance, struct host_instance_info *ret_info)
{
    os_mutex_lock(instance->lock);
    const struct host_instance_info *info = &instance->info;
    struct host_instance_info copy = *info;
    copy.state = state_locked(instance);
    copy.label = copy.system_path = copy.log_path = copy.base_name = NULL;
    copy.databases = NULL;
    copy.database_count = 0;
    const bool is_copied = text_copy(info->label, &copy.label) && text_copy(info->system_path, &copy.system_path) &&
                           text_copy(info->log_path, &copy.log_path) && text_copy(info->base_name, &copy.base_name) &&
                           databases_copy(info, &copy);
    os_mutex_unlock(instance->lock);
    if (!is_copied) {
        host_instance_info_done(&copy);
        return JET_errOutOfMemory;
    }
    *ret_info = copy;
    return JET_errSuccess;
}

enum host_instance_state host_instance_state(struct host_instance *instance)
{
    os_mutex_lock(instance->lock);
    const enum host_instance_state state = state_locked(instance);
    os_mutex_unlock(instance->lock);
    return state;
}

JET_INSTANCE host_instance_handle(struct host_instance *instance)
{
    os_mutex_lock(instance->lock);
    const bool is_running = instance->info.state == HOST_INSTANCE_RUNNING && !instance->is_closing;
    const JET_INSTANCE handle = is_running ? instance->handle : 0;
    os_mutex_unlock(instance->lock);
    return handle;
}

static uint64_t unix_us(const struct calendar *when)
{
    const int64_t ms = when->month == 0 ? 0 : calendar_to_unix_ms(when);
    return ms < 0 ? 0 : (uint64_t)ms * 1000;
}

/* What all databases have: the oldest, and none if one has none. */
static void oldest_backup(struct host_last_backup *last, const struct instance_status_backup *backup, bool is_first)
{
    const struct host_last_backup this = {unix_us(&backup->when), backup->first_generation, backup->last_generation};
    if (is_first || this.last_generation < last->last_generation)
        *last = this;
}

/* The worker only. What cannot be had stays as it was. */
static void info_refresh(struct host_instance *instance)
{
    struct instance_status status;
    struct host_instance_info seen = {.label = NULL};
    if (instance_status_init(&status, instance->handle) < JET_errSuccess)
        return;
    seen.databases = calloc(status.database_count + 1, sizeof *seen.databases);
    for (size_t i = 0; seen.databases && i < status.database_count; i++) {
        seen.databases[i] = (struct host_file){status.databases[i].path, status.databases[i].size_bytes};
        status.databases[i].path = NULL;
        seen.database_count++;
        oldest_backup(&seen.last_full, &status.databases[i].full, i == 0);
        oldest_backup(&seen.last_incremental, &status.databases[i].incremental, i == 0);
    }
    os_mutex_lock(instance->lock);
    struct host_instance_info *info = &instance->info;
    struct host_instance_info before = {.databases = info->databases, .database_count = info->database_count};
    info->databases = seen.databases;
    info->database_count = seen.database_count;
    info->last_full = seen.last_full;
    info->last_incremental = seen.last_incremental;
    info->first_generation = status.first_generation;
    info->current_generation = status.current_generation;
    os_mutex_unlock(instance->lock);
    host_instance_info_done(&before);
    instance_status_done(&status);
}

static jet_err parameter_text(JET_INSTANCE handle, uint32_t id, char **text)
{
    char buffer[1024] = "";
    JET_API_PTR number = 0;
    jet_err err = JetGetSystemParameterA(handle, 0, id, &number, buffer, sizeof buffer);
    const size_t length = strlen(buffer);
    if (length > 1 && *os_path_name(buffer) == '\0')
        buffer[length - 1] = '\0'; /* the API ends folders with a separator */
    if (err >= JET_errSuccess && !text_copy(buffer, text))
        err = JET_errOutOfMemory;
    return err;
}

/* The settings of a running instance. */
static jet_err info_settings(struct host_instance *instance)
{
    const JET_INSTANCE handle = instance->handle;
    struct host_instance_info seen = {.label = NULL};
    JET_API_PTR is_circular = 0;
    jet_err err = parameter_text(handle, JET_paramSystemPath, &seen.system_path);
    if (err >= JET_errSuccess)
        err = parameter_text(handle, JET_paramLogFilePath, &seen.log_path);
    if (err >= JET_errSuccess)
        err = parameter_text(handle, JET_paramBaseName, &seen.base_name);
    if (err >= JET_errSuccess)
        err = JetGetSystemParameterA(handle, 0, JET_paramCircularLog, &is_circular, NULL, 0);
    if (err >= JET_errSuccess) {
        os_mutex_lock(instance->lock);
        instance->info.system_path = seen.system_path;
        instance->info.log_path = seen.log_path;
        instance->info.base_name = seen.base_name;
        instance->info.is_circular = is_circular != 0;
        os_mutex_unlock(instance->lock);
        seen.system_path = seen.log_path = seen.base_name = NULL;
    }
    host_instance_info_done(&seen);
    return err;
}

static void set_state(struct host_instance *instance, enum host_instance_state state, jet_err error)
{
    os_mutex_lock(instance->lock);
    instance->info.state = state;
    instance->info.error = error;
    os_mutex_unlock(instance->lock);
    tell_changed(instance);
}

static void refresh_run(void *owner, struct job *job)
{
    struct host_instance *instance = owner;
    (void)job;
    if (host_instance_state(instance) != HOST_INSTANCE_RUNNING && host_instance_state(instance) != HOST_INSTANCE_FROZEN)
        return;
    info_refresh(instance);
    tell_changed(instance);
}

void host_instance_refresh(struct host_instance *instance)
{
    struct job *job = job_new(refresh_run, NULL, NULL);
    if (job)
        worker_queue(instance->worker, job);
}

/* ---- opening ---- */

static jet_err set_text(JET_INSTANCE *handle, uint32_t id, const char *text)
{
    return text ? JetSetSystemParameterA(handle, 0, id, 0, text) : JET_errSuccess;
}

static jet_err set_number(JET_INSTANCE *handle, uint32_t id, uint32_t number)
{
    return number > 0 ? JetSetSystemParameterA(handle, 0, id, number, NULL) : JET_errSuccess;
}

/* A folder that ends in a separator: the file in it gets its usual name. */
static jet_err set_temporary(JET_INSTANCE *handle, const char *folder)
{
    char *path = os_path_join(folder, "");
    if (!path)
        return JET_errOutOfMemory;
    jet_err err = JetSetSystemParameterA(handle, 0, JET_paramTempPath, 0, path);
    free(path);
    return err;
}

static jet_err configure(JET_INSTANCE *handle, const struct host_instance_config *config)
{
    jet_err err = set_text(handle, JET_paramSystemPath, config->system_path);
    if (err >= JET_errSuccess)
        err = set_text(handle, JET_paramLogFilePath, config->log_path ? config->log_path : config->system_path);
    if (err >= JET_errSuccess)
        err = set_temporary(handle, config->temporary_path ? config->temporary_path : config->system_path);
    if (err >= JET_errSuccess)
        err = set_text(handle, JET_paramBaseName, config->base_name);
    if (err >= JET_errSuccess)
        err = set_text(handle, JET_paramEventSource, "coldstream");
    if (err >= JET_errSuccess)
        err = set_number(handle, JET_paramCircularLog, config->is_circular);
    if (err >= JET_errSuccess)
        err = set_number(handle, JET_paramCreatePathIfNotExist, config->make_missing);
    if (err >= JET_errSuccess)
        err = set_number(handle, JET_paramLogFileSize, config->log_file_kib);
    return err;
}

static jet_err attach_one(JET_SESID sesid, const char *path, bool make_missing)
{
    JET_DBID dbid;
    jet_err err = JetAttachDatabaseA(sesid, path, JET_bitNil);
    if (err != JET_errFileNotFound || !make_missing)
        return err;
    err = JetCreateDatabaseA(sesid, path, NULL, &dbid, JET_bitNil);
    return err < JET_errSuccess ? err : JetCloseDatabase(sesid, dbid, JET_bitNil);
}

static jet_err attach_all(JET_INSTANCE handle, const struct host_instance_config *config)
{
    JET_SESID sesid;
    jet_err err = JetBeginSessionA(handle, &sesid, NULL, NULL);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < config->database_count && err >= JET_errSuccess; i++)
        err = attach_one(sesid, config->databases[i], config->make_missing);
    const jet_err ended = JetEndSession(sesid, JET_bitNil);
    return err < JET_errSuccess ? err : ended;
}

/* A running instance, or none. */
static jet_err engine_open(const struct host_instance_config *config, JET_INSTANCE *ret_handle)
{
    JET_INSTANCE handle = 0;
    jet_err err = JetCreateInstance2A(&handle, config->label, config->label, JET_bitNil);
    if (err < JET_errSuccess)
        return err;
    err = configure(&handle, config);
    if (err < JET_errSuccess) {
        (void)JetTerm(handle); /* it was never started */
        return err;
    }
    err = JetInit(&handle); /* a failure takes the instance away */
    if (err < JET_errSuccess)
        return err;
    err = attach_all(handle, config);
    if (err < JET_errSuccess) {
        (void)JetTerm(handle); /* the first error counts */
        return err;
    }
    *ret_handle = handle;
    return JET_errSuccess;
}

static void open_run(void *owner, struct job *job)
{
    struct host_instance *instance = owner;
    JET_INSTANCE handle = 0;
    (void)job;
    jet_err err = engine_open(&instance->config, &handle);
    if (err < JET_errSuccess) {
        set_state(instance, HOST_INSTANCE_FAILED, err);
        return;
    }
    os_mutex_lock(instance->lock);
    instance->handle = handle;
    os_mutex_unlock(instance->lock);
    err = info_settings(instance);
    info_refresh(instance);
    set_state(instance, HOST_INSTANCE_RUNNING, JET_errSuccess);
    (void)err; /* the settings are only shown; the instance runs without */
}

jet_err host_process_configure(uint32_t instances_max, uint32_t page_size, uint32_t cache_pages_max)
{
    jet_err err = set_number(NULL, JET_paramMaxInstances, instances_max);
    if (err >= JET_errSuccess)
        err = set_number(NULL, JET_paramDatabasePageSize, page_size);
    if (err >= JET_errSuccess)
        err = set_number(NULL, JET_paramCacheSizeMax, cache_pages_max);
    return err;
}

/* ---- users of the instance ---- */

static jet_err lend_error(const struct host_instance *instance, jet_err recovering)
{
    if (instance->is_closing || instance->info.state == HOST_INSTANCE_CLOSED)
        return JET_errTermInProgress;
    if (instance->info.state == HOST_INSTANCE_RECOVERING)
        return recovering;
    return instance->info.state == HOST_INSTANCE_FAILED ? JET_errInstanceUnavailable : JET_errSuccess;
}

jet_err instance_lend_to_backup(struct host_instance *instance, const struct instance_streamer *streamer,
                                JET_INSTANCE *ret_handle, enum host_reason *ret_reason)
{
    *ret_reason = HOST_REASON_NONE;
    os_mutex_lock(instance->lock);
    jet_err err = lend_error(instance, JET_errBackupNotAllowedYet);
    if (err >= JET_errSuccess && instance->is_frozen) {
        *ret_reason = HOST_REASON_FROZEN;
        err = JET_errBackupNotAllowedYet;
    }
    if (err >= JET_errSuccess && instance->streamer)
        err = JET_errBackupInProgress;
    if (err >= JET_errSuccess) {
        instance->streamer = streamer;
        atomic_store(&instance->is_lent, 1);
        *ret_handle = instance->handle;
    }
    os_mutex_unlock(instance->lock);
    return err;
}

void instance_take_back_from_backup(struct host_instance *instance, const struct instance_streamer *streamer)
{
    os_mutex_lock(instance->lock);
    const bool was_its = instance->streamer == streamer;
    if (was_its) {
        instance->streamer = NULL;
        atomic_store(&instance->is_lent, 0);
    }
    os_mutex_unlock(instance->lock);
    if (!was_its)
        return;
    os_word_wake_all(&instance->is_lent);
    host_instance_refresh(instance);
}

void instance_wait_for_backup(struct host_instance *instance, uint64_t until_us)
{
    uint64_t now_us;
    while (atomic_load(&instance->is_lent) != 0 && (now_us = host_now_us()) < until_us)
        os_word_wait(&instance->is_lent, 1, (int64_t)((until_us - now_us) / 1000) + 1);
}

jet_err instance_lend_to_freeze(struct host_instance *instance, struct host_freeze *f, JET_INSTANCE *ret_handle)
{
    os_mutex_lock(instance->lock);
    jet_err err = lend_error(instance, JET_errSuccess) < JET_errSuccess || instance->info.state != HOST_INSTANCE_RUNNING
                      ? JET_errOSSnapshotNotAllowed
                      : JET_errSuccess;
    if (err >= JET_errSuccess && instance->is_frozen)
        err = JET_errOSSnapshotInvalidSequence;
    else if (err >= JET_errSuccess && instance->freeze)
        err = JET_errOSSnapshotNotAllowed;
    if (err >= JET_errSuccess) {
        instance->freeze = f;
        *ret_handle = instance->handle;
        if (instance->streamer)
            instance->streamer->note_cause(instance->streamer->context, "a snapshot freezes the instance");
    }
    os_mutex_unlock(instance->lock);
    return err;
}

void instance_set_frozen(struct host_instance *instance, bool is_frozen)
{
    os_mutex_lock(instance->lock);
    instance->is_frozen = is_frozen;
    os_mutex_unlock(instance->lock);
    tell_changed(instance);
}

void instance_take_back_from_freeze(struct host_instance *instance)
{
    os_mutex_lock(instance->lock);
    instance->freeze = NULL;
    os_mutex_unlock(instance->lock);
    host_instance_refresh(instance);
}

/* ---- the stop ---- */

/* A backup that nobody of ours has begun: an application's own. */
static void stop_foreign(JET_INSTANCE handle, const struct host_call *call)
{
    struct instance_backup_view view = {false, JET_errNoBackup};
    struct job *job = job_new(NULL, call, NULL);
    if (!job)
        return;
    job->answer->err = instance_backup_look(handle, &view);
    if (job->answer->err >= JET_errSuccess)
        job->answer->err = JetStopBackupInstance(handle);
    if (job->answer->err >= JET_errSuccess)
        job->answer->count = view.is_streaming && view.refusal >= JET_errSuccess;
    job_answer(job);
}

void host_instance_stop_backups(struct host_instance *instance, const char *reason, const struct host_call *call)
{
    os_mutex_lock(instance->lock);
    const struct instance_streamer *streamer = instance->streamer;
    const JET_INSTANCE handle = instance->info.state == HOST_INSTANCE_RUNNING ? instance->handle : 0;
    os_mutex_unlock(instance->lock);
    if (streamer)
        streamer->stop(streamer->context, reason, call);
    else
        stop_foreign(handle, call);
}

/* ---- life ---- */

static uint64_t look(void *owner)
{
    (void)owner;
    return 0;
}

static void close_run(void *owner, struct job *job)
{
    struct host_instance *instance = owner;
    const bool is_running = instance->info.state == HOST_INSTANCE_RUNNING; /* nobody else writes it */
    /* A client is told what one of a stopped backup is; what is inside leaves first. Without success the end does
     * it. */
    if (is_running && instance_backup_stop_and_release(instance->handle, HOST_RELEASE_MS) >= JET_errSuccess)
        instance_backup_open_gate(instance->handle);
    os_mutex_lock(instance->lock);
    if (instance->streamer)
        instance->streamer->note_gone(instance->streamer->context);
    os_mutex_unlock(instance->lock);
    if (is_running && !instance->info.is_adopted)
        job->answer->err = JetTerm2(instance->handle, JET_bitTermComplete | JET_bitTermStopBackup);
    set_state(instance, HOST_INSTANCE_CLOSED, JET_errSuccess);
    worker_finish(instance->worker);
}

void host_instance_close(struct host_instance *instance, const struct host_call *call)
{
    struct job *job = job_new(close_run, call, NULL);
    os_mutex_lock(instance->lock);
    instance->is_closing = true;
    if (instance->streamer)
        instance->streamer->note_cause(instance->streamer->context, "the instance ends");
    os_mutex_unlock(instance->lock);
    if (job)
        worker_queue(instance->worker, job);
}

void host_instance_free(struct host_instance *instance)
{
    if (!instance)
        return;
    worker_free(instance->worker);
    host_instance_info_done(&instance->info);
    for (size_t i = 0; i < instance->config.database_count; i++)
        free(instance->database_paths[i]);
    free(instance->database_paths);
    free((char *)(uintptr_t)instance->config.label);
    free((char *)(uintptr_t)instance->config.system_path);
    free((char *)(uintptr_t)instance->config.log_path);
    free((char *)(uintptr_t)instance->config.temporary_path);
    free((char *)(uintptr_t)instance->config.base_name);
    os_mutex_free(instance->lock);
    free(instance);
}

static bool config_text(const char *text, const char **copy)
{
    char *made;
    const bool is_made = text_copy(text, &made);
    *copy = made;
    return is_made;
}

static jet_err config_copy(struct host_instance *instance, const struct host_instance_config *from)
{
    struct host_instance_config *to = &instance->config;
    *to = *from;
    to->label = to->system_path = to->log_path = to->temporary_path = to->base_name = NULL;
    to->database_count = 0;
    instance->database_paths = calloc(from->database_count + 1, sizeof *instance->database_paths);
    to->databases = (const char *const *)instance->database_paths;
    if (!instance->database_paths || !config_text(from->label, &to->label) ||
        !config_text(from->system_path, &to->system_path) || !config_text(from->log_path, &to->log_path) ||
        !config_text(from->temporary_path, &to->temporary_path) || !config_text(from->base_name, &to->base_name) ||
        !text_copy(from->label, &instance->info.label))
        return JET_errOutOfMemory;
    for (size_t i = 0; i < from->database_count; i++) {
        if (!text_copy(from->databases[i], &instance->database_paths[i]))
            return JET_errOutOfMemory;
        to->database_count++;
    }
    return JET_errSuccess;
}

static jet_err instance_make(const struct host_instance_config *config, const struct host_instance_listener *listener,
                             struct host_instance **ret_instance)
{
    jet_err err = JET_errOutOfMemory;
    struct host_instance *instance = calloc(1, sizeof *instance);
    if (!instance)
        return err;
    if (listener)
        instance->listener = *listener;
    err = os_mutex_new(LOCK_RANK_LEAF, &instance->lock);
    if (err >= JET_errSuccess)
        err = config_copy(instance, config);
    const struct worker_hooks hooks = {instance, look};
    if (err >= JET_errSuccess)
        err = worker_start(&hooks, &instance->worker);
    if (err < JET_errSuccess) {
        host_instance_free(instance);
        return err;
    }
    *ret_instance = instance;
    return JET_errSuccess;
}

static bool is_usable(const struct host_instance_config *config)
{
    return config->label && config->label[0] && config->system_path && os_path_is_absolute(config->system_path) &&
           config->database_count <= INSTANCE_DATABASES_MOST;
}

jet_err host_instance_open(const struct host_instance_config *config, const struct host_instance_listener *listener,
                           struct host_instance **ret_instance)
{
    struct host_instance *instance;
    if (!is_usable(config))
        return JET_errInvalidParameter;
    jet_err err = instance_make(config, listener, &instance);
    if (err < JET_errSuccess)
        return err;
    instance->info.state = HOST_INSTANCE_RECOVERING;
    instance->info.is_circular = config->is_circular;
    struct job *job = job_new(open_run, NULL, NULL);
    if (!job) {
        host_instance_free(instance);
        return JET_errOutOfMemory;
    }
    *ret_instance = instance;
    worker_queue(instance->worker, job);
    return JET_errSuccess;
}

jet_err host_instance_adopt(JET_INSTANCE handle, const char *label, const struct host_instance_listener *listener,
                            struct host_instance **ret_instance)
{
    const struct host_instance_config config = {.label = label};
    struct host_instance *instance;
    struct instance_status status;
    if (!label || !label[0])
        return JET_errInvalidParameter;
    jet_err err = instance_status_init(&status, handle);
    if (err < JET_errSuccess)
        return err;
    const JET_INSTANCE very_handle = status.handle;
    instance_status_done(&status);
    err = instance_make(&config, listener, &instance);
    if (err < JET_errSuccess)
        return err;
    instance->handle = very_handle;
    instance->info.is_adopted = true;
    err = info_settings(instance);
    if (err < JET_errSuccess) {
        host_instance_free(instance);
        return err;
    }
    instance->info.state = HOST_INSTANCE_RUNNING;
    *ret_instance = instance;
    host_instance_refresh(instance);
    return JET_errSuccess;
}
