/* SPDX-License-Identifier: MIT */
/* Tests of what the log hears of sessions: which records, in which order (transaction-log.md 4.3, 4.5, 5.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "format/logrecord.h"
#include "log/log_reader.h"
#include "log/log_stream.h"
#include "storage/database.h"
#include "support/temp_folder.h"
#include "world.h"

/* From where on the log is looked at. */
static uint64_t mark(struct world *world)
{
    return log_next_start(world->engine->log);
}

/* A record in short: its name, with what matters of it. */
static int describe(const struct log_reader_record *record, char *text, size_t size)
{
    const char *name = logrec_name(record->bytes[0]);
    struct logrec_begin begin;
    struct logrec_commit commit;
    struct logrec_undo_info info;
    switch (record->bytes[0]) {
    case LOGREC_BEGIN0:
    case LOGREC_BEGIN:
        assert_int_equal(logrec_begin_decode(record->bytes, record->size, &begin), JET_errSuccess);
        return snprintf(text, size, "%s(%u+%u) ", name, begin.level_from, begin.level_count);
    case LOGREC_COMMIT0:
    case LOGREC_COMMIT:
    case LOGREC_ROLLBACK:
        assert_int_equal(logrec_commit_decode(record->bytes, record->size, &commit), JET_errSuccess);
        return snprintf(text, size, "%s(%u) ", name, commit.level);
    case LOGREC_UNDO_INFO:
        assert_int_equal(logrec_undo_info_decode(record->bytes, record->size, &info), JET_errSuccess);
        return snprintf(text, size, "%s(%.*s=%.*s) ", name, (int)info.key.size, (const char *)info.key.bytes,
                        (int)info.data.size, (const char *)info.data.bytes);
    case LOGREC_REPLACE_D: return snprintf(text, size, "Replace "); /* whichever is shorter */
    case LOGREC_NOP2: return 0;
    default: return snprintf(text, size, "%s ", name);
    }
}

/* Ends the engine and says what the log has from `from` on. */
static const char *trace(struct world *world, uint64_t from)
{
    static char text[4096];
    const char *folder = temp_folder_root(world->folder);
    struct log_config config = log_config_default(folder, folder);
    struct log_reader_source source = {.config = &config};
    struct log_reader *reader = NULL;
    struct log_reader_record record;
    size_t size = 0;
    text[0] = 0;
    world_stop(world, false);
    assert_int_equal(log_reader_open(&source, from, &reader), JET_errSuccess);
    for (;;) {
        assert_int_equal(log_reader_next(reader, &record), JET_errSuccess);
        if (!record.bytes)
            break;
        size += (size_t)describe(&record, text + size, sizeof text - size);
        assert_true(size < sizeof text);
    }
    log_reader_close(reader);
    return text;
}

static void who_only_reads_leaves_no_trace(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    uint64_t from = mark(world), lgpos = 1;
    begin(s);
    (void)list(s, world->tree);
    begin(s);
    rollback(s);
    assert_int_equal(transaction_commit(s, 0, &lgpos), JET_errSuccess);
    assert_true(lgpos == 0);
    begin(s);
    rollback(s);
    session_end(s);
    assert_true(mark(world) == from);
}

static void levels_are_logged_before_the_first_change_in_them(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    uint64_t from = mark(world);
    begin(s);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    begin(s);
    begin(s);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    commit(s);
    begin(s);
    commit(s); /* never logged */
    commit(s);
    commit(s);
    commit(s);
    session_end(s);
    assert_string_equal(trace(world, from),
                        "Begin0(0+2) Insert Begin(2+2) Insert Commit(3) Commit(2) Commit(1) Commit0(0) ");
}

static void a_rollback_takes_back_newest_first(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    uint64_t from = mark(world);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    commit(s);
    begin(s);
    assert_int_equal(replace(s, world->tree, "a", "2"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    assert_int_equal(delete (s, world->tree, "a"), JET_errSuccess);
    rollback(s);
    session_end(s);
    assert_string_equal(trace(world, from), "Begin0(0+1) Insert Commit0(0) Begin0(0+1) Replace Insert FlagDelete "
                                            "UndoInfo(a=) Undo Undo UndoInfo(a=1) Undo Rollback(1) ");
}

static void a_page_is_written_behind_its_undo_information(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    uint64_t from = mark(world);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "before"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    commit(s);
    begin(s);
    assert_int_equal(replace(s, world->tree, "a", "behind"), JET_errSuccess);
    assert_int_equal(insert(s, world->tree, "c", "1"), JET_errSuccess);
    assert_int_equal(database_flush(world->db), JET_errSuccess);
    assert_int_equal(database_flush(world->db), JET_errSuccess); /* it is in the log by now */
    rollback(s);
    session_end(s);
    assert_string_equal(trace(world, from), "Begin0(0+1) Insert Insert Commit0(0) Begin0(0+1) Replace Insert "
                                            "UndoInfo(a=before) Undo Undo Rollback(1) ");
}

static void a_page_waits_for_a_lazy_commit(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    commit(s);
    begin(s);
    assert_int_equal(replace(s, world->tree, "a", "2"), JET_errSuccess);
    commit(s);
    assert_int_equal(database_flush(world->db), JET_errSuccess);
    assert_true(log_durable(world->engine->log) >= s->lgpos_commit0);
    session_end(s);
}

static void locks_are_not_logged(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    struct bookmark a = world_key("a");
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    commit(s);
    uint64_t from = mark(world);
    begin(s);
    assert_int_equal(dir_lock(s, world->tree, &a, DIR_LOCK_WRITE), JET_errSuccess);
    commit(s);
    session_end(s);
    assert_string_equal(trace(world, from), "");
}

static void commits_can_be_waited_for_and_generations_forced(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    uint64_t lgpos = 0;
    lgen_t generation = log_generation(world->engine->log);
    begin(s);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    assert_int_equal(transaction_commit(s, TRANSACTION_COMMIT_LAZY, &lgpos), JET_errSuccess);
    assert_true(lgpos != 0 && lgpos < s->lgpos_commit0);
    assert_int_equal(transaction_commit(s, TRANSACTION_WAIT_LAST, NULL), JET_errSuccess);
    assert_true(log_durable(world->engine->log) > lgpos);
    begin(s);
    assert_int_equal(insert(s, world->tree, "b", "1"), JET_errSuccess);
    commit(s);
    uint64_t tip = log_tip(world->engine->log);
    assert_int_equal(transaction_commit(s, TRANSACTION_WAIT_ALL, NULL), JET_errSuccess);
    assert_true(log_durable(world->engine->log) >= tip);
    assert_int_equal(transaction_commit(s, TRANSACTION_FORCE_NEW_LOG, NULL), JET_errSuccess);
    assert_int_equal(log_generation(world->engine->log), generation + 1);
    session_end(s);
}

static uint64_t oldest(const struct world *world)
{
    return transaction_oldest_lgpos(world->engine, log_durable(world->engine->log));
}

static void flush(const struct world *world)
{
    assert_int_equal(log_flush_to(world->engine->log, log_tip(world->engine->log)), JET_errSuccess);
}

static void the_checkpoint_knows_the_oldest_begin(void **state)
{
    struct world *world = *state;
    struct session *first = world_session(world), *second = world_session(world);
    flush(world);
    assert_true(oldest(world) == UINT64_MAX);
    begin(first);
    begin(second);
    assert_true(oldest(world) == UINT64_MAX); /* nothing logged yet */
    uint64_t from = mark(world);
    assert_int_equal(insert(second, world->tree, "a", "1"), JET_errSuccess);
    assert_int_equal(insert(first, world->tree, "b", "1"), JET_errSuccess);
    assert_true(oldest(world) == from);
    commit(second);
    flush(world);
    assert_true(oldest(world) > from);
    assert_true(oldest(world) < UINT64_MAX);
    commit(first);
    flush(world);
    assert_true(oldest(world) == UINT64_MAX);
    session_end(first);
    session_end(second);
}

/* If it is lost, what it committed has to be undone: recovery must see that begin. */
static void a_commit_holds_the_checkpoint_until_it_is_durable(void **state)
{
    struct world *world = *state;
    struct session *s = world_session(world);
    flush(world);
    begin(s);
    const uint64_t from = mark(world);
    assert_int_equal(insert(s, world->tree, "a", "1"), JET_errSuccess);
    const uint64_t durable = log_durable(world->engine->log); /* before the commit, whatever the log's thread does */
    assert_int_equal(transaction_commit(s, TRANSACTION_COMMIT_LAZY, NULL), JET_errSuccess);
    assert_true(transaction_oldest_lgpos(world->engine, durable) == from);
    flush(world);
    assert_true(oldest(world) == UINT64_MAX);
    session_end(s);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(who_only_reads_leaves_no_trace),
        IN_WORLD(levels_are_logged_before_the_first_change_in_them),
        IN_WORLD(a_rollback_takes_back_newest_first),
        IN_WORLD(a_page_is_written_behind_its_undo_information),
        IN_WORLD(a_page_waits_for_a_lazy_commit),
        IN_WORLD(locks_are_not_logged),
        IN_WORLD(commits_can_be_waited_for_and_generations_forced),
        IN_WORLD(the_checkpoint_knows_the_oldest_begin),
        IN_WORLD(a_commit_holds_the_checkpoint_until_it_is_durable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
