/* SPDX-License-Identifier: MIT */
/* latch.c - what happens when a latch is not free.
 *
 * A sleeper first sets LATCH_SLEEPERS and then sleeps on the very value it has set. Whoever makes the latch free clears
 * the two flags in the same instruction and wakes everybody; those who still cannot have it set the flags again. That
 * wakes more threads than needed, and needs no queue.
 *
 * Identities (latch_shared_while): a sleeper looks at the identity after it has set LATCH_SLEEPERS. Who changes it
 * stores the new one first and then takes the flag away; so either the sleeper sees the new identity, or its flag is
 * seen.
 */
#include "storage/latch.h"

#include "os/os_word.h"

#define SLEEPERS         ((uint32_t)LATCH_SLEEPERS)
#define EXCLUSIVE_WANTED ((uint32_t)LATCH_EXCLUSIVE_WANTED)
#define SHARED_MASK      ((uint32_t)LATCH_SHARED_MASK)

enum {
    SPINS = 64,            /* looks before sleeping: about as long as a latch is mostly held */
    GIVE_WAY_MS = 2,       /* what shared use waits for exclusive use at a time ... */
    GIVE_WAY_ATTEMPTS = 3, /* ... and how often */
    SLEEP_MS = 1000,       /* of an ordinary sleep; the limit only bounds what a missed wake-up would cost */
};

/* What a taker waits for. */
struct want {
    bool is_exclusive;
    const _Atomic uint64_t *identity; /* NULL: whatever it is */
    uint64_t expected;
};

static bool is_lost(const struct want *want)
{
    return want->identity && atomic_load_explicit(want->identity, memory_order_relaxed) != want->expected;
}

/* True if the word as it is lets the taker in. */
static bool may_enter(const struct want *want, uint32_t seen, bool gives_way)
{
    if (seen & LATCH_EXCLUSIVE)
        return false;
    if (want->is_exclusive)
        return (seen & SHARED_MASK) == 0;
    return !gives_way || !(seen & EXCLUSIVE_WANTED);
}

static bool enter(struct latch *latch, const struct want *want, uint32_t seen)
{
    /* The flags stay: other sleepers are woken when this holder gives back. */
    uint32_t entered = want->is_exclusive ? seen | LATCH_EXCLUSIVE : seen + 1;
    return atomic_compare_exchange_weak_explicit(&latch->word, &seen, entered, memory_order_acquire,
                                                 memory_order_relaxed);
}

static void sleep_until_changed(struct latch *latch, const struct want *want, uint32_t seen, bool gives_way)
{
    uint32_t flagged = seen | SLEEPERS | (want->is_exclusive ? EXCLUSIVE_WANTED : 0);
    /* acq_rel and not relaxed: the look at the identity must not come before the flag is set. */
    if (flagged != seen && !atomic_compare_exchange_strong_explicit(&latch->word, &seen, flagged, memory_order_acq_rel,
                                                                    memory_order_relaxed))
        return;
    if (is_lost(want))
        return;
    bool only_gives_way = gives_way && !(flagged & LATCH_EXCLUSIVE);
    os_word_wait(&latch->word, flagged, only_gives_way ? GIVE_WAY_MS : SLEEP_MS);
}

static bool take(struct latch *latch, const struct want *want)
{
    unsigned times_given_way = 0;
    for (unsigned spin = 0;; spin++) {
        if (is_lost(want))
            return false;
        bool gives_way = times_given_way < GIVE_WAY_ATTEMPTS;
        uint32_t seen = atomic_load_explicit(&latch->word, memory_order_relaxed);
        if (may_enter(want, seen, gives_way)) {
            if (!enter(latch, want, seen))
                continue;
            if (!is_lost(want))
                return true;
            if (want->is_exclusive)
                latch_unlock_exclusive(latch);
            else
                latch_unlock_shared(latch);
            return false;
        }
        if (spin < SPINS)
            continue;
        if (!(seen & LATCH_EXCLUSIVE) && !want->is_exclusive)
            times_given_way++;
        sleep_until_changed(latch, want, seen, gives_way);
    }
}

void latch_shared_wait(struct latch *latch)
{
    const struct want want = {.is_exclusive = false};
    (void)take(latch, &want); /* without an identity nothing can be lost */
}

void latch_exclusive_wait(struct latch *latch)
{
    const struct want want = {.is_exclusive = true};
    (void)take(latch, &want);
}

bool latch_shared_while(struct latch *latch, const _Atomic uint64_t *identity, uint64_t expected)
{
    const struct want want = {.is_exclusive = false, .identity = identity, .expected = expected};
    return take(latch, &want);
}

bool latch_exclusive_while(struct latch *latch, const _Atomic uint64_t *identity, uint64_t expected)
{
    const struct want want = {.is_exclusive = true, .identity = identity, .expected = expected};
    return take(latch, &want);
}

void latch_unlock_shared_wake(struct latch *latch)
{
    uint32_t seen = atomic_load_explicit(&latch->word, memory_order_relaxed);
    uint32_t left;
    do {
        left = seen - 1;
        if ((left & SHARED_MASK) == 0)
            left = 0;
    } while (
        !atomic_compare_exchange_weak_explicit(&latch->word, &seen, left, memory_order_release, memory_order_relaxed));
    if (left == 0 && (seen & SLEEPERS))
        os_word_wake_all(&latch->word);
}

void latch_unlock_exclusive(struct latch *latch)
{
    if (atomic_exchange_explicit(&latch->word, 0, memory_order_release) & SLEEPERS)
        os_word_wake_all(&latch->word);
}

void latch_wake_sleepers(struct latch *latch)
{
    if (atomic_fetch_and_explicit(&latch->word, ~(SLEEPERS | EXCLUSIVE_WANTED), memory_order_acq_rel) & SLEEPERS)
        os_word_wake_all(&latch->word);
}

void latch_downgrade(struct latch *latch)
{
    if (atomic_exchange_explicit(&latch->word, 1, memory_order_release) & SLEEPERS)
        os_word_wake_all(&latch->word);
}

bool latch_try_upgrade(struct latch *latch)
{
    uint32_t seen = atomic_load_explicit(&latch->word, memory_order_relaxed);
    while ((seen & SHARED_MASK) == 1) {
        if (atomic_compare_exchange_weak_explicit(&latch->word, &seen, (seen - 1) | LATCH_EXCLUSIVE,
                                                  memory_order_acquire, memory_order_relaxed))
            return true;
    }
    return false;
}
