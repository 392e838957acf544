/* SPDX-License-Identifier: MIT */
/* space_below.c - space that lies before the end of the database, for pages that are to leave it. See space.h.
 *
 * Extents are kept in the order of their pages, so the first that is large enough is the one to look at. A tree that
 * has none before the limit gets some from its parent, on the same terms; the database root has nowhere to get some
 * from.
 */
#include "btree/space_internal.h"

enum { EXTENT_LEAST = 4 }; /* pages that a tree asks for: few, because what it does not use lies idle */

/* JET_errNoCurrentRecord: there are not so many in one place. */
static jet_err available_take_below(struct tree *tree, const struct btree_actor *actor, uint32_t count, pgno_t limit,
                                    struct space_run *ret_run)
{
    struct space_run from;
    jet_err err = extent_find_size(tree, count, &from);
    if (err >= JET_errSuccess && (from.first > limit || limit - from.first < count - 1))
        err = JET_errNoCurrentRecord;
    if (err >= JET_errSuccess)
        err = extent_resize(tree, actor, from, from.count - count);
    if (err >= JET_errSuccess)
        *ret_run = (struct space_run){from.first, count};
    return err;
}

static jet_err extent_take_below(struct tree *tree, const struct btree_actor *actor, uint32_t count, pgno_t limit,
                                 struct space_run *ret_run);

static jet_err grow_below(struct tree *tree, const struct btree_actor *actor, uint32_t need, pgno_t limit)
{
    struct space_run run;
    struct tree *parent;
    uint32_t cost;
    if (tree->parent == 0)
        return JET_errNoCurrentRecord;
    jet_err err = space_entries_cost(tree, &cost);
    if (err >= JET_errSuccess)
        err = space_parent_open(tree, &parent);
    if (err < JET_errSuccess)
        return err;
    const uint32_t least = need + cost, wish = least > EXTENT_LEAST ? least : (uint32_t)EXTENT_LEAST;
    err = extent_take_below(parent, actor, wish, limit, &run);
    if (err == JET_errNoCurrentRecord && wish > least)
        err = extent_take_below(parent, actor, least, limit, &run);
    tree_close(parent);
    if (err >= JET_errSuccess)
        err = space_own(tree, actor, &run);
    return err < JET_errSuccess ? err : space_add_available(tree, actor, run);
}

static jet_err take_locked(struct tree *tree, const struct btree_actor *actor, uint32_t count, pgno_t limit,
                           struct space_run *ret_run)
{
    struct space_header header;
    jet_err err = space_header_read(tree, &header);
    if (err >= JET_errSuccess && !(header.flags & SPACE_FLAG_MULTIPLE))
        err = JET_errNoCurrentRecord;
    if (err >= JET_errSuccess)
        err = available_take_below(tree, actor, count, limit, ret_run);
    else
        return err;
    if (err != JET_errNoCurrentRecord)
        return err;
    err = grow_below(tree, actor, count, limit);
    return err < JET_errSuccess ? err : available_take_below(tree, actor, count, limit, ret_run);
}

static jet_err extent_take_below(struct tree *tree, const struct btree_actor *actor, uint32_t count, pgno_t limit,
                                 struct space_run *ret_run)
{
    os_mutex_lock(tree->space_lock);
    return space_unlock(tree, actor, take_locked(tree, actor, count, limit, ret_run));
}

jet_err space_take_page_below(struct tree *tree, const struct btree_actor *actor, pgno_t limit, pgno_t *ret_pgno)
{
    struct space_run run;
    jet_err err = extent_take_below(tree, actor, 1, limit, &run);
    if (err >= JET_errSuccess)
        *ret_pgno = run.first;
    return err == JET_errNoCurrentRecord ? JET_errOutOfDatabaseSpace : err;
}

/* With the space lock. */
static jet_err look_behind(struct tree *tree, pgno_t limit, bool *ret_has, bool *ret_is_fixed)
{
    struct space_header header;
    struct space_run last;
    jet_err err = space_header_read(tree, &header);
    if (err < JET_errSuccess)
        return err;
    if (!(header.flags & SPACE_FLAG_MULTIPLE)) {
        *ret_has = *ret_is_fixed = header.count_pages > limit || tree->fdp > limit - header.count_pages + 1;
        return JET_errSuccess;
    }
    err = extent_find_last(tree, SPACE_OWNED, &last);
    if (err < JET_errSuccess)
        return err;
    *ret_has = last.first + last.count - 1 > limit;
    *ret_is_fixed = tree->fdp > limit || header.pgno_owned >= limit; /* the other root is the page behind it */
    return JET_errSuccess;
}

jet_err space_look_behind(struct tree *tree, pgno_t limit, bool *ret_has, bool *ret_is_fixed)
{
    os_mutex_lock(tree->space_lock);
    jet_err err = look_behind(tree, limit, ret_has, ret_is_fixed);
    os_mutex_unlock(tree->space_lock);
    return err;
}

jet_err space_last_extent(struct tree *root, struct space_run *ret_run)
{
    os_mutex_lock(root->space_lock);
    jet_err err = extent_find_last(root, SPACE_OWNED, ret_run);
    os_mutex_unlock(root->space_lock);
    return err;
}
