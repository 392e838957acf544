/* SPDX-License-Identifier: MIT */
/* api_preread.c - hints what will be read next. */
#include <stdlib.h>
#include <string.h>

#include "jet/esent.h"
#include "jet/jet_table.h"
#include "jet/text.h"

static jet_err keys_check(const void *const *keys, const uint32_t *sizes, uint32_t count, size_t size_most)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!keys[i])
            return JET_errInvalidParameter;
        if (sizes[i] == 0 || sizes[i] > size_most)
            return JET_errInvalidBufferSize;
    }
    return JET_errSuccess;
}

/* Keys ascend, or descend, as the flag says. */
static bool is_in_order(const void *const *keys, const uint32_t *sizes, uint32_t count, bool backward)
{
    for (uint32_t i = 1; i < count; i++) {
        const uint32_t shorter = sizes[i - 1] < sizes[i] ? sizes[i - 1] : sizes[i];
        const int bytes = memcmp(keys[i - 1], keys[i], shorter);
        const int order = bytes != 0 ? bytes : (sizes[i - 1] > sizes[i]) - (sizes[i - 1] < sizes[i]);
        if (backward ? order < 0 : order > 0)
            return false;
    }
    return true;
}

JET_ERR JET_API JetPrereadKeys(JET_SESID sesid, JET_TABLEID tableid, const void **rgpvKeys, const uint32_t *rgcbKeys,
                               int32_t ckeys, int32_t *pckeysPreread, JET_GRBIT grbit)
{
    struct jet_table *table;
    size_t done = 0;
    if (pckeysPreread)
        *pckeysPreread = 0;
    if (ckeys <= 0 || !rgpvKeys || !rgcbKeys)
        return JET_errInvalidParameter;
    if (grbit != JET_bitPrereadForward && grbit != JET_bitPrereadBackward)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = keys_check(rgpvKeys, rgcbKeys, (uint32_t)ckeys, table_cursor_key_most(table->cursor));
    if (err >= JET_errSuccess && !is_in_order(rgpvKeys, rgcbKeys, (uint32_t)ckeys, grbit == JET_bitPrereadBackward))
        err = JET_errInvalidParameter;
    if (err >= JET_errSuccess)
        err = table_cursor_preread(table->cursor, rgpvKeys, rgcbKeys, (size_t)ckeys, &done);
    jet_table_leave(table);
    if (pckeysPreread)
        *pckeysPreread = (int32_t)done;
    return err;
}

/* ---- ranges ---- */

/* A range as it was asked for, whichever direction. */
struct range {
    uint8_t *start, *end; /* `end` NULL: the range is one key */
    size_t start_size, end_size;
};

struct ranges {
    struct range *list;
    uint32_t count;
    bool is_backward;
};

static void ranges_done(struct ranges *ranges)
{
    for (uint32_t i = 0; i < ranges->count; i++) {
        free(ranges->list[i].start);
        free(ranges->list[i].end);
    }
    free(ranges->list);
}

/* Values are exact; only the last may be the beginning of one. */
static jet_err key_flags(const JET_INDEX_COLUMN *column, bool is_first, bool is_last, bool is_start,
                         unsigned *ret_flags)
{
    const bool is_prefix = column->relop == JET_relopPrefixEquals;
    if (column->relop != JET_relopEquals && !(is_last && is_prefix))
        return JET_errInvalidParameter;
    if ((column->grbit & ~(JET_GRBIT)JET_bitZeroLength) != 0 || (column->grbit != 0 && column->cb != 0))
        return JET_errInvalidParameter;
    *ret_flags = is_first ? JET_bitNewKey : 0;
    if ((column->grbit & JET_bitZeroLength) != 0)
        *ret_flags |= JET_bitKeyDataZeroLength;
    if (is_last && is_prefix)
        *ret_flags |= is_start ? JET_bitPartialColumnStartLimit : JET_bitPartialColumnEndLimit;
    else if (is_last)
        *ret_flags |= is_start ? JET_bitFullColumnStartLimit : JET_bitFullColumnEndLimit;
    return JET_errSuccess;
}

static jet_err bytes_copy(const void *bytes, size_t size, uint8_t **ret_copy, size_t *ret_size)
{
    *ret_copy = malloc(size + 1);
    if (!*ret_copy)
        return JET_errOutOfMemory;
    if (size > 0)
        memcpy(*ret_copy, bytes, size);
    *ret_size = size;
    return JET_errSuccess;
}

/* With the cursor's own key, which is another one afterwards. */
static jet_err key_make(struct table_cursor *cursor, const JET_INDEX_COLUMN *columns, uint32_t count, bool is_start,
                        uint8_t **ret_key, size_t *ret_size)
{
    const uint8_t *key = NULL;
    size_t size = 0;
    jet_err err = count > 0 && !columns ? JET_errInvalidParameter : JET_errSuccess;
    for (uint32_t i = 0; i < count && err >= JET_errSuccess; i++) {
        const JET_INDEX_COLUMN *column = &columns[i];
        unsigned flags;
        err = key_flags(column, i == 0, i == count - 1, is_start, &flags);
        if (err >= JET_errSuccess)
            err = table_cursor_make_key(cursor, column->pv, column->pv ? column->cb : 0, flags);
    }
    if (err >= JET_errSuccess && count > 0)
        err = table_cursor_key(cursor, true, &key, &size);
    return err < JET_errSuccess ? err : bytes_copy(key, size, ret_key, ret_size);
}

static jet_err range_make(struct table_cursor *cursor, const JET_INDEX_RANGE *from, JET_GRBIT grbit,
                          struct range *range)
{
    const bool is_forward = (grbit & JET_bitPrereadForward) != 0;
    jet_err err;
    if ((grbit & JET_bitPrereadNormalizedKey) == 0) {
        err =
            key_make(cursor, from->rgStartColumns, from->cStartColumns, is_forward, &range->start, &range->start_size);
        if (err >= JET_errSuccess && from->cEndColumns > 0)
            err = key_make(cursor, from->rgEndColumns, from->cEndColumns, !is_forward, &range->end, &range->end_size);
        return err;
    }
    if (from->cStartColumns != 1 || from->cEndColumns > 1 || !from->rgStartColumns ||
        (from->cEndColumns == 1 && !from->rgEndColumns))
        return JET_errInvalidParameter;
    err = bytes_copy(from->rgStartColumns[0].pv, from->rgStartColumns[0].cb, &range->start, &range->start_size);
    if (err >= JET_errSuccess && from->cEndColumns == 1)
        err = bytes_copy(from->rgEndColumns[0].pv, from->rgEndColumns[0].cb, &range->end, &range->end_size);
    return err;
}

static jet_err ranges_make(struct table_cursor *cursor, const JET_INDEX_RANGE *from, uint32_t count, JET_GRBIT grbit,
                           struct ranges *ret_ranges)
{
    jet_err err = JET_errSuccess;
    *ret_ranges = (struct ranges){.list = calloc(count, sizeof *ret_ranges->list),
                                  .count = count,
                                  .is_backward = (grbit & JET_bitPrereadForward) == 0};
    if (!ret_ranges->list)
        return JET_errOutOfMemory;
    for (uint32_t i = 0; i < count && err >= JET_errSuccess; i++)
        err = range_make(cursor, &from[i], grbit, &ret_ranges->list[i]);
    return err;
}

/* By value, low before high. One without an end among others that have one is empty, and so out of order. */
static struct table_key_range range_keys(const struct ranges *ranges, const struct range *range)
{
    const uint8_t *end = range->end ? range->end : range->start;
    const size_t end_size = range->end ? range->end_size : range->start_size;
    if (ranges->is_backward)
        return (struct table_key_range){end, range->start, end_size, range->start_size};
    return (struct table_key_range){range->start, end, range->start_size, end_size};
}

static int compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_starts(const void *a, const void *b)
{
    const struct range *left = a, *right = b;
    return compare(left->start, left->start_size, right->start, right->start_size);
}

static int compare_starts_backward(const void *a, const void *b)
{
    return compare_starts(b, a);
}

/* Each goes in the direction that was asked for, and they follow each other in it without overlap. Who does not want to
 * know how many were done may give them in any order. */
static jet_err ranges_check(struct ranges *ranges, bool is_order_free)
{
    if (is_order_free)
        qsort(ranges->list, ranges->count, sizeof *ranges->list,
              ranges->is_backward ? compare_starts_backward : compare_starts);
    for (uint32_t i = 0; i < ranges->count; i++) {
        const struct table_key_range here = range_keys(ranges, &ranges->list[i]);
        if (compare(here.low, here.low_size, here.high, here.high_size) > 0)
            return JET_errInvalidParameter;
        if (i == 0)
            continue;
        const struct table_key_range before = range_keys(ranges, &ranges->list[i - 1]);
        const int order = ranges->is_backward ? compare(here.high, here.high_size, before.low, before.low_size)
                                              : compare(before.high, before.high_size, here.low, here.low_size);
        if (order > 0)
            return JET_errInvalidParameter;
    }
    return JET_errSuccess;
}

/* Only what can lie outside the record is worth it. */
static jet_err columns_check(const struct jet_table *jet, const JET_COLUMNID *columns, uint32_t count)
{
    struct table *table = table_cursor_table(jet->cursor);
    jet_err err = JET_errSuccess;
    if (count > 0 && table_cursor_index_objid(jet->cursor) != 0)
        return JET_errInvalidPreread;
    latch_shared(&table->latch);
    for (uint32_t i = 0; i < count && err >= JET_errSuccess; i++) {
        const struct column *column = table_column_by_id(table, jet->session->session, columns[i]);
        if (!column || !column_is_tagged(column) || !column_type_is_long(column->type))
            err = JET_errMustBeSeparateLongValue;
    }
    latch_unlock_shared(&table->latch);
    return err;
}

struct preread {
    const JET_INDEX_RANGE *ranges;
    uint32_t count;
    const JET_COLUMNID *columns;
    uint32_t column_count;
    JET_GRBIT grbit;
    bool is_order_free;
    uint32_t pages_max, pages; /* at most; done */
};

static jet_err ranges_read(struct table_cursor *cursor, const struct ranges *ranges, struct preread *preread)
{
    jet_err err = JET_errSuccess;
    for (uint32_t i = 0; i < ranges->count && err >= JET_errSuccess; i++) {
        const struct table_key_range keys = range_keys(ranges, &ranges->list[i]);
        uint32_t pages = 0;
        err = table_cursor_preread_range(cursor, &keys, preread->pages_max - preread->pages, &pages);
        preread->pages += pages;
        if (err >= JET_errSuccess && preread->column_count > 0)
            err = table_cursor_preread_values(cursor, &keys, preread->columns, preread->column_count,
                                              (preread->grbit & JET_bitPrereadFirstPage) != 0);
    }
    return err;
}

static jet_err run(struct jet_table *table, struct preread *preread)
{
    const JET_GRBIT directions = JET_bitPrereadForward | JET_bitPrereadBackward;
    const JET_GRBIT known = directions | JET_bitPrereadFirstPage | JET_bitPrereadNormalizedKey;
    struct ranges ranges = {.count = 0};
    jet_err err = ranges_make(table->cursor, preread->ranges, preread->count, preread->grbit, &ranges);
    if (err >= JET_errSuccess && ((preread->grbit & directions) == 0 || (preread->grbit & ~known) != 0))
        err = JET_errInvalidGrbit;
    if (err >= JET_errSuccess)
        err = columns_check(table, preread->columns, preread->column_count);
    if (err >= JET_errSuccess)
        err = ranges_check(&ranges, preread->is_order_free);
    if (err >= JET_errSuccess)
        err = ranges_read(table->cursor, &ranges, preread);
    ranges_done(&ranges);
    return err;
}

static jet_err enter_and_run(JET_SESID sesid, JET_TABLEID tableid, struct preread *preread)
{
    struct jet_table *table;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = run(table, preread);
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetPrereadIndexRanges(JET_SESID sesid, JET_TABLEID tableid, const JET_INDEX_RANGE *const rgIndexRanges,
                                      const uint32_t cIndexRanges, uint32_t *const pcRangesPreread,
                                      const JET_COLUMNID *const rgcolumnidPreread, const uint32_t ccolumnidPreread,
                                      JET_GRBIT grbit)
{
    struct preread preread = {
        .ranges = rgIndexRanges,
        .count = cIndexRanges,
        .columns = rgcolumnidPreread,
        .column_count = ccolumnidPreread,
        .grbit = grbit,
        .is_order_free = pcRangesPreread == NULL,
        .pages_max = UINT32_MAX,
    };
    if (cIndexRanges == 0 || !rgIndexRanges || (ccolumnidPreread > 0 && !rgcolumnidPreread))
        return JET_errInvalidParameter;
    jet_err err = enter_and_run(sesid, tableid, &preread);
    if (err >= JET_errSuccess && pcRangesPreread)
        *pcRangesPreread = cIndexRanges;
    return err;
}

JET_ERR JET_API JetPrereadIndexRange(JET_SESID sesid, JET_TABLEID tableid, const JET_INDEX_RANGE *const pIndexRange,
                                     const uint32_t cPageCacheMin, const uint32_t cPageCacheMax, JET_GRBIT grbit,
                                     uint32_t *const pcPageCacheActual)
{
    const JET_GRBIT directions = JET_bitPrereadForward | JET_bitPrereadBackward;
    struct preread preread = {.ranges = pIndexRange, .count = 1, .grbit = grbit, .pages_max = cPageCacheMax};
    if (!pIndexRange || cPageCacheMin > cPageCacheMax || cPageCacheMax > INT32_MAX)
        return JET_errInvalidParameter;
    if ((grbit & ~(directions | JET_bitPrereadNormalizedKey)) != 0 || (grbit & directions) == 0 ||
        (grbit & directions) == directions)
        return JET_errInvalidGrbit;
    jet_err err = enter_and_run(sesid, tableid, &preread);
    if (err >= JET_errSuccess && pcPageCacheActual)
        *pcPageCacheActual = preread.pages;
    return err;
}

/* ---- tables ---- */

enum { TABLES_MAX = 10 };

/* Their catalogue and the roots of their trees come with opening them; a table that is not there is no error of a
 * hint. */
static jet_err tables_open(struct jet_session *session, JET_DBID dbid, JET_PCWSTR *names, int32_t count)
{
    jet_err err = JET_errSuccess;
    for (int32_t i = 0; i < count && err >= JET_errSuccess; i++) {
        char *name = NULL;
        struct table *table;
        err = names[i] ? text_from_w(names[i], &name) : JET_errInvalidName;
        if (err >= JET_errSuccess && table_open(session->session, dbid, name, &table) >= JET_errSuccess)
            table_close(table);
        free(name);
    }
    return err;
}

JET_ERR JET_API JetPrereadTablesW(JET_SESID sesid, JET_DBID dbid, JET_PCWSTR *rgwszTables, int32_t cwszTables,
                                  JET_GRBIT grbit)
{
    struct jet_session *session;
    if (grbit != JET_bitNil)
        return JET_errInvalidGrbit;
    if (cwszTables < 0 || cwszTables > TABLES_MAX || (cwszTables > 0 && !rgwszTables))
        return JET_errInvalidParameter;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    err = tables_open(session, dbid, rgwszTables, cwszTables);
    jet_session_leave(session);
    return err;
}
