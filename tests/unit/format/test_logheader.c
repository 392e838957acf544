/* SPDX-License-Identifier: MIT */
/* Tests of the header of a log file. */
#include "format/logheader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "pattern.h"

static struct logheader_disk header;

/* The published vector: generation 1 of 8.4000.5.14. */
static void make(void)
{
    memset(&header, 0, sizeof header);
    header.generation = le32_make(1);
    header.segment_size = le16_make(4096);
    header.header_segments = le16_make(1);
    header.segment_count = le16_make(1280);
    header.page_size = le16_make(4096);
    header.version_major = le32_make(8);
    header.version_minor = le32_make(4000);
    header.update_major = le32_make(5);
    header.update_minor = le32_make(14);
    header.filetype = le32_make(3);
    logheader_seal(&header);
}

static void the_golden_header_has_its_checksum_and_verifies(void **state)
{
    char text[LOGHEADER_VERSION_TEXT_SIZE];

    make();
    assert_int_equal(le32_get(header.checksum), 0x9AAAD74D);
    assert_int_equal(logheader_verify(&header, sizeof header), JET_errSuccess);
    assert_int_equal(logheader_file_size(&header), 5 * 1024 * 1024);
    assert_int_equal(logheader_page_size(&header), 4096);
    assert_true(logheader_has_segments(&header));
    logheader_version_format(&header, text);
    assert_string_equal(text, "8.4000.5.14");
}

static void any_flipped_bit_is_found(void **state)
{
    make();
    for (uint32_t bit = 0; bit < sizeof header * 8; bit += 7) {
        pattern_flip(&header, bit);
        assert_int_equal(logheader_verify(&header, sizeof header), JET_errLogFileCorrupt);
        pattern_flip(&header, bit);
    }
    for (size_t size = 0; size < sizeof header; size += 273)
        assert_int_equal(logheader_verify(&header, size), JET_errLogFileCorrupt);
}

static jet_err verify_sealed(void)
{
    jet_err err;

    logheader_seal(&header);
    err = logheader_verify(&header, sizeof header);
    make();
    return err;
}

static void other_files_and_versions_are_told_apart(void **state)
{
    make();
    header.filetype = le32_make(4);
    assert_int_equal(verify_sealed(), JET_errFileInvalidType);
    header.filetype = le32_make(0);
    assert_int_equal(verify_sealed(), JET_errSuccess);
    header.version_major = le32_make(9);
    assert_int_equal(verify_sealed(), JET_errBadLogVersion);
    header.version_major = le32_make(7);
    assert_int_equal(verify_sealed(), JET_errBadLogVersion);
    header.version_minor = le32_make(3704);
    assert_int_equal(verify_sealed(), JET_errBadLogVersion);
    header.update_major = le32_make(LOGHEADER_UPDATE_MAJOR_MAX);
    assert_int_equal(verify_sealed(), JET_errSuccess);
    header.update_major = le32_make(LOGHEADER_UPDATE_MAJOR_MAX + 1);
    assert_int_equal(verify_sealed(), JET_errBadLogVersion);
}

static void sizes_that_cannot_be_are_damage(void **state)
{
    static const struct {
        uint32_t major, minor;
        uint16_t segment_size, header_segments, segment_count;
        jet_err err;
    } rows[] = {
        {8, 4000, 4096, 1,  3,     JET_errSuccess       },
        {8, 4000, 4096, 1,  65535, JET_errSuccess       },
        {8, 4000, 4096, 1,  2,     JET_errLogFileCorrupt},
        {8, 4000, 4096, 2,  100,   JET_errLogFileCorrupt},
        {8, 4000, 512,  8,  100,   JET_errLogFileCorrupt},
        {8, 4000, 0,    1,  100,   JET_errLogFileCorrupt},
        {7, 3704, 512,  8,  2560,  JET_errSuccess       },
        {7, 3704, 4096, 1,  320,   JET_errSuccess       },
        {7, 3704, 512,  1,  2560,  JET_errLogFileCorrupt},
        {7, 3704, 512,  8,  9,     JET_errLogFileCorrupt},
        {7, 3704, 256,  16, 2560,  JET_errLogFileCorrupt},
        {7, 3704, 8192, 1,  2560,  JET_errLogFileCorrupt},
        {7, 3704, 0,    0,  2560,  JET_errLogFileCorrupt},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        make();
        header.version_major = le32_make(rows[i].major);
        header.version_minor = le32_make(rows[i].minor);
        header.segment_size = le16_make(rows[i].segment_size);
        header.header_segments = le16_make(rows[i].header_segments);
        header.segment_count = le16_make(rows[i].segment_count);
        assert_int_equal(verify_sealed(), rows[i].err);
    }
    header.generation = le32_make(0);
    assert_int_equal(verify_sealed(), JET_errLogFileCorrupt);
}

static void page_size_zero_means_4096(void **state)
{
    make();
    header.page_size = le16_make(0);
    assert_int_equal(logheader_page_size(&header), 4096);
    header.page_size = le16_make(32768);
    assert_int_equal(logheader_page_size(&header), 32768);
}

static void a_version_of_any_numbers_has_a_text(void **state)
{
    char text[LOGHEADER_VERSION_TEXT_SIZE];

    memset(&header, 0xFF, sizeof header);
    logheader_version_format(&header, text);
    assert_string_equal(text, "4294967295.4294967295.4294967295.4294967295");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_header_has_its_checksum_and_verifies),
        cmocka_unit_test(any_flipped_bit_is_found),
        cmocka_unit_test(other_files_and_versions_are_told_apart),
        cmocka_unit_test(sizes_that_cannot_be_are_damage),
        cmocka_unit_test(page_size_zero_means_4096),
        cmocka_unit_test(a_version_of_any_numbers_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
