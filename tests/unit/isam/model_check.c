/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/keynorm.h"
#include "isam/table_cursor.h"
#include "model_run.h"

static void check_cell(struct run *run, struct table_cursor *cursor, uint32_t column, const struct model_cell *cell)
{
    struct table_retrieve retrieve = {.column = column, .buffer = run->bytes, .size = sizeof run->bytes, .itag = 1};
    jet_err err = table_cursor_retrieve(cursor, &retrieve);
    if (cell->count == 0) {
        assert_int_equal(err, JET_wrnColumnNull);
        return;
    }
    for (unsigned i = 0; i < cell->count; i++) {
        retrieve.itag = i + 1;
        assert_ok(table_cursor_retrieve(cursor, &retrieve));
        assert_true(model_value_is(&cell->values[i], run->bytes, retrieve.actual));
    }
    retrieve.itag = cell->count + 1;
    assert_int_equal(table_cursor_retrieve(cursor, &retrieve), JET_wrnColumnNull);
}

static void check_part(struct run *run, struct table_cursor *cursor, uint32_t column, const struct model_value *value)
{
    const uint32_t offset = run_random_below(run, value->size);
    struct table_retrieve retrieve = {.column = column, .buffer = run->bytes, .size = 50, .itag = 1, .offset = offset};
    const uint32_t left = value->size - offset;
    assert_int_equal(table_cursor_retrieve(cursor, &retrieve), left > 50 ? JET_wrnBufferTruncated : JET_errSuccess);
    assert_int_equal(retrieve.actual, left);
    for (uint32_t i = 0; i < left && i < 50; i++)
        assert_int_equal(run->bytes[i], model_byte(value->seed, offset + i));
}

void run_check_row(struct run *run, struct table_cursor *cursor, const struct model_table *table,
                   const struct model_row *row)
{
    for (unsigned i = 0; i < MODEL_COLUMNS; i++) {
        const struct model_column *column = &table->columns[i];
        if (!column->exists)
            continue;
        check_cell(run, cursor, column->id, &row->cells[i]);
        if (row->cells[i].count > 0)
            check_part(run, cursor, column->id, &row->cells[i].values[0]);
    }
}

static void check_table(struct run *run, const struct model_table *table)
{
    struct table_cursor *cursor = run_cursor_open(run, table);
    const bool is_descending = table->flavour == MODEL_BY_TEXT;
    jet_err err = table_cursor_move(cursor, INT32_MIN, 0);
    for (unsigned i = 0; i < table->row_count; i++) {
        assert_int_equal(err, JET_errSuccess);
        run_check_row(run, cursor, table, &table->rows[is_descending ? table->row_count - 1 - i : i]);
        err = table_cursor_move(cursor, 1, 0);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
    err = table_cursor_move(cursor, INT32_MAX, 0);
    for (unsigned i = 0; i < table->row_count; i++) {
        assert_int_equal(err, JET_errSuccess);
        err = table_cursor_move(cursor, -1, 0);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
    table_cursor_close(cursor);
}

static int compare_bytes(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* The row of the bookmark that the cursor is on, by its place in the table; rows descend where bookmarks do. */
static const struct model_row *row_here(struct run *run, struct table_cursor *cursor, const struct model_table *table)
{
    const uint8_t *bookmark;
    size_t size;
    uint32_t key = 0;
    if (table->flavour == MODEL_WITHOUT_INDEX) {
        assert_ok(table_cursor_bookmark(cursor, &bookmark, &size));
        for (size_t i = 0; i < size; i++)
            key = key << 8 | bookmark[i];
    } else {
        int32_t number;
        struct table_retrieve retrieve = {.column = table->key_columns[table->flavour == MODEL_BY_TEXT],
                                          .buffer = &number,
                                          .size = sizeof number,
                                          .itag = 1};
        assert_ok(table_cursor_retrieve(cursor, &retrieve));
        key = (uint32_t)number;
    }
    (void)run;
    const struct model_row *row = model_row_find((struct model_table *)(uintptr_t)table, key);
    assert_non_null(row);
    return row;
}

/* The value that is said to have given the entry is one of the row's, and goes with its number. */
static void check_value_of_entry(struct run *run, struct table_cursor *cursor, const struct model_table *table,
                                 const struct model_index *index, const struct model_row *row)
{
    const struct model_column *column = &table->columns[index->slots[0]];
    const struct model_cell *cell = &row->cells[index->slots[0]];
    struct table_retrieve retrieve = {.column = column->id,
                                      .flags = TABLE_RETRIEVE_FROM_INDEX,
                                      .buffer = run->bytes,
                                      .size = sizeof run->bytes,
                                      .itag = 1};
    const jet_err err = table_cursor_retrieve(cursor, &retrieve);
    assert_int_equal(err, cell->count == 0 ? JET_wrnColumnNull : JET_errSuccess);
    if (cell->count > 0)
        assert_true(model_value_is(&cell->values[retrieve.actual_itag - 1], run->bytes, retrieve.actual));
}

/* On each entry, in order: the entry is above the one before, its record is a row, and is found by key and by
 * bookmark. */
static unsigned walk_index(struct run *run, const struct model_table *table, const struct model_index *index,
                           unsigned *entries)
{
    struct table_cursor *cursor = run_cursor_open(run, table), *other = run_cursor_open(run, table);
    uint8_t last[KEYNORM_LIMIT_MAX + 1];
    size_t last_size = 0;
    unsigned count = 0;
    assert_ok(run_set_index(cursor, index->name));
    assert_ok(run_set_index(other, index->name));
    jet_err err = table_cursor_move(cursor, INT32_MIN, 0);
    for (; err >= JET_errSuccess; err = table_cursor_move(cursor, 1, 0)) {
        struct table_entry entry, again;
        const struct model_row *row = row_here(run, cursor, table);
        assert_ok(table_cursor_entry(cursor, &entry));
        assert_true(count == 0 || compare_bytes(last, last_size, entry.key, entry.key_size) <= 0);
        memcpy(last, entry.key, entry.key_size);
        last_size = entry.key_size;
        entries[row - table->rows]++;
        count++;
        check_value_of_entry(run, cursor, table, index, row);
        assert_ok(table_cursor_entry(cursor, &entry));
        assert_ok(table_cursor_goto_entry(other, &entry));
        assert_ptr_equal(row_here(run, other, table), row);
        assert_ok(table_cursor_make_key(other, entry.key, entry.key_size, 0x8 /* JET_bitNormalizedKey */));
        assert_ok(table_cursor_seek(other, 0x1 /* JET_bitSeekEQ */));
        assert_ok(table_cursor_entry(other, &again));
        assert_int_equal(compare_bytes(again.key, again.key_size, entry.key, entry.key_size), 0);
        assert_ok(table_cursor_goto(other, entry.bookmark, entry.bookmark_size));
        assert_ptr_equal(row_here(run, other, table), row);
    }
    assert_int_equal(err, JET_errNoCurrentRecord);
    table_cursor_close(other);
    table_cursor_close(cursor);
    return count;
}

/* Short values of different seeds may be alike; equal keys of one row are stored once. */
static bool may_be_alike(const struct model_table *table, const struct model_index *index)
{
    bool may = false;
    for (unsigned i = 0; i < index->segment_count; i++)
        may |= model_kinds[table->columns[index->slots[i]].kind].size_min < 4;
    return may;
}

static void check_index(struct run *run, const struct model_table *table, const struct model_index *index)
{
    unsigned entries[MODEL_ROWS] = {0};
    unsigned total = 0;
    const unsigned count = walk_index(run, table, index, entries);
    for (unsigned i = 0; i < table->row_count; i++) {
        const unsigned expected = model_index_entries(table, index, &table->rows[i]);
        total += entries[i];
        if (entries[i] != expected)
            assert_true(may_be_alike(table, index) && entries[i] > 0 && entries[i] < expected);
    }
    assert_int_equal(total, count);
}

void run_check_all(struct run *run)
{
    for (unsigned i = 0; i < MODEL_TABLES; i++) {
        const struct model_table *table = &run_now(run)->tables[i];
        if (!table->exists)
            continue;
        check_table(run, table);
        for (unsigned k = 0; k < MODEL_INDEXES; k++)
            if (table->indexes[k].exists)
                check_index(run, table, &table->indexes[k]);
    }
}
