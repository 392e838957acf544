/* SPDX-License-Identifier: MIT */
/* bench_stop.c - how long a stop takes, from the call until the backup has let go.
 *
 *      bench_stop [stops of each kind, default 10000]
 *
 * A pump streams a real file into a pipe; another thread stops it at a random moment. The clock runs from just before
 * backup_stop() until backup_run() has returned: the blocked or reading call has failed, the file is closed, the
 * backup is ended, the archive is discarded. Two kinds: "stuck", the reader took some bytes and then sleeps, so that
 * at most moments the pump waits for a full pipe; "busy", the reader takes everything, so that the pump is reading,
 * verifying or writing.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "backup/run.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_stream.h"
#include "os/os_thread.h"
#include "tool/sample_database.h"

enum {
    FILE_BYTES = 256 << 20, /* more than is streamed in DELAY_MAX_NS */
    PAGE_BYTES = 32768,
    STUCK_AFTER_MAX = 4 << 20,
    DELAY_MAX_NS = 4 * 1000 * 1000,
    BUCKETS = 32, /* powers of two of microseconds */
};

struct trial {
    struct backup *machine;
    struct os_stream *reader, *writer;
    uint64_t reader_limit;
    struct os_event *reader_end;
    struct os_event *stopped_before;
    struct os_event *started;
    jet_err err;
    uint64_t returned_ns;
};

static void must(jet_err err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, jet_err_text(err));
    exit(1);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static void read_up_to_limit(void *context)
{
    static uint8_t buffer[1 << 20];
    struct trial *trial = context;
    uint64_t taken = 0;
    size_t size = 1;
    while (taken < trial->reader_limit && size > 0) {
        if (os_stream_read(trial->reader, buffer, sizeof buffer, trial->reader_end, &size) < JET_errSuccess)
            return;
        taken += size;
    }
    (void)os_event_wait(trial->reader_end, OS_WAIT_FOREVER);
}

static void pump(void *context)
{
    struct trial *trial = context;
    const struct backup_run_options options = {.tool_version = "bench", .stopped_before = trial->stopped_before};
    struct backup_run_result result;
    struct sink *sink;
    must(sink_tar_new(trial->writer, backup_stop_event(trial->machine), &options.found, &sink), "sink");
    os_event_set(trial->started);
    trial->err = backup_run(trial->machine, sink, &options, &result);
    trial->returned_ns = os_clock_monotonic_ns();
}

static void wait_until(uint64_t when_ns)
{
    while (os_clock_monotonic_ns() < when_ns)
        ;
}

/* Nanoseconds that one stop took; 0 if the backup was over before it. */
static uint64_t measure(struct trial *trial, uint64_t delay_ns)
{
    struct os_thread *reader, *pumper;
    os_event_reset(trial->reader_end);
    os_event_reset(trial->stopped_before);
    os_event_reset(trial->started);
    must(os_stream_open_pipe(&trial->reader, &trial->writer), "pipe");
    must(os_thread_start(read_up_to_limit, trial, &reader), "thread");
    must(os_thread_start(pump, trial, &pumper), "thread");
    (void)os_event_wait(trial->started, OS_WAIT_FOREVER);
    wait_until(os_clock_monotonic_ns() + delay_ns);
    uint64_t stopped_ns = os_clock_monotonic_ns();
    os_event_set(trial->stopped_before);
    backup_stop(trial->machine);
    os_thread_join(pumper);
    os_event_set(trial->reader_end);
    os_thread_join(reader);
    os_stream_close(trial->reader);
    os_stream_close(trial->writer);
    return trial->err == JET_errBackupAbortByServer ? trial->returned_ns - stopped_ns : 0;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void report(const char *kind, uint64_t *ns, size_t count)
{
    size_t buckets[BUCKETS] = {0};
    qsort(ns, count, sizeof *ns, compare);
    (void)printf("%s: %zu stops, p50 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.1f us\n", kind, count,
                 (double)ns[count / 2] / 1e3, (double)ns[count * 99 / 100] / 1e3, (double)ns[count * 999 / 1000] / 1e3,
                 (double)ns[count - 1] / 1e3);
    for (size_t i = 0; i < count; i++) {
        unsigned bucket = 0;
        while (bucket + 1 < BUCKETS && ns[i] >= UINT64_C(1000) << bucket)
            bucket++;
        buckets[bucket]++;
    }
    for (unsigned i = 0; i < BUCKETS; i++) {
        if (buckets[i] > 0)
            (void)printf("  < %8llu us  %zu\n", 1ULL << i, buckets[i]);
    }
}

static void run_kind(struct trial *trial, const char *kind, bool is_stuck, size_t stops)
{
    uint64_t seed = 1;
    size_t count = 0;
    uint64_t *ns = calloc(stops, sizeof *ns);
    if (!ns)
        must(JET_errOutOfMemory, kind);
    while (count < stops) {
        trial->reader_limit = is_stuck ? next_random(&seed) % STUCK_AFTER_MAX : UINT64_MAX;
        uint64_t took_ns = measure(trial, next_random(&seed) % DELAY_MAX_NS);
        if (took_ns > 0)
            ns[count++] = took_ns;
    }
    report(kind, ns, stops);
    free(ns);
}

int main(int argc, char **argv)
{
    const struct finding_listener nobody = {NULL, NULL};
    size_t stops = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 10000;
    struct backup_source *source;
    struct sample_database_info info;
    struct trial trial = {0};
    char *folder;
    must(os_folder_create_temporary("bench-stop", &folder), "temporary folder");
    char *path = os_path_join(folder, "bench.edb");
    const struct sample_database_request request = {
        .path = path, .page_size = PAGE_BYTES, .size_bytes = FILE_BYTES, .seed = 1};
    must(sample_database_write(&request, &info), path);
    must(source_offline_open(path, &nobody, &source), path);
    must(backup_new(source, false, &trial.machine), "machine");
    must(os_event_new(&trial.reader_end), "event");
    must(os_event_new(&trial.stopped_before), "event");
    must(os_event_new(&trial.started), "event");
    if (stops > 0) {
        run_kind(&trial, "stuck", true, stops);
        run_kind(&trial, "busy", false, stops);
    }
    backup_free(trial.machine);
    os_event_free(trial.reader_end);
    os_event_free(trial.stopped_before);
    os_event_free(trial.started);
    must(os_file_remove(path), path);
    must(os_folder_remove(folder), folder);
    free(path);
    free(folder);
    return 0;
}
