/* SPDX-License-Identifier: MIT */
/* Tests of log segments: golden checksums, and one segment of each kind. */
#include "format/logsegment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "pattern.h"

static uint8_t segment[LOGSEGMENT_SIZE];
static struct logsegment_verdict verdict;

static uint64_t stored(void)
{
    const struct logsegment_header_disk *header = (const void *)segment;

    return le64_get(header->checksum);
}

/* Payload byte i is a * i * i + b * i + c. */
static void make(uint16_t isec, lgen_t generation, unsigned a, unsigned b, unsigned c)
{
    memset(segment, 0, sizeof segment);
    for (unsigned i = 0; i < LOGSEGMENT_SIZE - LOGSEGMENT_DATA_OFFSET; i++)
        segment[LOGSEGMENT_DATA_OFFSET + i] = (uint8_t)(a * i * i + b * i + c);
    logsegment_seal(segment, isec, generation);
}

/* As Windows seals it: without a sum of ours. */
static void take_sum_out(uint16_t isec)
{
    struct logsegment_header_disk *header = (void *)segment;

    header->sum = le64_make(0);
    header->sum_mark = le16_make(0);
    logsegment_seal_copy(segment, isec);
}

static void make_of_windows(uint16_t isec, lgen_t generation, unsigned a, unsigned b, unsigned c)
{
    make(isec, generation, a, b, c);
    take_sum_out(isec);
}

static jet_err verify(uint16_t isec, lgen_t generation)
{
    return logsegment_verify(segment, isec, generation, &verdict);
}

static void golden_segments_have_their_checksums(void **state)
{
    make_of_windows(1, 1, 0, 0, 0);
    assert_int_equal(stored(), 0x7EE2011D00012000);
    make_of_windows(13, 21048, 1, 0, 0);
    assert_int_equal(stored(), 0x7ECF0130582D8A65);
    make_of_windows(1, 1, 0, 7, 3);
    assert_int_equal(stored(), 0x00890089FC4DBCCC);
    assert_int_equal(verify(1, 1), JET_errSuccess);
    assert_int_equal(verdict.state, LOGSEGMENT_DATA);
}

static void golden_flips_are_located(void **state)
{
    static const struct {
        uint32_t bit;
        uint64_t difference;
    } rows[] = {
        {325,   0x7EBA014500000020},
        {16001, 0x417E3E8100000002},
        {32767, 0x00007FFF80000000},
    };

    make_of_windows(1, 1, 0, 7, 3);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        pattern_flip(segment, rows[i].bit);
        assert_int_equal(verify(1, 1), JET_errLogFileCorrupt);
        assert_int_equal(verdict.state, LOGSEGMENT_CORRECTABLE);
        assert_int_equal(verdict.bit, rows[i].bit);
        assert_int_equal(verdict.checksum_stored ^ verdict.checksum_computed, rows[i].difference);
        pattern_flip(segment, rows[i].bit);
    }
}

static void flips_in_the_stored_checksum_and_double_flips_are_damage(void **state)
{
    make(4, 9, 0, 7, 3);
    for (uint32_t bit = 0; bit < 64; bit++) {
        pattern_flip(segment, bit);
        assert_int_equal(verify(4, 9), JET_errLogFileCorrupt);
        assert_int_equal(verdict.state, LOGSEGMENT_DAMAGED);
        pattern_flip(segment, bit);
    }
    pattern_flip(segment, 900);
    pattern_flip(segment, 20000);
    assert_int_equal(verify(4, 9), JET_errLogFileCorrupt);
    assert_int_equal(verdict.state, LOGSEGMENT_DAMAGED);
}

static void a_shadow_is_the_segment_before(void **state)
{
    make(6, 9, 0, 7, 3);
    assert_int_equal(verify(7, 9), JET_errSuccess);
    assert_int_equal(verdict.state, LOGSEGMENT_SHADOW);
    assert_int_equal(verdict.position.isec, 6);
    assert_int_equal(verdict.position.generation, 9);
    assert_int_equal(verify(8, 9), JET_errLogFileCorrupt);
    assert_int_equal(verdict.state, LOGSEGMENT_DAMAGED);
    make(0, 9, 0, 7, 3); /* nothing lies before segment 1 but the header */
    assert_int_equal(verify(1, 9), JET_errLogFileCorrupt);
}

static void copies_lie_behind_and_are_old_segments_for_others(void **state)
{
    make(6, 9, 0, 7, 3);
    assert_true(logsegment_is_copy(segment, 7, 6, 9)); /* the shadow */
    assert_false(logsegment_is_copy(segment, 6, 6, 9));
    assert_false(logsegment_is_copy(segment, 7, 6, 10));
    assert_false(logsegment_is_copy(segment, 8, 6, 9));
    for (uint16_t place = 8; place <= 9; place++) {
        logsegment_seal_copy(segment, place);
        assert_true(logsegment_is_copy(segment, place, 6, 9));
        assert_false(logsegment_is_copy(segment, place, 7, 9));
        assert_false(logsegment_is_copy(segment, place, 6, 8));
        assert_int_equal(verify(place, 9), JET_errSuccess);
        assert_int_equal(verdict.state, LOGSEGMENT_OLD);
        pattern_flip(segment, 900);
        assert_false(logsegment_is_copy(segment, place, 6, 9));
        pattern_flip(segment, 900);
    }
    logsegment_seal_copy(segment, 10);
    assert_false(logsegment_is_copy(segment, 10, 6, 9)); /* too far */
}

static void the_newer_of_two_copies_has_more_in_it(void **state)
{
    static uint8_t other[LOGSEGMENT_SIZE];
    make(6, 9, 0, 7, 3);
    memset(segment + 2000, 0, LOGSEGMENT_SIZE - 2000);
    segment[1999] = 1;
    memcpy(other, segment, sizeof other);
    assert_false(logsegment_is_newer(segment, other));
    other[2000] = 1;
    assert_true(logsegment_is_newer(other, segment));
    assert_false(logsegment_is_newer(segment, other));
    memset(segment, 0, sizeof segment);
    assert_false(logsegment_is_newer(segment, other));
}

/* Sectors full of one byte add nothing to the checksum, whatever the byte: only the sum tells that two writes met. */
static void a_segment_of_two_parts_is_damaged(void **state)
{
    enum { SECTOR = 512 };

    for (uint16_t place = 5; place <= 8; place++) { /* itself, its shadow, its copies */
        make(5, 1, 0, 0, 0x75);
        if (place > 5)
            logsegment_seal_copy(segment, place);
        assert_int_equal(verify(place, 1), JET_errSuccess);
        memset(segment + SECTOR, 0x70, 3 * SECTOR);
        assert_int_equal(verify(place, 1), JET_errLogFileCorrupt);
        assert_int_equal(verdict.state, LOGSEGMENT_DAMAGED);
        assert_true(verdict.checksum_stored == verdict.checksum_computed || place == 6);
        assert_false(logsegment_is_copy(segment, place, 5, 1));
    }
    make(5, 1, 0, 0, 0x75);
    memset(segment + SECTOR, 0x70, SECTOR);
    take_sum_out(5);
    assert_int_equal(verify(5, 1), JET_errSuccess); /* which files of Windows cannot tell */
}

static void position_tells_old_segments_from_misplaced_ones(void **state)
{
    make(6, 9, 0, 7, 3);
    assert_int_equal(verify(6, 10), JET_errSuccess);
    assert_int_equal(verdict.state, LOGSEGMENT_OLD);
    assert_int_equal(verify(6, 8), JET_errLogFileCorrupt);
    assert_int_equal(verdict.state, LOGSEGMENT_MISPLACED);
}

static void a_zero_segment_is_empty(void **state)
{
    memset(segment, 0, sizeof segment);
    assert_int_equal(verify(5, 9), JET_errSuccess);
    assert_int_equal(verdict.state, LOGSEGMENT_ZERO);
    segment[4095] = 1;
    assert_int_equal(verify(5, 9), JET_errLogFileCorrupt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_segments_have_their_checksums),
        cmocka_unit_test(golden_flips_are_located),
        cmocka_unit_test(flips_in_the_stored_checksum_and_double_flips_are_damage),
        cmocka_unit_test(a_shadow_is_the_segment_before),
        cmocka_unit_test(copies_lie_behind_and_are_old_segments_for_others),
        cmocka_unit_test(the_newer_of_two_copies_has_more_in_it),
        cmocka_unit_test(a_segment_of_two_parts_is_damaged),
        cmocka_unit_test(position_tells_old_segments_from_misplaced_ones),
        cmocka_unit_test(a_zero_segment_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
