/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "log_records.h"

#include "format/logrecord.h"
#include "log/log_reader.h"

static uint32_t mix(uint32_t x)
{
    x = (x ^ x >> 16) * 0x7FEB352D;
    x = (x ^ x >> 15) * 0x846CA68B;
    return x ^ x >> 16;
}

/* Mostly small, some that just fill a segment or leave a few bytes of it, some that need many. */
static size_t text_size(uint32_t number)
{
    const uint32_t random = mix(number);
    switch (random % 16) {
    case 0: return 4 + random / 16 % LOG_RECORDS_SIZE_MAX;
    case 1: return 4000 + random / 16 % 80;
    case 2: return 4 + random / 16 % 8;
    case 3: return 2000 + random / 16 % 4100;
    default: return 4 + random / 16 % 200;
    }
}

uint8_t *log_records_make(uint32_t number, size_t *ret_size)
{
    const size_t text = text_size(number);
    const le16 length = le16_make((uint16_t)text);
    const le32 number_disk = le32_make(number);
    uint8_t *bytes = malloc(LOG_RECORDS_NUMBER_AT + text);
    assert_non_null(bytes);
    bytes[0] = LOGREC_TRACE;
    bytes[1] = bytes[2] = 1;
    memcpy(bytes + 3, &length, sizeof length);
    memcpy(bytes + LOG_RECORDS_NUMBER_AT, &number_disk, sizeof number_disk);
    uint32_t noise = number;
    for (size_t i = sizeof number_disk; i < text; i++)
        bytes[LOG_RECORDS_NUMBER_AT + i] = (uint8_t)((noise = noise * 1103515245 + 12345) >> 16);
    *ret_size = LOG_RECORDS_NUMBER_AT + text;
    return bytes;
}

jet_err log_records_append_bytes(struct log_stream *stream, const void *bytes, size_t size,
                                 const struct log_append *options, uint64_t *ret_end)
{
    /* In two pieces, one of them empty at times. */
    const struct log_piece pieces[] = {
        {bytes,                             size / 3       },
        {(const uint8_t *)bytes + size / 3, size - size / 3}
    };
    const struct log_record record = {pieces, 2};
    return log_append(stream, &record, 1, options, NULL, ret_end);
}

jet_err log_records_append(struct log_stream *stream, uint32_t number, const struct log_append *options,
                           uint64_t *ret_end)
{
    size_t size;
    uint8_t *bytes = log_records_make(number, &size);
    jet_err err = log_records_append_bytes(stream, bytes, size, options, ret_end);
    free(bytes);
    return err;
}

struct log_config log_records_config(const char *folder)
{
    struct log_config config = log_config_default(folder, folder);
    config.segments = LOG_SEGMENTS_MIN;
    return config;
}

struct log_stream *log_records_open(const struct log_config *config, const struct log_hooks *hooks,
                                    enum log_startup_kind expected)
{
    struct log_startup startup;
    struct log_stream *stream = NULL;
    assert_int_equal(log_startup_look(config, 0, NULL, &startup), JET_errSuccess);
    assert_int_equal(startup.kind, expected);
    assert_int_equal(log_startup_repair(config, &startup), JET_errSuccess);
    assert_int_equal(log_stream_open(config, &startup.resume, hooks, &stream), JET_errSuccess);
    return stream;
}

static void check_record(const struct log_reader_record *record, uint32_t number)
{
    size_t size;
    uint8_t *expected = log_records_make(number, &size);
    assert_int_equal(record->size, size);
    assert_memory_equal(record->bytes, expected, size);
    free(expected);
}

uint32_t log_records_read(const struct log_config *config, uint64_t start, uint32_t first, unsigned *ret_others)
{
    const struct log_reader_source source = {.config = config};
    struct log_reader *reader = NULL;
    struct log_reader_record record = {0};
    uint64_t before = 0;
    uint32_t number = first;
    unsigned others = 0;
    assert_int_equal(log_reader_open(&source, start, &reader), JET_errSuccess);
    for (;;) {
        assert_int_equal(log_reader_next(reader, &record), JET_errSuccess);
        if (!record.bytes)
            break;
        assert_true(record.lgpos >= before);
        assert_true(record.lgpos_end > record.lgpos);
        before = record.lgpos_end;
        if (record.bytes[0] == LOGREC_TRACE)
            check_record(&record, number++);
        else
            others++;
    }
    log_reader_close(reader);
    if (ret_others)
        *ret_others = others;
    return number;
}
