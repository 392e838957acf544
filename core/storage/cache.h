/* SPDX-License-Identifier: MIT */
/* cache.h - the pages of the attached databases in memory: one cache for an instance.
 *
 *      page_get() ... look or change ... page_dirty() ... page_put()
 *
 * A frame holds one page. Whoever gets a page holds its latch until page_put(); there are no pins beside that: a frame
 * without a holder may become another page at any moment, so no pointer into a page outlives its latch.
 *
 * How a page is changed. Latch it exclusively; take the next dbtime (storage/database.h); log the change; apply it;
 * page_dirty() with the position of the log record's end; page_put(). If logging fails the page must be as it was.
 *
 * Rules of writing. A page goes to its file
 *   1. when what undoes its uncommitted changes is in the log: the hook `before_write` sees to that;
 *   2. when the log is durable up to its last change;
 *   3. when the header of its database names the generation of that change as required (database_require_generation());
 *   4. as a copy that was made under the latch and sealed: what is in a frame is never sealed;
 *   5. never twice at once. A page that is changed while its copy is written is dirty again;
 *   6. not while it lies in a range that somebody reads (cache_range_lock());
 *   7. if it is larger than 4 KiB, when the copy is durable in the double-write file (storage/double_write.h).
 * Pages that are not logged (lgpos 0) know only 4 to 6, and 7 if others of their database are.
 *
 * A page that was written is safe only when its file was flushed: until then it still counts for cache_oldest_begin0().
 * If writing fails the page stays dirty. If flushing fails, nobody knows what of the file is on the disk: the database
 * is broken from then on (every flush returns the error again, and what was not flushed counts for ever), and recovery
 * from the log is the way out.
 *
 * Who may call. Any thread. page_get() may wait for a latch, read a file and, if there is no clean frame, write pages,
 * which calls the hook and waits for the log: no lock of rank LOCK_RANK_VERSION_BUCKET or lower may be held. The
 * threads of the log must not come in here, except cache_generation_begun().
 */
#ifndef COLDSTREAM_STORAGE_CACHE_H
#define COLDSTREAM_STORAGE_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/stamp.h"
#include "storage/latch.h"

struct cache;
struct database;
struct double_write;
struct log_stream;

/* One page in memory. Users read `page`, `db` and `pgno` of a frame they hold, and nothing else. */
struct frame {
    _Alignas(64) _Atomic uint64_t
        key; /* which page this is; 0: none. Changed under the exclusive latch and the bucket's lock */
    struct latch latch;
    _Atomic uint32_t state; /* enum frame_state of cache_internal.h */
    _Atomic uint32_t usage; /* how often the clock passes it by before it is given away */
    uint32_t flush_type;    /* of the image on disk; 0 unknown */
    uint8_t *page;          /* page_size bytes, aligned to the system's pages */
    struct database *db;
    pgno_t pgno;
    unsigned unsafe_area;    /* writing it failed: the area of the double-write file that it holds, and 1; 0: none */
    uint32_t incarnation;    /* counts the pages that it has held, the present one included; wraps around */
    bool is_fresh;           /* page_get_new() made it up, and nobody has said page_dirty() since */
    _Atomic bool is_checked; /* for btree/: the deep checks of the page have passed; false again when it is read anew */
    _Atomic uint64_t modified;            /* end of the last log record that changed it; 0: not logged */
    _Atomic uint64_t begin0;              /* where redo must begin for what is not written yet; UINT64_MAX: nowhere */
    _Atomic uint64_t begin0_written;      /* the same for the copy that is being written */
    _Atomic(struct frame *) next_in_hash; /* bucket list; or the list of free frames */
};

enum page_latch {
    PAGE_SHARED,
    PAGE_EXCLUSIVE,
};

/* The page, latched and verified. `pgno` may come from a damaged page. Codes:
 *      JET_errReadVerifyFailure, JET_errReadPgnoVerifyFailure    damaged; was reported to the cache's listener
 *      JET_errPageNotInitialized                                  all zero
 *      JET_errFileIOBeyondEOF                                     0, or behind the end of the file
 *      JET_errDiskIO, JET_errOutOfMemory
 *      what writing returned, if there was no clean frame and the cache has twice its size already
 * A flipped bit is mended in memory and reported (FINDING_PAGE_CORRECTABLE). */
MUST_CHECK jet_err page_get(struct database *db, pgno_t pgno, enum page_latch latch, struct frame **ret_frame);

/* Page `pgno` for somebody who gives it new content, latched exclusively: what is on disk is not read, and `page` holds
 * anything. If it is put back without page_dirty(), it is forgotten. The file is made longer if need be. */
MUST_CHECK jet_err page_get_new(struct database *db, pgno_t pgno, struct frame **ret_frame);

/* Like page_get() for a page that is in the cache and whose latch is free: JET_errTaskDropped if not. Never waits. */
MUST_CHECK jet_err page_try_get(struct database *db, pgno_t pgno, enum page_latch latch, struct frame **ret_frame);

/* The page again that the caller, who then held it, found in that frame: shared, without looking for it. False if it
 * has left the frame since, even if it came back, or if its latch is not free: page_get() then. */
MUST_CHECK bool page_try_again(struct frame *frame, uint32_t incarnation);

void page_put(struct frame *frame, enum page_latch latch);

/* From exclusive to shared; from shared to exclusive, if nobody else holds it. */
void page_downgrade(struct frame *frame);
MUST_CHECK bool page_try_upgrade(struct frame *frame);

/* The holder of the exclusive latch has changed the page. `lgpos_end`: end of the log record, as log_append() gave it;
 * 0: not logged (and then begin0 is 0 too). `lgpos_begin0`: where the Begin0 of the transaction lies; for a record
 * without a transaction, where the record itself begins. Positions are packed (lgpos_pack()). */
void page_dirty(struct frame *frame, uint64_t lgpos_end, uint64_t lgpos_begin0);

/* The page may not be written before the log is durable up to `lgpos_end`, now or later. The frame is held, shared will
 * do. */
void page_needs_log(struct frame *frame, uint64_t lgpos_end);

bool page_is_dirty(const struct frame *frame);

/* ---- what a thread has done ---- */

/* Numbers of the calling thread, of all caches, since it began; they wrap around. */
struct page_counts {
    uint32_t referenced; /* pages that it got */
    uint32_t read;       /* from the file, because it wanted them */
    uint32_t prefetched; /* ... because it might */
    uint32_t dirtied;    /* clean ones that it changed */
    uint32_t redirtied;  /* dirty ones that it changed again */
    uint64_t read_ns;    /* that it waited for those read */
};
const struct page_counts *page_counts_of_thread(void);

/* ---- pages that are read from the file ---- */

/* Pages of the file of `db` that the caller reads past the cache. In the caller's memory. */
struct page_range {
    struct cache *cache;
    uint64_t first, last; /* keys of frames */
    struct page_range *next;
};

/* From here to cache_range_unlock() nobody writes pages first .. first + count - 1 to the file; writes that were under
 * way have finished. In memory the pages change as ever, and stay dirty until the range is given back. Ranges may
 * overlap. The caller holds no latch and keeps the database attached; database_flush() and cache_write_older() wait for
 * the range. */
void cache_range_lock(struct database *db, pgno_t first, uint32_t count, struct page_range *range);
void cache_range_unlock(struct page_range *range);

/* ---- the cache ---- */

/* What the engine above wants to be asked and told. Called by any thread. */
struct cache_hooks {
    void *context;
    /* A dirty page is about to be copied for writing; the caller holds the frame shared. Logs what undoes uncommitted
     * changes of the page, if that is not in the log yet, and calls page_needs_log() for that before it forgets it: the
     * write may come to nothing, and be tried again. JET_errTaskDropped: this page cannot be written now (redo). NULL:
     * nothing to do. */
    jet_err (*before_write)(void *context, struct frame *frame);
    /* Pages of the database could not be written or flushed. NULL: nobody cares. Takes no latch. */
    void (*write_failed)(void *context, struct database *db, jet_err err);
};

struct cache_config {
    uint32_t page_size;
    size_t frames_min;         /* made at once */
    size_t frames_max;         /* more only as long as pages cannot be written */
    uint64_t checkpoint_depth; /* bytes of log behind which dirty pages are written in the background; 0: never */
    /* Where pages of more than 4 KiB of logged databases are written first; NULL: nowhere, a failure may tear them. */
    const char *double_write_path;
    /* Damage found when a page is read. Called by any thread. Zeroed: nobody listens. */
    struct finding_listener listener;
};

/* Also starts the thread that writes pages in the background. JET_errOutOfMemory, JET_errOutOfThreads. */
MUST_CHECK jet_err cache_new(const struct cache_config *config, struct cache **ret_cache);

/* All databases are closed. Takes NULL. */
void cache_free(struct cache *cache);

/* The log may be NULL: then everything logged counts as durable (redo). The hooks are copied. Both hold for pages that
 * are written from now on. When cache_set_log() returns, the background thread uses the log of before no more: it may
 * be closed, if nobody else reads or changes pages. The caller holds no latch. */
void cache_set_log(struct cache *cache, struct log_stream *log);
void cache_set_hooks(struct cache *cache, const struct cache_hooks *hooks);

/* For recovery and for a clean end: NULL if pages are not written twice. The cache's. */
struct double_write *cache_double_write(const struct cache *cache);

/* A generation of the log has begun (or, in redo, is being read): the headers of the logged databases that are attached
 * name it as required and committed, before the first page with a change of it can be written. For the log's hook of
 * that name, which calls it with LOCK_RANK_LOG_WRITE held. The first error is returned, and all databases are tried. */
MUST_CHECK jet_err cache_generation_begun(struct cache *cache, lgen_t generation, struct logtime_disk created);

/* The smallest begin0 of all changes that are not safe in the file of `db` yet (NULL: of any database): the checkpoint
 * may not be behind it. UINT64_MAX: there is none. For this to mean something ask in this order: the tip of the log,
 * the open transactions, database_flush_written(), this. May wait for latches of pages: the caller holds none. */
uint64_t cache_oldest_begin0(struct cache *cache, struct database *db);

/* Pages first .. first + count - 1 will be wanted soon: reads those that are not there, in one go. A hint. */
void cache_prefetch(struct database *db, pgno_t first, uint32_t count);

/* Writes dirty pages whose begin0 is below the limit, of all databases, and flushes their files: for an instance that
 * wants its checkpoint to move now. The first error is returned, and the rest is tried. The caller holds no latch. */
MUST_CHECK jet_err cache_write_older(struct cache *cache, uint64_t begin0_limit);

/* ---- freezing, for a snapshot ----
 *
 *      cache_freeze_prepare()   the background rests, and nobody starts to write for room any more
 *      (the log is frozen)
 *      cache_freeze()           waits for the writes under way; then nothing of the files changes
 *      cache_thaw()             takes back both
 *
 * While frozen, no page, header or size of a database is written, but for the temporary one's. Readers read; who needs a
 * frame and finds no clean one gets a new one, up to twice the size of the cache, and waits then. Pages are changed in
 * memory; a database grows in memory, and its file behind the thaw. Flushes and header updates wait: whoever freezes holds no
 * lock that they have, and comes back to thaw. Only one thread at a time freezes and thaws. */
void cache_freeze_prepare(struct cache *cache);
void cache_freeze(struct cache *cache);
void cache_thaw(struct cache *cache);

/* A snapshot of the counters; they are not taken at one moment. */
struct cache_stats {
    size_t frames;       /* made so far */
    size_t dirty;        /* changed and not written */
    uint64_t reads;      /* pages read from files */
    uint64_t writes;     /* pages written */
    uint64_t write_runs; /* in how many calls */
    uint64_t evictions;
};
void cache_stats(const struct cache *cache, struct cache_stats *ret_stats);

#endif
