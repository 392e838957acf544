/* SPDX-License-Identifier: MIT */
#include "jet/coldstream.h"

#include <string.h>

#include "backup/backup.h"
#include "backup/run.h"
#include "backup/sink.h"
#include "jet/coldstream_internal.h"

enum { SEGMENT_SIZE = 4096 };

static void tell_progress(void *context, enum backup_file_kind role, const char *name, unsigned index,
                          uint64_t bytes_done)
{
    struct operation *o = context;
    o->progress.phase = role == BACKUP_FILE_DATABASE ? "databases" : "logs";
    operation_progress(o, name, index, bytes_done);
}

/* Logs are counted by what was found in them: the machine counts pages. */
static struct database_page_counts count_segments(const struct manifest_file *file)
{
    struct database_page_counts counts = {.pages_checked = file->size / SEGMENT_SIZE};
    for (size_t i = 0; i < file->damage_count; i++) {
        if (file->damages[i].kind == FINDING_LOG_SEGMENT)
            counts.pages_damaged += file->damages[i].count;
        else if (file->damages[i].kind == FINDING_LOG_SEGMENT_CORRECTABLE)
            counts.pages_correctable += file->damages[i].count;
    }
    return counts;
}

static void tell_file(void *context, const struct manifest_file *file, const struct database_page_counts *counts)
{
    struct database_page_counts segments = {0};
    if (file->role == BACKUP_FILE_LOG) {
        segments = count_segments(file);
        counts = &segments;
    }
    operation_file(context, file->name, file->role, file->size, counts, file->digest);
}

static jet_err open_sink(struct operation *o, const struct coldstream_backup_request *request, struct backup *machine,
                         struct sink **ret_sink)
{
    if (request->set)
        return sink_directory_new(request->set, request->keep_partial, &o->found, ret_sink);
    return sink_tar_new(request->stream, backup_stop_event(machine), &o->found, ret_sink);
}

static jet_err run_into_sink(struct operation *o, struct backup *machine, struct sink *sink)
{
    const struct backup_run_options options = {
        .tool_version = coldstream_version(),
        .stopped_before = operation_stop(o),
        .found = o->found,
        .progress = tell_progress,
        .file = tell_file,
        .context = o,
    };
    struct backup_run_result result;
    operation_publish(o, machine);
    jet_err err = backup_run(machine, sink, &options, &result);
    operation_unpublish(o);
    o->summary->first_generation = result.first_generation;
    o->summary->last_generation = result.last_generation;
    o->summary->recoverable = result.recoverable;
    memcpy(o->summary->set_digest, result.digest, sizeof o->summary->set_digest);
    return err;
}

static jet_err back_up(struct operation *o, const struct coldstream_backup_request *request)
{
    struct backup_source *source;
    struct backup *machine;
    struct sink *sink;
    jet_err err = source_offline_open(request->source, &o->found, &source);
    if (err < JET_errSuccess)
        return err;
    struct source_offline_extent extent = source_offline_extent(source);
    o->progress.file_count = (unsigned)extent.files;
    o->progress.bytes_total = extent.bytes;
    err = backup_new(source, request->keep_going, &machine);
    if (err < JET_errSuccess) {
        source->ops->free(source);
        return err;
    }
    err = open_sink(o, request, machine, &sink);
    if (err >= JET_errSuccess)
        err = run_into_sink(o, machine, sink);
    backup_free(machine);
    return err;
}

jet_err coldstream_backup(struct coldstream_job *job, const struct coldstream_backup_request *request,
                          struct coldstream_summary *ret_summary)
{
    struct operation o;
    operation_begin(&o, job, "databases", ret_summary);
    return operation_end(&o, request->source, back_up(&o, request));
}
