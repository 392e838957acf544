/* SPDX-License-Identifier: MIT */
/* api_intersect.c - JetIntersectIndexes: the records that are in ranges of several indexes, by their bookmarks, in a
 * temporary table.
 *
 * The bookmarks of each range are collected, sorted, and kept as long as they are in all ranges so far. They are in
 * memory: some bytes for each record of the greatest range. */
#include <stdlib.h>
#include <string.h>

#include "jet/esent.h"
#include "jet/jet_table.h"

enum { RANGES_MAX = 64 };

/* ---- bookmarks ---- */

struct mark {
    uint32_t size;
    uint8_t bytes[];
};

struct marks {
    struct mark **items;
    size_t count, room;
};

static void marks_free(struct marks *marks)
{
    for (size_t i = 0; i < marks->count; i++)
        free(marks->items[i]);
    free(marks->items);
    *marks = (struct marks){0};
}

static jet_err mark_add(void *context, const uint8_t *bytes, size_t size)
{
    struct marks *marks = context;
    if (marks->count == marks->room) {
        const size_t room = marks->room ? 2 * marks->room : 64;
        void *grown = realloc(marks->items, room * sizeof *marks->items);
        if (!grown)
            return JET_errOutOfMemory;
        marks->items = grown;
        marks->room = room;
    }
    struct mark *mark = malloc(sizeof *mark + size);
    if (!mark)
        return JET_errOutOfMemory;
    mark->size = (uint32_t)size;
    memcpy(mark->bytes, bytes, size);
    marks->items[marks->count++] = mark;
    return JET_errSuccess;
}

/* In the order of the primary index. */
static int compare(const void *a, const void *b)
{
    const struct mark *first = *(struct mark *const *)a, *second = *(struct mark *const *)b;
    const uint32_t shorter = first->size < second->size ? first->size : second->size;
    const int bytes = memcmp(first->bytes, second->bytes, shorter);
    return bytes != 0 ? bytes : (first->size > second->size) - (first->size < second->size);
}

/* Sorts; of marks that are the same one stays (several values of a record gave entries). */
static void marks_settle(struct marks *marks)
{
    size_t kept = 0;
    if (marks->count == 0)
        return;
    qsort(marks->items, marks->count, sizeof *marks->items, compare);
    for (size_t i = 1; i < marks->count; i++) {
        if (compare(&marks->items[i], &marks->items[kept]) == 0)
            free(marks->items[i]);
        else
            marks->items[++kept] = marks->items[i];
    }
    marks->count = kept + 1;
}

/* Both are settled; only what is in `others`, too, stays. */
static void marks_intersect(struct marks *marks, const struct marks *others)
{
    size_t kept = 0, other = 0;
    for (size_t i = 0; i < marks->count; i++) {
        while (other < others->count && compare(&others->items[other], &marks->items[i]) < 0)
            other++;
        if (other < others->count && compare(&others->items[other], &marks->items[i]) == 0)
            marks->items[kept++] = marks->items[i];
        else
            free(marks->items[i]);
    }
    marks->count = kept;
}

/* ---- ranges ---- */

/* Cursors of the session, on the same table, in the order of different secondary indexes. */
static jet_err ranges_check(struct jet_session *session, const JET_INDEXRANGE *ranges, uint32_t count,
                            struct jet_table **ret_tables)
{
    for (uint32_t i = 0; i < count; i++) {
        if (ranges[i].cbStruct != sizeof ranges[i])
            return JET_errInvalidParameter;
        if (ranges[i].grbit != JET_bitRecordInIndex)
            return JET_errInvalidGrbit;
        jet_err err = jet_table_of(session, ranges[i].tableid, &ret_tables[i]);
        if (err < JET_errSuccess)
            return err;
        const struct table_cursor *cursor = ret_tables[i]->cursor;
        if (table_cursor_index_objid(cursor) == 0 ||
            table_cursor_table(cursor) != table_cursor_table(ret_tables[0]->cursor))
            return JET_errInvalidParameter;
        for (uint32_t j = 0; j < i; j++)
            if (table_cursor_index_objid(cursor) == table_cursor_index_objid(ret_tables[j]->cursor))
                return JET_errInvalidParameter;
    }
    return JET_errSuccess;
}

static jet_err ranges_intersect(struct jet_table *const *tables, uint32_t count, struct marks *ret_marks)
{
    jet_err err = table_cursor_each_bookmark(tables[0]->cursor, mark_add, ret_marks);
    marks_settle(ret_marks);
    for (uint32_t i = 1; i < count && err >= JET_errSuccess; i++) {
        struct marks others = {0};
        err = table_cursor_each_bookmark(tables[i]->cursor, mark_add, &others);
        marks_settle(&others);
        marks_intersect(ret_marks, &others);
        marks_free(&others);
    }
    return err;
}

/* ---- the answer ---- */

static jet_err answer_fill(struct table_cursor *cursor, JET_COLUMNID column, const struct marks *marks)
{
    jet_err err = JET_errSuccess;
    for (size_t i = 0; i < marks->count && err >= JET_errSuccess; i++) {
        const struct table_set set = {
            .column = column, .data = marks->items[i]->bytes, .size = marks->items[i]->size, .itag = 1};
        err = table_cursor_prepare(cursor, TABLE_PREPARE_INSERT);
        if (err >= JET_errSuccess)
            err = table_cursor_set(cursor, &set);
        if (err >= JET_errSuccess)
            err = table_cursor_update(cursor, NULL, NULL);
    }
    if (err < JET_errSuccess)
        return err;
    temporary_seal(cursor);
    return table_cursor_move(cursor, JET_MoveFirst, 0);
}

static jet_err answer_make(struct jet_session *session, const struct marks *marks, JET_RECORDLIST *ret_list)
{
    const struct temporary_column column = {.type = COLUMN_LONG_BINARY};
    const struct temporary_definition definition = {
        .columns = &column, .column_count = 1, .flags = TEMPORARY_SCROLLABLE | TEMPORARY_INTRINSIC_ONLY};
    struct table_cursor *cursor;
    jet_err err = temporary_open(session->session, &definition, &ret_list->columnidBookmark, &cursor);
    if (err < JET_errSuccess)
        return err;
    err = answer_fill(cursor, ret_list->columnidBookmark, marks);
    if (err < JET_errSuccess) {
        table_cursor_close(cursor);
        return err;
    }
    ret_list->cRecord = (uint32_t)marks->count;
    return jet_table_new(session, cursor, &ret_list->tableid);
}

static jet_err intersect(struct jet_session *session, const JET_INDEXRANGE *ranges, uint32_t count,
                         JET_RECORDLIST *ret_list)
{
    struct jet_table *tables[RANGES_MAX] = {0};
    struct marks marks = {0};
    jet_err err = ranges_check(session, ranges, count, tables);
    if (err >= JET_errSuccess)
        err = ranges_intersect(tables, count, &marks);
    if (err >= JET_errSuccess && marks.count > 0)
        err = answer_make(session, &marks, ret_list);
    marks_free(&marks);
    return err;
}

/* Nothing in common is an answer without a table. */
JET_ERR JET_API JetIntersectIndexes(JET_SESID sesid, JET_INDEXRANGE *rgindexrange, uint32_t cindexrange,
                                    JET_RECORDLIST *precordlist, JET_GRBIT grbit)
{
    struct jet_session *session;
    if (!precordlist || precordlist->cbStruct != sizeof *precordlist || !rgindexrange || cindexrange == 0 ||
        cindexrange > RANGES_MAX)
        return JET_errInvalidParameter;
    if (grbit != JET_bitNil)
        return JET_errInvalidGrbit;
    precordlist->tableid = JET_tableidNil;
    precordlist->cRecord = 0;
    precordlist->columnidBookmark = 0;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = intersect(session, rgindexrange, cindexrange, precordlist);
    jet_session_leave(session);
    return err;
}
