/* SPDX-License-Identifier: MIT */
#include "bus_path.h"

#include <string.h>

#include <dbus/dbus.h>

static const char digits[] = "0123456789abcdef";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_plain(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool bus_path_escape(const char *label, char element[BUS_ELEMENT_SIZE])
{
    if (strlen(label) > BUS_LABEL_MAX)
        return false;
    char *to = element;
    if (!*label)
        *to++ = '_';
    for (const char *from = label; *from; from++) {
        if (is_plain(*from) && !(from == label && is_digit(*from))) {
            *to++ = *from;
            continue;
        }
        *to++ = '_';
        *to++ = digits[(unsigned char)*from >> 4];
        *to++ = digits[(unsigned char)*from & 15];
    }
    *to = '\0';
    return true;
}

static int digit_value(char c)
{
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* The one byte that stands at *from, which moves behind it; -1: nothing that bus_path_escape() writes. */
static int unescape_byte(const char **from)
{
    if (**from != '_') {
        const char c = *(*from)++;
        return is_plain(c) ? (unsigned char)c : -1;
    }
    const int high = digit_value((*from)[1]);
    const int low = high < 0 ? -1 : digit_value((*from)[2]);
    if (low < 0)
        return -1;
    *from += 3;
    return high << 4 | low;
}

bool bus_path_unescape(const char *element, char label[BUS_LABEL_MAX + 1])
{
    size_t length = 0;
    const char *from = strcmp(element, "_") == 0 ? "" : element;
    while (*from) {
        const int byte = unescape_byte(&from);
        if (byte <= 0 || length == BUS_LABEL_MAX)
            return false;
        label[length++] = (char)byte;
    }
    label[length] = '\0';
    /* One label, one element: "a_62" is not another way to write "ab". */
    char again[BUS_ELEMENT_SIZE];
    return bus_path_escape(label, again) && strcmp(again, element) == 0;
}

bool bus_label_is_valid(const char *label)
{
    const size_t length = strlen(label);
    if (length < 1 || length > BUS_LABEL_MAX || !dbus_validate_utf8(label, NULL))
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)label[i] < 0x20 || label[i] == 0x7F)
            return false;
    return true;
}
