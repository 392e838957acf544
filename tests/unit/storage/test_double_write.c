/* SPDX-License-Identifier: MIT */
/* Tests of storage/double_write.h: pages that were torn in place are put back, from the image that is right, and from
 * no other. */
#include "storage/double_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cache_fixture.h"
#include "format/block_sum.h"
#include "format/double_write.h"
#include "format/page.h"

enum { PAGE_SIZE = 8192, FRAMES = 64, PAGES = 40, TORN = 5 };

/* Writes of this page to this file fail, half done. */
static struct os_file *failing_file;
static uint64_t failing_offset;

jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);
jet_err __real_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);

jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size)
{
    if (file != failing_file || failing_offset < offset || failing_offset >= offset + size)
        return __real_os_file_write(file, offset, buffer, size);
    jet_err err = __real_os_file_write(file, offset, buffer, (size_t)(failing_offset - offset) + PAGE_SIZE / 2);
    return err < JET_errSuccess ? err : JET_errDiskIO;
}

/* ---- the fixture: pages 1 .. PAGES hold their numbers, and are in their file ---- */

static void set_attached(struct dbheader_disk *header, void *context)
{
    header->lgpos_attach = lgpos_make(*(const struct lgpos *)context);
}

static int setup(void **state)
{
    struct cache_fixture *fixture = calloc(1, sizeof *fixture);
    struct lgpos attach = {.generation = FIXTURE_GENERATION, .isec = 1, .ib = 40};
    void *folder = NULL;
    if (!fixture || temp_folder_setup(&folder) != 0)
        return -1;
    fixture->folder = folder;
    fixture->writes_twice = true;
    failing_file = NULL;
    cache_fixture_open(fixture, PAGE_SIZE, FRAMES);
    assert_int_equal(database_header_update(fixture->db, set_attached, &attach), JET_errSuccess);
    for (pgno_t pgno = 1; pgno <= PAGES; pgno++)
        page_make(fixture, fixture->db, pgno, pgno);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    *state = fixture;
    return 0;
}

static const char *path_of_copies(const struct cache_fixture *fixture)
{
    return temp_folder_path(fixture->folder, "edb.dwb");
}

static bool has_copies(const struct cache_fixture *fixture)
{
    struct os_path_info info;
    return os_path_stat(path_of_copies(fixture), &info) >= JET_errSuccess;
}

/* It is safe in its file then, and its image in the other until the area is used again: not for long. */
static void write_page(struct cache_fixture *fixture, pgno_t pgno, uint64_t number)
{
    page_set(fixture, fixture->db, pgno, number);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
}

/* ---- files of an engine that does not run ---- */

static void change_file(const char *path, uint64_t offset, const void *bytes, size_t size)
{
    struct os_file *file = NULL;
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, offset, bytes, size), JET_errSuccess);
    os_file_close(file);
}

/* The second half of the page is not what was written last. */
static void replace_half(const struct cache_fixture *fixture, const char *name, pgno_t pgno, const void *half)
{
    change_file(temp_folder_path(fixture->folder, name), page_offset(pgno, PAGE_SIZE) + PAGE_SIZE / 2, half,
                PAGE_SIZE / 2);
}

static void tear(const struct cache_fixture *fixture, const char *name, pgno_t pgno)
{
    uint8_t half[PAGE_SIZE / 2] = {1, 2, 3};
    replace_half(fixture, name, pgno, half);
}

static struct os_file *open_copies(const struct cache_fixture *fixture, uint64_t *ret_size)
{
    struct os_file *file = NULL;
    assert_int_equal(os_file_open(path_of_copies(fixture), OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_size(file, ret_size), JET_errSuccess);
    return file;
}

static void flip(struct os_file *file, uint64_t offset)
{
    uint8_t byte;
    size_t actual;
    assert_int_equal(os_file_read(file, offset, &byte, 1, &actual), JET_errSuccess);
    assert_int_equal(actual, 1);
    byte ^= 0x10;
    assert_int_equal(os_file_write(file, offset, &byte, 1), JET_errSuccess);
}

/* The engine fails while it writes this number to page TORN. */
static void lose(struct cache_fixture *fixture, uint64_t number)
{
    write_page(fixture, TORN, number);
    cache_fixture_close(fixture);
    tear(fixture, "test.edb", TORN);
}

/* It fails after the image of this number was written, and before anything of that is in place: there is what was
 * written before, torn. */
static void lose_before(struct cache_fixture *fixture, uint64_t number)
{
    uint8_t page[PAGE_SIZE];
    size_t actual;
    const uint64_t offset = page_offset(TORN, PAGE_SIZE);
    assert_int_equal(os_file_read(fixture->db->file, offset, page, sizeof page, &actual), JET_errSuccess);
    assert_int_equal(actual, sizeof page);
    lose(fixture, number);
    change_file(temp_folder_path(fixture->folder, "test.edb"), offset, page, sizeof page);
    tear(fixture, "test.edb", TORN);
}

/* Where the last image of page TORN lies. */
static uint64_t find_image(struct os_file *file, uint64_t size)
{
    const struct double_write_page_disk torn = {.pgno = le32_make(TORN)};
    uint64_t found = 0;
    for (uint64_t offset = 0; offset + PAGE_SIZE <= size; offset += DOUBLE_WRITE_BLOCK) {
        struct double_write_page_disk page = torn;
        uint8_t image[PAGE_SIZE];
        size_t actual;
        assert_int_equal(os_file_read(file, offset, image, sizeof image, &actual), JET_errSuccess);
        page.sum = le64_make(block_sum(image, PAGE_SIZE));
        if (double_write_image_counts(&page, image, PAGE_SIZE))
            found = offset;
    }
    assert_true(found > 0);
    return found;
}

/* ---- recovery ---- */

static unsigned restore(struct cache_fixture *fixture)
{
    unsigned count = 77;
    struct double_write *double_write = cache_double_write(fixture->cache);
    assert_int_equal(double_write_load(double_write), JET_errSuccess);
    assert_int_equal(double_write_restore(double_write, fixture->db, log_durable(&fixture->log), &count),
                     JET_errSuccess);
    return count;
}

static unsigned recover(struct cache_fixture *fixture)
{
    cache_fixture_start(fixture);
    return restore(fixture);
}

static jet_err state_of(const struct cache_fixture *fixture, pgno_t pgno)
{
    struct frame *frame;
    jet_err err = page_get(fixture->db, pgno, PAGE_SHARED, &frame);
    if (err >= JET_errSuccess)
        page_put(frame, PAGE_SHARED);
    return err;
}

/* ---- the tests ---- */

static void a_torn_page_is_put_back(void **state)
{
    struct cache_fixture *fixture = *state;
    lose(fixture, 1000);
    tear(fixture, "test.edb", PAGES);
    assert_int_equal(recover(fixture), 2);
    for (pgno_t pgno = 1; pgno <= PAGES; pgno++)
        assert_int_equal(page_number(fixture->db, pgno), pgno == TORN ? 1000 : pgno);
}

static void without_its_image_it_is_damaged(void **state)
{
    struct cache_fixture *fixture = *state;
    lose(fixture, 1000);
    assert_int_equal(os_file_remove(path_of_copies(fixture)), JET_errSuccess);
    assert_int_equal(recover(fixture), 0);
    assert_int_equal(state_of(fixture, TORN), JET_errReadVerifyFailure);
}

static void an_image_of_what_was_not_begun_in_place_is_taken(void **state)
{
    struct cache_fixture *fixture = *state;
    write_page(fixture, TORN, 100);
    lose_before(fixture, 101);
    assert_int_equal(recover(fixture), 1);
    assert_int_equal(page_number(fixture->db, TORN), 101);
}

static void the_newest_image_is_taken(void **state)
{
    struct cache_fixture *fixture = *state;
    for (uint64_t number = 100; number < 109; number++)
        write_page(fixture, TORN, number);
    lose(fixture, 109);
    assert_int_equal(recover(fixture), 1);
    assert_int_equal(page_number(fixture->db, TORN), 109);
}

/* The last group was being written when the machine failed: nothing was written in place from it. */
static void a_torn_image_gives_way_to_the_one_before(void **state)
{
    struct cache_fixture *fixture = *state;
    uint64_t size;
    write_page(fixture, TORN, 100);
    lose_before(fixture, 101);
    struct os_file *file = open_copies(fixture, &size);
    flip(file, find_image(file, size) + PAGE_SIZE - 1);
    os_file_close(file);
    assert_int_equal(recover(fixture), 1);
    assert_int_equal(page_number(fixture->db, TORN), 100);
}

/* In a half of equal bytes nothing shows: those of each kind cancel out in the checksum. */
static void a_tear_that_no_checksum_shows_is_mended(void **state)
{
    struct cache_fixture *fixture = *state;
    struct page_verdict verdict;
    uint8_t page[PAGE_SIZE], half[PAGE_SIZE / 2];
    size_t size;
    write_page(fixture, TORN, 1000);
    cache_fixture_close(fixture);
    uint8_t *file = temp_file_read(temp_folder_path(fixture->folder, "test.edb"), &size);
    memcpy(page, file + page_offset(TORN, PAGE_SIZE), sizeof page);
    free(file);
    for (size_t i = 0; i < sizeof half; i++)
        half[i] = page[PAGE_SIZE / 2 + i] ^ 0x5A;
    memcpy(page + PAGE_SIZE / 2, half, sizeof half);
    assert_int_equal(page_verify(page, PAGE_SIZE, TORN, &verdict), JET_errSuccess);
    replace_half(fixture, "test.edb", TORN, half);
    assert_int_equal(recover(fixture), 1);
    assert_int_equal(page_number(fixture->db, TORN), 1000);
}

/* As if the last writes had not reached the disk. */
static void an_older_page_is_replaced_and_one_that_never_was_written_is_not(void **state)
{
    struct cache_fixture *fixture = *state;
    static const uint8_t zeros[PAGE_SIZE];
    const char *path = temp_folder_path(fixture->folder, "test.edb");
    size_t size;
    write_page(fixture, TORN, 100);
    cache_fixture_close(fixture);
    uint8_t *older = temp_file_read(path, &size);
    cache_fixture_start(fixture);
    write_page(fixture, PAGES, 100);
    write_page(fixture, TORN, 101);
    cache_fixture_close(fixture);
    change_file(path, page_offset(TORN, PAGE_SIZE), older + page_offset(TORN, PAGE_SIZE), PAGE_SIZE);
    change_file(path, page_offset(PAGES, PAGE_SIZE), zeros, sizeof zeros);
    free(older);
    assert_int_equal(recover(fixture), 1);
    assert_int_equal(page_number(fixture->db, TORN), 101);
    assert_int_equal(state_of(fixture, PAGES), JET_errPageNotInitialized);
}

static void an_image_with_a_change_that_the_log_does_not_have_is_not_taken(void **state)
{
    struct cache_fixture *fixture = *state;
    unsigned count;
    write_page(fixture, TORN, 100);
    const uint64_t end = log_durable(&fixture->log);
    lose_before(fixture, 101);
    cache_fixture_start(fixture);
    struct double_write *double_write = cache_double_write(fixture->cache);
    assert_int_equal(double_write_load(double_write), JET_errSuccess);
    assert_int_equal(double_write_restore(double_write, fixture->db, end, &count), JET_errSuccess);
    assert_int_equal(count, 1);
    assert_int_equal(page_number(fixture->db, TORN), 100);
}

/* ---- images of something else ---- */

static void other_database(struct dbheader_disk *header)
{
    header->signature.random = le32_make(~le32_get(header->signature.random));
}

static void other_log(struct dbheader_disk *header)
{
    header->log_signature.random = le32_make(~le32_get(header->log_signature.random));
}

static void other_attachment(struct dbheader_disk *header)
{
    header->lgpos_attach = lgpos_make((struct lgpos){.generation = FIXTURE_GENERATION, .isec = 2});
}

static void earlier_generation(struct dbheader_disk *header)
{
    header->generation_max_required = le32_make(FIXTURE_GENERATION - 1);
}

static void closed_cleanly(struct dbheader_disk *header)
{
    header->state = le32_make(DBHEADER_CLEAN);
}

static void nothing_else(struct dbheader_disk *header)
{
    (void)header;
}

static const struct header_case {
    void (*change)(struct dbheader_disk *header);
    unsigned count;
} header_cases[] = {
    {nothing_else,       1},
    {other_database,     0},
    {other_log,          0},
    {other_attachment,   0},
    {earlier_generation, 0},
    {closed_cleanly,     0},
    {nothing_else,       1}, /* nor have they been forgotten */
};

static void change_header(struct dbheader_disk *header, void *context)
{
    ((const struct header_case *)context)->change(header);
}

static void images_of_another_time_or_database_are_not_taken(void **state)
{
    struct cache_fixture *fixture = *state;
    write_page(fixture, TORN, 1000);
    for (size_t i = 0; i < sizeof header_cases / sizeof *header_cases; i++) {
        struct header_case this_one = header_cases[i];
        struct dbheader_disk before;
        cache_fixture_close(fixture);
        tear(fixture, "test.edb", TORN);
        cache_fixture_start(fixture);
        database_header_get(fixture->db, &before);
        assert_int_equal(database_header_update(fixture->db, change_header, &this_one), JET_errSuccess);
        assert_int_equal(restore(fixture), this_one.count);
        assert_int_equal(state_of(fixture, TORN), this_one.count == 1 ? JET_errSuccess : JET_errReadVerifyFailure);
        *fixture->db->header = before;
        assert_int_equal(database_header_write(fixture->db), JET_errSuccess);
    }
}

/* Somebody else has changed the page since, who does not write twice, and a failure has torn that. */
static void an_image_that_is_older_than_the_page_in_place_is_not_taken(void **state)
{
    struct cache_fixture *fixture = *state;
    const le64 later = le64_make(1000000);
    lose(fixture, 1000);
    change_file(temp_folder_path(fixture->folder, "test.edb"),
                page_offset(TORN, PAGE_SIZE) + offsetof(struct page_header_disk, dbtime), &later, sizeof later);
    assert_int_equal(recover(fixture), 0);
    assert_int_equal(state_of(fixture, TORN), JET_errReadVerifyFailure);
}

/* ---- files that are damaged ---- */

static void a_damaged_file_puts_back_what_is_left_of_it(void **state)
{
    struct cache_fixture *fixture = *state;
    const uint64_t place = page_offset(TORN, PAGE_SIZE);
    uint64_t size;
    size_t read;
    unsigned counts[2] = {0};
    lose(fixture, 1000);
    uint8_t *torn = temp_file_read(temp_folder_path(fixture->folder, "test.edb"), &read);
    struct os_file *file = open_copies(fixture, &size);
    const uint64_t end = find_image(file, size) + PAGE_SIZE;
    os_file_close(file);
    for (uint64_t offset = 0; offset < end; offset += 509) {
        file = open_copies(fixture, &size);
        flip(file, offset);
        os_file_close(file);
        unsigned count = recover(fixture);
        assert_in_range(count, 0, 1);
        counts[count]++;
        assert_int_equal(state_of(fixture, TORN), count == 1 ? JET_errSuccess : JET_errReadVerifyFailure);
        cache_fixture_close(fixture);
        file = open_copies(fixture, &size);
        flip(file, offset);
        os_file_close(file);
        change_file(temp_folder_path(fixture->folder, "test.edb"), place, torn + place, PAGE_SIZE);
    }
    assert_true(counts[0] > 0 && counts[1] > 0);
    free(torn);
    cache_fixture_start(fixture);
}

static void a_file_that_was_cut_puts_back_what_is_left_of_it(void **state)
{
    struct cache_fixture *fixture = *state;
    static const struct {
        uint64_t less;
        unsigned count;
    } cases[] = {
        {0,                              1},
        {1,                              0},
        {PAGE_SIZE,                      0},
        {PAGE_SIZE + DOUBLE_WRITE_BLOCK, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t size;
        assert_int_equal(double_write_remove(cache_double_write(fixture->cache)), JET_errSuccess);
        lose(fixture, 1000 + i);
        struct os_file *file = open_copies(fixture, &size);
        assert_int_equal(os_file_set_size(file, find_image(file, size) + PAGE_SIZE - cases[i].less), JET_errSuccess);
        os_file_close(file);
        assert_int_equal(recover(fixture), cases[i].count);
        assert_int_equal(state_of(fixture, TORN), cases[i].count == 1 ? JET_errSuccess : JET_errReadVerifyFailure);
        page_make(fixture, fixture->db, TORN, 1);
    }
}

static void a_file_of_anything_else_is_replaced(void **state)
{
    struct cache_fixture *fixture = *state;
    static uint8_t garbage[100000];
    static const size_t sizes[] = {0, 1, 4095, 4096, sizeof garbage};
    for (size_t i = 0; i < sizeof garbage; i++)
        garbage[i] = (uint8_t)(i * 31 + i / 256);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        cache_fixture_close(fixture);
        assert_int_equal(os_file_remove(path_of_copies(fixture)), JET_errSuccess);
        (void)temp_folder_write(fixture->folder, "edb.dwb", garbage, sizes[i]);
        assert_int_equal(recover(fixture), 0);
        lose(fixture, 500 + i);
        assert_int_equal(recover(fixture), 1);
        assert_int_equal(page_number(fixture->db, TORN), 500 + i);
    }
}

/* ---- areas ---- */

static uint64_t size_of_copies(const struct cache_fixture *fixture)
{
    struct os_path_info info;
    assert_int_equal(os_path_stat(path_of_copies(fixture), &info), JET_errSuccess);
    return info.size_bytes;
}

static void an_area_is_used_again_when_all_of_it_is_safe(void **state)
{
    struct cache_fixture *fixture = *state;
    for (uint64_t number = 1; number <= 300; number++)
        write_page(fixture, (pgno_t)(number % PAGES + 1), number);
    assert_in_range(size_of_copies(fixture), PAGE_SIZE, DOUBLE_WRITE_BLOCK + double_write_group_size(16, PAGE_SIZE));
    cache_fixture_close(fixture);
    tear(fixture, "test.edb", 300 % PAGES + 1);
    assert_int_equal(recover(fixture), 1);
    assert_int_equal(page_number(fixture->db, 300 % PAGES + 1), 300);
}

static jet_err not_page_torn(void *context, struct frame *frame)
{
    (void)context;
    return frame->pgno == TORN ? JET_errTaskDropped : JET_errSuccess;
}

/* Its page is dirty, and other pages are written for a long time: the image must still be there. */
static void a_write_that_failed_keeps_its_image(void **state)
{
    struct cache_fixture *fixture = *state;
    const struct cache_hooks hooks = {.before_write = not_page_torn};
    page_set(fixture, fixture->db, TORN, 100);
    failing_file = fixture->db->file;
    failing_offset = page_offset(TORN, PAGE_SIZE);
    assert_int_equal(database_flush(fixture->db), JET_errDiskIO);
    failing_file = NULL;
    cache_set_hooks(fixture->cache, &hooks);
    for (uint64_t number = 1; number <= 200; number++) {
        page_set(fixture, fixture->db, 10 + (pgno_t)(number % 20), number);
        assert_int_equal(database_flush(fixture->db), JET_errTaskDropped);
    }
    cache_fixture_close(fixture);
    tear(fixture, "test.edb", TORN);
    assert_int_equal(recover(fixture), 1);
    assert_int_equal(page_number(fixture->db, TORN), 100);
}

/* Once it was written after all, nothing is held for it. */
static void a_write_that_failed_and_was_repeated_holds_nothing(void **state)
{
    struct cache_fixture *fixture = *state;
    page_set(fixture, fixture->db, TORN, 100);
    failing_file = fixture->db->file;
    failing_offset = page_offset(TORN, PAGE_SIZE);
    for (unsigned times = 0; times < 50; times++)
        assert_int_equal(database_flush(fixture->db), JET_errDiskIO);
    failing_file = NULL;
    const uint64_t size = size_of_copies(fixture);
    assert_in_range(size, PAGE_SIZE, DOUBLE_WRITE_BLOCK + 2 * double_write_group_size(16, PAGE_SIZE));
    for (uint64_t number = 1; number <= 100; number++)
        write_page(fixture, TORN, number);
    assert_int_equal(size_of_copies(fixture), size);
}

/* A second database, of which recovery learns later, or not at all this time. */
static void images_of_a_database_that_recovery_has_not_seen_are_kept(void **state)
{
    struct cache_fixture *fixture = *state;
    struct database *second = cache_fixture_database(fixture, "second.edb", FIXTURE_GENERATION);
    page_make(fixture, second, TORN, 200);
    assert_int_equal(database_flush(second), JET_errSuccess);
    database_close(second);
    cache_fixture_close(fixture);
    tear(fixture, "second.edb", TORN);
    for (unsigned times = 0; times < 3; times++) {
        assert_int_equal(recover(fixture), 0);
        for (uint64_t number = 1; number <= 60; number++)
            write_page(fixture, (pgno_t)(number % PAGES + 1), number);
        cache_fixture_close(fixture);
    }
    assert_int_equal(recover(fixture), 0);
    const struct database_open_options options = {
        .path = temp_folder_path(fixture->folder, "second.edb"), .dbid = 2, .is_logged = true};
    unsigned count;
    assert_int_equal(database_open(fixture->cache, &options, &second), JET_errSuccess);
    assert_int_equal(double_write_restore(cache_double_write(fixture->cache), second, UINT64_MAX, &count),
                     JET_errSuccess);
    assert_int_equal(count, 1);
    assert_int_equal(page_number(second, TORN), 200);
    database_close(second);
}

/* ---- when there is a file at all ---- */

static void the_file_goes_when_everything_is_clean(void **state)
{
    struct cache_fixture *fixture = *state;
    assert_true(has_copies(fixture));
    assert_int_equal(double_write_remove(cache_double_write(fixture->cache)), JET_errSuccess);
    assert_false(has_copies(fixture));
    assert_int_equal(double_write_remove(cache_double_write(fixture->cache)), JET_errSuccess);
    write_page(fixture, TORN, 100);
    assert_true(has_copies(fixture));
}

static void pages_of_4_kib_and_unlogged_databases_need_none(void **state)
{
    struct cache_fixture *fixture = *state;
    assert_int_equal(double_write_remove(cache_double_write(fixture->cache)), JET_errSuccess);
    struct database *unlogged = cache_fixture_database(fixture, "unlogged.edb", 0);
    page_make(fixture, unlogged, 1, 1);
    assert_int_equal(database_flush(unlogged), JET_errSuccess);
    database_close(unlogged);
    assert_false(has_copies(fixture));
    cache_fixture_close(fixture);
    assert_int_equal(os_file_remove(temp_folder_path(fixture->folder, "test.edb")), JET_errSuccess);
    cache_fixture_open(fixture, 4096, FRAMES);
    assert_null(cache_double_write(fixture->cache));
    page_make(fixture, fixture->db, 1, 1);
    assert_int_equal(database_flush(fixture->db), JET_errSuccess);
    assert_false(has_copies(fixture));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, cache_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_torn_page_is_put_back),
        TEST(without_its_image_it_is_damaged),
        TEST(an_image_of_what_was_not_begun_in_place_is_taken),
        TEST(the_newest_image_is_taken),
        TEST(a_torn_image_gives_way_to_the_one_before),
        TEST(a_tear_that_no_checksum_shows_is_mended),
        TEST(an_older_page_is_replaced_and_one_that_never_was_written_is_not),
        TEST(an_image_with_a_change_that_the_log_does_not_have_is_not_taken),
        TEST(images_of_another_time_or_database_are_not_taken),
        TEST(an_image_that_is_older_than_the_page_in_place_is_not_taken),
        TEST(a_damaged_file_puts_back_what_is_left_of_it),
        TEST(a_file_that_was_cut_puts_back_what_is_left_of_it),
        TEST(a_file_of_anything_else_is_replaced),
        TEST(an_area_is_used_again_when_all_of_it_is_safe),
        TEST(a_write_that_failed_keeps_its_image),
        TEST(a_write_that_failed_and_was_repeated_holds_nothing),
        TEST(images_of_a_database_that_recovery_has_not_seen_are_kept),
        TEST(the_file_goes_when_everything_is_clean),
        TEST(pages_of_4_kib_and_unlogged_databases_need_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
