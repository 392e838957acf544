/* SPDX-License-Identifier: MIT */
/* Opening a database file: headers, sizes, what is refused and how that is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/page.h"
#include "os/os_file.h"
#include "storage/database_file.h"
#include "support/corpus.h"
#include "support/database_image.h"
#include "support/finding_list.h"

static const size_t page_sizes[] = {2048, 4096, 8192, 16384, 32768};

enum { BARE_PAGES = 20 };

/* Opens a file that must open. */
static struct database_file *open_well(const char *path, struct finding_list *findings)
{
    struct finding_listener listener = finding_list_listener(findings);
    struct database_file *file = NULL;
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    return file;
}

/* Opens a file that must not; exactly one error is reported, of this kind and with the code that is returned. */
static void open_badly(const char *path, jet_err err, enum finding_kind kind)
{
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    struct database_file *file = NULL;
    assert_int_equal(database_file_open(path, &listener, &file), err);
    assert_null(file);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].severity, FINDING_ERROR);
    assert_int_equal(findings.list[0].kind, kind);
    assert_int_equal(findings.list[0].err, err);
}

static void every_page_size_opens_without_a_finding(void **state)
{
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct database_image image;
        struct finding_list findings = {0};
        database_image_make_bare(&image, page_sizes[i], BARE_PAGES);
        struct database_file *file = open_well(database_image_store(&image, *state, "db.edb", image.size), &findings);
        const struct database_file_info *info = database_file_info(file);
        assert_int_equal(findings.count, 0);
        assert_int_equal(info->page_size, page_sizes[i]);
        assert_int_equal(info->file_size, image.size);
        assert_int_equal(info->file_pages, BARE_PAGES);
        assert_int_equal(info->last_page, BARE_PAGES);
        assert_true(info->last_page_known);
        assert_true(info->size_is_right);
        assert_int_equal(info->tail_bytes, 0);
        assert_true(info->first_copy_valid && info->second_copy_valid);
        assert_int_equal(le32_get(info->header->state), DBHEADER_CLEAN);
        database_file_close(file);
        database_image_done(&image);
    }
}

static void page_size_0_in_the_header_means_4096(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    database_image_make_bare(&image, 4096, BARE_PAGES);
    database_image_header(&image, 0)->page_size = le32_make(0);
    database_image_header(&image, 1)->page_size = le32_make(0);
    database_image_seal_headers(&image);
    struct database_file *file = open_well(database_image_store(&image, *state, "db.edb", image.size), &findings);
    assert_int_equal(findings.count, 0);
    assert_int_equal(database_file_info(file)->page_size, 4096);
    database_file_close(file);
    database_image_done(&image);
}

static void a_damaged_header_copy_is_a_warning_and_the_other_counts(void **state)
{
    for (unsigned bad = 0; bad < DBHEADER_COPIES; bad++) {
        for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
            struct database_image image;
            struct finding_list findings = {0};
            database_image_make_bare(&image, page_sizes[i], BARE_PAGES);
            database_image_header(&image, bad)->dbtime.b[3] ^= 0x10;
            struct database_file *file =
                open_well(database_image_store(&image, *state, "db.edb", image.size), &findings);
            assert_int_equal(findings.count, 1);
            assert_int_equal(findings.list[0].kind, FINDING_HEADER_COPY);
            assert_int_equal(findings.list[0].severity, FINDING_WARNING);
            assert_int_equal(findings.list[0].place, FINDING_AT_COPY);
            assert_int_equal(findings.list[0].where, bad);
            assert_true(findings.list[0].has_values);
            assert_int_equal(findings.list[0].expected ^ findings.list[0].found, 0x10000000);
            assert_int_equal(database_file_info(file)->first_copy_valid, bad != 0);
            assert_int_equal(database_file_info(file)->second_copy_valid, bad != 1);
            database_file_close(file);
            database_image_done(&image);
        }
    }
}

static void a_header_copy_of_another_page_size_is_not_called_a_bad_checksum(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    database_image_make_bare(&image, 4096, BARE_PAGES);
    struct dbheader_disk *second = database_image_header(&image, 1);
    second->page_size = le32_make(8192);
    dbheader_seal(second, 4096);
    struct database_file *file = open_well(database_image_store(&image, *state, "db.edb", image.size), &findings);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].kind, FINDING_HEADER_COPY);
    assert_int_equal(findings.list[0].where, 1);
    assert_false(findings.list[0].has_values);
    assert_false(database_file_info(file)->second_copy_valid);
    database_file_close(file);
    database_image_done(&image);
}

/* The three states in which an engine takes a database, with recovery or without. */
static bool is_attached_by_engines(uint32_t number)
{
    return number == DBHEADER_DIRTY || number == DBHEADER_CLEAN || number == DBHEADER_DIRTY_AND_PATCHED;
}

static void a_state_in_which_no_engine_attaches_it_is_a_warning(void **state)
{
    static const uint32_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 99, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct database_image image;
        struct finding_list findings = {0};
        database_image_make_bare(&image, 4096, BARE_PAGES);
        for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++)
            database_image_header(&image, copy)->state = le32_make(numbers[i]);
        database_image_seal_headers(&image);
        database_file_close(open_well(database_image_store(&image, *state, "db.edb", image.size), &findings));
        assert_int_equal(findings.count, !is_attached_by_engines(numbers[i]));
        assert_int_equal(finding_list_count(&findings, FINDING_DATABASE_STATE), findings.count);
        assert_int_equal(finding_list_count_severity(&findings, FINDING_WARNING), findings.count);
        database_image_done(&image);
    }
}

static void copied_headers_are_whole_whichever_copy_was_damaged(void **state)
{
    for (unsigned bad = 0; bad < DBHEADER_COPIES; bad++) {
        struct database_image image;
        struct finding_list findings = {0};
        uint8_t headers[2 * 4096];
        database_image_make_bare(&image, 4096, BARE_PAGES);
        uint8_t *whole = malloc(4096);
        memcpy(whole, image.bytes, 4096);
        memset(database_image_header(&image, bad), 0x5A, 4096);
        struct database_file *file = open_well(database_image_store(&image, *state, "db.edb", image.size), &findings);
        database_file_copy_headers(file, headers);
        assert_memory_equal(headers, whole, 4096);
        assert_memory_equal(headers + 4096, whole, 4096);
        database_file_close(file);
        free(whole);
        database_image_done(&image);
    }
}

static void two_valid_copies_that_differ_are_given_as_they_are(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    uint8_t headers[2 * 8192];
    database_image_make_bare(&image, 8192, BARE_PAGES);
    database_image_header(&image, 0)->dbtime = le64_make(0x50);
    database_image_seal_headers(&image);
    struct database_file *file = open_well(database_image_store(&image, *state, "db.edb", image.size), &findings);
    database_file_copy_headers(file, headers);
    assert_memory_equal(headers, image.bytes, sizeof headers);
    assert_int_equal(le64_get(database_file_info(file)->header->dbtime), 0x50); /* the first counts */
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].kind, FINDING_HEADER_DIFFER);
    assert_int_equal(findings.list[0].severity, FINDING_NOTE);
    assert_int_equal(findings.list[0].err, JET_errSuccess);
    database_file_close(file);
    database_image_done(&image);
}

static void one_copy_that_is_clean_and_one_that_is_not_are_a_warning(void **state)
{
    for (unsigned dirty = 0; dirty < DBHEADER_COPIES; dirty++) {
        struct database_image image;
        struct finding_list findings = {0};
        database_image_make_bare(&image, 8192, BARE_PAGES);
        database_image_header(&image, dirty)->state = le32_make(DBHEADER_DIRTY);
        database_image_seal_headers(&image);
        struct database_file *file = open_well(database_image_store(&image, *state, "db.edb", image.size), &findings);
        assert_int_equal(findings.count, 1);
        assert_int_equal(findings.list[0].kind, FINDING_HEADER_DIFFER);
        assert_int_equal(findings.list[0].severity, FINDING_WARNING);
        assert_int_equal(le32_get(database_file_info(file)->header->state),
                         dirty == 0 ? DBHEADER_DIRTY : DBHEADER_CLEAN);
        database_file_close(file);
        database_image_done(&image);
    }
}

static void a_database_without_a_valid_header_is_refused_as_damaged(void **state)
{
    struct database_image image;
    database_image_make_bare(&image, 4096, BARE_PAGES);
    database_image_header(&image, 0)->dbtime.b[0] ^= 1;
    database_image_header(&image, 1)->dbtime.b[0] ^= 1;
    open_badly(database_image_store(&image, *state, "db.edb", image.size), JET_errReadVerifyFailure, FINDING_HEADER);
    database_image_done(&image);
}

static void a_page_size_that_lies_is_refused(void **state)
{
    struct database_image image;
    database_image_make_bare(&image, 4096, BARE_PAGES);
    for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++)
        database_image_header(&image, copy)->page_size = le32_make(8192);
    database_image_seal_headers(&image);
    open_badly(database_image_store(&image, *state, "db.edb", image.size), JET_errReadVerifyFailure, FINDING_HEADER);
    database_image_done(&image);
}

static void other_formats_and_other_files_are_refused(void **state)
{
    static const char text[] = "This is no database, but it is longer than nothing.";
    struct database_image image;
    open_badly(temp_folder_write(*state, "text", text, sizeof text), JET_errDatabaseCorrupted, FINDING_FILE_TYPE);
    open_badly(temp_folder_write(*state, "empty", text, 0), JET_errDatabaseCorrupted, FINDING_FILE_TYPE);
    database_image_make_bare(&image, 4096, BARE_PAGES);
    for (unsigned copy = 0; copy < DBHEADER_COPIES; copy++)
        database_image_header(&image, copy)->version = le32_make(DBHEADER_VERSION + 1);
    database_image_seal_headers(&image);
    open_badly(database_image_store(&image, *state, "new.edb", image.size), JET_errInvalidDatabaseVersion,
               FINDING_FILE_TYPE);
    database_image_done(&image);
}

static void what_is_no_file_is_refused_with_the_code_of_the_system(void **state)
{
    open_badly(temp_folder_path(*state, "nowhere.edb"), JET_errFileNotFound, FINDING_FILE);
    open_badly(temp_folder_root(*state), JET_errInvalidPath, FINDING_FILE);
}

static void a_file_shorter_than_its_database_is_damage_and_opens(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    database_image_make_bare(&image, 4096, BARE_PAGES);
    const char *path = database_image_store(&image, *state, "db.edb", image.size - 3 * 4096 - 100);
    struct database_file *file = open_well(path, &findings);
    const struct database_file_info *info = database_file_info(file);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].kind, FINDING_FILE_SIZE);
    assert_int_equal(findings.list[0].severity, FINDING_DAMAGE);
    assert_int_equal(findings.list[0].expected, image.size);
    assert_int_equal(findings.list[0].found, image.size - 3 * 4096 - 100);
    assert_int_equal(info->last_page, BARE_PAGES);
    assert_int_equal(info->file_pages, BARE_PAGES - 4);
    assert_int_equal(info->tail_bytes, 4096 - 100);
    assert_false(info->size_is_right);
    database_file_close(file);
    database_image_done(&image);
}

static void bytes_behind_the_last_whole_page_are_damage_and_can_be_read(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    database_image_make_bare(&image, 4096, BARE_PAGES);
    image.bytes = realloc(image.bytes, image.size + 10);
    assert_non_null(image.bytes);
    memcpy(image.bytes + image.size, "0123456789", 10);
    struct database_file *file = open_well(database_image_store(&image, *state, "db.edb", image.size + 10), &findings);
    struct finding_listener listener = finding_list_listener(&findings);
    char tail[10];
    assert_int_equal(finding_list_count(&findings, FINDING_FILE_SIZE), 1);
    assert_int_equal(database_file_info(file)->tail_bytes, 10);
    assert_int_equal(database_file_read_tail(file, tail, &listener), JET_errSuccess);
    assert_memory_equal(tail, "0123456789", 10);
    database_file_close(file);
    database_image_done(&image);
}

static void a_file_cut_anywhere_never_passes_as_whole(void **state)
{
    struct database_image image;
    database_image_make_bare(&image, 2048, BARE_PAGES);
    for (size_t size = 0; size < image.size; size += 509) {
        struct finding_list findings = {0};
        struct finding_listener listener = finding_list_listener(&findings);
        struct database_file *file = NULL;
        jet_err err = database_file_open(database_image_store(&image, *state, "db.edb", size), &listener, &file);
        if (err == JET_errSuccess) {
            assert_false(database_file_info(file)->size_is_right);
            assert_true(finding_list_count_severity(&findings, FINDING_DAMAGE) > 0);
        } else {
            assert_true(size < 2048);
        }
        database_file_close(file);
    }
    database_image_done(&image);
}

static void pages_that_the_database_does_not_own_are_no_damage(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    database_image_make_bare(&image, 4096, BARE_PAGES);
    image.bytes = realloc(image.bytes, image.size + 4096);
    assert_non_null(image.bytes);
    memset(image.bytes + image.size, 0xA5, 4096);
    struct database_file *file =
        open_well(database_image_store(&image, *state, "db.edb", image.size + 4096), &findings);
    assert_int_equal(findings.count, 0);
    assert_int_equal(database_file_info(file)->file_pages, BARE_PAGES + 1);
    assert_int_equal(database_file_info(file)->last_page, BARE_PAGES);
    assert_true(database_file_info(file)->size_is_right);
    database_file_close(file);
    database_image_done(&image);
}

static void real_databases_open_and_say_what_is_known_of_them(void **state)
{
    for (size_t i = 0; i < corpus_count; i++) {
        const struct corpus_file *known = &corpus_files[i];
        struct finding_list findings = {0};
        char *path = corpus_path(known);
        if (!path)
            continue;
        struct database_file *file = open_well(path, &findings);
        const struct database_file_info *info = database_file_info(file);
        assert_int_equal(findings.count, 0);
        assert_int_equal(info->page_size, known->page_size);
        assert_int_equal(info->file_pages, known->file_pages);
        assert_int_equal(info->last_page, known->last_page);
        assert_true(info->last_page_known && info->size_is_right);
        assert_true(info->first_copy_valid && info->second_copy_valid);
        assert_int_equal(le32_get(info->header->state), known->is_dirty ? DBHEADER_DIRTY : DBHEADER_CLEAN);
        database_file_close(file);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(every_page_size_opens_without_a_finding),
        IN_FOLDER(page_size_0_in_the_header_means_4096),
        IN_FOLDER(a_damaged_header_copy_is_a_warning_and_the_other_counts),
        IN_FOLDER(a_header_copy_of_another_page_size_is_not_called_a_bad_checksum),
        IN_FOLDER(a_state_in_which_no_engine_attaches_it_is_a_warning),
        IN_FOLDER(copied_headers_are_whole_whichever_copy_was_damaged),
        IN_FOLDER(two_valid_copies_that_differ_are_given_as_they_are),
        IN_FOLDER(one_copy_that_is_clean_and_one_that_is_not_are_a_warning),
        IN_FOLDER(a_database_without_a_valid_header_is_refused_as_damaged),
        IN_FOLDER(a_page_size_that_lies_is_refused),
        IN_FOLDER(other_formats_and_other_files_are_refused),
        IN_FOLDER(what_is_no_file_is_refused_with_the_code_of_the_system),
        IN_FOLDER(a_file_shorter_than_its_database_is_damage_and_opens),
        IN_FOLDER(bytes_behind_the_last_whole_page_are_damage_and_can_be_read),
        IN_FOLDER(a_file_cut_anywhere_never_passes_as_whole),
        IN_FOLDER(pages_that_the_database_does_not_own_are_no_damage),
        cmocka_unit_test(real_databases_open_and_say_what_is_known_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
