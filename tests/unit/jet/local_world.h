/* SPDX-License-Identifier: MIT */
/* local_world.h - an instance, its folders, and backups of it, for tests of local backup and restore.
 *
 *      live/   logs, checkpoint      db/data.edb   "things" with the ids 0 .. count - 1      backup/, elsewhere/, logs/   empty
 *
 * Include <cmocka.h> with what it needs before this.
 */
#ifndef TESTS_LOCAL_WORLD_H
#define TESTS_LOCAL_WORLD_H

#include <stdbool.h>

#include "api_fixture.h"

struct local_world {
    struct temp_folder *folder;
    JET_INSTANCE instance; /* 0: none runs */
    JET_SESID sesid;
    JET_DBID dbid;
    struct api_things things;
    int count;
};

int local_world_setup(void **state);
int local_world_teardown(void **state);

/* A path in the folder of the test. */
const char *local_world_path(struct local_world *world, const char *name);

/* An instance over live/ that is not started; and started, with a session. */
JET_INSTANCE local_world_create(struct local_world *world, const char *name);
void local_world_start(struct local_world *world);
void local_world_stop(struct local_world *world);

/* The database at `file` is attached and open, and has exactly the ids below `count`. */
void local_world_expect(struct local_world *world, const char *file, int count);

/* Inserts ids from `world->count` on, each in a transaction of its own. */
void local_world_insert(struct local_world *world, int count);

/* The same in another session, which may be while the first is in a transaction. */
void local_world_insert_beside(struct local_world *world, int count);

/* The folder is there, and empty; something is there. */
void local_world_empty(struct local_world *world, const char *folder);
bool local_world_has(struct local_world *world, const char *name);

/* Stops, and everything but backups is gone. */
void local_world_lose(struct local_world *world);

/* The lowest and highest generation of closed logs in a folder; 0: none. */
void local_world_logs(struct local_world *world, const char *folder, unsigned *ret_low, unsigned *ret_high);

/* "backup/edb00005.log" */
const char *local_world_log(struct local_world *world, const char *folder, unsigned generation);

#endif
