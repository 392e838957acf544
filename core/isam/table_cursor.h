/* SPDX-License-Identifier: MIT */
/* table_cursor.h - a cursor on a table, as the API knows it: where it is, the key it was given, the update it prepares.
 *
 *      index      the order in which it moves: that of the table, or of a secondary index
 *      position   before the first, on a record, between records, after the last (isam/dir.h); who has not moved yet, since the table
 *                 was opened or the index was set, is on the first record that there is when somebody asks
 *      key        made segment by segment, for seeks and ranges
 *      range      an end that moves do not cross
 *      update     a copy of the record, changed column by column, and written as a whole
 *
 * A cursor belongs to one session and is used by one thread at a time. Latches are held inside a call only. Errors of
 * dir.h, long_value.h and table.h come beside those listed.
 */
#ifndef COLDSTREAM_ISAM_TABLE_CURSOR_H
#define COLDSTREAM_ISAM_TABLE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "isam/table.h"

struct table_cursor;

/* Flags are those of the API, by number. */
enum table_open_flag {
    TABLE_OPEN_DENY_WRITE = 0x1,
    TABLE_OPEN_DENY_READ = 0x2,
    TABLE_OPEN_READ_ONLY = 0x4,
    TABLE_OPEN_UPDATABLE = 0x8,
    TABLE_OPEN_PERMIT_DDL = 0x10,
};

/* JET_errObjectNotFound, JET_errTableLocked, JET_errTableInUse, JET_errInvalidGrbit ... On the first record. */
MUST_CHECK jet_err table_cursor_open(struct session *session, unsigned dbid, const char *name, unsigned flags,
                                     struct table_cursor **ret_cursor);

/* On a table that is open already, whose count becomes the cursor's own on success (ddl_table_create). */
MUST_CHECK jet_err table_cursor_adopt(struct session *session, struct table *table, unsigned flags,
                                      struct table_cursor **ret_cursor);

/* Another one on the same table, for the same session or another of the instance; on the first record. */
MUST_CHECK jet_err table_cursor_dup(struct table_cursor *cursor, struct session *session,
                                    struct table_cursor **ret_cursor);

/* A prepared update is dropped. Takes NULL. */
void table_cursor_close(struct table_cursor *cursor);

struct table *table_cursor_table(const struct table_cursor *cursor);
struct session *table_cursor_session(const struct table_cursor *cursor);
unsigned table_cursor_flags(const struct table_cursor *cursor);

/* The level of the transaction in which it was opened: a rollback below it must close the cursor first. A commit lowers
 * it. */
unsigned table_cursor_level(const struct table_cursor *cursor);

/* The session commits its transaction, level 1 of it: an update that was not written takes its long values back, and is
 * dropped. Before the commit itself, which must not be if this fails (errors of a disk that fails: the update is still
 * prepared). */
MUST_CHECK jet_err table_cursor_committing(struct table_cursor *cursor);
void table_cursor_committed(struct table_cursor *cursor, unsigned level);

/* The session has rolled back to `level`: an update prepared or given long values above it is dropped, and those that
 * it had got by then are taken back. */
void table_cursor_rolled_back(struct table_cursor *cursor, unsigned level);

/* ---- the current index ---- */

enum { TABLE_INDEX_NAME_SIZE = 256 }; /* of a name with its end; longer ones are no index's */

/* Which index, and what becomes of the position. */
struct table_set_index {
    const char *name; /* NULL or "": the table's own order */
    uint32_t objid;   /* not 0: instead of the name */
    bool stays;       /* on its record, if that is in the index; else on the first entry */
    uint32_t itag;    /* stays: which value of the multi-valued column the entry is for */
};

/* Range and key are forgotten, and unless it `stays` a prepared update. JET_errIndexNotFound; `stays`:
 * JET_errNoCurrentRecord (it is on no record, or the record has no entry; the index is set), JET_errBadItagSequence. */
MUST_CHECK jet_err table_cursor_set_index(struct table_cursor *cursor, const struct table_set_index *set);

/* Its name; "": a table without primary index, in its own order. */
void table_cursor_index_name(struct table_cursor *cursor, char ret_name[TABLE_INDEX_NAME_SIZE]);

/* The entry of the secondary index that the cursor is on: its key, and the bookmark of the record. Borrowed until the
 * cursor is used again. JET_errNoCurrentIndex, JET_errNoCurrentRecord. */
struct table_entry {
    const uint8_t *key;
    size_t key_size;
    const uint8_t *bookmark;
    size_t bookmark_size;
};
MUST_CHECK jet_err table_cursor_entry(struct table_cursor *cursor, struct table_entry *ret_entry);

/* Onto that entry; the bookmark counts if the index is not unique. JET_errNoCurrentIndex, JET_errInvalidBookmark,
 * JET_errRecordDeleted (the cursor is where it was, for moves). */
MUST_CHECK jet_err table_cursor_goto_entry(struct table_cursor *cursor, const struct table_entry *entry);

/* ---- moving: a prepared update is dropped ---- */

enum { TABLE_MOVE_KEY_NOT_EQUAL = 0x1 }; /* JET_bitMoveKeyNE */

/* `rows`: JET_MoveFirst INT32_MIN, JET_MoveLast INT32_MAX, else so many records on (0: stay, check).
 * JET_errNoCurrentRecord, JET_errRecordDeleted (0 rows). */
MUST_CHECK jet_err table_cursor_move(struct table_cursor *cursor, int32_t rows, unsigned flags);

/* JET_MakeKey: flags are JET_bitNewKey 0x1, StrLimit 0x2, SubStrLimit 0x4, NormalizedKey 0x8, KeyDataZeroLength 0x10,
 * FullColumnStartLimit 0x100, FullColumnEndLimit 0x200, PartialColumnStartLimit 0x400, PartialColumnEndLimit 0x800.
 * JET_errKeyNotMade, JET_errKeyIsMade, JET_errInvalidGrbit, JET_errInvalidBufferSize, JET_errNoCurrentIndex. */
MUST_CHECK jet_err table_cursor_make_key(struct table_cursor *cursor, const void *data, size_t size, unsigned flags);

/* JET_bitSeekEQ 0x1, LT 0x2, LE 0x4, GE 0x8, GT 0x10; with SetIndexRange 0x20, CheckUniqueness 0x40.
 * JET_wrnSeekNotEqual (GE, LE), JET_wrnUniqueKey; JET_errRecordNotFound, JET_errKeyNotMade, JET_errInvalidGrbit. */
MUST_CHECK jet_err table_cursor_seek(struct table_cursor *cursor, unsigned flags);

/* JET_bitRangeInclusive 0x1, UpperLimit 0x2, InstantDuration 0x4, Remove 0x8. JET_errNoCurrentRecord: nothing is in the
 * range (and it is not set); JET_errKeyNotMade; JET_errInvalidParameter (Remove, and none is set). */
MUST_CHECK jet_err table_cursor_set_range(struct table_cursor *cursor, unsigned flags);
void table_cursor_reset_range(struct table_cursor *cursor);

/* Bytes of the key that was made (JET_bitRetrieveCopy), or of the record's key in the current index. JET_errKeyNotMade,
 * JET_errNoCurrentRecord. */
MUST_CHECK jet_err table_cursor_key(struct table_cursor *cursor, bool of_search, const uint8_t **ret_key,
                                    size_t *ret_size);

/* The bookmark of the record the cursor is on, borrowed until the cursor is used again. JET_errNoCurrentRecord. */
MUST_CHECK jet_err table_cursor_bookmark(struct table_cursor *cursor, const uint8_t **ret_bookmark, size_t *ret_size);

/* On a secondary index: to the entry of the first value. JET_errInvalidBookmark (empty), JET_errRecordDeleted,
 * JET_errNoCurrentRecord (the record has no entry; the cursor is on it, and before the first entry for moves). */
MUST_CHECK jet_err table_cursor_goto(struct table_cursor *cursor, const void *bookmark, size_t size);

/* JET_errSuccess if the cursor is on a record that the session sees: JET_errNoCurrentRecord, JET_errRecordDeleted. */
MUST_CHECK jet_err table_cursor_check(struct table_cursor *cursor);

/* Likewise, and nobody else is changing it: JET_errWriteConflict. Who has not moved is on none here
 * (JET_errNoCurrentRecord). */
MUST_CHECK jet_err table_cursor_examine(struct table_cursor *cursor);

/* Nobody else may change the record until the session's transaction ends, nor lock it if it is `for_write`.
 * JET_errNotInTransaction, JET_errNoCurrentRecord, JET_errWriteConflict ... */
MUST_CHECK jet_err table_cursor_lock(struct table_cursor *cursor, bool for_write);

/* Counts records from the current one to the end of the range, `max` at most (0: no limit). JET_errNoCurrentRecord; not
 * if it has not moved yet and there are no records: 0. */
MUST_CHECK jet_err table_cursor_count(struct table_cursor *cursor, uint64_t max, uint64_t *ret_count);

/* Calls `each` with the bookmark of the record of each entry of the current, secondary index, from the current one to
 * the end of the range, until it returns an error, which is returned. It may not use the cursor; where that is does not
 * change. The bytes are borrowed, and a page is latched: `each` copies. JET_errNoCurrentIndex,
 * JET_errNoCurrentRecord. */
MUST_CHECK jet_err table_cursor_each_bookmark(struct table_cursor *cursor,
                                              jet_err (*each)(void *context, const uint8_t *bookmark, size_t size),
                                              void *context);

/* Bytes of the longest key there can be in its current index. */
size_t table_cursor_key_most(struct table_cursor *cursor);

/* The object id of its current index, as of a secondary one; 0: the table's own order. */
uint32_t table_cursor_index_objid(const struct table_cursor *cursor);

/* Rough place of the record in the current index: so many of `total` are before it. */
MUST_CHECK jet_err table_cursor_estimate(struct table_cursor *cursor, uint64_t *ret_before, uint64_t *ret_total);

/* To a record roughly there; not to any in particular. JET_errNoCurrentRecord: there is none (or it is not in the
 * range, which is forgotten). */
MUST_CHECK jet_err table_cursor_goto_fraction(struct table_cursor *cursor, uint64_t before, uint64_t total);

/* What JetSetCursorFilter compares with, and how; by the numbers of JET_RELOP. */
enum table_relation {
    TABLE_EQUAL,
    TABLE_BEGINS_WITH, /* binary */
    TABLE_NOT_EQUAL,
    TABLE_LESS_OR_EQUAL,
    TABLE_LESS,
    TABLE_GREATER_OR_EQUAL,
    TABLE_GREATER,
    TABLE_BITS_ZERO, /* no bit of the value is set in the column; integers */
    TABLE_BITS_NOT_ZERO,
};

struct table_filter {
    uint32_t column;
    enum table_relation relation;
    const void *data; /* NULL: null, or empty */
    size_t size;
    bool is_empty; /* binary: the value of length zero */
};

/* From now on moves and seeks see only records that meet all conditions; 0: all records again. What there was before is
 * gone, also with an error. Not for bookmarks. JET_errFilteredMoveNotSupported (a secondary index is the current one; a
 * temporary table; a column of text or of a long type), JET_errInvalidParameter, JET_errColumnNotFound. While there is
 * a filter it is also what comes of: another current index, moves of 0 records, counts, positions. */
MUST_CHECK jet_err table_cursor_set_filter(struct table_cursor *cursor, const struct table_filter *conditions,
                                           size_t count);

/* Brings the pages of these keys of the current index into the cache: a hint. How many keys were looked for. */
MUST_CHECK jet_err table_cursor_preread(struct table_cursor *cursor, const void *const *keys, const uint32_t *sizes,
                                        size_t count, size_t *ret_done);

/* Keys of the current index, first and last; whole ones, or limits. */
struct table_key_range {
    const uint8_t *low, *high;
    size_t low_size, high_size;
};

/* The same for all keys of a range, `pages_max` leaves at most. `ret_pages`: leaves that the range has, up to that
 * many. */
MUST_CHECK jet_err table_cursor_preread_range(struct table_cursor *cursor, const struct table_key_range *range,
                                              uint32_t pages_max, uint32_t *ret_pages);

/* And for the values of these columns that lie outside the records of the range, in the table's own order;
 * `first_page`: their beginnings. */
MUST_CHECK jet_err table_cursor_preread_values(struct table_cursor *cursor, const struct table_key_range *range,
                                               const uint32_t *columns, size_t count, bool first_page);

/* ---- reading ---- */

enum table_retrieve_flag {
    TABLE_RETRIEVE_COPY = 0x1,          /* from the prepared update, if there is one */
    TABLE_RETRIEVE_FROM_INDEX = 0x2,    /* the value that gave the entry the cursor is on */
    TABLE_RETRIEVE_FROM_BOOKMARK = 0x4, /* of a column of the primary index */
    TABLE_RETRIEVE_TAG = 0x8,           /* which value was retrieved: for column 0 */
    TABLE_RETRIEVE_NULL = 0x10,
    TABLE_RETRIEVE_IGNORE_DEFAULT = 0x20,
    TABLE_RETRIEVE_LONG_ID = 0x40, /* instead of a value outside the record its id ... */
    TABLE_RETRIEVE_REFERENCES =
        0x80, /* ... or how many records have it: JET_wrnSeparateLongValue; of others JET_wrnColumnNull */
    TABLE_RETRIEVE_PAGE_NUMBER = 0x1000,    /* of the record */
    TABLE_RETRIEVE_PHYSICAL_SIZE = 0x10000, /* `actual` alone: bytes that are stored for the value */
    /* With FROM_INDEX: of a binary column the piece that is in the entry, of a text the whole value. */
    TABLE_RETRIEVE_TUPLE = 0x800,
    TABLE_RETRIEVE_AS_REFERENCE = 0x20000, /* of a value outside the record */
};

/* What one value is retrieved with, and what came of it. */
struct table_retrieve {
    uint32_t column; /* 0: the tagged columns of the record in turn, one value a call (itag counts them) */
    unsigned flags;  /* enum table_retrieve_flag */
    void *buffer;    /* may be NULL if size is 0 */
    size_t size;
    uint32_t offset;      /* ibLongValue */
    uint32_t itag;        /* itagSequence, from 1; 0: give the number of values in `actual_itag` */
    uint32_t actual;      /* bytes that there are from `offset` on */
    uint32_t actual_itag; /* itag 0: how many values */
    uint32_t column_next; /* column that the value is of */
    bool is_computed;     /* JET_wrnColumnNull: and its default is to be made by a function */
};

/* JET_errSuccess; JET_wrnColumnNull; JET_wrnBufferTruncated (`actual` says how much there is); JET_wrnColumnReference.
 * JET_errNoCurrentRecord, JET_errColumnNotFound (the index has no such column, too), JET_errInvalidGrbit,
 * JET_errBadColumnId, JET_errBadItagSequence ... */
MUST_CHECK jet_err table_cursor_retrieve(struct table_cursor *cursor, struct table_retrieve *retrieve);

enum table_size_flag {
    TABLE_SIZE_OF_COPY = 0x1,             /* the prepared update, if there is one */
    TABLE_SIZE_LOCAL = 0x4,               /* long values outside the record are counted, and not measured */
    TABLE_SIZE_INTRINSIC_PHYSICAL = 0x20, /* compressed values in the record: as they are stored */
    TABLE_SIZE_EXTRINSIC_LOGICAL = 0x40,  /* long values outside: their size alone */
};

/* What the record takes, in bytes (table_cursor_size.c); `stored`: what lies there, compressed or not. */
struct table_record_size {
    uint64_t data, stored, overhead, key;
    uint64_t long_value_data, long_value_stored, long_value_overhead; /* outside the record */
    uint64_t intrinsic_data, intrinsic_stored;                        /* of long types, in the record */
    uint32_t non_tagged, tagged, long_values, multi_values, intrinsic_values, compressed;
};
MUST_CHECK jet_err table_cursor_record_size(struct table_cursor *cursor, unsigned flags,
                                            struct table_record_size *ret_size);

/* ---- writing ---- */

enum table_prepare { /* JET_prep... */
                     TABLE_PREPARE_INSERT = 0,
                     TABLE_PREPARE_REPLACE = 2,
                     TABLE_PREPARE_CANCEL = 3,
                     TABLE_PREPARE_REPLACE_NO_LOCK = 4,
                     TABLE_PREPARE_INSERT_COPY = 5,
                     TABLE_PREPARE_INSERT_COPY_DELETE = 7,
                     TABLE_PREPARE_READ_ONLY_COPY = 8,
                     TABLE_PREPARE_INSERT_COPY_REPLACE_ORIGINAL = 9,
};

/* JET_errTransReadOnly, JET_errPermissionDenied (read-only cursor; a
 * system or derived table), JET_errDatabaseFileReadOnly,
 * JET_errNotInTransaction (outside one: READ_ONLY_COPY, and a copy of a record with long values outside it),
 * JET_errAlreadyPrepared, JET_errUpdateNotPrepared (CANCEL), JET_errNoCurrentRecord, JET_errWriteConflict,
 * JET_errInvalidParameter. */
MUST_CHECK jet_err table_cursor_prepare(struct table_cursor *cursor, enum table_prepare prepare);
bool table_cursor_is_prepared(const struct table_cursor *cursor);

/* What it inserts are rows of another database, as they are there: columns that the engine fills are set as well, and
 * one that must have a value may have none, because it came after the row. */
void table_cursor_copies_rows(struct table_cursor *cursor);

/* What table_cursor_update() would do now. */
enum table_pending {
    TABLE_PENDING_NOTHING,
    TABLE_PENDING_INSERT,
    TABLE_PENDING_MOVE, /* insert, and delete the original */
    TABLE_PENDING_REPLACE,
};
enum table_pending table_cursor_pending(const struct table_cursor *cursor);

enum table_set_flag {
    TABLE_SET_APPEND = 0x1,
    TABLE_SET_OVERWRITE = 0x4,
    TABLE_SET_SIZE = 0x8,
    TABLE_SET_ZERO_LENGTH = 0x20,
    TABLE_SET_SEPARATE = 0x40,
    TABLE_SET_UNIQUE = 0x80,
    TABLE_SET_UNIQUE_NORMALIZED = 0x100,
    TABLE_SET_REVERT_TO_DEFAULT = 0x200,
    TABLE_SET_INTRINSIC = 0x400,
    TABLE_SET_COMPRESS = 0x20000, /* long values; neither: as the column says */
    TABLE_SET_PLAIN = 0x10000,
};

struct table_set {
    uint32_t column;
    unsigned flags;   /* enum table_set_flag; others are ignored or refused by the caller */
    const void *data; /* NULL: null, unless ZERO_LENGTH or SIZE */
    size_t size;
    uint32_t offset; /* ibLongValue: OVERWRITE */
    uint32_t itag;   /* 0: a further value; n: the n-th, or a further one if there are fewer */
};

/* JET_errUpdateNotPrepared, JET_errColumnNotFound, JET_errBadColumnId, JET_errInvalidBufferSize, JET_errNullInvalid,
 * JET_errColumnTooBig, JET_errColumnNotUpdatable (auto-increment, version), JET_errMultiValuedDuplicate,
 * JET_errInvalidGrbit, JET_errRecordTooBig, JET_errNotInTransaction (a long value that has to lie outside the record is
 * set in a transaction only); JET_wrnColumnMaxTruncated is given for text and binary that is cut. */
MUST_CHECK jet_err table_cursor_set(struct table_cursor *cursor, const struct table_set *set);

/* Writes the update. Where the cursor is does not change; `ret_bookmark` (may be NULL) is that of the record, borrowed
 * until the cursor is used again. JET_errUpdateNotPrepared, JET_errKeyDuplicate, JET_errNullInvalid (a not-null
 * column), JET_errNullKeyDisallowed, JET_errRecordPrimaryChanged, JET_errWriteConflict, JET_errRecordTooBig; after an
 * error the update is still prepared. */
MUST_CHECK jet_err table_cursor_update(struct table_cursor *cursor, const uint8_t **ret_bookmark, size_t *ret_size);

/* A prepared update is dropped. JET_errNoCurrentRecord, JET_errAlreadyPrepared (it would delete the record itself),
 * JET_errPermissionDenied ... The cursor stays at its place. */
MUST_CHECK jet_err table_cursor_delete(struct table_cursor *cursor);

/* JetEscrowUpdate. `ret_before`: the number before; may be NULL. JET_errInvalidOperation (no escrow column),
 * JET_errInvalidBufferSize (`width` is not the column's), JET_errAlreadyPrepared. */
MUST_CHECK jet_err table_cursor_escrow(struct table_cursor *cursor, uint32_t column, unsigned width, int64_t delta,
                                       int64_t *ret_before);

#endif
