/* SPDX-License-Identifier: MIT */
/* run.c - the pump. It is a client of backup.h like any other: begin, attach info, each database, log info, each log,
 * end. It knows nothing of tar or folders.
 *
 *      backup_read() fills and verifies the sink's own buffer  ->  digest  ->  sink->data()
 *
 * Rules.
 *   1. The manifest is the last member, written when everything else is in the sink.
 *   2. Only when the sink says that the set is whole and durable are logs truncated and is the backup ended as
 *      normal: a set that is lost after its logs were deleted would be worse than none.
 *   3. Whatever fails or stops: the open file is ended, the sink is finished with the error, the backup is ended; the
 *      first error is the result. A sink that keeps remains gets a manifest that says what they are.
 *   4. A stop is not asked for here. It comes as JET_errBackupAbortByServer from the machine or from a sink that
 *      waited.
 */
#include "backup/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "backup/failure.h"
#include "os/os_clock.h"
#include "os/os_file.h"

struct run {
    struct backup *b;
    struct sink *sink;
    const struct backup_run_options *options;
    struct backup_run_result *result;
    struct manifest manifest;
    XXH3_state_t *digest;
    bool in_file; /* findings belong to the last file of the manifest */
    bool log_is_damaged;
    jet_err note_error; /* a finding could not be kept */
};

/* ---- findings ---- */

/* What is found while a file is open is kept with it in the manifest; everything is passed on. */
static void note_finding(void *context, const struct finding *finding)
{
    struct run *run = context;
    finding_report(&run->options->found, finding);
    if (!run->in_file || finding->severity == FINDING_ERROR)
        return;
    jet_err err = manifest_add_damage(&run->manifest, finding);
    if (err < JET_errSuccess && run->note_error >= JET_errSuccess)
        run->note_error =
            finding_report_error(&run->options->found, finding->kind, finding->file, err, "too many findings to go on");
    if (finding->severity == FINDING_DAMAGE) {
        run->manifest.state = MANIFEST_DAMAGED;
        if (run->manifest.files[run->manifest.file_count - 1].role != BACKUP_FILE_DATABASE)
            run->log_is_damaged = true;
    }
}

/* ---- one file ---- */

static void describe_database(struct manifest_file *file, const struct backup_database_view *view)
{
    const struct dbheader_disk *header = view->header;
    file->page_size = view->page_size;
    file->last_page = view->last_page_owned < PGNO_MAX ? view->last_page_owned : PGNO_MAX;
    file->dbtime = le64_get(header->dbtime);
    file->state = le32_get(header->state);
    file->signature = header->signature;
    file->required_first = le32_get(header->generation_min_required);
    file->required_last = le32_get(header->generation_max_required);
}

static struct manifest_file *last_file(struct run *run)
{
    return &run->manifest.files[run->manifest.file_count - 1];
}

static jet_err describe_file(struct run *run, uint64_t size, struct backup_open_file *info)
{
    struct manifest_file *file = last_file(run);
    jet_err err = backup_open_file_info(run->b, info);
    if (err < JET_errSuccess)
        return err;
    file->role = info->kind;
    file->size = size;
    file->generation = info->generation;
    if (info->database)
        describe_database(file, info->database);
    return JET_errSuccess;
}

static void tell_progress(const struct run *run, const struct manifest_file *file)
{
    const struct backup_run_options *options = run->options;
    if (options->progress)
        options->progress(options->context, file->role, file->name, (unsigned)run->manifest.file_count,
                          run->result->bytes);
}

/* Reads the open file to its end into the sink. */
static jet_err pump_bytes(struct run *run)
{
    const struct manifest_file *file = last_file(run);
    uint64_t done = 0;
    for (;;) {
        size_t size;
        jet_err err = backup_read(run->b, run->sink->buffer, run->sink->buffer_size, &size);
        if (err >= JET_errSuccess)
            err = run->note_error;
        if (err < JET_errSuccess)
            return err;
        if (size == 0)
            return done == file->size ? JET_errSuccess : JET_errFileIOBeyondEOF;
        (void)XXH3_128bits_update(run->digest, run->sink->buffer, size); /* fails for NULL only */
        err = run->sink->ops->data(run->sink, size);
        if (err < JET_errSuccess)
            return err;
        done += size;
        run->result->bytes += size;
        tell_progress(run, file);
    }
}

static void keep_digest(struct run *run)
{
    XXH128_canonical_t digest;
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(run->digest));
    memcpy(last_file(run)->digest, digest.digest, sizeof digest.digest);
}

/* Sends the open file. */
static jet_err pump_file(struct run *run, const char *path)
{
    struct os_path_info info;
    bool has_time = !run->options->sources_are_foreign && os_path_stat(path, &info) >= JET_errSuccess;
    const struct sink_file sink_file = {
        .name = last_file(run)->name,
        .size = last_file(run)->size,
        .modified_unix_s = has_time ? info.modified_unix_s : 0,
    };
    jet_err err = run->sink->ops->begin_file(run->sink, &sink_file);
    if (err < JET_errSuccess)
        return err;
    (void)XXH3_128bits_reset(run->digest);
    err = pump_bytes(run);
    err = run->sink->ops->end_file(run->sink, err);
    if (err >= JET_errSuccess)
        keep_digest(run);
    return err;
}

static jet_err add_to_manifest(struct run *run, const char *path, enum backup_file_kind role)
{
    struct manifest_file *file;
    jet_err err = manifest_add_file(&run->manifest, os_path_name(path), role, &file);
    if (err == JET_errInvalidName)
        return finding_report_error(&run->options->found, FINDING_FILE, path, err,
                                    "not every system can have a file of this name; rename it");
    if (err < JET_errSuccess)
        return err;
    run->in_file = true;
    return JET_errSuccess;
}

static jet_err run_opened(struct run *run, const char *path, uint64_t size)
{
    struct backup_open_file info;
    jet_err err = describe_file(run, size, &info);
    if (err >= JET_errSuccess)
        err = pump_file(run, path);
    if (err < JET_errSuccess)
        return err;
    if (run->options->file)
        run->options->file(run->options->context, last_file(run), info.counts);
    run->result->files++;
    return JET_errSuccess;
}

static jet_err run_file(struct run *run, const char *path, enum backup_file_kind role)
{
    uint64_t size;
    jet_err err = add_to_manifest(run, path, role);
    if (err < JET_errSuccess)
        return err;
    err = backup_open(run->b, path, 0, &size);
    if (err >= JET_errSuccess) {
        err = run_opened(run, path, size);
        failure_drop(backup_close(run->b)); /* a failed read has closed it already */
    }
    if (err >= JET_errSuccess)
        err = run->note_error;
    run->in_file = false;
    if (err < JET_errSuccess)
        manifest_remove_last(&run->manifest); /* it is not whole */
    return err;
}

/* ---- the whole ---- */

static jet_err run_files(struct run *run, const struct backup_list *list, enum backup_file_kind role)
{
    for (size_t i = 0; i < list->count; i++) {
        jet_err err = run_file(run, list->paths[i], role);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

static jet_err keep_log_info(struct run *run, const struct backup_log_info *info)
{
    struct manifest *manifest = &run->manifest;
    memcpy(manifest->base_name, info->base_name, sizeof manifest->base_name);
    manifest->log_signature = info->signature;
    manifest->first_generation = info->copy_first;
    manifest->last_generation = info->copy_end > 0 ? info->copy_end - 1 : 0;
    manifest->recoverable = info->recoverable;
    return info->reason ? manifest_set_reason(manifest, info->reason) : JET_errSuccess;
}

static jet_err run_backup(struct run *run)
{
    struct backup_list list;
    struct backup_log_info info;
    jet_err err = JET_errSuccess;
    if (!run->options->incremental) {
        err = backup_get_attach_info(run->b, &list);
        if (err >= JET_errSuccess)
            err = run_files(run, &list, BACKUP_FILE_DATABASE);
    }
    if (err >= JET_errSuccess)
        err = backup_get_log_info(run->b, &list, &info);
    if (err >= JET_errSuccess)
        err = keep_log_info(run, &info);
    if (err >= JET_errSuccess)
        err = run_files(run, &list, BACKUP_FILE_LOG);
    if (err >= JET_errSuccess && run->log_is_damaged) {
        run->manifest.recoverable = false;
        err = manifest_set_reason(&run->manifest, "a log file is damaged");
    }
    return err;
}

static jet_err pump_text(struct run *run, const char *text, size_t size)
{
    struct sink *sink = run->sink;
    jet_err err = JET_errSuccess;
    while (size > 0 && err >= JET_errSuccess) {
        size_t piece = size < sink->buffer_size ? size : sink->buffer_size;
        memcpy(sink->buffer, text, piece);
        err = sink->ops->data(sink, piece);
        text += piece;
        size -= piece;
    }
    return err;
}

static jet_err write_manifest(struct run *run)
{
    struct sink_file file = {.name = MANIFEST_NAME, .modified_unix_s = run->manifest.created_unix_ms / 1000};
    char *text;
    size_t size;
    jet_err err = manifest_encode(&run->manifest, &text, &size, run->result->digest);
    if (err < JET_errSuccess)
        return err;
    file.size = size;
    err = run->sink->ops->begin_file(run->sink, &file);
    if (err >= JET_errSuccess) {
        err = pump_text(run, text, size);
        err = run->sink->ops->end_file(run->sink, err);
    }
    free(text);
    return err;
}

/* What is left of a set that did not become whole says so itself. */
static void mark_remains(struct run *run, jet_err err)
{
    if (!run->sink->keeps_remains)
        return;
    run->manifest.state = err == JET_errBackupAbortByServer ? MANIFEST_STOPPED : MANIFEST_FAILED;
    run->manifest.recoverable = false;
    failure_drop(manifest_set_reason(&run->manifest, "the backup did not finish"));
    failure_drop(write_manifest(run));
}

static jet_err begin(struct run *run)
{
    const struct finding_listener listener = {note_finding, run};
    backup_listen(run->b, &listener);
    jet_err err = backup_begin(run->b, run->options->incremental ? BACKUP_BIT_INCREMENTAL : 0);
    struct os_event *stopped = run->options->stopped_before;
    if (err >= JET_errSuccess && stopped && os_event_wait(stopped, 0))
        backup_stop(run->b);
    return err;
}

/* The set is whole and safe: a stop that comes now only leaves the logs where they are. */
static jet_err truncate_behind(struct run *run)
{
    jet_err err = backup_truncate(run->b);
    return err == JET_errBackupAbortByServer ? JET_errSuccess : err;
}

/* The recorded end. After a stop the normal end records "by the server"; -801 is not ours to abort. */
static void end(struct run *run, jet_err err)
{
    const struct finding_listener nobody = {NULL, NULL};
    bool is_abort = err < JET_errSuccess && err != JET_errBackupAbortByServer;
    failure_drop(backup_end(run->b, is_abort ? BACKUP_BIT_END_ABORT : BACKUP_BIT_END_NORMAL)); /* torn down already */
    backup_listen(run->b, &nobody);
}

static void keep_result(struct run *run)
{
    run->result->first_generation = run->manifest.first_generation;
    run->result->last_generation = run->manifest.last_generation;
    run->result->recoverable = run->manifest.recoverable;
}

jet_err backup_run(struct backup *b, struct sink *sink, const struct backup_run_options *options,
                   struct backup_run_result *ret_result)
{
    struct run run = {.b = b, .sink = sink, .options = options, .result = ret_result};
    *ret_result = (struct backup_run_result){0};
    run.manifest.created_unix_ms = os_clock_wall_ms();
    run.manifest.incremental = options->incremental;
    (void)snprintf(run.manifest.tool_version, sizeof run.manifest.tool_version, "%s", options->tool_version);
    run.digest = XXH3_createState();
    jet_err err = run.digest ? begin(&run) : JET_errOutOfMemory;
    bool begun = err >= JET_errSuccess;
    if (begun)
        err = run_backup(&run);
    if (err >= JET_errSuccess)
        err = write_manifest(&run);
    if (err < JET_errSuccess)
        mark_remains(&run, err);
    keep_result(&run);
    err = sink->ops->finish(sink, err);
    if (err >= JET_errSuccess && options->truncate)
        err = truncate_behind(&run);
    if (begun)
        end(&run, err);
    (void)XXH3_freeState(run.digest);
    manifest_done(&run.manifest);
    return err;
}
