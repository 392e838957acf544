/* SPDX-License-Identifier: MIT */
/* cache_range.c - pages of a file that somebody reads, so that nobody writes them meanwhile.
 *
 *      reader: enter the range -> look which of its pages are being written, wait for those -> read
 *      writer: mark the page as being written -> look for a range -> write, or take the mark back
 *
 * Each says what it does before it looks at the other, with sequentially consistent accesses, so one of them sees the
 * other. A writer never waits while it has pages of its own marked, and a reader waits for marked pages only: no
 * circle.
 *
 * Who cuts off the end of a file does likewise: the database ends earlier -> wait for ranges behind that -> cut; and
 * the reader, inside the range, reads what the database has.
 *
 * Ranges are few (one for each backup that reads), and most of the time there is none, which a writer sees by one load.
 */
#include <assert.h>

#include "os/os_thread.h"
#include "os/os_word.h"
#include "storage/cache_internal.h"

static bool range_has(const struct page_range *range, uint64_t key)
{
    return key >= range->first && key <= range->last;
}

bool cache_range_is_locked(struct cache *cache, uint64_t key)
{
    bool is_locked = false;
    if (atomic_load(&cache->range_count) == 0)
        return false;
    latch_shared(&cache->ranges_lock);
    for (const struct page_range *range = cache->ranges; range && !is_locked; range = range->next)
        is_locked = range_has(range, key);
    latch_unlock_shared(&cache->ranges_lock);
    return is_locked;
}

void cache_range_wait(struct cache *cache, uint64_t key)
{
    for (;;) {
        const uint32_t seen = atomic_load(&cache->ranges_gone);
        if (!cache_range_is_locked(cache, key))
            return;
        os_word_wait(&cache->ranges_gone, seen, OS_WAIT_FOREVER);
    }
}

static bool is_locked_behind(struct cache *cache, uint64_t first, uint64_t last)
{
    bool is_locked = false;
    latch_shared(&cache->ranges_lock);
    for (const struct page_range *range = cache->ranges; range && !is_locked; range = range->next)
        is_locked = range->first <= last && range->last >= first;
    latch_unlock_shared(&cache->ranges_lock);
    return is_locked;
}

void cache_range_wait_behind(struct database *db, pgno_t last)
{
    struct cache *cache = db->cache;
    for (;;) {
        const uint32_t seen = atomic_load(&cache->ranges_gone);
        if (atomic_load(&cache->range_count) == 0 ||
            !is_locked_behind(cache, frame_key(db, last + 1), frame_key(db, PGNO_MAX)))
            return;
        os_word_wait(&cache->ranges_gone, seen, OS_WAIT_FOREVER);
    }
}

void cache_range_lock(struct database *db, pgno_t first, uint32_t count, struct page_range *range)
{
    struct cache *cache = db->cache;
    assert(first > 0 && count > 0 && count - 1 <= PGNO_MAX - first);
    *range = (struct page_range){.cache = cache, .first = frame_key(db, first)};
    range->last = range->first + count - 1;
    latch_exclusive(&cache->ranges_lock);
    range->next = cache->ranges;
    cache->ranges = range;
    atomic_fetch_add(&cache->range_count, 1);
    latch_unlock_exclusive(&cache->ranges_lock);
    for (uint64_t key = range->first; key <= range->last; key++) {
        /* While it is being written it stays that page. If it is another one by now, waiting for it does no harm. */
        struct frame *frame = cache_find(cache, key);
        if (frame)
            cache_frame_wait(frame);
    }
}

void cache_range_unlock(struct page_range *range)
{
    struct cache *cache = range->cache;
    latch_exclusive(&cache->ranges_lock);
    struct page_range **link = &cache->ranges;
    while (*link != range)
        link = &(*link)->next;
    *link = range->next;
    atomic_fetch_sub(&cache->range_count, 1);
    latch_unlock_exclusive(&cache->ranges_lock);
    atomic_fetch_add(&cache->ranges_gone, 1);
    os_word_wake_all(&cache->ranges_gone);
}
