/* SPDX-License-Identifier: MIT */
/* row.h - whole records: written to a table and to all its indexes.
 *
 * Each call is one statement: with an error nothing of it remains (what needs several changes runs in a nested
 * transaction). Long values are the caller's. The table's latch is held, shared; no page is latched.
 */
#ifndef COLDSTREAM_ISAM_ROW_H
#define COLDSTREAM_ISAM_ROW_H

#include "isam/index_key.h"
#include "isam/table.h"

struct row_image {
    const uint8_t *bytes;
    size_t size;
};

/* `ret_key`: the key of the new record, which is its bookmark. JET_errKeyDuplicate, JET_errNullKeyDisallowed, errors of
 * keys and of dir.h. */
MUST_CHECK jet_err row_insert(struct session *session, struct table *table, const struct row_image *image,
                              struct index_key *ret_key);

/* The same for a table that nobody else can know, and that has no secondary index: it is not undone by a rollback. */
MUST_CHECK jet_err row_insert_unversioned(struct session *session, struct table *table, const struct row_image *image,
                                          struct index_key *ret_key);

/* The record at `key` was `before` and becomes `after`. JET_errRecordPrimaryChanged; JET_errKeyDuplicate (of a unique
 * index); JET_errSecondaryIndexCorrupted. */
MUST_CHECK jet_err row_replace(struct session *session, struct table *table, const uint8_t *key, size_t key_size,
                               const struct row_image *before, const struct row_image *after);

MUST_CHECK jet_err row_delete(struct session *session, struct table *table, const uint8_t *key, size_t key_size,
                              const struct row_image *before);

#endif
