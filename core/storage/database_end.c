/* SPDX-License-Identifier: MIT */
/* database_end.c - where the database ends: the last node of the root's owned-extents tree.
 *
 *      page 1, tag 0: space header --single extent--> FDP + pages - 1
 *                          |
 *                          +--multiple extents--> OE root --last child--> ... --> rightmost leaf: last extent's last page
 *
 * This is the one path of a B+ tree that storage/ knows. Every page on it is verified, must say that it is a space page
 * of tree 1's object, and there is a limit to the depth and to the steps to the left (a leaf may hold nothing but
 * deleted nodes), so a path that leads in a circle ends.
 */
#include <stdlib.h>

#include "base/corrupt.h"
#include "format/node.h"
#include "format/page.h"
#include "format/space.h"
#include "storage/database_file_internal.h"

enum {
    DATABASE_ROOT = 1, /* FDP of the database */
    PATH_PAGES_MAX = 32,
};

/* One page at a time, in a buffer of its own. */
struct end_path {
    struct database_file *file;
    uint8_t *page;
    size_t page_size;
    unsigned pages_read;
    objid_t objid; /* of the root */
    struct database_end_problem problem;
};

static jet_err path_fail(struct end_path *path, const char *text, jet_err err)
{
    path->problem.text = text;
    return CORRUPT(err);
}

static jet_err path_read(struct end_path *path, pgno_t pgno)
{
    static const struct database_read_retry once_more = {.reads = 2};
    static const struct finding_listener nobody = {0};
    path->problem.pgno = pgno;
    if (path->pages_read++ == PATH_PAGES_MAX)
        return path_fail(path, "the pages of the owned-extents tree lead in a circle", JET_errSPOwnExtCorrupted);
    jet_err err = database_file_read_pages(path->file, pgno, 1, path->page, &once_more, &nobody, NULL);
    if (err == JET_errFileIOBeyondEOF)
        return path_fail(path, "the page is not in the file", err);
    if (err < JET_errSuccess) {
        path->problem.is_unreadable = true;
        return path_fail(path, "the page cannot be read", err);
    }
    path->problem.is_unwritten = page_is_zero(path->page, path->page_size);
    if (path->problem.is_unwritten)
        return path_fail(path, "the page was never written", JET_errPageNotInitialized);
    if (page_flags(path->page) & PAGE_FLAG_EMPTY)
        return path_fail(path, "an emptied page is in use", JET_errBadEmptyPage);
    return JET_errSuccess;
}

static jet_err path_read_root(struct end_path *path, struct space_header *ret_space)
{
    jet_err err = path_read(path, DATABASE_ROOT);
    if (err < JET_errSuccess)
        return err;
    uint32_t flags = page_flags(path->page);
    if (!(flags & PAGE_FLAG_ROOT) || (flags & PAGE_FLAG_SPACE_TREE))
        return path_fail(path, "not the root of a database", JET_errDatabaseCorrupted);
    path->objid = le32_get(page_header(path->page)->objid);
    const uint8_t *bytes;
    size_t size;
    unsigned tag_flags;
    err = page_tag_get(path->page, path->page_size, 0, &bytes, &size, &tag_flags);
    if (err < JET_errSuccess)
        return path_fail(path, "damaged tags", err);
    err = space_header_decode(bytes, size, ret_space);
    if (err < JET_errSuccess)
        return path_fail(path, "damaged space header", err);
    return JET_errSuccess;
}

static jet_err path_read_space_page(struct end_path *path, pgno_t pgno)
{
    jet_err err = path_read(path, pgno);
    if (err < JET_errSuccess)
        return err;
    if (!(page_flags(path->page) & PAGE_FLAG_SPACE_TREE) || le32_get(page_header(path->page)->objid) != path->objid)
        return path_fail(path, "not a page of the owned-extents tree", JET_errSPOwnExtCorrupted);
    return JET_errSuccess;
}

/* From the OE root down the right edge: afterwards the page is the rightmost leaf. */
static jet_err path_descend(struct end_path *path, pgno_t pgno_owned)
{
    jet_err err = path_read_space_page(path, pgno_owned);
    while (err == JET_errSuccess && !(page_flags(path->page) & PAGE_FLAG_LEAF)) {
        struct node node;
        pgno_t child;
        err = node_decode(path->page, path->page_size, page_tag_count(path->page) - 1, &node);
        if (err == JET_errSuccess)
            err = node_child(&node, &child);
        if (err < JET_errSuccess)
            return path_fail(path, "damaged node", err);
        err = path_read_space_page(path, child);
    }
    return err;
}

/* The last node of the leaf that is not deleted; `*ret_found` says whether there is one. */
static jet_err leaf_last_extent(struct end_path *path, bool *ret_found, pgno_t *ret_last_page)
{
    unsigned first = page_first_node(path->page);
    *ret_found = false;
    for (unsigned tag = page_tag_count(path->page); tag-- > first && !*ret_found;) {
        struct node node;
        struct space_extent extent;
        jet_err err = node_decode(path->page, path->page_size, tag, &node);
        if (err == JET_errSuccess && node.flags & NODE_FLAG_DELETED)
            continue; /* what it says counts no more, and may be anything */
        if (err == JET_errSuccess)
            err = space_extent_decode(&node, SPACE_OWNED, &extent);
        if (err < JET_errSuccess)
            return path_fail(path, "damaged extent", err);
        *ret_found = true;
        *ret_last_page = extent.pgno_last;
    }
    return JET_errSuccess;
}

static jet_err path_last_page(struct end_path *path, pgno_t pgno_owned, pgno_t *ret_last_page)
{
    bool found = false;
    jet_err err = path_descend(path, pgno_owned);
    while (err == JET_errSuccess) {
        err = leaf_last_extent(path, &found, ret_last_page);
        if (err < JET_errSuccess || found)
            break;
        pgno_t left = le32_get(page_header(path->page)->pgno_prev);
        if (left == 0)
            return path_fail(path, "the owned-extents tree is empty", JET_errSPOwnExtCorrupted);
        err = path_read_space_page(path, left);
    }
    return err;
}

static jet_err path_find(struct end_path *path, pgno_t *ret_last_page)
{
    struct space_header space;
    jet_err err = path_read_root(path, &space);
    if (err < JET_errSuccess)
        return err;
    if (space.flags & SPACE_FLAG_MULTIPLE)
        return path_last_page(path, space.pgno_owned, ret_last_page);
    if (space.count_pages == 0 || space.count_pages > (uint32_t)PGNO_MAX)
        return path_fail(path, "damaged space header", JET_errSPOwnExtCorrupted);
    *ret_last_page = DATABASE_ROOT + space.count_pages - 1;
    return JET_errSuccess;
}

jet_err database_end_find(struct database_file *file, pgno_t *ret_last_page, struct database_end_problem *ret_problem)
{
    struct end_path path = {.file = file, .page_size = file->info.page_size};
    path.page = malloc(path.page_size);
    if (!path.page)
        return JET_errOutOfMemory;
    pgno_t last_page = 0;
    jet_err err = path_find(&path, &last_page);
    free(path.page);
    if (err == JET_errSuccess)
        *ret_last_page = last_page;
    else
        *ret_problem = path.problem;
    return err;
}
