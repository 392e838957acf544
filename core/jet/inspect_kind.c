/* SPDX-License-Identifier: MIT */
/* inspect_kind.c - what a path is, by what is there.
 *
 * Names lie: edb.log.bak is a log, mail.log may be text. So the first 64 KiB decide. A damaged file must still be
 * recognised, or `verify` would call a database with a bad header "no database": besides a header that verifies, the
 * magic in either copy (databases) or the file type at its place together with a version that exists (logs,
 * checkpoints) is enough.
 */
#include <stdlib.h>
#include <string.h>

#include "backup/manifest.h"
#include "backup/sink.h"
#include "format/checkpoint.h"
#include "format/dbheader.h"
#include "format/logheader.h"
#include "jet/inspect.h"
#include "os/os_error.h"
#include "os/os_file.h"

enum {
    TAR_MAGIC_OFFSET = 257,
    TAR_BLOCK_SIZE = 512,
};

static const uint8_t tar_magic[] = {'u', 's', 't', 'a', 'r'};

/* Both kinds of database that are one. A flush map or a revert snapshot has the magic, too; and a log has the checksum
 * of a database, but not the magic. */
static bool header_is_database(const struct dbheader_disk *header)
{
    uint32_t filetype = le32_get(header->filetype);
    return filetype == DBHEADER_FILETYPE_UNKNOWN || filetype == DBHEADER_FILETYPE_DATABASE ||
           filetype == DBHEADER_FILETYPE_TEMPORARY;
}

static bool is_database(const uint8_t *prefix, size_t size)
{
    struct dbheader_selection selection;
    jet_err err = dbheader_select(prefix, size, &selection);
    if (err == JET_errSuccess)
        return true;
    return selection.has_magic && (!selection.header || header_is_database(selection.header));
}

static bool is_log(const uint8_t *prefix, size_t size)
{
    if (logheader_verify(prefix, size) == JET_errSuccess)
        return true;
    if (size < LOGHEADER_SIZE)
        return false;
    const struct logheader_disk *header = (const void *)prefix;
    uint32_t major = le32_get(header->version_major);
    return le32_get(header->filetype) == LOGHEADER_FILETYPE &&
           (major == LOGHEADER_MAJOR || major == LOGHEADER_MAJOR_SECTORS);
}

static bool is_checkpoint(const uint8_t *prefix, size_t size, uint64_t file_size)
{
    struct checkpoint_selection selection;
    if (checkpoint_select(prefix, size, &selection) == JET_errSuccess)
        return true;
    if (file_size != CHECKPOINT_FILE_SIZE || size < CHECKPOINT_FILE_SIZE || selection.checkpoint)
        return false;
    const struct checkpoint_disk *copies = (const void *)prefix;
    return le32_get(copies[0].filetype) == CHECKPOINT_FILETYPE || le32_get(copies[1].filetype) == CHECKPOINT_FILETYPE;
}

static bool is_tar(const uint8_t *prefix, size_t size)
{
    return size >= TAR_BLOCK_SIZE && memcmp(prefix + TAR_MAGIC_OFFSET, tar_magic, sizeof tar_magic) == 0;
}

static enum inspect_kind kind_of_bytes(const uint8_t *prefix, size_t size, uint64_t file_size)
{
    if (is_tar(prefix, size))
        return INSPECT_TAR;
    if (is_database(prefix, size))
        return INSPECT_DATABASE;
    if (is_log(prefix, size))
        return INSPECT_LOG;
    if (is_checkpoint(prefix, size, file_size))
        return INSPECT_CHECKPOINT;
    return INSPECT_UNKNOWN;
}

static jet_err kind_of_file(const char *path, uint64_t file_size, enum inspect_kind *ret_kind)
{
    struct os_file *file = NULL;
    size_t size;
    jet_err err = JET_errOutOfMemory;
    uint8_t *prefix = malloc(DBHEADER_PREFIX_SIZE);
    if (!prefix)
        return err;
    err = os_file_open(path, OS_FILE_READ, &file);
    if (err == JET_errSuccess)
        err = os_file_read(file, 0, prefix, DBHEADER_PREFIX_SIZE, &size);
    if (err == JET_errSuccess)
        *ret_kind = kind_of_bytes(prefix, size, file_size);
    os_file_close(file);
    free(prefix);
    return err;
}

/* The folder of a backup or restore that was killed. It has no manifest, and the databases in it may each be whole:
 * only its name says that some are missing. `folder` has no separator at its end. */
static bool is_partial(const char *folder)
{
    static const char suffix[] = SINK_PARTIAL_SUFFIX;
    const char *name = os_path_name(folder);
    size_t length = strlen(name);
    return length >= sizeof suffix - 1 && strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

static jet_err kind_of_folder(const char *path, enum inspect_kind *ret_kind)
{
    struct os_path_info info;
    char *manifest = os_path_join(path, MANIFEST_NAME);
    char *folder = manifest ? os_path_parent(manifest) : NULL;
    jet_err err = folder ? os_path_stat(manifest, &info) : JET_errOutOfMemory;
    bool is_set = (err == JET_errSuccess && info.kind == OS_PATH_FILE) || (folder && is_partial(folder));
    free(folder);
    free(manifest);
    if (err < JET_errSuccess && err != JET_errFileNotFound)
        return err;
    *ret_kind = is_set ? INSPECT_SET : INSPECT_FOLDER;
    return JET_errSuccess;
}

/* `*ret_why` is set where the system has no words for the error. */
static jet_err kind_of_path(const char *path, enum inspect_kind *ret_kind, const char **ret_why)
{
    struct os_path_info info;
    jet_err err = os_path_stat(path, &info);
    if (err < JET_errSuccess)
        return err;
    switch (info.kind) {
    case OS_PATH_FILE: return kind_of_file(path, info.size_bytes, ret_kind);
    case OS_PATH_FOLDER: return kind_of_folder(path, ret_kind);
    case OS_PATH_OTHER: break;
    }
    *ret_why = "neither a file nor a folder";
    return JET_errInvalidPath;
}

jet_err inspect_path_kind(const char *path, const struct finding_listener *listener, enum inspect_kind *ret_kind)
{
    char text[160];
    const char *why = NULL;
    jet_err err = kind_of_path(path, ret_kind, &why);
    if (err < JET_errSuccess)
        return finding_report_error(listener, FINDING_FILE, path, err,
                                    why ? why : os_last_error_text(text, sizeof text));
    return JET_errSuccess;
}
