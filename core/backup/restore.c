/* SPDX-License-Identifier: MIT */
/* restore.c - see restore.h.
 *
 *      FOLDER/                                 made if it is missing
 *          coldstream-restore.partial/         made now: if it exists, somebody else is restoring, or was killed
 *              mail.edb ...                    written, flushed and closed as they pass
 *      when the set has proved sound: each file is renamed to FOLDER/name, the folder is flushed, and its
 *      parent if the folder is new
 *
 * A name that is taken is refused before its file is written, and before anything is written if the manifest comes
 * first; and because somebody may take it meanwhile, the rename refuses too. Renaming several files is not one step:
 * when one fails, those that have their names are taken back.
 */
#include "backup/restore.h"

#include <stdlib.h>

#include "backup/failure.h"
#include "backup/name_list.h"
#include "base/corrupt.h"
#include "os/os_file.h"

struct restore {
    struct set_consumer consumer; /* first */
    const struct set_reader *reader;
    struct finding_listener listener;
    const char *folder;
    char *staging;
    bool folder_made, staging_made;
    struct name_list files; /* in the staging folder */
    /* the open file */
    struct os_file *file;
    char *file_path;
    uint64_t offset;
};

static struct restore *from_consumer(struct set_consumer *consumer)
{
    return (struct restore *)consumer;
}

static jet_err check_free(struct restore *r, const char *name)
{
    struct os_path_info info;
    char *path = os_path_join(r->folder, name);
    if (!path)
        return JET_errOutOfMemory;
    jet_err err = os_path_stat(path, &info);
    if (err >= JET_errSuccess)
        err = finding_report_error(&r->listener, FINDING_FILE, path, JET_errFileAlreadyExists,
                                   "nothing is overwritten; restore into another folder");
    else if (err == JET_errFileNotFound)
        err = JET_errSuccess;
    else
        (void)failure_report_os(&r->listener, path, err);
    free(path);
    return err;
}

static jet_err expect(struct set_consumer *consumer, const struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->file_count; i++) {
        jet_err err = check_free(from_consumer(consumer), manifest->files[i].name);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

static jet_err begin_file(struct set_consumer *consumer, const char *name, uint64_t size)
{
    struct restore *r = from_consumer(consumer);
    (void)size; /* not believed, not reserved: what comes is counted by the reader */
    jet_err err = check_free(r, name);
    if (err >= JET_errSuccess)
        err = name_list_add(&r->files, name);
    if (err < JET_errSuccess)
        return err;
    free(r->file_path);
    r->offset = 0;
    r->file_path = os_path_join(r->staging, name);
    if (!r->file_path)
        return JET_errOutOfMemory;
    err = os_file_open(r->file_path, OS_FILE_CREATE_NEW, &r->file);
    if (err == JET_errFileAlreadyExists)
        return set_reader_report_error(r->reader, &r->listener, FINDING_MEMBER, name, CORRUPT(JET_errFileInvalidType),
                                       "it is there twice");
    return err < JET_errSuccess ? failure_report_os(&r->listener, r->file_path, err) : err;
}

static jet_err data(struct set_consumer *consumer, const void *bytes, size_t size)
{
    struct restore *r = from_consumer(consumer);
    jet_err err = os_file_write(r->file, r->offset, bytes, size);
    if (err < JET_errSuccess)
        return failure_report_os(&r->listener, r->file_path, err);
    r->offset += size;
    return JET_errSuccess;
}

static jet_err end_file(struct set_consumer *consumer, jet_err status)
{
    struct restore *r = from_consumer(consumer);
    if (status >= JET_errSuccess) {
        status = os_file_flush(r->file);
        if (status < JET_errSuccess)
            (void)failure_report_os(&r->listener, r->file_path, status);
    }
    os_file_close(r->file);
    r->file = NULL;
    return status;
}

static const struct set_consumer_ops restore_ops = {
    .expect = expect,
    .begin_file = begin_file,
    .data = data,
    .end_file = end_file,
};

/* ---- folders ---- */

static jet_err make_folder(struct restore *r)
{
    struct os_path_info info;
    jet_err err = os_path_stat(r->folder, &info);
    if (err >= JET_errSuccess && info.kind != OS_PATH_FOLDER)
        return finding_report_error(&r->listener, FINDING_FILE, r->folder, JET_errInvalidPath, "this is not a folder");
    if (err == JET_errFileNotFound) {
        err = os_folder_create(r->folder);
        r->folder_made = err >= JET_errSuccess;
    }
    return err < JET_errSuccess ? failure_report_os(&r->listener, r->folder, err) : err;
}

static jet_err make_staging(struct restore *r)
{
    r->staging = os_path_join(r->folder, RESTORE_STAGING_NAME);
    if (!r->staging)
        return JET_errOutOfMemory;
    jet_err err = os_folder_create(r->staging);
    if (err == JET_errFileAlreadyExists)
        return finding_report_error(&r->listener, FINDING_FILE, r->staging, err,
                                    "left by a restore that did not finish, or one is running; remove it if none is");
    if (err < JET_errSuccess)
        return failure_report_os(&r->listener, r->staging, err);
    r->staging_made = true;
    return JET_errSuccess;
}

/* Undoes everything. Errors leave a .partial folder, which nobody takes for a database. */
static void undo(struct restore *r)
{
    if (r->staging_made) {
        name_list_remove_files(&r->files, r->files.count, r->staging);
        failure_drop(os_folder_remove(r->staging));
    }
    if (r->folder_made)
        failure_drop(os_folder_remove(r->folder));
}

static void restore_done(struct restore *r)
{
    name_list_done(&r->files);
    free(r->file_path);
    free(r->staging);
}

/* ---- the last step ---- */

static jet_err rename_file(struct restore *r, const char *name)
{
    char *from = os_path_join(r->staging, name);
    char *to = os_path_join(r->folder, name);
    jet_err err = from && to ? os_path_rename_new(from, to) : JET_errOutOfMemory;
    if (err < JET_errSuccess)
        (void)failure_report_os(&r->listener, to ? to : name, err);
    free(from);
    free(to);
    return err;
}

static jet_err flush_folder(struct restore *r, const char *folder)
{
    jet_err err = os_folder_flush(folder);
    return err < JET_errSuccess ? failure_report_os(&r->listener, folder, err) : err;
}

/* A folder that we made is a name in its parent. */
static jet_err flush_parent(struct restore *r)
{
    char *parent = os_path_parent(r->folder);
    jet_err err = parent ? flush_folder(r, parent) : JET_errOutOfMemory;
    free(parent);
    return err;
}

static jet_err give_names(struct restore *r)
{
    size_t renamed = 0;
    jet_err err = flush_folder(r, r->staging);
    while (renamed < r->files.count && err >= JET_errSuccess) {
        err = rename_file(r, r->files.names[renamed]);
        if (err >= JET_errSuccess)
            renamed++;
    }
    if (err >= JET_errSuccess)
        err = flush_folder(r, r->folder);
    if (err >= JET_errSuccess && r->folder_made)
        err = flush_parent(r);
    if (err < JET_errSuccess) {
        name_list_remove_files(&r->files, renamed, r->folder); /* ours: they had these names for a moment */
        return err;
    }
    failure_drop(os_folder_remove(r->staging)); /* empty; the files have their names */
    return JET_errSuccess;
}

jet_err set_restore(struct set_reader *reader, const char *folder, const struct set_verify_options *options,
                    struct set_verify_result *ret_result)
{
    struct set_verify_options with_consumer = *options;
    struct restore r = {.consumer = {&restore_ops}, .reader = reader, .listener = options->found, .folder = folder};
    with_consumer.consumer = &r.consumer;
    *ret_result = (struct set_verify_result){0};
    jet_err err = make_folder(&r);
    if (err >= JET_errSuccess)
        err = make_staging(&r);
    if (err >= JET_errSuccess)
        err = set_verify(reader, &with_consumer, ret_result);
    if (err >= JET_errSuccess)
        err = give_names(&r);
    if (err < JET_errSuccess)
        undo(&r);
    restore_done(&r);
    return err;
}
