/* SPDX-License-Identifier: MIT */
/* store.h - log and page cache without an engine: what the crash tests of single layers stand on.
 *
 * One database, one log, one thread. There are no transactions: redo to the end of the log is recovery. */
#ifndef COLDSTREAM_TESTS_STORE_H
#define COLDSTREAM_TESTS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "log/log_reader.h"
#include "log/log_stream.h"
#include "storage/cache.h"
#include "storage/database.h"

struct store {
    char *folder;
    char *path; /* of the database */
    uint32_t page_size;
    bool is_circular;
    /* Redo begins at the checkpoint, not at the start of its generation. Not where records depend on those before
     * them. */
    bool is_exact;
    pgno_t pages;    /* of the new file */
    size_t frames;   /* of the cache */
    lgen_t required; /* in redo: highest generation that the header required at the start */
    /* In redo, for each record of class PAGE or NODE or TRANSACTION, ExtendDB included. */
    bool (*redo)(struct store *store, const struct log_reader_record *record);

    struct cache *cache;
    struct database *db;
    struct log_stream *log;
};

/* A new folder, for the arguments of a program: PAGE_SIZE circular|linear. */
bool store_init(struct store *store, int argc, char **argv);
/* Removes the folder, which is empty. */
bool store_done(struct store *store);

/* A new log and a new database, in state dirty; both stay open. */
bool store_create(struct store *store);

/* Opens both and redoes the log. Headers and checkpoint must fit what is found. */
bool store_start(struct store *store);

/* Closes everything as it is. */
void store_drop(struct store *store);

bool store_checkpoint(struct store *store);

#endif
