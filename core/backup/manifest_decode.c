/* SPDX-License-Identifier: MIT */
/* manifest_decode.c - a manifest from text that anybody may have written.
 *
 * In this order: the size; the seal, so that accidents end here; the depth of nesting, because jansson's parser is
 * recursive, and the number of values, because it takes a hundred bytes of memory and more for one of two bytes; then
 * jansson; then every member by type, range and length into struct manifest; then what only the whole can show.
 * manifest.h lists what is guaranteed.
 */
#include <jansson.h>
#include <string.h>

#include "backup/manifest_internal.h"
#include "base/corrupt.h"
#include "format/page.h"

enum {
    DEPTH_MAX = 8,
    REASON_MAX = 1024,
    /* Objects and arrays: of each file, its list of findings, of each finding; and some. */
    CONTAINERS_MAX = 2 * MANIFEST_FILES_MAX + MANIFEST_DAMAGES_MAX + 64,
    /* Commas, that is members: more than any file or finding has. */
    MEMBERS_MAX = 32 * (MANIFEST_FILES_MAX + MANIFEST_DAMAGES_MAX),
};

/* An object that is being read. `detail` is the first complaint. */
struct object {
    const json_t *json;
    const char **detail;
    bool bad;
};

static void complain(struct object *object, const char *detail)
{
    if (!object->bad)
        *object->detail = detail;
    object->bad = true;
}

static const char *get_string(struct object *object, const char *key, size_t length_max)
{
    const json_t *value = json_object_get(object->json, key);
    if (!json_is_string(value) || json_string_length(value) > length_max) {
        complain(object, "a text is missing or too long");
        return "";
    }
    return json_string_value(value); /* without NUL inside: jansson refuses \u0000 */
}

static uint64_t get_integer(struct object *object, const char *key, uint64_t max)
{
    const json_t *value = json_object_get(object->json, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max) {
        complain(object, "a number is missing or out of range");
        return 0;
    }
    return (uint64_t)json_integer_value(value);
}

static bool get_boolean(struct object *object, const char *key)
{
    const json_t *value = json_object_get(object->json, key);
    if (!json_is_boolean(value))
        complain(object, "true or false is missing");
    return json_is_true(value);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly 2 * size lower-case digits. */
static void get_bytes(struct object *object, const char *key, uint8_t *bytes, size_t size)
{
    const char *text = get_string(object, key, 2 * size);
    bool is_hex = strlen(text) == 2 * size;
    for (size_t i = 0; is_hex && i < size; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);
        is_hex = high >= 0 && low >= 0;
        if (is_hex)
            bytes[i] = (uint8_t)(high << 4 | low);
    }
    if (!is_hex)
        complain(object, "bytes in hexadecimal are missing");
}

/* "0x" and 16 digits. */
static uint64_t get_wide(struct object *object, const char *key)
{
    const char *text = get_string(object, key, 18);
    bool is_hex = strlen(text) == 18 && text[0] == '0' && text[1] == 'x';
    uint64_t value = 0;
    for (size_t i = 2; is_hex && i < 18; i++) {
        int digit = hex_digit(text[i]);
        is_hex = digit >= 0;
        value = value << 4 | (uint64_t)(digit & 15);
    }
    if (!is_hex)
        complain(object, "a number in hexadecimal is missing");
    return value;
}

static size_t get_word(struct object *object, const char *key, const struct manifest_words *words)
{
    const char *text = get_string(object, key, 64);
    for (size_t i = 0; i < words->count; i++) {
        if (words->names[i] && strcmp(text, words->names[i]) == 0)
            return i;
    }
    complain(object, "an unknown word");
    return words->count - 1;
}

static enum finding_kind get_kind(struct object *object)
{
    static const char *const names[] = {
#define XX(kind, name, words) [kind] = name,
        FINDING_KIND_MAP(XX)
#undef XX
    };
    static const struct manifest_words words = {names, COUNT_OF(names)};
    return (enum finding_kind)get_word(object, "kind", &words);
}

static enum finding_severity get_severity(struct object *object)
{
    const char *text = get_string(object, "severity", 16);
    for (enum finding_severity severity = FINDING_NOTE; severity <= FINDING_DAMAGE; severity++) {
        if (strcmp(text, finding_severity_name(severity)) == 0)
            return severity;
    }
    complain(object, "an unknown severity");
    return FINDING_NOTE;
}

static bool decode_damage(struct object *object, struct manifest_damage *damage)
{
    damage->kind = get_kind(object);
    damage->severity = get_severity(object);
    damage->place = (enum finding_place)get_word(object, "place", &manifest_place_words);
    damage->first = get_integer(object, "first", INT64_MAX);
    damage->count = get_integer(object, "count", INT64_MAX);
    if (damage->count == 0 || damage->count > (uint64_t)INT64_MAX - damage->first)
        complain(object, "a run of damage that cannot be");
    damage->has_values = json_object_get(object->json, "expected") != NULL;
    if (damage->has_values) {
        damage->expected = get_wide(object, "expected");
        damage->found = get_wide(object, "found");
    }
    if (json_object_get(object->json, "bit"))
        damage->bit = (uint32_t)get_integer(object, "bit", UINT32_MAX);
    return !object->bad;
}

static bool decode_damages(struct object *object, struct manifest *manifest, struct manifest_file *file)
{
    const json_t *array = json_object_get(object->json, "findings");
    if (!array)
        return true;
    size_t count = json_array_size(array); /* 0 if it is no array */
    if (!json_is_array(array) || count > MANIFEST_DAMAGES_MAX - manifest->damage_count) {
        complain(object, "too many findings");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct object item = {.json = json_array_get(array, i), .detail = object->detail};
        struct manifest_damage *damage = manifest_new_damage(manifest, file);
        if (!damage || !decode_damage(&item, damage))
            return false;
    }
    return true;
}

static void decode_database(struct object *object, struct manifest_file *file)
{
    file->page_size = (uint32_t)get_integer(object, "page_size", PAGE_SIZE_MAX);
    if (!page_size_is_valid(file->page_size))
        complain(object, "a page size that cannot be");
    file->last_page = (pgno_t)get_integer(object, "last_page", PGNO_MAX);
    file->dbtime = get_wide(object, "dbtime");
    file->state = (uint32_t)get_integer(object, "database_state", UINT32_MAX);
    get_bytes(object, "database_signature", (uint8_t *)&file->signature, sizeof file->signature);
    file->required_first = (lgen_t)get_integer(object, "required_first", UINT32_MAX);
    file->required_last = (lgen_t)get_integer(object, "required_last", UINT32_MAX);
}

static bool decode_file(struct object *object, struct manifest *manifest)
{
    struct manifest_file *file;
    const char *name = get_string(object, "name", MANIFEST_NAME_MAX);
    enum backup_file_kind role = (enum backup_file_kind)get_word(object, "role", &manifest_role_words);
    if (object->bad)
        return false;
    jet_err err = manifest_add_file(manifest, name, role, &file);
    if (err == JET_errInvalidName)
        complain(object, "a name that a file of a set cannot have");
    if (err < JET_errSuccess)
        return false;
    file->size = get_integer(object, "size", INT64_MAX);
    get_bytes(object, "xxh3_128", file->digest, sizeof file->digest);
    if (role == BACKUP_FILE_DATABASE)
        decode_database(object, file);
    if (role == BACKUP_FILE_LOG)
        file->generation = (lgen_t)get_integer(object, "generation", UINT32_MAX);
    return !object->bad && decode_damages(object, manifest, file);
}

static bool decode_files(struct object *object, struct manifest *manifest)
{
    const json_t *array = json_object_get(object->json, "files");
    size_t count = json_array_size(array);
    if (!json_is_array(array) || count > MANIFEST_FILES_MAX) {
        complain(object, "the list of files is missing or too long");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct object item = {.json = json_array_get(array, i), .detail = object->detail};
        if (!decode_file(&item, manifest))
            return false;
    }
    return true;
}

static void decode_head(struct object *object, struct manifest *manifest)
{
    static const char *const kinds[] = {"full", "incremental"};
    static const struct manifest_words kind_words = {kinds, COUNT_OF(kinds)};
    if (strcmp(get_string(object, "format", 64), MANIFEST_FORMAT) != 0)
        complain(object, "not the manifest of a backup set");
    if (get_integer(object, "format_version", INT64_MAX) != MANIFEST_FORMAT_VERSION)
        complain(object, "made by a newer version of this program");
    strcpy(manifest->tool_version, get_string(object, "tool_version", sizeof manifest->tool_version - 1));
    manifest->state = (enum manifest_state)get_word(object, "state", &manifest_state_words);
    manifest->incremental = get_word(object, "kind", &kind_words) == 1;
    manifest->created_unix_ms = (int64_t)get_integer(object, "created_unix_ms", INT64_MAX);
    strcpy(manifest->base_name, get_string(object, "base_name", sizeof manifest->base_name - 1));
    get_bytes(object, "log_signature", (uint8_t *)&manifest->log_signature, sizeof manifest->log_signature);
    manifest->first_generation = (lgen_t)get_integer(object, "first_generation", UINT32_MAX);
    manifest->last_generation = (lgen_t)get_integer(object, "last_generation", UINT32_MAX);
    manifest->recoverable = get_boolean(object, "recoverable");
}

static bool decode_reason(struct object *object, struct manifest *manifest)
{
    if (!json_object_get(object->json, "reason"))
        return true;
    const char *reason = get_string(object, "reason", REASON_MAX);
    return manifest_set_reason(manifest, reason) >= JET_errSuccess && !object->bad;
}

/* What only the whole can show: distinct names, a sum of sizes that is a number, a state that fits the findings. */
static bool check_whole(struct object *object, const struct manifest *manifest)
{
    uint64_t left = INT64_MAX;
    for (size_t i = 0; i < manifest->file_count; i++) {
        const struct manifest_file *file = &manifest->files[i];
        if (file->size > left) {
            complain(object, "sizes that cannot be");
            return false;
        }
        left -= file->size;
        for (size_t k = 0; k < file->damage_count; k++) {
            if (manifest->state == MANIFEST_COMPLETE && file->damages[k].severity == FINDING_DAMAGE)
                complain(object, "damage in a set that claims to be whole");
        }
    }
    jet_err err = manifest_check_distinct(manifest);
    if (err == JET_errFileAlreadyExists)
        complain(object, "two files of the same name");
    return err >= JET_errSuccess && !object->bad;
}

static bool decode_object(struct object *object, struct manifest *manifest)
{
    decode_head(object, manifest);
    return !object->bad && decode_reason(object, manifest) && decode_files(object, manifest) &&
           check_whole(object, manifest);
}

static bool seal_is_right(const char *text, size_t size)
{
    char seal[MANIFEST_SEAL_SIZE];
    if (size < sizeof seal)
        return false;
    manifest_make_seal(text, size - sizeof seal, seal);
    return memcmp(text + size - sizeof seal, seal, sizeof seal) == 0;
}

/* Brackets and commas outside of strings, in bytes that need not be JSON at all. */
static bool is_too_big_to_parse(const char *text, size_t size)
{
    size_t depth = 0;
    size_t containers = 0;
    size_t members = 0;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        if (in_string && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && (text[i] == '{' || text[i] == '[')) {
            depth++;
            containers++;
        } else if (!in_string && (text[i] == '}' || text[i] == ']') && depth > 0) {
            depth--;
        } else if (!in_string && text[i] == ',') {
            members++;
        }
        if (depth > DEPTH_MAX || containers > CONTAINERS_MAX || members > MEMBERS_MAX)
            return true;
    }
    return false;
}

jet_err manifest_decode(const char *text, size_t size, struct manifest *ret_manifest,
                        char digest[MANIFEST_DIGEST_TEXT_SIZE], const char **ret_detail)
{
    struct manifest manifest = {0};
    jet_err err = JET_errReadVerifyFailure;
    *ret_detail = "its checksum is not right: it was cut or changed";
    if (size > MANIFEST_SIZE_MAX || !seal_is_right(text, size))
        return CORRUPT(err);
    err = JET_errFileInvalidType;
    *ret_detail = "it is nested too deeply or lists too much";
    if (is_too_big_to_parse(text, size))
        return CORRUPT(err);
    *ret_detail = "it is not JSON";
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    struct object object = {.json = json, .detail = ret_detail};
    if (json_is_object(json)) {
        *ret_detail = "out of memory"; /* if nobody complains */
        if (decode_object(&object, &manifest))
            err = JET_errSuccess;
        else if (!object.bad && strcmp(*ret_detail, "out of memory") == 0)
            err = JET_errOutOfMemory;
    }
    json_decref(json);
    if (err < JET_errSuccess) {
        manifest_done(&manifest);
        return err;
    }
    manifest_seal_digest(text + size - MANIFEST_SEAL_SIZE, digest);
    *ret_manifest = manifest;
    return JET_errSuccess;
}
