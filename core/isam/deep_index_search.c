/* SPDX-License-Identifier: MIT */
/* deep_index_search.c - which entries of an index are wrong, once its digest has said that some are.
 *
 * The slow way: hashes of all entries that the records give, sorted; the entries that there are, looked up one by one;
 * and the records once more, for those whose entries were not met. Only some are named, and only for some indexes:
 * whoever has a database full of damage knows enough.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "isam/deep_internal.h"

enum {
    SEARCHES_MAX = 16,
    NAMED_MAX = 10,        /* of each sort, in each index */
    ENTRIES_MAX = 1 << 23, /* nine bytes each */
    KEY_TEXT_BYTES = 24,
};

struct search {
    struct deep *d;
    const struct deep_table *table;
    const struct deep_index *index;
    bool keys_are_known;
    jet_err code;
    uint64_t *hashes;
    size_t count, room;
    bool *met; /* by hash */
    unsigned named;
    jet_err err;
};

static uint64_t entry_hash(const struct search *s, const uint8_t *key, size_t key_size, const uint8_t *bookmark,
                           size_t bookmark_size)
{
    return s->keys_are_known ? deep_entry_hash(key, key_size, bookmark, bookmark_size)
                             : deep_entry_hash(NULL, 0, bookmark, bookmark_size);
}

/* ---- what the records give ---- */

static void collect_entry(void *context, const struct deep_key *key, const struct deep_node *node)
{
    struct search *s = context;
    void *list = s->hashes;
    if (s->err < JET_errSuccess || s->count == ENTRIES_MAX)
        return;
    s->err = deep_grow(&list, s->count, &s->room, 1, sizeof *s->hashes);
    if (s->err < JET_errSuccess)
        return;
    s->hashes = list;
    s->hashes[s->count++] = entry_hash(s, key ? key->bytes : NULL, key ? key->size : 0, node->key, node->key_size);
}

static jet_err collect_record(void *context, const struct deep_node *node)
{
    struct search *s = context;
    struct record record;
    if (record_decode(node->data, node->data_size, s->d->page_size, &record) == JET_errSuccess)
        (void)deep_index_entries(s->d, s->table, s->index, &record, node, collect_entry,
                                 s); /* it could be said before */
    return s->err;
}

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static jet_err collect(struct search *s)
{
    jet_err err = deep_records_again(s->d, s->table, collect_record, s);
    if (err < JET_errSuccess)
        return err;
    if (s->count > 0)
        qsort(s->hashes, s->count, sizeof *s->hashes, compare_hashes);
    s->met = calloc(s->count + 1, sizeof *s->met);
    return s->met ? JET_errSuccess : JET_errOutOfMemory;
}

/* SIZE_MAX: no record gives it. */
static size_t find(const struct search *s, uint64_t hash)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (s->hashes[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->hashes[low] == hash ? low : SIZE_MAX;
}

/* ---- what is wrong ---- */

static void name(struct search *s, const struct deep_node *node, const uint8_t *bytes, size_t size, const char *text)
{
    char tree[DEEP_NAME_SIZE], hex[2 * KEY_TEXT_BYTES + 1] = "";
    if (s->named++ >= NAMED_MAX)
        return;
    for (size_t i = 0; i < size && i < KEY_TEXT_BYTES; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]); /* it has room */
    deep_report(s->d, FINDING_INDEX, DEEP_BETWEEN, s->code, node->pgno, "%s: %s %s%s",
                deep_tree_name(s->d, &s->d->trees[s->index->tree], tree), text, hex,
                size > KEY_TEXT_BYTES ? "..." : "");
}

static jet_err meet_entry(void *context, const struct deep_node *node)
{
    struct search *s = context;
    const size_t found = find(s, entry_hash(s, node->key, node->key_size, node->data, node->data_size));
    if (found == SIZE_MAX)
        name(s, node, node->key, node->key_size, "no record gives the entry with the key");
    else
        s->met[found] = true;
    return JET_errSuccess;
}

static void miss_entry(void *context, const struct deep_key *key, const struct deep_node *node)
{
    struct search *s = context;
    const size_t found =
        find(s, entry_hash(s, key ? key->bytes : NULL, key ? key->size : 0, node->key, node->key_size));
    if (found != SIZE_MAX && !s->met[found])
        name(s, node, node->key, node->key_size, "no entry for the record with the key");
}

static jet_err miss_record(void *context, const struct deep_node *node)
{
    struct search *s = context;
    struct record record;
    if (record_decode(node->data, node->data_size, s->d->page_size, &record) == JET_errSuccess)
        (void)deep_index_entries(s->d, s->table, s->index, &record, node, miss_entry, s);
    return JET_errSuccess;
}

jet_err deep_index_search(struct deep *d, const struct deep_table *table, const struct deep_index *index,
                          bool keys_are_known, jet_err code)
{
    struct search s = {.d = d, .table = table, .index = index, .keys_are_known = keys_are_known, .code = code};
    if (d->searches++ >= SEARCHES_MAX)
        return JET_errSuccess;
    jet_err err = collect(&s);
    if (err == JET_errSuccess && s.count < ENTRIES_MAX) {
        err = deep_tree_walk_again(d, index->tree, meet_entry, &s);
        s.named = 0;
        if (err == JET_errSuccess)
            err = deep_records_again(d, table, miss_record, &s);
    }
    free(s.met);
    free(s.hashes);
    return err;
}
