/* SPDX-License-Identifier: MIT */
/* backup_internal.h - what the files of the machine share.
 *
 *   backup.c           the rules, and the gate that applies them; begin, end, the stop
 *   backup_stream.c    what a client does between begin and end: lists, open, read, close, truncate
 *   backup_release.c   who else wants the instance: freezes that release it, snapshots, terminations
 *   backup_file.c      the open file
 */
#ifndef COLDSTREAM_BACKUP_BACKUP_INTERNAL_H
#define COLDSTREAM_BACKUP_BACKUP_INTERNAL_H

#include <stdatomic.h>

#include "backup/backup.h"

/* ---- the open file ---- */

/* The one file that is open, if `kind` is not BACKUP_FILE_NONE. */
struct backup_file {
    enum backup_file_kind kind;
    size_t index;      /* in the source's list */
    uint64_t position; /* of the next read, bytes */
    uint64_t size;     /* what open returned */
    bool damaged;      /* damage was passed on (keep_going) */
    struct backup_database_view database;
    struct database_page_counts counts;
    lgen_t generation;
};

/* What goes for all files of a backup. */
struct backup_file_reader {
    struct backup_source *source;
    bool keep_going;
};

/* Opens what `id` names; `file` is written on success only. */
MUST_CHECK jet_err backup_file_open(const struct backup_file_reader *reader, const struct backup_file_id *id,
                                    uint64_t first_byte, struct backup_file *file);

/* The size rules of backup-api 4.4: JET_errInvalidParameter. */
MUST_CHECK jet_err backup_file_check_size(const struct backup_file *file, uint32_t unit, size_t size);

/* Reads on from the position; moves it on success only. 0 bytes: end. */
MUST_CHECK jet_err backup_file_read(const struct backup_file_reader *reader, struct backup_file *file, void *buffer,
                                    size_t size, size_t *ret_actual);

/* Read to the end, and sound. */
static inline bool backup_file_is_copied(const struct backup_file *file)
{
    return file->position == file->size && !file->damaged;
}

/* ---- states ---- */

enum backup_state {
    BACKUP_IDLE,
    BACKUP_DATABASES,   /* full backup, databases */
    BACKUP_LOGS,        /* full backup, logs */
    BACKUP_INCREMENTAL, /* logs */
    BACKUP_SURROGATE,   /* somewhere else; the instance is occupied */
    BACKUP_SNAPSHOT,    /* an OS snapshot occupies the instance */
    /* Columns of the tables only: what the tombstone of a backup answers that was released. */
    BACKUP_RELEASED,
    BACKUP_RELEASED_SURROGATE,
    BACKUP_STATE_COUNT,
};

/* The word `state`: who occupies the instance, and above it the column of the tombstone, 0 for none. */
enum { OCCUPANT_MASK = 0xFF, TOMBSTONE_SHIFT = 8 };

enum backup_call {
    BACKUP_CALL_BEGIN,
    BACKUP_CALL_ATTACH_INFO,
    BACKUP_CALL_OPEN,
    BACKUP_CALL_OPEN_DATABASE, /* what open turned out to be */
    BACKUP_CALL_OPEN_LOG,
    BACKUP_CALL_OPEN_STRANGER,
    BACKUP_CALL_READ,
    BACKUP_CALL_CLOSE,
    BACKUP_CALL_LOG_INFO,
    BACKUP_CALL_TRUNCATE,
    BACKUP_CALL_END,
};

/* A row of the table of backup.c. */
struct backup_rule {
    jet_err answer[BACKUP_STATE_COUNT]; /* OK: the call goes on */
    bool stop_refuses;                  /* JET_errBackupAbortByServer after a stop */
    jet_err file_open;                  /* answer while a file is open */
    jet_err file_closed;                /* answer while none is */
    unsigned torn_down_in;              /* states in which an error of the call ends the backup */
};
extern const struct backup_rule backup_rules[];

/* ---- the machine ---- */

struct backup {
    /* fixed at creation */
    struct backup_file_reader reader;
    struct os_mutex *lock;

    /* Set: a stop is in force. Set by backup_stop() on any thread, reset by begin and end, looked at by
     * backup_refusal(), by the source between repetitions of a read, and by a sink that waits. */
    struct os_event *stop;
    /* Occupant and tombstone. Written under the lock, read by anybody; sequentially consistent, nothing depends on
     * more. Who waits for the occupant to go sleeps on it. */
    _Atomic uint32_t state;
    _Atomic uint32_t inside;    /* calls that hold the lock or want it; who releases a backup sleeps on it */
    _Atomic uint32_t releasing; /* of those who release: calls that come now wait for them, which has a limit */
    _Atomic uint32_t gates;     /* closed and not opened yet: no begin */
    _Atomic bool allowed;       /* begin is allowed at all; written by who starts and stops the instance */

    struct finding_listener listener; /* of the next backup */

    /* of the running backup */
    struct backup_terms terms;
    struct backup_file file;
    bool logs_prepared;
    jet_err prepare_error; /* given again by each later list call (backup-api 5.3) */
    struct backup_log_info log_info;
    size_t log_count;
    bool *log_copied; /* by index in the source's list: read to the end */
    bool truncated;

    /* of the backup that ended last */
    enum backup_outcome outcome;
    jet_err outcome_error;
};

/* Takes the lock and says whether the call may go on; if not, the lock is not held. `arguments`: what is wrong with the
 * caller's arguments, or success. */
MUST_CHECK jet_err backup_enter(struct backup *b, enum backup_call call, jet_err arguments);
void backup_leave(struct backup *b);

/* The lock alone, without the rules: it lets somebody pass who waits for the calls inside. */
void backup_lock_inside(struct backup *b);
void backup_unlock_inside(struct backup *b);

/* ---- with the lock ---- */

/* Who occupies the instance; may be asked without the lock. */
enum backup_state backup_state(struct backup *b);
/* The column of the tombstone, BACKUP_IDLE for none. */
enum backup_state backup_tombstone(struct backup *b);
/* Whoever waits for the instance looks again. */
void backup_set_state(struct backup *b, enum backup_state occupant, enum backup_state tomb);

/* Nobody occupies the instance any more. */
void backup_vacate(struct backup *b, enum backup_state tomb);

void backup_close_file(struct backup *b, enum backup_close how);

/* A call failed with `err`: ends the backup if the table says so. */
void backup_tear_down(struct backup *b, enum backup_call call, jet_err err);

/* Ends the backup that runs as the server does, and leaves `tomb` behind. */
void backup_end_as_server(struct backup *b, enum backup_state tomb);

/* A stop of a backup that somebody begins meanwhile must not be lost: hence with the lock only. */
void backup_clear_stop(struct backup *b);

#endif
