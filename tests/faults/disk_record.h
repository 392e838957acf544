/* SPDX-License-Identifier: MIT */
/* disk_record.h - a list of everything that is done to the files of one folder.
 *
 * While recording, every call of core/os that changes a file or a name in the folder, or makes a change durable, is
 * carried out and noted, in the order in which it happened: one call at a time. disk_image.h tells from the list what a
 * disk may look like if the machine fails. Programs that link this must be linked with --wrap for the functions in
 * disk_record_wraps.cmake.
 *
 * Files are numbered; names come and go. Only the last part of a path is looked at, and only of paths whose folder is
 * the recorded one, written the same way.
 */
#ifndef COLDSTREAM_TESTS_DISK_RECORD_H
#define COLDSTREAM_TESTS_DISK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/jet_err.h"

enum disk_op_kind {
    DISK_WRITE,        /* file, offset, size, bytes */
    DISK_SIZE,         /* file, size: cut, or extended with zeros */
    DISK_FLUSH,        /* file: what was done to it before is durable */
    DISK_CREATE,       /* file, name */
    DISK_RENAME,       /* name, name_to, which is replaced if it is there */
    DISK_REMOVE,       /* name */
    DISK_FLUSH_FOLDER, /* what was done to names before is durable */
    DISK_MARK,         /* size: a number of the test's own */
};

struct disk_op {
    enum disk_op_kind kind;
    unsigned file;
    uint64_t offset;
    uint64_t size;
    uint8_t *bytes;
    char *name;
    char *name_to;
};

struct disk_journal {
    struct disk_op *ops;
    size_t count, room;
    uint64_t bytes_written;
};

struct disk_image;

/* From now on the folder's changes go to the journal, which is empty. `base` is what is in the folder; its files keep
 * their numbers. Nobody has a file of the folder open. */
void disk_record_begin(struct disk_journal *journal, const char *folder, const struct disk_image *base);
void disk_record_end(void);

/* Notes a number, if anything is being recorded. */
void disk_record_mark(uint64_t number);

/* From now on the call `number` of those that are noted (from 0; marks do not count) fails with `err`, and does
 * nothing; with `for_ever` all behind it as well. */
void disk_fail_begin(uint64_t number, jet_err err, bool for_ever);

/* Nothing fails any more. True if something has. */
bool disk_fail_end(void);

void disk_journal_done(struct disk_journal *journal);

#endif
