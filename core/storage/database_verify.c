/* SPDX-License-Identifier: MIT */
/* database_verify.c - every page of one file, on one thread or on several.
 *
 *      claim ----> runs of 1 MiB, in file order, one claimer at a time (v->lock)
 *        |
 *      worker: read and verify into its own buffer --> findings into its own mailbox
 *                                                             |   post: wait until they were taken
 *      calling thread: takes mailboxes, one by one ---> listener, progress
 *
 * Rules.
 *   1. Listener and progress are the client's code: they run on the calling thread, with no lock held. A worker with
 *      findings waits until they were delivered, so what a run found stays together and in order, and a slow listener
 *      slows the check down instead of filling the memory.
 *   2. With one job there are no workers: the calling thread does the work and its listener is asked directly.
 *   3. Damage goes on, everything else (I/O error, cancel) ends the check: claims fail from then on.
 * Lock. v->lock guards next, ended, error fields, counts, and `posted`/`finished` of every worker.
 */
#include "storage/database_verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_clock.h"
#include "os/os_file.h"
#include "storage/database_file_internal.h"

enum {
    RUN_SIZE = 1 << 20,                      /* bytes */
    MAILBOX_SIZE = RUN_SIZE / PAGE_SIZE_MIN, /* findings: one for each page of a run; more are posted in portions */
    PROGRESS_INTERVAL_MS = 100,
    JOBS_MAX = 256,
};

struct verify;

/* One thread's part. A worker owns its mailbox unless `posted` is set; then the calling thread does. */
struct worker {
    struct verify *verify;
    struct os_thread *thread;
    struct os_event *taken; /* set by the calling thread when the mailbox is empty again */
    uint8_t *pages;
    struct finding *findings;
    size_t finding_count;
    char detail[160]; /* of all findings that have one; empty if none has */
    bool posted, finished;
};

struct verify {
    struct database_file *file;
    const struct database_verify_options *options;
    const struct finding_listener *listener;
    struct os_mutex *lock;
    struct os_event *news; /* set by workers: something was posted, or one has finished */
    pgno_t next;
    bool ended;
    jet_err fatal_err;  /* what ended the check */
    jet_err damage_err; /* of the damaged run that is first in the file */
    pgno_t damage_first;
    struct database_page_counts counts;
    uint64_t progress_ns; /* time of the last call */
};

/* ---- the work list ---- */

static bool claim_run(struct verify *v, pgno_t *ret_first, uint32_t *ret_count)
{
    const uint32_t run_pages = RUN_SIZE / v->file->info.page_size;
    const pgno_t last = v->file->info.file_pages;
    bool cancelled = v->options->cancel && os_event_wait(v->options->cancel, 0);
    os_mutex_lock(v->lock);
    if (cancelled && !v->ended && v->next <= last) {
        v->ended = true;
        v->fatal_err = JET_errBackupAbortByServer;
    }
    bool claimed = !v->ended && v->next <= last;
    if (claimed) {
        *ret_first = v->next;
        *ret_count = last - v->next + 1 < run_pages ? last - v->next + 1 : run_pages;
        v->next += *ret_count;
    }
    os_mutex_unlock(v->lock);
    return claimed;
}

static bool is_page_damage(jet_err err)
{
    return err == JET_errReadVerifyFailure || err == JET_errReadPgnoVerifyFailure;
}

static void settle_run(struct verify *v, pgno_t first, jet_err err, const struct database_page_counts *counts)
{
    os_mutex_lock(v->lock);
    database_page_counts_add(&v->counts, counts);
    if (is_page_damage(err)) {
        if (v->damage_err == JET_errSuccess || first < v->damage_first) {
            v->damage_err = err;
            v->damage_first = first;
        }
    } else if (err < JET_errSuccess && !v->ended) {
        v->ended = true;
        v->fatal_err = err;
    }
    os_mutex_unlock(v->lock);
}

/* The outcome goes into v. */
static void verify_run(struct verify *v, pgno_t first, uint32_t count, void *pages,
                       const struct finding_listener *listener)
{
    static const struct database_read_retry once_more = {.reads = 2};
    struct database_page_counts counts = {0};
    jet_err err = database_file_read_pages(v->file, first, count, pages, &once_more, listener, &counts);
    settle_run(v, first, err, &counts);
}

/* ---- progress: on the calling thread ---- */

static uint64_t bytes_done(struct verify *v)
{
    os_mutex_lock(v->lock);
    uint64_t pages = v->counts.pages_checked;
    os_mutex_unlock(v->lock);
    return (pages + DBHEADER_COPIES) * v->file->info.page_size;
}

static void tell_progress(struct verify *v)
{
    if (!v->options->progress)
        return;
    uint64_t now = os_clock_monotonic_ns();
    if (now - v->progress_ns < (uint64_t)PROGRESS_INTERVAL_MS * 1000000)
        return;
    v->progress_ns = now;
    v->options->progress(v->options->progress_context, bytes_done(v));
}

/* ---- one job: no threads ---- */

static jet_err verify_alone(struct verify *v)
{
    pgno_t first;
    uint32_t count;
    void *pages = os_pages_alloc(RUN_SIZE);
    if (!pages)
        return JET_errOutOfMemory;
    while (claim_run(v, &first, &count)) {
        verify_run(v, first, count, pages, v->listener);
        tell_progress(v);
    }
    os_pages_free(pages, RUN_SIZE);
    return JET_errSuccess;
}

/* ---- several jobs: the workers' side ---- */

static void worker_post(struct worker *worker)
{
    if (worker->finding_count == 0)
        return;
    struct verify *v = worker->verify;
    os_mutex_lock(v->lock);
    worker->posted = true;
    os_mutex_unlock(v->lock);
    os_event_set(v->news);
    (void)os_event_wait(worker->taken, OS_WAIT_FOREVER);
    os_event_reset(worker->taken);
    worker->detail[0] = '\0';
}

/* A listener that keeps findings. The file's name outlives them. Words are copied; findings in a row have the same
 * ones, so a mailbox has room for one text, and another text ends it. */
static void worker_collect(void *context, const struct finding *finding)
{
    struct worker *worker = context;
    if (finding->detail && worker->detail[0] && strcmp(finding->detail, worker->detail) != 0)
        worker_post(worker);
    struct finding *kept = &worker->findings[worker->finding_count++];
    *kept = *finding;
    if (finding->detail) {
        (void)snprintf(worker->detail, sizeof worker->detail, "%s", finding->detail); /* may be cut */
        kept->detail = worker->detail;
    }
    if (worker->finding_count == MAILBOX_SIZE)
        worker_post(worker);
}

static void worker_run(void *context)
{
    struct worker *worker = context;
    struct verify *v = worker->verify;
    const struct finding_listener mailbox = {worker_collect, worker};
    pgno_t first;
    uint32_t count;
    while (claim_run(v, &first, &count)) {
        verify_run(v, first, count, worker->pages, &mailbox);
        worker_post(worker);
    }
    os_mutex_lock(v->lock);
    worker->finished = true;
    os_mutex_unlock(v->lock);
    os_event_set(v->news);
}

/* ---- several jobs: the calling thread's side ---- */

static void take_mailbox(struct verify *v, struct worker *worker)
{
    for (size_t i = 0; i < worker->finding_count; i++)
        finding_report(v->listener, &worker->findings[i]);
    worker->finding_count = 0;
    os_mutex_lock(v->lock);
    worker->posted = false;
    os_mutex_unlock(v->lock);
    os_event_set(worker->taken);
}

/* Returns whether some worker is still at work. A finished one has nothing in its mailbox. */
static bool take_all(struct verify *v, struct worker *workers, unsigned count)
{
    bool running = false;
    for (unsigned i = 0; i < count; i++) {
        os_mutex_lock(v->lock);
        bool posted = workers[i].posted;
        running = running || !workers[i].finished;
        os_mutex_unlock(v->lock);
        if (posted)
            take_mailbox(v, &workers[i]);
    }
    return running;
}

static void listen_to_workers(struct verify *v, struct worker *workers, unsigned count)
{
    bool running = true;
    while (running) {
        (void)os_event_wait(v->news, PROGRESS_INTERVAL_MS); /* either way there may be something to tell */
        os_event_reset(v->news);
        running = take_all(v, workers, count);
        tell_progress(v);
    }
}

static jet_err worker_start(struct verify *v, struct worker *worker)
{
    worker->verify = v;
    worker->pages = os_pages_alloc(RUN_SIZE);
    worker->findings = malloc(MAILBOX_SIZE * sizeof *worker->findings);
    if (!worker->pages || !worker->findings)
        return JET_errOutOfMemory;
    jet_err err = os_event_new(&worker->taken);
    if (err < JET_errSuccess)
        return err;
    return os_thread_start(worker_run, worker, &worker->thread);
}

static void worker_done(struct worker *worker)
{
    os_thread_join(worker->thread);
    os_event_free(worker->taken);
    os_pages_free(worker->pages, RUN_SIZE);
    free(worker->findings);
}

/* As many workers as can be had; at least one. */
static jet_err verify_together(struct verify *v, unsigned jobs)
{
    struct worker *workers = calloc(jobs, sizeof *workers);
    if (!workers)
        return JET_errOutOfMemory;
    jet_err err = JET_errSuccess;
    unsigned started = 0;
    while (started < jobs && (err = worker_start(v, &workers[started])) == JET_errSuccess)
        started++;
    if (started > 0) {
        err = JET_errSuccess;
        listen_to_workers(v, workers, started);
    }
    for (unsigned i = 0; i < jobs; i++)
        worker_done(&workers[i]);
    free(workers);
    return err;
}

/* ---- all of it ---- */

static jet_err verify_outcome(const struct verify *v)
{
    if (v->fatal_err < JET_errSuccess)
        return v->fatal_err;
    if (v->damage_err < JET_errSuccess)
        return v->damage_err;
    return v->file->info.size_is_right ? JET_errSuccess : JET_errDatabaseCorrupted;
}

static unsigned choose_jobs(const struct verify *v)
{
    const uint64_t runs = (uint64_t)v->file->info.file_pages * v->file->info.page_size / RUN_SIZE + 1;
    unsigned jobs = v->options->jobs < JOBS_MAX ? v->options->jobs : JOBS_MAX;
    return jobs < runs ? jobs : (unsigned)runs;
}

jet_err database_verify(struct database_file *file, const struct database_verify_options *options,
                        const struct finding_listener *listener, struct database_page_counts *ret_counts)
{
    struct verify v = {.file = file, .options = options, .listener = listener, .next = 1};
    jet_err err = os_mutex_new(LOCK_RANK_VERIFY_QUEUE, &v.lock);
    if (err == JET_errSuccess)
        err = os_event_new(&v.news);
    if (err == JET_errSuccess) {
        os_file_will_read_in_order(file->file);
        unsigned jobs = choose_jobs(&v);
        err = jobs > 1 ? verify_together(&v, jobs) : verify_alone(&v);
    }
    os_event_free(v.news);
    os_mutex_free(v.lock);
    *ret_counts = v.counts;
    if (err < JET_errSuccess)
        return finding_report_error(listener, FINDING_FILE, file->path, err, NULL);
    err = verify_outcome(&v);
    if (options->progress && v.fatal_err == JET_errSuccess)
        options->progress(options->progress_context, file->info.file_size);
    return err;
}
