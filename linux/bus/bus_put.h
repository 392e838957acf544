/* SPDX-License-Identifier: MIT */
/* bus_put.h - writing the arguments of a message, with one question at the end whether all of it worked.
 *
 *     struct bus_put put;
 *     bus_put_init(&put, message);
 *     bus_put_open(&put, DBUS_TYPE_ARRAY, "(sos)");
 *     ... bus_put_text(&put, label); ...
 *     bus_put_close(&put);
 *     if (!bus_put_done(&put))  no memory: the message must be thrown away
 *
 * Nothing here makes libdbus abort: text is cleaned, a wrong object path is an error like no memory. */
#ifndef COLDSTREAM_LINUX_BUS_PUT_H
#define COLDSTREAM_LINUX_BUS_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dbus/dbus.h>

enum { BUS_PUT_DEPTH = 16 };

struct bus_put {
    DBusMessageIter levels[BUS_PUT_DEPTH]; /* levels[depth] is written to */
    int depth;
    bool ok;
};

void bus_put_init(struct bus_put *put, DBusMessage *message);
bool bus_put_done(const struct bus_put *put);

void bus_put_u32(struct bus_put *put, uint32_t value);
void bus_put_i32(struct bus_put *put, int32_t value);
void bus_put_u64(struct bus_put *put, uint64_t value);
void bus_put_bool(struct bus_put *put, bool value);
void bus_put_text(struct bus_put *put, const char *text);                /* what is no UTF-8 becomes '?' */
void bus_put_path(struct bus_put *put, const char *path);                /* an object path */
void bus_put_bytes(struct bus_put *put, const void *bytes, size_t size); /* "ay", for names of files */
void bus_put_name(struct bus_put *put, const char *name);                /* "ay" of a C string, without its zero */
void bus_put_file(struct bus_put *put, const char *path, uint64_t size); /* "(ayt)" */
void bus_put_fd(struct bus_put *put, int fd);                            /* duplicated: close your own */

/* `type`: DBUS_TYPE_ARRAY, _STRUCT, _DICT_ENTRY, _VARIANT; `signature` of the content for arrays and variants, else
 * NULL. */
void bus_put_open(struct bus_put *put, int type, const char *signature);
void bus_put_close(struct bus_put *put);

/* One entry of a{sv}: the key, and the opened variant; closed by bus_put_close_entry(). */
void bus_put_open_entry(struct bus_put *put, const char *key, const char *signature);
void bus_put_close_entry(struct bus_put *put);

/* Copies what `from` points to and all that follow it, descriptors duplicated. */
void bus_put_copy(struct bus_put *put, DBusMessageIter *from);

#endif
