/* SPDX-License-Identifier: MIT */
/* Tests of the checkpoint file: which of its two copies counts. */
#include "format/checkpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct checkpoint_disk copies[2];
static struct checkpoint_selection selection;

static void make(void)
{
    memset(copies, 0, sizeof copies);
    for (unsigned i = 0; i < 2; i++) {
        copies[i].checkpoint = lgpos_make((struct lgpos){.generation = 7, .isec = 2});
        copies[i].filetype = le32_make(CHECKPOINT_FILETYPE);
        checkpoint_seal(&copies[i]);
    }
}

static void the_first_copy_counts_if_it_is_valid(void **state)
{
    make();
    assert_int_equal(checkpoint_select(copies, sizeof copies, &selection), JET_errSuccess);
    assert_ptr_equal(selection.checkpoint, &copies[0]);
    assert_int_equal(lgpos_get(selection.checkpoint->checkpoint).generation, 7);
    assert_int_equal(selection.copies[1], CHECKPOINT_COPY_VALID);
    copies[1].flags = 1;
    assert_int_equal(checkpoint_select(copies, sizeof copies, &selection), JET_errSuccess);
    assert_int_equal(selection.used, 0);
    assert_int_equal(selection.copies[1], CHECKPOINT_COPY_BAD_CHECKSUM);
    assert_int_equal(checkpoint_select(copies, sizeof copies - 1, &selection), JET_errSuccess);
    assert_int_equal(selection.copies[1], CHECKPOINT_COPY_ABSENT);
}

static void the_second_copy_counts_if_the_first_is_damaged(void **state)
{
    make();
    copies[0].flags = 1;
    assert_int_equal(checkpoint_select(copies, sizeof copies, &selection), JET_errSuccess);
    assert_ptr_equal(selection.checkpoint, &copies[1]);
    assert_int_equal(selection.used, 1);
    assert_int_equal(selection.copies[0], CHECKPOINT_COPY_BAD_CHECKSUM);
}

static void without_a_valid_copy_it_is_damaged(void **state)
{
    make();
    copies[0].flags = 1;
    copies[1].flags = 1;
    assert_int_equal(checkpoint_select(copies, sizeof copies, &selection), JET_errCheckpointCorrupt);
    assert_null(selection.checkpoint);
    assert_int_equal(checkpoint_select(copies, 4095, &selection), JET_errCheckpointCorrupt);
    assert_int_equal(checkpoint_select(copies, 0, &selection), JET_errCheckpointCorrupt);
    memset(copies, 0, sizeof copies);
    assert_int_equal(checkpoint_select(copies, sizeof copies, &selection), JET_errCheckpointCorrupt);
}

static void another_kind_of_file_is_told_apart(void **state)
{
    make();
    copies[0].filetype = le32_make(3);
    checkpoint_seal(&copies[0]);
    assert_int_equal(checkpoint_select(copies, sizeof copies, &selection), JET_errFileInvalidType);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_copy_counts_if_it_is_valid),
        cmocka_unit_test(the_second_copy_counts_if_the_first_is_damaged),
        cmocka_unit_test(without_a_valid_copy_it_is_damaged),
        cmocka_unit_test(another_kind_of_file_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
