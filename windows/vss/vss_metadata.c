/* SPDX-License-Identifier: MIT */
#include "vss_metadata.h"

enum {
    ALL_BACKUPS_AND_SNAPSHOTS = 0xF0F, /* each file is in every kind of backup, and comes from the shadow copy */
    SCHEMA = VSS_BS_COPY | VSS_BS_INCREMENTAL,
    NO_FLAGS = 0,
};

enum flag { NO, YES };

/* The first answer that is none of success is the one to tell. */
static jet_err told(HRESULT answer)
{
    if (SUCCEEDED(answer))
        return JET_errSuccess;
    return answer == E_OUTOFMEMORY ? JET_errOutOfMemory : JET_errInternalError;
}

static jet_err add_component(IVssCreateWriterMetadata *metadata, const struct vss_instance *instance,
                             const wchar_t *name)
{
    return told(metadata->lpVtbl->AddComponent(metadata, VSS_CT_DATABASE, instance->name, name, name, NULL, 0, NO, YES,
                                               YES, YES, NO_FLAGS));
}

static jet_err add_database(IVssCreateWriterMetadata *metadata, const struct vss_instance *instance,
                            const struct vss_database *database)
{
    jet_err err = add_component(metadata, instance, database->component);
    if (err < JET_errSuccess)
        return err;
    return told(metadata->lpVtbl->AddDatabaseFiles(metadata, instance->name, database->component, database->folder,
                                                   database->file, ALL_BACKUPS_AND_SNAPSHOTS));
}

/* Logs and checkpoint belong to all databases of the instance: a component of their own, so that they are taken
 * once. */
static jet_err add_logs(IVssCreateWriterMetadata *metadata, const struct vss_instance *instance)
{
    jet_err err = add_component(metadata, instance, VSS_LOGS_COMPONENT);
    if (err >= JET_errSuccess)
        err =
            told(metadata->lpVtbl->AddDatabaseLogFiles(metadata, instance->name, VSS_LOGS_COMPONENT, instance->log_path,
                                                       instance->log_pattern, ALL_BACKUPS_AND_SNAPSHOTS));
    if (err >= JET_errSuccess)
        err = told(metadata->lpVtbl->AddDatabaseLogFiles(metadata, instance->name, VSS_LOGS_COMPONENT,
                                                         instance->system_path, instance->checkpoint_pattern,
                                                         ALL_BACKUPS_AND_SNAPSHOTS));
    return err;
}

static jet_err add_instance(IVssCreateWriterMetadata *metadata, const struct vss_instance *instance)
{
    jet_err err = JET_errSuccess;
    for (size_t i = 0; i < instance->database_count && err >= JET_errSuccess; i++)
        err = add_database(metadata, instance, &instance->databases[i]);
    if (err >= JET_errSuccess)
        err = add_logs(metadata, instance);
    if (err >= JET_errSuccess && instance->temporary_file)
        err =
            told(metadata->lpVtbl->AddExcludeFiles(metadata, instance->temporary_folder, instance->temporary_file, NO));
    return err;
}

/* A service stops for a restore, and its writer with it: the writer has no part in it, and nobody waits for its word
 * afterwards. */
static jet_err set_restore_method(IVssCreateWriterMetadata *metadata, const wchar_t *service)
{
    return told(metadata->lpVtbl->SetRestoreMethod(
        metadata, service ? VSS_RME_STOP_RESTORE_START : VSS_RME_RESTORE_IF_CAN_REPLACE, service, NULL,
        service ? VSS_WRE_NEVER : VSS_WRE_ALWAYS, NO));
}

jet_err vss_metadata_write(IVssCreateWriterMetadata *metadata, const struct vss_instances *instances,
                           const wchar_t *service)
{
    jet_err err = set_restore_method(metadata, service);
    if (err >= JET_errSuccess)
        err = told(metadata->lpVtbl->SetBackupSchema(metadata, SCHEMA));
    for (size_t i = 0; i < instances->count && err >= JET_errSuccess; i++)
        err = add_instance(metadata, &instances->items[i]);
    return err;
}
