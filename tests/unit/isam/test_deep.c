/* SPDX-License-Identifier: MIT */
/* The whole check on sound databases: real ones, and those of the sample writer. What it finds in damaged ones:
 * test_deep_damage.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "isam/deep.h"
#include "os/os_thread.h"
#include "support/corpus.h"
#include "support/database_image.h"
#include "support/finding_list.h"

static jet_err check(const char *path, const struct deep_options *options, struct finding_list *findings,
                     struct deep_counts *counts)
{
    struct finding_listener listener = finding_list_listener(findings);
    struct database_file *file = NULL;
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    jet_err err = deep_verify(file, options, &listener, counts);
    database_file_close(file);
    return err;
}

static void nothing_is_found_in_real_databases(void **state)
{
    for (size_t i = 0; i < corpus_count; i++) {
        const struct deep_options options = {0};
        struct finding_list findings = {0};
        struct deep_counts counts;
        char *path = corpus_path(&corpus_files[i]);
        if (!path)
            continue;
        assert_int_equal(check(path, &options, &findings, &counts), JET_errSuccess);
        assert_int_equal(findings.count,
                         finding_list_count(&findings, FINDING_UNJUDGED)); /* keys of text, by Windows */
        assert_int_equal(counts.damages + counts.warnings, 0);
        assert_int_equal(counts.pages_tree + counts.pages_space + counts.pages_available, corpus_files[i].last_page);
        assert_true(counts.records > 2 * (uint64_t)corpus_files[i].catalog_records);
        free(path);
    }
}

static void nothing_is_found_in_samples_of_every_page_size(void **state)
{
    static const uint32_t page_sizes[] = {4096, 8192, 16384, 32768};
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        const struct deep_options options = {.jobs = 2};
        struct database_image image;
        struct finding_list findings = {0};
        struct deep_counts counts;
        database_image_make(&image, *state, page_sizes[i]);
        const char *path = database_image_store(&image, *state, "db.edb", image.size);
        assert_int_equal(check(path, &options, &findings, &counts), JET_errSuccess);
        assert_int_equal(findings.count, 0);
        assert_int_equal(counts.pages_tree + counts.pages_space + counts.pages_available, image.count_pages);
        assert_true(counts.trees >= 10 && counts.index_entries > 0);
        database_image_done(&image);
    }
}

static void count_progress(void *context, uint64_t pages_done)
{
    uint64_t *last = context;
    assert_true(pages_done > *last);
    *last = pages_done;
}

static void progress_grows_and_a_stop_ends_the_check(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct deep_counts counts;
    uint64_t last = 0;
    struct deep_options options = {.progress = count_progress, .progress_context = &last};
    database_image_make(&image, *state, 4096);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(check(path, &options, &findings, &counts), JET_errSuccess);
    assert_true(last > 0 && last <= image.count_pages);

    assert_int_equal(os_event_new(&options.cancel), JET_errSuccess);
    os_event_set(options.cancel);
    last = 0;
    assert_int_equal(check(path, &options, &findings, &counts), JET_errBackupAbortByServer);
    options.pages_are_verified = true;
    last = 0;
    assert_int_equal(check(path, &options, &findings, &counts), JET_errBackupAbortByServer);
    os_event_free(options.cancel);
    database_image_done(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_found_in_real_databases),
        cmocka_unit_test_setup_teardown(nothing_is_found_in_samples_of_every_page_size, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(progress_grows_and_a_stop_ends_the_check, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
