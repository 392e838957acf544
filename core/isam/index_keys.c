/* SPDX-License-Identifier: MIT */
#include "isam/index_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "isam/row_value.h"

/* ---- one after another ---- */

struct walk {
    struct session *session;
    struct table *table;
    const struct index *index;
    const struct record *record;
    jet_err (*each)(void *context, const struct index_choice *choice, const struct index_key *key);
    void *context;
};

static jet_err give(const struct walk *walk, const struct index_choice *choice, bool *ret_has_entry)
{
    struct index_key key;
    jet_err err = index_key_make_of(walk->session, walk->table, walk->index, walk->record, choice, &key);

    *ret_has_entry = err >= JET_errSuccess && key.has_entry;
    return *ret_has_entry ? walk->each(walk->context, choice, &key) : err;
}

/* As many bytes of a value as its pieces can reach. */
static size_t pieces_reach(const struct index_tuples *tuples, unsigned width)
{
    return ((size_t)tuples->start + (size_t)(tuples->count_max - 1) * tuples->step + tuples->length_max) * width;
}

static jet_err give_pieces_of(const struct walk *walk, struct index_choice *choice, const uint8_t *bytes, size_t size,
                              unsigned width)
{
    const struct index_tuples *tuples = &walk->index->tuples;
    const size_t least = (size_t)tuples->length_min * width, most = (size_t)tuples->length_max * width;
    size_t at = (size_t)tuples->start * width;
    jet_err err = JET_errSuccess;

    for (unsigned i = 0; i < tuples->count_max && at <= size && size - at >= least && err >= JET_errSuccess; i++) {
        bool ignored;

        choice->piece = bytes + at;
        choice->piece_size = size - at < most ? size - at : most;
        err = give(walk, choice, &ignored);
        at += (size_t)tuples->step * width;
    }
    choice->piece = NULL;
    return err;
}

/* The value is read once for all its pieces. */
static jet_err give_pieces(const struct walk *walk, struct index_choice *choice)
{
    const struct column *column = index_segment_column(walk->table, walk->index, 0);
    struct row_value value;
    size_t available = 0;
    jet_err err = column ? row_value_get(column, walk->record, choice->itags[0], 0, &value) : JET_errColumnNotFound;

    if (err < JET_errSuccess || value.is_null)
        return err;
    const unsigned width = index_character_size(column);
    err = row_value_read(walk->session, walk->table, &value, 0, NULL, 0, &available);
    if (err < JET_errSuccess)
        return err;
    const size_t reach = pieces_reach(&walk->index->tuples, width);
    const size_t size = available < reach ? available : reach;
    uint8_t *bytes = malloc(size + 1);
    if (!bytes)
        return JET_errOutOfMemory;
    err = row_value_read(walk->session, walk->table, &value, 0, bytes, size, &available);
    if (err >= JET_errSuccess)
        err = give_pieces_of(walk, choice, bytes, size < available ? size : available, width);
    free(bytes);
    return err;
}

jet_err index_keys_each(struct session *session, struct table *table, const struct index *index,
                        const struct record *record,
                        jet_err (*each)(void *context, const struct index_choice *choice, const struct index_key *key),
                        void *context)
{
    const struct walk walk = {session, table, index, record, each, context};
    struct index_choice choice;
    bool ignored;
    jet_err err = index->is_foreign ? JET_errFeatureNotAvailable : index_choice_first(table, index, record, &choice);

    if (err < JET_errSuccess)
        return err;
    do
        err = index_has_tuples(index) ? give_pieces(&walk, &choice) : give(&walk, &choice, &ignored);
    while (err >= JET_errSuccess && index_choice_next(&choice, index));
    return err;
}

/* ---- all of them ---- */

int index_keys_compare(const struct index_keys_one *a, const struct index_keys_one *b)
{
    const int order = memcmp(a->bytes, b->bytes, a->size < b->size ? a->size : b->size);

    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static int compare(const void *a, const void *b)
{
    return index_keys_compare(a, b);
}

void index_keys_free(struct index_keys *keys)
{
    free(keys->list);
    free(keys->bytes);
    *keys = (struct index_keys){.count = 0};
}

enum { BYTES_ROOM_FIRST = 256 };

static jet_err make_room(struct index_keys *keys, size_t size)
{
    struct index_keys_one *list = array_grow(keys->list, keys->count, sizeof *list);

    if (!list)
        return JET_errOutOfMemory;
    keys->list = list;
    if (size <= keys->bytes_room - keys->size)
        return JET_errSuccess;
    size_t room = keys->bytes_room ? keys->bytes_room : BYTES_ROOM_FIRST;
    while (room - keys->size < size)
        room *= 2;
    uint8_t *bytes = realloc(keys->bytes, room);
    if (!bytes)
        return JET_errOutOfMemory;
    keys->bytes = bytes;
    keys->bytes_room = room;
    return JET_errSuccess;
}

/* Where the bytes lie is known when all are there. */
static jet_err keep(void *context, const struct index_choice *choice, const struct index_key *key)
{
    struct index_keys *keys = context;
    jet_err err = make_room(keys, key->size);

    (void)choice;
    if (err < JET_errSuccess)
        return err;
    memcpy(keys->bytes + keys->size, key->bytes, key->size);
    keys->list[keys->count++].size = key->size;
    keys->size += key->size;
    return JET_errSuccess;
}

static void sort(struct index_keys *keys)
{
    size_t kept = 0, at = 0;

    for (size_t i = 0; i < keys->count; i++) {
        keys->list[i].bytes = keys->bytes + at;
        at += keys->list[i].size;
    }
    if (keys->count > 1)
        qsort(keys->list, keys->count, sizeof *keys->list, compare);
    for (size_t i = 0; i < keys->count; i++)
        if (kept == 0 || index_keys_compare(&keys->list[kept - 1], &keys->list[i]) != 0)
            keys->list[kept++] = keys->list[i];
    keys->count = kept;
}

jet_err index_keys_make(struct session *session, struct table *table, const struct index *index,
                        const struct record *record, struct index_keys *keys)
{
    index_keys_free(keys);
    jet_err err = index_keys_each(session, table, index, record, keep, keys);
    sort(keys);
    return err;
}
