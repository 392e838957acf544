/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "os/os_file.h"
#include "tool/demo.h"

jet_err demo_flip_bit(const char *path, uint64_t offset, unsigned bit)
{
    struct os_file *file;
    uint8_t byte;
    size_t actual;
    jet_err err = os_file_open(path, OS_FILE_READ_WRITE, &file);
    if (err < JET_errSuccess)
        return err;
    offset += bit / 8;
    err = os_file_read(file, offset, &byte, 1, &actual);
    if (err >= JET_errSuccess && actual == 0)
        err = JET_errFileIOBeyondEOF;
    if (err >= JET_errSuccess) {
        byte ^= (uint8_t)(1u << bit % 8);
        err = os_file_write(file, offset, &byte, 1);
    }
    os_file_close(file);
    return err;
}

enum { COMPARE_SIZE = 1 << 18 };

static jet_err compare_open(struct os_file *a, struct os_file *b, uint8_t *buffer, bool *ret_equal)
{
    uint64_t offset = 0;
    for (;;) {
        size_t size_a, size_b;
        jet_err err = os_file_read(a, offset, buffer, COMPARE_SIZE, &size_a);
        if (err >= JET_errSuccess)
            err = os_file_read(b, offset, buffer + COMPARE_SIZE, COMPARE_SIZE, &size_b);
        if (err < JET_errSuccess)
            return err;
        *ret_equal = size_a == size_b && memcmp(buffer, buffer + COMPARE_SIZE, size_a) == 0;
        if (!*ret_equal || size_a == 0)
            return JET_errSuccess;
        offset += size_a;
    }
}

jet_err demo_compare(const char *path_a, const char *path_b, bool *ret_equal)
{
    struct os_file *a = NULL;
    struct os_file *b = NULL;
    uint8_t *buffer = malloc(2 * COMPARE_SIZE);
    jet_err err = buffer ? os_file_open(path_a, OS_FILE_READ, &a) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = os_file_open(path_b, OS_FILE_READ, &b);
    if (err >= JET_errSuccess)
        err = compare_open(a, b, buffer, ret_equal);
    os_file_close(a);
    os_file_close(b);
    free(buffer);
    return err;
}

static jet_err remove_entry(const char *path)
{
    struct os_path_info info;
    jet_err err = os_path_stat(path, &info);
    if (err < JET_errSuccess)
        return err;
    return info.kind == OS_PATH_FOLDER ? demo_folder_remove(path) : os_file_remove(path);
}

/* The demonstration makes no links, so following them is no danger. */
jet_err demo_folder_remove(const char *path)
{
    struct os_folder_list list;
    jet_err err = os_folder_list(path, &list);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < list.count; i++) {
        char *entry = os_path_join(path, list.names[i]);
        jet_err entry_err = entry ? remove_entry(entry) : JET_errOutOfMemory;
        if (err >= JET_errSuccess)
            err = entry_err;
        free(entry);
    }
    os_folder_list_free(&list);
    jet_err folder_err = os_folder_remove(path);
    return err < JET_errSuccess ? err : folder_err;
}
