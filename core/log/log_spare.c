/* SPDX-License-Identifier: MIT */
/* log_spare.c - log files before and after their life: the next one, the reserve, the old ones.
 *
 *                      make new ---+
 *      oldest closed log, renamed -+--> <base>tmp.log --> <base>.log --> <base>0000A.log --> used again or deleted
 *              last reserve log ---+
 *
 * Rules.
 *   1. A log file has its full size, really written, before it is used: its later writes need no space on the disk and change
 *      nothing that has to be flushed but data. A file that is used again is not wiped: its segments tell their generation.
 *   2. Only what lies below the checkpoint, and below what a backup keeps, is used again or deleted; the oldest first, so that
 *      no hole appears. SPARES_KEPT closed logs stay, so that there is always one to use again.
 *   3. A full disk costs a reserve log, and new work is refused from then on (log_state()). As soon as there is space again,
 *      the reserve is made whole first: with the next log, or when somebody asks whether new work may begin.
 */
#include <stdlib.h>

#include "log/log_path.h"
#include "log/log_stream_internal.h"

enum { SPARES_KEPT = 2 };

static uint64_t file_size(const struct log_stream *stream)
{
    return (uint64_t)stream->config.segments * LOGSEGMENT_SIZE;
}

/* ---- whole files of zeros ---- */

/* Makes a file of zeros; on failure there is none. */
static jet_err make_whole(struct log_stream *stream, const char *path)
{
    struct os_file *file;
    jet_err err = os_file_open(path, OS_FILE_CREATE_NEW, &file);
    if (err < JET_errSuccess)
        return err;
    err = os_file_allocate(file, file_size(stream));
    if (err == JET_errSuccess)
        err = os_file_flush(file);
    os_file_close(file);
    if (err < JET_errSuccess)
        jet_err_ignore(os_file_remove(path)); /* the first error is the one to tell */
    return err;
}

/* ---- old logs ---- */

/* Generations below this one are not needed by anybody. */
static lgen_t needed_from(const struct log_stream *stream)
{
    lgen_t needed = lgpos_unpack(atomic_load(&stream->checkpoint)).generation;
    if (stream->keep_from != 0 && stream->keep_from < needed)
        needed = stream->keep_from;
    const lgen_t current = atomic_load(&stream->current);
    return needed < current ? needed : current;
}

/* A closed log, if it is there and has the right size, becomes the spare. Its old name is gone for good before anything
 * is written into it: a closed log is what its name says. */
static jet_err use_again(struct log_stream *stream, lgen_t generation, const char *spare)
{
    struct os_path_info info;
    char *path = NULL;
    jet_err err = log_path_find_closed(&stream->config, stream->config.log_folder, generation, &path);
    if (err == JET_errSuccess)
        err = os_path_stat(path, &info);
    if (err == JET_errSuccess && info.size_bytes != file_size(stream))
        err = JET_errLogFileSizeMismatch;
    if (err == JET_errSuccess)
        err = os_path_rename_new(path, spare);
    free(path);
    if (err < JET_errSuccess)
        return err;
    err = os_folder_flush(stream->config.log_folder);
    if (err < JET_errSuccess)
        jet_err_ignore(os_file_remove(spare)); /* the first error is the one to tell */
    return err;
}

static jet_err delete_closed(struct log_stream *stream, lgen_t generation)
{
    char *path;
    jet_err err = log_path_find_closed(&stream->config, stream->config.log_folder, generation, &path);
    if (err < JET_errSuccess)
        return err == JET_errFileNotFound ? JET_errSuccess : err;
    err = os_file_remove(path);
    free(path);
    return err == JET_errFileNotFound ? JET_errSuccess : err;
}

static jet_err delete_below(struct log_stream *stream, lgen_t below)
{
    while (stream->oldest < below) {
        jet_err err = delete_closed(stream, stream->oldest);
        if (err < JET_errSuccess)
            return err;
        stream->oldest++;
    }
    return JET_errSuccess;
}

void log_spare_delete_old(struct log_stream *stream)
{
    if (!stream->config.is_circular)
        return;
    os_mutex_lock(stream->files_lock);
    const lgen_t needed = needed_from(stream);
    if (needed > SPARES_KEPT && !stream->is_spare_frozen)
        jet_err_ignore(delete_below(stream, needed - SPARES_KEPT)); /* what stays is deleted another time */
    os_mutex_unlock(stream->files_lock);
}

jet_err log_truncate(struct log_stream *stream, lgen_t below)
{
    os_mutex_lock(stream->files_lock);
    const lgen_t current = atomic_load(&stream->current);
    jet_err err = delete_below(stream, below < current ? below : current);
    os_mutex_unlock(stream->files_lock);
    if (err < JET_errSuccess)
        return err;
    return os_folder_flush(stream->config.log_folder);
}

void log_keep_from(struct log_stream *stream, lgen_t generation)
{
    os_mutex_lock(stream->files_lock);
    stream->keep_from = generation;
    os_mutex_unlock(stream->files_lock);
}

lgen_t log_oldest(struct log_stream *stream)
{
    os_mutex_lock(stream->files_lock);
    const lgen_t oldest = stream->oldest;
    os_mutex_unlock(stream->files_lock);
    return oldest;
}

/* ---- reserve logs ---- */

/* Makes those that are missing. Stops at the first that cannot be made. */
static jet_err reserve_fill(struct log_stream *stream)
{
    for (unsigned number = 1; number <= stream->config.reserve_count; number++) {
        char *path;
        jet_err err = log_path_reserve(&stream->config, number, &path);
        if (err < JET_errSuccess)
            return err;
        struct os_path_info info;
        err = os_path_stat(path, &info);
        if (err == JET_errSuccess && info.size_bytes != file_size(stream)) {
            err = os_file_remove(path);
            if (err == JET_errSuccess)
                err = JET_errFileNotFound;
        }
        if (err == JET_errFileNotFound)
            err = make_whole(stream, path);
        free(path);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

/* The reserve log with the highest number becomes the spare; `full_err`, if there is none. */
static jet_err reserve_use(struct log_stream *stream, const char *spare, jet_err full_err)
{
    for (unsigned number = stream->config.reserve_count; number > 0; number--) {
        char *path;
        jet_err err = log_path_reserve(&stream->config, number, &path);
        if (err < JET_errSuccess)
            return err;
        err = os_path_rename_new(path, spare);
        free(path);
        if (err == JET_errSuccess) {
            stream->is_from_reserve = true;
            atomic_store(&stream->is_on_reserve, true);
            return JET_errSuccess;
        }
    }
    return full_err;
}

/* ---- the spare ---- */

static jet_err obtain(struct log_stream *stream, const char *spare)
{
    if (stream->config.is_circular && stream->oldest < needed_from(stream)) {
        /* One that cannot be used again is left to be deleted. */
        if (use_again(stream, stream->oldest, spare) == JET_errSuccess) {
            stream->oldest++;
            return JET_errSuccess;
        }
    }
    jet_err err = atomic_load(&stream->is_on_reserve) ? reserve_fill(stream) : JET_errSuccess;
    if (err == JET_errSuccess)
        err = make_whole(stream, spare);
    if (err == JET_errDiskFull)
        return reserve_use(stream, spare, JET_errLogDiskFull);
    if (err == JET_errSuccess)
        atomic_store(&stream->is_on_reserve, false);
    return err;
}

jet_err log_spare_prepare(struct log_stream *stream)
{
    jet_err err = JET_errSuccess;
    char *spare = NULL;
    os_mutex_lock(stream->files_lock);
    if (!stream->is_prepared && stream->is_spare_frozen) {
        err = JET_errTaskDropped;
    } else if (!stream->is_prepared) {
        err = log_path_make(&stream->config, LOGNAME_TEMPORARY, &spare);
        if (err == JET_errSuccess)
            err = obtain(stream, spare);
        stream->is_prepared = err == JET_errSuccess;
    }
    os_mutex_unlock(stream->files_lock);
    free(spare);
    return err;
}

bool log_spare_is_from_reserve(struct log_stream *stream)
{
    os_mutex_lock(stream->files_lock);
    const bool is_from_reserve = stream->is_from_reserve;
    os_mutex_unlock(stream->files_lock);
    return is_from_reserve;
}

jet_err log_space_look(struct log_stream *stream)
{
    jet_err err = log_state(stream);
    if (err != JET_errLogDiskFull)
        return err;
    os_mutex_lock(stream->files_lock);
    err = atomic_load(&stream->is_on_reserve) ? reserve_fill(stream) : JET_errSuccess;
    if (err == JET_errSuccess)
        atomic_store(&stream->is_on_reserve, false);
    os_mutex_unlock(stream->files_lock);
    return err == JET_errSuccess ? log_state(stream) : err == JET_errDiskFull ? JET_errLogDiskFull : err;
}

void log_spare_taken(struct log_stream *stream)
{
    os_mutex_lock(stream->files_lock);
    stream->is_from_reserve = false;
    stream->is_prepared = false;
    os_mutex_unlock(stream->files_lock);
}

/* A spare that was left behind may be anything between empty and ready; it is cheaper to make a new one than to find
 * out. */
static jet_err remove_left_spare(struct log_stream *stream)
{
    char *spare;
    jet_err err = log_path_make(&stream->config, LOGNAME_TEMPORARY, &spare);
    if (err < JET_errSuccess)
        return err;
    err = os_file_remove(spare);
    free(spare);
    return err == JET_errFileNotFound ? JET_errSuccess : err;
}

jet_err log_spare_freeze(struct log_stream *stream, bool keeps_spare)
{
    jet_err err = JET_errSuccess;
    os_mutex_lock(stream->files_lock);
    if (!keeps_spare) {
        err = remove_left_spare(stream);
        stream->is_prepared = stream->is_from_reserve = false;
    }
    stream->is_spare_frozen = err == JET_errSuccess;
    os_mutex_unlock(stream->files_lock);
    return err;
}

void log_spare_thaw(struct log_stream *stream)
{
    os_mutex_lock(stream->files_lock);
    stream->is_spare_frozen = false;
    os_mutex_unlock(stream->files_lock);
}

/* The reserve logs of engines of long ago, under names that nobody else has. */
static jet_err remove_ancient_reserve(struct log_stream *stream)
{
    static const char *const names[] = {"res1.log", "res2.log"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char *path = os_path_join(stream->config.log_folder, names[i]);
        jet_err err = path ? os_file_remove(path) : JET_errOutOfMemory;
        free(path);
        if (err < JET_errSuccess && err != JET_errFileNotFound)
            return err;
    }
    return JET_errSuccess;
}

jet_err log_spare_open(struct log_stream *stream)
{
    jet_err err = remove_left_spare(stream);
    if (err == JET_errSuccess)
        err = remove_ancient_reserve(stream);
    if (err < JET_errSuccess)
        return err;
    err = reserve_fill(stream);
    if (err != JET_errDiskFull)
        return err;
    atomic_store(&stream->is_on_reserve,
                 true); /* recovery may still do, and log_state() tells who would begin new work */
    return JET_errSuccess;
}
