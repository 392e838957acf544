/* SPDX-License-Identifier: MIT */
/* local_backup_folder.h - the folders of local backups: what is made room for, what becomes what. Names are those of
 * the format. */
#ifndef COLDSTREAM_BACKUP_LOCAL_BACKUP_FOLDER_H
#define COLDSTREAM_BACKUP_LOCAL_BACKUP_FOLDER_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/jet_err.h"

/* Makes room in `folder` for a backup with these bits (local_backup.h), and says where its files go: for free(). Errors
 * as local_backup_run(). */
MUST_CHECK jet_err local_backup_make_room(const char *folder, unsigned bits, char **ret_target);

/* "temp" becomes "new", and "old" goes. */
MUST_CHECK jet_err local_backup_promote(const char *folder);

/* What an atomic backup that failed left in "temp" goes; nothing to do if there is none. */
MUST_CHECK jet_err local_backup_discard(const char *folder);

#endif
