/* SPDX-License-Identifier: MIT */
/* log_freeze.c - the log stands still for a snapshot.
 *
 * Not circular: a roll-over that stops between its renames (log_rollover.c). Appending goes on in the ring at once, in
 * the new generation; its file gets its name, and database headers the number, when the log is thawed.
 *
 * Circular: everything is written, and that is all. If the generation is nearly full, an ordinary roll-over comes
 * first, so that appending can go on.
 *
 * `is_frozen` is looked at, with write_lock held, by all who would write: log_flush_to() and log_roll() wait, the
 * writer thread drops its wishes. Who is writing when it is set ends that; the freeze comes behind him, by the lock. A
 * lock is not held from freeze to thaw.
 */
#include "log/log_stream_internal.h"
#include "log/log_time.h"
#include "os/os_word.h"

/* Half of what the buffer, or the generation, can take: more than those who are at work already can want. */
static bool has_plenty_of_room(struct log_stream *stream)
{
    const unsigned most =
        stream->ring_segments < stream->config.segments ? stream->ring_segments : stream->config.segments;
    os_mutex_lock(stream->buffer_lock);
    const unsigned used = (unsigned)(stream->isec - stream->written),
                   left = (unsigned)(stream->config.segments - stream->isec);
    const bool has_plenty = !stream->is_closing && used < most / 2 && left > most / 2;
    os_mutex_unlock(stream->buffer_lock);
    return has_plenty;
}

/* The ring goes on with an empty generation, and this record. */
static void begin_in_memory(struct log_stream *stream, lgen_t generation, struct log_call *first)
{
    os_mutex_lock(stream->buffer_lock);
    log_ring_begin(stream, generation, 1);
    log_ring_place_first(stream, first);
    os_mutex_unlock(stream->buffer_lock);
}

static void close_generation(struct log_stream *stream)
{
    os_mutex_lock(stream->buffer_lock);
    stream->is_closing = true;
    os_mutex_unlock(stream->buffer_lock);
}

static bool is_closing(struct log_stream *stream)
{
    os_mutex_lock(stream->buffer_lock);
    const bool closing = stream->is_closing;
    os_mutex_unlock(stream->buffer_lock);
    return closing;
}

static jet_err freeze_linear(struct log_stream *stream, struct log_call *call, lgen_t *ret_last)
{
    const lgen_t next = stream->generation + 1;
    if (next > stream->generation_last)
        return JET_errLogSequenceEnd;
    close_generation(stream);
    jet_err err = log_write_out(stream);
    if (err < JET_errSuccess)
        return err;
    err = log_pause_between(stream, next);
    if (err == JET_errSuccess)
        err = log_spare_freeze(stream, true);
    if (err < JET_errSuccess)
        return log_take_down(stream, err);
    stream->is_paused = true;
    begin_in_memory(stream, next, call);
    *ret_last = next - 1;
    return JET_errSuccess;
}

/* Into the current generation, or, if it is nearly full, the next one. Others append meanwhile: what they leave no room
 * for is written until there is some. */
static jet_err append_circular(struct log_stream *stream, struct log_call *call)
{
    const struct log_append options = {.flags = LOG_APPEND_NO_WAIT};
    jet_err err = log_write_out(stream);
    while (err == JET_errSuccess) {
        if (!has_plenty_of_room(stream) && stream->generation < stream->generation_last) {
            close_generation(stream);
            return log_roll_locked(stream, call);
        }
        err = log_append(stream, call->records, call->count, &options, &call->start, NULL);
        if (err != JET_errTaskDropped)
            return err;
        err = is_closing(stream) ? JET_errLogSequenceEnd : log_write_out(stream);
    }
    return err;
}

static jet_err freeze_circular(struct log_stream *stream, struct log_call *call, lgen_t *ret_last)
{
    jet_err err = append_circular(stream, call);
    if (err == JET_errSuccess)
        err = log_write_out(stream);
    if (err == JET_errSuccess)
        err = log_spare_freeze(stream, false);
    if (err == JET_errSuccess)
        *ret_last = stream->generation;
    return err;
}

void log_hold(struct log_stream *stream)
{
    atomic_store(&stream->is_frozen, true);
}

jet_err log_freeze(struct log_stream *stream, const struct log_record *record, uint64_t *ret_start, lgen_t *ret_last)
{
    struct log_call call = {.records = record, .count = 1};
    if (!stream->config.is_circular)
        jet_err_ignore(log_spare_prepare(stream)); /* the longest part, before anybody has to wait; tried again */
    log_hold(stream);
    os_mutex_lock(stream->write_lock);
    jet_err err =
        stream->config.is_circular ? freeze_circular(stream, &call, ret_last) : freeze_linear(stream, &call, ret_last);
    os_mutex_unlock(stream->write_lock);
    if (err < JET_errSuccess) {
        jet_err_ignore(log_thaw(stream)); /* the first error counts */
        return err;
    }
    log_progress(stream);
    *ret_start = call.start;
    return JET_errSuccess;
}

static jet_err thaw_locked(struct log_stream *stream)
{
    jet_err err = JET_errSuccess;
    if (stream->is_paused) {
        err = log_resume_between(stream);
        if (err < JET_errSuccess)
            log_take_down(stream, err);
        else if (stream->hooks.generation_begun)
            stream->hooks.generation_begun(stream->hooks.context, stream->generation, stream->created);
    }
    stream->is_paused = false;
    log_spare_thaw(stream);
    atomic_store(&stream->is_frozen, false);
    return err;
}

jet_err log_thaw(struct log_stream *stream)
{
    os_mutex_lock(stream->write_lock);
    jet_err err = thaw_locked(stream);
    os_mutex_unlock(stream->write_lock);
    log_progress(stream);
    log_flush_soon(stream);
    log_wish(stream, LOG_WISH_ROLL);
    if (!stream->config.is_prepared_late)
        log_wish(stream, LOG_WISH_PREPARE);
    return err;
}

void log_wait_for_room(struct log_stream *stream)
{
    while (atomic_load_explicit(&stream->is_frozen, memory_order_relaxed)) {
        const uint32_t seen = atomic_load(&stream->progress);
        if (!atomic_load(&stream->is_frozen) || atomic_load(&stream->down) < JET_errSuccess ||
            has_plenty_of_room(stream))
            return;
        os_word_wait(&stream->progress, seen, OS_WAIT_FOREVER);
    }
}

bool log_is_frozen(const struct log_stream *stream)
{
    return atomic_load(&stream->is_frozen);
}

void log_note_backup(struct log_stream *stream, bool is_incremental, uint64_t lgpos, struct logtime_disk time)
{
    struct checkpoint_disk *disk = &stream->checkpoint_disk;
    os_mutex_lock(stream->checkpoint_lock);
    *(is_incremental ? &disk->incremental_backup : &disk->full_backup) = lgpos_make(lgpos_unpack(lgpos));
    *(is_incremental ? &disk->incremental_time : &disk->full_time) = time;
    os_mutex_unlock(stream->checkpoint_lock);
}
