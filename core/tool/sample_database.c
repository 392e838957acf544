/* SPDX-License-Identifier: MIT */
/* sample_database.c - puts the trees of the sample database in their places.
 *
 * The order follows the pages, which is the order in which the engine creates them:
 *
 *      1-3     root of the database, OE, AE      owns everything, in one extent or two
 *      4-23    MSysObjects                       with its indexes on 7-9 (+ 13-16) and 10-12
 *      24-28   its shadow
 *      29, 30  MSysObjids, MSysLocales
 *      31, 32  Folders and its index
 *      33-254  Messages, first extent
 *      255-    Messages, second extent, in files larger than the engine's first size
 *      last    some pages that nobody owns but the root: never written, all zero
 *
 * The headers come last: a file that was not finished has none, and is no database.
 */
#include "tool/sample_database.h"

#include <stdlib.h>
#include <string.h>

#include "format/dbheader.h"
#include "format/page.h"
#include "tool/sample_catalog.h"
#include "tool/sample_file.h"
#include "tool/sample_rows.h"
#include "tool/sample_schema.h"
#include "tool/sample_time.h"

enum {
    FIRST_SIZE_PAGES = 254,  /* of a database that the engine makes */
    ROOT_RESERVE_PAGES = 16, /* stay available */
    DBTIME_FIRST = 0x40,     /* lower ones have special meanings */
};

struct sample_database {
    struct sample_file file;
    struct sample_space root;
    uint32_t count_rows;
};

/* A tree with its space: begins it on the first page of `extent`; `is_multiple` also takes the pages of OE and AE. */
static MUST_CHECK jet_err tree_begin(struct sample_database *db, struct sample_tree *tree, struct sample_space *space,
                                     objid_t objid, uint32_t kind)
{
    struct space_extent pages;
    jet_err err = sample_space_take(space, space->is_multiple ? 3 : 1, &pages);
    if (err < JET_errSuccess)
        return err;
    pgno_t fdp = pages.pgno_last - pages.count_pages + 1;
    return sample_tree_begin(tree, &db->file, space, fdp, objid, kind);
}

/* Takes `count_pages` from the parent's space and starts a tree's own space with them. */
static MUST_CHECK jet_err space_begin(struct sample_space *parent, pgno_t pgno_parent, uint32_t count_pages,
                                      bool is_multiple, struct sample_space *space)
{
    struct space_extent extent;
    jet_err err = sample_space_take(parent, count_pages, &extent);
    if (err >= JET_errSuccess)
        sample_space_init(space, pgno_parent, is_multiple, extent);
    return err;
}

static MUST_CHECK jet_err index_write(struct sample_database *db, struct sample_space *space, objid_t objid,
                                      uint32_t kind, struct sample_entries *entries)
{
    struct sample_tree tree = {0};
    jet_err err = tree_begin(db, &tree, space, objid, kind);
    if (err >= JET_errSuccess)
        err = sample_entries_write(entries, &tree);
    if (err >= JET_errSuccess)
        err = sample_tree_finish(&tree);
    sample_tree_done(&tree);
    return err;
}

enum {
    CATALOG_PAGES = 20,
    CATALOG_INDEX_PAGES = 3,
    CATALOG_INDEX_GROWTH = 4,
};

/* The spaces of the catalogue's indexes, cut from the catalogue's. */
static MUST_CHECK jet_err catalog_index_spaces(struct sample_space *catalog, struct sample_space *by_name,
                                               struct sample_space *root_objects)
{
    struct space_extent growth;
    jet_err err = space_begin(catalog, SYSTEM_FDP_CATALOG, CATALOG_INDEX_PAGES, true, by_name);
    if (err >= JET_errSuccess)
        err = space_begin(catalog, SYSTEM_FDP_CATALOG, CATALOG_INDEX_PAGES, true, root_objects);
    if (err >= JET_errSuccess)
        err = sample_space_take(catalog, CATALOG_INDEX_GROWTH, &growth);
    if (err >= JET_errSuccess)
        sample_space_add(by_name, growth);
    return err;
}

static MUST_CHECK jet_err catalog_write(struct sample_database *db)
{
    struct sample_tree tree = {0};
    struct sample_space space, by_name_space, root_objects_space;
    struct sample_entries by_name = {0}, root_objects = {0};
    jet_err err = space_begin(&db->root, SAMPLE_FDP_ROOT, CATALOG_PAGES, true, &space);
    if (err >= JET_errSuccess)
        err = tree_begin(db, &tree, &space, SYSTEM_OBJID_CATALOG, 0);
    if (err >= JET_errSuccess)
        err = catalog_index_spaces(&space, &by_name_space, &root_objects_space);
    if (err >= JET_errSuccess)
        err = sample_catalog_write(&tree, &by_name, &root_objects);
    if (err >= JET_errSuccess)
        err = sample_tree_finish(&tree);
    if (err >= JET_errSuccess)
        err = index_write(db, &by_name_space, SYSTEM_OBJID_CATALOG_NAME, PAGE_FLAG_INDEX, &by_name);
    if (err >= JET_errSuccess)
        err = index_write(db, &root_objects_space, SYSTEM_OBJID_CATALOG_ROOT_OBJECTS, PAGE_FLAG_INDEX, &root_objects);
    sample_entries_done(&by_name);
    sample_entries_done(&root_objects);
    sample_tree_done(&tree);
    return err;
}

static MUST_CHECK jet_err shadow_rows(struct sample_tree *tree)
{
    return sample_catalog_write(tree, NULL, NULL);
}

/* A system table without indexes of its own. */
static MUST_CHECK jet_err table_write(struct sample_database *db, objid_t objid, uint32_t count_pages, bool is_multiple,
                                      jet_err (*add_rows)(struct sample_tree *tree))
{
    struct sample_tree tree = {0};
    struct sample_space space;
    jet_err err = space_begin(&db->root, SAMPLE_FDP_ROOT, count_pages, is_multiple, &space);
    if (err >= JET_errSuccess)
        err = tree_begin(db, &tree, &space, objid, 0);
    if (err >= JET_errSuccess)
        err = add_rows(&tree);
    if (err >= JET_errSuccess)
        err = sample_tree_finish(&tree);
    sample_tree_done(&tree);
    return err;
}

static MUST_CHECK jet_err folders_write(struct sample_database *db)
{
    struct sample_tree tree = {0};
    struct sample_space space, index_space;
    struct sample_entries by_name = {0};
    jet_err err = space_begin(&db->root, SAMPLE_FDP_ROOT, 2, false, &space);
    if (err >= JET_errSuccess)
        err = tree_begin(db, &tree, &space, SAMPLE_OBJID_FOLDERS, 0);
    if (err >= JET_errSuccess)
        err = space_begin(&space, SAMPLE_FDP_FOLDERS, 1, false, &index_space);
    if (err >= JET_errSuccess)
        err = sample_rows_folders(&tree, &by_name);
    if (err >= JET_errSuccess)
        err = sample_tree_finish(&tree);
    if (err >= JET_errSuccess)
        err =
            index_write(db, &index_space, SAMPLE_OBJID_FOLDERS_NAME, PAGE_FLAG_INDEX | PAGE_FLAG_NON_UNIQUE, &by_name);
    sample_entries_done(&by_name);
    sample_tree_done(&tree);
    return err;
}

/* Gives the table all that is left, but for the root's reserve: the rest of the first extent, and the second. */
static MUST_CHECK jet_err messages_space(struct sample_space *root, struct sample_space *space)
{
    uint32_t first = root->owned[0].count_pages - root->count_taken;
    uint32_t second = root->count_owned > 1 ? root->owned[1].count_pages : 0;
    if (second <= ROOT_RESERVE_PAGES)
        return space_begin(root, SAMPLE_FDP_ROOT, first - (second == 0 ? ROOT_RESERVE_PAGES : 0), true, space);

    struct space_extent extent;
    jet_err err = space_begin(root, SAMPLE_FDP_ROOT, first, true, space);
    if (err >= JET_errSuccess)
        err = sample_space_take(root, second - ROOT_RESERVE_PAGES, &extent);
    if (err >= JET_errSuccess)
        sample_space_add(space, extent);
    return err;
}

static MUST_CHECK jet_err messages_write(struct sample_database *db, uint64_t seed)
{
    struct sample_tree tree = {0};
    struct sample_space space;
    jet_err err = messages_space(&db->root, &space);
    if (err >= JET_errSuccess)
        err = tree_begin(db, &tree, &space, SAMPLE_OBJID_MESSAGES, 0);
    if (err >= JET_errSuccess)
        err = sample_rows_messages(&tree, seed, &db->count_rows);
    if (err >= JET_errSuccess)
        err = sample_tree_finish(&tree);
    sample_tree_done(&tree);
    return err;
}

static void root_space(struct sample_database *db, pgno_t count_pages)
{
    struct space_extent first = {.pgno_last = FIRST_SIZE_PAGES, .count_pages = FIRST_SIZE_PAGES};
    struct space_extent second = {.pgno_last = count_pages, .count_pages = count_pages - FIRST_SIZE_PAGES};
    sample_space_init(&db->root, 0, true, first);
    if (second.count_pages > 0)
        sample_space_add(&db->root, second);
}

static MUST_CHECK jet_err pages_write(struct sample_database *db, uint64_t seed)
{
    struct sample_tree root = {0};
    jet_err err = tree_begin(db, &root, &db->root, SAMPLE_OBJID_ROOT, 0);
    if (err >= JET_errSuccess)
        err = catalog_write(db);
    if (err >= JET_errSuccess)
        err = table_write(db, SYSTEM_OBJID_SHADOW, 5, true, shadow_rows);
    if (err >= JET_errSuccess)
        err = table_write(db, SYSTEM_OBJID_OBJIDS, 1, false, sample_rows_objids);
    if (err >= JET_errSuccess)
        err = table_write(db, SYSTEM_OBJID_LOCALES, 1, false, sample_rows_locales);
    if (err >= JET_errSuccess)
        err = folders_write(db);
    if (err >= JET_errSuccess)
        err = messages_write(db, seed);
    if (err >= JET_errSuccess)
        err = sample_tree_finish(&root); /* last, because it names what is available */
    if (err >= JET_errSuccess)
        err = sample_file_write_rest(&db->file);
    sample_tree_done(&root);
    return err;
}

/* What a database says that its engine closed. */
static void header_close(struct dbheader_disk *header)
{
    header->state = le32_make(DBHEADER_CLEAN);
    header->logtime_detach = sample_time_now();
    header->logtime_consistent = header->logtime_detach;
}

/* What a database says whose engine was killed: attached in the first generation that recovery needs. */
static void header_attach(struct dbheader_disk *header, const struct sample_log_stream *log)
{
    header->state = le32_make(DBHEADER_DIRTY);
    header->log_signature = log->signature;
    header->lgpos_attach = lgpos_make((struct lgpos){.generation = log->generation_min, .isec = 1});
    header->generation_min_required = le32_make(log->generation_min);
    header->generation_min_consistent = le32_make(log->generation_min);
    header->generation_max_required = le32_make(log->generation_max);
    header->generation_max_committed = le32_make(log->generation_max);
    header->logtime_generation_max = log->generation_max_created;
}

static MUST_CHECK jet_err headers_write(struct sample_database *db, const struct sample_log_stream *log,
                                        struct signature_disk *ret_signature)
{
    struct dbheader_disk *header = calloc(1, db->file.page_size);
    if (!header)
        return JET_errOutOfMemory;
    header->magic = le32_make(DBHEADER_MAGIC);
    header->version = header->create_version = le32_make(DBHEADER_VERSION);
    header->update_major = header->create_update_major = le32_make(DBHEADER_UPDATE_MAJOR_WRITE);
    header->page_size = le32_make((uint32_t)db->file.page_size);
    header->filetype = le32_make(DBHEADER_FILETYPE_DATABASE);
    header->dbid = le32_make(1);
    header->dbtime = le64_make(db->file.dbtime);
    header->objid_last = le32_make(SAMPLE_OBJID_MESSAGES);
    header->sort_version = le64_make(UINT64_MAX); /* see MSysLocales */
    header->logtime_attach = sample_time_now();
    if (log)
        header_attach(header, log);
    else
        header_close(header);

    jet_err err = sample_signature_make(&header->signature);
    if (err >= JET_errSuccess)
        err = sample_signature_make(&header->header_signature);
    if (err < JET_errSuccess)
        goto out;
    dbheader_seal(header, db->file.page_size);
    *ret_signature = header->signature;
    for (unsigned which = 0; err >= JET_errSuccess && which < DBHEADER_COPIES; which++)
        err = sample_file_put_header(&db->file, which, header);
out:
    free(header);
    return err;
}

jet_err sample_database_write(const struct sample_database_request *request, struct sample_database_info *ret_info)
{
    uint64_t count_pages = request->size_bytes / (request->page_size ? request->page_size : 1);
    if (!page_size_is_valid(request->page_size) || request->page_size < 4096)
        return JET_errInvalidParameter;
    count_pages = count_pages < FIRST_SIZE_PAGES + 2 ? FIRST_SIZE_PAGES : count_pages - 2;
    if (count_pages > PGNO_MAX)
        return JET_errDatabaseInvalidPages;

    struct sample_database db = {.count_rows = 0};
    struct signature_disk signature;
    jet_err err = sample_file_create(&db.file, request->path, request->page_size, (pgno_t)count_pages, request->cancel);
    if (err < JET_errSuccess)
        return err;
    db.file.dbtime = DBTIME_FIRST;
    root_space(&db, (pgno_t)count_pages);
    err = pages_write(&db, request->seed);
    if (err >= JET_errSuccess)
        err = headers_write(&db, request->log, &signature);
    if (err < JET_errSuccess)
        goto fail;
    *ret_info = (struct sample_database_info){
        .size_bytes = (count_pages + 2) * request->page_size,
        .count_pages = (pgno_t)count_pages,
        .count_rows = db.count_rows,
        .signature = signature,
        .dbtime = db.file.dbtime,
    };
    sample_file_done(&db.file);
    return JET_errSuccess;
fail:
    sample_file_discard(&db.file, request->path);
    return err;
}
