/* SPDX-License-Identifier: MIT */
/* Tests of page_verify(), page_correct() and page_seal(): the golden pages of the format, and every kind of verdict. */
#include "format/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "format/checksum.h"
#include "pattern.h"

static uint8_t page[PAGE_SIZE_MAX];
static uint8_t before[PAGE_SIZE_MAX];
static struct page_verdict verdict;

static uint64_t u64_at(size_t offset)
{
    return le64_get(*(const le64 *)(page + offset));
}

/* The golden pattern with a header that page_seal() accepts. */
static void make_golden(size_t page_size, uint32_t flags, pgno_t pgno)
{
    struct page_header_large_disk *header = (void *)page;

    pattern_golden(page, page_size);
    header->base.flags = le32_make(flags);
    if (page_is_large(page_size))
        memset(header->reserved, 0, sizeof header->reserved);
    page_seal(page, page_size, pgno);
}

static void golden_pages_have_their_checksums(void **state)
{
    static const struct {
        size_t page_size;
        uint32_t flags;
        pgno_t pgno;
        uint64_t sums[4]; /* at 0, 40, 48, 56 */
    } golden[] = {
        {2048,  0xA803,  1,       {0x2F1210EDFA351357}                                                            },
        {4096,  0x2803,  1,       {0x066A799506801B43}                                                            },
        {4096,  0xA803,  5,       {0x78BA78BA06809B47}                                                            },
        {4096,  0x1A842, 0x12345, {0x0673798C0680B846}                                                            },
        {8192,  0x2882,  77,      {0xB02CB02CD325E881}                                                            },
        {16384, 0xA803,  9,       {0x7BF97BF941764F27, 0x364149BED5A5F306, 0x00FB00FB6002BF22, 0x52C32D3C88B0D3C1}},
        {32768, 0x12802, 766,     {0x4DCAB2357DFBC10D, 0x5238ADC7E8B26E1D, 0x66DD66DDBA21B090, 0x2A6E2A6EFC5F3941}},
    };

    for (size_t i = 0; i < COUNT_OF(golden); i++) {
        make_golden(golden[i].page_size, golden[i].flags, golden[i].pgno);
        assert_int_equal(u64_at(0), golden[i].sums[0]);
        for (size_t k = 1; k < 4 && page_is_large(golden[i].page_size); k++)
            assert_int_equal(u64_at(32 + 8 * k), golden[i].sums[k]);
        assert_int_equal(page_verify(page, golden[i].page_size, golden[i].pgno, &verdict), JET_errSuccess);
        assert_int_equal(verdict.state, PAGE_OK);
    }
}

static void pages_with_nothing_but_the_flag_have_their_checksums(void **state)
{
    static const struct {
        size_t page_size;
        pgno_t pgno;
        uint64_t sum;
    } golden[] = {
        {4096,  1, 0x7ED2012D00002001},
        {4096,  2, 0x7ED2012D00002002},
        {8192,  1, 0xFED2012D00002001},
        {2048,  1, 0x3ED2012D00002001},
        {16384, 1, 0x7DD2022D00002001},
        {32768, 2, 0xFDD2022D00002002},
    };

    for (size_t i = 0; i < COUNT_OF(golden); i++) {
        memset(page, 0, sizeof page);
        page_seal(page, golden[i].page_size, golden[i].pgno);
        assert_int_equal(u64_at(0), golden[i].sum);
        for (size_t at = 40; at <= 56 && page_is_large(golden[i].page_size); at += 8)
            assert_int_equal(u64_at(at), golden[i].pgno);
    }
}

static void pages_of_old_engines_verify_by_xor_and_number(void **state)
{
    static const struct {
        size_t page_size;
        uint32_t flags;
        pgno_t pgno;
        uint64_t field;
    } golden[] = {
        {4096, 0x803, 3,    0x000000038F2BF6AE},
        {8192, 0x842, 1000, 0x000003E85A8E060B},
    };

    for (size_t i = 0; i < COUNT_OF(golden); i++) {
        struct page_header_disk *header = (void *)page;

        pattern_golden(page, golden[i].page_size);
        header->flags = le32_make(golden[i].flags);
        header->checksum = le64_make(golden[i].field);
        assert_int_equal(page_verify(page, golden[i].page_size, golden[i].pgno, &verdict), JET_errSuccess);
        assert_int_equal(page_verify(page, golden[i].page_size, golden[i].pgno + 1, &verdict),
                         JET_errReadVerifyFailure);
        assert_int_equal(verdict.state, PAGE_MISPLACED);
        assert_int_equal(verdict.pgno_found, golden[i].pgno);
        pattern_flip(page, 5000);
        assert_int_equal(page_verify(page, golden[i].page_size, golden[i].pgno, &verdict), JET_errReadVerifyFailure);
        assert_int_equal(verdict.state, PAGE_DAMAGED);
        assert_int_equal(verdict.checksum_stored, (uint32_t)golden[i].field);
        assert_true(verdict.checksum_computed != verdict.checksum_stored);
    }
}

/* Flips one bit; the verdict must name it, leave the page alone, and lead back to the page as it was. */
static void assert_correctable(size_t page_size, pgno_t pgno, uint32_t bit)
{
    memcpy(before, page, page_size);
    pattern_flip(page, bit);
    assert_int_equal(page_verify(page, page_size, pgno, &verdict), JET_errReadVerifyFailure);
    if (verdict.state != PAGE_CORRECTABLE)
        fail_msg("page of %u, bit %u: %s", (unsigned)page_size, (unsigned)bit, page_state_name(verdict.state));
    assert_int_equal(verdict.count_bits, 1);
    assert_int_equal(verdict.bits[0], bit);
    page_correct(page, &verdict);
    assert_memory_equal(page, before, page_size);
}

static void golden_flips_have_their_differences(void **state)
{
    static const struct {
        uint32_t bit;
        uint64_t computed;
    } golden[] = {
        {803,   0x04667B9906809B4F},
        {32767, 0x78BA074586809B47},
        {64,    0x070578FA06809B46},
    };

    make_golden(4096, 0xA803, 5);
    for (size_t i = 0; i < COUNT_OF(golden); i++) {
        assert_correctable(4096, 5, golden[i].bit);
        assert_int_equal(verdict.checksum_computed, golden[i].computed);
        assert_int_equal(verdict.checksum_stored, 0x78BA78BA06809B47);
    }
    make_golden(32768, 0x12802, 766);
    assert_correctable(32768, 766, 66338);
    assert_int_equal(verdict.block, 1);
    assert_int_equal(verdict.checksum_computed, 0xAEE5AEE5E8B26E19);
}

static void any_one_flipped_bit_is_corrected_or_refused(void **state)
{
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        make_golden(page_size, 0x2802, 321);
        for (uint32_t bit = 0; bit < page_size * 8; bit += bit < 700 ? 1 : 61) {
            if (bit >= 64 && bit != PAGE_BIT_NEW_CHECKSUM) {
                assert_correctable(page_size, 321, bit);
                continue;
            }
            pattern_flip(page, bit);
            assert_int_equal(page_verify(page, page_size, 321, &verdict), JET_errReadVerifyFailure);
            assert_true(verdict.state == PAGE_DAMAGED || verdict.state == PAGE_MISPLACED);
            assert_int_equal(verdict.count_bits, 0);
            pattern_flip(page, bit);
        }
        assert_int_equal(page_verify(page, page_size, 321, &verdict), JET_errSuccess);
    }
}

static void each_block_of_a_large_page_may_have_its_own_flipped_bit(void **state)
{
    static const uint32_t bits[] = {3000, 40000, 70000, 100000};

    make_golden(16384, 0x2802, 8);
    memcpy(before, page, 16384);
    for (size_t i = 0; i < COUNT_OF(bits); i++)
        pattern_flip(page, bits[i]);
    assert_int_equal(page_verify(page, 16384, 8, &verdict), JET_errReadVerifyFailure);
    assert_int_equal(verdict.state, PAGE_CORRECTABLE);
    assert_int_equal(verdict.count_bits, 4);
    assert_memory_equal(verdict.bits, bits, sizeof bits);
    page_correct(page, &verdict);
    assert_memory_equal(page, before, 16384);
}

static void a_stored_checksum_and_its_block_may_both_have_a_flipped_bit(void **state)
{
    make_golden(32768, 0x2802, 8);
    memcpy(before, page, 32768);
    pattern_flip(page, 48 * 8 + 17);         /* in the stored checksum of block 2 */
    pattern_flip(page, 2 * 8192 * 8 + 1234); /* in block 2 */
    assert_int_equal(page_verify(page, 32768, 8, &verdict), JET_errReadVerifyFailure);
    assert_int_equal(verdict.state, PAGE_CORRECTABLE);
    assert_int_equal(verdict.count_bits, 2);
    page_correct(page, &verdict);
    assert_memory_equal(page, before, 32768);
}

static void two_flipped_bits_in_a_block_are_damage(void **state)
{
    uint32_t seed = 11;

    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        make_golden(page_size, 0x2802, 321);
        for (unsigned i = 0; i < 500; i++) {
            uint32_t first = 64 + pattern_next(&seed) % (2048 * 8 - 64), second;

            do
                second = 64 + pattern_next(&seed) % (2048 * 8 - 64);
            while (second == first);
            pattern_flip(page, first);
            pattern_flip(page, second);
            assert_int_equal(page_verify(page, page_size, 321, &verdict), JET_errReadVerifyFailure);
            assert_int_equal(verdict.state, PAGE_DAMAGED);
            pattern_flip(page, first);
            pattern_flip(page, second);
        }
    }
}

static void overwritten_sectors_are_damage(void **state)
{
    uint32_t seed = 12;

    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2)
        for (size_t at = 0; at < page_size; at += 512) {
            make_golden(page_size, 0xA802, 321);
            pattern_random(page + at, 512, &seed);
            assert_true(page_verify(page, page_size, 321, &verdict) < JET_errSuccess);
            assert_int_equal(verdict.state, PAGE_DAMAGED);
        }
}

static void a_page_in_the_wrong_place_says_where_it_belongs(void **state)
{
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        make_golden(page_size, 0xA803, 4711);
        assert_int_equal(page_verify(page, page_size, 17, &verdict), JET_errReadVerifyFailure);
        assert_int_equal(verdict.state, PAGE_MISPLACED);
        assert_int_equal(verdict.pgno_expected, 17);
        assert_int_equal(verdict.pgno_found, 4711);
    }
}

static void a_large_page_must_carry_its_own_number(void **state)
{
    struct page_header_large_disk *header = (void *)page;

    make_golden(16384, 0xA803, 9);
    header->pgno = le32_make(10);
    header->base.checksum = le64_make(checksum_headed_block(page, 4096, 9));
    assert_int_equal(page_verify(page, 16384, 9, &verdict), JET_errReadPgnoVerifyFailure);
    assert_int_equal(verdict.state, PAGE_WRONG_PGNO);
    assert_int_equal(verdict.pgno_found, 10);
    assert_int_equal(verdict.pgno_expected, 9);
    pattern_flip(page, 5000); /* mending that bit would not make it page 9 */
    assert_int_equal(page_verify(page, 16384, 9, &verdict), JET_errReadVerifyFailure);
    assert_int_equal(verdict.state, PAGE_DAMAGED);
}

static void a_zero_page_is_not_initialised_and_one_bit_makes_it_damaged(void **state)
{
    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        memset(page, 0, page_size);
        assert_true(page_is_zero(page, page_size));
        assert_int_equal(page_verify(page, page_size, 3, &verdict), JET_errPageNotInitialized);
        assert_int_equal(verdict.state, PAGE_ZERO);
        page[page_size - 1] = 1;
        assert_false(page_is_zero(page, page_size));
        assert_int_equal(page_verify(page, page_size, 3, &verdict), JET_errReadVerifyFailure);
    }
}

static void every_state_has_a_name_of_its_own(void **state)
{
    for (int i = PAGE_OK; i <= PAGE_WRONG_PGNO; i++)
        for (int k = PAGE_OK; k < i; k++)
            assert_string_not_equal(page_state_name((enum page_state)i), page_state_name((enum page_state)k));
    assert_string_equal(page_state_name(PAGE_ZERO), "not initialised");
}

static void pages_need_no_alignment(void **state)
{
    static uint8_t buffer[PAGE_SIZE_MAX + 64];

    make_golden(32768, 0x2802, 5);
    for (size_t alignment = 0; alignment < 64; alignment++) {
        memcpy(buffer + alignment, page, 32768);
        assert_int_equal(page_verify(buffer + alignment, 32768, 5, &verdict), JET_errSuccess);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_pages_have_their_checksums),
        cmocka_unit_test(pages_with_nothing_but_the_flag_have_their_checksums),
        cmocka_unit_test(pages_of_old_engines_verify_by_xor_and_number),
        cmocka_unit_test(golden_flips_have_their_differences),
        cmocka_unit_test(any_one_flipped_bit_is_corrected_or_refused),
        cmocka_unit_test(each_block_of_a_large_page_may_have_its_own_flipped_bit),
        cmocka_unit_test(a_stored_checksum_and_its_block_may_both_have_a_flipped_bit),
        cmocka_unit_test(two_flipped_bits_in_a_block_are_damage),
        cmocka_unit_test(overwritten_sectors_are_damage),
        cmocka_unit_test(a_page_in_the_wrong_place_says_where_it_belongs),
        cmocka_unit_test(a_large_page_must_carry_its_own_number),
        cmocka_unit_test(a_zero_page_is_not_initialised_and_one_bit_makes_it_damaged),
        cmocka_unit_test(every_state_has_a_name_of_its_own),
        cmocka_unit_test(pages_need_no_alignment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
