/* SPDX-License-Identifier: MIT */
#include "table_model.h"

#include <string.h>

#include "base/compiler.h"
#include "isam/ddl.h"

const struct model_kind model_kinds[] = {
    {COLUMN_LONG,        0,                   DDL_COLUMN_AUTOMATIC, 4,  4,                    false, false},
    {COLUMN_CURRENCY,    0,                   DDL_COLUMN_AUTOMATIC, 8,  8,                    false, true },
    {COLUMN_GUID,        0,                   DDL_COLUMN_FIXED,     16, 16,                   false, false},
    {COLUMN_BINARY,      0,                   DDL_COLUMN_AUTOMATIC, 1,  120,                  false, false},
    {COLUMN_BINARY,      0,                   DDL_COLUMN_AUTOMATIC, 1,  90,                   false, true },
    {COLUMN_LONG,        COLUMN_MULTI_VALUED, DDL_COLUMN_TAGGED,    4,  4,                    false, false},
    {COLUMN_BINARY,      COLUMN_MULTI_VALUED, DDL_COLUMN_TAGGED,    1,  100,                  false, false},
    {COLUMN_SHORT,       0,                   DDL_COLUMN_TAGGED,    2,  2,                    false, true },
    {COLUMN_LONG_BINARY, 0,                   DDL_COLUMN_AUTOMATIC, 1,  MODEL_VALUE_SIZE_MAX, true,  false},
    {COLUMN_LONG_BINARY, COLUMN_MULTI_VALUED, DDL_COLUMN_AUTOMATIC, 1,  3000,                 true,  false},
};
const unsigned model_kind_count = COUNT_OF(model_kinds);

uint8_t model_byte(uint32_t seed, uint32_t i)
{
    uint32_t x = seed * 2654435761u + i * 40503u;
    return (uint8_t)(x >> 16 ^ x >> 7);
}

void model_value_make(const struct model_value *value, uint8_t *bytes)
{
    for (uint32_t i = 0; i < value->size; i++)
        bytes[i] = model_byte(value->seed, i);
}

bool model_value_is(const struct model_value *value, const uint8_t *bytes, size_t size)
{
    if (size != value->size)
        return false;
    for (uint32_t i = 0; i < value->size; i++) {
        if (bytes[i] != model_byte(value->seed, i))
            return false;
    }
    return true;
}

struct model_row *model_row_find(struct model_table *table, uint32_t key)
{
    for (unsigned i = 0; i < table->row_count; i++) {
        if (table->rows[i].key == key)
            return &table->rows[i];
    }
    return NULL;
}

bool model_index_has(const struct model_index *index, unsigned slot)
{
    bool has = index->has_condition && index->condition == slot;
    for (unsigned i = 0; i < index->segment_count; i++)
        has |= index->slots[i] == slot;
    return index->exists && has;
}

static bool nulls_are_allowed(const struct model_index *index, const struct model_row *row)
{
    unsigned nulls = 0;
    for (unsigned i = 0; i < index->segment_count; i++)
        nulls += row->cells[index->slots[i]].count == 0;
    if (nulls == 0)
        return true;
    if (nulls == index->segment_count)
        return index->null_flags & INDEX_ALLOW_ALL_NULLS;
    return index->null_flags &
           (uint32_t)(row->cells[index->slots[0]].count == 0 ? INDEX_ALLOW_FIRST_NULL : INDEX_ALLOW_SOME_NULLS);
}

unsigned model_index_entries(const struct model_table *table, const struct model_index *index,
                             const struct model_row *row)
{
    if (index->has_condition && (row->cells[index->condition].count == 0) != index->must_be_null)
        return 0;
    if (!nulls_are_allowed(index, row))
        return 0;
    for (unsigned i = 0; i < index->segment_count; i++) {
        const unsigned slot = index->slots[i];
        if (model_kinds[table->columns[slot].kind].flags & COLUMN_MULTI_VALUED)
            return row->cells[slot].count > 1 ? row->cells[slot].count : 1;
    }
    return 1;
}

bool model_index_is_taken(const struct model_table *table, const struct model_index *index, const struct model_row *row)
{
    const struct model_cell *cell = &row->cells[index->slots[0]];
    if (!index->exists || !index->is_unique || model_index_entries(table, index, row) == 0)
        return false;
    for (unsigned i = 0; i < table->row_count; i++) {
        const struct model_row *other = &table->rows[i];
        const struct model_cell *theirs = &other->cells[index->slots[0]];
        if (other->key == row->key || model_index_entries(table, index, other) == 0)
            continue;
        if (theirs->count == cell->count && (cell->count == 0 || (theirs->values[0].seed == cell->values[0].seed &&
                                                                  theirs->values[0].size == cell->values[0].size)))
            return true;
    }
    return false;
}

struct model_row *model_row_add(struct model_table *table, uint32_t key)
{
    unsigned at = table->row_count++;
    for (; at > 0 && table->rows[at - 1].key > key; at--)
        table->rows[at] = table->rows[at - 1];
    struct model_row *row = &table->rows[at];
    memset(row, 0, sizeof *row);
    row->key = key;
    for (unsigned i = 0; i < MODEL_COLUMNS; i++) {
        const struct model_column *column = &table->columns[i];
        if (!column->exists || column->default_value.size == 0)
            continue;
        row->cells[i].count = 1;
        row->cells[i].values[0] = column->default_value;
    }
    return row;
}

void model_row_remove(struct model_table *table, struct model_row *row)
{
    size_t behind = (size_t)(table->rows + table->row_count - row) - 1;
    memmove(row, row + 1, behind * sizeof *row);
    table->row_count--;
}
