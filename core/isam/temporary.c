/* SPDX-License-Identifier: MIT */
#include "isam/temporary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/keynorm.h"
#include "isam/engine_database.h"
#include "isam/row.h"
#include "isam/session.h"
#include "isam/table_build.h"
#include "isam/table_cursor_internal.h"
#include "isam/table_users.h"

enum {
    NAME_SIZE = 24,
    SHORT_SIZE_MAX = 255, /* of text and binary */
};
static const char INDEX_NAME[] = "key";

static bool has_key(const struct temporary_definition *definition)
{
    for (size_t i = 0; i < definition->column_count; i++)
        if (definition->columns[i].is_key)
            return true;
    return false;
}

/* Sorts know no separated long values, and drop what has a key twice. */
static bool is_sort(const struct temporary_definition *definition)
{
    bool has_long = false;

    for (size_t i = 0; i < definition->column_count; i++)
        has_long |= column_type_is_long((enum column_type)definition->columns[i].type);
    return has_key(definition) && !(definition->flags & TEMPORARY_MATERIALIZED) &&
           (!has_long || (definition->flags & TEMPORARY_INTRINSIC_ONLY));
}

static bool keeps_equals(unsigned flags)
{
    return (flags & TEMPORARY_FORWARD_ONLY) && !(flags & TEMPORARY_UNIQUE);
}

static jet_err check(const struct engine *engine, const struct temporary_definition *definition)
{
    const unsigned of_tables = TEMPORARY_INDEXED | TEMPORARY_UPDATABLE | TEMPORARY_SCROLLABLE | TEMPORARY_MATERIALIZED;
    const size_t key_most = definition->key_most ? definition->key_most : TABLE_INDEX_KEY_MOST;

    if (engine->config.temporary_tables_max == 0)
        return JET_errTooManySorts;
    if ((definition->flags & TEMPORARY_FORWARD_ONLY) && ((definition->flags & of_tables) || !is_sort(definition)))
        return JET_errCannotMaterializeForwardOnlySort;
    if (key_most < TABLE_INDEX_KEY_MOST || key_most > keynorm_limit_max(engine->config.page_size) ||
        definition->key_column > key_most)
        return JET_errInvalidParameter;
    return JET_errSuccess;
}

/* ---- what it is made of ---- */

static enum ddl_column_place place_of(const struct temporary_column *column)
{
    if (column->is_tagged)
        return DDL_COLUMN_TAGGED;
    return column->is_fixed && !column_type_is_long((enum column_type)column->type) ? DDL_COLUMN_FIXED
                                                                                    : DDL_COLUMN_AUTOMATIC;
}

static uint32_t size_max_of(const struct temporary_column *column)
{
    const bool is_short = column->type == COLUMN_TEXT || column->type == COLUMN_BINARY;

    return is_short && column->size_max > SHORT_SIZE_MAX ? (uint32_t)SHORT_SIZE_MAX : column->size_max;
}

static jet_err columns_add(struct session *own, struct table *table, const struct temporary_definition *definition,
                           uint32_t *ret_columns)
{
    jet_err err = JET_errSuccess;

    for (size_t i = 0; i < definition->column_count && err >= JET_errSuccess; i++) {
        const struct temporary_column *column = &definition->columns[i];
        char name[NAME_SIZE];
        const struct ddl_column add = {
            .name = name,
            .type = column->type,
            .place = place_of(column),
            .code_page = column->code_page,
            .size_max = size_max_of(column),
        };

        snprintf(name, sizeof name, "C%" PRIu64, (uint64_t)i + 1);
        err = ddl_column_add(own, table, &add, &ret_columns[i]);
    }
    return err;
}

static jet_err key_add(struct session *own, struct table *table, const struct temporary_definition *definition,
                       const uint32_t *columns)
{
    struct index_segment segments[TABLE_KEY_SEGMENTS_MAX];
    struct ddl_index index = {
        .name = INDEX_NAME,
        .flags = INDEX_ALLOW_ALL_NULLS | INDEX_ALLOW_FIRST_NULL | INDEX_ALLOW_SOME_NULLS,
        .segments = segments,
        .key_most = (uint16_t)definition->key_most,
        .segment_max = (uint16_t)definition->key_column,
        .sort_flags = definition->sort_flags,
        .locale = definition->locale,
    };

    for (size_t i = 0; i < definition->column_count && index.segment_count < TABLE_KEY_SEGMENTS_MAX; i++)
        if (definition->columns[i].is_key)
            segments[index.segment_count++] = (struct index_segment){columns[i], definition->columns[i].is_descending};
    if (index.segment_count == 0)
        return JET_errSuccess;
    if (!keeps_equals(definition->flags))
        index.flags |= INDEX_PRIMARY | INDEX_UNIQUE;
    if (definition->flags & TEMPORARY_NULLS_HIGH)
        index.flags |= INDEX_NULLS_HIGH;
    if (definition->flags & TEMPORARY_DOTNET_GUID)
        index.flags |= INDEX_DOTNET_GUID;
    return ddl_index_create(own, table, &index);
}

/* The table was committed before any record came: every snapshot that finds a record finds it in the index. */
static void index_is_for_all(struct table *table)
{
    latch_exclusive(&table->latch);
    for (size_t i = 0; i < table->index_count; i++)
        atomic_store(&table->indexes[i]->is_new, false);
    latch_unlock_exclusive(&table->latch);
}

static void drop(struct session *own, const char *name)
{
    /* What cannot be given back stays unused until the file goes. */
    jet_err_ignore(ddl_table_delete(own, ENGINE_DBID_TEMPORARY, name));
}

/* Open once, for the caller. `own` is at level 0; its statements are committed one by one, as nobody else can find the
 * table. */
static jet_err table_make(struct session *own, const struct temporary_definition *definition, uint32_t *ret_columns,
                          struct table **ret_table)
{
    struct engine *engine = own->engine;
    char name[NAME_SIZE];
    const struct ddl_table new = {.name = name, .pages = 1, .density = 100};
    struct table *table;

    snprintf(name, sizeof name, "T%" PRIu32, ++engine->temporary_names);
    jet_err err = ddl_table_create(own, ENGINE_DBID_TEMPORARY, &new, &table);
    if (err < JET_errSuccess)
        return err;
    struct temporary *temporary = calloc(1, sizeof *temporary);
    table->temporary = temporary;
    err = temporary ? columns_add(own, table, definition, ret_columns) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = key_add(own, table, definition, ret_columns);
    if (err < JET_errSuccess) {
        table_close(table);
        drop(own, name);
        return err;
    }
    index_is_for_all(table);
    table->keeps_intrinsic = (definition->flags & TEMPORARY_INTRINSIC_ONLY) != 0;
    temporary->flags = definition->flags;
    temporary->phase = is_sort(definition) ? TEMPORARY_INSERTING : TEMPORARY_TABLE;
    *ret_table = table;
    return JET_errSuccess;
}

/* ---- opening ---- */

/* The lock is held. */
static jet_err open_locked(struct session *own, struct session *session, const struct temporary_definition *definition,
                           uint32_t *ret_columns, struct table_cursor **ret_cursor)
{
    const struct table_set_index by_key = {.name = INDEX_NAME};
    struct table *table;

    jet_err err = table_make(own, definition, ret_columns, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_adopt(session, table, TABLE_OPEN_UPDATABLE, ret_cursor);
    if (err < JET_errSuccess) {
        char name[TABLE_NAME_MAX + 1];

        memcpy(name, table->name, strlen(table->name) + 1);
        table_close(table);
        drop(own, name);
        return err;
    }
    return keeps_equals(definition->flags) ? table_cursor_set_index(*ret_cursor, &by_key) : JET_errSuccess;
}

/* `tables_max`: how many there may be with this one. */
static jet_err open_with(struct session *session, uint32_t tables_max, const struct temporary_definition *definition,
                         uint32_t *ret_columns, struct table_cursor **ret_cursor)
{
    struct engine *engine = session->engine;
    struct session *own;

    *ret_cursor = NULL;
    os_mutex_lock(engine->temporary_lock);
    jet_err err = engine->temporary_tables >= tables_max ? JET_errTooManySorts
                                                         : session_begin_system(engine, SESSION_PROCID_NONE, &own);
    if (err >= JET_errSuccess) {
        err = open_locked(own, session, definition, ret_columns, ret_cursor);
        session_end(own);
        engine->temporary_tables += *ret_cursor != NULL;
    }
    os_mutex_unlock(engine->temporary_lock);
    if (err < JET_errSuccess) {
        table_cursor_close(*ret_cursor);
        *ret_cursor = NULL;
    } else if (*ret_cursor) {
        (*ret_cursor)->is_first_due = false; /* the first move of who has inserted is onto the first record */
    }
    return err;
}

jet_err temporary_open(struct session *session, const struct temporary_definition *definition, uint32_t *ret_columns,
                       struct table_cursor **ret_cursor)
{
    jet_err err = check(session->engine, definition);

    if (err >= JET_errSuccess)
        err = engine_database_ensure_temporary(session->engine);
    return err < JET_errSuccess
               ? err
               : open_with(session, session->engine->config.temporary_tables_max, definition, ret_columns, ret_cursor);
}

void temporary_closed(struct table *table)
{
    struct engine *engine = table->engine;
    char name[TABLE_NAME_MAX + 1];
    struct session *own;

    if (table_users_count(table) > 0)
        return;
    memcpy(name, table->name, strlen(table->name) + 1);
    os_mutex_lock(engine->temporary_lock);
    engine->temporary_tables--;
    if (session_begin_system(engine, SESSION_PROCID_NONE, &own) >= JET_errSuccess) {
        drop(own, name);
        session_end(own);
    }
    os_mutex_unlock(engine->temporary_lock);
}

void temporary_remove_file(const struct engine *engine)
{
    if (atomic_load(&engine->has_temporary))
        jet_err_ignore(database_remove(engine->config.temporary_path)); /* the next one overwrites it */
}

/* ---- from sort to table ---- */

/* The columns once more, as they are. */
static void copy_columns(const struct table *table, struct temporary_column *columns)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = table->columns[i];

        columns[i] = (struct temporary_column){
            .type = column->type,
            .size_max = column->size_max,
            .code_page = column_type_is_text(column->type) ? column->code_page : 0,
            .is_fixed = column_is_fixed(column),
            .is_tagged = column_is_tagged(column),
        };
    }
}

/* Without a version: the table is of what the sort has, and takes its place at once. A rollback of the transaction in
 * which this happens to be must not take back what was there before it. */
static jet_err copy_record(struct table_cursor *from, struct table_cursor *to)
{
    const struct record *record;
    struct index_key key;
    jet_err err = cursor_record(from, &record);

    if (err < JET_errSuccess)
        return err;
    uint8_t *bytes = malloc(record->size);
    const struct row_image image = {bytes, record->size};
    if (bytes)
        memcpy(bytes, record->bytes, record->size);
    dir_release(from->dir);
    if (!bytes)
        return JET_errOutOfMemory;
    latch_shared(&to->table->latch);
    err = row_insert_unversioned(to->session, to->table, &image, &key);
    latch_unlock_shared(&to->table->latch);
    free(bytes);
    return err;
}

static jet_err copy_records(struct table_cursor *from, struct table_cursor *to)
{
    bool is_own;
    jet_err err = cursor_statement_begin(to, &is_own);

    if (err < JET_errSuccess)
        return err;
    err = table_cursor_move(from, INT32_MIN, 0);
    while (err >= JET_errSuccess) {
        err = copy_record(from, to);
        if (err >= JET_errSuccess)
            err = table_cursor_move(from, 1, 0);
    }
    return cursor_statement_end(to, is_own, err == JET_errNoCurrentRecord ? JET_errSuccess : err);
}

/* A table of the same columns, without a key, with the records in their order. */
static jet_err number_records(struct table_cursor **cursor)
{
    const struct table *table = (*cursor)->table;
    struct temporary_column *columns = calloc(table->column_count + 1, sizeof *columns);
    uint32_t *ids = calloc(table->column_count + 1, sizeof *ids);
    struct table_cursor *numbered = NULL;
    jet_err err = columns && ids ? JET_errSuccess : JET_errOutOfMemory;
    const struct temporary_definition definition = {
        .columns = columns,
        .column_count = table->column_count,
        .flags = table->temporary->flags,
    };

    if (err >= JET_errSuccess) {
        copy_columns(table, columns);
        err = open_with((*cursor)->session, UINT32_MAX, &definition, ids, &numbered); /* instead of the other */
    }
    if (err >= JET_errSuccess)
        err = copy_records(*cursor, numbered);
    free(columns);
    free(ids);
    if (err < JET_errSuccess) {
        table_cursor_close(numbered);
        return err;
    }
    numbered->level = (*cursor)->level;
    numbered->table->temporary->records = table->temporary->records;
    table_cursor_close(*cursor);
    *cursor = numbered;
    return JET_errSuccess;
}

jet_err temporary_end_insert(struct table_cursor **cursor)
{
    struct temporary *temporary = (*cursor)->table->temporary;
    const bool is_updatable = (temporary->flags & TEMPORARY_UPDATABLE) != 0;

    if (temporary->phase != TEMPORARY_INSERTING)
        return JET_errSuccess;
    if (is_updatable && !(temporary->flags & TEMPORARY_INDEXED))
        return number_records(cursor);
    temporary->phase = is_updatable ? TEMPORARY_TABLE : TEMPORARY_RETRIEVING;
    return JET_errSuccess;
}

void temporary_seal(struct table_cursor *cursor)
{
    cursor->table->temporary->phase = TEMPORARY_RETRIEVING;
}
