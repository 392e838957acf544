/* SPDX-License-Identifier: MIT */
/* transaction_redo.c - transactions as the log tells of them: recovery's side of transaction.h.
 *
 * One thread, no readers: what a committed transaction did needs no versions, except that nodes it flag-deleted are to
 * be removed when recovery is over; some of those are kept for the clean-up (the log's own Delete records may have
 * removed them meanwhile, which it finds out). The others are met by readers later.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/corrupt.h"
#include "isam/session_internal.h"
#include "isam/transaction_internal.h"
#include "isam/version_internal.h"

enum { DELETES_KEPT_MAX = 100000 };

jet_err transaction_redo_begin0(struct session *session, unsigned levels, uint32_t trx_begin0, uint64_t lgpos)
{
    if (session->level != 0 || levels == 0)
        return CORRUPT(JET_errLogCorrupted);
    transactions_raise(session->engine->transactions, trx_begin0);
    session->trx_begin0 = trx_begin0;
    session->level = levels;
    session->level_logged = levels;
    atomic_store_explicit(&session->lgpos_begin0, lgpos, memory_order_release);
    return JET_errSuccess;
}

jet_err transaction_redo_begin(struct session *session, unsigned level_from, unsigned levels)
{
    if (session->level == 0 || session->level != level_from)
        return CORRUPT(JET_errLogCorrupted);
    session->level += levels;
    session->level_logged = session->level;
    return JET_errSuccess;
}

static void redo_leave(struct session *session)
{
    session->level = 0;
    session->level_logged = 0;
    session->trx = NULL;
    atomic_store_explicit(&session->lgpos_begin0, 0, memory_order_release);
}

/* Keeps the flag-deletes of a committed transaction, as removals that are in no chain. */
static void redo_keep_deletes(struct version_store *store, struct trx *trx)
{
    struct transactions *transactions = store->engine->transactions;
    uint32_t room = atomic_load_explicit(&transactions->queue_length, memory_order_relaxed) < DELETES_KEPT_MAX;
    for (struct version **link = &trx->newest; *link;) {
        struct version *v = *link;
        if (room && v->kind == VERSION_FLAG_DELETE) {
            version_unlink(store, v);
            v->kind = VERSION_REMOVE;
            link = &v->trx_older;
            continue;
        }
        *link = v->trx_older;
        version_free(store, v);
    }
    if (trx->newest)
        transactions_enqueue(transactions, trx);
    else
        version_free_trx(store, trx);
}

jet_err transaction_redo_commit0(struct session *session, uint32_t trx_commit0)
{
    if (session->level == 0)
        return CORRUPT(JET_errLogCorrupted);
    struct trx *trx = session->trx;
    transactions_raise(session->engine->transactions, trx_commit0);
    redo_leave(session);
    if (trx) {
        atomic_store_explicit(&trx->commit0, trx_commit0, memory_order_release);
        redo_keep_deletes(session->engine->versions, trx);
    }
    return JET_errSuccess;
}

jet_err transaction_redo_commit(struct session *session, unsigned level_to)
{
    if (level_to == 0 || level_to >= session->level)
        return CORRUPT(JET_errLogCorrupted);
    trx_lower_level(session->trx, level_to);
    session->level = level_to;
    session->level_logged = level_to;
    return JET_errSuccess;
}

jet_err transaction_redo_rollback(struct session *session, unsigned levels)
{
    if (levels == 0 || levels > session->level)
        return CORRUPT(JET_errLogCorrupted);
    unsigned level = session->level - levels;
    struct trx *trx = session->trx;
    while (trx && trx->newest && atomic_load_explicit(&trx->newest->level, memory_order_relaxed) > level) {
        struct version *v = trx->newest;
        trx->newest = v->trx_older;
        version_free(session->engine->versions, v);
    }
    session->level = level;
    session->level_logged = level;
    if (level == 0) {
        redo_leave(session);
        version_free_trx(session->engine->versions, trx);
    }
    return JET_errSuccess;
}

void transaction_redo_refresh(struct session *session, uint32_t trx_begin0)
{
    transactions_raise(session->engine->transactions, trx_begin0);
    session->trx_begin0 = trx_begin0;
    if (session->trx)
        session->trx->begin0 = trx_begin0;
}

void transaction_redo_number(struct engine *engine, uint32_t number)
{
    transactions_raise(engine->transactions, number);
}

static void forget_one(struct session *session, void *context)
{
    (void)context;
    struct trx *trx = session->trx;
    redo_leave(session);
    version_free_trx(session->engine->versions, trx);
}

void transaction_redo_forget(struct engine *engine)
{
    session_redo_each(engine, forget_one, NULL);
    session_redo_end_all(engine);
}

struct undo_all {
    unsigned count;
    jet_err err;
};

static void undo_one(struct session *session, void *context)
{
    struct undo_all *all = context;
    if (session->level == 0)
        return;
    if (all->err < JET_errSuccess) { /* the next recovery will do it */
        struct trx *trx = session->trx;
        if (trx)
            transactions_abandon(session->engine->transactions, trx, atomic_load(&session->lgpos_begin0));
        redo_leave(session);
        return;
    }
    all->count++;
    transaction_end(session); /* a failure is the engine's */
    all->err = atomic_load(&session->engine->failure);
}

jet_err transaction_redo_undo_all(struct engine *engine, unsigned *ret_count)
{
    struct undo_all all = {0, JET_errSuccess};
    session_redo_each(engine, undo_one, &all);
    session_redo_end_all(engine);
    if (all.err < JET_errSuccess)
        return all.err;
    if (ret_count)
        *ret_count = all.count;
    return JET_errSuccess;
}

static void oldest_one(struct session *session, void *context)
{
    uint64_t *oldest = context;
    uint64_t lgpos = atomic_load_explicit(&session->lgpos_begin0, memory_order_acquire);
    if (lgpos != 0 && lgpos < *oldest)
        *oldest = lgpos;
}

uint64_t transaction_redo_oldest_lgpos(const struct engine *engine)
{
    uint64_t oldest = UINT64_MAX;
    session_redo_each(engine, oldest_one, &oldest);
    return oldest;
}
