/* SPDX-License-Identifier: MIT */
/* The dump of a log file that is made here: what a person reads, and where damage ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "format/logheader.h"
#include "format/logrecord.h"
#include "format/logsegment.h"
#include "support/temp_folder.h"
#include "tool/dump_log.h"

enum { SEGMENTS = 16, GENERATION = 7 };

static uint8_t image[SEGMENTS * LOGSEGMENT_SIZE];
static size_t at; /* where the next record goes */

static void begin_segment(unsigned isec)
{
    at = isec * (size_t)LOGSEGMENT_SIZE + LOGSEGMENT_DATA_OFFSET;
}

static void put(const void *bytes, size_t size)
{
    memcpy(image + at, bytes, size);
    at += size;
}

static void put_small_transaction(void)
{
    static const uint8_t insert[] = {
        0x1D, 0x64, 0x00, 0x01, 0x33, 0x00, 0x00, 0x00, 0x05, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x10, 0x00, 0x00, 0x01, 0x03, 0x00, 0x05,
        0x42, 0x00, 0x00, 0x00, 0x32, 0x00, 0x00, 0x00, 0x1E, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00,
        0x08, 0x00, 0x7F, 0x80, 0x00, 0x00, 0x01, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    };

    put("\x08\x64\0\x10\x04\x10\0\0", 8);
    put(insert, sizeof insert);
    put("\x09\x64\0\0\x08\x10\0\0", 8);
}

/* A SetExternalHeader whose data goes on in the next segment. */
static void put_fragments(unsigned isec)
{
    struct logrec_external_header header = {
        .head = {.page = {.type = LOGREC_SET_EXTERNAL_HEADER,
                          .procid = 2,
                          .dbid = 1,
                          .pgno = 9,
                          .dbtime = 0x300,
                          .dbtime_before = 0x2F0,
                          .level = 1},
                 .pgno_fdp = 9,
                 .objid = 12},
        .data = {.size = 6000                          },
    };
    struct logrec_external_header_disk disk;
    struct logrec_fragment_begin_disk first;
    struct logrec_fragment_disk second;
    size_t room;

    logrec_external_header_encode(&header, &disk);
    room = (isec + 1) * (size_t)LOGSEGMENT_SIZE - at - sizeof first;
    logrec_fragment_begin_encode(sizeof disk + 6000, room, &first);
    put(&first, sizeof first);
    put(&disk, sizeof disk);
    begin_segment(isec + 1);
    logrec_fragment_encode(sizeof disk + 6000 - room, &second);
    put(&second, sizeof second);
    at += sizeof disk + 6000 - room;
}

static void put_path_and_end(void)
{
    static const uint8_t detach[] = {
        LOGREC_DETACH_DB, 0xFF, 0xFF, 1, 10, 0, 0x10, 'D', 0, ':', 0, 0xE9, 0, '.', 0, 0, 0};
    static const uint8_t unknown[] = {LOGREC_SCAN_CHECK2, 1, 2, 3, 4, 5, 6, [26] = 0xAB};
    const struct logrec_term term = {
        .type = LOGREC_TERM2, .lgpos = {.generation = 6, .isec = 1},
             .is_hard = true
    };
    struct logrec_term_disk disk;

    put(detach, sizeof detach);
    put(unknown, sizeof unknown);
    logrec_term_encode(&term, &disk);
    put(&disk, sizeof disk);
}

static void put_move_and_cut(void)
{
    const struct logrec_page_move move = {
        .head = {.type = LOGREC_PAGE_MOVE,
                 .procid = 3,
                 .dbid = 1,
                 .pgno = 900,
                 .dbtime = 0x400,
                 .dbtime_before = 0x3F0,
                 .level = 1},
        .pgno_to = 40,
        .pgno_right = 901,
        .pgno_parent = 30,
        .right_before = 0x3F1,
        .parent_before = 0x3F2,
        .pgno_fdp = 30,
        .objid = 12,
        .iline_parent = 5,
        .front = {.size = 100               },
        .back = {.size = 12         },
    };
    const struct logrec_shrink_db shrink = {
        .type = LOGREC_SHRINK_DB3, .dbid = 1, .pgno = 800, .count_pages = 200, .dbtime = 0x401};
    struct logrec_page_move_disk move_disk;
    struct logrec_shrink_db_disk shrink_disk;

    logrec_page_move_encode(&move, &move_disk);
    put(&move_disk, sizeof move_disk);
    at += 100 + 12;
    put(&shrink_disk, logrec_shrink_db_encode(&shrink, &shrink_disk));
}

static void make_image(void)
{
    struct logheader_disk *header = (void *)image;

    memset(image, 0, sizeof image);
    header->generation = le32_make(GENERATION);
    header->segment_size = le16_make(LOGSEGMENT_SIZE);
    header->header_segments = le16_make(1);
    header->segment_count = le16_make(SEGMENTS);
    header->page_size = le16_make(4096);
    header->version_major = le32_make(LOGHEADER_MAJOR);
    header->version_minor = le32_make(LOGHEADER_MINOR);
    header->update_major = le32_make(5);
    header->update_minor = le32_make(14);
    header->filetype = le32_make(LOGHEADER_FILETYPE);
    begin_segment(1);
    put_small_transaction();
    put_fragments(1);
    begin_segment(3);
    put_path_and_end();
    put_move_and_cut();
}

static void seal_image(void)
{
    logheader_seal((void *)image);
    for (uint16_t isec = 1; isec <= 3; isec++)
        logsegment_seal(image + (size_t)isec * LOGSEGMENT_SIZE, isec, GENERATION);
}

/* Writes the image and dumps it; `*out` holds the text. */
static jet_err dump(struct temp_folder *folder, struct output *out)
{
    const struct report_settings settings = {.is_quiet = true};
    const char *path = temp_folder_write(folder, "edb00007.log", image, sizeof image);
    struct report report;
    jet_err err;

    memset(out, 0, sizeof *out);
    assert_int_equal(report_open(&report, &settings, out), JET_errSuccess);
    report_begin(&report, path);
    err = dump_log(&report, out, path);
    report_end(&report);
    report_close(&report);
    out->buffer[out->used] = '\0';
    return err;
}

static const char transaction_lines[] =
    "  0x7,1,0 Begin0: session 0x64, from level 0, levels 1, transaction 0x1004\n"
    "  0x7,1,30 Insert: session 0x64, database 1, page 51, dbtime 0x201 -> 0x205, transaction 0x1004, level 1, line 3, "
    "versioned, root 50, objid 30, rceid 0x42, key 7f80000001, data 4142434445464748\n"
    "  0x7,1,6F Commit0: session 0x64, to level 0, committed as 0x1008\n";

static const char other_lines[] =
    "  0x7,1,77 SetExternalHeader: session 0x2, database 1, page 9, dbtime 0x2f0 -> 0x300, transaction 0x0, level 1, "
    "line 0, root 9, objid 12, rceid 0x0, data 00000000000000000000000000000000, ... 6000 bytes\n"
    "  0x7,3,0 DetachDB: session 0xffff, database 1, path D:\xC3\xA9.\n"
    "  0x7,3,39 ScanCheck2: bytes 62010203040506000000000000000000, ... 27 bytes\n"
    "  0x7,3,54 Term2: begun at 0x6,1,0, hard\n"
    "  0x7,3,6E PageMove: session 0x3, database 1, page 900, dbtime 0x3f0 -> 0x400, transaction 0x0, level 1, line 0, "
    "root 30, objid 12, new page 40, right page 901, at 0x3f1, parent page 30, at 0x3f2, parent line 5, image 112\n"
    "  0x7,3,13E ShrinkDB3: database 1, page 800, pages 200\n";

static void every_record_is_a_line(void **state)
{
    struct output *out = calloc(1, sizeof *out);
    char expected[4096];

    make_image();
    seal_image();
    assert_int_equal(dump(*state, out), JET_errSuccess);
    snprintf(expected, sizeof expected, "%s%s", transaction_lines, other_lines);
    assert_string_equal(out->buffer, expected);
    free(out);
}

static void records_before_damage_are_shown(void **state)
{
    struct output *out = calloc(1, sizeof *out);

    make_image();
    seal_image();
    image[2 * LOGSEGMENT_SIZE + 100] ^= 3;
    assert_int_equal(dump(*state, out), JET_errLogFileCorrupt);
    assert_string_equal(out->buffer, transaction_lines);
    free(out);
}

static void a_record_that_cannot_be_is_damage_of_the_log(void **state)
{
    struct output *out = calloc(1, sizeof *out);

    make_image();
    image[LOGSEGMENT_SIZE + LOGSEGMENT_DATA_OFFSET + 8 + 63 + 8] = 200; /* no such type */
    seal_image();
    assert_int_equal(dump(*state, out), JET_errLogFileCorrupt);
    assert_string_equal(out->buffer, transaction_lines);
    free(out);
}

static void a_record_that_contradicts_itself_is_named(void **state)
{
    struct output *out = calloc(1, sizeof *out);

    make_image();
    image[LOGSEGMENT_SIZE + LOGSEGMENT_DATA_OFFSET + 3] = 0; /* begins no level */
    seal_image();
    assert_int_equal(dump(*state, out), JET_errSuccess);
    assert_int_equal(strncmp(out->buffer, "  0x7,1,0 Begin0: the log file is damaged, bytes 0864", 53), 0);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_record_is_a_line, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(records_before_damage_are_shown, temp_folder_setup, temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_record_that_cannot_be_is_damage_of_the_log, temp_folder_setup,
                                        temp_folder_teardown),
        cmocka_unit_test_setup_teardown(a_record_that_contradicts_itself_is_named, temp_folder_setup,
                                        temp_folder_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
