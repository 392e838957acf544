/* SPDX-License-Identifier: MIT */
/* Jobs: the operations as one call each, what they count and tell, and the stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "jet/coldstream.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_stream.h"
#include "os/os_thread.h"
#include "support/temp_folder.h"
#include "tool/sample_database.h"
#include "tool/sample_log.h"

/* What the callbacks heard. */
struct heard {
    unsigned findings, errors, stopped, progress, files;
    uint64_t pages, bytes_done, bytes_total;
    char last_phase[16];
    unsigned digests;
};

static void hear_finding(void *context, const struct finding *finding)
{
    struct heard *heard = context;
    heard->findings++;
    heard->errors += finding->severity == FINDING_ERROR;
    heard->stopped += finding->kind == FINDING_STOPPED;
    assert_non_null(finding->file);
}

static void hear_progress(void *context, const struct coldstream_progress *progress)
{
    struct heard *heard = context;
    heard->progress++;
    assert_true(progress->file_count == 0 || progress->file_index <= progress->file_count);
    assert_true(progress->bytes_done >= heard->bytes_done);
    heard->bytes_done = progress->bytes_done;
    heard->bytes_total = progress->bytes_total;
    strncpy(heard->last_phase, progress->phase, sizeof heard->last_phase - 1);
}

static void hear_file(void *context, const struct coldstream_file *file)
{
    struct heard *heard = context;
    heard->files++;
    heard->pages += file->pages_checked;
    heard->digests += strlen(file->digest) == 32;
}

static struct coldstream_job *new_job(struct heard *heard)
{
    const struct coldstream_callbacks callbacks = {heard, hear_finding, hear_progress, hear_file};
    struct coldstream_job *job;
    *heard = (struct heard){0};
    assert_int_equal(coldstream_job_new(&callbacks, &job), 0);
    return job;
}

enum { LOGS = 4, PAGES = 254 };

/* A dirty database of 1 MiB with four logs and a checkpoint. */
static const char *make_data(struct temp_folder *t)
{
    const char *folder = temp_folder_path(t, "data");
    const char *path = temp_folder_path(t, "data/mail.edb");
    struct sample_log_stream stream;
    struct sample_database_info info;
    assert_int_equal(os_folder_create(folder), 0);
    assert_int_equal(sample_log_stream_make(3, 6, &stream), 0);
    const struct sample_database_request request = {
        .path = path, .page_size = 4096, .size_bytes = (PAGES + 2) * 4096, .seed = 1, .log = &stream};
    assert_int_equal(sample_database_write(&request, &info), 0);
    const struct sample_log_request logs = {
        .folder = folder,
        .stream = &stream,
        .page_size = 4096,
        .count_segments = 16,
        .database_path = "mail.edb",
        .database = &info,
    };
    assert_int_equal(sample_log_write(&logs), 0);
    return folder;
}

static void damage(const char *path, uint64_t offset)
{
    struct os_file *file;
    assert_int_equal(os_file_open(path, OS_FILE_READ_WRITE, &file), 0);
    assert_int_equal(os_file_write(file, offset, "damage", 6), 0);
    os_file_close(file);
}

static jet_err back_up(struct coldstream_job *job, const char *source, const char *set,
                       struct coldstream_summary *summary)
{
    const struct coldstream_backup_request request = {.source = source, .set = set};
    return coldstream_backup(job, &request, summary);
}

static jet_err restore(struct coldstream_job *job, const char *set, const char *folder,
                       struct coldstream_summary *summary)
{
    const struct coldstream_restore_request request = {.source = set, .folder = folder};
    return coldstream_restore(job, &request, summary);
}

static void backup_verify_and_restore_count_alike(void **state)
{
    struct temp_folder *t = *state;
    const char *data = make_data(t);
    const char *set = temp_folder_path(t, "set");
    struct heard heard;
    struct coldstream_summary backup, verify, restored;
    struct coldstream_job *job = new_job(&heard);
    assert_int_equal(back_up(job, data, set, &backup), 0);
    assert_int_equal(backup.files, 1 + LOGS + 1);
    assert_int_equal(backup.first_generation, 3);
    assert_int_equal(backup.last_generation, 6);
    assert_true(backup.recoverable);
    assert_int_equal(strlen(backup.set_digest), 32);
    assert_int_equal(backup.errors + backup.damages + backup.warnings, 0);
    assert_int_equal(heard.files, backup.files);
    assert_int_equal(heard.digests, backup.files);
    assert_true(heard.pages > PAGES && heard.progress >= heard.files);
    assert_int_equal(heard.bytes_total, backup.bytes);
    assert_string_equal(heard.last_phase, "logs");
    heard.bytes_done = 0;
    assert_int_equal(coldstream_verify(job, set, 2, &verify), 0);
    assert_int_equal(verify.files, backup.files);
    assert_int_equal(verify.bytes, backup.bytes);
    assert_string_equal(verify.set_digest, backup.set_digest);
    assert_true(verify.recoverable);
    heard.bytes_done = 0;
    assert_int_equal(restore(job, set, temp_folder_path(t, "restored"), &restored), 0);
    assert_int_equal(restored.bytes, backup.bytes);
    assert_string_equal(restored.set_digest, backup.set_digest);
    assert_int_equal(restored.last_generation, 6);
    assert_string_equal(heard.last_phase, "restore");
    coldstream_job_free(job);
}

static void every_kind_of_path_is_verified_as_what_it_is(void **state)
{
    static const struct {
        const char *name;
        unsigned files;
        jet_err when_damaged;
        uint64_t where;
    } paths[] = {
        {"data",              1 + LOGS + 1, JET_errReadVerifyFailure,    0             },
        {"data/mail.edb",     1,            JET_errReadVerifyFailure,    5 * 4096 + 100},
        {"data/edb.log",      1,            JET_errLogReadVerifyFailure, 2 * 4096 + 100},
        {"data/edb00004.log", 1,            JET_errLogReadVerifyFailure, 2 * 4096 + 100},
        {"data/edb.chk",      1,            JET_errSuccess,              4096 + 700    },
    };
    struct temp_folder *t = *state;
    struct heard heard;
    struct coldstream_summary summary;
    struct coldstream_job *job = new_job(&heard);
    (void)make_data(t);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        heard.bytes_done = 0;
        assert_int_equal(coldstream_verify(job, temp_folder_path(t, paths[i].name), 2, &summary), 0);
        assert_int_equal(summary.files, paths[i].files);
        assert_int_equal(summary.damages + summary.errors + summary.warnings, 0);
    }
    for (size_t i = COUNT_OF(paths) - 1; i > 0; i--) {
        const char *path = temp_folder_path(t, paths[i].name);
        heard.bytes_done = 0;
        damage(path, paths[i].where);
        assert_int_equal(coldstream_verify(job, path, 1, &summary), paths[i].when_damaged);
        assert_int_equal(summary.files, 1);
        assert_true(summary.damages + summary.warnings > 0);
    }
    /* Damage in one file does not hide that in the others. */
    heard.bytes_done = 0;
    assert_int_equal(coldstream_verify(job, temp_folder_path(t, "data"), 1, &summary), paths[0].when_damaged);
    assert_int_equal(summary.files, paths[0].files);
    assert_int_equal(summary.damages, 3);
    coldstream_job_free(job);
}

/* What is wrong with the inside of a database only the deep check sees. */
static void a_deep_check_looks_into_files_folders_and_sets(void **state)
{
    struct temp_folder *t = *state;
    const char *paths[] = {"data/mail.edb", "data", "set"};
    struct heard heard;
    struct coldstream_summary summary;
    struct coldstream_job *job = new_job(&heard);
    const char *data = make_data(t);
    assert_int_equal(back_up(job, data, temp_folder_path(t, "set"), &summary), 0);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        heard.bytes_done = 0;
        assert_int_equal(coldstream_verify_deep(job, temp_folder_path(t, paths[i]), 2, &summary), 0);
        assert_int_equal(summary.damages + summary.errors + summary.warnings, 0);
    }
    coldstream_job_free(job);
}

static void what_cannot_be_verified_is_an_error_that_says_why(void **state)
{
    struct temp_folder *t = *state;
    struct heard heard;
    struct coldstream_summary summary;
    struct coldstream_job *job = new_job(&heard);
    assert_int_equal(coldstream_verify(job, temp_folder_path(t, "nothing"), 1, &summary), JET_errFileNotFound);
    assert_int_equal(summary.errors, 1);
    assert_int_equal(coldstream_verify(job, temp_folder_write(t, "text", "hello", 5), 1, &summary),
                     JET_errFileInvalidType);
    assert_int_equal(summary.errors, 1);
    assert_int_equal(heard.errors, 2);
    coldstream_job_free(job);
}

static void a_failed_backup_says_why_once(void **state)
{
    struct temp_folder *t = *state;
    const char *data = make_data(t);
    struct heard heard;
    struct coldstream_summary summary;
    struct coldstream_job *job = new_job(&heard);
    assert_int_equal(back_up(job, data, data, &summary), JET_errFileAlreadyExists);
    assert_int_equal(summary.errors, 1);
    damage(temp_folder_path(t, "data/mail.edb"), 5 * 4096 + 100);
    assert_int_equal(back_up(job, data, temp_folder_path(t, "set"), &summary), JET_errReadVerifyFailure);
    assert_int_equal(summary.damages, 1);
    assert_int_equal(summary.files, 0);
    coldstream_job_free(job);
}

/* ---- the stop ---- */

static void a_stop_with_nothing_running_hits_the_next_operation_and_only_that(void **state)
{
    struct temp_folder *t = *state;
    const char *data = make_data(t);
    struct heard heard;
    struct coldstream_summary summary;
    struct coldstream_job *job = new_job(&heard);
    coldstream_job_stop(job);
    coldstream_job_stop(job);
    assert_int_equal(back_up(job, data, temp_folder_path(t, "set"), &summary), JET_errBackupAbortByServer);
    assert_int_equal(heard.stopped, 1);
    assert_int_equal(summary.errors, 1);
    heard.bytes_done = 0;
    assert_int_equal(back_up(job, data, temp_folder_path(t, "set"), &summary), 0);
    static const char *const paths[] = {"set", "data", "data/mail.edb", "data/edb.log"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        heard.bytes_done = 0;
        coldstream_job_stop(job);
        assert_int_equal(coldstream_verify(job, temp_folder_path(t, paths[i]), 1, &summary),
                         JET_errBackupAbortByServer);
        assert_int_equal(coldstream_verify(job, temp_folder_path(t, paths[i]), 1, &summary), 0);
    }
    coldstream_job_stop(job);
    assert_int_equal(restore(job, temp_folder_path(t, "set"), temp_folder_path(t, "r"), &summary),
                     JET_errBackupAbortByServer);
    heard.bytes_done = 0;
    assert_int_equal(restore(job, temp_folder_path(t, "set"), temp_folder_path(t, "r"), &summary), 0);
    coldstream_job_free(job);
}

struct stopping {
    struct coldstream_job *job;
    atomic_bool over;
    uint64_t delay_ns;
};

static void stop_all_the_time(void *context)
{
    struct stopping *stopping = context;
    while (!atomic_load(&stopping->over)) {
        uint64_t until = os_clock_monotonic_ns() + stopping->delay_ns;
        while (os_clock_monotonic_ns() < until && !atomic_load(&stopping->over))
            ;
        coldstream_job_stop(stopping->job);
    }
}

/* The stopper never looks whether anything runs: a machine must not be freed under it. */
static void stops_at_any_moment_hit_running_and_beginning_backups(void **state)
{
    struct temp_folder *t = *state;
    const char *data = make_data(t);
    struct heard heard;
    struct coldstream_summary summary;
    struct stopping stopping = {.job = new_job(&heard), .over = false, .delay_ns = 100000};
    struct os_thread *thread;
    unsigned stopped = 0;
    assert_int_equal(os_thread_start(stop_all_the_time, &stopping, &thread), 0);
    for (unsigned i = 0; i < 200; i++) {
        heard.bytes_done = 0;
        jet_err err = back_up(stopping.job, data, temp_folder_path(t, "set"), &summary);
        assert_true(err == JET_errSuccess || err == JET_errBackupAbortByServer);
        if (err == JET_errSuccess)
            temp_tree_remove(temp_folder_path(t, "set"));
        stopped += err != JET_errSuccess;
    }
    atomic_store(&stopping.over, true);
    os_thread_join(thread);
    assert_true(stopped > 0);
    coldstream_job_free(stopping.job);
}

static void restore_waits_on_a_pipe_and_leaves_it_when_stopped(void **state)
{
    struct temp_folder *t = *state;
    struct heard heard;
    struct coldstream_summary summary;
    struct os_stream *reader, *writer;
    struct os_thread *thread;
    struct stopping stopping = {.job = new_job(&heard), .over = false, .delay_ns = 20 * 1000 * 1000};
    assert_int_equal(os_stream_open_pipe(&reader, &writer), 0);
    const struct coldstream_restore_request request = {
        .source = "-", .stream = reader, .folder = temp_folder_path(t, "r")};
    assert_int_equal(os_thread_start(stop_all_the_time, &stopping, &thread), 0);
    assert_int_equal(coldstream_restore(stopping.job, &request, &summary), JET_errBackupAbortByServer);
    atomic_store(&stopping.over, true);
    os_thread_join(thread);
    os_stream_close(reader);
    os_stream_close(writer);
    coldstream_job_free(stopping.job);
}

static void the_version_is_a_version(void **state)
{
    assert_true(strlen(coldstream_version()) >= 5);
    assert_non_null(strchr(coldstream_version(), '.'));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(backup_verify_and_restore_count_alike),
        IN_FOLDER(every_kind_of_path_is_verified_as_what_it_is),
        IN_FOLDER(a_deep_check_looks_into_files_folders_and_sets),
        IN_FOLDER(what_cannot_be_verified_is_an_error_that_says_why),
        IN_FOLDER(a_failed_backup_says_why_once),
        IN_FOLDER(a_stop_with_nothing_running_hits_the_next_operation_and_only_that),
        IN_FOLDER(stops_at_any_moment_hit_running_and_beginning_backups),
        IN_FOLDER(restore_waits_on_a_pipe_and_leaves_it_when_stopped),
        cmocka_unit_test(the_version_is_a_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
