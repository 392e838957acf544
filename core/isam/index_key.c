/* SPDX-License-Identifier: MIT */
#include "isam/index_key.h"

#include <stdlib.h>
#include <string.h>

#include "isam/row_value.h"

enum {
    VALUE_PREFIX = 2 * KEYNORM_LIMIT_MAX + 2, /* more of a value seldom matters to a key: see wants_more() */
    TEXT_MAX = 16 << 20,                      /* bytes of a text that count */
};

const struct column *index_segment_column(const struct table *table, const struct index *index, unsigned segment)
{
    /* Whoever may see the column: its records have to be in their place in any case. */
    return table_column_stored(table, index->segments[segment].column);
}

static struct keynorm_column describe(const struct index *index, const struct column *column, bool is_descending)
{
    return (struct keynorm_column){
        .type = (uint8_t)column->type,
        .code_page = column->code_page,
        .is_fixed = column_is_fixed(column),
        .is_descending = is_descending,
        .collation = text_order_keys(&index->order),
    };
}

struct keynorm_column index_key_column(const struct table *table, const struct index *index, unsigned segment)
{
    const struct column *column = index_segment_column(table, index, segment);

    return column ? describe(index, column, index->segments[segment].is_descending) : (struct keynorm_column){0};
}

void index_key_begin(const struct index *index, void *buffer, struct keynorm *ret_key)
{
    const unsigned flags = (index->flags & INDEX_NULLS_HIGH ? (unsigned)KEYNORM_NULLS_HIGH : 0u) |
                           (index->flags & INDEX_DOTNET_GUID ? (unsigned)KEYNORM_DOTNET_GUID : 0u) |
                           (index->flags & INDEX_DISALLOW_TRUNCATION ? (unsigned)KEYNORM_DISALLOW_TRUNCATION : 0u);

    keynorm_begin(ret_key, buffer, index->key_most, index->segment_max, flags);
}

jet_err index_key_count(const struct table *table, const struct index *index, const struct record *record,
                        unsigned *ret_count)
{
    const unsigned segment = index_choice_segment(table, index);
    struct row_value value;

    *ret_count = 1;
    if (segment == index->segment_count)
        return JET_errSuccess;
    jet_err err = row_value_get(index_segment_column(table, index, segment), record, 1, 0, &value);
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
        jet_err err = is_null(table_column_stored(table, index->conditions[i].column), record, &null);

        if (err < JET_errSuccess)
            return err;
        if (null != index->conditions[i].must_be_null)
            *ret_holds = false;
    }
    return JET_errSuccess;
}

/* ---- values ---- */

static bool value_is_same(const struct row_value *a, const struct row_value *b)
{
    if (a->is_null || b->is_null)
        return a->is_null && b->is_null;
    return !a->is_separated && !b->is_separated && a->is_compressed == b->is_compressed && a->size == b->size &&
           (a->size == 0 || memcmp(a->bytes, b->bytes, a->size) == 0);
}

static jet_err column_is_same(const struct column *column, const struct record *before, const struct record *after,
                              bool *ret_same)
{
    struct row_value a, b;
    unsigned itag = 1;
    jet_err err;

    *ret_same = false;
    if (!column)
        return JET_errColumnNotFound;
    do {
        err = row_value_get(column, before, itag, 0, &a);
        if (err >= JET_errSuccess)
            err = row_value_get(column, after, itag, 0, &b);
        if (err < JET_errSuccess)
            return err;
        *ret_same = a.count == b.count && value_is_same(&a, &b);
    } while (*ret_same && itag++ < a.count);
    return JET_errSuccess;
}

jet_err index_values_are_same(const struct table *table, const struct index *index, const struct record *before,
                              const struct record *after, bool *ret_same)
{
    jet_err err = JET_errSuccess;

    *ret_same = true;
    for (unsigned i = 0; i < index->segment_count && err >= JET_errSuccess && *ret_same; i++)
        err = column_is_same(index_segment_column(table, index, i), before, after, ret_same);
    for (unsigned i = 0; i < index->condition_count && err >= JET_errSuccess && *ret_same; i++)
        err = column_is_same(table_column_stored(table, index->conditions[i].column), before, after, ret_same);
    return err;
}

/* ---- keys ---- */

/* Of a value that does not lie in the record as it is, the first `size` bytes in `copy` count. `ret_whole`: there are
 * no more. */
static jet_err value_add(struct session *session, struct table *table, const struct keynorm_column *description,
                         const struct row_value *value, uint8_t *copy, size_t size, struct keynorm *key,
                         bool *ret_whole)
{
    size_t available;
    jet_err err = row_value_read(session, table, value, 0, copy, size, &available);

    if (err < JET_errSuccess)
        return err;
    *ret_whole = available <= size;
    return keynorm_add(key, description, copy, *ret_whole ? available : size);
}

/* A text may begin with any number of characters that have no place in the order, or that lengthen the key by their
 * accents only. */
static bool wants_more(const struct keynorm_column *description, const struct keynorm *before,
                       const struct keynorm *key)
{
    return description->collation && description->code_page == KEYNORM_CODE_PAGE_UNICODE &&
           key->limit > KEYNORM_LIMIT_DEFAULT && !keynorm_is_of_all(key, before->size, description->is_descending);
}

static jet_err long_value_add(struct session *session, struct table *table, const struct keynorm_column *description,
                              const struct row_value *value, struct keynorm *key)
{
    const struct keynorm before = *key;
    uint8_t prefix[VALUE_PREFIX];
    bool is_whole;
    jet_err err = value_add(session, table, description, value, prefix, sizeof prefix, key, &is_whole);

    for (size_t size = 2 * sizeof prefix;
         err >= JET_errSuccess && !is_whole && size <= TEXT_MAX && wants_more(description, &before, key); size *= 2) {
        uint8_t *copy = malloc(size);

        *key = before;
        err = copy ? value_add(session, table, description, value, copy, size, key, &is_whole) : JET_errOutOfMemory;
        free(copy);
    }
    return err;
}

/* Adds the column's `itag`-th value; `ret_null`: it is null. */
static jet_err segment_add(struct session *session, struct table *table, const struct index *index,
                           const struct column *column, unsigned itag, bool is_descending, const struct record *record,
                           struct keynorm *key, bool *ret_null)
{
    const struct keynorm_column description = describe(index, column, is_descending);
    struct row_value value;
    jet_err err = row_value_get(column, record, itag, 0, &value);

    *ret_null = value.is_null;
    if (err < JET_errSuccess)
        return err;
    if (value.is_separated || value.is_compressed)
        return long_value_add(session, table, &description, &value, key);
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

/* The piece of the first column's value that was chosen, or the first that it has; `ret_size` less than a piece must
 * have: none. */
static jet_err piece_get(struct session *session, struct table *table, const struct index *index,
                         const struct index_choice *choice, const struct record *record,
                         uint8_t bytes[INDEX_PIECE_SIZE_MAX], size_t *ret_size)
{
    const struct column *column = index_segment_column(table, index, 0);
    const unsigned width = index_character_size(column);
    struct row_value value;
    jet_err err = row_value_get(column, record, choice->itags[0], 0, &value);

    *ret_size = 0;
    if (err < JET_errSuccess || value.is_null)
        return err;
    err = row_value_read(session, table, &value, (uint32_t)index->tuples.start * width, bytes,
                         (size_t)index->tuples.length_max * width, ret_size);
    if (*ret_size > (size_t)index->tuples.length_max * width)
        *ret_size = (size_t)index->tuples.length_max * width;
    return err;
}

/* `ret_none`: there is no such piece, and so no entry. */
static jet_err piece_add(struct session *session, struct table *table, const struct index *index,
                         const struct index_choice *choice, const struct record *record, struct keynorm *key,
                         bool *ret_none)
{
    const struct keynorm_column description = index_key_column(table, index, 0);
    const unsigned width = index_character_size(index_segment_column(table, index, 0));
    uint8_t bytes[INDEX_PIECE_SIZE_MAX];
    const uint8_t *piece = choice->piece ? choice->piece : bytes;
    size_t size = choice->piece_size;
    jet_err err = choice->piece ? JET_errSuccess : piece_get(session, table, index, choice, record, bytes, &size);

    *ret_none = size < (size_t)index->tuples.length_min * width;
    return err < JET_errSuccess || *ret_none ? err : keynorm_add(key, &description, piece, size);
}

jet_err index_key_make(struct session *session, struct table *table, const struct index *index,
                       const struct record *record, unsigned itag, struct index_key *ret_key)
{
    struct index_choice choice;

    index_choice_of_value(table, index, itag, &choice);
    return index_key_make_of(session, table, index, record, &choice, ret_key);
}

jet_err index_key_make_of(struct session *session, struct table *table, const struct index *index,
                          const struct record *record, const struct index_choice *choice, struct index_key *ret_key)
{
    struct keynorm key;
    unsigned nulls = 0;
    bool first_is_null = false, none = false;
    jet_err err =
        index->is_foreign ? JET_errFeatureNotAvailable : check_conditions(table, index, record, &ret_key->has_entry);

    if (err < JET_errSuccess || !ret_key->has_entry)
        return err;
    index_key_begin(index, ret_key->bytes, &key);
    for (unsigned i = 0; i < index->segment_count; i++) {
        const struct column *column = index_segment_column(table, index, i);
        bool null = false;

        if (!column)
            err = JET_errColumnNotFound;
        else if (i == 0 && index_has_tuples(index))
            err = piece_add(session, table, index, choice, record, &key, &none);
        else
            err = segment_add(session, table, index, column, choice->itags[i], index->segments[i].is_descending, record,
                              &key, &null);
        ret_key->has_entry = !none;
        if (err < JET_errSuccess || none)
            return err;
        nulls += null;
        first_is_null |= i == 0 && null;
    }
    ret_key->size = key.size;
    return judge_nulls(index, nulls, first_is_null, &ret_key->has_entry);
}
