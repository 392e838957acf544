/* SPDX-License-Identifier: MIT */
/* bus_get.h - reading the arguments of a message whose signature has been compared already.
 *
 * The signature of a call is compared once, before anything is read (dbus_message_has_signature()), so the plain
 * readers cannot meet another type; options (a{sv}) carry their types with them and are checked here, against a table.
 * What is read is borrowed from the message. */
#ifndef COLDSTREAM_LINUX_BUS_GET_H
#define COLDSTREAM_LINUX_BUS_GET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dbus/dbus.h>

struct bus_bytes {
    const unsigned char *data;
    size_t size;
};

/* Each reads the argument at `iter` and moves behind it. An argument of another type (only if the signature was not
 * compared) reads as 0, "", false, no bytes. */
uint32_t bus_get_u32(DBusMessageIter *iter);
int32_t bus_get_i32(DBusMessageIter *iter);
uint64_t bus_get_u64(DBusMessageIter *iter);
bool bus_get_bool(DBusMessageIter *iter);
const char *bus_get_text(DBusMessageIter *iter); /* s, o or g */
struct bus_bytes bus_get_bytes(DBusMessageIter *iter);
int bus_get_fd(DBusMessageIter *iter); /* close-on-exec, yours to close; -1: there is none */

/* The name of a file: a C string of the bytes, in memory of malloc. NULL: empty, longer than 4095 bytes, a zero in it,
 * or no memory. */
char *bus_bytes_to_name(struct bus_bytes bytes);

/* Bytes of a message, head and body; SIZE_MAX without memory. */
size_t bus_size(DBusMessage *message);

/* The type of an option that the caller looks at itself. */
enum { BUS_OPTION_ANY = -1 };

/* One key of an a{sv} that is understood. */
struct bus_option {
    const char *key;
    int type;    /* DBUS_TYPE_UINT32, _UINT64, _BOOLEAN, _STRING; DBUS_TYPE_ARRAY: ay */
    void *value; /* uint32_t, uint64_t, bool, const char *, struct bus_bytes: left alone if the key is not there */
    uint64_t min, max; /* of numbers; both 0: any */
};

/* Reads the a{sv} at `iter` and moves behind it. False: an unknown key, one that is there twice, of another type or out
 * of range; `ret_text` then says which. */
bool bus_get_options(DBusMessageIter *iter, const struct bus_option *options, size_t count, char *ret_text,
                     size_t text_size);

#endif
