/* SPDX-License-Identifier: MIT */
/* cache.c - the page cache: finding pages and latching them. cache_internal.h says how it works.
 *
 * The usual page_get(), of a page that is there and free, costs a walk along a bucket, one atomic instruction for the
 * latch and two loads; page_put() one atomic instruction.
 */
#include "storage/cache.h"

#include <assert.h>
#include <stdlib.h>

#include "base/corrupt.h"
#include "format/page.h"
#include "storage/cache_internal.h"

enum {
    USAGE_MAX = 3,
    BUCKETS_MIN = 64,
    BUCKETS_MAX = 1 << 24,
    KEY_BITS = 64,
    DOUBLE_WRITE_SHARE = 4, /* of the cache, in an area of the double-write file */
    DOUBLE_WRITE_PAGES_MIN = 16,
    DOUBLE_WRITE_AREA_SIZE = 8 << 20, /* at most */
};

void atomic_lower(_Atomic uint64_t *value, uint64_t candidate)
{
    uint64_t seen = atomic_load(value);
    while (candidate < seen && !atomic_compare_exchange_weak(value, &seen, candidate))
        ;
}

void frame_begin0_lower(struct frame *frame, uint64_t begin0)
{
    atomic_lower(&frame->begin0, begin0);
    atomic_lower(&frame->db->cache->begin0_floor, begin0);
}

/* ---- the hash ---- */

static struct frame *bucket_find(const struct cache *cache, uint64_t key, unsigned steps_max)
{
    struct frame *frame = atomic_load_explicit(cache_bucket(cache, key), memory_order_acquire);
    for (unsigned step = 0; frame && step < steps_max; step++) {
        if (atomic_load_explicit(&frame->key, memory_order_relaxed) == key)
            return frame;
        frame = atomic_load_explicit(&frame->next_in_hash, memory_order_acquire);
    }
    return NULL;
}

/* Under the bucket's lock a walk cannot be led astray. */
static struct frame *bucket_find_locked(const struct cache *cache, uint64_t key)
{
    return bucket_find(cache, key, UINT32_MAX);
}

struct frame *cache_find(const struct cache *cache, uint64_t key)
{
    struct frame *frame = bucket_find(cache, key, WALK_MAX);
    if (frame)
        return frame;
    struct latch *lock = cache_bucket_lock(cache, key);
    latch_shared(lock);
    frame = bucket_find_locked(cache, key);
    latch_unlock_shared(lock);
    return frame;
}

bool cache_insert(struct cache *cache, struct frame *frame, struct database *db, pgno_t pgno)
{
    uint64_t key = frame_key(db, pgno);
    _Atomic(struct frame *) *bucket = cache_bucket(cache, key);
    struct latch *lock = cache_bucket_lock(cache, key);
    frame->db = db;
    frame->pgno = pgno;
    frame->flush_type = 0;
    frame->is_fresh = false;
    frame->incarnation++;
    atomic_store_explicit(&frame->is_checked, false, memory_order_relaxed);
    atomic_store_explicit(&frame->usage, 1, memory_order_relaxed);
    latch_exclusive(lock);
    bool is_new = bucket_find_locked(cache, key) == NULL;
    if (is_new) {
        atomic_store_explicit(&frame->next_in_hash, atomic_load_explicit(bucket, memory_order_relaxed),
                              memory_order_relaxed);
        atomic_store_explicit(&frame->key, key, memory_order_release);
        atomic_store_explicit(bucket, frame, memory_order_release);
    }
    latch_unlock_exclusive(lock);
    return is_new;
}

static void bucket_remove(struct cache *cache, struct frame *frame, uint64_t key)
{
    _Atomic(struct frame *) *link = cache_bucket(cache, key);
    struct latch *lock = cache_bucket_lock(cache, key);
    latch_exclusive(lock);
    struct frame *next;
    while ((next = atomic_load_explicit(link, memory_order_relaxed)) != frame)
        link = &next->next_in_hash;
    atomic_store_explicit(link, atomic_load_explicit(&frame->next_in_hash, memory_order_relaxed), memory_order_release);
    atomic_store_explicit(&frame->key, FRAME_KEY_NONE, memory_order_release);
    latch_unlock_exclusive(lock);
    latch_wake_sleepers(&frame->latch);
}

void cache_forget(struct cache *cache, struct frame *frame)
{
    bucket_remove(cache, frame, atomic_load_explicit(&frame->key, memory_order_relaxed));
    if (atomic_exchange(&frame->state, 0) & FRAME_DIRTY)
        atomic_fetch_sub(&cache->dirty_count, 1);
    atomic_store(&frame->begin0, BEGIN0_NONE);
    atomic_store(&frame->modified, 0);
    frame->db = NULL;
    frame->unsafe_area = 0; /* the area stays held: nobody will write the page again */
    frame->is_fresh = false;
    cache_frame_release(cache, frame);
}

/* ---- what a thread has done ---- */

struct page_counts *cache_counts(void)
{
    static _Thread_local struct page_counts of_this_thread;
    return &of_this_thread;
}

const struct page_counts *page_counts_of_thread(void)
{
    return cache_counts();
}

/* ---- getting pages ---- */

static bool frame_latch(struct frame *frame, uint64_t key, enum page_latch latch)
{
    bool is_held = latch == PAGE_SHARED ? latch_try_shared(&frame->latch) : latch_try_exclusive(&frame->latch);
    if (!is_held)
        return latch == PAGE_SHARED ? latch_shared_while(&frame->latch, &frame->key, key)
                                    : latch_exclusive_while(&frame->latch, &frame->key, key);
    if (atomic_load_explicit(&frame->key, memory_order_relaxed) == key)
        return true;
    page_put(frame, latch);
    return false;
}

static void frame_used(struct frame *frame)
{
    cache_counts()->referenced++;
    uint32_t usage = atomic_load_explicit(&frame->usage, memory_order_relaxed);
    if (usage < USAGE_MAX)
        atomic_store_explicit(&frame->usage, usage + 1, memory_order_relaxed);
}

/* The page if it is there; NULL if not. */
static struct frame *get_cached(struct cache *cache, uint64_t key, enum page_latch latch)
{
    for (;;) {
        struct frame *frame = cache_find(cache, key);
        if (!frame)
            return NULL;
        if (frame_latch(frame, key, latch)) {
            frame_used(frame);
            return frame;
        }
    }
}

/* The page, from the cache or in a frame that was just taken for it; then `*ret_is_new`, and it is held exclusively. */
static jet_err get_or_insert(struct database *db, pgno_t pgno, enum page_latch latch, struct frame **ret_frame,
                             bool *ret_is_new)
{
    for (;;) {
        struct frame *frame = get_cached(db->cache, frame_key(db, pgno), latch);
        if (frame) {
            *ret_is_new = false;
            *ret_frame = frame;
            return JET_errSuccess;
        }
        jet_err err = cache_frame_take(db->cache, &frame);
        if (err < JET_errSuccess)
            return err;
        if (cache_insert(db->cache, frame, db, pgno)) {
            cache_counts()->referenced++;
            *ret_is_new = true;
            *ret_frame = frame;
            return JET_errSuccess;
        }
        cache_frame_release(db->cache, frame);
    }
}

static jet_err page_get_slowly(struct database *db, pgno_t pgno, enum page_latch latch, struct frame **ret_frame)
{
    struct frame *frame;
    bool is_new;
    if (pgno == 0 || pgno > database_last_page(db))
        return CORRUPT(JET_errFileIOBeyondEOF);
    jet_err err = get_or_insert(db, pgno, latch, &frame, &is_new);
    if (err < JET_errSuccess)
        return err;
    if (is_new) {
        err = cache_read(frame);
        if (err < JET_errSuccess) {
            cache_forget(db->cache, frame);
            return err;
        }
        if (latch == PAGE_SHARED)
            latch_downgrade(&frame->latch);
    }
    *ret_frame = frame;
    return JET_errSuccess;
}

jet_err page_get(struct database *db, pgno_t pgno, enum page_latch latch, struct frame **ret_frame)
{
    uint64_t key = frame_key(db, pgno);
    struct frame *frame = bucket_find(db->cache, key, WALK_MAX);
    if (!frame || !frame_latch(frame, key, latch))
        return page_get_slowly(db, pgno, latch, ret_frame);
    frame_used(frame);
    *ret_frame = frame;
    return JET_errSuccess;
}

jet_err page_try_get(struct database *db, pgno_t pgno, enum page_latch latch, struct frame **ret_frame)
{
    uint64_t key = frame_key(db, pgno);
    struct frame *frame = bucket_find(db->cache, key, WALK_MAX);
    if (!frame || !(latch == PAGE_SHARED ? latch_try_shared(&frame->latch) : latch_try_exclusive(&frame->latch)))
        return JET_errTaskDropped;
    if (atomic_load_explicit(&frame->key, memory_order_relaxed) != key) {
        page_put(frame, latch);
        return JET_errTaskDropped;
    }
    frame_used(frame);
    *ret_frame = frame;
    return JET_errSuccess;
}

/* A frame without a page is latched exclusively; so who gets the latch needs no look at the key. */
bool page_try_again(struct frame *frame, uint32_t incarnation)
{
    if (!latch_try_shared(&frame->latch))
        return false;
    if (frame->incarnation != incarnation) {
        latch_unlock_shared(&frame->latch);
        return false;
    }
    frame_used(frame);
    return true;
}

jet_err page_get_new(struct database *db, pgno_t pgno, struct frame **ret_frame)
{
    bool is_new;
    if (pgno == 0 || pgno > PGNO_MAX)
        return CORRUPT(JET_errFileIOBeyondEOF);
    jet_err err = database_extend(db, pgno);
    if (err < JET_errSuccess)
        return err;
    err = get_or_insert(db, pgno, PAGE_EXCLUSIVE, ret_frame, &is_new);
    if (err >= JET_errSuccess && is_new)
        (*ret_frame)->is_fresh = true;
    return err;
}

void page_put(struct frame *frame, enum page_latch latch)
{
    if (latch == PAGE_SHARED) {
        latch_unlock_shared(&frame->latch);
        return;
    }
    if (frame->is_fresh)
        cache_forget(frame->db->cache, frame);
    else
        latch_unlock_exclusive(&frame->latch);
}

void page_downgrade(struct frame *frame)
{
    assert(!frame->is_fresh);
    latch_downgrade(&frame->latch);
}

bool page_try_upgrade(struct frame *frame)
{
    return latch_try_upgrade(&frame->latch);
}

/* ---- dirty pages ---- */

void page_needs_log(struct frame *frame, uint64_t lgpos_end)
{
    uint64_t seen = atomic_load_explicit(&frame->modified, memory_order_relaxed);
    assert(latch_is_held(&frame->latch));
    while (seen < lgpos_end && !atomic_compare_exchange_weak(&frame->modified, &seen, lgpos_end))
        continue;
}

void page_dirty(struct frame *frame, uint64_t lgpos_end, uint64_t lgpos_begin0)
{
    assert(latch_is_exclusive(&frame->latch));
    assert(!frame->db->is_read_only);
    assert((lgpos_end == 0) == (lgpos_begin0 == 0));
    frame->is_fresh = false;
    if (lgpos_end != 0) {
        page_needs_log(frame, lgpos_end);
        frame_begin0_lower(frame, lgpos_begin0);
    }
    if ((atomic_load_explicit(&frame->state, memory_order_relaxed) & FRAME_DIRTY) ||
        (atomic_fetch_or(&frame->state, FRAME_DIRTY) & FRAME_DIRTY)) {
        cache_counts()->redirtied++;
        return;
    }
    cache_counts()->dirtied++;
    atomic_fetch_add_explicit(&frame->db->cache->dirty_count, 1, memory_order_relaxed);
}

bool page_is_dirty(const struct frame *frame)
{
    return (atomic_load(&frame->state) & FRAME_DIRTY) != 0;
}

/* Waits until whoever holds the frame exclusively now, maybe between logging a change and page_dirty(), has given it
 * back. */
static void frame_settle(struct frame *frame)
{
    if (!latch_is_exclusive(&frame->latch))
        return;
    uint64_t key = atomic_load(&frame->key);
    if (key != FRAME_KEY_NONE && latch_shared_while(&frame->latch, &frame->key, key))
        latch_unlock_shared(&frame->latch);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* See the top of cache_internal.h for the order. */
static uint64_t frame_begin0(struct frame *frame)
{
    uint64_t begin0 = atomic_load(&frame->begin0);
    begin0 = least(begin0, atomic_load(&frame->begin0_written));
    return least(begin0, atomic_load(&frame->begin0));
}

static uint64_t database_begin0(struct database *db)
{
    uint64_t begin0 = atomic_load(&db->begin0_unflushed);
    begin0 = least(begin0, atomic_load(&db->begin0_flushing));
    return least(begin0, atomic_load(&db->begin0_unflushed));
}

uint64_t cache_oldest_begin0(struct cache *cache, struct database *db)
{
    uint64_t oldest = BEGIN0_NONE;
    size_t count = atomic_load(&cache->frame_count);
    for (size_t i = 0; i < count; i++) {
        struct frame *frame = cache_frame(cache, i);
        frame_settle(frame);
        /* Both halves are looked at again behind the begin0: the frame may become another page meanwhile, which can
         * only be one that is clean now, and whose changes are younger than the caller's look at the log. */
        if (!db || (atomic_load(&frame->key) & ~(uint64_t)UINT32_MAX) == db->key_base)
            oldest = least(oldest, frame_begin0(frame));
    }
    os_mutex_lock(cache->list_lock);
    for (struct database *each = cache->databases; each; each = each->next) {
        if (!db || each == db)
            oldest = least(oldest, database_begin0(each));
    }
    os_mutex_unlock(cache->list_lock);
    return oldest;
}

jet_err cache_generation_begun(struct cache *cache, lgen_t generation, struct logtime_disk created)
{
    jet_err first_err = JET_errSuccess;
    os_mutex_lock(cache->list_lock);
    cache->generation = generation;
    cache->generation_created = created;
    for (struct database *db = cache->databases; db; db = db->next) {
        jet_err err = database_require_generation(db, generation, &created);
        if (err < JET_errSuccess && first_err == JET_errSuccess)
            first_err = err;
    }
    os_mutex_unlock(cache->list_lock);
    return first_err;
}

/* ---- the cache ---- */

static jet_err buckets_new(struct cache *cache)
{
    size_t count = BUCKETS_MIN;
    unsigned bits = 6;
    while (count < cache->config.frames_max && count < BUCKETS_MAX) {
        count *= 2;
        bits++;
    }
    cache->bucket_shift = KEY_BITS - bits;
    cache->buckets = calloc(count, sizeof *cache->buckets);
    cache->partitions = os_pages_alloc(PARTITIONS * sizeof *cache->partitions); /* zeros: free latches */
    cache->chunks = calloc(CHUNKS_MAX, sizeof *cache->chunks);
    return cache->buckets && cache->partitions && cache->chunks ? JET_errSuccess : JET_errOutOfMemory;
}

static jet_err frames_make(struct cache *cache, size_t count)
{
    while (atomic_load(&cache->frame_count) < count) {
        struct frame *frame;
        jet_err err = cache_frame_grow(cache, &frame);
        if (err < JET_errSuccess)
            return err;
        cache_frame_release(cache, frame);
    }
    return JET_errSuccess;
}

/* Larger areas mean that files are flushed less often, and a larger file. */
static size_t area_pages(const struct cache_config *config)
{
    const size_t most = DOUBLE_WRITE_AREA_SIZE / config->page_size;
    const size_t pages = config->frames_max / DOUBLE_WRITE_SHARE;
    if (pages < DOUBLE_WRITE_PAGES_MIN)
        return DOUBLE_WRITE_PAGES_MIN;
    return pages < most ? pages : most;
}

static jet_err begin_double_write(struct cache *cache)
{
    const struct double_write_config config = {
        .path = cache->config.double_write_path,
        .page_size = cache->config.page_size,
        .area_pages = (uint32_t)area_pages(&cache->config),
        .flush = cache_flush_logged,
        .context = cache,
    };
    cache->config.double_write_path = NULL; /* the caller's */
    if (!config.path || config.page_size <= DOUBLE_WRITE_WHOLE_SIZE)
        return JET_errSuccess;
    return double_write_new(&config, &cache->double_write);
}

struct double_write *cache_double_write(const struct cache *cache)
{
    return cache->double_write;
}

jet_err cache_new(const struct cache_config *config, struct cache **ret_cache)
{
    assert(page_size_is_valid(config->page_size) && config->frames_min <= config->frames_max);
    struct cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return JET_errOutOfMemory;
    cache->config = *config;
    atomic_init(&cache->begin0_floor, BEGIN0_NONE);
    latch_init(&cache->free_lock);
    latch_init(&cache->hooks_lock);
    latch_init(&cache->gate);
    latch_init(&cache->ranges_lock);
    jet_err err = buckets_new(cache);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_CACHE, &cache->grow_lock);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_CACHE, &cache->list_lock);
    if (err >= JET_errSuccess)
        err = frames_make(cache, config->frames_min);
    if (err >= JET_errSuccess)
        err = begin_double_write(cache);
    if (err >= JET_errSuccess)
        err = cache_cleaner_start(cache);
    if (err < JET_errSuccess) {
        cache_free(cache);
        return err;
    }
    *ret_cache = cache;
    return JET_errSuccess;
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    assert(!cache->databases);
    cache_cleaner_end(cache);
    cache_frames_free(cache);
    double_write_free(cache->double_write);
    os_mutex_free(cache->grow_lock);
    os_mutex_free(cache->list_lock);
    free(cache->buckets);
    os_pages_free(cache->partitions, PARTITIONS * sizeof *cache->partitions);
    free(cache);
}

void cache_set_log(struct cache *cache, struct log_stream *log)
{
    latch_exclusive(&cache->round);
    atomic_store(&cache->log, log);
    latch_unlock_exclusive(&cache->round);
}

void cache_set_hooks(struct cache *cache, const struct cache_hooks *hooks)
{
    latch_exclusive(&cache->hooks_lock);
    cache->hooks = *hooks;
    latch_unlock_exclusive(&cache->hooks_lock);
}

struct cache_hooks cache_hooks_get(struct cache *cache)
{
    latch_shared(&cache->hooks_lock);
    struct cache_hooks hooks = cache->hooks;
    latch_unlock_shared(&cache->hooks_lock);
    return hooks;
}

void cache_stats(const struct cache *cache, struct cache_stats *ret_stats)
{
    *ret_stats = (struct cache_stats){
        .frames = atomic_load(&cache->frame_count),
        .dirty = atomic_load(&cache->dirty_count),
        .reads = atomic_load(&cache->reads),
        .writes = atomic_load(&cache->writes),
        .write_runs = atomic_load(&cache->write_runs),
        .evictions = atomic_load(&cache->evictions),
    };
}
