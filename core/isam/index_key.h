/* SPDX-License-Identifier: MIT */
/* index_key.h - the key under which a record stands in an index of its table. */
#ifndef COLDSTREAM_ISAM_INDEX_KEY_H
#define COLDSTREAM_ISAM_INDEX_KEY_H

#include "format/keynorm.h"
#include "isam/index_choice.h"
#include "isam/record.h"
#include "isam/table.h"

enum { INDEX_PIECE_SIZE_MAX = 2 * TABLE_TUPLE_LENGTH_MAX }; /* bytes of a tuple */

/* Bytes of a character of a tuple. */
static inline unsigned index_character_size(const struct column *column)
{
    return column_type_is_text(column->type) && column->code_page == KEYNORM_CODE_PAGE_UNICODE ? 2 : 1;
}

struct index_key {
    bool has_entry; /* false: the null rules of the index leave the record out */
    size_t size;
    uint8_t bytes[KEYNORM_LIMIT_MAX + 1];
};

/* The column of a segment, whoever may see it; NULL: there is none of that id. */
const struct column *index_segment_column(const struct table *table, const struct index *index, unsigned segment);

/* The segment descriptions of an index, for keys that are made value by value. */
struct keynorm_column index_key_column(const struct table *table, const struct index *index, unsigned segment);

/* Begins a key of the index in `buffer` (index->key_most + 1 bytes). */
void index_key_begin(const struct index *index, void *buffer, struct keynorm *ret_key);

/* How many values the record has in the first multi-valued column of the index, each of which gives an entry; 1 at
 * least, null being a value. The table's latch is held. JET_errDatabaseCorrupted. */
MUST_CHECK jet_err index_key_count(const struct table *table, const struct index *index, const struct record *record,
                                   unsigned *ret_count);

/* Are the values that make keys of the index, and decide whether there are any, the same in both records, as they lie
 * there? Those that lie elsewhere are not looked at, and count as different. The table's latch is held.
 * JET_errDatabaseCorrupted. */
MUST_CHECK jet_err index_values_are_same(const struct table *table, const struct index *index,
                                         const struct record *before, const struct record *after, bool *ret_same);

/* From the values that were chosen; a tuple that is too short has no entry. The table's latch is held, and no
 * page's if a separated long value may be in the key. JET_errNullKeyDisallowed, JET_errKeyTruncated,
 * JET_errUnicodeNormalizationNotSupported (text, in an order whose keys are not made here), JET_errFeatureNotAvailable
 * (is_foreign), JET_errDatabaseCorrupted, JET_errOutOfMemory. */
MUST_CHECK jet_err index_key_make_of(struct session *session, struct table *table, const struct index *index,
                                     const struct record *record, const struct index_choice *choice,
                                     struct index_key *ret_key);

/* The same from the `itag`-th value of the first multi-valued column, and the first of all others. */
MUST_CHECK jet_err index_key_make(struct session *session, struct table *table, const struct index *index,
                                  const struct record *record, unsigned itag, struct index_key *ret_key);

#endif
