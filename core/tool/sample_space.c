/* SPDX-License-Identifier: MIT */
#include "tool/sample_space.h"

#include <assert.h>

void sample_space_init(struct sample_space *s, pgno_t pgno_parent, bool is_multiple, struct space_extent extent)
{
    *s = (struct sample_space){.pgno_parent = pgno_parent, .is_multiple = is_multiple};
    sample_space_add(s, extent);
}

void sample_space_add(struct sample_space *s, struct space_extent extent)
{
    assert(s->count_owned < SAMPLE_EXTENTS_MAX);
    s->owned[s->count_owned++] = extent;
}

jet_err sample_space_take(struct sample_space *s, uint32_t count_pages, struct space_extent *ret_extent)
{
    if (s->count_taken == s->owned[s->current].count_pages && s->current + 1 < s->count_owned) {
        s->current++;
        s->count_taken = 0;
    }
    const struct space_extent *extent = &s->owned[s->current];
    if (count_pages > extent->count_pages - s->count_taken)
        return JET_errDatabaseInvalidPages;
    s->count_taken += count_pages;
    *ret_extent = (struct space_extent){
        .pgno_last = extent->pgno_last - extent->count_pages + s->count_taken,
        .count_pages = count_pages,
    };
    return JET_errSuccess;
}

uint64_t sample_space_left(const struct sample_space *s)
{
    uint64_t left = 0;
    for (unsigned i = s->current; i < s->count_owned; i++)
        left += s->owned[i].count_pages;
    return left - s->count_taken;
}

bool sample_space_available(const struct sample_space *s, unsigned i, struct space_extent *ret_extent)
{
    *ret_extent = s->owned[i];
    if (i < s->current)
        return false;
    if (i == s->current)
        ret_extent->count_pages -= s->count_taken;
    return ret_extent->count_pages > 0;
}

/* Bit i stands for page FDP + 1 + i; the first page of the extent is the FDP itself. */
static uint32_t available_mask(const struct sample_space *s)
{
    uint32_t mask = 0;
    for (uint32_t page = s->count_taken; page < s->owned[0].count_pages; page++)
        mask |= 1u << (page - 1);
    return mask;
}

struct space_header sample_space_header(const struct sample_space *s, pgno_t fdp, bool is_non_unique)
{
    struct space_header header = {
        .count_pages = s->owned[0].count_pages,
        .pgno_parent = s->pgno_parent,
        .flags = is_non_unique ? SPACE_FLAG_NON_UNIQUE : 0,
    };
    if (s->is_multiple) {
        header.flags |= SPACE_FLAG_MULTIPLE;
        header.pgno_owned = fdp + 1;
    } else {
        header.mask_available = available_mask(s);
    }
    return header;
}
