/* SPDX-License-Identifier: MIT */
/* sample_rows.h - the rows of the tables that are not the catalogue. */
#ifndef COLDSTREAM_TOOL_SAMPLE_ROWS_H
#define COLDSTREAM_TOOL_SAMPLE_ROWS_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "tool/sample_entries.h"
#include "tool/sample_tree.h"

/* One row for each tree of the database. */
MUST_CHECK jet_err sample_rows_objids(struct sample_tree *tree);

MUST_CHECK jet_err sample_rows_locales(struct sample_tree *tree);

/* The rows, and the entries of the index by name. */
MUST_CHECK jet_err sample_rows_folders(struct sample_tree *tree, struct sample_entries *by_name);

/* As many rows as the tree's space holds. The same seed gives the same rows. */
MUST_CHECK jet_err sample_rows_messages(struct sample_tree *tree, uint64_t seed, uint32_t *ret_count);

#endif
