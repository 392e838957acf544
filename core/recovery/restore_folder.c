/* SPDX-License-Identifier: MIT */
/* restore_folder.c - the databases of a local backup, put where the log says, or into one folder.
 *
 * The empty .pat files say which databases the backup has: data.pat is that of data.edb, whatever its extension. Where
 * they belong only the log knows; so each is copied when replay meets it.
 */
#include <stdlib.h>
#include <string.h>

#include "format/logname.h"
#include "os/os_file.h"
#include "recovery/attachments.h"
#include "recovery/log_settings.h"
#include "recovery/restore_internal.h"

/* A database that has been put somewhere. */
struct placed {
    char *path;
    struct placed *next;
};

/* A .pat file. */
struct listed {
    char *stem; /* "data" */
    bool is_met;
};

struct folder {
    const struct restore_folder *options;
    struct restore_run run;
    char *source; /* options->source, or one of its subfolders */
    struct os_folder_list names;
    struct listed *listed;
    size_t listed_count;
    struct placed *placed;
};

/* ---- names ---- */

static size_t stem_size(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

static bool is_pat(const char *name)
{
    static const char lower[] = ".pat", upper[] = ".PAT";
    const char *extension = name + stem_size(name);
    if (strlen(extension) != sizeof lower - 1)
        return false;
    for (size_t i = 0; i < sizeof lower - 1; i++)
        if (extension[i] != lower[i] && extension[i] != upper[i])
            return false;
    return true;
}

static bool has_stem(const char *name, const char *stem)
{
    const size_t size = stem_size(name);
    return size == strlen(stem) && memcmp(name, stem, size) == 0;
}

static struct listed *find_listed(const struct folder *folder, const char *name)
{
    for (size_t i = 0; i < folder->listed_count; i++)
        if (has_stem(name, folder->listed[i].stem))
            return &folder->listed[i];
    return NULL;
}

/* ---- what the source has ---- */

/* A folder that is not there has no logs either. */
static jet_err look_for_logs(struct folder *folder, const char *path)
{
    struct log_restore *logs = &folder->run.logs;
    struct os_path_info info;
    jet_err err = os_path_stat(path, &info);
    if (err == JET_errFileNotFound)
        return JET_errSuccess;
    return err < JET_errSuccess ? err : log_restore_range(&folder->run.log, path, &logs->low, &logs->high);
}

static jet_err find_source(struct folder *folder)
{
    static const char *const places[] = {"", "new", "old"};
    struct log_restore *logs = &folder->run.logs;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        free(folder->source);
        folder->source = os_path_join(folder->options->source, places[i]);
        if (!folder->source)
            return JET_errOutOfMemory;
        jet_err err = look_for_logs(folder, folder->source);
        if (err < JET_errSuccess)
            return err;
        logs->folder = folder->source;
        if (logs->low != 0)
            return JET_errSuccess;
    }
    return JET_errFileNotFound;
}

static jet_err list_databases(struct folder *folder)
{
    jet_err err = os_folder_list(folder->source, &folder->names);
    if (err < JET_errSuccess)
        return err;
    folder->listed_count = 0;
    folder->listed = calloc(folder->names.count + 1, sizeof *folder->listed);
    if (!folder->listed)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < folder->names.count; i++) {
        const char *name = folder->names.names[i];
        const size_t size = stem_size(name);
        if (!is_pat(name))
            continue;
        char *stem = calloc(1, size + 1);
        if (!stem)
            return JET_errOutOfMemory;
        memcpy(stem, name, size);
        folder->listed[folder->listed_count++].stem = stem;
    }
    return folder->listed_count > 0 ? JET_errSuccess : JET_errPatchFileMissing;
}

static bool is_log_name(const char *text)
{
    struct logname name;
    return logname_parse(text, &name) == JET_errSuccess;
}

/* Before the log has said what its extension is: some file of that name has to be a copy that can be restored. */
static jet_err check_copy(const struct folder *folder, const char *stem)
{
    jet_err result = JET_errFileNotFound;
    for (size_t i = 0; i < folder->names.count; i++) {
        const char *name = folder->names.names[i];
        if (!has_stem(name, stem) || is_pat(name) || is_log_name(name))
            continue;
        char *path = os_path_join(folder->source, name);
        if (!path)
            return JET_errOutOfMemory;
        result = backup_copy_check(path, &folder->run.terms);
        free(path);
        if (result == JET_errSuccess)
            return JET_errSuccess;
    }
    return result;
}

static jet_err check_copies(const struct folder *folder)
{
    for (size_t i = 0; i < folder->listed_count; i++) {
        jet_err err = check_copy(folder, folder->listed[i].stem);
        if (err < JET_errSuccess)
            return err;
    }
    return JET_errSuccess;
}

/* ---- copying ---- */

static jet_err copy_bytes(struct os_file *from, struct os_file *to)
{
    enum { CHUNK = 1 << 20 };
    uint64_t offset = 0;
    size_t actual = 0;
    void *buffer = malloc(CHUNK);
    if (!buffer)
        return JET_errOutOfMemory;
    os_file_will_read_in_order(from);
    jet_err err;
    while ((err = os_file_read(from, offset, buffer, CHUNK, &actual)) == JET_errSuccess && actual > 0) {
        err = os_file_write(to, offset, buffer, actual);
        if (err < JET_errSuccess)
            break;
        offset += actual;
    }
    free(buffer);
    return err == JET_errSuccess ? os_file_flush(to) : err;
}

static jet_err remove_left(const char *path)
{
    jet_err err = os_file_remove(path);
    return err == JET_errFileNotFound ? JET_errSuccess : err;
}

static jet_err copy_new(const char *from, const char *to)
{
    struct os_file *source, *target;
    jet_err err = os_file_open(from, OS_FILE_READ, &source);
    if (err < JET_errSuccess)
        return err;
    err = os_file_open(to, OS_FILE_CREATE_NEW, &target);
    if (err == JET_errSuccess) {
        err = copy_bytes(source, target);
        os_file_close(target);
    }
    os_file_close(source);
    return err;
}

static char *beside_of(const char *path)
{
    static const char suffix[] = ".restoring";
    const size_t size = strlen(path);
    char *beside = malloc(size + sizeof suffix);
    if (!beside)
        return NULL;
    memcpy(beside, path, size);
    memcpy(beside + size, suffix, sizeof suffix);
    return beside;
}

/* Beside its place first, whole, patched and durable. So whatever ends this, a file that was there is there, or the new
 * one is. */
static jet_err copy_over(const char *from, const char *to, const struct backup_copy_terms *terms)
{
    if (strcmp(from, to) == 0)
        return JET_errInvalidPath; /* the backup would be gone */
    char *beside = beside_of(to);
    if (!beside)
        return JET_errOutOfMemory;
    jet_err err = remove_left(beside); /* of one that was cut short */
    if (err == JET_errSuccess)
        err = copy_new(from, beside);
    if (err == JET_errSuccess)
        err = backup_copy_patch(beside, terms);
    if (err == JET_errSuccess)
        err = os_path_rename_over(beside, to);
    if (err == JET_errSuccess)
        err = os_path_flush_name(to);
    else
        jet_err_ignore(os_file_remove(beside)); /* the first error is told */
    free(beside);
    return err;
}

static jet_err copy_and_patch(struct folder *folder, const char *name, const char *to)
{
    char *from = os_path_join(folder->source, name);
    if (!from)
        return JET_errOutOfMemory;
    jet_err err = copy_over(from, to, &folder->run.terms);
    free(from);
    if (err == JET_errSuccess)
        restore_run_copied(&folder->run);
    return err;
}

/* ---- replay ---- */

static jet_err target_of(const struct folder *folder, const char *log_path, char **ret_path)
{
    if (!folder->options->destination)
        return os_path_absolute(log_path, ret_path);
    *ret_path = os_path_join(folder->options->destination, attachment_name(log_path));
    return *ret_path ? JET_errSuccess : JET_errOutOfMemory;
}

/* Takes `path`. */
static jet_err remember(struct folder *folder, char *path)
{
    struct placed *placed = calloc(1, sizeof *placed);
    if (!placed) {
        free(path);
        return JET_errOutOfMemory;
    }
    placed->path = path;
    placed->next = folder->placed;
    folder->placed = placed;
    return JET_errSuccess;
}

static const char *find_placed(const struct folder *folder, const char *path)
{
    for (const struct placed *placed = folder->placed; placed; placed = placed->next)
        if (strcmp(placed->path, path) == 0)
            return placed->path;
    return NULL;
}

/* A database may be attached more than once in the logs: it is copied the first time only. */
static jet_err place(void *context, const char *log_path, const char **ret_path)
{
    struct folder *folder = context;
    struct listed *listed = find_listed(folder, attachment_name(log_path));
    char *path;
    *ret_path = NULL;
    if (!listed)
        return JET_errSuccess;
    listed->is_met = true;
    jet_err err = target_of(folder, log_path, &path);
    if (err < JET_errSuccess)
        return err;
    *ret_path = find_placed(folder, path);
    if (*ret_path) {
        free(path);
        return JET_errSuccess;
    }
    err = copy_and_patch(folder, attachment_name(log_path), path);
    if (err < JET_errSuccess) {
        free(path);
        return err;
    }
    err = remember(folder, path);
    if (err == JET_errSuccess)
        *ret_path = folder->placed->path;
    return err;
}

static jet_err check_met(const struct folder *folder)
{
    for (size_t i = 0; i < folder->listed_count; i++)
        if (!folder->listed[i].is_met)
            return JET_errAttachedDatabaseMismatch;
    return JET_errSuccess;
}

static jet_err run(struct folder *folder)
{
    jet_err err = find_source(folder);
    if (err == JET_errSuccess)
        err = restore_run_prepare(&folder->run);
    if (err < JET_errSuccess)
        return err;
    restore_run_begin(&folder->run);
    err = list_databases(folder);
    if (err == JET_errSuccess)
        err = check_copies(folder);
    if (err == JET_errSuccess)
        err = restore_run_tidy(&folder->run);
    if (err < JET_errSuccess)
        return err;
    restore_run_expect_copies(&folder->run, (unsigned)folder->listed_count);
    folder->run.place = place;
    folder->run.context = folder;
    err = restore_run_replay(&folder->run);
    if (err == JET_errSuccess)
        err = check_met(folder);
    if (err == JET_errSuccess)
        restore_run_complete(&folder->run);
    return err;
}

static void folder_done(struct folder *folder)
{
    for (size_t i = 0; i < folder->listed_count; i++)
        free(folder->listed[i].stem);
    free(folder->listed);
    while (folder->placed) {
        struct placed *placed = folder->placed;
        folder->placed = placed->next;
        free(placed->path);
        free(placed);
    }
    os_folder_list_free(&folder->names);
    free(folder->source);
}

jet_err restore_folder(const struct engine_config *config, const struct restore_folder *options)
{
    struct folder folder = {
        .options = options,
        .run = {.config = config, .listener = &options->listener, .log = log_settings(config)},
    };
    jet_err err = run(&folder);
    folder_done(&folder);
    return err;
}
