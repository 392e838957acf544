/* SPDX-License-Identifier: MIT */
/* The block code in plain C, eight bytes at a time. The algebra: checksum_internal.h. */
#include "format/checksum_internal.h"

#include "base/byteorder.h"
#include "format/checksum.h"

enum {
    FANOUT = 8,
    WORDS_MAX = CHECKSUM_BLOCK_SIZE_MAX / 8,
    INDEX_BITS = 12, /* of a word's index: three for each of the four levels that 1024 words need */
};

/* XORs eight neighbours into one, and the odd halves into the accumulators of three index bits. */
static inline uint64_t fold_eight(const uint64_t v[FANOUT], uint64_t bits[3])
{
    const uint64_t a0 = v[0] ^ v[1], a1 = v[2] ^ v[3], a2 = v[4] ^ v[5], a3 = v[6] ^ v[7];
    const uint64_t b0 = a0 ^ a1, b1 = a2 ^ a3;

    bits[0] ^= v[1] ^ v[3] ^ v[5] ^ v[7];
    bits[1] ^= a1 ^ a3;
    bits[2] ^= b1;
    return b0 ^ b1;
}

/* The lowest level: from the bytes of the block to `count` sums. */
static void fold_bytes(const uint8_t *block, size_t count, uint64_t *sums, uint64_t bits[3])
{
    uint64_t low[3] = {0};

    for (size_t i = 0; i < count; i++) {
        const le64 *from = (const le64 *)block + i * FANOUT;
        uint64_t v[FANOUT];

        for (size_t k = 0; k < FANOUT; k++)
            v[k] = le64_get(from[k]);
        sums[i] = fold_eight(v, low);
    }
    for (size_t k = 0; k < 3; k++)
        bits[k] = low[k];
}

struct checksum_fold checksum_fold_portable(const uint8_t *block, size_t size)
{
    uint64_t sums[WORDS_MAX / FANOUT];
    uint64_t bits[INDEX_BITS] = {0};
    size_t count = size / (8 * FANOUT);
    struct checksum_fold fold;

    fold_bytes(block, count, sums, bits);
    for (uint64_t *level = bits + 3; count > 1; level += 3) {
        while (count % FANOUT)
            sums[count++] = 0;
        count /= FANOUT;
        for (size_t i = 0; i < count; i++)
            sums[i] = fold_eight(sums + i * FANOUT, level);
    }
    fold.column = (uint32_t)(sums[0] ^ sums[0] >> 32);
    fold.index = (uint32_t)__builtin_parity((uint32_t)(sums[0] >> 32));
    for (unsigned k = 0; k < INDEX_BITS; k++)
        fold.index |= (uint32_t)__builtin_parityll(bits[k]) << (k + 1);
    return fold;
}
