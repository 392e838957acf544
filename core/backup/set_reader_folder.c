/* SPDX-License-Identifier: MIT */
/* set_reader_folder.c - a set that is a folder: the manifest first, because here it can be asked first whether the
 * set is whole; then the others, by name. */
#include <stdlib.h>
#include <string.h>

#include "backup/failure.h"
#include "backup/manifest.h"
#include "backup/set_reader_internal.h"
#include "backup/sink.h"
#include "base/corrupt.h"
#include "os/os_file.h"

struct set_reader_folder {
    struct set_reader reader; /* first */
    struct finding_listener listener;
    char *path;
    struct os_folder_list list; /* the manifest, if there is one, is moved to the front */
    size_t next;
    struct os_file *file;
    char *file_path;
    uint64_t position, size; /* of the open file */
    void *buffer;
};

static struct set_reader_folder *from_reader(struct set_reader *reader)
{
    return (struct set_reader_folder *)reader;
}

static void close_file(struct set_reader_folder *r)
{
    os_file_close(r->file);
    r->file = NULL;
    free(r->file_path);
    r->file_path = NULL;
}

static jet_err check_is_file(struct set_reader_folder *r)
{
    struct os_path_info info;
    jet_err err = os_path_stat(r->file_path, &info);
    if (err < JET_errSuccess)
        return failure_report_os(&r->listener, r->file_path, err);
    if (info.kind != OS_PATH_FILE)
        return finding_report_error(&r->listener, FINDING_MEMBER, r->file_path, CORRUPT(JET_errFileInvalidType),
                                    "a backup set holds nothing but files");
    return JET_errSuccess;
}

static jet_err open_file(struct set_reader_folder *r, const char *name)
{
    r->file_path = os_path_join(r->path, name);
    if (!r->file_path)
        return JET_errOutOfMemory;
    jet_err err = check_is_file(r);
    if (err < JET_errSuccess)
        return err;
    err = os_file_open(r->file_path, OS_FILE_READ, &r->file);
    if (err >= JET_errSuccess)
        err = os_file_size(r->file, &r->size);
    if (err < JET_errSuccess)
        return failure_report_os(&r->listener, r->file_path, err);
    os_file_will_read_in_order(r->file);
    r->position = 0;
    return JET_errSuccess;
}

static jet_err next(struct set_reader *reader, struct set_member *ret_member)
{
    struct set_reader_folder *r = from_reader(reader);
    close_file(r);
    *ret_member = (struct set_member){0};
    if (r->next == r->list.count)
        return JET_errSuccess;
    const char *name = r->list.names[r->next++];
    jet_err err = set_reader_check_name(reader, &r->listener, name);
    if (err >= JET_errSuccess)
        err = open_file(r, name);
    if (err >= JET_errSuccess)
        *ret_member = (struct set_member){name, r->size, strcmp(name, MANIFEST_NAME) == 0};
    return err;
}

static jet_err read_bytes(struct set_reader *reader, const void **ret_bytes, size_t *ret_size)
{
    struct set_reader_folder *r = from_reader(reader);
    uint64_t left = r->size - r->position;
    size_t size = left < SINK_BUFFER_SIZE ? (size_t)left : SINK_BUFFER_SIZE;
    size_t actual = 0;
    jet_err err = JET_errSuccess;
    if (size > 0)
        err = os_file_read(r->file, r->position, r->buffer, size, &actual);
    if (err < JET_errSuccess)
        return failure_report_os(&r->listener, r->file_path, err);
    if (actual < size)
        return finding_report_error(&r->listener, FINDING_FILE_SIZE, r->file_path, CORRUPT(JET_errFileIOBeyondEOF),
                                    "it became shorter while it was read");
    r->position += actual;
    *ret_bytes = r->buffer;
    *ret_size = actual;
    return JET_errSuccess;
}

static void close_reader(struct set_reader *reader)
{
    struct set_reader_folder *r = from_reader(reader);
    close_file(r);
    os_pages_free(r->buffer, SINK_BUFFER_SIZE);
    os_folder_list_free(&r->list);
    free(r->path);
    free(r);
}

static const struct set_reader_ops folder_ops = {
    .next = next,
    .read = read_bytes,
    .close = close_reader,
};

static void move_manifest_to_front(struct os_folder_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], MANIFEST_NAME) != 0)
            continue;
        char *manifest = list->names[i];
        memmove(list->names + 1, list->names, i * sizeof *list->names);
        list->names[0] = manifest;
        return;
    }
}

jet_err set_reader_open_folder(const char *path, const struct finding_listener *listener,
                               struct set_reader **ret_reader)
{
    struct set_reader_folder *r = calloc(1, sizeof *r);
    if (!r)
        return JET_errOutOfMemory;
    r->listener = *listener;
    r->buffer = os_pages_alloc(SINK_BUFFER_SIZE);
    r->path = os_path_join("", path);
    r->reader = (struct set_reader){.ops = &folder_ops, .name = r->path, .manifest_first = true};
    jet_err err = r->buffer && r->path ? JET_errSuccess : JET_errOutOfMemory;
    if (err >= JET_errSuccess) {
        err = os_folder_list(path, &r->list);
        if (err < JET_errSuccess)
            (void)failure_report_os(listener, path, err);
    }
    if (err < JET_errSuccess) {
        close_reader(&r->reader);
        return err;
    }
    move_manifest_to_front(&r->list);
    *ret_reader = &r->reader;
    return JET_errSuccess;
}
