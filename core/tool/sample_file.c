/* SPDX-License-Identifier: MIT */
/* sample_file.c - pages in, large writes out.
 *
 * A tree that is built from its leaves up yields leaves in ascending order, and now and then an internal page with a
 * number a little ahead, or a root far behind. The window holds the pages [window_first, window_first + WINDOW_PAGES).
 * A page inside is copied to its place; one beyond it has the window written and begins the next; one before it is
 * written by itself. Places that nobody filled are written as zeros and may be filled later: the file is as it
 * would be if each page had been written alone, in any order.
 */
#include "tool/sample_file.h"

#include <stdlib.h>
#include <string.h>

#include "format/page.h"

enum { WINDOW_SIZE = 1 << 20 };

static uint32_t window_capacity(const struct sample_file *f)
{
    return (uint32_t)(WINDOW_SIZE / f->page_size);
}

jet_err sample_file_create(struct sample_file *f, const char *path, size_t page_size, pgno_t count_pages,
                           struct os_event *cancel)
{
    *f = (struct sample_file){.page_size = page_size, .cancel = cancel, .window_first = 1};
    jet_err err = JET_errOutOfMemory;
    f->window = calloc(1, WINDOW_SIZE);
    if (!f->window)
        goto fail;
    err = os_file_open(path, OS_FILE_CREATE_NEW, &f->file);
    if (err < JET_errSuccess)
        goto fail;
    err = os_file_set_size(f->file, ((uint64_t)count_pages + 2) * page_size);
    if (err < JET_errSuccess)
        goto fail_after_create;
    return JET_errSuccess;
fail_after_create:
    sample_file_discard(f, path);
    return err;
fail:
    sample_file_done(f);
    return err;
}

dbtime_t sample_file_next_dbtime(struct sample_file *f)
{
    return ++f->dbtime;
}

static MUST_CHECK jet_err window_write(struct sample_file *f)
{
    if (f->cancel && os_event_wait(f->cancel, 0))
        return JET_errBackupAbortByServer;
    size_t size = f->window_used * f->page_size;
    jet_err err = os_file_write(f->file, page_offset(f->window_first, f->page_size), f->window, size);
    if (err < JET_errSuccess)
        return err;
    memset(f->window, 0, size);
    f->window_first += f->window_used;
    f->window_used = 0;
    return JET_errSuccess;
}

jet_err sample_file_put(struct sample_file *f, pgno_t pgno, void *page)
{
    page_seal(page, f->page_size, pgno);
    if (pgno < f->window_first)
        return os_file_write(f->file, page_offset(pgno, f->page_size), page, f->page_size);
    if (pgno - f->window_first >= window_capacity(f)) {
        jet_err err = window_write(f);
        if (err < JET_errSuccess)
            return err;
        f->window_first = pgno;
    }
    uint32_t place = pgno - f->window_first;
    memcpy(f->window + place * f->page_size, page, f->page_size);
    if (f->window_used <= place)
        f->window_used = place + 1;
    return JET_errSuccess;
}

jet_err sample_file_write_rest(struct sample_file *f)
{
    return window_write(f);
}

jet_err sample_file_put_header(struct sample_file *f, unsigned which, const void *page)
{
    return os_file_write(f->file, which * (uint64_t)f->page_size, page, f->page_size);
}

void sample_file_done(struct sample_file *f)
{
    os_file_close(f->file);
    free(f->window);
    *f = (struct sample_file){0};
}

void sample_file_discard(struct sample_file *f, const char *path)
{
    sample_file_done(f);
    jet_err second = os_file_remove(path);
    (void)second; /* the first error counts */
}
