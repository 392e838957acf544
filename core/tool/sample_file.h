/* SPDX-License-Identifier: MIT */
/* sample_file.h - the database file under construction: takes finished pages, writes them in large pieces. */
#ifndef COLDSTREAM_TOOL_SAMPLE_FILE_H
#define COLDSTREAM_TOOL_SAMPLE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "os/os_file.h"
#include "os/os_thread.h"

struct sample_file {
    struct os_file *file;
    size_t page_size;
    dbtime_t dbtime;         /* last one given to a page */
    struct os_event *cancel; /* NULL: none */
    uint8_t *window;         /* consecutive pages that are not written yet */
    pgno_t window_first;
    uint32_t window_used; /* pages up to the last one put; gaps before it are zero */
};

/* Makes the file, which must not exist, with room for `count_pages` pages; all of them are zero. `cancel` makes
 * sample_file_put() fail with JET_errBackupAbortByServer once it is set. */
MUST_CHECK jet_err sample_file_create(struct sample_file *f, const char *path, size_t page_size, pgno_t count_pages,
                                      struct os_event *cancel);

/* The next database time. */
dbtime_t sample_file_next_dbtime(struct sample_file *f);

/* Seals the page and takes a copy of it. Any order is right; mostly ascending is fast. */
MUST_CHECK jet_err sample_file_put(struct sample_file *f, pgno_t pgno, void *page);

/* Writes what is left of the pages. */
MUST_CHECK jet_err sample_file_write_rest(struct sample_file *f);

/* Writes header page `which` (0 or 1), already sealed. */
MUST_CHECK jet_err sample_file_put_header(struct sample_file *f, unsigned which, const void *page);

void sample_file_done(struct sample_file *f);

/* The same, and removes the file. */
void sample_file_discard(struct sample_file *f, const char *path);

#endif
