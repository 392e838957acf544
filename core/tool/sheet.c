/* SPDX-License-Identifier: MIT */
#include "tool/sheet.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/json_line.h"
#include "tool/text.h"

enum { INDENT = 2, LABEL_COLUMNS = 26, VALUE_SIZE = 1024 };

void sheet_begin(struct sheet *sheet, const char *title, struct output *out, json_t *object)
{
    *sheet = (struct sheet){.out = object ? NULL : out, .title = title, .objects = {object}};
}

/* Before anything is written for a person. A sheet that stays empty, because the file cannot be read, has no title. */
static void show_title(struct sheet *sheet)
{
    char safe[VALUE_SIZE];
    if (sheet->title)
        output_print(sheet->out, "%s\n", text_for_screen(sheet->title, safe, sizeof safe));
    sheet->title = NULL;
}

static json_t *object_of(const struct sheet *sheet)
{
    return sheet->objects[sheet->depth];
}

static int indent(const struct sheet *sheet)
{
    return INDENT * (int)(sheet->depth + 1);
}

static void row_line_end(struct sheet *sheet)
{
    if (sheet->in_row)
        output_print(sheet->out, "\n");
    sheet->in_row = false;
}

/* One value for a person, already safe for a screen. */
static void show(struct sheet *sheet, const char *label, const char *value)
{
    if (!sheet->out || !label)
        return;
    show_title(sheet);
    if (!sheet->in_row) {
        output_print(sheet->out, "%*s%-*s %s\n", indent(sheet), "", LABEL_COLUMNS, label, value);
        return;
    }
    output_print(sheet->out, "%s%s%s%s", sheet->row_has_values ? ", " : ": ", label, *label && *value ? " " : "",
                 value);
    sheet->row_has_values = true;
}

void sheet_text(struct sheet *sheet, const char *key, const char *label, const char *value)
{
    char safe[VALUE_SIZE];
    if (!sheet->out && key)
        json_line_add_text(object_of(sheet), key, value);
    else
        show(sheet, label, text_for_screen(value, safe, sizeof safe));
}

void sheet_path(struct sheet *sheet, const char *key, const char *label, const char *path)
{
    if (!sheet->out && key)
        json_line_add_path(object_of(sheet), key, path);
    else
        sheet_text(sheet, NULL, label, path);
}

void sheet_u64(struct sheet *sheet, const char *key, const char *label, uint64_t value)
{
    char text[32];
    if (!sheet->out && key)
        json_line_add_u64(object_of(sheet), key, value);
    snprintf(text, sizeof text, "%" PRIu64, value);
    show(sheet, label, text);
}

void sheet_hex(struct sheet *sheet, const char *key, const char *label, uint64_t value)
{
    char text[32];
    if (!sheet->out && key)
        json_line_add_hex(object_of(sheet), key, value);
    snprintf(text, sizeof text, "0x%" PRIx64, value);
    show(sheet, label, text);
}

void sheet_bool(struct sheet *sheet, const char *key, const char *label, bool value)
{
    if (!sheet->out && key)
        json_line_add(object_of(sheet), key, json_boolean(value));
    else if (!sheet->in_row)
        show(sheet, label, value ? "yes" : "no");
    else if (value)
        show(sheet, label, "");
}

enum { LINE_BYTES = 16 };

static void show_bytes_line(struct sheet *sheet, const unsigned char *bytes, size_t count, size_t at)
{
    char hex[3 * LINE_BYTES + 1], ascii[LINE_BYTES + 1];
    for (size_t i = 0; i < count; i++) {
        snprintf(hex + 3 * i, 4, " %02x", bytes[i]);
        ascii[i] = bytes[i] >= 0x20 && bytes[i] < 0x7F ? (char)bytes[i] : '.';
    }
    ascii[count] = '\0';
    output_print(sheet->out, "%*s%05zx %-*s  %s\n", indent(sheet), "", at, 3 * LINE_BYTES, hex, ascii);
}

/* Lines that are the same as the one before are left out, with a star for all of them. */
static void show_bytes(struct sheet *sheet, const unsigned char *bytes, size_t size)
{
    bool is_left_out = false;
    for (size_t at = 0; at < size; at += LINE_BYTES) {
        size_t count = size - at < LINE_BYTES ? size - at : LINE_BYTES;
        bool is_same = at > 0 && count == LINE_BYTES && memcmp(bytes + at, bytes + at - LINE_BYTES, count) == 0;
        if (!is_same)
            show_bytes_line(sheet, bytes + at, count, at);
        else if (!is_left_out)
            output_print(sheet->out, "%*s*\n", indent(sheet), "");
        is_left_out = is_same;
    }
}

void sheet_bytes(struct sheet *sheet, const char *key, const char *label, const void *bytes, size_t size)
{
    char *hex = sheet->out && !sheet->in_row ? NULL : text_hex(bytes, size);
    if (!sheet->out && key && hex)
        json_line_add(object_of(sheet), key, json_string(hex));
    else if (sheet->in_row && hex)
        show(sheet, label, hex);
    else if (sheet->out)
        show_bytes(sheet, bytes, size);
    free(hex);
}

void sheet_note(struct sheet *sheet, const char *label, const char *format, ...)
{
    char text[VALUE_SIZE], safe[VALUE_SIZE];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    show(sheet, label, text_for_screen(text, safe, sizeof safe));
}

static void level_begin(struct sheet *sheet, json_t *object)
{
    assert(sheet->depth + 1 < SHEET_DEPTH_MAX);
    sheet->objects[++sheet->depth] = object;
}

void sheet_section_begin(struct sheet *sheet, const char *key, const char *label)
{
    json_t *section = NULL;
    if (sheet->out) {
        show_title(sheet);
        row_line_end(sheet);
        output_print(sheet->out, "%*s%s\n", indent(sheet), "", label);
    } else {
        section = json_object();
        json_line_add(object_of(sheet), key, section);
    }
    level_begin(sheet, section);
}

void sheet_section_end(struct sheet *sheet)
{
    if (sheet->out)
        row_line_end(sheet);
    sheet->depth--;
}

static json_t *list_of(json_t *object, const char *list)
{
    json_t *array = json_object_get(object, list);
    if (!array) {
        array = json_array();
        json_line_add(object, list, array);
    }
    return array;
}

void sheet_row_begin(struct sheet *sheet, const char *list, const char *title)
{
    json_t *row = NULL;
    if (sheet->out) {
        char safe[VALUE_SIZE];
        show_title(sheet);
        row_line_end(sheet);
        output_print(sheet->out, "%*s%s", indent(sheet), "", text_for_screen(title, safe, sizeof safe));
        sheet->in_row = true;
        sheet->row_has_values = false;
    } else {
        row = json_object();
        json_array_append_new(list_of(object_of(sheet), list), row);
        json_line_add_path(row, "name", title);
    }
    level_begin(sheet, row);
}

void sheet_row_end(struct sheet *sheet)
{
    sheet_section_end(sheet);
}
