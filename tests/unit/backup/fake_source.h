/* SPDX-License-Identifier: MIT */
/* fake_source.h - a source in memory: databases and logs of any size, errors on demand, and a record of what it was
 * told. */
#ifndef COLDSTREAM_TESTS_FAKE_SOURCE_H
#define COLDSTREAM_TESTS_FAKE_SOURCE_H

#include "backup/source.h"

enum { FAKE_PAGE_SIZE = 4096, FAKE_PERIOD = 251, FAKE_FILES_MAX = 8 };

struct fake_source {
    struct backup_source source; /* first */

    /* ---- set by the test before use ---- */
    size_t database_count; /* "D0.edb", "D1.edb" ... */
    pgno_t page_count;     /* of each */
    bool has_trailer;
    uint32_t tail_bytes;
    size_t log_count; /* "edb00005.log" ... */
    uint64_t log_size;
    jet_err condition_errors[BACKUP_CONDITION_LOG_SPACE + 1];
    jet_err begin_error;
    jet_err databases_error;
    jet_err prepare_error;
    jet_err logs_error;
    jet_err open_database_error;
    jet_err open_log_error;
    jet_err read_pages_error; /* the buffer is filled all the same */
    jet_err read_log_error;
    jet_err truncate_error;
    bool not_recoverable;
    /* A read tells `reading` and waits for `go_on`, if they are set. */
    struct os_event *reading, *go_on;

    /* ---- what happened ---- */
    bool occupied;   /* between begin and end */
    jet_err refusal; /* of attach and detach */
    struct backup_terms terms;
    unsigned prepare_calls, truncate_calls, end_calls, close_calls;
    struct backup_ending ending; /* the last */
    bool is_open;
    bool copied[FAKE_FILES_MAX]; /* databases, closed as copied */
    enum backup_close last_close;
    bool was_freed_open; /* the machine must not do that */

    /* ---- inside ---- */
    char database_names[FAKE_FILES_MAX][16];
    char log_names[FAKE_FILES_MAX][16];
    const char *database_paths[FAKE_FILES_MAX];
    const char *log_paths[FAKE_FILES_MAX];
    size_t open_index;
    uint8_t headers[2 * FAKE_PAGE_SIZE];
    uint8_t pattern[FAKE_PERIOD + FAKE_PAGE_SIZE]; /* any page, from its place in the period on */
};

/* 2 databases of 256 pages, 3 logs of 5 pages. Not freed by backup_free(): the test looks at it afterwards. */
void fake_source_init(struct fake_source *fake);

/* The byte at `offset` of the stream of database `index`, or of log `index`. */
uint8_t fake_database_byte(const struct fake_source *fake, size_t index, uint64_t offset);
uint8_t fake_log_byte(const struct fake_source *fake, size_t index, uint64_t offset);
uint64_t fake_database_size(const struct fake_source *fake);

#endif
