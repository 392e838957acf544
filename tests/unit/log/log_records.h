/* SPDX-License-Identifier: MIT */
/* log_records.h - a log stream in a test's folder, records with a known content, and reading them back.
 *
 * Record number n is a Trace whose size and text follow from n alone, so that what is read can be told from what should
 * be.
 */
#ifndef COLDSTREAM_TESTS_LOG_RECORDS_H
#define COLDSTREAM_TESTS_LOG_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/log_startup.h"
#include "log/log_stream.h"

enum {
    LOG_RECORDS_SIZE_MAX = 30000,
    LOG_RECORDS_NUMBER_AT = 5, /* the number of a record lies there, 4 bytes */
};

/* A record as bytes; for free(). */
uint8_t *log_records_make(uint32_t number, size_t *ret_size);

/* Appends record `number`; JET_err... of log_append(). */
jet_err log_records_append(struct log_stream *stream, uint32_t number, const struct log_append *options,
                           uint64_t *ret_end);

/* A single record of these bytes. */
jet_err log_records_append_bytes(struct log_stream *stream, const void *bytes, size_t size,
                                 const struct log_append *options, uint64_t *ret_end);

/* Small files: LOG_SEGMENTS_MIN. */
struct log_config log_records_config(const char *folder);

/* Looks, repairs and opens. */
struct log_stream *log_records_open(const struct log_config *config, const struct log_hooks *hooks,
                                    enum log_startup_kind expected);

/* Reads from `start` to the end of the log. Traces must be the records `first`, `first` + 1 ...; others are counted
 * only. Returns the number of the record that would come next. */
uint32_t log_records_read(const struct log_config *config, uint64_t start, uint32_t first, unsigned *ret_others);

#endif
