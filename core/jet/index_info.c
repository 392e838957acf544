/* SPDX-License-Identifier: MIT */
#include "jet/index_info.h"

#include <stdio.h>
#include <string.h>

#include "btree/space.h"
#include "jet/database_info.h"
#include "jet/definition.h"
#include "jet/jet_table.h"
#include "jet/text_language.h"

static jet_err describe_space(const struct table *table, const struct index *index, struct index_description *ret)
{
    struct space_usage usage;
    jet_err err = space_usage(index->tree ? index->tree : table->tree, &usage);
    if (err < JET_errSuccess)
        return err;
    ret->space_owned = (uint32_t)usage.owned;
    ret->space_available = (uint32_t)usage.available;
    return JET_errSuccess;
}

static void describe_column(const struct table *table, const struct session *session, uint32_t id,
                            struct index_description_column *ret)
{
    const struct column *column = table_column_by_id(table, session, id);
    (void)snprintf(ret->name, sizeof ret->name, "%s", column ? column->name : "");
}

static void describe_definition(const struct table *table, const struct session *session, const struct index *index,
                                struct index_description *ret)
{
    (void)snprintf(ret->name, sizeof ret->name, "%s", index->name);
    ret->grbit = definition_index_grbit(index);
    ret->sort_flags = index->sort_flags;
    ret->tuples = index->tuples;
    ret->segment_count = index->segment_count;
    for (unsigned i = 0; i < index->segment_count; i++) {
        describe_column(table, session, index->segments[i].column, &ret->segments[i]);
        ret->segments[i].is_descending = index->segments[i].is_descending;
    }
    ret->condition_count = index->condition_count;
    for (unsigned i = 0; i < index->condition_count; i++) {
        describe_column(table, session, index->conditions[i].column, &ret->conditions[i]);
        ret->conditions[i].must_be_null = index->conditions[i].must_be_null;
    }
}

static jet_err describe_index(const struct table *table, const struct session *session, const struct index *index,
                              struct index_description *ret)
{
    describe_definition(table, session, index, ret);
    ret->id = (struct index_id){INDEX_ID_MAGIC, table->objid, index->objid};
    ret->density = index->density;
    ret->key_most = index->key_most;
    ret->segment_max = index->segment_max ? index->segment_max : index->key_most;
    snprintf(ret->locale, sizeof ret->locale, "%s", index->locale ? index->locale : "");
    ret->order = index->order.version;
    return describe_space(table, index, ret);
}

static jet_err describe(struct session *session, struct table *table, const char *name, bool for_count,
                        struct index_description *ret)
{
    jet_err err = JET_errSuccess;
    memset(ret, 0, sizeof *ret);
    latch_shared(&table->latch);
    for (size_t i = 0; i < table->index_count; i++)
        ret->count += index_is_visible(table->indexes[i], session);
    const struct index *index =
        name && name[0] != '\0' ? table_index_by_name(table, session, name) : table_primary_index(table);
    if (index)
        err = describe_index(table, session, index, ret);
    else if (!for_count)
        err = JET_errIndexNotFound;
    latch_unlock_shared(&table->latch);
    return err;
}

jet_err index_describe(JET_SESID sesid, JET_TABLEID tableid, const char *name, bool for_count,
                       struct index_description *ret_index)
{
    struct jet_table *table;
    jet_err err = jet_table_enter_any(sesid, tableid, JET_TABLE_IN_CALLBACK, &table);
    if (err < JET_errSuccess)
        return err;
    err = describe(table->session->session, table_cursor_table(table->cursor), name, for_count, ret_index);
    jet_table_leave(table);
    return err;
}

jet_err index_describe_named(JET_SESID sesid, JET_DBID dbid, const char *table_name, const char *name, bool for_count,
                             struct index_description *ret_index)
{
    struct jet_session *session;
    struct table *table;
    if (!table_name)
        return JET_errInvalidParameter;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    err = table_open(session->session, dbid, table_name, &table);
    if (err >= JET_errSuccess) {
        err = describe(session->session, table, name, for_count, ret_index);
        table_close(table);
    }
    jet_session_leave(session);
    return err;
}

static jet_err number16(uint16_t number, void *result, uint32_t size)
{
    if (!result || size < sizeof number)
        return JET_errInvalidBufferSize;
    memcpy(result, &number, sizeof number);
    return JET_errSuccess;
}

static jet_err id_level(const struct index_description *index, void *result, uint32_t size)
{
    JET_INDEXID id = {.cbStruct = sizeof id};
    if (!result || size < sizeof id)
        return JET_errInvalidBufferSize;
    memcpy(id.rgbIndexId, &index->id, sizeof index->id);
    memcpy(result, &id, sizeof id);
    return JET_errSuccess;
}

static jet_err sort_id_level(const struct index_description *index, void *result, uint32_t size)
{
    if (!result || size < sizeof index->order.id)
        return JET_errInvalidBufferSize;
    memcpy(result, index->order.id, sizeof index->order.id);
    return JET_errSuccess;
}

jet_err index_level(const struct index_description *index, uint32_t level, void *result, uint32_t size)
{
    switch (level) {
    case JET_IdxInfoCount: return info_number32(index->count, result, size);
    case JET_IdxInfoSpaceAlloc: return info_number32(index->density, result, size);
    case JET_IdxInfoLCID: {
        const uint32_t lcid = language_to_lcid(index->locale);
        return size == sizeof(uint16_t) ? number16((uint16_t)lcid, result, size) : info_number32(lcid, result, size);
    }
    case JET_IdxInfoVarSegMac: return number16(index->segment_max, result, size);
    case JET_IdxInfoKeyMost: return number16(index->key_most, result, size);
    case JET_IdxInfoIndexId: return id_level(index, result, size);
    case JET_IdxInfoSpaceOwned: return info_number32(index->space_owned, result, size);
    case JET_IdxInfoSpaceAvailable: return info_number32(index->space_available, result, size);
    case JET_IdxInfoSortVersion: return info_number32(index->order.order, result, size);
    case JET_IdxInfoDefinedSortVersion: return info_number32(index->order.defined, result, size);
    case JET_IdxInfoSortId: return sort_id_level(index, result, size);
    case JET_IdxInfoSysTabCursor:
    case JET_IdxInfoOLC:
    case JET_IdxInfoResetOLC: return JET_errFeatureNotAvailable;
    default: return JET_errInvalidParameter;
    }
}
