/* SPDX-License-Identifier: MIT */
#include "isam/index_keys.h"

#include <stdlib.h>
#include <string.h>

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

static jet_err make_room(struct index_keys *keys, const struct index *index, unsigned count)
{
    index_keys_free(keys);
    keys->list = calloc(count, sizeof *keys->list);
    keys->bytes = malloc((size_t)count * index->key_most);
    return keys->list && keys->bytes ? JET_errSuccess : JET_errOutOfMemory;
}

static void sort(struct index_keys *keys)
{
    size_t kept = 0;

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
    unsigned count;
    size_t end = 0;
    jet_err err = index_key_count(table, index, record, &count);

    if (err >= JET_errSuccess)
        err = make_room(keys, index, count);
    for (unsigned itag = 1; err >= JET_errSuccess && itag <= count; itag++) {
        struct index_key key;

        err = index_key_make(session, table, index, record, itag, &key);
        if (err < JET_errSuccess || !key.has_entry)
            continue;
        memcpy(keys->bytes + end, key.bytes, key.size);
        keys->list[keys->count++] = (struct index_keys_one){keys->bytes + end, key.size};
        end += key.size;
    }
    sort(keys);
    return err;
}
