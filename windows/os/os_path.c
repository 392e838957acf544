/* SPDX-License-Identifier: MIT */
/* os_path.c - paths as text, and what names refer to, on Win32.
 *
 * The functions on text treat '/' and '\' alike and add '\'. A path is a root and components:
 *
 *      \                  the root of the current drive       \\server\share\    a share
 *      C:\                the root of a drive                 \\?\anything\      past Windows' own reading of paths
 *      C:                 the current folder of a drive       \\?\UNC\server\share\
 *
 * "C:" takes no separator in a join: "C:name" lies in the drive's current folder, "C:\name" would be somewhere else.
 *
 * Renames are written through: when MoveFileExW returns, the new name is in the journal of the volume, and
 * os_folder_flush() has nothing to do.
 */
#include <stdlib.h>
#include <string.h>

#include "os/os_file.h"
#include "os_error_internal.h"
#include "os_path_internal.h"
#include "os_patience.h"
#include "os_text.h"

enum {
    SEPARATORS_BEFORE_UNC = 2,  /* "\\server" */
    SHARE_COMPONENTS = 2,       /* "server\share\" */
    VERBATIM_PREFIX_LENGTH = 4, /* "\\?\" */
    VERBATIM_UNC_LENGTH = 8,    /* "\\?\UNC\" */
};

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

static bool is_drive(const char *path)
{
    return ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) && path[1] == ':';
}

/* The index behind `count` components that begin at `index`, and behind the separators that follow them. */
static size_t skip_components(const char *path, size_t index, unsigned count)
{
    for (; count > 0; count--) {
        while (path[index] != '\0' && !is_separator(path[index]))
            index++;
        while (is_separator(path[index]))
            index++;
    }
    return index;
}

static bool is_verbatim(const char *path)
{
    return is_separator(path[0]) && is_separator(path[1]) && (path[2] == '?' || path[2] == '.') &&
           is_separator(path[3]);
}

static bool is_verbatim_unc(const char *path)
{
    const char *word = path + VERBATIM_PREFIX_LENGTH;
    return is_verbatim(path) && (word[0] | 0x20) == 'u' && (word[1] | 0x20) == 'n' && (word[2] | 0x20) == 'c' &&
           is_separator(word[3]);
}

size_t os_path_root_length(const char *path)
{
    if (is_verbatim_unc(path))
        return skip_components(path, VERBATIM_UNC_LENGTH, SHARE_COMPONENTS);
    if (is_verbatim(path))
        return skip_components(path, VERBATIM_PREFIX_LENGTH, 1);
    if (is_separator(path[0]) && is_separator(path[1]))
        return skip_components(path, SEPARATORS_BEFORE_UNC, SHARE_COMPONENTS);
    if (is_separator(path[0]))
        return 1;
    if (is_drive(path))
        return is_separator(path[2]) ? 3 : 2;
    return 0;
}

/* The length of `path` without the separators at its end, as far as they are not part of its root. */
static size_t trimmed_length(const char *path, size_t length, size_t root_length)
{
    while (length > root_length && is_separator(path[length - 1]))
        length--;
    return length;
}

static char *path_copy(const char *path, size_t length)
{
    char *copy = malloc(length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, path, length);
    copy[length] = '\0';
    return copy;
}

char *os_path_join(const char *folder, const char *name)
{
    size_t folder_length = strlen(folder);
    size_t name_size = strlen(name) + 1;
    bool is_bare_drive = folder_length == 2 && is_drive(folder);
    bool needs_separator = folder_length > 0 && !is_separator(folder[folder_length - 1]) && !is_bare_drive;
    char *path = malloc(folder_length + 1 + name_size);
    if (!path)
        return NULL;
    memcpy(path, folder, folder_length);
    if (needs_separator)
        path[folder_length++] = '\\';
    memcpy(path + folder_length, name, name_size);
    return path;
}

const char *os_path_name(const char *path)
{
    const char *name = is_drive(path) ? path + 2 : path;
    for (const char *c = name; *c != '\0'; c++) {
        if (is_separator(*c))
            name = c + 1;
    }
    return name;
}

char *os_path_parent(const char *path)
{
    size_t root_length = os_path_root_length(path);
    size_t length = trimmed_length(path, strlen(path), root_length);
    while (length > root_length && !is_separator(path[length - 1]))
        length--;
    length = trimmed_length(path, length, root_length);
    return length > 0 ? path_copy(path, length) : path_copy(".", 1);
}

bool os_path_is_folder(const wchar_t *path)
{
    DWORD kept = GetLastError();
    DWORD attributes = GetFileAttributesW(path);
    SetLastError(kept);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

jet_err os_path_error(const wchar_t *path)
{
    DWORD system = GetLastError();
    if (system == ERROR_ACCESS_DENIED && os_path_is_folder(path))
        system = ERROR_DIRECTORY;
    return os_error_from(system);
}

bool os_path_is_device(const wchar_t *path)
{
    return wcsncmp(path, L"\\\\.\\", wcslen(L"\\\\.\\")) == 0;
}

/* FILETIME counts 100 ns since 1601. */
static int64_t filetime_to_unix_s(FILETIME time)
{
    int64_t ticks = (int64_t)((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime);
    return ticks / 10000000 - 11644473600;
}

/* The name is there, and what it names cannot be opened as a file: a socket on Windows, and on a Unix disk under
 * Wine. */
static bool error_means_other(DWORD system)
{
    return system == ERROR_CANT_ACCESS_FILE || system == OS_ERROR_NO_SUCH_DEVICE;
}

static struct os_path_info handle_info(HANDLE handle)
{
    BY_HANDLE_FILE_INFORMATION found;
    struct os_path_info info = {.kind = OS_PATH_OTHER};
    if (GetFileType(handle) != FILE_TYPE_DISK || !GetFileInformationByHandle(handle, &found))
        return info;
    info.modified_unix_s = filetime_to_unix_s(found.ftLastWriteTime);
    if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
        info.kind = OS_PATH_FOLDER;
        return info;
    }
    info.kind = OS_PATH_FILE;
    info.size_bytes = (uint64_t)found.nFileSizeHigh << 32 | found.nFileSizeLow;
    return info;
}

jet_err os_path_stat(const char *path, struct os_path_info *ret_info)
{
    wchar_t *wide = NULL;
    jet_err err = os_text_to_path(path, &wide);
    if (err < JET_errSuccess)
        return err;
    /* Attributes only, so that no share mode of others refuses us; BACKUP_SEMANTICS admits folders. Opening follows
     * links, which GetFileAttributesExW does not. */
    HANDLE handle =
        CreateFileW(wide, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    if (handle != INVALID_HANDLE_VALUE) {
        *ret_info = handle_info(handle);
        CloseHandle(handle);
    } else if (error_means_other(GetLastError())) {
        *ret_info = (struct os_path_info){.kind = OS_PATH_OTHER};
    } else if (GetLastError() == ERROR_PATH_NOT_FOUND && wide[0] != L'\0') {
        err = os_error_found(JET_errFileNotFound, ERROR_PATH_NOT_FOUND);
    } else {
        err = os_error_from_system();
    }
    free(wide);
    return err;
}

/* "Access denied" is also what Windows says of a folder in which something is open, and of a target that is open or
 * about to be gone; but of a target that is a folder, or read-only, it means what it says. */
static bool rename_is_held_up(const wchar_t *to)
{
    const DWORD error = GetLastError();
    if (error != ERROR_ACCESS_DENIED)
        return os_patience_is_in_use(error);
    const DWORD attributes = GetFileAttributesW(to);
    SetLastError(error);
    return attributes == INVALID_FILE_ATTRIBUTES ||
           (attributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_READONLY)) == 0;
}

static bool rename_wide(const wchar_t *from, const wchar_t *to, DWORD flags)
{
    struct os_patience patience = {.limit_ms = OS_PATIENCE_RENAME_MS};
    bool is_done;
    do
        is_done = MoveFileExW(from, to, MOVEFILE_WRITE_THROUGH | flags);
    while (!is_done && rename_is_held_up(to) && os_patience_again(&patience));
    return is_done;
}

static jet_err path_rename(const char *from, const char *to, DWORD flags)
{
    wchar_t *wide_from = NULL;
    wchar_t *wide_to = NULL;
    jet_err err = os_text_to_path(from, &wide_from);
    if (err < JET_errSuccess)
        goto done;
    err = os_text_to_path(to, &wide_to);
    if (err < JET_errSuccess)
        goto done;
    if (!rename_wide(wide_from, wide_to, flags))
        err = os_path_error(wide_to);
    else if (!(flags & MOVEFILE_REPLACE_EXISTING) && wcscmp(wide_from, wide_to) == 0)
        err = os_error_from(ERROR_ALREADY_EXISTS); /* to its own name: Windows does nothing and calls it done */
done:
    free(wide_from);
    free(wide_to);
    return err;
}

jet_err os_path_rename_new(const char *from, const char *to)
{
    return path_rename(from, to, 0);
}

jet_err os_path_rename_over(const char *from, const char *to)
{
    return path_rename(from, to, MOVEFILE_REPLACE_EXISTING);
}

jet_err os_path_absolute(const char *path, char **ret_absolute)
{
    wchar_t *wide = NULL;
    wchar_t *full = NULL;
    if (path[0] == '\0')
        return os_error_found(JET_errInvalidPath, ERROR_INVALID_NAME);
    jet_err err = os_text_to_wide(path, &wide);
    if (err < JET_errSuccess)
        return err;
    DWORD room = GetFullPathNameW(wide, 0, NULL, NULL); /* with the NUL */
    if (room == 0) {
        err = os_error_from_system();
        goto done;
    }
    full = malloc(room * sizeof *full);
    if (!full) {
        err = os_error_from(ERROR_NOT_ENOUGH_MEMORY);
        goto done;
    }
    DWORD length = GetFullPathNameW(wide, room, full, NULL);
    if (length == 0)
        err = os_error_from_system();
    else if (length >= room)
        err = os_error_from(ERROR_INVALID_NAME); /* somebody changed the current folder meanwhile */
    else
        err = os_text_from_wide(full, length, ret_absolute);
done:
    free(full);
    free(wide);
    return err;
}

bool os_path_is_absolute(const char *path)
{
    return is_separator(path[0]) ? is_separator(path[1]) : is_drive(path) && is_separator(path[2]);
}
