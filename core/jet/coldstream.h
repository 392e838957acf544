/* SPDX-License-Identifier: MIT */
/* coldstream.h - what ESENT's API lacks: back up to a folder or a stream, verify, restore, as one call each.
 *
 * Each operation runs on the calling thread, tells a job's callbacks what it finds and how far it is, and can be
 * stopped at any moment by coldstream_job_stop() from another thread or a signal handler. One operation runs per job
 * at a time; a job can be used again.
 *
 * Errors: the JET code that ended the operation; why, with the file's name, was reported as a finding of severity
 * FINDING_ERROR before. JET_errBackupAbortByServer: it was stopped. Paths are UTF-8 (Linux: bytes as they are).
 */
#ifndef COLDSTREAM_JET_COLDSTREAM_H
#define COLDSTREAM_JET_COLDSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/jet_err.h"
#include "base/types.h"

struct coldstream_job;
struct sender;

struct coldstream_progress {
    const char *phase;                /* "databases", "logs", "verify", "restore", "recover" */
    const char *file;                 /* name of the file at work */
    unsigned file_index, file_count;  /* file_index counts from 1; file_count 0: not known (a tar from a pipe) */
    uint64_t bytes_done, bytes_total; /* of the whole operation; bytes_total 0: not known */
};

/* A file was dealt with: backed up, verified, restored. */
struct coldstream_file {
    const char *name;
    const char *role; /* "database", "log", "checkpoint" */
    uint64_t size_bytes;
    uint64_t pages_checked, pages_zero, pages_damaged, pages_correctable; /* databases; segments for logs */
    char digest[33]; /* XXH3-128 in hex of the whole file, "" if it was not computed */
    bool is_deep;    /* coldstream_verify_deep() looked into the database, at so many */
    uint64_t trees, records, index_entries, long_values;
};

struct coldstream_callbacks {
    void *context;
    /* All optional. finding may come from several threads, one at a time. */
    void (*finding)(void *context, const struct finding *finding);
    void (*progress)(void *context, const struct coldstream_progress *progress);
    void (*file)(void *context, const struct coldstream_file *file);
};

/* The sum of an operation, filled in as far as it came, also on failure. */
struct coldstream_summary {
    uint64_t files, bytes;
    uint64_t notes, warnings, damages, errors; /* findings by severity */
    lgen_t first_generation, last_generation;  /* 0: no logs */
    bool recoverable;                          /* set: every database is clean or has the logs it needs */
    char set_digest[33];                       /* XXH3-128 of the manifest: identifies a set */
};

MUST_CHECK jet_err coldstream_job_new(const struct coldstream_callbacks *callbacks, struct coldstream_job **ret_job);
void coldstream_job_free(struct coldstream_job *job); /* takes NULL */

/* Ends what the job does, by the one stop routine; takes no lock, waits for nothing. A stop with nothing running hits
 * the next operation of the job (a Ctrl-C between two steps is not lost). */
void coldstream_job_stop(struct coldstream_job *job);

/* The program's version, "0.1.0". */
const char *coldstream_version(void);

struct coldstream_backup_request {
    const char *source;       /* .edb file, or folder with databases and logs */
    const char *set;          /* folder to make; written as `set`.partial and renamed when whole; NULL: a stream */
    struct os_stream *stream; /* tar stream (os/os_stream.h), if `set` is NULL; borrowed */
    bool keep_going;          /* record damaged pages in the manifest and go on */
    bool keep_partial;        /* leave `set`.partial after a failure or stop, marked as unusable */
};
MUST_CHECK jet_err coldstream_backup(struct coldstream_job *job, const struct coldstream_backup_request *request,
                                     struct coldstream_summary *ret_summary);

/* The same of a running instance that somebody else has (base/sender.h): full, or the logs since the backup before.
 * Every page that comes is verified. The set, or the tar, is what coldstream_backup() makes of files. */
struct coldstream_receive_request {
    const struct sender *sender;
    const char *set;          /* as above */
    struct os_stream *stream; /* as above */
    bool incremental;         /* what the sender was asked for */
    bool truncate; /* let the sender delete superfluous logs when the set is safe; if it does not, that is a warning */
    bool keep_partial;
};
MUST_CHECK jet_err coldstream_receive(struct coldstream_job *job, const struct coldstream_receive_request *request,
                                      struct coldstream_summary *ret_summary);

/* Checks what `path` is: a database, log or checkpoint file; a backup set (folder with a manifest); a tar of one; a
 * folder with database files. `jobs` threads at most. JET_errReadVerifyFailure, JET_errLogReadVerifyFailure ... when
 * there is damage; a set that is stopped, failed or cut is an error. */
MUST_CHECK jet_err coldstream_verify(struct coldstream_job *job, const char *path, unsigned jobs,
                                     struct coldstream_summary *ret_summary);

/* The same, and looks into every database: whether its pages make trees, and the trees tables (isam/deep.h). The
 * databases of a set in a folder are looked into as well, those of a tar are not, with a warning. Takes about twice the
 * time. Besides the codes above those of the damage found, JET_errBadPageLink, JET_errCatalogCorrupted ... */
MUST_CHECK jet_err coldstream_verify_deep(struct coldstream_job *job, const char *path, unsigned jobs,
                                          struct coldstream_summary *ret_summary);

/* Restores a set, a tar file, or a tar read from `stream` (if not NULL; `source` is then only a name for messages)
 * into `folder`, made if it is missing. Every byte is verified on its way into temporary names; files get their own
 * names, all of them, only when the whole set has proved sound. JET_errFileAlreadyExists if one of the names is
 * taken. */
struct coldstream_restore_request {
    const char *source;
    struct os_stream *stream;
    const char *folder;
    bool allow_damage; /* a set that was made with keep_going */
};
MUST_CHECK jet_err coldstream_restore(struct coldstream_job *job, const struct coldstream_restore_request *request,
                                      struct coldstream_summary *ret_summary);

/* Soft recovery of what lies in `folder`: log files, perhaps a checkpoint, and the databases, which are looked for by
 * their names there or in `databases`, wherever the logs say that they were. They are clean afterwards. A database that
 * is not there is told, and is JET_errAttachedDatabaseMismatch, unless `ignore_missing`. `*ret_was_needed`: false if
 * they were clean already: then nothing is changed. JET_errFileNotFound: no logs; JET_errRequiredLogFilesMissing,
 * JET_errCommittedLogFilesMissing, JET_errLogFileCorrupt ... of recovery. A stop ends it; the next one goes on. */
struct coldstream_recover_request {
    const char *folder;
    const char *databases; /* NULL: `folder` */
    const char *base_name; /* of the logs; NULL: what is there */
    bool ignore_missing;
};
MUST_CHECK jet_err coldstream_recover(struct coldstream_job *job, const struct coldstream_recover_request *request,
                                      bool *ret_was_needed, struct coldstream_summary *ret_summary);

#endif
