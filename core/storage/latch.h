/* SPDX-License-Identifier: MIT */
/* latch.h - shared or exclusive use of something in memory, for a short time: pages, trees, hash buckets.
 *
 * A latch is one word. Taking and giving back a free one is one atomic instruction each; who must wait looks a few
 * times again and then sleeps (os/os_word.h). Latches have no rank and no owner: what prevents deadlock is the order in
 * which their users take them, by the shape of a tree (btree/btree.h) or one at a time.
 *
 *      bit 31     held exclusively
 *      bit 30     somebody sleeps: who makes the latch free must wake all
 *      bit 29     one of the sleepers wants it exclusively
 *      bits 0-28  how many hold it shared
 *
 * Fairness. Who comes for shared use gives way to a sleeper who wants exclusive use, or a busy root page would never
 * split. It gives way for a few milliseconds only: a thread that holds the latch shared already may come for it again
 * (two cursors on one page), and would else wait for itself.
 *
 * Everything that was written under the latch is visible to the next holder (acquire, release). A latch may be freed by
 * a thread that holds it exclusively, once nobody else can come: giving back touches the word in its one instruction
 * only.
 */
#ifndef COLDSTREAM_STORAGE_LATCH_H
#define COLDSTREAM_STORAGE_LATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct latch {
    _Atomic uint32_t word;
};

enum {
    LATCH_SHARED_MASK = (1 << 29) - 1,
    LATCH_EXCLUSIVE_WANTED = 1 << 29,
    LATCH_SLEEPERS = 1 << 30,
};
#define LATCH_EXCLUSIVE (1u << 31)

/* The slow halves of the functions below; latch.c. */
void latch_shared_wait(struct latch *latch);
void latch_exclusive_wait(struct latch *latch);
void latch_unlock_shared_wake(struct latch *latch);
void latch_wake_sleepers(struct latch *latch);

static inline void latch_init(struct latch *latch)
{
    atomic_init(&latch->word, 0);
}

/* Takes it only if that is possible at once. False also if somebody waits for exclusive use. */
static inline MUST_CHECK bool latch_try_shared(struct latch *latch)
{
    uint32_t seen = atomic_load_explicit(&latch->word, memory_order_relaxed);
    if (seen & (LATCH_EXCLUSIVE | (uint32_t)LATCH_EXCLUSIVE_WANTED))
        return false;
    return atomic_compare_exchange_strong_explicit(&latch->word, &seen, seen + 1, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Takes it only if nobody holds it and nobody sleeps. */
static inline MUST_CHECK bool latch_try_exclusive(struct latch *latch)
{
    uint32_t seen = 0;
    return atomic_compare_exchange_strong_explicit(&latch->word, &seen, LATCH_EXCLUSIVE, memory_order_acquire,
                                                   memory_order_relaxed);
}

static inline void latch_shared(struct latch *latch)
{
    if (!latch_try_shared(latch))
        latch_shared_wait(latch);
}

static inline void latch_exclusive(struct latch *latch)
{
    if (!latch_try_exclusive(latch))
        latch_exclusive_wait(latch);
}

/* Takes the latch of something that may become something else while its latch is free: gives up, with false, as soon as
 * `*identity` is not `expected`. On success the identity is the expected one and stays so as long as the latch is held.
 * Who changes an identity holds the latch exclusively and then calls latch_wake_sleepers(). */
MUST_CHECK bool latch_shared_while(struct latch *latch, const _Atomic uint64_t *identity, uint64_t expected);
MUST_CHECK bool latch_exclusive_while(struct latch *latch, const _Atomic uint64_t *identity, uint64_t expected);

static inline void latch_unlock_shared(struct latch *latch)
{
    uint32_t seen = atomic_load_explicit(&latch->word, memory_order_relaxed);
    if ((seen & (uint32_t)LATCH_SLEEPERS) ||
        !atomic_compare_exchange_strong_explicit(&latch->word, &seen, seen - 1, memory_order_release,
                                                 memory_order_relaxed))
        latch_unlock_shared_wake(latch);
}

void latch_unlock_exclusive(struct latch *latch);

/* From exclusive to shared use, without a gap. */
void latch_downgrade(struct latch *latch);

/* From shared to exclusive use, without a gap: only if no other thread holds it shared. On false it is still held
 * shared. (Two threads that both waited here would wait for each other.) */
MUST_CHECK bool latch_try_upgrade(struct latch *latch);

/* For assertions: somebody, not necessarily the caller, holds it so. */
static inline bool latch_is_exclusive(const struct latch *latch)
{
    return (atomic_load_explicit(&latch->word, memory_order_relaxed) & LATCH_EXCLUSIVE) != 0;
}

static inline bool latch_is_held(const struct latch *latch)
{
    uint32_t held = LATCH_EXCLUSIVE | (uint32_t)LATCH_SHARED_MASK;
    return (atomic_load_explicit(&latch->word, memory_order_relaxed) & held) != 0;
}

#endif
