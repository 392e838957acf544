/* SPDX-License-Identifier: MIT */
/* storage.h - the map of this folder: database files, read and verified.
 *
 *   database_file.h    one .edb file: open, header choice, end of the database, verified page reads
 *   database_verify.h  every page of one file, on several threads
 *
 * Storage does not know what is on a page, with one exception: where the database ends is said by the last node of the
 * root's owned-extents tree, and a reader that trusted the file size instead would call old disk content behind that end
 * damage. database_end.c walks that one path with format/space.h.
 */
#ifndef COLDSTREAM_STORAGE_STORAGE_H
#define COLDSTREAM_STORAGE_STORAGE_H

#include "storage/database_file.h"
#include "storage/database_verify.h"

#endif
