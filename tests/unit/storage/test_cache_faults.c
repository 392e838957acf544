/* SPDX-License-Identifier: MIT */
/* Tests of storage/cache.h and storage/database.h on a disk that fails: nothing that was changed may be lost or taken
 * for safe. */
#include "storage/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cache_fixture.h"

/* What the disk does from now on. */
static _Atomic bool write_fails, flush_fails;
static _Atomic unsigned flushes;

jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);
jet_err __wrap_os_file_flush_data(struct os_file *file);
jet_err __real_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);
jet_err __real_os_file_flush_data(struct os_file *file);

jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size)
{
    return atomic_load(&write_fails) ? JET_errDiskFull : __real_os_file_write(file, offset, buffer, size);
}

jet_err __wrap_os_file_flush_data(struct os_file *file)
{
    atomic_fetch_add(&flushes, 1);
    return atomic_load(&flush_fails) ? JET_errDiskIO : __real_os_file_flush_data(file);
}

/* What the instance is told. */
struct told {
    _Atomic unsigned times;
    _Atomic int32_t err;
};

static void told_write_failed(void *context, struct database *db, jet_err err)
{
    struct told *told = context;
    assert_non_null(db);
    atomic_store(&told->err, err);
    atomic_fetch_add(&told->times, 1);
}

static void listen(struct cache_fixture *fixture, struct told *told)
{
    const struct cache_hooks hooks = {.context = told, .write_failed = told_write_failed};
    cache_set_hooks(fixture->cache, &hooks);
}

static void a_page_that_cannot_be_written_stays_dirty(void **state)
{
    struct cache_fixture *fixture = *state;
    struct told told = {.times = 0};
    struct cache_stats stats;
    listen(fixture, &told);
    for (pgno_t pgno = 1; pgno <= 10; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    uint64_t oldest = cache_oldest_begin0(fixture->cache, fixture->db);
    write_fails = true;
    assert_int_equal(database_flush(fixture->db), JET_errDiskFull);
    assert_in_range(told.times, 1, 10);
    assert_int_equal(told.err, JET_errDiskFull);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(stats.dirty, 10);
    assert_int_equal(cache_oldest_begin0(fixture->cache, fixture->db), oldest);
    write_fails = false;
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    cache_fixture_reopen(fixture);
    for (pgno_t pgno = 1; pgno <= 10; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno);
}

static void a_cache_of_pages_that_cannot_be_written_ends_growing(void **state)
{
    struct cache_fixture *fixture = *state;
    struct told told = {.times = 0};
    struct cache_stats stats;
    struct frame *frame;
    listen(fixture, &told);
    for (pgno_t pgno = 1; pgno <= FIXTURE_PAGES; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    write_fails = true;
    pgno_t pgno = 0;
    jet_err err;
    do {
        err = page_get(fixture->db, ++pgno, PAGE_EXCLUSIVE, &frame);
        if (err < JET_errSuccess)
            break;
        page_number_set(frame, 1000 + pgno);
        page_dirty(frame, fake_log_append(&fixture->log), log_tip(&fixture->log));
        page_put(frame, PAGE_EXCLUSIVE);
    } while (pgno < FIXTURE_PAGES);
    assert_int_equal(err, JET_errDiskFull);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(stats.frames, 2 * 64);
    write_fails = false;
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    for (pgno_t changed = 1; changed < pgno; changed++)
        assert_int_equal(page_number(fixture->db, changed), 1000 + changed);
}

static void after_a_failed_flush_nothing_counts_as_safe(void **state)
{
    struct cache_fixture *fixture = *state;
    struct told told = {.times = 0};
    listen(fixture, &told);
    page_make(fixture, fixture->db, 1, 1);
    uint64_t oldest = cache_oldest_begin0(fixture->cache, fixture->db);
    flush_fails = true;
    assert_int_equal(database_flush(fixture->db), JET_errDiskIO);
    assert_int_equal(told.times, 1);
    flush_fails = false;
    /* The system would say yes now, having dropped what it could not write. */
    assert_int_equal(database_flush(fixture->db), JET_errDiskIO);
    assert_int_equal(database_flush_written(fixture->db), JET_errDiskIO);
    assert_int_equal(cache_oldest_begin0(fixture->cache, fixture->db), oldest);
}

static void a_header_that_cannot_be_written_holds_its_pages_back(void **state)
{
    struct cache_fixture *fixture = *state;
    struct told told = {.times = 0};
    struct cache_stats stats;
    listen(fixture, &told);
    fake_log_init(&fixture->log, FIXTURE_GENERATION + 1);
    page_make(fixture, fixture->db, 1, 1);
    write_fails = true;
    assert_int_equal(database_flush(fixture->db), JET_errDiskFull);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(stats.writes, 0);
    assert_int_equal(stats.dirty, 1);
    write_fails = false;
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
}

static void raise_min_required(struct dbheader_disk *header, void *context)
{
    header->generation_min_required = le32_make(*(const lgen_t *)context);
}

/* The checkpoint may not pass what only memory has: logs would go that the file still needs. */
static void a_header_that_cannot_be_written_stays_as_it_was(void **state)
{
    struct cache_fixture *fixture = *state;
    struct dbheader_disk before, after;
    lgen_t generation = 77;
    database_header_get(fixture->db, &before);
    write_fails = true;
    assert_int_equal(database_header_update(fixture->db, raise_min_required, &generation), JET_errDiskFull);
    database_header_get(fixture->db, &after);
    assert_memory_equal(&before, &after, sizeof before);
    write_fails = false;
    assert_int_equal(database_header_update(fixture->db, raise_min_required, &generation), JET_errSuccess);
    database_header_get(fixture->db, &after);
    assert_int_equal(le32_get(after.generation_min_required), generation);
}

static void a_header_that_cannot_be_flushed_breaks_the_database(void **state)
{
    struct cache_fixture *fixture = *state;
    struct told told = {.times = 0};
    struct cache_stats stats;
    listen(fixture, &told);
    fake_log_init(&fixture->log, FIXTURE_GENERATION + 1);
    page_make(fixture, fixture->db, 1, 1);
    flush_fails = true;
    assert_int_equal(database_flush(fixture->db), JET_errDiskIO);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(stats.writes, 0);
    assert_int_equal(stats.dirty, 1);
    flush_fails = false;
    assert_int_equal(database_flush(fixture->db), JET_errDiskIO);
    assert_int_equal(database_header_write(fixture->db), JET_errDiskIO);
}

static void a_database_that_cannot_be_made_leaves_no_file(void **state)
{
    struct cache_fixture *fixture = *state;
    struct database *db;
    struct os_path_info info;
    const struct database_new options = {.path = temp_folder_path(fixture->folder, "x.edb"), .dbid = 2, .pages = 5};
    write_fails = true;
    assert_int_equal(database_create(fixture->cache, &options, &db), JET_errDiskFull);
    assert_int_equal(os_path_stat(options.path, &info), JET_errFileNotFound);
    write_fails = false;
    flush_fails = true;
    assert_int_equal(database_create(fixture->cache, &options, &db), JET_errDiskIO);
    assert_int_equal(os_path_stat(options.path, &info), JET_errFileNotFound);
}

static void nothing_to_flush_is_not_flushed(void **state)
{
    struct cache_fixture *fixture = *state;
    assert_int_equal(database_flush_written(fixture->db), JET_errSuccess);
    unsigned before = flushes;
    assert_int_equal(database_flush_written(fixture->db), JET_errSuccess);
    assert_int_equal(flushes, before);
    page_make(fixture, fixture->db, 1, 1);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(flushes, before + 1);
}

static int setup(void **state)
{
    write_fails = flush_fails = false;
    return cache_fixture_setup(state);
}

static int teardown(void **state)
{
    write_fails = flush_fails = false;
    return cache_fixture_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_that_cannot_be_written_stays_dirty),
        TEST(a_cache_of_pages_that_cannot_be_written_ends_growing),
        TEST(after_a_failed_flush_nothing_counts_as_safe),
        TEST(a_header_that_cannot_be_written_holds_its_pages_back),
        TEST(a_header_that_cannot_be_written_stays_as_it_was),
        TEST(a_header_that_cannot_be_flushed_breaks_the_database),
        TEST(a_database_that_cannot_be_made_leaves_no_file),
        TEST(nothing_to_flush_is_not_flushed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
