/* SPDX-License-Identifier: MIT */
/* Tests of storage/database.h: the file and header of an attached database. */
#include "storage/database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cache_fixture.h"
#include "format/page.h"
#include "storage/database_file.h"

static const char *file_path(struct cache_fixture *fixture)
{
    return temp_folder_path(fixture->folder, "test.edb");
}

static jet_err open_again(struct cache_fixture *fixture, bool is_read_only)
{
    const struct database_open_options options = {
        .path = file_path(fixture), .dbid = 1, .is_read_only = is_read_only, .is_logged = true};
    struct database *db;
    jet_err err = database_open(fixture->cache, &options, &db);
    if (err >= JET_errSuccess)
        fixture->db = db;
    return err;
}

static void shut(struct cache_fixture *fixture)
{
    database_close(fixture->db);
    fixture->db = NULL;
}

static void a_new_database_has_a_header_that_others_accept(void **state)
{
    struct cache_fixture *fixture = *state;
    struct database_file *file;
    const struct database_new options = {.path = temp_folder_path(fixture->folder, "new.edb"), .dbid = 3, .pages = 20};
    struct database *db;
    assert_int_equal(database_create(fixture->cache, &options, &db), JET_errSuccess);
    assert_int_equal(database_last_page(db), 20);
    assert_int_equal(database_last_dbtime(db), 0x40);
    database_close(db);
    const struct finding_listener listener = finding_list_listener(&fixture->findings);
    assert_int_equal(database_file_open(options.path, &listener, &file), JET_errSuccess);
    const struct dbheader_disk *header = database_file_info(file)->header;
    assert_int_equal(le32_get(header->state), DBHEADER_JUST_CREATED);
    assert_int_equal(le32_get(header->dbid), 3);
    assert_true(signature_is_set(&header->signature));
    assert_false(signature_is_set(&header->log_signature));
    assert_int_equal(database_file_info(file)->file_pages, 20);
    assert_true(database_file_info(file)->second_copy_valid);
    database_file_close(file);
}

static void a_file_that_exists_is_replaced_only_if_asked(void **state)
{
    struct cache_fixture *fixture = *state;
    struct database_new options = {.path = file_path(fixture), .dbid = 1, .pages = 3};
    struct database *db;
    assert_int_equal(database_create(fixture->cache, &options, &db), JET_errFileAlreadyExists);
    options.overwrite = true;
    assert_int_equal(database_create(fixture->cache, &options, &db), JET_errFileAccessDenied); /* in use */
    shut(fixture);
    assert_int_equal(database_create(fixture->cache, &options, &fixture->db), JET_errSuccess);
    assert_int_equal(database_last_page(fixture->db), 3);
}

static void a_database_in_use_is_refused_to_others(void **state)
{
    struct cache_fixture *fixture = *state;
    struct database *first = fixture->db;
    struct database *reader;
    assert_int_equal(open_again(fixture, false), JET_errFileAccessDenied);
    assert_int_equal(open_again(fixture, true), JET_errFileAccessDenied);
    assert_ptr_equal(fixture->db, first);
    shut(fixture);
    assert_int_equal(open_again(fixture, true), JET_errSuccess);
    reader = fixture->db;
    assert_int_equal(open_again(fixture, false), JET_errFileAccessDenied);
    assert_int_equal(open_again(fixture, true), JET_errSuccess); /* readers do not mind each other */
    database_close(reader);
}

static void read_only_use_changes_no_byte(void **state)
{
    struct cache_fixture *fixture = *state;
    size_t size_before, size_after;
    page_make(fixture, fixture->db, 1, 11);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    shut(fixture);
    void *before = temp_file_read(file_path(fixture), &size_before);
    assert_int_equal(open_again(fixture, true), JET_errSuccess);
    assert_int_equal(page_number(fixture->db, 1), 11);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    shut(fixture);
    void *after = temp_file_read(file_path(fixture), &size_after);
    assert_int_equal(size_before, size_after);
    assert_memory_equal(before, after, size_before);
    free(before);
    free(after);
}

static void damage_copy(struct cache_fixture *fixture, unsigned copy)
{
    struct os_file *file;
    assert_int_equal(os_file_open(file_path(fixture), OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, (uint64_t)copy * 4096 + 600, "damage", 6), JET_errSuccess);
    os_file_close(file);
}

static void either_header_copy_is_enough_and_the_other_is_mended(void **state)
{
    struct cache_fixture *fixture = *state;
    struct dbheader_disk header;
    for (unsigned copy = 0; copy < 2; copy++) {
        shut(fixture);
        damage_copy(fixture, copy);
        assert_int_equal(open_again(fixture, false), JET_errSuccess);
        database_header_get(fixture->db, &header);
        assert_int_equal(le32_get(header.state), DBHEADER_DIRTY);
        shut(fixture);
        size_t size;
        uint8_t *bytes = temp_file_read(file_path(fixture), &size);
        assert_int_equal(dbheader_verify(bytes, 4096), JET_errSuccess);
        assert_memory_equal(bytes, bytes + 4096, 4096);
        free(bytes);
        assert_int_equal(open_again(fixture, false), JET_errSuccess);
    }
    shut(fixture);
    damage_copy(fixture, 0);
    damage_copy(fixture, 1);
    assert_int_equal(open_again(fixture, false), JET_errReadVerifyFailure);
}

static void what_cannot_be_opened_says_why(void **state)
{
    struct cache_fixture *fixture = *state;
    struct database *db;
    const char *junk = temp_folder_write(fixture->folder, "junk.edb", "no database", 11);
    struct database_open_options options = {.path = junk, .dbid = 2};
    assert_int_equal(database_open(fixture->cache, &options, &db), JET_errDatabaseCorrupted);
    options.path = temp_folder_path(fixture->folder, "absent.edb");
    assert_int_equal(database_open(fixture->cache, &options, &db), JET_errFileNotFound);
    options.path = temp_folder_root(fixture->folder);
    assert_int_equal(database_open(fixture->cache, &options, &db), JET_errInvalidPath);

    struct cache *large = NULL;
    const struct cache_config config = {.page_size = 32768, .frames_min = 1, .frames_max = 8};
    shut(fixture);
    assert_int_equal(cache_new(&config, &large), JET_errSuccess);
    options.path = file_path(fixture);
    assert_int_equal(database_open(large, &options, &db), JET_errPageSizeMismatch);
    cache_free(large);
}

static void raise_state(struct dbheader_disk *header, void *context)
{
    header->state = le32_make(*(const uint32_t *)context);
}

static void a_header_write_brings_state_counters_and_a_new_signature(void **state)
{
    struct cache_fixture *fixture = *state;
    struct dbheader_disk before, after;
    objid_t objid;
    uint32_t clean = DBHEADER_CLEAN;
    database_header_get(fixture->db, &before);
    dbtime_t dbtime = database_next_dbtime(fixture->db);
    database_raise_dbtime(fixture->db, dbtime - 1);
    assert_int_equal(database_next_dbtime(fixture->db), dbtime + 1);
    assert_int_equal(database_next_objid(fixture->db, &objid), JET_errSuccess);
    assert_int_equal(objid, 1);
    database_raise_objid(fixture->db, 77);
    assert_int_equal(database_header_update(fixture->db, raise_state, &clean), JET_errSuccess);
    shut(fixture);
    assert_int_equal(open_again(fixture, false), JET_errSuccess);
    database_header_get(fixture->db, &after);
    assert_int_equal(le32_get(after.state), DBHEADER_CLEAN);
    assert_false(signature_equal(&before.header_signature, &after.header_signature));
    assert_int_equal(database_last_dbtime(fixture->db), dbtime + 1);
    assert_int_equal(database_last_objid(fixture->db), 77);
}

/* The header in memory has met changes that were not written; what comes to the disk is whole all the same. */
static void a_header_that_is_put_back_is_sealed(void **state)
{
    struct cache_fixture *fixture = *state;
    const struct logtime_disk created = {.second = 1, .year = 126};
    const lgen_t next = atomic_load(&fixture->db->max_required) + 1;
    uint32_t clean = DBHEADER_CLEAN;
    atomic_store(&fixture->db->flush_err, JET_errDiskIO);
    assert_int_equal(database_require_generation(fixture->db, next, &created), JET_errDiskIO);
    assert_int_equal(database_header_update(fixture->db, raise_state, &clean), JET_errDiskIO);
    shut(fixture);
    assert_int_equal(open_again(fixture, false), JET_errSuccess);
}

static void object_ids_end(void **state)
{
    struct cache_fixture *fixture = *state;
    objid_t objid;
    database_raise_objid(fixture->db, INT32_MAX - 1);
    assert_int_equal(database_next_objid(fixture->db, &objid), JET_errSuccess);
    assert_int_equal(database_next_objid(fixture->db, &objid), JET_errOutOfObjectIDs);
}

static void a_database_grows_by_pages_of_zeros(void **state)
{
    struct cache_fixture *fixture = *state;
    struct frame *frame;
    assert_int_equal(database_extend(fixture->db, 700), JET_errSuccess);
    assert_int_equal(database_extend(fixture->db, 600), JET_errSuccess);
    assert_int_equal(database_last_page(fixture->db), 700);
    assert_int_equal(page_get(fixture->db, 700, PAGE_SHARED, &frame), JET_errPageNotInitialized);
    assert_int_equal(database_extend(fixture->db, (pgno_t)PGNO_MAX + 1), JET_errFileIOBeyondEOF);
    shut(fixture);
    assert_int_equal(open_again(fixture, false), JET_errSuccess);
    assert_int_equal(database_last_page(fixture->db), 700);
}

/* Nothing of the pages that went is found when there are some of these numbers again. */
static void a_database_that_was_cut_grows_by_pages_of_zeros(void **state)
{
    struct cache_fixture *fixture = *state;
    struct os_path_info info;
    struct frame *frame;
    page_make(fixture, fixture->db, 300, 30);
    page_make(fixture, fixture->db, 301, 31);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    page_set(fixture, fixture->db, 301, 32); /* dirty; and 300 is in the cache */
    assert_int_equal(database_shrink(fixture->db, 299), JET_errSuccess);
    assert_int_equal(database_last_page(fixture->db), 299);
    assert_int_equal(os_path_stat(fixture->db->path, &info), JET_errSuccess);
    assert_int_equal(info.size_bytes, 301 * 4096);
    assert_int_equal(page_get(fixture->db, 300, PAGE_SHARED, &frame), JET_errFileIOBeyondEOF);
    assert_int_equal(database_extend(fixture->db, 400), JET_errSuccess);
    assert_int_equal(page_get(fixture->db, 300, PAGE_SHARED, &frame), JET_errPageNotInitialized);
    assert_int_equal(page_get(fixture->db, 301, PAGE_SHARED, &frame), JET_errPageNotInitialized);
    page_make(fixture, fixture->db, 299, 29);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cache_fixture_setup, cache_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_database_has_a_header_that_others_accept),
        TEST(a_file_that_exists_is_replaced_only_if_asked),
        TEST(a_database_in_use_is_refused_to_others),
        TEST(read_only_use_changes_no_byte),
        TEST(either_header_copy_is_enough_and_the_other_is_mended),
        TEST(what_cannot_be_opened_says_why),
        TEST(a_header_write_brings_state_counters_and_a_new_signature),
        TEST(a_header_that_is_put_back_is_sealed),
        TEST(object_ids_end),
        TEST(a_database_grows_by_pages_of_zeros),
        TEST(a_database_that_was_cut_grows_by_pages_of_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
