/* SPDX-License-Identifier: MIT */
/* coldstream_verify.c - verify whatever a path names. A folder of databases is checked to its end: the first damage
 * decides the result, all of it is reported. */
#include "jet/coldstream.h"

#include <stdlib.h>

#include "backup/offline_files.h"
#include "backup/set_reader.h"
#include "base/corrupt.h"
#include "format/checkpoint.h"
#include "format/logname.h"
#include "jet/coldstream_internal.h"
#include "isam/deep.h"
#include "jet/inspect.h"
#include "log/log_file.h"
#include "os/os_error.h"
#include "os/os_file.h"
#include "storage/database_verify.h"

enum { LOG_BUFFER_SIZE = 256 * 1024 };

/* Where the whole is while one file is checked. */
struct verification {
    struct operation *o;
    unsigned jobs;
    bool is_deep;
    unsigned index;        /* of the file, from 1 */
    uint64_t bytes_before; /* of the files before it; databases that are looked into count twice */
    uint32_t page_size;    /* of the one at work */
    const char *name;
};

/* ---- databases ---- */

static void database_progress(void *context, uint64_t bytes_done)
{
    struct verification *v = context;
    operation_progress(v->o, v->name, v->index, v->bytes_before + bytes_done);
}

static bool is_page_damage(jet_err err)
{
    return err == JET_errReadVerifyFailure || err == JET_errReadPgnoVerifyFailure || err == JET_errDatabaseCorrupted;
}

static void deep_progress(void *context, uint64_t pages_done)
{
    struct verification *v = context;
    operation_progress(v->o, v->name, v->index, v->bytes_before + pages_done * v->page_size);
}

/* Looks into a database whose pages were checked with the result `err`. */
static jet_err look_into(struct verification *v, struct database_file *file, jet_err err, struct deep_counts *counts)
{
    const struct deep_options options = {
        .pages_are_verified = true,
        .cancel = operation_stop(v->o),
        .progress = deep_progress,
        .progress_context = v,
    };
    if (err < JET_errSuccess && !is_page_damage(err))
        return err;
    v->page_size = database_file_info(file)->page_size;
    jet_err deep_err = deep_verify(file, &options, &v->o->found, counts);
    if (err < JET_errSuccess && deep_err != JET_errBackupAbortByServer)
        return err;
    return deep_err;
}

static jet_err verify_database(struct verification *v, const char *path)
{
    struct database_page_counts counts = {0};
    struct deep_counts deep_counts = {0};
    struct database_file *file;
    const struct database_verify_options options = {
        .jobs = v->jobs,
        .cancel = operation_stop(v->o),
        .progress = database_progress,
        .progress_context = v,
    };
    jet_err err = database_file_open(path, &v->o->found, &file);
    if (err < JET_errSuccess)
        return err;
    const struct database_file_info *info = database_file_info(file);
    err = database_verify(file, &options, &v->o->found, &counts);
    v->bytes_before += info->file_size;
    if (v->is_deep) {
        err = look_into(v, file, err, &deep_counts);
        v->bytes_before += info->file_size;
        v->o->deep = &deep_counts;
    }
    operation_file(v->o, v->name, BACKUP_FILE_DATABASE, info->file_size, &counts, NULL);
    v->o->deep = NULL;
    database_file_close(file);
    return err;
}

/* ---- logs ---- */

/* Reads to the end in spite of damage; the first damage is the result. */
static jet_err read_log(struct verification *v, struct log_file *file, bool is_current, void *buffer,
                        struct log_segment_counts *counts)
{
    jet_err result = JET_errSuccess;
    uint64_t offset = 0;
    for (;;) {
        size_t size = 0;
        if (os_event_wait(operation_stop(v->o), 0))
            return JET_errBackupAbortByServer;
        jet_err err = log_file_read(file, offset, buffer, LOG_BUFFER_SIZE, is_current, &v->o->found, counts, &size);
        if (err < JET_errSuccess && err != JET_errLogReadVerifyFailure)
            return err;
        if (err < JET_errSuccess)
            result = err;
        if (size == 0)
            return result;
        offset += size;
        operation_progress(v->o, v->name, v->index, v->bytes_before + offset);
    }
}

static jet_err verify_log(struct verification *v, const char *path)
{
    struct logname name;
    struct log_segment_counts segments = {0};
    struct log_file *file;
    bool is_current = logname_parse(os_path_name(path), &name) >= JET_errSuccess && name.kind == LOGNAME_CURRENT;
    void *buffer = os_pages_alloc(LOG_BUFFER_SIZE);
    if (!buffer)
        return JET_errOutOfMemory;
    jet_err err = log_file_open(path, &v->o->found, &file);
    if (err >= JET_errSuccess) {
        uint64_t size = log_file_info(file)->file_size;
        err = read_log(v, file, is_current, buffer, &segments);
        const struct database_page_counts counts = {
            .pages_checked = segments.segments_checked,
            .pages_zero = segments.segments_zero,
            .pages_damaged = segments.segments_damaged,
            .pages_correctable = segments.segments_correctable,
        };
        operation_file(v->o, v->name, BACKUP_FILE_LOG, size, &counts, NULL);
        v->bytes_before += size;
        log_file_close(file);
    }
    os_pages_free(buffer, LOG_BUFFER_SIZE);
    return err;
}

/* ---- checkpoint ---- */

static void report_checkpoint(struct verification *v, const char *path, enum finding_severity severity, jet_err err,
                              const char *detail)
{
    const struct finding finding = {
        .kind = FINDING_CHECKPOINT,
        .severity = severity,
        .err = err,
        .file = path,
        .place = FINDING_WHOLE_FILE,
        .detail = detail,
    };
    finding_report(&v->o->found, &finding);
}

static jet_err verify_checkpoint(struct verification *v, const char *path)
{
    const struct database_page_counts none = {0};
    struct checkpoint_selection selection;
    uint8_t bytes[CHECKPOINT_FILE_SIZE];
    char text[256];
    uint64_t file_size;
    size_t size;
    jet_err err = os_file_read_start(path, bytes, sizeof bytes, &size, &file_size);
    if (err < JET_errSuccess)
        return finding_report_error(&v->o->found, FINDING_FILE, path, err, os_last_error_text(text, sizeof text));
    err = checkpoint_select(bytes, size, &selection);
    if (err < JET_errSuccess)
        report_checkpoint(v, path, FINDING_DAMAGE, err, "recovery will start at the oldest log instead");
    else if (selection.copies[0] != CHECKPOINT_COPY_VALID || selection.copies[1] == CHECKPOINT_COPY_BAD_CHECKSUM)
        report_checkpoint(v, path, FINDING_WARNING, JET_errCheckpointCorrupt, "one of its two copies is damaged");
    operation_file(v->o, v->name, BACKUP_FILE_CHECKPOINT, file_size, &none, NULL);
    v->bytes_before += file_size;
    return err;
}

/* ---- folders ---- */

typedef jet_err verify_function(struct verification *v, const char *path);

/* Goes on after damage, not after a stop; the first error is kept. */
static void verify_one(struct verification *v, verify_function *verify, const char *path, jet_err *result)
{
    if (*result == JET_errBackupAbortByServer)
        return;
    v->name = os_path_name(path);
    v->index++;
    jet_err err = verify(v, path);
    if (err < JET_errSuccess && (*result >= JET_errSuccess || err == JET_errBackupAbortByServer))
        *result = err;
}

static void verify_in_folder(struct verification *v, verify_function *verify, const char *folder, const char *name,
                             jet_err *result)
{
    char *path = os_path_join(folder, name);
    if (path)
        verify_one(v, verify, path, result);
    else
        *result = JET_errOutOfMemory;
    free(path);
}

static bool all_recoverable(struct operation *o, const struct offline_files *files)
{
    char reason[512];
    bool recoverable = true;
    for (size_t i = 0; i < files->database_count; i++) {
        if (!offline_files_recoverable(files, &files->databases[i], &o->found, reason, sizeof reason))
            recoverable = false;
    }
    return recoverable;
}

static jet_err verify_files(struct verification *v, const struct offline_files *files)
{
    const struct log_set *logs = &files->logs;
    jet_err result = JET_errSuccess;
    for (size_t i = 0; i < files->database_count; i++)
        verify_one(v, verify_database, files->databases[i].path, &result);
    for (size_t i = 0; i < logs->count; i++)
        verify_in_folder(v, verify_log, files->folder, logs->files[i].name, &result);
    if (logs->checkpoint_name)
        verify_in_folder(v, verify_checkpoint, files->folder, logs->checkpoint_name, &result);
    return result;
}

static jet_err verify_folder(struct verification *v, const char *path)
{
    struct offline_files files;
    jet_err err = offline_files_read(path, &v->o->found, &files);
    if (err < JET_errSuccess)
        return err;
    v->o->progress.bytes_total = offline_files_bytes(&files);
    for (size_t i = 0; v->is_deep && i < files.database_count; i++)
        v->o->progress.bytes_total += files.databases[i].size_bytes;
    v->o->progress.file_count =
        (unsigned)(files.database_count + files.logs.count + (files.logs.checkpoint_name != NULL));
    if (files.logs.count > 0) {
        v->o->summary->first_generation = files.logs.files[0].generation;
        v->o->summary->last_generation = files.logs.files[files.logs.count - 1].generation;
    }
    v->o->summary->recoverable = all_recoverable(v->o, &files);
    err = verify_files(v, &files);
    offline_files_done(&files);
    return err;
}

/* ---- sets, and the choice ---- */

/* A database of a set that was read as a whole before. */
static jet_err look_into_member(struct operation *o, const char *set, const char *name)
{
    struct verification v = {.o = o, .name = name, .bytes_before = o->progress.bytes_done};
    struct deep_counts counts;
    struct database_file *file = NULL;
    char *path = os_path_join(set, name);
    if (!path)
        return JET_errOutOfMemory;
    jet_err err = database_file_open(path, &o->found, &file);
    if (err == JET_errSuccess)
        err = look_into(&v, file, JET_errSuccess, &counts);
    database_file_close(file);
    free(path);
    return err;
}

static jet_err look_into_set(struct operation *o, const char *path, const struct manifest *manifest)
{
    jet_err result = JET_errSuccess;
    for (size_t i = 0; i < manifest->file_count && result != JET_errBackupAbortByServer; i++) {
        const struct manifest_file *member = &manifest->files[i];
        if (member->role != BACKUP_FILE_DATABASE)
            continue;
        jet_err err = look_into_member(o, path, member->name);
        if (err < JET_errSuccess && (result == JET_errSuccess || err == JET_errBackupAbortByServer))
            result = err;
    }
    return result;
}

static void tell_that_tar_is_not_looked_into(struct operation *o, const char *path)
{
    const struct finding finding = {
        .kind = FINDING_UNJUDGED,
        .severity = FINDING_WARNING,
        .err = JET_errSuccess,
        .file = path,
        .place = FINDING_WHOLE_FILE,
        .detail = "databases in a tar cannot be looked into; restore them and check those",
    };
    finding_report(&o->found, &finding);
}

static jet_err verify_set(struct operation *o, const char *path, bool is_tar, bool is_deep)
{
    struct set_reader *reader;
    struct set_verify_result result;
    const struct set_verify_options options = operation_set_options(o);
    jet_err err = set_reader_open(path, options.stop, &o->found, &reader);
    if (err < JET_errSuccess)
        return err;
    o->progress.bytes_total = reader->bytes;
    err = set_verify(reader, &options, &result);
    if (is_deep && is_tar)
        tell_that_tar_is_not_looked_into(o, path);
    else if (is_deep && err == JET_errSuccess)
        err = look_into_set(o, path, &result.manifest);
    operation_set_result(o, &result);
    set_reader_close(reader);
    return err;
}

static jet_err verify_file(struct verification *v, verify_function *verify, const char *path)
{
    jet_err result = JET_errSuccess;
    struct os_path_info info;
    v->o->progress.file_count = 1;
    if (os_path_stat(path, &info) >= JET_errSuccess) /* if not, opening it will say so */
        v->o->progress.bytes_total = info.size_bytes * (v->is_deep && verify == verify_database ? 2 : 1);
    verify_one(v, verify, path, &result);
    return result;
}

static jet_err verify_path(struct operation *o, const char *path, unsigned jobs, bool is_deep)
{
    struct verification v = {.o = o, .jobs = jobs > 0 ? jobs : 1, .is_deep = is_deep};
    enum inspect_kind kind;
    jet_err err = inspect_path_kind(path, &o->found, &kind);
    if (err < JET_errSuccess)
        return err;
    switch (kind) {
    case INSPECT_DATABASE: return verify_file(&v, verify_database, path);
    case INSPECT_LOG: return verify_file(&v, verify_log, path);
    case INSPECT_CHECKPOINT: return verify_file(&v, verify_checkpoint, path);
    case INSPECT_SET:
    case INSPECT_TAR: return verify_set(o, path, kind == INSPECT_TAR, is_deep);
    case INSPECT_FOLDER: return verify_folder(&v, path);
    case INSPECT_UNKNOWN: break;
    }
    return finding_report_error(&o->found, FINDING_FILE_TYPE, path, CORRUPT(JET_errFileInvalidType),
                                "neither a database, a log, a checkpoint, nor a backup set");
}

static jet_err verify(struct coldstream_job *job, const char *path, unsigned jobs, bool is_deep,
                      struct coldstream_summary *ret_summary)
{
    struct operation o;
    operation_begin(&o, job, "verify", ret_summary);
    return operation_end(&o, path, verify_path(&o, path, jobs, is_deep));
}

jet_err coldstream_verify(struct coldstream_job *job, const char *path, unsigned jobs,
                          struct coldstream_summary *ret_summary)
{
    return verify(job, path, jobs, false, ret_summary);
}

jet_err coldstream_verify_deep(struct coldstream_job *job, const char *path, unsigned jobs,
                               struct coldstream_summary *ret_summary)
{
    return verify(job, path, jobs, true, ret_summary);
}
