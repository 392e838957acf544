/* SPDX-License-Identifier: MIT */
#include "vss_instance.h"

#include <stdlib.h>

#include <windows.h>

#include "../os/os_text.h"
#include "jet/instance_status.h"

bool vss_name_equal(const wchar_t *a, const wchar_t *b)
{
    return CompareStringOrdinal(a, -1, b, -1, TRUE) == CSTR_EQUAL;
}

/* ---- texts ---- */

static jet_err copy(const wchar_t *text, size_t length, wchar_t **ret_copy)
{
    wchar_t *made = malloc((length + 1) * sizeof *made);
    if (!made)
        return JET_errOutOfMemory;
    wmemcpy(made, text, length);
    made[length] = L'\0';
    *ret_copy = made;
    return JET_errSuccess;
}

static jet_err join(const wchar_t *first, const wchar_t *second, wchar_t **ret_text)
{
    const size_t length = wcslen(first) + wcslen(second);
    wchar_t *made = malloc((length + 1) * sizeof *made);
    if (!made)
        return JET_errOutOfMemory;
    wcscpy(made, first);
    wcscat(made, second);
    *ret_text = made;
    return JET_errSuccess;
}

/* ---- paths ---- */

/* VSS compares the texts of paths with those of volumes: without the prefix of long names. */
static const wchar_t *without_prefix(const wchar_t *path)
{
    static const wchar_t prefix[] = L"\\\\?\\";
    const size_t length = sizeof prefix / sizeof *prefix - 1;
    return wcsncmp(path, prefix, length) == 0 && path[length + 1] == L':' ? path + length : path;
}

static jet_err absolute(const wchar_t *path, wchar_t **ret_path)
{
    const DWORD size = GetFullPathNameW(without_prefix(path), 0, NULL, NULL);
    wchar_t *made = size ? malloc(size * sizeof *made) : NULL;
    if (!made)
        return size ? JET_errOutOfMemory : JET_errInvalidPath;
    const DWORD length = GetFullPathNameW(without_prefix(path), size, made, NULL);
    if (length == 0 || length >= size) {
        free(made);
        return JET_errInvalidPath;
    }
    *ret_path = made;
    return JET_errSuccess;
}

static jet_err folder_of(const wchar_t *path, wchar_t **ret_folder)
{
    jet_err err = absolute(path, ret_folder);
    if (err < JET_errSuccess)
        return err;
    wchar_t *last = *ret_folder + wcslen(*ret_folder) - 1;
    if (*last == L'\\')
        *last = L'\0';
    return JET_errSuccess;
}

/* "C:\mail\mail.edb" -> "C:\mail", "mail.edb" */
static jet_err split(const wchar_t *path, wchar_t **ret_folder, wchar_t **ret_file)
{
    wchar_t *whole;
    jet_err err = absolute(path, &whole);
    if (err < JET_errSuccess)
        return err;
    const wchar_t *slash = wcsrchr(whole, L'\\');
    err = slash ? copy(slash + 1, wcslen(slash + 1), ret_file) : JET_errInvalidPath;
    if (err >= JET_errSuccess)
        err = copy(whole, (size_t)(slash - whole), ret_folder);
    free(whole);
    return err;
}

/* ---- one instance ---- */

enum { PARAMETER_ROOM = 1024 }; /* more than any path of a parameter has */

static jet_err parameter(JET_INSTANCE handle, uint32_t which, wchar_t *text)
{
    return JetGetSystemParameterW(handle, 0, which, NULL, (WCHAR *)text, PARAMETER_ROOM * sizeof *text);
}

static jet_err take_folder(JET_INSTANCE handle, uint32_t which, wchar_t **ret_folder)
{
    wchar_t text[PARAMETER_ROOM] = L"";
    jet_err err = parameter(handle, which, text);
    return err < JET_errSuccess ? err : folder_of(text, ret_folder);
}

/* The parameter is a file, or a folder with the file "tmp.edb" in it if it ends in a backslash. */
static jet_err take_temporary(struct vss_instance *instance)
{
    wchar_t text[PARAMETER_ROOM] = L"";
    jet_err err = parameter(instance->handle, JET_paramTempPath, text);
    const size_t length = wcslen(text);
    if (err < JET_errSuccess || length == 0)
        return err;
    if (text[length - 1] != L'\\' && text[length - 1] != L'/')
        return split(text, &instance->temporary_folder, &instance->temporary_file);
    err = folder_of(text, &instance->temporary_folder);
    return err < JET_errSuccess ? err : join(L"tmp", L".edb", &instance->temporary_file);
}

static jet_err take_patterns(struct vss_instance *instance)
{
    wchar_t base[PARAMETER_ROOM] = L"";
    JET_API_PTR names = 0;
    jet_err err = parameter(instance->handle, JET_paramBaseName, base);
    if (err >= JET_errSuccess)
        err = JetGetSystemParameterW(instance->handle, 0, JET_paramLegacyFileNames, &names, NULL, 0);
    if (err < JET_errSuccess)
        return err;
    const bool is_legacy = (names & JET_bitESE98FileNames) != 0;
    err = join(base, is_legacy ? L"*.log" : L"*.jtx", &instance->log_pattern);
    return err < JET_errSuccess ? err : join(base, is_legacy ? L"*.chk" : L"*.jcp", &instance->checkpoint_pattern);
}

/* Two databases of an instance may have files of one name in two folders, and one may be called like the logs. */
static bool is_taken(const struct vss_instance *instance, const wchar_t *component)
{
    bool is = vss_name_equal(component, VSS_LOGS_COMPONENT);
    for (size_t i = 0; i < instance->database_count; i++)
        is = is || vss_name_equal(component, instance->databases[i].component);
    return is;
}

static jet_err name_component(const struct vss_instance *instance, const wchar_t *file, wchar_t **ret_component)
{
    jet_err err = join(file, L"", ret_component);
    for (unsigned number = 2; err >= JET_errSuccess && is_taken(instance, *ret_component); number++) {
        wchar_t suffix[16];
        free(*ret_component);
        *ret_component = NULL;
        _snwprintf(suffix, sizeof suffix / sizeof *suffix, L" (%u)", number);
        err = join(file, suffix, ret_component);
    }
    return err;
}

static void database_done(struct vss_database *database)
{
    free(database->component);
    free(database->folder);
    free(database->file);
}

static jet_err take_database(struct vss_instance *instance, const char *path)
{
    struct vss_database database = {NULL, NULL, NULL};
    wchar_t *wide = NULL;
    jet_err err = os_text_to_wide(path, &wide);
    if (err >= JET_errSuccess)
        err = split(wide, &database.folder, &database.file);
    if (err >= JET_errSuccess)
        err = name_component(instance, database.file, &database.component);
    free(wide);
    if (err < JET_errSuccess)
        database_done(&database);
    else
        instance->databases[instance->database_count++] = database;
    return err;
}

static jet_err take_databases(struct vss_instance *instance)
{
    struct instance_status status;
    jet_err err = instance_status_init(&status, instance->handle);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < status.database_count && err >= JET_errSuccess; i++)
        err = take_database(instance, status.databases[i].path);
    instance_status_done(&status);
    return err;
}

static void instance_done(struct vss_instance *instance)
{
    free(instance->name);
    free(instance->system_path);
    free(instance->log_path);
    free(instance->temporary_folder);
    free(instance->temporary_file);
    free(instance->log_pattern);
    free(instance->checkpoint_pattern);
    for (size_t i = 0; i < instance->database_count; i++)
        database_done(&instance->databases[i]);
}

static jet_err instance_init(struct vss_instance *instance, const struct vss_named_instance *named)
{
    *instance = (struct vss_instance){.handle = named->handle};
    jet_err err = os_text_to_wide(named->name, &instance->name);
    if (err >= JET_errSuccess)
        err = take_folder(named->handle, JET_paramSystemPath, &instance->system_path);
    if (err >= JET_errSuccess)
        err = take_folder(named->handle, JET_paramLogFilePath, &instance->log_path);
    if (err >= JET_errSuccess)
        err = take_temporary(instance);
    if (err >= JET_errSuccess)
        err = take_patterns(instance);
    if (err >= JET_errSuccess)
        err = take_databases(instance);
    if (err < JET_errSuccess)
        instance_done(instance);
    return err;
}

/* ---- all of them ---- */

/* It has stopped since the host named it, or is about to: then it is not there, and the others are. */
static bool is_gone(jet_err err)
{
    return err == JET_errInvalidParameter || err == JET_errInvalidInstance || err == JET_errNotInitialized ||
           err == JET_errInitInProgress || err == JET_errRestoreInProgress || err == JET_errTermInProgress;
}

static jet_err visit(void *context, const struct vss_named_instance *named)
{
    struct vss_instances *instances = context;
    struct vss_instance *items = realloc(instances->items, (instances->count + 1) * sizeof *items);
    if (!items)
        return JET_errOutOfMemory;
    instances->items = items;
    jet_err err = instance_init(&items[instances->count], named);
    if (err >= JET_errSuccess)
        instances->count++;
    return is_gone(err) ? JET_errSuccess : err;
}

jet_err vss_instances_init(struct vss_instances *instances, const struct vss_writer_host *host)
{
    *instances = (struct vss_instances){NULL, 0};
    jet_err err = host->each(host->context, visit, instances);
    if (err < JET_errSuccess)
        vss_instances_done(instances);
    return err;
}

void vss_instances_keep(struct vss_instances *instances, const bool *is_kept)
{
    size_t count = 0;
    for (size_t i = 0; i < instances->count; i++) {
        if (is_kept[i])
            instances->items[count++] = instances->items[i];
        else
            instance_done(&instances->items[i]);
    }
    instances->count = count;
}

void vss_instances_done(struct vss_instances *instances)
{
    for (size_t i = 0; i < instances->count; i++)
        instance_done(&instances->items[i]);
    free(instances->items);
    *instances = (struct vss_instances){NULL, 0};
}
