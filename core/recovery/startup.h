/* SPDX-License-Identifier: MIT */
/* startup.h - an instance starts and stops: everything between JetInit and the first session, and back.
 *
 *      engine_start()   looks at the log; replays and rolls back if it has to (redo.h, undo.h); opens log and cache; Init2
 *      engine_restore() the same replay, of a backup; the engine does not run then
 *      engine_stop()    clean-up, pages to disk, ShutDownMark, headers, Term2, checkpoint; or nothing of it
 *
 * After engine_start() no database is attached: recovery leaves all of them clean. Attaching is isam/engine_database.h.
 */
#ifndef COLDSTREAM_RECOVERY_STARTUP_H
#define COLDSTREAM_RECOVERY_STARTUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/jet_err.h"
#include "isam/engine.h"
#include "log/log_restore.h"

/* What the application wants of recovery; the numbers are those of the JET flags. */
enum recovery_flag {
    RECOVERY_IGNORE_MISSING_DB = 0x4,
    RECOVERY_WITHOUT_UNDO = 0x8,          /* redo only: JET_errRecoveredWithoutUndo, the engine does not start */
    RECOVERY_TRUNCATE_LOGS = 0x10,        /* delete all closed logs when everything went well */
    RECOVERY_MISSING_MAP_ENTRY_DB = 0x20, /* databases without an entry of the map are where the log says */
    RECOVERY_LOG_STREAM_MUST_EXIST = 0x40,
    RECOVERY_IGNORE_LOST_LOGS = 0x80,
    RECOVERY_ALLOW_MISSING_CURRENT = 0x100,
    RECOVERY_ALLOW_BACKUP_DB = 0x200, /* soft recovery of a backup copy: no JET_errSoftRecoveryOnBackupDatabase */
};

/* A database that is not where the log says. Paths are UTF-8. */
struct recovery_map {
    const char *path;     /* in the log */
    const char *new_path; /* NULL: not to be recovered at all */
};

/* Hard recovery: the copies of a backup, its logs, and what exists behind them (transaction-log.md 7.8). The logs have
 * been checked (log_restore.h). */
struct recovery_restore {
    struct log_restore logs;
    enum logname_family family; /* of the logs' names */
};

struct recovery_options {
    unsigned flags;                  /* enum recovery_flag */
    const struct recovery_map *maps; /* empty: every database is where the log says */
    size_t map_count;
    /* Replay meets a database that is at `path` by the log: where it is now, as a path that lives as long as the
     * recovery (a restore: patched, backup_copy.h); NULL: it is not wanted. NULL for the whole: what the map says; a
     * restore has one. */
    jet_err (*place)(void *context, const char *path, const char **ret_path);
    const struct recovery_restore *restore;  /* engine_restore(): hard recovery; NULL: soft recovery */
    const struct finding_listener *listener; /* of damage in logs; NULL: nobody */
    /* Told what share of the logs has been replayed, in thousandths; anything but success ends recovery. NULL:
     * nobody. */
    jet_err (*progress)(void *context, unsigned permille);
    void *context; /* of both */
};

/* Starts an instance; on success the engine is in ENGINE_RUN. `options` may be NULL. Warnings:
 *      JET_wrnCommittedLogFilesLost, JET_wrnCommittedLogFilesRemoved   with RECOVERY_IGNORE_LOST_LOGS
 * Errors: those of log_startup.h and log_reader.h; JET_errRequiredLogFilesMissing, JET_errCommittedLogFilesMissing,
 * JET_errCommittedLogFileCorrupt, JET_errAttachedDatabaseMismatch, JET_errConsistentTimeMismatch,
 * JET_errLogFileSizeMismatchDatabasesConsistent, JET_errLogSequenceEndDatabasesConsistent, JET_errRecoveredWithoutUndo,
 * JET_errRecoveredWithoutUndoDatabasesConsistent, JET_errRecoveredWithErrors, JET_errLogDiskFull, JET_errOutOfMemory
 * ... */
MUST_CHECK jet_err engine_start(const struct engine_config *config, const struct recovery_options *options,
                                struct engine **ret_engine);

/* Hard recovery: replays the databases of a backup, rolls back, and leaves everything clean; nothing runs afterwards.
 * The headers then know of no backup. Errors as above, but for damage in logs: JET_errLogCorruptDuringHardRestore and
 * JET_errLogTornWriteDuringHardRestore in the backup's, JET_errLogCorruptDuringHardRecovery behind them. After any
 * error the databases have to be put there again. */
MUST_CHECK jet_err engine_restore(const struct engine_config *config, const struct recovery_options *options);

enum engine_stop {
    ENGINE_STOP_CLEAN,  /* everything is brought to disk: the next start has nothing to do */
    ENGINE_STOP_ABRUPT, /* everything is dropped: the next start recovers */
};

/* Stops and frees it, in any case. No session of a user exists. Attached databases are closed; those that somebody
 * still uses must not be. Returns the first error of a clean stop, after which the next start recovers. */
MUST_CHECK jet_err engine_stop(struct engine *engine, enum engine_stop how);

#endif
