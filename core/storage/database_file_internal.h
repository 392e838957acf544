/* SPDX-License-Identifier: MIT */
/* database_file_internal.h - what the files of storage/ share about an open database file. */
#ifndef COLDSTREAM_STORAGE_DATABASE_FILE_INTERNAL_H
#define COLDSTREAM_STORAGE_DATABASE_FILE_INTERNAL_H

#include "os/os_file.h"
#include "storage/database_file.h"

struct database_file {
    struct os_file *file;
    bool is_borrowed;       /* the file is an attached database's */
    struct os_event *never; /* is never set: what a pause waits on when nobody can stop it */
    char *path;
    uint8_t *prefix; /* the first DBHEADER_PREFIX_SIZE bytes, or the whole file if it is shorter */
    size_t prefix_size;
    struct dbheader_selection selection; /* points into prefix */
    struct database_file_info info;
};

void database_page_counts_add(struct database_page_counts *sum, const struct database_page_counts *counts);

/* Why the end of the database could not be found. */
struct database_end_problem {
    pgno_t pgno;
    const char *text;   /* static */
    bool is_unreadable; /* the page does not verify or cannot be read: whoever reads it next will say so too */
    bool is_unwritten;  /* there are only zeros: a database that needs its logs may have the page there */
};

/* The last page that the database owns. Only info.page_size and info.file_pages need to be set. Reports nothing;
 * `*ret_problem` is written on failure. JET_errReadVerifyFailure ...: a page on the way does not verify;
 * JET_errFileIOBeyondEOF: it is not in the file; JET_errPageNotInitialized: it was never written;
 * JET_errSPOwnExtCorrupted, JET_errBadLineCount ...: it verifies, and is damaged all the same. */
MUST_CHECK jet_err database_end_find(struct database_file *file, pgno_t *ret_last_page,
                                     struct database_end_problem *ret_problem);

#endif
