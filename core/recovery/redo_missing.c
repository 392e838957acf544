/* SPDX-License-Identifier: MIT */
/* redo_missing.c - pages that are not there because the end of a file was cut off.
 *
 * Redo may begin before the place where a file was cut. Records from before that name pages that the file has not, or
 * has anew and without content: they are noted, and the record that cut the file takes them out. What remains when
 * everything that the header requires is replayed was lost otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/corrupt.h"
#include "recovery/recovery_internal.h"

/* The first that is `pgno` or behind it. */
static size_t place_of(const struct redo_missing *missing, pgno_t pgno)
{
    size_t low = 0, high = missing->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (missing->pages[middle].pgno < pgno)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

jet_err redo_missing_add(struct redo_missing *missing, pgno_t pgno, jet_err err)
{
    const size_t place = place_of(missing, pgno);
    if (place < missing->count && missing->pages[place].pgno == pgno)
        return JET_errSuccess;
    struct redo_missing_page *pages = array_grow(missing->pages, missing->count, sizeof *pages);
    if (!pages)
        return JET_errOutOfMemory;
    missing->pages = pages;
    memmove(&missing->pages[place + 1], &missing->pages[place], (missing->count - place) * sizeof *missing->pages);
    missing->pages[place] = (struct redo_missing_page){pgno, err};
    missing->count++;
    return JET_errSuccess;
}

void redo_missing_forget(struct redo_missing *missing, pgno_t first, pgno_t last)
{
    if (missing->count == 0 || first > last)
        return;
    const size_t from = place_of(missing, first);
    const size_t to = last < PGNO_MAX ? place_of(missing, last + 1) : missing->count;
    memmove(&missing->pages[from], &missing->pages[to], (missing->count - to) * sizeof *missing->pages);
    missing->count -= to - from;
    if (missing->count == 0)
        redo_missing_done(missing);
}

jet_err redo_missing_check(const struct redo_missing *missing)
{
    return missing->count == 0 ? JET_errSuccess : CORRUPT(missing->pages[0].err);
}

void redo_missing_done(struct redo_missing *missing)
{
    free(missing->pages);
    *missing = (struct redo_missing){.count = 0};
}
