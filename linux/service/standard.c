/* SPDX-License-Identifier: MIT */
#include "standard.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "../bus/bus_get.h"
#include "call.h"
#include "introspection.h"
#include "service.h"

/* --- Introspectable --- */

/* Text that grows; `text` is NULL when there was no memory. */
struct text {
    char *text;
    size_t length, room;
};

static void text_add(struct text *text, const char *more, size_t length)
{
    if (!text->text)
        return;
    if (text->length + length + 1 > text->room) {
        const size_t room = 2 * (text->room + length);
        char *grown = realloc(text->text, room);
        if (!grown) {
            free(text->text);
            text->text = NULL;
            return;
        }
        text->text = grown;
        text->room = room;
    }
    memcpy(text->text + text->length, more, length);
    text->length += length;
    text->text[text->length] = '\0';
}

static void text_add_string(struct text *text, const char *more)
{
    text_add(text, more, strlen(more));
}

/* The element below `path` on the way to an object; NULL: it is not below. */
static const char *child_of(const struct object *object, const char *path, size_t *ret_length)
{
    const size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path);
    if (strncmp(object->path, path, length) != 0 || object->path[length] != '/')
        return NULL;
    const char *child = object->path + length + 1;
    *ret_length = strcspn(child, "/");
    return child;
}

/* Was the child there already, for an object in front of this one? */
static bool is_repeated(const struct service *service, const struct object *last, const char *path, const char *child,
                        size_t length)
{
    for (const struct object *object = service->objects; object != last; object = object->next) {
        size_t other_length = 0;
        const char *other = child_of(object, path, &other_length);
        if (other && other_length == length && memcmp(other, child, length) == 0)
            return true;
    }
    return false;
}

static void add_children(struct text *text, const struct service *service, const char *path)
{
    for (const struct object *object = service->objects; object; object = object->next) {
        size_t length = 0;
        const char *child = child_of(object, path, &length);
        if (!child || is_repeated(service, object, path, child, length))
            continue;
        text_add_string(text, "  <node name=\"");
        text_add(text, child, length);
        text_add_string(text, "\"/>\n");
    }
}

static void introspect(struct call *call, void *self, DBusMessageIter *args)
{
    (void)self;
    (void)args;
    const char *path = dbus_message_get_path(call->message);
    const struct object *object = object_find(call->service, path);
    struct text text = {malloc(8192), 0, 8192};
    struct bus_put put;
    text_add_string(&text, DBUS_INTROSPECT_1_0_XML_DOCTYPE_DECL_NODE "<node>\n");
    if (object) {
        text_add_string(&text, object->interface->xml);
        text_add_string(&text, introspection_standard);
        if (object == &call->service->root)
            text_add_string(&text, introspection_object_manager);
    }
    add_children(&text, call->service, path);
    text_add_string(&text, "</node>\n");
    DBusMessage *reply = text.text ? call_reply_begin(call, &put) : NULL;
    if (!text.text) {
        call_fail_named(call, DBUS_ERROR_NO_MEMORY, "out of memory");
        return;
    }
    bus_put_text(&put, text.text);
    free(text.text);
    call_reply_end(call, reply, &put);
}

static const struct method introspectable_methods[] = {
    {"Introspect", "", "s", ACCESS_EVERYBODY, METHOD_WHEN_STOPPING, introspect},
};

/* --- Properties --- */

static void put_variant(struct bus_put *put, const struct object *object, const struct property *property)
{
    bus_put_open(put, DBUS_TYPE_VARIANT, property->signature);
    property->get(object->self, put);
    bus_put_close(put);
}

void standard_put_property(struct bus_put *put, const struct object *object, const struct property *property)
{
    bus_put_open(put, DBUS_TYPE_DICT_ENTRY, NULL);
    bus_put_text(put, property->name);
    put_variant(put, object, property);
    bus_put_close(put);
}

static void put_all_properties(struct bus_put *put, const struct object *object)
{
    bus_put_open(put, DBUS_TYPE_ARRAY, "{sv}");
    for (size_t i = 0; i < object->interface->count_properties; i++)
        standard_put_property(put, object, &object->interface->properties[i]);
    bus_put_close(put);
}

void standard_put_interfaces(struct bus_put *put, const struct object *object)
{
    bus_put_open(put, DBUS_TYPE_ARRAY, "{sa{sv}}");
    bus_put_open(put, DBUS_TYPE_DICT_ENTRY, NULL);
    bus_put_text(put, object->interface->name);
    put_all_properties(put, object);
    bus_put_close(put);
    bus_put_close(put);
}

/* The object of the call, if it has the interface (or none is named); else the call is answered. */
static const struct object *object_of(struct call *call, const char *interface)
{
    const struct object *object = object_find(call->service, dbus_message_get_path(call->message));
    if (object && (!*interface || strcmp(interface, object->interface->name) == 0))
        return object;
    call_fail_named(call, DBUS_ERROR_UNKNOWN_INTERFACE, "the object has no such interface with properties");
    return NULL;
}

static const struct property *property_of(const struct object *object, const char *name)
{
    for (size_t i = 0; i < object->interface->count_properties; i++)
        if (strcmp(object->interface->properties[i].name, name) == 0)
            return &object->interface->properties[i];
    return NULL;
}

static void get(struct call *call, void *self, DBusMessageIter *args)
{
    (void)self;
    const char *interface = bus_get_text(args);
    const char *name = bus_get_text(args);
    const struct object *object = object_of(call, interface);
    if (!object)
        return;
    const struct property *property = property_of(object, name);
    if (!property) {
        call_fail_named(call, DBUS_ERROR_UNKNOWN_PROPERTY, "the object has no such property");
        return;
    }
    struct bus_put put;
    DBusMessage *reply = call_reply_begin(call, &put);
    put_variant(&put, object, property);
    call_reply_end(call, reply, &put);
}

static void get_all(struct call *call, void *self, DBusMessageIter *args)
{
    (void)self;
    const struct object *object = object_of(call, bus_get_text(args));
    if (!object)
        return;
    struct bus_put put;
    DBusMessage *reply = call_reply_begin(call, &put);
    put_all_properties(&put, object);
    call_reply_end(call, reply, &put);
}

static void set(struct call *call, void *self, DBusMessageIter *args)
{
    (void)self;
    const char *interface = bus_get_text(args);
    const char *name = bus_get_text(args);
    const struct object *object = object_of(call, interface);
    if (!object)
        return;
    if (property_of(object, name))
        call_fail_named(call, DBUS_ERROR_PROPERTY_READ_ONLY, "no property can be set");
    else
        call_fail_named(call, DBUS_ERROR_UNKNOWN_PROPERTY, "the object has no such property");
}

static const struct method properties_methods[] = {
    {"Get",    "ss",  "v",     ACCESS_STATUS, METHOD_WHEN_STOPPING, get    },
    {"GetAll", "s",   "a{sv}", ACCESS_STATUS, METHOD_WHEN_STOPPING, get_all},
    {"Set",    "ssv", "",      ACCESS_STATUS, METHOD_WHEN_STOPPING, set    },
};

/* --- ObjectManager --- */

static void get_managed_objects(struct call *call, void *self, DBusMessageIter *args)
{
    (void)args;
    if (self != call->service) {
        call_fail_named(call, DBUS_ERROR_UNKNOWN_INTERFACE, "only the root manages objects");
        return;
    }
    struct bus_put put;
    DBusMessage *reply = call_reply_begin(call, &put);
    bus_put_open(&put, DBUS_TYPE_ARRAY, "{oa{sa{sv}}}");
    for (const struct object *object = call->service->objects; object; object = object->next) {
        if (object == &call->service->root)
            continue;
        bus_put_open(&put, DBUS_TYPE_DICT_ENTRY, NULL);
        bus_put_path(&put, object->path);
        standard_put_interfaces(&put, object);
        bus_put_close(&put);
    }
    bus_put_close(&put);
    call_reply_end(call, reply, &put);
}

static const struct method object_manager_methods[] = {
    {"GetManagedObjects", "", "a{oa{sa{sv}}}", ACCESS_STATUS, METHOD_WHEN_STOPPING, get_managed_objects},
};

const struct interface standard_interfaces[] = {
    {DBUS_INTERFACE_INTROSPECTABLE, NULL, introspectable_methods, COUNT_OF(introspectable_methods), NULL, 0},
    {DBUS_INTERFACE_PROPERTIES,     NULL, properties_methods,     COUNT_OF(properties_methods),     NULL, 0},
    {STANDARD_OBJECT_MANAGER,       NULL, object_manager_methods, COUNT_OF(object_manager_methods), NULL, 0},
};
const size_t count_standard_interfaces = COUNT_OF(standard_interfaces);
