/* SPDX-License-Identifier: MIT */
/* table_handler.h - what an application hangs on a table that is open: functions that are told of changes, and a value
 * of its own.
 *
 * They belong to the table object, which all sessions share, and go with it; nothing of it is on disk. What the
 * functions are is known to who registers them: here they are kept. A handler that was taken away stays in the list,
 * silent, because somebody may be walking it.
 */
#ifndef COLDSTREAM_ISAM_TABLE_HANDLER_H
#define COLDSTREAM_ISAM_TABLE_HANDLER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct table;

typedef void (*table_function)(void); /* of another type in truth */

struct table_handler {
    _Atomic uint32_t events; /* bits; 0: taken away */
    uint32_t id;             /* from 1 */
    table_function function;
    void *context;
    struct table_handler *next; /* older */
};

/* From now on it is told of `events`. JET_errOutOfMemory. */
MUST_CHECK jet_err table_handler_add(struct table *table, uint32_t events, table_function function, void *context,
                                     uint32_t *ret_id);

/* JET_errInvalidParameter: there is none of that number. */
MUST_CHECK jet_err table_handler_remove(struct table *table, uint32_t id);

/* Newest first; follow `next`. NULL: none. Needs no latch. */
const struct table_handler *table_handlers(const struct table *table);

/* The application's value; `release` is called when the table object goes, with what is then set and `function`, in the
 * middle of things: it may call nothing of the engine. */
struct table_local {
    bool is_set;
    uintptr_t value;
    table_function function;
    void (*release)(table_function function, uintptr_t value);
};

/* JET_errLSAlreadySet. */
MUST_CHECK jet_err table_local_set(struct table *table, const struct table_local *local);

/* JET_errLSNotSet. `take`: it is not set any more, and not released. */
MUST_CHECK jet_err table_local_get(struct table *table, bool take, uintptr_t *ret_value);
void table_local_reset(struct table *table);

/* Frees all of it: the table goes. */
void table_handlers_done(struct table *table);

#endif
