/* SPDX-License-Identifier: MIT */
/* log_reader_internal.h - what the startup asks of the reader besides records. */
#ifndef COLDSTREAM_LOG_LOG_READER_INTERNAL_H
#define COLDSTREAM_LOG_LOG_READER_INTERNAL_H

#include "log/log_generation.h"
#include "log/log_reader.h"

/* The generation that the reader stands in. */
const struct log_generation *log_reader_generation(const struct log_reader *reader);

/* The log ended within a record. */
bool log_reader_ends_in_fragment(const struct log_reader *reader);

#endif
