/* SPDX-License-Identifier: MIT */
/* Every os/ call that can fail, and every allocation, fails once, and from some moment on for ever: backup and
 * restore end with an error, nothing has its final name, nothing of ours is left if it could be removed, and (with
 * the address sanitizer) nothing leaks. The linker sends the calls here (--wrap). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "os/os_file.h"
#include "os/os_stream.h"
#include "os/os_thread.h"
#include "set_making.h"

/* ---- what fails ---- */

static struct {
    long countdown; /* calls until the failure; -1: never */
    bool for_ever;
    bool failed;
    enum { FAULT_OS, FAULT_MEMORY } what;
} fault = {.countdown = -1};

static bool fails_now(int what)
{
    if ((int)fault.what != what || fault.countdown < 0)
        return false;
    if (fault.countdown > 0) {
        fault.countdown--;
        return false;
    }
    if (!fault.for_ever)
        fault.countdown = -1;
    fault.failed = true;
    return true;
}

#define WRAP_OS(name, parameters, arguments)                                                                           \
    jet_err __real_##name parameters;                                                                                  \
    jet_err __wrap_##name parameters;                                                                                  \
    jet_err __wrap_##name parameters                                                                                   \
    {                                                                                                                  \
        return fails_now(FAULT_OS) ? JET_errDiskFull : __real_##name arguments;                                        \
    }

WRAP_OS(os_file_open, (const char *path, enum os_file_mode mode, struct os_file **ret_file), (path, mode, ret_file))
WRAP_OS(os_file_read, (struct os_file * file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual),
        (file, offset, buffer, size, ret_actual))
WRAP_OS(os_file_write, (struct os_file * file, uint64_t offset, const void *buffer, size_t size),
        (file, offset, buffer, size))
WRAP_OS(os_file_size, (struct os_file * file, uint64_t *ret_size), (file, ret_size))
WRAP_OS(os_file_flush, (struct os_file * file), (file))
WRAP_OS(os_path_stat, (const char *path, struct os_path_info *ret_info), (path, ret_info))
WRAP_OS(os_path_rename_new, (const char *from, const char *to), (from, to))
WRAP_OS(os_folder_create, (const char *path), (path))
WRAP_OS(os_folder_flush, (const char *path), (path))
WRAP_OS(os_folder_list, (const char *path, struct os_folder_list *ret_list), (path, ret_list))

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return fails_now(FAULT_MEMORY) ? NULL : __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now(FAULT_MEMORY) ? NULL : __real_calloc(count, size);
}

void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size)
{
    return fails_now(FAULT_MEMORY) ? NULL : __real_realloc(old, size);
}

/* ---- what is tried ---- */

struct trial {
    struct temp_folder *folder;
    const char *source;
    const char *set;    /* good */
    const char *target; /* of the trial: must not be there after a failure */
    const char *leftover;
};

typedef jet_err trial_function(const struct trial *trial);

static jet_err try_backup(const struct trial *trial)
{
    return make_set_folder(trial->source, trial->target, NULL);
}

static jet_err try_restore(const struct trial *trial)
{
    return restore_set(trial->set, trial->target, false, NULL);
}

/* One database page at a time would be too slow; the source has few files, so n goes up to some hundred. */
static void fail_each(struct trial *trial, trial_function *try, int what, bool for_ever)
{
    for (long n = 0;; n++) {
        fault.what = what == FAULT_OS ? FAULT_OS : FAULT_MEMORY;
        fault.for_ever = for_ever;
        fault.failed = false;
        fault.countdown = n;
        jet_err err = try(trial);
        fault.countdown = -1;
        if (!fault.failed) {
            assert_int_equal(err, JET_errSuccess); /* n is above the number of calls */
            assert_true(n > 10);
            temp_tree_remove(trial->target);
            return;
        }
        if (err >= JET_errSuccess) {
            /* Of some failures nobody has to hear: a time that could not be asked, a read that was repeated. */
            assert_int_equal(verify_set(trial->set, NULL), 0);
            assert_true(path_exists(trial->target));
            temp_tree_remove(trial->target);
            continue;
        }
        assert_true(err == JET_errDiskFull || err == JET_errOutOfMemory || err == JET_errDiskIO);
        if (path_exists(trial->target))
            fail_msg("call %d failed, and there is a result", (int)n);
        if (path_exists(trial->leftover)) { /* only if the removal failed, too */
            assert_true(for_ever || what == FAULT_MEMORY);
            temp_tree_remove(trial->leftover);
        }
    }
}

static struct trial make_trial(struct temp_folder *t)
{
    struct trial trial = {
        .folder = t,
        .source = make_source_folder(t, "source"),
        .set = temp_folder_path(t, "good"),
        .target = temp_folder_path(t, "target"),
        .leftover = temp_folder_path(t, "target.partial"),
    };
    assert_int_equal(make_set_folder(trial.source, trial.set, NULL), 0);
    return trial;
}

static void a_backup_survives_each_failing_call(void **state)
{
    struct trial trial = make_trial(*state);
    fail_each(&trial, try_backup, FAULT_OS, false);
}

static void a_backup_survives_a_disk_that_is_full_from_some_call_on(void **state)
{
    struct trial trial = make_trial(*state);
    fail_each(&trial, try_backup, FAULT_OS, true);
}

static void a_backup_survives_each_failing_allocation(void **state)
{
    struct trial trial = make_trial(*state);
    fail_each(&trial, try_backup, FAULT_MEMORY, false);
}

static void a_restore_survives_each_failing_call(void **state)
{
    struct trial trial = make_trial(*state);
    fail_each(&trial, try_restore, FAULT_OS, false);
}

static void a_restore_survives_a_disk_that_is_full_from_some_call_on(void **state)
{
    struct trial trial = make_trial(*state);
    fail_each(&trial, try_restore, FAULT_OS, true);
}

static void a_restore_survives_each_failing_allocation(void **state)
{
    struct trial trial = make_trial(*state);
    fail_each(&trial, try_restore, FAULT_MEMORY, false);
}

/* ---- a sink that fails ---- */

struct weak_sink {
    struct sink sink; /* first */
    struct sink *inner;
    unsigned countdown;
};

static jet_err weaken(struct weak_sink *weak, jet_err err)
{
    return err >= JET_errSuccess && weak->countdown-- == 0 ? JET_errDiskFull : err;
}

static jet_err weak_begin(struct sink *sink, const struct sink_file *file)
{
    struct weak_sink *weak = (struct weak_sink *)sink;
    jet_err err = weaken(weak, JET_errSuccess); /* a file that was not begun is not ended */
    return err < JET_errSuccess ? err : weak->inner->ops->begin_file(weak->inner, file);
}

static jet_err weak_data(struct sink *sink, size_t size)
{
    struct weak_sink *weak = (struct weak_sink *)sink;
    return weaken(weak, weak->inner->ops->data(weak->inner, size));
}

static jet_err weak_end(struct sink *sink, jet_err status)
{
    struct weak_sink *weak = (struct weak_sink *)sink;
    return weaken(weak, weak->inner->ops->end_file(weak->inner, status));
}

static jet_err weak_finish(struct sink *sink, jet_err status)
{
    struct weak_sink *weak = (struct weak_sink *)sink;
    return weak->inner->ops->finish(weak->inner, weaken(weak, status));
}

static const struct sink_ops weak_ops = {weak_begin, weak_data, weak_end, weak_finish};

static jet_err back_up_into(const struct trial *trial, struct weak_sink *weak, enum backup_outcome *ret_outcome)
{
    const struct finding_listener nobody = {NULL, NULL};
    const struct backup_run_options options = {.tool_version = "test", .found = nobody};
    struct backup_run_result result;
    struct backup_source *source;
    struct backup *machine;
    assert_int_equal(source_offline_open(trial->source, &nobody, &source), 0);
    assert_int_equal(backup_new(source, false, &machine), 0);
    assert_int_equal(sink_directory_new(trial->target, false, &nobody, &weak->inner), 0);
    weak->sink = *weak->inner; /* its buffer */
    weak->sink.ops = &weak_ops;
    jet_err err = backup_run(machine, &weak->sink, &options, &result);
    *ret_outcome = backup_last_outcome(machine, NULL);
    backup_free(machine);
    return err;
}

static void a_sink_that_fails_at_any_call_ends_the_backup_with_its_error(void **state)
{
    struct trial trial = make_trial(*state);
    for (unsigned n = 0;; n++) {
        struct weak_sink weak = {.countdown = n};
        enum backup_outcome outcome;
        jet_err err = back_up_into(&trial, &weak, &outcome);
        if (err >= JET_errSuccess) {
            assert_int_equal(outcome, BACKUP_OUTCOME_NORMAL);
            assert_true(n > 10);
            break;
        }
        assert_int_equal(err, JET_errDiskFull);
        assert_int_equal(outcome, BACKUP_OUTCOME_ABORTED_BY_CALLER);
        assert_false(path_exists(trial.target));
        assert_false(path_exists(trial.leftover));
    }
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_folder_setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_backup_survives_each_failing_call),
        IN_FOLDER(a_backup_survives_a_disk_that_is_full_from_some_call_on),
        IN_FOLDER(a_backup_survives_each_failing_allocation),
        IN_FOLDER(a_restore_survives_each_failing_call),
        IN_FOLDER(a_restore_survives_a_disk_that_is_full_from_some_call_on),
        IN_FOLDER(a_restore_survives_each_failing_allocation),
        IN_FOLDER(a_sink_that_fails_at_any_call_ends_the_backup_with_its_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
