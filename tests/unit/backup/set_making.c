/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "os/os_file.h"
#include "os/os_thread.h"
#include "set_making.h"
#include "support/database_image.h"

char *joined(const char *parent, const char *name)
{
    char *path = os_path_join(parent, name);
    assert_non_null(path);
    return path;
}

static void store(const char *folder, const char *name, size_t page_size, pgno_t count_pages)
{
    struct database_image image;
    struct os_file *file;
    char *path = joined(folder, name);
    database_image_make_bare(&image, page_size, count_pages);
    assert_int_equal(os_file_open(path, OS_FILE_CREATE_NEW, &file), 0);
    assert_int_equal(os_file_write(file, 0, image.bytes, image.size), 0);
    os_file_close(file);
    database_image_done(&image);
    free(path);
}

const char *make_source_folder(struct temp_folder *folder, const char *name)
{
    const char *path = temp_folder_path(folder, name);
    assert_int_equal(os_folder_create(path), 0);
    store(path, "a.edb", 4096, 20);
    store(path, "b.edb", 32768, 3);
    store(path, "c.edb", 16384, 5);
    return path;
}

/* ---- backup ---- */

static jet_err run(struct backup *machine, struct sink *sink, const struct finding_listener *found,
                   struct backup_run_result *result)
{
    const struct backup_run_options options = {.tool_version = "test", .found = *found};
    return backup_run(machine, sink, &options, result);
}

static jet_err open_machine(const char *source, bool keep_going, const struct finding_listener *found,
                            struct backup **ret_machine)
{
    struct backup_source *offline;
    jet_err err = source_offline_open(source, found, &offline);
    if (err < JET_errSuccess)
        return err;
    err = backup_new(offline, keep_going, ret_machine);
    if (err < JET_errSuccess)
        offline->ops->free(offline);
    return err;
}

jet_err make_set_folder(const char *source, const char *set, struct making *making)
{
    struct making own = {0};
    struct backup *machine;
    struct sink *sink;
    if (!making)
        making = &own;
    const struct finding_listener found = finding_list_listener(&making->found);
    jet_err err = open_machine(source, making->keep_going, &found, &machine);
    if (err < JET_errSuccess)
        return err;
    err = sink_directory_new(set, making->keep_partial, &found, &sink);
    if (err >= JET_errSuccess)
        err = run(machine, sink, &found, &making->result);
    backup_free(machine);
    return err;
}

/* Writes what comes out of a pipe to a file. */
struct drain {
    struct os_stream *reader;
    struct os_file *file;
};

static void drain_pipe(void *context)
{
    struct drain *drain = context;
    static uint8_t buffer[65536]; /* one at a time */
    uint64_t offset = 0;
    size_t size;
    while (os_stream_read(drain->reader, buffer, sizeof buffer, NULL, &size) >= JET_errSuccess && size > 0) {
        if (os_file_write(drain->file, offset, buffer, size) < JET_errSuccess)
            abort();
        offset += size;
    }
}

jet_err make_set_tar(const char *source, const char *tar, struct making *making)
{
    struct making own = {0};
    struct drain drain;
    struct os_stream *writer;
    struct os_thread *thread;
    struct backup *machine;
    struct sink *sink;
    if (!making)
        making = &own;
    const struct finding_listener found = finding_list_listener(&making->found);
    jet_err err = open_machine(source, making->keep_going, &found, &machine);
    if (err < JET_errSuccess)
        return err;
    assert_int_equal(os_file_open(tar, OS_FILE_CREATE_NEW, &drain.file), 0);
    assert_int_equal(os_stream_open_pipe(&drain.reader, &writer), 0);
    assert_int_equal(os_thread_start(drain_pipe, &drain, &thread), 0);
    err = sink_tar_new(writer, backup_stop_event(machine), &found, &sink);
    if (err >= JET_errSuccess)
        err = run(machine, sink, &found, &making->result);
    os_stream_close(writer);
    os_thread_join(thread);
    os_stream_close(drain.reader);
    os_file_close(drain.file);
    backup_free(machine);
    return err;
}

/* ---- verify, restore ---- */

static jet_err read_set(const char *path, const char *folder, bool allow_damage, struct finding_list *found)
{
    struct finding_list own = {0};
    struct set_verify_options options = {
        .allow_damage = allow_damage,
        .found = finding_list_listener(found ? found : &own),
    };
    struct set_verify_result result;
    struct set_reader *reader;
    jet_err err = set_reader_open(path, NULL, &options.found, &reader);
    if (err < JET_errSuccess)
        return err;
    err = folder ? set_restore(reader, folder, &options, &result) : set_verify(reader, &options, &result);
    manifest_done(&result.manifest);
    set_reader_close(reader);
    return err;
}

jet_err verify_set(const char *path, struct finding_list *found)
{
    return read_set(path, NULL, false, found);
}

jet_err restore_set(const char *path, const char *folder, bool allow_damage, struct finding_list *found)
{
    return read_set(path, folder, allow_damage, found);
}

/* ---- files ---- */

bool path_exists(const char *path)
{
    struct os_path_info info;
    return os_path_stat(path, &info) >= JET_errSuccess;
}

size_t count_files(const char *folder)
{
    struct os_folder_list list;
    assert_int_equal(os_folder_list(folder, &list), 0);
    size_t count = list.count;
    os_folder_list_free(&list);
    return count;
}

void assert_same_files(const char *folder_a, const char *folder_b)
{
    struct os_folder_list list;
    assert_int_equal(os_folder_list(folder_a, &list), 0);
    assert_int_equal(count_files(folder_b), list.count);
    for (size_t i = 0; i < list.count; i++) {
        size_t size_a, size_b;
        char *path_a = joined(folder_a, list.names[i]);
        char *path_b = joined(folder_b, list.names[i]);
        uint8_t *a = temp_file_read(path_a, &size_a);
        uint8_t *b = temp_file_read(path_b, &size_b);
        assert_int_equal(size_a, size_b);
        if (size_a > 0 && memcmp(a, b, size_a) != 0)
            fail_msg("%s differs", list.names[i]);
        free(a);
        free(b);
        free(path_a);
        free(path_b);
    }
    os_folder_list_free(&list);
}

void flip_bit(const char *path, uint64_t bit)
{
    struct os_file *file;
    uint8_t byte;
    size_t size;
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), 0);
    assert_int_equal(os_file_read(file, bit / 8, &byte, 1, &size), 0);
    assert_int_equal(size, 1);
    byte = (uint8_t)(byte ^ 1u << bit % 8);
    assert_int_equal(os_file_write(file, bit / 8, &byte, 1), 0);
    os_file_close(file);
}
