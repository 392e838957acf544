/* SPDX-License-Identifier: MIT */
/* backup_record.h - what a backup leaves in the log and in headers of databases.
 *
 * All records are informative but "update header", which redo repeats: backup_stamp() logs it and then writes the
 * header.
 */
#ifndef COLDSTREAM_RECOVERY_BACKUP_RECORD_H
#define COLDSTREAM_RECOVERY_BACKUP_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/logrecord.h"
#include "log/log_stream.h"
#include "storage/database.h"

/* The kind of a backup: what is in the log, and where a header keeps it. */
struct backup_kind {
    enum logrec_backup_kind source; /* streaming, OS snapshot, surrogate */
    enum logrec_backup_scope scope;
};

/* The record of a phase. `low`, `high`: the range of logs to delete, for "truncate", else 0. `ret_disk` is what
 * `*ret_piece` points to. */
void backup_record_make(const struct backup_kind *kind, enum logrec_backup_phase phase, lgen_t low, lgen_t high,
                        struct logrec_backup_disk *ret_disk, struct log_piece *ret_piece);

/* Appends it, without waiting for the disk. Errors of log_append(). */
MUST_CHECK jet_err backup_record_append(struct log_stream *log, const struct backup_kind *kind,
                                        enum logrec_backup_phase phase, lgen_t low, lgen_t high);

/* The database was backed up: logs "update header" and writes the header, unless that knows a later backup of the kind.
 * If logging fails the header stays as it is. */
MUST_CHECK jet_err backup_stamp(struct log_stream *log, struct database *db, const struct backup_kind *kind,
                                const struct bkinfo_disk *info);

/* A record of type Backup2 is redone, in a database that is attached. */
MUST_CHECK jet_err backup_stamp_redo(struct database *db, const struct logrec_backup *record);

#endif
