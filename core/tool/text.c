/* SPDX-License-Identifier: MIT */
#include "tool/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the UTF-8 sequence at `at`, 0 if it is none. Reads no further than the first byte that does not fit, so a
 * NUL ends it. */
static size_t sequence_length(const unsigned char *at)
{
    static const struct {
        unsigned char first_low, first_high; /* of the first byte */
        unsigned char second_low,
            second_high; /* of the second one: excludes long forms, surrogates, too large values */
        unsigned char length;
    } forms[] = {
        {0x01, 0x7F, 0,    0,    1},
        {0xC2, 0xDF, 0x80, 0xBF, 2},
        {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3},
        {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4},
        {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (at[0] < forms[i].first_low || at[0] > forms[i].first_high)
            continue;
        if (forms[i].length > 1 && (at[1] < forms[i].second_low || at[1] > forms[i].second_high))
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if ((at[k] & 0xC0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

static size_t length_at(const char *at)
{
    return sequence_length((const unsigned char *)at);
}

bool text_is_utf8(const char *text)
{
    while (*text) {
        size_t length = length_at(text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

static const char replacement[] = "\xEF\xBF\xBD";

char *text_to_utf8(const char *bytes)
{
    char *utf8 = malloc(strlen(bytes) * (sizeof replacement - 1) + 1);
    if (!utf8)
        return NULL;
    char *to = utf8;
    while (*bytes) {
        size_t length = length_at(bytes);
        const char *from = length > 0 ? bytes : replacement;
        size_t size = length > 0 ? length : sizeof replacement - 1;
        memcpy(to, from, size);
        to += size;
        bytes += length > 0 ? length : 1;
    }
    *to = '\0';
    return utf8;
}

/* C0, DEL, and the C1 characters U+0080 to U+009F, which some terminals obey. */
static bool is_control(const char *at, size_t length)
{
    const unsigned char *byte = (const unsigned char *)at;
    if (length == 1)
        return byte[0] < 0x20 || byte[0] == 0x7F;
    return length == 2 && byte[0] == 0xC2 && byte[1] < 0xA0;
}

char *text_for_screen(const char *bytes, char *text, size_t size)
{
    size_t used = 0;
    while (*bytes) {
        char piece[16];
        size_t length = length_at(bytes);
        if (length == 0)
            snprintf(piece, sizeof piece, "%s", replacement);
        else if (is_control(bytes, length))
            snprintf(piece, sizeof piece, "\\x%02x", (unsigned)(unsigned char)bytes[length - 1]);
        else
            snprintf(piece, sizeof piece, "%.*s", (int)length, bytes);
        size_t piece_size = strlen(piece);
        if (piece_size >= size - used)
            break;
        memcpy(text + used, piece, piece_size);
        used += piece_size;
        bytes += length > 0 ? length : 1;
    }
    text[used] = '\0';
    return text;
}

char *text_hex(const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *from = bytes;
    char *hex = malloc(2 * size + 1);
    if (!hex)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = digits[from[i] >> 4];
        hex[2 * i + 1] = digits[from[i] & 15];
    }
    hex[2 * size] = '\0';
    return hex;
}

/* Bytes of the first `columns` characters. */
static size_t prefix_size(const char *utf8, size_t columns)
{
    const char *at = utf8;
    for (; *at && columns > 0; columns--) {
        size_t length = length_at(at);
        at += length > 0 ? length : 1;
    }
    return (size_t)(at - utf8);
}

size_t text_columns(const char *utf8)
{
    size_t columns = 0;
    while (*utf8) {
        utf8 += prefix_size(utf8, 1);
        columns++;
    }
    return columns;
}

void text_cut(const char *utf8, size_t columns, char *text, size_t size)
{
    size_t length = prefix_size(utf8, columns);
    while (length >= size)
        length = prefix_size(utf8, --columns);
    memcpy(text, utf8, length);
    text[length] = '\0';
}

char *text_size_format(uint64_t bytes, char text[TEXT_SIZE_MAX])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        snprintf(text, TEXT_SIZE_MAX, "%" PRIu64 " B", bytes);
        return text;
    }
    size_t unit = 0;
    double value = (double)bytes / 1024;
    while (value >= 1023.95 && unit + 1 < COUNT_OF(units)) {
        value /= 1024;
        unit++;
    }
    snprintf(text, TEXT_SIZE_MAX, "%.1f %s", value, units[unit]);
    return text;
}

char *text_duration_format(uint64_t seconds, char text[TEXT_DURATION_MAX])
{
    unsigned second = (unsigned)(seconds % 60);
    unsigned minute = (unsigned)(seconds / 60 % 60);
    uint64_t hour = seconds / 3600;
    if (hour > 0)
        snprintf(text, TEXT_DURATION_MAX, "%" PRIu64 ":%02u:%02u", hour, minute, second);
    else
        snprintf(text, TEXT_DURATION_MAX, "%u:%02u", minute, second);
    return text;
}
