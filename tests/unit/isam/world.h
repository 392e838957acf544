/* SPDX-License-Identifier: MIT */
/* world.h - an engine with one database and two trees in it, for tests of sessions.
 *
 *      world_setup, world_teardown    cmocka fixtures: *state is a struct world
 *
 * and short forms of what scripts of interleavings do. Keys are text, data is text. Include <cmocka.h> with what it
 * needs before this.
 */
#ifndef COLDSTREAM_TESTS_WORLD_H
#define COLDSTREAM_TESTS_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "btree/tree.h"
#include "isam/dir.h"
#include "isam/engine.h"
#include "isam/session.h"
#include "isam/transaction.h"
#include "isam/version.h"

enum { WORLD_SESSIONS = 20 };

struct world {
    struct temp_folder *folder;
    struct engine *engine; /* NULL after world_stop() */
    struct database *db;
    struct tree *tree;       /* unique keys */
    struct tree *duplicates; /* not unique */
    struct tree *long_values;
};

int world_setup(void **state);
int world_teardown(void **state);

/* Ends the engine before the teardown does: cleanly, or as a crash would, but with all of the log on disk. No session
 * is open. */
void world_stop(struct world *world, bool cleanly);

struct session *world_session(struct world *world);

/* Begin, commit (lazily), rollback of one level; they must succeed. */
void begin(struct session *session);
void commit(struct session *session);
void rollback(struct session *session);

/* One change of the unique tree; the code it gives. */
jet_err insert(struct session *session, struct tree *tree, const char *key, const char *data);
jet_err replace(struct session *session, struct tree *tree, const char *key, const char *data);
jet_err delete (struct session *session, struct tree *tree, const char *key);

/* The data that the session sees under the key; NULL: nothing. Valid until the next call. */
const char *get(struct session *session, struct tree *tree, const char *key);

/* All that the session sees, in order: "a=1 b=2 ". Valid until the next call. Backwards: the same from the end. */
const char *list(struct session *session, struct tree *tree);
const char *list_backwards(struct session *session, struct tree *tree);

struct bookmark world_key(const char *key);

#endif
