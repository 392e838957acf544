/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "isam/ddl.h"
#include "isam/table_cursor.h"
#include "model_run.h"

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

void run_create_table(struct run *run, struct model_table *model)
{
    struct table *table;
    *model = (struct model_table){.exists = true, .flavour = run_random_below(run, 3), .name = run_now(run)->names++};
    const struct ddl_table definition = {.name = run_table_name(model), .pages = run_random_below(run, 5)};
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

void run_delete_table(struct run *run, struct model_table *model)
{
    struct table *table;
    assert_ok(ddl_table_delete(run->session, run->dbid, run_table_name(model)));
    assert_int_equal(table_open(run->session, run->dbid, run_table_name(model), &table), JET_errObjectNotFound);
    model->exists = false;
}

void run_rename_table(struct run *run, struct model_table *model)
{
    char old[32];
    (void)snprintf(old, sizeof old, "%s", run_table_name(model));
    model->name = run_now(run)->names++;
    assert_ok(ddl_table_rename(run->session, run->dbid, old, run_table_name(model)));
}

void run_add_column(struct run *run, struct model_table *model, unsigned slot)
{
    struct model_column *column = &model->columns[slot];
    *column = (struct model_column){
        .exists = true, .kind = run_random_below(run, model_kind_count), .name = run_now(run)->names++};
    const struct model_kind *kind = &model_kinds[column->kind];
    struct table *table;
    assert_ok(table_open(run->session, run->dbid, run_table_name(model), &table));
    struct ddl_column definition = {
        .name = run_column_name(column->name), .type = kind->type, .flags = kind->flags, .place = kind->place};
    if (kind->has_default) {
        column->default_value = run_random_value(run, kind);
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

void run_drop_or_rename_column(struct run *run, struct model_table *model, unsigned slot)
{
    struct model_column *column = &model->columns[slot];
    struct table *table;
    char old[32];
    (void)snprintf(old, sizeof old, "%s", run_column_name(column->name));
    assert_ok(table_open(run->session, run->dbid, run_table_name(model), &table));
    bool is_indexed = false;
    for (unsigned i = 0; i < MODEL_INDEXES; i++)
        is_indexed |= model_index_has(&model->indexes[i], slot);
    if (run_random_below(run, 2) == 0 && is_indexed) {
        assert_int_equal(ddl_column_delete(run->session, table, old), JET_errColumnInUse);
        table_close(table);
        return;
    } else if (!is_indexed && run_random_below(run, 2) == 0) {
        assert_ok(ddl_column_delete(run->session, table, old));
        column->exists = false;
    } else {
        column->name = run_now(run)->names++;
        assert_ok(ddl_column_rename(run->session, table, old, run_column_name(column->name)));
    }
    assert_int_equal(ddl_column_delete(run->session, table, old), JET_errColumnNotFound);
    table_close(table);
}

/* ---- secondary indexes ---- */

/* MODEL_COLUMNS: there is none. */
static unsigned random_column(struct run *run, const struct model_table *table)
{
    const unsigned from = run_random_below(run, MODEL_COLUMNS);
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
                                  .name = run_now(run)->names++,
                                  .segment_count = 1 + run_random_below(run, MODEL_SEGMENTS),
                                  .null_flags = null_rules[run_random_below(run, COUNT_OF(null_rules))]};
    for (unsigned i = 0; i < index->segment_count; i++) {
        index->slots[i] = random_column(run, table);
        index->is_descending[i] = run_random_below(run, 2) != 0;
        if (index->slots[i] == MODEL_COLUMNS || (i > 0 && index->slots[i] == index->slots[0]))
            return false;
    }
    index->condition = random_column(run, table);
    index->has_condition = index->condition != MODEL_COLUMNS && run_random_below(run, 3) == 0;
    index->must_be_null = run_random_below(run, 2) != 0;
    const struct model_kind *kind = &model_kinds[table->columns[index->slots[0]].kind];
    index->is_unique = index->segment_count == 1 && kind->size_min >= 4 && kind->flags == 0;
    return true;
}

void run_create_index(struct run *run, struct model_table *model, unsigned slot)
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
        .name = run_index_name(index.name),
        .flags = index.null_flags | (index.is_unique ? (uint32_t)INDEX_UNIQUE : 0u),
        .segments = segments,
        .segment_count = index.segment_count,
        .conditions = &condition,
        .condition_count = index.has_condition,
        .key_most = run_random_below(run, 2) ? 0 : 400,
    };
    bool is_taken = false;
    for (unsigned i = 0; i < model->row_count; i++)
        is_taken |= model_index_is_taken(model, &index, &model->rows[i]);
    assert_ok(table_open(run->session, run->dbid, run_table_name(model), &table));
    assert_int_equal(ddl_index_create(run->session, table, &definition),
                     is_taken ? JET_errKeyDuplicate : JET_errSuccess);
    if (!is_taken) {
        model->indexes[slot] = index;
        assert_int_equal(ddl_index_create(run->session, table, &definition), JET_errIndexDuplicate);
    }
    table_close(table);
}

void run_delete_index(struct run *run, struct model_table *model, unsigned slot)
{
    struct model_index *index = &model->indexes[slot];
    struct table_cursor *cursor = run_cursor_open(run, model);
    struct table *table = table_cursor_table(cursor);
    assert_ok(run_set_index(cursor, index->name));
    assert_int_equal(ddl_index_delete(run->session, table, run_index_name(index->name)), JET_errIndexInUse);
    assert_ok(table_cursor_set_index(cursor, &(struct table_set_index){.name = NULL}));
    assert_ok(ddl_index_delete(run->session, table, run_index_name(index->name)));
    assert_int_equal(run_set_index(cursor, index->name), JET_errIndexNotFound);
    index->exists = false;
    table_cursor_close(cursor);
}

bool run_is_any_taken(const struct model_table *table, const struct model_row *row)
{
    bool is_taken = false;
    for (unsigned i = 0; i < MODEL_INDEXES; i++)
        is_taken |= model_index_is_taken(table, &table->indexes[i], row);
    return is_taken;
}
