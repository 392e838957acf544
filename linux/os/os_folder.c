/* SPDX-License-Identifier: MIT */
/* os_folder.c - folders: make, remove, list, make durable.
 *
 * Making a file's data durable does not make its name durable: that is a property of the folder, and fsync() of the
 * folder's descriptor is the way to ask for it. Some network and FUSE file systems have no such operation and answer
 * EINVAL; their names are as durable as they will ever be, so that is no error.
 */
#include "os/os_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os_error_internal.h"

jet_err os_folder_create(const char *path)
{
    if (mkdir(path, 0700) != 0)
        return os_error_from_path(errno, path);
    return JET_errSuccess;
}

jet_err os_folder_remove(const char *path)
{
    if (rmdir(path) != 0)
        return os_error_from_path(errno, path);
    return JET_errSuccess;
}

static jet_err list_append(struct os_folder_list *list, size_t *capacity, const char *name)
{
    if (list->count == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 16;
        char **names = reallocarray(list->names, wanted, sizeof *names);
        if (!names)
            return os_error_from(ENOMEM);
        list->names = names;
        *capacity = wanted;
    }
    list->names[list->count] = strdup(name);
    if (!list->names[list->count])
        return os_error_from(ENOMEM);
    list->count++;
    return JET_errSuccess;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static jet_err list_read(DIR *folder, struct os_folder_list *list)
{
    size_t capacity = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return errno == 0 ? JET_errSuccess : os_error_from(errno);
        if (is_dots(entry->d_name))
            continue;
        jet_err err = list_append(list, &capacity, entry->d_name);
        if (err < JET_errSuccess)
            return err;
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b); /* compares as unsigned char */
}

jet_err os_folder_list(const char *path, struct os_folder_list *ret_list)
{
    struct os_folder_list list = {0};
    DIR *folder = opendir(path);
    if (!folder)
        return os_error_from_path(errno, path);
    jet_err err = list_read(folder, &list);
    (void)closedir(folder);
    if (err < JET_errSuccess) {
        os_folder_list_free(&list);
        return err;
    }
    if (list.count > 1)
        qsort(list.names, list.count, sizeof *list.names, compare_names);
    *ret_list = list;
    return JET_errSuccess;
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
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return os_error_from_path(errno, path);
    int number = 0;
    while (fsync(fd) != 0) {
        number = errno;
        if (number != EINTR)
            break;
        number = 0;
    }
    (void)close(fd);
    return number == 0 || number == EINVAL ? JET_errSuccess : os_error_from(number);
}

jet_err os_folder_create_temporary(const char *prefix, char **ret_path)
{
    const char *folder = getenv("TMPDIR");
    char *path;
    if (!folder || folder[0] == '\0')
        folder = "/tmp";
    if (asprintf(&path, "%s/%s-XXXXXX", folder, prefix) < 0)
        return os_error_from(ENOMEM);
    if (!mkdtemp(path)) {
        jet_err err = os_error_from_path(errno, path);
        free(path);
        return err;
    }
    *ret_path = path;
    return JET_errSuccess;
}
