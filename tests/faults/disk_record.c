/* SPDX-License-Identifier: MIT */
/* disk_record.c - see disk_record.h. One mutex is held across the real call and the note, so that the list has the
 * order of the calls; what it costs is nothing on a file system in memory. */
#include "disk_record.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/jet_err.h"
#include "disk_image.h"
#include "os/os_file.h"
#include "os/os_thread.h"

#define REAL(result, name, ...)                                                                                        \
    result __real_##name(__VA_ARGS__);                                                                                 \
    result __wrap_##name(__VA_ARGS__)

REAL(jet_err, os_file_open, const char *path, enum os_file_mode mode, struct os_file **ret_file);
REAL(void, os_file_close, struct os_file *file);
REAL(jet_err, os_file_write, struct os_file *file, uint64_t offset, const void *buffer, size_t size);
REAL(jet_err, os_file_set_size, struct os_file *file, uint64_t size);
REAL(jet_err, os_file_allocate, struct os_file *file, uint64_t size);
REAL(jet_err, os_file_flush, struct os_file *file);
REAL(jet_err, os_file_flush_data, struct os_file *file);
REAL(jet_err, os_path_rename_new, const char *from, const char *to);
REAL(jet_err, os_path_rename_over, const char *from, const char *to);
REAL(jet_err, os_file_remove, const char *path);
REAL(jet_err, os_folder_flush, const char *path);

/* An open file, or a name, and the number of its file. */
struct known {
    struct os_file *file;
    char *name;
    unsigned number;
};

struct known_list {
    struct known *list;
    size_t count, room;
};

static struct {
    struct os_mutex *lock;
    struct disk_journal *journal; /* NULL: nothing is recorded */
    char *folder;
    struct known_list open;
    struct known_list names;
    unsigned files; /* numbers given out */

    bool is_failing; /* a failure is ahead, or has happened and goes on */
    bool fails_for_ever, has_failed;
    uint64_t calls_left; /* before it */
    jet_err fail_err;
} record;

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static void known_add(struct known_list *list, struct known known)
{
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 64;
        list->list = must(realloc(list->list, list->room * sizeof *list->list));
    }
    list->list[list->count++] = known;
}

static struct known *known_open(struct os_file *file)
{
    for (size_t i = 0; i < record.open.count; i++)
        if (record.open.list[i].file == file)
            return &record.open.list[i];
    return NULL;
}

static struct known *known_name(const char *name)
{
    for (size_t i = 0; i < record.names.count; i++)
        if (strcmp(record.names.list[i].name, name) == 0)
            return &record.names.list[i];
    return NULL;
}

static void known_remove(struct known_list *list, struct known *known)
{
    free(known->name);
    *known = list->list[--list->count];
}

static void known_clear(struct known_list *list)
{
    while (list->count > 0)
        known_remove(list, &list->list[list->count - 1]);
    free(list->list);
    *list = (struct known_list){.count = 0};
}

static struct disk_op *note(enum disk_op_kind kind)
{
    struct disk_journal *journal = record.journal;
    if (journal->count == journal->room) {
        journal->room = journal->room ? 2 * journal->room : 1024;
        journal->ops = must(realloc(journal->ops, journal->room * sizeof *journal->ops));
    }
    struct disk_op *op = &journal->ops[journal->count++];
    *op = (struct disk_op){.kind = kind};
    return op;
}

/* The name inside the recorded folder; NULL if the path leads elsewhere. */
static const char *name_in_folder(const char *path)
{
    size_t length = strlen(record.folder);
    if (strncmp(path, record.folder, length) != 0 || path[length] != '/' || strchr(path + length + 1, '/'))
        return NULL;
    return path + length + 1;
}

static bool enter(void)
{
    if (!record.lock)
        return false;
    os_mutex_lock(record.lock);
    return record.journal != NULL;
}

static void leave(void)
{
    if (record.lock)
        os_mutex_unlock(record.lock);
}

/* ---- beginning and end ---- */

void disk_record_begin(struct disk_journal *journal, const char *folder, const struct disk_image *base)
{
    if (!record.lock && os_mutex_new(LOCK_RANK_LEAF, &record.lock) < JET_errSuccess)
        abort();
    os_mutex_lock(record.lock);
    assert(!record.journal);
    *journal = (struct disk_journal){.count = 0};
    record.folder = must(strdup(folder));
    record.files = (unsigned)disk_image_files(base);
    for (size_t i = 0; i < disk_image_names(base); i++) {
        unsigned number;
        const char *name = disk_image_name(base, i, &number);
        known_add(&record.names, (struct known){.name = must(strdup(name)), .number = number});
    }
    record.journal = journal;
    os_mutex_unlock(record.lock);
}

void disk_record_end(void)
{
    if (!record.lock)
        return; /* nothing was ever recorded */
    os_mutex_lock(record.lock);
    known_clear(&record.names);
    known_clear(&record.open);
    free(record.folder);
    record.folder = NULL;
    record.journal = NULL;
    os_mutex_unlock(record.lock);
}

void disk_record_mark(uint64_t number)
{
    if (enter())
        note(DISK_MARK)->size = number;
    leave();
}

void disk_journal_done(struct disk_journal *journal)
{
    for (size_t i = 0; i < journal->count; i++) {
        free(journal->ops[i].bytes);
        free(journal->ops[i].name);
        free(journal->ops[i].name_to);
    }
    free(journal->ops);
    *journal = (struct disk_journal){.count = 0};
}

/* ---- failing ---- */

void disk_fail_begin(uint64_t number, jet_err err, bool for_ever)
{
    os_mutex_lock(record.lock);
    record.is_failing = true;
    record.has_failed = false;
    record.fails_for_ever = for_ever;
    record.calls_left = number;
    record.fail_err = err;
    os_mutex_unlock(record.lock);
}

bool disk_fail_end(void)
{
    os_mutex_lock(record.lock);
    record.is_failing = false;
    bool has_failed = record.has_failed;
    os_mutex_unlock(record.lock);
    return has_failed;
}

/* What the call that is about to be made is to return; JET_errSuccess: it is made. */
static jet_err failure(bool is_recording)
{
    if (!is_recording || !record.is_failing)
        return JET_errSuccess;
    if (record.calls_left > 0) {
        record.calls_left--;
        return JET_errSuccess;
    }
    record.has_failed = true;
    record.is_failing = record.fails_for_ever;
    return record.fail_err;
}

/* ---- files ---- */

static void note_open(const char *path, enum os_file_mode mode, struct os_file *file)
{
    const char *name = name_in_folder(path);
    if (!name)
        return;
    struct known *known = known_name(name);
    unsigned number = known ? known->number : record.files;
    if (mode == OS_FILE_CREATE_NEW) {
        assert(!known);
        known_add(&record.names, (struct known){.name = must(strdup(name)), .number = record.files++});
        struct disk_op *op = note(DISK_CREATE);
        op->file = number;
        op->name = must(strdup(name));
    } else {
        assert(known);
    }
    known_add(&record.open, (struct known){.file = file, .number = number});
}

jet_err __wrap_os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file)
{
    bool is_recording = enter();
    jet_err err = failure(is_recording && mode == OS_FILE_CREATE_NEW);
    if (err >= JET_errSuccess)
        err = __real_os_file_open(path, mode, ret_file);
    if (is_recording && err >= JET_errSuccess)
        note_open(path, mode, *ret_file);
    leave();
    return err;
}

void __wrap_os_file_close(struct os_file *file)
{
    if (enter()) {
        struct known *known = file ? known_open(file) : NULL;
        if (known)
            known_remove(&record.open, known);
    }
    __real_os_file_close(file);
    leave();
}

jet_err __wrap_os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size)
{
    bool is_recording = enter();
    jet_err err = failure(is_recording);
    if (err >= JET_errSuccess)
        err = __real_os_file_write(file, offset, buffer, size);
    const struct known *known = is_recording ? known_open(file) : NULL;
    if (known && err >= JET_errSuccess && size > 0) {
        struct disk_op *op = note(DISK_WRITE);
        op->file = known->number;
        op->offset = offset;
        op->size = size;
        op->bytes = must(malloc(size));
        memcpy(op->bytes, buffer, size);
        record.journal->bytes_written += size;
    }
    leave();
    return err;
}

static void note_file(enum disk_op_kind kind, struct os_file *file, uint64_t size)
{
    const struct known *known = known_open(file);
    if (!known)
        return;
    struct disk_op *op = note(kind);
    op->file = known->number;
    op->size = size;
}

jet_err __wrap_os_file_set_size(struct os_file *file, uint64_t size)
{
    bool is_recording = enter();
    jet_err err = failure(is_recording);
    if (err >= JET_errSuccess)
        err = __real_os_file_set_size(file, size);
    if (is_recording && err >= JET_errSuccess)
        note_file(DISK_SIZE, file, size);
    leave();
    return err;
}

jet_err __wrap_os_file_allocate(struct os_file *file, uint64_t size)
{
    uint64_t before = 0;
    bool is_recording = enter();
    jet_err err = failure(is_recording);
    if (err >= JET_errSuccess)
        err = os_file_size(file, &before);
    if (err >= JET_errSuccess)
        err = __real_os_file_allocate(file, size);
    if (is_recording && err >= JET_errSuccess && size > before)
        note_file(DISK_SIZE, file, size);
    leave();
    return err;
}

jet_err __wrap_os_file_flush(struct os_file *file)
{
    bool is_recording = enter();
    jet_err err = failure(is_recording);
    if (err >= JET_errSuccess)
        err = __real_os_file_flush(file);
    if (is_recording && err >= JET_errSuccess)
        note_file(DISK_FLUSH, file, 0);
    leave();
    return err;
}

jet_err __wrap_os_file_flush_data(struct os_file *file)
{
    bool is_recording = enter();
    jet_err err = failure(is_recording);
    if (err >= JET_errSuccess)
        err = __real_os_file_flush_data(file);
    if (is_recording && err >= JET_errSuccess)
        note_file(DISK_FLUSH, file, 0);
    leave();
    return err;
}

/* ---- names ---- */

static void note_rename(const char *from, const char *to)
{
    const char *name = name_in_folder(from);
    const char *name_to = name_in_folder(to);
    assert((name != NULL) == (name_to != NULL));
    if (!name)
        return;
    struct known *replaced = known_name(name_to);
    if (replaced)
        known_remove(&record.names, replaced);
    struct known *known = known_name(name);
    assert(known);
    free(known->name);
    known->name = must(strdup(name_to));
    struct disk_op *op = note(DISK_RENAME);
    op->name = must(strdup(name));
    op->name_to = must(strdup(name_to));
}

jet_err __wrap_os_path_rename_new(const char *from, const char *to)
{
    bool is_recording = enter();
    jet_err err = failure(is_recording);
    if (err >= JET_errSuccess)
        err = __real_os_path_rename_new(from, to);
    if (is_recording && err >= JET_errSuccess)
        note_rename(from, to);
    leave();
    return err;
}

jet_err __wrap_os_path_rename_over(const char *from, const char *to)
{
    bool is_recording = enter();
    jet_err err = failure(is_recording);
    if (err >= JET_errSuccess)
        err = __real_os_path_rename_over(from, to);
    if (is_recording && err >= JET_errSuccess)
        note_rename(from, to);
    leave();
    return err;
}

jet_err __wrap_os_file_remove(const char *path)
{
    bool is_recording = enter();
    jet_err err = failure(is_recording);
    if (err >= JET_errSuccess)
        err = __real_os_file_remove(path);
    const char *name = is_recording && err >= JET_errSuccess ? name_in_folder(path) : NULL;
    struct known *known = name ? known_name(name) : NULL;
    if (known) {
        note(DISK_REMOVE)->name = must(strdup(name));
        known_remove(&record.names, known);
    }
    leave();
    return err;
}

jet_err __wrap_os_folder_flush(const char *path)
{
    bool is_recording = enter();
    jet_err err = failure(is_recording);
    if (err >= JET_errSuccess)
        err = __real_os_folder_flush(path);
    if (is_recording && err >= JET_errSuccess && strcmp(path, record.folder) == 0)
        (void)note(DISK_FLUSH_FOLDER);
    leave();
    return err;
}
