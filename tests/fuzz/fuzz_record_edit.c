/* SPDX-License-Identifier: MIT */
/* Records that are edited: whatever is done to one, it decodes, and holds what was put into it last.
 *
 *      page size, room                        the record to be
 *      operation, column, size, value ...     until the input ends
 *
 * A first byte with its top bit set: the rest is a record of somebody else's, which is loaded first if it decodes. */
#include "fuzz_input.h"

#include "isam/record.h"
#include "isam/record_edit.h"

enum {
    FIXED = 9,
    VARIABLE = 6,
    TAGGED = 6,
    COLUMNS = FIXED + VARIABLE + TAGGED,
    VALUE_MAX = 300,
};

struct expected {
    enum record_state state;
    size_t size;
    uint8_t bytes[VALUE_MAX];
};

static struct record_layout layout;
static struct record_edit edit;
static struct expected columns[COLUMNS];

static const uint8_t default_fixed[4] = {1, 2, 3, 4}, default_variable[3] = {'a', 'b', 'c'};

static void layout_make(void)
{
    size_t offset = RECORD_SIZE_EMPTY;

    layout.fixed_last = FIXED;
    for (unsigned i = 1; i <= FIXED; i++) {
        layout.fixed[i].offset = (uint16_t)offset;
        layout.fixed[i].size = (uint16_t)i;
        offset += i;
    }
    layout.fixed[4].default_value = default_fixed;
    layout.variable[2].default_value = default_variable;
    layout.variable[2].default_size = sizeof default_variable;
}

/* What is expected where nothing was set: a gap is filled with the default, else null; nothing behind the last. */
static void check_unset(const struct record_value *value, const uint8_t *default_value, size_t default_size)
{
    if (value->state != RECORD_VALUE)
        return;
    fuzz_expect(default_value && value->size == default_size && memcmp(value->bytes, default_value, default_size) == 0);
}

static void check_value(const struct expected *expected, const struct record_value *value)
{
    fuzz_expect(value->state == expected->state);
    if (expected->state == RECORD_VALUE)
        fuzz_expect(value->size == expected->size && memcmp(value->bytes, expected->bytes, value->size) == 0);
}

static void check_fixed(const struct record *record, unsigned i)
{
    const struct record_layout_fixed *place = &layout.fixed[i + 1];
    struct record_value value;

    fuzz_expect(record_get_fixed(record, i + 1, place->offset, place->size, &value) == JET_errSuccess);
    if (columns[i].state == RECORD_ABSENT)
        check_unset(&value, place->default_value, place->size);
    else
        check_value(&columns[i], &value);
}

static void check_variable(const struct record *record, unsigned i)
{
    struct record_value value;

    record_get_variable(record, RECORD_VARIABLE_FIRST + i, &value);
    if (columns[FIXED + i].state == RECORD_ABSENT)
        check_unset(&value, layout.variable[i].default_value, layout.variable[i].default_size);
    else
        check_value(&columns[FIXED + i], &value);
}

static void check_all(size_t page_size)
{
    struct record record;

    fuzz_expect(edit.size <= edit.size_max);
    fuzz_expect(record_decode(edit.bytes, edit.size, page_size, &record) == JET_errSuccess);
    for (unsigned i = 0; i < FIXED; i++)
        check_fixed(&record, i);
    for (unsigned i = 0; i < VARIABLE; i++)
        check_variable(&record, i);
    for (unsigned i = 0; i < TAGGED; i++) {
        struct record_value value;

        fuzz_expect(record_get_tagged(&record, RECORD_TAGGED_FIRST + i, &value) == JET_errSuccess);
        check_value(&columns[FIXED + VARIABLE + i], &value);
    }
}

/* Sets one column; returns what it must hold then. */
static jet_err change(struct fuzz_input *input, unsigned column, struct expected *ret_expected)
{
    const uint8_t how = fuzz_byte(input);
    struct expected *to = ret_expected;

    *to = (struct expected){.state = how & 1 ? RECORD_NULL : RECORD_VALUE};
    if (column < FIXED) {
        to->size = layout.fixed[column + 1].size;
        (void)fuzz_take(input, to->bytes, to->size);
        return record_edit_fixed(&edit, column + 1, to->state == RECORD_NULL ? NULL : to->bytes);
    }
    to->size = fuzz_byte(input) + (how & 2 ? 40u : 0u);
    (void)fuzz_take(input, to->bytes, to->size);
    if (column < FIXED + VARIABLE)
        return record_edit_variable(&edit, RECORD_VARIABLE_FIRST + column - FIXED,
                                    to->state == RECORD_NULL ? NULL : to->bytes,
                                    to->state == RECORD_NULL ? 0 : to->size);
    const struct record_tagged_image image = {
        .is_null = to->state == RECORD_NULL,
        .flags = how & 4 ? RECORD_TAGGED_LONG_VALUE : 0,
        .bytes = to->bytes,
        .size = to->state == RECORD_NULL ? 0 : to->size,
    };
    if (how & 8)
        to->state = RECORD_ABSENT;
    return record_edit_tagged(&edit, RECORD_TAGGED_FIRST + column - FIXED - VARIABLE, how & 8 ? NULL : &image);
}

static void edit_foreign(const struct fuzz_input *input, size_t page_size)
{
    struct record record;

    if (record_edit_load(&edit, &layout, page_size, RECORD_SIZE_MAX, input->bytes, input->left) < JET_errSuccess)
        return;
    jet_err_ignore(record_edit_fixed(&edit, FIXED, NULL)); /* may not fit, nor may what follows */
    jet_err_ignore(record_edit_variable(&edit, RECORD_VARIABLE_FIRST + 1, default_variable, sizeof default_variable));
    for (unsigned i = 0; i < TAGGED; i++) {
        const struct record_tagged_image image = {.bytes = default_variable, .size = sizeof default_variable};

        jet_err_ignore(record_edit_tagged(&edit, RECORD_TAGGED_FIRST + i, &image));
        fuzz_expect(record_decode(edit.bytes, edit.size, page_size, &record) == JET_errSuccess);
    }
    fuzz_touch(edit.bytes, edit.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    const uint8_t kind = fuzz_byte(&input);
    const size_t page_size = kind & 1 ? 32768 : 4096;

    layout_make();
    if (kind & 0x80) {
        edit_foreign(&input, page_size);
        return 0;
    }
    memset(columns, 0, sizeof columns);
    record_edit_begin(&edit, &layout, page_size, RECORD_SIZE_EMPTY + 8 * (size_t)fuzz_byte(&input));
    while (input.left > 0) {
        const unsigned column = fuzz_byte(&input) % COLUMNS;
        struct expected expected;
        const jet_err err = change(&input, column, &expected);

        fuzz_expect(err == JET_errSuccess || err == JET_errRecordTooBig);
        if (err == JET_errSuccess)
            columns[column] = expected;
        check_all(page_size);
    }
    return 0;
}
