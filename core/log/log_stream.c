/* SPDX-License-Identifier: MIT */
/* log_stream.c - opens and closes a log stream, and says where it stands.
 *
 * A stream is opened in one of three situations (struct log_resume): nothing exists; <base>.log exists and has a free
 * segment; it has none, or there is only closed logs. In the first and the last a generation is begun before anything
 * is appended. The hook for that is not called: whoever opens the stream looks at log_generation().
 */
#include "log/log_stream.h"

#include <stdlib.h>
#include <string.h>

#include "log/log_path.h"
#include "log/log_stream_internal.h"
#include "log/log_time.h"
#include "os/os_word.h"

/* ---- open ---- */

static char *copy_text(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

static bool is_version_below(uint32_t major, uint32_t minor, const struct log_resume *resume)
{
    return major < resume->update_major || (major == resume->update_major && minor < resume->update_minor);
}

static void choose_version(struct log_stream *stream, const struct log_config *config, const struct log_resume *resume)
{
    stream->update_major = config->update_major ? config->update_major : LOG_UPDATE_MAJOR;
    stream->update_minor = config->update_major ? config->update_minor : LOG_UPDATE_MINOR;
    if (!resume->is_new && is_version_below(stream->update_major, stream->update_minor, resume)) {
        stream->update_major = resume->update_major;
        stream->update_minor = resume->update_minor;
    }
}

static jet_err take_config(struct log_stream *stream, const struct log_config *config, const struct log_resume *resume)
{
    stream->config = *config;
    stream->config.log_folder = copy_text(config->log_folder);
    stream->config.system_folder = copy_text(config->system_folder);
    stream->generation_last = config->generation_last ? config->generation_last : LOG_GENERATION_LAST;
    stream->ring_segments =
        config->buffer_segments > LOG_BUFFER_SEGMENTS_MIN ? config->buffer_segments : LOG_BUFFER_SEGMENTS_MIN;
    choose_version(stream, config, resume);
    return stream->config.log_folder && stream->config.system_folder ? JET_errSuccess : JET_errOutOfMemory;
}

static jet_err allocate(struct log_stream *stream)
{
    stream->ring = os_pages_alloc((size_t)stream->ring_segments * LOGSEGMENT_SIZE);
    stream->tail = os_pages_alloc(LOG_TAIL_SEGMENTS * LOGSEGMENT_SIZE);
    stream->used = calloc(stream->ring_segments, sizeof *stream->used);
    if (!stream->ring || !stream->tail || !stream->used)
        return JET_errOutOfMemory;
    jet_err err = os_mutex_new(LOCK_RANK_LOG_BUFFER, &stream->buffer_lock);
    if (err == JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_LOG_WRITE, &stream->write_lock);
    if (err == JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_LOG_FILES, &stream->files_lock);
    if (err == JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_LOG_CHECKPOINT, &stream->checkpoint_lock);
    return err;
}

void log_ring_begin(struct log_stream *stream, lgen_t generation, uint16_t isec)
{
    const uint64_t begin = lgpos_pack((struct lgpos){generation, isec, LOGSEGMENT_DATA_OFFSET});
    stream->generation = generation;
    stream->current_created = stream->created;
    stream->written = isec;
    stream->is_closing = false;
    log_ring_open_segment(stream, isec);
    atomic_store(&stream->current, generation);
    atomic_store_explicit(&stream->tip, begin, memory_order_release);
    atomic_store_explicit(&stream->durable, begin, memory_order_release);
}

static jet_err open_current(struct log_stream *stream)
{
    char *path;
    jet_err err = log_path_make(&stream->config, LOGNAME_CURRENT, &path);
    if (err < JET_errSuccess)
        return err;
    err = log_file_occupy(path, &stream->file);
    free(path);
    return err == JET_errFileNotFound ? JET_errMissingLogFile : err;
}

static jet_err begin_stream(struct log_stream *stream, const struct log_resume *resume)
{
    const lgen_t first = resume->generation ? resume->generation : 1;
    jet_err err = log_signature_new(&stream->signature);
    if (err == JET_errSuccess)
        err = log_checkpoint_first(stream, first);
    if (err == JET_errSuccess)
        err = log_begin_generation(stream, first, (struct logtime_disk){0}, 0);
    if (err < JET_errSuccess)
        return err;
    stream->oldest = first;
    log_ring_begin(stream, first, 1);
    return JET_errSuccess;
}

static jet_err continue_stream(struct log_stream *stream, const struct log_resume *resume)
{
    jet_err err = JET_errSuccess;
    const bool has_room = resume->has_current && resume->isec + 2u <= stream->config.segments;
    stream->signature = resume->signature;
    stream->created = resume->created;
    stream->checksum = resume->checksum;
    stream->was_circular = resume->was_circular;
    stream->oldest = resume->oldest ? resume->oldest : resume->generation;
    stream->checkpoint_disk = resume->checkpoint;
    atomic_store(&stream->checkpoint, lgpos_pack(lgpos_get(resume->checkpoint.checkpoint)));
    atomic_store(&stream->current, resume->generation);
    if (resume->has_current)
        err = open_current(stream);
    if (err == JET_errSuccess && !has_room)
        err = log_begin_generation(stream, resume->generation + 1, resume->created, resume->checksum);
    if (err < JET_errSuccess)
        return err;
    log_ring_begin(stream, has_room ? resume->generation : resume->generation + 1, has_room ? resume->isec : 1);
    return JET_errSuccess;
}

static jet_err open_files(struct log_stream *stream, const struct log_resume *resume)
{
    if (!resume->is_new && resume->generation >= LOG_GENERATION_LAST_RECOVERY)
        return JET_errLogSequenceEnd;
    jet_err err = log_spare_open(stream);
    if (err < JET_errSuccess)
        return err;
    return resume->is_new ? begin_stream(stream, resume) : continue_stream(stream, resume);
}

jet_err log_stream_open(const struct log_config *config, const struct log_resume *resume, const struct log_hooks *hooks,
                        struct log_stream **ret_stream)
{
    struct log_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return JET_errOutOfMemory;
    if (hooks)
        stream->hooks = *hooks;
    atomic_store(&stream->flush_due_ns, UINT64_MAX);
    jet_err err = take_config(stream, config, resume);
    if (err == JET_errSuccess)
        err = allocate(stream);
    if (err == JET_errSuccess)
        err = open_files(stream, resume);
    if (err == JET_errSuccess)
        err = os_thread_start(log_writer_run, stream, &stream->thread);
    if (err < JET_errSuccess) {
        log_stream_close(stream);
        return err;
    }
    if (!stream->config.is_prepared_late)
        log_wish(stream, LOG_WISH_PREPARE);
    *ret_stream = stream;
    return JET_errSuccess;
}

void log_stream_close(struct log_stream *stream)
{
    if (!stream)
        return;
    if (stream->thread) {
        log_wish(stream, LOG_WISH_STOP);
        os_thread_join(stream->thread);
    }
    os_file_close(stream->file);
    os_mutex_free(stream->buffer_lock);
    os_mutex_free(stream->write_lock);
    os_mutex_free(stream->files_lock);
    os_mutex_free(stream->checkpoint_lock);
    os_pages_free(stream->ring, (size_t)stream->ring_segments * LOGSEGMENT_SIZE);
    os_pages_free(stream->tail, LOG_TAIL_SEGMENTS * LOGSEGMENT_SIZE);
    free(stream->used);
    free((void *)(uintptr_t)stream->config.log_folder);
    free((void *)(uintptr_t)stream->config.system_folder);
    free(stream);
}

/* ---- where it stands ---- */

uint64_t log_tip(const struct log_stream *stream)
{
    return atomic_load_explicit(&stream->tip, memory_order_acquire);
}

uint64_t log_durable(const struct log_stream *stream)
{
    return atomic_load_explicit(&stream->durable, memory_order_acquire);
}

uint64_t log_next_start(const struct log_stream *stream)
{
    struct lgpos next = lgpos_unpack(log_tip(stream));
    if (next.ib == LOGSEGMENT_SIZE)
        next.isec++;
    if (next.ib == LOGSEGMENT_SIZE || next.ib == LOGSEGMENT_DATA_OFFSET)
        next.ib = 0;
    return lgpos_pack(next);
}

lgen_t log_generation(const struct log_stream *stream)
{
    return atomic_load(&stream->current);
}

struct logtime_disk log_generation_created(struct log_stream *stream, lgen_t *ret_generation)
{
    os_mutex_lock(stream->buffer_lock);
    const struct logtime_disk created = stream->current_created;
    *ret_generation = stream->generation;
    os_mutex_unlock(stream->buffer_lock);
    return created;
}

const struct signature_disk *log_signature(const struct log_stream *stream)
{
    return &stream->signature;
}

const struct log_config *log_stream_config(const struct log_stream *stream)
{
    return &stream->config;
}

uint32_t log_update_major(const struct log_stream *stream)
{
    return stream->update_major;
}

jet_err log_state(const struct log_stream *stream)
{
    if (atomic_load(&stream->down) < JET_errSuccess)
        return JET_errLogWriteFail;
    if (atomic_load(&stream->is_on_reserve))
        return JET_errLogDiskFull;
    if (atomic_load(&stream->current) >= stream->generation_last)
        return JET_errLogSequenceEnd;
    return JET_errSuccess;
}

static uint64_t linear(const struct log_stream *stream, uint64_t packed)
{
    const struct lgpos lgpos = lgpos_unpack(packed);
    return ((uint64_t)lgpos.generation * stream->config.segments + lgpos.isec) * LOGSEGMENT_SIZE + lgpos.ib;
}

uint64_t log_distance(const struct log_stream *stream, uint64_t from, uint64_t to)
{
    return from < to ? linear(stream, to) - linear(stream, from) : 0;
}
