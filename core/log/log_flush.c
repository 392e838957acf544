/* SPDX-License-Identifier: MIT */
/* log_flush.c - from the ring to the disk.
 *
 * One batch is everything that was appended when it was taken:
 *
 *      first                      full                    partial
 *      [partly on disk already?]  [whole] [whole] ...     [being filled]
 *
 * Rules. They make it possible to lose or tear any of the writes that were not flushed, all of them at once if need be,
 * without losing anything that was flushed before.
 *   1. A segment that has become whole, and lies on disk partly filled, is written alone and flushed before anything covers
 *      its shadow.
 *   2. A partial segment is written with its shadow behind it, and a copy two places behind: in one write if it is new. Each
 *      time that it is written again, so is the shadow, and a copy at the place, of two and three behind, that has not the
 *      newest: what was flushed last is not touched there. At the end of a file, where there are no such places, the segment
 *      is flushed before its shadow is written.
 *      The last segment of a batch counts as partial even if it is full: what is acknowledged always ends with a shadow.
 *   3. Every segment says how many before it might not have been durable when it was written (logsegment.h). After a crash
 *      the reader so tells what was never acknowledged from what was damaged.
 *
 * Group commit. Who needs durability becomes the leader, or waits for `progress`. The leader writes all there is,
 * flushes once, and wakes everybody; who is not covered yet tries again. There is no delay to collect more: while one
 * flush is on its way, the next ones gather.
 *
 * The writer thread does what nobody waits for: lazy commits, a half-full buffer, the next log, roll-overs on behalf of
 * who must not wait.
 */
#include <assert.h>
#include <string.h>

#include "log/log_stream_internal.h"
#include "os/os_clock.h"
#include "os/os_thread.h"
#include "os/os_word.h"

enum { LOG_LAZY_MS = 20, NS_PER_MS = 1000000 };

struct batch {
    unsigned first; /* whole segments: first .. partial - 1 */
    unsigned partial;
    uint16_t partial_used;
    unsigned durable; /* segments below this one are */
    uint64_t end;
};

/* ---- waiting ---- */

void log_progress(struct log_stream *stream)
{
    atomic_fetch_add(&stream->progress, 1);
    os_word_wake_all(&stream->progress);
}

jet_err log_take_down(struct log_stream *stream, jet_err err)
{
    jet_err none = JET_errSuccess;
    const bool is_first = atomic_compare_exchange_strong(&stream->down, &none, err);
    if (is_first && stream->hooks.failed)
        stream->hooks.failed(stream->hooks.context, err);
    log_progress(stream);
    return err;
}

void log_wish(struct log_stream *stream, enum log_wish wish)
{
    if (atomic_load_explicit(&stream->wishes, memory_order_relaxed) & wish)
        return;
    if (!(atomic_fetch_or(&stream->wishes, (uint32_t)wish) & wish))
        os_word_wake_all(&stream->wishes);
}

/* ---- writing ---- */

static uint8_t *ring_slot(const struct log_stream *stream, unsigned isec)
{
    return stream->ring + (size_t)(isec % stream->ring_segments) * LOGSEGMENT_SIZE;
}

static jet_err write_at(struct log_stream *stream, unsigned isec, const uint8_t *segments, size_t count)
{
    return os_file_write(stream->file, (uint64_t)isec * LOGSEGMENT_SIZE, segments, count * LOGSEGMENT_SIZE);
}

static uint64_t seal(struct log_stream *stream, const struct batch *batch, uint8_t *segment, unsigned isec)
{
    struct logsegment_header_disk *header = (void *)segment;
    header->unflushed = le16_make((uint16_t)(isec - batch->durable));
    logsegment_seal(segment, (uint16_t)isec, stream->generation);
    return le64_get(header->checksum);
}

/* What is to be written, as one piece of history: nothing of it changes any more. */
static void batch_take(struct log_stream *stream, struct batch *batch)
{
    os_mutex_lock(stream->buffer_lock);
    *batch = (struct batch){
        .first = stream->written,
        .partial = stream->isec,
        .partial_used = stream->offset,
        .durable = stream->written,
        .end = atomic_load_explicit(&stream->tip, memory_order_relaxed),
    };
    memcpy(stream->tail, ring_slot(stream, batch->partial), batch->partial_used);
    os_mutex_unlock(stream->buffer_lock);
    memset(stream->tail + batch->partial_used, 0, LOGSEGMENT_SIZE - (size_t)batch->partial_used);
}

static void batch_done(struct log_stream *stream, const struct batch *batch)
{
    os_mutex_lock(stream->buffer_lock);
    stream->written = (uint16_t)batch->partial;
    os_mutex_unlock(stream->buffer_lock);
    atomic_store_explicit(&stream->durable, batch->end, memory_order_release);
    log_progress(stream);
    if (stream->hooks.durable)
        stream->hooks.durable(stream->hooks.context, batch->end);
}

/* Rule 1. */
static jet_err write_completed(struct log_stream *stream, struct batch *batch)
{
    const unsigned isec = batch->first;
    if (stream->partial_isec != isec || isec == batch->partial)
        return JET_errSuccess;
    batch->first = batch->durable = isec + 1;
    stream->partial_isec = 0;
    if (stream->used[isec % stream->ring_segments] == stream->partial_used)
        return JET_errSuccess; /* nothing came to it: it lies there as it is */
    uint8_t *segment = ring_slot(stream, isec);
    batch->durable = isec;
    stream->checksum ^= stream->partial_checksum ^ seal(stream, batch, segment, isec);
    batch->durable = isec + 1;
    jet_err err = write_at(stream, isec, segment, 1);
    if (err < JET_errSuccess)
        return err;
    return os_file_flush_data(stream->file);
}

/* The rest of the whole segments, as far as they are adjacent in the ring, with one write. */
static jet_err write_whole(struct log_stream *stream, const struct batch *batch)
{
    for (unsigned isec = batch->first; isec < batch->partial; isec++)
        stream->checksum ^= seal(stream, batch, ring_slot(stream, isec), isec);
    for (unsigned isec = batch->first; isec < batch->partial;) {
        const unsigned to_wrap = stream->ring_segments - isec % stream->ring_segments;
        const unsigned left = batch->partial - isec;
        const unsigned count = left < to_wrap ? left : to_wrap;
        jet_err err = write_at(stream, isec, ring_slot(stream, isec), count);
        if (err < JET_errSuccess)
            return err;
        isec += count;
    }
    return JET_errSuccess;
}

static uint8_t *tail_segment(const struct log_stream *stream, unsigned number)
{
    return stream->tail + (size_t)number * LOGSEGMENT_SIZE;
}

/* Where the copy goes this time: never where the last one is. */
static uint16_t choose_copy(const struct log_stream *stream, unsigned isec, bool is_again)
{
    if (is_again)
        return stream->partial_copy == 0 ? 0 : stream->partial_copy == 2 ? 3 : 2;
    return stream->config.segments - isec > LOGSEGMENT_COPIES ? 2 : 0;
}

/* The shadow and the copy. */
static jet_err write_copies(struct log_stream *stream, unsigned isec)
{
    if (stream->partial_copy == 2)
        return write_at(stream, isec + 1, tail_segment(stream, 1), 2);
    jet_err err = write_at(stream, isec + 1, tail_segment(stream, 1), 1);
    if (err < JET_errSuccess || stream->partial_copy == 0)
        return err;
    return write_at(stream, isec + stream->partial_copy, tail_segment(stream, 2), 1);
}

/* The segment goes first: a process that is killed leaves the shadow behind, never ahead. */
static jet_err write_partial_again(struct log_stream *stream, unsigned isec)
{
    jet_err err = write_at(stream, isec, stream->tail, 1);
    if (err == JET_errSuccess && stream->partial_copy == 0)
        err = os_file_flush_data(stream->file);
    return err == JET_errSuccess ? write_copies(stream, isec) : err;
}

/* Rule 2. */
static jet_err write_partial(struct log_stream *stream, const struct batch *batch)
{
    const unsigned isec = batch->partial;
    const bool is_again = stream->partial_isec == isec;
    if (is_again && stream->partial_used == batch->partial_used)
        return JET_errSuccess;
    const uint64_t checksum = seal(stream, batch, stream->tail, isec);
    for (unsigned i = 1; i < LOG_TAIL_SEGMENTS; i++)
        memcpy(tail_segment(stream, i), stream->tail, LOGSEGMENT_SIZE);
    stream->checksum ^= checksum ^ (is_again ? stream->partial_checksum : 0);
    stream->partial_copy = choose_copy(stream, isec, is_again);
    stream->partial_isec = (uint16_t)isec;
    stream->partial_used = batch->partial_used;
    stream->partial_checksum = checksum;
    if (stream->partial_copy != 0)
        logsegment_seal_copy(tail_segment(stream, 2), (uint16_t)(isec + stream->partial_copy));
    if (is_again)
        return write_partial_again(stream, isec);
    return write_at(stream, isec, stream->tail, stream->partial_copy != 0 ? 3 : 2);
}

static jet_err batch_write(struct log_stream *stream, struct batch *batch)
{
    jet_err err = write_completed(stream, batch);
    if (err < JET_errSuccess)
        return err;
    err = write_whole(stream, batch);
    if (err < JET_errSuccess)
        return err;
    err = write_partial(stream, batch);
    if (err < JET_errSuccess)
        return err;
    return os_file_flush_data(stream->file);
}

jet_err log_write_out(struct log_stream *stream)
{
    struct batch batch;
    if (atomic_load(&stream->down) < JET_errSuccess)
        return JET_errLogWriteFail;
    batch_take(stream, &batch);
    if (batch.end == atomic_load_explicit(&stream->durable, memory_order_relaxed))
        return JET_errSuccess;
    jet_err err = batch_write(stream, &batch);
    if (err < JET_errSuccess) {
        log_take_down(stream, err);
        return JET_errLogWriteFail;
    }
    batch_done(stream, &batch);
    return JET_errSuccess;
}

/* ---- group commit ---- */

/* Writes for all that wait, unless a freeze came first. The next leader may begin when this one has said that it is
 * done. */
static jet_err lead(struct log_stream *stream, uint64_t lgpos_end)
{
    jet_err err = JET_errSuccess;
    os_mutex_lock(stream->write_lock);
    if (log_durable(stream) < lgpos_end && !atomic_load(&stream->is_frozen))
        err = log_write_out(stream);
    os_mutex_unlock(stream->write_lock);
    atomic_store(&stream->leader, 0);
    log_progress(stream);
    return err;
}

/* `waits`: for the end of a freeze, too; else JET_errTaskDropped. */
static jet_err flush_to(struct log_stream *stream, uint64_t lgpos_end, bool waits)
{
    const uint64_t tip = log_tip(stream);
    if (lgpos_end > tip)
        lgpos_end = tip; /* more has not been promised to anybody */
    while (log_durable(stream) < lgpos_end) {
        const uint32_t seen = atomic_load(&stream->progress);
        if (atomic_load(&stream->down) < JET_errSuccess)
            return JET_errLogWriteFail;
        if (log_durable(stream) >= lgpos_end)
            break;
        const bool is_frozen = atomic_load(&stream->is_frozen);
        if (is_frozen && !waits)
            return JET_errTaskDropped;
        if (is_frozen || atomic_exchange(&stream->leader, 1) != 0) {
            os_word_wait(&stream->progress, seen, OS_WAIT_FOREVER);
            continue;
        }
        jet_err err = lead(stream, lgpos_end);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

jet_err log_flush_to(struct log_stream *stream, uint64_t lgpos_end)
{
    return flush_to(stream, lgpos_end, true);
}

jet_err log_try_flush_to(struct log_stream *stream, uint64_t lgpos_end)
{
    return flush_to(stream, lgpos_end, false);
}

/* The earliest of all that are asked for counts: the flush that it leads to reads the tip after it has taken the time
 * away, and so covers whoever found it sufficient. */
void log_flush_within(struct log_stream *stream, uint32_t milliseconds)
{
    const uint64_t due_ns = os_clock_monotonic_ns() + (uint64_t)milliseconds * NS_PER_MS;
    uint64_t earliest_ns = atomic_load(&stream->flush_due_ns);
    while (due_ns < earliest_ns && !atomic_compare_exchange_weak(&stream->flush_due_ns, &earliest_ns, due_ns)) {
    }
    if (due_ns < earliest_ns)
        log_wish(stream, LOG_WISH_DUE);
}

void log_flush_soon(struct log_stream *stream)
{
    log_flush_within(stream, LOG_LAZY_MS);
}

/* ---- the writer thread ---- */

/* Whether any of these is wanted; they are not any more. */
static bool wish_take(struct log_stream *stream, uint32_t wishes)
{
    return atomic_fetch_and(&stream->wishes, ~wishes) & wishes;
}

/* How long the writer may sleep if nobody wishes for anything: OS_WAIT_FOREVER, or until a lazy flush is due. */
static int64_t until_due_ms(const struct log_stream *stream)
{
    const uint64_t due_ns = atomic_load(&stream->flush_due_ns);
    const uint64_t now_ns = os_clock_monotonic_ns();
    if (due_ns == UINT64_MAX)
        return OS_WAIT_FOREVER;
    return due_ns <= now_ns ? 0 : (int64_t)((due_ns - now_ns) / NS_PER_MS + 1);
}

/* Whether a lazy flush is due; it is not any more. */
static bool due_take(struct log_stream *stream)
{
    const uint64_t now_ns = os_clock_monotonic_ns();
    uint64_t due_ns = atomic_load(&stream->flush_due_ns);
    while (due_ns <= now_ns)
        if (atomic_compare_exchange_weak(&stream->flush_due_ns, &due_ns, UINT64_MAX))
            return true;
    return false;
}

/* A failure is known to everybody by then: the log is down. What cannot be done in a freeze is wished for again behind
 * it. */
static void do_wishes(struct log_stream *stream)
{
    bool ignored;
    const bool is_due = due_take(stream);
    if (wish_take(stream, LOG_WISH_FLUSH) || is_due)
        jet_err_ignore(log_try_flush_to(stream, log_tip(stream)));
    if (wish_take(stream, LOG_WISH_ROLL) && !atomic_load(&stream->is_frozen))
        jet_err_ignore(log_roll(stream, log_generation(stream), NULL, &ignored));
    if (wish_take(stream, LOG_WISH_PREPARE))
        jet_err_ignore(log_spare_prepare(stream)); /* at the latest, the roll-over tries again, and says why not */
}

void log_writer_run(void *context)
{
    struct log_stream *stream = context;
    for (;;) {
        (void)wish_take(stream, LOG_WISH_DUE); /* before the time is read */
        const int64_t sleep_ms = until_due_ms(stream);
        if (sleep_ms != 0)
            os_word_wait(&stream->wishes, 0, sleep_ms);
        if (atomic_load(&stream->wishes) & LOG_WISH_STOP)
            return;
        do_wishes(stream);
    }
}
