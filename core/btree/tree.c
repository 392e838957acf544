/* SPDX-License-Identifier: MIT */
/* tree.c - the objects of open trees: one for each, found by database, root and object id.
 *
 * They lie in a small hash table that all instances of the process share; each chain has a latch. Opening reads the
 * root page once, for the flags of the tree and where it has its space from.
 */
#include "btree/tree.h"

#include <stdlib.h>

#include "base/corrupt.h"
#include "btree/tree_internal.h"
#include "format/space.h"

enum { CHAINS = 64 };

static struct chain {
    struct latch latch;
    struct tree *first;
} chains[CHAINS];

static struct chain *chain_of(const struct database *db, pgno_t fdp)
{
    uint64_t hash = (uint64_t)(uintptr_t)db >> 4 ^ fdp;
    return &chains[hash * UINT64_C(0x9E3779B97F4A7C15) >> 32 & (CHAINS - 1)];
}

static struct tree *chain_find_locked(const struct chain *chain, const struct database *db, pgno_t fdp, objid_t objid)
{
    struct tree *tree = chain->first;
    while (tree && !(tree->db == db && tree->fdp == fdp && tree->objid == objid))
        tree = tree->next;
    return tree;
}

/* What the root page says of its tree. */
static jet_err root_read(struct tree *tree)
{
    struct frame *frame;
    struct space_header header;
    size_t size;
    jet_err err = page_hold(tree->db, tree->fdp, PAGE_SHARED, &frame);
    if (err < JET_errSuccess)
        return err;
    const uint32_t flags = page_flags(frame->page);
    const uint8_t *bytes = external_header_at(frame->page, tree->db->page_size, &size);
    if (le32_get(page_header(frame->page)->objid) != tree->objid || !(flags & PAGE_FLAG_ROOT) ||
        flags & PAGE_FLAG_SPACE_TREE)
        err = CORRUPT(JET_errBadParentPageLink);
    else
        err = space_header_decode(bytes, size, &header);
    page_put(frame, PAGE_SHARED);
    if (err < JET_errSuccess)
        return err;
    tree->page_flags = flags & TREE_PAGE_FLAGS;
    tree->parent = header.pgno_parent;
    return JET_errSuccess;
}

static enum lock_rank space_rank(const struct tree *tree)
{
    if (tree->parent == 0)
        return LOCK_RANK_SPACE_ROOT;
    return tree->parent == BTREE_DATABASE_FDP ? LOCK_RANK_SPACE_TABLE : LOCK_RANK_SPACE_CHILD;
}

static void tree_free(struct tree *tree)
{
    if (!tree)
        return;
    free(tree->owned);
    free(tree->available);
    os_mutex_free(tree->space_lock);
    free(tree);
}

static jet_err tree_new(struct database *db, pgno_t fdp, objid_t objid, struct tree **ret_tree)
{
    struct tree *tree = calloc(1, sizeof *tree);
    if (!tree)
        return JET_errOutOfMemory;
    tree->db = db;
    tree->fdp = tree->root = fdp;
    tree->objid = objid;
    tree->users = 1;
    latch_init(&tree->structure);
    jet_err err = root_read(tree);
    if (err >= JET_errSuccess)
        err = os_mutex_new(space_rank(tree), &tree->space_lock);
    if (err < JET_errSuccess) {
        tree_free(tree);
        return err;
    }
    *ret_tree = tree;
    return JET_errSuccess;
}

jet_err tree_open(struct database *db, pgno_t fdp, objid_t objid, struct tree **ret_tree)
{
    struct chain *chain = chain_of(db, fdp);
    latch_exclusive(&chain->latch);
    struct tree *tree = chain_find_locked(chain, db, fdp, objid);
    if (tree)
        tree->users++;
    latch_unlock_exclusive(&chain->latch);
    if (tree) {
        *ret_tree = tree;
        return JET_errSuccess;
    }
    struct tree *fresh;
    jet_err err = tree_new(db, fdp, objid, &fresh); /* may read: without the latch */
    if (err < JET_errSuccess)
        return err;
    latch_exclusive(&chain->latch);
    tree = chain_find_locked(chain, db, fdp, objid);
    if (tree) {
        tree->users++;
    } else {
        fresh->next = chain->first;
        chain->first = tree = fresh;
    }
    latch_unlock_exclusive(&chain->latch);
    if (tree != fresh)
        tree_free(fresh);
    *ret_tree = tree;
    return JET_errSuccess;
}

void tree_close(struct tree *tree)
{
    if (!tree)
        return;
    struct chain *chain = chain_of(tree->db, tree->fdp);
    latch_exclusive(&chain->latch);
    bool is_last = --tree->users == 0;
    if (is_last) {
        struct tree **link = &chain->first;
        while (*link != tree)
            link = &(*link)->next;
        *link = tree->next;
    }
    latch_unlock_exclusive(&chain->latch);
    if (is_last)
        tree_free(tree);
}

void tree_density_set(struct tree *tree, unsigned percent)
{
    assert(percent >= 20 && percent <= 100);
    const uint32_t spare = tree->db->page_size * (100 - percent) / 100;
    atomic_store_explicit(&tree->append_spare, spare, memory_order_relaxed);
}
