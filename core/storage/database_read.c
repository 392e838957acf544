/* SPDX-License-Identifier: MIT */
/* database_read.c - runs of pages, read into the caller's buffer and verified there.
 *
 * The bytes move once: the system reads them into the buffer, page_verify() looks at them there. For a run in which
 * every page is right or zero that is all that happens. Only a run with something else in it is looked at a second
 * time, page by page, to mend and to report; so findings come once, of the last repetition, and sound runs pay nothing
 * for them.
 *
 * A run that fails, for whatever reason, is read again as often as the caller's policy says: a page of a database in
 * use may have been read while it was being written. Nothing is held during the pauses. A mended bit is no failure.
 */
#include "base/corrupt.h"
#include "format/page.h"
#include "format/patchpage.h"
#include "format/verdict_finding.h"
#include "os/os_error.h"
#include "storage/database_file_internal.h"

/* A run of pages in the caller's buffer. */
struct page_run {
    const struct database_file *file;
    pgno_t first;
    uint32_t count;
    uint8_t *pages;
};

static uint8_t *run_page(const struct page_run *run, uint32_t index)
{
    return run->pages + (size_t)index * run->file->info.page_size;
}

/* What a page that is neither right nor zero means. */
enum page_fate {
    FATE_SOUND, /* the trailer of a streamed copy, wherever the end of a database that is not clean may be */
    FATE_MEND,
    FATE_FOREIGN,
    FATE_DAMAGED,
};

static enum page_fate page_fate(const struct database_file_info *info, const uint8_t *page, pgno_t pgno,
                                const struct page_verdict *verdict)
{
    const bool is_inside = pgno <= info->last_page;
    const bool may_be_trailer = pgno == info->file_pages && !(is_inside && info->last_page_known);
    if (verdict->state == PAGE_CORRECTABLE)
        return FATE_MEND;
    if (may_be_trailer && patchpage_verify(page, info->page_size, &info->header->signature) == JET_errSuccess)
        return FATE_SOUND;
    return is_inside ? FATE_DAMAGED : FATE_FOREIGN;
}

/* What the first look at a run saw. */
struct run_tally {
    uint32_t zero;
    uint32_t odd; /* pages that need a second look */
};

/* The first look. Returns the error of the first damaged page. */
static jet_err run_verify(const struct page_run *run, struct run_tally *ret_tally)
{
    const struct database_file_info *info = &run->file->info;
    jet_err first_damage = JET_errSuccess;
    struct run_tally tally = {0};
    for (uint32_t i = 0; i < run->count; i++) {
        struct page_verdict verdict;
        const uint8_t *page = run_page(run, i);
        jet_err err = page_verify(page, info->page_size, run->first + i, &verdict);
        if (err == JET_errSuccess)
            continue;
        if (verdict.state == PAGE_ZERO) {
            tally.zero++;
            continue;
        }
        tally.odd++;
        if (first_damage == JET_errSuccess && page_fate(info, page, run->first + i, &verdict) == FATE_DAMAGED)
            first_damage = CORRUPT(err);
    }
    *ret_tally = tally;
    return first_damage;
}

/* What to say beyond the words of the kind; static. */
static const char *page_detail(const struct page_run *run, const struct page_verdict *verdict, enum finding_kind kind)
{
    if (kind == FINDING_PAGE_CHECKSUM && verdict->state == PAGE_MISPLACED)
        return "it fits no page of this file; most likely a bit of the stored checksum flipped";
    if (kind != FINDING_PAGE_FOREIGN)
        return NULL;
    return le32_get(run->file->info.header->state) == DBHEADER_CLEAN
               ? "not part of the database; nothing is lost"
               : "the database was not closed cleanly and its end on disk may lag: the page may belong to it";
}

static void report_page(const struct page_run *run, const struct finding_listener *listener,
                        const struct page_verdict *verdict, enum finding_kind kind, enum finding_severity severity,
                        uint32_t bit)
{
    struct finding finding = page_verdict_finding(verdict, kind, severity, bit);
    finding.file = run->file->path;
    finding.detail = page_detail(run, verdict, kind);
    finding_report(listener, &finding);
}

static void report_mended_bits(const struct page_run *run, const struct finding_listener *listener,
                               const struct page_verdict *verdict)
{
    for (unsigned i = 0; i < verdict->count_bits; i++)
        report_page(run, listener, verdict, FINDING_PAGE_CORRECTABLE, FINDING_WARNING, verdict->bits[i]);
}

/* The second look at one page that is neither right nor zero: mend it, report it, count it. */
static void settle_page(const struct page_run *run, uint8_t *page, const struct page_verdict *verdict,
                        const struct finding_listener *listener, struct database_page_counts *counts)
{
    enum finding_kind kind = page_verdict_is_of_other_place(verdict, run->file->info.file_pages)
                                 ? FINDING_PAGE_NUMBER
                                 : FINDING_PAGE_CHECKSUM;
    switch (page_fate(&run->file->info, page, verdict->pgno_expected, verdict)) {
    case FATE_SOUND: break;
    case FATE_MEND:
        page_correct(page, verdict);
        report_mended_bits(run, listener, verdict);
        counts->pages_correctable++;
        break;
    case FATE_FOREIGN:
        report_page(run, listener, verdict, FINDING_PAGE_FOREIGN, FINDING_WARNING, 0);
        counts->pages_foreign++;
        break;
    case FATE_DAMAGED:
        report_page(run, listener, verdict, kind, FINDING_DAMAGE, 0);
        counts->pages_damaged++;
        break;
    }
}

static void run_settle(const struct page_run *run, const struct finding_listener *listener,
                       struct database_page_counts *counts)
{
    for (uint32_t i = 0; i < run->count; i++) {
        struct page_verdict verdict;
        uint8_t *page = run_page(run, i);
        jet_err err = page_verify(page, run->file->info.page_size, run->first + i, &verdict);
        if (err < JET_errSuccess && verdict.state != PAGE_ZERO)
            settle_page(run, page, &verdict, listener, counts);
    }
}

static jet_err load(const struct database_file *file, uint64_t offset, void *buffer, size_t size)
{
    size_t actual;
    jet_err err = os_file_read(file->file, offset, buffer, size, &actual);
    if (err < JET_errSuccess)
        return err;
    return actual == size ? JET_errSuccess : JET_errFileIOBeyondEOF;
}

static jet_err report_io_error(const struct database_file *file, uint64_t offset, jet_err err,
                               const struct finding_listener *listener)
{
    char text[160];
    const struct finding finding = {
        .kind = FINDING_FILE,
        .severity = FINDING_ERROR,
        .err = err,
        .file = file->path,
        .place = FINDING_AT_OFFSET,
        .where = offset,
        .detail = err == JET_errFileIOBeyondEOF ? "the file became shorter" : os_last_error_text(text, sizeof text),
    };
    finding_report(listener, &finding);
    return err;
}

static jet_err retry_pause(const struct database_file *file, const struct database_read_retry *retry,
                           unsigned repetition)
{
    if (retry->pause_ms == 0)
        return JET_errSuccess;
    struct os_event *event = retry->stop ? retry->stop : file->never;
    return os_event_wait(event, (int64_t)repetition * retry->pause_ms) ? JET_errBackupAbortByServer : JET_errSuccess;
}

void database_page_counts_add(struct database_page_counts *sum, const struct database_page_counts *counts)
{
    sum->pages_checked += counts->pages_checked;
    sum->pages_zero += counts->pages_zero;
    sum->pages_damaged += counts->pages_damaged;
    sum->pages_correctable += counts->pages_correctable;
    sum->pages_foreign += counts->pages_foreign;
}

jet_err database_file_read_pages(struct database_file *file, pgno_t first, uint32_t count, void *buffer,
                                 const struct database_read_retry *retry, const struct finding_listener *listener,
                                 struct database_page_counts *counts)
{
    if (first == 0 || first > file->info.file_pages || count > file->info.file_pages - first + 1)
        return JET_errFileIOBeyondEOF;
    const struct page_run run = {file, first, count, buffer};
    const uint64_t offset = page_offset(first, file->info.page_size);
    struct run_tally tally = {0};
    jet_err load_err, err;
    for (unsigned repetition = 0;; repetition++) {
        load_err = load(file, offset, buffer, (size_t)count * file->info.page_size);
        err = load_err < JET_errSuccess ? load_err : run_verify(&run, &tally);
        if (err == JET_errSuccess || repetition + 1 >= retry->reads)
            break;
        jet_err pause_err = retry_pause(file, retry, repetition + 1);
        if (pause_err < JET_errSuccess)
            return pause_err;
    }
    if (load_err < JET_errSuccess)
        return report_io_error(file, offset, load_err, listener);
    struct database_page_counts run_counts = {.pages_checked = count, .pages_zero = tally.zero};
    if (tally.odd > 0)
        run_settle(&run, listener, &run_counts);
    if (counts)
        database_page_counts_add(counts, &run_counts);
    return err;
}

static jet_err load_or_report(const struct database_file *file, uint64_t offset, void *buffer, size_t size,
                              const struct finding_listener *listener)
{
    jet_err err = load(file, offset, buffer, size);
    return err < JET_errSuccess ? report_io_error(file, offset, err, listener) : JET_errSuccess;
}

jet_err database_file_read_raw(struct database_file *file, int64_t pgno, void *buffer,
                               const struct finding_listener *listener)
{
    if (pgno < -1 || pgno > (int64_t)file->info.file_pages)
        return JET_errFileIOBeyondEOF;
    uint64_t offset = (uint64_t)(pgno + 1) * file->info.page_size;
    return load_or_report(file, offset, buffer, file->info.page_size, listener);
}

jet_err database_file_read_tail(struct database_file *file, void *buffer, const struct finding_listener *listener)
{
    return load_or_report(file, file->info.file_size - file->info.tail_bytes, buffer, file->info.tail_bytes, listener);
}
