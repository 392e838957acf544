/* SPDX-License-Identifier: MIT */
/* coldstream.c - jobs: who is told what, and the stop.
 *
 * A stop has to reach whatever runs, from another thread or a signal handler, without a lock. It sets the job's
 * event, which verify and restore look at and every wait for input includes; and if a backup runs, it calls that
 * machine's backup_stop(), the one stop routine. The event stays set until an operation has ended by it, so a stop
 * between two operations hits the next; the pump hands it to a machine that was only just begun (run.c).
 *
 * The machine must not be freed under a stopper. `machine` and `stoppers` are sequentially consistent: a stopper
 * counts itself and then loads `machine`; who takes the machine away stores NULL and then waits for the count to be
 * zero. One of the two sees the other.
 */
#include "jet/coldstream.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "backup/backup.h"
#include "isam/deep.h"
#include "jet/coldstream_internal.h"
#include "os/os_clock.h"

enum {
    PROGRESS_INTERVAL_NS = 50 * 1000 * 1000,
    STOPPER_WAIT_MS = 10, /* a stopper is inside for less than a microsecond, unless it was preempted */
};

struct coldstream_job {
    struct coldstream_callbacks callbacks;
    struct os_event *stop;
    _Atomic(struct backup *) machine;
    atomic_uint stoppers;          /* inside coldstream_job_stop() */
    struct os_event *stopper_left; /* set by each that leaves */
};

const char *coldstream_version(void)
{
    return COLDSTREAM_VERSION;
}

jet_err coldstream_job_new(const struct coldstream_callbacks *callbacks, struct coldstream_job **ret_job)
{
    struct coldstream_job *job = calloc(1, sizeof *job);
    if (!job)
        return JET_errOutOfMemory;
    job->callbacks = *callbacks;
    atomic_init(&job->machine, NULL);
    atomic_init(&job->stoppers, 0);
    jet_err err = os_event_new(&job->stop);
    if (err >= JET_errSuccess)
        err = os_event_new(&job->stopper_left);
    if (err < JET_errSuccess) {
        coldstream_job_free(job);
        return err;
    }
    *ret_job = job;
    return JET_errSuccess;
}

void coldstream_job_free(struct coldstream_job *job)
{
    if (!job)
        return;
    os_event_free(job->stop);
    os_event_free(job->stopper_left);
    free(job);
}

void coldstream_job_stop(struct coldstream_job *job)
{
    os_event_set(job->stop);
    atomic_fetch_add(&job->stoppers, 1);
    struct backup *machine = atomic_load(&job->machine);
    if (machine)
        backup_stop(machine);
    atomic_fetch_sub(&job->stoppers, 1);
    os_event_set(job->stopper_left);
}

/* ---- operations ---- */

static void count_finding(void *context, const struct finding *finding)
{
    struct operation *o = context;
    const struct coldstream_callbacks *callbacks = &o->job->callbacks;
    switch (finding->severity) {
    case FINDING_NOTE: o->summary->notes++; break;
    case FINDING_WARNING: o->summary->warnings++; break;
    case FINDING_DAMAGE: o->summary->damages++; break;
    case FINDING_ERROR: o->summary->errors++; break;
    }
    if (callbacks->finding)
        callbacks->finding(callbacks->context, finding);
}

void operation_begin(struct operation *o, struct coldstream_job *job, const char *phase,
                     struct coldstream_summary *summary)
{
    *summary = (struct coldstream_summary){0};
    *o = (struct operation){
        .job = job,
        .summary = summary,
        .found = {count_finding,  o         },
        .progress = {.phase = phase, .file = ""},
    };
}

jet_err operation_end(struct operation *o, const char *name, jet_err err)
{
    if (err == JET_errBackupAbortByServer) {
        os_event_reset(o->job->stop);
        return finding_report_error(&o->found, FINDING_STOPPED, name, err, NULL);
    }
    if (err < JET_errSuccess && o->summary->errors == 0 && o->summary->damages == 0)
        return finding_report_error(&o->found, FINDING_FILE, name, err, jet_err_text(err));
    return err;
}

struct os_event *operation_stop(struct operation *o)
{
    return o->job->stop;
}

void operation_publish(struct operation *o, struct backup *machine)
{
    atomic_store(&o->job->machine, machine);
}

void operation_unpublish(struct operation *o)
{
    struct coldstream_job *job = o->job;
    atomic_store(&job->machine, NULL);
    os_event_reset(job->stopper_left);
    while (atomic_load(&job->stoppers) > 0) {
        (void)os_event_wait(job->stopper_left, STOPPER_WAIT_MS);
        os_event_reset(job->stopper_left);
    }
}

void operation_progress(struct operation *o, const char *file, unsigned index, uint64_t bytes_done)
{
    const struct coldstream_callbacks *callbacks = &o->job->callbacks;
    bool is_new = index != o->progress.file_index;
    o->progress.file = file;
    o->progress.file_index = index;
    o->progress.bytes_done = bytes_done;
    if (!callbacks->progress)
        return;
    uint64_t now_ns = os_clock_monotonic_ns();
    if (!is_new && o->told_ns != 0 && now_ns - o->told_ns < PROGRESS_INTERVAL_NS)
        return;
    o->told_ns = now_ns;
    callbacks->progress(callbacks->context, &o->progress);
}

void operation_file(struct operation *o, const char *name, enum backup_file_kind role, uint64_t size,
                    const struct database_page_counts *counts, const uint8_t *digest)
{
    const struct coldstream_callbacks *callbacks = &o->job->callbacks;
    struct coldstream_file file = {
        .name = name,
        .role = role == BACKUP_FILE_NONE ? "file" : manifest_role_name(role),
        .size_bytes = size,
        .pages_checked = counts->pages_checked,
        .pages_zero = counts->pages_zero,
        .pages_damaged = counts->pages_damaged,
        .pages_correctable = counts->pages_correctable,
    };
    if (digest)
        manifest_format_digest(digest, file.digest);
    if (o->deep) {
        file.is_deep = true;
        file.trees = o->deep->trees;
        file.records = o->deep->records;
        file.index_entries = o->deep->index_entries;
        file.long_values = o->deep->long_values;
    }
    o->summary->files++;
    o->summary->bytes += size;
    if (callbacks->file)
        callbacks->file(callbacks->context, &file);
}

/* ---- sets ---- */

static void set_progress(void *context, const char *name, unsigned index, uint64_t bytes_done)
{
    operation_progress(context, name, index, bytes_done);
}

static void set_file(void *context, const char *name, const struct scan_result *result)
{
    /* What is neither a database nor a log by its header is the checkpoint, or the set is refused later. */
    enum backup_file_kind role = result->kind == BACKUP_FILE_NONE ? BACKUP_FILE_CHECKPOINT : result->kind;
    operation_file(context, name, role, result->size, &result->counts, result->digest);
}

struct set_verify_options operation_set_options(struct operation *o)
{
    return (struct set_verify_options){
        .stop = operation_stop(o),
        .found = o->found,
        .progress = set_progress,
        .file = set_file,
        .context = o,
    };
}

void operation_set_result(struct operation *o, struct set_verify_result *result)
{
    const struct manifest *manifest = &result->manifest;
    o->summary->first_generation = manifest->first_generation;
    o->summary->last_generation = manifest->last_generation;
    o->summary->recoverable = manifest->recoverable;
    for (size_t i = 0; i < sizeof o->summary->set_digest; i++)
        o->summary->set_digest[i] = result->digest[i];
    manifest_done(&result->manifest);
}
