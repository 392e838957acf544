/* SPDX-License-Identifier: MIT */
/* table.h - a table of an attached database: its columns, indexes and trees, as all sessions share them.
 *
 * table_open() reads the catalogue once; who asks again gets the same object, counted. Changes of the schema (ddl.h)
 * change the object, under `latch` held exclusively, when they change the catalogue; everybody else who looks at
 * columns or indexes holds it shared, for a short time.
 *
 * Changes of open transactions. A column or index that a transaction has made is seen by its session alone until the
 * commit (`owner`); one that it has deleted is gone for its session alone. Rolling back takes both away. (Its catalogue
 * records are versioned like all records, so a session that reads the catalogue sees the same.)
 *
 * Names are compared without regard to the case of ASCII letters, as the catalogue's own keys do.
 */
#ifndef COLDSTREAM_ISAM_TABLE_H
#define COLDSTREAM_ISAM_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "isam/engine.h"
#include "isam/long_value.h"
#include "isam/record_edit.h"
#include "isam/table_handler.h"
#include "isam/text_order.h"
#include "storage/latch.h"

struct session;
struct temporary;
struct tree;

enum {
    TABLE_NAME_MAX = 64,         /* characters */
    TABLE_FIXED_SIZE_MAX = 4096, /* bytes of all fixed columns; a page sets a lower limit */
    TABLE_TAGGED_LAST = 0xFEE0,
    TABLE_KEY_SEGMENTS_MAX = 16,
    TABLE_INDEX_KEY_MOST = 255, /* KeyMost of an index that does not say */
    TABLE_DEFAULT_MAX = 255,    /* bytes of a default value */
    TABLE_TUPLE_LENGTH_MIN = 2, /* characters of a piece that is a key */
    TABLE_TUPLE_LENGTH_MAX = 255,
    TABLE_TUPLES_MAX = 0x7FFF, /* pieces of one value */
};

/* Types of columns, by their numbers in catalogue and API. */
enum column_type {
    COLUMN_NIL = 0, /* deleted */
    COLUMN_BIT = 1,
    COLUMN_UNSIGNED_BYTE,
    COLUMN_SHORT,
    COLUMN_LONG,
    COLUMN_CURRENCY,
    COLUMN_SINGLE,
    COLUMN_DOUBLE,
    COLUMN_DATE_TIME,
    COLUMN_BINARY,
    COLUMN_TEXT,
    COLUMN_LONG_BINARY,
    COLUMN_LONG_TEXT,
    COLUMN_SLV,
    COLUMN_UNSIGNED_LONG,
    COLUMN_LONG_LONG,
    COLUMN_GUID,
    COLUMN_UNSIGNED_SHORT,
    COLUMN_UNSIGNED_LONG_LONG,
    COLUMN_TYPES,
};

/* Flags of a column record in the catalogue. */
enum column_flag {
    COLUMN_NOT_NULL = 0x1,
    COLUMN_VERSION = 0x2,
    COLUMN_AUTO_INCREMENT = 0x4,
    COLUMN_MULTI_VALUED = 0x8,
    COLUMN_DEFAULT = 0x10,
    COLUMN_ESCROW = 0x20,
    COLUMN_FINALIZE = 0x40,
    COLUMN_USER_DEFINED_DEFAULT = 0x80,
    COLUMN_DELETE_ON_ZERO = 0x200,
    COLUMN_PLACEHOLDER = 0x800,
    COLUMN_COMPRESSED = 0x1000,
    COLUMN_ENCRYPTED = 0x2000,
};

/* Flags of an index record: the low half as fidb, the high half as idx flags. */
enum index_flag {
    INDEX_UNIQUE = 0x1,
    INDEX_ALLOW_ALL_NULLS = 0x2,
    INDEX_ALLOW_FIRST_NULL = 0x4,
    INDEX_ALLOW_SOME_NULLS = 0x8,
    INDEX_NO_NULL_SEGMENT = 0x10,
    INDEX_PRIMARY = 0x20,
    INDEX_LOCALE_SET = 0x40,
    INDEX_MULTI_VALUED = 0x80,
    INDEX_LOCALIZED_TEXT = 0x400,
    INDEX_NULLS_HIGH = 0x800,
    INDEX_CROSS_PRODUCT = 0x2000,
    INDEX_DISALLOW_TRUNCATION = 0x4000,
    INDEX_NESTED_TABLE = 0x8000,
    INDEX_EXTENDED_COLUMNS = 0x10000, /* always set */
    INDEX_DOTNET_GUID = 0x20000,
    INDEX_DEFERRED_POPULATE = 0x40000,
};

/* Flags of the table record. Columns of a derived table are another table's; it can be read in part, and not
 * changed. */
#define TABLE_FLAG_SYSTEM    0x80000000u
#define TABLE_FLAG_FIXED_DDL 0x40000000u
#define TABLE_FLAG_TEMPLATE  0x20000000u
#define TABLE_FLAG_DERIVED   0x10000000u

struct column {
    char *name; /* code page 1252 as it is in the catalogue; ASCII for all that we make */
    uint32_t id;
    enum column_type type;
    uint32_t size_max; /* fixed columns: size; else the most bytes of a value, 0: no limit of its own */
    uint32_t flags;    /* enum column_flag */
    uint16_t code_page;
    uint16_t record_offset; /* fixed columns */
    uint8_t *default_value; /* NULL: none */
    uint16_t default_size;
    struct column_function *function; /* makes the default (COLUMN_USER_DEFINED_DEFAULT); NULL: none, or not known */
    const struct session *owner;      /* its transaction has made it, and is open; NULL: everybody's */
    const struct session *deleted_by; /* its transaction has deleted it, and is open */
};

struct index_segment {
    uint32_t column;
    bool is_descending;
};

/* A record is in the index only if the column is null, or only if it is not. */
struct index_condition {
    uint32_t column;
    bool must_be_null;
};

/* As of the last time that somebody had it counted (isam/table_statistics.h); zeros: nobody has. */
struct index_statistics {
    uint32_t entries, keys, pages;
};

struct index {
    char *name;
    objid_t objid;
    pgno_t fdp;
    uint32_t flags; /* enum index_flag */
    uint32_t density;
    uint16_t key_most;
    uint16_t segment_max; /* JET_INDEXCREATE.cbVarSegMac; 0: none */
    struct index_segment segments[TABLE_KEY_SEGMENTS_MAX];
    unsigned segment_count;
    struct index_condition conditions[TABLE_KEY_SEGMENTS_MAX];
    unsigned condition_count;
    struct index_statistics statistics;       /* guarded by the table's latch */
    struct index_tuples tuples;               /* length_max 0: none */
    uint32_t sort_flags;                      /* LCMapFlags */
    char *locale;                             /* "en-US"; "": no language; NULL: none is named */
    struct text_order order;                  /* of Unicode text in the key */
    bool is_foreign;                          /* of a kind whose keys are not made here: its table is not changed */
    struct tree *tree;                        /* of a secondary index */
    const struct session *owner, *deleted_by; /* as for a column */
    _Atomic bool is_new;    /* there may be snapshots from before it, which do not see it (table_index_is_seen) */
    uint32_t new_until;     /* ... as long as one of them is older than this number; 0: not committed yet */
    bool is_taken_over;     /* deleted, and then the whole table by the same transaction */
    bool is_gone;           /* deleted for good, or its making was rolled back */
    _Atomic bool is_rest;   /* ... and its tree, too: only the object is left */
    _Atomic unsigned users; /* cursors whose current index it is; they come only while the latch is held shared */
};

struct table {
    struct engine *engine;
    struct database *db;
    unsigned dbid;
    objid_t objid;
    pgno_t fdp;
    struct tree *tree;

    struct latch latch; /* name, columns, indexes, layout */
    char *name;
    uint32_t flags;
    uint32_t density;
    uint32_t pages;          /* asked for when it was made */
    struct column **columns; /* ascending by id; the objects stay where they are as long as the table is open */
    size_t column_count;
    struct column **by_name; /* the same, ascending by folded name */
    struct index **indexes;  /* the primary index first, if there is one */
    size_t index_count;
    struct record_layout layout;
    size_t record_size_max;
    struct index_statistics statistics; /* of the table's own order */

    struct os_mutex *long_values_lock; /* LOCK_RANK_SCHEMA: making the LV tree */
    _Atomic bool has_long_values;      /* `long_values` is valid */
    objid_t long_values_objid;
    pgno_t long_values_fdp;
    struct tree *long_values_tree;
    struct long_values long_values;
    uint32_t chunk_size;         /* LVChunkMax; 0: default */
    bool keeps_intrinsic;        /* long values stay in the record */
    struct temporary *temporary; /* isam/temporary.h; NULL: an ordinary table */

    struct column *auto_increment; /* NULL: none */
    _Atomic int64_t auto_increment_last;
    _Atomic uint32_t record_number_last; /* tables without a primary index: last key given out */
    struct column *version;              /* NULL: none */
    bool needs_tagged;                   /* a tagged column may not be null */

    struct table_handler *_Atomic handlers; /* isam/table_handler.h */
    struct table_local local;               /* guarded by the latch */

    /* Guarded by the lock of the database's schema cache. */
    unsigned users;
    unsigned deny_read, deny_write; /* cursors that keep others out */
    unsigned readers, writers;      /* cursors that were opened to read, to read and write */
    bool is_deleted;                /* by an open transaction, or for good */
    bool is_stale;                  /* made by a transaction that was rolled back */
    const struct session *owner;    /* the transaction that made it */
    struct table *next;
};

/* The table of that name, as the session sees the catalogue. JET_errObjectNotFound, JET_errInvalidName,
 * JET_errTableLocked (deleted by an open transaction of another session); errors of dir.h; JET_errCatalogCorrupted. The
 * caller closes. */
MUST_CHECK jet_err table_open(struct session *session, unsigned dbid, const char *name, struct table **ret_table);
MUST_CHECK jet_err table_open_by_objid(struct session *session, unsigned dbid, objid_t objid, struct table **ret_table);

/* Takes NULL. */
void table_close(struct table *table);

/* ASCII letters are alike in both cases; like strcmp(). */
int table_name_compare(const char *a, const char *b);

/* The latch is held shared; the session's view. NULL: none. */
struct column *table_column_by_name(const struct table *table, const struct session *session, const char *name);
struct column *table_column_by_id(const struct table *table, const struct session *session, uint32_t id);

/* The same, whoever may see it. */
struct column *table_column_stored(const struct table *table, uint32_t id);
struct index *table_index_by_name(const struct table *table, const struct session *session, const char *name);

/* Is it there for the session: made by its transaction or a committed one, and not deleted by it? (Of an index that
 * another session deletes this is true until the commit.) */
static inline bool index_is_visible(const struct index *index, const struct session *session)
{
    return !index->is_gone && (!index->owner || index->owner == session) && index->deleted_by != session;
}

/* May a record that the session changes have an entry in it, or lose one? */
static inline bool index_is_maintained(const struct index *index, const struct session *session)
{
    return !(index->flags & INDEX_PRIMARY) && !index->is_gone && index->deleted_by != session;
}

/* Is the column in a key or condition of an index that the session sees? */
bool table_column_is_indexed(const struct table *table, const struct session *session, uint32_t id);

/* An index that is new holds what was there when it was made: whoever looks from before that must not use it.
 * JET_errIndexNotFound; errors of dir.h. The latch is held shared. */
MUST_CHECK jet_err table_index_is_seen(struct session *session, const struct table *table, struct index *index);

/* Has it a column whose default is made by a function, that the session sees? The latch is held shared. */
bool table_has_computed(const struct table *table, const struct session *session);

/* NULL: records are numbered. */
struct index *table_primary_index(const struct table *table);

static inline bool column_is_visible(const struct column *column, const struct session *session)
{
    return column->type != COLUMN_NIL && (!column->owner || column->owner == session) && column->deleted_by != session;
}

static inline bool column_is_fixed(const struct column *column)
{
    return column->id <= RECORD_FIXED_LAST;
}

static inline bool column_is_variable(const struct column *column)
{
    return column->id >= RECORD_VARIABLE_FIRST && column->id <= RECORD_VARIABLE_LAST;
}

/* Its default is made by a function. */
static inline bool column_is_computed(const struct column *column)
{
    return (column->flags & COLUMN_USER_DEFINED_DEFAULT) != 0;
}

static inline bool column_is_tagged(const struct column *column)
{
    return column->id >= RECORD_TAGGED_FIRST;
}

static inline bool column_type_is_long(enum column_type type)
{
    return type == COLUMN_LONG_BINARY || type == COLUMN_LONG_TEXT;
}

static inline bool column_type_is_text(enum column_type type)
{
    return type == COLUMN_TEXT || type == COLUMN_LONG_TEXT;
}

/* Bytes of a value of a type whose values all have one size; 0: any. */
uint32_t column_type_size(enum column_type type);

/* The long values of the table; the tree is made when it is first needed, in a transaction of its own (it stays when
 * the session's is rolled back). */
MUST_CHECK jet_err table_long_values(struct session *session, struct table *table, struct long_values **ret_values);

/* ---- the schema cache of a database ---- */

struct schema_cache;

/* An empty cache for an attached database, put into engine->databases[dbid].schemas by the caller. */
MUST_CHECK jet_err schema_cache_new(struct engine *engine, unsigned dbid, struct schema_cache **ret_cache);

/* Closes the trees of all tables. JET_errDatabaseInUse: a table is open. */
MUST_CHECK jet_err schema_cache_free(struct schema_cache *cache);

/* The same at the end of an engine, when nobody will use or close a table any more. Takes NULL. */
void schema_cache_discard(struct schema_cache *cache);

#endif
