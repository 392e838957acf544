/* SPDX-License-Identifier: MIT */
/* test_consistency.c - backups of an instance at work, restored elsewhere, hold what was promised.
 *
 *      consistency PAGE_SIZE circular|linear
 *
 * In each round a full backup, behind it perhaps incremental ones, of a bank (tool/sample_bank.h) whose tellers never
 * pause; each may be stopped at a random call. What came whole is restored into another folder and looked at in every
 * detail; what was stopped is not to be had as if it were whole; and the tellers go on either way.
 *
 * Environment: COLDSTREAM_BACKUP_SEED, printed; COLDSTREAM_BACKUP_ROUNDS.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/finding.h"
#include "isam/deep.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "tool/sample_backup.h"
#include "tool/sample_bank.h"

enum { ROUNDS_DEFAULT = 50, INCREMENTALS_MAX = 2, CHANCE_OF_STOP = 3, BUFFER_MAX = 256 << 10 };

#define NEVER UINT32_MAX

struct run {
    struct sample_bank *bank;
    char *bank_folder, *set_folder, *restore_folder;
    uint32_t page_size;
    bool is_circular;
    uint64_t random;
    uint32_t calls_full, calls_incremental; /* of the last whole backup of each kind: where stops may fall */
    unsigned whole, stopped, refused;       /* counted */
};

/* One backup, and the set that it works on. */
struct attempt {
    struct sample_bank *bank;
    uint32_t stop_before; /* JetStopBackupInstance comes before this call (0: the first after begin); NEVER */
    uint32_t calls;
    bool was_stopped;
    struct sample_bank_numbers listed; /* what had been noted when the logs were listed */
};

struct set {
    struct sample_backup_result result;
    struct sample_bank_numbers listed;
};

/* `err` must be success or a warning. */
#define MUST(call) must((call), #call)
static void must(jet_err err, const char *call)
{
    if (err >= JET_errSuccess)
        return;
    printf("FAILED: %s: %s\n", call, jet_err_text(err));
    (void)fflush(stdout);
    exit(1);
}

/* splitmix64 */
static uint32_t random_below(struct run *run, uint32_t limit)
{
    uint64_t value = run->random += 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((value ^ value >> 31) % limit);
}

/* ---- folders ---- */

static void folder_empty(const char *folder)
{
    struct os_folder_list names;
    MUST(os_folder_list(folder, &names));
    for (size_t i = 0; i < names.count; i++) {
        char *path = os_path_join(folder, names.names[i]);
        MUST(path ? os_file_remove(path) : JET_errOutOfMemory);
        free(path);
    }
    os_folder_list_free(&names);
}

static void folder_remove(char *folder)
{
    folder_empty(folder);
    MUST(os_folder_remove(folder));
    free(folder);
}

static char *folder_make(const char *parent, const char *name)
{
    char *folder = os_path_join(parent, name);
    MUST(folder ? os_folder_create(folder) : JET_errOutOfMemory);
    return folder;
}

/* ---- backups ---- */

static void before_call(void *context, enum sample_backup_call call)
{
    struct attempt *attempt = context;
    if (call == SAMPLE_BACKUP_LIST_LOGS)
        attempt->listed = sample_bank_noted(attempt->bank);
    if (attempt->was_stopped) {
        printf("FAILED: a call after the stop was not refused\n");
        exit(1);
    }
    if (attempt->calls++ == attempt->stop_before) {
        MUST(JetStopBackupInstance(sample_bank_instance(attempt->bank)));
        attempt->was_stopped = true;
    }
}

/* JET_errSuccess, or JET_errBackupAbortByServer if it was stopped; everything else ends the program. */
static jet_err take(struct run *run, bool is_incremental, bool truncates, struct set *set, uint32_t *ret_stopped_before)
{
    uint32_t *calls = is_incremental ? &run->calls_incremental : &run->calls_full;
    struct attempt attempt = {.bank = run->bank, .stop_before = NEVER};
    if (*calls > 0 && random_below(run, CHANCE_OF_STOP) == 0)
        attempt.stop_before = random_below(run, *calls);
    const struct sample_backup_request request = {
        .instance = sample_bank_instance(run->bank),
        .folder = run->set_folder,
        .is_incremental = is_incremental,
        .truncates = truncates,
        .buffer_size = (3 + random_below(run, BUFFER_MAX / run->page_size - 2)) * run->page_size,
        .before_call = before_call,
        .context = &attempt,
    };
    const jet_err err = sample_backup_take(&request, &set->result);
    *ret_stopped_before = attempt.stop_before;
    if (attempt.was_stopped && err == JET_errBackupAbortByServer) {
        run->stopped++;
        return err;
    }
    must(attempt.was_stopped ? JET_errInternalError : err, "a backup");
    set->listed = attempt.listed;
    *calls = set->result.calls;
    return JET_errSuccess;
}

/* ---- restore ---- */

static void tell_finding(void *context, const struct finding *finding)
{
    char text[600];
    (void)context;
    printf("%s\n", finding_describe(finding, text, sizeof text));
}

static bool file_is_sound(const char *file)
{
    const struct finding_listener nobody = {0}, listener = {.report = tell_finding};
    const struct deep_options options = {0};
    struct deep_counts counts;
    struct database_file *database = NULL;
    MUST(database_file_open(file, &nobody, &database));
    const jet_err err = deep_verify(database, &options, &listener, &counts);
    database_file_close(database);
    if (err != JET_errSuccess)
        printf("FAILED: the deep check of %s: %s\n", file, jet_err_text(err));
    return err == JET_errSuccess;
}

static jet_err restore(const struct run *run, const struct set *set, const char *database)
{
    char *member = os_path_join(run->set_folder, "bank.edb");
    const struct sample_restore_request request = {
        .original = sample_bank_file(run->bank),
        .database = database,
        .set_folder = run->set_folder,
        .first = set->result.first,
        .last = set->result.last,
        .folder = run->restore_folder,
    };
    folder_empty(run->restore_folder);
    jet_err err = member ? sample_backup_copy(member, database) : JET_errOutOfMemory;
    if (err >= JET_errSuccess)
        err = sample_backup_restore(&request);
    free(member);
    return err;
}

/* The set holds all that it takes: what was promised is in the restored database, and every detail fits. */
static bool restore_whole(struct run *run, const struct set *set)
{
    struct sample_bank_verdict verdict;
    char *database = os_path_join(run->restore_folder, "restored.edb");
    MUST(database ? JET_errSuccess : JET_errOutOfMemory);
    const jet_err err = restore(run, set, database);
    bool is_right = err >= JET_errSuccess;
    if (is_right) {
        sample_bank_check(run->restore_folder, database, &set->listed, &verdict);
        is_right = verdict.is_right && file_is_sound(database);
        if (!verdict.is_right)
            printf("FAILED: %s\n", verdict.problem);
    } else {
        printf("FAILED: restore of generations %u to %u: %s\n", (unsigned)set->result.first, (unsigned)set->result.last,
               jet_err_text(err));
    }
    free(database);
    run->whole++;
    return is_right;
}

/* The set lacks something: nobody gets a database out of it that passes for whole. */
static bool restore_stopped(struct run *run, const struct set *set)
{
    char *database = os_path_join(run->restore_folder, "restored.edb");
    MUST(database ? JET_errSuccess : JET_errOutOfMemory);
    const jet_err err = restore(run, set, database);
    free(database);
    if (err >= JET_errSuccess)
        printf("FAILED: a stopped backup was restored: %u databases, generations %u to %u\n",
               (unsigned)set->result.databases, (unsigned)set->result.first, (unsigned)set->result.last);
    run->refused++;
    return err < JET_errSuccess;
}

/* ---- rounds ---- */

/* An incremental backup on top of a set that is whole. Stopped, it takes nothing away from the set. */
static bool take_incremental(struct run *run, struct set *set)
{
    struct set more = *set;
    uint32_t stopped_before;
    if (take(run, true, true, &more, &stopped_before) < JET_errSuccess)
        return sample_bank_goes_on(run->bank) >= JET_errSuccess && restore_whole(run, set);
    *set = more;
    return restore_whole(run, set);
}

static bool one_round(struct run *run)
{
    struct set set = {.result.databases = 0};
    uint32_t stopped_before;
    const bool truncates = random_below(run, 2) == 0;
    folder_empty(run->set_folder);
    if (take(run, false, truncates, &set, &stopped_before) < JET_errSuccess) {
        /* Stopped before the truncation there was nothing left to copy. */
        const bool is_all = truncates && set.result.last > 0 && set.result.calls == stopped_before + 1 &&
                            set.result.logs == set.result.last - set.result.first + 1;
        return sample_bank_goes_on(run->bank) >= JET_errSuccess && (is_all || restore_stopped(run, &set));
    }
    bool is_good = restore_whole(run, &set);
    if (!run->is_circular && truncates)
        for (uint32_t i = random_below(run, INCREMENTALS_MAX + 1); i > 0 && is_good; i--)
            is_good = take_incremental(run, &set);
    return is_good;
}

static unsigned rounds_run(struct run *run, unsigned rounds)
{
    unsigned done = 0;
    for (; done < rounds; done++) {
        const uint64_t seed = run->random;
        const bool is_good = one_round(run);
        const jet_err failure = sample_bank_failure(run->bank);
        if (failure < JET_errSuccess)
            printf("FAILED: a teller got %s\n", jet_err_text(failure));
        if (!is_good || failure < JET_errSuccess) {
            printf("round %u, which began with seed %" PRIu64 "\n", done, seed);
            break;
        }
    }
    return done;
}

int main(int argc, char **argv)
{
    char *folder;
    uint64_t seed;
    const char *seed_text = getenv("COLDSTREAM_BACKUP_SEED");
    const char *rounds_text = getenv("COLDSTREAM_BACKUP_ROUNDS");
    const unsigned rounds = rounds_text ? (unsigned)strtoul(rounds_text, NULL, 10) : ROUNDS_DEFAULT;
    if (argc != 3) {
        fprintf(stderr, "usage: consistency PAGE_SIZE circular|linear\n");
        return 2;
    }
    MUST(os_random_bytes(&seed, sizeof seed));
    MUST(os_folder_create_temporary("coldstream-consistency-", &folder));
    struct run run = {
        .page_size = (uint32_t)strtoul(argv[1], NULL, 10),
        .is_circular = strcmp(argv[2], "circular") == 0,
        .random = seed_text ? strtoull(seed_text, NULL, 0) : seed >> 16,
        .bank_folder = folder_make(folder, "bank"),
        .set_folder = folder_make(folder, "set"),
        .restore_folder = folder_make(folder, "restored"),
    };
    printf("pages of %s bytes, %s log, COLDSTREAM_BACKUP_SEED=%" PRIu64 "\n", argv[1], argv[2], run.random);
    const struct sample_bank_config config = {
        .folder = run.bank_folder, .name = "bank", .is_circular = run.is_circular};
    MUST(JetSetSystemParameterA(NULL, 0, JET_paramDatabasePageSize, run.page_size, NULL));
    MUST(sample_bank_open(&config, &run.bank));
    const unsigned done = rounds_run(&run, rounds);
    printf("%u whole sets restored, %u backups stopped, %u stopped sets refused\n", run.whole, run.stopped,
           run.refused);
    printf("[  PASSED  ] %u test(s).\n", done);
    if (done < rounds) {
        printf("[  FAILED  ] 1 test(s)\nthe files are in %s\n", folder);
        return 1;
    }
    MUST(sample_bank_close(run.bank));
    folder_remove(run.restore_folder);
    folder_remove(run.set_folder);
    folder_remove(run.bank_folder);
    MUST(os_folder_remove(folder));
    free(folder);
    return 0;
}
