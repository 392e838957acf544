/* SPDX-License-Identifier: MIT */
/* attachments.h - the attached databases as log headers and checkpoints list them (format/attachlist.h). */
#ifndef COLDSTREAM_RECOVERY_ATTACHMENTS_H
#define COLDSTREAM_RECOVERY_ATTACHMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/attachlist.h"
#include "format/stamp.h"
#include "isam/engine.h"

/* One entry to be. */
struct attachment {
    uint8_t dbid;
    uint64_t dbtime;
    uint32_t objid_last;
    struct lgpos attach, consistent;
    struct signature_disk signature;
    const char *path; /* UTF-8; borrowed */
};

/* A list that is being filled. */
struct attachments {
    uint8_t *list; /* ATTACHLIST_SIZE bytes */
    size_t used;
};

void attachments_begin(struct attachments *attachments, uint8_t list[ATTACHLIST_SIZE]);

/* Adds an entry: the path as UTF-16, or as single bytes if it is ASCII and UTF-16 has no room. False: no room. */
bool attachments_add(struct attachments *attachments, const struct attachment *attachment);

/* All logged databases of the engine that are attached (their headers say dirty). */
void attachments_of_engine(struct engine *engine, uint8_t list[ATTACHLIST_SIZE]);

/* A path of the log, UTF-16 or single bytes, without its NUL, as UTF-8; for free(). JET_errOutOfMemory,
 * JET_errLogFileCorrupt (a NUL inside). */
MUST_CHECK jet_err attachment_path(const uint8_t *name, size_t size, bool is_utf16, char **ret_path);

/* The last part of such a path, which may be one of another system: behind the last '/' or '\\'. */
const char *attachment_name(const char *path);

#endif
