/* SPDX-License-Identifier: MIT */
/* jet_table.h - a table id: a cursor, and the session it belongs to.
 *
 * Entry points begin with jet_table_enter(), which claims the session, and end with jet_table_leave(). A table id is
 * only good with the session that opened it.
 */
#ifndef COLDSTREAM_JET_JET_TABLE_H
#define COLDSTREAM_JET_JET_TABLE_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "isam/table_cursor.h"
#include "isam/temporary.h"
#include "jet/esent.h"
#include "jet/jet_session.h"

/* Beside enum temporary_phase: it can be done to a table whose callback runs, too. */
enum { JET_TABLE_IN_CALLBACK = 0x100 };

struct jet_table {
    JET_TABLEID handle;
    struct jet_session *session;
    struct table_cursor *cursor;
    unsigned dbid;
    JET_LS local;                      /* JET_LSNil: none */
    JET_CALLBACK local_callback;       /* is told when it goes with the cursor */
    struct jet_table *next, *previous; /* of the session */
};

/* JET_errInvalidTableId; JET_errSesidTableIdMismatch: another session's; JET_errIllegalOperation: a temporary table, or
 * one whose callback runs; jet_session_enter()'s. */
MUST_CHECK jet_err jet_table_enter(JET_SESID sesid, JET_TABLEID tableid, struct jet_table **ret_table);

/* The same for what can be done to temporary tables, too, in these of their phases (enum temporary_phase), else it is
 * JET_errIllegalOperation; and JET_TABLE_IN_CALLBACK. */
MUST_CHECK jet_err jet_table_enter_any(JET_SESID sesid, JET_TABLEID tableid, unsigned phases,
                                       struct jet_table **ret_table);

/* An ordinary table of a session that is claimed already: the same errors. */
MUST_CHECK jet_err jet_table_of(struct jet_session *session, JET_TABLEID tableid, struct jet_table **ret_table);

/* Moves, seeks and ranges end the inserting into a sort. Its prepared update is dropped. */
MUST_CHECK jet_err jet_table_end_insert(struct jet_table *table);

/* What the table is a temporary one with; NULL: it is an ordinary one. */
struct temporary *jet_table_temporary(const struct jet_table *table);

/* Is it a sort that can only be read forward? */
bool jet_table_is_one_way(const struct jet_table *table);

/* The same for closing: see jet_session_enter_anyway(). */
MUST_CHECK jet_err jet_table_enter_anyway(JET_SESID sesid, JET_TABLEID tableid, struct jet_table **ret_table);
/* May records be changed through it? A table that was only named for a question is not for that. */
bool jet_table_is_updatable(const struct jet_table *table);

void jet_table_leave(struct jet_table *table);

/* A table id for a cursor of the session, which it then owns. On failure the cursor is closed. JET_errOutOfMemory. */
MUST_CHECK jet_err jet_table_new(struct jet_session *session, struct table_cursor *cursor, JET_TABLEID *ret_handle);

/* Closes the cursor and frees the table id; the session is claimed. */
void jet_table_close(struct jet_table *table);

/* Closes what the session has open in a database; `dbid` ENGINE_DATABASES: in all. */
void jet_tables_close(struct jet_session *session, unsigned dbid);

/* Before a commit of level 1, which an error forbids: takes long values back that no record refers to. After one of any
 * level: what is open stays. */
MUST_CHECK jet_err jet_tables_committing(struct jet_session *session);
void jet_tables_committed(struct jet_session *session);

/* Before a rollback to `level`: closes what was opened above it. After it: drops updates. */
void jet_tables_rolling_back(struct jet_session *session, unsigned level);
void jet_tables_rolled_back(struct jet_session *session);

#endif
