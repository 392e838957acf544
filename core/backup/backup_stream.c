/* SPDX-License-Identifier: MIT */
/* backup_stream.c - what a client does between begin and end: lists, open, read, close, truncate. Each call passes the
 * gate of backup.c first. */
#include <stdlib.h>

#include "backup/backup_internal.h"

/* ---- lists ---- */

/* The marks of truncation's check: one for each file of the log list. */
static jet_err make_marks(struct backup *b)
{
    struct backup_list list;
    jet_err err = b->reader.source->ops->logs(b->reader.source, &list);
    if (err < JET_errSuccess)
        return err;
    b->log_copied = calloc(list.count + 1, sizeof *b->log_copied); /* not 0 bytes */
    if (!b->log_copied)
        return JET_errOutOfMemory;
    b->log_count = list.count;
    return JET_errSuccess;
}

/* The first list of logs fixes what the backup is about (backup-api 5.3). */
static jet_err prepare_logs(struct backup *b)
{
    if (b->logs_prepared)
        return b->prepare_error;
    jet_err err = b->reader.source->ops->prepare_logs(b->reader.source, &b->log_info);
    if (err == JET_errLogWriteFail)
        return err; /* the log could not be rolled: the client may try again */
    b->logs_prepared = true;
    if (err >= JET_errSuccess)
        err = make_marks(b);
    b->prepare_error = err;
    return err;
}

/* Both lists of logs. The state moves on when a list was given. */
static jet_err list_logs(struct backup *b, bool deletable, struct backup_list *ret_list)
{
    struct backup_source *source = b->reader.source;
    jet_err err = prepare_logs(b);
    if (err >= JET_errSuccess)
        err = deletable ? source->ops->deletable_logs(source, ret_list) : source->ops->logs(source, ret_list);
    if (err >= JET_errSuccess && !b->terms.incremental)
        backup_set_state(b, BACKUP_LOGS, BACKUP_IDLE);
    return err;
}

/* The lists: only running out of memory ends the backup. */
static void tear_down_list(struct backup *b, enum backup_call call, jet_err err)
{
    if (err == JET_errOutOfMemory)
        backup_tear_down(b, call, err);
}

static jet_err list_make(struct backup *b, enum backup_list_kind kind, struct backup_list *ret_list)
{
    if (kind == BACKUP_LIST_DATABASES)
        return b->reader.source->ops->databases(b->reader.source, ret_list);
    return list_logs(b, kind == BACKUP_LIST_DELETABLE_LOGS, ret_list);
}

static jet_err argument_given(const void *pointer)
{
    return pointer ? JET_errSuccess : JET_errInvalidParameter;
}

jet_err backup_take_list(struct backup *b, enum backup_list_kind kind, const struct backup_list_taker *taker)
{
    const enum backup_call call = kind == BACKUP_LIST_DATABASES ? BACKUP_CALL_ATTACH_INFO : BACKUP_CALL_LOG_INFO;
    jet_err err = backup_enter(b, call, argument_given(taker));
    if (err < JET_errSuccess || !taker) /* either says the same */
        return err;
    struct backup_list list;
    err = list_make(b, kind, &list);
    if (err >= JET_errSuccess)
        err = taker->take(taker->context, &list, &b->log_info);
    if (err < JET_errSuccess)
        tear_down_list(b, call, err);
    backup_leave(b);
    return err;
}

/* For clients that keep what they get until they end the backup. */
struct keeper {
    struct backup_list *list;
    struct backup_log_info *info; /* NULL: not wanted */
};

static jet_err keep_list(void *context, const struct backup_list *list, const struct backup_log_info *info)
{
    const struct keeper *keeper = context;
    *keeper->list = *list;
    if (keeper->info)
        *keeper->info = *info;
    return JET_errSuccess;
}

static jet_err get_list(struct backup *b, enum backup_list_kind kind, struct backup_list *ret_list,
                        struct backup_log_info *ret_info)
{
    struct keeper keeper = {ret_list, ret_info};
    const struct backup_list_taker taker = {keep_list, &keeper};
    return backup_take_list(b, kind, ret_list ? &taker : NULL);
}

jet_err backup_get_attach_info(struct backup *b, struct backup_list *ret_list)
{
    return get_list(b, BACKUP_LIST_DATABASES, ret_list, NULL);
}

jet_err backup_get_log_info(struct backup *b, struct backup_list *ret_list, struct backup_log_info *ret_info)
{
    return get_list(b, BACKUP_LIST_LOGS, ret_list, ret_info);
}

jet_err backup_get_truncate_info(struct backup *b, struct backup_list *ret_list)
{
    return get_list(b, BACKUP_LIST_DELETABLE_LOGS, ret_list, NULL);
}

/* Every log of the list was read to the end. The reference engine compares sums, which reading one log twice
 * defeats. */
static bool all_logs_copied(const struct backup *b)
{
    for (size_t i = 0; i < b->log_count; i++) {
        if (!b->log_copied[i])
            return false;
    }
    return true;
}

jet_err backup_truncate(struct backup *b)
{
    jet_err err = backup_enter(b, BACKUP_CALL_TRUNCATE, JET_errSuccess);
    if (err < JET_errSuccess)
        return err;
    if (!b->log_copied) {
        err = JET_errInvalidBackupSequence; /* no list was taken */
    } else if (!all_logs_copied(b)) {
        err = JET_errLogFileNotCopied;
    } else {
        b->truncated = true;
        err = b->reader.source->ops->truncate(b->reader.source);
    }
    backup_leave(b);
    return err;
}

/* ---- open, read, close ---- */

static jet_err open_arguments(const struct backup *b, const char *path, uint64_t first_byte, const uint64_t *ret_size)
{
    uint64_t page_size = b->reader.source->page_size;
    bool usable = path && path[0] && ret_size && first_byte % page_size == 0;
    return usable && (first_byte == 0 || first_byte >= 3 * page_size) ? JET_errSuccess : JET_errInvalidParameter;
}

static enum backup_call open_call(enum backup_file_kind kind)
{
    switch (kind) {
    case BACKUP_FILE_DATABASE: return BACKUP_CALL_OPEN_DATABASE;
    case BACKUP_FILE_LOG:
    case BACKUP_FILE_CHECKPOINT: return BACKUP_CALL_OPEN_LOG;
    case BACKUP_FILE_NONE: break;
    }
    return BACKUP_CALL_OPEN_STRANGER;
}

jet_err backup_open(struct backup *b, const char *path, uint64_t first_byte, uint64_t *ret_size)
{
    jet_err err = backup_enter(b, BACKUP_CALL_OPEN, open_arguments(b, path, first_byte, ret_size));
    if (err < JET_errSuccess)
        return err;
    struct backup_file_id id;
    err = b->reader.source->ops->find(b->reader.source, path, &id);
    if (err >= JET_errSuccess) {
        enum backup_call call = open_call(id.kind);
        err = backup_rules[call].answer[backup_state(b)];
        if (err >= JET_errSuccess)
            err = backup_file_open(&b->reader, &id, first_byte, &b->file);
        if (err < JET_errSuccess)
            backup_tear_down(b, call, err);
    }
    if (err >= JET_errSuccess)
        *ret_size = b->file.size;
    backup_leave(b);
    return err;
}

jet_err backup_open_file_info(struct backup *b, struct backup_open_file *ret_info)
{
    backup_lock_inside(b);
    jet_err err = b->file.kind == BACKUP_FILE_NONE ? JET_errInvalidParameter : JET_errSuccess;
    if (err >= JET_errSuccess)
        *ret_info = (struct backup_open_file){
            .kind = b->file.kind,
            .database = b->file.kind == BACKUP_FILE_DATABASE ? &b->file.database : NULL,
            .counts = &b->file.counts,
            .generation = b->file.generation,
        };
    backup_unlock_inside(b);
    return err;
}

static jet_err read_arguments(const void *buffer, const size_t *ret_actual)
{
    bool usable = buffer && ret_actual && (uintptr_t)buffer % BACKUP_BUFFER_ALIGNMENT == 0;
    return usable ? JET_errSuccess : JET_errInvalidParameter;
}

/* A read failed. A database leaves the backup, which goes on; a log takes the backup with it. */
static void read_failed(struct backup *b, jet_err err)
{
    if (err == JET_errBackupAbortByServer)
        return; /* seen between repetitions: the file stays open */
    backup_tear_down(b, BACKUP_CALL_READ, err);
    backup_close_file(b, BACKUP_CLOSE_FAILED);
}

jet_err backup_read(struct backup *b, void *buffer, size_t size, size_t *ret_actual)
{
    jet_err err = backup_enter(b, BACKUP_CALL_READ, read_arguments(buffer, ret_actual));
    if (err < JET_errSuccess)
        return err;
    err = backup_file_check_size(&b->file, b->reader.source->page_size, size);
    if (err >= JET_errSuccess) {
        err = backup_file_read(&b->reader, &b->file, buffer, size, ret_actual);
        if (err < JET_errSuccess)
            read_failed(b, err);
    }
    backup_leave(b);
    return err;
}

jet_err backup_close(struct backup *b)
{
    jet_err err = backup_enter(b, BACKUP_CALL_CLOSE, JET_errSuccess);
    if (err < JET_errSuccess)
        return err;
    if (b->file.kind != BACKUP_FILE_NONE) { /* else it is the tombstone that answers */
        bool copied = backup_file_is_copied(&b->file);
        if (copied && b->file.kind != BACKUP_FILE_DATABASE)
            b->log_copied[b->file.index] = true;
        backup_close_file(b, copied ? BACKUP_CLOSE_COPIED : BACKUP_CLOSE_INCOMPLETE);
    }
    backup_leave(b);
    return JET_errSuccess;
}
