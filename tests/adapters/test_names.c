/* SPDX-License-Identifier: MIT */
/* test_names.c - every name of core/jet/exports.list can be linked, and what is not built says so and does no more.
 *
 * esent.h is not included: there the bare names are macros. names_declared.c is the other half.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent_platform.h"
#include "names_declared.h"

#ifdef _WIN32
#define DLL_FUNCTION FUNCTION
#else
#define DLL_FUNCTION(name, state, parameters, zeros)
#endif
#define ALIAS FUNCTION

#define FUNCTION(name, state, parameters, zeros) int32_t JET_API name parameters;
#include "esent_names.inc"
#undef FUNCTION

/* On x86 the callee takes its arguments off the stack, so that there have to be as many as it thinks. */
#define FUNCTION(name, state, parameters, zeros)                                                                       \
    static int32_t call_##name(void)                                                                                   \
    {                                                                                                                  \
        return name zeros;                                                                                             \
    }
#include "esent_names.inc"
#undef FUNCTION

static const struct {
    const char *name;
    const char *state;
    int32_t (*call)(void);
    void (*function)(void);
} names[] = {
#define FUNCTION(name, state, parameters, zeros) {#name, #state, call_##name, (void (*)(void))(name)},
#include "esent_names.inc"
#undef FUNCTION
};

static void every_name_is_there(void **state)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_non_null(names[i].function);
#ifdef _WIN32
    assert_int_equal(COUNT_OF(names), 384);
#else
    assert_int_equal(COUNT_OF(names), 379);
#endif
}

static void what_is_not_built_says_so(void **state)
{
    unsigned called = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(names[i].state, "nyi") != 0)
            continue;
        called++;
        if (names[i].call() != JET_wrnNyi)
            fail_msg("%s does not say that it is not built", names[i].name);
    }
    assert_true(called > 0);
}

/* What the header declares is what the library has: on x86 this compares the arguments' bytes. */
static void every_function_is_declared(void **state)
{
    unsigned functions = 0;
#undef DLL_FUNCTION
#undef ALIAS
#define DLL_FUNCTION(name, state, parameters, zeros)
#define ALIAS(name, state, parameters, zeros)
#define FUNCTION(name, state, parameters, zeros) functions++;
#include "esent_names.inc"
#undef FUNCTION
    assert_int_equal(names_declared_count, functions);
    for (size_t i = 0; i < names_declared_count; i++)
        assert_non_null(names_declared[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_there),
        cmocka_unit_test(what_is_not_built_says_so),
        cmocka_unit_test(every_function_is_declared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
