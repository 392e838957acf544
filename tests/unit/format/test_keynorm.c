/* SPDX-License-Identifier: MIT */
/* Tests of keys: the golden ones, cuts at every length, limits, and that memcmp() orders keys as values are ordered. */
#include "format/keynorm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pattern.h"

static uint8_t buffer[KEYNORM_LIMIT_MAX + 1];
static struct keynorm key;

/* Hexadecimal digits, blanks between them. */
static void expect_key(const char *hex)
{
    char text[2 * sizeof buffer + 1] = "", expected[sizeof text];
    size_t n = 0;

    for (size_t i = 0; i < key.size; i++) {
        text[2 * i] = "0123456789abcdef"[buffer[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[buffer[i] & 15];
    }
    text[2 * key.size] = 0;
    for (; *hex; hex++)
        if (*hex != ' ')
            expected[n++] = *hex;
    expected[n] = 0;
    assert_string_equal(text, expected);
}

static void begin(size_t limit, unsigned flags)
{
    memset(buffer, 0xEE, sizeof buffer);
    keynorm_begin(&key, buffer, limit, 0, flags);
}

static void add(unsigned type, const void *value, size_t size)
{
    const struct keynorm_column column = {.type = (uint8_t)type, .code_page = 1252};

    assert_int_equal(keynorm_add(&key, &column, value, size), JET_errSuccess);
}

/* The key of one value. */
static void make(unsigned type, const void *value, size_t size)
{
    begin(KEYNORM_LIMIT_DEFAULT, 0);
    add(type, value, size);
}

static void make_number(unsigned type, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    make(type, bytes, size);
}

static uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint32_t bits_of_single(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void golden_numbers_have_their_keys(void **state)
{
    make_number(KEYNORM_LONG, 1, 4);
    expect_key("7f 80000001");
    make_number(KEYNORM_LONG, UINT32_MAX, 4);
    expect_key("7f 7fffffff");
    make_number(KEYNORM_SHORT, 0xFFFE, 2);
    expect_key("7f 7ffe");
    make_number(KEYNORM_BIT, 1, 1);
    expect_key("7f ff");
    make_number(KEYNORM_BIT, 0, 1);
    expect_key("7f 00");
    make_number(KEYNORM_UNSIGNED_BYTE, 0x80, 1);
    expect_key("7f 80");
    make_number(KEYNORM_LONG_LONG, (uint64_t)-5, 8);
    expect_key("7f 7ffffffffffffffb");
    make_number(KEYNORM_CURRENCY, 10000, 8);
    expect_key("7f 8000000000002710");
    make_number(KEYNORM_UNSIGNED_LONG, 0xFFFFFFFE, 4);
    expect_key("7f fffffffe");
    make_number(KEYNORM_UNSIGNED_SHORT, 513, 2);
    expect_key("7f 0201");
    make_number(KEYNORM_UNSIGNED_LONG_LONG, 1, 8);
    expect_key("7f 0000000000000001");
    make_number(KEYNORM_SINGLE, bits_of_single(1.0F), 4);
    expect_key("7f bf800000");
    make_number(KEYNORM_SINGLE, bits_of_single(-1.0F), 4);
    expect_key("7f 407fffff");
    make_number(KEYNORM_DOUBLE, bits_of(0.0), 8);
    expect_key("7f 8000000000000000");
    make_number(KEYNORM_DOUBLE, bits_of(-2.5), 8);
    expect_key("7f 3ffbffffffffffff");
    make_number(KEYNORM_DATE_TIME, bits_of(44000.5), 8);
    expect_key("7f c0e57c1000000000");
}

static void golden_bytes_and_texts_have_their_keys(void **state)
{
    static const struct keynorm_column fixed = {.type = KEYNORM_BINARY, .is_fixed = true};
    uint8_t guid[16];

    for (unsigned i = 0; i < 16; i++)
        guid[i] = (uint8_t)i;
    make(KEYNORM_GUID, guid, 16);
    expect_key("7f 0a0b0c0d0e0f 0809 0607 0405 00010203");
    begin(255, KEYNORM_DOTNET_GUID);
    add(KEYNORM_GUID, guid, 16);
    expect_key("7f 03020100 0504 0706 0809 0a0b0c0d0e0f");
    make(KEYNORM_BINARY, "ABC", 3);
    expect_key("7f 4142430000000000 03");
    make(KEYNORM_BINARY, "ABCDEFGH", 8);
    expect_key("7f 4142434445464748 08");
    make(KEYNORM_LONG_BINARY, "ABCDEFGHI", 9);
    expect_key("7f 4142434445464748 09 4900000000000000 01");
    begin(255, 0);
    assert_int_equal(keynorm_add(&key, &fixed, "ABC", 3), JET_errSuccess);
    expect_key("7f 414243");
    make(KEYNORM_TEXT, "Hello, World", 12);
    expect_key("7f 48454c4c4f2c20574f524c44 00");
    make(KEYNORM_LONG_TEXT, "\xE9\x61\0zz", 5);
    expect_key("7f e941 00");
}

static void nulls_and_empty_values_are_one_byte(void **state)
{
    static const uint8_t types[] = {KEYNORM_BIT, KEYNORM_LONG, KEYNORM_GUID, KEYNORM_BINARY, KEYNORM_TEXT};

    for (size_t i = 0; i < sizeof types; i++) {
        make(types[i], NULL, 0);
        expect_key("00");
        begin(255, KEYNORM_NULLS_HIGH);
        add(types[i], NULL, 0);
        expect_key("c0");
    }
    make(KEYNORM_TEXT, "", 0);
    expect_key("40");
    make(KEYNORM_LONG_BINARY, "", 0);
    expect_key("40");
}

static void descending_segments_are_complemented(void **state)
{
    static const struct keynorm_column number = {.type = KEYNORM_UNSIGNED_SHORT, .is_descending = true};
    static const struct keynorm_column text = {.type = KEYNORM_TEXT, .code_page = 1252, .is_descending = true};

    begin(255, 0);
    assert_int_equal(keynorm_add(&key, &number, "\1\2", 2), JET_errSuccess);
    assert_int_equal(keynorm_add(&key, &text, "a", 1), JET_errSuccess);
    assert_int_equal(keynorm_add(&key, &text, NULL, 0), JET_errSuccess);
    expect_key("80 fdfe 80 be ff ff");
}

static void keys_of_the_catalogue_are_concatenations(void **state)
{
    begin(255, 0);
    add(KEYNORM_LONG, "\2\0\0\0", 4);
    add(KEYNORM_SHORT, "\1\0", 2);
    add(KEYNORM_LONG, "\2\0\0\0", 4);
    expect_key("7f80000002 7f8001 7f80000002");
    begin(255, 0);
    add(KEYNORM_LONG, "\2\0\0\0", 4);
    add(KEYNORM_SHORT, "\2\0", 2);
    add(KEYNORM_TEXT, "SpaceUsage", 10);
    expect_key("7f80000002 7f8002 7f 5350414345555341474500");
    begin(255, 0);
    add(KEYNORM_BIT, "\1", 1);
    add(KEYNORM_TEXT, "BASIC", 5);
    expect_key("7fff 7f4241534943 00");
}

/* ---- cuts ---- */

static void numbers_are_cut_at_the_limit_and_nothing_follows(void **state)
{
    begin(4, 0);
    add(KEYNORM_LONG, "\1\0\0\0", 4);
    expect_key("7f 800000");
    assert_true(key.is_truncated);
    add(KEYNORM_LONG, "\1\0\0\0", 4);
    expect_key("7f 800000");
    begin(5, 0);
    add(KEYNORM_LONG, "\1\0\0\0", 4);
    assert_false(key.is_truncated);
    add(KEYNORM_BIT, "\1", 1);
    expect_key("7f 80000001");
    assert_true(key.is_truncated);
}

static void binary_is_cut_within_its_chunks(void **state)
{
    begin(10, 0);
    add(KEYNORM_BINARY, "ABCDEFGHIJ", 10);
    expect_key("7f 4142434445464748 09");
    assert_true(key.is_truncated);
    begin(12, 0);
    add(KEYNORM_BINARY, "ABCDEFGHIJ", 10);
    expect_key("7f 4142434445464748 09 494a");
    begin(14, 0);
    add(KEYNORM_BINARY, "ABCDEFGHIJ", 10);
    expect_key("7f 4142434445464748 09 494a0000");
    begin(9, 0);
    add(KEYNORM_BINARY, "ABCDEFGHIJ", 10);
    expect_key("7f 4142434445464748");
    begin(1, 0);
    add(KEYNORM_BINARY, "ABCDEFGHIJ", 10);
    expect_key("7f");
    assert_true(key.is_truncated);
}

static void text_is_cut_with_an_odd_last_byte(void **state)
{
    begin(7, 0);
    add(KEYNORM_TEXT, "abcde", 5);
    expect_key("7f 4142434445 00");
    assert_false(key.is_truncated);
    begin(6, 0);
    add(KEYNORM_TEXT, "abcde", 5);
    expect_key("7f 41424344 45");
    assert_true(key.is_truncated);
    begin(6, 0);
    add(KEYNORM_TEXT, "abcd1x", 6);
    expect_key("7f 41424344 11");
    begin(6, 0);
    add(KEYNORM_TEXT, "ab\0de", 5);
    expect_key("7f 4142 00");
    assert_false(key.is_truncated);
    begin(6, 0);
    add(KEYNORM_TEXT, "abcd\0x", 6);
    expect_key("7f 41424344 00");
    assert_false(key.is_truncated);
    begin(1, 0);
    add(KEYNORM_TEXT, "abcd", 4);
    expect_key("7f");
    assert_true(key.is_truncated);
}

static void the_default_limit_cuts_values_of_255_bytes(void **state)
{
    static char value[300];

    memset(value, 'b', sizeof value);
    make(KEYNORM_TEXT, value, sizeof value);
    assert_int_equal(key.size, 255);
    assert_true(key.is_truncated);
    assert_int_equal(buffer[254], 'B');
    make(KEYNORM_LONG_BINARY, value, sizeof value);
    assert_int_equal(key.size, 255);
    assert_int_equal(buffer[252], 9);
    assert_int_equal(buffer[254], 'b');
    begin(500, 0);
    add(KEYNORM_TEXT, value, sizeof value);
    assert_int_equal(key.size, 302);
    assert_false(key.is_truncated);
}

static void a_segment_maximum_cuts_silently(void **state)
{
    static const struct keynorm_column binary = {.type = KEYNORM_BINARY},
                                       fixed = {.type = KEYNORM_BINARY, .is_fixed = true};
    static const struct keynorm_column text = {.type = KEYNORM_TEXT, .code_page = 1252};

    keynorm_begin(&key, buffer, 255, 4, KEYNORM_DISALLOW_TRUNCATION);
    assert_int_equal(keynorm_add(&key, &binary, "ABCDEF", 6), JET_errSuccess);
    assert_int_equal(keynorm_add(&key, &fixed, "ABCDEF", 6), JET_errSuccess);
    assert_int_equal(keynorm_add(&key, &text, "abcdef", 6), JET_errSuccess);
    add(KEYNORM_LONG, "\1\0\0\0", 4);
    expect_key("7f 414243 7f 414243 7f 414243 7f 80000001");
    assert_false(key.is_truncated);
}

static void a_cut_can_be_an_error(void **state)
{
    static const struct keynorm_column text = {.type = KEYNORM_TEXT, .code_page = 1252};
    static const struct keynorm_column bit = {.type = KEYNORM_BIT};

    begin(5, KEYNORM_DISALLOW_TRUNCATION);
    assert_int_equal(keynorm_add(&key, &text, "abcd", 4), JET_errKeyTruncated);
    assert_int_equal(key.size, 0);
    assert_int_equal(keynorm_add(&key, &text, "abc", 3), JET_errSuccess);
    expect_key("7f 414243 00");
    assert_int_equal(keynorm_add(&key, &bit, NULL, 0), JET_errKeyTruncated);
    expect_key("7f 414243 00");
}

/* Whatever the limit, the key is the start of what an unlimited key is, but for the odd last byte of text. */
static void keys_never_leave_their_limit(void **state)
{
    uint8_t value[60], whole[128];
    uint32_t seed = 5;

    for (unsigned n = 0; n < 60; n++) {
        size_t size;

        pattern_random(value, sizeof value, &seed);
        begin(500, 0);
        add(KEYNORM_BINARY, value, n);
        size = key.size;
        memcpy(whole, buffer, size);
        for (size_t limit = 1; limit <= size + 1; limit++) {
            begin(limit, 0);
            add(KEYNORM_BINARY, value, n);
            assert_int_equal(key.size, limit < size ? limit : size);
            assert_memory_equal(buffer, whole, key.size);
            assert_int_equal(key.is_truncated, limit < size);
            assert_int_equal(buffer[limit], 0xEE);
            begin(limit, 0);
            add(KEYNORM_TEXT, value, n);
            assert_in_range(key.size, 1, limit);
            assert_int_equal(buffer[limit], 0xEE);
        }
    }
}

/* ---- Unicode text ---- */

static const char toy_context[] = "toy";

/* A toy: the low bytes of the text's units, 01, one 02 for each unit that is upper-case, 00. */
static jet_err toy_sort_key(const void *context, const uint8_t *text, size_t size, uint8_t *to, size_t room,
                            size_t *ret_size)
{
    const size_t count = size / 2;
    uint8_t whole[2 * KEYNORM_LIMIT_MAX + 2];
    size_t n = 0;

    assert_ptr_equal(context, toy_context);
    for (size_t i = 0; i < count; i++)
        whole[n++] = text[2 * i] | 0x20;
    whole[n++] = 1;
    for (size_t i = 0; i < count; i++)
        if (!(text[2 * i] & 0x20))
            whole[n++] = 2;
    whole[n++] = 0;
    memcpy(to, whole, n < room ? n : room);
    *ret_size = n;
    return JET_errSuccess;
}

static const struct keynorm_collation toy = {.sort_key = toy_sort_key, .context = toy_context};
static const struct keynorm_column up = {.type = KEYNORM_TEXT, .code_page = 1200, .collation = &toy};
static const struct keynorm_column down = {
    .type = KEYNORM_TEXT, .code_page = 1200, .collation = &toy, .is_descending = true};

static void unicode_text_has_the_key_of_its_collation(void **state)
{
    begin(255, 0);
    assert_int_equal(keynorm_add(&key, &up, "a\0B\0", 4), JET_errSuccess);
    assert_int_equal(keynorm_add(&key, &down, "C\0", 2), JET_errSuccess);
    assert_int_equal(keynorm_add(&key, &up, "", 0), JET_errSuccess);
    assert_int_equal(keynorm_add(&key, &up, NULL, 0), JET_errSuccess);
    expect_key("7f 61 62 01 02 00  80 9c fe fd ff  40 00");
}

/* Before accents and case, which a longer text may have otherwise. */
static void limits_of_unicode_text_are_where_more_characters_could_follow(void **state)
{
    static const struct {
        const struct keynorm_column *column;
        enum keynorm_limit limit;
        const char *key;
    } cases[] = {
        {&up,   KEYNORM_PARTIAL_START, "7f 61 62"               },
        {&up,   KEYNORM_PARTIAL_END,   "7f 61 62 ff ff ff ff ff"},
        {&up,   KEYNORM_SUBSTRING,     "7f 61 62 ff ff ff ff ff"},
        {&down, KEYNORM_PARTIAL_START, "80 9e 9d"               },
        {&down, KEYNORM_PARTIAL_END,   "80 9e 9d ff ff ff ff ff"},
        {&up,   KEYNORM_FULL_END,      "7f 61 62 01 02 00 ff ff"},
        {&up,   KEYNORM_STRING,        "7f 61 62 01 02 00 ff ff"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        begin(7, 0);
        assert_int_equal(keynorm_add_limit(&key, cases[i].column, "a\0B\0", 4, cases[i].limit), JET_errSuccess);
        expect_key(cases[i].key);
    }
    begin(7, 0); /* cut before the 01 */
    assert_int_equal(keynorm_add_limit(&key, &up, "a\0b\0c\0d\0e\0f\0g\0", 14, KEYNORM_SUBSTRING), JET_errSuccess);
    expect_key("7f 61 62 63 64 65 66 ff");
}

static void unicode_text_is_cut_in_whole_characters(void **state)
{
    uint8_t text[600];

    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "x", 2);
    begin(255, 0); /* of which 128 characters count */
    assert_int_equal(keynorm_add(&key, &up, text, sizeof text), JET_errSuccess);
    assert_int_equal(key.size, 1 + 128 + 2);
    assert_false(key.is_truncated);
    begin(255, KEYNORM_DISALLOW_TRUNCATION);
    assert_int_equal(keynorm_add(&key, &up, text, 256), JET_errSuccess);
    begin(255, KEYNORM_DISALLOW_TRUNCATION); /* some of it would be lost, though there is room */
    assert_int_equal(keynorm_add(&key, &up, text, 258), JET_errKeyTruncated);
    begin(500, 0);
    assert_int_equal(keynorm_add(&key, &up, text, sizeof text), JET_errSuccess);
    assert_int_equal(key.size, 1 + 300 + 2);
    begin(200, 0);
    assert_int_equal(keynorm_add(&key, &up, text, sizeof text), JET_errSuccess);
    assert_int_equal(key.size, 200);
    assert_true(key.is_truncated);
    keynorm_begin(&key, buffer, 255, 10, KEYNORM_DISALLOW_TRUNCATION); /* on purpose: nobody is told */
    assert_int_equal(keynorm_add(&key, &up, text, sizeof text), JET_errSuccess);
    assert_int_equal(key.size, 10);
}

/* ---- errors ---- */

static void values_that_have_no_key_are_refused(void **state)
{
    static const struct keynorm_column number = {.type = KEYNORM_LONG}, unknown = {.type = 13}, beyond = {.type = 19};
    static const struct keynorm_column unicode = {.type = KEYNORM_TEXT, .code_page = 1200};
    static const struct keynorm_column fixed = {.type = KEYNORM_TEXT, .code_page = 1252, .is_fixed = true};

    begin(255, 0);
    assert_int_equal(keynorm_add(&key, &number, "abc", 3), JET_errInvalidBufferSize);
    assert_int_equal(keynorm_add(&key, &number, "", 0), JET_errInvalidBufferSize);
    assert_int_equal(keynorm_add(&key, &fixed, "", 0), JET_errInvalidBufferSize);
    assert_int_equal(keynorm_add(&key, &unknown, "abcd", 4), JET_errInvalidColumnType);
    assert_int_equal(keynorm_add(&key, &beyond, "abcd", 4), JET_errInvalidColumnType);
    assert_int_equal(keynorm_add(&key, &unicode, "a\0", 2), JET_errUnicodeNormalizationNotSupported);
    assert_int_equal(key.size, 0);
    assert_int_equal(keynorm_add(&key, &unicode, NULL, 0), JET_errSuccess);
    assert_int_equal(keynorm_add(&key, &unicode, "", 0), JET_errSuccess);
    expect_key("00 40");
}

/* ---- limits ---- */

static jet_err add_limit(unsigned type, const char *value, enum keynorm_limit limit)
{
    const struct keynorm_column column = {.type = (uint8_t)type, .code_page = 1252};

    return keynorm_add_limit(&key, &column, value, strlen(value), limit);
}

static void full_limits_are_before_and_behind_what_follows(void **state)
{
    begin(10, 0);
    assert_int_equal(add_limit(KEYNORM_TEXT, "ab", KEYNORM_FULL_START), JET_errSuccess);
    expect_key("7f 4142 00");
    assert_true(key.is_limit);
    begin(10, 0);
    assert_int_equal(add_limit(KEYNORM_TEXT, "ab", KEYNORM_FULL_END), JET_errSuccess);
    expect_key("7f 4142 00 ffffffffffffff");
    begin(10, 0);
    add(KEYNORM_BIT, "\1", 1);
    assert_int_equal(add_limit(KEYNORM_LONG, "abcd", KEYNORM_FULL_END), JET_errSuccess);
    expect_key("7fff 7fe4636261 ffffffff");
}

static void partial_limits_drop_the_end_of_a_value(void **state)
{
    begin(10, 0);
    assert_int_equal(add_limit(KEYNORM_TEXT, "ab", KEYNORM_PARTIAL_START), JET_errSuccess);
    expect_key("7f 4142");
    begin(10, 0);
    assert_int_equal(add_limit(KEYNORM_TEXT, "ab", KEYNORM_PARTIAL_END), JET_errSuccess);
    expect_key("7f 4142 ffffffffffffffff");
    begin(20, 0);
    assert_int_equal(add_limit(KEYNORM_BINARY, "ab", KEYNORM_PARTIAL_START), JET_errSuccess);
    expect_key("7f 6162");
    begin(20, 0);
    assert_int_equal(add_limit(KEYNORM_BINARY, "ab", KEYNORM_PARTIAL_END), JET_errSuccess);
    expect_key("7f 6162 ffffffffffff ff ff");
    begin(20, 0);
    assert_int_equal(add_limit(KEYNORM_BINARY, "abcdefgh", KEYNORM_PARTIAL_START), JET_errSuccess);
    expect_key("7f 6162636465666768");
    begin(5, 0); /* the end of the value was cut off */
    assert_int_equal(add_limit(KEYNORM_BINARY, "abcdefgh", KEYNORM_PARTIAL_END), JET_errSuccess);
    expect_key("7f 61626364 ff");
    begin(5, 0);
    assert_int_equal(add_limit(KEYNORM_BINARY, "abc", KEYNORM_PARTIAL_END), JET_errSuccess);
    expect_key("7f 616263 ffff");
    begin(5, 0);
    assert_int_equal(add_limit(KEYNORM_TEXT, "abcdefgh", KEYNORM_PARTIAL_END), JET_errSuccess);
    expect_key("7f 41424344 ff");
    begin(5, 0);
    assert_int_equal(add_limit(KEYNORM_TEXT, "", KEYNORM_PARTIAL_END), JET_errSuccess);
    expect_key("40 ffffffffff");
}

static void partial_limits_are_for_values_that_have_parts(void **state)
{
    static const struct keynorm_column fixed = {.type = KEYNORM_BINARY, .is_fixed = true};

    begin(10, 0);
    assert_int_equal(add_limit(KEYNORM_LONG, "abcd", KEYNORM_PARTIAL_END), JET_errInvalidGrbit);
    assert_int_equal(add_limit(KEYNORM_GUID, "abcdefghijklmnop", KEYNORM_PARTIAL_START), JET_errInvalidGrbit);
    assert_int_equal(keynorm_add_limit(&key, &fixed, "abc", 3, KEYNORM_PARTIAL_END), JET_errInvalidGrbit);
    assert_int_equal(key.size, 0);
}

static void string_limits_differ_in_the_end_of_text(void **state)
{
    begin(8, 0);
    assert_int_equal(add_limit(KEYNORM_TEXT, "ab", KEYNORM_STRING), JET_errSuccess);
    expect_key("7f 4142 00 ffffffffff");
    begin(8, 0);
    assert_int_equal(add_limit(KEYNORM_TEXT, "ab", KEYNORM_SUBSTRING), JET_errSuccess);
    expect_key("7f 4142 ffffffffffff");
    begin(20, 0);
    assert_int_equal(add_limit(KEYNORM_BINARY, "ab", KEYNORM_STRING), JET_errSuccess);
    expect_key("7f 6162 ffffffffffff ff ff");
    begin(8, 0);
    assert_int_equal(add_limit(KEYNORM_LONG, "abcd", KEYNORM_STRING), JET_errSuccess);
    expect_key("7f e4636261 ffffffff");
    begin(8, 0);
    assert_int_equal(add_limit(KEYNORM_LONG, "abcd", KEYNORM_SUBSTRING), JET_errSuccess);
    expect_key("7f e4636261");
    assert_false(key.is_limit);
}

static void descending_limits_work_on_the_complement(void **state)
{
    static const struct keynorm_column column = {.type = KEYNORM_TEXT, .code_page = 1252, .is_descending = true};

    begin(6, 0);
    assert_int_equal(keynorm_add_limit(&key, &column, "ab", 2, KEYNORM_PARTIAL_END), JET_errSuccess);
    expect_key("80 bebd ffffffff");
    begin(6, 0);
    assert_int_equal(keynorm_add_limit(&key, &column, "ab", 2, KEYNORM_PARTIAL_START), JET_errSuccess);
    expect_key("80 bebd");
}

static void nothing_follows_a_limit(void **state)
{
    begin(20, 0);
    assert_int_equal(add_limit(KEYNORM_TEXT, "ab", KEYNORM_FULL_START), JET_errSuccess);
    assert_int_equal(add_limit(KEYNORM_TEXT, "ab", KEYNORM_EXACT), JET_errKeyIsMade);
    expect_key("7f 4142 00");
}

/* ---- order ---- */

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static int compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? sign(order) : (a_size > b_size) - (a_size < b_size);
}

static void binary_keys_are_ordered_as_the_bytes_are(void **state)
{
    uint8_t a[24], b[24], a_key[64];
    uint32_t seed = 9;

    for (unsigned n = 0; n < 3000; n++) {
        const size_t a_size = 1 + pattern_next(&seed) % sizeof a, b_size = 1 + pattern_next(&seed) % sizeof b;
        const size_t same = pattern_next(&seed) % sizeof a;
        size_t a_key_size;

        pattern_random(a, sizeof a, &seed);
        pattern_random(b, sizeof b, &seed);
        memcpy(b, a, same);
        if (n % 2)
            memset(a + same, 0, sizeof a - same);
        make(KEYNORM_BINARY, a, a_size);
        a_key_size = key.size;
        memcpy(a_key, buffer, a_key_size);
        make(KEYNORM_BINARY, b, b_size);
        assert_int_equal(compare(a_key, a_key_size, buffer, key.size), compare(a, a_size, b, b_size));
    }
}

static void doubles_are_ordered_as_numbers_are(void **state)
{
    static const double ascending[] = {-1e300, -2.5, -1.0, -1e-300, 0.0, 1e-300, 1.0, 2.5, 44000.5, 1e300};
    uint8_t last[9] = {0};

    for (size_t i = 0; i < sizeof ascending / sizeof ascending[0]; i++) {
        make_number(KEYNORM_DOUBLE, bits_of(ascending[i]), 8);
        assert_true(memcmp(last, buffer, sizeof last) < 0);
        memcpy(last, buffer, sizeof last);
    }
}

static void limits_by_page_size(void **state)
{
    assert_int_equal(keynorm_limit_max(2048), 500);
    assert_int_equal(keynorm_limit_max(4096), 1000);
    assert_int_equal(keynorm_limit_max(8192), 2000);
    assert_int_equal(keynorm_limit_max(32768), 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_numbers_have_their_keys),
        cmocka_unit_test(golden_bytes_and_texts_have_their_keys),
        cmocka_unit_test(nulls_and_empty_values_are_one_byte),
        cmocka_unit_test(descending_segments_are_complemented),
        cmocka_unit_test(keys_of_the_catalogue_are_concatenations),
        cmocka_unit_test(numbers_are_cut_at_the_limit_and_nothing_follows),
        cmocka_unit_test(binary_is_cut_within_its_chunks),
        cmocka_unit_test(text_is_cut_with_an_odd_last_byte),
        cmocka_unit_test(the_default_limit_cuts_values_of_255_bytes),
        cmocka_unit_test(a_segment_maximum_cuts_silently),
        cmocka_unit_test(a_cut_can_be_an_error),
        cmocka_unit_test(keys_never_leave_their_limit),
        cmocka_unit_test(unicode_text_has_the_key_of_its_collation),
        cmocka_unit_test(limits_of_unicode_text_are_where_more_characters_could_follow),
        cmocka_unit_test(unicode_text_is_cut_in_whole_characters),
        cmocka_unit_test(values_that_have_no_key_are_refused),
        cmocka_unit_test(full_limits_are_before_and_behind_what_follows),
        cmocka_unit_test(partial_limits_drop_the_end_of_a_value),
        cmocka_unit_test(partial_limits_are_for_values_that_have_parts),
        cmocka_unit_test(string_limits_differ_in_the_end_of_text),
        cmocka_unit_test(descending_limits_work_on_the_complement),
        cmocka_unit_test(nothing_follows_a_limit),
        cmocka_unit_test(binary_keys_are_ordered_as_the_bytes_are),
        cmocka_unit_test(doubles_are_ordered_as_numbers_are),
        cmocka_unit_test(limits_by_page_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
