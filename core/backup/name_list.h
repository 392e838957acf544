/* SPDX-License-Identifier: MIT */
/* name_list.h - the files that were made in one folder, to be able to undo. */
#ifndef COLDSTREAM_BACKUP_NAME_LIST_H
#define COLDSTREAM_BACKUP_NAME_LIST_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* Zeroed is empty. */
struct name_list {
    char **names;
    size_t count;
};

MUST_CHECK jet_err name_list_add(struct name_list *list, const char *name);
void name_list_done(struct name_list *list);

/* Removes the first `count` of these files from `folder`, the last one first. What cannot be removed stays. */
void name_list_remove_files(const struct name_list *list, size_t count, const char *folder);

#endif
