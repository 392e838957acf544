/* SPDX-License-Identifier: MIT */
/* cache_fixture.h - a cache with one database and a log that only counts, for the tests of storage/cache.h.
 *
 * Pages hold a number, which is what the tests change. Include <cmocka.h> with what it needs before this.
 */
#ifndef COLDSTREAM_TESTS_CACHE_FIXTURE_H
#define COLDSTREAM_TESTS_CACHE_FIXTURE_H

#include <stdint.h>

#include "fake_log.h"
#include "storage/cache.h"
#include "storage/database.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

struct cache_fixture {
    struct temp_folder *folder;
    struct finding_list findings;
    struct log_stream log;
    struct cache *cache;
    uint64_t checkpoint_depth;
    uint32_t page_size;
    bool writes_twice;   /* caches that are made from now on have the double-write file "edb.dwb" */
    struct database *db; /* "test.edb", logged, in state dirty, generation FIXTURE_GENERATION */
};

enum { FIXTURE_GENERATION = 3, FIXTURE_PAGES = 500 };

/* cmocka fixtures on top of those of temp_folder.h: *state is the fixture. 4096-byte pages; a cache of 64 frames at
 * most. */
int cache_fixture_setup(void **state);
int cache_fixture_teardown(void **state);

/* The same by hand. */
void cache_fixture_open(struct cache_fixture *fixture, uint32_t page_size, size_t frames_max);
void cache_fixture_close(struct cache_fixture *fixture);

/* The checkpoint depth of caches that are made from now on, in positions of the fake log; 0 (at first): pages are only
 * written when there is a need. */
void cache_fixture_set_depth(struct cache_fixture *fixture, uint64_t depth);

/* A new database in state dirty; logged if the generation is not 0. */
struct database *cache_fixture_database(struct cache_fixture *fixture, const char *name, lgen_t generation);

/* Closes the database without flushing, drops the cache, and opens both again. Or only the latter half, behind
 * cache_fixture_close(). */
void cache_fixture_reopen(struct cache_fixture *fixture);
void cache_fixture_start(struct cache_fixture *fixture);

/* Gives page `pgno` this number in a new tree page (make) or in the page as it is (set), with a record of the log. */
void page_make(struct cache_fixture *fixture, struct database *db, pgno_t pgno, uint64_t number);
void page_set(struct cache_fixture *fixture, struct database *db, pgno_t pgno, uint64_t number);

/* The number of a page; the test fails if the page cannot be had. */
uint64_t page_number(struct database *db, pgno_t pgno);

/* In a page that the caller holds. */
uint64_t page_number_get(const struct frame *frame);
void page_number_set(struct frame *frame, uint64_t number);

#endif
