/* SPDX-License-Identifier: MIT */
/* Every page of a file, on one thread and on several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/page.h"
#include "format/space.h"
#include "os/os_file.h"
#include "storage/database_verify.h"
#include "support/corpus.h"
#include "support/database_image.h"
#include "support/finding_list.h"

enum {
    PAGES = 5000, /* of 4096 bytes: about twenty runs of 1 MiB */
    RUN_PAGES = 256,
};

static const unsigned job_counts[] = {1, 2, 4, 9};

/* ---- between storage and the system ---- */

static uint64_t failing_offset; /* a read that touches it fails; 0: none */

jet_err __real_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual);
jet_err __wrap_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual);

jet_err __wrap_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual)
{
    if (failing_offset >= offset && failing_offset - offset < size && failing_offset != 0)
        return JET_errDiskIO;
    return __real_os_file_read(file, offset, buffer, size, ret_actual);
}

/* ---- a listener that keeps page numbers, and looks at what it was promised ---- */

struct watch {
    unsigned count[PAGES + 1]; /* findings of each page */
    size_t total;
    size_t errors;
    uint64_t last_progress;
    unsigned progress_calls;
    pgno_t last_page_of_run[PAGES / RUN_PAGES + 1];
    struct os_event *cancel; /* set at the first finding */
};

/* No lock and no atomic: the sanitizers know if this is called on another thread. */
static void watch_finding(void *context, const struct finding *finding)
{
    struct watch *watch = context;
    watch->total++;
    if (watch->cancel)
        os_event_set(watch->cancel);
    if (finding->severity == FINDING_ERROR)
        watch->errors++;
    if (finding->place != FINDING_AT_PAGE)
        return;
    pgno_t pgno = (pgno_t)finding->where;
    size_t run = (pgno - 1) / RUN_PAGES;
    assert_in_range(pgno, 1, PAGES);
    assert_true(pgno >= watch->last_page_of_run[run]); /* in order within a run */
    watch->last_page_of_run[run] = pgno;
    watch->count[pgno]++;
}

static void watch_progress(void *context, uint64_t bytes_done)
{
    struct watch *watch = context;
    assert_true(bytes_done >= watch->last_progress);
    watch->last_progress = bytes_done;
    watch->progress_calls++;
}

static void make_image(struct database_image *image)
{
    database_image_make_bare(image, 4096, PAGES);
    for (pgno_t pgno = 2; pgno <= PAGES; pgno++) {
        uint8_t *page = database_image_page(image, pgno);
        if (pgno % 10 == 0)
            continue; /* zero */
        page_init(page, 4096, PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM, pgno, 9, 0x46);
        memset(page + 200, (int)(pgno & 0xFF), 1000);
        database_image_seal(image, pgno);
    }
}

static void spoil(const struct database_image *image, pgno_t pgno)
{
    for (size_t i = 300; i < 317; i++)
        database_image_page(image, pgno)[i] ^= 0x5A;
}

static jet_err verify(const char *path, unsigned jobs, struct watch *watch, struct database_page_counts *counts)
{
    const struct finding_listener listener = {watch_finding, watch};
    const struct database_verify_options options = {
        .jobs = jobs, .cancel = watch->cancel, .progress = watch_progress, .progress_context = watch};
    struct database_file *file = NULL;
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    jet_err err = database_verify(file, &options, &listener, counts);
    database_file_close(file);
    return err;
}

static void a_sound_file_is_checked_whole_by_any_number_of_threads(void **state)
{
    struct database_image image;
    make_image(&image);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    for (size_t i = 0; i < COUNT_OF(job_counts); i++) {
        struct watch watch = {0};
        struct database_page_counts counts;
        assert_int_equal(verify(path, job_counts[i], &watch, &counts), JET_errSuccess);
        assert_int_equal(counts.pages_checked, PAGES);
        assert_int_equal(counts.pages_zero, PAGES / 10);
        assert_int_equal(watch.total, 0);
        assert_int_equal(watch.last_progress, image.size);
    }
    database_image_done(&image);
}

static void all_damage_is_found_once_by_any_number_of_threads(void **state)
{
    struct database_image image;
    make_image(&image);
    unsigned damaged = 0, mended = 0;
    for (pgno_t pgno = 2; pgno <= PAGES; pgno++) {
        if (pgno % 7 == 3 && pgno % 10 != 0) {
            spoil(&image, pgno);
            damaged++;
        } else if (pgno % 7 == 5 && pgno % 10 != 0) {
            database_image_page(&image, pgno)[400] ^= 8;
            mended++;
        }
    }
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    for (size_t i = 0; i < COUNT_OF(job_counts); i++) {
        struct watch watch = {0};
        struct database_page_counts counts;
        assert_int_equal(verify(path, job_counts[i], &watch, &counts), JET_errReadVerifyFailure);
        assert_int_equal(counts.pages_checked, PAGES);
        assert_int_equal(counts.pages_damaged, damaged);
        assert_int_equal(counts.pages_correctable, mended);
        assert_int_equal(watch.total, damaged + mended);
        for (pgno_t pgno = 2; pgno <= PAGES; pgno++)
            assert_int_equal(watch.count[pgno], (pgno % 7 == 3 || pgno % 7 == 5) && pgno % 10 != 0);
    }
    database_image_done(&image);
}

static void the_error_is_that_of_the_first_damaged_page(void **state)
{
    struct database_image image;
    database_image_make_bare(&image, 16384, 300);
    for (pgno_t pgno = 200; pgno <= 300; pgno++) {
        page_init(database_image_page(&image, pgno), 16384,
                  PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD | PAGE_FLAG_NEW_CHECKSUM, pgno, 9, 0x46);
        database_image_seal(&image, pgno);
    }
    spoil(&image, 290);
    database_image_seal_naming(&image, 201, 202);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    for (size_t i = 0; i < COUNT_OF(job_counts); i++) {
        struct watch watch = {0};
        struct database_page_counts counts;
        assert_int_equal(verify(path, job_counts[i], &watch, &counts), JET_errReadPgnoVerifyFailure);
        assert_int_equal(counts.pages_damaged, 2);
    }
    database_image_done(&image);
}

static void a_cut_file_fails_though_all_its_pages_are_sound(void **state)
{
    static const size_t missing[] = {1, 4096, 5000};
    struct database_image image;
    make_image(&image);
    for (size_t i = 0; i < COUNT_OF(missing); i++) {
        struct watch watch = {0};
        struct database_page_counts counts;
        const char *path = database_image_store(&image, *state, "db.edb", image.size - missing[i]);
        assert_int_equal(verify(path, 1 + (unsigned)i, &watch, &counts), JET_errDatabaseCorrupted);
        assert_int_equal(counts.pages_checked, PAGES - (missing[i] + 4095) / 4096);
        assert_int_equal(counts.pages_damaged, 0);
    }
    database_image_done(&image);
}

static void a_file_without_pages_fails(void **state)
{
    struct database_image image;
    make_image(&image);
    const char *path = database_image_store(&image, *state, "db.edb", 2 * 4096);
    for (size_t i = 0; i < COUNT_OF(job_counts); i++) {
        struct watch watch = {0};
        struct database_page_counts counts;
        assert_int_equal(verify(path, job_counts[i], &watch, &counts), JET_errDatabaseCorrupted);
        assert_int_equal(counts.pages_checked, 0);
    }
    database_image_done(&image);
}

enum { OWNED_PAGES = 4500 }; /* of a database that has more: both sorts of pages meet in one run */

/* The words must be those of the page, whatever else its mailbox holds. */
static void watch_words(void *context, const struct finding *finding)
{
    const char *words = finding->where > OWNED_PAGES ? "nothing is lost" : "flipped";
    assert_non_null(finding->detail);
    assert_non_null(strstr(finding->detail, words));
    watch_finding(context, finding);
}

static void words_stay_with_their_page_by_any_number_of_threads(void **state)
{
    const struct space_header space = {.count_pages = OWNED_PAGES};
    struct space_header_disk disk;
    struct database_image image;
    make_image(&image);
    assert_int_equal(space_header_encode(&space, &disk), JET_errSuccess);
    assert_int_equal(page_replace(database_image_page(&image, 1), 4096, 0, 0, &disk, sizeof disk), JET_errSuccess);
    database_image_seal(&image, 1);
    for (pgno_t pgno = 4401; pgno < 4600; pgno += 2)
        database_image_page(&image, pgno)[2] ^= 0x10; /* as if it were a page far behind the end of the file */
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    for (size_t i = 0; i < COUNT_OF(job_counts); i++) {
        struct watch watch = {0};
        const struct finding_listener listener = {watch_words, &watch};
        const struct database_verify_options options = {.jobs = job_counts[i]};
        struct database_page_counts counts;
        struct database_file *file = NULL;
        assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
        assert_int_equal(database_verify(file, &options, &listener, &counts), JET_errReadVerifyFailure);
        database_file_close(file);
        assert_int_equal(counts.pages_damaged, 50);
        assert_int_equal(counts.pages_foreign, 50);
        assert_int_equal(watch.total, 100);
    }
    database_image_done(&image);
}

static void a_failing_read_ends_the_check_with_one_error(void **state)
{
    struct database_image image;
    make_image(&image);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    for (size_t i = 0; i < COUNT_OF(job_counts); i++) {
        struct watch watch = {0};
        struct database_page_counts counts;
        failing_offset = 4096 * 2000;
        assert_int_equal(verify(path, job_counts[i], &watch, &counts), JET_errDiskIO);
        failing_offset = 0;
        assert_int_equal(watch.errors, 1);
        assert_true(counts.pages_checked < PAGES);
    }
    database_image_done(&image);
}

static void a_set_cancel_ends_the_check(void **state)
{
    struct database_image image;
    make_image(&image);
    for (pgno_t pgno = 2; pgno <= PAGES; pgno += 100)
        spoil(&image, pgno);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    for (size_t i = 0; i < COUNT_OF(job_counts); i++) {
        struct watch watch = {0};
        struct database_page_counts counts;
        assert_int_equal(os_event_new(&watch.cancel), JET_errSuccess);
        assert_int_equal(verify(path, job_counts[i], &watch, &counts), JET_errBackupAbortByServer);
        assert_true(counts.pages_checked < PAGES);
        assert_true(watch.total > 0);
        os_event_free(watch.cancel);
    }
    database_image_done(&image);
}

static void real_databases_are_sound(void **state)
{
    for (size_t i = 0; i < corpus_count; i++) {
        const struct corpus_file *known = &corpus_files[i];
        char *path = corpus_path(known);
        for (size_t j = 0; path && j < COUNT_OF(job_counts); j++) {
            struct watch watch = {0};
            struct database_page_counts counts;
            assert_int_equal(verify(path, job_counts[j], &watch, &counts), JET_errSuccess);
            assert_int_equal(counts.pages_checked, known->file_pages);
            assert_int_equal(counts.pages_zero, known->pages_zero);
            assert_int_equal(counts.pages_damaged + counts.pages_correctable + counts.pages_foreign, 0);
            assert_int_equal(watch.total, 0);
        }
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(a_sound_file_is_checked_whole_by_any_number_of_threads),
        IN_FOLDER(all_damage_is_found_once_by_any_number_of_threads),
        IN_FOLDER(the_error_is_that_of_the_first_damaged_page),
        IN_FOLDER(a_cut_file_fails_though_all_its_pages_are_sound),
        IN_FOLDER(a_file_without_pages_fails),
        IN_FOLDER(words_stay_with_their_page_by_any_number_of_threads),
        IN_FOLDER(a_failing_read_ends_the_check_with_one_error),
        IN_FOLDER(a_set_cancel_ends_the_check),
        cmocka_unit_test(real_databases_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
