/* SPDX-License-Identifier: MIT */
/* Scanning trees: what comes, in which order, and that hostile trees end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "btree/scan.h"
#include "format/node.h"
#include "format/page.h"
#include "support/corpus.h"
#include "support/database_image.h"
#include "support/finding_list.h"

enum {
    PAGES = 40,
    FDP = 5,
    OBJID = 77,
    TABLE_FLAGS = PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM,
};

/* ---- building trees ---- */

static void put_page(const struct database_image *image, pgno_t pgno, uint32_t flags, pgno_t prev, pgno_t next)
{
    uint8_t *page = database_image_page(image, pgno);
    page_init(page, image->page_size, TABLE_FLAGS | flags, pgno, OBJID, 0x46);
    ((struct page_header_disk *)(void *)page)->pgno_prev = le32_make(prev);
    ((struct page_header_disk *)(void *)page)->pgno_next = le32_make(next);
    database_image_seal(image, pgno);
}

static void put_node(const struct database_image *image, pgno_t pgno, const struct node *node)
{
    uint8_t *page = database_image_page(image, pgno);
    uint8_t bytes[256];
    size_t size;
    assert_int_equal(node_encode(node, bytes, sizeof bytes, &size), JET_errSuccess);
    assert_int_equal(page_insert(page, image->page_size, page_tag_count(page), node->flags, bytes, size),
                     JET_errSuccess);
    database_image_seal(image, pgno);
}

static void put_text(const struct database_image *image, pgno_t pgno, unsigned flags, const char *key, const char *data)
{
    const struct node node = {.flags = flags,
                              .suffix = (const uint8_t *)key,
                              .suffix_size = strlen(key),
                              .data = (const uint8_t *)data,
                              .data_size = strlen(data)};
    put_node(image, pgno, &node);
}

static void put_child(const struct database_image *image, pgno_t pgno, const char *separator, pgno_t child)
{
    const le32 data = le32_make(child);
    const struct node node = {.suffix = (const uint8_t *)separator,
                              .suffix_size = strlen(separator),
                              .data = data.b,
                              .data_size = sizeof data};
    put_node(image, pgno, &node);
}

/* Root with three leaves: 10 (a b), 11 (c, its d deleted), 12 (e f). */
static void make_tree(struct database_image *image, size_t page_size)
{
    database_image_make_bare(image, page_size, PAGES);
    put_page(image, FDP, PAGE_FLAG_ROOT | PAGE_FLAG_PARENT_OF_LEAF, 0, 0);
    put_child(image, FDP, "c", 10);
    put_child(image, FDP, "e", 11);
    put_child(image, FDP, "", 12);
    put_page(image, 10, PAGE_FLAG_LEAF, 0, 11);
    put_text(image, 10, 0, "a", "1");
    put_text(image, 10, 0, "b", "2");
    put_page(image, 11, PAGE_FLAG_LEAF, 10, 12);
    put_text(image, 11, 0, "c", "3");
    put_text(image, 11, NODE_FLAG_DELETED, "d", "x");
    put_page(image, 12, PAGE_FLAG_LEAF, 11, 0);
    put_text(image, 12, NODE_FLAG_VERSION, "e", "4");
    put_text(image, 12, 0, "f", "5");
}

static struct page_header_disk *header_of(const struct database_image *image, pgno_t pgno)
{
    return (void *)database_image_page(image, pgno);
}

/* ---- scanning them ---- */

struct outcome {
    jet_err err;
    char text[256]; /* "a=1 b=2 " */
    struct finding_list findings;
};

static void scan_entries(struct btree_scan *scan, struct outcome *outcome)
{
    struct btree_entry entry;
    while ((outcome->err = btree_scan_next(scan, &entry)) == JET_errSuccess && entry.data) {
        size_t used = strlen(outcome->text);
        (void)snprintf(outcome->text + used, sizeof outcome->text - used, "%.*s=%.*s ", (int)entry.key_size,
                       (const char *)entry.key, (int)entry.data_size, (const char *)entry.data);
    }
}

static void scan_image(const struct database_image *image, struct temp_folder *folder, struct outcome *ret_outcome)
{
    struct database_file *file = NULL;
    struct btree_scan *scan = NULL;
    *ret_outcome = (struct outcome){0};
    struct finding_listener listener = finding_list_listener(&ret_outcome->findings);
    const char *path = database_image_store(image, folder, "db.edb", image->size);
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    assert_int_equal(ret_outcome->findings.count, 0);
    ret_outcome->err = btree_scan_open(file, FDP, OBJID, &listener, &scan);
    if (ret_outcome->err == JET_errSuccess)
        scan_entries(scan, ret_outcome);
    btree_scan_close(scan);
    database_file_close(file);
}

static void expect_entries(const struct database_image *image, struct temp_folder *folder, const char *text)
{
    struct outcome outcome;
    scan_image(image, folder, &outcome);
    assert_int_equal(outcome.err, JET_errSuccess);
    assert_string_equal(outcome.text, text);
    assert_int_equal(outcome.findings.count, 0);
}

/* The scan ends with this error, which is reported once, at this page; the entries before it have come. */
static void expect_damage(const struct database_image *image, struct temp_folder *folder, const char *text, jet_err err,
                          enum finding_kind kind, pgno_t pgno)
{
    struct outcome outcome;
    scan_image(image, folder, &outcome);
    assert_int_equal(outcome.err, err);
    assert_string_equal(outcome.text, text);
    assert_int_equal(outcome.findings.count, 1);
    assert_int_equal(outcome.findings.list[0].kind, kind);
    assert_int_equal(outcome.findings.list[0].severity, FINDING_DAMAGE);
    assert_int_equal(outcome.findings.list[0].err, err);
    assert_int_equal(outcome.findings.list[0].where, pgno);
}

/* ---- tests ---- */

static void entries_come_in_order_without_the_deleted_at_every_page_size(void **state)
{
    static const size_t page_sizes[] = {2048, 4096, 8192, 16384, 32768};
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct database_image image;
        make_tree(&image, page_sizes[i]);
        expect_entries(&image, *state, "a=1 b=2 c=3 e=4 f=5 ");
        database_image_done(&image);
    }
}

static void a_root_that_is_a_leaf_is_a_tree(void **state)
{
    struct database_image image;
    database_image_make_bare(&image, 4096, PAGES);
    put_page(&image, FDP, PAGE_FLAG_ROOT | PAGE_FLAG_LEAF, 0, 0);
    expect_entries(&image, *state, "");
    put_text(&image, FDP, 0, "only", "one");
    expect_entries(&image, *state, "only=one ");
    database_image_done(&image);
}

static void keys_are_put_together_from_prefix_and_suffix(void **state)
{
    static const size_t page_sizes[] = {4096, 16384};
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct database_image image;
        make_tree(&image, page_sizes[i]);
        uint8_t *page = database_image_page(&image, 12);
        assert_int_equal(page_replace(page, page_sizes[i], 0, 0, "fgh", 3), JET_errSuccess);
        const struct node node = {.flags = NODE_FLAG_COMPRESSED,
                                  .prefix_size = 3,
                                  .suffix = (const uint8_t *)"ijk",
                                  .suffix_size = 3,
                                  .data = (const uint8_t *)"6",
                                  .data_size = 1};
        put_node(&image, 12, &node);
        expect_entries(&image, *state, "a=1 b=2 c=3 e=4 f=5 fghijk=6 ");
        database_image_done(&image);
    }
}

static void empty_leaves_are_passed_over(void **state)
{
    struct database_image image;
    make_tree(&image, 4096);
    put_page(&image, 11, PAGE_FLAG_LEAF, 10, 12);
    expect_entries(&image, *state, "a=1 b=2 e=4 f=5 ");
    database_image_done(&image);
}

static void keys_may_repeat_on_pages_of_non_unique_trees_only(void **state)
{
    struct database_image image;
    database_image_make_bare(&image, 4096, PAGES);
    put_page(&image, FDP, PAGE_FLAG_ROOT | PAGE_FLAG_LEAF | PAGE_FLAG_INDEX | PAGE_FLAG_NON_UNIQUE, 0, 0);
    put_text(&image, FDP, 0, "k", "1");
    put_text(&image, FDP, 0, "k", "2");
    expect_entries(&image, *state, "k=1 k=2 ");
    header_of(&image, FDP)->flags = le32_make(TABLE_FLAGS | PAGE_FLAG_ROOT | PAGE_FLAG_LEAF);
    database_image_seal(&image, FDP);
    expect_damage(&image, *state, "k=1 ", JET_errBadParentPageLink, FINDING_PAGE_STRUCTURE, FDP);
    database_image_done(&image);
}

static void nodes_out_of_order_are_damage_within_a_page_and_across(void **state)
{
    struct database_image image;
    make_tree(&image, 4096);
    put_text(&image, 12, 0, "ea", "6");
    expect_damage(&image, *state, "a=1 b=2 c=3 e=4 f=5 ", JET_errBadParentPageLink, FINDING_PAGE_STRUCTURE, 12);
    put_page(&image, 12, PAGE_FLAG_LEAF, 11, 0);
    put_text(&image, 12, 0, "b", "6");
    expect_damage(&image, *state, "a=1 b=2 c=3 ", JET_errBadParentPageLink, FINDING_PAGE_STRUCTURE, 12);
    database_image_done(&image);
}

static void siblings_that_lead_back_end_the_scan(void **state)
{
    static const struct {
        pgno_t next; /* of page 12 */
        pgno_t at;
    } loops[] = {
        {12,  12 },
        {11,  11 },
        {10,  10 },
        {FDP, FDP},
    };
    for (size_t i = 0; i < COUNT_OF(loops); i++) {
        struct database_image image;
        make_tree(&image, 4096);
        header_of(&image, 12)->pgno_next = le32_make(loops[i].next);
        database_image_seal(&image, 12);
        expect_damage(&image, *state, "a=1 b=2 c=3 e=4 f=5 ", JET_errBadPageLink, FINDING_PAGE_STRUCTURE, loops[i].at);
        database_image_done(&image);
    }
}

static void empty_leaves_in_a_circle_end_the_scan(void **state)
{
    struct database_image image;
    make_tree(&image, 4096);
    put_page(&image, 10, PAGE_FLAG_LEAF, 0, 11);
    put_page(&image, 11, PAGE_FLAG_LEAF, 10, 12);
    put_page(&image, 12, PAGE_FLAG_LEAF, 11, 11);
    expect_damage(&image, *state, "", JET_errBadPageLink, FINDING_PAGE_STRUCTURE, 11);
    put_page(&image, 12, PAGE_FLAG_LEAF, 12, 12);
    expect_damage(&image, *state, "", JET_errBadPageLink, FINDING_PAGE_STRUCTURE, 12);
    database_image_done(&image);
}

static void a_child_that_is_above_itself_ends_the_scan(void **state)
{
    struct database_image image;
    make_tree(&image, 4096);
    put_page(&image, 10, 0, 0, 0);
    put_child(&image, 10, "", 10);
    expect_damage(&image, *state, "", JET_errBadParentPageLink, FINDING_PAGE_STRUCTURE, 10);
    put_page(&image, 10, 0, 0, 0);
    put_child(&image, 10, "", FDP); /* down and up between the two */
    expect_damage(&image, *state, "", JET_errBadParentPageLink, FINDING_PAGE_STRUCTURE, 10);
    database_image_done(&image);
}

static void links_out_of_the_database_are_damage(void **state)
{
    static const pgno_t outside[] = {PAGES + 1, 0x7FEFFFFF, 0xFFFFFFFF};
    for (size_t i = 0; i < COUNT_OF(outside); i++) {
        struct database_image image;
        make_tree(&image, 4096);
        header_of(&image, 12)->pgno_next = le32_make(outside[i]);
        database_image_seal(&image, 12);
        expect_damage(&image, *state, "a=1 b=2 c=3 e=4 f=5 ", JET_errBadPageLink, FINDING_PAGE_STRUCTURE, 12);
        database_image_done(&image);
    }
}

static void pages_of_others_are_damage(void **state)
{
    static const uint32_t wrong_flags[] = {PAGE_FLAG_LEAF | PAGE_FLAG_ROOT, PAGE_FLAG_LEAF | PAGE_FLAG_SPACE_TREE};
    struct database_image image;
    make_tree(&image, 4096);
    header_of(&image, 11)->objid = le32_make(OBJID + 1);
    database_image_seal(&image, 11);
    expect_damage(&image, *state, "a=1 b=2 ", JET_errBadParentPageLink, FINDING_PAGE_STRUCTURE, 11);
    for (size_t i = 0; i < COUNT_OF(wrong_flags); i++) {
        put_page(&image, 11, wrong_flags[i], 10, 12);
        expect_damage(&image, *state, "a=1 b=2 ", JET_errBadParentPageLink, FINDING_PAGE_STRUCTURE, 11);
    }
    put_page(&image, 11, PAGE_FLAG_LEAF | PAGE_FLAG_EMPTY, 10, 12);
    expect_damage(&image, *state, "a=1 b=2 ", JET_errBadEmptyPage, FINDING_PAGE_STRUCTURE, 11);
    put_page(&image, 11, PAGE_FLAG_PARENT_OF_LEAF, 10, 12);
    expect_damage(&image, *state, "a=1 b=2 ", JET_errBadPageLink, FINDING_PAGE_STRUCTURE, 11);
    memset(database_image_page(&image, 11), 0, 4096);
    expect_damage(&image, *state, "a=1 b=2 ", JET_errPageNotInitialized, FINDING_PAGE_STRUCTURE, 11);
    database_image_done(&image);
}

static void a_page_that_does_not_verify_ends_the_scan(void **state)
{
    struct database_image image;
    make_tree(&image, 4096);
    memset(database_image_page(&image, 11) + 1000, 0x93, 100);
    expect_damage(&image, *state, "a=1 b=2 ", JET_errReadVerifyFailure, FINDING_PAGE_CHECKSUM, 11);
    database_image_done(&image);
}

static void tags_and_nodes_that_lie_are_damage(void **state)
{
    struct database_image image;
    make_tree(&image, 4096);
    header_of(&image, 11)->tag_state = le16_make(0x0FFF);
    database_image_seal(&image, 11);
    expect_damage(&image, *state, "a=1 b=2 ", JET_errBadLineCount, FINDING_PAGE_STRUCTURE, 11);

    put_page(&image, 11, PAGE_FLAG_LEAF, 10, 12);
    put_text(&image, 11, 0, "c", "3");
    database_image_page(&image, 11)[40] = 0xFF; /* length of the key */
    database_image_page(&image, 11)[41] = 0x1F;
    database_image_seal(&image, 11);
    expect_damage(&image, *state, "a=1 b=2 ", JET_errNodeCorrupted, FINDING_PAGE_STRUCTURE, 11);

    put_page(&image, FDP, PAGE_FLAG_ROOT | PAGE_FLAG_PARENT_OF_LEAF, 0, 0); /* no child at all */
    expect_damage(&image, *state, "", JET_errBadLineCount, FINDING_PAGE_STRUCTURE, FDP);
    database_image_done(&image);
}

static void pages_behind_the_end_of_the_database_are_not_entered(void **state)
{
    struct database_image image;
    make_tree(&image, 4096);
    /* Page 12 lies in the file, but the database ends before it. */
    uint8_t *root = database_image_page(&image, 1);
    const uint8_t *bytes;
    size_t size;
    unsigned flags;
    assert_int_equal(page_tag_get(root, 4096, 0, &bytes, &size, &flags), JET_errSuccess);
    root[bytes - root] = 11; /* pages of the only extent */
    database_image_seal(&image, 1);
    expect_damage(&image, *state, "a=1 b=2 c=3 ", JET_errBadPageLink, FINDING_PAGE_STRUCTURE, 11);
    database_image_done(&image);
}

/* The catalogue of a real database and its shadow hold the same. */
static void expect_same_entries(struct database_file *file, unsigned count)
{
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    struct btree_scan *catalog = NULL, *shadow = NULL;
    struct btree_entry a, b;
    unsigned entries = 0;
    assert_int_equal(btree_scan_open(file, 4, 2, &listener, &catalog), JET_errSuccess);
    assert_int_equal(btree_scan_open(file, 24, 3, &listener, &shadow), JET_errSuccess);
    for (;;) {
        assert_int_equal(btree_scan_next(catalog, &a), JET_errSuccess);
        assert_int_equal(btree_scan_next(shadow, &b), JET_errSuccess);
        assert_int_equal(!a.data, !b.data);
        if (!a.data)
            break;
        assert_int_equal(a.key_size, b.key_size);
        assert_memory_equal(a.key, b.key, a.key_size);
        assert_int_equal(a.data_size, b.data_size);
        assert_memory_equal(a.data, b.data, a.data_size);
        entries++;
    }
    assert_int_equal(entries, count);
    assert_int_equal(findings.count, 0);
    btree_scan_close(catalog);
    btree_scan_close(shadow);
}

static void real_catalogues_equal_their_shadows(void **state)
{
    static const struct finding_listener nobody = {0};
    for (size_t i = 0; i < corpus_count; i++) {
        struct database_file *file = NULL;
        char *path = corpus_path(&corpus_files[i]);
        if (!path)
            continue;
        assert_int_equal(database_file_open(path, &nobody, &file), JET_errSuccess);
        expect_same_entries(file, corpus_files[i].catalog_records);
        database_file_close(file);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(entries_come_in_order_without_the_deleted_at_every_page_size),
        IN_FOLDER(a_root_that_is_a_leaf_is_a_tree),
        IN_FOLDER(keys_are_put_together_from_prefix_and_suffix),
        IN_FOLDER(empty_leaves_are_passed_over),
        IN_FOLDER(keys_may_repeat_on_pages_of_non_unique_trees_only),
        IN_FOLDER(nodes_out_of_order_are_damage_within_a_page_and_across),
        IN_FOLDER(siblings_that_lead_back_end_the_scan),
        IN_FOLDER(empty_leaves_in_a_circle_end_the_scan),
        IN_FOLDER(a_child_that_is_above_itself_ends_the_scan),
        IN_FOLDER(links_out_of_the_database_are_damage),
        IN_FOLDER(pages_of_others_are_damage),
        IN_FOLDER(a_page_that_does_not_verify_ends_the_scan),
        IN_FOLDER(tags_and_nodes_that_lie_are_damage),
        IN_FOLDER(pages_behind_the_end_of_the_database_are_not_entered),
        cmocka_unit_test(real_catalogues_equal_their_shadows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
