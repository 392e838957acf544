/* SPDX-License-Identifier: MIT */
/* instance_list.h - instances and their databases, as they were at one moment. */
#ifndef COLDSTREAM_JET_INSTANCE_LIST_H
#define COLDSTREAM_JET_INSTANCE_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "jet/esent.h"

struct snapshots;

enum { INSTANCE_DATABASES_MOST = 6 };

struct instance_item {
    JET_INSTANCE handle;
    char *name;                               /* UTF-8; "" if it has none */
    char *databases[INSTANCE_DATABASES_MOST]; /* absolute paths of attached, logged ones, UTF-8 */
    size_t database_count;
};

struct instance_list {
    struct instance_item *items;
    size_t count, room;
};

/* All instances of the process; those that do not run have no databases. JET_errOutOfMemory. On success the caller ends
 * it with instance_list_done(). */
MUST_CHECK jet_err instance_list_init(struct instance_list *list);

/* The instances that a snapshot freezes, or froze. The same, and JET_errOSSnapshotInvalidSnapId. */
MUST_CHECK jet_err instance_list_of_snapshot(struct instance_list *list, struct snapshots *snapshots, uint64_t id);

void instance_list_done(struct instance_list *list);

#endif
