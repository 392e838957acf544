/* SPDX-License-Identifier: MIT */
#include "support/file_changes.h"

#include <stdatomic.h>

#include "os/os_file.h"

static atomic_uint changes;

unsigned file_changes(void)
{
    return atomic_load(&changes);
}

jet_err __real_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file);
jet_err __wrap_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file);
jet_err __real_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);
jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);
jet_err __real_os_file_allocate(struct os_file *file, uint64_t size);
jet_err __wrap_os_file_allocate(struct os_file *file, uint64_t size);
jet_err __real_os_file_set_size(struct os_file *file, uint64_t size);
jet_err __wrap_os_file_set_size(struct os_file *file, uint64_t size);
jet_err __real_os_path_rename_new(const char *from, const char *to);
jet_err __wrap_os_path_rename_new(const char *from, const char *to);
jet_err __real_os_path_rename_over(const char *from, const char *to);
jet_err __wrap_os_path_rename_over(const char *from, const char *to);
jet_err __real_os_file_remove(const char *path);
jet_err __wrap_os_file_remove(const char *path);

jet_err __wrap_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file)
{
    if (mode == OS_FILE_CREATE_NEW)
        atomic_fetch_add(&changes, 1);
    return __real_os_file_open(path, mode, ret_file);
}

jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size)
{
    atomic_fetch_add(&changes, 1);
    return __real_os_file_write(file, offset, buffer, size);
}

jet_err __wrap_os_file_allocate(struct os_file *file, uint64_t size)
{
    atomic_fetch_add(&changes, 1);
    return __real_os_file_allocate(file, size);
}

jet_err __wrap_os_file_set_size(struct os_file *file, uint64_t size)
{
    atomic_fetch_add(&changes, 1);
    return __real_os_file_set_size(file, size);
}

jet_err __wrap_os_path_rename_new(const char *from, const char *to)
{
    atomic_fetch_add(&changes, 1);
    return __real_os_path_rename_new(from, to);
}

jet_err __wrap_os_path_rename_over(const char *from, const char *to)
{
    atomic_fetch_add(&changes, 1);
    return __real_os_path_rename_over(from, to);
}

jet_err __wrap_os_file_remove(const char *path)
{
    atomic_fetch_add(&changes, 1);
    return __real_os_file_remove(path);
}
