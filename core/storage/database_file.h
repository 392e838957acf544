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
 *   - pages above `last_page` that do not verify: FINDING_PAGE_FOREIGN (warning); no error.
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

struct database_file;

struct database_file_info {
    const char *path;   /* as given to open */
    uint32_t page_size; /* bytes */
    uint64_t file_size; /* bytes */
    pgno_t file_pages;  /* whole pages in the file behind the two headers */
    pgno_t last_page;   /* last page the database owns (root's OE tree); file_pages if that cannot be found out */
    bool last_page_known;
    uint32_t tail_bytes;                /* bytes behind the last whole page; 0 in a sound file */
    const struct dbheader_disk *header; /* the copy that counts */
    bool first_copy_valid;
    bool second_copy_valid;
};

/* How often a failing run is read, in all, and the pause before the k-th repetition (k times `pause_ms`). A live
 * database may be being written: 17 reads, 100 ms (Microsoft's engine). Nobody writes to an offline file: 2 reads. */
struct database_read_retry {
    unsigned reads;
    unsigned pause_ms;
};

/* Opens `path` for reading. Findings of the header copies and of the file's size go to `listener`; so does, as an error,
 * why it could not be opened: JET_errFileNotFound, JET_errFileAccessDenied, JET_errInvalidPath (not a regular file),
 * JET_errInvalidDatabaseVersion, JET_errDatabaseCorrupted (neither header copy usable, or no database),
 * JET_errDatabase200Format ..., JET_errDiskIO, JET_errOutOfMemory. The caller closes. */
MUST_CHECK jet_err database_file_open(const char *path, const struct finding_listener *listener,
                                      struct database_file **ret_file);

/* Takes NULL. */
void database_file_close(struct database_file *file);

/* Lives as long as the file object. */
const struct database_file_info *database_file_info(const struct database_file *file);

/* Reads both header pages (2 * page_size bytes) as they should be: a damaged copy is replaced by the valid one
 * (FINDING_HEADER_COPY was reported at open). Two valid copies are given as they are, even if they differ. */
MUST_CHECK jet_err database_file_read_headers(struct database_file *file, void *buffer);

/* Reads and verifies pages first .. first + count - 1 into `buffer` (count * page_size bytes); see the top. `first + count - 1`
 * must not exceed file_pages (JET_errFileIOBeyondEOF). Findings are reported once, after the last repetition. I/O
 * errors are JET_errDiskIO with a FINDING_FILE error. */
MUST_CHECK jet_err database_file_read_pages(struct database_file *file, pgno_t first, uint32_t count, void *buffer,
                                            const struct database_read_retry *retry,
                                            const struct finding_listener *listener);

/* The `tail_bytes` behind the last whole page, as they are. */
MUST_CHECK jet_err database_file_read_tail(struct database_file *file, void *buffer);

#endif
