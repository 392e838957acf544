/* SPDX-License-Identifier: MIT */
/* source.h - where a backup's bytes come from: the seam between the streaming machine and what it streams.
 *
 * The machine (backup.c) owns states, order of calls, sizes, refusals, the stop, and which logs were read. A source
 * owns files, and everything about them that outlives a call: which databases take part, which were copied whole, what
 * a header is stamped with. There are three: an offline database with its logs (source_offline.c), a running instance
 * (source_live.c), and an instance of somebody else, who sends the bytes (source_stream.c). Every slot is filled; a
 * source with nothing to do has a function that does nothing and says why.
 *
 * Order of calls, for one backup:
 *
 *      condition ...   occupy   begin ( databases | find | open_database read_pages ... close )*
 *                      prepare_logs ( logs | deletable_logs | find | open_log read_log ... close | truncate )*   end
 *                      occupy
 *
 * `condition` may be called at any time from any thread, also while another call waits; the others come from one
 * thread at a time, never after `free`. A source never calls the machine. What strings, lists and headers a source
 * hands out stays its own and lives until `end`, unless said otherwise.
 */
#ifndef COLDSTREAM_BACKUP_SOURCE_H
#define COLDSTREAM_BACKUP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/types.h"
#include "format/dbheader.h"
#include "format/stamp.h"
#include "os/os_thread.h"
#include "storage/database_file.h"

struct engine;
struct sender;

/* What a backup is about, fixed at begin. Lives until `end` has returned. */
struct backup_terms {
    bool incremental;              /* logs only */
    bool surrogate;                /* taken elsewhere, only recorded here */
    bool internal_copy;            /* JET_bitInternalCopy: reported with other event numbers, else like full */
    bool keep_going;               /* damage is reported and passed on (not part of the JET API) */
    lgen_t first_generation;       /* surrogate only: what was copied, both ends included */
    lgen_t last_generation;        /* surrogate only */
    struct finding_listener found; /* damage, and why something could not be read */
    struct os_event *stop;         /* to be looked at between repetitions of a read: JET_errBackupAbortByServer */
};

/* The conditions of begin that a source knows, asked one by one in the order of backup-api 2.3; numbers are its
 * checks. */
enum backup_condition {
    BACKUP_CONDITION_SURROGATE_RANGE, /* -      last_generation above the current one: JET_errInvalidParameter */
    BACKUP_CONDITION_LOGGING,         /* 2-4    JET_errLoggingDisabled, JET_errLogWriteFail, JET_errInvalidParameter */
    BACKUP_CONDITION_CIRCULAR,        /* 6-7    incremental or surrogate, circular logging: JET_errInvalidBackup */
    BACKUP_CONDITION_LOG_SPACE,       /* 9-10   JET_errLogDiskFull, JET_errLogSequenceEnd */
};

/* How a backup ended: recorded by the source (headers, log records) and reported to whoever asks; never a return
 * value. */
enum backup_outcome {
    BACKUP_OUTCOME_NONE, /* none has ended yet */
    BACKUP_OUTCOME_NORMAL,
    BACKUP_OUTCOME_ABORTED_BY_CALLER,
    BACKUP_OUTCOME_ABORTED_BY_SERVER,
    BACKUP_OUTCOME_FAILED, /* torn down by an error of a call, or ended by the end call of another kind of backup */
};

/* A list of full paths. */
struct backup_list {
    const char *const *paths;
    size_t count;
};

enum backup_file_kind {
    BACKUP_FILE_NONE,       /* the path is nothing that can be read in this backup */
    BACKUP_FILE_DATABASE,   /* of the list `databases` */
    BACKUP_FILE_LOG,        /* of the list `logs`, as the next */
    BACKUP_FILE_CHECKPOINT, /* streamed by the offline source only */
};

/* A file of one of the lists. */
struct backup_file_id {
    enum backup_file_kind kind;
    size_t index; /* in `logs`; of a database: whatever the source knows it by */
};

/* The logs of a backup, fixed by prepare_logs. Ranges are half-open. */
struct backup_log_info {
    lgen_t copy_first, copy_end;     /* to be copied; both 0 if there are no logs */
    lgen_t delete_first, delete_end; /* may be deleted by truncate */
    char base_name[4];               /* "edb" and its NUL; "" if there are no logs */
    struct signature_disk signature; /* of the stream; zero if there are no logs */
    bool recoverable;                /* every database is clean or has all the logs it requires in the copy */
    const char *reason;              /* why not, in words; NULL if it is */
};

/* One database as it will be streamed: fixed when it is opened. The stream is: two headers, pages 1 .. last_page,
 * tail_bytes, then the trailer if there is one. */
struct backup_database_view {
    uint32_t page_size;
    pgno_t last_page;       /* last page to stream, pgnoMost */
    pgno_t last_page_owned; /* last page of the database; those behind it need not verify. >= last_page: all must */
    uint32_t tail_bytes;    /* offline only: bytes behind the last whole page, less than a page */
    bool has_trailer;       /* live only: one trailer page follows (backup-api 4.7) */
    const void *headers;    /* two header pages, as the client gets them; live until `close` */
    const struct dbheader_disk *header; /* the one that counts, decoded; lives until `close` */
};

struct backup_log_view {
    lgen_t generation; /* 0: not a log */
    uint64_t size;     /* bytes that reads will give */
};

/* What the file that is closed was good for. */
enum backup_close {
    BACKUP_CLOSE_COPIED,     /* read to the end, and nothing in it was damaged: the database counts as backed up */
    BACKUP_CLOSE_INCOMPLETE, /* not read to the end, or with damage that was passed on: it does not */
    BACKUP_CLOSE_FAILED,     /* a read failed: it leaves the backup */
};

/* Everything that recording the end of a backup needs. */
struct backup_ending {
    enum backup_outcome outcome;
    jet_err err;    /* BACKUP_OUTCOME_FAILED: why */
    bool logs_only; /* incremental: its slots are IncPrev or DiffPrev, not FullPrev or CopyPrev */
    bool truncated; /* logs were truncated, or the caller says that it will do so: FullPrev or IncPrev */
    bool stamp;     /* headers are to be stamped: outcome normal, and the caller did not decline */
    bool surrogate; /* the range is that of the terms; all databases in the session count as copied */
    lgen_t copy_first, copy_end;
};

struct backup_source;

struct backup_source_ops {
    /* JET_errSuccess if the condition holds. See the top for threads. */
    jet_err (*condition)(struct backup_source *source, enum backup_condition condition,
                         const struct backup_terms *terms);
    /* From now on whoever would attach or detach a database is to be told `refusal`; JET_errSuccess: nobody any more.
     * Called before `begin` and behind `end`, and for snapshots. Waits for an attach or detach that is under way. */
    void (*occupy)(struct backup_source *source, jet_err refusal);
    /* The backup occupies the instance: waits for what must finish before (index builders, attach and detach),
     * chooses the databases that take part, checks 13 and 14 (JET_errMissingFullBackup, JET_errCheckpointFileNotFound
     * ...), fixes the mark and the first generation of a full backup, logs the begin record. On failure nothing is
     * occupied. */
    jet_err (*begin)(struct backup_source *source, const struct backup_terms *terms);
    /* The databases that take part. */
    jet_err (*databases)(struct backup_source *source, struct backup_list *ret_list);
    /* Which file a client means. The path may be relative and, on Windows, of any case. `ret_id->kind` is
     * BACKUP_FILE_NONE for a stranger; JET_errInvalidPath: it cannot be completed. Logs are known after prepare_logs
     * only. */
    jet_err (*find)(struct backup_source *source, const char *path, struct backup_file_id *ret_id);
    /* Opens a database of the list. One file is open at a time. JET_errDatabaseLocked ... */
    jet_err (*open_database)(struct backup_source *source, size_t index, struct backup_database_view *ret_view);
    /* Reads pages of the open database, verified (storage/database_file.h says what comes back: also after
     * JET_errReadVerifyFailure and JET_errReadPgnoVerifyFailure the buffer is filled). Adds to `counts`. */
    jet_err (*read_pages)(struct backup_source *source, pgno_t first, uint32_t count, void *buffer,
                          struct database_page_counts *counts);
    /* Fills `tail_bytes`; only called if there are some. */
    jet_err (*read_tail)(struct backup_source *source, void *buffer);
    /* Fills the trailer page and keeps what it says for stamping; only called if has_trailer. */
    jet_err (*make_trailer)(struct backup_source *source, void *page);
    /* First list of logs of a backup: rolls the log if it can, fixes the ranges (backup-api 5.3 and 6.2). Not called
     * again after success. JET_errLogWriteFail means that the log could not be rolled and may be tried again; any
     * other error is remembered by the machine for this backup. */
    jet_err (*prepare_logs)(struct backup_source *source, struct backup_log_info *ret_info);
    /* Paths of the logs to copy, ascending, then of the checkpoint if the source streams it. The same in every call. */
    jet_err (*logs)(struct backup_source *source, struct backup_list *ret_list);
    jet_err (*deletable_logs)(struct backup_source *source, struct backup_list *ret_list);
    /* Opens a file of the list `logs`. JET_errMissingFileToBackup. */
    jet_err (*open_log)(struct backup_source *source, size_t index, struct backup_log_view *ret_view);
    /* Reads of the open log at `offset`, verified; at least one byte unless it is at the end. After
     * JET_errLogReadVerifyFailure the buffer and `ret_actual` are filled all the same. */
    jet_err (*read_log)(struct backup_source *source, uint64_t offset, void *buffer, size_t size, size_t *ret_actual);
    /* Closes what open_database or open_log opened. */
    void (*close)(struct backup_source *source, enum backup_close how);
    /* Logs the truncate record and deletes [delete_first, delete_end), ascending (backup-api 6.4). */
    jet_err (*truncate)(struct backup_source *source);
    /* The backup is over: stamps headers, logs the records, forgets who took part. Cannot fail: what fails is an
     * event. */
    void (*end)(struct backup_source *source, const struct backup_ending *ending);
    /* Nothing runs. */
    void (*free)(struct backup_source *source);
};

/* Embedded first in every source. */
struct backup_source {
    const struct backup_source_ops *ops;
    /* The unit of sizes and offsets, in bytes, a power of two: the page size of the instance. Offline databases may
     * differ: the largest of theirs. Fixed. */
    uint32_t page_size;
};

/* source_offline.c: a database file, or a folder with databases, their logs and checkpoint. Nothing is ever written
 * to it; its logs are never truncated (the delete range is empty). Files are told by their content. A folder with no
 * database in it is JET_errFileNotFound. Findings go to `listener`: damaged header copies, missing logs of a dirty
 * database, files that are left out (notes). Freed by backup_free() of the machine that owns it. */
MUST_CHECK jet_err source_offline_open(const char *path, const struct finding_listener *listener,
                                       struct backup_source **ret_source);

/* source_live.c: a running engine, which outlives every backup (but not necessarily the source itself). */
MUST_CHECK jet_err source_live_new(struct engine *engine, struct backup_source **ret_source);

/* source_stream.c: the files of an instance in another process, as `sender` gives them; it outlives the source. A
 * backup of it is full or incremental as its terms say; `sender` must ask for the same. */
MUST_CHECK jet_err source_stream_new(const struct sender *sender, struct backup_source **ret_source);

/* How much an offline source, or a stream as far as it is known, holds: for those who show progress. */
struct source_extent {
    uint64_t files, bytes;
};
struct source_extent source_offline_extent(const struct backup_source *source);
struct source_extent source_stream_extent(const struct backup_source *source);

#endif
