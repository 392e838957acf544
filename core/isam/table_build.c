/* SPDX-License-Identifier: MIT */
#include "isam/column_function.h"
#include "isam/table_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "btree/tree.h"
#include "format/keynorm.h"
#include "format/page.h"
#include "isam/schema_cache_internal.h"

jet_err table_name_copy(const void *bytes, size_t size, char **ret_name)
{
    char *name = malloc(size + 1);

    if (!name)
        return JET_errOutOfMemory;
    memcpy(name, bytes, size);
    name[size] = '\0';
    *ret_name = name;
    return JET_errSuccess;
}

static unsigned char fold(char c)
{
    return (unsigned char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

int table_name_compare(const char *a, const char *b)
{
    while (*a && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return fold(*a) - fold(*b);
}

/* ---- the object ---- */

jet_err table_new(struct schema_cache *cache, objid_t objid, pgno_t fdp, struct table **ret_table)
{
    struct table *table = calloc(1, sizeof *table);

    if (!table)
        return JET_errOutOfMemory;
    jet_err err = os_mutex_new(LOCK_RANK_SCHEMA, &table->long_values_lock);
    if (err < JET_errSuccess) {
        free(table);
        return err;
    }
    latch_init(&table->latch);
    table->engine = cache->engine;
    table->db = cache->db;
    table->dbid = cache->dbid;
    table->objid = objid;
    table->fdp = fdp;
    *ret_table = table;
    return JET_errSuccess;
}

void table_trees_close(struct table *table)
{
    for (size_t i = 0; i < table->index_count; i++) {
        tree_close(table->indexes[i]->tree);
        table->indexes[i]->tree = NULL;
    }
    tree_close(table->long_values_tree);
    table->long_values_tree = NULL;
    atomic_store(&table->has_long_values, false);
    tree_close(table->tree);
    table->tree = NULL;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    table_trees_close(table);
    table_handlers_done(table);
    for (size_t i = 0; i < table->column_count; i++)
        column_free(table->columns[i]);
    for (size_t i = 0; i < table->index_count; i++)
        index_free(table->indexes[i]);
    os_mutex_free(table->long_values_lock);
    free(table->columns);
    free(table->by_name);
    free(table->indexes);
    free(table->name);
    free(table->temporary);
    free(table);
}

/* ---- columns ---- */

void column_free(struct column *column)
{
    if (!column)
        return;
    free(column->name);
    column_function_free(column->function);
    free(column->default_value);
    free(column);
}

static int compare_names(const void *a, const void *b)
{
    const struct column *first = *(struct column *const *)a, *second = *(struct column *const *)b;
    const int order = table_name_compare(first->name, second->name);

    return order != 0 ? order : (first->id > second->id) - (first->id < second->id);
}

void table_names_sort(struct table *table)
{
    if (table->column_count == 0)
        return;
    memcpy(table->by_name, table->columns, table->column_count * sizeof *table->by_name);
    qsort(table->by_name, table->column_count, sizeof *table->by_name, compare_names);
}

void table_name_put(struct table *table, struct column *column)
{
    const size_t count = table->column_count - 1; /* of names that are there; the column itself has joined already */
    size_t low = 0, high = count;

    while (low < high) {
        const size_t middle = (low + high) / 2;

        if (compare_names(&table->by_name[middle], &column) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    memmove(table->by_name + low + 1, table->by_name + low, (count - low) * sizeof(struct column *));
    table->by_name[low] = column;
}

/* Takes a pointer out of an array of `count`. */
static void take_out(struct column **list, size_t count, const struct column *column)
{
    size_t at = 0;

    while (list[at] != column)
        at++;
    memmove(list + at, list + at + 1, (count - at - 1) * sizeof(struct column *));
}

/* Room for one more: the arrays double when their size is a power of two. */
static jet_err columns_grow(struct table *table)
{
    const size_t count = table->column_count;
    struct column **columns, **by_name;

    if (count & (count - 1))
        return JET_errSuccess;
    columns = realloc(table->columns, (count ? 2 * count : 1) * sizeof(struct column *));
    if (!columns)
        return JET_errOutOfMemory;
    table->columns = columns;
    by_name = realloc(table->by_name, (count ? 2 * count : 1) * sizeof(struct column *));
    if (!by_name)
        return JET_errOutOfMemory;
    table->by_name = by_name;
    return JET_errSuccess;
}

jet_err table_column_put(struct table *table, struct column *column)
{
    size_t at = table->column_count;
    jet_err err = columns_grow(table);

    while (at > 0 && table->columns[at - 1]->id >= column->id)
        at--;
    if (err >= JET_errSuccess && at < table->column_count && table->columns[at]->id == column->id)
        err = CORRUPT(JET_errCatalogCorrupted);
    if (err < JET_errSuccess) {
        column_free(column);
        return err;
    }
    if (at < table->column_count)
        memmove(table->columns + at + 1, table->columns + at, (table->column_count - at) * sizeof(struct column *));
    table->columns[at] = column;
    table->column_count++;
    return JET_errSuccess;
}

void table_column_remove(struct table *table, struct column *column)
{
    take_out(table->columns, table->column_count, column);
    take_out(table->by_name, table->column_count, column);
    table->column_count--;
    column_free(column);
}

size_t table_fixed_end(const struct table *table)
{
    size_t end = RECORD_SIZE_EMPTY;

    for (size_t i = 0; i < table->column_count && column_is_fixed(table->columns[i]); i++)
        end = (size_t)table->columns[i]->record_offset + table->columns[i]->size_max;
    return end;
}

uint32_t table_column_id_last(const struct table *table, uint32_t first, uint32_t last)
{
    for (size_t i = table->column_count; i > 0; i--) {
        const uint32_t id = table->columns[i - 1]->id;

        if (id >= first && id <= last)
            return id;
    }
    return first - 1;
}

/* ---- indexes ---- */

void index_free(struct index *index)
{
    if (!index)
        return;
    tree_close(index->tree);
    text_order_close(&index->order);
    free(index->name);
    free(index->locale);
    free(index);
}

jet_err table_index_put(struct table *table, struct index *index)
{
    struct index **indexes = realloc(table->indexes, (table->index_count + 1) * sizeof(struct index *));
    const bool is_primary = (index->flags & INDEX_PRIMARY) != 0;

    if (!indexes || (is_primary && table_primary_index(table))) {
        if (indexes)
            table->indexes = indexes;
        index_free(index);
        return indexes ? CORRUPT(JET_errCatalogCorrupted) : JET_errOutOfMemory;
    }
    table->indexes = indexes;
    if (is_primary) {
        memmove(indexes + 1, indexes, table->index_count * sizeof(struct index *));
        indexes[0] = index;
    } else {
        indexes[table->index_count] = index;
    }
    table->index_count++;
    return JET_errSuccess;
}

static void index_take_out(struct table *table, const struct index *index)
{
    size_t at = 0;

    while (table->indexes[at] != index)
        at++;
    table->index_count--;
    memmove(table->indexes + at, table->indexes + at + 1, (table->index_count - at) * sizeof(struct index *));
}

void table_index_remove(struct table *table, struct index *index)
{
    index_take_out(table, index);
    index_free(index);
}

void table_indexes_tidy(struct table *table)
{
    for (size_t i = table->index_count; i > 0; i--)
        if (atomic_load(&table->indexes[i - 1]->is_rest))
            table_index_remove(table, table->indexes[i - 1]);
}

void table_index_dismiss(struct table *table, struct index *index)
{
    index_take_out(table, index);
    tree_close(index->tree);
    index->tree = NULL;
    index->is_gone = true;
    if (atomic_load(&index->users) == 0)
        index_free(index);
}

/* ---- what follows ---- */

size_t table_record_size_max(uint32_t page_size, size_t key_most)
{
    const size_t page_data = page_node_size_max(page_size);
    const size_t small_key = key_most + 2 > TABLE_INDEX_KEY_MOST ? key_most + 2 : TABLE_INDEX_KEY_MOST;

    return page_is_large(page_size) ? page_data - 4 - key_most : page_data - 2 - small_key;
}

static jet_err lay_out_fixed(struct table *table, const struct column *column, size_t end)
{
    struct record_layout *layout = &table->layout;

    if (column->record_offset < end || column->size_max > table->record_size_max ||
        (size_t)column->record_offset + column->size_max > table->record_size_max)
        return CORRUPT(JET_errCatalogCorrupted);
    layout->fixed_last = column->id;
    layout->fixed[column->id] = (struct record_layout_fixed){
        .offset = column->record_offset,
        .size = (uint16_t)column->size_max,
        .default_value =
            column->type != COLUMN_NIL && column->default_size == column->size_max ? column->default_value : NULL,
    };
    return JET_errSuccess;
}

static void lay_out_variable(struct table *table, const struct column *column)
{
    if (column->type == COLUMN_NIL)
        return;
    table->layout.variable[column->id - RECORD_VARIABLE_FIRST] =
        (struct record_layout_variable){.default_value = column->default_value, .default_size = column->default_size};
}

static void find_special(struct table *table, struct column *column)
{
    if (column->type == COLUMN_NIL || column->deleted_by)
        return;
    if (column_is_tagged(column) && column->flags & COLUMN_NOT_NULL)
        table->needs_tagged = true;
    if (!column_is_fixed(column))
        return;
    if (column->flags & COLUMN_AUTO_INCREMENT)
        table->auto_increment = column;
    if (column->flags & COLUMN_VERSION)
        table->version = column;
}

jet_err table_lay_out(struct table *table)
{
    const struct index *primary = table_primary_index(table);
    const size_t key_most = primary ? primary->key_most : sizeof(uint32_t);
    size_t end = RECORD_SIZE_EMPTY;
    jet_err err = JET_errSuccess;

    memset(&table->layout, 0, sizeof table->layout);
    table->record_size_max = table_record_size_max(table->db->page_size, key_most);
    table->auto_increment = table->version = NULL;
    table->needs_tagged = false;
    for (size_t i = 0; i < table->column_count && err >= JET_errSuccess; i++) {
        struct column *column = table->columns[i];

        if (column_is_fixed(column)) {
            err = lay_out_fixed(table, column, end);
            end = (size_t)column->record_offset + column->size_max;
        } else if (column_is_variable(column)) {
            lay_out_variable(table, column);
        }
        find_special(table, column);
    }
    return err;
}
