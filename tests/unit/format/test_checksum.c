/* SPDX-License-Identifier: MIT */
/* Tests of format/checksum.h: the engines against a literal transcription of the format's definition, on blocks of
 * every size and alignment, and the arithmetic of flipped bits. Golden pages are in test_page_verify.c. */
#include "format/checksum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "pattern.h"

static const size_t block_sizes[] = {2048, 4096, 8192};

/* The definition, dword by dword and bit by bit. */
static uint64_t checksum_by_definition(const uint8_t *block, size_t size, uint32_t number, bool headed)
{
    const uint32_t n = (uint32_t)(size / 4);
    uint32_t col = 0, p = 0, q = 0, r = 0, s = 0;

    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *b = block + 4 * (size_t)i;
        uint32_t w = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        unsigned ones = 0;

        if (headed && i < 2)
            w = 0;
        col ^= w;
        for (unsigned k = 0; k < 32; k++)
            ones += w >> k & 1;
        if (ones % 2) {
            p ^= i;
            q ^= ~i;
        }
    }
    for (uint32_t b = 0; b < 32; b++)
        if (col >> b & 1) {
            r ^= b;
            s ^= ~b;
        }
    return (uint64_t)((q & (n - 1)) << 21 | (s & 31) << 16 | (p & (n - 1)) << 5 | (r & 31)) << 32 | (col ^ number);
}

static void assert_equals_definition(const uint8_t *block, size_t size, uint32_t number)
{
    assert_int_equal(checksum_block(block, size, number), checksum_by_definition(block, size, number, false));
    assert_int_equal(checksum_headed_block(block, size, number), checksum_by_definition(block, size, number, true));
}

static void assert_engine_equals_definition(enum checksum_engine engine)
{
    static uint8_t buffer[8192 + 64];
    uint32_t seed = 20;

    assert_int_equal(checksum_engine_set(engine), JET_errSuccess);
    for (size_t i = 0; i < COUNT_OF(block_sizes); i++)
        for (size_t alignment = 0; alignment < 64; alignment++) {
            pattern_random(buffer, sizeof buffer, &seed);
            assert_equals_definition(buffer + alignment, block_sizes[i], seed);
        }
}

/* The sum is linear, so what it gives for each single bit says it all. */
static void assert_every_single_bit_counts(enum checksum_engine engine)
{
    static uint8_t block[8192];

    assert_int_equal(checksum_engine_set(engine), JET_errSuccess);
    for (size_t i = 0; i < COUNT_OF(block_sizes); i++)
        for (uint32_t bit = 0; bit < block_sizes[i] * 8; bit++) {
            const uint32_t dword = bit / 32, mask = (uint32_t)block_sizes[i] / 4 - 1;
            const uint32_t ecc = (~dword & mask) << 21 | (~bit & 31) << 16 | dword << 5 | (bit & 31);

            pattern_flip(block, bit);
            if (checksum_block(block, block_sizes[i], 0) != ((uint64_t)ecc << 32 | UINT32_C(1) << bit % 32))
                fail_msg("block of %u, bit %u", (unsigned)block_sizes[i], (unsigned)bit);
            pattern_flip(block, bit);
        }
}

static void the_portable_engine_is_the_definition(void **state)
{
    assert_engine_equals_definition(CHECKSUM_ENGINE_PORTABLE);
    assert_every_single_bit_counts(CHECKSUM_ENGINE_PORTABLE);
}

static void the_avx2_engine_is_the_definition(void **state)
{
    if (!checksum_engine_available(CHECKSUM_ENGINE_AVX2)) {
        print_message("this processor has no AVX2\n");
        skip();
    }
    assert_engine_equals_definition(CHECKSUM_ENGINE_AVX2);
    assert_every_single_bit_counts(CHECKSUM_ENGINE_AVX2);
}

static void engines_agree_on_ten_thousand_random_blocks(void **state)
{
    static uint8_t block[8192];
    uint32_t seed = 7;

    if (!checksum_engine_available(CHECKSUM_ENGINE_AVX2))
        skip();
    for (unsigned i = 0; i < 10000; i++) {
        const size_t size = block_sizes[i % COUNT_OF(block_sizes)];
        uint64_t portable;

        pattern_random(block, size, &seed);
        assert_int_equal(checksum_engine_set(CHECKSUM_ENGINE_PORTABLE), JET_errSuccess);
        portable = checksum_headed_block(block, size, i);
        assert_int_equal(checksum_engine_set(CHECKSUM_ENGINE_AVX2), JET_errSuccess);
        assert_int_equal(checksum_headed_block(block, size, i), portable);
    }
}

/* Runs first: nobody has chosen yet. */
static void the_best_engine_is_in_use_from_the_start(void **state)
{
    static const uint8_t block[2048];
    const enum checksum_engine best =
        checksum_engine_available(CHECKSUM_ENGINE_AVX2) ? CHECKSUM_ENGINE_AVX2 : CHECKSUM_ENGINE_PORTABLE;

    assert_int_equal(checksum_engine_get(), best);
    assert_int_equal(checksum_block(block, sizeof block, 6), 6);
    assert_int_equal(checksum_engine_get(), best);
}

static void the_engine_in_use_is_the_one_that_was_set(void **state)
{
    assert_int_equal(checksum_engine_set(CHECKSUM_ENGINE_PORTABLE), JET_errSuccess);
    assert_int_equal(checksum_engine_get(), CHECKSUM_ENGINE_PORTABLE);
    assert_string_equal(checksum_engine_name(CHECKSUM_ENGINE_PORTABLE), "portable");
    assert_string_equal(checksum_engine_name(CHECKSUM_ENGINE_AVX2), "avx2");
    if (!checksum_engine_available(CHECKSUM_ENGINE_AVX2)) {
        assert_int_equal(checksum_engine_set(CHECKSUM_ENGINE_AVX2), JET_errFeatureNotAvailable);
        return;
    }
    assert_int_equal(checksum_engine_set(CHECKSUM_ENGINE_AVX2), JET_errSuccess);
    assert_int_equal(checksum_engine_get(), CHECKSUM_ENGINE_AVX2);
}

static void a_flipped_bit_is_located_wherever_it_is(void **state)
{
    static uint8_t block[8192];
    uint32_t seed = 3;

    for (size_t i = 0; i < COUNT_OF(block_sizes); i++) {
        const size_t size = block_sizes[i];
        uint64_t stored;

        pattern_random(block, size, &seed);
        stored = checksum_headed_block(block, size, 5);
        for (uint32_t bit = 64; bit < size * 8; bit += 13) {
            uint32_t found = 0;
            uint64_t computed;

            pattern_flip(block, bit);
            computed = checksum_headed_block(block, size, 5);
            pattern_flip(block, bit);
            assert_true(checksum_flipped_bit(stored, computed, size, &found));
            assert_int_equal(found, bit);
        }
    }
}

static void two_flipped_bits_are_never_taken_for_one(void **state)
{
    static uint8_t block[4096];
    uint32_t seed = 4;
    uint64_t stored;

    pattern_random(block, sizeof block, &seed);
    stored = checksum_headed_block(block, sizeof block, 5);
    for (unsigned i = 0; i < 5000; i++) {
        uint32_t first = 64 + pattern_next(&seed) % (4096 * 8 - 64), second, bit;

        do
            second = 64 + pattern_next(&seed) % (4096 * 8 - 64);
        while (second == first);
        pattern_flip(block, first);
        pattern_flip(block, second);
        assert_true(checksum_headed_block(block, sizeof block, 5) != stored);
        assert_false(checksum_flipped_bit(stored, checksum_headed_block(block, sizeof block, 5), sizeof block, &bit));
        pattern_flip(block, first);
        pattern_flip(block, second);
    }
}

static void equal_checksums_name_no_bit(void **state)
{
    uint32_t bit;

    assert_false(checksum_flipped_bit(0x1234567890, 0x1234567890, 4096, &bit));
}

static void a_block_of_another_number_says_which(void **state)
{
    static uint8_t block[4096];
    uint32_t seed = 5, number = 0;
    const uint64_t stored = (pattern_random(block, sizeof block, &seed), checksum_block(block, sizeof block, 77));

    assert_true(checksum_other_number(stored, checksum_block(block, sizeof block, 1000), 1000, &number));
    assert_int_equal(number, 77);
    assert_false(checksum_other_number(stored, stored, 77, &number));
    pattern_flip(block, 999);
    assert_false(checksum_other_number(stored, checksum_block(block, sizeof block, 77), 77, &number));
}

static void headers_have_their_golden_checksums(void **state)
{
    static uint8_t header[32768];
    static const uint8_t magic[] = {0xEF, 0xCD, 0xAB, 0x89};

    pattern_golden(header, sizeof header);
    assert_int_equal(checksum_xor32(header, 4096), 0xAC688037);
    assert_int_equal(checksum_xor32(header, 8192), 0x79CD7338);
    assert_int_equal(checksum_xor32(header, 32768), 0xD701960A);
    memset(header, 0, sizeof header);
    memcpy(header + 4, magic, sizeof magic);
    assert_int_equal(checksum_xor32(header, 4096), 0);
}

static void the_golden_pattern_is_the_published_one(void **state)
{
    static uint8_t page[4096];
    static const uint8_t first[] = {0xC6, 0x7E, 0x81, 0x6B, 0x4B, 0xFB, 0xE2, 0xFB,
                                    0x54, 0xF6, 0xBD, 0xDF, 0x7C, 0x1C, 0xE1, 0x87};
    unsigned sum = 0;

    pattern_golden(page, sizeof page);
    for (size_t i = 0; i < sizeof page; i++)
        sum += page[i];
    assert_memory_equal(page, first, sizeof first);
    assert_int_equal(sum, 522451);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_engine_is_in_use_from_the_start),
        cmocka_unit_test(the_portable_engine_is_the_definition),
        cmocka_unit_test(the_avx2_engine_is_the_definition),
        cmocka_unit_test(engines_agree_on_ten_thousand_random_blocks),
        cmocka_unit_test(the_engine_in_use_is_the_one_that_was_set),
        cmocka_unit_test(a_flipped_bit_is_located_wherever_it_is),
        cmocka_unit_test(two_flipped_bits_are_never_taken_for_one),
        cmocka_unit_test(equal_checksums_name_no_bit),
        cmocka_unit_test(a_block_of_another_number_says_which),
        cmocka_unit_test(headers_have_their_golden_checksums),
        cmocka_unit_test(the_golden_pattern_is_the_published_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
