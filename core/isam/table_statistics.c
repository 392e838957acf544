/* SPDX-License-Identifier: MIT */
#include "isam/table_statistics.h"

#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "format/keynorm.h"
#include "isam/ddl_internal.h"
#include "isam/session.h"
#include "isam/table_cursor_internal.h"
#include "os/os_clock.h"

/* As the catalogue has it. */
struct statistics_disk {
    le32 entries; /* +0 */
    le32 keys;    /* +4 */
    le32 pages;   /* +8 */
    le64 when;    /* +12  days since the end of 1899, floating point */
};
_Static_assert(sizeof(struct statistics_disk) == CATALOG_STATISTICS_SIZE, "file format");

enum { MS_A_DAY = 86400000, DAYS_TO_1970 = 25569 };

static struct statistics_disk encode(const struct index_statistics *statistics)
{
    const double when = DAYS_TO_1970 + (double)os_clock_wall_ms() / MS_A_DAY;
    uint64_t bits;

    memcpy(&bits, &when, sizeof bits);
    return (struct statistics_disk){le32_make(statistics->entries), le32_make(statistics->keys),
                                    le32_make(statistics->pages), le64_make(bits)};
}

/* Of both copies of the catalogue: what it puts there says when it was counted, and must be the same. */
static jet_err put(struct record_edit *record, void *context)
{
    const struct statistics_disk *disk = context;

    return catalog_record_set_statistics(record, disk, sizeof *disk);
}

/* ---- counting ---- */

struct last {
    uint8_t key[KEYNORM_LIMIT_MAX + 1];
    size_t key_size;
    pgno_t pgno;
};

static void count_one(const struct dir_view *view, struct last *last, struct index_statistics *statistics)
{
    const bool is_same_key = statistics->entries > 0 && view->key_size == last->key_size &&
                             memcmp(view->key, last->key, last->key_size) == 0;

    statistics->entries++;
    statistics->keys += !is_same_key;
    statistics->pages += view->pgno != last->pgno;
    last->pgno = view->pgno;
    last->key_size = view->key_size < sizeof last->key ? view->key_size : sizeof last->key;
    memcpy(last->key, view->key, last->key_size);
}

static jet_err count(struct dir_cursor *order, struct index_statistics *ret_statistics)
{
    struct last last = {.pgno = 0};
    jet_err err = dir_move(order, DIR_FIRST);

    *ret_statistics = (struct index_statistics){0};
    while (err >= JET_errSuccess) {
        struct dir_view view;

        err = dir_get(order, &view);
        if (err >= JET_errSuccess) {
            count_one(&view, &last, ret_statistics);
            err = dir_move(order, DIR_NEXT);
        }
    }
    dir_release(order);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

/* ---- writing down ---- */

static void keep(struct table *table, uint32_t objid, const struct index_statistics *statistics)
{
    latch_exclusive(&table->latch);
    if (objid == 0)
        table->statistics = *statistics;
    for (size_t i = 0; i < table->index_count; i++)
        if (objid != 0 && table->indexes[i]->objid == objid)
            table->indexes[i]->statistics = *statistics;
    latch_unlock_exclusive(&table->latch);
}

/* `objid` 0: the table's own order. An index that the session does not see is left out. */
static jet_err compute_one(struct table_cursor *walker, uint32_t objid)
{
    struct table *table = walker->table;
    const struct table_set_index set = {.objid = objid};
    const struct ddl_place place = {table->objid, objid ? CATALOG_INDEX : CATALOG_TABLE, objid ? objid : table->objid};
    struct index_statistics statistics;
    struct statistics_disk disk;
    jet_err err = table_cursor_set_index(walker, &set);

    if (err < JET_errSuccess)
        return err == JET_errIndexNotFound ? JET_errSuccess : err;
    err = count(cursor_order(walker), &statistics);
    disk = encode(&statistics);
    if (err >= JET_errSuccess)
        err = ddl_catalog_edit(walker->session, schema_cache_of_table(table), &place, put, &disk);
    if (err >= JET_errSuccess)
        keep(table, objid, &statistics);
    return err;
}

static jet_err objids_list(const struct table_cursor *cursor, uint32_t **ret_objids, size_t *ret_count)
{
    struct table *table = cursor->table;

    latch_shared(&table->latch);
    uint32_t *objids = calloc(table->index_count + 1, sizeof *objids);
    size_t count = 1; /* the table itself */
    for (size_t i = 0; objids && i < table->index_count; i++)
        if (!(table->indexes[i]->flags & INDEX_PRIMARY) && index_is_visible(table->indexes[i], cursor->session))
            objids[count++] = table->indexes[i]->objid;
    latch_unlock_shared(&table->latch);
    *ret_objids = objids;
    *ret_count = count;
    return objids ? JET_errSuccess : JET_errOutOfMemory;
}

static jet_err compute(struct table_cursor *walker)
{
    uint32_t *objids;
    size_t count;
    jet_err err = objids_list(walker, &objids, &count);

    for (size_t i = 0; i < count && err >= JET_errSuccess; i++)
        err = compute_one(walker, objids[i]);
    free(objids);
    return err;
}

jet_err table_statistics_compute(struct table_cursor *cursor)
{
    struct table_cursor *walker;
    jet_err err = cursor->filter ? JET_errFilteredMoveNotSupported : cursor_may_write(cursor);

    if (err >= JET_errSuccess)
        err = table_cursor_dup(cursor, cursor->session, &walker);
    if (err < JET_errSuccess)
        return err;
    err = ddl_begin(cursor->session, cursor->table->db);
    if (err >= JET_errSuccess)
        err = ddl_end(cursor->session, compute(walker));
    table_cursor_close(walker);
    return err;
}
