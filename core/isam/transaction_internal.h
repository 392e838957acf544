/* SPDX-License-Identifier: MIT */
/* transaction_internal.h - numbers, open transactions, and the queue of those that wait for the clean-up. */
#ifndef COLDSTREAM_ISAM_TRANSACTION_INTERNAL_H
#define COLDSTREAM_ISAM_TRANSACTION_INTERNAL_H

#include <stdatomic.h>
#include <stdint.h>

#include "isam/commit_hold.h"
#include "isam/engine.h"
#include "isam/transaction.h"

struct version;

/* trxCommit0 of a transaction that is open. Real numbers are even. */
enum { TRX_OPEN = 1 };

/* The owner of the versions of one transaction. Made with the first version; belongs to its session until the commit,
 * then to the queue, and goes when its versions are gone. */
struct trx {
    _Atomic uint32_t commit0;       /* TRX_OPEN, then the number; written once, by the commit; read by everybody */
    uint32_t begin0;                /* constant, but for Refresh in redo */
    uint16_t procid;                /* constant */
    _Atomic uint64_t lgpos_commit0; /* end of the Commit0 record; 0: not known yet, or none */
    struct version *newest;         /* its versions, newest first; changed by the owner only */
    struct trx *next;               /* in the queue, guarded by the transactions' lock */
    struct trx *previous;
};

struct transactions {
    struct os_mutex *lock;  /* LOCK_RANK_TRANSACTIONS: everything here */
    uint32_t newest;        /* last number given out */
    struct session *oldest; /* open transactions, by trx_begin0 */
    struct session *youngest;
    struct trx *queue_first; /* committed, by trxCommit0 */
    struct trx *queue_last;
    struct trx *abandoned;     /* could not be rolled back; they go with the store */
    uint64_t abandoned_lgpos;  /* lowest Begin0 of those; UINT64_MAX: none */
    struct commit_holds holds; /* of commits that nobody has yet found durable */
    _Atomic uint32_t
        queue_length; /* written under the lock; read without it by who only wants to know whether to look */
};

MUST_CHECK jet_err transactions_new(struct transactions **ret_transactions);
void transactions_free(struct transactions *transactions); /* takes NULL */

/* The trx of the session, made if there is none. JET_errOutOfMemory. */
MUST_CHECK jet_err trx_get(struct session *session, struct trx **ret_trx);
MUST_CHECK jet_err trx_new(uint16_t procid, uint32_t begin0, struct trx **ret_trx);

/* Rolls back all levels there are. */
void transaction_end(struct session *session);

/* Its versions belong to level `outer` if they belonged to a deeper one. Takes NULL. */
void trx_lower_level(struct trx *trx, unsigned outer);

/* Is its Commit0 record on stable storage, or was there none? Pages with its changes may be written then. */
bool trx_is_durable(const struct engine *engine, const struct trx *trx);

/* It stays open for ever: nobody sees it, and recovery will undo it. */
void transactions_abandon(struct transactions *transactions, struct trx *trx, uint64_t lgpos_begin0);

/* The lowest Begin0 of transactions that redo made; UINT64_MAX: none. */
uint64_t transaction_redo_oldest_lgpos(const struct engine *engine);

/* Puts a committed trx into the queue, by its number. */
void transactions_enqueue(struct transactions *transactions, struct trx *trx);

/* Takes out the first of the queue if all snapshots are newer than its commit, and it is durable; NULL: there is none
 * such. `ret_waits` is set if only the disk is waited for. */
struct trx *transactions_dequeue(const struct engine *engine, bool *ret_waits);

/* Is the commit with this number visible to every snapshot there is and will be? */
bool transactions_is_settled(struct transactions *transactions, uint32_t commit0);

/* The last number given out, for work that was rolled back: what waits until every present snapshot is gone. */
uint32_t transactions_newest(struct transactions *transactions);

/* No number up to this one is given out any more. */
void transactions_raise(struct transactions *transactions, uint32_t number);

/* Does the session see what that transaction did? In no transaction it sees all that is committed. */
static inline bool trx_is_visible(const struct trx *trx, const struct session *session)
{
    if (trx == session->trx)
        return true;
    uint32_t commit0 = atomic_load_explicit(&trx->commit0, memory_order_acquire);
    if (commit0 == TRX_OPEN)
        return false;
    return session->level == 0 || trx_is_before(commit0, session->trx_begin0);
}

#endif
