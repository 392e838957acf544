/* SPDX-License-Identifier: MIT */
/* temporary.h - temporary tables: tables of one session, which are gone when it has closed them.
 *
 * They lie in a database of their own, ENGINE_DBID_TEMPORARY, with a catalogue like any other: it is made when it is
 * first needed, not logged, in no checkpoint, in no backup, and its file is removed when the engine stops. What a crash
 * leaves of it nobody opens: the next one overwrites it.
 *
 * Making a table and dropping it are transactions of the engine's own: a rollback of the session takes its records
 * back, not the table, and closing it gives its space back when no snapshot can see it any more. One at a time makes or
 * drops one.
 *
 * A table that was asked for with a key and without long values is a sort first:
 *
 *      TEMPORARY_INSERTING     records come; one whose key is there already is dropped without a word
 *      TEMPORARY_RETRIEVING    from the first move or seek on: records can be read
 *      TEMPORARY_TABLE         the same for one that can be updated, and for all others from the start: a table
 *
 * What each of them permits is the caller's business (jet/jet_table.h).
 *
 * A sort that is read forward only, and was not asked for unique keys, keeps equal ones, in the order in which they
 * came: its records are numbered, and read by an index that is not unique. A table that can be updated but was not
 * asked for an index has numbered records too, in the order that the sort had.
 */
#ifndef COLDSTREAM_ISAM_TEMPORARY_H
#define COLDSTREAM_ISAM_TEMPORARY_H

#include "isam/ddl.h"
#include "isam/table_cursor.h"

/* Flags are those of the API, by number. */
enum temporary_flag {
    TEMPORARY_INDEXED = 0x1,
    TEMPORARY_UNIQUE = 0x2,
    TEMPORARY_UPDATABLE = 0x4,
    TEMPORARY_SCROLLABLE = 0x8,
    TEMPORARY_NULLS_HIGH = 0x10,
    TEMPORARY_MATERIALIZED = 0x20, /* a table from the start: a second record with a key is an error */
    TEMPORARY_FORWARD_ONLY = 0x40,
    TEMPORARY_INTRINSIC_ONLY = 0x80, /* long values stay in the record */
    TEMPORARY_DOTNET_GUID = 0x100,
};

enum temporary_phase {
    TEMPORARY_INSERTING = 0x1,
    TEMPORARY_RETRIEVING = 0x2,
    TEMPORARY_TABLE = 0x4,
};

/* What a table that is one has beyond others; struct table owns it. Used by its session alone. */
struct temporary {
    unsigned flags; /* enum temporary_flag */
    enum temporary_phase phase;
    uint32_t records; /* that came while it was inserting, those dropped not counted */
};

struct temporary_column {
    uint32_t type;      /* enum column_type */
    uint32_t size_max;  /* 0, or more than text and binary can have: the most there is */
    uint32_t code_page; /* text: 1200 or 1252; 0 is 1252 */
    bool is_fixed, is_tagged;
    bool is_key, is_descending; /* the first TABLE_KEY_SEGMENTS_MAX of them are the key */
};

struct temporary_definition {
    const struct temporary_column *columns;
    size_t column_count;
    unsigned flags;      /* enum temporary_flag */
    uint32_t key_most;   /* 0: 255; at least that */
    uint32_t key_column; /* most bytes of one column in the key; 0: no limit */
    uint32_t sort_flags; /* 0: default */
    const char *locale;  /* NULL: the default */
};

/* A new table, and the only cursor on it, before the first record; `ret_columns` has room for the ids.
 * table_cursor_close() of the last cursor drops the table. JET_errTooManySorts (as many as
 * JET_paramMaxTemporaryTables), JET_errInvalidParameter (limits of the key), JET_errCannotMaterializeForwardOnlySort,
 * JET_errTempPathInUse (the file is an attached database), those of ddl_column_add() and ddl_index_create(),
 * JET_errDiskFull ... */
MUST_CHECK jet_err temporary_open(struct session *session, const struct temporary_definition *definition,
                                  uint32_t *ret_columns, struct table_cursor **ret_cursor);

/* No record comes any more: see the phases. The cursor is the only one on the table, and has no prepared update; it is
 * before the first record then, possibly of another table, with another object behind `*cursor`. Nothing is done if it
 * is not TEMPORARY_INSERTING. */
MUST_CHECK jet_err temporary_end_insert(struct table_cursor **cursor);

/* The table of a cursor is complete: from now on it is TEMPORARY_RETRIEVING, whatever it was. For tables that are
 * answers. */
void temporary_seal(struct table_cursor *cursor);

/* The table has lost a cursor; if it was the last, it is dropped. */
void temporary_closed(struct table *table);

/* The engine stops, its databases are closed: the file goes. */
void temporary_remove_file(const struct engine *engine);

#endif
