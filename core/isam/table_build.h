/* SPDX-License-Identifier: MIT */
/* table_build.h - putting a table object together, and changing it: what schema_cache.c, table_load.c and the ddl files
 * share.
 *
 * Whoever changes a table that others can see holds its latch exclusively. After changes of columns or of the primary
 * index table_lay_out() brings everything up to date that follows from them.
 */
#ifndef COLDSTREAM_ISAM_TABLE_BUILD_H
#define COLDSTREAM_ISAM_TABLE_BUILD_H

#include "isam/table.h"

struct schema_cache;

/* A name as bytes (the catalogue's) as a string of its own. JET_errOutOfMemory. */
MUST_CHECK jet_err table_name_copy(const void *bytes, size_t size, char **ret_name);

/* A table without columns whose tree is not open yet. JET_errOutOfMemory. */
MUST_CHECK jet_err table_new(struct schema_cache *cache, objid_t objid, pgno_t fdp, struct table **ret_table);

/* Closes its trees, and frees it; takes NULL. */
void table_free(struct table *table);

/* Closes the trees: they are about to be deleted. */
void table_trees_close(struct table *table);

/* Takes over `column` with all that belongs to it, freed on failure too; its name is to be put, or all of them to be
 * sorted. JET_errOutOfMemory; JET_errCatalogCorrupted: there is one of that id. */
MUST_CHECK jet_err table_column_put(struct table *table, struct column *column);

/* Takes NULL. */
void column_free(struct column *column);

/* Out of the table, and freed. */
void table_column_remove(struct table *table, struct column *column);

/* One name has come; names have changed. */
void table_name_put(struct table *table, struct column *column);
void table_names_sort(struct table *table);

/* Likewise; the primary index becomes the first. */
MUST_CHECK jet_err table_index_put(struct table *table, struct index *index);
void index_free(struct index *index);

/* Opens the tree of a secondary index. Errors of tree_open(). */
MUST_CHECK jet_err index_open_tree(const struct table *table, struct index *index);
void table_index_remove(struct table *table, struct index *index);

/* Frees what is left of indexes that were deleted. The latch is held exclusively. */
void table_indexes_tidy(struct table *table);

/* Out of the table; freed with the last cursor that has it as its current index. The latch is held exclusively. */
void table_index_dismiss(struct table *table, struct index *index);

/* Layout of records, largest record, special columns. JET_errCatalogCorrupted: fixed columns that overlap or do not
 * fit. */
MUST_CHECK jet_err table_lay_out(struct table *table);

/* Largest record of a table on pages of that size with keys of up to `key_most` bytes. */
size_t table_record_size_max(uint32_t page_size, size_t key_most);

/* Where the next fixed column would lie, and what the columns of one class have as their highest id (`first` - 1:
 * none). */
size_t table_fixed_end(const struct table *table);
uint32_t table_column_id_last(const struct table *table, uint32_t first, uint32_t last);

#endif
