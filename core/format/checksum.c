/* SPDX-License-Identifier: MIT */
/* checksum.c - from the fold of a block to its checksum, and the choice of the engine that folds.
 *
 * An engine (checksum_portable.c, checksum_avx2.c) yields two numbers of a block: the column, which is the XOR of its
 * dwords, and p, the XOR of the indexes of its dwords with odd parity; checksum_internal.h explains why that is all.
 * Here they become the 64 bits on disk. A block that carries its own checksum is folded as it is; the first two dwords
 * are then taken out again, dword 0 from the column alone (its index is 0), dword 1 from p as well.
 *
 * The choice is one atomic pointer. It starts at a function that chooses and then passes the call on, so there is
 * nothing to initialise; two threads that meet there store the same value. Relaxed order will do: the pointer guards no
 * data.
 */
#include "format/checksum.h"

#include <assert.h>
#include <stdatomic.h>

#include "base/byteorder.h"
#include "format/checksum_internal.h"

static checksum_fold_fn fold_first;

/* Written by fold_first() and checksum_engine_set(), read at every block. */
static _Atomic(checksum_fold_fn *) engine_fold = fold_first;

static const struct {
    const char *name;
    checksum_fold_fn *fold;
} engines[CHECKSUM_ENGINE_COUNT] = {
    [CHECKSUM_ENGINE_PORTABLE] = {"portable", checksum_fold_portable},
    [CHECKSUM_ENGINE_AVX2] = {"avx2",     checksum_fold_avx2    },
};

const char *checksum_engine_name(enum checksum_engine engine)
{
    return engines[engine].name;
}

bool checksum_engine_available(enum checksum_engine engine)
{
    return engine == CHECKSUM_ENGINE_PORTABLE || checksum_avx2_available();
}

static enum checksum_engine engine_best(void)
{
    return checksum_engine_available(CHECKSUM_ENGINE_AVX2) ? CHECKSUM_ENGINE_AVX2 : CHECKSUM_ENGINE_PORTABLE;
}

enum checksum_engine checksum_engine_get(void)
{
    checksum_fold_fn *fold = atomic_load_explicit(&engine_fold, memory_order_relaxed);

    for (int i = 0; i < CHECKSUM_ENGINE_COUNT; i++)
        if (engines[i].fold == fold)
            return (enum checksum_engine)i;
    return engine_best(); /* not chosen yet */
}

jet_err checksum_engine_set(enum checksum_engine engine)
{
    if (!checksum_engine_available(engine))
        return JET_errFeatureNotAvailable;
    atomic_store_explicit(&engine_fold, engines[engine].fold, memory_order_relaxed);
    return JET_errSuccess;
}

static struct checksum_fold fold_first(const uint8_t *block, size_t size)
{
    checksum_fold_fn *fold = engines[engine_best()].fold;

    atomic_store_explicit(&engine_fold, fold, memory_order_relaxed);
    return fold(block, size);
}

static struct checksum_fold fold_block(const uint8_t *block, size_t size)
{
    assert(size == 2048 || size == 4096 || size == 8192);
    return atomic_load_explicit(&engine_fold, memory_order_relaxed)(block, size);
}

static uint32_t parity(uint32_t value)
{
    return (uint32_t)__builtin_parity(value);
}

/* r: the XOR of the numbers of all bits set in the column. */
static uint32_t column_index(uint32_t column)
{
    return parity(column & 0xAAAAAAAA) | parity(column & 0xCCCCCCCC) << 1 | parity(column & 0xF0F0F0F0) << 2 |
           parity(column & 0xFF00FF00) << 3 | parity(column & 0xFFFF0000) << 4;
}

/* The high half of a checksum, from the two pairs of index and complemented index. */
static uint32_t ecc_make(uint32_t q, uint32_t s, uint32_t p, uint32_t r)
{
    return q << 21 | s << 16 | p << 5 | r;
}

static uint64_t sum_make(struct checksum_fold fold, size_t size, uint32_t number)
{
    const uint32_t complement = 0 - parity(fold.column); /* all ones if an odd number of dwords is odd */
    const uint32_t index_mask = (uint32_t)(size / 4 - 1);
    const uint32_t r = column_index(fold.column);
    const uint32_t ecc = ecc_make((fold.index ^ complement) & index_mask, (r ^ complement) & 31, fold.index, r);

    return (uint64_t)ecc << 32 | (fold.column ^ number);
}

uint64_t checksum_block(const void *block, size_t size, uint32_t number)
{
    return sum_make(fold_block(block, size), size, number);
}

uint64_t checksum_headed_block(const void *block, size_t size, uint32_t number)
{
    const le32 *first = block;
    struct checksum_fold fold = fold_block(block, size);

    fold.column ^= le32_get(first[0]) ^ le32_get(first[1]);
    fold.index ^= parity(le32_get(first[1]));
    return sum_make(fold, size, number);
}

bool checksum_flipped_bit(uint64_t stored, uint64_t computed, size_t size, uint32_t *ret_bit)
{
    const uint32_t ecc = (uint32_t)((stored ^ computed) >> 32);
    const uint32_t column = (uint32_t)(stored ^ computed);
    const uint32_t bit = ecc & 0xFFFF;
    const uint32_t dword = bit / 32;

    if (bit >= size * 8 || column != UINT32_C(1) << bit % 32)
        return false;
    if (ecc != ecc_make(~dword & (uint32_t)(size / 4 - 1), ~bit & 31, dword, bit & 31))
        return false;
    *ret_bit = bit;
    return true;
}

bool checksum_other_number(uint64_t stored, uint64_t computed, uint32_t number, uint32_t *ret_number)
{
    if (stored == computed || stored >> 32 != computed >> 32)
        return false;
    *ret_number = number ^ (uint32_t)(stored ^ computed);
    return true;
}

uint32_t checksum_xor32(const void *bytes, size_t size)
{
    const le32 *words = bytes;
    uint32_t sum = 0x89ABCDEF;

    assert(size >= 4 && size % 4 == 0);
    for (size_t i = 1; i < size / 4; i++)
        sum ^= le32_get(words[i]);
    return sum;
}
