/* SPDX-License-Identifier: MIT */
/* cache_frame.c - where frames come from.
 *
 * In this order: the free list; a new one, while the cache is below its size; the clock; the clock again after some
 * dirty pages were written; a new one beyond the size. The last is for pages that cannot be written now (redo cannot
 * log what undoes them) and for more threads than a small cache has pages: working on is worth more than the limit. If
 * it is the disk that fails, the cache does not grow beyond twice its size; in a freeze, when nothing may be written,
 * neither.
 *
 * The clock. A page that was used since the hand passed it last stays, a few times if it was used often; dirty pages
 * and those that somebody holds stay in any case. Page latches are only tried, never waited for: the caller may hold
 * some.
 *
 * Frames are made in chunks that are never moved or freed before the cache is; cache.c relies on that.
 */
#include <assert.h>
#include <stdlib.h>

#include "os/os_file.h"
#include "storage/cache_internal.h"

enum {
    SWEEPS = 4,          /* of the clock before giving up: one more than the highest usage */
    WRITE_ATTEMPTS = 4,  /* to get a clean page by writing some */
    BEYOND_SIZE_MAX = 2, /* times the size, if writing fails */
    DIRTY_SEEN_MAX = 32, /* dirty pages in the way of the hand before the cleaner is told */
};

static size_t chunk_pages_size(const struct cache *cache)
{
    return (size_t)FRAMES_PER_CHUNK * cache->config.page_size;
}

static void chunk_free(const struct cache *cache, struct frame_chunk *chunk)
{
    if (chunk)
        os_pages_free(chunk->pages, chunk_pages_size(cache));
    os_pages_free(chunk, sizeof *chunk);
}

static struct frame_chunk *chunk_new(const struct cache *cache)
{
    struct frame_chunk *chunk = os_pages_alloc(sizeof *chunk);
    if (!chunk)
        return NULL;
    chunk->pages = os_pages_alloc(chunk_pages_size(cache));
    if (!chunk->pages) {
        chunk_free(cache, chunk);
        return NULL;
    }
    for (size_t i = 0; i < FRAMES_PER_CHUNK; i++) {
        struct frame *frame = &chunk->frames[i];
        latch_init(&frame->latch);
        frame->page = chunk->pages + i * cache->config.page_size;
        atomic_init(&frame->begin0, BEGIN0_NONE);
        atomic_init(&frame->begin0_written, BEGIN0_NONE);
    }
    return chunk;
}

void cache_frames_free(struct cache *cache)
{
    for (size_t i = 0; cache->chunks && i < CHUNKS_MAX && atomic_load(&cache->chunks[i]); i++)
        chunk_free(cache, atomic_load(&cache->chunks[i]));
    free(cache->chunks);
}

/* The next frame that was never used; the grow lock is held. */
static jet_err grow_locked(struct cache *cache, struct frame **ret_frame)
{
    size_t count = atomic_load(&cache->frame_count);
    size_t chunk_number = count / FRAMES_PER_CHUNK;
    if (chunk_number >= CHUNKS_MAX)
        return JET_errOutOfMemory;
    if (count % FRAMES_PER_CHUNK == 0) {
        struct frame_chunk *chunk = chunk_new(cache);
        if (!chunk)
            return JET_errOutOfMemory;
        atomic_store_explicit(&cache->chunks[chunk_number], chunk, memory_order_release);
    }
    struct frame *frame = cache_frame(cache, count);
    latch_exclusive(&frame->latch);
    atomic_store(&cache->frame_count, count + 1);
    *ret_frame = frame;
    return JET_errSuccess;
}

jet_err cache_frame_grow(struct cache *cache, struct frame **ret_frame)
{
    os_mutex_lock(cache->grow_lock);
    jet_err err = grow_locked(cache, ret_frame);
    os_mutex_unlock(cache->grow_lock);
    return err;
}

void cache_frame_release(struct cache *cache, struct frame *frame)
{
    assert(latch_is_exclusive(&frame->latch) && atomic_load(&frame->key) == FRAME_KEY_NONE);
    latch_exclusive(&cache->free_lock);
    atomic_store_explicit(&frame->next_in_hash, cache->free_frames, memory_order_relaxed);
    cache->free_frames = frame;
    latch_unlock_exclusive(&cache->free_lock);
}

static struct frame *free_frame(struct cache *cache)
{
    latch_exclusive(&cache->free_lock);
    struct frame *frame = cache->free_frames;
    if (frame)
        cache->free_frames = atomic_load_explicit(&frame->next_in_hash, memory_order_relaxed);
    latch_unlock_exclusive(&cache->free_lock);
    return frame;
}

static bool usage_is_spent(struct frame *frame)
{
    uint32_t usage = atomic_load_explicit(&frame->usage, memory_order_relaxed);
    if (usage == 0)
        return true;
    atomic_store_explicit(&frame->usage, usage - 1, memory_order_relaxed);
    return false;
}

/* Takes the frame from its page, if that is clean and nobody holds it. */
static bool evict(struct cache *cache, struct frame *frame)
{
    if (!latch_try_exclusive(&frame->latch))
        return false;
    if (atomic_load(&frame->key) == FRAME_KEY_NONE || atomic_load(&frame->state) != 0) {
        latch_unlock_exclusive(&frame->latch);
        return false;
    }
    cache_forget(cache, frame);
    atomic_fetch_add_explicit(&cache->evictions, 1, memory_order_relaxed);
    return true;
}

/* Moves the hand until it has freed a frame, which somebody else may catch: then once more. */
static struct frame *sweep(struct cache *cache)
{
    size_t count = atomic_load(&cache->frame_count);
    unsigned dirty_seen = 0;
    for (size_t step = 0; step < SWEEPS * count; step++) {
        struct frame *frame = cache_frame(cache, atomic_fetch_add(&cache->hand, 1) % count);
        if (atomic_load_explicit(&frame->key, memory_order_relaxed) == FRAME_KEY_NONE)
            continue;
        if (atomic_load_explicit(&frame->state, memory_order_relaxed) != 0) {
            if (++dirty_seen == DIRTY_SEEN_MAX)
                cache_cleaner_wake(cache);
            continue;
        }
        if (!usage_is_spent(frame) || !evict(cache, frame))
            continue;
        frame = free_frame(cache);
        if (frame)
            return frame;
    }
    return NULL;
}

/* From the clock, which may have to write for it; `*ret_err`: what that returned. */
static struct frame *take_from_clock(struct cache *cache, jet_err *ret_err)
{
    *ret_err = JET_errSuccess;
    for (unsigned attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
        size_t written;
        struct frame *frame = sweep(cache);
        if (frame)
            return frame;
        *ret_err = cache_write_for_room(cache, &written);
        if (written == 0)
            break;
    }
    return NULL;
}

jet_err cache_frame_take(struct cache *cache, struct frame **ret_frame)
{
    const size_t most = BEYOND_SIZE_MAX * cache->config.frames_max;
    for (;;) {
        jet_err err;
        *ret_frame = free_frame(cache);
        if (!*ret_frame && atomic_load(&cache->frame_count) < cache->config.frames_max)
            return cache_frame_grow(cache, ret_frame);
        if (!*ret_frame)
            *ret_frame = take_from_clock(cache, &err);
        if (*ret_frame)
            return JET_errSuccess;
        if (err < JET_errSuccess && err != JET_errTaskDropped && atomic_load(&cache->frame_count) >= most)
            return err;
        if (!cache_is_freezing(cache) || atomic_load(&cache->frame_count) < most)
            return cache_frame_grow(cache, ret_frame);
        cache_wait_for_thaw(cache);
    }
}
