/* SPDX-License-Identifier: MIT */
/* Tests of storage/cache.h by one thread: what a page is when it comes back, and when it may go to the file. */
#include "storage/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cache_fixture.h"
#include "format/page.h"
#include "os/os_thread.h"

static void a_page_that_was_evicted_comes_back_as_it_was(void **state)
{
    struct cache_fixture *fixture = *state;
    struct cache_stats stats;
    for (pgno_t pgno = 1; pgno <= FIXTURE_PAGES; pgno++)
        page_make(fixture, fixture->db, pgno, 1000 + pgno);
    for (pgno_t pgno = FIXTURE_PAGES; pgno >= 1; pgno--)
        assert_int_equal(page_number(fixture->db, pgno), 1000 + pgno);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(stats.frames, 64);
    assert_in_range(stats.evictions, FIXTURE_PAGES, UINT32_MAX);
    assert_true(stats.write_runs < stats.writes);
}

static void what_was_flushed_is_in_the_file(void **state)
{
    struct cache_fixture *fixture = *state;
    for (pgno_t pgno = 1; pgno <= 40; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    cache_fixture_reopen(fixture);
    for (pgno_t pgno = 1; pgno <= 40; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno);
    assert_int_equal(fixture->findings.count, 0);
}

static void what_was_not_flushed_is_not_in_the_file(void **state)
{
    struct cache_fixture *fixture = *state;
    struct frame *frame;
    page_make(fixture, fixture->db, 1, 1);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    page_set(fixture, fixture->db, 1, 2);
    page_make(fixture, fixture->db, 2, 2);
    cache_fixture_reopen(fixture);
    assert_int_equal(page_number(fixture->db, 1), 1);
    assert_int_equal(page_get(fixture->db, 2, PAGE_SHARED, &frame), JET_errPageNotInitialized);
}

static void a_page_behind_the_end_of_the_file_is_an_error(void **state)
{
    struct cache_fixture *fixture = *state;
    struct frame *frame;
    assert_int_equal(page_get(fixture->db, FIXTURE_PAGES + 1, PAGE_SHARED, &frame), JET_errFileIOBeyondEOF);
    assert_int_equal(page_get(fixture->db, 0, PAGE_SHARED, &frame), JET_errFileIOBeyondEOF);
    assert_int_equal(page_get_new(fixture->db, 0, &frame), JET_errFileIOBeyondEOF);
    assert_int_equal(page_get_new(fixture->db, (pgno_t)PGNO_MAX + 1, &frame), JET_errFileIOBeyondEOF);
    page_make(fixture, fixture->db, FIXTURE_PAGES + 1, 5);
    assert_int_equal(database_last_page(fixture->db), FIXTURE_PAGES + 1);
    assert_int_equal(page_number(fixture->db, FIXTURE_PAGES + 1), 5);
}

static void a_new_page_that_is_not_made_is_forgotten(void **state)
{
    struct cache_fixture *fixture = *state;
    struct frame *frame;
    page_make(fixture, fixture->db, 9, 77);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    cache_fixture_reopen(fixture);
    assert_int_equal(page_get_new(fixture->db, 9, &frame), JET_errSuccess);
    memset(frame->page, 0xA5, fixture->db->page_size);
    page_put(frame, PAGE_EXCLUSIVE);
    assert_int_equal(page_number(fixture->db, 9), 77);
}

static void the_log_is_durable_before_the_page_is_written(void **state)
{
    struct cache_fixture *fixture = *state;
    page_make(fixture, fixture->db, 4, 1);
    uint64_t end = log_tip(&fixture->log);
    (void)fake_log_append(&fixture->log);
    assert_true(log_durable(&fixture->log) < end);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(log_durable(&fixture->log), end);
    assert_int_equal(fixture->log.flushes, 1);
}

static void a_page_stays_dirty_while_the_log_fails(void **state)
{
    struct cache_fixture *fixture = *state;
    struct cache_stats stats;
    page_make(fixture, fixture->db, 4, 1);
    uint64_t oldest = cache_oldest_begin0(fixture->cache, fixture->db);
    fixture->log.flush_err = JET_errLogWriteFail;
    assert_int_equal(database_flush(fixture->db), JET_errLogWriteFail);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(stats.dirty, 1);
    assert_int_equal(stats.writes, 0);
    assert_int_equal(cache_oldest_begin0(fixture->cache, fixture->db), oldest);
    fixture->log.flush_err = JET_errSuccess;
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(cache_oldest_begin0(fixture->cache, fixture->db), UINT64_MAX);
}

/* The header's two copies as they are on disk. */
static lgen_t max_required_on_disk(struct cache_fixture *fixture, unsigned copy)
{
    static uint8_t bytes[4096];
    size_t actual;
    const struct dbheader_disk *header = (const void *)bytes;
    assert_int_equal(os_file_read(fixture->db->file, copy * sizeof bytes, bytes, sizeof bytes, &actual),
                     JET_errSuccess);
    assert_int_equal(actual, sizeof bytes);
    assert_int_equal(dbheader_verify(header, sizeof bytes), JET_errSuccess);
    return le32_get(header->generation_max_required);
}

static void the_header_names_the_generation_before_the_page_is_written(void **state)
{
    struct cache_fixture *fixture = *state;
    page_make(fixture, fixture->db, 4, 1);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(max_required_on_disk(fixture, 0), FIXTURE_GENERATION);
    fake_log_init(&fixture->log, FIXTURE_GENERATION + 5);
    page_set(fixture, fixture->db, 4, 2);
    assert_int_equal(max_required_on_disk(fixture, 0), FIXTURE_GENERATION);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(max_required_on_disk(fixture, 0), FIXTURE_GENERATION + 5);
    assert_int_equal(max_required_on_disk(fixture, 1), FIXTURE_GENERATION + 5);
}

static void a_generation_that_begins_is_in_every_header_at_once(void **state)
{
    struct cache_fixture *fixture = *state;
    struct dbheader_disk header;
    struct database *unlogged = cache_fixture_database(fixture, "unlogged.edb", 0);
    const struct logtime_disk created = {.second = 1, .minute = 2, .hour = 3, .day = 4, .month = 5, .year = 120};
    assert_int_equal(cache_generation_begun(fixture->cache, FIXTURE_GENERATION + 1, created), JET_errSuccess);
    assert_int_equal(max_required_on_disk(fixture, 1), FIXTURE_GENERATION + 1);
    database_header_get(fixture->db, &header);
    assert_int_equal(le32_get(header.generation_max_committed), FIXTURE_GENERATION + 1);
    assert_true(logtime_equal(header.logtime_generation_max, created));
    database_header_get(unlogged, &header);
    assert_int_equal(le32_get(header.generation_max_required), 0);
    database_close(unlogged);
}

static void the_oldest_change_counts_until_the_file_is_flushed(void **state)
{
    struct cache_fixture *fixture = *state;
    struct frame *frame;
    uint64_t first = log_tip(&fixture->log);
    assert_int_equal(cache_oldest_begin0(fixture->cache, NULL), UINT64_MAX);
    page_make(fixture, fixture->db, 1, 1);
    page_make(fixture, fixture->db, 2, 1);
    page_make(fixture, fixture->db, 3, 1);
    assert_int_equal(cache_oldest_begin0(fixture->cache, NULL), first);
    /* An old transaction changes a page. */
    assert_int_equal(page_get(fixture->db, 2, PAGE_EXCLUSIVE, &frame), JET_errSuccess);
    page_dirty(frame, fake_log_append(&fixture->log), first - 100);
    page_put(frame, PAGE_EXCLUSIVE);
    assert_int_equal(cache_oldest_begin0(fixture->cache, fixture->db), first - 100);
    /* All are written, to make room, and that is not enough. */
    pgno_t pgno = 4;
    for (; pgno <= 300; pgno++)
        page_make(fixture, fixture->db, pgno, 1);
    assert_int_equal(cache_oldest_begin0(fixture->cache, fixture->db), first - 100);
    do { /* the background may still be about to write the page, or have had no time: then more want room */
        page_make(fixture, fixture->db, pgno++, 1);
        assert_int_equal(database_flush_written(fixture->db), JET_errSuccess);
    } while (cache_oldest_begin0(fixture->cache, fixture->db) == first - 100);
    assert_in_range(cache_oldest_begin0(fixture->cache, fixture->db), first + 1, log_tip(&fixture->log));
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(cache_oldest_begin0(fixture->cache, fixture->db), UINT64_MAX);
}

static void older_changes_can_be_written_alone(void **state)
{
    struct cache_fixture *fixture = *state;
    struct cache_stats stats;
    page_make(fixture, fixture->db, 1, 1);
    page_make(fixture, fixture->db, 2, 1);
    uint64_t limit = log_tip(&fixture->log);
    page_make(fixture, fixture->db, 3, 1);
    assert_int_equal(cache_write_older(fixture->cache, limit), JET_errSuccess);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(stats.dirty, 1);
    assert_int_equal(cache_oldest_begin0(fixture->cache, NULL), limit);
}

/* Until the background has done its work: only pages of the last `depth` bytes of the log are dirty. */
static size_t dirty_when_clean(struct cache_fixture *fixture, uint64_t depth)
{
    struct cache_stats stats;
    const uint64_t tip = log_tip(&fixture->log);
    do {
        assert_int_equal(database_flush_written(fixture->db), JET_errSuccess);
        cache_stats(fixture->cache, &stats);
    } while (cache_oldest_begin0(fixture->cache, fixture->db) < tip - depth);
    assert_in_range(log_durable(&fixture->log), tip - depth, tip);
    return stats.dirty;
}

static void the_background_writes_what_lies_a_depth_behind(void **state)
{
    struct cache_fixture *fixture = *state;
    cache_fixture_set_depth(fixture, 10);
    cache_fixture_reopen(fixture);
    for (unsigned round = 0; round < 3; round++) {
        for (pgno_t pgno = 30 * round + 1; pgno <= 30 * round + 30; pgno++)
            page_make(fixture, fixture->db, pgno, pgno);
        assert_in_range(dirty_when_clean(fixture, 10), 10, 11); /* the newest are left alone */
    }
}

static jet_err tell(void *context, struct frame *frame)
{
    if (frame->pgno == 1)
        os_event_set(context);
    return JET_errSuccess;
}

/* A page that could not be written is as old as before. */
static void the_background_tries_again_what_could_not_be_written(void **state)
{
    struct cache_fixture *fixture = *state;
    struct os_event *tried;
    assert_int_equal(os_event_new(&tried), JET_errSuccess);
    const struct cache_hooks hooks = {.context = tried, .before_write = tell};
    cache_fixture_set_depth(fixture, 10);
    cache_fixture_reopen(fixture);
    cache_set_hooks(fixture->cache, &hooks);
    atomic_store(&fixture->log.flush_err, JET_errLogWriteFail);
    for (pgno_t pgno = 1; pgno <= 30; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    for (unsigned round = 0; round < 3; round++) {
        assert_true(os_event_wait(tried, OS_WAIT_FOREVER));
        os_event_reset(tried);
    }
    atomic_store(&fixture->log.flush_err, JET_errSuccess);
    assert_in_range(dirty_when_clean(fixture, 10), 10, 11);
    cache_set_hooks(fixture->cache, &(const struct cache_hooks){.context = NULL});
    os_event_free(tried);
}

/* ---- the hook ---- */

struct hook {
    struct log_stream *log;
    bool logs_once;
    bool refuses;
    pgno_t refused; /* 0: all */
    unsigned calls;
};

static jet_err hook_before_write(void *context, struct frame *frame)
{
    struct hook *hook = context;
    hook->calls++;
    if (hook->refuses && (hook->refused == 0 || hook->refused == frame->pgno))
        return JET_errTaskDropped;
    if (!hook->logs_once || hook->calls == 1)
        page_needs_log(frame, fake_log_append(hook->log));
    return JET_errSuccess;
}

static void what_the_hook_logs_is_durable_too(void **state)
{
    struct cache_fixture *fixture = *state;
    struct hook hook = {.log = &fixture->log};
    const struct cache_hooks hooks = {.context = &hook, .before_write = hook_before_write};
    cache_set_hooks(fixture->cache, &hooks);
    page_make(fixture, fixture->db, 1, 1);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(hook.calls, 1);
    assert_int_equal(log_durable(&fixture->log), log_tip(&fixture->log));
}

static void what_the_hook_logged_is_needed_however_often_the_write_is_tried(void **state)
{
    struct cache_fixture *fixture = *state;
    struct hook hook = {.log = &fixture->log, .logs_once = true};
    const struct cache_hooks hooks = {.context = &hook, .before_write = hook_before_write};
    cache_set_hooks(fixture->cache, &hooks);
    page_make(fixture, fixture->db, 1, 1);
    assert_int_equal(log_flush_to(&fixture->log, log_tip(&fixture->log)), JET_errSuccess); /* the change itself */
    atomic_store(&fixture->log.flush_err, JET_errLogWriteFail);
    assert_int_equal(database_flush(fixture->db), JET_errLogWriteFail);
    assert_true(log_durable(&fixture->log) < log_tip(&fixture->log));
    assert_int_equal(database_flush(fixture->db), JET_errLogWriteFail);
    assert_int_equal(hook.calls, 2);
    atomic_store(&fixture->log.flush_err, JET_errSuccess);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_int_equal(log_durable(&fixture->log), log_tip(&fixture->log));
}

static void pages_that_cannot_be_written_yet_make_the_cache_grow(void **state)
{
    struct cache_fixture *fixture = *state;
    struct cache_stats stats;
    struct hook hook = {.log = &fixture->log, .refuses = true};
    const struct cache_hooks hooks = {.context = &hook, .before_write = hook_before_write};
    cache_set_hooks(fixture->cache, &hooks);
    for (pgno_t pgno = 1; pgno <= 300; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    cache_stats(fixture->cache, &stats);
    assert_int_equal(stats.frames, 300);
    assert_int_equal(stats.dirty, 300);
    assert_int_equal(database_flush(fixture->db), JET_errTaskDropped);
    hook.refuses = false;
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    for (pgno_t pgno = 1; pgno <= 300; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno);
}

/* ---- damage ---- */

static void change_byte(struct cache_fixture *fixture, uint64_t offset, uint8_t by)
{
    struct os_file *file;
    uint8_t byte;
    size_t actual;
    const char *path = temp_folder_path(fixture->folder, "test.edb");
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_read(file, offset, &byte, 1, &actual), JET_errSuccess);
    byte ^= by;
    assert_int_equal(os_file_write(file, offset, &byte, 1), JET_errSuccess);
    os_file_close(file);
}

/* Changes a byte of the file while the database is closed. */
static void damage(struct cache_fixture *fixture, uint64_t offset, uint8_t by)
{
    const struct database_open_options options = {
        .path = temp_folder_path(fixture->folder, "test.edb"), .dbid = 1, .is_logged = true};
    database_close(fixture->db);
    change_byte(fixture, offset, by);
    assert_int_equal(database_open(fixture->cache, &options, &fixture->db), JET_errSuccess);
}

static void a_damaged_page_is_reported_and_refused(void **state)
{
    struct cache_fixture *fixture = *state;
    struct frame *frame;
    page_make(fixture, fixture->db, 5, 55);
    page_make(fixture, fixture->db, 6, 66);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    damage(fixture, page_offset(5, 4096) + 100, 0x18);
    assert_int_equal(page_get(fixture->db, 5, PAGE_SHARED, &frame), JET_errReadVerifyFailure);
    assert_int_equal(page_get(fixture->db, 5, PAGE_EXCLUSIVE, &frame), JET_errReadVerifyFailure);
    const struct finding *finding = finding_list_first(&fixture->findings, FINDING_PAGE_CHECKSUM);
    assert_non_null(finding);
    assert_int_equal(finding->where, 5);
    assert_int_equal(finding->severity, FINDING_DAMAGE);
    assert_int_equal(page_number(fixture->db, 6), 66);
}

static void one_flipped_bit_is_mended_and_reported(void **state)
{
    struct cache_fixture *fixture = *state;
    page_make(fixture, fixture->db, 5, 55);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    damage(fixture, page_offset(5, 4096) + 100, 0x10);
    assert_int_equal(page_number(fixture->db, 5), 55);
    assert_int_equal(finding_list_count(&fixture->findings, FINDING_PAGE_CORRECTABLE), 1);
    assert_int_equal(fixture->db->pages_mended, 1);
}

/* ---- reading ahead ---- */

static void pages_read_ahead_are_read_once(void **state)
{
    struct cache_fixture *fixture = *state;
    struct cache_stats before, after;
    for (pgno_t pgno = 1; pgno <= 20; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    cache_fixture_reopen(fixture);
    assert_int_equal(page_number(fixture->db, 3), 3);
    cache_prefetch(fixture->db, 1, 8);
    cache_stats(fixture->cache, &before);
    assert_int_equal(before.reads, 8);
    for (pgno_t pgno = 1; pgno <= 8; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno);
    cache_stats(fixture->cache, &after);
    assert_int_equal(after.reads, 8);
    cache_prefetch(fixture->db, FIXTURE_PAGES - 1, 8); /* zero pages, and the end of the file */
    cache_prefetch(fixture->db, 0, 8);
    cache_prefetch(fixture->db, 12, 0);
    assert_int_equal(fixture->findings.count, 0);
}

static void pages_of_two_databases_do_not_meet(void **state)
{
    struct cache_fixture *fixture = *state;
    struct database *other = cache_fixture_database(fixture, "other.edb", FIXTURE_GENERATION);
    for (pgno_t pgno = 1; pgno <= 100; pgno++) {
        page_make(fixture, fixture->db, pgno, pgno);
        page_make(fixture, other, pgno, 1000 + pgno);
    }
    for (pgno_t pgno = 1; pgno <= 100; pgno++) {
        assert_int_equal(page_number(fixture->db, pgno), pgno);
        assert_int_equal(page_number(other, pgno), 1000 + pgno);
    }
    assert_int_equal(database_flush(other), JET_errSuccess);
    assert_int_equal(cache_oldest_begin0(fixture->cache, other), UINT64_MAX);
    assert_true(cache_oldest_begin0(fixture->cache, fixture->db) < UINT64_MAX);
    database_close(other);
    assert_int_equal(page_number(fixture->db, 100), 100);
}

static void a_latch_can_be_tried_raised_and_lowered(void **state)
{
    struct cache_fixture *fixture = *state;
    struct frame *frame, *again;
    assert_int_equal(page_try_get(fixture->db, 1, PAGE_SHARED, &frame), JET_errTaskDropped);
    page_make(fixture, fixture->db, 1, 1);
    assert_int_equal(page_get(fixture->db, 1, PAGE_SHARED, &frame), JET_errSuccess);
    assert_int_equal(page_try_get(fixture->db, 1, PAGE_EXCLUSIVE, &again), JET_errTaskDropped);
    assert_int_equal(page_try_get(fixture->db, 1, PAGE_SHARED, &again), JET_errSuccess);
    assert_ptr_equal(frame, again);
    assert_false(page_try_upgrade(frame));
    page_put(again, PAGE_SHARED);
    assert_true(page_try_upgrade(frame));
    assert_int_equal(page_try_get(fixture->db, 1, PAGE_SHARED, &again), JET_errTaskDropped);
    page_downgrade(frame);
    page_put(frame, PAGE_SHARED);
}

static void a_page_is_had_again_only_while_it_stays_in_its_frame(void **state)
{
    struct cache_fixture *fixture = *state;
    struct frame *frame;
    page_make(fixture, fixture->db, 3, 33);
    assert_int_equal(page_get(fixture->db, 3, PAGE_SHARED, &frame), JET_errSuccess);
    const uint32_t incarnation = frame->incarnation;
    page_put(frame, PAGE_SHARED);
    assert_true(page_try_again(frame, incarnation));
    assert_int_equal(frame->pgno, 3);
    assert_true(page_try_again(frame, incarnation)); /* with others */
    page_put(frame, PAGE_SHARED);
    assert_true(page_try_upgrade(frame));
    assert_false(page_try_again(frame, incarnation)); /* never waits */
    page_put(frame, PAGE_EXCLUSIVE);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    for (pgno_t pgno = 10; pgno <= FIXTURE_PAGES; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    assert_false(page_try_again(frame, incarnation)); /* it holds another */
    assert_int_equal(page_number(fixture->db, 3), 33);
    assert_false(page_try_again(frame, incarnation)); /* if it has come back, it may have changed on the way */
}

static void large_pages_work_as_well(void **state)
{
    struct cache_fixture *fixture = *state;
    cache_fixture_close(fixture);
    assert_int_equal(os_file_remove(temp_folder_path(fixture->folder, "test.edb")), JET_errSuccess);
    cache_fixture_open(fixture, 32768, 16);
    for (pgno_t pgno = 1; pgno <= 50; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    cache_fixture_reopen(fixture);
    for (pgno_t pgno = 1; pgno <= 50; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cache_fixture_setup, cache_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_page_that_was_evicted_comes_back_as_it_was),
        TEST(what_was_flushed_is_in_the_file),
        TEST(what_was_not_flushed_is_not_in_the_file),
        TEST(a_page_behind_the_end_of_the_file_is_an_error),
        TEST(a_new_page_that_is_not_made_is_forgotten),
        TEST(the_log_is_durable_before_the_page_is_written),
        TEST(a_page_stays_dirty_while_the_log_fails),
        TEST(the_header_names_the_generation_before_the_page_is_written),
        TEST(a_generation_that_begins_is_in_every_header_at_once),
        TEST(the_oldest_change_counts_until_the_file_is_flushed),
        TEST(older_changes_can_be_written_alone),
        TEST(the_background_writes_what_lies_a_depth_behind),
        TEST(the_background_tries_again_what_could_not_be_written),
        TEST(what_the_hook_logs_is_durable_too),
        TEST(what_the_hook_logged_is_needed_however_often_the_write_is_tried),
        TEST(pages_that_cannot_be_written_yet_make_the_cache_grow),
        TEST(a_damaged_page_is_reported_and_refused),
        TEST(one_flipped_bit_is_mended_and_reported),
        TEST(pages_read_ahead_are_read_once),
        TEST(pages_of_two_databases_do_not_meet),
        TEST(a_latch_can_be_tried_raised_and_lowered),
        TEST(a_page_is_had_again_only_while_it_stays_in_its_frame),
        TEST(large_pages_work_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
