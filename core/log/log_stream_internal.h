/* SPDX-License-Identifier: MIT */
/* log_stream_internal.h - the state of a log stream, and what its files ask of each other.
 *
 *   log_stream.c      open, close, where it stands
 *   log_append.c      places records in the ring
 *   log_flush.c       writes the ring to the current log; group commit; the writer thread
 *   log_rollover.c    headers, the change to the next generation
 *   log_spare.c       the next log in preparation, reserve logs, circular logging, truncation
 *   log_checkpoint.c  the checkpoint file
 *   log_freeze.c      holding all of it for a snapshot
 *
 * Locks, outermost first: LOG_CHECKPOINT, LOG_WRITE, LOG_FILES, LOG_BUFFER. Each field says which one guards it.
 *
 * The ring. Segment `isec` of the current generation lies in slot isec % ring_segments. Slots of `written` to `isec`
 * are in use: whole segments that are not durable yet, and the one that is being filled. A generation starts with an
 * empty ring.
 *
 * Waiting. `progress` is counted up, and everybody who waits on it woken, whenever something became durable, a
 * generation began, the log was thawed, or went down. Who waits reads it first, then looks whether he still has to.
 */
#ifndef COLDSTREAM_LOG_LOG_STREAM_INTERNAL_H
#define COLDSTREAM_LOG_LOG_STREAM_INTERNAL_H

#include <stdatomic.h>

#include "format/logheader.h"
#include "format/logsegment.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "os/os_thread.h"

/* What the writer thread is asked to do. */
enum log_wish {
    LOG_WISH_STOP = 1 << 0,
    LOG_WISH_FLUSH = 1 << 1, /* now: the buffer is half full */
    LOG_WISH_DUE = 1 << 2,   /* flush_due_ns is another: look at it */
    LOG_WISH_ROLL = 1 << 3,
    LOG_WISH_PREPARE = 1 << 4, /* the next log */
};

enum { LOG_TAIL_SEGMENTS = 3 };

struct log_stream {
    struct log_config config; /* strings are copies; never changes after open */
    struct log_hooks hooks;
    struct signature_disk signature;
    uint32_t update_major, update_minor;
    lgen_t generation_last;

    /* ---- the ring: buffer_lock ---- */
    struct os_mutex *buffer_lock;
    uint8_t *ring;
    uint16_t ring_segments;
    uint16_t *used;    /* of each slot: bytes of the segment in use, its header included */
    lgen_t generation; /* current one; changed under write_lock and buffer_lock, so either will do for reading */
    uint16_t isec;     /* being filled */
    uint16_t offset;   /* of its next free byte: 40 to 4096 */
    uint16_t written;  /* first segment that is not durable as a whole */
    bool is_closing;   /* nothing is appended until the next generation has begun */
    struct logtime_disk current_created; /* of `generation` */

    /* ---- read by anybody ---- */
    _Atomic uint64_t tip;     /* written under buffer_lock (release) */
    _Atomic uint64_t durable; /* written under write_lock (release): who sees it may rely on the files */
    _Atomic jet_err down;     /* JET_errSuccess, or why nothing can be logged any more; set once */
    _Atomic uint32_t progress;
    _Atomic uint64_t flush_due_ns; /* os_clock_monotonic_ns(): a lazy flush is to be by then; UINT64_MAX: none */
    _Atomic uint32_t leader;       /* 1: somebody is writing for those who wait for durability */
    atomic_bool is_on_reserve;
    atomic_bool is_frozen;    /* nothing is written to logs; written under write_lock */
    _Atomic uint32_t current; /* = generation */

    /* ---- the current log: write_lock ---- */
    struct os_mutex *write_lock;
    struct os_file *file;
    bool is_paused; /* by a freeze: between the renames of a roll-over */
    struct logtime_disk created;
    uint64_t checksum;     /* XOR of the segments' checksums on disk */
    uint16_t partial_isec; /* the segment that lies on disk partly filled, with its shadow; 0: none */
    uint16_t partial_used;
    uint64_t partial_checksum;
    uint16_t partial_copy; /* how many places behind it its newest copy lies: 2 or 3; 0: it has none */
    uint8_t *tail;         /* LOG_TAIL_SEGMENTS: the one being filled, its shadow, and a copy */
    bool was_circular;

    /* ---- other files: files_lock ---- */
    struct os_mutex *files_lock;
    bool is_prepared; /* <base>tmp.log is ready */
    bool is_from_reserve;
    bool is_spare_frozen; /* no log file is made, used again or deleted */
    lgen_t oldest;        /* lowest closed generation; = current if there is none */
    lgen_t keep_from;     /* 0: no restriction */

    /* ---- checkpoint file: checkpoint_lock ---- */
    struct os_mutex *checkpoint_lock;
    bool is_checkpoint_frozen;
    struct checkpoint_disk checkpoint_disk;
    _Atomic uint64_t checkpoint; /* read by anybody */

    struct os_thread *thread;
    _Atomic uint32_t wishes; /* enum log_wish; the thread waits on it */
};

/* ---- log_append.c ---- */

/* What one call of log_append() has to place. */
struct log_call {
    const struct log_record *records;
    unsigned count;
    const struct log_append *options;
    uint64_t start, end; /* results */
};

/* Makes segment `isec` the one being filled. buffer_lock. */
void log_ring_open_segment(struct log_stream *stream, uint16_t isec);

/* Places a call as the first of a generation that has just begun. buffer_lock. It fits: it was measured before. */
void log_ring_place_first(struct log_stream *stream, struct log_call *call);

/* ---- log_flush.c ---- */

/* Writes and flushes everything that was appended. write_lock. Takes the log down if it fails. */
MUST_CHECK jet_err log_write_out(struct log_stream *stream);

/* Everybody who waits looks again. */
void log_progress(struct log_stream *stream);

/* The end of all logging; `err` is kept as the reason. Returns `err`. */
jet_err log_take_down(struct log_stream *stream, jet_err err);

void log_wish(struct log_stream *stream, enum log_wish wish);
void log_writer_run(void *context);

/* ---- log_rollover.c ---- */

/* Changes to the next generation if `generation` is still the current one, and closing. `first` (NULL: none) becomes
 * its first record. Takes write_lock, and waits while the log is frozen. Takes the log down if it fails. */
MUST_CHECK jet_err log_roll(struct log_stream *stream, lgen_t generation, struct log_call *first, bool *ret_placed);

/* The same for who has write_lock and has said that the generation closes; a freeze is not looked at. */
MUST_CHECK jet_err log_roll_locked(struct log_stream *stream, struct log_call *first);

/* Makes generation `generation` the current one, out of a spare log: header, rename, open. write_lock. */
MUST_CHECK jet_err log_begin_generation(struct log_stream *stream, lgen_t generation, struct logtime_disk prev_created,
                                        uint64_t prev_checksum);

/* The same in two halves, for a freeze: when the first returns, all there was is closed, and `generation` is whole
 * under the spare's name; the second makes it the current one. write_lock. */
MUST_CHECK jet_err log_pause_between(struct log_stream *stream, lgen_t generation);
MUST_CHECK jet_err log_resume_between(struct log_stream *stream);

/* The ring takes segments of the current log from `isec` on. buffer_lock. */
void log_ring_begin(struct log_stream *stream, lgen_t generation, uint16_t isec);

/* ---- log_checkpoint.c ---- */

/* The first checkpoint file of a stream: it must never meet an older one's. */
MUST_CHECK jet_err log_checkpoint_first(struct log_stream *stream, lgen_t generation);

/* ---- log_spare.c ---- */

/* Sees to it that <base>tmp.log is a whole file. May be called early; log_begin_generation() calls it anyway.
 * JET_errTaskDropped: not while the log is frozen. */
MUST_CHECK jet_err log_spare_prepare(struct log_stream *stream);

/* Whether the spare that is ready was a reserve log. */
bool log_spare_is_from_reserve(struct log_stream *stream);

/* The spare has been used up. */
void log_spare_taken(struct log_stream *stream);

/* No log file is made, used again or deleted from the one to the other. Without `keeps_spare`, the spare goes first. */
MUST_CHECK jet_err log_spare_freeze(struct log_stream *stream, bool keeps_spare);
void log_spare_thaw(struct log_stream *stream);

/* At open: removes what is left of an interrupted preparation, and makes the reserve logs. */
MUST_CHECK jet_err log_spare_open(struct log_stream *stream);

/* With circular logging: deletes what lies below the checkpoint, but for a few that can be used again. */
void log_spare_delete_old(struct log_stream *stream);

#endif
