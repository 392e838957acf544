/* SPDX-License-Identifier: MIT */
/* callback.h - functions that an application has registered for the changes of a table (JetRegisterCallback), and when
 * they run.
 *
 * A function before a change runs in the transaction of the change: its error is the result of the call, and what it
 * did is taken back with it. One after a change runs when the change is done; what it returns does not matter. The
 * newest registered comes first; an error ends the row.
 */
#ifndef COLDSTREAM_JET_CALLBACK_H
#define COLDSTREAM_JET_CALLBACK_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/jet_table.h"

/* JetUpdate and JetDelete with what is registered for them. Errors of the functions, and of table_cursor_update() and
 * table_cursor_delete(). The session is claimed. */
MUST_CHECK jet_err callback_update(struct jet_table *table, const uint8_t **ret_bookmark, size_t *ret_size);
MUST_CHECK jet_err callback_delete(struct jet_table *table);

#endif
