/* SPDX-License-Identifier: MIT */
/* table_cursor_internal.h - what the files of a table cursor share.
 *
 *   table_cursor.c         open, close, levels
 *   table_cursor_index.c   the current index, and its entries
 *   table_cursor_move.c    moves, seeks, ranges, bookmarks
 *   table_cursor_filter.c  which records moves and seeks see
 *   table_cursor_preread.c pages read before they are wanted
 *   table_cursor_key.c     keys to search with
 *   table_cursor_read.c    retrieving
 *   table_cursor_inside.c  where and how a value lies
 *   table_cursor_size.c    what a record takes
 *   table_cursor_set.c     values into the prepared update
 *   table_cursor_unique.c  is a value there already?
 *   table_cursor_long.c    long values of the prepared update
 *   table_cursor_update.c  prepare, update, delete, escrow
 */
#ifndef COLDSTREAM_ISAM_TABLE_CURSOR_INTERNAL_H
#define COLDSTREAM_ISAM_TABLE_CURSOR_INTERNAL_H

#include "btree/tree.h"
#include "isam/dir.h"
#include "isam/index_key.h"
#include "isam/record.h"
#include "isam/record_edit.h"
#include "isam/row_value.h"
#include "isam/table_cursor.h"
#include "storage/database.h"

/* What was done to long values for an update that may be dropped. */
struct update_long_value {
    enum update_long_value_kind {
        LONG_VALUE_CREATED,    /* by this update: its reference goes when the update is dropped */
        LONG_VALUE_REFERENCED, /* one reference more, likewise */
        LONG_VALUE_APPENDED,   /* was `size` bytes long */
    } kind;
    lid_t lid;
    uint32_t size;
    unsigned level;         /* of the session when it was made */
    unsigned release_level; /* and when it was released again; 0: it was not */
};

struct update {
    enum update_kind {
        UPDATE_NONE,
        UPDATE_INSERT,
        UPDATE_REPLACE,
        UPDATE_READ_ONLY,
    } kind;
    /* Of the session when it was prepared, or when a long value was last set: a rollback below it drops the update. */
    unsigned level;
    bool is_unlocked;          /* prepared outside a transaction: the original is of no snapshot, and not locked */
    uint64_t session_changes;  /* session's `changes` when the original was read */
    bool deletes_original;     /* INSERT_COPY_DELETE and ..._REPLACE_ORIGINAL */
    struct record_edit record; /* as it will be */
    size_t original_size;      /* REPLACE, or deletes_original: the record as it is */
    uint8_t original[RECORD_SIZE_MAX];
    size_t key_size; /* of the original */
    uint8_t key[KEYNORM_LIMIT_MAX + 1];
    struct update_long_value *long_values;
    size_t long_value_count, long_value_room;
    size_t long_value_changes;        /* of the notes, and of values this update has made: only ever more */
    uint8_t scratch[RECORD_SIZE_MAX]; /* a column's image while it is put together */
};

struct table_cursor {
    struct session *session;
    struct table *table;
    struct dir_cursor *dir;     /* on the table's tree: the record */
    struct index *index;        /* the current index is this secondary one; NULL: the table's own order */
    struct dir_cursor *entries; /* on its tree: the place in that order, which `dir` follows (cursor_follow) */
    bool copies_rows;           /* table_cursor_copies_rows() */
    bool is_first_due;          /* no place yet: on the first record there is when one is needed (cursor_settle) */
    unsigned flags;
    unsigned level;

    struct keynorm key; /* made by table_cursor_make_key(); its bytes are key_bytes */
    uint8_t key_bytes[KEYNORM_LIMIT_MAX + 1];
    unsigned key_segments;
    bool has_key;
    bool is_whole_key; /* JET_bitNormalizedKey */

    bool has_range, range_is_upper, range_is_inclusive;
    size_t range_size;
    uint8_t range_key[KEYNORM_LIMIT_MAX + 1];

    struct record record; /* what cursor_record() decoded last */
    uint64_t record_view; /* from which view of `dir`; 0: none */

    struct cursor_filter *filter; /* NULL: none */

    size_t bookmark_size; /* given out by bookmark and update */
    uint8_t bookmark[KEYNORM_LIMIT_MAX + 1];

    struct update *update; /* NULL: none was ever prepared */
};

static inline struct update *cursor_update(const struct table_cursor *cursor)
{
    return cursor->update && cursor->update->kind != UPDATE_NONE ? cursor->update : NULL;
}

/* ---- table_cursor_index.c ---- */

/* Where the cursor is in its current order: `entries`, or `dir` itself. (An index whose making was rolled back is left
 * here.) */
struct dir_cursor *cursor_order(struct table_cursor *cursor);

/* The order has moved, and may be latched: the record goes with it. JET_errOutOfMemory and errors of dir_get(), after
 * which nothing is latched. */
MUST_CHECK jet_err cursor_follow(struct table_cursor *cursor);

/* The record has moved: to its entry for that value. Errors of table_cursor_set_index() and dir_goto(). */
MUST_CHECK jet_err cursor_lead(struct table_cursor *cursor, unsigned itag);

/* Back to the table's own order. */
void cursor_leave_index(struct table_cursor *cursor);

/* The piece of a value that an entry of a tuple index is for. */
struct cursor_piece {
    size_t size;
    uint8_t bytes[INDEX_PIECE_SIZE_MAX];
};

/* Which value of that column, one of the index, gave the entry the cursor is on; `ret_piece` NULL, or of a tuple index
 * which piece of its first column. The table's latch is held. */
MUST_CHECK jet_err cursor_entry_value(struct table_cursor *cursor, uint32_t column, unsigned *ret_itag,
                                      struct cursor_piece *ret_piece);

/* The index in whose order the cursor moves; NULL: records are numbered. The table's latch is held. */
const struct index *cursor_index(struct table_cursor *cursor);

/* ---- table_cursor_move.c ---- */

/* Takes the place that is due. Before anything looks where the cursor is; nothing is latched by it.
 * JET_errNoCurrentRecord: there is no record to be on, and the first one that comes is still due. */
MUST_CHECK jet_err cursor_settle(struct table_cursor *cursor);

/* Who goes elsewhere drops what he prepared. Errors of cursor_update_drop(). */
MUST_CHECK jet_err cursor_leave_record(struct table_cursor *cursor);

/* ---- table_cursor.c ---- */

/* The record the cursor is on, decoded and latched until dir_release(cursor->dir). */
MUST_CHECK jet_err cursor_record(struct table_cursor *cursor, const struct record **ret_record);

/* Like row_value_each_lid(), for the long values of one image of a record of the table. */
MUST_CHECK jet_err cursor_each_lid(const struct table_cursor *cursor, const uint8_t *bytes, size_t size,
                                   jet_err (*each)(void *context, lid_t lid), void *context);

/* ---- table_cursor_inside.c ---- */

enum { CURSOR_INSIDE = TABLE_RETRIEVE_LONG_ID | TABLE_RETRIEVE_REFERENCES | TABLE_RETRIEVE_PHYSICAL_SIZE };

/* Do the flags about that go together? JET_errInvalidGrbit, JET_errInvalidParameter. */
MUST_CHECK jet_err cursor_check_inside(const struct table_retrieve *retrieve);

/* What CURSOR_INSIDE asks of a value, which is not null; nothing is latched. JET_wrnSeparateLongValue;
 * JET_wrnColumnNull: it does not lie outside the record; JET_errInvalidBufferSize. */
MUST_CHECK jet_err cursor_value_inside(struct table_cursor *cursor, const struct row_value *value,
                                       struct table_retrieve *retrieve);

/* The page of the record. JET_errBufferTooSmall; JET_errNoCurrentRecord, JET_errRecordDeleted. */
MUST_CHECK jet_err cursor_page_number(struct table_cursor *cursor, struct table_retrieve *retrieve);

/* ---- table_cursor_long.c ---- */

/* A value of a long type; `stored` is the column as it is now, `itag` 1 to count + 1. JET_errNotInTransaction: it would
 * have to lie outside the record, and the session is in no transaction in which it could be taken back. */
MUST_CHECK jet_err update_set_long(struct table_cursor *cursor, const struct column *column,
                                   const struct table_set *set, const struct record_value *stored, unsigned itag,
                                   unsigned count);

/* Makes room: moves the largest long value of the record out of it. JET_errRecordTooBig: there is none.
 * JET_errNotInTransaction. */
MUST_CHECK jet_err update_burst(struct table_cursor *cursor);

/* Puts the `itag`-th value of a tagged column into the record, moving long values out if need be. `value` NULL: takes
 * it away. */
MUST_CHECK jet_err update_store_tagged(struct table_cursor *cursor, const struct column *column, unsigned itag,
                                       const struct tagged_value *value);

/* Remembers what has to be taken back. */
MUST_CHECK jet_err update_note(struct table_cursor *cursor, enum update_long_value_kind kind, lid_t lid, uint32_t size);

/* The session has committed to that level: what was noted above it is of that level now. */
void update_committed(struct update *update, unsigned level);

/* The session is back at that level: what was noted above it is undone already. */
void update_rolled_back(struct update *update, unsigned level);

/* The update is being dropped: what it did to long values is taken back, in the session's transaction. Errors are those
 * of a disk that fails; the caller drops the update all the same. */
MUST_CHECK jet_err update_long_values_drop(struct table_cursor *cursor);

/* The update was written: long values that only the original had lose a reference. */
MUST_CHECK jet_err update_long_values_settle(struct table_cursor *cursor);

/* ---- table_cursor_unique.c ---- */

/* Does the column have this value, but for its `itag`-th, already? `count`: values that are stored.
 * JET_errMultiValuedDuplicate, JET_errMultiValuedDuplicateAfterTruncation (of their keys only the same 255 bytes are
 * compared); errors of keynorm_add(). */
MUST_CHECK jet_err update_check_unique(struct table_cursor *cursor, const struct column *column,
                                       const struct record *record, const struct table_set *set, unsigned itag,
                                       unsigned count);

/* ---- table_cursor_update.c ---- */

/* May the cursor be used to change something? JET_errTransReadOnly, JET_errPermissionDenied,
 * JET_errDatabaseFileReadOnly. */
MUST_CHECK jet_err cursor_may_write(const struct table_cursor *cursor);

/* A statement of a session that is in no transaction has one of its own, which ends with it: committed, or with an
 * error rolled back. `ret_is_own` says so to the end, which returns `err` or what became of the commit. */
MUST_CHECK jet_err cursor_statement_begin(struct table_cursor *cursor, bool *ret_is_own);
MUST_CHECK jet_err cursor_statement_end(struct table_cursor *cursor, bool is_own, jet_err err);

/* The prepared update, which there is, is no more. Errors are those of update_long_values_drop(). */
MUST_CHECK jet_err cursor_update_drop(struct table_cursor *cursor);

#endif
