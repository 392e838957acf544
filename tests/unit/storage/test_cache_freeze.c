/* SPDX-License-Identifier: MIT */
/* A cache whose files stand still: nothing is written, readers read, whoever must write waits, and growth catches
 * up. */
#include "storage/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cache_fixture.h"
#include "format/page.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "support/file_changes.h"

enum { A_WHILE_MS = 30, FRAMES = 64 };

static uint64_t file_size(struct cache_fixture *fixture)
{
    struct os_path_info info;
    assert_int_equal(os_path_stat(fixture->db->path, &info), JET_errSuccess);
    return info.size_bytes;
}

static void freeze(struct cache_fixture *fixture)
{
    cache_freeze_prepare(fixture->cache);
    atomic_store(&fixture->log.is_frozen, true);
    cache_freeze(fixture->cache);
}

static void thaw(struct cache_fixture *fixture)
{
    atomic_store(&fixture->log.is_frozen, false);
    cache_thaw(fixture->cache);
}

/* Somebody who does one thing that waits for the thaw. */
struct waiter {
    struct cache_fixture *fixture;
    jet_err (*act)(struct cache_fixture *fixture);
    struct os_thread *thread;
    struct os_event *done;
    jet_err err;
};

static void waiter_run(void *context)
{
    struct waiter *waiter = context;
    waiter->err = waiter->act(waiter->fixture);
    os_event_set(waiter->done);
}

static void waiter_start(struct waiter *waiter, struct cache_fixture *fixture,
                         jet_err (*act)(struct cache_fixture *fixture))
{
    *waiter = (struct waiter){.fixture = fixture, .act = act};
    assert_int_equal(os_event_new(&waiter->done), JET_errSuccess);
    assert_int_equal(os_thread_start(waiter_run, waiter, &waiter->thread), JET_errSuccess);
}

static void waiter_still_waits(struct waiter *waiter)
{
    assert_false(os_event_wait(waiter->done, A_WHILE_MS));
}

static void waiter_goes_on(struct waiter *waiter)
{
    os_thread_join(waiter->thread);
    assert_int_equal(waiter->err, JET_errSuccess);
    os_event_free(waiter->done);
}

static jet_err flush(struct cache_fixture *fixture)
{
    return database_flush(fixture->db);
}

static void nothing(struct dbheader_disk *header, void *context)
{
    (void)header;
    (void)context;
}

static jet_err update_header(struct cache_fixture *fixture)
{
    return database_header_update(fixture->db, nothing, NULL);
}

static jet_err require_generation(struct cache_fixture *fixture)
{
    return database_require_generation(fixture->db, FIXTURE_GENERATION + 1, NULL);
}

static void what_writes_waits_and_then_goes_on(void **state)
{
    static jet_err (*const acts[])(struct cache_fixture *) = {flush, update_header, require_generation};
    struct cache_fixture *fixture = *state;
    struct waiter waiters[3];
    struct dbheader_disk header;
    for (pgno_t pgno = 1; pgno <= 10; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    freeze(fixture);
    const unsigned changes = file_changes();
    for (unsigned i = 0; i < 3; i++)
        waiter_start(&waiters[i], fixture, acts[i]);
    for (unsigned i = 0; i < 3; i++)
        waiter_still_waits(&waiters[i]);
    assert_int_equal(file_changes(), changes);
    database_header_get(fixture->db, &header); /* waits for nobody */
    assert_int_equal(page_number(fixture->db, 3), 3);
    page_set(fixture, fixture->db, 3, 33);
    thaw(fixture);
    for (unsigned i = 0; i < 3; i++)
        waiter_goes_on(&waiters[i]);
    assert_true(file_changes() > changes);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    cache_fixture_reopen(fixture);
    for (pgno_t pgno = 1; pgno <= 10; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno == 3 ? 33 : pgno);
}

/* More pages than there are frames, half of the cache dirty. */
static void readers_go_on_with_clean_frames(void **state)
{
    struct cache_fixture *fixture = *state;
    struct cache_stats stats;
    for (pgno_t pgno = 1; pgno <= 300; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    for (pgno_t pgno = 1; pgno <= FRAMES / 2; pgno++)
        page_set(fixture, fixture->db, pgno, 1000 + pgno);
    freeze(fixture);
    const unsigned changes = file_changes();
    for (pgno_t pgno = 1; pgno <= 300; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno <= FRAMES / 2 ? 1000 + pgno : pgno);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(file_changes(), changes);
    assert_int_equal(stats.frames, FRAMES);
    thaw(fixture);
}

static jet_err read_another(struct cache_fixture *fixture)
{
    struct frame *frame;
    jet_err err = page_get(fixture->db, 300, PAGE_SHARED, &frame);
    if (err >= JET_errSuccess)
        page_put(frame, PAGE_SHARED);
    return err;
}

static void without_a_clean_frame_the_cache_grows_to_twice_its_size_and_then_waits(void **state)
{
    struct cache_fixture *fixture = *state;
    struct cache_stats stats;
    struct waiter reader;
    for (pgno_t pgno = 1; pgno <= 300; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    freeze(fixture);
    const unsigned changes = file_changes();
    for (pgno_t pgno = 1; pgno <= 2 * FRAMES; pgno++)
        page_set(fixture, fixture->db, pgno, 1000 + pgno);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(stats.frames, 2 * FRAMES);
    assert_int_equal(stats.dirty, 2 * FRAMES);
    assert_int_equal(page_number(fixture->db, 1), 1001); /* what is there can be read */
    waiter_start(&reader, fixture, read_another);
    waiter_still_waits(&reader);
    assert_int_equal(file_changes(), changes);
    thaw(fixture);
    waiter_goes_on(&reader);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    cache_fixture_reopen(fixture);
    for (pgno_t pgno = 1; pgno <= 300; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno <= 2 * FRAMES ? 1000 + pgno : pgno);
}

static void a_database_grows_in_memory_and_its_file_behind_the_thaw(void **state)
{
    struct cache_fixture *fixture = *state;
    enum { LAST = FIXTURE_PAGES + 20 };
    freeze(fixture);
    const unsigned changes = file_changes();
    const uint64_t before = file_size(fixture);
    page_make(fixture, fixture->db, LAST, 77);
    assert_int_equal(database_extend(fixture->db, LAST + 5), JET_errSuccess);
    assert_int_equal(database_last_page(fixture->db), LAST + 5);
    assert_int_equal(page_number(fixture->db, LAST), 77);
    assert_int_equal(file_changes(), changes);
    assert_true(file_size(fixture) == before);
    thaw(fixture);
    assert_true(file_size(fixture) == (uint64_t)(LAST + 5 + 2) * fixture->db->page_size);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    cache_fixture_reopen(fixture);
    assert_int_equal(database_last_page(fixture->db), LAST + 5);
    assert_int_equal(page_number(fixture->db, LAST), 77);
}

static void the_background_rests(void **state)
{
    struct cache_fixture *fixture = *state;
    cache_fixture_close(fixture);
    cache_fixture_set_depth(fixture, 4);
    assert_int_equal(os_file_remove(temp_folder_path(fixture->folder, "test.edb")), JET_errSuccess);
    cache_fixture_open(fixture, 4096, FRAMES);
    freeze(fixture);
    const unsigned changes = file_changes();
    for (pgno_t pgno = 1; pgno <= 20; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    struct os_event *never;
    assert_int_equal(os_event_new(&never), JET_errSuccess);
    (void)os_event_wait(never, 250); /* twice its period */
    assert_int_equal(file_changes(), changes);
    thaw(fixture);
    for (unsigned i = 0; i < 100 && file_changes() == changes; i++)
        (void)os_event_wait(never, 50);
    assert_true(file_changes() > changes);
    os_event_free(never);
}

/* ---- threads ---- */

enum { THREADS = 4, PAGES = 200, FREEZES = 25 };

struct crowd {
    struct cache_fixture *fixture;
    atomic_bool is_over;
    atomic_uint failed;
    atomic_uint next_thread;
};

static void change_one(struct crowd *crowd, pgno_t pgno)
{
    struct log_stream *log = &crowd->fixture->log;
    struct frame *frame;
    if (page_get(crowd->fixture->db, pgno, PAGE_EXCLUSIVE, &frame) < JET_errSuccess) {
        atomic_fetch_add(&crowd->failed, 1);
        return;
    }
    const le64 number = le64_make(pgno);
    const uint64_t begin = log_tip(log);
    if (page_replace(frame->page, frame->db->page_size, 0, 0, &number, sizeof number) < JET_errSuccess)
        atomic_fetch_add(&crowd->failed, 1);
    page_dirty(frame, fake_log_append(log), begin);
    page_put(frame, PAGE_EXCLUSIVE);
}

static void work(void *context)
{
    struct crowd *crowd = context;
    const unsigned me = atomic_fetch_add(&crowd->next_thread, 1);
    uint32_t random = me;
    while (!atomic_load(&crowd->is_over)) {
        random = random * 1664525u + 1013904223u;
        const pgno_t pgno = (random >> 8) % PAGES + 1;
        if (random >> 30 == 0)
            change_one(crowd, pgno);
        else if (random >> 28 == 15 && me == 0 && database_flush(crowd->fixture->db) < JET_errSuccess)
            atomic_fetch_add(&crowd->failed, 1);
        else if (random >> 28 == 14 &&
                 database_extend(crowd->fixture->db, database_last_page(crowd->fixture->db) + 1) < JET_errSuccess)
            atomic_fetch_add(&crowd->failed, 1);
        else
            cache_prefetch(crowd->fixture->db, pgno, 2);
    }
}

static void many_threads_and_many_freezes(void **state)
{
    struct cache_fixture *fixture = *state;
    struct crowd crowd = {.fixture = fixture};
    struct os_thread *threads[THREADS];
    struct os_event *never;
    for (pgno_t pgno = 1; pgno <= PAGES; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    assert_int_equal(os_event_new(&never), JET_errSuccess);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(os_thread_start(work, &crowd, &threads[i]), JET_errSuccess);
    for (unsigned i = 0; i < FREEZES; i++) {
        freeze(fixture);
        const unsigned changes = file_changes();
        (void)os_event_wait(never, 5);
        assert_int_equal(file_changes(), changes);
        thaw(fixture);
        (void)os_event_wait(never, 2);
    }
    atomic_store(&crowd.is_over, true);
    for (unsigned i = 0; i < THREADS; i++)
        os_thread_join(threads[i]);
    os_event_free(never);
    assert_int_equal(atomic_load(&crowd.failed), 0);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_true(file_size(fixture) == (uint64_t)(database_last_page(fixture->db) + 2) * fixture->db->page_size);
    cache_fixture_reopen(fixture);
    for (pgno_t pgno = 1; pgno <= PAGES; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno);
}

#define WITH_CACHE(test) cmocka_unit_test_setup_teardown(test, cache_fixture_setup, cache_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CACHE(what_writes_waits_and_then_goes_on),
        WITH_CACHE(readers_go_on_with_clean_frames),
        WITH_CACHE(without_a_clean_frame_the_cache_grows_to_twice_its_size_and_then_waits),
        WITH_CACHE(a_database_grows_in_memory_and_its_file_behind_the_thaw),
        WITH_CACHE(the_background_rests),
        WITH_CACHE(many_threads_and_many_freezes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
