/* SPDX-License-Identifier: MIT */
#include "support/memory_file.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "os/os_file.h"

static bool is_shown;
static const uint8_t *shown;
static size_t shown_size;

jet_err __real_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file);
void __real_os_file_close(struct os_file *file);
jet_err __real_os_file_size(struct os_file *file, uint64_t *ret_size);
jet_err __real_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual);
void __real_os_file_will_read_in_order(struct os_file *file);
jet_err __wrap_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file);
void __wrap_os_file_close(struct os_file *file);
jet_err __wrap_os_file_size(struct os_file *file, uint64_t *ret_size);
jet_err __wrap_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual);
void __wrap_os_file_will_read_in_order(struct os_file *file);

void memory_file_show(const void *bytes, size_t size)
{
    is_shown = true;
    shown = bytes;
    shown_size = size;
}

void memory_file_hide(void)
{
    is_shown = false;
}

jet_err __wrap_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file)
{
    return is_shown ? JET_errSuccess : __real_os_file_open(path, mode, ret_file);
}

void __wrap_os_file_close(struct os_file *file)
{
    if (!is_shown)
        __real_os_file_close(file);
}

jet_err __wrap_os_file_size(struct os_file *file, uint64_t *ret_size)
{
    if (!is_shown)
        return __real_os_file_size(file, ret_size);
    *ret_size = shown_size;
    return JET_errSuccess;
}

jet_err __wrap_os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual)
{
    if (!is_shown)
        return __real_os_file_read(file, offset, buffer, size, ret_actual);
    size_t left = offset < shown_size ? shown_size - (size_t)offset : 0;
    *ret_actual = left < size ? left : size;
    if (*ret_actual > 0)
        memcpy(buffer, shown + offset, *ret_actual);
    return JET_errSuccess;
}

void __wrap_os_file_will_read_in_order(struct os_file *file)
{
    if (!is_shown)
        __real_os_file_will_read_in_order(file);
}
