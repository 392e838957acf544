/* SPDX-License-Identifier: MIT */
/* table_open.h - tables by name: what the A and W forms have in common. Names are UTF-8. */
#ifndef COLDSTREAM_JET_TABLE_OPEN_H
#define COLDSTREAM_JET_TABLE_OPEN_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

/* JetOpenTable. */
MUST_CHECK jet_err table_open_named(JET_SESID sesid, JET_DBID dbid, const char *name, JET_GRBIT grbit,
                                    JET_TABLEID *ret_tableid);

/* JetSetCurrentIndex: `name` NULL or "" is the primary index; `id` (may be NULL) counts instead of it. To the first
 * entry, unless JET_bitNoMove. JET_errIndexNotFound, JET_errInvalidIndexId. */
MUST_CHECK jet_err table_set_index_named(JET_SESID sesid, JET_TABLEID tableid, const char *name, const JET_INDEXID *id,
                                         JET_GRBIT grbit, uint32_t itag);

/* The name of the current index, "" if there is none: a new string for free(). */
MUST_CHECK jet_err table_index_name(JET_SESID sesid, JET_TABLEID tableid, char **ret_name);

/* --- information: api_info.inc ---------------------------------------------------------------------------------------- */

/* A column, copied out of the schema. */
struct column_description {
    JET_COLUMNDEF definition;
    char table[256];
    char name[256];
};

/* By name, or if `by_id` by number; of an open table, or of one that is named. JET_errColumnNotFound. */
MUST_CHECK jet_err column_describe(JET_SESID sesid, JET_TABLEID tableid, const char *name, bool by_id, JET_COLUMNID id,
                                   struct column_description *ret_column);
MUST_CHECK jet_err column_describe_named(JET_SESID sesid, JET_DBID dbid, const char *name, const char *column,
                                         bool by_id, JET_COLUMNID id, struct column_description *ret_column);

/* Levels of JetGetTableInfo. `ret_text` is set, for free(), if the level is a text, else NULL. */
MUST_CHECK jet_err table_info_get(JET_SESID sesid, JET_TABLEID tableid, uint32_t level, void *result, uint32_t size,
                                  char **ret_text);

/* JetGetObjectInfo of one object. JET_errObjectNotFound. */
MUST_CHECK jet_err object_info_get(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP type, const char *name, void *result,
                                   uint32_t size);

#endif
