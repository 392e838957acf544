/* SPDX-License-Identifier: MIT */
/* bench_cache.c - what it costs to get a page that is in the cache, and to put it back, against reading the same bytes
 * from an array: with one thread, and with two on the same pages. `bench_cache [pages]`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/page.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "storage/cache.h"
#include "storage/database.h"

enum { PAGE_SIZE = 4096, ROUNDS = 20 * 1000 * 1000, THREADS = 2 };

struct bench {
    struct database *db;
    uint8_t *array;
    pgno_t pages;
    uint64_t sum;
};

static void fail(const char *what, jet_err err)
{
    fprintf(stderr, "bench_cache: %s: %s\n", what, jet_err_name(err));
    exit(1);
}

static pgno_t next_pgno(const struct bench *bench, uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return (pgno_t)(((uint64_t)*random * bench->pages) >> 32) + 1;
}

static void from_array(void *context)
{
    struct bench *bench = context;
    uint32_t random = 1;
    for (unsigned i = 0; i < ROUNDS; i++)
        bench->sum += bench->array[(size_t)next_pgno(bench, &random) * PAGE_SIZE + 24];
}

static void from_cache(void *context, enum page_latch latch)
{
    struct bench *bench = context;
    uint32_t random = 1;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct frame *frame;
        jet_err err = page_get(bench->db, next_pgno(bench, &random), latch, &frame);
        if (err < JET_errSuccess)
            fail("page_get", err);
        bench->sum += frame->page[24];
        page_put(frame, latch);
    }
}

static void shared(void *context)
{
    from_cache(context, PAGE_SHARED);
}

static void exclusive(void *context)
{
    from_cache(context, PAGE_EXCLUSIVE);
}

static void measure(const char *what, const struct bench *bench, unsigned count, void (*run)(void *context))
{
    struct bench copies[THREADS] = {*bench, *bench};
    struct os_thread *threads[THREADS];
    uint64_t begin = os_clock_monotonic_ns();
    for (unsigned i = 0; i < count; i++) {
        jet_err err = os_thread_start(run, &copies[i], &threads[i]);
        if (err < JET_errSuccess)
            fail("thread", err);
    }
    for (unsigned i = 0; i < count; i++)
        os_thread_join(threads[i]);
    double ns = (double)(os_clock_monotonic_ns() - begin) / ROUNDS;
    printf("%-24s %u thread(s)  %6.1f ns each  (sum %" PRIu64 ")\n", what, count, ns, copies[0].sum);
}

static void fill(struct bench *bench)
{
    for (pgno_t pgno = 1; pgno <= bench->pages; pgno++) {
        struct frame *frame;
        jet_err err = page_get_new(bench->db, pgno, &frame);
        if (err < JET_errSuccess)
            fail("page_get_new", err);
        page_init(frame->page, PAGE_SIZE, PAGE_FLAG_LEAF, pgno, pgno, 1);
        page_dirty(frame, 0, 0);
        page_put(frame, PAGE_EXCLUSIVE);
        bench->array[(size_t)pgno * PAGE_SIZE + 24] = (uint8_t)pgno;
    }
}

int main(int argc, char **argv)
{
    struct bench bench = {.pages = argc > 1 ? (pgno_t)strtoul(argv[1], NULL, 10) : 1000};
    struct cache *cache;
    char *folder;
    const struct cache_config config = {
        .page_size = PAGE_SIZE, .frames_min = bench.pages + 64, .frames_max = bench.pages + 64};
    bench.array = calloc(bench.pages + 1, PAGE_SIZE);
    jet_err err = os_folder_create_temporary("bench_cache", &folder);
    if (err >= JET_errSuccess)
        err = cache_new(&config, &cache);
    if (err < JET_errSuccess || !bench.array)
        fail("start", err);
    const struct database_new options = {.path = os_path_join(folder, "x.edb"), .dbid = 1, .pages = bench.pages};
    err = database_create(cache, &options, &bench.db);
    if (err < JET_errSuccess)
        fail("create", err);
    fill(&bench);
    measure("array", &bench, 1, from_array);
    measure("page_get, shared", &bench, 1, shared);
    measure("page_get, exclusive", &bench, 1, exclusive);
    measure("page_get, shared", &bench, THREADS, shared);
    measure("page_get, exclusive", &bench, THREADS, exclusive);
    database_close(bench.db);
    cache_free(cache);
    err = os_file_remove(options.path);
    if (err >= JET_errSuccess)
        err = os_folder_remove(folder);
    return err < JET_errSuccess;
}
