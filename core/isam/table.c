/* SPDX-License-Identifier: MIT */
/* table.c - looking things up in a table object, and its long values. */
#include "isam/table.h"

#include "btree/tree.h"
#include "format/page.h"
#include "isam/ddl_internal.h"
#include "isam/dir.h"
#include "isam/session.h"
#include "isam/table_build.h"
#include "isam/transaction_internal.h"

uint32_t column_type_size(enum column_type type)
{
    static const uint8_t sizes[COLUMN_TYPES] = {
        [COLUMN_BIT] = 1,
        [COLUMN_UNSIGNED_BYTE] = 1,
        [COLUMN_SHORT] = 2,
        [COLUMN_LONG] = 4,
        [COLUMN_CURRENCY] = 8,
        [COLUMN_SINGLE] = 4,
        [COLUMN_DOUBLE] = 8,
        [COLUMN_DATE_TIME] = 8,
        [COLUMN_UNSIGNED_LONG] = 4,
        [COLUMN_LONG_LONG] = 8,
        [COLUMN_GUID] = 16,
        [COLUMN_UNSIGNED_SHORT] = 2,
        [COLUMN_UNSIGNED_LONG_LONG] = 8,
    };
    return type < COLUMN_TYPES ? sizes[type] : 0;
}

/* ---- by name and id ---- */

struct column *table_column_by_name(const struct table *table, const struct session *session, const char *name)
{
    size_t low = 0, high = table->column_count;

    while (low < high) {
        const size_t middle = (low + high) / 2;

        if (table_name_compare(table->by_name[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    /* A deleted column may have left its name to another. */
    for (; low < table->column_count && table_name_compare(table->by_name[low]->name, name) == 0; low++)
        if (column_is_visible(table->by_name[low], session))
            return table->by_name[low];
    return NULL;
}

bool table_has_computed(const struct table *table, const struct session *session)
{
    bool has = false;

    for (size_t i = 0; i < table->column_count; i++)
        has |= column_is_computed(table->columns[i]) && column_is_visible(table->columns[i], session);
    return has;
}

struct column *table_column_stored(const struct table *table, uint32_t id)
{
    size_t low = 0, high = table->column_count;

    while (low < high) {
        const size_t middle = (low + high) / 2;

        if (table->columns[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < table->column_count && table->columns[low]->id == id ? table->columns[low] : NULL;
}

struct column *table_column_by_id(const struct table *table, const struct session *session, uint32_t id)
{
    struct column *column = table_column_stored(table, id);

    return column && column_is_visible(column, session) ? column : NULL;
}

struct index *table_index_by_name(const struct table *table, const struct session *session, const char *name)
{
    for (size_t i = 0; i < table->index_count; i++) {
        struct index *index = table->indexes[i];

        if (index_is_visible(index, session) && table_name_compare(index->name, name) == 0)
            return index;
    }
    return NULL;
}

static bool index_has_column(const struct index *index, uint32_t id)
{
    bool found = false;

    for (unsigned i = 0; i < index->segment_count; i++)
        found |= index->segments[i].column == id;
    for (unsigned i = 0; i < index->condition_count; i++)
        found |= index->conditions[i].column == id;
    return found;
}

bool table_column_is_indexed(const struct table *table, const struct session *session, uint32_t id)
{
    bool found = false;

    for (size_t i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];

        found |= !index->is_gone && index->deleted_by != session && index_has_column(index, id);
    }
    return found;
}

/* Its record in the catalogue is versioned: whether the session sees that decides. */
static jet_err is_in_catalog(struct session *session, const struct table *table, const struct index *index)
{
    uint8_t key[CATALOG_KEY_SIZE];
    const struct bookmark at = {.key = key, .key_size = sizeof key};
    struct dir_cursor *dir;
    jet_err err = dir_open(session, schema_cache_of_table(table)->catalog->tree, &dir);

    if (err < JET_errSuccess)
        return err;
    catalog_key_make(table->objid, CATALOG_INDEX, index->objid, key);
    err = dir_goto(dir, &at);
    dir_close(dir);
    return err == JET_errRecordDeleted ? JET_errIndexNotFound : err;
}

jet_err table_index_is_seen(struct session *session, const struct table *table, struct index *index)
{
    if (session->level == 0 || index->owner == session || !atomic_load(&index->is_new))
        return JET_errSuccess;
    if (index->new_until != 0 && transactions_is_settled(session->engine->transactions, index->new_until)) {
        atomic_store(&index->is_new, false);
        return JET_errSuccess;
    }
    return is_in_catalog(session, table, index);
}

struct index *table_primary_index(const struct table *table)
{
    return table->index_count > 0 && (table->indexes[0]->flags & INDEX_PRIMARY) ? table->indexes[0] : NULL;
}

/* ---- long values ---- */

static void long_values_forget(struct table *table)
{
    atomic_store(&table->has_long_values, false);
    tree_close(table->long_values_tree);
    table->long_values_tree = NULL;
    table->long_values_fdp = 0;
    table->long_values_objid = 0;
}

static jet_err forget_rollback(struct session *session, void *context)
{
    (void)session;
    long_values_forget(context);
    return JET_errSuccess;
}

static const struct transaction_action forget_action = {.rollback = forget_rollback};

static jet_err describe(struct session *session, struct table *table, pgno_t fdp, objid_t objid)
{
    struct schema_cache *cache = schema_cache_of_table(table);
    const struct catalog_record record = {
        .table = table->objid,
        .kind = CATALOG_LONG_VALUES,
        .id = objid,
        .fdp = fdp,
        .space_usage = 100,
        .pages_or_locale = 1,
        .name = {(const uint8_t *)"LV", 2},
    };
    jet_err err = ddl_catalog_insert(session, cache, &record);

    return err < JET_errSuccess ? err : ddl_objid_insert(session, cache, objid, table->objid, CATALOG_LONG_VALUES);
}

jet_err ddl_long_values_create(struct session *session, struct table *table)
{
    struct tree_new options = {.page_flags = PAGE_FLAG_LONG_VALUE, .pages = 1};
    pgno_t fdp;
    jet_err err = ddl_tree_create(session, table->tree, &options, &fdp);

    if (err >= JET_errSuccess)
        err = transaction_on_end(session, &forget_action, table);
    if (err >= JET_errSuccess)
        err = describe(session, table, fdp, options.objid);
    if (err >= JET_errSuccess)
        err = tree_open(table->db, fdp, options.objid, &table->long_values_tree);
    if (err >= JET_errSuccess)
        err = lv_open(table->long_values_tree, table->chunk_size, &table->long_values);
    if (err < JET_errSuccess)
        return err;
    table->long_values_fdp = fdp;
    table->long_values_objid = options.objid;
    atomic_store(&table->has_long_values, true);
    return JET_errSuccess;
}

static jet_err create_in_transaction(struct session *session, struct table *table)
{
    jet_err err = ddl_begin(session, table->db);

    return err < JET_errSuccess ? err : ddl_end(session, ddl_long_values_create(session, table));
}

/* The tree belongs to everybody at once, so it may not go with the transaction of one; but a table that only this
 * session's transaction has made goes with it, tree and all. */
static jet_err create(struct session *session, struct table *table, bool is_owner)
{
    struct session *own;

    if (is_owner)
        return create_in_transaction(session, table);
    jet_err err = session_begin_system(session->engine, SESSION_PROCID_NONE, &own);
    if (err < JET_errSuccess)
        return err;
    err = create_in_transaction(own, table);
    session_end(own);
    return err;
}

static bool is_owned_by(struct table *table, const struct session *session)
{
    struct os_mutex *lock = schema_cache_lock(table);

    os_mutex_lock(lock);
    const bool is_owner = table->owner == session;
    os_mutex_unlock(lock);
    return is_owner;
}

jet_err table_long_values(struct session *session, struct table *table, struct long_values **ret_values)
{
    jet_err err = JET_errSuccess;

    if (!atomic_load_explicit(&table->has_long_values, memory_order_acquire)) {
        const bool is_owner = is_owned_by(table, session);

        os_mutex_lock(table->long_values_lock);
        if (!atomic_load(&table->has_long_values))
            err = create(session, table, is_owner);
        os_mutex_unlock(table->long_values_lock);
    }
    if (err >= JET_errSuccess)
        *ret_values = &table->long_values;
    return err;
}
