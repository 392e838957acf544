/* SPDX-License-Identifier: MIT */
/* ddl_index.c - indexes come and go.
 *
 * The primary index says which columns are the key of the table's own tree, and is made while that is empty. A
 * secondary one has a tree of its own:
 *
 *      make     tree, catalogue, object (with the maker as its owner: from now on others cannot change records), then
 *               the entries. Rolled back: the object goes, and the tree.
 *      delete   catalogue, and the object is marked. Committed: nobody sees it, its entries are left as they are. When no
 *               snapshot is left that might have used them, the tree goes; the object does with the next change of the
 *               table's indexes, as the clean-up may not wait for the table's latch: changes hold it and wait for the
 *               clean-up.
 */
#include <stdlib.h>
#include <string.h>

#include "format/keynorm.h"
#include "isam/ddl_internal.h"
#include "isam/dir.h"
#include "isam/index_choice.h"
#include "isam/session.h"
#include "isam/table_build.h"
#include "isam/text_order_locales.h"
#include "isam/transaction_internal.h"
#include "isam/version_internal.h"

enum { ANY_NULLS = INDEX_ALLOW_ALL_NULLS | INDEX_ALLOW_FIRST_NULL | INDEX_ALLOW_SOME_NULLS };

/* For the end of the transaction. */
struct index_change {
    struct table *table;
    struct index *index; /* NULL: the table goes as a whole, and takes its trees with it */
};

/* ---- what may be asked for ---- */

static jet_err check_segment(const struct table *table, const struct session *session,
                             const struct index_segment *segment, bool is_primary)
{
    const struct column *column = table_column_by_id(table, session, segment->column);

    if (!column)
        return JET_errColumnNotFound;
    if (column_is_computed(column))
        return JET_errFeatureNotAvailable; /* that what the function looks at has changed would not change the key */
    if ((column->flags & COLUMN_ESCROW) || (is_primary && (column->flags & COLUMN_MULTI_VALUED)))
        return JET_errCannotIndex;
    return JET_errSuccess;
}

static jet_err check_condition(const struct column *column)
{
    if (!column)
        return JET_errColumnNotFound;
    return column_is_computed(column) ? JET_errFeatureNotAvailable : JET_errSuccess;
}

static jet_err check_segments(const struct table *table, const struct session *session,
                              const struct ddl_index *definition)
{
    jet_err err = definition->segment_count == 0 || definition->segment_count > TABLE_KEY_SEGMENTS_MAX
                      ? JET_errIndexInvalidDef
                      : JET_errSuccess;

    for (unsigned i = 0; i < definition->segment_count && err >= JET_errSuccess; i++)
        err = check_segment(table, session, &definition->segments[i], (definition->flags & INDEX_PRIMARY) != 0);
    if (err >= JET_errSuccess && definition->condition_count > TABLE_KEY_SEGMENTS_MAX)
        err = JET_errIndexInvalidDef;
    for (unsigned i = 0; i < definition->condition_count && err >= JET_errSuccess; i++)
        err = check_condition(table_column_by_id(table, session, definition->conditions[i].column));
    return err;
}

static unsigned count_multi_valued(const struct table *table, const struct session *session,
                                   const struct ddl_index *definition)
{
    unsigned count = 0;

    for (unsigned i = 0; i < definition->segment_count; i++)
        count += (table_column_by_id(table, session, definition->segments[i].column)->flags & COLUMN_MULTI_VALUED) != 0;
    return count;
}

static struct index_tuples tuples_of(const struct session *session, const struct ddl_index *definition)
{
    if (!definition->has_tuples)
        return (struct index_tuples){0};
    return definition->tuples.length_max > 0 ? definition->tuples : session->engine->config.tuples;
}

static bool tuples_are_sound(const struct index_tuples *tuples)
{
    return tuples->length_min >= TABLE_TUPLE_LENGTH_MIN && tuples->length_min <= tuples->length_max &&
           tuples->length_max <= TABLE_TUPLE_LENGTH_MAX && tuples->count_max > 0 &&
           tuples->count_max <= TABLE_TUPLES_MAX && tuples->step > 0;
}

static jet_err check_tuples(const struct session *session, const struct ddl_index *definition)
{
    const struct index_tuples tuples = tuples_of(session, definition);
    const unsigned key_most = definition->key_most ? definition->key_most : TABLE_INDEX_KEY_MOST;

    if (!definition->has_tuples)
        return JET_errSuccess;
    if (definition->flags & INDEX_PRIMARY)
        return JET_errIndexTuplesSecondaryIndexOnly;
    if (definition->flags & INDEX_UNIQUE)
        return JET_errIndexTuplesNonUniqueOnly;
    if (definition->segment_max > 0 && definition->segment_max < key_most)
        return JET_errIndexTuplesVarSegMacNotAllowed;
    return tuples_are_sound(&tuples) ? JET_errSuccess : JET_errIndexTuplesInvalidLimits;
}

static jet_err check_tuple_column(const struct table *table, const struct session *session,
                                  const struct ddl_index *definition)
{
    const struct column *column = table_column_by_id(table, session, definition->segments[0].column);

    return !definition->has_tuples || column_type_is_text(column->type) || column->type == COLUMN_BINARY ||
                   column->type == COLUMN_LONG_BINARY
               ? JET_errSuccess
               : JET_errIndexTuplesTextBinaryColumnsOnly;
}

static jet_err check_limits(const struct table *table, const struct ddl_index *definition)
{
    const size_t limit = keynorm_limit_max(table->db->page_size);
    const size_t key_most = definition->key_most ? definition->key_most : TABLE_INDEX_KEY_MOST;

    if (key_most > limit || definition->segment_max > key_most)
        return JET_errIndexInvalidDef;
    if ((definition->flags & INDEX_PRIMARY) && definition->condition_count > 0)
        return JET_errIndexInvalidDef;
    return ddl_check_density(definition->density);
}

static jet_err check_table(const struct table *table, const struct session *session, const struct ddl_index *definition)
{
    if (table->flags & TABLE_FLAG_FIXED_DDL)
        return JET_errFixedDDL;
    if (table_index_by_name(table, session, definition->name))
        return JET_errIndexDuplicate;
    if ((definition->flags & INDEX_PRIMARY) && table_primary_index(table))
        return JET_errIndexHasPrimary;
    return ddl_check_alone(table, session);
}

static jet_err check_is_empty(struct session *session, struct table *table)
{
    struct dir_cursor *dir;
    jet_err err = dir_open(session, table->tree, &dir);

    if (err < JET_errSuccess)
        return err;
    err = dir_move(dir, DIR_FIRST);
    dir_close(dir);
    if (err == JET_errNoCurrentRecord)
        return JET_errSuccess;
    return err < JET_errSuccess ? err : JET_errTableNotEmpty;
}

/* ---- text ---- */

/* What the index will say, whether it has text or not. */
struct order_wanted {
    const char *locale;
    uint32_t flags;
    bool has_text;
};

static bool is_unicode(const struct column *column)
{
    return column_type_is_text(column->type) && column->code_page == KEYNORM_CODE_PAGE_UNICODE;
}

static jet_err order_of(const struct table *table, const struct session *session, const struct ddl_index *definition,
                        struct order_wanted *ret_order)
{
    const struct engine_config *config = &session->engine->config;

    *ret_order = (struct order_wanted){
        .locale = definition->locale ? definition->locale : text_order_locale_default(config),
        .flags = definition->sort_flags ? definition->sort_flags : text_order_flags_default(config),
    };
    for (unsigned i = 0; i < definition->segment_count; i++)
        if (is_unicode(table_column_by_id(table, session, definition->segments[i].column)))
            ret_order->has_text = true;
    if (!definition->locale && definition->sort_flags == 0)
        return JET_errSuccess; /* was checked when it became the default */
    return text_order_check(ret_order->locale, &ret_order->flags);
}

/* ---- create ---- */

/* A primary index leaves no record out: nulls are in it, or refused. */
static uint32_t primary_flags(const struct ddl_index *definition)
{
    const uint32_t flags = (definition->flags & ~(uint32_t)ANY_NULLS) | INDEX_UNIQUE;

    return flags & INDEX_NO_NULL_SEGMENT ? flags : flags | ANY_NULLS;
}

static uint32_t flags_of(const struct table *table, const struct session *session, const struct ddl_index *definition,
                         const struct order_wanted *order)
{
    uint32_t flags = definition->flags & INDEX_PRIMARY ? primary_flags(definition) : definition->flags;

    if (count_multi_valued(table, session, definition) > 0)
        flags |= INDEX_MULTI_VALUED;
    if (order->has_text)
        flags |= INDEX_LOCALIZED_TEXT;
    if (definition->locale || definition->sort_flags != 0)
        flags |= INDEX_LOCALE_SET;
    return flags | INDEX_EXTENDED_COLUMNS;
}

/* As the primary index, at first. */
static jet_err index_make(const struct table *table, const struct session *session, const struct ddl_index *definition,
                          struct index **ret_index)
{
    struct order_wanted order;
    jet_err err = order_of(table, session, definition, &order);

    if (err < JET_errSuccess)
        return err;
    struct index *index = calloc(1, sizeof *index);
    if (!index)
        return JET_errOutOfMemory;
    *index = (struct index){
        .objid = table->objid,
        .fdp = table->fdp,
        .flags = flags_of(table, session, definition, &order),
        .density = definition->density ? definition->density : table->density,
        .key_most = definition->key_most ? definition->key_most : TABLE_INDEX_KEY_MOST,
        .segment_max = definition->segment_max,
        .segment_count = definition->segment_count,
        .tuples = tuples_of(session, definition),
        .sort_flags = order.flags,
    };
    memcpy(index->segments, definition->segments, definition->segment_count * sizeof *index->segments);
    index->condition_count = definition->condition_count;
    if (definition->condition_count > 0)
        memcpy(index->conditions, definition->conditions, definition->condition_count * sizeof *index->conditions);
    err = table_name_copy(definition->name, strlen(definition->name), &index->name);
    if (err >= JET_errSuccess)
        err = table_name_copy(order.locale, strlen(order.locale), &index->locale);
    if (err >= JET_errSuccess && order.has_text)
        err = text_order_new(&index->order, index->locale, index->sort_flags);
    if (err < JET_errSuccess) {
        index_free(index);
        return err;
    }
    *ret_index = index;
    return JET_errSuccess;
}

/* What the record borrows. */
struct index_bytes {
    uint8_t key_columns[CATALOG_KEY_COLUMNS_SIZE];
    uint8_t limits[2 * TABLE_KEY_SEGMENTS_MAX];
    uint8_t conditions[CATALOG_KEY_COLUMNS_SIZE];
    uint8_t tuples[5 * sizeof(uint32_t)];
    uint8_t locale[2 * OS_COLLATION_NAME_SIZE];
    uint8_t sort_version[TEXT_ORDER_VERSION_SIZE];
};

static size_t key_columns_put(const struct index *index, struct index_bytes *bytes)
{
    struct catalog_key_segment segments[TABLE_KEY_SEGMENTS_MAX];

    for (unsigned i = 0; i < index->segment_count; i++)
        segments[i] =
            (struct catalog_key_segment){(unsigned)index->segments[i].column, index->segments[i].is_descending};
    return catalog_key_columns_make(segments, index->segment_count, bytes->key_columns);
}

static size_t conditions_put(const struct index *index, struct index_bytes *bytes)
{
    struct catalog_condition conditions[TABLE_KEY_SEGMENTS_MAX];

    for (unsigned i = 0; i < index->condition_count; i++)
        conditions[i] =
            (struct catalog_condition){(unsigned)index->conditions[i].column, index->conditions[i].must_be_null};
    return catalog_conditions_make(conditions, index->condition_count, bytes->conditions);
}

static size_t limits_put(const struct index *index, struct index_bytes *bytes)
{
    for (unsigned i = 0; i < index->segment_count; i++) {
        bytes->limits[2 * i] = (uint8_t)index->segment_max;
        bytes->limits[2 * i + 1] = (uint8_t)(index->segment_max >> 8);
    }
    return 2 * (size_t)index->segment_count;
}

static size_t tuples_put(const struct index *index, struct index_bytes *bytes)
{
    const struct index_tuples *tuples = &index->tuples;
    const uint16_t numbers[] = {tuples->length_min, tuples->length_max, tuples->count_max, tuples->step, tuples->start};

    memset(bytes->tuples, 0, sizeof bytes->tuples);
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        bytes->tuples[4 * i] = (uint8_t)numbers[i];
        bytes->tuples[4 * i + 1] = (uint8_t)(numbers[i] >> 8);
    }
    return sizeof bytes->tuples;
}

static size_t locale_put(const struct index *index, struct index_bytes *bytes)
{
    size_t size = 0;

    for (const char *c = index->locale; *c && size + 1 < sizeof bytes->locale; c++) {
        bytes->locale[size++] = (uint8_t)*c;
        bytes->locale[size++] = 0;
    }
    return size;
}

static jet_err describe(struct session *session, const struct table *table, const struct index *index)
{
    struct index_bytes bytes;
    struct catalog_record record = {
        .table = table->objid,
        .kind = CATALOG_INDEX,
        .id = index->objid,
        .fdp = index->fdp,
        .space_usage = index->density,
        .flags = index->flags,
        .name = {(const uint8_t *)index->name, strlen(index->name)},
        .sort_flags = index->sort_flags,
        .key_most = index->key_most == TABLE_INDEX_KEY_MOST ? 0 : index->key_most,
        .key_columns = { bytes.key_columns,       key_columns_put(index,             &bytes)},
        .locale_name = { bytes.locale,            locale_put(index,             &bytes)},
    };
    if (index->segment_max != 0)
        record.segment_limits = (struct catalog_bytes){bytes.limits, limits_put(index, &bytes)};
    if (index_has_tuples(index))
        record.tuple_limits = (struct catalog_bytes){bytes.tuples, tuples_put(index, &bytes)};
    if (index->order.state == TEXT_ORDER_CURRENT) {
        text_order_version_put(&index->order.version, bytes.sort_version);
        record.sort_version = (struct catalog_bytes){bytes.sort_version, sizeof bytes.sort_version};
        record.sort_id = (struct catalog_bytes){index->order.version.id, sizeof index->order.version.id};
    }
    if (index->condition_count > 0)
        record.conditions = (struct catalog_bytes){bytes.conditions, conditions_put(index, &bytes)};
    return ddl_catalog_insert(session, schema_cache_of_table(table), &record);
}

static void created_commit(struct session *session, void *context)
{
    const struct index_change *change = context;

    latch_exclusive(&change->table->latch);
    change->index->owner = NULL;
    change->index->new_until = transactions_newest(session->engine->transactions);
    latch_unlock_exclusive(&change->table->latch);
}

static jet_err created_rollback(struct session *session, void *context)
{
    const struct index_change *change = context;

    (void)session;
    latch_exclusive(&change->table->latch);
    table_index_dismiss(change->table, change->index);
    jet_err err = table_lay_out(change->table);
    latch_unlock_exclusive(&change->table->latch);
    return err;
}

static const struct transaction_action created_action = {
    .committed = created_commit, .rollback = created_rollback, .dispose = free};

static jet_err index_join(struct session *session, struct table *table, struct index *index)
{
    struct index_change *change = malloc(sizeof *change);

    if (!change) {
        index_free(index);
        return JET_errOutOfMemory;
    }
    *change = (struct index_change){table, index};
    index->owner = session;
    latch_exclusive(&table->latch);
    table_indexes_tidy(table);
    jet_err err = table_index_put(table, index);
    const bool has_joined = err >= JET_errSuccess;
    if (has_joined) {
        err = table_lay_out(table);
        if (err < JET_errSuccess)
            table_index_remove(table, index);
    }
    latch_unlock_exclusive(&table->latch);
    if (err < JET_errSuccess) {
        free(change);
        return has_joined ? JET_errRecordTooBig : err; /* fixed columns leave no room for such keys */
    }
    err = transaction_on_end(session, &created_action, change);
    if (err < JET_errSuccess) {
        jet_err_ignore(created_rollback(session, change)); /* the layout was good before */
        free(change);
    }
    return err;
}

/* A tree for it, which goes with the transaction. */
static jet_err tree_make(struct session *session, const struct table *table, struct index *index)
{
    struct tree_new options = {.page_flags = PAGE_FLAG_INDEX |
                                             (index->flags & INDEX_UNIQUE ? 0u : (uint32_t)PAGE_FLAG_NON_UNIQUE),
                               .pages = 1};
    jet_err err = ddl_tree_create(session, table->tree, &options, &index->fdp);

    index->objid = options.objid;
    index->is_new = true;
    return err < JET_errSuccess ? err : index_open_tree(table, index);
}

static jet_err describe_tree(struct session *session, const struct table *table, const struct index *index)
{
    return ddl_objid_insert(session, schema_cache_of_table(table), index->objid, table->objid, CATALOG_INDEX);
}

/* Are there records that the session does not see as they are? */
static jet_err check_records(const struct session *session, const struct table *table)
{
    return version_has_unseen(session, table->db, table->objid) ? JET_errWriteConflict : JET_errSuccess;
}

/* The index is one of the table's now, and others cannot change records any more. */
static jet_err fill(struct session *session, struct table *table, const struct index *index)
{
    jet_err err = check_records(session, table);
    return err < JET_errSuccess ? err : ddl_index_build(session, table, index);
}

static jet_err index_prepare(struct session *session, struct table *table, const struct ddl_index *definition,
                             struct index **ret_index)
{
    latch_shared(&table->latch);
    jet_err err = check_table(table, session, definition);
    if (err >= JET_errSuccess)
        err = check_segments(table, session, definition);
    if (err >= JET_errSuccess)
        err = check_tuple_column(table, session, definition);
    if (err >= JET_errSuccess && !(definition->flags & INDEX_PRIMARY))
        err = check_records(session, table); /* sooner rather than later: nothing was written yet */
    if (err >= JET_errSuccess)
        err = index_make(table, session, definition, ret_index);
    latch_unlock_shared(&table->latch);
    return err;
}

static jet_err create_in_transaction(struct session *session, struct table *table, const struct ddl_index *definition)
{
    const bool is_primary = (definition->flags & INDEX_PRIMARY) != 0;
    struct index *index = NULL;
    jet_err err = index_prepare(session, table, definition, &index);

    if (err >= JET_errSuccess)
        err = is_primary ? check_is_empty(session, table) : tree_make(session, table, index);
    if (err >= JET_errSuccess)
        err = describe(session, table, index);
    if (err >= JET_errSuccess && index->order.state == TEXT_ORDER_CURRENT && !table->temporary)
        err = text_order_count(session, schema_cache_of_table(table), index->locale, &index->order.version);
    if (err >= JET_errSuccess && !is_primary)
        err = describe_tree(session, table, index);
    if (err < JET_errSuccess) {
        index_free(index);
        return err == JET_errKeyDuplicate ? JET_errIndexDuplicate : err;
    }
    err = index_join(session, table, index);
    return err < JET_errSuccess || is_primary ? err : fill(session, table, index);
}

jet_err ddl_index_create(struct session *session, struct table *table, const struct ddl_index *definition)
{
    jet_err err = ddl_check_name(definition->name);

    if (err >= JET_errSuccess)
        err = check_limits(table, definition);
    if (err >= JET_errSuccess)
        err = check_tuples(session, definition);
    if (err >= JET_errSuccess)
        err = ddl_begin(session, table->db);
    return err < JET_errSuccess ? err : ddl_end(session, create_in_transaction(session, table, definition));
}

/* ---- delete ---- */

static void deleted_commit(struct session *session, void *context)
{
    struct index_change *change = context;

    (void)session;
    latch_exclusive(&change->table->latch);
    const bool is_taken_over = change->index->is_taken_over;
    if (is_taken_over)
        change->index = NULL;
    else
        change->index->is_gone = true;
    latch_unlock_exclusive(&change->table->latch);
    if (is_taken_over)
        atomic_fetch_sub(&schema_cache_of_table(change->table)->deletions, 1); /* that of the table counts */
}

static jet_err deleted_rollback(struct session *session, void *context)
{
    const struct index_change *change = context;

    (void)session;
    latch_exclusive(&change->table->latch);
    change->index->deleted_by = NULL;
    latch_unlock_exclusive(&change->table->latch);
    atomic_fetch_sub(&schema_cache_of_table(change->table)->deletions, 1);
    return JET_errSuccess;
}

/* Nobody looks at the tree of an index that is gone. */
static jet_err tree_delete_now(struct session *session, const struct table *table, struct index *index)
{
    const struct ddl_tree tree = {table->fdp, index->fdp, table->objid, index->objid};

    version_forget_tree(session->engine, table->db, index->objid);
    tree_close(index->tree);
    index->tree = NULL;
    jet_err err = ddl_trees_delete(session, table->db, &tree, 1);
    atomic_store(&index->is_rest, true); /* the last that is done to it here */
    return err;
}

static jet_err deleted_settle(struct session *session, void *context)
{
    const struct index_change *change = context;
    jet_err err = JET_errSuccess;

    if (!change->index)
        return JET_errSuccess;
    err = tree_delete_now(session, change->table, change->index);
    atomic_fetch_sub(&schema_cache_of_table(change->table)->deletions, 1);
    return err;
}

static const struct transaction_action deleted_action = {
    .committed = deleted_commit,
    .settled = deleted_settle,
    .rollback = deleted_rollback,
    .dispose = free,
};

static jet_err may_delete(const struct table *table, const struct session *session, const struct index *index)
{
    if (index->flags & INDEX_PRIMARY)
        return JET_errIndexMustStay;
    if (atomic_load(&index->users) > 0)
        return JET_errIndexInUse;
    return ddl_check_alone(table, session);
}

static jet_err mark_deleted(const struct session *session, struct table *table, const char *name,
                            struct index **ret_index)
{
    jet_err err = JET_errIndexNotFound;

    latch_exclusive(&table->latch);
    struct index *index = table_index_by_name(table, session, name);
    if (index) {
        err = may_delete(table, session, index);
        if (err >= JET_errSuccess)
            index->deleted_by = session;
    }
    latch_unlock_exclusive(&table->latch);
    *ret_index = index;
    return err;
}

/* With the end of the transaction to look after it. */
static jet_err deletion_begin(struct session *session, struct table *table, const char *name, struct index **ret_index)
{
    struct index_change *change = malloc(sizeof *change);
    jet_err err = change ? mark_deleted(session, table, name, ret_index) : JET_errOutOfMemory;

    if (err < JET_errSuccess) {
        free(change);
        return err;
    }
    *change = (struct index_change){table, *ret_index};
    atomic_fetch_add(&schema_cache_of_table(table)->deletions, 1);
    err = transaction_on_end(session, &deleted_action, change);
    if (err < JET_errSuccess) {
        jet_err_ignore(deleted_rollback(session, change)); /* cannot fail */
        free(change);
    }
    return err;
}

static jet_err delete_in_transaction(struct session *session, struct table *table, const char *name)
{
    struct schema_cache *cache = schema_cache_of_table(table);
    struct index *index;
    jet_err err = deletion_begin(session, table, name, &index);

    if (err < JET_errSuccess)
        return err;
    const struct ddl_place place = {table->objid, CATALOG_INDEX, index->objid};
    err = ddl_catalog_delete(session, cache, &place);
    return err < JET_errSuccess ? err : ddl_objid_delete(session, cache, index->objid);
}

jet_err ddl_index_drop(struct session *session, struct table *table, const char *name)
{
    jet_err err = ddl_begin(session, table->db);

    return err < JET_errSuccess ? err : ddl_end(session, delete_in_transaction(session, table, name));
}

jet_err ddl_index_delete(struct session *session, struct table *table, const char *name)
{
    latch_shared(&table->latch);
    const bool is_fixed = (table->flags & TABLE_FLAG_FIXED_DDL) && table_index_by_name(table, session, name);
    latch_unlock_shared(&table->latch);
    return is_fixed ? JET_errFixedDDL : ddl_index_drop(session, table, name);
}
