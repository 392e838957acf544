/* SPDX-License-Identifier: MIT */
/* host_fixture.h - a client of linux/host that waits for its answers, and an instance with data and writers.
 *
 * Include <cmocka.h> with what it needs before this. */
#ifndef TESTS_HOST_FIXTURE_H
#define TESTS_HOST_FIXTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../../../linux/host/host.h"

struct os_thread;
struct temp_folder;

#define OK(call) assert_int_equal((call), JET_errSuccess)

enum { PATIENCE_MS = 60 * 1000 };

/* One call that is waited for. */
struct asked {
    _Atomic uint32_t is_answered; /* slept on */
    struct host_answer *answer;
};

struct host_call asked_call(struct asked *asked);
struct host_answer *
asked_wait(struct asked *asked); /* the test fails when nobody answers; the answer is for host_answer_free() */
bool asked_is_answered(const struct asked *asked);

/* Waits for an answer, takes the error out of it. */
jet_err asked_error(struct asked *asked);

/* The answer of a call of this form, waited for: ANSWER(host_backup_end, backup, 1); or its error alone. One at a
 * time. */
const struct host_call *ask(void);
struct host_answer *answered(void);
jet_err answered_error(void);
#define ANSWER(function, ...) (function(__VA_ARGS__, ask()), answered())
#define ERROR(function, ...)  (function(__VA_ARGS__, ask()), answered_error())

enum { WRITERS = 3 };

/* An instance of ours, with one database, "bank", in its own folder. */
struct world {
    struct temp_folder *folder;
    const char *root, *database;
    struct host_instance *instance;
    atomic_uint changes; /* calls of the listener */
    /* writers */
    struct os_thread *threads[WRITERS];
    _Atomic uint32_t committed[WRITERS]; /* records of each */
    atomic_bool is_over, has_failed;
};

/* cmocka fixture; the instance runs. */
int world_setup(void **state);
int world_teardown(void **state);

/* A second one, on `name` in the same temporary folder. */
void world_open(struct world *world, struct temp_folder *folder, const char *name);
void world_close(struct world *world);

/* Of the engine. */
JET_INSTANCE world_handle(const struct world *world);

/* Writers insert records one after another, from the one to the other. */
void world_write(struct world *world);
void world_rest(struct world *world);
uint32_t world_committed(struct world *world);
/* Returns when that many more have been committed, and each writer has had his part in all. */
void world_wait_for(struct world *world, uint32_t more);

/* The state becomes this; the test fails if it does not. */
void world_wait_state(struct world *world, enum host_instance_state state);

/* A JET_INSTANCE on what lies in `folder`, recovered: every writer's records without holes, `least` at least; how
 * many. */
void world_check_copy(struct world *world, const char *folder, const uint32_t *least);

struct host_backup *copy_begin(struct world *world, const struct host_backup_options *options, jet_err *ret_err);

/* The stream of one file, read to its end, into `folder` under its own name (NULL: nowhere). CloseFile is right about
 * it. */
void copy_file(struct host_backup *backup, const char *path, const char *folder);

/* The whole of it: databases, logs, end. */
void copy_whole(struct host_backup *backup, const char *folder);

/* Closes and frees. */
void copy_dispose(struct host_backup *backup);

void pause_ms(int64_t ms);

#endif
