/* SPDX-License-Identifier: MIT */
/* instance.h - the objects .../instance/<label>: one that the service has opened, or one that an application has
 * registered. */
#ifndef COLDSTREAM_LINUX_SERVICE_INSTANCE_H
#define COLDSTREAM_LINUX_SERVICE_INSTANCE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "../bus/bus_loop.h"
#include "../host/host.h"
#include "object.h"

struct backup;
struct call;
struct config;
struct service;
struct writer;

struct instance {
    struct object object;
    struct instance *next;
    struct service *service;
    struct host_instance *host; /* configured; else NULL */
    struct writer *writer;      /* registered and alive; else NULL */
    struct host_instance_info info;
    struct backup *backup;       /* the active one */
    struct call *parked;         /* BeginBackup while the last one, gone from the bus, is still held by the engine */
    unsigned users;              /* backups and freezes that are not freed yet */
    bool is_closing;             /* not on the bus any more */
    bool is_closed;              /* the host has answered */
    struct host_call close_call; /* made at the start: the end must not fail for want of memory */
    struct bus_job changed;      /* from the host's threads; at most one is queued */
    atomic_bool is_changed;
    struct bus_job end;
};

/* Opens every configured instance that is not there. */
void served_instance_open_missing(struct service *service);

/* Closes those that `config`, which is about to replace the service's, does not have, or has otherwise. */
void served_instance_close_unwanted(struct service *service, const struct config *config);

/* A registered one: `info` becomes the instance's. NULL: no memory, and `info` is the caller's. */
struct instance *served_instance_add_registered(struct service *service, struct writer *writer,
                                                const struct host_instance_info *info);

/* Other values; `info` becomes the instance's. */
void served_instance_set_info(struct instance *instance, struct host_instance_info *info);

/* From the bus, now; its backup ends; the rest follows. */
void served_instance_close(struct instance *instance);

struct instance *served_instance_find(const struct service *service, const char *label); /* not one that is closing */

enum host_instance_state served_instance_state(const struct instance *instance);
const char *served_instance_state_name(enum host_instance_state state);
bool served_instance_state_of_name(const char *name, enum host_instance_state *ret_state);

/* A backup or a freeze needs it. */
void served_instance_hold(struct instance *instance);
void served_instance_release(struct instance *instance);

#endif
