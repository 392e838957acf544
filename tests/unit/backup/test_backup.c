/* SPDX-License-Identifier: MIT */
/* The machine against its specification: scripts of calls, sizes, precedence, and what the source is told. The walk
 * through all calls in all states is test_backup_walk.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backup/backup.h"
#include "base/compiler.h"
#include "fake_source.h"
#include "os/os_file.h"

enum { BUFFER_SIZE = 65536, PAGE = FAKE_PAGE_SIZE };

struct fixture {
    struct fake_source fake;
    struct backup *b;
    uint8_t *buffer;
    size_t actual;
    uint64_t size;
    struct backup_list list;
};

static void start(struct fixture *f, bool keep_going)
{
    f->buffer = os_pages_alloc(BUFFER_SIZE);
    assert_non_null(f->buffer);
    assert_int_equal(backup_new(&f->fake.source, keep_going, &f->b), JET_errSuccess);
}

static void start_fresh(struct fixture *f)
{
    fake_source_init(&f->fake);
    start(f, false);
}

static void finish(struct fixture *f)
{
    backup_free(f->b);
    assert_false(f->fake.was_freed_open);
    os_pages_free(f->buffer, BUFFER_SIZE);
}

/* ---- scripts ---- */

enum call {
    BEGIN,
    BEGIN_INCREMENTAL,
    ATTACH_INFO,
    OPEN,  /* the first database */
    OPEN1, /* the second */
    OPEN_LOG0,
    OPEN_LOG1,
    OPEN_LOG2,
    OPEN_STRANGER,
    READ,
    READ_ALL,
    READ_MISALIGNED,
    CLOSE,
    LOG_INFO,
    TRUNCATE_INFO,
    TRUNCATE,
    END_NORMAL,
    END_ABORT,
    END_NOTHING,
    END_BOTH,
    STOP,
};

struct step {
    enum call call;
    jet_err expected;
};

static jet_err read_all(struct fixture *f)
{
    for (;;) {
        jet_err err = backup_read(f->b, f->buffer, BUFFER_SIZE, &f->actual);
        if (err < JET_errSuccess || f->actual == 0)
            return err;
    }
}

static jet_err perform(struct fixture *f, enum call call)
{
    struct backup *b = f->b;
    switch (call) {
    case BEGIN: return backup_begin(b, 0);
    case BEGIN_INCREMENTAL: return backup_begin(b, BACKUP_BIT_INCREMENTAL);
    case ATTACH_INFO: return backup_get_attach_info(b, &f->list);
    case OPEN: return backup_open(b, "D0.edb", 0, &f->size);
    case OPEN1: return backup_open(b, "D1.edb", 0, &f->size);
    case OPEN_LOG0: return backup_open(b, "edb00005.log", 0, &f->size);
    case OPEN_LOG1: return backup_open(b, "edb00006.log", 0, &f->size);
    case OPEN_LOG2: return backup_open(b, "edb00007.log", 0, &f->size);
    case OPEN_STRANGER: return backup_open(b, "stranger.txt", 0, &f->size);
    case READ: return backup_read(b, f->buffer, BUFFER_SIZE, &f->actual);
    case READ_ALL: return read_all(f);
    case READ_MISALIGNED: return backup_read(b, f->buffer + 512, BUFFER_SIZE - 4096, &f->actual);
    case CLOSE: return backup_close(b);
    case LOG_INFO: return backup_get_log_info(b, &f->list, NULL);
    case TRUNCATE_INFO: return backup_get_truncate_info(b, &f->list);
    case TRUNCATE: return backup_truncate(b);
    case END_NORMAL: return backup_end(b, BACKUP_BIT_END_NORMAL);
    case END_ABORT: return backup_end(b, BACKUP_BIT_END_ABORT);
    case END_NOTHING: return backup_end(b, 0);
    case END_BOTH: return backup_end(b, BACKUP_BIT_END_NORMAL | BACKUP_BIT_END_ABORT);
    case STOP: backup_stop(b); return JET_errSuccess;
    }
    fail();
    return JET_errInternalError;
}

static void run_steps(struct fixture *f, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        jet_err err = perform(f, steps[i].call);
        if (err != steps[i].expected)
            fail_msg("step %u: expected %d, got %d", (unsigned)i + 1, steps[i].expected, err);
    }
}

#define RUN(f, steps) run_steps(f, steps, COUNT_OF(steps))

static void expect_outcome(struct fixture *f, enum backup_outcome outcome, jet_err err)
{
    jet_err recorded = 1;
    assert_int_equal(backup_last_outcome(f->b, &recorded), outcome);
    assert_int_equal(recorded, err);
    assert_int_equal(f->fake.ending.outcome, outcome);
    assert_int_equal(f->fake.ending.err, err);
}

static void a_full_backup_gives_every_byte_and_is_recorded_as_normal(void **state)
{
    static const struct step steps[] = {
        {BEGIN,         JET_errSuccess },
        {ATTACH_INFO,   JET_errSuccess },
        {OPEN,          JET_errSuccess },
        {READ_ALL,      JET_errSuccess },
        {CLOSE,         JET_errSuccess },
        {OPEN1,         JET_errSuccess },
        {READ_ALL,      JET_errSuccess },
        {CLOSE,         JET_errSuccess },
        {LOG_INFO,      JET_errSuccess },
        {OPEN_LOG0,     JET_errSuccess },
        {READ_ALL,      JET_errSuccess },
        {CLOSE,         JET_errSuccess },
        {OPEN_LOG1,     JET_errSuccess },
        {READ_ALL,      JET_errSuccess },
        {CLOSE,         JET_errSuccess },
        {OPEN_LOG2,     JET_errSuccess },
        {READ_ALL,      JET_errSuccess },
        {CLOSE,         JET_errSuccess },
        {TRUNCATE_INFO, JET_errSuccess },
        {TRUNCATE,      JET_errSuccess },
        {TRUNCATE,      JET_errSuccess },
        {END_NORMAL,    JET_errSuccess },
        {END_NORMAL,    JET_errNoBackup},
    };
    struct fixture f;
    start_fresh(&f);
    RUN(&f, steps);
    expect_outcome(&f, BACKUP_OUTCOME_NORMAL, JET_errSuccess);
    assert_true(f.fake.copied[0] && f.fake.copied[1]);
    assert_true(f.fake.ending.stamp && f.fake.ending.truncated && !f.fake.ending.logs_only);
    assert_int_equal(f.fake.ending.copy_first, 5);
    assert_int_equal(f.fake.ending.copy_end, 8);
    assert_int_equal(f.fake.truncate_calls, 2);
    assert_int_equal(f.fake.prepare_calls, 1);
    finish(&f);
}

/* backup-api 13.1, lines 3 to 8: 256 pages and a trailer in reads of 64 KiB. */
static void reads_of_64_kib_give_the_sizes_of_the_specification(void **state)
{
    struct fixture f;
    fake_source_init(&f.fake);
    f.fake.has_trailer = true;
    start(&f, false);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, OPEN), 0);
    assert_int_equal(f.size, 1060864);
    uint64_t offset = 0;
    for (unsigned i = 0; i < 18; i++) {
        assert_int_equal(perform(&f, READ), 0);
        assert_int_equal(f.actual, i < 16 ? 65536 : i == 16 ? 12288 : 0);
        for (size_t k = 0; k < f.actual; k++)
            assert_int_equal(f.buffer[k], fake_database_byte(&f.fake, 0, offset + k));
        offset += f.actual;
    }
    assert_int_equal(offset, f.size);
    assert_int_equal(perform(&f, CLOSE), 0);
    assert_int_equal(f.fake.last_close, BACKUP_CLOSE_COPIED);
    finish(&f);
}

/* Any size of read gives the same bytes; the tail of an offline file and the trailer of a live one come whole. */
static void every_buffer_size_gives_the_same_bytes(void **state)
{
    for (size_t pages = 3; pages <= 16; pages++) {
        for (unsigned kind = 0; kind < 3; kind++) {
            struct fixture f;
            fake_source_init(&f.fake);
            f.fake.page_count = 37;
            f.fake.has_trailer = kind == 1;
            f.fake.tail_bytes = kind == 2 ? 777 : 0;
            start(&f, false);
            assert_int_equal(perform(&f, BEGIN), 0);
            assert_int_equal(perform(&f, OPEN1), 0);
            assert_int_equal(f.size, fake_database_size(&f.fake));
            uint64_t offset = 0;
            do {
                assert_int_equal(backup_read(f.b, f.buffer, pages * PAGE, &f.actual), 0);
                for (size_t k = 0; k < f.actual; k++)
                    assert_int_equal(f.buffer[k], fake_database_byte(&f.fake, 1, offset + k));
                offset += f.actual;
            } while (f.actual > 0);
            assert_int_equal(offset, f.size);
            finish(&f);
        }
    }
}

static void a_section_begins_at_its_page_and_sends_no_headers(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(backup_open(f.b, "D0.edb", PAGE - 1, &f.size), JET_errInvalidParameter);
    assert_int_equal(backup_open(f.b, "D0.edb", PAGE, &f.size), JET_errInvalidParameter);
    assert_int_equal(backup_open(f.b, "D0.edb", 2 * PAGE, &f.size), JET_errInvalidParameter);
    assert_int_equal(backup_open(f.b, "D0.edb", 1000 * PAGE, &f.size), JET_errInvalidParameter);
    assert_int_equal(backup_open(f.b, "D0.edb", 255 * PAGE, &f.size), JET_errSuccess);
    assert_int_equal(f.size, 258 * PAGE);
    assert_int_equal(backup_read(f.b, f.buffer, PAGE, &f.actual), 0); /* one page is enough */
    assert_int_equal(f.actual, PAGE);
    assert_int_equal(f.buffer[7], fake_database_byte(&f.fake, 0, 255 * PAGE + 7));
    assert_int_equal(perform(&f, READ), 0);
    assert_int_equal(f.actual, 2 * PAGE);
    assert_int_equal(perform(&f, READ), 0);
    assert_int_equal(f.actual, 0);
    finish(&f);
}

/* backup-api 14, item 8, and 4.4. */
static void sizes_of_reads_follow_the_rules(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, OPEN), 0);
    assert_int_equal(backup_read(f.b, f.buffer, 2 * PAGE, &f.actual), JET_errInvalidParameter);
    assert_int_equal(backup_read(f.b, f.buffer, 0, &f.actual), JET_errInvalidParameter);
    assert_int_equal(backup_read(f.b, f.buffer, 3 * PAGE + 1, &f.actual), JET_errInvalidParameter);
    assert_int_equal(backup_read(f.b, f.buffer, 3 * PAGE, &f.actual), JET_errSuccess);
    assert_int_equal(backup_read(f.b, f.buffer, PAGE, &f.actual), JET_errSuccess);
    assert_int_equal(backup_read(f.b, f.buffer, 0, &f.actual), JET_errInvalidParameter);
    assert_int_equal(backup_read(f.b, f.buffer, PAGE / 2, &f.actual), JET_errInvalidParameter);
    assert_int_equal(perform(&f, CLOSE), 0);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    assert_int_equal(perform(&f, OPEN_LOG0), 0);
    assert_int_equal(backup_read(f.b, f.buffer, PAGE, &f.actual), JET_errInvalidParameter);
    assert_int_equal(backup_read(f.b, f.buffer, 2 * PAGE + 512, &f.actual), JET_errInvalidParameter);
    assert_int_equal(backup_read(f.b, f.buffer, 2 * PAGE, &f.actual), JET_errSuccess);
    assert_int_equal(backup_read(f.b, f.buffer, PAGE, &f.actual), JET_errSuccess);
    assert_int_equal(backup_read(f.b, f.buffer, 0, &f.actual), JET_errSuccess);
    assert_int_equal(f.actual, 0);
    assert_int_equal(f.buffer[1], fake_log_byte(&f.fake, 0, 2 * PAGE + 1));
    finish(&f);
}

/* backup-api 13.2. */
static void a_stopped_backup_answers_as_the_specification_says(void **state)
{
    static const struct step steps[] = {
        {BEGIN,       JET_errSuccess            },
        {ATTACH_INFO, JET_errSuccess            },
        {OPEN,        JET_errSuccess            },
        {READ,        JET_errSuccess            },
        {STOP,        JET_errSuccess            },
        {READ,        JET_errBackupAbortByServer},
        {LOG_INFO,    JET_errBackupAbortByServer},
        {BEGIN,       JET_errBackupInProgress   },
        {END_NOTHING, JET_errInvalidParameter   },
        {READ,        JET_errBackupAbortByServer},
        {CLOSE,       JET_errSuccess            },
        {END_NORMAL,  JET_errSuccess            },
    };
    static const struct step afterwards[] = {
        {READ,       JET_errNoBackup},
        {END_NORMAL, JET_errNoBackup},
        {BEGIN,      JET_errSuccess },
        {OPEN,       JET_errSuccess },
        {READ,       JET_errSuccess },
    };
    struct fixture f;
    start_fresh(&f);
    RUN(&f, steps);
    expect_outcome(&f, BACKUP_OUTCOME_ABORTED_BY_SERVER, JET_errBackupAbortByServer);
    assert_false(f.fake.ending.stamp);
    RUN(&f, afterwards);
    finish(&f);
}

/* backup-api 14, items 1 and 2. */
static void a_stop_before_begin_is_forgotten(void **state)
{
    static const struct step steps[] = {
        {STOP,  JET_errSuccess },
        {STOP,  JET_errSuccess },
        {READ,  JET_errNoBackup},
        {BEGIN, JET_errSuccess },
        {OPEN,  JET_errSuccess },
        {READ,  JET_errSuccess },
    };
    struct fixture f;
    start_fresh(&f);
    RUN(&f, steps);
    finish(&f);
}

/* backup-api 14, item 3. */
static void after_a_stop_everything_is_refused_but_close_and_end(void **state)
{
    static const enum call gated[] = {ATTACH_INFO, OPEN,          OPEN_STRANGER, READ,
                                      LOG_INFO,    TRUNCATE_INFO, TRUNCATE,      READ_MISALIGNED};
    static const struct {
        enum call begin, list, open;
    } ways[] = {
        {BEGIN,             ATTACH_INFO, OPEN     },
        {BEGIN,             LOG_INFO,    OPEN_LOG0},
        {BEGIN_INCREMENTAL, LOG_INFO,    OPEN_LOG0},
    };
    for (size_t way = 0; way < COUNT_OF(ways); way++) {
        for (unsigned with_file = 0; with_file < 2; with_file++) {
            for (enum call end = END_NORMAL; end <= END_ABORT; end++) {
                struct fixture f;
                start_fresh(&f);
                assert_int_equal(perform(&f, ways[way].begin), 0);
                assert_int_equal(perform(&f, ways[way].list), 0);
                if (with_file)
                    assert_int_equal(perform(&f, ways[way].open), 0);
                assert_int_equal(perform(&f, STOP), 0);
                for (size_t i = 0; i < COUNT_OF(gated); i++)
                    assert_int_equal(perform(&f, gated[i]), JET_errBackupAbortByServer);
                assert_int_equal(perform(&f, END_NOTHING), JET_errInvalidParameter);
                assert_int_equal(perform(&f, END_BOTH), JET_errInvalidParameter);
                assert_int_equal(perform(&f, CLOSE), with_file ? JET_errSuccess : JET_errInvalidParameter);
                assert_int_equal(perform(&f, end), JET_errSuccess);
                expect_outcome(&f,
                               end == END_NORMAL ? BACKUP_OUTCOME_ABORTED_BY_SERVER : BACKUP_OUTCOME_ABORTED_BY_CALLER,
                               end == END_NORMAL ? JET_errBackupAbortByServer : JET_errBackupAbortByCaller);
                for (size_t i = 0; i < COUNT_OF(gated); i++)
                    assert_int_equal(perform(&f, gated[i]), JET_errNoBackup);
                assert_int_equal(perform(&f, CLOSE), JET_errNoBackup);
                finish(&f);
            }
        }
    }
}

/* backup-api 14, item 4. */
static void the_stop_goes_before_arguments_and_no_backup_before_both(void **state)
{
    static const struct step steps[] = {
        {READ_MISALIGNED, JET_errNoBackup             },
        {BEGIN,           JET_errSuccess              },
        {OPEN,            JET_errSuccess              },
        {READ_MISALIGNED, JET_errInvalidParameter     },
        {LOG_INFO,        JET_errInvalidBackupSequence},
        {STOP,            JET_errSuccess              },
        {READ_MISALIGNED, JET_errBackupAbortByServer  },
        {LOG_INFO,        JET_errBackupAbortByServer  },
        {CLOSE,           JET_errSuccess              },
    };
    struct fixture f;
    start_fresh(&f);
    RUN(&f, steps);
    finish(&f);
}

static void missing_outputs_are_invalid_parameters(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(backup_get_attach_info(f.b, NULL), JET_errNoBackup);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(backup_get_attach_info(f.b, NULL), JET_errInvalidParameter);
    assert_int_equal(backup_open(f.b, "D0.edb", 0, NULL), JET_errInvalidParameter);
    assert_int_equal(backup_open(f.b, NULL, 0, &f.size), JET_errInvalidParameter);
    assert_int_equal(backup_open(f.b, "", 0, &f.size), JET_errInvalidParameter);
    assert_int_equal(perform(&f, READ), JET_errInvalidParameter); /* no file is open */
    assert_int_equal(perform(&f, CLOSE), JET_errInvalidParameter);
    assert_int_equal(perform(&f, OPEN), 0);
    assert_int_equal(backup_read(f.b, NULL, BUFFER_SIZE, &f.actual), JET_errInvalidParameter);
    assert_int_equal(backup_read(f.b, f.buffer, BUFFER_SIZE, NULL), JET_errInvalidParameter);
    assert_int_equal(perform(&f, OPEN1), JET_errOutOfMemory);                            /* the slot is used */
    assert_int_equal(backup_open(f.b, "D1.edb", 512, &f.size), JET_errInvalidParameter); /* arguments come first */
    assert_int_equal(perform(&f, CLOSE), 0);
    assert_int_equal(backup_get_log_info(f.b, NULL, NULL), JET_errInvalidParameter);
    assert_int_equal(backup_get_truncate_info(f.b, NULL), JET_errInvalidParameter);
    assert_int_equal(backup_open(f.b, "bad\npath", 0, &f.size), JET_errInvalidPath);
    finish(&f);
}

static void a_path_that_cannot_be_completed_does_not_end_the_backup(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN_INCREMENTAL), 0);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    assert_int_equal(backup_open(f.b, "bad\npath", 0, &f.size), JET_errInvalidPath);
    assert_int_equal(perform(&f, OPEN_LOG1), 0);
    finish(&f);
}

/* ---- begin ---- */

/* backup-api 2.3: the first condition that fires wins. Later ones are set as well, so that the order shows. */
static void conditions_of_begin_are_asked_in_their_order(void **state)
{
    static const struct {
        enum backup_condition condition;
        jet_err err;
    } conditions[] = {
        {BACKUP_CONDITION_LOGGING,   JET_errLoggingDisabled},
        {BACKUP_CONDITION_CIRCULAR,  JET_errInvalidBackup  },
        {BACKUP_CONDITION_LOG_SPACE, JET_errLogDiskFull    },
    };
    struct fixture f;
    start_fresh(&f);
    for (size_t i = 0; i < COUNT_OF(conditions); i++)
        f.fake.condition_errors[conditions[i].condition] = conditions[i].err;
    backup_allow(f.b, false);
    uint32_t bad_bits = 0x80 | BACKUP_BIT_INCREMENTAL | BACKUP_BIT_INTERNAL_COPY;
    uint32_t bad_pair = BACKUP_BIT_INCREMENTAL | BACKUP_BIT_INTERNAL_COPY;
    assert_int_equal(backup_begin(f.b, bad_bits), JET_errBackupNotAllowedYet); /* 1 */
    backup_allow(f.b, true);
    assert_int_equal(backup_begin(f.b, bad_bits), JET_errLoggingDisabled); /* 2 */
    f.fake.condition_errors[BACKUP_CONDITION_LOGGING] = 0;
    assert_int_equal(backup_begin(f.b, bad_bits), JET_errInvalidGrbit);             /* 5 */
    assert_int_equal(backup_begin(f.b, BACKUP_BIT_SURROGATE), JET_errInvalidGrbit); /* 12, number 23 */
    assert_int_equal(backup_begin(f.b, bad_pair), JET_errInvalidBackup);            /* 6 */
    f.fake.condition_errors[BACKUP_CONDITION_CIRCULAR] = 0;
    assert_int_equal(backup_begin(f.b, bad_pair), JET_errInvalidGrbit); /* 8 */
    assert_int_equal(backup_begin(f.b, 0), JET_errLogDiskFull);         /* 9 */
    f.fake.condition_errors[BACKUP_CONDITION_LOG_SPACE] = 0;
    assert_int_equal(backup_begin(f.b, BACKUP_BIT_INTERNAL_COPY), 0);
    assert_true(f.fake.terms.internal_copy);
    f.fake.condition_errors[BACKUP_CONDITION_LOG_SPACE] = JET_errLogSequenceEnd;
    assert_int_equal(backup_begin(f.b, 0), JET_errLogSequenceEnd); /* 10 before 11 */
    f.fake.condition_errors[BACKUP_CONDITION_LOG_SPACE] = 0;
    assert_int_equal(backup_begin(f.b, 0x80), JET_errInvalidGrbit); /* 5 before 11 */
    assert_int_equal(backup_begin(f.b, 0), JET_errBackupInProgress);
    finish(&f);
}

/* backup-api 14, item 14 (the source says why) and 3.2. */
static void a_begin_that_fails_after_occupying_leaves_nothing_occupied(void **state)
{
    struct fixture f;
    start_fresh(&f);
    f.fake.begin_error = JET_errMissingFullBackup;
    assert_int_equal(perform(&f, BEGIN_INCREMENTAL), JET_errMissingFullBackup);
    assert_int_equal(perform(&f, LOG_INFO), JET_errNoBackup);
    assert_int_equal(f.fake.end_calls, 0);
    f.fake.begin_error = 0;
    assert_int_equal(perform(&f, BEGIN), 0);
    finish(&f);
}

static void the_attach_list_is_refused_in_an_incremental_backup(void **state)
{
    static const struct step steps[] = {
        {BEGIN_INCREMENTAL, JET_errSuccess              },
        {ATTACH_INFO,       JET_errInvalidBackupSequence},
        {TRUNCATE,          JET_errInvalidBackupSequence},
        {LOG_INFO,          JET_errSuccess              },
        {TRUNCATE,          JET_errLogFileNotCopied     },
        {END_NORMAL,        JET_errSuccess              },
    };
    struct fixture f;
    start_fresh(&f);
    RUN(&f, steps);
    expect_outcome(&f, BACKUP_OUTCOME_NORMAL, JET_errSuccess);
    assert_true(f.fake.ending.logs_only && f.fake.ending.stamp && !f.fake.ending.truncated);
    finish(&f);
}

/* ---- what ends the whole backup, and what does not ---- */

static void expect_torn_down(struct fixture *f, jet_err err)
{
    expect_outcome(f, BACKUP_OUTCOME_FAILED, err);
    assert_false(f->fake.occupied);
    assert_false(f->fake.is_open);
    assert_false(f->fake.ending.stamp);
    assert_int_equal(perform(f, READ), JET_errNoBackup);
    assert_int_equal(perform(f, CLOSE), JET_errNoBackup);
    assert_int_equal(perform(f, END_NORMAL), JET_errNoBackup);
    assert_int_equal(perform(f, BEGIN), JET_errSuccess);
}

/* backup-api 14, item 10. */
static void a_damaged_page_closes_its_file_and_the_backup_goes_on(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, OPEN), 0);
    f.fake.read_pages_error = JET_errReadVerifyFailure;
    f.actual = 77;
    assert_int_equal(perform(&f, READ), JET_errReadVerifyFailure);
    assert_int_equal(f.actual, 77);
    assert_int_equal(f.fake.last_close, BACKUP_CLOSE_FAILED);
    assert_int_equal(perform(&f, READ), JET_errInvalidParameter);
    assert_int_equal(perform(&f, CLOSE), JET_errInvalidParameter);
    f.fake.read_pages_error = 0;
    assert_int_equal(perform(&f, OPEN1), 0);
    assert_int_equal(perform(&f, READ_ALL), 0);
    assert_int_equal(perform(&f, CLOSE), 0);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    assert_int_equal(perform(&f, END_NORMAL), 0);
    assert_false(f.fake.copied[0]);
    assert_true(f.fake.copied[1]);
    finish(&f);
}

/* backup-api 14, item 11. */
static void a_damaged_log_ends_the_backup(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    assert_int_equal(perform(&f, OPEN_LOG1), 0);
    f.fake.read_log_error = JET_errLogReadVerifyFailure;
    assert_int_equal(perform(&f, READ), JET_errLogReadVerifyFailure);
    expect_torn_down(&f, JET_errLogReadVerifyFailure);
    finish(&f);
}

static void a_log_that_cannot_be_opened_ends_the_backup(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN_INCREMENTAL), 0);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    f.fake.open_log_error = JET_errMissingFileToBackup;
    assert_int_equal(perform(&f, OPEN_LOG0), JET_errMissingFileToBackup);
    f.fake.open_log_error = 0;
    expect_torn_down(&f, JET_errMissingFileToBackup);
    finish(&f);
}

static void a_database_that_cannot_be_opened_does_not(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    f.fake.open_database_error = JET_errDatabaseLocked;
    assert_int_equal(perform(&f, OPEN), JET_errDatabaseLocked);
    f.fake.open_database_error = 0;
    assert_int_equal(perform(&f, OPEN), 0);
    finish(&f);
}

static void running_out_of_memory_for_a_list_ends_the_backup(void **state)
{
    static const enum call lists[] = {ATTACH_INFO, LOG_INFO, TRUNCATE_INFO};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct fixture f;
        start_fresh(&f);
        assert_int_equal(perform(&f, BEGIN), 0);
        if (lists[i] != ATTACH_INFO)
            assert_int_equal(perform(&f, LOG_INFO), 0);
        f.fake.databases_error = JET_errOutOfMemory;
        f.fake.logs_error = JET_errOutOfMemory;
        assert_int_equal(perform(&f, lists[i]), JET_errOutOfMemory);
        expect_torn_down(&f, JET_errOutOfMemory);
        finish(&f);
    }
}

static void a_tear_down_clears_the_stop(void **state)
{
    static const struct step steps[] = {
        {BEGIN,         JET_errSuccess            },
        {LOG_INFO,      JET_errSuccess            },
        {OPEN_STRANGER, JET_errMissingFileToBackup},
        {STOP,          JET_errSuccess            },
        {END_NORMAL,    JET_errNoBackup           },
        {BEGIN,         JET_errSuccess            },
        {ATTACH_INFO,   JET_errSuccess            },
    };
    struct fixture f;
    start_fresh(&f);
    RUN(&f, steps);
    finish(&f);
}

/* ---- preparing logs, truncation ---- */

/* backup-api 12, number 15. */
static void the_error_of_a_failed_preparation_is_given_again(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    f.fake.prepare_error = JET_errFileNotFound;
    assert_int_equal(perform(&f, LOG_INFO), JET_errFileNotFound);
    f.fake.prepare_error = 0;
    assert_int_equal(perform(&f, LOG_INFO), JET_errFileNotFound);
    assert_int_equal(perform(&f, TRUNCATE_INFO), JET_errFileNotFound);
    assert_int_equal(f.fake.prepare_calls, 1);
    assert_int_equal(perform(&f, TRUNCATE), JET_errInvalidBackupSequence); /* still in databases */
    assert_int_equal(perform(&f, OPEN), 0);
    assert_int_equal(perform(&f, END_NORMAL), 0);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    finish(&f);
}

static void a_log_that_could_not_be_rolled_is_tried_again(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    f.fake.prepare_error = JET_errLogWriteFail;
    assert_int_equal(perform(&f, LOG_INFO), JET_errLogWriteFail);
    f.fake.prepare_error = 0;
    assert_int_equal(perform(&f, LOG_INFO), 0);
    assert_int_equal(f.fake.prepare_calls, 2);
    finish(&f);
}

/* backup-api 12, number 16: a sum of generations would be fooled by 6 + 6 + 6 = 5 + 6 + 7. */
static void reading_one_log_thrice_does_not_hide_two_missing(void **state)
{
    static const struct step middle[] = {
        {OPEN_LOG1, JET_errSuccess},
        {READ_ALL,  JET_errSuccess},
        {CLOSE,     JET_errSuccess},
    };
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    for (unsigned i = 0; i < 3; i++)
        RUN(&f, middle);
    assert_int_equal(perform(&f, TRUNCATE), JET_errLogFileNotCopied);
    assert_int_equal(f.fake.truncate_calls, 0);
    assert_int_equal(perform(&f, END_NORMAL), 0);
    assert_false(f.fake.ending.truncated);
    finish(&f);
}

static void a_log_that_was_not_read_to_its_end_does_not_count(void **state)
{
    struct fixture f;
    start_fresh(&f);
    f.fake.log_count = 1;
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    assert_int_equal(perform(&f, OPEN_LOG0), 0);
    assert_int_equal(backup_read(f.b, f.buffer, 4 * PAGE, &f.actual), 0);
    assert_int_equal(perform(&f, TRUNCATE), JET_errInvalidBackupSequence); /* a file is open */
    assert_int_equal(perform(&f, CLOSE), 0);
    assert_int_equal(f.fake.last_close, BACKUP_CLOSE_INCOMPLETE);
    assert_int_equal(perform(&f, TRUNCATE), JET_errLogFileNotCopied);
    finish(&f);
}

static void a_truncation_that_failed_counts_as_truncated(void **state)
{
    struct fixture f;
    start_fresh(&f);
    f.fake.log_count = 0;
    f.fake.truncate_error = JET_errFileAccessDenied;
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    assert_int_equal(perform(&f, TRUNCATE), JET_errFileAccessDenied);
    assert_int_equal(perform(&f, END_NORMAL), 0);
    assert_true(f.fake.ending.truncated);
    finish(&f);
}

static void bits_of_end_reach_the_source(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN_INCREMENTAL), 0);
    assert_int_equal(backup_end(f.b, BACKUP_BIT_END_NORMAL | BACKUP_BIT_TRUNCATE_DONE), 0);
    assert_true(f.fake.ending.truncated && f.fake.ending.stamp);
    assert_int_equal(perform(&f, BEGIN_INCREMENTAL), 0);
    assert_int_equal(backup_end(f.b, BACKUP_BIT_END_NORMAL | BACKUP_BIT_NO_HEADER_UPDATE), 0);
    assert_true(!f.fake.ending.truncated && !f.fake.ending.stamp);
    expect_outcome(&f, BACKUP_OUTCOME_NORMAL, JET_errSuccess);
    finish(&f);
}

/* ---- surrogate ---- */

static void a_surrogate_backup_occupies_and_records(void **state)
{
    struct fixture f;
    start_fresh(&f);
    f.fake.condition_errors[BACKUP_CONDITION_SURROGATE_RANGE] = JET_errInvalidParameter;
    assert_int_equal(backup_begin_surrogate(f.b, 9, 8, 0), JET_errInvalidParameter);
    assert_int_equal(backup_begin_surrogate(f.b, 5, 8, 0), JET_errInvalidParameter);
    f.fake.condition_errors[BACKUP_CONDITION_SURROGATE_RANGE] = 0;
    assert_int_equal(backup_begin_surrogate(f.b, 5, 8, 0x80), JET_errInvalidGrbit);
    assert_int_equal(backup_begin_surrogate(f.b, 5, 8, 0), 0);
    assert_int_equal(f.fake.terms.first_generation, 5);
    assert_int_equal(f.fake.terms.last_generation, 8);
    assert_int_equal(perform(&f, ATTACH_INFO), JET_errNoBackup);
    assert_int_equal(perform(&f, BEGIN), JET_errSurrogateBackupInProgress);
    assert_int_equal(backup_begin_surrogate(f.b, 5, 8, 0), JET_errSurrogateBackupInProgress);
    assert_int_equal(backup_end_surrogate(f.b, BACKUP_BIT_END_NORMAL), 0);
    expect_outcome(&f, BACKUP_OUTCOME_NORMAL, JET_errSuccess);
    assert_true(f.fake.ending.surrogate);
    assert_int_equal(backup_begin_surrogate(f.b, 5, 8, 0), 0);
    backup_stop(f.b);
    assert_int_equal(backup_end_surrogate(f.b, BACKUP_BIT_END_NORMAL), 0);
    expect_outcome(&f, BACKUP_OUTCOME_ABORTED_BY_SERVER, JET_errBackupAbortByServer);
    finish(&f);
}

static void the_end_of_the_wrong_kind_ends_the_other_as_failed(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(backup_end_surrogate(f.b, BACKUP_BIT_END_NORMAL), 0);
    expect_outcome(&f, BACKUP_OUTCOME_FAILED, JET_errBackupInProgress);
    assert_int_equal(backup_begin_surrogate(f.b, 1, 1, 0), 0);
    assert_int_equal(perform(&f, END_NORMAL), 0);
    expect_outcome(&f, BACKUP_OUTCOME_FAILED, JET_errSurrogateBackupInProgress);
    finish(&f);
}

/* ---- keep_going, termination ---- */

static void with_keep_going_damage_is_passed_on_and_the_file_does_not_count(void **state)
{
    struct fixture f;
    fake_source_init(&f.fake);
    f.fake.log_count = 1;
    start(&f, true);
    assert_int_equal(perform(&f, BEGIN), 0);
    f.fake.read_pages_error = JET_errReadPgnoVerifyFailure;
    assert_int_equal(perform(&f, OPEN), 0);
    assert_int_equal(perform(&f, READ_ALL), 0);
    assert_int_equal(perform(&f, CLOSE), 0);
    assert_int_equal(f.fake.last_close, BACKUP_CLOSE_INCOMPLETE);
    f.fake.read_pages_error = JET_errDiskIO; /* there are no bytes to pass on */
    assert_int_equal(perform(&f, OPEN), 0);
    assert_int_equal(perform(&f, READ), JET_errDiskIO);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    f.fake.read_log_error = JET_errLogReadVerifyFailure;
    assert_int_equal(perform(&f, OPEN_LOG0), 0);
    assert_int_equal(perform(&f, READ_ALL), 0);
    assert_int_equal(perform(&f, CLOSE), 0);
    assert_int_equal(perform(&f, TRUNCATE), JET_errLogFileNotCopied);
    finish(&f);
}

static void termination_ends_a_backup_as_aborted_by_the_server(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, OPEN), 0);
    backup_end_by_server(f.b);
    expect_outcome(&f, BACKUP_OUTCOME_ABORTED_BY_SERVER, JET_errBackupAbortByServer);
    assert_int_equal(perform(&f, READ), JET_errNoBackup);
    backup_end_by_server(f.b); /* nothing runs */
    assert_int_equal(f.fake.end_calls, 1);
    assert_int_equal(perform(&f, BEGIN), 0);
    finish(&f); /* frees while a backup runs */
    assert_int_equal(f.fake.end_calls, 2);
}

static void a_normal_end_without_a_log_list_is_recorded_as_aborted_by_the_caller(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, OPEN), 0);
    assert_int_equal(perform(&f, END_NORMAL), 0); /* with an open file */
    expect_outcome(&f, BACKUP_OUTCOME_ABORTED_BY_CALLER, JET_errBackupAbortByCaller);
    finish(&f);
}

static void a_file_that_shrank_is_an_error_and_one_that_grew_is_cut(void **state)
{
    struct fixture f;
    start_fresh(&f);
    assert_int_equal(perform(&f, BEGIN), 0);
    assert_int_equal(perform(&f, LOG_INFO), 0);
    assert_int_equal(perform(&f, OPEN_LOG0), 0);
    f.fake.log_size = 8 * PAGE;
    assert_int_equal(perform(&f, READ), 0);
    assert_int_equal(f.actual, 5 * PAGE);
    assert_int_equal(perform(&f, CLOSE), 0);
    assert_int_equal(perform(&f, OPEN_LOG1), 0);
    assert_int_equal(backup_read(f.b, f.buffer, 4 * PAGE, &f.actual), 0);
    f.fake.log_size = 4 * PAGE;
    assert_int_equal(perform(&f, READ), JET_errFileIOBeyondEOF);
    expect_torn_down(&f, JET_errFileIOBeyondEOF);
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_backup_gives_every_byte_and_is_recorded_as_normal),
        cmocka_unit_test(reads_of_64_kib_give_the_sizes_of_the_specification),
        cmocka_unit_test(every_buffer_size_gives_the_same_bytes),
        cmocka_unit_test(a_section_begins_at_its_page_and_sends_no_headers),
        cmocka_unit_test(sizes_of_reads_follow_the_rules),
        cmocka_unit_test(a_stopped_backup_answers_as_the_specification_says),
        cmocka_unit_test(a_stop_before_begin_is_forgotten),
        cmocka_unit_test(after_a_stop_everything_is_refused_but_close_and_end),
        cmocka_unit_test(the_stop_goes_before_arguments_and_no_backup_before_both),
        cmocka_unit_test(missing_outputs_are_invalid_parameters),
        cmocka_unit_test(a_path_that_cannot_be_completed_does_not_end_the_backup),
        cmocka_unit_test(conditions_of_begin_are_asked_in_their_order),
        cmocka_unit_test(a_begin_that_fails_after_occupying_leaves_nothing_occupied),
        cmocka_unit_test(the_attach_list_is_refused_in_an_incremental_backup),
        cmocka_unit_test(a_damaged_page_closes_its_file_and_the_backup_goes_on),
        cmocka_unit_test(a_damaged_log_ends_the_backup),
        cmocka_unit_test(a_log_that_cannot_be_opened_ends_the_backup),
        cmocka_unit_test(a_database_that_cannot_be_opened_does_not),
        cmocka_unit_test(running_out_of_memory_for_a_list_ends_the_backup),
        cmocka_unit_test(a_tear_down_clears_the_stop),
        cmocka_unit_test(the_error_of_a_failed_preparation_is_given_again),
        cmocka_unit_test(a_log_that_could_not_be_rolled_is_tried_again),
        cmocka_unit_test(reading_one_log_thrice_does_not_hide_two_missing),
        cmocka_unit_test(a_log_that_was_not_read_to_its_end_does_not_count),
        cmocka_unit_test(a_truncation_that_failed_counts_as_truncated),
        cmocka_unit_test(bits_of_end_reach_the_source),
        cmocka_unit_test(a_surrogate_backup_occupies_and_records),
        cmocka_unit_test(the_end_of_the_wrong_kind_ends_the_other_as_failed),
        cmocka_unit_test(with_keep_going_damage_is_passed_on_and_the_file_does_not_count),
        cmocka_unit_test(termination_ends_a_backup_as_aborted_by_the_server),
        cmocka_unit_test(a_normal_end_without_a_log_list_is_recorded_as_aborted_by_the_caller),
        cmocka_unit_test(a_file_that_shrank_is_an_error_and_one_that_grew_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
