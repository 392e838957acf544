/* SPDX-License-Identifier: MIT */
#include "jet/instance_list.h"

#include <stdlib.h>
#include <string.h>

#include "backup/snapshot.h"
#include "isam/engine.h"
#include "jet/process.h"
#include "storage/database.h"

static char *text_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static jet_err database_take(struct database *db, void *context)
{
    struct instance_item *item = context;
    char *path = text_copy(db->path);
    if (!path)
        return JET_errOutOfMemory;
    item->databases[item->database_count++] = path;
    return JET_errSuccess;
}

static jet_err room_make(struct instance_list *list)
{
    if (list->count < list->room)
        return JET_errSuccess;
    const size_t room = list->room ? 2 * list->room : 8;
    struct instance_item *items = realloc(list->items, room * sizeof *items);
    if (!items)
        return JET_errOutOfMemory;
    list->items = items;
    list->room = room;
    return JET_errSuccess;
}

/* `has_databases`: its engine stays for as long as this takes. */
static jet_err instance_take(struct instance_list *list, const struct instance *instance, bool has_databases)
{
    jet_err err = room_make(list);
    if (err < JET_errSuccess)
        return err;
    struct instance_item *item = &list->items[list->count];
    *item = (struct instance_item){.handle = instance->handle, .name = text_copy(instance->name)};
    if (!item->name)
        return JET_errOutOfMemory;
    list->count++;
    return has_databases ? engine_each_logged(instance->engine, database_take, item) : JET_errSuccess;
}

static jet_err instances_take(struct process *process, struct instance_list *list)
{
    jet_err err = JET_errSuccess;
    for (const struct instance *each = process->instances; each && err >= JET_errSuccess; each = each->next)
        err = instance_take(list, each, atomic_load(&each->state) == INSTANCE_RUNNING);
    return err;
}

jet_err instance_list_init(struct instance_list *list)
{
    struct process *process;
    *list = (struct instance_list){NULL, 0, 0};
    jet_err err = process_lock(&process);
    if (err < JET_errSuccess)
        return err;
    err = instances_take(process, list);
    process_unlock(process);
    if (err < JET_errSuccess)
        instance_list_done(list);
    return err;
}

/* A member stays, even if somebody wants to stop it. */
static jet_err member_take(void *context, struct snapshot_member *member)
{
    return instance_take(context, member->instance, true);
}

jet_err instance_list_of_snapshot(struct instance_list *list, struct snapshots *snapshots, uint64_t id)
{
    *list = (struct instance_list){NULL, 0, 0};
    jet_err err = snapshots_members(snapshots, id, member_take, list);
    if (err < JET_errSuccess)
        instance_list_done(list);
    return err;
}

void instance_list_done(struct instance_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        for (size_t j = 0; j < list->items[i].database_count; j++)
            free(list->items[i].databases[j]);
    }
    free(list->items);
    *list = (struct instance_list){NULL, 0, 0};
}
