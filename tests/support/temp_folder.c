/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/temp_folder.h"

#include <stdlib.h>

#include "os/os_file.h"

struct given_path {
    struct given_path *next;
    char *path;
};

struct temp_folder {
    char *root;
    struct given_path *given; /* every path handed out, to be freed at the end */
};

int temp_folder_setup(void **state)
{
    struct temp_folder *folder = calloc(1, sizeof *folder);
    if (!folder)
        return -1;
    if (os_folder_create_temporary("coldstream-test", &folder->root) < JET_errSuccess) {
        free(folder);
        return -1;
    }
    *state = folder;
    return 0;
}

static void remove_members(const char *path)
{
    struct os_folder_list list;
    assert_int_equal(os_folder_list(path, &list), JET_errSuccess);
    for (size_t i = 0; i < list.count; i++) {
        char *member = os_path_join(path, list.names[i]);
        assert_non_null(member);
        temp_tree_remove(member);
        free(member);
    }
    os_folder_list_free(&list);
}

void temp_tree_remove(const char *path)
{
    /* As a file first: that takes a link to a folder for what it is. */
    if (os_file_remove(path) >= JET_errSuccess)
        return;
    remove_members(path);
    assert_int_equal(os_folder_remove(path), JET_errSuccess);
}

int temp_folder_teardown(void **state)
{
    struct temp_folder *folder = *state;
    temp_tree_remove(folder->root);
    while (folder->given) {
        struct given_path *next = folder->given->next;
        free(folder->given->path);
        free(folder->given);
        folder->given = next;
    }
    free(folder->root);
    free(folder);
    return 0;
}

const char *temp_folder_root(const struct temp_folder *folder)
{
    return folder->root;
}

const char *temp_folder_path(struct temp_folder *folder, const char *name)
{
    struct given_path *given = malloc(sizeof *given);
    assert_non_null(given);
    given->path = os_path_join(folder->root, name);
    assert_non_null(given->path);
    given->next = folder->given;
    folder->given = given;
    return given->path;
}

const char *temp_folder_write(struct temp_folder *folder, const char *name, const void *bytes, size_t size)
{
    const char *path = temp_folder_path(folder, name);
    struct os_file *file;
    assert_int_equal(os_file_open(path, OS_FILE_CREATE_NEW, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, 0, bytes, size), JET_errSuccess);
    os_file_close(file);
    return path;
}

void *temp_file_read(const char *path, size_t *ret_size)
{
    struct os_file *file;
    uint64_t size;
    assert_int_equal(os_file_open(path, OS_FILE_READ, &file), JET_errSuccess);
    assert_int_equal(os_file_size(file, &size), JET_errSuccess);
    void *bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    assert_int_equal(os_file_read(file, 0, bytes, (size_t)size, ret_size), JET_errSuccess);
    assert_int_equal(*ret_size, size);
    os_file_close(file);
    return bytes;
}

void temp_folder_need_reading_in_use(struct temp_folder *folder)
{
    struct os_file *file, *other;
    const char *path = temp_folder_write(folder, "probe", "x", 1);
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), JET_errSuccess);
    const jet_err err = os_file_open(path, OS_FILE_READ, &other);
    if (err == JET_errSuccess)
        os_file_close(other);
    os_file_close(file);
    temp_tree_remove(path);
    if (err < JET_errSuccess)
        skip();
}
