/* SPDX-License-Identifier: MIT */
/* sample_space.h - the pages of one tree under construction.
 *
 * A tree owns one or two extents. They are used from front to back, so what is available is always a tail. A tree gets
 * its extents from its parent's.
 */
#ifndef COLDSTREAM_TOOL_SAMPLE_SPACE_H
#define COLDSTREAM_TOOL_SAMPLE_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"
#include "format/space.h"

enum { SAMPLE_EXTENTS_MAX = 2 };

struct sample_space {
    pgno_t pgno_parent; /* FDP of the tree that the extents come from; 0 for the root of the database */
    struct space_extent owned[SAMPLE_EXTENTS_MAX];
    unsigned count_owned;
    unsigned current;     /* extent in use */
    uint32_t count_taken; /* pages taken from it */
    bool is_multiple;     /* space trees; else one extent and a mask */
};

/* A tree that owns `extent`. */
void sample_space_init(struct sample_space *s, pgno_t pgno_parent, bool is_multiple, struct space_extent extent);

/* The tree owns this extent, too. */
void sample_space_add(struct sample_space *s, struct space_extent extent);

/* Takes consecutive pages. JET_errDatabaseInvalidPages: there are not so many left in one extent. */
MUST_CHECK jet_err sample_space_take(struct sample_space *s, uint32_t count_pages, struct space_extent *ret_extent);

/* Pages that can still be taken, from the present extent and the ones behind it. */
uint64_t sample_space_left(const struct sample_space *s);

/* What is available of owned extent `i`; false if nothing is. */
bool sample_space_available(const struct sample_space *s, unsigned i, struct space_extent *ret_extent);

/* The space header of the tree at `fdp`; OE is on the next page, AE on the one behind it. */
struct space_header sample_space_header(const struct sample_space *s, pgno_t fdp, bool is_non_unique);

#endif
