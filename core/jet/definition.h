/* SPDX-License-Identifier: MIT */
/* definition.h - definitions of columns, indexes and tables: from the API's flags to those of isam/ddl.h, and back.
 *
 * The structures here are the newest that the API has, with UTF-8 text; older ones are raised to them at the door
 * (api_table.inc).
 */
#ifndef COLDSTREAM_JET_DEFINITION_H
#define COLDSTREAM_JET_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "isam/ddl.h"
#include "jet/esent.h"
#include "jet/jet_table.h"

struct column_create {
    char *name;
    JET_COLTYP type;
    uint32_t size_max;
    JET_GRBIT grbit;
    const void *default_value;
    uint32_t default_size;
    bool has_function; /* JET_bitColumnUserDefinedDefault, and instead of a default: */
    char *function_name;
    const void *function_data;
    uint32_t function_size;
    uint32_t code_page;
    JET_COLUMNID *ret_id; /* in the client's structure */
    JET_ERR *ret_err;
};

struct condition_create {
    char *column;
    JET_GRBIT grbit; /* JET_bitIndexColumnMustBe... */
};

struct index_create {
    char *name;
    char *key; /* "+a\0-b\0\0" */
    size_t key_size;
    JET_GRBIT grbit;
    uint32_t density;
    uint32_t key_most;    /* 0: as the API did before it could be said */
    uint32_t segment_max; /* cbVarSegMac */
    uint32_t sort_flags;  /* of JET_bitIndexUnicode */
    char *locale;         /* NULL: none */
    bool has_limits;      /* JET_bitIndexTupleLimits, with these */
    JET_TUPLELIMITS limits;
    struct condition_create *conditions;
    size_t condition_count;
    JET_ERR *ret_err; /* in the client's structure */
};

struct table_create {
    char *name;
    char *template_name; /* NULL: none */
    uint32_t pages, density;
    JET_GRBIT grbit;
    struct column_create *columns;
    size_t column_count;
    struct index_create *indexes;
    size_t index_count;
};

void column_create_done(struct column_create *column);
void index_create_done(struct index_create *index);
void table_create_done(struct table_create *table);

/* Adds a column to the table of a cursor; `column->ret_id` is written. */
MUST_CHECK jet_err definition_add_column(struct jet_session *session, struct table *table,
                                         const struct column_create *column);

MUST_CHECK jet_err definition_create_index(struct session *session, struct table *table,
                                           const struct index_create *index);

/* A table with everything, or none of it: in a transaction of its own inside the session's. Opened exclusively. Each
 * column's and index's own error is written; `ret_created`: table, columns and indexes that were made before an
 * error. */
MUST_CHECK jet_err definition_create_table(struct jet_session *session, JET_DBID dbid, const struct table_create *table,
                                           JET_TABLEID *ret_tableid, uint32_t *ret_created);

/* A column, and an index, as the API describes them: JET_bitColumn..., JET_bitIndex... */
JET_GRBIT definition_column_grbit(const struct column *column, bool is_updatable);
JET_GRBIT definition_index_grbit(const struct index *index);

/* Does the session have this database open, and may it change its schema? JET_errInvalidDatabaseId,
 * JET_errPermissionDenied. */
MUST_CHECK jet_err definition_enter(JET_SESID sesid, JET_DBID dbid, struct jet_session **ret_session);

/* The same for a table id. */
MUST_CHECK jet_err definition_enter_table(JET_SESID sesid, JET_TABLEID tableid, struct jet_table **ret_table);

#endif
