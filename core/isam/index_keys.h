/* SPDX-License-Identifier: MIT */
/* index_keys.h - all the keys that one record has in an index of several values, combinations or pieces of them. */
#ifndef COLDSTREAM_ISAM_INDEX_KEYS_H
#define COLDSTREAM_ISAM_INDEX_KEYS_H

#include "isam/index_key.h"

/* Calls `each` with every key of the record that has an entry, in no order, equal ones each time; until it returns an
 * error, which is returned. Errors of index_key_make(); JET_errOutOfMemory. */
MUST_CHECK jet_err index_keys_each(
    struct session *session, struct table *table, const struct index *index, const struct record *record,
    jet_err (*each)(void *context, const struct index_choice *choice, const struct index_key *key), void *context);

struct index_keys_one {
    const uint8_t *bytes;
    size_t size;
};

/* Ascending, equal ones once. Begins as {0}; may be filled again and again. */
struct index_keys {
    struct index_keys_one *list;
    size_t count;
    uint8_t *bytes;
    size_t size, bytes_room;
};

/* Errors of index_keys_each(). */
MUST_CHECK jet_err index_keys_make(struct session *session, struct table *table, const struct index *index,
                                   const struct record *record, struct index_keys *keys);

void index_keys_free(struct index_keys *keys);

/* Which comes first; as memcmp(), a key before those that begin like it. */
int index_keys_compare(const struct index_keys_one *a, const struct index_keys_one *b);

#endif
