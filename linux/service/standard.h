/* SPDX-License-Identifier: MIT */
/* standard.h - the standard interfaces of every object: Introspectable, Properties, and ObjectManager of the root.
 * (libdbus answers Peer by itself.) */
#ifndef COLDSTREAM_LINUX_SERVICE_STANDARD_H
#define COLDSTREAM_LINUX_SERVICE_STANDARD_H

#include "object.h"

#define STANDARD_OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

/* One entry of an a{sv}. */
void standard_put_property(struct bus_put *put, const struct object *object, const struct property *property);

/* a{sa{sv}}: the object's interface with all its properties. */
void standard_put_interfaces(struct bus_put *put, const struct object *object);

#endif
