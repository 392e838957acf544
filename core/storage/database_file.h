/* SPDX-License-Identifier: MIT */
/* database_file.h - one database file, opened for verified reading.
 *
 * Opening reads both header copies and chooses (format/dbheader.h), then finds the last page the database owns. Pages
 * are read in runs straight into the caller's buffer and verified there, in place; what is wrong goes to the listener,
 * page by page. Nothing here writes to the file.
 *
 * What a page run gives back, by page:
 *   - checksum right, or all zero ("not initialised"): as it is;
 *   - one flipped bit that the checksum can locate: mended in the buffer, FINDING_PAGE_CORRECTABLE (warning);
 *   - anything else: as it is on disk, FINDING_PAGE_CHECKSUM or FINDING_PAGE_NUMBER (damage), and the run returns
 *     JET_errReadVerifyFailure or JET_errReadPgnoVerifyFailure of the first such page - after having read and reported
 *     the whole run, so that a caller who wants to go on can;
 *   - pages above `last_page` that do not verify: FINDING_PAGE_FOREIGN (warning); no error. Its words depend on the state
 *     of the database: the end on disk of one that was not closed cleanly may lag behind.
 *
 * The end of the database is what the root's owned-extents tree says (database_end.c). If that path is damaged,
 * FINDING_DATABASE_END is reported at open and the end of the file is taken instead. A file that is shorter, or does
 * not end with a page, is FINDING_FILE_SIZE (damage) at open; reading what is there stays possible. One page more than
 * the database owns may be the patch page of an old streaming backup and is then sound.
 *
 * Thread safety: after open the object is not changed; any number of threads may read.
 */
#ifndef COLDSTREAM_STORAGE_DATABASE_FILE_H
#define COLDSTREAM_STORAGE_DATABASE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "base/types.h"
#include "format/dbheader.h"
#include "os/os_thread.h"

struct database;
struct database_file;

struct database_file_info {
    const char *path;   /* as given to open */
    uint32_t page_size; /* bytes */
    uint64_t file_size; /* bytes */
    pgno_t file_pages;  /* whole pages in the file behind the two headers */
    pgno_t last_page;   /* last page the database owns; file_pages if that cannot be found out; more than file_pages
                           if the file was cut */
    bool last_page_known;
    bool size_is_right;  /* the file holds all pages of the database and nothing but pages: no damage that only the size
                           or the way to the end of the database shows */
    uint32_t tail_bytes; /* bytes behind the last whole page; 0 in a sound file */
    const struct dbheader_disk *header; /* the copy that counts */
    bool first_copy_valid;
    bool second_copy_valid;
};

/* How often a failing run is read, in all (0 counts as 1), and the pause before the k-th repetition (k times
 * `pause_ms`). A live database may be being written: 17 reads, 100 ms (Microsoft's engine). Nobody writes to an offline
 * file: 2 reads, no pause. `stop` (NULL: none) cuts a pause short with JET_errBackupAbortByServer. */
struct database_read_retry {
    unsigned reads;
    unsigned pause_ms;
    struct os_event *stop;
};

/* What the pages of a run, or of a file, were. */
struct database_page_counts {
    uint64_t pages_checked; /* all of them, zero ones included */
    uint64_t pages_zero;    /* never initialised */
    uint64_t pages_damaged;
    uint64_t pages_correctable;
    uint64_t pages_foreign; /* behind the end of the database and not verifiable */
};

/* Opens `path` for reading. Findings of the header copies, the state and the size of the file go to `listener`; so
 * does, as an error, why it could not be opened: JET_errFileNotFound, JET_errFileAccessDenied, JET_errInvalidPath (not
 * a regular file), JET_errReadVerifyFailure (a database, but neither header copy is valid), JET_errDatabaseCorrupted
 * (no database), JET_errInvalidDatabaseVersion, JET_errDiskIO, JET_errOutOfMemory. The caller closes. */
MUST_CHECK jet_err database_file_open(const char *path, const struct finding_listener *listener,
                                      struct database_file **ret_file);

/* A database that is attached, as a file of pages 1 to `last_page`, for database_file_read_pages() in a range that is
 * locked (storage/cache.h). Nothing is read. `header` and `db` live longer than the object. JET_errOutOfMemory. */
MUST_CHECK jet_err database_file_of(struct database *db, const struct dbheader_disk *header, pgno_t last_page,
                                    struct database_file **ret_file);

/* Takes NULL. */
void database_file_close(struct database_file *file);

/* Lives as long as the file object. */
const struct database_file_info *database_file_info(const struct database_file *file);

/* Copies both header pages (2 * page_size bytes) as they were at open and should be: a damaged copy is replaced by the
 * valid one (FINDING_HEADER_COPY was reported at open). Two valid copies are given as they are, even if they differ. */
void database_file_copy_headers(const struct database_file *file, void *buffer);

/* Reads and verifies pages first .. first + count - 1 into `buffer` (count * page_size bytes); see the top. `first` is
 * at least 1 and `first + count - 1` at most file_pages (else JET_errFileIOBeyondEOF). Findings are reported once,
 * after the last repetition. I/O errors are JET_errDiskIO, a file that shrank meanwhile JET_errFileIOBeyondEOF, both
 * with a FINDING_FILE error. `counts` (NULL: not wanted) is added to, unless the read itself failed. */
MUST_CHECK jet_err database_file_read_pages(struct database_file *file, pgno_t first, uint32_t count, void *buffer,
                                            const struct database_read_retry *retry,
                                            const struct finding_listener *listener,
                                            struct database_page_counts *counts);

/* One page as it is on disk, not verified: pgno 1 to file_pages; -1 and 0 are the two header copies. */
MUST_CHECK jet_err database_file_read_raw(struct database_file *file, int64_t pgno, void *buffer,
                                          const struct finding_listener *listener);

/* The `tail_bytes` behind the last whole page, as they are. */
MUST_CHECK jet_err database_file_read_tail(struct database_file *file, void *buffer,
                                           const struct finding_listener *listener);

#endif
