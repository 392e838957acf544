/* SPDX-License-Identifier: MIT */
/* sample_tree.h - one B+ tree, built from its leaves up.
 *
 * Nodes are added in the order of the tree. What is above a leaf grows by itself, and the root is written last, by
 * sample_tree_finish(), together with the trees of its space.
 */
#ifndef COLDSTREAM_TOOL_SAMPLE_TREE_H
#define COLDSTREAM_TOOL_SAMPLE_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/node.h"
#include "tool/sample_file.h"
#include "tool/sample_space.h"

enum {
    SAMPLE_TREE_LEVELS_MAX = 6, /* leaves are level 0; ample for any page number */
    SAMPLE_TREE_KEY_MAX = 512,  /* bytes of a separator: of a key, or of key and data in a non-unique tree */

    /* As long as so many pages are left in the space, an add and a finish will not run out of it. */
    SAMPLE_TREE_RESERVE = 2 * SAMPLE_TREE_LEVELS_MAX,
};

struct sample_tree {
    struct sample_file *file;
    struct sample_space *space; /* the FDP, OE and AE are already taken from it */
    pgno_t fdp;
    objid_t objid;
    uint32_t kind; /* 0 or PAGE_FLAG_INDEX, with PAGE_FLAG_NON_UNIQUE */
    struct sample_tree_level {
        uint8_t *page; /* the page that is being filled; NULL: the level does not exist yet */
        unsigned count_closed;
    } levels[SAMPLE_TREE_LEVELS_MAX];
    pgno_t leaf; /* number of the present leaf; 0 as long as it may still become the root */
    uint8_t *node;
};

MUST_CHECK jet_err sample_tree_begin(struct sample_tree *t, struct sample_file *file, struct sample_space *space,
                                     pgno_t fdp, objid_t objid, uint32_t kind);

/* Only `suffix` (the whole key) and `data` of the node count. JET_errRecordTooBig; JET_errDatabaseInvalidPages: out of
 * space. */
MUST_CHECK jet_err sample_tree_add(struct sample_tree *t, const struct node *node);

MUST_CHECK jet_err sample_tree_finish(struct sample_tree *t);

/* Frees; also after a failed begin, and for a zeroed tree. */
void sample_tree_done(struct sample_tree *t);

#endif
