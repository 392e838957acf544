/* SPDX-License-Identifier: MIT */
/* catalog.c - walks MSysObjects of a file that nobody has open. */
#include "isam/catalog.h"

#include <stdlib.h>

#include "btree/btree.h"

static const struct {
    pgno_t fdp;
    objid_t objid;
} copies[] = {
    [CATALOG_PRIMARY] = {4,  2},
    [CATALOG_SHADOW] = {24, 3},
};

struct catalog_scan {
    struct btree_scan *nodes;
    struct btree_entry entry; /* the last one */
    size_t page_size;
};

jet_err catalog_scan_open(struct database_file *file, enum catalog_copy copy, const struct finding_listener *listener,
                          struct catalog_scan **ret_scan)
{
    const struct database_file_info *info = database_file_info(file);
    struct catalog_scan *scan = calloc(1, sizeof *scan);
    if (!scan)
        return finding_report_error(listener, FINDING_FILE, info->path, JET_errOutOfMemory, NULL);
    scan->page_size = info->page_size;
    jet_err err = btree_scan_open(file, copies[copy].fdp, copies[copy].objid, listener, &scan->nodes);
    if (err < JET_errSuccess)
        goto fail;
    *ret_scan = scan;
    return JET_errSuccess;
fail:
    catalog_scan_close(scan);
    return err;
}

void catalog_scan_close(struct catalog_scan *scan)
{
    if (!scan)
        return;
    btree_scan_close(scan->nodes);
    free(scan);
}

jet_err catalog_scan_report(const struct catalog_scan *scan, const char *text)
{
    return btree_scan_report(scan->nodes, &scan->entry, JET_errCatalogCorrupted, text);
}

jet_err catalog_scan_next(struct catalog_scan *scan, struct catalog_record *ret_record)
{
    struct catalog_record found = {0};
    jet_err err = btree_scan_next(scan->nodes, &scan->entry);
    if (err < JET_errSuccess)
        return err;
    if (scan->entry.data) {
        err = catalog_record_decode(scan->entry.data, scan->entry.data_size, scan->page_size, &found);
        if (err < JET_errSuccess)
            return catalog_scan_report(scan, "damaged record of the catalogue");
    }
    *ret_record = found;
    return JET_errSuccess;
}
