/* SPDX-License-Identifier: MIT */
#include "jet/instance_init.h"

#include <stdlib.h>

#include "jet/instance_start.h"
#include "os/os_file.h"

_Static_assert(RECOVERY_IGNORE_MISSING_DB == JET_bitReplayIgnoreMissingDB &&
                   RECOVERY_WITHOUT_UNDO == JET_bitRecoveryWithoutUndo &&
                   RECOVERY_TRUNCATE_LOGS == JET_bitTruncateLogsAfterRecovery &&
                   RECOVERY_MISSING_MAP_ENTRY_DB == JET_bitReplayMissingMapEntryDB &&
                   RECOVERY_LOG_STREAM_MUST_EXIST == JET_bitLogStreamMustExist &&
                   RECOVERY_IGNORE_LOST_LOGS == JET_bitReplayIgnoreLostLogs &&
                   RECOVERY_ALLOW_MISSING_CURRENT == JET_bitAllowMissingCurrentLog &&
                   RECOVERY_ALLOW_BACKUP_DB == JET_bitAllowSoftRecoveryOnBackup,
               "flags pass through");

static const JET_GRBIT known_flags = RECOVERY_IGNORE_MISSING_DB | RECOVERY_WITHOUT_UNDO | RECOVERY_TRUNCATE_LOGS |
                                     RECOVERY_MISSING_MAP_ENTRY_DB | RECOVERY_LOG_STREAM_MUST_EXIST |
                                     RECOVERY_IGNORE_LOST_LOGS | RECOVERY_ALLOW_MISSING_CURRENT |
                                     RECOVERY_ALLOW_BACKUP_DB;

struct status_client {
    struct init_status whom;
    bool has_begun;
};

enum { PROGRESS_TOTAL = 1000 };

static jet_err status_tell(struct status_client *client, JET_SNT snt, uint32_t done)
{
    JET_SNPROG progress = {sizeof progress, done, PROGRESS_TOTAL};
    return client->whom.callback ? client->whom.callback(JET_snpRestore, snt, &progress, client->whom.context)
                                 : client->whom.status(JET_sesidNil, JET_snpRestore, snt, &progress);
}

static jet_err status_progress(void *context, unsigned permille)
{
    struct status_client *client = context;
    jet_err err = JET_errSuccess;
    if (!client->has_begun)
        err = status_tell(client, JET_sntBegin, 0);
    client->has_begun = true;
    return err < JET_errSuccess ? err : status_tell(client, JET_sntProgress, permille);
}

static bool is_none(const JET_INSTANCE *pinstance)
{
    return !pinstance || *pinstance == 0 || *pinstance == JET_instanceNil;
}

/* The instance that is to be started, in state STARTING. Without one, and without a mode, JetInit decides for one
 * instance; with many instances it makes another. */
static jet_err init_begin(struct process *process, JET_INSTANCE *pinstance, struct instance **ret_instance,
                          bool *ret_is_new)
{
    struct instance *instance = NULL;
    jet_err err = JET_errSuccess;
    if (process->mode == PROCESS_MANY_INSTANCES && !pinstance)
        return JET_errRunningInMultiInstanceMode;
    if (process->mode == PROCESS_ONE_INSTANCE && process->instances)
        return instance_check_idle(process->instances) == JET_errRestoreInProgress ? JET_errRestoreInProgress
                                                                                   : JET_errAlreadyInitialized;
    *ret_is_new = process->mode != PROCESS_MANY_INSTANCES || is_none(pinstance);
    if (*ret_is_new) {
        err = instance_new(process, NULL, NULL, &instance);
        if (err >= JET_errSuccess && process->mode == PROCESS_NO_MODE)
            process->mode = PROCESS_ONE_INSTANCE;
    } else {
        err = instance_find(process, *pinstance, &instance);
    }
    if (err >= JET_errSuccess)
        err = instance_check_idle(instance);
    if (err < JET_errSuccess)
        return err;
    atomic_store(&instance->state, INSTANCE_STARTING);
    *ret_instance = instance;
    return JET_errSuccess;
}

jet_err instance_init(JET_INSTANCE *pinstance, const struct recovery_map *maps, size_t map_count, JET_GRBIT grbit,
                      const struct init_status *status)
{
    struct process *process;
    struct instance *instance;
    bool is_new;
    if ((grbit & ~known_flags) != 0)
        return JET_errInvalidGrbit;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = init_begin(process, pinstance, &instance, &is_new);
    process_unlock(process);
    if (err < JET_errSuccess)
        return err;
    struct status_client client = {.has_begun = false};
    if (status)
        client.whom = *status;
    bool tells = client.whom.status || client.whom.callback;
    const struct recovery_options options = {
        .flags = grbit,
        .maps = maps,
        .map_count = map_count,
        .progress = tells ? status_progress : NULL,
        .context = &client,
    };
    JET_INSTANCE handle = instance->handle;
    err = instance_start(instance, &options);
    if (err < JET_errSuccess) {
        if (process_lock(&process) >= JET_errSuccess) {
            instance_free(process, instance);
            process_unlock(process);
        }
        handle = 0;
    }
    if (client.has_begun)
        (void)status_tell(&client, err < JET_errSuccess ? JET_sntFail : JET_sntComplete,
                          PROGRESS_TOTAL); /* no matter */
    if (pinstance && (is_new || err < JET_errSuccess))
        *pinstance = handle;
    return err;
}

jet_err instance_create(const char *name, const char *display_name, JET_INSTANCE *ret_handle)
{
    struct process *process;
    struct instance *instance;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    if (process->mode == PROCESS_ONE_INSTANCE)
        err = JET_errRunningInOneInstanceMode;
    else
        err = instance_new(process, name, display_name, &instance);
    if (err >= JET_errSuccess) {
        process->mode = PROCESS_MANY_INSTANCES;
        *ret_handle = instance->handle;
    }
    process_unlock(process);
    return err;
}

jet_err instance_enable_many(bool with_params)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    if (process->mode == PROCESS_ONE_INSTANCE)
        err = JET_errRunningInOneInstanceMode;
    else if (with_params && (process->are_params_final || process->instances))
        err = JET_errSystemParamsAlreadySet;
    if (err >= JET_errSuccess) {
        process->mode = PROCESS_MANY_INSTANCES;
        process->are_params_final |= with_params;
    }
    process_unlock(process);
    return err;
}

jet_err restore_map_set(struct recovery_map *map, const char *path, const char *new_path)
{
    char *absolute = NULL;
    char *new_absolute = NULL;
    if (!path)
        return JET_errInvalidParameter;
    jet_err err = os_path_absolute(path, &absolute);
    if (err < JET_errSuccess)
        return err;
    if (new_path) {
        err = os_path_absolute(new_path, &new_absolute);
        if (err < JET_errSuccess) {
            free(absolute);
            return err;
        }
    }
    *map = (struct recovery_map){absolute, new_absolute};
    return JET_errSuccess;
}

/* The texts of a map are ours, though the engine may only read them. */
void restore_map_free(struct recovery_map *maps, size_t count)
{
    if (!maps)
        return;
    for (size_t i = 0; i < count; i++) {
        free((char *)(uintptr_t)maps[i].path);
        free((char *)(uintptr_t)maps[i].new_path);
    }
    free(maps);
}
