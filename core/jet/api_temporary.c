/* SPDX-License-Identifier: MIT */
/* api_temporary.c - opening temporary tables: five entry points, one table. No entry point here has text of the A or W
 * kind. */
#include <stdlib.h>

#include "jet/esent.h"
#include "jet/jet_table.h"
#include "jet/text_language.h"
#include "jet/text.h"
#include "os/os_collation.h"

_Static_assert(TEMPORARY_INDEXED == JET_bitTTIndexed && TEMPORARY_UNIQUE == JET_bitTTUnique &&
                   TEMPORARY_UPDATABLE == JET_bitTTUpdatable && TEMPORARY_SCROLLABLE == JET_bitTTScrollable &&
                   TEMPORARY_NULLS_HIGH == JET_bitTTSortNullsHigh &&
                   TEMPORARY_MATERIALIZED == JET_bitTTForceMaterialization &&
                   TEMPORARY_FORWARD_ONLY == JET_bitTTForwardOnly &&
                   TEMPORARY_INTRINSIC_ONLY == JET_bitTTIntrinsicLVsOnly &&
                   TEMPORARY_DOTNET_GUID == JET_bitTTDotNetGuid,
               "numbers pass through");

static const JET_GRBIT grbits_known = JET_bitTTIndexed | JET_bitTTUnique | JET_bitTTUpdatable | JET_bitTTScrollable |
                                      JET_bitTTSortNullsHigh | JET_bitTTForceMaterialization | JET_bitTTForwardOnly |
                                      JET_bitTTIntrinsicLVsOnly | JET_bitTTDotNetGuid;

/* What all forms ask for. */
struct request {
    const JET_COLUMNDEF *columns;
    uint32_t column_count;
    JET_GRBIT grbit;
    uint32_t key_most, key_column;
    uint32_t lcid; /* 0: the default; not looked at if `order` is there */
    uint32_t sort_flags;
    const JET_UNICODEINDEX2 *order;
    JET_COLUMNID *ret_columns;
    JET_TABLEID *ret_tableid;
};

/* Everything else that a column of other tables can be means nothing here. */
static struct temporary_column column_take(const JET_COLUMNDEF *from)
{
    return (struct temporary_column){
        .type = from->coltyp,
        .size_max = from->cbMax,
        .code_page = from->cp,
        .is_fixed = (from->grbit & JET_bitColumnFixed) != 0,
        .is_tagged = (from->grbit & JET_bitColumnTagged) != 0,
        .is_key = (from->grbit & JET_bitColumnTTKey) != 0,
        .is_descending = (from->grbit & JET_bitColumnTTDescending) != 0,
    };
}

static jet_err table_open_temporary(JET_SESID sesid, const struct temporary_definition *definition,
                                    const struct request *request)
{
    struct jet_session *session;
    struct table_cursor *cursor;
    jet_err err = jet_session_enter(sesid, &session);
    if (err < JET_errSuccess)
        return err;
    err = temporary_open(session->session, definition, request->ret_columns, &cursor);
    if (err >= JET_errSuccess)
        err = jet_table_new(session, cursor, request->ret_tableid);
    jet_session_leave(session);
    return err;
}

/* Other than with an index, no flags are no flags, and not the default ones. */
static uint32_t flags_of(const JET_UNICODEINDEX *order)
{
    return order ? order->dwMapFlags | OS_COLLATION_SORT_KEY : 0;
}

static jet_err locale_take(const struct request *request, char **ret_locale)
{
    static const WCHAR no_language[] = {0};
    if (!request->order)
        return language_from_lcid(request->lcid, ret_locale);
    return text_from_w(request->order->szLocaleName ? request->order->szLocaleName : no_language, ret_locale);
}

static jet_err open_requested(JET_SESID sesid, const struct request *request)
{
    if (!request->ret_tableid)
        return JET_errInvalidParameter;
    *request->ret_tableid = JET_tableidNil;
    if (request->column_count == 0 || !request->columns || !request->ret_columns)
        return JET_errInvalidParameter;
    if ((request->grbit & ~grbits_known) != 0)
        return JET_errInvalidGrbit;
    if (request->column_count > (uint32_t)JET_ccolMost)
        return JET_errTooManyColumns;
    struct temporary_column *columns = calloc(request->column_count, sizeof *columns);
    char *locale = NULL;
    jet_err err = columns ? locale_take(request, &locale) : JET_errOutOfMemory;
    if (err >= JET_errSuccess) {
        const struct temporary_definition definition = {
            .columns = columns,
            .column_count = request->column_count,
            .flags = request->grbit,
            .key_most = request->key_most,
            .key_column = request->key_column,
            .sort_flags = request->order ? request->order->dwMapFlags | OS_COLLATION_SORT_KEY : request->sort_flags,
            .locale = locale,
        };
        for (uint32_t i = 0; i < request->column_count; i++)
            columns[i] = column_take(&request->columns[i]);
        err = table_open_temporary(sesid, &definition, request);
    }
    free(locale);
    free(columns);
    return err;
}

JET_ERR JET_API JetOpenTempTable(JET_SESID sesid, const JET_COLUMNDEF *prgcolumndef, uint32_t ccolumn, JET_GRBIT grbit,
                                 JET_TABLEID *ptableid, JET_COLUMNID *prgcolumnid)
{
    const struct request request = {.columns = prgcolumndef,
                                    .column_count = ccolumn,
                                    .grbit = grbit,
                                    .ret_columns = prgcolumnid,
                                    .ret_tableid = ptableid};
    return open_requested(sesid, &request);
}

JET_ERR JET_API JetOpenTempTable2(JET_SESID sesid, const JET_COLUMNDEF *prgcolumndef, uint32_t ccolumn, uint32_t lcid,
                                  JET_GRBIT grbit, JET_TABLEID *ptableid, JET_COLUMNID *prgcolumnid)
{
    const struct request request = {.columns = prgcolumndef,
                                    .column_count = ccolumn,
                                    .grbit = grbit,
                                    .lcid = lcid,
                                    .ret_columns = prgcolumnid,
                                    .ret_tableid = ptableid};
    return open_requested(sesid, &request);
}

JET_ERR JET_API JetOpenTempTable3(JET_SESID sesid, const JET_COLUMNDEF *prgcolumndef, uint32_t ccolumn,
                                  JET_UNICODEINDEX *pidxunicode, JET_GRBIT grbit, JET_TABLEID *ptableid,
                                  JET_COLUMNID *prgcolumnid)
{
    const struct request request = {.columns = prgcolumndef,
                                    .column_count = ccolumn,
                                    .grbit = grbit,
                                    .lcid = pidxunicode ? pidxunicode->lcid : 0,
                                    .sort_flags = flags_of(pidxunicode),
                                    .ret_columns = prgcolumnid,
                                    .ret_tableid = ptableid};
    return open_requested(sesid, &request);
}

JET_ERR JET_API JetOpenTemporaryTable(JET_SESID sesid, JET_OPENTEMPORARYTABLE *popentemporarytable)
{
    JET_OPENTEMPORARYTABLE *t = popentemporarytable;
    if (!t || t->cbStruct != sizeof *t)
        return JET_errInvalidParameter;
    const struct request request = {.columns = t->prgcolumndef,
                                    .column_count = t->ccolumn,
                                    .grbit = t->grbit,
                                    .key_most = t->cbKeyMost,
                                    .key_column = t->cbVarSegMac,
                                    .lcid = t->pidxunicode ? t->pidxunicode->lcid : 0,
                                    .sort_flags = flags_of(t->pidxunicode),
                                    .ret_columns = t->prgcolumnid,
                                    .ret_tableid = &t->tableid};
    return open_requested(sesid, &request);
}

JET_ERR JET_API JetOpenTemporaryTable2(JET_SESID sesid, JET_OPENTEMPORARYTABLE2 *popentemporarytable)
{
    JET_OPENTEMPORARYTABLE2 *t = popentemporarytable;
    if (!t || t->cbStruct != sizeof *t)
        return JET_errInvalidParameter;
    const struct request request = {.columns = t->prgcolumndef,
                                    .column_count = t->ccolumn,
                                    .grbit = t->grbit,
                                    .key_most = t->cbKeyMost,
                                    .key_column = t->cbVarSegMac,
                                    .order = t->pidxunicode,
                                    .ret_columns = t->prgcolumnid,
                                    .ret_tableid = &t->tableid};
    return open_requested(sesid, &request);
}
