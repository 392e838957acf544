/* SPDX-License-Identifier: MIT */
/* schema_cache_internal.h - the tables of one database that are open, or were and are kept.
 *
 * A table object stays as long as the database is attached, so that what open transactions have done to it is never
 * lost; only tables that are gone for good are taken out. `lock` guards the list, and the counts in each table; the
 * catalogue is read under it.
 */
#ifndef COLDSTREAM_ISAM_SCHEMA_CACHE_INTERNAL_H
#define COLDSTREAM_ISAM_SCHEMA_CACHE_INTERNAL_H

#include <stdatomic.h>

#include "format/system_tables.h"
#include "isam/table.h"
#include "os/os_thread.h"

enum { SCHEMA_BUCKETS = 64 };

struct schema_cache {
    struct engine *engine;
    unsigned dbid;
    struct database *db;
    struct os_mutex *lock;                 /* LOCK_RANK_SCHEMA */
    struct tree *root;                     /* of the database */
    struct table *catalog, *shadow;        /* made of system_tables.c, without reading anything */
    struct table *objids;                  /* MSysObjids; NULL: this database has none */
    struct table *buckets[SCHEMA_BUCKETS]; /* by object id */
    _Atomic unsigned deletions;            /* of tables and indexes whose trees are not gone yet */
};

static inline struct schema_cache *schema_cache_of(const struct engine *engine, unsigned dbid)
{
    return engine->databases[dbid].schemas;
}

static inline struct schema_cache *schema_cache_of_table(const struct table *table)
{
    return schema_cache_of(table->engine, table->dbid);
}

/* The lock (LOCK_RANK_SCHEMA) that guards the list of tables, and the counts in each. */
struct os_mutex *schema_cache_lock(const struct table *table);

/* An empty cache for a database whose catalogue is not there yet; schema_cache_open_catalog() follows. */
MUST_CHECK jet_err schema_cache_begin(struct engine *engine, struct database *db, struct schema_cache **ret_cache);

/* Opens the catalogue's trees. */
MUST_CHECK jet_err schema_cache_open_catalog(struct schema_cache *cache);

/* Opens MSysObjids, if there is one. The cache is in its slot of the engine. */
MUST_CHECK jet_err schema_cache_open_objids(struct schema_cache *cache, struct session *session);

/* Has anybody a table open, or an open transaction changed one? */
bool schema_cache_is_used(struct schema_cache *cache);

/* The object id under a table's name, as the session sees the catalogue. JET_errObjectNotFound. */
MUST_CHECK jet_err schema_name_find(struct schema_cache *cache, struct session *session, const char *name,
                                    objid_t *ret_objid);

/* A table that was just made joins the others; out of it again. Both take the lock. */
void schema_cache_add(struct schema_cache *cache, struct table *table);
void schema_cache_remove(struct schema_cache *cache, struct table *table);

/* ---- table_load.c ---- */

/* Reads a table from the catalogue, as the session sees it. JET_errObjectNotFound, JET_errCatalogCorrupted. */
MUST_CHECK jet_err table_load(struct schema_cache *cache, struct session *session, objid_t objid,
                              struct table **ret_table);

/* A table of system_tables.c whose trees are to be opened by table_open_trees(). */
MUST_CHECK jet_err table_load_system(struct schema_cache *cache, const struct system_table *definition,
                                     struct table **ret_table);
MUST_CHECK jet_err table_open_trees(struct table *table);

#endif
