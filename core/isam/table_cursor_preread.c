/* SPDX-License-Identifier: MIT */
/* table_cursor_preread.c - pages read before they are wanted. Hints: what is damaged or gone is for who then comes for
 * it. */
#include <string.h>

#include "btree/read_ahead.h"
#include "btree/tree.h"
#include "isam/session.h"
#include "isam/table_cursor_internal.h"

enum {
    KEYS_MAX = 512,         /* more than a caller can use before they are gone again */
    LONG_PAGES_MAX = 256,   /* of long values, likewise */
    LONG_VALUES_MAX = 2048, /* that are looked for, whether their pages are in memory or not */
};

jet_err table_cursor_preread(struct table_cursor *cursor, const void *const *keys, const uint32_t *sizes, size_t count,
                             size_t *ret_done)
{
    const size_t most = count < KEYS_MAX ? count : KEYS_MAX;
    struct tree *tree = dir_tree(cursor_order(cursor));
    jet_err err = JET_errSuccess;

    for (*ret_done = 0; *ret_done < most && err >= JET_errSuccess; ++*ret_done) {
        const struct bookmark at = {.key = keys[*ret_done], .key_size = sizes[*ret_done]};
        uint32_t pages;

        err = btree_read_ahead(tree, &at, &at, 1, &pages);
    }
    return err;
}

jet_err table_cursor_preread_range(struct table_cursor *cursor, const struct table_key_range *range, uint32_t pages_max,
                                   uint32_t *ret_pages)
{
    const struct bookmark low = {.key = range->low, .key_size = range->low_size};
    const struct bookmark high = {.key = range->high, .key_size = range->high_size};

    return btree_read_ahead(dir_tree(cursor_order(cursor)), &low, &high, pages_max, ret_pages);
}

/* ---- long values ---- */

struct long_read {
    struct table_cursor *cursor;
    bool first_page;
    uint32_t pages_left; /* that may still be read */
    unsigned values_left;
};

static bool has_enough(const struct long_read *read)
{
    return read->pages_left == 0 || read->values_left == 0;
}

static jet_err read_long(struct long_read *read, lid_t lid)
{
    struct long_values *values;
    const uint32_t before = page_counts_of_thread()->prefetched;
    uint32_t pages;
    jet_err err = table_long_values(read->cursor->session, read->cursor->table, &values);

    if (err >= JET_errSuccess)
        err = lv_read_ahead(values, lid, read->first_page ? 1 : read->pages_left, &pages);
    const uint32_t done = page_counts_of_thread()->prefetched - before;
    read->pages_left -= done < read->pages_left ? done : read->pages_left;
    read->values_left--;
    return err;
}

/* The table's latch is held, and no page. */
static jet_err read_column(struct long_read *read, const struct record *record, uint32_t id)
{
    const struct column *column = table_column_by_id(read->cursor->table, read->cursor->session, id);
    struct row_value value = {.count = 1};
    jet_err err = JET_errSuccess;

    for (unsigned itag = 1; column && itag <= value.count && !has_enough(read) && err >= JET_errSuccess; itag++) {
        err = row_value_get(column, record, itag, 0, &value);
        if (err >= JET_errSuccess && value.is_separated)
            err = read_long(read, value.lid);
    }
    return err;
}

static jet_err read_record(struct long_read *read, struct dir_cursor *walker, const uint32_t *columns, size_t count)
{
    struct table *table = read->cursor->table;
    uint8_t bytes[RECORD_SIZE_MAX];
    struct record record;
    struct dir_view view;
    jet_err err = dir_get(walker, &view);

    if (err < JET_errSuccess)
        return err;
    const size_t size = view.data_size;
    if (size <= sizeof bytes)
        memcpy(bytes, view.data, size);
    dir_release(walker);
    err = size <= sizeof bytes ? record_decode(bytes, size, table->db->page_size, &record) : JET_errRecordTooBig;
    if (err < JET_errSuccess)
        return err;
    latch_shared(&table->latch);
    for (size_t i = 0; i < count && !has_enough(read) && err >= JET_errSuccess; i++)
        err = read_column(read, &record, columns[i]);
    latch_unlock_shared(&table->latch);
    return err;
}

static bool is_beyond(const struct bookmark *at, const struct table_key_range *range)
{
    const size_t common = at->key_size < range->high_size ? at->key_size : range->high_size;
    const int order = memcmp(at->key, range->high, common);

    return order != 0 ? order > 0 : at->key_size > range->high_size;
}

jet_err table_cursor_preread_values(struct table_cursor *cursor, const struct table_key_range *range,
                                    const uint32_t *columns, size_t count, bool first_page)
{
    const struct bookmark low = {.key = range->low, .key_size = range->low_size};
    struct long_read read = {
        .cursor = cursor, .first_page = first_page, .pages_left = LONG_PAGES_MAX, .values_left = LONG_VALUES_MAX};
    struct dir_cursor *walker;
    bool exact;
    jet_err err = dir_open(cursor->session, cursor->table->tree, &walker);

    if (err < JET_errSuccess)
        return err;
    err = dir_seek(walker, DIR_SEEK_GREATER_OR_EQUAL, &low, &exact);
    while (err >= JET_errSuccess && !has_enough(&read) && !is_beyond(dir_bookmark(walker), range)) {
        err = read_record(&read, walker, columns, count);
        if (err >= JET_errSuccess)
            err = dir_move(walker, DIR_NEXT);
    }
    dir_close(walker);
    return err == JET_errRecordNotFound || err == JET_errNoCurrentRecord || err == JET_errRecordDeleted ? JET_errSuccess
                                                                                                        : err;
}
