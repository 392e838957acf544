/* SPDX-License-Identifier: MIT */
/* storage.h - the map of this folder: database files, read and verified; attached databases and their pages in memory.
 *
 *   database_file.h    one .edb file: open, header choice, end of the database, verified page reads
 *   database_verify.h  every page of one file, on several threads
 *   database.h         an attached database: file, header, counters, flushing
 *   cache.h            its pages: found, latched, changed, written when the log allows it
 *   double_write.h     pages that a failure tears can be put back: they are written to a file of their own first
 *   latch.h            shared and exclusive use of a page or a tree
 *
 * Storage does not know what is on a page, with one exception: where the database ends is said by the last node of the
 * root's owned-extents tree, and a reader that trusted the file size instead would call old disk content behind that
 * end damage. database_end.c walks that one path with format/space.h.
 */
#ifndef COLDSTREAM_STORAGE_STORAGE_H
#define COLDSTREAM_STORAGE_STORAGE_H

#include "storage/cache.h"
#include "storage/database.h"
#include "storage/database_file.h"
#include "storage/database_verify.h"
#include "storage/double_write.h"
#include "storage/latch.h"

#endif
