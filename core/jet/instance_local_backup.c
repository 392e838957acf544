/* SPDX-License-Identifier: MIT */
#include "jet/instance_local_backup.h"

#include <stdlib.h>

#include "backup/local_backup.h"
#include "jet/instance_config.h"
#include "os/os_file.h"

_Static_assert(LOCAL_BACKUP_INCREMENTAL == JET_bitBackupIncremental && LOCAL_BACKUP_ATOMIC == JET_bitBackupAtomic,
               "flags pass through");

/* Between its calls the backup holds no more than the handle. */
struct client {
    JET_INSTANCE handle;
    struct instance *inside; /* while one is under way */
    JET_PFNSTATUS status;
};

static jet_err enter(void *context, struct backup **ret_backup)
{
    struct client *client = context;
    jet_err err = instance_enter(client->handle, &client->inside);
    if (err < JET_errSuccess)
        return err;
    if (client->inside->handle != client->handle) { /* in the mode of one instance: the next one */
        instance_leave(client->inside);
        return JET_errInvalidParameter;
    }
    *ret_backup = client->inside->backup;
    return JET_errSuccess;
}

static void leave(void *context)
{
    struct client *client = context;
    instance_leave(client->inside);
}

/* What the client answers has no meaning. */
static void tell(void *context, bool is_complete)
{
    const struct client *client = context;
    JET_SNPROG progress = {sizeof progress, is_complete ? 100 : 0, 100};
    if (client->status)
        (void)client->status(JET_sesidNil, JET_snpBackup, is_complete ? JET_sntComplete : JET_sntBegin, &progress);
}

static jet_err check_grbit(JET_GRBIT grbit)
{
    const JET_GRBIT known = JET_bitBackupIncremental | JET_bitBackupAtomic | JET_bitBackupSnapshot;
    return (grbit & ~known) != 0 ? JET_errInvalidGrbit : JET_errSuccess;
}

static jet_err truncate_only(struct instance *instance)
{
    jet_err err = local_backup_truncate(instance->backup, instance->engine);
    instance_leave(instance);
    return err;
}

static jet_err make_folder(struct instance *instance, const char *folder)
{
    struct process *process;
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    const bool is_wanted = param_number(&instance->params, JET_paramCreatePathIfNotExist) != 0;
    process_unlock(process);
    return is_wanted ? instance_make_folder(folder) : JET_errSuccess;
}

static jet_err run(struct client *client, const char *folder, JET_GRBIT grbit)
{
    const struct local_backup options = {
        .folder = folder,
        .bits = grbit & (LOCAL_BACKUP_INCREMENTAL | LOCAL_BACKUP_ATOMIC),
        .enter = enter,
        .leave = leave,
        .tell = tell,
        .context = client,
    };
    return local_backup_run(&options);
}

jet_err instance_local_backup(struct instance *instance, const char *path, JET_GRBIT grbit, JET_PFNSTATUS status)
{
    struct client client = {.handle = instance->handle, .status = status};
    char *folder = NULL;
    jet_err err = check_grbit(grbit);
    if (err >= JET_errSuccess && (!path || path[0] == '\0'))
        return truncate_only(instance);
    if (err >= JET_errSuccess)
        err = os_path_absolute(path, &folder);
    if (err >= JET_errSuccess)
        err = make_folder(instance, folder);
    instance_leave(instance);
    if (err >= JET_errSuccess)
        err = run(&client, folder, grbit);
    free(folder);
    return err;
}
