/* SPDX-License-Identifier: MIT */
/* api_record.c - reading and writing records. No entry point here has text. */
#include <stddef.h>
#include <string.h>

#include "jet/callback.h"
#include "jet/default_function.h"
#include "jet/esent.h"
#include "jet/info_copy.h"
#include "jet/jet_table.h"

_Static_assert(TABLE_PREPARE_INSERT == JET_prepInsert && TABLE_PREPARE_REPLACE == JET_prepReplace &&
                   TABLE_PREPARE_CANCEL == JET_prepCancel && TABLE_PREPARE_REPLACE_NO_LOCK == JET_prepReplaceNoLock &&
                   TABLE_PREPARE_INSERT_COPY == JET_prepInsertCopy &&
                   TABLE_PREPARE_INSERT_COPY_DELETE == JET_prepInsertCopyDeleteOriginal &&
                   TABLE_PREPARE_READ_ONLY_COPY == JET_prepReadOnlyCopy,
               "numbers pass through");

enum { WHEN_READ = TEMPORARY_RETRIEVING | TEMPORARY_TABLE | JET_TABLE_IN_CALLBACK };

/* --- writing --------------------------------------------------------------------------------------------------------- */

/* A client that opened the database read-only may not write, even if others may. */
static jet_err enter_to(unsigned also, JET_SESID sesid, JET_TABLEID tableid, struct jet_table **ret_table)
{
    struct jet_table *table;
    jet_err err = jet_table_enter_any(sesid, tableid, TEMPORARY_INSERTING | TEMPORARY_TABLE | also, &table);
    if (err < JET_errSuccess)
        return err;
    if (table->session->opened[table->dbid].is_read_only) {
        jet_table_leave(table);
        return JET_errPermissionDenied;
    }
    *ret_table = table;
    return JET_errSuccess;
}

static jet_err enter_to_write(JET_SESID sesid, JET_TABLEID tableid, struct jet_table **ret_table)
{
    return enter_to(0, sesid, tableid, ret_table);
}

/* A callback may set columns of the record that is about to be written. */
static jet_err enter_to_set(JET_SESID sesid, JET_TABLEID tableid, struct jet_table **ret_table)
{
    return enter_to(JET_TABLE_IN_CALLBACK, sesid, tableid, ret_table);
}

JET_ERR JET_API JetPrepareUpdate(JET_SESID sesid, JET_TABLEID tableid, uint32_t prep)
{
    struct jet_table *table;
    if (prep > JET_prepInsertCopyReplaceOriginal || prep == 1 || prep == 6)
        return JET_errInvalidParameter;
    jet_err err = prep == JET_prepReadOnlyCopy ? jet_table_enter_any(sesid, tableid, TEMPORARY_TABLE, &table)
                                               : enter_to_write(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_prepare(table->cursor, (enum table_prepare)prep);
    jet_table_leave(table);
    return err;
}

/* A wish that changes no value. */
static const JET_GRBIT set_wishes = JET_bitSetContiguousLV;
static const JET_GRBIT set_known = JET_bitSetAppendLV | JET_bitSetOverwriteLV | JET_bitSetSizeLV |
                                   JET_bitSetZeroLength | JET_bitSetSeparateLV | JET_bitSetUniqueMultiValues |
                                   JET_bitSetUniqueNormalizedMultiValues | JET_bitSetRevertToDefaultValue |
                                   JET_bitSetIntrinsicLV | JET_bitSetCompressed | JET_bitSetUncompressed;
_Static_assert(TABLE_SET_COMPRESS == JET_bitSetCompressed && TABLE_SET_PLAIN == JET_bitSetUncompressed,
               "numbers pass through");

static jet_err column_set(struct table_cursor *cursor, struct table_set *set)
{
    if ((set->flags & ~(set_known | set_wishes)) != 0)
        return JET_errInvalidGrbit;
    set->flags &= set_known;
    return table_cursor_set(cursor, set);
}

JET_ERR JET_API JetSetColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, const void *pvData,
                             uint32_t cbData, JET_GRBIT grbit, JET_SETINFO *psetinfo)
{
    struct jet_table *table;
    struct table_set set = {.column = columnid, .flags = grbit, .data = pvData, .size = cbData, .offset = 0, .itag = 1};
    if (psetinfo) {
        if (psetinfo->cbStruct < sizeof *psetinfo)
            return JET_errInvalidParameter;
        set.offset = psetinfo->ibLongValue;
        set.itag = psetinfo->itagSequence;
    }
    jet_err err = enter_to_set(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = column_set(table->cursor, &set);
    jet_table_leave(table);
    return err;
}

/* Stops at the first column that cannot be set; a warning of one is the warning of all. */
JET_ERR JET_API JetSetColumns(JET_SESID sesid, JET_TABLEID tableid, JET_SETCOLUMN *psetcolumn, uint32_t csetcolumn)
{
    struct jet_table *table;
    jet_err warning = JET_errSuccess;
    if (csetcolumn > 0 && !psetcolumn)
        return JET_errInvalidParameter;
    jet_err err = enter_to_set(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    for (uint32_t i = 0; i < csetcolumn && err >= JET_errSuccess; i++) {
        JET_SETCOLUMN *column = &psetcolumn[i];
        struct table_set set = {
            .column = column->columnid,
            .flags = column->grbit,
            .data = column->pvData,
            .size = column->cbData,
            .offset = column->ibLongValue,
            .itag = column->itagSequence,
        };
        err = column->err = column_set(table->cursor, &set);
        if (err > JET_errSuccess)
            warning = err;
    }
    jet_table_leave(table);
    return err < JET_errSuccess ? err : warning;
}

JET_ERR JET_API JetUpdate(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark, uint32_t cbBookmark,
                          uint32_t *pcbActual)
{
    return JetUpdate2(sesid, tableid, pvBookmark, cbBookmark, pcbActual, JET_bitNil);
}

/* A record in a sort has no bookmark; one whose key is there is dropped. */
static jet_err update(struct jet_table *table, const uint8_t **ret_bookmark, size_t *ret_size)
{
    struct temporary *temporary = jet_table_temporary(table);
    jet_err err = callback_update(table, ret_bookmark, ret_size);
    if (!temporary || temporary->phase != TEMPORARY_INSERTING)
        return err;
    if (err == JET_errKeyDuplicate)
        err = table_cursor_prepare(table->cursor, TABLE_PREPARE_CANCEL);
    else if (err >= JET_errSuccess)
        temporary->records++;
    *ret_bookmark = NULL;
    *ret_size = 0;
    return err;
}

JET_ERR JET_API JetUpdate2(JET_SESID sesid, JET_TABLEID tableid, void *pvBookmark, uint32_t cbBookmark,
                           uint32_t *pcbActual, const JET_GRBIT grbit)
{
    struct jet_table *table;
    const uint8_t *bookmark;
    size_t size;
    if ((grbit & ~(JET_GRBIT)(JET_bitUpdateCheckESE97Compatibility | JET_bitUpdateNoVersion)) != 0)
        return JET_errInvalidGrbit;
    jet_err err = enter_to_write(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = update(table, &bookmark, &size);
    if (err >= JET_errSuccess && (pvBookmark || pcbActual)) /* the record is written, whatever the buffer holds */
        err = info_copy(bookmark, size, pvBookmark, cbBookmark, pcbActual,
                        pvBookmark ? JET_wrnBufferTruncated : JET_errSuccess);
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetDelete(JET_SESID sesid, JET_TABLEID tableid)
{
    struct jet_table *table;
    jet_err err = enter_to_write(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    const struct temporary *temporary = jet_table_temporary(table);
    const bool is_in_sort = temporary && temporary->phase == TEMPORARY_INSERTING;
    err = is_in_sort ? JET_errIllegalOperation : callback_delete(table);
    jet_table_leave(table);
    return err;
}

JET_ERR JET_API JetEscrowUpdate(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void *pv, uint32_t cbMax,
                                void *pvOld, uint32_t cbOldMax, uint32_t *pcbOldActual, JET_GRBIT grbit)
{
    struct jet_table *table;
    int64_t delta;
    int64_t before = 0;
    if (!pv || (cbMax != 4 && cbMax != 8))
        return JET_errInvalidBufferSize;
    if ((grbit & ~(JET_GRBIT)JET_bitEscrowNoRollback) != 0)
        return JET_errInvalidGrbit;
    if (cbMax == 4) {
        int32_t narrow;
        memcpy(&narrow, pv, sizeof narrow);
        delta = narrow;
    } else {
        memcpy(&delta, pv, sizeof delta);
    }
    jet_err err = enter_to_write(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_escrow(table->cursor, columnid, cbMax, delta, &before);
    jet_table_leave(table);
    if (err >= JET_errSuccess && (pvOld || pcbOldActual)) {
        int32_t narrow = (int32_t)before;
        const void *old = cbMax == 4 ? (const void *)&narrow : (const void *)&before;
        err = info_copy(old, cbMax, pvOld, cbOldMax, pcbOldActual, pvOld ? JET_wrnBufferTruncated : JET_errSuccess);
    }
    return err;
}

/* --- reading --------------------------------------------------------------------------------------------------------- */

static const JET_GRBIT retrieve_known =
    JET_bitRetrieveCopy | JET_bitRetrieveFromIndex | JET_bitRetrieveFromPrimaryBookmark | JET_bitRetrieveTag |
    JET_bitRetrieveNull | JET_bitRetrieveIgnoreDefault | JET_bitRetrieveTuple | JET_bitRetrieveAsRefIfNotInRecord |
    JET_bitRetrieveLongId | JET_bitRetrieveLongValueRefCount | JET_bitRetrievePageNumber | JET_bitRetrievePhysicalSize;
_Static_assert(TABLE_RETRIEVE_TUPLE == JET_bitRetrieveTuple &&
                   TABLE_RETRIEVE_AS_REFERENCE == JET_bitRetrieveAsRefIfNotInRecord &&
                   TABLE_RETRIEVE_LONG_ID == JET_bitRetrieveLongId &&
                   TABLE_RETRIEVE_REFERENCES == JET_bitRetrieveLongValueRefCount &&
                   TABLE_RETRIEVE_PAGE_NUMBER == JET_bitRetrievePageNumber &&
                   TABLE_RETRIEVE_PHYSICAL_SIZE == JET_bitRetrievePhysicalSize,
               "numbers pass through");
static const JET_GRBIT retrieve_hints = JET_bitRetrievePrereadMany | JET_bitRetrievePrereadOnly;

/* A function that makes a default reads what its caller does. */
static unsigned flags_in_callback(const struct jet_table *table, unsigned flags)
{
    const struct jet_callback *callback = jet_callback_of_session(table->session->handle);
    if (!callback || callback->tableid != table->handle)
        return flags;
    switch (callback->reads) {
    case JET_CALLBACK_READS_COPY: return flags | TABLE_RETRIEVE_COPY;
    case JET_CALLBACK_READS_RECORD: return flags & ~(unsigned)TABLE_RETRIEVE_COPY;
    default: return flags;
    }
}

static jet_err column_retrieve(struct jet_table *table, struct table_retrieve *retrieve)
{
    if ((retrieve->flags & ~(retrieve_known | retrieve_hints)) != 0)
        return JET_errInvalidGrbit;
    if ((retrieve->flags & JET_bitRetrievePrereadOnly) != 0) {
        retrieve->actual = 0;
        return JET_errSuccess;
    }
    retrieve->flags = flags_in_callback(table, retrieve->flags & retrieve_known);
    if (!retrieve->buffer)
        retrieve->size = 0;
    const jet_err err = table_cursor_retrieve(table->cursor, retrieve);
    return err == JET_wrnColumnNull && retrieve->is_computed ? default_function_call(table, retrieve) : err;
}

JET_ERR JET_API JetRetrieveColumn(JET_SESID sesid, JET_TABLEID tableid, JET_COLUMNID columnid, void *pvData,
                                  uint32_t cbData, uint32_t *pcbActual, JET_GRBIT grbit, JET_RETINFO *pretinfo)
{
    struct jet_table *table;
    struct table_retrieve retrieve = {
        .column = columnid, .flags = grbit, .buffer = pvData, .size = cbData, .offset = 0, .itag = 1};
    if (pretinfo) {
        if (pretinfo->cbStruct < sizeof *pretinfo)
            return JET_errInvalidParameter;
        retrieve.offset = pretinfo->ibLongValue;
        retrieve.itag = pretinfo->itagSequence;
    }
    if ((grbit & JET_bitRetrievePhysicalSize) != 0 && !pcbActual)
        return JET_errInvalidParameter;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_READ, &table);
    if (err < JET_errSuccess)
        return err;
    err = column_retrieve(table, &retrieve);
    jet_table_leave(table);
    if (err < JET_errSuccess)
        return err;
    if (pcbActual)
        *pcbActual = retrieve.actual;
    if (pretinfo) {
        if (pretinfo->itagSequence == 0 || (grbit & JET_bitRetrieveTag) != 0)
            pretinfo->itagSequence = retrieve.actual_itag;
        pretinfo->columnidNextTagged = retrieve.column_next;
    }
    return err;
}

/* Each column has its own result; that one was cut is also the result of the call, that one is null is not. */
JET_ERR JET_API JetRetrieveColumns(JET_SESID sesid, JET_TABLEID tableid, JET_RETRIEVECOLUMN *pretrievecolumn,
                                   uint32_t cretrievecolumn)
{
    struct jet_table *table;
    jet_err result = JET_errSuccess;
    if (cretrievecolumn > 0 && !pretrievecolumn)
        return JET_errInvalidParameter;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_READ, &table);
    if (err < JET_errSuccess)
        return err;
    for (uint32_t i = 0; i < cretrievecolumn && result >= JET_errSuccess; i++) {
        JET_RETRIEVECOLUMN *column = &pretrievecolumn[i];
        struct table_retrieve retrieve = {
            .column = column->columnid,
            .flags = column->grbit,
            .buffer = column->pvData,
            .size = column->cbData,
            .offset = column->ibLongValue,
            .itag = column->itagSequence,
        };
        err = column->err = column_retrieve(table, &retrieve);
        if (err >= JET_errSuccess) {
            column->cbActual = retrieve.actual;
            column->columnidNextTagged = retrieve.column_next;
            if (column->itagSequence == 0)
                column->itagSequence = retrieve.actual_itag;
        }
        if (err < JET_errSuccess || err == JET_wrnBufferTruncated)
            result = err;
    }
    jet_table_leave(table);
    return result;
}

_Static_assert(TABLE_SIZE_OF_COPY == JET_bitRecordSizeInCopyBuffer && TABLE_SIZE_LOCAL == JET_bitRecordSizeLocal &&
                   TABLE_SIZE_INTRINSIC_PHYSICAL == JET_bitRecordSizeIntrinsicPhysicalOnly &&
                   TABLE_SIZE_EXTRINSIC_LOGICAL == JET_bitRecordSizeExtrinsicLogicalOnly,
               "numbers pass through");

/* Adds to what is there already, or to nothing. */
static jet_err record_size(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit, JET_RECSIZE3 *sum)
{
    struct jet_table *table;
    struct table_record_size size;
    const JET_GRBIT passed = JET_bitRecordSizeInCopyBuffer | JET_bitRecordSizeLocal |
                             JET_bitRecordSizeIntrinsicPhysicalOnly | JET_bitRecordSizeExtrinsicLogicalOnly;
    if ((grbit & ~(passed | JET_bitRecordSizeRunningTotal)) != 0)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter_any(sesid, tableid, WHEN_READ, &table);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_record_size(table->cursor, grbit & passed, &size);
    jet_table_leave(table);
    if (err < JET_errSuccess)
        return err;
    if ((grbit & JET_bitRecordSizeRunningTotal) == 0)
        memset(sum, 0, sizeof *sum);
    sum->cbData += size.data;
    sum->cbLongValueData += size.long_value_data;
    sum->cbOverhead += size.overhead;
    sum->cbLongValueOverhead += size.long_value_overhead;
    sum->cNonTaggedColumns += size.non_tagged;
    sum->cTaggedColumns += size.tagged;
    sum->cLongValues += size.long_values;
    sum->cMultiValues += size.multi_values;
    sum->cCompressedColumns += size.compressed;
    sum->cbDataCompressed += size.stored;
    sum->cbLongValueDataCompressed += size.long_value_stored;
    sum->cbIntrinsicLongValueData += size.intrinsic_data;
    sum->cbIntrinsicLongValueDataCompressed += size.intrinsic_stored;
    sum->cIntrinsicLongValues += size.intrinsic_values;
    sum->cbKey += size.key;
    return JET_errSuccess;
}

_Static_assert(offsetof(JET_RECSIZE2, cMultiValues) == offsetof(JET_RECSIZE, cMultiValues) &&
                   offsetof(JET_RECSIZE3, cbLongValueDataCompressed) ==
                       offsetof(JET_RECSIZE2, cbLongValueDataCompressed),
               "each begins with the one before");

/* One of the older structures, of `size` bytes. */
static jet_err record_size_begin_of(JET_SESID sesid, JET_TABLEID tableid, JET_GRBIT grbit, void *sum, size_t size)
{
    JET_RECSIZE3 whole = {0};
    memcpy(&whole, sum, size);
    jet_err err = record_size(sesid, tableid, grbit, &whole);
    if (err >= JET_errSuccess)
        memcpy(sum, &whole, size);
    return err;
}

JET_ERR JET_API JetGetRecordSize(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE *precsize, const JET_GRBIT grbit)
{
    return precsize ? record_size_begin_of(sesid, tableid, grbit, precsize, sizeof *precsize) : JET_errInvalidParameter;
}

JET_ERR JET_API JetGetRecordSize2(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE2 *precsize, const JET_GRBIT grbit)
{
    return precsize ? record_size_begin_of(sesid, tableid, grbit, precsize, sizeof *precsize) : JET_errInvalidParameter;
}

JET_ERR JET_API JetGetRecordSize3(JET_SESID sesid, JET_TABLEID tableid, JET_RECSIZE3 *precsize, const JET_GRBIT grbit)
{
    return precsize ? record_size(sesid, tableid, grbit, precsize) : JET_errInvalidParameter;
}
