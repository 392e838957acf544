/* SPDX-License-Identifier: MIT */
/* fuzz_input.h - how the fuzz targets spend their input.
 *
 * Files of a database engine are mostly zeros under a checksum, and random bytes never match one. So the input is a
 * recipe: a few bytes that choose (sizes, numbers, which field to seal), then the bytes that matter, laid into a zeroed
 * block. That also keeps seeds small. make_seeds.c writes seeds by the same rules.
 */
#ifndef COLDSTREAM_TESTS_FUZZ_INPUT_H
#define COLDSTREAM_TESTS_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct fuzz_input {
    const uint8_t *bytes;
    size_t left;
};

/* The next byte; zero when there is none left. */
static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->bytes++;
}

static inline uint32_t fuzz_u32(struct fuzz_input *input)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 4; i++)
        value |= (uint32_t)fuzz_byte(input) << 8 * i;
    return value;
}

/* Moves up to `size` bytes to `to`; returns how many there were. */
static inline size_t fuzz_take(struct fuzz_input *input, void *to, size_t size)
{
    const size_t n = size < input->left ? size : input->left;

    if (n > 0)
        memcpy(to, input->bytes, n);
    input->bytes += n;
    input->left -= n;
    return n;
}

/* What a header of the core promises must hold for any input. */
static inline void fuzz_expect(bool promise)
{
    if (!promise)
        abort();
}

/* Reads every byte, so that the address sanitizer sees whether they are all there. */
static inline void fuzz_touch(const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    unsigned sum = 0;

    for (size_t i = 0; i < size; i++)
        sum += from[i];
    fuzz_expect(sum <= size * UINT8_MAX); /* so that the sum is wanted */
}

#endif
