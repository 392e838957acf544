/* SPDX-License-Identifier: MIT */
/* tree.h - a B+ tree of an attached database: the object that all who use the tree share; making and deleting trees.
 *
 * A tree is known by its root page (FDP), which never moves, and its object id. tree_open() gives every caller the same
 * object, counted. What the tree's pages hold nobody knows here; what a node is, format/node.h does.
 *
 * Order of nodes. Unique trees: by key. Non-unique trees (PAGE_FLAG_NON_UNIQUE): by key, then data; the bookmark of a
 * node is both, and no node's key may be the beginning of another's (normalised keys never are).
 *
 * Latches. `structure` is held shared by everybody who looks at the tree or changes a leaf, so that its shape stays as
 * it is; exclusively by who splits or merges pages. Page latches are taken under it: downwards one at a time, along the
 * leaves from left to right. Who holds a position (position.h) may not change the same tree.
 *
 * Free pages belong to the tree and are guarded by `space_lock`; a tree that runs out takes from its parent, a table
 * from the database root, and the root makes the file longer (space.h). Ranks: index and long-value trees, tables,
 * root.
 *
 * The tree pages may be damaged: whoever reads one gets an error (JET_errReadVerifyFailure, JET_errBadParentPageLink,
 * JET_errBadPageLink, JET_errBadLineCount, JET_errNodeCorrupted, JET_errPageNotInitialized ...), never nonsense.
 */
#ifndef COLDSTREAM_BTREE_TREE_H
#define COLDSTREAM_BTREE_TREE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "btree/actor.h"
#include "format/page.h"
#include "os/os_thread.h"
#include "storage/database.h"
#include "storage/latch.h"

/* How a node is named. `data` counts in non-unique trees only; there NULL stands for "before all data". */
struct bookmark {
    const uint8_t *key;
    size_t key_size;
    const uint8_t *data;
    size_t data_size;
};

/* A node as it lies on its page; borrowed as long as the page is latched and the position is not moved. */
struct btree_node_view {
    const uint8_t *key; /* whole */
    size_t key_size;
    const uint8_t *data;
    size_t data_size;
    unsigned flags; /* enum node_flag */
};

enum {
    BTREE_KEY_MAX = 4096,   /* longest key of a node */
    BTREE_LEVELS_MAX = 16,  /* deeper trees are damaged ones */
    BTREE_DATABASE_FDP = 1, /* root of the database: its pages are everybody's */
    BTREE_DATABASE_OBJID = 1,
};

/* Read by anybody; what is not constant is private to btree/. */
struct tree {
    /* ---- constant ---- */
    struct database *db;
    pgno_t fdp;
    objid_t objid;
    uint32_t page_flags; /* of all its pages: PAGE_FLAG_INDEX, _LONG_VALUE, _NON_UNIQUE, _NEW_RECORD ... */
    pgno_t parent;       /* FDP of the tree it has its space from; 0: the database root */
    pgno_t root;         /* where descents begin: the FDP; of a space tree its own root */
    struct tree *owner;  /* of a space tree; NULL: an ordinary tree */

    struct latch structure;
    _Atomic pgno_t last_leaf;       /* where the last append ended; a hint, 0: none */
    _Atomic uint32_t append_spare;  /* bytes that appends leave free on each page; 0: none. tree_density_set() */
    struct os_mutex *space_lock;    /* LOCK_RANK_SPACE_...; of an ordinary tree */
    struct tree *owned, *available; /* its space trees once they are needed; guarded by space_lock */

    pgno_t reserve[2 * BTREE_LEVELS_MAX]; /* pages for splits of the space trees; guarded by space_lock */
    unsigned reserve_count;

    struct tree *next; /* list of open trees */
    unsigned users;
};

/* The tree at that root. JET_errBadParentPageLink: the page is not a root of that object; errors of page_get();
 * JET_errSPOwnExtCorrupted; JET_errOutOfMemory. */
MUST_CHECK jet_err tree_open(struct database *db, pgno_t fdp, objid_t objid, struct tree **ret_tree);

/* Takes NULL. The last one who closes it frees it. */
void tree_close(struct tree *tree);

/* Appends leave 100 - `percent` of each page free for updates that come later. 20 to 100. */
void tree_density_set(struct tree *tree, unsigned percent);

/* Pages 1 to 3 of a new database: the root, its owned and its available extents. It owns pages 1 to `pages`, which the
 * file has already. Must be the first thing that happens to the file. */
MUST_CHECK jet_err tree_create_database_root(struct database *db, const struct btree_actor *actor, uint32_t pages);

/* How a new tree is to be. */
struct tree_new {
    objid_t objid;
    uint32_t page_flags;  /* PAGE_FLAG_INDEX | PAGE_FLAG_NON_UNIQUE, PAGE_FLAG_LONG_VALUE, or 0: a table */
    uint32_t pages;       /* first extent; 0 means 1 */
    bool multiple_extent; /* with space trees from the start (3 pages and more) */
};

/* A new, empty tree with space from `parent` (the database root for a table, the table for an index or long-value
 * tree). Not undone by a rollback: whoever rolls back deletes it. Errors of space.h, pages and log. */
MUST_CHECK jet_err tree_create(struct tree *parent, const struct btree_actor *actor, const struct tree_new *options,
                               pgno_t *ret_fdp);

/* All space of the tree goes back to `parent`. Nobody has it open or will open it; trees that have their space from it
 * were deleted before. Its pages stay as they are until they are used again. */
MUST_CHECK jet_err tree_delete(struct tree *parent, const struct btree_actor *actor, pgno_t fdp, objid_t objid);

#endif
