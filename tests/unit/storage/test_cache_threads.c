/* SPDX-License-Identifier: MIT */
/* Tests of storage/cache.h by many threads: a cache much smaller than the database, against an array. */
#include "storage/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cache_fixture.h"
#include "format/page.h"
#include "storage/double_write.h"

enum { THREADS = 8, PAGES = 200, FRAMES = 24, ROUNDS = 4000, LEAVING_ROUNDS = 200 };

struct stress {
    struct cache_fixture fixture;
    uint64_t numbers[PAGES + 1]; /* what page n holds; under its latch */
    _Atomic unsigned next_thread;
    _Atomic uint64_t wrong;
    _Atomic uint64_t failed;
    _Atomic bool is_over;
};

static uint32_t random_next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static uint64_t number_of(struct stress *stress, const struct frame *frame)
{
    const uint8_t *bytes;
    size_t size;
    unsigned flags;
    uint64_t number = UINT64_MAX;
    if (page_tag_get(frame->page, frame->db->page_size, 0, &bytes, &size, &flags) == JET_errSuccess && size == 8)
        number = le64_get(*(const le64 *)(const void *)bytes);
    if (number != stress->numbers[frame->pgno] || frame->db != stress->fixture.db)
        atomic_fetch_add(&stress->wrong, 1);
    return number;
}

static void change(struct stress *stress, struct frame *frame)
{
    uint64_t begin = log_tip(&stress->fixture.log);
    le64 bytes = le64_make(number_of(stress, frame) + 1);
    struct page_header_disk *header = (void *)frame->page;
    header->dbtime = le64_make(le64_get(header->dbtime) + 1);
    if (page_replace(frame->page, frame->db->page_size, 0, 0, &bytes, sizeof bytes) < JET_errSuccess)
        atomic_fetch_add(&stress->failed, 1);
    stress->numbers[frame->pgno]++;
    page_dirty(frame, fake_log_append(&stress->fixture.log), begin);
}

static void one_round(struct stress *stress, uint32_t *random)
{
    struct frame *frame;
    pgno_t pgno = random_next(random) % PAGES + 1;
    bool is_change = random_next(random) % 3 == 0;
    bool is_upgrade = random_next(random) % 8 == 0;
    if (page_get(stress->fixture.db, pgno, is_change ? PAGE_EXCLUSIVE : PAGE_SHARED, &frame) < JET_errSuccess) {
        atomic_fetch_add(&stress->failed, 1);
        return;
    }
    if (frame->pgno != pgno)
        atomic_fetch_add(&stress->wrong, 1);
    if (is_change) {
        change(stress, frame);
        page_put(frame, PAGE_EXCLUSIVE);
    } else if (is_upgrade && page_try_upgrade(frame)) {
        change(stress, frame);
        page_downgrade(frame);
        page_put(frame, PAGE_SHARED);
    } else {
        (void)number_of(stress, frame);
        page_put(frame, PAGE_SHARED);
    }
    if (random_next(random) % 64 == 0)
        cache_prefetch(stress->fixture.db, pgno, 3);
}

static void work_run(void *context)
{
    struct stress *stress = context;
    uint32_t random = atomic_fetch_add(&stress->next_thread, 1) + 1;
    for (unsigned i = 0; i < ROUNDS; i++)
        one_round(stress, &random);
}

/* What a checkpoint does, all the time: nothing that is not safe may be older than what it is told. */
static void checkpoint_run(void *context)
{
    struct stress *stress = context;
    struct cache *cache = stress->fixture.cache;
    while (!atomic_load(&stress->is_over)) {
        uint64_t tip = log_tip(&stress->fixture.log);
        if (database_flush_written(stress->fixture.db) < JET_errSuccess)
            atomic_fetch_add(&stress->failed, 1);
        uint64_t oldest = cache_oldest_begin0(cache, stress->fixture.db);
        if (oldest < tip && cache_write_older(cache, oldest + (tip - oldest) / 2) < JET_errSuccess)
            atomic_fetch_add(&stress->failed, 1);
    }
}

/* A database that comes and goes beside the other. */
static void visitor_run(void *context)
{
    struct stress *stress = context;
    struct database *db;
    const struct signature_disk log_signature = {.random = {{1}}};
    const struct database_new options = {.path = temp_folder_path(stress->fixture.folder, "visitor.edb"),
                                         .dbid = 2,
                                         .pages = 10,
                                         .overwrite = true,
                                         .log_signature = stress->fixture.writes_twice ? &log_signature : NULL};
    while (!atomic_load(&stress->is_over)) {
        if (database_create(stress->fixture.cache, &options, &db) < JET_errSuccess) {
            atomic_fetch_add(&stress->failed, 1);
            return;
        }
        for (pgno_t pgno = 1; pgno <= 10; pgno++) {
            struct frame *frame;
            if (page_get_new(db, pgno, &frame) < JET_errSuccess) {
                atomic_fetch_add(&stress->failed, 1);
                continue;
            }
            page_init(frame->page, db->page_size, PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD, pgno, 1, 1);
            page_dirty(frame, 0, 0);
            page_put(frame, PAGE_EXCLUSIVE);
        }
        database_close(db);
    }
}

static struct os_thread *start(void (*run)(void *context), void *context)
{
    struct os_thread *thread = NULL;
    assert_int_equal(os_thread_start(run, context, &thread), JET_errSuccess);
    return thread;
}

/* What recovery finds in the double-write file is not newer, nor older, than what is in place. */
static void restart(struct cache_fixture *fixture)
{
    unsigned count = 0;
    cache_fixture_reopen(fixture);
    struct double_write *double_write = cache_double_write(fixture->cache);
    assert_true(fixture->writes_twice == (double_write != NULL));
    if (!double_write)
        return;
    assert_int_equal(double_write_load(double_write), JET_errSuccess);
    assert_int_equal(double_write_restore(double_write, fixture->db, UINT64_MAX, &count), JET_errSuccess);
    assert_int_equal(count, 0);
}

static void stress_cache(struct temp_folder *folder, uint32_t page_size, bool writes_twice)
{
    struct stress *stress = test_calloc(1, sizeof *stress);
    struct os_thread *workers[THREADS];
    stress->fixture.folder = folder;
    stress->fixture.writes_twice = writes_twice;
    cache_fixture_open(&stress->fixture, page_size, FRAMES);
    for (pgno_t pgno = 1; pgno <= PAGES; pgno++)
        page_make(&stress->fixture, stress->fixture.db, pgno, 0);
    struct os_thread *checkpoint = start(checkpoint_run, stress);
    struct os_thread *visitor = start(visitor_run, stress);
    for (unsigned i = 0; i < THREADS; i++)
        workers[i] = start(work_run, stress);
    for (unsigned i = 0; i < THREADS; i++)
        os_thread_join(workers[i]);
    atomic_store(&stress->is_over, true);
    os_thread_join(checkpoint);
    os_thread_join(visitor);
    assert_int_equal(stress->wrong, 0);
    assert_int_equal(stress->failed, 0);
    assert_int_equal(database_flush(stress->fixture.db), JET_errSuccess);
    assert_int_equal(cache_oldest_begin0(stress->fixture.cache, NULL), UINT64_MAX);
    restart(&stress->fixture);
    for (pgno_t pgno = 1; pgno <= PAGES; pgno++)
        assert_int_equal(page_number(stress->fixture.db, pgno), stress->numbers[pgno]);
    assert_int_equal(stress->fixture.findings.count, 0);
    cache_fixture_close(&stress->fixture);
    test_free(stress);
}

static void every_page_is_what_was_last_put_into_it(void **state)
{
    stress_cache(*state, 4096, false);
}

static void so_it_is_by_way_of_the_double_write_file(void **state)
{
    stress_cache(*state, 8192, true);
}

/* ---- the double-write file goes ---- */

struct leaving {
    struct cache_fixture fixture;
    _Atomic bool is_over;
};

static void write_run(void *context)
{
    struct leaving *leaving = context;
    while (!atomic_load(&leaving->is_over))
        assert_int_equal(cache_write_older(leaving->fixture.cache, UINT64_MAX), JET_errSuccess);
}

static void open_again(struct cache_fixture *fixture)
{
    const struct database_open_options options = {
        .path = temp_folder_path(fixture->folder, "test.edb"), .dbid = fixture->db->dbid, .is_logged = true};
    database_close(fixture->db);
    assert_int_equal(double_write_remove(cache_double_write(fixture->cache)), JET_errSuccess);
    assert_int_equal(database_open(fixture->cache, &options, &fixture->db), JET_errSuccess);
}

/* Somebody else wrote the last pages; who waits for that may remove the file at once. */
static void the_file_may_go_as_soon_as_all_is_written(void **state)
{
    struct leaving *leaving = test_calloc(1, sizeof *leaving);
    struct cache_fixture *fixture = &leaving->fixture;
    fixture->folder = *state;
    fixture->writes_twice = true;
    cache_fixture_open(fixture, 8192, FRAMES);
    for (pgno_t pgno = 1; pgno <= 8; pgno++)
        page_make(fixture, fixture->db, pgno, 0);
    struct os_thread *writer = start(write_run, leaving);
    for (uint64_t round = 1; round <= LEAVING_ROUNDS; round++) {
        for (pgno_t pgno = 1; pgno <= 8; pgno++)
            page_set(fixture, fixture->db, pgno, round);
        assert_int_equal(database_flush(fixture->db), JET_errSuccess);
        open_again(fixture);
    }
    atomic_store(&leaving->is_over, true);
    os_thread_join(writer);
    assert_int_equal(page_number(fixture->db, 8), LEAVING_ROUNDS);
    cache_fixture_close(fixture);
    test_free(leaving);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_page_is_what_was_last_put_into_it, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(so_it_is_by_way_of_the_double_write_file, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(the_file_may_go_as_soon_as_all_is_written, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
