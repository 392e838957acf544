/* SPDX-License-Identifier: MIT */
/* sample_entries.h - index entries that are collected in any order and go to the tree in theirs. */
#ifndef COLDSTREAM_TOOL_SAMPLE_ENTRIES_H
#define COLDSTREAM_TOOL_SAMPLE_ENTRIES_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "tool/sample_record.h"
#include "tool/sample_tree.h"

struct sample_entry {
    struct sample_key key;
    struct sample_key bookmark; /* primary key of the row */
};

struct sample_entries {
    struct sample_entry *list;
    size_t count;
    size_t capacity;
};

MUST_CHECK jet_err sample_entries_add(struct sample_entries *entries, const struct sample_key *key,
                                      const struct sample_key *bookmark);

/* Sorts them and adds them to the tree. */
MUST_CHECK jet_err sample_entries_write(struct sample_entries *entries, struct sample_tree *tree);

void sample_entries_done(struct sample_entries *entries);

#endif
