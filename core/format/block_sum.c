/* SPDX-License-Identifier: MIT */
#include "format/block_sum.h"

#include "base/byteorder.h"

static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return sum ^ sum >> 32;
}

/* In lanes that do not wait for each other. */
uint64_t block_sum(const void *block, size_t size)
{
    enum { LANES = 4 };
    const le64 *words = block;
    const size_t count = size / sizeof *words;
    uint64_t lanes[LANES] = {1, 2, 3, 4}, sum = size;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (unsigned lane = 0; lane < LANES; lane++)
            lanes[lane] = mix(lanes[lane], le64_get(words[i + lane]));
    for (; i < count; i++)
        sum = mix(sum, le64_get(words[i]));
    for (unsigned lane = 0; lane < LANES; lane++)
        sum = mix(sum, lanes[lane]);
    return sum;
}
