/* SPDX-License-Identifier: MIT */
#include "recovery/attachments.h"

#include <stdlib.h>
#include <string.h>

#include "base/corrupt.h"
#include "base/utf16.h"
#include "storage/database.h"

void attachments_begin(struct attachments *attachments, uint8_t list[ATTACHLIST_SIZE])
{
    *attachments = (struct attachments){.list = list};
    memset(list, 0, ATTACHLIST_SIZE);
}

/* The byte that ends the list needs its place, too. */
static size_t room_for_name(const struct attachments *attachments)
{
    const size_t needed = attachments->used + sizeof(struct attachlist_entry_disk) + 1;
    return needed < ATTACHLIST_SIZE ? ATTACHLIST_SIZE - needed : 0;
}

/* With its NUL; 0 if it cannot be done. */
static size_t put_utf16(uint8_t *to, size_t room, const char *path)
{
    uint16_t units[ATTACHLIST_SIZE];
    size_t count;
    const size_t size = strlen(path);
    if (size >= ATTACHLIST_SIZE || !utf16_from_utf8(path, size, units, &count) || (count + 1) * 2 > room)
        return 0;
    units[count++] = 0;
    for (size_t i = 0; i < count; i++) {
        const le16 unit = le16_make(units[i]);
        memcpy(to + 2 * i, &unit, sizeof unit);
    }
    return 2 * count;
}

static size_t put_ascii(uint8_t *to, size_t room, const char *path)
{
    const size_t size = strlen(path) + 1;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)path[i] >= 0x80)
            return 0;
    if (size > room)
        return 0;
    memcpy(to, path, size);
    return size;
}

bool attachments_add(struct attachments *attachments, const struct attachment *attachment)
{
    struct attachlist_entry_disk *fixed = (void *)(attachments->list + attachments->used);
    uint8_t *name = (uint8_t *)fixed + sizeof *fixed;
    uint8_t flags = ATTACHLIST_FLAG_UTF16;
    const size_t room = room_for_name(attachments);
    size_t size = put_utf16(name, room, attachment->path);
    if (size == 0) {
        flags = 0;
        size = put_ascii(name, room, attachment->path);
    }
    if (size == 0)
        return false;
    *fixed = (struct attachlist_entry_disk){
        .dbid = attachment->dbid,
        .flags = flags,
        .name_size = le16_make((uint16_t)size),
        .dbtime = le64_make(attachment->dbtime),
        .objid_last = le32_make(attachment->objid_last),
        .lgpos_attach = lgpos_make(attachment->attach),
        .lgpos_consistent = lgpos_make(attachment->consistent),
        .signature = attachment->signature,
    };
    attachments->used += sizeof *fixed + size;
    return true;
}

static void add_database(struct attachments *attachments, struct database *db)
{
    struct dbheader_disk header;
    database_header_get(db, &header);
    if (!db->is_logged || le32_get(header.state) != DBHEADER_DIRTY)
        return;
    const struct attachment attachment = {
        .dbid = db->dbid,
        .dbtime = database_last_dbtime(db),
        .objid_last = database_last_objid(db),
        .attach = lgpos_get(header.lgpos_attach),
        .consistent = lgpos_get(header.lgpos_consistent),
        .signature = header.signature,
        .path = db->path,
    };
    (void)attachments_add(attachments, &attachment); /* attaching saw to it that there is room */
}

void attachments_of_engine(struct engine *engine, uint8_t list[ATTACHLIST_SIZE])
{
    struct attachments attachments;
    attachments_begin(&attachments, list);
    for (unsigned dbid = ENGINE_DBID_FIRST; dbid < ENGINE_DATABASES; dbid++) {
        struct database *db = engine_database_hold(engine, dbid);
        if (!db)
            continue;
        add_database(&attachments, db);
        engine_database_release(engine, dbid);
    }
}

static jet_err path_from_utf16(const uint8_t *name, size_t size, char **ret_path)
{
    const size_t count = size / 2;
    uint16_t *units = malloc((count + 1) * sizeof *units);
    char *path = malloc(count * 3 + 1);
    jet_err err = units && path ? JET_errSuccess : JET_errOutOfMemory;
    for (size_t i = 0; i < count && err == JET_errSuccess; i++) {
        units[i] = (uint16_t)(name[2 * i] | name[2 * i + 1] << 8);
        if (units[i] == 0)
            err = CORRUPT(JET_errLogFileCorrupt);
    }
    if (err == JET_errSuccess) {
        (void)utf16_to_utf8(units, count, path, count * 3 + 1);
        *ret_path = path;
        path = NULL;
    }
    free(units);
    free(path);
    return err;
}

jet_err attachment_path(const uint8_t *name, size_t size, bool is_utf16, char **ret_path)
{
    if (is_utf16)
        return path_from_utf16(name, size, ret_path);
    if (memchr(name, 0, size))
        return CORRUPT(JET_errLogFileCorrupt);
    char *path = malloc(size + 1);
    if (!path)
        return JET_errOutOfMemory;
    memcpy(path, name, size);
    path[size] = '\0';
    *ret_path = path;
    return JET_errSuccess;
}

const char *attachment_name(const char *path)
{
    const char *name = path;
    for (const char *c = path; *c; c++)
        if (*c == '/' || *c == '\\')
            name = c + 1;
    return name;
}
