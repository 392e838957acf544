/* SPDX-License-Identifier: MIT */
/* os_folder.c - folders on Win32: make, remove, list, and a place for temporary files.
 *
 * A listing matches "*", which Windows compares with nothing: patterns would also match the 8.3 names. FindExInfoBasic
 * leaves those names out, and LARGE_FETCH asks the file system for many entries at a time. The root of an empty volume
 * has not even "." and "..", and finding nothing there is reported as ERROR_FILE_NOT_FOUND.
 *
 * NTFS journals names by itself; Windows has no call that makes one folder durable, and needs none.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_clock.h"
#include "os/os_file.h"
#include "os_error_internal.h"
#include "os_path_internal.h"
#include "os_patience.h"
#include "os_text.h"

jet_err os_folder_create(const char *path)
{
    wchar_t *wide = NULL;
    jet_err err = os_text_to_path(path, &wide);
    if (err < JET_errSuccess)
        return err;
    if (!CreateDirectoryW(wide, NULL))
        err = os_error_from_system();
    free(wide);
    return err;
}

static bool remove_wide(const wchar_t *path)
{
    struct os_patience patience = {.limit_ms = OS_PATIENCE_REMOVE_MS};
    bool is_done;
    do
        is_done = RemoveDirectoryW(path);
    while (!is_done && os_patience_is_in_use(GetLastError()) && os_patience_again(&patience));
    return is_done;
}

jet_err os_folder_remove(const char *path)
{
    wchar_t *wide = NULL;
    jet_err err = os_text_to_path(path, &wide);
    if (err < JET_errSuccess)
        return err;
    if (!remove_wide(wide))
        err = os_error_from_system();
    free(wide);
    return err;
}

/* The list while it grows; `count` is list.count. */
struct folder_names {
    struct os_folder_list list;
    size_t room;
};

static jet_err folder_names_add(struct folder_names *names, const wchar_t *name)
{
    if (names->list.count == names->room) {
        size_t room = names->room ? names->room * 2 : 64;
        char **grown = realloc(names->list.names, room * sizeof *grown);
        if (!grown)
            return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
        names->list.names = grown;
        names->room = room;
    }
    jet_err err = os_text_from_wide(name, wcslen(name), &names->list.names[names->list.count]);
    if (err < JET_errSuccess)
        return err;
    names->list.count++;
    return JET_errSuccess;
}

static bool is_dots(const wchar_t *name)
{
    return wcscmp(name, L".") == 0 || wcscmp(name, L"..") == 0;
}

static jet_err folder_read(const wchar_t *pattern, struct folder_names *names)
{
    WIN32_FIND_DATAW entry;
    jet_err err = JET_errSuccess;
    HANDLE search =
        FindFirstFileExW(pattern, FindExInfoBasic, &entry, FindExSearchNameMatch, NULL, FIND_FIRST_EX_LARGE_FETCH);
    if (search == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND ? JET_errSuccess : os_error_from_system();
    do {
        if (!is_dots(entry.cFileName))
            err = folder_names_add(names, entry.cFileName);
        if (err < JET_errSuccess)
            goto done;
    } while (FindNextFileW(search, &entry));
    if (GetLastError() != ERROR_NO_MORE_FILES)
        err = os_error_from_system();
done:
    FindClose(search);
    return err;
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Refuses what is no folder, with the error of the name itself and not that of "name\*". */
static jet_err folder_check(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return os_error_from_system();
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY))
        return os_error_from(ERROR_DIRECTORY);
    return JET_errSuccess;
}

jet_err os_folder_list(const char *path, struct os_folder_list *ret_list)
{
    struct folder_names names = {0};
    wchar_t *wide = NULL;
    wchar_t *wide_pattern = NULL;
    char *pattern = os_path_join(path, "*");
    jet_err err = pattern ? os_text_to_path(path, &wide) : os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    if (err < JET_errSuccess)
        goto done;
    err = folder_check(wide);
    if (err < JET_errSuccess)
        goto done;
    err = os_text_to_path(pattern, &wide_pattern);
    if (err < JET_errSuccess)
        goto done;
    err = folder_read(wide_pattern, &names);
    if (err < JET_errSuccess)
        goto done;
    if (names.list.count > 0)
        qsort(names.list.names, names.list.count, sizeof *names.list.names, name_compare);
    *ret_list = names.list;
    names.list = (struct os_folder_list){0};
done:
    os_folder_list_free(&names.list);
    free(wide_pattern);
    free(wide);
    free(pattern);
    return err;
}

void os_folder_list_free(struct os_folder_list *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    *list = (struct os_folder_list){0};
}

jet_err os_folder_flush(const char *path)
{
    (void)path;
    return JET_errSuccess;
}

/* The user's folder for temporary files as UTF-8. */
static jet_err temporary_root(char **ret_path)
{
    wchar_t wide[MAX_PATH + 1];
    DWORD length = GetTempPathW(COUNT_OF(wide), wide);
    if (length == 0)
        return os_error_from_system();
    if (length > MAX_PATH)
        return os_error_from(ERROR_FILENAME_EXCED_RANGE);
    return os_text_from_wide(wide, length, ret_path);
}

/* `prefix` and 16 hexadecimal digits that nobody can guess, in `root`. */
static jet_err temporary_path(const char *root, const char *prefix, char **ret_path)
{
    uint64_t number;
    char digits[17];
    jet_err err = os_random_bytes(&number, sizeof number);
    if (err < JET_errSuccess)
        return err;
    (void)snprintf(digits, sizeof digits, "%08lx%08lx", (unsigned long)(number >> 32),
                   (unsigned long)(number & UINT32_MAX));
    char *stem = os_path_join(root, prefix);
    char *path = stem ? realloc(stem, strlen(stem) + sizeof digits) : NULL;
    if (!path) {
        free(stem);
        return os_error_from(ERROR_NOT_ENOUGH_MEMORY);
    }
    memcpy(path + strlen(path), digits, sizeof digits);
    *ret_path = path;
    return JET_errSuccess;
}

jet_err os_folder_create_temporary(const char *prefix, char **ret_path)
{
    char *root = NULL;
    char *path = NULL;
    jet_err err = temporary_root(&root);
    if (err < JET_errSuccess)
        goto fail;
    err = temporary_path(root, prefix, &path);
    if (err < JET_errSuccess)
        goto fail;
    err = os_folder_create(path); /* 64 random bits: a name that is taken is no accident, and an error */
    if (err < JET_errSuccess)
        goto fail;
    free(root);
    *ret_path = path;
    return JET_errSuccess;
fail:
    free(root);
    free(path);
    return err;
}
