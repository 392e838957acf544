/* SPDX-License-Identifier: MIT */
/* dbheader.c - which copy of a database header to believe, and what it says.
 *
 * The checksum covers a page, and the page size stands inside. So a copy is valid only together with a size: the sum
 * must match over the size that the copy names. Sizes are tried from the smallest, for the primary first; only if it is
 * valid at none of them does the shadow get its turn, whose place depends on the size as well. A header of 748 bytes
 * and zeros has the same sum at all sizes, which is why the size that it names decides.
 */
#include "format/dbheader.h"

#include <string.h>

#include "base/corrupt.h"
#include "format/checksum.h"
#include "format/page.h"

const char *dbheader_state_name(uint32_t state)
{
    switch (state) {
    case DBHEADER_JUST_CREATED: return "Just Created";
    case DBHEADER_DIRTY: return "Dirty Shutdown";
    case DBHEADER_CLEAN: return "Clean Shutdown";
    case DBHEADER_BEING_CONVERTED: return "Being Converted";
    case DBHEADER_FORCE_DETACH: return "Force Detach";
    case DBHEADER_RESEED: return "Incremental Reseed In Progress";
    case DBHEADER_DIRTY_AND_PATCHED: return "Dirty And Patched Shutdown";
    case DBHEADER_REVERT: return "Revert In Progress";
    default: return "unknown";
    }
}

bool dbheader_state_is_attachable(uint32_t state)
{
    return state == DBHEADER_CLEAN || state == DBHEADER_DIRTY || state == DBHEADER_DIRTY_AND_PATCHED;
}

const char *dbheader_filetype_name(uint32_t filetype)
{
    switch (filetype) {
    case DBHEADER_FILETYPE_DATABASE: return "database";
    case DBHEADER_FILETYPE_STREAMING: return "streaming file";
    case DBHEADER_FILETYPE_LOG: return "log";
    case DBHEADER_FILETYPE_CHECKPOINT: return "checkpoint";
    case DBHEADER_FILETYPE_TEMPORARY: return "temporary database";
    case DBHEADER_FILETYPE_TRACE: return "cache trace";
    case DBHEADER_FILETYPE_FLUSH_MAP: return "flush map";
    case DBHEADER_FILETYPE_CACHED: return "cached file";
    case DBHEADER_FILETYPE_CACHING: return "caching file";
    case DBHEADER_FILETYPE_REVERT_SNAPSHOT: return "revert snapshot";
    case DBHEADER_FILETYPE_REVERT_CHECKPOINT: return "revert checkpoint";
    default: return "unknown";
    }
}

const char *dbheader_backup_type_name(uint32_t type)
{
    switch (type) {
    case DBHEADER_BACKUP_NORMAL: return "streaming";
    case DBHEADER_BACKUP_OS_SNAPSHOT: return "OS snapshot";
    case DBHEADER_BACKUP_SNAPSHOT: return "snapshot";
    case DBHEADER_BACKUP_SURROGATE: return "surrogate";
    default: return "unknown";
    }
}

uint32_t dbheader_page_size(const struct dbheader_disk *header)
{
    const uint32_t size = le32_get(header->page_size);

    return size ? size : PAGE_SIZE_DEFAULT;
}

static bool checksum_matches(const struct dbheader_disk *header, size_t page_size)
{
    return le32_get(header->checksum) == checksum_xor32(header, page_size);
}

jet_err dbheader_check(const struct dbheader_disk *header)
{
    const uint32_t filetype = le32_get(header->filetype), page_size = dbheader_page_size(header);
    const uint32_t update = le32_get(header->update_major);

    if (le32_get(header->magic) != DBHEADER_MAGIC || le32_get(header->version) != DBHEADER_VERSION)
        return CORRUPT(JET_errInvalidDatabaseVersion);
    if (le32_get(header->attrib) != 0)
        return CORRUPT(JET_errDatabaseCorrupted);
    if (filetype != DBHEADER_FILETYPE_DATABASE && filetype != DBHEADER_FILETYPE_UNKNOWN)
        return CORRUPT(JET_errDatabaseCorrupted);
    if (!page_size_is_valid(page_size))
        return CORRUPT(JET_errDatabaseCorrupted);
    if (update > DBHEADER_UPDATE_MAJOR_MAX || (page_is_large(page_size) && update < DBHEADER_UPDATE_MAJOR_LARGE))
        return CORRUPT(JET_errInvalidDatabaseVersion);
    return JET_errSuccess;
}

jet_err dbheader_verify(const void *header, size_t page_size)
{
    const struct dbheader_disk *disk = header;

    if (!checksum_matches(disk, page_size))
        return CORRUPT(JET_errReadVerifyFailure);
    if (dbheader_page_size(disk) != page_size)
        return CORRUPT(JET_errPageSizeMismatch);
    return dbheader_check(disk);
}

void dbheader_seal(void *header, size_t page_size)
{
    struct dbheader_disk *disk = header;

    disk->checksum = le32_make(checksum_xor32(header, page_size));
}

/* The first bytes of a file. */
struct prefix {
    const uint8_t *bytes;
    size_t size;
};

/* The copy at `offset`, or NULL if the file ends before the end of a page there. */
static const struct dbheader_disk *copy_at(struct prefix prefix, size_t offset, size_t page_size)
{
    if (offset > prefix.size || page_size > prefix.size - offset)
        return NULL;
    return (const void *)(prefix.bytes + offset);
}

/* The state of one copy if pages have this size. */
static enum dbheader_copy_state copy_state(struct prefix prefix, enum dbheader_which which, size_t page_size)
{
    const struct dbheader_disk *copy = copy_at(prefix, which == DBHEADER_SHADOW ? page_size : 0, page_size);

    if (!copy)
        return DBHEADER_COPY_ABSENT;
    if (dbheader_page_size(copy) == page_size && checksum_matches(copy, page_size))
        return DBHEADER_COPY_VALID;
    return le32_get(copy->magic) == DBHEADER_MAGIC ? DBHEADER_COPY_BAD_CHECKSUM : DBHEADER_COPY_BAD_MAGIC;
}

/* Looks for one copy at every page size; returns the size at which it is valid, or 0. `*ret_state` is then the best
 * that was seen: damaged before foreign before absent. */
static size_t copy_find(struct prefix prefix, enum dbheader_which which, enum dbheader_copy_state *ret_state)
{
    *ret_state = DBHEADER_COPY_ABSENT;
    for (size_t size = PAGE_SIZE_MIN; size <= PAGE_SIZE_MAX; size *= 2) {
        const enum dbheader_copy_state state = copy_state(prefix, which, size);

        if (state < *ret_state)
            *ret_state = state;
        if (state == DBHEADER_COPY_VALID)
            return size;
    }
    return 0;
}

static void select_header(struct prefix prefix, enum dbheader_which which, size_t page_size,
                          struct dbheader_selection *selection)
{
    const struct dbheader_disk *primary = copy_at(prefix, 0, page_size);
    const struct dbheader_disk *shadow = copy_at(prefix, page_size, page_size);

    selection->page_size = page_size;
    selection->used = which;
    selection->header = which == DBHEADER_PRIMARY ? primary : shadow;
    selection->copies_differ = selection->copies[DBHEADER_PRIMARY] == DBHEADER_COPY_VALID &&
                               selection->copies[DBHEADER_SHADOW] == DBHEADER_COPY_VALID &&
                               memcmp(primary, shadow, page_size) != 0;
}

/* Even a file too short for a page shows whether it begins like a database. */
static bool begins_with_magic(struct prefix prefix)
{
    const struct dbheader_disk *header = (const void *)prefix.bytes;

    return prefix.size >= offsetof(struct dbheader_disk, version) && le32_get(header->magic) == DBHEADER_MAGIC;
}

jet_err dbheader_select(const void *bytes, size_t size, struct dbheader_selection *ret_selection)
{
    const struct prefix prefix = {.bytes = bytes, .size = size};
    struct dbheader_selection *s = ret_selection;
    size_t page_size;

    *s = (struct dbheader_selection){0};
    page_size = copy_find(prefix, DBHEADER_PRIMARY, &s->copies[DBHEADER_PRIMARY]);
    if (page_size) {
        s->copies[DBHEADER_SHADOW] = copy_state(prefix, DBHEADER_SHADOW, page_size);
        select_header(prefix, DBHEADER_PRIMARY, page_size, s);
    } else {
        page_size = copy_find(prefix, DBHEADER_SHADOW, &s->copies[DBHEADER_SHADOW]);
        if (page_size) {
            s->copies[DBHEADER_PRIMARY] = copy_state(prefix, DBHEADER_PRIMARY, page_size);
            select_header(prefix, DBHEADER_SHADOW, page_size, s);
        }
    }
    s->has_magic = begins_with_magic(prefix) || s->copies[DBHEADER_SHADOW] == DBHEADER_COPY_BAD_CHECKSUM ||
                   (s->header && le32_get(s->header->magic) == DBHEADER_MAGIC);
    if (!s->has_magic) /* though its checksum may match: headers of logs and checkpoints have the same one */
        return CORRUPT(JET_errDatabaseCorrupted);
    return s->header ? dbheader_check(s->header) : CORRUPT(JET_errReadVerifyFailure);
}

static jet_err check_state(const struct dbheader_disk *header)
{
    switch (le32_get(header->state)) {
    case DBHEADER_CLEAN: return JET_errSuccess;
    case DBHEADER_DIRTY:
    case DBHEADER_DIRTY_AND_PATCHED:
        if (le32_get(header->backup_full_current.generation_low) != 0)
            return JET_errSoftRecoveryOnBackupDatabase;
        return JET_errDatabaseDirtyShutdown;
    case DBHEADER_JUST_CREATED:
    case DBHEADER_FORCE_DETACH: return JET_errDatabaseDirtyShutdown;
    case DBHEADER_BEING_CONVERTED: return JET_errDatabaseIncompleteUpgrade;
    case DBHEADER_RESEED: return JET_errDatabaseIncompleteIncrementalReseed;
    case DBHEADER_REVERT: return JET_errDatabaseIncompleteRevert;
    default: return CORRUPT(JET_errDatabaseCorrupted);
    }
}

jet_err dbheader_check_attach(const struct dbheader_selection *selection, size_t page_size)
{
    jet_err err;

    if (!selection->header)
        return selection->has_magic ? JET_errInvalidDatabaseVersion : JET_errDatabaseCorrupted;
    err = dbheader_check(selection->header);
    if (err < JET_errSuccess)
        return err;
    if (page_size != 0 && page_size != selection->page_size)
        return JET_errPageSizeMismatch;
    return check_state(selection->header);
}
