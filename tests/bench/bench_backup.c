/* SPDX-License-Identifier: MIT */
/* bench_backup.c - what a backup of an instance at work costs, and how fast it stops.
 *
 *      bench_backup [--folder DIR] [--size MIB] [--stops N]
 *
 *   read by cat               `cat FILE >/dev/null` on the database file, warm: the limit
 *   streamed, idle            begin to end into /dev/null, nobody writes
 *   streamed, 4 writers       the same, four sessions commit all the while
 *   to a file, 4 writers      the same into a file beside it
 *   sqlite's backup           sqlite3_backup_step(-1) of as many rows into a file beside it, nobody writes
 *   commits, 4 writers        their rate without a backup and during one
 *   stops                     from JetStopBackupInstance until the call that streams has returned, at random moments, with writers
 *
 * Rates are MiB and commits per second, with the ratio to cat's or to the rate without a backup. Four writers on two
 * processors leave little to anybody; what their commits lose to a backup is then the processor's time.
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "bench_engine.h"
#include "jet/esent.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_thread.h"

enum {
    WRITERS = 4,
    PAGE_SIZE = 4096,
    BUFFER = 1 << 20,
    LIST = 64 << 10,
    ROWS_PER_MIB = 6500, /* of bench_engine.h, about */
    TRANSACTION = 10000,
    DELAY_MAX_NS = 4 * 1000 * 1000,
    MEASURED_MS = 3000,
};

struct bench {
    void *open;
    JET_INSTANCE instance;
    char *folder, *file;
    int64_t rows;
    _Atomic bool writes;
    _Atomic int64_t commits;
    struct os_thread *writers[WRITERS];
    struct os_event *never;
};

static _Alignas(4096) uint8_t buffer[BUFFER];

void bench_fail(const char *engine, const char *what, long code)
{
    fprintf(stderr, "bench_backup: %s: %s failed (%ld)\n", engine, what, code);
    exit(1);
}

static void check(JET_ERR err, const char *what)
{
    if (err < JET_errSuccess)
        bench_fail("jet", what, err);
}

static double now(void)
{
    return (double)os_clock_monotonic_ns() / 1e9;
}

void bench_record_make(int64_t key, struct bench_record *ret_record)
{
    ret_record->key = key;
    memset(ret_record->name, 'n', sizeof ret_record->name);
    memset(ret_record->payload, (int)('a' + key % 26), sizeof ret_record->payload);
}

uint64_t bench_record_sum(const struct bench_record *record)
{
    return record->payload[0];
}

static void fill(const struct bench_engine *engine, void *open, int64_t rows)
{
    void *connection = engine->connect(open);
    for (int64_t key = 0; key < rows; key += TRANSACTION)
        engine->insert(connection, key, 1, TRANSACTION);
    engine->disconnect(connection);
}

/* ---- writers ---- */

static void write_rows(void *context)
{
    static _Atomic int64_t next_key = (int64_t)1 << 40;
    struct bench *bench = context;
    void *connection = bench_engine_jet.connect(bench->open);
    while (atomic_load(&bench->writes)) {
        bench_engine_jet.insert(connection, atomic_fetch_add(&next_key, 1), 1, 1);
        atomic_fetch_add(&bench->commits, 1);
    }
    bench_engine_jet.disconnect(connection);
}

static void writers_start(struct bench *bench)
{
    atomic_store(&bench->writes, true);
    for (unsigned i = 0; i < WRITERS; i++)
        check(os_thread_start(write_rows, bench, &bench->writers[i]), "starting a thread");
}

static void writers_end(struct bench *bench)
{
    atomic_store(&bench->writes, false);
    for (unsigned i = 0; i < WRITERS; i++)
        os_thread_join(bench->writers[i]);
}

/* ---- one backup ---- */

/* Streams a file into `target`; the error of a call, which may be that of a stop. */
static JET_ERR stream_file(struct bench *bench, const char *path, FILE *target, uint64_t *bytes)
{
    JET_HANDLE handle;
    uint32_t low, high, actual = 0;
    JET_ERR err = JetOpenFileInstanceA(bench->instance, path, &handle, &low, &high);
    if (err < JET_errSuccess)
        return err;
    do {
        err = JetReadFileInstance(bench->instance, handle, buffer, sizeof buffer, &actual);
        if (err >= JET_errSuccess && fwrite(buffer, 1, actual, target) != actual)
            bench_fail("stdio", "writing", 0);
        *bytes += err >= JET_errSuccess ? actual : 0;
    } while (err >= JET_errSuccess && actual > 0);
    const JET_ERR closed = JetCloseFileInstance(bench->instance, handle);
    return err < JET_errSuccess ? err : closed;
}

static JET_ERR stream_list(struct bench *bench, const char *list, FILE *target, uint64_t *bytes)
{
    JET_ERR err = JET_errSuccess;
    for (const char *path = list; *path && err >= JET_errSuccess; path += strlen(path) + 1)
        err = stream_file(bench, path, target, bytes);
    return err;
}

/* A full backup; the first error, after which it has been ended all the same. */
static JET_ERR stream(struct bench *bench, FILE *target, uint64_t *ret_bytes)
{
    static char list[LIST];
    *ret_bytes = 0;
    check(JetBeginExternalBackupInstance(bench->instance, JET_bitNil), "JetBeginExternalBackupInstance");
    JET_ERR err = JetGetAttachInfoInstanceA(bench->instance, list, sizeof list, NULL);
    if (err >= JET_errSuccess)
        err = stream_list(bench, list, target, ret_bytes);
    if (err >= JET_errSuccess)
        err = JetGetLogInfoInstanceA(bench->instance, list, sizeof list, NULL);
    if (err >= JET_errSuccess)
        err = stream_list(bench, list, target, ret_bytes);
    check(JetEndExternalBackupInstance(bench->instance), "JetEndExternalBackupInstance");
    return err;
}

static FILE *target_open(const char *path)
{
    FILE *target = fopen(path, "wb");
    if (!target)
        bench_fail("stdio", path, 0);
    setvbuf(target, NULL, _IONBF, 0);
    return target;
}

/* MiB per second. */
static double stream_rate(struct bench *bench, const char *target_path)
{
    uint64_t bytes;
    FILE *target = target_open(target_path);
    const double begin = now();
    check(stream(bench, target, &bytes), "streaming");
    const double seconds = now() - begin;
    fclose(target);
    return (double)bytes / (1 << 20) / seconds;
}

/* ---- the peers ---- */

static double cat_rate(const struct bench *bench)
{
    char command[2200];
    struct os_path_info info;
    check(os_path_stat(bench->file, &info), "looking at the database");
    snprintf(command, sizeof command, "cat '%s' >/dev/null", bench->file);
    const double begin = now();
    if (system(command) != 0)
        bench_fail("cat", command, 0);
    return (double)info.size_bytes / (1 << 20) / (now() - begin);
}

static void sqlite_check(sqlite3 *db, int code, int wanted)
{
    if (code != wanted)
        bench_fail("sqlite", sqlite3_errmsg(db), code);
}

static double sqlite_rate(const struct bench *bench)
{
    sqlite3 *source, *target;
    struct os_path_info info;
    char *from = os_path_join(bench->folder, "bench.db");
    char *to = os_path_join(bench->folder, "copy.db");
    void *open = bench_engine_sqlite.open(bench->folder, PAGE_SIZE);
    if (!from || !to)
        bench_fail("sqlite", "memory", 0);
    fill(&bench_engine_sqlite, open, bench->rows);
    bench_engine_sqlite.close(open);
    sqlite_check(NULL, sqlite3_open(from, &source), SQLITE_OK);
    sqlite_check(source, sqlite3_open(to, &target), SQLITE_OK);
    sqlite_check(source, sqlite3_exec(source, "select count(*) from records", NULL, NULL, NULL), SQLITE_OK);
    const double begin = now();
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", source, "main");
    sqlite_check(target, backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR, SQLITE_DONE);
    sqlite_check(target, sqlite3_backup_finish(backup), SQLITE_OK);
    const double seconds = now() - begin;
    sqlite3_close(target);
    sqlite3_close(source);
    check(os_path_stat(to, &info), "looking at SQLite's copy");
    free(from);
    free(to);
    return (double)info.size_bytes / (1 << 20) / seconds;
}

/* ---- rates ---- */

static double median_of_three(double a, double b, double c)
{
    return a > b ? (b > c ? b : a > c ? c : a) : (a > c ? a : b > c ? c : b);
}

#define MEDIAN(call) median_of_three(call, call, call)

static void rates(struct bench *bench, const char *copy)
{
    const double cat = MEDIAN(cat_rate(bench));
    const double idle = MEDIAN(stream_rate(bench, "/dev/null"));
    writers_start(bench);
    const double busy = MEDIAN(stream_rate(bench, "/dev/null"));
    const double to_file = MEDIAN(stream_rate(bench, copy));
    writers_end(bench);
    const double sqlite = sqlite_rate(bench);
    printf("%-24s %10.0f MiB/s\n", "read by cat", cat);
    printf("%-24s %10.0f MiB/s  %5.2f of cat\n", "streamed, idle", idle, idle / cat);
    printf("%-24s %10.0f MiB/s  %5.2f of cat\n", "streamed, 4 writers", busy, busy / cat);
    printf("%-24s %10.0f MiB/s  %5.2f of sqlite's backup\n", "to a file, 4 writers", to_file, to_file / sqlite);
    printf("%-24s %10.0f MiB/s\n", "sqlite's backup", sqlite);
}

/* Commits per second, while backups run one after another or while none does. */
static double commit_rate(struct bench *bench, bool with_backups)
{
    uint64_t bytes;
    FILE *nothing = target_open("/dev/null");
    const double begin = now();
    const int64_t before = atomic_load(&bench->commits);
    while (with_backups && now() - begin < MEASURED_MS / 1e3)
        check(stream(bench, nothing, &bytes), "streaming");
    if (!with_backups)
        (void)os_event_wait(bench->never, MEASURED_MS);
    const double rate = (double)(atomic_load(&bench->commits) - before) / (now() - begin);
    fclose(nothing);
    return rate;
}

static void commits(struct bench *bench)
{
    writers_start(bench);
    const double without = commit_rate(bench, false);
    const double with = commit_rate(bench, true);
    const double again = commit_rate(bench, false);
    writers_end(bench);
    const double mean = (without + again) / 2;
    printf("%-24s %10.0f /s without a backup, %.0f /s during one: %.2f\n", "commits, 4 writers", mean, with,
           with / mean);
}

/* ---- stops ---- */

struct stopped {
    struct bench *bench;
    struct os_event *begun;
    JET_ERR err;
    uint64_t returned_ns;
};

static void stream_until_stopped(void *context)
{
    struct stopped *stopped = context;
    struct bench *bench = stopped->bench;
    static char list[LIST];
    FILE *nothing = target_open("/dev/null");
    uint64_t bytes = 0;
    check(JetBeginExternalBackupInstance(bench->instance, JET_bitNil), "JetBeginExternalBackupInstance");
    os_event_set(stopped->begun);
    do {
        stopped->err = JetGetAttachInfoInstanceA(bench->instance, list, sizeof list, NULL);
        if (stopped->err >= JET_errSuccess)
            stopped->err = stream_list(bench, list, nothing, &bytes);
    } while (stopped->err >= JET_errSuccess);
    stopped->returned_ns = os_clock_monotonic_ns();
    check(JetEndExternalBackupInstance(bench->instance), "JetEndExternalBackupInstance");
    fclose(nothing);
}

static uint64_t stop_once(struct bench *bench, struct os_event *begun, uint64_t delay_ns)
{
    struct stopped stopped = {.bench = bench, .begun = begun};
    struct os_thread *thread;
    os_event_reset(begun);
    check(os_thread_start(stream_until_stopped, &stopped, &thread), "starting a thread");
    (void)os_event_wait(begun, OS_WAIT_FOREVER);
    const uint64_t until = os_clock_monotonic_ns() + delay_ns;
    while (os_clock_monotonic_ns() < until)
        ;
    const uint64_t called_ns = os_clock_monotonic_ns();
    check(JetStopBackupInstance(bench->instance), "JetStopBackupInstance");
    os_thread_join(thread);
    if (stopped.err != JET_errBackupAbortByServer)
        bench_fail("jet", "streaming until it is stopped", stopped.err);
    return stopped.returned_ns > called_ns ? stopped.returned_ns - called_ns : 0;
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void stops(struct bench *bench, const char *name, size_t count)
{
    uint64_t seed = 1;
    struct os_event *begun;
    uint64_t *ns = calloc(count, sizeof *ns);
    if (!ns)
        bench_fail("bench", "memory", 0);
    check(os_event_new(&begun), "an event");
    for (size_t i = 0; i < count; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        ns[i] = stop_once(bench, begun, (seed >> 33) % DELAY_MAX_NS);
    }
    qsort(ns, count, sizeof *ns, compare);
    printf("%-24s %zu stops: p50 %.1f us, p99 %.1f us, max %.1f us\n", name, count, (double)ns[count / 2] / 1e3,
           (double)ns[count * 99 / 100] / 1e3, (double)ns[count - 1] / 1e3);
    os_event_free(begun);
    free(ns);
}

/* ---- */

static void bench_run(struct bench *bench, int64_t mib, size_t count_stops)
{
    uint32_t count = 0;
    JET_INSTANCE_INFO_A *info = NULL;
    char *copy = os_path_join(bench->folder, "copy.edb");
    bench->rows = (mib * ROWS_PER_MIB + TRANSACTION - 1) / TRANSACTION * TRANSACTION;
    bench->open = bench_engine_jet.open(bench->folder, PAGE_SIZE);
    bench->file = os_path_join(bench->folder, "bench.edb");
    if (!copy || !bench->file)
        bench_fail("bench", "memory", 0);
    check(JetGetInstanceInfoA(&count, &info), "JetGetInstanceInfo"); /* the only one */
    bench->instance = info[0].hInstanceId;
    check(JetFreeBuffer((char *)info), "JetFreeBuffer");
    check(os_event_new(&bench->never), "an event");
    fill(&bench_engine_jet, bench->open, bench->rows);
    rates(bench, copy);
    commits(bench);
    stops(bench, "stops, idle", count_stops);
    writers_start(bench);
    stops(bench, "stops, 4 writers", count_stops);
    writers_end(bench);
    bench_engine_jet.close(bench->open);
    os_event_free(bench->never);
    free(bench->file);
    free(copy);
}

static int usage(void)
{
    fputs("usage: bench_backup [--folder DIR] [--size MIB] [--stops N]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    const char *folder = NULL;
    int64_t mib = 1024;
    size_t count_stops = 10000;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return usage();
        if (strcmp(argv[i], "--folder") == 0)
            folder = argv[i + 1];
        else if (strcmp(argv[i], "--size") == 0)
            mib = strtoll(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--stops") == 0)
            count_stops = (size_t)strtoull(argv[i + 1], NULL, 10);
        else
            return usage();
    }
    if (mib < 1 || count_stops < 1)
        return usage();
    if (folder)
        bench.folder = os_path_join(folder, "bench_backup");
    if (folder ? !bench.folder || os_folder_create(bench.folder) < JET_errSuccess
               : os_folder_create_temporary("bench_backup", &bench.folder) < JET_errSuccess)
        bench_fail("bench", "making a folder", 0);
    printf("%" PRId64 " MiB in %s, which stays for you to look at and remove\n", mib, bench.folder);
    bench_run(&bench, mib, count_stops);
    free(bench.folder);
    return 0;
}
