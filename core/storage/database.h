/* SPDX-License-Identifier: MIT */
/* database.h - an attached database: its file, its header, its counters. Its pages are the cache's (storage/cache.h).
 *
 * (A file that is only looked at or backed up is storage/database_file.h.)
 *
 *      database_create()  new file, header "just created", zero pages
 *      database_open()    existing file; whether its state lets it be attached is for the caller to judge
 *      database_close()   forgets its pages; what was not flushed is lost
 *
 * The file belongs to the object alone (read-only: to readers) until it is closed. Its states, and what is in the
 * header in each, are the business of whoever attaches and detaches: database_header_update() changes any field and
 * brings both copies to disk in the order that leaves one of them whole at any moment: new header signature, checksum,
 * first copy, flush, second copy, flush.
 *
 * Locks. `lock` guards `header` and the file's header pages; `size_lock` the size of the file. Both have the rank
 * LOCK_RANK_DATABASE_HEADER and are never held together. Counters are atomic.
 */
#ifndef COLDSTREAM_STORAGE_DATABASE_H
#define COLDSTREAM_STORAGE_DATABASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/dbheader.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "storage/cache.h"

struct database {
    /* ---- set at create or open, and then constant ---- */
    struct cache *cache;
    uint8_t dbid; /* 1 to 6 in the instance */
    uint32_t page_size;
    char *path; /* absolute */
    bool is_read_only;
    bool is_logged; /* what database_create() and database_open() were told; not the header's signature */
    struct os_file *file;
    uint64_t key_base; /* of its frames: a number that no other database of the cache ever had, shifted by 32 */

    /* ---- counters ---- */
    _Atomic uint64_t dbtime;       /* the last one given out */
    _Atomic uint32_t objid_last;   /* the last one given out */
    _Atomic uint32_t pgno_last;    /* last page of the database; written under size_lock */
    _Atomic uint32_t pgno_in_file; /* last whole page of the file: less only from a growth in a freeze to its thaw, or
                                        * longer if there is no space; written likewise */
    _Atomic uint32_t pages_max;    /* limit of its growth, 0: none; may change at any time */
    _Atomic uint32_t max_required; /* generation_max_required of the header on disk; written under lock */
    _Atomic uint64_t pages_mended; /* flipped bits that were found and mended */
    _Atomic uint64_t begin0_unflushed; /* smallest begin0 of pages that were written, and the file not flushed since */
    _Atomic uint64_t begin0_flushing;  /* the same for a flush that is under way */
    _Atomic bool needs_flush;          /* something was written, or the size changed, since the last flush */
    _Atomic int32_t flush_err;         /* why the database is broken, JET_errSuccess if it is not */

    struct os_mutex *lock;
    struct dbheader_disk *header; /* page_size bytes; guarded by lock: database_header_get() copies what is defined */
    struct os_mutex *size_lock;
    struct os_mutex *flush_lock; /* one flush at a time; same rank, never with the other two */

    struct database *next; /* list of the cache, guarded by its list_lock */
};

/* How a new database is to be. */
struct database_new {
    const char *path;
    uint8_t dbid;
    pgno_t pages;                               /* that the file has room for at first */
    bool overwrite;                             /* a file of that name is replaced; else JET_errFileAlreadyExists */
    const struct signature_disk *signature;     /* of the database (redo knows it); NULL: a new one */
    const struct signature_disk *log_signature; /* NULL: the database is not logged */
    lgen_t generation;                          /* of its CreateDB record; 0 if it is not logged */
    uint8_t filetype;                           /* enum dbheader_filetype; 0: an ordinary database */
    bool *remains; /* NULL, or set when making it failed and the new file could not be taken away for good */
};

/* Makes the file: header in state "just created" (and durable, name included), then pages of zeros. On failure nothing
 * stays behind but, maybe, the file that was to be replaced is gone. JET_errFileAlreadyExists, JET_errFileAccessDenied
 * (in use), JET_errInvalidPath, JET_errDiskFull, JET_errDiskIO, JET_errOutOfMemory. */
MUST_CHECK jet_err database_create(struct cache *cache, const struct database_new *options, struct database **ret_db);

/* Takes the file away, durably: a failure of the machine does not bring the name back. Nobody has it open. One that is
 * not there is as good. */
MUST_CHECK jet_err database_remove(const char *path);

struct database_open_options {
    const char *path;
    uint8_t dbid;
    bool is_read_only;
    bool is_logged;
};

/* Opens the file for this instance, verifies the header and takes the counters from it. For writing, a header copy that
 * is damaged or differs is rewritten from the one that counts. The page size must be the cache's. JET_errFileNotFound,
 * JET_errFileAccessDenied (in use, or not ours), JET_errInvalidPath, JET_errReadVerifyFailure,
 * JET_errDatabaseCorrupted, JET_errInvalidDatabaseVersion, JET_errPageSizeMismatch, JET_errDiskIO,
 * JET_errOutOfMemory. */
MUST_CHECK jet_err database_open(struct cache *cache, const struct database_open_options *options,
                                 struct database **ret_db);

/* Forgets its pages, dirty ones too, and closes the file. Nobody holds or wants a page of it. Takes NULL. */
void database_close(struct database *db);

/* ---- header ---- */

/* Changes the header in memory by `change` and writes it; JET_errSuccess when it is durable. If writing fails, memory
 * is as before: a copy on the disk may have the change, and nobody goes by it. `dbtime` and `objid_last` are set from
 * the counters after `change`. JET_errOutOfMemory. */
MUST_CHECK jet_err database_header_update(struct database *db,
                                          void (*change)(struct dbheader_disk *header, void *context), void *context);

/* The same without a change. */
MUST_CHECK jet_err database_header_write(struct database *db);

void database_header_get(struct database *db, struct dbheader_disk *ret_header);

/* The whole header page, page_size bytes, as it is in memory: not sealed. */
void database_header_copy(struct database *db, void *page);

/* The header on disk names at least this generation as required, and as committed: asked before a page with a change of
 * that generation is written. `created` (NULL: unknown) is when the generation was made. Does nothing for a database
 * that is not logged, or whose header names none because it is not attached yet. */
MUST_CHECK jet_err database_require_generation(struct database *db, lgen_t generation,
                                               const struct logtime_disk *created);

/* ---- file ---- */

/* The file has room for page `last`: zeros behind its present end. Durable after database_flush_written(). In a
 * freeze (cache.h) the database has it and the file gets it later.
 * JET_errDiskFull, JET_errDiskIO, JET_errFileIOBeyondEOF (no such page number). */
MUST_CHECK jet_err database_extend(struct database *db, pgno_t last);

/* Page `last` becomes the last one, of the database and of the file; returns when that is durable. Nobody has, or asks
 * for, a page behind it, nor lets the database grow, until it returns; who reads the file past the cache is waited for.
 * What those pages had is lost, so all that came from there must be in the file already. Not in a freeze. On failure
 * the file may be as it was. JET_errDiskIO. */
MUST_CHECK jet_err database_shrink(struct database *db, pgno_t last);

static inline pgno_t database_last_page(const struct database *db)
{
    return atomic_load_explicit(&db->pgno_last, memory_order_acquire);
}

/* The last page of the database that is in the file, too. Asked inside a range (cache_range_lock()), the pages of the
 * range up to that stay there until it is given back. */
static inline pgno_t database_last_in_file(const struct database *db)
{
    const pgno_t last = atomic_load(&db->pgno_last), in_file = atomic_load(&db->pgno_in_file);
    return last < in_file ? last : in_file;
}

/* Writes all its dirty pages and flushes the file. Pages that are changed meanwhile may stay dirty. JET_errTaskDropped:
 * some page cannot be written now (redo). The caller holds no latch. */
MUST_CHECK jet_err database_flush(struct database *db);

/* Flushes the file if something was written since. Writes no pages. */
MUST_CHECK jet_err database_flush_written(struct database *db);

/* ---- counters ---- */

static inline dbtime_t database_next_dbtime(struct database *db)
{
    return atomic_fetch_add_explicit(&db->dbtime, 1, memory_order_relaxed) + 1;
}

static inline dbtime_t database_last_dbtime(const struct database *db)
{
    return atomic_load_explicit(&db->dbtime, memory_order_relaxed);
}

static inline objid_t database_last_objid(const struct database *db)
{
    return atomic_load_explicit(&db->objid_last, memory_order_relaxed);
}

/* Never lowers it: redo and undo raise counters to what they meet. */
void database_raise_dbtime(struct database *db, dbtime_t dbtime);
void database_raise_objid(struct database *db, objid_t objid);

/* The next object id. JET_errOutOfObjectIDs. */
MUST_CHECK jet_err database_next_objid(struct database *db, objid_t *ret_objid);

#endif
