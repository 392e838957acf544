/* SPDX-License-Identifier: MIT */
#include "crc32c.h"

#include <stdbool.h>
#include <string.h>

/* Bits reversed, as the polynomial of 0x1EDC6F41 works on streams. A nibble at a time: the table is small enough to be
 * read, and processors without the instruction are few. */
static const uint32_t nibbles[16] = {
    0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
    0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9, 0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75,
};

uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    crc = ~crc;
    for (; size > 0; size--) {
        crc ^= *at++;
        crc = crc >> 4 ^ nibbles[crc & 15];
        crc = crc >> 4 ^ nibbles[crc & 15];
    }
    return ~crc;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define BY_INSTRUCTION __attribute__((target("sse4.2,pclmul")))

/* The instruction takes a word a cycle, but its answer is there only three cycles later. So three lanes that lie one
 * behind the other go side by side, and are put together as if the second and the third had begun with what was before
 * them. */
enum { LANE_BYTES = 1024 };

/* What a checksum is multiplied by to move over n bytes more: x^(8n - 33) modulo the polynomial, bits reversed. The 33:
 * the instruction multiplies by x^32, and a product of two reversed numbers is one place off. */
static const uint32_t move_one_lane = 0x170076FA, move_two_lanes = 0xA51B6135;

BY_INSTRUCTION static uint64_t word_at(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

BY_INSTRUCTION static uint32_t moved(uint64_t sum, uint32_t factor)
{
    const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)sum), _mm_cvtsi32_si128((int)factor), 0);
    return (uint32_t)_mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

BY_INSTRUCTION static uint64_t three_lanes(uint64_t sum, const uint8_t *at)
{
    uint64_t second = 0, third = 0;
    for (const uint8_t *end = at + LANE_BYTES; at < end; at += sizeof(uint64_t)) {
        sum = _mm_crc32_u64(sum, word_at(at));
        second = _mm_crc32_u64(second, word_at(at + LANE_BYTES));
        third = _mm_crc32_u64(third, word_at(at + 2 * LANE_BYTES));
    }
    return moved(sum, move_two_lanes) ^ moved(second, move_one_lane) ^ third;
}

BY_INSTRUCTION static uint32_t by_instruction(uint32_t crc, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t sum = ~crc;
    for (; size >= 3 * (size_t)LANE_BYTES; size -= 3 * (size_t)LANE_BYTES, at += 3 * LANE_BYTES)
        sum = three_lanes(sum, at);
    for (; size >= sizeof sum; size -= sizeof sum, at += sizeof sum)
        sum = _mm_crc32_u64(sum, word_at(at));
    for (; size > 0; size--)
        sum = _mm_crc32_u8((uint32_t)sum, *at++);
    return ~(uint32_t)sum;
}

uint32_t crc32c(uint32_t crc, const void *bytes, size_t size)
{
    const bool has_both = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
    return has_both ? by_instruction(crc, bytes, size) : crc32c_portable(crc, bytes, size);
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

uint32_t crc32c(uint32_t crc, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    crc = ~crc;
    for (; size >= 8; size -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        crc = __crc32cd(crc, word);
    }
    for (; size > 0; size--)
        crc = __crc32cb(crc, *at++);
    return ~crc;
}
#else
uint32_t crc32c(uint32_t crc, const void *bytes, size_t size)
{
    return crc32c_portable(crc, bytes, size);
}
#endif
