/* SPDX-License-Identifier: MIT */
/* file_list.h - the lists of files that the backup of an instance gives. */
#ifndef COLDSTREAM_HOST_FILE_LIST_H
#define COLDSTREAM_HOST_FILE_LIST_H

#include "host/host.h"

/* Zeroed: not known yet. */
struct file_list {
    struct host_file *files;
    size_t count;
    bool is_known;
};

void file_list_free(struct file_list *list);

/* Each replaces what is in the list. The engine's errors; JET_errOutOfMemory. */

/* JetGetAttachInfoInstance */
MUST_CHECK jet_err file_list_databases(JET_INSTANCE handle, struct file_list *list);
/* JetGetLogInfoInstance2; `info` has its size. */
MUST_CHECK jet_err file_list_logs(JET_INSTANCE handle, JET_LOGINFO_A *info, struct file_list *list);
/* JetGetTruncateLogInfoInstance */
MUST_CHECK jet_err file_list_superfluous(JET_INSTANCE handle, struct file_list *list);

uint64_t file_list_bytes(const struct file_list *list);

bool file_list_has(const struct file_list *list, const char *path);

#endif
