/* SPDX-License-Identifier: MIT */
/* engine.h - the engine object: what one instance of the JET API has while it runs.
 *
 *      struct engine
 *        config          every setting that matters below the API; copied, never changed after engine_new()
 *        log, cache      set by recovery/startup when they are open
 *        databases[]     attached databases by dbid (1 to 6 are users', 0 is the temporary one)
 *        transactions    numbers and the list of open transactions (transaction.h)
 *        versions        before images (version.h)
 *
 * Who does what. engine_new() makes an object with nothing open: sessions, versions, numbers. recovery/startup.h opens
 * the log and the cache, replays, rolls back, and calls engine_run(); isam/engine_database.h attaches databases.
 * recovery's shut-down calls engine_rest() before it closes anything, and engine_free() last.
 *
 * Rules.
 *   1. `phase` says what is allowed. In ENGINE_REDO nothing may be logged: pages with pending undo information are not
 *      written (transaction-log.md 5.3), and there is no clean-up.
 *   2. A fatal error is recorded once, by engine_fail(); from then on engine_state() is that error, no new transaction
 *      begins, and the instance can only be stopped.
 *   3. `databases` is guarded by `databases_lock` when entries come or go. An entry stays as long as somebody counts in
 *      `users` (sessions that opened it, the clean-up, a backup): engine_database_hold() and ..._release().
 *
 * Locks: base/lock_rank.h.
 */
#ifndef COLDSTREAM_ISAM_ENGINE_H
#define COLDSTREAM_ISAM_ENGINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "os/os_thread.h"

struct cache;
struct checkpoint;
struct database;
struct defragmenters;
struct finding;
struct log_stream;
struct page_scans;
struct schema_cache;
struct session;
struct session_table;
struct transactions;
struct version_store;

enum {
    ENGINE_DATABASES = 7,       /* dbid 0 to 6 */
    ENGINE_DBID_TEMPORARY = 0,  /* not logged */
    ENGINE_DBID_FIRST = 1,      /* of users' databases */
    ENGINE_VERSION_PAGE = 32768 /* bytes that one unit of version_pages_max stands for */
};

/* What happens and somebody outside may want to know. */
enum engine_event {
    ENGINE_EVENT_FAILED,            /* fatal error: `err` */
    ENGINE_EVENT_VERSIONS_FULL,     /* JET_errVersionStoreOutOfMemory was given to a session */
    ENGINE_EVENT_PAGE_MENDED,       /* a bit of a page was corrected while reading; `number` is the page */
    ENGINE_EVENT_PAGE_DAMAGED,      /* `err`, `number` is the page */
    ENGINE_EVENT_LOG_DISK_FULL,     /* the reserve logs are in use */
    ENGINE_EVENT_RECOVERY_BEGUN,    /* `number`: first generation */
    ENGINE_EVENT_RECOVERY_DONE,     /* `number`: last generation */
    ENGINE_EVENT_GENERATION_BEGUN,  /* `number`: the generation */
    ENGINE_EVENT_DATABASE_ATTACHED, /* `text`: path */
    ENGINE_EVENT_DATABASE_DETACHED, /* `text`: path */
    ENGINE_EVENT_BACKUP,            /* `number`: what happened (enum engine_backup_event); `text`: a path, or NULL */
};

/* What happens in backups, by the numbers that administrators of Windows know. */
enum engine_backup_event {
    ENGINE_BACKUP_NO_FULL = 206, /* an incremental backup without one before it */
    ENGINE_BACKUP_BEGUN_FULL = 210,
    ENGINE_BACKUP_BEGUN_INCREMENTAL = 211,
    ENGINE_BACKUP_DONE = 213,
    ENGINE_BACKUP_FAILED = 214,
    ENGINE_BACKUP_ABORTED = 215, /* by the caller */
    ENGINE_BACKUP_DATABASE_FAILED = 217,
    ENGINE_BACKUP_LOG_FAILED = 218,
    ENGINE_BACKUP_HEADER_FAILED = 219, /* the backup is good, and a header could not be stamped */
    ENGINE_BACKUP_FILE_BEGUN = 220,
    ENGINE_BACKUP_FILE_DONE = 221,
    ENGINE_BACKUP_FILE_INCOMPLETE = 222,
    ENGINE_BACKUP_LOGS = 223, /* the range to copy is known */
    ENGINE_BACKUP_TRUNCATED = 224,
    ENGINE_BACKUP_NOTHING_TO_TRUNCATE = 225,
    ENGINE_BACKUP_STOPPED = 226,    /* aborted by the server */
    ENGINE_BACKUP_BEGUN_COPY = 240, /* JET_bitInternalCopy */
    ENGINE_BACKUP_DONE_COPY = 243,
    ENGINE_BACKUP_INCOMPLETE_COPY = 252,
    ENGINE_BACKUP_STOPPED_COPY = 256,
    ENGINE_BACKUP_FILE_MISSING = 459,
};

struct engine_event_info {
    enum engine_event event;
    jet_err err;
    uint64_t number;
    const char *text; /* UTF-8; NULL: none */
};

/* Callbacks come from any thread and may not call into the engine. */
struct engine_callbacks {
    void *context;
    void (*event)(void *context, const struct engine_event_info *info); /* NULL: nobody listens */
    /* The log is durable up to `lgpos` (JET_paramDurableCommitCallback). Called by the log's writer thread. */
    void (*durable)(void *context, uint64_t lgpos); /* NULL: nobody listens */
};

/* A key of an index may hold pieces of a value (isam/index_choice.h); in characters. */
struct index_tuples {
    uint16_t length_min, length_max; /* of a piece; 0: the index is none of tuples */
    uint16_t count_max;              /* pieces of one value */
    uint16_t step, start;
};

/* Settings; the number is that of the JET parameter. Strings are UTF-8, absolute, without a separator at the end. */
struct engine_config {
    const char *system_path;    /* 0: folder of the checkpoint file */
    const char *temporary_path; /* 1: file of the temporary database */
    const char *log_path;       /* 2: folder of the log files */
    char base_name[4];          /* 3: three characters */
    const char *create_path;    /* 100: where relative database names are looked up by recovery; NULL: nowhere */
    const char *event_source;   /* 4: name in the event log; may be "" */

    uint32_t page_size;           /* 64: 4096 to 32768 */
    uint32_t cache_pages_min;     /* 60 */
    uint32_t cache_pages_max;     /* 23, 41 */
    uint32_t extension_pages;     /* 18: growth of a database file */
    uint32_t temporary_pages;     /* 19: first size of the temporary database; 0: the least */
    uint32_t log_file_kib;        /* 11; 0: never set, take what the logs have */
    uint32_t log_buffers;         /* 12: units of 512 bytes */
    bool circular_log;            /* 17 */
    uint64_t checkpoint_depth;    /* 24: bytes */
    uint32_t checkpoint_too_deep; /* 154: generations; 0: no limit */
    uint32_t waypoint_latency;    /* 153: generations */
    uint32_t legacy_names;        /* 136: bit 0 .log/.chk, bit 1 short numbers */
    bool log_create_asynch;       /* 69 */

    uint32_t sessions_max;            /* 5 */
    uint32_t open_tables_max;         /* 6 */
    uint32_t cursors_max;             /* 8 */
    uint32_t version_pages_max;       /* 9: units of ENGINE_VERSION_PAGE */
    uint32_t version_pages_preferred; /* 63: above it the clean-up works at once */
    uint32_t temporary_tables_max;    /* 10: 0: no temporary table can be opened */

    bool recovery_on;              /* 34: "on" */
    bool delete_out_of_range_logs; /* 52 */
    bool ignore_log_version;       /* 47 */
    bool cleanup_mismatched_logs;  /* 77 */
    bool one_database_per_session; /* 102 */
    uint32_t event_logging_level;  /* 51 */
    bool no_events;                /* 50 */
    const char *index_locale;      /* 72: language of indexes that do not say; NULL: "en-US" */
    uint32_t index_sort_flags;     /* 72: 0: as ever */
    uint32_t commit_default;       /* 16: flags that every JetCommitTransaction gets */
    uint32_t xpress_min;           /* 183: bytes of a value from which on it is worth trying */
    struct index_tuples tuples;    /* 110, 111, 112, 132, 133: of an index that does not say */

    struct engine_callbacks callbacks;
};

enum engine_phase {
    ENGINE_NEW,  /* nothing is open, or recovery looks at the files */
    ENGINE_REDO, /* records are replayed */
    ENGINE_UNDO, /* transactions that were open at the end of the log are rolled back; logging is possible */
    ENGINE_RUN,  /* sessions work, the clean-up thread runs */
    ENGINE_REST, /* no sessions any more, the clean-up thread has ended */
};

/* An attached database. */
struct engine_database {
    struct database *db;             /* NULL: free */
    struct schema_cache *schemas;    /* isam/table.h; NULL until the catalogue was read */
    unsigned users;                  /* guarded by databases_lock */
    unsigned opens;                  /* of `users`: sessions that have it open; guarded likewise */
    const struct session *exclusive; /* the one that has it alone, or NULL; guarded likewise */
};

struct engine {
    struct engine_config config; /* strings are copies */
    _Atomic int phase;           /* enum engine_phase; written by startup and shut-down, read by all */
    _Atomic jet_err failure;     /* first fatal error, else JET_errSuccess; written once by engine_fail() */
    struct log_stream *log;      /* NULL: recovery off, or not open yet; set before ENGINE_UNDO */
    struct cache *cache;         /* NULL: not open yet */
    uint64_t lgpos_init;         /* start of this run's Init2 record, which Term2 names; 0: recovery off */
    /* recovery/checkpoint.h; NULL: it does not move. Written by start and stop, read by the log's thread. */
    struct checkpoint *_Atomic checkpoint;
    /* Databases that are being created, attached or detached: counted up before the first record of it is logged, down
     * when the header is written and the slot of `databases` says so too. The checkpoint stands still meanwhile. */
    _Atomic uint32_t attaching;
    struct os_mutex *attach_lock; /* LOCK_RANK_ATTACH: isam/engine_database.h */
    jet_err
        attach_refusal; /* of attach and detach, while a backup or snapshot occupies the instance; under attach_lock */
    _Atomic uint32_t
        attach_frozen; /* 1: nothing is created, attached or detached; written under attach_lock, waited on */
    struct os_mutex *temporary_lock; /* LOCK_RANK_TEMPORARY: isam/temporary.h; guards the two numbers */
    uint32_t temporary_tables;       /* that there are */
    uint32_t temporary_names;        /* that were given out */
    _Atomic bool has_temporary;      /* the temporary database is there, until the engine stops */
    struct os_mutex *databases_lock; /* LOCK_RANK_DATABASE_LIST: databases[] */
    struct engine_database databases[ENGINE_DATABASES];
    struct transactions *transactions;
    struct version_store *versions;
    struct session_table *sessions;
    struct defragmenters *defragmenters;
    struct page_scans *page_scans;
};

/* A new engine in ENGINE_NEW, with a copy of `config`. JET_errOutOfMemory, JET_errOutOfThreads, JET_errInvalidParameter
 * (base name or page size). */
MUST_CHECK jet_err engine_new(const struct engine_config *config, struct engine **ret_engine);

/* Takes NULL. No session may exist, log and cache belong to the caller and must be closed. */
void engine_free(struct engine *engine);

/* The phase becomes ENGINE_RUN and the clean-up thread starts. JET_errOutOfThreads. */
MUST_CHECK jet_err engine_run(struct engine *engine);

/* No user's session exists any more. Stops the clean-up thread; with `clean`, first cleans up all there is (deleted
 * nodes are removed, deferred actions carried out), so that a closed database has no flag-deleted nodes that could go.
 * Then ENGINE_REST: versions that remain are forgotten. Errors of cleaning are returned after everything was
 * stopped. */
MUST_CHECK jet_err engine_rest(struct engine *engine, bool clean);

/* Records the first fatal error and reports it; later ones are ignored. */
void engine_fail(struct engine *engine, jet_err err);

/* JET_errSuccess; JET_errInstanceUnavailable after engine_fail() (JET_errInstanceUnavailableDueToFatalLogDiskFull if
 * that was JET_errLogDiskFull). */
MUST_CHECK jet_err engine_state(const struct engine *engine);

static inline enum engine_phase engine_phase(const struct engine *engine)
{
    return (enum engine_phase)atomic_load_explicit(&engine->phase, memory_order_acquire);
}

static inline void engine_phase_set(struct engine *engine, enum engine_phase phase)
{
    atomic_store_explicit(&engine->phase, (int)phase, memory_order_release);
}

/* May log records now? */
static inline bool engine_can_log(const struct engine *engine)
{
    return engine_phase(engine) >= ENGINE_UNDO;
}

/* Puts a database into slot `dbid`, or takes it out: JET_errDatabaseInUse if somebody holds it (it stays). The schema
 * cache of the slot is the caller's business. */
void engine_database_put(struct engine *engine, unsigned dbid, struct database *db);
MUST_CHECK jet_err engine_database_take_out(struct engine *engine, unsigned dbid);

/* The database with that id, held; NULL: none. */
MUST_CHECK struct database *engine_database_hold(struct engine *engine, unsigned dbid);
void engine_database_release(struct engine *engine, unsigned dbid);

/* Calls `visit` for every attached database that is logged and may be written, in the order of their ids, until one
 * fails. It is held meanwhile. */
MUST_CHECK jet_err engine_each_logged(struct engine *engine, jet_err (*visit)(struct database *db, void *context),
                                      void *context);

/* Calls the event callback, if there is one. */
void engine_report(const struct engine *engine, enum engine_event event, jet_err err, uint64_t number,
                   const char *text);

/* What whoever verifies pages of the engine's databases finds: damage, or a bit that was mended. */
void engine_report_finding(const struct engine *engine, const struct finding *finding);

#endif
