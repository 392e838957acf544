/* SPDX-License-Identifier: MIT */
/* space.c - taking pages and giving them back. See space.h.
 *
 * A tree of one extent keeps a mask in its space header; all others have trees of extents (space_tree.c), and get more
 * when nothing is free (space_grow.c). Locks: the tree's space_lock, then, inside, its parent's.
 */
#include "btree/space.h"

#include "base/corrupt.h"
#include "btree/apply.h"
#include "btree/space_internal.h"

enum {
    WHOLE_BELOW = 4,        /* the database root leaves no shorter extents behind ... */
    PACKED_PAGES = 128,     /* ... but in the first pages ... */
    PACKED_OWNED_MAX = 254, /* ... of a small database */
};

/* ---- the space header ---- */

jet_err space_header_read(struct tree *tree, struct space_header *ret_header)
{
    struct frame *frame;
    size_t size;
    jet_err err = tree_page_hold(tree, tree->root, PAGE_SHARED, &frame);
    if (err < JET_errSuccess)
        return err;
    const uint8_t *bytes = external_header_at(frame->page, tree->db->page_size, &size);
    err = space_header_decode(bytes, size, ret_header);
    page_put(frame, PAGE_SHARED);
    return err;
}

static jet_err external_header_do(struct tree *tree, const struct btree_actor *actor, struct frame *root,
                                  const void *bytes, size_t size)
{
    const dbtime_t dbtime = database_next_dbtime(tree->db);
    const struct logrec_external_header record = {
        .head = change_node_head(tree, actor, LOGREC_SET_EXTERNAL_HEADER, root, dbtime, 0, 0),
        .data = span_of(bytes, size),
    };
    struct logrec_external_header_disk disk;
    struct change_place place;
    logrec_external_header_encode(&record, &disk);
    const struct log_piece pieces[4] = {
        {&disk, sizeof disk},
        piece_of(record.data)
    };
    jet_err err = change_append_pieces(actor, pieces, &place);
    if (err >= JET_errSuccess)
        err = apply_external_header(root->page, tree->db->page_size, bytes, size);
    if (err >= JET_errSuccess)
        change_finish(root, actor, dbtime, &place);
    return err;
}

jet_err space_external_header(struct tree *tree, const struct btree_actor *actor, const void *bytes, size_t size)
{
    struct frame *frame;
    jet_err err = tree_page_hold(tree, tree->root, PAGE_EXCLUSIVE, &frame);
    if (err < JET_errSuccess)
        return err;
    err = external_header_do(tree, actor, frame, bytes, size);
    page_put(frame, PAGE_EXCLUSIVE);
    return err;
}

jet_err space_header_write(struct tree *tree, const struct btree_actor *actor, const struct space_header *header)
{
    struct space_header_disk disk;
    jet_err err = space_header_encode(header, &disk);
    return err < JET_errSuccess ? err : space_external_header(tree, actor, &disk, sizeof disk);
}

static bool is_multiple(const struct space_header *header)
{
    return header->flags & SPACE_FLAG_MULTIPLE;
}

/* ---- trees of one extent ---- */

/* Pages of the extent that the mask speaks of. */
static uint32_t mask_limit(const struct space_header *header)
{
    const uint32_t pages = header->count_pages > 0 ? header->count_pages - 1 : 0;
    return pages < SPACE_MASK_PAGES_MAX ? pages : (uint32_t)SPACE_MASK_PAGES_MAX;
}

static uint32_t mask_of(uint32_t at, uint32_t count)
{
    return (count < 32 ? (UINT32_C(1) << count) - 1 : UINT32_MAX) << at;
}

/* The first run of `count` free pages; false if there is none. */
static bool mask_find(const struct space_header *header, uint32_t count, uint32_t *ret_at)
{
    const uint32_t limit = mask_limit(header);
    for (uint32_t at = 0; count <= limit && at <= limit - count; at++)
        if ((header->mask_available & mask_of(at, count)) == mask_of(at, count)) {
            *ret_at = at;
            return true;
        }
    return false;
}

/* ---- taking ---- */

/* What to take of an available extent of the database root for a tree that asked for `count`. */
static jet_err count_from_root(struct tree *tree, const struct space_run *from, uint32_t *count)
{
    uint64_t owned;
    if (tree->parent != 0 || from->count == *count || from->count - *count >= WHOLE_BELOW)
        return JET_errSuccess;
    if (from->first + *count <= PACKED_PAGES) {
        jet_err err = extent_sum(tree, SPACE_OWNED, &owned);
        if (err < JET_errSuccess || owned < PACKED_OWNED_MAX)
            return err;
    }
    *count = from->count;
    return JET_errSuccess;
}

/* `count` pages from the front of the first available extent that has them. JET_errNoCurrentRecord. */
static jet_err available_take(struct tree *tree, const struct btree_actor *actor, uint32_t count,
                              struct space_run *ret_run)
{
    struct space_run from;
    jet_err err = extent_find_size(tree, count, &from);
    if (err >= JET_errSuccess)
        err = count_from_root(tree, &from, &count);
    if (err >= JET_errSuccess)
        err = extent_resize(tree, actor, from, from.count - count);
    if (err >= JET_errSuccess)
        *ret_run = (struct space_run){from.first, count};
    return err;
}

static jet_err take_extent_locked(struct tree *tree, const struct btree_actor *actor, uint32_t count,
                                  struct space_run *ret_run)
{
    struct space_header header;
    uint32_t at;
    jet_err err = space_header_read(tree, &header);
    if (err >= JET_errSuccess && !is_multiple(&header)) {
        if (mask_find(&header, count, &at)) {
            header.mask_available &= ~mask_of(at, count);
            err = space_header_write(tree, actor, &header);
            if (err >= JET_errSuccess)
                *ret_run = (struct space_run){tree->fdp + 1 + at, count};
            return err;
        }
        err = space_convert(tree, actor, count);
    }
    if (err >= JET_errSuccess)
        err = available_take(tree, actor, count, ret_run);
    if (err != JET_errNoCurrentRecord)
        return err;
    if (tree->parent != 0)
        return space_grow_for_child(tree, actor, count, ret_run);
    err = space_grow(tree, actor, count);
    return err < JET_errSuccess ? err : available_take(tree, actor, count, ret_run);
}

/* The front page of the extent that lies around or behind `near`, else of the first one. */
static jet_err available_take_page(struct tree *tree, const struct btree_actor *actor, pgno_t near, pgno_t *ret_pgno)
{
    struct space_run from;
    jet_err err = near ? extent_find(tree, SPACE_AVAILABLE, near, &from) : JET_errNoCurrentRecord;
    if (err == JET_errNoCurrentRecord)
        err = extent_find_size(tree, 1, &from);
    if (err >= JET_errSuccess)
        err = extent_resize(tree, actor, from, from.count - 1);
    if (err >= JET_errSuccess)
        *ret_pgno = from.first;
    return err;
}

static jet_err take_page_locked(struct tree *tree, const struct btree_actor *actor, pgno_t near, pgno_t *ret_pgno)
{
    struct space_header header;
    uint32_t at;
    jet_err err = space_header_read(tree, &header);
    if (err >= JET_errSuccess && !is_multiple(&header)) {
        if (mask_find(&header, 1, &at)) {
            header.mask_available &= ~mask_of(at, 1);
            err = space_header_write(tree, actor, &header);
            if (err >= JET_errSuccess)
                *ret_pgno = tree->fdp + 1 + at;
            return err;
        }
        err = space_convert(tree, actor, 1);
    }
    if (err >= JET_errSuccess)
        err = available_take_page(tree, actor, near, ret_pgno);
    if (err != JET_errNoCurrentRecord)
        return err;
    err = space_grow(tree, actor, 1);
    return err < JET_errSuccess ? err : available_take_page(tree, actor, near, ret_pgno);
}

/* ---- giving back ---- */

static jet_err give_locked(struct tree *tree, const struct btree_actor *actor, struct space_run run)
{
    struct space_header header;
    jet_err err = space_header_read(tree, &header);
    if (err < JET_errSuccess)
        return err;
    if (is_multiple(&header))
        return space_add_available(tree, actor, run);
    const uint32_t limit = mask_limit(&header);
    if (run.first <= tree->fdp || run.count > limit || run.first - tree->fdp - 1 > limit - run.count)
        return CORRUPT(JET_errSPAvailExtCorrupted);
    header.mask_available |= mask_of(run.first - tree->fdp - 1, run.count);
    return space_header_write(tree, actor, &header);
}

/* Pages that splits of space trees left over, or that they lost, become available extents; those whose entry would need
 * another split go to the split buffer. */
static jet_err reserve_settle(struct tree *tree, const struct btree_actor *actor)
{
    for (unsigned n = tree->reserve_count; n > 0; n--) {
        unsigned needed;
        const pgno_t pgno = tree->reserve[0];
        jet_err err = extent_pages_needed(tree, SPACE_AVAILABLE, pgno, &needed);
        if (err < JET_errSuccess)
            return err;
        if (needed > 0)
            break;
        tree->reserve_count--;
        memmove(&tree->reserve[0], &tree->reserve[1], tree->reserve_count * sizeof tree->reserve[0]);
        err = space_add_available(tree, actor, (struct space_run){pgno, 1});
        if (err < JET_errSuccess)
            return err;
    }
    return tree->reserve_count > 0 ? buffer_put(tree, actor) : JET_errSuccess;
}

jet_err space_unlock(struct tree *tree, const struct btree_actor *actor, jet_err err)
{
    if (tree->reserve_count > 0) {
        jet_err settle_err = reserve_settle(tree, actor);
        if (err >= JET_errSuccess)
            err = settle_err;
    }
    os_mutex_unlock(tree->space_lock);
    return err;
}

/* ---- the doors ---- */

jet_err space_take_extent(struct tree *tree, const struct btree_actor *actor, uint32_t count, struct space_run *ret_run)
{
    os_mutex_lock(tree->space_lock);
    return space_unlock(tree, actor, take_extent_locked(tree, actor, count, ret_run));
}

jet_err space_give_extent(struct tree *tree, const struct btree_actor *actor, struct space_run run)
{
    os_mutex_lock(tree->space_lock);
    return space_unlock(tree, actor, give_locked(tree, actor, run));
}

jet_err space_take_page(struct tree *tree, const struct btree_actor *actor, pgno_t near, pgno_t *ret_pgno)
{
    os_mutex_lock(tree->space_lock);
    return space_unlock(tree, actor, take_page_locked(tree, actor, near, ret_pgno));
}

jet_err space_give_page(struct tree *tree, const struct btree_actor *actor, pgno_t pgno)
{
    return space_give_extent(tree, actor, (struct space_run){pgno, 1});
}

jet_err tree_take_page(struct tree *tree, const struct btree_actor *actor, pgno_t near, pgno_t *ret_pgno)
{
    struct tree *owner = tree->owner;
    if (!owner)
        return space_take_page(tree, actor, near, ret_pgno);
    if (owner->reserve_count == 0)
        return CORRUPT(JET_errSPAvailExtCorrupted); /* the tree changed behind our back */
    *ret_pgno = owner->reserve[--owner->reserve_count];
    return JET_errSuccess;
}

jet_err tree_give_page(struct tree *tree, const struct btree_actor *actor, pgno_t pgno)
{
    struct tree *owner = tree->owner;
    if (!owner)
        return space_give_page(tree, actor, pgno);
    if (owner->reserve_count < COUNT_OF(owner->reserve))
        owner->reserve[owner->reserve_count++] = pgno;
    return JET_errSuccess;
}

/* The first extent behind `last` of which all pages are available. JET_errNoCurrentRecord. */
static jet_err unused_extent_find(struct tree *tree, pgno_t last, struct space_run *ret_run)
{
    struct space_run available, owned;
    for (;;) {
        jet_err err = extent_find(tree, SPACE_AVAILABLE, last + 1, &available);
        if (err >= JET_errSuccess)
            err = extent_find(tree, SPACE_OWNED, available.first + available.count - 1, &owned);
        if (err < JET_errSuccess)
            return err;
        last = available.first + available.count - 1;
        if (owned.first == available.first && owned.count == available.count) {
            *ret_run = available;
            return JET_errSuccess;
        }
    }
}

/* It is nobody's in between: so it can never be two trees'. */
static jet_err return_locked(struct tree *tree, struct tree *parent, const struct btree_actor *actor, pgno_t *last,
                             uint32_t *ret_pages)
{
    struct space_header header;
    struct space_run run;
    jet_err err = space_header_read(tree, &header);
    if (err < JET_errSuccess || !is_multiple(&header))
        return err;
    err = unused_extent_find(tree, *last, &run);
    if (err == JET_errNoCurrentRecord)
        return JET_errSuccess;
    if (err >= JET_errSuccess)
        err = extent_resize(tree, actor, run, 0);
    if (err >= JET_errSuccess)
        err = extent_disown(tree, actor, run);
    if (err >= JET_errSuccess)
        err = space_give_extent(parent, actor, run);
    if (err < JET_errSuccess)
        return err;
    *last = run.first + run.count - 1;
    *ret_pages = run.count;
    return JET_errSuccess;
}

jet_err space_return_extent(struct tree *tree, const struct btree_actor *actor, pgno_t *last, uint32_t *ret_pages)
{
    struct tree *parent;
    *ret_pages = 0;
    if (tree->parent == 0)
        return JET_errSuccess;
    jet_err err = space_parent_open(tree, &parent);
    if (err < JET_errSuccess)
        return err;
    os_mutex_lock(tree->space_lock);
    err = space_unlock(tree, actor, return_locked(tree, parent, actor, last, ret_pages));
    tree_close(parent);
    return err;
}

static jet_err extend_locked(struct tree *root, const struct btree_actor *actor, pgno_t pages)
{
    struct space_run owned;
    jet_err err = extent_find_last(root, SPACE_OWNED, &owned);
    if (err < JET_errSuccess)
        return err == JET_errNoCurrentRecord ? CORRUPT(JET_errSPOwnExtCorrupted) : err;
    const pgno_t last = owned.first + owned.count - 1;
    return last < pages ? space_grow(root, actor, pages - last) : JET_errSuccess;
}

jet_err space_extend_database(struct tree *root, const struct btree_actor *actor, pgno_t pages)
{
    assert(root->parent == 0);
    os_mutex_lock(root->space_lock);
    return space_unlock(root, actor, extend_locked(root, actor, pages));
}

jet_err space_last_owned(struct tree *tree, pgno_t *ret_pgno)
{
    struct space_header header;
    struct space_run last;
    os_mutex_lock(tree->space_lock);
    jet_err err = space_header_read(tree, &header);
    if (err >= JET_errSuccess && is_multiple(&header))
        err = extent_find_last(tree, SPACE_OWNED, &last);
    else
        last = (struct space_run){.first = tree->fdp, .count = header.count_pages};
    os_mutex_unlock(tree->space_lock);
    if (err >= JET_errSuccess)
        *ret_pgno = last.first + last.count - 1;
    return err;
}

jet_err space_usage(struct tree *tree, struct space_usage *ret_usage)
{
    struct space_header header;
    struct space_usage usage = {0, 0};
    os_mutex_lock(tree->space_lock);
    jet_err err = space_header_read(tree, &header);
    if (err >= JET_errSuccess && is_multiple(&header)) {
        err = extent_sum(tree, SPACE_OWNED, &usage.owned);
        if (err >= JET_errSuccess)
            err = extent_sum(tree, SPACE_AVAILABLE, &usage.available);
        uint64_t buffered = 0;
        if (err >= JET_errSuccess)
            err = buffer_count(tree, &buffered);
        usage.available += buffered;
    } else if (err >= JET_errSuccess) {
        usage.owned = header.count_pages;
        for (uint32_t at = 0; at < mask_limit(&header); at++)
            usage.available += header.mask_available >> at & 1;
    }
    os_mutex_unlock(tree->space_lock);
    if (err >= JET_errSuccess)
        *ret_usage = usage;
    return err;
}
