/* SPDX-License-Identifier: MIT */
/* space.h - which pages a tree owns and which of them are free.
 *
 *      database root --extents--> tables --extents--> indexes, long values
 *
 * A small tree owns one extent, and a mask in its space header says which pages are free. One that grew has two trees
 * of its own, of owned and of available extents (format/space.h). When nothing is free it takes an extent from its
 * parent; the database root makes the file longer. Space is never versioned: what a rolled-back transaction took stays
 * with the tree.
 *
 * Logged as changes of the space trees (LOGREC_FLAG_SPACE), of the space header, as ConvertFDP2 and ExtendDB. A crash
 * between taking pages and using them leaves pages that nobody uses: they are lost, and do no harm.
 */
#ifndef COLDSTREAM_BTREE_SPACE_H
#define COLDSTREAM_BTREE_SPACE_H

#include "btree/actor.h"
#include "btree/tree.h"

struct space_run {
    pgno_t first;
    uint32_t count;
};

/* Takes one page, if possible behind `near` (0: anywhere). Takes the tree's space lock. JET_errOutOfDatabaseSpace,
 * JET_errDiskFull, JET_errSPAvailExtCorrupted, JET_errSPOwnExtCorrupted; errors of pages and log. */
MUST_CHECK jet_err space_take_page(struct tree *tree, const struct btree_actor *actor, pgno_t near, pgno_t *ret_pgno);

/* A page that is not behind page `limit`; the tree may get space for it that lies there, too, but makes no file longer.
 * JET_errOutOfDatabaseSpace: there is none, or the tree has only the extent of its root. */
MUST_CHECK jet_err space_take_page_below(struct tree *tree, const struct btree_actor *actor, pgno_t limit,
                                         pgno_t *ret_pgno);

/* Has the tree pages behind page `limit`? `*ret_is_fixed`: also such that cannot move (btree/vacate.h): roots. */
MUST_CHECK jet_err space_look_behind(struct tree *tree, pgno_t limit, bool *ret_has, bool *ret_is_fixed);

/* The extent at the end of the database. `root`: of the database. */
MUST_CHECK jet_err space_last_extent(struct tree *root, struct space_run *ret_run);

/* Gives a page back. */
MUST_CHECK jet_err space_give_page(struct tree *tree, const struct btree_actor *actor, pgno_t pgno);

/* The database owns at least `pages` pages, from the first on, and its file has them; new ones are free. `root`: of the
 * database. */
MUST_CHECK jet_err space_extend_database(struct tree *root, const struct btree_actor *actor, pgno_t pages);

/* The end of the database is cut off, extent by extent: as long as no page of the last one is in use, it does not hold
 * the page `least`, and it is not the first. Then `cut` is told what the last page is now, whether anything was cut off
 * or not (a crash may have left a file that is longer); nobody gets pages of the database from the root until it
 * returns. `root`: of the database. */
struct space_cut {
    void *context;
    jet_err (*cut)(void *context, pgno_t last);
};
MUST_CHECK jet_err space_cut_database(struct tree *root, const struct btree_actor *actor, pgno_t least,
                                      const struct space_cut *cut);

/* An extent of which no page is in use goes back to where the tree had it from: the first behind the page `*last`,
 * which becomes the last page of it. Starts with 0. How many pages that were; 0: there is none, as always for the
 * database root. A crash on the way loses them. */
MUST_CHECK jet_err space_return_extent(struct tree *tree, const struct btree_actor *actor, pgno_t *last,
                                       uint32_t *ret_pages);

/* The last page that the tree owns. */
MUST_CHECK jet_err space_last_owned(struct tree *tree, pgno_t *ret_pgno);

/* What a tree owns and what of it is free, in pages; trees below it count as used. */
struct space_usage {
    uint64_t owned;
    uint64_t available;
};
MUST_CHECK jet_err space_usage(struct tree *tree, struct space_usage *ret_usage);

#endif
