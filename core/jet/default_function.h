/* SPDX-License-Identifier: MIT */
/* default_function.h - functions of the application that make the default of a column: found by their name, and called.
 *
 * Only with JET_paramEnablePersistedCallbacks, which is on unless it was switched off: what a database names is loaded
 * into the process (os/os_library.h). Without it, such a column can be made, and its default is JET_errCallbackFailed.
 */
#ifndef COLDSTREAM_JET_DEFAULT_FUNCTION_H
#define COLDSTREAM_JET_DEFAULT_FUNCTION_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "isam/table_cursor.h"
#include "jet/jet_table.h"

/* May a column name this function? JET_errInvalidParameter: it is no "module!function"; JET_errCallbackNotResolved. */
MUST_CHECK jet_err default_function_check(const struct jet_session *session, const char *name);

/* Makes the value that `retrieve`, which was told that it is computed, asks for. The function may read the record, and
 * gets what the caller reads: the prepared update or the record itself. Its error is the result; JET_errCallbackFailed,
 * JET_errCallbackNotResolved. */
MUST_CHECK jet_err default_function_call(struct jet_table *table, struct table_retrieve *retrieve);

#endif
