/* SPDX-License-Identifier: MIT */
/* api_enumerate.c - JetEnumerateColumns: many columns and all their values at once, in memory of the client's own
 * allocator, which is called with nothing latched. JetRetrieveTaggedColumnList: how many values the tagged columns
 * have.
 *
 * What is allocated hangs in the answer from the moment it exists, so that one walk over the answer frees all of it. */
#include <stdlib.h>
#include <string.h>

#include "isam/session.h"
#include "isam/table_row.h"
#include "isam/transaction.h"
#include "jet/esent.h"
#include "jet/jet_table.h"

static const JET_GRBIT grbits_known = JET_bitEnumerateCopy | JET_bitEnumerateIgnoreDefault |
                                      JET_bitEnumeratePresenceOnly | JET_bitEnumerateTaggedOnly |
                                      JET_bitEnumerateAsRefIfNotInRecord | JET_bitEnumerateCompressOutput |
                                      JET_bitEnumerateIgnoreUserDefinedDefault | JET_bitEnumerateInRecordOnly;

/* What is asked, and the answer as far as it is built. */
struct enumeration {
    struct table_row *row;
    JET_GRBIT grbit;
    JET_PFNREALLOC reallocate;
    void *context;
    uint32_t value_most; /* bytes of a value outside the record */
    JET_ENUMCOLUMN *columns;
    uint32_t column_count;
};

/* ---- memory ---- */

/* Zeros. At least one byte, as an empty value is not null. */
static jet_err take(const struct enumeration *e, size_t size, void **ret_memory)
{
    if (size > UINT32_MAX)
        return JET_errOutOfMemory;
    *ret_memory = e->reallocate(e->context, NULL, (uint32_t)(size ? size : 1));
    if (!*ret_memory)
        return JET_errOutOfMemory;
    memset(*ret_memory, 0, size ? size : 1);
    return JET_errSuccess;
}

/* Likewise, `count` of that size. */
static jet_err take_array(const struct enumeration *e, size_t count, size_t size, void **ret_memory)
{
    return count > UINT32_MAX / size ? JET_errOutOfMemory : take(e, count * size, ret_memory);
}

static void give(const struct enumeration *e, void *memory)
{
    if (memory)
        (void)e->reallocate(e->context, memory, 0);
}

static void give_all(struct enumeration *e)
{
    for (uint32_t i = 0; i < e->column_count; i++) {
        JET_ENUMCOLUMN *column = &e->columns[i];
        if (column->err == JET_wrnColumnSingleValue) {
            give(e, column->pvData);
            continue;
        }
        for (uint32_t j = 0; column->rgEnumColumnValue && j < column->cEnumColumnValue; j++)
            give(e, column->rgEnumColumnValue[j].pvData);
        give(e, column->rgEnumColumnValue);
    }
    give(e, e->columns);
    e->columns = NULL;
    e->column_count = 0;
}

static jet_err columns_take(struct enumeration *e, size_t count)
{
    void *memory;
    jet_err err = take_array(e, count, sizeof *e->columns, &memory);
    if (err < JET_errSuccess)
        return err;
    e->columns = memory;
    e->column_count = (uint32_t)count;
    return JET_errSuccess;
}

/* ---- values ---- */

static jet_err reference_fill(const struct enumeration *e, JET_COLUMNID id, JET_ENUMCOLUMNVALUE *value)
{
    uint8_t reference[COLUMN_REFERENCE_SIZE_MAX];
    size_t size;
    jet_err err = table_row_reference(e->row, id, value->itagSequence, reference, &size);
    if (err >= JET_errSuccess)
        err = take(e, size, &value->pvData);
    if (err < JET_errSuccess)
        return err;
    memcpy(value->pvData, reference, size);
    value->cbData = (uint32_t)size;
    value->err = JET_wrnColumnReference;
    return JET_errSuccess;
}

static jet_err value_fill(const struct enumeration *e, JET_COLUMNID id, JET_ENUMCOLUMNVALUE *value)
{
    size_t size;
    bool is_separated;
    jet_err err = table_row_measure(e->row, id, value->itagSequence, &size, &is_separated);
    if (err < JET_errSuccess)
        return err;
    if (is_separated && (e->grbit & JET_bitEnumerateInRecordOnly) != 0) {
        value->err = JET_wrnColumnNotInRecord;
        return JET_errSuccess;
    }
    if (is_separated && (e->grbit & JET_bitEnumerateAsRefIfNotInRecord) != 0)
        return reference_fill(e, id, value);
    if (is_separated && size > e->value_most) {
        value->err = JET_wrnColumnTruncated;
        size = e->value_most;
    }
    err = take(e, size, &value->pvData);
    if (err < JET_errSuccess)
        return err;
    value->cbData = (uint32_t)size;
    return table_row_read(e->row, id, value->itagSequence, value->pvData, size);
}

static jet_err value_add(const struct enumeration *e, JET_COLUMNID id, const struct table_row_column *found,
                         JET_ENUMCOLUMNVALUE *value)
{
    if (value->itagSequence == 0)
        value->err = JET_wrnColumnSkipped;
    else if (value->itagSequence > found->count)
        value->err = !found->is_stored && (e->grbit & JET_bitEnumerateIgnoreDefault) != 0 ? JET_wrnColumnDefault
                                                                                          : JET_wrnColumnNull;
    else if ((e->grbit & JET_bitEnumeratePresenceOnly) != 0)
        value->err = JET_wrnColumnPresent;
    else
        return value_fill(e, id, value);
    return JET_errSuccess;
}

/* `tags` NULL: all. */
static jet_err values_add(const struct enumeration *e, JET_ENUMCOLUMN *column, const struct table_row_column *found,
                          const uint32_t *tags, uint32_t count)
{
    void *memory;
    jet_err err = take_array(e, count, sizeof *column->rgEnumColumnValue, &memory);
    if (err < JET_errSuccess)
        return err;
    column->rgEnumColumnValue = memory;
    column->cEnumColumnValue = count;
    for (uint32_t i = 0; i < count && err >= JET_errSuccess; i++) {
        JET_ENUMCOLUMNVALUE *value = &column->rgEnumColumnValue[i];
        value->itagSequence = tags ? tags[i] : i + 1;
        err = value_add(e, column->columnid, found, value);
    }
    return err;
}

/* One value, which lies in the record, can be given without an array. */
static jet_err single_add(const struct enumeration *e, JET_ENUMCOLUMN *column, bool *ret_done)
{
    size_t size;
    bool is_separated;
    jet_err err = table_row_measure(e->row, column->columnid, 1, &size, &is_separated);
    *ret_done = err >= JET_errSuccess && !is_separated;
    if (!*ret_done)
        return err;
    err = take(e, size, &column->pvData);
    if (err < JET_errSuccess)
        return err;
    column->err = JET_wrnColumnSingleValue;
    column->cbData = (uint32_t)size;
    return table_row_read(e->row, column->columnid, 1, column->pvData, size);
}

/* ---- columns ---- */

/* A column all of whose values are wanted. */
static jet_err whole_add(const struct enumeration *e, JET_ENUMCOLUMN *column, const struct table_row_column *found)
{
    bool is_done = false;
    jet_err err = JET_errSuccess;
    if (found->count == 0) {
        column->err = JET_wrnColumnNull;
        return JET_errSuccess;
    }
    if ((e->grbit & JET_bitEnumeratePresenceOnly) != 0) {
        column->err = JET_wrnColumnPresent;
        return JET_errSuccess;
    }
    if (found->count == 1 && (e->grbit & JET_bitEnumerateCompressOutput) != 0)
        err = single_add(e, column, &is_done);
    if (err < JET_errSuccess || is_done)
        return err;
    return values_add(e, column, found, NULL, found->count);
}

static bool wants_defaults(const struct enumeration *e)
{
    return (e->grbit & JET_bitEnumerateIgnoreDefault) == 0;
}

/* What is wrong with one of the ids is told with it; `*worst` then is the result of the call. */
static jet_err requested_add(struct enumeration *e, const JET_ENUMCOLUMNID *wanted, JET_ENUMCOLUMN *column,
                             jet_err *worst)
{
    struct table_row_column found;
    column->columnid = wanted->columnid;
    if (wanted->columnid == 0) {
        column->err = JET_wrnColumnSkipped;
        return JET_errSuccess;
    }
    jet_err err = table_row_column(e->row, wanted->columnid, wants_defaults(e), &found);
    if (err == JET_errColumnNotFound || err == JET_errBadColumnId) {
        column->err = *worst = err;
        return JET_errSuccess;
    }
    if (err < JET_errSuccess)
        return err;
    if (wanted->ctagSequence > 0)
        return wanted->rgtagSequence ? values_add(e, column, &found, wanted->rgtagSequence, wanted->ctagSequence)
                                     : JET_errInvalidParameter;
    if (!found.is_stored && !wants_defaults(e)) {
        column->err = JET_wrnColumnDefault;
        return JET_errSuccess;
    }
    return whole_add(e, column, &found);
}

static jet_err requested_list(struct enumeration *e, const JET_ENUMCOLUMNID *wanted, uint32_t count, jet_err *worst)
{
    jet_err err = columns_take(e, count);
    for (uint32_t i = 0; i < count && err >= JET_errSuccess; i++)
        err = requested_add(e, &wanted[i], &e->columns[i], worst);
    return err;
}

static jet_err all_list(struct enumeration *e)
{
    uint32_t *ids;
    size_t count;
    size_t first = 0;
    jet_err err = table_row_columns(e->row, wants_defaults(e), &ids, &count);
    if (err < JET_errSuccess)
        return err;
    while ((e->grbit & JET_bitEnumerateTaggedOnly) != 0 && first < count && ids[first] < RECORD_TAGGED_FIRST)
        first++;
    err = columns_take(e, count - first);
    for (size_t i = first; i < count && err >= JET_errSuccess; i++) {
        struct table_row_column found;
        JET_ENUMCOLUMN *column = &e->columns[i - first];
        column->columnid = ids[i];
        err = table_row_column(e->row, ids[i], wants_defaults(e), &found);
        if (err >= JET_errSuccess)
            err = whole_add(e, column, &found);
    }
    free(ids);
    return err;
}

/* Functions that make defaults are not called from here; ESENT does not, either. */
static jet_err check_computed(struct jet_table *table, JET_GRBIT grbit)
{
    struct table *object = table_cursor_table(table->cursor);
    if ((grbit & (JET_bitEnumerateIgnoreDefault | JET_bitEnumerateIgnoreUserDefinedDefault)) != 0)
        return JET_errSuccess;
    latch_shared(&object->latch);
    const bool has = table_has_computed(object, table->session->session);
    latch_unlock_shared(&object->latch);
    return has ? JET_errCallbackFailed : JET_errSuccess;
}

/* All of it as of one moment. */
static jet_err enumerate(struct jet_table *table, struct enumeration *e, const JET_ENUMCOLUMNID *wanted, uint32_t count)
{
    struct session *session = table->session->session;
    const bool is_own = session->level == 0;
    jet_err worst = JET_errSuccess;
    jet_err err = is_own ? transaction_begin(session, true) : JET_errSuccess;
    if (err < JET_errSuccess)
        return err;
    err = check_computed(table, e->grbit);
    if (err >= JET_errSuccess)
        err = table_row_take(table->cursor, (e->grbit & JET_bitEnumerateCopy) != 0, &e->row);
    if (err >= JET_errSuccess) {
        err = count > 0 ? requested_list(e, wanted, count, &worst) : all_list(e);
        table_row_free(e->row);
    }
    if (err < JET_errSuccess)
        give_all(e);
    if (is_own) {
        const jet_err end = transaction_commit(session, 0, NULL);
        (void)end; /* it has changed nothing */
    }
    return err < JET_errSuccess ? err : worst;
}

JET_ERR JET_API JetEnumerateColumns(JET_SESID sesid, JET_TABLEID tableid, uint32_t cEnumColumnId,
                                    JET_ENUMCOLUMNID *rgEnumColumnId, uint32_t *pcEnumColumn,
                                    JET_ENUMCOLUMN **prgEnumColumn, JET_PFNREALLOC pfnRealloc, void *pvReallocContext,
                                    uint32_t cbDataMost, JET_GRBIT grbit)
{
    struct jet_table *table;
    struct enumeration e = {
        .grbit = grbit, .reallocate = pfnRealloc, .context = pvReallocContext, .value_most = cbDataMost};
    if (!pcEnumColumn || !prgEnumColumn || !pfnRealloc || (cEnumColumnId > 0 && !rgEnumColumnId))
        return JET_errInvalidParameter;
    *pcEnumColumn = 0;
    *prgEnumColumn = NULL;
    const JET_GRBIT either = JET_bitEnumerateInRecordOnly | JET_bitEnumerateAsRefIfNotInRecord;
    if ((grbit & ~grbits_known) != 0 || (cEnumColumnId > 0 && (grbit & JET_bitEnumerateTaggedOnly) != 0) ||
        (grbit & either) == either)
        return JET_errInvalidGrbit;
    jet_err err =
        jet_table_enter_any(sesid, tableid, TEMPORARY_RETRIEVING | TEMPORARY_TABLE | JET_TABLE_IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    err = enumerate(table, &e, rgEnumColumnId, cEnumColumnId);
    jet_table_leave(table);
    *pcEnumColumn = e.column_count;
    *prgEnumColumn = e.columns;
    return err;
}

/* ---- JetRetrieveTaggedColumnList ---- */

/* The answer, as far as there is room. */
struct tagged_list {
    JET_RETRIEVEMULTIVALUECOUNT *entries; /* NULL: they are counted only */
    uint32_t room;
    uint32_t count;
};

static jet_err tagged_add(struct tagged_list *list, struct table_row *row, uint32_t id, bool defaults)
{
    struct table_row_column found;
    jet_err err = table_row_column(row, id, defaults, &found);
    if (err < JET_errSuccess)
        return err;
    if (list->entries)
        list->entries[list->count] = (JET_RETRIEVEMULTIVALUECOUNT){
            .columnid = id,
            .cMultiValues = (uint16_t)found.count,
            .fLongValue = found.is_long,
            .fNullOverride = found.count == 0,
        };
    list->count++;
    return JET_errSuccess;
}

static jet_err tagged_fill(struct tagged_list *list, struct table_row *row, uint32_t start, bool defaults)
{
    uint32_t *ids;
    size_t count;
    const uint32_t first = start > RECORD_TAGGED_FIRST ? start : RECORD_TAGGED_FIRST;
    jet_err err = table_row_columns(row, defaults, &ids, &count);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < count && err >= JET_errSuccess && list->count < list->room; i++)
        if (ids[i] >= first)
            err = tagged_add(list, row, ids[i], defaults);
    free(ids);
    return err;
}

JET_ERR JET_API JetRetrieveTaggedColumnList(JET_SESID sesid, JET_TABLEID tableid, uint32_t *pcColumns, void *pvData,
                                            uint32_t cbData, JET_COLUMNID columnidStart, JET_GRBIT grbit)
{
    struct jet_table *table;
    struct table_row *row;
    struct tagged_list list = {.entries = pvData, .room = cbData / (uint32_t)sizeof *list.entries};
    jet_err err =
        jet_table_enter_any(sesid, tableid, TEMPORARY_RETRIEVING | TEMPORARY_TABLE | JET_TABLE_IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    if (!pvData && cbData == 0)
        list.room = UINT32_MAX;
    err = pcColumns ? table_row_take(table->cursor, (grbit & JET_bitRetrieveCopy) != 0, &row) : JET_errInvalidParameter;
    if (err >= JET_errSuccess) {
        err = tagged_fill(&list, row, columnidStart, (grbit & JET_bitRetrieveIgnoreDefault) == 0);
        table_row_free(row);
    }
    jet_table_leave(table);
    if (err >= JET_errSuccess)
        *pcColumns = list.count;
    return err;
}
