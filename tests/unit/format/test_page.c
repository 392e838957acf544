/* SPDX-License-Identifier: MIT */
/* Tests of reading pages: tags of small and large pages, and one page for each invariant of the deep check. */
#include "format/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "format/node.h"
#include "pattern.h"

static uint8_t page[PAGE_SIZE_MAX];
static struct page_problem problem;

static const size_t page_sizes[] = {2048, 4096, 8192, 16384, 32768};

static struct page_header_disk *header(void)
{
    return (void *)page;
}

static struct page_tag_disk *tag_disk(size_t page_size, unsigned tag)
{
    return (void *)(page + page_size - 4 * (tag + (size_t)1));
}

/* A leaf with a prefix of 8 bytes and three nodes of 10 bytes. */
static void make_leaf(size_t page_size)
{
    static const uint8_t prefix[8] = "prefix!";
    static const uint8_t node[10] = {3, 0, 'k', 'e', 'y', 'd', 'a', 't', 'a', '.'};

    page_init(page, page_size, 0x2802, 12, 7, 0x100);
    assert_int_equal(page_replace(page, page_size, 0, 0, prefix, sizeof prefix), JET_errSuccess);
    for (unsigned i = 1; i <= 3; i++)
        assert_int_equal(page_insert(page, page_size, i, NODE_FLAG_VERSION, node, sizeof node), JET_errSuccess);
}

static void page_sizes_are_powers_of_two_from_2_to_32_kib(void **state)
{
    unsigned valid = 0;

    for (uint64_t size = 0; size < 100000; size++)
        valid += page_size_is_valid(size);
    assert_int_equal(valid, COUNT_OF(page_sizes));
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++)
        assert_true(page_size_is_valid(page_sizes[i]));
    assert_false(page_size_is_valid(UINT64_MAX));
}

static void a_sound_page_passes_and_gives_its_tags(void **state)
{
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        const uint8_t *bytes;
        size_t size;
        unsigned flags;

        make_leaf(page_sizes[i]);
        assert_int_equal(page_check_tags(page, page_sizes[i], &problem), JET_errSuccess);
        assert_int_equal(page_check_flags(page, &problem), JET_errSuccess);
        assert_int_equal(page_tag_count(page), 4);
        assert_int_equal(page_tag_get(page, page_sizes[i], 0, &bytes, &size, &flags), JET_errSuccess);
        assert_int_equal(size, 8);
        assert_int_equal(flags, 0);
        assert_memory_equal(bytes, "prefix!", 8);
        assert_int_equal(page_tag_get(page, page_sizes[i], 3, &bytes, &size, &flags), JET_errSuccess);
        assert_int_equal(size, 10);
        assert_int_equal(flags, NODE_FLAG_VERSION);
        assert_int_equal(page_tag_get(page, page_sizes[i], 4, &bytes, &size, &flags), JET_errBadLineCount);
    }
}

static void undefined_bits_of_tags_do_not_matter(void **state)
{
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct page_tag_disk *tag;
        const uint8_t *bytes;
        size_t size;
        unsigned flags;

        make_leaf(page_sizes[i]);
        tag = tag_disk(page_sizes[i], 2);
        tag->size = le16_make((uint16_t)(le16_get(tag->size) | (page_is_large(page_sizes[i]) ? 0x8000 : 0xE000)));
        if (page_is_large(page_sizes[i]))
            tag->offset = le16_make(le16_get(tag->offset) | 0x8000);
        assert_int_equal(page_tag_get(page, page_sizes[i], 2, &bytes, &size, &flags), JET_errSuccess);
        assert_int_equal(size, 10);
        assert_int_equal(flags, NODE_FLAG_VERSION);
        assert_int_equal(page_check_tags(page, page_sizes[i], &problem), JET_errSuccess);
    }
}

static void reserved_tags_are_not_nodes(void **state)
{
    make_leaf(4096);
    assert_int_equal(page_first_node(page), 1);
    header()->tag_state = le16_make(4 | 1 << 12);
    assert_int_equal(page_first_node(page), 1);
    header()->tag_state = le16_make(4 | 2 << 12);
    assert_int_equal(page_first_node(page), 2);
    assert_int_equal(page_tag_count(page), 4);
    header()->tag_state = le16_make(4 | 7 << 12); /* more reserved tags than tags */
    assert_int_equal(page_check_tags(page, 4096, &problem), JET_errBadLineCount);
}

static void set_free_size(int change)
{
    header()->free_size = le16_make((uint16_t)(le16_get(header()->free_size) + change));
}

static void break_count_zero(size_t page_size)
{
    (void)page_size;
    header()->tag_state = le16_make(0);
}

static void break_count_huge(size_t page_size)
{
    (void)page_size;
    header()->tag_state = le16_make(0x0FFF);
}

static void break_free_offset_above(size_t page_size)
{
    header()->free_offset = le16_make((uint16_t)(page_size - page_header_size(page_size) - 15));
}

static void break_free_offset_below(size_t page_size)
{
    (void)page_size;
    header()->free_offset = le16_make(20);
}

static void break_tag_outside(size_t page_size)
{
    tag_disk(page_size, 2)->offset = le16_make((uint16_t)(page_size - page_header_size(page_size) - 20));
}

static void break_tag_long(size_t page_size)
{
    tag_disk(page_size, 2)->size = le16_make(page_is_large(page_size) ? 0x7FFF : 0x1FFF);
}

static void break_overlap(size_t page_size)
{
    tag_disk(page_size, 2)->offset = tag_disk(page_size, 3)->offset;
}

static void break_overlap_by_one(size_t page_size)
{
    const uint16_t offset = le16_get(tag_disk(page_size, 2)->offset);

    tag_disk(page_size, 2)->offset = le16_make((uint16_t)(offset + 1));
}

static void break_free_size_high(size_t page_size)
{
    (void)page_size;
    set_free_size(1);
}

static void break_free_size_low(size_t page_size)
{
    (void)page_size;
    set_free_size(-1);
}

static void break_uncommitted(size_t page_size)
{
    (void)page_size;
    header()->uncommitted_size = le16_make((uint16_t)(le16_get(header()->free_size) + 1));
}

static void break_empty_node(size_t page_size)
{
    tag_disk(page_size, 2)->size = le16_make(0);
    set_free_size(10);
}

static void every_broken_invariant_is_found(void **state)
{
    static const struct {
        void (*damage)(size_t page_size);
        jet_err err;
        unsigned tag;
    } rows[] = {
        {break_count_zero,        JET_errBadLineCount,  0},
        {break_count_huge,        JET_errBadLineCount,  0},
        {break_free_offset_above, JET_errBadLineCount,  0},
        {break_free_offset_below, JET_errBadLineCount,  2},
        {break_tag_outside,       JET_errBadLineCount,  2},
        {break_tag_long,          JET_errBadLineCount,  2},
        {break_overlap,           JET_errBadLineCount,  3},
        {break_overlap_by_one,    JET_errBadLineCount,  3},
        {break_free_size_high,    JET_errBadLineCount,  0},
        {break_free_size_low,     JET_errBadLineCount,  0},
        {break_uncommitted,       JET_errBadLineCount,  0},
        {break_empty_node,        JET_errNodeCorrupted, 2},
    };

    for (size_t i = 0; i < COUNT_OF(page_sizes); i++)
        for (size_t k = 0; k < COUNT_OF(rows); k++) {
            jet_err err;

            if (page_sizes[i] == 32768 && rows[k].damage == break_count_huge)
                continue; /* 4095 tags fit there; the tags themselves are then what is wrong */
            make_leaf(page_sizes[i]);
            rows[k].damage(page_sizes[i]);
            problem.text = NULL;
            err = page_check_tags(page, page_sizes[i], &problem);
            if (err != rows[k].err || problem.tag != rows[k].tag || !problem.text)
                fail_msg("page of %u, row %u: %d at tag %u, %s", (unsigned)page_sizes[i], (unsigned)k, (int)err,
                         problem.tag, problem.text ? problem.text : "no text");
        }
}

static void tags_of_random_bytes_never_leave_the_page(void **state)
{
    uint32_t seed = 99;

    for (unsigned round = 0; round < 300; round++) {
        const size_t page_size = page_sizes[round % COUNT_OF(page_sizes)];

        pattern_random(page, page_size, &seed);
        if (round % 2)
            header()->tag_state = le16_make((uint16_t)(pattern_next(&seed) % 64));
        for (unsigned tag = 0; tag <= page_tag_count(page); tag++) {
            const uint8_t *bytes;
            size_t size;
            unsigned flags;

            if (page_tag_get(page, page_size, tag, &bytes, &size, &flags) < JET_errSuccess)
                continue;
            assert_true(tag < page_tag_count(page));
            assert_true(bytes >= page + page_header_size(page_size));
            assert_true(size <= (size_t)(page + page_size - bytes));
        }
        if (page_check_tags(page, page_size, &problem) == JET_errSuccess)
            fail_msg("random bytes passed the deep check");
    }
}

static void flags_that_contradict_each_other_are_found(void **state)
{
    static const struct {
        uint32_t flags;
        jet_err err;
    } rows[] = {
        {0x2803,           JET_errSuccess          },
        {0xA805,           JET_errSuccess          },
        {0x2C45,           JET_errSuccess          },
        {0x2863,           JET_errSuccess          },
        {0x280A,           JET_errSuccess          }, /* emptied */
        {0x0803,           JET_errSuccess          }, /* the checksum of old engines */
        {0x2806,           JET_errDatabaseCorrupted}, /* leaf and parent of leaves */
        {0x2003,           JET_errDatabaseCorrupted}, /* no new record format */
        {0x2C03,           JET_errDatabaseCorrupted}, /* non-unique without index */
        {0x28C2,           JET_errDatabaseCorrupted}, /* index and long values */
        {0x2802 | 0x20000, JET_errDatabaseCorrupted}, /* pre-initialised */
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        page_init(page, 4096, rows[i].flags, 1, 1, 1);
        assert_int_equal(page_check_flags(page, &problem), rows[i].err);
    }
}

static void pages_lie_behind_two_headers(void **state)
{
    assert_int_equal(page_offset(1, 4096), 8192);
    assert_int_equal(page_offset(PGNO_MAX, 32768), UINT64_C(0x7FEFFFFF) * 32768 + 32768);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_sizes_are_powers_of_two_from_2_to_32_kib),
        cmocka_unit_test(a_sound_page_passes_and_gives_its_tags),
        cmocka_unit_test(undefined_bits_of_tags_do_not_matter),
        cmocka_unit_test(reserved_tags_are_not_nodes),
        cmocka_unit_test(every_broken_invariant_is_found),
        cmocka_unit_test(tags_of_random_bytes_never_leave_the_page),
        cmocka_unit_test(flags_that_contradict_each_other_are_found),
        cmocka_unit_test(pages_lie_behind_two_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
