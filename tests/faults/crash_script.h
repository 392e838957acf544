/* SPDX-License-Identifier: MIT */
/* crash_script.h - a load for crash tests, made from a seed, and what the databases hold after each of its commits.
 *
 * A script is a list of steps for a few sessions whose transactions overlap; one thread carries them out, so that
 * commits come in the order of the list, and after a crash the databases must be as after one of them: not before the
 * last whose call had returned with a promise, and not behind the last that was asked for. What a row holds follows
 * from its stamp.
 */
#ifndef COLDSTREAM_TESTS_CRASH_SCRIPT_H
#define COLDSTREAM_TESTS_CRASH_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CRASH_DATABASES = 2,
    CRASH_TABLES = 3, /* of each database */
    CRASH_KEYS = 48,  /* of each table; a multiple of CRASH_SESSIONS */
    CRASH_SESSIONS = 3,
    CRASH_BLOB_MAX = 40000,
    CRASH_TEXT_MAX = 200,
    CRASH_TAGS_MAX = 3,
};

/* What is in the databases; without gaps, so that memcmp() compares. */
struct crash_table {
    uint32_t exists;
    uint32_t has_index;          /* one that comes and goes while there are rows */
    uint32_t stamps[CRASH_KEYS]; /* 0: no such row */
};

struct crash_state {
    uint32_t exists[CRASH_DATABASES];
    struct crash_table tables[CRASH_DATABASES][CRASH_TABLES];
};

enum crash_step_kind {
    CRASH_CREATE_DATABASE,
    CRASH_BEGIN,
    CRASH_CREATE_TABLE, /* in a transaction */
    CRASH_DELETE_TABLE,
    CRASH_CREATE_INDEX, /* likewise */
    CRASH_DELETE_INDEX,
    CRASH_INSERT,
    CRASH_REPLACE,
    CRASH_DELETE,
    CRASH_COMMIT,
    CRASH_COMMIT_LAZY,
    CRASH_ROLLBACK,
    CRASH_DEFRAGMENT, /* a table; in a session without a transaction, while others may have one */
    CRASH_RESTART,    /* ended cleanly and started again; nothing is open */
    CRASH_REATTACH,   /* the database is detached and attached again; likewise */
    CRASH_COMPACT,    /* a copy of it is made, which nobody looks at but the whole check; likewise */
};

struct crash_step {
    enum crash_step_kind kind;
    unsigned session, database, table, key;
    uint32_t stamp;
    bool is_empty;  /* commits: nothing was changed, so that nothing is promised */
    uint32_t state; /* of the steps that end in a new state (databases and commits): its number in `states` */
};

struct crash_script {
    uint64_t seed;
    struct crash_step *steps;
    size_t step_count;
    struct crash_state *states; /* states[0] is empty */
    size_t state_count;
};

/* A script of about this many transactions; with steps for indexes and defragmenting, or without. */
struct crash_script *crash_script_make(uint64_t seed, unsigned transactions, bool has_indexes);
void crash_script_free(struct crash_script *script);

/* The bytes of a row: `text` is up to CRASH_TEXT_MAX and `blob` up to CRASH_BLOB_MAX long; their lengths are
 * returned. */
size_t crash_row_text(uint32_t stamp, uint8_t text[CRASH_TEXT_MAX]);
size_t crash_row_blob(uint32_t stamp, uint8_t blob[CRASH_BLOB_MAX]);

/* Its tags, no two of them equal; how many is returned. */
unsigned crash_row_tags(uint32_t stamp, int32_t tags[CRASH_TAGS_MAX]);

#endif
