/* SPDX-License-Identifier: MIT */
/* offline_files.h - which files belong together: the databases of a folder, their logs and checkpoint, told by
 * content. */
#ifndef COLDSTREAM_BACKUP_OFFLINE_FILES_H
#define COLDSTREAM_BACKUP_OFFLINE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "format/dbheader.h"
#include "log/log_set.h"

struct offline_database {
    char *path;
    uint64_t size_bytes;
    bool
        header_valid; /* false: it is a database by its magic, but no header copy is valid, or the version is unknown */
    struct dbheader_disk header;
};

struct offline_files {
    char *folder; /* in which the logs are */
    struct offline_database *databases;
    size_t database_count;
    struct log_set logs;
};

/* `path` is a folder: all databases in it (not below it), and its logs. `path` is a database file: that one, and the
 * logs beside it if it was not closed cleanly. Temporary databases, flush maps and strangers are left out, with a note;
 * with a warning (FINDING_FILE_TYPE) if a stranger is named like a database (.edb, .mdb, .dit): it may be one that lost
 * its headers; and if there is a double-write file: recovery would need it for what the crash tore. Errors are
 * reported: JET_errFileNotFound (nothing there, or no database in the folder), JET_errInvalidPath (a socket ...),
 * JET_errDatabaseCorrupted (a file that is no database), JET_errFileAlreadyExists (two files whose names some file
 * systems take for one), I/O errors. */
MUST_CHECK jet_err offline_files_read(const char *path, const struct finding_listener *listener,
                                      struct offline_files *ret_files);
void offline_files_done(struct offline_files *files);

/* Bytes of everything. */
uint64_t offline_files_bytes(const struct offline_files *files);

/* Clean, or with all logs that recovery requires. If not, writes the reason; one that lies in the logs is reported as
 * a warning, one that lies in the header (damaged, or a state that no engine attaches) is reported by opening the
 * database. */
bool offline_files_recoverable(const struct offline_files *files, const struct offline_database *database,
                               const struct finding_listener *listener, char *reason, size_t reason_size);

#endif
