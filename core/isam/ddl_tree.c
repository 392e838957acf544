/* SPDX-License-Identifier: MIT */
/* ddl_tree.c - trees are physical: what a transaction has made is deleted when it is rolled back. */
#include <stdlib.h>

#include "isam/ddl_internal.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "isam/version.h"

struct created {
    struct database *db;
    struct ddl_tree tree;
};

static jet_err tree_delete_one(struct session *session, struct database *db, const struct ddl_tree *tree)
{
    struct btree_actor actor;
    struct tree *parent;
    jet_err err = tree_open(db, tree->parent_fdp, tree->parent_objid, &parent);

    if (err < JET_errSuccess)
        return err;
    version_forget_tree(session->engine, db, tree->objid);
    err = transaction_actor(session, db, &actor);
    if (err >= JET_errSuccess)
        err = tree_delete(parent, &actor, tree->fdp, tree->objid);
    tree_close(parent);
    return err;
}

jet_err ddl_trees_delete(struct session *session, struct database *db, const struct ddl_tree *trees, size_t count)
{
    const bool begins = session->level == 0;
    jet_err err = begins ? transaction_begin(session, false) : JET_errSuccess;

    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < count && err >= JET_errSuccess; i++)
        err = tree_delete_one(session, db, &trees[i]);
    if (!begins)
        return err;
    if (err >= JET_errSuccess)
        return transaction_commit(session, TRANSACTION_COMMIT_LAZY, NULL);
    jet_err_ignore(transaction_rollback(session, false)); /* the first error counts */
    return err;
}

static jet_err created_rollback(struct session *session, void *context)
{
    const struct created *created = context;

    return ddl_trees_delete(session, created->db, &created->tree, 1);
}

static const struct transaction_action created_action = {.rollback = created_rollback, .dispose = free};

jet_err ddl_tree_create(struct session *session, struct tree *parent, struct tree_new *options, pgno_t *ret_fdp)
{
    struct btree_actor actor;
    struct created *created = malloc(sizeof *created);
    jet_err err = created ? database_next_objid(parent->db, &options->objid) : JET_errOutOfMemory;

    if (err >= JET_errSuccess)
        err = transaction_actor(session, parent->db, &actor);
    if (err >= JET_errSuccess)
        err = tree_create(parent, &actor, options, ret_fdp);
    if (err < JET_errSuccess) {
        free(created);
        return err;
    }
    *created = (struct created){
        .db = parent->db,
        .tree = {parent->fdp, *ret_fdp, parent->objid, options->objid},
    };
    err = transaction_on_end(session, &created_action, created);
    if (err < JET_errSuccess) {
        jet_err_ignore(ddl_trees_delete(session, parent->db, &created->tree, 1)); /* the first error counts */
        free(created);
    }
    return err;
}
