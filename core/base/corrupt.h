/* SPDX-License-Identifier: MIT */
/* corrupt.h - the one way to say "these bytes are not what they should be".
 *
 * Damage on disk is an error value, never an assertion. `return CORRUPT(JET_errDatabaseCorrupted);` passes the value on
 * and calls corrupt_found(), which does nothing: it is there so that a breakpoint on one function stops at every place
 * that rejects data. The value itself stays visible to compilers and analyzers, which so know it for an error.
 */
#ifndef COLDSTREAM_BASE_CORRUPT_H
#define COLDSTREAM_BASE_CORRUPT_H

#include "base/jet_err.h"

#define CORRUPT(err) (corrupt_found((err), __FILE__, __LINE__), (err))

void corrupt_found(jet_err err, const char *file, int line);

#endif
