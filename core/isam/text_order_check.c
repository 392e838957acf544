/* SPDX-License-Identifier: MIT */
/* text_order_check.c - MSysLocales says in a moment whether there can be anything to do; if so, the catalogue is read
 * for tables with such indexes, and each of those is looked at.
 */
#include "isam/text_order_check.h"

#include <stdlib.h>
#include <string.h>

#include "isam/ddl_internal.h"
#include "isam/dir.h"
#include "isam/session.h"
#include "isam/text_order_locales.h"

struct check {
    struct session *session;
    struct schema_cache *cache;
    unsigned flags;
    objid_t *tables; /* with indexes over Unicode text */
    size_t count, room;
    bool has_deleted;
};

/* ---- is there anything to do? ---- */

struct doubt {
    unsigned flags;
    bool is_there;
};

static jet_err judge_row(void *context, const char *locale, const struct os_collation_version *version)
{
    struct doubt *doubt = context;
    const enum os_collation_age age = os_collation_age(locale, version);

    if (age == OS_COLLATION_OUTDATED || (age == OS_COLLATION_FOREIGN && doubt->flags != 0))
        doubt->is_there = true;
    return JET_errSuccess;
}

static jet_err is_in_doubt(struct check *check, bool *ret_doubt)
{
    struct doubt doubt = {.flags = check->flags, .is_there = (check->flags & TEXT_ORDER_DELETE_ALL) != 0};
    jet_err err = text_order_locales(check->session, check->cache, judge_row, &doubt);

    if (err == JET_errObjectNotFound) { /* older than that table */
        doubt.is_there = check->flags != 0;
        err = JET_errSuccess;
    }
    *ret_doubt = doubt.is_there;
    return err;
}

/* ---- tables ---- */

static jet_err table_note(struct check *check, objid_t table)
{
    if (check->count > 0 && check->tables[check->count - 1] == table)
        return JET_errSuccess;
    if (check->count == check->room) {
        const size_t room = check->room ? 2 * check->room : 16;
        objid_t *grown = realloc(check->tables, room * sizeof *grown);

        if (!grown)
            return JET_errOutOfMemory;
        check->tables = grown;
        check->room = room;
    }
    check->tables[check->count++] = table;
    return JET_errSuccess;
}

static jet_err note_record(struct check *check, struct dir_cursor *dir)
{
    struct catalog_record record;
    struct dir_view view;
    jet_err err = dir_get(dir, &view);

    if (err >= JET_errSuccess)
        err = catalog_record_decode(view.data, view.data_size, check->cache->db->page_size, &record);
    if (err >= JET_errSuccess && record.kind == CATALOG_INDEX && (record.flags & INDEX_LOCALIZED_TEXT))
        err = table_note(check, record.table);
    return err;
}

static jet_err tables_find(struct check *check)
{
    struct dir_cursor *dir;
    jet_err err = dir_open(check->session, check->cache->catalog->tree, &dir);

    if (err < JET_errSuccess)
        return err;
    err = dir_move(dir, DIR_FIRST);
    while (err >= JET_errSuccess) {
        err = note_record(check, dir);
        if (err >= JET_errSuccess)
            err = dir_move(dir, DIR_NEXT);
    }
    dir_close(dir);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

/* ---- one index ---- */

static jet_err is_empty(struct session *session, const struct table *table, const struct index *index, bool *ret_empty)
{
    struct dir_cursor *dir;
    jet_err err = dir_open(session, index->flags & INDEX_PRIMARY ? table->tree : index->tree, &dir);

    if (err < JET_errSuccess)
        return err;
    err = dir_move(dir, DIR_FIRST);
    dir_close(dir);
    *ret_empty = err == JET_errNoCurrentRecord;
    return *ret_empty ? JET_errSuccess : err;
}

static jet_err set_version(struct record_edit *record, void *context)
{
    const struct text_order *order = context;
    uint8_t version[TEXT_ORDER_VERSION_SIZE];
    const struct catalog_bytes bytes = {version, sizeof version};
    const struct catalog_bytes id = {order->version.id, sizeof order->version.id};

    text_order_version_put(&order->version, version);
    return catalog_record_set_sort_version(record, &bytes, &id);
}

/* No key was ever made: the order of today is as good. */
static jet_err renew(struct check *check, struct table *table, struct index *index)
{
    const struct ddl_place place = {table->objid, CATALOG_INDEX, index->objid};
    const char *locale = index->locale ? index->locale : "";
    struct text_order order = {.state = TEXT_ORDER_NONE};
    jet_err err = text_order_new(&order, locale, index->sort_flags);

    if (err < JET_errSuccess)
        return err == JET_errInvalidLanguageId ? JET_errSuccess : err; /* and none is made now */
    err = ddl_begin(check->session, table->db);
    if (err >= JET_errSuccess) {
        err = ddl_catalog_edit(check->session, check->cache, &place, set_version, &order);
        if (err >= JET_errSuccess)
            err = text_order_count(check->session, check->cache, locale, &order.version);
        err = ddl_end(check->session, err);
    }
    text_order_close(&order);
    if (err < JET_errSuccess)
        return err;
    latch_exclusive(&table->latch);
    text_order_close(&index->order);
    err = text_order_new(&index->order, locale, index->sort_flags);
    latch_unlock_exclusive(&table->latch);
    return err;
}

static jet_err verdict(const struct index *index)
{
    if (index->order.state != TEXT_ORDER_OUTDATED)
        return JET_errSuccess;
    return index->flags & INDEX_PRIMARY ? JET_errPrimaryIndexCorrupted : JET_errSecondaryIndexCorrupted;
}

static jet_err index_check(struct check *check, struct table *table, struct index *index)
{
    const bool is_other = text_order_is_lost(&index->order);
    bool empty = false;
    jet_err err;

    if (check->flags & TEXT_ORDER_DELETE_ALL)
        return ddl_index_drop(check->session, table, index->name);
    if (!is_other)
        return JET_errSuccess;
    err = is_empty(check->session, table, index, &empty);
    if (err < JET_errSuccess || empty)
        return err < JET_errSuccess ? err : renew(check, table, index);
    if (index->flags & INDEX_PRIMARY || !(check->flags & TEXT_ORDER_DELETE_OTHERS))
        return verdict(index);
    check->has_deleted = true;
    return ddl_index_drop(check->session, table, index->name);
}

static bool is_to_be_looked_at(const struct index *index, const struct session *session)
{
    return (index->flags & INDEX_LOCALIZED_TEXT) && index_is_visible(index, session);
}

static jet_err table_check(struct check *check, objid_t objid)
{
    struct table *table;
    jet_err err = table_open_by_objid(check->session, check->cache->dbid, objid, &table);

    if (err < JET_errSuccess)
        return err;
    for (size_t i = table->index_count; i-- > 0 && err >= JET_errSuccess;) /* deleted ones stay for now */
        if (is_to_be_looked_at(table->indexes[i], check->session))
            err = index_check(check, table, table->indexes[i]);
    table_close(table);
    return err;
}

/* ---- all ---- */

jet_err text_order_check_database(struct session *session, unsigned dbid, unsigned flags)
{
    struct check check = {.session = session, .cache = schema_cache_of(session->engine, dbid), .flags = flags};
    bool doubt = false;
    jet_err err = is_in_doubt(&check, &doubt);

    if (err >= JET_errSuccess && doubt)
        err = tables_find(&check);
    for (size_t i = 0; i < check.count && err >= JET_errSuccess; i++)
        err = table_check(&check, check.tables[i]);
    free(check.tables);
    return err >= JET_errSuccess && check.has_deleted ? JET_wrnCorruptIndexDeleted : err;
}

jet_err text_order_check_table(struct session *session, struct table *table)
{
    jet_err err = JET_errSuccess;

    latch_shared(&table->latch);
    for (size_t i = 0; i < table->index_count && err >= JET_errSuccess; i++)
        if (is_to_be_looked_at(table->indexes[i], session))
            err = verdict(table->indexes[i]);
    latch_unlock_shared(&table->latch);
    return err;
}
