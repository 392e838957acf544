/* SPDX-License-Identifier: MIT */
/* session.c - sessions and their numbers.
 *
 * Users' sessions have the numbers 1 to sessions_max; a session of the engine itself takes a free number above those,
 * or one it names. Sessions that redo met lie in a table of their own, made at the first one, because the log may name
 * any number.
 */
#include "isam/session.h"

#include <assert.h>
#include <stdlib.h>

#include "isam/engine.h"
#include "isam/session_internal.h"
#include "isam/transaction_internal.h"

enum {
    SESSIONS_MAX = 0xF000, /* numbers above are for the engine */
    SESSIONS_SYSTEM = 64,  /* at most so many of the engine's own at once */
    SESSIONS_REDO = 0x10000,
};

jet_err session_table_new(uint32_t sessions_max, struct session_table **ret_table)
{
    struct session_table *table = calloc(1, sizeof *table);
    if (!table)
        return JET_errOutOfMemory;
    table->users_max = sessions_max < SESSIONS_MAX ? sessions_max : SESSIONS_MAX;
    table->slots = calloc(table->users_max + SESSIONS_SYSTEM, sizeof *table->slots);
    jet_err err = table->slots ? os_mutex_new(LOCK_RANK_TRANSACTIONS, &table->lock) : JET_errOutOfMemory;
    if (err < JET_errSuccess) {
        session_table_free(table);
        return err;
    }
    *ret_table = table;
    return JET_errSuccess;
}

void session_table_free(struct session_table *table)
{
    if (!table)
        return;
    os_mutex_free(table->lock);
    free(table->slots);
    free(table->redo);
    free(table);
}

/* Puts the session into a free slot of [first, end) and gives it the slot's number. */
static bool slot_take(struct session_table *table, uint32_t first, uint32_t end, struct session *session)
{
    for (uint32_t i = first; i < end; i++) {
        if (table->slots[i])
            continue;
        table->slots[i] = session;
        session->procid = (uint16_t)(i + 1);
        return true;
    }
    return false;
}

static struct session *session_make(struct engine *engine, uint16_t procid)
{
    struct session *session = calloc(1, sizeof *session);
    if (session) {
        session->engine = engine;
        session->procid = procid;
    }
    return session;
}

jet_err session_begin(struct engine *engine, struct session **ret_session)
{
    jet_err err = engine_state(engine);
    if (err < JET_errSuccess)
        return err;
    struct session *session = session_make(engine, SESSION_PROCID_NONE);
    if (!session)
        return JET_errOutOfMemory;
    struct session_table *table = engine->sessions;
    os_mutex_lock(table->lock);
    bool is_taken = slot_take(table, 0, table->users_max, session);
    table->users += is_taken;
    os_mutex_unlock(table->lock);
    if (!is_taken) {
        free(session);
        return JET_errOutOfSessions;
    }
    *ret_session = session;
    return JET_errSuccess;
}

jet_err session_begin_system(struct engine *engine, uint16_t procid, struct session **ret_session)
{
    struct session *session = session_make(engine, procid);
    if (!session)
        return JET_errOutOfMemory;
    session->is_system = true;
    if (procid == SESSION_PROCID_NONE) {
        struct session_table *table = engine->sessions;
        os_mutex_lock(table->lock);
        bool is_taken = slot_take(table, table->users_max, table->users_max + SESSIONS_SYSTEM, session);
        os_mutex_unlock(table->lock);
        if (!is_taken) {
            free(session);
            return JET_errOutOfSessions;
        }
    }
    *ret_session = session;
    return JET_errSuccess;
}

static void slot_give(struct session_table *table, const struct session *session)
{
    uint32_t i = (uint32_t)session->procid - 1;
    if (i >= table->users_max + SESSIONS_SYSTEM || table->slots[i] != session)
        return; /* a number that was named */
    table->slots[i] = NULL;
    table->users -= i < table->users_max;
}

void session_end(struct session *session)
{
    if (!session)
        return;
    transaction_end(session); /* what cannot be undone has failed the engine */
    struct session_table *table = session->engine->sessions;
    os_mutex_lock(table->lock);
    slot_give(table, session);
    os_mutex_unlock(table->lock);
    free(session);
}

jet_err session_redo(struct engine *engine, uint16_t procid, struct session **ret_session)
{
    struct session_table *table = engine->sessions;
    if (!table->redo) {
        table->redo = calloc(SESSIONS_REDO, sizeof *table->redo);
        if (!table->redo)
            return JET_errOutOfMemory;
    }
    struct session *session = table->redo[procid];
    if (!session) {
        session = session_make(engine, procid);
        if (!session)
            return JET_errOutOfMemory;
        session->is_in_redo = true;
        session->is_system = true;
        table->redo[procid] = session;
    }
    *ret_session = session;
    return JET_errSuccess;
}

struct session *session_redo_find(const struct engine *engine, uint16_t procid)
{
    return engine->sessions->redo ? engine->sessions->redo[procid] : NULL;
}

void session_redo_each(const struct engine *engine, void (*visit)(struct session *session, void *context),
                       void *context)
{
    struct session **redo = engine->sessions->redo;
    for (uint32_t i = 0; redo && i < SESSIONS_REDO; i++) {
        if (redo[i])
            visit(redo[i], context);
    }
}

void session_redo_end_all(struct engine *engine)
{
    struct session_table *table = engine->sessions;
    for (uint32_t i = 0; table->redo && i < SESSIONS_REDO; i++) {
        assert(!table->redo[i] || !table->redo[i]->trx);
        free(table->redo[i]);
    }
    free(table->redo);
    table->redo = NULL;
}

unsigned session_count(const struct engine *engine)
{
    struct session_table *table = engine->sessions;
    os_mutex_lock(table->lock);
    unsigned count = table->users;
    os_mutex_unlock(table->lock);
    return count;
}
