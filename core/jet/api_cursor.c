/* SPDX-License-Identifier: MIT */
/* api_cursor.c - moving about in tables: the entry points without text. Flags go through as they are; those that are
 * only hints are taken away first. */
#include <stdlib.h>
#include <string.h>

#include "jet/esent.h"
#include "jet/info_copy.h"
#include "jet/jet_table.h"

enum {
    WHEN_READ = TEMPORARY_RETRIEVING | TEMPORARY_TABLE,
    WHEN_ANY = TEMPORARY_INSERTING | WHEN_READ,
    IN_CALLBACK = JET_TABLE_IN_CALLBACK,
};

JET_ERR JET_API JetCloseTable(JET_SESID sesid, JET_TABLEID tableid)
{
    struct jet_table *table;
    jet_err err = jet_table_enter_anyway(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    struct jet_session *session = table->session;
    jet_table_close(table);
    jet_session_leave(session);
    return JET_errSuccess;
}

JET_ERR JET_API JetDupCursor(JET_SESID sesid, JET_TABLEID tableid, JET_TABLEID *ptableid, JET_GRBIT grbit)
{
    struct jet_table *table;
    struct table_cursor *cursor;
    if (!ptableid)
        return JET_errInvalidParameter;
    if (grbit != JET_bitNil)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_READ | IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_dup(table->cursor, table->session->session, &cursor);
    if (err >= JET_errSuccess)
        err = jet_table_new(table->session, cursor, ptableid);
    jet_table_leave(table);
    return err;
}

/* The first move of a sort that is not a table then finds it at its first record. */
static jet_err move(struct jet_table *table, int32_t rows, JET_GRBIT grbit)
{
    const bool was_inserting = jet_table_temporary(table) && jet_table_temporary(table)->phase == TEMPORARY_INSERTING;
    jet_err err = jet_table_end_insert(table);
    if (err < JET_errSuccess)
        return err;
    if (jet_table_is_one_way(table) && rows < 0 && rows != JET_MoveFirst)
        return JET_errIllegalOperation;
    if (was_inserting && rows == 0 && jet_table_temporary(table)->phase == TEMPORARY_RETRIEVING)
        rows = JET_MoveFirst;
    return table_cursor_move(table->cursor, rows, grbit);
}

JET_ERR JET_API JetMove(JET_SESID sesid, JET_TABLEID tableid, int32_t cRow, JET_GRBIT grbit)
{
    struct jet_table *table;
    if ((grbit & ~(JET_GRBIT)JET_bitMoveKeyNE) != 0)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_ANY, &table);
    if (err < JET_errSuccess)
        return err;
    err = move(table, cRow, grbit);
    jet_table_leave(table);
    return err;
}

_Static_assert(TABLE_EQUAL == JET_relopEquals && TABLE_BEGINS_WITH == JET_relopPrefixEquals &&
                   TABLE_NOT_EQUAL == JET_relopNotEquals && TABLE_LESS_OR_EQUAL == JET_relopLessThanOrEqual &&
                   TABLE_LESS == JET_relopLessThan && TABLE_GREATER_OR_EQUAL == JET_relopGreaterThanOrEqual &&
                   TABLE_GREATER == JET_relopGreaterThan && TABLE_BITS_ZERO == JET_relopBitmaskEqualsZero &&
                   TABLE_BITS_NOT_ZERO == JET_relopBitmaskNotEqualsZero,
               "numbers pass through");

enum { FILTERS_MAX = 1024 }; /* more than a table can have a use for */

static jet_err set_filter(struct jet_table *table, const JET_INDEX_COLUMN *columns, uint32_t count)
{
    struct table_filter *conditions = calloc(count + 1, sizeof *conditions);
    jet_err err = conditions ? JET_errSuccess : JET_errOutOfMemory;
    for (uint32_t i = 0; i < count && err >= JET_errSuccess; i++) {
        const JET_INDEX_COLUMN *from = &columns[i];
        if ((from->grbit & ~(JET_GRBIT)JET_bitZeroLength) != 0 || from->relop > JET_relopBitmaskNotEqualsZero)
            err = JET_errInvalidParameter;
        conditions[i] = (struct table_filter){
            .column = from->columnid,
            .relation = (enum table_relation)from->relop,
            .data = from->pv,
            .size = from->cb,
            .is_empty = (from->grbit & JET_bitZeroLength) != 0,
        };
    }
    /* Whatever is wrong with the new one, the old one goes. */
    const jet_err set_err = table_cursor_set_filter(table->cursor, conditions, err < JET_errSuccess ? 0 : count);
    free(conditions);
    return set_err < JET_errSuccess ? set_err : err;
}

JET_ERR JET_API JetSetCursorFilter(JET_SESID sesid, JET_TABLEID tableid, JET_INDEX_COLUMN *rgColumnFilters,
                                   uint32_t cColumnFilters, JET_GRBIT grbit)
{
    struct jet_table *table;
    if (cColumnFilters > FILTERS_MAX || (cColumnFilters > 0 && !rgColumnFilters))
        return JET_errInvalidParameter;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = set_filter(table, rgColumnFilters, grbit == JET_bitNil ? cColumnFilters : 0);
    if (grbit != JET_bitNil)
        err = JET_errInvalidGrbit; /* the old one is gone all the same */
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetMakeKey(JET_SESID sesid, JET_TABLEID tableid, const void *pvData, uint32_t cbData, JET_GRBIT grbit)
{
    struct jet_table *table;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_ANY, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_make_key(table->cursor, pvData, pvData ? cbData : 0, grbit);
    jet_table_leave(table);
    return err;
}

/* A sort does not say that it found another key. */
static jet_err seek(struct jet_table *table, JET_GRBIT grbit)
{
    jet_err err = jet_table_end_insert(table);
    if (err < JET_errSuccess)
        return err;
    if (jet_table_is_one_way(table))
        return JET_errIllegalOperation;
    err = table_cursor_seek(table->cursor, grbit);
    const struct temporary *temporary = jet_table_temporary(table);
    const bool is_sort = temporary && temporary->phase == TEMPORARY_RETRIEVING;
    return is_sort && err == JET_wrnSeekNotEqual ? JET_errSuccess : err;
}

JET_ERR JET_API JetSeek(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit)
{
    struct jet_table *table;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_ANY, &table);
    if (err < JET_errSuccess)
        return err;
    err = seek(table, grbit);
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetSetIndexRange(JET_SESID sesid, JET_TABLEID tableidSrc, JET_GRBIT grbit)
{
    struct jet_table *table;
    jet_err err = jet_table_enter_any(sesid, tableidSrc, WHEN_READ, &table);
    if (err < JET_errSuccess)
        return err;
    err = jet_table_is_one_way(table) ? JET_errIllegalOperation : table_cursor_set_range(table->cursor, grbit);
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetRetrieveKey(JET_SESID sesid, JET_TABLEID tableid, void *pvKey, uint32_t cbMax, uint32_t *pcbActual,
                               JET_GRBIT grbit)
{
    struct jet_table *table;
    const uint8_t *key;
    size_t size;
    if ((grbit & ~(JET_GRBIT)JET_bitRetrieveCopy) != 0)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_ANY | IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_key(table->cursor, (grbit & JET_bitRetrieveCopy) != 0, &key, &size);
    if (err >= JET_errSuccess)
        err = info_copy(key, size, pvKey, cbMax, pcbActual, JET_wrnBufferTruncated);
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetGetBookmark(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark, uint32_t cbMax,
                               uint32_t *pcbActual)
{
    struct jet_table *table;
    const uint8_t *bookmark;
    size_t size;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_READ | IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_bookmark(table->cursor, &bookmark, &size);
    if (err >= JET_errSuccess)
        err = info_copy(bookmark, size, pvBookmark, cbMax, pcbActual, JET_errBufferTooSmall);
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetGotoBookmark(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark, uint32_t cbBookmark)
{
    struct jet_table *table;
    if (!pvBookmark || cbBookmark == 0)
        return JET_errInvalidBookmark;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_READ, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_goto(table->cursor, pvBookmark, cbBookmark);
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetGetSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void *pvSecondaryKey,
                                             uint32_t cbSecondaryKeyMax, uint32_t *pcbSecondaryKeyActual,
                                             void *pvPrimaryBookmark, uint32_t cbPrimaryBookmarkMax,
                                             uint32_t *pcbPrimaryBookmarkActual, const JET_GRBIT grbit)
{
    struct jet_table *table;
    struct table_entry entry;
    if (grbit != JET_bitNil)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter_any(sesid, tableid, IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_entry(table->cursor, &entry);
    if (err >= JET_errSuccess) {
        err = info_copy(entry.key, entry.key_size, pvSecondaryKey, cbSecondaryKeyMax, pcbSecondaryKeyActual,
                        JET_errBufferTooSmall);
        const jet_err second = info_copy(entry.bookmark, entry.bookmark_size, pvPrimaryBookmark, cbPrimaryBookmarkMax,
                                         pcbPrimaryBookmarkActual, JET_errBufferTooSmall);
        err = err < JET_errSuccess ? err : second;
    }
    jet_table_leave(table);
    return err;
}

/* On an entry that is gone the cursor stands as on any deleted record, whether the caller permits it or not. */
JET_ERR JET_API JetGotoSecondaryIndexBookmark(JET_SESID sesid, JET_TABLEID tableid, void *pvSecondaryKey,
                                              uint32_t cbSecondaryKey, void *pvPrimaryBookmark,
                                              uint32_t cbPrimaryBookmark, const JET_GRBIT grbit)
{
    struct jet_table *table;
    if ((grbit & ~(JET_GRBIT)JET_bitBookmarkPermitVirtualCurrency) != 0)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    const struct table_entry entry = {pvSecondaryKey, cbSecondaryKey, pvPrimaryBookmark,
                                      pvPrimaryBookmark ? cbPrimaryBookmark : 0};
    err = table_cursor_goto_entry(table->cursor, &entry);
    jet_table_leave(table);
    return err;
}

static jet_err count(JET_SESID sesid, JET_TABLEID tableid, uint64_t most, uint64_t *ret_count)
{
    struct jet_table *table;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_count(table->cursor, most, ret_count);
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetIndexRecordCount(JET_SESID sesid, JET_TABLEID tableid, uint32_t *pcrec, uint32_t crecMax)
{
    uint64_t counted = 0;
    if (!pcrec)
        return JET_errInvalidParameter;
    jet_err err = count(sesid, tableid, crecMax, &counted);
    if (err >= JET_errSuccess)
        *pcrec = counted > UINT32_MAX ? UINT32_MAX : (uint32_t)counted;
    return err;
}

JET_ERR JET_API JetIndexRecordCount2(JET_SESID sesid, JET_TABLEID tableid, uint64_t *pcrec, uint64_t crecMax)
{
    return pcrec ? count(sesid, tableid, crecMax, pcrec) : JET_errInvalidParameter;
}

/* Fractions of a table: where the record is among all. */
JET_ERR JET_API JetGetRecordPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS *precpos, uint32_t cbRecpos)
{
    struct jet_table *table;
    uint64_t before = 0;
    uint64_t total = 0;
    if (!precpos || cbRecpos < sizeof *precpos)
        return JET_errInvalidParameter;
    jet_err err = jet_table_enter_any(sesid, tableid, IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_estimate(table->cursor, &before, &total);
    jet_table_leave(table);
    if (err < JET_errSuccess)
        return err;
    while (total > UINT32_MAX) {
        total >>= 1;
        before >>= 1;
    }
    *precpos = (JET_RECPOS){sizeof *precpos, (uint32_t)before, 1, (uint32_t)total};
    return JET_errSuccess;
}

JET_ERR JET_API JetGotoPosition(JET_SESID sesid, JET_TABLEID tableid, JET_RECPOS *precpos)
{
    struct jet_table *table;
    if (!precpos || precpos->cbStruct < sizeof *precpos || precpos->centriesLT > precpos->centriesTotal)
        return JET_errInvalidParameter;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_goto_fraction(table->cursor, precpos->centriesLT, precpos->centriesTotal);
    jet_table_leave(table);
    return err;
}

/* The only level asks whether the record is there, and whether somebody is changing it; nothing is written to the
 * result. */
JET_ERR JET_API JetGetCursorInfo(JET_SESID sesid, JET_TABLEID tableid, void *pvResult, uint32_t cbMax,
                                 uint32_t InfoLevel)
{
    struct jet_table *table;
    (void)pvResult;
    if (cbMax != 0 || InfoLevel != 0)
        return JET_errInvalidParameter;
    jet_err err = jet_table_enter_any(sesid, tableid, TEMPORARY_TABLE | IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_examine(table->cursor);
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetGetLock(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit)
{
    struct jet_table *table;
    if (grbit != JET_bitReadLock && grbit != JET_bitWriteLock)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_lock(table->cursor, grbit == JET_bitWriteLock);
    jet_table_leave(table);
    return err;
}

/* Hints how the table will be read; the cache finds out by itself. */
static jet_err hint(JET_SESID sesid, JET_TABLEID tableid)
{
    struct jet_table *table;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    jet_table_leave(table);
    return JET_errSuccess;
}

JET_ERR JET_API JetSetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit)
{
    return (grbit & ~(JET_GRBIT)(JET_bitPrereadForward | JET_bitPrereadBackward)) != 0 ? JET_errInvalidGrbit
                                                                                       : hint(sesid, tableid);
}

JET_ERR JET_API JetResetTableSequential(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit)
{
    return grbit != JET_bitNil ? JET_errInvalidGrbit : hint(sesid, tableid);
}

/* The W form is this one: nothing in it is text. Without encrypted columns a key is of no use; none is what every table
 * has. */
JET_ERR JET_API JetSetTableInfoA(JET_SESID sesid, JET_TABLEID tableid, const void *pvParam, uint32_t cbParam,
                                 uint32_t InfoLevel)
{
    struct jet_table *table;
    (void)pvParam;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    jet_table_leave(table);
    return InfoLevel == JET_TblInfoEncryptionKey && cbParam == 0 ? JET_errSuccess : JET_errFeatureNotAvailable;
}
