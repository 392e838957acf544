/* SPDX-License-Identifier: MIT */
/* space_tree.c - the trees of owned and of available extents.
 *
 * They are trees like others, with their own root pages, and are changed by the same functions; only the pages for
 * their splits come from the reserve of the tree whose space they keep, and pages that they lose go there. Whoever adds
 * an extent has asked extent_pages_needed() before and filled the reserve. What is left of that afterwards and cannot
 * be entered without another split lies in the split buffer, tag 0 of the root of the tree of available extents.
 *
 * Extents of other pools than the general one (shelved ones lie behind the end of the file) are passed over.
 */
#include <stdlib.h>

#include "base/corrupt.h"
#include "btree/modify.h"
#include "btree/position.h"
#include "btree/space_internal.h"

static jet_err damage(enum space_tree which)
{
    return CORRUPT(which == SPACE_OWNED ? JET_errSPOwnExtCorrupted : JET_errSPAvailExtCorrupted);
}

/* The space tree as a tree. */
static jet_err space_tree_get(struct tree *tree, enum space_tree which, struct tree **ret_space)
{
    struct tree **slot = which == SPACE_OWNED ? &tree->owned : &tree->available;
    struct space_header header;
    if (*slot) {
        *ret_space = *slot;
        return JET_errSuccess;
    }
    jet_err err = space_header_read(tree, &header);
    if (err < JET_errSuccess)
        return err;
    if (!(header.flags & SPACE_FLAG_MULTIPLE))
        return damage(which);
    struct tree *space = calloc(1, sizeof *space);
    if (!space)
        return JET_errOutOfMemory;
    space->db = tree->db;
    space->fdp = tree->fdp;
    space->objid = tree->objid;
    space->page_flags = tree->page_flags | PAGE_FLAG_SPACE_TREE;
    space->parent = tree->parent;
    space->root = header.pgno_owned + (which == SPACE_AVAILABLE);
    space->owner = tree;
    latch_init(&space->structure);
    *slot = *ret_space = space;
    return JET_errSuccess;
}

/* ---- looking ---- */

/* The extent at the position; with no pages if it is to be passed over. */
static jet_err extent_here(struct btree_position *position, enum space_tree which, struct space_run *ret_run)
{
    struct btree_node_view view;
    struct space_extent extent;
    jet_err err = btree_node(position, &view);
    if (err < JET_errSuccess)
        return err;
    const struct node node = {
        .flags = view.flags,
        .suffix = view.key,
        .suffix_size = view.key_size,
        .data = view.data,
        .data_size = view.data_size,
    };
    err = space_extent_decode(&node, which, &extent);
    if (err < JET_errSuccess)
        return err;
    *ret_run = (struct space_run){.first = extent.pgno_last - extent.count_pages + 1, .count = extent.count_pages};
    if (view.flags & NODE_FLAG_DELETED || extent.pool != SPACE_POOL_GENERAL)
        ret_run->count = 0;
    return JET_errSuccess;
}

/* From the position on, in one direction, to the first extent with at least `count` pages; releases the position. */
static jet_err extent_land(struct btree_position *position, enum space_tree which, bool forward, uint32_t count,
                           struct space_run *ret_run)
{
    struct space_run run;
    for (;;) {
        jet_err err = extent_here(position, which, &run);
        if (err < JET_errSuccess || run.count >= count) {
            btree_release(position);
            if (err >= JET_errSuccess)
                *ret_run = run;
            return err;
        }
        err = forward ? btree_next(position) : btree_previous(position);
        if (err < JET_errSuccess)
            return err;
    }
}

static jet_err find(struct tree *tree, enum space_tree which, enum btree_seek seek, pgno_t last, uint32_t count,
                    struct space_run *ret_run)
{
    const be32 key = be32_make(last);
    const struct bookmark bookmark = {.key = key.b, .key_size = sizeof key};
    struct btree_position position;
    struct tree *space;
    jet_err err = space_tree_get(tree, which, &space);
    if (err >= JET_errSuccess)
        err = btree_seek(space, seek, last ? &bookmark : NULL, &position, NULL);
    return err < JET_errSuccess ? err : extent_land(&position, which, seek != BTREE_LAST, count, ret_run);
}

jet_err extent_find(struct tree *tree, enum space_tree which, pgno_t last, struct space_run *ret_run)
{
    return find(tree, which, last ? BTREE_EXACT_OR_NEXT : BTREE_FIRST, last, 1, ret_run);
}

jet_err extent_find_last(struct tree *tree, enum space_tree which, struct space_run *ret_run)
{
    return find(tree, which, BTREE_LAST, 0, 1, ret_run);
}

jet_err extent_find_size(struct tree *tree, uint32_t count, struct space_run *ret_run)
{
    return find(tree, SPACE_AVAILABLE, BTREE_FIRST, 0, count, ret_run);
}

jet_err extent_sum(struct tree *tree, enum space_tree which, uint64_t *ret_pages)
{
    struct btree_position position;
    struct space_run run;
    struct tree *space;
    uint64_t sum = 0;
    jet_err err = space_tree_get(tree, which, &space);
    if (err >= JET_errSuccess)
        err = btree_seek(space, BTREE_FIRST, NULL, &position, NULL);
    while (err >= JET_errSuccess) {
        err = extent_here(&position, which, &run);
        if (err < JET_errSuccess) {
            btree_release(&position);
            break;
        }
        sum += run.count;
        err = btree_next(&position);
    }
    if (err != JET_errNoCurrentRecord)
        return err;
    *ret_pages = sum;
    return JET_errSuccess;
}

/* ---- changing ---- */

enum { EXTENT_ROOM = PAGE_TAG_SIZE + 2 + sizeof(struct space_extent_disk) }; /* of a node, and of a separator */

static bool is_full(const void *page)
{
    return page_free_space(page) < EXTENT_ROOM || page_tag_count(page) >= PAGE_TAGS_MAX;
}

jet_err extent_pages_needed(struct tree *tree, enum space_tree which, pgno_t last, unsigned *ret_count)
{
    const be32 key = be32_make(last);
    const struct bookmark bookmark = {.key = key.b, .key_size = sizeof key};
    struct tree_path path;
    struct tree *space;
    struct frame *frame;
    unsigned count = 0;
    jet_err err = space_tree_get(tree, which, &space);
    if (err < JET_errSuccess)
        return err;
    const struct target target = tree_target(space, &bookmark);
    err = tree_descend_path(space, &target, PAGE_SHARED, &path, &frame);
    if (err < JET_errSuccess)
        return err;
    for (unsigned level = path.depth; level-- > 0;) {
        if (level + 1 < path.depth)
            err = tree_page_hold(space, path.level[level].pgno, PAGE_SHARED, &frame);
        if (err < JET_errSuccess)
            return err;
        const bool full = is_full(frame->page);
        page_put(frame, PAGE_SHARED);
        if (!full)
            break;
        count += level == 0 ? 2 : 1; /* a root is moved down first, then split */
    }
    *ret_count = count;
    return JET_errSuccess;
}

struct extent_put {
    const struct space_extent_disk *disk;
    enum space_tree which;
};

/* A new node; or a flag-deleted one that lies there lives again. */
static jet_err put_decide(void *context, const struct btree_node_view *existing, pgno_t leaf,
                          struct btree_change *ret_change)
{
    const struct extent_put *put = context;
    (void)leaf;
    if (existing && !(existing->flags & NODE_FLAG_DELETED))
        return damage(put->which);
    *ret_change = (struct btree_change){
        .kind = existing ? BTREE_FLAG_INSERT_REPLACE : BTREE_INSERT,
        .data = put->disk->count_pages.b,
        .data_size = sizeof put->disk->count_pages,
    };
    return JET_errSuccess;
}

jet_err extent_add(struct tree *tree, const struct btree_actor *actor, enum space_tree which, struct space_run run)
{
    const struct space_extent extent = {.pgno_last = run.first + run.count - 1, .count_pages = run.count};
    struct space_extent_disk disk;
    struct node node;
    struct extent_put put = {&disk, which};
    const struct btree_modify modify = {.context = &put, .decide = put_decide};
    struct tree *space;
    jet_err err = space_tree_get(tree, which, &space);
    if (err < JET_errSuccess)
        return err;
    space_extent_encode(&extent, &disk, &node);
    const struct bookmark bookmark = {.key = disk.pgno_last.b, .key_size = sizeof disk.pgno_last};
    return btree_modify(space, actor, &bookmark, &modify);
}

static jet_err entry_change(struct tree *tree, const struct btree_actor *actor, enum space_tree which,
                            struct space_run run, uint32_t count)
{
    const be32 key = be32_make(run.first + run.count - 1);
    const le32 data = le32_make(count);
    const struct bookmark bookmark = {.key = key.b, .key_size = sizeof key};
    const struct btree_change replace = {.kind = BTREE_REPLACE, .data = data.b, .data_size = sizeof data};
    const struct btree_change delete = {.kind = BTREE_DELETE};
    struct tree *space;
    jet_err err = space_tree_get(tree, which, &space);
    if (err < JET_errSuccess)
        return err;
    err = btree_change(space, actor, &bookmark, count > 0 ? &replace : &delete);
    return err == JET_errRecordNotFound ? damage(which) : err;
}

jet_err extent_resize(struct tree *tree, const struct btree_actor *actor, struct space_run run, uint32_t count)
{
    return entry_change(tree, actor, SPACE_AVAILABLE, run, count);
}

jet_err extent_disown(struct tree *tree, const struct btree_actor *actor, struct space_run run)
{
    return entry_change(tree, actor, SPACE_OWNED, run, 0);
}

/* ---- the split buffer ---- */

enum { BUFFER_SLOTS = 2 };

static jet_err buffer_read(struct tree *tree, struct tree **ret_space, struct space_extent ret_slots[BUFFER_SLOTS])
{
    struct frame *frame;
    struct tree *space;
    size_t size;
    jet_err err = space_tree_get(tree, SPACE_AVAILABLE, &space);
    if (err >= JET_errSuccess)
        err = tree_page_hold(space, space->root, PAGE_SHARED, &frame);
    if (err < JET_errSuccess)
        return err;
    const uint8_t *bytes = external_header_at(frame->page, tree->db->page_size, &size);
    err = space_split_buffer_decode(bytes, size, SPACE_AVAILABLE, ret_slots);
    page_put(frame, PAGE_SHARED);
    *ret_space = space;
    return err;
}

static jet_err buffer_write(struct tree *space, const struct btree_actor *actor,
                            const struct space_extent slots[BUFFER_SLOTS])
{
    struct space_split_buffer_disk disk;
    for (unsigned i = 0; i < BUFFER_SLOTS; i++) {
        disk.reserve[i].pgno_last = le32_make(slots[i].count_pages > 0 ? slots[i].pgno_last : 0);
        disk.reserve[i].count_pages = le32_make(slots[i].count_pages);
    }
    return space_external_header(space, actor, &disk, sizeof disk);
}

jet_err buffer_count(struct tree *tree, uint64_t *ret_pages)
{
    struct space_extent slots[BUFFER_SLOTS];
    struct tree *space;
    jet_err err = buffer_read(tree, &space, slots);
    if (err >= JET_errSuccess)
        *ret_pages = (uint64_t)slots[0].count_pages + slots[1].count_pages;
    return err;
}

jet_err buffer_take(struct tree *tree, const struct btree_actor *actor, unsigned count)
{
    struct space_extent slots[BUFFER_SLOTS];
    pgno_t taken[BUFFER_SLOTS * BTREE_LEVELS_MAX];
    unsigned taken_count = 0;
    struct tree *space;
    jet_err err = buffer_read(tree, &space, slots);
    if (err < JET_errSuccess)
        return err;
    for (unsigned i = 0; i < BUFFER_SLOTS; i++)
        while (slots[i].count_pages > 0 && taken_count < count &&
               tree->reserve_count + taken_count < COUNT_OF(tree->reserve))
            taken[taken_count++] = slots[i].pgno_last - --slots[i].count_pages;
    if (taken_count == 0)
        return JET_errSuccess;
    err = buffer_write(space, actor, slots); /* before they are used for anything */
    for (unsigned i = 0; i < taken_count && err >= JET_errSuccess; i++)
        tree->reserve[tree->reserve_count++] = taken[i];
    return err;
}

jet_err buffer_put(struct tree *tree, const struct btree_actor *actor)
{
    struct space_extent slots[BUFFER_SLOTS];
    struct tree *space;
    unsigned kept = 0;
    jet_err err = buffer_read(tree, &space, slots);
    if (err < JET_errSuccess)
        return err;
    for (unsigned at = 0; at < tree->reserve_count; at++) {
        const pgno_t pgno = tree->reserve[at];
        unsigned i = 0;
        while (i < BUFFER_SLOTS && slots[i].count_pages > 0 && slots[i].pgno_last + 1 != pgno)
            i++;
        if (i == BUFFER_SLOTS) {
            tree->reserve[kept++] = pgno; /* waits in memory for the next split */
            continue;
        }
        slots[i].pgno_last = pgno;
        slots[i].count_pages++;
    }
    if (kept == tree->reserve_count)
        return JET_errSuccess;
    tree->reserve_count = kept;
    return buffer_write(space, actor, slots);
}

/* Of the pages in a slot. */
static uint32_t slot_behind(const struct space_extent *slot, pgno_t last)
{
    if (slot->count_pages == 0 || slot->pgno_last <= last)
        return 0;
    const uint32_t behind = slot->pgno_last - last;
    return behind < slot->count_pages ? behind : slot->count_pages;
}

jet_err buffer_count_behind(struct tree *tree, pgno_t last, uint64_t *ret_pages)
{
    struct space_extent slots[BUFFER_SLOTS];
    struct tree *space;
    uint64_t count = 0;
    jet_err err = buffer_read(tree, &space, slots);
    if (err < JET_errSuccess)
        return err;
    for (unsigned i = 0; i < BUFFER_SLOTS; i++)
        count += slot_behind(&slots[i], last);
    for (unsigned i = 0; i < tree->reserve_count; i++)
        count += tree->reserve[i] > last;
    *ret_pages = count;
    return JET_errSuccess;
}

jet_err buffer_drop_behind(struct tree *tree, const struct btree_actor *actor, pgno_t last)
{
    struct space_extent slots[BUFFER_SLOTS];
    struct tree *space;
    uint32_t dropped = 0;
    unsigned kept = 0;
    jet_err err = buffer_read(tree, &space, slots);
    if (err < JET_errSuccess)
        return err;
    for (unsigned i = 0; i < BUFFER_SLOTS; i++) {
        const uint32_t behind = slot_behind(&slots[i], last);
        slots[i].pgno_last -= behind;
        slots[i].count_pages -= behind;
        dropped += behind;
    }
    if (dropped > 0)
        err = buffer_write(space, actor, slots);
    for (unsigned i = 0; i < tree->reserve_count; i++)
        if (tree->reserve[i] <= last)
            tree->reserve[kept++] = tree->reserve[i];
    tree->reserve_count = kept;
    return err;
}
