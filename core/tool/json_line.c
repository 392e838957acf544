/* SPDX-License-Identifier: MIT */
#include "tool/json_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "os/os_clock.h"
#include "tool/text.h"

json_t *json_line_new(const char *type)
{
    char time[CALENDAR_TEXT_SIZE];
    struct calendar now = calendar_from_unix_ms(os_clock_wall_ms());
    calendar_format(&now, time);
    return json_pack("{ssss}", "type", type, "time", time);
}

void json_line_add(json_t *object, const char *key, json_t *value)
{
    if (object)
        json_object_set_new(object, key, value); /* fails and frees nothing if the value is NULL */
    else
        json_decref(value);
}

void json_line_add_text(json_t *object, const char *key, const char *bytes)
{
    char *utf8 = text_to_utf8(bytes);
    if (utf8)
        json_line_add(object, key, json_string(utf8));
    free(utf8);
}

void json_line_add_path(json_t *object, const char *key, const char *bytes)
{
    json_line_add_text(object, key, bytes);
    if (text_is_utf8(bytes))
        return;
    char hex_key[64];
    snprintf(hex_key, sizeof hex_key, "%s_hex", key);
    char *hex = text_hex(bytes, strlen(bytes));
    if (hex)
        json_line_add(object, hex_key, json_string(hex));
    free(hex);
}

void json_line_add_u64(json_t *object, const char *key, uint64_t value)
{
    json_line_add(object, key, json_integer((json_int_t)value));
}

void json_line_add_hex(json_t *object, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "0x%" PRIx64, value);
    json_line_add(object, key, json_string(text));
}

char *json_line_text(const json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    if (!text)
        return NULL;
    size_t size = strlen(text);
    char *line = realloc(text, size + 2);
    if (!line) {
        free(text);
        return NULL;
    }
    memcpy(line + size, "\n", 2);
    return line;
}
