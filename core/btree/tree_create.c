/* SPDX-License-Identifier: MIT */
/* tree_create.c - new trees, and trees that go.
 *
 * Logged as CreateSingleExtentFDP or CreateMultipleExtentFDP. A tree that goes leaves no record of its own: its extents
 * turn up in its parent's tree of available extents.
 */
#include <stdlib.h>

#include "base/corrupt.h"
#include "btree/apply.h"
#include "btree/space_internal.h"

enum {
    MULTIPLE_PAGES_MIN = 3,
    SINGLE_PAGES_MAX = SPACE_MASK_PAGES_MAX + 1,
    KIND_FLAGS = PAGE_FLAG_INDEX | PAGE_FLAG_LONG_VALUE | PAGE_FLAG_NON_UNIQUE,
};

struct create_pages {
    struct frame *frames[3];
};

static jet_err pages_hold(struct database *db, pgno_t first, unsigned count, struct create_pages *pages)
{
    jet_err err = JET_errSuccess;
    for (unsigned i = 0; i < count && err >= JET_errSuccess; i++)
        err = page_get_new(db, first + i, &pages->frames[i]);
    return err;
}

static void *content(const struct frame *frame)
{
    return frame ? frame->page : NULL;
}

/* Logs the record and makes the pages. */
static jet_err create_do(struct database *db, const struct btree_actor *actor, const struct logrec_create_fdp *create,
                         const struct create_pages *pages)
{
    const struct apply_fdp_pages to = {content(pages->frames[0]), content(pages->frames[1]), content(pages->frames[2])};
    union logrec_create_fdp_disk disk;
    struct change_place place;
    const size_t size = logrec_create_fdp_encode(create, &disk);
    const struct log_piece pieces[4] = {
        {&disk, size}
    };
    jet_err err = change_append_pieces(actor, pieces, &place);
    if (err >= JET_errSuccess)
        err = apply_create_fdp(create, db->page_size, &to);
    for (unsigned i = 0; i < 3 && err >= JET_errSuccess; i++)
        if (pages->frames[i])
            change_finish(pages->frames[i], actor, create->head.dbtime, &place);
    return err;
}

static jet_err create(struct database *db, const struct btree_actor *actor, const struct tree_new *options,
                      pgno_t parent, struct space_run run)
{
    const bool is_multiple = options->multiple_extent;
    struct create_pages pages = {
        {NULL, NULL, NULL}
    };
    jet_err err = pages_hold(db, run.first, is_multiple ? 3 : 1, &pages);
    if (err >= JET_errSuccess) {
        const struct logrec_create_fdp record = {
            .head = {.type = is_multiple ? LOGREC_CREATE_MULTIPLE_FDP : LOGREC_CREATE_SINGLE_FDP,
                     .procid = actor->procid,
                     .dbid = db->dbid,
                     .pgno = run.first,
                     .dbtime = database_next_dbtime(db),
                     .dbtime_before = LOGREC_DBTIME_NIL,
                     .trx_begin0 = actor->trx_begin0,
                     .level = actor->level,
                     .flags = (uint8_t)(actor->head_flags |
                                        (options->page_flags & PAGE_FLAG_NON_UNIQUE ? 0 : LOGREC_FLAG_UNIQUE))},
            .objid = options->objid,
            .pgno_owned = is_multiple ? run.first + 1 : 0,
            .pgno_available = is_multiple ? run.first + 2 : 0,
            .pgno_parent = parent,
            .count_primary = run.count,
            .page_flags = options->page_flags & KIND_FLAGS,
        };
        err = create_do(db, actor, &record, &pages);
    }
    for (unsigned i = 3; i-- > 0;)
        if (pages.frames[i])
            page_put(pages.frames[i], PAGE_EXCLUSIVE);
    return err;
}

jet_err tree_create_database_root(struct database *db, const struct btree_actor *actor, uint32_t pages)
{
    const struct tree_new options = {.objid = BTREE_DATABASE_OBJID, .pages = pages, .multiple_extent = true};
    assert(pages > MULTIPLE_PAGES_MIN);
    database_raise_objid(db, BTREE_DATABASE_OBJID);
    return create(db, actor, &options, 0, (struct space_run){BTREE_DATABASE_FDP, pages});
}

jet_err tree_create(struct tree *parent, const struct btree_actor *actor, const struct tree_new *options,
                    pgno_t *ret_fdp)
{
    struct tree_new actual = *options;
    struct space_run run;

    if (actual.pages == 0)
        actual.pages = 1;
    if (actual.pages > SINGLE_PAGES_MAX)
        actual.multiple_extent = true;
    if (actual.multiple_extent && actual.pages < MULTIPLE_PAGES_MIN)
        actual.pages = MULTIPLE_PAGES_MIN;
    jet_err err = space_take_extent(parent, actor, actual.pages, &run);
    if (err < JET_errSuccess)
        return err;
    if (run.count > SINGLE_PAGES_MAX)
        actual.multiple_extent = true;
    database_raise_objid(parent->db, actual.objid);
    err = create(parent->db, actor, &actual, parent->fdp, run);
    if (err < JET_errSuccess) {
        jet_err give_err = space_give_extent(parent, actor, run);
        (void)give_err; /* the first error is the one to report; the space is lost */
        return err;
    }
    *ret_fdp = run.first;
    return JET_errSuccess;
}

/* ---- deleting ---- */

/* Extents of a tree, from its pages, collected before the first goes. */
struct extents {
    struct space_run *runs;
    size_t count, capacity;
};

static jet_err extents_add(struct extents *extents, struct space_run run)
{
    if (extents->count == extents->capacity) {
        const size_t capacity = extents->capacity ? 2 * extents->capacity : 16;
        struct space_run *grown = realloc(extents->runs, capacity * sizeof *grown);
        if (!grown)
            return JET_errOutOfMemory;
        extents->runs = grown;
        extents->capacity = capacity;
    }
    extents->runs[extents->count++] = run;
    return JET_errSuccess;
}

static jet_err extents_collect(struct tree *tree, struct extents *extents)
{
    struct space_header header;
    struct space_run run = {0, 0};
    os_mutex_lock(tree->space_lock);
    jet_err err = space_header_read(tree, &header);
    if (err >= JET_errSuccess && !(header.flags & SPACE_FLAG_MULTIPLE)) {
        err = extents_add(extents, (struct space_run){tree->fdp, header.count_pages});
    } else {
        while (err >= JET_errSuccess) {
            err = extent_find(tree, SPACE_OWNED, run.first + run.count, &run);
            if (err >= JET_errSuccess)
                err = extents_add(extents, run);
        }
        if (err == JET_errNoCurrentRecord)
            err = JET_errSuccess;
    }
    os_mutex_unlock(tree->space_lock);
    return err;
}

jet_err tree_delete(struct tree *parent, const struct btree_actor *actor, pgno_t fdp, objid_t objid)
{
    struct extents extents = {NULL, 0, 0};
    struct tree *tree;
    jet_err err = tree_open(parent->db, fdp, objid, &tree);
    if (err < JET_errSuccess)
        return err;
    if (tree->parent != parent->fdp)
        err = CORRUPT(JET_errSPOwnExtCorrupted);
    if (err >= JET_errSuccess)
        err = extents_collect(tree, &extents);
    tree_close(tree);
    for (size_t i = 0; i < extents.count && err >= JET_errSuccess; i++)
        err = space_give_extent(parent, actor, extents.runs[i]);
    free(extents.runs);
    return err;
}
