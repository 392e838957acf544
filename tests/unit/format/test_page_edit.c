/* SPDX-License-Identifier: MIT */
/* Tests of editing pages: whole pages of real databases, rebuilt from their description, have the real checksums; and
 * random edits keep every invariant and agree with a model that stores its tags one by one. */
#include "format/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "format/node.h"
#include "format/space.h"
#include "pattern.h"

static uint8_t page[PAGE_SIZE_MAX];
static struct page_problem problem;

static uint64_t u64_at(size_t offset)
{
    return le64_get(*(const le64 *)(page + offset));
}

/* Tag 0 of the root of a database: so many pages at first, no parent, OE on page 2. */
static const uint8_t root_254_pages[16] = {0xFE, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0};
static const uint8_t root_46_pages[16] = {0x2E, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0};
static const uint8_t split_buffer[16] = {0};

static void real_pages_come_out_byte_for_byte(void **state)
{
    static const struct {
        size_t page_size;
        pgno_t pgno;
        dbtime_t dbtime;
        objid_t objid;
        uint32_t flags;
        const uint8_t *tag0;
        struct space_extent extent; /* the only node, if it has pages */
        uint64_t sums[4];
    } rows[] = {
        {4096,  1,  0x46, 1, 0xA803, root_254_pages, {0},             {0x7FDF7FDF0001A77C}                          },
        {4096,  2,  0x46, 1, 0xA823, split_buffer,   {0, 254, 254},   {0x0192019200EC59D4}                          },
        {4096,  5,  0x4D, 2, 0xA823, split_buffer,   {0, 0x17, 0x14}, {0x7E3701C80006B0DB}                          },
        {4096,  11, 0x62, 5, 0xA863, split_buffer,   {0, 0x0C, 3},    {0x006900690011ABBD}                          },
        {4096,  12, 0x62, 5, 0xA863, split_buffer,   {0},             {0x7E787E780001A7CC}                          },
        {32768, 1,  0x46, 1, 0xA803, root_254_pages, {0},             {0x01310131001A28C0, 1, 1, 0x001BFFE400000011}},
        {16384, 1,  0x49, 1, 0xA803, root_46_pages,  {0},             {0x7D4A02B5001AE81F, 1, 1, 0x001B7FE400000011}},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const size_t page_size = rows[i].page_size;

        page_init(page, page_size, rows[i].flags, rows[i].pgno, rows[i].objid, rows[i].dbtime);
        assert_int_equal(page_replace(page, page_size, 0, 0, rows[i].tag0, 16), JET_errSuccess);
        if (rows[i].extent.count_pages > 0) {
            struct space_extent_disk disk;
            struct node node;
            uint8_t bytes[16];
            size_t size;

            space_extent_encode(&rows[i].extent, &disk, &node);
            assert_int_equal(node_encode(&node, bytes, sizeof bytes, &size), JET_errSuccess);
            assert_int_equal(page_insert(page, page_size, 1, node.flags, bytes, size), JET_errSuccess);
        }
        page_seal(page, page_size, rows[i].pgno);
        assert_int_equal(u64_at(0), rows[i].sums[0]);
        for (size_t k = 1; k < 4 && page_is_large(page_size); k++)
            assert_int_equal(u64_at(32 + 8 * k), rows[i].sums[k]);
        assert_int_equal(page_check_tags(page, page_size, &problem), JET_errSuccess);
    }
}

static void a_database_root_has_its_derived_fields(void **state)
{
    static const struct {
        size_t page_size;
        unsigned free_size;
    } rows[] = {
        {4096,  4036 },
        {32768, 32668},
        {16384, 16284},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct page_header_large_disk *header = (const void *)page;

        page_init(page, rows[i].page_size, 0xA803, 1, 1, 0x46);
        assert_int_equal(page_replace(page, rows[i].page_size, 0, 0, root_254_pages, 16), JET_errSuccess);
        assert_int_equal(page_free_space(page), rows[i].free_size);
        assert_int_equal(le16_get(header->base.free_offset), 16);
        assert_int_equal(le16_get(header->base.tag_state), 1);
        assert_memory_equal(page + rows[i].page_size - 4, "\x10\0\0\0", 4);
        if (page_is_large(rows[i].page_size))
            assert_int_equal(le32_get(header->pgno), 1);
    }
}

static void a_fresh_table_root_has_its_checksum(void **state)
{
    const struct space_header space = {.count_pages = 1, .pgno_parent = 1};
    struct space_header_disk disk;

    assert_int_equal(space_header_encode(&space, &disk), JET_errSuccess);
    page_init(page, 4096, 0x2803, 31, 8, 0x123);
    assert_int_equal(page_replace(page, 4096, 0, 0, &disk, sizeof disk), JET_errSuccess);
    page_seal(page, 4096, 31);
    assert_int_equal(page_free_space(page), 4036);
    assert_int_equal(u64_at(0), 0x00047FFB000126F3);
}

static void the_largest_node_fits_and_one_byte_more_does_not(void **state)
{
    static const struct {
        size_t page_size, node_size;
    } rows[] = {
        {4096,  4048 },
        {8192,  8144 },
        {16384, 16296},
        {32768, 32680},
    };
    static const uint8_t node[PAGE_SIZE_MAX] = {0, 0, 1};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(page_node_size_max(rows[i].page_size), rows[i].node_size);
        page_init(page, rows[i].page_size, 0x2802, 4, 4, 4);
        assert_int_equal(page_insert(page, rows[i].page_size, 1, 0, node, rows[i].node_size + 1), JET_errRecordTooBig);
        assert_int_equal(page_insert(page, rows[i].page_size, 1, 0, node, rows[i].node_size), JET_errSuccess);
        assert_int_equal(page_free_space(page), 0);
        assert_int_equal(page_check_tags(page, rows[i].page_size, &problem), JET_errSuccess);
    }
}

static void deleting_the_last_node_empties_the_page(void **state)
{
    static const uint8_t node[] = {0, 0, 1, 2, 3};

    page_init(page, 4096, 0x2802, 4, 4, 4);
    assert_int_equal(page_insert(page, 4096, 1, 0, node, sizeof node), JET_errSuccess);
    assert_int_equal(page_insert(page, 4096, 2, 0, node, sizeof node), JET_errSuccess);
    page_delete(page, 4096, 1); /* leaves a hole in front */
    assert_int_equal(le16_get(page_header(page)->free_offset), 10);
    page_delete(page, 4096, 1);
    assert_int_equal(le16_get(page_header(page)->free_offset), 0);
    assert_int_equal(page_free_space(page), 4096 - 40 - 4);
}

static void bytes_that_a_rollback_may_need_are_not_taken(void **state)
{
    static const uint8_t node[1049] = {0, 0, 1};
    struct page_header_disk *header = (void *)page;

    page_init(page, 4096, 0x2802, 4, 4, 4);
    assert_int_equal(page_insert(page, 4096, 1, 0, node, 100), JET_errSuccess);
    header->uncommitted_size = le16_make(3000);
    assert_int_equal(page_free_space(page), 4096 - 40 - 8 - 100 - 3000);
    assert_int_equal(page_insert(page, 4096, 1, 0, node, 945), JET_errRecordTooBig);
    assert_int_equal(page_replace(page, 4096, 1, 0, node, sizeof node), JET_errRecordTooBig);
    assert_int_equal(page_insert(page, 4096, 1, 0, node, 944), JET_errSuccess);
    assert_int_equal(page_free_space(page), 0);
    assert_int_equal(page_replace(page, 4096, 2, 0, node, 101), JET_errRecordTooBig);
    assert_int_equal(page_replace(page, 4096, 2, 0, node, 100), JET_errSuccess);
    assert_int_equal(page_check_tags(page, 4096, &problem), JET_errSuccess);
}

/* ---- random edits against a model ---- */

enum {
    MODEL_TAGS = 200,
    MODEL_BYTES = 300,
};

struct model {
    unsigned count;
    struct {
        size_t size;
        unsigned flags;
        uint8_t bytes[MODEL_BYTES];
    } tags[MODEL_TAGS];
};

static struct model model;

static void model_open(unsigned tag)
{
    memmove(&model.tags[tag + 1], &model.tags[tag], (model.count - tag) * sizeof model.tags[0]);
    model.count++;
}

static void model_close(unsigned tag)
{
    model.count--;
    memmove(&model.tags[tag], &model.tags[tag + 1], (model.count - tag) * sizeof model.tags[0]);
}

static void model_set(unsigned tag, unsigned flags, const uint8_t *bytes, size_t size)
{
    model.tags[tag].size = size;
    model.tags[tag].flags = flags;
    memcpy(model.tags[tag].bytes, bytes, size);
}

/* Free bytes by definition, not by accounting. */
static size_t model_free(size_t page_size)
{
    size_t used = model.count * (size_t)PAGE_TAG_SIZE;

    for (unsigned i = 0; i < model.count; i++)
        used += model.tags[i].size;
    return page_size - page_header_size(page_size) - used;
}

static void assert_page_is_model(size_t page_size)
{
    if (page_check_tags(page, page_size, &problem) < JET_errSuccess)
        fail_msg("tag %u: %s", problem.tag, problem.text);
    assert_int_equal(page_tag_count(page), model.count);
    assert_int_equal(page_free_space(page), model_free(page_size));
    for (unsigned i = 0; i < model.count; i++) {
        const uint8_t *bytes;
        size_t size;
        unsigned flags;

        assert_int_equal(page_tag_get(page, page_size, i, &bytes, &size, &flags), JET_errSuccess);
        assert_int_equal(size, model.tags[i].size);
        assert_int_equal(flags, model.tags[i].flags);
        for (size_t k = 0; k < size; k++) {
            const uint8_t mask = page_is_large(page_size) && i > 0 && k == 1 ? 0x1F : 0xFF;

            assert_int_equal(bytes[k] & mask, model.tags[i].bytes[k] & mask);
        }
    }
}

static void edit_insert(size_t page_size, const uint8_t *bytes, size_t size, uint32_t random)
{
    const unsigned tag = 1 + random % model.count, flags = random >> 16 & 7;
    const bool fits = size + PAGE_TAG_SIZE <= model_free(page_size);

    assert_int_equal(page_insert(page, page_size, tag, flags, bytes, size),
                     fits ? JET_errSuccess : JET_errRecordTooBig);
    if (fits) {
        model_open(tag);
        model_set(tag, flags, bytes, size);
    }
}

static void edit_replace(size_t page_size, const uint8_t *bytes, size_t size, uint32_t random)
{
    const unsigned tag = random % model.count, flags = tag ? random >> 16 & 7 : 0;
    const bool fits = size <= model_free(page_size) + model.tags[tag].size;

    assert_int_equal(page_replace(page, page_size, tag, flags, bytes, size),
                     fits ? JET_errSuccess : JET_errRecordTooBig);
    if (fits)
        model_set(tag, flags, bytes, size);
}

static void random_edits_agree_with_the_model(void **state)
{
    uint32_t seed = 2024;

    for (size_t page_size = PAGE_SIZE_MIN; page_size <= PAGE_SIZE_MAX; page_size *= 2) {
        page_init(page, page_size, 0x2802, 4, 4, 4);
        model = (struct model){.count = 1};
        for (unsigned i = 0; i < 4000; i++) {
            uint8_t bytes[MODEL_BYTES];
            const uint32_t choice = pattern_next(&seed) % 16, random = pattern_next(&seed);
            const size_t size = 3 + pattern_next(&seed) % (MODEL_BYTES - 3);

            pattern_random(bytes, size, &seed);
            if (choice < 7 && model.count < MODEL_TAGS)
                edit_insert(page_size, bytes, size, random);
            else if (choice < 12)
                edit_replace(page_size, bytes, size, random);
            else if (choice < 15 && model.count > 1) {
                page_delete(page, page_size, 1 + random % (model.count - 1));
                model_close(1 + random % (model.count - 1));
            } else
                page_reorganise(page, page_size);
            assert_page_is_model(page_size);
        }
    }
}

static void reorganising_leaves_no_hole(void **state)
{
    static const uint8_t node[100] = {50, 0, 1};

    page_init(page, 8192, 0x2802, 4, 4, 4);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(page_insert(page, 8192, 1, 0, node, sizeof node), JET_errSuccess);
    for (unsigned i = 1; i <= 20; i++)
        page_delete(page, 8192, i);
    assert_int_equal(le16_get(page_header(page)->free_offset), 3900); /* the first data to arrive is the last tag */
    page_reorganise(page, 8192);
    assert_int_equal(le16_get(page_header(page)->free_offset), 2000);
    assert_int_equal(page_check_tags(page, 8192, &problem), JET_errSuccess);
}

/* Three nodes, in an order of their bytes that says nothing. */
static void three_nodes(size_t page_size)
{
    page_init(page, page_size, PAGE_FLAG_ROOT | PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD, 7, 3, 99);
    for (uint8_t i = 1; i <= 3; i++) {
        const uint8_t node[] = {1, 0, i, (uint8_t)(10 * i), 5};
        assert_int_equal(page_insert(page, page_size, i, 0, node, sizeof node), JET_errSuccess);
    }
}

/* What recovery does not make again does not count, and everything else does. */
static void the_sum_of_what_is_logged(void **state)
{
    (void)state;
    for (size_t page_size = 4096; page_size <= 32768; page_size *= 2) {
        static uint8_t copy[PAGE_SIZE_MAX];
        three_nodes(page_size);
        struct page_header_disk *header = (void *)page;
        const uint64_t sum = page_logged_checksum(page, page_size);
        assert_true(sum != 0);
        page_seal(page, page_size, 7);
        assert_true(page_logged_checksum(page, page_size) == sum);
        header->flags = le32_make(le32_get(header->flags) ^ PAGE_FLAG_FLUSH_TYPE ^ PAGE_FLAG_FDP_DELETE);
        header->uncommitted_size = le16_make(5);
        assert_true(page_logged_checksum(page, page_size) == sum);
        page_set_node_flags(page, page_size, 2, NODE_FLAG_VERSION);
        assert_true(page_logged_checksum(page, page_size) == sum);
        header->uncommitted_size = le16_make(0);
        page_reorganise(page, page_size);
        assert_true(page_logged_checksum(page, page_size) == sum);

        memcpy(copy, page, page_size); /* the data of deleted nodes does not count, that they are deleted does */
        page_set_node_flags(page, page_size, 2, NODE_FLAG_DELETED);
        const uint64_t deleted = page_logged_checksum(page, page_size);
        assert_true(deleted != sum);
        const uint8_t other[] = {1, 0, 2, 77, 5};
        assert_int_equal(page_replace(page, page_size, 2, NODE_FLAG_DELETED, other, sizeof other), JET_errSuccess);
        assert_true(page_logged_checksum(page, page_size) == deleted);
        page_set_node_flags(page, page_size, 2, 0);
        assert_true(page_logged_checksum(page, page_size) != sum);

        memcpy(page, copy, page_size);
        header->dbtime = le64_make(100);
        assert_true(page_logged_checksum(page, page_size) != sum);
    }
}

/* By hand: a page of zeros but for two tags that are empty is its header, and two flags of nothing. */
static void the_sum_of_an_empty_page(void **state)
{
    uint64_t sum = 0;
    (void)state;
    memset(page, 0, sizeof page);
    ((struct page_header_disk *)(void *)page)->tag_state = le16_make(2);
    for (size_t i = 0; i < sizeof(struct page_header_disk) + 2; i++)
        sum = (sum << 6 | sum >> 58) + (i == offsetof(struct page_header_disk, tag_state) ? 2 : 0);
    assert_true(page_logged_checksum(page, 4096) == sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_pages_come_out_byte_for_byte),
        cmocka_unit_test(a_database_root_has_its_derived_fields),
        cmocka_unit_test(a_fresh_table_root_has_its_checksum),
        cmocka_unit_test(the_largest_node_fits_and_one_byte_more_does_not),
        cmocka_unit_test(deleting_the_last_node_empties_the_page),
        cmocka_unit_test(bytes_that_a_rollback_may_need_are_not_taken),
        cmocka_unit_test(random_edits_agree_with_the_model),
        cmocka_unit_test(reorganising_leaves_no_hole),
        cmocka_unit_test(the_sum_of_what_is_logged),
        cmocka_unit_test(the_sum_of_an_empty_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
