/* SPDX-License-Identifier: MIT */
/* A database after a crash: what was committed is there, and nothing else.
 *
 * The crash is a copy of all files while the engine runs, with transactions open. The copy lies in another folder, so
 * that recovery also has to find the database by the map. It is recovered, read, stopped, and started again, which must
 * have nothing to do any more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crash_copy.h"
#include "instance.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "isam/version.h"
#include "log/log_stream.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_word.h"
#include "plain_database.h"
#include "storage/cache.h"
#include "support/temp_folder.h"

enum {
    ROWS = 400,
    SESSIONS = 3,
    LEVELS = 3,
};

/* ---- the world ---- */

/* What a session believes of the rows, at each of its levels; level 0 is what is committed. */
struct worker {
    struct session *session;
    unsigned level;
    struct plain_row rows[LEVELS + 1][ROWS];
};

struct world {
    struct temp_folder *folder;
    struct instance instance;
    struct plain_database database;
    struct worker workers[SESSIONS];
    struct plain_row committed[ROWS];
    uint32_t random;
};

static uint32_t draw(struct world *world, uint32_t below)
{
    world->random = world->random * 1664525 + 1013904223;
    return (world->random >> 8) % below;
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    void *folder = NULL;
    if (!world || temp_folder_setup(&folder) != 0 || crash_copy_begin() != 0)
        return -1;
    world->folder = folder;
    world->random = 1;
    instance_init(&world->instance, world->folder);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    void *folder = world->folder;
    crash_copy_end();
    free(world);
    return temp_folder_teardown(&folder);
}

static void begin_world(struct world *world)
{
    temp_folder_need_reading_in_use(world->folder);
    instance_start(&world->instance);
    plain_database_create(&world->database, world->instance.engine, temp_folder_path(world->folder, "test.edb"));
    for (unsigned i = 0; i < SESSIONS; i++)
        assert_int_equal(session_begin(world->instance.engine, &world->workers[i].session), JET_errSuccess);
}

static void end_world(struct world *world)
{
    for (unsigned i = 0; i < SESSIONS; i++)
        session_end(world->workers[i].session);
    plain_database_leave(&world->database);
    instance_stop(&world->instance);
}

/* ---- the load ---- */

/* Row `key` belongs to worker key % SESSIONS: nobody else touches it. */
static void change_row(struct world *world, unsigned which)
{
    struct worker *worker = &world->workers[which];
    const uint32_t key = draw(world, ROWS / SESSIONS) * SESSIONS + which;
    struct plain_row *row = &worker->rows[worker->level][key];
    const struct plain_row wanted = {
        .exists = !row->exists || draw(world, 3) != 0, .seed = draw(world, 1 << 20), .size = 1 + draw(world, 300)};
    assert_int_equal(plain_database_put(&world->database, worker->session, key, row, &wanted), JET_errSuccess);
    *row = wanted;
}

static void begin_level(struct worker *worker)
{
    assert_int_equal(transaction_begin(worker->session, false), JET_errSuccess);
    memcpy(worker->rows[worker->level + 1], worker->rows[worker->level], sizeof worker->rows[0]);
    worker->level++;
}

static void commit_level(struct world *world, struct worker *worker, unsigned which)
{
    assert_int_equal(transaction_commit(worker->session, 0, NULL), JET_errSuccess);
    worker->level--;
    memcpy(worker->rows[worker->level], worker->rows[worker->level + 1], sizeof worker->rows[0]);
    for (uint32_t key = which; worker->level == 0 && key < ROWS; key += SESSIONS)
        world->committed[key] = worker->rows[0][key];
}

static void roll_back_level(struct worker *worker)
{
    assert_int_equal(transaction_rollback(worker->session, false), JET_errSuccess);
    worker->level--;
}

static void step(struct world *world)
{
    const unsigned which = draw(world, SESSIONS);
    struct worker *worker = &world->workers[which];
    if (worker->level == 0 || (worker->level < LEVELS && draw(world, 12) == 0)) {
        begin_level(worker);
        return;
    }
    switch (draw(world, 10)) {
    case 0: commit_level(world, worker, which); break;
    case 1: roll_back_level(worker); break;
    default: change_row(world, which); break;
    }
}

static void run_load(struct world *world, unsigned steps)
{
    for (unsigned i = 0; i < steps; i++)
        step(world);
}

/* Dirty pages go to the file, with what undoes the open changes in the log; the log may have to be made ready first. */
static void write_pages(struct world *world)
{
    const uint64_t begun_ns = os_clock_monotonic_ns();
    _Atomic uint32_t nobody = 0;
    jet_err err = JET_errTaskDropped;
    while (err == JET_errTaskDropped && os_clock_monotonic_ns() - begun_ns < UINT64_C(20000000000)) {
        assert_int_equal(log_flush_to(world->instance.engine->log, UINT64_MAX), JET_errSuccess);
        err = cache_write_older(world->instance.engine->cache, UINT64_MAX);
        if (err == JET_errTaskDropped)
            os_word_wait(&nobody, 0, 1);
    }
    assert_int_equal(err, JET_errSuccess);
}

/* ---- the crash ---- */

static void crash(struct world *world, struct crash_copy *copy)
{
    crash_copy_make(copy, &world->instance, temp_folder_root(world->folder), world->database.path);
}

/* Attaches, compares, stops. */
static void check_copy(const struct world *world, struct crash_copy *copy)
{
    struct plain_database database;
    plain_database_attach(&database, copy->instance.engine, copy->database_path, world->database.fdp);
    plain_database_expect(&database, world->committed, ROWS);
    plain_database_leave(&database);
    instance_stop(&copy->instance);
}

static void crash_and_check(struct world *world)
{
    struct crash_copy copy;
    crash(world, &copy);
    instance_start_recovering(&copy.instance);
    check_copy(world, &copy);
    instance_start(&copy.instance);
    check_copy(world, &copy);
    crash_copy_done(&copy);
}

/* ---- tests ---- */

static void a_clean_stop_keeps_everything(void **state)
{
    struct world *world = *state;
    begin_world(world);
    run_load(world, 500);
    end_world(world);
    instance_start(&world->instance);
    struct plain_database again;
    plain_database_attach(&again, world->instance.engine, world->database.path, world->database.fdp);
    plain_database_expect(&again, world->committed, ROWS);
    plain_database_detach(&again);
    instance_stop(&world->instance);
}

static void committed_rows_survive_a_crash_and_open_ones_vanish(void **state)
{
    struct world *world = *state;
    begin_world(world);
    for (unsigned i = 0; i < 12; i++) {
        run_load(world, 250);
        crash_and_check(world);
    }
    assert_int_equal(world->instance.failure, JET_errSuccess);
    end_world(world);
}

static void pages_with_open_changes_may_be_in_the_file(void **state)
{
    struct world *world = *state;
    begin_world(world);
    for (unsigned i = 0; i < 8; i++) {
        run_load(world, 250);
        write_pages(world);
        if (i % 2 == 1)
            run_load(world, 50);
        crash_and_check(world);
    }
    end_world(world);
}

static void redo_from_an_older_checkpoint_gives_the_same(void **state)
{
    struct world *world = *state;
    begin_world(world);
    run_load(world, 1500);
    struct crash_copy copy;
    crash(world, &copy);
    crash_copy_lose(&copy, "edb.chk");
    instance_start_recovering(&copy.instance);
    check_copy(world, &copy);
    crash_copy_done(&copy);
    end_world(world);
}

static void a_recovery_that_is_cut_off_anywhere_is_repeated(void **state)
{
    struct world *world = *state;
    begin_world(world);
    run_load(world, 600);
    write_pages(world);
    run_load(world, 200);
    struct crash_copy copy;
    crash(world, &copy);
    jet_err err = JET_errDiskIO;
    for (int writes = 0; err != JET_errSuccess; writes += 1 + writes / 8) {
        assert_in_range(writes, 0, 5000);
        crash_copy_limit_writes(writes);
        err = instance_try(&copy.instance);
        crash_copy_limit_writes(-1);
    }
    check_copy(world, &copy);
    crash_copy_done(&copy);
    end_world(world);
}

/* All rows of a worker get other contents. */
static void change_all(struct world *world, unsigned which, uint32_t seed)
{
    struct worker *worker = &world->workers[which];
    for (uint32_t key = which; key < ROWS; key += SESSIONS) {
        struct plain_row *row = &worker->rows[worker->level][key];
        const struct plain_row wanted = {.exists = true, .seed = seed + key, .size = 50};
        assert_int_equal(plain_database_put(&world->database, worker->session, key, row, &wanted), JET_errSuccess);
        *row = wanted;
    }
}

/* The changes are durable; what undoes them, and a commit, are not, because the log fails before that. No page may be
 * written then, however often it is tried. */
static void pages_stay_when_the_log_fails_before_what_undoes_them(void **state)
{
    struct world *world = *state;
    begin_world(world);
    for (unsigned i = 0; i < 2; i++) {
        begin_level(&world->workers[i]);
        change_all(world, i, 1);
        commit_level(world, &world->workers[i], i);
    }
    write_pages(world);
    for (unsigned i = 0; i < 2; i++) {
        begin_level(&world->workers[i]);
        change_all(world, i, 1000);
    }
    assert_int_equal(log_flush_to(world->instance.engine->log, UINT64_MAX), JET_errSuccess);
    assert_int_equal(transaction_commit(world->workers[1].session, TRANSACTION_COMMIT_LAZY, NULL), JET_errSuccess);
    crash_copy_limit_writes(0);
    assert_true(cache_write_older(world->instance.engine->cache, UINT64_MAX) < JET_errSuccess);
    crash_copy_limit_writes(-1);
    for (unsigned i = 0; i < 3; i++)
        assert_true(cache_write_older(world->instance.engine->cache, UINT64_MAX) < JET_errSuccess);
    crash_and_check(world);
    for (unsigned i = 0; i < SESSIONS; i++)
        session_end(world->workers[i].session);
    plain_database_leave(&world->database);
    instance_crash(&world->instance);
}

static void a_half_made_database_is_removed(void **state)
{
    struct world *world = *state;
    temp_folder_need_reading_in_use(world->folder);
    instance_start(&world->instance);
    plain_database_create_half(&world->database, world->instance.engine, temp_folder_path(world->folder, "test.edb"));
    struct crash_copy copy;
    struct os_path_info info;
    crash(world, &copy);
    plain_database_leave(&world->database);
    instance_crash(&world->instance);
    assert_int_equal(os_path_stat(copy.database_path, &info), JET_errSuccess);
    instance_start_recovering(&copy.instance);
    assert_int_equal(os_path_stat(copy.database_path, &info), JET_errFileNotFound);
    instance_stop(&copy.instance);
    crash_copy_done(&copy);
}

static void a_created_database_is_made_anew_from_the_log(void **state)
{
    struct world *world = *state;
    begin_world(world);
    run_load(world, 300);
    struct crash_copy copy;
    crash(world, &copy);
    crash_copy_lose(&copy, "edb.chk");
    crash_copy_lose(&copy, "test.edb");
    instance_start_recovering(&copy.instance);
    check_copy(world, &copy);
    crash_copy_done(&copy);
    end_world(world);
}

static void a_missing_database_stops_recovery_unless_it_may_be_missing(void **state)
{
    struct world *world = *state;
    begin_world(world);
    run_load(world, 800); /* so that the log where redo begins does not create it */
    end_world(world);
    instance_start(&world->instance);
    struct plain_database again;
    plain_database_attach(&again, world->instance.engine, world->database.path, world->database.fdp);
    struct crash_copy copy;
    crash(world, &copy);
    plain_database_detach(&again);
    instance_stop(&world->instance);
    crash_copy_lose(&copy, "test.edb");
    assert_int_equal(instance_try(&copy.instance), JET_errAttachedDatabaseMismatch);
    copy.instance.options.flags = RECOVERY_IGNORE_MISSING_DB;
    instance_start_recovering(&copy.instance);
    instance_stop(&copy.instance);
    crash_copy_done(&copy);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_clean_stop_keeps_everything),
        TEST(committed_rows_survive_a_crash_and_open_ones_vanish),
        TEST(pages_with_open_changes_may_be_in_the_file),
        TEST(pages_stay_when_the_log_fails_before_what_undoes_them),
        TEST(redo_from_an_older_checkpoint_gives_the_same),
        TEST(a_recovery_that_is_cut_off_anywhere_is_repeated),
        TEST(a_half_made_database_is_removed),
        TEST(a_created_database_is_made_anew_from_the_log),
        TEST(a_missing_database_stops_recovery_unless_it_may_be_missing),
    };
    return cmocka_run_group_tests_name("recover", tests, NULL, NULL);
}
