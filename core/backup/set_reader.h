/* SPDX-License-Identifier: MIT */
/* set_reader.h - the members of a backup set, one after another, from a folder or a tar.
 *
 * What a reader gives has passed no test but these: a member is a regular file, its name is one that
 * manifest_check_name() accepts or the manifest's, its size is at most INT64_MAX, and its bytes are as many. A tar
 * must end as a tar ends, with two blocks of zeros and nothing behind them but more of these: one that was cut
 * anywhere is an error. Whether it is a set is for set_verify.h.
 */
#ifndef COLDSTREAM_BACKUP_SET_READER_H
#define COLDSTREAM_BACKUP_SET_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "os/os_stream.h"

struct set_member {
    const char *name; /* NULL: there are no more. Lives until the next call of next */
    uint64_t size;
    bool is_manifest;
};

struct set_reader;

struct set_reader_ops {
    /* The next member; what is left of the one before is passed over. */
    jet_err (*next)(struct set_reader *reader, struct set_member *ret_member);
    /* The next bytes of the member, borrowed until the next call; 0 bytes: its end. */
    jet_err (*read)(struct set_reader *reader, const void **ret_bytes, size_t *ret_size);
    void (*close)(struct set_reader *reader);
};

/* Embedded first in every reader. Errors were reported when they are returned: JET_errFileInvalidType (no tar, or a
 * member that a set cannot have), JET_errFileIOBeyondEOF (cut), JET_errBackupAbortByServer (the event), I/O errors. */
struct set_reader {
    const struct set_reader_ops *ops;
    const char *name; /* of the set, for messages; borrowed by open */
    uint64_t bytes;   /* of all members, or of the tar file; 0: not known */
    /* The manifest comes first (folder) or last (tar). */
    bool manifest_first;
};

/* `path`: a folder, or a tar file. JET_errFileNotFound ... */
MUST_CHECK jet_err set_reader_open(const char *path, struct os_event *stop, const struct finding_listener *listener,
                                   struct set_reader **ret_reader);

/* A tar from a stream, which stays the caller's. `stop` ends a wait for the writer. */
MUST_CHECK jet_err set_reader_open_stream(struct os_stream *stream, const char *name, struct os_event *stop,
                                          const struct finding_listener *listener, struct set_reader **ret_reader);

/* Reports what is about a member, `finding->file`, with its set: by its path in a folder, else by its name and the
 * archive's. A finding about the set itself has the reader's own `name` there (that very pointer) and passes as it
 * is. */
void set_reader_report(const struct set_reader *reader, const struct finding_listener *listener,
                       const struct finding *finding);

/* The same for an error, as finding_report_error(). */
jet_err set_reader_report_error(const struct set_reader *reader, const struct finding_listener *listener,
                                enum finding_kind kind, const char *member, jet_err err, const char *detail);

/* Takes NULL. */
void set_reader_close(struct set_reader *reader);

#endif
