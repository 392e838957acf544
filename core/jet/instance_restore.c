/* SPDX-License-Identifier: MIT */
#include "jet/instance_restore.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "format/logrecord.h"
#include "jet/instance_config.h"
#include "jet/instance_start.h"
#include "jet/process.h"
#include "jet/text.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "recovery/restore.h"

/* ---- what all restores share ---- */

struct teller {
    JET_PFNSTATUS status;
};

/* What the client answers has no meaning. */
static void tell(void *context, enum restore_moment moment, unsigned percent)
{
    static const JET_SNT types[] = {
        [RESTORE_BEGUN] = JET_sntBegin, [RESTORE_PROGRESS] = JET_sntProgress, [RESTORE_COMPLETE] = JET_sntComplete};
    const struct teller *teller = context;
    JET_SNPROG progress = {sizeof progress, percent, 100};
    if (teller->status)
        (void)teller->status(JET_sesidNil, JET_snpRestore, types[moment], &progress);
}

/* A new instance that nobody else can do anything with; the lock is held. */
static jet_err instance_for_restore(struct process *process, const char *name, enum process_mode mode,
                                    struct instance **ret_instance)
{
    jet_err err = instance_new(process, name, NULL, ret_instance);
    if (err < JET_errSuccess)
        return err;
    if (process->mode == PROCESS_NO_MODE)
        process->mode = mode;
    atomic_store(&(*ret_instance)->state, INSTANCE_RESTORING);
    return JET_errSuccess;
}

static void restore_done(struct instance *instance, bool is_new)
{
    struct process *process;
    if (!is_new) {
        atomic_store(&instance->state, INSTANCE_CREATED);
        return;
    }
    if (process_lock(&process) >= JET_errSuccess) { /* it exists */
        instance_free(process, instance);
        process_unlock(process);
    }
}

static void tell_begin(const struct instance *instance)
{
    event_log_write(&instance->events, instance->name, EVENT_LOG_RESTORE_STARTED, JET_errSuccess);
}

static void tell_end(const struct instance *instance, jet_err err)
{
    event_log_write(&instance->events, instance->name,
                    err < JET_errSuccess ? EVENT_LOG_RESTORE_FAILED : EVENT_LOG_RESTORE_STOPPED, err);
}

/* ---- from a folder ---- */

static bool is_none(JET_INSTANCE handle)
{
    return handle == 0 || handle == JET_instanceNil;
}

/* With one instance, every handle is that one's. */
static jet_err choose_instance(struct process *process, JET_INSTANCE handle, enum process_mode mode,
                               struct instance **ret_instance, bool *ret_is_new)
{
    *ret_is_new = is_none(handle) && !(process->mode == PROCESS_ONE_INSTANCE && process->instances);
    if (*ret_is_new)
        return instance_for_restore(process, "Restore", mode, ret_instance);
    jet_err err = instance_find(process, handle, ret_instance);
    if (err >= JET_errSuccess)
        err = instance_check_idle(*ret_instance);
    if (err >= JET_errSuccess)
        atomic_store(&(*ret_instance)->state, INSTANCE_RESTORING);
    return err;
}

static jet_err restore_with(const struct instance_config *config, const struct restore_folder *options,
                            bool make_folders)
{
    jet_err err = JET_errSuccess;
    if (make_folders)
        err = instance_config_make_folders(config);
    if (err >= JET_errSuccess && make_folders && options->destination)
        err = instance_make_folder(options->destination);
    return err < JET_errSuccess ? err : restore_folder(&config->engine, options);
}

static jet_err restore_in(struct instance *instance, const char *source, const char *destination, JET_PFNSTATUS status)
{
    struct teller teller = {status};
    struct restore_folder options = {
        .listener = {tell, &teller}
    };
    struct instance_config config = {.texts = {NULL}};
    char *from = NULL;
    char *to = NULL;
    bool make_folders = false;
    jet_err err = instance_config_take(instance, &config, &make_folders);
    if (err >= JET_errSuccess)
        err = source ? os_path_absolute(source, &from) : JET_errInvalidPath;
    if (err >= JET_errSuccess && destination)
        err = os_path_absolute(destination, &to);
    options.source = from;
    options.destination = to;
    if (err >= JET_errSuccess) {
        tell_begin(instance);
        err = restore_with(&config, &options, make_folders);
        tell_end(instance, err);
    }
    free(from);
    free(to);
    instance_config_done(&config);
    return err;
}

static jet_err restore_as(JET_INSTANCE handle, enum process_mode mode, const char *source, const char *destination,
                          JET_PFNSTATUS status)
{
    struct process *process;
    struct instance *instance = NULL;
    bool is_new = false;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = choose_instance(process, handle, mode, &instance, &is_new);
    process_unlock(process);
    if (err < JET_errSuccess)
        return err;
    err = restore_in(instance, source, destination, status);
    restore_done(instance, is_new);
    return err;
}

jet_err instance_restore(JET_INSTANCE instance, const char *source, const char *destination, JET_PFNSTATUS status)
{
    return restore_as(instance, PROCESS_MANY_INSTANCES, source, destination, status);
}

jet_err instance_restore_only(const char *source, const char *destination, JET_PFNSTATUS status)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    const enum process_mode mode = process->mode;
    process_unlock(process);
    if (mode == PROCESS_MANY_INSTANCES)
        return JET_errRunningInMultiInstanceMode;
    return restore_as(0, PROCESS_ONE_INSTANCE, source, destination, status);
}

/* ---- a target that runs ---- */

static jet_err check_count(const struct instance_restore_external *request)
{
    const bool can_be = request->map_count >= 0 && request->map_count <= INSTANCE_RESTORE_MAPS_MOST;
    return can_be ? JET_errSuccess : JET_errInvalidParameter;
}

struct target {
    bool is_running;
    char *log_path; /* of its closed logs; NULL: none are replayed */
    char *display_name;
    lgen_t last;
};

/* Compares folders, whether or not there is a separator at the end. */
static bool same_folder(const char *a, const char *b)
{
    size_t size = strlen(a), other = strlen(b);
    while (size > 1 && (a[size - 1] == '/' || a[size - 1] == '\\'))
        size--;
    while (other > 1 && (b[other - 1] == '/' || b[other - 1] == '\\'))
        other--;
    return size == other && memcmp(a, b, size) == 0;
}

static jet_err runs_in(const struct instance *instance, const char *log_path, bool *ret_is)
{
    char *theirs;
    jet_err err = param_text_absolute(&instance->params, JET_paramLogFilePath, &theirs);
    if (err < JET_errSuccess)
        return err;
    *ret_is = same_folder(theirs, log_path);
    free(theirs);
    return JET_errSuccess;
}

/* By its name, or by the folder of its logs; the lock is held. */
static jet_err find_running(struct process *process, const char *name, const char *log_path,
                            const struct instance **ret_found)
{
    *ret_found = NULL;
    for (const struct instance *instance = process->instances; instance && !*ret_found; instance = instance->next) {
        bool is_meant = name && strcmp(instance->name, name) == 0;
        jet_err err = name ? JET_errSuccess : runs_in(instance, log_path, &is_meant);
        if (err < JET_errSuccess)
            return err;
        if (is_meant && instance_is_started(instance))
            *ret_found = instance;
    }
    return JET_errSuccess;
}

static jet_err find_target(const struct instance_restore_external *request, JET_INSTANCE *ret_handle)
{
    struct process *process;
    const struct instance *found = NULL;
    char *log_path = NULL;
    *ret_handle = 0;
    if (!request->target_name && !request->target_log_path)
        return JET_errSuccess;
    jet_err err = request->target_log_path ? os_path_absolute(request->target_log_path, &log_path) : JET_errSuccess;
    if (err >= JET_errSuccess)
        err = process_lock(&process);
    if (err >= JET_errSuccess) {
        err = find_running(process, request->target_name, log_path, &found);
        if (found)
            *ret_handle = found->handle;
        process_unlock(process);
    }
    free(log_path);
    if (err >= JET_errSuccess && *ret_handle == 0 && request->target_name)
        err = JET_errBadRestoreTargetInstance;
    return err;
}

/* ExtRestore2: whose logs are being replayed elsewhere. It is the first record of a new generation. */
static jet_err log_external_restore(struct log_stream *log, const char *log_path, const char *name, lgen_t *ret_last)
{
    enum { HEAD = 3 };
    const struct log_append options = {.flags = LOG_APPEND_FIRST_IN_GENERATION};
    size_t path_size, name_size;
    uint64_t start, end;
    jet_err err = text_to_w(log_path, NULL, 0, &path_size);
    if (err >= JET_errSuccess)
        err = text_to_w(name, NULL, 0, &name_size);
    if (err < JET_errSuccess)
        return err;
    WCHAR *text = malloc(path_size + name_size);
    if (!text)
        return JET_errOutOfMemory;
    err = text_to_w(log_path, text, path_size, NULL);
    if (err >= JET_errSuccess)
        err = text_to_w(name, text + path_size / sizeof *text, name_size, NULL);
    const le16 size = le16_make((uint16_t)(path_size + name_size));
    uint8_t head[HEAD] = {LOGREC_EXT_RESTORE2};
    memcpy(head + 1, &size, sizeof size);
    const struct log_piece pieces[] = {
        {head, sizeof head          },
        {text, path_size + name_size},
    };
    const struct log_record record = {pieces, COUNT_OF(pieces)};
    if (err >= JET_errSuccess)
        err = log_append(log, &record, 1, &options, &start, &end);
    if (err >= JET_errSuccess)
        err = log_flush_to(log, end);
    if (err >= JET_errSuccess)
        *ret_last = lgpos_unpack(start).generation - 1;
    free(text);
    return err;
}

static char *text_copy(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

/* With circular logging its logs are likely to be gone: it is as if there were no target. */
static jet_err target_describe(const struct instance_restore_external *request, const struct instance *instance,
                               struct target *target)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    const char *ours = request->base_name ? request->base_name : param_text(&process->params, JET_paramBaseName);
    const bool is_same = strncmp(param_text(&instance->params, JET_paramBaseName), ours, JET_BASE_NAME_LENGTH) == 0;
    const bool is_circular = param_number(&instance->params, JET_paramCircularLog) != 0;
    target->display_name = text_copy(instance->display_name[0] ? instance->display_name : instance->name);
    if (!target->display_name)
        err = JET_errOutOfMemory;
    else if (!is_same)
        err = JET_errBadRestoreTargetInstance;
    else if (!is_circular && instance->engine->log)
        err = param_text_absolute(&instance->params, JET_paramLogFilePath, &target->log_path);
    process_unlock(process);
    return err;
}

/* Checks it, and closes its present log, unless the client's count of databases cannot be. It may go away afterwards:
 * what is needed of it are files. */
static jet_err target_take(const struct instance_restore_external *request, struct target *target)
{
    JET_INSTANCE handle;
    struct instance *instance;
    jet_err err = find_target(request, &handle);
    if (err < JET_errSuccess || handle == 0)
        return err;
    err = instance_enter(handle, &instance);
    if (err < JET_errSuccess)
        return err;
    target->is_running = true;
    err = target_describe(request, instance, target);
    if (err >= JET_errSuccess)
        err = check_count(request);
    if (err >= JET_errSuccess && target->log_path)
        err = log_external_restore(instance->engine->log, target->log_path, instance->name, &target->last);
    instance_leave(instance);
    return err;
}

static void target_done(struct target *target)
{
    free(target->log_path);
    free(target->display_name);
}

/* ---- databases that are at their places ---- */

static jet_err check_arguments(const struct instance_restore_external *request)
{
    struct process *process;
    if (!request->target_log_path != !request->target_checkpoint_path)
        return JET_errInvalidParameter;
    if (request->target_name && request->target_log_path)
        return JET_errInvalidParameter;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    if (process->mode == PROCESS_ONE_INSTANCE)
        err = JET_errRunningInOneInstanceMode;
    process_unlock(process);
    return err;
}

/* Its paths are the given ones, or those of a target that does not run. */
static jet_err set_params(struct instance *instance, const struct instance_restore_external *request,
                          const struct target *target)
{
    const bool in_place = request->target_log_path && !target->is_running;
    const char *system = in_place ? request->target_checkpoint_path : request->checkpoint_path;
    const char *log = in_place ? request->target_log_path : request->log_path;
    struct param_set *params = &instance->params;
    jet_err err = JET_errSuccess;
    if (request->base_name)
        err = param_set_value(params, JET_paramBaseName, 0, request->base_name);
    if (err >= JET_errSuccess && log)
        err = param_set_value(params, JET_paramLogFilePath, 0, log);
    if (err < JET_errSuccess || !system)
        return err;
    err = param_set_value(params, JET_paramSystemPath, 0, system);
    if (err < JET_errSuccess)
        return err;
    char *temporary = os_path_join(system, "tmp.edb");
    if (!temporary)
        return JET_errOutOfMemory;
    err = param_set_value(params, JET_paramTempPath, 0, temporary);
    free(temporary);
    return err;
}

/* "Restore0001", or "Target - Restore0001". */
static jet_err name_make(const struct target *target, char **ret_name)
{
    static _Atomic unsigned counter;
    const char *prefix = target->display_name ? target->display_name : "";
    const size_t size = strlen(prefix) + sizeof " - Restore0000";
    char *name = malloc(size);
    if (!name)
        return JET_errOutOfMemory;
    snprintf(name, size, "%s%sRestore%04u", prefix, prefix[0] ? " - " : "",
             (atomic_fetch_add(&counter, 1) + 1) % 10000);
    *ret_name = name;
    return JET_errSuccess;
}

static jet_err instance_for_external(const struct instance_restore_external *request, const struct target *target,
                                     struct instance **ret_instance)
{
    struct process *process;
    struct instance *instance;
    char *name;
    jet_err err = name_make(target, &name);
    if (err < JET_errSuccess)
        return err;
    err = process_lock(&process);
    if (err >= JET_errSuccess) {
        err = instance_for_restore(process, name, PROCESS_MANY_INSTANCES, &instance);
        if (err >= JET_errSuccess) {
            err = set_params(instance, request, target);
            if (err >= JET_errSuccess)
                *ret_instance = instance;
            else
                instance_free(process, instance);
        }
        process_unlock(process);
    }
    free(name);
    return err;
}

static jet_err restore_external_in(struct instance *instance, struct instance_restore_external *request,
                                   const struct target *target)
{
    struct teller teller = {request->status};
    struct restore_external options = {
        .low = request->low,
        .high = request->high,
        .maps = request->maps,
        .map_count = (size_t)request->map_count,
        .target_folder = target->log_path,
        .target_last = target->last,
        .listener = {tell, &teller},
    };
    struct instance_config config = {.texts = {NULL}};
    char *logs = NULL;
    bool make_folders;
    jet_err err = instance_config_take(instance, &config, &make_folders);
    if (err >= JET_errSuccess)
        err = request->backup_log_path ? os_path_absolute(request->backup_log_path, &logs) : JET_errInvalidParameter;
    if (err >= JET_errSuccess)
        err = instance_config_make_folders(&config);
    options.log_folder = logs;
    if (err >= JET_errSuccess) {
        tell_begin(instance);
        err = restore_external(&config.engine, &options);
        tell_end(instance, err);
    }
    request->low = options.low;
    request->high = options.high;
    free(logs);
    instance_config_done(&config);
    return err;
}

jet_err instance_restore_external(struct instance_restore_external *request)
{
    struct target target = {.is_running = false};
    struct instance *instance;
    jet_err err = check_arguments(request);
    if (err >= JET_errSuccess)
        err = target_take(request, &target);
    if (err >= JET_errSuccess)
        err = check_count(request);
    if (err >= JET_errSuccess)
        err = instance_for_external(request, &target, &instance);
    if (err >= JET_errSuccess) {
        err = restore_external_in(instance, request, &target);
        restore_done(instance, true);
    }
    if (err == JET_errSuccess && target.log_path)
        err = JET_wrnTargetInstanceRunning;
    target_done(&target);
    return err;
}
