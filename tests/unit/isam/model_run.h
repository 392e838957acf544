/* SPDX-License-Identifier: MIT */
/* model_run.h - an engine, and a picture in memory of what its database must hold (table_model.h), changed side by
 * side.
 *
 * The test fails where the two differ. Include <cmocka.h> with what it needs before this. */
#ifndef TESTS_MODEL_RUN_H
#define TESTS_MODEL_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "../recovery/instance.h"
#include "table_model.h"

struct session;
struct table_cursor;

enum { MODEL_LEVELS = 3 };

struct run {
    struct instance instance;
    struct session *session;
    const char *path;
    unsigned dbid;
    uint32_t random;
    unsigned level;
    bool has_crashed;                      /* pages of trees that were being made or deleted may be lost */
    struct model states[MODEL_LEVELS + 1]; /* states[level] is now; below are those to return to */
    uint8_t bytes[MODEL_VALUE_SIZE_MAX + 4096];
};

#define assert_ok(expression) assert_int_equal((expression), JET_errSuccess)

/* ---- the engine ---- */

uint32_t run_random_below(struct run *run, uint32_t limit);
struct model *run_now(struct run *run);
void run_begin_level(struct run *run);
void run_commit_level(struct run *run);
void run_rollback_level(struct run *run);
void run_open_database(struct run *run);

/* Ends the engine; the file passes the whole check. */
void run_end_clean(struct run *run);

/* Commits what is open, ends the engine or lets it crash, and begins again. */
void run_reopen(struct run *run);

/* ---- names and values ---- */

const char *run_table_name(const struct model_table *table);
const char *run_column_name(unsigned number);
const char *run_index_name(unsigned number);
struct model_value run_random_value(struct run *run, const struct model_kind *kind);
struct table_cursor *run_cursor_open(struct run *run, const struct model_table *table);
jet_err run_set_index(struct table_cursor *cursor, unsigned name);

/* ---- is everything as it should be? (model_check.c) ---- */

void run_check_row(struct run *run, struct table_cursor *cursor, const struct model_table *table,
                   const struct model_row *row);
void run_check_all(struct run *run);

/* ---- schema (model_schema.c) ---- */

void run_create_table(struct run *run, struct model_table *model);
void run_delete_table(struct run *run, struct model_table *model);
void run_rename_table(struct run *run, struct model_table *model);
void run_add_column(struct run *run, struct model_table *model, unsigned slot);
void run_drop_or_rename_column(struct run *run, struct model_table *model, unsigned slot);
void run_create_index(struct run *run, struct model_table *model, unsigned slot);
void run_delete_index(struct run *run, struct model_table *model, unsigned slot);

/* Does the row have a key in a unique index that another has? */
bool run_is_any_taken(const struct model_table *table, const struct model_row *row);

/* ---- rows (model_rows.c) ---- */

void run_insert_row(struct run *run, struct model_table *table);
void run_copy_row(struct run *run, struct model_table *table);
void run_replace_row(struct run *run, struct model_table *table);
void run_delete_row(struct run *run, struct model_table *table);

#endif
