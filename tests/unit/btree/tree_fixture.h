/* SPDX-License-Identifier: MIT */
/* tree_fixture.h - a database in a folder of its own, with a cache, and a log if it is wanted: what tests of live trees
 * share.
 *
 *      cmocka_unit_test_setup_teardown(some_test, temp_folder_setup, temp_folder_teardown)
 *      struct tree_fixture fixture;  tree_fixture_begin(&fixture, *state, &options);  ...  tree_fixture_end(&fixture);
 */
#ifndef COLDSTREAM_TESTS_TREE_FIXTURE_H
#define COLDSTREAM_TESTS_TREE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "btree/btree.h"
#include "log/log_config.h"

struct temp_folder;

struct tree_fixture_options {
    uint32_t page_size;
    size_t frames; /* of the cache; 0: 256 */
    bool is_logged;
    uint32_t extension;    /* pages by which the file grows; 0: 32 */
    uint16_t log_segments; /* of a log file; 0: 256 */
};

struct tree_fixture {
    struct temp_folder *folder;
    struct cache *cache;
    struct database *db;
    struct log_config log_config;
    struct log_stream *log;
    struct btree_actor actor;
    struct tree *root; /* of the database */
};

enum { TREE_FIXTURE_PAGES = 64 };

void tree_fixture_begin(struct tree_fixture *fixture, struct temp_folder *folder,
                        const struct tree_fixture_options *options);
void tree_fixture_end(struct tree_fixture *fixture);

/* A new table, or a child of one. */
struct tree *tree_fixture_create(struct tree_fixture *fixture, struct tree *parent, uint32_t page_flags,
                                 uint32_t pages);

/* The structure of the tree and of its space: every page checked, order and separators, links, depth, objid, and that
 * what the tree owns is its pages, its free pages, and `child_pages` pages of children, each once. Returns the number
 * of nodes that are not flag-deleted. Fails the test. */
size_t tree_fixture_check(struct tree_fixture *fixture, struct tree *tree, const struct space_run *children,
                          size_t child_count);

/* All pages of the file as they are now in the cache, `*ret_count` of them (page 1 first); for free(). Zero pages are
 * zero. */
uint8_t *tree_fixture_image(struct tree_fixture *fixture, size_t *ret_count);

/* All extents of the tree that it does not need go to its parent. How many pages that were. */
uint64_t tree_fixture_return_extents(struct tree_fixture *fixture, struct tree *tree);

/* What a child owns: its extents; for free(). */
struct space_run *tree_fixture_owned(struct tree_fixture *fixture, struct tree *tree, size_t *ret_count);

/* The same pages, but for what is not used, and for what changes when a page is written? */
bool tree_fixture_same_page(const uint8_t *a, const uint8_t *b, size_t page_size);

/* A small generator of numbers, the same in every run. */
uint32_t tree_fixture_random(uint64_t *seed);

#endif
