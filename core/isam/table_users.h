/* SPDX-License-Identifier: MIT */
/* table_users.h - who has a table open, and keeps whom out: the counts of a table object.
 *
 * A cursor that denies reading keeps out all others; one that denies writing keeps out those that may write. Flags are
 * enum table_open_flag of table_cursor.h.
 */
#ifndef COLDSTREAM_ISAM_TABLE_USERS_H
#define COLDSTREAM_ISAM_TABLE_USERS_H

#include "isam/table.h"

/* JET_errTableInUse (it wants to keep out somebody who is there), JET_errTableLocked (it is kept out),
 * JET_errInvalidGrbit (updatable and read-only). */
MUST_CHECK jet_err table_users_enter(struct table *table, unsigned flags);
void table_users_leave(struct table *table, unsigned flags);

/* One more user of the object (table_close() gives it back). */
void table_users_hold(struct table *table);

/* Cursors on the table. */
unsigned table_users_count(struct table *table);

#endif
