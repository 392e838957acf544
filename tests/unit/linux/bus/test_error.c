/* SPDX-License-Identifier: MIT */
/* test_error.c - every JET error has a name on the bus, and back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "bus_error.h"
#include "bus_names.h"

static const jet_err known[] = {
#define XX(name, number, text) number,
    JET_ERR_MAP(XX)
#undef XX
};

static void every_jet_error_has_a_valid_name_and_back(void **state)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        char name[BUS_ERROR_NAME_SIZE];
        jet_err back = 0;
        if (known[i] > JET_errSuccess)
            continue;
        bus_error_name(known[i], name);
        assert_true(dbus_validate_error_name(name, NULL));
        assert_true(bus_error_code(name, &back));
        assert_int_equal(back, known[i]);
    }
}

/* Typed from linux.md 2.4: these are the contract, however the table of the engine changes. */
static void the_names_of_the_specification_have_their_codes(void **state)
{
    static const struct {
        const char *name;
        jet_err err;
    } rows[] = {
        {"BackupAbortByServer",       -801 },
        {"BackupInProgress",          -505 },
        {"NoBackup",                  -520 },
        {"InvalidBackupSequence",     -521 },
        {"BackupNotAllowedYet",       -523 },
        {"LogReadVerifyFailure",      -612 },
        {"ReadVerifyFailure",         -1018},
        {"InvalidParameter",          -1003},
        {"TermInProgress",            -1000},
        {"DiskIO",                    -1022},
        {"MissingFullBackup",         -560 },
        {"LoggingDisabled",           -516 },
        {"OSSnapshotInvalidSequence", -2401},
        {"OSSnapshotTimeOut",         -2402},
        {"OSSnapshotNotAllowed",      -2403},
        {"OSSnapshotInvalidSnapId",   -2404},
        {"MissingFileToBackup",       -569 },
        {"LogFileCorrupt",            -501 },
        {"FileNotFound",              -1811},
        {"FileAccessDenied",          -1032},
        {"InstanceUnavailable",       -1090},
        {"OutOfMemory",               -1011},
        {"SurrogateBackupInProgress", -617 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char name[BUS_ERROR_NAME_SIZE];
        char expected[BUS_ERROR_NAME_SIZE];
        bus_error_name(rows[i].err, name);
        (void)snprintf(expected, sizeof expected, "org.coldstream.Backup1.Error.%s", rows[i].name);
        assert_string_equal(name, expected);
    }
}

static void an_unknown_number_is_an_internal_error(void **state)
{
    char name[BUS_ERROR_NAME_SIZE];
    bus_error_name(-31999, name);
    assert_string_equal(name, BUS_ERROR_PREFIX "InternalError");
}

static void other_names_have_no_code(void **state)
{
    static const char *const names[] = {
        "org.freedesktop.DBus.Error.AccessDenied", BUS_ERROR_FROZEN, BUS_ERROR_WRITER_LOST, BUS_ERROR_PREFIX, "",
        "org.coldstream.Backup1.Error.NoSuchName"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        jet_err err = 0;
        assert_false(bus_error_code(names[i], &err));
    }
}

static void a_text_has_name_number_sentence_and_detail(void **state)
{
    char text[BUS_ERROR_TEXT_SIZE];
    bus_error_text(JET_errBackupInProgress, NULL, text);
    assert_string_equal(text, "JET_errBackupInProgress (-505): a backup is in progress");
    bus_error_text(JET_errFileNotFound, "/srv/\xFF.edb", text);
    assert_non_null(strstr(text, "JET_errFileNotFound (-1811): "));
    assert_non_null(strstr(text, "(/srv/?.edb)"));
}

static void cleaned_text_is_always_valid(void **state)
{
    static const struct {
        const char *dirty, *clean;
    } rows[] = {
        {"",                   ""                  },
        {"plain",              "plain"             },
        {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"},
        {"\xFF\xFE",           "??"                },
        {"a\xC3",              "a?"                },
        {"\xED\xA0\x80",       "???"               }, /* a surrogate */
        {"\xF0\x9F\x98\x80!",  "\xF0\x9F\x98\x80!" },
        {"\xC0\x80",           "??"                }, /* zero, too long */
        {"\xE2\x82",           "??"                },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char clean[32];
        bus_text_clean(rows[i].dirty, clean, sizeof clean);
        assert_string_equal(clean, rows[i].clean);
        assert_true(dbus_validate_utf8(clean, NULL));
    }
}

static void text_is_cut_between_characters(void **state)
{
    char clean[5];
    bus_text_clean("abc\xC3\xBC", clean, sizeof clean);
    assert_string_equal(clean, "abc");
    bus_text_clean("abcdefg", clean, sizeof clean);
    assert_string_equal(clean, "abcd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_jet_error_has_a_valid_name_and_back),
        cmocka_unit_test(the_names_of_the_specification_have_their_codes),
        cmocka_unit_test(an_unknown_number_is_an_internal_error),
        cmocka_unit_test(other_names_have_no_code),
        cmocka_unit_test(a_text_has_name_number_sentence_and_detail),
        cmocka_unit_test(cleaned_text_is_always_valid),
        cmocka_unit_test(text_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
