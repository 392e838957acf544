/* SPDX-License-Identifier: MIT */
/* Records as they are written: real ones byte for byte, and random changes against a plain array of values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "format/page.h"
#include "isam/record_edit.h"

enum {
    FIXED = 12,
    VARIABLE = 10,
    TAGGED = 12,
    VALUE_MAX = 60,
};

static struct record_edit edit;

/* ---- real records ---- */

static const struct record_layout catalog_layout = {
    .fixed_last = 12,
    .fixed =
        {
                [1] = {4, 4, NULL},
                [2] = {8, 2, NULL},
                [3] = {10, 4, NULL},
                [4] = {14, 4, NULL},
                [5] = {18, 4, NULL},
                [6] = {22, 4, NULL},
                [7] = {26, 4, NULL},
                [8] = {30, 1, NULL},
                [9] = {31, 2, NULL},
                [10] = {33, 4, NULL},
                [11] = {37, 2, NULL},
                [12] = {39, 4, NULL},
                },
};

static void set_number(unsigned column, uint32_t number)
{
    assert_int_equal(record_edit_fixed(&edit, column, &number), JET_errSuccess);
}

/* The first record of MSysObjids' table in files of Microsoft's engine. */
static void a_catalog_record_of_a_table_is_the_real_one(void **state)
{
    static const uint8_t expected[] = {0x08, 0x80, 0x20, 0x00, 0x02, 0,   0,    0,    0x01, 0,    0x02, 0,
                                       0,    0,    0x04, 0,    0,    0,   0x50, 0,    0,    0,    0,    0,
                                       0,    0xc0, 0x14, 0,    0,    0,   0xff, 0x00, 0x0b, 0x00, 'M',  'S',
                                       'y',  's',  'O',  'b',  'j',  'e', 'c',  't',  's'};

    record_edit_begin(&edit, &catalog_layout, 4096, 3000);
    set_number(8, 0xFF);
    set_number(7, 20);
    set_number(1, 2);
    set_number(2, 1);
    set_number(3, 2);
    set_number(4, 4);
    set_number(5, 80);
    set_number(6, 0xC0000000);
    assert_int_equal(record_edit_variable(&edit, 128, "MSysObjects", 11), JET_errSuccess);
    assert_int_equal(edit.size, sizeof expected);
    assert_memory_equal(edit.bytes, expected, sizeof expected);
}

/* MSysObjids: three tagged columns, without a header byte on small pages and with one on large ones. */
static void tagged_columns_of_both_page_forms_are_the_real_ones(void **state)
{
    static const uint8_t small[] = {0x00, 0x7f, 0x04, 0x00, 0x00, 0x01, 0x0c, 0x00, 0x01, 0x01, 0x10, 0x00, 0x02,
                                    0x01, 0x14, 0x00, 0x02, 0,    0,    0,    0x02, 0,    0,    0,    0x01, 0};
    static const uint8_t large[] = {0x00, 0x7f, 0x04, 0x00, 0x00, 0x01, 0x0c, 0x00, 0x01, 0x01,
                                    0x11, 0x00, 0x02, 0x01, 0x16, 0x00, 0x00, 0x02, 0,    0,
                                    0,    0x00, 0x02, 0,    0,    0,    0x00, 0x01, 0};
    static const struct record_layout none = {0};
    static const uint8_t number[4] = {2}, kind[2] = {1};

    for (unsigned pass = 0; pass < 2; pass++) {
        const uint8_t *expected = pass ? large : small;
        const size_t size = pass ? sizeof large : sizeof small;

        record_edit_begin(&edit, &none, pass ? 16384 : 4096, 3000);
        assert_int_equal(record_edit_tagged(&edit, 258, &(struct record_tagged_image){.bytes = kind, .size = 2}), 0);
        assert_int_equal(record_edit_tagged(&edit, 256, &(struct record_tagged_image){.bytes = number, .size = 4}), 0);
        assert_int_equal(record_edit_tagged(&edit, 257, &(struct record_tagged_image){.bytes = number, .size = 4}), 0);
        assert_int_equal(edit.size, size);
        assert_memory_equal(edit.bytes, expected, size);
    }
}

/* ---- random changes ---- */

struct model_value {
    enum record_state state;
    size_t size;
    unsigned flags;
    uint8_t bytes[VALUE_MAX];
};

struct model {
    struct record_layout layout;
    struct model_value fixed[FIXED + 1], variable[VARIABLE], tagged[TAGGED];
    uint8_t defaults[FIXED + 1 + VARIABLE][VALUE_MAX];
};

static struct model model;
static uint64_t random_state;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((random_state >> 33) % limit);
}

static void random_bytes(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)random_below(256);
}

static void model_begin(void)
{
    uint16_t offset = 4;

    memset(&model, 0, sizeof model);
    model.layout.fixed_last = FIXED;
    for (unsigned i = 1; i <= FIXED; i++) {
        model.layout.fixed[i] =
            (struct record_layout_fixed){.offset = offset, .size = (uint16_t)(1 + random_below(16))};
        offset = (uint16_t)(offset + model.layout.fixed[i].size);
        random_bytes(model.defaults[i], VALUE_MAX);
        if (random_below(2))
            model.layout.fixed[i].default_value = model.defaults[i];
    }
    for (unsigned i = 0; i < VARIABLE; i++) {
        random_bytes(model.defaults[FIXED + 1 + i], VALUE_MAX);
        if (random_below(2))
            model.layout.variable[i] = (struct record_layout_variable){
                .default_value = model.defaults[FIXED + 1 + i], .default_size = (uint16_t)random_below(VALUE_MAX)};
    }
}

static void value_make(struct model_value *value, size_t size)
{
    value->state = random_below(4) == 0 ? RECORD_NULL : RECORD_VALUE;
    value->size = value->state == RECORD_NULL ? 0 : size;
    random_bytes(value->bytes, value->size);
}

static const uint8_t *bytes_of(const struct model_value *value)
{
    return value->state == RECORD_VALUE ? value->bytes : NULL;
}

static struct model_value default_of(const uint8_t *bytes, size_t size)
{
    struct model_value value = {.state = bytes ? RECORD_VALUE : RECORD_NULL, .size = bytes ? size : 0};

    if (bytes)
        memcpy(value.bytes, bytes, size);
    return value;
}

static jet_err change_fixed(void)
{
    const unsigned column = 1 + random_below(FIXED);
    struct model_value value;

    value_make(&value, model.layout.fixed[column].size);
    jet_err err = record_edit_fixed(&edit, column, bytes_of(&value));
    if (err < JET_errSuccess)
        return err;
    for (unsigned i = 1; i < column; i++)
        if (model.fixed[i].state == RECORD_ABSENT)
            model.fixed[i] = default_of(model.layout.fixed[i].default_value, model.layout.fixed[i].size);
    model.fixed[column] = value;
    return err;
}

static jet_err change_variable(void)
{
    const unsigned i = random_below(VARIABLE);
    struct model_value value;

    value_make(&value, random_below(VALUE_MAX));
    jet_err err = record_edit_variable(&edit, RECORD_VARIABLE_FIRST + i, bytes_of(&value), value.size);
    if (err < JET_errSuccess)
        return err;
    for (unsigned k = 0; k < i; k++)
        if (model.variable[k].state == RECORD_ABSENT)
            model.variable[k] =
                default_of(model.layout.variable[k].default_value, model.layout.variable[k].default_size);
    model.variable[i] = value;
    return err;
}

static jet_err change_tagged(void)
{
    const unsigned i = random_below(TAGGED);
    struct model_value value = {.state = RECORD_ABSENT};
    struct record_tagged_image image;

    if (random_below(4) > 0) {
        value_make(&value, 1 + random_below(VALUE_MAX - 1));
        value.flags = value.state == RECORD_VALUE ? random_below(2) : 0;
    }
    image = (struct record_tagged_image){
        .is_null = value.state == RECORD_NULL, .flags = value.flags, .bytes = value.bytes, .size = value.size};
    jet_err err = record_edit_tagged(&edit, RECORD_TAGGED_FIRST + 7 * i, value.state == RECORD_ABSENT ? NULL : &image);
    if (err >= JET_errSuccess)
        model.tagged[i] = value;
    return err;
}

static void check_value(const struct model_value *expected, const struct record_value *found)
{
    assert_int_equal(found->state, expected->state);
    if (expected->state != RECORD_VALUE)
        return;
    assert_int_equal(found->size, expected->size);
    assert_memory_equal(found->bytes, expected->bytes, expected->size);
}

static void check_record(size_t page_size)
{
    struct record record;
    struct record_value value;

    assert_true(edit.size <= edit.size_max);
    assert_int_equal(record_decode(edit.bytes, edit.size, page_size, &record), JET_errSuccess);
    for (unsigned i = 1; i <= FIXED; i++) {
        assert_int_equal(record_get_fixed(&record, i, model.layout.fixed[i].offset, model.layout.fixed[i].size, &value),
                         0);
        check_value(&model.fixed[i], &value);
    }
    for (unsigned i = 0; i < VARIABLE; i++) {
        record_get_variable(&record, RECORD_VARIABLE_FIRST + i, &value);
        check_value(&model.variable[i], &value);
    }
    for (unsigned i = 0; i < TAGGED; i++) {
        assert_int_equal(record_get_tagged(&record, RECORD_TAGGED_FIRST + 7 * i, &value), 0);
        check_value(&model.tagged[i], &value);
        if (model.tagged[i].state == RECORD_VALUE)
            assert_int_equal(value.tagged_flags, model.tagged[i].flags);
    }
}

static void random_changes_give_what_was_set(void **state)
{
    static const size_t page_sizes[] = {4096, 32768};
    jet_err (*const changes[])(void) = {change_fixed, change_variable, change_tagged};
    unsigned refused = 0;

    for (unsigned round = 0; round < 400; round++) {
        const size_t page_size = page_sizes[round % 2];

        random_state = round;
        model_begin();
        record_edit_begin(&edit, &model.layout, page_size, round % 3 ? 700 : 1500);
        for (unsigned i = 0; i < 60; i++) {
            jet_err err = changes[random_below(COUNT_OF(changes))]();

            if (err < JET_errSuccess) {
                assert_int_equal(err, JET_errRecordTooBig);
                refused++;
            }
            check_record(page_size);
        }
    }
    assert_true(refused > 0);
}

static void a_record_is_loaded_and_goes_on(void **state)
{
    uint8_t copy[1500];
    size_t size;

    random_state = 5;
    model_begin();
    record_edit_begin(&edit, &model.layout, 4096, sizeof copy);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal((i % 2 ? change_variable : change_tagged)(), JET_errSuccess);
    size = edit.size;
    memcpy(copy, edit.bytes, size);
    assert_int_equal(record_edit_load(&edit, &model.layout, 4096, sizeof copy, copy, size), JET_errSuccess);
    assert_int_equal(change_fixed(), JET_errSuccess);
    check_record(4096);
    assert_int_equal(record_edit_load(&edit, &model.layout, 4096, size - 1, copy, size), JET_errRecordTooBig);
    assert_int_equal(record_edit_load(&edit, &model.layout, 4096, sizeof copy, copy, 3), JET_errDatabaseCorrupted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_catalog_record_of_a_table_is_the_real_one),
        cmocka_unit_test(tagged_columns_of_both_page_forms_are_the_real_ones),
        cmocka_unit_test(random_changes_give_what_was_set),
        cmocka_unit_test(a_record_is_loaded_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
