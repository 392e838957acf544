/* SPDX-License-Identifier: MIT */
/* recovery_internal.h - one recovery: from the state in which the log was found to an engine whose databases are clean.
 *
 *   startup.c        what engine_start() does in which order
 *   open.c           cache and log of an engine
 *   recover.c        redo, undo and what lies between and behind them
 *   redo.c           one record after another, by type
 *   redo_pages.c     records that change pages, macros
 *   redo_database.c  CreateDB, AttachDB, DetachDB, Term, and the file of a database
 *   redo_missing.c   pages that are not there because the end of a file was cut off
 *   attach.c         whether the file under a name is the database that the log means
 *   shutdown.c       the clean end, of a run and of a recovery
 *
 * Everything here is one thread's.
 */
#ifndef COLDSTREAM_RECOVERY_RECOVERY_INTERNAL_H
#define COLDSTREAM_RECOVERY_RECOVERY_INTERNAL_H

#include "format/logrecord.h"
#include "log/log_reader.h"
#include "log/log_startup.h"
#include "recovery/startup.h"
#include "storage/database.h"

/* What redo knows of a database number. */
enum redo_state {
    REDO_NONE,     /* nothing: its records are skipped */
    REDO_ATTACHED, /* open; its records are redone */
    REDO_CREATING, /* open, between CreateDB and CreateDBFinish */
    REDO_DEFERRED, /* cannot be attached; an error at the end, unless it is detached before that */
    REDO_FUTURE,   /* was detached cleanly further on: skipped until then */
    REDO_IGNORED,  /* the application does not want it */
};

/* Pages that records were to change and that are not in the file, in their order. */
struct redo_missing_page {
    pgno_t pgno;
    jet_err err; /* why */
};

struct redo_missing {
    struct redo_missing_page *pages;
    size_t count;
};

struct redo_database {
    enum redo_state state;
    jet_err why; /* REDO_DEFERRED */
    uint8_t dbid;
    char *path; /* where it is, by the map */
    struct lgpos attach, consistent;
    struct signature_disk signature;
    uint64_t dbtime; /* for the attachment list, as long as it is not open */
    uint32_t objid_last;
    lgen_t max_required, max_committed; /* of its header when it was attached */
    struct logtime_disk max_committed_created;
    struct redo_missing missing;
    pgno_t cut_to;       /* the last page by the records that cut its file, and lengthened it since; 0: none did */
    struct database *db; /* REDO_ATTACHED, REDO_CREATING; also in the engine's slot */
};

struct redo_macro; /* redo_pages.c */

struct recovery {
    struct engine *engine;
    const struct recovery_options *options;
    struct log_config config; /* with the names and sizes found */
    struct log_startup startup;
    struct log_reader *reader;
    struct redo_database databases[ENGINE_DATABASES]; /* by dbid */
    struct redo_macro *macros;
    struct signature_disk *closed; /* databases whose end was replayed; `closed_count` of them */
    size_t closed_count;

    struct log_reader_record record; /* being replayed */
    lgen_t generation;               /* it is in */
    uint16_t segment;                /* likewise */
    lgen_t first_generation;
    lgen_t last_generation;  /* by the names in the folder, for progress */
    uint64_t shut_down_mark; /* start of a ShutDownMark, if nothing but fillers came behind it; else 0 */
    unsigned permille;       /* told last */
    bool ends_early;         /* by lost logs that are to be ignored */
    jet_err warning;
};

/* ---- open.c ---- */

MUST_CHECK jet_err open_cache(struct engine *engine);

/* Opens the log for writing, `recovery` (NULL: none) tells what is attached as long as it runs. */
MUST_CHECK jet_err open_log(struct engine *engine, const struct log_config *config, const struct log_resume *resume);

/* ---- recover.c ---- */

/* Redo, undo, clean end. On success the log is open, everything is clean, and the phase is ENGINE_UNDO. */
MUST_CHECK jet_err recover(struct recovery *recovery);

/* ---- redo.c, redo_pages.c, redo_database.c ---- */

/* Replays recovery->record. */
MUST_CHECK jet_err redo_record(struct recovery *recovery);

MUST_CHECK jet_err redo_page_record(struct recovery *recovery);
MUST_CHECK jet_err redo_macro_record(struct recovery *recovery);
void redo_macros_forget(struct recovery *recovery);

MUST_CHECK jet_err redo_database_record(struct recovery *recovery);

/* The end of an attachment: all of the database is in its file, and the header says since when; the entry is empty. */
MUST_CHECK jet_err redo_close_clean(struct recovery *recovery, struct redo_database *database, uint64_t lgpos);

/* A run ended cleanly: its databases are flushed, their headers clean. */
MUST_CHECK jet_err redo_run_end(struct recovery *recovery);

/* A file that was cut ends again where the last record says that it does. All its pages are in it. */
MUST_CHECK jet_err redo_shrink_file(struct redo_database *database);

/* ---- redo_missing.c ---- */

/* The page is not there, because of `err`; that is no error yet. JET_errOutOfMemory. */
MUST_CHECK jet_err redo_missing_add(struct redo_missing *missing, pgno_t pgno, jet_err err);

/* Those from `first` to `last` went: nobody misses them. */
void redo_missing_forget(struct redo_missing *missing, pgno_t first, pgno_t last);

/* Why a page is missing still; JET_errSuccess: none is. */
MUST_CHECK jet_err redo_missing_check(const struct redo_missing *missing);

void redo_missing_done(struct redo_missing *missing);

/* ---- attach.c ---- */

/* The databases that were attached where redo starts. */
MUST_CHECK jet_err attach_list(struct recovery *recovery, const uint8_t list[ATTACHLIST_SIZE]);

/* The database with this number, if its records are to be redone now; else NULL. */
struct redo_database *attach_find(struct recovery *recovery, unsigned dbid);

/* An AttachDB record. */
MUST_CHECK jet_err attach_record(struct recovery *recovery, const struct logrec_attach_db *record);

/* A CreateDB record. */
MUST_CHECK jet_err attach_create(struct recovery *recovery, const struct logrec_create_db *record);

/* The number is free again; a database that is open is closed as it is. */
void attach_drop(struct recovery *recovery, struct redo_database *database);

/* A database whose creation did not come to its end never was: its file goes. */
MUST_CHECK jet_err attach_remove_half_made(struct recovery *recovery, struct redo_database *database);

/* ---- shutdown.c ---- */

/* Flushes all databases of the engine, logs ShutDownMark, makes their headers clean. Read-only ones are left alone.
 * `is_restored`: and the headers forget the backups that they knew of. */
MUST_CHECK jet_err shut_down_databases(struct engine *engine, bool is_restored, uint64_t *ret_mark);

/* Closes all databases. */
void close_databases(struct engine *engine);

#endif
