/* SPDX-License-Identifier: MIT */
/* host.h - instances and their freezes, for a program that must never wait: the services of all platforms, and the
 * thread of a registered writer on Linux.
 *
 *      host_instance   an instance of the JET API: one that we open ourselves, or an application's
 *      host_freeze     one OS snapshot over several instances, with a deadline of its own
 *
 * How the bytes of a backup leave is the platform's: linux/host adds pipes, and windows/service a pipe with requests.
 * What they and an instance know of each other is in instance_use.h; a thread with a queue is in worker.h.
 *
 * THREADS. Every object has a worker thread that does what can last: recovery, engine calls, disks. The functions here
 * only queue, look at what is in memory, or set events: they may be called from a loop that must not wait, and none
 * touches a file of a database. All threads have all signals blocked.
 *
 * ANSWERS. A call that lasts takes a struct host_call and answers exactly once, by calling `done` with an answer that
 * `done` then owns (host_answer_free()). It comes from the worker, from another thread of the object's, or, if nothing
 * has to be waited for, from the caller's own thread before the function returns; it may come while other calls of the
 * same object are still queued. `done` must not wait and must not call any function of this header but
 * host_answer_free(): queue it. Calls of one object are answered in order, but for the stop, a late thaw, and what is
 * refused at once.
 *
 * LISTENERS are called the same way from any of those threads, with nothing locked that a caller could hold, and follow
 * the same rule.
 *
 * LIFE. Whoever made an object ends it in two steps: ..._close(), which answers when everything is released, and behind
 * that answer ..._free(), which joins threads that have nothing left to do. An instance must be freed after its backups
 * and freezes.
 *
 * ERRORS are JET codes. What has none is told by the reason of the answer, whose code is then the nearest.
 */
#ifndef COLDSTREAM_HOST_HOST_H
#define COLDSTREAM_HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

struct host_instance;
struct host_freeze;

/* ---- answers ---- */

enum host_reason {
    HOST_REASON_NONE,         /* the code says all */
    HOST_REASON_LIMIT,        /* a second file is open already: LimitsExceeded (JET_errOutOfMemory) */
    HOST_REASON_NO_SUCH_FILE, /* the file number is not that of an open file: InvalidArgs (JET_errInvalidParameter) */
    HOST_REASON_FROZEN,       /* the instance is frozen: Frozen (JET_errBackupNotAllowedYet) */
};

/* A file of a list. */
struct host_file {
    char *path; /* absolute; UTF-8 on Windows, bytes on Linux */
    uint64_t size_bytes;
};

/* Only what the call is documented to give is set; the rest is 0, and `fd` -1. */
struct host_answer {
    jet_err err; /* JET_errSuccess, or an error: then nothing else is set but `reason` */
    enum host_reason reason;
    /* lists */
    struct host_file *files;
    size_t file_count;
    uint32_t total; /* entries of the whole list */
    uint32_t first_generation, last_generation;
    /* open and close of a file */
    uint32_t file;            /* number of the file */
    int fd;                   /* of platforms that have such: the reader's end; whoever takes it sets -1 */
    void (*close_fd)(int fd); /* what host_answer_free() does with it; NULL: nothing */
    uint64_t bytes;           /* open: size of the stream; close: bytes that went into the pipe */
    uint32_t crc32c;          /* close: of those bytes (Castagnoli, as in iSCSI: "123456789" is 0xE3069283) */
    jet_err status; /* close: JET_errSuccess, also if the client had enough early; else what ended the stream */
    uint32_t count; /* truncate: files removed; stop: backups that were stopped; freeze, thaw: instances */
};

/* Frees what the answer owns, closes `fd` if it is still there, and frees the answer. Takes NULL. */
void host_answer_free(struct host_answer *answer);

struct host_call {
    void *context;
    void (*done)(void *context, struct host_answer *answer);
};

/* Microseconds of os_clock_boot_us(): every time below. */
uint64_t host_now_us(void);

/* ---- instances ---- */

enum host_instance_state {
    HOST_INSTANCE_CLOSED,     /* not opened yet, or closed again */
    HOST_INSTANCE_RECOVERING, /* is being opened, which may last minutes */
    HOST_INSTANCE_RUNNING,
    HOST_INSTANCE_FROZEN,
    HOST_INSTANCE_FAILED, /* could not be opened: `error` of the info */
};

/* An instance that we open. All texts are copied. Paths are absolute. */
struct host_instance_config {
    const char *label;
    const char *system_path;    /* folder of the checkpoint */
    const char *log_path;       /* NULL: system_path */
    const char *temporary_path; /* folder of the temporary database; NULL: system_path */
    const char *base_name;      /* three characters; NULL: "edb" */
    const char *const *databases;
    size_t database_count; /* at most 6 */
    bool is_circular;
    bool make_missing;     /* folders and databases that are not there are made; else that is a failure */
    uint32_t log_file_kib; /* 0: the engine's default, 5120. Logs of another size are an error that tells so */
};

/* What all instances of the process share, before the first is opened; 0: as it is. `instances_max` 1 to 2048 (16),
 * `page_size` of databases in bytes (4096), `cache_pages_max`. The errors of JetSetSystemParameter. */
MUST_CHECK jet_err host_process_configure(uint32_t instances_max, uint32_t page_size, uint32_t cache_pages_max);

struct host_instance_listener {
    void *context;
    /* Something of the info is different now, perhaps. */
    void (*changed)(void *context, struct host_instance *instance);
};

/* Begins to open the instance in its worker thread: state RECOVERING, then RUNNING or FAILED. JET_errOutOfMemory,
 * JET_errOutOfThreads, JET_errInvalidParameter (no label or path, too many databases). */
MUST_CHECK jet_err host_instance_open(const struct host_instance_config *config,
                                      const struct host_instance_listener *listener,
                                      struct host_instance **ret_instance);

/* An application's own instance, which runs and stays until host_instance_close() has answered. Its label is what it is
 * registered under. The same errors; JET_errNotInitialized and others if it does not run. */
MUST_CHECK jet_err host_instance_adopt(JET_INSTANCE instance, const char *label,
                                       const struct host_instance_listener *listener,
                                       struct host_instance **ret_instance);

/* Nothing new begins any more; a backup is stopped and released; an instance that we opened is ended cleanly (an
 * adopted one is left running). Waits for a freeze that holds the instance: abort that first. Answers with the error of
 * the end; once. */
void host_instance_close(struct host_instance *instance, const struct host_call *call);

/* After the answer of the close; takes NULL. */
void host_instance_free(struct host_instance *instance);

struct host_last_backup {
    uint64_t time_us;                           /* microseconds since 1970-01-01 UTC; 0: there was none */
    uint32_t first_generation, last_generation; /* what it needs */
};

/* What is known of an instance: a copy of what its worker saw last. */
struct host_instance_info {
    char *label;
    enum host_instance_state state;
    jet_err error; /* of FAILED, else JET_errSuccess */
    bool is_adopted;
    bool is_circular;
    char *system_path, *log_path, *base_name;
    struct host_file *databases; /* attached; sizes of their files */
    size_t database_count;
    uint32_t first_generation, current_generation;       /* of the logs; 0: not known */
    struct host_last_backup last_full, last_incremental; /* the oldest of all databases: what can be relied on */
};

/* JET_errOutOfMemory. On success the caller ends it with host_instance_info_done(). */
MUST_CHECK jet_err host_instance_info_get(struct host_instance *instance, struct host_instance_info *ret_info);
void host_instance_info_done(struct host_instance_info *info);

enum host_instance_state host_instance_state(struct host_instance *instance);

/* Of the API, as instance_status_init() (jet/instance_status.h) gives it; 0 while it does not run. Never waits. */
JET_INSTANCE host_instance_handle(struct host_instance *instance);

/* Has the worker look again; the listener is told. It does so by itself after opening, begin and end of a backup,
 * freeze and thaw. */
void host_instance_refresh(struct host_instance *instance);

/* JetStopBackupInstance, and the answer (`count`: 0 or 1) when no byte moves any more; never waits for a client.
 * `reason` is a text for people, copied. JET_errSuccess also if none ran, JET_errInvalidParameter if the instance does
 * not run. */
void host_instance_stop_backups(struct host_instance *instance, const char *reason, const struct host_call *call);

/* ---- freezes ---- */

enum host_freeze_state {
    HOST_FREEZE_FREEZING,
    HOST_FREEZE_FROZEN,
    HOST_FREEZE_THAWED,    /* with JET_bitContinueAfterThaw: may be truncated, must be ended */
    HOST_FREEZE_TRUNCATED, /* likewise */
    HOST_FREEZE_TIMED_OUT, /* the deadline has thawed it; it is no snapshot */
    HOST_FREEZE_ENDED,     /* also: it could not be frozen */
};

struct host_freeze_options {
    uint32_t timeout_ms; /* from frozen to the thaw; 1 to 600000 */
    uint32_t grbit;      /* JET_bitIncrementalSnapshot, JET_bitCopySnapshot, JET_bitContinueAfterThaw */
    uint32_t release_ms; /* how long a call that is inside a backup may take to leave it; 0: 5000 */
};

struct host_freeze_listener {
    void *context;
    void (*changed)(void *context, struct host_freeze *freeze); /* the state is another one now */
};

/* Ends running streaming backups (stop and release: no client is waited for) and freezes all of the instances, or none.
 * The object exists at once. JET_errOutOfMemory, JET_errOutOfThreads, JET_errInvalidParameter (time-out): no object,
 * and no answer. `frozen` answers `count`, or, with nothing frozen and nothing held:
 *      JET_errOSSnapshotInvalidSequence   one of them is frozen already
 *      JET_errOSSnapshotNotAllowed        one recovers, has failed, is closed, is in a snapshot that was thawed, has a backup that could not be
 *                                         released in time
 *      others of JetOSSnapshotFreeze      JET_errMissingFullBackup ...
 * The deadline runs from the moment they are frozen on os_clock_boot_us(), and the engine's own
 * (JET_paramOSSnapshotTimeout), which is set to 10 s more, behind it. */
MUST_CHECK jet_err host_freeze_begin(struct host_instance *const *instances, size_t count,
                                     const struct host_freeze_options *options,
                                     const struct host_freeze_listener *listener, const struct host_call *frozen,
                                     struct host_freeze **ret_freeze);

/* JetOSSnapshotThaw: `count` instances. JET_errOSSnapshotTimeOut, at once, if the deadline was first, also while
 * the disk keeps the engine from going on; JET_errOSSnapshotInvalidSequence if it is not frozen. */
void host_freeze_thaw(struct host_freeze *f, const struct host_call *call);

/* JetOSSnapshotAbort: thaws; nothing is stamped. Success in every state but ENDED
 * (JET_errOSSnapshotInvalidSequence). */
void host_freeze_abort(struct host_freeze *f, const struct host_call *call);

/* JetOSSnapshotTruncateLog: `count` is how many log files are gone. JET_errOSSnapshotInvalidSequence. */
void host_freeze_truncate_log(struct host_freeze *f, const struct host_call *call);

/* JetOSSnapshotEnd. `grbit` 0, or JET_bitAbortSnapshot: as the abort. JET_errOSSnapshotInvalidSequence. */
void host_freeze_end(struct host_freeze *f, uint32_t grbit, const struct host_call *call);

/* An abort, if it has not ended, and the end of the worker. */
void host_freeze_close(struct host_freeze *f, const struct host_call *call);

/* After the answer of the close; takes NULL. */
void host_freeze_free(struct host_freeze *f);

enum host_freeze_state host_freeze_state(struct host_freeze *f);

/* When it thaws by itself; 0: it is not frozen. */
uint64_t host_freeze_deadline_us(struct host_freeze *f);

#endif
