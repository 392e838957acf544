/* SPDX-License-Identifier: MIT */
/* A running instance of somebody else, received into a set: what came whole verifies, is restored and recovered and has
 * all that was promised; what did not come whole leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "jet/coldstream.h"
#include "jet_sender.h"
#include "os/os_file.h"
#include "support/temp_folder.h"
#include "tool/sample_bank.h"

struct world {
    struct temp_folder *folder;
    struct sample_bank *bank;
    struct jet_sender jet;
    struct coldstream_job *job;
    struct coldstream_summary summary;
    const char *set;
    char name[16];
    unsigned tests;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    void *folder;
    assert_non_null(world);
    assert_int_equal(temp_folder_setup(&folder), 0);
    world->folder = folder;
    const char *home = temp_folder_path(world->folder, "bank");
    assert_int_equal(os_folder_create(home), JET_errSuccess);
    const struct sample_bank_config config = {.folder = home, .name = "bank"};
    assert_int_equal(sample_bank_open(&config, &world->bank), JET_errSuccess);
    assert_int_equal(sample_bank_goes_on(world->bank), JET_errSuccess);
    const struct coldstream_callbacks nobody = {0};
    assert_int_equal(coldstream_job_new(&nobody, &world->job), JET_errSuccess);
    *state = world;
    return 0;
}

/* Each test has a set of its own. */
static int begin_test(void **state)
{
    struct world *world = *state;
    (void)snprintf(world->name, sizeof world->name, "set%u", world->tests++);
    world->set = temp_folder_path(world->folder, world->name);
    world->jet = (struct jet_sender){.instance = sample_bank_instance(world->bank)};
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    void *folder = world->folder;
    coldstream_job_free(world->job);
    assert_int_equal(sample_bank_close(world->bank), JET_errSuccess);
    assert_int_equal(temp_folder_teardown(&folder), 0);
    free(world);
    return 0;
}

static jet_err receive(struct world *world)
{
    const struct sender sender = jet_sender(&world->jet);
    const struct coldstream_receive_request request = {
        .sender = &sender,
        .set = world->set,
        .incremental = (world->jet.grbit & JET_bitBackupIncremental) != 0,
        .truncate = true,
    };
    return coldstream_receive(world->job, &request, &world->summary);
}

static void assert_nothing_left(const struct world *world)
{
    char partial[600];
    struct os_path_info info;
    (void)snprintf(partial, sizeof partial, "%s.partial", world->set);
    assert_int_equal(os_path_stat(world->set, &info), JET_errFileNotFound);
    assert_int_equal(os_path_stat(partial, &info), JET_errFileNotFound);
    assert_int_equal(world->jet.ends, 1);
    assert_false(world->jet.ended_good);
    assert_int_equal(world->jet.truncations, 0);
}

/* The instance is free for the next, which works. */
static void assert_next_works(struct world *world)
{
    world->jet = (struct jet_sender){.instance = world->jet.instance};
    assert_int_equal(receive(world), JET_errSuccess);
}

static void test_whole(void **state)
{
    struct world *world = *state;
    const struct sample_bank_numbers promised = sample_bank_noted(world->bank);
    assert_int_equal(receive(world), JET_errSuccess);
    assert_true(world->jet.ended_good);
    assert_int_equal(world->jet.truncations, 1);
    assert_int_equal(world->summary.files, world->jet.files);
    assert_true(world->summary.recoverable);
    assert_true(world->summary.first_generation > 0);

    struct coldstream_summary summary;
    assert_int_equal(coldstream_verify(world->job, world->set, 1, &summary), JET_errSuccess);
    assert_int_equal(summary.warnings + summary.damages + summary.errors, 0);
    assert_string_equal(summary.set_digest, world->summary.set_digest);

    const char *back = temp_folder_path(world->folder, "back");
    const struct coldstream_restore_request restore = {.source = world->set, .folder = back};
    assert_int_equal(coldstream_restore(world->job, &restore, &summary), JET_errSuccess);
    const struct coldstream_recover_request recover = {.folder = back};
    bool was_needed;
    assert_int_equal(coldstream_recover(world->job, &recover, &was_needed, &summary), JET_errSuccess);
    assert_true(was_needed);

    struct sample_bank_verdict verdict;
    const char *look = temp_folder_path(world->folder, "look");
    assert_int_equal(os_folder_create(look), JET_errSuccess);
    sample_bank_check(look, temp_folder_path(world->folder, "back/bank.edb"), &promised, &verdict);
    assert_string_equal(verdict.problem, "");
    assert_true(verdict.is_right);
}

static void test_incremental(void **state)
{
    struct world *world = *state;
    assert_int_equal(receive(world), JET_errSuccess);
    assert_int_equal(sample_bank_goes_on(world->bank), JET_errSuccess);
    world->jet = (struct jet_sender){.instance = world->jet.instance, .grbit = JET_bitBackupIncremental};
    world->set = temp_folder_path(world->folder, "logs");
    assert_int_equal(receive(world), JET_errSuccess);
    assert_true(world->jet.ended_good);
    assert_true(world->jet.files > 0);
    assert_false(world->summary.recoverable);
}

static void test_truncation_refused(void **state)
{
    struct world *world = *state;
    world->jet.refuses_truncation = true;
    assert_int_equal(receive(world), JET_errSuccess);
    assert_int_equal(world->summary.warnings, 1);
    assert_true(world->jet.ended_good);
}

static void test_begin_fails(void **state)
{
    struct world *world = *state;
    struct os_path_info info;
    world->jet.begin_error = JET_errBackupNotAllowedYet;
    assert_int_equal(receive(world), JET_errBackupNotAllowedYet);
    assert_int_equal(world->jet.ends, 0);
    assert_int_equal(os_path_stat(world->set, &info), JET_errFileNotFound);
    assert_next_works(world);
}

/* The end of the bytes proves nothing: neither if the server says why, nor if it does not know. */
static void test_short_streams(void **state)
{
    static const jet_err errors[] = {JET_errSuccess, JET_errBackupAbortByServer, JET_errReadVerifyFailure};
    struct world *world = *state;
    for (unsigned file = 1; file <= 2; file++) {
        for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
            world->jet =
                (struct jet_sender){.instance = world->jet.instance, .cut_file = file, .close_error = errors[i]};
            assert_int_equal(receive(world), errors[i] ? errors[i] : JET_errFileIOBeyondEOF);
            assert_nothing_left(world);
        }
    }
    assert_next_works(world);
}

/* All came, and still the server takes it back. */
static void test_close_fails(void **state)
{
    struct world *world = *state;
    world->jet.cut_file = 1;
    world->jet.close_error = JET_errDiskIO;
    assert_int_equal(receive(world), JET_errDiskIO);
    assert_nothing_left(world);
}

static void test_stopped_by_the_server(void **state)
{
    struct world *world = *state;
    for (unsigned file = 1; file <= 2; file++) {
        world->jet = (struct jet_sender){.instance = world->jet.instance, .stop_at_file = file};
        assert_int_equal(receive(world), JET_errBackupAbortByServer);
        assert_nothing_left(world);
    }
    assert_next_works(world);
}

/* A byte that changes on its way: in a header, a page, the trailer, a log. */
static void test_damage_on_the_way(void **state)
{
    struct world *world = *state;
    assert_int_equal(receive(world), JET_errSuccess);
    const struct {
        unsigned file;
        uint64_t at;
    } places[] = {
        {1, 100       },
        {1, 40000     },
        {2, 100       },
        {2, 4096 + 200},
    };
    world->set = temp_folder_path(world->folder, "other");
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        world->jet =
            (struct jet_sender){.instance = world->jet.instance, .flip_file = places[i].file, .flip_at = places[i].at};
        const jet_err err = receive(world);
        assert_true(err < JET_errSuccess);
        assert_nothing_left(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_whole, begin_test),
        cmocka_unit_test_setup(test_incremental, begin_test),
        cmocka_unit_test_setup(test_truncation_refused, begin_test),
        cmocka_unit_test_setup(test_begin_fails, begin_test),
        cmocka_unit_test_setup(test_short_streams, begin_test),
        cmocka_unit_test_setup(test_close_fails, begin_test),
        cmocka_unit_test_setup(test_stopped_by_the_server, begin_test),
        cmocka_unit_test_setup(test_damage_on_the_way, begin_test),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
