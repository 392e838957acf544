/* SPDX-License-Identifier: MIT */
#include "isam/page_scan.h"

#include <stdlib.h>

#include "base/lock_rank.h"
#include "isam/database_worker.h"
#include "isam/engine.h"
#include "isam/engine_database.h"
#include "os/os_clock.h"
#include "storage/cache.h"
#include "storage/database.h"
#include "storage/database_file.h"

enum { RUN_BYTES = 512 << 10 }; /* that are locked and read at a time */

struct page_scan {
    struct database_worker worker; /* first */
    struct page_scan_options options;
    struct page_scan_result result; /* of the last whole pass */
    bool is_whole;                  /* there was one */
};

struct page_scans {
    struct os_mutex *lock;
    struct page_scan of[ENGINE_DATABASES];
};

/* ---- a pass ---- */

struct pass {
    struct page_scan *scan;
    struct database *db; /* stays attached as long as the worker works */
    struct database_file *file;
    pgno_t last;
    uint8_t *buffer;
};

static void found(void *context, const struct finding *finding)
{
    engine_report_finding(context, finding);
}

static uint32_t count_to(pgno_t first, pgno_t last, uint32_t most)
{
    if (first > last)
        return 0;
    return last - first < most ? last - first + 1 : most;
}

/* Nobody writes to the run meanwhile: a page that fails twice is damaged. What was cut off since the pass began does
 * not count. */
static jet_err read_run(struct pass *pass, pgno_t first, uint32_t most)
{
    static const struct database_read_retry retry = {.reads = 2};
    const struct finding_listener listener = {found, pass->scan->worker.engine};
    struct page_range range;
    jet_err err = JET_errSuccess;

    cache_range_lock(pass->db, first, count_to(first, pass->last, most), &range);
    const pgno_t in_file = database_last_in_file(pass->db);
    pass->last = pass->last < in_file ? pass->last : in_file;
    const uint32_t count = count_to(first, pass->last, most);
    if (count > 0)
        err = database_file_read_pages(pass->file, first, count, pass->buffer, &retry, &listener, NULL);
    cache_range_unlock(&range);
    return err;
}

/* Damage does not end it; a file that cannot be read does. */
static jet_err read_all(struct pass *pass, uint32_t *ret_pages)
{
    const uint32_t run = RUN_BYTES / pass->db->page_size;
    jet_err err = JET_errSuccess;
    pgno_t next = 1;

    while (next <= pass->last && database_worker_goes_on(&pass->scan->worker) && err >= JET_errSuccess) {
        err = read_run(pass, next, run);
        next += count_to(next, pass->last, run);
        database_worker_pause(&pass->scan->worker, pass->scan->options.pause_ms);
    }
    *ret_pages = next - 1 < pass->last ? next - 1 : pass->last;
    return err == JET_errReadVerifyFailure ? JET_errSuccess : err;
}

static jet_err pass_read(struct pass *pass, uint32_t *ret_pages)
{
    struct dbheader_disk header;
    jet_err err = engine_database_last_owned(pass->scan->worker.engine, pass->scan->worker.dbid, &pass->last);

    if (err < JET_errSuccess)
        return err;
    const pgno_t in_file = database_last_in_file(pass->db); /* less while a freeze keeps the file from growing */
    pass->last = pass->last < in_file ? pass->last : in_file;
    database_header_get(pass->db, &header);
    err = database_file_of(pass->db, &header, pass->last, &pass->file);
    if (err < JET_errSuccess)
        return err;
    err = read_all(pass, ret_pages);
    database_file_close(pass->file);
    return err;
}

static jet_err pass_do(struct page_scan *scan)
{
    const uint64_t begun_ns = os_clock_monotonic_ns();
    struct pass pass = {.scan = scan, .db = scan->worker.engine->databases[scan->worker.dbid].db};
    uint32_t pages = 0;

    pass.buffer = malloc(RUN_BYTES);
    if (!pass.buffer)
        return JET_errOutOfMemory;
    jet_err err = pass_read(&pass, &pages);
    free(pass.buffer);
    if (err < JET_errSuccess || pages < pass.last)
        return err;
    scan->result = (struct page_scan_result){(os_clock_monotonic_ns() - begun_ns) / 1000000000u, pages};
    scan->is_whole = true;
    return JET_errSuccess;
}

/* ---- the thread ---- */

static void wait_for_next(struct page_scan *scan)
{
    const int64_t interval_ms = (int64_t)scan->options.interval_seconds * 1000;
    const int64_t taken_ms = scan->is_whole ? (int64_t)scan->result.seconds * 1000 : 0;

    database_worker_pause(&scan->worker, interval_ms > taken_ms ? interval_ms - taken_ms : 1);
}

static void work(struct database_worker *worker)
{
    struct page_scan *scan = (struct page_scan *)worker;

    do {
        if (pass_do(scan) < JET_errSuccess)
            return; /* was told by who found it */
        if (scan->options.forever)
            wait_for_next(scan);
    } while (scan->options.forever && database_worker_goes_on(worker));
}

static void tell(struct database_worker *worker)
{
    const struct page_scan *scan = (struct page_scan *)worker;

    if (scan->is_whole)
        scan->options.done(&scan->options, worker->dbid, &scan->result);
}

jet_err page_scan_start(struct engine *engine, unsigned dbid, const struct page_scan_options *options)
{
    struct page_scan *scan = &engine->page_scans->of[dbid];

    if (!database_worker_take(&scan->worker, engine->page_scans->lock))
        return JET_errDatabaseAlreadyRunningMaintenance;
    scan->worker.engine = engine;
    scan->worker.dbid = dbid;
    scan->worker.seconds_max = options->seconds_max;
    scan->worker.work = work;
    scan->worker.tell = options->done ? tell : NULL;
    scan->options = *options;
    scan->is_whole = false;
    return database_worker_launch(&scan->worker);
}

static void stop(struct engine *engine, unsigned dbid, bool waits_for_listener)
{
    struct page_scans *all = engine->page_scans;
    int64_t ignored;

    (void)database_worker_stop(&all->of[dbid].worker, all->lock, waits_for_listener, &ignored);
}

void page_scan_stop(struct engine *engine, unsigned dbid)
{
    stop(engine, dbid, true);
}

void page_scan_leave(struct engine *engine, unsigned dbid)
{
    stop(engine, dbid, false);
}

/* ---- of the engine ---- */

jet_err page_scans_new(struct page_scans **ret_scans)
{
    struct page_scans *scans = calloc(1, sizeof *scans);
    jet_err err = scans ? os_mutex_new(LOCK_RANK_DATABASE_WORKER, &scans->lock) : JET_errOutOfMemory;

    if (err < JET_errSuccess) {
        free(scans);
        return err;
    }
    *ret_scans = scans;
    return JET_errSuccess;
}

void page_scans_free(struct page_scans *scans)
{
    if (!scans)
        return;
    os_mutex_free(scans->lock);
    free(scans);
}

void page_scans_stop(struct engine *engine)
{
    for (unsigned dbid = 0; dbid < ENGINE_DATABASES; dbid++)
        database_worker_join(&engine->page_scans->of[dbid].worker, engine->page_scans->lock);
}
