/* SPDX-License-Identifier: MIT */
/* set_reader_internal.h - the two back ends, as set_reader.c chooses between them. */
#ifndef COLDSTREAM_BACKUP_SET_READER_INTERNAL_H
#define COLDSTREAM_BACKUP_SET_READER_INTERNAL_H

#include "backup/set_reader.h"

/* Where a tar comes from: one of the two. */
struct set_reader_origin {
    const char *name;
    const char *path;         /* a file, if not NULL */
    struct os_stream *stream; /* borrowed */
    struct os_event *stop;
    struct finding_listener listener;
};

MUST_CHECK jet_err set_reader_open_folder(const char *path, const struct finding_listener *listener,
                                          struct set_reader **ret_reader);
MUST_CHECK jet_err set_reader_open_tar(const struct set_reader_origin *origin, struct set_reader **ret_reader);

/* JET_errFileInvalidType, reported, for a name that no member has. */
MUST_CHECK jet_err set_reader_check_name(const struct set_reader *reader, const struct finding_listener *listener,
                                         const char *name);

#endif
