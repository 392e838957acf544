/* SPDX-License-Identifier: MIT */
#include "bus_get.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 4095, OPTIONS_MAX = 32 };

/* True if there is one of that type; then it has been read. */
static bool get_basic(DBusMessageIter *iter, int type, void *value)
{
    if (dbus_message_iter_get_arg_type(iter) != type)
        return false;
    dbus_message_iter_get_basic(iter, value);
    (void)dbus_message_iter_next(iter);
    return true;
}

uint32_t bus_get_u32(DBusMessageIter *iter)
{
    dbus_uint32_t value = 0;
    (void)get_basic(iter, DBUS_TYPE_UINT32, &value);
    return value;
}

int32_t bus_get_i32(DBusMessageIter *iter)
{
    dbus_int32_t value = 0;
    (void)get_basic(iter, DBUS_TYPE_INT32, &value);
    return value;
}

uint64_t bus_get_u64(DBusMessageIter *iter)
{
    dbus_uint64_t value = 0;
    (void)get_basic(iter, DBUS_TYPE_UINT64, &value);
    return value;
}

bool bus_get_bool(DBusMessageIter *iter)
{
    dbus_bool_t value = FALSE;
    (void)get_basic(iter, DBUS_TYPE_BOOLEAN, &value);
    return value;
}

const char *bus_get_text(DBusMessageIter *iter)
{
    const char *value = "";
    if (!get_basic(iter, DBUS_TYPE_STRING, (void *)&value) && !get_basic(iter, DBUS_TYPE_OBJECT_PATH, (void *)&value))
        (void)get_basic(iter, DBUS_TYPE_SIGNATURE, (void *)&value);
    return value;
}

struct bus_bytes bus_get_bytes(DBusMessageIter *iter)
{
    struct bus_bytes bytes = {NULL, 0};
    if (dbus_message_iter_get_arg_type(iter) != DBUS_TYPE_ARRAY ||
        dbus_message_iter_get_element_type(iter) != DBUS_TYPE_BYTE)
        return bytes;
    DBusMessageIter content;
    int count = 0;
    dbus_message_iter_recurse(iter, &content);
    dbus_message_iter_get_fixed_array(&content, (void *)&bytes.data, &count);
    bytes.size = count > 0 ? (size_t)count : 0;
    (void)dbus_message_iter_next(iter);
    return bytes;
}

int bus_get_fd(DBusMessageIter *iter)
{
    int fd = -1;
    (void)get_basic(iter, DBUS_TYPE_UNIX_FD, &fd);
    return fd;
}

char *bus_bytes_to_name(struct bus_bytes bytes)
{
    if (bytes.size < 1 || bytes.size > NAME_MAX_BYTES || memchr(bytes.data, 0, bytes.size))
        return NULL;
    char *name = malloc(bytes.size + 1);
    if (!name)
        return NULL;
    memcpy(name, bytes.data, bytes.size);
    name[bytes.size] = '\0';
    return name;
}

/* libdbus tells no size: the bytes are made, and thrown away. */
size_t bus_size(DBusMessage *message)
{
    char *bytes = NULL;
    int count = 0;
    if (!dbus_message_marshal(message, &bytes, &count))
        return SIZE_MAX;
    dbus_free(bytes);
    return (size_t)count;
}

static const struct bus_option *find_option(const struct bus_option *options, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(options[i].key, key) == 0)
            return &options[i];
    return NULL;
}

static bool is_in_range(const struct bus_option *option, uint64_t value)
{
    return (!option->min && !option->max) || (value >= option->min && value <= option->max);
}

static bool get_number(DBusMessageIter *value, const struct bus_option *option)
{
    const uint64_t number = option->type == DBUS_TYPE_UINT32 ? bus_get_u32(value) : bus_get_u64(value);
    if (!is_in_range(option, number))
        return false;
    if (option->type == DBUS_TYPE_UINT32)
        *(uint32_t *)option->value = (uint32_t)number;
    else
        *(uint64_t *)option->value = number;
    return true;
}

/* The value has the option's type. False: it is out of range. */
static bool get_value(DBusMessageIter *value, const struct bus_option *option)
{
    switch (option->type) {
    case DBUS_TYPE_UINT32:
    case DBUS_TYPE_UINT64: return get_number(value, option);
    case DBUS_TYPE_BOOLEAN: *(bool *)option->value = bus_get_bool(value); return true;
    case DBUS_TYPE_STRING: *(const char **)option->value = bus_get_text(value); return true;
    case DBUS_TYPE_ARRAY: *(struct bus_bytes *)option->value = bus_get_bytes(value); return true;
    case BUS_OPTION_ANY: return true;
    default: return false;
    }
}

static bool has_type(DBusMessageIter *value, int type)
{
    if (type == BUS_OPTION_ANY)
        return true;
    return dbus_message_iter_get_arg_type(value) == type &&
           (type != DBUS_TYPE_ARRAY || dbus_message_iter_get_element_type(value) == DBUS_TYPE_BYTE);
}

static const char *get_entry(DBusMessageIter *entry, const struct bus_option *options, size_t count, uint32_t *seen,
                             const char **ret_key)
{
    DBusMessageIter value;
    *ret_key = bus_get_text(entry);
    dbus_message_iter_recurse(entry, &value);
    const struct bus_option *option = find_option(options, count, *ret_key);
    if (!option)
        return "is not known here";
    const uint32_t bit = 1u << (option - options);
    if (*seen & bit)
        return "is given twice";
    *seen |= bit;
    if (!has_type(&value, option->type))
        return "has another type";
    return get_value(&value, option) ? NULL : "is out of range";
}

bool bus_get_options(DBusMessageIter *iter, const struct bus_option *options, size_t count, char *ret_text,
                     size_t text_size)
{
    DBusMessageIter entries;
    uint32_t seen = 0;
    dbus_message_iter_recurse(iter, &entries);
    for (; dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_DICT_ENTRY; (void)dbus_message_iter_next(&entries)) {
        DBusMessageIter entry;
        const char *key = "";
        dbus_message_iter_recurse(&entries, &entry);
        const char *fault = count > OPTIONS_MAX ? "is one of too many" : get_entry(&entry, options, count, &seen, &key);
        if (fault) {
            (void)snprintf(ret_text, text_size, "option '%.64s' %s", key, fault);
            return false;
        }
    }
    (void)dbus_message_iter_next(iter);
    return true;
}
