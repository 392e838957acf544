/* SPDX-License-Identifier: MIT */
/* error_category.h - kinds of errors.
 *
 *      error - operation - fatal, IO, resource - memory, quota, disk
 *            - data - corruption, inconsistent, fragmentation
 *            - api - usage, state, obsolete
 */
#ifndef COLDSTREAM_JET_ERROR_CATEGORY_H
#define COLDSTREAM_JET_ERROR_CATEGORY_H

#include "jet/esent.h"

/* JET_errcatUnknown: the code is not known, or belongs nowhere. */
JET_ERRCAT error_category(JET_ERR err);

/* The way from JET_errcatError to the category; the rest is JET_errcatUnknown. */
void error_category_chain(JET_ERRCAT category, unsigned char chain[8]);

#endif
