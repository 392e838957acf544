/* SPDX-License-Identifier: MIT */
#include "isam/table_cursor_filter.h"

#include <stdlib.h>
#include <string.h>

#include "format/keynorm.h"
#include "isam/row_value.h"
#include "isam/session.h"
#include "isam/table_cursor_internal.h"

enum { NUMBER_KEY_SIZE = 1 + 16 }; /* the longest key of a value of fixed size: a GUID's */

struct condition {
    uint32_t column; /* its id: the column itself goes when its creation is rolled back */
    enum table_relation relation;
    bool is_null;
    bool is_by_key; /* `bytes` is a key, and what it is compared with becomes one */
    uint8_t *bytes;
    size_t size;
};

struct cursor_filter {
    unsigned key_flags; /* enum keynorm_flag */
    size_t count;
    struct condition conditions[];
};

static bool is_by_order(enum table_relation relation)
{
    return relation >= TABLE_LESS_OR_EQUAL && relation <= TABLE_GREATER;
}

static bool is_by_bits(enum table_relation relation)
{
    return relation == TABLE_BITS_ZERO || relation == TABLE_BITS_NOT_ZERO;
}

/* ---- what may be asked for ---- */

static jet_err check_value(const struct column *column, const struct table_filter *from)
{
    const bool is_number = column->type != COLUMN_BIT && column->type != COLUMN_GUID && column->type != COLUMN_BINARY;

    if ((from->relation == TABLE_BEGINS_WITH || from->is_empty) && column->type != COLUMN_BINARY)
        return JET_errInvalidParameter;
    if (from->size == 0)
        return is_by_bits(from->relation) || from->relation == TABLE_BEGINS_WITH ? JET_errInvalidParameter
                                                                                 : JET_errSuccess;
    if (column->type != COLUMN_BINARY && from->size != column_type_size(column->type))
        return JET_errInvalidParameter;
    return is_by_bits(from->relation) && !is_number ? JET_errInvalidParameter : JET_errSuccess;
}

static jet_err check(const struct column *column, const struct table_filter *from)
{
    if ((from->size == 0) != (from->data == NULL) || (from->size > 0 && from->is_empty) ||
        from->relation > TABLE_BITS_NOT_ZERO)
        return JET_errInvalidParameter;
    if (!column)
        return JET_errColumnNotFound;
    if (column_type_is_long(column->type) || column_type_is_text(column->type) ||
        (column->flags & COLUMN_USER_DEFINED_DEFAULT))
        return JET_errFilteredMoveNotSupported;
    return check_value(column, from);
}

/* ---- making ---- */

static jet_err make_key(const struct cursor_filter *filter, const struct column *column, const void *value, size_t size,
                        uint8_t bytes[NUMBER_KEY_SIZE + 1], size_t *ret_size)
{
    const struct keynorm_column description = {.type = (uint8_t)column->type, .is_fixed = true};
    struct keynorm key;

    keynorm_begin(&key, bytes, NUMBER_KEY_SIZE, 0, filter->key_flags);
    jet_err err = keynorm_add(&key, &description, value, size);
    *ret_size = key.size;
    return err;
}

static jet_err take(const struct cursor_filter *filter, const struct column *column, const struct table_filter *from,
                    struct condition *ret_condition)
{
    uint8_t key[NUMBER_KEY_SIZE + 1];
    const void *bytes = from->data;
    size_t size = from->size;
    jet_err err = check(column, from);

    if (err < JET_errSuccess)
        return err;
    const bool is_by_key =
        column->type != COLUMN_BINARY && size > 0 && (column->type == COLUMN_BIT || is_by_order(from->relation));
    if (is_by_key) {
        err = make_key(filter, column, from->data, from->size, key, &size);
        bytes = key;
    }
    if (err < JET_errSuccess)
        return err;
    *ret_condition = (struct condition){
        .column = column->id,
        .relation = from->relation,
        .is_null = from->size == 0 && !from->is_empty,
        .is_by_key = is_by_key,
        .bytes = malloc(size + 1),
        .size = size,
    };
    if (!ret_condition->bytes)
        return JET_errOutOfMemory;
    if (size > 0)
        memcpy(ret_condition->bytes, bytes, size);
    return JET_errSuccess;
}

static unsigned key_flags(const struct table *table)
{
    const struct index *primary = table_primary_index(table);

    return primary && (primary->flags & INDEX_DOTNET_GUID) ? (unsigned)KEYNORM_DOTNET_GUID : 0u;
}

jet_err cursor_filter_new(const struct table_cursor *cursor, const struct table_filter *conditions, size_t count,
                          struct cursor_filter **ret_filter)
{
    struct table *table = cursor->table;
    struct cursor_filter *filter = calloc(1, sizeof *filter + count * sizeof *filter->conditions);
    jet_err err = JET_errSuccess;

    if (!filter)
        return JET_errOutOfMemory;
    latch_shared(&table->latch);
    filter->key_flags = key_flags(table);
    for (; filter->count < count && err >= JET_errSuccess; filter->count++)
        err = take(filter, table_column_by_id(table, cursor->session, conditions[filter->count].column),
                   &conditions[filter->count], &filter->conditions[filter->count]);
    latch_unlock_shared(&table->latch);
    if (err < JET_errSuccess) {
        cursor_filter_free(filter);
        return err;
    }
    *ret_filter = filter;
    return JET_errSuccess;
}

void cursor_filter_free(struct cursor_filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++)
        free(filter->conditions[i].bytes);
    free(filter);
}

/* ---- judging ---- */

static int compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static bool has_common_bits(const uint8_t *a, const uint8_t *b, size_t size)
{
    uint8_t common = 0;

    for (size_t i = 0; i < size; i++)
        common |= a[i] & b[i];
    return common != 0;
}

static bool null_passes(const struct condition *condition)
{
    switch (condition->relation) {
    case TABLE_EQUAL:
    case TABLE_GREATER_OR_EQUAL: return condition->is_null;
    case TABLE_NOT_EQUAL:
    case TABLE_LESS: return !condition->is_null;
    case TABLE_LESS_OR_EQUAL:
    case TABLE_BITS_ZERO: return true;
    default: return false;
    }
}

static bool value_passes(const struct condition *condition, const uint8_t *bytes, size_t size)
{
    const bool is_null = condition->is_null;
    const int order = compare(bytes, size, condition->bytes, condition->size);

    switch (condition->relation) {
    case TABLE_EQUAL: return !is_null && order == 0;
    case TABLE_BEGINS_WITH: return size >= condition->size && memcmp(bytes, condition->bytes, condition->size) == 0;
    case TABLE_NOT_EQUAL: return is_null || order != 0;
    case TABLE_LESS_OR_EQUAL: return !is_null && order <= 0;
    case TABLE_LESS: return !is_null && order < 0;
    case TABLE_GREATER_OR_EQUAL: return is_null || order >= 0;
    case TABLE_GREATER: return is_null || order > 0;
    case TABLE_BITS_ZERO:
    case TABLE_BITS_NOT_ZERO:
        return has_common_bits(bytes, condition->bytes, size < condition->size ? size : condition->size) ==
               (condition->relation == TABLE_BITS_NOT_ZERO);
    }
    return true;
}

static jet_err judge(const struct table_cursor *cursor, const struct condition *condition, const struct record *record,
                     bool *ret_passes)
{
    const struct column *column = table_column_by_id(cursor->table, cursor->session, condition->column);
    uint8_t key[NUMBER_KEY_SIZE + 1];
    struct row_value value;
    jet_err err = column ? row_value_get(column, record, 1, 0, &value) : JET_errColumnNotFound;

    if (err < JET_errSuccess)
        return err;
    if (value.is_null) {
        *ret_passes = null_passes(condition);
        return JET_errSuccess;
    }
    if (value.is_separated || value.is_compressed)
        return JET_errFilteredMoveNotSupported;
    if (condition->is_by_key) {
        err = make_key(cursor->filter, column, value.bytes, value.size, key, &value.size);
        value.bytes = key;
    }
    if (err >= JET_errSuccess)
        *ret_passes = value_passes(condition, value.bytes, value.size);
    return err;
}

jet_err cursor_filter_judge(const struct table_cursor *cursor, const struct record *record, bool *ret_passes)
{
    const struct cursor_filter *filter = cursor->filter;
    jet_err err = JET_errSuccess;

    *ret_passes = true;
    for (size_t i = 0; i < filter->count && *ret_passes && err >= JET_errSuccess; i++)
        err = judge(cursor, &filter->conditions[i], record, ret_passes);
    return err;
}
