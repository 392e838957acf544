/* SPDX-License-Identifier: MIT */
/* The block code with 32-byte vectors. The algebra: checksum_internal.h.
 *
 * A dword's index in a block of up to 8 KiB has eleven bits: 0 to 2 are its lane in the vector, 3 to 5 the vector in a
 * group of eight, 6 to 8 the group in a row of eight, 9 and 10 the row. The eight accumulators of bits 3 to 10 are just
 * as many as a vector has lanes: transposed and XORed into one vector, one move-mask yields their eight parities.
 *
 * Only the functions marked AVX2 may use its instructions, so that asking for them is safe on any x86. On 64-bit
 * Windows gcc does not align spilled 32-byte vectors; CMakeLists.txt has the assembler use unaligned moves there.
 */
#include "format/checksum_internal.h"

#include <immintrin.h>

#include "format/checksum.h"

#define AVX2        __attribute__((target("avx2")))
#define AVX2_INLINE AVX2 __attribute__((always_inline)) static inline

enum {
    FANOUT = 8,
    VECTOR = 32,
    GROUPS_MAX = CHECKSUM_BLOCK_SIZE_MAX / VECTOR / FANOUT,
    ROWS_MAX = GROUPS_MAX / FANOUT,
};

bool checksum_avx2_available(void)
{
    return __builtin_cpu_supports("avx2");
}

AVX2_INLINE __m256i load(const void *from)
{
    return _mm256_loadu_si256(from);
}

AVX2_INLINE __m256i xor2(__m256i a, __m256i b)
{
    return _mm256_xor_si256(a, b);
}

AVX2_INLINE __m256i xor4(__m256i a, __m256i b, __m256i c, __m256i d)
{
    return xor2(xor2(a, b), xor2(c, d));
}

/* Accumulators of three bits of the index. */
struct bits {
    __m256i b0, b1, b2;
};

/* Folds `count` groups of eight vectors to as many sums; the odd halves go to the accumulators. Single variables
 * throughout: gcc keeps small arrays of vectors in memory. */
AVX2_INLINE struct bits fold_level(const uint8_t *from, size_t count, uint8_t *sums)
{
    struct bits bits = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};

    for (size_t i = 0; i < count; i++, from += FANOUT * VECTOR) {
        const __m256i v1 = load(from + 1 * VECTOR), v3 = load(from + 3 * VECTOR);
        const __m256i v5 = load(from + 5 * VECTOR), v7 = load(from + 7 * VECTOR);
        const __m256i a0 = xor2(v1, load(from)), a1 = xor2(v3, load(from + 2 * VECTOR));
        const __m256i a2 = xor2(v5, load(from + 4 * VECTOR)), a3 = xor2(v7, load(from + 6 * VECTOR));
        const __m256i b1 = xor2(a2, a3);

        bits.b0 = xor2(bits.b0, xor4(v1, v3, v5, v7));
        bits.b1 = xor2(bits.b1, xor2(a1, a3));
        bits.b2 = xor2(bits.b2, b1);
        _mm256_storeu_si256((void *)(sums + i * VECTOR), xor2(xor2(a0, a1), b1));
    }
    return bits;
}

/* Lanes 0 and 4: XOR of a's lanes in the same half; 1 and 5 of b's; 2, 3, 6 and 7 have more of the same to add. */
AVX2_INLINE __m256i transpose_pair(__m256i a, __m256i b)
{
    return xor2(_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
}

/* In each half of the result, lanes 0 to 3: XOR of the lanes of a, b, c and d in that half. */
AVX2_INLINE __m256i transpose_quad(__m256i a, __m256i b, __m256i c, __m256i d)
{
    const __m256i ab = transpose_pair(a, b), cd = transpose_pair(c, d);

    return xor2(_mm256_unpacklo_epi64(ab, cd), _mm256_unpackhi_epi64(ab, cd));
}

/* Lane k of the result: XOR of all lanes of the k-th of eight vectors, given as two quads. */
AVX2_INLINE __m256i transpose_halves(__m256i low, __m256i high)
{
    return xor2(_mm256_permute2x128_si256(low, high, 0x20), _mm256_permute2x128_si256(low, high, 0x31));
}

/* Bit k of the result is the parity of lane k. */
AVX2_INLINE uint32_t lane_parities(__m256i v)
{
    v = xor2(v, _mm256_slli_epi32(v, 16));
    v = xor2(v, _mm256_slli_epi32(v, 8));
    v = xor2(v, _mm256_slli_epi32(v, 4));
    v = xor2(v, _mm256_slli_epi32(v, 2));
    v = xor2(v, _mm256_slli_epi32(v, 1));
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(v));
}

AVX2_INLINE uint32_t xor_of_lanes(__m256i v)
{
    __m128i half = _mm_xor_si128(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

    half = _mm_xor_si128(half, _mm_shuffle_epi32(half, 0x4E));
    half = _mm_xor_si128(half, _mm_shuffle_epi32(half, 0xB1));
    return (uint32_t)_mm_cvtsi128_si32(half);
}

AVX2 struct checksum_fold checksum_fold_avx2(const uint8_t *block, size_t size)
{
    uint8_t groups[GROUPS_MAX * VECTOR], rows[ROWS_MAX * VECTOR];
    const size_t count_groups = size / (VECTOR * FANOUT);
    struct checksum_fold fold;
    struct bits low, middle;
    __m256i row1, row2, row3, total, indexes;
    uint32_t lanes;

    /* A block of one or two rows leaves the others zero. */
    for (size_t i = 1; i < ROWS_MAX; i++)
        _mm256_storeu_si256((void *)(rows + i * VECTOR), _mm256_setzero_si256());
    low = fold_level(block, count_groups, groups);
    middle = fold_level(groups, count_groups / FANOUT, rows);
    row1 = load(rows + 1 * VECTOR);
    row2 = load(rows + 2 * VECTOR);
    row3 = load(rows + 3 * VECTOR);
    total = xor4(load(rows), row1, row2, row3);
    indexes = transpose_halves(transpose_quad(low.b0, low.b1, low.b2, middle.b0),
                               transpose_quad(middle.b1, middle.b2, xor2(row1, row3), xor2(row2, row3)));

    lanes = lane_parities(total);
    fold.column = xor_of_lanes(total);
    fold.index = lane_parities(indexes) << 3 | (uint32_t)__builtin_parity(lanes & 0xAA) |
                 (uint32_t)__builtin_parity(lanes & 0xCC) << 1 | (uint32_t)__builtin_parity(lanes & 0xF0) << 2;
    return fold;
}
