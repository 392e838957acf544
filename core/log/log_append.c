/* SPDX-License-Identifier: MIT */
/* log_append.c - where records lie in the stream, and their way into the ring.
 *
 * A record is placed whole if it fits in what is left of the segment. Else, if fewer than 32 bytes are left, they stay
 * zero and it goes to the next segment; if more are left, it is cut: a FragmentBegin with its whole length and the
 * first piece fill the segment, and every following one begins with a Fragment and the next piece. What is logged in
 * one call never crosses generations, and is adjacent.
 *
 * A call is measured before anything is copied: first against the generation, then against the free slots of the ring.
 * The bytes are copied under buffer_lock; that is what makes the order of positions the order of calls.
 */
#include <assert.h>
#include <string.h>

#include "format/logrecord.h"
#include "log/log_stream_internal.h"
#include "log/log_time.h"

enum {
    FRAGMENT_ROOM_MIN = 32, /* less than this at the end of a segment stays empty */
    FRAGMENT_BEGIN_SIZE = sizeof(struct logrec_fragment_begin_disk),
    FRAGMENT_SIZE = sizeof(struct logrec_fragment_disk),
};

/* A place in the current generation. */
struct spot {
    unsigned isec;
    unsigned offset; /* up to LOGSEGMENT_SIZE: the segment is full */
};

static unsigned spot_room(struct spot spot)
{
    return LOGSEGMENT_SIZE - spot.offset;
}

/* Where a record of `size` bytes begins that comes after `spot`. */
static struct spot spot_begin(struct spot spot, size_t size)
{
    if (size > spot_room(spot) && spot_room(spot) < FRAGMENT_ROOM_MIN)
        return (struct spot){spot.isec + 1, LOGSEGMENT_DATA_OFFSET};
    return spot;
}

/* The place behind a record of `size` bytes that begins at `spot`. */
static struct spot spot_behind(struct spot spot, size_t size)
{
    enum { PIECE_MAX = LOGSEGMENT_SIZE - LOGSEGMENT_DATA_OFFSET - FRAGMENT_SIZE };
    if (size <= spot_room(spot))
        return (struct spot){spot.isec, spot.offset + (unsigned)size};
    const size_t rest = size - (spot_room(spot) - FRAGMENT_BEGIN_SIZE);
    const size_t whole = (rest - 1) / PIECE_MAX;
    return (struct spot){spot.isec + 1 + (unsigned)whole,
                         LOGSEGMENT_DATA_OFFSET + FRAGMENT_SIZE + (unsigned)(rest - whole * PIECE_MAX)};
}

static uint64_t spot_start(lgen_t generation, struct spot spot)
{
    const unsigned ib = spot.offset == LOGSEGMENT_DATA_OFFSET ? 0 : spot.offset;
    return lgpos_pack((struct lgpos){generation, (uint16_t)spot.isec, (uint16_t)ib});
}

static uint64_t spot_end(lgen_t generation, struct spot spot)
{
    return lgpos_pack((struct lgpos){generation, (uint16_t)spot.isec, (uint16_t)spot.offset});
}

static size_t record_size(const struct log_record *record)
{
    size_t size = 0;
    for (unsigned i = 0; i < record->count; i++)
        size += record->pieces[i].size;
    return size;
}

/* ---- copying ---- */

/* The bytes of a record, to be taken in portions. */
struct piece_walk {
    const struct log_piece *piece;
    size_t at; /* in it */
};

static void piece_walk_take(struct piece_walk *walk, uint8_t *to, size_t size)
{
    while (size > 0) {
        const size_t left = walk->piece->size - walk->at;
        const size_t now = left < size ? left : size;
        if (now > 0)
            memcpy(to, (const uint8_t *)walk->piece->bytes + walk->at, now);
        to += now;
        size -= now;
        walk->at += now;
        if (walk->at == walk->piece->size) {
            walk->piece++;
            walk->at = 0;
        }
    }
}

static uint8_t *ring_slot(struct log_stream *stream, unsigned isec)
{
    return stream->ring + (size_t)(isec % stream->ring_segments) * LOGSEGMENT_SIZE;
}

void log_ring_open_segment(struct log_stream *stream, uint16_t isec)
{
    struct logsegment_header_disk *header = (void *)ring_slot(stream, isec);
    memset(header, 0, LOGSEGMENT_SIZE);
    header->written = log_time_now();
    stream->isec = isec;
    stream->offset = LOGSEGMENT_DATA_OFFSET;
    stream->used[isec % stream->ring_segments] = LOGSEGMENT_DATA_OFFSET;
}

/* `size` bytes at the end of what is there; they fit. */
static uint8_t *ring_extend(struct log_stream *stream, size_t size)
{
    uint8_t *at = ring_slot(stream, stream->isec) + stream->offset;
    stream->offset = (uint16_t)(stream->offset + size);
    assert(stream->offset <= LOGSEGMENT_SIZE);
    stream->used[stream->isec % stream->ring_segments] = stream->offset;
    return at;
}

static void put_fragments(struct log_stream *stream, struct piece_walk *walk, size_t size)
{
    size_t now = LOGSEGMENT_SIZE - (size_t)stream->offset - FRAGMENT_BEGIN_SIZE;
    uint8_t *at = ring_extend(stream, FRAGMENT_BEGIN_SIZE + now);
    logrec_fragment_begin_encode(size, now, (void *)at);
    piece_walk_take(walk, at + FRAGMENT_BEGIN_SIZE, now);
    for (size -= now; size > 0; size -= now) {
        log_ring_open_segment(stream, (uint16_t)(stream->isec + 1));
        now = LOGSEGMENT_SIZE - LOGSEGMENT_DATA_OFFSET - FRAGMENT_SIZE;
        if (now > size)
            now = size;
        at = ring_extend(stream, FRAGMENT_SIZE + now);
        logrec_fragment_encode(now, (void *)at);
        piece_walk_take(walk, at + FRAGMENT_SIZE, now);
    }
}

static void put_record(struct log_stream *stream, const struct log_record *record)
{
    struct piece_walk walk = {.piece = record->pieces};
    const size_t size = record_size(record);
    const struct spot begin = spot_begin((struct spot){stream->isec, stream->offset}, size);
    if (begin.isec != stream->isec)
        log_ring_open_segment(stream, (uint16_t)begin.isec);
    if (size <= spot_room(begin))
        piece_walk_take(&walk, ring_extend(stream, size), size);
    else
        put_fragments(stream, &walk, size);
}

static void place(struct log_stream *stream, struct log_call *call, struct spot begin)
{
    call->start = spot_start(stream->generation, begin);
    if (call->options && call->options->placed)
        call->options->placed(call->options->context, call->start);
    for (unsigned i = 0; i < call->count; i++)
        put_record(stream, &call->records[i]);
    call->end = spot_end(stream->generation, (struct spot){stream->isec, stream->offset});
    atomic_store_explicit(&stream->tip, call->end, memory_order_release);
}

void log_ring_place_first(struct log_stream *stream, struct log_call *call)
{
    place(stream, call, (struct spot){stream->isec, stream->offset});
}

/* ---- measuring ---- */

static struct spot measure(const struct log_call *call, struct spot at, struct spot *ret_begin)
{
    for (unsigned i = 0; i < call->count; i++) {
        const size_t size = record_size(&call->records[i]);
        at = spot_begin(at, size);
        if (i == 0)
            *ret_begin = at;
        at = spot_behind(at, size);
    }
    return at;
}

/* The last segment never holds data. */
static bool fits_generation(const struct log_stream *stream, struct spot end)
{
    return end.isec + 2u <= stream->config.segments;
}

/* Whether a call can be placed at all: in an empty generation, and in a ring of which one segment is in use. */
static bool is_placeable(const struct log_stream *stream, const struct log_call *call)
{
    struct spot begin;
    const struct spot end = measure(call, (struct spot){1, LOGSEGMENT_DATA_OFFSET}, &begin);
    return fits_generation(stream, end) && end.isec < stream->ring_segments;
}

/* What became of an attempt. */
enum attempt {
    PLACED,
    NEEDS_GENERATION, /* the next one */
    NEEDS_ROOM,       /* in the ring */
};

static enum attempt attempt_locked(struct log_stream *stream, struct log_call *call, unsigned flags)
{
    struct spot begin;
    const struct spot end = measure(call, (struct spot){stream->isec, stream->offset}, &begin);
    if (stream->is_closing)
        return NEEDS_GENERATION;
    if ((flags & LOG_APPEND_FIRST_IN_GENERATION) || !fits_generation(stream, end)) {
        stream->is_closing = true;
        return NEEDS_GENERATION;
    }
    if (end.isec - stream->written >= stream->ring_segments)
        return NEEDS_ROOM;
    place(stream, call, begin);
    if (flags & LOG_APPEND_NEW_GENERATION)
        stream->is_closing = true;
    return PLACED;
}

static jet_err down_or(const struct log_stream *stream, jet_err err)
{
    return atomic_load(&stream->down) < JET_errSuccess ? JET_errLogWriteFail : err;
}

/* One attempt; `*ret_generation`: the one it was made in. */
static enum attempt attempt(struct log_stream *stream, struct log_call *call, unsigned flags, lgen_t *ret_generation,
                            bool *ret_is_half_full)
{
    os_mutex_lock(stream->buffer_lock);
    *ret_generation = stream->generation;
    const enum attempt result = attempt_locked(stream, call, flags);
    *ret_is_half_full = (unsigned)(stream->isec - stream->written) * 2 >= stream->ring_segments;
    os_mutex_unlock(stream->buffer_lock);
    return result;
}

/* Brings about what an attempt lacked. `*ret_placed`: the call has been placed on the way. */
static jet_err provide(struct log_stream *stream, enum attempt lack, struct log_call *call, unsigned flags,
                       lgen_t generation, bool *ret_placed)
{
    *ret_placed = false;
    if (flags & LOG_APPEND_NO_WAIT) {
        log_wish(stream, lack == NEEDS_ROOM ? LOG_WISH_FLUSH : LOG_WISH_ROLL);
        return JET_errTaskDropped;
    }
    if (lack == NEEDS_ROOM)
        return log_flush_to(stream, log_tip(stream));
    return log_roll(stream, generation, flags & LOG_APPEND_FIRST_IN_GENERATION ? call : NULL, ret_placed);
}

static _Thread_local struct log_counts counts;

const struct log_counts *log_counts_of_thread(void)
{
    return &counts;
}

static void count_up(const struct log_record *records, unsigned number)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < number; i++)
        bytes += record_size(&records[i]);
    counts.records += number;
    counts.bytes += (uint32_t)bytes;
}

jet_err log_append(struct log_stream *stream, const struct log_record *records, unsigned count,
                   const struct log_append *options, uint64_t *ret_start, uint64_t *ret_end)
{
    struct log_call call = {.records = records, .count = count, .options = options};
    const unsigned flags = options ? options->flags : 0;
    lgen_t generation;
    bool is_half_full = false, placed = false;
    if (!is_placeable(stream, &call))
        return JET_errLogBufferTooSmall;
    while (!placed) {
        jet_err err = down_or(stream, JET_errSuccess);
        if (err < JET_errSuccess)
            return err;
        const enum attempt result = attempt(stream, &call, flags, &generation, &is_half_full);
        if (result == PLACED)
            break;
        err = provide(stream, result, &call, flags, generation, &placed);
        if (err < JET_errSuccess)
            return err;
    }
    count_up(records, count);
    if (is_half_full)
        log_wish(stream, LOG_WISH_FLUSH);
    if (flags & LOG_APPEND_NEW_GENERATION) {
        bool ignored;
        jet_err err = log_roll(stream, lgpos_unpack(call.end).generation, NULL, &ignored);
        if (err < JET_errSuccess)
            return err;
    }
    if (ret_start)
        *ret_start = call.start;
    if (ret_end)
        *ret_end = call.end;
    return JET_errSuccess;
}
