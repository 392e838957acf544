/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "isam/ddl_internal.h"
#include "isam/dir.h"
#include "isam/row.h"

/* One record while it is made or changed; too big for the stack. */
struct work {
    struct record_edit after;
    uint8_t before[RECORD_SIZE_MAX];
    size_t before_size;
};

static struct row_image after_image(const struct work *work)
{
    return (struct row_image){work->after.bytes, work->after.size};
}

static struct row_image before_image(const struct work *work)
{
    return (struct row_image){work->before, work->before_size};
}

static void work_begin(struct work *work, const struct table *table)
{
    record_edit_begin(&work->after, &table->layout, table->db->page_size, table->record_size_max);
}

/* ---- the two copies ---- */

static jet_err insert_into(struct session *session, struct table *table, const struct catalog_record *record)
{
    struct work *work = malloc(sizeof *work);
    struct index_key key;

    if (!work)
        return JET_errOutOfMemory;
    work_begin(work, table);
    jet_err err = catalog_record_encode(record, &work->after);
    if (err >= JET_errSuccess) {
        const struct row_image image = after_image(work);

        err = row_insert(session, table, &image, &key);
    }
    free(work);
    return err;
}

jet_err ddl_catalog_insert(struct session *session, struct schema_cache *cache, const struct catalog_record *record)
{
    jet_err err = insert_into(session, cache->catalog, record);

    return err < JET_errSuccess ? err : insert_into(session, cache->shadow, record);
}

/* Copies the record at `key`, as the session sees it. */
static jet_err fetch(struct session *session, struct table *table, const struct bookmark *key, struct work *work)
{
    struct dir_cursor *dir;
    struct dir_view view;
    jet_err err = dir_open(session, table->tree, &dir);

    if (err < JET_errSuccess)
        return err;
    err = dir_goto(dir, key);
    if (err >= JET_errSuccess)
        err = dir_get(dir, &view);
    if (err >= JET_errSuccess && view.data_size > sizeof work->before)
        err = JET_errRecordTooBig;
    if (err >= JET_errSuccess) {
        memcpy(work->before, view.data, view.data_size);
        work->before_size = view.data_size;
    }
    dir_close(dir);
    return err;
}

static jet_err delete_from(struct session *session, struct table *table, const struct ddl_place *place)
{
    struct work *work = malloc(sizeof *work);
    uint8_t key[CATALOG_KEY_SIZE];

    if (!work)
        return JET_errOutOfMemory;
    catalog_key_make(place->table, place->kind, place->id, key);
    const struct bookmark bookmark = {.key = key, .key_size = sizeof key};
    jet_err err = fetch(session, table, &bookmark, work);
    if (err >= JET_errSuccess) {
        const struct row_image image = before_image(work);

        err = row_delete(session, table, key, sizeof key, &image);
    }
    free(work);
    return err;
}

jet_err ddl_catalog_delete(struct session *session, struct schema_cache *cache, const struct ddl_place *place)
{
    jet_err err = delete_from(session, cache->catalog, place);

    return err < JET_errSuccess ? err : delete_from(session, cache->shadow, place);
}

static jet_err edit_in(struct session *session, struct table *table, const struct ddl_place *place,
                       jet_err (*edit)(struct record_edit *record, void *context), void *context)
{
    struct work *work = malloc(sizeof *work);
    uint8_t key[CATALOG_KEY_SIZE];

    if (!work)
        return JET_errOutOfMemory;
    catalog_key_make(place->table, place->kind, place->id, key);
    const struct bookmark bookmark = {.key = key, .key_size = sizeof key};
    jet_err err = fetch(session, table, &bookmark, work);
    if (err >= JET_errSuccess)
        err = record_edit_load(&work->after, &table->layout, table->db->page_size, table->record_size_max, work->before,
                               work->before_size);
    if (err >= JET_errSuccess)
        err = edit(&work->after, context);
    if (err >= JET_errSuccess) {
        const struct row_image before = before_image(work), after = after_image(work);

        err = row_replace(session, table, key, sizeof key, &before, &after);
    }
    free(work);
    return err;
}

jet_err ddl_catalog_edit(struct session *session, struct schema_cache *cache, const struct ddl_place *place,
                         jet_err (*edit)(struct record_edit *record, void *context), void *context)
{
    jet_err err = edit_in(session, cache->catalog, place, edit, context);

    return err < JET_errSuccess ? err : edit_in(session, cache->shadow, place, edit, context);
}

/* ---- a whole table ---- */

/* The first record of the table that is there. JET_errRecordNotFound: none. */
static jet_err find_first(struct session *session, struct schema_cache *cache, objid_t table,
                          struct ddl_place *ret_place)
{
    struct catalog_record record;
    struct dir_cursor *dir;
    struct dir_view view;
    uint8_t key[CATALOG_KEY_SIZE];
    bool exact;
    jet_err err = dir_open(session, cache->catalog->tree, &dir);

    if (err < JET_errSuccess)
        return err;
    catalog_key_make(table, CATALOG_TABLE, 0, key);
    const struct bookmark from = {.key = key, .key_size = CATALOG_KEY_TABLE_SIZE};
    err = dir_seek(dir, DIR_SEEK_GREATER_OR_EQUAL, &from, &exact);
    if (err >= JET_errSuccess)
        err = dir_get(dir, &view);
    if (err >= JET_errSuccess)
        err = catalog_record_decode(view.data, view.data_size, cache->db->page_size, &record);
    if (err >= JET_errSuccess && record.table != table)
        err = JET_errRecordNotFound;
    if (err >= JET_errSuccess)
        *ret_place = (struct ddl_place){record.table, record.kind, record.id};
    dir_close(dir);
    return err;
}

static bool has_tree(const struct ddl_place *place)
{
    return place->kind == CATALOG_TABLE || place->kind == CATALOG_LONG_VALUES ||
           (place->kind == CATALOG_INDEX && place->id != place->table);
}

jet_err ddl_catalog_delete_table(struct session *session, struct schema_cache *cache, const struct table *table)
{
    bool misses_long_values = table->long_values_fdp != 0;
    jet_err err;

    do {
        struct ddl_place place;

        err = find_first(session, cache, table->objid, &place);
        if (err >= JET_errSuccess)
            err = ddl_catalog_delete(session, cache, &place);
        if (err >= JET_errSuccess && place.kind == CATALOG_LONG_VALUES)
            misses_long_values = false;
        if (err >= JET_errSuccess && has_tree(&place))
            err = ddl_objid_delete(session, cache, place.id);
    } while (err >= JET_errSuccess);
    if (err != JET_errRecordNotFound)
        return err;
    return misses_long_values ? JET_errWriteConflict : JET_errSuccess;
}

/* ---- MSysObjids ---- */

enum { OBJIDS_OBJID = 256, OBJIDS_TABLE = 257, OBJIDS_TYPE = 258 };

static jet_err put_number(struct record_edit *edit, unsigned column, uint32_t number, size_t size)
{
    const le32 disk = le32_make(number);
    const struct record_tagged_image image = {.bytes = (const uint8_t *)&disk, .size = size};

    return record_edit_tagged(edit, column, &image);
}

jet_err ddl_objid_insert(struct session *session, struct schema_cache *cache, objid_t objid, objid_t table,
                         enum catalog_kind kind)
{
    struct index_key key;

    if (!cache->objids)
        return JET_errSuccess;
    struct work *work = malloc(sizeof *work);
    if (!work)
        return JET_errOutOfMemory;
    work_begin(work, cache->objids);
    jet_err err = put_number(&work->after, OBJIDS_OBJID, objid, sizeof objid);
    if (err >= JET_errSuccess)
        err = put_number(&work->after, OBJIDS_TABLE, table, sizeof table);
    if (err >= JET_errSuccess)
        err = put_number(&work->after, OBJIDS_TYPE, kind, sizeof(uint16_t));
    if (err >= JET_errSuccess) {
        const struct row_image image = after_image(work);

        err = row_insert(session, cache->objids, &image, &key);
    }
    free(work);
    return err;
}

jet_err ddl_objid_delete(struct session *session, struct schema_cache *cache, objid_t objid)
{
    const le32 disk = le32_make(objid);
    const struct keynorm_column description = {.type = KEYNORM_LONG};
    uint8_t buffer[TABLE_INDEX_KEY_MOST + 1];
    struct keynorm key;

    if (!cache->objids)
        return JET_errSuccess;
    struct work *work = malloc(sizeof *work);
    if (!work)
        return JET_errOutOfMemory;
    keynorm_begin(&key, buffer, TABLE_INDEX_KEY_MOST, 0, 0);
    jet_err err = keynorm_add(&key, &description, &disk, sizeof disk);
    if (err >= JET_errSuccess) {
        const struct bookmark bookmark = {.key = key.bytes, .key_size = key.size};

        err = fetch(session, cache->objids, &bookmark, work);
    }
    if (err >= JET_errSuccess) {
        const struct row_image image = before_image(work);

        err = row_delete(session, cache->objids, key.bytes, key.size, &image);
    }
    free(work);
    return err == JET_errRecordDeleted ? JET_errSuccess : err; /* some databases have not all of them */
}
