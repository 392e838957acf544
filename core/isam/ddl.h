/* SPDX-License-Identifier: MIT */
/* ddl.h - changing the schema: tables, columns, indexes.
 *
 * Everything happens in the session's transaction (at level 0 in one of its own) and is undone with it: catalogue
 * records are records; trees are made at once, and deleted when the transaction that made them is rolled back, or when
 * the one that deletes them is committed and nobody can see them any more.
 *
 * Text of code page 1200 in keys is ordered as isam/text_order.h says; all other text by its bytes, upper-cased.
 */
#ifndef COLDSTREAM_ISAM_DDL_H
#define COLDSTREAM_ISAM_DDL_H

#include "isam/table.h"

/* What a name of a table, column or index may be: 1 to 64 characters of ASCII without control characters, '!', '.',
 * '[', ']', and without a space in front. JET_errInvalidName. */
MUST_CHECK jet_err ddl_check_name(const char *name);

struct ddl_table {
    const char *name;
    uint32_t pages;   /* first extent; 0: one */
    uint32_t density; /* percent, 20 to 100; 0: 80 */
    uint32_t flags;   /* TABLE_FLAG_...; FIXED_DDL holds from ddl_table_fix() on */
};

/* A new table without columns. JET_errTableDuplicate, JET_errInvalidName, JET_errDensityInvalid, JET_errTransReadOnly,
 * JET_errDatabaseFileReadOnly ... The table is open for the caller. */
MUST_CHECK jet_err ddl_table_create(struct session *session, unsigned dbid, const struct ddl_table *definition,
                                    struct table **ret_table);

/* A new, empty table gets the columns of another one, with the ids that they have there, and its indexes.
 * JET_errDDLNotInheritable: that one's definition is not fixed, or has what cannot be made again; those of
 * ddl_column_add() and ddl_index_create(). */
MUST_CHECK jet_err ddl_table_inherit(struct session *session, struct table *table, const struct table *from);

/* What belongs to a table with TABLE_FLAG_FIXED_DDL has been added: nothing more will be. Before its transaction
 * ends. */
void ddl_table_fix(struct table *table);

/* JET_errObjectNotFound, JET_errTableInUse (cursors are open), JET_errCannotDeleteSystemTable. */
MUST_CHECK jet_err ddl_table_delete(struct session *session, unsigned dbid, const char *name);

/* JET_errObjectNotFound, JET_errTableDuplicate, JET_errInvalidName. */
MUST_CHECK jet_err ddl_table_rename(struct session *session, unsigned dbid, const char *name, const char *new_name);

enum ddl_column_place {
    DDL_COLUMN_AUTOMATIC, /* text and binary: variable; long types: tagged; others: fixed */
    DDL_COLUMN_FIXED,
    DDL_COLUMN_TAGGED,
};

struct ddl_column {
    const char *name;
    uint32_t type;  /* enum column_type */
    uint32_t flags; /* enum column_flag; DEFAULT is set by itself */
    enum ddl_column_place place;
    uint32_t code_page; /* text: 1200 or 1252; 0 is 1252 */
    uint32_t size_max;  /* 0: the most that the type allows */
    const void *default_value;
    size_t default_size; /* 0: none */
    /* USER_DEFINED_DEFAULT: "module!function", and what it is given. They must fit a record of the catalogue. */
    const char *function_name;
    const void *function_data;
    size_t function_data_size;
};

/* The definition of a column like this one; it borrows from it. */
struct ddl_column ddl_column_of(const struct column *column);

/* JET_errColumnDuplicate, JET_errInvalidName, JET_errInvalidColumnType, JET_errInvalidCodePage, JET_errTooManyColumns,
 * JET_errColumnTooBig, JET_errRecordTooBig (fixed columns), JET_errColumnRedundant (a second version or auto-increment
 * column), JET_errInvalidGrbit (flags that do not go together), JET_errDefaultValueTooBig, JET_errNullInvalid,
 * JET_errFixedDDL, JET_errTransReadOnly. */
MUST_CHECK jet_err ddl_column_add(struct session *session, struct table *table, const struct ddl_column *definition,
                                  uint32_t *ret_id);

/* JET_errColumnNotFound, JET_errColumnInUse (an index has it), JET_errFixedDDL. */
MUST_CHECK jet_err ddl_column_delete(struct session *session, struct table *table, const char *name);
MUST_CHECK jet_err ddl_column_rename(struct session *session, struct table *table, const char *name,
                                     const char *new_name);

/* Of a column that has rows already or not; stored in the catalogue. JET_errColumnNotFound, JET_errColumnInUse (an
 * index has it), JET_errInvalidBufferSize ... */
MUST_CHECK jet_err ddl_column_set_default(struct session *session, struct table *table, const char *name,
                                          const void *value, size_t size);

/* The longest value there may be, 0: the most that the type allows; never less than before. JET_errColumnNotFound,
 * JET_errInvalidParameter (less, a fixed column, a type whose values all have one size), JET_errWriteConflict. */
MUST_CHECK jet_err ddl_column_set_size_max(struct session *session, struct table *table, const char *name,
                                           uint32_t size_max);

struct ddl_index {
    const char *name;
    uint32_t
        flags; /* enum index_flag of what the caller decides: UNIQUE, PRIMARY, the null rules, DISALLOW_TRUNCATION ... */
    uint32_t density;                     /* 0: the table's */
    const struct index_segment *segments; /* by column id */
    unsigned segment_count;
    const struct index_condition *conditions; /* of a secondary index */
    unsigned condition_count;
    uint16_t key_most; /* 0: 255 */
    uint16_t segment_max;
    bool has_tuples;
    struct index_tuples tuples; /* length_max 0: the engine's default */
    uint32_t sort_flags;        /* 0: the engine's default */
    const char *locale;         /* "": the order of no language; NULL: the engine's default */
};

/* The primary index of an empty table, or a secondary one, with the entries of all records. As long as it is not
 * committed, changes of the table's records by others are JET_errWriteConflict; so is making it while others have open
 * changes of the table, or newer ones. JET_errIndexDuplicate, JET_errIndexHasPrimary, JET_errIndexInvalidDef,
 * JET_errInvalidName, JET_errIndexTuplesSecondaryIndexOnly, JET_errIndexTuplesNonUniqueOnly,
 * JET_errIndexTuplesVarSegMacNotAllowed, JET_errIndexTuplesInvalidLimits, JET_errIndexTuplesTextBinaryColumnsOnly,
 * JET_errColumnNotFound, JET_errTableNotEmpty (a primary one), JET_errDensityInvalid, JET_errCannotIndex,
 * JET_errInvalidLanguageId, JET_errInvalidLCMapStringFlags and what else text_order_check() says, JET_errKeyDuplicate,
 * JET_errNullKeyDisallowed, JET_errKeyTruncated (records that are there), JET_errWriteConflict. */
MUST_CHECK jet_err ddl_index_create(struct session *session, struct table *table, const struct ddl_index *definition);

/* Others keep it up to date until this is committed. JET_errIndexNotFound, JET_errIndexMustStay (the primary one),
 * JET_errIndexInUse (it is the current index of a cursor), JET_errFixedDDL, JET_errWriteConflict. */
MUST_CHECK jet_err ddl_index_delete(struct session *session, struct table *table, const char *name);

/* How full its pages are made from now on, in percent; `name` NULL: the table's own order. JET_errIndexNotFound,
 * JET_errDensityInvalid, JET_errWriteConflict. */
MUST_CHECK jet_err ddl_index_set_density(struct session *session, struct table *table, const char *name,
                                         uint32_t density);

/* ---- listing ---- */

/* Calls `each` for the name of every table of the catalogue that the session sees, in order of the name, system tables
 * too; until it returns an error, which is returned. */
MUST_CHECK jet_err ddl_tables(struct session *session, unsigned dbid,
                              jet_err (*each)(void *context, const char *name, objid_t objid, uint32_t flags),
                              void *context);

#endif
