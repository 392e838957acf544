/* SPDX-License-Identifier: MIT */
/* Tests of compressed values: golden ones of the three schemes, and streams that lie. */
#include "format/compressed.h"
#include "format/xpress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"

static uint8_t decoded[70000];

static void golden_seven_bit_values_are_read(void **state)
{
    static const struct {
        const char *text;
        uint8_t bytes[16];
        size_t size;
    } rows[] = {
        {"A",            {0x0E, 0x41},                                                             2 },
        {"ABCDEFGH",     {0x0F, 0x41, 0xE1, 0x90, 0x58, 0x34, 0x1E, 0x91},                         8 },
        {"Hello, world", {0x0B, 0xC8, 0x32, 0x9B, 0xFD, 0x66, 0x81, 0xEE, 0x6F, 0x39, 0x9B, 0x0C}, 12},
    };
    size_t size = 0;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(compressed_size(rows[i].bytes, rows[i].size, &size), JET_errSuccess);
        assert_int_equal(size, strlen(rows[i].text));
        size = 0;
        assert_int_equal(compressed_decode(rows[i].bytes, rows[i].size, decoded, sizeof decoded, &size),
                         JET_errSuccess);
        assert_int_equal(size, strlen(rows[i].text));
        assert_memory_equal(decoded, rows[i].text, size);
    }
}

static void a_golden_unicode_value_is_read(void **state)
{
    static const uint8_t bytes[] = {0x13, 0xC8, 0x32, 0x9B, 0xFD, 0x66, 0x81, 0xEE, 0x6F, 0x39, 0x9B, 0x0C};
    static const char text[] = "Hello, world";
    size_t size = 0;

    assert_int_equal(compressed_decode(bytes, sizeof bytes, decoded, sizeof decoded, &size), JET_errSuccess);
    assert_int_equal(size, 2 * strlen(text));
    for (size_t i = 0; i < strlen(text); i++) {
        assert_int_equal(decoded[2 * i], text[i]);
        assert_int_equal(decoded[2 * i + 1], 0);
    }
}

static const uint8_t repeated[] = {0x18, 0x2C, 0x01, 0xFF, 0xFF, 0xFF, 0x1F, 0x61,
                                   0x62, 0x63, 0x17, 0x00, 0x0F, 0xFF, 0x26, 0x01};

static void a_golden_xpress_value_is_read(void **state)
{
    size_t size = 0;

    assert_int_equal(compressed_decode(repeated, sizeof repeated, decoded, sizeof decoded, &size), JET_errSuccess);
    assert_int_equal(size, 300);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(decoded[i], "abc"[i % 3]);
}

static void a_golden_xpress_stream_of_plain_bytes_is_read(void **state)
{
    uint8_t stream[4 + 26] = {0x3F, 0, 0, 0};

    for (unsigned i = 0; i < 26; i++)
        stream[4 + i] = (uint8_t)('a' + i);
    assert_int_equal(xpress_decode(stream, sizeof stream, decoded, 26), JET_errSuccess);
    assert_memory_equal(decoded, "abcdefghijklmnopqrstuvwxyz", 26);
}

static void two_matches_share_a_byte_of_nibbles(void **state)
{
    /* a, match(1, 3 + 7 + 2), b, match(1, 3 + 7 + 4) */
    static const uint8_t stream[] = {0, 0, 0, 0x50, 'a', 7, 0, 0x42, 'b', 7, 0};
    static const char expected[] = "aaaaaaaaaaaaabbbbbbbbbbbbbbb";

    assert_int_equal(xpress_decode(stream, sizeof stream, decoded, sizeof expected - 1), JET_errSuccess);
    assert_memory_equal(decoded, expected, sizeof expected - 1);
}

static void lengths_of_every_width_are_read(void **state)
{
    static const uint8_t by_byte[] = {0, 0, 0, 0x40, 'a', 7, 0, 15, 100};
    static const uint8_t by_u16[] = {0, 0, 0, 0x40, 'a', 7, 0, 15, 255, 0x00, 0x10};
    static const uint8_t by_u32[] = {0, 0, 0, 0x40, 'a', 7, 0, 15, 255, 0, 0, 0x00, 0x00, 0x01, 0x00};

    assert_int_equal(xpress_decode(by_byte, sizeof by_byte, decoded, 1 + 100 + 15 + 7 + 3), JET_errSuccess);
    assert_int_equal(xpress_decode(by_byte, sizeof by_byte, decoded, 1 + 100 + 15 + 7 + 2), JET_errDecompressionFailed);
    assert_int_equal(xpress_decode(by_u16, sizeof by_u16, decoded, 1 + 4096 + 3), JET_errSuccess);
    assert_int_equal(xpress_decode(by_u32, sizeof by_u32, decoded, 1 + 65536 + 3), JET_errSuccess);
}

static void streams_that_lie_are_refused(void **state)
{
    static const uint8_t too_far[] = {0, 0, 0, 0x40, 'a', 8, 0}, nothing_before[] = {0, 0, 0, 0x80, 0, 0};
    static const uint8_t too_short[] = {0, 0, 0, 0x40, 'a', 7, 0, 15, 255, 21, 0};

    assert_int_equal(xpress_decode(too_far, sizeof too_far, decoded, 4), JET_errDecompressionFailed);
    assert_int_equal(xpress_decode(nothing_before, sizeof nothing_before, decoded, 3), JET_errDecompressionFailed);
    assert_int_equal(xpress_decode(too_short, sizeof too_short, decoded, 25), JET_errDecompressionFailed);
    for (size_t size = 3; size < sizeof repeated; size++) {
        size_t decoded_size;

        assert_int_equal(compressed_decode(repeated, size, decoded, sizeof decoded, &decoded_size),
                         JET_errDecompressionFailed);
    }
}

static void other_schemes_and_small_buffers_are_refused(void **state)
{
    uint8_t bytes[32] = {0};
    size_t size = 0;

    for (unsigned scheme = 0; scheme < 32; scheme++) {
        bytes[0] = (uint8_t)(scheme << 3);
        if (scheme < 1 || scheme > 3)
            assert_int_equal(compressed_decode(bytes, sizeof bytes, decoded, sizeof decoded, &size),
                             JET_errDecompressionFailed);
        assert_int_equal(compressed_decode(bytes, 1, decoded, sizeof decoded, &size), JET_errDecompressionFailed);
    }
    assert_int_equal(compressed_decode(bytes, 0, decoded, sizeof decoded, &size), JET_errDecompressionFailed);
    assert_int_equal(compressed_decode(repeated, sizeof repeated, decoded, 299, &size), JET_errBufferTooSmall);
}

/* ---- making them ---- */

static uint8_t plain[70000], made[70000];

static size_t make(size_t size, size_t xpress_min)
{
    size_t made_size = 0;

    return compressed_encode(plain, size, xpress_min, made, &made_size) ? made_size : 0;
}

/* What was made is smaller, and becomes what it was. */
static size_t round_trip(size_t size, size_t xpress_min)
{
    size_t decoded_size = 0;
    const size_t made_size = make(size, xpress_min);

    if (made_size == 0)
        return 0;
    assert_true(made_size < size);
    assert_int_equal(compressed_size(made, made_size, &decoded_size), JET_errSuccess);
    assert_int_equal(decoded_size, size);
    assert_int_equal(compressed_decode(made, made_size, decoded, sizeof decoded, &decoded_size), JET_errSuccess);
    assert_int_equal(decoded_size, size);
    assert_memory_equal(decoded, plain, size);
    return made_size;
}

/* Byte for byte what Windows makes. */
static void values_are_made_as_windows_makes_them(void **state)
{
    static const uint8_t letters[] = {0x0F, 0x41, 0xE1, 0x90, 0x58, 0x34, 0x1E, 0x91};
    static const uint8_t greeting[] = {0x13, 0xC8, 0x32, 0x9B, 0xFD, 0x66, 0x81, 0xEE, 0x6F, 0x39, 0x9B, 0x0C};
    static const char text[] = "Hello, world";

    for (size_t i = 0; i < 300; i++)
        plain[i] = (uint8_t) "abc"[i % 3];
    assert_int_equal(make(300, 0), sizeof repeated);
    assert_memory_equal(made, repeated, sizeof repeated);
    for (size_t i = 0; i < strlen(text); i++) {
        plain[2 * i] = (uint8_t)text[i];
        plain[2 * i + 1] = 0;
    }
    assert_int_equal(make(2 * strlen(text), SIZE_MAX), sizeof greeting);
    assert_memory_equal(made, greeting, sizeof greeting);
    memcpy(plain, "ABCDEFGHI", 9);
    assert_int_equal(make(8, SIZE_MAX), 0); /* no smaller */
    assert_int_equal(make(9, SIZE_MAX), 0);
    memcpy(plain, "ABCDEFGHABCDEFGH", 16);
    assert_int_equal(make(16, SIZE_MAX), 15);
    assert_int_equal(made[0] >> 3, 1);
    assert_memory_equal(made + 1, letters + 1, sizeof letters - 1);
}

static void what_cannot_get_smaller_is_left_alone(void **state)
{
    uint32_t random = 1;

    for (size_t i = 0; i < sizeof plain; i++) {
        random = random * 1664525 + 1013904223;
        plain[i] = (uint8_t)(random >> 24);
    }
    assert_int_equal(make(0, 0), 0);
    assert_int_equal(make(1, 0), 0);
    assert_int_equal(make(5000, 0), 0);
    memset(plain, 0xFF, sizeof plain);
    assert_int_equal(make(66000, 0), 0); /* XPRESS has two bytes for the size */
    assert_true(round_trip(65535, 0) > 0);
    assert_int_equal(make(1000, 1024), 0); /* not to be tried */
}

/* Runs, repeats near and far, text and noise, in turns: lengths of every form, matches that overlap themselves, flags
 * that end a word. */
static void whatever_is_made_becomes_what_it_was(void **state)
{
    uint32_t random = 12345;
    size_t made_count = 0;

    for (unsigned round = 0; round < 400; round++) {
        size_t size = 0;
        const size_t wanted = 1 + (random >> 8) % (round % 8 == 0 ? 65535 : 3000);

        while (size < wanted) {
            random = random * 1664525 + 1013904223;
            const unsigned kind = random >> 29;
            size_t count = 1 + (random >> 16) % (kind == 0 ? 700 : 40), back = 1 + (random >> 4) % 9000;

            count = count < wanted - size ? count : wanted - size;
            back = back < size ? back : size;
            for (; count > 0; count--, size++) {
                random = random * 1664525 + 1013904223;
                plain[size] = kind < 3 && back > 0   ? plain[size - back]
                              : kind < 5             ? (uint8_t)('a' + (random >> 24) % 4)
                              : kind < 6 && size > 0 ? plain[size - 1]
                                                     : (uint8_t)(random >> (round % 2 ? 24 : 25));
            }
        }
        made_count += round_trip(size, 0) > 0;
        made_count += round_trip(size < 4000 ? size : 4000, SIZE_MAX) > 0;
    }
    assert_true(made_count > 300);
}

/* Every length around the places where its form changes. */
static void lengths_at_the_edges(void **state)
{
    static const size_t edges[] = {3, 9, 10, 24, 25, 26, 279, 280, 281, 65000};

    for (size_t i = 0; i < COUNT_OF(edges); i++)
        for (size_t more = 0; more < 3; more++) {
            const size_t size = 8 + edges[i] + more;

            memcpy(plain, "\xE1\xF2\xC3\xD4\xE5\xF6\xA7\xB8", 8);
            memset(plain + 8, 0xB8, edges[i] + more);
            (void)round_trip(size, 0);
            plain[size] = 0xAA;
            (void)round_trip(size + 1, 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_seven_bit_values_are_read),
        cmocka_unit_test(a_golden_unicode_value_is_read),
        cmocka_unit_test(a_golden_xpress_value_is_read),
        cmocka_unit_test(a_golden_xpress_stream_of_plain_bytes_is_read),
        cmocka_unit_test(two_matches_share_a_byte_of_nibbles),
        cmocka_unit_test(lengths_of_every_width_are_read),
        cmocka_unit_test(streams_that_lie_are_refused),
        cmocka_unit_test(other_schemes_and_small_buffers_are_refused),
        cmocka_unit_test(values_are_made_as_windows_makes_them),
        cmocka_unit_test(what_cannot_get_smaller_is_left_alone),
        cmocka_unit_test(whatever_is_made_becomes_what_it_was),
        cmocka_unit_test(lengths_at_the_edges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
