/* SPDX-License-Identifier: MIT */
/* index_choice.h - which values of a record make one of its keys in an index.
 *
 *      one multi-valued column     a key for each of its values; of several such columns the first counts, all others give their first
 *      INDEX_CROSS_PRODUCT         a key for each combination of the values of all of them
 *      INDEX_NESTED_TABLE          a key for the first values of all of them, one for the second ones ..., null where there are
 *                                  no more
 *      tuples                      a key for each piece of the value of the first column: of `length_max` characters, or at the
 *                                  end of the value fewer, down to `length_min`; the first at `start`, the others `step` on
 *
 * A column without values gives null, as one value. If the first column of a tuple index is not the multi-valued one,
 * all others give their first value only.
 */
#ifndef COLDSTREAM_ISAM_INDEX_CHOICE_H
#define COLDSTREAM_ISAM_INDEX_CHOICE_H

#include "isam/record.h"
#include "isam/table.h"

struct index_choice {
    unsigned itags[TABLE_KEY_SEGMENTS_MAX];
    unsigned counts[TABLE_KEY_SEGMENTS_MAX]; /* values that take their turn; 0: the column has none that do */
    bool is_together;                        /* all at once */
    const uint8_t *piece; /* tuples: instead of the value of the first column; NULL: the first piece of it */
    size_t piece_size;
};

/* The first there is; the table's latch is held. JET_errDatabaseCorrupted. */
MUST_CHECK jet_err index_choice_first(const struct table *table, const struct index *index, const struct record *record,
                                      struct index_choice *ret_choice);

/* The next combination of values; false: that was the last. Pieces are the caller's. */
bool index_choice_next(struct index_choice *choice, const struct index *index);

/* The `itag`-th value of the first multi-valued column, and the first of all others. */
void index_choice_of_value(const struct table *table, const struct index *index, unsigned itag,
                           struct index_choice *ret_choice);

/* The first multi-valued segment of the index; segment_count: none. */
unsigned index_choice_segment(const struct table *table, const struct index *index);

static inline bool index_has_tuples(const struct index *index)
{
    return index->tuples.length_max > 0;
}

/* May a record have more keys than one? */
static inline bool index_has_several_keys(const struct index *index)
{
    return (index->flags & INDEX_MULTI_VALUED) || index_has_tuples(index);
}

#endif
