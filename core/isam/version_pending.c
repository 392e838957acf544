/* SPDX-License-Identifier: MIT */
/* version_pending.c - undo information: before images that must be in the log before their page is written.
 *
 * A Replace record does not hold what was there before (transaction-log.md 5.3). As long as the transaction is open and
 * the page unwritten, the image lives in its version alone, and the version is listed here under its page.
 *
 *      page is written, or nodes leave it   UndoInfo for each of its list; the list is empty
 *      transaction was committed            nothing to log, but the page waits for the Commit0 record: if that were lost, recovery
 *                                           would have to undo what is on the disk
 *      change is undone                     UndoInfo, then the Undo record (transaction-log.md 4.5)
 *
 * A list is changed under its latch. For a page it cannot grow while somebody has the page latched, because versions
 * are added by who has it exclusively.
 */
#include <assert.h>
#include <stdlib.h>

#include "format/logrecord_node.h"
#include "isam/version_internal.h"
#include "log/log_stream.h"
#include "storage/cache.h"
#include "storage/database.h"

static struct version_pending *list_of(const struct version_store *store, uint8_t dbid, pgno_t pgno)
{
    uint32_t hash = (pgno + ((uint32_t)dbid << 24)) * UINT32_C(2654435761);
    return &store->pending[(hash >> 8) & store->pending_mask];
}

void version_pending_add(struct version_store *store, struct version *v, pgno_t pgno)
{
    struct version_pending *list = list_of(store, v->chain->dbid, pgno);
    latch_exclusive(&list->latch);
    assert(atomic_load_explicit(&v->pending_pgno, memory_order_relaxed) == 0);
    atomic_store_explicit(&v->pending_pgno, pgno, memory_order_relaxed);
    v->pending_next = atomic_load_explicit(&list->first, memory_order_relaxed);
    v->pending_previous = NULL;
    if (v->pending_next)
        v->pending_next->pending_previous = v;
    atomic_store_explicit(&list->first, v, memory_order_release);
    latch_unlock_exclusive(&list->latch);
}

/* The list is latched. */
static void list_take_out(struct version_pending *list, struct version *v)
{
    if (v->pending_previous)
        v->pending_previous->pending_next = v->pending_next;
    else
        atomic_store_explicit(&list->first, v->pending_next, memory_order_release);
    if (v->pending_next)
        v->pending_next->pending_previous = v->pending_previous;
    v->pending_next = NULL;
    v->pending_previous = NULL;
    atomic_store_explicit(&v->pending_pgno, 0, memory_order_release);
}

void version_pending_remove(struct version_store *store, struct version *v)
{
    pgno_t pgno = atomic_load_explicit(&v->pending_pgno, memory_order_acquire);
    if (pgno == 0)
        return;
    struct version_pending *list = list_of(store, v->chain->dbid, pgno);
    latch_exclusive(&list->latch);
    if (atomic_load_explicit(&v->pending_pgno, memory_order_relaxed) != 0)
        list_take_out(list, v);
    latch_unlock_exclusive(&list->latch);
}

static int16_t clamp_i16(size_t size)
{
    return size > INT16_MAX ? INT16_MAX : (int16_t)size;
}

/* Logs UndoInfo for a version of page `pgno`. */
static jet_err undo_info_log(const struct engine *engine, const struct version *v, pgno_t pgno, unsigned flags,
                             uint64_t *ret_end)
{
    const struct version_chain *chain = v->chain;
    struct logrec_undo_info info = {
        .head =
            {
                   .page =
                    {
                        .type = LOGREC_UNDO_INFO,
                        .procid = v->trx->procid,
                        .dbid = chain->dbid,
                        .pgno = pgno,
                        .dbtime = LOGREC_DBTIME_NIL,
                        .dbtime_before = LOGREC_DBTIME_NIL,
                        .trx_begin0 = v->trx->begin0,
                        .level = atomic_load_explicit(&v->level, memory_order_relaxed),
                        .flags = (uint8_t)(LOGREC_FLAG_VERSIONED | (chain->is_unique ? LOGREC_FLAG_UNIQUE : 0)),
                    },                             .rceid = v->rceid,
                   .pgno_fdp = chain->fdp,
                   .objid = chain->objid,
                   },
        .oper = v->kind,
        .size_max = clamp_i16(v->image_size),
        .key = {chain->bytes,         chain->key_size                                                                 },
        .bookmark = {chain->bytes + chain->key_size,                   chain->data_size                             },
        .data = {v->image, v->image_size},
    };
    struct logrec_undo_info_disk disk;
    logrec_undo_info_encode(&info, &disk);
    struct log_piece pieces[] = {
        {&disk,               sizeof disk       },
        {info.key.bytes,      info.key.size     },
        {info.bookmark.bytes, info.bookmark.size},
        {info.data.bytes,     info.data.size    },
    };
    struct log_record record = {pieces, COUNT_OF(pieces)};
    struct log_append options = {.flags = flags};
    return log_append(engine->log, &record, 1, &options, NULL, ret_end);
}

/* One version of a page that is about to be written or to lose nodes: `*ret_lgpos_end`, up to where the log has to be
 * durable for that; left alone if there is no need. The list is latched. */
static jet_err settle_one(struct engine *engine, const struct version *v, pgno_t pgno, unsigned flags,
                          uint64_t *ret_lgpos_end)
{
    uint64_t end;
    if (atomic_load_explicit(&v->chain->is_forgotten, memory_order_relaxed))
        return JET_errSuccess;
    if (atomic_load_explicit(&v->trx->commit0, memory_order_acquire) != TRX_OPEN) {
        end = atomic_load_explicit(&v->trx->lgpos_commit0, memory_order_acquire);
        if (end == 0) /* committed this moment; UndoInfo does no harm then */
            end = UINT64_MAX;
    } else {
        end = UINT64_MAX;
    }
    if (end == UINT64_MAX) {
        if (!engine_can_log(engine) || !engine->log)
            return JET_errTaskDropped;
        jet_err err = undo_info_log(engine, v, pgno, flags, &end);
        if (err < JET_errSuccess)
            return err;
    }
    *ret_lgpos_end = end;
    return JET_errSuccess;
}

/* What the page has to wait for is on the page before its versions are off the list: the write may fail, or be
 * another's. */
static jet_err settle_page(struct engine *engine, struct frame *frame, unsigned flags)
{
    struct version_pending *list = list_of(engine->versions, frame->db->dbid, frame->pgno);
    if (!atomic_load_explicit(&list->first, memory_order_acquire))
        return JET_errSuccess;
    jet_err err = JET_errSuccess;
    latch_exclusive(&list->latch);
    struct version *next, *v = atomic_load_explicit(&list->first, memory_order_relaxed);
    for (; v && err >= JET_errSuccess; v = next) {
        uint64_t end = 0;
        next = v->pending_next;
        if (v->chain->db != frame->db || atomic_load_explicit(&v->pending_pgno, memory_order_relaxed) != frame->pgno)
            continue;
        err = settle_one(engine, v, frame->pgno, flags, &end);
        if (err < JET_errSuccess)
            break;
        page_needs_log(frame, end);
        list_take_out(list, v);
    }
    latch_unlock_exclusive(&list->latch);
    return err;
}

jet_err version_before_write(void *context, struct frame *frame)
{
    return settle_page(context, frame, LOG_APPEND_NO_WAIT);
}

jet_err version_before_move(void *context, struct frame *frame)
{
    return settle_page(context, frame, 0);
}

/* The version stays listed until its change is undone: if that fails, the page must not be written without this
 * record. */
jet_err version_pending_log(struct version_store *store, struct version *v)
{
    pgno_t pgno = atomic_load_explicit(&v->pending_pgno, memory_order_acquire);
    if (pgno == 0)
        return JET_errSuccess;
    struct version_pending *list = list_of(store, v->chain->dbid, pgno);
    jet_err err = JET_errSuccess;
    latch_exclusive(&list->latch);
    if (atomic_load_explicit(&v->pending_pgno, memory_order_relaxed) != 0) {
        uint64_t end = 0;
        err = settle_one(store->engine, v, pgno, 0, &end);
    }
    latch_unlock_exclusive(&list->latch);
    return err;
}
