/* SPDX-License-Identifier: MIT */
#include "object.h"

#include <stdlib.h>
#include <string.h>

#include "service.h"
#include "standard.h"

struct object *object_find(const struct service *service, const char *path)
{
    struct object *object = service->objects;
    while (object && strcmp(object->path, path) != 0)
        object = object->next;
    return object;
}

bool object_is_folder(const struct service *service, const char *path)
{
    const size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);
    for (const struct object *object = service->objects; object; object = object->next)
        if (strncmp(object->path, path, length) == 0 && (object->path[length] == '/' || object->path[length] == '\0'))
            return true;
    return false;
}

/* --- changed properties --- */

void object_touch(struct object *object, const char *property)
{
    if (!object->path)
        return; /* not on the bus yet, or any more */
    for (size_t i = 0; i < object->interface->count_properties; i++)
        if (strcmp(object->interface->properties[i].name, property) == 0)
            object->changed |= 1u << i;
}

static void put_changes(const struct object *object, struct bus_put *put)
{
    bus_put_open(put, DBUS_TYPE_ARRAY, "{sv}");
    for (size_t i = 0; i < object->interface->count_properties; i++)
        if ((object->changed & 1u << i) && object->interface->properties[i].emits == EMITS_TRUE)
            standard_put_property(put, object, &object->interface->properties[i]);
    bus_put_close(put);
    bus_put_open(put, DBUS_TYPE_ARRAY, "s");
    for (size_t i = 0; i < object->interface->count_properties; i++)
        if ((object->changed & 1u << i) && object->interface->properties[i].emits == EMITS_INVALIDATES)
            bus_put_text(put, object->interface->properties[i].name);
    bus_put_close(put);
}

static void tell_changes(struct service *service, struct object *object)
{
    struct bus_put put;
    DBusMessage *signal = dbus_message_new_signal(object->path, DBUS_INTERFACE_PROPERTIES, "PropertiesChanged");
    bus_put_init(&put, signal);
    bus_put_text(&put, object->interface->name);
    put_changes(object, &put);
    object->changed = 0;
    object_signal_send(service, signal, &put, NULL);
}

void object_tell_changes(struct service *service)
{
    for (struct object *object = service->objects; object; object = object->next)
        if (object->changed)
            tell_changes(service, object);
}

/* --- signals --- */

DBusMessage *object_signal(const struct object *object, const char *member, struct bus_put *put)
{
    DBusMessage *signal = object->path ? dbus_message_new_signal(object->path, object->interface->name, member) : NULL;
    bus_put_init(put, signal);
    return signal;
}

void object_signal_send(struct service *service, DBusMessage *signal, const struct bus_put *put, const char *to)
{
    if (signal && (!bus_put_done(put) || (to && !dbus_message_set_destination(signal, to)))) {
        dbus_message_unref(signal);
        return;
    }
    service_send(service, signal);
}

/* --- coming and going --- */

static void tell_added(struct service *service, const struct object *object)
{
    struct bus_put put;
    DBusMessage *signal = dbus_message_new_signal(BUS_ROOT_PATH, STANDARD_OBJECT_MANAGER, "InterfacesAdded");
    bus_put_init(&put, signal);
    bus_put_path(&put, object->path);
    standard_put_interfaces(&put, object);
    object_signal_send(service, signal, &put, NULL);
}

static void tell_removed(struct service *service, const struct object *object)
{
    struct bus_put put;
    DBusMessage *signal = dbus_message_new_signal(BUS_ROOT_PATH, STANDARD_OBJECT_MANAGER, "InterfacesRemoved");
    bus_put_init(&put, signal);
    bus_put_path(&put, object->path);
    bus_put_open(&put, DBUS_TYPE_ARRAY, "s");
    bus_put_text(&put, object->interface->name);
    bus_put_close(&put);
    object_signal_send(service, signal, &put, NULL);
}

bool object_add(struct service *service, struct object *object, const char *path, const struct interface *interface,
                void *self)
{
    object->path = strdup(path);
    if (!object->path)
        return false;
    object->interface = interface;
    object->self = self;
    object->changed = 0;
    object->next = service->objects;
    service->objects = object;
    if (object != &service->root)
        tell_added(service, object);
    return true;
}

void object_remove(struct service *service, struct object *object)
{
    if (!object->path)
        return;
    for (struct object **link = &service->objects; *link; link = &(*link)->next) {
        if (*link != object)
            continue;
        *link = object->next;
        break;
    }
    if (object->changed)
        tell_changes(service, object);
    if (object != &service->root)
        tell_removed(service, object);
    free(object->path);
    object->path = NULL;
}
