/* SPDX-License-Identifier: MIT */
/* database_verify.h - checks every page of one database file, on one or more threads. */
#ifndef COLDSTREAM_STORAGE_DATABASE_VERIFY_H
#define COLDSTREAM_STORAGE_DATABASE_VERIFY_H

#include "os/os_thread.h"
#include "storage/database_file.h"

struct database_verify_options {
    unsigned jobs;           /* threads, at least 1 */
    struct os_event *cancel; /* looked at between runs of pages; NULL: none */
    /* Called now and then with bytes checked so far; NULL: none. */
    void (*progress)(void *context, uint64_t bytes_done);
    void *progress_context;
};

/* Reads and verifies all pages of the file. Listener and progress are called on the calling thread only, in page order
 * within a run of pages but not across runs when jobs > 1. `*ret_counts` is always filled, as far as it came. Returns
 *      JET_errSuccess                all pages are sound, or merely correctable or foreign
 *      JET_errReadVerifyFailure, JET_errReadPgnoVerifyFailure    of the first damaged page (lowest number)
 *      JET_errDatabaseCorrupted      no damaged page, but the file is shorter than the database or not a whole number of
 *                                    pages (FINDING_FILE_SIZE, reported at open)
 *      JET_errBackupAbortByServer    `cancel` was set
 *      JET_errDiskIO ...             reading failed; the check ends there */
MUST_CHECK jet_err database_verify(struct database_file *file, const struct database_verify_options *options,
                                   const struct finding_listener *listener, struct database_page_counts *ret_counts);

#endif
