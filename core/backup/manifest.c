/* SPDX-License-Identifier: MIT */
/* manifest.c - a manifest in memory: names, files, damages, and the seal. Text: manifest_encode.c,
 * manifest_decode.c. */
#include "backup/manifest.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "backup/manifest_internal.h"
#include "base/array.h"
#include "base/corrupt.h"

static const char *const state_names[] = {
    [MANIFEST_COMPLETE] = "complete",
    [MANIFEST_DAMAGED] = "damaged",
    [MANIFEST_STOPPED] = "stopped",
    [MANIFEST_FAILED] = "failed",
};
const struct manifest_words manifest_state_words = {state_names, COUNT_OF(state_names)};

static const char *const role_names[] = {
    [BACKUP_FILE_NONE] = NULL,
    [BACKUP_FILE_DATABASE] = "database",
    [BACKUP_FILE_LOG] = "log",
    [BACKUP_FILE_CHECKPOINT] = "checkpoint",
};
const struct manifest_words manifest_role_words = {role_names, COUNT_OF(role_names)};

static const char *const place_names[] = {
    [FINDING_WHOLE_FILE] = "file",    [FINDING_AT_PAGE] = "page",     [FINDING_AT_COPY] = "copy",
    [FINDING_AT_SEGMENT] = "segment", [FINDING_AT_OFFSET] = "offset",
};
const struct manifest_words manifest_place_words = {place_names, COUNT_OF(place_names)};

const char *manifest_state_name(enum manifest_state state)
{
    return state_names[state];
}

const char *manifest_role_name(enum backup_file_kind role)
{
    return role_names[role];
}

/* ---- names ---- */

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int manifest_compare_names(const char *a, const char *b)
{
    while (*a && to_lower(*a) == to_lower(*b)) {
        a++;
        b++;
    }
    return (int)(unsigned char)to_lower(*a) - (int)(unsigned char)to_lower(*b);
}

/* Bytes of the UTF-8 sequence at `s`; 0 if it is none: too long a form, a surrogate, beyond U+10FFFF, or cut. */
static size_t utf8_sequence(const unsigned char *s)
{
    if (s[0] < 0x80)
        return 1;
    size_t length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) /* also stops at the NUL */
            return 0;
    }
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) ||
        (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return length;
}

static bool characters_are_legal(const char *name)
{
    const unsigned char *s = (const unsigned char *)name;
    while (*s) {
        size_t length = utf8_sequence(s);
        if (length == 0 || *s < 0x20 || *s == 0x7F || strchr("<>:\"/\\|?*", *s))
            return false;
        s += length;
    }
    return true;
}

/* Is it one of `names` but for case? */
static bool is_one_of(const char *text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (manifest_compare_names(text, names[i]) == 0)
            return true;
    }
    return false;
}

/* CON, NUL, COM1 ... also with an extension: Windows opens the device. */
static bool is_device_name(const char *name)
{
    static const char *const plain[] = {"con", "prn", "aux", "nul", "conin$", "conout$"};
    static const char *const numbered[] = {"com", "lpt"}; /* and one digit */
    char stem[8];
    size_t length = strcspn(name, ".");
    while (length > 0 && name[length - 1] == ' ')
        length--;
    if (length == 0 || length >= sizeof stem)
        return false;
    memcpy(stem, name, length);
    stem[length] = '\0';
    if (is_one_of(stem, plain, COUNT_OF(plain)))
        return true;
    bool has_digit = stem[length - 1] >= '0' && stem[length - 1] <= '9';
    stem[length - 1] = '\0';
    return has_digit && is_one_of(stem, numbered, COUNT_OF(numbered));
}

jet_err manifest_check_name(const char *name)
{
    size_t length = strlen(name);
    bool is_legal = length > 0 && length <= MANIFEST_NAME_MAX && name[length - 1] != '.' && name[length - 1] != ' ' &&
                    characters_are_legal(name) && !is_device_name(name) &&
                    manifest_compare_names(name, MANIFEST_NAME) != 0;
    return is_legal ? JET_errSuccess : JET_errInvalidName;
}

static int compare_name_pointers(const void *a, const void *b)
{
    return manifest_compare_names(*(const char *const *)a, *(const char *const *)b);
}

jet_err manifest_check_distinct(const struct manifest *manifest)
{
    const char **names = calloc(manifest->file_count + 1, sizeof *names);
    if (!names)
        return JET_errOutOfMemory;
    for (size_t i = 0; i < manifest->file_count; i++)
        names[i] = manifest->files[i].name;
    qsort(names, manifest->file_count, sizeof *names, compare_name_pointers);
    jet_err err = JET_errSuccess;
    for (size_t i = 1; i < manifest->file_count; i++) {
        if (manifest_compare_names(names[i - 1], names[i]) == 0)
            err = JET_errFileAlreadyExists;
    }
    free(names);
    return err;
}

/* ---- files and damages ---- */

void manifest_done(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->file_count; i++) {
        free(manifest->files[i].name);
        free(manifest->files[i].damages);
    }
    free(manifest->files);
    free(manifest->reason);
    *manifest = (struct manifest){0};
}

static jet_err make_room(struct manifest *manifest)
{
    if (manifest->file_count < manifest->file_room)
        return JET_errSuccess;
    if (manifest->file_count >= MANIFEST_FILES_MAX)
        return JET_errOutOfMemory;
    size_t room = manifest->file_room ? 2 * manifest->file_room : 16;
    struct manifest_file *files = realloc(manifest->files, room * sizeof *files);
    if (!files)
        return JET_errOutOfMemory;
    manifest->files = files;
    manifest->file_room = room;
    return JET_errSuccess;
}

jet_err manifest_add_file(struct manifest *manifest, const char *name, enum backup_file_kind role,
                          struct manifest_file **ret_file)
{
    jet_err err = manifest_check_name(name);
    if (err < JET_errSuccess)
        return err;
    err = make_room(manifest);
    if (err < JET_errSuccess)
        return err;
    size_t size = strlen(name) + 1;
    char *copy = malloc(size);
    if (!copy)
        return JET_errOutOfMemory;
    memcpy(copy, name, size);
    struct manifest_file *file = &manifest->files[manifest->file_count++];
    *file = (struct manifest_file){.name = copy, .role = role};
    *ret_file = file;
    return JET_errSuccess;
}

void manifest_remove_last(struct manifest *manifest)
{
    struct manifest_file *file = &manifest->files[--manifest->file_count];
    manifest->damage_count -= file->damage_count;
    free(file->name);
    free(file->damages);
}

jet_err manifest_set_reason(struct manifest *manifest, const char *reason)
{
    size_t size = strlen(reason) + 1;
    char *copy = malloc(size);
    if (!copy)
        return JET_errOutOfMemory;
    memcpy(copy, reason, size);
    free(manifest->reason);
    manifest->reason = copy;
    return JET_errSuccess;
}

/* The next page or segment of the same run. */
static bool continues(const struct manifest_damage *damage, const struct finding *finding)
{
    return damage->kind == finding->kind && damage->severity == finding->severity && damage->place == finding->place &&
           (damage->place == FINDING_AT_PAGE || damage->place == FINDING_AT_SEGMENT) &&
           finding->kind != FINDING_PAGE_CORRECTABLE && finding->kind != FINDING_LOG_SEGMENT_CORRECTABLE &&
           damage->first + damage->count == finding->where;
}

struct manifest_damage *manifest_new_damage(struct manifest *manifest, struct manifest_file *file)
{
    struct manifest_damage *damages = array_grow(file->damages, file->damage_count, sizeof *damages);
    if (!damages)
        return NULL;
    file->damages = damages;
    struct manifest_damage *damage = &damages[file->damage_count++];
    *damage = (struct manifest_damage){0};
    manifest->damage_count++;
    return damage;
}

jet_err manifest_add_damage(struct manifest *manifest, const struct finding *finding)
{
    struct manifest_file *file = &manifest->files[manifest->file_count - 1];
    if (file->damage_count > 0 && continues(&file->damages[file->damage_count - 1], finding)) {
        file->damages[file->damage_count - 1].count++;
        return JET_errSuccess;
    }
    if (manifest->damage_count >= MANIFEST_DAMAGES_MAX)
        return CORRUPT(JET_errDatabaseCorrupted);
    struct manifest_damage *damage = manifest_new_damage(manifest, file);
    if (!damage)
        return JET_errOutOfMemory;
    *damage = (struct manifest_damage){
        .kind = finding->kind,
        .severity = finding->severity,
        .place = finding->place,
        .first = finding->where,
        .count = 1,
        .has_values = finding->has_values,
        .expected = finding->expected,
        .found = finding->found,
        .bit = finding->bit,
    };
    return JET_errSuccess;
}

/* ---- the seal ---- */

void manifest_format_digest(const uint8_t digest[MANIFEST_DIGEST_SIZE], char text[MANIFEST_DIGEST_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < MANIFEST_DIGEST_SIZE; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[2 * MANIFEST_DIGEST_SIZE] = '\0';
}

void manifest_make_seal(const void *bytes, size_t size, char seal[MANIFEST_SEAL_SIZE])
{
    XXH128_canonical_t canonical;
    char text[MANIFEST_DIGEST_TEXT_SIZE];
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, size));
    manifest_format_digest(canonical.digest, text);
    memcpy(seal, MANIFEST_SEAL_BEGIN, sizeof MANIFEST_SEAL_BEGIN - 1);
    memcpy(seal + sizeof MANIFEST_SEAL_BEGIN - 1, text, sizeof text - 1);
    memcpy(seal + sizeof MANIFEST_SEAL_BEGIN - 1 + sizeof text - 1, MANIFEST_SEAL_END, sizeof MANIFEST_SEAL_END - 1);
}

void manifest_seal_digest(const char seal[MANIFEST_SEAL_SIZE], char digest[MANIFEST_DIGEST_TEXT_SIZE])
{
    memcpy(digest, seal + sizeof MANIFEST_SEAL_BEGIN - 1, MANIFEST_DIGEST_TEXT_SIZE - 1);
    digest[MANIFEST_DIGEST_TEXT_SIZE - 1] = '\0';
}
