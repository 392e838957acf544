/* SPDX-License-Identifier: MIT */
/* deep_space.c - who owns which pages, and the account of all of them.
 *
 * For each tree by itself: its space header, its OE and AE trees, or the mask of its single extent. Available pages are
 * entered as used by being available. When all trees are known, the account:
 *
 *   1. Trees are taken from the root down. Every page of an owned extent must belong to the tree's parent; it then belongs
 *      to the tree. So a page that two trees own, and one that a tree owns without having got it, are noticed.
 *   2. Every page must then be used, exactly once (deep_page_claim() has seen to that), by the tree that it belongs to: as
 *      a page of the tree, a page of its space trees, or as available.
 *
 * A page is given to a tree at most as often as there are levels, and an extent with a wrong page is left at that page,
 * so the time is that of the pages, whatever the extents say.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "isam/deep_internal.h"

/* ---- the extents of one tree ---- */

struct space_reader {
    struct deep *d;
    size_t tree;
    enum space_tree which;
    bool is_whole;
};

static void space_problem(struct space_reader *r, jet_err err, pgno_t pgno, const char *text)
{
    char name[DEEP_NAME_SIZE];
    r->is_whole = false;
    deep_report(r->d, FINDING_SPACE, DEEP_BETWEEN, err, pgno, "%s: %s",
                deep_tree_name(r->d, &r->d->trees[r->tree], name), text);
}

static jet_err extent_add(struct deep_extents *extents, struct deep_extent extent)
{
    void *list = extents->list;
    jet_err err = deep_grow(&list, extents->count, &extents->room, 1, sizeof *extents->list);
    if (err < JET_errSuccess)
        return err;
    extents->list = list;
    extents->list[extents->count++] = extent;
    return JET_errSuccess;
}

static jet_err space_damage(enum space_tree which)
{
    return which == SPACE_OWNED ? JET_errSPOwnExtCorrupted : JET_errSPAvailExtCorrupted;
}

/* Adds what was read of a space tree, if it comes behind what was read before and is part of the database. */
static jet_err take_extent(struct space_reader *r, const struct space_extent *extent, pgno_t pgno)
{
    struct deep_tree *tree = &r->d->trees[r->tree];
    struct deep_extents *extents = r->which == SPACE_OWNED ? &tree->owned : &tree->available;
    const struct deep_extent range = {extent->pgno_last - extent->count_pages + 1, extent->pgno_last};
    if (extent->count_pages == 0 || extent->pool == SPACE_POOL_SHELVED)
        return JET_errSuccess;
    if (range.last > r->d->info->last_page) {
        space_problem(r, space_damage(r->which), pgno, "an extent that is not part of the database");
        return JET_errSuccess;
    }
    if (range.last > r->d->last_page) {
        r->is_whole = false; /* the file was cut: reported as its size */
        return JET_errSuccess;
    }
    if (extents->count > 0 && range.first <= extents->list[extents->count - 1].last) {
        space_problem(r, space_damage(r->which), pgno, "two extents overlap");
        return JET_errSuccess;
    }
    return extent_add(extents, range);
}

static jet_err visit_extent(void *context, const struct deep_node *node)
{
    struct space_reader *r = context;
    const struct node view = {
        .suffix = node->key,
        .suffix_size = node->key_size,
        .data = node->data,
        .data_size = node->data_size,
    };
    struct space_extent extent;
    jet_err err = space_extent_decode(&view, r->which, &extent);
    if (err < JET_errSuccess) {
        space_problem(r, err, node->pgno, "a damaged extent");
        return JET_errSuccess;
    }
    return take_extent(r, &extent, node->pgno);
}

/* Pages kept for splits of the space trees are as good as available. They come in no order, and are claimed at once. */
static void claim_reserve(struct space_reader *r, const struct space_extent *reserve, pgno_t pgno)
{
    if (reserve->count_pages == 0)
        return;
    if (reserve->pgno_last > r->d->last_page) {
        space_problem(r, space_damage(r->which), pgno, "a reserve that is not part of the database");
        return;
    }
    for (uint32_t i = 0; i < reserve->count_pages; i++) {
        if (!deep_page_claim(r->d, r->tree, DEEP_USE_AVAILABLE, reserve->pgno_last - i)) {
            r->is_whole = false;
            return;
        }
        r->d->counts->pages_available++;
    }
}

static void read_split_buffer(struct space_reader *r, pgno_t root, const struct deep_walk_result *walked)
{
    struct space_extent reserve[2];
    if (walked->head_size == SIZE_MAX)
        return; /* the root could not be read, which was reported */
    jet_err err = space_split_buffer_decode(walked->head, walked->head_size, r->which, reserve);
    if (err < JET_errSuccess) {
        space_problem(r, err, root, "a damaged split buffer");
        return;
    }
    for (unsigned i = 0; i < 2; i++)
        claim_reserve(r, &reserve[i], root);
}

static jet_err read_space_tree(struct space_reader *r, enum space_tree which, pgno_t root)
{
    struct deep_walk_result walked;
    r->which = which;
    jet_err err = deep_tree_walk(r->d, r->tree, root, PAGE_FLAG_SPACE_TREE, visit_extent, r, &walked);
    if (err < JET_errSuccess)
        return err;
    r->d->counts->pages_space += walked.pages;
    if (!walked.is_whole)
        r->is_whole = false;
    read_split_buffer(r, root, &walked);
    return JET_errSuccess;
}

/* The mask: bit i says whether page FDP + 1 + i is available; pages behind the last bit are. */
static jet_err read_single_extent(struct space_reader *r, const struct space_header *header)
{
    struct deep_tree *tree = &r->d->trees[r->tree];
    const uint64_t last = (uint64_t)tree->fdp + header->count_pages - 1;
    if (header->count_pages == 0 || last > r->d->info->last_page) {
        space_problem(r, JET_errSPOwnExtCorrupted, tree->fdp, "an extent that is not part of the database");
        return JET_errSuccess;
    }
    if (last > r->d->last_page) {
        r->is_whole = false; /* the file was cut */
        return JET_errSuccess;
    }
    if (header->count_pages <= SPACE_MASK_PAGES_MAX &&
        (uint64_t)header->mask_available >> (header->count_pages - 1) != 0)
        space_problem(r, JET_errSPAvailExtCorrupted, tree->fdp, "pages are available that the tree does not own");
    jet_err err = extent_add(&tree->owned, (struct deep_extent){tree->fdp, (pgno_t)last});
    for (uint32_t i = 0; err == JET_errSuccess && i + 1 < header->count_pages; i++) {
        const pgno_t pgno = tree->fdp + 1 + i;
        if (i >= SPACE_MASK_PAGES_MAX || header->mask_available >> i & 1)
            err = extent_add(&tree->available, (struct deep_extent){pgno, pgno});
    }
    return err;
}

static jet_err read_extents(struct space_reader *r, const struct space_header *header)
{
    if (!(header->flags & SPACE_FLAG_MULTIPLE))
        return read_single_extent(r, header);
    jet_err err = read_space_tree(r, SPACE_OWNED, header->pgno_owned);
    if (err == JET_errSuccess)
        err = read_space_tree(r, SPACE_AVAILABLE, header->pgno_owned + 1);
    return err;
}

static void check_header(struct space_reader *r, const struct space_header *header)
{
    const struct deep_tree *tree = &r->d->trees[r->tree];
    const bool is_non_unique = header->flags & SPACE_FLAG_NON_UNIQUE;
    if (header->pgno_parent != tree->pgno_parent)
        space_problem(r, JET_errSPOwnExtCorrupted, tree->fdp, "it names a tree as the source of its space that is not");
    if (is_non_unique != ((tree->page_flags & PAGE_FLAG_NON_UNIQUE) != 0))
        space_problem(r, JET_errSPOwnExtCorrupted, tree->fdp, "its space header is of another kind of tree");
}

/* ---- available pages ---- */

/* The extents must lie inside of owned ones; both lists ascend. */
static void check_available_is_owned(struct space_reader *r)
{
    const struct deep_tree *tree = &r->d->trees[r->tree];
    size_t i = 0;
    for (size_t k = 0; k < tree->available.count; k++) {
        const struct deep_extent *range = &tree->available.list[k];
        while (i < tree->owned.count && tree->owned.list[i].last < range->first)
            i++;
        if (i == tree->owned.count || tree->owned.list[i].first > range->first ||
            tree->owned.list[i].last < range->last)
            space_problem(r, JET_errSPAvailExtCorrupted, range->last,
                          "an available extent that is not inside of an owned one");
    }
}

static void claim_available(struct space_reader *r)
{
    const struct deep_extents *available = &r->d->trees[r->tree].available;
    for (size_t i = 0; i < available->count; i++) {
        pgno_t pgno = available->list[i].first;
        while (pgno <= available->list[i].last && deep_page_claim(r->d, r->tree, DEEP_USE_AVAILABLE, pgno))
            pgno++;
        r->d->counts->pages_available += pgno - available->list[i].first;
        if (pgno <= available->list[i].last)
            r->is_whole = false;
    }
}

/* The root owns all pages from the first on. */
static void check_root_extents(struct space_reader *r)
{
    const struct deep_extents *owned = &r->d->trees[r->tree].owned;
    pgno_t next = 1;
    for (size_t i = 0; i < owned->count; i++) {
        if (owned->list[i].first != next)
            space_problem(r, JET_errSPOwnExtCorrupted, owned->list[i].first, "pages before this extent have no owner");
        next = owned->list[i].last + 1;
    }
}

jet_err deep_space_of_tree(struct deep *d, size_t tree, const struct deep_walk_result *walked)
{
    struct space_reader r = {.d = d, .tree = tree, .is_whole = true};
    struct space_header header;
    if (walked->head_size == SIZE_MAX)
        return JET_errSuccess; /* no root; what it owns is not known */
    jet_err err = space_header_decode(walked->head, walked->head_size, &header);
    if (err < JET_errSuccess) {
        space_problem(&r, err, d->trees[tree].fdp, "a damaged space header");
        return JET_errSuccess;
    }
    check_header(&r, &header);
    err = read_extents(&r, &header);
    if (err < JET_errSuccess)
        return err;
    check_available_is_owned(&r);
    claim_available(&r);
    if (d->trees[tree].kind == DEEP_TREE_ROOT && r.is_whole)
        check_root_extents(&r);
    d->trees[tree].space_is_whole = r.is_whole;
    return JET_errSuccess;
}

jet_err deep_tree_and_space(struct deep *d, size_t tree, deep_visit *visit, void *context)
{
    struct deep_walk_result walked;
    jet_err err = deep_tree_walk(d, tree, d->trees[tree].fdp, 0, visit, context, &walked);
    if (err < JET_errSuccess)
        return err;
    d->counts->trees++;
    d->counts->pages_tree += walked.pages;
    d->counts->nodes_deleted += walked.deleted;
    d->trees[tree].is_walked = true;
    d->trees[tree].is_whole = walked.is_whole;
    return deep_space_of_tree(d, tree, &walked);
}

/* ---- the account ---- */

/* Gives the pages of an extent to a tree. False: not all of them are its parent's. */
static bool give_extent(struct deep *d, size_t tree, const struct deep_extent *range)
{
    const struct deep_tree *t = &d->trees[tree];
    const uint32_t parent = t->kind == DEEP_TREE_ROOT ? 0 : (uint32_t)t->parent + 1;
    char name[DEEP_NAME_SIZE], other[DEEP_NAME_SIZE];
    for (pgno_t pgno = range->first; pgno <= range->last; pgno++) {
        const uint32_t owner = d->owners[pgno];
        if (owner != parent) {
            deep_report(d, FINDING_SPACE, DEEP_BETWEEN, JET_errSPOwnExtCorrupted, pgno,
                        "%s owns the page and got it from nobody: it is the space of %s", deep_tree_name(d, t, name),
                        owner == 0 ? "nobody" : deep_tree_name(d, &d->trees[owner - 1], other));
            return false;
        }
        d->owners[pgno] = (uint32_t)tree + 1;
    }
    return true;
}

static void give_extents(struct deep *d, unsigned level)
{
    for (size_t tree = 0; tree < d->tree_count; tree++) {
        struct deep_tree *t = &d->trees[tree];
        if (t->level != level)
            continue;
        for (size_t i = 0; i < t->owned.count; i++) {
            if (!give_extent(d, tree, &t->owned.list[i]))
                t->space_is_whole = false;
        }
    }
}

/* Trees whose pages can be accounted for: they are known themselves, and so is everything that they gave away. */
static bool *find_judged(struct deep *d)
{
    bool *judged = malloc(d->tree_count * sizeof *judged);
    if (!judged)
        return NULL;
    for (size_t i = 0; i < d->tree_count; i++)
        judged[i] = d->trees[i].is_whole && d->trees[i].space_is_whole;
    for (size_t i = 0; i < d->tree_count; i++) {
        const struct deep_tree *t = &d->trees[i];
        if (t->kind != DEEP_TREE_ROOT && !(t->is_walked && t->space_is_whole))
            judged[t->parent] = false;
    }
    return judged;
}

/* A warning: space that was taken when the engine died, and never used, stays like this. Nothing is lost but the
 * space. */
static void report_unused(struct deep *d, pgno_t first, pgno_t last, const struct deep_tree *owner)
{
    char name[DEEP_NAME_SIZE];
    d->counts->pages_lost += last - first + 1;
    deep_report(d, FINDING_SPACE, DEEP_WARNING, JET_errSPAvailExtCorrupted, first,
                "%s: %" PRIu32 " page%s from here on neither in use nor available", deep_tree_name(d, owner, name),
                last - first + 1, first == last ? " is" : "s are");
}

static void report_used_by_other(struct deep *d, pgno_t pgno, const struct deep_tree *owner)
{
    const uint32_t use = d->uses[pgno];
    char name[DEEP_NAME_SIZE], other[DEEP_NAME_SIZE];
    deep_report(d, FINDING_SPACE, DEEP_BETWEEN, JET_errSPOwnExtCorrupted, pgno,
                "%s uses the page, which is space of %s", deep_tree_name(d, &d->trees[use >> DEEP_USE_BITS], other),
                deep_tree_name(d, owner, name));
}

static void account_pages(struct deep *d, const bool *judged)
{
    for (pgno_t pgno = 1; pgno <= d->last_page; pgno++) {
        const uint32_t owner = d->owners[pgno];
        if (owner == 0 || !judged[owner - 1])
            continue;
        const struct deep_tree *t = &d->trees[owner - 1];
        if (d->uses[pgno] == 0) {
            const pgno_t first = pgno;
            while (pgno < d->last_page && d->owners[pgno + 1] == owner && d->uses[pgno + 1] == 0)
                pgno++;
            report_unused(d, first, pgno, t);
        } else if (d->uses[pgno] >> DEEP_USE_BITS != owner - 1) {
            report_used_by_other(d, pgno, t);
        }
    }
}

jet_err deep_space_account(struct deep *d)
{
    for (unsigned level = 0; level <= 2; level++)
        give_extents(d, level);
    bool *judged = find_judged(d);
    if (!judged)
        return JET_errOutOfMemory;
    account_pages(d, judged);
    free(judged);
    return JET_errSuccess;
}
