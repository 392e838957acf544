/* SPDX-License-Identifier: MIT */
/* backup_writer.h - backups of registered instances: calls and descriptors are handed on, bytes go straight from the
 * application to the client. */
#ifndef COLDSTREAM_LINUX_SERVICE_BACKUP_WRITER_H
#define COLDSTREAM_LINUX_SERVICE_BACKUP_WRITER_H

#include "backup.h"
#include "writer.h"

struct open_options {
    uint64_t offset, length;
};
bool served_backup_get_open_options(DBusMessageIter *args, struct open_options *options, char *text, size_t size);

/* JET_errOutOfMemory; else served_backup_begun_by_writer() runs once. */
jet_err served_backup_writer_begin(struct backup *backup);
void served_backup_begun_by_writer(struct backup *backup, const struct writer_error *error);

/* Each answers the call, when the writer has. */
void served_backup_writer_forward(struct backup *backup, struct call *call); /* all but these two */
void served_backup_writer_open_file(struct backup *backup, struct call *call, const char *path,
                                    const struct open_options *options);
void served_backup_writer_stop(struct backup *backup, struct call *call, const char *reason);

/* Ends it at the writer, if there still is one and it has not ended. */
void served_backup_writer_close(struct backup *backup);

/* No call and no byte for too long: stops it. */
void served_backup_writer_check_idle(struct backup *backup);

#endif
