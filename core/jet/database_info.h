/* SPDX-License-Identifier: MIT */
/* database_info.h - what JetGetDatabaseInfo and JetGetDatabaseFileInfo say about a database: from its header. */
#ifndef COLDSTREAM_JET_DATABASE_INFO_H
#define COLDSTREAM_JET_DATABASE_INFO_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"
#include "format/dbheader.h"
#include "jet/esent.h"

/* Fills a JET_DBINFOMISC of whichever version has exactly `size` bytes. JET_errInvalidBufferSize. */
MUST_CHECK jet_err database_info_misc(const struct dbheader_disk *header, void *result, uint32_t size);

/* Copies a number into a result of exactly its size. JET_errInvalidBufferSize, JET_errInvalidParameter (no result). */
MUST_CHECK jet_err info_number32(uint32_t number, void *result, uint32_t size);
MUST_CHECK jet_err info_number64(uint64_t number, void *result, uint32_t size);

/* One level of JetGetDatabaseFileInfo, for a file that nobody needs to have attached. `path` is UTF-8.
 * JET_errFileNotFound, JET_errFileAccessDenied ..., JET_errInvalidParameter: no such level. */
MUST_CHECK jet_err database_file_info_get(const char *path, uint32_t level, void *result, uint32_t size);

#endif
