/* SPDX-License-Identifier: MIT */
/* space_grow.c - a tree gets more space: from its parent, and the database root from the file.
 *
 * A new extent costs an entry in the tree of owned extents and mostly one in that of available extents. If these trees
 * must be split for it, the pages come from the front of the extent itself: so getting space never needs space that is
 * not there.
 */
#include "base/corrupt.h"
#include "btree/apply.h"
#include "btree/space_internal.h"

enum {
    SMALL_EXTENT = 4, /* pages that a small tree asks for */
    EXTENT = 16,      /* and any other */
    SMALL_PAGES_MAX = 16,
    SMALL_LEAVES_MAX = 16,
};

void space_reserve_from(struct tree *tree, struct space_run *run, unsigned count)
{
    while (count > 0 && run->count > 0 && tree->reserve_count < COUNT_OF(tree->reserve)) {
        tree->reserve[tree->reserve_count++] = run->first++;
        run->count--;
        count--;
    }
}

/* Fills the reserve for one more entry in a space tree: from the split buffer, and from the front of the run. */
static jet_err reserve_for(struct tree *tree, const struct btree_actor *actor, enum space_tree which, pgno_t last,
                           struct space_run *run)
{
    unsigned needed;
    jet_err err = extent_pages_needed(tree, which, last, &needed);
    if (err >= JET_errSuccess && needed > tree->reserve_count)
        err = buffer_take(tree, actor, needed - tree->reserve_count);
    if (err >= JET_errSuccess && needed > tree->reserve_count)
        space_reserve_from(tree, run, needed - tree->reserve_count);
    return err;
}

/* ---- available extents ---- */

/* Joins the run with the available extent behind it and the one before it, if those are of the same owned extent. */
static jet_err neighbours_join(struct tree *tree, const struct btree_actor *actor, struct space_run *run,
                               bool *ret_joined)
{
    const pgno_t last = run->first + run->count - 1;
    struct space_run owned, left, right;
    jet_err err = extent_find(tree, SPACE_OWNED, last, &owned);
    if (err == JET_errNoCurrentRecord || (err >= JET_errSuccess && owned.first > run->first))
        return CORRUPT(JET_errSPOwnExtCorrupted);
    if (err >= JET_errSuccess && run->first > owned.first) {
        err = extent_find(tree, SPACE_AVAILABLE, run->first - 1, &left);
        if (err >= JET_errSuccess && left.first + left.count == run->first) {
            err = extent_resize(tree, actor, left, 0);
            run->first = left.first;
            run->count += left.count;
        }
    }
    if (err == JET_errNoCurrentRecord)
        err = JET_errSuccess;
    *ret_joined = false;
    if (err < JET_errSuccess || last == owned.first + owned.count - 1)
        return err;
    err = extent_find(tree, SPACE_AVAILABLE, last, &right);
    if (err == JET_errNoCurrentRecord || (err >= JET_errSuccess && right.first != last + 1))
        return JET_errSuccess;
    if (err >= JET_errSuccess)
        err = extent_resize(tree, actor, right, right.count + run->count);
    *ret_joined = true;
    return err;
}

jet_err space_add_available(struct tree *tree, const struct btree_actor *actor, struct space_run run)
{
    bool joined = false;
    if (run.count == 0)
        return JET_errSuccess;
    jet_err err = neighbours_join(tree, actor, &run, &joined);
    if (err < JET_errSuccess || joined)
        return err;
    err = reserve_for(tree, actor, SPACE_AVAILABLE, run.first + run.count - 1, &run);
    return err < JET_errSuccess || run.count == 0 ? err : extent_add(tree, actor, SPACE_AVAILABLE, run);
}

jet_err space_own(struct tree *tree, const struct btree_actor *actor, struct space_run *run)
{
    const struct space_run whole = *run;
    jet_err err = reserve_for(tree, actor, SPACE_OWNED, run->first + run->count - 1, run);
    return err < JET_errSuccess ? err : extent_add(tree, actor, SPACE_OWNED, whole);
}

/* ---- from the parent ---- */

/* 0 the database root, 1 tables, 2 what has its space from tables. */
static unsigned space_level(const struct tree *tree)
{
    if (tree->parent == 0)
        return 0;
    return tree->parent == BTREE_DATABASE_FDP ? 1 : 2;
}

jet_err space_parent_open(struct tree *tree, struct tree **ret_parent)
{
    struct frame *frame;
    struct tree *parent;
    jet_err err = page_hold(tree->db, tree->parent, PAGE_SHARED, &frame);
    if (err < JET_errSuccess)
        return err;
    const objid_t objid = le32_get(page_header(frame->page)->objid);
    page_put(frame, PAGE_SHARED);
    err = tree_open(tree->db, tree->parent, objid, &parent);
    if (err < JET_errSuccess)
        return err;
    /* A damaged file might name parents in a circle. */
    if (space_level(parent) >= space_level(tree)) {
        tree_close(parent);
        return CORRUPT(JET_errSPOwnExtCorrupted);
    }
    *ret_parent = parent;
    return JET_errSuccess;
}

static jet_err parent_take(struct tree *tree, const struct btree_actor *actor, uint32_t count,
                           struct space_run *ret_run)
{
    struct tree *parent;
    jet_err err = space_parent_open(tree, &parent);
    if (err < JET_errSuccess)
        return err;
    err = space_take_extent(parent, actor, count, ret_run);
    tree_close(parent);
    return err;
}

/* `wish` pages; where there are not so many any more, `least`. */
static jet_err parent_take_wish(struct tree *tree, const struct btree_actor *actor, uint32_t least, uint32_t wish,
                                struct space_run *ret_run)
{
    jet_err err = parent_take(tree, actor, wish, ret_run);
    const bool is_full = err == JET_errOutOfDatabaseSpace || err == JET_errDiskFull;

    return is_full && wish > least ? parent_take(tree, actor, least, ret_run) : err;
}

/* How many pages the tree asks for when it needs some. */
static jet_err growth_size(struct tree *tree, const struct space_header *header, uint32_t need, uint32_t *ret_count,
                           bool *ret_is_small)
{
    struct frame *frame;
    uint64_t owned = header->count_pages;
    jet_err err = tree_page_hold(tree, tree->root, PAGE_SHARED, &frame);
    if (err < JET_errSuccess)
        return err;
    const uint32_t flags = page_flags(frame->page);
    bool is_small = !(header->flags & SPACE_FLAG_LAST_ALLOCATION) && header->count_pages < SMALL_PAGES_MAX &&
                    (flags & PAGE_FLAG_LEAF ||
                     (flags & PAGE_FLAG_PARENT_OF_LEAF && page_node_count(frame->page) < SMALL_LEAVES_MAX));
    page_put(frame, PAGE_SHARED);
    if (is_small && header->flags & SPACE_FLAG_MULTIPLE)
        err = extent_sum(tree, SPACE_OWNED, &owned);
    if (err < JET_errSuccess)
        return err;
    is_small = is_small && owned <= SMALL_PAGES_MAX;
    uint32_t count = is_small ? SMALL_EXTENT : EXTENT;
    const uint32_t by_header =
        header->flags & SPACE_FLAG_LAST_ALLOCATION ? header->count_pages : header->count_pages / 4;
    if (!is_small && count < by_header)
        count = by_header;
    *ret_count = count < need ? need : count;
    *ret_is_small = is_small;
    return JET_errSuccess;
}

/* The next time it asks for as much. */
static jet_err growth_remember(struct tree *tree, const struct btree_actor *actor, uint32_t count)
{
    struct space_header header;
    jet_err err = space_header_read(tree, &header);
    if (err < JET_errSuccess || (header.flags & SPACE_FLAG_LAST_ALLOCATION && header.count_pages == count))
        return err;
    header.flags |= SPACE_FLAG_LAST_ALLOCATION;
    header.count_pages = count;
    return space_header_write(tree, actor, &header);
}

jet_err space_entries_cost(struct tree *tree, uint32_t *ret_count)
{
    unsigned owned, available;
    jet_err err = extent_pages_needed(tree, SPACE_OWNED, PGNO_MAX, &owned);
    if (err >= JET_errSuccess)
        err = extent_pages_needed(tree, SPACE_AVAILABLE, PGNO_MAX, &available);
    if (err >= JET_errSuccess)
        *ret_count = owned + available;
    return err;
}

static jet_err grow_from_parent(struct tree *tree, const struct btree_actor *actor, uint32_t need)
{
    struct space_header header;
    struct space_run run;
    uint32_t count, cost;
    bool is_small;
    jet_err err = space_header_read(tree, &header);
    if (err >= JET_errSuccess)
        err = space_entries_cost(tree, &cost);
    if (err >= JET_errSuccess)
        err = growth_size(tree, &header, need + cost, &count, &is_small);
    if (err >= JET_errSuccess)
        err = parent_take_wish(tree, actor, need + cost, count, &run);
    if (err >= JET_errSuccess)
        err = space_own(tree, actor, &run);
    if (err >= JET_errSuccess)
        err = space_add_available(tree, actor, run);
    if (err >= JET_errSuccess && !is_small)
        err = growth_remember(tree, actor, count);
    return err;
}

jet_err space_grow_for_child(struct tree *tree, const struct btree_actor *actor, uint32_t need,
                             struct space_run *ret_run)
{
    struct space_run run;
    unsigned cost;
    jet_err err = extent_pages_needed(tree, SPACE_OWNED, PGNO_MAX, &cost);
    if (err >= JET_errSuccess)
        err = parent_take(tree, actor, need + cost, &run);
    if (err >= JET_errSuccess)
        err = space_own(tree, actor, &run);
    if (err >= JET_errSuccess)
        *ret_run = run;
    return err;
}

/* ---- the file ---- */

/* The file gets longer. That need not wait for the log: a file that is longer than any log says is none the worse, and
 * no page behind its old end is written before its record, which follows this one, is durable. */
static jet_err file_extend(struct tree *tree, const struct btree_actor *actor, pgno_t last)
{
    const struct logrec_extend_db extend = {.dbid = tree->db->dbid, .pgno_last = last};
    struct logrec_extend_db_disk disk;
    struct change_place place;
    logrec_extend_db_encode(&extend, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk}
    };
    jet_err err = change_append_pieces(actor, pieces, &place);
    return err < JET_errSuccess ? err : database_extend(tree->db, last);
}

/* By how many pages the file, which ends before `first`, grows: `wish`, in whole steps, or as much as it may, but
 * `least`. */
static jet_err file_growth_size(const struct tree *tree, const struct btree_actor *actor, uint64_t first,
                                uint64_t least, uint64_t wish, uint32_t *ret_count)
{
    const uint32_t step = actor->extension_pages ? actor->extension_pages : (uint32_t)BTREE_EXTENSION_PAGES_DEFAULT;
    const uint32_t pages_max = atomic_load_explicit(&tree->db->pages_max, memory_order_relaxed);
    const uint64_t last_allowed = pages_max != 0 && !actor->may_exceed_limit ? pages_max : PGNO_MAX;
    const uint64_t room = last_allowed >= first ? last_allowed - first + 1 : 0;
    uint64_t count = ((least > wish ? least : wish) + step - 1) / step * step;

    if (least > room)
        return JET_errOutOfDatabaseSpace;
    if (count > room)
        count = room;
    *ret_count = (uint32_t)count;
    return JET_errSuccess;
}

static jet_err grow_file(struct tree *tree, const struct btree_actor *actor, uint32_t need)
{
    struct space_header header;
    struct space_run owned;
    uint32_t cost;
    jet_err err = space_header_read(tree, &header);
    if (err >= JET_errSuccess)
        err = extent_find_last(tree, SPACE_OWNED, &owned);
    if (err >= JET_errSuccess)
        err = space_entries_cost(tree, &cost);
    if (err < JET_errSuccess)
        return err == JET_errNoCurrentRecord ? CORRUPT(JET_errSPOwnExtCorrupted) : err;
    struct space_run run = {.first = owned.first + owned.count};
    err = file_growth_size(tree, actor, run.first, need + cost, header.count_pages / 4, &run.count);
    if (err < JET_errSuccess)
        return err;
    err = file_extend(tree, actor, run.first + run.count - 1);
    if (err >= JET_errSuccess)
        err = space_own(tree, actor, &run);
    return err < JET_errSuccess ? err : space_add_available(tree, actor, run);
}

jet_err space_grow(struct tree *tree, const struct btree_actor *actor, uint32_t need)
{
    return tree->parent == 0 ? grow_file(tree, actor, need) : grow_from_parent(tree, actor, need);
}

/* ---- from one extent to several ---- */

struct convert_pages {
    struct frame *root, *owned, *available;
};

static jet_err convert_do(struct tree *tree, const struct btree_actor *actor, const struct space_header *header,
                          struct space_run run, const struct convert_pages *pages)
{
    const dbtime_t dbtime = database_next_dbtime(tree->db);
    const struct logrec_convert_fdp convert = {
        .head = change_page_head(tree, actor, LOGREC_CONVERT_FDP, pages->root, dbtime, 0),
        .objid = tree->objid,
        .pgno_owned = run.first,
        .pgno_available = run.first + 1,
        .pgno_parent = tree->parent,
        .pgno_secondary = run.first,
        .count_primary = header->count_pages,
        .count_secondary = run.count,
        .mask_available = header->mask_available,
        .page_flags = tree->page_flags,
    };
    const struct apply_fdp_pages to = {pages->root->page, pages->owned->page, pages->available->page};
    struct logrec_convert_fdp_disk disk;
    struct change_place place;
    logrec_convert_fdp_encode(&convert, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk}
    };
    jet_err err = change_append_pieces(actor, pieces, &place);
    if (err >= JET_errSuccess)
        err = apply_convert_fdp(&convert, tree->db->page_size, &to);
    if (err >= JET_errSuccess) {
        change_finish(pages->root, actor, dbtime, &place);
        change_finish(pages->owned, actor, dbtime, &place);
        change_finish(pages->available, actor, dbtime, &place);
    }
    return err;
}

jet_err space_convert(struct tree *tree, const struct btree_actor *actor, uint32_t need)
{
    struct convert_pages pages = {NULL, NULL, NULL};
    struct space_header header;
    struct space_run run;
    uint32_t count;
    bool is_small;
    jet_err err = space_header_read(tree, &header);
    if (err >= JET_errSuccess)
        err = growth_size(tree, &header, need + 2, &count, &is_small);
    if (err >= JET_errSuccess)
        err = parent_take(tree, actor, count, &run);
    if (err >= JET_errSuccess && (run.count < 2 || (tree->root >= run.first && tree->root - run.first < run.count)))
        err = CORRUPT(JET_errSPAvailExtCorrupted);
    if (err >= JET_errSuccess)
        err = page_get_new(tree->db, run.first, &pages.owned);
    if (err >= JET_errSuccess)
        err = page_get_new(tree->db, run.first + 1, &pages.available);
    if (err >= JET_errSuccess)
        err = tree_page_hold(tree, tree->root, PAGE_EXCLUSIVE, &pages.root);
    if (err >= JET_errSuccess)
        err = convert_do(tree, actor, &header, run, &pages);
    if (pages.root)
        page_put(pages.root, PAGE_EXCLUSIVE);
    if (pages.available)
        page_put(pages.available, PAGE_EXCLUSIVE);
    if (pages.owned)
        page_put(pages.owned, PAGE_EXCLUSIVE);
    return err;
}
