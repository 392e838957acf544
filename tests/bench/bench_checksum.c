/* SPDX-License-Identifier: MIT */
/* bench_checksum.c - how near the page checksum is to the speed of memory.
 *
 *      bench_checksum [seconds for each measurement, default 0.5]
 *
 * For a buffer that stays in the second-level cache and for one that does not fit in any cache, it measures reading
 * alone (a plain sum of all words, which is the fastest that one core gets the bytes), memcpy, and page_verify() of
 * pages of 4 to 32 KiB with each engine of the checksum. GB/s are of bytes read; the ratio is to reading alone, in the
 * same run. Each figure is the best pass over the buffer, because everything that disturbs a pass makes it slower.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/checksum.h"
#include "format/page.h"
#include "os/os_clock.h"

enum {
    BUFFER_CACHED = 512 * 1024, /* half of a small second-level cache */
    BUFFER_RAM = 256 * 1024 * 1024,
    ALIGNMENT = 4096,
};

struct workload {
    uint8_t *bytes;
    uint8_t *target; /* memcpy writes here */
    size_t size;
    size_t page_size;
};

static volatile uint64_t result_sink; /* so that no result is optimised away */

static double now_seconds(void)
{
    return (double)os_clock_monotonic_ns() / 1e9;
}

typedef uint64_t vector __attribute__((vector_size(16)));

/* As fast as a core gets at the bytes: whole vectors, and several sums, so that no addition waits for another. */
static void pass_read(const struct workload *w)
{
    const vector *v = (const void *)w->bytes;
    vector a = {0}, b = {0}, c = {0}, d = {0};

    for (size_t i = 0; i < w->size / sizeof *v; i += 8) {
        a += v[i] ^ v[i + 1];
        b += v[i + 2] ^ v[i + 3];
        c += v[i + 4] ^ v[i + 5];
        d += v[i + 6] ^ v[i + 7];
    }
    a += b + c + d;
    result_sink = a[0] + a[1];
}

static void pass_memcpy(const struct workload *w)
{
    memcpy(w->target, w->bytes, w->size);
    result_sink = w->target[w->size / 2];
}

static void pass_verify(const struct workload *w)
{
    pgno_t pgno = 0;
    uint64_t bad = 0;

    for (size_t at = 0; at < w->size; at += w->page_size) {
        struct page_verdict verdict;

        bad += page_verify(w->bytes + at, w->page_size, ++pgno, &verdict) != JET_errSuccess;
    }
    result_sink = bad;
}

/* Makes pages of the buffer. */
static void seal_pages(const struct workload *w)
{
    for (size_t at = 0; at < w->size; at += w->page_size)
        page_seal(w->bytes + at, w->page_size, (pgno_t)(at / w->page_size) + 1);
}

/* GB/s of the best pass. */
static double measure(void (*pass)(const struct workload *), const struct workload *w, double seconds)
{
    const size_t repeat = w->size < BUFFER_RAM ? BUFFER_RAM / w->size / 8 : 1;
    const double end = now_seconds() + seconds;
    double best = 0, start;

    do {
        double rate;

        start = now_seconds();
        for (size_t i = 0; i < repeat; i++)
            pass(w);
        rate = (double)w->size * (double)repeat / (now_seconds() - start) / 1e9;
        best = rate > best ? rate : best;
    } while (now_seconds() < end);
    return best;
}

static void report(const char *what, double rate, double reading)
{
    printf("    %-24s %7.1f GB/s   %5.2f of reading\n", what, rate, rate / reading);
}

static void bench_engine(enum checksum_engine engine, struct workload w, double seconds, double reading)
{
    if (checksum_engine_set(engine) < JET_errSuccess) {
        printf("    %s: not on this processor\n", checksum_engine_name(engine));
        return;
    }
    for (w.page_size = 4096; w.page_size <= 32768; w.page_size *= 2) {
        char what[32];

        snprintf(what, sizeof what, "%s, %u KiB pages", checksum_engine_name(engine), (unsigned)(w.page_size / 1024));
        seal_pages(&w);
        report(what, measure(pass_verify, &w, seconds), reading);
        if (result_sink != 0)
            printf("    %lu pages did not verify\n", (unsigned long)result_sink);
    }
}

/* The first address in the block that a page buffer would have. */
static uint8_t *aligned(uint8_t *block)
{
    return block + (ALIGNMENT - (uintptr_t)block % ALIGNMENT) % ALIGNMENT;
}

static void bench_buffer(const char *title, uint8_t *bytes, uint8_t *target, size_t size, double seconds)
{
    const struct workload w = {.bytes = bytes, .target = target, .size = size};
    double reading;

    printf("%s (%lu KiB)\n", title, (unsigned long)(size / 1024));
    reading = measure(pass_read, &w, seconds);
    report("reading (sum of words)", reading, reading);
    report("memcpy", measure(pass_memcpy, &w, seconds), reading);
    for (int engine = 0; engine < CHECKSUM_ENGINE_COUNT; engine++)
        bench_engine((enum checksum_engine)engine, w, seconds, reading);
}

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? atof(argv[1]) : 0.5;
    uint8_t *const from = malloc(BUFFER_RAM + ALIGNMENT), *const to = malloc(BUFFER_RAM + ALIGNMENT);
    int status = EXIT_FAILURE;

    if (from && to) {
        for (size_t i = 0; i < BUFFER_RAM; i++)
            aligned(from)[i] = (uint8_t)(i * 2654435761u >> 13);
        memset(aligned(to), 1, BUFFER_RAM);
        bench_buffer("in the cache", aligned(from), aligned(to), BUFFER_CACHED, seconds);
        bench_buffer("from RAM", aligned(from), aligned(to), BUFFER_RAM, seconds);
        status = EXIT_SUCCESS;
    } else {
        fputs("not enough memory for two buffers of 256 MiB\n", stderr);
    }
    free(from);
    free(to);
    return status;
}
