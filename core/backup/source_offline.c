/* SPDX-License-Identifier: MIT */
/* source_offline.c - a source of files that nobody has open: a database, or a folder of databases with their logs.
 *
 * It differs from a running instance in this: nothing is written, so there is nothing to roll, stamp or truncate; the
 * logs that are there are the logs to copy, the current one included, then the checkpoint; a database is streamed as
 * its file is, all pages and whatever lies behind the last whole one, so that a restored file is the same file. (One
 * page is not: a header copy that is damaged is replaced by the good one.) There is no trailer.
 *
 * A database that was not closed cleanly needs its logs. If they are not all here it is backed up all the same, with a
 * warning, and the set says that it cannot be recovered from what it holds.
 *
 * A read that fails is repeated once: nobody writes to these files, so it can only be the disk that did better.
 */
#include <stdlib.h>
#include <string.h>

#include "backup/failure.h"
#include "backup/offline_files.h"
#include "backup/source.h"
#include "format/checkpoint.h"
#include "format/logsegment.h"
#include "log/log_file.h"
#include "os/os_file.h"

enum { READS = 2, REASON_SIZE = 512 };

struct source_offline {
    struct backup_source source; /* first */
    struct offline_files files;
    const struct backup_terms *terms; /* of the running backup */
    /* Paths as they are handed out. database_paths: as in files.databases; log_paths: files.logs.files, then the
     * checkpoint. */
    const char **database_paths;
    char **log_paths;
    size_t log_path_count;
    size_t next; /* index at which the next path of a list is looked for first */
    char reason[REASON_SIZE];
    /* the open file: one of the three */
    struct database_file *database;
    void *headers; /* of the database */
    struct log_file *log;
    struct os_file *raw; /* the checkpoint; a log whose header is damaged, with keep_going */
    bool log_is_current;
};

static struct source_offline *from_source(struct backup_source *source)
{
    return (struct source_offline *)source;
}

/* ---- begin and end: nothing is occupied, nothing is recorded ---- */

static jet_err condition(struct backup_source *source, enum backup_condition asked, const struct backup_terms *terms)
{
    (void)source;
    switch (asked) {
    case BACKUP_CONDITION_SURROGATE_RANGE: return JET_errInvalidParameter; /* no instance: no current generation */
    case BACKUP_CONDITION_CIRCULAR:
        /* An incremental backup rests on what the instance recorded about the one before. */
        return terms->incremental || terms->surrogate ? JET_errInvalidBackup : JET_errSuccess;
    case BACKUP_CONDITION_LOGGING:
    case BACKUP_CONDITION_LOG_SPACE: break;
    }
    return JET_errSuccess;
}

static void occupy(struct backup_source *source, jet_err refusal)
{
    (void)source; /* there is nobody to refuse */
    (void)refusal;
}

static jet_err begin(struct backup_source *source, const struct backup_terms *terms)
{
    from_source(source)->terms = terms;
    return JET_errSuccess;
}

static void end(struct backup_source *source, const struct backup_ending *ending)
{
    (void)ending; /* nothing of ours to stamp */
    from_source(source)->terms = NULL;
}

/* ---- lists ---- */

static jet_err databases(struct backup_source *source, struct backup_list *ret_list)
{
    struct source_offline *s = from_source(source);
    *ret_list = (struct backup_list){s->database_paths, s->files.database_count};
    return JET_errSuccess;
}

static jet_err logs(struct backup_source *source, struct backup_list *ret_list)
{
    struct source_offline *s = from_source(source);
    *ret_list = (struct backup_list){(const char *const *)s->log_paths, s->log_path_count};
    return JET_errSuccess;
}

static jet_err deletable_logs(struct backup_source *source, struct backup_list *ret_list)
{
    (void)source; /* not ours to delete */
    *ret_list = (struct backup_list){NULL, 0};
    return JET_errSuccess;
}

/* Looks from s->next on and round: clients take the files in the order of the list. */
static bool find_in(struct source_offline *s, const char *const *paths, size_t count, const char *path,
                    size_t *ret_index)
{
    for (size_t i = 0; i < count; i++) {
        size_t index = (s->next + i) % count;
        if (strcmp(paths[index], path) == 0) {
            *ret_index = index;
            s->next = index + 1;
            return true;
        }
    }
    return false;
}

static jet_err find(struct backup_source *source, const char *path, struct backup_file_id *ret_id)
{
    struct source_offline *s = from_source(source);
    size_t index;
    *ret_id = (struct backup_file_id){.kind = BACKUP_FILE_NONE};
    if (find_in(s, s->database_paths, s->files.database_count, path, &index))
        *ret_id = (struct backup_file_id){BACKUP_FILE_DATABASE, index};
    else if (find_in(s, (const char *const *)s->log_paths, s->log_path_count, path, &index))
        *ret_id = (struct backup_file_id){
            index < s->files.logs.count ? BACKUP_FILE_LOG : BACKUP_FILE_CHECKPOINT,
            index,
        };
    return JET_errSuccess;
}

static void note_generation(struct backup_log_info *info, lgen_t generation)
{
    if (generation == 0)
        return; /* a header that cannot be read */
    if (info->copy_first == 0 || generation < info->copy_first)
        info->copy_first = generation;
    if (generation >= info->copy_end)
        info->copy_end = generation + 1;
}

static jet_err prepare_logs(struct backup_source *source, struct backup_log_info *ret_info)
{
    struct source_offline *s = from_source(source);
    struct backup_log_info info = {.signature = s->files.logs.signature, .recoverable = true};
    memcpy(info.base_name, s->files.logs.base_name, sizeof info.base_name);
    for (size_t i = 0; i < s->files.logs.count; i++)
        note_generation(&info, s->files.logs.files[i].generation);
    for (size_t i = 0; i < s->files.database_count; i++) {
        const struct offline_database *database = &s->files.databases[i];
        if (offline_files_recoverable(&s->files, database, &s->terms->found, s->reason, sizeof s->reason))
            continue;
        info.recoverable = false;
        info.reason = s->reason; /* the last one speaks for all; each was reported */
    }
    s->next = 0;
    *ret_info = info;
    return JET_errSuccess;
}

static jet_err truncate_logs(struct backup_source *source)
{
    (void)source; /* the delete range is empty, and the files are not ours */
    return JET_errSuccess;
}

/* ---- databases ---- */

static void close_all(struct source_offline *s)
{
    database_file_close(s->database);
    free(s->headers);
    log_file_close(s->log);
    os_file_close(s->raw);
    s->database = NULL;
    s->headers = NULL;
    s->log = NULL;
    s->raw = NULL;
}

static void close_file(struct backup_source *source, enum backup_close how)
{
    (void)how; /* who took part is of interest to stamping only */
    close_all(from_source(source));
}

static jet_err check_size(const struct source_offline *s, const struct database_file_info *info)
{
    if (info->size_is_right || s->terms->keep_going)
        return JET_errSuccess;
    /* What is wrong was reported as damage; this is why the backup ends. */
    return finding_report_error(&s->terms->found, FINDING_FILE_SIZE, info->path, JET_errDatabaseCorrupted,
                                "not all of the database is in this file");
}

static jet_err open_database(struct backup_source *source, size_t index, struct backup_database_view *ret_view)
{
    struct source_offline *s = from_source(source);
    jet_err err = database_file_open(s->database_paths[index], &s->terms->found, &s->database);
    if (err < JET_errSuccess)
        goto fail;
    const struct database_file_info *info = database_file_info(s->database);
    err = check_size(s, info);
    if (err < JET_errSuccess)
        goto fail;
    s->headers = malloc(2 * (size_t)info->page_size);
    if (!s->headers) {
        err = JET_errOutOfMemory;
        goto fail;
    }
    database_file_copy_headers(s->database, s->headers);
    *ret_view = (struct backup_database_view){
        .page_size = info->page_size,
        .last_page = info->file_pages,
        .last_page_owned = info->last_page,
        .tail_bytes = info->tail_bytes,
        .headers = s->headers,
        .header = info->header,
    };
    return JET_errSuccess;
fail:
    close_all(s);
    return err;
}

static jet_err read_pages(struct backup_source *source, pgno_t first, uint32_t count, void *buffer,
                          struct database_page_counts *counts)
{
    struct source_offline *s = from_source(source);
    const struct database_read_retry retry = {.reads = READS, .stop = s->terms->stop};
    return database_file_read_pages(s->database, first, count, buffer, &retry, &s->terms->found, counts);
}

static jet_err read_tail(struct backup_source *source, void *buffer)
{
    struct source_offline *s = from_source(source);
    return database_file_read_tail(s->database, buffer, &s->terms->found);
}

static jet_err make_trailer(struct backup_source *source, void *page)
{
    (void)source; /* has_trailer is never set: an offline file is complete in itself */
    (void)page;
    return JET_errInternalError;
}

/* ---- logs and checkpoint ---- */

static jet_err open_raw(struct source_offline *s, const char *path, uint64_t *ret_size)
{
    jet_err err = os_file_open(path, OS_FILE_READ, &s->raw);
    if (err >= JET_errSuccess)
        err = os_file_size(s->raw, ret_size);
    if (err >= JET_errSuccess)
        return JET_errSuccess;
    (void)failure_report_os(&s->terms->found, path, err);
    return err == JET_errFileNotFound ? JET_errMissingFileToBackup : err;
}

/* A damaged checkpoint is no reason to stop: recovery then starts at the oldest log. */
static jet_err check_checkpoint(struct source_offline *s, const char *path)
{
    uint8_t bytes[CHECKPOINT_FILE_SIZE];
    struct checkpoint_selection selection;
    size_t size;
    jet_err err = os_file_read(s->raw, 0, bytes, sizeof bytes, &size);
    if (err < JET_errSuccess)
        return failure_report_os(&s->terms->found, path, err);
    err = checkpoint_select(bytes, size, &selection);
    if (err < JET_errSuccess) {
        const struct finding finding = {
            .kind = FINDING_CHECKPOINT,
            .severity = FINDING_WARNING,
            .err = err,
            .file = path,
            .place = FINDING_WHOLE_FILE,
            .detail = "recovery will start at the oldest log instead",
        };
        finding_report(&s->terms->found, &finding);
    }
    return JET_errSuccess;
}

/* With keep_going, what is wrong with a log is damage to note, not the end. */
static void report_as_damage(void *context, const struct finding *finding)
{
    struct finding damage = *finding;
    if (damage.severity == FINDING_ERROR)
        damage.severity = FINDING_DAMAGE;
    finding_report(context, &damage);
}

static bool is_bad_log(jet_err err)
{
    return err == JET_errLogFileCorrupt || err == JET_errFileInvalidType || err == JET_errBadLogVersion ||
           err == JET_errLogFileSizeMismatch;
}

static jet_err open_log_file(struct source_offline *s, const char *path, uint64_t *ret_size)
{
    struct finding_listener found = s->terms->found;
    const struct finding_listener as_damage = {report_as_damage, &found};
    jet_err err = log_file_open(path, s->terms->keep_going ? &as_damage : &found, &s->log);
    if (err >= JET_errSuccess)
        *ret_size = log_file_info(s->log)->file_size;
    else if (s->terms->keep_going && is_bad_log(err))
        err = open_raw(s, path, ret_size);
    return err == JET_errFileNotFound ? JET_errMissingFileToBackup : err;
}

static jet_err open_log(struct backup_source *source, size_t index, struct backup_log_view *ret_view)
{
    struct source_offline *s = from_source(source);
    const struct log_set *set = &s->files.logs;
    const char *path = s->log_paths[index];
    struct backup_log_view view = {0};
    jet_err err;
    if (index < set->count) {
        view.generation = set->files[index].generation;
        s->log_is_current = set->files[index].is_current;
        err = open_log_file(s, path, &view.size);
    } else {
        err = open_raw(s, path, &view.size);
        if (err >= JET_errSuccess)
            err = check_checkpoint(s, path);
    }
    if (err < JET_errSuccess)
        close_all(s);
    else
        *ret_view = view;
    return err;
}

static jet_err read_log(struct backup_source *source, uint64_t offset, void *buffer, size_t size, size_t *ret_actual)
{
    struct source_offline *s = from_source(source);
    if (s->log) /* the machine's sizes and offsets are multiples of the unit, which 4096 divides */
        return log_file_read(s->log, offset, buffer, size, s->log_is_current, &s->terms->found, NULL, ret_actual);
    return os_file_read(s->raw, offset, buffer, size, ret_actual);
}

/* ---- creation ---- */

static void free_source(struct backup_source *source)
{
    struct source_offline *s = from_source(source);
    if (!s)
        return;
    close_all(s);
    for (size_t i = 0; s->log_paths && i < s->log_path_count; i++)
        free(s->log_paths[i]);
    free(s->log_paths);
    free(s->database_paths);
    offline_files_done(&s->files);
    free(s);
}

static const struct backup_source_ops offline_ops = {
    .condition = condition,
    .occupy = occupy,
    .begin = begin,
    .databases = databases,
    .find = find,
    .open_database = open_database,
    .read_pages = read_pages,
    .read_tail = read_tail,
    .make_trailer = make_trailer,
    .prepare_logs = prepare_logs,
    .logs = logs,
    .deletable_logs = deletable_logs,
    .open_log = open_log,
    .read_log = read_log,
    .close = close_file,
    .truncate = truncate_logs,
    .end = end,
    .free = free_source,
};

static jet_err make_lists(struct source_offline *s)
{
    const struct log_set *set = &s->files.logs;
    s->database_paths = calloc(s->files.database_count, sizeof *s->database_paths);
    s->log_paths = calloc(set->count + 1, sizeof *s->log_paths);
    if (!s->database_paths || !s->log_paths)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < s->files.database_count; i++)
        s->database_paths[i] = s->files.databases[i].path;
    for (size_t i = 0; i <= set->count; i++) {
        const char *name = i < set->count ? set->files[i].name : set->checkpoint_name;
        if (!name)
            break;
        s->log_paths[i] = os_path_join(s->files.folder, name);
        if (!s->log_paths[i])
            return JET_errOutOfMemory;
        s->log_path_count++;
    }
    return JET_errSuccess;
}

/* The unit of sizes: the largest page size, which all others divide; at least a log segment. */
static uint32_t unit_of(const struct offline_files *files)
{
    uint32_t unit = LOGSEGMENT_SIZE;
    for (size_t i = 0; i < files->database_count; i++) {
        const struct offline_database *database = &files->databases[i];
        uint32_t page_size = database->header_valid ? dbheader_page_size(&database->header) : 0;
        if (page_size > unit)
            unit = page_size;
    }
    return unit;
}

jet_err source_offline_open(const char *path, const struct finding_listener *listener,
                            struct backup_source **ret_source)
{
    struct source_offline *s = calloc(1, sizeof *s);
    if (!s)
        return JET_errOutOfMemory;
    jet_err err = offline_files_read(path, listener, &s->files);
    if (err >= JET_errSuccess)
        err = make_lists(s);
    if (err < JET_errSuccess) {
        free_source(&s->source);
        return err;
    }
    s->source.ops = &offline_ops;
    s->source.page_size = unit_of(&s->files);
    *ret_source = &s->source;
    return JET_errSuccess;
}

struct source_extent source_offline_extent(const struct backup_source *source)
{
    const struct source_offline *s = (const struct source_offline *)source;
    return (struct source_extent){s->files.database_count + s->log_path_count, offline_files_bytes(&s->files)};
}
