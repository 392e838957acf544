/* SPDX-License-Identifier: MIT */
#include "isam/table_stream.h"

#include <stdlib.h>

#include "isam/table_cursor_internal.h"
#include "isam/table_reference.h"
#include "isam/table_row.h"

struct streaming {
    struct table_cursor *cursor;
    const struct table_stream_options *options;
    struct record_stream stream;
    uint32_t *columns; /* owned; NULL: what each record has */
    size_t count;
};

/* ---- values ---- */

static jet_err add_separated(struct streaming *s, const struct column *column, uint32_t itag, lid_t lid)
{
    uint8_t reference[COLUMN_REFERENCE_SIZE_MAX];
    size_t size;

    if (!s->options->references)
        return record_stream_add(&s->stream, column->id, RECORD_STREAM_NOT_IN_RECORD, NULL, 0);
    jet_err err = table_reference_make(s->cursor, column, itag, lid, reference, &size);
    return err < JET_errSuccess ? err
                                : record_stream_add(&s->stream, column->id, RECORD_STREAM_REFERENCE, reference, size);
}

static jet_err add_compressed(struct streaming *s, const struct column *column, const struct row_value *value)
{
    struct table *table = s->cursor->table;
    size_t size;
    jet_err err = row_value_read(s->cursor->session, table, value, 0, NULL, 0, &size);

    if (err < JET_errSuccess)
        return err;
    uint8_t *bytes = malloc(size + 1);
    if (!bytes)
        return JET_errOutOfMemory;
    err = row_value_read(s->cursor->session, table, value, 0, bytes, size, &size);
    if (err >= JET_errSuccess)
        err = record_stream_add(&s->stream, column->id, RECORD_STREAM_VALUE, bytes, size);
    free(bytes);
    return err;
}

static jet_err add_value(struct streaming *s, const struct column *column, uint32_t itag, const struct row_value *value)
{
    if (value->is_separated)
        return add_separated(s, column, itag, value->lid);
    if (value->is_compressed)
        return add_compressed(s, column, value);
    return record_stream_add(&s->stream, column->id, RECORD_STREAM_VALUE, value->bytes, value->size);
}

/* ---- what an index gives back ---- */

static bool is_in_key(const struct table_cursor *cursor, const struct index *index, uint32_t id, size_t key_size)
{
    const bool may_be_cut = index->key_most >= KEYNORM_LIMIT_DEFAULT && !(index->flags & INDEX_DISALLOW_TRUNCATION) &&
                            key_size >= index->key_most;
    const bool has_short_segments = index->segment_max > 0 && index->segment_max < index->key_most;

    for (unsigned i = 0; i < index->segment_count; i++) {
        const struct column *column = index_segment_column(cursor->table, index, i);
        const bool is_text = !column || column_type_is_text(column->type);

        if (is_text && (!column || column->code_page == KEYNORM_CODE_PAGE_UNICODE))
            return false; /* nor what comes behind it */
        if (column->id != id)
            continue;
        return !is_text && !may_be_cut && !(i == 0 && index_has_tuples(index)) &&
               !(column->flags & COLUMN_MULTI_VALUED) && !(has_short_segments && !column_is_fixed(column));
    }
    return false;
}

/* The table's latch is held. */
static bool is_given(const struct table_cursor *cursor, uint32_t id)
{
    const struct index *primary = table_primary_index(cursor->table);

    return !cursor->index || is_in_key(cursor, cursor->index, id, dir_bookmark(cursor->entries)->key_size) ||
           (primary && is_in_key(cursor, primary, id, dir_bookmark(cursor->dir)->key_size));
}

/* ---- records ---- */

/* The table's latch is held. */
static jet_err add_column(struct streaming *s, struct table_row *row, uint32_t id)
{
    const struct column *column = table_column_by_id(s->cursor->table, s->cursor->session, id);
    struct row_value value = {.count = 1};
    jet_err err = column ? JET_errSuccess : JET_errColumnNotFound;

    if (err >= JET_errSuccess && !is_given(s->cursor, id))
        return record_stream_add(&s->stream, id, RECORD_STREAM_NOT_IN_RECORD, NULL, 0);
    for (unsigned itag = 1; err >= JET_errSuccess && itag <= value.count; itag++) {
        err = row_value_get(column, table_row_record(row), itag, 0, &value);
        if (err >= JET_errSuccess && !value.is_null)
            err = add_value(s, column, itag, &value);
    }
    if (err >= JET_errSuccess && value.count == 0)
        err = record_stream_add(&s->stream, id, RECORD_STREAM_NULL, NULL, 0);
    return err;
}

static jet_err add_columns(struct streaming *s, struct table_row *row, const uint32_t *columns, size_t count)
{
    jet_err err = JET_errSuccess;

    latch_shared(&s->cursor->table->latch);
    for (size_t i = 0; i < count && err >= JET_errSuccess; i++)
        err = add_column(s, row, columns[i]);
    latch_unlock_shared(&s->cursor->table->latch);
    return err;
}

static jet_err add_all(struct streaming *s, struct table_row *row)
{
    uint32_t *columns;
    size_t count;
    jet_err err = table_row_columns(row, true, &columns, &count);

    if (err < JET_errSuccess)
        return err;
    err = add_columns(s, row, columns, count);
    free(columns);
    return err;
}

static jet_err add_record(struct streaming *s)
{
    struct table_row *row;
    jet_err err = table_row_take(s->cursor, false, &row);

    if (err < JET_errSuccess)
        return err;
    err = s->columns ? add_columns(s, row, s->columns, s->count) : add_all(s, row);
    table_row_free(row);
    if (err >= JET_errSuccess)
        record_stream_end_record(&s->stream);
    return err;
}

/* ---- the whole of it ---- */

static size_t list_segments(const struct index *index, uint32_t *columns)
{
    for (unsigned i = 0; index && i < index->segment_count; i++)
        columns[i] = index->segments[i].column;
    return index ? index->segment_count : 0;
}

/* The table's latch is held. */
static jet_err choose_columns(struct streaming *s)
{
    const struct table *table = s->cursor->table;
    const size_t asked = s->options->columns ? s->options->count : s->cursor->index ? 2 * TABLE_KEY_SEGMENTS_MAX : 0;

    if (asked == 0)
        return JET_errSuccess;
    s->columns = calloc(asked, sizeof *s->columns);
    if (!s->columns)
        return JET_errOutOfMemory;
    if (!s->options->columns) {
        s->count = list_segments(s->cursor->index, s->columns);
        s->count += list_segments(table_primary_index(table), s->columns + s->count);
        return JET_errSuccess;
    }
    for (; s->count < asked; s->count++) {
        const uint32_t id = s->columns[s->count] = s->options->columns[s->count];

        if (id == 0 || id > TABLE_TAGGED_LAST)
            return JET_errBadColumnId;
        if (!table_column_by_id(table, s->cursor->session, id))
            return JET_errColumnNotFound;
    }
    return JET_errSuccess;
}

/* Who is between records begins with the next in that direction: one step back, and one on. */
static jet_err first_record(struct streaming *s, int32_t step)
{
    jet_err err = table_cursor_move(s->cursor, -step, 0);

    if (err < JET_errSuccess && err != JET_errNoCurrentRecord)
        return err;
    return table_cursor_move(s->cursor, step, 0);
}

static jet_err add_records(struct streaming *s)
{
    const int32_t step = s->options->forward ? 1 : -1;
    jet_err err = first_record(s, step);

    while (err >= JET_errSuccess) {
        err = add_record(s);
        if (err == JET_errBufferTooSmall)
            return JET_errSuccess;
        if (err >= JET_errSuccess)
            err = table_cursor_move(s->cursor, step, 0);
    }
    return err == JET_errNoCurrentRecord ? JET_wrnNoMoreRecords : err;
}

jet_err table_stream(struct table_cursor *cursor, const struct table_stream_options *options, void *buffer, size_t size,
                     size_t *ret_size)
{
    struct streaming s = {.cursor = cursor, .options = options};

    latch_shared(&cursor->table->latch);
    jet_err err = table_has_computed(cursor->table, cursor->session) ? JET_errCallbackFailed : choose_columns(&s);
    latch_unlock_shared(&cursor->table->latch);
    if (err >= JET_errSuccess)
        err = record_stream_begin(&s.stream, buffer, size);
    if (err >= JET_errSuccess)
        err = add_records(&s);
    free(s.columns);
    if (err >= JET_errSuccess)
        *ret_size = s.stream.size;
    return err;
}
