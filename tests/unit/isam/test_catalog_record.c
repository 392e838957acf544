/* SPDX-License-Identifier: MIT */
/* Records of the catalogue as real engines write them (database-file.md 6.4), decoded, and encoded again. What is null
 * is zero in ours, and '*' in theirs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "isam/catalog.h"
#include "format/system_tables.h"

enum { PAGE_SIZE = 4096, SIZE_MAX_HERE = 1024 };

struct sample {
    objid_t table;
    enum catalog_kind kind;
    uint32_t id;
    const char *name;
    const char *key;
    const char *data;
};

static const struct sample samples[] = {
    {2, CATALOG_TABLE,       2,   "MSysObjects",   "7f800000027f80017f80000002",
     "08802000020000000100020000000400000050000000000000c014000000ff000b004d5379734f626a65637473"                },
    {7, CATALOG_COLUMN,      2,   "iValue",        "7f800000077f80027f80000002",
     "0983230007000000020002000000040000000400000030000000000000002a050080fe0600068006800a006956616c756500000000"},
    {8, CATALOG_COLUMN,      260, "MaxLongBinary", "7f800000087f80027f80000104",
     "07801f00080000000200040100000b000000000400000100000000000000800d004d61784c6f6e6742696e617279"              },
    {2, CATALOG_INDEX,       2,   "Id",            "7f800000027f80037f80000002",
     "0a84270002000000030002000000040000005000000031000100000000002a2a2a0104030080fd02000280028002800e00496400000100000"
     "00200"
     "000003000501044001"
     "65006e002d0055005300"                                                                                      },
    {8, CATALOG_INDEX,       8,   "IxId",          "7f800000087f80037f80000008",
     "0b842900080000000300080000001f000000500000002f000100000000002a2a2a01040300050080f90400048004800480080049784964000"
     "00100"
     "05010440"
     "0165006e002d0055005300"                                                                                    },
    {8, CATALOG_LONG_VALUES, 9,   "LV",            "7f800000087f80047f80000009",
     "07801f0008000000040009000000200000006400000000000000010000008002004c56"                                    },
};

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    const size_t size = strlen(hex) / 2;
    assert_true(size <= SIZE_MAX_HERE);
    for (size_t i = 0; i < size; i++) {
        const char digits[3] = {hex[2 * i], hex[2 * i + 1], 0};
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return size;
}

/* The places of the catalogue's columns, from the list that the engine has of them. */
static struct record_layout *layout_make(void)
{
    struct record_layout *layout = calloc(1, sizeof *layout);
    assert_non_null(layout);
    for (size_t i = 0; i < system_tables[0].column_count; i++) {
        const struct system_column *column = &system_tables[0].columns[i];
        if (column->id > RECORD_FIXED_LAST)
            continue;
        layout->fixed_last = column->id;
        layout->fixed[column->id].offset = column->offset;
        layout->fixed[column->id].size = column->size;
    }
    return layout;
}

/* What is null may be anything: '*' becomes zero. */
static void nulls_clear(uint8_t *bytes)
{
    const struct record_layout *layout = layout_make();
    const unsigned fixed_last = bytes[0];
    const uint8_t *nulls = bytes + layout->fixed[fixed_last].offset + layout->fixed[fixed_last].size;
    for (unsigned column = 1; column <= fixed_last; column++)
        if (nulls[(column - 1) / 8] & 1u << (column - 1) % 8)
            memset(bytes + layout->fixed[column].offset, 0, layout->fixed[column].size);
    free((void *)(uintptr_t)layout);
}

static void real_records_decode_and_are_written_alike(void **state)
{
    struct record_layout *layout = layout_make();
    struct record_edit *edit = malloc(sizeof *edit);
    assert_non_null(edit);
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        uint8_t bytes[SIZE_MAX_HERE];
        const size_t size = from_hex(samples[i].data, bytes);
        struct catalog_record record;
        assert_int_equal(catalog_record_decode(bytes, size, PAGE_SIZE, &record), JET_errSuccess);
        assert_int_equal(record.table, samples[i].table);
        assert_int_equal(record.kind, samples[i].kind);
        assert_int_equal(record.id, samples[i].id);
        assert_int_equal(record.name.size, strlen(samples[i].name));
        assert_memory_equal(record.name.bytes, samples[i].name, record.name.size);
        record_edit_begin(edit, layout, PAGE_SIZE, SIZE_MAX_HERE);
        assert_int_equal(catalog_record_encode(&record, edit), JET_errSuccess);
        nulls_clear(bytes);
        assert_int_equal(edit->size, size);
        assert_memory_equal(edit->bytes, bytes, size);
    }
    free(edit);
    free(layout);
}

static void keys_are_those_of_real_records(void **state)
{
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        uint8_t wanted[SIZE_MAX_HERE], key[CATALOG_KEY_SIZE];
        objid_t table;
        assert_int_equal(from_hex(samples[i].key, wanted), sizeof key);
        catalog_key_make(samples[i].table, samples[i].kind, samples[i].id, key);
        assert_memory_equal(key, wanted, sizeof key);
        assert_int_equal(catalog_key_table(key, sizeof key, &table), JET_errSuccess);
        assert_int_equal(table, samples[i].table);
        assert_int_equal(catalog_key_table(key, CATALOG_KEY_TABLE_SIZE - 1, &table), JET_errCatalogCorrupted);
    }
}

static void conditions_of_an_index_are_written_and_read(void **state)
{
    static const uint8_t expected[] = {0x20, 0, 3, 0, 0, 0, 0, 1};
    const struct catalog_condition conditions[] = {
        {3,   true },
        {256, false},
    };
    uint8_t bytes[CATALOG_KEY_COLUMNS_SIZE];
    struct record_layout *layout = layout_make();
    struct record_edit *edit = malloc(sizeof *edit);
    struct catalog_record found;
    struct catalog_record record = {.table = 8, .kind = CATALOG_INDEX, .id = 9, .fdp = 31};
    assert_non_null(edit);
    record.name = (struct catalog_bytes){(const uint8_t *)"i", 1};
    record.key_columns = (struct catalog_bytes){expected, 4};
    record.conditions = (struct catalog_bytes){bytes, catalog_conditions_make(conditions, COUNT_OF(conditions), bytes)};
    assert_int_equal(record.conditions.size, sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
    record_edit_begin(edit, layout, PAGE_SIZE, SIZE_MAX_HERE);
    assert_int_equal(catalog_record_encode(&record, edit), JET_errSuccess);
    assert_int_equal(catalog_record_decode(edit->bytes, edit->size, PAGE_SIZE, &found), JET_errSuccess);
    assert_int_equal(catalog_condition_count(&found), COUNT_OF(conditions));
    for (size_t i = 0; i < COUNT_OF(conditions); i++) {
        assert_int_equal(catalog_condition(&found, i).column, conditions[i].column);
        assert_int_equal(catalog_condition(&found, i).must_be_null, conditions[i].must_be_null);
    }
    record.conditions.size = 7; /* no whole number of them */
    record_edit_begin(edit, layout, PAGE_SIZE, SIZE_MAX_HERE);
    assert_int_equal(catalog_record_encode(&record, edit), JET_errSuccess);
    assert_int_equal(catalog_record_decode(edit->bytes, edit->size, PAGE_SIZE, &found), JET_errCatalogCorrupted);
    free(edit);
    free(layout);
}

static void cut_records_are_refused(void **state)
{
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        uint8_t bytes[SIZE_MAX_HERE];
        const size_t size = from_hex(samples[i].data, bytes);
        struct catalog_record record;
        for (size_t cut = 0; cut < size && cut < 30; cut++) {
            uint8_t *copy = malloc(cut + 1);
            assert_non_null(copy);
            memcpy(copy, bytes, cut);
            assert_true(catalog_record_decode(copy, cut, PAGE_SIZE, &record) < JET_errSuccess);
            free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_records_decode_and_are_written_alike),
        cmocka_unit_test(keys_are_those_of_real_records),
        cmocka_unit_test(conditions_of_an_index_are_written_and_read),
        cmocka_unit_test(cut_records_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
