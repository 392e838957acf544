/* SPDX-License-Identifier: MIT */
/* os_file.h - files and folders, by UTF-8 paths.
 *
 * Paths are UTF-8 (on Windows, unpaired surrogates survive as WTF-8); on Linux any bytes pass through unchanged. Reads
 * and writes are positioned: a file object has no current offset, so any number of threads may use one object at once.
 * All sizes and offsets are in bytes.
 *
 * Opening refuses what is not a regular file: a folder, socket, FIFO or device gives JET_errInvalidPath without waiting
 * for anything (a FIFO with no writer must not hang us). Every function translates system errors as os_error.h says.
 */
#ifndef COLDSTREAM_OS_FILE_H
#define COLDSTREAM_OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct os_file;

enum os_file_mode {
    OS_FILE_READ,       /* existing file, reading only */
    OS_FILE_READ_WRITE, /* existing file; on Windows nobody else may have it open */
    /* Reading and writing; JET_errFileAlreadyExists if the name is taken, by anything; as above. On Linux only its
     * owner may open the file: a copy of a database is nobody else's business. On Windows it takes that from its
     * folder, as files do there. */
    OS_FILE_CREATE_NEW,
};

/* What a name refers to. */
enum os_path_kind {
    OS_PATH_FILE,
    OS_PATH_FOLDER,
    OS_PATH_OTHER, /* socket, FIFO, device ... */
};

struct os_path_info {
    enum os_path_kind kind;
    uint64_t size_bytes;     /* files only, else 0 */
    int64_t modified_unix_s; /* seconds since 1970, UTC */
};

/* Opens; the caller closes with os_file_close(). `*ret_file` is written on success only. */
MUST_CHECK jet_err os_file_open(const char *path, enum os_file_mode mode, struct os_file **ret_file);

/* Takes NULL. Does not flush. */
void os_file_close(struct os_file *file);

/* Reads up to `size` bytes at `offset`; `*ret_actual` is less only at the end of the file (0 at or beyond it). */
MUST_CHECK jet_err os_file_read(struct os_file *file, uint64_t offset, void *buffer, size_t size, size_t *ret_actual);

/* Writes all `size` bytes at `offset`, extending the file if need be, or fails: then any part may have been written. */
MUST_CHECK jet_err os_file_write(struct os_file *file, uint64_t offset, const void *buffer, size_t size);

/* The present size. */
MUST_CHECK jet_err os_file_size(struct os_file *file, uint64_t *ret_size);

/* Reads the first `size` bytes of the file at `path`, or all if it is shorter, and asks for its size: what it takes to
 * say what a file is. Nothing stays open. */
static inline MUST_CHECK jet_err os_file_read_start(const char *path, void *buffer, size_t size, size_t *ret_actual,
                                                    uint64_t *ret_file_size)
{
    struct os_file *file;
    jet_err err = os_file_open(path, OS_FILE_READ, &file);
    if (err < JET_errSuccess)
        return err;
    err = os_file_size(file, ret_file_size);
    if (err >= JET_errSuccess)
        err = os_file_read(file, 0, buffer, size, ret_actual);
    os_file_close(file);
    return err;
}

/* Cuts or extends (with zeros). */
MUST_CHECK jet_err os_file_set_size(struct os_file *file, uint64_t size);

/* Returns when data and size are on stable storage (fsync, FlushFileBuffers). Nothing to do for OS_FILE_READ. */
MUST_CHECK jet_err os_file_flush(struct os_file *file);

/* The same for data, and for the size if it is needed to read them back (fdatasync): cheaper where bytes are
 * overwritten that os_file_allocate() made. */
MUST_CHECK jet_err os_file_flush_data(struct os_file *file);

/* Makes the file at least `size` bytes long. The new bytes are zeros, and are really written: what overwrites them
 * later needs no new blocks, so that it neither finds the disk full nor has os_file_flush_data() write anything but
 * data. On an error the file is as long as before. Does not flush. */
MUST_CHECK jet_err os_file_allocate(struct os_file *file, uint64_t size);

/* Keeps the file for this object until it is closed: against everybody, or only against those who want it for
 * themselves. JET_errFileAccessDenied if another object, here or in another process, has it in a way that does not
 * agree. On Linux it binds those who ask too; on Windows opening for writing has done it already. */
enum os_file_share {
    OS_FILE_SHARE_NOBODY,
    OS_FILE_SHARE_READERS,
};
MUST_CHECK jet_err os_file_lock(struct os_file *file, enum os_file_share share);

/* The file will be read from start to end, once. A hint; never fails. */
void os_file_will_read_in_order(struct os_file *file);

/* Follows symbolic links. JET_errFileNotFound if there is nothing, not even the folder that it would be in: who only
 * looks has no use for the difference. */
MUST_CHECK jet_err os_path_stat(const char *path, struct os_path_info *ret_info);

/* Gives `from` the name `to`, atomically, in the same folder or volume; JET_errFileAlreadyExists if `to` is taken, by
 * anything. Works for files and folders. Durable after os_folder_flush() of the parent. On the few Linux file systems
 * that cannot do this in one step a file is linked and unlinked (it has both names for a moment), and a folder is
 * renamed after a look: an empty folder that somebody else makes in between is replaced. */
MUST_CHECK jet_err os_path_rename_new(const char *from, const char *to);

/* Same for a file, but replaces a file that has the name. */
MUST_CHECK jet_err os_path_rename_over(const char *from, const char *to);

MUST_CHECK jet_err os_file_remove(const char *path);

/* Makes one folder, open to its owner only, or on Windows to whom the one above is; JET_errFileAlreadyExists if the
 * name is taken, JET_errInvalidPath if the parent is missing. */
MUST_CHECK jet_err os_folder_create(const char *path);

/* Removes an empty folder. */
MUST_CHECK jet_err os_folder_remove(const char *path);

/* Names in a folder, without "." and "..", sorted by bytes. On success the caller frees with os_folder_list_free(). */
struct os_folder_list {
    char **names;
    size_t count;
};
MUST_CHECK jet_err os_folder_list(const char *path, struct os_folder_list *ret_list);
void os_folder_list_free(struct os_folder_list *list);

/* Makes the folder's entries (names made, renamed, removed) durable; nothing to do on Windows. */
MUST_CHECK jet_err os_folder_flush(const char *path);

/* `folder`, a separator if it needs one ("" does not), and `name`, as a new string for free(); NULL when out of
 * memory. */
MUST_CHECK char *os_path_join(const char *folder, const char *name);

/* The part behind the last separator, inside `path`; "" if it ends in one. */
const char *os_path_name(const char *path);

/* Everything before the last component, as a new string for free(); "." if there is none, "/" (or "C:\") for a child
 * of a root, which is its own parent. Trailing separators of `path` are ignored. NULL when out of memory. */
MUST_CHECK char *os_path_parent(const char *path);

/* Makes durable what happened to the name `path`: that it was made, renamed or removed. */
static inline MUST_CHECK jet_err os_path_flush_name(const char *path)
{
    char *folder = os_path_parent(path);
    if (!folder)
        return JET_errOutOfMemory;
    jet_err err = os_folder_flush(folder);
    free(folder);
    return err;
}

/* The same file by a path that does not depend on the current folder, as a new string for free(). Links are not
 * followed, and nothing needs to be there. JET_errInvalidPath for "". */
MUST_CHECK jet_err os_path_absolute(const char *path, char **ret_absolute);

/* Does it mean the same wherever the current folder and, on Windows, the current drive are? */
bool os_path_is_absolute(const char *path);

/* A new, empty folder for temporary files, as a new string for free(): in TMPDIR, /tmp, or the user's temporary
 * folder. Its name begins with `prefix`; nobody else may enter it. */
MUST_CHECK jet_err os_folder_create_temporary(const char *prefix, char **ret_path);

/* Bytes that a caller of the backup API may read into: zeros, aligned to the system's memory page; NULL when out of
 * memory. Free with os_pages_free(), which takes NULL. */
MUST_CHECK void *os_pages_alloc(size_t size);
void os_pages_free(void *pages, size_t size);

#endif
