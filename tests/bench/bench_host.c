/* SPDX-License-Identifier: MIT */
/* bench_host.c - what linux/host costs: a stream through its pipe against cat's, stops of streams whose reader sleeps,
 * a freeze of many instances.
 *
 *      bench_host [megabytes, default 512 [stops, default 1000 [instances, default 100]]]
 *
 * The stream and "cat FILE | cat >/dev/null" run by turns in the same process, over a pipe of the same size, with the
 * file in the page cache, and the median of each is told with their ratio. A stop is timed from the call until its
 * answer: no byte moves any more. A freeze is timed from host_freeze_begin() until its answer, over instances that
 * nobody writes to (bench_freeze has writers). The files lie in TMPDIR. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../linux/host/host.h"
#include "base/compiler.h"
#include "os/os_thread.h"
#include "os/os_word.h"

enum { ROUNDS = 5, PIPE_BYTES = 1 << 20, PAGE_BYTES = 4096, TIMEOUT_MS = 60000 };

static void must(jet_err err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    (void)fprintf(stderr, "%s: %ld %s\n", what, (long)err, jet_err_text(err));
    exit(1);
}

static void must_be(bool is_so, const char *what)
{
    if (is_so)
        return;
    perror(what);
    exit(1);
}

/* ---- answers ---- */

static struct {
    _Atomic uint32_t is_there;
    struct host_answer *answer;
} asked;

static void done(void *context, struct host_answer *answer)
{
    (void)context;
    asked.answer = answer;
    atomic_store(&asked.is_there, 1);
    os_word_wake_all(&asked.is_there);
}

static const struct host_call *ask(void)
{
    static const struct host_call call = {NULL, done};
    atomic_store(&asked.is_there, 0);
    return &call;
}

static struct host_answer *answered(const char *what)
{
    while (atomic_load(&asked.is_there) == 0)
        os_word_wait(&asked.is_there, 0, OS_WAIT_FOREVER);
    must(asked.answer->err, what);
    return asked.answer;
}

static void settled(const char *what)
{
    host_answer_free(answered(what));
}

/* ---- figures ---- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static void report_times(const char *what, double *us, size_t count)
{
    qsort(us, count, sizeof *us, compare);
    (void)printf("%s, %zu times: p50 %.0f us, p99 %.0f us, max %.0f us\n", what, count, us[count / 2],
                 us[count * 99 / 100], us[count - 1]);
}

/* ---- instances ---- */

static char folder[200];

static struct host_instance *open_instance(const char *name, char *ret_database)
{
    char path[300];
    const char *const databases[] = {ret_database};
    struct host_instance *instance;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)snprintf(ret_database, 400, "%s/bench.edb", path);
    const struct host_instance_config config = {.label = name,
                                                .system_path = path,
                                                .databases = databases,
                                                .database_count = 1,
                                                .make_missing = true,
                                                .log_file_kib = 128};
    must(host_instance_open(&config, NULL, &instance), name);
    while (host_instance_state(instance) == HOST_INSTANCE_RECOVERING)
        (void)usleep(1000);
    struct host_instance_info info;
    must(host_instance_info_get(instance, &info), name);
    must(info.error, name);
    host_instance_info_done(&info);
    return instance;
}

static void close_instance(struct host_instance *instance)
{
    host_instance_close(instance, ask());
    settled("close");
    host_instance_free(instance);
}

/* A database of that size: rows of a page each. */
static void fill(const char *database, unsigned megabytes)
{
    JET_INSTANCE_INFO_A *infos;
    uint32_t count;
    JET_SESID sesid;
    JET_DBID dbid;
    JET_TABLEID tableid;
    JET_COLUMNID columnid;
    static uint8_t row[1900];
    JET_COLUMNDEF column = {.cbStruct = sizeof column, .coltyp = JET_coltypLongBinary};
    must(JetGetInstanceInfoA(&count, &infos), "instances");
    must(JetBeginSessionA(infos[0].hInstanceId, &sesid, NULL, NULL), "session");
    must(JetFreeBuffer((char *)infos), "buffer");
    must(JetOpenDatabaseA(sesid, database, NULL, &dbid, 0), database);
    must(JetBeginTransaction(sesid), "begin");
    must(JetCreateTableA(sesid, dbid, "rows", 16, 100, &tableid), "table");
    must(JetAddColumnA(sesid, tableid, "row", &column, NULL, 0, &columnid), "column");
    must(JetCommitTransaction(sesid, 0), "commit");
    const uint64_t rows = (uint64_t)megabytes * 1024 * 1024 / PAGE_BYTES * 2;
    for (uint64_t i = 0; i < rows; i++) {
        if (i % 1000 == 0)
            must(JetBeginTransaction(sesid), "begin");
        must(JetPrepareUpdate(sesid, tableid, JET_prepInsert), "insert");
        must(JetSetColumn(sesid, tableid, columnid, row, sizeof row, JET_bitSetIntrinsicLV, NULL), "column");
        must(JetUpdate(sesid, tableid, NULL, 0, NULL), "update");
        if (i % 1000 == 999 || i + 1 == rows)
            must(JetCommitTransaction(sesid, JET_bitCommitLazyFlush), "commit");
    }
    must(JetEndSession(sesid, 0), "end");
}

static struct host_backup *begin(struct host_instance *instance)
{
    static const struct host_backup_options full;
    struct host_backup *backup;
    must(host_backup_begin(instance, &full, NULL, ask(), &backup), "begin");
    settled("begin");
    return backup;
}

static void dispose(struct host_backup *backup)
{
    host_backup_close(backup, ask());
    settled("close");
    host_backup_free(backup);
}

/* ---- the stream ---- */

/* "cat", from one descriptor to another. A program of its own, as a client is: a mere child would hold the other end of
 * the pipe, too. */
static pid_t start_cat(int in, int out)
{
    const pid_t pid = fork();
    if (pid != 0)
        return pid;
    (void)dup2(in, STDIN_FILENO);
    (void)dup2(out, STDOUT_FILENO);
    (void)execlp("cat", "cat", (char *)NULL);
    _exit(127);
}

static void wait_for(pid_t pid)
{
    int status = -1;
    must_be(waitpid(pid, &status, 0) == pid && status == 0, "cat");
}

static double stream_seconds(struct host_instance *instance, const char *database, uint64_t *ret_bytes)
{
    struct host_backup *backup = begin(instance);
    const uint64_t begun_us = host_now_us();
    host_backup_open_file(backup, database, 0, 0, ask());
    struct host_answer *opened = answered("open");
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    const pid_t reader = start_cat(opened->fd, nowhere);
    (void)close(opened->fd);
    (void)close(nowhere);
    opened->fd = -1;
    wait_for(reader);
    host_backup_close_file(backup, opened->file, ask());
    struct host_answer *closed = answered("close");
    const double seconds = (double)(host_now_us() - begun_us) / 1e6;
    must(closed->status, "stream");
    must_be(closed->bytes == opened->bytes, "short stream");
    *ret_bytes = closed->bytes;
    host_answer_free(opened);
    host_answer_free(closed);
    dispose(backup);
    return seconds;
}

static double cat_seconds(const char *database)
{
    int ends[2];
    must_be(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    const uint64_t begun_us = host_now_us();
    const int file = open(database, O_RDONLY | O_CLOEXEC), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    const pid_t writer = start_cat(file, ends[1]), reader = start_cat(ends[0], nowhere);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(file);
    (void)close(nowhere);
    wait_for(writer);
    wait_for(reader);
    return (double)(host_now_us() - begun_us) / 1e6;
}

static void bench_stream(struct host_instance *instance, const char *database)
{
    double streams[ROUNDS], cats[ROUNDS];
    uint64_t bytes = 0;
    (void)cat_seconds(database); /* into the page cache */
    for (unsigned i = 0; i < ROUNDS; i++) {
        cats[i] = cat_seconds(database);
        streams[i] = stream_seconds(instance, database, &bytes);
    }
    const double stream = median(streams, ROUNDS), cat = median(cats, ROUNDS);
    (void)printf("stream of %.0f MB: %.2f GB/s; cat | cat over the same pipe: %.2f GB/s; ratio %.2f\n",
                 (double)bytes / 1e6, (double)bytes / stream / 1e9, (double)bytes / cat / 1e9, cat / stream);
}

/* ---- stops ---- */

static void bench_stops(struct host_instance *instance, const char *database, size_t count)
{
    double *us = calloc(count, sizeof *us);
    must_be(us != NULL, "figures");
    for (size_t i = 0; i < count; i++) {
        struct host_backup *backup = begin(instance);
        host_backup_open_file(backup, database, 0, 0, ask());
        struct host_answer *opened = answered("open");
        (void)usleep((useconds_t)(i % 16) * 200); /* mostly the pipe is full by then, and the reader sleeps */
        const uint64_t begun_us = host_now_us();
        host_instance_stop_backups(instance, "bench", ask());
        struct host_answer *stopped = answered("stop");
        us[i] = (double)(host_now_us() - begun_us);
        must_be(stopped->count == 1, "nothing was stopped");
        host_answer_free(stopped);
        host_answer_free(opened);
        dispose(backup);
    }
    report_times("stop, the reader sleeps", us, count);
    free(us);
}

/* ---- freezes ---- */

static void bench_freezes(size_t count)
{
    const struct host_freeze_options options = {.timeout_ms = TIMEOUT_MS, .grbit = JET_bitCopySnapshot};
    struct host_instance **instances = calloc(count, sizeof(*instances));
    double freeze_us[ROUNDS * 4], thaw_us[ROUNDS * 4];
    must_be(instances != NULL, "instances");
    for (size_t i = 0; i < count; i++) {
        char name[40], database[400];
        (void)snprintf(name, sizeof name, "freeze%zu", i);
        instances[i] = open_instance(name, database);
    }
    for (size_t i = 0; i < COUNT_OF(freeze_us); i++) {
        struct host_freeze *freeze;
        const uint64_t begun_us = host_now_us();
        must(host_freeze_begin(instances, count, &options, NULL, ask(), &freeze), "freeze");
        settled("freeze");
        const uint64_t frozen_us = host_now_us();
        host_freeze_thaw(freeze, ask());
        settled("thaw");
        thaw_us[i] = (double)(host_now_us() - frozen_us);
        freeze_us[i] = (double)(frozen_us - begun_us);
        host_freeze_close(freeze, ask());
        settled("close");
        host_freeze_free(freeze);
    }
    (void)printf("%zu instances: ", count);
    report_times("freeze", freeze_us, COUNT_OF(freeze_us));
    (void)printf("%zu instances: ", count);
    report_times("thaw", thaw_us, COUNT_OF(thaw_us));
    for (size_t i = 0; i < count; i++)
        close_instance(instances[i]);
    free(instances);
}

static unsigned long argument(int argc, char **argv, int which, unsigned long otherwise)
{
    return argc > which ? strtoul(argv[which], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    const char *temporary = getenv("TMPDIR");
    char database[400], command[300];
    (void)snprintf(folder, sizeof folder, "%s/bench-host-XXXXXX", temporary ? temporary : "/tmp");
    must_be(mkdtemp(folder) != NULL, folder);
    must(host_process_configure((uint32_t)argument(argc, argv, 3, 100) + 2, 0, 0), "configure");
    struct host_instance *instance = open_instance("stream", database);
    fill(database, (unsigned)argument(argc, argv, 1, 512));
    bench_stream(instance, database);
    bench_stops(instance, database, argument(argc, argv, 2, 1000));
    close_instance(instance);
    bench_freezes(argument(argc, argv, 3, 100));
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : 1;
}
