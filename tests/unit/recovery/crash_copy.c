/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crash_copy.h"

#include "format/dbheader.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"

static atomic_int writes_until_fail;  /* below zero: never */
static atomic_int headers_until_fail; /* below zero: never */
static struct os_mutex *disk;         /* the files change only under it */

int crash_copy_begin(void)
{
    atomic_store(&writes_until_fail, -1);
    atomic_store(&headers_until_fail, -1);
    return os_mutex_new(LOCK_RANK_LEAF, &disk) == JET_errSuccess ? 0 : -1;
}

void crash_copy_end(void)
{
    os_mutex_free(disk);
}

void crash_copy_limit_writes(int count)
{
    atomic_store(&writes_until_fail, count);
}

void crash_copy_fail_header(int number)
{
    atomic_store(&headers_until_fail, number);
}

static bool is_database_header(uint64_t offset, const void *buffer, size_t size)
{
    const struct dbheader_disk *header = buffer;
    return size >= sizeof *header && (offset == 0 || offset == size) && le32_get(header->magic) == DBHEADER_MAGIC;
}

/* ---- the system ---- */

jet_err __real_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);
jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);
jet_err __real_os_file_allocate(struct os_file *file, uint64_t size);
jet_err __wrap_os_file_allocate(struct os_file *file, uint64_t size);
jet_err __real_os_path_rename_new(const char *from, const char *to);
jet_err __wrap_os_path_rename_new(const char *from, const char *to);

jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size)
{
    const int left = atomic_load(&writes_until_fail);
    if (left == 0)
        return JET_errDiskIO;
    if (left > 0)
        atomic_fetch_sub(&writes_until_fail, 1);
    if (is_database_header(offset, buffer, size) && atomic_load(&headers_until_fail) >= 0 &&
        atomic_fetch_sub(&headers_until_fail, 1) == 0)
        return JET_errDiskIO;
    os_mutex_lock(disk);
    jet_err err = __real_os_file_write(file, offset, buffer, size);
    os_mutex_unlock(disk);
    return err;
}

jet_err __wrap_os_file_allocate(struct os_file *file, uint64_t size)
{
    os_mutex_lock(disk);
    jet_err err = __real_os_file_allocate(file, size);
    os_mutex_unlock(disk);
    return err;
}

jet_err __wrap_os_path_rename_new(const char *from, const char *to)
{
    os_mutex_lock(disk);
    jet_err err = __real_os_path_rename_new(from, to);
    os_mutex_unlock(disk);
    return err;
}

/* ---- the copy ---- */

static void copy_file(const char *from, const char *to, const char *name)
{
    size_t size;
    struct os_file *file;
    struct os_path_info info;
    char *source = os_path_join(from, name), *target = os_path_join(to, name);
    assert_non_null(source);
    assert_non_null(target);
    if (os_path_stat(source, &info) == JET_errSuccess) {
        void *bytes = temp_file_read(source, &size);
        assert_int_equal(os_file_open(target, OS_FILE_CREATE_NEW, &file), JET_errSuccess);
        assert_int_equal(__real_os_file_write(file, 0, bytes, size), JET_errSuccess);
        os_file_close(file);
        free(bytes);
    }
    free(source);
    free(target);
}

static void copy_files(const char *from, const char *to)
{
    struct os_folder_list names;
    os_mutex_lock(disk);
    copy_file(from, to, "edb.chk");
    copy_file(from, to, "test.edb");
    assert_int_equal(os_folder_list(from, &names), JET_errSuccess);
    for (size_t i = 0; i < names.count; i++)
        if (strncmp(names.names[i], "edb0", 4) == 0 || strcmp(names.names[i], "edbtmp.log") == 0)
            copy_file(from, to, names.names[i]);
    os_folder_list_free(&names);
    copy_file(from, to, "edb.log");
    os_mutex_unlock(disk);
}

void crash_copy_make(struct crash_copy *copy, const struct instance *instance, const char *from,
                     const char *database_path)
{
    *copy = (struct crash_copy){.root = NULL};
    assert_int_equal(os_folder_create_temporary("coldstream-crash", &copy->root), JET_errSuccess);
    copy_files(from, copy->root);
    copy->database_path = os_path_join(copy->root, "test.edb");
    assert_non_null(copy->database_path);
    copy->map = (struct recovery_map){.path = database_path, .new_path = copy->database_path};
    copy->instance.config = instance->config;
    copy->instance.config.system_path = copy->instance.config.log_path = copy->root;
    copy->instance.config.callbacks.context = &copy->instance;
    copy->instance.options = (struct recovery_options){.maps = &copy->map, .map_count = 1};
}

void crash_copy_done(struct crash_copy *copy)
{
    temp_tree_remove(copy->root);
    free(copy->root);
    free(copy->database_path);
}

void crash_copy_lose(const struct crash_copy *copy, const char *name)
{
    char *path = os_path_join(copy->root, name);
    assert_non_null(path);
    assert_int_equal(os_file_remove(path), JET_errSuccess);
    free(path);
}
