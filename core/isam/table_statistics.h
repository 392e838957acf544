/* SPDX-License-Identifier: MIT */
/* table_statistics.h - how many entries, keys and pages the indexes of a table have: counted when somebody asks for it,
 * and kept in the catalogue for whoever wants to know later (JetComputeStats, and the lists of indexes). */
#ifndef COLDSTREAM_ISAM_TABLE_STATISTICS_H
#define COLDSTREAM_ISAM_TABLE_STATISTICS_H

#include "isam/table_cursor.h"

/* Counts what the session sees of the cursor's table and of all its indexes, and writes it down, in the session's
 * transaction or one of its own. Where the cursor is does not change. Errors of dir.h and of the catalogue; those of a
 * change. */
MUST_CHECK jet_err table_statistics_compute(struct table_cursor *cursor);

#endif
