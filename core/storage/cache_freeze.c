/* SPDX-License-Identifier: MIT */
/* cache_freeze.c - the files of the databases stand still for a snapshot.
 *
 * The gate is a latch: writers hold it shared for as long as the disk takes, a freeze exclusively until the thaw. It
 * has no owner, so another thread may thaw. Who comes for it holds no lock of a database, and waits for nothing behind
 * it but the disk; the log, which is frozen first, is waited for in front of it.
 *
 * `is_freezing` is set before the gate is closed and cleared after it was opened: who only tries the gate and fails can
 * tell a freeze from two writers who met.
 */
#include "os/os_word.h"
#include "storage/cache_internal.h"
#include "storage/database_internal.h"

void cache_gate_enter(struct cache *cache)
{
    latch_shared(&cache->gate);
}

bool cache_gate_try_enter(struct cache *cache)
{
    while (!latch_try_shared(&cache->gate))
        if (cache_is_freezing(cache))
            return false;
    return true;
}

void cache_gate_leave(struct cache *cache)
{
    latch_unlock_shared(&cache->gate);
}

void cache_freeze_prepare(struct cache *cache)
{
    atomic_store(&cache->is_freezing, 1);
}

void cache_freeze(struct cache *cache)
{
    latch_exclusive(&cache->gate);
}

/* If there is no space for what has grown, flushing tries again and tells. */
static void extend_files(struct cache *cache)
{
    os_mutex_lock(cache->list_lock);
    for (struct database *db = cache->databases; db; db = db->next)
        jet_err_ignore(database_extend_file(db));
    os_mutex_unlock(cache->list_lock);
}

void cache_thaw(struct cache *cache)
{
    if (latch_is_exclusive(&cache->gate))
        latch_unlock_exclusive(&cache->gate);
    atomic_store(&cache->is_freezing, 0);
    os_word_wake_all(&cache->is_freezing);
    extend_files(cache);
    cache_cleaner_wake(cache);
}

void cache_wait_for_thaw(struct cache *cache)
{
    while (cache_is_freezing(cache))
        os_word_wait(&cache->is_freezing, 1, OS_WAIT_FOREVER);
}
