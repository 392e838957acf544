/* SPDX-License-Identifier: MIT */
/* table_cursor_long.c - long values of an update that is prepared.
 *
 * A value of up to INTRINSIC_MAX bytes lies in the record; a longer one, and one that the record has no room for, in
 * the tree of long values. There it is written at once, in the session's transaction, without which it cannot be, and
 * noted, because the update may be dropped:
 *
 *      a value that this update has made        loses its only reference again
 *      a value of the record that got longer    is cut back
 *
 * Any other change of a value that the record has already is made to a copy. When the update is written, values that
 * only the old record refers to lose a reference.
 */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "format/compressed.h"
#include "isam/session.h"
#include "isam/table_cursor_internal.h"

enum {
    INTRINSIC_MAX = 1023,
    LID_SIZE = 4, /* shorter values are never separated */
    COPY_SIZE = 4096,
};

/* ---- notes ---- */

jet_err update_note(struct table_cursor *cursor, enum update_long_value_kind kind, lid_t lid, uint32_t size)
{
    struct update *update = cursor->update;

    if (update->long_value_count == update->long_value_room) {
        const size_t room = update->long_value_room ? 2 * update->long_value_room : 8;
        void *grown = realloc(update->long_values, room * sizeof *update->long_values);

        if (!grown)
            return JET_errOutOfMemory;
        update->long_values = grown;
        update->long_value_room = room;
    }
    update->long_values[update->long_value_count++] =
        (struct update_long_value){.kind = kind, .lid = lid, .size = size, .level = cursor->session->level};
    update->long_value_changes++;
    return JET_errSuccess;
}

void update_committed(struct update *update, unsigned level)
{
    for (size_t i = 0; i < update->long_value_count; i++) {
        struct update_long_value *note = &update->long_values[i];

        if (note->level > level)
            note->level = level;
        if (note->release_level > level)
            note->release_level = level;
    }
}

void update_rolled_back(struct update *update, unsigned level)
{
    size_t kept = 0;

    for (size_t i = 0; i < update->long_value_count; i++) {
        struct update_long_value *note = &update->long_values[i];

        if (note->level > level)
            continue;
        if (note->release_level > level)
            note->release_level = 0;
        update->long_values[kept++] = *note;
    }
    update->long_value_count = kept;
}

/* What this update has made with that number, and not released; NULL: it has not. */
static struct update_long_value *made(const struct update *update, lid_t lid)
{
    for (size_t i = 0; i < update->long_value_count; i++) {
        struct update_long_value *note = &update->long_values[i];

        if (note->lid == lid && note->kind == LONG_VALUE_CREATED && note->release_level == 0)
            return note;
    }
    return NULL;
}

jet_err update_long_values_drop(struct table_cursor *cursor)
{
    struct update *update = cursor->update;
    struct long_values *values;
    jet_err first = JET_errSuccess;

    if (update->long_value_count > 0)
        first = table_long_values(cursor->session, cursor->table, &values);
    for (size_t i = update->long_value_count; first >= JET_errSuccess && i > 0; i--) {
        const struct update_long_value *note = &update->long_values[i - 1];

        if (note->release_level > 0)
            continue;
        first = note->kind == LONG_VALUE_APPENDED ? lv_resize(cursor->session, values, note->lid, note->size, 0)
                                                  : lv_release(cursor->session, values, note->lid);
    }
    update->long_value_count = 0;
    return first;
}

/* ---- settling ---- */

struct lid_list {
    lid_t *lids;
    size_t count, room;
};

static jet_err lid_add(void *context, lid_t lid)
{
    struct lid_list *list = context;

    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : 16;
        void *grown = realloc(list->lids, room * sizeof *list->lids);

        if (!grown)
            return JET_errOutOfMemory;
        list->lids = grown;
        list->room = room;
    }
    list->lids[list->count++] = lid;
    return JET_errSuccess;
}

static bool lid_take(struct lid_list *list, lid_t lid)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->lids[i] == lid) {
            list->lids[i] = list->lids[--list->count];
            return true;
        }
    return false;
}

/* Made, and in the end not used: a value that was set twice. */
static jet_err release_unused(struct table_cursor *cursor, struct long_values *values, struct lid_list *used)
{
    const struct update *update = cursor->update;
    jet_err err = JET_errSuccess;

    for (size_t i = 0; i < update->long_value_count && err >= JET_errSuccess; i++) {
        const struct update_long_value *note = &update->long_values[i];

        if (note->kind != LONG_VALUE_APPENDED && note->release_level == 0 && !lid_take(used, note->lid))
            err = lv_release(cursor->session, values, note->lid);
    }
    return err;
}

jet_err update_long_values_settle(struct table_cursor *cursor)
{
    struct update *update = cursor->update;
    struct lid_list old = {0}, new = {0};
    struct long_values *values;
    const bool replaces = update->kind == UPDATE_REPLACE;
    jet_err err = cursor_each_lid(cursor, update->record.bytes, update->record.size, lid_add, &new);

    if (err >= JET_errSuccess && replaces)
        err = cursor_each_lid(cursor, update->original, update->original_size, lid_add, &old);
    if (err >= JET_errSuccess && (old.count > 0 || update->long_value_count > 0))
        err = table_long_values(cursor->session, cursor->table, &values);
    for (size_t i = 0; err >= JET_errSuccess && i < old.count; i++)
        if (!lid_take(&new, old.lids[i]))
            err = lv_release(cursor->session, values, old.lids[i]);
    if (err >= JET_errSuccess && update->long_value_count > 0)
        err = release_unused(cursor, values, &new);
    free(old.lids);
    free(new.lids);
    return err;
}

/* ---- storing ---- */

jet_err update_store_tagged(struct table_cursor *cursor, const struct column *column, unsigned itag,
                            const struct tagged_value *value)
{
    struct update *update = cursor->update;
    struct record_tagged_image image;
    struct record record;
    struct record_value stored;
    jet_err err = record_decode(update->record.bytes, update->record.size, cursor->table->db->page_size, &record);

    if (err >= JET_errSuccess)
        err = row_value_stored(column, &record, &stored);
    if (err >= JET_errSuccess)
        err = tagged_value_edit(&stored, column_type_is_long(column->type), itag, value, update->scratch,
                                sizeof update->scratch, &image);
    if (err < JET_errSuccess)
        return err;
    return record_edit_tagged(&update->record, column->id, image.bytes ? &image : NULL);
}

/* The tree of long values, to change it. What is committed before there is a record that refers to it nobody would find
 * again after a crash: an update changes it in a transaction, or not at all. */
static jet_err open_tree(struct table_cursor *cursor, struct long_values **ret_values)
{
    if (cursor->session->level == 0)
        return JET_errNotInTransaction;
    return table_long_values(cursor->session, cursor->table, ret_values);
}

static jet_err store_lid(struct table_cursor *cursor, const struct column *column, unsigned itag, lid_t lid)
{
    const le32 disk = le32_make((uint32_t)lid);
    const struct tagged_value value = {.bytes = disk.b, .size = sizeof disk, .is_separated = true};

    return update_store_tagged(cursor, column, itag, &value);
}

/* A new value in the tree instead of what the column has. The record may have to make room even for its number. */
static jet_err store_separated(struct table_cursor *cursor, const struct column *column, unsigned itag,
                               const void *bytes, size_t size, unsigned lv_flags)
{
    struct long_values *values;
    lid_t lid;
    jet_err err = open_tree(cursor, &values);

    if (err >= JET_errSuccess)
        err = lv_create(cursor->session, values, bytes, size, lv_flags, &lid);
    if (err >= JET_errSuccess)
        err = update_note(cursor, LONG_VALUE_CREATED, lid, 0);
    return err < JET_errSuccess ? err : store_lid(cursor, column, itag, lid);
}

/* ---- moving values out of the record ---- */

struct largest {
    unsigned column;
    unsigned itag;
    struct tagged_value value;
};

static jet_err find_largest(const struct table_cursor *cursor, const struct record *record, struct largest *ret_largest)
{
    *ret_largest = (struct largest){.value = {.size = LID_SIZE}};
    for (unsigned i = 0; i < record->tagged_count; i++) {
        struct record_value stored;
        unsigned id, count;
        jet_err err = record_get_tagged_at(record, i, &id, &stored);

        if (err >= JET_errSuccess)
            err = tagged_value_count(&stored, &count);
        if (err < JET_errSuccess)
            return err;
        const struct column *column = table_column_by_id(cursor->table, cursor->session, id);
        for (unsigned itag = 1; column && column_type_is_long(column->type) && itag <= count; itag++) {
            struct tagged_value value;

            err = tagged_value_get(&stored, itag, &value);
            if (err < JET_errSuccess)
                return err;
            if (!value.is_separated && value.size > ret_largest->value.size)
                *ret_largest = (struct largest){.column = id, .itag = itag, .value = value};
        }
    }
    return ret_largest->itag ? JET_errSuccess : JET_errRecordTooBig;
}

jet_err update_burst(struct table_cursor *cursor)
{
    const struct record_edit *edit = &cursor->update->record;
    struct largest largest;
    struct record record;
    jet_err err = cursor->table->keeps_intrinsic
                      ? JET_errRecordTooBig
                      : record_decode(edit->bytes, edit->size, cursor->table->db->page_size, &record);

    if (err >= JET_errSuccess)
        err = find_largest(cursor, &record, &largest);
    if (err < JET_errSuccess)
        return err;
    const struct row_value value = {
        .bytes = largest.value.bytes, .size = largest.value.size, .is_compressed = largest.value.is_compressed};
    size_t size, available;
    err = row_value_read(cursor->session, cursor->table, &value, 0, NULL, 0, &size);
    if (err < JET_errSuccess)
        return err;
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        return JET_errOutOfMemory;
    err = row_value_read(cursor->session, cursor->table, &value, 0, copy, size, &available);
    if (err >= JET_errSuccess) {
        const struct column *column = table_column_by_id(cursor->table, cursor->session, largest.column);
        const bool compresses = value.is_compressed || (column->flags & COLUMN_COMPRESSED);

        err = store_separated(cursor, column, largest.itag, copy, size, compresses ? (unsigned)LV_COMPRESS : 0u);
    }
    free(copy);
    return err;
}

/* ---- setting ---- */

/* A change of a long value, and what it leads to. */
struct change {
    struct table_cursor *cursor;
    const struct column *column;
    const struct table_set *set;
    unsigned itag;
    struct row_value old; /* null: there is none */
    uint32_t old_size;
    uint32_t new_size;
    bool is_only;      /* the column has, or will have, no other value */
    unsigned lv_flags; /* enum lv_flag */
};

static jet_err change_sizes(struct change *change)
{
    const struct table_set *set = change->set;
    uint64_t size = set->size;
    size_t available = 0;
    jet_err err = row_value_read(change->cursor->session, change->cursor->table, &change->old, 0, NULL, 0, &available);

    if (err < JET_errSuccess)
        return err;
    change->old_size = (uint32_t)available;
    if (set->flags & TABLE_SET_APPEND) {
        size = available + (uint64_t)set->size;
    } else if (set->flags & TABLE_SET_OVERWRITE) {
        if (set->offset > available)
            return JET_errColumnNoChunk;
        const uint64_t end = set->offset + (uint64_t)set->size;
        size = (set->flags & TABLE_SET_SIZE) || end > available ? end : available;
    }
    if (size > LV_SIZE_MAX || (change->column->size_max > 0 && size > change->column->size_max))
        return JET_errColumnTooBig;
    change->new_size = (uint32_t)size;
    return JET_errSuccess;
}

static bool is_partial(const struct change *change)
{
    return !change->old.is_null && (change->set->flags & (TABLE_SET_APPEND | TABLE_SET_OVERWRITE | TABLE_SET_SIZE));
}

/* The whole value as it will be, into a buffer of new_size bytes. */
static jet_err compose(const struct change *change, uint8_t *buffer)
{
    const struct table_set *set = change->set;
    size_t available, at = 0;

    memset(buffer, 0, change->new_size);
    if (is_partial(change)) {
        const size_t kept = change->old_size < change->new_size ? change->old_size : change->new_size;
        jet_err err =
            row_value_read(change->cursor->session, change->cursor->table, &change->old, 0, buffer, kept, &available);

        if (err < JET_errSuccess)
            return err;
        at = set->flags & TABLE_SET_APPEND ? change->old_size : set->flags & TABLE_SET_OVERWRITE ? set->offset : 0;
        if (!(set->flags & (TABLE_SET_APPEND | TABLE_SET_OVERWRITE)))
            return JET_errSuccess; /* only the size changes */
    }
    if (set->data && set->size > 0)
        memcpy(buffer + at, set->data, set->size);
    return JET_errSuccess;
}

/* The value in `buffer` as the record holds it. Of several values only the first could be compressed: here none is. A
 * value that became shorter than a long-value id could not be moved out of the record any more. */
static struct tagged_value intrinsic_value(const struct change *change, const uint8_t *buffer, uint8_t *room)
{
    const size_t xpress_min = change->cursor->session->engine->config.xpress_min;
    size_t made;

    if (change->is_only && (change->lv_flags & LV_COMPRESS) &&
        compressed_encode(buffer, change->new_size, xpress_min, room, &made) && made >= LID_SIZE)
        return (struct tagged_value){.bytes = room, .size = made, .is_compressed = true};
    return (struct tagged_value){.bytes = buffer, .size = change->new_size};
}

static jet_err set_intrinsic(const struct change *change)
{
    uint8_t *buffer = malloc(change->new_size + (size_t)1), *room = malloc(change->new_size + (size_t)1);
    jet_err err = buffer && room ? compose(change, buffer) : JET_errOutOfMemory;

    if (err >= JET_errSuccess) {
        const struct tagged_value value = intrinsic_value(change, buffer, room);

        err = update_store_tagged(change->cursor, change->column, change->itag, &value);
    }
    free(buffer);
    free(room);
    return err;
}

/* The separated value that may be changed in place: the old one, or a copy. (The old one must stay what it was if it
 * gave an entry in an index, which has to be found and deleted; and if it was read outside a transaction, as others may
 * have it by now.) */
static jet_err writable_lid(const struct change *change, struct long_values *values, lid_t *ret_lid)
{
    struct update *update = change->cursor->update;
    struct session *session = change->cursor->session;
    const bool only_appends = (change->set->flags & TABLE_SET_APPEND) != 0 && !update->is_unlocked &&
                              !table_column_is_indexed(change->cursor->table, session, change->column->id);
    bool is_shared = false;
    jet_err err = JET_errSuccess;

    *ret_lid = change->old.lid;
    if (made(update, change->old.lid)) {
        update->long_value_changes++;
        return JET_errSuccess;
    }
    if (only_appends)
        err = lv_is_shared(session, values, change->old.lid, &is_shared);
    if (err >= JET_errSuccess && only_appends && !is_shared)
        return update_note(change->cursor, LONG_VALUE_APPENDED, change->old.lid, change->old_size);
    if (err >= JET_errSuccess)
        err = lv_copy(session, values, change->old.lid, change->lv_flags, ret_lid);
    if (err >= JET_errSuccess)
        err = update_note(change->cursor, LONG_VALUE_CREATED, *ret_lid, 0);
    return err < JET_errSuccess ? err : store_lid(change->cursor, change->column, change->itag, *ret_lid);
}

static jet_err change_in_tree(const struct change *change, struct long_values *values, lid_t lid)
{
    const struct table_set *set = change->set;
    struct session *session = change->cursor->session;
    jet_err err = JET_errSuccess;

    if (set->flags & TABLE_SET_APPEND)
        return lv_append(session, values, lid, set->data, set->size, change->lv_flags);
    if (set->flags & TABLE_SET_OVERWRITE)
        err = lv_write(session, values, lid, set->offset, set->data, set->size, change->lv_flags);
    if (err >= JET_errSuccess && (set->flags & TABLE_SET_SIZE))
        err = lv_resize(session, values, lid, change->new_size, change->lv_flags);
    return err;
}

static jet_err set_part_in_tree(const struct change *change)
{
    struct long_values *values;
    lid_t lid;
    jet_err err = open_tree(change->cursor, &values);

    if (err >= JET_errSuccess)
        err = writable_lid(change, values, &lid);
    return err < JET_errSuccess ? err : change_in_tree(change, values, lid);
}

/* The value was set before in this update, and is set again. */
static jet_err release_made(struct table_cursor *cursor, struct update_long_value *note)
{
    struct long_values *values;
    jet_err err = open_tree(cursor, &values);

    if (err >= JET_errSuccess)
        err = lv_release(cursor->session, values, note->lid);
    if (err < JET_errSuccess)
        return err;
    note->release_level = cursor->session->level;
    cursor->update->long_value_changes++;
    return JET_errSuccess;
}

/* A value of the record that grows out of it, or one that is new. */
static jet_err set_separated(const struct change *change)
{
    if (!is_partial(change)) {
        /* The new one first: if it cannot be had, the record goes on referring to the old one. */
        struct update *update = change->cursor->update;
        const bool replaces_made = change->old.is_separated && made(update, change->old.lid);
        jet_err err = store_separated(change->cursor, change->column, change->itag, change->set->data, change->new_size,
                                      change->lv_flags);

        if (err >= JET_errSuccess && replaces_made)
            err = release_made(change->cursor, made(update, change->old.lid));
        return err;
    }
    if (change->old.is_separated)
        return set_part_in_tree(change);
    uint8_t *buffer = malloc(change->new_size + (size_t)1);
    jet_err err = buffer ? compose(change, buffer) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = store_separated(change->cursor, change->column, change->itag, buffer, change->new_size, change->lv_flags);
    free(buffer);
    return err;
}

static bool wants_tree(const struct change *change)
{
    if (change->cursor->table->keeps_intrinsic)
        return false;
    if (change->old.is_separated && is_partial(change))
        return true;
    if (change->set->flags & TABLE_SET_SEPARATE)
        return change->new_size > LID_SIZE;
    return change->new_size > INTRINSIC_MAX && !(change->set->flags & TABLE_SET_INTRINSIC);
}

/* What is asked for counts before what the column says. */
static bool wants_compression(const struct column *column, const struct table_set *set)
{
    if (set->flags & TABLE_SET_COMPRESS)
        return true;
    return (column->flags & COLUMN_COMPRESSED) && !(set->flags & TABLE_SET_PLAIN);
}

jet_err update_set_long(struct table_cursor *cursor, const struct column *column, const struct table_set *set,
                        const struct record_value *stored, unsigned itag, unsigned count)
{
    struct change change = {.cursor = cursor, .column = column, .set = set, .itag = itag, .old = {.is_null = true}};
    jet_err err = JET_errSuccess;

    change.is_only = itag == 1 && count <= 1;
    change.lv_flags = wants_compression(column, set) ? (unsigned)LV_COMPRESS : 0u;
    if (itag <= count) {
        struct tagged_value value;

        err = tagged_value_get(stored, itag, &value);
        if (err >= JET_errSuccess && value.is_separated)
            err = row_value_lid(value.bytes, value.size, &change.old.lid);
        if (err < JET_errSuccess)
            return err;
        change.old.is_null = false;
        change.old.is_separated = value.is_separated;
        change.old.is_compressed = value.is_compressed;
        change.old.bytes = value.bytes;
        change.old.size = value.size;
    }
    err = change_sizes(&change);
    if (err < JET_errSuccess)
        return err;
    return wants_tree(&change) ? set_separated(&change) : set_intrinsic(&change);
}
