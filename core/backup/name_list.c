/* SPDX-License-Identifier: MIT */
#include "backup/name_list.h"

#include <stdlib.h>
#include <string.h>

#include "backup/failure.h"
#include "base/array.h"
#include "os/os_file.h"

jet_err name_list_add(struct name_list *list, const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = malloc(size);
    char **names = copy ? array_grow(list->names, list->count, sizeof *names) : NULL;
    if (!names) {
        free(copy);
        return JET_errOutOfMemory;
    }
    memcpy(copy, name, size);
    list->names = names;
    names[list->count++] = copy;
    return JET_errSuccess;
}

void name_list_done(struct name_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    *list = (struct name_list){0};
}

void name_list_remove_files(const struct name_list *list, size_t count, const char *folder)
{
    while (count > 0) {
        char *path = os_path_join(folder, list->names[--count]);
        if (path)
            failure_drop(os_file_remove(path));
        free(path);
    }
}
