/* SPDX-License-Identifier: MIT */
/* Tests of base/jet_err.h: the numbers that callers compare with, their names and their texts. */
#include "base/jet_err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/corrupt.h"

static const jet_err every_code[] = {
#define XX(name, number, text) name,
    JET_ERR_MAP(XX)
#undef XX
};

/* Typed from the documented API, not taken from the list under test. */
static void codes_of_the_backup_calls_have_their_documented_numbers(void **state)
{
    assert_int_equal(JET_errSuccess, 0);
    assert_int_equal(JET_errBackupInProgress, -505);
    assert_int_equal(JET_errNoBackup, -520);
    assert_int_equal(JET_errInvalidBackupSequence, -521);
    assert_int_equal(JET_errDatabaseDirtyShutdown, -550);
    assert_int_equal(JET_errBackupAbortByServer, -801);
    assert_int_equal(JET_errInvalidParameter, -1003);
    assert_int_equal(JET_errReadVerifyFailure, -1018);
    assert_int_equal(JET_errDiskIO, -1022);
    assert_int_equal(JET_errDatabaseCorrupted, -1206);
    assert_int_equal(JET_errFileNotFound, -1811);
    assert_int_equal(JET_errOSSnapshotInvalidSequence, -2401);
}

static void every_code_has_a_name_and_a_text_without_a_full_stop(void **state)
{
    for (size_t i = 0; i < COUNT_OF(every_code); i++) {
        const char *name = jet_err_name(every_code[i]);
        const char *text = jet_err_text(every_code[i]);

        assert_non_null(name);
        assert_int_equal(strncmp(name, "JET_", 4), 0);
        assert_true(strlen(text) > 3);
        assert_true(text[strlen(text) - 1] != '.');
    }
}

static void no_two_codes_share_a_number_or_a_name(void **state)
{
    for (size_t i = 0; i < COUNT_OF(every_code); i++)
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(every_code[i], every_code[j]);
            assert_string_not_equal(jet_err_name(every_code[i]), jet_err_name(every_code[j]));
        }
}

static void an_unknown_number_has_no_name_but_a_text(void **state)
{
    assert_null(jet_err_name(-77777));
    assert_string_equal(jet_err_text(-77777), "unknown error");
}

static void rejecting_data_passes_the_error_through(void **state)
{
    assert_int_equal(CORRUPT(JET_errReadVerifyFailure), JET_errReadVerifyFailure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_of_the_backup_calls_have_their_documented_numbers),
        cmocka_unit_test(every_code_has_a_name_and_a_text_without_a_full_stop),
        cmocka_unit_test(no_two_codes_share_a_number_or_a_name),
        cmocka_unit_test(an_unknown_number_has_no_name_but_a_text),
        cmocka_unit_test(rejecting_data_passes_the_error_through),
    };
    return cmocka_run_group_tests_name("jet_err", tests, NULL, NULL);
}
