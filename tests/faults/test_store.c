/* SPDX-License-Identifier: MIT */
/* test_store.c - log and page cache without an engine on top, on machines that fail (crash_driver.h):
 * `test_store PAGE_SIZE circular|linear`.
 *
 * A store has pages that hold a number each. Its only operation gives one page the next number, which is logged as a
 * Replace record with as much data behind it as it takes to fill log files. There are no transactions: redo to the end
 * of the log is recovery, and what is found must be the store after some operation, not older than the last that the
 * log was flushed for. Before every step the rules of writing are looked at from outside: dbtimes without gaps,
 * generations in the header that exist.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash_driver.h"
#include "disk_image.h"
#include "format/logrecord.h"
#include "format/page.h"
#include "problem.h"
#include "store.h"

enum {
    CASES = 150,
    PAGES = 90,
    FRAMES = 20,
    OPERATIONS = 700,
    CHECKPOINT_EVERY = 25, /* operations on average: pages are written and not flushed for a short time, or for long */
    FILL_MAX = 2500,
    OBJID = 9,
};

static struct store store;
static uint8_t changed_pages[OPERATIONS + 1]; /* which page operation n changed; of the last load */

/* ---- the content of a page ---- */

static uint32_t number_get(const struct frame *frame)
{
    const uint8_t *bytes;
    size_t size;
    unsigned flags;
    le32 number = {{0}};
    if (page_tag_get(frame->page, store.page_size, 0, &bytes, &size, &flags) >= JET_errSuccess && size == sizeof number)
        memcpy(&number, bytes, sizeof number);
    return le32_get(number);
}

static jet_err number_set(struct frame *frame, uint32_t number, dbtime_t dbtime)
{
    le32 bytes = le32_make(number);
    struct page_header_disk *header = (void *)frame->page;
    header->dbtime = le64_make(dbtime);
    return page_replace(frame->page, store.page_size, 0, 0, &bytes, sizeof bytes);
}

static void page_format(struct frame *frame)
{
    page_init(frame->page, store.page_size, PAGE_FLAG_LEAF | PAGE_FLAG_NEW_RECORD, frame->pgno, OBJID, 0);
}

/* The page, made if it never was. */
static jet_err get(pgno_t pgno, struct frame **ret_frame)
{
    jet_err err = page_get(store.db, pgno, PAGE_EXCLUSIVE, ret_frame);
    if (err != JET_errPageNotInitialized)
        return err;
    err = page_get_new(store.db, pgno, ret_frame);
    if (err >= JET_errSuccess)
        page_format(*ret_frame);
    return err;
}

/* ---- start ---- */

static bool prepare(void *context)
{
    (void)context;
    bool is_good = store_create(&store) && problem_none(database_flush(store.db), "database_flush");
    store_drop(&store);
    return is_good;
}

static bool redo(struct store *of, const struct log_reader_record *record)
{
    struct logrec_replace replace;
    struct frame *frame;
    le32 number;
    (void)of;
    if (record->bytes[0] != LOGREC_REPLACE)
        return problem_set("a record of type %u", record->bytes[0]);
    TRY(logrec_replace_decode(record->bytes, record->size, &replace));
    const struct logrec_page_head *head = &replace.head.page;
    TRY(get(head->pgno, &frame));
    dbtime_t dbtime = le64_get(page_header(frame->page)->dbtime);
    jet_err err = JET_errSuccess;
    database_raise_dbtime(store.db, head->dbtime);
    const bool is_expected = dbtime >= head->dbtime || dbtime == head->dbtime_before;
    if (is_expected && dbtime < head->dbtime) {
        memcpy(&number, replace.data.bytes, sizeof number);
        err = number_set(frame, le32_get(number), head->dbtime);
        page_dirty(frame, record->lgpos_end, record->lgpos);
    }
    page_put(frame, PAGE_EXCLUSIVE);
    TRY(err);
    return is_expected || problem_set("page %u has dbtime %" PRIu64 ", the log expects %" PRIu64, head->pgno, dbtime,
                                      head->dbtime_before);
}

/* ---- the load ---- */

static bool operation(uint32_t number, pgno_t pgno, size_t fill, uint64_t *ret_end)
{
    static const uint8_t filling[FILL_MAX];
    struct frame *frame;
    struct logrec_replace_disk disk;
    uint64_t begin;
    le32 data = le32_make(number);
    TRY(get(pgno, &frame));
    const struct logrec_replace replace = {
        .head.page = {.type = LOGREC_REPLACE,
                      .dbid = 1,
                      .pgno = pgno,
                      .dbtime = database_next_dbtime(store.db),
                      .dbtime_before = le64_get(page_header(frame->page)->dbtime)},
        .new_size = (uint16_t)(sizeof data + fill),
        .data = {.bytes = (const uint8_t *)&data, .size = sizeof data + fill}
    };
    logrec_replace_encode(&replace, &disk);
    const struct log_piece pieces[] = {
        {&disk,   sizeof disk},
        {&data,   sizeof data},
        {filling, fill       }
    };
    const struct log_record record = {.pieces = pieces, .count = 3};
    jet_err err = log_append(store.log, &record, 1, NULL, &begin, ret_end);
    if (err >= JET_errSuccess) {
        err = number_set(frame, number, replace.head.page.dbtime);
        page_dirty(frame, *ret_end, begin);
    }
    page_put(frame, PAGE_EXCLUSIVE);
    TRY(err);
    return true;
}

static bool work(struct disk_random *random)
{
    uint64_t end;
    for (uint32_t number = 1; number <= OPERATIONS; number++) {
        changed_pages[number] = (uint8_t)(disk_random_below(random, PAGES) + 1);
        size_t fill = disk_random_below(random, 3) == 0 ? (size_t)disk_random_below(random, FILL_MAX) : 0;
        crash_mark(CRASH_ASKED, number);
        if (!operation(number, changed_pages[number], fill, &end))
            return false;
        if (disk_random_below(random, 4) == 0) {
            TRY(log_flush_to(store.log, end));
            crash_mark(CRASH_PROMISED, number);
        }
        if (disk_random_below(random, CHECKPOINT_EVERY) == 0 && !store_checkpoint(&store))
            return false;
    }
    return true;
}

static bool run(void *context, uint64_t seed)
{
    struct disk_random random = {.state = seed};
    (void)context;
    bool is_good = store_start(&store) && work(&random);
    store_drop(&store);
    return is_good;
}

/* ---- looking ---- */

static bool look(uint32_t low, uint32_t high)
{
    uint32_t ought[PAGES + 1] = {0};
    uint32_t found[PAGES + 1] = {0};
    uint32_t last = 0;
    for (pgno_t pgno = 1; pgno <= PAGES; pgno++) {
        struct frame *frame;
        jet_err err = page_get(store.db, pgno, PAGE_SHARED, &frame);
        if (err == JET_errPageNotInitialized)
            continue;
        TRY(err);
        found[pgno] = number_get(frame);
        page_put(frame, PAGE_SHARED);
        last = found[pgno] > last ? found[pgno] : last;
    }
    if (last < low || last > high)
        return problem_set("found operation %u as the last, not one of %u to %u", last, low, high);
    for (uint32_t number = 1; number <= last; number++)
        ought[changed_pages[number]] = number;
    for (pgno_t pgno = 1; pgno <= PAGES; pgno++)
        if (found[pgno] != ought[pgno])
            return problem_set("page %u holds %u, not %u, as after operation %u", pgno, found[pgno], ought[pgno], last);
    return true;
}

static bool check(void *context, uint32_t low, uint32_t high, bool abruptly)
{
    (void)context;
    bool is_good = store_start(&store) && look(low, high);
    if (is_good && !abruptly)
        is_good = problem_none(database_flush(store.db), "database_flush") && store_checkpoint(&store);
    store_drop(&store);
    return is_good;
}

int main(int argc, char **argv)
{
    store = (struct store){.is_exact = true, .pages = PAGES, .frames = FRAMES, .redo = redo};
    if (!store_init(&store, argc, argv))
        return 2;
    const struct crash_subject subject = {.folder = store.folder,
                                          .page_size = store.page_size,
                                          .cases = CASES,
                                          .prepare = prepare,
                                          .run = run,
                                          .check = check,
                                          .problem = problem_text};
    int status = crash_drive(&subject);
    return store_done(&store) ? status : 2;
}
