/* SPDX-License-Identifier: MIT */
/* sample_backup.h - a client that streams a running instance into a folder, as a backup manager does; and restores.
 *
 * For the demonstration and tests. Everything goes through the exported JET API.
 */
#ifndef COLDSTREAM_TOOL_SAMPLE_BACKUP_H
#define COLDSTREAM_TOOL_SAMPLE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

enum sample_backup_call {
    SAMPLE_BACKUP_LIST_DATABASES,
    SAMPLE_BACKUP_OPEN,
    SAMPLE_BACKUP_READ,
    SAMPLE_BACKUP_LIST_LOGS,
    SAMPLE_BACKUP_TRUNCATE,
};

struct sample_backup_request {
    JET_INSTANCE instance;
    const char *folder; /* exists; files get their own names in it */
    bool is_incremental;
    bool truncates;
    uint32_t buffer_size; /* of each read, bytes: a multiple of the page size, three pages at least */
    /* Before each streaming call behind begin. NULL: nobody is asked. */
    void (*before_call)(void *context, enum sample_backup_call call);
    void *context;
};

/* What a client has in its folder. An incremental backup adds to the result of those before it. */
struct sample_backup_result {
    uint32_t databases; /* read to their ends */
    uint32_t first,
        last; /* generations that the logs were listed with: all that recovery of this set is to go through; 0: none */
    uint32_t logs;  /* of them, read to their ends in the last backup */
    uint32_t calls; /* streaming calls behind begin, of the last backup */
    uint64_t bytes; /* of the last backup */
};

/* Takes a backup, and ends it in any case. JET_errBackupAbortByServer: it was stopped. Files that were there already
 * are replaced; `result` is updated as files arrive. JET_errFileIOBeyondEOF: a file was of another size than
 * announced. */
MUST_CHECK jet_err sample_backup_take(const struct sample_backup_request *request, struct sample_backup_result *result);

/* Copies `database` to `copy`, which does not exist. Nothing is flushed. */
MUST_CHECK jet_err sample_backup_copy(const char *database, const char *copy);

/* Recovers `database`, a copy of a database of the set in `set_folder` whose path was `original`, with the logs of the
 * set from `first` to `last` (JetExternalRestore). `folder` is for the files that this makes. */
struct sample_restore_request {
    const char *original, *database;
    const char *set_folder;
    uint32_t first, last;
    const char *folder;
};
MUST_CHECK jet_err sample_backup_restore(const struct sample_restore_request *request);

#endif
