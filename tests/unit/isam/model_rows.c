/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isam/table_cursor.h"
#include "model_run.h"

static void text_of_key(uint32_t key, char text[16])
{
    (void)snprintf(text, 16, "k%02u", (unsigned)(key / 8));
}

/* The second segment descends inside the first, which descends too: rows descend by key. */
static void set_key(struct table_cursor *cursor, const struct model_table *table, uint32_t key)
{
    const int32_t number = (int32_t)key;
    char text[16];
    struct table_set set = {.column = table->key_columns[0], .data = &number, .size = sizeof number};
    if (table->flavour == MODEL_BY_TEXT) {
        text_of_key(key, text);
        set.data = text;
        set.size = strlen(text);
        assert_ok(table_cursor_set(cursor, &set));
        set = (struct table_set){.column = table->key_columns[1], .data = &number, .size = sizeof number};
    }
    assert_ok(table_cursor_set(cursor, &set));
}

static void go_to(struct table_cursor *cursor, const struct model_table *table, uint32_t key)
{
    const int32_t number = (int32_t)key;
    char text[16];
    if (table->flavour == MODEL_WITHOUT_INDEX) {
        const uint8_t bookmark[4] = {(uint8_t)(key >> 24), (uint8_t)(key >> 16), (uint8_t)(key >> 8), (uint8_t)key};
        assert_ok(table_cursor_goto(cursor, bookmark, sizeof bookmark));
        return;
    }
    if (table->flavour == MODEL_BY_TEXT) {
        text_of_key(key, text);
        assert_ok(table_cursor_make_key(cursor, text, strlen(text), 0x1));
        assert_ok(table_cursor_make_key(cursor, &number, sizeof number, 0));
    } else {
        assert_ok(table_cursor_make_key(cursor, &number, sizeof number, 0x1));
    }
    assert_ok(table_cursor_seek(cursor, 0x1));
}

static void set_value(struct run *run, struct table_cursor *cursor, uint32_t column, const struct model_value *value,
                      uint32_t itag)
{
    const struct table_set set = {.column = column, .data = run->bytes, .size = value->size, .itag = itag};
    model_value_make(value, run->bytes);
    assert_ok(table_cursor_set(cursor, &set));
}

/* A further value, or another one, or one less. */
static void change_values(struct run *run, struct table_cursor *cursor, const struct model_column *column,
                          struct model_cell *cell)
{
    const struct model_kind *kind = &model_kinds[column->kind];
    const unsigned i = run_random_below(run, cell->count + 1);
    if (i < cell->count && run_random_below(run, 3) == 0) {
        const struct table_set set = {.column = column->id, .itag = i + 1};
        assert_ok(table_cursor_set(cursor, &set));
        memmove(&cell->values[i], &cell->values[i + 1], (cell->count - i - 1) * sizeof cell->values[0]);
        cell->count--;
        return;
    }
    if (i == MODEL_VALUES)
        return;
    cell->values[i] = run_random_value(run, kind);
    set_value(run, cursor, column->id, &cell->values[i], i == cell->count ? 0 : i + 1);
    cell->count += i == cell->count;
}

static void append(struct run *run, struct table_cursor *cursor, const struct model_column *column,
                   struct model_value *value)
{
    const uint32_t more = 1 + run_random_below(run, run_random_below(run, 4) == 0 ? 9000 : 300);
    if (value->size + more > MODEL_VALUE_SIZE_MAX)
        return;
    struct table_set set = {
        .column = column->id, .flags = TABLE_SET_APPEND, .data = run->bytes, .size = more, .itag = 1};
    for (uint32_t i = 0; i < more; i++)
        run->bytes[i] = model_byte(value->seed, value->size + i);
    assert_ok(table_cursor_set(cursor, &set));
    value->size += more;
}

static void cut(struct run *run, struct table_cursor *cursor, const struct model_column *column,
                struct model_value *value)
{
    const uint32_t size = 1 + run_random_below(run, value->size);
    const struct table_set set = {.column = column->id, .flags = TABLE_SET_SIZE, .size = size, .itag = 1};
    assert_ok(table_cursor_set(cursor, &set));
    value->size = size;
}

static void change_cell(struct run *run, struct table_cursor *cursor, const struct model_column *column,
                        struct model_cell *cell)
{
    const struct model_kind *kind = &model_kinds[column->kind];
    const uint32_t choice = run_random_below(run, 8);
    if (choice == 0) {
        const struct table_set set = {.column = column->id, .itag = 1};
        if (cell->count > 1)
            return;
        assert_ok(table_cursor_set(cursor, &set));
        cell->count = 0;
    } else if (kind->flags & COLUMN_MULTI_VALUED) {
        change_values(run, cursor, column, cell);
    } else if (kind->is_long && cell->count == 1 && choice < 4) {
        if (choice == 1)
            cut(run, cursor, column, &cell->values[0]);
        else
            append(run, cursor, column, &cell->values[0]);
    } else {
        cell->values[0] = run_random_value(run, kind);
        cell->count = 1;
        set_value(run, cursor, column->id, &cell->values[0], 1);
    }
}

static void change_cells(struct run *run, struct table_cursor *cursor, const struct model_table *table,
                         struct model_row *row, unsigned one_in)
{
    for (unsigned i = 0; i < MODEL_COLUMNS; i++)
        if (table->columns[i].exists && run_random_below(run, one_in) == 0)
            change_cell(run, cursor, &table->columns[i], &row->cells[i]);
}

static uint32_t bookmark_number(const uint8_t *bookmark, size_t size)
{
    assert_int_equal(size, 4);
    return (uint32_t)bookmark[0] << 24 | (uint32_t)bookmark[1] << 16 | (uint32_t)bookmark[2] << 8 | bookmark[3];
}

/* Writes what is prepared as a new row under `key`, or finds that it is taken. */
static void insert_end(struct run *run, struct table_cursor *cursor, struct model_table *table,
                       const struct model_row *row)
{
    const uint8_t *bookmark;
    size_t size;
    struct model_row with_key = *row;
    if (table->flavour == MODEL_WITHOUT_INDEX)
        with_key.key = UINT32_MAX; /* which it will get is not known yet: none of theirs */
    const bool is_taken = (table->flavour != MODEL_WITHOUT_INDEX && model_row_find(table, row->key)) ||
                          run_is_any_taken(table, &with_key);
    const jet_err err = table_cursor_update(cursor, &bookmark, &size);
    if (is_taken) {
        assert_int_equal(err, JET_errKeyDuplicate);
        assert_ok(table_cursor_prepare(cursor, TABLE_PREPARE_CANCEL));
        return;
    }
    assert_int_equal(err, JET_errSuccess);
    const uint32_t key = table->flavour == MODEL_WITHOUT_INDEX ? bookmark_number(bookmark, size) : row->key;
    struct model_row *added = model_row_add(table, key);
    memcpy(added->cells, row->cells, sizeof added->cells);
    (void)run;
}

static struct model_row *any_row(struct run *run, struct model_table *table)
{
    return table->row_count ? &table->rows[run_random_below(run, table->row_count)] : NULL;
}

void run_insert_row(struct run *run, struct model_table *table)
{
    struct table_cursor *cursor = run_cursor_open(run, table);
    struct model_table empty = *table;
    empty.row_count = 0;
    struct model_row row = *model_row_add(&empty, run_random_below(run, MODEL_KEYS));
    assert_ok(table_cursor_prepare(cursor, TABLE_PREPARE_INSERT));
    if (table->flavour != MODEL_WITHOUT_INDEX)
        set_key(cursor, table, row.key);
    change_cells(run, cursor, table, &row, 2);
    insert_end(run, cursor, table, &row);
    table_cursor_close(cursor);
}

void run_copy_row(struct run *run, struct model_table *table)
{
    const struct model_row *from = any_row(run, table);
    if (!from)
        return;
    struct model_row row = *from;
    struct table_cursor *cursor = run_cursor_open(run, table);
    go_to(cursor, table, row.key);
    assert_ok(table_cursor_prepare(cursor, TABLE_PREPARE_INSERT_COPY));
    row.key = run_random_below(run, MODEL_KEYS);
    if (table->flavour != MODEL_WITHOUT_INDEX)
        set_key(cursor, table, row.key);
    change_cells(run, cursor, table, &row, 4);
    insert_end(run, cursor, table, &row);
    table_cursor_close(cursor);
}

void run_replace_row(struct run *run, struct model_table *table)
{
    struct model_row *row = any_row(run, table);
    if (!row)
        return;
    struct model_row after = *row;
    struct table_cursor *cursor = run_cursor_open(run, table);
    go_to(cursor, table, row->key);
    assert_ok(
        table_cursor_prepare(cursor, run_random_below(run, 2) ? TABLE_PREPARE_REPLACE : TABLE_PREPARE_REPLACE_NO_LOCK));
    change_cells(run, cursor, table, &after, 3);
    if (run_is_any_taken(table, &after)) {
        assert_int_equal(table_cursor_update(cursor, NULL, NULL), JET_errKeyDuplicate);
        assert_ok(table_cursor_prepare(cursor, TABLE_PREPARE_CANCEL));
    } else if (run_random_below(run, 5) == 0) {
        assert_ok(table_cursor_prepare(cursor, TABLE_PREPARE_CANCEL));
    } else {
        assert_ok(table_cursor_update(cursor, NULL, NULL));
        *row = after;
    }
    run_check_row(run, cursor, table, row);
    table_cursor_close(cursor);
}

void run_delete_row(struct run *run, struct model_table *table)
{
    struct model_row *row = any_row(run, table);
    if (!row)
        return;
    struct table_cursor *cursor = run_cursor_open(run, table);
    go_to(cursor, table, row->key);
    assert_ok(table_cursor_delete(cursor));
    assert_int_equal(table_cursor_move(cursor, 0, 0), JET_errRecordDeleted);
    table_cursor_close(cursor);
    model_row_remove(table, row);
}
