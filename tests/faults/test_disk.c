/* SPDX-License-Identifier: MIT */
/* Tests of disk_record.h and disk_image.h: the disk of the crash tests loses what it may lose, and nothing else. */
#include "disk_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "disk_record.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

enum { TRIES = 300, SIZE = 4 * 512, UNIT = 4096 };

struct disk {
    struct temp_folder *temporary;
    struct disk_journal journal;
    struct disk_image *image;
    const char *folder;
};

static int setup(void **state)
{
    struct disk *disk = calloc(1, sizeof *disk);
    void *temporary = NULL;
    if (!disk || temp_folder_setup(&temporary) != 0)
        return -1;
    disk->temporary = temporary;
    disk->folder = temp_folder_root(disk->temporary);
    *state = disk;
    return 0;
}

static int teardown(void **state)
{
    struct disk *disk = *state;
    void *temporary = disk->temporary;
    disk_image_free(disk->image);
    disk_journal_done(&disk->journal);
    free(disk);
    return temp_folder_teardown(&temporary);
}

static void begin(struct disk *disk)
{
    disk->image = disk_image_load(disk->folder);
    disk_image_set_pages(disk->image, ".edb", 1024);
    disk_record_begin(&disk->journal, disk->folder, disk->image);
}

static void end(struct disk *disk)
{
    disk_record_end();
    for (size_t i = 0; i < disk->journal.count; i++)
        disk_image_apply(disk->image, &disk->journal.ops[i]);
}

static struct os_file *open_file(struct disk *disk, const char *name, enum os_file_mode mode)
{
    struct os_file *file = NULL;
    assert_int_equal(os_file_open(temp_folder_path(disk->temporary, name), mode, &file), JET_errSuccess);
    return file;
}

static void write_bytes(struct os_file *file, uint64_t offset, char fill, size_t size)
{
    uint8_t *bytes = test_malloc(size);
    memset(bytes, fill, size);
    assert_int_equal(os_file_write(file, offset, bytes, size), JET_errSuccess);
    test_free(bytes);
}

/* What is in the file after the disk failed; "" (size 0) if it is gone. */
static size_t after(struct disk *disk, const char *name, enum disk_loss loss, uint64_t seed, char bytes[SIZE + 1])
{
    struct disk_random random = {.state = seed};
    size_t size = 0;
    uint64_t file_size;
    disk_image_store(disk->image, NULL, loss, &random, disk->folder);
    memset(bytes, 0, SIZE + 1);
    jet_err err = os_file_read_start(temp_folder_path(disk->temporary, name), bytes, SIZE, &size, &file_size);
    return err < JET_errSuccess ? 0 : size;
}

static void what_was_flushed_is_there_whatever_happens(void **state)
{
    struct disk *disk = *state;
    char bytes[SIZE + 1];
    begin(disk);
    struct os_file *file = open_file(disk, "a", OS_FILE_CREATE_NEW);
    write_bytes(file, 0, 'x', SIZE);
    assert_int_equal(os_file_flush(file), JET_errSuccess);
    assert_int_equal(os_folder_flush(disk->folder), JET_errSuccess);
    os_file_close(file);
    end(disk);
    for (unsigned i = 0; i < TRIES; i++) {
        assert_int_equal(after(disk, "a", (enum disk_loss)(i % DISK_LOSSES), i, bytes), SIZE);
        assert_int_equal(strspn(bytes, "x"), SIZE);
    }
}

static void a_name_that_was_not_flushed_may_be_gone(void **state)
{
    struct disk *disk = *state;
    char bytes[SIZE + 1];
    begin(disk);
    struct os_file *file = open_file(disk, "a", OS_FILE_CREATE_NEW);
    write_bytes(file, 0, 'x', SIZE);
    assert_int_equal(os_file_flush(file), JET_errSuccess);
    os_file_close(file);
    end(disk);
    assert_int_equal(after(disk, "a", DISK_LOSES_ALL, 1, bytes), 0);
    assert_int_equal(after(disk, "a", DISK_LOSES_NOTHING, 1, bytes), SIZE);
}

/* True if some failure leaves the file like this. */
static bool may_become(struct disk *disk, const char *name, const char *ought)
{
    char bytes[SIZE + 1];
    for (unsigned seed = 0; seed < TRIES; seed++) {
        size_t size = after(disk, name, DISK_LOSES_SOME, seed, bytes);
        bool is_so = size == strlen(ought) * 512;
        for (size_t i = 0; is_so && i < strlen(ought); i++)
            is_so = bytes[i * 512] == ought[i] && bytes[i * 512 + 511] == ought[i];
        if (is_so)
            return true;
    }
    return false;
}

static void a_write_that_was_not_flushed_may_be_torn_at_sectors(void **state)
{
    struct disk *disk = *state;
    uint8_t old[SIZE];
    memset(old, 'o', sizeof old);
    (void)temp_folder_write(disk->temporary, "a", old, sizeof old);
    begin(disk);
    struct os_file *file = open_file(disk, "a", OS_FILE_READ_WRITE);
    write_bytes(file, 0, 'n', SIZE);
    os_file_close(file);
    end(disk);
    assert_true(may_become(disk, "a", "oooo"));
    assert_true(may_become(disk, "a", "nnnn"));
    assert_true(may_become(disk, "a", "onno")); /* of one unit */
    assert_false(may_become(disk, "a", "xxxx"));
}

/* Byte at the start of each unit of a file of three, after a failure. */
static void units_after(struct disk *disk, uint64_t seed, char units[4])
{
    static uint8_t bytes[3 * UNIT];
    struct disk_random random = {.state = seed};
    size_t size;
    uint64_t file_size;
    disk_image_store(disk->image, NULL, DISK_LOSES_SOME, &random, disk->folder);
    assert_int_equal(os_file_read_start(temp_folder_path(disk->temporary, "a"), bytes, sizeof bytes, &size, &file_size),
                     JET_errSuccess);
    for (size_t i = 0; i < 3; i++) {
        units[i] = (char)bytes[i * UNIT];
        for (size_t at = 0; at < UNIT; at++)
            if (bytes[i * UNIT + at] != bytes[i * UNIT])
                units[i] = '?'; /* torn */
    }
    units[3] = '\0';
}

/* Three units: one that was flushed, two that were not. */
static void write_three(struct disk *disk)
{
    static uint8_t old[3 * UNIT];
    memset(old, 'o', sizeof old);
    (void)temp_folder_write(disk->temporary, "a", old, sizeof old);
    begin(disk);
    struct os_file *file = open_file(disk, "a", OS_FILE_READ_WRITE);
    write_bytes(file, 0, '1', UNIT);
    assert_int_equal(os_file_flush_data(file), JET_errSuccess);
    write_bytes(file, UNIT, '2', UNIT);
    write_bytes(file, 2 * (uint64_t)UNIT, '3', UNIT);
    os_file_close(file);
    end(disk);
}

static void later_writes_may_overtake_earlier_ones_and_one_is_torn(void **state)
{
    struct disk *disk = *state;
    char units[4];
    unsigned overtaken = 0, torn = 0, torn_twice = 0;
    write_three(disk);
    for (unsigned seed = 0; seed < TRIES; seed++) {
        units_after(disk, seed, units);
        assert_int_equal(units[0], '1'); /* was flushed */
        overtaken += strcmp(units, "1o3") == 0;
        torn += strchr(units, '?') != NULL;
        torn_twice += strcmp(units, "1??") == 0;
    }
    assert_true(overtaken > 0 && torn > 0);
    assert_int_equal(torn_twice, 0);
}

static void several_are_torn_if_that_is_asked_for(void **state)
{
    struct disk *disk = *state;
    char units[4];
    unsigned torn_twice = 0, whole = 0;
    write_three(disk);
    disk_image_set_torn(disk->image, "a");
    for (unsigned seed = 0; seed < TRIES; seed++) {
        units_after(disk, seed, units);
        assert_int_equal(units[0], '1');
        torn_twice += strcmp(units, "1??") == 0;
        whole += strcmp(units, "123") == 0;
    }
    assert_true(torn_twice > 0 && whole > 0);
}

static void small_pages_of_a_database_are_written_whole(void **state)
{
    struct disk *disk = *state;
    uint8_t old[SIZE];
    memset(old, 'o', sizeof old);
    (void)temp_folder_write(disk->temporary, "a.edb", old, sizeof old);
    begin(disk);
    struct os_file *file = open_file(disk, "a.edb", OS_FILE_READ_WRITE);
    assert_int_equal(os_file_allocate(file, 3 * SIZE), JET_errSuccess);
    write_bytes(file, SIZE, 'n', SIZE); /* two pages behind the headers */
    os_file_close(file);
    end(disk);
    unsigned torn = 0;
    for (unsigned seed = 0; seed < TRIES; seed++) {
        struct disk_random random = {.state = seed};
        uint8_t all[3 * SIZE] = {0};
        size_t size = 0;
        uint64_t file_size;
        disk_image_store(disk->image, NULL, DISK_LOSES_SOME, &random, disk->folder);
        assert_int_equal(
            os_file_read_start(temp_folder_path(disk->temporary, "a.edb"), all, sizeof all, &size, &file_size),
            JET_errSuccess);
        for (size_t page = SIZE; page < 2 * SIZE; page += 1024)
            for (size_t i = 1; i < 1024; i++)
                torn += all[page + i] != all[page];
    }
    assert_int_equal(torn, 0);
}

/* One page of two units, in a database with pages of that size. */
static void begin_large_page(struct disk *disk, const uint8_t *old)
{
    (void)temp_folder_write(disk->temporary, "a.edb", old, 3 * 2 * (size_t)UNIT);
    disk->image = disk_image_load(disk->folder);
    disk_image_set_pages(disk->image, ".edb", 2 * (size_t)UNIT);
    disk_record_begin(&disk->journal, disk->folder, disk->image);
    struct os_file *file = open_file(disk, "a.edb", OS_FILE_READ_WRITE);
    write_bytes(file, 4 * (uint64_t)UNIT, 'n', 2 * (size_t)UNIT);
    os_file_close(file);
    disk_record_end();
}

/* The first bytes of its two units, after a failure. */
static void large_page_after(struct disk *disk, const struct disk_op *next, enum disk_loss loss, uint64_t seed,
                             char units[3])
{
    static uint8_t bytes[6 * UNIT];
    struct disk_random random = {.state = seed};
    size_t size;
    uint64_t file_size;
    disk_image_store(disk->image, next, loss, &random, disk->folder);
    assert_int_equal(
        os_file_read_start(temp_folder_path(disk->temporary, "a.edb"), bytes, sizeof bytes, &size, &file_size),
        JET_errSuccess);
    units[0] = (char)bytes[4 * UNIT];
    units[1] = (char)bytes[5 * UNIT];
    units[2] = '\0';
}

static void larger_pages_of_a_database_may_be_torn(void **state)
{
    struct disk *disk = *state;
    static uint8_t old[6 * UNIT];
    char units[3];
    unsigned first_only = 0, second_only = 0;
    memset(old, 'o', sizeof old);
    begin_large_page(disk, old);
    disk_image_apply(disk->image, &disk->journal.ops[0]);
    for (unsigned seed = 0; seed < TRIES; seed++) {
        large_page_after(disk, NULL, DISK_LOSES_SOME, seed, units);
        first_only += strcmp(units, "no") == 0;
        second_only += strcmp(units, "on") == 0;
    }
    assert_true(first_only > 0 && second_only > 0);
}

static void a_write_that_a_process_was_killed_in_ends_at_a_unit(void **state)
{
    struct disk *disk = *state;
    static uint8_t old[6 * UNIT];
    char units[3];
    unsigned seen[3] = {0};
    memset(old, 'o', sizeof old);
    begin_large_page(disk, old);
    for (unsigned seed = 0; seed < TRIES; seed++) {
        large_page_after(disk, &disk->journal.ops[0], DISK_LOSES_NOTHING, seed, units);
        assert_string_not_equal(units, "on");
        seen[0] += strcmp(units, "oo") == 0;
        seen[1] += strcmp(units, "no") == 0;
        seen[2] += strcmp(units, "nn") == 0;
        large_page_after(disk, &disk->journal.ops[0], DISK_LOSES_ALL, seed, units);
        assert_string_equal(units, "oo");
    }
    assert_true(seen[0] > 0 && seen[1] > 0 && seen[2] > 0);
}

static void renames_may_be_lost_from_the_end_only(void **state)
{
    struct disk *disk = *state;
    struct os_path_info info;
    unsigned seen[4] = {0};
    (void)temp_folder_write(disk->temporary, "a", "1", 1);
    (void)temp_folder_write(disk->temporary, "b", "2", 1);
    begin(disk);
    const char *a = temp_folder_path(disk->temporary, "a"), *b = temp_folder_path(disk->temporary, "b"),
               *c = temp_folder_path(disk->temporary, "c");
    assert_int_equal(os_path_rename_new(b, c), JET_errSuccess);
    assert_int_equal(os_path_rename_over(a, b), JET_errSuccess);
    end(disk);
    for (unsigned seed = 0; seed < TRIES; seed++) {
        struct disk_random random = {.state = seed};
        disk_image_store(disk->image, NULL, DISK_LOSES_SOME, &random, disk->folder);
        bool has_c = os_path_stat(c, &info) >= JET_errSuccess;
        bool has_a = os_path_stat(a, &info) >= JET_errSuccess;
        seen[has_a * 2 + has_c]++;
    }
    assert_true(seen[2] > 0);     /* a, b: both lost */
    assert_true(seen[3] > 0);     /* a, c: one lost */
    assert_true(seen[1] > 0);     /* b, c: none lost */
    assert_int_equal(seen[0], 0); /* never the second without the first */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_flushed_is_there_whatever_happens),
        TEST(a_name_that_was_not_flushed_may_be_gone),
        TEST(a_write_that_was_not_flushed_may_be_torn_at_sectors),
        TEST(later_writes_may_overtake_earlier_ones_and_one_is_torn),
        TEST(several_are_torn_if_that_is_asked_for),
        TEST(small_pages_of_a_database_are_written_whole),
        TEST(larger_pages_of_a_database_may_be_torn),
        TEST(a_write_that_a_process_was_killed_in_ends_at_a_unit),
        TEST(renames_may_be_lost_from_the_end_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
