/* SPDX-License-Identifier: MIT */
/* double_write_internal.h - what the two files of the double-write file share: writing, and reading what a crash
 * left. */
#ifndef COLDSTREAM_STORAGE_DOUBLE_WRITE_INTERNAL_H
#define COLDSTREAM_STORAGE_DOUBLE_WRITE_INTERNAL_H

#include <stdbool.h>

#include "format/double_write.h"
#include "os/os_file.h"
#include "os/os_thread.h"
#include "storage/double_write.h"

enum { DOUBLE_WRITE_AREAS_MAX = 64 };

/* An image that a crash left, in the file. */
struct double_write_entry {
    struct double_write_source_disk source;
    struct double_write_page_disk page;
    uint64_t sequence;
    uint64_t offset;
    unsigned area; /* which it holds */
};

struct double_write {
    struct double_write_config config;
    char *path;
    struct os_mutex *lock; /* guards everything below */
    struct os_file *file;  /* NULL: there is none, or none of ours */
    uint64_t id;
    size_t area_size;
    uint64_t sequence;  /* of the group that was written last */
    uint64_t allocated; /* size of the file */
    unsigned area_count;
    unsigned holds[DOUBLE_WRITE_AREAS_MAX];
    unsigned current;
    size_t position;                       /* in the current area, where the next group goes */
    struct double_write_group_disk *group; /* for the next */

    struct double_write_entry *entries;
    size_t entry_count, entry_room;
};

static inline uint64_t double_write_area_offset(const struct double_write *double_write, unsigned area)
{
    return DOUBLE_WRITE_BLOCK + area * (uint64_t)double_write->area_size;
}

/* Closes the file and forgets what is in it. */
void double_write_close(struct double_write *double_write);

#endif
