/* SPDX-License-Identifier: MIT */
/* ddl_convert.c - single numbers of a definition that change when rows are there already: the longest value of a
 * column, how full the pages of an index are made.
 *
 * They are not asked for when a value is read or a page is looked at, so nothing that is stored becomes wrong.
 */
#include <stdlib.h>

#include "isam/ddl_internal.h"
#include "isam/session.h"
#include "isam/transaction.h"

enum { SHORT_SIZE_MAX = 255 };

/* For the rollback. */
struct number_change {
    struct table *table;
    uint32_t *number;  /* in the table's object */
    struct tree *tree; /* whose density it is; NULL: it is none */
    uint32_t other;
};

static void swap(struct number_change *change)
{
    latch_exclusive(&change->table->latch);
    const uint32_t number = *change->number;
    *change->number = change->other;
    if (change->tree)
        tree_density_set(change->tree, change->other);
    change->other = number;
    latch_unlock_exclusive(&change->table->latch);
}

static jet_err rollback(struct session *session, void *context)
{
    (void)session;
    swap(context);
    return JET_errSuccess;
}

static const struct transaction_action action = {.rollback = rollback, .dispose = free};

static jet_err edit(struct record_edit *record, void *context)
{
    const struct number_change *change = context;

    return catalog_record_set_space_usage(record, change->other);
}

/* In the catalogue and in memory. */
static jet_err apply(struct session *session, const struct number_change *wanted, const struct ddl_place *place)
{
    struct number_change *change = malloc(sizeof *change);

    if (!change)
        return JET_errOutOfMemory;
    *change = *wanted;
    jet_err err = ddl_catalog_edit(session, schema_cache_of_table(change->table), place, edit, change);
    if (err >= JET_errSuccess)
        err = transaction_on_end(session, &action, change);
    if (err < JET_errSuccess) {
        free(change);
        return err;
    }
    swap(change);
    return JET_errSuccess;
}

/* ---- columns ---- */

static jet_err check_size(const struct column *column, uint32_t size_max)
{
    const bool is_short = column->type == COLUMN_TEXT || column->type == COLUMN_BINARY;

    if (!column_type_is_long(column->type) && !is_short)
        return JET_errInvalidParameter;
    if (is_short && (column_is_fixed(column) || size_max > SHORT_SIZE_MAX))
        return JET_errInvalidParameter;
    return size_max > 0 && (column->size_max == 0 || size_max < column->size_max) ? JET_errInvalidParameter
                                                                                  : JET_errSuccess;
}

static jet_err find_column(struct table *table, const struct session *session, const char *name, uint32_t size_max,
                           struct column **ret_column)
{
    latch_shared(&table->latch);
    struct column *column = table_column_by_name(table, session, name);
    jet_err err = column ? check_size(column, size_max) : JET_errColumnNotFound;
    if (err >= JET_errSuccess)
        err = ddl_check_alone(table, session);
    latch_unlock_shared(&table->latch);
    *ret_column = column;
    return err;
}

static jet_err size_in_transaction(struct session *session, struct table *table, const char *name, uint32_t size_max)
{
    struct column *column;
    jet_err err = find_column(table, session, name, size_max, &column);

    if (err < JET_errSuccess)
        return err;
    const struct ddl_place place = {table->objid, CATALOG_COLUMN, column->id};
    const struct number_change wanted = {.table = table, .number = &column->size_max, .other = size_max};
    return apply(session, &wanted, &place);
}

jet_err ddl_column_set_size_max(struct session *session, struct table *table, const char *name, uint32_t size_max)
{
    jet_err err = ddl_begin(session, table->db);

    return err < JET_errSuccess ? err : ddl_end(session, size_in_transaction(session, table, name, size_max));
}

/* ---- indexes ---- */

static jet_err find_index(struct table *table, const struct session *session, const char *name,
                          struct index **ret_index)
{
    latch_shared(&table->latch);
    struct index *index = name ? table_index_by_name(table, session, name) : table_primary_index(table);
    jet_err err = index || !name ? ddl_check_alone(table, session) : JET_errIndexNotFound;
    latch_unlock_shared(&table->latch);
    *ret_index = index;
    return err;
}

static jet_err density_in_transaction(struct session *session, struct table *table, const char *name, uint32_t density)
{
    struct index *index;
    jet_err err = find_index(table, session, name, &index);
    const bool is_table = !index || (index->flags & INDEX_PRIMARY);

    if (err >= JET_errSuccess && index) {
        const struct ddl_place place = {table->objid, CATALOG_INDEX, index->objid};
        const struct number_change wanted = {table, &index->density, is_table ? NULL : index->tree, density};

        err = apply(session, &wanted, &place);
    }
    if (err >= JET_errSuccess && is_table) { /* whose number is the one that the tree goes by */
        const struct ddl_place place = {table->objid, CATALOG_TABLE, table->objid};
        const struct number_change wanted = {table, &table->density, table->tree, density};

        err = apply(session, &wanted, &place);
    }
    return err;
}

jet_err ddl_index_set_density(struct session *session, struct table *table, const char *name, uint32_t density)
{
    jet_err err = density == 0 ? JET_errDensityInvalid : ddl_check_density(density);

    if (err >= JET_errSuccess)
        err = ddl_begin(session, table->db);
    return err < JET_errSuccess ? err : ddl_end(session, density_in_transaction(session, table, name, density));
}
