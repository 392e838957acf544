/* SPDX-License-Identifier: MIT */
/* demo_live.c - the steps on a running instance.
 *
 * Files, all in demo->folder: live/ (database bank.edb, logs, checkpoint of the application); live-stopped/ (what a
 * client has of a backup that was stopped); frozen/ (copies of the files while the instance was frozen, recovered);
 * live-backup/ (the second backup); live-restored/.
 */
#include "tool/demo_live.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_clock.h"
#include "os/os_file.h"
#include "tool/demo_step.h"
#include "tool/sample_backup.h"
#include "tool/sample_bank.h"
#include "tool/text.h"

enum {
    WORK_MS = 400,     /* how long the application works before it is looked at */
    STILL_MS = 100,    /* how long a frozen instance is watched */
    READ_SIZE = 16384, /* small, so that the backup has a middle */
    STOP_AT_READ = 5,
    PAGE_SIZE = 4096,
};

struct live {
    struct demo *demo;
    struct sample_bank *bank;
    char *folder, *stopped, *frozen, *backup, *restored;
};

static double ms_since(uint64_t begin_ns)
{
    return (double)(os_clock_monotonic_ns() - begin_ns) / 1e6;
}

/* Lets time pass; JET_errBackupAbortByServer after Ctrl-C. */
static jet_err pause(const struct live *live, int64_t ms)
{
    return os_event_wait(live->demo->tool->stop, ms) ? JET_errBackupAbortByServer : JET_errSuccess;
}

/* ---- an application at work ---- */

static jet_err start_application(struct live *live)
{
    const struct sample_bank_config config = {.folder = live->folder, .name = "demo"};
    demo_step_begin(live->demo, "Run an application: four threads that move money between accounts, and never pause");
    jet_err err = sample_bank_open(&config, &live->bank);
    if (err >= JET_errSuccess)
        err = pause(live, WORK_MS);
    if (err < JET_errSuccess)
        return err;
    const uint64_t count = sample_bank_transactions(live->bank);
    demo_say(live->demo, "result", "%" PRIu64 " transactions committed in %d ms, each durable when its commit returned",
             count, WORK_MS);
    demo_expect(live->demo, count > 0 && sample_bank_failure(live->bank) >= JET_errSuccess, "the application failed");
    demo_step_end(live->demo, "databases of this format are written on this system, with a log and transactions");
    return JET_errSuccess;
}

/* ---- a backup that is stopped for a freeze ---- */

/* A backup client on a thread of its own. */
struct client {
    struct sample_backup_request request;
    struct sample_backup_result result;
    struct os_event *half_way, *go_on;
    unsigned reads;
    jet_err err;
};

static void wait_half_way(void *context, enum sample_backup_call call)
{
    struct client *client = context;
    if (call != SAMPLE_BACKUP_READ || client->reads++ != STOP_AT_READ)
        return;
    os_event_set(client->half_way);
    (void)os_event_wait(client->go_on, OS_WAIT_FOREVER);
}

static void stream(void *context)
{
    struct client *client = context;
    client->err = sample_backup_take(&client->request, &client->result);
    os_event_set(client->half_way); /* if it never came that far */
}

/* Copies of all files of the instance, without its help. JET_errFileAccessDenied: the system does not let anybody. */
static jet_err copy_files(const struct live *live)
{
    struct os_folder_list names;
    jet_err err = os_folder_list(live->folder, &names);
    if (err < JET_errSuccess)
        return err;
    for (size_t i = 0; i < names.count && err >= JET_errSuccess; i++) {
        char *from = os_path_join(live->folder, names.names[i]);
        char *to = os_path_join(live->frozen, names.names[i]);
        err = from && to ? sample_backup_copy(from, to) : JET_errOutOfMemory;
        free(from);
        free(to);
    }
    os_folder_list_free(&names);
    return err;
}

static jet_err freeze(const struct live *live, JET_OSSNAPID *ret_id, double *ret_ms)
{
    uint32_t count;
    JET_INSTANCE_INFO_A *info;
    jet_err err = JetOSSnapshotPrepare(ret_id, JET_bitCopySnapshot | JET_bitContinueAfterThaw | JET_bitExplicitPrepare);
    if (err < JET_errSuccess)
        return err;
    err = JetOSSnapshotPrepareInstance(*ret_id, sample_bank_instance(live->bank), JET_bitNil);
    const uint64_t begin_ns = os_clock_monotonic_ns();
    if (err >= JET_errSuccess)
        err = JetOSSnapshotFreezeA(*ret_id, &count, &info, JET_bitNil);
    *ret_ms = ms_since(begin_ns);
    if (err >= JET_errSuccess)
        (void)JetFreeBuffer((char *)info);
    else
        (void)JetOSSnapshotAbort(*ret_id, JET_bitNil);
    return err;
}

static jet_err thaw(JET_OSSNAPID id)
{
    jet_err err = JetOSSnapshotThaw(id, JET_bitNil);
    const jet_err ended = JetOSSnapshotEnd(id, err < JET_errSuccess ? JET_bitAbortSnapshot : JET_bitNil);
    return err < JET_errSuccess ? err : ended;
}

/* Watches the frozen instance and copies its files. `*ret_copied` is what became of that. */
static jet_err while_frozen(struct live *live, struct sample_bank_numbers *ret_noted, jet_err *ret_copied)
{
    *ret_noted = sample_bank_noted(live->bank);
    const uint64_t before = sample_bank_transactions(live->bank);
    *ret_copied = copy_files(live);
    const jet_err err = pause(live, STILL_MS);
    const uint64_t after = sample_bank_transactions(live->bank);
    /* A commit whose record was written before the freeze may have returned a moment after it, once for each teller. */
    demo_expect(live->demo, after - before <= SAMPLE_BANK_TELLERS, "transactions were committed during the freeze");
    return err;
}

static jet_err freeze_and_copy(struct live *live, struct sample_bank_numbers *ret_noted, jet_err *ret_copied)
{
    JET_OSSNAPID id;
    double freeze_ms;
    jet_err err = freeze(live, &id, &freeze_ms);
    if (err < JET_errSuccess)
        return err;
    err = while_frozen(live, ret_noted, ret_copied);
    const jet_err thawed = thaw(id);
    demo_say(live->demo, "result", "frozen in %.1f ms; the files stood still for %d ms and more, then went on",
             freeze_ms, STILL_MS);
    return err < JET_errSuccess ? err : thawed;
}

/* The client is in the middle of the database: the freeze is refused as long as its backup runs. */
static jet_err stop_and_freeze(struct live *live, struct client *client, struct os_thread *thread,
                               struct sample_bank_numbers *ret_noted, jet_err *ret_copied)
{
    JET_OSSNAPID id;
    double ms;
    (void)os_event_wait(client->half_way, OS_WAIT_FOREVER);
    const jet_err refused = freeze(live, &id, &ms);
    if (refused >= JET_errSuccess)
        (void)thaw(id);
    demo_expect(live->demo, refused == JET_errOSSnapshotNotAllowed, "a freeze was not refused during a backup");
    const uint64_t begin_ns = os_clock_monotonic_ns();
    jet_err err = JetStopBackupInstance(sample_bank_instance(live->bank));
    os_event_set(client->go_on);
    os_thread_join(thread);
    demo_say(live->demo, "result", "the client's next call gave %s (%d), %.1f ms after the stop",
             jet_err_name(client->err), (int)client->err, ms_since(begin_ns));
    demo_expect(live->demo, client->err == JET_errBackupAbortByServer, "the backup did not end as stopped");
    if (err >= JET_errSuccess)
        err = freeze_and_copy(live, ret_noted, ret_copied);
    if (err >= JET_errSuccess)
        err = sample_bank_goes_on(live->bank);
    return err;
}

static jet_err stop_for_freeze(struct live *live, struct sample_bank_numbers *ret_noted, jet_err *ret_copied)
{
    struct client client = {
        .request = {.instance = sample_bank_instance(live->bank),
                    .folder = live->stopped,
                    .buffer_size = READ_SIZE,
                    .before_call = wait_half_way,
                    .context = &client}
    };
    struct os_thread *thread;
    demo_step_begin(live->demo, "Start a backup of the running instance, and stop it half-way for a freeze");
    jet_err err = os_event_new(&client.half_way);
    if (err >= JET_errSuccess)
        err = os_event_new(&client.go_on);
    if (err >= JET_errSuccess)
        err = os_thread_start(stream, &client, &thread);
    if (err >= JET_errSuccess)
        err = stop_and_freeze(live, &client, thread, ret_noted, ret_copied);
    os_event_free(client.half_way);
    os_event_free(client.go_on);
    if (err >= JET_errSuccess)
        demo_step_end(live->demo, "a backup gives way at once, and the application only notices that commits wait");
    return err;
}

/* ---- copies are recovered and looked at ---- */

static void check_copy(struct live *live, const char *folder, const char *file, const struct sample_bank_numbers *noted)
{
    struct sample_bank_verdict verdict;
    uint64_t sum = 0;
    sample_bank_check(folder, file, noted, &verdict);
    for (unsigned i = 0; i < SAMPLE_BANK_TELLERS; i++)
        sum += verdict.last.of[i];
    if (verdict.is_right)
        demo_say(live->demo, "result",
                 "%" PRIu64 " transactions are in it, among them every one that had returned by then", sum);
    demo_expect(live->demo, verdict.is_right, verdict.problem);
}

static jet_err recover(const struct live *live, char *database)
{
    JET_INSTANCE instance;
    char *original = os_path_join(live->folder, "bank.edb");
    JET_RSTMAP_A map = {.szDatabaseName = original, .szNewDatabaseName = database};
    JET_RSTINFO_A info = {.cbStruct = sizeof info, .rgrstmap = &map, .crstmap = 1};
    jet_err err = original ? sample_bank_instance_new("recovery", live->frozen, &instance) : JET_errOutOfMemory;
    if (err >= JET_errSuccess) {
        err = JetSetSystemParameterA(&instance, 0, JET_paramLogFileSize, 128, NULL);
        if (err >= JET_errSuccess)
            err = JetInit3A(&instance, &info, JET_bitNil);
        const jet_err ended = JetTerm2(instance, JET_bitTermComplete);
        if (err >= JET_errSuccess)
            err = ended;
    }
    free(original);
    return err;
}

static jet_err recover_frozen(struct live *live, const struct sample_bank_numbers *noted, jet_err copied)
{
    demo_step_begin(live->demo, "Recover the files that were copied while it was frozen");
    if (copied == JET_errFileAccessDenied) {
        demo_say(live->demo, "result",
                 "left out: this system lets nobody copy files that are open, but for shadow copies");
        demo_step_end(live->demo, "not shown here, and nothing was in the way of the application");
        return JET_errSuccess;
    }
    char *database = os_path_join(live->frozen, "bank.edb");
    jet_err err = database ? copied : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = recover(live, database);
    if (err >= JET_errSuccess)
        check_copy(live, live->frozen, database, noted);
    free(database);
    if (err >= JET_errSuccess)
        demo_step_end(live->demo, "a snapshot of the disk, taken in a freeze, is a whole copy");
    return err;
}

/* ---- the second backup ---- */

struct listed {
    struct sample_bank *bank;
    struct sample_bank_numbers noted; /* when the logs were listed */
};

static void note_at_list(void *context, enum sample_backup_call call)
{
    struct listed *listed = context;
    if (call == SAMPLE_BACKUP_LIST_LOGS)
        listed->noted = sample_bank_noted(listed->bank);
}

static jet_err back_up(struct live *live, struct sample_backup_result *result, struct listed *listed)
{
    char size[TEXT_SIZE_MAX];
    const struct sample_backup_request request = {.instance = sample_bank_instance(live->bank),
                                                  .folder = live->backup,
                                                  .truncates = true,
                                                  .buffer_size = READ_SIZE * 4,
                                                  .before_call = note_at_list,
                                                  .context = listed};
    demo_step_begin(live->demo, "Back it up again, this time to the end, while it is written");
    listed->bank = live->bank;
    const uint64_t begin_ns = os_clock_monotonic_ns();
    const uint64_t before = sample_bank_transactions(live->bank);
    const jet_err err = sample_backup_take(&request, result);
    if (err < JET_errSuccess)
        return err;
    demo_say(live->demo, "result",
             "%s in %.0f ms: the database and log generations %" PRIu32 " to %" PRIu32 "; %" PRIu64
             " transactions were committed meanwhile",
             text_size_format(result->bytes, size), ms_since(begin_ns), result->first, result->last,
             sample_bank_transactions(live->bank) - before);
    demo_expect(live->demo, result->databases == 1 && result->last > 0, "the set is not whole");
    demo_step_end(live->demo, "nobody had to wait for the backup");
    return JET_errSuccess;
}

static jet_err restore(struct live *live, const struct sample_backup_result *result, const struct listed *listed)
{
    char *member = os_path_join(live->backup, "bank.edb");
    char *database = os_path_join(live->restored, "bank.edb");
    const struct sample_restore_request request = {.original = sample_bank_file(live->bank),
                                                   .database = database,
                                                   .set_folder = live->backup,
                                                   .first = result->first,
                                                   .last = result->last,
                                                   .folder = live->restored};
    demo_step_begin(live->demo, "Restore it elsewhere and recover it");
    jet_err err = member && database ? sample_backup_copy(member, database) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = sample_backup_restore(&request);
    if (err >= JET_errSuccess)
        check_copy(live, live->restored, database, &listed->noted);
    free(member);
    free(database);
    if (err >= JET_errSuccess)
        demo_step_end(live->demo, "no money was lost, and nothing that was promised");
    return err;
}

static jet_err run_steps(struct live *live)
{
    struct sample_bank_numbers noted;
    struct sample_backup_result result = {.databases = 0};
    struct listed listed;
    jet_err copied;
    jet_err err = start_application(live);
    if (err >= JET_errSuccess)
        err = stop_for_freeze(live, &noted, &copied);
    if (err >= JET_errSuccess)
        err = recover_frozen(live, &noted, copied);
    if (err >= JET_errSuccess)
        err = back_up(live, &result, &listed);
    if (err >= JET_errSuccess)
        err = restore(live, &result, &listed);
    if (live->bank) {
        const jet_err ended = sample_bank_close(live->bank);
        if (err >= JET_errSuccess)
            err = ended;
    }
    return err;
}

static jet_err folder_make(const struct live *live, const char *name, char **ret_folder)
{
    *ret_folder = os_path_join(live->demo->folder, name);
    return *ret_folder ? os_folder_create(*ret_folder) : JET_errOutOfMemory;
}

jet_err demo_live_run(struct demo *demo)
{
    struct live live = {.demo = demo};
    demo->watch = (struct demo_watch){.count_findings = 0}; /* what was found before has been told */
    jet_err err = JetSetSystemParameterA(NULL, 0, JET_paramDatabasePageSize, PAGE_SIZE, NULL);
    if (err >= JET_errSuccess)
        err = folder_make(&live, "live", &live.folder);
    if (err >= JET_errSuccess)
        err = folder_make(&live, "live-stopped", &live.stopped);
    if (err >= JET_errSuccess)
        err = folder_make(&live, "frozen", &live.frozen);
    if (err >= JET_errSuccess)
        err = folder_make(&live, "live-backup", &live.backup);
    if (err >= JET_errSuccess)
        err = folder_make(&live, "live-restored", &live.restored);
    if (err >= JET_errSuccess)
        err = run_steps(&live);
    free(live.folder);
    free(live.stopped);
    free(live.frozen);
    free(live.backup);
    free(live.restored);
    return err;
}
