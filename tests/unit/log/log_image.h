/* SPDX-License-Identifier: MIT */
/* log_image.h - a log file in memory, to be damaged and written to a file. */
#ifndef COLDSTREAM_TESTS_LOG_IMAGE_H
#define COLDSTREAM_TESTS_LOG_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "format/logheader.h"
#include "format/logsegment.h"

struct temp_folder;

enum { LOG_IMAGE_SEGMENTS = 16 };

struct log_image {
    uint8_t bytes[LOG_IMAGE_SEGMENTS * LOGSEGMENT_SIZE];
};

/* Generation `generation` of a stream that has `random` in its signature; it was created at second `generation` and the
 * one before at that before. Segments 1 to `used` hold data, the rest is zero. */
void log_image_make(struct log_image *image, lgen_t generation, uint32_t random, unsigned used);

uint8_t *log_image_segment(struct log_image *image, unsigned index);
struct logheader_disk *log_image_header(struct log_image *image);

/* Writes the file and returns its path. */
const char *log_image_store(const struct log_image *image, struct temp_folder *folder, const char *name);

#endif
