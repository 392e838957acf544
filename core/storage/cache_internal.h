/* SPDX-License-Identifier: MIT */
/* cache_internal.h - what the files of the page cache share.
 *
 *   cache.c          finding a page, the latches of pages, dirty pages, the checkpoint's question
 *   cache_frame.c    frames: made, found free, taken from pages that are not used
 *   cache_read.c     pages from files, verified
 *   cache_write.c    dirty pages to files, in batches, by way of the double-write file (double_write.h)
 *   cache_cleaner.c  the thread that does so in the background
 *   cache_freeze.c   holding all of it for a snapshot
 *   cache_range.c    pages that are not written because a backup reads them
 *
 * Finding. Buckets are lists of frames, linked through the frames. They are walked without a lock: frames are never
 * freed before the cache is, so a walker that meets a frame which is being moved to another page is led astray, and no
 * more. What it finds is latched and then looked at again (latch_shared_while()); what it does not find is looked for
 * again under the lock of the bucket, which is also held to change a list.
 *
 * Who changes what a frame is (its key) holds its latch exclusively and, to link or unlink it, the lock of the bucket.
 * A frame that is free or on its way has key 0 and is latched exclusively by its owner: on the free list, that is the
 * list.
 *
 * Moving the begin0 of a page that is being written. It is in `begin0` while the page is dirty, in `begin0_written`
 * while its copy is written, in the database's `begin0_unflushed` and `begin0_flushing` until the file was flushed.
 * Whoever moves it puts it in the next place before it takes it from the last; whoever looks for the oldest goes the
 * same way, and looks at the first of two places again, because on an error it moves back.
 */
#ifndef COLDSTREAM_STORAGE_CACHE_INTERNAL_H
#define COLDSTREAM_STORAGE_CACHE_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/os_thread.h"
#include "storage/cache.h"
#include "storage/database.h"
#include "storage/double_write.h"
#include "storage/latch.h"

enum frame_state {
    FRAME_DIRTY = 1 << 0,
    FRAME_WRITING = 1 << 1, /* a copy is on its way to the file; the database stays open so long */
    FRAME_AWAITED = 1 << 2, /* somebody sleeps on the state until it is written */
};

enum {
    FRAME_KEY_NONE = 0,
    FRAMES_PER_CHUNK = 64,
    CHUNKS_MAX = 1 << 18, /* 2^24 frames */
    PARTITIONS = 256,     /* locks of buckets */
    WALK_MAX = 32,    /* frames that are looked at without a lock: who walks further was led astray, or is unlucky */
    BATCH_PAGES = 64, /* that the background writes at a time */
    BATCH_PAGES_NOW = 16, /* that somebody writes who needs a frame */
};
#define BEGIN0_NONE UINT64_MAX

struct frame_chunk {
    struct frame frames[FRAMES_PER_CHUNK];
    uint8_t *pages;
};

/* One lock of its own cache line. */
struct cache_partition {
    _Alignas(64) struct latch lock;
};

struct cache {
    struct cache_config config;
    _Atomic(struct log_stream *) log;
    struct double_write *double_write; /* NULL: pages are written in place at once */
    struct latch hooks_lock;           /* guards hooks */
    struct cache_hooks hooks;

    _Atomic(struct frame *) *buckets;
    unsigned bucket_shift; /* of the hashed key */
    struct cache_partition *partitions;

    _Atomic(struct frame_chunk *) *chunks; /* CHUNKS_MAX; filled from the start, under grow_lock */
    _Atomic size_t frame_count;
    struct os_mutex *grow_lock; /* LOCK_RANK_CACHE */
    struct latch free_lock;     /* guards free_frames */
    struct frame *free_frames;  /* linked by next_in_hash */
    _Atomic size_t hand;        /* of the clock */
    _Atomic size_t dirty_count;
    _Atomic uint64_t
        begin0_floor; /* no dirty page has an older begin0: the cleaner looks here before it looks at all of them */

    struct os_mutex *list_lock; /* LOCK_RANK_CACHE, never with grow_lock; guards what follows */
    struct database *databases;
    uint32_t last_number; /* of a database: half of the key of its frames */
    lgen_t generation;    /* the newest that has begun, and when */
    struct logtime_disk generation_created;

    struct latch ranges_lock;     /* guards ranges */
    struct page_range *ranges;    /* of readers of files */
    _Atomic uint32_t range_count; /* of them; a writer looks here first */
    _Atomic uint32_t ranges_gone; /* counted up when one is given back; who waits for that sleeps on it */

    struct os_thread *cleaner;
    struct os_event *cleaner_wake;
    struct latch round; /* held shared by the thread while it works, exclusively by who changes `log` */
    _Atomic bool cleaner_stop;

    struct latch gate;            /* held shared by who writes to a file, exclusively as long as all is frozen */
    _Atomic uint32_t is_freezing; /* 1 from cache_freeze_prepare() to cache_thaw(): who needs a frame does not write */

    _Atomic uint64_t reads, writes, write_runs, evictions;
};

/* ---- cache.c ---- */

static inline uint64_t frame_key(const struct database *db, pgno_t pgno)
{
    return db->key_base | pgno;
}

static inline uint64_t cache_hash(uint64_t key)
{
    return key * 0x9E3779B97F4A7C15u; /* 2^64 / golden ratio: the high bits depend on all of the key's */
}

static inline _Atomic(struct frame *) *cache_bucket(const struct cache *cache, uint64_t key)
{
    return &cache->buckets[cache_hash(key) >> cache->bucket_shift];
}

static inline struct latch *cache_bucket_lock(const struct cache *cache, uint64_t key)
{
    return &cache->partitions[(cache_hash(key) >> cache->bucket_shift) % PARTITIONS].lock;
}

static inline struct frame *cache_frame(const struct cache *cache, size_t index)
{
    struct frame_chunk *chunk = atomic_load_explicit(&cache->chunks[index / FRAMES_PER_CHUNK], memory_order_acquire);
    return &chunk->frames[index % FRAMES_PER_CHUNK];
}

/* Gives a free frame, held exclusively, to page `pgno`; false if the page has a frame already, `frame` stays free
 * then. */
bool cache_insert(struct cache *cache, struct frame *frame, struct database *db, pgno_t pgno);

/* Takes a page from its frame, which the caller holds exclusively, and makes the frame free. What was dirty is lost. */
void cache_forget(struct cache *cache, struct frame *frame);

/* The frame that a page has at the moment, not latched; NULL: none. */
struct frame *cache_find(const struct cache *cache, uint64_t key);

/* True if the page has a frame at the moment. */
static inline bool cache_has(const struct cache *cache, const struct database *db, pgno_t pgno)
{
    return cache_find(cache, frame_key(db, pgno)) != NULL;
}

struct cache_hooks cache_hooks_get(struct cache *cache);

/* Waits until no copy of the frame is being written; the caller holds no latch. */
void cache_frame_wait(struct frame *frame);

/* Lowers `*value` to `candidate` if that is less. */
void atomic_lower(_Atomic uint64_t *value, uint64_t candidate);

/* The begin0 of a frame, and behind it the floor: see oldest_dirty() in cache_cleaner.c. */
void frame_begin0_lower(struct frame *frame, uint64_t begin0);

/* ---- cache_frame.c ---- */

/* A free frame, held exclusively. */
MUST_CHECK jet_err cache_frame_take(struct cache *cache, struct frame **ret_frame);

/* Gives a frame back that belongs to no page. */
void cache_frame_release(struct cache *cache, struct frame *frame);

/* Makes one more frame, held exclusively. JET_errOutOfMemory. */
MUST_CHECK jet_err cache_frame_grow(struct cache *cache, struct frame **ret_frame);

void cache_frames_free(struct cache *cache);

/* ---- cache_read.c ---- */

/* Reads the page of a frame that the caller holds exclusively, and verifies it. */
MUST_CHECK jet_err cache_read(struct frame *frame);

/* Verifies what is in the frame, mends it, reports it. */
MUST_CHECK jet_err cache_verify(struct frame *frame);

/* ---- cache_write.c ---- */

struct write_batch;

/* `waits`: for the end of a freeze; else its pages stay dirty then, and the result is JET_errTaskDropped. */
MUST_CHECK jet_err write_batch_new(struct cache *cache, size_t pages_max, bool waits, struct write_batch **ret_batch);
void write_batch_free(struct write_batch *batch); /* takes NULL */

/* Copies a page if it is dirty and nobody writes it. The caller holds the frame shared and may give it back afterwards.
 * JET_errTaskDropped (also: somebody reads that part of the file) and other errors of the hook: not added. The batch
 * must not be full. */
MUST_CHECK jet_err write_batch_add(struct write_batch *batch, struct frame *frame);

bool write_batch_is_full(const struct write_batch *batch);

/* Writes what was added, in the order of the files, and empties the batch. The first error is returned; every page is
 * clean or dirty again. */
MUST_CHECK jet_err write_batch_run(struct write_batch *batch);

/* Which dirty pages to write. */
struct write_choice {
    struct database *db;   /* NULL: of all */
    uint64_t begin0_limit; /* only those with an older begin0; UINT64_MAX: all, those without one too */
    bool waits;            /* for latches; else pages in use are left out */
};

/* Writes the dirty pages of the choice. Pages that become dirty meanwhile may or may not be among them. The first error
 * is returned, JET_errTaskDropped only if there was no other. `*ret_written` counts pages. */
MUST_CHECK jet_err cache_write_chosen(struct cache *cache, const struct write_choice *choice, size_t *ret_written);

/* page_counts_of_thread(), to count up. */
struct page_counts *cache_counts(void);

/* Flushes what was written to logged databases; for the double-write file. `context`: the cache. */
MUST_CHECK jet_err cache_flush_logged(void *context);

/* Writes a few dirty pages that nobody holds, from the hand of the clock on: somebody needs a frame.
 * JET_errTaskDropped: not in a freeze. */
MUST_CHECK jet_err cache_write_for_room(struct cache *cache, size_t *ret_written);

/* ---- cache_freeze.c ---- */

/* Around what changes files of databases. Not nested; nothing is waited for between them but the disk and locks of
 * databases. The first waits for the end of a freeze; the second is false in one. */
void cache_gate_enter(struct cache *cache);
MUST_CHECK bool cache_gate_try_enter(struct cache *cache);
void cache_gate_leave(struct cache *cache);

static inline bool cache_is_freezing(const struct cache *cache)
{
    return atomic_load(&cache->is_freezing) != 0;
}

/* Returns when nothing is frozen. */
void cache_wait_for_thaw(struct cache *cache);

/* ---- cache_range.c ---- */

/* Does somebody read this page of the file? */
bool cache_range_is_locked(struct cache *cache, uint64_t key);

/* Waits until nobody does; the caller holds no latch, and has no pages in a batch. */
void cache_range_wait(struct cache *cache, uint64_t key);

/* Waits until nobody reads pages of the database behind page `last`: those who begin after the database ends there do
 * not. */
void cache_range_wait_behind(struct database *db, pgno_t last);

/* ---- cache_cleaner.c ---- */

MUST_CHECK jet_err cache_cleaner_start(struct cache *cache);
void cache_cleaner_end(struct cache *cache);
void cache_cleaner_wake(struct cache *cache);

#endif
