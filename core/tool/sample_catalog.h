/* SPDX-License-Identifier: MIT */
/* sample_catalog.h - the rows of MSysObjects and its shadow, and of its two indexes. */
#ifndef COLDSTREAM_TOOL_SAMPLE_CATALOG_H
#define COLDSTREAM_TOOL_SAMPLE_CATALOG_H

#include "base/compiler.h"
#include "base/jet_err.h"
#include "tool/sample_entries.h"
#include "tool/sample_tree.h"

/* Adds a row for every table, column and index of sample_tables[] to the tree, and their index entries to the two
 * lists (NULL: none, for the shadow). */
MUST_CHECK jet_err sample_catalog_write(struct sample_tree *tree, struct sample_entries *by_name,
                                        struct sample_entries *root_objects);

#endif
