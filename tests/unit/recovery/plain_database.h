/* SPDX-License-Identifier: MIT */
/* plain_database.h - a logged database of one tree and no catalogue: what recovery has to do with, and nothing more.
 *
 * The records and the headers are those of isam/engine_database.h, made by hand, so that these tests stand on the
 * layers below it alone.
 */
#ifndef COLDSTREAM_TESTS_PLAIN_DATABASE_H
#define COLDSTREAM_TESTS_PLAIN_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isam/engine.h"

struct session;
struct tree;

struct plain_database {
    struct engine *engine;
    const char *path; /* borrowed */
    struct database *db;
    pgno_t fdp; /* of its tree */
    struct tree *tree;
};

enum { PLAIN_DATABASE_DBID = 1, PLAIN_DATABASE_OBJID = 10 };

/* CreateDB to CreateDBFinish, and a tree. */
void plain_database_create(struct plain_database *plain, struct engine *engine, const char *path);

/* The same, but for the end: without CreateDBFinish. */
void plain_database_create_half(struct plain_database *plain, struct engine *engine, const char *path);

/* AttachDB, and the tree at `fdp`. */
void plain_database_attach(struct plain_database *plain, struct engine *engine, const char *path, pgno_t fdp);

/* DetachDB; closed. */
void plain_database_detach(struct plain_database *plain);

/* Closes the tree: before the engine stops. */
void plain_database_leave(struct plain_database *plain);

/* A row: a key of 4 bytes, big-endian, and `size` bytes that follow from `seed`. */
struct plain_row {
    bool exists;
    uint32_t seed;
    uint32_t size;
};

/* Makes row `key` be as `row` says, within the session's transaction. */
jet_err plain_database_put(struct plain_database *plain, struct session *session, uint32_t key,
                           const struct plain_row *before, const struct plain_row *row);

/* Which rows there are (keys below `count`, no others), and their sizes; seeds stay 0. */
void plain_database_sizes(struct plain_database *plain, struct plain_row *ret_rows, uint32_t count);

/* The database holds exactly these rows. */
void plain_database_expect(struct plain_database *plain, const struct plain_row *rows, uint32_t count);

#endif
