/* SPDX-License-Identifier: MIT */
/* Tests of log records: a small transaction as Windows writes it, the size of every type, and damage. */
#include "format/logrecord.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "pattern.h"

static const uint8_t golden_begin0[] = {0x08, 0x64, 0x00, 0x10, 0x04, 0x10, 0x00, 0x00};
static const uint8_t golden_insert[] = {
    0x1D, 0x64, 0x00, 0x01, 0x33, 0x00, 0x00, 0x00, 0x05, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x10, 0x00, 0x00, 0x01, 0x03, 0x00, 0x05,
    0x42, 0x00, 0x00, 0x00, 0x32, 0x00, 0x00, 0x00, 0x1E, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x7F, 0x80, 0x00, 0x00, 0x01, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
};
static const uint8_t golden_commit0[] = {0x09, 0x64, 0x00, 0x00, 0x08, 0x10, 0x00, 0x00};

static void a_small_transaction_is_read(void **state)
{
    struct logrec_begin begin;
    struct logrec_insert insert;
    struct logrec_commit commit;

    assert_int_equal(logrec_begin_decode(golden_begin0, sizeof golden_begin0, &begin), JET_errSuccess);
    assert_int_equal(begin.procid, 0x64);
    assert_int_equal(begin.level_from, 0);
    assert_int_equal(begin.level_count, 1);
    assert_int_equal(begin.trx_begin0, 0x1004);

    assert_int_equal(logrec_insert_decode(golden_insert, sizeof golden_insert, &insert), JET_errSuccess);
    assert_int_equal(insert.head.page.dbid, 1);
    assert_int_equal(insert.head.page.pgno, 51);
    assert_int_equal(insert.head.page.iline, 3);
    assert_int_equal(insert.head.page.dbtime_before, 0x201);
    assert_int_equal(insert.head.page.dbtime, 0x205);
    assert_int_equal(insert.head.page.trx_begin0, 0x1004);
    assert_int_equal(insert.head.page.level, 1);
    assert_int_equal(insert.head.page.flags, LOGREC_FLAG_VERSIONED | LOGREC_FLAG_UNIQUE);
    assert_int_equal(insert.head.rceid, 0x42);
    assert_int_equal(insert.head.pgno_fdp, 50);
    assert_int_equal(insert.head.objid, 30);
    assert_int_equal(insert.prefix.size, 0);
    assert_int_equal(insert.suffix.size, 5);
    assert_memory_equal(insert.suffix.bytes, "\x7F\x80\x00\x00\x01", 5);
    assert_int_equal(insert.data.size, 8);
    assert_memory_equal(insert.data.bytes, "ABCDEFGH", 8);

    assert_int_equal(logrec_commit_decode(golden_commit0, sizeof golden_commit0, &commit), JET_errSuccess);
    assert_int_equal(commit.trx_commit0, 0x1008);
}

static void a_small_transaction_is_written(void **state)
{
    const struct logrec_begin begin = {.type = LOGREC_BEGIN0, .procid = 0x64, .level_count = 1, .trx_begin0 = 0x1004};
    const struct logrec_commit commit = {.type = LOGREC_COMMIT0, .procid = 0x64, .trx_commit0 = 0x1008};
    struct logrec_begin_disk begin_disk;
    struct logrec_insert_disk insert_disk;
    struct logrec_commit_disk commit_disk;
    struct logrec_insert insert;

    assert_int_equal(logrec_begin_encode(&begin, &begin_disk), sizeof golden_begin0);
    assert_memory_equal(&begin_disk, golden_begin0, sizeof golden_begin0);
    assert_int_equal(logrec_insert_decode(golden_insert, sizeof golden_insert, &insert), JET_errSuccess);
    logrec_insert_encode(&insert, &insert_disk);
    assert_memory_equal(&insert_disk, golden_insert, sizeof insert_disk);
    assert_int_equal(logrec_commit_encode(&commit, &commit_disk), sizeof golden_commit0);
    assert_memory_equal(&commit_disk, golden_commit0, sizeof golden_commit0);
}

static void a_record_takes_what_its_lengths_say(void **state)
{
    size_t size = 0;

    assert_int_equal(logrec_size(golden_insert, sizeof golden_insert, &size), JET_errSuccess);
    assert_int_equal(size, sizeof golden_insert);
    for (size_t available = 0; available < sizeof golden_insert; available++) {
        const jet_err expected = available < sizeof(struct logrec_insert_disk) ? JET_errBufferTooSmall : JET_errSuccess;

        assert_int_equal(logrec_size(golden_insert, available, &size), JET_errLogFileCorrupt);
        size = 0;
        assert_int_equal(logrec_size_expected(golden_insert, available, &size), expected);
        assert_int_equal(size, expected == JET_errSuccess ? sizeof golden_insert : 0);
    }
}

/* ---- every type ---- */

struct length_row {
    unsigned type;
    unsigned fixed_size;
    struct {
        unsigned offset, width;
    } lengths[4];
};

/* Typed from the specification, not from the code. */
static const struct length_row length_rows[] = {
    {0,   1,   {{0}}                                 },
    {1,   568, {{0}}                                 },
    {2,   18,  {{0}}                                 },
    {3,   9,   {{0}}                                 },
    {4,   1,   {{0}}                                 },
    {5,   4,   {{0}}                                 },
    {6,   4,   {{0}}                                 },
    {7,   4,   {{0}}                                 },
    {8,   8,   {{0}}                                 },
    {9,   8,   {{0}}                                 },
    {10,  7,   {{0}}                                 },
    {11,  11,  {{0}}                                 },
    {12,  11,  {{0}}                                 },
    {13,  11,  {{0}}                                 },
    {14,  43,  {{40, 2}}                             },
    {15,  75,  {{72, 2}}                             },
    {16,  7,   {{4, 2}}                              },
    {17,  1,   {{0}}                                 },
    {18,  18,  {{0}}                                 },
    {19,  3,   {{1, 2}}                              },
    {20,  3,   {{1, 2}}                              },
    {21,  4,   {{0}}                                 },
    {22,  5,   {{3, 2}}                              },
    {23,  1,   {{0}}                                 },
    {24,  56,  {{0}}                                 },
    {25,  48,  {{0}}                                 },
    {26,  60,  {{0}}                                 },
    {27,  102, {{96, 2}, {98, 2}, {100, 2}}          },
    {29,  50,  {{44, 2}, {46, 2}, {48, 2}}           },
    {30,  48,  {{44, 2}, {46, 2}}                    },
    {31,  52,  {{44, 2}, {46, 2}}                    },
    {32,  44,  {{0}}                                 },
    {33,  50,  {{44, 2}}                             },
    {34,  50,  {{44, 2}}                             },
    {35,  44,  {{0}}                                 },
    {36,  56,  {{44, 2}, {46, 2}, {54, 2}}           },
    {37,  54,  {{44, 2}, {46, 2}}                    },
    {38,  46,  {{44, 2}}                             },
    {39,  51,  {{44, 2}, {46, 2}}                    },
    {42,  22,  {{0}}                                 },
    {45,  3,   {{1, 2}}                              },
    {46,  5,   {{3, 2}}                              },
    {48,  46,  {{44, 2}}                             },
    {49,  576, {{0}}                                 },
    {50,  26,  {{0}}                                 },
    {51,  9,   {{0}}                                 },
    {52,  26,  {{0}}                                 },
    {53,  8,   {{0}}                                 },
    {54,  7,   {{3, 4}}                              },
    {55,  3,   {{0}}                                 },
    {57,  3,   {{0}}                                 },
    {58,  68,  {{0}}                                 },
    {59,  3,   {{1, 2}}                              },
    {60,  35,  {{33, 2}}                             },
    {61,  5,   {{3, 2}}                              },
    {62,  110, {{96, 2}, {98, 2}, {100, 2}, {106, 4}}},
    {63,  96,  {{86, 2}, {92, 4}}                    },
    {64,  54,  {{52, 2}}                             },
    {65,  96,  {{88, 4}, {92, 4}}                    },
    {66,  46,  {{0}}                                 },
    {67,  5,   {{1, 4}}                              },
    {68,  5,   {{1, 4}}                              },
    {69,  5,   {{1, 4}}                              },
    {70,  5,   {{1, 4}}                              },
    {71,  5,   {{1, 4}}                              },
    {72,  5,   {{1, 4}}                              },
    {73,  5,   {{1, 4}}                              },
    {74,  5,   {{1, 4}}                              },
    {75,  5,   {{1, 4}}                              },
    {76,  7,   {{5, 2}}                              },
    {77,  3,   {{1, 2}}                              },
    {78,  10,  {{0}}                                 },
    {79,  4,   {{0}}                                 },
    {80,  26,  {{0}}                                 },
    {81,  10,  {{0}}                                 },
    {82,  5,   {{1, 4}}                              },
    {91,  5,   {{1, 4}}                              },
    {92,  14,  {{0}}                                 },
    {93,  58,  {{44, 2}, {46, 2}}                    },
    {94,  10,  {{0}}                                 },
    {95,  20,  {{0}}                                 },
    {96,  16,  {{0}}                                 },
    {97,  2,   {{0}}                                 },
    {98,  27,  {{0}}                                 },
    {99,  18,  {{0}}                                 },
    {100, 11,  {{0}}                                 },
    {101, 19,  {{0}}                                 },
};

static void sizes_are_fixed_parts_and_lengths(void **state)
{
    static uint8_t bytes[1024];
    size_t size = 0;

    for (size_t i = 0; i < COUNT_OF(length_rows); i++) {
        const struct length_row *row = &length_rows[i];
        size_t expected = row->fixed_size;

        memset(bytes, 0, sizeof bytes);
        bytes[0] = (uint8_t)row->type;
        assert_int_equal(logrec_size(bytes, sizeof bytes, &size), JET_errSuccess);
        assert_int_equal(size, expected);
        for (unsigned k = 0; k < 4 && row->lengths[k].width > 0; k++) {
            bytes[row->lengths[k].offset] = (uint8_t)(3 + 10 * k);
            expected += 3 + 10 * k;
            assert_int_equal(logrec_size(bytes, sizeof bytes, &size), JET_errSuccess);
            assert_int_equal(size, expected);
        }
        for (size_t available = 0; available < expected; available++)
            assert_int_equal(logrec_size(bytes, available, &size), JET_errLogFileCorrupt);
        assert_int_equal(logrec_size(bytes, expected, &size), JET_errSuccess);
    }
}

static void lengths_with_a_flag_are_read_without_it(void **state)
{
    uint8_t create[64] = {LOGREC_CREATE_DB, [40] = 5, [42] = LOGREC_CREATE_DB_VERSION};
    uint8_t replace[64] = {LOGREC_REPLACE_D, [44] = 5, [45] = 0x80};
    size_t size = 0;

    assert_int_equal(logrec_size(create, sizeof create, &size), JET_errSuccess);
    assert_int_equal(size, 43 + 4 + 5);
    assert_int_equal(logrec_size(replace, sizeof replace, &size), JET_errSuccess);
    assert_int_equal(size, 50 + 5);
}

static void unknown_types_are_corrupt(void **state)
{
    static const uint8_t absent[] = {28, 40, 41, 43, 44, 47, 56, 102, 103, 200, 255};
    size_t size;

    for (size_t i = 0; i < sizeof absent; i++) {
        const uint8_t bytes[16] = {absent[i]};

        assert_int_equal(logrec_size(bytes, sizeof bytes, &size), JET_errLogFileCorrupt);
        assert_int_equal(logrec_size_expected(bytes, sizeof bytes, &size), JET_errLogFileCorrupt);
        assert_null(logrec_info(absent[i]));
        assert_string_equal(logrec_name(absent[i]), "unknown");
    }
    assert_int_equal(logrec_size_expected("", 0, &size), JET_errBufferTooSmall);
}

static void sizes_that_no_log_can_hold_are_corrupt(void **state)
{
    static const uint8_t huge[] = {LOGREC_NOP2, 0xFF, 0xFF, 0xFF, 0xFF, 0};
    uint8_t move[96] = {LOGREC_PAGE_MOVE};
    size_t size;

    assert_int_equal(logrec_size_expected(huge, sizeof huge, &size), JET_errLogFileCorrupt);
    memset(move + 88, 0xFF, 8);
    assert_int_equal(logrec_size_expected(move, sizeof move, &size), JET_errLogFileCorrupt);
}

static void types_have_names_and_classes(void **state)
{
    assert_string_equal(logrec_name(LOGREC_INSERT), "Insert");
    assert_string_equal(logrec_name(101), "ExtentFreed2");
    assert_int_equal(logrec_info(LOGREC_SPLIT)->class, LOGREC_CLASS_PAGE);
    assert_int_equal(logrec_info(LOGREC_UNDO)->class, LOGREC_CLASS_NODE);
    assert_true(logrec_is_ignored(LOGREC_NOP2) && logrec_is_ignored(82) && logrec_is_ignored(91));
    assert_false(logrec_is_ignored(76) || logrec_is_ignored(81) || logrec_is_ignored(92) || logrec_is_ignored(66));
    assert_true(logrec_is_clean_end(LOGREC_TERM2) && logrec_is_clean_end(LOGREC_RECOVERY_QUIT_KEEP));
    assert_false(logrec_is_clean_end(LOGREC_SHUT_DOWN_MARK) || logrec_is_clean_end(LOGREC_RECOVERY_UNDO2));
}

/* ---- round trips: bytes -> meaning -> the same bytes ---- */

enum { RECORD_MAX = 1024 };

/* The fixed part again; returns its size. */
typedef size_t round_trip(const uint8_t *bytes, size_t size, uint8_t *again);

#define ROUND_TRIP(name)                                                                                               \
    static size_t round_##name(const uint8_t *bytes, size_t size, uint8_t *again)                                      \
    {                                                                                                                  \
        struct logrec_##name record;                                                                                   \
        struct logrec_##name##_disk disk;                                                                              \
                                                                                                                       \
        if (logrec_##name##_decode(bytes, size, &record) < JET_errSuccess)                                             \
            return 0;                                                                                                  \
        logrec_##name##_encode(&record, &disk);                                                                        \
        memcpy(again, &disk, sizeof disk);                                                                             \
        return sizeof disk;                                                                                            \
    }

/* Of a record whose encoder returns the size. */
#define ROUND_TRIP_SIZED(name, disk_type)                                                                              \
    static size_t round_##name(const uint8_t *bytes, size_t size, uint8_t *again)                                      \
    {                                                                                                                  \
        struct logrec_##name record;                                                                                   \
        disk_type disk;                                                                                                \
        size_t fixed_size;                                                                                             \
                                                                                                                       \
        if (logrec_##name##_decode(bytes, size, &record) < JET_errSuccess)                                             \
            return 0;                                                                                                  \
        fixed_size = logrec_##name##_encode(&record, &disk);                                                           \
        memcpy(again, &disk, fixed_size);                                                                              \
        return fixed_size;                                                                                             \
    }

ROUND_TRIP(refresh)
ROUND_TRIP(macro)
ROUND_TRIP(note)
ROUND_TRIP(backup)
ROUND_TRIP(init)
ROUND_TRIP(term)
ROUND_TRIP(create_db)
ROUND_TRIP(create_db_finish)
ROUND_TRIP(attach_db)
ROUND_TRIP(detach_db)
ROUND_TRIP(set_db_version)
ROUND_TRIP(extend_db)
ROUND_TRIP(new_page)
ROUND_TRIP(insert)
ROUND_TRIP(flag_insert)
ROUND_TRIP(flag_insert_replace)
ROUND_TRIP(node_head)
ROUND_TRIP(replace)
ROUND_TRIP(undo_info)
ROUND_TRIP(undo)
ROUND_TRIP(external_header)
ROUND_TRIP(empty_tree)
ROUND_TRIP(split)
ROUND_TRIP(merge)
ROUND_TRIP(convert_fdp)
ROUND_TRIP_SIZED(begin, struct logrec_begin_disk)
ROUND_TRIP_SIZED(commit, struct logrec_commit_disk)
ROUND_TRIP_SIZED(macro_info, struct logrec_macro_info2_disk)
ROUND_TRIP_SIZED(delta, union logrec_delta_any_disk)
ROUND_TRIP_SIZED(create_fdp, union logrec_create_fdp_disk)

/* Bytes of a record that are not arbitrary. */
struct fixed_byte {
    unsigned offset;
    uint8_t value;
};

static const struct {
    uint8_t type;
    round_trip *trip;
    unsigned size;               /* of the whole record */
    struct fixed_byte bytes[12]; /* offset 0 ends the list */
} trips[] = {
    {LOGREC_BEGIN,               round_begin,               4,        {{3, 0x21}}                                                      },
    {LOGREC_BEGIN0,              round_begin,               8,        {{3, 0x20}}                                                      },
    {LOGREC_COMMIT,              round_commit,              4,        {{0}}                                                            },
    {LOGREC_COMMIT0,             round_commit,              8,        {{0}}                                                            },
    {LOGREC_ROLLBACK,            round_commit,              4,        {{0}}                                                            },
    {LOGREC_REFRESH,             round_refresh,             7,        {{0}}                                                            },
    {LOGREC_MACRO_BEGIN,         round_macro,               11,       {{0}}                                                            },
    {LOGREC_MACRO_COMMIT,        round_macro,               11,       {{0}}                                                            },
    {LOGREC_MACRO_ABORT,         round_macro,               11,       {{0}}                                                            },
    {LOGREC_MACRO_INFO,          round_macro_info,          5 + 12,   {{1, 12}, {2, 0}, {3, 0}, {4, 0}}                                },
    {LOGREC_MACRO_INFO2,         round_macro_info,          10 + 8,   {{1, 13}, {2, 0}, {3, 0}, {4, 0}, {6, 2}, {7, 0}, {8, 0}, {9, 0}}},
    {LOGREC_FORCE_LOG_ROLLOVER,  round_note,                5 + 6,    {{3, 6}, {4, 0}}                                                 },
    {LOGREC_TRACE,               round_note,                5,        {{3, 0}, {4, 0}}                                                 },
    {LOGREC_BACKUP2,             round_backup,              35 + 3,   {{32, 0}, {33, 3}, {34, 0}}                                      },
    {LOGREC_INIT2,               round_init,                576,      {{0}}                                                            },
    {LOGREC_TERM2,               round_term,                26,       {{17, 1}}                                                        },
    {LOGREC_RECOVERY_QUIT2,      round_term,                26,       {{17, 0}}                                                        },
    {LOGREC_RECOVERY_QUIT_KEEP,  round_term,                26,       {{17, 1}}                                                        },
    {LOGREC_CREATE_DB,           round_create_db,           47 + 6,   {{40, 6}, {41, 0}, {42, 0x0C}, {51, 0}, {52, 0}}                 },
    {LOGREC_CREATE_DB,           round_create_db,           47 + 3,   {{40, 3}, {41, 0}, {42, 0x14}, {49, 0}}                          },
    {LOGREC_CREATE_DB_FINISH,    round_create_db_finish,    4,        {{0}}                                                            },
    {LOGREC_ATTACH_DB,           round_attach_db,           75 + 4,   {{72, 4}, {73, 0}, {74, 0x18}, {77, 0}, {78, 0}}                 },
    {LOGREC_DETACH_DB,           round_detach_db,           7 + 2,    {{4, 2}, {5, 0}, {6, 0x10}, {7, 0}, {8, 0}}                      },
    {LOGREC_DETACH_DB,           round_detach_db,           7 + 3,    {{4, 3}, {5, 0}, {6, 0}, {9, 0}}                                 },
    {LOGREC_SET_DB_VERSION,      round_set_db_version,      14,       {{0}}                                                            },
    {LOGREC_EXTEND_DB,           round_extend_db,           10,       {{1, 5}, {2, 0}, {3, 0}, {4, 0}}                                 },
    {LOGREC_NEW_PAGE,            round_new_page,            20,       {{0}}                                                            },
    {LOGREC_INSERT,              round_insert,              50 + 12,  {{44, 5}, {45, 0}, {46, 4}, {47, 0}, {48, 3}, {49, 0}}           },
    {LOGREC_FLAG_INSERT,         round_flag_insert,         48 + 9,   {{44, 5}, {45, 0}, {46, 4}, {47, 0}}                             },
    {LOGREC_FLAG_INSERT_REPLACE, round_flag_insert_replace, 52 + 9,   {{44, 5}, {45, 0}, {46, 4}, {47, 0}}                             },
    {LOGREC_FLAG_DELETE,         round_node_head,           44,       {{0}}                                                            },
    {LOGREC_DELETE,              round_node_head,           44,       {{0}}                                                            },
    {LOGREC_REPLACE,             round_replace,             50 + 7,   {{44, 7}, {45, 0}, {48, 7}, {49, 0}}                             },
    {LOGREC_REPLACE_D,           round_replace,             50 + 7,   {{44, 7}, {45, 0}}                                               },
    {LOGREC_REPLACE_D,           round_replace,             50 + 7,   {{44, 7}, {45, 0x80}}                                            },
    {LOGREC_UNDO_INFO,           round_undo_info,           56 + 12,  {{44, 5}, {45, 0}, {46, 4}, {47, 0}, {54, 3}, {55, 0}}           },
    {LOGREC_DELTA,               round_delta,               54 + 9,   {{44, 5}, {45, 0}, {46, 4}, {47, 0}}                             },
    {LOGREC_DELTA64,             round_delta,               58 + 9,   {{44, 5}, {45, 0}, {46, 4}, {47, 0}}                             },
    {LOGREC_SET_EXTERNAL_HEADER, round_external_header,     46 + 16,  {{44, 16}, {45, 0}}                                              },
    {LOGREC_UNDO,                round_undo,                51 + 9,   {{44, 5}, {45, 0}, {46, 4}, {47, 0}}                             },
    {LOGREC_EMPTY_TREE,          round_empty_tree,          46 + 32,  {{44, 32}, {45, 0}}                                              },
    {LOGREC_SPLIT,
     round_split,                                           110 + 15,
     {{96, 2}, {97, 0}, {98, 3}, {99, 0}, {100, 4}, {101, 0}, {106, 6}, {107, 0}, {108, 0}, {109, 0}}                                  },
    {LOGREC_MERGE,               round_merge,               96 + 11,  {{86, 5}, {87, 0}, {92, 6}, {93, 0}, {94, 0}, {95, 0}}           },
    {LOGREC_CREATE_SINGLE_FDP,   round_create_fdp,          48,       {{0}}                                                            },
    {LOGREC_CREATE_MULTIPLE_FDP, round_create_fdp,          56,       {{0}}                                                            },
    {LOGREC_CONVERT_FDP,         round_convert_fdp,         68,       {{0}}                                                            },
};

static void make(size_t row, uint32_t seed, uint8_t bytes[RECORD_MAX])
{
    pattern_random(bytes, RECORD_MAX, &seed);
    for (unsigned i = 0; i < RECORD_MAX; i++)
        bytes[i] |= 1; /* not zero, so that no path ends early */
    bytes[0] = trips[row].type;
    for (unsigned i = 0; i < COUNT_OF(trips[row].bytes) && trips[row].bytes[i].offset > 0; i++)
        bytes[trips[row].bytes[i].offset] = trips[row].bytes[i].value;
}

static void what_is_decoded_encodes_to_the_same_bytes(void **state)
{
    static uint8_t bytes[RECORD_MAX], again[RECORD_MAX];

    for (size_t row = 0; row < COUNT_OF(trips); row++) {
        for (uint32_t seed = 1; seed <= 20; seed++) {
            size_t size = 0;

            make(row, seed, bytes);
            assert_int_equal(logrec_size(bytes, sizeof bytes, &size), JET_errSuccess);
            assert_int_equal(size, trips[row].size);
            memset(again, 0xEE, sizeof again);
            size = trips[row].trip(bytes, size, again);
            assert_in_range(size, 1, trips[row].size);
            assert_memory_equal(again, bytes, size);
        }
    }
}

static void records_of_another_size_or_type_are_refused(void **state)
{
    static uint8_t bytes[RECORD_MAX], again[RECORD_MAX];

    for (size_t row = 0; row < COUNT_OF(trips); row++) {
        make(row, 7, bytes);
        for (size_t size = 0; size <= trips[row].size + 1; size++)
            assert_int_equal(trips[row].trip(bytes, size, again) > 0, size == trips[row].size);
        memset(bytes, 0, sizeof bytes);
        bytes[0] = LOGREC_SCAN_CHECK2; /* which no decoder takes */
        assert_int_equal(trips[row].trip(bytes, 27, again), 0);
    }
}

/* ---- payloads ---- */

static void expect_span(struct logrec_span span, const char *text)
{
    assert_int_equal(span.size, strlen(text));
    assert_memory_equal(span.bytes, text, span.size);
}

/* A record of fixed part and text. */
static size_t join(uint8_t bytes[RECORD_MAX], const void *fixed, size_t fixed_size, const char *text)
{
    memcpy(bytes, fixed, fixed_size);
    memcpy(bytes + fixed_size, text, strlen(text));
    return fixed_size + strlen(text);
}

static void payloads_lie_in_their_order(void **state)
{
    uint8_t bytes[RECORD_MAX];
    struct logrec_split split = {.head = {.type = LOGREC_SPLIT},
                                 .separator = {.size = 3},
                                 .old_prefix = {.size = 2},
                                 .new_prefix = {.size = 1},
                                 .image = {.size = 4}};
    struct logrec_merge merge = {.head = {.type = LOGREC_MERGE}, .separator = {.size = 3}, .image = {.size = 4}};
    struct logrec_insert insert = {
        .head.page.type = LOGREC_INSERT, .prefix = {.size = 2}, .suffix = {.size = 3}, .data = {.size = 1}};
    struct logrec_undo_info info = {
        .head.page.type = LOGREC_UNDO_INFO, .key = {.size = 3}, .bookmark = {.size = 2}, .data = {.size = 1}};
    struct logrec_split_disk split_disk;
    struct logrec_merge_disk merge_disk;
    struct logrec_insert_disk insert_disk;
    struct logrec_undo_info_disk info_disk;
    size_t size;

    logrec_split_encode(&split, &split_disk);
    size = join(bytes, &split_disk, sizeof split_disk, "SEPopnPAGE");
    assert_int_equal(logrec_split_decode(bytes, size, &split), JET_errSuccess);
    expect_span(split.separator, "SEP");
    expect_span(split.old_prefix, "op");
    expect_span(split.new_prefix, "n");
    expect_span(split.image, "PAGE");

    logrec_merge_encode(&merge, &merge_disk);
    size = join(bytes, &merge_disk, sizeof merge_disk, "SEPPAGE");
    assert_int_equal(logrec_merge_decode(bytes, size, &merge), JET_errSuccess);
    expect_span(merge.separator, "SEP");
    expect_span(merge.image, "PAGE");

    logrec_insert_encode(&insert, &insert_disk);
    size = join(bytes, &insert_disk, sizeof insert_disk, "prsufd");
    assert_int_equal(logrec_insert_decode(bytes, size, &insert), JET_errSuccess);
    expect_span(insert.prefix, "pr");
    expect_span(insert.suffix, "suf");
    expect_span(insert.data, "d");

    logrec_undo_info_encode(&info, &info_disk);
    size = join(bytes, &info_disk, sizeof info_disk, "keybmd");
    assert_int_equal(logrec_undo_info_decode(bytes, size, &info), JET_errSuccess);
    expect_span(info.key, "key");
    expect_span(info.bookmark, "bm");
    expect_span(info.data, "d");
}

static void negative_numbers_stay_negative(void **state)
{
    struct logrec_delta delta = {.head.page.type = LOGREC_DELTA, .delta = -2};
    struct logrec_undo_info info = {.head.page.type = LOGREC_UNDO_INFO, .size_max = -3, .size_delta = -4};
    struct logrec_split split = {.head.type = LOGREC_SPLIT, .iline_prefix = -1, .uncommitted = -5};
    union logrec_delta_any_disk delta_disk;
    struct logrec_undo_info_disk info_disk;
    struct logrec_split_disk split_disk;
    size_t size = logrec_delta_encode(&delta, &delta_disk);

    assert_int_equal(logrec_delta_decode(&delta_disk, size, &delta), JET_errSuccess);
    assert_true(delta.delta == -2);
    delta.head.page.type = LOGREC_DELTA64;
    delta.delta = INT64_MIN;
    size = logrec_delta_encode(&delta, &delta_disk);
    assert_int_equal(logrec_delta_decode(&delta_disk, size, &delta), JET_errSuccess);
    assert_true(delta.delta == INT64_MIN);
    logrec_undo_info_encode(&info, &info_disk);
    assert_int_equal(logrec_undo_info_decode(&info_disk, sizeof info_disk, &info), JET_errSuccess);
    assert_int_equal(info.size_max, -3);
    assert_int_equal(info.size_delta, -4);
    logrec_split_encode(&split, &split_disk);
    assert_int_equal(logrec_split_decode(&split_disk, sizeof split_disk, &split), JET_errSuccess);
    assert_int_equal(split.iline_prefix, -1);
    assert_int_equal(split.uncommitted, -5);
}

static void what_contradicts_itself_is_corrupt(void **state)
{
    static const uint8_t no_levels[] = {LOGREC_BEGIN0, 1, 0, 0, 4, 0, 0, 0}, from_zero[] = {LOGREC_BEGIN, 1, 0, 0x10};
    static const uint8_t no_nul[] = {LOGREC_DETACH_DB, 1, 0, 1, 2, 0, 0, 'a', 'b'};
    static const uint8_t half_character[] = {LOGREC_DETACH_DB, 1, 0, 1, 3, 0, 0x10, 'a', 0, 0};
    static const uint8_t no_path[] = {LOGREC_DETACH_DB, 1, 0, 1, 0, 0, 0};
    static const uint8_t half_page[] = {LOGREC_MACRO_INFO, 3, 0, 0, 0, 1, 0, 0};
    static const uint8_t too_few[] = {LOGREC_MACRO_INFO2, 9, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0};
    static const uint8_t short_extend[] = {LOGREC_EXTEND_DB, 4, 0, 0, 0, 1, 2, 0, 0};
    uint8_t replace[50 + 4] = {LOGREC_REPLACE, [44] = 4, [48] = 5}, empty[46 + 5] = {LOGREC_EMPTY_TREE, [44] = 5};
    struct logrec_begin begin;
    struct logrec_detach_db detach;
    struct logrec_macro_info info;
    struct logrec_extend_db extend;
    struct logrec_replace replaced;
    struct logrec_empty_tree emptied;

    assert_int_equal(logrec_begin_decode(no_levels, sizeof no_levels, &begin), JET_errLogFileCorrupt);
    assert_int_equal(logrec_begin_decode(from_zero, sizeof from_zero, &begin), JET_errLogFileCorrupt);
    assert_int_equal(logrec_detach_db_decode(no_nul, sizeof no_nul, &detach), JET_errLogFileCorrupt);
    assert_int_equal(logrec_detach_db_decode(half_character, sizeof half_character, &detach), JET_errLogFileCorrupt);
    assert_int_equal(logrec_detach_db_decode(no_path, sizeof no_path, &detach), JET_errLogFileCorrupt);
    assert_int_equal(logrec_macro_info_decode(half_page, sizeof half_page, &info), JET_errLogFileCorrupt);
    assert_int_equal(logrec_macro_info_decode(too_few, sizeof too_few, &info), JET_errLogFileCorrupt);
    assert_int_equal(logrec_extend_db_decode(short_extend, sizeof short_extend, &extend), JET_errLogFileCorrupt);
    assert_int_equal(logrec_replace_decode(replace, sizeof replace, &replaced), JET_errLogFileCorrupt);
    assert_int_equal(logrec_empty_tree_decode(empty, sizeof empty, &emptied), JET_errLogFileCorrupt);
}

static void fragments_have_a_piece_and_the_first_a_size(void **state)
{
    uint8_t bytes[16];
    struct logrec_fragment_begin_disk begin;
    struct logrec_fragment_disk next;
    struct logrec_fragment fragment;
    size_t size;

    logrec_fragment_begin_encode(5000, 4, &begin);
    memcpy(bytes, &begin, sizeof begin);
    memcpy(bytes + sizeof begin, "abcd", 4);
    size = sizeof begin + 4;
    assert_int_equal(logrec_fragment_decode(bytes, size, &fragment), JET_errSuccess);
    assert_true(fragment.is_first);
    assert_int_equal(fragment.total_size, 5000);
    expect_span(fragment.piece, "abcd");
    bytes[1] = 4; /* a record that needed no fragments */
    bytes[2] = 0;
    assert_int_equal(logrec_fragment_decode(bytes, size, &fragment), JET_errLogFileCorrupt);

    logrec_fragment_encode(2, &next);
    memcpy(bytes, &next, sizeof next);
    memcpy(bytes + sizeof next, "xy", 2);
    assert_int_equal(logrec_fragment_decode(bytes, sizeof next + 2, &fragment), JET_errSuccess);
    assert_false(fragment.is_first);
    expect_span(fragment.piece, "xy");
    bytes[1] = 0;
    assert_int_equal(logrec_fragment_decode(bytes, sizeof next, &fragment), JET_errLogFileCorrupt);
}

static void small_records_are_written_as_they_are_read(void **state)
{
    static const uint8_t nop2[] = {LOGREC_NOP2, 15, 0, 0, 0}, force[] = {LOGREC_FORCE_WRITE_LOG, 0x34, 0x12};
    const struct logtime_disk time = {.second = 1, .day = 2, .year = 120};
    struct logrec_ignored_disk nop2_disk;
    struct logrec_force_write_disk force_disk;
    struct logrec_recovery_undo_disk undo_disk;
    size_t size = 0;

    logrec_nop2_encode(20, &nop2_disk);
    assert_memory_equal(&nop2_disk, nop2, sizeof nop2);
    logrec_force_write_encode(0x1234, &force_disk);
    assert_memory_equal(&force_disk, force, sizeof force);
    logrec_recovery_undo_encode(time, &undo_disk);
    assert_int_equal(logrec_size(&undo_disk, sizeof undo_disk, &size), JET_errSuccess);
    assert_int_equal(size, 9);
    assert_true(logtime_equal(undo_disk.time, time));
}

/* Which of them an engine writes depends on who is to read it; only the last has a dbtime. */
static void a_shrink_is_as_long_as_its_kind(void **state)
{
    static const uint8_t bytes[18] = {LOGREC_SHRINK_DB, 2, 9, 1, 0, 0, 5, 0, 0, 0};
    static const struct {
        uint8_t type;
        size_t size;
    } kinds[] = {
        {LOGREC_SHRINK_DB,  10},
        {LOGREC_SHRINK_DB2, 10},
        {LOGREC_SHRINK_DB3, 18},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const bool has_dbtime = kinds[i].size == sizeof bytes;
        const struct logrec_shrink_db shrink = {
            .type = kinds[i].type, .dbid = 2, .pgno = 0x109, .count_pages = 5, .dbtime = has_dbtime ? 7 : 0};
        struct logrec_shrink_db_disk disk;
        struct logrec_shrink_db read;
        assert_int_equal(logrec_shrink_db_encode(&shrink, &disk), kinds[i].size);
        assert_memory_equal((const uint8_t *)&disk + 1, bytes + 1, 9);
        assert_int_equal(logrec_shrink_db_decode(&disk, kinds[i].size, &read), JET_errSuccess);
        assert_int_equal(read.type, kinds[i].type);
        assert_int_equal(read.pgno, 0x109);
        assert_int_equal(read.count_pages, 5);
        assert_int_equal(read.dbtime, shrink.dbtime);
    }
}

static void a_page_move_comes_back(void **state)
{
    uint8_t bytes[sizeof(struct logrec_page_move_disk) + 5];
    const struct logrec_page_move move = {
        .head = {.type = LOGREC_PAGE_MOVE, .procid = 7, .dbid = 2, .pgno = 900, .dbtime = 12, .dbtime_before = 11},
        .pgno_to = 40,
        .pgno_left = 41,
        .pgno_right = 42,
        .pgno_parent = 43,
        .left_before = 5,
        .right_before = 6,
        .parent_before = 7,
        .pgno_fdp = 30,
        .objid = 31,
        .iline_parent = 3,
        .front = {(const uint8_t *)"abc",             3           },
        .back = {(const uint8_t *)"de",                        2             },
    };
    struct logrec_page_move read;
    size_t size;
    logrec_page_move_encode(&move, (struct logrec_page_move_disk *)bytes);
    memcpy(bytes + sizeof(struct logrec_page_move_disk), "abcde", 5);
    assert_int_equal(logrec_size(bytes, sizeof bytes, &size), JET_errSuccess);
    assert_int_equal(size, sizeof bytes);
    assert_int_equal(logrec_page_move_decode(bytes, sizeof bytes, &read), JET_errSuccess);
    assert_int_equal(read.head.pgno, 900);
    assert_int_equal(read.head.dbtime_before, 11);
    assert_int_equal(read.pgno_to, 40);
    assert_int_equal(read.pgno_left, 41);
    assert_int_equal(read.pgno_right, 42);
    assert_int_equal(read.pgno_parent, 43);
    assert_int_equal(read.left_before, 5);
    assert_int_equal(read.right_before, 6);
    assert_int_equal(read.parent_before, 7);
    assert_int_equal(read.pgno_fdp, 30);
    assert_int_equal(read.objid, 31);
    assert_int_equal(read.iline_parent, 3);
    assert_int_equal(read.flags, 0);
    assert_memory_equal(read.front.bytes, "abc", read.front.size);
    assert_int_equal(read.back.size, 2);
    assert_memory_equal(read.back.bytes, "de", 2);
}

static void records_that_are_only_read(void **state)
{
    static const uint8_t shrink3[18] = {LOGREC_SHRINK_DB3, 2, 9, 0, 0, 0, 5, 0, 0, 0, 7};
    static const uint8_t trim[10] = {LOGREC_TRIM_DB, 2, 9, 0, 0, 0, 5};
    static const uint8_t root[16] = {LOGREC_ROOT_PAGE_MOVE, 7, [9] = 2, [10] = 30, [14] = 100};
    static const uint8_t reattach[50] = {LOGREC_REATTACH, 45, [5] = 3, [10] = 8, [18] = 9, [22] = 1};
    static const uint8_t scrub[54 + 3] = {LOGREC_SCRUB, [44] = 1, [48] = 2, [52] = 3};
    static const uint8_t move[96 + 5] = {
        LOGREC_PAGE_MOVE, [32] = 77, [80] = 0xFF, 0xFF, 0xFF, 0xFF, [88] = 3, [92] = 2, [96] = 'a', 'b', 'c', 'd', 'e'};
    struct logrec_shrink_db shrink;
    struct logrec_root_page_move root_move;
    struct logrec_reattach attach;
    struct logrec_scrub scrubbed;
    struct logrec_page_move moved;

    assert_int_equal(logrec_shrink_db_decode(shrink3, sizeof shrink3, &shrink), JET_errSuccess);
    assert_int_equal(shrink.dbid, 2);
    assert_int_equal(shrink.pgno, 9);
    assert_int_equal(shrink.count_pages, 5);
    assert_int_equal(shrink.dbtime, 7);
    assert_int_equal(logrec_shrink_db_decode(trim, sizeof trim, &shrink), JET_errSuccess);
    assert_int_equal(shrink.dbtime, 0);
    assert_int_equal(logrec_root_page_move_decode(root, sizeof root, &root_move), JET_errSuccess);
    assert_int_equal(root_move.dbtime, 7);
    assert_int_equal(root_move.objid, 30);
    assert_int_equal(root_move.procid, 100);
    assert_int_equal(logrec_reattach_decode(reattach, sizeof reattach, &attach), JET_errSuccess);
    assert_int_equal(attach.dbid, 3);
    assert_int_equal(attach.attach.generation, 8);
    assert_int_equal(attach.consistent.generation, 9);
    assert_int_equal(logrec_scrub_decode(scrub, sizeof scrub, &scrubbed), JET_errSuccess);
    assert_int_equal(scrubbed.count, 2);
    assert_int_equal(scrubbed.data.size, 3);
    assert_int_equal(logrec_page_move_decode(move, sizeof move, &moved), JET_errSuccess);
    assert_int_equal(moved.pgno_to, 77);
    assert_int_equal(moved.iline_parent, -1);
    expect_span(moved.front, "abc");
    expect_span(moved.back, "de");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_transaction_is_read),
        cmocka_unit_test(a_small_transaction_is_written),
        cmocka_unit_test(a_record_takes_what_its_lengths_say),
        cmocka_unit_test(sizes_are_fixed_parts_and_lengths),
        cmocka_unit_test(lengths_with_a_flag_are_read_without_it),
        cmocka_unit_test(unknown_types_are_corrupt),
        cmocka_unit_test(sizes_that_no_log_can_hold_are_corrupt),
        cmocka_unit_test(types_have_names_and_classes),
        cmocka_unit_test(what_is_decoded_encodes_to_the_same_bytes),
        cmocka_unit_test(records_of_another_size_or_type_are_refused),
        cmocka_unit_test(payloads_lie_in_their_order),
        cmocka_unit_test(negative_numbers_stay_negative),
        cmocka_unit_test(what_contradicts_itself_is_corrupt),
        cmocka_unit_test(fragments_have_a_piece_and_the_first_a_size),
        cmocka_unit_test(small_records_are_written_as_they_are_read),
        cmocka_unit_test(a_shrink_is_as_long_as_its_kind),
        cmocka_unit_test(a_page_move_comes_back),
        cmocka_unit_test(records_that_are_only_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
