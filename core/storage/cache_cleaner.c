/* SPDX-License-Identifier: MIT */
/* cache_cleaner.c - the thread that writes dirty pages before somebody has to wait for it.
 *
 * Two reasons to write:
 *   - the log has grown: pages whose changes lie further back than the checkpoint depth hold the checkpoint back, and make
 *     recovery long. They are written in the order of the files.
 *   - the clock found mostly dirty pages (it wakes the thread): some of those that are not used are written, so that frames
 *     can be taken without a wait.
 *
 * It never waits for a page latch, and rests in a freeze. Errors are told by the hook write_failed; the page is tried
 * again in the next round.
 */
#include "log/log_stream.h"
#include "storage/cache_internal.h"

enum {
    PERIOD_MS = 100,  /* between looks at the log */
    ROUNDS_MAX = 256, /* batches for the clock at a time */
    DIRTY_DIVISOR = 2 /* the part of the cache that may be dirty when the clock complains */
};

void cache_cleaner_wake(struct cache *cache)
{
    os_event_set(cache->cleaner_wake);
}

/* The oldest begin0 of a dirty page, roughly: nobody is waited for. It is the floor from then on, which goes up here
 * and down in frame_begin0_lower(): what a page is given after the floor was lifted lowers it again, and what it was
 * given before is found here. So no look at a page may come before the floor is lifted: all of these are in one order,
 * here and there. */
static uint64_t oldest_dirty(struct cache *cache)
{
    uint64_t oldest = BEGIN0_NONE;
    atomic_store(&cache->begin0_floor, BEGIN0_NONE);
    size_t count = atomic_load(&cache->frame_count);
    for (size_t i = 0; i < count; i++) {
        uint64_t begin0 = atomic_load(&cache_frame(cache, i)->begin0);
        oldest = begin0 < oldest ? begin0 : oldest;
    }
    atomic_lower(&cache->begin0_floor, oldest);
    return oldest;
}

/* The newest position that is still a depth behind the tip, found by halving: positions are not evenly spaced. */
static uint64_t behind_tip(const struct log_stream *log, uint64_t depth, uint64_t oldest, uint64_t tip)
{
    uint64_t low = oldest, high = tip;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (log_distance(log, middle, tip) > depth)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static bool is_due(const struct cache *cache, const struct log_stream *log, uint64_t begin0, uint64_t tip)
{
    return begin0 < tip && log_distance(log, begin0, tip) > cache->config.checkpoint_depth;
}

static void clean_for_checkpoint(struct cache *cache)
{
    size_t written;
    struct log_stream *log = atomic_load(&cache->log);
    uint64_t depth = cache->config.checkpoint_depth;
    if (!log || depth == 0 || atomic_load(&cache->dirty_count) == 0 ||
        !is_due(cache, log, atomic_load(&cache->begin0_floor), log_tip(log)))
        return;
    uint64_t oldest = oldest_dirty(cache);
    uint64_t tip = log_tip(log);
    if (!is_due(cache, log, oldest, tip))
        return;
    const struct write_choice choice = {.begin0_limit = behind_tip(log, depth, oldest, tip) + 1};
    jet_err err = cache_write_chosen(cache, &choice, &written);
    (void)err; /* told by the hook; tried again in the next round */
}

static void clean_for_clock(struct cache *cache)
{
    size_t written = 1;
    for (unsigned round = 0; round < ROUNDS_MAX && written > 0 && !atomic_load(&cache->cleaner_stop); round++) {
        if (atomic_load(&cache->dirty_count) <= atomic_load(&cache->frame_count) / DIRTY_DIVISOR)
            return;
        if (cache_write_for_room(cache, &written) < JET_errSuccess)
            return; /* told by the hook */
    }
}

static void cleaner_run(void *context)
{
    struct cache *cache = context;
    while (!atomic_load(&cache->cleaner_stop)) {
        bool is_woken = os_event_wait(cache->cleaner_wake, PERIOD_MS);
        os_event_reset(cache->cleaner_wake);
        if (atomic_load(&cache->cleaner_stop))
            return;
        if (cache_is_freezing(cache))
            continue;
        latch_shared(&cache->round);
        clean_for_checkpoint(cache);
        if (is_woken)
            clean_for_clock(cache);
        latch_unlock_shared(&cache->round);
    }
}

jet_err cache_cleaner_start(struct cache *cache)
{
    jet_err err = os_event_new(&cache->cleaner_wake);
    if (err >= JET_errSuccess)
        err = os_thread_start(cleaner_run, cache, &cache->cleaner);
    return err;
}

void cache_cleaner_end(struct cache *cache)
{
    atomic_store(&cache->cleaner_stop, true);
    if (cache->cleaner_wake)
        os_event_set(cache->cleaner_wake);
    os_thread_join(cache->cleaner);
    os_event_free(cache->cleaner_wake);
}
