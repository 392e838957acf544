/* SPDX-License-Identifier: MIT */
/* Runs of pages: what is mended, what is damage, how often a run is read, and what is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/checksum.h"
#include "format/page.h"
#include "format/patchpage.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "storage/database_file.h"
#include "support/database_image.h"
#include "support/finding_list.h"

enum { PAGES = 12 };

static const struct database_read_retry once = {.reads = 1};

/* ---- between storage and the system ---- */

static unsigned reads;          /* since the count was set to zero */
static unsigned reads_to_spoil; /* so many of them get a damaged page */
static unsigned reads_to_fail;  /* so many of them fail */

jet_err __real_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual);
jet_err __wrap_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual);

jet_err __wrap_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual)
{
    jet_err err = __real_os_file_read(file, offset, buffer, size, ret_actual);
    if (reads++ < reads_to_fail)
        return JET_errDiskIO;
    if (reads <= reads_to_spoil)
        memset((uint8_t *)buffer + 200, 0xEE, 100);
    return err;
}

/* ---- an open database, its findings and a buffer ---- */

struct bench {
    struct database_image image;
    struct finding_list findings;
    struct finding_listener listener;
    struct database_file *file;
    uint8_t *buffer; /* for all pages */
    struct database_page_counts counts;
};

/* Pages 2 - PAGES hold data, but for 3, which is zero. */
static void fill_pages(const struct database_image *image)
{
    for (pgno_t pgno = 2; pgno <= PAGES; pgno++) {
        uint8_t *page = database_image_page(image, pgno);
        if (pgno == 3)
            continue;
        page_init(page, image->page_size, PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM, pgno, 9,
                  0x46);
        for (size_t i = 200; i < image->page_size - 100; i++)
            page[i] = (uint8_t)(i * pgno + i / 256);
        database_image_seal(image, pgno);
    }
}

static void bench_make(struct bench *bench, size_t page_size)
{
    *bench = (struct bench){0};
    database_image_make_bare(&bench->image, page_size, PAGES);
    fill_pages(&bench->image);
}

static void bench_open(struct bench *bench, struct temp_folder *folder, size_t size)
{
    reads = reads_to_spoil = reads_to_fail = 0;
    bench->listener = finding_list_listener(&bench->findings);
    const char *path = database_image_store(&bench->image, folder, "db.edb", size);
    assert_int_equal(database_file_open(path, &bench->listener, &bench->file), JET_errSuccess);
    bench->findings.count = 0;
    bench->buffer = malloc((PAGES + 1) * bench->image.page_size);
    assert_non_null(bench->buffer);
    reads = 0;
}

static jet_err bench_read(struct bench *bench, pgno_t first, uint32_t count)
{
    return database_file_read_pages(bench->file, first, count, bench->buffer, &once, &bench->listener, &bench->counts);
}

static void bench_close(struct bench *bench)
{
    database_file_close(bench->file);
    database_image_done(&bench->image);
    free(bench->buffer);
}

static const size_t page_sizes[] = {2048, 4096, 8192, 16384, 32768};

/* ---- tests ---- */

static void sound_and_zero_pages_come_as_they_are_and_are_counted(void **state)
{
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct bench bench;
        bench_make(&bench, page_sizes[i]);
        bench_open(&bench, *state, bench.image.size);
        assert_int_equal(bench_read(&bench, 1, PAGES), JET_errSuccess);
        assert_memory_equal(bench.buffer, database_image_page(&bench.image, 1), PAGES * page_sizes[i]);
        assert_int_equal(bench.findings.count, 0);
        assert_int_equal(bench.counts.pages_checked, PAGES);
        assert_int_equal(bench.counts.pages_zero, 1);
        assert_int_equal(reads, 1);
        bench_close(&bench);
    }
}

static void a_flipped_bit_is_mended_in_the_buffer_and_reported(void **state)
{
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct bench bench;
        const uint32_t bit = (uint32_t)page_sizes[i] * 8 - 5000; /* in the last block */
        bench_make(&bench, page_sizes[i]);
        database_image_page(&bench.image, 5)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bench_open(&bench, *state, bench.image.size);
        assert_int_equal(bench_read(&bench, 4, 4), JET_errSuccess);
        database_image_page(&bench.image, 5)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_memory_equal(bench.buffer, database_image_page(&bench.image, 4), 4 * page_sizes[i]);
        assert_int_equal(bench.findings.count, 1);
        assert_int_equal(bench.findings.list[0].kind, FINDING_PAGE_CORRECTABLE);
        assert_int_equal(bench.findings.list[0].severity, FINDING_WARNING);
        assert_int_equal(bench.findings.list[0].where, 5);
        assert_int_equal(bench.findings.list[0].bit, bit);
        assert_int_equal(bench.counts.pages_correctable, 1);
        assert_int_equal(bench.counts.pages_damaged, 0);
        bench_close(&bench);
    }
}

static void every_block_of_a_large_page_may_have_its_flipped_bit(void **state)
{
    struct bench bench;
    bench_make(&bench, 16384);
    for (size_t block = 0; block < 4; block++)
        database_image_page(&bench.image, 7)[block * 4096 + 1000] ^= 0x40;
    bench_open(&bench, *state, bench.image.size);
    assert_int_equal(bench_read(&bench, 7, 1), JET_errSuccess);
    assert_int_equal(finding_list_count(&bench.findings, FINDING_PAGE_CORRECTABLE), 4);
    assert_int_equal(bench.findings.list[3].bit, (3 * 4096 + 1000) * 8 + 6);
    assert_int_equal(bench.counts.pages_correctable, 1);
    bench_close(&bench);
}

static void a_damaged_page_is_an_error_after_the_whole_run_was_looked_at(void **state)
{
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct bench bench;
        bench_make(&bench, page_sizes[i]);
        memset(database_image_page(&bench.image, 4) + 300, 0x11, 30);
        memset(database_image_page(&bench.image, 9) + 300, 0x11, 30);
        bench_open(&bench, *state, bench.image.size);
        assert_int_equal(bench_read(&bench, 1, PAGES), JET_errReadVerifyFailure);
        assert_memory_equal(bench.buffer, database_image_page(&bench.image, 1), PAGES * page_sizes[i]);
        assert_int_equal(bench.findings.count, 2);
        for (size_t k = 0; k < 2; k++) {
            assert_int_equal(bench.findings.list[k].kind, FINDING_PAGE_CHECKSUM);
            assert_int_equal(bench.findings.list[k].severity, FINDING_DAMAGE);
            assert_int_equal(bench.findings.list[k].err, JET_errReadVerifyFailure);
            assert_int_equal(bench.findings.list[k].where, k == 0 ? 4 : 9);
            assert_true(bench.findings.list[k].has_values);
            assert_true(bench.findings.list[k].expected != bench.findings.list[k].found);
        }
        assert_int_equal(bench.counts.pages_damaged, 2);
        assert_int_equal(bench.counts.pages_checked, PAGES);
        bench_close(&bench);
    }
}

static void the_stored_and_the_computed_checksum_are_told(void **state)
{
    struct bench bench;
    bench_make(&bench, 4096);
    uint8_t *page = database_image_page(&bench.image, 4);
    memset(page + 300, 0x11, 30);
    bench_open(&bench, *state, bench.image.size);
    assert_int_equal(bench_read(&bench, 4, 1), JET_errReadVerifyFailure);
    assert_int_equal(bench.findings.list[0].expected, le64_get(page_header(page)->checksum));
    assert_int_equal(bench.findings.list[0].found, checksum_headed_block(page, 4096, 4));
    bench_close(&bench);
}

static void a_page_of_another_place_names_it(void **state)
{
    struct bench bench;
    bench_make(&bench, 4096);
    memcpy(database_image_page(&bench.image, 6), database_image_page(&bench.image, 8), 4096);
    bench_open(&bench, *state, bench.image.size);
    assert_int_equal(bench_read(&bench, 6, 1), JET_errReadVerifyFailure);
    assert_int_equal(bench.findings.list[0].kind, FINDING_PAGE_NUMBER);
    assert_int_equal(bench.findings.list[0].expected, 6);
    assert_int_equal(bench.findings.list[0].found, 8);
    bench_close(&bench);
}

static void a_large_page_with_another_number_inside_has_its_own_error(void **state)
{
    struct bench bench;
    bench_make(&bench, 16384);
    database_image_seal_naming(&bench.image, 6, 8);
    bench_open(&bench, *state, bench.image.size);
    assert_int_equal(bench_read(&bench, 6, 1), JET_errReadPgnoVerifyFailure);
    assert_int_equal(bench.findings.list[0].kind, FINDING_PAGE_NUMBER);
    assert_int_equal(bench.findings.list[0].err, JET_errReadPgnoVerifyFailure);
    assert_int_equal(bench.findings.list[0].expected, 6);
    assert_int_equal(bench.findings.list[0].found, 8);
    bench_close(&bench);
}

/* Of four numbers that one flipped bit of the stored checksum makes of 6, two are pages of the file. */
static void a_number_that_the_file_does_not_have_is_a_bad_checksum(void **state)
{
    static const struct {
        unsigned bit;
        enum finding_kind kind;
    } flips[] = {
        {0,  FINDING_PAGE_NUMBER  }, /* 7 */
        {3,  FINDING_PAGE_CHECKSUM}, /* 14 */
        {20, FINDING_PAGE_CHECKSUM},
        {2,  FINDING_PAGE_NUMBER  }, /* 2 */
    };
    for (size_t i = 0; i < COUNT_OF(flips); i++) {
        struct bench bench;
        bench_make(&bench, 4096);
        database_image_page(&bench.image, 6)[flips[i].bit / 8] ^= (uint8_t)(1u << flips[i].bit % 8);
        bench_open(&bench, *state, bench.image.size);
        assert_int_equal(bench_read(&bench, 6, 1), JET_errReadVerifyFailure);
        assert_int_equal(bench.findings.count, 1);
        assert_int_equal(bench.findings.list[0].kind, flips[i].kind);
        assert_int_equal(bench.findings.list[0].severity, FINDING_DAMAGE);
        assert_int_equal(bench.counts.pages_damaged, 1);
        bench_close(&bench);
    }
}

/* The number of a page with the old scheme stands in the upper half of the checksum field. */
static void a_page_of_an_old_engine_that_names_page_0_is_a_bad_checksum(void **state)
{
    struct bench bench;
    bench_make(&bench, 4096);
    struct page_header_disk *page = (void *)database_image_page(&bench.image, 6);
    page->flags = le32_make(page_flags(page) & ~(uint32_t)PAGE_FLAG_NEW_CHECKSUM);
    page->checksum = le64_make(0);
    page->checksum = le64_make(checksum_xor32(page, 4096));
    bench_open(&bench, *state, bench.image.size);
    assert_int_equal(bench_read(&bench, 6, 1), JET_errReadVerifyFailure);
    assert_int_equal(bench.findings.list[0].kind, FINDING_PAGE_CHECKSUM);
    assert_false(bench.findings.list[0].has_values); /* the two sums are the same */
    bench_close(&bench);
}

static char foreign_detail[160];

static void keep_detail(void *context, const struct finding *finding)
{
    finding_report(context, finding);
    (void)snprintf(foreign_detail, sizeof foreign_detail, "%s", finding->detail ? finding->detail : "");
}

static void what_lies_behind_the_database_is_a_warning_in_words_that_fit_its_state(void **state)
{
    static const struct {
        enum dbheader_state state;
        const char *words;
    } rows[] = {
        {DBHEADER_CLEAN, "nothing is lost"     },
        {DBHEADER_DIRTY, "the page may belong "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench bench;
        bench_make(&bench, 4096);
        for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++)
            database_image_header(&bench.image, copy)->state = le32_make(rows[i].state);
        database_image_seal_headers(&bench.image);
        bench.image.bytes = realloc(bench.image.bytes, bench.image.size + 4096);
        assert_non_null(bench.image.bytes);
        memset(bench.image.bytes + bench.image.size, 0x3C, 4096);
        bench_open(&bench, *state, bench.image.size + 4096);
        struct finding_listener inner = bench.listener;
        bench.listener = (struct finding_listener){keep_detail, &inner};
        assert_int_equal(bench_read(&bench, PAGES, 2), JET_errSuccess);
        assert_int_equal(bench.findings.count, 1);
        assert_int_equal(bench.findings.list[0].kind, FINDING_PAGE_FOREIGN);
        assert_int_equal(bench.findings.list[0].severity, FINDING_WARNING);
        assert_int_equal(bench.findings.list[0].where, PAGES + 1);
        assert_int_equal(bench.counts.pages_foreign, 1);
        assert_non_null(strstr(foreign_detail, rows[i].words));
        bench_close(&bench);
    }
}

enum { BEHIND = 3, TRAILER_SIZE = 4096 };

/* `BEHIND` pages of zeros come behind the database, and the trailer is one of them. */
static void bench_make_streamed(struct bench *bench, unsigned place)
{
    bench_make(bench, TRAILER_SIZE);
    bench->image.bytes = realloc(bench->image.bytes, bench->image.size + (size_t)BEHIND * TRAILER_SIZE);
    assert_non_null(bench->image.bytes);
    uint8_t *behind = bench->image.bytes + bench->image.size;
    const struct patchpage_disk content = {.signature = database_image_header(&bench->image, 0)->signature,
                                           .generation_min_required = le32_make(5)};
    memset(behind, 0, (size_t)BEHIND * TRAILER_SIZE);
    patchpage_make(&content, behind + (size_t)place * TRAILER_SIZE, TRAILER_SIZE);
}

/* If nothing says where the database ends, because its first page was never written, the file's end counts, and the
 * trailer is there. */
static void the_trailer_of_a_copy_without_a_known_end_is_sound_if_it_is_the_last_page(void **state)
{
    for (unsigned place = 0; place < BEHIND; place++) {
        struct bench bench;
        bench_make_streamed(&bench, place);
        memset(database_image_page(&bench.image, 1), 0, TRAILER_SIZE);
        for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++)
            database_image_header(&bench.image, copy)->state = le32_make(DBHEADER_DIRTY);
        database_image_seal_headers(&bench.image);
        bench_open(&bench, *state, bench.image.size + (size_t)BEHIND * TRAILER_SIZE);
        assert_int_equal(bench_read(&bench, PAGES + 1, BEHIND), place < BEHIND - 1 ? JET_errReadVerifyFailure : 0);
        assert_int_equal(bench.counts.pages_damaged, place < BEHIND - 1);
        bench_close(&bench);
    }
}

/* The end of a database that is not clean lags on disk: zero pages, or others, may lie between it and the trailer. */
static void the_trailer_of_a_streamed_copy_is_sound_if_it_is_the_last_page(void **state)
{
    for (unsigned place = 0; place < BEHIND; place++) {
        struct bench bench;
        bench_make_streamed(&bench, place);
        bench_open(&bench, *state, bench.image.size + (size_t)BEHIND * TRAILER_SIZE);
        assert_int_equal(bench_read(&bench, PAGES + 1, BEHIND), JET_errSuccess);
        assert_int_equal(bench.counts.pages_foreign, place < BEHIND - 1);
        assert_int_equal(bench.findings.count, place < BEHIND - 1);
        bench_close(&bench);
    }
}

static void runs_outside_of_the_file_are_refused(void **state)
{
    static const struct {
        pgno_t first;
        uint32_t count;
    } outside[] = {
        {0,          1         },
        {PAGES + 1,  1         },
        {PAGES,      2         },
        {1,          PAGES + 1 },
        {2,          UINT32_MAX},
        {UINT32_MAX, 2         },
    };
    struct bench bench;
    bench_make(&bench, 4096);
    bench_open(&bench, *state, bench.image.size);
    for (size_t i = 0; i < COUNT_OF(outside); i++)
        assert_int_equal(bench_read(&bench, outside[i].first, outside[i].count), JET_errFileIOBeyondEOF);
    assert_int_equal(reads, 0);
    bench_close(&bench);
}

static void a_run_that_is_whole_at_the_third_reading_is_not_reported(void **state)
{
    static const struct database_read_retry patient = {.reads = 17, .pause_ms = 1};
    struct bench bench;
    bench_make(&bench, 4096);
    bench_open(&bench, *state, bench.image.size);
    reads_to_spoil = 2;
    assert_int_equal(database_file_read_pages(bench.file, 1, 5, bench.buffer, &patient, &bench.listener, NULL),
                     JET_errSuccess);
    assert_int_equal(reads, 3);
    assert_int_equal(bench.findings.count, 0);
    assert_memory_equal(bench.buffer, database_image_page(&bench.image, 1), 5 * 4096);

    reads = 0;
    reads_to_fail = 2;
    assert_int_equal(database_file_read_pages(bench.file, 1, 5, bench.buffer, &patient, &bench.listener, NULL),
                     JET_errSuccess);
    assert_int_equal(reads, 3);
    assert_int_equal(bench.findings.count, 0);
    bench_close(&bench);
}

static void damage_is_reported_once_after_the_last_reading(void **state)
{
    static const struct database_read_retry five = {.reads = 5};
    struct bench bench;
    bench_make(&bench, 4096);
    memset(database_image_page(&bench.image, 4) + 300, 0x11, 30);
    bench_open(&bench, *state, bench.image.size);
    assert_int_equal(database_file_read_pages(bench.file, 1, 5, bench.buffer, &five, &bench.listener, &bench.counts),
                     JET_errReadVerifyFailure);
    assert_int_equal(reads, 5);
    assert_int_equal(bench.findings.count, 1);
    assert_int_equal(bench.counts.pages_checked, 5);
    bench_close(&bench);
}

static void a_mended_bit_is_no_reason_to_read_again(void **state)
{
    static const struct database_read_retry five = {.reads = 5};
    struct bench bench;
    bench_make(&bench, 4096);
    database_image_page(&bench.image, 4)[300] ^= 1;
    bench_open(&bench, *state, bench.image.size);
    assert_int_equal(database_file_read_pages(bench.file, 4, 1, bench.buffer, &five, &bench.listener, NULL),
                     JET_errSuccess);
    assert_int_equal(reads, 1);
    bench_close(&bench);
}

static void an_error_of_the_system_is_reported_and_counts_nothing(void **state)
{
    struct bench bench;
    bench_make(&bench, 4096);
    bench_open(&bench, *state, bench.image.size);
    reads_to_fail = 1;
    assert_int_equal(bench_read(&bench, 2, 2), JET_errDiskIO);
    assert_int_equal(bench.findings.count, 1);
    assert_int_equal(bench.findings.list[0].kind, FINDING_FILE);
    assert_int_equal(bench.findings.list[0].severity, FINDING_ERROR);
    assert_int_equal(bench.findings.list[0].where, 3 * 4096);
    assert_int_equal(bench.counts.pages_checked, 0);
    bench_close(&bench);
}

static void a_file_that_shrank_after_open_is_an_error(void **state)
{
    struct bench bench;
    bench_make(&bench, 4096);
    bench_open(&bench, *state, bench.image.size);
    struct os_file *same = NULL;
    if (os_file_open(temp_folder_path(*state, "db.edb"), OS_FILE_READ_WRITE, &same) < JET_errSuccess) {
        bench_close(&bench);
        skip(); /* Windows lets nobody shorten a file that somebody reads */
    }
    assert_int_equal(os_file_set_size(same, bench.image.size - 4096), JET_errSuccess);
    os_file_close(same);
    assert_int_equal(bench_read(&bench, PAGES, 1), JET_errFileIOBeyondEOF);
    assert_int_equal(finding_list_count(&bench.findings, FINDING_FILE), 1);
    bench_close(&bench);
}

static void a_stop_cuts_the_pauses_short(void **state)
{
    struct os_event *stop = NULL;
    struct bench bench;
    bench_make(&bench, 4096);
    memset(database_image_page(&bench.image, 4) + 300, 0x11, 30);
    bench_open(&bench, *state, bench.image.size);
    assert_int_equal(os_event_new(&stop), JET_errSuccess);
    os_event_set(stop);
    const struct database_read_retry patient = {.reads = 17, .pause_ms = 60000, .stop = stop};
    uint64_t begin = os_clock_monotonic_ns();
    assert_int_equal(database_file_read_pages(bench.file, 4, 1, bench.buffer, &patient, &bench.listener, NULL),
                     JET_errBackupAbortByServer);
    assert_true(os_clock_monotonic_ns() - begin < 30000000000u);
    assert_int_equal(reads, 1);
    assert_int_equal(bench.findings.count, 0);
    os_event_free(stop);
    bench_close(&bench);
}

static void raw_pages_are_neither_mended_nor_judged(void **state)
{
    struct bench bench;
    bench_make(&bench, 4096);
    database_image_page(&bench.image, 4)[300] ^= 1;
    memset(database_image_page(&bench.image, 5) + 300, 0x11, 30);
    bench_open(&bench, *state, bench.image.size);
    for (int64_t pgno = -1; pgno <= PAGES; pgno++) {
        assert_int_equal(database_file_read_raw(bench.file, pgno, bench.buffer, &bench.listener), JET_errSuccess);
        assert_memory_equal(bench.buffer, bench.image.bytes + (pgno + 1) * 4096, 4096);
    }
    assert_int_equal(database_file_read_raw(bench.file, -2, bench.buffer, &bench.listener), JET_errFileIOBeyondEOF);
    assert_int_equal(database_file_read_raw(bench.file, PAGES + 1, bench.buffer, &bench.listener),
                     JET_errFileIOBeyondEOF);
    assert_int_equal(bench.findings.count, 0);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(sound_and_zero_pages_come_as_they_are_and_are_counted),
        IN_FOLDER(a_flipped_bit_is_mended_in_the_buffer_and_reported),
        IN_FOLDER(every_block_of_a_large_page_may_have_its_flipped_bit),
        IN_FOLDER(a_damaged_page_is_an_error_after_the_whole_run_was_looked_at),
        IN_FOLDER(the_stored_and_the_computed_checksum_are_told),
        IN_FOLDER(a_page_of_another_place_names_it),
        IN_FOLDER(a_large_page_with_another_number_inside_has_its_own_error),
        IN_FOLDER(a_number_that_the_file_does_not_have_is_a_bad_checksum),
        IN_FOLDER(a_page_of_an_old_engine_that_names_page_0_is_a_bad_checksum),
        IN_FOLDER(what_lies_behind_the_database_is_a_warning_in_words_that_fit_its_state),
        IN_FOLDER(the_trailer_of_a_streamed_copy_is_sound_if_it_is_the_last_page),
        IN_FOLDER(the_trailer_of_a_copy_without_a_known_end_is_sound_if_it_is_the_last_page),
        IN_FOLDER(runs_outside_of_the_file_are_refused),
        IN_FOLDER(a_run_that_is_whole_at_the_third_reading_is_not_reported),
        IN_FOLDER(damage_is_reported_once_after_the_last_reading),
        IN_FOLDER(a_mended_bit_is_no_reason_to_read_again),
        IN_FOLDER(an_error_of_the_system_is_reported_and_counts_nothing),
        IN_FOLDER(a_file_that_shrank_after_open_is_an_error),
        IN_FOLDER(a_stop_cuts_the_pauses_short),
        IN_FOLDER(raw_pages_are_neither_mended_nor_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
