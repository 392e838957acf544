/* SPDX-License-Identifier: MIT */
/* Tests of the difference that ReplaceD holds: bytes by hand, random changes there and back, damage. */
#include "format/logdiff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pattern.h"

enum { DATA_MAX = 2048 };

static uint8_t result[DATA_MAX];

static jet_err apply(const void *difference, size_t size, bool is_wide, const char *old_text, size_t new_size)
{
    return logdiff_apply(difference, size, is_wide, old_text, strlen(old_text), result, new_size);
}

static void narrow_pieces_are_applied(void **state)
{
    /* "XY" for "cd", "+" before "g", "hi" goes */
    static const uint8_t difference[] = {2, 0x20, 2, 'X', 'Y', 6, 0x40, 1, '+', 7, 0, 0, 2};

    assert_int_equal(apply(difference, sizeof difference, false, "abcdefghij", 9), JET_errSuccess);
    assert_memory_equal(result, "abXYef+gj", 9);
}

static void wide_pieces_are_applied_and_stray_bits_ignored(void **state)
{
    static const uint8_t difference[] = {2, 0, 0x3F, 2, 'X', 'Y', 6, 0, 0xC0, 1, 0, '+'};

    assert_int_equal(apply(difference, sizeof difference, true, "abcdefgh", 9), JET_errSuccess);
    assert_memory_equal(result, "abXYef+gh", 9);
}

static void a_piece_that_overruns_is_corrupt(void **state)
{
    static const uint8_t beyond_old[] = {9, 0x20, 1, 'X'}, longer_than_old[] = {7, 0x20, 2, 'X', 'Y'};
    static const uint8_t descending[] = {3, 0x20, 1, 'X', 3, 0x20, 1, 'Y'}, no_bytes[] = {0, 0x20, 2, 'X'};
    static const uint8_t no_old_length[] = {0, 0, 1}, half_head[] = {0}, half_length[] = {0, 0xA0, 1};
    static const uint8_t right[] = {0, 0x20, 1, 'X'};

    assert_int_equal(apply(beyond_old, sizeof beyond_old, false, "abcdefgh", 8), JET_errLogFileCorrupt);
    assert_int_equal(apply(longer_than_old, sizeof longer_than_old, false, "abcdefgh", 8), JET_errLogFileCorrupt);
    assert_int_equal(apply(descending, sizeof descending, false, "abcdefgh", 8), JET_errLogFileCorrupt);
    assert_int_equal(apply(no_bytes, sizeof no_bytes, false, "abcdefgh", 8), JET_errLogFileCorrupt);
    assert_int_equal(apply(no_old_length, sizeof no_old_length, false, "abcdefgh", 8), JET_errLogFileCorrupt);
    assert_int_equal(apply(half_head, sizeof half_head, false, "abcdefgh", 8), JET_errLogFileCorrupt);
    assert_int_equal(apply(half_length, sizeof half_length, false, "abcdefgh", 8), JET_errLogFileCorrupt);
    assert_int_equal(apply(right, sizeof right, false, "abcdefgh", 7), JET_errLogFileCorrupt);
    assert_int_equal(apply(right, sizeof right, false, "abcdefgh", 9), JET_errLogFileCorrupt);
    assert_int_equal(apply(right, sizeof right, false, "abcdefgh", 8), JET_errSuccess);
}

static void a_change_of_one_byte_takes_four(void **state)
{
    static const uint8_t narrow[] = {4, 0x20, 1, 'X'}, wide[] = {4, 0, 0x20, 1, 'X'};
    uint8_t buffer[16];
    size_t size = 0;

    assert_true(logdiff_make("abcdefghij", 10, "abcdXfghij", 10, false, buffer, sizeof buffer, &size));
    assert_int_equal(size, sizeof narrow);
    assert_memory_equal(buffer, narrow, size);
    assert_true(logdiff_make("abcdefghij", 10, "abcdXfghij", 10, true, buffer, sizeof buffer, &size));
    assert_int_equal(size, sizeof wide);
    assert_memory_equal(buffer, wide, size);
}

static void a_difference_that_is_no_shorter_is_not_made(void **state)
{
    uint8_t buffer[64];
    size_t size = 0;

    assert_false(logdiff_make("abcd", 4, "wxyz", 4, false, buffer, sizeof buffer, &size));
    assert_false(logdiff_make("abcd", 4, "abcX", 4, false, buffer, sizeof buffer, &size));
    assert_false(logdiff_make("abcd", 4, "", 0, false, buffer, sizeof buffer, &size));
    assert_false(logdiff_make("abcdefghij", 10, "abcdXfghij", 10, false, buffer, 3, &size));
    assert_true(logdiff_make("abcdefghij", 10, "abcdXfghij", 10, false, buffer, 4, &size));
}

static void the_narrow_form_cannot_say_large_offsets(void **state)
{
    static uint8_t old_data[9000], new_data[9000];
    uint8_t buffer[64];
    size_t size = 0;

    new_data[8500] = 1;
    assert_false(
        logdiff_make(old_data, sizeof old_data, new_data, sizeof new_data, false, buffer, sizeof buffer, &size));
    assert_true(logdiff_make(old_data, sizeof old_data, new_data, sizeof new_data, true, buffer, sizeof buffer, &size));
    assert_int_equal(size, 5);
    assert_int_equal(buffer[2], 0x20 | (8500 >> 8 & 0x1F));
}

static uint32_t seed = 1;

static unsigned random_below(unsigned limit)
{
    return (pattern_next(&seed) >> 8) % limit;
}

/* A few changes of single bytes, and one of a length. */
static size_t change(const uint8_t *old_data, size_t old_size, uint8_t *new_data)
{
    const size_t at = random_below((unsigned)old_size), cut = random_below((unsigned)(old_size - at) + 1);
    const size_t more = random_below(300);
    const size_t new_size = old_size - cut + more;

    memcpy(new_data, old_data, at);
    for (size_t i = 0; i < more; i++)
        new_data[at + i] = (uint8_t)random_below(256);
    memcpy(new_data + at + more, old_data + at + cut, old_size - at - cut);
    for (unsigned n = random_below(5); n > 0 && new_size > 0; n--)
        new_data[random_below((unsigned)new_size)] = (uint8_t)random_below(256);
    return new_size;
}

static void differences_lead_from_the_old_data_to_the_new(void **state)
{
    static uint8_t old_data[DATA_MAX], new_data[DATA_MAX], difference[DATA_MAX];
    unsigned made = 0;

    for (unsigned n = 0; n < 4000; n++) {
        const size_t old_size = 1 + random_below(1000);
        const bool is_wide = n % 2;
        size_t new_size, size = 0;

        for (size_t i = 0; i < old_size; i++)
            old_data[i] = (uint8_t)random_below(n % 3 == 0 ? 3 : 256);
        new_size = change(old_data, old_size, new_data);
        if (!logdiff_make(old_data, old_size, new_data, new_size, is_wide, difference, sizeof difference, &size))
            continue;
        made++;
        assert_true(size < new_size);
        memset(result, 0xEE, sizeof result);
        assert_int_equal(logdiff_apply(difference, size, is_wide, old_data, old_size, result, new_size),
                         JET_errSuccess);
        assert_memory_equal(result, new_data, new_size);
        if (new_size < DATA_MAX)
            assert_int_equal(result[new_size], 0xEE);
    }
    assert_true(made > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrow_pieces_are_applied),
        cmocka_unit_test(wide_pieces_are_applied_and_stray_bits_ignored),
        cmocka_unit_test(a_piece_that_overruns_is_corrupt),
        cmocka_unit_test(a_change_of_one_byte_takes_four),
        cmocka_unit_test(a_difference_that_is_no_shorter_is_not_made),
        cmocka_unit_test(the_narrow_form_cannot_say_large_offsets),
        cmocka_unit_test(differences_lead_from_the_old_data_to_the_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
