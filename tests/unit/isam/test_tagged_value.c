/* SPDX-License-Identifier: MIT */
/* One, two and many values of a tagged column: random lists, edited and read back; broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "isam/tagged_value.h"

enum { VALUES_MAX = 12, VALUE_MAX = 300 };

struct model {
    unsigned count;
    struct {
        size_t size;
        bool is_separated;
        uint8_t bytes[VALUE_MAX];
    } values[VALUES_MAX + 1];
};

static struct model model;
static uint8_t buffers[2][8000];
static uint64_t random_state;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((random_state >> 33) % limit);
}

static void model_set(unsigned itag, const struct tagged_value *value)
{
    if (!value) {
        model.count--;
        memmove(&model.values[itag], &model.values[itag + 1], (model.count + 1 - itag) * sizeof model.values[0]);
        return;
    }
    if (itag > model.count)
        model.count = itag;
    model.values[itag].size = value->size;
    model.values[itag].is_separated = value->is_separated;
    memcpy(model.values[itag].bytes, value->bytes, value->size);
}

static struct record_value column_of(const struct record_tagged_image *image)
{
    return (struct record_value){
        .state = image->bytes ? RECORD_VALUE : RECORD_ABSENT,
        .bytes = image->bytes,
        .size = image->size,
        .tagged_flags = image->flags,
    };
}

static void check(const struct record_value *column)
{
    unsigned count;

    assert_int_equal(tagged_value_count(column, &count), JET_errSuccess);
    assert_int_equal(count, model.count);
    for (unsigned i = 1; i <= count; i++) {
        struct tagged_value value;

        assert_int_equal(tagged_value_get(column, i, &value), JET_errSuccess);
        assert_int_equal(value.size, model.values[i].size);
        assert_int_equal(value.is_separated, model.values[i].is_separated);
        assert_memory_equal(value.bytes, model.values[i].bytes, value.size);
    }
}

static void lists_are_what_was_set(void **state)
{
    unsigned refused = 0;

    for (unsigned round = 0; round < 300; round++) {
        const bool is_long = round % 2;
        struct record_value column = {.state = RECORD_ABSENT};

        random_state = round;
        model.count = 0;
        for (unsigned step = 0; step < 60; step++) {
            uint8_t bytes[VALUE_MAX];
            struct tagged_value value = {.bytes = bytes,
                                         .size = random_below(is_long ? VALUE_MAX : 256),
                                         .is_separated = is_long && random_below(3) == 0};
            struct record_tagged_image image;
            const bool remove = model.count > 0 && random_below(3) == 0;
            const unsigned itag = 1 + random_below(remove || model.count == VALUES_MAX ? model.count : model.count + 1);

            memset(bytes, (int)random_below(256), sizeof bytes);
            jet_err err = tagged_value_edit(&column, is_long, itag, remove ? NULL : &value, buffers[step % 2],
                                            round % 7 ? sizeof buffers[0] : 900, &image);
            if (err < JET_errSuccess) {
                assert_int_equal(err, JET_errRecordTooBig);
                assert_int_equal(round % 7, 0);
                refused++;
                break; /* the buffers change places */
            }
            model_set(itag, remove ? NULL : &value);
            column = column_of(&image);
            check(&column);
        }
    }
    assert_true(refused > 0);
}

static void two_short_values_have_the_short_form(void **state)
{
    static const struct tagged_value a = {.bytes = (const uint8_t *)"abc", .size = 3};
    static const struct tagged_value b = {.bytes = (const uint8_t *)"de", .size = 2};
    struct record_value column = {.state = RECORD_ABSENT};
    struct record_tagged_image image;

    assert_int_equal(tagged_value_edit(&column, false, 1, &a, buffers[0], 100, &image), JET_errSuccess);
    column = column_of(&image);
    assert_int_equal(image.flags, 0);
    assert_int_equal(tagged_value_edit(&column, false, 2, &b, buffers[1], 100, &image), JET_errSuccess);
    assert_int_equal(image.flags, RECORD_TAGGED_MULTI_VALUES | RECORD_TAGGED_TWO_VALUES);
    assert_int_equal(image.size, 6);
    assert_memory_equal(image.bytes, "\3abcde", 6);
}

static void broken_lists_are_damage(void **state)
{
    static const uint8_t cases[][6] = {
        {1,  0},
        {0,  0},
        {4,  0, 9, 0},
        {6, 0,  8, 0, 7, 0},
        {7, 0}
    };
    unsigned count;
    struct tagged_value value;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct record_value column = {
            .state = RECORD_VALUE, .bytes = cases[i], .size = 6, .tagged_flags = RECORD_TAGGED_MULTI_VALUES};
        jet_err err = tagged_value_count(&column, &count);

        for (unsigned itag = 1; err >= JET_errSuccess && itag <= count; itag++)
            err = tagged_value_get(&column, itag, &value);
        assert_int_equal(err, JET_errDatabaseCorrupted);
    }
    const struct record_value two = {.state = RECORD_VALUE,
                                     .bytes = (const uint8_t *)"\x09"
                                                               "abc",
                                     .size = 4,
                                     .tagged_flags = RECORD_TAGGED_MULTI_VALUES | RECORD_TAGGED_TWO_VALUES};
    assert_int_equal(tagged_value_count(&two, &count), JET_errDatabaseCorrupted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_what_was_set),
        cmocka_unit_test(two_short_values_have_the_short_form),
        cmocka_unit_test(broken_lists_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
