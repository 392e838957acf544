/* SPDX-License-Identifier: MIT */
#include "bus_put.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus_error.h"

void bus_put_init(struct bus_put *put, DBusMessage *message)
{
    put->depth = 0;
    put->ok = message != NULL;
    if (message)
        dbus_message_iter_init_append(message, &put->levels[0]);
}

bool bus_put_done(const struct bus_put *put)
{
    return put->ok && put->depth == 0;
}

static void put_basic(struct bus_put *put, int type, const void *value)
{
    put->ok = put->ok && dbus_message_iter_append_basic(&put->levels[put->depth], type, value);
}

void bus_put_u32(struct bus_put *put, uint32_t value)
{
    put_basic(put, DBUS_TYPE_UINT32, &value);
}

void bus_put_i32(struct bus_put *put, int32_t value)
{
    put_basic(put, DBUS_TYPE_INT32, &value);
}

void bus_put_u64(struct bus_put *put, uint64_t value)
{
    put_basic(put, DBUS_TYPE_UINT64, &value);
}

void bus_put_bool(struct bus_put *put, bool value)
{
    const dbus_bool_t boolean = value;
    put_basic(put, DBUS_TYPE_BOOLEAN, &boolean);
}

void bus_put_text(struct bus_put *put, const char *text)
{
    if (dbus_validate_utf8(text, NULL)) {
        put_basic(put, DBUS_TYPE_STRING, &text);
        return;
    }
    const size_t size = strlen(text) + 1;
    char *clean = malloc(size);
    if (!clean) {
        put->ok = false;
        return;
    }
    bus_text_clean(text, clean, size);
    put_basic(put, DBUS_TYPE_STRING, &clean);
    free(clean);
}

void bus_put_path(struct bus_put *put, const char *path)
{
    put->ok = put->ok && dbus_validate_path(path, NULL);
    put_basic(put, DBUS_TYPE_OBJECT_PATH, &path);
}

void bus_put_bytes(struct bus_put *put, const void *bytes, size_t size)
{
    static const unsigned char none[1];
    const void *from = size > 0 ? bytes : none;
    bus_put_open(put, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE_AS_STRING);
    put->ok = put->ok && size <= DBUS_MAXIMUM_ARRAY_LENGTH &&
              dbus_message_iter_append_fixed_array(&put->levels[put->depth], DBUS_TYPE_BYTE, &from, (int)size);
    bus_put_close(put);
}

void bus_put_name(struct bus_put *put, const char *name)
{
    bus_put_bytes(put, name, strlen(name));
}

void bus_put_fd(struct bus_put *put, int fd)
{
    put_basic(put, DBUS_TYPE_UNIX_FD, &fd);
}

/* After a failure the depth is still counted, so that every open has its close. */
void bus_put_open(struct bus_put *put, int type, const char *signature)
{
    put->ok = put->ok && put->depth + 1 < BUS_PUT_DEPTH &&
              dbus_message_iter_open_container(&put->levels[put->depth], type, signature, &put->levels[put->depth + 1]);
    put->depth++;
}

void bus_put_close(struct bus_put *put)
{
    put->depth--;
    if (!put->ok)
        return; /* the message is thrown away; libdbus keeps nothing else for an open container */
    put->ok = dbus_message_iter_close_container(&put->levels[put->depth], &put->levels[put->depth + 1]);
}

void bus_put_file(struct bus_put *put, const char *path, uint64_t size)
{
    bus_put_open(put, DBUS_TYPE_STRUCT, NULL);
    bus_put_name(put, path);
    bus_put_u64(put, size);
    bus_put_close(put);
}

void bus_put_open_entry(struct bus_put *put, const char *key, const char *signature)
{
    bus_put_open(put, DBUS_TYPE_DICT_ENTRY, NULL);
    bus_put_text(put, key);
    bus_put_open(put, DBUS_TYPE_VARIANT, signature);
}

void bus_put_close_entry(struct bus_put *put)
{
    bus_put_close(put);
    bus_put_close(put);
}

static void copy_fixed_array(struct bus_put *put, DBusMessageIter *content, int type)
{
    const void *elements = NULL;
    int count = 0;
    dbus_message_iter_get_fixed_array(content, (void *)&elements, &count);
    put->ok = put->ok && (count == 0 || dbus_message_iter_append_fixed_array(&put->levels[put->depth], type,
                                                                             (void *)&elements, count));
}

static void copy_container(struct bus_put *put, DBusMessageIter *from, int type)
{
    DBusMessageIter content;
    dbus_message_iter_recurse(from, &content);
    char *signature =
        type == DBUS_TYPE_ARRAY || type == DBUS_TYPE_VARIANT ? dbus_message_iter_get_signature(&content) : NULL;
    if ((type == DBUS_TYPE_ARRAY || type == DBUS_TYPE_VARIANT) && !signature)
        put->ok = false;
    bus_put_open(put, type, signature);
    const int element = type == DBUS_TYPE_ARRAY ? dbus_message_iter_get_element_type(from) : DBUS_TYPE_INVALID;
    if (put->ok && element != DBUS_TYPE_INVALID && element != DBUS_TYPE_UNIX_FD && dbus_type_is_fixed(element))
        copy_fixed_array(put, &content, element);
    else if (put->ok)
        bus_put_copy(put, &content);
    bus_put_close(put);
    dbus_free(signature);
}

static void copy_one(struct bus_put *put, DBusMessageIter *from)
{
    const int type = dbus_message_iter_get_arg_type(from);
    if (!dbus_type_is_basic(type)) {
        copy_container(put, from, type);
        return;
    }
    DBusBasicValue value;
    dbus_message_iter_get_basic(from, &value);
    if (type != DBUS_TYPE_UNIX_FD) {
        put_basic(put, type, &value);
        return;
    }
    /* Ours now, and the message has a third. */
    put->ok = put->ok && value.fd >= 0;
    if (value.fd < 0)
        return;
    put_basic(put, type, &value.fd);
    (void)close(value.fd);
}

void bus_put_copy(struct bus_put *put, DBusMessageIter *from)
{
    while (put->ok && dbus_message_iter_get_arg_type(from) != DBUS_TYPE_INVALID) {
        copy_one(put, from);
        (void)dbus_message_iter_next(from);
    }
}
