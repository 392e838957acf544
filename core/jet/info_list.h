/* SPDX-License-Identifier: MIT */
/* info_list.h - answers that are temporary tables: all tables of a database, all columns or indexes of a table.
 *
 * The rows are in the order of the names (of ASCII, in either case). They cannot be sought by key, only walked, in both
 * directions: names in the W forms are Unicode text, whose keys are another matter.
 */
#ifndef COLDSTREAM_JET_INFO_LIST_H
#define COLDSTREAM_JET_INFO_LIST_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

/* Whose columns or indexes: an open table, or one of a database by its name. */
struct info_table {
    JET_TABLEID tableid; /* JET_tableidNil: the other two count */
    JET_DBID dbid;
    const char *name; /* UTF-8 */
};

/* `is_wide`: names are UTF-16, else bytes. The session closes the table of the answer. JET_errInvalidParameter: `size`
 * is too small for the answer's structure, or no name; errors of isam/temporary.h. */

/* JetGetObjectInfo of all of a type. */
MUST_CHECK jet_err info_list_objects(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP type, bool is_wide, void *result,
                                     uint32_t size);

/* JetGetColumnInfo, JetGetTableColumnInfo; `grbit`: JET_ColInfoGrbitMinimalInfo, ...SortByColumnid. */
MUST_CHECK jet_err info_list_columns(JET_SESID sesid, const struct info_table *table, JET_GRBIT grbit, bool is_wide,
                                     void *result, uint32_t size);

/* JetGetIndexInfo, JetGetTableIndexInfo; a row for each column of a key. `index` NULL or "": all. JET_errIndexNotFound;
 * JET_wrnBufferTruncated: the structure may be the one of old programs, without its last field, but not smaller. */
MUST_CHECK jet_err info_list_indexes(JET_SESID sesid, const struct info_table *table, const char *index, bool is_wide,
                                     void *result, uint32_t size);

#endif
