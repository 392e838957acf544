/* SPDX-License-Identifier: MIT */
/* manifest_encode.c - a manifest as text. Numbers beyond 53 bits and byte strings are hexadecimal strings: other
 * people's JSON readers make doubles of numbers. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup/manifest_internal.h"
#include "base/calendar.h"

/* An object in the making. After the first failure nothing more happens; jansson fails only for want of memory and for
 * text that is not UTF-8. */
struct object {
    json_t *json;
    bool failed;
};

static void put(struct object *object, const char *key, json_t *value)
{
    if (json_object_set_new(object->json, key, value) != 0)
        object->failed = true;
}

static void put_string(struct object *object, const char *key, const char *text)
{
    put(object, key, json_string(text));
}

static void put_integer(struct object *object, const char *key, uint64_t value)
{
    put(object, key, json_integer((json_int_t)value));
}

static void put_boolean(struct object *object, const char *key, bool value)
{
    put(object, key, json_boolean(value));
}

static void put_wide(struct object *object, const char *key, uint64_t value)
{
    char text[19];
    (void)snprintf(text, sizeof text, "0x%016" PRIx64, value);
    put_string(object, key, text);
}

static void put_signature(struct object *object, const char *key, const struct signature_disk *signature)
{
    const uint8_t *bytes = (const uint8_t *)signature;
    char text[2 * sizeof *signature + 1];
    for (size_t i = 0; i < sizeof *signature; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    put_string(object, key, text);
}

static json_t *finished(struct object *object)
{
    if (!object->failed)
        return object->json;
    json_decref(object->json);
    return NULL;
}

static json_t *damage_object(const struct manifest_damage *damage)
{
    struct object object = {.json = json_object()};
    put_string(&object, "kind", finding_kind_name(damage->kind));
    put_string(&object, "severity", finding_severity_name(damage->severity));
    put_string(&object, "place", manifest_place_words.names[damage->place]);
    put_integer(&object, "first", damage->first);
    put_integer(&object, "count", damage->count);
    if (damage->has_values) {
        put_wide(&object, "expected", damage->expected);
        put_wide(&object, "found", damage->found);
    }
    if (damage->kind == FINDING_PAGE_CORRECTABLE || damage->kind == FINDING_LOG_SEGMENT_CORRECTABLE)
        put_integer(&object, "bit", damage->bit);
    return finished(&object);
}

static json_t *damages_array(const struct manifest_file *file)
{
    json_t *array = json_array();
    for (size_t i = 0; i < file->damage_count; i++) {
        if (json_array_append_new(array, damage_object(&file->damages[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static void put_database(struct object *object, const struct manifest_file *file)
{
    put_integer(object, "page_size", file->page_size);
    put_integer(object, "last_page", file->last_page);
    put_wide(object, "dbtime", file->dbtime);
    put_integer(object, "database_state", file->state);
    put_signature(object, "database_signature", &file->signature);
    put_integer(object, "required_first", file->required_first);
    put_integer(object, "required_last", file->required_last);
}

static json_t *file_object(const struct manifest_file *file)
{
    char digest[MANIFEST_DIGEST_TEXT_SIZE];
    struct object object = {.json = json_object()};
    manifest_format_digest(file->digest, digest);
    put_string(&object, "name", file->name);
    put_string(&object, "role", manifest_role_name(file->role));
    put_integer(&object, "size", file->size);
    put_string(&object, "xxh3_128", digest);
    if (file->role == BACKUP_FILE_DATABASE)
        put_database(&object, file);
    if (file->role == BACKUP_FILE_LOG)
        put_integer(&object, "generation", file->generation);
    if (file->damage_count > 0)
        put(&object, "findings", damages_array(file));
    return finished(&object);
}

static json_t *files_array(const struct manifest *manifest)
{
    json_t *array = json_array();
    for (size_t i = 0; i < manifest->file_count; i++) {
        if (json_array_append_new(array, file_object(&manifest->files[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *manifest_object(const struct manifest *manifest)
{
    char created[CALENDAR_TEXT_SIZE];
    struct calendar calendar = calendar_from_unix_ms(manifest->created_unix_ms);
    struct object object = {.json = json_object()};
    calendar_format(&calendar, created);
    put_string(&object, "format", MANIFEST_FORMAT);
    put_integer(&object, "format_version", MANIFEST_FORMAT_VERSION);
    put_string(&object, "tool_version", manifest->tool_version);
    put_string(&object, "state", manifest_state_name(manifest->state));
    put_string(&object, "kind", manifest->incremental ? "incremental" : "full");
    put_string(&object, "created", created);
    put_integer(&object, "created_unix_ms", (uint64_t)manifest->created_unix_ms);
    put_string(&object, "base_name", manifest->base_name);
    put_signature(&object, "log_signature", &manifest->log_signature);
    put_integer(&object, "first_generation", manifest->first_generation);
    put_integer(&object, "last_generation", manifest->last_generation);
    put_boolean(&object, "recoverable", manifest->recoverable);
    if (manifest->reason)
        put_string(&object, "reason", manifest->reason);
    put(&object, "files", files_array(manifest));
    return finished(&object);
}

/* Puts the seal in the place of the closing brace: `json` ends in "\n}". */
static char *seal_text(const char *json, size_t *ret_size)
{
    size_t body = strlen(json) - strlen("\n}") + strlen(",\n");
    char *text = malloc(body + MANIFEST_SEAL_SIZE + 1);
    if (!text)
        return NULL;
    memcpy(text, json, body - strlen(",\n"));
    memcpy(text + body - strlen(",\n"), ",\n", strlen(",\n"));
    manifest_make_seal(text, body, text + body);
    *ret_size = body + MANIFEST_SEAL_SIZE;
    text[*ret_size] = '\0';
    return text;
}

jet_err manifest_encode(const struct manifest *manifest, char **ret_text, size_t *ret_size,
                        char digest[MANIFEST_DIGEST_TEXT_SIZE])
{
    jet_err err = manifest_check_distinct(manifest);
    if (err < JET_errSuccess)
        return err;
    json_t *object = manifest_object(manifest);
    char *json = object ? json_dumps(object, JSON_INDENT(1) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(object);
    char *text = json ? seal_text(json, ret_size) : NULL;
    free(json);
    if (!text)
        return JET_errOutOfMemory;
    manifest_seal_digest(text + *ret_size - MANIFEST_SEAL_SIZE, digest);
    *ret_text = text;
    return JET_errSuccess;
}
