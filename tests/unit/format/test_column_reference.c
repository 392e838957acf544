/* SPDX-License-Identifier: MIT */
/* References to values that lie outside their records, byte for byte; hostile ones are in
 * tests/unit/jet/test_api_reference.c, too. */
#include "format/column_reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[] = {0x7F, 0x80, 0, 0, 1};

static struct column_reference example(uint64_t lid)
{
    struct column_reference reference = {
        .itag = 2, .lid = lid, .bookmark = key, .bookmark_size = sizeof key, .name = "note", .name_size = 4};
    memset(&reference.signature, 0xAB, offsetof(struct signature_disk, computer_name));
    return reference;
}

static void the_first_version_has_ids_of_four_bytes(void **state)
{
    static const uint8_t wanted[] = {1,    5,    0,    4,    2,    0,    0,    0,    0x11, 0x22, 0x33,
                                     0x44, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB, 0xAB,
                                     0xAB, 0xAB, 0x7F, 0x80, 0,    0,    1,    'n',  'o',  't',  'e'};
    const struct column_reference reference = example(0x44332211);
    uint8_t bytes[COLUMN_REFERENCE_SIZE_MAX];
    size_t size;
    (void)state;
    assert_int_equal(column_reference_encode(&reference, bytes, &size), JET_errSuccess);
    assert_int_equal(size, sizeof wanted);
    assert_memory_equal(bytes, wanted, sizeof wanted);
}

static void both_versions_come_back(void **state)
{
    static const uint64_t lids[] = {1, UINT32_MAX, UINT64_C(0x123456789A)};
    (void)state;
    for (size_t i = 0; i < sizeof lids / sizeof *lids; i++) {
        const struct column_reference reference = example(lids[i]);
        struct column_reference back;
        uint8_t bytes[COLUMN_REFERENCE_SIZE_MAX];
        size_t size;
        assert_int_equal(column_reference_encode(&reference, bytes, &size), JET_errSuccess);
        assert_int_equal(bytes[0], lids[i] > UINT32_MAX ? 2 : 1);
        assert_int_equal(column_reference_decode(bytes, size, &back), JET_errSuccess);
        assert_true(back.lid == lids[i] && back.itag == 2);
        assert_int_equal(back.bookmark_size, sizeof key);
        assert_memory_equal(back.bookmark, key, sizeof key);
        assert_int_equal(back.name_size, 4);
        assert_memory_equal(back.name, "note", 4);
        assert_memory_equal(&back.signature, &reference.signature, offsetof(struct signature_disk, computer_name));
        for (size_t cut = 0; cut < size; cut++)
            assert_int_equal(column_reference_decode(bytes, cut, &back), JET_errInvalidColumnReference);
    }
}

static void what_is_too_long_or_empty_is_refused(void **state)
{
    static const uint8_t long_key[COLUMN_REFERENCE_BOOKMARK_MAX + 1] = {1};
    static const char long_name[COLUMN_REFERENCE_NAME_MAX + 2] = "n";
    uint8_t bytes[COLUMN_REFERENCE_SIZE_MAX];
    size_t size;
    (void)state;
    struct column_reference most = example(1);
    most.bookmark = long_key;
    most.bookmark_size = COLUMN_REFERENCE_BOOKMARK_MAX;
    most.name = long_name;
    most.name_size = COLUMN_REFERENCE_NAME_MAX;
    most.lid = UINT64_MAX;
    assert_int_equal(column_reference_encode(&most, bytes, &size), JET_errSuccess);
    assert_int_equal(size, COLUMN_REFERENCE_SIZE_MAX);
    most.bookmark_size++;
    assert_int_equal(column_reference_encode(&most, bytes, &size), JET_errInvalidParameter);
    most.bookmark_size = 0;
    assert_int_equal(column_reference_encode(&most, bytes, &size), JET_errInvalidParameter);
    most.bookmark_size = 1;
    most.name_size++;
    assert_int_equal(column_reference_encode(&most, bytes, &size), JET_errInvalidParameter);
    most.name_size = 0;
    assert_int_equal(column_reference_encode(&most, bytes, &size), JET_errInvalidParameter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_version_has_ids_of_four_bytes),
        cmocka_unit_test(both_versions_come_back),
        cmocka_unit_test(what_is_too_long_or_empty_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
