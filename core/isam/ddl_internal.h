/* SPDX-License-Identifier: MIT */
/* ddl_internal.h - what the files of the schema's changes share.
 *
 *   ddl_catalog.c   records of the catalogue, its shadow and MSysObjids
 *   ddl_tree.c      trees that come and go with a transaction
 *   ddl.c           statements, and names
 *   ddl_table.c     tables
 *   ddl_inherit.c   a table like another
 *   ddl_column.c    columns
 *   ddl_convert.c   single numbers of columns and indexes
 *   ddl_index.c     indexes
 *   ddl_index_build.c   entries of an index for the records that are there
 */
#ifndef COLDSTREAM_ISAM_DDL_INTERNAL_H
#define COLDSTREAM_ISAM_DDL_INTERNAL_H

#include "btree/tree.h"
#include "isam/catalog.h"
#include "isam/ddl.h"
#include "isam/schema_cache_internal.h"

enum {
    DDL_DENSITY_DEFAULT = 80,
    DDL_DENSITY_MIN = 20,
    DDL_DENSITY_MAX = 100,
};

/* A statement is a transaction of its own, inside the session's if there is one: with an error nothing of it remains.
 * JET_errDatabaseFileReadOnly, JET_errTransReadOnly; errors of transaction_begin(). */
MUST_CHECK jet_err ddl_begin(struct session *session, const struct database *db);

/* Commits, or takes everything back if `err` is an error, which is then returned. */
MUST_CHECK jet_err ddl_end(struct session *session, jet_err err);

/* ---- ddl_catalog.c: in both copies; a transaction is open ---- */

MUST_CHECK jet_err ddl_catalog_insert(struct session *session, struct schema_cache *cache,
                                      const struct catalog_record *record);

struct ddl_place {
    objid_t table;
    enum catalog_kind kind;
    uint32_t id;
};
MUST_CHECK jet_err ddl_catalog_delete(struct session *session, struct schema_cache *cache,
                                      const struct ddl_place *place);
MUST_CHECK jet_err ddl_catalog_edit(struct session *session, struct schema_cache *cache, const struct ddl_place *place,
                                    jet_err (*edit)(struct record_edit *record, void *context), void *context);

/* All records of a table, and its rows in MSysObjids. JET_errWriteConflict: the table has long values, whose record is
 * newer than the snapshot. */
MUST_CHECK jet_err ddl_catalog_delete_table(struct session *session, struct schema_cache *cache,
                                            const struct table *table);

/* The row of a tree in MSysObjids; nothing is done if the database has no such table. */
MUST_CHECK jet_err ddl_objid_insert(struct session *session, struct schema_cache *cache, objid_t objid, objid_t table,
                                    enum catalog_kind kind);
MUST_CHECK jet_err ddl_objid_delete(struct session *session, struct schema_cache *cache, objid_t objid);

/* ---- ddl_tree.c ---- */

/* A new tree with the next object id, which goes when the transaction does. */
MUST_CHECK jet_err ddl_tree_create(struct session *session, struct tree *parent, struct tree_new *options,
                                   pgno_t *ret_fdp);

struct ddl_tree {
    pgno_t parent_fdp, fdp;
    objid_t parent_objid, objid;
};

/* Gives the space of the trees back, in their order. Nobody has them open. */
MUST_CHECK jet_err ddl_trees_delete(struct session *session, struct database *db, const struct ddl_tree *trees,
                                    size_t count);

/* ---- table.c ---- */

/* The tree of long values of a table that has none, and that nobody else can want now: it goes with the session's
 * transaction, which is open. */
MUST_CHECK jet_err ddl_long_values_create(struct session *session, struct table *table);

/* ---- ddl_index.c ---- */

/* As ddl_index_delete(), whether the table's definition is fixed or not. */
MUST_CHECK jet_err ddl_index_drop(struct session *session, struct table *table, const char *name);

/* ---- ddl_index_build.c ---- */

/* Puts an entry into the tree of the new index for each record that the session sees; nobody else changes records
 * meanwhile, or reads the index. Not undone by a rollback: the tree is deleted by it. JET_errKeyDuplicate; errors of
 * index_key.h. */
MUST_CHECK jet_err ddl_index_build(struct session *session, struct table *table, const struct index *index);

/* ---- shared by tables, columns and indexes ---- */

/* JET_errDensityInvalid; 0 is the default. */
MUST_CHECK jet_err ddl_check_density(uint32_t density);

/* Nobody else has an open change of the table: JET_errWriteConflict. The latch is held. */
MUST_CHECK jet_err ddl_check_alone(const struct table *table, const struct session *session);

#endif
