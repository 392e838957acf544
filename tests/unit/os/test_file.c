/* SPDX-License-Identifier: MIT */
/* Tests of os/os_file.h and os/os_error.h that hold on every platform. A writer is closed before its name is opened
 * again, because Windows opens what it writes exclusively. */
#include "os/os_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "os/os_clock.h"
#include "os/os_error.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"

#define GIB ((uint64_t)1 << 30)

static struct os_file *open_ok(const char *path, enum os_file_mode mode)
{
    struct os_file *file = NULL;
    assert_int_equal(os_file_open(path, mode, &file), JET_errSuccess);
    assert_non_null(file);
    return file;
}

static void assert_open_fails(const char *path, enum os_file_mode mode, jet_err expected)
{
    struct os_file *file = NULL;
    assert_int_equal(os_file_open(path, mode, &file), expected);
    assert_null(file);
}

static void assert_file_holds(const char *path, const char *text)
{
    size_t size;
    char *bytes = temp_file_read(path, &size);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    free(bytes);
}

static void what_was_written_is_read_back(void **state)
{
    struct temp_folder *folder = *state;
    const char *path = temp_folder_path(folder, "a");
    char buffer[32];
    size_t actual = 0;
    struct os_file *file = open_ok(path, OS_FILE_CREATE_NEW);
    assert_int_equal(os_file_write(file, 0, "hello world", 11), JET_errSuccess);
    assert_int_equal(os_file_write(file, 6, "there", 5), JET_errSuccess);
    assert_int_equal(os_file_read(file, 0, buffer, 11, &actual), JET_errSuccess);
    assert_int_equal(actual, 11);
    assert_memory_equal(buffer, "hello there", 11);
    os_file_close(file);

    file = open_ok(path, OS_FILE_READ_WRITE);
    assert_int_equal(os_file_write(file, 0, "J", 1), JET_errSuccess);
    os_file_close(file);
    assert_file_holds(path, "Jello there");
}

static void a_read_is_short_only_at_the_end_of_the_file(void **state)
{
    char buffer[32] = "________";
    size_t actual = 99;
    struct os_file *file = open_ok(temp_folder_write(*state, "a", "0123456789", 10), OS_FILE_READ);
    os_file_will_read_in_order(file);
    assert_int_equal(os_file_read(file, 6, buffer, 4, &actual), JET_errSuccess);
    assert_int_equal(actual, 4);
    assert_int_equal(os_file_read(file, 6, buffer, sizeof buffer, &actual), JET_errSuccess);
    assert_int_equal(actual, 4);
    assert_memory_equal(buffer, "6789____", 8);
    os_file_close(file);
}

static void a_read_at_or_beyond_the_end_gives_nothing(void **state)
{
    static const uint64_t offsets[] = {10, 11, 5 * GIB, INT64_MAX - 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    char buffer[8] = "_";
    struct os_file *file = open_ok(temp_folder_write(*state, "a", "0123456789", 10), OS_FILE_READ);
    for (size_t i = 0; i < COUNT_OF(offsets); i++) {
        size_t actual = 99;
        assert_int_equal(os_file_read(file, offsets[i], buffer, sizeof buffer, &actual), JET_errSuccess);
        assert_int_equal(actual, 0);
        assert_int_equal(buffer[0], '_');
    }
    os_file_close(file);
}

static void the_start_of_a_file_comes_with_the_size_of_all_of_it(void **state)
{
    const char *path = temp_folder_write(*state, "a", "0123456789", 10);
    char bytes[20];
    size_t actual = 99;
    uint64_t size = 99;
    assert_int_equal(os_file_read_start(path, bytes, 4, &actual, &size), JET_errSuccess);
    assert_int_equal(actual, 4);
    assert_int_equal(size, 10);
    assert_memory_equal(bytes, "0123", 4);
    assert_int_equal(os_file_read_start(path, bytes, sizeof bytes, &actual, &size), JET_errSuccess);
    assert_int_equal(actual, 10);
    assert_int_equal(os_file_read_start(temp_folder_path(*state, "b"), bytes, 4, &actual, &size), JET_errFileNotFound);
}

static void a_write_beyond_the_end_leaves_zeros_between(void **state)
{
    static const char expected[12] = {'a', [11] = 'b'};
    const char *path = temp_folder_write(*state, "a", "a", 1);
    size_t size;
    struct os_file *file = open_ok(path, OS_FILE_READ_WRITE);
    assert_int_equal(os_file_write(file, 11, "b", 1), JET_errSuccess);
    os_file_close(file);
    char *bytes = temp_file_read(path, &size);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
    free(bytes);
}

static void set_size_cuts_and_extends_with_zeros(void **state)
{
    const char *path = temp_folder_write(*state, "a", "0123456789", 10);
    struct os_file *file = open_ok(path, OS_FILE_READ_WRITE);
    uint64_t size = 0;
    char buffer[8];
    size_t actual;
    assert_int_equal(os_file_set_size(file, 3), JET_errSuccess);
    assert_int_equal(os_file_size(file, &size), JET_errSuccess);
    assert_int_equal(size, 3);
    assert_int_equal(os_file_set_size(file, 6), JET_errSuccess);
    assert_int_equal(os_file_read(file, 0, buffer, sizeof buffer, &actual), JET_errSuccess);
    assert_int_equal(actual, 6);
    assert_memory_equal(buffer, "012\0\0\0", 6);
    os_file_close(file);
}

static void offsets_beyond_four_gibibytes_work(void **state)
{
    const char *path = temp_folder_path(*state, "large");
    struct os_path_info info;
    char buffer[8];
    size_t actual;
    struct os_file *file = open_ok(path, OS_FILE_CREATE_NEW);
    assert_int_equal(os_file_write(file, 5 * GIB + 7, "far", 3), JET_errSuccess);
    assert_int_equal(os_file_write(file, 7, "near", 4), JET_errSuccess);
    assert_int_equal(os_file_read(file, 5 * GIB + 7, buffer, sizeof buffer, &actual), JET_errSuccess);
    assert_int_equal(actual, 3);
    assert_memory_equal(buffer, "far", 3);
    os_file_close(file);
    assert_int_equal(os_path_stat(path, &info), JET_errSuccess);
    assert_int_equal(info.size_bytes, 5 * GIB + 10);
}

static void a_size_that_no_file_can_have_is_a_full_disk(void **state)
{
    const char *path = temp_folder_write(*state, "a", "a", 1);
    struct os_file *file = open_ok(path, OS_FILE_READ_WRITE);
    assert_int_equal(os_file_write(file, UINT64_MAX, "b", 1), JET_errDiskFull);
    assert_int_equal(os_file_write(file, INT64_MAX, "b", 1), JET_errDiskFull);
    assert_int_equal(os_file_set_size(file, UINT64_MAX), JET_errDiskFull);
    os_file_close(file);
    assert_file_holds(path, "a");
}

static void a_file_opened_for_reading_cannot_be_written(void **state)
{
    const char *path = temp_folder_write(*state, "a", "abc", 3);
    struct os_file *file = open_ok(path, OS_FILE_READ);
    assert_true(os_file_write(file, 0, "x", 1) < JET_errSuccess);
    assert_true(os_file_set_size(file, 0) < JET_errSuccess);
    os_file_close(file);
    assert_file_holds(path, "abc");
}

static void flushing_works_in_every_mode_and_for_folders(void **state)
{
    const char *path = temp_folder_write(*state, "a", "abc", 3);
    static const enum os_file_mode modes[] = {OS_FILE_READ, OS_FILE_READ_WRITE};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct os_file *file = open_ok(path, modes[i]);
        assert_int_equal(os_file_flush(file), JET_errSuccess);
        os_file_close(file);
    }
    assert_int_equal(os_folder_flush(temp_folder_root(*state)), JET_errSuccess);
    os_file_close(NULL);
}

static void an_allocated_file_is_zeros_and_never_shrinks(void **state)
{
    enum { SIZE = 200 * 1000 };
    struct os_file *file;
    size_t actual;
    uint64_t size;
    uint8_t *bytes = test_malloc(SIZE);
    assert_int_equal(os_file_open(temp_folder_path(*state, "file"), OS_FILE_CREATE_NEW, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, 0, "start", 5), JET_errSuccess);
    assert_int_equal(os_file_allocate(file, SIZE), JET_errSuccess);
    assert_int_equal(os_file_allocate(file, 10), JET_errSuccess);
    assert_int_equal(os_file_flush_data(file), JET_errSuccess);
    assert_int_equal(os_file_size(file, &size), JET_errSuccess);
    assert_int_equal(size, SIZE);
    assert_int_equal(os_file_read(file, 0, bytes, SIZE, &actual), JET_errSuccess);
    assert_int_equal(actual, SIZE);
    assert_memory_equal(bytes, "start", 5);
    for (size_t i = 5; i < SIZE; i++)
        assert_int_equal(bytes[i], 0);
    os_file_close(file);
    test_free(bytes);
}

static void a_locked_file_is_refused_to_those_who_do_not_agree(void **state)
{
    struct os_file *first, *second;
    const char *path = temp_folder_write(*state, "file", "x", 1);
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &first), JET_errSuccess);
    assert_int_equal(os_file_lock(first, OS_FILE_SHARE_NOBODY), JET_errSuccess);
    jet_err err = os_file_open(path, OS_FILE_READ, &second);
    if (err >= JET_errSuccess) {
        err = os_file_lock(second, OS_FILE_SHARE_READERS);
        os_file_close(second);
    }
    assert_int_equal(err, JET_errFileAccessDenied);
    os_file_close(first);
    assert_int_equal(os_file_open(path, OS_FILE_READ, &first), JET_errSuccess);
    assert_int_equal(os_file_lock(first, OS_FILE_SHARE_READERS), JET_errSuccess);
    assert_int_equal(os_file_open(path, OS_FILE_READ, &second), JET_errSuccess);
    assert_int_equal(os_file_lock(second, OS_FILE_SHARE_READERS), JET_errSuccess);
    os_file_close(second);
    os_file_close(first);
}

static void an_absolute_path_names_the_same_file(void **state)
{
    char *once = NULL;
    char *twice = NULL;
    assert_int_equal(os_path_absolute("", &once), JET_errInvalidPath);
    assert_int_equal(os_path_absolute("some/name.edb", &once), JET_errSuccess);
    assert_string_equal(os_path_name(once), "name.edb");
    assert_true(strlen(once) > strlen("some/name.edb"));
    assert_int_equal(os_path_absolute(once, &twice), JET_errSuccess);
    assert_string_equal(once, twice);
    free(once);
    free(twice);
}

static void a_missing_file_and_a_missing_folder_are_told_apart(void **state)
{
    const char *missing = temp_folder_path(*state, "missing");
    const char *homeless = temp_folder_path(*state, "nowhere/missing");
    struct os_path_info info;
    static const enum os_file_mode modes[] = {OS_FILE_READ, OS_FILE_READ_WRITE};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        assert_open_fails(missing, modes[i], JET_errFileNotFound);
        assert_open_fails(homeless, modes[i], JET_errInvalidPath);
        assert_open_fails("", modes[i], JET_errInvalidPath);
    }
    assert_open_fails(homeless, OS_FILE_CREATE_NEW, JET_errInvalidPath);
    assert_open_fails("", OS_FILE_CREATE_NEW, JET_errInvalidPath);
    assert_int_equal(os_path_stat(missing, &info), JET_errFileNotFound);
    assert_int_equal(os_path_stat(homeless, &info), JET_errFileNotFound); /* nothing is there, whatever the reason */
    assert_int_equal(os_path_stat("", &info), JET_errInvalidPath);
    assert_int_equal(os_file_remove(missing), JET_errFileNotFound);
    assert_int_equal(os_file_remove(homeless), JET_errInvalidPath);
    assert_int_equal(os_folder_remove(missing), JET_errFileNotFound);
    assert_int_equal(os_folder_create(homeless), JET_errInvalidPath);
}

static void creating_refuses_every_taken_name(void **state)
{
    const char *file = temp_folder_write(*state, "file", "abc", 3);
    const char *folder = temp_folder_path(*state, "folder");
    assert_int_equal(os_folder_create(folder), JET_errSuccess);
    assert_open_fails(file, OS_FILE_CREATE_NEW, JET_errFileAlreadyExists);
    assert_open_fails(folder, OS_FILE_CREATE_NEW, JET_errFileAlreadyExists);
    assert_int_equal(os_folder_create(file), JET_errFileAlreadyExists);
    assert_int_equal(os_folder_create(folder), JET_errFileAlreadyExists);
    assert_file_holds(file, "abc");
}

static void a_folder_is_no_file_and_a_file_is_no_folder(void **state)
{
    const char *file = temp_folder_write(*state, "file", "abc", 3);
    const char *folder = temp_folder_path(*state, "folder");
    struct os_folder_list list;
    assert_int_equal(os_folder_create(folder), JET_errSuccess);
    assert_open_fails(folder, OS_FILE_READ, JET_errInvalidPath);
    assert_open_fails(folder, OS_FILE_READ_WRITE, JET_errInvalidPath);
    assert_true(os_file_remove(folder) < JET_errSuccess);
    assert_true(os_folder_remove(file) < JET_errSuccess);
    assert_int_equal(os_folder_list(file, &list), JET_errInvalidPath);
    assert_open_fails(temp_folder_path(*state, "file/below"), OS_FILE_READ, JET_errInvalidPath);
    assert_file_holds(file, "abc");
}

static void stat_tells_kind_size_and_time(void **state)
{
    int64_t now_s = os_clock_wall_ms() / 1000;
    struct os_path_info info;
    assert_int_equal(os_path_stat(temp_folder_write(*state, "file", "abc", 3), &info), JET_errSuccess);
    assert_int_equal(info.kind, OS_PATH_FILE);
    assert_int_equal(info.size_bytes, 3);
    assert_in_range(info.modified_unix_s - now_s + 60, 0, 120);
    assert_int_equal(os_path_stat(temp_folder_root(*state), &info), JET_errSuccess);
    assert_int_equal(info.kind, OS_PATH_FOLDER);
    assert_int_equal(info.size_bytes, 0);
    assert_in_range(info.modified_unix_s - now_s + 60, 0, 120);
}

static void rename_new_moves_files_and_folders(void **state)
{
    const char *file = temp_folder_write(*state, "file", "abc", 3);
    const char *folder = temp_folder_path(*state, "folder");
    const char *moved_folder = temp_folder_path(*state, "moved folder");
    struct os_path_info info;
    assert_int_equal(os_folder_create(folder), JET_errSuccess);
    assert_int_equal(os_path_rename_new(file, temp_folder_path(*state, "folder/file")), JET_errSuccess);
    assert_int_equal(os_path_stat(file, &info), JET_errFileNotFound);
    assert_int_equal(os_path_rename_new(folder, moved_folder), JET_errSuccess);
    assert_int_equal(os_path_stat(folder, &info), JET_errFileNotFound);
    assert_file_holds(temp_folder_path(*state, "moved folder/file"), "abc");
}

static void rename_new_refuses_every_taken_name(void **state)
{
    const char *file = temp_folder_write(*state, "file", "abc", 3);
    const char *taken_file = temp_folder_write(*state, "taken file", "def", 3);
    const char *folder = temp_folder_path(*state, "folder");
    const char *taken_folder = temp_folder_path(*state, "taken folder");
    assert_int_equal(os_folder_create(folder), JET_errSuccess);
    assert_int_equal(os_folder_create(taken_folder), JET_errSuccess);
    assert_int_equal(os_path_rename_new(file, taken_file), JET_errFileAlreadyExists);
    assert_int_equal(os_path_rename_new(file, taken_folder), JET_errFileAlreadyExists);
    assert_int_equal(os_path_rename_new(folder, taken_file), JET_errFileAlreadyExists);
    assert_int_equal(os_path_rename_new(folder, taken_folder), JET_errFileAlreadyExists);
    assert_file_holds(file, "abc");
    assert_file_holds(taken_file, "def");
}

static void rename_over_replaces_a_file(void **state)
{
    const char *file = temp_folder_write(*state, "file", "abc", 3);
    const char *other = temp_folder_write(*state, "other", "longer", 6);
    const char *fresh = temp_folder_path(*state, "fresh");
    struct os_path_info info;
    assert_int_equal(os_path_rename_over(file, other), JET_errSuccess);
    assert_int_equal(os_path_stat(file, &info), JET_errFileNotFound);
    assert_file_holds(other, "abc");
    assert_int_equal(os_path_rename_over(other, fresh), JET_errSuccess);
    assert_file_holds(fresh, "abc");
    assert_true(os_path_rename_over(fresh, temp_folder_root(*state)) < JET_errSuccess);
}

static void a_rename_says_which_side_is_missing(void **state)
{
    const char *file = temp_folder_write(*state, "file", "abc", 3);
    const char *missing = temp_folder_path(*state, "missing");
    const char *homeless = temp_folder_path(*state, "nowhere/file");
    assert_int_equal(os_path_rename_new(missing, temp_folder_path(*state, "to")), JET_errFileNotFound);
    assert_int_equal(os_path_rename_over(missing, temp_folder_path(*state, "to")), JET_errFileNotFound);
    assert_int_equal(os_path_rename_new(file, homeless), JET_errInvalidPath);
    assert_int_equal(os_path_rename_over(file, homeless), JET_errInvalidPath);
    assert_file_holds(file, "abc");
}

static void only_an_empty_folder_is_removed(void **state)
{
    const char *folder = temp_folder_path(*state, "folder");
    struct os_path_info info;
    assert_int_equal(os_folder_create(folder), JET_errSuccess);
    const char *member = temp_folder_write(*state, "folder/member", "abc", 3);
    assert_int_equal(os_folder_remove(folder), JET_errFileAlreadyExists);
    assert_file_holds(member, "abc");
    assert_int_equal(os_file_remove(member), JET_errSuccess);
    assert_int_equal(os_folder_remove(folder), JET_errSuccess);
    assert_int_equal(os_path_stat(folder, &info), JET_errFileNotFound);
}

static void a_listing_is_sorted_by_bytes(void **state)
{
    /* As they must come out. They differ in more than case, and no two are equal for a case-blind file system. */
    static const char *const names[] = {
        "10",    "9",      "Zeta.log",           "_x",
        "alpha", "folder", "gr\xc3\xb6\xc3\x9f", "\xe6\x95\xb0\xe6\x8d\xae \xf0\x9f\xa6\x84.edb"};
    struct os_folder_list list = {0};
    for (size_t i = COUNT_OF(names); i-- > 0;)
        if (strcmp(names[i], "folder") == 0)
            assert_int_equal(os_folder_create(temp_folder_path(*state, names[i])), JET_errSuccess);
        else
            temp_folder_write(*state, names[i], names[i], strlen(names[i]));
    assert_int_equal(os_folder_list(temp_folder_root(*state), &list), JET_errSuccess);
    assert_int_equal(list.count, COUNT_OF(names));
    for (size_t i = 0; i < list.count; i++)
        assert_string_equal(list.names[i], names[i]);
    os_folder_list_free(&list);
}

static void a_listing_of_many_names_is_whole(void **state)
{
    enum { COUNT = 300 };
    struct os_folder_list list = {0};
    char name[] = "name 000";
    for (unsigned i = 0; i < COUNT; i++) {
        name[5] = (char)('0' + i / 100);
        name[6] = (char)('0' + i / 10 % 10);
        name[7] = (char)('0' + i % 10);
        temp_folder_write(*state, name, "", 0);
    }
    assert_int_equal(os_folder_list(temp_folder_root(*state), &list), JET_errSuccess);
    assert_int_equal(list.count, COUNT);
    assert_string_equal(list.names[0], "name 000");
    assert_string_equal(list.names[COUNT - 1], "name 299");
    os_folder_list_free(&list);
}

static void an_empty_folder_lists_nothing_and_a_missing_one_fails(void **state)
{
    struct os_folder_list list = {.count = 7};
    assert_int_equal(os_folder_list(temp_folder_path(*state, "missing"), &list), JET_errFileNotFound);
    assert_int_equal(list.count, 7);
    assert_int_equal(os_folder_list(temp_folder_root(*state), &list), JET_errSuccess);
    assert_int_equal(list.count, 0);
    os_folder_list_free(&list);
}

static void assert_path(char *path, const char *expected)
{
    assert_non_null(path);
    assert_string_equal(path, expected);
    free(path);
}

static void paths_are_joined_and_taken_apart(void **state)
{
    char *path = os_path_join("folder", "name");
    assert_non_null(path);
    assert_int_equal(strlen(path), strlen("folder/name"));
    assert_string_equal(os_path_name(path), "name");
    assert_path(os_path_parent(path), "folder");
    free(path);

    assert_path(os_path_join("", "name"), "name");
    assert_path(os_path_join("folder/", "name"), "folder/name");
    assert_string_equal(os_path_name("name"), "name");
    assert_string_equal(os_path_name("a/b/name"), "name");
    assert_string_equal(os_path_name("folder/"), "");
    assert_string_equal(os_path_name(""), "");
    assert_path(os_path_parent("name"), ".");
    assert_path(os_path_parent("name/"), ".");
    assert_path(os_path_parent(""), ".");
    assert_path(os_path_parent("a/b/name"), "a/b");
    assert_path(os_path_parent("a//name//"), "a");
}

static void temporary_folders_are_new_empty_and_carry_their_prefix(void **state)
{
    char *paths[2];
    struct os_folder_list list = {0};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int_equal(os_folder_create_temporary("some prefix", &paths[i]), JET_errSuccess);
        assert_int_equal(strncmp(os_path_name(paths[i]), "some prefix", 11), 0);
        assert_int_equal(os_folder_list(paths[i], &list), JET_errSuccess);
        assert_int_equal(list.count, 0);
        os_folder_list_free(&list);
    }
    assert_string_not_equal(paths[0], paths[1]);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int_equal(os_folder_remove(paths[i]), JET_errSuccess);
        free(paths[i]);
    }
}

static void pages_are_aligned_and_zero(void **state)
{
    static const size_t sizes[] = {0, 1, 4096, 262144, 1000001};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        unsigned char *pages = os_pages_alloc(sizes[i]);
        assert_non_null(pages);
        assert_int_equal((uintptr_t)pages % 4096, 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_true(pages[k] == 0);
        memset(pages, 0xA5, sizes[i]);
        os_pages_free(pages, sizes[i]);
    }
    os_pages_free(NULL, 4096);
}

enum { SHARE_THREADS = 4, SHARE_BLOCK = 8192, SHARE_BLOCKS = 64 };

struct share {
    struct os_file *file;
    unsigned thread;
    bool ok;
};

/* Writes every SHARE_THREADS-th block with its own letter and reads it back at once. */
static void share_run(void *context)
{
    struct share *share = context;
    unsigned char block[SHARE_BLOCK];
    unsigned char letter = (unsigned char)('A' + share->thread);
    size_t actual;
    share->ok = true;
    for (unsigned i = share->thread; i < SHARE_BLOCKS && share->ok; i += SHARE_THREADS) {
        uint64_t offset = (uint64_t)i * SHARE_BLOCK;
        memset(block, letter, sizeof block);
        share->ok = os_file_write(share->file, offset, block, sizeof block) == JET_errSuccess;
        memset(block, 0, sizeof block);
        share->ok = share->ok && os_file_read(share->file, offset, block, sizeof block, &actual) == JET_errSuccess &&
                    actual == sizeof block && block[0] == letter && block[SHARE_BLOCK - 1] == letter;
    }
}

static void several_threads_use_one_file_at_once(void **state)
{
    struct os_file *file = open_ok(temp_folder_path(*state, "shared"), OS_FILE_CREATE_NEW);
    struct os_thread *threads[SHARE_THREADS];
    struct share shares[SHARE_THREADS];
    uint64_t size;
    for (unsigned i = 0; i < SHARE_THREADS; i++) {
        shares[i] = (struct share){.file = file, .thread = i};
        assert_int_equal(os_thread_start(share_run, &shares[i], &threads[i]), JET_errSuccess);
    }
    for (unsigned i = 0; i < SHARE_THREADS; i++)
        os_thread_join(threads[i]);
    for (unsigned i = 0; i < SHARE_THREADS; i++)
        assert_true(shares[i].ok);
    assert_int_equal(os_file_size(file, &size), JET_errSuccess);
    assert_int_equal(size, SHARE_BLOCKS * SHARE_BLOCK);
    os_file_close(file);
}

static void no_error_run(void *context)
{
    char text[8] = "_";
    bool *ok = context;
    *ok = os_last_error() == 0 && strcmp(os_last_error_text(text, sizeof text), "") == 0;
}

static void a_failure_leaves_its_number_and_words_to_its_thread(void **state)
{
    char text[200] = "";
    char cut[5] = "____";
    struct os_thread *thread;
    bool ok = false;
    assert_open_fails(temp_folder_path(*state, "missing"), OS_FILE_READ, JET_errFileNotFound);
    assert_int_not_equal(os_last_error(), 0);
    assert_ptr_equal(os_last_error_text(text, sizeof text), text);
    assert_true(strlen(text) > 5);
    assert_ptr_equal(os_last_error_text(cut, sizeof cut), cut);
    assert_int_equal(strlen(cut), 4);
    assert_memory_equal(cut, text, 4);
    assert_int_equal(os_thread_start(no_error_run, &ok, &thread), JET_errSuccess);
    os_thread_join(thread);
    assert_true(ok);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_FOLDER(what_was_written_is_read_back),
        WITH_FOLDER(a_read_is_short_only_at_the_end_of_the_file),
        WITH_FOLDER(a_read_at_or_beyond_the_end_gives_nothing),
        WITH_FOLDER(the_start_of_a_file_comes_with_the_size_of_all_of_it),
        WITH_FOLDER(a_write_beyond_the_end_leaves_zeros_between),
        WITH_FOLDER(set_size_cuts_and_extends_with_zeros),
        WITH_FOLDER(offsets_beyond_four_gibibytes_work),
        WITH_FOLDER(a_size_that_no_file_can_have_is_a_full_disk),
        WITH_FOLDER(a_file_opened_for_reading_cannot_be_written),
        WITH_FOLDER(flushing_works_in_every_mode_and_for_folders),
        WITH_FOLDER(an_allocated_file_is_zeros_and_never_shrinks),
        WITH_FOLDER(a_locked_file_is_refused_to_those_who_do_not_agree),
        cmocka_unit_test(an_absolute_path_names_the_same_file),
        WITH_FOLDER(a_missing_file_and_a_missing_folder_are_told_apart),
        WITH_FOLDER(creating_refuses_every_taken_name),
        WITH_FOLDER(a_folder_is_no_file_and_a_file_is_no_folder),
        WITH_FOLDER(stat_tells_kind_size_and_time),
        WITH_FOLDER(rename_new_moves_files_and_folders),
        WITH_FOLDER(rename_new_refuses_every_taken_name),
        WITH_FOLDER(rename_over_replaces_a_file),
        WITH_FOLDER(a_rename_says_which_side_is_missing),
        WITH_FOLDER(only_an_empty_folder_is_removed),
        WITH_FOLDER(a_listing_is_sorted_by_bytes),
        WITH_FOLDER(a_listing_of_many_names_is_whole),
        WITH_FOLDER(an_empty_folder_lists_nothing_and_a_missing_one_fails),
        cmocka_unit_test(paths_are_joined_and_taken_apart),
        cmocka_unit_test(temporary_folders_are_new_empty_and_carry_their_prefix),
        cmocka_unit_test(pages_are_aligned_and_zero),
        WITH_FOLDER(several_threads_use_one_file_at_once),
        WITH_FOLDER(a_failure_leaves_its_number_and_words_to_its_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
