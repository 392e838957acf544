/* SPDX-License-Identifier: MIT */
#include "recovery/checkpoint.h"

#include <stdlib.h>

#include "format/dbheader_state.h"
#include "format/logsegment.h"
#include "isam/transaction.h"
#include "log/log_stream.h"
#include "os/os_thread.h"
#include "os/os_word.h"
#include "storage/database.h"

enum {
    INTERVAL_MS = 500,
    STEP_MAX = 1 << 20, /* bytes of log after which it moves in any case */
    DEPTH_SHARE = 8,    /* or this share of the depth that is aimed at */
    WISH_STOP = 1 << 0,
    WISH_MOVE = 1 << 1,
};

struct checkpoint {
    struct engine *engine;
    struct os_thread *thread;
    _Atomic uint32_t wishes; /* the thread waits on it */
    uint64_t tried_at;       /* durable end of the log at the last attempt; the thread's own */
};

/* ---- how far ---- */

/* An end of a record as the start of what comes behind it. */
static uint64_t start_behind(uint64_t end)
{
    struct lgpos lgpos = lgpos_unpack(end);
    if (lgpos.ib == LOGSEGMENT_SIZE)
        lgpos.isec++;
    if (lgpos.ib == LOGSEGMENT_SIZE || lgpos.ib == LOGSEGMENT_DATA_OFFSET)
        lgpos.ib = 0;
    return lgpos_pack(lgpos);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static jet_err lower_to_oldest(struct database *db, void *context)
{
    uint64_t *limit = context;
    jet_err err = database_flush_written(db);
    if (err == JET_errSuccess)
        *limit = smaller(*limit, cache_oldest_begin0(db->cache, db));
    return err;
}

/* The order of the questions matters: what begins after one of them is above the tip that was read first. */
static jet_err find(struct engine *engine, uint64_t limit, uint64_t *ret_lgpos)
{
    const uint64_t durable = log_durable(engine->log);
    uint64_t lgpos = smaller(limit, start_behind(durable));
    lgpos = smaller(lgpos, transaction_oldest_lgpos(engine, durable));
    jet_err err = engine_each_logged(engine, lower_to_oldest, &lgpos);
    if (err == JET_errSuccess)
        *ret_lgpos = lgpos;
    return err;
}

/* ---- headers, then the file ---- */

static lgen_t min_required(const struct dbheader_disk *header, lgen_t generation)
{
    const lgen_t attach = lgpos_get(header->lgpos_attach).generation;
    return generation > attach ? generation : attach;
}

static void raise_change(struct dbheader_disk *header, void *context)
{
    const lgen_t *generation = context;
    (void)dbheader_raise_min_required(header, min_required(header, *generation));
}

static jet_err raise_header(struct database *db, void *context)
{
    lgen_t *generation = context;
    struct dbheader_disk header;
    database_header_get(db, &header);
    if (!dbheader_raise_min_required(&header, min_required(&header, *generation)))
        return JET_errSuccess; /* as it is */
    return database_header_update(db, raise_change, generation);
}

jet_err checkpoint_advance(struct engine *engine, uint64_t limit)
{
    uint64_t lgpos = 0;
    jet_err err = engine_state(engine); /* one that has failed leaves to recovery what recovery has to see */
    if (err < JET_errSuccess || atomic_load(&engine->attaching) > 0)
        return err;
    err = find(engine, limit, &lgpos);
    if (err < JET_errSuccess || lgpos <= log_checkpoint_get(engine->log))
        return err;
    if (atomic_load(&engine->attaching) > 0)
        return JET_errSuccess; /* begun meanwhile: its record may lie below */
    lgen_t generation = lgpos_unpack(lgpos).generation;
    err = engine_each_logged(engine, raise_header, &generation);
    if (err < JET_errSuccess)
        return err;
    const struct log_checkpoint checkpoint = {.checkpoint = lgpos, .has_attachments = true};
    return log_checkpoint_write(engine->log, &checkpoint);
}

/* ---- the thread ---- */

static bool has_grown(const struct checkpoint *checkpoint, uint64_t durable)
{
    const uint64_t share = checkpoint->engine->config.checkpoint_depth / DEPTH_SHARE;
    const uint64_t step = share < STEP_MAX ? share : STEP_MAX;
    return log_distance(checkpoint->engine->log, checkpoint->tried_at, durable) > step;
}

/* So far behind that changes are refused soon (transaction_check_depth), or are: then there may be nothing more to
 * grow. */
static bool is_deep(const struct engine *engine)
{
    const uint32_t limit = engine->config.checkpoint_too_deep;
    const lgen_t current = log_generation(engine->log), stored = log_checkpoint_generation(engine->log);
    return limit != 0 && current > stored && current - stored > limit / 2;
}

static void run(void *context)
{
    struct checkpoint *checkpoint = context;
    for (;;) {
        const uint32_t wishes = atomic_load(&checkpoint->wishes);
        if (wishes & WISH_STOP)
            return;
        if (wishes == 0)
            os_word_wait(&checkpoint->wishes, 0, INTERVAL_MS);
        const uint64_t durable = log_durable(checkpoint->engine->log);
        if (!(atomic_fetch_and(&checkpoint->wishes, ~(uint32_t)WISH_MOVE) & WISH_MOVE) &&
            !has_grown(checkpoint, durable) && !is_deep(checkpoint->engine))
            continue;
        checkpoint->tried_at = durable;
        jet_err_ignore(checkpoint_advance(checkpoint->engine, UINT64_MAX)); /* it is tried again */
    }
}

jet_err checkpoint_start(struct engine *engine)
{
    struct checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
    if (!checkpoint)
        return JET_errOutOfMemory;
    checkpoint->engine = engine;
    checkpoint->tried_at = log_durable(engine->log);
    jet_err err = os_thread_start(run, checkpoint, &checkpoint->thread);
    if (err < JET_errSuccess) {
        free(checkpoint);
        return err;
    }
    atomic_store(&engine->checkpoint, checkpoint);
    return JET_errSuccess;
}

static void wish(struct checkpoint *checkpoint, uint32_t what)
{
    atomic_fetch_or(&checkpoint->wishes, what);
    os_word_wake_all(&checkpoint->wishes);
}

void checkpoint_wish(struct engine *engine)
{
    struct checkpoint *checkpoint = atomic_load(&engine->checkpoint);
    if (checkpoint)
        wish(checkpoint, WISH_MOVE);
}

void checkpoint_stop(struct engine *engine)
{
    struct checkpoint *checkpoint = atomic_load(&engine->checkpoint);
    if (!checkpoint)
        return;
    wish(checkpoint, WISH_STOP);
    os_thread_join(checkpoint->thread);
    checkpoint->thread = NULL;
}

void checkpoint_free(struct engine *engine)
{
    struct checkpoint *checkpoint = atomic_load(&engine->checkpoint);
    atomic_store(&engine->checkpoint, NULL);
    free(checkpoint);
}
