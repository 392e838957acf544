/* SPDX-License-Identifier: MIT */
/* checksum_internal.h - what the engines of the block code have in common: how little each has to compute.
 *
 * The block code looks like work per dword ("if the dword's parity is odd, XOR its index into p"), and is not. Parity
 * is linear, so bit k of p is the parity of the XOR of all dwords whose index has bit k set, whatever order they are
 * XORed in. With the XOR of the whole block, the column, everything else follows: q is p, complemented if the number of
 * odd dwords is odd, which is the parity of the column; r and s are the same over the 32 bits of the column.
 *
 * An engine therefore XORs a tree. Eight neighbours become one sum; the sums of the odd halves at each of the three
 * levels go to three accumulators, one for each index bit; the sums of eight are the leaves of the next tree:
 *
 *      v0 v1  v2 v3  v4 v5  v6 v7        accumulator of the lowest bit  ^=  v1 ^ v3 ^ v5 ^ v7
 *       a0     a1     a2     a3                         next bit        ^=  a1 ^ a3
 *          b0             b1                            third bit       ^=  b1
 *                 sum                                   one leaf of the next level
 *
 * That is 14 XORs for eight vectors, of any width, and parities are taken once for each block.
 */
#ifndef COLDSTREAM_FORMAT_CHECKSUM_INTERNAL_H
#define COLDSTREAM_FORMAT_CHECKSUM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct checksum_fold {
    uint32_t column; /* XOR of all dwords */
    uint32_t index;  /* p: XOR of the indexes of all dwords with odd parity */
};

/* `size` is 2048, 4096 or 8192; any alignment. */
typedef struct checksum_fold checksum_fold_fn(const uint8_t *block, size_t size);

struct checksum_fold checksum_fold_portable(const uint8_t *block, size_t size);

/* Where the compiler does not target x86, checksum_avx2_absent.c says that there is none. */
bool checksum_avx2_available(void);
struct checksum_fold checksum_fold_avx2(const uint8_t *block, size_t size);

#endif
