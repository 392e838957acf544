/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "tool/exit_status.h"

/* linux.md, 6.3. */
static void documented_errors_have_their_documented_status(void **state)
{
    static const struct {
        jet_err err;
        int status;
    } documented[] = {
        {JET_errSuccess,                   0 },
        {JET_errOutOfMemory,               1 },
        {JET_errDiskFull,                  1 },
        {JET_errFileAlreadyExists,         1 },
        {JET_errFileAccessDenied,          1 },
        {JET_errInvalidPath,               1 },
        {JET_errFileInvalidType,           1 },
        {1,                                3 },
        {JET_errBackupAbortByServer,       4 },
        {JET_errPermissionDenied,          5 },
        {JET_errReadVerifyFailure,         7 },
        {JET_errReadPgnoVerifyFailure,     7 },
        {JET_errDatabaseCorrupted,         7 },
        {JET_errLogReadVerifyFailure,      7 },
        {JET_errLogFileCorrupt,            7 },
        {JET_errCheckpointCorrupt,         7 },
        {JET_errCatalogCorrupted,          7 },
        {JET_errBackupInProgress,          8 },
        {JET_errBackupNotAllowedYet,       8 },
        {JET_errOSSnapshotInvalidSequence, 8 },
        {JET_errFileNotFound,              9 },
        {JET_errDatabaseNotFound,          9 },
        {JET_errOSSnapshotTimeOut,         10},
        {-12345,                           1 },
    };
    for (size_t i = 0; i < COUNT_OF(documented); i++)
        assert_int_equal(exit_status_of(documented[i].err), documented[i].status);
}

static void no_known_error_is_taken_for_success(void **state)
{
    static const jet_err known[] = {
#define XX(name, number, text) name,
        JET_ERR_MAP(XX)
#undef XX
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        assert_int_equal(exit_status_of(known[i]) == EXIT_STATUS_DONE, known[i] == JET_errSuccess);
}

static void worse_result_wins_whatever_the_order(void **state)
{
    static const enum exit_status by_weight[] = {EXIT_STATUS_DONE,      EXIT_STATUS_WARNINGS, EXIT_STATUS_FAILED,
                                                 EXIT_STATUS_NOT_FOUND, EXIT_STATUS_DAMAGE,   EXIT_STATUS_STOPPED};
    for (size_t i = 0; i < COUNT_OF(by_weight); i++) {
        for (size_t k = 0; k <= i; k++) {
            assert_int_equal(exit_status_worse(by_weight[i], by_weight[k]), by_weight[i]);
            assert_int_equal(exit_status_worse(by_weight[k], by_weight[i]), by_weight[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documented_errors_have_their_documented_status),
        cmocka_unit_test(no_known_error_is_taken_for_success),
        cmocka_unit_test(worse_result_wins_whatever_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
