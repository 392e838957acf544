/* SPDX-License-Identifier: MIT */
/* database.c - an attached database: its file from create or open to close, its size, flushing. */
#include "storage/database.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "format/page.h"
#include "storage/cache_internal.h"
#include "storage/database_internal.h"

enum { OBJID_LAST = INT32_MAX }; /* the catalogue keeps them as signed numbers */

/* ---- the object ---- */

static void database_free(struct database *db)
{
    if (!db)
        return;
    os_file_close(db->file);
    os_mutex_free(db->lock);
    os_mutex_free(db->size_lock);
    os_mutex_free(db->flush_lock);
    os_pages_free(db->header, db->page_size);
    free(db->path);
    free(db);
}

static jet_err locks_new(struct database *db)
{
    jet_err err = os_mutex_new(LOCK_RANK_DATABASE_HEADER, &db->lock);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_DATABASE_HEADER, &db->size_lock);
    if (err >= JET_errSuccess)
        err = os_mutex_new(LOCK_RANK_DATABASE_HEADER, &db->flush_lock);
    return err;
}

static jet_err database_new_object(struct cache *cache, const char *path, uint8_t dbid, struct database **ret_db)
{
    struct database *db = calloc(1, sizeof *db);
    if (!db)
        return JET_errOutOfMemory;
    db->cache = cache;
    db->dbid = dbid;
    db->page_size = cache->config.page_size;
    atomic_init(&db->begin0_unflushed, BEGIN0_NONE);
    atomic_init(&db->begin0_flushing, BEGIN0_NONE);
    jet_err err = locks_new(db);
    if (err >= JET_errSuccess)
        err = os_path_absolute(path, &db->path);
    if (err >= JET_errSuccess) {
        db->header = os_pages_alloc(db->page_size);
        err = db->header ? JET_errSuccess : JET_errOutOfMemory;
    }
    if (err < JET_errSuccess) {
        database_free(db);
        return err;
    }
    *ret_db = db;
    return JET_errSuccess;
}

/* From now on its pages can be asked for. */
static void join_cache(struct database *db)
{
    struct cache *cache = db->cache;
    os_mutex_lock(cache->list_lock);
    db->key_base = (uint64_t)++cache->last_number << 32;
    db->next = cache->databases;
    cache->databases = db;
    os_mutex_unlock(cache->list_lock);
}

static void leave_cache(struct database *db)
{
    struct cache *cache = db->cache;
    os_mutex_lock(cache->list_lock);
    struct database **link = &cache->databases;
    while (*link != db)
        link = &(*link)->next;
    *link = db->next;
    os_mutex_unlock(cache->list_lock);
}

/* Whole pages behind the two headers. */
static pgno_t pages_of_size(const struct database *db, uint64_t size)
{
    uint64_t pages = size / db->page_size;
    pages = pages > DBHEADER_COPIES ? pages - DBHEADER_COPIES : 0;
    return pages < PGNO_MAX ? (pgno_t)pages : PGNO_MAX;
}

/* ---- create ---- */

static jet_err create_file(struct database *db, bool overwrite)
{
    jet_err err = os_file_open(db->path, OS_FILE_CREATE_NEW, &db->file);
    if (err == JET_errFileAlreadyExists && overwrite) {
        struct os_file *before;
        err = os_file_open(db->path, OS_FILE_READ_WRITE, &before);
        if (err >= JET_errSuccess) {
            err = os_file_lock(before, OS_FILE_SHARE_NOBODY); /* not the file of somebody who uses it */
            os_file_close(before);
        }
        if (err >= JET_errSuccess)
            err = os_file_remove(db->path);
        if (err >= JET_errSuccess)
            err = os_file_open(db->path, OS_FILE_CREATE_NEW, &db->file);
    }
    return err;
}

jet_err database_remove(const char *path)
{
    jet_err err = os_file_remove(path);
    return err >= JET_errSuccess || err == JET_errFileNotFound ? os_path_flush_name(path) : err;
}

static jet_err create_content(struct database *db, const struct database_new *options)
{
    jet_err err = os_file_lock(db->file, OS_FILE_SHARE_NOBODY);
    if (err >= JET_errSuccess)
        err = database_header_make(db, options);
    if (err >= JET_errSuccess)
        err = os_file_allocate(db->file, page_offset(1, db->page_size));
    if (err >= JET_errSuccess)
        err = database_header_write(db);
    if (err >= JET_errSuccess)
        err = os_path_flush_name(db->path);
    if (err >= JET_errSuccess)
        err = database_extend(db, options->pages);
    return err;
}

jet_err database_create(struct cache *cache, const struct database_new *options, struct database **ret_db)
{
    struct database *db;
    jet_err err = database_new_object(cache, options->path, options->dbid, &db);
    if (err < JET_errSuccess)
        return err;
    db->is_logged = options->log_signature != NULL;
    err = create_file(db, options->overwrite);
    if (err < JET_errSuccess)
        goto fail;
    err = create_content(db, options);
    if (err < JET_errSuccess) {
        os_file_close(db->file);
        db->file = NULL;
        if (database_remove(db->path) < JET_errSuccess && options->remains)
            *options->remains = true;
        goto fail;
    }
    join_cache(db);
    *ret_db = db;
    return JET_errSuccess;
fail:
    database_free(db);
    return err;
}

/* ---- open and close ---- */

static jet_err open_file(struct database *db)
{
    uint64_t size;
    jet_err err = os_file_open(db->path, db->is_read_only ? OS_FILE_READ : OS_FILE_READ_WRITE, &db->file);
    if (err >= JET_errSuccess)
        err = os_file_lock(db->file, db->is_read_only ? OS_FILE_SHARE_READERS : OS_FILE_SHARE_NOBODY);
    if (err >= JET_errSuccess)
        err = os_file_size(db->file, &size);
    if (err < JET_errSuccess)
        return err;
    const pgno_t last = pages_of_size(db, size);
    atomic_store(&db->pgno_in_file, last);
    atomic_store(&db->pgno_last, last);
    return JET_errSuccess;
}

jet_err database_open(struct cache *cache, const struct database_open_options *options, struct database **ret_db)
{
    struct database *db;
    jet_err err = database_new_object(cache, options->path, options->dbid, &db);
    if (err < JET_errSuccess)
        return err;
    db->is_read_only = options->is_read_only;
    db->is_logged = options->is_logged;
    err = open_file(db);
    if (err >= JET_errSuccess)
        err = database_header_load(db);
    if (err < JET_errSuccess) {
        database_free(db);
        return err;
    }
    join_cache(db);
    *ret_db = db;
    return JET_errSuccess;
}

/* Is it a page of the database, behind page `last`? */
static bool is_behind(const struct database *db, uint64_t key, pgno_t last)
{
    return (key & ~(uint64_t)UINT32_MAX) == db->key_base && (pgno_t)key > last;
}

/* Pages of it may still be in somebody's batch: that writes what was wanted when it began. */
static void forget_page(struct database *db, struct frame *frame, pgno_t last)
{
    uint64_t key = atomic_load(&frame->key);
    while (is_behind(db, key, last) && latch_exclusive_while(&frame->latch, &frame->key, key)) {
        if (!(atomic_load(&frame->state) & FRAME_WRITING)) {
            cache_forget(db->cache, frame);
            return;
        }
        latch_unlock_exclusive(&frame->latch);
        cache_frame_wait(frame);
    }
}

/* The pages behind page `last`, dirty ones too. */
static void forget_pages(struct database *db, pgno_t last)
{
    const size_t count = atomic_load(&db->cache->frame_count);
    for (size_t i = 0; i < count; i++)
        forget_page(db, cache_frame(db->cache, i), last);
}

/* The double-write file must not forget pages of which nobody would know any more that they are not safe. */
static void settle_double_write(struct database *db)
{
    struct double_write *double_write = db->cache->double_write;
    if (double_write && db->is_logged && database_flush_written(db) < JET_errSuccess)
        double_write_keep_all(double_write);
}

void database_close(struct database *db)
{
    if (!db)
        return;
    forget_pages(db, 0);
    settle_double_write(db); /* nobody writes to it any more, and who flushes all databases still finds it */
    leave_cache(db);
    database_free(db);
}

/* ---- size ---- */

/* With size_lock, and inside the gate. */
static jet_err allocate_file(struct database *db, pgno_t last)
{
    jet_err err = os_file_allocate(db->file, page_offset(last + 1, db->page_size));
    if (err < JET_errSuccess)
        return err;
    atomic_store(&db->needs_flush, true);
    atomic_store(&db->pgno_in_file, last);
    return JET_errSuccess;
}

/* The gate is only tried: the caller may have latches that readers want. Who finds it closed here, with size_lock,
 * comes before the thaw looks after the file with the same lock. */
static jet_err extend_locked(struct database *db, pgno_t last)
{
    jet_err err = JET_errSuccess;
    if (last > atomic_load(&db->pgno_in_file) && cache_gate_try_enter(db->cache)) {
        err = allocate_file(db, last);
        cache_gate_leave(db->cache);
    }
    if (err >= JET_errSuccess && last > database_last_page(db))
        atomic_store_explicit(&db->pgno_last, last, memory_order_release);
    return err;
}

jet_err database_extend(struct database *db, pgno_t last)
{
    if (last <= atomic_load(&db->pgno_in_file))
        return JET_errSuccess;
    if (last > PGNO_MAX)
        return CORRUPT(JET_errFileIOBeyondEOF);
    assert(!db->is_read_only);
    os_mutex_lock(db->size_lock);
    jet_err err = extend_locked(db, last);
    os_mutex_unlock(db->size_lock);
    return err;
}

jet_err database_extend_file(struct database *db)
{
    jet_err err = JET_errSuccess;
    cache_gate_enter(db->cache);
    os_mutex_lock(db->size_lock);
    if (atomic_load(&db->pgno_in_file) < database_last_page(db))
        err = allocate_file(db, database_last_page(db));
    os_mutex_unlock(db->size_lock);
    cache_gate_leave(db->cache);
    return err;
}

/* With size_lock, and inside the gate. */
static jet_err shrink_locked(struct database *db, pgno_t last)
{
    jet_err err = os_file_set_size(db->file, page_offset(last + 1, db->page_size));
    if (err < JET_errSuccess) {
        atomic_store(&db->pgno_last, atomic_load(&db->pgno_in_file));
        return err;
    }
    atomic_store(&db->needs_flush, true);
    atomic_store(&db->pgno_in_file, last);
    return JET_errSuccess;
}

/* From the first step on nobody begins to read a page that goes. */
jet_err database_shrink(struct database *db, pgno_t last)
{
    assert(!db->is_read_only && last <= database_last_page(db));
    atomic_store(&db->pgno_last, last);
    cache_range_wait_behind(db, last);
    forget_pages(db, last);
    cache_gate_enter(db->cache);
    os_mutex_lock(db->size_lock);
    jet_err err = shrink_locked(db, last);
    os_mutex_unlock(db->size_lock);
    cache_gate_leave(db->cache);
    return err < JET_errSuccess ? err : database_flush_written(db);
}

/* ---- flushing ---- */

/* Everything that was written before now is to be covered by the flush that follows. */
static void flush_begin(struct database *db)
{
    uint64_t begin0 = atomic_load(&db->begin0_unflushed);
    do {
        atomic_store(&db->begin0_flushing, begin0);
    } while (!atomic_compare_exchange_weak(&db->begin0_unflushed, &begin0, BEGIN0_NONE));
}

static jet_err flush_locked(struct database *db)
{
    jet_err err = atomic_load(&db->flush_err);
    if (err < JET_errSuccess || !atomic_exchange(&db->needs_flush, false))
        return err;
    flush_begin(db);
    err = os_file_flush_data(db->file);
    if (err < JET_errSuccess) {
        /* The system may have dropped what it could not write: flushing again would succeed and mean nothing. */
        atomic_store(&db->flush_err, err);
        atomic_lower(&db->begin0_unflushed, atomic_load(&db->begin0_flushing));
    }
    atomic_store(&db->begin0_flushing, BEGIN0_NONE);
    return err;
}

jet_err database_flush_written(struct database *db)
{
    if (db->is_read_only)
        return JET_errSuccess;
    bool was_broken = atomic_load(&db->flush_err) < JET_errSuccess;
    os_mutex_lock(db->flush_lock);
    jet_err err = flush_locked(db);
    os_mutex_unlock(db->flush_lock);
    if (err < JET_errSuccess && !was_broken) {
        const struct cache_hooks hooks = cache_hooks_get(db->cache);
        if (hooks.write_failed)
            hooks.write_failed(hooks.context, db, err);
    }
    return err;
}

jet_err database_flush(struct database *db)
{
    size_t written;
    const struct write_choice choice = {.db = db, .begin0_limit = BEGIN0_NONE, .waits = true};
    if (db->is_read_only)
        return JET_errSuccess;
    jet_err err = database_extend_file(db);
    if (err < JET_errSuccess)
        return err;
    err = cache_write_chosen(db->cache, &choice, &written);
    jet_err flush_err = database_flush_written(db);
    return err < JET_errSuccess ? err : flush_err;
}

/* ---- counters ---- */

void database_raise_dbtime(struct database *db, dbtime_t dbtime)
{
    uint64_t seen = atomic_load(&db->dbtime);
    while (seen < dbtime && !atomic_compare_exchange_weak(&db->dbtime, &seen, dbtime))
        ;
}

void database_raise_objid(struct database *db, objid_t objid)
{
    uint32_t seen = atomic_load(&db->objid_last);
    while (seen < objid && !atomic_compare_exchange_weak(&db->objid_last, &seen, objid))
        ;
}

jet_err database_next_objid(struct database *db, objid_t *ret_objid)
{
    uint32_t seen = atomic_load(&db->objid_last);
    do {
        if (seen == OBJID_LAST)
            return JET_errOutOfObjectIDs;
    } while (!atomic_compare_exchange_weak(&db->objid_last, &seen, seen + 1));
    *ret_objid = seen + 1;
    return JET_errSuccess;
}
