/* SPDX-License-Identifier: MIT */
/* inspect_catalog.c - the catalogue as a list of tables.
 *
 * The records of the catalogue come sorted by table, so a record belongs to the table record before it; one that does
 * not is damage. If MSysObjects is damaged anywhere, all that was read of it is dropped and the shadow, which holds the
 * same records, is read from its start: half a catalogue from one and half from the other would be no catalogue.
 *
 * Tables can have tens of thousands of columns, so lists grow by doubling.
 */
#include <stdlib.h>

#include "base/array.h"
#include "isam/isam.h"
#include "jet/inspect_internal.h"

_Static_assert((int)INSPECT_KEY_SEGMENTS_MAX == (int)CATALOG_KEY_SEGMENTS_MAX, "all segments of a key fit");

static jet_err take_name(const struct catalog_bytes *name, char **ret_name)
{
    *ret_name = codepage_1252_to_utf8(name->bytes, name->size);
    return *ret_name ? JET_errSuccess : JET_errOutOfMemory;
}

/* Each of these adds one zeroed element, counts it, and only then fills it, so that inspect_catalog_done() frees what a
 * failure leaves behind. */

static jet_err add_table(struct inspect_catalog *catalog, const struct catalog_record *record)
{
    struct inspect_table *tables = array_grow(catalog->tables, catalog->table_count, sizeof *tables);
    if (!tables)
        return JET_errOutOfMemory;
    catalog->tables = tables;
    struct inspect_table *table = &tables[catalog->table_count++];
    *table = (struct inspect_table){
        .id = record->id,
        .fdp = record->fdp,
        .flags = record->flags,
        .initial_pages = record->pages_or_locale,
        .density = record->space_usage,
    };
    return take_name(&record->name, &table->name);
}

static jet_err add_column(struct inspect_table *table, const struct catalog_record *record)
{
    struct inspect_column *columns = array_grow(table->columns, table->column_count, sizeof *columns);
    if (!columns)
        return JET_errOutOfMemory;
    table->columns = columns;
    struct inspect_column *column = &columns[table->column_count++];
    *column = (struct inspect_column){
        .id = record->id,
        .type = record->column_type,
        .size = record->space_usage,
        .flags = record->flags,
        .code_page = record->pages_or_locale,
    };
    return take_name(&record->name, &column->name);
}

static jet_err add_index(struct inspect_table *table, const struct catalog_record *record)
{
    struct inspect_index *indexes = array_grow(table->indexes, table->index_count, sizeof *indexes);
    if (!indexes)
        return JET_errOutOfMemory;
    table->indexes = indexes;
    struct inspect_index *index = &indexes[table->index_count++];
    *index = (struct inspect_index){
        .id = record->id,
        .fdp = record->fdp,
        .flags = record->flags,
        .density = record->space_usage,
        .key_count = catalog_key_segment_count(record),
    };
    for (size_t i = 0; i < index->key_count; i++) {
        struct catalog_key_segment segment = catalog_key_segment(record, i);
        index->keys[i] = (struct inspect_key_segment){segment.column, segment.is_descending};
    }
    if (record->locale_name.bytes) {
        index->locale = codepage_utf16_to_utf8(record->locale_name.bytes, record->locale_name.size);
        if (!index->locale)
            return JET_errOutOfMemory;
    }
    return take_name(&record->name, &index->name);
}

static jet_err add_record(struct inspect_catalog *catalog, const struct catalog_scan *scan,
                          const struct catalog_record *record)
{
    struct inspect_table *table = catalog->table_count > 0 ? &catalog->tables[catalog->table_count - 1] : NULL;
    if (record->kind == CATALOG_TABLE && record->id != record->table)
        return catalog_scan_report(scan, "a table with two ids");
    if (record->kind != CATALOG_TABLE && (!table || table->id != record->table))
        return catalog_scan_report(scan, "a record of a table that the catalogue does not have");
    switch (record->kind) {
    case CATALOG_TABLE: return add_table(catalog, record);
    case CATALOG_COLUMN: return add_column(table, record);
    case CATALOG_INDEX: return add_index(table, record);
    case CATALOG_LONG_VALUES: table->long_value_fdp = record->fdp; break;
    case CATALOG_CALLBACK: break;
    }
    return JET_errSuccess;
}

static jet_err read_copy(struct database_file *file, enum catalog_copy copy, const struct finding_listener *listener,
                         struct inspect_catalog *ret_catalog)
{
    struct catalog_scan *scan = NULL;
    struct inspect_catalog catalog = {0};
    struct catalog_record record;
    jet_err err = catalog_scan_open(file, copy, listener, &scan);
    if (err == JET_errSuccess)
        err = catalog_scan_next(scan, &record);
    while (err == JET_errSuccess && record.kind != 0) {
        err = add_record(&catalog, scan, &record);
        if (err == JET_errSuccess)
            err = catalog_scan_next(scan, &record);
    }
    catalog_scan_close(scan);
    if (err == JET_errSuccess)
        *ret_catalog = catalog;
    else
        inspect_catalog_done(&catalog);
    return err;
}

static void report_fall_back(const struct database_file *file, const struct finding_listener *listener, jet_err err)
{
    const struct finding finding = {
        .kind = FINDING_CATALOG,
        .severity = FINDING_WARNING,
        .err = err,
        .file = database_file_info(file)->path,
        .place = FINDING_WHOLE_FILE,
        .detail = "its shadow copy is read instead",
    };
    finding_report(listener, &finding);
}

jet_err inspect_catalog_read(struct inspect_database *database, const struct finding_listener *listener,
                             struct inspect_catalog *ret_catalog)
{
    struct database_file *file = database->file;
    jet_err err = read_copy(file, CATALOG_PRIMARY, listener, ret_catalog);
    if (err == JET_errSuccess)
        return err;
    if (err != JET_errOutOfMemory) {
        report_fall_back(file, listener, err);
        if (read_copy(file, CATALOG_SHADOW, listener, ret_catalog) == JET_errSuccess)
            return JET_errSuccess;
    }
    /* The first error counts: that of the catalogue that should have been read. */
    return finding_report_error(listener, FINDING_CATALOG, database_file_info(file)->path, err, NULL);
}

static void table_done(struct inspect_table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        free(table->columns[i].name);
    for (size_t i = 0; i < table->index_count; i++) {
        free(table->indexes[i].name);
        free(table->indexes[i].locale);
    }
    free(table->columns);
    free(table->indexes);
    free(table->name);
}

void inspect_catalog_done(struct inspect_catalog *catalog)
{
    for (size_t i = 0; i < catalog->table_count; i++)
        table_done(&catalog->tables[i]);
    free(catalog->tables);
    *catalog = (struct inspect_catalog){0};
}

const char *inspect_column_type_name(uint32_t type)
{
    static const char *const names[] = {
        "deleted",          "Bit",        "UnsignedByte", "Short",    "Long", "Currency",
        "IEEESingle",       "IEEEDouble", "DateTime",     "Binary",   "Text", "LongBinary",
        "LongText",         "SLV",        "UnsignedLong", "LongLong", "GUID", "UnsignedShort",
        "UnsignedLongLong",
    };
    return type < COUNT_OF(names) ? names[type] : "?";
}
