/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "log_image.h"

#include "support/temp_folder.h"

static struct logtime_disk time_of(lgen_t generation)
{
    const struct logtime time = {.year = 2020, .month = 1, .day = 1, .second = generation % 60, .is_utc = true};
    return logtime_make(&time);
}

void log_image_make(struct log_image *image, lgen_t generation, uint32_t random, unsigned used)
{
    struct logheader_disk *header = log_image_header(image);
    memset(image, 0, sizeof *image);
    header->generation = le32_make(generation);
    header->segment_size = le16_make(LOGSEGMENT_SIZE);
    header->header_segments = le16_make(1);
    header->segment_count = le16_make(LOG_IMAGE_SEGMENTS);
    header->page_size = le16_make(4096);
    header->created = time_of(generation);
    header->prev_created = time_of(generation - 1);
    header->version_major = le32_make(LOGHEADER_MAJOR);
    header->version_minor = le32_make(LOGHEADER_MINOR);
    header->update_major = le32_make(5);
    header->update_minor = le32_make(14);
    header->signature.random = le32_make(random);
    header->filetype = le32_make(LOGHEADER_FILETYPE);
    logheader_seal(header);
    uint32_t noise = generation; /* regular bytes could be cut without a trace in the checksum */
    for (unsigned i = 1; i <= used; i++) {
        uint8_t *segment = log_image_segment(image, i);
        for (unsigned k = LOGSEGMENT_DATA_OFFSET; k < LOGSEGMENT_SIZE; k++)
            segment[k] = (uint8_t)((noise = noise * 1103515245 + 12345) >> 16);
        logsegment_seal(segment, (uint16_t)i, generation);
    }
}

uint8_t *log_image_segment(struct log_image *image, unsigned index)
{
    assert_in_range(index, 0, LOG_IMAGE_SEGMENTS - 1);
    return image->bytes + (size_t)index * LOGSEGMENT_SIZE;
}

struct logheader_disk *log_image_header(struct log_image *image)
{
    return (void *)image->bytes;
}

const char *log_image_store(const struct log_image *image, struct temp_folder *folder, const char *name)
{
    return temp_folder_write(folder, name, image->bytes, sizeof image->bytes);
}
