/* SPDX-License-Identifier: MIT */
/* object.h - what is on the bus: an object has a path, one interface of ours, and the standard ones.
 *
 * An interface is two tables, of methods and of properties, and its XML, which is the file of that name beside the
 * sources; a test compares the tables with it. */
#ifndef COLDSTREAM_LINUX_SERVICE_OBJECT_H
#define COLDSTREAM_LINUX_SERVICE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dbus/dbus.h>

#include "../bus/bus_put.h"

struct call;
struct object;
struct peer;
struct service;

/* Whom a call is for, asked in policy.c. Names of the actions: policy_actions there. */
enum access {
    ACCESS_EVERYBODY, /* what describes the service */
    ACCESS_OWNER,     /* who made the object, and nobody else: has been asked when it was made */
    ACCESS_STATUS,
    ACCESS_BACKUP,
    ACCESS_STOP,
    ACCESS_FREEZE,
    ACCESS_TRUNCATE,
    ACCESS_WRITER,
    ACCESS_ADMIN,
};

enum {
    METHOD_OWNED = 1u << 0,         /* refused to others than the object's owner, if it has one, besides its access */
    METHOD_NOT_FROZEN = 1u << 1,    /* refused while anything is frozen */
    METHOD_WHEN_STOPPING = 1u << 2, /* works while the service ends; all else is TermInProgress */
};

struct method {
    const char *name, *in, *out; /* signatures */
    enum access access;
    unsigned flags;
    /* Answers the call, now or later, exactly once (call.h). `self` is the object's. `args` is at the first
     * argument. */
    void (*run)(struct call *call, void *self, DBusMessageIter *args);
};

enum emits { EMITS_CONST, EMITS_TRUE, EMITS_INVALIDATES, EMITS_FALSE };

struct property {
    const char *name, *signature;
    enum emits emits;
    void (*get)(void *self, struct bus_put *put); /* exactly one value of the signature */
};

struct interface {
    const char *name;
    const char *xml; /* <interface> ... </interface> */
    const struct method *methods;
    size_t count_methods;
    const struct property *properties; /* at most 32 */
    size_t count_properties;
};

struct object {
    struct object *next;
    char *path; /* owned */
    const struct interface *interface;
    void *self;
    struct peer *owner; /* NULL: nobody's */
    uint32_t changed;   /* properties to be told, by index */
};

/* Puts it on the bus and tells so (InterfacesAdded). JET_errOutOfMemory: no. */
bool object_add(struct service *service, struct object *object, const char *path, const struct interface *interface,
                void *self);

/* Takes it from the bus and tells so; one that is not there is left alone. */
void object_remove(struct service *service, struct object *object);

struct object *object_find(const struct service *service, const char *path);

/* A property may have another value: told in one signal in front of the loop's next wait. */
void object_touch(struct object *object, const char *property);

/* Sends the PropertiesChanged of all objects that were touched. */
void object_tell_changes(struct service *service);

/* A signal of the object's interface; arguments by bus_put_... into *put, then object_signal_send(). `to` NULL: to
 * everybody. */
DBusMessage *object_signal(const struct object *object, const char *member, struct bus_put *put);
void object_signal_send(struct service *service, DBusMessage *signal, const struct bus_put *put, const char *to);

/* The standard interfaces; objects have them all, but ObjectManager, which only the root has. Introspect also works on
 * the folders between objects (`object` NULL in the handler: see standard.c). */
extern const struct interface standard_interfaces[];
extern const size_t count_standard_interfaces;

/* Does a path lead to objects: is it one, or a folder of one? */
bool object_is_folder(const struct service *service, const char *path);

extern const struct interface manager_interface, instance_interface, backup_interface, snapshot_interface;

#endif
