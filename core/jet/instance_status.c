/* SPDX-License-Identifier: MIT */
#include "jet/instance_status.h"

#include <stdlib.h>
#include <string.h>

#include "isam/engine.h"
#include "jet/process.h"
#include "log/log_stream.h"
#include "storage/database.h"

static struct calendar calendar_of(struct logtime_disk disk)
{
    const struct logtime time = logtime_get(disk);
    if (!logtime_is_set(disk) || !logtime_is_plausible(disk))
        return (struct calendar){.month = 0};
    return (struct calendar){(int)time.year, time.month,  time.day,        time.hour,
                             time.minute,    time.second, time.millisecond};
}

static struct instance_status_backup backup_of(const struct bkinfo_disk *disk)
{
    return (struct instance_status_backup){
        .first_generation = le32_get(disk->generation_low),
        .last_generation = le32_get(disk->generation_high),
        .when = calendar_of(disk->logtime),
    };
}

static jet_err database_take(struct database *db, void *context)
{
    struct instance_status *status = context;
    struct instance_status_database *taken = &status->databases[status->database_count];
    struct dbheader_disk header;
    const size_t size = strlen(db->path) + 1;
    taken->path = malloc(size);
    if (!taken->path)
        return JET_errOutOfMemory;
    memcpy(taken->path, db->path, size);
    status->database_count++;
    database_header_get(db, &header);
    taken->size_bytes = (uint64_t)atomic_load(&db->pgno_in_file) * db->page_size + 2 * (uint64_t)db->page_size;
    taken->full = backup_of(&header.backup_full_prev);
    taken->incremental = backup_of(&header.backup_incremental_prev);
    return JET_errSuccess;
}

jet_err instance_status_init(struct instance_status *status, JET_INSTANCE handle)
{
    struct instance *instance;
    *status = (struct instance_status){.handle = 0};
    jet_err err = instance_enter_anyway(handle, &instance);
    if (err < JET_errSuccess)
        return err;
    status->handle = instance->handle;
    if (instance->engine->log) {
        status->first_generation = log_oldest(instance->engine->log);
        status->current_generation = log_generation(instance->engine->log);
    }
    err = engine_each_logged(instance->engine, database_take, status);
    instance_leave(instance);
    if (err < JET_errSuccess)
        instance_status_done(status);
    return err;
}

void instance_status_done(struct instance_status *status)
{
    for (size_t i = 0; i < status->database_count; i++)
        free(status->databases[i].path);
    *status = (struct instance_status){.handle = 0};
}

jet_err instance_very_handle(JET_INSTANCE handle, JET_INSTANCE *ret_handle)
{
    struct instance *instance;
    jet_err err = instance_enter_anyway(handle, &instance);
    if (err < JET_errSuccess)
        return err;
    *ret_handle = instance->handle;
    instance_leave(instance);
    return JET_errSuccess;
}
