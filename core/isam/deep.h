/* SPDX-License-Identifier: MIT */
/* deep.h - the whole integrity check of a database file that nobody has open.
 *
 *      err = database_file_open(path, listener, &file);
 *      err = deep_verify(file, &options, listener, &counts);
 *
 * A second opinion: it shares with the engine the decoders of format/ and that of a record's layout (record.h), and
 * nothing else: neither its trees, nor its schema, nor its keys. What is looked at:
 *
 *   pages          every one of the database, by checksum (unless the caller has done that); header fields of a clean file
 *   trees          flags, object id, database time, tags and nodes of each page; order of nodes, in the page and against
 *                  the separators above; sibling links in both directions; one depth; no page reached twice
 *   space          owned and available extents; every page belongs to exactly one tree and is used exactly once (not at all:
 *                  a warning)
 *   catalogue      records, their keys, the copy; ids and root pages
 *   records        layout, sizes, columns that may not be null, primary keys
 *   indexes        their entries are those that the records give, compared by a digest: sums of a strong hash of (key,
 *                  bookmark). Text in Unicode: the bookmarks alone, because keys need the tables of Windows
 *   long values    sizes, chunks, references counted and found
 *
 * What cannot be judged (derived tables) is a note. In a database that was not closed
 * cleanly pages are of different times: what does not fit together there is a warning, for recovery may yet mend it.
 *
 * Memory: eight bytes for each page, the catalogue twice, eight bytes for each reference to a long value of one table.
 * Any bytes may be given: every check ends, in time proportional to the file.
 */
#ifndef COLDSTREAM_ISAM_DEEP_H
#define COLDSTREAM_ISAM_DEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/finding.h"
#include "storage/database_file.h"

struct os_event;

/* Zeroed is good. */
struct deep_options {
    bool pages_are_verified; /* the caller has had database_verify() look at every page */
    unsigned jobs;           /* threads for that; 0 counts as 1 */
    uint32_t findings_max;   /* report no more than that; 0: DEEP_FINDINGS_MAX */
    struct os_event *cancel; /* NULL: none */
    /* Called now and then with pages looked into so far, at most last_page in all; NULL: none. */
    void (*progress)(void *context, uint64_t pages_done);
    void *progress_context;
};

enum { DEEP_FINDINGS_MAX = 1000 };

/* What was looked at. */
struct deep_counts {
    uint64_t trees;
    uint64_t pages_tree, pages_space, pages_available;
    uint64_t pages_lost; /* neither: a crash can leave some, so they are a warning */
    uint64_t records, index_entries, long_values;
    uint64_t nodes_deleted;     /* flag-deleted, not yet removed; of tables, indexes and long values */
    uint64_t damages, warnings; /* all of them, reported or not; without those of the page checksums */
};

/* Findings go to `listener` on the calling thread. `*ret_counts` is always filled, as far as it came. Returns the code
 * of the first damage (page checksums included), JET_errSuccess if there are at most warnings,
 * JET_errBackupAbortByServer if `cancel` was set, JET_errDiskIO, JET_errOutOfMemory. */
MUST_CHECK jet_err deep_verify(struct database_file *file, const struct deep_options *options,
                               const struct finding_listener *listener, struct deep_counts *ret_counts);

/* A tree that the caller knows of. */
struct deep_known_tree {
    pgno_t fdp;
    objid_t objid;
    uint32_t page_flags; /* PAGE_FLAG_INDEX, PAGE_FLAG_NON_UNIQUE, PAGE_FLAG_LONG_VALUE; others do not count */
    pgno_t pgno_parent;  /* 1, or the fdp of one that stands before it in the list */
};

/* The same for a database that has no catalogue yet: its root, and these trees, which must be all there are. */
MUST_CHECK jet_err deep_verify_trees(struct database_file *file, const struct deep_options *options,
                                     const struct finding_listener *listener, const struct deep_known_tree *trees,
                                     size_t count, struct deep_counts *ret_counts);

#endif
