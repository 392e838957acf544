/* SPDX-License-Identifier: MIT */
#include "isam/index_choice.h"

#include "isam/index_key.h"
#include "isam/row_value.h"

static bool is_multi_valued(const struct table *table, const struct index *index, unsigned segment)
{
    const struct column *column = index_segment_column(table, index, segment);

    return (index->flags & INDEX_MULTI_VALUED) && column && (column->flags & COLUMN_MULTI_VALUED);
}

unsigned index_choice_segment(const struct table *table, const struct index *index)
{
    unsigned segment = 0;

    while (segment < index->segment_count && !is_multi_valued(table, index, segment))
        segment++;
    return segment;
}

static void begin(struct index_choice *choice, const struct index *index)
{
    *choice = (struct index_choice){.is_together = (index->flags & INDEX_NESTED_TABLE) != 0};
    for (unsigned i = 0; i < TABLE_KEY_SEGMENTS_MAX; i++)
        choice->itags[i] = 1;
}

void index_choice_of_value(const struct table *table, const struct index *index, unsigned itag,
                           struct index_choice *ret_choice)
{
    unsigned segment = index_choice_segment(table, index);

    begin(ret_choice, index);
    for (; segment < index->segment_count; segment++) {
        if (is_multi_valued(table, index, segment))
            ret_choice->itags[segment] = itag;
        if (!ret_choice->is_together)
            break;
    }
}

jet_err index_choice_first(const struct table *table, const struct index *index, const struct record *record,
                           struct index_choice *ret_choice)
{
    const bool takes_all = (index->flags & (INDEX_CROSS_PRODUCT | INDEX_NESTED_TABLE)) != 0;
    unsigned segment = index_choice_segment(table, index);
    jet_err err = JET_errSuccess;

    begin(ret_choice, index);
    if (index_has_tuples(index) && segment > 0)
        return JET_errSuccess;
    for (; segment < index->segment_count && err >= JET_errSuccess; segment++) {
        struct row_value value;

        if (!is_multi_valued(table, index, segment))
            continue;
        err = row_value_get(index_segment_column(table, index, segment), record, 1, 0, &value);
        if (err >= JET_errSuccess)
            ret_choice->counts[segment] = value.count > 1 ? value.count : 1;
        if (!takes_all)
            break;
    }
    return err;
}

/* Until all of them have come to their end: the one that has more values than the others, and null for those. */
static bool next_together(struct index_choice *choice, const struct index *index)
{
    bool is_more = false;

    for (unsigned i = 0; i < index->segment_count; i++)
        is_more |= choice->counts[i] > choice->itags[i];
    for (unsigned i = 0; is_more && i < index->segment_count; i++)
        choice->itags[i] += choice->counts[i] > 0;
    return is_more;
}

bool index_choice_next(struct index_choice *choice, const struct index *index)
{
    if (choice->is_together)
        return next_together(choice, index);
    for (unsigned i = index->segment_count; i-- > 0;) {
        if (choice->itags[i] < choice->counts[i]) {
            choice->itags[i]++;
            return true;
        }
        choice->itags[i] = 1;
    }
    return false;
}
