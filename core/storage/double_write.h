/* SPDX-License-Identifier: MIT */
/* double_write.h - pages that a failure tears are put back: the double-write file.
 *
 * A system that fails, and Linux when it kills a process, may leave a write half done, at any boundary of 4096 bytes.
 * What a page of 4 KiB is then, is the one or the other. A larger page may be neither; no log record mends that. So
 * pages of more than 4 KiB of logged databases are written twice:
 *
 *      batch of the cache --> log durable, headers cover it --> double_write_put(): images here, flushed
 *                         --> in place --> double_write_done()
 *
 * and recovery, before it looks at the pages of a database, puts back the newest image of each page:
 * double_write_restore(). Of each, whether the page in place verifies or not: the checksums of pages are linear codes,
 * blind to half a page of equal bytes in place of another.
 *
 * Rules.
 *   1. Every write of such a page in place, by whomever, is of bytes that double_write_put() has made durable here. A page
 *      that redo would make anew is no exception: torn, it may verify, and redo would take it for done.
 *   2. An area of the file is used again only when all that was written in place from it is safe there: nobody is still
 *      writing (its holds are 0), no write has failed since which the page was not written again, nothing of it waits for
 *      a database that recovery has not seen yet; and then every logged database was flushed.
 *   3. Groups are written one at a time, each flushed before the next begins, with rising sequence numbers. A group that
 *      could not be written is written over: nothing was written in place from it.
 *
 * Why what is put back is right. Let a page be torn: writes of it in place, W1 ... Wn in this order (the cache never
 * writes a page twice at once), are not safe. By 1 and 2 the images of all of them are here, whole, but for an In+1
 * whose group was begun and whose Wn+1 was not. By 3 the one with the highest sequence number that counts is In, or
 * In+1 if that is whole. Both are a page that might be there after a failure: the log is durable up to its last change
 * and the header of the database names the generation as required, because that was seen to before the image came here.
 * It is not older than any write that reached the disk, so redo, which begins no later than at the first change that
 * was not safe in place, finds a page that is not behind what its records expect. Of a page that is not torn the same
 * holds: it is put where it may be anyway. Only if all its writes are safe may its newest image be gone, and an older
 * one be here in an area that something else holds: then the dbtime in place is higher, see below.
 *
 * What a file may not make us do. It may be old (another engine may have worked on the databases meanwhile), belong to
 * other files, be damaged, or be a forgery. An image is used only if
 *   - it counts in its group, and its group in the file (format/double_write.h);
 *   - database, log stream and attachment are those of the header: none of a run before the last clean end is;
 *   - the log has its last change, and the header requires that generation: it is none of a future that was undone by copying
 *     older files to their places;
 *   - the page in place does not have a higher dbtime: dbtimes of a page rise with every change, and the first sector of
 *     the page is one that was written, so an image from before a change by somebody else is known, even if that was torn;
 *   - the page in place is not all zero: nothing that was ever written to it is there.
 *
 * Recovery writes pages, too, and may be cut short. Images of databases that it has not come to yet hold their areas;
 * it writes its own into others, or behind them. So a file serves several recoveries, until one comes to its end.
 *
 * The file is made when the first page is written, and removed when all databases are clean: one that is left behind by
 * a failure of just that removal is harmless. Flushing failed: the engine cannot go on anyway (storage/cache.h).
 */
#ifndef COLDSTREAM_STORAGE_DOUBLE_WRITE_H
#define COLDSTREAM_STORAGE_DOUBLE_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "base/types.h"

struct database;
struct double_write;

struct double_write_config {
    const char *path; /* copied */
    uint32_t page_size;
    uint32_t area_pages; /* about so many in an area, at least 1: how often databases are flushed for its sake */
    /* Flushes what was written to logged databases. */
    jet_err (*flush)(void *context);
    void *context;
};

/* Nothing is done to files yet. JET_errOutOfMemory. */
MUST_CHECK jet_err double_write_new(const struct double_write_config *config, struct double_write **ret_double_write);

/* Closes the file as it is. Takes NULL. */
void double_write_free(struct double_write *double_write);

/* The largest page that needs none of this. */
enum { DOUBLE_WRITE_WHOLE_SIZE = 4096 };

/* ---- writing; any thread. Locks: one of rank LOCK_RANK_DOUBLE_WRITE, held while files are written and flushed ---- */

/* How many pages double_write_put() takes at a time. */
size_t double_write_pages_max(const struct double_write *double_write);

/* A sealed page that is about to be written in place. */
struct double_write_page {
    struct database *db;
    pgno_t pgno;
    uint64_t lgpos; /* packed end of the last record that changed it */
    const uint8_t *bytes;
};

/* Images of the pages are durable in the file. `*ret_area` is held until double_write_done(). JET_errDiskFull,
 * JET_errDiskIO, what flushing a database returned: the pages may not be written in place. */
MUST_CHECK jet_err double_write_put(struct double_write *double_write, const struct double_write_page *pages,
                                    size_t count, unsigned *ret_area);

/* All that was put there together was written in place, or was not, and the databases know it (needs_flush). */
void double_write_done(struct double_write *double_write, unsigned area);

/* Writing a page in place has failed: its area is to be held until the page was written after all. */
void double_write_hold(struct double_write *double_write, unsigned area);
void double_write_release(struct double_write *double_write, unsigned area);

/* A database that was written to is closed and could not be flushed: nothing in the file is written over any more. */
void double_write_keep_all(struct double_write *double_write);

/* ---- recovery; one thread ---- */

/* Reads what is there, before any page is written. A file that is none, or of another page size, is taken for absent.
 * JET_errFileAccessDenied, JET_errDiskIO, JET_errOutOfMemory. */
MUST_CHECK jet_err double_write_load(struct double_write *double_write);

/* `db` was opened, its header is that of the crash, none of its pages is in the cache. Puts back pages that are not as
 * their images, flushes them, and is done with this database. `lgpos_end`: of the log, packed. `*ret_count` (NULL: not
 * wanted): pages put back. */
MUST_CHECK jet_err double_write_restore(struct double_write *double_write, struct database *db, uint64_t lgpos_end,
                                        unsigned *ret_count);

/* Recovery has come to its end: databases that it did not come to are not waited for. */
void double_write_recovered(struct double_write *double_write);

/* Everything is clean: there shall be no file. */
MUST_CHECK jet_err double_write_remove(struct double_write *double_write);

#endif
