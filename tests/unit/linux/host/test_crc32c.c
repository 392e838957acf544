/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../../linux/host/crc32c.h"

static void known_sums_are_right(void **state)
{
    uint8_t bytes[32];
    assert_int_equal(crc32c(0, "123456789", 9), 0xE3069283);
    assert_int_equal(crc32c_portable(0, "123456789", 9), 0xE3069283);
    memset(bytes, 0, sizeof bytes); /* RFC 3720, B.4 */
    assert_int_equal(crc32c(0, bytes, sizeof bytes), 0x8A9136AA);
    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(crc32c(0, bytes, sizeof bytes), 0x62A8AB43);
    assert_int_equal(crc32c(0, bytes, 0), 0);
}

static void pieces_and_both_ways_agree(void **state)
{
    static uint8_t bytes[10007]; /* the fast way takes 3 KiB at once, several times */
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 13);
    const uint32_t whole = crc32c_portable(0, bytes, sizeof bytes);
    for (size_t cut = 0; cut <= sizeof bytes; cut += 37) {
        const uint32_t first = crc32c(0, bytes, cut);
        assert_int_equal(first, crc32c_portable(0, bytes, cut));
        assert_int_equal(crc32c(first, bytes + cut, sizeof bytes - cut), whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_sums_are_right),
        cmocka_unit_test(pieces_and_both_ways_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
