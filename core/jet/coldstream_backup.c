/* SPDX-License-Identifier: MIT */
#include "jet/coldstream.h"

#include <string.h>

#include "backup/backup.h"
#include "backup/run.h"
#include "backup/sink.h"
#include "base/sender.h"
#include "jet/coldstream_internal.h"

enum { SEGMENT_SIZE = 4096 };

static void tell_progress(void *context, enum backup_file_kind role, const char *name, unsigned index,
                          uint64_t bytes_done)
{
    struct operation *o = context;
    o->progress.phase = role == BACKUP_FILE_DATABASE ? "databases" : "logs";
    if (o->stream) { /* the logs join when their list has come */
        const struct source_extent extent = source_stream_extent(o->stream);
        o->progress.file_count = (unsigned)extent.files;
        o->progress.bytes_total = extent.bytes;
    }
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

/* Where a backup goes, and how it is made. */
struct course {
    const char *set; /* NULL: `stream` */
    struct os_stream *stream;
    bool keep_going, keep_partial;
    struct backup_run_options options;
};

static jet_err open_sink(struct operation *o, const struct course *course, struct backup *machine,
                         struct sink **ret_sink)
{
    if (course->set)
        return sink_directory_new(course->set, course->keep_partial, &o->found, ret_sink);
    return sink_tar_new(course->stream, backup_stop_event(machine), &o->found, ret_sink);
}

static jet_err run_into_sink(struct operation *o, const struct course *course, struct backup *machine,
                             struct sink *sink)
{
    struct backup_run_options options = course->options;
    options.tool_version = coldstream_version();
    options.stopped_before = operation_stop(o);
    options.found = o->found;
    options.progress = tell_progress;
    options.file = tell_file;
    options.context = o;
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

/* Takes over the source. */
static jet_err back_up_source(struct operation *o, const struct course *course, struct backup_source *source)
{
    struct backup *machine;
    struct sink *sink;
    jet_err err = backup_new(source, course->keep_going, &machine);
    if (err < JET_errSuccess) {
        source->ops->free(source);
        return err;
    }
    err = open_sink(o, course, machine, &sink);
    if (err >= JET_errSuccess)
        err = run_into_sink(o, course, machine, sink);
    backup_free(machine);
    return err;
}

static jet_err back_up(struct operation *o, const struct coldstream_backup_request *request)
{
    const struct course course = {
        .set = request->set,
        .stream = request->stream,
        .keep_going = request->keep_going,
        .keep_partial = request->keep_partial,
    };
    struct backup_source *source;
    jet_err err = source_offline_open(request->source, &o->found, &source);
    if (err < JET_errSuccess)
        return err;
    const struct source_extent extent = source_offline_extent(source);
    o->progress.file_count = (unsigned)extent.files;
    o->progress.bytes_total = extent.bytes;
    return back_up_source(o, &course, source);
}

jet_err coldstream_backup(struct coldstream_job *job, const struct coldstream_backup_request *request,
                          struct coldstream_summary *ret_summary)
{
    struct operation o;
    operation_begin(&o, job, "databases", ret_summary);
    return operation_end(&o, request->source, back_up(&o, request));
}

static jet_err receive(struct operation *o, const struct coldstream_receive_request *request)
{
    const struct course course = {
        .set = request->set,
        .stream = request->stream,
        .keep_partial = request->keep_partial,
        .options = {.incremental = request->incremental, .sources_are_foreign = true, .truncate = request->truncate},
    };
    jet_err err = source_stream_new(request->sender, &o->stream);
    return err < JET_errSuccess ? err : back_up_source(o, &course, o->stream);
}

jet_err coldstream_receive(struct coldstream_job *job, const struct coldstream_receive_request *request,
                           struct coldstream_summary *ret_summary)
{
    struct operation o;
    operation_begin(&o, job, request->incremental ? "logs" : "databases", ret_summary);
    return operation_end(&o, request->sender->name, receive(&o, request));
}
