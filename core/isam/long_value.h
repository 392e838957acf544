/* SPDX-License-Identifier: MIT */
/* long_value.h - long values: bytes that do not fit into a record, in the LV tree of the table.
 *
 *      key LID (4 bytes, big-endian)              data: u32 reference count, u32 size
 *      key LID, u32 offset (big-endian)           data: a chunk, raw or compressed
 *
 * Offsets are multiples of the chunk size, from 0 on, without a gap. Format: database-file.md 8. LIDs of 8 bytes are
 * read, never made.
 *
 * Everything goes through dir.h: changes need a transaction, are undone with it, and follow its snapshot. A change that
 * fails has changed nothing. The reference count is changed by deltas, so that two records of two sessions may take up
 * the same value at the same time; a value whose last reference goes is deleted at once, in the same transaction.
 *
 * A value with more than one reference is never changed: whoever wants to change it asks lv_is_shared(), and copies
 * first (lv_copy, then lv_release of the old one). The functions that change bytes do it for a value with one
 * reference.
 *
 * Memory: one chunk at a time, whatever the size of the value.
 *
 * Errors of all: those of dir.h; JET_errLVCorrupted: the tree does not have the shape above; JET_errRecordDeleted
 * where the session sees no such value; JET_errDecompressionFailed.
 */
#ifndef COLDSTREAM_ISAM_LONG_VALUE_H
#define COLDSTREAM_ISAM_LONG_VALUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/jet_err.h"

struct session;
struct tree;

typedef uint64_t lid_t; /* as a number; fits 32 bits for all we make */

enum {
    LV_SIZE_MAX = 0x7FFFFFFF, /* bytes of a value */
    LV_LID32_MAX = 0x7FFFFEFF,
    LV_CHUNK_MARGIN_SMALL = 82,  /* chunk = page size - margin, pages up to 8 KiB */
    LV_CHUNK_MARGIN_LARGE = 122, /* larger pages */
};

/* What is written is compressed chunk by chunk, where that makes it smaller. */
enum lv_flag { LV_COMPRESS = 0x1 };

/* The long values of one table; shared by all sessions. Fields are private. */
struct long_values {
    struct tree *tree;
    uint32_t chunk_size;
    _Atomic uint32_t lid_last; /* highest LID given out or found; written by lv_create() */
};

static inline uint32_t lv_chunk_size_default(uint32_t page_size)
{
    return page_size - (page_size > 8192 ? LV_CHUNK_MARGIN_LARGE : LV_CHUNK_MARGIN_SMALL);
}

/* Takes an LV tree into use: looks for the highest LID, flag-deleted and uncommitted ones included. `chunk_size`:
 * LVChunkMax of the table, 0: the default of the page size. The object lies in the caller (no close); the tree must
 * outlive it. */
MUST_CHECK jet_err lv_open(struct tree *tree, uint32_t chunk_size, struct long_values *ret_values);

/* A new value with one reference. `bytes` NULL: `size` zeros. JET_errOutOfLongValueIDs; JET_errColumnTooBig. */
MUST_CHECK jet_err lv_create(struct session *session, struct long_values *values, const void *bytes, size_t size,
                             unsigned flags, lid_t *ret_lid);

/* A new value with one reference and the bytes of another. */
MUST_CHECK jet_err lv_copy(struct session *session, struct long_values *values, lid_t from, unsigned flags,
                           lid_t *ret_lid);

/* Bytes of the value, bytes that are stored for it, and chunks that they lie in. */
struct lv_extent {
    uint32_t size;
    uint64_t stored;
    uint32_t chunks;
};

/* Without `chunks` nothing but the size is looked at: `stored` is the same, and no chunks are counted. */
MUST_CHECK jet_err lv_measure(struct session *session, struct long_values *values, lid_t lid, bool chunks,
                              struct lv_extent *ret_extent);

MUST_CHECK jet_err lv_size(struct session *session, struct long_values *values, lid_t lid, uint32_t *ret_size);

/* How many references it has, open ones of others included. */
MUST_CHECK jet_err lv_references(struct session *session, struct long_values *values, lid_t lid, uint32_t *ret_count);

/* Has it more than one reference, open ones of others included? */
MUST_CHECK jet_err lv_is_shared(struct session *session, struct long_values *values, lid_t lid, bool *ret_shared);

/* Up to `size` bytes from `offset`; `*ret_actual` is less only at the end (0 at or behind it). */
MUST_CHECK jet_err lv_read(struct session *session, struct long_values *values, lid_t lid, uint32_t offset,
                           void *buffer, size_t size, size_t *ret_actual);

/* Reads up to `pages_max` pages of the value that are not in memory: a hint. `ret_pages`: how many it has, up to that
 * many. */
MUST_CHECK jet_err lv_read_ahead(struct long_values *values, lid_t lid, uint32_t pages_max, uint32_t *ret_pages);

/* Writes at `offset`, which may lie in the value, at its end, or behind it (zeros in between); the value grows as
 * needed. `bytes` NULL: zeros. */
MUST_CHECK jet_err lv_write(struct session *session, struct long_values *values, lid_t lid, uint32_t offset,
                            const void *bytes, size_t size, unsigned flags);

/* At the end. */
MUST_CHECK jet_err lv_append(struct session *session, struct long_values *values, lid_t lid, const void *bytes,
                             size_t size, unsigned flags);

/* Cuts, or extends with zeros. */
MUST_CHECK jet_err lv_resize(struct session *session, struct long_values *values, lid_t lid, uint32_t size,
                             unsigned flags);

/* One reference more; one less: with the last one the value is deleted. */
MUST_CHECK jet_err lv_add_reference(struct session *session, struct long_values *values, lid_t lid);
MUST_CHECK jet_err lv_release(struct session *session, struct long_values *values, lid_t lid);

#endif
