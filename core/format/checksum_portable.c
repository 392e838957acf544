/* SPDX-License-Identifier: MIT */
/* The block code in C for every processor, sixteen bytes at a time. The algebra: checksum_internal.h.
 *
 * gcc and clang turn the vector type into whatever the processor has: SSE2, NEON, or plain words. A dword's index in a
 * block of up to 8 KiB has eleven bits: 0 and 1 are its lane in the vector, three levels of the tree take three each.
 * XOR does not care about byte order, so the tree is made of bytes as they lie; only its few results are read as
 * numbers.
 */
#include "format/checksum_internal.h"

#include <string.h>

#include "base/byteorder.h"
#include "format/checksum.h"

typedef uint64_t vector __attribute__((vector_size(16)));

enum {
    FANOUT = 8,
    SUMS_MAX = CHECKSUM_BLOCK_SIZE_MAX / 16 / FANOUT,
    INDEX_BITS = 9, /* of a vector's index */
};

static inline vector load(const uint8_t *from)
{
    vector v;

    memcpy(&v, from, sizeof v);
    return v;
}

/* Folds `count` groups of eight vectors to as many sums; the odd halves go to the accumulators of three index bits.
 * `sums` may be `from`. Written out, because gcc keeps small arrays in memory where it keeps variables in registers. */
static inline void fold_level(const uint8_t *from, size_t count, uint8_t *sums, vector bits[3])
{
    vector bit0 = {0}, bit1 = {0}, bit2 = {0};

    for (size_t i = 0; i < count; i++, from += FANOUT * sizeof(vector)) {
        const vector v1 = load(from + 1 * sizeof(vector)), v3 = load(from + 3 * sizeof(vector));
        const vector v5 = load(from + 5 * sizeof(vector)), v7 = load(from + 7 * sizeof(vector));
        const vector a0 = load(from) ^ v1, a1 = load(from + 2 * sizeof(vector)) ^ v3;
        const vector a2 = load(from + 4 * sizeof(vector)) ^ v5, a3 = load(from + 6 * sizeof(vector)) ^ v7;
        const vector b1 = a2 ^ a3, sum = a0 ^ a1 ^ b1;

        bit0 ^= (v1 ^ v3) ^ (v5 ^ v7);
        bit1 ^= a1 ^ a3;
        bit2 ^= b1;
        memcpy(sums + i * sizeof sum, &sum, sizeof sum);
    }
    bits[0] = bit0;
    bits[1] = bit1;
    bits[2] = bit2;
}

/* The parity of all bits of a vector, which has no byte order either. */
static inline uint32_t parity(vector v)
{
    return (uint32_t)__builtin_parityll(v[0] ^ v[1]);
}

struct checksum_fold checksum_fold_portable(const uint8_t *block, size_t size)
{
    uint8_t sums[SUMS_MAX * sizeof(vector)];
    uint8_t last[FANOUT * sizeof(vector)] = {0}; /* smaller blocks leave a part of it zero */
    vector bits[INDEX_BITS];
    const size_t count = size / (sizeof(vector) * FANOUT);
    const le32 *total = (const void *)last;
    struct checksum_fold fold;

    fold_level(block, count, sums, bits);
    fold_level(sums, count / FANOUT, last, bits + 3);
    fold_level(last, 1, last, bits + 6);
    fold.column = le32_get(total[0]) ^ le32_get(total[1]) ^ le32_get(total[2]) ^ le32_get(total[3]);
    fold.index = (uint32_t)__builtin_parity(le32_get(total[1]) ^ le32_get(total[3])) |
                 (uint32_t)__builtin_parity(le32_get(total[2]) ^ le32_get(total[3])) << 1;
    for (unsigned k = 0; k < INDEX_BITS; k++)
        fold.index |= parity(bits[k]) << (k + 2);
    return fold;
}
