/* SPDX-License-Identifier: MIT */
/* disk_image.h - what is on a disk, and what may be on it after the machine has failed.
 *
 * The image knows what is durable and, apart from that, what was done and not yet flushed. The latter may have reached
 * the disk in any order, or not:
 *   - each write to a file by itself, and of a write each unit by itself: 4096 bytes, which is what the system moves. So a larger
 *     page of a database may be torn at every such boundary;
 *   - one unit, which the disk was just writing, in part: some of its sectors of 512 bytes. Not in the pages of a database of
 *     pages of 4 KiB, because the format has nothing that could mend them;
 *   - in files for which that is asked for, any number of units in part;
 *   - changes of a file's size likewise;
 *   - changes of names in their order: a journalling file system may lose the last ones, but not those in between. That a
 *     name is durable says nothing about what is in the file.
 * If only the process fails, everything is there; and of the write that it was just about, as many units as the system
 * had come to.
 */
#ifndef COLDSTREAM_TESTS_DISK_IMAGE_H
#define COLDSTREAM_TESTS_DISK_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "disk_record.h"

struct disk_image;

/* What is in the folder now, all of it durable; files only. */
struct disk_image *disk_image_load(const char *folder);
void disk_image_free(struct disk_image *image);

/* A file of this ending has pages of `page_size` bytes, behind two headers of that size. */
void disk_image_set_pages(struct disk_image *image, const char *ending, size_t page_size);

/* In files of this ending any number of units may be torn. */
void disk_image_set_torn(struct disk_image *image, const char *ending);

size_t disk_image_files(const struct disk_image *image);
size_t disk_image_names(const struct disk_image *image);
const char *disk_image_name(const struct disk_image *image, size_t index, unsigned *ret_file);

/* One more thing is done to the disk. */
void disk_image_apply(struct disk_image *image, const struct disk_op *op);

/* How much of what was not flushed is on the disk. */
enum disk_loss {
    DISK_LOSES_NOTHING, /* only the process has failed */
    DISK_LOSES_ALL,
    DISK_LOSES_SOME, /* chosen by `random` */
    DISK_LOSSES,
};

struct disk_random {
    uint64_t state;
};
uint64_t disk_random_next(struct disk_random *random);

/* Below `limit`. */
uint64_t disk_random_below(struct disk_random *random, uint64_t limit);

/* Makes the folder what a disk that fails now may hold: its files are replaced. `next` (NULL: nothing) is what was
 * being done. */
void disk_image_store(const struct disk_image *image, const struct disk_op *next, enum disk_loss loss,
                      struct disk_random *random, const char *folder);

#endif
