/* SPDX-License-Identifier: MIT */
/* checksum.h - the checksums of ESE's files.
 *
 * Two schemes:
 *
 *   XOR-32      headers of databases, logs and checkpoints, and pages written before format update 0xB: the XOR of all
 *               little-endian dwords but the first (which holds the checksum), with 0x89ABCDEF.
 *   block code  pages and log segments: 64 bits over a block of 2, 4 or 8 KiB. The low half is the XOR of all dwords,
 *               with the number of the page (or segment); the high half is an error-correcting code that names the place
 *               of a single flipped bit. A 16 or 32 KiB page consists of four blocks (page.h says which).
 *
 *       63            48 47            32 31             0
 *      +----------------+----------------+----------------+     q, p: 11 bits, which dword; s, r: 5 bits, which bit of
 *      |   q    |   s   |   p    |   r   |  XOR ^ number  |     it. p is the XOR of the indexes of all dwords with odd
 *      +----------------+----------------+----------------+     parity, q that of the complemented indexes, likewise r, s.
 *
 * The block code is the hot path of verify and backup, so it exists in several engines (portable C, AVX2) that compute
 * the same; the best one this processor has is chosen at the first use. Tests and benchmarks may choose another.
 * All functions are pure but for that choice, and safe to call from any thread. Facts: the engine's own definitions,
 * checked on 1,748 pages of 17 real databases and on 45 real log segments.
 */
#ifndef COLDSTREAM_FORMAT_CHECKSUM_H
#define COLDSTREAM_FORMAT_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

enum {
    CHECKSUM_BLOCK_SIZE_MIN = 2048,
    CHECKSUM_BLOCK_SIZE_MAX = 8192,
    CHECKSUM_FIELD_SIZE = 8, /* a headed block starts with its own checksum */
};

/* XOR-32 of `size` bytes (a multiple of 4, at least 4); the first four bytes do not count. */
uint32_t checksum_xor32(const void *bytes, size_t size);

/* The block code of `size` bytes: 2048, 4096 or 8192. Any alignment. `number`: page number or segment index. */
uint64_t checksum_block(const void *block, size_t size, uint32_t number);

/* The same for a block that carries its own checksum: its first 8 bytes count as zero. */
uint64_t checksum_headed_block(const void *block, size_t size, uint32_t number);

/* The single flipped bit that explains why a block of `size` bytes has `computed` and not `stored`: `*ret_bit` counts
 * from the least significant bit of byte 0. False if one flipped bit does not explain it. The caller has to refuse
 * bits that its block's sum does not cover. */
bool checksum_flipped_bit(uint64_t stored, uint64_t computed, size_t size, uint32_t *ret_bit);

/* True if the two differ by the number alone: the content is whole, and belongs to the number `*ret_number`. */
bool checksum_other_number(uint64_t stored, uint64_t computed, uint32_t number, uint32_t *ret_number);

enum checksum_engine {
    CHECKSUM_ENGINE_PORTABLE,
    CHECKSUM_ENGINE_AVX2,
    CHECKSUM_ENGINE_COUNT,
};

/* "portable", "avx2". */
const char *checksum_engine_name(enum checksum_engine engine);

/* Whether this build and this processor have it. */
bool checksum_engine_available(enum checksum_engine engine);

/* The engine in use. */
enum checksum_engine checksum_engine_get(void);

/* For tests and benchmarks: uses this engine from now on, in all threads. JET_errFeatureNotAvailable. */
MUST_CHECK jet_err checksum_engine_set(enum checksum_engine engine);

#endif
