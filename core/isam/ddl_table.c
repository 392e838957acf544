/* SPDX-License-Identifier: MIT */
/* ddl_table.c - tables come, go, and are named.
 *
 * A table that a transaction has deleted stays in the schema cache, marked, until nobody can see it any more: sessions
 * with older snapshots still find it in the catalogue. Then its trees go.
 */
#include <stdlib.h>
#include <string.h>

#include "isam/ddl_internal.h"
#include "isam/defragment.h"
#include "isam/dir.h"
#include "isam/session.h"
#include "isam/table_build.h"
#include "isam/transaction.h"
#include "isam/version.h"

/* ---- create ---- */

static void owner_set(struct table *table, const struct session *owner)
{
    struct os_mutex *lock = schema_cache_lock(table);

    os_mutex_lock(lock);
    table->owner = owner;
    os_mutex_unlock(lock);
}

static void created_commit(struct session *session, void *context)
{
    (void)session;
    owner_set(context, NULL);
}

static jet_err created_rollback(struct session *session, void *context)
{
    struct table *table = context;

    (void)session;
    table_trees_close(table);
    schema_cache_remove(schema_cache_of_table(table), table);
    return JET_errSuccess;
}

static const struct transaction_action created_action = {.committed = created_commit, .rollback = created_rollback};

static jet_err describe(struct session *session, struct schema_cache *cache, const struct table *table, uint32_t flags)
{
    const struct catalog_record record = {
        .table = table->objid,
        .kind = CATALOG_TABLE,
        .id = table->objid,
        .fdp = table->fdp,
        .space_usage = table->density,
        .flags = flags,
        .pages_or_locale = table->pages,
        .name = {(const uint8_t *)table->name, strlen(table->name)},
    };
    jet_err err = ddl_catalog_insert(session, cache, &record);

    if (err >= JET_errSuccess)
        err = ddl_objid_insert(session, cache, table->objid, table->objid, CATALOG_TABLE);
    return err == JET_errKeyDuplicate ? JET_errTableDuplicate : err;
}

/* The object, and its tree. */
static jet_err table_make(struct session *session, struct schema_cache *cache, const struct ddl_table *definition,
                          struct table **ret_table)
{
    struct tree_new options = {.pages = definition->pages};
    struct table *table;
    pgno_t fdp;
    jet_err err = ddl_tree_create(session, cache->root, &options, &fdp);

    if (err >= JET_errSuccess)
        err = table_new(cache, options.objid, fdp, &table);
    if (err < JET_errSuccess)
        return err;
    table->flags = definition->flags & ~(uint32_t)TABLE_FLAG_FIXED_DDL;
    table->density = definition->density ? definition->density : DDL_DENSITY_DEFAULT;
    table->pages = definition->pages;
    table->owner = session;
    table->users = 1;
    err = table_name_copy(definition->name, strlen(definition->name), &table->name);
    if (err >= JET_errSuccess)
        err = table_lay_out(table);
    if (err >= JET_errSuccess)
        err = table_open_trees(table);
    if (err >= JET_errSuccess)
        err = transaction_on_end(session, &created_action, table);
    if (err < JET_errSuccess) {
        table_free(table);
        return err;
    }
    schema_cache_add(cache, table);
    *ret_table = table;
    return JET_errSuccess;
}

static jet_err check_name_is_free(struct session *session, struct schema_cache *cache, const char *name, objid_t except)
{
    objid_t objid;
    jet_err err = schema_name_find(cache, session, name, &objid);

    if (err >= JET_errSuccess)
        return objid == except ? JET_errSuccess : JET_errTableDuplicate;
    return err == JET_errObjectNotFound ? JET_errSuccess : err;
}

jet_err ddl_table_create(struct session *session, unsigned dbid, const struct ddl_table *definition,
                         struct table **ret_table)
{
    struct schema_cache *cache = schema_cache_of(session->engine, dbid);
    struct table *table = NULL;
    jet_err err = ddl_check_name(definition->name);

    if (err >= JET_errSuccess)
        err = ddl_check_density(definition->density);
    if (err >= JET_errSuccess)
        err = ddl_begin(session, cache->db);
    if (err < JET_errSuccess)
        return err;
    err = check_name_is_free(session, cache, definition->name, 0);
    if (err >= JET_errSuccess)
        err = table_make(session, cache, definition, &table);
    if (err >= JET_errSuccess)
        err = describe(session, cache, table, definition->flags);
    err = ddl_end(session, err);
    if (err < JET_errSuccess) {
        table_close(table);
        return err;
    }
    *ret_table = table;
    return JET_errSuccess;
}

void ddl_table_fix(struct table *table)
{
    latch_exclusive(&table->latch);
    table->flags |= TABLE_FLAG_FIXED_DDL;
    latch_unlock_exclusive(&table->latch);
}

/* ---- delete ---- */

struct deletion {
    struct schema_cache *cache;
    struct table *table;
    const struct session *owner; /* before */
};

static void deletion_set(const struct deletion *deletion, bool is_deleted, const struct session *owner)
{
    os_mutex_lock(deletion->cache->lock);
    deletion->table->is_deleted = is_deleted;
    deletion->table->owner = owner;
    os_mutex_unlock(deletion->cache->lock);
}

/* Indexes that the transaction has deleted before go with the table. */
static void indexes_take_over(struct table *table, const struct session *session, bool yes)
{
    latch_exclusive(&table->latch);
    for (size_t i = 0; i < table->index_count; i++)
        if (table->indexes[i]->deleted_by == session)
            table->indexes[i]->is_taken_over = yes;
    latch_unlock_exclusive(&table->latch);
}

static void deleted_commit(struct session *session, void *context)
{
    (void)session;
    deletion_set(context, true, NULL);
}

static jet_err deleted_rollback(struct session *session, void *context)
{
    struct deletion *deletion = context;

    indexes_take_over(deletion->table, session, false);
    deletion_set(deletion, false, deletion->owner);
    atomic_fetch_sub(&deletion->cache->deletions, 1);
    return JET_errSuccess;
}

/* Children first. Returns how many. */
static size_t trees_list(const struct table *table, const struct tree *root, struct ddl_tree *trees)
{
    size_t count = 0;

    for (size_t i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];

        if (!(index->flags & INDEX_PRIMARY) && !index->is_gone)
            trees[count++] = (struct ddl_tree){table->fdp, index->fdp, table->objid, index->objid};
    }
    if (table->long_values_fdp != 0)
        trees[count++] = (struct ddl_tree){table->fdp, table->long_values_fdp, table->objid, table->long_values_objid};
    trees[count++] = (struct ddl_tree){root->fdp, table->fdp, root->objid, table->objid};
    return count;
}

static jet_err deleted_settle(struct session *session, void *context)
{
    const struct deletion *deletion = context;
    struct schema_cache *cache = deletion->cache;
    struct table *table = deletion->table;
    struct ddl_tree *trees = calloc(table->index_count + 2, sizeof *trees);

    if (!trees)
        return JET_errOutOfMemory;
    const size_t count = trees_list(table, cache->root, trees);
    for (size_t i = 0; i < count; i++)
        version_forget_tree(session->engine, cache->db, trees[i].objid);
    table_trees_close(table);
    schema_cache_remove(cache, table);
    jet_err err = ddl_trees_delete(session, cache->db, trees, count);
    free(trees);
    atomic_fetch_sub(&cache->deletions, 1);
    return err;
}

static const struct transaction_action deleted_action = {
    .committed = deleted_commit,
    .settled = deleted_settle,
    .rollback = deleted_rollback,
    .dispose = free,
};

/* Marks the table, which only the caller holds; from now on nobody can open it. */
static jet_err deletion_begin(struct session *session, struct schema_cache *cache, struct table *table)
{
    struct deletion *deletion = malloc(sizeof *deletion);
    jet_err err = JET_errSuccess;

    if (!deletion)
        return JET_errOutOfMemory;
    os_mutex_lock(cache->lock);
    *deletion = (struct deletion){cache, table, table->owner};
    if (table->users > 1)
        err = JET_errTableInUse;
    else if (table->is_deleted)
        err = table->owner && table->owner != session ? JET_errTableLocked : JET_errObjectNotFound;
    if (err >= JET_errSuccess) {
        table->is_deleted = true;
        table->owner = session;
    }
    os_mutex_unlock(cache->lock);
    if (err < JET_errSuccess) {
        free(deletion);
        return err;
    }
    atomic_fetch_add(&cache->deletions, 1);
    indexes_take_over(table, session, true);
    err = transaction_on_end(session, &deleted_action, deletion);
    if (err < JET_errSuccess) {
        jet_err_ignore(deleted_rollback(session, deletion)); /* cannot fail */
        free(deletion);
    }
    return err;
}

static jet_err table_delete(struct session *session, unsigned dbid, const char *name)
{
    struct schema_cache *cache = schema_cache_of(session->engine, dbid);
    struct table *table;
    jet_err err = table_open(session, dbid, name, &table);

    if (err < JET_errSuccess)
        return err;
    err = table->flags & TABLE_FLAG_SYSTEM ? JET_errCannotDeleteSystemTable : ddl_begin(session, cache->db);
    if (err >= JET_errSuccess) {
        err = deletion_begin(session, cache, table);
        if (err >= JET_errSuccess)
            err = ddl_catalog_delete_table(session, cache, table);
        err = ddl_end(session, err);
    }
    table_close(table);
    return err;
}

/* A table that is being defragmented is not in use by anybody who counts. */
jet_err ddl_table_delete(struct session *session, unsigned dbid, const char *name)
{
    defragment_hold(session->engine);
    jet_err err = table_delete(session, dbid, name);
    defragment_release(session->engine);
    return err;
}

/* ---- rename ---- */

/* The other name: the old one as long as the change holds. */
struct renaming {
    struct table *table;
    char *name;
};

static void names_swap(struct renaming *renaming)
{
    char *name = renaming->name;

    latch_exclusive(&renaming->table->latch);
    renaming->name = renaming->table->name;
    renaming->table->name = name;
    latch_unlock_exclusive(&renaming->table->latch);
}

static jet_err renamed_rollback(struct session *session, void *context)
{
    (void)session;
    names_swap(context);
    return JET_errSuccess;
}

static void renamed_dispose(void *context)
{
    struct renaming *renaming = context;

    free(renaming->name);
    free(renaming);
}

static const struct transaction_action renamed_action = {.rollback = renamed_rollback, .dispose = renamed_dispose};

static jet_err name_change(struct session *session, struct table *table, const char *new_name)
{
    struct renaming *renaming = calloc(1, sizeof *renaming);
    jet_err err = renaming ? table_name_copy(new_name, strlen(new_name), &renaming->name) : JET_errOutOfMemory;

    if (err >= JET_errSuccess) {
        renaming->table = table;
        err = transaction_on_end(session, &renamed_action, renaming);
    }
    if (err < JET_errSuccess) {
        if (renaming)
            free(renaming->name);
        free(renaming);
        return err;
    }
    names_swap(renaming);
    return JET_errSuccess;
}

static jet_err edit_name(struct record_edit *record, void *context)
{
    return catalog_record_set_name(record, context);
}

static jet_err rename_in_transaction(struct session *session, struct schema_cache *cache, struct table *table,
                                     const char *new_name)
{
    const struct ddl_place place = {table->objid, CATALOG_TABLE, table->objid};
    char name[TABLE_NAME_MAX + 1];
    jet_err err = check_name_is_free(session, cache, new_name, table->objid);

    if (err < JET_errSuccess)
        return err;
    memcpy(name, new_name, strlen(new_name) + 1);
    err = ddl_catalog_edit(session, cache, &place, edit_name, name);
    if (err == JET_errKeyDuplicate)
        return JET_errTableDuplicate;
    return err < JET_errSuccess ? err : name_change(session, table, new_name);
}

jet_err ddl_table_rename(struct session *session, unsigned dbid, const char *name, const char *new_name)
{
    struct schema_cache *cache = schema_cache_of(session->engine, dbid);
    struct table *table;
    jet_err err = ddl_check_name(new_name);

    if (err >= JET_errSuccess)
        err = table_open(session, dbid, name, &table);
    if (err < JET_errSuccess)
        return err;
    err = table->flags & TABLE_FLAG_SYSTEM ? JET_errInvalidOperation : ddl_begin(session, cache->db);
    if (err >= JET_errSuccess)
        err = ddl_end(session, rename_in_transaction(session, cache, table, new_name));
    table_close(table);
    return err;
}

/* ---- listing ---- */

struct listing {
    struct schema_cache *cache;
    struct dir_cursor *names, *records;
};

/* The record of the table that the cursor on the names is at. Nothing is latched afterwards. */
static jet_err listed(struct listing *listing, char *ret_name, objid_t *ret_objid, uint32_t *ret_flags)
{
    uint8_t key[CATALOG_KEY_SIZE];
    struct catalog_record record;
    struct dir_view view;
    jet_err err = dir_get(listing->names, &view);

    if (err >= JET_errSuccess)
        err = catalog_key_table(view.data, view.data_size, ret_objid);
    dir_release(listing->names);
    if (err < JET_errSuccess)
        return err;
    catalog_key_make(*ret_objid, CATALOG_TABLE, *ret_objid, key);
    const struct bookmark bookmark = {.key = key, .key_size = sizeof key};
    err = dir_goto(listing->records, &bookmark);
    if (err >= JET_errSuccess)
        err = dir_get(listing->records, &view);
    if (err >= JET_errSuccess)
        err = catalog_record_decode(view.data, view.data_size, listing->cache->db->page_size, &record);
    if (err >= JET_errSuccess) {
        const size_t size = record.name.size < TABLE_NAME_MAX ? record.name.size : TABLE_NAME_MAX;

        memcpy(ret_name, record.name.bytes, size);
        ret_name[size] = '\0';
        *ret_flags = record.flags;
    }
    dir_release(listing->records);
    return err;
}

jet_err ddl_tables(struct session *session, unsigned dbid,
                   jet_err (*each)(void *context, const char *name, objid_t objid, uint32_t flags), void *context)
{
    struct schema_cache *cache = schema_cache_of(session->engine, dbid);
    struct listing listing = {.cache = cache};
    jet_err err = dir_open(session, cache->catalog->indexes[2]->tree, &listing.names);

    if (err >= JET_errSuccess)
        err = dir_open(session, cache->catalog->tree, &listing.records);
    if (err >= JET_errSuccess)
        err = dir_move(listing.names, DIR_FIRST);
    while (err >= JET_errSuccess) {
        char name[TABLE_NAME_MAX + 1];
        objid_t objid;
        uint32_t flags;

        err = listed(&listing, name, &objid, &flags);
        if (err >= JET_errSuccess)
            err = each(context, name, objid, flags);
        if (err >= JET_errSuccess)
            err = dir_move(listing.names, DIR_NEXT);
    }
    dir_close(listing.names);
    dir_close(listing.records);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}
