/* SPDX-License-Identifier: MIT */
/* log_checkpoint.c - the checkpoint file, written.
 *
 * The two copies are written and flushed one after the other, so that one of them is whole at any moment. What backups
 * put into the file is kept as it was found. The position never moves back, and a writer that comes late with an older
 * one writes the newer again: headers of databases were written before either.
 */
#include <stdlib.h>
#include <string.h>

#include "log/log_path.h"
#include "log/log_stream_internal.h"
#include "os/os_word.h"

static jet_err open_file(const char *path, struct os_file **ret_file, bool *ret_is_new)
{
    jet_err err = os_file_open(path, OS_FILE_READ_WRITE, ret_file);
    *ret_is_new = err == JET_errFileNotFound;
    return *ret_is_new ? os_file_open(path, OS_FILE_CREATE_NEW, ret_file) : err;
}

static jet_err write_copies(struct os_file *file, const struct checkpoint_disk *disk)
{
    for (unsigned i = 0; i < 2; i++) {
        jet_err err = os_file_write(file, i * (uint64_t)CHECKPOINT_COPY_SIZE, disk, sizeof *disk);
        if (err == JET_errSuccess)
            err = os_file_flush(file);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

static jet_err file_write(const struct log_stream *stream, const struct checkpoint_disk *disk)
{
    struct os_file *file;
    bool is_new;
    char *path;
    jet_err err = log_path_make(&stream->config, LOGNAME_CHECKPOINT, &path);
    if (err < JET_errSuccess)
        return err;
    err = open_file(path, &file, &is_new);
    free(path);
    if (err < JET_errSuccess)
        return err;
    err = write_copies(file, disk);
    os_file_close(file);
    if (err == JET_errSuccess && is_new)
        err = os_folder_flush(stream->config.system_folder);
    return err;
}

static void fill(struct log_stream *stream, const struct log_checkpoint *checkpoint, struct checkpoint_disk *disk)
{
    const uint64_t consistency = checkpoint->consistency ? checkpoint->consistency : checkpoint->checkpoint;
    *disk = stream->checkpoint_disk;
    disk->checkpoint = lgpos_make(lgpos_unpack(checkpoint->checkpoint));
    disk->consistency = lgpos_make(lgpos_unpack(consistency));
    disk->signature = stream->signature;
    disk->dbms = stream->config.dbms;
    disk->flags = checkpoint->has_attachments ? CHECKPOINT_FLAG_ATTACHMENTS : 0;
    disk->filetype = le32_make(CHECKPOINT_FILETYPE);
    memset(disk->attachments, 0, sizeof disk->attachments);
    if (checkpoint->has_attachments && stream->hooks.attachments)
        stream->hooks.attachments(stream->hooks.context, disk->attachments);
    checkpoint_seal(disk);
}

static jet_err write_locked(struct log_stream *stream, const struct log_checkpoint *wanted)
{
    struct log_checkpoint checkpoint = *wanted;
    struct checkpoint_disk disk;
    const uint64_t present = atomic_load(&stream->checkpoint);
    if (checkpoint.checkpoint < present)
        checkpoint.checkpoint = present;
    fill(stream, &checkpoint, &disk);
    jet_err err = file_write(stream, &disk);
    if (err < JET_errSuccess)
        return err;
    stream->checkpoint_disk = disk;
    atomic_store(&stream->checkpoint, checkpoint.checkpoint);
    return JET_errSuccess;
}

/* Not while a freeze lasts. */
static void lock_when_thawed(struct log_stream *stream)
{
    os_mutex_lock(stream->checkpoint_lock);
    while (stream->is_checkpoint_frozen) {
        const uint32_t seen = atomic_load(&stream->progress);
        os_mutex_unlock(stream->checkpoint_lock);
        os_word_wait(&stream->progress, seen, OS_WAIT_FOREVER);
        os_mutex_lock(stream->checkpoint_lock);
    }
}

lgen_t log_checkpoint_generation(const struct log_stream *stream)
{
    return lgpos_unpack(atomic_load_explicit(&stream->checkpoint, memory_order_relaxed)).generation;
}

jet_err log_checkpoint_write(struct log_stream *stream, const struct log_checkpoint *checkpoint)
{
    lock_when_thawed(stream);
    jet_err err = write_locked(stream, checkpoint);
    os_mutex_unlock(stream->checkpoint_lock);
    if (err == JET_errSuccess)
        log_spare_delete_old(stream);
    return err;
}

void log_checkpoint_freeze(struct log_stream *stream)
{
    os_mutex_lock(stream->checkpoint_lock);
    stream->is_checkpoint_frozen = true;
    os_mutex_unlock(stream->checkpoint_lock);
}

void log_checkpoint_thaw(struct log_stream *stream)
{
    os_mutex_lock(stream->checkpoint_lock);
    stream->is_checkpoint_frozen = false;
    os_mutex_unlock(stream->checkpoint_lock);
    log_progress(stream);
}

static jet_err read_locked(const struct log_stream *stream, uint64_t *ret_checkpoint)
{
    uint8_t bytes[CHECKPOINT_FILE_SIZE];
    struct checkpoint_selection selection;
    uint64_t file_size;
    size_t size;
    char *path;
    jet_err err = log_path_make(&stream->config, LOGNAME_CHECKPOINT, &path);
    if (err < JET_errSuccess)
        return err;
    err = os_file_read_start(path, bytes, sizeof bytes, &size, &file_size);
    free(path);
    if (err < JET_errSuccess)
        return err == JET_errFileNotFound ? JET_errCheckpointFileNotFound : err;
    err = checkpoint_select(bytes, size, &selection);
    if (err < JET_errSuccess)
        return JET_errCheckpointCorrupt;
    *ret_checkpoint = lgpos_pack(lgpos_get(selection.checkpoint->checkpoint));
    return JET_errSuccess;
}

jet_err log_checkpoint_read(struct log_stream *stream, uint64_t *ret_checkpoint)
{
    os_mutex_lock(stream->checkpoint_lock);
    jet_err err = read_locked(stream, ret_checkpoint);
    os_mutex_unlock(stream->checkpoint_lock);
    return err;
}

jet_err log_checkpoint_first(struct log_stream *stream, lgen_t generation)
{
    const struct log_checkpoint begin = {
        .checkpoint = lgpos_pack((struct lgpos){.generation = generation, .isec = 1}),
        .has_attachments = true,
    };
    return log_checkpoint_write(stream, &begin);
}

uint64_t log_checkpoint_get(const struct log_stream *stream)
{
    return atomic_load(&stream->checkpoint);
}
