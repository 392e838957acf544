/* SPDX-License-Identifier: MIT */
/* transaction.c - begin, commit, rollback, and what the log hears of them. See transaction.h.
 *
 * The life of a number:
 *
 *      begin      lock, newest += 4, join the list of open transactions, unlock
 *      commit     log_append(Commit0) calls commit_placed(): lock, newest += 4 is the commit's number, it is stored into
 *                 the trx, unlock; then leave the list and put the trx into the queue of the clean-up
 *
 * A begin that follows the commit's step gets a higher number and sees all of it, one that came before sees nothing.
 */
#include "isam/transaction.h"

#include <assert.h>
#include <stdlib.h>

#include "btree/actor.h"
#include "format/logrecord_transaction.h"
#include "isam/transaction_internal.h"
#include "isam/version_internal.h"
#include "log/log_stream.h"
#include "storage/database.h"

enum {
    NUMBER_STEP = 4,
    NUMBER_READ_ONLY = 2,
    LEVELS_MAX_SYSTEM = 15, /* what a record can say */
    COMMIT0_LAST_BYTE = 7,  /* of the record, from its start */
};

/* ---- begin ---- */

static void list_add(struct transactions *transactions, struct session *session)
{
    session->older = transactions->youngest;
    session->newer = NULL;
    *(session->older ? &session->older->newer : &transactions->oldest) = session;
    transactions->youngest = session;
    session->is_open = true;
}

static void list_remove(struct transactions *transactions, struct session *session)
{
    if (!session->is_open)
        return; /* of redo */
    *(session->older ? &session->older->newer : &transactions->oldest) = session->newer;
    *(session->newer ? &session->newer->older : &transactions->youngest) = session->older;
    session->is_open = false;
}

/* May new work begin? */
static jet_err begin_check(const struct session *session, bool is_read_only)
{
    struct engine *engine = session->engine;
    jet_err err = session->is_system ? JET_errSuccess : engine_state(engine);
    if (err >= JET_errSuccess && !is_read_only && !session->is_system && engine->log)
        err = log_space_look(engine->log);
    return err;
}

static jet_err begin(struct session *session, bool is_read_only, unsigned levels_max)
{
    if (session->level >= levels_max)
        return JET_errTransTooDeep;
    if (session->level == 0) {
        jet_err err = begin_check(session, is_read_only);
        if (err < JET_errSuccess)
            return err;
        struct transactions *transactions = session->engine->transactions;
        os_mutex_lock(transactions->lock);
        if (is_read_only) {
            session->trx_begin0 = transactions->newest + NUMBER_READ_ONLY;
        } else {
            transactions->newest += NUMBER_STEP;
            session->trx_begin0 = transactions->newest;
        }
        list_add(transactions, session);
        os_mutex_unlock(transactions->lock);
    }
    session->level++;
    if (is_read_only && !session->level_read_only)
        session->level_read_only = session->level;
    return JET_errSuccess;
}

jet_err transaction_begin(struct session *session, bool is_read_only)
{
    return begin(session, is_read_only, session->is_system ? LEVELS_MAX_SYSTEM : SESSION_LEVELS_MAX);
}

jet_err transaction_begin_nested(struct session *session)
{
    return begin(session, false, LEVELS_MAX_SYSTEM);
}

jet_err transaction_may_write(const struct session *session)
{
    if (session->level == 0)
        return JET_errNotInTransaction;
    return transaction_is_read_only(session) ? JET_errTransReadOnly : JET_errSuccess;
}

jet_err transaction_may_change(const struct session *session, const struct database *db)
{
    if (session->level > 0 && db->dbid == ENGINE_DBID_TEMPORARY)
        return JET_errSuccess;
    return transaction_may_write(session);
}

/* ---- what is logged before the first change ---- */

/* Under the log's lock: whoever reads a tip of the log behind this record finds its position. */
static void begin0_placed(void *context, uint64_t lgpos)
{
    struct session *session = context;
    atomic_store_explicit(&session->lgpos_begin0, lgpos, memory_order_release);
}

jet_err transaction_log_begin(struct session *session)
{
    if (session->level == 0)
        return JET_errNotInTransaction;
    if (session->level_logged == session->level || !session->engine->log)
        return JET_errSuccess;
    struct logrec_begin begin = {
        .type = session->level_logged ? LOGREC_BEGIN : LOGREC_BEGIN0,
        .procid = session->procid,
        .level_from = session->level_logged,
        .level_count = session->level - session->level_logged,
        .trx_begin0 = session->level_logged ? 0 : session->trx_begin0,
    };
    struct logrec_begin_disk disk;
    struct log_piece piece = {&disk, logrec_begin_encode(&begin, &disk)};
    struct log_record record = {&piece, 1};
    struct log_append options = {.placed = session->level_logged ? NULL : begin0_placed, .context = session};
    jet_err err = log_append(session->engine->log, &record, 1, &options, NULL, NULL);
    if (err >= JET_errSuccess)
        session->level_logged = session->level;
    else if (!session->level_logged)
        atomic_store_explicit(&session->lgpos_begin0, 0, memory_order_release);
    return err;
}

/* The last generations before the limit are for who ends his transaction. */
jet_err transaction_check_depth(const struct session *session)
{
    enum { RESERVED = 16 };
    const struct log_stream *log = session->engine->log;
    const uint32_t limit = session->engine->config.checkpoint_too_deep;
    const uint32_t reserved = limit / 2 < RESERVED ? limit / 2 : (uint32_t)RESERVED;
    const uint64_t begin0 = atomic_load_explicit(&session->lgpos_begin0, memory_order_relaxed);
    if (!log || limit == 0 || session->is_system)
        return JET_errSuccess;
    const lgen_t current = log_generation(log), checkpoint = log_checkpoint_generation(log);
    if (checkpoint < current && current - checkpoint > limit - reserved)
        return JET_errCheckpointDepthTooDeep;
    return begin0 != 0 && current - lgpos_unpack(begin0).generation > limit / 2 ? JET_errTransactionTooLong
                                                                                : JET_errSuccess;
}

jet_err transaction_actor(struct session *session, const struct database *db, struct btree_actor *ret_actor)
{
    bool is_logged = db->is_logged && session->engine->log;
    if (is_logged)
        log_wait_for_room(session->engine->log); /* here, because later pages are held */
    jet_err err = is_logged ? transaction_log_begin(session) : JET_errSuccess;
    if (err < JET_errSuccess)
        return err;
    *ret_actor = (struct btree_actor){
        .log = is_logged ? session->engine->log : NULL,
        .procid = session->procid,
        .trx_begin0 = session->trx_begin0,
        .level = (uint8_t)session->level,
        .lgpos_begin0 = is_logged ? atomic_load_explicit(&session->lgpos_begin0, memory_order_relaxed) : 0,
        .extension_pages = session->engine->config.extension_pages,
        .before_move = is_logged ? version_before_move : NULL,
        .before_move_context = session->engine,
        .head_flags = session->procid == SESSION_PROCID_CLEANER ? LOGREC_FLAG_SYSTEM : 0,
    };
    return JET_errSuccess;
}

/* ---- commit ---- */

/* Ends the session's transaction: it is in no list any more, its level is 0. `commit_end`: of its Commit0 record; 0:
 * there is none. For the checkpoint the transaction goes on without a gap, until that is durable. */
static void leave(struct session *session, uint64_t commit_end)
{
    const struct engine *engine = session->engine;
    struct transactions *transactions = engine->transactions;
    os_mutex_lock(transactions->lock);
    if (commit_end != 0)
        commit_holds_add(
            &transactions->holds,
            (struct commit_hold){atomic_load_explicit(&session->lgpos_begin0, memory_order_relaxed), commit_end},
            log_durable(engine->log));
    list_remove(transactions, session);
    os_mutex_unlock(transactions->lock);
    session->level = 0;
    session->level_logged = 0;
    session->level_read_only = 0;
    session->trx = NULL;
    atomic_store_explicit(&session->lgpos_begin0, 0, memory_order_release);
}

/* The step in which a transaction becomes visible. */
static uint32_t commit_number(struct session *session)
{
    struct transactions *transactions = session->engine->transactions;
    os_mutex_lock(transactions->lock);
    transactions->newest += NUMBER_STEP;
    uint32_t number = transactions->newest;
    if (session->trx)
        atomic_store_explicit(&session->trx->commit0, number, memory_order_release);
    os_mutex_unlock(transactions->lock);
    return number;
}

struct commit_place {
    struct session *session;
    struct logrec_commit_disk *disk;
};

static void commit_placed(void *context, uint64_t lgpos)
{
    struct commit_place *place = context;
    (void)lgpos;
    struct logrec_commit commit = {
        .type = LOGREC_COMMIT0, .procid = place->session->procid, .trx_commit0 = commit_number(place->session)};
    (void)logrec_commit_encode(&commit, place->disk); /* its size is known */
}

static jet_err commit0_log(struct session *session, uint64_t *ret_start, uint64_t *ret_end)
{
    struct logrec_commit commit = {.type = LOGREC_COMMIT0, .procid = session->procid};
    struct logrec_commit_disk disk;
    struct log_piece piece = {&disk, logrec_commit_encode(&commit, &disk)};
    struct log_record record = {&piece, 1};
    struct commit_place place = {session, &disk};
    struct log_append options = {.placed = commit_placed, .context = &place};
    return log_append(session->engine->log, &record, 1, &options, ret_start, ret_end);
}

/* What nobody can need any more goes at once, the rest waits for the clean-up. */
static void settle_versions(struct session *session, struct trx *trx, unsigned keep)
{
    struct transactions *transactions = session->engine->transactions;
    if ((keep & VERSION_KEEP_DURABLE) && trx_is_durable(session->engine, trx))
        keep &= ~(unsigned)VERSION_KEEP_DURABLE;
    if (keep == 0 && transactions_is_settled(transactions, trx->commit0)) {
        version_free_trx(session->engine->versions, trx);
        return;
    }
    transactions_enqueue(transactions, trx);
    version_cleaner_wake(session->engine->versions);
}

static jet_err commit_level1(struct session *session, unsigned flags, uint64_t *ret_lgpos)
{
    uint64_t start = 0, end = 0;
    bool was_logged = session->level_logged > 0;
    if (was_logged) {
        jet_err err = commit0_log(session, &start, &end);
        if (err < JET_errSuccess)
            return err;
        session->lgpos_commit0 = end;
    } else if (session->trx) {
        (void)commit_number(session); /* nobody asks for it by number */
    }
    struct trx *trx = session->trx;
    if (trx)
        atomic_store_explicit(&trx->lgpos_commit0, end, memory_order_release);
    leave(session, end);
    unsigned keep = trx ? version_commit_trx(session, trx) : 0;
    if (ret_lgpos)
        *ret_lgpos = was_logged ? start + COMMIT0_LAST_BYTE : 0;
    jet_err err = JET_errSuccess;
    if (was_logged && !(flags & TRANSACTION_COMMIT_LAZY))
        err = log_flush_to(session->engine->log, end);
    if (trx)
        settle_versions(session, trx, keep);
    return err;
}

/* Commit of an inner level: its changes belong to the one outside. */
static jet_err commit_inner(struct session *session)
{
    unsigned outer = session->level - 1;
    if (session->level_logged == session->level) {
        struct logrec_commit commit = {.type = LOGREC_COMMIT, .procid = session->procid, .level = (uint8_t)outer};
        struct logrec_commit_disk disk;
        struct log_piece piece = {&disk, logrec_commit_encode(&commit, &disk)};
        struct log_record record = {&piece, 1};
        jet_err err = log_append(session->engine->log, &record, 1, NULL, NULL, NULL);
        if (err < JET_errSuccess)
            return err;
        session->level_logged = outer;
    }
    trx_lower_level(session->trx, outer);
    session->level = outer;
    if (session->level_read_only > outer)
        session->level_read_only = 0;
    return JET_errSuccess;
}

static jet_err wait_all(struct session *session)
{
    struct log_stream *log = session->engine->log;
    struct logrec_force_write_disk disk;
    logrec_force_write_encode(session->procid, &disk);
    struct log_piece piece = {&disk, sizeof disk};
    struct log_record record = {&piece, 1};
    uint64_t end;
    jet_err err = log_append(log, &record, 1, NULL, NULL, &end);
    return err < JET_errSuccess ? err : log_flush_to(log, end);
}

static jet_err force_new_log(struct session *session)
{
    struct log_stream *log = session->engine->log;
    static const char text[] = "forced by a session";
    struct logrec_note note = {
        .type = LOGREC_FORCE_LOG_ROLLOVER,
        .procid = session->procid,
        .text = {(const uint8_t *)text, sizeof text},
    };
    struct logrec_note_disk disk;
    logrec_note_encode(&note, &disk);
    struct log_piece pieces[] = {
        {&disk, sizeof disk},
        {text,  sizeof text}
    };
    struct log_record record = {pieces, COUNT_OF(pieces)};
    struct log_append options = {.flags = LOG_APPEND_NEW_GENERATION};
    uint64_t end;
    jet_err err = log_append(log, &record, 1, &options, NULL, &end);
    return err < JET_errSuccess ? err : log_flush_to(log, end);
}

/* The flags that wait and commit nothing. */
static jet_err wait_only(struct session *session, unsigned flags)
{
    if (!session->engine->log)
        return JET_errSuccess;
    switch (flags) {
    case TRANSACTION_WAIT_LAST:
        return session->lgpos_commit0 ? log_flush_to(session->engine->log, session->lgpos_commit0) : JET_errSuccess;
    case TRANSACTION_WAIT_ALL: return wait_all(session);
    case TRANSACTION_FORCE_NEW_LOG: return force_new_log(session);
    default: return JET_errInvalidGrbit;
    }
}

jet_err transaction_commit(struct session *session, unsigned flags, uint64_t *ret_lgpos)
{
    if (flags & ~(unsigned)(TRANSACTION_COMMIT_LAZY | TRANSACTION_WAIT_LAST | TRANSACTION_WAIT_ALL |
                            TRANSACTION_FORCE_NEW_LOG | TRANSACTION_COMMIT_CONTEXT))
        return JET_errInvalidGrbit;
    if (flags & (TRANSACTION_WAIT_LAST | TRANSACTION_WAIT_ALL | TRANSACTION_FORCE_NEW_LOG)) {
        jet_err err = wait_only(session, flags);
        if (err >= JET_errSuccess && ret_lgpos)
            *ret_lgpos = 0;
        return err;
    }
    if (session->level == 0)
        return JET_errNotInTransaction;
    if (session->level == 1)
        return commit_level1(session, flags, ret_lgpos);
    if (ret_lgpos)
        *ret_lgpos = 0;
    return commit_inner(session);
}

/* ---- rollback ---- */

/* What rolled-back inserts left behind waits until every snapshot that there is now is gone. */
static void enqueue_removals(struct session *session, struct version *removals)
{
    struct trx *trx;
    if (!removals)
        return;
    if (trx_new(session->procid, session->trx_begin0, &trx) < JET_errSuccess) {
        version_free_list(session->engine->versions, removals); /* flag-deleted nodes stay: readers skip them */
        return;
    }
    trx->newest = removals;
    for (struct version *v = removals; v; v = v->trx_older)
        v->trx = trx;
    atomic_store_explicit(&trx->commit0, transactions_newest(session->engine->transactions), memory_order_release);
    transactions_enqueue(session->engine->transactions, trx);
    version_cleaner_wake(session->engine->versions);
}

static jet_err rollback_log(struct session *session)
{
    struct logrec_commit rollback = {.type = LOGREC_ROLLBACK, .procid = session->procid, .level = 1};
    struct logrec_commit_disk disk;
    struct log_piece piece = {&disk, logrec_commit_encode(&rollback, &disk)};
    struct log_record record = {&piece, 1};
    return log_append(session->engine->log, &record, 1, NULL, NULL, NULL);
}

/* Undoes the innermost level. */
static jet_err rollback_level(struct session *session)
{
    struct version *removals = NULL;
    jet_err err = JET_errSuccess;
    while (err >= JET_errSuccess && session->trx && session->trx->newest &&
           atomic_load_explicit(&session->trx->newest->level, memory_order_relaxed) >= session->level)
        err = version_undo_newest(session, &removals);
    if (err >= JET_errSuccess && session->level_logged == session->level) {
        err = session->engine->log ? rollback_log(session) : JET_errSuccess;
        session->level_logged--;
    }
    enqueue_removals(session, removals);
    return err;
}

/* What could not be undone: nobody sees it, nobody can change it, and recovery will undo it. */
static void abandon(struct session *session, jet_err err)
{
    struct engine *engine = session->engine;
    struct trx *trx = session->trx;
    engine_fail(engine, err);
    if (trx)
        transactions_abandon(engine->transactions, trx, atomic_load(&session->lgpos_begin0));
    leave(session, 0);
}

/* Rolls back the innermost level; the level falls in any case. */
static void rollback_one(struct session *session)
{
    jet_err err = rollback_level(session);
    if (err < JET_errSuccess) {
        abandon(session, err);
    } else if (session->level == 1) {
        struct trx *trx = session->trx;
        leave(session, 0);
        assert(!trx || !trx->newest);
        version_free_trx(session->engine->versions, trx);
    } else {
        session->level--;
        if (session->level_read_only > session->level)
            session->level_read_only = 0;
    }
}

void transaction_end(struct session *session)
{
    while (session->level > 0)
        rollback_one(session);
}

jet_err transaction_rollback(struct session *session, bool all)
{
    if (session->level == 0)
        return JET_errNotInTransaction;
    if (all)
        transaction_end(session);
    else
        rollback_one(session);
    return JET_errSuccess;
}

jet_err transaction_end_nested(struct session *session, jet_err err)
{
    if (err >= JET_errSuccess)
        return transaction_commit(session, 0, NULL);
    const jet_err second = transaction_rollback(session, false); /* the first error counts */
    (void)second;
    return err;
}

/* ---- questions ---- */

uint64_t transaction_oldest_lgpos(const struct engine *engine, uint64_t durable)
{
    struct transactions *transactions = engine->transactions;
    os_mutex_lock(transactions->lock);
    const uint64_t held = commit_holds_oldest(&transactions->holds, durable);
    uint64_t oldest = transactions->abandoned_lgpos < held ? transactions->abandoned_lgpos : held;
    for (const struct session *session = transactions->oldest; session; session = session->newer) {
        uint64_t lgpos = atomic_load_explicit(&session->lgpos_begin0, memory_order_acquire);
        if (lgpos != 0 && lgpos < oldest)
            oldest = lgpos;
    }
    os_mutex_unlock(transactions->lock);
    uint64_t redo = transaction_redo_oldest_lgpos(engine);
    return redo < oldest ? redo : oldest;
}

uint32_t transaction_oldest(const struct engine *engine)
{
    struct transactions *transactions = engine->transactions;
    os_mutex_lock(transactions->lock);
    uint32_t oldest = transactions->oldest ? transactions->oldest->trx_begin0 : transactions->newest + NUMBER_STEP;
    os_mutex_unlock(transactions->lock);
    return oldest;
}

jet_err transaction_on_end(struct session *session, const struct transaction_action *action, void *context)
{
    return session->level == 0 ? JET_errNotInTransaction : version_add_action(session, action, context);
}
