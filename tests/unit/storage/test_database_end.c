/* SPDX-License-Identifier: MIT */
/* The way to the end of the database, sound and damaged at every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/node.h"
#include "format/page.h"
#include "format/space.h"
#include "storage/database_file.h"
#include "support/database_image.h"
#include "support/finding_list.h"

enum {
    PAGES = 40,
    OWNED = 30, /* where the owned-extents trees of these tests say that the database ends */
    OE_ROOT = 2,
    OE_CHILD = 7,
    SPACE_FLAGS = PAGE_FLAG_SPACE_TREE | PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM,
};

/* A page of the OE tree, empty. */
static uint8_t *put_space_page(const struct database_image *image, pgno_t pgno, uint32_t flags)
{
    uint8_t *page = database_image_page(image, pgno);
    page_init(page, image->page_size, SPACE_FLAGS | flags, pgno, 1, 0x46);
    return page;
}

static void put_node(const struct database_image *image, pgno_t pgno, const struct node *node)
{
    uint8_t *page = database_image_page(image, pgno);
    uint8_t bytes[64];
    size_t size;
    assert_int_equal(node_encode(node, bytes, sizeof bytes, &size), JET_errSuccess);
    assert_int_equal(page_insert(page, image->page_size, page_tag_count(page), node->flags, bytes, size),
                     JET_errSuccess);
    database_image_seal(image, pgno);
}

static void put_extent(const struct database_image *image, pgno_t pgno, pgno_t last, uint32_t count, unsigned flags)
{
    const struct space_extent extent = {.pgno_last = last, .count_pages = count};
    struct space_extent_disk disk;
    struct node node;
    space_extent_encode(&extent, &disk, &node);
    node.flags = flags;
    put_node(image, pgno, &node);
}

static void put_child(const struct database_image *image, pgno_t pgno, pgno_t child)
{
    const le32 data = le32_make(child);
    const struct node node = {.suffix = data.b, .suffix_size = 0, .data = data.b, .data_size = sizeof data};
    put_node(image, pgno, &node);
}

/* A database whose root names an OE tree at page 2, which is still missing. */
static void make_image(struct database_image *image, size_t page_size)
{
    const struct space_header space = {.flags = SPACE_FLAG_MULTIPLE, .pgno_owned = OE_ROOT};
    struct space_header_disk disk;
    database_image_make_bare(image, page_size, PAGES);
    assert_int_equal(space_header_encode(&space, &disk), JET_errSuccess);
    assert_int_equal(page_replace(database_image_page(image, 1), page_size, 0, 0, &disk, sizeof disk), JET_errSuccess);
    database_image_seal(image, 1);
}

/* OE root with one leaf below it: pages 1 - 10 and 11 - 30. */
static void make_two_levels(struct database_image *image)
{
    make_image(image, 4096);
    put_space_page(image, OE_ROOT, PAGE_FLAG_ROOT | PAGE_FLAG_PARENT_OF_LEAF);
    put_child(image, OE_ROOT, OE_CHILD);
    put_space_page(image, OE_CHILD, PAGE_FLAG_LEAF);
    put_extent(image, OE_CHILD, 10, 10, 0);
    put_extent(image, OE_CHILD, OWNED, 20, 0);
}

static void expect_end(const struct database_image *image, struct temp_folder *folder, pgno_t last_page)
{
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    struct database_file *file = NULL;
    const char *path = database_image_store(image, folder, "db.edb", image->size);
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    assert_int_equal(findings.count, 0);
    assert_true(database_file_info(file)->last_page_known);
    assert_int_equal(database_file_info(file)->last_page, last_page);
    database_file_close(file);
}

/* The end is not found out: one finding at this page, and the end of the file is taken. */
static void expect_no_end(const struct database_image *image, struct temp_folder *folder, pgno_t page, jet_err err,
                          enum finding_severity severity)
{
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    struct database_file *file = NULL;
    const char *path = database_image_store(image, folder, "db.edb", image->size);
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    const struct database_file_info *info = database_file_info(file);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].kind, FINDING_DATABASE_END);
    assert_int_equal(findings.list[0].where, page);
    assert_int_equal(findings.list[0].err, err);
    assert_int_equal(findings.list[0].severity, severity);
    assert_false(info->last_page_known);
    assert_int_equal(info->last_page, PAGES);
    assert_int_equal(info->size_is_right, severity != FINDING_DAMAGE);
    database_file_close(file);
}

static void the_last_extent_of_the_tree_is_the_end_at_every_page_size(void **state)
{
    static const size_t page_sizes[] = {2048, 4096, 8192, 16384, 32768};
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct database_image image;
        make_image(&image, page_sizes[i]);
        put_space_page(&image, OE_ROOT, PAGE_FLAG_ROOT | PAGE_FLAG_LEAF);
        put_extent(&image, OE_ROOT, 10, 10, 0);
        put_extent(&image, OE_ROOT, OWNED, 20, 0);
        expect_end(&image, *state, OWNED);
        database_image_done(&image);
    }
}

static void the_right_edge_of_a_deeper_tree_is_followed(void **state)
{
    struct database_image image;
    make_two_levels(&image);
    expect_end(&image, *state, OWNED);
    database_image_done(&image);
}

static void deleted_extents_do_not_count(void **state)
{
    struct database_image image;
    make_two_levels(&image);
    put_extent(&image, OE_CHILD, 40, 10, NODE_FLAG_DELETED);
    expect_end(&image, *state, OWNED);
    database_image_done(&image);
}

static void a_deleted_extent_may_be_senseless(void **state)
{
    struct database_image image;
    make_two_levels(&image);
    put_extent(&image, OE_CHILD, 40, 0, NODE_FLAG_DELETED);
    expect_end(&image, *state, OWNED);
    database_image_done(&image);
    make_two_levels(&image);
    put_extent(&image, OE_CHILD, 40, 0, 0);
    expect_no_end(&image, *state, OE_CHILD, JET_errSPOwnExtCorrupted, FINDING_DAMAGE);
    database_image_done(&image);
}

static void a_leaf_of_deleted_extents_leads_to_the_leaf_before(void **state)
{
    struct database_image image;
    make_two_levels(&image);
    put_child(&image, OE_ROOT, 8);
    uint8_t *page = put_space_page(&image, 8, PAGE_FLAG_LEAF);
    ((struct page_header_disk *)(void *)page)->pgno_prev = le32_make(OE_CHILD);
    put_extent(&image, 8, 40, 10, NODE_FLAG_DELETED);
    /* The separator before the last child must not be empty, but the right edge alone is read here. */
    expect_end(&image, *state, OWNED);
    database_image_done(&image);
}

static void a_child_that_is_its_own_parent_ends_the_search(void **state)
{
    struct database_image image;
    make_image(&image, 4096);
    put_space_page(&image, OE_ROOT, PAGE_FLAG_ROOT);
    put_child(&image, OE_ROOT, OE_ROOT);
    expect_no_end(&image, *state, OE_ROOT, JET_errSPOwnExtCorrupted, FINDING_DAMAGE);
    database_image_done(&image);
}

static void empty_leaves_in_a_circle_end_the_search(void **state)
{
    struct database_image image;
    make_image(&image, 4096);
    uint8_t *page = put_space_page(&image, OE_ROOT, PAGE_FLAG_ROOT | PAGE_FLAG_LEAF);
    ((struct page_header_disk *)(void *)page)->pgno_prev = le32_make(OE_ROOT);
    database_image_seal(&image, OE_ROOT);
    expect_no_end(&image, *state, OE_ROOT, JET_errSPOwnExtCorrupted, FINDING_DAMAGE);
    database_image_done(&image);
}

static void an_empty_tree_has_no_end(void **state)
{
    struct database_image image;
    make_image(&image, 4096);
    put_space_page(&image, OE_ROOT, PAGE_FLAG_ROOT | PAGE_FLAG_LEAF);
    database_image_seal(&image, OE_ROOT);
    expect_no_end(&image, *state, OE_ROOT, JET_errSPOwnExtCorrupted, FINDING_DAMAGE);
    database_image_done(&image);
}

static void a_page_that_does_not_verify_is_left_to_who_reads_it_next(void **state)
{
    static const pgno_t on_the_way[] = {1, OE_ROOT, OE_CHILD};
    for (size_t i = 0; i < COUNT_OF(on_the_way); i++) {
        struct database_image image;
        make_two_levels(&image);
        memset(database_image_page(&image, on_the_way[i]) + 100, 0x77, 50);
        expect_no_end(&image, *state, on_the_way[i], JET_errReadVerifyFailure, FINDING_WARNING);
        database_image_done(&image);
    }
}

static void one_flipped_bit_on_the_way_does_no_harm(void **state)
{
    static const pgno_t on_the_way[] = {1, OE_ROOT, OE_CHILD};
    for (size_t i = 0; i < COUNT_OF(on_the_way); i++) {
        struct database_image image;
        make_two_levels(&image);
        database_image_page(&image, on_the_way[i])[24] ^= 2; /* the object id */
        expect_end(&image, *state, OWNED);
        database_image_done(&image);
    }
}

static void pages_of_another_kind_are_damage(void **state)
{
    struct database_image image;
    struct page_header_disk *header;

    make_two_levels(&image);
    header = (void *)database_image_page(&image, OE_CHILD);
    header->objid = le32_make(9);
    database_image_seal(&image, OE_CHILD);
    expect_no_end(&image, *state, OE_CHILD, JET_errSPOwnExtCorrupted, FINDING_DAMAGE);

    header->objid = le32_make(1);
    header->flags = le32_make(le32_get(header->flags) & ~(uint32_t)PAGE_FLAG_SPACE_TREE);
    database_image_seal(&image, OE_CHILD);
    expect_no_end(&image, *state, OE_CHILD, JET_errSPOwnExtCorrupted, FINDING_DAMAGE);

    header->flags = le32_make(SPACE_FLAGS | PAGE_FLAG_LEAF | PAGE_FLAG_EMPTY);
    database_image_seal(&image, OE_CHILD);
    expect_no_end(&image, *state, OE_CHILD, JET_errBadEmptyPage, FINDING_DAMAGE);
    database_image_done(&image);
}

static void links_out_of_the_file_are_damage(void **state)
{
    static const pgno_t nowhere[] = {PAGES + 1, 0x7FEFFFFF};
    for (size_t i = 0; i < COUNT_OF(nowhere); i++) {
        struct database_image image;
        make_image(&image, 4096);
        put_space_page(&image, OE_ROOT, PAGE_FLAG_ROOT | PAGE_FLAG_PARENT_OF_LEAF);
        put_child(&image, OE_ROOT, nowhere[i]);
        expect_no_end(&image, *state, nowhere[i], JET_errFileIOBeyondEOF, FINDING_DAMAGE);
        database_image_done(&image);
    }
}

static void a_root_without_a_space_header_is_damage(void **state)
{
    struct database_image image;
    make_two_levels(&image);
    assert_int_equal(page_replace(database_image_page(&image, 1), 4096, 0, 0, "short", 5), JET_errSuccess);
    database_image_seal(&image, 1);
    expect_no_end(&image, *state, 1, JET_errSPOwnExtCorrupted, FINDING_DAMAGE);
    database_image_done(&image);
}

static void set_state(const struct database_image *image, enum dbheader_state state)
{
    for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++)
        database_image_header(image, copy)->state = le32_make(state);
    database_image_seal_headers(image);
}

/* The logs have it, if the database needs any. */
static void a_page_that_was_never_written_is_damage_of_a_clean_database(void **state)
{
    static const pgno_t on_the_way[] = {1, OE_ROOT, OE_CHILD};
    for (size_t i = 0; i < COUNT_OF(on_the_way); i++) {
        struct database_image image;
        make_two_levels(&image);
        memset(database_image_page(&image, on_the_way[i]), 0, 4096);
        set_state(&image, DBHEADER_CLEAN);
        expect_no_end(&image, *state, on_the_way[i], JET_errPageNotInitialized, FINDING_DAMAGE);
        set_state(&image, DBHEADER_DIRTY);
        expect_no_end(&image, *state, on_the_way[i], JET_errPageNotInitialized, FINDING_NOTE);
        database_image_done(&image);
    }
}

static void tags_and_nodes_that_lie_are_damage(void **state)
{
    struct database_image image;
    struct page_header_disk *header;
    make_two_levels(&image);
    header = (void *)database_image_page(&image, OE_ROOT);
    header->tag_state = le16_make(0x0FFF);
    database_image_seal(&image, OE_ROOT);
    expect_no_end(&image, *state, OE_ROOT, JET_errBadLineCount, FINDING_DAMAGE);
    header->tag_state = le16_make(0);
    database_image_seal(&image, OE_ROOT);
    expect_no_end(&image, *state, OE_ROOT, JET_errBadLineCount, FINDING_DAMAGE);
    database_image_done(&image);

    make_two_levels(&image);
    database_image_page(&image, OE_CHILD)[4096 - 3 * 4] = 6; /* a node of 6 bytes cannot hold an extent */
    database_image_seal(&image, OE_CHILD);
    expect_no_end(&image, *state, OE_CHILD, JET_errNodeCorrupted, FINDING_DAMAGE);
    database_image_done(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(the_last_extent_of_the_tree_is_the_end_at_every_page_size),
        IN_FOLDER(the_right_edge_of_a_deeper_tree_is_followed),
        IN_FOLDER(deleted_extents_do_not_count),
        IN_FOLDER(a_deleted_extent_may_be_senseless),
        IN_FOLDER(a_leaf_of_deleted_extents_leads_to_the_leaf_before),
        IN_FOLDER(a_child_that_is_its_own_parent_ends_the_search),
        IN_FOLDER(empty_leaves_in_a_circle_end_the_search),
        IN_FOLDER(an_empty_tree_has_no_end),
        IN_FOLDER(a_page_that_does_not_verify_is_left_to_who_reads_it_next),
        IN_FOLDER(one_flipped_bit_on_the_way_does_no_harm),
        IN_FOLDER(pages_of_another_kind_are_damage),
        IN_FOLDER(links_out_of_the_file_are_damage),
        IN_FOLDER(a_root_without_a_space_header_is_damage),
        IN_FOLDER(a_page_that_was_never_written_is_damage_of_a_clean_database),
        IN_FOLDER(tags_and_nodes_that_lie_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
