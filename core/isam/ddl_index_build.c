/* SPDX-License-Identifier: MIT */
/* ddl_index_build.c - the entries of a new index.
 *
 * Records come in the order of the primary key, entries go in the order of the index: they are collected until there
 * are many, sorted, and inserted one behind the other, so that each page of the index is looked for once in a batch and
 * not once for each entry. What is inserted has no versions, and needs none: the index is seen by nobody before it is
 * committed, and by nobody ever whose snapshot is older.
 */
#include <stdlib.h>
#include <string.h>

#include "isam/ddl_internal.h"
#include "isam/dir.h"
#include "isam/index_keys.h"

enum { BATCH_BYTES = 8 << 20 };

struct entry {
    const uint8_t *bytes; /* key, bookmark of the record */
    uint32_t key_size, bookmark_size;
};

struct build {
    struct session *session;
    struct table *table;
    const struct index *index;
    struct dir_cursor *records;
    uint8_t record[RECORD_SIZE_MAX]; /* a copy: keys may need long values, which cannot be read with a page latched */
    size_t record_size;
    uint8_t bookmark[KEYNORM_LIMIT_MAX + 1];
    size_t bookmark_size;
    uint8_t *bytes; /* BATCH_BYTES */
    size_t size;
    struct entry *entries;
    size_t count, room;
    struct index_keys keys;
};

/* ---- a batch ---- */

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const struct index_keys_one keys[] = {
        {x->bytes, x->key_size},
        {y->bytes, y->key_size},
    };
    const struct index_keys_one bookmarks[] = {
        {x->bytes + x->key_size, x->bookmark_size},
        {y->bytes + y->key_size, y->bookmark_size},
    };
    const int order = index_keys_compare(&keys[0], &keys[1]);

    return order != 0 ? order : index_keys_compare(&bookmarks[0], &bookmarks[1]);
}

static jet_err batch_insert(struct build *build)
{
    jet_err err = JET_errSuccess;

    if (build->count > 1)
        qsort(build->entries, build->count, sizeof *build->entries, compare_entries);
    for (size_t i = 0; i < build->count && err >= JET_errSuccess; i++) {
        const struct entry *entry = &build->entries[i];
        const struct bookmark node = {
            .key = entry->bytes,
            .key_size = entry->key_size,
            .data = entry->bytes + entry->key_size,
            .data_size = entry->bookmark_size,
        };

        err = dir_insert(build->session, build->index->tree, &node, DIR_UNVERSIONED);
    }
    build->count = 0;
    build->size = 0;
    return err;
}

static jet_err entries_grow(struct build *build)
{
    const size_t room = build->room ? 2 * build->room : 256;
    struct entry *grown;

    if (build->count < build->room)
        return JET_errSuccess;
    grown = realloc(build->entries, room * sizeof *grown);
    if (!grown)
        return JET_errOutOfMemory;
    build->entries = grown;
    build->room = room;
    return JET_errSuccess;
}

static jet_err batch_add(struct build *build, const uint8_t *key, size_t size)
{
    jet_err err = JET_errSuccess;

    if (build->size + size + build->bookmark_size > BATCH_BYTES)
        err = batch_insert(build);
    if (err >= JET_errSuccess)
        err = entries_grow(build);
    if (err < JET_errSuccess)
        return err;
    uint8_t *to = build->bytes + build->size;
    memcpy(to, key, size);
    memcpy(to + size, build->bookmark, build->bookmark_size);
    build->entries[build->count++] = (struct entry){to, (uint32_t)size, (uint32_t)build->bookmark_size};
    build->size += size + build->bookmark_size;
    return JET_errSuccess;
}

/* ---- records ---- */

static jet_err record_copy(struct build *build)
{
    struct dir_view view;
    jet_err err = dir_get(build->records, &view);

    if (err < JET_errSuccess)
        return err;
    if (view.data_size > sizeof build->record || view.key_size > sizeof build->bookmark) {
        err = JET_errRecordTooBig;
    } else {
        memcpy(build->record, view.data, view.data_size);
        memcpy(build->bookmark, view.key, view.key_size);
        build->record_size = view.data_size;
        build->bookmark_size = view.key_size;
    }
    dir_release(build->records);
    return err;
}

/* The table's latch is held. */
static jet_err record_keys(struct build *build, const struct record *record)
{
    struct index_key key;
    jet_err err;

    if (index_has_several_keys(build->index)) {
        err = index_keys_make(build->session, build->table, build->index, record, &build->keys);
        for (size_t i = 0; i < build->keys.count && err >= JET_errSuccess; i++)
            err = batch_add(build, build->keys.list[i].bytes, build->keys.list[i].size);
        return err;
    }
    err = index_key_make(build->session, build->table, build->index, record, 1, &key);
    return err < JET_errSuccess || !key.has_entry ? err : batch_add(build, key.bytes, key.size);
}

static jet_err record_add(struct build *build)
{
    struct record record;
    jet_err err = record_copy(build);

    if (err >= JET_errSuccess)
        err = record_decode(build->record, build->record_size, build->table->db->page_size, &record);
    if (err < JET_errSuccess)
        return err;
    latch_shared(&build->table->latch);
    err = record_keys(build, &record);
    latch_unlock_shared(&build->table->latch);
    return err;
}

static jet_err records_walk(struct build *build)
{
    jet_err err = dir_open(build->session, build->table->tree, &build->records);

    if (err >= JET_errSuccess)
        err = dir_move(build->records, DIR_FIRST);
    while (err >= JET_errSuccess) {
        err = record_add(build);
        if (err >= JET_errSuccess)
            err = dir_move(build->records, DIR_NEXT);
    }
    dir_close(build->records);
    return err == JET_errNoCurrentRecord ? batch_insert(build) : err;
}

jet_err ddl_index_build(struct session *session, struct table *table, const struct index *index)
{
    struct build *build = calloc(1, sizeof *build);
    jet_err err = JET_errOutOfMemory;

    if (!build)
        return err;
    build->session = session;
    build->table = table;
    build->index = index;
    build->bytes = malloc(BATCH_BYTES);
    if (build->bytes)
        err = records_walk(build);
    index_keys_free(&build->keys);
    free(build->entries);
    free(build->bytes);
    free(build);
    return err;
}
