/* SPDX-License-Identifier: MIT */
/* scan.h - the nodes of one B+ tree in key order, read only.
 *
 *      struct btree_entry entry;
 *      err = btree_scan_open(file, fdp, objid, listener, &scan);
 *      while (err == JET_errSuccess && (err = btree_scan_next(scan, &entry)) == JET_errSuccess && entry.data)
 *          ...
 *      btree_scan_close(scan);
 *
 * Flag-deleted nodes are skipped. The tree may be hostile: whatever its pages say, every scan ends, and every entry
 * points to bytes that exist. Damage is reported with its page and ends the scan.
 */
#ifndef COLDSTREAM_BTREE_SCAN_H
#define COLDSTREAM_BTREE_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "storage/database_file.h"

struct btree_scan;

struct btree_entry {
    const uint8_t *key; /* whole, put together from prefix and suffix */
    size_t key_size;
    const uint8_t *data; /* at least one byte; NULL: the tree has no more nodes */
    size_t data_size;
    pgno_t pgno; /* where it lies */
};

/* Starts in front of the first node of the tree whose root is page `fdp` and whose pages carry `objid`. The file must
 * outlive the scan. JET_errReadVerifyFailure ..., JET_errPageNotInitialized, JET_errBadEmptyPage,
 * JET_errBadParentPageLink (a page that does not belong there), JET_errNodeCorrupted, JET_errBadLineCount,
 * JET_errDiskIO, JET_errOutOfMemory; all reported. */
MUST_CHECK jet_err btree_scan_open(struct database_file *file, pgno_t fdp, objid_t objid,
                                   const struct finding_listener *listener, struct btree_scan **ret_scan);

/* Takes NULL. */
void btree_scan_close(struct btree_scan *scan);

/* The next entry, borrowed until the next call. Errors as above, and JET_errBadPageLink (siblings that do not agree); a
 * scan that failed is only good for closing. Keys ascend; on pages of non-unique trees they may repeat. */
MUST_CHECK jet_err btree_scan_next(struct btree_scan *scan, struct btree_entry *ret_entry);

/* For those who decode the data: reports that the entry's data is damaged, `text` saying how. Returns `err`. */
jet_err btree_scan_report(const struct btree_scan *scan, const struct btree_entry *entry, jet_err err,
                          const char *text);

#endif
