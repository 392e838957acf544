/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cache_fixture.h"
#include "format/page.h"

enum { OBJID = 7, DBID = 1 };

static const struct signature_disk log_signature_of_test = {.random = {{1, 2, 3, 4}}};

static void make_dirty(struct dbheader_disk *header, void *context)
{
    lgen_t generation = *(const lgen_t *)context;
    header->state = le32_make(DBHEADER_DIRTY);
    header->generation_min_required = header->generation_max_required = le32_make(generation);
    header->generation_max_committed = le32_make(generation);
}

struct database *cache_fixture_database(struct cache_fixture *fixture, const char *name, lgen_t generation)
{
    struct database *db = NULL;
    const struct database_new options = {
        .path = temp_folder_path(fixture->folder, name),
        .dbid = DBID,
        .pages = FIXTURE_PAGES,
        .log_signature = generation ? &log_signature_of_test : NULL,
        .generation = generation,
    };
    assert_int_equal(database_create(fixture->cache, &options, &db), JET_errSuccess);
    assert_int_equal(database_header_update(db, make_dirty, &generation), JET_errSuccess);
    return db;
}

static void new_cache(struct cache_fixture *fixture, uint32_t page_size, size_t frames_max)
{
    const struct cache_config config = {
        .page_size = page_size,
        .frames_min = frames_max / 2,
        .frames_max = frames_max,
        .checkpoint_depth = fixture->checkpoint_depth,
        .double_write_path = fixture->writes_twice ? temp_folder_path(fixture->folder, "edb.dwb") : NULL,
        .listener = finding_list_listener(&fixture->findings),
    };
    assert_int_equal(cache_new(&config, &fixture->cache), JET_errSuccess);
    cache_set_log(fixture->cache, &fixture->log);
}

void cache_fixture_open(struct cache_fixture *fixture, uint32_t page_size, size_t frames_max)
{
    fixture->page_size = page_size;
    fake_log_init(&fixture->log, FIXTURE_GENERATION);
    new_cache(fixture, page_size, frames_max);
    fixture->db = cache_fixture_database(fixture, "test.edb", FIXTURE_GENERATION);
}

void cache_fixture_close(struct cache_fixture *fixture)
{
    database_close(fixture->db);
    cache_free(fixture->cache);
}

void cache_fixture_start(struct cache_fixture *fixture)
{
    const struct database_open_options options = {
        .path = temp_folder_path(fixture->folder, "test.edb"), .dbid = DBID, .is_logged = true};
    new_cache(fixture, fixture->page_size, 64);
    assert_int_equal(database_open(fixture->cache, &options, &fixture->db), JET_errSuccess);
}

void cache_fixture_reopen(struct cache_fixture *fixture)
{
    cache_fixture_close(fixture);
    cache_fixture_start(fixture);
}

void cache_fixture_set_depth(struct cache_fixture *fixture, uint64_t depth)
{
    fixture->checkpoint_depth = depth;
}

int cache_fixture_setup(void **state)
{
    struct cache_fixture *fixture = calloc(1, sizeof *fixture);
    void *folder = NULL;
    if (!fixture || temp_folder_setup(&folder) != 0)
        return -1;
    fixture->folder = folder;
    cache_fixture_open(fixture, 4096, 64);
    *state = fixture;
    return 0;
}

int cache_fixture_teardown(void **state)
{
    struct cache_fixture *fixture = *state;
    void *folder = fixture->folder;
    cache_fixture_close(fixture);
    free(fixture);
    return temp_folder_teardown(&folder);
}

uint64_t page_number_get(const struct frame *frame)
{
    const uint8_t *bytes;
    size_t size;
    unsigned flags;
    le64 number;
    assert_int_equal(page_tag_get(frame->page, frame->db->page_size, 0, &bytes, &size, &flags), JET_errSuccess);
    assert_int_equal(size, sizeof number);
    memcpy(&number, bytes, sizeof number);
    return le64_get(number);
}

void page_number_set(struct frame *frame, uint64_t number)
{
    le64 bytes = le64_make(number);
    assert_int_equal(page_replace(frame->page, frame->db->page_size, 0, 0, &bytes, sizeof bytes), JET_errSuccess);
}

static void change(struct cache_fixture *fixture, struct frame *frame, uint64_t number)
{
    uint64_t begin = log_tip(&fixture->log);
    struct page_header_disk *header = (void *)frame->page;
    header->dbtime = le64_make(le64_get(header->dbtime) + 1); /* higher than before is all that matters */
    page_number_set(frame, number);
    if (frame->db->is_logged)
        page_dirty(frame, fake_log_append(&fixture->log), begin);
    else
        page_dirty(frame, 0, 0);
}

void page_make(struct cache_fixture *fixture, struct database *db, pgno_t pgno, uint64_t number)
{
    struct frame *frame;
    assert_int_equal(page_get_new(db, pgno, &frame), JET_errSuccess);
    page_init(frame->page, db->page_size, PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD, pgno, OBJID, database_next_dbtime(db));
    change(fixture, frame, number);
    page_put(frame, PAGE_EXCLUSIVE);
}

void page_set(struct cache_fixture *fixture, struct database *db, pgno_t pgno, uint64_t number)
{
    struct frame *frame;
    assert_int_equal(page_get(db, pgno, PAGE_EXCLUSIVE, &frame), JET_errSuccess);
    change(fixture, frame, number);
    page_put(frame, PAGE_EXCLUSIVE);
}

uint64_t page_number(struct database *db, pgno_t pgno)
{
    struct frame *frame;
    assert_int_equal(page_get(db, pgno, PAGE_SHARED, &frame), JET_errSuccess);
    uint64_t number = page_number_get(frame);
    page_put(frame, PAGE_SHARED);
    return number;
}
