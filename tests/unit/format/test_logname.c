/* SPDX-License-Identifier: MIT */
/* Tests of the names of log files. */
#include "format/logname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"

static void names_are_taken_apart_and_put_together(void **state)
{
    static const struct {
        const char *text;
        struct logname name;
    } rows[] = {
        {"edb.log",         {"edb", LOGNAME_CURRENT, LOGNAME_LOG_CHK, 0, 0}        },
        {"edb.jtx",         {"edb", LOGNAME_CURRENT, LOGNAME_JTX_JCP, 0, 0}        },
        {"edb0001A.log",    {"edb", LOGNAME_CLOSED, LOGNAME_LOG_CHK, 0x1A, 5}      },
        {"edbFFFFF.log",    {"edb", LOGNAME_CLOSED, LOGNAME_LOG_CHK, 0xFFFFF, 5}   },
        {"edb0000001A.log", {"edb", LOGNAME_CLOSED, LOGNAME_LOG_CHK, 0x1A, 8}      },
        {"V017FFFF800.jtx", {"V01", LOGNAME_CLOSED, LOGNAME_JTX_JCP, 0x7FFFF800, 8}},
        {"edbtmp.log",      {"edb", LOGNAME_TEMPORARY, LOGNAME_LOG_CHK, 0, 0}      },
        {"edbtmp.jtx",      {"edb", LOGNAME_TEMPORARY, LOGNAME_JTX_JCP, 0, 0}      },
        {"edbres00001.jrs", {"edb", LOGNAME_RESERVE, LOGNAME_LOG_CHK, 1, 5}        },
        {"edb.chk",         {"edb", LOGNAME_CHECKPOINT, LOGNAME_LOG_CHK, 0, 0}     },
        {"edb.jcp",         {"edb", LOGNAME_CHECKPOINT, LOGNAME_JTX_JCP, 0, 0}     },
        {"log.log",         {"log", LOGNAME_CURRENT, LOGNAME_LOG_CHK, 0, 0}        },
        {"tmptmp.log",      {"tmp", LOGNAME_TEMPORARY, LOGNAME_LOG_CHK, 0, 0}      },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[LOGNAME_SIZE_MAX];
        struct logname name;

        if (logname_parse(rows[i].text, &name) < JET_errSuccess)
            fail_msg("%s is not understood", rows[i].text);
        assert_string_equal(name.base, rows[i].name.base);
        assert_int_equal(name.kind, rows[i].name.kind);
        assert_int_equal(name.family, rows[i].name.family);
        assert_int_equal(name.number, rows[i].name.number);
        assert_int_equal(name.digits, rows[i].name.digits);
        assert_int_equal(logname_format(&rows[i].name, text), JET_errSuccess);
        assert_string_equal(text, rows[i].text);
    }
}

static void case_does_not_matter_when_reading(void **state)
{
    struct logname upper, lower;

    assert_int_equal(logname_parse("EDB0001A.LOG", &upper), JET_errSuccess);
    assert_int_equal(logname_parse("edb0001a.log", &lower), JET_errSuccess);
    assert_int_equal(upper.number, lower.number);
    assert_true(logname_same_base(&upper, &lower));
    assert_int_equal(logname_parse("v01tmp.Log", &lower), JET_errSuccess);
    assert_false(logname_same_base(&upper, &lower));
}

static void other_names_are_refused(void **state)
{
    static const char *const names[] = {
        "",
        ".log",
        "e.log",
        "ed.log",
        "edbx.log",
        "edb0001.log",      /* four digits */
        "edb00001A.log",    /* six digits */
        "edb000001A.log",   /* seven */
        "edb00000001A.log", /* nine */
        "edb0001G.log",     /* no digit */
        "edb00000.log",     /* there is no generation 0 */
        "edb00000000.log",
        "edb+001A.log",
        "edb 001A.log",
        "edb0001A.txt",
        "edb0001A.jrs",
        "edb0001A.chk",
        "edbtmp.chk",
        "edbtmp1.log",
        "edbres00001.log",
        "edbres00000.jrs",
        "edbres0000001A.jrs",
        "edb.edb",
        "edb",
        "edb.log.bak",
        "e/b.log",
        "e\\b.log",
        "e.b.log",
        "\xC3\xA4x.log", /* three bytes, two characters */
        "edb.log ",
        "res1.log",
    };
    struct logname name;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (logname_parse(names[i], &name) != JET_errInvalidName)
            fail_msg("'%s' is taken for a log", names[i]);
}

static void fields_that_make_no_name_are_refused(void **state)
{
    static const struct logname rows[] = {
        {"ed",  LOGNAME_CURRENT,    LOGNAME_LOG_CHK, 0,        0},
        {"e.b", LOGNAME_CURRENT,    LOGNAME_LOG_CHK, 0,        0},
        {"edb", LOGNAME_CURRENT,    LOGNAME_LOG_CHK, 1,        0},
        {"edb", LOGNAME_CLOSED,     LOGNAME_LOG_CHK, 0,        5},
        {"edb", LOGNAME_CLOSED,     LOGNAME_LOG_CHK, 1,        6},
        {"edb", LOGNAME_CLOSED,     LOGNAME_LOG_CHK, 0x100000, 5},
        {"edb", LOGNAME_RESERVE,    LOGNAME_LOG_CHK, 1,        8},
        {"edb", LOGNAME_CHECKPOINT, LOGNAME_LOG_CHK, 0,        5},
    };
    char text[LOGNAME_SIZE_MAX];

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(logname_format(&rows[i], text), JET_errInvalidParameter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_apart_and_put_together),
        cmocka_unit_test(case_does_not_matter_when_reading),
        cmocka_unit_test(other_names_are_refused),
        cmocka_unit_test(fields_that_make_no_name_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
