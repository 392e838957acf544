/* SPDX-License-Identifier: MIT */
#include "jet/table_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btree/space.h"
#include "isam/text_order_check.h"
#include "jet/database_info.h"
#include "jet/definition.h"
#include "jet/index_info.h"
#include "jet/jet_table.h"

static char *string_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

/* Value of JET_paramEnableIndexChecking, which esent.h has no name for. */
enum { INDEX_CHECKING_AT_OPEN = 2 };

/* Who only reads is warned. */
static jet_err check_orders(struct jet_session *session, struct table_cursor *cursor, JET_GRBIT grbit)
{
    uintptr_t checking = 0;
    jet_err err = jet_session_param(session, JET_paramEnableIndexChecking, &checking);
    if (err < JET_errSuccess || checking != INDEX_CHECKING_AT_OPEN)
        return err;
    err = text_order_check_table(session->session, table_cursor_table(cursor));
    if ((grbit & JET_bitTableReadOnly) == 0)
        return err;
    return err == JET_errPrimaryIndexCorrupted     ? JET_wrnPrimaryIndexOutOfDate
           : err == JET_errSecondaryIndexCorrupted ? JET_wrnSecondaryIndexOutOfDate
                                                   : err;
}

static jet_err open_checked(struct jet_session *session, struct table_cursor *cursor, JET_GRBIT grbit,
                            JET_TABLEID *ret_tableid)
{
    jet_err warning = check_orders(session, cursor, grbit);
    if (warning < JET_errSuccess) {
        table_cursor_close(cursor);
        return warning;
    }
    jet_err err = jet_table_new(session, cursor, ret_tableid);
    return err == JET_errSuccess ? warning : err;
}

jet_err table_open_named(JET_SESID sesid, JET_DBID dbid, const char *name, JET_GRBIT grbit, JET_TABLEID *ret_tableid)
{
    const JET_GRBIT passed = JET_bitTableDenyWrite | JET_bitTableDenyRead | JET_bitTableReadOnly |
                             JET_bitTableUpdatable | JET_bitTablePermitDDL;
    const JET_GRBIT hints = JET_bitTableNoCache | JET_bitTablePreread | JET_bitTableOpportuneRead |
                            JET_bitTableSequential | JET_bitTableClassMask | JET_bitTableTryPurgeOnClose |
                            JET_bitTableAllowOutOfDate;
    struct jet_session *session;
    struct table_cursor *cursor;
    if (!ret_tableid)
        return JET_errInvalidParameter;
    if (!name)
        return JET_errInvalidName;
    if ((grbit & ~(passed | hints)) != 0 ||
        ((grbit & JET_bitTableReadOnly) != 0 && (grbit & JET_bitTableUpdatable) != 0))
        return JET_errInvalidGrbit;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    err = table_cursor_open(session->session, dbid, name, grbit & passed, &cursor);
    if (err >= JET_errSuccess)
        err = open_checked(session, cursor, grbit, ret_tableid);
    jet_session_leave(session);
    return err;
}

static jet_err set_index(struct table_cursor *cursor, const char *name, const JET_INDEXID *id, JET_GRBIT grbit,
                         uint32_t itag)
{
    struct index_id known;
    struct table_set_index set = {.name = name, .stays = (grbit & JET_bitNoMove) != 0, .itag = itag};
    if (id) {
        if (id->cbStruct != sizeof *id)
            return JET_errInvalidIndexId;
        memcpy(&known, id->rgbIndexId, sizeof known);
        if (known.magic != INDEX_ID_MAGIC || known.table != table_cursor_table(cursor)->objid)
            return JET_errInvalidIndexId;
        set.objid = known.index;
    }
    return table_cursor_set_index(cursor, &set);
}

jet_err table_set_index_named(JET_SESID sesid, JET_TABLEID tableid, const char *name, const JET_INDEXID *id,
                              JET_GRBIT grbit, uint32_t itag)
{
    struct jet_table *table;
    if ((grbit & ~(JET_GRBIT)(JET_bitMoveFirst | JET_bitNoMove)) != 0)
        return JET_errInvalidGrbit;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    err = set_index(table->cursor, name, id, grbit, itag == 0 ? 1 : itag);
    jet_table_leave(table);
    return err;
}

jet_err table_index_name(JET_SESID sesid, JET_TABLEID tableid, char **ret_name)
{
    struct jet_table *jet;
    char name[TABLE_INDEX_NAME_SIZE];
    jet_err err = jet_table_enter_any(sesid, tableid, JET_TABLE_IN_CALLBACK, &jet);
    if (err < JET_errSuccess)
        return err;
    table_cursor_index_name(jet->cursor, name);
    jet_table_leave(jet);
    *ret_name = string_copy(name);
    return *ret_name ? JET_errSuccess : JET_errOutOfMemory;
}

/* --- columns --------------------------------------------------------------------------------------------------------- */

static jet_err describe(const struct session *session, struct table *table, bool is_updatable, const char *name,
                        bool by_id, JET_COLUMNID id, struct column_description *ret_column)
{
    jet_err err = JET_errSuccess;
    latch_shared(&table->latch);
    const struct column *column =
        by_id ? table_column_by_id(table, session, id) : table_column_by_name(table, session, name);
    if (!column) {
        err = JET_errColumnNotFound;
        goto out;
    }
    memset(ret_column, 0, sizeof *ret_column);
    ret_column->definition = (JET_COLUMNDEF){
        .cbStruct = sizeof ret_column->definition,
        .columnid = column->id,
        .coltyp = (JET_COLTYP)column->type,
        .wCountry = 1,
        .langid = 1033,
        .cp = column_type_is_text(column->type) ? column->code_page : 0,
        .cbMax = column->size_max,
        .grbit = definition_column_grbit(column, is_updatable),
    };
    snprintf(ret_column->table, sizeof ret_column->table, "%s", table->name);
    snprintf(ret_column->name, sizeof ret_column->name, "%s", column->name);
out:
    latch_unlock_shared(&table->latch);
    return err;
}

jet_err column_describe(JET_SESID sesid, JET_TABLEID tableid, const char *name, bool by_id, JET_COLUMNID id,
                        struct column_description *ret_column)
{
    struct jet_table *table;
    if (!by_id && !name)
        return JET_errInvalidParameter;
    jet_err err = jet_table_enter_any(sesid, tableid, JET_TABLE_IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    err = describe(table->session->session, table_cursor_table(table->cursor), jet_table_is_updatable(table), name,
                   by_id, id, ret_column);
    jet_table_leave(table);
    return err;
}

jet_err column_describe_named(JET_SESID sesid, JET_DBID dbid, const char *name, const char *column, bool by_id,
                              JET_COLUMNID id, struct column_description *ret_column)
{
    struct jet_session *session;
    struct table *table;
    if (!name || (!by_id && !column))
        return JET_errInvalidParameter;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    err = table_open(session->session, dbid, name, &table);
    if (err >= JET_errSuccess) {
        err = describe(session->session, table, false, column, by_id, id, ret_column);
        table_close(table);
    }
    jet_session_leave(session);
    return err;
}

/* --- tables ---------------------------------------------------------------------------------------------------------- */

static jet_err object_fill(struct table *table, bool is_updatable, void *result, uint32_t size)
{
    JET_OBJECTINFO info = {.cbStruct = sizeof info, .objtyp = JET_objtypTable};
    if (!result)
        return JET_errInvalidParameter;
    if (size < sizeof info)
        return JET_errInvalidBufferSize;
    if (table->temporary)
        info.cRecord = table->temporary->records;
    info.grbit = JET_bitTableInfoBookmark | JET_bitTableInfoRollback | (is_updatable ? JET_bitTableInfoUpdatable : 0);
    latch_shared(&table->latch);
    if (!table->temporary) {
        info.cRecord = table->statistics.entries; /* as of the last JetComputeStats */
        info.cPage = table->statistics.pages;
    }
    if ((table->flags & TABLE_FLAG_SYSTEM) != 0)
        info.flags |= JET_bitObjectSystem;
    if ((table->flags & TABLE_FLAG_FIXED_DDL) != 0)
        info.flags |= JET_bitObjectTableFixedDDL;
    latch_unlock_shared(&table->latch);
    memcpy(result, &info, sizeof info);
    return JET_errSuccess;
}

/* Two numbers, or one of them. */
static jet_err space_level(struct table *table, uint32_t level, void *result, uint32_t size)
{
    struct space_usage usage;
    jet_err err = space_usage(table->tree, &usage);
    if (err < JET_errSuccess)
        return err;
    const uint32_t both[2] = {(uint32_t)usage.owned, (uint32_t)usage.available};
    if (level == JET_TblInfoSpaceOwned)
        return info_number32(both[0], result, size);
    if (level == JET_TblInfoSpaceAvailable)
        return info_number32(both[1], result, size);
    if (!result || size < sizeof both)
        return JET_errInvalidBufferSize;
    memcpy(result, both, sizeof both);
    return JET_errSuccess;
}

static jet_err table_level(struct jet_table *jet, uint32_t level, void *result, uint32_t size)
{
    struct table *table = table_cursor_table(jet->cursor);
    const uint32_t alloc[2] = {table->pages, table->density};
    switch (level) {
    case JET_TblInfo: return object_fill(table, jet_table_is_updatable(jet), result, size);
    case JET_TblInfoDbid: return info_number32(jet->dbid, result, size);
    case JET_TblInfoObjectId: return info_number32(table->objid, result, size);
    case JET_TblInfoLVChunkMax:
        return info_number32(table->chunk_size ? table->chunk_size : lv_chunk_size_default(table->db->page_size),
                             result, size);
    case JET_TblInfoSpaceUsage:
    case JET_TblInfoSpaceOwned:
    case JET_TblInfoSpaceAvailable: return space_level(table, level, result, size);
    case JET_TblInfoSpaceAlloc:
        if (!result || size < sizeof alloc)
            return JET_errInvalidBufferSize;
        memcpy(result, alloc, sizeof alloc);
        return JET_errSuccess;
    case JET_TblInfoOLC:
    case JET_TblInfoResetOLC: return JET_errFeatureNotAvailable;
    default: return JET_errInvalidParameter;
    }
}

jet_err table_info_get(JET_SESID sesid, JET_TABLEID tableid, uint32_t level, void *result, uint32_t size,
                       char **ret_text)
{
    struct jet_table *jet;
    char *text = NULL;
    jet_err err =
        jet_table_enter_any(sesid, tableid, TEMPORARY_RETRIEVING | TEMPORARY_TABLE | JET_TABLE_IN_CALLBACK, &jet);
    if (err < JET_errSuccess)
        return err;
    struct table *table = table_cursor_table(jet->cursor);
    if (table->temporary && level != JET_TblInfo) {
        jet_table_leave(jet);
        return JET_errInvalidOperation;
    }
    if (level == JET_TblInfoName || level == JET_TblInfoMostMany) {
        latch_shared(&table->latch);
        text = string_copy(table->name);
        latch_unlock_shared(&table->latch);
    } else if (level == JET_TblInfoTemplateTableName) {
        text = string_copy("");
    } else {
        err = table_level(jet, level, result, size);
        jet_table_leave(jet);
        *ret_text = NULL;
        return err;
    }
    jet_table_leave(jet);
    if (!text)
        return JET_errOutOfMemory;
    *ret_text = text;
    return JET_errSuccess;
}

jet_err object_info_get(JET_SESID sesid, JET_DBID dbid, JET_OBJTYP type, const char *name, void *result, uint32_t size)
{
    struct jet_session *session;
    struct table *table;
    if (!name)
        return JET_errInvalidParameter;
    if (type != JET_objtypTable && type != JET_objtypNil)
        return JET_errObjectNotFound;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    err = table_open(session->session, dbid, name, &table);
    if (err >= JET_errSuccess) {
        err = object_fill(table, true, result, size);
        table_close(table);
    }
    jet_session_leave(session);
    return err;
}
