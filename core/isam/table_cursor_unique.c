/* SPDX-License-Identifier: MIT */
/* table_cursor_unique.c - is a value of a multi-valued column there already?
 *
 * Compared are bytes, or for those that are to be unique normalised the keys that they would have in an index: of at
 * most 255 bytes, and of Unicode text in the order of an index that does not say which (JET_paramUnicodeIndexDefault).
 */
#include <string.h>

#include "isam/session.h"
#include "isam/table_cursor_internal.h"

/* ---- bytes ---- */

static jet_err same_bytes(struct table_cursor *cursor, const struct row_value *value, const struct table_set *set)
{
    uint8_t *const part = cursor->update->scratch;
    const size_t room = sizeof cursor->update->scratch;
    size_t available;
    jet_err err = row_value_read(cursor->session, cursor->table, value, 0, part, room, &available);

    if (err < JET_errSuccess || available != set->size)
        return err;
    for (size_t at = 0; at < set->size; at += room) {
        const size_t size = set->size - at < room ? set->size - at : room;

        if (at > 0)
            err = row_value_read(cursor->session, cursor->table, value, (uint32_t)at, part, room, &available);
        if (err < JET_errSuccess || memcmp(part, (const uint8_t *)set->data + at, size) != 0)
            return err;
    }
    return JET_errMultiValuedDuplicate;
}

/* ---- keys ---- */

struct normal {
    struct keynorm key;
    uint8_t bytes[KEYNORM_LIMIT_DEFAULT + 1];
};

static jet_err normalize(const struct keynorm_column *column, const void *bytes, size_t size, struct normal *ret_normal)
{
    keynorm_begin(&ret_normal->key, ret_normal->bytes, KEYNORM_LIMIT_DEFAULT, 0, 0);
    return keynorm_add(&ret_normal->key, column, size > 0 ? bytes : "",
                       size < KEYNORM_LIMIT_DEFAULT ? size : KEYNORM_LIMIT_DEFAULT);
}

static jet_err same_normal(struct table_cursor *cursor, const struct keynorm_column *column,
                           const struct row_value *value, const struct normal *wanted)
{
    uint8_t bytes[KEYNORM_LIMIT_DEFAULT];
    struct normal normal;
    size_t size;
    jet_err err = row_value_read(cursor->session, cursor->table, value, 0, bytes, sizeof bytes, &size);

    if (err >= JET_errSuccess)
        err = normalize(column, bytes, size, &normal);
    if (err < JET_errSuccess || normal.key.size != wanted->key.size ||
        memcmp(normal.bytes, wanted->bytes, normal.key.size) != 0)
        return err;
    return normal.key.is_truncated ? JET_errMultiValuedDuplicateAfterTruncation : JET_errMultiValuedDuplicate;
}

/* ---- either ---- */

/* The value that is set, and what the others are compared by. */
struct search {
    struct table_cursor *cursor;
    const struct column *column;
    const struct table_set *set;
    struct keynorm_column description;
    struct normal normal;
};

static jet_err each_value(const struct search *search, const struct record *record, unsigned itag, unsigned count)
{
    jet_err err = JET_errSuccess;

    for (unsigned i = 1; i <= count && err >= JET_errSuccess; i++) {
        struct row_value value;

        if (i == itag)
            continue;
        err = row_value_get(search->column, record, i, 0, &value);
        if (err < JET_errSuccess)
            return err;
        err = search->set->flags & TABLE_SET_UNIQUE_NORMALIZED
                  ? same_normal(search->cursor, &search->description, &value, &search->normal)
                  : same_bytes(search->cursor, &value, search->set);
    }
    return err;
}

static jet_err begin_normal(struct search *search, struct text_order *order)
{
    const struct column *column = search->column;
    jet_err err = JET_errSuccess;

    if (column_type_is_text(column->type) && column->code_page == KEYNORM_CODE_PAGE_UNICODE)
        err = text_order_new_default(order, &search->cursor->session->engine->config);
    search->description = (struct keynorm_column){
        .type = (uint8_t)column->type, .code_page = column->code_page, .collation = text_order_keys(order)};
    return err < JET_errSuccess
               ? err
               : normalize(&search->description, search->set->data, search->set->size, &search->normal);
}

jet_err update_check_unique(struct table_cursor *cursor, const struct column *column, const struct record *record,
                            const struct table_set *set, unsigned itag, unsigned count)
{
    struct search search = {.cursor = cursor, .column = column, .set = set};
    struct text_order order = {0};
    jet_err err = JET_errSuccess;

    if (count == 0 || (count == 1 && itag == 1))
        return JET_errSuccess;
    if (set->flags & TABLE_SET_UNIQUE_NORMALIZED)
        err = begin_normal(&search, &order);
    if (err >= JET_errSuccess)
        err = each_value(&search, record, itag, count);
    text_order_close(&order);
    return err;
}
