/* SPDX-License-Identifier: MIT */
/* source.h - where a backup's bytes come from: the seam between the streaming machine and what it streams.
 *
 * The machine (backup.c) owns states, order of calls, sizes, refusals and the stop. A source owns files. Today there is
 * one, an offline database with its logs (source_offline.c); the live engine is another. Every slot is filled; a
 * source with nothing to do has a function that does nothing and says why.
 *
 * The machine calls a source from one thread at a time and never after `free`. A source never calls the machine.
 * Findings go to the listener passed to each call that reads.
 */
#ifndef COLDSTREAM_BACKUP_SOURCE_H
#define COLDSTREAM_BACKUP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/types.h"
#include "format/stamp.h"
#include "storage/database_file.h"

/* What a backup is about, fixed at begin. */
enum backup_kind {
    BACKUP_FULL,
    BACKUP_INCREMENTAL,
    BACKUP_SURROGATE, /* taken elsewhere, only recorded here */
};

/* How a backup ended: recorded by the source (headers, log records) and reported to whoever asks; never a return value. */
enum backup_outcome {
    BACKUP_OUTCOME_NONE, /* none has ended yet */
    BACKUP_OUTCOME_NORMAL,
    BACKUP_OUTCOME_ABORTED_BY_CALLER,
    BACKUP_OUTCOME_ABORTED_BY_SERVER,
    BACKUP_OUTCOME_FAILED, /* torn down by an error of a call */
};

/* A list of paths, owned by the source until the next list call or end. */
struct backup_list {
    const char *const *paths;
    size_t count;
};

/* The generations of a backup, half-open: logs to copy and logs that may be deleted. */
struct backup_generations {
    lgen_t copy_first, copy_end;
    lgen_t delete_first, delete_end;
};

/* One database as it will be streamed: fixed when it is opened. */
struct backup_database_view {
    uint32_t page_size;
    pgno_t last_page;                   /* last page to stream */
    uint32_t tail_bytes;                /* offline only: bytes behind the last whole page, streamed as they are */
    bool has_trailer;                   /* live only: one trailer page follows (backup-copy format) */
    const void *headers;                /* two header pages, as the client gets them; owned by the source until close */
    const struct dbheader_disk *header; /* the one that counts, decoded from them */
};

enum backup_file_kind {
    BACKUP_FILE_DATABASE,
    BACKUP_FILE_LOG,
    BACKUP_FILE_CHECKPOINT,
};

struct backup_source;

struct backup_source_ops {
    /* Conditions of begin (backup-api.md 2.3, checks 1 to 4, 6, 7, 9, 10, 13, 14): JET_errBackupNotAllowedYet, JET_errLoggingDisabled,
     * JET_errLogWriteFail, JET_errInvalidBackup (incremental or surrogate with circular logging), JET_errLogDiskFull, JET_errLogSequenceEnd ... */
    jet_err (*begin)(struct backup_source *source, enum backup_kind kind);
    /* Condition 13, per attached database of an incremental backup: JET_errMissingFullBackup. */
    jet_err (*check_incremental)(struct backup_source *source);
    /* Full paths of the attached databases. */
    jet_err (*databases)(struct backup_source *source, struct backup_list *ret_list);
    /* Opens a database of that list. JET_errDatabaseNotFound if it is not one. */
    jet_err (*open_database)(struct backup_source *source, const char *path, const struct finding_listener *listener,
                             struct backup_database_view *ret_view);
    /* Reads pages of the open database, verified (storage/database_file.h says what comes back). */
    jet_err (*read_pages)(struct backup_source *source, pgno_t first, uint32_t count, void *buffer,
                          const struct finding_listener *listener);
    jet_err (*read_tail)(struct backup_source *source, void *buffer);
    /* Fills the trailer page; only called if has_trailer. */
    jet_err (*make_trailer)(struct backup_source *source, void *page);
    /* First list of logs of a backup: rolls the log if it can, fixes the generations. */
    jet_err (*prepare_logs)(struct backup_source *source, enum backup_kind kind,
                            const struct finding_listener *listener, struct backup_generations *ret_generations);
    /* Paths of the logs to copy, then of the checkpoint if the source streams it; and of the logs that may be deleted. */
    jet_err (*logs)(struct backup_source *source, struct backup_list *ret_list);
    jet_err (*deletable_logs)(struct backup_source *source, struct backup_list *ret_list);
    /* Opens a file of the log list. JET_errMissingFileToBackup. `ret_generation` is 0 for a file that is not a log. */
    jet_err (*open_log)(struct backup_source *source, const char *path, const struct finding_listener *listener,
                        enum backup_file_kind *ret_kind, lgen_t *ret_generation, uint64_t *ret_size);
    /* Reads of the open log at `offset`, verified; 0 bytes at the end. */
    jet_err (*read_log)(struct backup_source *source, uint64_t offset, void *buffer, size_t size,
                        const struct finding_listener *listener, size_t *ret_actual);
    /* Closes what open_database or open_log opened. */
    void (*close)(struct backup_source *source);
    /* Deletes logs [delete_first, delete_end), ascending. */
    jet_err (*truncate)(struct backup_source *source, const struct backup_generations *generations);
    /* The backup is over: stamp headers (normal only), write records. Cannot fail: what fails is reported as an event. */
    void (*end)(struct backup_source *source, enum backup_kind kind, enum backup_outcome outcome);
    void (*free)(struct backup_source *source);
};

/* Embedded first in every source. */
struct backup_source {
    const struct backup_source_ops *ops;
};

/* source_offline.c: a database file, or a folder with databases, their logs and checkpoint. Nothing is ever written to
 * it; its logs are never truncated (the delete range is empty). A folder with no database in it is JET_errFileNotFound.
 * Findings (header copies, missing logs of a dirty database ...) go to `listener`. Freed by backup_free() of the machine that owns it. */
MUST_CHECK jet_err source_offline_open(const char *path, const struct finding_listener *listener,
                                       struct backup_source **ret_source);

#endif
