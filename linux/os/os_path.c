/* SPDX-License-Identifier: MIT */
/* os_path.c - names of files: what they refer to, changing them, taking them apart.
 *
 * os_path_rename_new() decides whether a backup set may appear under its final name, so it must never replace anything.
 * The kernel does it in one step with RENAME_NOREPLACE. File systems that do not know the flag (NFS, many FUSE ones)
 * answer EINVAL; the way round differs by what is renamed:
 *
 *   - not a folder: link() refuses a taken name atomically; then the old name is unlinked. A crash in between leaves
 *     both names for the same whole file.
 *   - a folder, or no hard links there: look whether the name is free, then rename. rename() itself refuses to put a
 *     folder over a file or over a folder with something in it, so for folders the gap can only cost an empty folder
 *     that somebody made within it. For files on such a file system it can cost a file; nothing better exists.
 *
 * Names are bytes: nothing here looks at more than '/' and NUL.
 */
#include "os/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os_error_internal.h"

jet_err os_path_stat(const char *path, struct os_path_info *ret_info)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return errno == ENOENT && path[0] != '\0' ? os_error_from(errno) : os_error_from_path(errno, path);
    bool is_file = S_ISREG(info.st_mode);
    *ret_info = (struct os_path_info){
        .kind = is_file                 ? OS_PATH_FILE
                : S_ISDIR(info.st_mode) ? OS_PATH_FOLDER
                                        : OS_PATH_OTHER,
        .size_bytes = is_file ? (uint64_t)info.st_size : 0,
        .modified_unix_s = info.st_mtime,
    };
    return JET_errSuccess;
}

/* ENOENT of a rename may be about either name: if `from` is there, it is the folder of `to` that is missing. */
static jet_err rename_error(int number, const char *from, const char *to)
{
    struct stat info;
    bool about_to = number == ENOENT && from[0] != '\0' && lstat(from, &info) == 0;
    return os_error_from_path(number, about_to ? to : from);
}

static jet_err rename_after_look(const char *from, const char *to)
{
    struct stat info;
    if (lstat(to, &info) == 0)
        return os_error_from(EEXIST);
    if (rename(from, to) != 0)
        return rename_error(errno, from, to);
    return JET_errSuccess;
}

static jet_err rename_in_two_steps(const char *from, const char *to)
{
    struct stat info;
    if (lstat(from, &info) != 0)
        return os_error_from_path(errno, from);
    if (S_ISDIR(info.st_mode))
        return rename_after_look(from, to);
    if (link(from, to) != 0) {
        if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK)
            return rename_after_look(from, to);
        return rename_error(errno, from, to);
    }
    if (unlink(from) != 0) {
        jet_err err = os_error_from_path(errno, from);
        (void)unlink(to); /* back to how it was; the first error is the one to tell */
        return err;
    }
    return JET_errSuccess;
}

jet_err os_path_rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return JET_errSuccess;
    if (errno == EINVAL || errno == ENOSYS)
        return rename_in_two_steps(from, to);
    return rename_error(errno, from, to);
}

jet_err os_path_rename_over(const char *from, const char *to)
{
    if (rename(from, to) != 0)
        return rename_error(errno, from, to);
    return JET_errSuccess;
}

jet_err os_file_remove(const char *path)
{
    if (unlink(path) != 0)
        return os_error_from_path(errno, path);
    return JET_errSuccess;
}

char *os_path_join(const char *folder, const char *name)
{
    size_t folder_length = strlen(folder);
    size_t name_size = strlen(name) + 1;
    bool separate = folder_length > 0 && folder[folder_length - 1] != '/';
    char *path = malloc(folder_length + separate + name_size);
    if (!path)
        return NULL;
    memcpy(path, folder, folder_length);
    if (separate)
        path[folder_length] = '/';
    memcpy(path + folder_length + separate, name, name_size);
    return path;
}

const char *os_path_name(const char *path)
{
    const char *separator = strrchr(path, '/');
    return separator ? separator + 1 : path;
}

/* The length of `path` without the separators at its end; "/" keeps its own. */
static size_t length_without_separators(const char *path, size_t length)
{
    while (length > 1 && path[length - 1] == '/')
        length--;
    return length;
}

char *os_path_parent(const char *path)
{
    size_t length = length_without_separators(path, strlen(path));
    while (length > 0 && path[length - 1] != '/')
        length--;
    if (length == 0)
        return strdup(".");
    return strndup(path, length_without_separators(path, length));
}

jet_err os_path_absolute(const char *path, char **ret_absolute)
{
    if (path[0] == '\0')
        return os_error_found(JET_errInvalidPath, ENOENT);
    char *folder = path[0] == '/' ? NULL : getcwd(NULL, 0);
    if (path[0] != '/' && !folder)
        return os_error_from(errno);
    char *absolute = folder ? os_path_join(folder, path) : strdup(path);
    free(folder);
    if (!absolute)
        return os_error_from(ENOMEM);
    *ret_absolute = absolute;
    return JET_errSuccess;
}

bool os_path_is_absolute(const char *path)
{
    return path[0] == '/';
}
