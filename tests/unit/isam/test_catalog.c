/* SPDX-License-Identifier: MIT */
/* The records of the catalogue, from both of its copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/node.h"
#include "format/page.h"
#include "isam/catalog.h"
#include "support/corpus.h"
#include "support/database_image.h"
#include "support/finding_list.h"

static const enum catalog_copy copies[] = {CATALOG_PRIMARY, CATALOG_SHADOW};

/* Reads all records; `ret_count` counts them, and `ret_kinds` each kind. Returns how it ended. */
static jet_err read_records(const char *path, enum catalog_copy copy, struct finding_list *findings,
                            unsigned *ret_count, unsigned ret_kinds[CATALOG_CALLBACK + 1])
{
    struct finding_listener listener = finding_list_listener(findings);
    struct database_file *file = NULL;
    struct catalog_scan *scan = NULL;
    struct catalog_record record = {0};
    memset(ret_kinds, 0, (CATALOG_CALLBACK + 1) * sizeof *ret_kinds);
    *ret_count = 0;
    assert_int_equal(database_file_open(path, &listener, &file), JET_errSuccess);
    jet_err err = catalog_scan_open(file, copy, &listener, &scan);
    while (err == JET_errSuccess && (err = catalog_scan_next(scan, &record)) == JET_errSuccess && record.kind != 0) {
        assert_in_range(record.kind, CATALOG_TABLE, CATALOG_CALLBACK);
        assert_non_null(record.name.bytes);
        ret_kinds[record.kind]++;
        ++*ret_count;
    }
    catalog_scan_close(scan);
    database_file_close(file);
    return err;
}

static void real_catalogues_have_the_known_number_of_records(void **state)
{
    for (size_t i = 0; i < corpus_count; i++) {
        char *path = corpus_path(&corpus_files[i]);
        for (size_t k = 0; path && k < COUNT_OF(copies); k++) {
            struct finding_list findings = {0};
            unsigned count, kinds[CATALOG_CALLBACK + 1];
            assert_int_equal(read_records(path, copies[k], &findings, &count, kinds), JET_errSuccess);
            assert_int_equal(count, corpus_files[i].catalog_records);
            assert_int_equal(findings.count, 0);
            assert_true(kinds[CATALOG_TABLE] >= 4 && kinds[CATALOG_INDEX] >= 6);
        }
        free(path);
    }
}

static void both_copies_of_a_sample_catalogue_read_the_same_at_every_page_size(void **state)
{
    static const uint32_t page_sizes[] = {4096, 8192, 16384, 32768};
    for (size_t i = 0; i < COUNT_OF(page_sizes); i++) {
        struct database_image image;
        struct finding_list findings = {0};
        unsigned count[2], kinds[2][CATALOG_CALLBACK + 1];
        database_image_make(&image, *state, page_sizes[i]);
        const char *path = database_image_store(&image, *state, "db.edb", image.size);
        for (size_t k = 0; k < COUNT_OF(copies); k++)
            assert_int_equal(read_records(path, copies[k], &findings, &count[k], kinds[k]), JET_errSuccess);
        assert_int_equal(findings.count, 0);
        assert_true(count[0] > 60);
        assert_int_equal(count[0], count[1]);
        assert_memory_equal(kinds[0], kinds[1], sizeof kinds[0]);
        database_image_done(&image);
    }
}

static void the_first_record_is_the_table_msysobjects_itself(void **state)
{
    static const struct finding_listener nobody = {0};
    struct database_image image;
    struct database_file *file = NULL;
    struct catalog_scan *scan = NULL;
    struct catalog_record record;
    database_image_make(&image, *state, 4096);
    const char *path = database_image_store(&image, *state, "db.edb", image.size);
    assert_int_equal(database_file_open(path, &nobody, &file), JET_errSuccess);
    assert_int_equal(catalog_scan_open(file, CATALOG_PRIMARY, &nobody, &scan), JET_errSuccess);
    assert_int_equal(catalog_scan_next(scan, &record), JET_errSuccess);
    assert_int_equal(record.kind, CATALOG_TABLE);
    assert_int_equal(record.table, 2);
    assert_int_equal(record.id, 2);
    assert_int_equal(record.fdp, 4);
    assert_int_equal(record.flags, 0xC0000000u);
    assert_int_equal(record.name.size, 11);
    assert_memory_equal(record.name.bytes, "MSysObjects", 11);
    while (record.kind != CATALOG_INDEX)
        assert_int_equal(catalog_scan_next(scan, &record), JET_errSuccess);
    assert_memory_equal(record.name.bytes, "Id", 2);
    assert_int_equal(catalog_key_segment_count(&record), 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(catalog_key_segment(&record, i).column, i + 1);
        assert_false(catalog_key_segment(&record, i).is_descending);
    }
    catalog_scan_close(scan);
    database_file_close(file);
    database_image_done(&image);
}

/* The leftmost leaf of MSysObjects. */
static pgno_t first_leaf(const struct database_image *image)
{
    pgno_t pgno = 4;
    while (!(page_flags(database_image_page(image, pgno)) & PAGE_FLAG_LEAF)) {
        struct node node;
        assert_int_equal(node_decode(database_image_page(image, pgno), image->page_size, 1, &node), JET_errSuccess);
        assert_int_equal(node_child(&node, &pgno), JET_errSuccess);
    }
    return pgno;
}

static void a_record_that_does_not_decode_is_reported_with_its_page(void **state)
{
    static const struct {
        size_t offset; /* in the record */
        uint8_t value;
    } spoilt[] = {
        {0, 0x80}, /* a fixed column that cannot be */
        {1, 0x10}, /* a variable column that cannot be */
        {3, 0x40}, /* the fixed part ends outside */
        {0, 3   }, /* columns that may not be null are absent */
        {8, 6   }, /* a kind that does not exist */
        {8, 0   },
    };
    for (size_t i = 0; i < COUNT_OF(spoilt); i++) {
        struct database_image image;
        struct finding_list findings = {0};
        struct node node;
        unsigned count, kinds[CATALOG_CALLBACK + 1];
        database_image_make(&image, *state, 4096);
        pgno_t leaf = first_leaf(&image);
        uint8_t *page = database_image_page(&image, leaf);
        assert_int_equal(node_decode(page, 4096, 3, &node), JET_errSuccess); /* the third record */
        page[(size_t)(node.data - page) + spoilt[i].offset] = spoilt[i].value;
        database_image_seal(&image, leaf);
        const char *path = database_image_store(&image, *state, "db.edb", image.size);
        assert_int_equal(read_records(path, CATALOG_PRIMARY, &findings, &count, kinds), JET_errCatalogCorrupted);
        assert_int_equal(count, 2);
        assert_int_equal(findings.count, 1);
        assert_int_equal(findings.list[0].kind, FINDING_PAGE_STRUCTURE);
        assert_int_equal(findings.list[0].where, leaf);
        database_image_done(&image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(both_copies_of_a_sample_catalogue_read_the_same_at_every_page_size),
        IN_FOLDER(the_first_record_is_the_table_msysobjects_itself),
        IN_FOLDER(a_record_that_does_not_decode_is_reported_with_its_page),
        cmocka_unit_test(real_catalogues_have_the_known_number_of_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
