/* SPDX-License-Identifier: MIT */
/* host.h - what Linux adds to core/host: streaming backups whose bytes leave through pipes. No D-Bus in here.
 *
 *      host_backup     one streaming backup of an instance
 *
 * What host/host.h says of threads, answers, listeners, life and errors holds for it, too. An open file has a pump
 * thread besides, from which answers may come. */
#ifndef COLDSTREAM_LINUX_HOST_HOST_H
#define COLDSTREAM_LINUX_HOST_HOST_H

#include "host/host.h"

struct host_backup;

/* ---- streaming backups ---- */

enum host_transport {
    HOST_TRANSPORT_PIPE,
    HOST_TRANSPORT_SOCKET, /* a stream socket: for MSG_DONTWAIT and half-close */
};

struct host_backup_options {
    uint32_t grbit; /* JET_bitBackup...; 0: full */
    enum host_transport transport;
    uint64_t max_rate;        /* bytes a second of the whole backup; 0: no limit */
    uint32_t idle_timeout_ms; /* no call and no byte for so long: the backup is ended as stopped. 0: 600000 */
};

enum host_backup_phase {
    HOST_BACKUP_BEGUN, /* or beginning */
    HOST_BACKUP_DATABASES,
    HOST_BACKUP_LOGS,
    HOST_BACKUP_TRUNCATED,
    HOST_BACKUP_STOPPED,
    HOST_BACKUP_ENDED,
};

struct host_backup_listener {
    void *context;
    /* It was stopped: by whom ever, also by the engine's own calls in this process, a freeze, the idle time-out, an end
     * of the instance. Once, and not for a backup that has ended. `code` is JET_errBackupAbortByServer; `reason` lives
     * during the call. */
    void (*stopped)(void *context, struct host_backup *backup, const char *reason, jet_err code);
};

/* JetBeginExternalBackupInstance, in a worker thread of its own. The object exists at once (also if `begun` will tell
 * of an error, after which it can only be closed and freed). JET_errOutOfMemory, JET_errOutOfThreads: there is no
 * object, and no answer. Answers: the engine's (JET_errBackupInProgress, JET_errMissingFullBackup,
 * JET_errInvalidBackup, JET_errInvalidGrbit ...); JET_errBackupNotAllowedYet while the instance recovers,
 * HOST_REASON_FROZEN while it is frozen, JET_errTermInProgress while it is closed. */
MUST_CHECK jet_err host_backup_begin(struct host_instance *instance, const struct host_backup_options *options,
                                     const struct host_backup_listener *listener, const struct host_call *begun,
                                     struct host_backup **ret_backup);

/* JetGetAttachInfoInstance: `files` from entry `first` on, `most` at most, and `total`. */
void host_backup_get_attach_info(struct host_backup *b, uint32_t first, uint32_t most, const struct host_call *call);

/* JetGetLogInfoInstance2: the same, and the generations. The engine's set stays until the end. */
void host_backup_get_log_info(struct host_backup *b, uint32_t first, uint32_t most, const struct host_call *call);

/* JetGetTruncateLogInfoInstance: likewise. */
void host_backup_get_truncate_info(struct host_backup *b, uint32_t first, uint32_t most, const struct host_call *call);

/* Files that are opened from now on get this instead of what the options said. */
void host_backup_set_stream(struct host_backup *b, enum host_transport transport, uint64_t max_rate);

/* JetOpenFileInstance, and a pump that reads, verifies and writes. `path` is copied, and must be one of a list that
 * this backup has given: JET_errFileNotFound. `offset` must be 0, or a multiple of the page size, of 3 pages at least
 * (JET_errInvalidParameter); `length` 0: to the end. Answers `file` (numbers from 1, not used again), `fd`, `bytes`.
 * HOST_REASON_LIMIT while another file is open: the engine has one at a time. */
void host_backup_open_file(struct host_backup *b, const char *path, uint64_t offset, uint64_t length,
                           const struct host_call *call);

/* JetCloseFileInstance. Never waits for the reader: before the end of the stream, this is its end. Answers `bytes`,
 * `crc32c`, `status`: JET_errBackupAbortByServer (stopped), JET_errReadVerifyFailure, JET_errLogReadVerifyFailure ... A
 * client that closed its end is no error: `bytes` is less than was announced. HOST_REASON_NO_SUCH_FILE. Works after a
 * stop. */
void host_backup_close_file(struct host_backup *b, uint32_t file, const struct host_call *call);

/* JetTruncateLogInstance: `count` is how many files the list had. JET_errLogFileNotCopied,
 * JET_errInvalidBackupSequence. */
void host_backup_truncate_log(struct host_backup *b, const struct host_call *call);

/* JetEndExternalBackupInstance2. An open file is closed first. Works after a stop. Then the backup is only good for
 * closing, also after JET_errNoBackup: an error had ended it before. JET_errInvalidParameter (unknown bits): it goes
 * on. */
void host_backup_end(struct host_backup *b, uint32_t grbit, const struct host_call *call);

/* JetStopBackupInstance: returns at once; further calls answer JET_errBackupAbortByServer, streams end, CloseFile and
 * End work. `call` may be NULL; it answers when no byte moves any more. Nothing happens to a backup that has ended
 * (`count` 0). */
void host_backup_stop(struct host_backup *b, const char *reason, const struct host_call *call);

/* Whatever it does is stopped and ended (as aborted by the server, unless it was ended). For a client that is gone, and
 * for every backup at last. What is queued is answered before. */
void host_backup_close(struct host_backup *b, const struct host_call *call);

/* After the answer of the close; takes NULL. */
void host_backup_free(struct host_backup *b);

struct host_backup_progress {
    enum host_backup_phase phase;
    uint32_t grbit;
    uint64_t started_us;
    uint64_t bytes_done;                        /* that went into pipes */
    uint64_t bytes_total;                       /* of all files of the lists so far */
    uint32_t files_done;                        /* that were read to their end and closed */
    uint32_t first_generation, last_generation; /* 0: not known yet */
    char file[512];                             /* the open one, its last bytes if it is longer; "": none */
    char reason[128];                           /* of a stop; "": not stopped */
};

/* Any time, cheap: for signals at most 4 times a second. */
void host_backup_progress_get(struct host_backup *b, struct host_backup_progress *ret_progress);

#endif
