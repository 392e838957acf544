/* SPDX-License-Identifier: MIT */
/* table_cursor_key.c - keys to search with, made segment by segment. */
#include <string.h>

#include "btree/tree.h"
#include "isam/session.h"
#include "isam/table_cursor_internal.h"

enum key_flag {
    KEY_NEW = 0x1,
    KEY_STRING_LIMIT = 0x2,
    KEY_SUBSTRING_LIMIT = 0x4,
    KEY_NORMALIZED = 0x8,
    KEY_ZERO_LENGTH = 0x10,
    KEY_FULL_START = 0x100,
    KEY_FULL_END = 0x200,
    KEY_PARTIAL_START = 0x400,
    KEY_PARTIAL_END = 0x800,
};

static jet_err make_normalized(struct table_cursor *cursor, const void *data, size_t size)
{
    if (size > sizeof cursor->key_bytes)
        return JET_errInvalidBufferSize;
    if (size > 0)
        memcpy(cursor->key_bytes, data, size);
    cursor->key = (struct keynorm){.bytes = cursor->key_bytes, .size = size};
    cursor->is_whole_key = true;
    cursor->has_key = true;
    return JET_errSuccess;
}

static jet_err key_limit(unsigned flags, bool is_text, enum keynorm_limit *ret_limit)
{
    const unsigned ends = flags & (KEY_FULL_START | KEY_FULL_END | KEY_PARTIAL_START | KEY_PARTIAL_END);
    const unsigned strings = flags & (KEY_STRING_LIMIT | KEY_SUBSTRING_LIMIT);

    if ((ends & (ends - 1)) != 0 || (ends && strings))
        return JET_errInvalidGrbit;
    switch (ends) {
    case KEY_FULL_START: *ret_limit = KEYNORM_FULL_START; break;
    case KEY_FULL_END: *ret_limit = KEYNORM_FULL_END; break;
    case KEY_PARTIAL_START: *ret_limit = KEYNORM_PARTIAL_START; break;
    case KEY_PARTIAL_END: *ret_limit = KEYNORM_PARTIAL_END; break;
    default:
        *ret_limit = (strings & KEY_SUBSTRING_LIMIT) && (is_text || !(strings & KEY_STRING_LIMIT)) ? KEYNORM_SUBSTRING
                     : strings                                                                     ? KEYNORM_STRING
                                                                                                   : KEYNORM_EXACT;
        break;
    }
    return JET_errSuccess;
}

/* Fixed text and binary columns hold padded values. */
static const void *pad_fixed(const struct column *column, const void *data, size_t *size, uint8_t *padded)
{
    if (!column || !column_is_fixed(column) || *size == 0 || *size >= column->size_max ||
        (column->type != COLUMN_TEXT && column->type != COLUMN_BINARY))
        return data;
    memcpy(padded, data, *size);
    for (size_t i = *size; i < column->size_max; i++)
        padded[i] = column->type == COLUMN_BINARY ? 0 : column->code_page == 1200 && i % 2 ? 0 : ' ';
    *size = column->size_max;
    return padded;
}

/* What is longer than the pieces in the index is looked for by its beginning; what is shorter is in none of them. */
static jet_err cut_tuple(const struct index *index, const struct column *column, const void *data, size_t *size)
{
    const unsigned width = column ? index_character_size(column) : 1;
    const size_t most = (size_t)index->tuples.length_max * width;

    if (!data || *size < (size_t)index->tuples.length_min * width)
        return JET_errIndexTuplesKeyTooSmall;
    *size = *size < most ? *size : most;
    return JET_errSuccess;
}

static jet_err add_segment(struct table_cursor *cursor, const struct index *index, const void *data, size_t size,
                           unsigned flags)
{
    const struct keynorm_column description = index_key_column(cursor->table, index, cursor->key_segments);
    const struct column *column =
        table_column_by_id(cursor->table, cursor->session, index->segments[cursor->key_segments].column);
    uint8_t padded[TABLE_FIXED_SIZE_MAX];
    enum keynorm_limit limit;
    const void *value = data;
    jet_err err = key_limit(flags, column_type_is_text((enum column_type)description.type), &limit);

    if (err < JET_errSuccess)
        return err;
    if (cursor->key_segments == 0 && index_has_tuples(index)) {
        err = cut_tuple(index, column, data, &size);
        if (err < JET_errSuccess)
            return err;
    }
    if (size == 0 || !data)
        value = flags & KEY_ZERO_LENGTH ? "" : NULL;
    else
        value = pad_fixed(column, data, &size, padded);
    return limit == KEYNORM_EXACT ? keynorm_add(&cursor->key, &description, value, size)
                                  : keynorm_add_limit(&cursor->key, &description, value, size, limit);
}

static jet_err make_key(struct table_cursor *cursor, const void *data, size_t size, unsigned flags)
{
    const struct index *index = cursor_index(cursor);

    if (!index)
        return JET_errNoCurrentIndex;
    if (flags & KEY_NEW) {
        index_key_begin(index, cursor->key_bytes, &cursor->key);
        cursor->key_segments = 0;
        cursor->is_whole_key = false;
    } else if (!cursor->has_key) {
        return JET_errKeyNotMade;
    }
    if (cursor->is_whole_key || cursor->key.is_limit || cursor->key_segments >= index->segment_count)
        return JET_errKeyIsMade;
    jet_err err = add_segment(cursor, index, data, size, flags);
    if (err < JET_errSuccess)
        return err;
    cursor->key_segments++;
    cursor->has_key = true;
    return JET_errSuccess;
}

jet_err table_cursor_make_key(struct table_cursor *cursor, const void *data, size_t size, unsigned flags)
{
    if (flags & KEY_NORMALIZED)
        return make_normalized(cursor, data, size);
    latch_shared(&cursor->table->latch);
    jet_err err = make_key(cursor, data, size, flags);
    latch_unlock_shared(&cursor->table->latch);
    return err;
}

jet_err table_cursor_key(struct table_cursor *cursor, bool of_search, const uint8_t **ret_key, size_t *ret_size)
{
    const struct dir_cursor *order = cursor_order(cursor);

    if (!of_search) {
        jet_err err = cursor_settle(cursor);
        if (err < JET_errSuccess)
            return err;
        if (dir_place(order) != DIR_ON)
            return JET_errNoCurrentRecord;
        *ret_key = dir_bookmark(order)->key;
        *ret_size = dir_bookmark(order)->key_size;
        return JET_errSuccess;
    }
    if (!cursor->has_key)
        return JET_errKeyNotMade;
    *ret_key = cursor->key.bytes;
    *ret_size = cursor->key.size;
    return JET_errSuccess;
}
