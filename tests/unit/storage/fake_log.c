/* SPDX-License-Identifier: MIT */
#include "fake_log.h"

#include "base/jet_err.h"

void fake_log_init(struct log_stream *log, lgen_t generation)
{
    *log = (struct log_stream){.tip = (uint64_t)generation << 32, .durable = (uint64_t)generation << 32};
}

uint64_t fake_log_append(struct log_stream *log)
{
    return atomic_fetch_add(&log->tip, 1) + 1;
}

uint64_t log_tip(const struct log_stream *stream)
{
    return atomic_load(&stream->tip);
}

uint64_t log_durable(const struct log_stream *stream)
{
    return atomic_load(&stream->durable);
}

uint64_t log_distance(const struct log_stream *stream, uint64_t from, uint64_t to)
{
    (void)stream;
    return to - from;
}

jet_err log_flush_to(struct log_stream *stream, uint64_t lgpos_end)
{
    jet_err err = atomic_load(&stream->flush_err);
    if (err < JET_errSuccess)
        return err;
    atomic_fetch_add(&stream->flushes, 1);
    uint64_t seen = atomic_load(&stream->durable);
    while (seen < lgpos_end && !atomic_compare_exchange_weak(&stream->durable, &seen, lgpos_end))
        ;
    return JET_errSuccess;
}

jet_err log_try_flush_to(struct log_stream *stream, uint64_t lgpos_end)
{
    return atomic_load(&stream->is_frozen) ? JET_errTaskDropped : log_flush_to(stream, lgpos_end);
}
