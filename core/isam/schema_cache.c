/* SPDX-License-Identifier: MIT */
/* schema_cache.c - tables by object id and by name. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "btree/tree.h"
#include "isam/catalog.h"
#include "isam/dir.h"
#include "isam/index_key.h"
#include "isam/schema_cache_internal.h"
#include "isam/session.h"
#include "isam/table_build.h"

struct os_mutex *schema_cache_lock(const struct table *table)
{
    return schema_cache_of_table(table)->lock;
}

/* ---- the cache ---- */

static void schemas_free(struct schema_cache *cache)
{
    for (unsigned i = 0; i < SCHEMA_BUCKETS; i++) {
        while (cache->buckets[i]) {
            struct table *table = cache->buckets[i];

            cache->buckets[i] = table->next;
            table_free(table);
        }
    }
    table_free(cache->catalog);
    table_free(cache->shadow);
    tree_close(cache->root);
    os_mutex_free(cache->lock);
    free(cache);
}

jet_err schema_cache_begin(struct engine *engine, struct database *db, struct schema_cache **ret_cache)
{
    struct schema_cache *cache = calloc(1, sizeof *cache);

    if (!cache)
        return JET_errOutOfMemory;
    cache->engine = engine;
    cache->dbid = db->dbid;
    cache->db = db;
    jet_err err = os_mutex_new(LOCK_RANK_SCHEMA, &cache->lock);
    if (err >= JET_errSuccess)
        err = table_load_system(cache, &system_tables[0], &cache->catalog);
    if (err >= JET_errSuccess)
        err = table_load_system(cache, &system_tables[1], &cache->shadow);
    if (err < JET_errSuccess) {
        schemas_free(cache);
        return err;
    }
    *ret_cache = cache;
    return JET_errSuccess;
}

jet_err schema_cache_open_catalog(struct schema_cache *cache)
{
    jet_err err = tree_open(cache->db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &cache->root);

    if (err >= JET_errSuccess)
        err = table_open_trees(cache->catalog);
    if (err >= JET_errSuccess)
        err = table_open_trees(cache->shadow);
    return err;
}

jet_err schema_cache_new(struct engine *engine, unsigned dbid, struct schema_cache **ret_cache)
{
    struct schema_cache *cache;
    jet_err err = schema_cache_begin(engine, engine->databases[dbid].db, &cache);

    if (err < JET_errSuccess)
        return err;
    err = schema_cache_open_catalog(cache);
    if (err < JET_errSuccess) {
        schemas_free(cache);
        return err;
    }
    *ret_cache = cache;
    return JET_errSuccess;
}

jet_err schema_cache_open_objids(struct schema_cache *cache, struct session *session)
{
    jet_err err = table_open(session, cache->dbid, system_tables[2].name, &cache->objids);

    if (err == JET_errObjectNotFound)
        return JET_errSuccess;
    if (err >= JET_errSuccess)
        cache->objids->users--; /* the cache's own use keeps nobody from ending it */
    return err;
}

bool schema_cache_is_used(struct schema_cache *cache)
{
    bool in_use = cache->catalog->users + cache->shadow->users + atomic_load(&cache->deletions) > 0;

    os_mutex_lock(cache->lock);
    for (unsigned i = 0; i < SCHEMA_BUCKETS; i++)
        for (const struct table *table = cache->buckets[i]; table; table = table->next)
            in_use |= table->users > 0;
    os_mutex_unlock(cache->lock);
    return in_use;
}

jet_err schema_cache_free(struct schema_cache *cache)
{
    if (!cache)
        return JET_errSuccess;
    if (schema_cache_is_used(cache))
        return JET_errDatabaseInUse;
    schemas_free(cache);
    return JET_errSuccess;
}

void schema_cache_discard(struct schema_cache *cache)
{
    if (cache)
        schemas_free(cache);
}

static struct table **bucket_of(struct schema_cache *cache, objid_t objid)
{
    return &cache->buckets[objid % SCHEMA_BUCKETS];
}

void schema_cache_add(struct schema_cache *cache, struct table *table)
{
    struct table **bucket = bucket_of(cache, table->objid);

    os_mutex_lock(cache->lock);
    table->next = *bucket;
    *bucket = table;
    os_mutex_unlock(cache->lock);
}

void schema_cache_remove(struct schema_cache *cache, struct table *table)
{
    os_mutex_lock(cache->lock);
    for (struct table **link = bucket_of(cache, table->objid); *link; link = &(*link)->next) {
        if (*link != table)
            continue;
        *link = table->next;
        break;
    }
    const bool is_free = table->users == 0;
    table->is_stale = true;
    os_mutex_unlock(cache->lock);
    if (is_free)
        table_free(table);
}

/* ---- by name ---- */

static jet_err make_name_key(struct schema_cache *cache, const char *name, struct keynorm *ret_key, uint8_t *buffer)
{
    static const uint8_t yes = 0xFF;
    const struct index *index = cache->catalog->indexes[2];
    const struct keynorm_column flag = index_key_column(cache->catalog, index, 0);
    const struct keynorm_column text = index_key_column(cache->catalog, index, 1);

    index_key_begin(index, buffer, ret_key);
    jet_err err = keynorm_add(ret_key, &flag, &yes, sizeof yes);
    return err < JET_errSuccess ? err : keynorm_add(ret_key, &text, name, strlen(name));
}

jet_err schema_name_find(struct schema_cache *cache, struct session *session, const char *name, objid_t *ret_objid)
{
    uint8_t buffer[TABLE_INDEX_KEY_MOST + 1];
    struct keynorm key;
    struct dir_cursor *dir;
    struct dir_view view;
    bool exact;
    jet_err err = make_name_key(cache, name, &key, buffer);

    if (err >= JET_errSuccess)
        err = dir_open(session, cache->catalog->indexes[2]->tree, &dir);
    if (err < JET_errSuccess)
        return err;
    const struct bookmark bookmark = {.key = key.bytes, .key_size = key.size};
    err = dir_seek(dir, DIR_SEEK_EQUAL, &bookmark, &exact);
    if (err >= JET_errSuccess)
        err = dir_get(dir, &view);
    if (err >= JET_errSuccess)
        err = catalog_key_table(view.data, view.data_size, ret_objid);
    dir_close(dir);
    return err == JET_errRecordNotFound ? JET_errObjectNotFound : err;
}

/* ---- open and close ---- */

static struct table *find(struct schema_cache *cache, objid_t objid)
{
    struct table *table = *bucket_of(cache, objid);

    if (objid == cache->catalog->objid)
        return cache->catalog;
    if (objid == cache->shadow->objid)
        return cache->shadow;
    while (table && table->objid != objid)
        table = table->next;
    return table;
}

static jet_err judge(const struct table *table, const struct session *session)
{
    if (!table->is_deleted)
        return JET_errSuccess; /* whoever sees it in the catalogue may open it */
    return table->owner && table->owner != session ? JET_errTableLocked : JET_errObjectNotFound;
}

/* The lock is held. */
static jet_err find_or_load(struct schema_cache *cache, struct session *session, objid_t objid,
                            struct table **ret_table)
{
    struct table **bucket = bucket_of(cache, objid);
    struct table *table = find(cache, objid);
    jet_err err = table ? judge(table, session) : JET_errSuccess;

    if (err < JET_errSuccess)
        return err;
    if (!table) {
        err = table_load(cache, session, objid, &table);
        if (err < JET_errSuccess)
            return err;
        table->next = *bucket;
        *bucket = table;
    }
    table->users++;
    *ret_table = table;
    return JET_errSuccess;
}

jet_err table_open_by_objid(struct session *session, unsigned dbid, objid_t objid, struct table **ret_table)
{
    struct schema_cache *cache = schema_cache_of(session->engine, dbid);

    os_mutex_lock(cache->lock);
    jet_err err = find_or_load(cache, session, objid, ret_table);
    os_mutex_unlock(cache->lock);
    return err;
}

jet_err table_open(struct session *session, unsigned dbid, const char *name, struct table **ret_table)
{
    struct schema_cache *cache = schema_cache_of(session->engine, dbid);
    const size_t size = strlen(name);
    objid_t objid;

    if (size == 0 || size > TABLE_NAME_MAX)
        return JET_errInvalidName;
    jet_err err = schema_name_find(cache, session, name, &objid);
    return err < JET_errSuccess ? err : table_open_by_objid(session, dbid, objid, ret_table);
}

void table_close(struct table *table)
{
    if (!table)
        return;
    struct os_mutex *lock = schema_cache_lock(table);

    os_mutex_lock(lock);
    assert(table->users > 0);
    table->users--;
    const bool is_gone = table->is_stale && table->users == 0;
    os_mutex_unlock(lock);
    if (is_gone)
        table_free(table);
}
