/* SPDX-License-Identifier: MIT */
/* ddl_inherit.c - a new table begins with what another one has: all its columns, under the same ids, and all its
 * indexes.
 *
 * They are copies, and belong to the new table alone: its catalogue does not say where they came from. So other engines
 * find an ordinary table.
 */
#include "isam/column_function.h"
#include "isam/ddl_internal.h"
#include "isam/session.h"

static enum ddl_column_place place_of(const struct column *column)
{
    if (column_is_fixed(column))
        return DDL_COLUMN_FIXED;
    return column_is_tagged(column) ? DDL_COLUMN_TAGGED : DDL_COLUMN_AUTOMATIC;
}

struct ddl_column ddl_column_of(const struct column *column)
{
    return (struct ddl_column){
        .name = column->name,
        .type = column->type,
        .flags = column->flags & ~(uint32_t)COLUMN_DEFAULT,
        .place = place_of(column),
        .code_page = column->code_page,
        .size_max = column->size_max,
        .default_value = column->default_value,
        .default_size = column->default_value ? column->default_size : 0,
        .function_name = column->function ? column->function->name : NULL,
        .function_data = column->function ? column->function->data : NULL,
        .function_data_size = column->function ? column->function->data_size : 0,
    };
}

static jet_err inherit_column(struct session *session, struct table *table, const struct column *column)
{
    const struct ddl_column definition = ddl_column_of(column);
    uint32_t id = 0;
    jet_err err = ddl_column_add(session, table, &definition, &id);

    return err >= JET_errSuccess && id != column->id ? JET_errDDLNotInheritable : err;
}

static jet_err inherit_index(struct session *session, struct table *table, const struct index *index)
{
    const uint32_t flags = INDEX_UNIQUE | INDEX_ALLOW_ALL_NULLS | INDEX_ALLOW_FIRST_NULL | INDEX_ALLOW_SOME_NULLS |
                           INDEX_NO_NULL_SEGMENT | INDEX_PRIMARY | INDEX_NULLS_HIGH | INDEX_CROSS_PRODUCT |
                           INDEX_DISALLOW_TRUNCATION | INDEX_NESTED_TABLE | INDEX_DOTNET_GUID;
    const bool names_locale = (index->flags & INDEX_LOCALE_SET) != 0;
    const struct ddl_index definition = {
        .name = index->name,
        .flags = index->flags & flags,
        .density = index->density,
        .segments = index->segments,
        .segment_count = index->segment_count,
        .conditions = index->conditions,
        .condition_count = index->condition_count,
        .key_most = index->key_most,
        .segment_max = index->segment_max,
        .has_tuples = index->tuples.length_max > 0,
        .tuples = index->tuples,
        .sort_flags = names_locale ? index->sort_flags : 0,
        .locale = names_locale ? index->locale : NULL,
    };

    return index->is_foreign ? JET_errDDLNotInheritable : ddl_index_create(session, table, &definition);
}

/* What the other table has does not change: its definition is fixed, and it is open. */
jet_err ddl_table_inherit(struct session *session, struct table *table, const struct table *from)
{
    jet_err err = from->flags & TABLE_FLAG_FIXED_DDL ? JET_errSuccess : JET_errDDLNotInheritable;

    for (size_t i = 0; i < from->column_count && err >= JET_errSuccess; i++)
        err = from->columns[i]->type == COLUMN_NIL ? JET_errDDLNotInheritable
                                                   : inherit_column(session, table, from->columns[i]);
    for (size_t i = 0; i < from->index_count && err >= JET_errSuccess; i++)
        err = inherit_index(session, table, from->indexes[i]);
    return err;
}
