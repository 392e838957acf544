/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "jet/inspect.h"
#include "tool/info.h"
#include "tool/text.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static uint64_t number_of(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void show_file(struct sheet *sheet, const json_t *file)
{
    char size[TEXT_SIZE_MAX];
    sheet_row_begin(sheet, "files", text_of(file, "name"));
    sheet_text(sheet, NULL, "", text_of(file, "role"));
    sheet_text(sheet, NULL, "", text_size_format(number_of(file, "size"), size));
    sheet_text(sheet, NULL, "xxh3-128", text_of(file, "xxh3_128"));
    size_t findings = json_array_size(json_object_get(file, "findings"));
    if (findings > 0)
        sheet_note(sheet, "", "%zu finding%s recorded", findings, findings == 1 ? "" : "s");
    sheet_row_end(sheet);
}

/* For a person: what matters. A program gets the manifest itself. */
static void show_manifest(struct sheet *sheet, const json_t *manifest)
{
    uint64_t first = number_of(manifest, "first_generation");
    uint64_t last = number_of(manifest, "last_generation");
    sheet_text(sheet, NULL, "state", text_of(manifest, "state"));
    sheet_text(sheet, NULL, "backup", text_of(manifest, "kind"));
    sheet_text(sheet, NULL, "created", text_of(manifest, "created"));
    sheet_text(sheet, NULL, "made by version", text_of(manifest, "tool_version"));
    if (last > 0)
        sheet_note(sheet, "log generations", "%" PRIu64 " to %" PRIu64, first, last);
    sheet_bool(sheet, NULL, "recoverable", json_is_true(json_object_get(manifest, "recoverable")));
    if (*text_of(manifest, "reason"))
        sheet_text(sheet, NULL, "reason", text_of(manifest, "reason"));
    sheet_text(sheet, NULL, "digest of the set", text_of(manifest, "manifest_xxh3_128"));

    const json_t *files = json_object_get(manifest, "files");
    sheet_section_begin(sheet, NULL, "Files");
    for (size_t i = 0; i < json_array_size(files); i++)
        show_file(sheet, json_array_get(files, i));
    sheet_section_end(sheet);
}

jet_err info_manifest(struct sheet *sheet, const char *path, const struct finding_listener *listener)
{
    char *text;
    json_error_t where;
    jet_err err = inspect_manifest_read(path, listener, &text);
    if (err < JET_errSuccess)
        return err;
    json_t *manifest = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    free(text);
    if (!manifest)
        return finding_report_error(listener, FINDING_MANIFEST, path, JET_errFileInvalidType, where.text);
    sheet_text(sheet, "kind", "kind", "backup set");
    if (sheet->out)
        show_manifest(sheet, manifest);
    else
        json_object_set(sheet->objects[0], "manifest", manifest);
    json_decref(manifest);
    return JET_errSuccess;
}
