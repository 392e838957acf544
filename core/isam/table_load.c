/* SPDX-License-Identifier: MIT */
/* table_load.c - a table object from the records of the catalogue, or from the tables that everybody knows. */
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/corrupt.h"
#include "btree/tree.h"
#include "format/keynorm.h"
#include "isam/column_function.h"
#include "isam/catalog.h"
#include "isam/dir.h"
#include "isam/record.h"
#include "isam/row_value.h"
#include "isam/schema_cache_internal.h"
#include "isam/table_build.h"

/* ---- from the catalogue ---- */

static jet_err bytes_copy(const struct catalog_bytes *bytes, uint8_t **ret_copy)
{
    *ret_copy = malloc(bytes->size + 1);
    if (!*ret_copy)
        return JET_errOutOfMemory;
    memcpy(*ret_copy, bytes->bytes, bytes->size);
    return JET_errSuccess;
}

/* Hints: of another size they are taken for none. */
static struct index_statistics statistics_get(const struct catalog_bytes *bytes)
{
    const le32 *numbers = (const void *)bytes->bytes;

    if (bytes->size != CATALOG_STATISTICS_SIZE)
        return (struct index_statistics){0};
    return (struct index_statistics){le32_get(numbers[0]), le32_get(numbers[1]), le32_get(numbers[2])};
}

static jet_err take_table(struct table *table, const struct catalog_record *record)
{
    table->fdp = record->fdp;
    table->flags = record->flags;
    table->density = record->space_usage;
    table->pages = record->pages_or_locale;
    table->chunk_size = record->chunk_size;
    table->statistics = statistics_get(&record->statistics);
    return table_name_copy(record->name.bytes, record->name.size, &table->name);
}

static bool column_is_sound(const struct column *column)
{
    const bool is_known = column->id > 0 && column->id <= TABLE_TAGGED_LAST && column->type < COLUMN_TYPES;

    return is_known && (!column_is_fixed(column) || column->size_max <= UINT16_MAX) &&
           (!column_is_fixed(column) || column_type_size(column->type) == 0 ||
            column_type_size(column->type) == column->size_max);
}

static jet_err take_column(struct table *table, const struct catalog_record *record)
{
    struct column *column = calloc(1, sizeof *column);

    if (!column)
        return JET_errOutOfMemory;
    *column = (struct column){
        .id = record->id,
        .type = (enum column_type)record->column_type,
        .size_max = record->space_usage,
        .flags = record->flags,
        .code_page = (uint16_t)record->pages_or_locale,
        .record_offset = record->record_offset,
    };
    jet_err err = column_is_sound(column) ? table_name_copy(record->name.bytes, record->name.size, &column->name)
                                          : CORRUPT(JET_errCatalogCorrupted);
    if (err >= JET_errSuccess && record->default_value.bytes && column->type != COLUMN_NIL) {
        err = bytes_copy(&record->default_value, &column->default_value);
        column->default_size = (uint16_t)record->default_value.size;
    }
    if (err >= JET_errSuccess && column_is_computed(column) && record->callback.bytes)
        err = column_function_new(record->callback.bytes, record->callback.size, record->callback_data.bytes,
                                  record->callback_data.size, &column->function);
    if (err < JET_errSuccess) {
        column_free(column);
        return err;
    }
    return table_column_put(table, column);
}

/* UTF-16 of ASCII; anything else becomes a question mark, which no language has. */
static jet_err locale_copy(const struct catalog_bytes *wide, char **ret_locale)
{
    char *locale;

    if (!wide->bytes)
        return JET_errSuccess;
    locale = malloc(wide->size / 2 + 1);
    if (!locale)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < wide->size / 2; i++)
        locale[i] = wide->bytes[2 * i + 1] == 0 && wide->bytes[2 * i] < 0x80 ? (char)wide->bytes[2 * i] : '?';
    locale[wide->size / 2] = '\0';
    *ret_locale = locale;
    return JET_errSuccess;
}

/* An index made by old engines names its language by a number. */
static jet_err take_locale(struct index *index, const struct catalog_record *record)
{
    char name[OS_COLLATION_NAME_SIZE];

    if (record->locale_name.bytes || record->pages_or_locale == 0)
        return locale_copy(&record->locale_name, &index->locale);
    if (os_collation_name_of_lcid(record->pages_or_locale, name) < JET_errSuccess)
        return JET_errSuccess;
    return table_name_copy(name, strlen(name), &index->locale);
}

static jet_err take_order(struct index *index, const struct catalog_record *record)
{
    const bool is_known =
        record->sort_version.size == TEXT_ORDER_VERSION_SIZE && record->sort_id.size == TEXT_ORDER_ID_SIZE;
    struct os_collation_version version;

    if (!(index->flags & INDEX_LOCALIZED_TEXT))
        return JET_errSuccess;
    if (is_known)
        text_order_version_get(record->sort_version.bytes, record->sort_id.bytes, &version);
    return text_order_load(&index->order, index->locale ? index->locale : "", index->sort_flags,
                           is_known ? &version : NULL);
}

static bool is_computed(const struct table *table, uint32_t id)
{
    const struct column *column = table_column_stored(table, id);

    return column && column_is_computed(column);
}

/* Keys of such an index cannot be made here: the table can be read, and not changed. (Deferred: not filled yet.
 * Computed: by a function of the application, of whatever it likes.) */
static bool index_is_foreign(const struct table *table, const struct index *index)
{
    bool is_foreign = (index->flags & INDEX_DEFERRED_POPULATE) != 0;

    for (unsigned i = 0; i < index->segment_count; i++)
        is_foreign |= is_computed(table, index->segments[i].column);
    for (unsigned i = 0; i < index->condition_count; i++)
        is_foreign |= is_computed(table, index->conditions[i].column);
    return is_foreign;
}

static uint16_t limit_get(const struct catalog_bytes *limits, unsigned which)
{
    const uint8_t *bytes = limits->bytes + which * sizeof(le32);

    return (uint16_t)(bytes[0] | bytes[1] << 8); /* four bytes, of which two are in use */
}

/* Three numbers in old databases, else five. */
static jet_err take_tuples(struct index *index, const struct catalog_bytes *limits)
{
    struct index_tuples *tuples = &index->tuples;

    if (!limits->bytes)
        return JET_errSuccess;
    if (limits->size != 3 * sizeof(le32) && limits->size != 5 * sizeof(le32))
        return CORRUPT(JET_errCatalogCorrupted);
    const bool is_old = limits->size == 3 * sizeof(le32);
    *tuples = (struct index_tuples){
        .length_min = limit_get(limits, 0),
        .length_max = limit_get(limits, 1),
        .count_max = limit_get(limits, 2),
        .step = is_old ? 1 : limit_get(limits, 3),
        .start = is_old ? 0 : limit_get(limits, 4),
    };
    return tuples->length_min == 0 || tuples->length_min > tuples->length_max ||
                   tuples->length_max > TABLE_TUPLE_LENGTH_MAX || tuples->count_max == 0 || tuples->step == 0
               ? CORRUPT(JET_errCatalogCorrupted)
               : JET_errSuccess;
}

static jet_err take_index(struct table *table, const struct catalog_record *record)
{
    struct index *index = calloc(1, sizeof *index);

    if (!index)
        return JET_errOutOfMemory;
    *index = (struct index){
        .objid = record->id,
        .fdp = record->fdp,
        .flags = record->flags,
        .density = record->space_usage,
        .key_most = record->key_most ? record->key_most : TABLE_INDEX_KEY_MOST,
        .segment_count = (unsigned)catalog_key_segment_count(record),
        .sort_flags = record->sort_flags,
        .statistics = statistics_get(&record->statistics),
        .condition_count = (unsigned)catalog_condition_count(record),
    };
    for (unsigned i = 0; i < index->segment_count; i++) {
        const struct catalog_key_segment segment = catalog_key_segment(record, i);

        index->segments[i] = (struct index_segment){segment.column, segment.is_descending};
    }
    for (unsigned i = 0; i < index->condition_count; i++) {
        const struct catalog_condition condition = catalog_condition(record, i);

        index->conditions[i] = (struct index_condition){condition.column, condition.must_be_null};
    }
    index->is_foreign = index_is_foreign(table, index);
    if (record->segment_limits.size >= sizeof(uint16_t))
        index->segment_max = (uint16_t)(record->segment_limits.bytes[0] | record->segment_limits.bytes[1] << 8);
    jet_err err = index->key_most <= KEYNORM_LIMIT_MAX
                      ? table_name_copy(record->name.bytes, record->name.size, &index->name)
                      : CORRUPT(JET_errCatalogCorrupted);
    if (err >= JET_errSuccess)
        err = take_tuples(index, &record->tuple_limits);
    if (err >= JET_errSuccess)
        err = take_locale(index, record);
    if (err >= JET_errSuccess)
        err = take_order(index, record);
    if (err < JET_errSuccess) {
        index_free(index);
        return err;
    }
    return table_index_put(table, index);
}

static jet_err take(struct table *table, const struct catalog_record *record)
{
    if (!table->name && record->kind != CATALOG_TABLE)
        return JET_errObjectNotFound; /* records of a table that the session does not see */
    switch (record->kind) {
    case CATALOG_TABLE: return table->name ? CORRUPT(JET_errCatalogCorrupted) : take_table(table, record);
    case CATALOG_COLUMN: return take_column(table, record);
    case CATALOG_INDEX: return take_index(table, record);
    case CATALOG_LONG_VALUES:
        table->long_values_objid = record->id;
        table->long_values_fdp = record->fdp;
        return JET_errSuccess;
    default: return JET_errSuccess;
    }
}

static jet_err take_all(struct schema_cache *cache, struct dir_cursor *dir, struct table *table)
{
    uint8_t key[CATALOG_KEY_SIZE];
    bool exact;

    catalog_key_make(table->objid, CATALOG_TABLE, 0, key);
    const struct bookmark from = {.key = key, .key_size = CATALOG_KEY_TABLE_SIZE};
    jet_err err = dir_seek(dir, DIR_SEEK_GREATER_OR_EQUAL, &from, &exact);
    while (err >= JET_errSuccess) {
        struct catalog_record record;
        struct dir_view view;

        err = dir_get(dir, &view);
        if (err < JET_errSuccess)
            break;
        if (view.key_size < from.key_size || memcmp(view.key, key, from.key_size) != 0)
            break;
        err = catalog_record_decode(view.data, view.data_size, cache->db->page_size, &record);
        if (err >= JET_errSuccess)
            err = take(table, &record);
        if (err >= JET_errSuccess)
            err = dir_move(dir, DIR_NEXT);
    }
    dir_release(dir);
    return err == JET_errNoCurrentRecord || err == JET_errRecordNotFound ? JET_errSuccess : err;
}

static bool density_is_sound(uint32_t density)
{
    return density >= 20 && density <= 100;
}

jet_err index_open_tree(const struct table *table, struct index *index)
{
    jet_err err = tree_open(table->db, index->fdp, index->objid, &index->tree);

    if (err >= JET_errSuccess && density_is_sound(index->density))
        tree_density_set(index->tree, index->density);
    return err;
}

jet_err table_open_trees(struct table *table)
{
    jet_err err = tree_open(table->db, table->fdp, table->objid, &table->tree);

    if (err >= JET_errSuccess && density_is_sound(table->density))
        tree_density_set(table->tree, table->density);
    for (size_t i = 0; i < table->index_count && err >= JET_errSuccess; i++) {
        struct index *index = table->indexes[i];

        if (!(index->flags & INDEX_PRIMARY))
            err = index_open_tree(table, index);
    }
    if (err < JET_errSuccess || table->long_values_fdp == 0)
        return err;
    err = tree_open(table->db, table->long_values_fdp, table->long_values_objid, &table->long_values_tree);
    if (err >= JET_errSuccess)
        err = lv_open(table->long_values_tree, table->chunk_size, &table->long_values);
    if (err >= JET_errSuccess)
        atomic_store(&table->has_long_values, true);
    return err;
}

/* ---- numbers that go on ---- */

/* Records without a primary index: the last key. */
static jet_err find_record_number(struct table *table, struct dir_cursor *dir)
{
    struct dir_view view;
    jet_err err = dir_move(dir, DIR_LAST);

    if (err >= JET_errSuccess)
        err = dir_get(dir, &view);
    if (err >= JET_errSuccess && view.key_size != sizeof(be32))
        err = CORRUPT(JET_errDatabaseCorrupted);
    if (err >= JET_errSuccess)
        atomic_store(&table->record_number_last, be32_get(*(const be32 *)(const void *)view.key));
    dir_release(dir);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

static int64_t number_of(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return size == sizeof(int32_t) ? (int32_t)number : (int64_t)number;
}

/* The column's value in the record the cursor is on raises the number. */
static jet_err raise_auto_increment(struct table *table, struct dir_cursor *dir)
{
    struct dir_view view;
    struct record record;
    struct row_value value;
    jet_err err = dir_get(dir, &view);

    if (err >= JET_errSuccess)
        err = record_decode(view.data, view.data_size, table->db->page_size, &record);
    if (err >= JET_errSuccess)
        err = row_value_get(table->auto_increment, &record, 1, 0, &value);
    if (err < JET_errSuccess || value.is_null)
        return err;
    const int64_t number = number_of(value.bytes, value.size);
    if (number > atomic_load(&table->auto_increment_last))
        atomic_store(&table->auto_increment_last, number);
    return JET_errSuccess;
}

static bool is_first_ascending(const struct table *table, const struct column *column)
{
    const struct index *primary = table_primary_index(table);

    return primary && primary->segment_count > 0 && primary->segments[0].column == column->id &&
           !primary->segments[0].is_descending;
}

/* The greatest there is: in the last record, if records are in that order, else in any. */
static jet_err find_auto_increment(struct table *table, struct dir_cursor *dir)
{
    const bool is_sorted = is_first_ascending(table, table->auto_increment);
    jet_err err = dir_move(dir, is_sorted ? DIR_LAST : DIR_FIRST);

    while (err >= JET_errSuccess) {
        err = raise_auto_increment(table, dir);
        if (err >= JET_errSuccess)
            err = is_sorted ? JET_errNoCurrentRecord : dir_move(dir, DIR_NEXT);
    }
    dir_release(dir);
    return err == JET_errNoCurrentRecord ? JET_errSuccess : err;
}

static jet_err find_numbers(struct table *table, struct session *session)
{
    struct dir_cursor *dir;
    jet_err err = dir_open(session, table->tree, &dir);

    if (err < JET_errSuccess)
        return err;
    if (!table_primary_index(table))
        err = find_record_number(table, dir);
    if (err >= JET_errSuccess && table->auto_increment)
        err = find_auto_increment(table, dir);
    dir_close(dir);
    return err;
}

jet_err table_load(struct schema_cache *cache, struct session *session, objid_t objid, struct table **ret_table)
{
    struct dir_cursor *dir = NULL;
    struct table *table;
    jet_err err = table_new(cache, objid, 0, &table);

    if (err < JET_errSuccess)
        return err;
    err = dir_open(session, cache->catalog->tree, &dir);
    if (err >= JET_errSuccess) {
        err = take_all(cache, dir, table);
        dir_close(dir);
    }
    if (err >= JET_errSuccess && !table->name)
        err = JET_errObjectNotFound;
    if (err >= JET_errSuccess)
        err = table_lay_out(table);
    table_names_sort(table);
    if (err >= JET_errSuccess)
        err = table_open_trees(table);
    if (err >= JET_errSuccess)
        err = find_numbers(table, session);
    if (err < JET_errSuccess) {
        table_free(table);
        return err;
    }
    *ret_table = table;
    return JET_errSuccess;
}

/* ---- from system_tables.c ---- */

static jet_err system_column(struct table *table, const struct system_column *from)
{
    struct column *column = calloc(1, sizeof *column);

    if (!column)
        return JET_errOutOfMemory;
    *column = (struct column){
        .id = from->id,
        .type = (enum column_type)from->type,
        .size_max = from->size,
        .flags = from->flags,
        .code_page = from->code_page,
        .record_offset = from->offset,
    };
    jet_err err = table_name_copy(from->name, strlen(from->name), &column->name);
    if (err >= JET_errSuccess && (from->flags & COLUMN_DEFAULT)) {
        column->default_value = calloc(1, from->size);
        column->default_size = from->size;
        err = column->default_value ? JET_errSuccess : JET_errOutOfMemory;
    }
    if (err < JET_errSuccess) {
        column_free(column);
        return err;
    }
    return table_column_put(table, column);
}

static jet_err system_index(struct table *table, const struct system_index *from)
{
    struct index *index = calloc(1, sizeof *index);

    if (!index)
        return JET_errOutOfMemory;
    *index = (struct index){
        .objid = from->id,
        .fdp = from->fdp,
        .flags = from->flags,
        .density = from->density,
        .key_most = TABLE_INDEX_KEY_MOST,
        .sort_flags = SYSTEM_SORT_FLAGS,
    };
    for (; index->segment_count < SYSTEM_INDEX_COLUMNS_MAX && from->columns[index->segment_count] != 0;
         index->segment_count++)
        index->segments[index->segment_count].column = from->columns[index->segment_count];
    jet_err err = table_name_copy(from->name, strlen(from->name), &index->name);
    if (err >= JET_errSuccess)
        err = table_name_copy(SYSTEM_LOCALE, sizeof SYSTEM_LOCALE - 1, &index->locale);
    if (err < JET_errSuccess) {
        index_free(index);
        return err;
    }
    return table_index_put(table, index);
}

jet_err table_load_system(struct schema_cache *cache, const struct system_table *definition, struct table **ret_table)
{
    struct table *table;
    jet_err err = table_new(cache, definition->id, definition->fdp, &table);

    if (err < JET_errSuccess)
        return err;
    table->flags = definition->flags;
    table->density = definition->density;
    table->pages = definition->pages;
    err = table_name_copy(definition->name, strlen(definition->name), &table->name);
    for (size_t i = 0; i < definition->column_count && err >= JET_errSuccess; i++)
        err = system_column(table, &definition->columns[i]);
    for (size_t i = 0; i < definition->index_count && err >= JET_errSuccess; i++)
        err = system_index(table, &definition->indexes[i]);
    if (err >= JET_errSuccess)
        err = table_lay_out(table);
    if (err < JET_errSuccess) {
        table_free(table);
        return err;
    }
    table_names_sort(table);
    *ret_table = table;
    return JET_errSuccess;
}
