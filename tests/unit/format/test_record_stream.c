/* SPDX-License-Identifier: MIT */
/* Values of many records in one buffer, byte for byte; bytes that are no stream are in
 * tests/unit/jet/test_api_reference.c. */
#include "format/record_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { HEADER = 21, VALUE = 9 };

static void two_records_byte_for_byte(void **state)
{
    static const uint8_t wanted[] = {1, 21, 0, 0, 0, 21,  0, 0, 0, 255, 255, 255, 255, 0,   0, 0,  0, 1,
                                     0, 0,  0, 0, 1, 0,   0, 0, 2, 0,   0,   0,   'a', 'b', 1, 1,  0, 0,
                                     0, 1,  0, 0, 0, 'c', 9, 2, 1, 0,   0,   0,   0,   0,   0, 3,  3, 1,
                                     0, 0,  0, 0, 0, 0,   5, 4, 1, 0,   0,   1,   0,   0,   0, 'r'};
    uint8_t bytes[sizeof wanted];
    struct record_stream stream;
    (void)state;
    assert_int_equal(record_stream_begin(&stream, bytes, sizeof bytes), JET_errSuccess);
    assert_int_equal(record_stream_add(&stream, 1, RECORD_STREAM_VALUE, "ab", 2), JET_errSuccess);
    assert_int_equal(stream.size, HEADER); /* not whole yet */
    record_stream_end_record(&stream);
    assert_int_equal(stream.size, HEADER + VALUE + 2);
    assert_int_equal(record_stream_add(&stream, 1, RECORD_STREAM_VALUE, "c", 1), JET_errSuccess);
    assert_int_equal(record_stream_add(&stream, 258, RECORD_STREAM_NULL, NULL, 0), JET_errSuccess);
    assert_int_equal(record_stream_add(&stream, 259, RECORD_STREAM_NOT_IN_RECORD, NULL, 0), JET_errSuccess);
    assert_int_equal(record_stream_add(&stream, 260, RECORD_STREAM_REFERENCE, "r", 1), JET_errSuccess);
    assert_int_equal(record_stream_add(&stream, 1, RECORD_STREAM_NULL, NULL, 0), JET_errBufferTooSmall);
    record_stream_end_record(&stream);
    assert_int_equal(stream.size, sizeof wanted);
    assert_memory_equal(bytes, wanted, sizeof wanted);
}

/* Several values of a column count up; the same column in another record begins anew. */
static void values_come_back_with_their_numbers(void **state)
{
    static const struct {
        uint32_t record, column, itag;
    } wanted[] = {
        {0, 7, 1},
        {0, 7, 2},
        {0, 8, 1},
        {1, 8, 1},
        {2, 8, 1},
        {2, 8, 2}
    };
    uint8_t bytes[200];
    struct record_stream stream;
    struct record_stream_value value;
    (void)state;
    assert_int_equal(record_stream_begin(&stream, bytes, sizeof bytes), JET_errSuccess);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (i > 0 && wanted[i].record != wanted[i - 1].record)
            record_stream_end_record(&stream);
        assert_int_equal(record_stream_add(&stream, wanted[i].column, RECORD_STREAM_VALUE, "xyz", 3), JET_errSuccess);
    }
    record_stream_end_record(&stream);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        assert_int_equal(record_stream_next(bytes, stream.size, &value), JET_errSuccess);
        assert_int_equal(value.record, wanted[i].record);
        assert_int_equal(value.column, wanted[i].column);
        assert_int_equal(value.itag, wanted[i].itag);
        assert_int_equal(value.size, 3);
        assert_memory_equal(bytes + value.offset, "xyz", 3);
    }
    assert_int_equal(record_stream_next(bytes, stream.size, &value), JET_wrnNoMoreRecords);
    assert_int_equal(record_stream_next(bytes, stream.size, &value), JET_wrnNoMoreRecords);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_records_byte_for_byte),
        cmocka_unit_test(values_come_back_with_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
