/* SPDX-License-Identifier: MIT */
/* member_scan.h - one member of a set as its bytes pass: digest, and the checksums that the format itself has.
 *
 * What the member is shows in its first bytes (a database's header, a log's header); the manifest, which may come
 * later, has to agree. Bad pages and segments are kept as runs, because the manifest may have recorded them.
 */
#ifndef COLDSTREAM_BACKUP_MEMBER_SCAN_H
#define COLDSTREAM_BACKUP_MEMBER_SCAN_H

#include "backup/manifest.h"
#include "storage/database_file.h"

/* Pages or segments first .. last that do not verify. */
struct scan_run {
    enum finding_kind kind;
    uint64_t first, last;
    uint64_t expected, found; /* of the first */
};

struct scan_result {
    enum backup_file_kind kind; /* BACKUP_FILE_NONE: neither a database nor a log by its header */
    uint64_t size;
    uint8_t digest[MANIFEST_DIGEST_SIZE];
    uint32_t page_size;    /* databases */
    bool headers_valid;    /* databases: both copies */
    struct scan_run *runs; /* ascending */
    size_t run_count;
    bool runs_overflow;                 /* there were more than are kept: MANIFEST_DAMAGES_MAX */
    struct database_page_counts counts; /* pages of databases, segments of logs */
};

void scan_result_done(struct scan_result *result);

struct member_scan;

/* One scan serves one member after another. */
MUST_CHECK jet_err member_scan_new(struct member_scan **ret_scan);
void member_scan_free(struct member_scan *scan); /* takes NULL */

void member_scan_begin(struct member_scan *scan);
MUST_CHECK jet_err member_scan_data(struct member_scan *scan, const void *bytes, size_t size);
/* The caller calls scan_result_done(). */
MUST_CHECK jet_err member_scan_end(struct member_scan *scan, struct scan_result *ret_result);

#endif
