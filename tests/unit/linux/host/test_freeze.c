/* SPDX-License-Identifier: MIT */
/* Freezes over two instances: with a backup whose client never answers, thawed, timed out, refused, half-way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host_fixture.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

enum { INSTANCES = 2, A_WHILE_MS = 60 };

struct pair {
    struct world worlds[INSTANCES];
    struct temp_folder *folder;
    struct host_instance *instances[INSTANCES];
};

static int setup(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    void *folder = NULL;
    if (!pair || temp_folder_setup(&folder) != 0)
        return -1;
    pair->folder = folder;
    OK(JetSetSystemParameterA(NULL, 0, JET_paramCheckpointDepthMax, 65536, NULL));
    world_open(&pair->worlds[0], folder, "one");
    world_open(&pair->worlds[1], folder, "two");
    for (unsigned i = 0; i < INSTANCES; i++) {
        pair->instances[i] = pair->worlds[i].instance;
        world_write(&pair->worlds[i]);
        world_wait_for(&pair->worlds[i], 3000);
        world_rest(&pair->worlds[i]);
    }
    *state = pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    void *folder = pair->folder;
    for (unsigned i = 0; i < INSTANCES; i++)
        world_close(&pair->worlds[i]);
    temp_folder_teardown(&folder);
    free(pair);
    return 0;
}

static void start_writing(struct pair *pair)
{
    for (unsigned i = 0; i < INSTANCES; i++) {
        world_write(&pair->worlds[i]);
        world_wait_for(&pair->worlds[i], 50);
    }
}

static void stop_writing(struct pair *pair)
{
    for (unsigned i = 0; i < INSTANCES; i++)
        world_rest(&pair->worlds[i]);
}

static struct host_freeze *begin(struct pair *pair, const struct host_freeze_options *options, jet_err expected)
{
    struct host_freeze *freeze;
    struct asked asked;
    const struct host_call call = asked_call(&asked);
    OK(host_freeze_begin(pair->instances, INSTANCES, options, NULL, &call, &freeze));
    struct host_answer *answer = asked_wait(&asked);
    assert_int_equal(answer->err, expected);
    assert_int_equal(answer->count, expected >= JET_errSuccess ? INSTANCES : 0);
    host_answer_free(answer);
    return freeze;
}

static void dispose(struct host_freeze *freeze)
{
    OK(ERROR(host_freeze_close, freeze));
    host_freeze_free(freeze);
}

static void check_states(const struct pair *pair, enum host_instance_state state)
{
    for (unsigned i = 0; i < INSTANCES; i++)
        assert_int_equal(host_instance_state(pair->instances[i]), state);
}

static void wait_for_states(struct pair *pair, enum host_instance_state state)
{
    for (unsigned i = 0; i < INSTANCES; i++)
        world_wait_state(&pair->worlds[i], state);
}

/* Nobody writes rows while it is frozen, for as long as we look: what was under way is over soon. */
static void check_still(struct pair *pair)
{
    uint64_t sizes[INSTANCES];
    for (unsigned i = 0; i < INSTANCES; i++) {
        struct os_path_info info;
        OK(os_path_stat(pair->worlds[i].database, &info));
        sizes[i] = info.size_bytes;
    }
    pause_ms(A_WHILE_MS);
    for (unsigned i = 0; i < INSTANCES; i++) {
        struct os_path_info info;
        OK(os_path_stat(pair->worlds[i].database, &info));
        assert_int_equal(info.size_bytes, sizes[i]);
    }
}

static void copy_folder(const char *from, const char *to)
{
    struct os_folder_list names;
    OK(os_folder_create(to));
    OK(os_folder_list(from, &names));
    for (size_t i = 0; i < names.count; i++) {
        char source[700], target[700];
        static uint8_t buffer[1 << 16];
        struct os_file *out;
        size_t got;
        if (strcmp(names.names[i], "tmp.edb") == 0)
            continue;
        (void)snprintf(source, sizeof source, "%s/%s", from, names.names[i]);
        (void)snprintf(target, sizeof target, "%s/%s", to, names.names[i]);
        FILE *stream = fopen(source, "rb");
        assert_non_null(stream);
        OK(os_file_open(target, OS_FILE_CREATE_NEW, &out));
        for (uint64_t at = 0; (got = fread(buffer, 1, sizeof buffer, stream)) > 0; at += got)
            OK(os_file_write(out, at, buffer, got));
        os_file_close(out);
        (void)fclose(stream);
    }
    os_folder_list_free(&names);
}

static void what_is_copied_while_frozen_is_recovered(void **state)
{
    struct pair *pair = *state;
    const struct host_freeze_options options = {.timeout_ms = 60000, .grbit = JET_bitCopySnapshot};
    uint32_t least[INSTANCES][WRITERS];
    start_writing(pair);
    for (unsigned i = 0; i < INSTANCES; i++)
        for (unsigned j = 0; j < WRITERS; j++)
            least[i][j] = 1; /* commits are lazy: nothing newer is promised */
    struct host_freeze *freeze = begin(pair, &options, JET_errSuccess);
    assert_int_equal(host_freeze_state(freeze), HOST_FREEZE_FROZEN);
    assert_true(host_freeze_deadline_us(freeze) > host_now_us());
    check_states(pair, HOST_INSTANCE_FROZEN);
    check_still(pair);
    const char *targets[INSTANCES] = {temp_folder_path(pair->folder, "copy1"), temp_folder_path(pair->folder, "copy2")};
    for (unsigned i = 0; i < INSTANCES; i++)
        copy_folder(pair->worlds[i].root, targets[i]);
    struct host_answer *thawed = ANSWER(host_freeze_thaw, freeze);
    OK(thawed->err);
    assert_int_equal(thawed->count, INSTANCES);
    host_answer_free(thawed);
    assert_int_equal(host_freeze_state(freeze), HOST_FREEZE_ENDED);
    assert_int_equal(host_freeze_deadline_us(freeze), 0);
    check_states(pair, HOST_INSTANCE_RUNNING);
    for (unsigned i = 0; i < INSTANCES; i++)
        world_wait_for(&pair->worlds[i], 20);
    stop_writing(pair);
    assert_int_equal(ERROR(host_freeze_thaw, freeze), JET_errOSSnapshotInvalidSequence);
    assert_int_equal(ERROR(host_freeze_abort, freeze), JET_errOSSnapshotInvalidSequence);
    dispose(freeze);
    for (unsigned i = 0; i < INSTANCES; i++)
        world_check_copy(&pair->worlds[i], targets[i], least[i]);
}

/* A streaming backup runs in one, and its client sleeps for ever. */
static void a_freeze_does_not_wait_for_the_client_of_a_backup(void **state)
{
    struct pair *pair = *state;
    struct world *world = &pair->worlds[1];
    const struct host_freeze_options options = {.timeout_ms = 60000, .grbit = JET_bitCopySnapshot};
    jet_err err;
    struct host_backup *backup = copy_begin(world, NULL, NULL);
    struct host_answer *opened = ANSWER(host_backup_open_file, backup, world->database, 0, 0);
    OK(opened->err);
    const uint64_t before_us = host_now_us();
    struct host_freeze *freeze = begin(pair, &options, JET_errSuccess);
    assert_true(host_now_us() - before_us < 3000 * 1000);

    struct host_backup *refused = copy_begin(&pair->worlds[0], NULL, &err);
    assert_int_equal(err, JET_errBackupNotAllowedYet);
    copy_dispose(refused);
    OK(ERROR(host_freeze_thaw, freeze));
    dispose(freeze);

    struct host_backup *next = copy_begin(world, NULL, NULL); /* the first has still not ended */
    struct host_answer *closed = ANSWER(host_backup_close_file, backup, opened->file);
    assert_int_equal(closed->status, JET_errBackupAbortByServer);
    assert_int_equal(ERROR(host_backup_open_file, backup, world->database, 0, 0), JET_errBackupAbortByServer);
    OK(ERROR(host_backup_end, backup, JET_bitBackupEndNormal));
    struct host_backup_progress progress;
    host_backup_progress_get(backup, &progress);
    assert_string_equal(progress.reason, "a snapshot freezes the instance");
    host_answer_free(closed);
    host_answer_free(opened);
    copy_dispose(backup);
    copy_whole(next, NULL); /* which none of that has touched */
    copy_dispose(next);
}

static void the_deadline_thaws_and_a_late_thaw_is_told(void **state)
{
    struct pair *pair = *state;
    const struct host_freeze_options options = {.timeout_ms = 50, .grbit = JET_bitContinueAfterThaw};
    start_writing(pair);
    struct host_freeze *freeze = begin(pair, &options, JET_errSuccess);
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    while (host_freeze_state(freeze) == HOST_FREEZE_FROZEN && host_now_us() < until_us)
        pause_ms(1);
    wait_for_states(pair, HOST_INSTANCE_RUNNING);
    for (unsigned i = 0; i < INSTANCES; i++)
        world_wait_for(&pair->worlds[i], 20); /* nobody thaws, and they go on */
    stop_writing(pair);
    assert_int_equal(host_freeze_state(freeze), HOST_FREEZE_TIMED_OUT);
    assert_int_equal(ERROR(host_freeze_thaw, freeze), JET_errOSSnapshotTimeOut);
    assert_int_equal(ERROR(host_freeze_thaw, freeze), JET_errOSSnapshotTimeOut);
    assert_int_equal(ERROR(host_freeze_truncate_log, freeze), JET_errOSSnapshotInvalidSequence);
    check_states(pair, HOST_INSTANCE_RUNNING);
    const struct host_freeze_options patient = {.timeout_ms = 60000, .grbit = JET_bitContinueAfterThaw};
    struct host_freeze *next = begin(pair, &patient, JET_errSuccess); /* the old one is in nobody's way */
    assert_int_equal(ERROR(host_freeze_end, freeze, 0), JET_errOSSnapshotInvalidSequence);
    OK(ERROR(host_freeze_end, freeze, JET_bitAbortSnapshot));
    check_states(pair, HOST_INSTANCE_FROZEN); /* nor it in the next one's */
    OK(ERROR(host_freeze_thaw, next));
    dispose(next);
    dispose(freeze);
}

static void a_second_freeze_is_refused(void **state)
{
    struct pair *pair = *state;
    const struct host_freeze_options options = {.timeout_ms = 60000,
                                                .grbit = JET_bitCopySnapshot | JET_bitContinueAfterThaw};
    struct host_freeze *freeze = begin(pair, &options, JET_errSuccess);
    struct host_freeze *second = begin(pair, &options, JET_errOSSnapshotInvalidSequence);
    assert_int_equal(host_freeze_state(second), HOST_FREEZE_ENDED);
    dispose(second);
    check_states(pair, HOST_INSTANCE_FROZEN); /* still the first one's */
    OK(ERROR(host_freeze_thaw, freeze));
    check_states(pair, HOST_INSTANCE_RUNNING);
    second = begin(pair, &options, JET_errOSSnapshotNotAllowed); /* thawed, and not ended */
    dispose(second);
    assert_int_equal(ERROR(host_freeze_thaw, freeze), JET_errOSSnapshotInvalidSequence);
    OK(ERROR(host_freeze_end, freeze, 0));
    dispose(freeze);
    freeze = begin(pair, &options, JET_errSuccess);
    dispose(freeze); /* without a thaw: an abort */
    check_states(pair, HOST_INSTANCE_RUNNING);
}

/* One of them cannot: none is. */
static void all_are_frozen_or_none(void **state)
{
    struct pair *pair = *state;
    const struct host_freeze_options options = {.timeout_ms = 60000, .grbit = JET_bitIncrementalSnapshot};
    struct host_freeze *freeze = begin(pair, &options, JET_errMissingFullBackup);
    check_states(pair, HOST_INSTANCE_RUNNING);
    dispose(freeze);
    for (unsigned i = 0; i < INSTANCES; i++) { /* their gates are open again */
        struct host_backup *backup = copy_begin(&pair->worlds[i], NULL, NULL);
        copy_dispose(backup);
    }
    const struct host_instance_config missing = {.label = "three", .system_path = "/nonexistent/folder"};
    struct host_instance *failed;
    OK(host_instance_open(&missing, NULL, &failed));
    struct host_instance *all[] = {pair->instances[0], failed};
    struct asked asked;
    const struct host_call call = asked_call(&asked);
    OK(host_freeze_begin(all, 2, &options, NULL, &call, &freeze));
    assert_int_equal(asked_error(&asked), JET_errOSSnapshotNotAllowed);
    dispose(freeze);
    check_states(pair, HOST_INSTANCE_RUNNING);
    OK(ERROR(host_instance_close, failed));
    host_instance_free(failed);
    const struct host_freeze_options never = {.timeout_ms = 0};
    assert_int_equal(host_freeze_begin(pair->instances, INSTANCES, &never, NULL, &call, &freeze),
                     JET_errInvalidParameter);
}

static void logs_are_truncated_after_a_thaw(void **state)
{
    struct pair *pair = *state;
    const struct host_freeze_options options = {.timeout_ms = 60000, .grbit = JET_bitContinueAfterThaw};
    for (unsigned i = 0; i < INSTANCES; i++) {
        world_write(&pair->worlds[i]);
        world_wait_for(&pair->worlds[i], 3000);
    }
    stop_writing(pair);
    struct host_freeze *freeze = begin(pair, &options, JET_errSuccess);
    assert_int_equal(ERROR(host_freeze_truncate_log, freeze), JET_errOSSnapshotInvalidSequence);
    assert_int_equal(ERROR(host_freeze_end, freeze, 0), JET_errOSSnapshotInvalidSequence);
    OK(ERROR(host_freeze_thaw, freeze));
    struct host_answer *truncated = ANSWER(host_freeze_truncate_log, freeze);
    OK(truncated->err);
    assert_true(truncated->count > 0);
    host_answer_free(truncated);
    assert_int_equal(host_freeze_state(freeze), HOST_FREEZE_TRUNCATED);
    truncated = ANSWER(host_freeze_truncate_log, freeze);
    OK(truncated->err);
    assert_int_equal(truncated->count, 0);
    host_answer_free(truncated);
    OK(ERROR(host_freeze_end, freeze, 0));
    dispose(freeze);
}

static void a_thaw_that_comes_while_it_freezes_is_not_lost(void **state)
{
    struct pair *pair = *state;
    const struct host_freeze_options options = {.timeout_ms = 60000, .grbit = JET_bitCopySnapshot};
    struct host_freeze *freeze;
    struct asked frozen, thawed;
    const struct host_call frozen_call = asked_call(&frozen), thawed_call = asked_call(&thawed);
    OK(host_freeze_begin(pair->instances, INSTANCES, &options, NULL, &frozen_call, &freeze));
    host_freeze_thaw(freeze, &thawed_call);
    OK(asked_error(&frozen));
    OK(asked_error(&thawed));
    check_states(pair, HOST_INSTANCE_RUNNING);
    dispose(freeze);
}

/* The engine's time-out is as it was. */
static void the_time_out_of_the_process_is_put_back(void **state)
{
    struct pair *pair = *state;
    const struct host_freeze_options options = {.timeout_ms = 60000, .grbit = JET_bitCopySnapshot};
    JET_API_PTR timeout = 0;
    OK(JetSetSystemParameterA(NULL, 0, JET_paramOSSnapshotTimeout, 12345, NULL));
    struct host_freeze *freeze = begin(pair, &options, JET_errSuccess);
    OK(ERROR(host_freeze_thaw, freeze));
    dispose(freeze);
    OK(JetGetSystemParameterA(0, 0, JET_paramOSSnapshotTimeout, &timeout, NULL, 0));
    assert_int_equal(timeout, 12345);
}

/* Each instance on its own, side by side. */
static void the_time_out_is_put_back_by_freezes_side_by_side_too(void **state)
{
    enum { ROUNDS = 20 };
    struct pair *pair = *state;
    const struct host_freeze_options options = {.timeout_ms = 60000, .grbit = JET_bitCopySnapshot};
    JET_API_PTR timeout = 12345;
    OK(JetSetSystemParameterA(NULL, 0, JET_paramOSSnapshotTimeout, timeout, NULL));
    for (unsigned round = 0; round < ROUNDS && timeout == 12345; round++) {
        struct host_freeze *freezes[INSTANCES];
        struct asked asked[INSTANCES];
        for (unsigned i = 0; i < INSTANCES; i++) {
            const struct host_call call = asked_call(&asked[i]);
            OK(host_freeze_begin(&pair->instances[i], 1, &options, NULL, &call, &freezes[i]));
        }
        for (unsigned i = 0; i < INSTANCES; i++)
            OK(asked_error(&asked[i]));
        for (unsigned i = 0; i < INSTANCES; i++)
            dispose(freezes[i]);
        OK(JetGetSystemParameterA(0, 0, JET_paramOSSnapshotTimeout, &timeout, NULL, 0));
    }
    assert_int_equal(timeout, 12345);
}

/* The engine thaws by itself, because we are late. */
static void the_engines_time_out_is_told_as_well(void **state)
{
    struct pair *pair = *state;
    const struct host_freeze_options options = {.timeout_ms = 60000, .grbit = JET_bitCopySnapshot};
    struct host_freeze *freeze = begin(pair, &options, JET_errSuccess);
    JET_OSSNAPID last = 0;
    OK(JetOSSnapshotPrepare(&last, JET_bitExplicitPrepare)); /* the next number */
    OK(JetOSSnapshotAbort(last, 0));
    OK(JetOSSnapshotAbort(last - 1, 0)); /* as if: the session is gone */
    assert_int_equal(ERROR(host_freeze_thaw, freeze), JET_errOSSnapshotInvalidSnapId);
    check_states(pair, HOST_INSTANCE_RUNNING);
    assert_int_equal(host_freeze_state(freeze), HOST_FREEZE_ENDED);
    dispose(freeze);
    freeze = begin(pair, &options, JET_errSuccess); /* nothing of it is left */
    dispose(freeze);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_frozen_or_none),
        cmocka_unit_test(what_is_copied_while_frozen_is_recovered),
        cmocka_unit_test(a_freeze_does_not_wait_for_the_client_of_a_backup),
        cmocka_unit_test(the_deadline_thaws_and_a_late_thaw_is_told),
        cmocka_unit_test(a_second_freeze_is_refused),
        cmocka_unit_test(logs_are_truncated_after_a_thaw),
        cmocka_unit_test(a_thaw_that_comes_while_it_freezes_is_not_lost),
        cmocka_unit_test(the_time_out_of_the_process_is_put_back),
        cmocka_unit_test(the_time_out_is_put_back_by_freezes_side_by_side_too),
        cmocka_unit_test(the_engines_time_out_is_told_as_well),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
