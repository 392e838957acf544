/* SPDX-License-Identifier: MIT */
/* Tests of live trees on damaged pages whose checksums are right: whatever they say, calls return. */
#include "btree/btree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "support/temp_folder.h"
#include "tree_fixture.h"

enum { PAGE_SIZE = 4096, ROWS = 600, ROUNDS = 250, WORK = 60 };

static struct bookmark key_of(uint32_t number, be32 *key)
{
    *key = be32_make(number);
    return (struct bookmark){key->b, sizeof *key, NULL, 0};
}

static jet_err row_change(struct tree *tree, const struct btree_actor *actor, uint32_t number,
                          enum btree_change_kind kind, size_t size)
{
    static const uint8_t data[1000] = {5};
    be32 key;
    const struct bookmark bookmark = key_of(number, &key);
    const struct btree_change change = {.kind = kind, .data = data, .data_size = size};
    return btree_change(tree, actor, &bookmark, &change);
}

/* A sound file with a table and an index of it; for free(). */
static uint8_t *file_make(void **state, size_t *ret_size, pgno_t fdps[2], objid_t objids[2])
{
    struct tree_fixture fixture;
    const struct tree_fixture_options options = {.page_size = PAGE_SIZE};
    tree_fixture_begin(&fixture, *state, &options);
    struct tree *table = tree_fixture_create(&fixture, fixture.root, 0, 1);
    struct tree *index = tree_fixture_create(&fixture, table, PAGE_FLAG_INDEX, 1);
    for (uint32_t i = 0; i < ROWS; i++) {
        assert_int_equal(row_change(table, &fixture.actor, i * 7919 % ROWS, BTREE_INSERT, 300), JET_errSuccess);
        assert_int_equal(row_change(index, &fixture.actor, i, BTREE_INSERT, 40), JET_errSuccess);
    }
    fdps[0] = table->fdp;
    fdps[1] = index->fdp;
    objids[0] = table->objid;
    objids[1] = index->objid;
    assert_int_equal(database_flush(fixture.db), JET_errSuccess);
    tree_close(index);
    tree_close(table);
    tree_fixture_end(&fixture);
    return temp_file_read(temp_folder_path(*state, "tree.edb"), ret_size);
}

/* Some bytes of one page become others, near its header or its tags more often; then it is sealed again. */
static void page_damage(uint8_t *file, size_t size, uint64_t *seed)
{
    const size_t count = size / PAGE_SIZE - 2;
    uint8_t *page;
    pgno_t pgno;
    do {
        pgno = 1 + tree_fixture_random(seed) % (uint32_t)count;
        page = file + page_offset(pgno, PAGE_SIZE);
    } while (page_is_zero(page, PAGE_SIZE));
    for (unsigned n = 1 + tree_fixture_random(seed) % 4; n > 0; n--) {
        static const uint32_t reach[] = {PAGE_SIZE, 64, 40};
        const uint32_t at = tree_fixture_random(seed) % reach[tree_fixture_random(seed) % 3];
        const bool from_end = tree_fixture_random(seed) % 2;
        page[from_end ? PAGE_SIZE - 1 - at : at] ^= (uint8_t)(1u << tree_fixture_random(seed) % 8);
    }
    page_seal(page, PAGE_SIZE, pgno);
}

static void tree_use(struct tree *tree, const struct btree_actor *actor, uint64_t *seed)
{
    struct btree_position position;
    struct btree_node_view view;
    struct space_usage usage;
    unsigned count = 0;
    jet_err err = btree_seek(tree, BTREE_FIRST, NULL, &position, NULL);
    while (err >= JET_errSuccess) {
        assert_true(count++ < 100000);
        if (btree_node(&position, &view) < JET_errSuccess) {
            btree_release(&position);
            break;
        }
        err = btree_next(&position);
    }
    err = btree_seek(tree, BTREE_LAST, NULL, &position, NULL);
    for (count = 0; err >= JET_errSuccess; err = btree_previous(&position))
        assert_true(count++ < 100000);
    (void)!space_usage(tree, &usage);
    for (unsigned i = 0; i < WORK; i++) {
        const uint32_t number = tree_fixture_random(seed) % (2 * ROWS);
        be32 key;
        const struct bookmark bookmark = key_of(number, &key);
        (void)!row_change(tree, actor, number, BTREE_INSERT, 500);
        (void)!row_change(tree, actor, tree_fixture_random(seed) % ROWS, BTREE_REPLACE, 900);
        (void)!row_change(tree, actor, tree_fixture_random(seed) % ROWS, BTREE_DELETE, 1);
        (void)!btree_cleanup(tree, actor, &bookmark);
    }
}

static void file_use(void **state, const pgno_t fdps[2], const objid_t objids[2], uint64_t *seed)
{
    const struct cache_config config = {.page_size = PAGE_SIZE, .frames_min = 64, .frames_max = 256};
    const struct database_open_options options = {.path = temp_folder_path(*state, "damaged.edb"), .dbid = 1};
    const struct btree_actor actor = {.level = 1, .extension_pages = 16};
    struct cache *cache = NULL;
    struct database *db = NULL;
    struct tree *tree;
    assert_int_equal(cache_new(&config, &cache), JET_errSuccess);
    assert_int_equal(database_open(cache, &options, &db), JET_errSuccess);
    for (unsigned i = 0; i < 2; i++) {
        if (tree_open(db, fdps[i], objids[i], &tree) < JET_errSuccess)
            continue;
        tree_use(tree, &actor, seed);
        tree_close(tree);
    }
    if (tree_open(db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &tree) >= JET_errSuccess) {
        const struct tree_new another = {.objid = 1000, .pages = 4};
        pgno_t fdp;
        (void)!tree_create(tree, &actor, &another, &fdp);
        (void)!tree_delete(tree, &actor, fdps[0], objids[0]);
        tree_close(tree);
    }
    database_close(db);
    cache_free(cache);
}

static void damaged_pages_are_errors_and_nothing_worse(void **state)
{
    pgno_t fdps[2];
    objid_t objids[2];
    size_t size;
    uint64_t seed = 4711;
    uint8_t *sound = file_make(state, &size, fdps, objids), *damaged = malloc(size);
    for (unsigned round = 0; round < ROUNDS; round++) {
        memcpy(damaged, sound, size);
        page_damage(damaged, size, &seed);
        const char *path = temp_folder_write(*state, "damaged.edb", damaged, size);
        file_use(state, fdps, objids, &seed);
        temp_tree_remove(path);
    }
    free(sound);
    free(damaged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(damaged_pages_are_errors_and_nothing_worse, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
