/* SPDX-License-Identifier: MIT */
/* bench_btree.c - how long seeking, moving and changing take in a tree that lies in memory.
 *
 *      bench_btree FOLDER [thousands of rows]     makes bench.edb and log files in the folder, which must exist
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "btree/btree.h"
#include "log/log_startup.h"
#include "log/log_stream.h"
#include "os/os_clock.h"

enum { PAGE_SIZE = 4096, DATA_SIZE = 100, FRAMES = 100000 };

struct bench {
    struct cache *cache;
    struct database *db;
    struct log_stream *log;
    struct btree_actor actor;
    struct tree *root, *tree;
    uint32_t rows;
    uint64_t begin;
    clock_t begin_cpu;
};

static void must(jet_err err, const char *what)
{
    if (err >= JET_errSuccess)
        return;
    fprintf(stderr, "%s: %d\n", what, (int)err);
    exit(1);
}

static void clock_begin(struct bench *bench)
{
    bench->begin_cpu = clock();
    bench->begin = os_clock_monotonic_ns();
}

static void clock_end(const struct bench *bench, const char *what, uint64_t count)
{
    const uint64_t ns = os_clock_monotonic_ns() - bench->begin;
    const double cpu = (double)(clock() - bench->begin_cpu) * 1e9 / CLOCKS_PER_SEC / (double)count;
    printf("%-28s %8" PRIu64 " ns each, %9.0f thousand/s, %8.0f ns of processor time\n", what, ns / count,
           (double)count * 1e6 / (double)ns, cpu);
}

static uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static struct bookmark key_of(uint32_t number, uint8_t key[5])
{
    const be32 disk = be32_make(number);
    key[0] = 0x7F;
    memcpy(key + 1, &disk, sizeof disk);
    return (struct bookmark){key, 5, NULL, 0};
}

static void insert(struct bench *bench, uint32_t number)
{
    static const uint8_t data[DATA_SIZE] = {1, 2, 3};
    uint8_t key[5];
    const struct bookmark bookmark = key_of(number, key);
    const struct btree_change change = {.kind = BTREE_INSERT, .data = data, .data_size = sizeof data};
    must(btree_change(bench->tree, &bench->actor, &bookmark, &change), "insert");
}

static void tree_new(struct bench *bench)
{
    struct tree_new options = {.pages = 1};
    pgno_t fdp;
    tree_close(bench->tree);
    must(database_next_objid(bench->db, &options.objid), "objid");
    must(tree_create(bench->root, &bench->actor, &options, &fdp), "tree");
    must(tree_open(bench->db, fdp, options.objid, &bench->tree), "tree");
}

static void setup(struct bench *bench, const char *folder)
{
    char path[1024];
    const struct cache_config cache = {.page_size = PAGE_SIZE, .frames_min = FRAMES, .frames_max = FRAMES};
    const struct database_new new = {.path = path, .dbid = 1, .pages = 256, .overwrite = true};
    struct log_config config = log_config_default(folder, folder);
    struct log_startup startup;
    snprintf(path, sizeof path, "%s/bench.edb", folder);
    must(cache_new(&cache, &bench->cache), "cache");
    must(database_create(bench->cache, &new, &bench->db), "database");
    must(log_startup_look(&config, 0, NULL, &startup), "log");
    must(log_stream_open(&config, &startup.resume, NULL, &bench->log), "log");
    cache_set_log(bench->cache, bench->log);
    bench->actor =
        (struct btree_actor){.log = bench->log, .procid = 1, .trx_begin0 = 4, .level = 1, .extension_pages = 1024};
    must(tree_create_database_root(bench->db, &bench->actor, 256), "root");
    must(tree_open(bench->db, BTREE_DATABASE_FDP, BTREE_DATABASE_OBJID, &bench->root), "root");
}

static void inserts(struct bench *bench)
{
    uint64_t seed = 88172645463325252u;
    struct btree_actor logged = bench->actor;
    bench->actor.log = NULL;
    tree_new(bench);
    clock_begin(bench);
    for (uint32_t i = 0; i < bench->rows; i++)
        insert(bench, i);
    clock_end(bench, "ascending inserts, no log", bench->rows);
    bench->actor = logged;
    tree_new(bench);
    clock_begin(bench);
    for (uint32_t i = 0; i < bench->rows; i++) /* all numbers, in no order */
        insert(bench, i * 2654435761u);
    clock_end(bench, "random inserts", bench->rows);
    tree_new(bench);
    clock_begin(bench);
    for (uint32_t i = 0; i < bench->rows; i++)
        insert(bench, i);
    clock_end(bench, "ascending inserts", bench->rows);
    (void)seed;
}

static void seeks(struct bench *bench)
{
    uint64_t seed = 88172645463325252u;
    struct btree_position position;
    clock_begin(bench);
    for (uint32_t i = 0; i < bench->rows; i++) {
        uint8_t key[5];
        bool exact;
        const struct bookmark bookmark = key_of((uint32_t)(random_next(&seed) % bench->rows), key);
        must(btree_seek(bench->tree, BTREE_EXACT_OR_NEXT, &bookmark, &position, &exact), "seek");
        btree_release(&position);
    }
    clock_end(bench, "seeks", bench->rows);
}

static void scans(struct bench *bench)
{
    struct btree_position position;
    struct btree_node_view view;
    uint64_t count = 0, sum = 0;
    clock_begin(bench);
    jet_err err = btree_seek(bench->tree, BTREE_FIRST, NULL, &position, NULL);
    for (; err == JET_errSuccess; err = btree_next(&position)) {
        must(btree_node(&position, &view), "node");
        sum += view.data[0];
        count++;
    }
    clock_end(bench, "moves to the next node", count);
    if (count != bench->rows || sum != count)
        fprintf(stderr, "%" PRIu64 " nodes\n", count);
}

static void replaces(struct bench *bench)
{
    uint64_t seed = 1234567u;
    uint8_t key[5], data[DATA_SIZE] = {1};
    const struct btree_change change = {.kind = BTREE_REPLACE, .data = data, .data_size = sizeof data};
    clock_begin(bench);
    for (uint32_t i = 0; i < bench->rows; i++) {
        const struct bookmark bookmark = key_of((uint32_t)(random_next(&seed) % bench->rows), key);
        must(btree_change(bench->tree, &bench->actor, &bookmark, &change), "replace");
    }
    clock_end(bench, "random replaces", bench->rows);
}

int main(int argc, char **argv)
{
    struct bench bench = {.rows = 500000};
    if (argc < 2) {
        fprintf(stderr, "usage: bench_btree FOLDER [thousands of rows]\n");
        return 2;
    }
    if (argc > 2)
        bench.rows = (uint32_t)strtoul(argv[2], NULL, 10) * 1000;
    setup(&bench, argv[1]);
    inserts(&bench);
    seeks(&bench);
    scans(&bench);
    replaces(&bench);
    tree_close(bench.tree);
    tree_close(bench.root);
    database_close(bench.db);
    cache_free(bench.cache);
    log_stream_close(bench.log);
    return 0;
}
