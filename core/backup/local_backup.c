/* SPDX-License-Identifier: MIT */
#include "backup/local_backup.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "backup/local_backup_folder.h"
#include "isam/engine.h"
#include "log/log_stream.h"
#include "os/os_file.h"
#include "os/os_word.h"

enum { CHUNK_PAGES = 256 };

struct run {
    const struct local_backup *options;
    char *target; /* folder of the files */
    uint8_t *buffer;
    size_t buffer_size;
};

/* A list of the machine, ours. */
struct paths {
    char **paths;
    size_t count;
};

static bool is_full(const struct run *run)
{
    return !(run->options->bits & LOCAL_BACKUP_INCREMENTAL);
}

/* ---- calls of the machine ---- */

static jet_err enter(const struct run *run, struct backup **ret_backup)
{
    return run->options->enter(run->options->context, ret_backup);
}

static jet_err leave(const struct run *run, jet_err err)
{
    run->options->leave(run->options->context);
    return err;
}

static void paths_free(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->paths[i]);
    free(paths->paths);
    *paths = (struct paths){.count = 0};
}

static jet_err paths_copy(const struct backup_list *list, struct paths *ret_paths)
{
    struct paths paths = {.paths = calloc(list->count + 1, sizeof *paths.paths)};
    if (!paths.paths)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < list->count; i++) {
        const size_t size = strlen(list->paths[i]) + 1;
        char *copy = malloc(size);
        if (!copy) {
            paths_free(&paths);
            return JET_errOutOfMemory;
        }
        paths.paths[paths.count++] = memcpy(copy, list->paths[i], size);
    }
    *ret_paths = paths;
    return JET_errSuccess;
}

static jet_err get_databases(const struct run *run, struct paths *ret_paths)
{
    struct backup *b;
    struct backup_list list;
    jet_err err = enter(run, &b);
    if (err < JET_errSuccess)
        return err;
    err = backup_get_attach_info(b, &list);
    return leave(run, err < JET_errSuccess ? err : paths_copy(&list, ret_paths));
}

static jet_err get_logs(const struct run *run, struct paths *ret_paths)
{
    struct backup *b;
    struct backup_list list;
    struct backup_log_info info;
    jet_err err = enter(run, &b);
    if (err < JET_errSuccess)
        return err;
    err = backup_get_log_info(b, &list, &info);
    return leave(run, err < JET_errSuccess ? err : paths_copy(&list, ret_paths));
}

static jet_err open_source(const struct run *run, const char *path)
{
    struct backup *b;
    uint64_t size;
    jet_err err = enter(run, &b);
    return err < JET_errSuccess ? err : leave(run, backup_open(b, path, 0, &size));
}

static jet_err read_source(const struct run *run, size_t *ret_actual)
{
    struct backup *b;
    jet_err err = enter(run, &b);
    return err < JET_errSuccess ? err : leave(run, backup_read(b, run->buffer, run->buffer_size, ret_actual));
}

static jet_err close_source(const struct run *run)
{
    struct backup *b;
    jet_err err = enter(run, &b);
    return err < JET_errSuccess ? err : leave(run, backup_close(b));
}

static jet_err truncate_logs(const struct run *run)
{
    struct backup *b;
    jet_err err = enter(run, &b);
    return err < JET_errSuccess ? err : leave(run, backup_truncate(b));
}

/* A termination that is refused in the end must not leave the backup behind; one that is not ends it by itself. */
static jet_err end(const struct run *run, uint32_t bits)
{
    _Atomic uint32_t nobody = 0;
    struct backup *b;
    jet_err err;
    while ((err = enter(run, &b)) == JET_errTermInProgress)
        os_word_wait(&nobody, 0, 1);
    return err < JET_errSuccess ? err : leave(run, backup_end(b, bits));
}

/* ---- files ---- */

static jet_err copy_bytes(const struct run *run, struct os_file *file)
{
    uint64_t offset = 0;
    for (;;) {
        size_t actual;
        jet_err err = read_source(run, &actual);
        if (err < JET_errSuccess)
            return err;
        if (actual == 0)
            return os_file_flush(file);
        err = os_file_write(file, offset, run->buffer, actual);
        if (err < JET_errSuccess)
            return err;
        offset += actual;
    }
}

static jet_err create(const char *path, bool overwrites, struct os_file **ret_file)
{
    jet_err err = overwrites ? os_file_remove(path) : JET_errSuccess;
    if (err < JET_errSuccess && err != JET_errFileNotFound)
        return err;
    return os_file_open(path, OS_FILE_CREATE_NEW, ret_file);
}

static jet_err copy_open_source(const struct run *run, const char *path, bool overwrites)
{
    struct os_file *file;
    char *target = os_path_join(run->target, os_path_name(path));
    if (!target)
        return JET_errOutOfMemory;
    jet_err err = create(target, overwrites, &file);
    free(target);
    if (err < JET_errSuccess)
        return err;
    err = copy_bytes(run, file);
    os_file_close(file);
    return err;
}

/* What the end of the file says counts only if all of it is safe. */
static jet_err copy_file(const struct run *run, const char *path, bool overwrites)
{
    jet_err err = open_source(run, path);
    if (err < JET_errSuccess)
        return err;
    err = copy_open_source(run, path, overwrites);
    jet_err closed = close_source(run);
    return err < JET_errSuccess ? err : closed;
}

/* "data.pat" for data.edb. */
static jet_err make_pat(const struct run *run, const char *path)
{
    const char *name = os_path_name(path), *dot = strrchr(name, '.');
    const size_t stem = dot ? (size_t)(dot - name) : strlen(name);
    struct os_file *file;
    char *pat = malloc(stem + sizeof ".pat");
    if (!pat)
        return JET_errOutOfMemory;
    memcpy(pat, name, stem);
    memcpy(pat + stem, ".pat", sizeof ".pat");
    char *target = os_path_join(run->target, pat);
    free(pat);
    if (!target)
        return JET_errOutOfMemory;
    jet_err err = os_file_open(target, OS_FILE_CREATE_NEW, &file);
    free(target);
    if (err < JET_errSuccess)
        return err;
    err = os_file_flush(file);
    os_file_close(file);
    return err;
}

/* ---- the backup ---- */

static jet_err copy_databases(const struct run *run, const struct paths *databases)
{
    for (size_t i = 0; i < databases->count; i++) {
        jet_err err = copy_file(run, databases->paths[i], false);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

static jet_err copy_logs(const struct run *run)
{
    struct paths logs;
    jet_err err = get_logs(run, &logs);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < logs.count && err == JET_errSuccess; i++)
        err = copy_file(run, logs.paths[i], true);
    paths_free(&logs);
    return err;
}

static void tell(const struct run *run, bool is_complete)
{
    if (is_full(run) && run->options->tell)
        run->options->tell(run->options->context, is_complete);
}

static jet_err copy_all(const struct run *run)
{
    struct paths databases = {.count = 0};
    jet_err err = JET_errSuccess;
    tell(run, false);
    if (is_full(run))
        err = get_databases(run, &databases);
    if (err == JET_errSuccess)
        err = copy_databases(run, &databases);
    if (err == JET_errSuccess)
        err = copy_logs(run);
    for (size_t i = 0; i < databases.count && err == JET_errSuccess; i++)
        err = make_pat(run, databases.paths[i]);
    paths_free(&databases);
    return err == JET_errSuccess ? os_folder_flush(run->target) : err;
}

static jet_err backup_steps(struct run *run)
{
    const struct local_backup *options = run->options;
    jet_err err = local_backup_make_room(options->folder, options->bits, &run->target);
    if (err == JET_errSuccess)
        err = copy_all(run);
    if (err == JET_errSuccess && is_full(run) && (options->bits & LOCAL_BACKUP_ATOMIC))
        err = local_backup_promote(options->folder);
    if (err == JET_errSuccess)
        err = truncate_logs(run);
    if (err == JET_errSuccess)
        tell(run, true);
    return err;
}

static jet_err begin(struct run *run, uint32_t page_size)
{
    struct backup *b;
    run->buffer_size = (size_t)page_size * CHUNK_PAGES;
    run->buffer = os_pages_alloc(run->buffer_size);
    if (!run->buffer)
        return JET_errOutOfMemory;
    jet_err err = enter(run, &b);
    if (err < JET_errSuccess)
        return err;
    return leave(run, backup_begin(b, is_full(run) ? 0 : BACKUP_BIT_INCREMENTAL));
}

static jet_err page_size_of(const struct run *run, uint32_t *ret_page_size)
{
    struct backup *b;
    jet_err err = enter(run, &b);
    if (err < JET_errSuccess)
        return err;
    *ret_page_size = backup_page_size(b);
    return leave(run, JET_errSuccess);
}

/* An error of the end does not matter if there was one before. */
static jet_err finish(const struct run *run, jet_err err)
{
    jet_err ended = end(run, err == JET_errSuccess ? BACKUP_BIT_END_NORMAL : BACKUP_BIT_END_ABORT);
    jet_err discarded = local_backup_discard(run->options->folder);
    if (err < JET_errSuccess)
        return err;
    return ended < JET_errSuccess ? ended : discarded;
}

jet_err local_backup_run(const struct local_backup *options)
{
    struct run run = {.options = options};
    uint32_t page_size;
    jet_err err = page_size_of(&run, &page_size);
    if (err == JET_errSuccess)
        err = begin(&run, page_size);
    if (err == JET_errSuccess)
        err = finish(&run, backup_steps(&run));
    os_pages_free(run.buffer, run.buffer_size);
    free(run.target);
    return err;
}

/* ---- truncation alone ---- */

jet_err local_backup_truncate(struct backup *b, struct engine *engine)
{
    jet_err err = backup_begin(b, 0);
    if (err < JET_errSuccess)
        return err;
    if (engine->log && !engine->config.circular_log)
        err = log_truncate(engine->log, lgpos_unpack(log_checkpoint_get(engine->log)).generation);
    jet_err_ignore(backup_end(b, BACKUP_BIT_END_ABORT)); /* always success; nothing is to be recorded */
    return err;
}
