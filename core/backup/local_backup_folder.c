/* SPDX-License-Identifier: MIT */
#include "backup/local_backup_folder.h"

#include <stdlib.h>
#include <string.h>

#include "backup/local_backup.h"
#include "os/os_file.h"

static const char temp_name[] = "temp", new_name[] = "new", old_name[] = "old";

static jet_err exists(const char *folder, const char *name, bool *ret_exists)
{
    struct os_path_info info;
    char *path = os_path_join(folder, name);
    if (!path)
        return JET_errOutOfMemory;
    jet_err err = os_path_stat(path, &info);
    free(path);
    *ret_exists = err == JET_errSuccess;
    return err == JET_errFileNotFound ? JET_errSuccess : err;
}

/* ---- deleting ---- */

/* The files; something called "temp" is left alone. */
static jet_err delete_files(const char *folder)
{
    struct os_folder_list names;
    jet_err err = os_folder_list(folder, &names);
    if (err < JET_errSuccess)
        return JET_errDeleteBackupFileFail;
    for (size_t i = 0; i < names.count && err == JET_errSuccess; i++) {
        if (strcmp(names.names[i], temp_name) == 0)
            continue;
        char *path = os_path_join(folder, names.names[i]);
        if (!path)
            err = JET_errOutOfMemory;
        else if (os_file_remove(path) < JET_errSuccess)
            err = JET_errDeleteBackupFileFail;
        free(path);
    }
    os_folder_list_free(&names);
    return err;
}

static jet_err delete_folder(const char *folder, const char *name)
{
    bool is_there;
    jet_err err = exists(folder, name, &is_there);
    if (err < JET_errSuccess || !is_there)
        return err;
    char *path = os_path_join(folder, name);
    if (!path)
        return JET_errOutOfMemory;
    err = delete_files(path);
    if (err == JET_errSuccess && os_folder_remove(path) < JET_errSuccess)
        err = JET_errDeleteBackupFileFail;
    free(path);
    return err;
}

jet_err local_backup_discard(const char *folder)
{
    return delete_folder(folder, temp_name);
}

/* ---- moving ---- */

static jet_err rename_folder(const char *folder, const char *from, const char *to)
{
    jet_err err = JET_errOutOfMemory;
    char *source = os_path_join(folder, from);
    char *target = os_path_join(folder, to);
    if (source && target)
        err = os_path_rename_new(source, target);
    free(source);
    free(target);
    return err == JET_errSuccess ? os_folder_flush(folder) : err;
}

/* The last backup steps back: until the next one is whole, or because logs are added to it. */
static jet_err step_back(const char *folder)
{
    bool has_new;
    jet_err err = exists(folder, new_name, &has_new);
    if (err < JET_errSuccess || !has_new)
        return err;
    err = delete_folder(folder, old_name);
    return err == JET_errSuccess ? rename_folder(folder, new_name, old_name) : err;
}

jet_err local_backup_promote(const char *folder)
{
    jet_err err = rename_folder(folder, temp_name, new_name);
    return err == JET_errSuccess ? delete_folder(folder, old_name) : err;
}

/* ---- making room ---- */

/* A folder that is not there is empty: the first file will tell. */
static jet_err check_empty(const char *folder)
{
    struct os_folder_list names;
    struct os_path_info info;
    jet_err err = os_path_stat(folder, &info);
    if (err == JET_errFileNotFound)
        return JET_errSuccess;
    if (err == JET_errSuccess)
        err = os_folder_list(folder, &names);
    if (err < JET_errSuccess)
        return err;
    err = names.count == 0 ? JET_errSuccess : JET_errBackupDirectoryNotEmpty;
    os_folder_list_free(&names);
    return err;
}

static jet_err check_not_atomic(const char *folder)
{
    bool has_new, has_old = false;
    jet_err err = exists(folder, new_name, &has_new);
    if (err == JET_errSuccess)
        err = exists(folder, old_name, &has_old);
    if (err < JET_errSuccess)
        return err;
    return has_new || has_old ? JET_errBackupDirectoryNotEmpty : JET_errSuccess;
}

static jet_err make_temp(const char *folder)
{
    char *path = os_path_join(folder, temp_name);
    if (!path)
        return JET_errOutOfMemory;
    jet_err err = os_folder_create(path);
    free(path);
    return err == JET_errSuccess ? JET_errSuccess : JET_errMakeBackupDirectoryFail;
}

jet_err local_backup_make_room(const char *folder, unsigned bits, char **ret_target)
{
    const bool is_incremental = bits & LOCAL_BACKUP_INCREMENTAL, is_atomic = bits & LOCAL_BACKUP_ATOMIC;
    const char *target = "";
    jet_err err = delete_folder(folder, temp_name);
    if (err == JET_errSuccess && is_atomic)
        err = step_back(folder);
    else if (err == JET_errSuccess)
        err = is_incremental ? check_not_atomic(folder) : check_empty(folder);
    if (err == JET_errSuccess && is_atomic && !is_incremental)
        err = make_temp(folder);
    if (err < JET_errSuccess)
        return err;
    if (is_atomic)
        target = is_incremental ? old_name : temp_name;
    *ret_target = os_path_join(folder, target);
    return *ret_target ? JET_errSuccess : JET_errOutOfMemory;
}
