/* SPDX-License-Identifier: MIT */
/* read_ahead.h - has the leaves of a range of keys read before somebody walks along it. */
#ifndef COLDSTREAM_BTREE_READ_AHEAD_H
#define COLDSTREAM_BTREE_READ_AHEAD_H

#include "btree/tree.h"

/* Reads what is not in memory of the leaves in which nodes from `low` to `high` can lie, `pages_max` at most; a page
 * that cannot be read is left to who really wants it. `ret_pages`: leaves in the range, up to `pages_max`. Errors of
 * the pages above. */
MUST_CHECK jet_err btree_read_ahead(struct tree *tree, const struct bookmark *low, const struct bookmark *high,
                                    uint32_t pages_max, uint32_t *ret_pages);

#endif
