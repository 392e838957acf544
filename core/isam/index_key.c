/* SPDX-License-Identifier: MIT */
#include "isam/index_key.h"

#include "isam/row_value.h"

enum { VALUE_PREFIX = 2 * KEYNORM_LIMIT_MAX + 2 }; /* more of a value cannot matter to a key */

/* Whoever may see it: its records have to be in their place in any case. */
static const struct column *column_of(const struct table *table, uint32_t id)
{
    size_t low = 0, high = table->column_count;

    while (low < high) {
        const size_t middle = (low + high) / 2;

        if (table->columns[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < table->column_count && table->columns[low]->id == id ? table->columns[low] : NULL;
}

static const struct column *segment_column(const struct table *table, const struct index *index, unsigned segment)
{
    return column_of(table, index->segments[segment].column);
}

static struct keynorm_column describe(const struct column *column, bool is_descending)
{
    return (struct keynorm_column){
        .type = (uint8_t)column->type,
        .code_page = column->code_page,
        .is_fixed = column_is_fixed(column),
        .is_descending = is_descending,
    };
}

struct keynorm_column index_key_column(const struct table *table, const struct index *index, unsigned segment)
{
    const struct column *column = segment_column(table, index, segment);

    return column ? describe(column, index->segments[segment].is_descending) : (struct keynorm_column){0};
}

void index_key_begin(const struct index *index, void *buffer, struct keynorm *ret_key)
{
    const unsigned flags = (index->flags & INDEX_NULLS_HIGH ? (unsigned)KEYNORM_NULLS_HIGH : 0u) |
                           (index->flags & INDEX_DOTNET_GUID ? (unsigned)KEYNORM_DOTNET_GUID : 0u) |
                           (index->flags & INDEX_DISALLOW_TRUNCATION ? (unsigned)KEYNORM_DISALLOW_TRUNCATION : 0u);

    keynorm_begin(ret_key, buffer, index->key_most, index->segment_max, flags);
}

/* The first segment of several values; segment_count: none. */
static unsigned multi_valued_segment(const struct table *table, const struct index *index)
{
    unsigned i = 0;

    if (!(index->flags & INDEX_MULTI_VALUED))
        return index->segment_count;
    for (; i < index->segment_count; i++) {
        const struct column *column = segment_column(table, index, i);

        if (column && (column->flags & COLUMN_MULTI_VALUED))
            break;
    }
    return i;
}

jet_err index_key_count(const struct table *table, const struct index *index, const struct record *record,
                        unsigned *ret_count)
{
    const unsigned segment = multi_valued_segment(table, index);
    struct row_value value;

    *ret_count = 1;
    if (segment == index->segment_count)
        return JET_errSuccess;
    jet_err err = row_value_get(segment_column(table, index, segment), record, 1, 0, &value);
    if (err >= JET_errSuccess && value.count > 1)
        *ret_count = value.count;
    return err;
}

/* ---- conditions ---- */

static jet_err is_null(const struct column *column, const struct record *record, bool *ret_null)
{
    struct row_value value;
    jet_err err = column ? row_value_get(column, record, 1, 0, &value) : JET_errColumnNotFound;

    if (err >= JET_errSuccess)
        *ret_null = value.is_null;
    return err;
}

static jet_err check_conditions(const struct table *table, const struct index *index, const struct record *record,
                                bool *ret_holds)
{
    *ret_holds = true;
    for (unsigned i = 0; i < index->condition_count; i++) {
        bool null = false;
        jet_err err = is_null(column_of(table, index->conditions[i].column), record, &null);

        if (err < JET_errSuccess)
            return err;
        if (null != index->conditions[i].must_be_null)
            *ret_holds = false;
    }
    return JET_errSuccess;
}

/* ---- keys ---- */

/* Adds the column's `itag`-th value; `ret_null`: it is null. */
static jet_err segment_add(struct session *session, struct table *table, const struct column *column, unsigned itag,
                           bool is_descending, const struct record *record, struct keynorm *key, bool *ret_null)
{
    const struct keynorm_column description = describe(column, is_descending);
    uint8_t copy[VALUE_PREFIX];
    struct row_value value;
    jet_err err = row_value_get(column, record, itag, 0, &value);

    *ret_null = value.is_null;
    if (err < JET_errSuccess)
        return err;
    if (value.is_separated || value.is_compressed) {
        size_t available;

        err = row_value_read(session, table, &value, 0, copy, sizeof copy, &available);
        value.bytes = copy;
        value.size = available < sizeof copy ? available : sizeof copy;
    }
    if (err < JET_errSuccess)
        return err;
    return keynorm_add(key, &description, value.is_null ? NULL : value.bytes, value.size);
}

static jet_err judge_nulls(const struct index *index, unsigned nulls, bool first_is_null, bool *ret_has_entry)
{
    if (nulls > 0 && (index->flags & INDEX_NO_NULL_SEGMENT))
        return JET_errNullKeyDisallowed;
    *ret_has_entry = true;
    if (nulls == index->segment_count && !(index->flags & INDEX_ALLOW_ALL_NULLS))
        *ret_has_entry = false;
    else if (first_is_null && nulls < index->segment_count && !(index->flags & INDEX_ALLOW_FIRST_NULL))
        *ret_has_entry = false;
    else if (nulls > 0 && nulls < index->segment_count && !(index->flags & INDEX_ALLOW_SOME_NULLS))
        *ret_has_entry = false;
    return JET_errSuccess;
}

jet_err index_key_make(struct session *session, struct table *table, const struct index *index,
                       const struct record *record, unsigned itag, struct index_key *ret_key)
{
    const unsigned several = multi_valued_segment(table, index);
    struct keynorm key;
    unsigned nulls = 0;
    bool first_is_null = false;
    jet_err err =
        index->is_foreign ? JET_errFeatureNotAvailable : check_conditions(table, index, record, &ret_key->has_entry);

    if (err < JET_errSuccess || !ret_key->has_entry)
        return err;
    index_key_begin(index, ret_key->bytes, &key);
    for (unsigned i = 0; i < index->segment_count; i++) {
        const struct column *column = segment_column(table, index, i);
        bool null = true;

        err = column ? segment_add(session, table, column, i == several ? itag : 1, index->segments[i].is_descending,
                                   record, &key, &null)
                     : JET_errColumnNotFound;
        if (err < JET_errSuccess)
            return err;
        nulls += null;
        first_is_null |= i == 0 && null;
    }
    ret_key->size = key.size;
    return judge_nulls(index, nulls, first_is_null, &ret_key->has_entry);
}
