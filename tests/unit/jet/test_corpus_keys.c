/* SPDX-License-Identifier: MIT */
/* Every key in the indexes of real databases is what format/keynorm.h makes of the record it stands for.
 *
 * Left out are indexes over Unicode text, and records whose value is not in the record: default values, values in the
 * long-value tree, several values in one column. Compressed values are decompressed first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "btree/scan.h"
#include "format/compressed.h"
#include "format/keynorm.h"
#include "isam/record.h"
#include "jet/inspect.h"
#include "support/corpus.h"

static const struct finding_listener nobody;

/* ---- the nodes of a tree, in memory ---- */

struct row {
    uint8_t *key; /* with the data behind it */
    size_t key_size;
    uint8_t *data;
    size_t data_size;
};

struct rows {
    struct row *row;
    size_t count, capacity;
};

static void add_row(struct rows *rows, const struct btree_entry *entry)
{
    struct row row = {.key_size = entry->key_size, .data_size = entry->data_size};

    if (rows->count == rows->capacity) {
        rows->capacity = 2 * rows->capacity + 64;
        rows->row = realloc(rows->row, rows->capacity * sizeof *rows->row);
        assert_non_null(rows->row);
    }
    row.key = malloc(entry->key_size + entry->data_size + 1);
    assert_non_null(row.key);
    row.data = row.key + entry->key_size;
    memcpy(row.key, entry->key, entry->key_size);
    memcpy(row.data, entry->data, entry->data_size);
    rows->row[rows->count++] = row;
}

static struct rows read_rows(struct database_file *file, pgno_t fdp, objid_t objid)
{
    struct btree_scan *scan = NULL;
    struct btree_entry entry;
    struct rows rows = {0};

    assert_int_equal(btree_scan_open(file, fdp, objid, &nobody, &scan), JET_errSuccess);
    for (;;) {
        assert_int_equal(btree_scan_next(scan, &entry), JET_errSuccess);
        if (!entry.data)
            break;
        add_row(&rows, &entry);
    }
    btree_scan_close(scan);
    return rows;
}

static void rows_done(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->row[i].key);
    free(rows->row);
}

static int compare(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* NULL: no row has this key. */
static const struct row *find_row(const struct rows *rows, const uint8_t *key, size_t size)
{
    size_t low = 0, high = rows->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = compare(rows->row[middle].key, rows->row[middle].key_size, key, size);

        if (order == 0)
            return &rows->row[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- values ---- */

enum known {
    KNOWN_VALUE,
    KNOWN_NULL,
    UNKNOWN,
};

struct value {
    enum known known;
    const uint8_t *bytes;
    size_t size;
    uint8_t decompressed[4096];
};

static const struct inspect_column *find_column(const struct inspect_table *table, uint32_t id)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].id == id)
            return &table->columns[i];
    return NULL;
}

/* Fixed columns lie one behind the other. */
static size_t fixed_offset(const struct inspect_table *table, uint32_t id)
{
    size_t offset = 4;

    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].id < id)
            offset += table->columns[i].size;
    return offset;
}

static void take_tagged(const struct record_value *found, struct value *value)
{
    const unsigned elsewhere =
        RECORD_TAGGED_SEPARATED | RECORD_TAGGED_MULTI_VALUES | RECORD_TAGGED_TWO_VALUES | RECORD_TAGGED_ENCRYPTED;

    if (found->tagged_flags & elsewhere)
        value->known = UNKNOWN;
    else if (found->tagged_flags & RECORD_TAGGED_COMPRESSED) {
        if (compressed_decode(found->bytes, found->size, value->decompressed, sizeof value->decompressed,
                              &value->size) < JET_errSuccess)
            value->known = UNKNOWN;
        value->bytes = value->decompressed;
    }
}

static void value_of(const struct inspect_table *table, const struct inspect_column *column,
                     const struct record *record, struct value *value)
{
    struct record_value found;

    if (column->id <= RECORD_FIXED_LAST)
        assert_int_equal(record_get_fixed(record, column->id, fixed_offset(table, column->id), column->size, &found),
                         JET_errSuccess);
    else if (column->id <= RECORD_VARIABLE_LAST)
        record_get_variable(record, column->id, &found);
    else
        assert_int_equal(record_get_tagged(record, column->id, &found), JET_errSuccess);
    value->known = KNOWN_NULL;
    if (found.state == RECORD_ABSENT && column->flags & INSPECT_COLUMN_DEFAULT)
        value->known = UNKNOWN;
    if (found.state != RECORD_VALUE)
        return;
    value->known = KNOWN_VALUE;
    value->bytes = found.bytes;
    value->size = found.size;
    if (column->id >= RECORD_TAGGED_FIRST)
        take_tagged(&found, value);
}

/* ---- keys ---- */

static struct {
    unsigned compared, left_out;
    unsigned by_type[KEYNORM_UNSIGNED_LONG_LONG + 1]; /* values of each type */
    unsigned descending;
} counts;

static bool is_comparable(const struct inspect_table *table, const struct inspect_index *index)
{
    if (index->key_count == 0)
        return false;
    for (size_t i = 0; i < index->key_count; i++) {
        const struct inspect_column *column = find_column(table, index->keys[i].column);

        if (!column || (column->code_page == KEYNORM_CODE_PAGE_UNICODE &&
                        (column->type == KEYNORM_TEXT || column->type == KEYNORM_LONG_TEXT)))
            return false;
    }
    return true;
}

/* False: some value is not known. */
static bool make_key(const struct inspect_table *table, const struct inspect_index *index, const struct record *record,
                     struct keynorm *key, uint8_t *buffer, size_t limit)
{
    static struct value value;

    keynorm_begin(key, buffer, limit, 0, index->flags & 0x0800 ? KEYNORM_NULLS_HIGH : 0);
    for (size_t i = 0; i < index->key_count; i++) {
        const struct inspect_column *column = find_column(table, index->keys[i].column);
        const struct keynorm_column norm = {.type = (uint8_t)column->type,
                                            .code_page = (uint16_t)column->code_page,
                                            .is_fixed = column->id <= RECORD_FIXED_LAST,
                                            .is_descending = index->keys[i].descending};

        value_of(table, column, record, &value);
        if (value.known == UNKNOWN)
            return false;
        assert_int_equal(keynorm_add(key, &norm, value.known == KNOWN_NULL ? NULL : value.bytes, value.size),
                         JET_errSuccess);
        if (value.known == KNOWN_VALUE)
            counts.by_type[column->type]++;
        counts.descending += norm.is_descending;
    }
    return true;
}

/* The limit of an index is in a column of the catalogue that is not read here: it is the default or the highest. */
static void check_key(const struct inspect_table *table, const struct inspect_index *index, const struct row *node,
                      const struct row *row, size_t page_size)
{
    static uint8_t buffer[KEYNORM_LIMIT_MAX + 1];
    struct record record;
    struct keynorm key;

    assert_int_equal(record_decode(row->data, row->data_size, page_size, &record), JET_errSuccess);
    if (!make_key(table, index, &record, &key, buffer, KEYNORM_LIMIT_DEFAULT)) {
        counts.left_out++;
        return;
    }
    if (compare(key.bytes, key.size, node->key, node->key_size) != 0)
        assert_true(make_key(table, index, &record, &key, buffer, keynorm_limit_max(page_size)));
    if (compare(key.bytes, key.size, node->key, node->key_size) != 0)
        print_error("table %s, index %s\n", table->name, index->name);
    assert_int_equal(key.size, node->key_size);
    assert_memory_equal(key.bytes, node->key, key.size);
    counts.compared++;
}

static void check_secondary(struct database_file *file, const struct inspect_table *table,
                            const struct inspect_index *index, const struct rows *primary, size_t page_size)
{
    struct rows rows = read_rows(file, index->fdp, index->id);

    for (size_t i = 0; i < rows.count; i++) {
        const struct row *row = find_row(primary, rows.row[i].data, rows.row[i].data_size);

        assert_non_null(row);
        check_key(table, index, &rows.row[i], row, page_size);
    }
    rows_done(&rows);
}

static void check_table(struct database_file *file, const struct inspect_table *table, size_t page_size)
{
    struct rows primary = read_rows(file, table->fdp, table->id);

    for (size_t i = 0; i < table->index_count; i++) {
        const struct inspect_index *index = &table->indexes[i];

        if (!is_comparable(table, index))
            continue;
        if (!(index->flags & INSPECT_INDEX_PRIMARY))
            check_secondary(file, table, index, &primary, page_size);
        for (size_t k = 0; index->flags & INSPECT_INDEX_PRIMARY && k < primary.count; k++)
            check_key(table, index, &primary.row[k], &primary.row[k], page_size);
    }
    rows_done(&primary);
}

static void check_database(const char *path)
{
    struct inspect_database *database = NULL;
    struct inspect_database_info info;
    struct inspect_catalog catalog;
    struct database_file *file = NULL;

    assert_int_equal(inspect_database_open(path, &nobody, &database), JET_errSuccess);
    inspect_database_info(database, &info);
    assert_int_equal(inspect_catalog_read(database, &nobody, &catalog), JET_errSuccess);
    assert_int_equal(database_file_open(path, &nobody, &file), JET_errSuccess);
    for (size_t i = 0; i < catalog.table_count; i++)
        check_table(file, &catalog.tables[i], info.page_size);
    database_file_close(file);
    inspect_catalog_done(&catalog);
    inspect_database_close(database);
}

static void keys_of_real_indexes_are_those_of_their_records(void **state)
{
    static const uint8_t seen[] = {KEYNORM_BIT,       KEYNORM_UNSIGNED_BYTE, KEYNORM_SHORT,         KEYNORM_LONG,
                                   KEYNORM_TEXT,      KEYNORM_DATE_TIME,     KEYNORM_BINARY,        KEYNORM_LONG_BINARY,
                                   KEYNORM_SINGLE,    KEYNORM_DOUBLE,        KEYNORM_CURRENCY,      KEYNORM_GUID,
                                   KEYNORM_LONG_LONG, KEYNORM_UNSIGNED_LONG, KEYNORM_UNSIGNED_SHORT};

    for (size_t i = 0; i < corpus_count; i++) {
        char *path = corpus_path(&corpus_files[i]);

        if (path)
            check_database(path);
        free(path);
    }
    print_message("%u keys compared, %u left out, %u descending segments\n", counts.compared, counts.left_out,
                  counts.descending);
    assert_true(counts.compared > 10 * counts.left_out);
    for (size_t i = 0; i < sizeof seen; i++)
        assert_in_range(counts.by_type[seen[i]], 1, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_real_indexes_are_those_of_their_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
