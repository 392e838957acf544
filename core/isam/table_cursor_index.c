/* SPDX-License-Identifier: MIT */
/* table_cursor_index.c - the current index of a cursor, and the entry it is on.
 *
 * In the order of a secondary index a cursor has two places: `entries` among the entries, and `dir` among the records.
 * Moves and seeks change the first, and the second follows: it is told the bookmark that the entry holds, and looks for
 * the record when somebody wants to see it. Only who goes to a record by its bookmark comes the other way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btree/tree.h"
#include "isam/record.h"
#include "isam/index_keys.h"
#include "isam/session.h"
#include "isam/table_build.h"
#include "isam/table_cursor_internal.h"

void cursor_leave_index(struct table_cursor *cursor)
{
    struct index *index = cursor->index;

    if (!index)
        return;
    dir_close(cursor->entries);
    cursor->entries = NULL;
    cursor->index = NULL;
    if (atomic_fetch_sub(&index->users, 1) == 1 && index->is_gone)
        index_free(index);
}

struct dir_cursor *cursor_order(struct table_cursor *cursor)
{
    if (cursor->index && cursor->index->is_gone)
        cursor_leave_index(cursor);
    return cursor->index ? cursor->entries : cursor->dir;
}

const struct index *cursor_index(struct table_cursor *cursor)
{
    (void)cursor_order(cursor);
    return cursor->index ? cursor->index : table_primary_index(cursor->table);
}

jet_err cursor_follow(struct table_cursor *cursor)
{
    struct dir_view entry;

    if (!cursor->index)
        return JET_errSuccess;
    switch (dir_place(cursor->entries)) {
    case DIR_ON: break;
    case DIR_AFTER_LAST: dir_move_after_last(cursor->dir); return JET_errSuccess;
    default: dir_move_before_first(cursor->dir); return JET_errSuccess;
    }
    jet_err err = dir_get(cursor->entries, &entry);
    if (err < JET_errSuccess)
        return err;
    const struct bookmark record = {.key = entry.data, .key_size = entry.data_size};
    err = dir_assume(cursor->dir, &record);
    if (err < JET_errSuccess)
        dir_release(cursor->entries);
    return err;
}

/* ---- from a record to its entry ---- */

/* A copy of the record: its keys may need long values, which are not read with a page latched. */
struct copy {
    struct record record;
    uint8_t bytes[RECORD_SIZE_MAX];
};

static jet_err record_copy(struct table_cursor *cursor, struct copy *copy)
{
    const struct record *record;
    jet_err err = cursor_record(cursor, &record);

    if (err < JET_errSuccess)
        return err;
    const size_t size = record->size;
    if (size > sizeof copy->bytes)
        err = JET_errRecordTooBig;
    else
        memcpy(copy->bytes, record->bytes, size);
    dir_release(cursor->dir);
    return err < JET_errSuccess ? err : record_decode(copy->bytes, size, cursor->table->db->page_size, &copy->record);
}

/* The table's latch is held. */
static jet_err key_of_value(struct table_cursor *cursor, const struct record *record, unsigned itag,
                            struct index_key *ret_key)
{
    unsigned count;
    jet_err err = index_key_count(cursor->table, cursor->index, record, &count);

    if (err >= JET_errSuccess && (itag == 0 || itag > count))
        err = JET_errBadItagSequence;
    return err < JET_errSuccess ? err
                                : index_key_make(cursor->session, cursor->table, cursor->index, record, itag, ret_key);
}

jet_err cursor_lead(struct table_cursor *cursor, unsigned itag)
{
    struct copy copy;
    struct index_key key;

    if (!cursor->index)
        return JET_errSuccess;
    jet_err err = record_copy(cursor, &copy);
    if (err < JET_errSuccess)
        return err;
    latch_shared(&cursor->table->latch);
    err = key_of_value(cursor, &copy.record, itag, &key);
    latch_unlock_shared(&cursor->table->latch);
    if (err < JET_errSuccess)
        return err;
    if (!key.has_entry) {
        dir_move_before_first(cursor->entries);
        return JET_errNoCurrentRecord;
    }
    const struct bookmark *record = dir_bookmark(cursor->dir);
    const struct bookmark entry = {
        .key = key.bytes, .key_size = key.size, .data = record->key, .data_size = record->key_size};
    err = dir_goto(cursor->entries, &entry);
    if (err >= JET_errSuccess)
        dir_release(cursor->entries);
    return err;
}

/* Which values gave the key that is looked for: the first that would. */
struct itag_search {
    const struct bookmark *at;
    unsigned segment;
    unsigned itag;              /* 0: not found yet */
    struct cursor_piece *piece; /* may be NULL */
};

static jet_err is_it(void *context, const struct index_choice *choice, const struct index_key *key)
{
    struct itag_search *search = context;

    if (search->itag != 0 || key->size != search->at->key_size || memcmp(key->bytes, search->at->key, key->size) != 0)
        return JET_errSuccess;
    search->itag = choice->itags[search->segment];
    if (search->piece && choice->piece) {
        search->piece->size = choice->piece_size;
        memcpy(search->piece->bytes, choice->piece, choice->piece_size);
    }
    return JET_errSuccess;
}

static jet_err find_itag(struct table_cursor *cursor, const struct record *record, uint32_t column, unsigned *ret_itag,
                         struct cursor_piece *ret_piece)
{
    const struct index *index = cursor->index;
    struct itag_search search = {.at = dir_bookmark(cursor->entries), .piece = ret_piece};

    while (search.segment < index->segment_count - 1 && index->segments[search.segment].column != column)
        search.segment++;
    jet_err err = index_keys_each(cursor->session, cursor->table, index, record, is_it, &search);
    if (err >= JET_errSuccess && search.itag > 0)
        *ret_itag = search.itag;
    return err;
}

jet_err cursor_entry_value(struct table_cursor *cursor, uint32_t column, unsigned *ret_itag,
                           struct cursor_piece *ret_piece)
{
    struct copy copy;

    *ret_itag = 1;
    if (ret_piece)
        ret_piece->size = 0;
    jet_err err = cursor_settle(cursor);
    if (err < JET_errSuccess)
        return err;
    if (dir_place(cursor_order(cursor)) != DIR_ON)
        return JET_errNoCurrentRecord;
    if (!cursor->index || !((cursor->index->flags & INDEX_MULTI_VALUED) || ret_piece))
        return JET_errSuccess;
    err = record_copy(cursor, &copy);
    return err < JET_errSuccess ? err : find_itag(cursor, &copy.record, column, ret_itag, ret_piece);
}

/* ---- setting it ---- */

static struct index *index_by_objid(const struct table *table, const struct session *session, uint32_t objid)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (table->indexes[i]->objid == objid && index_is_visible(table->indexes[i], session))
            return table->indexes[i];
    return NULL;
}

/* The index, with one more user; NULL: the table's own order. The latch is held. */
static jet_err find(const struct table_cursor *cursor, const struct table_set_index *set, struct index **ret_index)
{
    const struct table *table = cursor->table;
    struct index *index;

    *ret_index = NULL;
    if (set->objid == 0 && (!set->name || set->name[0] == '\0'))
        return JET_errSuccess;
    index = set->objid ? index_by_objid(table, cursor->session, set->objid)
                       : table_index_by_name(table, cursor->session, set->name);
    if (!index || index->deleted_by)
        return JET_errIndexNotFound;
    jet_err err = table_index_is_seen(cursor->session, table, index);
    if (err < JET_errSuccess || (index->flags & INDEX_PRIMARY))
        return err;
    atomic_fetch_add(&index->users, 1);
    *ret_index = index;
    return JET_errSuccess;
}

/* In the order of `index`, which has counted us, but at no place in it yet. */
static jet_err enter(struct table_cursor *cursor, struct index *index)
{
    struct dir_cursor *entries = NULL;
    jet_err err = index ? dir_open(cursor->session, index->tree, &entries) : JET_errSuccess;

    if (err < JET_errSuccess) {
        atomic_fetch_sub(&index->users, 1);
        return err;
    }
    cursor_leave_index(cursor);
    cursor->index = index;
    cursor->entries = entries;
    cursor->has_range = false;
    cursor->has_key = false;
    return JET_errSuccess;
}

jet_err table_cursor_set_index(struct table_cursor *cursor, const struct table_set_index *set)
{
    struct index *index;

    if (cursor->filter)
        return JET_errFilteredMoveNotSupported;
    jet_err err = set->stays ? cursor_settle(cursor) : cursor_leave_record(cursor);
    if (err < JET_errSuccess && err != JET_errNoCurrentRecord)
        return err;
    latch_shared(&cursor->table->latch);
    err = find(cursor, set, &index);
    latch_unlock_shared(&cursor->table->latch);
    if (err >= JET_errSuccess)
        err = enter(cursor, index);
    if (err < JET_errSuccess)
        return err;
    if (set->stays)
        return index ? cursor_lead(cursor, set->itag) : table_cursor_check(cursor);
    cursor->is_first_due = true;
    return JET_errSuccess;
}

size_t table_cursor_key_most(struct table_cursor *cursor)
{
    latch_shared(&cursor->table->latch);
    const struct index *index = cursor_index(cursor);
    const size_t most = index ? index->key_most : sizeof(uint32_t); /* the number of a record */
    latch_unlock_shared(&cursor->table->latch);
    return most;
}

void table_cursor_index_name(struct table_cursor *cursor, char ret_name[TABLE_INDEX_NAME_SIZE])
{
    latch_shared(&cursor->table->latch);
    const struct index *index = cursor_index(cursor);
    (void)snprintf(ret_name, TABLE_INDEX_NAME_SIZE, "%s", index ? index->name : "");
    latch_unlock_shared(&cursor->table->latch);
}

/* ---- entries as bookmarks ---- */

jet_err table_cursor_entry(struct table_cursor *cursor, struct table_entry *ret_entry)
{
    const struct dir_cursor *order = cursor_order(cursor);
    jet_err err = cursor->index ? cursor_settle(cursor) : JET_errNoCurrentIndex;

    if (err < JET_errSuccess)
        return err;
    if (dir_place(order) != DIR_ON || dir_place(cursor->dir) != DIR_ON)
        return JET_errNoCurrentRecord;
    *ret_entry = (struct table_entry){
        .key = dir_bookmark(order)->key,
        .key_size = dir_bookmark(order)->key_size,
        .bookmark = dir_bookmark(cursor->dir)->key,
        .bookmark_size = dir_bookmark(cursor->dir)->key_size,
    };
    return JET_errSuccess;
}

jet_err table_cursor_goto_entry(struct table_cursor *cursor, const struct table_entry *entry)
{
    struct dir_cursor *order = cursor_order(cursor);
    const struct bookmark at = {entry->key, entry->key_size, entry->bookmark, entry->bookmark_size};
    const struct bookmark record = {.key = entry->bookmark, .key_size = entry->bookmark_size};

    if (!cursor->index)
        return JET_errNoCurrentIndex;
    const bool is_unique = (cursor->index->flags & INDEX_UNIQUE) != 0;
    if (!entry->key || entry->key_size == 0 || entry->key_size > sizeof cursor->bookmark ||
        (!is_unique && (!entry->bookmark || entry->bookmark_size == 0)) ||
        entry->bookmark_size > sizeof cursor->bookmark)
        return JET_errInvalidBookmark;
    jet_err err = cursor_leave_record(cursor);
    if (err < JET_errSuccess)
        return err;
    cursor->is_first_due = false;
    cursor->has_range = false;
    err = dir_goto(order, &at);
    if (err < JET_errSuccess) {
        if (err == JET_errRecordDeleted && entry->bookmark_size > 0)
            jet_err_ignore(dir_assume(cursor->dir, &record)); /* where it would be; the first error counts */
        return err;
    }
    err = cursor_follow(cursor);
    dir_release(order);
    return err;
}
