/* SPDX-License-Identifier: MIT */
/* checkpoint.h - the checkpoint file: where recovery has to start.
 *
 * 8192 bytes, the same structure of 4096 bytes twice, each with its own checksum (XOR-32). The first copy counts if it
 * is valid, else the second. A missing or damaged checkpoint never stops recovery; it starts at the oldest log instead.
 */
#ifndef COLDSTREAM_FORMAT_CHECKPOINT_H
#define COLDSTREAM_FORMAT_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/attachlist.h"
#include "format/stamp.h"

struct checkpoint_disk {
    le32 checksum;                        /* +0    XOR-32 of the 4096 bytes */
    struct lgpos_disk at_full_backup;     /* +4    the checkpoint at the last full backup */
    struct lgpos_disk checkpoint;         /* +12   redo starts here */
    struct signature_disk signature;      /* +20   of the log stream */
    struct dbms_disk dbms;                /* +48 */
    struct lgpos_disk full_backup;        /* +615  last full backup */
    struct logtime_disk full_time;        /* +623 */
    struct lgpos_disk incremental_backup; /* +631 */
    struct logtime_disk incremental_time; /* +639 */
    uint8_t flags;                        /* +647  CHECKPOINT_FLAG_ATTACHMENTS */
    struct lgpos_disk consistency;        /* +648  database consistency position; zero in old files = checkpoint */
    uint8_t reserved_656[11];             /* +656 */
    le32 filetype;                        /* +667  4 */
    uint8_t reserved_671[8];              /* +671 */
    uint8_t attachments[ATTACHLIST_SIZE]; /* +679 */
    uint8_t reserved_2727[1369];          /* +2727 */
};
_Static_assert(sizeof(struct checkpoint_disk) == 4096, "file format");
_Static_assert(offsetof(struct checkpoint_disk, full_backup) == 615, "file format");
_Static_assert(offsetof(struct checkpoint_disk, flags) == 647, "file format");
_Static_assert(offsetof(struct checkpoint_disk, filetype) == 667, "file format");
_Static_assert(offsetof(struct checkpoint_disk, attachments) == 679, "file format");

enum {
    CHECKPOINT_COPY_SIZE = 4096,
    CHECKPOINT_FILE_SIZE = 8192,
    CHECKPOINT_FILETYPE = 4,
    CHECKPOINT_FLAG_ATTACHMENTS = 1, /* the attachment list is present */
};

enum checkpoint_copy_state {
    CHECKPOINT_COPY_VALID,
    CHECKPOINT_COPY_BAD_CHECKSUM,
    CHECKPOINT_COPY_ABSENT, /* the file ends before it does */
};

struct checkpoint_selection {
    enum checkpoint_copy_state copies[2];
    unsigned used;                            /* 0 or 1; meaningful if checkpoint is set */
    const struct checkpoint_disk *checkpoint; /* the copy that wins, borrowed; NULL if there is none */
};

/* Picks the copy to believe from the first CHECKPOINT_FILE_SIZE bytes of the file (or all, if it is shorter).
 * `*ret_selection` is always written. JET_errCheckpointCorrupt: no valid copy; JET_errFileInvalidType: a valid copy of
 * another kind of file. The attachment list is not verified: attachlist.h. */
MUST_CHECK jet_err checkpoint_select(const void *bytes, size_t size, struct checkpoint_selection *ret_selection);

/* Sets the checksum of one copy. */
void checkpoint_seal(struct checkpoint_disk *checkpoint);

#endif
