/* SPDX-License-Identifier: MIT */
/* run.h - the pump: one whole backup, from begin to end, into a sink. */
#ifndef COLDSTREAM_BACKUP_RUN_H
#define COLDSTREAM_BACKUP_RUN_H

#include "backup/backup.h"
#include "backup/manifest.h"
#include "backup/sink.h"

struct backup_run_options {
    const char *tool_version; /* for the manifest */
    bool incremental;         /* logs only: live sources and streams */
    bool
        sources_are_foreign; /* paths are those of another machine or process: nothing is looked at under these names here */
    bool truncate; /* delete logs that the backup makes superfluous, when the set is safe: live sources and streams */
    /* Set before begin: the backup is stopped as soon as it has begun. (A plain stop before begin is forgotten.)
     * NULL: none. */
    struct os_event *stopped_before;
    struct finding_listener found;
    /* Called after each buffer, and once for each whole file; both may be NULL. `index` counts from 1. */
    void (*progress)(void *context, enum backup_file_kind role, const char *name, unsigned index, uint64_t bytes_done);
    void (*file)(void *context, const struct manifest_file *file, const struct database_page_counts *counts);
    void *context;
};

struct backup_run_result {
    uint64_t files, bytes; /* of the set, the manifest not counted; as far as it came */
    lgen_t first_generation, last_generation;
    bool recoverable;
    char digest[MANIFEST_DIGEST_TEXT_SIZE]; /* of the manifest; "" if there is none */
};

/* Backs up everything that `b`'s source has, into `sink`, which is finished and freed in any case. On success the set
 * is whole and durable, and truncation and the recorded end came after that; a stop that came between them left the
 * logs. JET_errBackupAbortByServer: stopped before, and there is no whole set. `*ret_result` is always written. */
MUST_CHECK jet_err backup_run(struct backup *b, struct sink *sink, const struct backup_run_options *options,
                              struct backup_run_result *ret_result);

#endif
