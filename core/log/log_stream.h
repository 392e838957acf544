/* SPDX-License-Identifier: MIT */
/* log_stream.h - the writing end of a log stream.
 *
 *      log_append() --> ring of segments --> <base>.log --> <base>00001.log ...
 *                         (in memory)        (one leader writes and flushes for all that wait)
 *
 * Positions. Everything is a packed lgpos (lgpos_pack()). A record's *start* is where its first byte lies, with ib 0
 * for the first record of a segment. An *end* is one past its last byte: ib counts to 4096 and is never 0. Starts and
 * ends compare with each other as numbers. A record is durable when log_durable() has reached its end.
 *
 * Threads. Every function but open and close may be called by any thread at any time. log_append() copies under one
 * lock (LOG_BUFFER); whoever writes to files holds LOG_WRITE. A caller may hold page latches and locks of higher rank
 * than LOG_WRITE. Nothing here takes a page latch.
 *
 * Failure. A write or roll-over that fails takes the log down for good: JET_errLogWriteFail from then on. Records that
 * are not durable by then may or may not be on disk.
 */
#ifndef COLDSTREAM_LOG_LOG_STREAM_H
#define COLDSTREAM_LOG_LOG_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/attachlist.h"
#include "format/checkpoint.h"
#include "format/stamp.h"
#include "log/log_config.h"

struct log_stream;

/* ---- open and close ---- */

/* Where writing goes on; log_startup.h fills it in. */
struct log_resume {
    bool is_new;      /* nothing exists: the stream begins with `generation` and a new signature */
    bool has_current; /* <base>.log exists and is `generation`; else `generation` is closed already */
    lgen_t generation;
    lgen_t oldest; /* lowest closed generation in the folder; 0: none */
    uint16_t isec; /* first segment to write; behind the last one: the next generation is opened */
    struct signature_disk signature;
    struct logtime_disk created;         /* of `generation` */
    uint64_t checksum;                   /* XOR of the checksums of its segments below `isec` */
    bool was_circular;                   /* circular logging was on in an earlier generation */
    uint32_t update_major, update_minor; /* of its header: the version never falls */
    struct checkpoint_disk checkpoint;   /* as found; zeroed if none was */
};

/* What the stream asks of those above it. None of these may append or wait for the log. */
struct log_hooks {
    void *context;
    /* The attachment list for the header of a new generation, or for a checkpoint. */
    void (*attachments)(void *context, uint8_t ret_list[ATTACHLIST_SIZE]);
    /* A generation has become the current one: database headers get their new numbers. LOG_WRITE is held, nothing can
     * be appended before it returns. A failure is the databases' own affair. */
    void (*generation_begun)(void *context, lgen_t generation, struct logtime_disk created);
    /* The log is durable up to this end of a record. LOG_WRITE is held. */
    void (*durable)(void *context, uint64_t lgpos_end);
    /* The log is down for this reason; told once, by any thread. */
    void (*failed)(void *context, jet_err err);
};

/* Opens for appending; makes the first or next generation, and reserve logs, if they are missing. With `resume->is_new`
 * the checkpoint file is made first. Hooks that are NULL: no attachments, nobody to tell. JET_errLogDiskFull,
 * JET_errLogFilePathInUse (another instance), JET_errFileAccessDenied ..., JET_errLogSequenceEnd, JET_errOutOfMemory,
 * JET_errOutOfThreads. */
MUST_CHECK jet_err log_stream_open(const struct log_config *config, const struct log_resume *resume,
                                   const struct log_hooks *hooks, struct log_stream **ret_stream);

/* Ends the writer thread and closes the files. Nothing is flushed: what log_flush_to() was not asked for is lost. Takes
 * NULL. */
void log_stream_close(struct log_stream *stream);

/* ---- appending ---- */

struct log_piece {
    const void *bytes;
    size_t size;
};

/* One record: its pieces one after another. */
struct log_record {
    const struct log_piece *pieces;
    unsigned count;
};

enum log_append_flag {
    LOG_APPEND_NO_WAIT = 1 << 0,        /* JET_errTaskDropped instead of waiting for room or a roll-over */
    LOG_APPEND_NEW_GENERATION = 1 << 1, /* a new generation is opened behind these records, before the call returns */
    LOG_APPEND_FIRST_IN_GENERATION = 1 << 2, /* ... before them: they are the first of it */
};

struct log_append {
    unsigned flags; /* enum log_append_flag */
    /* Called when the place is known and before the bytes are copied, one caller at a time, in the order of the log:
     * numbers that must grow along the log (trxCommit0) are put into the pieces here. May not call anything of the
     * log. */
    void (*placed)(void *context, uint64_t lgpos_start);
    void *context;
};

/* Appends `count` records, adjacent and in one generation. `options` may be NULL. `*ret_start`: of the first;
 * `*ret_end`: of the last; either may be NULL.
 *      JET_errLogWriteFail       the log is down
 *      JET_errLogDiskFull        a roll-over found no space, no reserve was left; the log is down
 *      JET_errLogSequenceEnd     no generation is left, not even for recovery
 *      JET_errLogBufferTooSmall  more than a log file or the buffer can hold
 *      JET_errTaskDropped        LOG_APPEND_NO_WAIT, and it would have to wait */
MUST_CHECK jet_err log_append(struct log_stream *stream, const struct log_record *records, unsigned count,
                              const struct log_append *options, uint64_t *ret_start, uint64_t *ret_end);

/* What the calling thread has appended, to all streams, since it began; the numbers wrap around. */
struct log_counts {
    uint32_t records, bytes;
};
const struct log_counts *log_counts_of_thread(void);

/* Returns when everything up to `lgpos_end` is on stable storage. One thread writes for all that wait.
 * JET_errLogWriteFail: it is unknown whether it is. */
MUST_CHECK jet_err log_flush_to(struct log_stream *stream, uint64_t lgpos_end);

/* The same, but JET_errTaskDropped instead of waiting for the end of a freeze. */
MUST_CHECK jet_err log_try_flush_to(struct log_stream *stream, uint64_t lgpos_end);

/* What has been appended so far will be flushed within that time: not at once, so that one flush does for many. Never
 * waits. */
void log_flush_within(struct log_stream *stream, uint32_t milliseconds);
void log_flush_soon(struct log_stream *stream); /* some milliseconds */

/* ---- where the stream stands ---- */

uint64_t log_tip(const struct log_stream *stream);     /* end of what was appended */
uint64_t log_durable(const struct log_stream *stream); /* end of what is on stable storage */

/* The start that the next record would have if it were appended now: for what has to name a position before it logs. */
uint64_t log_next_start(const struct log_stream *stream);

lgen_t log_generation(const struct log_stream *stream);                                        /* the current one */
struct logtime_disk log_generation_created(struct log_stream *stream, lgen_t *ret_generation); /* and which that is */
const struct signature_disk *log_signature(const struct log_stream *stream);
const struct log_config *log_stream_config(const struct log_stream *stream);
uint32_t log_update_major(const struct log_stream *stream); /* of the headers it writes */

/* Whether new work may begin: JET_errSuccess; JET_errLogWriteFail (down); JET_errLogDiskFull (on reserve logs: roll
 * back and shut down, no more); JET_errLogSequenceEnd (likewise). */
MUST_CHECK jet_err log_state(const struct log_stream *stream);

/* The same by who would begin new work: on reserve logs it tries to make them whole, after which new work may begin
 * again. No latch is held. Besides log_state()'s, errors of making files. */
MUST_CHECK jet_err log_space_look(struct log_stream *stream);

/* Bytes from `from` to `to`, counted as the format counts them (headers as if they were data). */
uint64_t log_distance(const struct log_stream *stream, uint64_t from, uint64_t to);

/* ---- checkpoint file and old generations ---- */

/* The generation in which the stored checkpoint lies. */
lgen_t log_checkpoint_generation(const struct log_stream *stream);

struct log_checkpoint {
    uint64_t checkpoint;  /* redo starts here: the start of a record */
    uint64_t consistency; /* 0: the same */
    bool has_attachments; /* the list is asked for by the hook; not at a clean shutdown */
};

/* Writes the checkpoint file; database headers must have been written before. A failure is not the log's: try again
 * later. The stored checkpoint never moves back. With circular logging, generations below it are deleted. */
MUST_CHECK jet_err log_checkpoint_write(struct log_stream *stream, const struct log_checkpoint *checkpoint);

/* The checkpoint last written or found; 0: none. */
uint64_t log_checkpoint_get(const struct log_stream *stream);

/* The checkpoint that the file holds, which no recovery goes back behind. JET_errCheckpointFileNotFound,
 * JET_errCheckpointCorrupt; errors of reading. */
MUST_CHECK jet_err log_checkpoint_read(struct log_stream *stream, uint64_t *ret_checkpoint);

/* Nothing from `generation` on is deleted or re-used; 0: no such restriction. For backups. */
void log_keep_from(struct log_stream *stream, lgen_t generation);

/* The lowest generation that is still in the folder. */
lgen_t log_oldest(struct log_stream *stream);

/* Deletes the closed generations below `below`, in ascending order; stops at the first that cannot be deleted. */
MUST_CHECK jet_err log_truncate(struct log_stream *stream, lgen_t below);

/* ---- freezing, for a snapshot ----
 *
 * From log_freeze() to log_thaw() no log file is written, made, renamed or deleted. Records are still appended, in memory, as
 * long as there is room; what has to be durable waits. What is on disk then:
 *
 *      not circular   ... <base>0000A.log, all closed, with everything that had been appended; <base>tmp.log, the whole next
 *                     generation without a record, and no <base>.log
 *      circular       ... <base>.log, with everything that had been appended; no <base>tmp.log
 */

/* Who would write waits from now on, until log_thaw(). At once, and waits for nothing: with many logs to freeze, those
 * that come late do not keep the disk busy. Only log_freeze() and log_thaw() may follow. */
void log_hold(struct log_stream *stream);

/* Freezes. `record` is the first of the next generation (circular: the last but a few of the current one);
 * `*ret_start`: where it lies; `*ret_last`: the last generation that the frozen files hold. JET_errLogWriteFail and
 * others of a roll-over, and the log is down; JET_errLogSequenceEnd; JET_errOutOfMemory. It is thawed when this is
 * called. */
MUST_CHECK jet_err log_freeze(struct log_stream *stream, const struct log_record *record, uint64_t *ret_start,
                              lgen_t *ret_last);

/* Takes back what log_freeze() and log_hold() did; nothing, if the log is not frozen. Those who wait go on. A failure
 * takes the log down. */
MUST_CHECK jet_err log_thaw(struct log_stream *stream);

/* Before a change, while no latch is held: waits for the end of a freeze if what is left of the buffer is not plenty,
 * so that no page is held by somebody who waits for room. */
void log_wait_for_room(struct log_stream *stream);

/* Between log_hold() and log_thaw()? Who makes many changes under one lock ends that then, and waits for room without
 * it. */
bool log_is_frozen(const struct log_stream *stream);

/* The checkpoint file is not written from the one to the other; a write under way is waited for. */
void log_checkpoint_freeze(struct log_stream *stream);
void log_checkpoint_thaw(struct log_stream *stream);

/* Which backup the checkpoint file will name from its next write on (backup-api 7.5): the position and time of its
 * "prepare logs" record. */
void log_note_backup(struct log_stream *stream, bool is_incremental, uint64_t lgpos, struct logtime_disk time);

#endif
