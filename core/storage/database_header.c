/* SPDX-License-Identifier: MIT */
/* database_header.c - the header of an attached database: made, loaded, changed, written. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "format/dbheader.h"
#include "format/page.h"
#include "log/log_time.h"
#include "storage/cache_internal.h"
#include "storage/database_internal.h"

enum { DBTIME_START = 0x40 }; /* of a new database, before its first change */

static jet_err write_copy(struct database *db, enum dbheader_which which)
{
    uint64_t offset = which == DBHEADER_PRIMARY ? 0 : db->page_size;
    jet_err err = os_file_write(db->file, offset, db->header, db->page_size);
    if (err < JET_errSuccess)
        return err;
    err = os_file_flush_data(db->file);
    if (err < JET_errSuccess)
        atomic_store(&db->flush_err, err); /* it may have been about pages that were written before */
    return err;
}

/* One copy is safe before the other is touched: a system that fails in between may tear what it was writing, and may
 * write in any order what was not flushed. */
static jet_err write_copies(struct database *db)
{
    jet_err err = write_copy(db, DBHEADER_PRIMARY);
    return err < JET_errSuccess ? err : write_copy(db, DBHEADER_SHADOW);
}

static jet_err write_locked(struct database *db)
{
    assert(!db->is_read_only);
    jet_err err = atomic_load(&db->flush_err);
    if (err < JET_errSuccess)
        return err;
    err = log_signature_new(&db->header->header_signature);
    if (err < JET_errSuccess)
        return err;
    db->header->dbtime = le64_make(database_last_dbtime(db));
    db->header->objid_last = le32_make(database_last_objid(db));
    dbheader_seal(db->header, db->page_size);
    err = write_copies(db);
    if (err >= JET_errSuccess)
        atomic_store(&db->max_required, le32_get(db->header->generation_max_required));
    return err;
}

/* Who is to know that the database could not be written. */
static jet_err told(struct database *db, jet_err err)
{
    if (err < JET_errSuccess) {
        const struct cache_hooks hooks = cache_hooks_get(db->cache);
        if (hooks.write_failed)
            hooks.write_failed(hooks.context, db, err);
    }
    return err;
}

/* One copy may have been written. The other way round: that one is safe meanwhile. Sealed anew: an earlier change that
 * could not be written may have come before the seal. */
static void put_back(struct database *db, const void *before)
{
    memcpy(db->header, before, db->page_size);
    dbheader_seal(db->header, db->page_size);
    if (write_copy(db, DBHEADER_SHADOW) >= JET_errSuccess)
        jet_err_ignore(write_copy(db, DBHEADER_PRIMARY)); /* the first error counts */
}

/* What could not be written is not so, nor on the disk as far as that allows: nobody may go by a header that a crash
 * would take back, or bring. */
static jet_err update_locked(struct database *db, void (*change)(struct dbheader_disk *header, void *context),
                             void *context)
{
    void *before = malloc(db->page_size);
    if (!before)
        return JET_errOutOfMemory;
    memcpy(before, db->header, db->page_size);
    change(db->header, context);
    jet_err err = write_locked(db);
    if (err < JET_errSuccess)
        put_back(db, before);
    free(before);
    return err;
}

jet_err database_header_update(struct database *db, void (*change)(struct dbheader_disk *header, void *context),
                               void *context)
{
    cache_gate_enter(db->cache);
    os_mutex_lock(db->lock);
    jet_err err = update_locked(db, change, context);
    os_mutex_unlock(db->lock);
    cache_gate_leave(db->cache);
    return told(db, err);
}

jet_err database_header_write(struct database *db)
{
    cache_gate_enter(db->cache);
    os_mutex_lock(db->lock);
    jet_err err = write_locked(db);
    os_mutex_unlock(db->lock);
    cache_gate_leave(db->cache);
    return told(db, err);
}

void database_header_get(struct database *db, struct dbheader_disk *ret_header)
{
    os_mutex_lock(db->lock);
    *ret_header = *db->header;
    os_mutex_unlock(db->lock);
}

void database_header_copy(struct database *db, void *page)
{
    os_mutex_lock(db->lock);
    memcpy(page, db->header, db->page_size);
    os_mutex_unlock(db->lock);
}

/* Numbers never fall while a database is attached. */
static void raise_generation(struct dbheader_disk *header, lgen_t generation, const struct logtime_disk *created)
{
    if (le32_get(header->generation_max_required) < generation)
        header->generation_max_required = le32_make(generation);
    if (le32_get(header->generation_max_committed) < generation) {
        header->generation_max_committed = le32_make(generation);
        header->logtime_generation_max = created ? *created : (struct logtime_disk){.second = 0};
    } else if (created && le32_get(header->generation_max_committed) == generation) {
        header->logtime_generation_max = *created;
    }
}

static bool lacks_generation(const struct database *db, lgen_t generation)
{
    return db->is_logged && !db->is_read_only && generation > atomic_load(&db->max_required);
}

jet_err database_require_generation(struct database *db, lgen_t generation, const struct logtime_disk *created)
{
    if (!lacks_generation(db, generation))
        return JET_errSuccess;
    cache_gate_enter(db->cache);
    jet_err err = database_require_generation_gated(db, generation, created);
    cache_gate_leave(db->cache);
    return err;
}

jet_err database_require_generation_gated(struct database *db, lgen_t generation, const struct logtime_disk *created)
{
    jet_err err = JET_errSuccess;
    if (!lacks_generation(db, generation))
        return JET_errSuccess;
    os_mutex_lock(db->lock);
    /* A header that names no generation is not that of an attached database: clean, or being made or attached. */
    if (le32_get(db->header->generation_max_required) != 0 && generation > atomic_load(&db->max_required)) {
        raise_generation(db->header, generation, created);
        err = write_locked(db);
    }
    os_mutex_unlock(db->lock);
    return told(db, err);
}

jet_err database_header_make(struct database *db, const struct database_new *options)
{
    struct dbheader_disk *header = db->header;
    jet_err err = JET_errSuccess;
    header->magic = le32_make(DBHEADER_MAGIC);
    header->version = le32_make(DBHEADER_VERSION);
    header->update_major = le32_make(DBHEADER_UPDATE_MAJOR_WRITE);
    header->create_version = le32_make(DBHEADER_VERSION);
    header->create_update_major = le32_make(DBHEADER_UPDATE_MAJOR_WRITE);
    header->dbid = le32_make(options->dbid);
    header->state = le32_make(DBHEADER_JUST_CREATED);
    header->page_size = le32_make(db->page_size);
    header->filetype = le32_make(options->filetype ? options->filetype : DBHEADER_FILETYPE_DATABASE);
    if (options->signature)
        header->signature = *options->signature;
    else
        err = log_signature_new(&header->signature);
    if (options->log_signature) {
        header->log_signature = *options->log_signature;
        raise_generation(header, options->generation, NULL);
        header->generation_min_required = le32_make(options->generation);
        header->generation_min_consistent = le32_make(options->generation);
    }
    atomic_store(&db->dbtime, DBTIME_START);
    return err;
}

/* A damaged copy must not be the only one when the next write is cut short. */
static jet_err repair_copies(struct database *db, const struct dbheader_selection *selection)
{
    bool is_good = selection->copies[DBHEADER_PRIMARY] == DBHEADER_COPY_VALID &&
                   selection->copies[DBHEADER_SHADOW] == DBHEADER_COPY_VALID && !selection->copies_differ;
    if (is_good || db->is_read_only)
        return JET_errSuccess;
    enum dbheader_which other = selection->used == DBHEADER_PRIMARY ? DBHEADER_SHADOW : DBHEADER_PRIMARY;
    jet_err err = os_file_write(db->file, other == DBHEADER_PRIMARY ? 0 : db->page_size, db->header, db->page_size);
    return err >= JET_errSuccess ? os_file_flush_data(db->file) : err;
}

static jet_err take_header(struct database *db, const uint8_t *prefix, size_t size)
{
    struct dbheader_selection selection;
    jet_err err = dbheader_select(prefix, size, &selection);
    if (err < JET_errSuccess)
        return CORRUPT(err);
    if (selection.page_size != db->page_size)
        return JET_errPageSizeMismatch;
    memcpy(db->header, selection.header, db->page_size);
    atomic_store(&db->dbtime, le64_get(db->header->dbtime));
    atomic_store(&db->objid_last, le32_get(db->header->objid_last));
    atomic_store(&db->max_required, le32_get(db->header->generation_max_required));
    return repair_copies(db, &selection);
}

jet_err database_header_load(struct database *db)
{
    size_t size;
    uint8_t *prefix = malloc(DBHEADER_PREFIX_SIZE);
    if (!prefix)
        return JET_errOutOfMemory;
    jet_err err = os_file_read(db->file, 0, prefix, DBHEADER_PREFIX_SIZE, &size);
    if (err >= JET_errSuccess)
        err = take_header(db, prefix, size);
    free(prefix);
    return err;
}
