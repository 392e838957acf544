/* SPDX-License-Identifier: MIT */
/* space_cut.c - extents at the end of the database that nobody uses leave it.
 *
 * Whole extents only, as the root got them: one that would be shortened had to be two for a moment, and a crash might
 * leave it so. What is free leaves the tree of available extents first, then the extent that of owned ones: a crash in
 * between leaves pages that nobody uses.
 */
#include <assert.h>

#include "base/corrupt.h"
#include "btree/space_internal.h"

/* The available extent with the lowest pages behind page `last`, if `owned`, the last extent, has one: else
 * JET_errNoCurrentRecord. */
static jet_err available_behind(struct tree *root, const struct space_run *owned, pgno_t last,
                                struct space_run *ret_run)
{
    jet_err err = extent_find(root, SPACE_AVAILABLE, last + 1, ret_run);
    if (err < JET_errSuccess)
        return err;
    const bool is_inside =
        ret_run->first >= owned->first && ret_run->first + ret_run->count <= owned->first + owned->count;
    return is_inside ? JET_errSuccess : CORRUPT(JET_errSPAvailExtCorrupted);
}

/* Is no page of the last extent in use? */
static jet_err is_unused(struct tree *root, const struct space_run *owned, bool *ret_is_unused)
{
    struct space_run run = {.first = owned->first, .count = 0};
    uint64_t free_pages;
    jet_err err = buffer_count_behind(root, owned->first - 1, &free_pages);
    while (err >= JET_errSuccess) {
        err = available_behind(root, owned, run.first + run.count - 1, &run);
        if (err >= JET_errSuccess)
            free_pages += run.count;
    }
    if (err != JET_errNoCurrentRecord)
        return err;
    *ret_is_unused = free_pages == owned->count;
    return JET_errSuccess;
}

static jet_err give_up(struct tree *root, const struct btree_actor *actor, const struct space_run *owned)
{
    struct space_run run;
    jet_err err = buffer_drop_behind(root, actor, owned->first - 1);
    while (err >= JET_errSuccess) {
        err = available_behind(root, owned, owned->first - 1, &run);
        if (err >= JET_errSuccess)
            err = extent_resize(root, actor, run, 0);
    }
    return err == JET_errNoCurrentRecord ? extent_disown(root, actor, *owned) : err;
}

static jet_err cut_locked(struct tree *root, const struct btree_actor *actor, pgno_t least, const struct space_cut *cut)
{
    for (;;) {
        struct space_run owned;
        bool is_free = false;
        jet_err err = extent_find_last(root, SPACE_OWNED, &owned);
        if (err < JET_errSuccess)
            return err == JET_errNoCurrentRecord ? CORRUPT(JET_errSPOwnExtCorrupted) : err;
        if (owned.first > BTREE_DATABASE_FDP && owned.first > least)
            err = is_unused(root, &owned, &is_free);
        if (err < JET_errSuccess)
            return err;
        if (!is_free)
            return cut->cut(cut->context, owned.first + owned.count - 1);
        err = give_up(root, actor, &owned);
        if (err < JET_errSuccess)
            return err;
    }
}

jet_err space_cut_database(struct tree *root, const struct btree_actor *actor, pgno_t least,
                           const struct space_cut *cut)
{
    assert(root->parent == 0);
    os_mutex_lock(root->space_lock);
    return space_unlock(root, actor, cut_locked(root, actor, least, cut));
}
