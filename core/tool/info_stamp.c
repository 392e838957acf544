/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tool/info.h"

void info_lgpos(struct sheet *sheet, const char *key, const char *label, struct lgpos_disk disk)
{
    char text[LGPOS_TEXT_SIZE];
    struct lgpos lgpos = lgpos_get(disk);
    if (lgpos_pack(lgpos) == 0)
        return;
    lgpos_format(lgpos, text);
    sheet_text(sheet, key, label, text);
}

void info_logtime(struct sheet *sheet, const char *key, const char *label, struct logtime_disk logtime)
{
    char text[LOGTIME_TEXT_SIZE];
    if (!logtime_is_set(logtime))
        return;
    logtime_format(logtime, text);
    sheet_text(sheet, key, label, text);
}

void info_signature(struct sheet *sheet, const char *key, const char *label, const struct signature_disk *signature)
{
    char created[LOGTIME_TEXT_SIZE];
    char text[LOGTIME_TEXT_SIZE + 48];
    if (!signature_is_set(signature))
        return;
    logtime_format(signature->created, created);
    snprintf(text, sizeof text, "%08" PRIx32 "%s%s", le32_get(signature->random), *created ? ", created " : "",
             created);
    sheet_text(sheet, key, label, text);
}

static size_t put_utf8(char *to, uint32_t code_point)
{
    if (code_point < 0x80) {
        to[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        to[0] = (char)(0xC0 | code_point >> 6);
        to[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        to[0] = (char)(0xE0 | code_point >> 12);
        to[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        to[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | code_point >> 18);
    to[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    to[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    to[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

static uint32_t utf16_unit(const uint8_t *bytes)
{
    return (uint32_t)(bytes[0] | bytes[1] << 8);
}

const char *info_name(const uint8_t *bytes, size_t size, bool is_utf16, char name[INFO_NAME_SIZE])
{
    size_t used = 0;
    if (!is_utf16) {
        snprintf(name, INFO_NAME_SIZE, "%.*s", (int)size, (const char *)bytes);
        return name;
    }
    for (size_t i = 0; i + 1 < size && used + 4 < INFO_NAME_SIZE; i += 2) {
        uint32_t unit = utf16_unit(bytes + i);
        if (unit == 0)
            break;
        if ((unit & 0xFC00) == 0xD800 && i + 3 < size && (bytes[i + 3] & 0xFC) == 0xDC) {
            unit = 0x10000 + ((unit & 0x3FF) << 10) + (utf16_unit(bytes + i + 2) & 0x3FF);
            i += 2;
        }
        used += put_utf8(name + used, unit);
    }
    name[used] = '\0';
    return name;
}

void info_attachments(struct sheet *sheet, const uint8_t list[ATTACHLIST_SIZE])
{
    struct attachlist_walk walk;
    struct attachlist_entry entry;
    char name[INFO_NAME_SIZE];
    jet_err err;
    attachlist_begin(list, JET_errLogFileCorrupt, &walk);
    while ((err = attachlist_next(&walk, &entry)) == JET_errSuccess && entry.fixed) {
        sheet_row_begin(sheet, "attachments", info_name(entry.name, entry.name_size, entry.name_is_utf16, name));
        sheet_u64(sheet, "dbid", "database id", entry.fixed->dbid);
        sheet_hex(sheet, "dbtime", "dbtime", le64_get(entry.fixed->dbtime));
        info_lgpos(sheet, "lgpos_attach", "attached at", entry.fixed->lgpos_attach);
        info_signature(sheet, "signature", "signature", &entry.fixed->signature);
        sheet_row_end(sheet);
    }
    if (err < JET_errSuccess)
        sheet_text(sheet, "attachments_error", "attached databases", "the list is damaged");
}
