/* SPDX-License-Identifier: MIT */
#include "tool/sample_catalog.h"

#include <string.h>

#include "base/byteorder.h"
#include "tool/sample_schema.h"

/* Column ids of the catalogue that rows are written with by name here; the first seven are given in order. */
enum {
    COLUMN_NAME = 128,
    COLUMN_DEFAULT_VALUE = 131,
    COLUMN_KEY_COLUMNS = 132,
    COLUMN_LOCALE_NAME = 261,
};

enum { RECORD_OFFSET_FIRST = 4 };

/* What all kinds of rows begin with, in the words of the catalogue's columns. */
struct catalog_row {
    objid_t table;
    enum sample_catalog_type type;
    uint32_t id;
    uint32_t coltyp_or_fdp;
    uint32_t space_usage;
    uint32_t flags;
    uint32_t pages_or_locale;
    const char *name;
};

struct catalog_writer {
    struct sample_tree *tree;
    struct sample_entries *by_name;
    struct sample_entries *root_objects;
    struct sample_record record;
};

static void row_begin(struct catalog_writer *w, const struct catalog_row *row)
{
    struct sample_record *r = &w->record;
    sample_record_begin(r, w->tree->file->page_size);
    sample_record_u32(r, row->table);
    sample_record_u16(r, (uint16_t)row->type);
    sample_record_u32(r, row->id);
    sample_record_u32(r, row->coltyp_or_fdp);
    sample_record_u32(r, row->space_usage);
    sample_record_u32(r, row->flags);
    sample_record_u32(r, row->pages_or_locale);
    sample_record_variable(r, COLUMN_NAME, row->name, strlen(row->name));
}

static MUST_CHECK jet_err entries_add(struct catalog_writer *w, const struct catalog_row *row,
                                      const struct sample_key *primary)
{
    struct sample_key key = {.size = 0};
    sample_key_long(&key, (int32_t)row->table);
    sample_key_short(&key, (int16_t)row->type);
    sample_key_text(&key, row->name);
    jet_err err = w->by_name ? sample_entries_add(w->by_name, &key, primary) : JET_errSuccess;
    if (err < JET_errSuccess || row->type != SAMPLE_CATALOG_TABLE || !w->root_objects)
        return err;

    key.size = 0;
    sample_key_true(&key);
    sample_key_text(&key, row->name);
    return sample_entries_add(w->root_objects, &key, primary);
}

static MUST_CHECK jet_err row_end(struct catalog_writer *w, const struct catalog_row *row)
{
    struct sample_key key = {.size = 0};
    sample_key_long(&key, (int32_t)row->table);
    sample_key_short(&key, (int16_t)row->type);
    sample_key_long(&key, (int32_t)row->id);

    uint8_t bytes[SAMPLE_RECORD_MAX];
    struct node node = {.suffix = key.bytes, .suffix_size = key.size, .data = bytes};
    node.data_size = sample_record_encode(&w->record, bytes);
    jet_err err = sample_tree_add(w->tree, &node);
    if (err < JET_errSuccess)
        return err;
    return entries_add(w, row, &key);
}

static MUST_CHECK jet_err write_table(struct catalog_writer *w, const struct system_table *table)
{
    struct catalog_row row = {
        .table = table->id,
        .type = SAMPLE_CATALOG_TABLE,
        .id = table->id,
        .coltyp_or_fdp = table->fdp,
        .space_usage = table->density,
        .flags = table->flags,
        .pages_or_locale = table->pages,
        .name = table->name,
    };
    row_begin(w, &row);
    sample_record_u8(&w->record, 0xFF); /* RootFlag */
    return row_end(w, &row);
}

static MUST_CHECK jet_err write_column(struct catalog_writer *w, const struct system_table *table,
                                       const struct system_column *column, uint16_t record_offset)
{
    struct catalog_row row = {
        .table = table->id,
        .type = SAMPLE_CATALOG_COLUMN,
        .id = column->id,
        .coltyp_or_fdp = column->type,
        .space_usage = column->size,
        .flags = column->flags,
        .pages_or_locale = column->code_page,
        .name = column->name,
    };
    static const uint8_t default_value[4];
    row_begin(w, &row);
    if (column->id < SAMPLE_COLUMN_VARIABLE_FIRST) {
        sample_record_fixed_null(&w->record, 1); /* RootFlag */
        sample_record_u16(&w->record, record_offset);
    }
    if (column->flags & SAMPLE_COLUMN_HAS_DEFAULT)
        sample_record_variable(&w->record, COLUMN_DEFAULT_VALUE, default_value, sizeof default_value);
    return row_end(w, &row);
}

static MUST_CHECK jet_err write_columns(struct catalog_writer *w, const struct system_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct system_column *column = &table->columns[i];
        /* The engine says the same of all fixed columns of its catalogue. */
        jet_err err = write_column(w, table, column, table->is_catalog ? RECORD_OFFSET_FIRST : column->offset);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

static MUST_CHECK jet_err write_index(struct catalog_writer *w, const struct system_table *table,
                                      const struct system_index *index)
{
    static const uint8_t locale[] = {'e', 0, 'n', 0, '-', 0, 'U', 0, 'S', 0};
    struct catalog_row row = {
        .table = table->id,
        .type = SAMPLE_CATALOG_INDEX,
        .id = index->id,
        .coltyp_or_fdp = index->fdp,
        .space_usage = index->density,
        .flags = index->flags,
        .name = index->name,
    };
    struct {
        le16 flags;
        le16 column;
    } keys[SYSTEM_INDEX_COLUMNS_MAX];
    size_t count_keys = 0;
    for (; count_keys < SYSTEM_INDEX_COLUMNS_MAX && index->columns[count_keys]; count_keys++) {
        keys[count_keys].flags = le16_make(0);
        keys[count_keys].column = le16_make(index->columns[count_keys]);
    }
    row_begin(w, &row);
    sample_record_fixed_null(&w->record, 1); /* RootFlag */
    sample_record_fixed_null(&w->record, 2); /* RecordOffset */
    sample_record_u32(&w->record, SYSTEM_SORT_FLAGS);
    sample_record_variable(&w->record, COLUMN_KEY_COLUMNS, keys, count_keys * sizeof keys[0]);
    sample_record_tagged(&w->record, COLUMN_LOCALE_NAME, SAMPLE_TAGGED_LONG_VALUE, locale, sizeof locale);
    return row_end(w, &row);
}

jet_err sample_catalog_write(struct sample_tree *tree, struct sample_entries *by_name,
                             struct sample_entries *root_objects)
{
    struct catalog_writer w = {.tree = tree, .by_name = by_name, .root_objects = root_objects};
    jet_err err = JET_errSuccess;
    for (size_t i = 0; err >= JET_errSuccess && i < sample_table_count; i++) {
        const struct system_table *table = sample_tables[i];
        err = write_table(&w, table);
        if (err >= JET_errSuccess)
            err = write_columns(&w, table);
        for (size_t k = 0; err >= JET_errSuccess && k < table->index_count; k++)
            err = write_index(&w, table, &table->indexes[k]);
    }
    return err;
}
