/* SPDX-License-Identifier: MIT */
/* bench_engine.h - the same records in two engines.
 *
 * A record is a 64-bit key, a name of 16 bytes and a payload of BENCH_PAYLOAD bytes. Both engines keep them in a table
 * whose primary index is the key, write a log, and make a commit durable before it returns unless a task says
 * otherwise. A second table has two secondary indexes, too: on the name, and on the payload. A third has a key and a
 * value of BENCH_VALUE bytes.
 */
#ifndef COLDSTREAM_TESTS_BENCH_ENGINE_H
#define COLDSTREAM_TESTS_BENCH_ENGINE_H

#include <stdint.h>

enum {
    BENCH_NAME = 16,
    BENCH_PAYLOAD = 100,
    BENCH_VALUE = 1 << 20,
    BENCH_THREADS_MAX = 8,
};

struct bench_record {
    int64_t key;
    uint8_t name[BENCH_NAME];
    uint8_t payload[BENCH_PAYLOAD];
};

/* The record that belongs to a key, always the same. */
void bench_record_make(int64_t key, struct bench_record *ret_record);

/* One engine, open on a folder of its own. Every function ends the program with a message when the engine fails: a
 * figure of a run that failed means nothing. A connection is used by one thread. */
struct bench_engine {
    const char *name;
    void *(*open)(const char *folder, uint32_t page_size);
    void (*close)(void *engine);
    void *(*connect)(void *engine);
    void (*disconnect)(void *connection);
    /* Inserts the records of the keys first, first + step ... in one transaction; durable when it returns. */
    void (*insert)(void *connection, int64_t first, int64_t step, int64_t count);
    /* The same into the table with secondary indexes. */
    void (*insert_indexed)(void *connection, int64_t first, int64_t step, int64_t count);
    /* Reads name and payload of one key and returns the sum of their bytes; the caller checks it. */
    uint64_t (*read)(void *connection, int64_t key);
    /* The same from the table with secondary indexes, by the name that goes with the key. */
    uint64_t (*read_by_name)(void *connection, int64_t key);
    /* From the name that goes with the key on, `count` records of that table in order of the name, or those that there
     * are; the sum of all bytes, and how many there were. */
    uint64_t (*range_by_name)(void *connection, int64_t key, int64_t count, int64_t *ret_count);
    /* A value of BENCH_VALUE bytes in a transaction of its own, and back: its sum. */
    void (*write_value)(void *connection, int64_t key);
    uint64_t (*read_value)(void *connection, int64_t key);
    /* One snapshot around the reads between the two. */
    void (*begin)(void *connection);
    void (*commit)(void *connection);
    /* Walks all records in order of the key; returns the sum of all bytes, and how many there were. */
    uint64_t (*scan)(void *connection, int64_t *ret_count);
};

extern const struct bench_engine bench_engine_jet;
extern const struct bench_engine bench_engine_sqlite;

/* The value that belongs to a key, borrowed until the next call; and the sum of such a one. */
const uint8_t *bench_value_make(int64_t key);
uint64_t bench_value_sum(const uint8_t *value);

/* What read() and scan() must add up to for one record. */
uint64_t bench_record_sum(const struct bench_record *record);

void bench_fail(const char *engine, const char *what, long code);

#endif
