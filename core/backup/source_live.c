/* SPDX-License-Identifier: MIT */
/* source_live.c - a source that is a running engine: its attached databases, and the logs that make their copies whole.
 *
 *      begin          the checkpoint file says from which generation on logs are needed; they are kept from now on
 *      open_database  a copy of the header, then the size: what the header requires covers every page that there is
 *      read_pages     from the file, under a range lock (storage/cache.h): whole pages, each as of some moment since
 *      prepare_logs   a record that is the first of a new generation: all before it is closed, and is what is copied
 *      end            records, and stamps in the headers of the databases that were copied whole
 *
 * Pages of one copy are of different moments; replaying [copy_first, copy_end) makes them one. What grows after open is
 * not streamed: the logs rebuild it. No file shrinks while a backup runs (isam/engine_database.h).
 *
 * Databases are held (engine.h, rule 3) from the first look at them to the end, and go by their dbid. One that is
 * created while the backup runs joins the list, without having part in the session until it is opened.
 *
 * Locks. Under the machine's lock; takes the engine's attach_lock, briefly, and those of log and storage.
 */
#include <stdlib.h>
#include <string.h>

#include "backup/source.h"
#include "format/patchpage.h"
#include "isam/engine.h"
#include "isam/engine_database.h"
#include "log/log_file.h"
#include "log/log_path.h"
#include "log/log_time.h"
#include "os/os_file.h"
#include "recovery/backup_record.h"
#include "storage/cache.h"
#include "storage/database.h"

enum {
    READS = 17, /* of a run that fails, with pauses of 100, 200 ... 1600 ms */
    PAUSE_MS = 100,
    RUN_BYTES = 512 << 10, /* that are locked and read at a time (JET_paramMaxCoalesceReadSize) */
};

/* A database of the engine, by dbid. */
struct live_database {
    struct database *db;     /* held; NULL: none */
    bool in_session;         /* has part in this backup */
    bool copied;             /* its file was read to the end */
    struct bkinfo_disk info; /* of its trailer: what it will be stamped with */
};

struct source_live {
    struct backup_source source; /* first */
    struct engine *engine;
    const struct backup_terms *terms; /* of the running backup */
    struct live_database databases[ENGINE_DATABASES];
    const char *database_paths[ENGINE_DATABASES];
    size_t database_count;
    struct bkinfo_disk mark; /* where the backup began, and from which generation on logs are needed */

    /* the logs, from prepare_logs on */
    struct lgpos_disk prepared; /* where the first record of the new generation lies */
    struct logtime_disk prepared_time;
    struct backup_log_info info;
    char **log_paths; /* of [copy_first, copy_end), then of [delete_first, delete_end) */
    size_t copy_count, delete_count;
    size_t next; /* at which a log is looked for first: clients take them in the order of the list */

    /* the open file */
    unsigned open_dbid; /* 0: no database */
    struct database_file *file;
    uint8_t *headers;
    struct log_file *log;
    const char *log_path; /* of the open log */
};

static struct source_live *from_source(struct backup_source *source)
{
    return (struct source_live *)source;
}

static void report(const struct source_live *s, enum engine_backup_event event, jet_err err, const char *path)
{
    engine_report(s->engine, ENGINE_EVENT_BACKUP, err, event, path);
}

/* ---- conditions ---- */

static jet_err condition(struct backup_source *source, enum backup_condition asked, const struct backup_terms *terms)
{
    struct log_stream *log = from_source(source)->engine->log;
    if (!log)
        return asked == BACKUP_CONDITION_LOGGING ? JET_errLoggingDisabled : JET_errSuccess;
    const jet_err state = log_state(log);
    switch (asked) {
    case BACKUP_CONDITION_SURROGATE_RANGE:
        return terms->last_generation > log_generation(log) ? JET_errInvalidParameter : JET_errSuccess;
    case BACKUP_CONDITION_LOGGING: return state == JET_errLogWriteFail ? state : JET_errSuccess;
    case BACKUP_CONDITION_CIRCULAR:
        return (terms->incremental || terms->surrogate) && log_stream_config(log)->is_circular ? JET_errInvalidBackup
                                                                                               : JET_errSuccess;
    case BACKUP_CONDITION_LOG_SPACE: return state;
    }
    return JET_errSuccess;
}

static void occupy(struct backup_source *source, jet_err refusal)
{
    engine_database_refuse(from_source(source)->engine, refusal);
}

/* ---- databases ---- */

static jet_err take_database(struct database *db, void *context)
{
    struct source_live *s = context;
    if (!s->databases[db->dbid].db)
        s->databases[db->dbid] = (struct live_database){.db = engine_database_hold(s->engine, db->dbid)};
    s->database_paths[s->database_count++] = db->path;
    return JET_errSuccess;
}

/* None of those we hold can have gone. */
static void look_for_databases(struct source_live *s)
{
    s->database_count = 0;
    jet_err_ignore(engine_database_each(s->engine, take_database, s)); /* the visit never fails */
}

static void release_databases(struct source_live *s)
{
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        if (s->databases[dbid].db)
            engine_database_release(s->engine, dbid);
        s->databases[dbid] = (struct live_database){.db = NULL};
    }
    s->database_count = 0;
}

static jet_err databases(struct backup_source *source, struct backup_list *ret_list)
{
    struct source_live *s = from_source(source);
    look_for_databases(s);
    *ret_list = (struct backup_list){s->database_paths, s->database_count};
    return JET_errSuccess;
}

/* ---- begin ---- */

static struct backup_kind kind_of(const struct source_live *s)
{
    return (struct backup_kind){
        .source = s->terms->surrogate ? LOGREC_BACKUP_SURROGATE : LOGREC_BACKUP_STREAMING,
        .scope = s->terms->incremental ? LOGREC_BACKUP_INCREMENTAL : LOGREC_BACKUP_FULL,
    };
}

/* For records that nobody depends on: what goes wrong with the log is known to everybody else soon enough. */
static void note(struct source_live *s, enum logrec_backup_phase phase, lgen_t low, lgen_t high)
{
    const struct backup_kind kind = kind_of(s);
    jet_err_ignore(backup_record_append(s->engine->log, &kind, phase, low, high));
}

/* Check 13: what is to be built on is there. */
static jet_err check_full_backups(const struct source_live *s)
{
    const uint32_t kind = s->terms->surrogate ? DBHEADER_BACKUP_OS_SNAPSHOT : DBHEADER_BACKUP_NORMAL;
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        struct dbheader_disk header;
        if (!s->databases[dbid].db)
            continue;
        database_header_get(s->databases[dbid].db, &header);
        if (le32_get(header.backup_full_prev.generation_low) == 0 || le32_get(header.backup_type_full_prev) != kind) {
            report(s, ENGINE_BACKUP_NO_FULL, JET_errMissingFullBackup, s->databases[dbid].db->path);
            return JET_errMissingFullBackup;
        }
    }
    return JET_errSuccess;
}

/* Check 14. Logs are kept from before the file is read: its checkpoint is not older than that in memory. */
static jet_err find_first_generation(const struct source_live *s, lgen_t *ret_generation)
{
    struct log_stream *log = s->engine->log;
    uint64_t checkpoint;
    log_keep_from(log, lgpos_unpack(log_checkpoint_get(log)).generation);
    jet_err err = log_checkpoint_read(log, &checkpoint);
    if (err >= JET_errSuccess)
        *ret_generation = lgpos_unpack(checkpoint).generation;
    return err;
}

static enum engine_backup_event begun_event(const struct backup_terms *terms)
{
    if (terms->internal_copy)
        return ENGINE_BACKUP_BEGUN_COPY;
    return terms->incremental ? ENGINE_BACKUP_BEGUN_INCREMENTAL : ENGINE_BACKUP_BEGUN_FULL;
}

static jet_err begin(struct backup_source *source, const struct backup_terms *terms)
{
    struct source_live *s = from_source(source);
    struct log_stream *log = s->engine->log;
    const bool by_itself = terms->incremental || terms->surrogate; /* all databases have part from the start */
    lgen_t first = 0;
    jet_err err = JET_errSuccess;
    s->terms = terms;
    look_for_databases(s);
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++)
        s->databases[dbid].in_session = s->databases[dbid].db && by_itself;
    if (terms->incremental)
        err = check_full_backups(s);
    else if (!terms->surrogate)
        err = find_first_generation(s, &first);
    if (err < JET_errSuccess) {
        log_keep_from(log, 0);
        release_databases(s);
        s->terms = NULL;
        return err;
    }
    if (first != 0)
        log_keep_from(log, first);
    s->mark = (struct bkinfo_disk){
        .lgpos = lgpos_make(lgpos_unpack(log_next_start(log))),
        .logtime = log_time_now(),
        .generation_low = le32_make(first),
    };
    report(s, begun_event(terms), JET_errSuccess, NULL);
    note(s, LOGREC_BACKUP_BEGIN, 0, 0);
    return JET_errSuccess;
}

/* ---- which file is meant ---- */

static jet_err find_absolute(struct source_live *s, const char *path, struct backup_file_id *ret_id)
{
    look_for_databases(s);
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        if (s->databases[dbid].db && strcmp(s->databases[dbid].db->path, path) == 0) {
            *ret_id = (struct backup_file_id){BACKUP_FILE_DATABASE, dbid};
            return JET_errSuccess;
        }
    }
    for (size_t i = 0; i < s->copy_count; i++) {
        const size_t index = (s->next + i) % s->copy_count;
        if (strcmp(s->log_paths[index], path) == 0) {
            s->next = index + 1;
            *ret_id = (struct backup_file_id){BACKUP_FILE_LOG, index};
            return JET_errSuccess;
        }
    }
    *ret_id = (struct backup_file_id){.kind = BACKUP_FILE_NONE};
    return JET_errSuccess;
}

static jet_err find(struct backup_source *source, const char *path, struct backup_file_id *ret_id)
{
    char *absolute;
    jet_err err = os_path_absolute(path, &absolute);
    if (err < JET_errSuccess)
        return err == JET_errOutOfMemory ? err : JET_errInvalidPath;
    err = find_absolute(from_source(source), absolute, ret_id);
    free(absolute);
    if (err >= JET_errSuccess && ret_id->kind == BACKUP_FILE_NONE)
        report(from_source(source), ENGINE_BACKUP_DATABASE_FAILED, JET_errDatabaseNotFound, path);
    return err;
}

/* ---- an open database ---- */

static void close_all(struct source_live *s)
{
    database_file_close(s->file);
    os_pages_free(s->headers, 2 * (size_t)s->source.page_size);
    log_file_close(s->log);
    s->file = NULL;
    s->headers = NULL;
    s->log = NULL;
    s->log_path = NULL;
    s->open_dbid = 0;
}

/* What the client gets as header: the one in memory, with what this backup is. */
static jet_err copy_header(struct source_live *s, struct database *db)
{
    const size_t size = db->page_size;
    s->headers = os_pages_alloc(2 * size);
    if (!s->headers)
        return JET_errOutOfMemory;
    struct dbheader_disk *header = (void *)s->headers;
    database_header_copy(db, header);
    header->backup_full_current = s->mark;
    dbheader_seal(header, size);
    memcpy(s->headers + size, s->headers, size);
    return JET_errSuccess;
}

static jet_err open_database(struct backup_source *source, size_t index, struct backup_database_view *ret_view)
{
    struct source_live *s = from_source(source);
    struct live_database *database = &s->databases[index];
    pgno_t last_page = 0;
    jet_err err = copy_header(s, database->db);
    if (err >= JET_errSuccess)
        err = engine_database_last_owned(s->engine, (unsigned)index, &last_page);
    if (err >= JET_errSuccess)
        err = database_file_of(database->db, (void *)s->headers, last_page, &s->file);
    if (err < JET_errSuccess) {
        close_all(s);
        return err;
    }
    s->open_dbid = (unsigned)index;
    database->in_session = true;
    database->copied = false;
    *ret_view = (struct backup_database_view){
        .page_size = database->db->page_size,
        .last_page = last_page,
        .last_page_owned = last_page,
        .has_trailer = true,
        .headers = s->headers,
        .header = (void *)s->headers,
    };
    report(s, ENGINE_BACKUP_FILE_BEGUN, JET_errSuccess, database->db->path);
    return JET_errSuccess;
}

static jet_err read_run(struct source_live *s, pgno_t first, uint32_t count, void *buffer,
                        struct database_page_counts *counts)
{
    const struct database_read_retry retry = {.reads = READS, .pause_ms = PAUSE_MS, .stop = s->terms->stop};
    struct page_range range;
    cache_range_lock(s->databases[s->open_dbid].db, first, count, &range);
    jet_err err = database_file_read_pages(s->file, first, count, buffer, &retry, &s->terms->found, counts);
    cache_range_unlock(&range);
    return err;
}

static jet_err read_pages(struct backup_source *source, pgno_t first, uint32_t count, void *buffer,
                          struct database_page_counts *counts)
{
    struct source_live *s = from_source(source);
    const uint32_t page_size = s->source.page_size;
    uint8_t *bytes = buffer;
    while (count > 0) {
        const uint32_t run = count < RUN_BYTES / page_size ? count : RUN_BYTES / page_size;
        jet_err err = read_run(s, first, run, bytes, counts);
        if (err < JET_errSuccess)
            return err;
        bytes += (size_t)run * page_size;
        first += run;
        count -= run;
    }
    return JET_errSuccess;
}

static jet_err read_tail(struct backup_source *source, void *buffer)
{
    (void)source; /* pages only */
    (void)buffer;
    return JET_errInternalError;
}

/* From 1568,160,360 on the trailer tells of generations, too. */
static bool trailer_has_generations(const struct dbheader_disk *header)
{
    enum { MAJOR = 160, MINOR = 360 };
    const uint32_t major = le32_get(header->update_major);
    return major > MAJOR || (major == MAJOR && le32_get(header->update_minor) >= MINOR);
}

/* Behind the last page: what the logs must reach for the pages that were read. */
static jet_err make_trailer(struct backup_source *source, void *page)
{
    struct source_live *s = from_source(source);
    struct live_database *database = &s->databases[s->open_dbid];
    struct dbheader_disk header;
    struct patchpage_disk trailer;
    database_header_get(database->db, &header);
    const lgen_t committed = le32_get(header.generation_max_committed);
    const lgen_t current = log_generation(s->engine->log);
    memset(&trailer, 0, sizeof trailer);
    trailer.backup = s->mark;
    trailer.backup.generation_high = le32_make(committed > current ? committed : current);
    trailer.signature = header.signature;
    trailer.log_signature = header.log_signature;
    if (trailer_has_generations(&header)) {
        trailer.generation_min_required = header.generation_min_required;
        trailer.generation_max_required = header.generation_max_required;
        trailer.generation_max_committed = header.generation_max_committed;
        trailer.logtime_max_required = header.logtime_max_required;
        trailer.logtime_max_committed = header.logtime_generation_max;
    }
    patchpage_make(&trailer, page, database->db->page_size);
    database->info = trailer.backup;
    return JET_errSuccess;
}

static void close_database(struct source_live *s, enum backup_close how)
{
    struct live_database *database = &s->databases[s->open_dbid];
    const char *path = database->db->path;
    switch (how) {
    case BACKUP_CLOSE_COPIED:
        database->copied = true;
        report(s, ENGINE_BACKUP_FILE_DONE, JET_errSuccess, path);
        break;
    case BACKUP_CLOSE_INCOMPLETE:
        report(s, s->terms->internal_copy ? ENGINE_BACKUP_INCOMPLETE_COPY : ENGINE_BACKUP_FILE_INCOMPLETE,
               JET_errSuccess, path);
        break;
    case BACKUP_CLOSE_FAILED:
        database->in_session = false;
        report(s, ENGINE_BACKUP_DATABASE_FAILED, JET_errSuccess, path);
        break;
    }
}

static void close_file(struct backup_source *source, enum backup_close how)
{
    struct source_live *s = from_source(source);
    if (s->open_dbid != 0)
        close_database(s, how);
    else if (how == BACKUP_CLOSE_INCOMPLETE)
        report(s, ENGINE_BACKUP_FILE_INCOMPLETE, JET_errSuccess, s->log_path);
    else if (how == BACKUP_CLOSE_FAILED)
        report(s, ENGINE_BACKUP_LOG_FAILED, JET_errSuccess, s->log_path);
    close_all(s);
}

/* ---- which logs ---- */

static void forget_logs(struct source_live *s)
{
    for (size_t i = 0; s->log_paths && i < s->copy_count + s->delete_count; i++)
        free(s->log_paths[i]);
    free(s->log_paths);
    s->log_paths = NULL;
    s->copy_count = 0;
    s->delete_count = 0;
    s->next = 0;
}

/* A log that is gone keeps the name it should have: opening it will tell. */
static jet_err log_path_of(struct source_live *s, lgen_t generation, char **ret_path)
{
    const struct log_config *config = log_stream_config(s->engine->log);
    jet_err err = log_path_find_closed(config, config->log_folder, generation, ret_path);
    return err == JET_errFileNotFound ? log_path_closed(config, generation, ret_path) : err;
}

static jet_err add_paths(struct source_live *s, lgen_t first, lgen_t end, size_t *count)
{
    for (lgen_t generation = first; generation < end; generation++) {
        jet_err err = log_path_of(s, generation, &s->log_paths[s->copy_count + s->delete_count]);
        if (err < JET_errSuccess)
            return err;
        ++*count;
    }
    return JET_errSuccess;
}

static jet_err list_logs(struct source_live *s)
{
    const struct backup_log_info *info = &s->info;
    const size_t most = (size_t)(info->copy_end - info->copy_first) + (info->delete_end - info->delete_first);
    s->log_paths = calloc(most + 1, sizeof *s->log_paths);
    if (!s->log_paths)
        return JET_errOutOfMemory;
    jet_err err = add_paths(s, info->copy_first, info->copy_end, &s->copy_count);
    if (err >= JET_errSuccess)
        err = add_paths(s, info->delete_first, info->delete_end, &s->delete_count);
    if (err < JET_errSuccess)
        forget_logs(s);
    return err;
}

/* The current log is closed: the record begins the next one. */
static jet_err roll(struct source_live *s)
{
    const struct backup_kind kind = kind_of(s);
    const struct log_append first = {.flags = LOG_APPEND_FIRST_IN_GENERATION};
    struct logrec_backup_disk disk;
    struct log_piece piece;
    uint64_t start;
    backup_record_make(&kind, LOGREC_BACKUP_PREPARE_LOGS, 0, 0, &disk, &piece);
    const struct log_record record = {&piece, 1};
    if (log_append(s->engine->log, &record, 1, &first, &start, NULL) < JET_errSuccess)
        return JET_errLogWriteFail; /* the log says itself what was wrong */
    s->prepared = lgpos_make(lgpos_unpack(start));
    s->prepared_time = disk.mark.logtime;
    log_note_backup(s->engine->log, s->terms->incremental, start, s->prepared_time);
    return JET_errSuccess;
}

static lgen_t smaller(lgen_t a, lgen_t b)
{
    return a < b ? a : b;
}

/* An incremental backup copies all there is, which has to begin where the one before ended. */
static jet_err check_no_gap(const struct source_live *s)
{
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        struct dbheader_disk header;
        if (!s->databases[dbid].db || !s->databases[dbid].in_session)
            continue;
        database_header_get(s->databases[dbid].db, &header);
        const lgen_t full = le32_get(header.backup_full_prev.generation_high);
        const lgen_t incremental = le32_get(header.backup_incremental_prev.generation_high);
        if (s->info.delete_first > (full > incremental ? full : incremental) + 1) {
            report(s, ENGINE_BACKUP_FILE_MISSING, JET_errMissingFileToBackup, s->databases[dbid].db->path);
            return JET_errMissingFileToBackup;
        }
    }
    return JET_errSuccess;
}

/* Logs that another database needs, which has no part in this backup, are held back for a backup of it (backup-api
 * 6.2). */
static void hold_back(struct source_live *s)
{
    look_for_databases(s);
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        const struct live_database *database = &s->databases[dbid];
        struct dbheader_disk header;
        if (!database->db || (database->in_session && database->copied))
            continue;
        database_header_get(database->db, &header);
        s->info.delete_end = smaller(s->info.delete_end, le32_get(header.backup_full_prev.generation_high));
    }
    s->info.delete_first = smaller(s->info.delete_first, s->info.delete_end);
}

static jet_err fix_ranges(struct source_live *s)
{
    struct log_stream *log = s->engine->log;
    struct backup_log_info *info = &s->info;
    uint64_t checkpoint;
    info->copy_end = lgpos_get(s->prepared).generation;
    info->delete_first = log_oldest(log);
    if (info->delete_first >= info->copy_end)
        return JET_errFileNotFound;
    jet_err err = s->terms->incremental ? check_no_gap(s) : JET_errSuccess;
    if (err >= JET_errSuccess)
        err = log_checkpoint_read(log, &checkpoint);
    if (err < JET_errSuccess)
        return err;
    info->delete_end = smaller(lgpos_unpack(checkpoint).generation, info->copy_end);
    if (s->terms->incremental) {
        info->copy_first = info->delete_first;
        info->delete_end = info->delete_end < info->delete_first ? info->delete_first : info->delete_end;
    } else {
        info->copy_first = le32_get(s->mark.generation_low);
        hold_back(s);
    }
    return JET_errSuccess;
}

static jet_err prepare_logs(struct backup_source *source, struct backup_log_info *ret_info)
{
    struct source_live *s = from_source(source);
    struct log_stream *log = s->engine->log;
    jet_err err = roll(s);
    if (err < JET_errSuccess)
        return err;
    s->info = (struct backup_log_info){.signature = *log_signature(log), .recoverable = true};
    memcpy(s->info.base_name, log_stream_config(log)->base_name, sizeof s->info.base_name);
    err = fix_ranges(s);
    if (err >= JET_errSuccess)
        err = list_logs(s);
    if (err < JET_errSuccess)
        return err;
    report(s, ENGINE_BACKUP_LOGS, JET_errSuccess, NULL);
    *ret_info = s->info;
    return JET_errSuccess;
}

static jet_err logs(struct backup_source *source, struct backup_list *ret_list)
{
    const struct source_live *s = from_source(source);
    *ret_list = (struct backup_list){(const char *const *)s->log_paths, s->copy_count};
    return JET_errSuccess;
}

static jet_err deletable_logs(struct backup_source *source, struct backup_list *ret_list)
{
    const struct source_live *s = from_source(source);
    *ret_list = (struct backup_list){(const char *const *)s->log_paths + s->copy_count, s->delete_count};
    return JET_errSuccess;
}

/* ---- an open log ---- */

static bool is_bad_log(jet_err err)
{
    return err == JET_errLogFileCorrupt || err == JET_errFileInvalidType || err == JET_errBadLogVersion ||
           err == JET_errLogFileSizeMismatch;
}

/* A log whose header is damaged opens all the same: reading it will tell (backup-api 4.8). */
static jet_err open_log(struct backup_source *source, size_t index, struct backup_log_view *ret_view)
{
    struct source_live *s = from_source(source);
    const char *path = s->log_paths[index];
    struct backup_log_view view = {.generation = s->info.copy_first + (lgen_t)index};
    struct os_path_info info;
    jet_err err = log_file_open(path, &s->terms->found, &s->log);
    if (err >= JET_errSuccess) {
        view.size = log_file_info(s->log)->file_size;
    } else if (is_bad_log(err)) {
        err = os_path_stat(path, &info);
        view.size = info.size_bytes;
    }
    if (err == JET_errFileNotFound) {
        report(s, ENGINE_BACKUP_FILE_MISSING, JET_errMissingFileToBackup, path);
        return JET_errMissingFileToBackup;
    }
    if (err < JET_errSuccess)
        return err;
    s->log_path = path;
    *ret_view = view;
    return JET_errSuccess;
}

static jet_err read_log(struct backup_source *source, uint64_t offset, void *buffer, size_t size, size_t *ret_actual)
{
    struct source_live *s = from_source(source);
    if (!s->log)
        return JET_errLogReadVerifyFailure; /* was reported when it was opened */
    return log_file_read(s->log, offset, buffer, size, false, &s->terms->found, NULL, ret_actual);
}

/* ---- truncation ---- */

/* Everything below is in the databases' files, by the checkpoint file that prepare_logs read. */
static jet_err truncate_logs(struct backup_source *source)
{
    struct source_live *s = from_source(source);
    struct log_stream *log = s->engine->log;
    note(s, LOGREC_BACKUP_TRUNCATE, s->info.delete_first, s->info.delete_end);
    if (s->info.delete_first >= s->info.delete_end) {
        report(s, ENGINE_BACKUP_NOTHING_TO_TRUNCATE, JET_errSuccess, NULL);
        return JET_errSuccess;
    }
    report(s, ENGINE_BACKUP_TRUNCATED, JET_errSuccess, NULL);
    return log_truncate(log, s->info.delete_end);
}

/* ---- the end ---- */

static struct backup_kind ended_kind(const struct backup_ending *ending)
{
    struct backup_kind kind = {.source = ending->surrogate ? LOGREC_BACKUP_SURROGATE : LOGREC_BACKUP_STREAMING};
    if (ending->logs_only)
        kind.scope = ending->truncated ? LOGREC_BACKUP_INCREMENTAL : LOGREC_BACKUP_DIFFERENTIAL;
    else
        kind.scope = ending->truncated ? LOGREC_BACKUP_FULL : LOGREC_BACKUP_COPY;
    return kind;
}

/* backup-api 7.2. */
static struct bkinfo_disk stamp_info(const struct source_live *s, const struct live_database *database,
                                     const struct backup_ending *ending)
{
    struct bkinfo_disk info = s->mark;
    if (ending->surrogate) {
        info.generation_low = le32_make(s->terms->first_generation);
        info.generation_high = le32_make(s->terms->last_generation);
        return info;
    }
    if (ending->logs_only) {
        info.lgpos = s->prepared;
        info.logtime = s->prepared_time;
        info.generation_low = le32_make(ending->copy_first);
    } else {
        info = database->info;
    }
    info.generation_high = le32_make(ending->copy_end - 1);
    return info;
}

static void stamp_all(struct source_live *s, const struct backup_ending *ending)
{
    const struct backup_kind kind = ended_kind(ending);
    if (ending->logs_only && !ending->surrogate && ending->copy_end == 0)
        return; /* no logs were asked for: nothing was backed up */
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        const struct live_database *database = &s->databases[dbid];
        if (!database->db || !database->in_session || !(ending->logs_only || ending->surrogate || database->copied))
            continue;
        const struct bkinfo_disk info = stamp_info(s, database, ending);
        jet_err err = backup_stamp(s->engine->log, database->db, &kind, &info);
        if (err < JET_errSuccess)
            report(s, ENGINE_BACKUP_HEADER_FAILED, err, database->db->path);
    }
}

static void report_ending(const struct source_live *s, const struct backup_ending *ending)
{
    const bool is_copy = s->terms->internal_copy;
    switch (ending->outcome) {
    case BACKUP_OUTCOME_NORMAL:
        report(s, is_copy ? ENGINE_BACKUP_DONE_COPY : ENGINE_BACKUP_DONE, JET_errSuccess, NULL);
        break;
    case BACKUP_OUTCOME_ABORTED_BY_CALLER: report(s, ENGINE_BACKUP_ABORTED, ending->err, NULL); break;
    case BACKUP_OUTCOME_ABORTED_BY_SERVER:
        report(s, is_copy ? ENGINE_BACKUP_STOPPED_COPY : ENGINE_BACKUP_STOPPED, ending->err, NULL);
        break;
    case BACKUP_OUTCOME_FAILED:
    case BACKUP_OUTCOME_NONE: report(s, ENGINE_BACKUP_FAILED, ending->err, NULL); break;
    }
}

static void end(struct backup_source *source, const struct backup_ending *ending)
{
    struct source_live *s = from_source(source);
    struct log_stream *log = s->engine->log;
    if (ending->stamp)
        stamp_all(s, ending);
    if (ending->outcome != BACKUP_OUTCOME_NORMAL)
        note(s, LOGREC_BACKUP_ABORT, 0, 0);
    note(s, LOGREC_BACKUP_STOP, 0, 0);
    log_flush_soon(log);
    report_ending(s, ending);
    log_keep_from(log, 0);
    release_databases(s);
    forget_logs(s);
    s->terms = NULL;
}

/* ---- creation ---- */

static void free_source(struct backup_source *source)
{
    free(source); /* nothing runs, so nothing is open or held; the engine may be gone */
}

static const struct backup_source_ops live_ops = {
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

jet_err source_live_new(struct engine *engine, struct backup_source **ret_source)
{
    struct source_live *s = calloc(1, sizeof *s);
    if (!s)
        return JET_errOutOfMemory;
    s->source.ops = &live_ops;
    s->source.page_size = engine->config.page_size;
    s->engine = engine;
    *ret_source = &s->source;
    return JET_errSuccess;
}
