/* SPDX-License-Identifier: MIT */
/* deep_choice.c - which values of a record give a key of an index, one choice after another. Written for the check
 * alone.
 *
 * Of several multi-valued columns the first gives an entry for each of its values, unless the index says that all
 * combinations count, or the first values together, the second ones ... A tuple index has an entry for each piece of
 * the value of its first column, and if another column is the multi-valued one, only that one's first value.
 */
#include "isam/deep_internal.h"

bool deep_choice_varies(const struct deep_index *index, const struct deep_column *column, size_t segment, bool has_been)
{
    const bool takes_all = index->flags & (DEEP_INDEX_CROSS_PRODUCT | DEEP_INDEX_NESTED_TABLE);
    if (!(index->flags & DEEP_INDEX_MULTI_VALUED) || !(column->flags & DEEP_COLUMN_MULTI_VALUED))
        return false;
    if (index->tuples.length_max > 0 && segment > 0 && !has_been)
        return false;
    return takes_all || !has_been;
}

static bool next_together(struct deep_choice *choice, size_t segments)
{
    bool is_more = false;
    for (size_t i = 0; i < segments; i++)
        is_more |= choice->which[i] + 1 < choice->counts[i];
    for (size_t i = 0; is_more && i < segments; i++)
        choice->which[i] += choice->counts[i] > 0;
    return is_more;
}

bool deep_choice_next(struct deep_choice *choice, const struct deep_index *index)
{
    choice->piece = 0;
    if (index->flags & DEEP_INDEX_NESTED_TABLE)
        return next_together(choice, index->segment_count);
    for (size_t i = index->segment_count; i-- > 0;) {
        if (choice->which[i] + 1 < choice->counts[i]) {
            choice->which[i]++;
            return true;
        }
        choice->which[i] = 0;
    }
    return false;
}

bool deep_choice_is_several(const struct deep_choice *choice, const struct deep_index *index)
{
    bool several = index->tuples.length_max > 0;
    for (size_t i = 0; i < index->segment_count; i++)
        several |= choice->counts[i] > 1;
    return several;
}

enum deep_key_verdict deep_choice_cut(const struct deep_choice *choice, const struct deep_index *index,
                                      struct deep_segment_value *value)
{
    const struct deep_tuples *tuples = &index->tuples;
    const bool is_wide = (value->column->type == DEEP_TYPE_TEXT || value->column->type == DEEP_TYPE_LONG_TEXT) &&
                         value->column->code_page == DEEP_CODE_PAGE_UNICODE;
    const size_t width = is_wide ? 2 : 1, at = (tuples->start + choice->piece * tuples->step) * width;
    if (value->is_unreadable || value->is_cut)
        return DEEP_KEY_UNJUDGED;
    if (value->is_null || choice->piece >= tuples->count_max || at > value->size ||
        value->size - at < tuples->length_min * width)
        return DEEP_KEY_NO_MORE;
    value->bytes += at;
    value->size -= at;
    if (value->size > tuples->length_max * width)
        value->size = tuples->length_max * width;
    return DEEP_KEY_ENTRY;
}
