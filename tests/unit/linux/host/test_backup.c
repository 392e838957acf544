/* SPDX-License-Identifier: MIT */
/* Streaming backups through pipes: of a live instance, stopped, left early, idle, limited; and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "host_fixture.h"
#include "os/os_file.h"
#include "support/temp_folder.h"

static void open_database(struct world *world, struct host_backup *backup, struct host_answer **ret_opened)
{
    *ret_opened = ANSWER(host_backup_open_file, backup, world->database, 0, 0);
    OK((*ret_opened)->err);
}

/* The pump has filled the pipe, or whatever it can. */
/* What the reader has not read grows no more. */
static void wait_until_full(int fd)
{
    int before, now = -1;
    do {
        before = now;
        pause_ms(20);
        assert_int_equal(ioctl(fd, FIONREAD, &now), 0);
    } while (now != before || now == 0);
}

static uint64_t read_to_end(int fd)
{
    static uint8_t buffer[65536];
    uint64_t sum = 0;
    ssize_t got;
    while ((got = read(fd, buffer, sizeof buffer)) > 0)
        sum += (uint64_t)got;
    assert_int_equal(got, 0);
    return sum;
}

static void an_incremental_one_needs_a_full_one_before(void **state)
{
    struct world *world = *state;
    jet_err err;
    const struct host_backup_options incremental = {.grbit = JET_bitBackupIncremental};
    struct host_backup *backup = copy_begin(world, &incremental, &err);
    assert_int_equal(err, JET_errMissingFullBackup);
    copy_dispose(backup);
}

static void a_live_instance_is_backed_up_and_restored(void **state)
{
    struct world *world = *state;
    const char *target = temp_folder_path(world->folder, "copy");
    uint32_t least[WRITERS];
    OK(os_folder_create(target));
    world_write(world);
    world_wait_for(world, 500);
    struct host_backup *backup = copy_begin(world, NULL, NULL);
    for (unsigned i = 0; i < WRITERS; i++)
        least[i] = atomic_load(&world->committed[i]);
    copy_whole(backup, target);
    world_rest(world);

    struct host_backup_progress progress;
    host_backup_progress_get(backup, &progress);
    assert_int_equal(progress.phase, HOST_BACKUP_ENDED);
    assert_true(progress.files_done >= 2);
    assert_true(progress.bytes_done > 0);
    assert_true(progress.bytes_total > 0);
    assert_true(progress.last_generation >= progress.first_generation && progress.first_generation > 0);
    assert_string_equal(progress.file, "");
    copy_dispose(backup);
    world_check_copy(world, target, least);
}

static void lists_are_given_in_parts(void **state)
{
    struct world *world = *state;
    struct host_backup *backup = copy_begin(world, NULL, NULL);
    struct host_answer *all = ANSWER(host_backup_get_log_info, backup, 0, 10000);
    OK(all->err);
    assert_true(all->total > 0);
    assert_int_equal(all->file_count, all->total);
    assert_true(all->last_generation >= all->first_generation);
    struct host_answer *part = ANSWER(host_backup_get_log_info, backup, all->total - 1, 5);
    OK(part->err);
    assert_int_equal(part->file_count, 1);
    assert_int_equal(part->total, all->total);
    assert_string_equal(part->files[0].path, all->files[all->total - 1].path);
    assert_true(part->files[0].size_bytes > 0);
    struct host_answer *beyond = ANSWER(host_backup_get_log_info, backup, all->total + 5, 10);
    OK(beyond->err);
    assert_int_equal(beyond->file_count, 0);
    host_answer_free(all);
    host_answer_free(part);
    host_answer_free(beyond);
    copy_dispose(backup);
}

struct heard {
    atomic_uint stops;
    char reason[128];
    jet_err code;
};

static void heard_stopped(void *context, struct host_backup *backup, const char *reason, jet_err code)
{
    struct heard *heard = context;
    (void)backup;
    (void)strncpy(heard->reason, reason, sizeof heard->reason - 1);
    heard->code = code;
    atomic_fetch_add(&heard->stops, 1);
}

static struct host_backup *begin_heard(struct world *world, const struct host_backup_options *options,
                                       struct heard *heard)
{
    const struct host_backup_listener listener = {heard, heard_stopped};
    struct host_backup *backup;
    struct asked asked;
    const struct host_call call = asked_call(&asked);
    memset(heard, 0, sizeof *heard);
    OK(host_backup_begin(world->instance, options, &listener, &call, &backup));
    OK(asked_error(&asked));
    return backup;
}

static void wait_for_stop(struct heard *heard)
{
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    while (atomic_load(&heard->stops) == 0 && host_now_us() < until_us)
        pause_ms(1);
    assert_int_equal(atomic_load(&heard->stops), 1);
    assert_int_equal(heard->code, JET_errBackupAbortByServer);
}

/* What every stopped client meets, whoever stopped it. */
static void check_stopped_client(struct world *world, struct host_backup *backup, struct host_answer *opened)
{
    assert_true(read_to_end(opened->fd) < opened->bytes);
    assert_int_equal(ERROR(host_backup_open_file, backup, world->database, 0, 0), JET_errBackupAbortByServer);
    assert_int_equal(ERROR(host_backup_get_attach_info, backup, 0, 9), JET_errBackupAbortByServer);
    assert_int_equal(ERROR(host_backup_get_log_info, backup, 0, 9), JET_errBackupAbortByServer);
    assert_int_equal(ERROR(host_backup_truncate_log, backup), JET_errBackupAbortByServer);
    struct host_answer *closed = ANSWER(host_backup_close_file, backup, opened->file);
    OK(closed->err);
    assert_int_equal(closed->status, JET_errBackupAbortByServer);
    assert_true(closed->bytes < opened->bytes);
    OK(ERROR(host_backup_end, backup, JET_bitBackupEndNormal));
    assert_int_equal(ERROR(host_backup_end, backup, JET_bitBackupEndNormal), JET_errNoBackup);
    host_answer_free(closed);
    host_answer_free(opened);
}

static void a_stop_does_not_wait_for_a_reader_that_sleeps(void **state)
{
    struct world *world = *state;
    const struct host_backup_options full = {.grbit = 0};
    struct heard heard;
    struct host_answer *opened;
    struct host_backup *backup = begin_heard(world, &full, &heard);
    open_database(world, backup, &opened);
    wait_until_full(opened->fd);
    const uint64_t before_us = host_now_us();
    struct host_answer *stopped = ANSWER(host_instance_stop_backups, world->instance, "maintenance");
    assert_true(host_now_us() - before_us < 1000 * 1000);
    OK(stopped->err);
    assert_int_equal(stopped->count, 1);
    host_answer_free(stopped);
    wait_for_stop(&heard);
    assert_string_equal(heard.reason, "maintenance");
    stopped = ANSWER(host_instance_stop_backups, world->instance, "again");
    assert_int_equal(stopped->count, 0);
    host_answer_free(stopped);
    check_stopped_client(world, backup, opened);
    copy_dispose(backup);
    assert_int_equal(atomic_load(&heard.stops), 1);
}

static JET_INSTANCE only_instance(void)
{
    JET_INSTANCE_INFO_A *infos;
    uint32_t count;
    OK(JetGetInstanceInfoA(&count, &infos));
    assert_int_equal(count, 1);
    const JET_INSTANCE instance = infos[0].hInstanceId;
    OK(JetFreeBuffer((char *)infos));
    return instance;
}

static void the_engines_own_stop_ends_the_stream_too(void **state)
{
    struct world *world = *state;
    const struct host_backup_options full = {.grbit = 0};
    struct heard heard;
    struct host_answer *opened;
    struct host_backup *backup = begin_heard(world, &full, &heard);
    open_database(world, backup, &opened);
    wait_until_full(opened->fd);
    OK(JetStopBackupInstance(only_instance()));
    wait_for_stop(&heard);
    check_stopped_client(world, backup, opened);
    copy_dispose(backup);
}

static void a_stop_before_the_begin_is_through_is_not_lost(void **state)
{
    struct world *world = *state;
    const struct host_backup_options full = {.grbit = 0};
    struct host_backup *backup;
    struct asked asked;
    const struct host_call call = asked_call(&asked);
    OK(host_backup_begin(world->instance, &full, NULL, &call, &backup));
    host_backup_stop(backup, "too early", NULL);
    OK(asked_error(&asked));
    assert_int_equal(ERROR(host_backup_get_attach_info, backup, 0, 9), JET_errBackupAbortByServer);
    OK(ERROR(host_backup_end, backup, JET_bitBackupEndNormal));
    struct host_answer *stopped = ANSWER(host_backup_stop, backup, "too late");
    assert_int_equal(stopped->count, 0);
    host_answer_free(stopped);
    copy_dispose(backup);
}

static void a_reader_may_have_enough(void **state)
{
    struct world *world = *state;
    uint8_t some[5000];
    struct host_answer *opened;
    struct host_backup *backup = copy_begin(world, NULL, NULL);
    open_database(world, backup, &opened);
    assert_int_equal(read(opened->fd, some, sizeof some), sizeof some);
    (void)close(opened->fd); /* the client goes away in the middle */
    opened->fd = -1;
    pause_ms(20);
    struct host_answer *closed = ANSWER(host_backup_close_file, backup, opened->file);
    OK(closed->err);
    OK(closed->status);
    assert_true(closed->bytes >= sizeof some && closed->bytes < opened->bytes);
    host_answer_free(closed);
    host_answer_free(opened);

    open_database(world, backup, &opened); /* CloseFile before the end, with a reader that sleeps */
    wait_until_full(opened->fd);
    closed = ANSWER(host_backup_close_file, backup, opened->file);
    OK(closed->err);
    OK(closed->status);
    assert_true(closed->bytes > 0 && closed->bytes < opened->bytes);
    assert_int_equal(read_to_end(opened->fd), closed->bytes);
    host_answer_free(closed);
    host_answer_free(opened);

    copy_file(backup, world->database, NULL); /* and the backup goes on */
    OK(ERROR(host_backup_end, backup, JET_bitBackupEndAbort));
    copy_dispose(backup);
}

static void parts_of_a_file_are_streams_of_their_own(void **state)
{
    struct world *world = *state;
    enum { PAGE = 4096 };
    static uint8_t whole[20 * PAGE], part[4 * PAGE];
    struct host_backup *backup = copy_begin(world, NULL, NULL);
    struct host_answer *opened = ANSWER(host_backup_open_file, backup, world->database, 0, sizeof whole);
    OK(opened->err);
    assert_int_equal(opened->bytes, sizeof whole);
    for (size_t at = 0; at < sizeof whole;)
        at += (size_t)read(opened->fd, whole + at, sizeof whole - at);
    assert_int_equal(read(opened->fd, part, 1), 0);
    OK(ERROR(host_backup_close_file, backup, opened->file));
    host_answer_free(opened);

    opened = ANSWER(host_backup_open_file, backup, world->database, 6 * PAGE, sizeof part);
    OK(opened->err);
    assert_int_equal(opened->bytes, sizeof part);
    for (size_t at = 0; at < sizeof part;)
        at += (size_t)read(opened->fd, part + at, sizeof part - at);
    assert_memory_equal(part, whole + 6 * PAGE, sizeof part);
    OK(ERROR(host_backup_close_file, backup, opened->file));
    host_answer_free(opened);
    assert_int_equal(ERROR(host_backup_open_file, backup, world->database, 100, 0), JET_errInvalidParameter);
    copy_dispose(backup);
}

static void what_is_not_allowed_is_refused(void **state)
{
    struct world *world = *state;
    jet_err err;
    struct host_answer *opened;
    struct host_backup *backup = copy_begin(world, NULL, NULL);
    struct host_backup *second = copy_begin(world, NULL, &err);
    assert_int_equal(err, JET_errBackupInProgress);
    assert_int_equal(ERROR(host_backup_get_attach_info, second, 0, 9), JET_errNoBackup);
    copy_dispose(second);

    assert_int_equal(ERROR(host_backup_open_file, backup, "/etc/passwd", 0, 0), JET_errFileNotFound);
    struct host_answer *answer = ANSWER(host_backup_close_file, backup, 1);
    assert_int_equal(answer->err, JET_errInvalidParameter);
    assert_int_equal(answer->reason, HOST_REASON_NO_SUCH_FILE);
    host_answer_free(answer);

    open_database(world, backup, &opened);
    answer = ANSWER(host_backup_open_file, backup, world->database, 0, 0);
    assert_int_equal(answer->reason, HOST_REASON_LIMIT);
    assert_int_equal(answer->fd, -1);
    host_answer_free(answer);
    assert_int_equal(ERROR(host_backup_get_log_info, backup, 0, 9), JET_errInvalidBackupSequence);
    assert_int_equal(ERROR(host_backup_close_file, backup, opened->file + 1), JET_errInvalidParameter);
    OK(ERROR(host_backup_close_file, backup, opened->file));
    host_answer_free(opened);
    assert_int_equal(ERROR(host_backup_truncate_log, backup), JET_errInvalidBackupSequence);
    assert_int_equal(ERROR(host_backup_end, backup, 0x80), JET_errInvalidParameter);
    OK(ERROR(host_backup_end, backup, JET_bitBackupEndNormal));
    copy_dispose(backup);
}

static void logs_are_truncated_and_counted(void **state)
{
    struct world *world = *state;
    struct host_instance_info info;
    bool is_seen;
    OK(host_instance_info_get(world->instance, &info));
    const uint32_t first = info.first_generation;
    host_instance_info_done(&info);
    struct host_backup *backup = copy_begin(world, NULL, NULL);
    copy_file(backup, world->database, NULL);
    struct host_answer *logs = ANSWER(host_backup_get_log_info, backup, 0, 10000);
    OK(logs->err);
    assert_int_equal(ERROR(host_backup_truncate_log, backup), JET_errLogFileNotCopied);
    for (size_t i = 0; i < logs->file_count; i++)
        copy_file(backup, logs->files[i].path, NULL);
    struct host_answer *deletable = ANSWER(host_backup_get_truncate_info, backup, 0, 10000);
    OK(deletable->err);
    assert_true(deletable->total > 0);
    struct host_answer *truncated = ANSWER(host_backup_truncate_log, backup);
    OK(truncated->err);
    assert_int_equal(truncated->count, deletable->total);
    OK(ERROR(host_backup_end, backup, JET_bitBackupEndNormal));
    copy_dispose(backup);
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    do {
        host_instance_refresh(world->instance);
        pause_ms(5);
        OK(host_instance_info_get(world->instance, &info));
        is_seen = info.first_generation > first && info.last_full.last_generation > 0;
        if (!is_seen)
            host_instance_info_done(&info);
    } while (!is_seen && host_now_us() < until_us);
    assert_true(is_seen);
    assert_int_equal(info.first_generation, first + deletable->total);
    assert_true(info.last_full.last_generation > 0);
    assert_true(info.last_full.time_us > 1700000000ull * 1000000);
    host_instance_info_done(&info);
    host_answer_free(logs);
    host_answer_free(deletable);
    host_answer_free(truncated);
}

static void an_idle_backup_gives_way(void **state)
{
    struct world *world = *state;
    const struct host_backup_options hasty = {.idle_timeout_ms = 300};
    struct heard heard;
    struct host_answer *opened;
    struct host_backup *backup = begin_heard(world, &hasty, &heard);
    open_database(world, backup, &opened);
    wait_for_stop(&heard);
    assert_string_equal(heard.reason, "idle for too long");
    struct host_backup *next = copy_begin(world, NULL, NULL); /* although the first has not ended */
    struct host_answer *others;
    open_database(world, next, &others);
    check_stopped_client(world, backup, opened);
    copy_dispose(backup);
    assert_int_equal(read_to_end(others->fd), others->bytes); /* whom the end of the first did not touch */
    host_answer_free(others);
    OK(ERROR(host_backup_end, next, JET_bitBackupEndAbort));
    copy_dispose(next);
}

/* Its client knows of the stop, and hangs. */
static void a_stopped_backup_that_is_idle_gives_way_too(void **state)
{
    struct world *world = *state;
    const struct host_backup_options hasty = {.idle_timeout_ms = 300};
    const uint64_t until_us = host_now_us() + PATIENCE_MS * 1000ull;
    struct heard heard;
    struct host_answer *opened;
    struct host_backup *backup = begin_heard(world, &hasty, &heard);
    open_database(world, backup, &opened);
    host_answer_free(ANSWER(host_backup_stop, backup, "a test"));
    wait_for_stop(&heard);
    struct host_backup *next;
    jet_err err;
    while ((next = copy_begin(world, NULL, &err), err == JET_errBackupInProgress) && host_now_us() < until_us) {
        copy_dispose(next);
        pause_ms(20);
    }
    OK(err);
    check_stopped_client(world, backup, opened);
    copy_dispose(backup);
    OK(ERROR(host_backup_end, next, JET_bitBackupEndAbort));
    copy_dispose(next);
}

static void a_reader_that_reads_is_not_idle(void **state)
{
    struct world *world = *state;
    const struct host_backup_options hasty = {.idle_timeout_ms = 1500,
                                              .max_rate = 1700000}; /* a busy machine sleeps, too */
    struct host_backup *backup = copy_begin(world, &hasty, NULL);
    const uint64_t before_us = host_now_us();
    copy_file(backup, world->database, NULL);
    assert_true(host_now_us() - before_us > 1600 * 1000);
    OK(ERROR(host_backup_end, backup, JET_bitBackupEndAbort));
    copy_dispose(backup);
}

static void a_rate_is_kept(void **state)
{
    struct world *world = *state;
    struct host_backup_options slow = {.max_rate = 16000000};
    for (unsigned transport = HOST_TRANSPORT_PIPE; transport <= HOST_TRANSPORT_SOCKET; transport++) {
        slow.transport = (enum host_transport)transport;
        struct host_backup *backup = copy_begin(world, &slow, NULL);
        const uint64_t before_us = host_now_us();
        copy_file(backup, world->database, NULL);
        struct host_backup_progress progress;
        host_backup_progress_get(backup, &progress);
        const double seconds = (double)(host_now_us() - before_us) / 1e6;
        assert_true((double)progress.bytes_done / seconds < 16000000 * 1.3);
        OK(ERROR(host_backup_end, backup, JET_bitBackupEndAbort));
        copy_dispose(backup);
    }
}

/* Its client is gone in mid-stream: nothing is left, and the next one begins at once. */
static void a_backup_that_is_abandoned_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct host_answer *opened;
    for (unsigned i = 0; i < 3; i++) {
        struct host_backup *backup = copy_begin(world, NULL, NULL);
        open_database(world, backup, &opened);
        wait_until_full(opened->fd);
        copy_dispose(backup);
        assert_true(read_to_end(opened->fd) < opened->bytes);
        host_answer_free(opened);
    }
    struct host_backup *last = copy_begin(world, NULL, NULL);
    copy_whole(last, NULL);
    copy_dispose(last);
}

/* The instance goes on, and whoever stops its backups later finds nothing of the one that is freed. */
static void an_instance_that_is_given_back_forgets_its_backup(void **state)
{
    struct world *world = *state;
    const struct host_call *call = ask();
    const struct host_backup_options full = {.grbit = 0};
    const JET_INSTANCE handle = world_handle(world);
    struct host_instance *lent;
    struct host_backup *backup;
    OK(host_instance_adopt(handle, "lent", NULL, &lent));
    OK(host_backup_begin(lent, &full, NULL, call, &backup));
    OK(answered_error());
    OK(ERROR(host_instance_close, lent));
    copy_dispose(backup);
    host_instance_free(lent);
    OK(JetStopBackupInstance(handle));
    struct host_backup *next = copy_begin(world, NULL, NULL);
    copy_whole(next, NULL);
    copy_dispose(next);
}

/* The application ends it by itself, while the pump waits for its turn. */
static void the_end_of_the_engines_instance_ends_the_stream(void **state)
{
    struct world *world = *state;
    const struct host_backup_options slow = {.max_rate = 1000};
    struct world other = {.changes = 0};
    struct heard heard;
    struct host_answer *opened;
    world_open(&other, world->folder, "two");
    struct host_backup *backup = begin_heard(&other, &slow, &heard);
    open_database(&other, backup, &opened);
    OK(JetTerm2(world_handle(&other), JET_bitTermComplete | JET_bitTermStopBackup));
    wait_for_stop(&heard);
    assert_true(read_to_end(opened->fd) < opened->bytes);
    host_answer_free(opened);
    copy_dispose(backup);
    assert_true(ERROR(host_instance_close, other.instance) < JET_errSuccess); /* it has ended */
    host_instance_free(other.instance);
}

static void an_instance_that_closes_stops_its_backup(void **state)
{
    struct world *world = *state;
    const struct host_backup_options full = {.grbit = 0};
    struct heard heard;
    struct host_answer *opened;
    struct host_backup *backup = begin_heard(world, &full, &heard);
    open_database(world, backup, &opened);
    wait_until_full(opened->fd);
    OK(ERROR(host_instance_close, world->instance));
    assert_int_equal(host_instance_state(world->instance), HOST_INSTANCE_CLOSED);
    wait_for_stop(&heard);
    assert_true(read_to_end(opened->fd) < opened->bytes);
    struct host_answer *closed = ANSWER(host_backup_close_file, backup, opened->file);
    assert_int_equal(closed->status, JET_errBackupAbortByServer);
    OK(ERROR(host_backup_end, backup, JET_bitBackupEndNormal));
    copy_dispose(backup);
    host_answer_free(closed);
    host_answer_free(opened);
    jet_err err;
    backup = copy_begin(world, NULL, &err);
    assert_int_equal(err, JET_errTermInProgress);
    copy_dispose(backup);
    host_instance_free(world->instance);
    world->instance = NULL;
}

static void sigpipe_does_nothing_to_the_process(void **state)
{
    struct world *world = *state;
    struct host_answer *opened;
    struct host_backup *backup = copy_begin(world, NULL, NULL);
    for (unsigned i = 0; i < 20; i++) {
        open_database(world, backup, &opened);
        (void)close(opened->fd);
        opened->fd = -1;
        struct host_answer *closed = ANSWER(host_backup_close_file, backup, opened->file);
        OK(closed->status);
        host_answer_free(closed);
        host_answer_free(opened);
    }
    copy_dispose(backup);
}

/* One instance for all, with a database that no pipe takes. */
static int setup(void **state)
{
    if (world_setup(state) != 0)
        return -1;
    world_write(*state);
    world_wait_for(*state, 12000);
    world_rest(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_incremental_one_needs_a_full_one_before),
        cmocka_unit_test(a_live_instance_is_backed_up_and_restored),
        cmocka_unit_test(lists_are_given_in_parts),
        cmocka_unit_test(a_stop_does_not_wait_for_a_reader_that_sleeps),
        cmocka_unit_test(the_engines_own_stop_ends_the_stream_too),
        cmocka_unit_test(a_stop_before_the_begin_is_through_is_not_lost),
        cmocka_unit_test(a_reader_may_have_enough),
        cmocka_unit_test(parts_of_a_file_are_streams_of_their_own),
        cmocka_unit_test(what_is_not_allowed_is_refused),
        cmocka_unit_test(logs_are_truncated_and_counted),
        cmocka_unit_test(an_idle_backup_gives_way),
        cmocka_unit_test(a_stopped_backup_that_is_idle_gives_way_too),
        cmocka_unit_test(a_reader_that_reads_is_not_idle),
        cmocka_unit_test(a_rate_is_kept),
        cmocka_unit_test(a_backup_that_is_abandoned_leaves_nothing),
        cmocka_unit_test(an_instance_that_is_given_back_forgets_its_backup),
        cmocka_unit_test(the_end_of_the_engines_instance_ends_the_stream),
        cmocka_unit_test(sigpipe_does_nothing_to_the_process),
        cmocka_unit_test(an_instance_that_closes_stops_its_backup), /* the last */
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
