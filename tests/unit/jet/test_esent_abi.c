/* SPDX-License-Identifier: MIT */
/* test_esent_abi.c - the layouts and numbers of jet/esent.h: sizes while compiling, then, in builds for Windows, every
 * value against mingw-w64's own header, which another file includes (esent_values.h). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "esent_sizes.inc"
#include "esent_values.h"
#include "jet/esent.h"

#include "esent_values.inc"

static const struct esent_value esent_values[] = {ESENT_VALUES};

#define XX(type, size32, size64)                                                                                       \
    _Static_assert(sizeof(type) == (sizeof(void *) == 4 ? (size32) : (size64)), "size of " #type);
ESENT_SIZES(XX)
#undef XX

_Static_assert(sizeof(JET_INSTANCE) == sizeof(void *) && sizeof(JET_SESID) == sizeof(void *), "handles");
_Static_assert(sizeof(JET_TABLEID) == sizeof(void *) && sizeof(JET_OSSNAPID) == sizeof(void *), "handles");
_Static_assert(sizeof(JET_ERR) == 4 && sizeof(JET_DBID) == 4 && sizeof(JET_GRBIT) == 4, "32 bits everywhere");
_Static_assert(sizeof(JET_COLUMNID) == 4 && sizeof(WCHAR) == 2, "32 bits, 16 bits");
_Static_assert(sizeof(struct JET_THREADSTATS) == 32, "size of JET_THREADSTATS");

/* A change of these moves what every client passes. */
_Static_assert(offsetof(JET_LGPOS, isec) == 2 && offsetof(JET_LGPOS, lGeneration) == 4, "JET_LGPOS");
_Static_assert(offsetof(JET_SIGNATURE, szComputerName) == 12, "JET_SIGNATURE");
_Static_assert(offsetof(JET_BKINFO, genLow) == 16 && offsetof(JET_BKINFO, genHigh) == 20, "JET_BKINFO");
_Static_assert(offsetof(JET_RSTINFO_A, pfnStatus) == (sizeof(void *) == 4 ? 28 : 40), "JET_RSTINFO");
_Static_assert(offsetof(JET_RETRIEVECOLUMN, err) == (sizeof(void *) == 4 ? 32 : 40), "JET_RETRIEVECOLUMN");
_Static_assert(_Alignof(JET_RECSIZE) == (sizeof(void *) == 4 ? 4 : 8), "packed to 4 where pointers have 32 bits");

static void the_millisecond_bits_lie_where_files_have_them(void **state)
{
    union {
        JET_LOGTIME time;
        unsigned char bytes[8];
    } both = {.bytes = {0}};
    both.time.fTimeIsUTC = 1;
    both.time.bMillisecondsLow = 0x55;
    both.time.bMillisecondsHigh = 5;
    assert_int_equal(both.bytes[6], 0xAB);
    assert_int_equal(both.bytes[7], 0x0A);
}

#define SPELLED_(name) #name
#define SPELLED(name)  SPELLED_(name)

static void bare_names_are_the_a_forms(void **state)
{
    JET_RSTMAP map = {NULL, NULL};
    const JET_RSTMAP_A *same = &map;
    assert_null(same->szDatabaseName);
    assert_string_equal(SPELLED(JetBeginSession), "JetBeginSessionA");
}

static void values_and_sizes_agree_with_mingw(void **state)
{
    if (esent_mingw_value_count == 0)
        skip(); /* not a build for Windows */
    assert_int_equal(COUNT_OF(esent_values), esent_mingw_value_count);
    for (size_t i = 0; i < COUNT_OF(esent_values); i++) {
        assert_string_equal(esent_values[i].name, esent_mingw_values[i].name);
        if (esent_values[i].value != esent_mingw_values[i].value)
            fail_msg("%s is %lld here and %lld there", esent_values[i].name, esent_values[i].value,
                     esent_mingw_values[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_millisecond_bits_lie_where_files_have_them),
        cmocka_unit_test(bare_names_are_the_a_forms),
        cmocka_unit_test(values_and_sizes_agree_with_mingw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
