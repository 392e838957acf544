/* SPDX-License-Identifier: MIT */
/* block_sum.h - a sum of our own over a block, which tells a mixture of two versions of it from both.
 *
 * The checksums of the format are linear: a sector that is full of one byte adds nothing to them, whatever the byte. A
 * write that was cut short over an older version may so leave a mixture with a right checksum. In this sum every byte
 * and its place count. It is no digest: nobody chooses the bytes.
 */
#ifndef COLDSTREAM_FORMAT_BLOCK_SUM_H
#define COLDSTREAM_FORMAT_BLOCK_SUM_H

#include <stddef.h>
#include <stdint.h>

/* `size`: bytes, a multiple of 8. */
uint64_t block_sum(const void *block, size_t size);

#endif
