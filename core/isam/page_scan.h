/* SPDX-License-Identifier: MIT */
/* page_scan.h - all pages of an attached database read from its file and verified, while others work: damage to what
 * nobody reads is found before it is needed.
 *
 * A pass reads what is on the disk, not what the cache has, so that nothing that is in use is driven out. What is found
 * is told as any damage of the engine is (ENGINE_EVENT_PAGE_DAMAGED, ENGINE_EVENT_PAGE_MENDED); nothing is changed.
 *
 * Locks: those of database_worker.h.
 */
#ifndef COLDSTREAM_ISAM_PAGE_SCAN_H
#define COLDSTREAM_ISAM_PAGE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct engine;
struct page_scans; /* of an engine */

/* A pass from the first page to the last. */
struct page_scan_result {
    uint64_t seconds;
    uint32_t pages;
};

struct page_scan_options {
    uint32_t seconds_max; /* 0: no limit */
    uint32_t pause_ms;    /* after each run of pages */
    bool forever;         /* another pass begins `interval_seconds` after the last one began */
    uint32_t interval_seconds;
    /* Called by the thread, with no lock held, when the pass is whole; not of those that go on forever. NULL: nobody
     * listens. */
    void (*done)(const struct page_scan_options *options, unsigned dbid, const struct page_scan_result *result);
    void (*listener)(void);
    uintptr_t context;
};

/* JET_errDatabaseAlreadyRunningMaintenance, also as long as `done` of the last one has not come back;
 * JET_errOutOfThreads, JET_errOutOfMemory. Somebody holds the database. */
MUST_CHECK jet_err page_scan_start(struct engine *engine, unsigned dbid, const struct page_scan_options *options);

/* Waits for the end of a run of pages, and for `done`, unless that is who calls. One that does not run is as good. */
void page_scan_stop(struct engine *engine, unsigned dbid);

/* The same for who takes the database away, maybe with a lock held: does not wait for `done`. */
void page_scan_leave(struct engine *engine, unsigned dbid);

/* ---- of the engine ---- */

MUST_CHECK jet_err page_scans_new(struct page_scans **ret_scans);
void page_scans_free(struct page_scans *scans); /* takes NULL; no thread runs */
void page_scans_stop(struct engine *engine);    /* those of all databases */

#endif
