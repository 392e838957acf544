/* SPDX-License-Identifier: MIT */
/* log_rollover.c - from one generation to the next.
 *
 *   1. nothing is appended any more (is_closing); what was, is written and flushed
 *   2. <base>tmp.log is made ready (log_spare.c) and gets the header of the new generation, flushed
 *   3. <base>.log gets its number, <base>tmp.log becomes <base>.log; the folder is flushed
 *   4. database headers get their new generations (hook), appending goes on at segment 1
 *
 * The two renames of step 3 are the commit point. A crash between them leaves no <base>.log; the closed log with the
 * highest number is the end of the stream then. A freeze stays between them on purpose (log_freeze.c). Any failure
 * takes the log down.
 */
#include <stdlib.h>

#include "log/log_path.h"
#include "log/log_stream_internal.h"
#include "log/log_time.h"
#include "os/os_word.h"

static uint8_t header_flags(const struct log_stream *stream, bool from_reserve)
{
    unsigned flags = LOGHEADER_FLAG_UNFLUSHED;
    if (from_reserve)
        flags |= LOGHEADER_FLAG_FROM_RESERVE;
    if (stream->config.is_circular)
        flags |= LOGHEADER_FLAG_CIRCULAR;
    if (stream->was_circular)
        flags |= LOGHEADER_FLAG_WAS_CIRCULAR;
    return (uint8_t)flags;
}

static void header_make(struct log_stream *stream, lgen_t generation, struct logtime_disk prev_created,
                        uint64_t prev_checksum, struct logheader_disk *header)
{
    *header = (struct logheader_disk){
        .generation = le32_make(generation),
        .segment_size = le16_make(LOGSEGMENT_SIZE),
        .header_segments = le16_make(1),
        .segment_count = le16_make(stream->config.segments),
        .page_size = le16_make((uint16_t)stream->config.page_size),
        .created = log_time_now(),
        .prev_created = prev_created,
        .version_major = le32_make(LOGHEADER_MAJOR),
        .version_minor = le32_make(LOGHEADER_MINOR),
        .update_major = le32_make(stream->update_major),
        .update_minor = le32_make(stream->update_minor),
        .signature = stream->signature,
        .dbms = stream->config.dbms,
        .checkpoint = lgpos_make(lgpos_unpack(atomic_load(&stream->checkpoint))),
        .prev_checksum = le64_make(prev_checksum),
        .engine_version = le32_make(LOG_ENGINE_VERSION),
        .filetype = le32_make(LOGHEADER_FILETYPE),
    };
    if (stream->hooks.attachments)
        stream->hooks.attachments(stream->hooks.context, header->attachments);
}

static jet_err header_write(const char *path, const struct logheader_disk *header)
{
    struct os_file *file;
    jet_err err = os_file_open(path, OS_FILE_READ_WRITE, &file);
    if (err < JET_errSuccess)
        return err;
    err = os_file_write(file, 0, header, sizeof *header);
    if (err == JET_errSuccess)
        err = os_file_flush_data(file);
    os_file_close(file);
    return err;
}

/* The paths that a change of generation touches. */
struct paths {
    char *current, *spare, *closed;
};

static void paths_done(struct paths *paths)
{
    free(paths->current);
    free(paths->spare);
    free(paths->closed);
}

static jet_err paths_make(const struct log_stream *stream, lgen_t closed, struct paths *paths)
{
    *paths = (struct paths){0};
    jet_err err = log_path_make(&stream->config, LOGNAME_CURRENT, &paths->current);
    if (err == JET_errSuccess)
        err = log_path_make(&stream->config, LOGNAME_TEMPORARY, &paths->spare);
    if (err == JET_errSuccess && closed != 0)
        err = log_path_closed(&stream->config, closed, &paths->closed);
    return err;
}

/* Step 2. What the stream knows of its current log is of the new one from here on. */
static jet_err prepare(struct log_stream *stream, const struct paths *paths, lgen_t generation,
                       struct logtime_disk prev_created, uint64_t prev_checksum)
{
    struct logheader_disk header;
    jet_err err = log_spare_prepare(stream);
    if (err < JET_errSuccess)
        return err;
    header_make(stream, generation, prev_created, prev_checksum, &header);
    header.flags = header_flags(stream, log_spare_is_from_reserve(stream));
    logheader_seal(&header);
    err = header_write(paths->spare, &header);
    if (err < JET_errSuccess)
        return err;
    stream->created = header.created;
    stream->checksum = 0;
    stream->partial_isec = 0;
    stream->was_circular = stream->was_circular || stream->config.is_circular;
    return JET_errSuccess;
}

/* Step 3, first half. A generation that is the first, or whose predecessor is closed already, finds no <base>.log. */
static jet_err close_current(struct log_stream *stream, const struct paths *paths)
{
    if (!stream->file)
        return JET_errSuccess;
    os_file_close(stream->file);
    stream->file = NULL;
    return os_path_rename_new(paths->current, paths->closed);
}

/* Step 3, second half. */
static jet_err open_spare(struct log_stream *stream, const struct paths *paths)
{
    jet_err err = os_path_rename_new(paths->spare, paths->current);
    if (err < JET_errSuccess)
        return err;
    log_spare_taken(stream);
    err = os_folder_flush(stream->config.log_folder);
    if (err == JET_errSuccess)
        err = log_file_occupy(paths->current, &stream->file);
    return err == JET_errFileNotFound ? JET_errMissingLogFile : err;
}

jet_err log_begin_generation(struct log_stream *stream, lgen_t generation, struct logtime_disk prev_created,
                             uint64_t prev_checksum)
{
    struct paths paths;
    jet_err err = paths_make(stream, generation - 1, &paths);
    if (err == JET_errSuccess)
        err = prepare(stream, &paths, generation, prev_created, prev_checksum);
    if (err == JET_errSuccess)
        err = close_current(stream, &paths);
    if (err == JET_errSuccess)
        err = open_spare(stream, &paths);
    paths_done(&paths);
    return err;
}

jet_err log_pause_between(struct log_stream *stream, lgen_t generation)
{
    struct paths paths;
    jet_err err = paths_make(stream, generation - 1, &paths);
    if (err == JET_errSuccess)
        err = prepare(stream, &paths, generation, stream->created, stream->checksum);
    if (err == JET_errSuccess)
        err = close_current(stream, &paths); /* whichever name a crash leaves it, it is the last log */
    paths_done(&paths);
    return err;
}

jet_err log_resume_between(struct log_stream *stream)
{
    struct paths paths;
    jet_err err = paths_make(stream, 0, &paths);
    if (err == JET_errSuccess)
        err = open_spare(stream, &paths);
    paths_done(&paths);
    return err;
}

/* Step 4. */
static void open_for_appending(struct log_stream *stream, lgen_t generation, struct log_call *first)
{
    if (stream->hooks.generation_begun)
        stream->hooks.generation_begun(stream->hooks.context, generation, stream->created);
    os_mutex_lock(stream->buffer_lock);
    log_ring_begin(stream, generation, 1);
    if (first)
        log_ring_place_first(stream, first);
    os_mutex_unlock(stream->buffer_lock);
    log_progress(stream);
}

jet_err log_roll_locked(struct log_stream *stream, struct log_call *first)
{
    const lgen_t next = stream->generation + 1;
    jet_err err = log_write_out(stream);
    if (err < JET_errSuccess)
        return err;
    if (next > LOG_GENERATION_LAST_RECOVERY)
        return log_take_down(stream, JET_errLogSequenceEnd);
    err = log_begin_generation(stream, next, stream->created, stream->checksum);
    if (err < JET_errSuccess)
        return log_take_down(stream, err);
    open_for_appending(stream, next, first);
    if (!stream->config.is_prepared_late)
        log_wish(stream, LOG_WISH_PREPARE);
    return JET_errSuccess;
}

static bool is_closing(struct log_stream *stream, lgen_t generation)
{
    os_mutex_lock(stream->buffer_lock);
    const bool closing = stream->is_closing && stream->generation == generation;
    os_mutex_unlock(stream->buffer_lock);
    return closing;
}

/* The same, unless a freeze forbids it: then nothing, and `*ret_is_frozen`. */
static jet_err roll_now(struct log_stream *stream, lgen_t generation, struct log_call *first, bool *ret_placed,
                        bool *ret_is_frozen)
{
    jet_err err = JET_errSuccess;
    os_mutex_lock(stream->write_lock);
    const bool is_due = is_closing(stream, generation);
    *ret_is_frozen = is_due && atomic_load(&stream->is_frozen);
    if (is_due && !*ret_is_frozen) {
        err = log_roll_locked(stream, first);
        *ret_placed = first && err == JET_errSuccess;
    }
    os_mutex_unlock(stream->write_lock);
    return err;
}

jet_err log_roll(struct log_stream *stream, lgen_t generation, struct log_call *first, bool *ret_placed)
{
    *ret_placed = false;
    for (;;) {
        bool is_frozen;
        const uint32_t seen = atomic_load(&stream->progress);
        if (atomic_load(&stream->down) < JET_errSuccess)
            return JET_errLogWriteFail;
        jet_err err = roll_now(stream, generation, first, ret_placed, &is_frozen);
        if (err < JET_errSuccess || !is_frozen)
            return err;
        os_word_wait(&stream->progress, seen, OS_WAIT_FOREVER);
    }
}
