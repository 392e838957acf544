/* SPDX-License-Identifier: MIT */
/* json_line.h - one JSON object for one line of --json.
 *
 * Every object has "type" and "time" (ISO 8601, UTC). JSON is UTF-8: a path that is not is given twice, with U+FFFD for
 * the bytes that do not fit, and in full as hexadecimal digits under the same name with _hex behind it.
 *
 * Functions that add to an object take over the value. When memory is short, members are missing.
 */
#ifndef COLDSTREAM_TOOL_JSON_LINE_H
#define COLDSTREAM_TOOL_JSON_LINE_H

#include <stdint.h>
#include <jansson.h>

#include "base/compiler.h"

/* NULL when out of memory; all functions below take that, too. Free with json_decref(). */
MUST_CHECK json_t *json_line_new(const char *type);

void json_line_add(json_t *object, const char *key, json_t *value);
void json_line_add_text(json_t *object, const char *key, const char *bytes);
void json_line_add_path(json_t *object, const char *key, const char *bytes);
void json_line_add_u64(json_t *object, const char *key, uint64_t value);
void json_line_add_hex(json_t *object, const char *key, uint64_t value); /* "0x1f": more than a double can hold */

/* The object with its line feed, for free(); NULL when out of memory. */
MUST_CHECK char *json_line_text(const json_t *object);

#endif
