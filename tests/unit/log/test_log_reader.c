/* SPDX-License-Identifier: MIT */
/* The reader against logs that were damaged, mixed up, cut: which code each fault has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "format/logheader.h"
#include "format/logrecord.h"
#include "format/logsegment.h"
#include "log/log_reader.h"
#include "log_records.h"
#include "os/os_file.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

enum { GENERATIONS = 4, RECORDS_EACH = 12 }; /* three closed ones, and edb.log */

/* ---- a stream to be spoiled ---- */

static uint64_t start_of(lgen_t generation)
{
    return lgpos_pack((struct lgpos){.generation = generation, .isec = 1});
}

/* Short records, 200 in all. */
static void append_short(struct log_stream *stream, unsigned count, bool new_generation)
{
    uint8_t bytes[205] = {LOGREC_TRACE, 0, 0, 200, 0};
    const struct log_append options = {.flags = new_generation ? LOG_APPEND_NEW_GENERATION : 0};
    uint64_t end = 0;
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(log_records_append_bytes(stream, bytes, sizeof bytes, i + 1 == count ? &options : NULL, &end),
                         JET_errSuccess);
    assert_int_equal(log_flush_to(stream, end), JET_errSuccess);
}

static struct log_config make_stream(struct temp_folder *folder)
{
    const struct log_config config = log_records_config(temp_folder_root(folder));
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_NEW);
    for (unsigned i = 1; i < GENERATIONS; i++)
        append_short(stream, RECORDS_EACH * 5, true);
    append_short(stream, RECORDS_EACH * 5, false);
    log_stream_close(stream);
    return config;
}

/* A file in memory, to be changed and put back. */
struct image {
    const char *path;
    uint8_t *bytes;
    size_t size;
};

static struct image take(struct temp_folder *folder, const char *name)
{
    struct image image = {.path = temp_folder_path(folder, name)};
    image.bytes = temp_file_read(image.path, &image.size);
    return image;
}

static void put_back(struct image *image)
{
    struct os_file *file;
    assert_int_equal(os_file_open(image->path, OS_FILE_READ_WRITE, &file), JET_errSuccess);
    assert_int_equal(os_file_set_size(file, image->size), JET_errSuccess);
    assert_int_equal(os_file_write(file, 0, image->bytes, image->size), JET_errSuccess);
    os_file_close(file);
    free(image->bytes);
}

static struct logheader_disk *header_of(struct image *image)
{
    return (void *)image->bytes;
}

static uint8_t *segment_of(struct image *image, unsigned isec)
{
    return image->bytes + (size_t)isec * LOGSEGMENT_SIZE;
}

static void damage(struct image *image, unsigned isec)
{
    memset(segment_of(image, isec) + 1000, 0x5A, 100);
}

/* Nothing tells what was durable: as in files of Windows. */
static void forget_unflushed(struct image *image)
{
    header_of(image)->flags = 0;
    logheader_seal(header_of(image));
}

/* Reads from generation 1 to the end, or to an error. */
static jet_err read_source(const struct log_reader_source *source, unsigned *ret_count)
{
    struct log_reader *reader = NULL;
    struct log_reader_record record = {0};
    unsigned count = 0;
    jet_err err = log_reader_open(source, start_of(1), &reader);
    while (err == JET_errSuccess && (err = log_reader_next(reader, &record)) == JET_errSuccess && record.bytes)
        count++;
    if (err < JET_errSuccess && reader)
        assert_int_equal(log_reader_next(reader, &record), err); /* and again */
    log_reader_close(reader);
    *ret_count = count;
    return err;
}

static jet_err read_all(const struct log_config *config, unsigned *ret_count)
{
    const struct log_reader_source source = {.config = config};
    return read_source(&source, ret_count);
}

static void expect(const struct log_config *config, jet_err expected, unsigned generations)
{
    unsigned count;
    assert_int_equal(read_all(config, &count), expected);
    assert_int_equal(count, generations * RECORDS_EACH * 5);
}

/* ---- the chain of generations ---- */

static void a_whole_stream_is_read_to_its_end(void **state)
{
    const struct log_config config = make_stream(*state);
    expect(&config, JET_errSuccess, GENERATIONS);
}

static void a_missing_generation_in_the_middle_is_told(void **state)
{
    const struct log_config config = make_stream(*state);
    assert_int_equal(os_file_remove(temp_folder_path(*state, "edb00002.log")), JET_errSuccess);
    expect(&config, JET_errMissingLogFile, 1);
}

static void without_a_current_log_the_highest_closed_one_is_the_end(void **state)
{
    const struct log_config config = make_stream(*state);
    assert_int_equal(os_file_remove(temp_folder_path(*state, "edb.log")), JET_errSuccess);
    expect(&config, JET_errSuccess, GENERATIONS - 1);
}

static void a_start_that_is_not_there_is_told(void **state)
{
    const struct log_config config = make_stream(*state);
    const struct log_reader_source source = {.config = &config};
    struct log_reader *reader = NULL;
    assert_int_equal(log_reader_open(&source, start_of(9), &reader), JET_errMissingLogFile);
    assert_int_equal(log_reader_open(&source, start_of(1) + 7, &reader), JET_errLogFileCorrupt);
}

static void set_signature(struct logheader_disk *header)
{
    header->signature.random = le32_make(le32_get(header->signature.random) + 1);
}

static void set_prev_created(struct logheader_disk *header)
{
    header->prev_created.year++;
}

static void set_prev_checksum(struct logheader_disk *header)
{
    header->prev_checksum = le64_make(le64_get(header->prev_checksum) ^ 1);
}

static void set_generation(struct logheader_disk *header)
{
    header->generation = le32_make(le32_get(header->generation) + 1);
}

static void set_version(struct logheader_disk *header)
{
    header->update_major = le32_make(LOGHEADER_UPDATE_MAJOR_MAX + 1);
}

static void set_filetype(struct logheader_disk *header)
{
    header->filetype = le32_make(4);
}

static void headers_that_do_not_continue_have_their_codes(void **state)
{
    static const struct {
        void (*change)(struct logheader_disk *header);
        jet_err expected;
    } cases[] = {
        {set_signature,     JET_errBadLogSignature            },
        {set_prev_created,  JET_errInvalidLogSequence         },
        {set_prev_checksum, JET_errLogSequenceChecksumMismatch},
        {set_generation,    JET_errLogGenerationMismatch      },
        {set_version,       JET_errBadLogVersion              },
        {set_filetype,      JET_errFileInvalidType            },
    };
    const struct log_config config = make_stream(*state);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct image image = take(*state, "edb00003.log");
        struct logheader_disk before = *header_of(&image);
        cases[i].change(header_of(&image));
        logheader_seal(header_of(&image));
        put_back(&image);
        unsigned count;
        assert_int_equal(read_all(&config, &count), cases[i].expected);
        image = take(*state, "edb00003.log");
        *header_of(&image) = before;
        put_back(&image);
    }
    expect(&config, JET_errSuccess, GENERATIONS);
}

static void sizes_that_differ_have_their_codes(void **state)
{
    const struct log_config config = make_stream(*state);
    struct image image = take(*state, "edb00003.log");
    image.size -= LOGSEGMENT_SIZE;
    put_back(&image);
    expect(&config, JET_errLogFileSizeMismatch, 2);
    image = take(*state, "edb00003.log");
    header_of(&image)->segment_count = le16_make(LOG_SEGMENTS_MIN - 1);
    logheader_seal(header_of(&image));
    put_back(&image);
    expect(&config, JET_errRedoAbruptEnded, 2);
}

static void another_page_size_is_told(void **state)
{
    struct log_config config = make_stream(*state);
    unsigned count;
    config.page_size = 8192;
    assert_int_equal(read_all(&config, &count), JET_errPageSizeMismatch);
}

/* ---- segments ---- */

static void damage_in_a_closed_log_is_told_by_the_code_of_the_situation(void **state)
{
    struct log_config config = make_stream(*state);
    struct finding_list findings = {0};
    const struct finding_listener listener = finding_list_listener(&findings);
    const struct log_reader_source restore = {
        .config = &config, .restore_folder = config.log_folder, .restore_last = GENERATIONS - 1, .listener = &listener};
    const struct log_reader_source beyond = {.config = &config, .restore_folder = config.log_folder, .restore_last = 1};
    unsigned count;
    struct image image = take(*state, "edb00002.log");
    damage(&image, 2);
    put_back(&image);
    expect(&config, JET_errLogFileCorrupt, 1);
    assert_int_equal(read_source(&restore, &count), JET_errLogCorruptDuringHardRestore);
    assert_int_equal(finding_list_count(&findings, FINDING_LOG_SEGMENT), 1);
    assert_int_equal(read_source(&beyond, &count), JET_errLogCorruptDuringHardRecovery);
}

static void a_damaged_header_is_told(void **state)
{
    const struct log_config config = make_stream(*state);
    struct image image = take(*state, "edb00002.log");
    image.bytes[100] ^= 1;
    put_back(&image);
    expect(&config, JET_errLogFileCorrupt, 1);
}

static unsigned last_segment(struct image *image)
{
    struct logsegment_verdict verdict;
    unsigned last = 0;
    const lgen_t generation = le32_get(header_of(image)->generation);
    while (logsegment_verify(segment_of(image, last + 1), (uint16_t)(last + 1), generation, &verdict) ==
               JET_errSuccess &&
           verdict.state == LOGSEGMENT_DATA)
        last++;
    return last;
}

static void a_torn_last_segment_is_read_from_its_shadow(void **state)
{
    const struct log_config config = make_stream(*state);
    struct image image = take(*state, "edb.log");
    damage(&image, last_segment(&image));
    put_back(&image);
    expect(&config, JET_errSuccess, GENERATIONS);
    const struct log_reader_source restore = {
        .config = &config, .restore_folder = config.log_folder, .restore_last = GENERATIONS};
    unsigned count;
    assert_int_equal(read_source(&restore, &count), JET_errLogTornWriteDuringHardRestore);
}

/* The last segment was written three times, so that both places for copies are in use. */
static void whatever_of_one_flush_is_torn_the_one_before_is_there(void **state)
{
    enum { FLUSHES = 3, PLACES = 1 + LOGSEGMENT_COPIES };
    const struct log_config config = make_stream(*state);
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_RECOVER);
    unsigned all, count;
    for (unsigned i = 0; i < FLUSHES; i++)
        append_short(stream, 1, false);
    log_stream_close(stream);
    assert_int_equal(read_all(&config, &all), JET_errSuccess);
    assert_int_equal(all, GENERATIONS * RECORDS_EACH * 5 + FLUSHES);
    for (unsigned torn = 0; torn < 1u << PLACES; torn++) {
        struct image image = take(*state, "edb.log"), whole = take(*state, "edb.log");
        const unsigned isec = last_segment(&image);
        for (unsigned place = 0; place < PLACES; place++)
            if (torn & 1u << place)
                damage(&image, isec + place);
        put_back(&image);
        assert_int_equal(read_all(&config, &count), JET_errSuccess);
        /* Third time: the segment, its shadow, and the copy two behind. Second time: the one three behind. */
        assert_int_equal(all - count, (torn & 7) != 7 ? 0 : (torn & 8) == 0 ? 1 : FLUSHES);
        put_back(&whole);
    }
}

/* A copy of what did not arrive, and is written anew: it must not come back. */
static void copies_of_what_is_lost_are_wiped(void **state)
{
    const struct log_config config = make_stream(*state);
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_RECOVER);
    unsigned count;
    append_short(stream, 9, false);
    log_stream_close(stream);
    struct image image = take(*state, "edb.log");
    const unsigned isec = last_segment(&image);
    memset(segment_of(&image, isec), 0, (size_t)LOGSEGMENT_SIZE * 2); /* the copy two behind is all there is of it */
    put_back(&image);
    stream = log_records_open(&config, NULL, LOG_STARTUP_RECOVER);
    append_short(stream, 1, false);
    log_stream_close(stream);
    image = take(*state, "edb.log");
    assert_int_equal(last_segment(&image), isec);
    damage(&image, isec);
    damage(&image, isec + 1);
    put_back(&image);
    assert_int_equal(read_all(&config, &count), JET_errSuccess);
    assert_int_equal(count, GENERATIONS * RECORDS_EACH * 5 + 1); /* from the new copy */
}

static void a_flipped_bit_is_mended(void **state)
{
    const struct log_config config = make_stream(*state);
    struct image image = take(*state, "edb00002.log");
    segment_of(&image, 2)[500] ^= 4;
    put_back(&image);
    expect(&config, JET_errSuccess, GENERATIONS);
}

static void damage_before_flushed_segments_is_no_end(void **state)
{
    const struct log_config config = make_stream(*state);
    struct log_stream *stream = log_records_open(&config, NULL, LOG_STARTUP_RECOVER);
    append_short(stream, 1, false);
    log_stream_close(stream);
    struct image image = take(*state, "edb.log");
    damage(&image, last_segment(&image) - 1);
    put_back(&image);
    expect(&config, JET_errLogFileCorrupt, GENERATIONS - 1);
}

static void data_behind_an_empty_segment_is_damage(void **state)
{
    const struct log_config config = make_stream(*state);
    struct image image = take(*state, "edb.log");
    forget_unflushed(&image);
    memset(segment_of(&image, 2), 0, LOGSEGMENT_SIZE);
    put_back(&image);
    expect(&config, JET_errLogFileCorrupt, GENERATIONS - 1);
}

static void a_bad_segment_without_shadow_is_damage_in_files_of_windows(void **state)
{
    const struct log_config config = make_stream(*state);
    struct image image = take(*state, "edb.log");
    const unsigned last = last_segment(&image);
    forget_unflushed(&image);
    damage(&image, last);
    damage(&image, last + 1);
    put_back(&image);
    expect(&config, JET_errLogFileCorrupt, GENERATIONS - 1);
}

static void segments_of_an_earlier_use_are_empty_and_later_positions_damage(void **state)
{
    const struct log_config config = make_stream(*state);
    struct image image = take(*state, "edb.log");
    const unsigned last = last_segment(&image);
    logsegment_seal(segment_of(&image, last + 2), (uint16_t)(last + 2), 1);
    memcpy(segment_of(&image, last + 1), segment_of(&image, last + 2), LOGSEGMENT_SIZE);
    logsegment_seal(segment_of(&image, last + 1), (uint16_t)(last + 1), 2);
    put_back(&image);
    expect(&config, JET_errSuccess, GENERATIONS);
    image = take(*state, "edb.log");
    logsegment_seal(segment_of(&image, last + 1), (uint16_t)(last + 1), 9);
    put_back(&image);
    expect(&config, JET_errLogFileCorrupt, GENERATIONS - 1);
}

/* ---- records ---- */

/* The current log holds these bytes in segment 1 and 2, and nothing else. */
static void put_records(struct temp_folder *folder, const void *first, size_t first_size, const void *second,
                        size_t second_size)
{
    struct image image = take(folder, "edb.log");
    memset(segment_of(&image, 1), 0, image.size - LOGSEGMENT_SIZE);
    memcpy(segment_of(&image, 1) + LOGSEGMENT_DATA_OFFSET, first, first_size);
    logsegment_seal(segment_of(&image, 1), 1, GENERATIONS);
    if (second_size > 0) {
        memcpy(segment_of(&image, 2) + LOGSEGMENT_DATA_OFFSET, second, second_size);
        logsegment_seal(segment_of(&image, 2), 2, GENERATIONS);
    }
    put_back(&image);
}

static void expect_records(const struct log_config *config, jet_err expected, unsigned records)
{
    unsigned count;
    assert_int_equal(read_all(config, &count), expected);
    assert_int_equal(count, (GENERATIONS - 1) * RECORDS_EACH * 5 + records);
}

static void records_that_cannot_be_are_damage(void **state)
{
    static const uint8_t unknown[] = {LOGREC_TYPES};
    static const uint8_t too_long[] = {LOGREC_TRACE, 0, 0, 0xFF, 0xFF};
    static const uint8_t not_empty[] = {LOGREC_SHUT_DOWN_MARK, 0, 0, 7};
    static const uint8_t stray[] = {LOGREC_SHUT_DOWN_MARK, LOGREC_FRAGMENT, 3, 0, 1, 2, 3};
    static const uint8_t short_begin[] = {LOGREC_FRAGMENT_BEGIN, 0, 1, 0, 0, 3, 0, 1, 2, 3};
    static const struct {
        const uint8_t *bytes;
        size_t size;
        unsigned records;
    } cases[] = {
        {unknown,     sizeof unknown,     0},
        {too_long,    sizeof too_long,    0},
        {not_empty,   sizeof not_empty,   1},
        {stray,       sizeof stray,       1},
        {short_begin, sizeof short_begin, 0},
    };
    const struct log_config config = make_stream(*state);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        put_records(*state, cases[i].bytes, cases[i].size, NULL, 0);
        expect_records(&config, JET_errLogFileCorrupt, cases[i].records);
    }
}

/* Fills a segment with the first piece of a record of 5000 bytes. */
static size_t half_record(uint8_t bytes[LOGSEGMENT_SIZE])
{
    enum { PIECE = LOGSEGMENT_SIZE - LOGSEGMENT_DATA_OFFSET - sizeof(struct logrec_fragment_begin_disk) };
    struct logrec_fragment_begin_disk begin;
    logrec_fragment_begin_encode(5000, PIECE, &begin);
    memset(bytes, 0, LOGSEGMENT_SIZE);
    memcpy(bytes, &begin, sizeof begin);
    bytes[sizeof begin] = LOGREC_TRACE;
    bytes[sizeof begin + 3] = (uint8_t)(4995 & 0xFF);
    bytes[sizeof begin + 4] = (uint8_t)(4995 >> 8);
    return sizeof begin + PIECE;
}

static void half_a_record_is_dropped_only_where_recovery_went_on(void **state)
{
    static const uint8_t undo[9] = {LOGREC_RECOVERY_UNDO2};
    static const uint8_t mark[1] = {LOGREC_SHUT_DOWN_MARK};
    const struct log_config config = make_stream(*state);
    uint8_t half[LOGSEGMENT_SIZE];
    const size_t size = half_record(half);
    put_records(*state, half, size, undo, sizeof undo);
    expect_records(&config, JET_errSuccess, 1);
    put_records(*state, half, size, mark, sizeof mark);
    expect_records(&config, JET_errLogFileCorrupt, 0);
    put_records(*state, half, size, NULL, 0);
    expect_records(&config, JET_errSuccess, 0);
}

static void reading_may_begin_behind_the_start_of_a_record(void **state)
{
    static const uint8_t tail[] = {LOGREC_FRAGMENT, 4, 0, 1, 2, 3, 4, LOGREC_SHUT_DOWN_MARK};
    const struct log_config config = make_stream(*state);
    const struct log_reader_source source = {.config = &config};
    struct log_reader *reader = NULL;
    struct log_reader_record record;
    put_records(*state, tail, sizeof tail, NULL, 0);
    assert_int_equal(log_reader_open(&source, start_of(GENERATIONS), &reader), JET_errSuccess);
    assert_int_equal(log_reader_next(reader, &record), JET_errSuccess);
    assert_int_equal(record.bytes[0], LOGREC_SHUT_DOWN_MARK);
    assert_true(record.lgpos == start_of(GENERATIONS) + LOGSEGMENT_DATA_OFFSET + 7);
    log_reader_close(reader);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_folder_setup, temp_folder_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_whole_stream_is_read_to_its_end),
        TEST(a_missing_generation_in_the_middle_is_told),
        TEST(without_a_current_log_the_highest_closed_one_is_the_end),
        TEST(a_start_that_is_not_there_is_told),
        TEST(headers_that_do_not_continue_have_their_codes),
        TEST(sizes_that_differ_have_their_codes),
        TEST(another_page_size_is_told),
        TEST(damage_in_a_closed_log_is_told_by_the_code_of_the_situation),
        TEST(a_damaged_header_is_told),
        TEST(a_torn_last_segment_is_read_from_its_shadow),
        TEST(whatever_of_one_flush_is_torn_the_one_before_is_there),
        TEST(copies_of_what_is_lost_are_wiped),
        TEST(a_flipped_bit_is_mended),
        TEST(damage_before_flushed_segments_is_no_end),
        TEST(data_behind_an_empty_segment_is_damage),
        TEST(a_bad_segment_without_shadow_is_damage_in_files_of_windows),
        TEST(segments_of_an_earlier_use_are_empty_and_later_positions_damage),
        TEST(records_that_cannot_be_are_damage),
        TEST(half_a_record_is_dropped_only_where_recovery_went_on),
        TEST(reading_may_begin_behind_the_start_of_a_record),
    };
    return cmocka_run_group_tests_name("log_reader", tests, NULL, NULL);
}
