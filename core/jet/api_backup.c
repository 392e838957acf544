/* SPDX-License-Identifier: MIT */
/* api_backup.c - the streaming backup of a running instance: the entry points without text. Those with text are in
 * api_backup.inc.
 *
 * A form without an instance means the only one. Order of checks, states, errors: backup/backup.c. Every call is
 * counted in the instance (process.h), so a termination waits for it; the stop is not, and waits for nothing.
 */
#include "backup/backup.h"
#include "jet/esent.h"
#include "jet/instance_backup.h"

_Static_assert(BACKUP_BIT_INCREMENTAL == JET_bitBackupIncremental && BACKUP_BIT_SURROGATE == JET_bitBackupSurrogate &&
                   BACKUP_BIT_INTERNAL_COPY == JET_bitInternalCopy && BACKUP_BIT_END_NORMAL == JET_bitBackupEndNormal &&
                   BACKUP_BIT_END_ABORT == JET_bitBackupEndAbort &&
                   BACKUP_BIT_TRUNCATE_DONE == JET_bitBackupTruncateDone &&
                   BACKUP_BIT_NO_HEADER_UPDATE == JET_bitBackupNoDbHeaderUpdate,
               "flags pass through");

/* ---- what the calls do, in an instance that was entered ---- */

static jet_err leave(struct instance *instance, jet_err err)
{
    instance_leave(instance);
    return err;
}

static jet_err begin(struct instance *instance, JET_GRBIT grbit)
{
    return leave(instance, backup_begin(instance->backup, grbit));
}

/* The handle of the one file is 0. Another one is no file at all: the machine says what comes before that. */
static jet_err read_file(struct instance *instance, JET_HANDLE file, void *buffer, uint32_t size, uint32_t *ret_actual)
{
    size_t actual = 0;
    jet_err err = backup_read(instance->backup, file == 0 ? buffer : NULL, size, &actual);
    if (err >= JET_errSuccess && ret_actual)
        *ret_actual = (uint32_t)actual;
    return leave(instance, err);
}

static jet_err close_file(struct instance *instance, JET_HANDLE file)
{
    if (file == 0)
        return leave(instance, backup_close(instance->backup));
    const bool is_streaming = backup_occupant(instance->backup) == BACKUP_OCCUPANT_STREAMING;
    return leave(instance, is_streaming ? JET_errInvalidParameter : JET_errNoBackup);
}

static jet_err truncate_logs(struct instance *instance)
{
    return leave(instance, backup_truncate(instance->backup));
}

static jet_err end(struct instance *instance, JET_GRBIT grbit)
{
    return leave(instance, backup_end(instance->backup, grbit));
}

/* ---- entry points ---- */

JET_ERR JET_API JetBeginExternalBackupInstance(JET_INSTANCE instance, JET_GRBIT grbit)
{
    struct instance *found;
    jet_err err = instance_enter(instance, &found);
    return err < JET_errSuccess ? err : begin(found, grbit);
}

JET_ERR JET_API JetBeginExternalBackup(JET_GRBIT grbit)
{
    struct instance *found;
    jet_err err = instance_enter_only(&found);
    return err < JET_errSuccess ? err : begin(found, grbit);
}

JET_ERR JET_API JetReadFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile, void *pv, uint32_t cb,
                                    uint32_t *pcbActual)
{
    struct instance *found;
    jet_err err = instance_enter(instance, &found);
    return err < JET_errSuccess ? err : read_file(found, hfFile, pv, cb, pcbActual);
}

JET_ERR JET_API JetReadFile(JET_HANDLE hfFile, void *pv, uint32_t cb, uint32_t *pcbActual)
{
    struct instance *found;
    jet_err err = instance_enter_only(&found);
    return err < JET_errSuccess ? err : read_file(found, hfFile, pv, cb, pcbActual);
}

JET_ERR JET_API JetCloseFileInstance(JET_INSTANCE instance, JET_HANDLE hfFile)
{
    struct instance *found;
    jet_err err = instance_enter(instance, &found);
    return err < JET_errSuccess ? err : close_file(found, hfFile);
}

JET_ERR JET_API JetCloseFile(JET_HANDLE hfFile)
{
    struct instance *found;
    jet_err err = instance_enter_only(&found);
    return err < JET_errSuccess ? err : close_file(found, hfFile);
}

JET_ERR JET_API JetTruncateLogInstance(JET_INSTANCE instance)
{
    struct instance *found;
    jet_err err = instance_enter(instance, &found);
    return err < JET_errSuccess ? err : truncate_logs(found);
}

JET_ERR JET_API JetTruncateLog(void)
{
    struct instance *found;
    jet_err err = instance_enter_only(&found);
    return err < JET_errSuccess ? err : truncate_logs(found);
}

JET_ERR JET_API JetEndExternalBackupInstance2(JET_INSTANCE instance, JET_GRBIT grbit)
{
    struct instance *found;
    jet_err err = instance_enter(instance, &found);
    return err < JET_errSuccess ? err : end(found, grbit);
}

JET_ERR JET_API JetEndExternalBackupInstance(JET_INSTANCE instance)
{
    return JetEndExternalBackupInstance2(instance, JET_bitBackupEndNormal);
}

JET_ERR JET_API JetEndExternalBackup(void)
{
    struct instance *found;
    jet_err err = instance_enter_only(&found);
    return err < JET_errSuccess ? err : end(found, JET_bitBackupEndNormal);
}

JET_ERR JET_API JetBeginSurrogateBackup(JET_INSTANCE instance, uint32_t lgenFirst, uint32_t lgenLast, JET_GRBIT grbit)
{
    struct instance *found;
    jet_err err = instance_enter(instance, &found);
    if (err < JET_errSuccess)
        return err;
    return leave(found, backup_begin_surrogate(found->backup, lgenFirst, lgenLast, grbit));
}

JET_ERR JET_API JetEndSurrogateBackup(JET_INSTANCE instance, JET_GRBIT grbit)
{
    struct instance *found;
    jet_err err = instance_enter(instance, &found);
    if (err < JET_errSuccess)
        return err;
    return leave(found, backup_end_surrogate(found->backup, grbit));
}

JET_ERR JET_API JetStopBackupInstance(JET_INSTANCE instance)
{
    return instance_backup_stop(instance);
}

JET_ERR JET_API JetStopBackup(void)
{
    return instance_backup_stop_only();
}
