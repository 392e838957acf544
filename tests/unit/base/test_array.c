/* SPDX-License-Identifier: MIT */
/* Tests of base/array.h: arrays that grow by one element at a time. */
#include "base/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void every_element_keeps_its_value(void **state)
{
    uint32_t *numbers = NULL;
    for (uint32_t count = 0; count < 1000; count++) {
        numbers = array_grow(numbers, count, sizeof *numbers);
        assert_non_null(numbers);
        numbers[count] = count; /* the address sanitizer sees a lack of room */
    }
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    free(numbers);
}

static void an_array_moves_at_powers_of_two_only(void **state)
{
    char *bytes = NULL;
    for (size_t count = 0; count < 600; count++) {
        char *grown = array_grow(bytes, count, 1);
        assert_non_null(grown);
        if (count > 2 && (count & (count - 1)) != 0)
            assert_ptr_equal(grown, bytes);
        bytes = grown;
    }
    free(bytes);
}

static void more_than_there_can_be_is_refused(void **state)
{
    char bytes[1];
    const size_t count = SIZE_MAX / 2 + 1; /* a power of two */
    assert_null(array_grow(bytes, count, 1));
    assert_null(array_grow(bytes, count / 64, 128));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_keeps_its_value),
        cmocka_unit_test(an_array_moves_at_powers_of_two_only),
        cmocka_unit_test(more_than_there_can_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
