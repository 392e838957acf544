/* SPDX-License-Identifier: MIT */
/* The commands that ask a service, with one in this process: what they ask, and what their exit status says. The
 * instance behind it is real, so what a backup or a snapshot makes can be restored and recovered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "jet_sender.h"
#include "os/os_file.h"
#include "support/temp_folder.h"
#include "tool/sample_bank.h"
#include "tool/service.h"
#include "tool/tool.h"

static struct fake {
    struct service service; /* first */
    struct temp_folder *folder;
    struct sample_bank *bank;
    struct jet_sender jet;
    char home[512];
    unsigned tests;

    /* What is answered. */
    enum exit_status open_status; /* not DONE: there is no service */
    const char *error;            /* name of an error for the next call but backup; NULL: none */
    uint32_t count;
    bool can_clone;
    jet_err thaw_error;

    /* What was asked. */
    char label[80], reason[80];
    struct service_freeze_request freeze;
    unsigned freezes, thaws, clones, opens, frees;
    struct service_backup_request backup;
    bool is_frozen_now, copied_while_thawed;
    char tried
        [1024]; /* a copy that was made to see whether it can be: of no moment, so it must be gone before the freeze */
} fake;

static jet_err answer(struct service *service)
{
    if (!fake.error)
        return JET_errSuccess;
    (void)snprintf(service->failure.text, sizeof service->failure.text, "%s", fake.error);
    return service_error_named(fake.error, &service->failure.status);
}

static char *copy_text(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    assert_non_null(copy);
    return strcpy(copy, text);
}

static jet_err get_status(struct service *service, const char *label, struct service_status *ret_status)
{
    *ret_status = (struct service_status){.version = "1", .state = "running"};
    (void)snprintf(fake.label, sizeof fake.label, "%s", label ? label : "(all)");
    jet_err err = answer(service);
    if (err < JET_errSuccess)
        return err;
    struct service_instance *instance = calloc(1, sizeof *instance);
    assert_non_null(instance);
    *instance = (struct service_instance){
        .label = "bank",
        .state = "running",
        .kind = "configured",
        .base_name = "edb",
        .system_path = copy_text(fake.home),
        .log_path = copy_text(fake.home),
        .databases = calloc(1, sizeof *instance->databases),
        .database_count = 1,
        .first_generation = 1,
        .current_generation = 2,
        .last_full = {1000000, 1, 2},
        .backup = { true, "databases", 10, 20, 1, 0, 0},
    };
    assert_non_null(instance->databases);
    instance->databases[0] = (struct sender_file){copy_text(sample_bank_file(fake.bank)), 4096};
    ret_status->instances = instance;
    ret_status->instance_count = 1;
    ret_status->is_frozen = true;
    ret_status->thaws_in_ms = 1500;
    return JET_errSuccess;
}

static jet_err stop_backups(struct service *service, const char *label, const char *reason, uint32_t *ret_count)
{
    (void)snprintf(fake.label, sizeof fake.label, "%s", label ? label : "(all)");
    (void)snprintf(fake.reason, sizeof fake.reason, "%s", reason);
    *ret_count = fake.count;
    return answer(service);
}

static JET_OSSNAPID snapshot;

static jet_err freeze(struct service *service, const struct service_freeze_request *request)
{
    uint32_t count;
    JET_INSTANCE_INFO_A *infos = NULL;
    fake.freezes++;
    fake.freeze = *request;
    if (request->label_count > 0)
        (void)snprintf(fake.label, sizeof fake.label, "%s", request->labels[0]);
    jet_err err = answer(service);
    if (err < JET_errSuccess)
        return err;
    struct os_path_info tried;
    fake.copied_while_thawed |= fake.tried[0] && os_path_stat(fake.tried, &tried) >= JET_errSuccess;
    assert_int_equal(JetOSSnapshotPrepare(&snapshot, JET_bitCopySnapshot), JET_errSuccess);
    assert_int_equal(JetOSSnapshotFreezeA(snapshot, &count, &infos, 0), JET_errSuccess);
    assert_int_equal(JetFreeBuffer((void *)infos), JET_errSuccess);
    fake.is_frozen_now = true;
    return JET_errSuccess;
}

static jet_err thaw(struct service *service, uint32_t *ret_count)
{
    fake.thaws++;
    *ret_count = fake.count;
    if (fake.is_frozen_now)
        assert_int_equal(JetOSSnapshotThaw(snapshot, 0), JET_errSuccess);
    fake.is_frozen_now = false;
    if (fake.thaw_error < JET_errSuccess) {
        service->failure.status = exit_status_of(fake.thaw_error);
        return fake.thaw_error;
    }
    return answer(service);
}

static struct sender begin_backup(struct service *service, const struct service_backup_request *request)
{
    (void)service;
    fake.backup = *request;
    (void)snprintf(fake.label, sizeof fake.label, "%s", request->label);
    fake.jet.grbit = request->is_incremental ? JET_bitBackupIncremental : 0;
    return jet_sender(&fake.jet);
}

static void free_service(struct service *service)
{
    (void)service;
    fake.frees++;
}

static const struct service_ops ops = {
    .status = get_status,
    .stop_backups = stop_backups,
    .freeze = freeze,
    .thaw = thaw,
    .backup = begin_backup,
    .free = free_service,
};

static jet_err open_service(const char *address, struct os_event *stop, struct service **ret_service,
                            struct service_failure *ret_failure)
{
    (void)address;
    if (fake.open_status != EXIT_STATUS_DONE) {
        *ret_failure = (struct service_failure){fake.open_status, "there is none"};
        return JET_errInstanceUnavailable;
    }
    fake.opens++;
    fake.service = (struct service){.ops = &ops, .stop = stop};
    *ret_service = &fake.service;
    return JET_errSuccess;
}

/* Sharing blocks looks like a copy from here. */
static jet_err clone_file(const char *from, const char *to)
{
    if (!fake.can_clone)
        return JET_errFeatureNotAvailable;
    fake.clones += fake.is_frozen_now;
    if (!fake.is_frozen_now)
        (void)snprintf(fake.tried, sizeof fake.tried, "%s", to);
    size_t size;
    void *bytes = temp_file_read(from, &size);
    struct os_file *file;
    assert_int_equal(os_file_open(to, OS_FILE_CREATE_NEW, &file), JET_errSuccess);
    assert_int_equal(os_file_write(file, 0, bytes, size), JET_errSuccess);
    os_file_close(file);
    free(bytes);
    return JET_errSuccess;
}

static const struct service_door door = {.open = open_service, .clone_file = clone_file};
static const struct tool_platform platform = {.service = &door};

/* The words, ended by NULL. */
static int run(const char *first, ...)
{
    char words[12][600];
    char *arguments[14] = {words[0], words[1]};
    int count = 2;
    va_list more;
    (void)snprintf(words[0], sizeof words[0], "coldstream");
    (void)snprintf(words[1], sizeof words[1], "%s", first);
    va_start(more, first);
    for (const char *word = va_arg(more, const char *); word; word = va_arg(more, const char *)) {
        (void)snprintf(words[count], sizeof words[count], "%s", word);
        arguments[count] = words[count];
        count++;
    }
    va_end(more);
    return coldstream_main(count, arguments, &platform);
}

static const char *path(const char *name)
{
    return temp_folder_path(fake.folder, name);
}

static bool exists(const char *name)
{
    struct os_path_info info;
    return os_path_stat(path(name), &info) >= JET_errSuccess;
}

static int set_up(void **state)
{
    (void)state;
    void *folder;
    assert_int_equal(temp_folder_setup(&folder), 0);
    fake.folder = folder;
    (void)snprintf(fake.home, sizeof fake.home, "%s", path("home"));
    assert_int_equal(os_folder_create(fake.home), JET_errSuccess);
    const struct sample_bank_config config = {.folder = fake.home, .name = "bank"};
    assert_int_equal(sample_bank_open(&config, &fake.bank), JET_errSuccess);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    void *folder = fake.folder;
    assert_int_equal(sample_bank_close(fake.bank), JET_errSuccess);
    return temp_folder_teardown(&folder);
}

static int begin_test(void **state)
{
    (void)state;
    struct temp_folder *folder = fake.folder;
    struct sample_bank *bank = fake.bank;
    char home[sizeof fake.home];
    memcpy(home, fake.home, sizeof home);
    fake = (struct fake){.folder = folder, .bank = bank};
    memcpy(fake.home, home, sizeof home);
    fake.jet.instance = sample_bank_instance(bank);
    return 0;
}

/* What is in the folder has all that was promised, after a recovery. */
static void assert_recovers(const char *name, const struct sample_bank_numbers *promised)
{
    struct sample_bank_verdict verdict;
    char database[600], look[600];
    (void)snprintf(database, sizeof database, "%s/bank.edb", path(name));
    (void)snprintf(look, sizeof look, "%s-look", path(name));
    assert_int_equal(run("-q", "recover", path(name), NULL), EXIT_STATUS_DONE);
    assert_int_equal(os_folder_create(look), JET_errSuccess);
    sample_bank_check(look, database, promised, &verdict);
    assert_string_equal(verdict.problem, "");
    assert_true(verdict.is_right);
}

static void test_questions(void **state)
{
    assert_int_equal(run("-q", "list", NULL), EXIT_STATUS_DONE);
    assert_string_equal(fake.label, "(all)");
    assert_int_equal(run("-q", "status", "--json", NULL), EXIT_STATUS_DONE);
    assert_int_equal(run("-q", "status", "bank", NULL), EXIT_STATUS_DONE);
    assert_string_equal(fake.label, "bank");
    assert_int_equal(fake.opens, 3);
    assert_int_equal(fake.frees, 3);
}

static void test_stop(void **state)
{
    fake.count = 1;
    assert_int_equal(run("-q", "stop", "bank", "--reason", "lunch", NULL), EXIT_STATUS_DONE);
    assert_string_equal(fake.label, "bank");
    assert_string_equal(fake.reason, "lunch");
    assert_int_equal(run("-q", "stop", "--all", NULL), EXIT_STATUS_DONE);
    assert_string_equal(fake.label, "(all)");
    assert_int_equal(run("-q", "stop", NULL), EXIT_STATUS_USAGE);
    assert_int_equal(run("-q", "stop", "bank", "--all", NULL), EXIT_STATUS_USAGE);
}

static void test_freeze_and_thaw(void **state)
{
    assert_int_equal(run("-q", "freeze", "bank", "--timeout", "7", NULL), EXIT_STATUS_DONE);
    assert_true(fake.freeze.is_detached);
    assert_int_equal(fake.freeze.timeout_ms, 7000);
    assert_int_equal(fake.freeze.label_count, 1);
    assert_true(fake.is_frozen_now);
    assert_int_equal(run("-q", "thaw", NULL), EXIT_STATUS_DONE);
    assert_false(fake.is_frozen_now);
    fake.thaw_error = JET_errOSSnapshotTimeOut;
    assert_int_equal(run("-q", "thaw", NULL), EXIT_STATUS_FREEZE_TIMEOUT);
    assert_int_equal(run("-q", "freeze", "--timeout", "601", NULL), EXIT_STATUS_USAGE);
}

/* Each refusal has its exit status, whoever is asked. */
static void test_refusals(void **state)
{
    static const struct {
        const char *error;
        int status;
    } refusals[] = {
        {"NoSuchInstance",                   EXIT_STATUS_NOT_FOUND     },
        {"AccessDenied",                     EXIT_STATUS_NOT_AUTHORISED},
        {"InteractiveAuthorizationRequired", EXIT_STATUS_NOT_AUTHORISED},
        {"ServiceUnknown",                   EXIT_STATUS_NO_SERVICE    },
        {"Frozen",                           EXIT_STATUS_BUSY          },
        {"WhoKnows",                         EXIT_STATUS_FAILED        },
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        fake.error = refusals[i].error;
        assert_int_equal(run("-q", "list", NULL), refusals[i].status);
        assert_int_equal(run("-q", "stop", "bank", NULL), refusals[i].status);
        assert_int_equal(run("-q", "freeze", NULL), refusals[i].status);
        assert_int_equal(run("-q", "thaw", NULL), refusals[i].status);
        assert_int_equal(run("-q", "snapshot", "bank", "-o", path("refused"), NULL), refusals[i].status);
    }
    assert_false(exists("refused"));
    assert_false(exists("refused.partial"));
    fake.error = NULL;
    fake.open_status = EXIT_STATUS_NO_SERVICE;
    assert_int_equal(run("-q", "list", NULL), EXIT_STATUS_NO_SERVICE);
    assert_int_equal(run("-q", "backup", "bank", "-o", path("refused"), NULL), EXIT_STATUS_NO_SERVICE);
    assert_false(exists("refused"));
    assert_int_equal(fake.opens, fake.frees);
}

static void test_backup(void **state)
{
    const struct sample_bank_numbers promised = sample_bank_noted(fake.bank);
    assert_int_equal(run("-q", "backup", "bank", "-o", path("set"), "--max-rate", "64M", NULL), EXIT_STATUS_DONE);
    assert_string_equal(fake.label, "bank");
    assert_int_equal(fake.backup.max_rate, 64 << 20);
    assert_true(fake.jet.ended_good);
    assert_int_equal(fake.jet.truncations, 1);
    assert_int_equal(run("-q", "verify", path("set"), NULL), EXIT_STATUS_DONE);
    assert_int_equal(run("-q", "restore", path("set"), "-o", path("back"), NULL), EXIT_STATUS_DONE);
    assert_recovers("back", &promised);

    assert_int_equal(run("-q", "backup", "bank", "-o", path("copy"), "--copy", NULL), EXIT_STATUS_DONE);
    assert_true(fake.backup.is_copy);
    assert_int_equal(fake.jet.truncations, 1);
    assert_int_equal(run("-q", "backup", "bank", "-o", path("keep"), "--no-truncate", NULL), EXIT_STATUS_DONE);
    assert_int_equal(fake.jet.truncations, 1);
    assert_int_equal(run("-q", "backup", "bank", "-o", path("logs"), "--incremental", NULL), EXIT_STATUS_DONE);
    assert_true(fake.backup.is_incremental);
    assert_int_equal(fake.jet.truncations, 2);
}

static void test_backup_that_is_stopped(void **state)
{
    fake.jet.stop_at_file = 2;
    assert_int_equal(run("-q", "backup", "bank", "-o", path("stopped"), NULL), EXIT_STATUS_STOPPED);
    assert_false(exists("stopped"));
    assert_false(exists("stopped.partial"));
    assert_false(fake.jet.ended_good);
}

static void test_backup_with_warnings(void **state)
{
    fake.jet.refuses_truncation = true;
    assert_int_equal(run("-q", "backup", "bank", "-o", path("warned"), NULL), EXIT_STATUS_WARNINGS);
    assert_true(exists("warned"));
}

/* What is there, or has a separator, is a path; the service is not asked. */
static void test_names_and_paths(void **state)
{
    assert_int_equal(run("-q", "backup", path("nothing.edb"), "-o", path("set2"), NULL), EXIT_STATUS_NOT_FOUND);
    assert_int_equal(fake.opens, 0);
    assert_int_equal(run("-q", "backup", path("nothing.edb"), "-o", path("set2"), "--incremental", NULL),
                     EXIT_STATUS_USAGE);
    assert_int_equal(run("-q", "backup", "bank", "-o", path("set2"), "--keep-going", NULL), EXIT_STATUS_USAGE);
    assert_int_equal(run("-q", "backup", "bank", "-o", path("set2"), "--copy", "--incremental", NULL),
                     EXIT_STATUS_USAGE);
    assert_int_equal(run("-q", "backup", "bank", "-o", path("set2"), "--max-rate", "0", NULL), EXIT_STATUS_USAGE);
    assert_int_equal(fake.opens, 0);
    assert_int_equal(run("-q", "backup", "./bank", "--live", "-o", path("set2"), NULL), EXIT_STATUS_DONE);
    assert_string_equal(fake.label, "./bank");
}

static void take_snapshot(const char *name)
{
    assert_int_equal(sample_bank_goes_on(fake.bank), JET_errSuccess);
    const struct sample_bank_numbers promised = sample_bank_noted(fake.bank);
    assert_int_equal(run("-q", "snapshot", "bank", "-o", path(name), "--timeout", "5", NULL), EXIT_STATUS_DONE);
    assert_false(fake.freeze.is_detached);
    assert_true(fake.freeze.is_copy);
    assert_int_equal(fake.freeze.timeout_ms, 5000);
    assert_false(fake.is_frozen_now);
    assert_int_equal(sample_bank_goes_on(fake.bank), JET_errSuccess);
    assert_recovers(name, &promised);
}

static void test_snapshot(void **state)
{
    temp_folder_need_reading_in_use(fake.folder);
    take_snapshot("copied");
    assert_int_equal(fake.clones, 0);
    fake.can_clone = true;
    take_snapshot("cloned");
    assert_true(fake.clones >= 3); /* database, log, checkpoint */
    assert_false(fake.copied_while_thawed);
    assert_int_equal(run("-q", "snapshot", "bank", "-o", path("cloned"), NULL), EXIT_STATUS_FAILED); /* is there */
}

/* A freeze that ended too early leaves nothing that could be taken for a snapshot. */
static void test_snapshot_that_took_too_long(void **state)
{
    temp_folder_need_reading_in_use(fake.folder);
    fake.thaw_error = JET_errOSSnapshotTimeOut;
    assert_int_equal(run("-q", "snapshot", "bank", "-o", path("late"), NULL), EXIT_STATUS_FREEZE_TIMEOUT);
    assert_false(exists("late"));
    assert_false(exists("late.partial"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_questions, begin_test),
        cmocka_unit_test_setup(test_stop, begin_test),
        cmocka_unit_test_setup(test_freeze_and_thaw, begin_test),
        cmocka_unit_test_setup(test_refusals, begin_test),
        cmocka_unit_test_setup(test_backup, begin_test),
        cmocka_unit_test_setup(test_backup_that_is_stopped, begin_test),
        cmocka_unit_test_setup(test_backup_with_warnings, begin_test),
        cmocka_unit_test_setup(test_names_and_paths, begin_test),
        cmocka_unit_test_setup(test_snapshot, begin_test),
        cmocka_unit_test_setup(test_snapshot_that_took_too_long, begin_test),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
