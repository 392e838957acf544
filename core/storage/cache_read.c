/* SPDX-License-Identifier: MIT */
/* cache_read.c - pages from their file into frames, verified: one, or a run that will be wanted soon. */
#include <assert.h>
#include <string.h>

#include "base/corrupt.h"
#include "format/page.h"
#include "format/verdict_finding.h"
#include "os/os_error.h"
#include "os/os_clock.h"
#include "storage/cache_internal.h"

enum { PREFETCH_MAX = 64 };

static void report_page(const struct frame *frame, const struct page_verdict *verdict, enum finding_kind kind,
                        enum finding_severity severity, uint32_t bit)
{
    struct finding finding = page_verdict_finding(verdict, kind, severity, bit);
    finding.file = frame->db->path;
    finding_report(&frame->db->cache->config.listener, &finding);
}

static void mend(struct frame *frame, const struct page_verdict *verdict)
{
    page_correct(frame->page, verdict);
    for (unsigned i = 0; i < verdict->count_bits; i++)
        report_page(frame, verdict, FINDING_PAGE_CORRECTABLE, FINDING_WARNING, verdict->bits[i]);
    atomic_fetch_add(&frame->db->pages_mended, 1);
}

jet_err cache_verify(struct frame *frame)
{
    struct page_verdict verdict;
    jet_err err = page_verify(frame->page, frame->db->page_size, frame->pgno, &verdict);
    if (verdict.state == PAGE_ZERO)
        return JET_errPageNotInitialized;
    if (verdict.state == PAGE_CORRECTABLE)
        mend(frame, &verdict);
    else if (err < JET_errSuccess) {
        bool is_elsewhere = page_verdict_is_of_other_place(&verdict, database_last_page(frame->db));
        report_page(frame, &verdict, is_elsewhere ? FINDING_PAGE_NUMBER : FINDING_PAGE_CHECKSUM, FINDING_DAMAGE, 0);
        return CORRUPT(err);
    }
    frame->flush_type = page_flags(frame->page) & PAGE_FLAG_FLUSH_TYPE;
    return JET_errSuccess;
}

static jet_err load(struct database *db, pgno_t first, uint8_t *pages, size_t size)
{
    size_t actual;
    jet_err err = os_file_read(db->file, page_offset(first, db->page_size), pages, size, &actual);
    if (err < JET_errSuccess) {
        char text[160];
        return finding_report_error(&db->cache->config.listener, FINDING_FILE, db->path, err,
                                    os_last_error_text(text, sizeof text));
    }
    return actual == size ? JET_errSuccess : JET_errFileIOBeyondEOF;
}

jet_err cache_read(struct frame *frame)
{
    const uint64_t begin = os_clock_monotonic_ns();
    jet_err err = load(frame->db, frame->pgno, frame->page, frame->db->page_size);
    if (err < JET_errSuccess)
        return err;
    cache_counts()->read++;
    cache_counts()->read_ns += os_clock_monotonic_ns() - begin;
    atomic_fetch_add_explicit(&frame->db->cache->reads, 1, memory_order_relaxed);
    return cache_verify(frame);
}

/* ---- reading ahead ---- */

/* A run of pages that were not there, with a frame for each, held exclusively. */
struct prefetch {
    struct database *db;
    pgno_t first;
    uint32_t count;
    struct frame *frames[PREFETCH_MAX];
};

/* Frames for as many pages from `first` on as are not there. */
static void prefetch_begin(struct prefetch *prefetch, pgno_t first, uint32_t count_max)
{
    struct cache *cache = prefetch->db->cache;
    prefetch->first = first;
    prefetch->count = 0;
    while (prefetch->count < count_max && !cache_has(cache, prefetch->db, first + prefetch->count)) {
        struct frame *frame;
        if (cache_frame_take(cache, &frame) < JET_errSuccess)
            return;
        if (!cache_insert(cache, frame, prefetch->db, first + prefetch->count)) {
            cache_frame_release(cache, frame);
            return;
        }
        prefetch->frames[prefetch->count++] = frame;
    }
}

/* Pages that could not be read or do not verify are forgotten: whoever really wants one is told then. */
static void prefetch_end(struct prefetch *prefetch, const uint8_t *pages)
{
    struct cache *cache = prefetch->db->cache;
    struct page_verdict verdict;
    size_t page_size = prefetch->db->page_size;
    for (uint32_t i = 0; i < prefetch->count; i++) {
        struct frame *frame = prefetch->frames[i];
        const uint8_t *page = pages ? pages + i * page_size : NULL;
        if (!page || page_verify(page, page_size, frame->pgno, &verdict) < JET_errSuccess) {
            cache_forget(cache, frame);
            continue;
        }
        memcpy(frame->page, page, page_size);
        frame->flush_type = page_flags(frame->page) & PAGE_FLAG_FLUSH_TYPE;
        atomic_store_explicit(&frame->usage, 0, memory_order_relaxed); /* nobody has used it yet */
        latch_unlock_exclusive(&frame->latch);
    }
}

static void prefetch_run(struct prefetch *prefetch, uint8_t *buffer)
{
    size_t actual;
    struct database *db = prefetch->db;
    size_t size = prefetch->count * (size_t)db->page_size;
    jet_err err = os_file_read(db->file, page_offset(prefetch->first, db->page_size), buffer, size, &actual);
    bool is_whole = err >= JET_errSuccess && actual == size;
    prefetch_end(prefetch, is_whole ? buffer : NULL);
    if (is_whole)
        atomic_fetch_add_explicit(&db->cache->reads, prefetch->count, memory_order_relaxed);
}

void cache_prefetch(struct database *db, pgno_t first, uint32_t count)
{
    struct prefetch prefetch = {.db = db};
    pgno_t last = database_last_page(db);
    uint32_t room =
        (uint32_t)(db->cache->config.frames_max / 8 < PREFETCH_MAX ? db->cache->config.frames_max / 8 : PREFETCH_MAX);
    if (first == 0 || first > last)
        return;
    if (count > last - first + 1)
        count = last - first + 1;
    if (count > room)
        count = room;
    size_t buffer_size = count * (size_t)db->page_size;
    uint8_t *buffer = NULL;
    for (uint32_t at = 0; at < count;) {
        prefetch_begin(&prefetch, first + at, count - at);
        at += prefetch.count + 1; /* the page behind the run is there, or there is no frame for it */
        if (prefetch.count == 0)
            continue;
        if (!buffer)
            buffer = os_pages_alloc(buffer_size);
        cache_counts()->prefetched += prefetch.count;
        if (buffer)
            prefetch_run(&prefetch, buffer);
        else
            prefetch_end(&prefetch, NULL);
    }
    os_pages_free(buffer, buffer_size);
}
