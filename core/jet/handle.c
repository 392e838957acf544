/* SPDX-License-Identifier: MIT */
#include "jet/handle.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "os/os_thread.h"
#include "os/os_word.h"

enum {
    KIND_BITS = 2,
#if UINTPTR_MAX > 0xFFFFFFFFu
    INDEX_BITS = 22,
#else
    INDEX_BITS = 18,
#endif
    CHUNK_BITS = 10,
    CHUNK_SLOTS = 1 << CHUNK_BITS,
    CHUNK_COUNT = 1 << (INDEX_BITS - CHUNK_BITS),
    GENERATION_SHIFT = KIND_BITS + INDEX_BITS,
    FREE_KEPT = 256, /* slots that rest before one is used again: where generations are short this makes them last */
    NO_SLOT = -1,
};

enum claim {
    CLAIM_NONE,
    CLAIM_TAKEN,
    CLAIM_AWAITED, /* taken, and somebody sleeps until it is released */
};

/* Everything but `handle` and `claim` is written while `handle` is 0. */
struct slot {
    _Atomic uintptr_t handle; /* 0: free. Released by opening and closing, acquired by looking up */
    _Atomic uint32_t claim;   /* enum claim; acquired by claiming, released by releasing */
    int32_t next_free;        /* guarded by the table's lock */
    _Atomic uintptr_t owner;
    void *_Atomic object;
    uintptr_t generation; /* of the last handle; guarded by the table's lock */
};

struct table {
    struct os_mutex *lock;
    struct slot *_Atomic chunks[CHUNK_COUNT]; /* released when a chunk comes; never goes */
    int32_t count;                            /* slots that exist */
    int32_t free_first, free_last;            /* a queue, so that a slot rests as long as possible */
    int32_t free_count;
};

/* Made once, by whoever comes first, and kept until the process ends. */
static struct table *_Atomic the_table;

static struct table *table_get(void)
{
    return atomic_load_explicit(&the_table, memory_order_acquire);
}

static jet_err table_make(struct table **ret_table)
{
    struct table *expected = table_get();
    if (expected) {
        *ret_table = expected;
        return JET_errSuccess;
    }
    struct table *table = calloc(1, sizeof *table);
    if (!table)
        return JET_errOutOfMemory;
    table->free_first = table->free_last = NO_SLOT;
    jet_err err = os_mutex_new(LOCK_RANK_HANDLES, &table->lock);
    if (err < JET_errSuccess) {
        free(table);
        return err;
    }
    if (!atomic_compare_exchange_strong(&the_table, &expected, table)) {
        os_mutex_free(table->lock);
        free(table);
        table = expected;
    }
    *ret_table = table;
    return JET_errSuccess;
}

static struct slot *slot_at(struct table *table, uint32_t index)
{
    struct slot *chunk = atomic_load_explicit(&table->chunks[index >> CHUNK_BITS], memory_order_acquire);
    return chunk ? &chunk[index & (CHUNK_SLOTS - 1)] : NULL;
}

static uint32_t handle_index(uintptr_t handle)
{
    return (uint32_t)(handle >> KIND_BITS) & ((1u << INDEX_BITS) - 1);
}

/* The slot of a handle that is open at this moment, or NULL. */
static struct slot *slot_of(uintptr_t handle, enum handle_kind kind)
{
    struct table *table = table_get();
    if (!table || (handle & ((1u << KIND_BITS) - 1)) != (uintptr_t)kind)
        return NULL;
    struct slot *slot = slot_at(table, handle_index(handle));
    return slot && atomic_load_explicit(&slot->handle, memory_order_acquire) == handle ? slot : NULL;
}

/* Takes a free slot out of the queue, or makes one; the lock is held. NO_SLOT: out of memory or indexes. */
static int32_t slot_take(struct table *table)
{
    int32_t index = table->free_first;
    if (table->free_count > FREE_KEPT || (table->count >= 1 << INDEX_BITS && table->free_count > 0)) {
        table->free_first = slot_at(table, (uint32_t)index)->next_free;
        if (table->free_first == NO_SLOT)
            table->free_last = NO_SLOT;
        table->free_count--;
        return index;
    }
    index = table->count;
    if (index >= 1 << INDEX_BITS)
        return NO_SLOT;
    if ((index & (CHUNK_SLOTS - 1)) == 0) {
        struct slot *chunk = calloc(CHUNK_SLOTS, sizeof *chunk);
        if (!chunk)
            return NO_SLOT;
        atomic_store_explicit(&table->chunks[index >> CHUNK_BITS], chunk, memory_order_release);
    }
    table->count++;
    return index;
}

jet_err handle_new(enum handle_kind kind, void *object, uintptr_t owner, uintptr_t *ret_handle)
{
    struct table *table;
    jet_err err = table_make(&table);
    if (err < JET_errSuccess)
        return err;
    os_mutex_lock(table->lock);
    int32_t index = slot_take(table);
    if (index == NO_SLOT) {
        err = JET_errOutOfMemory;
        goto out;
    }
    struct slot *slot = slot_at(table, (uint32_t)index);
    uintptr_t rest = (uintptr_t)index << KIND_BITS | (uintptr_t)kind;
    uintptr_t handle;
    do { /* the API means something by 0 and by ~0 */
        handle = ++slot->generation << GENERATION_SHIFT | rest;
    } while (handle >> GENERATION_SHIFT == 0 || handle == ~(uintptr_t)0);
    atomic_store_explicit(&slot->object, object, memory_order_relaxed);
    atomic_store_explicit(&slot->owner, owner, memory_order_relaxed);
    atomic_store_explicit(&slot->handle, handle, memory_order_release);
    *ret_handle = handle;
out:
    os_mutex_unlock(table->lock);
    return err;
}

static void claim_end(struct slot *slot)
{
    if (atomic_exchange_explicit(&slot->claim, CLAIM_NONE, memory_order_release) == CLAIM_AWAITED)
        os_word_wake_all(&slot->claim);
}

void handle_free(uintptr_t handle)
{
    struct table *table = table_get();
    uint32_t index = handle_index(handle);
    struct slot *slot = slot_at(table, index);
    atomic_store_explicit(&slot->handle, 0, memory_order_release);
    claim_end(slot);
    os_mutex_lock(table->lock);
    slot->next_free = NO_SLOT;
    if (table->free_last == NO_SLOT)
        table->free_first = (int32_t)index;
    else
        slot_at(table, (uint32_t)table->free_last)->next_free = (int32_t)index;
    table->free_last = (int32_t)index;
    table->free_count++;
    os_mutex_unlock(table->lock);
}

void *handle_object(uintptr_t handle, enum handle_kind kind)
{
    uintptr_t owner;
    return handle_object_of(handle, kind, &owner);
}

void *handle_object_of(uintptr_t handle, enum handle_kind kind, uintptr_t *ret_owner)
{
    const struct slot *slot = slot_of(handle, kind);
    if (!slot)
        return NULL;
    *ret_owner = atomic_load_explicit(&slot->owner, memory_order_relaxed);
    return atomic_load_explicit(&slot->object, memory_order_relaxed);
}

uintptr_t handle_owner(uintptr_t handle, enum handle_kind kind)
{
    const struct slot *slot = slot_of(handle, kind);
    return slot ? atomic_load_explicit(&slot->owner, memory_order_relaxed) : 0;
}

enum handle_claim handle_claim(uintptr_t handle, enum handle_kind kind, void **ret_object)
{
    struct slot *slot = slot_of(handle, kind);
    if (!slot)
        return HANDLE_ABSENT;
    uint32_t none = CLAIM_NONE;
    if (!atomic_compare_exchange_strong_explicit(&slot->claim, &none, CLAIM_TAKEN, memory_order_acquire,
                                                 memory_order_relaxed))
        return HANDLE_BUSY;
    /* It may have been closed, and the slot used again, between the look and the claim. */
    if (atomic_load_explicit(&slot->handle, memory_order_acquire) != handle) {
        claim_end(slot);
        return HANDLE_ABSENT;
    }
    *ret_object = atomic_load_explicit(&slot->object, memory_order_relaxed);
    return HANDLE_CLAIMED;
}

enum handle_claim handle_claim_wait(uintptr_t handle, enum handle_kind kind, void **ret_object)
{
    for (;;) {
        enum handle_claim claim = handle_claim(handle, kind, ret_object);
        if (claim != HANDLE_BUSY)
            return claim;
        struct slot *slot = slot_of(handle, kind);
        uint32_t taken = CLAIM_TAKEN;
        if (slot && (atomic_compare_exchange_strong(&slot->claim, &taken, CLAIM_AWAITED) || taken == CLAIM_AWAITED))
            os_word_wait(&slot->claim, CLAIM_AWAITED, OS_WAIT_FOREVER);
    }
}

void handle_release(uintptr_t handle)
{
    claim_end(slot_at(table_get(), handle_index(handle)));
}
