/* SPDX-License-Identifier: MIT */
/* Random changes of tables and their rows, in nested transactions, over clean and unclean ends of the engine: at every point
 * the database holds what a picture of it in memory says, and the file passes the whole check. The seed of each run is
 * printed if it fails; COLDSTREAM_SEED=n runs that one alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../recovery/instance.h"
#include "base/compiler.h"
#include "format/keynorm.h"
#include "isam/ddl.h"
#include "isam/deep.h"
#include "isam/engine_database.h"
#include "isam/session.h"
#include "isam/table_cursor.h"
#include "isam/transaction.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"
#include "table_model.h"

enum {
    LEVELS = 3,
    STEPS = 800,
    CHECK_EVERY = 20,
};

struct run {
    struct instance instance;
    struct session *session;
    const char *path;
    unsigned dbid;
    uint32_t random;
    unsigned level;
    bool has_crashed;                /* pages of trees that were being made or deleted may be lost */
    struct model states[LEVELS + 1]; /* states[level] is now; below are those to return to */
    uint8_t bytes[MODEL_VALUE_SIZE_MAX + 4096];
    uint8_t more[MODEL_VALUE_SIZE_MAX + 4096];
};

static uint32_t random_below(struct run *run, uint32_t limit)
{
    run->random = run->random * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(run->random >> 8) * limit >> 24);
}

static struct model *now(struct run *run)
{
    return &run->states[run->level];
}

#define assert_ok(expression) assert_int_equal((expression), JET_errSuccess)

/* ---- the engine ---- */

static void begin_level(struct run *run)
{
    assert_ok(transaction_begin(run->session, false));
    run->states[run->level + 1] = run->states[run->level];
    run->level++;
}

static void commit_level(struct run *run)
{
    assert_ok(transaction_commit(run->session, 0, NULL));
    run->states[run->level - 1] = run->states[run->level];
    run->level--;
}

static void rollback_level(struct run *run)
{
    assert_ok(transaction_rollback(run->session, false));
    run->level--;
}

static void open_database(struct run *run)
{
    assert_ok(session_begin(run->instance.engine, &run->session));
    assert_ok(engine_database_attach(run->session, run->path, false, 0));
    assert_ok(engine_database_open(run->session, run->path, &(struct engine_database_open_options){0}, &run->dbid));
}

static void check_file(struct run *run)
{
    struct finding_list findings = {0};
    const struct finding_listener listener = finding_list_listener(&findings);
    const struct deep_options options = {0};
    struct database_file *file = NULL;
    struct deep_counts counts;
    assert_ok(database_file_open(run->path, &listener, &file));
    const jet_err err = deep_verify(file, &options, &listener, &counts);
    for (size_t i = 0; i < findings.count && i < FINDING_LIST_MAX; i++)
        print_error("finding %d at %u: %d\n", (int)findings.list[i].kind, (unsigned)findings.list[i].where,
                    (int)findings.list[i].err);
    database_file_close(file);
    assert_ok(err);
    assert_int_equal(counts.damages, 0);
    if (!run->has_crashed)
        assert_int_equal(counts.warnings, 0);
}

static void end_clean(struct run *run)
{
    engine_database_close(run->session, run->dbid);
    session_end(run->session);
    instance_stop(&run->instance);
    check_file(run);
}

static void reopen(struct run *run)
{
    while (run->level > 0)
        commit_level(run);
    if (random_below(run, 2) == 0) {
        end_clean(run);
        instance_start(&run->instance);
    } else {
        engine_database_close(run->session, run->dbid);
        session_end(run->session);
        instance_crash(&run->instance);
        run->has_crashed = true;
        instance_start_recovering(&run->instance);
        check_file(run);
    }
    open_database(run);
}

/* ---- names and values ---- */

static const char *table_name(const struct model_table *table)
{
    static char name[32];
    (void)snprintf(name, sizeof name, "Table %u", table->name);
    return name;
}

static const char *column_name(unsigned number)
{
    static char name[32];
    (void)snprintf(name, sizeof name, "c%u", number);
    return name;
}

static struct model_value random_value(struct run *run, const struct model_kind *kind)
{
    uint32_t range = kind->size_max - kind->size_min + 1;
    if (kind->is_long && range > 3000 && random_below(run, 4) != 0)
        range = 3000;
    return (struct model_value){run->random, kind->size_min + random_below(run, range)};
}

static struct table_cursor *cursor_open(struct run *run, const struct model_table *table)
{
    struct table_cursor *cursor;
    assert_ok(table_cursor_open(run->session, run->dbid, table_name(table), 0, &cursor));
    return cursor;
}

/* ---- is everything as it should be? ---- */

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
    const uint32_t offset = random_below(run, value->size);
    struct table_retrieve retrieve = {.column = column, .buffer = run->bytes, .size = 50, .itag = 1, .offset = offset};
    const uint32_t left = value->size - offset;
    assert_int_equal(table_cursor_retrieve(cursor, &retrieve), left > 50 ? JET_wrnBufferTruncated : JET_errSuccess);
    assert_int_equal(retrieve.actual, left);
    for (uint32_t i = 0; i < left && i < 50; i++)
        assert_int_equal(run->bytes[i], model_byte(value->seed, offset + i));
}

static void check_row(struct run *run, struct table_cursor *cursor, const struct model_table *table,
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
    struct table_cursor *cursor = cursor_open(run, table);
    const bool is_descending = table->flavour == MODEL_BY_TEXT;
    jet_err err = table_cursor_move(cursor, INT32_MIN, 0);
    for (unsigned i = 0; i < table->row_count; i++) {
        assert_int_equal(err, JET_errSuccess);
        check_row(run, cursor, table, &table->rows[is_descending ? table->row_count - 1 - i : i]);
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

static const char *index_name(unsigned number)
{
    static char name[32];
    (void)snprintf(name, sizeof name, "i%u", number);
    return name;
}

static jet_err set_index(struct table_cursor *cursor, unsigned name)
{
    const struct table_set_index set = {.name = index_name(name)};
    return table_cursor_set_index(cursor, &set);
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

/* On each entry, in order: the entry is above the one before, its record is a row, and is found by key and by bookmark. */
static unsigned walk_index(struct run *run, const struct model_table *table, const struct model_index *index,
                           unsigned *entries)
{
    struct table_cursor *cursor = cursor_open(run, table), *other = cursor_open(run, table);
    uint8_t last[KEYNORM_LIMIT_MAX + 1];
    size_t last_size = 0;
    unsigned count = 0;
    assert_ok(set_index(cursor, index->name));
    assert_ok(set_index(other, index->name));
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

static void check_all(struct run *run)
{
    for (unsigned i = 0; i < MODEL_TABLES; i++) {
        const struct model_table *table = &now(run)->tables[i];
        if (!table->exists)
            continue;
        check_table(run, table);
        for (unsigned k = 0; k < MODEL_INDEXES; k++)
            if (table->indexes[k].exists)
                check_index(run, table, &table->indexes[k]);
    }
}

/* ---- schema ---- */

static void add_key_column(struct run *run, struct table *table, const char *name, uint32_t type, uint32_t *ret_id)
{
    const struct ddl_column definition = {.name = name, .type = type, .flags = COLUMN_NOT_NULL, .code_page = 1252};
    assert_ok(ddl_column_add(run->session, table, &definition, ret_id));
}

static void create_primary(struct run *run, struct table *table, struct model_table *model)
{
    struct index_segment segments[2] = {
        {model->key_columns[0], model->flavour == MODEL_BY_TEXT},
        {model->key_columns[1], true                           },
    };
    const struct ddl_index definition = {
        .name = "primary",
        .flags = INDEX_PRIMARY | INDEX_NO_NULL_SEGMENT,
        .segments = segments,
        .segment_count = model->flavour == MODEL_BY_TEXT ? 2 : 1,
    };
    assert_ok(ddl_index_create(run->session, table, &definition));
}

static void create_table(struct run *run, struct model_table *model)
{
    struct table *table;
    *model = (struct model_table){.exists = true, .flavour = random_below(run, 3), .name = now(run)->names++};
    const struct ddl_table definition = {.name = table_name(model), .pages = random_below(run, 5)};
    assert_ok(ddl_table_create(run->session, run->dbid, &definition, &table));
    if (model->flavour == MODEL_BY_TEXT)
        add_key_column(run, table, "key text", COLUMN_TEXT, &model->key_columns[0]);
    if (model->flavour == MODEL_BY_LONG)
        add_key_column(run, table, "key", COLUMN_LONG, &model->key_columns[0]);
    if (model->flavour == MODEL_BY_TEXT)
        add_key_column(run, table, "key", COLUMN_LONG, &model->key_columns[1]);
    if (model->flavour != MODEL_WITHOUT_INDEX)
        create_primary(run, table, model);
    table_close(table);
    struct table *again;
    assert_int_equal(ddl_table_create(run->session, run->dbid, &definition, &again), JET_errTableDuplicate);
}

static void delete_table(struct run *run, struct model_table *model)
{
    struct table *table;
    assert_ok(ddl_table_delete(run->session, run->dbid, table_name(model)));
    assert_int_equal(table_open(run->session, run->dbid, table_name(model), &table), JET_errObjectNotFound);
    model->exists = false;
}

static void rename_table(struct run *run, struct model_table *model)
{
    char old[32];
    (void)snprintf(old, sizeof old, "%s", table_name(model));
    model->name = now(run)->names++;
    assert_ok(ddl_table_rename(run->session, run->dbid, old, table_name(model)));
}

static void add_column(struct run *run, struct model_table *model, unsigned slot)
{
    struct model_column *column = &model->columns[slot];
    *column =
        (struct model_column){.exists = true, .kind = random_below(run, model_kind_count), .name = now(run)->names++};
    const struct model_kind *kind = &model_kinds[column->kind];
    struct table *table;
    assert_ok(table_open(run->session, run->dbid, table_name(model), &table));
    struct ddl_column definition = {
        .name = column_name(column->name), .type = kind->type, .flags = kind->flags, .place = kind->place};
    if (kind->has_default) {
        column->default_value = random_value(run, kind);
        model_value_make(&column->default_value, run->bytes);
        definition.default_value = run->bytes;
        definition.default_size = column->default_value.size;
    }
    assert_ok(ddl_column_add(run->session, table, &definition, &column->id));
    assert_int_equal(ddl_column_add(run->session, table, &definition, &column->id), JET_errColumnDuplicate);
    table_close(table);
    for (unsigned i = 0; i < model->row_count; i++)
        model->rows[i].cells[slot] = (struct model_cell){.count = kind->has_default, .values = {column->default_value}};
}

static void drop_or_rename_column(struct run *run, struct model_table *model, unsigned slot)
{
    struct model_column *column = &model->columns[slot];
    struct table *table;
    char old[32];
    (void)snprintf(old, sizeof old, "%s", column_name(column->name));
    assert_ok(table_open(run->session, run->dbid, table_name(model), &table));
    bool is_indexed = false;
    for (unsigned i = 0; i < MODEL_INDEXES; i++)
        is_indexed |= model_index_has(&model->indexes[i], slot);
    if (random_below(run, 2) == 0 && is_indexed) {
        assert_int_equal(ddl_column_delete(run->session, table, old), JET_errColumnInUse);
        table_close(table);
        return;
    } else if (!is_indexed && random_below(run, 2) == 0) {
        assert_ok(ddl_column_delete(run->session, table, old));
        column->exists = false;
    } else {
        column->name = now(run)->names++;
        assert_ok(ddl_column_rename(run->session, table, old, column_name(column->name)));
    }
    assert_int_equal(ddl_column_delete(run->session, table, old), JET_errColumnNotFound);
    table_close(table);
}

/* ---- secondary indexes ---- */

/* MODEL_COLUMNS: there is none. */
static unsigned random_column(struct run *run, const struct model_table *table)
{
    const unsigned from = random_below(run, MODEL_COLUMNS);
    for (unsigned i = 0; i < MODEL_COLUMNS; i++)
        if (table->columns[(from + i) % MODEL_COLUMNS].exists)
            return (from + i) % MODEL_COLUMNS;
    return MODEL_COLUMNS;
}

/* Some index on columns that there are; false: no luck. */
static bool draw_index(struct run *run, const struct model_table *table, struct model_index *index)
{
    static const uint32_t null_rules[] = {
        INDEX_ALLOW_ALL_NULLS | INDEX_ALLOW_FIRST_NULL | INDEX_ALLOW_SOME_NULLS,
        INDEX_ALLOW_FIRST_NULL | INDEX_ALLOW_SOME_NULLS,
        INDEX_ALLOW_SOME_NULLS,
        0,
    };
    *index = (struct model_index){.exists = true,
                                  .name = now(run)->names++,
                                  .segment_count = 1 + random_below(run, MODEL_SEGMENTS),
                                  .null_flags = null_rules[random_below(run, COUNT_OF(null_rules))]};
    for (unsigned i = 0; i < index->segment_count; i++) {
        index->slots[i] = random_column(run, table);
        index->is_descending[i] = random_below(run, 2) != 0;
        if (index->slots[i] == MODEL_COLUMNS || (i > 0 && index->slots[i] == index->slots[0]))
            return false;
    }
    index->condition = random_column(run, table);
    index->has_condition = index->condition != MODEL_COLUMNS && random_below(run, 3) == 0;
    index->must_be_null = random_below(run, 2) != 0;
    const struct model_kind *kind = &model_kinds[table->columns[index->slots[0]].kind];
    index->is_unique = index->segment_count == 1 && kind->size_min >= 4 && kind->flags == 0;
    return true;
}

static void create_index(struct run *run, struct model_table *model, unsigned slot)
{
    struct model_index index;
    struct index_segment segments[MODEL_SEGMENTS];
    struct table *table;
    if (!draw_index(run, model, &index))
        return;
    for (unsigned i = 0; i < index.segment_count; i++)
        segments[i] = (struct index_segment){model->columns[index.slots[i]].id, index.is_descending[i]};
    const struct index_condition condition = {index.has_condition ? model->columns[index.condition].id : 0,
                                              index.must_be_null};
    const struct ddl_index definition = {
        .name = index_name(index.name),
        .flags = index.null_flags | (index.is_unique ? (uint32_t)INDEX_UNIQUE : 0u),
        .segments = segments,
        .segment_count = index.segment_count,
        .conditions = &condition,
        .condition_count = index.has_condition,
        .key_most = random_below(run, 2) ? 0 : 400,
    };
    bool is_taken = false;
    for (unsigned i = 0; i < model->row_count; i++)
        is_taken |= model_index_is_taken(model, &index, &model->rows[i]);
    assert_ok(table_open(run->session, run->dbid, table_name(model), &table));
    assert_int_equal(ddl_index_create(run->session, table, &definition),
                     is_taken ? JET_errKeyDuplicate : JET_errSuccess);
    if (!is_taken) {
        model->indexes[slot] = index;
        assert_int_equal(ddl_index_create(run->session, table, &definition), JET_errIndexDuplicate);
    }
    table_close(table);
}

static void delete_index(struct run *run, struct model_table *model, unsigned slot)
{
    struct model_index *index = &model->indexes[slot];
    struct table_cursor *cursor = cursor_open(run, model);
    struct table *table = table_cursor_table(cursor);
    assert_ok(set_index(cursor, index->name));
    assert_int_equal(ddl_index_delete(run->session, table, index_name(index->name)), JET_errIndexInUse);
    assert_ok(table_cursor_set_index(cursor, &(struct table_set_index){.name = NULL}));
    assert_ok(ddl_index_delete(run->session, table, index_name(index->name)));
    assert_int_equal(set_index(cursor, index->name), JET_errIndexNotFound);
    index->exists = false;
    table_cursor_close(cursor);
}

static bool is_any_taken(const struct model_table *table, const struct model_row *row)
{
    bool is_taken = false;
    for (unsigned i = 0; i < MODEL_INDEXES; i++)
        is_taken |= model_index_is_taken(table, &table->indexes[i], row);
    return is_taken;
}

/* ---- rows ---- */

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
    const unsigned i = random_below(run, cell->count + 1);
    if (i < cell->count && random_below(run, 3) == 0) {
        const struct table_set set = {.column = column->id, .itag = i + 1};
        assert_ok(table_cursor_set(cursor, &set));
        memmove(&cell->values[i], &cell->values[i + 1], (cell->count - i - 1) * sizeof cell->values[0]);
        cell->count--;
        return;
    }
    if (i == MODEL_VALUES)
        return;
    cell->values[i] = random_value(run, kind);
    set_value(run, cursor, column->id, &cell->values[i], i == cell->count ? 0 : i + 1);
    cell->count += i == cell->count;
}

static void append(struct run *run, struct table_cursor *cursor, const struct model_column *column,
                   struct model_value *value)
{
    const uint32_t more = 1 + random_below(run, random_below(run, 4) == 0 ? 9000 : 300);
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
    const uint32_t size = 1 + random_below(run, value->size);
    const struct table_set set = {.column = column->id, .flags = TABLE_SET_SIZE, .size = size, .itag = 1};
    assert_ok(table_cursor_set(cursor, &set));
    value->size = size;
}

static void change_cell(struct run *run, struct table_cursor *cursor, const struct model_column *column,
                        struct model_cell *cell)
{
    const struct model_kind *kind = &model_kinds[column->kind];
    const uint32_t choice = random_below(run, 8);
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
        cell->values[0] = random_value(run, kind);
        cell->count = 1;
        set_value(run, cursor, column->id, &cell->values[0], 1);
    }
}

static void change_cells(struct run *run, struct table_cursor *cursor, const struct model_table *table,
                         struct model_row *row, unsigned one_in)
{
    for (unsigned i = 0; i < MODEL_COLUMNS; i++)
        if (table->columns[i].exists && random_below(run, one_in) == 0)
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
    const bool is_taken =
        (table->flavour != MODEL_WITHOUT_INDEX && model_row_find(table, row->key)) || is_any_taken(table, &with_key);
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
    return table->row_count ? &table->rows[random_below(run, table->row_count)] : NULL;
}

static void insert_row(struct run *run, struct model_table *table)
{
    struct table_cursor *cursor = cursor_open(run, table);
    struct model_table empty = *table;
    empty.row_count = 0;
    struct model_row row = *model_row_add(&empty, random_below(run, MODEL_KEYS));
    assert_ok(table_cursor_prepare(cursor, TABLE_PREPARE_INSERT));
    if (table->flavour != MODEL_WITHOUT_INDEX)
        set_key(cursor, table, row.key);
    change_cells(run, cursor, table, &row, 2);
    insert_end(run, cursor, table, &row);
    table_cursor_close(cursor);
}

static void copy_row(struct run *run, struct model_table *table)
{
    const struct model_row *from = any_row(run, table);
    if (!from)
        return;
    struct model_row row = *from;
    struct table_cursor *cursor = cursor_open(run, table);
    go_to(cursor, table, row.key);
    assert_ok(table_cursor_prepare(cursor, TABLE_PREPARE_INSERT_COPY));
    row.key = random_below(run, MODEL_KEYS);
    if (table->flavour != MODEL_WITHOUT_INDEX)
        set_key(cursor, table, row.key);
    change_cells(run, cursor, table, &row, 4);
    insert_end(run, cursor, table, &row);
    table_cursor_close(cursor);
}

static void replace_row(struct run *run, struct model_table *table)
{
    struct model_row *row = any_row(run, table);
    if (!row)
        return;
    struct model_row after = *row;
    struct table_cursor *cursor = cursor_open(run, table);
    go_to(cursor, table, row->key);
    assert_ok(
        table_cursor_prepare(cursor, random_below(run, 2) ? TABLE_PREPARE_REPLACE : TABLE_PREPARE_REPLACE_NO_LOCK));
    change_cells(run, cursor, table, &after, 3);
    if (is_any_taken(table, &after)) {
        assert_int_equal(table_cursor_update(cursor, NULL, NULL), JET_errKeyDuplicate);
        assert_ok(table_cursor_prepare(cursor, TABLE_PREPARE_CANCEL));
    } else if (random_below(run, 5) == 0) {
        assert_ok(table_cursor_prepare(cursor, TABLE_PREPARE_CANCEL));
    } else {
        assert_ok(table_cursor_update(cursor, NULL, NULL));
        *row = after;
    }
    check_row(run, cursor, table, row);
    table_cursor_close(cursor);
}

static void delete_row(struct run *run, struct model_table *table)
{
    struct model_row *row = any_row(run, table);
    if (!row)
        return;
    struct table_cursor *cursor = cursor_open(run, table);
    go_to(cursor, table, row->key);
    assert_ok(table_cursor_delete(cursor));
    assert_int_equal(table_cursor_move(cursor, 0, 0), JET_errRecordDeleted);
    table_cursor_close(cursor);
    model_row_remove(table, row);
}

/* ---- runs ---- */

static void change_rows(struct run *run, struct model_table *table)
{
    const bool begins = run->level == 0;
    if (begins)
        begin_level(run);
    table = &now(run)->tables[table - run->states[run->level - begins].tables];
    switch (random_below(run, 6)) {
    case 0:
    case 1:
        if (table->row_count < MODEL_ROWS)
            insert_row(run, table);
        break;
    case 2:
        if (table->row_count < MODEL_ROWS)
            copy_row(run, table);
        break;
    case 3:
    case 4: replace_row(run, table); break;
    default: delete_row(run, table); break;
    }
    if (begins)
        commit_level(run);
}

static void change_index(struct run *run, struct model_table *table)
{
    const unsigned index = random_below(run, MODEL_INDEXES);
    if (!table->indexes[index].exists)
        create_index(run, table, index);
    else if (random_below(run, 3) == 0)
        delete_index(run, table, index);
}

static void change_schema(struct run *run, struct model_table *table)
{
    const unsigned slot = random_below(run, MODEL_COLUMNS);
    const uint32_t choice = random_below(run, 24);
    if (choice == 0)
        delete_table(run, table);
    else if (choice == 1)
        rename_table(run, table);
    else if (choice < 12)
        change_index(run, table);
    else if (table->columns[slot].exists)
        drop_or_rename_column(run, table, slot);
    else
        add_column(run, table, slot);
}

static void change_level(struct run *run)
{
    const uint32_t choice = random_below(run, 3);
    if (choice < 2 && run->level < LEVELS)
        begin_level(run);
    else if (run->level > 0 && random_below(run, 3) != 0)
        commit_level(run);
    else if (run->level > 0)
        rollback_level(run);
    else if (random_below(run, 4) == 0)
        reopen(run);
}

static void step(struct run *run)
{
    struct model_table *table = &now(run)->tables[random_below(run, MODEL_TABLES)];
    const uint32_t choice = random_below(run, 10);
    if (choice == 0)
        change_level(run);
    else if (!table->exists)
        create_table(run, table);
    else if (choice < 3)
        change_schema(run, table);
    else
        change_rows(run, table);
}

static void run_seed(struct temp_folder *folder, uint32_t seed, uint32_t page_size)
{
    struct run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    run->random = seed;
    run->path = temp_folder_path(folder, "model.edb");
    print_message("seed %u, pages of %u bytes\n", (unsigned)seed, (unsigned)page_size);
    instance_init(&run->instance, folder);
    run->instance.config.page_size = page_size;
    instance_start(&run->instance);
    assert_ok(session_begin(run->instance.engine, &run->session));
    const struct engine_database_new options = {.path = run->path};
    assert_ok(engine_database_create(run->session, &options, &run->dbid));
    for (unsigned i = 0; i < STEPS; i++) {
        step(run);
        if (i % CHECK_EVERY == 0)
            check_all(run);
    }
    while (run->level > 0)
        rollback_level(run);
    check_all(run);
    end_clean(run);
    instance_start(&run->instance);
    open_database(run);
    check_all(run);
    end_clean(run);
    free(run);
}

static void random_changes(void **state, uint32_t seed, uint32_t page_size)
{
    const char *only = getenv("COLDSTREAM_SEED");
    run_seed(*state, only ? (uint32_t)strtoul(only, NULL, 10) : seed, page_size);
}

static void tables_hold_what_was_put_into_them_on_pages_of_4_kib(void **state)
{
    random_changes(state, 1, 4096);
}

static void tables_hold_what_was_put_into_them_on_pages_of_8_kib(void **state)
{
    random_changes(state, 2, 8192);
}

static void tables_hold_what_was_put_into_them_on_pages_of_16_kib(void **state)
{
    random_changes(state, 3, 16384);
}

static void tables_hold_what_was_put_into_them_on_pages_of_32_kib(void **state)
{
    random_changes(state, 4, 32768);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(tables_hold_what_was_put_into_them_on_pages_of_4_kib),
        IN_FOLDER(tables_hold_what_was_put_into_them_on_pages_of_8_kib),
        IN_FOLDER(tables_hold_what_was_put_into_them_on_pages_of_16_kib),
        IN_FOLDER(tables_hold_what_was_put_into_them_on_pages_of_32_kib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
