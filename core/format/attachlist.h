/* SPDX-License-Identifier: MIT */
/* attachlist.h - the databases that were attached, as log headers and checkpoints list them.
 *
 * 2048 bytes: entries of 64 bytes and a path name each, back to back, ended by a byte 0 (no database id). A walk:
 *
 *      attachlist_begin(header->attachments, JET_errLogFileCorrupt, &walk);
 *      while ((err = attachlist_next(&walk, &entry)) == JET_errSuccess && entry.fixed)
 *          ...
 */
#ifndef COLDSTREAM_FORMAT_ATTACHLIST_H
#define COLDSTREAM_FORMAT_ATTACHLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byteorder.h"
#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/stamp.h"

enum { ATTACHLIST_SIZE = 2048 };

struct attachlist_entry_disk {
    uint8_t dbid;                       /* +0   1 for the first user database; 0 ends the list */
    uint8_t flags;                      /* +1   enum attachlist_flag */
    le16 name_size;                     /* +2   bytes of the name, with its terminating NUL */
    le64 dbtime;                        /* +4   database time at the time of writing */
    le32 objid_last;                    /* +12 */
    le32 count_pages_max;               /* +16  0 = no limit */
    struct lgpos_disk lgpos_attach;     /* +20  the record that attached or created it */
    struct lgpos_disk lgpos_consistent; /* +28  last consistent point before that */
    struct signature_disk signature;    /* +36  of the database */
};
_Static_assert(sizeof(struct attachlist_entry_disk) == 64, "file format");
_Static_assert(offsetof(struct attachlist_entry_disk, lgpos_attach) == 20, "file format");

enum attachlist_flag {
    ATTACHLIST_FLAG_UTF16 = 1 << 5,
    ATTACHLIST_FLAG_SPARSE = 1 << 6,
};

struct attachlist_entry {
    const struct attachlist_entry_disk *fixed; /* NULL: the list has ended */
    const uint8_t *name; /* full path, UTF-16 (little-endian) or single bytes; no NUL at its end */
    size_t name_size;    /* bytes; even if it is UTF-16 */
    bool name_is_utf16;
};

struct attachlist_walk {
    const uint8_t *next;
    size_t left;
    jet_err damage;
};

/* `damage`: the code that attachlist_next() shall return for a list that is damaged. */
void attachlist_begin(const uint8_t list[ATTACHLIST_SIZE], jet_err damage, struct attachlist_walk *ret_walk);

/* The next entry; pointers are borrowed from the list. Safe on any bytes; after damage or the end it stays there. */
MUST_CHECK jet_err attachlist_next(struct attachlist_walk *walk, struct attachlist_entry *ret_entry);

#endif
