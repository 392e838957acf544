/* SPDX-License-Identifier: MIT */
/* session_internal.h - which session has which number. */
#ifndef COLDSTREAM_ISAM_SESSION_INTERNAL_H
#define COLDSTREAM_ISAM_SESSION_INTERNAL_H

#include "isam/session.h"
#include "os/os_thread.h"

struct session_table {
    struct os_mutex *lock;  /* LOCK_RANK_TRANSACTIONS: slots, users */
    struct session **slots; /* users' first, then the engine's own; slot i has number i + 1 */
    uint32_t users_max;
    unsigned users;
    struct session **redo; /* by number; NULL until redo meets one. Only recovery's thread comes here */
};

MUST_CHECK jet_err session_table_new(uint32_t sessions_max, struct session_table **ret_table);
void session_table_free(struct session_table *table); /* takes NULL */

void session_redo_each(const struct engine *engine, void (*visit)(struct session *session, void *context),
                       void *context);

/* Frees all of them; their transactions are over. */
void session_redo_end_all(struct engine *engine);

#endif
