/* SPDX-License-Identifier: MIT */
/* bench_engine.c - a live database against SQLite, in one run on one machine.
 *
 *      bench_engine [--folder DIR] [--rows N] [--seconds S] [--page-size BYTES]
 *
 *   commits, 1 thread     one record in each transaction, durable when the commit returns
 *   commits, 8 threads    the same from eight sessions at once, each with keys of its own
 *   bulk insert           N records in transactions of 10,000, ascending keys
 *   random insert         the same records in an order that jumps about, into a table of their own
 *   indexed insert        a fifth of N, ascending keys, into a table with two secondary indexes
 *   reads by name         random names by one of these, name and payload fetched
 *   ranges by name        a hundred records from such a name on, in the order of names
 *   point reads           random keys in one snapshot, name and payload fetched
 *   scan                  all records in order of the key, name and payload fetched
 *   values written, read  of one megabyte; each written in a transaction of its own, durable
 *
 * SQLite runs in WAL mode with synchronous=FULL, which is what makes its commits durable too, with a cache as large as
 * ours. A folder on a disk measures the disk as much as the engines in the first two rows: both then wait for the same
 * flushes, and the ratio says who asks for fewer. The figures are operations per second and the ratio to SQLite's.
 */
#include "bench_engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "os/os_clock.h"
#include "os/os_file.h"
#include "os/os_thread.h"

enum { BULK_TRANSACTION = 10000, RANGE = 100, VALUES = 64 };

struct options {
    const char *folder; /* NULL: a temporary one */
    int64_t rows;
    double seconds;
    uint32_t page_size; /* of ours */
};

/* A task on an engine: operations done and how long it took. */
struct result {
    double operations;
    double seconds;
};

struct stage {
    const struct bench_engine *engine;
    void *open;
    const struct options *options;
};

struct committer {
    const struct stage *stage;
    struct os_thread *thread;
    int64_t first_key;
    double until;
    int64_t done;
};

void bench_fail(const char *engine, const char *what, long code)
{
    fprintf(stderr, "bench_engine: %s: %s failed (%ld)\n", engine, what, code);
    exit(1);
}

static double now(void)
{
    return (double)os_clock_monotonic_ns() / 1e9;
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xFF51AFD7ED558CCDu;
    x ^= x >> 33;
    x *= 0xC4CEB9FE1A85EC53u;
    return x ^ x >> 33;
}

static void fill(uint8_t *bytes, size_t size, uint64_t seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)('a' + (mix(seed + i / 8) >> (i % 8 * 8)) % 26);
}

void bench_record_make(int64_t key, struct bench_record *ret_record)
{
    ret_record->key = key;
    fill(ret_record->name, sizeof ret_record->name, (uint64_t)key * 3);
    fill(ret_record->payload, sizeof ret_record->payload, (uint64_t)key * 7 + 1);
}

uint64_t bench_record_sum(const struct bench_record *record)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof record->name; i++)
        sum += record->name[i];
    for (size_t i = 0; i < sizeof record->payload; i++)
        sum += record->payload[i];
    return sum;
}

const uint8_t *bench_value_make(int64_t key)
{
    static uint8_t value[BENCH_VALUE];

    for (size_t i = 0; i < sizeof value; i += sizeof key) {
        const uint64_t word = mix((uint64_t)key + i);

        memcpy(value + i, &word, sizeof word);
    }
    return value;
}

uint64_t bench_value_sum(const uint8_t *value)
{
    uint64_t sum = 0, word;

    for (size_t i = 0; i < BENCH_VALUE; i += sizeof word) {
        memcpy(&word, value + i, sizeof word);
        sum += word;
    }
    return sum;
}

static void commit_until(void *context)
{
    struct committer *c = context;
    void *connection = c->stage->engine->connect(c->stage->open);

    while (now() < c->until)
        c->stage->engine->insert(connection, c->first_key + c->done++, 1, 1);
    c->stage->engine->disconnect(connection);
}

/* Keys of the committers begin far behind those of the bulk tasks. */
static struct result commits(const struct stage *stage, unsigned threads)
{
    struct committer committers[BENCH_THREADS_MAX];
    struct result result = {0};
    const double begin = now();

    for (unsigned i = 0; i < threads; i++) {
        committers[i] = (struct committer){
            .stage = stage,
            .first_key = ((int64_t)threads << 48) + ((int64_t)i << 40),
            .until = begin + stage->options->seconds,
        };
        if (os_thread_start(commit_until, &committers[i], &committers[i].thread) < JET_errSuccess)
            bench_fail(stage->engine->name, "starting a thread", 0);
    }
    for (unsigned i = 0; i < threads; i++) {
        os_thread_join(committers[i].thread);
        result.operations += (double)committers[i].done;
    }
    result.seconds = now() - begin;
    return result;
}

static struct result commits_of_one(const struct stage *stage)
{
    return commits(stage, 1);
}

static struct result commits_of_eight(const struct stage *stage)
{
    return commits(stage, BENCH_THREADS_MAX);
}

/* Ascending keys 0 .. rows - 1. */
static struct result bulk_insert(const struct stage *stage)
{
    void *connection = stage->engine->connect(stage->open);
    const double begin = now();

    for (int64_t key = 0; key < stage->options->rows; key += BULK_TRANSACTION) {
        const int64_t left = stage->options->rows - key;

        stage->engine->insert(connection, key, 1, left < BULK_TRANSACTION ? left : BULK_TRANSACTION);
    }
    const struct result result = {.operations = (double)stage->options->rows, .seconds = now() - begin};
    stage->engine->disconnect(connection);
    return result;
}

/* Negative keys: each transaction strides through the whole range, so that neighbours in time are far apart in the
 * tree. */
static struct result random_insert(const struct stage *stage)
{
    void *connection = stage->engine->connect(stage->open);
    const int64_t transactions = (stage->options->rows + BULK_TRANSACTION - 1) / BULK_TRANSACTION;
    const double begin = now();

    for (int64_t i = 0; i < transactions; i++)
        stage->engine->insert(connection, -1 - i, -transactions, BULK_TRANSACTION);
    const struct result result = {.operations = (double)(transactions * BULK_TRANSACTION), .seconds = now() - begin};
    stage->engine->disconnect(connection);
    return result;
}

/* Records of the table with secondary indexes: inserting them costs more. */
static int64_t indexed_rows(const struct options *options)
{
    return options->rows / 5;
}

static struct result indexed_insert(const struct stage *stage)
{
    void *connection = stage->engine->connect(stage->open);
    const int64_t rows = indexed_rows(stage->options);
    const double begin = now();

    for (int64_t key = 0; key < rows; key += BULK_TRANSACTION)
        stage->engine->insert_indexed(connection, key, 1,
                                      rows - key < BULK_TRANSACTION ? rows - key : BULK_TRANSACTION);
    const struct result result = {.operations = (double)rows, .seconds = now() - begin};
    stage->engine->disconnect(connection);
    return result;
}

/* Random keys below `count`, or what is found under the names that go with them. */
static struct result reads(const struct stage *stage, uint64_t (*read)(void *connection, int64_t key), int64_t count)
{
    void *connection = stage->engine->connect(stage->open);
    uint64_t sum = 0, expected = 0;
    struct bench_record record;
    const double begin = now();

    stage->engine->begin(connection);
    for (int64_t i = 0; i < count; i++)
        sum += read(connection, (int64_t)(mix((uint64_t)i) % (uint64_t)count));
    stage->engine->commit(connection);
    const struct result result = {.operations = (double)count, .seconds = now() - begin};

    for (int64_t i = 0; i < count; i++) {
        bench_record_make((int64_t)(mix((uint64_t)i) % (uint64_t)count), &record);
        expected += bench_record_sum(&record);
    }
    if (sum != expected)
        bench_fail(stage->engine->name, "checking what was read", 0);
    stage->engine->disconnect(connection);
    return result;
}

static struct result point_reads(const struct stage *stage)
{
    return reads(stage, stage->engine->read, stage->options->rows);
}

static struct result reads_by_name(const struct stage *stage)
{
    return reads(stage, stage->engine->read_by_name, indexed_rows(stage->options));
}

/* Records, not ranges. */
static struct result ranges_by_name(const struct stage *stage)
{
    void *connection = stage->engine->connect(stage->open);
    const int64_t rows = indexed_rows(stage->options);
    struct result result = {0};
    uint64_t sum = 0;
    const double begin = now();

    stage->engine->begin(connection);
    for (int64_t i = 0; i < rows / RANGE; i++) {
        int64_t count;

        sum += stage->engine->range_by_name(connection, (int64_t)(mix((uint64_t)i) % (uint64_t)rows), RANGE, &count);
        result.operations += (double)count;
    }
    stage->engine->commit(connection);
    result.seconds = now() - begin;
    if (sum == 0)
        bench_fail(stage->engine->name, "checking what was read", 0);
    stage->engine->disconnect(connection);
    return result;
}

static struct result values_written(const struct stage *stage)
{
    void *connection = stage->engine->connect(stage->open);
    struct result result = {.operations = VALUES};

    for (int64_t key = 0; key < VALUES; key++) {
        (void)bench_value_make(key); /* the time of that is nobody's */
        const double begin = now();

        stage->engine->write_value(connection, key);
        result.seconds += now() - begin;
    }
    stage->engine->disconnect(connection);
    return result;
}

static struct result values_read(const struct stage *stage)
{
    enum { TIMES = 4 };
    void *connection = stage->engine->connect(stage->open);
    struct result result = {.operations = TIMES * VALUES};

    stage->engine->begin(connection);
    for (int64_t i = 0; i < TIMES * VALUES; i++) {
        const uint64_t expected = bench_value_sum(bench_value_make(i % VALUES));
        const double begin = now();
        const uint64_t sum = stage->engine->read_value(connection, i % VALUES);

        result.seconds += now() - begin;
        if (sum != expected)
            bench_fail(stage->engine->name, "checking what was read", 0);
    }
    stage->engine->commit(connection);
    stage->engine->disconnect(connection);
    return result;
}

static struct result scan(const struct stage *stage)
{
    void *connection = stage->engine->connect(stage->open);
    int64_t count;
    const double begin = now();

    stage->engine->begin(connection);
    const uint64_t sum = stage->engine->scan(connection, &count);
    stage->engine->commit(connection);
    const struct result result = {.operations = (double)count, .seconds = now() - begin};
    if (count < stage->options->rows || sum == 0)
        bench_fail(stage->engine->name, "checking what was scanned", 0);
    stage->engine->disconnect(connection);
    return result;
}

static const struct task {
    const char *name;
    struct result (*run)(const struct stage *stage);
} tasks[] = {
    {"durable commits, 1 thread",  commits_of_one  },
    {"durable commits, 8 threads", commits_of_eight},
    {"bulk insert",                bulk_insert     },
    {"random insert",              random_insert   },
    {"indexed insert",             indexed_insert  },
    {"reads by name",              reads_by_name   },
    {"ranges by name",             ranges_by_name  },
    {"point reads",                point_reads     },
    {"scan",                       scan            },
    {"values written",             values_written  },
    {"values read",                values_read     },
};

static void *open_in(const struct bench_engine *engine, const char *folder, uint32_t page_size)
{
    char *own = os_path_join(folder, engine->name);

    if (!own || os_folder_create(own) < JET_errSuccess)
        bench_fail(engine->name, "making a folder", 0);
    void *open = engine->open(own, page_size);
    free(own);
    return open;
}

static void compare(const char *folder, const struct options *options)
{
    const struct bench_engine *engines[] = {&bench_engine_jet, &bench_engine_sqlite};
    struct stage stages[COUNT_OF(engines)];

    for (size_t e = 0; e < COUNT_OF(engines); e++)
        stages[e] = (struct stage){
            .engine = engines[e], .open = open_in(engines[e], folder, options->page_size), .options = options};
    printf("%-28s %14s %14s %8s\n", "per second", bench_engine_jet.name, bench_engine_sqlite.name, "ratio");
    for (size_t t = 0; t < COUNT_OF(tasks); t++) {
        double rates[COUNT_OF(engines)];

        for (size_t e = 0; e < COUNT_OF(engines); e++) {
            const struct result result = tasks[t].run(&stages[e]);

            rates[e] = result.operations / result.seconds;
        }
        printf("%-28s %14.0f %14.0f %8.2f\n", tasks[t].name, rates[0], rates[1], rates[0] / rates[1]);
        fflush(stdout);
    }
    for (size_t e = 0; e < COUNT_OF(engines); e++)
        stages[e].engine->close(stages[e].open);
}

static int usage(void)
{
    fputs("usage: bench_engine [--folder DIR] [--rows N] [--seconds S] [--page-size BYTES]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct options options = {.rows = 500000, .seconds = 3, .page_size = 4096};
    char *folder = NULL;

    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            return usage();
        if (strcmp(argv[i], "--folder") == 0)
            options.folder = argv[i + 1];
        else if (strcmp(argv[i], "--rows") == 0)
            options.rows = strtoll(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seconds") == 0)
            options.seconds = strtod(argv[i + 1], NULL);
        else if (strcmp(argv[i], "--page-size") == 0)
            options.page_size = (uint32_t)strtoul(argv[i + 1], NULL, 10);
        else
            return usage();
    }
    if (options.rows < BULK_TRANSACTION || options.seconds <= 0)
        return usage();
    if (options.folder)
        folder = os_path_join(options.folder, "bench_engine");
    if (options.folder ? !folder || os_folder_create(folder) < JET_errSuccess
                       : os_folder_create_temporary("bench_engine", &folder) < JET_errSuccess)
        bench_fail("bench_engine", "making a folder", 0);
    printf("%" PRId64 " rows in %s, which stays for you to look at and remove\n", options.rows, folder);
    compare(folder, &options);
    free(folder);
    return 0;
}
