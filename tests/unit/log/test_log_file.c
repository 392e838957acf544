/* SPDX-License-Identifier: MIT */
/* One log file: what is refused at open, and what streaming makes of every kind of segment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/compiler.h"
#include "log/log_file.h"
#include "log_image.h"
#include "os/os_file.h"
#include "support/finding_list.h"
#include "support/temp_folder.h"

enum {
    GENERATION = 0x1A,
    USED = 9, /* segments with data */
};

/* What a whole read of a file gave. */
struct outcome {
    jet_err err;
    struct finding_list findings;
    struct log_segment_counts counts;
    uint8_t bytes[LOG_IMAGE_SEGMENTS * LOGSEGMENT_SIZE];
    size_t size;
};

/* Reads the file in pieces of `piece` bytes; goes on after damage, as a backup that keeps going does. */
static void read_all(const char *path, size_t piece, bool is_current, struct outcome *ret_outcome)
{
    struct log_file *file = NULL;
    memset(ret_outcome, 0, sizeof *ret_outcome);
    struct finding_listener listener = finding_list_listener(&ret_outcome->findings);
    assert_int_equal(log_file_open(path, &listener, &file), JET_errSuccess);
    for (;;) {
        uint8_t buffer[LOG_IMAGE_SEGMENTS * LOGSEGMENT_SIZE];
        size_t actual = 0;
        jet_err err =
            log_file_read(file, ret_outcome->size, buffer, piece, is_current, &listener, &ret_outcome->counts, &actual);
        if (ret_outcome->err == JET_errSuccess)
            ret_outcome->err = err;
        if (actual == 0)
            break;
        assert_true(actual <= sizeof ret_outcome->bytes - ret_outcome->size);
        memcpy(ret_outcome->bytes + ret_outcome->size, buffer, actual);
        ret_outcome->size += actual;
    }
    log_file_close(file);
}

static const size_t pieces[] = {4096, 8192, 5 * 4096, LOG_IMAGE_SEGMENTS * 4096};

static struct finding open_badly(const char *path, jet_err err, enum finding_kind kind)
{
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    struct log_file *file = NULL;
    assert_int_equal(log_file_open(path, &listener, &file), err);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].kind, kind);
    assert_int_equal(findings.list[0].severity, FINDING_ERROR);
    assert_int_equal(findings.list[0].err, err);
    return findings.list[0];
}

static void a_sound_log_streams_as_it_is_in_pieces_of_any_size(void **state)
{
    struct log_image image;
    struct outcome outcome;
    log_image_make(&image, GENERATION, 1, USED);
    const char *path = log_image_store(&image, *state, "edb0001A.log");
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        read_all(path, pieces[i], false, &outcome);
        assert_int_equal(outcome.err, JET_errSuccess);
        assert_int_equal(outcome.findings.count, 0);
        assert_int_equal(outcome.size, sizeof image.bytes);
        assert_memory_equal(outcome.bytes, image.bytes, sizeof image.bytes);
        assert_int_equal(outcome.counts.segments_checked, LOG_IMAGE_SEGMENTS);
        assert_int_equal(outcome.counts.segments_zero, LOG_IMAGE_SEGMENTS - 1 - USED);
    }
}

static void what_a_log_says_of_itself_can_be_asked(void **state)
{
    struct log_image image;
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    struct log_file *file = NULL;
    log_image_make(&image, GENERATION, 1, USED);
    assert_int_equal(log_file_open(log_image_store(&image, *state, "edb.log"), &listener, &file), JET_errSuccess);
    const struct log_file_info *info = log_file_info(file);
    assert_int_equal(info->generation, GENERATION);
    assert_int_equal(info->file_size, sizeof image.bytes);
    assert_int_equal(info->segment_size, 4096);
    assert_true(info->segments_have_checksums);
    assert_int_equal(le32_get(info->header->signature.random), 1);
    log_file_close(file);
}

static void what_is_no_sound_log_is_refused(void **state)
{
    struct log_image image;
    log_image_make(&image, GENERATION, 1, USED);
    image.bytes[16] ^= 1;
    open_badly(log_image_store(&image, *state, "header.log"), JET_errLogFileCorrupt, FINDING_HEADER);

    log_image_make(&image, GENERATION, 1, USED);
    log_image_header(&image)->filetype = le32_make(1);
    logheader_seal(log_image_header(&image));
    open_badly(log_image_store(&image, *state, "type.log"), JET_errFileInvalidType, FINDING_FILE_TYPE);

    log_image_make(&image, GENERATION, 1, USED);
    log_image_header(&image)->version_major = le32_make(9);
    logheader_seal(log_image_header(&image));
    open_badly(log_image_store(&image, *state, "version.log"), JET_errBadLogVersion, FINDING_FILE_TYPE);

    log_image_make(&image, GENERATION, 1, USED);
    const char *path = temp_folder_write(*state, "short.log", image.bytes, sizeof image.bytes - 1);
    const struct finding finding = open_badly(path, JET_errLogFileSizeMismatch, FINDING_FILE_SIZE);
    assert_true(finding.has_values);
    assert_int_equal(finding.expected, sizeof image.bytes);
    assert_int_equal(finding.found, sizeof image.bytes - 1);
    open_badly(temp_folder_write(*state, "empty.log", image.bytes, 0), JET_errLogFileCorrupt, FINDING_HEADER);
    open_badly(temp_folder_path(*state, "missing.log"), JET_errFileNotFound, FINDING_FILE);
}

static void a_flipped_bit_is_mended_and_reported(void **state)
{
    struct log_image image;
    struct outcome outcome;
    log_image_make(&image, GENERATION, 1, USED);
    log_image_segment(&image, 4)[1000] ^= 0x20;
    const char *path = log_image_store(&image, *state, "edb0001A.log");
    log_image_segment(&image, 4)[1000] ^= 0x20;
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        read_all(path, pieces[i], false, &outcome);
        assert_int_equal(outcome.err, JET_errSuccess);
        assert_memory_equal(outcome.bytes, image.bytes, sizeof image.bytes);
        assert_int_equal(outcome.findings.count, 1);
        assert_int_equal(outcome.findings.list[0].kind, FINDING_LOG_SEGMENT_CORRECTABLE);
        assert_int_equal(outcome.findings.list[0].where, 4);
        assert_int_equal(outcome.findings.list[0].bit, 8005);
        assert_int_equal(outcome.counts.segments_correctable, 1);
    }
}

static void damaged_segments_are_an_error_after_all_were_looked_at(void **state)
{
    struct log_image image;
    struct outcome outcome;
    log_image_make(&image, GENERATION, 1, USED);
    memset(log_image_segment(&image, 2) + 500, 0xAB, 40);
    memset(log_image_segment(&image, 7) + 500, 0xAB, 40);
    const char *path = log_image_store(&image, *state, "edb0001A.log");
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        read_all(path, pieces[i], true, &outcome);
        assert_int_equal(outcome.err, JET_errLogReadVerifyFailure);
        assert_memory_equal(outcome.bytes, image.bytes, sizeof image.bytes);
        assert_int_equal(outcome.findings.count, 2);
        assert_int_equal(finding_list_count(&outcome.findings, FINDING_LOG_SEGMENT), 2);
        assert_int_equal(outcome.findings.list[0].severity, FINDING_DAMAGE);
        assert_int_equal(outcome.findings.list[0].err, JET_errLogReadVerifyFailure);
        assert_int_equal(outcome.findings.list[0].where, 2);
        assert_int_equal(outcome.findings.list[1].where, 7);
        assert_int_equal(outcome.counts.segments_damaged, 2);
    }
}

static void shadow_copies_and_old_segments_are_no_damage(void **state)
{
    struct log_image image;
    struct outcome outcome;
    log_image_make(&image, GENERATION, 1, USED);
    memcpy(log_image_segment(&image, USED + 1), log_image_segment(&image, USED), LOGSEGMENT_SIZE);
    logsegment_seal(log_image_segment(&image, USED + 2), USED + 2, GENERATION - 4); /* the file was another log once */
    read_all(log_image_store(&image, *state, "edb0001A.log"), 4096, false, &outcome);
    assert_int_equal(outcome.err, JET_errSuccess);
    assert_int_equal(outcome.findings.count, 0);
}

static void a_segment_from_further_on_is_damage(void **state)
{
    struct log_image image;
    struct outcome outcome;
    log_image_make(&image, GENERATION, 1, USED);
    logsegment_seal(log_image_segment(&image, 5), 5, GENERATION + 1);
    read_all(log_image_store(&image, *state, "edb0001A.log"), 8192, true, &outcome);
    assert_int_equal(outcome.err, JET_errLogReadVerifyFailure);
    assert_int_equal(outcome.findings.list[0].where, 5);
}

static void a_torn_last_write_is_legal_in_the_current_log_only(void **state)
{
    struct log_image image;
    struct outcome outcome;
    log_image_make(&image, GENERATION, 1, USED);
    memcpy(log_image_segment(&image, USED + 1), log_image_segment(&image, USED), LOGSEGMENT_SIZE);
    memset(log_image_segment(&image, USED) + 2048, 0, 2048);
    const char *path = log_image_store(&image, *state, "edb.log");
    for (size_t i = 0; i < COUNT_OF(pieces); i++) { /* the shadow lies in the same piece, or in the next */
        read_all(path, pieces[i], true, &outcome);
        assert_int_equal(outcome.err, JET_errSuccess);
        assert_memory_equal(outcome.bytes, image.bytes, sizeof image.bytes);
        assert_int_equal(outcome.findings.count, 1);
        assert_int_equal(outcome.findings.list[0].kind, FINDING_LOG_TORN);
        assert_int_equal(outcome.findings.list[0].severity, FINDING_NOTE);
        assert_int_equal(outcome.findings.list[0].where, USED);

        read_all(path, pieces[i], false, &outcome);
        assert_int_equal(outcome.err, JET_errLogReadVerifyFailure);
        assert_int_equal(outcome.findings.list[0].kind, FINDING_LOG_SEGMENT);
    }
}

static void a_copy_further_behind_excuses_it_as_well(void **state)
{
    struct log_image image;
    struct outcome outcome;
    log_image_make(&image, GENERATION, 1, USED);
    for (uint16_t place = USED + 1; place <= USED + LOGSEGMENT_COPIES; place++) {
        memcpy(log_image_segment(&image, place), log_image_segment(&image, USED), LOGSEGMENT_SIZE);
        logsegment_seal_copy(log_image_segment(&image, place), place);
    }
    memset(log_image_segment(&image, USED + 1), 0, LOGSEGMENT_SIZE);
    memset(log_image_segment(&image, USED) + 2048, 0, 2048);
    const char *path = log_image_store(&image, *state, "edb.log");
    read_all(path, 4096, true, &outcome);
    assert_int_equal(outcome.err, JET_errSuccess);
    assert_int_equal(outcome.findings.count, 1);
    assert_int_equal(outcome.findings.list[0].kind, FINDING_LOG_TORN);
}

static void a_header_that_changed_after_open_is_noticed(void **state)
{
    struct log_image image;
    struct finding_list findings = {0};
    struct finding_listener listener = finding_list_listener(&findings);
    struct log_file *file = NULL;
    struct os_file *same = NULL;
    uint8_t buffer[4096];
    size_t actual;
    log_image_make(&image, GENERATION, 1, USED);
    const char *path = log_image_store(&image, *state, "edb.log");
    assert_int_equal(log_file_open(path, &listener, &file), JET_errSuccess);
    if (os_file_open(path, OS_FILE_READ_WRITE, &same) < JET_errSuccess) {
        log_file_close(file);
        skip(); /* Windows lets nobody write to a file that somebody reads */
    }
    assert_int_equal(os_file_write(same, 100, "x", 1), JET_errSuccess);
    os_file_close(same);
    assert_int_equal(log_file_read(file, 0, buffer, sizeof buffer, false, &listener, NULL, &actual),
                     JET_errLogReadVerifyFailure);
    assert_int_equal(finding_list_count(&findings, FINDING_HEADER), 1);
    log_file_close(file);
}

static void a_log_that_became_shorter_after_open_is_an_error(void **state)
{
    static const uint64_t sizes[] = {0, 100, 4096, 5 * 4096, LOG_IMAGE_SEGMENTS * 4096 - 1};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct log_image image;
        struct finding_list findings = {0};
        struct finding_listener listener = finding_list_listener(&findings);
        struct log_file *file = NULL;
        struct os_file *same = NULL;
        size_t actual;
        log_image_make(&image, GENERATION, 1, USED);
        const char *path = log_image_store(&image, *state, "edb.log");
        assert_int_equal(log_file_open(path, &listener, &file), JET_errSuccess);
        if (os_file_open(path, OS_FILE_READ_WRITE, &same) < JET_errSuccess) {
            log_file_close(file);
            skip(); /* Windows lets nobody write to a file that somebody reads */
        }
        assert_int_equal(os_file_set_size(same, sizes[i]), JET_errSuccess);
        os_file_close(same);
        uint8_t *buffer = malloc(sizeof image.bytes); /* no byte behind it can be read unnoticed */
        assert_non_null(buffer);
        assert_int_equal(log_file_read(file, 0, buffer, sizeof image.bytes, true, &listener, NULL, &actual),
                         JET_errFileIOBeyondEOF);
        assert_int_equal(findings.count, 1);
        assert_int_equal(findings.list[0].kind, FINDING_FILE);
        assert_int_equal(findings.list[0].severity, FINDING_ERROR);
        free(buffer);
        log_file_close(file);
        assert_int_equal(os_file_remove(path), JET_errSuccess);
    }
}

static void an_old_log_is_read_and_said_to_be_unverified(void **state)
{
    struct log_image image;
    struct outcome outcome;
    log_image_make(&image, GENERATION, 1, 0);
    struct logheader_disk *header = log_image_header(&image);
    header->version_major = le32_make(LOGHEADER_MAJOR_SECTORS);
    header->version_minor = le32_make(LOGHEADER_MINOR_SECTORS);
    header->update_major = le32_make(15);
    header->update_minor = le32_make(0);
    header->segment_size = le16_make(512);
    header->header_segments = le16_make(8);
    header->segment_count = le16_make(LOG_IMAGE_SEGMENTS * 8);
    logheader_seal(header);
    memset(log_image_segment(&image, 1), 0xC3, LOGSEGMENT_SIZE); /* no segment of the new format */
    read_all(log_image_store(&image, *state, "edb0001A.log"), 8192, false, &outcome);
    assert_int_equal(outcome.err, JET_errSuccess);
    assert_memory_equal(outcome.bytes, image.bytes, sizeof image.bytes);
    assert_int_equal(outcome.findings.count, 1);
    assert_int_equal(outcome.findings.list[0].kind, FINDING_LOG_UNVERIFIED);
    assert_int_equal(outcome.findings.list[0].severity, FINDING_NOTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)
        IN_FOLDER(a_sound_log_streams_as_it_is_in_pieces_of_any_size),
        IN_FOLDER(what_a_log_says_of_itself_can_be_asked),
        IN_FOLDER(what_is_no_sound_log_is_refused),
        IN_FOLDER(a_flipped_bit_is_mended_and_reported),
        IN_FOLDER(damaged_segments_are_an_error_after_all_were_looked_at),
        IN_FOLDER(shadow_copies_and_old_segments_are_no_damage),
        IN_FOLDER(a_segment_from_further_on_is_damage),
        IN_FOLDER(a_torn_last_write_is_legal_in_the_current_log_only),
        IN_FOLDER(a_copy_further_behind_excuses_it_as_well),
        IN_FOLDER(a_header_that_changed_after_open_is_noticed),
        IN_FOLDER(a_log_that_became_shorter_after_open_is_an_error),
        IN_FOLDER(an_old_log_is_read_and_said_to_be_unverified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
