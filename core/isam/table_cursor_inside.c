/* SPDX-License-Identifier: MIT */
/* table_cursor_inside.c - where and how a value lies, instead of the value: for those who look after space. */
#include <string.h>

#include "base/byteorder.h"
#include "isam/table_cursor_internal.h"

/* Four bytes, or eight for who has room for them. */
static jet_err give_id(const struct row_value *value, struct table_retrieve *retrieve)
{
    const le64 id = le64_make(value->lid); /* whose first half is a le32 */
    const size_t size = retrieve->size >= sizeof id ? sizeof id : sizeof(le32);

    if (retrieve->size < sizeof(le32) || (size == sizeof(le32) && value->lid > UINT32_MAX))
        return JET_errInvalidBufferSize;
    memcpy(retrieve->buffer, &id, size);
    retrieve->actual = (uint32_t)size;
    return JET_wrnSeparateLongValue;
}

static jet_err give_references(struct table_cursor *cursor, const struct row_value *value,
                               struct table_retrieve *retrieve)
{
    struct long_values *values;
    uint32_t count;
    jet_err err = table_long_values(cursor->session, cursor->table, &values);

    if (err >= JET_errSuccess)
        err = lv_references(cursor->session, values, value->lid, &count);
    if (err < JET_errSuccess)
        return err;
    if (retrieve->size < sizeof count)
        return JET_errInvalidBufferSize;
    memcpy(retrieve->buffer, &count, sizeof count);
    retrieve->actual = sizeof count;
    return JET_wrnSeparateLongValue;
}

static jet_err give_stored_size(struct table_cursor *cursor, const struct row_value *value,
                                struct table_retrieve *retrieve)
{
    struct long_values *values;
    struct lv_extent extent = {.stored = value->size};
    jet_err err = JET_errSuccess;

    if (value->is_separated)
        err = table_long_values(cursor->session, cursor->table, &values);
    if (err >= JET_errSuccess && value->is_separated)
        err = lv_measure(cursor->session, values, value->lid, true, &extent);
    retrieve->actual = (uint32_t)extent.stored;
    return err;
}

jet_err cursor_value_inside(struct table_cursor *cursor, const struct row_value *value, struct table_retrieve *retrieve)
{
    if (retrieve->flags & TABLE_RETRIEVE_PHYSICAL_SIZE)
        return give_stored_size(cursor, value, retrieve);
    if (!value->is_separated)
        return JET_wrnColumnNull;
    return retrieve->flags & TABLE_RETRIEVE_LONG_ID ? give_id(value, retrieve)
                                                    : give_references(cursor, value, retrieve);
}

jet_err cursor_check_inside(const struct table_retrieve *retrieve)
{
    const unsigned flags = retrieve->flags, alone = TABLE_RETRIEVE_PAGE_NUMBER;

    if ((flags & alone) && flags != alone)
        return JET_errInvalidGrbit;
    if (!(flags & TABLE_RETRIEVE_PHYSICAL_SIZE))
        return JET_errSuccess;
    if (flags & ~(unsigned)(TABLE_RETRIEVE_PHYSICAL_SIZE | TABLE_RETRIEVE_COPY))
        return JET_errInvalidGrbit;
    return retrieve->size > 0 || retrieve->offset > 0 ? JET_errInvalidParameter : JET_errSuccess;
}

jet_err cursor_page_number(struct table_cursor *cursor, struct table_retrieve *retrieve)
{
    struct dir_view view;

    retrieve->actual = sizeof view.pgno;
    if (retrieve->size < sizeof view.pgno)
        return JET_errBufferTooSmall;
    jet_err err = cursor_settle(cursor);
    if (err >= JET_errSuccess)
        err = dir_get(cursor->dir, &view);
    if (err < JET_errSuccess)
        return err;
    memcpy(retrieve->buffer, &view.pgno, sizeof view.pgno);
    dir_release(cursor->dir);
    return JET_errSuccess;
}
