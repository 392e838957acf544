/* SPDX-License-Identifier: MIT */
/* logrecord_internal.h - what the decoders of log records share. Private to format/. */
#ifndef COLDSTREAM_FORMAT_LOGRECORD_INTERNAL_H
#define COLDSTREAM_FORMAT_LOGRECORD_INTERNAL_H

#include <assert.h>

#include "base/corrupt.h"
#include "format/logrecord.h"

/* The record takes exactly these bytes, and its fixed part is at least as long as the table says: every decoder begins
 * with it. JET_errLogFileCorrupt. */
MUST_CHECK jet_err logrec_check(const void *bytes, size_t size);

static inline uint8_t logrec_type_of(const void *bytes)
{
    return *(const uint8_t *)bytes;
}

/* The same, for a decoder of one type. */
static inline MUST_CHECK jet_err logrec_check_type(const void *bytes, size_t size, enum logrec_type type)
{
    const jet_err err = logrec_check(bytes, size);

    if (err < JET_errSuccess)
        return err;
    return logrec_type_of(bytes) == type ? JET_errSuccess : CORRUPT(JET_errLogFileCorrupt);
}

/* Cuts the next payload; logrec_check() has seen that it is there. */
static inline struct logrec_span logrec_cut(const uint8_t **at, size_t size)
{
    const struct logrec_span span = {*at, size};

    *at += size;
    return span;
}

/* Lengths of payloads are the programmer's promise: pages are small. */
static inline le16 logrec_length(size_t size)
{
    assert(size <= UINT16_MAX);
    return le16_make((uint16_t)size);
}

/* Heads, once the record as a whole is checked. */
struct logrec_page_head logrec_page_head_get(const struct logrec_page_head_disk *disk);
struct logrec_node_head logrec_node_head_get(const struct logrec_node_head_disk *disk);

#endif
