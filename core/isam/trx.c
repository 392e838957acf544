/* SPDX-License-Identifier: MIT */
/* trx.c - the shared half of a transaction, and the queue in which committed ones wait for the clean-up.
 *
 * The queue is sorted by trxCommit0. A transaction comes in a little after it got its number, so most find their place
 * at the end, and the others a few steps before it.
 */
#include <assert.h>
#include <stdlib.h>

#include "isam/transaction_internal.h"
#include "isam/version_internal.h"
#include "log/log_stream.h"

jet_err transactions_new(struct transactions **ret_transactions)
{
    struct transactions *transactions = calloc(1, sizeof *transactions);
    if (!transactions)
        return JET_errOutOfMemory;
    jet_err err = os_mutex_new(LOCK_RANK_TRANSACTIONS, &transactions->lock);
    if (err < JET_errSuccess) {
        free(transactions);
        return err;
    }
    transactions->abandoned_lgpos = UINT64_MAX;
    *ret_transactions = transactions;
    return JET_errSuccess;
}

void transactions_free(struct transactions *transactions)
{
    if (!transactions)
        return;
    assert(!transactions->oldest && !transactions->queue_first && !transactions->abandoned);
    os_mutex_free(transactions->lock);
    free(transactions);
}

jet_err trx_new(uint16_t procid, uint32_t begin0, struct trx **ret_trx)
{
    struct trx *trx = calloc(1, sizeof *trx);
    if (!trx)
        return JET_errOutOfMemory;
    atomic_init(&trx->commit0, TRX_OPEN);
    trx->procid = procid;
    trx->begin0 = begin0;
    *ret_trx = trx;
    return JET_errSuccess;
}

jet_err trx_get(struct session *session, struct trx **ret_trx)
{
    if (!session->trx) {
        jet_err err = trx_new(session->procid, session->trx_begin0, &session->trx);
        if (err < JET_errSuccess)
            return err;
    }
    *ret_trx = session->trx;
    return JET_errSuccess;
}

void trx_lower_level(struct trx *trx, unsigned outer)
{
    for (struct version *v = trx ? trx->newest : NULL; v; v = v->trx_older) {
        if (atomic_load_explicit(&v->level, memory_order_relaxed) <= outer)
            break; /* levels never rise towards older versions */
        atomic_store_explicit(&v->level, (uint8_t)outer, memory_order_relaxed);
    }
}

bool trx_is_durable(const struct engine *engine, const struct trx *trx)
{
    uint64_t lgpos = atomic_load_explicit(&trx->lgpos_commit0, memory_order_acquire);
    return lgpos == 0 || !engine->log || log_durable(engine->log) >= lgpos;
}

void transactions_enqueue(struct transactions *transactions, struct trx *trx)
{
    os_mutex_lock(transactions->lock);
    uint32_t number = atomic_load_explicit(&trx->commit0, memory_order_relaxed);
    struct trx *before = transactions->queue_last;
    while (before && trx_is_before(number, before->commit0))
        before = before->previous;
    struct trx **link = before ? &before->next : &transactions->queue_first;
    trx->previous = before;
    trx->next = *link;
    *(trx->next ? &trx->next->previous : &transactions->queue_last) = trx;
    *link = trx;
    atomic_fetch_add_explicit(&transactions->queue_length, 1, memory_order_relaxed);
    os_mutex_unlock(transactions->lock);
}

static bool is_settled(const struct transactions *transactions, uint32_t commit0)
{
    return !transactions->oldest || trx_is_before(commit0, transactions->oldest->trx_begin0);
}

struct trx *transactions_dequeue(const struct engine *engine, bool *ret_waits)
{
    struct transactions *transactions = engine->transactions;
    *ret_waits = false;
    os_mutex_lock(transactions->lock);
    struct trx *trx = transactions->queue_first;
    if (trx && !is_settled(transactions, trx->commit0)) {
        trx = NULL;
    } else if (trx && !trx_is_durable(engine, trx)) {
        *ret_waits = true;
        trx = NULL;
    }
    if (trx) {
        transactions->queue_first = trx->next;
        *(trx->next ? &trx->next->previous : &transactions->queue_last) = NULL;
        trx->next = NULL;
        atomic_fetch_sub_explicit(&transactions->queue_length, 1, memory_order_relaxed);
    }
    os_mutex_unlock(transactions->lock);
    return trx;
}

bool transactions_is_settled(struct transactions *transactions, uint32_t commit0)
{
    os_mutex_lock(transactions->lock);
    bool settled = is_settled(transactions, commit0);
    os_mutex_unlock(transactions->lock);
    return settled;
}

uint32_t transactions_newest(struct transactions *transactions)
{
    os_mutex_lock(transactions->lock);
    uint32_t newest = transactions->newest;
    os_mutex_unlock(transactions->lock);
    return newest;
}

void transactions_raise(struct transactions *transactions, uint32_t number)
{
    os_mutex_lock(transactions->lock);
    number = (number + 3) & ~UINT32_C(3); /* read-only ones have odd halves */
    if (transactions->newest == 0 || trx_is_before(transactions->newest, number))
        transactions->newest = number;
    os_mutex_unlock(transactions->lock);
}

void transactions_abandon(struct transactions *transactions, struct trx *trx, uint64_t lgpos_begin0)
{
    os_mutex_lock(transactions->lock);
    trx->next = transactions->abandoned;
    transactions->abandoned = trx;
    if (lgpos_begin0 != 0 && lgpos_begin0 < transactions->abandoned_lgpos)
        transactions->abandoned_lgpos = lgpos_begin0;
    os_mutex_unlock(transactions->lock);
}
