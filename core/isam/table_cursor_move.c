/* SPDX-License-Identifier: MIT */
/* table_cursor_move.c - where a cursor is, and how it gets elsewhere.
 *
 * Range. An end is set with the key that was made; every move to a neighbour looks whether it crossed it. Crossing
 * takes the range away and leaves the cursor behind the last record (a lower end: before the first), as do moves that
 * do not go to a neighbour: first, last, seek, bookmark.
 *
 * Filter. Moves pass over records that do not meet it, and seeks do not find them; what does not go from record to
 * record knows nothing of it and is refused while there is one.
 *
 * First. Who opens a table, or sets an index, stands on its first record, but is rarely interested in it. So it is not
 * looked for before somebody asks: then the first record is the one of that moment, and who seeks at once has read
 * nothing in vain.
 */
#include <string.h>

#include "btree/position.h"
#include "btree/tree.h"
#include "isam/session.h"
#include "isam/table_cursor_filter.h"
#include "isam/table_cursor_internal.h"

enum seek_flag {
    SEEK_EQUAL = 0x1,
    SEEK_LESS = 0x2,
    SEEK_LESS_OR_EQUAL = 0x4,
    SEEK_GREATER_OR_EQUAL = 0x8,
    SEEK_GREATER = 0x10,
    SEEK_SET_RANGE = 0x20,
    SEEK_CHECK_UNIQUENESS = 0x40,
};

enum range_flag {
    RANGE_INCLUSIVE = 0x1,
    RANGE_UPPER = 0x2,
    RANGE_INSTANT = 0x4,
    RANGE_REMOVE = 0x8,
};

static int compare_bytes(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* ---- moves ---- */

jet_err cursor_leave_record(struct table_cursor *cursor)
{
    return cursor_update(cursor) ? cursor_update_drop(cursor) : JET_errSuccess;
}

static bool is_out_of_range(const struct table_cursor *cursor, const uint8_t *key, size_t size)
{
    const int order = compare_bytes(key, size, cursor->range_key, cursor->range_size);

    if (order == 0)
        return !cursor->range_is_inclusive;
    return cursor->range_is_upper ? order > 0 : order < 0;
}

/* The order is on a node, latched. Nothing stays latched after an error. */
static jet_err check_range(struct table_cursor *cursor, struct dir_cursor *order)
{
    const struct bookmark *at = dir_bookmark(order);

    if (!cursor->has_range || !is_out_of_range(cursor, at->key, at->key_size))
        return JET_errSuccess;
    cursor->has_range = false;
    if (cursor->range_is_upper)
        dir_move_after_last(order);
    else
        dir_move_before_first(order);
    return JET_errNoCurrentRecord;
}

/* Does the record the order is on, latched, meet the filter? It is latched again afterwards, unless with an error. */
static jet_err passes(struct table_cursor *cursor, struct dir_cursor *order, bool *ret_passes)
{
    const struct record *record;

    *ret_passes = true;
    if (!cursor->filter)
        return JET_errSuccess;
    dir_release(order); /* who waits for the table's latch may hold none of a page's */
    latch_shared(&cursor->table->latch);
    jet_err err = cursor_record(cursor, &record);
    if (err >= JET_errSuccess)
        err = cursor_filter_judge(cursor, record, ret_passes);
    latch_unlock_shared(&cursor->table->latch);
    if (err == JET_errRecordDeleted) { /* meanwhile, outside a transaction */
        *ret_passes = false;
        return JET_errSuccess;
    }
    if (err < JET_errSuccess)
        dir_release(order);
    return err;
}

/* The order came to a node by a move or seek: on to the first in that direction that is in the range and meets the
 * filter. */
static jet_err pass_on(struct table_cursor *cursor, struct dir_cursor *order, enum dir_move direction, bool *ret_moved)
{
    bool done = false;

    *ret_moved = false;
    if (!cursor->has_range && !cursor->filter)
        return JET_errSuccess;
    jet_err err = check_range(cursor, order);
    while (err >= JET_errSuccess) {
        err = passes(cursor, order, &done);
        if (err < JET_errSuccess || done)
            break;
        *ret_moved = true;
        err = dir_move(order, direction);
        if (err >= JET_errSuccess)
            err = check_range(cursor, order);
    }
    return err;
}

/* What came of a move: `err`, and the record follows. Nothing stays latched. */
static jet_err arrive(struct table_cursor *cursor, struct dir_cursor *order, jet_err err)
{
    jet_err follow_err = cursor_follow(cursor);

    dir_release(order);
    return err < JET_errSuccess ? err : follow_err;
}

jet_err cursor_settle(struct table_cursor *cursor)
{
    struct dir_cursor *order = cursor_order(cursor);

    if (!cursor->is_first_due)
        return JET_errSuccess;
    jet_err err = arrive(cursor, order, dir_move(order, DIR_FIRST));
    cursor->is_first_due = err < JET_errSuccess;
    return err;
}

/* To the next node with another key. */
static jet_err move_to_other_key(struct dir_cursor *order, bool forward)
{
    uint8_t bytes[KEYNORM_LIMIT_MAX + 1];
    struct bookmark key = {.key = bytes};
    bool exact;

    if (dir_place(order) != DIR_ON)
        return dir_move(order, forward ? DIR_NEXT : DIR_PREVIOUS);
    key.key_size = dir_bookmark(order)->key_size;
    if (key.key_size > sizeof bytes)
        return JET_errKeyTooBig;
    memcpy(bytes, dir_bookmark(order)->key, key.key_size);
    jet_err err = dir_seek(order, forward ? DIR_SEEK_GREATER : DIR_SEEK_LESS, &key, &exact);
    if (err != JET_errRecordNotFound)
        return err;
    if (forward)
        dir_move_after_last(order);
    else
        dir_move_before_first(order);
    return JET_errNoCurrentRecord;
}

static jet_err move_neighbours(struct table_cursor *cursor, struct dir_cursor *order, int32_t rows, unsigned flags)
{
    const bool forward = rows > 0, other_key = cursor->index && (flags & TABLE_MOVE_KEY_NOT_EQUAL);
    const enum dir_move direction = forward ? DIR_NEXT : DIR_PREVIOUS;
    uint32_t left = forward ? (uint32_t)rows : (uint32_t) - (int64_t)rows;
    bool moved;
    jet_err err = cursor_settle(cursor);

    if (err < JET_errSuccess && forward)
        dir_move_after_last(order);
    cursor->is_first_due = false; /* a table without records is left at its end, too */
    for (; left > 0 && err >= JET_errSuccess; left--) {
        err = other_key ? move_to_other_key(order, forward) : dir_move(order, direction);
        if (err >= JET_errSuccess)
            err = pass_on(cursor, order, direction, &moved);
    }
    return err;
}

static jet_err move_to_end(struct table_cursor *cursor, struct dir_cursor *order, bool to_first)
{
    bool moved;
    jet_err err = dir_move(order, to_first ? DIR_FIRST : DIR_LAST);

    return err < JET_errSuccess ? err : pass_on(cursor, order, to_first ? DIR_NEXT : DIR_PREVIOUS, &moved);
}

jet_err table_cursor_move(struct table_cursor *cursor, int32_t rows, unsigned flags)
{
    struct dir_cursor *order = cursor_order(cursor);
    jet_err err = cursor_leave_record(cursor);

    if (err < JET_errSuccess)
        return err;
    if (rows == 0)
        return cursor->filter ? JET_errFilteredMoveNotSupported : table_cursor_check(cursor);
    if (rows != INT32_MIN && rows != INT32_MAX)
        return arrive(cursor, order, move_neighbours(cursor, order, rows, flags));
    cursor->has_range = false;
    cursor->is_first_due = false;
    return arrive(cursor, order, move_to_end(cursor, order, rows == INT32_MIN));
}

jet_err table_cursor_check(struct table_cursor *cursor)
{
    struct dir_view view;
    jet_err err = cursor_settle(cursor);

    if (err >= JET_errSuccess)
        err = dir_get(cursor->dir, &view);
    if (err >= JET_errSuccess)
        dir_release(cursor->dir);
    return err;
}

/* ---- seeks and ranges ---- */

static void range_set(struct table_cursor *cursor, bool is_upper, bool is_inclusive)
{
    cursor->has_range = true;
    cursor->range_is_upper = is_upper;
    cursor->range_is_inclusive = is_inclusive;
    cursor->range_size = cursor->key.size;
    memcpy(cursor->range_key, cursor->key.bytes, cursor->key.size);
}

static jet_err seek_of(unsigned flags, enum dir_seek *ret_seek)
{
    switch (flags & (SEEK_EQUAL | SEEK_LESS | SEEK_LESS_OR_EQUAL | SEEK_GREATER_OR_EQUAL | SEEK_GREATER)) {
    case SEEK_EQUAL: *ret_seek = DIR_SEEK_EQUAL; break;
    case SEEK_LESS: *ret_seek = DIR_SEEK_LESS; break;
    case SEEK_LESS_OR_EQUAL: *ret_seek = DIR_SEEK_LESS_OR_EQUAL; break;
    case SEEK_GREATER_OR_EQUAL: *ret_seek = DIR_SEEK_GREATER_OR_EQUAL; break;
    case SEEK_GREATER: *ret_seek = DIR_SEEK_GREATER; break;
    default: return JET_errInvalidGrbit;
    }
    return JET_errSuccess;
}

/* Is the entry that was found the only one with its key? */
static jet_err check_uniqueness(struct table_cursor *cursor, bool *ret_unique)
{
    struct dir_cursor *walker;

    *ret_unique = true;
    if (!cursor->index || (cursor->index->flags & INDEX_UNIQUE))
        return JET_errSuccess;
    jet_err err = dir_copy(cursor->entries, cursor->session, &walker);
    if (err < JET_errSuccess)
        return err;
    err = dir_move(walker, DIR_NEXT);
    if (err >= JET_errSuccess) {
        const struct bookmark *at = dir_bookmark(cursor->entries), *next = dir_bookmark(walker);

        *ret_unique = compare_bytes(at->key, at->key_size, next->key, next->key_size) != 0;
    }
    dir_close(walker);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

static jet_err found_equal(struct table_cursor *cursor, unsigned flags)
{
    bool is_unique = false;
    jet_err err = flags & SEEK_CHECK_UNIQUENESS ? check_uniqueness(cursor, &is_unique) : JET_errSuccess;

    if (err < JET_errSuccess)
        return err;
    if (is_unique)
        return JET_wrnUniqueKey; /* and needs no end */
    if (flags & SEEK_SET_RANGE)
        range_set(cursor, true, true);
    return JET_errSuccess;
}

/* Among entries with the key itself every seek finds the first, from whichever side it looks. */
static jet_err seek_in_order(const struct table_cursor *cursor, struct dir_cursor *order, enum dir_seek seek,
                             const struct bookmark *key, bool *ret_exact)
{
    const bool has_equals = cursor->index && !(cursor->index->flags & INDEX_UNIQUE);
    jet_err err = dir_seek(order, seek, key, ret_exact);

    if (err >= JET_errSuccess && seek == DIR_SEEK_LESS_OR_EQUAL && *ret_exact && has_equals)
        err = dir_seek(order, DIR_SEEK_EQUAL, key, ret_exact);
    return err;
}

/* The order was sought and is at a record: if the filter has none of it, to the next there is in that direction. */
static jet_err seek_on(struct table_cursor *cursor, struct dir_cursor *order, enum dir_seek seek, bool *exact)
{
    const bool is_back = seek == DIR_SEEK_LESS || seek == DIR_SEEK_LESS_OR_EQUAL;
    bool yes;

    if (seek == DIR_SEEK_EQUAL) {
        jet_err err = passes(cursor, order, &yes);
        if (err < JET_errSuccess || yes)
            return err;
        dir_move_off(order);
        return JET_errRecordNotFound;
    }
    jet_err err = pass_on(cursor, order, is_back ? DIR_PREVIOUS : DIR_NEXT, &yes);
    *exact &= !yes;
    return err == JET_errNoCurrentRecord ? JET_errRecordNotFound : err;
}

jet_err table_cursor_seek(struct table_cursor *cursor, unsigned flags)
{
    const struct bookmark key = {.key = cursor->key.bytes, .key_size = cursor->key.size};
    struct dir_cursor *order = cursor_order(cursor);
    enum dir_seek seek;
    bool exact = false;
    jet_err err = cursor->has_key ? seek_of(flags, &seek) : JET_errKeyNotMade;

    if (err >= JET_errSuccess)
        err = cursor_leave_record(cursor);
    if (err < JET_errSuccess)
        return err;
    cursor->is_first_due = false;
    cursor->has_range = false;
    cursor->has_key = false; /* a key is good for one use; its bytes stay until the next is made */
    err = seek_in_order(cursor, order, seek, &key, &exact);
    if (err >= JET_errSuccess && cursor->filter)
        err = seek_on(cursor, order, seek, &exact);
    err = arrive(cursor, order, err);
    if (err < JET_errSuccess)
        return err == JET_errNoCurrentRecord ? JET_errRecordNotFound : err;
    if (seek == DIR_SEEK_EQUAL)
        return found_equal(cursor, flags);
    const bool may_be_equal = seek == DIR_SEEK_GREATER_OR_EQUAL || seek == DIR_SEEK_LESS_OR_EQUAL;
    return may_be_equal && !exact ? JET_wrnSeekNotEqual : JET_errSuccess;
}

jet_err table_cursor_set_range(struct table_cursor *cursor, unsigned flags)
{
    struct dir_cursor *order = cursor_order(cursor);
    struct dir_view view;

    if (flags & RANGE_REMOVE) {
        const bool had = cursor->has_range;

        cursor->has_range = false;
        return had ? JET_errSuccess : JET_errInvalidOperation;
    }
    if (!cursor->has_key)
        return JET_errKeyNotMade;
    jet_err err = cursor_settle(cursor);
    cursor->has_key = false;
    if (err < JET_errSuccess)
        return err;
    range_set(cursor, (flags & RANGE_UPPER) != 0, (flags & RANGE_INCLUSIVE) != 0);
    err = dir_get(order, &view);
    if (err < JET_errSuccess) {
        cursor->has_range = false;
        return err;
    }
    err = arrive(cursor, order, check_range(cursor, order));
    if (err >= JET_errSuccess && (flags & RANGE_INSTANT))
        cursor->has_range = false;
    return err;
}

void table_cursor_reset_range(struct table_cursor *cursor)
{
    cursor->has_range = false;
}

/* ---- bookmarks ---- */

jet_err table_cursor_bookmark(struct table_cursor *cursor, const uint8_t **ret_bookmark, size_t *ret_size)
{
    jet_err err = cursor_settle(cursor);

    if (err < JET_errSuccess)
        return err;
    if (dir_place(cursor->dir) != DIR_ON)
        return JET_errNoCurrentRecord;
    const struct bookmark *at = dir_bookmark(cursor->dir);
    *ret_bookmark = at->key;
    *ret_size = at->key_size;
    return JET_errSuccess;
}

jet_err table_cursor_goto(struct table_cursor *cursor, const void *bookmark, size_t size)
{
    const struct bookmark at = {.key = bookmark, .key_size = size};

    if (!bookmark || size == 0 || size > sizeof cursor->bookmark)
        return JET_errInvalidBookmark;
    jet_err err = cursor_leave_record(cursor);
    if (err < JET_errSuccess)
        return err;
    cursor->is_first_due = false;
    cursor->has_range = false;
    (void)cursor_order(cursor);
    err = dir_goto(cursor->dir, &at);
    if (err < JET_errSuccess)
        return err;
    dir_release(cursor->dir);
    return cursor_lead(cursor, 1);
}

/* ---- counting ---- */

/* On a cursor of its own: where this one is does not change. */
jet_err table_cursor_count(struct table_cursor *cursor, uint64_t max, uint64_t *ret_count)
{
    struct dir_cursor *walker = NULL;
    uint64_t count = 1;
    const struct dir_cursor *order = cursor_order(cursor);
    jet_err err = cursor->filter ? JET_errFilteredMoveNotSupported : cursor_settle(cursor);

    if (err == JET_errNoCurrentRecord) {
        *ret_count = 0; /* nobody has moved, and there is nothing */
        return JET_errSuccess;
    }
    if (err >= JET_errSuccess)
        err = dir_place(order) == DIR_ON ? table_cursor_check(cursor) : JET_errNoCurrentRecord;
    if (err >= JET_errSuccess)
        err = dir_copy(order, cursor->session, &walker);
    while (err >= JET_errSuccess && (max == 0 || count < max)) {
        err = dir_move(walker, DIR_NEXT);
        if (err < JET_errSuccess)
            break;
        const struct bookmark *at = dir_bookmark(walker);
        if (cursor->has_range && is_out_of_range(cursor, at->key, at->key_size))
            break;
        count++;
    }
    if (!walker || (err < JET_errSuccess && err != JET_errNoCurrentRecord)) {
        dir_close(walker);
        return err;
    }
    dir_close(walker);
    *ret_count = count;
    return JET_errSuccess;
}

jet_err table_cursor_each_bookmark(struct table_cursor *cursor,
                                   jet_err (*each)(void *context, const uint8_t *bookmark, size_t size), void *context)
{
    struct dir_cursor *walker;
    const struct dir_cursor *order = cursor_order(cursor);
    jet_err err = cursor_settle(cursor);

    if (!cursor->index)
        return JET_errNoCurrentIndex;
    if (err >= JET_errSuccess)
        err = dir_place(order) == DIR_ON ? table_cursor_check(cursor) : JET_errNoCurrentRecord;
    if (err >= JET_errSuccess)
        err = dir_copy(order, cursor->session, &walker);
    if (err < JET_errSuccess)
        return err;
    while (err >= JET_errSuccess) {
        const struct bookmark *at = dir_bookmark(walker);
        struct dir_view view;

        if (cursor->has_range && is_out_of_range(cursor, at->key, at->key_size))
            break;
        err = dir_get(walker, &view);
        if (err >= JET_errSuccess)
            err = each(context, view.data, view.data_size);
        if (err >= JET_errSuccess)
            err = dir_move(walker, DIR_NEXT);
    }
    dir_close(walker);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

uint32_t table_cursor_index_objid(const struct table_cursor *cursor)
{
    return cursor->index ? cursor->index->objid : 0;
}

jet_err table_cursor_estimate(struct table_cursor *cursor, uint64_t *ret_before, uint64_t *ret_total)
{
    const struct dir_cursor *order = cursor_order(cursor);
    jet_err err = cursor->filter ? JET_errFilteredMoveNotSupported : cursor_settle(cursor);

    if (err >= JET_errSuccess)
        err = dir_place(order) == DIR_ON ? table_cursor_check(cursor) : JET_errNoCurrentRecord;
    if (err < JET_errSuccess)
        return err;
    return btree_estimate(dir_tree(order), dir_bookmark(order), ret_before, ret_total);
}

jet_err table_cursor_goto_fraction(struct table_cursor *cursor, uint64_t before, uint64_t total)
{
    struct dir_cursor *order = cursor_order(cursor);
    jet_err err = cursor_leave_record(cursor);

    if (err < JET_errSuccess)
        return err;
    if (cursor->filter)
        return JET_errFilteredMoveNotSupported;
    cursor->is_first_due = false;
    cursor->has_range = false;
    return arrive(cursor, order, dir_move_fraction(order, before, total));
}

/* ---- filter ---- */

jet_err table_cursor_set_filter(struct table_cursor *cursor, const struct table_filter *conditions, size_t count)
{
    struct cursor_filter *filter = NULL;
    jet_err err = JET_errSuccess;

    (void)cursor_order(cursor);
    cursor_filter_free(cursor->filter);
    cursor->filter = NULL;
    if (cursor->index || cursor->table->temporary)
        return JET_errFilteredMoveNotSupported;
    if (count > 0)
        err = cursor_filter_new(cursor, conditions, count, &filter);
    if (err >= JET_errSuccess)
        cursor->filter = filter;
    return err;
}
