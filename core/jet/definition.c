/* SPDX-License-Identifier: MIT */
#include "jet/definition.h"

#include <stdlib.h>
#include <string.h>
#include "jet/default_function.h"

#include "isam/transaction.h"

void column_create_done(struct column_create *column)
{
    free(column->function_name);
    free(column->name);
}

void index_create_done(struct index_create *index)
{
    free(index->name);
    free(index->key);
    free(index->locale);
    for (size_t i = 0; i < index->condition_count; i++)
        free(index->conditions[i].column);
    free(index->conditions);
}

void table_create_done(struct table_create *table)
{
    free(table->name);
    free(table->template_name);
    for (size_t i = 0; i < table->column_count; i++)
        column_create_done(&table->columns[i]);
    for (size_t i = 0; i < table->index_count; i++)
        index_create_done(&table->indexes[i]);
    free(table->columns);
    free(table->indexes);
}

/* --- columns --------------------------------------------------------------------------------------------------------- */

static const struct {
    JET_GRBIT grbit;
    uint32_t flag; /* enum column_flag */
} column_flags[] = {
    {JET_bitColumnNotNULL,            COLUMN_NOT_NULL            },
    {JET_bitColumnVersion,            COLUMN_VERSION             },
    {JET_bitColumnAutoincrement,      COLUMN_AUTO_INCREMENT      },
    {JET_bitColumnMultiValued,        COLUMN_MULTI_VALUED        },
    {JET_bitColumnUserDefinedDefault, COLUMN_USER_DEFINED_DEFAULT},
    {JET_bitColumnEscrowUpdate,       COLUMN_ESCROW              },
    {JET_bitColumnFinalize,           COLUMN_FINALIZE            },
    {JET_bitColumnDeleteOnZero,       COLUMN_DELETE_ON_ZERO      },
    {JET_bitColumnCompressed,         COLUMN_COMPRESSED          },
};

static const JET_GRBIT column_places = JET_bitColumnFixed | JET_bitColumnTagged | JET_bitColumnVariable;
/* Say nothing that a column would have to remember. */
static const JET_GRBIT column_hints = JET_bitColumnUpdatable | JET_bitColumnMaybeNull | JET_bitColumnUnversioned |
                                      JET_bitColumnTTKey | JET_bitColumnTTDescending;

static jet_err column_flags_of(JET_GRBIT grbit, uint32_t *ret_flags)
{
    uint32_t flags = 0;
    if ((grbit & JET_bitColumnEncrypted) != 0)
        return JET_errFeatureNotAvailable;
    JET_GRBIT left = grbit & ~(column_places | column_hints);
    for (size_t i = 0; i < COUNT_OF(column_flags); i++) {
        if ((left & column_flags[i].grbit) != 0)
            flags |= column_flags[i].flag;
        left &= ~column_flags[i].grbit;
    }
    if (left != 0 || ((grbit & JET_bitColumnFixed) != 0 && (grbit & JET_bitColumnTagged) != 0))
        return JET_errInvalidGrbit;
    *ret_flags = flags;
    return JET_errSuccess;
}

static enum ddl_column_place place_of(JET_GRBIT grbit)
{
    if ((grbit & JET_bitColumnFixed) != 0)
        return DDL_COLUMN_FIXED;
    if ((grbit & (JET_bitColumnTagged | JET_bitColumnMultiValued)) != 0)
        return DDL_COLUMN_TAGGED;
    return DDL_COLUMN_AUTOMATIC;
}

JET_GRBIT definition_column_grbit(const struct column *column, bool is_updatable)
{
    JET_GRBIT grbit = is_updatable ? JET_bitColumnUpdatable : 0;
    if (column_is_fixed(column))
        grbit |= JET_bitColumnFixed;
    else if (column_is_tagged(column))
        grbit |= JET_bitColumnTagged;
    for (size_t i = 0; i < COUNT_OF(column_flags); i++)
        if ((column->flags & column_flags[i].flag) != 0)
            grbit |= column_flags[i].grbit;
    return grbit;
}

/* ESENT asks for what is tagged, and for nothing that would be stored. */
static jet_err check_function(const struct jet_session *session, const struct column_create *column)
{
    const JET_GRBIT refused = JET_bitColumnUpdatable | JET_bitColumnMaybeNull;
    if ((column->grbit & JET_bitColumnUserDefinedDefault) == 0)
        return JET_errSuccess;
    if ((column->grbit & refused) != 0)
        return JET_errInvalidGrbit;
    return column->has_function ? default_function_check(session, column->function_name) : JET_errInvalidParameter;
}

jet_err definition_add_column(struct jet_session *session, struct table *table, const struct column_create *column)
{
    uint32_t flags;
    uint32_t id = 0;
    jet_err err = column_flags_of(column->grbit, &flags);
    if (err >= JET_errSuccess)
        err = check_function(session, column);
    if (err < JET_errSuccess)
        return err;
    const struct ddl_column definition = {
        .name = column->name,
        .type = column->type,
        .flags = flags,
        .place = place_of(column->grbit),
        .code_page = column->code_page,
        .size_max = column->size_max,
        .default_value = column->default_value,
        .default_size = column->default_value ? column->default_size : 0,
        .function_name = column->function_name,
        .function_data = column->function_data,
        .function_data_size = column->function_size,
    };
    err = ddl_column_add(session->session, table, &definition, &id);
    if (err >= JET_errSuccess && column->ret_id)
        *column->ret_id = id;
    return err;
}

/* --- indexes --------------------------------------------------------------------------------------------------------- */

/* Names with '+' or '-' in front, each with a NUL at its end, and an empty one behind them. Text may follow (a language
 * of old programs). */
static jet_err segments_parse(const struct session *session, struct table *table, const char *key, size_t size,
                              struct index_segment *segments, unsigned *ret_count)
{
    unsigned count = 0;
    jet_err err = JET_errSuccess;
    latch_shared(&table->latch);
    for (size_t at = 0; at < size && key[at] != '\0' && err >= JET_errSuccess;) {
        const char *end = memchr(key + at, '\0', size - at);
        bool has_sign = key[at] == '+' || key[at] == '-';
        if (!end || count == TABLE_KEY_SEGMENTS_MAX) {
            err = end ? JET_errIndexInvalidDef : JET_errInvalidParameter;
            break;
        }
        const struct column *column = table_column_by_name(table, session, key + at + (has_sign ? 1 : 0));
        if (column)
            segments[count++] = (struct index_segment){column->id, key[at] == '-'};
        else
            err = JET_errColumnNotFound;
        at = (size_t)(end - key) + 1;
    }
    latch_unlock_shared(&table->latch);
    *ret_count = count;
    return err >= JET_errSuccess && count == 0 ? JET_errInvalidParameter : err;
}

static jet_err conditions_parse(const struct session *session, struct table *table, const struct index_create *index,
                                struct index_condition *conditions)
{
    jet_err err = JET_errSuccess;
    latch_shared(&table->latch);
    for (size_t i = 0; i < index->condition_count && err >= JET_errSuccess; i++) {
        const struct condition_create *from = &index->conditions[i];
        const struct column *column = from->column ? table_column_by_name(table, session, from->column) : NULL;
        if (from->grbit != JET_bitIndexColumnMustBeNull && from->grbit != JET_bitIndexColumnMustBeNonNull)
            err = JET_errInvalidGrbit;
        else if (!column)
            err = JET_errColumnNotFound;
        else
            conditions[i] = (struct index_condition){column->id, from->grbit == JET_bitIndexColumnMustBeNull};
    }
    latch_unlock_shared(&table->latch);
    return err;
}

/* Which records are in the index: by default all, whatever is null in them. */
static uint32_t null_flags_of(JET_GRBIT grbit)
{
    uint32_t flags = 0;
    if ((grbit & JET_bitIndexDisallowNull) != 0)
        return INDEX_NO_NULL_SEGMENT;
    if ((grbit & JET_bitIndexIgnoreAnyNull) != 0)
        return 0;
    flags |= INDEX_ALLOW_SOME_NULLS;
    if ((grbit & JET_bitIndexIgnoreFirstNull) == 0)
        flags |= INDEX_ALLOW_FIRST_NULL;
    if ((grbit & JET_bitIndexIgnoreNull) == 0)
        flags |= INDEX_ALLOW_ALL_NULLS;
    return flags;
}

static const struct {
    JET_GRBIT grbit;
    uint32_t flag; /* enum index_flag */
} index_flags[] = {
    {JET_bitIndexUnique,             INDEX_UNIQUE             },
    {JET_bitIndexPrimary,            INDEX_PRIMARY            },
    {JET_bitIndexSortNullsHigh,      INDEX_NULLS_HIGH         },
    {JET_bitIndexCrossProduct,       INDEX_CROSS_PRODUCT      },
    {JET_bitIndexDisallowTruncation, INDEX_DISALLOW_TRUNCATION},
    {JET_bitIndexNestedTable,        INDEX_NESTED_TABLE       },
    {JET_bitIndexDotNetGuid,         INDEX_DOTNET_GUID        },
};

static uint32_t index_flags_of(JET_GRBIT grbit)
{
    uint32_t flags = null_flags_of(grbit);
    for (size_t i = 0; i < COUNT_OF(index_flags); i++)
        if ((grbit & index_flags[i].grbit) != 0)
            flags |= index_flags[i].flag;
    return (grbit & JET_bitIndexPrimary) != 0 ? flags | INDEX_UNIQUE : flags;
}

static JET_GRBIT null_grbit(uint32_t flags)
{
    JET_GRBIT grbit = 0;
    if ((flags & INDEX_NO_NULL_SEGMENT) != 0)
        return JET_bitIndexDisallowNull;
    if ((flags & INDEX_ALLOW_ALL_NULLS) == 0)
        grbit |= JET_bitIndexIgnoreNull;
    if ((flags & INDEX_ALLOW_FIRST_NULL) == 0)
        grbit |= JET_bitIndexIgnoreFirstNull;
    if ((flags & INDEX_ALLOW_SOME_NULLS) == 0)
        grbit |= JET_bitIndexIgnoreAnyNull;
    return grbit;
}

JET_GRBIT definition_index_grbit(const struct index *index)
{
    JET_GRBIT grbit = null_grbit(index->flags);
    for (size_t i = 0; i < COUNT_OF(index_flags); i++)
        if ((index->flags & index_flags[i].flag) != 0)
            grbit |= index_flags[i].grbit;
    if (index->tuples.length_max > 0)
        grbit |= JET_bitIndexTuples;
    return index->key_most > TABLE_INDEX_KEY_MOST ? grbit | JET_bitIndexKeyMost : grbit;
}

/* 0 says nothing, and neither does a start of -1. */
static jet_err tuples_take(const JET_TUPLELIMITS *limits, struct index_tuples *ret_tuples)
{
    const uint32_t start = limits->ichStart == UINT32_MAX ? 0 : limits->ichStart;
    if (limits->chLengthMin > UINT16_MAX || limits->chLengthMax > UINT16_MAX || limits->chToIndexMax > UINT16_MAX ||
        limits->cchIncrement > UINT16_MAX || start > UINT16_MAX)
        return JET_errIndexTuplesInvalidLimits;
    *ret_tuples = (struct index_tuples){
        .length_min = limits->chLengthMin ? (uint16_t)limits->chLengthMin : 3,
        .length_max = limits->chLengthMax ? (uint16_t)limits->chLengthMax : 10,
        .count_max = limits->chToIndexMax ? (uint16_t)limits->chToIndexMax : TABLE_TUPLES_MAX,
        .step = limits->cchIncrement ? (uint16_t)limits->cchIncrement : 1,
        .start = (uint16_t)start,
    };
    return JET_errSuccess;
}

jet_err definition_create_index(struct session *session, struct table *table, const struct index_create *index)
{
    const JET_GRBIT known =
        JET_bitIndexUnique | JET_bitIndexPrimary | JET_bitIndexDisallowNull | JET_bitIndexIgnoreNull |
        JET_bitIndexIgnoreAnyNull | JET_bitIndexIgnoreFirstNull | JET_bitIndexLazyFlush | JET_bitIndexEmpty |
        JET_bitIndexUnversioned | JET_bitIndexSortNullsHigh | JET_bitIndexUnicode | JET_bitIndexCrossProduct |
        JET_bitIndexKeyMost | JET_bitIndexDisallowTruncation | JET_bitIndexNestedTable | JET_bitIndexDotNetGuid |
        JET_bitIndexImmutableStructure | JET_bitIndexTuples | JET_bitIndexTupleLimits;
    struct index_segment segments[TABLE_KEY_SEGMENTS_MAX];
    struct index_condition conditions[TABLE_KEY_SEGMENTS_MAX];
    struct index_tuples tuples = {0};
    unsigned count;
    if ((index->grbit & ~known) != 0)
        return JET_errInvalidGrbit;
    if ((index->grbit & JET_bitIndexPrimary) != 0 &&
        (index->grbit & (JET_bitIndexIgnoreNull | JET_bitIndexIgnoreAnyNull | JET_bitIndexIgnoreFirstNull)) != 0)
        return JET_errInvalidGrbit;
    if ((index->grbit & JET_bitIndexCrossProduct) != 0 && (index->grbit & JET_bitIndexNestedTable) != 0)
        return JET_errInvalidGrbit;
    if ((index->grbit & JET_bitIndexEmpty) != 0 && (index->grbit & JET_bitIndexIgnoreAnyNull) == 0)
        return JET_errInvalidGrbit;
    if (index->key_most > UINT16_MAX || index->segment_max > UINT16_MAX || !index->key)
        return JET_errInvalidParameter;
    if (index->condition_count > COUNT_OF(conditions))
        return JET_errIndexInvalidDef;
    jet_err err = segments_parse(session, table, index->key, index->key_size, segments, &count);
    if (err >= JET_errSuccess)
        err = conditions_parse(session, table, index, conditions);
    if (err >= JET_errSuccess && index->has_limits)
        err = tuples_take(&index->limits, &tuples);
    if (err < JET_errSuccess)
        return err;
    const struct ddl_index definition = {
        .name = index->name,
        .has_tuples = (index->grbit & (JET_bitIndexTuples | JET_bitIndexTupleLimits)) != 0,
        .tuples = tuples,
        .flags = index_flags_of(index->grbit),
        .density = index->density,
        .segments = segments,
        .segment_count = count,
        .conditions = conditions,
        .condition_count = (unsigned)index->condition_count,
        .key_most = (uint16_t)index->key_most,
        .segment_max = (uint16_t)index->segment_max,
        .sort_flags = index->sort_flags,
        .locale = index->locale,
    };
    return ddl_index_create(session, table, &definition);
}

/* --- tables ---------------------------------------------------------------------------------------------------------- */

static jet_err table_fill(struct jet_session *session, struct table *table, const struct table_create *create,
                          uint32_t *created)
{
    for (size_t i = 0; i < create->column_count; i++) {
        jet_err err = definition_add_column(session, table, &create->columns[i]);
        *create->columns[i].ret_err = err;
        if (err < JET_errSuccess)
            return err;
        ++*created;
    }
    for (size_t i = 0; i < create->index_count; i++) {
        jet_err err = definition_create_index(session->session, table, &create->indexes[i]);
        *create->indexes[i].ret_err = err;
        if (err < JET_errSuccess)
            return err;
        ++*created;
    }
    return JET_errSuccess;
}

static jet_err create_check(const struct table_create *create)
{
    const JET_GRBIT known =
        JET_bitTableCreateFixedDDL | JET_bitTableCreateImmutableStructure | JET_bitTableCreateTemplateTable;
    if ((create->grbit & JET_bitTableCreateTemplateTable) != 0 && create->template_name)
        return JET_errCannotNestDDL;
    return (create->grbit & ~known) != 0 ? JET_errInvalidGrbit : JET_errSuccess;
}

/* What the template has comes first, so that its columns have the ids that they have there. */
static jet_err inherit(struct session *session, JET_DBID dbid, struct table *table, const char *template_name)
{
    struct table *from;
    jet_err err = table_open(session, dbid, template_name, &from);
    if (err < JET_errSuccess)
        return err;
    err = ddl_table_inherit(session, table, from);
    table_close(from);
    return err;
}

jet_err definition_create_table(struct jet_session *jet, JET_DBID dbid, const struct table_create *create,
                                JET_TABLEID *ret_tableid, uint32_t *ret_created)
{
    const bool is_fixed = (create->grbit & (JET_bitTableCreateFixedDDL | JET_bitTableCreateTemplateTable)) != 0;
    struct session *session = jet->session;
    struct table *table = NULL;
    struct table_cursor *cursor = NULL;
    jet_err err = create_check(create);
    if (err >= JET_errSuccess)
        err = transaction_begin(session, false);
    if (err < JET_errSuccess)
        return err;
    const struct ddl_table definition = {
        .name = create->name,
        .pages = create->pages,
        .density = create->density,
        .flags = is_fixed ? TABLE_FLAG_FIXED_DDL : 0,
    };
    err = ddl_table_create(session, dbid, &definition, &table);
    if (err < JET_errSuccess)
        goto fail;
    *ret_created = 1;
    if (create->template_name)
        err = inherit(session, dbid, table, create->template_name);
    if (err >= JET_errSuccess)
        err = table_fill(jet, table, create, ret_created);
    if (err < JET_errSuccess)
        goto fail;
    if (is_fixed)
        ddl_table_fix(table);
    err = transaction_commit(session, jet->commit_default, NULL);
    if (err < JET_errSuccess)
        goto fail;
    err = table_cursor_adopt(session, table, TABLE_OPEN_DENY_READ | TABLE_OPEN_UPDATABLE | TABLE_OPEN_PERMIT_DDL,
                             &cursor);
    if (err < JET_errSuccess) {
        table_close(table);
        return err;
    }
    return jet_table_new(jet, cursor, ret_tableid);
fail:
    table_close(table);
    jet_err second = transaction_rollback(session, false);
    (void)second; /* the first error counts */
    return err;
}

/* --- who may --------------------------------------------------------------------------------------------------------- */

jet_err definition_enter(JET_SESID sesid, JET_DBID dbid, struct jet_session **ret_session)
{
    struct jet_session *session;
    jet_err err = jet_session_enter_database(sesid, dbid, &session);
    if (err < JET_errSuccess)
        return err;
    if (session->opened[dbid].is_read_only) {
        jet_session_leave(session);
        return JET_errPermissionDenied;
    }
    *ret_session = session;
    return JET_errSuccess;
}

jet_err definition_enter_table(JET_SESID sesid, JET_TABLEID tableid, struct jet_table **ret_table)
{
    struct jet_table *table;
    jet_err err = jet_table_enter(sesid, tableid, &table);
    if (err < JET_errSuccess)
        return err;
    if (table->session->opened[table->dbid].is_read_only ||
        (table_cursor_flags(table->cursor) & TABLE_OPEN_READ_ONLY) != 0) {
        jet_table_leave(table);
        return JET_errPermissionDenied;
    }
    *ret_table = table;
    return JET_errSuccess;
}
