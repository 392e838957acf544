/* SPDX-License-Identifier: MIT */
/* database_verify.h - checks every page of one database file, on one or more threads. */
#ifndef COLDSTREAM_STORAGE_DATABASE_VERIFY_H
#define COLDSTREAM_STORAGE_DATABASE_VERIFY_H

#include "os/os_thread.h"
#include "storage/database_file.h"

struct database_verify_options {
    unsigned jobs;           /* threads, at least 1 */
    struct os_event *cancel; /* looked at between runs of pages; NULL: none */
    /* Called now and then with bytes checked so far, from one thread at a time; NULL: none. */
    void (*progress)(void *context, uint64_t bytes_done);
    void *progress_context;
};

struct database_verify_result {
    uint64_t pages_checked; /* all pages of the file, zero ones included */
    uint64_t pages_zero;    /* never initialised */
    uint64_t pages_damaged;
    uint64_t pages_correctable;
    uint64_t pages_foreign; /* behind the end of the database and not verifiable */
};

/* Reads and verifies all pages. The listener is called by one thread at a time, in page order within a run but not
 * across runs when jobs > 1. JET_errSuccess when all pages are sound or merely correctable or foreign; JET_errReadVerifyFailure or
 * JET_errReadPgnoVerifyFailure when some are damaged (the result is filled all the same); JET_errBackupAbortByServer when `cancel` was set;
 * JET_errDatabaseCorrupted when the file is shorter than the database or not a whole number of pages; I/O errors. */
MUST_CHECK jet_err database_verify(struct database_file *file, const struct database_verify_options *options,
                                   const struct finding_listener *listener, struct database_verify_result *result);

#endif
