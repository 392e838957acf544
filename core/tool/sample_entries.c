/* SPDX-License-Identifier: MIT */
#include "tool/sample_entries.h"

#include <stdlib.h>

jet_err sample_entries_add(struct sample_entries *entries, const struct sample_key *key,
                           const struct sample_key *bookmark)
{
    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity ? entries->capacity * 2 : 64;
        struct sample_entry *list = realloc(entries->list, capacity * sizeof *list);
        if (!list)
            return JET_errOutOfMemory;
        entries->list = list;
        entries->capacity = capacity;
    }
    entries->list[entries->count++] = (struct sample_entry){*key, *bookmark};
    return JET_errSuccess;
}

static struct node entry_node(const struct sample_entry *entry)
{
    return (struct node){
        .suffix = entry->key.bytes,
        .suffix_size = entry->key.size,
        .data = entry->bookmark.bytes,
        .data_size = entry->bookmark.size,
    };
}

static int entry_compare(const void *a, const void *b)
{
    struct node node_a = entry_node(a);
    struct node node_b = entry_node(b);
    return node_bookmark_compare(&node_a, &node_b);
}

jet_err sample_entries_write(struct sample_entries *entries, struct sample_tree *tree)
{
    jet_err err = JET_errSuccess;
    if (entries->count > 0)
        qsort(entries->list, entries->count, sizeof *entries->list, entry_compare);
    for (size_t i = 0; err >= JET_errSuccess && i < entries->count; i++) {
        struct node node = entry_node(&entries->list[i]);
        err = sample_tree_add(tree, &node);
    }
    return err;
}

void sample_entries_done(struct sample_entries *entries)
{
    free(entries->list);
    *entries = (struct sample_entries){0};
}
