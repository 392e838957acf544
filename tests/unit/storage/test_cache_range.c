/* SPDX-License-Identifier: MIT */
/* Tests of cache_range_lock(): what a backup reads from the file stays as it is, and everybody else goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "cache_fixture.h"
#include "format/page.h"
#include "os/os_thread.h"

enum { PAGE_SIZE = 4096, SHORT_MS = 50 };

/* What a page of the file holds; 0: never written. */
static uint64_t number_in_file(struct database *db, pgno_t pgno)
{
    static _Alignas(4096) uint8_t page[PAGE_SIZE];
    struct page_verdict verdict;
    const uint8_t *bytes;
    size_t actual, size;
    unsigned flags;
    assert_int_equal(os_file_read(db->file, page_offset(pgno, PAGE_SIZE), page, PAGE_SIZE, &actual), JET_errSuccess);
    assert_int_equal(actual, PAGE_SIZE);
    if (page_verify(page, PAGE_SIZE, pgno, &verdict) < JET_errSuccess) {
        assert_int_equal(verdict.state, PAGE_ZERO);
        return 0;
    }
    assert_int_equal(page_tag_get(page, PAGE_SIZE, 0, &bytes, &size, &flags), JET_errSuccess);
    return le64_get(*(const le64 *)(const void *)bytes);
}

struct flush {
    struct database *db;
    struct os_event *done;
    jet_err err;
};

static void flush_run(void *context)
{
    struct flush *flush = context;
    flush->err = database_flush(flush->db);
    os_event_set(flush->done);
}

static void a_flush_waits_for_the_reader_and_then_writes(void **state)
{
    struct cache_fixture *fixture = *state;
    struct flush flush = {.db = fixture->db};
    struct page_range range;
    struct os_thread *thread;
    for (pgno_t pgno = 10; pgno <= 20; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    assert_int_equal(os_event_new(&flush.done), JET_errSuccess);
    cache_range_lock(fixture->db, 12, 4, &range);
    assert_int_equal(os_thread_start(flush_run, &flush, &thread), JET_errSuccess);
    assert_false(os_event_wait(flush.done, SHORT_MS));
    for (pgno_t pgno = 12; pgno <= 15; pgno++)
        assert_int_equal(number_in_file(fixture->db, pgno), 0);
    assert_int_equal(number_in_file(fixture->db, 10), 10); /* before the range: written already */
    page_set(fixture, fixture->db, 13, 1300);              /* in memory it changes as ever */
    cache_range_unlock(&range);
    os_thread_join(thread);
    assert_int_equal(flush.err, JET_errSuccess);
    for (pgno_t pgno = 10; pgno <= 20; pgno++)
        assert_int_equal(number_in_file(fixture->db, pgno), pgno == 13 ? 1300 : pgno);
    os_event_free(flush.done);
}

struct cut {
    struct database *db;
    struct os_event *done;
    jet_err err;
};

enum { CUT_TO = 40, CUT_FROM = 60 };

static void cut_run(void *context)
{
    struct cut *cut = context;
    cut->err = database_shrink(cut->db, CUT_TO);
    os_event_set(cut->done);
}

/* Neither for one who reads before the new end, nor for one of another file. */
static void a_cut_waits_for_the_reader_behind_it(void **state)
{
    struct cache_fixture *fixture = *state;
    struct cut cut = {.db = fixture->db};
    struct page_range before, behind, other;
    struct os_thread *thread;
    struct database *second = cache_fixture_database(fixture, "second.edb", FIXTURE_GENERATION);
    assert_int_equal(database_extend(fixture->db, CUT_FROM), JET_errSuccess);
    assert_int_equal(database_extend(second, CUT_FROM), JET_errSuccess);
    assert_int_equal(os_event_new(&cut.done), JET_errSuccess);
    cache_range_lock(fixture->db, 1, CUT_TO, &before);
    cache_range_lock(fixture->db, CUT_TO, 2, &behind);
    cache_range_lock(second, CUT_TO + 1, 2, &other);
    const pgno_t last = database_last_in_file(fixture->db);
    assert_true(last >= CUT_FROM);
    assert_int_equal(os_thread_start(cut_run, &cut, &thread), JET_errSuccess);
    assert_false(os_event_wait(cut.done, SHORT_MS));
    assert_int_equal(number_in_file(fixture->db, last), 0);       /* it is there still */
    assert_int_equal(database_last_in_file(fixture->db), CUT_TO); /* but not for those who begin now */
    cache_range_unlock(&behind);
    os_thread_join(thread);
    assert_int_equal(cut.err, JET_errSuccess);
    cache_range_unlock(&before);
    cache_range_unlock(&other);
    database_close(second);
    os_event_free(cut.done);
}

static void a_small_cache_goes_on_while_all_it_has_is_being_read(void **state)
{
    struct cache_fixture *fixture = *state;
    struct page_range range;
    struct cache_stats stats;
    cache_range_lock(fixture->db, 1, FIXTURE_PAGES, &range);
    for (pgno_t pgno = 1; pgno <= 300; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    for (pgno_t pgno = 1; pgno <= 300; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(stats.writes, 0);
    assert_int_equal(stats.dirty, 300);
    assert_true(cache_oldest_begin0(fixture->cache, fixture->db) != UINT64_MAX); /* nothing is forgotten */
    cache_range_unlock(&range);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(cache_oldest_begin0(fixture->cache, fixture->db), UINT64_MAX);
    for (pgno_t pgno = 1; pgno <= 300; pgno++)
        assert_int_equal(number_in_file(fixture->db, pgno), pgno);
}

static void ranges_are_counted_one_by_one(void **state)
{
    struct cache_fixture *fixture = *state;
    struct page_range outer, inner, other;
    struct database *second = cache_fixture_database(fixture, "second.edb", FIXTURE_GENERATION);
    page_make(fixture, fixture->db, 5, 1);
    page_make(fixture, second, 5, 2);
    cache_range_lock(fixture->db, 1, 10, &outer);
    cache_range_lock(fixture->db, 5, 1, &inner);
    cache_range_lock(second, 6, 10, &other);
    cache_range_unlock(&outer);
    assert_int_equal(database_flush(second), JET_errSuccess); /* page 5 of the second is nobody's */
    assert_int_equal(number_in_file(second, 5), 2);
    struct frame *frame;
    assert_int_equal(page_get(fixture->db, 5, PAGE_SHARED, &frame), JET_errSuccess);
    assert_true(page_is_dirty(frame));
    page_put(frame, PAGE_SHARED);
    assert_int_equal(number_in_file(fixture->db, 5), 0);
    cache_range_unlock(&inner);
    cache_range_unlock(&other);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(number_in_file(fixture->db, 5), 1);
    database_close(second);
}

/* ---- many threads ---- */

enum { WRITERS = 4, PAGES = 150, ROUNDS = 1500, RANGE_MAX = 16 };

struct stress {
    struct cache_fixture *fixture;
    _Atomic unsigned next_thread, next_reader;
    _Atomic bool is_over;
    _Atomic unsigned torn, changed, failed, reads;
};

static uint32_t random_next(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return *random >> 8;
}

static void writer_run(void *context)
{
    struct stress *stress = context;
    uint32_t random = atomic_fetch_add(&stress->next_thread, 1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct frame *frame;
        if (page_get(stress->fixture->db, random_next(&random) % PAGES + 1, PAGE_EXCLUSIVE, &frame) < JET_errSuccess) {
            atomic_fetch_add(&stress->failed, 1);
            continue;
        }
        const uint64_t begin = log_tip(&stress->fixture->log);
        page_number_set(frame, random_next(&random));
        page_dirty(frame, fake_log_append(&stress->fixture->log), begin);
        page_put(frame, PAGE_EXCLUSIVE);
        if (random_next(&random) % 64 == 0 && cache_write_older(stress->fixture->cache, begin) < JET_errSuccess)
            atomic_fetch_add(&stress->failed, 1);
    }
}

/* Reads a range twice: whole pages, and the same ones. */
static void reader_run(void *context)
{
    static _Alignas(4096) uint8_t buffers[2][2][RANGE_MAX * PAGE_SIZE];
    struct stress *stress = context;
    const unsigned number = atomic_fetch_add(&stress->next_reader, 1);
    struct database *db = stress->fixture->db;
    uint32_t random = number;
    uint8_t(*mine)[RANGE_MAX * PAGE_SIZE] = buffers[number % 2];
    do {
        struct page_range range;
        const pgno_t first = random_next(&random) % (PAGES - RANGE_MAX) + 1;
        const uint32_t count = random_next(&random) % RANGE_MAX + 1;
        size_t actual[2] = {0, 0};
        cache_range_lock(db, first, count, &range);
        for (unsigned i = 0; i < 2; i++)
            if (os_file_read(db->file, page_offset(first, PAGE_SIZE), mine[i], count * PAGE_SIZE, &actual[i]) <
                    JET_errSuccess ||
                actual[i] != count * PAGE_SIZE)
                atomic_fetch_add(&stress->failed, 1);
        cache_range_unlock(&range);
        if (memcmp(mine[0], mine[1], count * PAGE_SIZE) != 0)
            atomic_fetch_add(&stress->changed, 1);
        for (uint32_t i = 0; i < count; i++) {
            struct page_verdict verdict;
            if (page_verify(mine[0] + i * PAGE_SIZE, PAGE_SIZE, first + i, &verdict) < JET_errSuccess)
                atomic_fetch_add(&stress->torn, 1);
        }
        atomic_fetch_add(&stress->reads, 1);
    } while (!atomic_load(&stress->is_over));
}

static void readers_see_whole_pages_that_stand_still(void **state)
{
    struct cache_fixture *fixture = *state;
    struct stress stress = {.fixture = fixture};
    struct os_thread *writers[WRITERS], *readers[2];
    for (pgno_t pgno = 1; pgno <= PAGES; pgno++)
        page_make(fixture, fixture->db, pgno, 0);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(os_thread_start(reader_run, &stress, &readers[i]), JET_errSuccess);
    for (unsigned i = 0; i < WRITERS; i++)
        assert_int_equal(os_thread_start(writer_run, &stress, &writers[i]), JET_errSuccess);
    for (unsigned i = 0; i < WRITERS; i++)
        os_thread_join(writers[i]);
    atomic_store(&stress.is_over, true);
    for (unsigned i = 0; i < 2; i++)
        os_thread_join(readers[i]);
    assert_int_equal(stress.torn, 0);
    assert_int_equal(stress.changed, 0);
    assert_int_equal(stress.failed, 0);
    assert_true(stress.reads >= 2);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, cache_fixture_setup, cache_fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_flush_waits_for_the_reader_and_then_writes),
        CASE(a_cut_waits_for_the_reader_behind_it),
        CASE(a_small_cache_goes_on_while_all_it_has_is_being_read),
        CASE(ranges_are_counted_one_by_one),
        CASE(readers_see_whole_pages_that_stand_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
