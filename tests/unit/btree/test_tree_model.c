/* SPDX-License-Identifier: MIT */
/* Tests of live trees against a model: a sorted array that has the same nodes. */
#include "btree/btree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/temp_folder.h"
#include "tree_fixture.h"
#include "tree_model.h"

static void run(void **state, uint32_t page_size, uint32_t page_flags, const struct model_options *options,
                unsigned rounds)
{
    struct tree_fixture fixture;
    const struct tree_fixture_options fixture_options = {.page_size = page_size, .frames = 128};
    tree_fixture_begin(&fixture, *state, &fixture_options);
    struct tree *tree = tree_fixture_create(&fixture, fixture.root, page_flags, 1);
    struct model *model = model_new(&fixture, tree, options);
    for (unsigned round = 0; round < rounds; round++) {
        model_work(model, 1000);
        model_check(model);
    }
    model_free(model);
    tree_close(tree);
    tree_fixture_end(&fixture);
}

static void random_changes_leave_what_the_model_has(void **state)
{
    for (uint32_t page_size = 4096; page_size <= 32768; page_size *= 2) {
        const struct model_options options = {.seed = page_size, .key_max = 24, .data_max = 200};
        run(state, page_size, 0, &options, 8);
    }
}

static void trees_that_are_not_unique_are_ordered_by_key_and_data(void **state)
{
    for (uint32_t page_size = 4096; page_size <= 32768; page_size *= 2) {
        const struct model_options options = {.seed = page_size + 1, .key_max = 6, .data_max = 30, .few_keys = true};
        run(state, page_size, PAGE_FLAG_INDEX | PAGE_FLAG_NON_UNIQUE, &options, 8);
    }
}

static void big_nodes_and_long_keys_fit_too(void **state)
{
    const struct model_options options = {.seed = 77, .key_max = 900, .data_max = 3000};
    run(state, 4096, 0, &options, 5);
    const struct model_options wide = {.seed = 78, .key_max = 1500, .data_max = 30000};
    run(state, 32768, 0, &wide, 3);
}

static void keys_with_a_common_start_are_compressed(void **state)
{
    const struct model_options options = {.seed = 5, .key_max = 60, .data_max = 20, .prefix = 40};
    run(state, 4096, 0, &options, 10);
    run(state, 16384, 0, &options, 10);
}

static void insert_numbers(struct tree_fixture *fixture, struct tree *tree, uint8_t first, uint32_t count)
{
    uint8_t key[5] = {first, 0, 0, 0, 0}, data[100] = {1};
    for (uint32_t i = 0; i < count; i++) {
        const be32 number = be32_make(i);
        memcpy(key + 1, &number, sizeof number);
        const struct bookmark bookmark = {key, sizeof key, NULL, 0};
        const struct btree_change change = {.kind = BTREE_INSERT, .data = data, .data_size = sizeof data};
        assert_int_equal(btree_change(tree, &fixture->actor, &bookmark, &change), JET_errSuccess);
    }
}

/* Does a move from the hint succeed, and was the leaf found as it was left? */
static jet_err move_from(struct tree *tree, const struct btree_hint *hint, bool forward)
{
    struct btree_position position;
    bool is_same;
    assert_int_equal(btree_resume(tree, hint, &position, &is_same), JET_errSuccess);
    assert_true(is_same);
    jet_err err = forward ? btree_next(&position) : btree_previous(&position);
    if (err >= JET_errSuccess)
        btree_release(&position);
    return err;
}

/* Hints of the last node of the first leaf, and of the first of the second. */
static void leaf_border(struct tree *tree, struct btree_hint *ret_last, struct btree_hint *ret_first)
{
    struct btree_position position;
    assert_int_equal(btree_seek(tree, BTREE_FIRST, NULL, &position, NULL), JET_errSuccess);
    btree_hint_get(&position, ret_first);
    do {
        *ret_last = *ret_first;
        assert_int_equal(btree_next(&position), JET_errSuccess);
        btree_hint_get(&position, ret_first);
    } while (ret_first->pgno == ret_last->pgno);
    btree_release(&position);
}

/* Who changes the shape of a tree may want the very leaf: so nobody who has it waits for him. */
static void a_leaf_had_by_a_hint_is_left_only_while_the_tree_keeps_its_shape(void **state)
{
    struct tree_fixture fixture;
    const struct tree_fixture_options options = {.page_size = 4096, .frames = 128};
    struct btree_hint last, first;
    struct btree_position position;
    bool is_same;
    tree_fixture_begin(&fixture, *state, &options);
    struct tree *tree = tree_fixture_create(&fixture, fixture.root, 0, 1);
    insert_numbers(&fixture, tree, 0x7F, 200);
    leaf_border(tree, &last, &first);
    assert_int_equal(move_from(tree, &last, true), JET_errSuccess);
    assert_int_equal(move_from(tree, &first, false), JET_errSuccess);
    latch_exclusive(&tree->structure);
    assert_int_equal(move_from(tree, &last, true), JET_errTaskDropped);
    assert_int_equal(move_from(tree, &first, false), JET_errTaskDropped);
    assert_int_equal(move_from(tree, &last, false), JET_errSuccess);
    assert_int_equal(move_from(tree, &first, true), JET_errSuccess);
    latch_unlock_exclusive(&tree->structure);
    assert_int_equal(move_from(tree, &last, true), JET_errSuccess);
    latch_exclusive(&tree->structure); /* and nobody has kept it */
    latch_unlock_exclusive(&tree->structure);
    insert_numbers(&fixture, tree, 0x01, 1);
    assert_int_equal(btree_resume(tree, &last, &position, &is_same), JET_errRecordNotFound);
    tree_close(tree);
    tree_fixture_end(&fixture);
}

/* Nodes of `behind` come first, if it is not zero: then the ascending ones come between. */
static void fill_ascending(void **state, uint32_t page_size, uint8_t behind)
{
    struct tree_fixture fixture;
    const struct tree_fixture_options options = {.page_size = page_size, .frames = 128};
    const uint32_t count = behind ? 20050 : 20000;
    tree_fixture_begin(&fixture, *state, &options);
    struct tree *tree = tree_fixture_create(&fixture, fixture.root, 0, 1);
    if (behind)
        insert_numbers(&fixture, tree, behind, 50);
    insert_numbers(&fixture, tree, 0x7F, 20000);
    struct space_usage usage;
    assert_int_equal(tree_fixture_check(&fixture, tree, NULL, 0), count);
    assert_int_equal(space_usage(tree, &usage), JET_errSuccess);
    assert_in_range((usage.owned - usage.available) * (page_size / 4096), count * 105 / 4096, count * 113 / 4000 + 40);
    tree_close(tree);
    tree_fixture_end(&fixture);
}

static void ascending_inserts_fill_pages(void **state)
{
    fill_ascending(state, 4096, 0);
    fill_ascending(state, 32768, 0);
}

static void ascending_inserts_between_nodes_fill_pages_too(void **state)
{
    fill_ascending(state, 4096, 0x80);
    fill_ascending(state, 32768, 0x80);
}

static void space_of_deleted_trees_is_used_again(void **state)
{
    struct tree_fixture fixture;
    const struct tree_fixture_options options = {.page_size = 4096};
    const struct model_options model_options = {.seed = 3, .key_max = 20, .data_max = 300};
    struct space_usage first = {0, 0}, usage;
    tree_fixture_begin(&fixture, *state, &options);
    for (unsigned round = 0; round < 6; round++) {
        struct tree *table = tree_fixture_create(&fixture, fixture.root, 0, 2);
        struct tree *index = tree_fixture_create(&fixture, table, PAGE_FLAG_INDEX, 1);
        struct model *rows = model_new(&fixture, table, &model_options),
                     *entries = model_new(&fixture, index, &model_options);
        for (unsigned i = 0; i < 3; i++) {
            model_work(rows, 500);
            model_work(entries, 500);
        }
        size_t count, root_count;
        struct space_run *children = tree_fixture_owned(&fixture, index, &count);
        struct space_run *tables = tree_fixture_owned(&fixture, table, &root_count);
        (void)tree_fixture_check(&fixture, index, NULL, 0);
        (void)tree_fixture_check(&fixture, table, children, count);
        (void)tree_fixture_check(&fixture, fixture.root, tables, root_count);
        free(children);
        free(tables);
        model_free(rows);
        model_free(entries);
        const pgno_t index_fdp = index->fdp, table_fdp = table->fdp;
        const objid_t index_objid = index->objid, table_objid = table->objid;
        tree_close(index);
        assert_int_equal(tree_delete(table, &fixture.actor, index_fdp, index_objid), JET_errSuccess);
        (void)tree_fixture_check(&fixture, table, NULL, 0);
        tree_close(table);
        assert_int_equal(tree_delete(fixture.root, &fixture.actor, table_fdp, table_objid), JET_errSuccess);
        (void)tree_fixture_check(&fixture, fixture.root, NULL, 0);
        assert_int_equal(space_usage(fixture.root, &usage), JET_errSuccess);
        if (round == 0)
            first = usage;
        assert_int_equal(usage.owned, first.owned);
        assert_int_equal(usage.available, first.available);
    }
    tree_fixture_end(&fixture);
}

/* ---- space trees that are deep themselves ---- */

enum { ROWS = 5000, ROW_SIZE = 3000 };

static void row_change(struct tree_fixture *fixture, struct tree *tree, uint32_t number, enum btree_change_kind kind)
{
    static const uint8_t data[ROW_SIZE] = {1};
    const be32 key = be32_make(number);
    const struct bookmark bookmark = {key.b, sizeof key, NULL, 0};
    const struct btree_change change = {.kind = kind, .data = data, .data_size = sizeof data};
    assert_int_equal(btree_change(tree, &fixture->actor, &bookmark, &change), JET_errSuccess);
}

/* Each row has a page of its own, the file grows by a few pages at a time, and pages become free here and there. */
static void space_trees_split_and_shrink(void **state)
{
    struct tree_fixture fixture;
    const struct tree_fixture_options options = {.page_size = 4096, .frames = 512, .extension = 1};
    tree_fixture_begin(&fixture, *state, &options);
    struct tree *tree = tree_fixture_create(&fixture, fixture.root, 0, 1);
    size_t count;
    for (uint32_t i = 0; i < ROWS; i++)
        row_change(&fixture, tree, i, BTREE_INSERT);
    assert_int_equal(tree_fixture_check(&fixture, tree, NULL, 0), ROWS);
    for (uint32_t i = 0; i < ROWS; i += 2)
        row_change(&fixture, tree, i * 7919 % ROWS / 2 * 2, BTREE_DELETE); /* every other, in no order */
    assert_int_equal(tree_fixture_check(&fixture, tree, NULL, 0), ROWS / 2);
    for (uint32_t i = 1; i < ROWS; i += 2)
        row_change(&fixture, tree, i, BTREE_DELETE);
    assert_int_equal(tree_fixture_check(&fixture, tree, NULL, 0), 0);
    struct space_run *owned = tree_fixture_owned(&fixture, tree, &count);
    assert_true(count > 290); /* more than a page of them */
    (void)tree_fixture_check(&fixture, fixture.root, owned, count);
    free(owned);
    for (uint32_t i = ROWS; i-- > 0;)
        row_change(&fixture, tree, i, BTREE_INSERT);
    assert_int_equal(tree_fixture_check(&fixture, tree, NULL, 0), ROWS);
    const pgno_t fdp = tree->fdp;
    const objid_t objid = tree->objid;
    tree_close(tree);
    assert_int_equal(tree_delete(fixture.root, &fixture.actor, fdp, objid), JET_errSuccess);
    (void)tree_fixture_check(&fixture, fixture.root, NULL, 0);
    tree_fixture_end(&fixture);
}

static void pages_that_are_nearly_empty_are_merged(void **state)
{
    struct tree_fixture fixture;
    struct space_usage full, thin;
    const struct tree_fixture_options options = {.page_size = 4096};
    tree_fixture_begin(&fixture, *state, &options);
    struct tree *tree = tree_fixture_create(&fixture, fixture.root, 0, 1);
    for (uint32_t i = 0; i < 300; i++)
        row_change(&fixture, tree, i * 1000, BTREE_INSERT);
    for (uint32_t i = 0; i < 300; i++) { /* small ones, forty to a page, between */
        for (uint32_t j = 1; j < 40; j++) {
            const be32 key = be32_make(i * 1000 + j);
            const struct bookmark bookmark = {key.b, sizeof key, NULL, 0};
            const struct btree_change change = {.kind = BTREE_INSERT, .data = "small", .data_size = 5};
            assert_int_equal(btree_change(tree, &fixture.actor, &bookmark, &change), JET_errSuccess);
        }
    }
    assert_int_equal(space_usage(tree, &full), JET_errSuccess);
    for (uint32_t i = 300; i-- > 0;) {
        const be32 key = be32_make(i * 1000);
        const struct bookmark bookmark = {key.b, sizeof key, NULL, 0};
        row_change(&fixture, tree, i * 1000, BTREE_DELETE);
        assert_int_equal(btree_cleanup(tree, &fixture.actor, &bookmark), JET_errSuccess);
    }
    assert_int_equal(space_usage(tree, &thin), JET_errSuccess);
    assert_true((thin.owned - thin.available) * 2 < full.owned - full.available);
    assert_int_equal(tree_fixture_check(&fixture, tree, NULL, 0), 300 * 39);
    tree_close(tree);
    tree_fixture_end(&fixture);
}

static void small_change(struct tree_fixture *fixture, struct tree *tree, uint32_t number, enum btree_change_kind kind)
{
    static const uint8_t row[100] = {7};
    const be32 key = be32_make(number);
    const struct bookmark bookmark = {key.b, sizeof key, NULL, 0};
    const struct btree_change change = {.kind = kind, .data = row, .data_size = sizeof row};
    assert_int_equal(btree_change(tree, &fixture->actor, &bookmark, &change), JET_errSuccess);
}

/* Few rows stay, far from each other. Whole extents go: to the table, and from there to the database. */
static void what_defragmenting_frees_goes_back(void **state)
{
    enum { STAY = 300 };
    struct tree_fixture fixture;
    struct space_usage full, merged, rest, table_before, table_rest;
    const struct tree_fixture_options options = {.page_size = 4096};
    tree_fixture_begin(&fixture, *state, &options);
    struct tree *table = tree_fixture_create(&fixture, fixture.root, 0, 1);
    struct tree *tree = tree_fixture_create(&fixture, table, PAGE_FLAG_INDEX, 1);
    for (uint32_t i = 0; i < ROWS; i++)
        small_change(&fixture, tree, i, BTREE_INSERT);
    assert_int_equal(space_usage(tree, &full), JET_errSuccess);
    assert_int_equal(space_usage(table, &table_before), JET_errSuccess);
    for (uint32_t i = 0; i < ROWS; i++)
        if (i % STAY != 0)
            small_change(&fixture, tree, i, BTREE_DELETE);
    struct btree_walk walk = {0};
    unsigned freed_count = 0;
    while (!walk.has_ended) {
        bool freed;
        assert_int_equal(btree_defragment_leaf(tree, &fixture.actor, &walk, &freed), JET_errSuccess);
        freed_count += freed;
    }
    assert_true(freed_count > 0);
    assert_int_equal(space_usage(tree, &merged), JET_errSuccess);
    assert_true((merged.owned - merged.available) * 4 < full.owned - full.available);
    assert_int_equal(merged.owned, full.owned);
    const uint64_t returned = tree_fixture_return_extents(&fixture, tree);
    assert_int_equal(space_usage(tree, &rest), JET_errSuccess);
    assert_true(returned * 2 > full.owned);
    assert_int_equal(rest.owned, full.owned - returned);
    const uint64_t on = tree_fixture_return_extents(&fixture, table);
    assert_int_equal(space_usage(table, &table_rest), JET_errSuccess);
    assert_true(on > 0);
    assert_int_equal(table_rest.owned, table_before.owned - on);
    assert_int_equal(tree_fixture_return_extents(&fixture, fixture.root), 0);
    size_t count;
    struct space_run *owned = tree_fixture_owned(&fixture, tree, &count);
    (void)tree_fixture_check(&fixture, table, owned, count);
    free(owned);
    owned = tree_fixture_owned(&fixture, table, &count);
    (void)tree_fixture_check(&fixture, fixture.root, owned, count);
    free(owned);
    assert_int_equal(tree_fixture_check(&fixture, tree, NULL, 0), (ROWS + STAY - 1) / STAY);
    tree_close(tree);
    tree_close(table);
    tree_fixture_end(&fixture);
}

/* With the smallest log that there is: neither the change nor the image of the page is too big for it, but both are. */
static void a_page_splits_before_a_change_that_is_too_much_with_it(void **state)
{
    enum { PAGE = 32768, NODES = 3, SIZE = 10000, SIZE_NEW = 31000 };
    const struct tree_fixture_options options = {
        .page_size = PAGE, .is_logged = true, .log_segments = LOG_SEGMENTS_MIN};
    struct tree_fixture fixture;
    static uint8_t data[SIZE_NEW];
    uint64_t seed = 7;
    tree_fixture_begin(&fixture, *state, &options);
    struct tree *tree = tree_fixture_create(&fixture, fixture.root, 0, 1);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)tree_fixture_random(&seed);
    for (uint8_t key = 1; key <= 2 * NODES; key++) {
        const struct bookmark bookmark = {.key = &key, .key_size = 1};
        const struct btree_change insert = {.kind = BTREE_INSERT, .data = data, .data_size = SIZE};
        assert_int_equal(btree_change(tree, &fixture.actor, &bookmark, &insert), JET_errSuccess);
    }
    for (uint8_t key = 1; key <= 2 * NODES; key++) {
        const struct bookmark bookmark = {.key = &key, .key_size = 1};
        const struct btree_change replace = {.kind = BTREE_REPLACE, .data = data, .data_size = SIZE_NEW};
        assert_int_equal(btree_change(tree, &fixture.actor, &bookmark, &replace), JET_errSuccess);
    }
    assert_int_equal(tree_fixture_check(&fixture, tree, NULL, 0), 2 * NODES);
    tree_close(tree);
    tree_fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_changes_leave_what_the_model_has, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(trees_that_are_not_unique_are_ordered_by_key_and_data, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(big_nodes_and_long_keys_fit_too, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(keys_with_a_common_start_are_compressed, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_leaf_had_by_a_hint_is_left_only_while_the_tree_keeps_its_shape,
                                        temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(ascending_inserts_fill_pages, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(ascending_inserts_between_nodes_fill_pages_too, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(space_of_deleted_trees_is_used_again, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(pages_that_are_nearly_empty_are_merged, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(what_defragmenting_frees_goes_back, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(space_trees_split_and_shrink, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_page_splits_before_a_change_that_is_too_much_with_it, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
