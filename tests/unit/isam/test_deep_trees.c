/* SPDX-License-Identifier: MIT */
/* What the whole check says of trees that the live engine made: random work on a table and on an index of it, in every
 * page size, with trees that grow and shrink, and that go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../btree/tree_model.h"
#include "format/page.h"
#include "isam/deep.h"
#include "storage/database.h"
#include "support/temp_folder.h"

static void tell(void *context, const struct finding *finding)
{
    char text[600];
    (void)context;
    print_message("%s\n", finding_describe(finding, text, sizeof text));
}

static struct deep_known_tree known(const struct tree *tree)
{
    return (struct deep_known_tree){
        .fdp = tree->fdp,
        .objid = tree->objid,
        .page_flags = tree->page_flags & (PAGE_FLAG_INDEX | PAGE_FLAG_LONG_VALUE | PAGE_FLAG_NON_UNIQUE),
        .pgno_parent = tree->parent,
    };
}

/* The file as it is on disk. Returns the number of pages in trees. */
static uint64_t expect_sound(struct tree_fixture *fixture, struct tree *const *trees, size_t count)
{
    const struct finding_listener nobody = {0}, listener = {.report = tell};
    const struct deep_options options = {0};
    struct deep_known_tree list[4];
    struct deep_counts counts;
    struct database_file *file = NULL;
    for (size_t i = 0; i < count; i++)
        list[i] = known(trees[i]);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(database_file_open(fixture->db->path, &nobody, &file), JET_errSuccess);
    assert_int_equal(deep_verify_trees(file, &options, &listener, list, count, &counts), JET_errSuccess);
    assert_int_equal(counts.damages + counts.warnings + counts.pages_lost, 0);
    assert_int_equal(counts.trees, count + 1);
    database_file_close(file);
    return counts.pages_tree;
}

static void work(void **state, uint32_t page_size, uint32_t index_flags, const struct model_options *options,
                 unsigned rounds)
{
    struct tree_fixture fixture;
    const struct tree_fixture_options fixture_options = {.page_size = page_size, .frames = 256};
    struct tree *trees[2];
    uint64_t most = 0;
    temp_folder_need_reading_in_use(*state);
    tree_fixture_begin(&fixture, *state, &fixture_options);
    trees[0] = tree_fixture_create(&fixture, fixture.root, 0, 2);
    trees[1] = tree_fixture_create(&fixture, trees[0], index_flags, 1);
    struct model *rows = model_new(&fixture, trees[0], options), *entries = model_new(&fixture, trees[1], options);
    for (unsigned round = 0; round < rounds; round++) {
        model_work(rows, 700);
        model_work(entries, 700);
        const uint64_t pages = expect_sound(&fixture, trees, 2);
        most = pages > most ? pages : most;
    }
    model_free(rows);
    model_free(entries);
    const pgno_t fdp = trees[1]->fdp;
    const objid_t objid = trees[1]->objid;
    tree_close(trees[1]);
    assert_int_equal(tree_delete(trees[0], &fixture.actor, fdp, objid), JET_errSuccess);
    assert_true(most >= 7); /* or it would say little */
    assert_in_range(expect_sound(&fixture, trees, 1), 2, most);
    tree_close(trees[0]);
    tree_fixture_end(&fixture);
}

static void trees_of_the_engine_are_sound_after_random_work(void **state)
{
    for (uint32_t page_size = 4096; page_size <= 32768; page_size *= 2) {
        const struct model_options options = {.seed = page_size + 9, .key_max = 24, .data_max = page_size / 12};
        work(state, page_size, PAGE_FLAG_INDEX, &options, 6);
    }
}

static void so_are_trees_with_repeated_keys(void **state)
{
    for (uint32_t page_size = 4096; page_size <= 16384; page_size *= 4) {
        const struct model_options options = {.seed = 31, .key_max = 6, .data_max = page_size / 64, .few_keys = true};
        work(state, page_size, PAGE_FLAG_INDEX | PAGE_FLAG_NON_UNIQUE, &options, 8);
    }
}

static void so_are_trees_of_big_nodes(void **state)
{
    const struct model_options options = {.seed = 32, .key_max = 900, .data_max = 3000, .prefix = 20};
    work(state, 4096, PAGE_FLAG_LONG_VALUE, &options, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        TEST(trees_of_the_engine_are_sound_after_random_work),
        TEST(so_are_trees_with_repeated_keys),
        TEST(so_are_trees_of_big_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
