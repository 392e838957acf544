/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "jet/inspect.h"
#include "support/temp_folder.h"
#include "tool/sample_database.h"
#include "tool/sample_schema.h"

/* The catalogue of a sample database as the reader of real databases sees it, compared with what was written. */

static void fail_on_finding(void *context, const struct finding *finding)
{
    char text[512];
    fail_msg("%s", finding_describe(finding, text, sizeof text));
}

static const struct finding_listener strict = {.report = fail_on_finding};

static void assert_column(const struct inspect_column *column, const struct system_column *expected)
{
    assert_string_equal(column->name, expected->name);
    assert_int_equal(column->id, expected->id);
    assert_int_equal(column->type, expected->type);
    assert_int_equal(column->size, expected->size);
    assert_int_equal(column->flags, expected->flags);
    assert_int_equal(column->code_page, expected->code_page);
}

static void assert_index(const struct inspect_index *index, const struct system_index *expected)
{
    assert_string_equal(index->name, expected->name);
    assert_int_equal(index->id, expected->id);
    assert_int_equal(index->fdp, expected->fdp);
    assert_int_equal(index->flags, expected->flags);
    assert_int_equal(index->density, expected->density);
    assert_string_equal(index->locale, "en-US");
    for (size_t i = 0; i < index->key_count; i++) {
        assert_int_equal(index->keys[i].column, expected->columns[i]);
        assert_false(index->keys[i].descending);
    }
    assert_true(index->key_count == SYSTEM_INDEX_COLUMNS_MAX || expected->columns[index->key_count] == 0);
}

static void assert_table(const struct inspect_table *table, const struct system_table *expected)
{
    assert_string_equal(table->name, expected->name);
    assert_int_equal(table->id, expected->id);
    assert_int_equal(table->fdp, expected->fdp);
    assert_int_equal(table->flags, expected->flags);
    assert_int_equal(table->initial_pages, expected->pages);
    assert_int_equal(table->density, expected->density);
    assert_int_equal(table->long_value_fdp, 0);
    assert_int_equal(table->column_count, expected->column_count);
    assert_int_equal(table->index_count, expected->index_count);
    for (size_t i = 0; i < table->column_count; i++)
        assert_column(&table->columns[i], &expected->columns[i]);
    for (size_t i = 0; i < table->index_count; i++)
        assert_index(&table->indexes[i], &expected->indexes[i]);
}

static void catalogue_reads_back_as_it_was_written(void **state)
{
    static const uint32_t page_sizes[] = {4096, 8192, 16384, 32768};
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct sample_database_info written;
        struct sample_database_request request = {.path = temp_folder_path(*state, "sample.edb"),
                                                  .page_size = page_sizes[i],
                                                  .size_bytes = 300 * (uint64_t)page_sizes[i]};
        struct inspect_database *database;
        struct inspect_database_info info;
        struct inspect_catalog catalog;
        assert_int_equal(sample_database_write(&request, &written), JET_errSuccess);
        assert_int_equal(inspect_database_open(request.path, &strict, &database), JET_errSuccess);
        inspect_database_info(database, &info);
        assert_int_equal(info.page_size, page_sizes[i]);
        assert_true(info.last_page_known);
        assert_int_equal(info.last_page, written.count_pages);
        assert_int_equal(info.file_pages, written.count_pages);
        assert_int_equal(inspect_catalog_read(database, &strict, &catalog), JET_errSuccess);
        assert_int_equal(catalog.table_count, sample_table_count);
        for (size_t t = 0; t < catalog.table_count; t++)
            assert_table(&catalog.tables[t], sample_tables[t]);
        inspect_catalog_done(&catalog);
        inspect_database_close(database);
        temp_tree_remove(request.path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(catalogue_reads_back_as_it_was_written, temp_folder_setup,
                                        temp_folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
