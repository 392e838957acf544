/* SPDX-License-Identifier: MIT */
#include "bus_error.h"

#include <stdio.h>
#include <string.h>

#include "bus_names.h"

/* The name behind "JET_err" or "JET_wrn", which have the same length. */
static const char *bare_name(const char *jet_name)
{
    return jet_name + strlen("JET_err");
}

void bus_error_name(jet_err err, char name[BUS_ERROR_NAME_SIZE])
{
    const char *jet_name = jet_err_name(err);
    if (!jet_name || err > JET_errSuccess)
        jet_name = jet_err_name(JET_errInternalError);
    (void)snprintf(name, BUS_ERROR_NAME_SIZE, "%s%s", BUS_ERROR_PREFIX, bare_name(jet_name));
}

void bus_error_text(jet_err err, const char *detail, char text[BUS_ERROR_TEXT_SIZE])
{
    char raw[BUS_ERROR_TEXT_SIZE];
    const char *jet_name = jet_err_name(err);
    (void)snprintf(raw, sizeof raw, "%s (%ld): %s%s%s%s", jet_name ? jet_name : "JET_err?", (long)err,
                   jet_err_text(err), detail ? " (" : "", detail ? detail : "", detail ? ")" : "");
    bus_text_clean(raw, text, BUS_ERROR_TEXT_SIZE);
}

bool bus_error_code(const char *name, jet_err *ret_err)
{
    const size_t prefix = strlen(BUS_ERROR_PREFIX);
    if (strncmp(name, BUS_ERROR_PREFIX, prefix) != 0)
        return false;
    char jet_name[BUS_ERROR_NAME_SIZE];
    (void)snprintf(jet_name, sizeof jet_name, "JET_err%s", name + prefix);
    if (jet_err_from_name(jet_name, ret_err))
        return true;
    (void)snprintf(jet_name, sizeof jet_name, "JET_wrn%s", name + prefix);
    return jet_err_from_name(jet_name, ret_err) && *ret_err < JET_errSuccess;
}

DBusMessage *bus_error_reply(DBusMessage *call, jet_err err, const char *detail)
{
    char name[BUS_ERROR_NAME_SIZE];
    char text[BUS_ERROR_TEXT_SIZE];
    bus_error_name(err, name);
    bus_error_text(err, detail, text);
    return dbus_message_new_error(call, name, text);
}

DBusMessage *bus_error_reply_named(DBusMessage *call, const char *name, const char *text)
{
    char clean[1024];
    bus_text_clean(text, clean, sizeof clean);
    return dbus_message_new_error(call, name, clean);
}

/* Bytes of the character that begins here, by its first byte; 1 for what begins none. */
static size_t character_size(unsigned char first)
{
    if (first >= 0xF0)
        return 4;
    if (first >= 0xE0)
        return 3;
    return first >= 0xC0 ? 2 : 1;
}

/* libdbus itself says what it takes: one character at a time, as there is no call that names the first wrong one. */
static bool is_character(const char *text, size_t size)
{
    char one[5] = {0};
    for (size_t i = 0; i < size; i++) {
        if (!text[i])
            return false;
        one[i] = text[i];
    }
    return dbus_validate_utf8(one, NULL);
}

void bus_text_clean(const char *text, char *ret_text, size_t size)
{
    size_t to = 0;
    while (*text) {
        size_t length = character_size((unsigned char)*text);
        const bool good = is_character(text, length);
        if (!good)
            length = 1;
        if (to + length >= size)
            break;
        if (good)
            memcpy(ret_text + to, text, length);
        else
            ret_text[to] = '?';
        to += length;
        text += length;
    }
    ret_text[to] = '\0';
}
