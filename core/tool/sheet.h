/* SPDX-License-Identifier: MIT */
/* sheet.h - an answer as a sheet of named values: aligned lines for a person, or one JSON object.
 *
 * A command writes its answer once; the sheet knows for whom. Values stand directly on the sheet, in sections, or in
 * rows. A row is one element of a list: a line with its title and its values for a person, an object in an array for a
 * program. Rows may hold rows.
 *
 *      mail.edb                                        {"path":"mail.edb",
 *        page size            4096                      "page_size":4096,
 *        Tables                                         "tables":[
 *          Folders: objid 8, root page 31                {"name":"Folders","objid":8,"fdp":31,
 *            Id: Long, not null                           "columns":[{"name":"Id","type":"Long", ...
 */
#ifndef COLDSTREAM_TOOL_SHEET_H
#define COLDSTREAM_TOOL_SHEET_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "base/compiler.h"
#include "tool/output.h"

enum { SHEET_DEPTH_MAX = 8 };

struct sheet {
    struct output *out; /* for a person; NULL: JSON */
    const char *title;  /* borrowed; written before the first value; NULL: it was */
    json_t *objects[SHEET_DEPTH_MAX];
    unsigned depth; /* open sections and rows */
    bool in_row;    /* the line of a row is open */
    bool row_has_values;
};

/* `object`: the JSON object to fill, or NULL to write lines to `out`, the title (borrowed) before the first of them. */
void sheet_begin(struct sheet *sheet, const char *title, struct output *out, json_t *object);

/* `key` is the name in JSON (NULL: only for people), `label` what a person reads (NULL: only for programs; "" in a row:
 * the value says it all). */
void sheet_text(struct sheet *sheet, const char *key, const char *label, const char *value);
void sheet_path(struct sheet *sheet, const char *key, const char *label, const char *path);
void sheet_u64(struct sheet *sheet, const char *key, const char *label, uint64_t value);
void sheet_hex(struct sheet *sheet, const char *key, const char *label, uint64_t value);

/* In a row the label alone, if true; else yes or no. */
void sheet_bool(struct sheet *sheet, const char *key, const char *label, bool value);

/* Bytes in hexadecimal: in a row or for a program all in one piece, else lines of 16 with their offsets. */
void sheet_bytes(struct sheet *sheet, const char *key, const char *label, const void *bytes, size_t size);

/* Formatted, only for people. */
PRINTF_LIKE(3, 4) void sheet_note(struct sheet *sheet, const char *label, const char *format, ...);

void sheet_section_begin(struct sheet *sheet, const char *key, const char *label);
void sheet_section_end(struct sheet *sheet);

/* `list` is the name of the array that the row is added to, `title` its "name". */
void sheet_row_begin(struct sheet *sheet, const char *list, const char *title);
void sheet_row_end(struct sheet *sheet);

#endif
