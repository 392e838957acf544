/* SPDX-License-Identifier: MIT */
/* pattern.h - bytes for the tests of format/: reproducible noise, and the pattern of the format's golden vectors. */
#ifndef COLDSTREAM_TESTS_UNIT_FORMAT_PATTERN_H
#define COLDSTREAM_TESTS_UNIT_FORMAT_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* One step of a small generator (xorshift); the seed must not be 0. */
static inline uint32_t pattern_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static inline void pattern_random(void *bytes, size_t size, uint32_t *seed)
{
    uint8_t *to = bytes;

    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(pattern_next(seed) >> 11);
}

/* The content that the published test vectors are made of. */
static inline void pattern_golden(void *bytes, size_t size)
{
    uint8_t *to = bytes;
    uint32_t s = 1;

    for (size_t i = 0; i < size; i++) {
        s = s * 1103515245u + 12345u;
        to[i] = (uint8_t)(s >> 16);
    }
}

static inline void pattern_flip(void *bytes, uint32_t bit)
{
    uint8_t *at = bytes;

    at[bit / 8] = (uint8_t)(at[bit / 8] ^ 1u << bit % 8);
}

#endif
