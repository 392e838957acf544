/* SPDX-License-Identifier: MIT */
/* Functions of other modules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/os_library.h"

static void a_function_of_the_system_is_found(void **state)
{
    os_function function = NULL, again = NULL;
    assert_int_equal(os_library_function(SYSTEM_MODULE, SYSTEM_FUNCTION, 0, &function), JET_errSuccess);
    assert_non_null(function);
    assert_int_equal(os_library_function(SYSTEM_MODULE, SYSTEM_FUNCTION, 0, &again), JET_errSuccess);
    assert_true(function == again);
}

static void what_is_not_there_is_not_resolved(void **state)
{
    os_function function = NULL;
    assert_int_equal(os_library_function("no such module", SYSTEM_FUNCTION, 0, &function), JET_errCallbackNotResolved);
    assert_int_equal(os_library_function(SYSTEM_MODULE, "no such function", 0, &function), JET_errCallbackNotResolved);
    assert_null(function);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_function_of_the_system_is_found),
        cmocka_unit_test(what_is_not_there_is_not_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
