/* SPDX-License-Identifier: MIT */
/* Looking into a database: pages, and the catalogue as a list of tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/page.h"
#include "jet/inspect.h"
#include "os/os_clock.h"
#include "support/corpus.h"
#include "support/database_image.h"
#include "support/finding_list.h"

/* Opens, reads the catalogue, closes. */
static jet_err read_catalog(const char *path, struct finding_list *findings, struct inspect_catalog *ret_catalog)
{
    struct finding_listener listener = finding_list_listener(findings);
    struct inspect_database *database = NULL;
    *ret_catalog = (struct inspect_catalog){0};
    assert_int_equal(inspect_database_open(path, &listener, &database), JET_errSuccess);
    jet_err err = inspect_catalog_read(database, &listener, ret_catalog);
    inspect_database_close(database);
    return err;
}

static const struct inspect_table *find_table(const struct inspect_catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->table_count; i++) {
        if (strcmp(catalog->tables[i].name, name) == 0)
            return &catalog->tables[i];
    }
    fail_msg("there is no table %s", name);
    return NULL;
}

static const struct inspect_column *find_column(const struct inspect_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    }
    fail_msg("table %s has no column %s", table->name, name);
    return NULL;
}

static size_t count_records(const struct inspect_catalog *catalog)
{
    size_t count = catalog->table_count;
    for (size_t i = 0; i < catalog->table_count; i++) {
        const struct inspect_table *table = &catalog->tables[i];
        count += table->column_count + table->index_count + (table->long_value_fdp != 0);
    }
    return count;
}

static void expect_system_tables(const struct inspect_catalog *catalog)
{
    const struct inspect_table *objects = find_table(catalog, "MSysObjects");
    assert_int_equal(objects->id, 2);
    assert_int_equal(objects->fdp, 4);
    assert_true(objects->flags & INSPECT_TABLE_SYSTEM);
    assert_true(objects->column_count >= 28);
    assert_int_equal(objects->index_count, 3);
    assert_string_equal(objects->indexes[1].name, "Name");
    assert_int_equal(objects->indexes[1].fdp, 7);
    assert_true(objects->indexes[0].flags & INSPECT_INDEX_PRIMARY);
    assert_int_equal(objects->indexes[1].key_count, 3);
    assert_int_equal(objects->indexes[1].keys[2].column, 128);
    const struct inspect_column *name = find_column(objects, "Name");
    assert_int_equal(name->id, 128);
    assert_string_equal(inspect_column_type_name(name->type), "Text");
    assert_int_equal(name->code_page, 1252);
    assert_int_equal(find_table(catalog, "MSysObjectsShadow")->fdp, 24);
}

static void a_sample_database_lists_its_tables_at_every_page_size(void **state)
{
    static const uint32_t page_sizes[] = {4096, 8192, 16384, 32768};
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct database_image image;
        struct finding_list findings = {0};
        struct inspect_catalog catalog;
        database_image_make(&image, *state, page_sizes[i]);
        const char *path = database_image_store(&image, *state, "db.edb", image.size);
        assert_int_equal(read_catalog(path, &findings, &catalog), JET_errSuccess);
        assert_int_equal(findings.count, 0);
        expect_system_tables(&catalog);
        const struct inspect_table *messages = find_table(&catalog, "Messages");
        assert_false(messages->flags & INSPECT_TABLE_SYSTEM);
        assert_true(messages->column_count > 1);
        assert_true(messages->index_count > 0);
        inspect_catalog_done(&catalog);
        database_image_done(&image);
    }
}

static void spoil(const struct database_image *image, pgno_t pgno)
{
    for (unsigned i = 0; i < 100; i++)
        database_image_page(image, pgno)[500 + i] ^= (uint8_t)(i * 37 + 1);
}

static void the_shadow_is_read_when_the_catalogue_is_damaged(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct inspect_catalog whole, catalog;
    database_image_make(&image, *state, 4096);
    assert_int_equal(read_catalog(database_image_store(&image, *state, "db.edb", image.size), &findings, &whole),
                     JET_errSuccess);
    spoil(&image, 4);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(read_catalog(path, &findings, &catalog), JET_errSuccess);
    assert_int_equal(findings.count, 2);
    assert_int_equal(findings.list[0].kind, FINDING_PAGE_CHECKSUM);
    assert_int_equal(findings.list[0].where, 4);
    assert_int_equal(findings.list[1].kind, FINDING_CATALOG);
    assert_int_equal(findings.list[1].severity, FINDING_WARNING);
    expect_system_tables(&catalog);
    assert_int_equal(count_records(&catalog), count_records(&whole));
    inspect_catalog_done(&whole);
    inspect_catalog_done(&catalog);
    database_image_done(&image);
}

static void without_catalogue_and_shadow_there_is_an_error(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct inspect_catalog catalog;
    database_image_make(&image, *state, 4096);
    spoil(&image, 4);
    memset(database_image_page(&image, 24), 0, 4096);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(read_catalog(path, &findings, &catalog), JET_errReadVerifyFailure);
    assert_int_equal(finding_list_count(&findings, FINDING_PAGE_STRUCTURE), 1); /* the shadow's root, never written */
    assert_int_equal(finding_list_count_severity(&findings, FINDING_ERROR), 1);
    inspect_catalog_done(&catalog);
    database_image_done(&image);
}

static void pages_are_given_as_they_are_on_disk(void **state)
{
    struct database_image image;
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    struct inspect_database *database = NULL;
    struct inspect_database_info info;
    uint8_t page[4096];
    database_image_make_bare(&image, 4096, 10);
    database_image_page(&image, 1)[700] ^= 1;
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(inspect_database_open(path, &listener, &database), JET_errSuccess);
    inspect_database_info(database, &info);
    assert_int_equal(info.page_size, 4096);
    assert_int_equal(info.file_pages, 10);
    assert_int_equal(info.last_page, 10);
    for (int64_t pgno = -1; pgno <= 10; pgno++) {
        assert_int_equal(inspect_database_read_page(database, pgno, page, &listener), JET_errSuccess);
        assert_memory_equal(page, image.bytes + (pgno + 1) * 4096, 4096);
    }
    assert_int_equal(inspect_database_read_page(database, 11, page, &listener), JET_errFileIOBeyondEOF);
    assert_int_equal(findings.count, 0);
    inspect_database_close(database);
    database_image_done(&image);
}

static void column_types_have_the_names_of_the_api(void **state)
{
    assert_string_equal(inspect_column_type_name(0), "deleted");
    assert_string_equal(inspect_column_type_name(1), "Bit");
    assert_string_equal(inspect_column_type_name(12), "LongText");
    assert_string_equal(inspect_column_type_name(16), "GUID");
    assert_string_equal(inspect_column_type_name(18), "UnsignedLongLong");
    assert_string_equal(inspect_column_type_name(19), "?");
    assert_string_equal(inspect_column_type_name(UINT32_MAX), "?");
}

static void real_catalogues_are_whole_and_read_quickly(void **state)
{
    for (size_t i = 0; i < corpus_count; i++) {
        struct finding_list findings = {0};
        struct inspect_catalog catalog;
        char *path = corpus_path(&corpus_files[i]);
        if (!path)
            continue;
        uint64_t begin = os_clock_monotonic_ns();
        assert_int_equal(read_catalog(path, &findings, &catalog), JET_errSuccess);
        /* One of them has a table of 64,993 columns; whoever is quadratic in them needs minutes. */
        assert_true(os_clock_monotonic_ns() - begin < 10000000000u);
        assert_int_equal(findings.count, 0);
        assert_int_equal(count_records(&catalog), corpus_files[i].catalog_records);
        expect_system_tables(&catalog);
        inspect_catalog_done(&catalog);
        free(path);
    }
}

/* As esedbinfo lists it. */
static void a_real_table_has_its_columns_and_indexes(void **state)
{
    struct finding_list findings = {0};
    struct inspect_catalog catalog;
    for (size_t i = 0; i < corpus_count; i++) {
        char *path = strcmp(corpus_files[i].name, "index.edb") == 0 ? corpus_path(&corpus_files[i]) : NULL;
        if (!path)
            continue;
        assert_int_equal(read_catalog(path, &findings, &catalog), JET_errSuccess);
        free(path);
        const struct inspect_table *table = find_table(&catalog, "index");
        assert_int_equal(table->id, 8);
        assert_int_equal(table->fdp, 31);
        assert_true(table->long_value_fdp != 0);
        assert_int_equal(table->index_count, 19);
        assert_string_equal(table->indexes[16].name, "IxUnicode");
        assert_true(table->indexes[16].flags & INSPECT_INDEX_LOCALIZED_TEXT);
        assert_string_equal(table->indexes[16].locale, "en-US");
        assert_string_equal(inspect_column_type_name(find_column(table, "IEEEDouble")->type), "IEEEDouble");
        assert_true(find_column(table, "Id")->flags & INSPECT_COLUMN_AUTO_INCREMENT);
        inspect_catalog_done(&catalog);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(a_sample_database_lists_its_tables_at_every_page_size),
        IN_FOLDER(the_shadow_is_read_when_the_catalogue_is_damaged),
        IN_FOLDER(without_catalogue_and_shadow_there_is_an_error),
        IN_FOLDER(pages_are_given_as_they_are_on_disk),
        cmocka_unit_test(column_types_have_the_names_of_the_api),
        cmocka_unit_test(real_catalogues_are_whole_and_read_quickly),
        cmocka_unit_test(a_real_table_has_its_columns_and_indexes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
