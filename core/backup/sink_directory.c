/* SPDX-License-Identifier: MIT */
/* sink_directory.c - a backup set as a folder.
 *
 *      SET.partial/          made at once; SET and SET.partial must both be free
 *          mail.edb ...      written, flushed, closed one after another
 *      SET.partial -> SET    when all are there: flush the folder, rename, flush the parent
 *
 * So SET, if it exists, is whole and on stable storage. After a failure everything written is removed: the folder is
 * ours, we made it. A SET.partial that is there at the start is from somebody who was killed; it is not ours to
 * delete.
 */
#include "backup/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup/failure.h"
#include "backup/name_list.h"
#include "os/os_file.h"

struct sink_directory {
    struct sink sink; /* first */
    char *set;
    char *partial;
    char *parent;
    struct finding_listener listener;
    struct name_list files;
    /* the open file */
    struct os_file *file;
    char *file_path;
    uint64_t offset;
};

static struct sink_directory *from_sink(struct sink *sink)
{
    return (struct sink_directory *)sink;
}

static jet_err begin_file(struct sink *sink, const struct sink_file *file)
{
    struct sink_directory *d = from_sink(sink);
    d->offset = 0;
    free(d->file_path); /* of a file that could not be made */
    d->file_path = os_path_join(d->partial, file->name);
    if (!d->file_path || name_list_add(&d->files, file->name) < JET_errSuccess)
        return finding_report_error(&d->listener, FINDING_FILE, file->name, JET_errOutOfMemory, NULL);
    jet_err err = os_file_open(d->file_path, OS_FILE_CREATE_NEW, &d->file);
    if (err < JET_errSuccess)
        return failure_report_os(&d->listener, d->file_path, err);
    return JET_errSuccess;
}

static jet_err data(struct sink *sink, size_t size)
{
    struct sink_directory *d = from_sink(sink);
    jet_err err = os_file_write(d->file, d->offset, sink->buffer, size);
    if (err < JET_errSuccess)
        return failure_report_os(&d->listener, d->file_path, err);
    d->offset += size;
    return JET_errSuccess;
}

static jet_err end_file(struct sink *sink, jet_err status)
{
    struct sink_directory *d = from_sink(sink);
    if (status >= JET_errSuccess) {
        status = os_file_flush(d->file);
        if (status < JET_errSuccess)
            (void)failure_report_os(&d->listener, d->file_path, status);
    }
    os_file_close(d->file);
    d->file = NULL;
    free(d->file_path);
    d->file_path = NULL;
    return status;
}

/* Removes what we wrote. Errors leave a .partial folder, which nobody takes for a set. */
static void remove_written(struct sink_directory *d, const char *folder)
{
    name_list_remove_files(&d->files, d->files.count, folder);
    failure_drop(os_folder_remove(folder));
}

/* The name cannot be made durable, and the caller will be told that there is no set: so there must be none. */
static void take_name_back(struct sink_directory *d)
{
    if (os_path_rename_new(d->set, d->partial) < JET_errSuccess)
        remove_written(d, d->set);
}

/* The last step. */
static jet_err give_name(struct sink_directory *d)
{
    jet_err err = os_folder_flush(d->partial);
    if (err < JET_errSuccess)
        return failure_report_os(&d->listener, d->partial, err);
    err = os_path_rename_new(d->partial, d->set);
    if (err < JET_errSuccess)
        return failure_report_os(&d->listener, d->set, err);
    err = os_folder_flush(d->parent);
    if (err < JET_errSuccess) {
        (void)failure_report_os(&d->listener, d->parent, err);
        take_name_back(d);
    }
    return err;
}

static void directory_free(struct sink_directory *d)
{
    if (!d)
        return;
    os_file_close(d->file); /* begin_file that failed half-way */
    free(d->file_path);
    name_list_done(&d->files);
    os_pages_free(d->sink.buffer, d->sink.buffer_size);
    free(d->set);
    free(d->partial);
    free(d->parent);
    free(d);
}

static jet_err finish(struct sink *sink, jet_err status)
{
    struct sink_directory *d = from_sink(sink);
    if (status >= JET_errSuccess)
        status = give_name(d);
    if (status < JET_errSuccess && !sink->keeps_remains)
        remove_written(d, d->partial);
    directory_free(d);
    return status;
}

static const struct sink_ops directory_ops = {
    .begin_file = begin_file,
    .data = data,
    .end_file = end_file,
    .finish = finish,
};

/* "backup" and "backup/" name the same folder. */
static char *without_trailing_separators(const char *path)
{
    char *copy = os_path_join("", path);
    if (!copy)
        return NULL;
    size_t length = strlen(copy);
    while (length > 1 && os_path_name(copy)[0] == '\0')
        copy[--length] = '\0';
    return copy;
}

static char *with_suffix(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *text = malloc(size);
    if (text)
        (void)snprintf(text, size, "%s%s", path, suffix);
    return text;
}

static jet_err make_names(struct sink_directory *d, const char *set)
{
    d->set = without_trailing_separators(set);
    d->partial = d->set ? with_suffix(d->set, SINK_PARTIAL_SUFFIX) : NULL;
    d->parent = d->set ? os_path_parent(d->set) : NULL;
    return d->partial && d->parent ? JET_errSuccess : JET_errOutOfMemory;
}

/* Refuses before anything is read, let alone written. */
static jet_err make_partial(struct sink_directory *d)
{
    struct os_path_info info;
    jet_err err = os_path_stat(d->set, &info);
    if (err >= JET_errSuccess)
        return finding_report_error(&d->listener, FINDING_FILE, d->set, JET_errFileAlreadyExists,
                                    "choose another name, or remove it first");
    if (err != JET_errFileNotFound)
        return failure_report_os(&d->listener, d->set, err);
    err = os_folder_create(d->partial);
    if (err == JET_errFileAlreadyExists)
        return finding_report_error(&d->listener, FINDING_FILE, d->partial, err,
                                    "left by a backup that did not finish, or one is running; remove it if none is");
    if (err < JET_errSuccess)
        return failure_report_os(&d->listener, d->partial, err);
    return JET_errSuccess;
}

jet_err sink_directory_new(const char *set, bool keep_partial, const struct finding_listener *listener,
                           struct sink **ret_sink)
{
    jet_err err = JET_errOutOfMemory;
    struct sink_directory *d = calloc(1, sizeof *d);
    if (!d)
        goto fail;
    d->sink = (struct sink){
        .ops = &directory_ops,
        .buffer = os_pages_alloc(SINK_BUFFER_SIZE),
        .buffer_size = SINK_BUFFER_SIZE,
        .keeps_remains = keep_partial,
    };
    d->listener = *listener;
    if (!d->sink.buffer)
        goto fail;
    err = make_names(d, set);
    if (err < JET_errSuccess)
        goto fail;
    err = make_partial(d);
    if (err < JET_errSuccess)
        goto fail;
    *ret_sink = &d->sink;
    return JET_errSuccess;
fail:
    directory_free(d);
    return err;
}
